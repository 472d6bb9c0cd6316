//! The catalogue, the inventory check, legacy offers, qualifications and the name check.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh, read};

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn closed_segments_show_only_when_asked_and_customers_see_what_they_may_buy() {
    let world = World::kind().await;
    let list = |country: &str, more: &str| format!("/v1/products?country={country}&targetView=OnlineServices{more}");
    let (_, all) = world.get(&list("US", "")).await;
    assert!(!ids(&all).contains(&"CFQ7LV000009"), "non-profit was not asked for");
    assert!(!ids(&all).contains(&"CFQ7LV000017"), "government was not asked for");
    let (_, asked) = world.get(&list("US", "&targetSegment=government")).await;
    assert_eq!(ids(&asked), ["CFQ7LV000017"]);
    let (_, asked) = world.get(&list("IT", "&targetSegment=NonProfit")).await;
    assert_eq!(ids(&asked), ["CFQ7LV000009"]);
    assert_eq!(world.get(&list("IT", "&targetSegment=government")).await.1["totalCount"], 0);
    assert_eq!(world.get("/v1/products/CFQ7LV000017?country=IT").await.1["code"], 400_013);
    assert_eq!(world.get(&list("IT", "&targetSegment=royal")).await.1["code"], 400_030);
    assert_eq!(world.get("/v1/products?country=IT&targetView=Toys").await.1["code"], 400_036);
    assert_eq!(world.get("/v1/products?country=IT").await.1["code"], 400_056);
    assert_eq!(world.get("/v1/products?country=XX&targetView=OnlineServicesNCE").await.1["code"], 400_056);

    let (_, cycle) = world.get("/v1/products/CFQ7LV000019?country=IT&includelifecyclestate=TRUE").await;
    assert_eq!(cycle["lifeCycleState"], "EndOfSale");
    assert!(world.get("/v1/products/CFQ7LV000019?country=IT").await.1.get("lifeCycleState").is_none());

    let tenant = world.tenant("albaforni").await;
    let twin = format!("/v1/customers/{tenant}/products");
    let (_, own) = world.get(&format!("{twin}?targetView=OnlineServices")).await;
    for hidden in ["CFQ7LV000008", "CFQ7LV000009", "CFQ7LV000017", "CFQ7LV000019"] {
        assert!(!ids(&own).contains(&hidden), "{hidden}");
    }
    assert!(ids(&own).contains(&"CFQ7LV000014"), "E3 without Teams");
    assert_eq!(world.get(&format!("{twin}/CFQ7LV000008")).await.1["code"], 400_013);
    let (_, schools) = world.get("/v1/products?country=IT&targetView=OnlineServices&targetSegment=education").await;
    assert_eq!(ids(&schools), ["CFQ7LV000008"]);
    world.stop().await;
}

#[tokio::test]
async fn skus_are_listed_for_a_market_and_for_a_customer() {
    let world = World::kind().await;
    let (status, skus) = world.get("/v1/products/CFQ7LV000010/skus?country=IT").await;
    assert_eq!((status, ids(&skus)), (200, vec!["000T"]), "the trial");
    let (_, none) = world.get("/v1/products/CFQ7LV000008/skus?country=IT&targetSegment=commercial").await;
    assert_eq!(none["totalCount"], 0, "{none}");
    assert_eq!(world.get("/v1/products/CFQ7LV999999/skus?country=IT").await.1["code"], 400_013);
    let tenant = world.tenant("albaforni").await;
    let (status, own) = world.get(&format!("/v1/customers/{tenant}/products/CFQ7LV000001/skus")).await;
    assert_eq!((status, ids(&own)), (200, vec!["0001"]));
    let (status, hidden) = world.get(&format!("/v1/customers/{tenant}/products/CFQ7LV000008/skus")).await;
    assert_eq!((status, &hidden["code"]), (404, &json!(400_013)), "a school's product");
    world.stop().await;
}

