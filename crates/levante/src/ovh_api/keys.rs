//! `/me/api`: applications and credentials of the account (contracts/ovh-api.md §2.7).

use super::{
    answer::{Answer, Outcome},
    auth::{allowed_ips, application_json, credential_json},
    models::auth as models,
    problem::Refusal,
    routing::{Call, Objects, Route},
    schema::{Body, Field, Kind, LONGS},
};
use crate::operations::keys::{Credential, CredentialState};
use licensing::id::{ApplicationId, CredentialId};
use serde_json::Value;

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/me/api/application", "The applications of the account", LONGS, |call| Box::pin(applications(call)))
        .objects(Objects::All(|call| Box::pin(application_objects(call)))),
    Route::get("/me/api/application/{applicationId}", "An application", Kind::Of(&models::APPLICATION), |call| {
        Box::pin(application(call))
    }),
    Route::delete(
        "/me/api/application/{applicationId}",
        "Delete an application and revoke every credential of it",
        Kind::Void,
        |call| Box::pin(delete_application(call)),
    ),
    Route::get("/me/api/credential", "The credentials of the account", LONGS, |call| Box::pin(credentials(call)))
        .query(&[
            Field::set("applicationId", Kind::Long, "Only those of this application").like("1001"),
            Field::set("status", Kind::Of(&models::CREDENTIAL_STATE), "Only those that stand here").like("validated"),
        ])
        .objects(Objects::All(|call| Box::pin(credential_objects(call)))),
    Route::get("/me/api/credential/{credentialId}", "A credential", Kind::Of(&models::CREDENTIAL), |call| {
        Box::pin(credential(call))
    }),
    Route::put("/me/api/credential/{credentialId}", "Change from where a credential may be used", Kind::Void, |call| {
        Box::pin(change_credential(call))
    })
    .body(Body::Whole(&models::CREDENTIAL)),
    Route::delete("/me/api/credential/{credentialId}", "Revoke a credential", Kind::Void, |call| {
        Box::pin(delete_credential(call))
    }),
    Route::get(
        "/me/api/credential/{credentialId}/application",
        "The application of a credential",
        Kind::Of(&models::APPLICATION),
        |call| Box::pin(application_of(call)),
    ),
];

async fn applications(call: Call) -> Outcome {
    let found = call.door.operations.applications(&call.caller()?.account).await?;
    Answer::of(&found.iter().map(|a| a.id).collect::<Vec<_>>())
}

async fn application(call: Call) -> Outcome {
    let id = ApplicationId(call.number(0)?);
    Answer::of(&application_json(&call.door.operations.application(&call.caller()?.account, id).await?))
}

async fn delete_application(call: Call) -> Outcome {
    call.door.operations.delete_application(&call.actor()?, ApplicationId(call.number(0)?)).await?;
    Answer::void()
}

async fn application_objects(call: Call) -> Result<Vec<Value>, Refusal> {
    let found = call.door.operations.applications(&call.caller()?.account).await?;
    Ok(found.iter().map(application_json).collect())
}

/// The credentials that the query asks for, by number.
async fn wanted(call: &Call) -> Result<Vec<Credential>, Refusal> {
    let application = call.query("applicationId").and_then(|text| text.parse().ok()).map(ApplicationId);
    let status = call.query("status").and_then(CredentialState::read);
    let now = call.door.operations.clock.wall();
    let mut found = call.door.operations.credentials(&call.caller()?.account).await?;
    found.retain(|c| application.is_none_or(|a| c.application == a) && status.is_none_or(|s| c.status(now) == s));
    Ok(found)
}

async fn credentials(call: Call) -> Outcome {
    Answer::of(&wanted(&call).await?.iter().map(|c| c.id).collect::<Vec<_>>())
}

async fn credential_objects(call: Call) -> Result<Vec<Value>, Refusal> {
    let now = call.door.operations.clock.wall();
    Ok(wanted(&call).await?.iter().map(|c| credential_json(c, now)).collect())
}

async fn credential(call: Call) -> Outcome {
    let id = CredentialId(call.number(0)?);
    let credential = call.door.operations.credential(&call.caller()?.account, id).await?;
    Answer::of(&credential_json(&credential, call.door.operations.clock.wall()))
}

async fn change_credential(mut call: Call) -> Outcome {
    let id = CredentialId(call.number(0)?);
    let said = call.body.names().any(|name| name == "allowedIPs");
    let allowed = allowed_ips(&mut call.body)?;
    match said {
        true => call.door.operations.set_allowed_ips(&call.actor()?, id, allowed).await?,
        false => drop(call.door.operations.credential(&call.caller()?.account, id).await?),
    }
    Answer::void()
}

async fn delete_credential(call: Call) -> Outcome {
    call.door.operations.revoke_credential(&call.actor()?, CredentialId(call.number(0)?)).await?;
    Answer::void()
}

async fn application_of(call: Call) -> Outcome {
    let id = CredentialId(call.number(0)?);
    Answer::of(&application_json(&call.door.operations.application_of(&call.caller()?.account, id).await?))
}
