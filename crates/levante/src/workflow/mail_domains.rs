//! Does a domain receive mail? Asked of the DNS; a resolver that fails warns and never blocks.

use hickory_resolver::{
    TokioResolver,
    proto::rr::{RData, RecordType},
};
use std::sync::Arc;

/// What is known about a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// It has a mail server, or an address that may be one.
    ReceivesMail,
    /// It does not exist, or says that it takes no mail (RFC 7505).
    ReceivesNone,
    /// Nobody could say.
    Unknown,
}

/// Who knows whether a domain receives mail.
#[derive(Clone)]
pub enum MailDomainCheck {
    /// The DNS of this machine.
    Dns(Arc<TokioResolver>),
    /// Nobody; the table is asked elsewhere (design §11.10).
    Nobody,
}

impl MailDomainCheck {
    /// Asks the resolvers that the operating system names.
    ///
    /// # Errors
    /// When the system's resolver configuration cannot be read.
    pub fn system() -> Result<MailDomainCheck, String> {
        let resolver = TokioResolver::builder_tokio().and_then(|b| b.build()).map_err(|e| e.to_string())?;
        Ok(MailDomainCheck::Dns(Arc::new(resolver)))
    }

    /// Whether a domain receives mail.
    pub async fn receives_mail(&self, domain: &str) -> Domain {
        let MailDomainCheck::Dns(resolver) = self else { return Domain::Unknown };
        let absolute = format!("{domain}.");
        match resolver.lookup(absolute.as_str(), RecordType::MX).await {
            Ok(found) => {
                let mut servers = found.answers().iter().filter_map(|record| match &record.data {
                    RData::MX(mx) => Some(mx.exchange.is_root()),
                    _ => None,
                });
                match servers.next() {
                    Some(true) => Domain::ReceivesNone,
                    Some(false) => Domain::ReceivesMail,
                    None => self.has_address(resolver, &absolute).await,
                }
            }
            Err(e) if e.is_nx_domain() => Domain::ReceivesNone,
            Err(e) if e.is_no_records_found() => self.has_address(resolver, &absolute).await,
            Err(_) => Domain::Unknown,
        }
    }

    /// Without an MX record, mail goes to the domain's own address (RFC 5321 §5.1).
    async fn has_address(&self, resolver: &TokioResolver, domain: &str) -> Domain {
        match resolver.lookup_ip(domain).await {
            Ok(_) => Domain::ReceivesMail,
            Err(e) if e.is_nx_domain() || e.is_no_records_found() => Domain::ReceivesNone,
            Err(_) => Domain::Unknown,
        }
    }
}
