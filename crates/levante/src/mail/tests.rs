use super::*;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use licensing::money::{Currency, Money};
use secrecy::ExposeSecret;
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use tower::ServiceExt;

/// A directory that goes away with the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("levante-mail-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Place(std::env::temp_dir().join(name))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) fn envelope(id: &str) -> Envelope {
    Envelope {
        message_id: id.to_owned(),
        from: "Fabrikam Cloud <noreply@fabrikam.example>".parse().unwrap(),
        to: "acquisti@albaforni.example".to_owned(),
        to_name: "Chiara Neri".to_owned(),
        language: Language::It,
        date: "2026-03-04T10:11:12Z".parse().unwrap(),
    }
}

pub(super) fn words() -> Rendered {
    render(&Letter::ServiceReady(service_ready::Context::sample()), Language::It, &Brand::sample()).unwrap()
}

fn secret(letter: &Letter) -> Option<String> {
    match letter {
        Letter::ServiceReady(context) => match &context.sign_in {
            service_ready::SignIn::Password(password) => Some(password.expose_secret().to_owned()),
            service_ready::SignIn::Reveal { link, .. } => Some(link.expose_secret().to_owned()),
        },
        Letter::TerminationAsked(context) => Some(context.token.expose_secret().to_owned()),
        _ => None,
    }
}

#[test]
fn every_mail_can_be_written_in_every_language() {
    for language in Language::ALL {
        for letter in Letter::samples() {
            let mail = render(&letter, *language, &Brand::sample()).unwrap();
            assert_eq!(mail, render(&letter, *language, &Brand::sample()).unwrap());
            let (word, whole) = (letter.word(), format!("{}{}{}", mail.subject, mail.text, mail.html));
            assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{word}: {}", mail.subject);
            assert!(
                !whole.contains("{{")
                    && !whole.contains("{%")
                    && !mail.text.contains("none")
                    && !whole.contains(">none"),
                "{word}: {whole}"
            );
            assert!(mail.text.contains("Alba Forni <Bologna>") && !mail.text.contains("&lt;"), "{}", mail.text);
            assert!(mail.html.contains("Alba Forni &lt;Bologna&gt;") && !mail.html.contains("<Bologna>"), "{word}");
            assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.or_fallback().code())), "{word}");
            assert!(!mail.text.contains("\n\n\n"), "{word} has gaps:\n{}", mail.text);
            for remote in ["<img", "<script", "<link", "src=", "url(", "@import", "<style"] {
                assert!(!mail.html.contains(remote), "{word} holds {remote}");
            }
        }
    }
}

#[test]
fn secrets_are_in_the_bodies_of_their_mails_only() {
    for language in Language::OFFERED {
        for letter in Letter::samples() {
            let mail = render(&letter, *language, &Brand::sample()).unwrap();
            let Some(secret) = secret(&letter) else { continue };
            assert!(mail.text.contains(&secret), "{}", mail.text);
            assert!(!mail.subject.contains(&secret));
            for debug in [format!("{letter:?}"), format!("{mail:?}"), format!("{:#?}", [&letter])] {
                assert!(!debug.contains(&secret), "{debug}");
            }
        }
    }
}

#[test]
fn a_password_survives_html() {
    let mail = words();
    assert!(mail.html.contains("Wq7&lt;rT&amp;92"), "{}", mail.html);
    assert!(mail.text.contains("Password temporanea: Wq7<rT&92\n"), "{}", mail.text);
    assert!(mail.text.contains("https://admin.microsoft.com"));
    assert!(!mail.text.contains("panel.fabrikam.example"), "the end customer has no panel:\n{}", mail.text);
}

#[test]
fn a_reveal_link_replaces_the_password() {
    let mut context = service_ready::Context::samples().nth(1).unwrap();
    let mail = render(&Letter::ServiceReady(context.clone()), Language::It, &Brand::sample()).unwrap();
    assert!(mail.html.contains("href=\"https://panel.fabrikam.example/reveal/") || mail.html.contains("&#x2f;reveal"));
    assert!(!mail.text.contains("Password temporanea:"), "{}", mail.text);
    if let service_ready::SignIn::Reveal { link, .. } = &mut context.sign_in {
        *link = "javascript:alert(1)".to_owned().into();
    }
    let refused = render(&Letter::ServiceReady(context), Language::It, &Brand::sample()).unwrap_err();
    assert!(!refused.to_string().contains("alert"), "{refused}");
}

