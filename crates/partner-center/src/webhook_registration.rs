//! Where Partner Center sends its webhooks: one registration for the whole partner tenant, and the
//! test event. What arrives is another matter. Source: contract §17.1, §17.2.

use reqwest::{Method, Url};
use serde_json::json;

use crate::client::{Call, Client};
use crate::config::is_loopback;
use crate::error::Error;
use crate::instant::Instant;
use crate::members::{FromMembers, Members};
use crate::request::{Base, Request};
use crate::row_error::RowError;

/// Most events of a registration.
const MOST_EVENTS: usize = 100;

/// Where events go. There is one registration for the partner tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRegistration {
    /// Id of the registration.
    pub subscriber_id: Option<String>,
    /// Our address.
    pub webhook_url: String,
    /// Names of the events, such as `subscription-updated`; an open list.
    pub webhook_events: Vec<String>,
    /// Whether the signature comes in `x-ms-signature` instead of `Authorization`.
    pub signature_token_to_ms_signature_header: Option<bool>,
}

impl FromMembers for WebhookRegistration {
    fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
        Ok(Self {
            subscriber_id: members.text("SubscriberId")?,
            webhook_url: members.text("WebhookUrl")?.ok_or_else(|| RowError::new("WebhookUrl", "", "an address"))?,
            webhook_events: members.texts("WebhookEvents")?,
            signature_token_to_ms_signature_header: members.flag("SignatureTokenToMsSignatureHeader")?,
        })
    }
}

/// A registration to be made or changed; it replaces the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    /// Our address, `https`.
    pub webhook_url: String,
    /// Names of the events; `test-created` is needed for the test event.
    pub webhook_events: Vec<String>,
    /// Whether the signature shall come in `x-ms-signature` instead of `Authorization`, which
    /// proxies are known to take away.
    pub signature_token_to_ms_signature_header: bool,
}

impl NewWebhook {
    fn body(&self) -> Result<serde_json::Value, Error> {
        let wrong = |rule| Error::invalid("webhook_url", &self.webhook_url, rule);
        let url = Url::parse(&self.webhook_url).map_err(|_| wrong("an absolute address"))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(wrong("https, except on a loopback address"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("no user or password"));
        }
        let sound = |name: &String| {
            (1..=100).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !(1..=MOST_EVENTS).contains(&self.webhook_events.len()) || !self.webhook_events.iter().all(sound) {
            let rule = format!("1 to {MOST_EVENTS} names of letters, digits and hyphens");
            return Err(Error::invalid("webhook_events", &self.webhook_events.join(", "), rule));
        }
        Ok(json!({
            "WebhookUrl": self.webhook_url,
            "WebhookEvents": self.webhook_events,
            "SignatureTokenToMsSignatureHeader": self.signature_token_to_ms_signature_header,
        }))
    }
}

/// How a test event went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookValidation {
    /// Id of the test.
    pub correlation_id: Option<String>,
    /// Tenant of the partner.
    pub partner_id: Option<String>,
    /// State, such as `completed`; an open list.
    pub status: Option<String>,
    /// Where it was sent.
    pub callback_url: Option<String>,
    /// Every attempt.
    pub results: Vec<WebhookAttempt>,
}

/// One attempt to deliver a test event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookAttempt {
    /// Status that our side answered, as text.
    pub response_code: Option<String>,
    /// What our side answered.
    pub response_message: Option<String>,
    /// Whether the failure is on Microsoft's side.
    pub system_error: Option<bool>,
    /// When.
    pub date_time: Option<Instant>,
}

impl FromMembers for WebhookValidation {
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError> {
        Ok(Self {
            correlation_id: members.text("correlationId")?,
            partner_id: members.text("partnerId")?,
            status: members.text("status")?,
            callback_url: members.text("callbackUrl")?,
            results: members.nested("results", depth)?,
        })
    }
}

impl FromMembers for WebhookAttempt {
    fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
        Ok(Self {
            response_code: members.text("responseCode")?,
            response_message: members.text("responseMessage")?,
            system_error: members.flag("systemError")?,
            date_time: members.instant("dateTimeUtc")?,
        })
    }
}

struct Started {
    correlation_id: String,
}

impl FromMembers for Started {
    fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
        let id = members.text("correlationId")?;
        Ok(Self { correlation_id: id.ok_or_else(|| RowError::new("correlationId", "", "an id"))? })
    }
}

