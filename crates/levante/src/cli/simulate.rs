//! `levante simulate`: the simulated Microsoft alone, for `serve` and for other people's clients.

use super::say;
use crate::clock::random;
use anyhow::Context;
use jiff::Timestamp;
use partner_center_simulator::{Clock, Options, Simulator};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Simulate {
    /// Where the simulated API listens.
    #[arg(long, default_value = "127.0.0.1:8089")]
    listen: SocketAddr,
    /// Where its control interface listens; loopback only.
    #[arg(long, default_value = "127.0.0.1:8090")]
    control_listen: SocketAddr,
    /// The control interface's token, at least 16 characters; made up when left out.
    #[arg(long, env = "LEVANTE_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// Everything invented derives from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Faults on from the start.
    #[arg(long)]
    hostile: bool,
    /// production, or ms-sandbox: the limits of Microsoft's integration sandbox.
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// A file that keeps the state over a restart.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Where the clock starts, such as 2026-06-01T00:00:00Z; a stored clock wins.
    #[arg(long)]
    clock: Option<Timestamp>,
}

/// Which of Microsoft's two worlds.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Profile {
    #[default]
    Production,
    MsSandbox,
}

impl From<Profile> for partner_center_simulator::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Production => Self::Production,
            Profile::MsSandbox => Self::MsSandbox,
        }
    }
}

impl Simulate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let simulator = Simulator::start_with(Options {
            listen: self.listen,
            control_listen: self.control_listen,
            control_token: self.control_token.unwrap_or_else(|| hex::encode(random::<16>())),
            seed: self.seed,
            hostile: self.hostile,
            profile: self.profile.into(),
            state: self.state,
            clock: self.clock.map_or_else(Clock::default, Clock::starting_at),
            platform: None,
            ..Options::default()
        })
        .await
        .context("the simulator cannot start")?;
        let credentials = simulator.credentials();
        // All of Microsoft's hosts are one address here.
        let url = simulator.url();
        say(&serde_json::to_string(&serde_json::json!({
            "apiBase": url,
            "authority": url,
            "priceBase": url,
            "graphBase": url,
            "webhooksBase": format!("{url}/webhooks/v1"),
            "statusPage": format!("{url}/status"),
            "controlUrl": simulator.control_url(),
            "controlToken": simulator.control_token(),
            "tenant": credentials.tenant_id,
            "clientId": credentials.client_id,
            "clientSecret": credentials.client_secret,
            "refreshToken": credentials.refresh_token,
        }))?);
        crate::app::asked_to_stop().await;
        simulator.stop().await;
        Ok(())
    }
}