#[tokio::test]
async fn skus_and_availabilities_have_every_member() {
    let mut world = World::kind().await;
    let sku = |product: &str, sku: &str| format!("/v1/products/{product}/skus/{sku}");
    let (_, upgrade) = world.get(&format!("{}?country=IT", sku("CFQ7LV000018", "0001"))).await;
    assert_eq!(
        upgrade["attestationProperties"],
        json!({"enforceAttestation": true, "attestationType": "WindowsProLicense"})
    );
    let (_, plain) = world.get(&format!("{}?country=IT", sku("CFQ7LV000007", "0001"))).await;
    assert!(plain.get("attestationProperties").is_none());
    for member in ["inventoryVariables", "provisioningVariables", "actions", "purchasePrerequisites"] {
        assert!(plain[member].is_array(), "{member}");
    }
    let attributes = &plain["dynamicAttributes"];
    assert_eq!((&attributes["isAddon"], &attributes["hasConstraints"]), (&json!(true), &json!(true)));
    assert!(attributes["prerequisiteSkus"].as_array().unwrap().contains(&json!("CFQ7LV000003:0001")));
    assert_eq!(world.get(&format!("{}?country=IT", sku("CFQ7LV000007", "9999"))).await.1["code"], 400_018);

    let path = format!("{}/availabilities", sku("CFQ7LV000004", "0001"));
    let (_, list) = world.get(&format!("{path}?country=GB&targetSegment=commercial")).await;
    let offered = list["items"][0].clone();
    assert_eq!((&offered["defaultCurrency"]["code"], &offered["country"]), (&json!("GBP"), &json!("GB")));
    let terms = offered["terms"].as_array().unwrap();
    assert_eq!(terms.len(), 6);
    let ladder = &terms[0]["cancellationPolicies"][0]["refundOptions"];
    assert_eq!(
        *ladder,
        json!([{"sequenceId": 0, "type": "Full", "expiresAfter": "P1D"},
        {"sequenceId": 1, "type": "Partial", "expiresAfter": "P7D"}])
    );
    let renewal = &offered["renewalInstructions"][0];
    assert_eq!(renewal["applicableTermIds"].as_array().unwrap().len(), 6);
    assert_eq!(renewal["renewalOptions"][1], json!({"renewToId": "CFQ7LV000005:0001", "isAutoRenewable": false}));
    let trial = format!("{}/availabilities?country=IT", sku("CFQ7LV000010", "000T"));
    let (_, trial) = world.get(&trial).await;
    assert_eq!(trial["items"][0]["terms"][0]["cancellationPolicies"][0]["refundOptions"], json!([]));

    // One month on, the id is another and the old one is gone.
    let old = offered["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("{path}/{old}?country=GB")).await.0, 200);
    world.advance("P1M").await;
    let (status, gone) = world.get(&format!("{path}/{old}?country=GB")).await;
    assert_eq!((status, &gone["code"]), (404, &json!(400_019)));
    let (_, list) = world.get(&format!("{path}?country=GB")).await;
    assert_ne!(list["items"][0]["id"], *old);
    world.stop().await;
}

#[tokio::test]
async fn trap_33_an_error_comes_on_a_200() {
    let world = World::kind().await;
    world.faults(json!({"catalogue": {"unavailable": ["cfq7lv000003"]}})).await;
    let tenant = world.tenant("albaforni").await;
    let product = "/v1/products/CFQ7LV000003?country=IT".to_owned();
    let twin = format!("/v1/customers/{tenant}/products/CFQ7LV000003/skus/0001/availabilities");
    for path in [product, twin] {
        let (status, answer) = world.get(&path).await;
        assert_eq!((status, &answer["code"]), (200, &json!(400_072)), "{path}");
        assert!(answer.get("id").is_none() && answer.get("items").is_none());
    }
    assert_eq!(world.get("/v1/products/CFQ7LV000001?country=IT").await.1["id"], "CFQ7LV000001");
    world.stop().await;
}

#[tokio::test]
async fn the_inventory_check_answers_a_bare_array() {
    let world = World::kind().await;
    world.faults(json!({"outOfStock": ["CFQ7LV000012", "CFQ7LV000001"]})).await;
    let items = json!([{"productId": "CFQ7LV000012", "skuId": "0001"}, {"productId": "CFQ7LV000001", "skuId": "0001"}]);
    let body = json!({"targetItems": items, "inventoryContext": {"customerId": "x"}});
    let path = "/v1/extensions/product/checkinventory?country=IT";
    let (status, answer) = world.send(Method::POST, path, &fresh(), &body).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&answer[0]["isRestricted"], &answer[0]["restrictions"][0]["reasonCode"]),
        (&json!(true), &json!("OutOfStock"))
    );
    assert_eq!((&answer[1]["isRestricted"], &answer[1]["restrictions"]), (&json!(false), &json!([])), "no such check");
    let nothing = json!({"targetItems": []});
    assert_eq!(world.send(Method::POST, path, &fresh(), &nothing).await.0, 400);
    let unknown = json!({"targetItems": [{"productId": "NOTHING", "skuId": "0001"}]});
    assert_eq!(world.send(Method::POST, path, &fresh(), &unknown).await.1["code"], 400_013);
    world.stop().await;
}

