//! The page for people.

use partner_center_simulator::Options;
use serde_json::json;

use crate::world::World;

async fn page(world: &World, path: &str) -> String {
    let answer = world.http.get(format!("{}{path}", world.simulator.url())).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn the_status_page_tells_what_is_going_on_and_no_secret() {
    let mut world = World::with(Options { seed: 424_242, ..Options::default() }).await;
    let mut body = world.customer_body("albaforni").await;
    body["billingProfile"]["companyName"] = json!("Forni <b>& Figli");
    let (_, customer) = world.send(reqwest::Method::POST, "/v1/customers", &crate::world::id("a"), &body).await;
    let tenant = customer["id"].as_str().unwrap().to_owned();
    world.agree(&tenant).await;
    world.bought(&tenant, "CFQ7LV000001", 2).await;
    let fault = json!({"route": "POST /v1/customers", "kind": "drop_answer", "count": 3});
    world.faults(json!({"faults": [fault]})).await;
    for path in ["/", "/status", "/status?refresh=5&page=99&domain=ALBA"] {
        let text = page(&world, path).await;
        for word in
            ["albaforni.onmicrosoft.com", "Forni &lt;b&gt;&amp; Figli", "ready", "drop_answer", "POST /v1/customers"]
        {
            assert!(text.contains(word), "{path}: {word}");
        }
        let known = world.simulator.credentials();
        let secrets = [
            customer["userCredentials"]["password"].as_str().unwrap(),
            known.client_secret.as_str(),
            known.refresh_token.as_str(),
            world.user.as_str(),
            world.simulator.control_token(),
            "424242",
        ];
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{path}");
    }
    assert!(page(&world, "/status?refresh=5").await.contains("http-equiv=\"refresh\" content=\"5\""));
    assert!(!page(&world, "/status?domain=%3Cscript%3E").await.contains("<script>"));
    assert!(!page(&world, "/status?domain=zzz").await.contains("albaforni.onmicrosoft.com</code>"));
    assert!(world.books().await["calls"].get("GET /status").is_none());
    let posted = world.http.post(format!("{}/status", world.simulator.url())).send().await.unwrap();
    assert_eq!(posted.status().as_u16(), 401);
    world.stop().await;
}
