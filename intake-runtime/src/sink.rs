//! Where records go.

mod channel;
mod error;
mod file;
mod form;
mod policy;
mod post;
mod signature;
mod stdout;

pub use channel::{Channel, channel};
pub use error::{BoxError, SinkError};
pub use file::JsonLines;
pub use policy::Policy;
pub use post::{HttpPost, HttpPostError};
pub use signature::{SecretError, SigningSecret};
pub use stdout::Stdout;

pub(crate) use error::Refusal;

use crate::types::Type;
use crate::unread::{self, Unread};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;

/// Takes records, some at a time.
///
/// A closure `async |batch: Batch<R>| …` will do. Records are delivered **at least once**: they are kept until
/// `deliver` has returned `Ok`, so a crash or an error repeats them, with the same [`Record::key`].
///
/// The records of one intake of one workflow come in order, one batch after the other. Those of several can come at the
/// same time.
pub trait Sink<R>: Send + Sync {
    /// What it takes records as: `R`, or [`Json`] for their text, of which then nothing is built.
    type As: FromRecord;

    /// Takes a batch. Once it returns `Ok` the records are never offered again. If it fails, they are offered again
    /// later, or set aside as dead letters: [`SinkError`] says which. Any error will do where they are to be offered
    /// again. Its text is stored and shown, so it is to hold no values of the records.
    ///
    /// The future can be dropped, after [`Policy::timeout`] for one: then it has failed.
    fn deliver(&self, batch: Batch<Self::As>) -> impl Future<Output = Result<(), SinkError>> + Send;
}

impl<R, F, Fut, E> Sink<R> for F
where
    R: FromRecord,
    F: Fn(Batch<R>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), E>> + Send,
    E: Into<SinkError>,
{
    type As = R;

    fn deliver(&self, batch: Batch<R>) -> impl Future<Output = Result<(), SinkError>> + Send {
        let delivery = self(batch);
        async { delivery.await.map_err(Into::into) }
    }
}

/// What a sink can take records as: what is `DeserializeOwned`, and [`Json`].
pub trait FromRecord: Sized + Send + 'static {
    /// Reads a record, which is valid JSON.
    #[doc(hidden)]
    fn read(json: &Bytes, known: Type) -> Result<Self, Unread>;
}

impl<T: DeserializeOwned + Send + 'static> FromRecord for T {
    fn read(json: &Bytes, known: Type) -> Result<Self, Unread> {
        unread::read(json, known)
    }
}

/// A record as the JSON text it is: valid, and without line breaks.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Bytes);

impl Json {
    /// The text.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.0
    }
}

/// Shows none of it.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.0.len())
    }
}

impl FromRecord for Json {
    fn read(json: &Bytes, _: Type) -> Result<Self, Unread> {
        Ok(Self(json.clone()))
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

/// Records of one intake of one workflow, in order: at least one, and no more than [`Policy`] says.
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
