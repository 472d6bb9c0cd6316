//! The preview of an order: what blocks it and what it costs, and that nothing is made.

use super::world::World;
use levante::operations::{
    checks::{Question, Verdict},
    jobs::Lane,
};
use licensing::invalid::Rule;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn codes(findings: &Value) -> Vec<(String, String)> {
    let text = |f: &Value, name: &str| f[name].as_str().expect("text").to_owned();
    findings.as_array().expect("a list").iter().map(|f| (text(f, "field"), text(f, "code"))).collect()
}

/// Answers every live check that was asked.
async fn answer_checks(world: &World, verdict: impl Fn(&Question) -> Verdict) {
    for job in world.operations.claim_jobs(Lane::Fast, 50).await.expect("jobs") {
        let id = job.subject.strip_prefix("check/").expect("a check").parse().expect("an id");
        let question = world.operations.open_question(id).await.expect("storage").expect("open");
        world.operations.answer_check(&job, id, verdict(&question)).await.expect("answered");
    }
}

#[tokio::test]
async fn a_good_order_shows_its_whole_money() {
    let world = World::new().await;
    let preview = world.alice.post("/levante/order/preview", &world.order("albaforni").await).await.ok();
    assert_eq!((&preview["orderable"], &preview["blocks"]), (&json!(true), &json!([])));
    assert_eq!(preview["serviceName"], "albaforni.onmicrosoft.com");
    let lines = preview["lines"].as_array().expect("lines");
    let shown: Vec<Value> = lines
        .iter()
        .map(|l| {
            json!([
                l["quantity"],
                l["unitPrice"]["value"],
                l["bills"],
                l["duration"],
                l["taxPercent"],
                l["firstBill"]["withoutTax"]["value"],
                l["firstBill"]["tax"]["value"],
                l["commitment"]["withTax"]["value"],
            ])
        })
        .collect();
    assert_eq!(
        shown,
        [
            json!([10, 5.6, 12, "P1Y", 22, 56, 12.32, 819.84]),
            json!([3, 12.5, 1, "P1M", 22, 37.5, 8.25, 45.75]),
            json!([2, 8, 12, "P1Y", 22, 16, 3.52, 234.24]),
        ]
    );
    let sums = |name: &str| {
        ["withoutTax", "tax", "withTax"].map(|amount| preview[name][amount]["text"].as_str().expect("text").to_owned())
    };
    assert_eq!(sums("firstBill"), ["109.50 EUR", "24.09 EUR", "133.59 EUR"]);
    assert_eq!(sums("commitment"), ["901.50 EUR", "198.33 EUR", "1099.83 EUR"]);
    // The order costs what its preview said.
    let placed = world.alice.post("/levante/order", &world.order("albaforni").await).await.ok();
    assert_eq!(placed["prices"]["withTax"], preview["firstBill"]["withTax"]);
}

#[tokio::test]
async fn everything_that_blocks_is_said_at_once_with_a_cure_and_money_as_far_as_known() {
    let world = World::new().await;
    world.alice.post("/levante/order", &world.order("albaforni").await).await.ok();
    let mut order = world.order("albaforni").await;
    order["mpnId"] = json!("6100009");
    order["contactEmail"] = json!("chiara@nomail.example");
    order["contactZipCode"] = json!("4712");
    order["lines"][1]["quantity"] = json!(0);
    order.as_object_mut().expect("an object").remove("mcaAgreedAt");
    let preview = world.alice.post("/levante/order/preview", &order).await.ok();
    assert_eq!(preview["orderable"], false);
    let wanted = [
        ("contactZipCode", "postcode-form"),
        ("lines[1].quantity", "at-least"),
        ("mcaAgreedAt", "agreement-required"),
        ("mpnId", "mpn-not-approved"),
        ("customSubdomain", "subdomain-taken"),
        ("contactEmail", "email-domain"),
    ];
    assert_eq!(codes(&preview["blocks"]), wanted.map(|(f, c)| (f.to_owned(), c.to_owned())));
    let mpn = &preview["blocks"][3];
    assert_eq!(
        mpn["sentence"],
        "ID MPN «6100009»: non è approvato per questo account; chiederne l'approvazione al fornitore."
    );
    assert!(mpn["cure"].as_str().expect("a cure").starts_with("Chiedere al fornitore"), "{mpn}");
    let priced: Vec<&Value> = preview["lines"].as_array().expect("lines").iter().map(|l| &l["line"]).collect();
    assert_eq!(priced, [&json!(0), &json!(2)]);
    assert_eq!((&preview["firstBill"], &preview["commitment"]), (&Value::Null, &Value::Null), "not a sum of some");
    // The order itself is refused for the same.
    world.alice.post("/levante/order", &order).await.refused(400, "BAD_REQUEST");
    // The language is the account's.
    world.alice.put("/me", &json!({ "language": "en_GB" })).await.ok();
    let preview = world.alice.post("/levante/order/preview", &json!({})).await.ok();
    assert!(preview["blocks"][0]["sentence"].as_str().expect("text").contains("is required"), "{preview}");
    world.alice.post("/levante/order/preview", &json!({ "x": 1 })).await.refused(400, "BAD_REQUEST");
    world.alice.post("/levante/order/preview", &json!({ "mpnId": 1 })).await.refused(400, "BAD_REQUEST");
}

