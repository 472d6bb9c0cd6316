//! `levante serve` with a certificate of its own: HTTPS on any port, and nothing for who speaks plainly.

use crate::{
    ovh_api::{client::now, world::key},
    world::{self, Folder},
};
use licensing::permission::everything;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Client, Version};
use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

const PUBLIC: &str = "https://licences.reseller.example";

/// A folder with settings, and a certificate for `localhost` of a private authority.
struct Desk {
    folder: Folder,
    authority: String,
}

impl Desk {
    fn new() -> Desk {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let names = ["localhost", "licences.reseller.example"].map(str::to_owned).to_vec();
        let own = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let desk = Desk { folder: Folder::new(), authority: authority_pem };
        desk.write("chain.pem", &own.pem());
        desk.write("key.pem", &key.serialize_pem());
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Settings that serve under a public address with these lines about the certificate.
    fn settings(&self, public_url: &str, tls: &str) {
        let text = format!(
            "public_url = \"{public_url}\"\nlisten = \"127.0.0.1:0\"\nrole = \"web\"\n\
             [brand]\nname = \"Canary Brand\"\n[tls]\n{tls}\n\
             [database]\nurl = \"sqlite:{}\"\n[vault]\nkey = \"{}\"\n\
             [supplier]\ntenant = \"t\"\nclient_id = \"c\"\nclient_secret = \"s\"\n\
             [mail]\ntransport = \"folder\"\nfolder = \"{}\"\nfrom = \"Levante <no-reply@reseller.example>\"\n",
            self.at("levante.sqlite"),
            "5a".repeat(32),
            self.at("mails"),
        );
        self.write("levante.toml", &text);
    }

    fn both(&self) -> String {
        format!("certificate_file = \"{}\"\nkey_file = \"{}\"", self.at("chain.pem"), self.at("key.pem"))
    }

    fn serve(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_levante"));
        command.arg("serve").arg("--config").arg(self.path("levante.toml")).env("LEVANTE_LOG", "off");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Where it serves, once it says so.
    async fn served(&self) -> (Child, SocketAddr) {
        let mut child = self.serve().spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let read = tokio::time::timeout(Duration::from_secs(60), said.read_line(&mut line)).await;
        read.expect("it starts").unwrap();
        let address = line.trim().trim_end_matches('.').rsplit(' ').next().unwrap();
        let address = address.parse().unwrap_or_else(|_| panic!("no address in {line:?}"));
        (child, address)
    }

    /// What it says when it does not start.
    async fn refused(&self, public_url: &str, tls: &str) -> String {
        self.settings(public_url, tls);
        let output =
            tokio::time::timeout(Duration::from_secs(60), self.serve().output()).await.expect("it ends").unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{tls}: {said}");
        assert!(output.stdout.is_empty(), "nothing is served");
        assert!(!self.path("levante.sqlite").exists(), "it is told before anything is opened");
        said
    }

    fn http(&self, address: SocketAddr) -> reqwest::ClientBuilder {
        let authority = Certificate::from_pem(self.authority.as_bytes()).unwrap();
        let plain = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        plain.tls_certs_only([authority]).resolve("localhost", address).resolve("licences.reseller.example", address)
    }
}

#[tokio::test]
async fn it_serves_https_on_any_port_and_nothing_to_who_speaks_plainly() {
    let desk = Desk::new();
    desk.settings(PUBLIC, &desk.both());
    let (_child, address) = desk.served().await;
    // The same books, to make a key and a user in.
    let operations = world::open_at(&format!("sqlite:{}", desk.at("levante.sqlite"))).await;
    let alice = world::account(&operations, "rv1111-lv", "6100001").await;
    let signer = key(&operations, address, &alice.account, everything()).await;
    let port = address.port();
    let modern = desk.http(address).build().unwrap();
    let older = desk.http(address).http1_only().build().unwrap();
    for (http, version) in [(&modern, Version::HTTP_2), (&older, Version::HTTP_11)] {
        for host in ["localhost", "licences.reseller.example"] {
            let answer = http.get(format!("https://{host}:{port}/readyz")).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
            // Signed for the name that was called, with the port and without, and for the public one.
            for origin in [format!("https://{host}:{port}"), format!("https://{host}"), PUBLIC.to_owned()] {
                let at = now().to_string();
                let url = format!("{origin}/1.0/me");
                let (secret, consumer) = (&signer.secret, &signer.consumer_key);
                let signature = levante::ovh_api::sign(secret, consumer, "GET", &url, b"", &at);
                let call = http.get(format!("https://{host}:{port}/1.0/me"));
                let call = call.header("X-Ovh-Application", &signer.application_key).header("X-Ovh-Consumer", consumer);
                let call = call.header("X-Ovh-Timestamp", at).header("X-Ovh-Signature", signature);
                let answer = call.send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 200, "{version:?} {host} {origin}");
            }
        }
        // The cookie is for HTTPS only, and a form of our own page passes whichever of our names the browser uses.
        let page = http.get(format!("https://localhost:{port}/sign-in")).send().await.unwrap();
        let cookie = page.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-levante=") && cookie.contains("; Secure"), "{cookie}");
        let text = page.text().await.unwrap();
        let csrf = text.split("name=\"csrf\" content=\"").nth(1).and_then(|t| t.split('"').next()).unwrap();
        let form = [("login", "nobody"), ("password", "nothing"), ("csrf", csrf)];
        let send = |origin: String| {
            let sent = http.post(format!("https://localhost:{port}/sign-in")).form(&form);
            sent.header("cookie", cookie.split(';').next().unwrap()).header("origin", origin).send()
        };
        assert_eq!(send(format!("https://localhost:{port}")).await.unwrap().status().as_u16(), 401);
        assert_eq!(send("https://evil.example".to_owned()).await.unwrap().status().as_u16(), 403);
    }
    // Without the authority nobody is talked to.
    let stranger = Client::builder().no_proxy().tls_certs_only([]).resolve("localhost", address).build().unwrap();
    assert!(stranger.get(format!("https://localhost:{port}/readyz")).send().await.is_err());
    // Plain HTTP: the connection ends, and says nothing of who is behind it.
    let host = format!("Host: localhost:{port}");
    for request in
        [format!("GET /sign-in HTTP/1.1\r\n{host}\r\n\r\n"), "GET /1.0/auth/time HTTP/1.0\r\n\r\n".to_owned()]
    {
        let mut plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(20), plain.read_to_end(&mut answer)).await;
        // A reset is an end as well.
        let _ = ended.expect("the connection ends");
        assert!(answer.len() < 16, "a TLS alert at most: {answer:?}");
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_named_with_its_setting_and_the_rule() {
    let desk = Desk::new();
    let other = KeyPair::generate().unwrap().serialize_pem();
    let (chain, key) = (
        std::fs::read_to_string(desk.path("chain.pem")).unwrap(),
        std::fs::read_to_string(desk.path("key.pem")).unwrap(),
    );
    desk.write("other.pem", &other);
    desk.write("empty.pem", "");
    desk.write("broken.pem", &chain.replace('M', "*"));
    desk.write("sealed.pem", &key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    std::fs::write(desk.path("binary.pem"), [0xff, 0xfe, 0x00]).unwrap();
    std::fs::File::create(desk.path("large.pem")).unwrap().set_len(2 * 1024 * 1024).unwrap();
    let (certificate_file, key_file) = ("tls.certificate_file", "tls.key_file");
    for (certificate, key, named, file, rule) in [
        ("missing.pem", "key.pem", certificate_file, "missing.pem", "must be a file that can be read"),
        ("chain.pem", "missing.pem", key_file, "missing.pem", "must be a file that can be read"),
        ("chain.pem", ".", key_file, "", "must be a file that can be read"),
        ("empty.pem", "key.pem", certificate_file, "empty.pem", "must hold the certificate in PEM"),
        ("key.pem", "key.pem", certificate_file, "key.pem", "must hold the certificate in PEM"),
        ("broken.pem", "key.pem", certificate_file, "broken.pem", "cannot be read"),
        ("binary.pem", "key.pem", certificate_file, "binary.pem", "must be text in PEM"),
        ("large.pem", "key.pem", certificate_file, "large.pem", "must be at most 1048576 bytes"),
        ("chain.pem", "chain.pem", key_file, "chain.pem", "must hold the private key in PEM, without a pass phrase"),
        ("chain.pem", "sealed.pem", key_file, "sealed.pem", "must hold the private key in PEM, without a pass phrase"),
        ("chain.pem", "other.pem", key_file, "other.pem", "must hold the key of the certificate in"),
    ] {
        let tls = format!("certificate_file = \"{}\"\nkey_file = \"{}\"", desk.at(certificate), desk.at(key));
        let said = desk.refused(PUBLIC, &tls).await;
        let [named, file] = [format!("settings: {named} = "), desk.at(file)];
        for part in [named.as_str(), file.as_str(), rule] {
            assert!(said.contains(part), "{certificate} {key}: {part:?} is not in {said}");
        }
        let inside = other.lines().nth(1).unwrap();
        assert!(!said.contains(inside) && !said.contains("BEGIN"), "{said}");
    }
    for (public_url, tls, part) in [
        (PUBLIC, format!("certificate_file = \"{}\"", desk.at("chain.pem")), "tls.key_file = \"\" must be set as well"),
        (PUBLIC, format!("key_file = \"{}\"", desk.at("key.pem")), "tls.certificate_file = \"\" must be set as well"),
        ("http://127.0.0.1:1", desk.both(), "public_url = \"http://127.0.0.1:1\" must start with https://"),
    ] {
        let said = desk.refused(public_url, &tls).await;
        assert!(said.contains(part), "{said}");
    }
}
