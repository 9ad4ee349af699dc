//! One run of a lifecycle event: what generated code reads from and writes to.

use std::marker::PhantomData;

/// One run of a lifecycle event.
#[derive(Debug)]
pub struct Event<'r>(PhantomData<&'r ()>);

/// Why an event failed, and at which command of the manifest.
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct EventError;
