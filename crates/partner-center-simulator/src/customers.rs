//! Customers, which are tenants: create, get, list (contract 9.1 to 9.4). How they leave:
//! `relationships.rs`.
//!
//! The administrator's password is computed for the answer of the creation and its replays; it is
//! neither stored nor shown anywhere else.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::addresses::{Address, company_name_fits, contact_name_fits, email_fits};
use crate::agreements::Agreement;
use crate::audit;
use crate::countries::country;
use crate::domains::{Domain, ENDING, prefix_fits};
use crate::gdap;
use crate::idempotency;
use crate::partners::check_associated_partner;
use crate::qualifications::Qualification;
use crate::sandbox;
use crate::seed::Seed;
use crate::state::{Entity, Sim, World};
use crate::users;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, created, folded, guid, link, ok};

/// One tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) commerce_id: String,
    pub(crate) domain: String,
    pub(crate) company_name: String,
    pub(crate) registration_number: Option<String>,
    pub(crate) email: String,
    pub(crate) culture: String,
    pub(crate) language: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) address: Address,
    /// Tenant id of the reseller.
    pub(crate) associated_partner: Option<String>,
    pub(crate) gdap: bool,
    pub(crate) created: Timestamp,
    pub(crate) readable_from: Timestamp,
    pub(crate) billing_version: i64,
    pub(crate) qualifications: Vec<Qualification>,
    pub(crate) agreements: Vec<Agreement>,
    /// When the relationship with us ended.
    #[serde(default)]
    pub(crate) relationship_ended: Option<Timestamp>,
    /// Delegated rights of the old kind, on the whole tenant; no new tenant grants them.
    #[serde(default)]
    pub(crate) delegated_access: bool,
    /// The name that lists still show.
    #[serde(default)]
    pub(crate) renamed: Option<Renamed>,
}

/// A name that lists show until they learn of the new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Renamed {
    pub(crate) was: String,
    pub(crate) until: Timestamp,
}

impl Entity for Customer {
    const KIND: &'static str = "customer";
}

impl Customer {
    /// The domain's first label.
    pub(crate) fn prefix(&self) -> &str {
        self.domain.trim_end_matches(ENDING)
    }

    /// The company's name as lists know it by now.
    pub(crate) fn listed_name(&self, now: Timestamp) -> &str {
        match &self.renamed {
            Some(renamed) if now < renamed.until => &renamed.was,
            _ => &self.company_name,
        }
    }
}

/// The key of a tenant id, or the refusal of a malformed one.
pub(crate) fn customer_key(id: &str) -> Result<String, Refusal> {
    guid(id).ok_or_else(|| Refusal::new(400, 900_118, "The customer id is not valid.").with(id))
}

/// A tenant that can be read by now (404 if not) and is still ours (403 if not).
pub(crate) fn customer_of<'a>(world: &'a World, id: &str, now: Timestamp) -> Result<&'a Customer, Refusal> {
    let key = customer_key(id)?;
    let customer = world.customers.get(&key).filter(|customer| customer.readable_from <= now);
    let customer = customer.ok_or_else(|| Refusal::new(404, 60_003, "The tenant was not found."))?;
    if customer.relationship_ended.is_some() {
        let text = format!("There is no commerce relationship between the partner and customer {key}.");
        return Err(Refusal::new(403, 20_002, text).with(key));
    }
    Ok(customer)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1/customers", get(list).post(create)).route("/v1/customers/{customer}", get(read))
}

/// A creation whose members were checked.
struct NewCustomer {
    domain: String,
    registration_number: Option<String>,
    email: String,
    culture: String,
    language: String,
    company_name: String,
    address: Address,
    associated_partner: Option<String>,
    gdap: bool,
}

