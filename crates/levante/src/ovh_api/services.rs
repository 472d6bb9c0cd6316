//! `/saas/csp2`: the services and what can be ordered in them (contracts/ovh-api.md §5).

use super::{
    answer::{Answer, Outcome, datetime},
    problem::Refusal,
    routing::{Call, Route},
};
use crate::operations::services::{Service, ServiceChanges};
use licensing::{catalogue::Licence, id::LicenceId, invalid::Rule};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TENANT: &[&str] = &[
    "displayName",
    "firstName",
    "lastName",
    "email",
    "phone",
    "address",
    "city",
    "zipCode",
    "mpnId",
    // Read-only: ignored, since clients that read, change and write back send them all.
    "serviceName",
    "status",
    "creationDate",
    "mpnIssueFlag",
    "hasAcceptedNewMCA",
    "iam",
];

/// Every route of this file.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/saas/csp2", |call| Box::pin(list(call))).query(&["iamTags"]),
    Route::get("/saas/csp2/{serviceName}", |call| Box::pin(read(call))),
    Route::put("/saas/csp2/{serviceName}", |call| Box::pin(change(call))).body(TENANT),
    Route::get("/saas/csp2/{serviceName}/orderableLicenses", |call| Box::pin(licences(call))),
    Route::get("/saas/csp2/{serviceName}/orderableLicenses/{id}", |call| Box::pin(licence(call))),
    Route::post("/saas/csp2/{serviceName}/changeAdministratorPassword", |call| Box::pin(withdrawn(call)))
        .body(&["newPassword"]),
    Route::post("/saas/csp2/{serviceName}/configureDomain", |call| Box::pin(withdrawn(call)))
        .body(&["domain", "supportedServices"]),
];

#[derive(Deserialize)]
struct TagFilter {
    operator: Option<String>,
    #[serde(rename = "value")]
    _value: Option<String>,
}

async fn list(call: Call) -> Outcome {
    let all = call.query("iamTags").map(without_tags_fits).transpose()?.unwrap_or(true);
    let names = match all {
        true => call.door.operations.service_names(&call.caller()?.account).await?,
        false => Vec::new(),
    };
    Answer::of(&names)
}

/// Whether a service without tags fits a filter: no service of ours has any.
fn without_tags_fits(filter: &str) -> Result<bool, Refusal> {
    let expected = "JSON of tag filters such as {\"env\":[{\"operator\":\"EQ\",\"value\":\"prod\"}]}";
    let refuse = || Refusal::invalid("iamTags", filter, Rule::WrongType { expected: expected.to_owned() });
    let filters: BTreeMap<String, Vec<TagFilter>> = serde_json::from_str(filter).map_err(|_| refuse())?;
    let mut fits = true;
    for one in filters.values().flatten() {
        fits &= match one.operator.as_deref().unwrap_or("EQ") {
            "EQ" | "LIKE" | "ILIKE" | "EXISTS" => false,
            "NEQ" | "NEXISTS" => true,
            _ => return Err(refuse()),
        };
    }
    Ok(fits)
}

async fn read(call: Call) -> Outcome {
    let service = call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    Answer::of(&tenant(&service, &call.door.settings.region.to_lowercase()))
}

/// `saas.csp2.OfficeTenantWithIAM`.
fn tenant(service: &Service, region: &str) -> Value {
    let urn = format!("urn:v1:{region}:resource:cspReseller:{}", service.name);
    json!({
        "serviceName": service.name,
        "displayName": service.display_name,
        "status": service.state.wire(),
        "creationDate": datetime(service.created_at),
        "firstName": service.contact.first_name,
        "lastName": service.contact.last_name,
        "email": service.contact.email,
        "phone": service.contact.phone,
        "address": service.contact.address,
        "city": service.contact.city,
        "zipCode": service.contact.zip_code,
        "mpnId": service.mpn_id,
        "mpnIssueFlag": service.mpn_flag.map(|f| f.word()),
        "hasAcceptedNewMCA": service.agreement.is_some(),
        "iam": {
            "id": stable_id(&urn), "urn": urn, "displayName": service.display_name, "tags": {}, "state": "OK",
        },
    })
}

/// A UUID that is always the same for the same resource name.
fn stable_id(urn: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(urn.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

async fn change(mut call: Call) -> Outcome {
    let name = call.service()?;
    let body = &mut call.body;
    let changes = ServiceChanges {
        display_name: body.text("displayName"),
        first_name: body.text("firstName"),
        last_name: body.text("lastName"),
        email: body.text("email"),
        phone: body.text("phone"),
        address: body.text("address"),
        city: body.text("city"),
        zip_code: body.text("zipCode"),
        mpn_id: body.text("mpnId"),
    };
    // A foreign service is not told what is wrong with the body.
    call.door.operations.service(&call.caller()?.account, &name).await?;
    call.body.checked()?;
    call.door.operations.update_service(&call.actor()?, &name, &changes).await?;
    Answer::void()
}

async fn licences(call: Call) -> Outcome {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let list = call.door.operations.price_list().await?;
    Answer::of(&list.orderable().map(|l| l.id).collect::<Vec<_>>())
}

async fn licence(call: Call) -> Outcome {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let id = call.number(1)?;
    let list = call.door.operations.price_list().await?;
    match list.get(LicenceId(id)) {
        Some(licence) => Answer::of(&licence_json(licence)),
        None => Err(Refusal::no_object(&id.to_string())),
    }
}

/// `saas.csp2.OfficeLicence`.
fn licence_json(licence: &Licence) -> Value {
    json!({
        "id": licence.id,
        "name": licence.name,
        "licenceType": if licence.is_add_on() { "ADDON" } else { "NON-SPECIFIC" },
        "limit": licence.limit,
        "newSubscriptionsAllowed": licence.new_subscriptions,
        "newSeatsAllowed": licence.new_seats,
    })
}

/// Gone at OVHcloud since 2023. Where it is switched on, a caller learns that it is not built.
async fn withdrawn(call: Call) -> Outcome {
    match call.door.settings.withdrawn_operations {
        false => Err(Refusal::no_route()),
        true => {
            call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
            Err(Refusal::not_implemented())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_filters_on_services_without_tags() {
        for (filter, fits) in [
            ("{}", Some(true)),
            (r#"{"env":[{"operator":"EQ","value":"prod"}]}"#, Some(false)),
            (r#"{"env":[{"value":"prod"}]}"#, Some(false)),
            (r#"{"env":[{"operator":"NEXISTS"}]}"#, Some(true)),
            (r#"{"env":[{"operator":"NEQ","value":"x"},{"operator":"EXISTS"}]}"#, Some(false)),
            (r#"{"env":[{"operator":"NEAR"}]}"#, None),
            ("prod", None),
        ] {
            assert_eq!(without_tags_fits(filter).ok(), fits, "{filter}");
        }
    }

    #[test]
    fn a_resource_keeps_its_id() {
        assert_eq!(stable_id("urn:v1:eu:resource:cspReseller:a"), stable_id("urn:v1:eu:resource:cspReseller:a"));
        assert_ne!(stable_id("a"), stable_id("b"));
    }
}
