//! The preview of an order against the simulator: it asks, and makes nothing.

use crate::world::{World, engines};
use levante::operations::{Problem, checks::Verdict};
use licensing::jiff::SignedDuration;
use partner_center_simulator::Options;
use serde_json::json;

#[tokio::test]
async fn a_preview_asks_microsoft_and_makes_nothing() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        let good = world.input("albaforni").await;
        let mut bad = good.clone();
        bad.lines[0].quantity = "0".to_owned();
        bad.contact.zip_code.clear();
        let (books, rows) = (world.books().await, world.rows().await);
        assert!(rows.len() > 20 && rows["account"] == 1, "{rows:?}");
        for input in [&good, &bad, &good] {
            let preview = world
                .operations
                .preview_order(&world.actor.account, input, SignedDuration::from_secs(20))
                .await
                .unwrap();
            assert_eq!(preview.blocks.is_empty(), input == &good, "{:?}", preview.blocks);
            for check in &preview.checks {
                let good = matches!(check.verdict, Some(Verdict::Good { .. } | Verdict::Doubtful { .. }));
                assert!(good, "{check:?}");
            }
        }
        world.quiet().await;
        let after = world.books().await;
        for made in ["tenants", "carts", "orders", "subscriptions", "charges"] {
            assert_eq!((&after[made], after[made].as_array().unwrap().len()), (&books[made], 0), "{made}");
        }
        let differ: Vec<String> =
            world.rows().await.into_iter().filter(|(t, n)| rows[t] != *n).map(|(table, _)| table).collect();
        assert_eq!(differ, ["checks"], "only the questions and their verdicts are kept");
    }
}

#[tokio::test]
async fn a_preview_does_not_wait_for_a_slow_microsoft() {
    let world = World::new(&engines()[0], Options::default()).await;
    world.faults(json!([{ "kind": "slow", "delayMs": 120_000 }])).await;
    let input = world.input("albaforni").await;
    let begun = std::time::Instant::now();
    let wait = SignedDuration::from_millis(300);
    let preview = world.operations.preview_order(&world.actor.account, &input, wait).await.unwrap();
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
    assert!(preview.blocks.is_empty());
    assert!(preview.checks.iter().any(|check| check.verdict.is_none()), "{:?}", preview.checks);
}

#[tokio::test]
async fn a_licence_that_microsoft_does_not_sell_is_found_before_anything_is_ordered() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        let unknown = "sku,segment,term,plan,name,price,currency,tax\n\
                       CFQ7LV999999:0001,commercial,P1Y,monthly,Nowhere sold (1 year),1.00,EUR,22\n";
        world.operations.import_licences(unknown.as_bytes()).await.unwrap();
        let mut input = world.input("albaforni").await;
        input.lines[1].licence_id = world.licence("CFQ7LV999999:0001", "P1Y", "monthly").await.to_string();
        let wait = SignedDuration::from_secs(20);
        let preview = world.operations.preview_order(&world.actor.account, &input, wait).await.unwrap();
        let blocked: Vec<_> = preview.blocks.iter().map(|e| (e.field.as_str(), e.rule.code())).collect();
        assert_eq!(blocked, [("lines[1].licenceId", "licence-not-sold")]);
        let refused = world.operations.place_order(&world.actor, &input, None).await.unwrap_err();
        assert!(matches!(&refused, Problem::Invalid(wrong) if *wrong == preview.blocks), "{refused:?}");
        world.quiet().await;
        assert!(world.operations.orders(&world.actor.account, None, 10).await.unwrap().is_empty());
    }
}
