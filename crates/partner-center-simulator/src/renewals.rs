//! What time does to a subscription (contract 15.2, 15.7, 15.9): provisioned, billed period by
//! period, renewed, extended, expired, disabled, deleted.
//!
//! Called by the queue of `engine.rs`, one event at a time and in order; each answers for the
//! moment at which it was due, not for the moment at which somebody looked.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::charges::{ChargeKind, Item, Portion};
use crate::countries::country;
use crate::products::TermPlan;
use crate::promotions::granted_price;
use crate::rules::Rules;
use crate::state::World;
use crate::subscriptions::{Batch, Status, Subscription};
use crate::terms::{Period, day_after, end_of, last_day, last_trial_day, period};
use crate::wire::{date_of, midnight};

/// Days for which an ended subscription still works, unbilled.
const GRACE_DAYS: i64 = 30;
/// Days for which the data of a disabled subscription is kept.
const KEPT_DAYS: i64 = 90;
/// The same for one that ended while it was suspended: 30 days in a first stage, 90 in a second.
const KEPT_DAYS_SUSPENDED: i64 = 120;

impl World {
    /// The list price on a day for one seat and billing period, in the tenant's currency; `None`
    /// for what is not in the catalogue.
    pub(crate) fn list_price(
        &self,
        tenant: &str,
        (product_key, term, cycle): (&str, &str, &str),
        on: Date,
    ) -> Option<Decimal> {
        let market = country(&self.customers.get(tenant)?.address.country)?;
        let plan = TermPlan { duration: term.to_owned(), billing_cycle: cycle.to_owned() };
        let product = self.products.get(product_key)?;
        Some(self.switches().catalogue.prices().of_period(product, &plan, market, on))
    }