impl NewCustomer {
    fn read(body: Members<'_>) -> Result<Self, Refusal> {
        let company = body.object("companyProfile");
        let billing = body.object("billingProfile");
        let required = |from: Members<'_>, name: &'static str| {
            from.owned(name).ok_or_else(|| Refusal::property(name, "it is required"))
        };
        let domain = required(company, "domain")?.to_lowercase();
        if !domain.strip_suffix(ENDING).is_some_and(prefix_fits) {
            return Err(Refusal::property(
                "domain",
                "1 to 27 letters and digits, no digit first, then .onmicrosoft.com",
            ));
        }
        let email = required(billing, "email")?;
        if !email_fits(&email) {
            return Err(Refusal::property("email", "not a usable address"));
        }
        let company_name = required(billing, "companyName")?;
        if !company_name_fits(&company_name) {
            return Err(Refusal::property("companyName", "2 to 255 characters of a real name"));
        }
        let culture = required(billing, "culture")?;
        let language = required(billing, "language")?;
        if language.len() != 2 || !language.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(Refusal::property("language", "two letters"));
        }
        if culture.len() > 12 || !culture.to_lowercase().starts_with(&language.to_lowercase()) {
            return Err(Refusal::property("culture", "a culture of the language, like it-IT"));
        }
        let address = billing.object("defaultAddress");
        if address.is_absent() {
            return Err(Refusal::property("defaultAddress", "it is required"));
        }
        let address = Address::read(address);
        let registration_number = company.owned("organizationRegistrationNumber");
        check_address(&address, registration_number.as_deref())?;
        let associated_partner = match body.text("associatedPartnerId") {
            None => None,
            Some(text) => Some(
                guid(text).ok_or_else(|| Refusal::property("associatedPartnerId", "the tenant id of a reseller"))?,
            ),
        };
        Ok(Self {
            domain,
            registration_number,
            email,
            culture,
            language,
            company_name,
            address,
            associated_partner,
            gdap: body.flag("enableGDAPByDefault").unwrap_or(false),
        })
    }
}

/// Address, contact names, registration number and phone of the country (contract 7.4).
fn check_address(address: &Address, registration: Option<&str>) -> Result<(), Refusal> {
    let mut failing = address.failing();
    for (name, value) in [("firstName", &address.first_name), ("lastName", &address.last_name)] {
        if !value.as_deref().is_some_and(contact_name_fits) {
            failing.push(name);
        }
    }
    if !failing.is_empty() {
        let refusal = Refusal::customer_service(400, 600_014, "AddressInvalid", "The address is not valid.");
        return Err(failing.into_iter().fold(refusal, |refusal, name| refusal.with(name)));
    }
    let rule = country(&address.country).and_then(|country| country.registration());
    let refuse = |code, name: &str, text: &str| Err(Refusal::customer_service(400, code, name, text));
    match (rule, registration) {
        (None, None) => Ok(()),
        (None, Some(_)) => refuse(
            600_002,
            "OrganizationRegistrationNumberNotSupported",
            "organizationRegistrationNumber is not supported for this country.",
        ),
        (Some(_), None) => refuse(
            600_049,
            "OrganizationRegistrationNumberRequired",
            "organizationRegistrationNumber is required for this country.",
        ),
        (Some(rule), Some(number)) if !rule.accepts(number) => refuse(
            600_050,
            "OrganizationRegistrationNumberInvalid",
            &format!("organizationRegistrationNumber does not match {}", rule.regex),
        ),
        (Some(_), Some(_)) if address.phone_number.is_none() => {
            refuse(600_051, "PhoneNumberRequired", "The customer's phone number is required for this country.")
        }
        _ => Ok(()),
    }
}

