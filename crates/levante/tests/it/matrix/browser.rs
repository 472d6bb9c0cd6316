//! The panel tests' browser, with what the matrix adds: signed in, and pages as a person reads them.

use crate::panel::browser::{Answer, Browser as Plain};
use std::net::SocketAddr;

pub struct Browser {
    plain: Plain,
}

/// A page as it came; its text as a person reads it.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub text: String,
    pub location: String,
}

impl Page {
    /// The value that stands in the page between two texts.
    pub fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(before)?;
        rest.split_once(after).map(|(value, _)| value)
    }

    fn of(answer: &Answer) -> Page {
        Page { status: answer.status, location: answer.location().to_owned(), text: read(&answer.text) }
    }
}

fn read(html: &str) -> String {
    let plain = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    let text = plain.iter().fold(html.to_owned(), |text, (written, meant)| text.replace(written, meant));
    text.replace(['\u{2068}', '\u{2069}'], "")
}

impl Browser {
    /// A browser in which somebody is signed in; its pages are in the member's language.
    pub async fn sign_in(address: SocketAddr, login: &str, password: &str) -> Browser {
        let mut browser = Browser { plain: Plain::at(&format!("http://{address}"), "") };
        browser.get("/sign-in").await;
        let fields = [("login", login), ("password", password)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let page = browser.post("/sign-in", &fields).await;
        assert_eq!(page.status, 303, "{}", page.text);
        browser.get("/orders").await;
        browser
    }

    /// The token of its forms.
    pub fn token(&self) -> String {
        self.plain.csrf.clone()
    }

    /// Takes a token that is not its own.
    pub fn forge(&mut self, token: &str) {
        token.clone_into(&mut self.plain.csrf);
    }

    pub async fn get(&mut self, path: &str) -> Page {
        Page::of(&self.plain.get(path).await)
    }

    /// Sends a form with the token.
    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        Page::of(&self.plain.post(path, &borrowed(fields)).await)
    }

    /// Sends a form without the token.
    pub async fn post_bare(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        Page::of(&self.plain.post_bare(path, &borrowed(fields)).await)
    }

    /// Sends a form with the token and with a header as another site causes it.
    pub async fn post_from(&mut self, path: &str, fields: &[(String, String)], header: (&str, &str)) -> Page {
        Page::of(&self.plain.post_from(path, &borrowed(fields), header).await)
    }

    /// Sends a body that is no form, with the token.
    pub async fn post_json(&mut self, path: &str, body: &str) -> Page {
        let token = self.token();
        let headers = [("content-type", "application/json"), ("x-csrf-token", token.as_str())];
        Page::of(&self.plain.post_raw(path, body.to_owned(), &headers).await)
    }
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}
