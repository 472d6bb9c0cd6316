//! Two hundred lives of a customer, each kind and hostile: bought, changed, renewed, upgraded,
//! ended and billed at random, in an order that the seed decides. After every step the client's
//! view must be what the steps came to; at the end the simulator's books must say the same, every
//! write must have been done once, and the bill must charge the seats of every day.
//!
//! A seed that fails is printed with how to walk it alone: `PARTNER_CENTER_SEED=17 cargo test -p
//! partner-center --test it contract::walk`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use partner_center::*;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::json;
use tokio::task::JoinSet;

use super::world::{GOOD, PATIENCE, SKU, World};

/// How many seeds a run walks.
const SEEDS: u64 = 200;
/// Walks at the same time.
const ABREAST: usize = 24;
/// Steps of a walk.
const STEPS: usize = 7;
/// Products that need no base, and how many seats one subscription may hold.
const PRODUCTS: [(&str, u32); 5] = [
    ("CFQ7LV000001", 300),
    ("CFQ7LV000002", 300),
    ("CFQ7LV000003", 300),
    ("CFQ7LV000004", 1000),
    ("CFQ7LV000006", 1000),
];
/// A product and what it can be upgraded to.
const SMALLER: &str = "CFQ7LV000004";
const LARGER: &str = "CFQ7LV000005";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the tests' own switch")]
async fn two_hundred_seeds_kind_and_hostile() {
    let alone = std::env::var("PARTNER_CENTER_SEED").ok().map(|seed| seed.parse().expect("PARTNER_CENTER_SEED"));
    let seeds: Vec<u64> = alone.map_or_else(|| (1..=SEEDS).collect(), |seed| vec![seed]);
    let mut waiting = seeds.iter().flat_map(|seed| [(*seed, false), (*seed, true)]);
    let mut walks = JoinSet::new();
    let mut names = BTreeMap::new();
    let (mut done, mut faults, mut failures) = (0, 0, String::new());
    loop {
        while walks.len() < ABREAST
            && let Some((seed, hostile)) = waiting.next()
        {
            let handle = walks.spawn(walk(seed, hostile));
            names.insert(handle.id(), (seed, hostile));
        }
        match walks.join_next_with_id().await {
            None => break,
            Some(Ok((_, hits))) => (done, faults) = (done + 1, faults + hits),
            Some(Err(error)) => {
                let (seed, hostile) = names[&error.id()];
                let mood = if hostile { "hostile" } else { "kind" };
                let panic = error.into_panic();
                let said = panic.downcast_ref::<String>().cloned();
                let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                writeln!(
                    failures,
                    "seed {seed}, {mood}: {}\n  alone: PARTNER_CENTER_SEED={seed} cargo test -p partner-center --test it contract::walk",
                    said.unwrap_or_default()
                )
                .expect("text");
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert_eq!(done, seeds.len() * 2);
    eprintln!("{done} walks, {faults} faults on the way");
    if alone.is_none() {
        assert!(faults > SEEDS, "only {faults} faults: the walks were not hostile");
    }
}

/// Numbers that follow from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.throw() % end
    }

    fn of<'a, T>(&mut self, choice: &'a [T]) -> &'a T {
        &choice[self.below(choice.len() as u64) as usize]
    }
}

/// What a subscription must be, from the steps taken.
#[derive(Clone, Debug)]
struct Expected {
    most: u32,
    seats: u32,
    renews: bool,
    /// Ends with its term by an explicit word.
    ends: bool,
    next: Option<Planned>,
    over: bool,
    /// Seats from a day on.
    history: BTreeMap<Date, u32>,
}

/// Seats of the next term.
#[derive(Clone, Copy, Debug)]
struct Planned {
    seats: u32,
    /// Its first day.
    from: Date,
}

impl Expected {
    fn seats_on(&self, day: Date) -> u32 {
        self.history.range(..=day).next_back().map_or(0, |(_, seats)| *seats)
    }
}

struct Walk {
    world: World,
    dice: Dice,
    tenant: String,
    domain: String,
    all: BTreeMap<String, Expected>,
    bought: usize,
    people: usize,
}