async fn create(State(sim): State<Sim>, call: Call, JsonBody(body): JsonBody) -> Answer {
    if !call.ids_given {
        return Err(Refusal::invalid("The headers MS-RequestId and MS-CorrelationId are required."));
    }
    if Members(&body).get("associatedPartnerId").is_some() {
        call.needs_user()?;
    }
    let fingerprint = idempotency::fingerprint(&call, &body);
    let tenant = sim
        .write(|world, now| {
            let asked = Members(&body).object("companyProfile").owned("domain");
            let asked = asked.filter(|domain| domain.len() <= 64);
            let tally = format!("tenant/{}", asked.unwrap_or_default().to_lowercase());
            world.asked(&tally);
            if let Some(tenant) = idempotency::replayed(world, &call, &fingerprint, now)? {
                return Ok(tenant);
            }
            sandbox::check_new_customer(world)?;
            let wanted = NewCustomer::read(Members(&body))?;
            if let Some(partner) = &wanted.associated_partner {
                check_associated_partner(world, partner)?;
            }
            if world.domains.get(&wanted.domain).is_some() {
                return Err(Refusal::customer_service(
                    409,
                    600_009,
                    "DomainNotAvailable",
                    &format!("The domain {} is not available.", wanted.domain),
                ));
            }
            let customer = settle(world, &sim.seed, wanted, now);
            let id = customer.id.clone();
            let shown = slim(&customer);
            let domain = customer.domain.clone();
            world.customers.insert(id.clone(), customer);
            let tenant = Some(id.clone());
            world.domains.insert(domain, Domain { tenant });
            users::furnish_administrator(world, &sim.seed, &id);
            world.done(&tally);
            idempotency::remember(world, &call, fingerprint, id.clone(), now);
            let what = ("customer", "add_customer");
            audit::record(world, &call, now, &id, what, (None, Some(&shown)));
            Ok(id)
        })
        .await?;
    let mut answer = sim.read(|world, _| {
        let customer = world.customers.get(&tenant);
        customer.map(whole).ok_or_else(Refusal::unexpected)
    })?;
    answer["userCredentials"] = json!({"userName": "admin", "password": sim.seed.password(&tenant)});
    created(&answer)
}

fn settle(world: &World, seed: &Seed, wanted: NewCustomer, now: Timestamp) -> Customer {
    let lag = i64::from(world.switches().lag.customer_seconds);
    Customer {
        id: seed.guid("tenant", &[&wanted.domain]),
        commerce_id: seed.guid("commerce", &[&wanted.domain]),
        domain: wanted.domain,
        company_name: wanted.company_name,
        registration_number: wanted.registration_number,
        email: wanted.email,
        culture: wanted.culture,
        language: wanted.language,
        first_name: wanted.address.first_name.clone(),
        last_name: wanted.address.last_name.clone(),
        address: wanted.address,
        associated_partner: wanted.associated_partner,
        gdap: wanted.gdap,
        created: now,
        readable_from: now + SignedDuration::from_secs(lag),
        billing_version: 1,
        qualifications: Vec::new(),
        agreements: Vec::new(),
        relationship_ended: None,
        delegated_access: false,
        renamed: None,
    }
}

fn company_profile(customer: &Customer) -> Value {
    let mut profile = json!({"tenantId": customer.id, "domain": customer.domain, "companyName": customer.company_name,
        "links": {"self": link(&format!("/customers/{}/profiles/company", customer.id))},
        "attributes": {"objectType": "CustomerCompanyProfile"}});
    if let Some(number) = &customer.registration_number {
        profile["organizationRegistrationNumber"] = json!(number);
    }
    profile
}

fn relationship(customer: &Customer) -> &'static str {
    match (customer.relationship_ended, &customer.associated_partner) {
        (None, Some(_)) => "reseller",
        _ => "none",
    }
}

/// As in lists.
fn slim(customer: &Customer) -> Value {
    json!({"id": customer.id, "companyProfile": company_profile(customer),
        "relationshipToPartner": relationship(customer),
        "links": {"self": link(&format!("/customers/{}", customer.id))},
        "attributes": {"objectType": "Customer"}})
}

/// As in the list, which learns late of a new name.
fn listed(customer: &Customer, now: Timestamp) -> Value {
    let mut view = slim(customer);
    view["companyProfile"]["companyName"] = json!(customer.listed_name(now));
    view
}

/// All that we know of it.
pub(crate) fn whole(customer: &Customer) -> Value {
    let mut view = slim(customer);
    view["commerceId"] = json!(customer.commerce_id);
    view["billingProfile"] = crate::profiles::billing_view(customer);
    view["companyProfile"]["email"] = json!(customer.email);
    view["allowDelegatedAccess"] = json!(customer.delegated_access);
    if let Some(partner) = &customer.associated_partner {
        view["associatedPartnerId"] = json!(partner);
    }
    if customer.gdap {
        view["customDomains"] = json!([customer.domain]);
    }
    view
}

