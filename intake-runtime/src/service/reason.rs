//! Why a job failed: as it is stored and shown, without values, and what follows from it.

use crate::error::{PollError, RegisterError};
use crate::sink::BoxError;
use crate::store::StoreError;

/// Why a job failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// For this reason: it counts, and after too many its workflow needs attention.
    Counts(String),
    /// For a reason that is not the workflow's: it is tried again for as long as it takes.
    Waits(String),
    /// Somebody else is at work on it.
    Busy,
    /// The store failed, and may fail to hear of it.
    Store(StoreError),
}

impl Failure {
    pub(super) fn inputs(error: serde_json::Error) -> Self {
        // serde quotes what it finds.
        let (line, column) = (error.line(), error.column());
        Self::Counts(format!(
            "its stored inputs do not fit the intake ({line}:{column}): update the workflow with inputs that do"
        ))
    }

    /// What the application's connections say is theirs, and shown.
    pub(super) fn connection(error: &BoxError) -> Self {
        Self::Counts(format!("its connection cannot be had: {error}"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost { .. } => Self::Busy,
            error => Self::Store(error),
        }
    }
}

impl From<PollError> for Failure {
    fn from(error: PollError) -> Self {
        match error {
            PollError::Busy { .. } => Self::Busy,
            PollError::Store(error) => error.into(),
            PollError::Event(error) => Self::Counts(error.outline()),
            // What a sink says may quote a record: the log has it.
            error @ PollError::Sink { .. } => Self::Waits(error.to_string()),
            // None of these shows a value, their sources aside.
            error => Self::Counts(error.to_string()),
        }
    }
}

impl From<RegisterError> for Failure {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Store(error) => error.into(),
            RegisterError::Event(error) => Self::Counts(error.outline()),
            error => Self::Counts(error.to_string()),
        }
    }
}