#[tokio::test]
async fn live_checks_are_asked_once_and_their_verdicts_count() {
    let world = World::new().await;
    let order = world.order("albaforni").await;
    let verdicts = |preview: &Value| -> Vec<(String, String)> {
        let checks = preview["checks"].as_array().expect("checks").iter();
        let text = |c: &Value, name: &str| c[name].as_str().expect("text").to_owned();
        checks.map(|c| (text(c, "check"), text(c, "verdict"))).collect()
    };
    let pairs = |all: [(&str, &str); 7]| all.map(|(c, v)| (c.to_owned(), v.to_owned()));
    let first = world.alice.post("/levante/order/preview", &order).await.ok();
    let waiting = [
        ("partner", "notChecked"),
        ("subdomain", "notChecked"),
        ("email", "good"),
        ("address", "notChecked"),
        ("licence", "notChecked"),
        ("licence", "notChecked"),
        ("licence", "notChecked"),
    ];
    assert_eq!(verdicts(&first), pairs(waiting));
    let warned: Vec<(&Value, &Value)> =
        first["warnings"].as_array().expect("a list").iter().map(|w| (&w["field"], &w["value"])).collect();
    let licence = world.licence(3).await.to_string();
    assert_eq!((warned.len(), warned[5]), (6, (&json!("lines[2].licenceId"), &json!(licence))), "{first}");
    world.alice.post("/levante/order/preview", &order).await.ok();
    let jobs = world.operations.claim_jobs(Lane::Fast, 50).await.expect("jobs");
    assert_eq!(jobs.len(), 6, "a question is asked once");
    for job in jobs {
        world.operations.postpone_job(&job, world.operations.clock.business()).await.expect("put back");
    }
    answer_checks(&world, |question| match question.kind() {
        "subdomain" => Verdict::Bad { rule: Rule::SubdomainTaken },
        "address" => Verdict::Doubtful { hints: vec!["Via Emilia 1/A".to_owned()] },
        _ => Verdict::Unavailable,
    })
    .await;
    let second = world.alice.post("/levante/order/preview", &order).await.ok();
    assert_eq!(codes(&second["blocks"]), [("customSubdomain".to_owned(), "subdomain-taken".to_owned())]);
    assert_eq!(second["checks"][3]["hints"], json!(["Via Emilia 1/A"]));
    assert_eq!(second["checks"][1]["verdict"], "bad");
    assert_eq!(second["orderable"], false);
    assert!(codes(&second["warnings"]).contains(&("contactAddress".to_owned(), "doubtful".to_owned())), "{second}");
    // An MPN id that is not approved is not asked about: this is no list of partners.
    let mut foreign = order;
    foreign["mpnId"] = json!("6100002");
    let third = world.alice.post("/levante/order/preview", &foreign).await.ok();
    assert!(verdicts(&third).iter().all(|(check, _)| check != "partner"), "{third}");
}

