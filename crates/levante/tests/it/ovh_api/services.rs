//! `/saas/csp2`: a delivered service, its subscriptions and tasks, and strangers.

use super::world::World;
use licensing::jiff::SignedDuration;
use serde_json::{Value, json};

async fn delivered(world: &World) -> (String, Vec<i64>) {
    let placed = world.alice.post("/levante/order", &world.order("albaforni").await).await.ok();
    let ids = world.deliver(placed["orderId"].as_i64().expect("a number")).await;
    (format!("/saas/csp2/{}", placed["serviceName"].as_str().expect("a name")), ids.iter().map(|id| id.0).collect())
}

#[tokio::test]
async fn a_service_shows_every_field_and_changes_what_it_may() {
    let world = World::new().await;
    let client = &world.alice;
    let placed = client.post("/levante/order", &world.order("albaforni").await).await.ok();
    let at = "/saas/csp2/albaforni.onmicrosoft.com";
    let ordered = client.get(at).await.ok();
    assert_eq!((ordered["status"].as_str(), ordered["hasAcceptedNewMCA"].as_bool()), (Some("creating"), Some(false)));
    let early = client
        .post(&format!("{at}/subscription"), &json!({ "licenseId": world.licence(2).await, "quantity": 1 }))
        .await;
    early.refused(409, "CONFLICT");
    world.deliver(placed["orderId"].as_i64().expect("a number")).await;
    let service = client.get(at).await.ok();
    let keys: Vec<&String> = service.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "serviceName",
            "displayName",
            "status",
            "creationDate",
            "firstName",
            "lastName",
            "email",
            "phone",
            "address",
            "city",
            "zipCode",
            "mpnId",
            "mpnIssueFlag",
            "hasAcceptedNewMCA",
            "iam"
        ]
    );
    assert_eq!((service["status"].as_str(), service["hasAcceptedNewMCA"].as_bool()), (Some("ok"), Some(true)));
    assert_eq!(service["iam"]["urn"], "urn:v1:eu:resource:cspReseller:albaforni.onmicrosoft.com");
    let name = "Società Été – Łódź 東京";
    let mut changed = service.clone();
    changed["displayName"] = json!(name);
    changed["status"] = json!("suspended");
    assert_eq!(client.put(at, &changed).await.ok(), json!(null));
    let after = client.get(at).await.ok();
    assert_eq!((after["displayName"].as_str(), after["status"].as_str()), (Some(name), Some("ok")));
    for (body, part) in [
        (json!({ "contactAdmin": "x" }), "Received not described parameters: (contactAdmin)"),
        (json!({ "zipCode": "1" }), "zipCode: \"1\" is not a postcode of IT"),
        (json!({ "displayName": 7 }), "Body parameter displayName isn't formated correctly"),
        (json!({ "mpnId": "6100002" }), "mpnId: \"6100002\" is not approved"),
    ] {
        let message = client.put(at, &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{message}");
    }
    let frozen = client.put(at, &json!({ "email": "other@albaforni.example" })).await;
    assert!(frozen.refused(409, "CONFLICT").contains("e-mail"));
    assert_eq!(
        client.get("/saas/csp2?iamTags=%7B%22env%22%3A%5B%7B%22value%22%3A%22x%22%7D%5D%7D").await.ok(),
        json!([])
    );
}

