//! A record as one line of JSON.

use super::{Batch, Json, Record};
/// What is written of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// `{"key":…,"workflow":…,"intake":…,"record":…}`
    #[default]
    Whole,
    /// The record alone.
    Bare,
}

impl Form {
    /// Appends a record of a batch. Its bytes are copied.
    pub(super) fn write(self, batch: &Batch<Json>, record: &Record<Json>, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let text = record.value.as_bytes();
        if self == Self::Bare {
            out.extend_from_slice(text);
            return Ok(());
        }
        for (name, value) in
            [("{\"key\":", &record.key), (",\"workflow\":", &batch.workflow), (",\"intake\":", &batch.intake)]
        {
            out.extend_from_slice(name.as_bytes());
            serde_json::to_writer(&mut *out, value)?;
        }
        out.extend_from_slice(b",\"record\":");
        out.extend_from_slice(text);
        out.push(b'}');
        Ok(())
    }

    /// All records of a batch, each on a line of its own.
    pub(super) fn lines(self, batch: &Batch<Json>) -> serde_json::Result<Vec<u8>> {
        let size = batch.iter().map(|record| record.value.as_bytes().len() + record.key.len() + 100).sum();
        let mut lines = Vec::with_capacity(size);
        for record in batch {
            self.write(batch, record, &mut lines)?;
            lines.push(b'\n');
        }
        Ok(lines)
    }
}
