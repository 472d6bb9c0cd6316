//! Users and roles of a tenant: credentials, create, change, delete, restore, passwords, rights.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh, id};

const PASSWORD: &str = "Tre!Fontane9";

fn user(name: &str) -> Value {
    json!({"UsageLocation": "it", "userPrincipalName": format!("{name}@albaforni.onmicrosoft.com"),
        "firstName": "Anna", "lastName": "Bianchi", "displayName": "Anna Bianchi",
        "passwordProfile": {"password": PASSWORD, "forceChangePassword": true}})
}

async fn signs_in(world: &World, name: &str, password: &str) -> bool {
    let body = json!({"userPrincipalName": name, "password": password});
    world.control(Method::POST, "/control/signin", &body).await["signedIn"].as_bool().unwrap()
}

async fn created(world: &World, prefix: &str) -> Value {
    let body = world.customer_body(prefix).await;
    let (status, customer) = world.send(Method::POST, "/v1/customers", &id(prefix), &body).await;
    assert_eq!(status, 201, "{customer}");
    customer
}

async fn with_tenant() -> (World, String) {
    let world = World::kind().await;
    let customer = created(&world, "albaforni").await;
    let users = format!("/v1/customers/{}/users", customer["id"].as_str().unwrap());
    (world, users)
}

fn filter(value: &str) -> String {
    format!("filter=%7B%22Field%22%3A%22UserStatus%22%2C%22Value%22%3A%22{value}%22%2C%22Operator%22%3A%22equals%22%7D")
}

#[tokio::test]
async fn trap_02_the_first_password_is_in_the_created_answer_only() {
    let world = World::kind().await;
    let customer = created(&world, "albaforni").await;
    let password = customer["userCredentials"]["password"].as_str().unwrap();
    let tenant = customer["id"].as_str().unwrap();
    let mut shown = String::new();
    for path in ["", "/users", "/profiles/billing", "/profiles/company", "/organization", "/directoryroles"] {
        let (status, answer) = world.get(&format!("/v1/customers/{tenant}{path}")).await;
        assert_eq!(status, 200, "{path}");
        shown += &answer.to_string();
    }
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/users")).await;
    let admin = list["items"][0]["id"].as_str().unwrap();
    shown += &world.get(&format!("/v1/customers/{tenant}/users/{admin}")).await.1.to_string();
    shown += &world.get("/v1/auditrecords").await.1.to_string();
    shown += &world.books().await.to_string();
    assert!(!shown.contains(password) && !shown.contains("passwordProfile"), "{shown}");
    world.stop().await;
}

#[tokio::test]
async fn trap_03_the_user_name_is_bare() {
    let world = World::kind().await;
    let customer = created(&world, "albaforni").await;
    let credentials = &customer["userCredentials"];
    assert_eq!(credentials["userName"], "admin");
    let password = credentials["password"].as_str().unwrap();
    assert!(!signs_in(&world, "admin", password).await);
    assert!(signs_in(&world, "Admin@albaforni.onmicrosoft.com", password).await);
    assert!(!signs_in(&world, "admin@albaforni.onmicrosoft.com", "Wrong!Word1").await);
    assert!(!signs_in(&world, "admin@contoso.onmicrosoft.com", password).await);
    world.stop().await;
}

#[tokio::test]
async fn trap_15_creating_a_user_answers_200() {
    let (world, users) = with_tenant().await;
    let (status, anna) = world.send(Method::POST, &users, &id("a"), &user("anna")).await;
    assert_eq!((status, &anna["state"], &anna["userDomainType"]), (200, &json!("active"), &json!("managed")));
    assert_eq!((&anna["usageLocation"], &anna["attributes"]["objectType"]), (&json!("IT"), &json!("CustomerUser")));
    assert!(anna.get("passwordProfile").is_none());
    assert!(signs_in(&world, "anna@albaforni.onmicrosoft.com", PASSWORD).await);
    // The same request again is the same user; another one has the name no more.
    assert_eq!(world.send(Method::POST, &users, &id("a"), &user("anna")).await, (200, anna.clone()));
    let (status, answer) = world.send(Method::POST, &users, &fresh(), &user("Anna")).await;
    assert_eq!((status, &answer["code"]), (400, &json!(3000)));
    assert_eq!(world.send(Method::POST, &users, &id("a"), &user("berta")).await.0, 409);
    assert_eq!(world.get(&users).await.1["totalCount"], 2);
    world.stop().await;
}

