//! `/services`, `/service`, and the end of a service with its token.

use super::{filled::Filled, world::World};
use levante::operations::{
    Actor, Conflict, Problem,
    jobs::Lane,
    terminations::MAIL_EVERY,
    work::{Record, Then},
};
use licensing::{
    id::{ServiceId, TaskId},
    jiff::SignedDuration,
    subscription::SubscriptionState,
    task::TaskState,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// The token that waits to be mailed.
async fn token(filled: &Filled) -> String {
    let world = &filled.world;
    let mailed = world.operations.mailed_token(&world.alice.account, ServiceId(filled.service_id)).await;
    mailed.expect("storage").expect("a token waits").token.expose_secret().to_owned()
}

fn actor(filled: &Filled) -> Actor {
    Actor { account: filled.world.alice.account.clone(), who: "test".to_owned(), address: None }
}

async fn later(world: &World, by: SignedDuration) {
    world.operations.move_clock(world.operations.clock.offset() + by).await.expect("moved");
}

/// Ends the open task of a subscription, as the workflow would.
async fn idle() -> Filled {
    let filled = Filled::unpending().await;
    assert_eq!(filled.world.alice.get(&filled.path("/saas/csp2/{serviceName}/task")).await.ok(), json!([]));
    filled
}

#[tokio::test]
async fn a_service_ends_by_its_token_once() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    let confirm = format!("{service}/terminate/confirm");
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["billing"]["renew"]["current"]["mode"], "automatic");
    assert_eq!(shown["billing"]["lifecycle"]["current"]["pendingActions"], json!([]));
    // Nothing to confirm yet.
    client.post(&confirm, &json!({ "token": "x" })).await.refused(403, "FORBIDDEN");
    let asked = client.post(&format!("{service}/terminate"), &json!(null)).await.ok();
    assert!(asked["message"].as_str().expect("text").contains("/terminate/confirm"), "{asked}");
    let token = token(&filled).await;
    assert!(!asked.to_string().contains(&token));
    // Another mail has to wait; the first token stays.
    assert!(client.post(&format!("{service}/terminate"), &json!(null)).await.refused(409, "CONFLICT").contains("mail"));
    for wrong in ["", "x", &token[1..], &token.to_lowercase()] {
        let answer = client.post(&confirm, &json!({ "token": wrong })).await;
        assert!([400, 403].contains(&answer.status), "{}", answer.text);
    }
    filled.world.charlie.post(&confirm, &json!({ "token": token })).await.refused(404, "NOT_FOUND");
    let infos = filled.path("/saas/csp2/{serviceName}/serviceInfos");
    assert_eq!(client.get(&infos).await.ok()["renew"]["deleteAtExpiration"], false);
    let done = client.post(&confirm, &json!({ "token": token })).await.ok();
    assert!(done["message"].as_str().expect("text").contains("ends with its term"), "{done}");
    assert_eq!(client.get(&infos).await.ok()["renew"]["deleteAtExpiration"], true);
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["billing"]["lifecycle"]["current"]["pendingActions"], json!(["terminateAtExpirationDate"]));
    assert_eq!(shown["billing"]["lifecycle"]["current"]["state"], "unrenewed");
    client.post(&confirm, &json!({ "token": token })).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_token_ends_by_time_by_a_newer_one_and_by_guessing() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = &filled.path("/services/{serviceId}");
    let ask = || async { client.post(&format!("{service}/terminate"), &json!(null)).await.ok() };
    let confirm = |token: String| async move {
        client.post(&format!("{service}/terminate/confirm"), &json!({ "token": token })).await
    };
    ask().await;
    let first = token(&filled).await;
    later(&filled.world, MAIL_EVERY).await;
    ask().await;
    let second = token(&filled).await;
    confirm(first).await.refused(403, "FORBIDDEN");
    later(&filled.world, SignedDuration::from_hours(72)).await;
    confirm(second).await.refused(403, "FORBIDDEN");
    ask().await;
    let third = token(&filled).await;
    for n in 0..10 {
        confirm(format!("guess{n}")).await.refused(403, "FORBIDDEN");
    }
    confirm(third).await.refused(403, "FORBIDDEN");
    let operations = &filled.world.operations;
    let refused = operations.confirm_termination(&actor(&filled), ServiceId(filled.service_id), "").await;
    assert!(matches!(refused, Err(Problem::TokenRefused)), "{refused:?}");
    assert_eq!(client.get(service).await.ok()["billing"]["lifecycle"]["current"]["state"], "active");
}

