//! The way of records from the store's outbox to a sink.

use crate::intake::IntakeMeta;
use crate::sink::{Batch, BoxError, Record, Sink};
use crate::store::{IntakeKey, OutboxRecord, Store, StoreError, Write};
use crate::types::Misfit;
use crate::unread::{self, Unread};
use crate::value::Value;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::de::DeserializeOwned;
use std::fmt;

/// The most records of a batch.
pub(crate) const BATCH: usize = 500;

/// What a part of a record's key does not hold as it is.
const SEPARATORS: &AsciiSet = &CONTROLS.add(b'/').add(b'%');

/// Why records are still in the outbox.
pub(crate) enum DeliveryError {
    Store(StoreError),
    Record { key: String, source: RecordError },
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
pub(crate) fn record<R: DeserializeOwned>(meta: &IntakeMeta, json: &[u8]) -> Result<R, RecordError> {
    unread::read(json, meta.record).map_err(|error| {
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

/// The key of a record that a cycle got.
pub(crate) fn cycle_key(owner: &IntakeKey, cycle: u64, request: u32, index: usize) -> String {
    format!("{}/{cycle}/{request}/{index}", prefix(owner))
}

/// The key of a record that a webhook got.
pub(crate) fn delivery_key(owner: &IntakeKey, delivery: i64) -> String {
    format!("{}/delivery/{delivery}", prefix(owner))
}

fn prefix(IntakeKey { app, intake, workflow }: &IntakeKey) -> String {
    let [app, intake, workflow] = [app, intake, workflow].map(|part| utf8_percent_encode(part, SEPARATORS));
    format!("{app}/{intake}/{workflow}")
}

/// Delivers all that is in the outbox, and tells how many records that were.
pub(crate) async fn drain<R, S>(
    store: &dyn Store,
    meta: &IntakeMeta,
    owner: &IntakeKey,
    sink: &S,
) -> Result<u64, DeliveryError>
where
    R: DeserializeOwned + Send,
    S: Sink<R>,
{
    let mut delivered = 0;
    loop {
        match deliver_oldest(store, meta, owner, sink).await? {
            0 => return Ok(delivered),
            records => delivered += records as u64,
        }
    }
}

/// Delivers the oldest batch of the outbox, and tells how many records that were.
pub(crate) async fn deliver_oldest<R, S>(
    store: &dyn Store,
    meta: &IntakeMeta,
    owner: &IntakeKey,
    sink: &S,
) -> Result<usize, DeliveryError>
where
    R: DeserializeOwned + Send,
    S: Sink<R>,
{
    let records = store.outbox(owner, BATCH).await?;
    let count = records.len();
    deliver(store, meta, owner, records, sink).await?;
    Ok(count)
}

/// Delivers records that are in the outbox, and takes them out as the sink accepts them.
pub(crate) async fn deliver<R, S>(
    store: &dyn Store,
    meta: &IntakeMeta,
    owner: &IntakeKey,
    records: Vec<OutboxRecord>,
    sink: &S,
) -> Result<(), DeliveryError>
where
    R: DeserializeOwned + Send,
    S: Sink<R>,
{
    let mut records = records.into_iter().peekable();
    while records.peek().is_some() {
        let mut batch = Vec::new();
        let mut broken = None;
        for OutboxRecord { key, payload } in records.by_ref().take(BATCH) {
            match record(meta, &payload) {
                Ok(value) => batch.push(Record::new(key, value)),
                Err(source) => {
                    broken = Some(DeliveryError::Record { key, source });
                    break;
                }
            }
        }
        // Those before a broken record are delivered: only what cannot be is held up.
        if !batch.is_empty() {
            let keys = batch.iter().map(|record| record.key.clone()).collect();
            let batch = Batch::new(&*owner.workflow, &*owner.intake, batch);
            sink.deliver(batch).await.map_err(DeliveryError::Sink)?;
            store.commit(vec![Write::Acknowledge { key: owner.clone(), records: keys }]).await?;
        }
        if let Some(error) = broken {
            return Err(error);
        }
    }
    Ok(())
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
        assert_eq!(cycle_key(&owner("a/b", "c%2F"), 1, 2, 3), "acme/a%2Fb/c%252F/1/2/3");
        assert_ne!(delivery_key(&owner("a/b", "c"), 7), delivery_key(&owner("a", "b/c"), 7));
    }
}
