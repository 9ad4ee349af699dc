//! A tokio channel as a sink.

use super::{Batch, FromRecord, Record, Sink, SinkError};
use std::fmt;

/// A sink that sends each record into a channel and waits while it is full. See [`channel`].
///
/// A record counts as delivered once it is in the channel: what the receiving side has not handled when the process
/// dies is not repeated. Where that matters, use a closure that returns after the record is stored.
pub struct Channel<R>(tokio::sync::mpsc::Sender<Record<R>>);

/// A sink that sends each record into a channel and waits while it is full.
#[must_use]
pub fn channel<R>(sender: tokio::sync::mpsc::Sender<Record<R>>) -> Channel<R> {
    Channel(sender)
}

impl<R> fmt::Debug for Channel<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("capacity", &self.0.capacity()).finish()
    }
}

impl<R: FromRecord> Sink<R> for Channel<R> {
    type As = R;

    async fn deliver(&self, batch: Batch<R>) -> Result<(), SinkError> {
        for (index, record) in batch.into_iter().enumerate() {
            let gone = |_| SinkError::retry("the receiving side of the channel is gone").at(index);
            self.0.send(record).await.map_err(gone)?;
        }
        Ok(())
    }
}
