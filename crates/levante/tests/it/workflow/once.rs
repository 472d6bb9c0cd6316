//! The same request at the same moment: one piece of work, one answer.

use crate::world::{World, engines};
use levante::operations::{Accepted, Once};
use partner_center_simulator::Options;

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
