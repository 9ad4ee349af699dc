//! What waits, and what could not go on: lanes of the outbox, dead letters, deliveries, intents.

use crate::clock::Timestamp;
use crate::store::{Hook, IntakeKey};
use bytes::Bytes;

/// The records of one intake of one workflow on their way to their sink: they go in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxLane {
    /// The lane's number in this store.
    pub number: i64,
    /// Whose records.
    pub key: IntakeKey,
    /// How often the oldest of them were refused in a row.
    pub attempts: u32,
    /// Since when; `None` before the first refusal.
    pub since: Option<Timestamp>,
    /// Not before; `None` before the first refusal.
    pub next: Option<Timestamp>,
    /// Why they were refused last, without values.
    pub reason: Option<String>,
}

/// A record of the outbox, in line or dead.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its number: ascending in order of arrival, never used again.
    pub number: i64,
    /// Whose it is.
    pub owner: IntakeKey,
    /// The same however often the record is delivered.
    pub key: String,
    /// The record as JSON text.
    pub payload: Bytes,
    /// Set if it is a dead letter: it was taken out of the line.
    pub dead: Option<Dead>,
}

/// Why a record is a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Why, without values.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// A delivery that arrives.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The hook that gets it.
    pub token: String,
    /// The payload as JSON text.
    pub payload: Bytes,
    /// What later needs to be known of its headers: a JSON object.
    pub headers: Option<String>,
    /// By what it is told from its repetitions.
    pub dedupe: Option<Dedupe>,
    /// When it arrives.
    pub at: Timestamp,
}

/// By what a delivery is told from its repetitions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Dedupe {
    /// A hash of the vendor's id of it.
    pub key: [u8; 16],
    /// A delivery with the same key that arrived at this moment or later is the same one.
    pub since: Timestamp,
}

/// A delivery as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Ascending in order of arrival.
    pub id: i64,
    /// The app's name.
    pub app: String,
    /// The intake's name.
    pub intake: String,
    /// The hook that got it.
    pub token: String,
    /// The payload as JSON text.
    pub payload: Bytes,
    /// What was kept of its headers: a JSON object.
    pub headers: Option<String>,
    /// When it arrived.
    pub at: Timestamp,
    /// How often it was found undeliverable.
    pub attempts: u32,
    /// Why it is undeliverable, if it is.
    pub reason: Option<String>,
}

/// A call to a vendor that changes a registration, written down before it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct Intent {
    /// The hook.
    pub token: String,
    /// The workflow that it is made for.
    pub workflow: String,
    /// What is to be done.
    pub action: IntentAction,
    /// When it was first meant to be.
    pub since: Timestamp,
    /// The how manieth try this is: 1 for the first.
    pub attempt: u32,
    /// Why the last try failed, without values. `None`: it is under way, or the process died in it, and the vendor may
    /// have done it or not.
    pub failure: Option<String>,
}

/// A hook with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredHook {
    /// The hook.
    pub hook: Hook,
    /// The call that is to change it, if there is one.
    pub intent: Option<Intent>,
    /// The workflows that receive what it gets, oldest first.
    pub workflows: Vec<String>,
}

/// What an [`Intent`] is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentAction {
    /// `create`
    Create,
    /// `update`
    Update,
    /// `delete`
    Delete,
}

impl IntentAction {
    /// The event's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// How much of everything a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Workflows, whatever their status.
    pub workflows: u64,
    /// Those that are paused.
    pub paused: u64,
    /// Those that need attention.
    pub attention: u64,
    /// Those that are being removed.
    pub removing: u64,
    /// Tasks that are due and not done.
    pub due: u64,
    /// Records in line for their sinks.
    pub outbox: u64,
    /// Dead letters.
    pub dead: u64,
    /// Deliveries that are not yet routed.
    pub deliveries: u64,
    /// Undeliverable ones.
    pub undeliverable: u64,
    /// Deliveries that were dropped as repetitions, since the store was made.
    pub duplicates: u64,
    /// Hooks.
    pub hooks: u64,
    /// Intents whose outcome is not known, or a failure.
    pub intents: u64,
}
