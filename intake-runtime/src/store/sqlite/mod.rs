//! The embedded store: one SQLite file.
//!
//! One thread writes and commits in groups ([`writer`]), a few read ([`read`]); nothing blocks the async threads.

mod file;
mod read;
mod schema;
mod statements;
#[cfg(test)]
mod tests;
mod write;
mod writer;

use super::{
    Delivery, Hook, HookUser, IntakeKey, OutboxRecord, ScopeKey, Store, StoreError, StoreFuture, StoredIntake,
    UndeliverableDelivery, Write,
};
use statements::Statements;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
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
        let path = path.as_ref().to_owned();
        let (opened, answer) = oneshot::channel();
        let thread = std::thread::Builder::new().name("intake-store-writer".to_owned());
        thread.spawn(move || writer::main(&path, opened)).map_err(|error| failed("start a thread", error))?;
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
    StoreError::Failed { action, source: source.into() }
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

    fn outbox(&self, key: &IntakeKey, limit: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        let key = key.clone();
        self.read(move |statements| read::outbox(statements, &key, limit))
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

    fn deliveries(&self, app: &str, intake: &str, limit: usize) -> StoreFuture<'_, Vec<Delivery>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |statements| read::deliveries(statements, &app, &intake, limit))
    }

    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        let app = app.to_owned();
        self.read(move |statements| read::undeliverable(statements, &app, limit))
    }

    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        let app = app.to_owned();
        self.read(move |statements| read::count_undeliverable(statements, &app))
    }

    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        self.write(move |statements| writes.into_iter().try_for_each(|write| write::apply(statements, write)))
    }
}
