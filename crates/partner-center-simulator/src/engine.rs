//! Time: one queue of everything that becomes due, carried out in order of time over the whole
//! world, so that whoever looks at the world sees it as of now.
//!
//! The queue is memory only: it is rebuilt from the rows at the start, and what was carried out
//! but not written before a crash comes out the same again. Next: `renewals.rs`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::state::World;
use crate::subscriptions::Subscription;

/// What can become due; ties in time are carried out in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Matter {
    /// A subscription, by the key of its row.
    Subscription(Arc<str>),
    /// The invoices of a month.
    Invoices,
}

/// Every matter at most once, at its next moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    moments: BTreeSet<(Timestamp, Matter)>,
    of: HashMap<Matter, Timestamp>,
}

impl Queue {
    /// Puts a matter at its next moment; `None` takes it out.
    pub(crate) fn set(&mut self, matter: Matter, at: Option<Timestamp>) {
        let before = match at {
            Some(at) => self.of.insert(matter.clone(), at),
            None => self.of.remove(&matter),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.moments.remove(&(before, matter.clone()));
        }
        if let Some(at) = at {
            self.moments.insert((at, matter));
        }
    }

    /// Whether something is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.moments.first().is_some_and(|(at, _)| *at <= now)
    }

    /// Takes the first matter that is due.
    fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, Matter)> {
        if !self.is_due(now) {
            return None;
        }
        let (at, matter) = self.moments.pop_first()?;
        self.of.remove(&matter);
        Some((at, matter))
    }
}

