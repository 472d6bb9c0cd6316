//! Line items on the old path (contract 18.3): of an invoice, or not billed yet; both forms of the
//! address. `provider=onetime` holds the recurring seats, in spite of its name.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::Timestamp;

use super::calendar::{month_after, month_before};
use super::invoices::invoice_of;
use super::lines::{Place, Scope, walk};
use crate::countries::COUNTRIES;
use crate::state::{Sim, World};
use crate::tokens::credentials;
use crate::wire::{Answer, Call, Refusal, collection, date_of, folded, midnight, ok};

/// Largest page, and the size of one that nobody asked for.
const PAGE: usize = 2000;

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/invoices/unbilled/lineitems", get(unbilled))
        .route("/v1/invoices/unbilled/lineitems/{provider}/{kind}", get(unbilled_by_path))
        .route("/v1/invoices/{invoice}/lineitems", get(billed))
        .route("/v1/invoices/{invoice}/lineitems/{provider}/{kind}", get(billed_by_path))
}

/// Which lines, as the address names them.
struct Kind {
    provider: String,
    kind: String,
    /// The older form: both as segments of the path.
    by_path: bool,
}

impl Kind {
    fn of_query(call: &Call) -> Result<Self, Refusal> {
        let part = |name: &'static str| {
            call.parameter(name).map(str::to_owned).ok_or_else(|| Refusal::invalid(format!("{name} is required.")))
        };
        Ok(Self { provider: part("provider")?, kind: part("invoicelineitemtype")?, by_path: false })
    }

    /// Whether there can be lines at all: seats are the only thing sold here.
    fn has_lines(&self) -> Result<bool, Refusal> {
        let ours = match folded(&self.provider).as_str() {
            "onetime" | "all" => true,
            "office" | "azure" | "marketplace" | "external" => false,
            _ => return Err(Refusal::invalid("provider is not known.")),
        };
        match folded(&self.kind).as_str() {
            "billinglineitems" => Ok(ours),
            "usagelineitems" => Ok(false),
            _ => Err(Refusal::invalid("invoicelineitemtype is not known.")),
        }
    }

    fn path(&self, invoice: &str, rest: &str) -> String {
        let Self { provider, kind, .. } = self;
        let (provider, kind) = (folded(provider), folded(kind));
        if self.by_path {
            return format!("/invoices/{invoice}/lineitems/{provider}/{kind}?{rest}");
        }
        format!("/invoices/{invoice}/lineitems?provider={provider}&invoicelineitemtype={kind}&{rest}")
    }
}

async fn billed(State(sim): State<Sim>, call: Call, Path(invoice): Path<String>) -> Answer {
    let kind = Kind::of_query(&call)?;
    billed_lines(&sim, &call, &invoice, &kind)
}

async fn billed_by_path(
    State(sim): State<Sim>,
    call: Call,
    Path((invoice, provider, kind)): Path<(String, String, String)>,
) -> Answer {
    billed_lines(&sim, &call, &invoice, &Kind { provider, kind, by_path: true })
}

async fn unbilled(State(sim): State<Sim>, call: Call) -> Answer {
    let kind = Kind::of_query(&call)?;
    unbilled_lines(&sim, &call, &kind)
}

async fn unbilled_by_path(
    State(sim): State<Sim>,
    call: Call,
    Path((provider, kind)): Path<(String, String)>,
) -> Answer {
    unbilled_lines(&sim, &call, &Kind { provider, kind, by_path: true })
}

fn billed_lines(sim: &Sim, call: &Call, invoice: &str, kind: &Kind) -> Answer {
    let has_lines = kind.has_lines()?;
    sim.read(|world, _| {
        let invoice = invoice_of(world, invoice)?;
        let frozen = world.switches().billing.billed_v1_until;
        let shown = frozen.is_none_or(|last| date_of(invoice.created) <= last);
        page(world, call, kind, &invoice.scope(&credentials(&sim.seed).tenant_id), has_lines && shown, &invoice.id, "")
    })
}

fn unbilled_lines(sim: &Sim, call: &Call, kind: &Kind) -> Answer {
    let has_lines = kind.has_lines()?;
    let currency = currency_of(call.parameter("currencycode").unwrap_or(""))?;
    let period = folded(call.parameter("period").unwrap_or(""));
    sim.read(|world, now| {
        if world.switches().billing.unbilled_v1_until.is_some_and(|last| date_of(now) > last) {
            return Err(Refusal::new(410, 1005, "This resource was retired; use the export of Microsoft Graph."));
        }
        let scope = unbilled_scope(world, &credentials(&sim.seed).tenant_id, currency, &period, now)?;
        let rest = format!("currencycode={currency}&period={period}&");
        page(world, call, kind, &scope, has_lines, "unbilled", &rest)
    })
}

/// A currency in which something could be billed.
pub(super) fn currency_of(code: &str) -> Result<&'static str, Refusal> {
    COUNTRIES
        .iter()
        .map(|market| market.currency)
        .find(|known| known.eq_ignore_ascii_case(code))
        .ok_or_else(|| Refusal::invalid("The currency code is not valid."))
}

/// What is open: this month, or the last one as long as it has no invoices.
pub(super) fn unbilled_scope(
    world: &World,
    partner: &str,
    currency: &str,
    period: &str,
    now: Timestamp,
) -> Result<Scope, Refusal> {
    let this_month = date_of(now).first_of_month();
    let open_from = world.calendar().map_or(this_month, |calendar| calendar.open_from);
    let first = match period {
        "current" => this_month,
        "previous" | "last" => month_before(this_month),
        _ => return Err(Refusal::invalid("The period must be current or previous.")),
    };
    let from = midnight(first);
    let to = if first < open_from {
        from
    } else {
        midnight(month_after(first)).min(now.saturating_add(NEXT).unwrap_or(now))
    };
    Ok(Scope {
        from,
        to,
        currency: currency.to_owned(),
        invoice: String::new(),
        partner: partner.to_owned(),
        reversed: false,
    })
}

/// The end is exclusive, and what was charged right now belongs to it.
const NEXT: jiff::SignedDuration = jiff::SignedDuration::from_nanos(1);

fn page(world: &World, call: &Call, kind: &Kind, scope: &Scope, has_lines: bool, invoice: &str, rest: &str) -> Answer {
    let size = call.size(PAGE, PAGE)?;
    let place = match (call.parameter("seekOperation").map(folded).as_deref(), &call.continuation) {
        (None | Some("next"), Some(token)) => Place::read(token, scope)?,
        (None | Some("first"), _) => Place::default(),
        (Some("next"), None) => return Err(Refusal::invalid("seekOperation=Next needs MS-ContinuationToken.")),
        _ => return Err(Refusal::invalid("seekOperation must be First or Next.")),
    };
    let mut items = Vec::new();
    let next = match has_lines {
        true => walk(world, scope, &place, size, |line| items.push(line.view())),
        false => None,
    };
    let path = kind.path(invoice, &format!("{rest}size={size}"));
    ok(&collection(items, &path, next.map(|next| next.token(scope))))
}
