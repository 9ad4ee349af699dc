//! Where state, saved data, hooks, deliveries and undelivered records live.

mod debug;
mod error;
mod kept;
mod key;
mod memory;
mod shared;
#[cfg(feature = "sqlite")]
mod sqlite;
mod task;

pub use error::StoreError;
pub use kept::{
    Arrival, Counts, Dead, Dedupe, Intent, IntentAction, OutboxEntry, OutboxLane, RegisteredHook, StoredDelivery,
};
pub use key::KeyError;
pub use memory::Memory;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use task::{
    DueTask, Job, Next, Place, Progress, StoredWorkflow, Task, TaskEnd, TaskMode, TaskReport, WorkflowKey,
    WorkflowStatus,
};

use crate::clock::Timestamp;
use crate::intake::Scope;
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Why the deliveries of a removed hook are undeliverable.
const HOOK_REMOVED: &str = "the hook was removed";

/// What payloads of a page of a list have together, at most; a page has one of them in any case. So the end of a list is
/// where nothing is behind, not where a page is short.
pub const PAGE_BYTES: usize = 16 << 20;

/// A future of a store's answer.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A scope's saved data: keys in order, with their values as JSON text.
pub type SavedEntries = Vec<(String, String)>;

/// One intake of one workflow: the owner of a polling state, or of records on their way to a sink.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntakeKey {
    /// The app's name.
    pub app: String,
    /// The intake's name.
    pub intake: String,
    /// The workflow's id.
    pub workflow: String,
}

/// Who owns a piece of saved data or a hook.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeKey {
    /// The app's name.
    pub app: String,
    /// How far it is shared.
    pub scope: Scope,
    /// The workflow's id, the connection's id, or nothing for the application.
    pub owner: String,
}

/// What is stored of a polling intake.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StoredIntake {
    /// The polling state as JSON text; `None` before it is first written.
    pub state: Option<String>,
    /// Whether `initial_setup` has run.
    pub set_up: bool,
    /// How many cycles have ended.
    pub cycles: u64,
    /// The cycle under way, if one was begun and has not ended.
    pub cycle: Option<CycleProgress>,
    /// The number of the newest lease; see [`Store::lease`].
    pub fence: u64,
}

/// How far a cycle has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleProgress {
    /// Requests made.
    pub requests: u32,
    /// Results of all of them.
    pub results: u64,
    /// A hash of the last request's results, to tell whether the next repeats them.
    pub previous: Option<[u8; 32]>,
    /// Why the request loop ended, once it has: only `post_poll` is left to run. The text is the runtime's.
    pub exit: Option<String>,
}

/// A record on its way to a sink.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// The same however often the record is delivered.
    pub key: String,
    /// The record as JSON text.
    pub payload: Bytes,
}

/// A webhook as registered, or about to be, at the vendor.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// The unguessable part of its URL.
    pub token: String,
    /// The intake's name.
    pub intake: String,
    /// Who owns it.
    pub owner: ScopeKey,
    /// How far its registration has come.
    pub status: HookStatus,
}

/// How far a hook's registration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookStatus {
    /// `create` was about to run, or failed, or the process died in it.
    Creating,
    /// `create` has succeeded.
    Active,
    /// `delete` was about to run, or failed, or the process died in it.
    Deleting,
}

/// A workflow that receives what a hook gets.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUser {
    /// The workflow's id.
    pub workflow: String,
    /// Its connection's id.
    pub connection: String,
    /// The account at the vendor that `account_id` is compared with.
    pub account: Option<String>,
    /// The resource that `resource_id` is compared with.
    pub resource: Option<String>,
    /// The customer's subdomain.
    pub subdomain: Option<String>,
    /// The intake's inputs as JSON text.
    pub inputs: String,
}

/// A payload that was accepted and not yet routed to its workflows.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Ascending in order of arrival.
    pub id: i64,
    /// The hook that got it.
    pub token: String,
    /// The payload as JSON text.
    pub payload: Bytes,
}

