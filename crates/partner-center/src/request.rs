//! One request before it has a token: route template, checked path parameters, query, body.
//! The template is also the label in logs, so that no id and no secret gets into one.

use reqwest::{Method, Url};
use serde_json::Value;

use crate::config::Roots;
use crate::error::Error;

/// Family of the trial events of webhooks, which have a quota of their own.
pub(crate) const WEBHOOK_TRIALS: &str = "webhook trials";
/// Longest path parameter.
const LONGEST_PARAMETER: usize = 300;

/// Which service a request goes to; the addresses are configuration (§1.1). The route begins after
/// the root, so analytics begin with `/analytics` and webhooks with `/registration`.
#[allow(dead_code, reason = "for the groups of endpoints on other hosts")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Base {
    /// `/v1/…` on the API's host.
    #[default]
    PartnerCenter,
    /// `/analytics/…` under `/partner/v1`.
    Analytics,
    /// `/registration…` under `/webhooks/v1`.
    Webhooks,
    /// `/v1.0/sales/…` on the price host.
    Prices,
    /// `/v1.0/…` on Microsoft Graph, with a token of its own.
    Graph,
}

impl Base {
    /// Whom the token is for: Graph has its own audience, everything else is Partner Center.
    pub(crate) fn audience(self) -> Audience {
        match self {
            Self::Graph => Audience::Graph,
            Self::PartnerCenter | Self::Analytics | Self::Webhooks | Self::Prices => Audience::PartnerCenter,
        }
    }

    pub(crate) fn root(self, roots: &Roots) -> &Url {
        match self {
            Self::PartnerCenter => &roots.partner_center,
            Self::Analytics => &roots.analytics,
            Self::Webhooks => &roots.webhooks,
            Self::Prices => &roots.prices,
            Self::Graph => &roots.graph,
        }
    }
}

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    PartnerCenter,
    Graph,
}

/// Which token a call accepts, the column of contract §6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Auth {
    /// Either; the client's mode decides.
    #[default]
    Both,
    /// Only App+User: a client without a user refuses the call before it is sent.
    User,
    /// Only client credentials, whatever the client's mode.
    #[allow(dead_code, reason = "§6 lists no such call today; the export of §18.4 may be made so")]
    App,
}

/// A call to be made.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) route: &'static str,
    parameters: Vec<String>,
    query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) base: Base,
    pub(crate) auth: Auth,
    /// Statuses besides 2xx that are an answer and not a failure.
    pub(crate) verdicts: &'static [u16],
}

impl std::fmt::Debug for Request {
    /// Without parameters, query, headers and body: there are ids and passwords among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("route", &self.route).finish_non_exhaustive()
    }
}

