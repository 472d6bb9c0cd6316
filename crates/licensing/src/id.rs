//! The names of things: one type per noun, so that no id is ever taken for another.
//!
//! Text ids check their form when they are made ([`std::str::FromStr`]); numbers on
//! the wire (`long` in OVHcloud's API) are positive and below 2^53.

use crate::invalid::{Invalid, Rule};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! long_ids { ($( $(#[$doc:meta])* $name:ident ),* $(,)?) => { $(
    $(#[$doc])*
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct $name(pub i64);
    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
    }
)* } }

long_ids! {
    /// An order's number, shown to people and on the wire (`orderId`).
    OrderId,
    /// A licence of our price list (`licenseId` and `licenceId` on the wire).
    LicenceId,
    /// A subscription (`id` on the wire); not Microsoft's id of it.
    SubscriptionId,
    /// A task (`id` on the wire).
    TaskId,
    /// An API application.
    ApplicationId,
    /// An API credential.
    CredentialId,
    /// The service's number in `serviceInfos`.
    ServiceId,
}

macro_rules! uuid_ids { ($( $(#[$doc:meta])* $name:ident ),* $(,)?) => { $(
    $(#[$doc])*
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct $name(pub Uuid);
    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
    }
    impl FromStr for $name {
        type Err = uuid::Error;
        fn from_str(text: &str) -> Result<$name, uuid::Error> { Uuid::parse_str(text).map($name) }
    }
)* } }

uuid_ids! {
    /// A customer at Microsoft: the tenant's id.
    TenantId,
    /// A subscription at Microsoft.
    RemoteSubscriptionId,
    /// A user of the panel.
    UserId,
}

macro_rules! text_ids { ($( $(#[$doc:meta])* $name:ident ),* $(,)?) => { $(
    $(#[$doc])*
    #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct $name(String);
    impl $name {
        /// The text, as stored and shown.
        pub fn as_str(&self) -> &str { &self.0 }
        /// A value that was checked when it was first taken in, read back from storage.
        pub fn trusted(text: impl Into<String>) -> $name { $name(text.into()) }
    }
    impl fmt::Display for $name {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
    }
)* } }

text_ids! {
    /// A reseller's account, such as `rv1234-lv`.
    AccountId,
    /// A partner location at Microsoft (MPN id, PartnerID): 4 to 10 digits.
    MpnId,
    /// The part of a tenant's first domain before `.onmicrosoft.com`.
    Subdomain,
    /// The service's name everywhere: the tenant's full first domain.
    ServiceName,
}

/// The domain under which Microsoft creates tenants.
pub const TENANT_SUFFIX: &str = ".onmicrosoft.com";

impl AccountId {
    /// Reads an account id.
    ///
    /// # Errors
    /// [`Rule::OneOf`]-like [`Invalid`] on anything but 3 to 32 lower-case letters, digits and hyphens.
    pub fn parse(field: &str, text: &str) -> Result<AccountId, Invalid> {
        let text = text.trim();
        let good = (3..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        match good {
            true => Ok(AccountId(text.to_owned())),
            false => Err(Invalid::new(
                field,
                text,
                Rule::WrongType { expected: "3 to 32 lower-case letters, digits and hyphens".to_owned() },
            )),
        }
    }
}

impl MpnId {
    /// Reads an MPN id; blanks around it are dropped.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::DigitsOnly`] or [`Rule::MpnForm`].
    pub fn parse(field: &str, text: &str) -> Result<MpnId, Invalid> {
        let text = text.trim();
        let rule = if text.is_empty() {
            Rule::Required
        } else if !text.bytes().all(|b| b.is_ascii_digit()) {
            Rule::DigitsOnly
        } else if !(4..=10).contains(&text.len()) {
            Rule::MpnForm
        } else {
            return Ok(MpnId(text.to_owned()));
        };
        Err(Invalid::new(field, text, rule))
    }
}

impl Subdomain {
    /// Reads a subdomain: 1 to 27 lower-case letters and digits, not starting with a
    /// digit (design §11.3; Microsoft's own rule as far as known). Capitals are folded.
    ///
    /// # Errors
    /// [`Rule::Required`], [`Rule::TooLong`] or [`Rule::SubdomainForm`].
    pub fn parse(field: &str, text: &str) -> Result<Subdomain, Invalid> {
        let folded = text.trim().to_lowercase();
        let folded = folded.strip_suffix(TENANT_SUFFIX).unwrap_or(&folded);
        let rule = if folded.is_empty() {
            Rule::Required
        } else if folded.chars().count() > 27 {
            Rule::TooLong { max: 27 }
        } else if !folded.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            || folded.starts_with(|c: char| c.is_ascii_digit())
        {
            Rule::SubdomainForm
        } else {
            return Ok(Subdomain(folded.to_owned()));
        };
        Err(Invalid::new(field, text, rule))
    }

    /// A subdomain made from a company's name and a number (0..=99999) when none was asked for.
    pub fn generated(company: &str, number: u32) -> Subdomain {
        let mut stem: String = company
            .to_lowercase()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .skip_while(char::is_ascii_digit)
            .take(20)
            .collect();
        if stem.is_empty() {
            stem.push_str("tenant");
        }
        Subdomain(format!("{stem}{:05}", number % 100_000))
    }

    /// The full domain, which is also the service's name.
    pub fn service_name(&self) -> ServiceName {
        ServiceName(format!("{}{TENANT_SUFFIX}", self.0))
    }
}

impl ServiceName {
    /// Reads a service name from an address; anything that cannot be one is `None`,
    /// because a door answers it like a service that does not exist.
    pub fn read(text: &str) -> Option<ServiceName> {
        let folded = text.to_ascii_lowercase();
        let stem = folded.strip_suffix(TENANT_SUFFIX)?;
        // Somebody who types may leave blanks or the domain twice; a name holds neither.
        Subdomain::parse("serviceName", stem).ok().filter(|subdomain| subdomain.as_str() == stem)?;
        Some(ServiceName(folded))
    }

    /// The part before `.onmicrosoft.com`.
    pub fn subdomain(&self) -> &str {
        self.0.strip_suffix(TENANT_SUFFIX).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn subdomains() {
        for (text, rule) in [
            ("", Some(Rule::Required)),
            ("albaforni", None),
            ("AlbaForni", None),
            ("albaforni.onmicrosoft.com", None),
            ("a", None),
            ("1alba", Some(Rule::SubdomainForm)),
            ("alba-forni", Some(Rule::SubdomainForm)),
            ("alba forni", Some(Rule::SubdomainForm)),
            ("àlba", Some(Rule::SubdomainForm)),
            ("abcdefghijklmnopqrstuvwxyza", None),
            ("abcdefghijklmnopqrstuvwxyzab", Some(Rule::TooLong { max: 27 })),
        ] {
            assert_eq!(Subdomain::parse("customSubdomain", text).err().map(|e| e.rule), rule, "{text}");
        }
    }

    #[test]
    fn mpn_ids() {
        for (text, rule) in [
            ("", Some(Rule::Required)),
            (" 6100001 ", None),
            ("61000x1", Some(Rule::DigitsOnly)),
            ("٣٣٣٣", Some(Rule::DigitsOnly)),
            ("123", Some(Rule::MpnForm)),
            ("12345678901", Some(Rule::MpnForm)),
        ] {
            assert_eq!(MpnId::parse("mpnId", text).err().map(|e| e.rule), rule, "{text}");
        }
    }

    #[test]
    fn a_service_name_is_a_whole_tenant_domain() {
        assert!(ServiceName::read("albaforni.onmicrosoft.com").is_some());
        for other in ["albaforni", "albaforni.onmicrosoft.com.evil.example", ".onmicrosoft.com", "a/b.onmicrosoft.com"]
        {
            assert!(ServiceName::read(other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_generated_subdomain_is_always_valid(company in ".{0,60}", number in any::<u32>()) {
            let made = Subdomain::generated(&company, number);
            prop_assert_eq!(Subdomain::parse("x", made.as_str()), Ok(made.clone()));
        }

        #[test]
        fn parsing_never_panics(text in ".{0,200}") {
            let _ = (Subdomain::parse("x", &text), MpnId::parse("x", &text), ServiceName::read(&text), AccountId::parse("x", &text));
        }
    }
}
