//! The operations that OVHcloud withdrew, where the provider offers them.

use super::{client::Client, filled::Filled, world::World};
use levante::operations::{Actor, Conflict, Problem};
use licensing::id::ServiceId;
use secrecy::SecretString;
use serde_json::json;

#[tokio::test]
async fn a_password_becomes_a_task_and_is_never_shown() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let path = filled.path("/saas/csp2/{serviceName}/changeAdministratorPassword");
    for (password, rule) in
        [("", "is required"), ("Ab3-", "too short"), (&"x".repeat(257), "too long"), ("tab\tinside", "")]
    {
        let message = client.post(&path, &json!({ "newPassword": password })).await.refused(400, "BAD_REQUEST");
        assert!(message.starts_with("newPassword: ") && message.contains(rule), "{message}");
        assert!(password.is_empty() || !message.contains(password), "{message}");
    }
    for unread in [json!(12345678), json!(["12345678"]), json!({ "a": "12345678" })] {
        let message = client.post(&path, &json!({ "newPassword": unread })).await.refused(400, "BAD_REQUEST");
        assert!(message.contains("newPassword") && !message.contains("12345678"), "{message}");
    }
    let secret = "Zq8-albaforni-Neri";
    let task = client.post(&path, &json!({ "newPassword": secret })).await;
    assert!(!task.text.contains(secret));
    let task = task.ok();
    assert_eq!((&task["function"], &task["status"]), (&json!("changeAdministratorPassword"), &json!("todo")));
    let again = client.post(&path, &json!({ "newPassword": secret })).await.refused(409, "CONFLICT");
    assert!(again.contains(&task["id"].to_string()), "{again}");
}

#[tokio::test]
async fn no_domain_is_hosted_here() {
    let filled = Filled::new().await;
    let client: &Client = &filled.world.alice;
    let path = filled.path("/saas/csp2/{serviceName}/configureDomain");
    let body = json!({ "domain": "contoso.example", "supportedServices": ["Email"] });
    let message = client.post(&path, &body).await.refused(400, "BAD_REQUEST");
    assert!(message.starts_with("domain: ") && message.contains("no DNS zone is hosted here"), "{message}");
    for body in [
        json!({}),
        json!({ "domain": "contoso.example", "supportedServices": [] }),
        json!({ "domain": "x", "supportedServices": ["Fax"] }),
    ] {
        client.post(&path, &body).await.refused(400, "BAD_REQUEST");
    }
}

#[tokio::test]
async fn of_two_passwords_at_one_moment_one_is_taken() {
    let filled = Filled::new().await;
    let operations = &filled.world.operations;
    let account = &filled.world.alice.account;
    let actor = Actor { account: account.clone(), who: "test".to_owned(), address: None };
    let name = operations.service_by_id(account, ServiceId(filled.service_id)).await.expect("it").name;
    let ask = |password: &str| operations.change_administrator_password(&actor, &name, SecretString::from(password));
    let asked = tokio::join!(ask("Zq8-albaforni-One"), ask("Zq8-albaforni-Two"));
    let asked = [asked.0, asked.1];
    assert_eq!(asked.iter().filter(|a| a.is_ok()).count(), 1, "{asked:?}");
    let pending = |a: &Result<_, Problem>| matches!(a, Err(Problem::Conflict(Conflict::TaskPending(_))));
    assert_eq!(asked.iter().filter(|a| pending(a)).count(), 1, "{asked:?}");
}

#[tokio::test]
async fn they_are_not_there_unless_the_provider_offers_them() {
    let world = World::new().await;
    let placed = world.alice.post("/levante/order", &world.order("albaforni").await).await.ok();
    let service = placed["serviceName"].as_str().expect("a name");
    for (operation, body) in [
        ("changeAdministratorPassword", json!({ "newPassword": "Zq8-albaforni-Neri" })),
        ("configureDomain", json!({ "domain": "contoso.example", "supportedServices": ["Email"] })),
    ] {
        let answer = world.alice.post(&format!("/saas/csp2/{service}/{operation}"), &body).await;
        assert_eq!(answer.refused(404, "NOT_FOUND"), "Got an invalid (or empty) URL");
        let schema = world.alice.bare("GET", "/1.0/saas/csp2.json", &[], "").await;
        assert!(!schema.text.contains(operation));
    }
}
