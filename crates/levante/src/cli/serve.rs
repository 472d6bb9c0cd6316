//! `levante serve`: panel, API and worker against Microsoft.

use super::say;
use crate::{
    app::{self, Certificate, Server, Shown},
    config::Settings,
};
use anyhow::Context;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    // First of all: a wrong file is told before anything is opened.
    let certificate = settings.tls.as_ref().filter(|_| settings.role.serves()).map(Certificate::read).transpose()?;
    let operations = app::open(settings).await?;
    let engine = match settings.role.works() {
        true => Some(app::start_engine(settings, app::workflow(settings, operations.clone())?).await?),
        false => None,
    };
    let server = match settings.role.serves() {
        true => {
            let listener = std::net::TcpListener::bind(settings.listen)
                .with_context(|| format!("{} cannot be listened on", settings.listen))?;
            let router = app::router(settings, operations, Shown::default());
            let server = Server::start(listener, router, certificate).await?;
            say(&format!("Serving {} on {}.", settings.public_url, server.address));
            Some(server)
        }
        false => None,
    };
    app::asked_to_stop().await;
    if let Some(server) = server {
        server.stop().await;
    }
    if let Some(engine) = engine {
        engine.stop().await;
    }
    Ok(())
}