/// Walks one seed; how many faults hit on the way.
async fn walk(seed: u64, hostile: bool) -> u64 {
    let mut dice = Dice(seed);
    // Starts between the first of 2026 and the end of 2027, so that every dated rule and a leap
    // day lie before, between and after.
    let first: Timestamp = "2026-01-01T09:00:00Z".parse().expect("date");
    let start = first + SignedDuration::from_hours(24 * i64::try_from(dice.below(730)).expect("small"));
    let world = World::start_at(seed, hostile, start).await;
    let domain = format!("contosobakery{seed}.onmicrosoft.com");
    let (tenant, _) = world.create(&domain).await;
    let road = &world;
    let id = tenant.as_str();
    world.until("the tenant", || async move { road.readable(id).await }).await;
    world.agree(&tenant).await;
    let mut walk = Walk { world, dice, tenant, domain, all: BTreeMap::new(), bought: 0, people: 0 };
    walk.buy().await;
    for _ in 0..STEPS {
        match walk.dice.below(12) {
            0 | 1 => walk.buy().await,
            2 | 3 => walk.add_seats().await,
            4 => walk.give_seats_back().await,
            5 => walk.choose_the_end().await,
            6 => walk.schedule().await,
            7 => walk.cancel().await,
            8 => walk.upgrade().await,
            9 => walk.employ().await,
            _ => walk.pass_time().await,
        }
        walk.compare().await;
    }
    walk.bill().await;
    walk.close_the_books().await
}

impl Walk {
    async fn now(&self) -> Timestamp {
        let clock = self.world.control("GET", "clock", None).await;
        clock["now"].as_str().expect("clock").parse().expect("time")
    }

    async fn today(&self) -> Date {
        day(self.now().await)
    }

    /// A live subscription, if there is one that fits.
    fn choose(&mut self, fits: impl Fn(&Expected) -> bool) -> Option<String> {
        let fitting: Vec<String> =
            self.all.iter().filter(|(_, e)| !e.over && fits(e)).map(|(id, _)| id.clone()).collect();
        (!fitting.is_empty()).then(|| self.dice.of(&fitting).clone())
    }

    /// A look that decides something: one with a status that nobody knows is taken again, and
    /// nothing is written back from it.
    async fn look(&self, id: &str) -> Subscription {
        let (world, tenant) = (&self.world, self.tenant.as_str());
        for _ in 0..PATIENCE {
            let read = world.read(|client| async move { client.subscription(tenant, id).await }).await;
            if is_known(&read) {
                return read;
            }
        }
        panic!("{id}: no known status");
    }

    async fn look_at_all(&self) -> Vec<Subscription> {
        let (world, tenant) = (&self.world, self.tenant.as_str());
        for _ in 0..PATIENCE {
            let all =
                world.read(|client| async move { client.subscriptions(tenant, SubscriptionFilter::All).await }).await;
            if all.iter().all(is_known) {
                return all;
            }
        }
        panic!("no list with known statuses");
    }

    /// One or two products in one order.
    async fn buy(&mut self) {
        let mut lines = Vec::new();
        let mut wanted: Vec<(&str, u32, u32)> = Vec::new();
        for _ in 0..=self.dice.below(2) {
            let (product, most) = *self.dice.of(&PRODUCTS);
            if wanted.iter().any(|(known, ..)| *known == product) {
                continue;
            }
            let (term, cycle) = self
                .dice
                .of(&[("P1M", BillingCycle::Monthly), ("P1Y", BillingCycle::Monthly), ("P1Y", BillingCycle::Annual)])
                .clone();
            let seats = 1 + u32::try_from(self.dice.below(30)).expect("small");
            let mut line = self.world.line(&self.tenant, product, seats).await;
            line.term_duration = term.to_owned();
            line.billing_cycle = cycle;
            lines.push(line);
            wanted.push((product, most, seats));
        }
        let orders = self.world.buy(&self.tenant, lines).await;
        let mut found = 0;
        for order in &orders {
            for (number, line) in order.line_items.iter().enumerate() {
                let subscription = self.world.subscription_of(&self.tenant, order, number).await;
                let (product, sku) = subscription.product_and_sku().expect("New Commerce");
                let (_, most, seats) = wanted.iter().find(|(known, ..)| *known == product).expect("ordered");
                assert_eq!((subscription.quantity(), sku), (Some(*seats), SKU), "{line:?}");
                assert_eq!(subscription.partner_id().as_deref(), Some(GOOD), "the reseller would not be paid");
                let started = subscription.effective_from().expect("start");
                let expected = Expected {
                    most: *most,
                    seats: *seats,
                    renews: true,
                    ends: false,
                    next: None,
                    over: false,
                    history: BTreeMap::from([(day(started.0), *seats)]),
                };
                assert!(self.all.insert(subscription.id().to_lowercase(), expected).is_none(), "bought twice");
                found += 1;
            }
        }
        assert_eq!(found, wanted.len());
        self.bought += orders.len();
    }

