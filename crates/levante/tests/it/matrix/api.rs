//! The API's doors: the one-call order and the cart, both engines.

use super::{
    doors::{Doors, Reseller},
    form::{Form, kind_of_check, number},
    table::{Door, Fault, Row, assert_says, rows},
};
use crate::{
    ovh_api::client::{Answer, Client},
    world::engines,
};
use levante::operations::checks::Verdict;
use serde_json::{Value, json};

#[tokio::test]
async fn the_one_call_order_says_what_is_wrong() {
    for engine in engines() {
        let doors = Doors::new(&engine).await;
        for row in rows(Door::OneCall) {
            known_to_microsoft(&doors, row.fault).await;
            let message = one_call(&doors, row).await;
            assert_says(row, Door::OneCall, "en", &message);
            settled(&doors, row).await;
        }
    }
}

#[tokio::test]
async fn the_cart_says_what_is_wrong() {
    let doors = Doors::new(&engines()[0]).await;
    for row in rows(Door::Cart) {
        known_to_microsoft(&doors, row.fault).await;
        let message = cart(&doors, row).await;
        assert_says(row, Door::Cart, "en", &message);
        settled(&doors, row).await;
    }
}

#[tokio::test]
async fn a_call_without_a_fault_is_what_the_matrix_spoils() {
    let doors = Doors::new(&engines()[0]).await;
    let client = &doors.english.client;
    let placed = client.post("/levante/order", &Form::good(&doors.world, "goodcall").await.body()).await.ok();
    let order = doors.ended(&doors.english, placed["orderId"].as_i64().unwrap()).await;
    assert_eq!(order.state.word(), "delivered", "{:?}", order.state);
    let ordered = checked_out(&doors, client, &Form::good(&doors.world, "goodcart").await).await.ok();
    let order = doors.ended(&doors.english, ordered["orderId"].as_i64().unwrap()).await;
    assert_eq!(order.state.word(), "delivered", "{:?}", order.state);
}

/// The faults that an order itself can have, and nothing around it.
fn of_the_order(fault: Fault) -> bool {
    fault < Fault::WrongSignature
}

