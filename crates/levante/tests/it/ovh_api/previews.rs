//! The preview of an order: what blocks it and what it costs, and that nothing is made.

use super::world::World;
use levante::operations::{checks::Verdict, jobs::Lane};
use licensing::invalid::Rule;
use serde_json::{Value, json};

fn codes(findings: &Value) -> Vec<(String, String)> {
    let text = |f: &Value, name: &str| f[name].as_str().expect("text").to_owned();
    findings.as_array().expect("a list").iter().map(|f| (text(f, "field"), text(f, "code"))).collect()
}

/// Answers every live check that was asked.
async fn answer_checks(world: &World, verdict: impl Fn(&str) -> Verdict) {
    for job in world.operations.claim_jobs(Lane::Fast, 50).await.expect("jobs") {
        let id = job.subject.strip_prefix("check/").expect("a check").parse().expect("an id");
        let question = world.operations.open_question(id).await.expect("storage").expect("open");
        world.operations.answer_check(&job, id, verdict(question.kind())).await.expect("answered");
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
    let pairs = |all: [(&str, &str); 4]| all.map(|(c, v)| (c.to_owned(), v.to_owned()));
    let first = world.alice.post("/levante/order/preview", &order).await.ok();
    let waiting =
        [("partner", "notChecked"), ("subdomain", "notChecked"), ("email", "good"), ("address", "notChecked")];
    assert_eq!(verdicts(&first), pairs(waiting));
    assert_eq!(codes(&first["warnings"]).len(), 3, "{first}");
    world.alice.post("/levante/order/preview", &order).await.ok();
    let jobs = world.operations.claim_jobs(Lane::Fast, 50).await.expect("jobs");
    assert_eq!(jobs.len(), 3, "a question is asked once");
    for job in jobs {
        world.operations.postpone_job(&job, world.operations.clock.business()).await.expect("put back");
    }
    answer_checks(&world, |kind| match kind {
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