    /// Carries one change out; what the contract refuses ends the walk.
    async fn change(
        &self,
        id: &str,
        change: SubscriptionChange,
        there: impl Fn(&Subscription) -> bool,
    ) -> Subscription {
        let mut refused: Option<Error> = None;
        for _ in 0..PATIENCE {
            let read = self.look(id).await;
            if there(&read) {
                return read;
            }
            // A repetition of what was done is refused, too: only what is shown decides.
            if let Some(error) = refused.take() {
                panic!("{change:?} of {id}: {error} {error:?} {}", read.raw());
            }
            let call = self.world.call();
            let sent = self.world.client.change_subscription(&call, &self.tenant, &read, &change).await;
            match sent.map_err(|error| (error.advice(), error)) {
                // An accepted change may show later.
                Ok(_) => self.world.advance("PT30S").await,
                Err((Advice::Wait { after }, _)) => {
                    let after = SignedDuration::try_from(after).expect("span") + SignedDuration::from_secs(1);
                    self.world.advance(&after.to_string()).await;
                }
                Err((Advice::RepeatSameIds { after }, _)) => {
                    tokio::time::sleep(after.min(Duration::from_millis(1200))).await;
                }
                Err((Advice::ReadBackFirst | Advice::RereadThenOnce, _)) => {}
                Err((Advice::Never | Advice::Operator, error)) => refused = Some(error),
            }
        }
        panic!("{change:?} of {id} did not show");
    }

    /// The renewal of a term is a time in which little may be changed: walked past.
    async fn settled(&mut self, id: &str) -> Option<Subscription> {
        let read = self.look(id).await;
        let end = read.commitment_end()?;
        // The last day of a term is left alone (contract 15.7).
        let near = end.0.duration_since(self.now().await) < SignedDuration::from_hours(48);
        if near {
            self.world.advance("P4D").await;
            self.compare().await;
        }
        let live = !self.all[id].over;
        match live {
            true => Some(self.look(id).await),
            false => None,
        }
    }

    async fn set_seats(&mut self, id: &str, seats: u32) {
        self.change(id, SubscriptionChange::Quantity(seats), |s| s.quantity() == Some(seats)).await;
        let today = self.today().await;
        let expected = self.all.get_mut(id).expect("known");
        expected.seats = seats;
        // A change inside the term deletes what was scheduled (trap 22).
        expected.next = None;
        expected.history.insert(today, seats);
    }

    async fn add_seats(&mut self) {
        let more = 1 + u32::try_from(self.dice.below(9)).expect("small");
        let Some(id) = self.choose(|e| e.seats + more <= e.most) else { return };
        if self.settled(&id).await.is_some() {
            let seats = self.all[&id].seats + more;
            self.set_seats(&id, seats).await;
        }
    }

    /// Back go only seats whose own window is open (trap 24).
    async fn give_seats_back(&mut self) {
        let Some(id) = self.choose(|e| e.seats > 1) else { return };
        let Some(read) = self.settled(&id).await else { return };
        // Far from the edge of a window, which is as sharp as a second.
        let soon = Instant(self.now().await + SignedDuration::from_mins(30));
        let open = read.refundable().map_or(0, |refundable| refundable.seats_at(soon));
        let seats = self.all[&id].seats;
        let fewer = open.min(seats - 1);
        if fewer > 0 {
            self.set_seats(&id, seats - fewer).await;
        }
    }