    /// A month of the extended service term: 3 % above the monthly plan, else 23 % above the
    /// annual rate (contract 15.9).
    fn extended_price(&self, tenant: &str, product_key: &str, on: Date) -> Option<Decimal> {
        let price = if self.products.get(product_key)?.sells("P1M", "monthly") {
            self.list_price(tenant, (product_key, "P1M", "monthly"), on)?.checked_mul(Decimal::new(103, 2))?
        } else {
            let annual = self.list_price(tenant, (product_key, "P1Y", "annual"), on)?;
            (annual / Decimal::from(12)).checked_mul(Decimal::new(123, 2))?
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
    TransitionEnded,
}

impl Subscription {
    /// When time changes it next; `None` when it never will.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.next_event().map(|(at, _)| at)
    }

    fn next_event(&self) -> Option<(Timestamp, Event)> {
        let transition = self.running_transition().map(|transition| (transition.ends, Event::TransitionEnded));
        let own = self.next_own_event();
        match (transition, own) {
            (Some(transition), Some(own)) => Some(if transition.0 < own.0 { transition } else { own }),
            (transition, own) => transition.or(own),
        }
    }

    fn next_own_event(&self) -> Option<(Timestamp, Event)> {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let (at, event) = match self.status {
            Status::Pending => (self.starts, Event::Provisioned),
            Status::Suspended if self.legacy.is_some() => {
                (self.state_since.checked_add(days(KEPT_DAYS)).ok()?, Event::RetentionEnded)
            }
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
    pub(crate) fn carry_on(&mut self, at: Timestamp, world: &mut World) -> bool {
        let Some((_, event)) = self.next_event() else {
            return false;
        };
        match event {
            Event::Provisioned => self.start(at),
            Event::NextPeriod => {
                let other_cycle = self.next_charge.is_some();
                self.begin_period(at, world);
                if !other_cycle {
                    return false;
                }
            }
            Event::TermEnded => self.end_term(at, world),
            Event::Renewed => self.renewed(at, world),
            Event::GraceEnded => self.enter(Status::Disabled, at, KEPT_DAYS),
            Event::RetentionEnded => self.enter(Status::Deleted, at, 0),
            Event::TransitionEnded => self.end_transition(at, world),
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

    /// The next period of the same term, under another billing cycle where one was asked for.
    fn begin_period(&mut self, at: Timestamp, world: &World) {
        let first = day_after(self.period().to);
        match self.next_charge.take() {
            None => {
                self.period += 1;
                self.charge(ChargeKind::CycleCharge, self.quantity, at, first);
            }
            Some(cycle) => {
                self.billing_cycle = cycle;
                self.reprice(first, world);
                (self.anchor, self.period) = (first, 0);
                self.charge(ChargeKind::ChangeBillingPlan, self.quantity, at, first);
            }
        }
    }

    fn end_term(&mut self, at: Timestamp, world: &World) {
        if self.legacy.is_some() {
            self.renew_legacy();
            return;
        }
        if self.status == Status::Suspended {
            self.enter(Status::Disabled, at, KEPT_DAYS_SUSPENDED);
            return;
        }
        let est = self.est_applies(&world.switches().rules);
        if self.auto_renew || (est && !self.cancels_at_term_end) {
            let lag = i64::from(world.switches().lag.renewal_seconds);
            if lag == 0 {
                self.renewed(at, world);
            } else {
                self.renewing_until = at.checked_add(SignedDuration::from_secs(lag)).ok();
            }
        } else if est {
            self.enter(Status::Disabled, at, KEPT_DAYS);
        } else {
            self.enter(Status::Expired, at, 0);
        }
    }

    fn renewed(&mut self, at: Timestamp, world: &World) {
        self.renewing_until = None;
        if self.auto_renew {
            self.renew(at, world);
        } else {
            self.extend(at, world);
        }
    }

    fn renew(&mut self, at: Timestamp, world: &World) {
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
            self.become_product(next.product);
            self.term = next.term;
            self.billing_cycle = next.billing_cycle;
            self.promotion_id = next.promotion_id;
            self.quantity = next.quantity;
            custom = next.custom_term_end;
        } else if let Some(paid) = self.renews_into.take().filter(|_| self.is_trial) {
            self.become_product(paid);
            self.term = "P1Y".to_owned();
            self.billing_cycle = "monthly".to_owned();
        }
        self.is_trial = false;
        let first = day_after(self.term_end);
        self.reprice(first, world);
        let whole = last_day(first, &self.term);
        let last = custom.filter(|end| (first..=whole).contains(end)).unwrap_or(whole);
        self.begin_term(midnight(first), first, last);
        self.open_window(at);
        self.charge(ChargeKind::Renew, self.quantity, at, first);
    }

    /// Another month of the extended service term.
    fn extend(&mut self, at: Timestamp, world: &World) {
        let plan = TermPlan { duration: self.term.clone(), billing_cycle: self.billing_cycle.clone() };
        self.extended_from.get_or_insert(plan);
        self.next_charge = None;
        self.schedule = None;
        self.promotion_id = None;
        self.term = "P1M".to_owned();
        self.billing_cycle = "monthly".to_owned();
        let first = day_after(self.term_end);
        self.unit_price = world.extended_price(&self.tenant, &self.product_key(), first).unwrap_or(self.unit_price);
        self.begin_term(midnight(first), first, last_day(first, "P1M"));
        self.window_opened = None;
        self.batches.clear();
        self.charge(ChargeKind::ExtendTerm, self.quantity, at, first);
    }

    /// The list price of a day, less what its promotion takes off; as before where the catalogue
    /// has no price any more.
    pub(crate) fn reprice(&mut self, on: Date, world: &World) {
        let key = self.product_key();
        let sold = (key.as_str(), self.term.as_str(), self.billing_cycle.as_str());
        if let Some(price) = world.list_price(&self.tenant, sold, on) {
            self.unit_price = granted_price(world, self.promotion_id.as_deref(), sold, price);
        }
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
    pub(crate) fn open_window(&mut self, at: Timestamp) {
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
        if self.legacy.is_some() || quantity == 0 {
            return;
        }
        if let Some(portion) = Portion::rest(self.period(), from, self.unit_price) {
            let item = self.item();
            self.charges.push(kind, quantity, at, portion, item);
        }
    }

    /// Credits what a cancellation gives back: everything at first, then the days that are left.
    fn refund(&mut self, now: Timestamp) {
        match self.window_opened.zip(self.full_refund_until()) {
            Some((opened, full)) if now < full => {
                self.charges.take_back_since(opened, ChargeKind::CancelImmediate, now);
            }
            _ => self.charge(ChargeKind::CancelImmediate, -self.quantity, now, date_of(now)),
        }
    }

    /// Ends it at once, with its refund.
    pub(crate) fn cancel(&mut self, now: Timestamp) {
        self.refund(now);
        self.enter(Status::Deleted, now, 0);
        self.auto_renew = false;
        self.batches.clear();
        self.version += 1;
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
