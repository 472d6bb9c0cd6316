//! Line items by export (contract 18.4), as Microsoft Graph serves them: asked for, polled, and
//! fetched as compressed files that open for an hour.
//!
//! An export is a span of charges, fixed when it is asked for. Its files are written when they are
//! fetched, a few hundred lines at a time, so its size costs no memory.

use std::io::Write;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::invoices::invoice_of;
use super::line_items::{currency_of, unbilled_scope};
use super::lines::{Field, Line, Place, Scope, walk};
use super::links::{check, expired, pass};
use super::money::written;
use crate::state::{Entity, Sim, Simulation, World};
use crate::tokens::credentials;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, empty, folded, ok, stamp};

/// Lines in one file.
const BLOB_LINES: usize = 10_000;
/// Lines between two looks at the world.
const STEP: usize = 500;
/// Polls that find it running.
const RUNNING_POLLS: u32 = 2;
/// Seconds between two polls.
const RETRY_AFTER: &str = "1";
/// How long the files can be fetched.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long an export is known at all.
const KNOWN: SignedDuration = SignedDuration::from_hours(24);
/// How many are known at the most.
const KNOWN_AT_MOST: usize = 1000;

const BASE: &str = "/v1.0/reports/partners/billing";

/// Members that the short form leaves out.
const LEFT_OUT: &[&str] = &[
    "customerCountry",
    "mpnId",
    "availabilityId",
    "publisherName",
    "publisherId",
    "subscriptionDescription",
    "alternateId",
    "priceAdjustmentDescription",
    "discountDetails",
    "pricingCurrency",
    "pcToBCExchangeRate",
    "pcToBCExchangeRateDate",
    "meterDescription",
    "reservationOrderId",
    "productQualifiers",
    "promotionId",
    "invoiceLineItemType",
    "billingProvider",
];

/// An export that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Export {
    id: String,
    /// `None` for usage: nothing here is sold by consumption.
    scope: Option<Scope>,
    basic: bool,
    created: Timestamp,
    acted: Timestamp,
    polls: u32,
    done: Option<Done>,
}

/// What a finished export consists of.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Done {
    at: Timestamp,
    etag: String,
    /// Where every file begins.
    blobs: Vec<Place>,
}

impl Entity for Export {
    const KIND: &'static str = "billing_export";
}

impl Export {
    fn has_expired(&self, now: Timestamp) -> bool {
        self.done.as_ref().is_some_and(|done| done.at.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX) <= now)
    }

    /// What its links are signed for.
    fn subject(&self) -> String {
        format!("export/{}", self.id)
    }
}

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1.0/reports/partners/billing/reconciliation/billed/export", post(billed))
        .route("/v1.0/reports/partners/billing/reconciliation/unbilled/export", post(unbilled))
        .route("/v1.0/reports/partners/billing/usage/billed/export", post(billed_usage))
        .route("/v1.0/reports/partners/billing/usage/unbilled/export", post(unbilled_usage))
        .route("/v1.0/reports/partners/billing/operations/{operation}", get(poll))
        .route("/v1.0/reports/partners/billing/manifests/{manifest}", get(manifest))
        .route("/billing-exports/{export}/{name}", get(blob))
}

async fn billed(State(sim): State<Sim>, _: Call, JsonBody(body): JsonBody) -> Answer {
    ask_billed(&sim, &body, true).await
}

async fn billed_usage(State(sim): State<Sim>, _: Call, JsonBody(body): JsonBody) -> Answer {
    ask_billed(&sim, &body, false).await
}

async fn unbilled(State(sim): State<Sim>, _: Call, JsonBody(body): JsonBody) -> Answer {
    ask_unbilled(&sim, &body, true).await
}

async fn unbilled_usage(State(sim): State<Sim>, _: Call, JsonBody(body): JsonBody) -> Answer {
    ask_unbilled(&sim, &body, false).await
}

fn is_basic(body: Members<'_>) -> Result<bool, Refusal> {
    match body.text("attributeSet").map(folded).as_deref() {
        None | Some("full") => Ok(false),
        Some("basic") => Ok(true),
        Some(_) => Err(Refusal::invalid("attributeSet must be full or basic.")),
    }
}

async fn ask_billed(sim: &Sim, body: &Value, has_lines: bool) -> Answer {
    let body = Members(body);
    let basic = is_basic(body)?;
    let id = body.text("invoiceId").unwrap_or("");
    let scope = sim.read(|world, _| {
        let invoice = invoice_of(world, id).map_err(|_| Refusal::invalid("The invoice id is not valid."))?;
        Ok(invoice.scope(&credentials(&sim.seed).tenant_id))
    })?;
    accept(sim, Some(scope).filter(|_| has_lines), basic).await
}