#[tokio::test]
async fn legacy_offers_are_read_page_by_page() {
    let world = World::kind().await;
    let offers = |query: &str| world.request(Method::GET, &format!("/v1/offers{query}")).header("X-Locale", "it-IT");
    let (status, answer) = world.get("/v1/offers?country=IT").await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_002)), "X-Locale is required");
    let mut seen = Vec::new();
    let mut query = "?country=IT&size=4".to_owned();
    loop {
        let (status, page) = read(offers(&query).send().await.unwrap()).await;
        assert_eq!((status, &page["totalCount"]), (200, &json!(6)), "{page}");
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["links"]["next"]["uri"].as_str() {
            Some(next) => query = next.strip_prefix("/v1/offers").unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.iter().all(|offer| offer["locale"] == "it-IT" && offer["isAvailableForPurchase"] == false));
    let addon = seen.iter().find(|offer| offer["isAddOn"] == true).unwrap();
    let base = addon["prerequisiteOffers"][0].as_str().unwrap();
    let (_, base_offer) = world.get(&format!("/v1/offers/{}?country=IT", base.to_uppercase())).await;
    assert_eq!((&base_offer["hasAddOns"], &base_offer["billing"]), (&json!(true), &json!("license")));
    let (_, addons) = world.get(&format!("/v1/offers/{base}/addons?country=IT")).await;
    assert_eq!(addons["items"][0]["id"], addon["id"]);
    let (_, categories) = world.get("/v1/offercategories?country=IT").await;
    assert_eq!(categories["items"][0]["attributes"]["objectType"], "OfferCategory");
    for (path, status, code) in [
        ("/v1/offers/CFQ7LV000001?country=IT", 400, 2100),
        ("/v1/offers/CFQ7LV000001:0001/addons?country=IT", 400, 2100),
        ("/v1/offers/00000000-0000-4000-8000-000000000000?country=IT", 404, 1000),
        ("/v1/offers/not%20one?country=IT", 400, 3000),
        ("/v1/offercategories", 400, 3000),
    ] {
        let (was, answer) = world.get(path).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{path}");
    }
    let (status, _) = read(offers("?country=IT&offset=-1").send().await.unwrap()).await;
    assert_eq!(status, 400);
    let (_, beyond) = read(offers("?country=IT&offset=18446744073709551615").send().await.unwrap()).await;
    assert_eq!(beyond["items"], json!([]));
    world.stop().await;
}

#[tokio::test]
async fn government_customers_use_up_a_validation_code() {
    let world = World::kind().await;
    let (_, codes) = world.get("/v1/customers/all/validations").await;
    let code = codes.as_array().unwrap().iter().find(|code| code["maxCreates"] == 1).unwrap().clone();
    assert_eq!((&code["remainingCreates"], &code["partnerId"]), (&json!(1), &json!("6000001")));
    let ask = |tenant: &str, code: Value| {
        let body = json!({"Qualification": "GovernmentCommunityCloud", "validationCode": code});
        let path = format!("/v1/customers/{tenant}/qualifications");
        let world = &world;
        async move { world.send(Method::POST, &path, &fresh(), &body).await }
    };
    let (one, two) = (world.tenant("albaforni").await, world.tenant("betaforni").await);
    for wrong in [Value::Null, json!("GCC-00000")] {
        let (status, answer) = ask(&one, wrong).await;
        assert_eq!((status, &answer["data"][0]), (400, &json!("validationCode")));
    }
    let (status, answer) = ask(&one, code["validationId"].clone()).await;
    assert_eq!((status, &answer["vettingStatus"]), (201, &json!("Approved")));
    assert!(answer.get("vettingCreateDate").is_some() && answer.get("vettingCreatedDate").is_none());
    let (_, after) = world.get("/v1/customers/all/validations").await;
    let left: Vec<&Value> = after.as_array().unwrap().iter().map(|code| &code["remainingCreates"]).collect();
    assert_eq!(left, [5, 0]);
    assert_eq!(ask(&two, code["validationId"].clone()).await.0, 400, "used up");
    let (_, list) = world.get(&format!("/v1/customers/{one}/qualifications")).await;
    assert_eq!(list[0]["qualification"], "GovernmentCommunityCloud");
    assert!(list[0].get("vettingCreatedDate").is_some());
    assert_eq!(world.get(&format!("/v1/customers/{two}/qualifications")).await.1, json!([]));
    world.stop().await;
}

#[tokio::test]
async fn the_name_check_has_a_second_form() {
    let world = World::kind().await;
    world.tenant("albaforni").await;
    let path = "/v1/validations/checkdomainavailability";
    assert_eq!(world.get(&format!("{path}/albaforni")).await, (200, json!(false)));
    assert_eq!(world.get(&format!("{path}/Contoso")).await, (200, json!(false)));
    assert_eq!(world.get(&format!("{path}/betaforni")).await, (200, json!(true)));
    assert_eq!(world.get(&format!("{path}/2beta")).await.0, 400);
    let app = world.token("client_credentials").await;
    let url = format!("{}{path}/betaforni", world.simulator.url());
    assert_eq!(world.http.get(url).bearer_auth(app).send().await.unwrap().status().as_u16(), 403);
    world.stop().await;
}
