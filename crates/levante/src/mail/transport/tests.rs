use super::super::tests::{envelope, words};
use super::*;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};

/// How the server of a test behaves; it answers one connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    Accepts,
    /// Gives this answer to this command (`DOT` is the end of the text).
    Answers(&'static str, &'static str),
    /// Says nothing more from this command on.
    Hangs(&'static str),
    /// Closes the connection at this command.
    Closes(&'static str),
}

/// Serves one connection and gives back what the client said.
async fn server(manner: Manner) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut heard, mut in_text, mut silent) = (Vec::new(), false, false);
        write.write_all(b"220 mail.contoso.example ESMTP\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            heard.push(line.clone());
            let word = match (in_text, line.as_str()) {
                (true, ".") => "DOT",
                (true, _) => continue,
                (false, line) => line.split([' ', ':']).next().unwrap_or_default(),
            };
            if matches!(manner, Manner::Closes(at) if at == word) {
                break;
            }
            silent |= matches!(manner, Manner::Hangs(at) if at == word);
            let answer = match (word, manner) {
                _ if silent => continue,
                (word, Manner::Answers(at, answer)) if word == at => answer,
                ("EHLO", _) => "250-mail.contoso.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                ("DATA", _) => "354 go on",
                ("DOT", _) => "250 2.0.0 queued as 4F2A",
                ("AUTH", _) => "235 welcome",
                ("QUIT", _) => "221 bye",
                _ => "250 OK",
            };
            in_text = word == "DATA" && answer.starts_with("354");
            if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                break;
            }
        }
        heard
    });
    (port, talk)
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        user: None,
        password: None,
        ca_file: None,
        timeout: Duration::from_secs(1),
    }
}

async fn attempt(manner: Manner) -> (Result<Receipt, MailTrouble>, Vec<String>) {
    let (port, talk) = server(manner).await;
    let transport = Transport::Smtp(SmtpTransport::new(settings(port)).unwrap());
    let result = transport.deliver(&envelope("m-1"), &words()).await;
    (result, talk.await.unwrap())
}

#[tokio::test]
async fn a_mail_is_handed_over() {
    let (result, heard) = attempt(Manner::Accepts).await;
    assert_eq!(result.unwrap().answer, "250 2.0.0 queued as 4F2A");
    for line in [
        "MAIL FROM:<noreply@fabrikam.example>",
        "RCPT TO:<acquisti@albaforni.example>",
        "Message-ID: <m-1@fabrikam.example>",
        "Auto-Submitted: auto-generated",
        ".",
    ] {
        assert_eq!(heard.iter().filter(|l| *l == line).count(), 1, "{line}: {heard:#?}");
    }
}

#[tokio::test]
async fn before_the_text_a_mail_is_surely_not_sent() {
    for manner in [
        Manner::Answers("MAIL", "421 too busy"),
        Manner::Answers("RCPT", "450 mailbox busy"),
        Manner::Answers("DATA", "451 local error"),
        Manner::Answers("DOT", "452 no room"),
        Manner::Answers("MAIL", "530 sign in first"),
        Manner::Answers("EHLO", "554 not today"),
        Manner::Hangs("EHLO"),
        Manner::Hangs("RCPT"),
        Manner::Hangs("DATA"),
        Manner::Closes("DATA"),
    ] {
        let (result, heard) = attempt(manner).await;
        assert!(matches!(result, Err(MailTrouble::NotSent { .. })), "{manner:?}: {result:?}");
        assert!(manner == Manner::Answers("DOT", "452 no room") || !heard.iter().any(|l| l == "."), "{manner:?}");
    }
}

#[tokio::test]
async fn after_the_text_silence_is_unclear() {
    for manner in [Manner::Hangs("DOT"), Manner::Closes("DOT")] {
        let (result, heard) = attempt(manner).await;
        assert!(matches!(result, Err(MailTrouble::Unclear { .. })), "{manner:?}: {result:?}");
        assert!(heard.iter().any(|l| l == "."), "{manner:?}");
    }
}