async fn ask_unbilled(sim: &Sim, body: &Value, has_lines: bool) -> Answer {
    let body = Members(body);
    let basic = is_basic(body)?;
    let currency = currency_of(body.text("currencyCode").unwrap_or(""))?;
    let period = folded(body.text("billingPeriod").unwrap_or(""));
    let partner = credentials(&sim.seed).tenant_id;
    let scope = sim.read(|world, now| unbilled_scope(world, &partner, currency, &period, now))?;
    accept(sim, Some(scope).filter(|_| has_lines), basic).await
}

/// 202 with the address to poll.
async fn accept(sim: &Sim, scope: Option<Scope>, basic: bool) -> Answer {
    let id = sim
        .write(|world, now| {
            forget_old(world, now);
            let number = world.serial().to_string();
            let id = sim.seed.guid("billing export", &[&number]);
            let export = Export { id: id.clone(), scope, basic, created: now, acted: now, polls: 0, done: None };
            world.billing_exports.insert(id.clone(), export);
            Ok(id)
        })
        .await?;
    let location = format!("{}{BASE}/operations/{id}", sim.origin());
    Ok(([(header::LOCATION, location)], empty(202)).into_response())
}

fn forget_old(world: &mut World, now: Timestamp) {
    let known = |export: &Export| now < export.created.saturating_add(KNOWN).unwrap_or(Timestamp::MAX);
    world.billing_exports.retain(known);
    while world.billing_exports.len() >= KNOWN_AT_MOST {
        let oldest = world.billing_exports.values().min_by_key(|export| export.created);
        let Some(oldest) = oldest.map(|export| export.id.clone()) else {
            return;
        };
        world.billing_exports.remove(&oldest);
    }
}

fn export_of(world: &World, id: &str) -> Result<Export, Refusal> {
    world.billing_exports.get(&id.to_lowercase()).cloned().ok_or_else(Refusal::not_found)
}

async fn poll(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    let export = sim
        .write(|world, now| {
            let mut export = export_of(world, &id)?;
            if export.done.is_none() {
                export.polls += 1;
                export.acted = now;
                world.billing_exports.insert(export.id.clone(), export.clone());
            }
            Ok(export)
        })
        .await?;
    let export = match export.done {
        None if export.polls > RUNNING_POLLS => finish(&sim, export, BLOB_LINES).await?,
        _ => export,
    };
    let now = sim.clock.now();
    if export.has_expired(now) {
        return Err(expired());
    }
    let kind = |name: &str| format!("#microsoft.graph.partners.billing.{name}");
    let mut view = json!({"@odata.type": kind("runningOperation"), "id": export.id,
        "createdDateTime": stamp(export.created), "lastActionDateTime": stamp(export.acted), "status": "running"});
    let Some(done) = &export.done else {
        return Ok(([(header::RETRY_AFTER, RETRY_AFTER)], ok(&view)?).into_response());
    };
    view["@odata.type"] = json!(kind("exportSuccessOperation"));
    view["status"] = json!("succeeded");
    view["resourceLocation"] = manifest_view(&sim, &export, done);
    ok(&view)
}

/// Walks over all lines once: where the files begin, and what recognises the data. A file has a
/// multiple of [`STEP`] lines.
async fn finish(sim: &Sim, mut export: Export, blob_lines: usize) -> Result<Export, Refusal> {
    let mut digest = Sha256::new();
    digest.update(if export.basic { "basic" } else { "full" });
    let mut blobs = Vec::new();
    if let Some(scope) = &export.scope {
        let mut place = Some(Place::default());
        let mut lines = 0usize;
        while let Some(from) = place {
            let before = lines;
            let next = sim.read(|world, _| {
                walk(world, scope, &from, STEP, |line| {
                    digest.update(json_line(line, export.basic));
                    lines += 1;
                })
            });
            if before.is_multiple_of(blob_lines) && lines > before {
                blobs.push(from);
            }
            place = next;
            // A long export lets others work in between.
            tokio::task::yield_now().await;
        }
    }
    let etag = hex::encode(&digest.finalize()[..16]);
    sim.write(|world, now| {
        // Another poll may have been quicker; its answer is the same.
        if let Some(known) = world.billing_exports.get(&export.id).filter(|known| known.done.is_some()) {
            return Ok(known.clone());
        }
        export.acted = now;
        export.done = Some(Done { at: now, etag, blobs });
        world.billing_exports.insert(export.id.clone(), export.clone());
        Ok(export)
    })
    .await
}

fn blob_name(number: usize) -> String {
    format!("part-{number:05}.json.gz")
}

fn manifest_view(sim: &Simulation, export: &Export, done: &Done) -> Value {
    let blobs: Vec<Value> =
        (0..done.blobs.len()).map(|number| json!({"name": blob_name(number), "partitionValue": "default"})).collect();
    json!({"@odata.type": "#microsoft.graph.partners.billing.manifest", "id": export.id, "schemaVersion": "2",
        "dataFormat": "compressedJSON", "createdDateTime": stamp(done.at), "eTag": done.etag,
        "partnerTenantId": credentials(&sim.seed).tenant_id,
        "rootDirectory": format!("{}/billing-exports/{}", sim.origin(), export.id),
        "sasToken": pass(&sim.seed, &export.subject(), done.at, LIFETIME), "partitionType": "default",
        "blobCount": blobs.len(), "blobs": blobs})
}

