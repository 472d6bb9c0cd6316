//! The list of applications and credentials, with their rules and last use.

use crate::{
    operations::keys::{Application, ApplicationState, Credential, CredentialState},
    panel::{
        Panel,
        fault::Fault,
        gate::{Manager, Reseller},
        page::{Page, ok, tone},
        services::show::Done,
    },
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use licensing::id::{ApplicationId, CredentialId};

#[derive(Template)]
#[template(path = "keys/list.html")]
pub(in crate::panel) struct KeysPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) applications: Vec<Application>,
    pub(in crate::panel) credentials: Vec<Line>,
}

/// A credential, ready for the page.
pub(in crate::panel) struct Line {
    pub(in crate::panel) c: Credential,
    pub(in crate::panel) application: String,
    pub(in crate::panel) status: &'static str,
    pub(in crate::panel) tone: &'static str,
    pub(in crate::panel) rules: Vec<String>,
    pub(in crate::panel) addresses: String,
}

/// The list.
pub async fn show(State(panel): State<Panel>, who: Reseller, Query(done): Query<Done>) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let mut applications = panel.ops.applications(&who.account).await?;
    applications.retain(|a| a.state != ApplicationState::Revoked);
    let now = panel.ops.clock.wall();
    let mut credentials = Vec::new();
    for c in panel.ops.credentials(&who.account).await? {
        let status = c.status(now);
        if status == CredentialState::Revoked {
            continue;
        }
        let application = match applications.iter().find(|a| a.id == c.application) {
            Some(own) => own.name.clone(),
            None => panel.ops.application_of(&who.account, c.id).await?.name,
        };
        credentials.push(Line {
            application,
            status: status.word(),
            tone: tone(status.word()),
            rules: c.rules.iter().map(|r| format!("{} {}", r.method, r.path)).collect(),
            addresses: match &c.allowed_ips {
                Some(blocks) => blocks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                None => text.say("keys-from-anywhere"),
            },
            c,
        });
    }
    credentials.sort_by_key(|l| (l.status != "validated", std::cmp::Reverse(l.c.id)));
    let p = Page::new(&panel, &who.visitor, "keys", &text.say("keys-title")).noticed(Some(&done.done));
    ok(&KeysPage { p, applications, credentials })
}

/// Ends a credential.
pub async fn revoke(State(panel): State<Panel>, Manager(who): Manager, Path(id): Path<i64>) -> Result<Response, Fault> {
    panel.ops.revoke_credential(&who.actor(), CredentialId(id)).await?;
    Ok(Redirect::to("/keys?done=revoked").into_response())
}

/// Ends an application with all its credentials.
pub async fn delete(State(panel): State<Panel>, Manager(who): Manager, Path(id): Path<i64>) -> Result<Response, Fault> {
    panel.ops.delete_application(&who.actor(), ApplicationId(id)).await?;
    Ok(Redirect::to("/keys?done=revoked").into_response())
}