#[tokio::test]
async fn a_foreign_service_and_an_unknown_one_are_answered_alike() {
    let world = World::new().await;
    let (at, ids) = delivered(&world).await;
    let unknown = "/saas/csp2/nothing.onmicrosoft.com";
    let id = ids[0];
    let calls: Vec<(&str, String, Value)> = [
        ("GET", ""),
        ("PUT", ""),
        ("GET", "/billingPeriodPeaks"),
        ("GET", "/orderableLicenses"),
        ("GET", "/serviceInfos"),
        ("PUT", "/serviceInfos"),
        ("GET", "/subscription"),
        ("POST", "/subscription"),
        ("GET", "/task"),
        ("GET", "/usageStatistics"),
    ]
    .into_iter()
    .map(|(method, path)| (method, path.to_owned(), json!({})))
    .chain(
        ["", "/addonsSubscriptionIds", "/availableAddonLicenses"]
            .map(|p| ("GET", format!("/subscription/{id}{p}"), json!({}))),
    )
    .chain([
        ("DELETE", format!("/subscription/{id}"), json!({})),
        ("POST", format!("/subscription/{id}/changeQuantity"), json!({ "quantity": 0 })),
        ("POST", format!("/subscription/{id}/orderAddon"), json!({})),
        ("GET", "/orderableLicenses/1".to_owned(), json!({})),
        ("GET", "/task/1".to_owned(), json!({})),
    ])
    .collect();
    assert_eq!(calls.len(), 18);
    for (method, path, body) in calls {
        let mut seen = Vec::new();
        for service in [at.as_str(), unknown, "/saas/csp2/..%2Fme"] {
            let text = if method == "GET" || method == "DELETE" { String::new() } else { body.to_string() };
            let answer = world.charlie.raw(method, &format!("/1.0{service}{path}"), text.as_bytes()).await;
            assert_eq!(answer.refused(404, "NOT_FOUND"), "This service does not exist", "{method} {path}");
            seen.push(answer.text);
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{method} {path}");
    }
    assert_eq!(world.charlie.get("/saas/csp2").await.ok(), json!([]));
    let own = world.alice.get(&format!("{at}/subscription/{id}")).await.ok();
    assert_eq!((own["quantity"].as_i64(), own["taskPendingId"].as_i64()), (Some(10), Some(0)), "nothing was changed");
}

#[tokio::test]
async fn seats_are_changed_by_one_task_at_a_time() {
    let world = World::new().await;
    let (at, ids) = delivered(&world).await;
    let client = &world.alice;
    assert_eq!(client.get(&format!("{at}/subscription")).await.ok(), json!(ids));
    let subscription = format!("{at}/subscription/{}", ids[0]);
    let shown = client.get(&subscription).await.ok();
    let keys: Vec<&String> = shown.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["id", "licenseId", "quantity", "status", "creationDate", "lastUpdate", "taskPendingId"]);
    assert_eq!((shown["status"].as_str(), shown["quantity"].as_i64()), (Some("ok"), Some(10)));
    let change = format!("{subscription}/changeQuantity");
    for (body, part) in [
        (json!({}), "quantity: is required"),
        (json!({ "quantity": 0 }), "must be at least 1"),
        (json!({ "quantity": 1.5 }), "\"1.5\" must be a whole number"),
        (json!({ "quantity": "12" }), "quantity"),
        (json!({ "quantity": 301 }), "must be at most 300"),
        (json!({ "quantity": 12, "licenseId": 1 }), "Received not described parameters: (licenseId)"),
    ] {
        let message = client.post(&change, &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{body}: {message}");
    }
    let keyed = client.once("seats-1");
    let first = keyed.post(&change, &json!({ "quantity": 12 })).await;
    let task = first.clone().ok();
    assert_eq!(
        (task["function"].as_str(), task["status"].as_str()),
        (Some("changeSubscriptionQuantity"), Some("todo"))
    );
    assert_eq!(keyed.post(&change, &json!({ "quantity": 12 })).await.text, first.text);
    keyed.post(&change, &json!({ "quantity": 13 })).await.refused(409, "CONFLICT");
    let pending = client.post(&change, &json!({ "quantity": 14 })).await.refused(409, "CONFLICT");
    assert!(pending.contains(&task["id"].to_string()), "the task is named: {pending}");
    client.delete(&subscription).await.refused(409, "CONFLICT");
    let shown = client.get(&subscription).await.ok();
    assert_eq!((shown["status"].as_str(), &shown["taskPendingId"]), (Some("updating"), &task["id"]));
    assert_eq!(client.get(&format!("{at}/task")).await.ok(), json!([task["id"]]));
    assert_eq!(client.get(&format!("{at}/task/{}", task["id"])).await.ok(), task);
    client.get(&format!("{at}/task/1")).await.refused(404, "NOT_FOUND");
    client.get(&format!("{at}/subscription/x")).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn add_ons_and_cancellations_follow_their_rules() {
    let world = World::new().await;
    let (at, ids) = delivered(&world).await;
    let client = &world.alice;
    let base = format!("{at}/subscription/{}", ids[0]);
    assert_eq!(client.get(&format!("{base}/addonsSubscriptionIds")).await.ok(), json!([ids[2]]));
    let add_on = world.licence(3).await;
    assert_eq!(client.get(&format!("{base}/availableAddonLicenses")).await.ok(), json!([add_on]));
    let licences = client.get(&format!("{at}/orderableLicenses")).await.ok();
    assert_eq!(licences.as_array().map(Vec::len), Some(3));
    let licence = client.get(&format!("{at}/orderableLicenses/{add_on}")).await.ok();
    assert_eq!((licence["licenceType"].as_str(), &licence["limit"]), (Some("ADDON"), &Value::Null));
    client.get(&format!("{at}/orderableLicenses/1")).await.refused(404, "NOT_FOUND");
    let line = |id: i64| json!({ "licenseId": id, "quantity": 1 });
    let (order, order_add_on) = (format!("{at}/subscription"), format!("{base}/orderAddon"));
    for (path, id, part) in [
        (&order, add_on, "is an add-on"),
        (&order, world.licence(4).await, "is no longer sold"),
        (&order, 7, "is not a licence of the catalogue"),
        (&order_add_on, world.licence(2).await, "is not an add-on of this subscription"),
    ] {
        let message = client.post(path, &line(id)).await.refused(400, "BAD_REQUEST");
        assert!(message.contains("licenseId") && message.contains(part), "{message}");
    }
    let hanging = client.delete(&base).await.refused(409, "CONFLICT");
    assert!(hanging.contains("1 add-on"), "{hanging}");
    let keyed = client.once("cancel-1");
    let cancel = format!("{at}/subscription/{}", ids[2]);
    let task = keyed.delete(&cancel).await;
    assert_eq!(task.clone().ok()["function"], "deleteSubscription");
    assert_eq!(keyed.delete(&cancel).await.text, task.text);
    assert_eq!(client.get(&cancel).await.ok()["status"], "deleting");
    let bought = client.post(&order_add_on, &line(add_on)).await.ok();
    assert_eq!(bought["function"], "createAddonSubscription");
    let bought = client.post(&order, &line(world.licence(2).await)).await.ok();
    assert_eq!(bought["function"], "createSubscription");
    // Eight days later the window is over: the date is named, and what can be done.
    world.operations.move_clock(SignedDuration::from_hours(24 * 8)).await.expect("moved");
    let late = client.delete(&format!("{at}/subscription/{}", ids[1])).await.refused(409, "CONFLICT");
    assert!(late.contains("can be ended on 20") && late.contains("deleteAtExpiration"), "{late}");
}

#[tokio::test]
async fn dates_and_statistics_of_a_service() {
    let world = World::new().await;
    let (at, _) = delivered(&world).await;
    let client = &world.alice;
    let infos = client.get(&format!("{at}/serviceInfos")).await.ok();
    assert_eq!((infos["domain"].as_str(), infos["status"].as_str()), (Some("albaforni.onmicrosoft.com"), Some("ok")));
    assert_eq!(infos["creation"].as_str().map(str::len), Some(10), "a date");
    assert_eq!(client.put(&format!("{at}/serviceInfos"), &infos).await.ok(), json!(null), "read and write back");
    let mut other = infos.clone();
    other["renew"]["forced"] = json!(true);
    let message = client.put(&format!("{at}/serviceInfos"), &other).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("renew.forced: \"true\" is not offered"), "{message}");
    assert_eq!(client.get(&format!("{at}/task")).await.ok(), json!([]), "nothing was asked for");
    other = infos.clone();
    other["renew"]["deleteAtExpiration"] = json!(true);
    assert_eq!(client.put(&format!("{at}/serviceInfos"), &other).await.ok(), json!(null));
    assert_eq!(client.get(&format!("{at}/task")).await.ok().as_array().map(Vec::len), Some(3), "one per subscription");
    for (period, days) in [("lastWeek", 7), ("lastMonth", 30), ("lastQuarter", 91), ("lastYear", 365)] {
        let all = client.get(&format!("{at}/usageStatistics?timePeriod={period}")).await.ok();
        let all = all.as_array().expect("a list");
        assert_eq!(all.len(), days);
        assert_eq!(all[0]["lines"], json!([]), "nothing before it was ordered");
        let today = all[days - 1]["lines"].as_array().expect("lines");
        assert_eq!(today.len(), 3);
        assert_eq!((today[0]["peakCount"].as_i64(), today[0]["endOfDayCount"].as_i64()), (Some(10), Some(10)));
    }
    for query in ["", "?timePeriod=", "?timePeriod=lastDecade"] {
        client.get(&format!("{at}/usageStatistics{query}")).await.refused(400, "BAD_REQUEST");
    }
    let peaks = client.get(&format!("{at}/billingPeriodPeaks")).await.ok();
    assert_eq!(peaks["lines"].as_array().map(Vec::len), Some(3));
    assert!(peaks["startDate"].as_str() < peaks["endDate"].as_str());
}

#[tokio::test]
async fn withdrawn_operations_are_unknown_unless_they_are_switched_on() {
    let world = World::new().await;
    let (at, _) = delivered(&world).await;
    let message = world.alice.post(&format!("{at}/configureDomain"), &json!({ "domain": "x" })).await;
    assert_eq!(message.refused(404, "NOT_FOUND"), "Got an invalid (or empty) URL");
    let world = World::with(|s| levante::ovh_api::Settings { withdrawn_operations: true, ..s }).await;
    let (at, _) = delivered(&world).await;
    let path = format!("{at}/changeAdministratorPassword");
    world.alice.post(&path, &json!({ "newPassword": "x" })).await.refused(400, "BAD_REQUEST");
    world.charlie.post(&path, &json!({})).await.refused(404, "NOT_FOUND");
}
