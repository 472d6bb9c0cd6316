//! What only Microsoft knows and nobody asked before: the order is accepted, its step refuses, and
//! nothing is left of it but the reason.

use super::{
    api::of,
    doors::Doors,
    form::Form,
    table::{Door, Fault, Row, assert_says, rows},
};
use crate::world::engines;
use serde_json::{Value, json};

#[tokio::test]
async fn a_step_refuses_and_nothing_is_left_but_the_reason() {
    for engine in engines() {
        let doors = Doors::empty(&engine).await;
        for language in ["en", "it"] {
            for (index, row) in rows(Door::Workflow).enumerate() {
                refused(&doors, language, row, &format!("row{index}{language}")).await;
                doors.assert_nothing_made(&format!("{:?} ({language})", row.fault)).await;
            }
        }
    }
}

async fn refused(doors: &Doors, language: &str, row: &Row, subdomain: &str) {
    let (reseller, fault) = (of(doors, language), row.fault);
    let form = Form::with(&doors.world, fault, subdomain).await;
    let placed = reseller.client.post("/levante/order", &form.body()).await.ok();
    let id = placed["orderId"].as_i64().unwrap();
    let name = placed["serviceName"].as_str().unwrap();
    let order = doors.ended(reseller, id).await;
    assert_eq!(order.state.word(), "refused", "{fault:?}: {:?}", order.state);
    doors.world.quiet().await;

    let client = &reseller.client;
    assert_eq!(client.get(&format!("/me/order/{id}/status")).await.ok(), "cancelled", "{fault:?}");
    let steps = client.get(&format!("/me/order/{id}/followUp")).await.ok();
    assert_eq!(steps[2]["status"], "ERROR", "{fault:?}");
    let said: Vec<&str> =
        steps[2]["history"].as_array().unwrap().iter().filter_map(|h| h["description"].as_str()).collect();
    assert_says(row, Door::Workflow, "en", &said.join("\n").replace("the id of", "the ID of"));

    let mut browser = doors.browser(reseller).await;
    let page = browser.get(&format!("/orders/{id}")).await;
    assert_eq!(page.status, 200);
    assert_says(row, Door::Workflow, language, &page.text);

    let mails = doors.world.mailbox.list(Some(&reseller.email)).unwrap();
    let about: Vec<_> = mails.iter().filter(|m| m.text.contains(&id.to_string())).collect();
    let attention: Vec<_> = about.iter().filter(|m| in_one_line(&m.text).contains(part(row, language))).collect();
    assert_eq!(attention.len(), 1, "{fault:?}: {:?}", about.iter().map(|m| &m.text).collect::<Vec<_>>());
    assert_eq!(attention[0].language, language);
    let contact = doors.world.mailbox.list(Some(form.get("contactEmail"))).unwrap();
    assert!(contact.is_empty(), "{fault:?}: the customer hears nothing of an order that came to nothing");

    client.get(&format!("/saas/csp2/{name}")).await.refused(404, "NOT_FOUND");
    assert_eq!(client.get("/saas/csp2").await.ok(), json!([]), "{fault:?}");
    assert_eq!(browser.get(&format!("/services/{name}")).await.status, 404, "{fault:?}");
    let good = Form::good(&doors.world, form.get("customSubdomain")).await;
    let again = doors.world.operations.check_order(&reseller.actor.account, &good.input()).await;
    assert!(again.is_ok(), "{fault:?}: the name is free again: {again:?}");
}

fn part(row: &Row, language: &str) -> &'static str {
    row.at(Door::Workflow).part(language).unwrap()
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A price list may be behind Microsoft's: the order is refused while nothing exists, the tenant included.
#[tokio::test]
async fn a_licence_that_only_microsoft_stopped_selling_buys_nothing() {
    for engine in engines() {
        let doors = Doors::empty(&engine).await;
        let operations = &doors.world.operations;
        let list = "sku,segment,term,plan,name,price,currency,tax\n\
                    CFQ7LV000099:0001,commercial,P1M,monthly,Sold out,1.00,EUR,22\n";
        operations.import_licences(list.as_bytes()).await.unwrap();
        let mut form = Form::good(&doors.world, "soldout").await;
        form.lines[0].0 = doors.world.licence("CFQ7LV000099:0001", "P1M", "monthly").await.0;
        let client = &doors.english.client;
        let placed = client.post("/levante/order", &form.body()).await.ok();
        let id = placed["orderId"].as_i64().unwrap();
        let order = doors.ended(&doors.english, id).await;
        assert_eq!(order.state.word(), "refused", "{:?}", order.state);
        doors.world.quiet().await;
        let steps = client.get(&format!("/me/order/{id}/followUp")).await.ok().to_string();
        assert!(steps.contains("Sold out") && steps.contains("is no longer sold"), "{steps}");
        let mails = doors.world.mailbox.list(Some(&doors.english.email)).unwrap();
        assert!(mails.iter().any(|m| in_one_line(&m.text).contains("is no longer sold")), "the reseller is told");
        doors.assert_nothing_made("a licence that is sold out").await;
        let name = placed["serviceName"].as_str().unwrap();
        client.get(&format!("/saas/csp2/{name}")).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_verdict_of_another_account_does_not_answer_for_ours() {
    let doors = Doors::empty(&engines()[0]).await;
    let form = Form::with(&doors.world, Fault::SubdomainTaken, "").await;
    doors.asked(&doors.italian, form.question("subdomain")).await;
    let refused = doors.italian.client.post("/levante/order", &form.body()).await;
    assert!(refused.refused(400, "BAD_REQUEST").contains("is already taken"));
    let placed: Value = doors.english.client.post("/levante/order", &form.body()).await.ok();
    let order = doors.ended(&doors.english, placed["orderId"].as_i64().unwrap()).await;
    assert_eq!(order.state.word(), "refused");
    doors.assert_nothing_made("two resellers want the same taken name").await;
}