#[tokio::test]
async fn bad_users_are_not_made() {
    let (world, users) = with_tenant().await;
    let mut cases = Vec::new();
    let mut case = |pointer: &str, value: Value| {
        let mut body = user("anna");
        *body.pointer_mut(pointer).unwrap() = value;
        cases.push(body);
    };
    case("/UsageLocation", json!("Italy"));
    case("/UsageLocation", Value::Null);
    case("/userPrincipalName", json!("anna@elsewhere.onmicrosoft.com"));
    case("/userPrincipalName", json!("anna"));
    case("/userPrincipalName", json!("an na@albaforni.onmicrosoft.com"));
    case("/displayName", json!(""));
    case("/passwordProfile/password", json!("short1!"));
    case("/passwordProfile/password", json!("alllowercaseletters"));
    case("/passwordProfile/forceChangePassword", Value::Null);
    case("/passwordProfile", json!([]));
    for body in cases {
        let (status, answer) = world.send(Method::POST, &users, &fresh(), &body).await;
        assert_eq!((status, &answer["code"]), (400, &json!(3000)), "{body}");
        assert!(!answer.to_string().contains(PASSWORD));
    }
    assert_eq!(world.get(&users).await.1["totalCount"], 1);
    let (status, answer) = world.get(&format!("{users}/{}", fresh())).await;
    assert_eq!((status, &answer["code"]), (404, &json!(60_002)));
    assert_eq!(world.get(&format!("{users}/nobody")).await.1["code"], 60_002);
    world.stop().await;
}

#[tokio::test]
async fn a_deleted_user_comes_back_within_thirty_days() {
    let (mut world, users) = with_tenant().await;
    let (_, anna) = world.send(Method::POST, &users, &fresh(), &user("anna")).await;
    let path = format!("{users}/{}", anna["id"].as_str().unwrap());
    let rename = json!({"userPrincipalName": "anna.b@albaforni.onmicrosoft.com", "displayName": "Anna B."});
    let (status, renamed) = world.send(Method::PATCH, &path, &fresh(), &rename).await;
    assert_eq!((status, &renamed["displayName"], &renamed["firstName"]), (200, &json!("Anna B."), &json!("Anna")));
    assert!(signs_in(&world, "anna.b@albaforni.onmicrosoft.com", PASSWORD).await);
    assert!(!signs_in(&world, "anna@albaforni.onmicrosoft.com", PASSWORD).await);

    assert_eq!(world.send(Method::DELETE, &path, &fresh(), &json!({})).await.0, 204);
    assert_eq!(world.send(Method::DELETE, &path, &fresh(), &json!({})).await.1["code"], 60_002);
    assert!(!signs_in(&world, "anna.b@albaforni.onmicrosoft.com", PASSWORD).await);
    assert_eq!(world.get(&users).await.1["totalCount"], 1);
    let inactive = format!("{users}?size=0&{}", filter("Inactive"));
    let (_, deleted) = world.get(&inactive).await;
    assert_eq!((&deleted["totalCount"], &deleted["items"][0]["state"]), (&json!(1), &json!("inactive")));
    assert!(deleted["items"][0]["softDeletionTime"].is_string());
    assert_eq!(world.send(Method::PATCH, &path, &fresh(), &rename).await.1["code"], 3000);

    world.advance("P29D").await;
    let (status, back) = world.send(Method::PATCH, &path, &fresh(), &json!({"State": "Active"})).await;
    assert_eq!((status, &back["state"]), (200, &json!("active")));
    assert!(signs_in(&world, "anna.b@albaforni.onmicrosoft.com", PASSWORD).await);

    world.send(Method::DELETE, &path, &fresh(), &json!({})).await;
    world.advance("P30D").await;
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &json!({"state": "active"})).await;
    assert_eq!((status, &answer["code"]), (404, &json!(60_002)));
    assert_eq!(world.get(&inactive).await.1["totalCount"], 0);
    assert_eq!(world.get(&format!("{users}?filter=%7B%7D")).await.1["code"], 800_002);
    world.stop().await;
}

