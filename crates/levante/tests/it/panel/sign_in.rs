//! Who gets in, how often one may try, and that no change comes from elsewhere.

use super::browser::{PASSWORD, Site, member};
use levante::panel::Settings;
use secrecy::{ExposeSecret, SecretString};

const SIGN_IN: &str = "/sign-in";

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let site = Site::new().await;
    let mut answers = Vec::new();
    for (login, password) in
        [("alice@fabrikam.example", "wrong password!"), ("nobody@fabrikam.example", PASSWORD), ("rv9999-lv", "x")]
    {
        let mut browser = site.browser("en");
        browser.get(SIGN_IN).await;
        let answer = browser.post(SIGN_IN, &[("login", login), ("password", password)]).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text.contains(login), "what was typed is kept");
        assert!(!answer.text.contains(password) || password == "x", "a password is never shown");
        let neutral = answer.text.replace(login, "").replace(&browser.csrf, "");
        answers.push(neutral);
        assert_eq!(browser.get("/services").await.status, 303);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn e_mail_address_and_account_id_both_open_the_panel_with_a_new_cookie() {
    let site = Site::new().await;
    for login in ["alice@fabrikam.example", " Alice@Fabrikam.Example ", "rv1111-lv", "RV1111-LV"] {
        let mut browser = site.browser("en");
        browser.get(SIGN_IN).await;
        let before = browser.cookies.clone();
        let fields = [("login", login), ("password", PASSWORD), ("next", "/orders")];
        let answer = browser.post(SIGN_IN, &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/orders"), "{login}");
        let cookie = answer.header("set-cookie");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"),
            "{cookie}"
        );
        assert_ne!(before, browser.cookies, "the session keeps its name over the sign-in");
        assert_eq!(browser.get("/services").await.status, 200);
    }
}

#[tokio::test]
async fn an_e_mail_address_with_a_slash_opens_the_panel_as_well() {
    let site = Site::new().await;
    member(&site.operations, Some(&site.alice.account), "sales/it@fabrikam.example", "en").await;
    let mut browser = site.browser("en");
    browser.get(SIGN_IN).await;
    let fields = [("login", "sales/it@fabrikam.example"), ("password", PASSWORD)];
    assert_eq!(browser.post(SIGN_IN, &fields).await.status, 303);
}

