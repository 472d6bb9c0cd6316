//! A Microsoft that takes its time: changes that show later, renewals that take hours, words that
//! nobody knows. Everything is waited for, and nothing is sent twice.

use crate::world::{World, engines};
use levante::operations::Accepted;
use licensing::{
    id::{ServiceName, SubscriptionId},
    jiff::SignedDuration,
    order::{LineInput, OrderState},
    reason::Reason,
    subscription::SubscriptionState,
    task::TaskState,
};
use partner_center_simulator::Options;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const READ: &str = "GET /v1/customers/{id}/subscriptions/{id}";
const CHANGE: &str = "PATCH /v1/customers/{id}/subscriptions/{id}";

/// A delivered order and its subscription of three seats.
struct Bought {
    world: World,
    name: ServiceName,
    id: SubscriptionId,
}

impl Bought {
    async fn new(engine: usize, term: Option<&str>) -> Bought {
        let world = World::new(&engines()[engine], Options::default()).await;
        world.without_lag().await;
        let mut input = world.input("albaforni").await;
        if let Some(term) = term {
            let licence = world.licence("CFQ7LV000006:0001", term, "monthly").await;
            input.lines = vec![LineInput { licence_id: licence.to_string(), quantity: "3".into() }];
        }
        let accepted = world.operations.place_order(&world.actor, &input, None).await.unwrap();
        assert_eq!(world.ended(&accepted).await.state, OrderState::Delivered);
        world.quiet().await;
        let name = accepted.service.name;
        let subscriptions = world.operations.subscriptions(&world.actor.account, &name).await.unwrap();
        let id = subscriptions.iter().find(|s| s.seats.get() == 3).unwrap().id;
        Bought { world, name, id }
    }

    async fn switch(&self, switches: Value) {
        self.world.control(Method::PUT, "/control/faults", Some(switches)).await;
    }

    async fn seats(&self, seats: &str) -> Accepted {
        self.world.operations.change_seats(&self.world.actor, &self.name, self.id, seats, None).await.unwrap()
    }

    async fn cancel(&self) -> Accepted {
        self.world.operations.cancel_subscription(&self.world.actor, &self.name, self.id, None).await.unwrap()
    }

    async fn renewal(&self, renews: bool) -> Accepted {
        self.world.operations.set_renewal(&self.world.actor, &self.name, self.id, renews, None).await.unwrap()
    }

    async fn state(&self, asked: &Accepted) -> (TaskState, Option<Reason>) {
        let task = self.world.operations.task(&self.world.actor.account, &self.name, asked.task.id).await.unwrap();
        (task.state, task.reason)
    }

