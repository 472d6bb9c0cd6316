//! The end of a whole service: the mail with its token, and what Microsoft then knows.

use crate::{
    panel::browser::{PASSWORD, Site},
    world::{World, engines},
};
use levante::{operations::users::NewUser, panel::Settings};
use licensing::right::Role;
use partner_center_simulator::Options;
use secrecy::ExposeSecret;

#[tokio::test]
async fn the_token_of_the_mail_ends_every_subscription_with_its_term() {
    for engine in engines() {
        let world = World::new(&engine, Options::default()).await;
        world.without_lag().await;
        let accepted = world.order("albaforni").await;
        world.ended(&accepted).await;
        world.quiet().await;
        let (service, operations) = (&accepted.service, &world.operations);
        let address = "rv1234-lv@fabrikam.example";
        let before = world.mailbox.list(Some(address)).unwrap().len();
        operations.ask_termination(&world.actor, service.id).await.unwrap();
        world.quiet().await;
        let mails = world.mailbox.list(Some(address)).unwrap();
        assert_eq!(mails.len(), before + 1);
        let mail = mails.iter().find(|mail| mail.text.contains("Token for programs: ")).expect("the mail");
        let token = mail.text.split("Token for programs: ").nth(1).unwrap().split_whitespace().next().unwrap();
        let link = format!("/billing/confirmTerminate?id={}&token={token}", service.id);
        assert!(mail.text.contains(&link) && mail.html.contains("confirmTerminate?id="), "{}", mail.text);
        assert!(!mail.subject.contains(token));
        assert!(
            operations.mailed_token(&world.actor.account, service.id).await.unwrap().is_none(),
            "only its hash is kept"
        );

        let ends = operations.confirm_termination(&world.actor, service.id, token).await.unwrap();
        assert!(ends.is_some());
        world.quiet().await;
        let books = world.books().await;
        let lines = books["subscriptions"].as_array().unwrap();
        assert!(
            lines.len() == 3 && lines.iter().all(|s| s["status"] == "active"),
            "nothing ends before its term: {books:#}"
        );
        assert!(lines.iter().all(|s| s["autoRenewEnabled"] == false), "and nothing renews: {books:#}");
        let again = operations.confirm_termination(&world.actor, service.id, token).await;
        assert!(again.is_err(), "a token holds once");
    }
}

#[tokio::test]
async fn the_page_behind_the_link_asks_once_more_and_confirms_for_who_may() {
    let world = World::new(&engines()[0], Options::default()).await;
    world.without_lag().await;
    let accepted = world.order("albaforni").await;
    world.ended(&accepted).await;
    world.quiet().await;
    let operations = world.operations.clone();
    let (service, account) = (accepted.service.id, world.actor.account.clone());
    let ends = async || {
        let all = operations.subscriptions(&account, &accepted.service.name).await.unwrap();
        all.iter().filter(|s| s.intent == licensing::subscription::TermEndIntent::Cancel).count()
    };
    let site = Site::over(operations.clone(), world.actor.clone(), Settings::default()).await;
    let reader = NewUser {
        login: "reader".into(),
        description: String::new(),
        email: "reader@fabrikam.example".into(),
        role: Role::Reader,
        password: PASSWORD.to_owned().into(),
    };
    operations.create_user(&world.actor, reader).await.unwrap();
    operations.ask_termination(&world.actor, service).await.unwrap();
    let token = match operations.mailed_token(&account, service).await.unwrap() {
        Some(mailed) => mailed.token.expose_secret().to_owned(),
        None => {
            world.quiet().await;
            let mails = world.mailbox.list(None).unwrap();
            let mail = mails.iter().find(|mail| mail.text.contains("Token for programs: ")).expect("the mail");
            let rest = mail.text.split("Token for programs: ").nth(1).unwrap();
            rest.split_whitespace().next().unwrap().to_owned()
        }
    };
    let page = "/billing/confirmTerminate";
    let link = format!("{page}?id={service}&token={token}");
    let id = service.to_string();

    // Without a session, as a stranger, as a user who only reads: nothing happens.
    let mut nobody = site.browser("en");
    let shown = nobody.get(&link).await;
    assert_eq!(shown.status, 303, "{}", shown.text);
    assert!(shown.location().starts_with("/sign-in"), "{}", shown.location());
    let mut charlie = site.charlie().await;
    let foreign = charlie.get(&link).await;
    assert_eq!((foreign.status, charlie.get(&format!("{page}?id=999999999&token={token}")).await.status), (404, 404));
    assert!(!foreign.text.contains("Alba Forni") && !foreign.text.contains("albaforni"));
    assert_eq!(charlie.post(page, &[("id", &id), ("token", &token)]).await.status, 404);
    let mut reader = site.signed_in("rv1234-lv/reader", "en").await;
    assert_eq!(reader.get(&link).await.status, 403, "a page that leads to a change");
    assert_eq!(reader.post(page, &[("id", &id), ("token", &token)]).await.status, 403);

    // The owner is asked once more; looking changes nothing, and a wrong token neither.
    let mut alice = site.alice("en").await;
    assert!([400, 404].contains(&alice.get(&format!("{page}?id=x")).await.status));
    let asked = alice.get(&link).await;
    assert!(asked.status == 200 && asked.text.contains("Alba Forni"), "{}", asked.text);
    assert_eq!(asked.header("referrer-policy"), "same-origin", "the token stays here");
    assert_eq!(alice.post_bare(page, &[("id", &id), ("token", &token)]).await.status, 403, "without our proof");
    let wrong = alice.post(page, &[("id", &id), ("token", "x")]).await;
    assert!(wrong.status == 409 && wrong.text.contains("not valid"), "{}", wrong.text);
    assert_eq!(ends().await, 0);
    let done = alice.post(page, &[("id", &id), ("token", &token)]).await;
    assert!(done.status == 303 && done.location().ends_with("/subscriptions?done=ends"), "{}", done.location());
    assert_eq!(ends().await, 3);
    let again = alice.post(page, &[("id", &id), ("token", &token)]).await;
    assert_eq!(again.status, 409, "a token holds once");
}
