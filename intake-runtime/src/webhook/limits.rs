//! How much a receiver takes in at once, and when it says that it is too much.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much a receiver takes in at once. What is over a limit is refused and not stored: none of them makes memory grow.
///
/// ```
/// # use intake_runtime::webhook::Limits;
/// let mut limits = Limits::default();
/// limits.body = 256 << 10;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The bytes of a body: 1 MiB. Else 413.
    pub body: usize,
    /// The headers of a request: 100. Else 431.
    pub headers: usize,
    /// The bytes of the names and values of its headers: 32 KiB. Else 431.
    pub header_bytes: usize,
    /// The time until a request's headers are there, and a connection's next request: 15 s. Then it is closed. Kept by
    /// [`serve`](fn@super::serve).
    pub header_time: Duration,
    /// The time until its body is there: 30 s. Else 408.
    pub body_time: Duration,
    /// The open connections: 1,024. Others wait to be accepted. Kept by [`serve`](fn@super::serve).
    pub connections: usize,
    /// The requests that are being answered: 512. Else 503.
    pub requests: usize,
    /// The bytes of the bodies that are in memory: 64 MiB, counted in steps of 1 KiB. Else 503.
    pub memory: usize,
    /// The deliveries that are stored and not routed, and the records in line for their sinks: 1,000,000, looked at every
    /// few seconds. Else 503, until some are delivered.
    pub backlog: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            headers: 100,
            header_bytes: 32 << 10,
            header_time: Duration::from_secs(15),
            body_time: Duration::from_secs(30),
            connections: 1024,
            requests: 512,
            memory: 64 << 20,
            backlog: 1_000_000,
        }
    }
}

/// What memory is counted in.
const UNIT: usize = 1024;

/// What is left of some limits.
pub(super) struct Room {
    requests: Arc<Semaphore>,
    memory: Arc<Semaphore>,
}

/// A part of the memory, until it is dropped.
pub(super) struct Share {
    memory: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    units: usize,
}

impl Room {
    pub(super) fn new(limits: &Limits) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self { requests: semaphore(limits.requests), memory: semaphore(limits.memory / UNIT) }
    }

    pub(super) fn request(&self) -> Option<OwnedSemaphorePermit> {
        self.requests.clone().try_acquire_owned().ok()
    }

    pub(super) fn share(&self) -> Share {
        Share { memory: self.memory.clone(), held: None, units: 0 }
    }
}

impl Share {
    /// Makes it so large. Whether there is room.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let more = bytes.div_ceil(UNIT).saturating_sub(self.units);
        let Ok(count) = u32::try_from(more) else { return false };
        let Ok(permit) = self.memory.clone().try_acquire_many_owned(count) else { return false };
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        self.units += more;
        true
    }
}
