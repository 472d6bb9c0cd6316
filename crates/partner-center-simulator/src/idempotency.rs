//! Answers remembered by MS-RequestId (contract 1.2, 9.2, 21.6): the same id with the same body
//! within a day gets the same answer, with another body a conflict. Passwords are not remembered.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::state::{Entity, World};
use crate::wire::{Call, Refusal};

const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// One remembered answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replay {
    fingerprint: String,
    at: Timestamp,
    /// What the answer was about (a tenant, a cart); the handler shows it again.
    pub(crate) subject: String,
}

impl Entity for Replay {
    const KIND: &'static str = "replay";
}

/// Method, path and body in one digest.
pub(crate) fn fingerprint(call: &Call, body: &Value) -> String {
    let mut digest = Sha256::new();
    digest.update(call.target.as_bytes());
    digest.update([0]);
    digest.update(body.to_string().as_bytes());
    hex::encode(digest.finalize())
}

/// The subject of the earlier answer to this very request, if there was one.
pub(crate) fn replayed(
    world: &World,
    call: &Call,
    fingerprint: &str,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    match world.replays.get(&call.request_id.to_lowercase()) {
        Some(replay) if now.duration_since(replay.at) < REMEMBERED => {
            if replay.fingerprint == fingerprint {
                Ok(Some(replay.subject.clone()))
            } else {
                Err(Refusal::new(409, 1003, "This MS-RequestId was used for another request."))
            }
        }
        _ => Ok(None),
    }
}

/// Remembers a successful answer.
pub(crate) fn remember(world: &mut World, call: &Call, fingerprint: String, subject: String, now: Timestamp) {
    if world.replays.len() % 256 == 255 {
        world.replays.retain(|replay| now.duration_since(replay.at) < REMEMBERED);
    }
    let replay = Replay { fingerprint, at: now, subject };
    world.replays.insert(call.request_id.to_lowercase(), replay);
}
