//! `/me/api`: applications and credentials of the account (contracts/ovh-api.md §2.7).

use super::{
    answer::{Answer, Outcome},
    auth::{allowed_ips, application_json, credential_json},
    problem::Refusal,
    routing::{Call, Route},
};
use crate::operations::keys::CredentialState;
use licensing::{
    id::{ApplicationId, CredentialId},
    invalid::Rule,
};

/// Every route of this file.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/me/api/application", |call| Box::pin(applications(call))),
    Route::get("/me/api/application/{applicationId}", |call| Box::pin(application(call))),
    Route::delete("/me/api/application/{applicationId}", |call| Box::pin(delete_application(call))),
    Route::get("/me/api/credential", |call| Box::pin(credentials(call))).query(&["applicationId", "status"]),
    Route::get("/me/api/credential/{credentialId}", |call| Box::pin(credential(call))),
    Route::put("/me/api/credential/{credentialId}", |call| Box::pin(change_credential(call))).body(&[
        "allowedIPs",
        "credentialId",
        "applicationId",
        "status",
        "rules",
        "creation",
        "expiration",
        "lastUse",
        "ovhSupport",
    ]),
    Route::delete("/me/api/credential/{credentialId}", |call| Box::pin(delete_credential(call))),
    Route::get("/me/api/credential/{credentialId}/application", |call| Box::pin(application_of(call))),
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

async fn credentials(call: Call) -> Outcome {
    let application = match call.query("applicationId") {
        None => None,
        Some(text) => Some(ApplicationId(text.parse().map_err(|_| {
            Refusal::invalid("applicationId", text, Rule::WrongType { expected: "a whole number".to_owned() })
        })?)),
    };
    let shown = |state: CredentialState| state != CredentialState::Revoked;
    let status = match call.query("status") {
        None => None,
        Some(word) => Some(CredentialState::read(word).filter(|s| shown(*s)).ok_or_else(|| {
            let allowed = "expired, pendingValidation, refused, validated".to_owned();
            Refusal::invalid("status", word, Rule::OneOf { allowed })
        })?),
    };
    let now = call.door.operations.clock.wall();
    let found = call.door.operations.credentials(&call.caller()?.account).await?;
    let wanted = found
        .iter()
        .filter(|c| application.is_none_or(|a| c.application == a) && status.is_none_or(|s| c.status(now) == s));
    Answer::of(&wanted.map(|c| c.id).collect::<Vec<_>>())
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