async fn manifest(State(sim): State<Sim>, _: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| {
        let export = export_of(world, &id)?;
        let done = export.done.as_ref().ok_or_else(Refusal::not_found)?;
        if export.has_expired(now) {
            return Err(expired());
        }
        ok(&manifest_view(&sim, &export, done))
    })
}

async fn blob(State(sim): State<Sim>, call: Call, Path((id, name)): Path<(String, String)>) -> Answer {
    let (export, place) = sim.read(|world, now| {
        // Signed before known: a link that has expired is gone even when its export is forgotten.
        check(&sim.seed, &format!("export/{}", id.to_lowercase()), &call, now)?;
        let export = export_of(world, &id)?;
        let blobs = export.done.iter().flat_map(|done| &done.blobs);
        let place = blobs.enumerate().find(|(number, _)| blob_name(*number) == name).map(|(_, place)| place.clone());
        let place = place.ok_or_else(Refusal::not_found)?;
        Ok((export, place))
    })?;
    let scope = export.scope.as_ref().ok_or_else(Refusal::not_found)?;
    let file = compressed(&sim, scope, place, export.basic, BLOB_LINES).await.map_err(|_| Refusal::unexpected())?;
    Ok(([(header::CONTENT_TYPE, "application/gzip")], file).into_response())
}

/// One file, of which only the compressed form is held.
async fn compressed(
    sim: &Simulation,
    scope: &Scope,
    place: Place,
    basic: bool,
    blob_lines: usize,
) -> std::io::Result<Vec<u8>> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    let mut place = Some(place);
    let mut left = blob_lines;
    while let Some(from) = place.filter(|_| left > 0) {
        let mut text = String::new();
        place = sim.read(|world, _| {
            walk(world, scope, &from, STEP.min(left), |line| {
                text.push_str(&json_line(line, basic));
                left = left.saturating_sub(1);
            })
        });
        file.write_all(text.as_bytes())?;
        tokio::task::yield_now().await;
    }
    file.finish()
}

/// One line of JSON Lines: Pascal case, amounts as exact numbers.
fn json_line(line: &Line<'_>, basic: bool) -> String {
    let mut out = String::with_capacity(1600);
    let mut separator = '{';
    for (name, field) in line.fields() {
        if basic && LEFT_OUT.contains(&name) {
            continue;
        }
        out.push(separator);
        separator = ',';
        out.push('"');
        let mut letters = name.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
        out.push_str("\":");
        match field {
            Field::Text(text) => out.push_str(&json!(text).to_string()),
            Field::Amount(amount) => out.push_str(&written(amount)),
            Field::Count(count) => out.push_str(&count.to_string()),
            Field::List(list) => out.push_str(&json!(list).to_string()),
        }
    }
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::engine::tests::populated;
    use crate::options::Options;
    use std::collections::BTreeSet;
    use std::io::Read;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_long_export_is_cut_into_files() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut month = populated(260, at("2026-02-15T00:00:00Z"));
        month.settle(at("2026-04-02T00:00:00Z"));
        let options = Options { clock: Clock::starting_at(at("2026-04-02T00:00:00Z")), ..Options::default() };
        let sim: Sim = Arc::new(Simulation::new(None, options).unwrap());
        sim.write(|world, _| {
            std::mem::swap(&mut world.customers, &mut month.customers);
            std::mem::swap(&mut world.subscriptions, &mut month.subscriptions);
            Ok(())
        })
        .await
        .unwrap();
        let scope = Scope {
            from: at("2026-03-01T00:00:00Z"),
            to: at("2026-04-01T00:00:00Z"),
            currency: "EUR".to_owned(),
            invoice: "G100000001".to_owned(),
            partner: "partner".to_owned(),
            reversed: false,
        };
        let export = Export {
            id: "export".to_owned(),
            scope: Some(scope.clone()),
            basic: false,
            created: scope.to,
            acted: scope.to,
            polls: 3,
            done: None,
        };
        let full = finish(&sim, export, 1000).await.unwrap().done.unwrap();
        assert_eq!(full.blobs.len(), 2);
        let mut counts = Vec::new();
        let mut seen = BTreeSet::new();
        for place in full.blobs {
            let file = compressed(&sim, &scope, place, false, 1000).await.unwrap();
            let mut text = String::new();
            flate2::read::GzDecoder::new(&*file).read_to_string(&mut text).unwrap();
            counts.push(text.lines().count());
            for line in text.lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                seen.insert(format!("{}/{}", line["CustomerId"], line["SubscriptionId"]));
            }
        }
        assert_eq!((counts, seen.len()), (vec![1000, 40], 1040));
    }
}