    async fn choose_the_end(&mut self) {
        let Some(id) = self.choose(|_| true) else { return };
        if self.settled(&id).await.is_none() {
            return;
        }
        let end = *self.dice.of(&[TermEnd::Renew, TermEnd::End, TermEnd::ExtendedServiceTerm]);
        let renews = end == TermEnd::Renew;
        if (self.all[&id].renews, self.all[&id].ends) == (renews, end == TermEnd::End) {
            return;
        }
        self.change(&id, SubscriptionChange::TermEnd(end), |s| {
            s.auto_renews() == Some(renews) && s.term_end().is_none_or(|known| known == end)
        })
        .await;
        let expected = self.all.get_mut(&id).expect("known");
        (expected.renews, expected.ends) = (renews, end == TermEnd::End);
        expected.next = None;
    }

    /// Other seats from the next term on.
    async fn schedule(&mut self) {
        let Some(id) = self.choose(|e| e.renews) else { return };
        let Some(read) = self.settled(&id).await else { return };
        let seats = 1 + u32::try_from(self.dice.below(40)).expect("small");
        let product = read.product_and_sku().expect("New Commerce").0.to_owned();
        let line = self.world.line(&self.tenant, &product, 1).await;
        let availability = line.catalog_item_id.rsplit(':').next().expect("three parts").to_owned();
        let mut next = NextTerm::same_as(&read, &availability).expect("a term");
        next.quantity = seats;
        let there = |s: &Subscription| s.next_term().is_some_and(|known| known.quantity == seats);
        let shown = self.change(&id, SubscriptionChange::NextTerm(Some(Box::new(next))), there).await;
        let from = last_day(&shown).tomorrow().expect("a day");
        self.all.get_mut(&id).expect("known").next = Some(Planned { seats, from });
    }

    async fn cancel(&mut self) {
        let Some(id) = self.choose(|_| true) else { return };
        let Some(read) = self.settled(&id).await else { return };
        let soon = self.now().await + SignedDuration::from_mins(30);
        if read.cancellation_allowed_until().is_none_or(|until| until.0 < soon) {
            return;
        }
        let change = SubscriptionChange::Status(SubscriptionStatus::Deleted);
        self.change(&id, change, |s| s.status() == SubscriptionStatus::Deleted).await;
        let today = self.today().await;
        let expected = self.all.get_mut(&id).expect("known");
        (expected.over, expected.seats) = (true, 0);
        expected.history.insert(today, 0);
    }

    /// All seats of the smaller product become the larger one.
    async fn upgrade(&mut self) {
        let mut smaller = Vec::new();
        for (id, _) in self.all.iter().filter(|(_, e)| !e.over) {
            if self.look(id).await.product_and_sku().is_some_and(|(product, _)| product == SMALLER) {
                smaller.push(id.clone());
            }
        }
        let Some(id) = smaller.first().cloned() else { return };
        let Some(read) = self.settled(&id).await else { return };
        let (world, tenant, from) = (&self.world, self.tenant.as_str(), id.as_str());
        let offers = world
            .read(
                |client| async move { client.transition_eligibilities(tenant, from, EligibilityType::Immediate).await },
            )
            .await;
        let offer = offers
            .into_iter()
            .find(|offer| offer.catalog_item_id.starts_with(LARGER) && offer.eligible_type().is_some());
        let Some(offer) = offer else { panic!("no upgrade from {SMALLER}: {read:?}") };
        let seats = self.all[&id].seats;
        let new = &NewTransition {
            to_catalog_item_id: offer.catalog_item_id.clone(),
            quantity: seats,
            transition_type: offer.eligible_type().expect("eligible").clone(),
            to_subscription_id: None,
            term_duration: None,
            billing_cycle: None,
            promotion_id: None,
        };
        // The same ids bring the same upgrade, however often they are sent.
        let call = world.call();
        let mut started = None;
        for _ in 0..PATIENCE {
            match world.client.start_transition(&call, tenant, from, new).await {
                Ok(transition) => {
                    started = Some(transition);
                    break;
                }
                Err(error) => world.rest(&error).await,
            }
        }
        let operation = started.expect("an upgrade").operation_id.expect("an id");
        let operation = operation.as_str();
        let done = world
            .until("the upgrade", || async move {
                let all =
                    world.read(|client| async move { client.transitions(tenant, from, Some(operation)).await }).await;
                all.into_iter().find(|t| t.outcome() != TransitionOutcome::Running)
            })
            .await;
        assert!(
            matches!(done.outcome(), TransitionOutcome::Completed | TransitionOutcome::LicencesNotMoved),
            "{done:?}"
        );
        let to = done.to_subscription_id.as_deref().unwrap_or(from).to_lowercase();
        let today = self.today().await;
        let mut expected = self.all[&id].clone();
        expected.next = None;
        if to != id {
            let old = self.all.get_mut(&id).expect("known");
            (old.over, old.seats) = (true, 0);
            old.history.insert(today, 0);
            expected.history = BTreeMap::from([(today, seats)]);
        }
        let now = self.look(&to).await;
        assert_eq!(now.product_and_sku().map(|(product, _)| product), Some(LARGER), "{now:?}");
        // The upgraded one is as long as it says; renewal as it says, too.
        expected.renews = now.auto_renews() == Some(true);
        expected.ends = now.term_end() == Some(TermEnd::End);
        self.all.insert(to, expected);
    }

