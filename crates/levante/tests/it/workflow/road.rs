//! Order a tenant, change seats, cancel: what exists at Microsoft afterwards, and what must not.

use crate::world::{World, engines};
use licensing::{
    id::{ServiceName, SubscriptionId},
    jiff::SignedDuration,
    order::OrderState,
    service::ServiceState,
    task::TaskState,
};
use partner_center_simulator::Options;
use serde_json::json;
use std::time::Duration;

const ALBA: &[(&str, u64)] = &[("CFQ7LV000001", 5), ("CFQ7LV000006", 3), ("CFQ7LV000007", 2)];

#[tokio::test]
async fn an_order_becomes_one_tenant_and_one_set_of_subscriptions() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        let accepted = world.order("albaforni").await;
        let order = world.ended(&accepted).await;
        assert_eq!(order.state, OrderState::Delivered, "{:?}", order.progress);
        world.quiet().await;
        world.assert_bought("albaforni.onmicrosoft.com", ALBA).await;

        let name = ServiceName::read("albaforni.onmicrosoft.com").unwrap();
        let service = world.operations.service(&world.actor.account, &name).await.unwrap();
        assert_eq!(service.state, ServiceState::Ok);
        assert!(service.agreement.is_some());
        let subscriptions = world.operations.subscriptions(&world.actor.account, &name).await.unwrap();
        assert_eq!(subscriptions.len(), 3);
        let add_on = subscriptions.iter().find(|s| s.seats.get() == 2).unwrap();
        let base = subscriptions.iter().find(|s| s.seats.get() == 5).unwrap();
        assert_eq!(add_on.base, Some(base.id));

        let mails = world.mailbox.list(Some("acquisti@albaforni.example")).unwrap();
        assert_eq!(mails.len(), 1, "exactly one mail with the sign-in data");
        assert!(mails[0].text.contains("admin@albaforni.onmicrosoft.com"), "{}", mails[0].text);
        assert_eq!(world.mailbox.list(Some("rv1234-lv@fabrikam.example")).unwrap().len(), 1);
    }
}

#[tokio::test]
async fn seats_change_and_a_cancellation_ends() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        let accepted = world.order("albaforni").await;
        world.ended(&accepted).await;
        let name = accepted.service.name.clone();
        let subscriptions = world.operations.subscriptions(&world.actor.account, &name).await.unwrap();
        let exchange = subscriptions.iter().find(|s| s.seats.get() == 3).unwrap().id;

        let task = world.operations.change_seats(&world.actor, &name, exchange, "12", None).await.unwrap();
        assert_eq!(task_end(&world, &name, task.task.id).await, TaskState::Done);
        let task = world.operations.change_seats(&world.actor, &name, exchange, "4", None).await.unwrap();
        assert_eq!(task_end(&world, &name, task.task.id).await, TaskState::Done);
        world.quiet().await;
        world
            .assert_bought(
                "albaforni.onmicrosoft.com",
                &[("CFQ7LV000001", 5), ("CFQ7LV000006", 4), ("CFQ7LV000007", 2)],
            )
            .await;

        let task = world.operations.cancel_subscription(&world.actor, &name, exchange, None).await.unwrap();
        assert_eq!(task_end(&world, &name, task.task.id).await, TaskState::Done);
        world.quiet().await;
        world.assert_bought("albaforni.onmicrosoft.com", &[("CFQ7LV000001", 5), ("CFQ7LV000007", 2)]).await;

        let base = subscriptions.iter().find(|s| s.seats.get() == 5).unwrap().id;
        let refused = world.operations.cancel_subscription(&world.actor, &name, base, None).await.unwrap_err();
        assert!(refused.to_string().contains("add-on"), "{refused}");
    }
}

#[tokio::test]
async fn outside_the_window_nothing_is_given_back() {
    let world = World::new(&engines()[0], Options::default()).await;
    let accepted = world.order("albaforni").await;
    world.ended(&accepted).await;
    let name = accepted.service.name.clone();
    let subscriptions = world.operations.subscriptions(&world.actor.account, &name).await.unwrap();
    let exchange = subscriptions.iter().find(|s| s.seats.get() == 3).unwrap().id;
    world.advance(SignedDuration::from_hours(169)).await;
    let refused = world.operations.change_seats(&world.actor, &name, exchange, "1", None).await.unwrap_err();
    assert!(refused.to_string().contains("7-day window"), "{refused}");
    let refused = world.operations.cancel_subscription(&world.actor, &name, exchange, None).await.unwrap_err();
    assert!(refused.to_string().contains("7-day window"), "{refused}");
    world.assert_bought("albaforni.onmicrosoft.com", ALBA).await;
}

