//! Where records go.

use std::error::Error;
use std::fmt;
use std::future::Future;

/// What a sink fails with: any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Takes records, some at a time.
///
/// A closure `async |batch: Batch<R>| …` will do. Records are delivered **at least once**: they are kept until
/// `deliver` has returned `Ok`, so a crash or an error repeats them, with the same [`Record::key`].
pub trait Sink<R>: Send + Sync {
    /// Takes a batch. Once it returns `Ok` the records are never offered again; if it fails, all of them are.
    fn deliver(&self, batch: Batch<R>) -> impl Future<Output = Result<(), BoxError>> + Send;
}

impl<R, F, Fut, E> Sink<R> for F
where
    R: Send,
    F: Fn(Batch<R>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), E>> + Send,
    E: Into<BoxError>,
{
    fn deliver(&self, batch: Batch<R>) -> impl Future<Output = Result<(), BoxError>> + Send {
        let delivery = self(batch);
        async { delivery.await.map_err(Into::into) }
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<R> {
    /// The same however often the record is delivered, and no other record's: a sink that remembers it stores nothing
    /// twice. `app/intake/workflow/cycle/request/index`, or `app/intake/workflow/delivery/number` from a webhook.
    pub key: String,
    /// The record.
    pub value: R,
}

impl<R> Record<R> {
    /// A record, for tests of a sink.
    pub fn new(key: impl Into<String>, value: R) -> Self {
        Self { key: key.into(), value }
    }
}

/// Records of one intake of one workflow, in order: at least one, at most 500.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Batch<R> {
    /// The workflow's id.
    pub workflow: String,
    /// The intake's name.
    pub intake: String,
    /// The records, oldest first.
    pub records: Vec<Record<R>>,
}

impl<R> Batch<R> {
    /// A batch, for tests of a sink.
    pub fn new(workflow: impl Into<String>, intake: impl Into<String>, records: Vec<Record<R>>) -> Self {
        Self { workflow: workflow.into(), intake: intake.into(), records }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none: the runtime delivers no such batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, Record<R>> {
        self.records.iter()
    }
}

impl<R> IntoIterator for Batch<R> {
    type Item = Record<R>;
    type IntoIter = std::vec::IntoIter<Record<R>>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a, R> IntoIterator for &'a Batch<R> {
    type Item = &'a Record<R>;
    type IntoIter = std::slice::Iter<'a, Record<R>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

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

impl<R: Send> Sink<R> for Channel<R> {
    async fn deliver(&self, batch: Batch<R>) -> Result<(), BoxError> {
        for record in batch {
            self.0.send(record).await.map_err(|_| "the receiving side of the channel is gone")?;
        }
        Ok(())
    }
}
