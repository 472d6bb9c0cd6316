//! The real adapter against the simulator, over real HTTP: every verdict and every answer in our
//! words, kind and hostile. What is unclear is looked up before anything is repeated.

use super::super::{
    AddressVerdict, Answer, CallId, CartLine, CreatedTenant, FilledCart, NewTenant, Provider, RefusedKind,
    RemoteOrderState, RemoteSubscription, SubscriptionChange, Trouble, Vetting, Wanted,
};
use super::Microsoft;
use licensing::{
    catalogue::{Segment, Sku},
    contact::Contact,
    id::{MpnId, ServiceName, TenantId},
    order::Agreement,
    partner::{MpnFlag, PartnerCheck, Reseller},
    seat::SeatCount,
    subscription::SubscriptionState,
    term::{BillingPlan, Term},
};
use partner_center::{Client, Config, ReadRetry, RefreshTokenStore, StoreFuture};
use partner_center_simulator::{Options, Simulator};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

const BASE: &str = "CFQ7LV000001:0001";
const ADD_ON: &str = "CFQ7LV000007:0001";
const EDUCATION: &str = "CFQ7LV000008:0001";
/// Most repetitions of one call before a test gives up.
const PATIENCE: usize = 60;

struct Memory(Mutex<SecretString>);

impl RefreshTokenStore for Memory {
    fn load(&self) -> StoreFuture<'_, Option<SecretString>> {
        Box::pin(async { Ok(Some(self.0.lock().expect("lock").clone())) })
    }

    fn save(&self, new: SecretString) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            *self.0.lock().expect("lock") = new;
            Ok(())
        })
    }
}

struct Road {
    simulator: Simulator,
    clock: partner_center_simulator::Clock,
    microsoft: Microsoft,
    calls: Mutex<u128>,
}

impl Road {
    async fn start(seed: u64, hostile: bool) -> Road {
        eprintln!("seed {seed}, hostile {hostile}");
        let clock = partner_center_simulator::Clock::default();
        let options = Options { seed, hostile, clock: clock.clone(), ..Options::default() };
        let simulator = Simulator::start_with(options).await.expect("simulator");
        let credentials = simulator.credentials();
        let mut config = Config::new(
            simulator.url(),
            simulator.url(),
            credentials.tenant_id,
            credentials.client_id,
            credentials.client_secret.into(),
        );
        config.read_retry = ReadRetry::never();
        let store = Arc::new(Memory(Mutex::new(credentials.refresh_token.into())));
        let client = Client::new(config, store).expect("settings");
        let business = clock.clone();
        let microsoft = Microsoft::new(client, Arc::new(move || business.now()));
        Road { simulator, clock, microsoft, calls: Mutex::new(u128::from(seed) << 64) }
    }

    fn call(&self) -> CallId {
        let mut last = self.calls.lock().expect("lock");
        *last += 1;
        CallId { request: Uuid::from_u128(*last), correlation: Uuid::from_u128(5) }
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(jiff::SignedDuration::from_secs(seconds)).expect("forward");
    }

    /// Until there is an answer; a call that may be repeated safely.
    async fn clear<T, F: Future<Output = Result<T, Trouble>>>(&self, ask: impl Fn() -> F) -> T {
        for _ in 0..PATIENCE {
            match ask().await {
                Ok(value) => return value,
                Err(Trouble::Locked { why }) => panic!("locked: {why}"),
                Err(Trouble::Busy { after }) => {
                    tokio::time::sleep(Duration::from_millis(after.as_millis().clamp(0, 1500) as u64)).await;
                }
                Err(Trouble::NotSent { .. } | Trouble::Unclear { .. }) => {}
            }
        }
        panic!("no clear answer");
    }

    async fn until<T, F: Future<Output = Option<T>>>(&self, ask: impl Fn() -> F) -> T {
        for _ in 0..PATIENCE {
            if let Some(value) = ask().await {
                return value;
            }
            self.pass(5);
        }
        panic!("it did not come");
    }

    async fn reseller(&self, mpn: &str) -> PartnerCheck {
        let mpn = MpnId::parse("mpnId", mpn).expect("digits");
        let mpn = &mpn;
        self.clear(|| self.microsoft.check_partner(mpn)).await
    }

    async fn good_reseller(&self) -> Reseller {
        match self.reseller("6100001").await {
            PartnerCheck::Good(reseller) => reseller,
            other => panic!("{other:?}"),
        }
    }

