//! The way of records from the store's outbox to a sink.

mod dead;
mod drain;
mod lane;
mod line;

pub use drain::{Drain, DrainBuilder};
pub(crate) use drain::{Shared, guarded};
pub(crate) use lane::{Drained, Lane, Standing};

use crate::intake::IntakeMeta;
use crate::sink::{BoxError, FromRecord};
use crate::store::{IntakeKey, StoreError};
use crate::types::Misfit;
use crate::unread::Unread;
use crate::value::Value;
use bytes::Bytes;
use std::fmt;

/// Why records are still in the outbox.
pub(crate) enum DeliveryError {
    Store(StoreError),
    Sink(BoxError),
}

/// Why a record does not fit the type that it is to be read as.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is not what the manifest gives: another release of the manifest has made it.
    #[error("{file}{}: {misfit}", Position(*at))]
    Manifest {
        /// The manifest.
        file: &'static str,
        /// The line and column of the key.
        at: Option<(u32, u32)>,
        /// Where it does not fit.
        misfit: Misfit,
    },
    /// It is what the manifest gives, and the type named in `records(…)` does not take it.
    #[error(transparent)]
    Type(#[from] Unread),
}

/// `:line:column`
pub(crate) struct Position(pub(crate) Option<(u32, u32)>);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |(line, column)| write!(f, ":{line}:{column}"))
    }
}

/// Reads a record of an intake.
pub(crate) fn record<R: FromRecord>(meta: &IntakeMeta, json: &Bytes) -> Result<R, RecordError> {
    R::read(json, meta.record).map_err(|error| {
        let misfit = Value::from_json(json).ok().and_then(|value| meta.record.misfit(&value));
        match misfit {
            Some(misfit) => RecordError::Manifest { file: meta.app.file, at: misfit.at(), misfit },
            None => error.into(),
        }
    })
}

impl From<StoreError> for DeliveryError {
    fn from(source: StoreError) -> Self {
        Self::Store(source)
    }
}

/// What the keys of the records that a request of a cycle got begin with; each has its index behind it.
pub(crate) fn cycle_keys(owner: &IntakeKey, cycle: u64, request: u32) -> String {
    format!("{owner}/{cycle}/{request}/")
}

/// The key of a record that a webhook got.
pub(crate) fn delivery_key(owner: &IntakeKey, delivery: i64) -> String {
    format!("{owner}/delivery/{delivery}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_cannot_run_into_each_other() {
        let owner = |intake: &str, workflow: &str| IntakeKey {
            app: "acme".to_owned(),
            intake: intake.to_owned(),
            workflow: workflow.to_owned(),
        };
        assert_eq!(cycle_keys(&owner("a/b", "c%2F"), 1, 2), "acme/a%2Fb/c%252F/1/2/");
        assert_ne!(delivery_key(&owner("a/b", "c"), 7), delivery_key(&owner("a", "b/c"), 7));
    }
}