#[tokio::test]
async fn a_subscription_that_cannot_change_now_keeps_the_token_good() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    client.post(&format!("{service}/terminate"), &json!(null)).await.ok();
    let token = token(&filled).await;
    for _ in 0..2 {
        let refused = client.post(&format!("{service}/terminate/confirm"), &json!({ "token": token })).await;
        assert!(refused.refused(409, "CONFLICT").contains("task"), "a task is pending");
    }
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing_of_it() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    let before = client.get(&service).await.ok();
    let both = json!({ "displayName": "Forlì", "terminationPolicy": "terminateAtExpirationDate" });
    assert!(client.put(&service, &both).await.refused(409, "CONFLICT").contains("task"), "a task is pending");
    assert_eq!(client.get(&service).await.ok(), before);
}

#[tokio::test]
async fn services_are_listed_filtered_and_ordered() {
    let world = World::new().await;
    let client = &world.alice;
    let mut placed = Vec::new();
    for name in ["bravo", "alfa", "charlie"] {
        placed.push(client.post("/levante/order", &world.order(name).await).await.ok());
    }
    let ids = client.get("/services").await.ok();
    let ids = ids.as_array().expect("a list").clone();
    assert_eq!((ids.len(), client.get("/service").await.ok()), (3, json!(ids)));
    let pick = |places: [usize; 3]| Value::from(places.map(|n| ids[n].clone()).to_vec());
    for (query, wanted) in [
        ("orderBy=resource.name", pick([1, 0, 2])),
        ("orderBy=resource.name&sort=DESC", pick([2, 0, 1])),
        ("sort=desc", pick([2, 1, 0])),
        ("orderBy=billing.lifecycle.current.creationDate", pick([0, 1, 2])),
        ("orderBy=billing.expirationDate", pick([0, 1, 2])),
        ("orderBy=resource.displayName&sort=ASC", pick([0, 1, 2])),
        ("routes=/domain/%7BserviceName%7D,/saas/csp2/%7BserviceName%7D", pick([0, 1, 2])),
        ("routes=/domain/%7BserviceName%7D", json!([])),
        ("resourceName=alfa.onmicrosoft.com", json!([ids[1]])),
        ("resourceName=nobodys.onmicrosoft.com", json!([])),
    ] {
        assert_eq!(client.get(&format!("/services?{query}")).await.ok(), wanted, "{query}");
    }
    for query in ["orderBy=nothing", "sort=up"] {
        client.get(&format!("/services?{query}")).await.refused(400, "BAD_REQUEST");
    }
    let one = client.get(&format!("/services/{}", ids[1])).await.ok();
    assert_eq!(one["resource"]["state"], "toActivate");
    assert_eq!(one["route"]["url"], "/saas/csp2/alfa.onmicrosoft.com");
    client.post(&format!("/services/{}/terminate", ids[1]), &json!(null)).await.refused(409, "CONFLICT");
    for (method, what, status, code) in [
        ("renew", "by itself", 501, "NOT_IMPLEMENTED"),
        ("suspend", "/terminate", 501, "NOT_IMPLEMENTED"),
        ("reopen", "creating", 409, "CONFLICT"),
        ("terminate", "creating", 409, "CONFLICT"),
    ] {
        let message = client.post(&format!("/service/{}/{method}", ids[1]), &json!({})).await.refused(status, code);
        assert!(message.contains(what), "{message}");
    }
    for id in ["0", "x", "99999999999999999999"] {
        client.get(&format!("/services/{id}")).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_service_is_changed_as_far_as_microsoft_knows_it() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    for (body, part) in [
        (json!({ "renew": { "mode": "manual" } }), "renew.mode"),
        (json!({ "renew": { "period": "P3Y" } }), "renew.period"),
        (
            json!({ "renew": { "mode": "automatic" }, "terminationPolicy": "terminateAtExpirationDate" }),
            "terminationPolicy",
        ),
        (json!({ "terminationPolicy": "now" }), "terminationPolicy"),
        (json!({ "displayName": "" }), "displayName"),
    ] {
        let message = client.put(&service, &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{body}: {message}");
    }
    client
        .put(&service, &json!({ "displayName": "Forlì", "terminationPolicy": "terminateAtExpirationDate" }))
        .await
        .ok();
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["resource"]["displayName"], "Forlì");
    assert_eq!(shown["billing"]["renew"]["current"]["mode"], json!(null));
    assert_eq!(client.get(&filled.path("/service/{serviceId}")).await.ok()["renew"]["mode"], "deleteAtExpiration");
}

#[tokio::test]
async fn of_two_requests_at_one_moment_one_is_answered() {
    let filled = idle().await;
    let (operations, actor, id) = (&filled.world.operations, actor(&filled), ServiceId(filled.service_id));
    let asked = tokio::join!(operations.ask_termination(&actor, id), operations.ask_termination(&actor, id));
    let asked = [asked.0, asked.1];
    assert_eq!(asked.iter().filter(|a| a.is_ok()).count(), 1, "{asked:?}");
    let refused = |a: &Result<_, Problem>| matches!(a, Err(Problem::Conflict(Conflict::TerminationAsked { .. })));
    assert_eq!(asked.iter().filter(|a| refused(a)).count(), 1, "{asked:?}");
    let mails = operations.mails_about(id).await.expect("mails");
    assert_eq!(mails.iter().filter(|mail| mail.kind == "termination_asked").count(), 1);
    let token = token(&filled).await;
    let confirm = || operations.confirm_termination(&actor, id, &token);
    let confirmed = tokio::join!(confirm(), confirm());
    let confirmed = [confirmed.0, confirmed.1];
    assert_eq!(confirmed.iter().filter(|c| c.is_ok()).count(), 1, "{confirmed:?}");
    let name = operations.service_by_id(&actor.account, id).await.expect("a service").name;
    let renewals = operations.tasks(&actor.account, &name).await.expect("tasks");
    assert_eq!(renewals.iter().filter(|task| task.function.word() == "changeRenewal").count(), 3);
}

#[tokio::test]
async fn a_token_ends_the_service_of_its_mail_and_no_other() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let placed = client.post("/levante/order", &filled.world.order("betaforni").await).await.ok();
    filled.world.deliver(placed["orderId"].as_i64().expect("a number")).await;
    let numbers = client.get("/services?orderBy=resource.name").await.ok();
    let [one, other] = [0, 1].map(|n| format!("/services/{}", numbers[n]));
    for service in [&one, &other] {
        client.post(&format!("{service}/terminate"), &json!(null)).await.ok();
    }
    let token = json!({ "token": token(&filled).await });
    client.post(&format!("{other}/terminate/confirm"), &token).await.refused(403, "FORBIDDEN");
    for service in [&one, &other] {
        assert_eq!(client.get(service).await.ok()["billing"]["lifecycle"]["current"]["state"], "active");
    }
    client.post(&format!("{one}/terminate/confirm"), &token).await.ok();
    assert_eq!(client.get(&one).await.ok()["billing"]["lifecycle"]["current"]["state"], "unrenewed");
    assert_eq!(client.get(&other).await.ok()["billing"]["lifecycle"]["current"]["state"], "active");
}

