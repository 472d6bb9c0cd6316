//! The Microsoft Customer Agreement (contract 10): template, attestation, proof.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::addresses::{contact_name_fits, email_fits};
use crate::audit;
use crate::clock::Clock;
use crate::customers::{Customer, customer_key, customer_of};
use crate::state::{Sim, Simulation};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, created, folded, ok, zoneless};

const MCA: &str = "MicrosoftCustomerAgreement";

/// An attested agreement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Agreement {
    first_name: String,
    last_name: String,
    email: String,
    phone_number: Option<String>,
    template_id: String,
    date_agreed: Timestamp,
}

/// Whether purchases are open to this tenant (403/13605 otherwise).
pub(crate) fn is_confirmed(customer: &Customer) -> bool {
    !customer.agreements.is_empty()
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/agreements", get(metadata))
        .route("/v1/customers/{customer}/agreements", get(list).post(attest))
        .route("/v1/customers/{customer}/directSignedMicrosoftCustomerAgreementStatus", get(direct))
        .route("/v1/agreementtemplates/{template}/document", get(document))
        .route("/agreement-documents/{token}", get(download))
}

impl Simulation {
    fn template(&self, kind: &str) -> String {
        let revision = self.read(|world, _| world.switches().agreement_revision);
        self.seed.guid("template", &[kind, &revision.to_string()])
    }

    fn agreement_link(&self) -> String {
        format!("{}/agreement-documents/overview", self.origin())
    }
}

/// The dead predecessor is what one gets without asking (contract trap 12).
fn wanted(call: &Call) -> (bool, bool) {
    match call.parameter("agreementType").map(folded).as_deref() {
        None | Some("microsoftcloudagreement") => (false, true),
        Some("*") => (true, true),
        Some("microsoftcustomeragreement") => (true, false),
        Some(_) => (false, false),
    }
}

async fn metadata(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    let (customer, cloud) = wanted(&call);
    let item = |kind: &str| {
        json!({"templateId": sim.template(kind), "agreementType": kind,
            "agreementLink": sim.agreement_link(), "versionRank": 0})
    };
    let mut items = Vec::new();
    if cloud {
        items.push(item("MicrosoftCloudAgreement"));
    }
    if customer {
        items.push(item(MCA));
    }
    ok(&collection(items, "/agreements", None))
}

fn view(sim: &Simulation, agreement: &Agreement) -> Value {
    let mut contact = json!({"firstName": agreement.first_name, "lastName": agreement.last_name,
        "email": agreement.email});
    if let Some(phone) = &agreement.phone_number {
        contact["phoneNumber"] = json!(phone);
    }
    json!({"userId": sim.seed.guid("integration user", &[]), "primaryContact": contact,
        "templateId": agreement.template_id, "dateAgreed": zoneless(agreement.date_agreed), "type": MCA,
        "agreementLink": sim.agreement_link()})
}

async fn list(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    call.needs_user()?;
    let (shown, _) = wanted(&call);
    let (agreements, key) = sim.read(|world, now| {
        let customer = customer_of(world, &id, now)?;
        Ok::<_, Refusal>((customer.agreements.clone(), customer.id.clone()))
    })?;
    let items = agreements.iter().filter(|_| shown).map(|agreement| view(&sim, agreement)).collect();
    let path = format!("/customers/{key}/agreements");
    ok(&collection(items, &path, None))
}

async fn direct(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| customer_of(world, &id, now).map(|_| ()))?;
    ok(&json!({"isSigned": false}))
}

