//! Microsoft's integration sandbox (contract 19): its limits, and its indirect resellers, which are
//! made by API. In the profile `production` nothing here limits anything.
//!
//! The administrators' passwords are computed for the answer, as those of customers are.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{delete, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::addresses::{Address, company_name_fits};
use crate::cart_lines::CartLine;
use crate::countries::country;
use crate::customers::Customer;
use crate::domains::{Domain, ENDING, prefix_fits};
use crate::idempotency;
use crate::partners::{Partner, Role, region_of_ours};
use crate::seed::Seed;
use crate::state::{Sim, World};
use crate::subscriptions::Status;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, empty, guid, ok, stamp};

/// Which of Microsoft's two worlds is simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Real customers, real limits.
    #[default]
    Production,
    /// The integration sandbox of a provider.
    MsSandbox,
}

impl Profile {
    pub(crate) fn is_sandbox(self) -> bool {
        self == Self::MsSandbox
    }
}

const CUSTOMERS: usize = 75;
const SUBSCRIPTIONS: usize = 5;
const SEATS: i64 = 25;
const RESELLERS: usize = 5;
/// MPN ids that the sandbox accepts for new resellers: these digits and two more.
const MPN_IDS: &str = "79000";

fn is_sandbox(world: &World) -> bool {
    world.switches().profile.is_sandbox()
}

fn limit_met() -> Refusal {
    Refusal::new(400, 800_018, "The limit of the integration sandbox is met.")
}

/// Whether a segment is sold here at all.
pub(crate) fn has_segment(world: &World, segment: &str) -> bool {
    !is_sandbox(world) || matches!(segment, "commercial" | "education")
}

/// Whether a reseller counts here: the sandbox knows only those that were made in it.
pub(crate) fn knows(world: &World, partner: &Partner) -> bool {
    !is_sandbox(world) || partner.sandbox
}

/// Refuses a customer above the limit (400/800018).
pub(crate) fn check_new_customer(world: &World) -> Result<(), Refusal> {
    if is_sandbox(world) && world.customers.len() >= CUSTOMERS { Err(limit_met()) } else { Ok(()) }
}

/// Refuses more licences than a subscription may have here (400/800018).
pub(crate) fn check_seats(world: &World, quantity: i64) -> Result<(), Refusal> {
    if is_sandbox(world) && quantity > SEATS { Err(limit_met()) } else { Ok(()) }
}

/// Refuses a line of a cart that would exceed a limit: licences of the subscription, subscriptions
/// of the customer (400/800018; cart line error 10009).
pub(crate) fn check_line(world: &World, customer: &Customer, lines: &[CartLine], index: usize) -> Result<(), Refusal> {
    if !is_sandbox(world) {
        return Ok(());
    }
    check_seats(world, lines[index].quantity)?;
    let prefix = format!("{}/", customer.id);
    let owned = world.subscriptions.under(&prefix);
    let owned = owned.filter(|(_, s)| s.status != Status::Deleted).count();
    let wanted = lines[..=index].iter().filter(|line| line.order.is_none()).count();
    if owned + wanted > SUBSCRIPTIONS { Err(limit_met()) } else { Ok(()) }
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/sandboxIndirectReseller", post(create))
        .route("/v1/sandboxIndirectReseller/{tenant}", delete(remove))
}

/// Both calls: signed in, in the sandbox, with both ids.
fn check_caller(world: &World, call: &Call) -> Result<(), Refusal> {
    if !is_sandbox(world) {
        return Err(Refusal::new(401, 6002, "The account is not that of a sandbox provider."));
    }
    if !call.ids_given {
        return Err(Refusal::invalid("The headers MS-RequestId and MS-CorrelationId are required."));
    }
    Ok(())
}

/// A reseller that was asked for.
struct NewReseller {
    mpn_id: String,
    domain: String,
    company: String,
    country: String,
}

impl NewReseller {
    fn read(body: Members<'_>) -> Result<Self, Refusal> {
        let missing = |name: &'static str| move || Refusal::property(name, "it is required");
        let tenant = body.object("tenant");
        let profile = body.object("legalBusinessProfile");
        let mpn_id = body.owned("mpnId").ok_or_else(missing("mpnId"))?;
        let prefix = tenant.owned("domainPrefix").ok_or_else(missing("domainPrefix"))?.to_lowercase();
        if !prefix_fits(&prefix) {
            return Err(Refusal::property("domainPrefix", "1 to 27 letters and digits, no digit first"));
        }
        admin_of(body)?;
        let company = profile.owned("companyName").ok_or_else(missing("companyName"))?;
        if !company_name_fits(&company) {
            return Err(Refusal::property("companyName", "2 to 255 characters of a real name"));
        }
        let country = tenant.text("country").and_then(country).ok_or_else(missing("country"))?.code.to_owned();
        if let Some(name) = Address::read(profile.object("address")).failing().first() {
            return Err(Refusal::property(name, "it breaks a rule of the country"));
        }
        Ok(Self { mpn_id, domain: format!("{prefix}{ENDING}"), company, country })
    }
}