#[tokio::test]
async fn the_preview_finds_what_every_door_refuses() {
    for engine in engines() {
        let doors = Doors::new(&engine).await;
        let client = &doors.english.client;
        for row in rows(Door::OneCall).filter(|row| of_the_order(row.fault)) {
            // Nobody has asked before: the preview asks, and what it hears binds the order.
            let form = Form::with(&doors.world, row.fault, "albaforni").await;
            let preview = client.post("/levante/order/preview", &form.body()).await.ok();
            let blocks = preview["blocks"].as_array().unwrap();
            assert_eq!((&preview["orderable"], blocks.len()), (&json!(false), 1), "{:?}: {preview}", row.fault);
            let block = &blocks[0];
            let refused = client.post("/levante/order", &form.body()).await;
            assert_says(row, Door::OneCall, "en", &refused.refused(400, "BAD_REQUEST"));
            let named: Vec<String> = refused.json()["details"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(named, [block["field"].as_str().unwrap()], "{:?}", row.fault);
            if let Some(part) = row.at(Door::Panel).part("en") {
                let said = format!("{} {}", block["sentence"], block["cure"]);
                assert!(said.contains(part), "{:?}: {said}", row.fault);
            }
            assert!(block["cure"].as_str().unwrap().len() > 10, "{block}");
            checked_out(&doors, client, &form).await.refused(400, "BAD_REQUEST");
            settled(&doors, row).await;
        }
        let form = Form::good(&doors.world, "albaforni").await;
        let preview = client.post("/levante/order/preview", &form.body()).await.ok();
        assert_eq!((&preview["orderable"], &preview["blocks"]), (&json!(true), &json!([])), "{preview}");
        let placed = client.post("/levante/order", &form.body()).await.ok();
        assert_eq!(placed["prices"], preview["firstBill"]);
    }
}

/// Asks what only Microsoft knows, so that a door can answer at once.
async fn known_to_microsoft(doors: &Doors, fault: Fault) {
    let Some(kind) = kind_of_check(fault) else { return };
    let form = Form::with(&doors.world, fault, "albaforni").await;
    let verdict = doors.asked(&doors.english, form.question(kind)).await;
    assert!(matches!(verdict, Verdict::Bad { .. }), "{fault:?}: {verdict:?}");
}

async fn settled(doors: &Doors, row: &Row) {
    doors.world.quiet().await;
    let after = format!("{:?}", row.fault);
    doors.assert_nothing_ordered(&after).await;
    doors.assert_nothing_made(&after).await;
}

/// The refusal's message.
#[track_caller]
fn message_of(answer: &Answer, row: &Row) -> String {
    let (status, code) = match row.fault {
        Fault::WrongSignature => (400, "INVALID_SIGNATURE"),
        Fault::ClockOff => (400, "QUERY_TIME_OUT"),
        Fault::ForeignService | Fault::ForeignSession => (404, "NOT_FOUND"),
        Fault::OversizedBody => (413, "PAYLOAD_TOO_LARGE"),
        _ => (400, "BAD_REQUEST"),
    };
    answer.refused(status, code)
}

async fn one_call(doors: &Doors, row: &Row) -> String {
    let reseller = &doors.english;
    let form = Form::with(&doors.world, row.fault, "albaforni").await;
    let (client, body) = spoilt(&reseller.client, row.fault, form.body());
    match row.fault {
        Fault::ForeignService => foreign_service(doors, row).await,
        Fault::ForeignSession => foreign_order(doors, row).await,
        _ => message_of(&client.raw("POST", "/1.0/levante/order", &body).await, row),
    }
}

/// The caller and the bytes, with what is wrong around the order.
fn spoilt(client: &Client, fault: Fault, mut body: Value) -> (Client, Vec<u8>) {
    let mut client = client.clone();
    match fault {
        Fault::WrongSignature => client.secret = "x".repeat(32),
        Fault::ClockOff => client.clock_off = -400,
        Fault::UnknownField => body["coupon"] = json!("FREE"),
        Fault::OversizedBody => return (client, vec![b' '; 256 * 1024 + 1]),
        Fault::BrokenJson => return (client, b"{\"mpnId\": \"6100001\",,".to_vec()),
        _ => {}
    }
    (client, body.to_string().into_bytes())
}

/// A service of somebody else and one that nobody has: the same answer to every call.
async fn foreign_service(doors: &Doors, row: &Row) -> String {
    let (client, (_, foreign)) = (&doors.english.client, doors.foreign.clone().unwrap());
    let licence = Form::good(&doors.world, "x").await.lines[0].0;
    let order = json!({ "licenseId": licence, "quantity": 1 });
    let mut messages = Vec::new();
    for name in [foreign.as_str(), "nobodys.onmicrosoft.com"] {
        let at = format!("/saas/csp2/{name}");
        for answer in [
            client.get(&at).await,
            client.get(&format!("{at}/subscription")).await,
            client.get(&format!("{at}/serviceInfos")).await,
            client.get(&format!("{at}/task")).await,
            client.put(&at, &json!({ "displayName": "Mine" })).await,
            client.post(&format!("{at}/subscription"), &order).await,
        ] {
            messages.push(message_of(&answer, row));
        }
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "a foreign service looks like none: {messages:?}");
    assert!(doors.other.client.get(&format!("/saas/csp2/{foreign}")).await.status == 200, "its owner sees it");
    messages.remove(0)
}

/// An order of somebody else.
async fn foreign_order(doors: &Doors, row: &Row) -> String {
    let (client, (id, _)) = (&doors.english.client, doors.foreign.clone().unwrap());
    for path in ["/status", "/details", "/followUp", "/associatedObject"] {
        message_of(&client.get(&format!("/me/order/{id}{path}")).await, row);
    }
    assert_eq!(client.get("/me/order").await.ok(), json!([]));
    message_of(&client.get(&format!("/me/order/{id}")).await, row)
}

async fn cart(doors: &Doors, row: &Row) -> String {
    let client = &doors.english.client;
    let form = Form::with(&doors.world, row.fault, "albaforni").await;
    match row.fault {
        Fault::ForeignSession => {
            let (cart, item) = filled(client, &form).await;
            let foreign = &doors.italian.client;
            let configuration = json!({ "label": "mpnId", "value": "6100001" });
            for answer in [
                foreign.post(&format!("{cart}/assign"), &json!({})).await,
                foreign.post(&format!("{cart}/item/{item}/configuration"), &configuration).await,
                foreign.post(&format!("{cart}/checkout"), &json!({})).await,
            ] {
                message_of(&answer, row);
            }
            message_of(&foreign.get(&cart).await, row)
        }
        Fault::WrongSignature | Fault::ClockOff | Fault::UnknownField | Fault::OversizedBody | Fault::BrokenJson => {
            let (cart, item) = filled(client, &form).await;
            add_lines(doors, client, &cart, item, &form).await.expect("good lines");
            let (spoilt, body) = spoilt(client, row.fault, json!({}));
            message_of(&spoilt.raw("POST", &format!("/1.0{cart}/checkout"), &body).await, row)
        }
        _ => message_of(&checked_out(doors, client, &form).await, row),
    }
}

/// The whole way of a cart: its first refusal, or its checkout.
async fn checked_out(doors: &Doors, client: &Client, form: &Form) -> Answer {
    let (cart, item) = filled(client, form).await;
    let lines = add_lines(doors, client, &cart, item, form).await;
    let checkout = client.post(&format!("{cart}/checkout"), &json!({})).await;
    match lines {
        Ok(()) => checkout,
        Err(refused) => {
            checkout.refused(400, "BAD_REQUEST");
            refused
        }
    }
}

/// A cart with a tenant and the form's fields; the tenant's item.
async fn filled(client: &Client, form: &Form) -> (String, Value) {
    let opened = client.post("/order/cart", &json!({ "ovhSubsidiary": "IT" })).await.ok();
    let cart = format!("/order/cart/{}", opened["cartId"].as_str().unwrap());
    client.post(&format!("{cart}/assign"), &json!({})).await.ok();
    let plan = json!({ "planCode": "csp2-tenant", "pricingMode": "default", "duration": "P1M", "quantity": 1 });
    let item = client.post(&format!("{cart}/csp2"), &plan).await.ok()["itemId"].clone();
    for (label, value) in &form.fields {
        let value = json!({ "label": label, "value": value });
        client.post(&format!("{cart}/item/{item}/configuration"), &value).await.ok();
    }
    (cart, item)
}

async fn add_lines(doors: &Doors, client: &Client, cart: &str, item: Value, form: &Form) -> Result<(), Answer> {
    let list = doors.world.operations.price_list().await.unwrap();
    for (id, seats) in &form.lines {
        let licence = list.get(licensing::id::LicenceId(*id)).unwrap();
        let option = json!({
            "planCode": format!("csp2-license-{id}"), "pricingMode": "default", "duration": licence.term.iso(),
            "quantity": number(seats), "itemId": item,
        });
        let answer = client.post(&format!("{cart}/csp2/options"), &option).await;
        if answer.status != 200 {
            return Err(answer);
        }
    }
    Ok(())
}

/// The reseller of a language.
pub fn of<'a>(doors: &'a Doors, language: &str) -> &'a Reseller {
    if language == "it" { &doors.italian } else { &doors.english }
}
