//! The operations that OVHcloud withdrew, where the provider offers them.

use super::{client::Client, filled::Filled};
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
    client.post(&path, &json!({ "newPassword": 12345678 })).await.refused(400, "BAD_REQUEST");
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
