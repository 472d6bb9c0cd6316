//! A supplier of licences, in our words: what the workflow may ask and what can come back.
//!
//! One attempt per call; nothing here repeats anything. `Ok(Refused)` is a final no,
//! `Err` means "not known" and says whether the supplier can have seen the call
//! ([`Trouble::may_have_happened`]). The only supplier is Microsoft: `microsoft.rs`.

use jiff::{SignedDuration, Timestamp};
use licensing::{
    catalogue::{Segment, Sku},
    contact::Contact,
    id::{MpnId, RemoteSubscriptionId, ServiceName, TenantId},
    order::Agreement,
    partner::{MpnFlag, Reseller},
    seat::{SeatBatch, SeatCount},
    subscription::SubscriptionState,
    term::{BillingPlan, Term},
};
use secrecy::SecretString;
use std::{future::Future, pin::Pin};
use uuid::Uuid;

pub mod microsoft;

/// What an answer takes: a future that the engine awaits outside every transaction.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// The identity of one logical write, kept by us until a definitive answer came (design §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallId {
    /// Sent as `MS-RequestId`; the same on every repetition.
    pub request: Uuid,
    /// Sent as `MS-CorrelationId`; ties the calls of one order together.
    pub correlation: Uuid,
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The supplier surely did not see it.
    #[error("not sent: {why}")]
    NotSent {
        /// What failed.
        why: String,
    },
    /// It was sent, and what came of it is not known.
    #[error("no clear answer: {why}")]
    Unclear {
        /// What is known.
        why: String,
    },
    /// Refused before the work for being too many; nothing happened.
    #[error("the supplier asks to wait {} s", .after.as_secs())]
    Busy {
        /// How long to wait.
        after: SignedDuration,
    },
    /// Our own access is broken (consent, secret, role, agreement): an operator must act; orders wait.
    #[error("our access is refused: {why}")]
    Locked {
        /// What is wrong and what to do, for operators.
        why: String,
    },
}

impl Trouble {
    /// Whether the supplier may have done the work.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Trouble::Unclear { .. })
    }
}

/// A definitive answer to a write or a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// Done as asked.
    Done(T),
    /// Refused for good; nothing happened.
    Refused(Refused),
}

/// A definitive refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it means to us.
    pub kind: RefusedKind,
    /// The supplier's own code, as text; for operators.
    pub code: String,
    /// The supplier's own sentence; for operators, never shown to a reseller verbatim.
    pub detail: String,
}

/// What a refusal means to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedKind {
    /// The name exists already.
    NameTaken,
    /// The reseller cannot stand on it.
    ResellerRefused(MpnFlag),
    /// The customer agreement is missing.
    AgreementMissing,
    /// The customer is under review; ask again later.
    UnderReview,
    /// The purchasable item was re-issued; look it up again.
    ItemGone,
    /// The cart cannot be bought any more: expired, unknown, or bought already.
    CartGone,
    /// The quantity is outside the allowed range.
    QuantityRefused,
    /// The window for giving back or cancelling is over.
    WindowOver,
    /// Another operation runs at the supplier; ask again after the span.
    Pending(SignedDuration),
    /// The thing changed since it was read; read it again.
    Changed,
    /// Our delegated role in the tenant is missing.
    NotDelegated,
    /// The tenant has no such administrator.
    NoAdministrator,
    /// The subscription has ended already.
    Ended,
    /// Anything else.
    Other,
}

/// What is asked of a new tenant.
#[derive(Debug, Clone)]
pub struct NewTenant<'a> {
    /// Its first domain.
    pub name: &'a ServiceName,
    /// Its customer.
    pub contact: &'a Contact,
    /// Its reseller; without one the tenant would be ours for ever (trap 5).
    pub reseller: &'a Reseller,
}

/// A tenant just created. The password exists in this answer only.
#[derive(Debug, Clone)]
pub struct CreatedTenant {
    /// The tenant.
    pub tenant: TenantId,
    /// The administrator's full sign-in name, for example `admin@albaforni.onmicrosoft.com`.
    pub user_name: String,
    /// The temporary password; `None` when the answer held none.
    pub password: Option<SecretString>,
}

