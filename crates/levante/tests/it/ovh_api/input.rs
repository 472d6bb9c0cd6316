//! Bad input: each with its message, and nothing made of it.

use super::world::World;
use serde_json::{Value, json};

async fn nothing_was_ordered(world: &World) {
    for client in [&world.alice, &world.charlie] {
        assert!(world.operations.order_ids(&client.account, past(), future()).await.expect("orders").is_empty());
    }
    assert_eq!(world.operations.jobs_due().await.expect("jobs"), 0, "nothing was promised");
}

fn past() -> licensing::jiff::Timestamp {
    licensing::jiff::Timestamp::UNIX_EPOCH
}

fn future() -> licensing::jiff::Timestamp {
    "2999-01-01T00:00:00Z".parse().expect("an instant")
}

#[tokio::test]
async fn an_order_names_every_wrong_field_and_makes_nothing() {
    let world = World::new().await;
    let good = world.order("albaforni").await;
    let add_on = world.licence(3).await;
    let (closed, campus, basic) = (world.licence(4).await, world.licence(5).await, world.licence(1).await);
    let line = |id: i64, quantity: Value| json!([{ "licenceId": id, "quantity": quantity }]);
    for (field, value, part) in [
        ("mpnId", json!(""), "mpnId: is required"),
        ("mpnId", json!("61x"), "mpnId: \"61x\" must consist of digits only"),
        ("mpnId", json!("6100009"), "mpnId: \"6100009\" is not approved for this account"),
        ("mpnId", json!(6100001), "Body parameter mpnId isn't formated correctly"),
        ("customSubdomain", json!("alba-forni"), "customSubdomain: \"alba-forni\" must be 1 to 27"),
        ("customSubdomain", json!("a".repeat(28)), "customSubdomain: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is too long"),
        ("contactEmail", json!("chiara@"), "contactEmail: \"chiara@\" is not a valid e-mail address"),
        (
            "contactEmail",
            json!("c@nomail.example"),
            "contactEmail: \"c@nomail.example\" is at a domain that receives no",
        ),
        ("contactZipCode", json!("4712"), "contactZipCode: \"4712\" is not a postcode of IT"),
        ("contactCountry", json!("Italy"), "contactCountry: \"Italy\""),
        ("tenantMode", json!("delegate"), "tenantMode: \"delegate\" is not offered"),
        ("mcaAgreedAt", json!("2999-01-01T00:00:00Z"), "mcaAgreedAt"),
        ("lines", json!([]), "lines: must hold at least one licence"),
        ("lines", json!("all"), "Body parameter lines isn't formated correctly"),
        ("lines", json!([7]), "lines[0]"),
        ("lines", line(basic, json!(0)), "lines[0].quantity: \"0\" must be at least 1"),
        ("lines", line(basic, json!(-1)), "lines[0].quantity: \"-1\" must be at least 1"),
        ("lines", line(basic, json!(1.5)), "lines[0].quantity: \"1.5\" must be a whole number"),
        ("lines", line(basic, json!("2")), "lines[0].quantity"),
        ("lines", line(basic, json!(null)), "lines[0].quantity: is required"),
        ("lines", line(basic, json!(301)), "lines[0].quantity: \"301\" must be at most 300"),
        ("lines", line(7, json!(1)), "lines[0].licenceId: \"7\" is not a licence of the catalogue"),
        ("lines", line(closed, json!(1)), "is no longer sold"),
        ("lines", line(campus, json!(1)), "only to qualified education customers"),
        ("lines", line(add_on, json!(1)), "is an add-on and needs one of these licences"),
        (
            "lines",
            json!([{ "licenceId": basic, "quantity": 1, "price": 0 }]),
            "not described parameters: (lines[0].price)",
        ),
        ("coupon", json!("FREE"), "Received not described parameters: (coupon) while calling POST /levante/order"),
    ] {
        let mut order = good.clone();
        order[field] = value;
        let message = world.alice.post("/levante/order", &order).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{field}: {message}");
    }
    // To JSON 5.0 is the whole number 5.
    let mut whole = good.clone();
    whole["mpnId"] = json!("");
    whole["lines"] = line(basic, json!(5.0));
    let message = world.alice.post("/levante/order", &whole).await.refused(400, "BAD_REQUEST");
    assert_eq!(message, "mpnId: is required");
    let empty = world.alice.post("/levante/order", &json!({})).await;
    let details = empty.json()["details"].clone();
    empty.refused(400, "BAD_REQUEST");
    for field in ["mpnId", "contactFirstName", "contactEmail", "companyName", "lines", "mcaAgreedAt"] {
        assert!(details[field].is_string(), "{field} is named: {details}");
    }
    nothing_was_ordered(&world).await;
}

#[tokio::test]
async fn a_body_must_be_a_small_json_object() {
    let world = World::new().await;
    let post = |body: Vec<u8>| {
        let client = world.alice.clone();
        async move { client.raw("POST", "/1.0/levante/order", &body).await }
    };
    let broken = post(b"{\n \"mpnId\": \"61\",,".to_vec()).await.refused(400, "BAD_REQUEST");
    assert!(broken.contains("line 2 column"), "{broken}");
    assert!(post(b"{\"mpnId\":\"\xff\"}".to_vec()).await.refused(400, "BAD_REQUEST").contains("UTF-8"));
    assert!(post(b"[1]".to_vec()).await.refused(400, "BAD_REQUEST").contains("object"));
    let deep = "[".repeat(100_000);
    post(deep.into_bytes()).await.refused(400, "BAD_REQUEST");
    let large = post(vec![b' '; 256 * 1024 + 1]).await.refused(413, "PAYLOAD_TOO_LARGE");
    assert!(large.contains("262144 bytes"), "{large}");
    let message = world.alice.get("/me?expand=1").await.refused(400, "BAD_REQUEST");
    assert_eq!(message, "Received not described parameters: (expand) while calling GET /me");
    world.alice.raw("GET", "/1.0/me", b"null").await.ok();
    nothing_was_ordered(&world).await;
}

#[tokio::test]
async fn the_account_changes_what_it_may() {
    let world = World::new().await;
    let me = world.alice.get("/me").await.ok();
    for (field, value) in
        [("nichandle", "alice-lv"), ("firstname", "Ada"), ("ovhSubsidiary", "IT"), ("state", "complete")]
    {
        assert_eq!(me[field], value);
    }
    let mut changed = me.clone();
    changed["firstname"] = json!("Zoë");
    changed["city"] = json!("Łódź");
    changed["email"] = json!("other@contoso.example");
    assert_eq!(world.alice.put("/me", &changed).await.ok(), json!(null), "read, change, write back");
    let after = world.alice.get("/me").await.ok();
    assert_eq!((after["firstname"].as_str(), after["city"].as_str()), (Some("Zoë"), Some("Łódź")));
    assert_eq!(after["email"], me["email"], "read-only");
    assert!(
        world.alice.put("/me", &json!({ "firstname": "x" })).await.refused(400, "BAD_REQUEST").contains("firstname")
    );
    assert!(world.alice.put("/me", &json!({ "fax": "1" })).await.refused(400, "BAD_REQUEST").contains("not offered"));
    world.alice.put("/me", &json!({ "shoeSize": 42 })).await.refused(400, "BAD_REQUEST");
    assert_eq!(world.charlie.get("/me").await.ok()["firstname"], "Ada");
}