async fn task_end(world: &World, name: &ServiceName, id: licensing::id::TaskId) -> TaskState {
    for _ in 0..300 {
        let task = world.operations.task(&world.actor.account, name, id).await.unwrap();
        if task.state.is_over() {
            return task.state;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the task does not end");
}

#[tokio::test]
async fn a_lost_answer_never_doubles_anything() {
    for route in [
        "POST /v1/customers",
        "POST /v1/customers/{id}/carts",
        "POST /v1/customers/{id}/carts/{id}/checkout",
        "POST /v1/customers/{id}/agreements",
    ] {
        for (kind, phase) in [
            ("drop_answer", "after"),
            ("status", "before"),
            ("status", "after"),
            ("throttle", "before"),
            ("truncated", "after"),
        ] {
            let world = World::new(&engines()[0], Options::default()).await;
            world.without_lag().await;
            world.faults(json!([{ "route": route, "kind": kind, "phase": phase, "status": 500, "retryAfterSeconds": 1, "count": 1 }])).await;
            let accepted = world.order("albaforni").await;
            let order = world.ended(&accepted).await;
            assert_eq!(order.state, OrderState::Delivered, "{route} {kind} {phase}");
            let hit = world.control(reqwest::Method::GET, "/control/faults", None).await;
            assert_eq!(hit["faults"][0]["hits"], 1, "{route} {kind} {phase}: the fault was not met: {hit}");
            world.quiet().await;
            world.assert_bought("albaforni.onmicrosoft.com", ALBA).await;
            assert_eq!(
                world.mailbox.list(Some("acquisti@albaforni.example")).unwrap().len(),
                1,
                "{route} {kind} {phase}"
            );
        }
    }
}

#[tokio::test]
async fn a_hostile_microsoft_delivers_in_the_end() {
    for seed in 1..=4 {
        let world = World::new(&engines()[0], Options { seed, hostile: true, ..Options::default() }).await;
        let accepted = world.order("albaforni").await;
        let order = world.ended(&accepted).await;
        assert_eq!(order.state, OrderState::Delivered, "seed {seed}");
        world.quiet().await;
        world.assert_bought("albaforni.onmicrosoft.com", ALBA).await;
        let name = accepted.service.name.clone();
        let subscriptions = world.operations.subscriptions(&world.actor.account, &name).await.unwrap();
        let exchange: SubscriptionId = subscriptions.iter().find(|s| s.seats.get() == 3).unwrap().id;
        let task = world.operations.change_seats(&world.actor, &name, exchange, "7", None).await.unwrap();
        assert_eq!(task_end(&world, &name, task.task.id).await, TaskState::Done, "seed {seed}");
        world.quiet().await;
        world
            .assert_bought(
                "albaforni.onmicrosoft.com",
                &[("CFQ7LV000001", 5), ("CFQ7LV000006", 7), ("CFQ7LV000007", 2)],
            )
            .await;
    }
}

#[tokio::test]
async fn an_end_with_the_term_is_explicit_and_survives_other_changes() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        let accepted = world.order("albaforni").await;
        world.ended(&accepted).await;
        let name = accepted.service.name.clone();
        let ends = |books: &serde_json::Value| -> Vec<bool> {
            let running = books["subscriptions"].as_array().unwrap().iter();
            running.map(|s| s["autoRenewEnabled"] == false && s["cancelsAtTermEnd"] == true).collect()
        };
        world.operations.set_renewal_of_all(&world.actor, &name, false).await.unwrap();
        world.quiet().await;
        assert_eq!(ends(&world.books().await), [true; 3]);

        let subscriptions = world.operations.subscriptions(&world.actor.account, &name).await.unwrap();
        let exchange = subscriptions.iter().find(|s| s.seats.get() == 3).unwrap().id;
        let task = world.operations.change_seats(&world.actor, &name, exchange, "9", None).await.unwrap();
        assert_eq!(task_end(&world, &name, task.task.id).await, TaskState::Done);
        world.quiet().await;
        assert_eq!(ends(&world.books().await), [true; 3], "the wish survives the change of seats");

        world.operations.set_renewal_of_all(&world.actor, &name, true).await.unwrap();
        world.quiet().await;
        assert_eq!(ends(&world.books().await), [false; 3]);
        world
            .assert_bought(
                "albaforni.onmicrosoft.com",
                &[("CFQ7LV000001", 5), ("CFQ7LV000006", 9), ("CFQ7LV000007", 2)],
            )
            .await;
    }
}

#[tokio::test]
async fn two_terms_of_one_licence_are_not_mixed_up() {
    let world = World::new(&engines()[0], Options::default()).await;
    let mut input = world.input("albaforni").await;
    let monthly = world.licence("CFQ7LV000006:0001", "P1M", "monthly").await;
    let yearly = world.licence("CFQ7LV000006:0001", "P1Y", "monthly").await;
    input.lines = [monthly, yearly]
        .map(|id| licensing::order::LineInput { licence_id: id.to_string(), quantity: "4".into() })
        .to_vec();
    let accepted = world.operations.place_order(&world.actor, &input, None).await.unwrap();
    assert_eq!(world.ended(&accepted).await.state, OrderState::Delivered);
    let books = world.books().await;
    let term_of = |remote: String| {
        let all = books["subscriptions"].as_array().unwrap();
        all.iter().find(|s| s["id"] == remote).unwrap()["termDuration"].as_str().unwrap().to_owned()
    };
    for s in world.operations.subscriptions(&world.actor.account, &accepted.service.name).await.unwrap() {
        let wanted = if s.licence == monthly { "P1M" } else { "P1Y" };
        assert_eq!(term_of(s.remote.to_string()), wanted);
    }
}

#[tokio::test]
async fn a_rename_while_the_order_runs_costs_neither_the_name_nor_the_order() {
    let world = World::new(&engines()[0], Options::default()).await;
    world
        .faults(
            json!([{ "route": "POST /v1/customers", "kind": "slow", "phase": "before", "delayMs": 1500, "count": 1 }]),
        )
        .await;
    let accepted = world.order("albaforni").await;
    for _ in 0..100 {
        let hit = world.control(reqwest::Method::GET, "/control/faults", None).await;
        if hit["faults"][0]["hits"] == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let changes = levante::operations::services::ServiceChanges {
        display_name: Some("Alba, renamed".into()),
        ..Default::default()
    };
    world.operations.update_service(&world.actor, &accepted.service.name, &changes).await.unwrap();
    assert_eq!(world.ended(&accepted).await.state, OrderState::Delivered);
    world.quiet().await;
    world.assert_bought("albaforni.onmicrosoft.com", ALBA).await;
    let service = world.operations.service(&world.actor.account, &accepted.service.name).await.unwrap();
    assert_eq!(service.display_name, "Alba, renamed");
}
