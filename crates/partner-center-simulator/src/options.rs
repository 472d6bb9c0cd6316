//! What a simulator is started with, and what it says about itself.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::clock::Clock;
use crate::sandbox::Profile;

/// The program that is tested with the simulator, told when the business clock jumps.
pub trait Platform: Send + Sync {
    /// The business clock now runs `offset` ahead of real time.
    fn clock_moved(&self, offset: SignedDuration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
    /// Returns when nothing is due any more.
    fn settle(&self) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// How to start a simulator.
pub struct Options {
    /// Where the API and the token endpoints listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where the control interface listens; must be a loopback address.
    pub control_listen: SocketAddr,
    /// The bearer token of the control interface.
    pub control_token: String,
    /// Everything invented (ids, passwords, credentials, random faults) derives from it.
    pub seed: u64,
    /// Start with a default set of faults and delays.
    pub hostile: bool,
    /// Which of Microsoft's two worlds to start as; a stored one wins.
    pub profile: Profile,
    /// An SQLite file that keeps the state; `None` keeps it in memory only.
    pub state: Option<PathBuf>,
    /// The business clock, possibly shared with the platform.
    pub clock: Clock,
    /// Who is told about jumps of the clock.
    pub platform: Option<Arc<dyn Platform>>,
    /// Let webhooks be registered for, and sent to, any http(s) address. By default the simulator
    /// sends to loopback addresses only.
    pub webhooks_anywhere: bool,
}

impl Default for Options {
    fn default() -> Self {
        let mut token = [0u8; 24];
        getrandom::fill(&mut token).expect("the operating system gives random bytes");
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: anywhere,
            control_listen: anywhere,
            control_token: hex::encode(token),
            seed: 1,
            hostile: false,
            profile: Profile::default(),
            state: None,
            clock: Clock::default(),
            platform: None,
            webhooks_anywhere: false,
        }
    }
}

/// The variable that replays a test under a known seed.
const SEED_VARIABLE: &str = "PARTNER_CENTER_SEED";

impl Options {
    /// The seed of the environment, else a random one.
    pub(crate) fn seed_for_tests() -> Result<u64, StartError> {
        match std::env::var(SEED_VARIABLE) {
            Ok(text) => text.trim().parse().map_err(|_| StartError::Seed(text)),
            Err(_) => {
                let mut bytes = [0u8; 4];
                getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
                Ok(u64::from(u32::from_le_bytes(bytes)))
            }
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("control_listen", &self.control_listen)
            .field("seed", &self.seed)
            .field("hostile", &self.hostile)
            .field("profile", &self.profile)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a client needs to sign in to this simulator; the same for the same seed.
#[derive(Clone)]
pub struct Credentials {
    /// Tenant id of the provider, the path segment of the token endpoints.
    pub tenant_id: String,
    /// Id of the registered application.
    pub client_id: String,
    /// Secret of the registered application.
    pub client_secret: String,
    /// A first refresh token of the integration account.
    pub refresh_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The control interface may only listen on a loopback address.
    #[error("control_listen is {0}: the control interface listens on loopback addresses only")]
    ControlNotLoopback(SocketAddr),
    /// An empty token would leave the control interface open.
    #[error("control_token is too short: at least 16 characters")]
    WeakControlToken,
    /// The variable that names a seed holds something else.
    #[error("PARTNER_CENTER_SEED is {0:?}: it must be a whole number from 0")]
    Seed(String),
    /// An address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The state file cannot be opened, is in use, or is damaged.
    #[error("state file {path}: {problem}")]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The file was written under another seed: its passwords and tokens would not fit.
    #[error("state file {path} was made with another seed than {seed}")]
    OtherSeed {
        /// The file.
        path: PathBuf,
        /// The seed given now.
        seed: u64,
    },
}