/// A tenant found by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTenant {
    /// The tenant.
    pub tenant: TenantId,
    /// Its company's name.
    pub company_name: String,
}

/// The verdict on an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressVerdict {
    /// Usable as written.
    Accepted,
    /// Usable, but Microsoft would write it differently; shown as hints, one line each.
    Doubtful(Vec<String>),
    /// Not an address.
    Refused,
}

/// Whether the supplier lets a customer buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vetting {
    /// It may buy.
    Allowed,
    /// Being looked at; can take days.
    UnderReview,
    /// Refused for good.
    NotAllowed,
}

/// What is looked up before a cart is filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The product and SKU.
    pub sku: Sku,
    /// For whom.
    pub segment: Segment,
    /// The commitment.
    pub term: Term,
    /// How often it is billed.
    pub plan: BillingPlan,
}

/// One line of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The purchasable item, from the look-up.
    pub item: String,
    /// Its name, kept at the supplier for people.
    pub name: String,
    /// Seats.
    pub seats: SeatCount,
    /// The commitment.
    pub term: Term,
    /// How often it is billed.
    pub plan: BillingPlan,
    /// The partner of record; never left out (trap 5).
    pub partner: MpnId,
}

/// What became of a cart that was filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilledCart {
    /// Good to buy.
    Ready {
        /// Its id.
        cart: String,
    },
    /// Some lines cannot be bought (trap 17): index in the cart and why.
    LinesRefused(Vec<(usize, Refused)>),
}

/// What became of a purchase. Both lists may be filled (trap 18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The orders that came into being.
    pub orders: Vec<RemoteOrder>,
    /// Why groups of lines were not bought.
    pub refused: Vec<Refused>,
}

/// An order at the supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteOrder {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: RemoteOrderState,
    /// Its lines.
    pub lines: Vec<RemoteOrderLine>,
    /// When it was placed.
    pub placed_at: Option<Timestamp>,
}

/// Where an order at the supplier stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteOrderState {
    /// Being fulfilled.
    Pending,
    /// Fulfilled.
    Completed,
    /// Somebody at the supplier looks at it; can take days.
    Review,
    /// Some lines will not come.
    PartlyFailed,
    /// Nothing will come.
    Failed,
    /// A word that we do not know.
    Other(String),
}

/// One line of an order at the supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteOrderLine {
    /// The item bought, `product:sku:availability`.
    pub item: String,
    /// Seats.
    pub seats: u32,
    /// Its subscription; absent until it is provisioned (trap 19).
    pub subscription: Option<RemoteSubscriptionId>,
}

/// A subscription as the supplier has it now.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteSubscription {
    /// Its id.
    pub id: RemoteSubscriptionId,
    /// The order it came from.
    pub order: String,
    /// The item, `product:sku:availability`; the last part may be outdated.
    pub item: String,
    /// Seats.
    pub seats: u32,
    /// Its commitment, where it is one that we know.
    pub term: Option<Term>,
    /// How often it is billed, where known.
    pub plan: Option<BillingPlan>,
    /// Where it stands.
    pub state: SubscriptionState,
    /// Whether it renews by itself.
    pub renews: bool,
    /// Whether it really ends with its term: renewal off alone may mean a paid extension (trap 26).
    pub ends_at_term: bool,
    /// The partner of record; `None` costs the reseller its incentive (trap 5).
    pub partner: Option<MpnId>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When its term ends.
    pub term_end: Option<Timestamp>,
    /// Until when it can be cancelled.
    pub cancellable_until: Option<Timestamp>,
    /// Seats that can be given back, per batch.
    pub batches: Vec<SeatBatch>,
    /// The whole resource as it was read; every change sends it back with one thing changed (trap 21).
    pub raw: serde_json::Value,
}

/// One change of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// A new total of seats.
    Seats(SeatCount),
    /// The end, now.
    Cancel,
    /// Renewal at the end of the term (true), or its end then (false).
    Renewal(bool),
}

