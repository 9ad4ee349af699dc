//! The embedded store: one SQLite file.
//!
//! One thread writes and commits in groups ([`writer`]), a few read ([`read`]); nothing blocks the async threads.

mod backup;
mod file;
mod kept;
mod outbox;
mod read;
mod schema;
mod statements;
mod survey;
#[cfg(test)]
mod tests;
mod workflows;
mod write;
mod writer;

use super::{
    Counts, Delivery, DueTask, Hook, HookUser, IntakeKey, Intent, OutboxEntry, OutboxLane, OutboxRecord, Place,
    RegisteredHook, SavedEntries, ScopeKey, Store, StoreError, StoreFuture, StoredDelivery, StoredIntake,
    StoredWorkflow, Task, TaskReport, UndeliverableDelivery, Which, WorkflowKey, Write,
};
use crate::clock::Timestamp;
use rusqlite::ErrorCode;
use schema::Access;
use statements::Statements;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// How many requests wait for a thread before the next waits for room.
const QUEUE: usize = 1024;

/// A store in one SQLite file.
///
/// What is committed survives a power cut (write-ahead log, `synchronous=FULL`). The file belongs to one open store at
/// a time: an operating-system lock on `<file>.lock` refuses every other, and is gone when the process is. Other
/// programs may read the file meanwhile.
///
/// Dropping the store lets it finish what it was given, in the background; [`close`](Sqlite::close) also waits for it.
pub struct Sqlite {
    /// `None` once closed.
    queues: Mutex<Option<Queues>>,
    /// Ends when the last thread has.
    ended: watch::Receiver<()>,
}

#[derive(Clone)]
struct Queues {
    writes: mpsc::Sender<Box<dyn writer::Request>>,
    reads: mpsc::Sender<read::Query>,
}

impl Sqlite {
    /// Opens a database, and creates it (readable by its owner only) if the file is missing or empty.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if it is open already, [`StoreError::TooNew`] if a newer release wrote it, and
    /// [`StoreError::Failed`] if its folder is missing, it is not a database of this store, or it cannot be read or
    /// written.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::start(path.as_ref(), Access::Own).await
    }

    /// Opens a database that another store may have open, to look at it and to mend it: nothing may run intakes with it.
    /// Each transaction is as atomic and durable as any; whoever serves the file sees it with its next read, and a cycle
    /// that was under way when its [lease](Store::lease) was taken here is run again.
    ///
    /// # Errors
    /// If there is no such file, it is not a database of this store and this release, or it cannot be read or written.
    pub async fn attach(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::start(path.as_ref(), Access::Beside).await
    }

    async fn start(path: &Path, access: Access) -> Result<Self, StoreError> {
        let path = path.to_owned();
        let (opened, answer) = oneshot::channel();
        let thread = std::thread::Builder::new().name("intake-store-writer".to_owned());
        thread.spawn(move || writer::main(&path, access, opened)).map_err(|error| failed("start a thread", error))?;
        answer.await.map_err(|_| closed())?
    }

    /// Finishes all that was asked of the store, folds the write-ahead log into the database, and waits until the file
    /// is free for another store. Whatever is asked afterwards fails.
    pub async fn close(&self) {
        drop(self.queues.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut ended = self.ended.clone();
        // Nothing is ever sent: the error is the end of the threads.
        while ended.changed().await.is_ok() {}
    }

    /// Copies the database into a new file while it is in use: all that was committed before, as of one moment. The copy
    /// is durable when this returns.
    ///
    /// # Errors
    /// If there is such a file already, or it cannot be written.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        let to = to.as_ref().to_owned();
        let (query, answer) = read::work(move |statements| backup::copy(statements.connection, &to));
        self.queues()?.reads.send(query).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// See [`control`](crate::control).
    pub(crate) async fn do_not_wait_for_the_disk(&self) -> Result<(), StoreError> {
        // The pragma is for between transactions: what comes before in the group is committed without what comes after.
        let sql = "RELEASE request; COMMIT; PRAGMA synchronous = normal; BEGIN IMMEDIATE; SAVEPOINT request";
        let relax = move |statements: &mut Statements<'_>| {
            statements.connection.execute_batch(sql).map_err(|error| failed("write", error))
        };
        self.write(relax).await
    }

    fn queues(&self) -> Result<Queues, StoreError> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)
    }

    /// Runs `work` in a transaction of its own, or shared with others that are waiting, and answers once it is durable.
    fn write<T, F>(&self, work: F) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Statements<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        Box::pin(async move {
            let (request, answer) = writer::request(work);
            self.queues()?.writes.send(request).await.map_err(|_| closed())?;
            answer.await.map_err(|_| closed())?
        })
    }

    fn read<T, F>(&self, query: F) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Statements<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        Box::pin(async move {
            let (query, answer) = read::query(query);
            self.queues()?.reads.send(query).await.map_err(|_| closed())?;
            answer.await.map_err(|_| closed())?
        })
    }
}

fn failed(action: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    let source = source.into();
    let code = source.downcast_ref().and_then(rusqlite::Error::sqlite_error_code);
    failed_with(code, action, source)
}