#[tokio::test]
async fn the_way_back_stays_on_our_origin() {
    let site = Site::new().await;
    for next in ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"] {
        let mut browser = site.browser("en");
        browser.get(SIGN_IN).await;
        let fields = [("login", "rv1111-lv"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post(SIGN_IN, &fields).await.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn after_five_wrong_tries_even_the_right_password_waits_and_strangers_learn_nothing() {
    let site = Site::new().await;
    for login in ["alice@fabrikam.example", "nobody@fabrikam.example"] {
        let mut browser = site.browser("it");
        browser.get(SIGN_IN).await;
        for _ in 0..5 {
            assert_eq!(browser.post(SIGN_IN, &[("login", login), ("password", "wrong")]).await.status, 401);
        }
        let answer = browser.post(SIGN_IN, &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 429, "{login}");
        assert!(answer.text.contains("Troppi tentativi"));
    }
    // Somebody else is not locked out with her.
    site.charlie().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_everywhere_ends_all() {
    let site = Site::new().await;
    let (mut first, mut second, mut third) = (site.alice("en").await, site.alice("en").await, site.alice("en").await);
    assert_eq!(first.post("/sign-out", &[]).await.location(), "/sign-in");
    assert_eq!(first.get("/services").await.status, 303);
    assert_eq!(second.get("/services").await.status, 200);
    second.post("/sign-out", &[("everywhere", "yes")]).await;
    assert_eq!(second.get("/services").await.status, 303);
    assert_eq!(third.get("/services").await.location(), "/sign-in?next=/services");
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let site = Site::new().await;
    let mut browser = site.alice("en").await;
    let new = || SecretString::from("quite another pass phrase");
    site.operations.set_password("alice@fabrikam.example", new()).await.unwrap();
    assert_eq!(browser.get("/services").await.status, 303);
    assert!(site.operations.set_password("alice@fabrikam.example", SecretString::from("short")).await.is_err());
}

#[tokio::test]
async fn an_operator_needs_the_second_factor_and_each_code_works_once() {
    let site = Site::new().await;
    member(&site.operations, None, "operator@levante.example", "en").await;
    let mut browser = site.browser("en");
    browser.get(SIGN_IN).await;
    let login = ("login", "operator@levante.example");
    assert_eq!(browser.post(SIGN_IN, &[login, ("password", PASSWORD)]).await.status, 403);

    let secret = site.operations.enable_totp("operator@levante.example").await.unwrap();
    let secret = totp_rs::Secret::try_from_base32(secret.base32.expose_secret()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let now = site.operations.clock.wall().as_second() as u64;
    let code = totp.generate(now).to_string();
    for wrong in ["", "000000000", "12345"] {
        assert_eq!(browser.post(SIGN_IN, &[login, ("password", PASSWORD), ("code", wrong)]).await.status, 401);
    }
    let answer = browser.post(SIGN_IN, &[login, ("password", PASSWORD), ("code", &code)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/"));
    assert_eq!(browser.get("/").await.location(), "/operator");
    assert_eq!(browser.get("/services").await.status, 404, "an operator is nobody's reseller");

    let mut again = site.browser("en");
    again.get(SIGN_IN).await;
    assert_eq!(again.post(SIGN_IN, &[login, ("password", PASSWORD), ("code", &code)]).await.status, 401);

    site.operations.ask_for_mpn(&site.alice.account, "6100009").await.unwrap();
    let page = browser.get("/operator").await.text;
    assert!(page.contains("6100009") && page.contains("Fabrikam Cloud") && !page.contains("6100001"));
    let fields = [("account", site.alice.account.as_str()), ("mpnId", "6100009")];
    assert_eq!(browser.post("/operator/mpn", &fields).await.status, 303);
    assert!(!browser.get("/operator").await.text.contains("6100009"));
    let approved = site.operations.mpn_ids(&site.alice.account).await.unwrap();
    assert!(approved.iter().all(|m| m.approved_at.is_some()));
    assert_eq!(site.alice("en").await.get("/operator").await.status, 404);
}

#[tokio::test]
async fn a_change_without_our_token_or_from_elsewhere_changes_nothing() {
    let site = Site::new().await;
    let (mut alice, mut charlie) = (site.alice("en").await, site.charlie().await);
    charlie.get("/order").await;
    let fields = [("contactFirstName", "Chiara"), ("action", "add")];
    let foreign = charlie.csrf.clone();
    let mut refused = Vec::new();
    refused.push(alice.post_bare("/order", &fields).await);
    refused.push(alice.post_bare("/order", &[("contactFirstName", "Chiara"), ("csrf", &foreign)]).await);
    refused.push(alice.post_bare("/order", &[("contactFirstName", "Chiara"), ("csrf", "")]).await);
    for header in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        refused.push(alice.post_from("/order", &fields, header).await);
    }
    for answer in refused {
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains("Nothing was changed") && answer.text.contains(answer.header("x-request-id")));
        assert!(!answer.header("x-request-id").is_empty());
    }
    assert!(!alice.get("/order").await.text.contains("Chiara"));
    let same = alice.post_from("/order", &fields, ("sec-fetch-site", "same-origin")).await;
    assert_eq!(same.status, 303);
    assert!(alice.get("/order").await.text.contains("Chiara"));
}

#[tokio::test]
async fn a_form_above_the_limit_is_refused() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let answer = alice.post("/order", &[("contactAddress", &"x".repeat(100_000))]).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn over_https_cookies_are_bound_to_the_host() {
    let site = Site::new().await;
    let settings = Settings {
        secure_cookies: true,
        brand: "Levante".into(),
        public_url: "https://panel.example".into(),
        ..Settings::default()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/sign-in", listener.local_addr().unwrap());
    let router = levante::panel::router(site.operations.clone(), settings);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let answer = reqwest::get(base).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-levante=") && cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused() {
    let site = Site::new().await;
    let mut browser = site.browser("en");
    browser.get("/sign-in").await;
    for login in ["alice@fabrikam.example\0", "\0"] {
        let answer = browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 400, "{login:?}");
        assert!(answer.text.contains("Nothing was changed"));
    }
    let mut alice = site.alice("en").await;
    for path in ["/services/a%00b", "/orders?q=%00", "/services?search=a%00"] {
        assert_eq!(alice.get(path).await.status, 400, "{path}");
    }
}
