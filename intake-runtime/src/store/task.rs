//! Workflows as data: who they are for, which intakes they use, and what is to be done for each, when.

use crate::clock::Timestamp;
use crate::store::IntakeKey;
use std::time::Duration;

/// A workflow of an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkflowKey {
    /// The app's name.
    pub app: String,
    /// The workflow's id.
    pub workflow: String,
}

impl WorkflowKey {
    /// One of its intakes.
    #[must_use]
    pub fn intake(&self, intake: &str) -> IntakeKey {
        IntakeKey { app: self.app.clone(), intake: intake.to_owned(), workflow: self.workflow.clone() }
    }
}

/// What is stored of a workflow, its tasks aside. Credentials are not: see
/// [`Connections`](crate::connections::Connections).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWorkflow {
    /// Its app and id.
    pub key: WorkflowKey,
    /// The id of its connection.
    pub connection: String,
    /// The account at the vendor.
    pub account: Option<String>,
    /// The resource its user selected.
    pub resource: Option<String>,
    /// The customer's subdomain.
    pub subdomain: Option<String>,
    /// Whether its tasks run.
    pub status: WorkflowStatus,
}

/// Whether a workflow's tasks run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkflowStatus {
    /// They run when they are due.
    Active,
    /// They wait until it is resumed.
    Paused,
    /// A task has failed so often that somebody is to look at it. They wait until it is resumed.
    NeedsAttention {
        /// Why, without values.
        reason: String,
    },
    /// It is on its way out: its tasks run, and it is removed after the last of them.
    Removing,
}

impl WorkflowStatus {
    /// Whether tasks run.
    #[must_use]
    pub const fn runs(&self) -> bool {
        matches!(self, Self::Active | Self::Removing)
    }

    /// The word for it: `active`, `paused`, `needs_attention`, `removing`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::NeedsAttention { .. } => "needs_attention",
            Self::Removing => "removing",
        }
    }
}

/// An intake as a workflow uses it, and what is to be done for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Task {
    /// Its number in this store, never used again.
    pub number: i64,
    /// The intake.
    pub key: IntakeKey,
    /// When it runs.
    pub mode: TaskMode,
    /// The intake's inputs as JSON text.
    pub inputs: String,
    /// What is to be done next, and when; `None` if there is nothing to do.
    pub next: Option<Next>,
    /// How often it has failed in a row.
    pub failures: u32,
    /// Why it failed last, without values; `None` after a success.
    pub error: Option<String>,
    /// What its cycles have done that have ended.
    pub progress: Progress,
    /// A new number each time it is put. What was begun under an older one does not end it: see
    /// [`Write::EndTask`](crate::store::Write::EndTask).
    pub revision: u64,
}

/// A task, and what is around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskReport {
    /// The task.
    pub task: Task,
    /// The status of its workflow.
    pub status: WorkflowStatus,
    /// Whether something is stored of it as a polling intake.
    pub known: bool,
}

/// When a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskMode {
    /// A cycle again and again.
    Recurring {
        /// How often.
        every: Duration,
    },
    /// Cycles until the vendor has no more: a historical sync.
    Once,
    /// When something arrives.
    Webhook,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// What.
    pub job: Job,
    /// Not before.
    pub at: Timestamp,
}

/// What can be done for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// One cycle.
    Cycle,
    /// `initial_setup` again, and then a cycle.
    Reset,
    /// RegisteredHook of its webhook.
    Register,
    /// `update` of its webhook.
    Update,
    /// It is to be gone: `delete` of its webhook, or its state.
    Remove,
}

impl Job {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cycle => "cycle",
            Self::Reset => "reset",
            Self::Register => "register",
            Self::Update => "update",
            Self::Remove => "remove",
        }
    }
}

/// What the cycles of a task have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many have ended.
    pub cycles: u64,
    /// Their requests.
    pub requests: u64,
    /// Their results.
    pub results: u64,
    /// Whether a historical sync has come to its end.
    pub done: bool,
}

/// A task that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueTask {
    /// Where it is in the list.
    pub place: Place,
    /// The intake.
    pub key: IntakeKey,
    /// The id of the workflow's connection.
    pub connection: String,
    /// What is to be done.
    pub job: Job,
    /// How it runs.
    pub mode: TaskMode,
}

/// A place in the list of due tasks: by time, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// When it is due.
    pub at: Timestamp,
    /// The task's number in this store.
    pub number: i64,
}

/// How a task's job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskEnd {
    /// What is to be done next; `None` if nothing is.
    pub next: Option<Next>,
    /// How often it has failed in a row.
    pub failures: u32,
    /// Why it failed, without values.
    pub error: Option<String>,
    /// What its cycles have done that have ended.
    pub progress: Progress,
    /// Whether somebody is to look at it: an active workflow then needs attention, for the reason in `error`.
    pub attention: bool,
}
