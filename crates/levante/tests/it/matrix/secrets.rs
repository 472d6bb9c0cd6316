//! Secrets never show where somebody prints what he holds: settings, keys, accepted and finished work.

use super::{doors::Doors, form::Form};
use crate::world::{Folder, engines};
use levante::config::{MailTransport, Settings, VaultKey};
use secrecy::{ExposeSecret, SecretString};

#[test]
fn settings_do_not_show_their_secrets() {
    let folder = Folder::new();
    let file = folder.0.join("levante.toml");
    let key = "c0ffee".repeat(11)[..64].to_owned();
    let text = format!(
        "public_url = \"https://panel.reseller.example\"\n\
         [database]\nurl = \"postgres://levante:canary-database@db.example/levante\"\n[vault]\nkey = \"{key}\"\n\
         [supplier]\ntenant = \"t\"\nclient_id = \"c\"\nclient_secret = \"canary-client\"\n\
         refresh_token = \"canary-refresh\"\n\
         [mail]\nfrom = \"Levante <no-reply@reseller.example>\"\nhost = \"mail.reseller.example\"\n\
         user = \"levante\"\npassword = \"canary-mail\"\n"
    );
    std::fs::write(&file, text).unwrap();
    let settings = Settings::read(Some(&file)).unwrap();
    for shown in [format!("{settings:?}"), format!("{settings:#?}")] {
        assert!(!shown.contains("canary") && !shown.contains(&key), "{shown}");
        assert!(shown.contains("mail.reseller.example"), "what is no secret shows");
    }
    // They were read, not lost.
    assert!(settings.database_url.expose_secret().contains("canary-database"));
    assert!(matches!(&settings.vault_key, VaultKey::Text(text) if text.expose_secret() == key));
    assert_eq!(settings.supplier.refresh_token.unwrap().expose_secret(), "canary-refresh");
    assert!(
        matches!(&settings.mail, MailTransport::Smtp { password: Some(p), .. } if p.expose_secret() == "canary-mail")
    );
}

#[tokio::test]
async fn accepted_and_finished_work_does_not_show_the_password() {
    let doors = Doors::empty(&engines()[0]).await;
    let (world, reseller) = (&doors.world, &doors.english);
    let input = Form::good(world, "albaforni").await.input();
    let accepted = world.operations.place_order(&reseller.actor, &input, None).await.unwrap();
    let id = accepted.order.as_ref().unwrap().id;
    let order = doors.ended(reseller, id.0).await;
    world.quiet().await;
    let mail = world.mailbox.list(Some("acquisti@albaforni.example")).unwrap().remove(0);
    let password = mail.text.split("Temporary password: ").nth(1).unwrap().lines().next().unwrap().trim().to_owned();
    assert!(password.len() >= 8, "the mail holds the sign-in data: {}", mail.text);

    let work = world.operations.order_work(id).await.unwrap();
    let letters = world.operations.mails_about(work.service.id).await.unwrap();
    assert!(!letters.is_empty());
    let page = doors.browser(reseller).await.get(&format!("/orders/{id}")).await;
    for shown in [
        format!("{accepted:?}"),
        format!("{order:?}"),
        format!("{work:#?}"),
        format!("{letters:?}"),
        format!("{:?}", world.operations.task_by_id(work.order.task).await.unwrap()),
        reseller.client.get(&format!("/me/order/{id}/followUp")).await.text,
        page.text,
    ] {
        assert!(!shown.contains(&password), "{shown}");
    }
    assert!(!format!("{mail:?}").contains(&password), "a stored mail hides its text");
}

#[tokio::test]
async fn keys_do_not_show_their_secrets() {
    let doors = Doors::empty(&engines()[0]).await;
    let (operations, actor) = (&doors.world.operations, &doors.english.actor);
    let made = operations.create_application(actor, "Scripts", "Nightly work").await.unwrap();
    let credential =
        operations.create_credential(actor, made.id, licensing::permission::everything(), None, None).await.unwrap();
    let signing = operations.signing_application(&made.key).await.unwrap().unwrap();
    let shown = format!("{made:?} {credential:?}");
    for secret in [&made.secret, &credential.consumer_key, &signing.secret] {
        let secret: &SecretString = secret;
        assert!(secret.expose_secret().len() >= 16 && !shown.contains(secret.expose_secret()), "{shown}");
    }
}