impl Client {
    /// Names of all events there are. Row 48 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn webhook_events(&self) -> Result<Vec<String>, Error> {
        self.read(Request::get("/registration/events", &[])?.base(Base::Webhooks)).await
    }

    /// The registration, `None` when there is none. Row 48 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn webhook_registration(&self) -> Result<Option<WebhookRegistration>, Error> {
        let request = Request::get("/registration", &[])?.base(Base::Webhooks).verdicts(&[404]);
        self.read_answer(request, |answer| if answer.status == 404 { Ok(None) } else { answer.exact().map(Some) }).await
    }

    /// Registers for events. A write; on an unknown outcome read the registration. Row 48 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn register_webhook(&self, call: &Call, new: &NewWebhook) -> Result<WebhookRegistration, Error> {
        self.send_webhook(Method::POST, call, new).await
    }

    /// Replaces the registration. A write that may be repeated. Row 48 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn update_webhook(&self, call: &Call, new: &NewWebhook) -> Result<WebhookRegistration, Error> {
        self.send_webhook(Method::PUT, call, new).await
    }

    async fn send_webhook(&self, method: Method, call: &Call, new: &NewWebhook) -> Result<WebhookRegistration, Error> {
        let request = Request::new(method, "/registration", &[])?.base(Base::Webhooks).raw_json(&new.body()?)?;
        self.write(request, call).await?.exact()
    }

    /// Has a `test-created` event sent to us and answers the id of the test; two a minute. A write
    /// without lasting effect. Row 48 of §6.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Throttled`] beyond two a minute.
    pub async fn start_webhook_validation(&self, call: &Call) -> Result<String, Error> {
        let request = Request::new(Method::POST, "/registration/validationEvents", &[])?.base(Base::Webhooks);
        self.write(request, call).await?.exact().map(|started: Started| started.correlation_id)
    }

    /// How a test went; forgotten after seven days. Row 48 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn webhook_validation(&self, correlation_id: &str) -> Result<WebhookValidation, Error> {
        let request =
            Request::get("/registration/validationEvents/{correlation_id}", &[correlation_id])?.base(Base::Webhooks);
        self.read_answer(request, |answer| answer.exact()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_any_case() {
        for json in [
            r#"{"SubscriberId":"s1","WebhookUrl":"https://hooks.example/m","WebhookEvents":["test-created"],"signature_token_to_ms_signature_header":"True"}"#,
            r#"{"subscriber_id":"s1","webhookUrl":"https://hooks.example/m","webhook_events":["test-created"],"signatureTokenToMsSignatureHeader":true}"#,
        ] {
            let read = WebhookRegistration::from_json(json, 0).expect(json);
            assert_eq!(read.subscriber_id.as_deref(), Some("s1"));
            assert_eq!((read.webhook_events.len(), read.signature_token_to_ms_signature_header), (1, Some(true)));
        }
        let json = r#"{"correlationId":"c1","partnerId":"p","status":"completed","callbackUrl":"https://hooks.example/m",
            "results":[{"responseCode":"OK","responseMessage":"","systemError":false,"dateTimeUtc":"2026-03-04T10:11:12"}]}"#;
        let read = WebhookValidation::from_json(json, 0).expect("validation");
        assert_eq!((read.results[0].system_error, read.results[0].response_message.as_deref()), (Some(false), None));
    }

    #[test]
    fn an_address_or_an_event_that_cannot_be_registered_is_refused_before_it_is_sent() {
        let sound = NewWebhook {
            webhook_url: "https://hooks.example/m".into(),
            webhook_events: vec!["test-created".into(), "granular-admin-relationship-approved".into()],
            signature_token_to_ms_signature_header: true,
        };
        assert_eq!(sound.body().expect("body")["WebhookEvents"][0], "test-created");
        for url in ["", "hooks.example", "http://hooks.example/m", "ftp://hooks.example", "https://u:p@hooks.example/"]
        {
            assert!(NewWebhook { webhook_url: url.into(), ..sound.clone() }.body().is_err(), "{url}");
        }
        for events in [vec![], vec![String::new()], vec!["a b".into()], vec!["x".into(); 101]] {
            assert!(NewWebhook { webhook_events: events, ..sound.clone() }.body().is_err());
        }
    }
}