#[test]
fn plurals_and_amounts() {
    let text = |letter: Letter, language| render(&letter, language, &Brand::sample()).unwrap().text;
    let order = text(Letter::OrderReceived(order_received::Context::sample()), Language::It);
    assert!(order.contains("Microsoft 365 Business Basic: 1 licenza\n"), "{order}");
    assert!(order.contains("Microsoft 365 Business Standard: 25 licenze\n"), "{order}");
    let order = order.replace('\u{a0}', " ");
    for line in ["imponibile: 1.234,50 €", "Imposta: 271,59 €", "Totale: 1.506,09 €", "Ordine: 1042"] {
        assert!(order.contains(line), "{line}:\n{order}");
    }
    let changed = text(Letter::SubscriptionChanged(subscription_changed::Context::sample()), Language::En);
    assert!(changed.contains("Before: 1 licence\nNow: 2 licences\n"), "{changed}");
    assert!(changed.contains("3 March 2027"), "{changed}");
    let cancelled = text(Letter::SubscriptionCancelled(subscription_cancelled::Context::sample()), Language::It);
    assert!(cancelled.contains("con 1 licenza è stato disdetto"), "{cancelled}");
    let mut mixed = order_received::Context::sample();
    mixed.tax = Money::zero(Currency::read("CHF").unwrap());
    assert!(!text(Letter::OrderReceived(mixed), Language::It).contains("Totale"), "no sum of two currencies");
}

#[test]
fn nobody_outside_can_add_a_header() {
    let mut context = order_received::Context::sample();
    context.customer = "Evil\r\nBcc: everyone@contoso.example\r\n\r\nbody".to_owned();
    let mut brand = Brand::sample();
    brand.name = "Fabrikam\r\nX-Bad: 1".to_owned();
    let mut rendered = render(&Letter::OrderReceived(context), Language::En, &brand).unwrap();
    assert!(!rendered.subject.contains(['\r', '\n']), "{:?}", rendered.subject);
    rendered.subject = "Hello\r\nBcc: everyone@contoso.example".to_owned();
    let mut envelope = envelope("m-1");
    envelope.to_name = "Chiara\r\nBcc: everyone@contoso.example\r\n".to_owned();
    envelope.from.name = Some("Brand\nX-Bad: 2".to_owned());
    let mail = message::build(&envelope, &rendered).unwrap();
    let names: BTreeSet<String> = message::headers(&mail).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "Auto-Submitted",
        "Content-Language",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    for bad in ["x\r\nBcc: a@b.example", "../x", "", ".hidden", "a b", "a/b", "a@b"] {
        envelope.message_id = bad.to_owned();
        assert!(message::build(&envelope, &rendered).is_err(), "{bad}");
    }
    envelope.message_id = "m-1".to_owned();
    for bad in ["a@b.example\r\nBcc: x@y.example", "a@b.example>, <x@y.example", "nobody", ""] {
        envelope.to = bad.to_owned();
        assert!(message::build(&envelope, &rendered).is_err(), "{bad}");
    }
}

#[test]
fn a_mail_has_the_headers_of_an_automatic_one() {
    let mail = message::build(&envelope("m-1"), &words()).unwrap();
    assert_eq!(mail.formatted(), message::build(&envelope("m-1"), &words()).unwrap().formatted());
    let text = String::from_utf8(mail.formatted()).unwrap();
    for line in [
        "Message-ID: <m-1@fabrikam.example>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Date: Wed, 04 Mar 2026 10:11:12 +0000\r\n",
        "MIME-Version: 1.0\r\n",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.is_ascii(), "bodies are encoded for servers without 8BITMIME");
}

