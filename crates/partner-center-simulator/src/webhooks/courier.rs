//! The background task that delivers what is due, one after the other.
//!
//! It sleeps until the next row is due, is woken by new rows and by jumps of the clock, and sends
//! to the registered address only. Redirects and proxies are not followed.

use std::time::Duration;

use axum::http::header;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::sync::Notify;

use super::outbox::{self, Attempt, Delivery};
use super::registration::{Registration, current, may_be_called};
use super::signature::Signer;
use crate::state::Sim;
use crate::wire::Refusal;

/// How long a receiver may take for one event, in real time.
const PATIENCE: Duration = Duration::from_secs(5);
/// The clock may be moved by others who share it: it is looked at so often.
const GLANCE: Duration = Duration::from_millis(500);
/// Rows between two commits: after a crash at most so many are delivered twice.
const BATCH: usize = 16;

/// The courier's door bell.
#[derive(Default)]
pub(crate) struct Courier {
    bell: Notify,
}

impl Courier {
    /// There is something new, or the time is another.
    pub(crate) fn wake(&self) {
        self.bell.notify_one();
    }
}

/// Delivers for ever; ends when the state cannot be written any more.
pub(crate) async fn deliver(sim: &Sim) {
    let client = match client(sim.webhooks_anywhere) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "webhooks are not delivered: no HTTP client");
            return;
        }
    };
    loop {
        // What time did while nobody wrote is announced now.
        if sim.read(|world, _| !world.announcements.is_empty()) && sim.flush().await.is_err() {
            return;
        }
        match round(sim, &client).await {
            Err(_) => return,
            Ok(BATCH) => continue,
            Ok(_) => {}
        }
        let wait = sim.read(|world, now| {
            let next = outbox::next_due(world)?;
            Duration::try_from(next.duration_since(now)).ok()
        });
        // A failed attempt moves its row into the future, so nothing is due right after a round.
        let wait = wait.unwrap_or(GLANCE).clamp(Duration::from_millis(5), GLANCE);
        tokio::select! { () = sim.courier.bell.notified() => {}, () = tokio::time::sleep(wait) => {} }
    }
}

fn client(anywhere: bool) -> reqwest::Result<Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // A second installation in the same program is no failure.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .tcp_nodelay(true)
        // Receivers on this machine bring certificates of their own making.
        .tls_danger_accept_invalid_certs(!anywhere)
        .build()
}

/// Sends the first rows that are due; returns how many.
async fn round(sim: &Sim, client: &Client) -> Result<usize, Refusal> {
    let found = sim.read(|world, now| {
        let rows = outbox::due(world, now, BATCH);
        current(world).cloned().filter(|_| !rows.is_empty()).map(|registration| (registration, rows))
    });
    let Some((registration, rows)) = found else {
        return Ok(0);
    };
    let signer = sim.notary.signer(sim).await?;
    let mut outcomes = Vec::new();
    for (key, delivery) in rows {
        let (code, message) = attempt(sim, client, &registration, &signer, &delivery).await?;
        let failed = !message.is_empty();
        let system_error = code.is_none();
        outcomes.push((key, code, message, system_error));
        // The rest is not kept waiting uncommitted by a receiver that fails.
        if failed {
            break;
        }
    }
    let count = outcomes.len();
    sim.write(|world, now| {
        for (key, response_code, response_message, system_error) in outcomes {
            let attempt = Attempt { at: now, response_code, response_message, system_error };
            outbox::record(world, &key, attempt, now);
        }
        Ok(())
    })
    .await?;
    Ok(count)
}

/// One POST: the answer's status word if there was one, and what was wrong, empty for a success.
async fn attempt(
    sim: &Sim,
    client: &Client,
    registration: &Registration,
    signer: &Signer,
    delivery: &Delivery,
) -> Result<(Option<String>, String), Refusal> {
    // A state file may come from a simulator that was allowed more.
    if !may_be_called(&registration.url, sim.webhooks_anywhere) {
        return Ok((None, "The address is not on this machine.".to_owned()));
    }
    let body = delivery.body();
    let signature = signer.sign(&body)?;
    let (name, value) = match registration.own_header {
        true => ("x-ms-signature", signature),
        false => (header::AUTHORIZATION.as_str(), format!("Signature {signature}")),
    };
    let answer = client
        .post(&registration.url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(name, value)
        .header("X-MS-Certificate-Url", signer.certificate_url(sim.origin()))
        .header("X-MS-Signature-Algorithm", "rsa-sha256")
        .body(body)
        .send()
        .await;
    Ok(match answer {
        Ok(answer) if answer.status().is_success() => (Some(word(answer.status())), String::new()),
        Ok(answer) => (Some(word(answer.status())), format!("The receiver answered {}.", answer.status().as_u16())),
        Err(error) if error.is_timeout() => (None, "The receiver did not answer in time.".to_owned()),
        Err(_) => (None, "The receiver could not be reached.".to_owned()),
    })
}

/// `OK`, `NotFound`: the status as Microsoft's results spell it.
fn word(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    reason.chars().filter(char::is_ascii_alphanumeric).collect()
}
