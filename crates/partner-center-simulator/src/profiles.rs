//! Profiles of a customer and its vetting (contract 7.5, 9.5).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::addresses::{Address, company_name_fits, email_fits};
use crate::audit;
use crate::customers::{Customer, Renamed, customer_key, customer_of, may_see_details};
use crate::gdap::directory_of;
use crate::state::{Sim, World};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, link, ok, zoneless};

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/profiles/billing", get(billing).put(change_billing))
        .route("/v1/customers/{customer}/profiles/company", get(company))
        .route("/v1/customers/{customer}/organization", get(organization))
        .route("/v1/customers/{customer}/customDomains", get(custom_domains))
        .route("/v1/customers/{customer}/validationStatus", get(vetting))
}

fn etag(customer: &Customer) -> String {
    // Any signed number will do, as long as it changes with the version.
    let spread = customer.billing_version.wrapping_mul(-0x61c8_8646_80b5_83eb);
    spread.to_string()
}

/// The billing profile with its etag.
pub(crate) fn billing_view(customer: &Customer) -> Value {
    let mut view = json!({"id": customer.commerce_id});
    if let Some(name) = &customer.first_name {
        view["firstName"] = json!(name);
    }
    if let Some(name) = &customer.last_name {
        view["lastName"] = json!(name);
    }
    view["email"] = json!(customer.email);
    view["culture"] = json!(customer.culture);
    view["language"] = json!(customer.language);
    view["companyName"] = json!(customer.company_name);
    view["defaultAddress"] = customer.address.view();
    let path = format!("/customers/{}/profiles/billing", customer.id);
    view["links"] = json!({"self": link(&path)});
    view["attributes"] = json!({"etag": etag(customer), "objectType": "CustomerBillingProfile"});
    view
}

async fn billing(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| ok(&billing_view(customer_of(world, &id, now)?)))
}

/// The version in the header, in double quotes, is required (412); one in the body must fit, too
/// (400) (contract 1.5).
fn check_version(call: &Call, current: &Customer, body: Members<'_>) -> Result<(), Refusal> {
    let stale = |status| Refusal::new(status, 2055, "The etag is missing or no longer valid.");
    let etag = etag(current);
    if call.if_match.as_deref() != Some(format!("\"{etag}\"").as_str()) {
        return Err(stale(412));
    }
    if body.object("attributes").text("etag").is_some_and(|given| given != etag) {
        return Err(stale(400));
    }
    match body.text("id") {
        Some(id) if !id.eq_ignore_ascii_case(&current.commerce_id) => {
            Err(Refusal::property("id", "not the billing profile of this customer"))
        }
        _ => Ok(()),
    }
}

async fn change_billing(
    State(sim): State<Sim>,
    call: Call,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer {
    let body = Members(&body);
    let key = customer_key(&id)?;
    sim.write(|world, now| {
        let current = customer_of(world, &id, now)?;
        check_version(&call, current, body)?;
        let mut next = current.clone();
        let before = billing_view(current);
        let text = |name: &'static str| body.owned(name).ok_or_else(|| Refusal::property(name, "it is required"));
        next.email = text("email")?;
        next.culture = text("culture")?;
        next.language = text("language")?;
        next.company_name = text("companyName")?;
        next.first_name = body.owned("firstName");
        next.last_name = body.owned("lastName");
        next.address = Address::read(body.object("defaultAddress"));
        if !email_fits(&next.email) {
            return Err(Refusal::property("email", "not a usable address"));
        }
        if !company_name_fits(&next.company_name) {
            return Err(Refusal::property("companyName", "2 to 255 characters of a real name"));
        }
        if let Some(name) = next.address.failing().first() {
            return Err(Refusal::property(name, "it breaks a rule of the country"));
        }
        if next.company_name != current.company_name {
            let lag = i64::from(world.switches().lag.company_name_seconds);
            let was = current.listed_name(now).to_owned();
            next.renamed = Some(Renamed { was, until: now + SignedDuration::from_secs(lag) });
        }
        next.billing_version += 1;
        let view = billing_view(&next);
        world.customers.insert(key.clone(), next);
        let what = ("customer", "update_customer_billing_profile");
        audit::record(world, &call, now, &key, what, (Some(&before), Some(&view)));
        Ok(view)
    })
    .await
    .and_then(|view| ok(&view))
}

async fn company(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &id, now)?;
        let mut view = json!({"tenantId": customer.id, "domain": customer.domain,
            "companyName": customer.company_name,
            "links": {"self": link(&format!("/customers/{}/profiles/company", customer.id))},
            "attributes": {"objectType": "CustomerCompanyProfile"}});
        if let Some(number) = &customer.registration_number {
            view["organizationRegistrationNumber"] = json!(number);
        }
        if may_see_details(world, customer, now) {
            view["address"] = customer.address.view();
            view["email"] = json!(customer.email);
        }
        ok(&view)
    })
}

async fn organization(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| {
        let customer = directory_of(world, &id, now)?;
        let address = &customer.address;
        ok(&json!([{"displayName": customer.company_name, "street": address.address_line1, "city": address.city,
            "state": address.state, "postalCode": address.postal_code, "countryLetterCode": address.country,
            "technicalNotificationMails": [customer.email]}]))
    })
}

async fn custom_domains(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| ok(&json!([directory_of(world, &id, now)?.domain])))
}

/// The vetting verdict by now; `NotFound` stands for the 404 that allows purchases.
pub(crate) fn vetting_of(world: &World, customer: &Customer, now: Timestamp) -> String {
    let vetting = &world.switches().vetting;
    let forced = vetting
        .by_domain_prefix
        .iter()
        .filter(|(prefix, _)| customer.prefix().starts_with(prefix.as_str()))
        .max_by_key(|(prefix, _)| prefix.len());
    let delay = SignedDuration::from_secs(i64::from(vetting.delay_seconds));
    match forced {
        Some((_, status)) => status.clone(),
        None if now < customer.created + delay => "UnderReview".to_owned(),
        None => "Allowed".to_owned(),
    }
}

async fn vetting(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    call.needs_user()?;
    if !call.parameter("type").is_some_and(|kind| kind.eq_ignore_ascii_case("account")) {
        return Err(Refusal::invalid("type must be account."));
    }
    sim.read(|world, now| {
        let customer = customer_of(world, &id, now)?;
        let status = vetting_of(world, customer, now);
        if crate::wire::folded(&status) == "notfound" {
            return Err(Refusal::customer_service(
                404,
                600_074,
                "AccountStatusNotFound",
                "There is no account status for this customer.",
            ));
        }
        ok(&json!({"type": "account", "status": status, "lastUpdateDateTime": zoneless(customer.created)}))
    })
}