#[tokio::test]
async fn an_end_waits_for_what_is_being_bought() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    let infos = filled.path("/saas/csp2/{serviceName}/serviceInfos");
    client.post(&format!("{service}/terminate"), &json!(null)).await.ok();
    let token = json!({ "token": token(&filled).await });
    let line = json!({ "licenseId": filled.world.licence(2).await, "quantity": 1 });
    let task = client.post(&filled.path("/saas/csp2/{serviceName}/subscription"), &line).await.ok()["id"].to_string();
    let end = json!({ "terminationPolicy": "terminateAtExpirationDate" });
    let older = json!({ "renew": { "automatic": true, "deleteAtExpiration": true, "forced": false } });
    // What is bought would renew: not every subscription would end.
    for refused in [
        client.post(&format!("{service}/terminate/confirm"), &token).await,
        client.put(&service, &end).await,
        client.put(&infos, &older).await,
    ] {
        let message = refused.refused(409, "CONFLICT");
        assert!(message.contains(&task), "{message}");
    }
    assert_eq!(client.get(&infos).await.ok()["renew"]["deleteAtExpiration"], false);
}

#[tokio::test]
async fn where_nothing_runs_an_end_is_refused_and_not_forgotten() {
    let world = World::new().await;
    let client = &world.alice;
    let placed = client.post("/levante/order", &world.order("albaforni").await).await.ok();
    let service = format!("/services/{}", client.get("/services").await.ok()[0]);
    let infos = format!("/saas/csp2/{}/serviceInfos", placed["serviceName"].as_str().expect("a name"));
    let older = json!({ "renew": { "automatic": true, "deleteAtExpiration": true, "forced": false } });
    for refused in [
        client.put(&service, &json!({ "terminationPolicy": "terminateAtEngagementDate" })).await,
        client.put(&infos, &older).await,
        client.post(&format!("{service}/terminate"), &json!(null)).await,
    ] {
        assert!(refused.refused(409, "CONFLICT").contains("creating"), "{}", refused.text);
    }
    client.put(&service, &json!({ "terminationPolicy": "empty" })).await.ok();
}

