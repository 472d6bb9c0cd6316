//! Everything invented derives from one seed, so that two runs tell the same story.
//!
//! These derived "secrets" open the simulator and nothing else. Administrator passwords are
//! computed when they are shown and never stored.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The root of all derived values.
pub(crate) struct Seed {
    key: [u8; 32],
}

impl Seed {
    pub(crate) fn new(number: u64) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"partner-center-simulator/seed/");
        digest.update(number.to_be_bytes());
        Self { key: digest.finalize().into() }
    }

    /// A keyed digest of the parts; parts cannot run into each other.
    pub(crate) fn mac(&self, label: &str, parts: &[&str]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any key length will do");
        for part in std::iter::once(&label).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// A lower-case GUID.
    pub(crate) fn guid(&self, label: &str, parts: &[&str]) -> String {
        let bytes = self.mac(label, parts);
        let mut half = [0u8; 16];
        half.copy_from_slice(&bytes[..16]);
        uuid::Builder::from_random_bytes(half).into_uuid().to_string()
    }

    /// `count` (at most 64) lower-case hexadecimal digits.
    pub(crate) fn hex(&self, label: &str, parts: &[&str], count: usize) -> String {
        let mut text = hex::encode(self.mac(label, parts));
        text.truncate(count);
        text
    }

    /// `count` (at most 32) upper-case letters and digits.
    pub(crate) fn letters(&self, label: &str, parts: &[&str], count: usize) -> String {
        self.mac(label, parts)
            .iter()
            .take(count)
            .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
            .collect()
    }

    /// The first administrator's password of a tenant: all four kinds of characters.
    pub(crate) fn password(&self, tenant: &str) -> String {
        let body = self.hex("administrator password", &[tenant], 14);
        format!("{}{body}!9", self.letters("password head", &[tenant], 2))
    }

    /// A number in 0..1 for the `nth` call of a route and one of its possible faults: the same
    /// calls in the same order under the same seed draw the same numbers.
    pub(crate) fn draw(&self, route: &str, nth: u64, fault: u64) -> f64 {
        let bytes = self.mac("draw", &[route, &nth.to_string(), &fault.to_string()]);
        let mut head = [0u8; 8];
        head.copy_from_slice(&bytes[..8]);
        (u64::from_be_bytes(head) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_stable_distinct_values() {
        let (one, two) = (Seed::new(7), Seed::new(8));
        assert_eq!(one.guid("t", &["a", "b"]), Seed::new(7).guid("t", &["a", "b"]));
        assert_ne!(one.guid("t", &["a", "b"]), one.guid("t", &["ab", ""]));
        assert_ne!(one.password("x"), two.password("x"));
        let mean = (0..1000).map(|nth| one.draw("GET /v1/customers", nth, 1)).sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
