use partner_center_simulator::{Options, Simulator};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start_with(Options { seed: 7, ..Options::default() }).await?;
    let (api, known) = (simulator.url(), simulator.credentials());
    let http = reqwest::Client::builder().no_proxy().build()?;

    // A user's access token, as after the consent of an administrator.
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &known.client_id),
        ("client_secret", &known.client_secret),
        ("refresh_token", &known.refresh_token),
        ("scope", "https://api.partnercenter.microsoft.com/user_impersonation"),
    ];
    let url = format!("{api}/{}/oauth2/v2.0/token", known.tenant_id);
    let answer: Value = http.post(url).form(&form).send().await?.json().await?;
    let token = answer["access_token"].as_str().ok_or("no token")?;

    // Microsoft's API.
    let url = format!("{api}/v1/products?country=IT&targetView=OnlineServices");
    let products: Value = http.get(url).bearer_auth(token).send().await?.json().await?;
    println!("{} products, the first is {}", products["totalCount"], products["items"][0]["title"]);

    // The test's own: a month passes, then the next call fails.
    let control = |path: &str| (format!("{}{path}", simulator.control_url()), simulator.control_token());
    let (url, secret) = control("/control/clock/advance");
    http.post(url).bearer_auth(secret).json(&json!({"by": "P1M"})).send().await?.error_for_status()?;
    let (url, secret) = control("/control/faults");
    let fault = json!({"faults": [{"route": "*", "kind": "status", "status": 503, "count": 1}]});
    http.put(url).bearer_auth(secret).json(&fault).send().await?.error_for_status()?;
    assert_eq!(http.get(format!("{api}/v1/customers")).send().await?.status(), 503);

    simulator.stop().await;
    Ok(())
}
