//! Every page in both languages over real books; what a stranger sees; what pages weigh.

use super::browser::Site;
use crate::world::{Engines, World};
use levante::panel::Settings;
use partner_center_simulator::Options;

pub async fn delivered() -> (World, Site, String, i64, i64) {
    let world = World::new(&Engines::Sqlite, Options::default()).await;
    let accepted = world.order("albaforni").await;
    world.ended(&accepted).await;
    let settings = Settings {
        demo_logins: vec![("demo@fabrikam.example".into(), "shown here".into())],
        mailbox_url: Some("http://127.0.0.1:9/".into()),
        ..Settings::default()
    };
    let site = Site::over(world.operations.clone(), world.actor.clone(), settings).await;
    let name = accepted.service.name.to_string();
    let subscriptions = world.operations.subscriptions(&world.actor.account, &accepted.service.name).await.unwrap();
    let base = subscriptions.iter().find(|s| subscriptions.iter().any(|o| o.base == Some(s.id))).unwrap().id.0;
    let order = accepted.order.unwrap().id.0;
    (world, site, name, base, order)
}

fn every_page(name: &str, subscription: i64, order: i64) -> Vec<String> {
    let s = format!("/services/{name}");
    vec![
        "/services".into(),
        "/services?q=alba&status=ok&mpn=good&sort=-created".into(),
        "/services?q=nothing-like-it".into(),
        "/services.csv".into(),
        s.clone(),
        format!("{s}?done=renamed"),
        format!("{s}/name"),
        format!("{s}/contact"),
        format!("{s}/mpn"),
        format!("{s}/subscriptions"),
        format!("{s}/subscriptions/list"),
        format!("{s}/subscriptions/new"),
        format!("{s}/subscriptions/{subscription}/seats"),
        format!("{s}/subscriptions/{subscription}/cancel"),
        format!("{s}/subscriptions/{subscription}/add-on"),
        format!("{s}/tasks"),
        format!("{s}/tasks/list"),
        "/order".into(),
        "/order?again=1".into(),
        "/orders".into(),
        format!("/orders/{order}"),
        format!("/orders/{order}/progress"),
        "/keys".into(),
        "/createApp/".into(),
        "/createToken/?GET=/me&POST=/saas/csp2/*".into(),
        "/console/".into(),
    ]
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let (_world, site, name, subscription, order) = delivered().await;
    for language in ["en", "it"] {
        let mut anyone = site.browser(language);
        let door = anyone.get("/sign-in").await;
        assert!(door.text.contains(&format!("<html lang=\"{language}\">")) && door.text.contains("shown here"));
        let mut alice = site.alice(language).await;
        for path in every_page(&name, subscription, order) {
            let answer = alice.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert!(!answer.text.contains("{ $") && !answer.text.contains("{{"), "{path}");
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
            if answer.text.starts_with("<!doctype") {
                assert!(answer.text.contains(&format!("<html lang=\"{language}\">")), "{path}");
                assert_eq!(answer.text.matches("<h1").count(), 1, "{path}");
                let inline = ["<style", " style=", "onclick=", "javascript:", "<script>"];
                assert!(inline.iter().all(|i| !answer.text.contains(i)), "{path} has something inline");
                assert_eq!(answer.header("cache-control"), "no-store");
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_sees_what_is_not_there() {
    let (_world, site, name, subscription, order) = delivered().await;
    let mut charlie = site.charlie().await;
    let nothing = charlie.get("/services/nobodyatall.onmicrosoft.com").await;
    for path in every_page(&name, subscription, order) {
        if !path.contains(&name) && !path.contains(&order.to_string()) {
            continue;
        }
        let answer = charlie.get(&path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text.contains("Alba") && answer.text.contains(answer.header("x-request-id")));
        let neutral = |a: &super::browser::Answer, path: &str| {
            let path = path.replace('&', "&#38;").replace('?', "&#63;");
            a.text.replace(a.header("x-request-id"), "").replace(&path, "").contains("non esiste")
        };
        assert!(neutral(&answer, &path) && neutral(&nothing, "/services/nobodyatall.onmicrosoft.com"));
    }
    let seats = format!("/services/{name}/subscriptions/{subscription}/seats");
    let before = site.operations.tasks(&site.alice.account, &name_of(&name)).await.unwrap().len();
    for (path, fields) in [
        (seats.as_str(), vec![("quantity", "9"), ("action", "confirm")]),
        (&format!("/services/{name}/subscriptions/{subscription}/cancel"), vec![("sure", "yes")]),
        (&format!("/services/{name}/name"), vec![("displayName", "stolen")]),
        (&format!("/services/{name}/subscriptions/new"), vec![("licenseId", "1"), ("quantity", "1")]),
    ] {
        assert_eq!(charlie.post(path, &fields).await.status, 404, "{path}");
    }
    assert_eq!(site.operations.tasks(&site.alice.account, &name_of(&name)).await.unwrap().len(), before);
    assert_eq!(site.browser("en").get(&format!("/orders/{order}")).await.status, 303);
}

pub fn name_of(name: &str) -> licensing::id::ServiceName {
    licensing::id::ServiceName::read(name).unwrap()
}

#[tokio::test]
async fn a_service_is_renamed_and_refusals_keep_what_was_typed() {
    let (_world, site, name, _, _) = delivered().await;
    let mut alice = site.alice("it").await;
    let path = format!("/services/{name}/name");
    let answer = alice.post(&path, &[("displayName", "")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("obbligatorio"));
    let answer = alice.post(&path, &[("displayName", "Forni Alba")]).await;
    assert_eq!(answer.location(), format!("/services/{name}?done=renamed"));
    assert!(alice.get("/services").await.text.contains("Forni Alba"));
    let contact = format!("/services/{name}/contact");
    let fields = [
        ("firstName", "Chiara"),
        ("lastName", "Neri"),
        ("email", "broken@"),
        ("phone", "051 123 4567"),
        ("address", "Via Indipendenza 8"),
        ("zipCode", "40121"),
        ("city", "Bologna"),
    ];
    let answer = alice.post(&contact, &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("Via Indipendenza 8") && answer.text.contains("broken@"));
    let answer = alice.post(&format!("/services/{name}/mpn"), &[("mpnId", "6100777")]).await;
    assert!(answer.status == 422 && answer.text.contains("value=\"ask\""));
}

#[tokio::test]
async fn seats_are_changed_after_a_second_look_and_once() {
    let (world, site, name, subscription, _) = delivered().await;
    let mut alice = site.alice("en").await;
    let path = format!("/services/{name}/subscriptions/{subscription}/seats");
    for (quantity, text) in [("0", "at least 1"), ("301", "At most 300"), ("1.5", "whole number")] {
        let answer = alice.post(&path, &[("quantity", quantity), ("action", "preview")]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains(text), "{quantity}");
    }
    let current = site.operations.subscriptions(&site.alice.account, &name_of(&name)).await.unwrap();
    let wanted = (current.iter().find(|s| s.id.0 == subscription).unwrap().seats.get() + 2).to_string();
    let preview = alice.post(&path, &[("quantity", &wanted), ("action", "preview")]).await;
    assert!(preview.text.contains("+2") && preview.text.contains('€'));
    let token = preview.text.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("quantity", wanted.as_str()), ("action", "confirm"), ("token", token.as_str())];
    let (first, second) = (alice.post(&path, &fields).await, alice.post(&path, &fields).await);
    assert_eq!((first.status, first.location()), (303, second.location()));
    world.quiet().await;
    let tasks = site.operations.tasks(&site.alice.account, &name_of(&name)).await.unwrap();
    assert_eq!(tasks.iter().filter(|t| t.function.word() == "changeSubscriptionQuantity").count(), 1);
    let cancel = format!("/services/{name}/subscriptions/{subscription}/cancel");
    let page = alice.get(&cancel).await;
    assert!(page.text.contains("depends on it") && !page.text.contains("name=\"sure\""));
    assert_eq!(alice.post(&cancel, &[("sure", "yes")]).await.status, 409);
    assert_eq!(alice.post(&cancel, &[]).await.status, 422);
}

#[tokio::test]
async fn the_list_is_searched_sorted_exported_and_light() {
    let (world, site, name, _, _) = delivered().await;
    for n in 0..3 {
        world.order(&format!("contoso{n}")).await;
    }
    let mut alice = site.alice("en").await;
    let by_name = |page: &str, name: &str| page.find(&format!("<code>{name}"));
    let down = alice.get("/services?sort=-name").await.text;
    assert!(by_name(&down, "contoso2") < by_name(&down, "contoso0"));
    assert!(by_name(&down, "contoso0") < by_name(&down, "albaforni"));
    let found = alice.get("/services?q=CONTOSO1").await.text;
    assert!(by_name(&found, "contoso1").is_some() && by_name(&found, "albaforni").is_none());
    assert!(by_name(&alice.get("/services?q=%25").await.text, "albaforni").is_none(), "a sign is taken for a pattern");
    assert!(by_name(&alice.get("/services?mpn=flagged").await.text, "albaforni").is_none());
    let first =
        alice.get("/services?sort=name&key=albaforni.onmicrosoft.com&after=albaforni.onmicrosoft.com").await.text;
    assert!(by_name(&first, "albaforni").is_none() && by_name(&first, "contoso0").is_some());
    let csv = alice.get("/services.csv?sort=name").await;
    assert_eq!(csv.text.lines().count(), 5);
    assert!(csv.text.contains(&name) && csv.header("content-type").starts_with("text/csv"));

    let page = alice.get("/services").await.text;
    let address =
        |kind: &str| page.split('"').find(|p| p.starts_with("/assets/") && p.contains(kind)).unwrap().to_owned();
    let parts = ["/services".to_owned(), address(".css"), address(".js")];
    let mut weight = 0;
    for part in &parts {
        weight += alice.weight(part).await;
    }
    assert!(weight <= 15 * 1024, "the list weighs {weight} bytes");
    assert_eq!(alice.get("/assets/../panel.rs").await.status, 404);
}

#[tokio::test]
async fn the_console_is_public_and_shows_nothing_of_anybody() {
    let site = Site::new().await;
    let mut anyone = site.browser("en");
    let open = anyone.get("/console/").await;
    assert_eq!(open.status, 200);
    for theirs in ["rv1111", "rv3333", "fabrikam", "northwind", "/createToken/", "href=\"/keys\""] {
        assert!(!open.text.contains(theirs), "{theirs} is shown to a stranger");
    }
    assert_eq!(anyone.get("/console").await.status, 200);
    assert_eq!(anyone.post("/console/", &[]).await.status, 404);
    // Where there is no name, nothing can be sent as a form, whatever becomes of the script.
    let main = open.text.split("<main").nth(1).unwrap();
    let secrets = main.split("<input").skip(1).filter(|input| input.contains("id=\"key-"));
    assert_eq!(secrets.inspect(|input| assert!(!input.split('>').next().unwrap().contains(" name="))).count(), 4);
    for file in ["console.css", "console.js", "console-call.js", "console-snippets.js"] {
        let address = open.text.split('"').find(|p| p.starts_with(&format!("/assets/{file}?"))).unwrap().to_owned();
        let asset = anyone.get(&address).await;
        let kind = if file.ends_with("css") { "text/css" } else { "text/javascript" };
        assert!(asset.status == 200 && asset.header("content-type").starts_with(kind), "{address}");
    }
    let weight = anyone.weight("/console/").await;
    assert!(weight <= 6 * 1024, "the console weighs {weight} bytes");
    let mut alice = site.alice("it").await;
    assert!(alice.get("/console/").await.text.contains("href=\"/createToken/\""));
    assert!(alice.get("/keys").await.text.contains("href=\"/console/\""));
}

#[tokio::test]
async fn keys_are_made_shown_once_validated_and_revoked() {
    let site = Site::new().await;
    let mut alice = site.alice("en").await;
    let form = alice.get("/createToken/?GET=/me&PUT=/saas/csp2/*").await.text;
    assert!(form.contains("GET /me\nPUT /saas/csp2/*"));
    let wrong = alice.post("/createToken/", &[("name", "Scripts"), ("rules", "FETCH /me")]).await;
    assert_eq!(wrong.status, 422);
    let token = form.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("name", "Scripts"), ("rules", "GET /me\nPUT /saas/csp2/*"), ("validity", "month"), ("token", token)];
    let made = alice.post("/createToken/", &fields).await;
    assert_eq!(made.status, 201);
    let again = alice.post("/createToken/", &fields).await;
    assert_eq!((again.status, again.location()), (303, "/keys?done=made-already"));
    assert!(alice.get(again.location()).await.text.contains("was sent before"));
    assert_eq!(site.operations.applications(&site.alice.account).await.unwrap().len(), 1);
    assert_eq!(site.operations.credentials(&site.alice.account).await.unwrap().len(), 1);
    let secret = made.text.split("id=\"keys-consumer-key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(secret.len(), 32);
    let page = alice.get("/keys").await.text;
    assert!(page.contains("PUT /saas/csp2/*") && !page.contains(&secret));
    let credential = site.operations.credentials(&site.alice.account).await.unwrap()[0].clone();
    let path = format!("/keys/credentials/{}/revoke", credential.id);
    assert_eq!(site.charlie().await.post(&path, &[]).await.status, 404);
    assert_eq!(alice.post(&path, &[]).await.status, 303);

    let application = site.operations.applications(&site.alice.account).await.unwrap()[0].key.clone();
    let rules = licensing::permission::everything();
    let asked = site.operations.request_credential(&application, rules, Some("https://app.example/back"), None);
    let asked = asked.await.unwrap().unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&asked.validation_token).to_owned();
    let address = format!("/auth/?credentialToken={token}");
    let door = site.browser("en").get(&address).await;
    assert!(door.location().starts_with("/sign-in?next=/auth/%3FcredentialToken%3D"), "{}", door.location());
    assert!(alice.get(&address).await.text.contains("Scripts"));
    let fields = [("credentialToken", token.as_str()), ("validity", "day"), ("action", "allow")];
    let done = alice.post("/auth/", &fields).await;
    assert!(done.status == 200 && done.text.contains("href=\"https://app.example/back\""));
    assert_eq!(alice.get(&address).await.status, 404, "a request is answered once");
}
