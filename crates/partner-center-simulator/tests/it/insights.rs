//! Incidents, portals, analytics, the activity log.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

#[tokio::test]
async fn incidents_are_filtered_and_hit_tenants() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let of = |answer: &Value| -> Vec<String> {
        let items = answer["items"].as_array().unwrap().iter();
        items
            .flat_map(|item| item["incidents"].as_array().unwrap().clone())
            .map(|incident| incident["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let everywhere = "/v1/serviceincidents/office";
    let here = format!("/v1/customers/{tenant}/serviceincidents/office");
    assert_eq!(of(&world.get(everywhere).await.1), ["EX910001", "TM910002"]);
    let open = "?filter=%7B%22Field%22%3A%22resolved%22%2C%22Value%22%3A%22false%22%2C%22Operator%22%3A%22equals%22%7D";
    assert_eq!(of(&world.get(&format!("{everywhere}{open}")).await.1), ["TM910002"]);
    assert_eq!(world.get(&format!("{everywhere}?filter=%7B%22Field%22%3A%22id%22%7D")).await.0, 400);
    world
        .faults(json!({"incidents": [{"id": "X1", "workload": "Exchange", "title": "Late",
            "startTime": "2026-01-01T00:00:00Z", "domainPrefixes": ["beta"]}]}))
        .await;
    assert_eq!(of(&world.get(everywhere).await.1), ["X1"]);
    assert!(of(&world.get(&here).await.1).is_empty());
    let services = format!("/v1/customers/{tenant}/managedservices");
    assert_eq!(world.get(&services).await.1["totalCount"], 0);
    world.bought(&tenant, "CFQ7LV000001", 1).await;
    let (_, list) = world.get(&services).await;
    assert!(list["items"][0]["links"]["serviceHealth"]["uri"].as_str().unwrap().starts_with("https://"));
    world.stop().await;
}

async fn two_tenants() -> (World, [String; 2]) {
    let mut world = World::kind().await;
    let tenants = [world.tenant("albaforni").await, world.tenant("betaforni").await];
    world.bought(&tenants[0], "CFQ7LV000001", 10).await;
    world.bought(&tenants[0], "CFQ7LV000006", 4).await;
    world.bought(&tenants[1], "CFQ7LV000001", 3).await;
    (world, tenants)
}

#[tokio::test]
async fn trap_49_analytics_live_below_partner_only() {
    let (mut world, tenants) = two_tenants().await;
    let path = "/partner/v1/analytics/commercial/usage/license";
    for wrong in ["/v1/analytics/commercial/usage/license", "/v1/analytics/subscriptions"] {
        let (status, answer) = world.get(wrong).await;
        assert_eq!((status, &answer["code"]), (404, &json!(1000)), "{wrong}");
    }
    assert_eq!(world.get(path).await.1["TotalCount"], 0, "the week is not over");
    let usage = json!({"tenant": tenants[0], "productId": "CFQ7LV000001", "skuId": "0001", "consumed": 6});
    world.control(Method::POST, "/control/usage", &usage).await;
    world.advance("P8D").await;
    let (status, all) = world.get(path).await;
    assert_eq!((status, &all["TotalCount"]), (200, &json!(3)), "{all}");
    let rows = all["Value"].as_array().unwrap();
    let row = rows.iter().find(|row| row["licensesQualified"] == 10).unwrap();
    assert_eq!((&row["licensesActive"], &row["customerTenantId"]), (&json!(6), &json!(tenants[0])));
    let (_, deployed) = world.get("/partner/v1/analytics/commercial/deployment/license").await;
    assert!(deployed["Value"][0]["licensesSold"].is_number());
    let (_, older) = world.get(&format!("/v1/customers/{}/analytics/licenses/usage", tenants[0])).await;
    assert_eq!((&older["totalCount"], older["items"].as_array().unwrap().len()), (&json!(2), 2));
    let (_, older) = world.get(&format!("/v1/customers/{}/analytics/licenses/deployment", tenants[1])).await;
    assert_eq!((&older["totalCount"], &older["items"][0]["licensesSold"]), (&json!(1), &json!(3)), "{older}");
    let (_, early) = world.get(&format!("{path}?processedDateTime=2020-01-01")).await;
    assert_eq!(early["TotalCount"], 0);
    world.stop().await;
}

#[tokio::test]
async fn analytics_are_filtered_grouped_and_paged() {
    let (mut world, tenants) = two_tenants().await;
    world.advance("P1D").await;
    let path = "/partner/v1/analytics/subscriptions";
    let get = async |query: &str| world.get(&format!("{path}{query}")).await;
    assert_eq!(get("").await.1["TotalCount"], 3);
    let filter = format!("?filter=customerTenantId%20eq%20%27{}%27%20and%20licenseCount%20ne%204", tenants[0]);
    let (_, found) = get(&filter).await;
    assert_eq!((&found["TotalCount"], &found["Value"][0]["licenseCount"]), (&json!(1), &json!(10)));
    assert_eq!(get("?filter=status%20eq%20%27ACTIVE%27%20or%20status%20eq%20%27SUSPENDED%27").await.1["TotalCount"], 3);
    let (_, grouped) = get("?groupBy=customerTenantId").await;
    let sums: Vec<i64> =
        grouped["Value"].as_array().unwrap().iter().map(|row| row["licenseCount"].as_i64().unwrap()).collect();
    assert_eq!((sums.len(), sums.iter().sum::<i64>()), (2, 17));
    let (_, months) = get("?groupBy=productName&aggregationLevel=month").await;
    assert_eq!(months["TotalCount"], 2, "{months}");
    assert!(months["Value"][0]["effectiveStartDate"].as_str().unwrap().contains("-01T00:00:00Z"));

    let mut next = format!("{path}?top=2&filter=status%20eq%20%27ACTIVE%27");
    let mut seen = 0;
    loop {
        let (_, page) = world.get(&next).await;
        seen += page["Value"].as_array().unwrap().len();
        match page.get("@nextLink") {
            Some(link) => link.as_str().unwrap().clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(seen, 3);
    for bad in [
        "?top=0",
        "?top=10001",
        "?skip=x",
        "?filter=nothing",
        "?filter=a%20eq%201",
        "?groupBy=nothing",
        "?aggregationLevel=year",
    ] {
        assert_eq!(get(bad).await.0, 400, "{bad}");
    }
    world.stop().await;
}

#[tokio::test]
async fn the_activity_log_is_filtered_and_paged() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.tenant("betaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    let (_, mut whole) = world.get(&path).await;
    whole["quantity"] = json!(6);
    world.send(Method::PATCH, &path, &fresh(), &whole).await;
    let (_, all) = world.get("/v1/auditrecords").await;
    let count = all["totalCount"].as_u64().unwrap();
    assert_eq!(count, 6, "{all}");
    assert!(all["items"].as_array().unwrap().iter().all(|record| record["partnerId"].is_string()));
    let filtered = async |field: &str, value: &str, operator: &str| {
        let filter = json!({"Field": field, "Value": value, "Operator": operator}).to_string();
        let request = world.request(Method::GET, "/v1/auditrecords").query(&[("filter", filter)]);
        crate::world::read(request.send().await.unwrap()).await
    };
    assert_eq!(filtered("CustomerId", &tenant, "equals").await.1["totalCount"], 4);
    assert_eq!(filtered("ResourceType", "Subscription", "equals").await.1["totalCount"], 1);
    assert_eq!(filtered("CompanyName", "alba", "substring").await.1["totalCount"], 6);
    assert_eq!(filtered("CompanyName", "alba", "equals").await.0, 400);
    assert_eq!(filtered("Colour", "red", "equals").await.0, 400);

    let clock = world.control(Method::GET, "/control/clock", &json!({})).await;
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let american = format!("{}%2F{}%2F{}%2010%3A00%3A00%20AM", today.month(), today.day(), today.year());
    let (mut next, mut token, mut seen) = (format!("/v1/auditrecords?startDate={american}&size=4"), None, 0);
    loop {
        let mut request = world.request(Method::GET, &next);
        if let Some(token) = &token {
            request = request.header("MS-ContinuationToken", token);
        }
        let (status, page) = crate::world::read(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{page}");
        seen += page["totalCount"].as_u64().unwrap();
        let link = &page["links"]["next"];
        if link.is_null() {
            break;
        }
        next = format!("/v1{}", link["uri"].as_str().unwrap());
        assert!(next.contains("startDate=") && next.contains("seekOperation=Next"), "{next}");
        token = link["headers"][0]["value"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, count);
    for bad in ["startDate=soon", "startDate=2020-01-01", "endDate=2020-01-01", "size=501"] {
        assert_eq!(world.get(&format!("/v1/auditrecords?{bad}")).await.0, 400, "{bad}");
    }
    world.advance("P40D").await;
    // Bills come by themselves.
    let asked_for = |answer: &Value| {
        let items = answer["items"].as_array().unwrap().iter();
        items.filter(|record| record["resourceType"] != "invoice").count() as u64
    };
    assert_eq!(asked_for(&world.get("/v1/auditrecords").await.1), 0, "thirty days unless told otherwise");
    let back = format!("/v1/auditrecords?startDate={today}");
    assert_eq!(asked_for(&world.get(&back).await.1), count);
    world.advance("P60D").await;
    assert_eq!(world.get(&back).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn the_sandbox_has_no_analytics() {
    let mut world = World::kind().await;
    let tenant = world.tenant("sandboxed").await;
    world.bought(&tenant, "CFQ7LV000001", 3).await;
    world.advance("P8D").await;
    let paths = ["/partner/v1/analytics/commercial/usage/license", "/partner/v1/analytics/subscriptions"];
    for path in paths {
        let (status, rows) = world.get(path).await;
        assert_eq!((status, rows["TotalCount"].as_u64() > Some(0)), (200, true), "{path}: {rows}");
    }
    world.faults(json!({"profile": "ms-sandbox"})).await;
    for path in paths {
        let (status, rows) = world.get(path).await;
        assert_eq!((status, &rows["TotalCount"]), (200, &json!(0)), "{path}: {rows}");
    }
}