    /// Until the task waits for that reason.
    async fn waits(&self, asked: &Accepted, reason: &Reason) {
        for _ in 0..200 {
            match self.state(asked).await {
                (TaskState::Doing, Some(now)) if now == *reason => return,
                (state, now) => assert!(!state.is_over(), "{state:?} {now:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not wait for {reason:?}: {:?}", self.state(asked).await);
    }

    /// Until the task has ended, with business time passing minute by minute.
    async fn ends(&self, asked: &Accepted) -> TaskState {
        for _ in 0..100 {
            self.world.quiet().await;
            let (state, _) = self.state(asked).await;
            if state.is_over() {
                return state;
            }
            self.world.advance(SignedDuration::from_mins(1)).await;
        }
        panic!("it does not end: {:?}", self.state(asked).await);
    }

    /// What really exists, by the simulator's books.
    async fn book(&self) -> Value {
        let subscriptions = self.world.operations.subscriptions(&self.world.actor.account, &self.name).await.unwrap();
        let remote = subscriptions.iter().find(|s| s.id == self.id).unwrap().remote.to_string();
        let books = self.world.books().await;
        books["subscriptions"].as_array().unwrap().iter().find(|s| s["id"] == remote.as_str()).unwrap().clone()
    }

    async fn hits(&self, fault: usize) -> u64 {
        let faults = self.world.control(Method::GET, "/control/faults", None).await;
        faults["faults"][fault]["hits"].as_u64().unwrap()
    }

    async fn known_state(&self) -> SubscriptionState {
        let all = self.world.operations.subscriptions(&self.world.actor.account, &self.name).await.unwrap();
        all.into_iter().find(|s| s.id == self.id).unwrap().state
    }
}

#[tokio::test]
async fn what_was_accepted_is_waited_for_and_sent_once() {
    for engine in 0..engines().len() {
        let bought = Bought::new(engine, None).await;
        bought.switch(json!({ "lag": { "orderSeconds": 0, "changeSeconds": 600 } })).await;
        let mut sent = 0;
        for what in ["seats", "renewal", "renewal again", "cancel"] {
            let asked = match what {
                "seats" => bought.seats("12").await,
                "renewal" => bought.renewal(false).await,
                "renewal again" => bought.renewal(true).await,
                _ => bought.cancel().await,
            };
            sent += 1;
            bought.waits(&asked, &Reason::InProgress).await;
            bought.world.advance(SignedDuration::from_mins(5)).await;
            bought.world.quiet().await;
            assert_eq!(bought.state(&asked).await.0, TaskState::Doing, "{what}: it does not show yet");
            assert_eq!(bought.book().await["patchesAsked"], sent, "{what}: nothing is sent again");
            assert_eq!(bought.ends(&asked).await, TaskState::Done, "{what}");
            let book = bought.book().await;
            assert_eq!((&book["patchesAsked"], &book["patchesDone"]), (&json!(sent), &json!(sent)), "{what}");
            match what {
                "seats" => assert_eq!(book["quantity"], 12),
                "renewal" => assert_eq!(book["cancelsAtTermEnd"], true),
                "renewal again" => assert_eq!(book["autoRenewEnabled"], true),
                _ => assert_eq!(book["status"], "deleted"),
            }
        }
        assert_eq!(bought.known_state().await, SubscriptionState::Cancelled);
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_change_that_shows_later_is_done_once() {
    let bought = Bought::new(0, None).await;
    let lost = json!([{ "route": CHANGE, "kind": "drop_answer", "phase": "after", "count": 1 }]);
    bought.switch(json!({ "lag": { "orderSeconds": 0, "changeSeconds": 600 }, "faults": lost })).await;
    let asked = bought.seats("12").await;
    bought.waits(&asked, &Reason::Pending).await;
    assert_eq!(bought.ends(&asked).await, TaskState::Done);
    let book = bought.book().await;
    assert_eq!((&book["quantity"], &book["patchesDone"]), (&json!(12), &json!(1)), "{book}");
    let subscription = book["id"].as_str().unwrap();
    let books = bought.world.books().await;
    let charges = books["charges"].as_array().unwrap().iter();
    // The old number is credited and the new one charged: nine more in all.
    let added = charges.filter(|c| c["subscriptionId"] == subscription && c["chargeType"] == "addQuantity");
    assert_eq!(added.map(|c| c["quantity"].as_i64().unwrap()).sum::<i64>(), 9, "charged once");
}

#[tokio::test]
async fn a_cancellation_that_is_over_already_is_done() {
    for fault in [
        // The answer is lost and the end does not show yet: the same call again is refused with 2011.
        json!({ "route": CHANGE, "kind": "drop_answer", "phase": "after", "count": 1 }),
        // It is delivered twice, and the answer to the second delivery comes.
        json!({ "route": CHANGE, "kind": "duplicate", "phase": "before", "count": 1 }),
    ] {
        let bought = Bought::new(0, None).await;
        bought.switch(json!({ "lag": { "orderSeconds": 0, "changeSeconds": 600 }, "faults": [fault] })).await;
        let asked = bought.cancel().await;
        assert_eq!(bought.ends(&asked).await, TaskState::Done, "{fault}");
        assert_eq!(bought.hits(0).await, 1, "{fault}");
        let book = bought.book().await;
        assert_eq!((&book["status"], &book["patchesDone"]), (&json!("deleted"), &json!(1)), "{fault}");
        assert_eq!(bought.known_state().await, SubscriptionState::Cancelled, "{fault}");
        let mails = bought.world.mailbox.list(Some("rv1234-lv@fabrikam.example")).unwrap();
        assert_eq!(mails.iter().filter(|m| m.subject.to_lowercase().contains("cancel")).count(), 1, "{fault}");
    }
}

#[tokio::test]
async fn an_unknown_word_decides_nothing() {
    let bought = Bought::new(0, None).await;
    let strange = |count| json!([{ "route": READ, "kind": "unknown_enum", "count": count }]);
    // Before anything was sent, and after the cancellation was accepted.
    bought.switch(json!({ "lag": { "orderSeconds": 0, "changeSeconds": 600 }, "faults": strange(2) })).await;
    let asked = bought.cancel().await;
    for _ in 0..200 {
        if bought.hits(0).await == 2 && bought.book().await["patchesAsked"] == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(bought.book().await["patchesAsked"], 1, "sent when the word was known again");
    bought.switch(json!({ "faults": strange(3) })).await;
    for _ in 0..50 {
        if bought.hits(0).await == 3 {
            break;
        }
        bought.world.advance(SignedDuration::from_secs(20)).await;
        bought.world.quiet().await;
    }
    assert_eq!(bought.hits(0).await, 3);
    assert_eq!(bought.ends(&asked).await, TaskState::Done);
    assert_eq!(bought.known_state().await, SubscriptionState::Cancelled);
    assert_eq!(bought.book().await["patchesAsked"], 1);
}

#[tokio::test]
async fn unknown_words_while_an_order_is_delivered_are_not_kept() {
    let world = World::new(&engines()[0], Options::default()).await;
    let strange = |route: &str| json!({ "route": route, "kind": "unknown_enum", "count": 2 });
    world
        .faults(json!([
            strange("GET /v1/customers/{id}/subscriptions"),
            strange("GET /v1/customers/{id}/orders/{id}"),
            strange("GET /v1/customers/{id}/validationStatus"),
            { "route": "GET /v1/relationships", "kind": "unknown_enum", "count": 1 },
        ]))
        .await;
    let accepted = world.order("albaforni").await;
    assert_eq!(world.ended(&accepted).await.state, OrderState::Delivered);
    let faults = world.control(Method::GET, "/control/faults", None).await;
    let hits: Vec<u64> = faults["faults"].as_array().unwrap().iter().map(|f| f["hits"].as_u64().unwrap()).collect();
    assert_eq!(hits, [2, 2, 2, 1], "{faults}");
    for one in world.operations.subscriptions(&world.actor.account, &accepted.service.name).await.unwrap() {
        assert_eq!(one.state, SubscriptionState::Active);
    }
}

#[tokio::test]
async fn a_renewal_that_takes_hours_holds_changes_up_and_fails_none() {
    for engine in 0..engines().len() {
        for what in ["seats", "renewal"] {
            let bought = Bought::new(engine, Some("P1M")).await;
            bought.switch(json!({ "lag": { "orderSeconds": 0, "renewalSeconds": 18_000 } })).await;
            let end = bought.book().await["commitmentEndDate"].as_str().unwrap()[..10].to_owned();
            let end: licensing::jiff::Timestamp = format!("{end}T23:59:59Z").parse().unwrap();
            let now = bought.world.operations.clock.business();
            bought.world.advance(end.duration_since(now) + SignedDuration::from_mins(10)).await;
            let asked = match what {
                "seats" => bought.seats("5").await,
                _ => bought.renewal(false).await,
            };
            bought.waits(&asked, &Reason::Pending).await;
            bought.world.advance(SignedDuration::from_hours(3)).await;
            bought.world.quiet().await;
            assert_eq!(bought.state(&asked).await.0, TaskState::Doing, "{what}");
            bought.world.advance(SignedDuration::from_hours(3)).await;
            assert_eq!(bought.ends(&asked).await, TaskState::Done, "{what}");
            let book = bought.book().await;
            assert_eq!(book["patchesDone"], 1, "{what}: {book}");
            match what {
                "seats" => assert_eq!(book["quantity"], 5),
                _ => assert_eq!(book["cancelsAtTermEnd"], true),
            }
        }
    }
}
