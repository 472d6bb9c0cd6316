//! Mail to the reseller: the end of a service was asked for, with the token that confirms it.

use super::template;
use crate::locale::Text;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use minijinja::Value;
use secrecy::{ExposeSecret, SecretString};

/// The facts of the mail. `Debug` hides link and token.
#[derive(Debug, Clone)]
pub struct Context {
    /// The recipient's name.
    pub recipient: String,
    /// The end customer's company.
    pub customer: String,
    /// The internal service name.
    pub service: String,
    /// The service's display name.
    pub display_name: String,
    /// The page that asks once more and confirms, with the token in its address.
    pub link: SecretString,
    /// The token itself, for programs.
    pub token: SecretString,
    /// Until when it can be used.
    pub until: Timestamp,
    /// When the last term ends, where known.
    pub ends_on: Option<Date>,
}

impl Context {
    /// Fictitious facts.
    pub fn sample() -> Context {
        Context {
            recipient: "Tailspin Toys".to_owned(),
            customer: "Alba Forni Srl".to_owned(),
            service: "csp2-1042".to_owned(),
            display_name: "Alba Forni <Bologna>".to_owned(),
            link: SecretString::from(
                "https://panel.fabrikam.example/billing/confirmTerminate?id=1042&token=Example0Token",
            ),
            token: SecretString::from("Example0Token"),
            until: Timestamp::UNIX_EPOCH,
            ends_on: Some(jiff::civil::date(2027, 3, 3)),
        }
    }

    pub(super) fn facts(&self, text: Text) -> Result<template::Facts, template::RenderError> {
        Ok(template::Facts::from([
            ("recipient", template::word(&self.recipient)),
            ("customer", template::word(&self.customer)),
            ("service", template::word(&self.service)),
            ("display_name", template::word(&self.display_name)),
            ("link", template::link("confirmation's address", self.link.expose_secret())?),
            ("token", Value::from(self.token.expose_secret())),
            ("until", Value::from(text.instant(self.until, &TimeZone::UTC))),
            ("ends_on", self.ends_on.map(|day| Value::from(text.date(day))).unwrap_or(Value::from(()))),
        ]))
    }
}
