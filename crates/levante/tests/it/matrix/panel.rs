//! The panel's door, in both languages: pages as a browser without JavaScript sees them.

use super::{
    api::of,
    browser::{Browser, Page},
    doors::{Doors, Reseller},
    form::{Form, kind_of_check},
    table::{Door, Fault, Row, assert_says, rows},
};
use crate::world::engines;

#[tokio::test]
async fn the_panel_says_what_is_wrong_in_english() {
    the_panel_says_what_is_wrong("en").await;
}

#[tokio::test]
async fn the_panel_says_what_is_wrong_in_italian() {
    the_panel_says_what_is_wrong("it").await;
}

async fn the_panel_says_what_is_wrong(language: &str) {
    let doors = Doors::new(&engines()[0]).await;
    let reseller = of(&doors, language);
    let mut browser = doors.browser(reseller).await;
    for row in rows(Door::Panel) {
        let form = Form::with(&doors.world, row.fault, "albaforni").await;
        let page = match (row.fault, kind_of_check(row.fault)) {
            (_, Some(kind)) => known_to_microsoft(&doors, &mut browser, row, reseller, &form, kind).await,
            (Fault::ForeignService, _) => foreign_service(&doors, &mut browser, &form).await,
            (Fault::ForeignSession, _) => foreign_session(&doors, &mut browser, reseller).await,
            (Fault::MissingToken, _) => missing_token(&doors, &mut browser, reseller, &form).await,
            (Fault::OversizedBody, _) => {
                let mut form = form.page();
                form.push(("note".to_owned(), "x".repeat(70_000)));
                status(browser.post("/order", &form).await, 413)
            }
            (Fault::BrokenJson, _) => status(browser.post_json("/order", "{\"mpnId\":").await, 400),
            _ => {
                let page = status(browser.post("/order", &form.page()).await, 422);
                let summary = browser.get("/order/summary").await;
                assert_eq!(summary.location, "/order?again=1", "{:?}: there is no summary", row.fault);
                assert_says(row, Door::Panel, language, &browser.get("/order?again=1").await.text);
                page
            }
        };
        assert_says(row, Door::Panel, language, &page.text);
        assert!(page.text.contains(&format!("lang=\"{language}\"")), "{:?}: the page's language", row.fault);
        doors.world.quiet().await;
        let after = format!("{:?} ({language})", row.fault);
        doors.assert_nothing_ordered(&after).await;
        doors.assert_nothing_made(&after).await;
    }
}

#[track_caller]
fn status(page: Page, wanted: u16) -> Page {
    assert_eq!(page.status, wanted, "{}", page.text);
    page
}

/// What Microsoft says: at the field while somebody types, and in English also on the way to the summary,
/// when nobody had asked before.
async fn known_to_microsoft(
    doors: &Doors,
    browser: &mut Browser,
    row: &Row,
    reseller: &Reseller,
    form: &Form,
    kind: &str,
) -> Page {
    if reseller.language == "en" {
        let on = browser.post("/order", &form.page()).await;
        assert_eq!((on.status, on.location.as_str()), (303, "/order/summary"), "{:?}: {}", row.fault, on.text);
        doors.world.quiet().await;
        let late = browser.get("/order/summary").await;
        assert_eq!(late.location, "/order?again=1", "{:?}: the verdict came", row.fault);
        assert_says(row, Door::Panel, reseller.language, &browser.get("/order?again=1").await.text);
    } else {
        let mut said = browser.post(&format!("/checks/new/{kind}"), &form.page()).await;
        while let Some(id) = said.between("data-poll=\"/checks/", "\"").map(str::to_owned) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            said = browser.get(&format!("/checks/{id}")).await;
        }
        assert_says(row, Door::Panel, reseller.language, &said.text);
    }
    status(browser.post("/order", &form.page()).await, 422)
}

async fn foreign_service(doors: &Doors, browser: &mut Browser, form: &Form) -> Page {
    let (_, foreign) = doors.foreign.clone().unwrap();
    let line = [("licenceId".to_owned(), form.lines[0].0.to_string()), ("quantity".to_owned(), "1".to_owned())];
    for name in [foreign.as_str(), "nobodys.onmicrosoft.com"] {
        for path in ["", "/subscriptions", "/tasks", "/name", "/contact"] {
            status(browser.get(&format!("/services/{name}{path}")).await, 404);
        }
        status(browser.post(&format!("/services/{name}/subscriptions/new"), &line).await, 404);
        status(browser.post(&format!("/services/{name}/name"), &[("displayName".into(), "Mine".into())]).await, 404);
    }
    status(browser.get(&format!("/services/{foreign}")).await, 404)
}

/// Pages of somebody else's, and a cookie with somebody else's token.
async fn foreign_session(doors: &Doors, browser: &mut Browser, reseller: &Reseller) -> Page {
    let (id, _) = doors.foreign.clone().unwrap();
    let mut owner = doors.browser(&doors.other).await;
    status(owner.get(&format!("/orders/{id}")).await, 200);
    let own = browser.token();
    browser.forge(&owner.token());
    status(browser.post("/order", &[]).await, 403);
    browser.forge(&own);
    status(browser.get(&format!("/orders/{id}/progress")).await, 404);
    let key = doors.other.client.credential;
    let revoke = browser.post(&format!("/keys/credentials/{key}/revoke"), &[]).await;
    status(revoke, 404);
    assert_eq!(doors.other.client.get("/me").await.status, 200, "{}: its key still works", reseller.email);
    status(browser.get(&format!("/orders/{id}")).await, 404)
}

async fn missing_token(doors: &Doors, browser: &mut Browser, reseller: &Reseller, form: &Form) -> Page {
    let good = form.page();
    for token in ["", "x"] {
        let fields = [good.clone(), vec![("csrf".to_owned(), token.to_owned())]].concat();
        status(browser.post_bare("/order", &fields).await, 403);
    }
    status(browser.post_bare("/order/place", &good).await, 403);
    status(browser.post_bare("/sign-out", &[]).await, 403);
    for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        status(browser.post_from("/order", &good, header).await, 403);
    }
    let mut older = doors.browser(reseller).await;
    assert_ne!(older.token(), browser.token(), "each session has a token of its own");
    older.forge(&browser.token());
    status(older.post("/order", &good).await, 403);
    status(browser.post_bare("/order", &good).await, 403)
}
