//! A small browser: one cookie jar, forms with their token, no redirects followed by itself.

use std::net::SocketAddr;

pub struct Browser {
    http: reqwest::Client,
    pub origin: String,
    /// The session's cookie, `name=value`.
    pub cookie: String,
    /// The token that forms must carry.
    pub csrf: String,
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
}

fn encoded(text: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    text.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn read(html: &str) -> String {
    let mut text = html.to_owned();
    for (written, meant) in [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ] {
        text = text.replace(written, meant);
    }
    text.replace("&#38;", "&").replace("&amp;", "&").replace(['\u{2068}', '\u{2069}'], "")
}

impl Browser {
    pub async fn sign_in(address: SocketAddr, login: &str, password: &str) -> Browser {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut browser =
            Browser { http, origin: format!("http://{address}"), cookie: String::new(), csrf: String::new() };
        browser.open("/sign-in").await;
        let fields = [("login", login), ("password", password)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let page = browser.post("/sign-in", &fields).await;
        assert_eq!(page.status, 303, "{}", page.text);
        browser.open("/orders").await;
        browser
    }

    /// Opens a page and keeps its token.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        if let Some(token) = page.between("<meta name=\"csrf\" content=\"", "\"") {
            self.csrf = token.to_owned();
        }
        page
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.origin));
        self.send(request).await
    }

    /// Sends a form with the token.
    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        let mut fields = fields.to_vec();
        fields.push(("csrf".to_owned(), self.csrf.clone()));
        self.bare(path, &fields, &[]).await
    }

    /// Sends a form exactly so.
    pub async fn bare(&mut self, path: &str, fields: &[(String, String)], headers: &[(&str, &str)]) -> Page {
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.raw(path, body.join("&"), &all).await
    }

    /// Sends a body exactly so.
    pub async fn raw(&mut self, path: &str, body: String, headers: &[(&str, &str)]) -> Page {
        let mut request = self.http.post(format!("{}{path}", self.origin)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Page {
        let request = if self.cookie.is_empty() { request } else { request.header("cookie", self.cookie.clone()) };
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        if let Some(cookie) = header("set-cookie").filter(|c| c.starts_with("levante=")) {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let (status, location) = (response.status().as_u16(), header("location").unwrap_or_default());
        Page { status, location, text: read(&response.text().await.unwrap()) }
    }
}
