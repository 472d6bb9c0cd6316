//! Too many calls: 429 with the time to wait, for whoever makes them and for nobody else.

use super::{client::Client, rights::ask_for_token, world::World};
use levante::{clock::Ticks, ovh_api::Settings};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

#[tokio::test]
async fn each_key_and_each_address_without_one_has_calls_of_its_own() {
    let seconds = Arc::new(AtomicU64::new(0));
    let read = seconds.clone();
    let ticks = Ticks::by(move || Duration::from_secs(read.load(Ordering::Relaxed)));
    let world = World::with(|settings| Settings { calls_per_minute: 6, ticks, ..settings }).await;
    let (alice, charlie) = (&world.alice, &world.charlie);
    for _ in 0..6 {
        alice.get("/me").await.ok();
    }
    let refused = alice.get("/me").await;
    let message = refused.refused(429, "TOO_MANY_REQUESTS");
    assert!(message.contains("at most 6 in a minute"), "{message}");
    assert_eq!(
        (&refused.headers["retry-after"], &refused.json()["class"]),
        (&"10".parse().unwrap(), &"Client::TooManyRequests".into())
    );
    charlie.get("/me").await.ok();
    seconds.store(10, Ordering::Relaxed);
    alice.get("/me").await.ok();
    alice.get("/me").await.refused(429, "TOO_MANY_REQUESTS");

    // A batch counts its elements, and is not carried out in part.
    seconds.store(200, Ordering::Relaxed);
    let batch = Client { headers: vec![("X-Ovh-Batch", ",".to_owned())], ..alice.clone() };
    batch.get("/me/api/credential/1,2,3,4").await.ok();
    batch.get("/me/api/credential/1,2,3").await.refused(429, "TOO_MANY_REQUESTS");
    batch.get("/me/api/credential/1,2").await.ok();
    batch.get("/me/api/credential/1").await.refused(429, "TOO_MANY_REQUESTS");

    // Whoever shows no key that opens is counted by address: open routes, wrong signatures, tokens.
    let liar = Client { secret: "x".repeat(32), ..charlie.clone() };
    liar.get("/me").await.refused(400, "INVALID_SIGNATURE");
    alice.bare("GET", "/1.0/auth/time", &[], "").await.ok();
    alice.bare("GET", "/1.0/me.json", &[], "").await.ok();
    alice.bare("GET", "/1.0/no/such/thing", &[], "").await.refused(404, "NOT_FOUND");
    let nobody = "grant_type=client_credentials&client_id=a&client_secret=b";
    assert_eq!(ask_for_token(alice, None, nobody).await.status, 401);
    alice.bare("GET", "/1.0/me", &[], "").await.refused(401, "UNAUTHORIZED");
    liar.get("/me").await.refused(429, "TOO_MANY_REQUESTS");
    alice.bare("GET", "/1.0/auth/time", &[], "").await.refused(429, "TOO_MANY_REQUESTS");
    let token = ask_for_token(alice, None, nobody).await;
    assert_eq!((token.status, token.json()["error"].as_str()), (429, Some("temporarily_unavailable")));
    assert!(token.headers.contains_key("retry-after"));
    charlie.get("/me").await.ok();
}
