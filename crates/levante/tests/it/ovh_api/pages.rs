//! Pages of objects instead of lists of ids, and several reads in one call.

use super::{
    client::{Answer, Client},
    filled::Filled,
    world::{World, key},
};
use levante::ovh_api::routes;
use licensing::permission::AccessRule;
use serde_json::{Value, json};

async fn page(client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mode = [("X-Pagination-Mode", "CachedObjectList-Pages".to_owned())];
    let asked = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    Client { headers: mode.into_iter().chain(asked).collect(), ..client.clone() }.get(path).await
}

fn elements(answer: &Answer) -> &str {
    answer.headers.get("x-pagination-elements").and_then(|v| v.to_str().ok()).expect("how many there are")
}

fn each<'a>(answer: &'a Value, field: &str) -> Vec<&'a str> {
    answer.as_array().expect("a list").iter().map(|o| o[field].as_str().expect("a text")).collect()
}

#[tokio::test]
async fn a_page_holds_what_the_items_answer() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let openapi = client.bare("GET", "/1.0/openapi.json", &[], "").await.ok();
    let mut paged = 0;
    for route in routes().into_iter().filter(|r| r.method == "GET") {
        if openapi["paths"][route.template]["get"]["x-ovh-pagination"].is_null() {
            continue;
        }
        paged += 1;
        let path = filled.path(route.template);
        let plain = client.get(&path).await;
        assert!(
            !plain.headers.contains_key("x-pagination-elements")
                && !plain.headers.contains_key("x-pagination-cursor-next")
        );
        let ids = plain.ok();
        let ids = ids.as_array().expect("a list");
        let answer = page(client, &path, &[]).await;
        assert_eq!(elements(&answer), ids.len().to_string(), "{path}");
        let objects = answer.ok();
        assert_eq!(objects.as_array().map(Vec::len), Some(ids.len()), "{path}");
        for (id, object) in ids.iter().zip(objects.as_array().expect("a list")) {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            assert_eq!(client.get(&format!("{path}/{id}")).await.ok(), *object, "{path}/{id}");
        }
        let backwards = page(client, &path, &[("X-Pagination-Sort-Order", "DESC")]).await.ok();
        assert!(backwards.as_array().expect("a list").iter().rev().eq(objects.as_array().expect("a list")), "{path}");
        assert_eq!(page(client, &path, &[("X-Pagination-Number", "9")]).await.ok(), json!([]), "{path}");
    }
    assert!(paged >= 8, "{paged} lists are paged");
}

async fn three_tenants() -> World {
    let world = World::new().await;
    for (name, display) in [("alphalv", "beta 100%"), ("betalv", "Alpha"), ("gammalv", "gamma & co, é")] {
        world.alice.post("/levante/order", &world.order(name).await).await.ok();
        let path = format!("/saas/csp2/{name}.onmicrosoft.com");
        world.alice.put(&path, &json!({ "displayName": display })).await.ok();
    }
    world
}