/// What SQLite says of it, if it is that which failed.
fn code(error: &(dyn std::error::Error + 'static)) -> Option<ErrorCode> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.find_map(|error| error.downcast_ref().and_then(rusqlite::Error::sqlite_error_code))
}

/// What went wrong, by its kind where the user can do something about that.
fn failed_with(
    code: Option<ErrorCode>,
    action: &'static str,
    source: Box<dyn std::error::Error + Send + Sync>,
) -> StoreError {
    match code {
        Some(ErrorCode::DiskFull) => StoreError::Full { action, source },
        Some(ErrorCode::SystemIoFailure) => StoreError::Disk { action, source },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged { action, source },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { action, source },
        _ => StoreError::Failed { action, source },
    }
}

fn closed() -> StoreError {
    failed("answer", "it is closed")
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

impl Store for Sqlite {
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake> {
        let key = key.clone();
        self.write(move |statements| write::lease(statements, &key).map_err(|error| failed("take a lease", error)))
    }

    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>> {
        let key = key.clone();
        self.read(move |statements| read::intake(statements, &key))
    }

    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, Vec<(String, String)>> {
        let owner = owner.clone();
        self.read(move |statements| read::saved(statements, &owner))
    }

    fn saved_of(&self, owners: Vec<ScopeKey>) -> StoreFuture<'_, Vec<SavedEntries>> {
        self.read(move |statements| read::saved_of(statements, &owners))
    }

    fn outbox(&self, key: &IntakeKey, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        let key = key.clone();
        self.read(move |statements| outbox::oldest(statements, &key, limit, bytes))
    }

    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |statements| read::outbox_owners(statements, &app, &intake))
    }

    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>> {
        let token = token.to_owned();
        self.read(move |statements| read::hook(statements, &token))
    }

    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>> {
        let (intake, owner) = (intake.to_owned(), owner.clone());
        self.read(move |statements| read::hook_of(statements, &intake, &owner))
    }

    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>> {
        let token = token.to_owned();
        self.read(move |statements| read::hook_users(statements, &token))
    }

    fn deliveries(&self, app: &str, intake: &str, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<Delivery>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |statements| read::deliveries(statements, &app, &intake, limit, bytes))
    }

    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        let app = app.to_owned();
        self.read(move |statements| read::undeliverable(statements, &app, limit))
    }

    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        let app = app.to_owned();
        self.read(move |statements| read::count_undeliverable(statements, &app))
    }

    fn workflow(&self, key: &WorkflowKey) -> StoreFuture<'_, Option<(StoredWorkflow, Vec<Task>)>> {
        let key = key.clone();
        self.read(move |statements| workflows::workflow(statements, &key))
    }

    fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<StoredWorkflow>> {
        let after = after.cloned();
        self.read(move |statements| workflows::workflows(statements, which, after.as_ref(), limit))
    }

    fn due(&self, until: Timestamp, after: Option<Place>, limit: usize) -> StoreFuture<'_, Vec<DueTask>> {
        self.read(move |statements| workflows::due(statements, until, after, limit))
    }

    fn pull_in(&self, now: Timestamp, beyond: Duration, from: i64) -> StoreFuture<'_, Option<i64>> {
        self.write(move |statements| {
            workflows::pull_in(statements, now, beyond, from).map_err(|error| failed("write", error))
        })
    }

    fn lanes(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxLane>> {
        self.read(move |statements| kept::lanes(statements, after, limit))
    }

    fn lane(&self, key: &IntakeKey) -> StoreFuture<'_, Option<OutboxLane>> {
        let key = key.clone();
        self.read(move |statements| kept::lane(statements, &key))
    }

    fn outbox_entries(&self, dead: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxEntry>> {
        self.read(move |statements| outbox::entries(statements, dead, after, limit))
    }

    fn outbox_entry(&self, record: i64) -> StoreFuture<'_, Option<OutboxEntry>> {
        self.read(move |statements| outbox::entry(statements, record))
    }

    fn kept_deliveries(&self, undeliverable: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<StoredDelivery>> {
        self.read(move |statements| kept::kept_deliveries(statements, undeliverable, after, limit))
    }

    fn delivery(&self, id: i64) -> StoreFuture<'_, Option<StoredDelivery>> {
        self.read(move |statements| kept::delivery(statements, id))
    }

    fn hooks(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Hook>> {
        let after = after.map(str::to_owned);
        self.read(move |statements| kept::hooks(statements, after.as_deref(), limit))
    }

    fn intents(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Intent>> {
        let after = after.map(str::to_owned);
        self.read(move |statements| kept::intents(statements, after.as_deref(), limit))
    }

    fn intent(&self, token: &str) -> StoreFuture<'_, Option<Intent>> {
        let token = token.to_owned();
        self.read(move |statements| kept::intent(statements, &token))
    }

    fn intakes(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<(IntakeKey, StoredIntake)>> {
        let after = after.cloned();
        self.read(move |statements| kept::intakes(statements, after.as_ref(), limit))
    }

    fn registrations(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<RegisteredHook>> {
        let after = after.map(str::to_owned);
        self.read(move |statements| survey::registrations(statements, after.as_deref(), limit))
    }

    fn tasks(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<TaskReport>> {
        self.read(move |statements| survey::tasks(statements, after, limit))
    }

    fn strays(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<IntakeKey>> {
        let after = after.cloned();
        self.read(move |statements| survey::strays(statements, after.as_ref(), limit))
    }

    fn scopes(&self, after: Option<&ScopeKey>, limit: usize) -> StoreFuture<'_, Vec<ScopeKey>> {
        let after = after.cloned();
        self.read(move |statements| kept::scopes(statements, after.as_ref(), limit))
    }

    fn counts(&self, now: Timestamp) -> StoreFuture<'_, Counts> {
        self.read(move |statements| kept::counts(statements, now))
    }

    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        self.write(move |statements| writes.into_iter().try_for_each(|write| write::apply(statements, write)))
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        // SQLite writes no page that stays the same: this one never does.
        let sql = "INSERT INTO counters (name, value) VALUES ('probes', 1) ON CONFLICT DO UPDATE SET value = value + 1";
        self.write(|statements| statements.execute(sql, []).map(drop).map_err(|error| failed("write", error)))
    }
}
