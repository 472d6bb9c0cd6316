//! A new password for the administrator of a tenant: asked for here, given by the workflow. Between the two
//! it lies sealed in the vault, and nowhere afterwards.

use super::{
    Accepted, Actor, Conflict, Operations, Problem, Result,
    jobs::Job,
    orders::{new_task, ready},
    tasks::Asked,
};
use crate::storage;
use licensing::{
    id::{ServiceId, ServiceName, TaskId},
    invalid::{Invalid, Rule},
    task::TaskFunction,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::Arc;

/// Fewest characters: Microsoft's own least.
const SHORTEST: usize = 8;
/// Most characters.
const LONGEST: usize = 256;

impl Operations {
    /// Asks for a new password of the administrator of a tenant. Returns a task. Whether Microsoft takes the
    /// password is its decision; the task then ends in error.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; [`Problem::Invalid`] (`newPassword`, never with its value);
    /// [`Conflict::ServiceNotReady`]; [`Conflict::TaskPending`] while another one is worked on.
    pub async fn change_administrator_password(
        &self,
        actor: &Actor,
        name: &ServiceName,
        password: SecretString,
    ) -> Result<Accepted> {
        let service = self.service(&actor.account, name).await?;
        if let Some(rule) = refused(&password) {
            return Err(Problem::Invalid(vec![Invalid::new("newPassword", "", rule)]));
        }
        ready(&service)?;
        self.no_password_pending(service.id).await?;
        let now = self.clock.business();
        let id = TaskId(self.ids.next().await?);
        let function = TaskFunction::ChangeAdministratorPassword;
        let task = new_task(id, service.id, &actor.account, function, Asked::Password, None, now);
        let place = sealed_at(id);
        let sealed = self.vault.seal(&format!("sealed_value/{place}"), &password);
        let job = self.promise(&Job::ChangePassword { task: id, service: service.id }, now);
        let entry = self.entry(
            actor,
            "TaskAccepted",
            format!("task/{id}"),
            json!({ "function": function, "service": service.name }),
        );
        let saved = Arc::new((task.clone(), place, sealed, job, entry));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (task, place, sealed, job, entry) = &*saved;
                    storage::tasks::insert(tx, task).await?;
                    storage::sealed::set(tx, place, sealed, now).await?;
                    storage::jobs::insert(tx, job, now).await?;
                    storage::audit::insert(tx, entry).await
                })
            })
            .await;
        match done {
            Ok(()) => {
                self.ring();
                Ok(Accepted { task, service, order: None, replay: None })
            }
            // The same was asked for at the same moment.
            Err(e) if e.is_duplicate() => {
                self.no_password_pending(service.id).await?;
                Err(Problem::Conflict(Conflict::ChangedMeanwhile { what: "the password".to_owned() }))
            }
            Err(e) => Err(e.into()),
        }
    }

    async fn no_password_pending(&self, service: ServiceId) -> Result<()> {
        let open = storage::tasks::open(&self.db, service).await?;
        match open.iter().find(|task| task.asked == Asked::Password) {
            Some(pending) => Err(Problem::Conflict(Conflict::TaskPending(pending.id))),
            None => Ok(()),
        }
    }

    /// The password that a task is to give; `None` when it was erased.
    ///
    /// # Errors
    /// [`Problem::Vault`] when it was sealed under another key.
    pub async fn new_password(&self, task: TaskId) -> Result<Option<SecretString>> {
        self.sealed_value(&sealed_at(task)).await
    }
}

/// Where the password of a task is sealed.
pub(crate) fn sealed_at(task: TaskId) -> String {
    format!("task/{task}/password")
}

fn refused(password: &SecretString) -> Option<Rule> {
    let text = password.expose_secret();
    match text.chars().count() {
        0 => Some(Rule::Required),
        n if n < SHORTEST => Some(Rule::TooShort { min: SHORTEST }),
        n if n > LONGEST => Some(Rule::TooLong { max: LONGEST }),
        _ => text.chars().any(char::is_control).then_some(Rule::NotText),
    }
}
