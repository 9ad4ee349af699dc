//! What a sink says of records that it does not take.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a sink did not take a batch, and what is to become of it.
///
/// Any error becomes one by `?`: the batch is then offered again later. Its text is stored with the records and shown:
/// it is to hold no values of theirs, and no secret.
pub struct SinkError {
    refusal: Refusal,
    at: Option<usize>,
    source: BoxError,
}

/// What is to become of records that were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// They are offered again, not before so long.
    Retry(Duration),
    /// They are never taken.
    Permanent,
}

impl SinkError {
    /// The records are to be offered again, after a pause that grows each time: see [`Policy`](super::Policy).
    pub fn retry(source: impl Into<BoxError>) -> Self {
        Self::retry_after(Duration::ZERO, source)
    }

    /// The records are to be offered again, but not before this: as `retry-after` says it. No more than an hour counts.
    pub fn retry_after(pause: Duration, source: impl Into<BoxError>) -> Self {
        Self { refusal: Refusal::Retry(pause), at: None, source: source.into() }
    }

    /// A record will never be taken: it becomes a dead letter at once, and those behind it are offered.
    ///
    /// Say [`at`](Self::at) which one it is. If not, it is found: the batch is offered again in ever smaller parts, until
    /// the one that is refused is alone.
    pub fn permanent(source: impl Into<BoxError>) -> Self {
        Self { refusal: Refusal::Permanent, at: None, source: source.into() }
    }

    /// Says which record of the batch was refused, by its index. Those before it **were taken** and are not offered
    /// again; those behind it were not.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        Self { at: Some(index), ..self }
    }

    pub(crate) const fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// The index of the record that was refused, if it is known.
    pub(crate) const fn index(&self) -> Option<usize> {
        self.at
    }

    pub(crate) fn into_source(self) -> BoxError {
        self.source
    }
}

// It is no `Error` itself: each error can become one.
impl<E: Into<BoxError>> From<E> for SinkError {
    fn from(source: E) -> Self {
        Self::retry(source)
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Debug for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { refusal, at, source } = self;
        f.debug_struct("SinkError").field("refusal", refusal).field("at", at).field("source", source).finish()
    }
}
