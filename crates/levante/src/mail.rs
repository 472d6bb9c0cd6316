//! Mail: what is written to people, and how it leaves the house.
//!
//! A folder per mail holds its templates; their sentences come from `locale`. One
//! attempt per call; nothing here repeats, stores or decides whether a mail is due.
//! No subject, log line or `Debug` form ever holds a secret. Next: `mail/transport.rs`.

use crate::locale::Language;
use jiff::Timestamp;
use std::fmt;

pub mod folder;
pub mod mailbox;
mod message;
pub mod needs_attention;
pub mod order_received;
pub mod service_ready;
pub mod subscription_cancelled;
pub mod subscription_changed;
mod template;
pub mod termination_asked;
pub mod transport;

pub use folder::{MailboxFolder, StoredMail};
pub use lettre::message::Mailbox;
pub use template::RenderError;
pub use transport::{MailTrouble, Receipt, Security, SettingsError, SmtpSettings, SmtpTransport, Transport};

/// A mail and its facts. `Debug` hides the secrets.
#[derive(Debug, Clone)]
pub enum Letter {
    /// To the reseller: an order was accepted.
    OrderReceived(order_received::Context),
    /// To the end customer's contact: the sign-in data.
    ServiceReady(service_ready::Context),
    /// To the reseller: the seats of a subscription changed.
    SubscriptionChanged(subscription_changed::Context),
    /// To the reseller: a subscription ended or will end.
    SubscriptionCancelled(subscription_cancelled::Context),
    /// To the reseller: something is wrong and needs a person.
    NeedsAttention(needs_attention::Context),
    /// To the reseller: the token that confirms the end of a service.
    TerminationAsked(termination_asked::Context),
}

impl Letter {
    /// One of each kind and variant with fictitious facts, for tests and previews.
    pub fn samples() -> Vec<Letter> {
        let mut samples = vec![Letter::OrderReceived(order_received::Context::sample())];
        samples.extend(service_ready::Context::samples().map(Letter::ServiceReady));
        samples.push(Letter::SubscriptionChanged(subscription_changed::Context::sample()));
        samples.extend(subscription_cancelled::Context::samples().map(Letter::SubscriptionCancelled));
        samples.push(Letter::NeedsAttention(needs_attention::Context::sample()));
        samples.push(Letter::TerminationAsked(termination_asked::Context::sample()));
        samples
    }

    /// Its kind in logs and rows: the name of its folder.
    pub fn word(&self) -> &'static str {
        match self {
            Letter::OrderReceived(_) => "order_received",
            Letter::ServiceReady(_) => "service_ready",
            Letter::SubscriptionChanged(_) => "subscription_changed",
            Letter::SubscriptionCancelled(_) => "subscription_cancelled",
            Letter::NeedsAttention(_) => "needs_attention",
            Letter::TerminationAsked(_) => "termination_asked",
        }
    }
}

/// Seats of one licence, as a mail lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceLine {
    /// The licence's name.
    pub name: String,
    /// Its seats.
    pub seats: u32,
}

/// Whose mails these are: the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The provider's name as its customers know it.
    pub name: String,
    /// The address of the panel, `https://…`.
    pub panel_url: String,
    /// Where questions go, if anywhere.
    pub support_address: Option<String>,
}

impl Brand {
    /// A fictitious provider, for tests and previews.
    pub fn sample() -> Brand {
        Brand {
            name: "Fabrikam Cloud".to_owned(),
            panel_url: "https://panel.fabrikam.example".to_owned(),
            support_address: Some("support@fabrikam.example".to_owned()),
        }
    }
}

/// Everything about a mail but its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The part of the Message-ID before the `@`: 1 to 120 letters, digits, `.`, `_`, `-`, no
    /// dot in front. The same mail always has the same one, however often it is attempted.
    pub message_id: String,
    /// The sender; its domain ends the Message-ID.
    pub from: Mailbox,
    /// The recipient's address.
    pub to: String,
    /// The recipient's name; may be empty.
    pub to_name: String,
    /// The language of the words.
    pub language: Language,
    /// The `Date` header; the same at every attempt.
    pub date: Timestamp,
}

/// The words of a mail. May hold a secret: `Debug` shows the subject only.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line of at most 200 characters; never holds a secret.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as a whole HTML document without remote content.
    pub html: String,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Writes a mail. Pure: the same facts give the same words.
///
/// # Errors
/// [`RenderError`] when a template lacks a fact or a link is none: a fault of the program.
pub fn render(letter: &Letter, language: Language, brand: &Brand) -> Result<Rendered, RenderError> {
    let text = language.or_fallback().text();
    let facts = match letter {
        Letter::OrderReceived(context) => context.facts(text),
        Letter::ServiceReady(context) => context.facts(text)?,
        Letter::SubscriptionChanged(context) => context.facts(text),
        Letter::SubscriptionCancelled(context) => context.facts(text),
        Letter::NeedsAttention(context) => context.facts(),
        Letter::TerminationAsked(context) => context.facts(text)?,
    };
    template::render(letter.word(), facts, text, brand)
}

/// `text` on one line of at most `most` characters: control characters become blanks.
fn one_line(text: &str, most: usize) -> String {
    let shown: String = text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.trim().to_owned()
}

#[cfg(test)]
mod tests;
