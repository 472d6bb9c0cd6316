//! The same request at the same moment: one piece of work, one answer.

use crate::world::{World, engines};
use futures::FutureExt;
use levante::operations::{Accepted, Conflict, Once, Problem};
use partner_center_simulator::Options;
use serde_json::json;

fn once(key: &str) -> Option<Once> {
    fn answer(accepted: &Accepted) -> String {
        let order = accepted.order.as_ref().map(|o| o.id.0);
        serde_json::json!({ "orderId": order, "id": accepted.task.id.0 }).to_string()
    }
    Some(Once { key: key.into(), body_hash: "the same".into(), answer })
}

#[tokio::test]
async fn orders_sent_at_once_are_one_order() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        world.without_lag().await;
        let input = world.input("albaforni").await;
        let sent = (0..8).map(|_| world.operations.place_order(&world.actor, &input, once("order-1")));
        let accepted: Vec<Accepted> = futures::future::join_all(sent).await.into_iter().map(Result::unwrap).collect();
        let orders: std::collections::BTreeSet<_> = accepted.iter().map(|a| a.order.as_ref().unwrap().id).collect();
        assert_eq!(orders.len(), 1, "{orders:?}");
        assert_eq!(world.operations.orders(&world.actor.account, None, 10).await.unwrap().len(), 1);

        world.ended(&accepted[0]).await;
        let name = &accepted[0].service.name;
        let exchange = world.operations.subscriptions(&world.actor.account, name).await.unwrap();
        let exchange = exchange.iter().find(|s| s.seats.get() == 3).unwrap().id;
        let sent = (0..8).map(|_| world.operations.change_seats(&world.actor, name, exchange, "8", once("seats-1")));
        let tasks: std::collections::BTreeSet<_> =
            futures::future::join_all(sent).await.into_iter().map(|a| a.unwrap().task.id).collect();
        assert_eq!(tasks.len(), 1, "{tasks:?}");
        world.quiet().await;
        world
            .assert_bought(
                "albaforni.onmicrosoft.com",
                &[("CFQ7LV000001", 5), ("CFQ7LV000006", 8), ("CFQ7LV000007", 2)],
            )
            .await;
        let other = Once { body_hash: "another".into(), ..once("seats-1").unwrap() };
        let refused = world.operations.change_seats(&world.actor, name, exchange, "9", Some(other)).await.unwrap_err();
        assert!(refused.to_string().contains("Idempotency-Key"), "{refused}");
    }
}

#[tokio::test]
async fn of_changes_sent_at_once_without_a_key_one_is_accepted_and_named_to_the_others() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        world.without_lag().await;
        let accepted = world.operations.place_order(&world.actor, &world.input("albaforni").await, None).await.unwrap();
        world.ended(&accepted).await;
        let name = &accepted.service.name;
        let exchange = world.operations.subscriptions(&world.actor.account, name).await.unwrap();
        let exchange = exchange.iter().find(|s| s.seats.get() == 3).unwrap().id;
        // Whatever is accepted stays at work until all have been answered.
        world.faults(json!([{ "kind": "stall" }])).await;
        let seats = ["6", "7", "8"]
            .map(|seats| world.operations.change_seats(&world.actor, name, exchange, seats, None).boxed());
        let renewal = world.operations.set_renewal(&world.actor, name, exchange, false, None).boxed();
        let end = world.operations.cancel_subscription(&world.actor, name, exchange, None).boxed();
        let sent = futures::future::join_all(seats.into_iter().chain([renewal, end])).await;
        let (done, refused): (Vec<_>, Vec<_>) = sent.into_iter().partition(Result::is_ok);
        let [Ok(done)] = &done[..] else { panic!("{done:?}") };
        for refused in refused {
            let problem = refused.unwrap_err();
            let Problem::Conflict(Conflict::TaskPending(task)) = problem else { panic!("{problem}") };
            assert_eq!(task, done.task.id);
        }
        world.faults(json!([])).await;
        world.quiet().await;
    }
}
