//! `levante doctor`: checks what the platform stands on, one line each.

use super::say;
use crate::{app, config::Settings, provider::Trouble};
use licensing::id::MpnId;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut wrong = 0;
    let mut report = |what: &str, result: Result<String, String>| match result {
        Ok(fine) => say(&format!("ok     {what}: {fine}")),
        Err(trouble) => {
            wrong += 1;
            say(&format!("WRONG  {what}: {trouble}"));
        }
    };
    if let Some(files) = &settings.tls {
        let read = app::Certificate::read(files);
        report("certificate", read.map(|_| "fits its key".to_owned()).map_err(|e| e.to_string()));
    }
    let operations = match app::open(settings).await {
        Ok(operations) => {
            report("database and vault", Ok(format!("{}, schema up to date", operations.engine())));
            operations
        }
        Err(e) => {
            report("database and vault", Err(format!("{e:#}")));
            anyhow::bail!("the rest was not checked");
        }
    };
    let offset = operations.clock.offset();
    report(
        "clock",
        match offset.is_zero() {
            true => Ok(format!("{} UTC", operations.clock.wall())),
            false => Err(format!("the business clock is {offset} ahead of real time; this is for demo and tests only")),
        },
    );
    match app::workflow(settings, operations.clone()) {
        Err(e) => report("settings of Microsoft and mail", Err(format!("{e:#}"))),
        Ok(workflow) => {
            // Any answer about any id proves that the token, the role and the network are right.
            let asked = workflow.desk.check_partner(&MpnId::trusted("1000000")).await;
            report(
                "Microsoft",
                match asked {
                    Ok(_) => Ok(format!("{} answers", settings.supplier.api_base)),
                    Err(Trouble::Busy { .. }) => Ok("answers, and is busy".to_owned()),
                    Err(trouble) => Err(trouble.to_string()),
                },
            );
            let probed = workflow.post.transport.probe().await;
            report("mail", probed.map(|()| "the server takes us".to_owned()).map_err(|e| e.to_string()));
        }
    }
    let lines = operations.price_list().await.map(|list| list.all().count());
    report(
        "price list",
        match lines {
            Ok(0) => Err("it is empty: levante licence import FILE.csv".to_owned()),
            Ok(lines) => Ok(format!("{lines} lines")),
            Err(e) => Err(e.to_string()),
        },
    );
    match wrong {
        0 => Ok(()),
        1 => anyhow::bail!("1 thing is wrong"),
        n => anyhow::bail!("{n} things are wrong"),
    }
}
