//! What HTTP allows and no client of ours sends: each refused in words, and nothing made of it.

use super::{client::now, filled::Filled, world::World};
use levante::ovh_api::{Settings, sign};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What is answered to raw bytes, until the other side closes: status and body of the last answer.
async fn said(world: &World, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(world.address).await.expect("connected");
    stream.write_all(request).await.expect("sent");
    let mut text = Vec::new();
    let read = tokio::time::timeout(std::time::Duration::from_secs(20), stream.read_to_end(&mut text));
    read.await.expect("the connection ends").expect("an answer");
    let text = String::from_utf8(text).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

#[tokio::test]
async fn a_request_names_one_host() {
    let world = World::new().await;
    for (version, hosts, wanted) in [
        ("1.1", "Host: a\r\n", 200),
        ("1.1", "", 400),
        ("1.1", "Host: a\r\nHost: a\r\n", 400),
        ("1.1", "Host: a\r\nhOST: b\r\n", 400),
        ("1.0", "", 200),
        ("1.0", "Host: a\r\nHost: b\r\n", 400),
    ] {
        let request = format!("GET /1.0/auth/time HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        let (status, body) = said(&world, request.as_bytes()).await;
        assert_eq!(status, wanted, "{hosts:?}: {body}");
        if wanted == 400 {
            let refused: Value = serde_json::from_str(&body).expect("JSON");
            assert_eq!(refused["message"], "A request must have exactly one Host header");
        }
    }
}

#[tokio::test]
async fn a_body_is_json_by_its_own_account() {
    let world = World::new().await;
    let open = json!({ "ovhSubsidiary": "IT" }).to_string();
    let send = |name: &'static str, value: &'static str| {
        let (client, open) = (world.alice.clone(), open.clone());
        async move {
            let timestamp = now().to_string();
            let url = format!("{}/1.0/order/cart", client.origin);
            let signature = sign(&client.secret, &client.consumer_key, "POST", &url, open.as_bytes(), &timestamp);
            let headers = [
                ("X-Ovh-Application", client.application_key.clone()),
                ("X-Ovh-Consumer", client.consumer_key.clone()),
                ("X-Ovh-Timestamp", timestamp),
                ("X-Ovh-Signature", signature),
                (name, value.to_owned()),
            ];
            client.send("POST", "/1.0/order/cart", &headers, open.into_bytes()).await
        }
    };
    for value in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=iso-8859-1", "text/xml"]
    {
        let message = send("Content-Type", value).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(message, format!("content-type: \"{value}\" must be application/json"));
    }
    send("Content-Encoding", "gzip").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(world.alice.get("/order/cart").await.ok(), json!([]), "nothing was made");
    send("Content-Type", "application/json;charset=utf-8").await.ok();
    send("X-Nothing", "x").await.ok();
    // Without a body it does not matter: node-ovh sends the header always.
    let odd = [("Content-Type", "text/plain".to_owned())];
    world.alice.bare("GET", "/1.0/auth/time", &odd, "").await.ok();
}

#[tokio::test]
async fn a_query_is_utf_8() {
    let world = World::new().await;
    for query in ["date.from=%ff", "date.from=%c3%28", "%ff=1", "date.from=2026-01-01T00:00:00Z&date.to=%ed%a0%80"] {
        let message = world.alice.get(&format!("/me/order?{query}")).await.refused(400, "BAD_REQUEST");
        assert_eq!(message, "The query is not UTF-8 text", "{query}");
    }
    world.alice.get("/me/order/%ff").await.refused(404, "NOT_FOUND");
    world.alice.get("/saas/csp2/%c3%28").await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_nul_is_stored_nowhere_and_finds_nothing() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    for route in levante::ovh_api::routes().iter().filter(|r| r.template.contains('{')) {
        let values = route.template.split('/').filter(|part| part.starts_with('{')).count();
        for at in 0..values {
            let mut seen = 0;
            let real = filled.path(route.template);
            let parts = route.template.split('/').zip(real.split('/'));
            let path: Vec<String> = parts
                .map(|(template, part)| {
                    seen += usize::from(template.starts_with('{'));
                    let spoilt = template.starts_with('{') && seen == at + 1;
                    if spoilt { format!("{part}%00") } else { part.to_owned() }
                })
                .collect();
            let query = filled.readable(route.template).split_once('?').map(|(_, query)| format!("?{query}"));
            let path = path.join("/") + &query.unwrap_or_default();
            let answer = client.raw(route.method, &format!("/1.0{path}"), b"").await;
            assert!((400..500).contains(&answer.status), "{} {path}: {} {}", route.method, answer.status, answer.text);
        }
    }
    let message = client.get("/order/cart?description=a%00b").await.refused(400, "BAD_REQUEST");
    assert!(message.contains("description: \"ab\" holds characters that cannot be stored"), "{message}");
    for (path, body) in [
        ("/order/cart", json!({ "ovhSubsidiary": "IT", "description": "a\0b" })),
        ("/me/api/oauth2/client", json!({ "name": "a\0", "description": "b", "flow": "CLIENT_CREDENTIALS" })),
        ("/auth/credential", json!({ "accessRules": [{ "method": "GET", "path": "/me\0" }] })),
        ("/levante/order/preview", json!({ "customSubdomain": "a\0" })),
    ] {
        let message = client.post(path, &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains("holds characters that cannot be stored"), "{path}: {message}");
    }
    for (name, value) in [("X-Pagination-Cursor", "6"), ("X-Pagination-Cursor", ""), ("X-Pagination-Size", "")] {
        let paged = super::client::Client { headers: vec![(name, value.to_owned())], ..client.clone() };
        assert!(paged.get("/v2/iam/policy").await.refused(400, "BAD_REQUEST").contains(name));
    }
    for cursor in ["00", "ff", "6100", "FF00"] {
        let piece = [("X-Pagination-Cursor", cursor.to_owned())];
        let paged = super::client::Client { headers: piece.to_vec(), ..client.clone() };
        paged.get("/v2/iam/policy").await.ok();
    }
    let form = "grant_type=client_credentials&client_id=a%00&client_secret=b";
    assert_eq!(super::rights::ask_for_token(client, None, form).await.status, 401);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_so_that_its_sender_reads_it() {
    let world = World::new().await;
    for size in [256 * 1024 + 1, 700 * 1024, 1024 * 1024] {
        let refused = world.alice.raw("POST", "/1.0/order/cart", &vec![b' '; size]).await;
        refused.refused(413, "PAYLOAD_TOO_LARGE");
    }
    // One that says at once that it is far too large is not read at all.
    let head =
        "POST /1.0/order/cart HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n";
    let (status, body) = said(&world, head.as_bytes()).await;
    assert_eq!(status, 413, "{body}");
}

#[tokio::test]
async fn a_document_is_the_same_each_time() {
    let world = World::with(|settings| Settings { withdrawn_operations: true, ..settings }).await;
    for path in ["/1.0/", "/v2/", "/1.0/me.json", "/1.0/me.yaml", "/1.0/me.json?format=openapi3", "/1.0/openapi.yaml"] {
        let first = world.alice.bare("GET", path, &[], "").await;
        let second = world.alice.bare("GET", path, &[], "").await;
        assert_eq!((first.status, first.headers.get("content-type")), (200, second.headers.get("content-type")));
        assert_eq!(first.text, second.text, "{path}");
    }
    let mut texts = Vec::new();
    for path in ["/1.0/me.json", "/1.0/me.yaml", "/1.0/me.json?format=openapi3", "/1.0/order.json", "/1.0/openapi.json"]
    {
        texts.push(world.alice.bare("GET", path, &[], "").await.text);
    }
    let different: std::collections::BTreeSet<&String> = texts.iter().collect();
    assert_eq!(different.len(), texts.len());
}
