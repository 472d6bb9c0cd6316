//! Everything the simulator knows, and the only two ways to it: `read` and `write`.
//!
//! A write decides first and changes then (a refusal must leave the tables alone), and is answered
//! only after its rows are on disk. What time does (terms renewing) is carried out before anybody
//! looks, so no timer can be missed. Next: `engine.rs`, `persistence.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::access::MfaDay;
use crate::announcements::Announcement;
use crate::audit::AuditRecord;
use crate::authorize::SpentCode;
use crate::billing::{Calendar, Credit, Export, Invoice};
use crate::carts::Cart;
use crate::clock::Clock;
use crate::customers::Customer;
use crate::domains::{self, Domain};
use crate::engine::Queue;
use crate::faults::Streaks;
use crate::idempotency::Replay;
use crate::licences::Usage;
use crate::options::Platform;
use crate::orders::Order;
use crate::overage::Overage;
use crate::partners::{self, Partner};
use crate::persistence::{Contents, Store, StoredRow};
use crate::products::{self, Product};
use crate::promotions::{self, Promotion};
use crate::qualifications::{self, ValidationCode};
use crate::recent::Recent;
use crate::sandbox::Profile;
use crate::seed::Seed;
use crate::subscriptions::Subscription;
use crate::switches::Switches;
use crate::throttle::Throttle;
use crate::tokens::TokenChain;
use crate::users::User;
use crate::webhooks::{Courier, Delivery, Identity, Notary, Registration, ValidationEvent, post_announced};
use crate::wire::Refusal;

/// Something kept in a table of its own.
pub(crate) trait Entity: Clone + Serialize + DeserializeOwned {
    /// Name of the table in the state file.
    const KIND: &'static str;
}

/// A sorted table that remembers what changed since the last commit.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<String, T>,
    touched: BTreeSet<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), touched: BTreeSet::new() }
    }
}

impl<T: Entity> Table<T> {
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(id)?;
        self.touched.insert(id.to_owned());
        Some(row)
    }

    pub(crate) fn insert(&mut self, id: impl Into<String>, row: T) {
        let id = id.into();
        self.touched.insert(id.clone());
        self.rows.insert(id, row);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let gone: Vec<String> = self.rows.iter().filter(|(_, row)| !keep(row)).map(|(id, _)| id.clone()).collect();
        for id in gone {
            self.rows.remove(&id);
            self.touched.insert(id);
        }
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let row = self.rows.remove(id)?;
        self.touched.insert(id.to_owned());
        Some(row)
    }

    /// Removes a tenant's part of the table.
    fn remove_tenant(&mut self, tenant: &str) {
        let prefix = format!("{tenant}/");
        let ids: Vec<String> = self.under(&prefix).map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.remove(&id);
        }
        self.remove(tenant);
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.rows.iter()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.rows.keys().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows after an id, in order.
    pub(crate) fn after<'a>(&'a self, id: &str) -> impl Iterator<Item = (&'a String, &'a T)> {
        self.rows.range::<str, _>((Bound::Excluded(id), Bound::Unbounded))
    }

    /// Rows whose id starts with `prefix`, in order: a tenant's part of a table.
    pub(crate) fn under<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a String, &'a T)> + use<'a, T> {
        let prefix = prefix.to_owned();
        self.rows
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .take_while(move |(id, _)| id.starts_with(&prefix))
    }

    fn clear(&mut self) {
        self.touched.extend(self.rows.keys().cloned());
        self.rows.clear();
    }

    fn take(&mut self, out: &mut Vec<StoredRow>) {
        for id in std::mem::take(&mut self.touched) {
            let json = self
                .rows
                .get(&id)
                .map(|row| serde_json::to_string(row).expect("entities have text keys and finite numbers"));
            out.push(StoredRow { kind: T::KIND, id, json });
        }
    }

    fn load(&mut self, kind: &str, id: &str, json: &str) -> Result<bool, serde_json::Error> {
        if kind == T::KIND {
            self.rows.insert(id.to_owned(), serde_json::from_str(json)?);
        }
        Ok(kind == T::KIND)
    }
}

