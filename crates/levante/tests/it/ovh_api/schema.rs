//! What the API says of itself against the contract, and against what it really answers.

use super::{
    filled::Filled,
    served::{Served, text},
    world::World,
};
use levante::ovh_api::{Settings, routes};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CONTRACT: &str = include_str!("../../data/ovh-contract.txt");

async fn with_withdrawn() -> World {
    World::with(|settings| Settings { withdrawn_operations: true, ..settings }).await
}

#[tokio::test]
async fn every_route_model_field_and_enum_of_the_contract_is_served() {
    let world = with_withdrawn().await;
    let served = Served::fetch(&world).await;
    let (mut wrong, mut checked) = (Vec::new(), 0);
    let mut block: Option<(&str, &Value)> = None;
    let mut fields: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let lines = CONTRACT.lines().map(|l| l.trim_end()).filter(|l| !l.is_empty() && !l.starts_with('#'));
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        checked += 1;
        match (words[0], line.starts_with("  ")) {
            ("route" | "later", false) => {
                let name = format!("{} {}", words[1], words[2]);
                block = served.operations.get(&name).map(|operation| ("route", operation));
                let Some((_, operation)) = block else {
                    if words[0] == "route" {
                        wrong.push(format!("{name} is not served"));
                    }
                    continue;
                };
                if operation["responseType"] != words[4] {
                    wrong.push(format!("{name} answers {}", operation["responseType"]));
                }
                if words.get(5).is_some_and(|stage| operation["apiStatus"]["value"] != *stage) {
                    wrong.push(format!("{name} is {}", operation["apiStatus"]["value"]));
                }
                if words.get(6).is_some_and(|action| operation["iamActions"][0]["name"] != *action) {
                    wrong.push(format!("{name} has the action {}", operation["iamActions"]));
                }
            }
            ("model" | "enum", false) => {
                block = served.models.get(words[1]).map(|model| ("model", model));
                match block {
                    None => wrong.push(format!("{} is not served", words[1])),
                    Some((_, model)) if words[0] == "enum" => {
                        let has: BTreeSet<&str> = strings(&model["enum"]);
                        let wanted: BTreeSet<&str> = words[2..].iter().copied().collect();
                        if has != wanted {
                            wrong.push(format!("{} has the words {has:?}", words[1]));
                        }
                    }
                    Some(_) => drop(fields.insert(words[1], BTreeSet::new())),
                }
            }
            (place @ ("query" | "body"), true) if block.is_some_and(|(kind, _)| kind == "route") => {
                let Some((_, operation)) = block else { continue };
                let parameters = operation["parameters"].as_array().expect("parameters");
                let fits = |p: &&Value| match words.len() {
                    2 => p["paramType"] == place && p.get("name").is_none() && p["dataType"] == words[1],
                    n => {
                        let required = n == 4 && words[3] == "required";
                        p["paramType"] == place
                            && p["name"] == words[1]
                            && p["dataType"] == words[2]
                            && p["required"] == required
                    }
                };
                if !parameters.iter().any(|p| fits(&p)) {
                    wrong.push(format!("{line} is not among {parameters:?}"));
                }
            }
            (field, true) => {
                let Some(("model", model)) = block else { continue };
                let name = format!("{}.{}", text(model, "namespace"), text(model, "id"));
                if let Some((_, seen)) = fields.iter_mut().find(|(model, _)| **model == name) {
                    seen.insert(field);
                }
                let property = &model["properties"][field];
                let (kind, nullable) = match words[1].strip_suffix('?') {
                    Some(kind) => (kind, true),
                    None => (words[1], false),
                };
                if property["type"] != kind || property["canBeNull"] != nullable {
                    wrong.push(format!("{name}.{field}: wanted {}, is {property}", words[1]));
                }
                if words[2..].contains(&"ro") && property["readOnly"] != true {
                    wrong.push(format!("{name}.{field} is writable"));
                }
                if words[2..].contains(&"required") && property["required"] != true {
                    wrong.push(format!("{name}.{field} is not required"));
                }
            }
            _ => panic!("the contract's list is not readable: {line}"),
        }
    }
    for (name, listed) in fields {
        let has: BTreeSet<&str> =
            served.models[name]["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
        let more: Vec<&&str> = has.difference(&listed).collect();
        if !more.is_empty() {
            wrong.push(format!("{name} has more than the contract: {more:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 350, "the contract's list was read: {checked} lines");
}

fn strings(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn the_documents_describe_exactly_the_routes_that_there_are() {
    let world = with_withdrawn().await;
    let served = Served::fetch(&world).await;
    let table: BTreeSet<String> = routes().iter().map(|r| format!("{} {}", r.method, r.template)).collect();
    assert_eq!(served.operations.keys().cloned().collect::<BTreeSet<_>>(), table);
    let openapi = world.alice.bare("GET", "/1.0/openapi.json", &[], "").await.ok();
    let paths = openapi["paths"].as_object().expect("paths");
    let described: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().expect("methods").keys().map(move |m| format!("{} {path}", m.to_uppercase()))
        })
        .collect();
    assert_eq!(described, table);
    // Every name that is used is defined.
    for model in served.models.values() {
        for property in model["properties"].as_object().into_iter().flat_map(|p| p.values()) {
            let name = text(property, "type").trim_start_matches("map[string]").trim_start_matches("[]");
            let name = name.trim_end_matches("[]");
            assert!(!name.contains('.') || served.models.contains_key(name), "{name} is not defined");
        }
    }
    let mut references = Vec::new();
    collect_references(&openapi, &mut references);
    assert!(references.len() > 500, "{}", references.len());
    for reference in references {
        assert!(openapi.pointer(&reference[1..]).is_some(), "{reference} is not defined");
    }
    // Without the switch the withdrawn operations are neither served nor described.
    let plain = World::new().await;
    let served = Served::fetch(&plain).await;
    assert!(!served.operations.contains_key("POST /saas/csp2/{serviceName}/configureDomain"));
    assert!(!served.models.contains_key("saas.csp2.ServiceTypeEnum"));
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|v| collect_references(v, found));
        }
        Value::Array(values) => values.iter().for_each(|v| collect_references(v, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_index_and_the_documents_need_no_credentials() {
    let world = World::new().await;
    let client = &world.alice;
    let index = client.bare("GET", "/1.0/", &[], "").await.ok();
    for path in ["/1.0", "/v1", "/v1/", "/1.0/v1"] {
        assert_eq!(client.bare("GET", path, &[], "").await.ok(), index, "{path}");
    }
    assert_eq!(index["basePath"], "https://api.reseller.example/1.0");
    let sections: Vec<&str> = index["apis"].as_array().expect("a list").iter().map(|a| text(a, "path")).collect();
    for section in ["/auth", "/levante", "/me", "/order", "/saas/csp2"] {
        assert!(sections.contains(&section), "{section}");
    }
    assert_eq!(index["apis"][0]["schema"], "{path}.{format}");
    assert_eq!(index["apis"][0]["format"], json!(["json", "yaml"]));
    let schema = client.bare("GET", "/1.0/saas/csp2.json", &[], "").await.ok();
    assert_eq!(client.bare("GET", "/v1/saas.json", &[], "").await.ok(), schema);
    let yaml = client.bare("GET", "/1.0/saas/csp2.yaml", &[], "").await;
    assert_eq!(
        (yaml.status, yaml.headers["content-type"].to_str().expect("text")),
        (200, "application/yaml; charset=utf-8")
    );
    assert!(yaml.text.starts_with("apiVersion: \"1.0\"\nresourcePath: \"/saas/csp2\"\n"), "{}", &yaml.text[..200]);
    let openapi = client.bare("GET", "/1.0/saas/csp2.json?format=openapi3", &[], "").await.ok();
    assert_eq!(openapi["openapi"], "3.1.0");
    assert!(openapi["paths"].as_object().expect("paths").keys().all(|p| p.starts_with("/saas/csp2")));
    client.bare("GET", "/1.0/saas/csp2.json?format=raml", &[], "").await.refused(400, "BAD_REQUEST");
    client.bare("GET", "/1.0/saas/csp2.json?x=1", &[], "").await.refused(400, "BAD_REQUEST");
    client.bare("GET", "/1.0/openapi.json?format=openapi3", &[], "").await.refused(400, "BAD_REQUEST");
    client.bare("POST", "/1.0/openapi.json", &[], "").await.refused(405, "METHOD_NOT_ALLOWED");
    for path in ["/1.0/nothing.json", "/1.0/me.xml", "/v2/me.json", "/1.0/iam.json", "/v2/openapi.json"] {
        client.bare("GET", path, &[], "").await.refused(404, "NOT_FOUND");
    }
    let stranger = [("X-Ovh-Application", "x".repeat(16))];
    client.bare("GET", "/1.0/me.json", &stranger, "").await.refused(403, "INVALID_KEY");
}

#[tokio::test]
async fn every_get_answers_what_it_declares() {
    let filled = Filled::new().await;
    let served = Served::fetch(&filled.world).await;
    let client = &filled.world.alice;
    let mut wrong = Vec::new();
    for route in routes().into_iter().filter(|r| r.method == "GET") {
        let path = filled.readable(route.template);
        if !Filled::exists(route.template) {
            client.get(&path).await.refused(404, "NOT_FOUND");
            continue;
        }
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let faults = served.faults(served.answer_of("GET", route.template), &answer.json());
        wrong.extend(faults.into_iter().map(|fault| format!("GET {path} {fault}")));
        let shown = answer.json();
        let lists_nothing_here = [
            "/order/cart/{cartId}/coupon",
            "/me/order/{orderId}/associatedObject",
            "/me/bill",
            "/me/payment/method",
            "/service/{serviceId}/renew",
            "/v2/iam/resourceGroup",
        ];
        assert!(
            shown != json!([]) || lists_nothing_here.contains(&route.template) || path.contains("available"),
            "{path} shows nothing"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn writes_answer_what_they_declare() {
    let filled = Filled::new().await;
    let served = Served::fetch(&filled.world).await;
    let (client, licence) = (&filled.world.alice, filled.world.licence(2).await);
    let me = client.get("/me").await.ok();
    let infos = client.get(&filled.path("/saas/csp2/{serviceName}/serviceInfos")).await.ok();
    let tenant = client.get(&filled.path("/saas/csp2/{serviceName}")).await.ok();
    let credential = client.get(&filled.path("/me/api/credential/{credentialId}")).await.ok();
    let add_on = filled.world.licence(3).await;
    let service_account = json!({ "name": "x", "description": "y", "flow": "CLIENT_CREDENTIALS", "callbackUrls": [] });
    let read_client = client.get(&filled.path("/me/api/oauth2/client/{clientId}")).await.ok();
    let read_user = client.get(&filled.path("/me/identity/user/{user}")).await.ok();
    let read_policy = client.get(&format!("{}?details=true", filled.path("/v2/iam/policy/{policyId}"))).await.ok();
    for (method, template, body) in [
        ("POST", "/levante/order/preview", filled.world.order("third").await),
        ("POST", "/levante/order/preview", json!({ "lines": [{ "licenceId": licence, "quantity": 0 }] })),
        ("POST", "/levante/order", filled.world.order("second").await),
        ("PUT", "/me", me),
        ("PUT", "/me/api/credential/{credentialId}", credential),
        ("PUT", "/saas/csp2/{serviceName}", tenant),
        ("PUT", "/saas/csp2/{serviceName}/serviceInfos", infos),
        (
            "PUT",
            "/services/{serviceId}",
            json!({ "displayName": "Other", "renew": null, "terminationPolicy": "empty" }),
        ),
        ("POST", "/me/order/{orderId}/waiveRetraction", json!(null)),
        ("POST", "/services/{serviceId}/terminate", json!(null)),
        ("POST", "/saas/csp2/{serviceName}/subscription", json!({ "licenseId": licence, "quantity": 1 })),
        (
            "POST",
            "/saas/csp2/{serviceName}/subscription/{id}/orderAddon",
            json!({ "licenseId": add_on, "quantity": 1 }),
        ),
        ("POST", "/saas/csp2/{serviceName}/subscription/{id}/changeQuantity", json!({ "quantity": 11 })),
        ("POST", "/order/cart", json!({ "ovhSubsidiary": "FR", "description": null })),
        ("PUT", "/order/cart/{cartId}", json!({ "description": "Other" })),
        ("POST", "/order/cart/{cartId}/assign", json!({})),
        ("PUT", "/order/cart/{cartId}/item/{itemId}", json!({ "duration": "P1M" })),
        ("POST", "/order/cart/{cartId}/item/{itemId}/configuration", json!({ "label": "mpnId", "value": "6100001" })),
        ("DELETE", "/order/cart/{cartId}/item/{itemId}/configuration/{configurationId}", json!(null)),
        ("DELETE", "/order/cart/{cartId}/item/{itemId}", json!(null)),
        ("DELETE", "/order/cart/{cartId}", json!(null)),
        ("POST", "/me/api/oauth2/client", service_account),
        ("PUT", "/me/api/oauth2/client/{clientId}", read_client),
        ("PUT", "/me/identity/user/{user}", read_user),
        ("POST", "/me/identity/user/{user}/disable", json!(null)),
        ("POST", "/me/identity/user/{user}/enable", json!({})),
        ("POST", "/v2/iam/policy", read_policy.clone()),
        ("PUT", "/v2/iam/policy/{policyId}", read_policy),
        ("DELETE", "/v2/iam/policy/{policyId}", json!(null)),
        ("DELETE", "/me/api/oauth2/client/{clientId}", json!(null)),
        ("DELETE", "/me/identity/user/{user}", json!(null)),
        ("POST", "/auth/logout", json!(null)),
    ] {
        let target = format!("/1.0{}", filled.path(template));
        let answer = client.raw(method, &target, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200, "{method} {target}: {}", answer.text);
        let faults = served.faults(served.answer_of(method, template), &answer.json());
        assert!(faults.is_empty(), "{method} {target}: {faults:?}");
    }
}

#[tokio::test]
async fn what_is_declared_as_required_is_required() {
    let filled = Filled::new().await;
    let served = Served::fetch(&filled.world).await;
    for (name, operation) in &served.operations {
        let (method, template) = name.split_once(' ').expect("a name");
        let mut required: BTreeSet<String> = BTreeSet::new();
        for parameter in operation["parameters"].as_array().expect("parameters") {
            match (text(parameter, "paramType"), parameter.get("name")) {
                ("body", None) => {
                    let properties = served.models[text(parameter, "dataType")]["properties"].as_object();
                    let needed = properties.into_iter().flatten().filter(|(_, p)| p["required"] == true);
                    required.extend(needed.map(|(name, _)| name.clone()));
                }
                ("body" | "query", Some(name)) if parameter["required"] == true => {
                    required.insert(name.as_str().expect("a name").to_owned());
                }
                _ => {}
            }
        }
        // A coupon that is to be removed is looked for; withdrawn operations are not built.
        let other = template.ends_with("/coupon") && method == "DELETE";
        if required.is_empty() || other || operation["apiStatus"]["value"] == "DEPRECATED" {
            continue;
        }
        let path = filled.path(template);
        let body = if method == "GET" { "" } else { "{}" };
        let client = &filled.world.alice;
        let refused = client.raw(method, &format!("/1.0{path}"), body.as_bytes()).await;
        let message = refused.refused(400, "BAD_REQUEST");
        let named = required.iter().any(|field| message.contains(&format!("{field}: ")));
        assert!(named, "{name} needs {required:?}: {message}");
    }
}

#[tokio::test]
async fn a_body_is_held_to_its_declaration() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let credential = filled.path("/me/api/credential/{credentialId}");
    let infos = filled.path("/saas/csp2/{serviceName}/serviceInfos");
    for (method, path, body, part) in [
        ("PUT", credential.as_str(), r#"{"allowedIPs":[7]}"#, "allowedIPs[0] isn't formated correctly"),
        ("PUT", credential.as_str(), r#"{"allowedIPs":"x"}"#, "Body parameter allowedIPs isn't formated correctly"),
        ("PUT", infos.as_str(), r#"{"renew":7}"#, "Body parameter renew isn't formated correctly"),
        (
            "PUT",
            infos.as_str(),
            r#"{"renew":{"x":1}}"#,
            "not described parameters: (renew.x) while calling PUT /saas/csp2/",
        ),
        ("PUT", infos.as_str(), r#"{"renew":{"forced":"no"}}"#, "renew.forced isn't formated correctly"),
        ("POST", "/order/cart", r#"{"ovhSubsidiary":"US"}"#, "ovhSubsidiary: \"US\" must be one of CZ, DE"),
        ("POST", "/levante/order", r#"{"lines":[{"licenceId":1,"x":2}]}"#, "(lines[0].x)"),
        ("POST", "/levante/order", r#"{"lines":[null]}"#, "lines[0] isn't formated correctly"),
        ("POST", "/levante/order", r#"{"mpnId":"1","mpnId":"2"}"#, "the key \"mpnId\" is there twice"),
        ("PUT", "/me", r#"{"sex":"x"}"#, "sex: \"\"x\"\" is not offered"),
        ("GET", "/me/api/credential?applicationId=x", "", "applicationId: \"x\" must be a whole number"),
        ("GET", "/me/api/credential?status=odd", "", "status: \"odd\" must be one of expired"),
    ] {
        let message = client.raw(method, &format!("/1.0{path}"), body.as_bytes()).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{path} {body}: {message}");
    }
    // What is read-only is ignored, whatever it holds.
    client.raw("PUT", &format!("/1.0{infos}"), br#"{"serviceId":"x","status":7}"#).await.ok();
}

#[tokio::test]
async fn links_lead_to_what_an_answer_names() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let openapi = client.bare("GET", "/1.0/openapi.json", &[], "").await.ok();
    let links = |method: &str, path: &str| openapi["paths"][path][method]["responses"]["200"]["links"].clone();
    for (method, path, target, value, expression) in [
        ("post", "/order/cart", "getOrderCartCartId", "cartId", "$response.body#/cartId"),
        ("post", "/order/cart/{cartId}/checkout", "getMeOrderOrderId", "orderId", "$response.body#/orderId"),
        ("post", "/saas/csp2/{serviceName}/subscription", "getSaasCsp2ServiceNameTaskId", "id", "$response.body#/id"),
        ("get", "/saas/csp2", "getSaasCsp2ServiceName", "serviceName", "$response.body#/0"),
        ("get", "/saas/csp2/{serviceName}", "putSaasCsp2ServiceName", "serviceName", "$response.body#/serviceName"),
        ("get", "/saas/csp2/{serviceName}", "getSaasCsp2ServiceNameTask", "serviceName", "$request.path.serviceName"),
        ("post", "/levante/order", "getSaasCsp2ServiceName", "serviceName", "$response.body#/serviceName"),
        ("post", "/v2/iam/policy", "deleteV2IamPolicyPolicyId", "policyId", "$response.body#/id"),
        ("get", "/v2/iam/resource", "getV2IamResourceResourceURN", "resourceURN", "$response.body#/0/urn"),
    ] {
        let link = &links(method, path)[target];
        assert_eq!(link["parameters"][value], expression, "{method} {path} to {target}: {link}");
    }
    // The task of a subscription is not the subscription.
    let of_task = links("post", "/saas/csp2/{serviceName}/subscription");
    assert!(of_task.get("getSaasCsp2ServiceNameSubscriptionId").is_none(), "{of_task}");
    let followed = followed(&filled, &openapi).await;
    assert!(followed > 50, "{followed}");
}

/// Follows every link from a reading to a reading; how many there were.
async fn followed(filled: &Filled, openapi: &Value) -> usize {
    let paths = openapi["paths"].as_object().expect("paths");
    let mut targets = std::collections::BTreeMap::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            targets.insert(text(operation, "operationId"), (method.as_str(), path.as_str()));
        }
    }
    let mut followed = 0;
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("methods") {
            let Some(links) = operation["responses"]["200"]["links"].as_object() else { continue };
            let readable = method == "get" && Filled::exists(path);
            let own = if readable { filled.path(path) } else { String::new() };
            let answer = match readable {
                true => filled.world.alice.get(&filled.readable(path)).await.ok(),
                false => Value::Null,
            };
            for link in links.values() {
                let (target_method, target) = targets[text(link, "operationId")];
                let mut wanted = target.to_owned();
                for (name, expression) in link["parameters"].as_object().expect("values") {
                    let expression = expression.as_str().expect("an expression");
                    let value = match expression.strip_prefix("$response.body#") {
                        Some(pointer) => answer.pointer(pointer).cloned().unwrap_or_default(),
                        None => {
                            let known = expression.strip_prefix("$request.path.").expect("a value of the path");
                            let part = path.split('/').position(|part| part == format!("{{{known}}}"));
                            own.split('/').nth(part.expect("is in the path")).map(Value::from).unwrap_or_default()
                        }
                    };
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    wanted = wanted.replace(&format!("{{{name}}}"), &value);
                }
                assert!(!wanted.contains('{'), "{method} {path} to {target} leaves a value open");
                let empty = wanted.contains("null") || target.starts_with("/me/bill/");
                if readable && target_method == "get" && !empty {
                    let query = filled.readable(target).split_once('?').map(|(_, query)| format!("?{query}"));
                    let found = filled.world.alice.get(&(wanted.clone() + &query.unwrap_or_default())).await;
                    assert_eq!(found.status, 200, "{method} {path} leads to {wanted}: {}", found.text);
                    followed += 1;
                }
            }
        }
    }
    followed
}
