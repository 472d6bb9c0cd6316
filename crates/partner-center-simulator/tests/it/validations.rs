//! What is asked before an order: addresses, the rules of a country, the text of the agreement.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

async fn verdict(world: &World, change: Value) -> (u16, Value) {
    let mut address = json!({"addressLine1": "Via Zamboni 33", "city": "Bologna", "state": "BO",
        "postalCode": "40126", "country": "IT"});
    for (name, value) in change.as_object().unwrap() {
        address[name] = value.clone();
    }
    world.send(Method::POST, "/v1/validations/address", &fresh(), &address).await
}

#[tokio::test]
async fn an_address_is_judged_with_200_by_fixed_rules() {
    let world = World::kind().await;
    for (change, status, suggestions) in [
        (json!({}), "Verified", 1),
        (json!({"addressLine1": "Via Zamboni"}), "StreetPartial", 0),
        (json!({"addressLine1": "MULTI 1"}), "Multiple", 3),
        (json!({"city": "NOWHERE"}), "None", 0),
        (json!({"postalCode": "1"}), "None", 0),
        (json!({"country": "PL", "postalCode": "00950", "state": null}), "InteractionRequired", 1),
        (json!({"country": "US", "state": "WA", "postalCode": "98052"}), "VerifiedShippable", 1),
        (json!({"country": "XX"}), "NotValidated", 0),
    ] {
        let (code, answer) = verdict(&world, change.clone()).await;
        assert_eq!((code, &answer["status"]), (200, &json!(status)), "{change}: {answer}");
        assert_eq!(answer["suggestedAddresses"].as_array().unwrap().len(), suggestions, "{change}: {answer}");
        let is_explained = answer["validationMessage"].is_string();
        assert_eq!(is_explained, !status.starts_with("Verified"), "{change}: {answer}");
    }
    let (_, better) = verdict(&world, json!({"country": "PL", "postalCode": "00950", "state": null})).await;
    assert_eq!(better["suggestedAddresses"][0]["postalCode"], "00-950");
    assert_eq!(better["originalAddress"]["postalCode"], "00950", "what was asked comes back as it was");
    assert_eq!(verdict(&world, json!({"country": null})).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn the_rules_of_a_country_are_found_by_its_two_letters() {
    let world = World::kind().await;
    let (status, rules) = world.get("/v1/countryvalidationrules/it").await;
    assert_eq!((status, &rules["iso2Code"], &rules["isPostalCodeRequired"]), (200, &json!("IT"), &json!(true)));
    assert!(rules["supportedLanguagesList"].as_array().unwrap().contains(&json!("it")), "{rules}");
    let (_, poland) = world.get("/v1/countryvalidationrules/PL").await;
    assert_eq!(poland["customerOrganizationRegistrationNumberRequired"], true);
    let (status, answer) = world.get("/v1/countryvalidationrules/XX").await;
    assert_eq!((status, &answer["code"]), (404, &json!(1000)));
    world.stop().await;
}

#[tokio::test]
async fn the_text_of_the_agreement_has_an_address_of_its_own_each_time() {
    let world = World::kind().await;
    let (_, list) = world.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement").await;
    let template = list["items"][0]["templateId"].as_str().unwrap();
    let path = format!("/v1/agreementtemplates/{template}/document");
    let (status, italian) = world.get(&format!("{path}?language=it-IT&country=IT")).await;
    assert_eq!((status, &italian["language"], &italian["country"]), (200, &json!("it-IT"), &json!("IT")));
    let (_, plain) = world.get(&path).await;
    assert_eq!((&plain["language"], &plain["country"]), (&json!("en-US"), &json!("US")), "the defaults");
    assert_ne!(plain["downloadUri"], italian["downloadUri"]);
    let address = italian["downloadUri"].as_str().unwrap();
    assert_eq!(world.http.get(address).send().await.unwrap().status().as_u16(), 200, "without a token");
    let forged = format!("{address}0");
    assert_eq!(world.http.get(forged).send().await.unwrap().status().as_u16(), 404);
    for wrong in [format!("{path}?country=it"), format!("/v1/agreementtemplates/{}/document", template.to_uppercase())]
    {
        assert_eq!(world.get(&wrong).await.0, 404, "{wrong}: both are case-sensitive");
    }
    world.stop().await;
}

#[tokio::test]
async fn nobody_has_signed_with_microsoft_directly() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}/directSignedMicrosoftCustomerAgreementStatus");
    assert_eq!(world.get(&path).await, (200, json!({"isSigned": false})));
    let stranger = format!("/v1/customers/{}/directSignedMicrosoftCustomerAgreementStatus", fresh());
    assert_eq!(world.get(&stranger).await.0, 404);
    world.stop().await;
}
