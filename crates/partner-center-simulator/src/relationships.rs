//! How a customer comes to us and leaves (contract 9.6, 9.7): the link for tenants that exist
//! already, their acceptance, the end of the relationship, and the sandbox's deletion.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, patch};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::addresses::{Address, company_name_fits, email_fits};
use crate::audit;
use crate::countries::country;
use crate::customers::{Customer, customer_key, customer_of, whole};
use crate::domains::{Domain, ENDING, prefix_fits};
use crate::seed::Seed;
use crate::state::{Sim, World};
use crate::subscriptions::Status;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, empty, folded, ok};

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}", patch(change).delete(purge))
        .route("/v1/customers/relationshiprequests", get(request_link))
}

/// The link that an existing tenant's administrator opens to accept us.
async fn request_link(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    if sim.read(|world, _| world.switches().profile.is_sandbox()) {
        return Err(Refusal::new(403, 2032, "Relationship requests are not available in the sandbox."));
    }
    let ourselves = sim.seed.guid("provider tenant", &[]);
    ok(&json!({"url": format!("https://admin.simulated.example/partner/accept?partnerId={ourselves}"),
        "attributes": {"objectType": "RelationshipRequest"}}))
}

/// What a change of the customer asks for.
enum Change {
    EndRelationship,
    DropDelegatedAccess,
}

impl Change {
    fn read(body: Members<'_>) -> Result<Self, Refusal> {
        if let Some(relationship) = body.text("relationshipToPartner") {
            return match folded(relationship).as_str() {
                "none" => Ok(Self::EndRelationship),
                _ => Err(Refusal::property("relationshipToPartner", "none is the only value that can be set")),
            };
        }
        match body.flag("allowDelegatedAccess") {
            Some(false) => Ok(Self::DropDelegatedAccess),
            Some(true) => Err(Refusal::property("allowDelegatedAccess", "rights are granted by the customer")),
            None => Err(Refusal::invalid("relationshipToPartner or allowDelegatedAccess is required.")),
        }
    }
}

async fn change(State(sim): State<Sim>, call: Call, Path(id): Path<String>, JsonBody(body): JsonBody) -> Answer {
    call.needs_user()?;
    let wanted = Change::read(Members(&body))?;
    let key = customer_key(&id)?;
    let view = sim
        .write(|world, now| {
            let mut next = customer_of(world, &id, now)?.clone();
            let (operation, shown) = match wanted {
                Change::EndRelationship => {
                    check_nothing_runs(world, &next)?;
                    next.relationship_ended = Some(now);
                    ("remove_partner_customer_relationship", json!({"relationshipToPartner": "none"}))
                }
                Change::DropDelegatedAccess => {
                    next.delegated_access = false;
                    ("update_customer_delegated_access", json!({"allowDelegatedAccess": false}))
                }
            };
            let mut view = whole(&next);
            if let Some(members) = view.as_object_mut() {
                members.shift_remove("associatedPartnerId");
            }
            world.customers.insert(key.clone(), next);
            audit::record(world, &call, now, &key, ("customer", operation), (None, Some(&shown)));
            Ok(view)
        })
        .await?;
    ok(&view)
}

/// The relationship ends only when every subscription is suspended or cancelled.
fn check_nothing_runs(world: &World, customer: &Customer) -> Result<(), Refusal> {
    let prefix = format!("{}/", customer.id);
    let running = world
        .subscriptions
        .under(&prefix)
        .filter(|(_, s)| matches!(s.status, Status::Pending | Status::Active | Status::Expired))
        .map(|(_, subscription)| Value::from(subscription.id.clone()));
    let refusal = Refusal::invalid("Subscriptions must be suspended or cancelled first.");
    let mut running = running.peekable();
    if running.peek().is_none() {
        return Ok(());
    }
    Err(running.fold(refusal, Refusal::with))
}

