//! A conversation with the simulator, in memory: requests separated by lines `%%`, each a line
//! `METHOD TARGET [user|app|graph|none]`, header lines, an empty line and a body. `~name~` stands for what
//! an earlier answer brought: `~customer~`, `~cart~`, `~order~`, `~subscription~` and so on for ids
//! by object type, `~6100001~` for the tenant of the reseller with that MPN id, and some members by their own name.
//!
//! Whatever is said, the answer is below 500, its JSON can be read, and it echoes both ids.

#![no_main]

use std::collections::HashMap;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use partner_center_simulator::fuzzing::{Answer, InMemory};
use serde_json::Value;

/// Longest conversation.
const MOST_REQUESTS: usize = 24;
/// Left out: faults, which ask for a 5xx or a long wait.
const LEFT_OUT: [&str; 2] = ["/control/faults", "/control/reset"];
/// Members remembered by their own name.
const REMEMBERED: [&str; 7] =
    ["templateId", "catalogItemId", "subscriptionId", "continuationToken", "etag", "correlationId", "uri"];

/// Whether the conversation is shown: `SHOW=1 simulator INPUT`.
static SHOW: OnceLock<bool> = OnceLock::new();

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime"))
}

fuzz_target!(|input: &[u8]| {
    runtime().block_on(talk(&String::from_utf8_lossy(input)));
});

async fn talk(text: &str) {
    let world = InMemory::fresh().expect("a fresh world");
    let mut known: HashMap<String, String> = HashMap::new();
    sign_in(&world, &mut known).await;
    for (number, request) in text.split("\n%%\n").take(MOST_REQUESTS).enumerate() {
        let request = filled(request, &known);
        let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split_ascii_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else { continue };
        if LEFT_OUT.iter().any(|left_out| target.contains(left_out)) {
            continue;
        }
        let is_control = target.starts_with("/control/");
        let bearer = match words.next() {
            _ if is_control => Some(world.control_token().to_owned()),
            Some(name @ ("app" | "graph")) => known.get(name).cloned(),
            Some("none") => None,
            _ => known.get("user").cloned(),
        };
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let bearer = bearer.map(|token| format!("Bearer {token}"));
        let mut headers: Vec<(&str, &[u8])> = lines
            .take(16)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim().as_bytes()))
            .collect();
        let usual: [(&str, Option<&[u8]>); 5] = [
            ("host", Some(b"127.0.0.1:4711")),
            ("authorization", bearer.as_deref().map(str::as_bytes)),
            ("content-type", Some(b"application/json")),
            ("ms-requestid", Some(id.as_bytes())),
            ("ms-correlationid", Some(id.as_bytes())),
        ];
        for (name, value) in usual {
            if let Some(value) = value.filter(|_| !headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))) {
                headers.push((name, value));
            }
        }
        let Some(answer) = world.request(method, target, &headers, body.as_bytes().to_vec()).await else { continue };
        if *SHOW.get_or_init(|| std::env::var_os("SHOW").is_some()) {
            eprintln!("{} {method} {target}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        judge(method, target, &answer);
        remember(&answer, &mut known);
        if is_control {
            // Tokens die when the clock jumps.
            sign_in(&world, &mut known).await;
        }
    }
}

async fn sign_in(world: &InMemory, known: &mut HashMap<String, String>) {
    let (api, graph) = ("https://api.partnercenter.microsoft.com", "https://graph.microsoft.com");
    for (name, of_user, audience) in [("user", true, api), ("app", false, api), ("graph", true, graph)] {
        if let Some(token) = world.token(of_user, audience).await {
            known.insert(name.to_owned(), token);
        }
    }
}

/// The text with what is known in the place of names.
fn filled(text: &str, known: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('~') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match after.find('~').and_then(|end| Some((end, known.get(&after[..end])?))) {
            Some((end, value)) => {
                out.push_str(value);
                rest = &after[end + 1..];
            }
            None => {
                out.push('~');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn judge(method: &str, target: &str, answer: &Answer) {
    assert!(answer.status < 500, "{} for {method} {target}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    // The price host and the files have headers of their own.
    if ["/v1/", "/webhooks/", "/partner/"].iter().any(|start| target.starts_with(start)) {
        for name in ["ms-requestid", "ms-correlationid"] {
            assert!(answer.headers.contains_key(name), "{method} {target} does not echo {name}");
        }
    }
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") && !answer.body.is_empty() {
        let body = answer.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&answer.body);
        assert!(serde_json::from_slice::<Value>(body).is_ok(), "{method} {target}: JSON that is none");
    }
}

/// Ids by the type of their object, and some members by name.
fn remember(answer: &Answer, known: &mut HashMap<String, String>) {
    if let Some(location) = answer.headers.get("location").and_then(|location| location.to_str().ok()) {
        let path = location.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        known.insert("location".to_owned(), path.unwrap_or(location).to_owned());
    }
    let body = answer.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&answer.body);
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let mut open = vec![&value];
    let mut seen = 0;
    while let Some(value) = open.pop() {
        seen += 1;
        if seen > 200 {
            return;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(members) => {
                let kind = value.pointer("/attributes/objectType").and_then(Value::as_str);
                if let (Some(kind), Some(id)) = (kind, value.get("id").and_then(Value::as_str)) {
                    known.insert(kind.to_ascii_lowercase(), id.to_owned());
                }
                if let (Some(mpn), Some(id)) =
                    (value.get("mpnId").and_then(Value::as_str), value.get("id").and_then(Value::as_str))
                {
                    known.insert(mpn.to_owned(), id.to_owned());
                }
                for name in REMEMBERED {
                    if let Some(text) = members.get(name).and_then(Value::as_str) {
                        known.insert(name.to_owned(), text.to_owned());
                    }
                }
                open.extend(members.values().rev());
            }
            _ => {}
        }
    }
}
