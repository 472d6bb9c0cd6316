//! The two listeners, API and control interface: their start, their routes and their end.
//! Next: `gate.rs` (a request's way).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::{CuttingListener, Wire};
use crate::gate::{LARGEST_BODY, gate};
use crate::options::{Credentials, Options, StartError};
use crate::persistence::Store;
use crate::state::{Sim, Simulation};
use crate::webhooks::courier;
use crate::wire::Refusal;
use crate::{
    access, addresses, agreements, analytics, audit, authorize, billing, carts, catalogue, control, countries,
    customers, domains, incidents, legacy, licences, offers, orders, overage, partners, price_sheets, profiles,
    promotions, qualifications, relationships, roles, sandbox, status_page, subscriptions, tokens, transitions, users,
    webhooks,
};

/// A running simulator. Dropping it leaves the listeners running; call [`Simulator::stop`].
pub struct Simulator {
    sim: Sim,
    url: String,
    control_url: String,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    seed: u64,
}

impl Simulator {
    /// Starts a hostile simulator for a test: in memory, on free loopback ports, with the seed of
    /// the variable `PARTNER_CENTER_SEED` or, without it, a random one. [`Simulator::seed`] tells
    /// it, so that a failing run can be replayed.
    ///
    /// # Errors
    /// [`StartError::Listen`] when no port is free, [`StartError::Seed`] when the variable holds
    /// no number.
    pub async fn start() -> Result<Self, StartError> {
        let seed = Options::seed_for_tests()?;
        Self::start_with(Options { hostile: true, seed, ..Options::default() }).await
    }

    /// Opens the state, listens on both addresses and serves until stopped.
    ///
    /// # Errors
    /// [`StartError`] when an address, the control token or the state file will not do.
    pub async fn start_with(options: Options) -> Result<Self, StartError> {
        if !options.control_listen.ip().is_loopback() {
            return Err(StartError::ControlNotLoopback(options.control_listen));
        }
        if options.control_token.len() < 16 {
            return Err(StartError::WeakControlToken);
        }
        let (listen, control_listen) = (options.listen, options.control_listen);
        let (path, seed) = (options.state.clone(), options.seed);
        let state_error = |problem: String| StartError::State { path: path.clone().unwrap_or_default(), problem };
        let store = match &options.state {
            Some(path) => Some(Store::open(path).await.map_err(|error| state_error(error.to_string()))?),
            None => None,
        };
        let sim = Arc::new(Simulation::new(store, options).map_err(state_error)?);
        if !sim.seed_fits() {
            let path = path.unwrap_or_default();
            return Err(StartError::OtherSeed { path, seed });
        }
        sim.flush().await.map_err(|_| state_error("it cannot be written".to_owned()))?;
        let api = bind(listen).await?;
        let control = bind(control_listen).await?;
        let url = format!("http://{}", address_of(&api, listen));
        let control_url = format!("http://{}", address_of(&control, control_listen));
        sim.origin.get_or_init(|| url.clone());
        let (stop, _) = watch::channel(false);
        let app = router(sim.clone()).into_make_service_with_connect_info::<Wire>();
        let serve_api = axum::serve(CuttingListener(api), app);
        let serve_control = axum::serve(control, control::router(sim.clone()));
        let (api_end, control_end) = (ended(&stop), ended(&stop));
        let (counting, counts_end) = (sim.clone(), ended(&stop));
        let (delivering, deliveries_end) = (sim.clone(), ended(&stop));
        let servers = vec![
            tokio::spawn(async move {
                tokio::select! { () = courier::deliver(&delivering) => {}, () = deliveries_end => {} }
            }),
            tokio::spawn(async move {
                tokio::select! { () = keep_counts(&counting) => {}, () = counts_end => {} }
            }),
            tokio::spawn(async move {
                tokio::select! { result = async { serve_api.await } => log(result), () = api_end => {} }
            }),
            tokio::spawn(async move {
                tokio::select! { result = async { serve_control.await } => log(result), () = control_end => {} }
            }),
        ];
        Ok(Self { sim, url, control_url, stop, servers, seed })
    }

    /// Base of the API and of the token endpoints, e.g. `http://127.0.0.1:4711`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Base of the control interface.
    pub fn control_url(&self) -> String {
        self.control_url.clone()
    }

    /// Bearer token of the control interface.
    pub fn control_token(&self) -> &str {
        &self.sim.control_token
    }

    /// The number that everything invented derives from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How far the business clock runs ahead of real time; a stored offset wins over the one given.
    pub fn clock_offset(&self) -> jiff::SignedDuration {
        self.sim.clock.offset()
    }

    /// What a client signs in with; stable for a seed.
    pub fn credentials(&self) -> Credentials {
        tokens::credentials(&self.sim.seed)
    }

    /// The certificate, in PEM form, that signed webhooks chain to; the same for the same seed. The
    /// first call makes the keys, which can take a second.
    ///
    /// `None` when the keys could not be made or kept, e.g. because the state file is full.
    pub async fn webhook_root_pem(&self) -> Option<String> {
        let signer = self.sim.notary.signer(&self.sim).await.ok()?;
        Some(signer.root_pem().to_owned())
    }

    /// Cuts every connection, writes what waits, releases the state file and stops listening.
    pub async fn stop(self) {
        self.sim.close().await;
        self.stop.send_replace(true);
        for server in self.servers {
            // A server that panicked has been reported by the runtime.
            let _ = server.await;
        }
    }
}

fn ended(stop: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + 'static {
    let mut stopped = stop.subscribe();
    async move {
        // The sender lives in the simulator; when it is dropped unstopped, serving goes on.
        if stopped.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Calls that changed nothing are counted on disk within a second.
async fn keep_counts(sim: &Simulation) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        if sim.flush_counts().await.is_err() {
            return;
        }
    }
}

fn log(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::error!(%error, "a listener of the simulator failed");
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn address_of(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

pub(crate) fn router(sim: Sim) -> Router {
    Router::new()
        .merge(access::routes())
        .merge(addresses::routes())
        .merge(agreements::routes())
        .merge(analytics::routes())
        .merge(audit::routes())
        .merge(authorize::routes())
        .merge(billing::routes())
        .merge(carts::routes())
        .merge(catalogue::routes())
        .merge(countries::routes())
        .merge(customers::routes())
        .merge(domains::routes())
        .merge(incidents::routes())
        .merge(legacy::routes())
        .merge(licences::routes())
        .merge(offers::routes())
        .merge(orders::routes())
        .merge(overage::routes())
        .merge(partners::routes())
        .merge(price_sheets::routes())
        .merge(profiles::routes())
        .merge(promotions::routes())
        .merge(qualifications::routes())
        .merge(relationships::routes())
        .merge(roles::routes())
        .merge(sandbox::routes())
        .merge(status_page::routes())
        .merge(subscriptions::routes())
        .merge(tokens::routes())
        .merge(transitions::routes())
        .merge(users::routes())
        .merge(webhooks::routes())
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(405, 1001, "The method is not allowed on this resource.")
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(sim.clone(), gate))
        .with_state(sim)
}
