//! The end of a whole service: the mail with its token, and what Microsoft then knows.

use crate::world::{World, engines};
use partner_center_simulator::Options;

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
