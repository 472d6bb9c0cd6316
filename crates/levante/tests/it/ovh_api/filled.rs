//! A world in which every route has something to answer, and a path for every template.

use super::world::World;
use levante::ovh_api::Settings;
use serde_json::{Value, json};

pub struct Filled {
    pub world: World,
    service: String,
    pub service_id: i64,
    subscriptions: Vec<i64>,
    task: i64,
    licence: i64,
    order: i64,
    detail: i64,
    cart: String,
    item: i64,
    configuration: i64,
    pub client_id: String,
    pub client_secret: String,
    policy: String,
    /// An entry about the account, and one about a service.
    logs: [i64; 2],
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

impl Filled {
    /// A delivered tenant with subscriptions, an add-on and a pending task, and a cart that is filled in.
    pub async fn new() -> Filled {
        Filled::with_task(true).await
    }

    /// Without the pending task.
    pub async fn unpending() -> Filled {
        Filled::with_task(false).await
    }

    async fn with_task(pending: bool) -> Filled {
        let world = World::with(|settings| Settings { withdrawn_operations: true, ..settings }).await;
        let client = &world.alice;
        let placed = client.post("/levante/order", &world.order("albaforni").await).await.ok();
        let (order, service) = (number(&placed["orderId"]), placed["serviceName"].as_str().expect("a name").to_owned());
        let subscriptions: Vec<i64> = world.deliver(order).await.iter().map(|id| id.0).collect();
        let change = format!("/saas/csp2/{service}/subscription/{}/changeQuantity", subscriptions[1]);
        let task = match pending {
            true => number(&client.post(&change, &json!({ "quantity": 7 })).await.ok()["id"]),
            false => 0,
        };
        let infos = client.get(&format!("/saas/csp2/{service}/serviceInfos")).await.ok();
        let service_id = number(&infos["serviceId"]);
        let details = client.get(&format!("/me/order/{order}/details")).await.ok();
        let opened = client.post("/order/cart", &json!({ "ovhSubsidiary": "IT", "description": "Alba Forni" })).await;
        let cart = opened.ok()["cartId"].as_str().expect("an id").to_owned();
        client.post(&format!("/order/cart/{cart}/assign"), &json!({})).await.ok();
        let plan = json!({ "planCode": "csp2-tenant", "pricingMode": "default", "duration": "P1M", "quantity": 1 });
        let item = number(&client.post(&format!("/order/cart/{cart}/csp2"), &plan).await.ok()["itemId"]);
        let licence = world.licence(1).await;
        let option = json!({
            "planCode": format!("csp2-license-{licence}"), "pricingMode": "default", "duration": "P1Y", "quantity": 3,
            "itemId": item,
        });
        client.post(&format!("/order/cart/{cart}/csp2/options"), &option).await.ok();
        let label = json!({ "label": "companyName", "value": "Alba Forni Srl" });
        let filled = client.post(&format!("/order/cart/{cart}/item/{item}/configuration"), &label).await.ok();
        let configuration = number(&filled["id"]);
        let detail = number(&details[1]);
        let user = json!({
            "login": "nightly", "email": "nightly@contoso.example", "password": "a long pass phrase",
            "group": "UNPRIVILEGED",
        });
        client.post("/me/identity/user", &user).await.ok();
        let made = json!({
            "name": "Report", "description": "Alba Forni", "flow": "CLIENT_CREDENTIALS",
            "callbackUrls": ["https://shop.example/back"],
        });
        let made = client.post("/me/api/oauth2/client", &made).await.ok();
        let client_id = made["clientId"].as_str().expect("an id").to_owned();
        let client_secret = made["clientSecret"].as_str().expect("a secret").to_owned();
        let policy = json!({
            "name": "Reports", "identities": ["urn:v1:eu:identity:user:alice-lv/nightly"],
            "resources": [{ "urn": format!("urn:v1:eu:resource:cspReseller:{service}") }],
            "permissions": { "allow": [{ "action": "cspReseller:apiovh:get" }] },
            "permissionsGroups": [{ "urn": "urn:v1:eu:permissionsGroup:ovh:globalReadAccess" }],
        });
        let policy = client.post("/v2/iam/policy", &policy).await.ok()["id"].as_str().expect("an id").to_owned();
        let mut logs = [0; 2];
        for (kind, log) in ["self", "services"].into_iter().zip(&mut logs) {
            *log = number(&client.get(&format!("/me/api/logs/{kind}")).await.ok()[0]);
        }
        Filled {
            client_id,
            client_secret,
            policy,
            logs,
            world,
            service,
            service_id,
            subscriptions,
            task,
            licence,
            order,
            detail,
            cart,
            item,
            configuration,
        }
    }

    /// Whether what a template names can be there: no bill is written here.
    pub fn exists(template: &str) -> bool {
        !template.starts_with("/me/bill/{billId}")
    }

    /// The path of a GET, with its query where it needs one.
    pub fn readable(&self, template: &str) -> String {
        let query = match template {
            "/saas/csp2/{serviceName}/usageStatistics" => "?timePeriod=lastWeek",
            "/order/cart/{cartId}/csp2/options" => "?planCode=csp2-tenant",
            _ => "",
        };
        self.path(template) + query
    }

    /// The path of a template with alice's things in it. A new value has to be taught below.
    pub fn path(&self, template: &str) -> String {
        let mut path = String::new();
        for part in template[1..].split('/') {
            path.push('/');
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                None => path.push_str(part),
                Some(name) => path.push_str(&self.value(name, &path)),
            }
        }
        path
    }

    fn value(&self, name: &str, before: &str) -> String {
        match (name, before.rsplit('/').nth(1).unwrap_or_default()) {
            ("serviceName", _) => self.service.clone(),
            ("id", "subscription") => self.subscriptions[0].to_string(),
            ("id", "task") => self.task.to_string(),
            ("id", "orderableLicenses") => self.licence.to_string(),
            ("serviceId", _) => self.service_id.to_string(),
            ("billId", _) => "LV1001".to_owned(),
            ("billDetailId", _) => "1".to_owned(),
            ("duration", _) => "P1Y".to_owned(),
            ("licenseName", _) => "Business".to_owned(),
            ("orderId", _) => self.order.to_string(),
            ("orderDetailId", _) => self.detail.to_string(),
            ("cartId", _) => self.cart.clone(),
            ("itemId", _) => self.item.to_string(),
            ("configurationId", _) => self.configuration.to_string(),
            ("applicationId", _) => self.world.alice.application.to_string(),
            ("credentialId", _) => self.world.alice.credential.to_string(),
            ("clientId", _) => self.client_id.clone(),
            ("policyId", _) => self.policy.clone(),
            ("resourceURN", _) => format!("urn:v1:eu:resource:cspReseller:{}", self.service),
            ("user", _) => "nightly".to_owned(),
            ("logId", "self") => self.logs[0].to_string(),
            ("logId", "services") => self.logs[1].to_string(),
            (name, before) => panic!("teach the filled world what stands for {{{name}}} behind {before}"),
        }
    }
}