    /// A user with a licence, and what is counted then.
    async fn employ(&mut self) {
        let (world, tenant) = (&self.world, self.tenant.as_str());
        // The directory of a new tenant lags, and so does the access to it.
        world.advance("PT20M").await;
        self.people += 1;
        let number = self.people;
        let new = &NewUser {
            usage_location: "IT".into(),
            user_principal_name: format!("user{number}@{}", self.domain),
            display_name: format!("User {number}"),
            first_name: None,
            last_name: None,
            immutable_id: None,
            password: Password { text: SecretString::from("Contoso-Bakery-2026"), force_change: true },
        };
        let user = world.write(|client, call| async move { client.create_user(&call, tenant, new).await }).await;
        let skus = world.read(|client| async move { client.subscribed_skus(tenant, &[]).await }).await;
        let Some(sku) = skus.iter().find(|sku| sku.available_units > 0) else { return };
        let before = sku.consumed_units;
        let give = &[LicenceAssignment { sku_id: sku.product_sku.id.clone(), excluded_plans: Vec::new() }];
        let who = user.id.as_str();
        world.write(|client, call| async move { client.change_licences(&call, tenant, who, give, &[]).await }).await;
        let held = world.read(|client| async move { client.user_licences(tenant, who).await }).await;
        assert_eq!(held.len(), 1, "{held:?}");
        let after = world.read(|client| async move { client.subscribed_skus(tenant, &[]).await }).await;
        let after = after.iter().find(|other| other.product_sku.id == sku.product_sku.id).expect("still there");
        assert_eq!(after.consumed_units, before + 1);
    }

    async fn pass_time(&mut self) {
        let by = *self.dice.of(&["PT6H", "P2D", "P9D", "P33D", "P100D", "P370D"]);
        self.world.advance(by).await;
        // Whatever began to renew has renewed.
        self.world.advance("P1D").await;
    }

    /// Every subscription is as the steps say, or as time has made it by the rules.
    async fn compare(&mut self) {
        let shown = self.look_at_all().await;
        assert_eq!(shown.len(), self.all.len(), "subscriptions listed");
        let today = self.today().await;
        for read in &shown {
            let id = read.id().to_lowercase();
            let expected = self.all.get_mut(&id).unwrap_or_else(|| panic!("{id} was never bought"));
            let open = matches!(read.status(), SubscriptionStatus::Active | SubscriptionStatus::Suspended);
            if expected.over {
                assert!(!open, "{id} came back: {:?}", read.status());
                continue;
            }
            if open {
                if let Some(next) = expected.next.filter(|next| next.from <= today) {
                    expected.history.insert(next.from, next.seats);
                    (expected.seats, expected.next) = (next.seats, None);
                }
                assert_eq!(read.quantity(), Some(expected.seats), "{id}: seats; {expected:?} {}", read.raw());
                assert_eq!(read.auto_renews(), Some(expected.renews), "{id}: renewal; {}", read.raw());
                continue;
            }
            // Only a term that ended without renewal may close a subscription.
            assert!(!expected.renews, "{id} ended although it renews: {:?}", read.status());
            let end = last_day(read);
            assert!(end < today, "{id} ended before its term: {end}");
            expected.over = true;
            expected.seats = 0;
            expected.history.insert(end.tomorrow().expect("a day"), 0);
        }
    }

