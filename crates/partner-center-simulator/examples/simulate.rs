//! Runs a simulator of its own until it is killed: `simulate [STATE-FILE] [SEED] [hostile]`.
//!
//! Prints one line of JSON with everything a client and a test need, then serves.

use std::io::Write;

use partner_center_simulator::{Options, Simulator};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let options = Options {
        state: given.first().map(Into::into),
        seed: given.get(1).map_or(Ok(1), |seed| seed.parse())?,
        hostile: given.iter().any(|word| word == "hostile"),
        ..Options::default()
    };
    let simulator = Simulator::start_with(options).await?;
    let known = simulator.credentials();
    let line = serde_json::json!({"url": simulator.url(), "controlUrl": simulator.control_url(),
        "controlToken": simulator.control_token(), "seed": simulator.seed(), "tenantId": known.tenant_id, "clientId": known.client_id,
        "clientSecret": known.client_secret, "refreshToken": known.refresh_token});
    writeln!(std::io::stdout(), "{line}")?;
    std::future::pending::<()>().await;
    Ok(())
}