    async fn tenant(&self, name: &ServiceName) -> CreatedTenant {
        let (contact, reseller, call) = (contact(), self.good_reseller().await, self.call());
        let (contact, reseller) = (&contact, &reseller);
        match self.clear(|| self.microsoft.create_tenant(call, NewTenant { name, contact, reseller })).await {
            Answer::Done(created) => created,
            Answer::Refused(refused) => panic!("{refused:?}"),
        }
    }

    async fn agree(&self, tenant: TenantId) {
        let agreement = Agreement {
            first_name: "Primary".into(),
            last_name: "Contact".into(),
            email: "orders@contosobakery.example".into(),
            agreed_at: "2026-01-02T03:04:05Z".parse().expect("date"),
        };
        let (agreement, call) = (&agreement, self.call());
        let answer = self.clear(|| self.microsoft.confirm_agreement(call, tenant, agreement)).await;
        assert_eq!(answer, Answer::Done(()));
        assert!(self.clear(|| self.microsoft.agreement_is_confirmed(tenant)).await);
    }

    async fn line(&self, tenant: TenantId, sku: &str, seats: u32) -> Option<CartLine> {
        let wanted = Wanted {
            sku: Sku::read(sku).expect("sku"),
            segment: Segment::Commercial,
            term: Term::Year,
            plan: BillingPlan::Monthly,
        };
        let wanted = &wanted;
        let item = self.clear(|| self.microsoft.find_item(tenant, wanted)).await?;
        Some(CartLine {
            item,
            name: sku.to_owned(),
            seats: SeatCount::new(seats).expect("seats"),
            term: Term::Year,
            plan: BillingPlan::Monthly,
            partner: MpnId::trusted("6100001"),
        })
    }

    async fn fill(&self, tenant: TenantId, lines: &[CartLine]) -> Answer<FilledCart> {
        let call = self.call();
        self.clear(|| self.microsoft.fill_cart(call, tenant, lines)).await
    }

    /// Buys one line and waits for its subscription.
    async fn buy(&self, tenant: TenantId, sku: &str, seats: u32) -> RemoteSubscription {
        let line = self.line(tenant, sku, seats).await.expect("on sale");
        let Answer::Done(FilledCart::Ready { cart }) = self.fill(tenant, &[line]).await else { panic!("a good cart") };
        let (cart, call) = (cart.as_str(), self.call());
        let Answer::Done(purchase) = self.clear(|| self.microsoft.check_out(call, tenant, cart)).await else {
            panic!("a good purchase")
        };
        assert!(purchase.refused.is_empty() && purchase.orders.len() == 1, "{purchase:?}");
        let order = purchase.orders[0].id.as_str();
        let id = self
            .until(|| async move {
                let order = self.clear(|| self.microsoft.read_order(tenant, order)).await.expect("exists at once");
                assert!(matches!(order.state, RemoteOrderState::Pending | RemoteOrderState::Completed), "{order:?}");
                (order.state == RemoteOrderState::Completed).then_some(order.lines[0].subscription).flatten()
            })
            .await;
        self.until(|| async move { self.clear(|| self.microsoft.read_subscription(tenant, id)).await }).await
    }

    /// Changes one thing: reads again and compares before any repetition.
    async fn change(
        &self,
        tenant: TenantId,
        of: &RemoteSubscription,
        change: SubscriptionChange,
    ) -> RemoteSubscription {
        for _ in 0..PATIENCE {
            let now = self.clear(|| self.microsoft.read_subscription(tenant, of.id)).await.expect("exists");
            let there = match &change {
                SubscriptionChange::Seats(seats) => now.seats == seats.get(),
                SubscriptionChange::Cancel => now.state.is_over(),
                SubscriptionChange::Renewal(renews) => now.renews == *renews && now.ends_at_term != *renews,
            };
            if there {
                return now;
            }
            match self.microsoft.change_subscription(self.call(), tenant, &now, change.clone()).await {
                Ok(Answer::Refused(refused)) => panic!("{refused:?}"),
                Err(Trouble::Busy { .. }) => tokio::time::sleep(Duration::from_millis(1100)).await,
                Ok(Answer::Done(_)) | Err(_) => {}
            }
        }
        panic!("the change did not show");
    }
}

fn contact() -> Contact {
    Contact {
        first_name: "Primary".into(),
        last_name: "Contact".into(),
        email: "orders@contosobakery.example".into(),
        phone: "+390510000000".into(),
        address: "Via Contoso 1".into(),
        city: "Bologna".into(),
        zip_code: "40126".into(),
        state: "BO".into(),
        country: "IT".into(),
        company_name: "Contoso Bakery".into(),
        organization_registration_number: None,
        language: "de".into(),
    }
}