    /// Past the month's end, every invoice adds up and the lines charge the seats of each day.
    async fn bill(&mut self) {
        // Invoices appear by the 8th of the month after.
        self.world.advance("P40D").await;
        self.world.advance("P1D").await;
        self.compare().await;
        let world = &self.world;
        let invoices = world.read(|client| async move { client.invoices(None).await }).await;
        assert!(!invoices.is_empty(), "40 days after a purchase there is no invoice");
        let mut lines = Vec::new();
        for invoice in &invoices {
            let query = LineItemQuery::billed(&invoice.id).page_size(50);
            let of_invoice = self.lines(&query).await;
            let total = of_invoice.iter().filter_map(|line| line.total_for_customer).sum::<Decimal>();
            assert_eq!(Some(total), invoice.total_charges, "invoice {} does not add up", invoice.id);
            for line in &of_invoice {
                assert_eq!(line.expected_seat_subtotal(), line.subtotal, "{line:?}");
                assert_eq!(line.expected_total(), line.total_for_customer, "{line:?}");
                assert_eq!(line.reseller(), Some(GOOD), "{line:?}");
                assert_eq!(line.invoice_number.as_deref(), Some(invoice.id.as_str()));
            }
            lines.extend(of_invoice);
        }
        for period in [BillingPeriod::Previous, BillingPeriod::Current] {
            let open = self.lines(&LineItemQuery::unbilled("EUR", period)).await;
            assert!(open.iter().all(|line| line.invoice_number.is_none()), "an open line names an invoice");
            lines.extend(open);
        }
        let today = self.today().await;
        let first = self.all.values().filter_map(|e| e.history.keys().next()).min().copied().expect("bought");
        let days = i64::from(today.since(first).expect("span").get_days());
        for _ in 0..12 {
            let ago = 1 + i64::try_from(self.dice.below(days.unsigned_abs())).expect("small");
            let at = today.checked_sub(SignedDuration::from_hours(24 * ago)).expect("day");
            let charged = seats_on(&lines, at).expect("sums");
            for (id, expected) in &self.all {
                let seats = charged.get(id).copied().unwrap_or_default();
                assert_eq!(seats, Decimal::from(expected.seats_on(at)), "{id} on {at}: {:?}", expected.history);
            }
        }
    }

    async fn lines(&self, query: &LineItemQuery) -> Vec<LineItem> {
        for _ in 0..PATIENCE {
            let mut pages = self.world.client.line_items(query).expect("a query");
            let mut lines = Vec::new();
            loop {
                match pages.next().await {
                    Ok(Some(page)) => lines.extend(page.items.into_iter().map(|row| row.0.expect("a line"))),
                    Ok(None) => return lines,
                    Err(error) => {
                        self.world.rest(&error).await;
                        break;
                    }
                }
            }
        }
        panic!("no answer for lines");
    }

    /// One of everything, whatever was lost on the way; how many faults there were.
    async fn close_the_books(self) -> u64 {
        let books = self.world.books().await;
        let of = |part: &str| books[part].as_array().cloned().unwrap_or_default();
        assert_eq!(of("tenants").len(), 1, "{books:#}");
        assert_eq!(of("tenants")[0]["done"], 1, "{books:#}");
        assert_eq!(of("orders").len(), self.bought, "{books:#}");
        assert!(of("carts").iter().all(|cart| cart["checkoutsDone"].as_u64() <= Some(1)), "{books:#}");
        let subscriptions = of("subscriptions");
        assert_eq!(subscriptions.len(), self.all.len(), "{books:#}");
        for entry in subscriptions {
            let id = entry["id"].as_str().expect("id").to_lowercase();
            let expected = &self.all[&id];
            if !expected.over {
                assert_eq!(entry["quantity"], json!(expected.seats), "{id}");
                assert_eq!(entry["partnerId"], json!(GOOD), "{id}");
            }
        }
        let switches = self.world.control("GET", "faults", None).await;
        let hits = switches["faults"].as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64()).sum();
        self.world.simulator.stop().await;
        hits
    }
}

fn is_known(subscription: &Subscription) -> bool {
    !matches!(subscription.status(), SubscriptionStatus::Other(_))
}

/// The last day of the term, inclusive.
fn last_day(subscription: &Subscription) -> Date {
    day(subscription.commitment_end().expect("end").0)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