#[tokio::test]
async fn a_name_that_was_free_and_is_ordered_now_blocks() {
    let world = World::new().await;
    let order = world.order("albaforni").await;
    world.alice.post("/levante/order/preview", &order).await.ok();
    answer_checks(&world, |_| Verdict::Good { note: String::new() }).await;
    let preview = world.alice.post("/levante/order/preview", &order).await.ok();
    assert_eq!((&preview["orderable"], &preview["warnings"]), (&json!(true), &json!([])));
    world.alice.post("/levante/order", &order).await.ok();
    // What Microsoft said some minutes ago is not the last word.
    let preview = world.alice.post("/levante/order/preview", &order).await.ok();
    assert_eq!(codes(&preview["blocks"]), [("customSubdomain".to_owned(), "subdomain-taken".to_owned())]);
    world.alice.post("/levante/order", &order).await.refused(400, "BAD_REQUEST");
    // Also for another account.
    let mut theirs = order.clone();
    theirs["mpnId"] = json!("6100002");
    assert_eq!(world.charlie.post("/levante/order/preview", &theirs).await.ok()["orderable"], false);
    world.charlie.post("/levante/order", &theirs).await.refused(400, "BAD_REQUEST");
}

#[tokio::test]
async fn a_block_names_the_value_that_was_sent_and_not_an_earlier_one() {
    let world = World::new().await;
    let mut order = world.order("albaforni").await;
    for email in ["chiara@nomail.example", "luca@nomail.example"] {
        order["contactEmail"] = json!(email);
        let preview = world.alice.post("/levante/order/preview", &order).await.ok();
        assert_eq!(preview["blocks"][0]["value"], email);
        assert!(preview["blocks"][0]["sentence"].as_str().expect("text").contains(email), "{preview}");
    }
}

#[tokio::test]
async fn a_licence_that_is_not_sold_in_the_country_blocks_its_line_and_the_order() {
    let world = World::new().await;
    let order = world.order("albaforni").await;
    world.alice.post("/levante/order/preview", &order).await.ok();
    let closed = world.licence(2).await;
    answer_checks(&world, |question| match question {
        Question::Licence { licence, .. } if licence.id.0 == closed => Verdict::Bad { rule: Rule::LicenceNotSold },
        _ => Verdict::Good { note: String::new() },
    })
    .await;
    let preview = world.alice.post("/levante/order/preview", &order).await.ok();
    assert_eq!(codes(&preview["blocks"]), [("lines[1].licenceId".to_owned(), "licence-not-sold".to_owned())]);
    assert!(!preview["firstBill"].is_null(), "its price is known all the same");
    let message = world.alice.post("/levante/order", &order).await.refused(400, "BAD_REQUEST");
    assert!(message.starts_with("lines[1].licenceId: "), "{message}");
    // The answer belongs to the licence and the country, and not to a line.
    let mut alone = order.clone();
    alone["lines"] = json!([{ "licenceId": closed, "quantity": 1 }]);
    let preview = world.alice.post("/levante/order/preview", &alone).await.ok();
    assert_eq!(codes(&preview["blocks"]), [("lines[0].licenceId".to_owned(), "licence-not-sold".to_owned())]);
    let mut elsewhere = alone;
    elsewhere["contactCountry"] = json!("FR");
    elsewhere["contactZipCode"] = json!("75002");
    elsewhere["contactPhone"] = json!("+33 1 42 68 53 00");
    let preview = world.alice.post("/levante/order/preview", &elsewhere).await.ok();
    assert_eq!(preview["blocks"], json!([]), "France was not asked about");
    world.alice.post("/levante/order", &elsewhere).await.ok();
}

/// Sends an order both ways and compares what is said about it.
async fn same_verdict(world: &World, what: &str, order: &Value) -> bool {
    let preview = world.alice.post("/levante/order/preview", order).await;
    let placed = world.alice.post("/levante/order", order).await;
    if preview.status != 200 {
        assert_eq!((preview.status, &preview.json()["message"]), (placed.status, &placed.json()["message"]), "{what}");
        return false;
    }
    let preview = preview.ok();
    let blocked: BTreeSet<String> = codes(&preview["blocks"]).into_iter().map(|(field, _)| field).collect();
    assert_eq!(preview["orderable"], blocked.is_empty(), "{what}");
    assert_eq!(preview["orderable"], placed.status == 200, "{what}: {preview} {}", placed.text);
    for block in preview["blocks"].as_array().expect("a list") {
        for text in ["code", "field", "sentence", "cure"] {
            assert!(block[text].as_str().is_some_and(|t| !t.is_empty()), "{what}: {text} of {block}");
        }
    }
    if placed.status != 200 {
        let message = placed.refused(400, "BAD_REQUEST");
        let refused: BTreeSet<String> =
            placed.json()["details"].as_object().expect("details").keys().cloned().collect();
        // An order looks at what is on record once its fields are right; the preview says all at once.
        assert!(!refused.is_empty() && refused.is_subset(&blocked), "{what}: {message} and {blocked:?}");
    }
    placed.status == 200
}

