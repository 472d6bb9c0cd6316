//! What time does to a subscription (contract 15.2, 15.7, 15.9): provisioned, billed period by
//! period, renewed, extended, expired, disabled, deleted.
//!
//! Called by the queue of `engine.rs`, one event at a time and in order; each answers for the
//! moment at which it was due, not for the moment at which somebody looked.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::charges::{ChargeKind, Item, Portion};
use crate::countries::{Country, country};
use crate::customers::Customer;
use crate::products::{Product, TermPlan};
use crate::rules::Rules;
use crate::state::Table;
use crate::subscriptions::{Batch, Status, Subscription};
use crate::switches::Lag;
use crate::terms::{Period, day_after, end_of, last_day, last_trial_day, period};
use crate::wire::{date_of, midnight};

/// Days for which an ended subscription still works, unbilled.
const GRACE_DAYS: i64 = 30;
/// Days for which the data of a disabled subscription is kept.
const KEPT_DAYS: i64 = 90;
/// The same for one that ended while it was suspended: 30 days in a first stage, 90 in a second.
const KEPT_DAYS_SUSPENDED: i64 = 120;

/// What an event depends on besides the subscription.
pub(crate) struct Surroundings<'a> {
    pub(crate) products: &'a Table<Product>,
    pub(crate) customer: Option<&'a Customer>,
    pub(crate) rules: &'a Rules,
    pub(crate) lag: &'a Lag,
}

impl Surroundings<'_> {
    fn market(&self) -> Option<&'static Country> {
        country(&self.customer?.address.country)
    }

    /// The list price of today for one seat and billing period.
    fn list_price(&self, product_key: &str, term: &str, cycle: &str) -> Option<Decimal> {
        let plan = TermPlan { duration: term.to_owned(), billing_cycle: cycle.to_owned() };
        Some(self.products.get(product_key)?.period_price(&plan, self.market()?))
    }

    /// A month of the extended service term: 3 % above the monthly plan, else 23 % above the
    /// annual rate (contract 15.9).
    fn extended_price(&self, product_key: &str) -> Option<Decimal> {
        let product = self.products.get(product_key)?;
        let price = if product.sells("P1M", "monthly") {
            self.list_price(product_key, "P1M", "monthly")? * Decimal::new(103, 2)
        } else {
            self.list_price(product_key, "P1Y", "annual")? / Decimal::from(12) * Decimal::new(123, 2)
        };
        Some(price.round_dp(2))
    }
}

/// What happens next to a subscription.
enum Event {
    Provisioned,
    NextPeriod,
    TermEnded,
    Renewed,
    GraceEnded,
    RetentionEnded,
}