impl World {
    /// Carries out everything that is due, in order of time.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        while let Some((at, matter)) = self.due.pop(now) {
            match &matter {
                Matter::Subscription(key) => self.carry_on(key, at),
                Matter::Invoices => self.make_invoices(at),
            }
        }
    }

    /// Puts the subscriptions that were changed at their next moments.
    pub(crate) fn requeue(&mut self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            let next = self.subscriptions.get(&key).and_then(Subscription::next_due);
            self.due.set(Matter::Subscription(Arc::from(key)), next);
        }
    }

    /// The next event of one subscription. Its row is taken out meanwhile, so that the event can
    /// look at the whole world and change other rows.
    fn carry_on(&mut self, key: &Arc<str>, at: Timestamp) {
        let Some(mut subscription) = self.subscriptions.remove(key) else {
            return;
        };
        let changed = subscription.carry_on(at, self);
        let next = subscription.next_due();
        let path = changed.then(|| subscription.path());
        self.subscriptions.insert(key.as_ref(), subscription);
        self.due.set(Matter::Subscription(Arc::clone(key)), next);
        if let Some(path) = path {
            self.announce("subscription-updated", path, at);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use jiff::SignedDuration;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;
    use crate::addresses::Address;
    use crate::cart_lines::read_lines;
    use crate::charges::ChargeKind;
    use crate::customers::Customer;
    use crate::products::invented;
    use crate::subscriptions::{Purchase, Status};
    use crate::switches::Switches;
    use crate::wire::Members;

    /// A world of so many tenants with five subscriptions each, ordered one second apart.
    pub(crate) fn populated(tenants: u32, begun: Timestamp) -> World {
        let mut world = World::default();
        world.switch_sets.insert(crate::state::ONLY, Switches::default());
        for product in invented() {
            world.products.insert(product.key(), product);
        }
        let plans = [(1, "P1M", "monthly"), (2, "P1Y", "monthly"), (3, "P1Y", "annual"), (4, "P3Y", "monthly")];
        for number in 0..tenants {
            let tenant = format!("tenant-{number:06}");
            let address = json!({"country": "IT", "city": "Bologna"});
            let customer = Customer {
                id: tenant.clone(),
                commerce_id: String::new(),
                domain: format!("t{number}.onmicrosoft.com"),
                company_name: "Contoso Srl".to_owned(),
                registration_number: None,
                email: String::new(),
                culture: "it-IT".to_owned(),
                language: "it".to_owned(),
                first_name: None,
                last_name: None,
                address: Address::read(Members(&address)),
                associated_partner: None,
                gdap: true,
                created: begun,
                readable_from: begun,
                billing_version: 0,
                qualifications: Vec::new(),
                agreements: Vec::new(),
                relationship_ended: None,
                delegated_access: false,
                renamed: None,
            };
            world.customers.insert(tenant.clone(), customer);
            for (index, (product, term, cycle)) in plans.iter().chain(&plans[..1]).enumerate() {
                let product = world.products.get(&format!("CFQ7LV{product:06}:0001")).unwrap().clone();
                let line = json!({"lineItems": [{"catalogItemId": format!("{}:X", product.key()), "quantity": 10,
                    "billingCycle": cycle, "termDuration": term}]});
                let mut line = read_lines(Members(&line)).ok().unwrap().remove(0);
                line.unit_price = Decimal::TEN;
                let starts = begun + SignedDuration::from_secs(i64::from(number % 86_400));
                let id = format!("{index}");
                let bought = Subscription::bought(Purchase {
                    id: id.clone(),
                    tenant: &tenant,
                    order: "order",
                    line: &line,
                    product: &product,
                    renews_into: None,
                    created: begun,
                    starts,
                    visible: starts,
                });
                world.subscriptions.insert(format!("{tenant}/{id}"), bought);
            }
        }
        world.requeue(world.subscriptions.ids());
        world
    }

    #[test]
    fn a_year_leaves_no_timer_behind_whatever_the_steps() {
        let begun: Timestamp = "2026-01-31T22:00:00Z".parse().unwrap();
        let end: Timestamp = "2027-02-15T00:00:00Z".parse().unwrap();
        let (mut leap, mut steps) = (populated(3, begun), populated(3, begun));
        leap.settle(end);
        let mut now = begun;
        while now < end {
            now = (now + SignedDuration::from_hours(37)).min(end);
            steps.settle(now);
        }
        let rows = |world: &World| -> Vec<String> {
            world.subscriptions.values().map(|row| serde_json::to_string(row).unwrap()).collect()
        };
        assert_eq!(rows(&leap), rows(&steps));
        assert_eq!(leap.announcements, steps.announcements);
        let times: Vec<Timestamp> = leap.announcements.iter().map(|told| told.at).collect();
        assert!(times.is_sorted(), "told in order of time");
        let monthly = leap.subscriptions.get("tenant-000000/0").unwrap();
        assert_eq!((monthly.status, monthly.charges.iter().count()), (Status::Active, 13));
        let year = leap.subscriptions.get("tenant-000000/1").unwrap();
        let kinds: Vec<ChargeKind> = year.charges.iter().map(|charge| charge.kind).collect();
        assert_eq!((kinds[0], kinds[11], kinds[12]), (ChargeKind::New, ChargeKind::CycleCharge, ChargeKind::Renew));
        // The first term at the price it was bought for, the next at the list price of its day.
        let prices: Vec<Decimal> = year.charges.iter().map(|charge| charge.unit_price).collect();
        assert_eq!((prices[11], prices[12]), (Decimal::TEN, Decimal::new(1228, 2)));
        let billed =
            leap.charges_between("2026-03-01T00:00:00Z".parse().unwrap(), "2026-04-01T00:00:00Z".parse().unwrap());
        let billed: Vec<_> = billed.filter(|billed| billed.customer.id == "tenant-000000").collect();
        assert_eq!(billed.len(), 4, "all but the one that is paid by the year");
        assert!(billed.iter().all(|billed| billed.item.product_id == billed.subscription.product_id));
        assert!(billed.iter().all(|billed| billed.charge.effective_unit_price == billed.charge.unit_price));
    }

    /// Run with `--run-ignored only` and `--release` to measure: 10,000 tenants, a year.
    #[test]
    #[ignore = "measures"]
    fn a_year_of_ten_thousand_tenants_passes_quickly() {
        let begun: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut world = populated(10_000, begun);
        let start = std::time::Instant::now();
        for day in 1..=366 {
            world.settle(begun + SignedDuration::from_hours(24 * day));
        }
        let charges: usize = world.subscriptions.values().map(|row| row.charges.iter().count()).sum();
        let took = start.elapsed();
        assert!(charges > 500_000 && took.as_secs() < 60, "{charges} charges in {took:?}");
    }

    fn matter(name: &str) -> Matter {
        Matter::Subscription(Arc::from(name))
    }

    #[test]
    fn gives_matters_in_order_of_time_and_never_early() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut queue = Queue::default();
        queue.set(matter("a"), Some(at(30)));
        queue.set(matter("b"), Some(at(10)));
        queue.set(matter("c"), Some(at(20)));
        queue.set(matter("a"), Some(at(5)));
        queue.set(matter("c"), None);
        assert!(!queue.is_due(at(4)));
        assert_eq!(queue.pop(at(100)), Some((at(5), matter("a"))));
        assert_eq!(queue.pop(at(9)), None);
        assert_eq!(queue.pop(at(10)), Some((at(10), matter("b"))));
        assert_eq!(queue.pop(Timestamp::MAX), None);
    }
}
