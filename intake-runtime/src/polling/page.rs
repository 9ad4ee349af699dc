//! What a request gives.

use crate::error::PollError;
use crate::intake::Polling;
use crate::outbox;
use crate::store::{IntakeKey, OutboxRecord};
use crate::value::Value;
use sha2::{Digest, Sha256};

/// What a request gave.
pub(super) struct Page {
    pub(super) results: Vec<Value>,
    /// Whether `iterate` is `false`.
    pub(super) ends: bool,
}

impl Page {
    pub(super) fn of<P: Polling>(output: &Value) -> Result<Self, PollError> {
        let results = output.get("results").unwrap_or_default();
        let items = if results.is_null() { Some(Vec::new()) } else { results.as_array() };
        let Some(items) = items else {
            let meta = P::META;
            let (file, line, intake) = (meta.app.file, meta.line, meta.name);
            return Err(PollError::Results { file, line, intake, found: results.described() });
        };
        let ends = output.get("iterate").and_then(|iterate| iterate.as_bool()) == Some(false);
        Ok(Self { results: items, ends })
    }

    pub(super) fn records(&self, owner: &IntakeKey, cycle: u64, request: u32) -> Vec<OutboxRecord> {
        let base = outbox::cycle_keys(owner, cycle, request);
        let record =
            |(index, element): (usize, &Value)| OutboxRecord { key: format!("{base}{index}"), payload: element.json() };
        self.results.iter().enumerate().map(record).collect()
    }
}

/// The SHA-256 of the results as compact JSON.
pub(super) fn hash(records: &[OutboxRecord]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update("[");
    for (index, record) in records.iter().enumerate() {
        if index > 0 {
            hasher.update(",");
        }
        hasher.update(&record.payload);
    }
    hasher.update("]");
    hasher.finalize().into()
}