async fn whole_road(seed: u64, hostile: bool) {
    let road = Road::start(seed, hostile).await;
    let name = ServiceName::read(&format!("contosobakery{seed}.onmicrosoft.com")).expect("name");
    let name = &name;
    assert!(road.clear(|| road.microsoft.name_is_free(name)).await);
    let created = road.tenant(name).await;
    let tenant = created.tenant;
    assert_eq!(created.user_name, format!("admin@{name}"));
    assert!(!created.password.expect("also after a lost answer").expose_secret().is_empty());
    let road = &road;
    road.until(|| async move { road.clear(|| road.microsoft.tenant_is_readable(tenant)).await.then_some(()) }).await;
    assert!(!road.clear(|| road.microsoft.name_is_free(name)).await);
    let found = road.clear(|| road.microsoft.find_tenant(name)).await.expect("found by its name");
    assert_eq!((found.tenant, found.company_name.as_str()), (tenant, "Contoso Bakery"));
    assert_eq!(road.clear(|| road.microsoft.vetting(tenant)).await, Vetting::Allowed);
    assert!(!road.clear(|| road.microsoft.agreement_is_confirmed(tenant)).await);
    road.agree(tenant).await;

    let base = road.buy(tenant, BASE, 5).await;
    assert_eq!((base.seats, &base.state, base.renews), (5, &SubscriptionState::Active, true));
    assert_eq!(base.partner, Some(MpnId::trusted("6100001")));
    assert!(base.term_end > base.created_at && base.cancellable_until.is_some() && base.batches.len() == 1);
    let add_on = road.buy(tenant, ADD_ON, 2).await;

    let eight = SubscriptionChange::Seats(SeatCount::new(8).expect("seats"));
    let more = road.change(tenant, &base, eight).await;
    assert_eq!((more.renews, more.batches.len()), (true, 2));
    road.change(tenant, &base, SubscriptionChange::Seats(SeatCount::new(6).expect("seats"))).await;
    road.change(tenant, &add_on, SubscriptionChange::Cancel).await;
    let all = road.clear(|| road.microsoft.read_subscriptions(tenant)).await;
    let mut seen: Vec<_> = all.iter().map(|one| (one.seats, one.state.is_over())).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(2, true), (6, false)]);
    road.until(|| async move { (road.clear(|| road.microsoft.read_orders(tenant)).await.len() == 2).then_some(()) })
        .await;
}

#[tokio::test]
async fn the_whole_road_kind_and_hostile() {
    let mut roads = tokio::task::JoinSet::new();
    roads.spawn(whole_road(11, false));
    for seed in 1..=3 {
        roads.spawn(whole_road(seed, true));
    }
    while let Some(road) = roads.join_next().await {
        road.expect("a road failed; its seed is printed above");
    }
}

#[tokio::test]
async fn every_reseller_that_cannot_stand_on_an_order_has_its_flag() {
    let road = Road::start(21, false).await;
    for (mpn, flag) in [
        ("6000001", MpnFlag::MpnIdIsProvider),
        ("6000002", MpnFlag::MpnIdNotIndirectReseller),
        ("6200001", MpnFlag::MpnIdNotIndirectReseller),
        ("6200002", MpnFlag::MpnIdRegionMismatch),
        ("6200003", MpnFlag::MpnAgreementNotSigned),
        ("6200004", MpnFlag::MpnNoPartnership),
        ("6200005", MpnFlag::MpnNoPartnership),
        ("9999999", MpnFlag::MpnIdNotFound),
    ] {
        assert_eq!(road.reseller(mpn).await, PartnerCheck::Bad { flag }, "{mpn}");
    }
    let good = road.good_reseller().await;
    assert!(!good.name.is_empty() && good.checked_at <= road.clock.now());
    road.simulator.stop().await;
}