#[tokio::test]
async fn lists_of_users_go_page_by_page() {
    let (world, users) = with_tenant().await;
    for number in 0..6 {
        let body = user(&format!("user{number}"));
        assert_eq!(world.send(Method::POST, &users, &fresh(), &body).await.0, 200);
    }
    let first = format!("{users}?size=3&{}", filter("Active"));
    let (mut path, mut token, mut seen) = (first.clone(), None::<String>, Vec::new());
    loop {
        let mut request = world.request(Method::GET, &path);
        if let Some(token) = &token {
            request = request.header("MS-ContinuationToken", token);
        }
        let (status, page) = crate::world::read(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(page["items"].as_array().unwrap().iter().map(|user| user["id"].clone()));
        let next = &page["links"]["next"];
        if next.is_null() {
            break;
        }
        path = format!("/v1{}", next["uri"].as_str().unwrap());
        token = next["headers"][0]["value"].as_str().map(str::to_owned);
        assert_eq!(page["continuationToken"].as_str(), token.as_deref());
    }
    let count = seen.len();
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!((count, seen.len()), (7, 7));
    assert_eq!(world.get(&format!("{users}?size=501")).await.1["code"], 800_002);
    let bad = world.request(Method::GET, &users).header("MS-ContinuationToken", "x").send().await.unwrap();
    assert_eq!(bad.status().as_u16(), 400);
    world.stop().await;
}

#[tokio::test]
async fn a_reset_echoes_the_password_and_needs_the_right_role() {
    let (world, users) = with_tenant().await;
    let (_, list) = world.get(&users).await;
    let admin = list["items"][0].clone();
    assert_eq!(admin["userPrincipalName"], "admin@albaforni.onmicrosoft.com");
    let path = format!("{users}/{}/resetpassword", admin["id"].as_str().unwrap());
    let body = json!({"id": admin["id"], "passwordProfile": {"password": PASSWORD, "forceChangePassword": false}});
    world.faults(json!({"gdap": {"missingRoles": ["Privileged Authentication Admin"]}})).await;
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &body).await;
    assert_eq!((status, &answer["code"]), (403, &json!(900_308)));
    assert!(!signs_in(&world, "admin@albaforni.onmicrosoft.com", PASSWORD).await);
    // An ordinary user's password needs another role.
    let (_, anna) = world.send(Method::POST, &users, &fresh(), &user("anna")).await;
    let of_anna = format!("{users}/{}/resetpassword", anna["id"].as_str().unwrap());
    let other = json!({"passwordProfile": {"password": "Nuova!Parola1", "forceChangePassword": true}});
    assert_eq!(world.send(Method::PATCH, &of_anna, &fresh(), &other).await.0, 200);
    assert!(signs_in(&world, "anna@albaforni.onmicrosoft.com", "Nuova!Parola1").await);

    world.faults(json!({"gdap": {}})).await;
    let weak = json!({"passwordProfile": {"password": "weak"}});
    assert_eq!(world.send(Method::PATCH, &path, &fresh(), &weak).await.1["code"], 3000);
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &body).await;
    assert_eq!((status, &answer["passwordProfile"]["password"]), (200, &json!(PASSWORD)));
    assert!(signs_in(&world, "admin@albaforni.onmicrosoft.com", PASSWORD).await);
    let (_, log) = world.get("/v1/auditrecords").await;
    assert!(!log.to_string().contains(PASSWORD));
    world.stop().await;
}

#[tokio::test]
async fn no_password_is_in_the_state_file() {
    let file = crate::faults::StateFile::new("users.sqlite");
    let world = World::at(&file.0).await;
    let tenant = world.tenant("albaforni").await;
    let users = format!("/v1/customers/{tenant}/users");
    let (_, anna) = world.send(Method::POST, &users, &id("a"), &user("anna")).await;
    let path = format!("{users}/{}/resetpassword", anna["id"].as_str().unwrap());
    let body = json!({"passwordProfile": {"password": "Nuova!Parola1", "forceChangePassword": true}});
    assert_eq!(world.send(Method::PATCH, &path, &fresh(), &body).await.0, 200);
    world.stop().await;
    let bytes = std::fs::read(&file.0).unwrap();
    for password in [PASSWORD, "Nuova!Parola1"] {
        assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()));
    }
    let world = World::at(&file.0).await;
    assert!(signs_in(&world, "anna@albaforni.onmicrosoft.com", "Nuova!Parola1").await);
    world.stop().await;
}