/// Forgets a tenant and everything it has; in the sandbox only.
async fn purge(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Result<Response, Refusal> {
    let key = customer_key(&id)?;
    sim.write(|world, now| {
        customer_of(world, &id, now)?;
        if !world.switches().profile.is_sandbox() {
            return Err(Refusal::new(403, 6003, "Customers can be deleted in the integration sandbox only."));
        }
        world.purge(&key);
        world.domains.retain(|domain| domain.tenant.as_ref() != Some(&key));
        world.replays.retain(|replay| replay.subject != key);
        Ok(())
    })
    .await?;
    Ok(empty(204))
}

/// A tenant that accepts us, as a test tells it. Everything but the first two has a default.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// `prefix.onmicrosoft.com`.
    domain: String,
    company_name: String,
    /// Two letters, `IT` by default.
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// MPN id of the indirect reseller; absent = a direct customer of ours.
    #[serde(default)]
    mpn_id: Option<String>,
    /// Old delegated rights on the whole tenant.
    #[serde(default)]
    delegated_access: bool,
    /// A relationship of granular rights was accepted, too.
    #[serde(default)]
    gdap: bool,
}

/// Makes an existing tenant our customer, or a lost one ours again, and announces it; returns its
/// id.
pub(crate) fn accept(world: &mut World, seed: &Seed, given: Acceptance, now: Timestamp) -> Result<String, String> {
    let id = settle(world, seed, given, now)?;
    world.announce("reseller-relationship-accepted-by-customer", format!("/customers/{id}"), now);
    Ok(id)
}

fn settle(world: &mut World, seed: &Seed, given: Acceptance, now: Timestamp) -> Result<String, String> {
    if world.switches().profile.is_sandbox() {
        return Err("the sandbox has new customers only".to_owned());
    }
    let domain = given.domain.trim().to_lowercase();
    if !domain.strip_suffix(ENDING).is_some_and(prefix_fits) {
        return Err(format!("{domain} is no name under {ENDING}"));
    }
    let known = world.domains.get(&domain).and_then(|known| known.tenant.clone());
    if let Some(tenant) = known {
        let customer = world.customers.get_mut(&tenant).filter(|customer| customer.relationship_ended.is_some());
        let customer = customer.ok_or_else(|| format!("{domain} is our customer already"))?;
        customer.relationship_ended = None;
        return Ok(tenant);
    }
    let customer = stranger(world, seed, given, domain, now)?;
    let id = customer.id.clone();
    world.domains.insert(customer.domain.clone(), Domain { tenant: Some(id.clone()) });
    world.customers.insert(id.clone(), customer);
    Ok(id)
}

fn stranger(world: &World, seed: &Seed, given: Acceptance, domain: String, now: Timestamp) -> Result<Customer, String> {
    let code = given.country.as_deref().unwrap_or("IT");
    let market = country(code).ok_or_else(|| format!("{code} is no country that the simulator knows"))?;
    let prefix = domain.trim_end_matches(ENDING);
    let email = given.email.unwrap_or_else(|| format!("admin@{prefix}.example"));
    if !company_name_fits(&given.company_name) || !email_fits(&email) {
        return Err("companyName or email is refused".to_owned());
    }
    let associated_partner = match &given.mpn_id {
        None => None,
        Some(mpn) => {
            let partner = world.partners.get(mpn).ok_or_else(|| format!("there is no partner {mpn}"))?;
            Some(partner.tenant_id.clone())
        }
    };
    Ok(Customer {
        id: seed.guid("tenant", &[&domain]),
        commerce_id: seed.guid("commerce", &[&domain]),
        domain,
        company_name: given.company_name,
        registration_number: None,
        email,
        culture: market.culture().to_owned(),
        language: market.language().to_owned(),
        first_name: None,
        last_name: None,
        address: Address { country: market.code.to_owned(), ..Address::default() },
        associated_partner,
        gdap: given.gdap,
        created: now,
        readable_from: now,
        billing_version: 1,
        qualifications: Vec::new(),
        agreements: Vec::new(),
        relationship_ended: None,
        delegated_access: given.delegated_access,
        renamed: None,
    })
}
