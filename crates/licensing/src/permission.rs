//! What an API key may do: access rules (method and path pattern) and address blocks
//! (contracts/ovh-api.md §2.6).

use crate::invalid::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// The methods that a rule may name.
pub const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
/// Most rules of one key.
pub const MOST_RULES: usize = 200;
/// Most address blocks of one key.
pub const MOST_BLOCKS: usize = 50;
const LONGEST_PATH: usize = 300;

/// One access rule: everything that it does not cover stays forbidden.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccessRule {
    /// GET, POST, PUT or DELETE.
    pub method: String,
    /// The path below the branch; `*` stands for any run of characters, slashes included.
    pub path: String,
    /// Blanks around the path were dropped; said on the validation page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trimmed: bool,
}

impl AccessRule {
    /// Reads a rule; blanks around both parts are dropped and noted.
    ///
    /// # Errors
    /// [`Rule::OneOf`] for the method, [`Rule::TooLong`] or [`Rule::WrongType`] for the path,
    /// in `FIELD.method` or `FIELD.path`.
    pub fn read(field: &str, method: &str, path: &str) -> Result<AccessRule, Invalid> {
        let word = method.trim().to_ascii_uppercase();
        if !METHODS.contains(&word.as_str()) {
            let allowed = METHODS.join(", ");
            return Err(Invalid::new(format!("{field}.method"), method, Rule::OneOf { allowed }));
        }
        let bare = path.trim();
        let refuse = |rule| Err(Invalid::new(format!("{field}.path"), path, rule));
        if bare.chars().count() > LONGEST_PATH {
            return refuse(Rule::TooLong { max: LONGEST_PATH });
        }
        if !bare.starts_with(['/', '*']) || bare.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return refuse(Rule::WrongType { expected: "a path that begins with /, such as /saas/csp2/*".to_owned() });
        }
        Ok(AccessRule { method: word, path: bare.to_owned(), trimmed: bare != path })
    }

    /// Whether the rule covers a call. The query is no part of the path.
    pub fn covers(&self, method: &str, path: &str) -> bool {
        self.method == method && matches(self.path.as_bytes(), path.as_bytes())
    }
}

/// The four rules that cover everything.
pub fn everything() -> Vec<AccessRule> {
    METHODS.iter().map(|m| AccessRule { method: (*m).to_owned(), path: "/*".to_owned(), trimmed: false }).collect()
}

/// Whether any rule covers a call.
pub fn is_granted(rules: &[AccessRule], method: &str, path: &str) -> bool {
    rules.iter().any(|rule| rule.covers(method, path))
}

/// The whole text must match; on a mismatch only the last `*` takes one more byte, so the
/// work is at most pattern times text.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, taken)) = star {
            (p, t, star) = (at + 1, taken + 1, Some((at, taken + 1)));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

/// A block of network addresses, such as `192.0.2.0/24` or `2001:db8::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpBlock {
    address: IpAddr,
    bits: u8,
}

impl IpBlock {
    /// The block of one address.
    pub fn one(address: IpAddr) -> IpBlock {
        IpBlock { address, bits: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// Reads a block; a single address is a block of one. `None` for anything else.
    pub fn read(text: &str) -> Option<IpBlock> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.parse().ok().filter(|b| *b <= most && bits_are_plain(bits))?,
        };
        Some(IpBlock { address, bits })
    }

    /// Whether an address lies in the block. An IPv4 address inside IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(block), IpAddr::V4(ip)) => self.same(u128::from(v4(block)), u128::from(v4(ip)), 32),
            (IpAddr::V6(block), IpAddr::V6(ip)) => self.same(u128::from(block), u128::from(ip), 128),
            _ => false,
        }
    }

    fn same(&self, block: u128, ip: u128, width: u32) -> bool {
        let shift = width - u32::from(self.bits);
        block.checked_shr(shift).unwrap_or(0) == ip.checked_shr(shift).unwrap_or(0)
    }
}

fn v4(ip: Ipv4Addr) -> u32 {
    u32::from(ip)
}

fn bits_are_plain(bits: &str) -> bool {
    bits.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for IpBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl TryFrom<String> for IpBlock {
    type Error = String;
    fn try_from(text: String) -> Result<IpBlock, String> {
        IpBlock::read(&text).ok_or_else(|| format!("{text} is not an address block"))
    }
}

impl From<IpBlock> for String {
    fn from(block: IpBlock) -> String {
        block.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_cover_what_the_contract_says() {
        for (pattern, path, covered) in [
            ("/saas/csp2", "/saas/csp2", true),
            ("/saas/csp2/*", "/saas/csp2", false),
            ("/saas/csp2/*", "/saas/csp2/", true),
            ("/saas/csp2/*", "/saas/csp2/a/subscription/1", true),
            ("/domain/zone/*/record", "/domain/zone/a/b/record", true),
            ("/domain/zone/*/record", "/domain/zone/a/records", false),
            ("/*", "/anything/at/all", true),
            ("*", "/me", true),
            ("/me*", "/me", true),
            ("/me*", "/me/api/credential", true),
            ("/me*", "/mean", true),
            ("/me", "/me/", false),
            ("/me", "/ME", false),
            ("/a*b*c", "/aXbYbZc", true),
            ("/a*b*c", "/aXbYbZ", false),
            ("", "/me", false),
        ] {
            let rule = AccessRule { method: "GET".into(), path: pattern.into(), trimmed: false };
            assert_eq!(rule.covers("GET", path), covered, "{pattern} on {path}");
            assert!(!rule.covers("POST", path), "{pattern} on another method");
        }
        assert!(!is_granted(&[], "GET", "/me"));
        assert!(METHODS.iter().all(|m| is_granted(&everything(), m, "/me")));
    }

    #[test]
    fn rules_are_read_and_trimmed() {
        let rule = AccessRule::read("accessRules[0]", "get", "/me ").expect("a rule");
        assert_eq!((rule.method.as_str(), rule.path.as_str(), rule.trimmed), ("GET", "/me", true));
        for (method, path, field) in
            [("HEAD", "/me", "r.method"), ("GET", "me", "r.path"), ("GET", "", "r.path"), ("GET", "/a b", "r.path")]
        {
            assert_eq!(AccessRule::read("r", method, path).expect_err("refused").field, field);
        }
        assert!(AccessRule::read("r", "GET", &format!("/{}", "a".repeat(400))).is_err());
    }

    #[test]
    fn blocks() {
        for (block, address, inside) in [
            ("192.0.2.0/24", "192.0.2.77", true),
            ("192.0.2.0/24", "192.0.3.1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
            ("192.0.2.0/24", "::ffff:192.0.2.7", true),
        ] {
            let block = IpBlock::read(block).expect("a block");
            assert_eq!(block.contains(address.parse().expect("an address")), inside, "{block} {address}");
        }
        for text in ["", "x", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "2001:db8::/129", "192.0.2"] {
            assert_eq!(IpBlock::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn matching_never_panics(pattern in "[/a*]{0,20}", text in "[/a]{0,20}") {
            let rule = AccessRule { method: "GET".into(), path: pattern, trimmed: false };
            let _ = rule.covers("GET", &text);
        }
    }
}