/// One write of a transaction.
#[derive(Clone, PartialEq, Eq)]
pub enum Write {
    /// Fails the transaction with [`StoreError::LeaseLost`] unless the intake's newest lease has this number.
    CheckFence {
        /// The intake.
        key: IntakeKey,
        /// The number [`Store::lease`] gave.
        fence: u64,
    },
    /// Replaces what is stored of a polling intake, its fence aside.
    Intake {
        /// The intake.
        key: IntakeKey,
        /// The new polling state as JSON text.
        state: Option<String>,
        /// Whether `initial_setup` has run.
        set_up: bool,
        /// How many cycles have ended.
        cycles: u64,
        /// The cycle under way.
        cycle: Option<CycleProgress>,
    },
    /// Merges keys into a scope's saved data.
    Save {
        /// The scope.
        owner: ScopeKey,
        /// Keys and their values as JSON text.
        entries: Vec<(String, String)>,
    },
    /// Forgets a scope's saved data.
    ForgetSaved {
        /// The scope.
        owner: ScopeKey,
    },
    /// Puts records into the outbox, in order. A record whose key is there already is left as it is. One that was
    /// acknowledged is no longer known: put again, it is delivered again.
    Append {
        /// Whose records.
        key: IntakeKey,
        /// The records.
        records: Vec<OutboxRecord>,
    },
    /// Takes delivered records out of the outbox, and forgets refusals of their lane. A key that is not there is passed
    /// over.
    Acknowledge {
        /// Whose records.
        key: IntakeKey,
        /// Their keys.
        records: Vec<String>,
    },
    /// Says that a lane's oldest records were refused. One that has no records is passed over.
    Refused {
        /// Whose records.
        key: IntakeKey,
        /// How often in a row.
        attempts: u32,
        /// Since when.
        since: Timestamp,
        /// Not to be tried again before this.
        next: Timestamp,
        /// Why, without values.
        reason: String,
    },
    /// Takes records out of the line of the outbox and keeps them as dead letters. A key that is not in line is passed
    /// over.
    Bury {
        /// Whose records.
        key: IntakeKey,
        /// Their keys.
        records: Vec<String>,
        /// Why, and since when.
        dead: Dead,
    },
    /// Puts a dead letter back into the line, in its old place. A number that is none of a dead letter is passed over.
    Revive {
        /// Its number.
        record: i64,
    },
    /// Drops a record undelivered, dead or not. A number that is not there is passed over.
    DropRecord {
        /// Its number.
        record: i64,
    },
    /// Inserts or replaces a hook by its token; its users stay. Fails the transaction with [`StoreError::HookExists`]
    /// if the intake has a hook with another token for this owner.
    PutHook(Hook),
    /// Removes a hook and its users. Its deliveries that are not yet routed are kept as undeliverable.
    RemoveHook {
        /// Its token.
        token: String,
    },
    /// Inserts a user of a hook, or replaces it by its workflow, in its place. Fails the transaction with
    /// [`StoreError::UnknownHook`] if there is no such hook.
    PutHookUser {
        /// The hook's token.
        token: String,
        /// The workflow.
        user: HookUser,
    },
    /// Removes a user of a hook.
    RemoveHookUser {
        /// The hook's token.
        token: String,
        /// The workflow's id.
        workflow: String,
    },
    /// Removes a user of a hook, and the hook, as [`RemoveHook`](Write::RemoveHook) does, if no user is left.
    LeaveHook {
        /// The hook's token.
        token: String,
        /// The workflow's id.
        workflow: String,
    },
    /// Stores a delivery that arrived. Fails the transaction with [`StoreError::UnknownHook`] if there is no such hook.
    /// One that repeats another is counted, and not stored.
    Deliver(Arrival),
    /// Forgets by what deliveries are told from their repetitions: all but the newest `keep`, and those that arrived
    /// before `before`. At most some thousands at a time.
    ForgetSeen {
        /// The end of the window's age.
        before: Timestamp,
        /// How many stay.
        keep: u64,
    },
    /// Removes a delivery that was routed, undeliverable or not. An id that is not there is passed over.
    Routed {
        /// Its id.
        delivery: i64,
    },
    /// Keeps a delivery as undeliverable: no workflow matches it, or routing it fails for good. An id that is not there
    /// is passed over.
    Undeliverable {
        /// Its id.
        delivery: i64,
        /// Why.
        reason: String,
    },
    /// Lets an undeliverable delivery be routed again. An id that is none of an undeliverable one is passed over.
    RetryDelivery {
        /// Its id.
        delivery: i64,
    },
    /// Writes down what a vendor is about to be asked for, in place of what was before for this hook. Fails the
    /// transaction with [`StoreError::UnknownHook`] if there is no such hook. An intent goes with its hook.
    Intend(Intent),
    /// Says that it failed. If there is no intent, it is passed over.
    IntentFailed {
        /// The hook's token.
        token: String,
        /// Why, without values.
        failure: String,
    },
    /// Says that it was done. If there is no intent, it is passed over.
    IntentDone {
        /// The hook's token.
        token: String,
    },
    /// Fails the transaction with [`StoreError::WorkflowChanged`] unless a workflow is stored like this, with these tasks:
    /// what was planned for it is for what it was.
    CheckWorkflow {
        /// The workflow.
        workflow: StoredWorkflow,
        /// Numbers and revisions of its tasks, in order of their intakes' names.
        tasks: Vec<(i64, u64)>,
    },
    /// Inserts or replaces a workflow; its tasks stay.
    PutWorkflow(StoredWorkflow),
    /// Changes a workflow's status. Fails the transaction with [`StoreError::UnknownWorkflow`] if there is none.
    SetStatus {
        /// The workflow.
        key: WorkflowKey,
        /// Its new status.
        status: WorkflowStatus,
    },
    /// Removes a workflow that is [being removed](WorkflowStatus::Removing) and has no tasks left. Any other is passed
    /// over.
    RemoveWorkflow {
        /// The workflow.
        key: WorkflowKey,
    },
    /// Inserts a task, or gives one a new mode, inputs and next job, and a new revision; it has then not failed. Its
    /// progress stays. Fails the transaction with [`StoreError::UnknownWorkflow`] if there is no such workflow.
    PutTask {
        /// The intake.
        key: IntakeKey,
        /// When it runs.
        mode: TaskMode,
        /// The intake's inputs as JSON text.
        inputs: String,
        /// What is to be done next.
        next: Option<Next>,
    },
    /// Ends a task's job. Unless the task has this revision it is passed over: something else is to be done meanwhile.
    EndTask {
        /// The task's number.
        task: i64,
        /// The revision that the job was begun under.
        revision: u64,
        /// How it ended.
        end: TaskEnd,
    },
    /// Removes a task. Unless it has this revision it is passed over.
    RemoveTask {
        /// The task's number.
        task: i64,
        /// The revision that its removal was begun under.
        revision: u64,
    },
}