#[tokio::test]
async fn the_preview_refuses_what_the_order_refuses_and_nothing_else() {
    let world = World::new().await;
    let mut good = world.order("albaforni").await;
    // With a name that is made up, and with Microsoft's blessing.
    good.as_object_mut().expect("an object").remove("customSubdomain");
    world.alice.post("/levante/order/preview", &good).await.ok();
    answer_checks(&world, |_| Verdict::Good { note: String::new() }).await;
    let [one, two, add_on, closed, education] =
        [world.licence(1), world.licence(2), world.licence(3), world.licence(4), world.licence(5)];
    let [one, two, add_on, closed, education] = [one.await, two.await, add_on.await, closed.await, education.await];
    let line = |licence: i64, seats: i64| json!({ "licenceId": licence, "quantity": seats });
    let many = |n: i64| Value::from((0..n).map(|_| line(one, 1)).collect::<Vec<_>>());
    let mut cases: Vec<(&str, Value)> = Vec::new();
    for field in good.as_object().expect("an object").keys().filter(|name| *name != "lines") {
        let values = [json!(""), json!("   "), json!(null), json!("x".repeat(300))];
        cases.extend(values.map(|value| (field.as_str(), value)));
    }
    for (field, values) in [
        ("mpnId", vec!["6100002", "61x", "123", " 6100001 "]),
        ("customSubdomain", vec!["Alba", "1alba", "alba-forni", "abcdefghijklmnopqrstuvwxyzab", " freename "]),
        ("tenantMode", vec!["delegate", "other", "create"]),
        ("contactEmail", vec!["x@nomail.example", "x@microsoft.com", "x", "a@b@c.example"]),
        ("contactCountry", vec!["UK", "it", "XX"]),
        ("contactZipCode", vec!["SW1A 1AA", "4712"]),
        ("contactPhone", vec!["12", "+39 051 1234567"]),
        ("companyName", vec!["aaaa", "x", "\u{7}Contoso"]),
        ("language", vec!["it", "xx", "klingon"]),
        ("mcaAgreedAt", vec!["2999-01-01T00:00:00Z", "yesterday", "2026-01-02"]),
        ("mcaEmail", vec!["chiara", "x@nomail.example"]),
    ] {
        cases.extend(values.into_iter().map(|value| (field, json!(value))));
    }
    for lines in [
        json!([]),
        json!(null),
        json!([line(one, 0)]),
        json!([line(one, -1)]),
        json!([line(one, 301)]),
        json!([line(two, 10_000_001)]),
        json!([{ "licenceId": one, "quantity": 1.5 }]),
        json!([{ "licenceId": one }]),
        json!([{ "quantity": 1 }]),
        json!([line(999_999, 1)]),
        json!([line(add_on, 1)]),
        json!([line(add_on, 1), line(two, 1)]),
        json!([line(one, 1), line(one, 2)]),
        json!([line(closed, 1)]),
        json!([line(education, 1)]),
        json!([line(one, 300), line(add_on, 1)]),
        many(50),
        many(51),
        json!([{ "licenceId": "x", "quantity": 1 }]),
        json!([7]),
    ] {
        cases.push(("lines", lines));
    }
    let mut accepted = Vec::new();
    for (field, value) in cases {
        let mut order = good.clone();
        order[field] = value;
        let what = format!("{field} = {}", order[field].to_string().chars().take(80).collect::<String>());
        if same_verdict(&world, &what, &order).await {
            accepted.push(what);
        }
    }
    let orders = world.alice.get("/me/order").await.ok();
    assert_eq!(orders.as_array().map(Vec::len), Some(accepted.len()), "only what was accepted: {accepted:#?}");
    // A missing field, and everything missing.
    for field in good.as_object().expect("an object").keys() {
        let mut order = good.clone();
        order.as_object_mut().expect("an object").remove(field);
        assert!(!same_verdict(&world, &format!("without {field}"), &order).await, "{field}");
    }
    assert!(!same_verdict(&world, "nothing", &json!({})).await);
}