fn read_agreement(body: Members<'_>, template: &str, now: Timestamp) -> Result<Agreement, Refusal> {
    let contact = body.object("primaryContact");
    let name = |member: &'static str| {
        contact
            .owned(member)
            .filter(|name| contact_name_fits(name))
            .ok_or_else(|| Refusal::property(member, "a name of the customer's contact"))
    };
    let first_name = name("firstName")?;
    let last_name = name("lastName")?;
    let email = contact
        .owned("email")
        .filter(|email| email_fits(email))
        .ok_or_else(|| Refusal::property("email", "an address of the customer's contact"))?;
    if !body.text("type").is_some_and(|kind| kind.eq_ignore_ascii_case(MCA)) {
        return Err(Refusal::property("type", "MicrosoftCustomerAgreement"));
    }
    if !body.text("templateId").is_some_and(|id| id.eq_ignore_ascii_case(template)) {
        return Err(Refusal::property("templateId", "the id that GET /agreements gives"));
    }
    let date = body.text("dateAgreed").unwrap_or("");
    let date_agreed = date
        .parse::<Timestamp>()
        .or_else(|_| format!("{date}Z").parse::<Timestamp>())
        .map_err(|_| Refusal::property("dateAgreed", "a date and time, UTC"))?;
    // Two machines' clocks may differ a little.
    if date_agreed > now + SignedDuration::from_mins(2) {
        return Err(Refusal::property("dateAgreed", "not in the future"));
    }
    Ok(Agreement {
        first_name,
        last_name,
        email,
        phone_number: contact.owned("phoneNumber"),
        template_id: template.to_owned(),
        date_agreed,
    })
}

async fn attest(State(sim): State<Sim>, call: Call, Path(id): Path<String>, JsonBody(body): JsonBody) -> Answer {
    call.needs_user()?;
    let template = sim.template(MCA);
    let key = customer_key(&id)?;
    let answer = sim
        .write(|world, now| {
            let customer = customer_of(world, &id, now)?;
            let agreement = read_agreement(Members(&body), &template, now)?;
            let same = |known: &Agreement| {
                known.first_name == agreement.first_name
                    && known.last_name == agreement.last_name
                    && known.email.eq_ignore_ascii_case(&agreement.email)
                    && known.template_id == agreement.template_id
            };
            if customer.agreements.iter().any(same) {
                return Err(Refusal::customer_service(
                    400,
                    600_061,
                    "DuplicateAgreement",
                    "An identical agreement confirmed by the partner already exists.",
                ));
            }
            if customer.agreements.len() >= 100 {
                return Err(Refusal::invalid("Too many agreements for this customer."));
            }
            let customer = world.customers.get_mut(&key).ok_or_else(Refusal::unexpected)?;
            customer.agreements.push(agreement.clone());
            let shown = json!({"type": MCA, "templateId": template});
            let what = ("agreement", "create_agreement");
            audit::record(world, &call, now, &key, what, (None, Some(&shown)));
            Ok(agreement)
        })
        .await?;
    created(&view(&sim, &answer))
}

const DOCUMENT_LIFE: i64 = 300;

async fn document(State(sim): State<Sim>, call: Call, Path(template): Path<String>) -> Answer {
    call.needs_user()?;
    if template != sim.template(MCA) {
        return Err(Refusal::not_found());
    }
    let country = call.parameter("country").unwrap_or("US").to_owned();
    let known = crate::countries::COUNTRIES.iter();
    if !known.into_iter().any(|c| c.code == country) {
        return Err(Refusal::not_found());
    }
    let language = call.parameter("language").unwrap_or("en-US");
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let until = (Clock::real().as_second() + DOCUMENT_LIFE).to_string();
    let mac = hex::encode(sim.seed.mac("document", &[&until, &nonce]));
    ok(&json!({"displayUri": sim.agreement_link(),
        "downloadUri": format!("{}/agreement-documents/{until}-{nonce}-{mac}", sim.origin()),
        "language": language, "country": country}))
}

/// The document itself: open to whoever holds the address, for five minutes.
async fn download(State(sim): State<Sim>, Path(token): Path<String>) -> Response {
    let text = "Microsoft Customer Agreement (a placeholder of the simulator, without legal effect)";
    if token == "overview" {
        return text.into_response();
    }
    let mut parts = token.splitn(3, '-');
    let (until, nonce, mac) = (parts.next(), parts.next(), parts.next());
    let (Some(until), Some(nonce), Some(mac)) = (until, nonce, mac) else {
        return Refusal::not_found().into_response();
    };
    let right = hex::encode(sim.seed.mac("document", &[until, nonce]));
    let genuine = bool::from(right.as_bytes().ct_eq(mac.as_bytes()));
    let alive = until.parse::<i64>().is_ok_and(|until| Clock::real().as_second() <= until);
    if genuine && alive { text.into_response() } else { Refusal::not_found().into_response() }
}