impl Subscription {
    /// When time changes it next; `None` when it never will.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.next_event().map(|(at, _)| at)
    }

    fn next_event(&self) -> Option<(Timestamp, Event)> {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let (at, event) = match self.status {
            Status::Pending => (self.starts, Event::Provisioned),
            Status::Active | Status::Suspended => match self.renewing_until {
                Some(until) => (until, Event::Renewed),
                None => {
                    let to = self.period().to;
                    let event = if to < self.term_end { Event::NextPeriod } else { Event::TermEnded };
                    (end_of(to), event)
                }
            },
            Status::Expired => (self.state_since.checked_add(days(GRACE_DAYS)).ok()?, Event::GraceEnded),
            Status::Disabled => (self.state_since.checked_add(days(self.retention_days)).ok()?, Event::RetentionEnded),
            Status::Deleted => return None,
        };
        (at < Timestamp::MAX).then_some((at, event))
    }

    /// Carries out the next event, which is due at `at`; whether the resource changed by it.
    pub(crate) fn carry_on(&mut self, at: Timestamp, around: &Surroundings<'_>) -> bool {
        let Some((_, event)) = self.next_event() else {
            return false;
        };
        match event {
            Event::Provisioned => self.start(at),
            Event::NextPeriod => {
                self.period += 1;
                self.charge(ChargeKind::CycleCharge, self.quantity, at, date_of(at));
                return false;
            }
            Event::TermEnded => self.end_term(at, around),
            Event::Renewed => self.renewed(at, around),
            Event::GraceEnded => self.enter(Status::Disabled, at, KEPT_DAYS),
            Event::RetentionEnded => self.enter(Status::Deleted, at, 0),
        }
        self.version += 1;
        true
    }

    /// Provisioned: term, window and first batch of seats begin.
    fn start(&mut self, at: Timestamp) {
        self.enter(Status::Active, at, 0);
        let (first, custom) = (date_of(at), self.first_term_end.take());
        let whole = if self.is_trial { last_trial_day(first) } else { last_day(first, &self.term) };
        self.begin_term(at, first, custom.filter(|end| (first..=whole).contains(end)).unwrap_or(whole));
        self.open_window(at);
        self.charge(ChargeKind::New, self.quantity, at, first);
    }

    fn end_term(&mut self, at: Timestamp, around: &Surroundings<'_>) {
        if self.status == Status::Suspended {
            self.enter(Status::Disabled, at, KEPT_DAYS_SUSPENDED);
            return;
        }
        let est = self.est_applies(around.rules);
        if self.auto_renew || (est && !self.cancels_at_term_end) {
            let lag = i64::from(around.lag.renewal_seconds);
            if lag == 0 {
                self.renewed(at, around);
            } else {
                self.renewing_until = at.checked_add(SignedDuration::from_secs(lag)).ok();
            }
        } else if est {
            self.enter(Status::Disabled, at, KEPT_DAYS);
        } else {
            self.enter(Status::Expired, at, 0);
        }
    }

    fn renewed(&mut self, at: Timestamp, around: &Surroundings<'_>) {
        self.renewing_until = None;
        if self.auto_renew {
            self.renew(at, around);
        } else {
            self.extend(at, around);
        }
    }

    fn renew(&mut self, at: Timestamp, around: &Surroundings<'_>) {
        let mut custom = None;
        if let Some(cycle) = self.next_charge.take() {
            self.billing_cycle = cycle;
        }
        if let Some(plan) = self.extended_from.take() {
            self.term = plan.duration;
            self.billing_cycle = plan.billing_cycle;
        }
        self.promotion_id = None;
        if let Some(next) = self.schedule.take() {
            self.product_id = next.product_id;
            self.sku_id = next.sku_id;
            self.availability_id = next.availability_id;
            self.offer_name = next.offer_name;
            self.term = next.term;
            self.billing_cycle = next.billing_cycle;
            self.promotion_id = next.promotion_id;
            self.quantity = next.quantity;
            custom = next.custom_term_end;
        } else if let Some(paid) = self.renews_into.take().filter(|_| self.is_trial) {
            self.product_id = paid.product_id;
            self.sku_id = paid.sku_id;
            self.availability_id = paid.availability_id;
            self.offer_name = paid.offer_name;
            self.term = "P1Y".to_owned();
            self.billing_cycle = "monthly".to_owned();
        }
        self.is_trial = false;
        self.unit_price =
            around.list_price(&self.product_key(), &self.term, &self.billing_cycle).unwrap_or(self.unit_price);
        let first = day_after(self.term_end);
        let whole = last_day(first, &self.term);
        let last = custom.filter(|end| (first..=whole).contains(end)).unwrap_or(whole);
        self.begin_term(midnight(first), first, last);
        self.open_window(at);
        self.charge(ChargeKind::Renew, self.quantity, at, first);
    }

    /// Another month of the extended service term.
    fn extend(&mut self, at: Timestamp, around: &Surroundings<'_>) {
        let plan = TermPlan { duration: self.term.clone(), billing_cycle: self.billing_cycle.clone() };
        self.extended_from.get_or_insert(plan);
        self.next_charge = None;
        self.schedule = None;
        self.promotion_id = None;
        self.term = "P1M".to_owned();
        self.billing_cycle = "monthly".to_owned();
        self.unit_price = around.extended_price(&self.product_key()).unwrap_or(self.unit_price);
        let first = day_after(self.term_end);
        self.begin_term(midnight(first), first, last_day(first, "P1M"));
        self.window_opened = None;
        self.batches.clear();
        self.charge(ChargeKind::ExtendTerm, self.quantity, at, first);
    }

    pub(crate) fn enter(&mut self, status: Status, at: Timestamp, retention_days: i64) {
        self.status = status;
        self.state_since = at;
        self.retention_days = retention_days;
        self.schedule = None;
        if !matches!(status, Status::Active | Status::Suspended) {
            self.next_charge = None;
            self.renewing_until = None;
        }
    }

    /// A term that covers the days from `first` to `last` and is billed from `first` on.
    pub(crate) fn begin_term(&mut self, at: Timestamp, first: Date, last: Date) {
        self.term_start = at;
        self.term_end = last;
        self.anchor = first;
        self.period = 0;
    }

    /// All seats can be given back for a week.
    fn open_window(&mut self, at: Timestamp) {
        self.window_opened = Some(at);
        self.batches = vec![Batch { quantity: self.quantity, added: at }];
    }

    /// The billing period that is running.
    pub(crate) fn period(&self) -> Period {
        period(self.anchor, &self.billing_cycle, self.period, self.term_end)
    }

    /// Charges (or, with a negative number, credits) seats from a day to the end of the period at
    /// the price of this term.
    pub(crate) fn charge(&mut self, kind: ChargeKind, quantity: i64, at: Timestamp, from: Date) {
        if let Some(portion) = Portion::rest(self.period(), from, self.unit_price).filter(|_| quantity != 0) {
            let item = self.item();
            self.charges.push(kind, quantity, at, portion, item);
        }
    }

    /// Credits what a cancellation gives back: everything at first, then the days that are left.
    pub(crate) fn refund(&mut self, now: Timestamp) {
        match self.window_opened.zip(self.full_refund_until()) {
            Some((opened, full)) if now < full => {
                self.charges.take_back_since(opened, ChargeKind::CancelImmediate, now);
            }
            _ => self.charge(ChargeKind::CancelImmediate, -self.quantity, now, date_of(now)),
        }
    }

    fn item(&self) -> Item {
        Item {
            product_id: self.product_id.clone(),
            sku_id: self.sku_id.clone(),
            availability_id: self.availability_id.clone(),
            offer_name: self.offer_name.clone(),
            term: self.term.clone(),
            billing_cycle: self.billing_cycle.clone(),
            promotion_id: self.promotion_id.clone(),
            partner_id: self.partner_id.clone(),
            term_start: date_of(self.term_start),
            term_end: self.term_end,
        }
    }

    /// Whether the extended service term is the rule for the end of this term (contract 15.9).
    pub(crate) fn est_applies(&self, rules: &Rules) -> bool {
        !self.is_trial && rules.extends(date_of(self.term_start), self.term_end)
    }
}