/// Which workflows are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those that are paused.
    Paused,
    /// Those that need attention.
    NeedsAttention,
    /// Those that are being removed.
    Removing,
}

/// A delivery that no workflow gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndeliverableDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Why it is undeliverable.
    pub reason: String,
}

/// A durable store.
///
/// [`commit`](Store::commit) is atomic and, once it has returned, durable. Reads see every commit that has returned.
/// A commit whose future is dropped happens wholly or not at all, and so does one that returns [`StoreError::Failed`] or
/// [`StoreError::Disk`]: the failure can be in the answer.
pub trait Store: Send + Sync + 'static {
    /// Takes the lease of a polling intake: a new number, higher than all before it. Whoever held it before can
    /// commit no more ([`Write::CheckFence`]). Returns what is stored.
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake>;

    /// What is stored of a polling intake; `None` if nothing is.
    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>>;

    /// A scope's saved data: keys in order, with their values as JSON text.
    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, SavedEntries>;

    /// The saved data of several scopes, in their order, as of one moment.
    fn saved_of(&self, owners: Vec<ScopeKey>) -> StoreFuture<'_, Vec<SavedEntries>>;

    /// The oldest records of an intake that are in line, at most `limit`, and no more than that have `bytes` of payload
    /// together; one of them in any case, unless the limit is 0.
    fn outbox(&self, key: &IntakeKey, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<OutboxRecord>>;

    /// The workflows that have undelivered records of an app's intake, in order.
    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>>;

    /// The hook with this token.
    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>>;

    /// The hook of an intake for this owner.
    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>>;

    /// The users of a hook, oldest first.
    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>>;

    /// The oldest deliveries to hooks of an app's intake that are not yet routed, at most `limit`, and no more than that
    /// have `bytes` of payload together; one of them in any case, unless the limit is 0.
    fn deliveries(&self, app: &str, intake: &str, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<Delivery>>;

    /// The oldest undeliverable deliveries of an app, at most `limit` of them and [`PAGE_BYTES`].
    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>>;

    /// How many undeliverable deliveries an app has.
    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64>;

    /// A workflow with its tasks, in order of their intakes' names.
    fn workflow(&self, key: &WorkflowKey) -> StoreFuture<'_, Option<(StoredWorkflow, Vec<Task>)>>;

    /// Workflows in order of app and id, those behind `after`, at most `limit`.
    fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<StoredWorkflow>>;

    /// Tasks of workflows whose tasks run, that are due by `until`: the earliest first, those behind `after`, at most
    /// `limit`. A task is due until what was begun for it has [ended](Write::EndTask).
    fn due(&self, until: Timestamp, after: Option<Place>, limit: usize) -> StoreFuture<'_, Vec<DueTask>>;

    /// Makes tasks due whose time is further ahead than it can be: the clock was set back. That is by more than `beyond`,
    /// and more than their interval; they are spread over the interval. Some thousands from the task number `from` are
    /// looked at: `Some` is where to go on.
    fn pull_in(&self, now: Timestamp, beyond: Duration, from: i64) -> StoreFuture<'_, Option<i64>>;

    /// Lanes of the outbox that have records in line, those with a number behind `after` (0 for all), at most `limit`.
    fn lanes(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxLane>>;

    /// The lane of an intake; `None` if it has no records in line.
    fn lane(&self, key: &IntakeKey) -> StoreFuture<'_, Option<OutboxLane>>;

    /// Records of the outbox in order of their numbers: those in line, or the dead letters; behind `after` (0 for all),
    /// at most `limit` of them and [`PAGE_BYTES`].
    fn outbox_entries(&self, dead: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxEntry>>;

    /// The record of the outbox with this number.
    fn outbox_entry(&self, record: i64) -> StoreFuture<'_, Option<OutboxEntry>>;

    /// Deliveries in order of arrival: those not yet routed, or those that are undeliverable; behind the id `after`
    /// (0 for all), at most `limit` of them and [`PAGE_BYTES`].
    fn kept_deliveries(&self, undeliverable: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<StoredDelivery>>;

    /// The delivery with this id.
    fn delivery(&self, id: i64) -> StoreFuture<'_, Option<StoredDelivery>>;

    /// Hooks in order of their tokens, those behind `after`, at most `limit`.
    fn hooks(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Hook>>;

    /// Intents in order of their hooks' tokens, those behind `after`, at most `limit`.
    fn intents(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Intent>>;

    /// The intent of a hook.
    fn intent(&self, token: &str) -> StoreFuture<'_, Option<Intent>>;

    /// What is stored of polling intakes, in order of app, intake and workflow, those behind `after`, at most `limit`.
    fn intakes(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<(IntakeKey, StoredIntake)>>;

    /// Hooks in order of their tokens, each with its intent and its users, those behind `after`, at most `limit`.
    fn registrations(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<RegisteredHook>>;

    /// Tasks in order of their numbers, those behind `after` (0 for all), at most `limit`.
    fn tasks(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<TaskReport>>;

    /// Polling intakes that are set up or have a state, and whose workflow is not stored, in order of app, intake and
    /// workflow, those behind `after`, at most `limit`.
    fn strays(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<IntakeKey>>;

    /// Who has saved data, in order of app, scope and owner, those behind `after`, at most `limit`.
    fn scopes(&self, after: Option<&ScopeKey>, limit: usize) -> StoreFuture<'_, Vec<ScopeKey>>;

    /// How much of everything there is, as of one moment; tasks count as due by `now`. What is due is counted, all else is
    /// known: this takes no longer the more there is.
    fn counts(&self, now: Timestamp) -> StoreFuture<'_, Counts>;

    /// Applies all writes or none.
    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()>;

    /// Whether a commit would be durable now: [`Service`](crate::service::Service) asks it for `/readyz`. A store that can
    /// be read and not written, as on a full disk, should write something that is of no other use. Commits nothing unless
    /// a store does better.
    fn probe(&self) -> StoreFuture<'_, ()> {
        self.commit(Vec::new())
    }
}
