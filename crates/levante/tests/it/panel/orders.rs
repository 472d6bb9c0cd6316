//! The order form: what is wrong is said in both languages and nothing typed is lost; an
//! order is placed as it was seen, and once.

use super::browser::{Browser, Site};

type Fields = Vec<(&'static str, String)>;
/// What is changed in a good form, and what is said about it in English and Italian.
type Case<'a> = (Vec<(&'static str, &'a str)>, &'a str, &'a str);

async fn good(site: &Site) -> Fields {
    let list = site.operations.price_list().await.unwrap();
    let id = |sku: &str| list.all().find(|l| l.sku.to_string() == sku && l.new_subscriptions).unwrap().id.to_string();
    vec![
        ("custom", "yes".into()),
        ("customSubdomain", "albaforni".into()),
        ("mpnId", "6100001".into()),
        ("companyName", "Alba Forni Srl".into()),
        ("contactFirstName", "Chiara".into()),
        ("contactLastName", "Neri".into()),
        ("contactEmail", "acquisti@albaforni.example".into()),
        ("contactPhone", "051 123 4567".into()),
        ("contactAddress", "Via Zamboni 33".into()),
        ("contactZipCode", "40126".into()),
        ("contactCity", "Bologna".into()),
        ("contactCountry", "IT".into()),
        ("language", "it".into()),
        ("lines[0].licenceId", id("CFQ7LV000001:0001")),
        ("lines[0].quantity", "5".into()),
        ("lines[1].licenceId", id("CFQ7LV000007:0001")),
        ("lines[1].quantity", "2".into()),
        ("action", "continue".into()),
    ]
}

fn with(fields: &Fields, changes: &[(&'static str, &str)]) -> Fields {
    let mut fields = fields.clone();
    for (name, value) in changes {
        match fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => field.1 = (*value).to_owned(),
            None => fields.push((name, (*value).to_owned())),
        }
    }
    fields
}

async fn send(browser: &mut Browser, path: &str, fields: &Fields) -> super::browser::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    browser.post(path, &fields).await
}

fn plain(html: &str) -> String {
    html.replace("&#39;", "'").replace("&#34;", "\"").replace("&quot;", "\"")
}

#[tokio::test]
async fn every_fault_is_named_in_both_languages_and_nothing_typed_is_lost() {
    let site = Site::new().await;
    let good = good(&site).await;
    let list = site.operations.price_list().await.unwrap();
    let closed = list.all().find(|l| !l.new_subscriptions).unwrap().id.to_string();
    let education = list.all().find(|l| l.segment.word() == "education").unwrap().id.to_string();
    let add_on = good.iter().find(|(n, _)| *n == "lines[1].licenceId").unwrap().1.clone();
    let base = good.iter().find(|(n, _)| *n == "lines[0].licenceId").unwrap().1.clone();
    let cases: Vec<Case> = vec![
        (vec![("mpnId", "")], "is required", "è obbligatorio"),
        (vec![("mpnId", "61000x1")], "digits only", "solo cifre"),
        (vec![("mpnId", "123")], "4 to 10 digits", "da 4 a 10 cifre"),
        (vec![("mpnId", "9999999")], "not approved for this account", "non è approvato"),
        (vec![("customSubdomain", "1alba")], "must not start with a digit", "non può iniziare con una cifra"),
        (vec![("customSubdomain", "alba-forni")], "lower-case letters and digits", "lettere minuscole e cifre"),
        (vec![("customSubdomain", "abcdefghijklmnopqrstuvwxyzab")], "at most 27", "al massimo 27"),
        (vec![("customSubdomain", "")], "is required", "è obbligatorio"),
        (vec![("contactEmail", "acquisti@")], "not a valid e-mail", "non è un indirizzo e-mail valido"),
        (vec![("contactEmail", "x@nomail.example")], "receives no mail", "non riceve posta"),
        (vec![("contactEmail", "x@microsoft.com")], "must not be an address at Microsoft", "di Microsoft"),
        (vec![("contactZipCode", "4012")], "is not a postcode of IT", "non è un codice postale"),
        (vec![("contactCountry", "UK")], "two-letter country code", "codice di paese"),
        (vec![("contactPhone", "12")], "is not a telephone number", "non è un numero di telefono"),
        (vec![("contactFirstName", "x")], "at least two letters", "almeno due lettere"),
        (vec![("companyName", "aaaa")], "full legal name", "ragione sociale completa"),
        (vec![("lines[0].quantity", "0")], "must be at least 1", "deve essere almeno 1"),
        (vec![("lines[0].quantity", "1.5")], "must be a whole number", "numero intero"),
        (vec![("lines[0].quantity", "301")], "must be at most 300", "al massimo 300"),
        (vec![("lines[0].quantity", "")], "is required", "è obbligatorio"),
        (vec![("lines[0].licenceId", "999999999")], "not a licence of the catalogue", "non è una licenza del catalogo"),
        (vec![("lines[0].licenceId", &closed)], "is no longer sold", "non è più in vendita"),
        (vec![("lines[0].licenceId", &education)], "qualified education customers", "settore istruzione"),
        (
            vec![("lines[0].licenceId", &add_on), ("lines[1].licenceId", "")],
            "is an add-on and needs",
            "richiede insieme",
        ),
        (vec![("lines[1].licenceId", &base)], "is in the order twice", "compare due volte"),
        (vec![("lines[0].licenceId", ""), ("lines[1].licenceId", "")], "at least one licence", "almeno una licenza"),
    ];
    for (language, pick) in [("en", 0), ("it", 1)] {
        let mut alice = site.alice(language).await;
        for (changes, english, italian) in &cases {
            let wanted = [english, italian][pick];
            let answer = send(&mut alice, "/order", &with(&good, changes)).await;
            assert_eq!(answer.status, 422, "{changes:?}");
            let page = plain(&answer.text);
            assert!(page.contains(wanted), "{language} {changes:?}: no \"{wanted}\"");
            assert!(page.contains("id=\"faults\"") && page.contains("aria-invalid=\"true\"") || changes.len() == 2);
            for (name, value) in changes.iter().filter(|(n, v)| !v.is_empty() && !n.ends_with("licenceId")) {
                assert!(page.contains(&format!("value=\"{value}\"")), "{name} is lost");
            }
            assert!(page.contains("value=\"Via Zamboni 33\""));
            let kept = alice.get("/order").await.text;
            assert!(kept.contains("value=\"Via Zamboni 33\""), "the draft is lost");
            assert_ne!(alice.get("/order/summary").await.status, 200, "{changes:?}");
        }
    }
    assert!(site.operations.orders(&site.alice.account, None, 10).await.unwrap().is_empty());
    assert!(site.operations.service_names(&site.alice.account).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_typed_is_shown_as_text_and_nothing_else() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let nasty = "<script>alert(1)</script>\"'";
    let changes = [("companyName", nasty), ("contactCity", nasty)];
    assert_eq!(send(&mut alice, "/order", &with(&good(&site).await, &changes)).await.status, 303);
    for path in ["/order", "/order/summary"] {
        let page = alice.get(path).await.text;
        assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;alert(1)"), "{path}");
    }
}

/// As far as the summary; its token.
async fn to_summary(site: &Site, alice: &mut Browser, changes: &[(&'static str, &str)]) -> String {
    let answer = send(alice, "/order", &with(&good(site).await, changes)).await;
    assert_eq!((answer.status, answer.location()), (303, "/order/summary"));
    let page = alice.get("/order/summary").await;
    assert_eq!(page.status, 200);
    token(&page.text)
}

fn token(page: &str) -> String {
    page.split("name=\"token\" value=\"").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned()
}

fn agreement(token: &str) -> Fields {
    vec![
        ("token", token.to_owned()),
        ("mcaFirstName", "Chiara".into()),
        ("mcaLastName", "Neri".into()),
        ("mcaEmail", "chiara@albaforni.example".into()),
        ("mcaAgreedAt", "yes".into()),
    ]
}

#[tokio::test]
async fn the_summary_says_what_it_costs_and_sent_twice_it_orders_once() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let token = to_summary(&site, &mut alice, &[]).await;
    let page = alice.get("/order/summary").await.text;
    for text in ["albaforni.onmicrosoft.com", "6100001", "acquisti@albaforni.example", "Business Basic", "€", "22%"] {
        assert!(page.contains(text), "no {text}");
    }
    let fields = agreement(&token);
    let first = send(&mut alice, "/order/place", &fields).await;
    assert!(first.location().starts_with("/orders/"), "{} {}", first.status, first.text);
    let second = send(&mut alice, "/order/place", &fields).await;
    assert_eq!((second.status, second.location()), (303, first.location()));
    let (mut one, mut other) = (site.alice("en").await, site.alice("en").await);
    let token = to_summary(&site, &mut one, &[("customSubdomain", "albatre")]).await;
    let fields = agreement(&token);
    let (a, b) = tokio::join!(send(&mut one, "/order/place", &fields), send(&mut other, "/order/place", &fields));
    assert_eq!((a.status, a.location()), (303, b.location()));

    let orders = site.operations.orders(&site.alice.account, None, 10).await.unwrap();
    assert_eq!(orders.len(), 2);
    assert_eq!(orders[1].purchase.agreement.email, "chiara@albaforni.example");
    assert!(site.operations.orders(&site.charlie.account, None, 10).await.unwrap().is_empty());
    let page = alice.get(first.location()).await;
    assert!(page.text.contains("aria-current=\"step\"") && page.text.contains("data-poll="));
    assert!(!alice.get("/order").await.text.contains("albaforni"), "the draft outlived its order");
}

#[tokio::test]
async fn without_the_agreement_nothing_is_ordered() {
    let site = Site::new().await;
    for (language, wanted) in [("en", "must be accepted by a person"), ("it", "deve essere accettato da una persona")] {
        let mut alice = site.alice(language).await;
        let token = to_summary(&site, &mut alice, &[]).await;
        let mut fields = agreement(&token);
        fields.retain(|(name, _)| *name != "mcaAgreedAt");
        let answer = send(&mut alice, "/order/place", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(plain(&answer.text).contains(wanted) && answer.text.contains("chiara@albaforni.example"));
        let bad = with(&agreement(&token), &[("mcaEmail", "chiara@")]);
        assert_eq!(send(&mut alice, "/order/place", &bad).await.status, 422);
    }
    assert!(site.operations.orders(&site.alice.account, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_order_that_was_changed_meanwhile_is_shown_again_instead_of_being_placed() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let seen = to_summary(&site, &mut alice, &[]).await;
    let now = to_summary(&site, &mut alice, &[("lines[0].quantity", "200")]).await;
    assert_ne!(seen, now);
    let answer = send(&mut alice, "/order/place", &agreement(&seen)).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("changed meanwhile"));
    assert!(site.operations.orders(&site.alice.account, None, 10).await.unwrap().is_empty());
    let answer = send(&mut alice, "/order/place", &agreement(&now)).await;
    assert_eq!(answer.status, 303);
    let orders = site.operations.orders(&site.alice.account, None, 10).await.unwrap();
    assert_eq!(orders[0].purchase.lines[0].seats.get(), 200);
}

#[tokio::test]
async fn lines_are_added_and_removed_without_scripts() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let good = good(&site).await;
    let answer = send(&mut alice, "/order", &with(&good, &[("action", "add")])).await;
    assert_eq!(answer.location(), "/order#lines");
    assert!(alice.get("/order").await.text.contains("lines[2].licenceId"));
    send(&mut alice, "/order", &with(&good, &[("action", "remove-0")])).await;
    let page = alice.get("/order").await.text;
    assert!(!page.contains("lines[1].licenceId") && page.contains("name=\"lines[0].quantity\" value=\"2\""));
    send(&mut alice, "/order", &with(&good, &[("action", "remove-77")])).await;
    send(&mut alice, "/order", &with(&good, &[("action", "clear")])).await;
    assert!(!alice.get("/order").await.text.contains("Zamboni"));
}

#[tokio::test]
async fn asking_for_an_mpn_id_opens_an_approval_and_tells_nothing_about_partners() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let asked = with(&good(&site).await, &[("mpnId", "6100003")]);
    let refused = send(&mut alice, "/order", &asked).await;
    assert!(refused.text.contains("value=\"ask-mpn\""));
    let check = send(&mut alice, "/checks/new/partner", &asked).await;
    assert!(check.text.contains("not approved") && !check.text.contains("data-poll"));
    let answer = send(&mut alice, "/order", &with(&asked, &[("action", "ask-mpn")])).await;
    assert_eq!(answer.location(), "/order?done=asked-mpn");
    let waiting = site.operations.mpn_ids(&site.alice.account).await.unwrap();
    assert!(waiting.iter().any(|m| m.mpn_id.as_str() == "6100003" && m.approved_at.is_none()));
    assert!(alice.get("/order").await.text.contains("6100003 waits"));
}

#[tokio::test]
async fn a_live_check_is_asked_polled_and_nobody_elses_business() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let good = good(&site).await;
    let answer = send(&mut alice, "/checks/new/subdomain", &good).await;
    let poll = answer.text.split("data-poll=\"").nth(1).and_then(|t| t.split('"').next()).unwrap().to_owned();
    assert_eq!(alice.get(&poll).await.status, 200);
    assert_eq!(site.charlie().await.get(&poll).await.status, 404);
    let email = send(&mut alice, "/checks/new/email", &with(&good, &[("contactEmail", "x@nomail.example")])).await;
    assert!(email.text.contains("receives no mail"));
    let empty = send(&mut alice, "/checks/new/address", &with(&good, &[("contactZipCode", "")])).await;
    assert!(!empty.text.contains("<p>"), "half an address is judged");
    assert_eq!(send(&mut alice, "/checks/new/weather", &good).await.status, 404);
}