/// A supplier of licences.
pub trait Provider: Send + Sync {
    /// The same supplier for work that nobody waits for: its calls let those of people go first.
    fn in_background(&self) -> std::sync::Arc<dyn Provider>;
    /// May this MPN id stand on our orders? (contract §8.4: known, agreement signed, active partnership.)
    /// A verdict is never `Unchecked`. Read only.
    fn check_partner<'a>(&'a self, mpn: &'a MpnId) -> Asking<'a, licensing::partner::PartnerCheck>;
    /// Is the full domain free? Read only; reserves nothing.
    fn name_is_free<'a>(&'a self, name: &'a ServiceName) -> Asking<'a, bool>;
    /// Would the supplier take the address? Read only.
    fn check_address<'a>(&'a self, contact: &'a Contact) -> Asking<'a, AddressVerdict>;
    /// Creates the tenant. The same `call` within 24 h returns the first answer, password included.
    fn create_tenant<'a>(&'a self, call: CallId, wanted: NewTenant<'a>) -> Asking<'a, Answer<CreatedTenant>>;
    /// Looks for a tenant by its full domain among our customers. Read only.
    fn find_tenant<'a>(&'a self, name: &'a ServiceName) -> Asking<'a, Option<FoundTenant>>;
    /// Whether the tenant can be read yet. Read only.
    fn tenant_is_readable(&self, tenant: TenantId) -> Asking<'_, bool>;
    /// Whether the tenant may buy. Read only.
    fn vetting(&self, tenant: TenantId) -> Asking<'_, Vetting>;
    /// Whether the agreement is on record already, attested or signed directly. Read only.
    fn agreement_is_confirmed(&self, tenant: TenantId) -> Asking<'_, bool>;
    /// Puts the agreement on record; an identical one already there counts as done.
    fn confirm_agreement<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        agreement: &'a Agreement,
    ) -> Asking<'a, Answer<()>>;
    /// Whether a licence is sold in a country at all (ISO 3166, two letters): what can be known before there is a
    /// tenant. Read only.
    fn is_sold<'a>(&'a self, country: &'a str, wanted: &'a Wanted) -> Asking<'a, bool>;
    /// The purchasable item for a licence in the tenant's market now; `None` when it is not sold there. Read only.
    fn find_item<'a>(&'a self, tenant: TenantId, wanted: &'a Wanted) -> Asking<'a, Option<String>>;
    /// Fills a new cart. A cart costs nothing; an unclear one is simply left to expire.
    fn fill_cart<'a>(&'a self, call: CallId, tenant: TenantId, lines: &'a [CartLine])
    -> Asking<'a, Answer<FilledCart>>;
    /// Buys a cart. May be repeated on the same cart only.
    fn check_out<'a>(&'a self, call: CallId, tenant: TenantId, cart: &'a str) -> Asking<'a, Answer<Purchase>>;
    /// One order; `None` when it does not exist. Read only.
    fn read_order<'a>(&'a self, tenant: TenantId, order: &'a str) -> Asking<'a, Option<RemoteOrder>>;
    /// All orders of a tenant; may miss one for 15 minutes (contract §14.3). Read only.
    fn read_orders(&self, tenant: TenantId) -> Asking<'_, Vec<RemoteOrder>>;
    /// All subscriptions of a tenant, ended ones included. Read only.
    fn read_subscriptions(&self, tenant: TenantId) -> Asking<'_, Vec<RemoteSubscription>>;
    /// One subscription; `None` when it does not exist. Read only.
    fn read_subscription(&self, tenant: TenantId, id: RemoteSubscriptionId) -> Asking<'_, Option<RemoteSubscription>>;
    /// Changes one thing in a subscription just read; sends the whole resource. Read again and
    /// compare before any repetition. `Done(None)`: accepted, not yet visible (HTTP 202).
    fn change_subscription<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        current: &'a RemoteSubscription,
        change: SubscriptionChange,
    ) -> Asking<'a, Answer<Option<RemoteSubscription>>>;
    /// Gives the tenant's first administrator another password, to be kept as it is. To be sent once: whether
    /// an unclear one happened cannot be looked up.
    fn reset_administrator_password<'a>(
        &'a self,
        call: CallId,
        tenant: TenantId,
        name: &'a ServiceName,
        password: &'a SecretString,
    ) -> Asking<'a, Answer<()>>;
}
