//! A browser without scripts: keeps its cookie, sends the forms of the page it has open.

use crate::world::{self, Engines, Folder};
use levante::{
    operations::{Actor, Operations, members::NewMember},
    panel::{self, Settings},
};
use licensing::id::AccountId;
use secrecy::SecretString;
use std::{net::SocketAddr, sync::Arc};
use tower_http::compression::CompressionLayer;

pub const PASSWORD: &str = "a long enough pass phrase";

/// A panel on a port of its own. Nobody works in it: what is ordered stays accepted.
pub struct Site {
    pub operations: Arc<Operations>,
    /// Owner of what the tests look at.
    pub alice: Actor,
    /// A stranger with an account of its own.
    pub charlie: Actor,
    pub base: String,
    _folder: Option<Folder>,
}

impl Site {
    pub async fn new() -> Site {
        let folder = Folder::new();
        let operations = world::open(&Engines::Sqlite, &folder).await;
        let alice = world::account(&operations, "rv1111-lv", "6100001").await;
        let mut site = Site::over(operations, alice, Settings::default()).await;
        site._folder = Some(folder);
        site
    }

    /// A panel over books that exist, for the account of `alice`.
    pub async fn over(operations: Arc<Operations>, alice: Actor, settings: Settings) -> Site {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let charlie = world::account(&operations, "rv3333-lv", "6100003").await;
        member(&operations, Some(&alice.account), "alice@fabrikam.example", "en").await;
        member(&operations, Some(&charlie.account), "charlie@northwind.example", "it").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings { public_url: base.clone(), brand: "Levante".into(), ..settings };
        let router = panel::router(operations.clone(), settings).layer(CompressionLayer::new());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Site { operations, alice, charlie, base, _folder: None }
    }

    /// A new browser that asks for a language.
    pub fn browser(&self, language: &str) -> Browser {
        Browser::at(&self.base, language)
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, login: &str, language: &str) -> Browser {
        let mut browser = self.browser(language);
        browser.get("/sign-in").await;
        let answer = browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let chosen = browser.post("/language", &[("language", language), ("back", "/")]).await;
        assert_eq!(chosen.status, 403, "the token of before the sign-in still works");
        browser.get("/orders").await;
        assert_eq!(browser.post("/language", &[("language", language), ("back", "/services")]).await.status, 303);
        browser.get("/orders").await;
        browser
    }

    pub async fn alice(&self, language: &str) -> Browser {
        self.signed_in("alice@fabrikam.example", language).await
    }

    pub async fn charlie(&self) -> Browser {
        self.signed_in("charlie@northwind.example", "it").await
    }
}

pub async fn member(operations: &Operations, account: Option<&AccountId>, email: &str, language: &str) {
    let new = NewMember {
        account: account.cloned(),
        email: email.into(),
        name: "Who Signed In".into(),
        password: SecretString::from(PASSWORD),
        language: language.into(),
    };
    operations.create_member(new).await.unwrap();
}

pub struct Browser {
    http: reqwest::Client,
    base: String,
    language: String,
    pub cookies: Vec<(String, String)>,
    pub csrf: String,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get("location").map_or("", |v| v.to_str().unwrap())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

impl Browser {
    /// A new browser for the pages under an address.
    pub fn at(base: &str, language: &str) -> Browser {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let (http, language) = (client.no_gzip().build().unwrap(), language.to_owned());
        Browser { http, base: base.to_owned(), language, cookies: Vec::new(), csrf: String::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// Sends a form with the token of the page that is open.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf.clone();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.post_bare(path, &fields).await
    }

    /// Sends a form as it is.
    pub async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).form(fields);
        self.send(request).await
    }

    /// Sends a form as another site would make the browser send it.
    pub async fn post_from(&mut self, path: &str, fields: &[(&str, &str)], header: (&str, &str)) -> Answer {
        let token = self.csrf.clone();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        let request = self.http.post(format!("{}{path}", self.base)).form(&fields).header(header.0, header.1);
        self.send(request).await
    }

    /// Sends bytes with headers, whatever they are.
    pub async fn post_raw(&mut self, path: &str, body: String, headers: &[(&str, &str)]) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request).await
    }

    /// How many bytes a page takes on the wire, compressed.
    pub async fn weight(&mut self, path: &str) -> usize {
        let request = self.http.get(format!("{}{path}", self.base)).header("accept-encoding", "gzip");
        let cookies = self.cookie_line();
        let answer = request.header("cookie", cookies).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.bytes().await.unwrap().len()
    }

    fn cookie_line(&self) -> String {
        self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ")
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.header("accept-language", &self.language).header("cookie", self.cookie_line());
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for line in headers.get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let text = response.text().await.unwrap();
        if let Some(token) = text.split("name=\"csrf\" content=\"").nth(1).and_then(|t| t.split('"').next()) {
            self.csrf = token.to_owned();
        }
        Answer { status, headers, text }
    }
}
