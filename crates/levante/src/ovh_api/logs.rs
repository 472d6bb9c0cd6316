//! `/me/api/logs`: the audit trail of the account and of its services (contracts/ovh-api.md §2.7).

use super::{
    answer::{Answer, Outcome, datetime},
    models::auth as models,
    routing::{Call, Objects, Reading, Route, Slice},
    schema::{Kind, LONGS},
};
use crate::operations::logs::{About, LogLine};
use serde_json::{Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/me/api/logs/self", "What was done to the account: the newest 10,000 entries", LONGS, |call| {
        Box::pin(list(call, About::Account))
    })
    .objects(Objects::Slices(|call, slice| objects(call, slice, About::Account))),
    Route::get("/me/api/logs/self/{logId}", "An entry", Kind::Of(&models::LOG), |call| {
        Box::pin(read(call, About::Account))
    }),
    Route::get(
        "/me/api/logs/services",
        "What was done to services and orders: the newest 10,000 entries",
        LONGS,
        |call| Box::pin(list(call, About::Services)),
    )
    .objects(Objects::Slices(|call, slice| objects(call, slice, About::Services))),
    Route::get("/me/api/logs/services/{logId}", "An entry", Kind::Of(&models::LOG), |call| {
        Box::pin(read(call, About::Services))
    }),
];

async fn list(call: Call, about: About) -> Outcome {
    Answer::of(&call.door.operations.log_numbers(&call.caller()?.account, about).await?)
}

fn objects(call: Call, slice: Slice, about: About) -> Reading<(u64, Vec<Value>)> {
    Box::pin(async move {
        let account = &call.caller()?.account;
        let part = (slice.skip, slice.most);
        let (total, lines) = call.door.operations.log_lines(account, about, part, slice.descending).await?;
        Ok((total, lines.iter().map(|line| log_json(line, account.as_str())).collect()))
    })
}

async fn read(call: Call, about: About) -> Outcome {
    let account = &call.caller()?.account;
    let line = call.door.operations.log_line(account, about, call.number(0)?).await?;
    Answer::of(&log_json(&line, account.as_str()))
}

fn log_json(line: &LogLine, account: &str) -> Value {
    json!({
        "logId": line.number, "date": datetime(line.at), "account": account, "ip": line.address,
        "identity": line.actor, "action": line.action, "object": line.object,
    })
}
