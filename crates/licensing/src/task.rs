//! A task: one piece of work that a reseller asked for, from acceptance to its end.

use serde::{Deserialize, Serialize};

/// What a task does; the words are `function` on the wire (contracts/ovh-api.md §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaskFunction {
    /// A tenant with its first licences.
    CreateTenant,
    /// A further base subscription.
    CreateSubscription,
    /// An add-on subscription.
    CreateAddonSubscription,
    /// A new total of seats.
    ChangeSubscriptionQuantity,
    /// The end of a subscription.
    DeleteSubscription,
    /// Renewal at the end of the term, or its end then.
    ChangeRenewal,
    /// A new password for the administrator of the tenant.
    ChangeAdministratorPassword,
}

impl TaskFunction {
    /// The word on the wire and in storage.
    pub fn word(&self) -> &'static str {
        match self {
            TaskFunction::CreateTenant => "createTenant",
            TaskFunction::CreateSubscription => "createSubscription",
            TaskFunction::CreateAddonSubscription => "createAddonSubscription",
            TaskFunction::ChangeSubscriptionQuantity => "changeSubscriptionQuantity",
            TaskFunction::DeleteSubscription => "deleteSubscription",
            TaskFunction::ChangeRenewal => "changeRenewal",
            TaskFunction::ChangeAdministratorPassword => "changeAdministratorPassword",
        }
    }

    /// Reads a stored word.
    pub fn read(word: &str) -> Option<TaskFunction> {
        [
            TaskFunction::CreateTenant,
            TaskFunction::CreateSubscription,
            TaskFunction::CreateAddonSubscription,
            TaskFunction::ChangeSubscriptionQuantity,
            TaskFunction::DeleteSubscription,
            TaskFunction::ChangeRenewal,
            TaskFunction::ChangeAdministratorPassword,
        ]
        .into_iter()
        .find(|f| f.word() == word)
    }
}

/// `todo → doing → done | error`, `todo → cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Accepted.
    Todo,
    /// Being worked on.
    Doing,
    /// Finished as asked.
    Done,
    /// Refused for good, with a reason.
    Error,
    /// Withdrawn before it began.
    Cancelled,
}

impl TaskState {
    /// The word on the wire and in storage.
    pub fn word(&self) -> &'static str {
        match self {
            TaskState::Todo => "todo",
            TaskState::Doing => "doing",
            TaskState::Done => "done",
            TaskState::Error => "error",
            TaskState::Cancelled => "cancelled",
        }
    }

    /// Reads a stored word.
    pub fn read(word: &str) -> Option<TaskState> {
        [TaskState::Todo, TaskState::Doing, TaskState::Done, TaskState::Error, TaskState::Cancelled]
            .into_iter()
            .find(|s| s.word() == word)
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        matches!(self, TaskState::Done | TaskState::Error | TaskState::Cancelled)
    }

    /// Whether the state may follow this one.
    pub fn may_become(&self, next: TaskState) -> bool {
        use TaskState::*;
        matches!(
            (self, next),
            (Todo, Doing) | (Todo, Cancelled) | (Todo, Error) | (Doing, Done) | (Doing, Error) | (Doing, Doing)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_task_stays_ended() {
        use TaskState::*;
        for end in [Done, Error, Cancelled] {
            assert!([Todo, Doing, Done, Error, Cancelled].into_iter().all(|next| !end.may_become(next)));
        }
        assert!(!Doing.may_become(Cancelled));
    }
}
