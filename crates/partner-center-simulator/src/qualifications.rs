//! Qualifications: education, government, state-owned (contract 7.6).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit;
use crate::customers::{Customer, customer_key, customer_of};
use crate::partners::mpn_id_of_ours;
use crate::sandbox;
use crate::state::{Entity, Sim, World};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, created, folded, ok, stamp};

const GOVERNMENT: &str = "GovernmentCommunityCloud";

/// Endings of domains that belong to schools, universities, libraries and museums.
const ACADEMIC: &[&str] =
    &[".edu", ".edu.it", ".ac.uk", ".sch.uk", ".edu.pl", ".edu.es", ".edu.pt", ".edu.example", ".uni.example"];

/// One qualification that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Qualification {
    kind: String,
    asked: Timestamp,
    /// End of the review.
    decided: Timestamp,
    denied: bool,
}

impl Qualification {
    fn status(&self, now: Timestamp) -> &'static str {
        match (now < self.decided, self.denied) {
            (true, _) => "InReview",
            (false, true) => "Denied",
            (false, false) => "Approved",
        }
    }

    fn view(&self, now: Timestamp, date_member: &str) -> Value {
        let status = self.status(now);
        let mut view = json!({"qualification": self.kind, "vettingStatus": status});
        view[date_member] = json!(stamp(self.asked));
        if status == "Denied" {
            view["vettingReason"] = json!("Not an Education Customer");
        }
        view
    }
}

/// One of the partner's codes for government customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ValidationCode {
    pub(crate) validation_id: String,
    organization: String,
    most: u32,
    left: u32,
}

impl Entity for ValidationCode {
    const KIND: &'static str = "validation_code";
}

/// The codes that every simulator starts with.
pub(crate) fn known_codes() -> Vec<ValidationCode> {
    let code = |id: &str, organization: &str, most| ValidationCode {
        validation_id: id.to_owned(),
        organization: organization.to_owned(),
        most,
        left: most,
    };
    vec![code("GCC-48213", "City of Contoso", 5), code("GCC-77105", "Fabrikam County", 1)]
}

/// Whether the tenant may buy for a segment.
pub(crate) fn admits(world: &World, customer: &Customer, segment: &str, now: Timestamp) -> bool {
    if !sandbox::has_segment(world, segment) {
        return false;
    }
    match segment {
        "education" => customer.qualifications.iter().any(|q| q.kind == "Education" && q.status(now) == "Approved"),
        "nonprofit" => is_nonprofit(world, customer),
        "government" => customer.qualifications.iter().any(|q| q.kind == GOVERNMENT && q.status(now) == "Approved"),
        _ => true,
    }
}

fn is_nonprofit(world: &World, customer: &Customer) -> bool {
    let prefixes = &world.switches().nonprofit_domain_prefixes;
    prefixes.iter().any(|prefix| customer.prefix().starts_with(prefix.as_str()))
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/qualifications", get(list).post(ask))
        .route("/v1/customers/all/validations", get(codes))
}

async fn list(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &id, now)?;
        let asked = customer.qualifications.iter();
        let mut items: Vec<Value> = asked.map(|q| q.view(now, "vettingCreatedDate")).collect();
        if is_nonprofit(world, customer) {
            items.push(json!({"qualification": "Nonprofit", "vettingStatus": "Approved"}));
        }
        ok(&Value::Array(items))
    })
}

async fn ask(State(sim): State<Sim>, call: Call, Path(id): Path<String>, JsonBody(body): JsonBody) -> Answer {
    call.needs_user()?;
    let body = Members(&body);
    let key = customer_key(&id)?;
    let kind = match folded(body.text("qualification").unwrap_or("")).as_str() {
        "education" => "Education",
        "stateownedentity" => "StateOwnedEntity",
        "governmentcommunitycloud" => GOVERNMENT,
        _ => {
            let rule = "Education, GovernmentCommunityCloud or StateOwnedEntity";
            return Err(Refusal::property("qualification", rule));
        }
    };
    if kind == "Education" {
        let segment = folded(body.text("educationSegment").unwrap_or(""));
        if !matches!(segment.as_str(), "k12" | "highereducation") {
            return Err(Refusal::property("educationSegment", "K12 or HigherEducation"));
        }
    }
    let website = body.text("website").unwrap_or("").to_lowercase();
    let view = sim
        .write(|world, now| {
            let customer = customer_of(world, &id, now)?;
            let code = match kind {
                GOVERNMENT => Some(check_code(world, body.text("validationCode"))?),
                _ => None,
            };
            let delay = match kind {
                "Education" => i64::from(world.switches().qualification.delay_seconds),
                _ => 0,
            };
            let qualification = Qualification {
                kind: kind.to_owned(),
                asked: now,
                decided: now + SignedDuration::from_secs(delay),
                denied: kind == "Education" && !is_academic(&website, &customer.email),
            };
            let view = qualification.view(now, "vettingCreateDate");
            let customer = world.customers.get_mut(&key).ok_or_else(Refusal::unexpected)?;
            customer.qualifications.retain(|q| q.kind != kind);
            customer.qualifications.push(qualification);
            if let Some(code) = code.and_then(|id| world.validation_codes.get_mut(&id)) {
                code.left = code.left.saturating_sub(1);
            }
            let what = ("customer", "update_customer_qualification");
            audit::record(world, &call, now, &key, what, (None, Some(&view)));
            Ok(view)
        })
        .await?;
    created(&view)
}

/// The key of a code that can still be used.
fn check_code(world: &World, given: Option<&str>) -> Result<String, Refusal> {
    let code = given.and_then(|id| world.validation_codes.get(id)).filter(|_| !world.switches().profile.is_sandbox());
    let code = code.ok_or_else(|| Refusal::property("validationCode", "not a code of this partner"))?;
    if code.left == 0 {
        return Err(Refusal::property("validationCode", "it was used as often as it may be"));
    }
    Ok(code.validation_id.clone())
}

/// The simulator's verdict: website or e-mail under an academic ending, and no `denied` in them.
fn is_academic(website: &str, email: &str) -> bool {
    let bare = website.trim_start_matches("https://").trim_start_matches("http://");
    let host = bare.split(['/', ':', '?']).next().unwrap_or("");
    let mail_host = email.rsplit('@').next().unwrap_or("").to_lowercase();
    let denied = website.contains("denied") || email.contains("denied");
    let academic = |name: &str| ACADEMIC.iter().any(|ending| name.ends_with(ending));
    !denied && (academic(host) || academic(&mail_host))
}

/// Our validation codes; the sandbox has none.
async fn codes(State(sim): State<Sim>, _: Call) -> Answer {
    sim.read(|world, _| {
        let partner = mpn_id_of_ours(world);
        let codes = world.validation_codes.values().filter(|_| !world.switches().profile.is_sandbox());
        let items = codes
            .map(|code| {
                json!({"partnerId": partner, "organizationName": code.organization,
                    "validationId": code.validation_id, "maxCreates": code.most, "remainingCreates": code.left,
                    "eTag": format!("{}-{}", code.validation_id, code.left)})
            })
            .collect();
        ok(&Value::Array(items))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn academic_names() {
        assert!(is_academic("https://liceo.edu.it/chi-siamo", "a@b.example"));
        assert!(is_academic("", "segreteria@ateneo.edu.example"));
        assert!(!is_academic("https://liceo.example", "a@b.example"));
        assert!(!is_academic("https://denied.edu.it", "a@b.example"));
    }
}
