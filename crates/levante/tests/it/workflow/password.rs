//! A new password for a tenant's administrator: given once, and kept nowhere.

use crate::world::{World, engines};
use levante::operations::tasks::Task;
use licensing::{reason::Reason, task::TaskState};
use partner_center_simulator::Options;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

const PASSWORD: &str = "Zq8-albaforni-Neri";

async fn delivered(engine: &crate::world::Engines) -> (World, licensing::id::ServiceName) {
    let world = World::new(engine, Options::default()).await;
    world.without_lag().await;
    let accepted = world.order("albaforni").await;
    world.ended(&accepted).await;
    world.quiet().await;
    (world, accepted.service.name)
}

async fn ask(world: &World, name: &licensing::id::ServiceName) -> Task {
    let password = SecretString::from(PASSWORD);
    world.operations.change_administrator_password(&world.actor, name, password).await.unwrap().task
}

async fn ended(world: &World, task: &Task) -> Task {
    for _ in 0..300 {
        let now = world.operations.task_by_id(task.id).await.unwrap().unwrap();
        if now.state.is_over() {
            return now;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the task does not end: {:?}", world.operations.task_by_id(task.id).await);
}

async fn opens(world: &World, password: &str) -> bool {
    let body = json!({ "userPrincipalName": "admin@albaforni.onmicrosoft.com", "password": password });
    world.control(Method::POST, "/control/signin", Some(body)).await["signedIn"] == true
}

async fn is_kept_nowhere(world: &World, task: &Task) {
    assert!(world.operations.new_password(task.id).await.unwrap().is_none(), "the vault has forgotten it");
    for mail in world.mailbox.list(None).unwrap() {
        assert!(!mail.text.contains(PASSWORD) && !mail.html.contains(PASSWORD));
    }
}

#[tokio::test]
async fn the_administrator_gets_the_password_that_was_asked_for() {
    for engine in engines() {
        let (world, name) = delivered(&engine).await;
        // The relationship's roles get their groups after ten minutes.
        world.advance(licensing::jiff::SignedDuration::from_mins(30)).await;
        let task = ask(&world, &name).await;
        let done = ended(&world, &task).await;
        assert_eq!((done.state, &done.reason), (TaskState::Done, &None));
        assert!(opens(&world, PASSWORD).await);
        is_kept_nowhere(&world, &task).await;
        let service = world.operations.service(&world.actor.account, &name).await.unwrap();
        assert!(
            world.operations.sign_in_data(service.id).await.unwrap().is_none(),
            "the old one opens nothing any more"
        );
    }
}

#[tokio::test]
async fn without_the_delegated_role_the_task_says_so() {
    let (world, name) = delivered(&engines()[0]).await;
    let missing = json!({ "gdap": { "assigned": false } });
    world.control(Method::PUT, "/control/faults", Some(missing)).await;
    let task = ask(&world, &name).await;
    let done = ended(&world, &task).await;
    assert_eq!((done.state, done.reason), (TaskState::Error, Some(Reason::NotDelegated)));
    world.quiet().await;
    assert!(!opens(&world, PASSWORD).await);
    is_kept_nowhere(&world, &task).await;
}

#[tokio::test]
async fn an_unclear_answer_is_not_followed_by_a_second_try() {
    let (world, name) = delivered(&engines()[0]).await;
    world.advance(licensing::jiff::SignedDuration::from_mins(30)).await;
    let route = "PATCH /v1/customers/{id}/users/{id}/resetpassword";
    world.faults(json!([{ "route": route, "kind": "drop_answer" }])).await;
    let task = ask(&world, &name).await;
    let done = ended(&world, &task).await;
    assert_eq!((done.state, done.reason), (TaskState::Error, Some(Reason::PasswordUnclear)));
    world.quiet().await;
    let calls = world.books().await["calls"][route].clone();
    assert!(calls.is_null() || calls == 1, "{calls}");
    is_kept_nowhere(&world, &task).await;
}
