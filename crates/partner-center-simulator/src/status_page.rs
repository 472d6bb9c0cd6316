//! The page on which people see what the simulator is doing: read only, without any secret.
//!
//! Served at `/` and `/status` of the API's address, untouched by faults, tokens and counts.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;

use crate::clock::Clock;
use crate::customers::Customer;
use crate::faults::Fault;
use crate::html::{escaped, page};
use crate::profiles::vetting_of;
use crate::recent::Seen;
use crate::state::{Sim, World};
use crate::webhooks::outbox;
use crate::wire::{escape, form_pairs};

const TENANTS_PER_PAGE: usize = 50;

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/", get(show)).route("/status", get(show))
}

/// Whether a route is this page.
pub(crate) fn is_at(template: &str) -> bool {
    matches!(template.split_once(' '), Some(("GET" | "HEAD", "/" | "/status")))
}

/// What the address asks for.
struct Wanted {
    page: usize,
    /// Only tenants whose domain starts so.
    domain: String,
    /// Seconds after which the browser asks again.
    refresh: Option<u32>,
}

impl Wanted {
    fn read(query: Option<String>) -> Self {
        let pairs = form_pairs(query.as_deref().unwrap_or(""));
        let text = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
        Self {
            page: text("page").parse().unwrap_or(1).clamp(1, 100_000),
            domain: text("domain").to_lowercase().chars().take(64).collect(),
            refresh: text("refresh").parse().ok().filter(|seconds| (1..=3600).contains(seconds)),
        }
    }

    /// The address of another page or rhythm.
    fn address(&self, page: usize, refresh: Option<u32>) -> String {
        let mut address = format!("/status?page={page}");
        if !self.domain.is_empty() {
            let _ = write!(address, "&domain={}", escape(&self.domain));
        }
        if let Some(seconds) = refresh {
            let _ = write!(address, "&refresh={seconds}");
        }
        escaped(&address)
    }
}

async fn show(State(sim): State<Sim>, RawQuery(query): RawQuery) -> Response {
    let wanted = Wanted::read(query);
    let calls = sim.recent.all();
    let offset = sim.clock.offset();
    let body = sim.read(|world, now| {
        let mut body = String::new();
        let refresh = match wanted.refresh {
            Some(_) => format!("<a href=\"{}\">stop refreshing</a>", wanted.address(wanted.page, None)),
            None => format!("<a href=\"{}\">refresh every 5 seconds</a>", wanted.address(wanted.page, Some(5))),
        };
        let again = wanted.address(wanted.page, wanted.refresh);
        let _ = write!(body, "<p><a href=\"{again}\">Refresh</a> · {refresh} · <a href=\"#faults\">faults</a> · <a href=\"#calls\">last calls</a></p>");
        facts(&mut body, world, now, &format!("{:#}", offset));
        tenants(&mut body, world, now, &wanted);
        faults(&mut body, &world.switches().faults);
        recent(&mut body, &calls);
        body
    });
    let head = wanted.refresh.map(|seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">"));
    page(200, "Partner Center simulator", head.as_deref().unwrap_or(""), &body)
}

fn facts(body: &mut String, world: &World, now: Timestamp, offset: &str) {
    body.push_str("<div class=\"facts\">");
    let limit = world.switches().throttle_per_minute;
    let limit = if limit == 0 { "off".to_owned() } else { format!("{limit}/min") };
    for (name, value) in [
        ("business time", clock_text(now)),
        ("ahead of real time", offset.to_owned()),
        ("real time", clock_text(Clock::real())),
        ("tenants", world.customers.len().to_string()),
        ("subscriptions", world.subscriptions.len().to_string()),
        ("orders", world.orders.len().to_string()),
        ("users", world.users.len().to_string()),
        ("webhooks waiting", (world.announcements.len() + outbox::waiting(world)).to_string()),
        ("throttle", limit),
    ] {
        let _ = write!(body, "<div>{}<b>{}</b></div>", escaped(name), escaped(&value));
    }
    body.push_str("</div>");
}

fn state_of(world: &World, customer: &Customer, now: Timestamp) -> String {
    if now < customer.readable_from {
        return "not readable yet".to_owned();
    }
    match (customer.agreements.is_empty(), vetting_of(world, customer, now).as_str()) {
        (_, vetting) if vetting != "Allowed" && vetting != "NotFound" => format!("vetting: {vetting}"),
        (true, _) => "no agreement yet".to_owned(),
        (false, _) => "ready".to_owned(),
    }
}