#[tokio::test]
async fn five_hundreds_are_final() {
    for manner in [
        Manner::Answers("MAIL", "550 sender refused"),
        Manner::Answers("RCPT", "550 5.1.1 no such user"),
        Manner::Answers("DATA", "554 no"),
        Manner::Answers("DOT", "554 5.7.1 looks like spam"),
    ] {
        let (result, _) = attempt(manner).await;
        assert!(matches!(result, Err(MailTrouble::Refused { .. })), "{manner:?}: {result:?}");
    }
    let (_, heard) = attempt(Manner::Answers("RCPT", "550 no such user")).await;
    assert!(!heard.iter().any(|l| l.contains("Wq7")), "no text after a refusal");
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let transport = Transport::Smtp(SmtpTransport::new(settings(port)).unwrap());
    assert!(matches!(transport.deliver(&envelope("m-1"), &words()).await, Err(MailTrouble::NotSent { .. })));
    assert!(matches!(transport.probe().await, Err(MailTrouble::NotSent { .. })));
}

#[tokio::test]
async fn a_probe_signs_in_and_sends_nothing() {
    let with_user = |port| SmtpSettings {
        user: Some("levante".to_owned()),
        password: Some("swordfish".to_owned().into()),
        ..settings(port)
    };
    let (port, talk) = server(Manner::Accepts).await;
    Transport::Smtp(SmtpTransport::new(with_user(port)).unwrap()).probe().await.unwrap();
    let heard = talk.await.unwrap();
    assert!(heard.iter().any(|l| l.starts_with("AUTH PLAIN")) && !heard.iter().any(|l| l.starts_with("MAIL")));
    let (port, _talk) = server(Manner::Answers("AUTH", "535 wrong password")).await;
    let transport = Transport::Smtp(SmtpTransport::new(with_user(port)).unwrap());
    assert!(!format!("{transport:?}").contains("swordfish"));
    let trouble = transport.deliver(&envelope("m-1"), &words()).await.unwrap_err();
    assert!(matches!(&trouble, MailTrouble::NotSent { why } if why.contains("wrong password")), "{trouble:?}");
}

#[tokio::test]
async fn starttls_is_never_left_out() {
    let (port, talk) = server(Manner::Accepts).await;
    let transport = SmtpTransport::new(SmtpSettings { security: Security::StartTls, ..settings(port) }).unwrap();
    let result = transport.deliver(&envelope("m-1"), &words()).await;
    assert!(matches!(result, Err(MailTrouble::NotSent { .. })), "{result:?}");
    assert!(!talk.await.unwrap().iter().any(|l| l.starts_with("MAIL")));
}

#[test]
fn settings_are_checked() {
    let refuse = |change: &dyn Fn(&mut SmtpSettings)| {
        let mut settings = settings(25);
        change(&mut settings);
        SmtpTransport::new(settings).map(|_| ()).unwrap_err()
    };
    assert_eq!(refuse(&|s| s.host.clear()), SettingsError::NoHost);
    let host = "mail.contoso.example".to_owned();
    assert_eq!(refuse(&|s| s.host.clone_from(&host)), SettingsError::Plain { host: host.clone() });
    assert_eq!(refuse(&|s| s.user = Some("x".to_owned())), SettingsError::HalfSignIn);
    assert_eq!(refuse(&|s| s.timeout = Duration::from_secs(601)), SettingsError::Timeout { seconds: 601 });
    let missing = refuse(&|s| {
        s.security = Security::Tls;
        s.ca_file = Some("no-such-file.pem".into());
    });
    assert!(matches!(missing, SettingsError::CaFile { .. }), "{missing}");
    let empty = std::env::temp_dir().join(format!("levante-empty-{}.pem", std::process::id()));
    std::fs::write(&empty, "no certificate").unwrap();
    let refused = refuse(&|s| {
        s.security = Security::Tls;
        s.ca_file = Some(empty.clone());
    });
    std::fs::remove_file(&empty).unwrap();
    assert!(refused.to_string().contains("no PEM certificate"), "{refused}");
    let tls = SmtpSettings { host, security: Security::Tls, ..settings(465) };
    assert!(SmtpTransport::new(tls).is_ok());
}