#[tokio::test]
async fn refusals_of_the_road_come_in_our_words() {
    let road = Road::start(31, false).await;
    let name = ServiceName::read("contosobakery.onmicrosoft.com").expect("name");
    let tenant = road.tenant(&name).await.tenant;

    // The name again, another call: taken. A foreign reseller: refused. A bad address: refused.
    let (someone, mut reseller) = (contact(), road.good_reseller().await);
    let wanted = NewTenant { name: &name, contact: &someone, reseller: &reseller };
    let taken = road.microsoft.create_tenant(road.call(), wanted).await.expect("definitive");
    assert!(matches!(taken, Answer::Refused(ref refused) if refused.kind == RefusedKind::NameTaken), "{taken:?}");
    let other = ServiceName::read("fabrikamoven.onmicrosoft.com").expect("name");
    let mut nowhere = contact();
    nowhere.zip_code = "ABC".into();
    let wanted = NewTenant { name: &other, contact: &nowhere, reseller: &reseller };
    let refused = road.microsoft.create_tenant(road.call(), wanted).await.expect("definitive");
    assert!(matches!(refused, Answer::Refused(ref r) if r.code == "600014"), "{refused:?}");
    reseller.tenant = TenantId(Uuid::from_u128(9));
    let wanted = NewTenant { name: &other, contact: &someone, reseller: &reseller };
    let refused = road.microsoft.create_tenant(road.call(), wanted).await.expect("definitive");
    assert!(
        matches!(refused, Answer::Refused(ref r) if matches!(r.kind, RefusedKind::ResellerRefused(_))),
        "{refused:?}"
    );
    assert_eq!(road.microsoft.find_tenant(&other).await.expect("a look-up"), None);

    let mut wrong = contact();
    wrong.city = "NOWHERE".into();
    assert_eq!(road.microsoft.check_address(&wrong).await.expect("a verdict"), AddressVerdict::Refused);
    wrong = contact();
    wrong.address = "Via Contoso MULTI 1".into();
    let doubtful = road.microsoft.check_address(&wrong).await.expect("a verdict");
    assert!(matches!(doubtful, AddressVerdict::Doubtful(ref hints) if hints.len() == 3), "{doubtful:?}");
    assert_eq!(road.microsoft.check_address(&contact()).await.expect("a verdict"), AddressVerdict::Accepted);

    // No purchase before the agreement; then each refused line names its place.
    let line = road.line(tenant, BASE, 5).await.expect("on sale");
    let early = road.fill(tenant, std::slice::from_ref(&line)).await;
    assert!(matches!(early, Answer::Refused(ref r) if r.kind == RefusedKind::AgreementMissing), "{early:?}");
    road.agree(tenant).await;
    assert_eq!(road.line(tenant, EDUCATION, 5).await, None, "not qualified");
    assert_eq!(road.line(tenant, "CFQ7LV999999:0001", 5).await, None, "no such product");
    let mut many = line.clone();
    many.seats = SeatCount::new(301).expect("seats");
    let mut outdated = line.clone();
    outdated.item = format!("{BASE}:OUTDATED1");
    let add_on = road.line(tenant, ADD_ON, 9).await.expect("on sale");
    let Answer::Done(FilledCart::LinesRefused(lines)) =
        road.fill(tenant, &[line.clone(), many, outdated, add_on]).await
    else {
        panic!("three lines are refused")
    };
    let kinds: Vec<_> = lines.iter().map(|(index, refused)| (*index, refused.kind.clone())).collect();
    assert_eq!(kinds[0], (1, RefusedKind::QuantityRefused));
    assert_eq!(kinds[1], (2, RefusedKind::ItemGone));
    let gone = road.microsoft.check_out(road.call(), tenant, "00000000-0000-4000-8000-000000000001").await;
    let gone = gone.expect("definitive");
    assert!(matches!(gone, Answer::Refused(ref r) if r.kind == RefusedKind::CartGone), "{gone:?}");

    // The window closes after a week; what does not exist is `None`.
    let base = road.buy(tenant, BASE, 5).await;
    road.pass(8 * 86_400);
    let base = road.clear(|| road.microsoft.read_subscription(tenant, base.id)).await.expect("exists");
    for change in [SubscriptionChange::Cancel, SubscriptionChange::Seats(SeatCount::new(4).expect("seats"))] {
        let late = road.microsoft.change_subscription(road.call(), tenant, &base, change).await.expect("definitive");
        assert!(matches!(late, Answer::Refused(ref r) if r.kind == RefusedKind::WindowOver), "{late:?}");
    }
    let many = SubscriptionChange::Seats(SeatCount::new(301).expect("seats"));
    let refused = road.microsoft.change_subscription(road.call(), tenant, &base, many).await.expect("definitive");
    assert!(matches!(refused, Answer::Refused(ref r) if r.kind == RefusedKind::QuantityRefused), "{refused:?}");
    assert_eq!(road.microsoft.read_order(tenant, "0123456789ab").await.expect("a look-up"), None);
    let nobody = licensing::id::RemoteSubscriptionId(Uuid::from_u128(1));
    assert_eq!(road.microsoft.read_subscription(tenant, nobody).await.expect("a look-up"), None);
    assert!(!road.microsoft.tenant_is_readable(TenantId(Uuid::from_u128(2))).await.expect("a look-up"));
    road.simulator.stop().await;
}
