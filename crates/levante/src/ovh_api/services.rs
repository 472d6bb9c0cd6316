//! `/saas/csp2`: the services and what can be ordered in them (contracts/ovh-api.md §5).

use super::{
    answer::{Answer, Outcome, datetime},
    models::tenant as models,
    problem::Refusal,
    routing::{Call, Objects, Repeat, Route, Slice},
    schema::{Body, Field, Kind, LONGS, STRINGS, Stage},
    subscriptions::task_json,
};
use crate::operations::services::{Service, ServiceChanges};
use licensing::{
    catalogue::Licence,
    id::{LicenceId, ServiceName},
    invalid::{Invalid, Rule},
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/saas/csp2", "The names of the tenants", STRINGS, |call| Box::pin(list(call)))
        .query(&[Field::set("iamTags", TAG_FILTERS, "Only those whose tags fit")])
        .objects(Objects::Slices(|call, slice| Box::pin(objects(call, slice))))
        .stage(Stage::Alpha)
        .action(READ),
    Route::get("/saas/csp2/{serviceName}", "A tenant", Kind::Of(&models::TENANT_WITH_IAM), |call| Box::pin(read(call)))
        .stage(Stage::Alpha)
        .action(READ),
    Route::put("/saas/csp2/{serviceName}", "Change a tenant's name, contact and MPN id", Kind::Void, |call| {
        Box::pin(change(call))
    })
    .body(Body::WrittenBack(&models::TENANT, &models::TENANT_WITH_IAM))
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:put"),
    Route::get("/saas/csp2/{serviceName}/orderableLicenses", "The licences that can be ordered", LONGS, |call| {
        Box::pin(licences(call))
    })
    .objects(Objects::All(|call| Box::pin(licence_objects(call))))
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:orderableLicenses/get"),
    Route::get("/saas/csp2/{serviceName}/orderableLicenses/{id}", "A licence", Kind::Of(&models::LICENCE), |call| {
        Box::pin(licence(call))
    })
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:orderableLicenses/get"),
    Route::post(
        "/saas/csp2/{serviceName}/changeAdministratorPassword",
        "Change the password of the tenant's administrator",
        Kind::Of(&models::TASK),
        |call| Box::pin(change_password(call)),
    )
    // A key would be kept with a hash of the body, and so of the password; the same password twice is the same.
    .repeat(Repeat::Natural)
    .body(Body::Loose(&[Field::must("newPassword", Kind::Password, "The new password").like("S3cret-example")]))
    .stage(WITHDRAWN)
    .action("cspReseller:apiovh:changeAdministratorPassword"),
    Route::post(
        "/saas/csp2/{serviceName}/configureDomain",
        "Set the records of a domain",
        Kind::Of(&models::TASK),
        |call| Box::pin(configure_domain(call)),
    )
    .body(Body::Loose(&[
        Field::must("domain", Kind::String, "The domain").like("contoso.example"),
        Field::must("supportedServices", Kind::List(&Kind::Of(&models::MAIL_SERVICE)), "What it is used for")
            .like("Email"),
    ]))
    .stage(WITHDRAWN)
    .action("cspReseller:apiovh:configureDomain"),
];

/// The action of reading a service, and of seeing it in a list.
const READ: &str = "cspReseller:apiovh:get";
const TAG_FILTERS: Kind = Kind::Map(&Kind::List(&Kind::Of(&models::TAG_FILTER)));
/// Gone at OVHcloud by this day, never marked before.
const WITHDRAWN: Stage = Stage::Deprecated { since: "2023-03-30T00:00:00+00:00", until: "2023-03-30T00:00:00+00:00" };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TagFilter {
    operator: Option<String>,
    #[serde(rename = "value")]
    _value: Option<String>,
}

fn tags_fit(call: &Call) -> Result<bool, Refusal> {
    Ok(call.query("iamTags").map(without_tags_fits).transpose()?.unwrap_or(true))
}

async fn list(call: Call) -> Outcome {
    let names = match tags_fit(&call)? {
        true => visible_names(&call).await?,
        false => Vec::new(),
    };
    Answer::of(&names)
}

/// The names of the services that the caller may see.
async fn visible_names(call: &Call) -> Result<Vec<ServiceName>, Refusal> {
    let caller = call.caller()?;
    let mut names = call.door.operations.service_names(&caller.account).await?;
    let visible = caller.rights.visible(READ);
    if !visible.is_all() {
        names.retain(|name| visible.shows(name));
    }
    Ok(names)
}

async fn objects(call: Call, slice: Slice) -> Result<(u64, Vec<Value>), Refusal> {
    if !tags_fit(&call)? {
        return Ok((0, Vec::new()));
    }
    if !call.caller()?.rights.visible(READ).is_all() {
        return some_objects(&call, slice).await;
    }
    let account = &call.caller()?.account;
    let (total, services) = call.door.operations.services(account, slice.skip, slice.most, slice.descending).await?;
    let region = call.door.region();
    Ok((total, services.iter().map(|service| tenant(service, &region)).collect()))
}

/// The objects of a caller who may see some services only.
async fn some_objects(call: &Call, slice: Slice) -> Result<(u64, Vec<Value>), Refusal> {
    let (account, region) = (&call.caller()?.account, call.door.region());
    let mut names = visible_names(call).await?;
    if slice.descending {
        names.reverse();
    }
    let skip = usize::try_from(slice.skip).unwrap_or(usize::MAX).min(names.len());
    let most = usize::try_from(slice.most).unwrap_or(usize::MAX).min(names.len() - skip);
    let wanted = &names[skip..skip + most];
    let found = call.door.operations.services_named(account, wanted).await?;
    // One that ended just now is left out.
    let objects = wanted.iter().filter_map(|name| found.get(name)).map(|service| tenant(service, &region));
    Ok((names.len() as u64, objects.collect()))
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
    Answer::of(&tenant(&service, &call.door.region()))
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
pub(super) fn stable_id(urn: &str) -> String {
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

async fn licence_objects(call: Call) -> Result<Vec<Value>, Refusal> {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let list = call.door.operations.price_list().await?;
    Ok(list.orderable().map(licence_json).collect())
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

async fn change_password(mut call: Call) -> Outcome {
    let name = call.service()?;
    call.door.operations.service(&call.caller()?.account, &name).await?;
    let password = SecretString::from(call.body.required("newPassword"));
    call.body.checked()?;
    let accepted = call.door.operations.change_administrator_password(&call.actor()?, &name, password).await?;
    Answer::of(&task_json(&accepted.task))
}

/// It set the records of domains whose zone OVHcloud hosted, and of no other; here no zone is hosted.
async fn configure_domain(mut call: Call) -> Outcome {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let domain = call.body.required("domain");
    if call.body.array("supportedServices").is_none_or(|services| services.is_empty()) {
        call.body.push(Invalid::new("supportedServices", "", Rule::Required));
    }
    call.body.checked()?;
    let shown = Invalid::new("domain", &domain, Rule::NotOffered);
    Err(Refusal::all_invalid(std::slice::from_ref(&shown)).with_message(format!(
        "{shown}: no DNS zone is hosted here, so its records cannot be set. Add the domain in Microsoft's admin portal, \
         which shows the records, and set them where the domain is hosted"
    )))
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