fn tenants(body: &mut String, world: &World, now: Timestamp, wanted: &Wanted) {
    let all = || {
        let names = world.domains.under(&wanted.domain).filter_map(|(_, domain)| domain.tenant.as_ref());
        names.filter_map(|tenant| world.customers.get(tenant))
    };
    let count = all().count();
    let pages = count.div_ceil(TENANTS_PER_PAGE).max(1);
    let at = wanted.page.min(pages);
    let _ = write!(
        body,
        "<h2>Tenants</h2><form action=\"/status\"><input name=\"domain\" aria-label=\"Domain starts with\" \
         placeholder=\"domain starts with\" value=\"{}\"> <button>Find</button></form>\
         <div class=\"scroll\"><table><tr><th>Domain<th>Company<th>State<th class=\"n\">Subscriptions\
         <th>Reseller<th>Created</tr>",
        escaped(&wanted.domain)
    );
    for customer in all().skip((at - 1) * TENANTS_PER_PAGE).take(TENANTS_PER_PAGE) {
        let prefix = format!("{}/", customer.id);
        let reseller = customer.associated_partner.as_ref().and_then(|tenant| {
            world.partners.values().find(|partner| &partner.tenant_id == tenant).map(|partner| partner.name.as_str())
        });
        let _ = write!(
            body,
            "<tr><td><code>{}</code><td>{}<td>{}<td class=\"n\">{}<td>{}<td>{}</tr>",
            escaped(&customer.domain),
            escaped(&customer.company_name),
            escaped(&state_of(world, customer, now)),
            world.subscriptions.under(&prefix).count(),
            escaped(reseller.unwrap_or("none")),
            clock_text(customer.created)
        );
    }
    body.push_str("</table></div><p>");
    if at > 1 {
        let _ = write!(body, "<a href=\"{}\">previous</a> · ", wanted.address(at - 1, wanted.refresh));
    }
    let _ = write!(body, "page {at} of {pages}, tenants: {count}");
    if at < pages {
        let _ = write!(body, " · <a href=\"{}\">next</a>", wanted.address(at + 1, wanted.refresh));
    }
    body.push_str("</p>");
}

/// Date and time to the second, UTC.
fn clock_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A word of the wire, e.g. `drop_answer`.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn faults(body: &mut String, faults: &[Fault]) {
    body.push_str("<h2 id=\"faults\">Faults in force</h2>");
    if faults.is_empty() {
        body.push_str("<p class=\"soft\">None.</p>");
        return;
    }
    body.push_str(
        "<div class=\"scroll\"><table><tr><th>Route<th>Kind<th>When<th class=\"n\">Probability\
         <th class=\"n\">Hits<th class=\"n\">Left</tr>",
    );
    for fault in faults {
        let left = fault.count.map_or("∞".to_owned(), |count| count.saturating_sub(fault.hits).to_string());
        let _ = write!(
            body,
            "<tr><td><code>{}</code><td>{}<td>{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{left}</tr>",
            escaped(&fault.route),
            escaped(&format!("{}{}", word(&fault.kind), fault.status.map_or(String::new(), |s| format!(" {s}")))),
            escaped(&word(&fault.when())),
            fault.probability,
            fault.hits
        );
    }
    body.push_str("</table></div>");
}

fn recent(body: &mut String, calls: &[Seen]) {
    body.push_str("<h2 id=\"calls\">Last calls</h2>");
    if calls.is_empty() {
        body.push_str("<p class=\"soft\">None yet.</p>");
        return;
    }
    body.push_str(
        "<div class=\"scroll\"><table><tr><th>Business time<th>Call<th class=\"n\">Status<th class=\"n\">ms</tr>",
    );
    for call in calls {
        let (mark, status) = match call.status {
            0 => (" bad", "cut".to_owned()),
            400.. => (" bad", call.status.to_string()),
            _ => ("", call.status.to_string()),
        };
        let _ = write!(
            body,
            "<tr><td>{}<td><code>{}</code><td class=\"n{mark}\">{status}<td class=\"n\">{}</tr>",
            clock_text(call.at),
            escaped(&call.target),
            call.millis
        );
    }
    body.push_str("</table></div>");
}