#[tokio::test]
async fn roles_have_members() {
    let (world, users) = with_tenant().await;
    let customer = format!("/v1/customers/{}", users.split('/').nth(3).unwrap());
    let (_, roles) = world.get(&format!("{customer}/directoryroles")).await;
    let role = |name: &str| {
        let items = roles["items"].as_array().unwrap();
        items.iter().find(|role| role["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (_, list) = world.get(&format!("{customer}/directoryroles/{}/usermembers", role("Global Administrator"))).await;
    assert_eq!(list["items"][0]["userPrincipalName"], "admin@albaforni.onmicrosoft.com");
    let (_, anna) = world.send(Method::POST, &users, &fresh(), &user("anna")).await;
    let members = format!("{customer}/directoryroles/{}/usermembers", role("Helpdesk Administrator"));
    let body = json!({"id": anna["id"], "displayName": "Anna Bianchi", "attributes": {"objectType": "UserMember"}});
    for _ in 0..2 {
        let (status, member) = world.send(Method::POST, &members, &fresh(), &body).await;
        assert_eq!((status, &member["roleId"]), (201, &json!(role("Helpdesk Administrator"))));
    }
    assert_eq!(world.get(&members).await.1["totalCount"], 1);
    let anna = anna["id"].as_str().unwrap();
    let (_, of_anna) = world.get(&format!("{users}/{anna}/directoryroles")).await;
    assert_eq!(of_anna["items"][0]["name"], "Helpdesk Administrator");
    assert_eq!(world.send(Method::DELETE, &format!("{members}/{anna}"), &fresh(), &json!({})).await.0, 204);
    assert_eq!(world.send(Method::DELETE, &format!("{members}/{anna}"), &fresh(), &json!({})).await.0, 404);
    assert_eq!(world.get(&format!("{customer}/directoryroles/{}/usermembers", fresh())).await.0, 404);
    world.faults(json!({"gdap": {"missingRoles": ["privilegedRoleAdmin"]}})).await;
    assert_eq!(world.send(Method::POST, &members, &fresh(), &body).await.1["code"], 900_308);
    let (_, log) = world.get("/v1/auditrecords").await;
    let of = |name: &str| {
        let items = log["items"].as_array().unwrap();
        items.iter().filter(|record| record["operationType"] == name).count()
    };
    assert_eq!((of("create_customer_user"), of("add_user_member"), of("remove_user_member")), (1, 1, 1));
    world.stop().await;
}

#[tokio::test]
async fn trap_45_delegated_rights_do_nothing_until_they_are_assigned() {
    let mut world = World::kind().await;
    world.faults(json!({"gdap": {"assigned": true, "delaySeconds": 600}})).await;
    let customer = created(&world, "albaforni").await;
    assert!(customer["userCredentials"]["password"].is_string());
    let base = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    for path in ["/users", "/directoryroles", "/subscribedskus"] {
        let (status, answer) = world.get(&format!("{base}{path}")).await;
        assert_eq!((status, &answer["code"]), (403, &json!(900_308)), "{path}");
    }
    assert_eq!(world.get(&base).await.0, 200);
    world.advance("PT10M").await;
    assert_eq!(world.get(&format!("{base}/users")).await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn a_new_directory_is_late() {
    let mut world = World::kind().await;
    world.faults(json!({"lag": {"usersSeconds": 10, "customerListSeconds": 30}})).await;
    let customer = created(&world, "albaforni").await;
    let base = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    assert_eq!(world.get(&base).await.0, 200);
    assert_eq!(world.get("/v1/customers").await.1["totalCount"], 0);
    assert_eq!(world.get(&format!("{base}/users")).await.0, 404);
    world.advance("PT10S").await;
    assert_eq!(world.get(&format!("{base}/users")).await.0, 200);
    world.advance("PT20S").await;
    assert_eq!(world.get("/v1/customers").await.1["totalCount"], 1);
    world.stop().await;
}