impl Request {
    pub(crate) fn new(method: Method, route: &'static str, parameters: &[&str]) -> Result<Self, Error> {
        for parameter in parameters {
            let sound = !parameter.is_empty()
                && parameter.len() <= LONGEST_PARAMETER
                && !matches!(*parameter, "." | "..")
                && !parameter.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | '?' | '#'));
            if !sound {
                return Err(Error::invalid(
                    "path parameter",
                    parameter,
                    format!("1 to {LONGEST_PARAMETER} characters, no separators, in {route}"),
                ));
            }
        }
        debug_assert_eq!(route.matches('{').count(), parameters.len(), "{route}");
        Ok(Self {
            method,
            route,
            parameters: parameters.iter().map(|p| (*p).to_owned()).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            base: Base::default(),
            auth: Auth::default(),
            verdicts: &[],
        })
    }

    pub(crate) fn get(route: &'static str, parameters: &[&str]) -> Result<Self, Error> {
        Self::new(Method::GET, route, parameters)
    }

    /// Sends it to another service than Partner Center's `/v1`.
    #[allow(dead_code, reason = "for the groups of endpoints on other hosts")]
    pub(crate) fn base(mut self, base: Base) -> Self {
        self.base = base;
        self
    }

    /// Says which token it accepts.
    pub(crate) fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    pub(crate) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn maybe(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Replaces the query, as a link to a next page does.
    pub(crate) fn with_query(mut self, query: Vec<(String, String)>) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn query_pairs(&self) -> &[(String, String)] {
        &self.query
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn json(mut self, body: &impl serde::Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body).map_err(|error| Error::invalid("body", self.route, error.to_string()))?;
        self.body = Some(bytes);
        Ok(self)
    }

    pub(crate) fn raw_json(self, body: &Value) -> Result<Self, Error> {
        self.json(body)
    }

    pub(crate) fn verdicts(mut self, statuses: &'static [u16]) -> Self {
        self.verdicts = statuses;
        self
    }

    pub(crate) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// What Microsoft throttles together: customers, orders with their carts, subscriptions, and
    /// the other services each by itself (contract §3).
    pub(crate) fn family(&self) -> &'static str {
        match self.base {
            Base::Analytics => return "analytics",
            Base::Prices => return "prices",
            Base::Graph => return "graph",
            Base::Webhooks if self.method == Method::POST && self.route.contains("validationEvents") => {
                return WEBHOOK_TRIALS;
            }
            Base::Webhooks => return "webhooks",
            Base::PartnerCenter => {}
        }
        let nouns =
            [("subscriptions", "subscriptions"), ("orders", "orders"), ("carts", "orders"), ("customers", "customers")];
        nouns.into_iter().find(|(noun, _)| self.route.contains(noun)).map_or("other", |(_, family)| family)
    }

    /// The customer whose quota the call counts against, in lower case.
    pub(crate) fn customer(&self) -> Option<String> {
        let is_of_one = self.route.starts_with("/v1/customers/{");
        self.parameters.first().filter(|_| is_of_one).map(|customer| customer.to_ascii_lowercase())
    }

    pub(crate) fn url(&self, base: &Url) -> Result<Url, Error> {
        let mut url = base.clone();
        {
            let mut segments = url
                .path_segments_mut()
                .map_err(|()| Error::invalid("api_base", base.as_str(), "an http(s) address"))?;
            segments.pop_if_empty();
            let mut parameters = self.parameters.iter();
            for piece in self.route.split('/').filter(|piece| !piece.is_empty()) {
                let parameter = if piece.starts_with('{') { parameters.next() } else { None };
                segments.push(parameter.map_or(piece, String::as_str));
            }
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(self.query.iter());
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_checked() {
        let base = Url::parse("https://api.example/root/").expect("base");
        let request = Request::get("/v1/customers/{customer}/orders/{order}", &["a b", "c%2Fd"])
            .expect("sound")
            .query("filter", "{\"a\":1}");
        let url = request.url(&base).expect("url");
        assert_eq!(url.path(), "/root/v1/customers/a%20b/orders/c%252Fd");
        assert_eq!(url.query(), Some("filter=%7B%22a%22%3A1%7D"));
        for bad in ["", ".", "..", "a/b", "a?b", "a\nb", "a#b"] {
            assert!(Request::get("/v1/customers/{customer}", &[bad]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_debug_text_of_a_request_holds_nothing_of_its_content() {
        let request = Request::get("/v1/customers/{customer}", &["canary"])
            .expect("sound")
            .query("a", "canary")
            .header("b", "canary")
            .json(&"canary")
            .expect("json");
        assert_eq!(format!("{request:?}"), "Request { method: GET, route: \"/v1/customers/{customer}\", .. }");
    }

    #[test]
    fn the_family_is_the_throttled_noun() {
        for (route, family) in [
            ("/v1/customers/{c}/subscriptions/{s}", "subscriptions"),
            ("/v1/customers/{c}", "customers"),
            ("/v1/customers/{c}/carts/{k}/checkout", "orders"),
            ("/v1/domains/{d}", "other"),
        ] {
            let parameters: Vec<&str> = route.matches('{').map(|_| "x").collect();
            assert_eq!(Request::get(route, &parameters).expect("sound").family(), family);
        }
        let trial = Request::new(Method::POST, "/registration/validationEvents", &[]).expect("sound");
        assert_eq!(trial.base(Base::Webhooks).family(), WEBHOOK_TRIALS);
    }

    #[test]
    fn trap_32_one_customer_is_one_customer_in_any_case() {
        let of = |route, id| Request::get(route, &[id]).expect("sound").customer();
        assert_eq!(of("/v1/customers/{c}/orders", "AB-C"), Some("ab-c".to_owned()));
        assert_eq!(of("/v1/customers/{c}/orders", "ab-c"), Some("ab-c".to_owned()));
        assert_eq!(of("/v1/domains/{d}", "AB-C"), None);
    }
}
