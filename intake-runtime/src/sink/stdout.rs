//! Standard output as a sink.

use super::form::Form;
use super::{Batch, Json, Sink, SinkError};
use std::io::{self, Write};

/// Writes each record as a line of JSON to standard output: `{"key":…,"workflow":…,"intake":…,"record":…}`.
///
/// A record counts as delivered once it is written: what the reading side of a pipe has not handled when it dies is not
/// repeated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdout(Form);

impl Stdout {
    /// The sink.
    #[must_use]
    pub const fn new() -> Self {
        Self(Form::Whole)
    }

    /// Writes the record alone, without its key.
    #[must_use]
    pub const fn bare(self) -> Self {
        Self(Form::Bare)
    }
}

impl<R> Sink<R> for Stdout {
    type As = Json;

    async fn deliver(&self, batch: Batch<Json>) -> Result<(), SinkError> {
        let lines = self.0.lines(&batch)?;
        let write = move || {
            let mut out = io::stdout().lock();
            out.write_all(&lines)?;
            out.flush()
        };
        Ok(tokio::task::spawn_blocking(write).await??)
    }
}
