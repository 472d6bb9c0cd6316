//! A mail as Internet text: headers and two bodies (RFC 5322, RFC 2046, RFC 3834).
//!
//! Nothing from outside reaches a header without losing its control characters first.

use super::{Envelope, Mailbox, Rendered, one_line};
use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};

/// The longest local part of a Message-ID.
const LONGEST_ID: usize = 120;

/// Whether a text may be the local part of a Message-ID, and with it a file's name.
pub(super) fn is_message_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !id.is_empty() && id.len() <= LONGEST_ID && !id.starts_with('.') && id.chars().all(allowed)
}

/// The whole Message-ID without angle brackets.
pub(super) fn message_id(envelope: &Envelope) -> String {
    format!("{}@{}", envelope.message_id, envelope.from.email.domain())
}

/// Builds the mail; the same envelope and words give the same bytes.
///
/// # Errors
/// In words, why no mail can ever be built from it: a bad Message-ID or recipient.
pub(super) fn build(envelope: &Envelope, rendered: &Rendered) -> Result<Message, String> {
    if !is_message_id(&envelope.message_id) {
        return Err("the Message-ID must be 1 to 120 letters, digits, dots, hyphens and underscores".to_owned());
    }
    let to: Address = envelope.to.parse().map_err(|e| format!("the recipient's address is not usable: {e}"))?;
    let name = |name: &str| Some(one_line(name, 100)).filter(|n| !n.is_empty());
    let from = Mailbox::new(envelope.from.name.as_deref().and_then(name), envelope.from.email.clone());
    let header =
        |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
    // An HTTP date, which a mail's date is here, knows no year before 1970.
    let date = envelope.date.max(Timestamp::UNIX_EPOCH);
    let boundary: String = envelope.message_id.chars().rev().take(60).collect();
    let bodies = MultiPart::alternative()
        .boundary(format!("=_{boundary}"))
        .singlepart(SinglePart::plain(rendered.text.clone()))
        .singlepart(SinglePart::html(rendered.html.clone()));
    Message::builder()
        .from(from)
        .to(Mailbox::new(name(&envelope.to_name), to))
        .subject(one_line(&rendered.subject, 200))
        .date(date.into())
        .message_id(Some(format!("<{}>", message_id(envelope))))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("Content-Language", envelope.language.or_fallback().code()))
        .multipart(bodies)
        .map_err(|e| format!("the mail cannot be built: {e}"))
}

/// The headers as they would be sent, unfolded, in their order.
pub(super) fn headers(message: &Message) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(&message.formatted()).into_owned();
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    unfolded.lines().filter_map(pair).collect()
}