/// How often a route was called.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CallCount(pub(crate) u64);

impl Entity for CallCount {
    const KIND: &'static str = "call";
}

/// How often a write was asked for and done; the tests' oracle.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) done: u64,
}

impl Entity for Tally {
    const KIND: &'static str = "tally";
}

/// What must survive a restart beside the tables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// Recognises the seed without telling it.
    pub(crate) seed_check: String,
    pub(crate) offset: SignedDuration,
    /// Real time of the first start.
    pub(crate) born: Timestamp,
    /// Source of numbers for new ids.
    pub(crate) serial: u64,
    pub(crate) fault_serial: u64,
}

impl Entity for Meta {
    const KIND: &'static str = "meta";
}

pub(crate) const ONLY: &str = "only";

/// Declares the world: every table once, in the order in which they are written.
macro_rules! world {
    ($($(#[$note:meta])* $name:ident: $entity:ty, $upon_reset:ident;)*) => {
        /// All tables.
        #[derive(Default)]
        pub(crate) struct World {
            $($(#[$note])* pub(crate) $name: Table<$entity>,)*
            /// What becomes due, and when; rebuilt at the start.
            pub(crate) due: Queue,
            /// What happened and was not delivered yet.
            pub(crate) announcements: VecDeque<Announcement>,
        }

        impl World {
            fn forget(&mut self) {
                $(world!(@$upon_reset self.$name);)*
            }

            /// Removes every row whose id is a tenant's, or starts with it and a slash.
            pub(crate) fn purge(&mut self, tenant: &str) {
                $(self.$name.remove_tenant(tenant);)*
            }

            fn take(&mut self) -> Vec<StoredRow> {
                let mut rows = Vec::new();
                $(self.$name.take(&mut rows);)*
                rows
            }

            /// Nothing is written anywhere.
            fn drop_touched(&mut self) {
                $(self.$name.touched.clear();)*
            }

            fn load_row(&mut self, kind: &str, id: &str, json: &str) -> Result<bool, serde_json::Error> {
                Ok(false $(|| self.$name.load(kind, id, json)?)*)
            }
        }
    };
    (@forgotten $table:expr) => { $table.clear() };
    (@kept $table:expr) => {};
}

world! {
    customers: Customer, forgotten;
    domains: Domain, forgotten;
    carts: Cart, forgotten;
    orders: Order, forgotten;
    subscriptions: Subscription, forgotten;
    overages: Overage, forgotten;
    partners: Partner, forgotten;
    products: Product, forgotten;
    promotions: Promotion, forgotten;
    replays: Replay, forgotten;
    users: User, forgotten;
    usage: Usage, forgotten;
    audit: AuditRecord, forgotten;
    billing_calendars: Calendar, kept;
    billing_credits: Credit, forgotten;
    billing_exports: Export, forgotten;
    invoices: Invoice, forgotten;
    tallies: Tally, forgotten;
    calls: CallCount, forgotten;
    mfa_days: MfaDay, forgotten;
    spent_codes: SpentCode, kept;
    validation_codes: ValidationCode, forgotten;
    chains: TokenChain, kept;
    switch_sets: Switches, kept;
    webhook_deliveries: Delivery, forgotten;
    webhook_identities: Identity, kept;
    webhook_registrations: Registration, forgotten;
    webhook_validations: ValidationEvent, forgotten;
    metas: Meta, kept;
}

/// How a world begins, and begins again after a reset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) hostile: bool,
    pub(crate) profile: Profile,
}

impl World {
    fn fresh(seed: &Seed, clock: &Clock, start: Start) -> Self {
        let mut world = Self::default();
        world.metas.insert(
            ONLY,
            Meta {
                seed_check: seed.hex("check", &[], 32),
                offset: clock.offset(),
                born: Clock::real(),
                serial: 0,
                fault_serial: 1000,
            },
        );
        world.furnish(seed, start);
        world
    }

    fn furnish(&mut self, seed: &Seed, start: Start) {
        let switches = if start.hostile { Switches::hostile() } else { Switches::default() };
        self.switch_sets.insert(ONLY, Switches { profile: start.profile, ..switches });
        for partner in partners::known(seed) {
            self.partners.insert(partner.mpn_id.clone(), partner);
        }
        for domain in domains::TAKEN {
            self.domains.insert(domain, Domain { tenant: None });
        }
        for product in products::invented() {
            self.products.insert(product.key(), product);
        }
        for promotion in promotions::invented() {
            self.promotions.insert(promotion.id.clone(), promotion);
        }
        for code in qualifications::known_codes() {
            self.validation_codes.insert(code.validation_id.clone(), code);
        }
    }

    /// Forgets everything but the clock and the tokens, as a new simulator of that seed.
    pub(crate) fn reset(&mut self, seed: &Seed, start: Start) {
        self.forget();
        self.announcements.clear();
        self.meta_mut().serial = 0;
        self.furnish(seed, start);
    }

    pub(crate) fn switches(&self) -> &Switches {
        self.switch_sets.get(ONLY).expect("furnished at the start")
    }

    pub(crate) fn switches_mut(&mut self) -> &mut Switches {
        self.switch_sets.get_mut(ONLY).expect("furnished at the start")
    }

    pub(crate) fn meta(&self) -> &Meta {
        self.metas.get(ONLY).expect("present from the start")
    }

    pub(crate) fn meta_mut(&mut self) -> &mut Meta {
        self.metas.get_mut(ONLY).expect("present from the start")
    }

    /// A new number, never given before.
    pub(crate) fn serial(&mut self) -> u64 {
        let meta = self.meta_mut();
        meta.serial += 1;
        meta.serial
    }

    pub(crate) fn asked(&mut self, key: &str) {
        self.tally(key).asked += 1;
    }

    pub(crate) fn done(&mut self, key: &str) {
        self.tally(key).done += 1;
    }

    fn tally(&mut self, key: &str) -> &mut Tally {
        if self.tallies.get(key).is_none() {
            self.tallies.insert(key, Tally::default());
        }
        self.tallies.get_mut(key).expect("just inserted")
    }

    /// Counts a call and tells which one of its route it is; written with the next commit.
    pub(crate) fn count(&mut self, route: &str) -> u64 {
        let nth = self.calls.get(route).map_or(0, |count| count.0) + 1;
        self.calls.insert(route, CallCount(nth));
        nth
    }

    fn load(contents: &Contents) -> Result<Self, String> {
        let mut world = Self::default();
        for (kind, id, json) in contents {
            let known =
                world.load_row(kind, id, json).map_err(|error| format!("{kind} {id} cannot be read: {error}"))?;
            if !known {
                return Err(format!("unknown kind of entity {kind}"));
            }
        }
        if world.metas.get(ONLY).is_none() || world.switch_sets.get(ONLY).is_none() {
            return Err("it is not a state file of the simulator".to_owned());
        }
        world.requeue(world.subscriptions.ids());
        Ok(world)
    }
}

/// The shared heart of a running simulator.
pub(crate) struct Simulation {
    world: RwLock<World>,
    store: Option<Store>,
    pub(crate) clock: Clock,
    pub(crate) seed: Seed,
    pub(crate) start: Start,
    pub(crate) control_token: String,
    pub(crate) platform: Option<Arc<dyn Platform>>,
    /// Webhooks may leave this machine.
    pub(crate) webhooks_anywhere: bool,
    pub(crate) courier: Courier,
    pub(crate) notary: Notary,
    pub(crate) streaks: Streaks,
    pub(crate) throttle: Throttle,
    pub(crate) recent: Recent,
    /// Told whenever the switches were replaced.
    pub(crate) switches_changed: watch::Sender<u64>,
    /// Calls were counted since the last commit.
    counted: AtomicBool,
    /// From here on nobody gets an answer.
    pub(crate) stopped: AtomicBool,
    /// Where clients reach us; set before the first request.
    pub(crate) origin: std::sync::OnceLock<String>,
}

/// What handlers hold.
pub(crate) type Sim = Arc<Simulation>;

impl Simulation {
    /// Builds the heart from a state file's contents, or fresh.
    pub(crate) fn new(store: Option<(Store, Contents)>, options: crate::options::Options) -> Result<Self, String> {
        let seed = Seed::new(options.seed);
        let (store, contents) = match store {
            Some((store, contents)) => (Some(store), contents),
            None => (None, Contents::new()),
        };
        let start = Start { hostile: options.hostile, profile: options.profile };
        let mut world =
            if contents.is_empty() { World::fresh(&seed, &options.clock, start) } else { World::load(&contents)? };
        options.clock.raise_to(world.meta().offset);
        world.open_calendar(options.clock.now());
        world.queue_invoices();
        Ok(Self {
            world: RwLock::new(world),
            store,
            clock: options.clock,
            seed,
            start,
            control_token: options.control_token,
            platform: options.platform,
            webhooks_anywhere: options.webhooks_anywhere,
            courier: Courier::default(),
            notary: Notary::default(),
            streaks: Streaks::default(),
            throttle: Throttle::default(),
            recent: Recent::default(),
            switches_changed: watch::Sender::new(0),
            counted: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            origin: std::sync::OnceLock::new(),
        })
    }

    pub(crate) fn seed_fits(&self) -> bool {
        self.read(|world, _| world.meta().seed_check == self.seed.hex("check", &[], 32))
    }

    /// Looks at the world as of now.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&World, Timestamp) -> T) -> T {
        {
            let world = self.world.read().expect("no panic while held");
            let now = self.clock.now();
            if !world.due.is_due(now) {
                return look(&world, now);
            }
        }
        let mut world = self.world.write().expect("no panic while held");
        let now = self.clock.now();
        world.settle(now);
        // What moved is written like a counted call: with the next commit.
        self.counted.store(true, Ordering::Relaxed);
        look(&world, now)
    }

    /// Counts without waiting for the disk.
    pub(crate) fn count<T>(&self, count: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let mut world = self.world.write().expect("no panic while held");
        let counted = count(&mut world, self.clock.now());
        self.counted.store(true, Ordering::Relaxed);
        counted
    }

    /// Commits the counts that no other commit took along.
    pub(crate) async fn flush_counts(&self) -> Result<(), Refusal> {
        if self.counted.load(Ordering::Relaxed) {
            self.flush().await?;
        }
        Ok(())
    }

    /// Ends all answers, writes what waits and releases the state file.
    pub(crate) async fn close(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.switches_changed.send_modify(|version| *version += 1);
        if self.flush().await.is_err() {
            tracing::warn!("the last counts were not written to the state file");
        }
        if let Some(store) = &self.store {
            store.close().await;
        }
    }

    /// Changes the world and waits for the disk. A refusal must come before the first change,
    /// except of tallies.
    pub(crate) async fn write<T>(
        &self,
        work: impl FnOnce(&mut World, Timestamp) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let (outcome, committed) = {
            let mut world = self.world.write().expect("no panic while held");
            let now = self.clock.now();
            world.settle(now);
            let outcome = work(&mut world, now);
            let moved: Vec<String> = world.subscriptions.touched.iter().cloned().collect();
            world.requeue(moved);
            world.settle(now);
            if post_announced(&mut world, &self.seed, now) {
                self.courier.wake();
            }
            let offset = self.clock.offset();
            if world.meta().offset != offset {
                world.meta_mut().offset = offset;
            }
            self.counted.store(false, Ordering::Relaxed);
            let committed = match &self.store {
                Some(store) => Some(store.commit(world.take())),
                None => {
                    world.drop_touched();
                    None
                }
            };
            (outcome, committed)
        };
        if let Some(committed) = committed
            && !committed.await.unwrap_or(false)
        {
            return Err(Refusal::unexpected());
        }
        outcome
    }

    /// Waits until everything counted and changed so far is on disk.
    pub(crate) async fn flush(&self) -> Result<(), Refusal> {
        self.write(|_, _| Ok(())).await
    }

    /// `http://host:port` of the API.
    pub(crate) fn origin(&self) -> &str {
        self.origin.get().map_or("", String::as_str)
    }
}
