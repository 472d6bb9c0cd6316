//! A simulator in a process of its own, killed without warning and started again on its file.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::{Value, json};

use crate::faults::StateFile;
use crate::world::{client, fresh, read};

struct Process {
    child: Child,
    hello: Value,
    http: Client,
}

impl Process {
    /// The example program that cargo builds beside the tests.
    fn start(file: &StateFile) -> Self {
        let mut program = std::env::current_exe().unwrap();
        program.pop();
        program.pop();
        let mut child = Command::new(program.join("examples").join("simulate"))
            .arg(&file.0)
            .arg("11")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        Self { child, hello: serde_json::from_str(&line).unwrap(), http: client() }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn text(&self, name: &str) -> &str {
        self.hello[name].as_str().unwrap()
    }

    async fn refresh(&self, token: &str) -> Value {
        let url = format!("{}/{}/oauth2/v2.0/token", self.text("url"), self.text("tenantId"));
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.text("clientId")),
            ("client_secret", self.text("clientSecret")),
            ("refresh_token", token),
            ("scope", "https://api.partnercenter.microsoft.com/user_impersonation"),
        ];
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        read(answer).await.1
    }

    async fn create(&self, token: &str, id: &str, prefix: &str) -> Result<(u16, Value), reqwest::Error> {
        let body = json!({"companyProfile": {"domain": format!("{prefix}.onmicrosoft.com")},
            "billingProfile": {"culture": "it-IT", "email": "acquisti@albaforni.example", "language": "it",
                "companyName": "Alba Forni Srl", "defaultAddress": {"firstName": "Chiara", "lastName": "Neri",
                    "addressLine1": "Via Zamboni 33", "city": "Bologna", "country": "IT", "postalCode": "40126"}}});
        let request = self.http.post(format!("{}/v1/customers", self.text("url")));
        let request = request.bearer_auth(token).header("MS-RequestId", id);
        let answer = request.header("MS-CorrelationId", fresh()).json(&body).send().await?;
        Ok(read(answer).await)
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.text("controlUrl")));
        let request = request.bearer_auth(self.text("controlToken")).json(&body);
        read(request.send().await.unwrap()).await.1
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_kills() {
    let file = StateFile::new("killed.sqlite");
    let mut first_refresh = String::new();
    let mut made: Vec<(String, String, (u16, Value))> = Vec::new();
    for round in 0..4 {
        let process = Process::start(&file);
        if round == 0 {
            process.text("refreshToken").clone_into(&mut first_refresh);
        }
        assert_eq!(process.text("refreshToken"), first_refresh, "stable for the seed");
        let tokens = process.refresh(&first_refresh).await;
        let token = tokens["access_token"].as_str().unwrap();
        for (id, prefix, answer) in &made {
            let again = process.create(token, id, prefix).await.unwrap();
            assert_eq!(&again, answer, "the same tenant and password after a kill");
        }
        let id = fresh();
        let prefix = format!("forno{round}");
        let answer = process.create(token, &id, &prefix).await.unwrap();
        assert_eq!(answer.0, 201, "{}", answer.1);
        made.push((id, prefix, answer));
        process.kill();
    }
    let process = Process::start(&file);
    let books = process.control(reqwest::Method::GET, "/control/books", json!({})).await;
    let tenants = books["tenants"].as_array().unwrap();
    assert_eq!(tenants.len(), 4);
    assert!(tenants.iter().all(|tenant| tenant["done"] == 1), "{tenants:?}");
    process.kill();
}

#[tokio::test]
async fn a_kill_in_a_stall_after_the_work_leaves_it_done() {
    let file = StateFile::new("stalled.sqlite");
    let process = Process::start(&file);
    let refresh = process.text("refreshToken").to_owned();
    let tokens = process.refresh(&refresh).await;
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let fault = json!({"route": "POST /v1/customers", "kind": "stall", "phase": "after", "count": 1});
    let put = reqwest::Method::PUT;
    process.control(put, "/control/faults", json!({"faults": [fault]})).await;
    let id = fresh();
    let lost = {
        let pending = process.create(&token, &id, "alba");
        tokio::pin!(pending);
        loop {
            tokio::select! {
                outcome = &mut pending => panic!("answered in spite of the stall: {outcome:?}"),
                () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {}
            }
            let faults = process.control(reqwest::Method::GET, "/control/faults", json!({})).await;
            if faults["faults"][0]["hits"] == 1 {
                break id.clone();
            }
        }
    };
    process.kill();
    let process = Process::start(&file);
    let faults = process.control(reqwest::Method::GET, "/control/faults", json!({})).await;
    assert_eq!(faults["faults"][0]["hits"], 1, "the hit is on disk");
    let (status, answer) = process.create(&token, &lost, "alba").await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let books = process.control(reqwest::Method::GET, "/control/books", json!({})).await;
    assert_eq!(books["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(books["tenants"][0]["asked"], 2);
    assert_eq!(books["calls"]["POST /v1/customers"], 2);
    process.kill();
}
