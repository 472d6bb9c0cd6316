//! `/me/api/oauth2/client`: service accounts (contracts/ovh-api.md §3). Their tokens: `token.rs`; their rights: `iam.rs`.

use super::{
    answer::{Answer, Outcome, datetime},
    body::Fields,
    models::auth as models,
    problem::Refusal,
    routing::{Call, Repeat, Route},
    schema::{Body, Kind, STRINGS},
};
use crate::operations::service_accounts::{NewServiceAccount, ServiceAccount, ServiceAccountChanges};
use licensing::{
    invalid::{Invalid, Rule},
    right::Identity,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// The one flow that is offered.
const FLOW: &str = "CLIENT_CREDENTIALS";

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/me/api/oauth2/client", "The service accounts of the account", STRINGS, |call| Box::pin(list(call))),
    Route::post(
        "/me/api/oauth2/client",
        "Make a service account; its secret is shown this once",
        Kind::Of(&models::CLIENT_CREATED),
        |call| Box::pin(create(call)),
    )
    .body(Body::Loose(models::CLIENT_CREATION))
    .repeat(Repeat::Secret),
    Route::get("/me/api/oauth2/client/{clientId}", "A service account", Kind::Of(&models::CLIENT), |call| {
        Box::pin(read(call))
    }),
    Route::put("/me/api/oauth2/client/{clientId}", "Change a service account", Kind::Void, |call| {
        Box::pin(change(call))
    })
    .body(Body::Whole(&models::CLIENT)),
    Route::delete(
        "/me/api/oauth2/client/{clientId}",
        "Delete a service account; its tokens end at once",
        Kind::Void,
        |call| Box::pin(delete(call)),
    ),
];

async fn list(call: Call) -> Outcome {
    let found = call.door.operations.service_accounts(&call.caller()?.account).await?;
    Answer::of(&found.iter().map(|client| &client.id).collect::<Vec<_>>())
}

async fn create(mut call: Call) -> Outcome {
    let body = &mut call.body;
    let flow = body.required("flow");
    if !flow.is_empty() && flow != FLOW {
        body.push(Invalid::new("flow", &flow, Rule::NotOffered));
    }
    let (name, description) = (body.required("name"), body.required("description"));
    let callbacks = texts(body, "callbackUrls").unwrap_or_default();
    body.checked()?;
    let new = NewServiceAccount { name, description, callbacks };
    let (client, secret) = call.door.operations.create_service_account(&call.actor()?, &new).await?;
    Answer::of(&json!({ "clientId": client.id, "clientSecret": secret.expose_secret() }))
}

/// A list of texts; `None` when absent.
pub(super) fn texts(body: &mut Fields, name: &str) -> Option<Vec<String>> {
    let listed = body.array(name)?;
    Some(listed.into_iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
}

async fn read(call: Call) -> Outcome {
    let client = call.door.operations.service_account(&call.caller()?.account, call.value(0)).await?;
    Answer::of(&client_json(&client, &call.door.region()))
}

fn client_json(client: &ServiceAccount, region: &str) -> Value {
    json!({
        "clientId": client.id, "name": client.name, "description": client.description, "flow": FLOW,
        "callbackUrls": client.callbacks, "createdAt": datetime(client.created_at),
        "identity": Identity::ServiceAccount(client.id.clone()).urn(region, &client.account),
    })
}

async fn change(mut call: Call) -> Outcome {
    // A foreign service account is not told what is wrong with the body.
    call.door.operations.service_account(&call.caller()?.account, call.value(0)).await?;
    let body = &mut call.body;
    let (name, description) = (body.text("name"), body.text("description"));
    let callbacks = texts(body, "callbackUrls");
    body.checked()?;
    let changes = ServiceAccountChanges { name, description, callbacks };
    call.door.operations.update_service_account(&call.actor()?, call.value(0), &changes).await?;
    Answer::void()
}

async fn delete(call: Call) -> Result<Answer, Refusal> {
    call.door.operations.delete_service_account(&call.actor()?, call.value(0)).await?;
    Answer::void()
}