async fn read(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &id, now)?;
        let mut view = whole(customer);
        // The reseller is part of the creation's answer only.
        let mut hidden = vec![("", "associatedPartnerId")];
        if !may_see_details(world, customer, now) {
            hidden.extend([
                ("", "customDomains"),
                ("/companyProfile", "email"),
                ("/billingProfile", "email"),
                ("/billingProfile", "defaultAddress"),
            ]);
        }
        for (part, member) in hidden {
            if let Some(members) = view.pointer_mut(part).and_then(Value::as_object_mut) {
                members.shift_remove(member);
            }
        }
        ok(&view)
    })
}

/// Addresses are shown to those who have delegated rights (contract 9.3).
pub(crate) fn may_see_details(world: &World, customer: &Customer, now: Timestamp) -> bool {
    customer.delegated_access || gdap::is_assigned(world, customer, now)
}

/// A filter of the list (contract 4.2, 9.4).
enum Filter {
    None,
    CompanyName(String),
    Domain(String),
    Reseller(String),
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let Some(text) = call.parameter("filter") else {
            return Ok(Self::None);
        };
        let unreadable = || Refusal::invalid("filter must be {\"Field\",\"Value\",\"Operator\"}.");
        let filter: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
        let filter = Members(&filter);
        let (Some(field), Some(value), Some(operator)) =
            (filter.text("Field"), filter.text("Value"), filter.text("Operator"))
        else {
            return Err(unreadable());
        };
        if folded(operator) != "startswith" {
            return Err(Refusal::invalid("The operator of this filter must be starts_with."));
        }
        let value = value.to_lowercase();
        match folded(field).as_str() {
            "companyname" => Ok(Self::CompanyName(value)),
            "domain" => Ok(Self::Domain(value)),
            "indirectreseller" => {
                call.needs_user()?;
                Ok(Self::Reseller(value))
            }
            // Every customer here is ours.
            "indirectcloudsolutionprovider" => {
                call.needs_user()?;
                Ok(Self::None)
            }
            _ => Err(Refusal::invalid("This field cannot be filtered by.")),
        }
    }

    fn passes(&self, customer: &Customer, now: Timestamp) -> bool {
        match self {
            Self::None => true,
            Self::CompanyName(start) => customer.listed_name(now).to_lowercase().starts_with(start),
            Self::Domain(start) => customer.domain.starts_with(start),
            Self::Reseller(start) => {
                let reseller = customer.associated_partner.as_deref();
                reseller.is_some_and(|id| id.starts_with(start))
            }
        }
    }
}

async fn list(State(sim): State<Sim>, call: Call) -> Answer {
    let size = call.size(100, 500)?;
    let filter = Filter::read(&call)?;
    let after = call.continuation.clone().unwrap_or_default();
    sim.read(|world, now| {
        // The domain table is an index: prefix search without looking at every tenant.
        let candidates: Box<dyn Iterator<Item = &Customer>> = match &filter {
            Filter::Domain(start) => Box::new(
                world
                    .domains
                    .under(start)
                    .filter_map(|(_, domain)| domain.tenant.as_ref())
                    .filter_map(|tenant| world.customers.get(tenant))
                    .filter(|customer| customer.domain > domain_of(world, &after)),
            ),
            _ => Box::new(world.customers.after(&after).map(|(_, customer)| customer)),
        };
        let mut found: Vec<&Customer> = candidates
            .filter(|customer| customer.readable_from <= now && listed_from(world, customer) <= now)
            .filter(|customer| customer.relationship_ended.is_none())
            .filter(|customer| filter.passes(customer, now))
            .take(size + 1)
            .collect();
        let more = found.len() > size;
        found.truncate(size);
        let next = more.then(|| found.last().map(|last| last.id.clone())).flatten();
        let items = found.into_iter().map(|customer| listed(customer, now)).collect();
        ok(&collection(items, &format!("/customers?size={size}"), next))
    })
}

/// The list knows a new tenant later than the look-up by id.
fn listed_from(world: &World, customer: &Customer) -> Timestamp {
    customer.created + SignedDuration::from_secs(i64::from(world.switches().lag.customer_list_seconds))
}

fn domain_of(world: &World, tenant: &str) -> String {
    world.customers.get(tenant).map(|customer| customer.domain.clone()).unwrap_or_default()
}
