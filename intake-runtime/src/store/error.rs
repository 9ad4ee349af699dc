//! What can go wrong in a store.

use super::{IntakeKey, WorkflowKey};

/// What can go wrong in a store. Nothing that was acknowledged is lost by any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process or runtime took over the intake; this one's work was not committed and is repeated there.
    #[error("another run took over `{}` of workflow `{}`: nothing of this one was committed", key.intake, key.workflow)]
    LeaseLost {
        /// The intake.
        key: IntakeKey,
    },
    /// The database is open already, in another process or in this one.
    #[error("{path} is already open, in this process or another: one database serves one store at a time")]
    InUse {
        /// The database file.
        path: String,
    },
    /// A write names a hook that is not there.
    #[error("the hook is not known to the store: it was removed, or never put there")]
    UnknownHook,
    /// A write names a workflow that is not there.
    #[error("workflow `{}` of app `{}` is not known to the store: it was removed, or never put there", key.workflow, key.app)]
    UnknownWorkflow {
        /// The workflow.
        key: WorkflowKey,
    },
    /// A write was for a workflow as it was before.
    #[error("workflow `{}` of app `{}` was changed by somebody else meanwhile: read it again", key.workflow, key.app)]
    WorkflowChanged {
        /// The workflow.
        key: WorkflowKey,
    },
    /// A hook's owner has another hook of the same intake.
    #[error("`{intake}` has another hook for the same owner: use that one, or remove it first")]
    HookExists {
        /// The intake's name.
        intake: String,
    },
    /// The database was written by a newer release.
    #[error("{path} has schema version {found}, this release knows up to {known}: update the program")]
    TooNew {
        /// The database file.
        path: String,
        /// Its version.
        found: i64,
        /// The newest version this release knows.
        known: i64,
    },
    /// There is no room on its disk. What was acknowledged is safe; what failed works again once there is room.
    #[error("the store failed to {action}: there is no room on its disk; make some, nothing else is to be mended")]
    Full {
        /// What it was doing.
        action: &'static str,
        /// What the system says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Its disk fails. What was acknowledged is safe; what failed works again once the disk does.
    #[error(
        "the store failed to {action}: its disk fails, or a limit on files is reached; the system's log says more, and \
         nothing else is to be mended"
    )]
    Disk {
        /// What it was doing.
        action: &'static str,
        /// What SQLite says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database is damaged, or cannot be read: SQLite says of both the same.
    #[error(
        "the store failed to {action}: its database is damaged, or its disk fails to read; if the system's log says nothing \
         of the disk, stop the program, keep a copy of the file and its log, and restore a backup or run `sqlite3 FILE \
         .recover`"
    )]
    Damaged {
        /// What it was doing.
        action: &'static str,
        /// What SQLite says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another program holds a lock on the database.
    #[error("the store failed to {action}: another program holds a lock on its database; end it, or let it finish")]
    Locked {
        /// What it was doing.
        action: &'static str,
        /// What SQLite says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store failed.
    #[error("the store failed to {action}")]
    Failed {
        /// What it was doing.
        action: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