fn admin_of(body: Members<'_>) -> Result<String, Refusal> {
    let name = body.object("tenant").owned("adminUserName");
    name.filter(|name| name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)))
        .ok_or_else(|| Refusal::property("adminUserName", "letters, digits, dots and hyphens"))
}

async fn create(State(sim): State<Sim>, call: Call, JsonBody(body): JsonBody) -> Answer {
    call.needs_user()?;
    let fingerprint = idempotency::fingerprint(&call, &body);
    let mpn_id = sim
        .write(|world, now| {
            check_caller(world, &call)?;
            if let Some(mpn_id) = idempotency::replayed(world, &call, &fingerprint, now)? {
                return Ok(mpn_id);
            }
            let wanted = NewReseller::read(Members(&body))?;
            check_new_reseller(world, &wanted)?;
            let mpn_id = wanted.mpn_id.clone();
            let reseller = settle(world, &sim.seed, wanted);
            world.partners.insert(mpn_id.clone(), reseller);
            idempotency::remember(world, &call, fingerprint, mpn_id.clone(), now);
            Ok(mpn_id)
        })
        .await?;
    let admin = admin_of(Members(&body))?;
    sim.read(|world, now| {
        let reseller = world.partners.get(&mpn_id).ok_or_else(Refusal::not_found)?;
        ok(&reseller_view(&sim.seed, reseller, &admin, now))
    })
}

fn check_new_reseller(world: &World, wanted: &NewReseller) -> Result<(), Refusal> {
    let refused = |text: &str| Err(Refusal::new(403, 6004, text));
    let digits = wanted.mpn_id.strip_prefix(MPN_IDS);
    if !digits.is_some_and(|rest| rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit())) {
        return refused("Only MPN ids of the sandbox can be used.");
    }
    if world.partners.values().filter(|partner| partner.sandbox).count() >= RESELLERS {
        return refused("The sandbox has as many indirect resellers as it may have.");
    }
    if world.partners.get(&wanted.mpn_id).is_some() || world.domains.get(&wanted.domain).is_some() {
        return Err(Refusal::new(409, 1003, "The tenant or the MPN id is already in use."));
    }
    Ok(())
}

/// Takes the domain; returns the partner.
fn settle(world: &mut World, seed: &Seed, wanted: NewReseller) -> Partner {
    let tenant_id = seed.guid("sandbox reseller", &[&wanted.domain]);
    world.domains.insert(wanted.domain.clone(), Domain { tenant: None });
    Partner {
        tenant_id,
        name: wanted.company,
        location: wanted.country,
        region: region_of_ours(world),
        role: Role::IndirectReseller,
        is_location: true,
        agreement_signed: true,
        relationship: Some("Active".to_owned()),
        sandbox: true,
        domain: Some(wanted.domain),
        mpn_id: wanted.mpn_id,
    }
}

fn reseller_view(seed: &Seed, reseller: &Partner, admin: &str, now: Timestamp) -> Value {
    let domain = reseller.domain.as_deref().unwrap_or("");
    json!({"accountId": seed.guid("sandbox account", &[&reseller.mpn_id]), "mpnId": reseller.mpn_id,
        "tenant": {"id": reseller.tenant_id, "adminUserAccount": format!("{admin}@{domain}"),
            "password": seed.password(&reseller.tenant_id)},
        "agreementSignature": {"agreementType": "MicrosoftPartnerAgreement", "isSigned": true,
            "signedDate": stamp(now)},
        "partnerRelationship": {"id": reseller.tenant_id, "name": reseller.name,
            "relationshipType": "is_indirect_cloud_solution_provider_of", "state": "Active",
            "mpnId": reseller.mpn_id}})
}

async fn remove(State(sim): State<Sim>, call: Call, Path(tenant): Path<String>) -> Result<Response, Refusal> {
    call.needs_user()?;
    let fingerprint = idempotency::fingerprint(&call, &Value::Null);
    sim.write(|world, now| {
        check_caller(world, &call)?;
        if idempotency::replayed(world, &call, &fingerprint, now)?.is_some() {
            return Ok(());
        }
        let id = guid(&tenant).ok_or_else(Refusal::not_found)?;
        let partner = world.partners.values().find(|p| p.tenant_id == id).cloned();
        let partner = partner.ok_or_else(Refusal::not_found)?;
        if !partner.sandbox {
            return Err(Refusal::new(403, 6003, "Only resellers of the sandbox can be deleted."));
        }
        let serves = |customer: &Customer| customer.associated_partner.as_ref() == Some(&id);
        if world.customers.values().any(serves) {
            return Err(Refusal::new(403, 6003, "The reseller still has customers."));
        }
        world.partners.retain(|known| known.tenant_id != id);
        if let Some(domain) = &partner.domain {
            world.domains.remove(domain);
        }
        idempotency::remember(world, &call, fingerprint, id, now);
        Ok(())
    })
    .await?;
    Ok(empty(204))
}