#[tokio::test]
async fn the_folder_keeps_each_mail_once() {
    let place = Place::new();
    let folder = MailboxFolder::open(&place.0).unwrap();
    let transport = Transport::Folder(folder.clone());
    transport.probe().await.unwrap();
    let (envelope, rendered) = (envelope("m-1"), words());
    let both = tokio::join!(transport.deliver(&envelope, &rendered), transport.deliver(&envelope, &rendered));
    both.0.unwrap();
    both.1.unwrap();
    let again = transport.deliver(&envelope, &rendered).await.unwrap();
    assert_eq!(again.answer, "already in the mailbox");
    let mut newer = super::tests::envelope("m-2");
    newer.date = "2026-03-05T00:00:00Z".parse().unwrap();
    newer.to = "Other@Contoso.example".to_owned();
    transport.deliver(&newer, &rendered).await.unwrap();

    let mails = folder.list(None).unwrap();
    let ids: Vec<&str> = mails.iter().map(|m| m.message_id.as_str()).collect();
    assert_eq!(ids, ["m-2@fabrikam.example", "m-1@fabrikam.example"]);
    assert_eq!((&mails[1].text, &mails[1].html), (&rendered.text, &rendered.html));
    assert_eq!(mails[1].headers["Auto-Submitted"], "auto-generated");
    assert!(!format!("{mails:?}").contains("Wq7"));
    assert_eq!(folder.list(Some("other@contoso.example")).unwrap().len(), 1);
    assert_eq!(folder.get("m-1").unwrap().unwrap(), mails[1]);
    assert!(folder.get("../m-1").unwrap().is_none() && folder.get("m-3").unwrap().is_none());
    let files: Vec<PathBuf> = std::fs::read_dir(&place.0).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "temporary files stay: {files:?}");
    #[cfg(unix)]
    for file in files {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::write(place.0.join("broken.json"), "{").unwrap();
    assert_eq!(folder.list(None).unwrap().len(), 2, "a broken file hides nothing");
}

#[tokio::test]
async fn a_mailbox_that_cannot_be_written_is_not_sent() {
    let place = Place::new();
    let transport = Transport::Folder(MailboxFolder::open(&place.0).unwrap());
    std::fs::remove_dir_all(&place.0).unwrap();
    assert!(matches!(transport.deliver(&envelope("m-1"), &words()).await, Err(MailTrouble::NotSent { .. })));
    assert!(matches!(transport.probe().await, Err(MailTrouble::NotSent { .. })));
}

async fn get(router: &axum::Router, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).header("accept-language", "it").body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let policy = answer.headers().get("content-security-policy").map(|v| v.to_str().unwrap().to_owned());
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, policy.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_mailbox_in_the_browser() {
    let place = Place::new();
    let folder = MailboxFolder::open(&place.0).unwrap();
    let router = mailbox::router(folder.clone(), Brand::sample());
    let (status, _, page) = get(&router, "/").await;
    assert!(status == StatusCode::OK && page.contains("Ancora nessuna e-mail"), "{page}");

    let mut rendered = words();
    rendered.subject = "<script>alert(1)</script>".to_owned();
    rendered.html = "<p title=\"x\">\"><script>alert(2)</script></p>".to_owned();
    Transport::Folder(folder).deliver(&envelope("m-1"), &rendered).await.unwrap();
    let (_, policy, page) = get(&router, "/").await;
    assert!(page.contains("href=\"?read=m-1\"") && !page.contains("<script"), "{page}");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let (status, _, page) = get(&router, "/?read=m-1").await;
    assert!(status == StatusCode::OK && page.contains("sandbox=\"allow-popups"), "{page}");
    assert!(!page.contains("<script") && page.contains("srcdoc=\"&lt;p title=&quot;x&quot;"), "{page}");
    for wrong in ["/?read=m-2", "/?read=..%2Fm-1"] {
        assert_eq!(get(&router, wrong).await.0, StatusCode::NOT_FOUND);
    }

    let (_, _, json) = get(&router, "/api?to=ACQUISTI%40albaforni.example").await;
    let mails: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(mails.len(), 1);
    for key in ["messageId", "date", "from", "to", "subject", "headers", "text", "html"] {
        assert!(mails[0].get(key).is_some(), "{key}: {json}");
    }
    assert_eq!(mails[0]["to"], "acquisti@albaforni.example");
    assert_eq!(get(&router, "/api?to=nobody%40contoso.example").await.2, "[]");
}