#[tokio::test]
async fn a_page_holds_the_dates_of_its_own_services() {
    let filled = idle().await;
    let world = &filled.world;
    for name in ["zetaforni", "betaforni", "gammaforni"] {
        world.alice.post("/levante/order", &world.order(name).await).await.ok();
    }
    let mode = [("X-Pagination-Mode", "CachedObjectList-Pages".to_owned()), ("X-Pagination-Size", "2".to_owned())];
    let client = super::client::Client { headers: mode.to_vec(), ..world.alice.clone() };
    let first = client.get("/services?orderBy=resource.name").await;
    assert_eq!(first.headers["x-pagination-elements"], "4");
    let first = first.ok();
    // The first one runs, the others are not delivered.
    assert_eq!(first[0], world.alice.get(&filled.path("/services/{serviceId}")).await.ok());
    assert!(first[0]["billing"]["expirationDate"].is_string(), "{first}");
    assert_eq!(
        (&first[1]["resource"]["name"], &first[1]["billing"]["expirationDate"]),
        (&json!("betaforni.onmicrosoft.com"), &json!(null))
    );
}

#[tokio::test]
async fn what_has_expired_does_not_keep_the_rest_from_ending() {
    let filled = idle().await;
    let (client, operations) = (&filled.world.alice, &filled.world.operations);
    let at = filled.path("/saas/csp2/{serviceName}/subscription");
    let ids = client.get(&at).await.ok();
    let task = client.post(&format!("{at}/{}/changeQuantity", ids[1]), &json!({ "quantity": 7 })).await.ok();
    let subject = format!("service/{}", filled.service_id);
    let jobs = operations.claim_jobs(Lane::Work, 50).await.expect("jobs");
    let job = jobs.into_iter().find(|job| job.subject == subject).expect("the change was promised");
    let held = operations.take(job).await.expect("a lease").expect("nobody holds it");
    let (mut task, _, mut subscription) =
        operations.change_work(TaskId(task["id"].as_i64().expect("a number"))).await.expect("its work");
    task.state = TaskState::Error;
    task.finished_at = Some(operations.clock.business());
    subscription.state = SubscriptionState::Expired;
    subscription.task = None;
    let (task, subscription) = (Some(task), Some(subscription));
    operations.record(&held, Record { task, subscription, then: Then::End, ..Record::default() }).await.expect("saved");
    let service = filled.path("/services/{serviceId}");
    client.put(&service, &json!({ "terminationPolicy": "terminateAtExpirationDate" })).await.ok();
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["billing"]["lifecycle"]["current"]["state"], "unrenewed", "{shown}");
    let infos = client.get(&filled.path("/saas/csp2/{serviceName}/serviceInfos")).await.ok();
    assert_eq!(infos["renew"]["deleteAtExpiration"], true);
    client.post(&format!("{service}/terminate"), &json!(null)).await.refused(409, "CONFLICT");
}
