//! `/auth`: time, asking for a key, and the key in use (contracts/ovh-api.md §§2.3–2.7).

use super::{
    answer::{Answer, Outcome, datetime},
    body::Fields,
    caller::Means,
    models::auth as models,
    problem::Refusal,
    routing::{Access, Call, Repeat, Route},
    schema::{Body, Kind},
};
use crate::operations::keys::{self, Application, Credential};
use licensing::{
    invalid::{Invalid, Rule},
    permission::{IpBlock, everything},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/auth/time", "The time of the server, in seconds since 1970", Kind::Long, |call| Box::pin(time(call)))
        .access(Access::Open),
    Route::post("/auth/credential", "Ask for a key", Kind::Of(&models::REQUEST), |call| Box::pin(request(call)))
        .access(Access::Application)
        .body(Body::Whole(&models::REQUEST_PARAMS)),
    Route::get("/auth/currentCredential", "The credential in use", Kind::Of(&models::CREDENTIAL), |call| {
        Box::pin(current(call))
    }),
    Route::get("/auth/details", "Who calls, and what the caller may do", Kind::Of(&models::DETAILS), |call| {
        Box::pin(details(call))
    }),
    Route::post("/auth/logout", "Let the credential or access token in use expire", Kind::Void, |call| {
        Box::pin(log_out(call))
    })
    .repeat(Repeat::Natural),
];

async fn time(call: Call) -> Outcome {
    Answer::of(&call.door.operations.clock.wall().as_second())
}

async fn request(mut call: Call) -> Outcome {
    let application = call.application.clone().ok_or_else(Refusal::not_signed_in)?;
    let rules = access_rules(&mut call.body)?;
    let redirection = call.body.text("redirection").filter(|r| !r.is_empty());
    let allowed_ips = allowed_ips(&mut call.body)?;
    call.body.checked()?;
    let rules = keys::read_rules("accessRules", &rules)?;
    let key = &application.application.key;
    let asked = call.door.operations.request_credential(key, rules, redirection.as_deref(), allowed_ips).await?;
    let Some(asked) = asked else {
        return Err(Refusal::forbidden("INVALID_KEY", "This application key is invalid"));
    };
    let url =
        format!("{}/auth/?credentialToken={}", call.door.settings.panel_url, asked.validation_token.expose_secret());
    Answer::of(&json!({
        "consumerKey": asked.consumer_key.expose_secret(), "state": "pendingValidation", "validationUrl": url,
    }))
}

fn access_rules(body: &mut Fields) -> Result<Vec<(String, String)>, Refusal> {
    let mut rules = Vec::new();
    let listed = body.array("accessRules");
    if listed.is_none() && body.value("accessRules").is_none() {
        body.push(Invalid::new("accessRules", "", Rule::Required));
    }
    for (n, rule) in listed.unwrap_or_default().into_iter().enumerate() {
        let text = |name: &str| rule.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("method"), text("path")) {
            (Some(method), Some(path)) => rules.push((method, path)),
            _ => body.push(Invalid::new(
                format!("accessRules[{n}]"),
                rule.to_string(),
                Rule::WrongType { expected: "an object with the strings method and path".to_owned() },
            )),
        }
    }
    body.checked()?;
    Ok(rules)
}

/// `allowedIPs` of a body; an empty list means from anywhere, as `null` does.
pub(super) fn allowed_ips(body: &mut Fields) -> Result<Option<Vec<IpBlock>>, Refusal> {
    let Some(listed) = body.array("allowedIPs") else { return body.checked().map(|()| None) };
    let texts: Vec<String> = listed.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
    let blocks = keys::read_blocks("allowedIPs", &texts)?;
    Ok((!blocks.is_empty()).then_some(blocks))
}

async fn current(call: Call) -> Outcome {
    match &call.caller()?.means {
        Means::Key(credential) => Answer::of(&credential_json(credential, call.door.operations.clock.wall())),
        Means::Token(_) => Err(Refusal::not_found(
            "There is no credential: the call was made with an access token. GET /auth/details says whose it is",
        )),
    }
}

/// `auth.ApiCredential`.
pub(super) fn credential_json(credential: &Credential, now: jiff::Timestamp) -> Value {
    json!({
        "credentialId": credential.id,
        "applicationId": credential.application,
        "status": credential.status(now).word(),
        "rules": rules_json(credential),
        "creation": datetime(credential.created_at),
        "expiration": credential.expires_at.map(datetime),
        "lastUse": credential.last_use.map(datetime),
        "allowedIPs": credential.allowed_ips,
        "ovhSupport": false,
    })
}

fn rules_json(credential: &Credential) -> Vec<Value> {
    credential.rules.iter().map(|r| json!({ "method": r.method, "path": r.path })).collect()
}

/// `auth.ApiApplication`.
pub(super) fn application_json(application: &Application) -> Value {
    json!({
        "applicationId": application.id,
        "applicationKey": application.key,
        "name": application.name,
        "description": application.description,
        "status": application.state.word(),
    })
}

async fn details(call: Call) -> Outcome {
    let caller = call.caller()?;
    let identity = caller.rights.identity.urn(&call.door.region(), &caller.account);
    let mut details = json!({
        "account": caller.account, "method": "account", "identities": [identity], "allowedRoutes": null,
        "roles": null, "user": null, "description": null,
    });
    match &caller.means {
        Means::Key(credential) => {
            if !everything().iter().all(|rule| credential.rules.contains(rule)) {
                details["allowedRoutes"] = rules_json(credential).into();
            }
            if let Some(user) = &credential.user {
                details["method"] = "user".into();
                details["user"] = user.login.as_str().into();
                details["roles"] = json!([super::users::group(user.role)]);
                details["description"] = user.description.as_str().into();
            }
        }
        Means::Token(bearer) => {
            details["method"] = "oauth2_client_credentials".into();
            details["description"] = bearer.client.name.as_str().into();
        }
    }
    Answer::of(&details)
}

async fn log_out(call: Call) -> Outcome {
    match &call.caller()?.means {
        Means::Key(credential) => call.door.operations.expire_credential(&call.actor()?, credential.id).await?,
        Means::Token(bearer) => call.door.operations.end_access_token(bearer).await?,
    }
    Answer::void()
}
