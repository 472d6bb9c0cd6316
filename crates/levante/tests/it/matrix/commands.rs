//! The command line's door: the built program, its files and its settings.

use super::table::{Door, Fault, Row, assert_says, rows};
use crate::world::Folder;
use std::{path::PathBuf, process::Stdio, time::Duration};

const HEADER: &str = "sku,segment,term,plan,name,price,currency,tax,bases,minimum,limit,flags";

/// A folder with settings that work.
struct Desk {
    folder: Folder,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: Folder::new() };
        desk.write("levante.toml", &desk.settings());
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn settings(&self) -> String {
        let at = |name: &str| self.path(name).display().to_string();
        format!(
            "public_url = \"http://127.0.0.1:1\"\nlisten = \"127.0.0.1:0\"\n\
             [database]\nurl = \"sqlite:{}\"\n[vault]\nkey_file = \"{}\"\n\
             [supplier]\ntenant = \"t\"\nclient_id = \"c\"\nclient_secret = \"canary-client-secret\"\n\
             [mail]\ntransport = \"folder\"\nfolder = \"{}\"\nfrom = \"Levante <no-reply@reseller.example>\"\n",
            at("levante.sqlite"),
            at("secret.key"),
            at("mails"),
        )
    }

    /// What the program says when it refuses, without any secret of its settings.
    async fn refused(&self, arguments: &[&str]) -> String {
        let settings = self.path("levante.toml");
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_levante"));
        command.args(arguments).arg("--config").arg(settings).env("LEVANTE_LOG", "off");
        let command = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(Duration::from_secs(60), command).await.expect("it ends").unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}: nothing is reported as done");
        assert!(!said.contains("canary"), "{arguments:?}: {said}");
        said
    }

    async fn import(&self, text: &str) -> String {
        let file = self.write("prices.csv", text);
        self.refused(&["licence", "import", &file.display().to_string()]).await
    }

    async fn import_line(&self, line: &str) -> String {
        self.import(&format!("{HEADER}\n{line}\n")).await
    }
}

#[tokio::test]
async fn the_commands_say_what_is_wrong() {
    let desk = Desk::new();
    for row in rows(Door::Commands) {
        assert_says(row, Door::Commands, "en", &command(&desk, row).await);
    }
}

async fn command(desk: &Desk, row: &Row) -> String {
    match row.fault {
        Fault::MpnMalformed => desk.refused(&["account", "approve-mpn", "rv1234-lv", "61x"]).await,
        Fault::EmailMalformed => {
            let names = ["--first-name", "Ada", "--last-name", "Conti", "--organisation", "Contoso Srl"];
            let rest = ["--email", "acquisti@", "--country", "IT"];
            desk.refused(&[["account", "create"].as_slice(), &names, &rest].concat()).await
        }
        Fault::QuantityZero => desk.import_line("A:1,commercial,P1M,monthly,Basic,1.00,EUR,22,,,0,").await,
        Fault::QuantityBroken => desk.import_line("A:1,commercial,P1M,monthly,Basic,1.00,EUR,22,,,1.5,").await,
        Fault::QuantityAboveLimit => desk.import_line("A:1,commercial,P1M,monthly,Basic,1.00,EUR,22,,301,300,").await,
        Fault::AddOnWithoutBase => desk.import_line("A:1,commercial,P1M,monthly,Calls,1.00,EUR,22,none,,,").await,
        Fault::OversizedBody => {
            let file = std::fs::File::create(desk.path("large.csv")).unwrap();
            file.set_len(8 * 1024 * 1024 + 1).unwrap();
            desk.refused(&["licence", "import", &desk.path("large.csv").display().to_string()]).await
        }
        Fault::BrokenJson => desk.import_line("A:1,commercial").await,
        Fault::UnknownField => {
            desk.import(&format!(
                "{}\nA:1,commercial,P1M,monthly,Basic,1,EUR,22,,,300,\n",
                HEADER.replace("limit", "limits")
            ))
            .await
        }
        other => panic!("no command meets {other:?}"),
    }
}

#[tokio::test]
async fn the_settings_say_what_is_wrong() {
    for row in rows(Door::Settings) {
        let desk = Desk::new();
        let good = desk.settings();
        let (command, text) = match row.fault {
            Fault::EmailMalformed => ("serve", good.replace("Levante <no-reply@reseller.example>", "no-reply@")),
            Fault::ClockOff => ("migrate", format!("time_window_seconds = 5\n{good}")),
            // The broken line holds a secret: the message must not quote it.
            Fault::BrokenJson => ("migrate", format!("language = \"en\"\nbrand = \"canary\n{good}")),
            Fault::UnknownField => ("migrate", good.replace("public_url", "public_ulr")),
            other => panic!("no setting meets {other:?}"),
        };
        desk.write("levante.toml", &text);
        assert_says(row, Door::Settings, "en", &desk.refused(&[command]).await);
    }
}

#[tokio::test]
async fn settings_of_a_wrong_kind_do_not_show_their_value() {
    for (good, wrong) in [
        ("[database]\nurl = ", "database = "),
        ("client_secret = \"canary-client-secret\"", "client_secret = [\"canary-client-secret\"]"),
        ("client_secret = \"canary-client-secret\"", "client_secret = { x = \"canary-client-secret\" }"),
        ("client_secret = \"canary-client-secret\"", "timeout_seconds = \"canary\""),
    ] {
        let desk = Desk::new();
        let text = desk.settings().replace(good, wrong).replace("levante.sqlite", "canary.sqlite");
        desk.write("levante.toml", &text);
        let said = desk.refused(&["migrate"]).await;
        assert!(said.contains("settings: "), "{wrong}: {said}");
    }
}
