//! What was promised, and what is to be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub(crate) struct Book {
    /// The payloads' numbers that were answered with 200.
    pub(crate) acknowledged: BTreeSet<u64>,
    /// Deliveries that were answered with 503.
    pub(crate) put_off: u64,
    /// Calls that have not returned yet: they are made again.
    pub(crate) open: BTreeSet<String>,
    /// Workflows and their connections.
    pub(crate) workflows: BTreeMap<String, &'static str>,
    pub(crate) removed: BTreeSet<String>,
    pub(crate) problems: Vec<String>,
    pub(crate) calls: u64,
    /// Registrations whose outcome nobody knew.
    pub(crate) mended: usize,
    /// Whether the disk is made to fail, so that calls may be refused for it. They are made again.
    pub(crate) faults: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Book>>);

impl Shared {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn problem(&self, problem: String) {
        self.book().problems.push(problem);
    }

    /// A call has returned: what it did is durable.
    pub(crate) fn done(&self, call: &str) {
        let mut book = self.book();
        book.open.remove(call);
        book.calls += 1;
    }

    /// A call that was made again, as nobody knew its outcome, may find its work done.
    pub(crate) fn refused(&self, rest: &str) {
        let mut book = self.book();
        let (call, reason) = rest.split_once(": ").unwrap_or((rest, ""));
        if book.faults && reason.contains("the store failed") {
            return;
        }
        let twice = match call.split(' ').next() {
            Some("add") => reason.contains("exists") || reason.contains("already"),
            // What is removed meanwhile is not to be changed any more.
            _ => reason.contains("removed") || reason.contains("no workflow") || reason.contains("not known"),
        };
        if !twice {
            book.problems.push(format!("{call} was refused: {reason}"));
        }
        book.open.remove(call);
    }

    /// A delivery was answered.
    pub(crate) fn answered(&self, delivery: u64, status: u16, retry_after: bool) {
        let mut book = self.book();
        match status {
            200 => _ = book.acknowledged.insert(delivery),
            503 if retry_after => book.put_off += 1,
            // Of a hook that is being removed, or is.
            404 | 410 => {}
            _ => book.problems.push(format!("delivery {delivery} was answered with {status}")),
        }
    }
}

/// xorshift64*
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % end
    }
}
