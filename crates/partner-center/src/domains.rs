//! Whether a domain name is free. The check reserves nothing. Source: contract §7.1.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let (simulator, client) = simulated().await?;
//! assert_eq!(client.check_domain("contosobakery.onmicrosoft.com").await?, Domain::Available);
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;

use crate::client::Client;
use crate::error::Error;
use crate::request::{Auth, Request};
use crate::resource::text;

/// Verdict on a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Nobody has it (404).
    Available,
    /// It exists (200).
    Taken,
}

impl Client {
    /// Asks for a full domain, e.g. `contoso.onmicrosoft.com`. A read; may be repeated. Only 200
    /// and 404 are verdicts. Row 1 of §6.
    ///
    /// # Errors
    /// [`Error`]; never a verdict.
    pub async fn check_domain(&self, domain: &str) -> Result<Domain, Error> {
        let request = Request::new(Method::HEAD, "/v1/domains/{domain}", &[domain])?.verdicts(&[404]);
        self.read_answer(request, |answer| match answer.status {
            200 => Ok(Domain::Taken),
            404 => Ok(Domain::Available),
            status => Err(answer.unreadable(format!("status {status} is no verdict on a domain"))),
        })
        .await
    }

    /// Asks for a prefix without `.onmicrosoft.com`. A read; may be repeated. Row 2 of §6; prefer
    /// [`Client::check_domain`].
    ///
    /// # Errors
    /// [`Error`]; never a verdict.
    pub async fn check_domain_prefix(&self, prefix: &str) -> Result<Domain, Error> {
        if prefix.contains('.') {
            return Err(Error::invalid("prefix", prefix, "the name without .onmicrosoft.com"));
        }
        let request = Request::get("/v1/validations/checkdomainavailability/{prefix}", &[prefix])?.auth(Auth::User);
        self.read_answer(request, |answer| match text::of(&answer.value()?).as_deref().map(str::trim) {
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(Domain::Available),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(Domain::Taken),
            _ => Err(answer.unreadable("neither true nor false".into())),
        })
        .await
    }
}