#[tokio::test]
async fn pages_are_sorted_filtered_and_counted() {
    let world = three_tenants().await;
    let client = &world.alice;
    let names = |answer: &Value| {
        each(answer, "serviceName").iter().map(|n| n.split('.').next().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let sort = "X-Pagination-Sort";
    let filter = "X-Pagination-Filter";
    for (headers, wanted, total) in [
        (vec![], vec!["alphalv", "betalv", "gammalv"], 3),
        (vec![("X-Pagination-Size", "2")], vec!["alphalv", "betalv"], 3),
        (vec![("X-Pagination-Size", "2"), ("X-Pagination-Number", "2")], vec!["gammalv"], 3),
        (
            vec![(sort, "serviceName"), ("X-Pagination-Sort-Order", "DESC"), ("X-Pagination-Size", "1")],
            vec!["gammalv"],
            3,
        ),
        (vec![(sort, "displayName")], vec!["betalv", "alphalv", "gammalv"], 3),
        (vec![(sort, "displayName"), ("X-Pagination-Sort-Order", "DESC")], vec!["gammalv", "alphalv", "betalv"], 3),
        (vec![(sort, "displayName"), ("X-Pagination-Size", "1"), ("X-Pagination-Number", "2")], vec!["alphalv"], 3),
        (vec![(filter, "displayName:like=%25A%25")], vec!["alphalv", "betalv", "gammalv"], 3),
        (vec![(filter, "displayName:like=alp%25")], vec!["betalv"], 1),
        (vec![(filter, "displayName:eq=gamma%20%26%20co%2C%20%C3%A9")], vec!["gammalv"], 1),
        (vec![(filter, "displayName:in=gamma%20%26%20co%2C%20%C3%A9,Alpha")], vec!["betalv", "gammalv"], 2),
        (vec![(filter, "displayName:eq=alpha")], vec![], 0),
        (vec![(filter, "displayName:ne=Alpha&serviceName:gt=b")], vec!["gammalv"], 1),
        (vec![(filter, "creationDate:lt=2001-01-01")], vec![], 0),
        (
            vec![(filter, "creationDate:gt=2001-01-01T00:00:00Z&status:eq=creating"), ("X-Pagination-Size", "1")],
            vec!["alphalv"],
            3,
        ),
        (vec![(filter, "hasAcceptedNewMCA:eq=false&iam.state:eq=OK")], vec!["alphalv", "betalv", "gammalv"], 3),
        (vec![(filter, "mpnIssueFlag:eq=MPN_ID_MISSING")], vec![], 0),
        (vec![(filter, "mpnIssueFlag:ne=MPN_ID_MISSING&serviceName:lt=b")], vec!["alphalv"], 1),
    ] {
        let answer = page(client, "/saas/csp2", &headers).await;
        assert_eq!(elements(&answer), total.to_string(), "{headers:?}");
        assert_eq!(names(&answer.ok()), wanted, "{headers:?}");
    }
    assert_eq!(page(&world.charlie, "/saas/csp2", &[]).await.ok(), json!([]));
    let orders = page(client, "/me/order", &[("X-Pagination-Size", "2"), ("X-Pagination-Sort-Order", "DESC")]).await;
    assert_eq!(elements(&orders), "3");
    let ids = client.get("/me/order").await.ok();
    assert_eq!((&orders.json()[0]["orderId"], &orders.json()[1]["orderId"]), (&ids[2], &ids[1]));
    assert_eq!(page(client, "/me/order?date.to=2001-01-01", &[]).await.ok(), json!([]));
    let cheap = page(client, "/me/order", &[(filter, "tax.value:gt=24&priceWithTax.value:lt=133.59")]).await;
    assert_eq!(elements(&cheap), "0");
    let tags = "%7B%22env%22%3A%5B%7B%22operator%22%3A%22EQ%22%2C%22value%22%3A%22prod%22%7D%5D%7D";
    let tagged = page(client, &format!("/saas/csp2?iamTags={tags}"), &[]).await;
    assert_eq!((elements(&tagged), tagged.text.as_str()), ("0", "[]"));
    assert_eq!(client.get(&format!("/saas/csp2?iamTags={tags}")).await.ok(), json!([]));
    client.get("/saas/csp2?iamTags=prod").await.refused(400, "BAD_REQUEST");
}

#[tokio::test]
async fn a_page_that_cannot_be_given_is_refused() {
    let world = World::new().await;
    for (name, value, part) in [
        (
            "X-Pagination-Mode",
            "CachedObjectList-Cursor",
            "X-Pagination-Mode: \"CachedObjectList-Cursor\" must be one of",
        ),
        ("X-Pagination-Number", "0", "X-Pagination-Number: \"0\" must be at least 1"),
        ("X-Pagination-Number", "x", "X-Pagination-Number: \"x\" must be a whole number"),
        ("X-Pagination-Size", "50001", "X-Pagination-Size: \"50001\" must be at most 50000"),
        ("X-Pagination-Size", "-1", "X-Pagination-Size"),
        ("X-Pagination-Sort", "shoeSize", "X-Pagination-Sort: \"shoeSize\" must be one of serviceName, displayName"),
        ("X-Pagination-Sort", "iam", "X-Pagination-Sort: \"iam\""),
        ("X-Pagination-Sort-Order", "UP", "X-Pagination-Sort-Order: \"UP\" must be one of ASC, DESC"),
        ("X-Pagination-Filter", "shoeSize:eq=42", "X-Pagination-Filter: \"shoeSize\""),
        ("X-Pagination-Filter", "displayName:near=x", "X-Pagination-Filter: \"near\" must be one of like, eq"),
        ("X-Pagination-Filter", "displayName", "X-Pagination-Filter: \"displayName\" must be of the form"),
        ("X-Pagination-Filter", "creationDate:lt=soon", "creationDate: \"soon\""),
        ("X-Pagination-Filter", "hasAcceptedNewMCA:eq=maybe", "hasAcceptedNewMCA: \"maybe\""),
        ("X-Pagination-Filter", "status:eq=great", "status: \"great\" must be one of"),
    ] {
        let headers = match name {
            "X-Pagination-Mode" => vec![(name, value.to_owned())],
            _ => vec![("X-Pagination-Mode", "CachedObjectList-Pages".to_owned()), (name, value.to_owned())],
        };
        let client = Client { headers, ..world.alice.clone() };
        let message = client.get("/saas/csp2").await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{name} {value}: {message}");
    }
    // Without the mode, and where there are no objects, the headers mean nothing.
    let client = Client { headers: vec![("X-Pagination-Size", "x".to_owned())], ..world.alice.clone() };
    client.get("/saas/csp2").await.ok();
    assert!(page(&world.alice, "/me", &[]).await.ok().is_object());
    // The checks come first.
    let wrong = Client { secret: "x".repeat(32), ..world.alice.clone() };
    page(&wrong, "/saas/csp2", &[("X-Pagination-Size", "x")]).await.refused(400, "INVALID_SIGNATURE");
}

async fn batch(client: &Client, separator: &str, path: &str) -> Answer {
    Client { headers: vec![("X-Ovh-Batch", separator.to_owned())], ..client.clone() }.get(path).await
}

#[tokio::test]
async fn several_reads_in_one_call() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let list = filled.path("/saas/csp2/{serviceName}/subscription");
    let ids: Vec<i64> =
        client.get(&list).await.ok().as_array().expect("a list").iter().filter_map(Value::as_i64).collect();
    let answer = batch(client, ",", &format!("{list}/{},7,x,{}", ids[1], ids[0])).await.ok();
    let keys: Vec<&str> = each(&answer, "key");
    assert_eq!(keys, [ids[1].to_string().as_str(), "7", "x", ids[0].to_string().as_str()], "in their order");
    assert_eq!(answer[0]["value"], client.get(&format!("{list}/{}", ids[1])).await.ok());
    assert_eq!((&answer[0]["error"], &answer[3]["value"]["id"]), (&Value::Null, &json!(ids[0])));
    for (n, id) in [(1, "7"), (2, "x")] {
        assert_eq!(answer[n]["value"], Value::Null);
        assert_eq!(answer[n]["error"]["message"], format!("The requested object (id = {id}) does not exist"));
        assert_eq!(answer[n]["error"]["httpCode"], "404 Not Found");
    }
    let one = batch(client, "|", &format!("{list}/{}", ids[0])).await.ok();
    assert_eq!(
        (one.as_array().map(Vec::len), &one[0]["value"]["id"]),
        (Some(1), &json!(ids[0])),
        "one is an array, too"
    );
    let orders = batch(client, ";", &format!("{};1/status", filled.path("/me/order/{orderId}"))).await.ok();
    assert_eq!((&orders[0]["value"], &orders[1]["error"]["errorCode"]), (&json!("delivered"), &json!("NOT_FOUND")));
    let many = vec!["1"; 101].join(",");
    let message = batch(client, ",", &format!("{list}/{many}")).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("X-Ovh-Batch"), "{message}");
    let hundred = batch(client, ",", &format!("{list}/{}", vec!["1"; 100].join(","))).await.ok();
    assert_eq!(hundred.as_array().map(Vec::len), Some(100));
    // It means nothing where there is nothing to separate, and for writes.
    assert!(batch(client, ",", "/me").await.ok().is_object());
    let writes = Client { headers: vec![("X-Ovh-Batch", ",".to_owned())], ..client.clone() };
    writes.delete(&format!("{list}/{},{}", ids[0], ids[1])).await.refused(404, "NOT_FOUND");
    // A stranger learns nothing.
    let foreign = batch(&filled.world.charlie, ",", &format!("{list}/{},{}", ids[0], ids[1])).await.ok();
    for element in foreign.as_array().expect("a list") {
        assert_eq!(
            (&element["value"], &element["error"]["message"]),
            (&Value::Null, &json!("This service does not exist"))
        );
    }
}

