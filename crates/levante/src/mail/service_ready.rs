//! Mail to the end customer's contact: the service is ready, and how to sign in.
//!
//! The one mail that holds a secret; the secret is in the bodies only.

use super::{LicenceLine, RenderError, template};
use crate::locale::Text;
use jiff::{Timestamp, tz::TimeZone};
use minijinja::Value;
use secrecy::{ExposeSecret, SecretString};

/// The facts of the mail.
#[derive(Debug, Clone)]
pub struct Context {
    /// The contact's name.
    pub recipient: String,
    /// The end customer's company.
    pub customer: String,
    /// The internal service name.
    pub service: String,
    /// The service's display name.
    pub display_name: String,
    /// What was delivered.
    pub licences: Vec<LicenceLine>,
    /// The administrator's sign-in name.
    pub sign_in_name: String,
    /// How the contact learns the temporary password.
    pub sign_in: SignIn,
}

/// How the contact learns the temporary password (design R6).
#[derive(Debug, Clone)]
pub enum SignIn {
    /// It is in the mail.
    Password(SecretString),
    /// Behind a link that shows it once.
    Reveal {
        /// The link, a secret itself.
        link: SecretString,
        /// When it stops working.
        until: Timestamp,
    },
}

impl Context {
    /// Fictitious facts, one for each way to learn the password.
    pub fn samples() -> impl Iterator<Item = Context> {
        let until = Timestamp::from_second(1_772_620_800).expect("an instant of 2026");
        let link = SecretString::from("https://panel.fabrikam.example/reveal/4Q7xT2kV9mB1");
        [SignIn::Password(SecretString::from("Wq7<rT&92")), SignIn::Reveal { link, until }].into_iter().map(|sign_in| {
            Context {
                recipient: "Chiara Neri".to_owned(),
                customer: "Alba Forni Srl".to_owned(),
                service: "csp2-1042".to_owned(),
                display_name: "Alba Forni <Bologna>".to_owned(),
                licences: vec![LicenceLine { name: "Microsoft 365 Business Basic".to_owned(), seats: 1 }],
                sign_in_name: "admin@albaforni.onmicrosoft.com".to_owned(),
                sign_in,
            }
        })
    }

    /// Fictitious facts with the password in the mail.
    pub fn sample() -> Context {
        Context::samples().next().expect("there are two samples")
    }

    pub(super) fn facts(&self, text: Text) -> Result<template::Facts, RenderError> {
        let nothing = || Value::from(());
        let (password, reveal, until) = match &self.sign_in {
            SignIn::Password(password) => (Value::from(password.expose_secret()), nothing(), nothing()),
            SignIn::Reveal { link, until } => (
                nothing(),
                template::link("link to the password", link.expose_secret())?,
                Value::from(text.instant(*until, &TimeZone::UTC)),
            ),
        };
        Ok(template::Facts::from([
            ("recipient", template::word(&self.recipient)),
            ("customer", template::word(&self.customer)),
            ("service", template::word(&self.service)),
            ("display_name", template::word(&self.display_name)),
            ("licences", template::lines(&self.licences)),
            ("sign_in_name", template::word(&self.sign_in_name)),
            ("password", password),
            ("reveal", reveal),
            ("until", until),
        ]))
    }
}