#[tokio::test]
async fn each_element_is_held_to_the_rules() {
    let filled = Filled::new().await;
    let world = &filled.world;
    let list = filled.path("/saas/csp2/{serviceName}/subscription");
    let ids: Vec<i64> =
        world.alice.get(&list).await.ok().as_array().expect("a list").iter().filter_map(Value::as_i64).collect();
    let rule = AccessRule::read("rules", "GET", &format!("{list}/{}", ids[0])).expect("a rule");
    let narrow = key(&world.operations, world.address, &world.alice.account, vec![rule]).await;
    narrow.get(&format!("{list}/{}", ids[0])).await.ok();
    let answer = batch(&narrow, ",", &format!("{list}/{},{}", ids[0], ids[1])).await.ok();
    assert_eq!(answer[0]["value"]["id"], json!(ids[0]));
    assert_eq!((&answer[1]["value"], &answer[1]["error"]["errorCode"]), (&Value::Null, &json!("NOT_GRANTED_CALL")));
    // An element cannot make the path of another route.
    let sneaky = batch(&narrow, ",", &format!("{list}/{}%2F..%2F{},{}", ids[0], ids[1], ids[1])).await.ok();
    assert!(sneaky.as_array().expect("a list").iter().all(|e| e["value"].is_null()), "{sneaky}");
    narrow.get(&format!("{list}/{}", ids[1])).await.refused(403, "NOT_GRANTED_CALL");
}
