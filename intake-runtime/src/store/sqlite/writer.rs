//! The thread that writes: it takes all requests that wait, up to a limit, and commits them together.

use super::file::Ownership;
use super::schema::Access;
use super::statements::Statements;
use super::{QUEUE, Queues, Sqlite, code, failed, failed_with, file, read};
use crate::store::StoreError;
use rusqlite::{Connection, ErrorCode};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};

/// Why a whole group was not committed, as each of its requests is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("another write failed and took the transaction they shared with it")]
    RolledBack(Option<ErrorCode>),
    #[error("its database could not be opened again after a failed commit")]
    Closed(#[source] StoreError),
}

impl GroupError {
    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::RolledBack(code) => *code,
            Self::Closed(error) => code(error),
        }
    }
}

/// A transaction, and who waits for it.
pub(super) trait Request: Send {
    /// Does the work, which is not to be kept if it fails; what SQLite said then, if anything.
    fn run(&mut self, statements: &mut Statements<'_>) -> Result<(), Option<ErrorCode>>;
    /// Answers, once it is known whether the group was committed.
    fn answer(self: Box<Self>, committed: Result<(), &Arc<GroupError>>);
}

struct Transaction<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

pub(super) fn request<T, F>(work: F) -> (Box<dyn Request>, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    F: FnOnce(&mut Statements<'_>) -> Result<T, StoreError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    (Box::new(Transaction { work: Some(work), outcome: None, answer }), answered)
}

impl<T, F> Request for Transaction<T, F>
where
    T: Send,
    F: FnOnce(&mut Statements<'_>) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, statements: &mut Statements<'_>) -> Result<(), Option<ErrorCode>> {
        self.outcome = self.work.take().map(|work| work(statements));
        match &self.outcome {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(code(error)),
            None => Err(None),
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), &Arc<GroupError>>) {
        let outcome = match (self.outcome, committed) {
            (Some(Err(own)), _) => Err(own),
            (Some(outcome), Ok(())) => outcome,
            (_, Err(error)) => Err(failed_with(error.code(), "commit", Arc::clone(error).into())),
            (None, Ok(())) => Err(failed("commit", "the request was not run")),
        };
        // Whoever asked may have gone: the transaction happened all the same.
        drop(self.answer.send(outcome));
    }
}

struct Writer {
    path: PathBuf,
    access: Access,
    requests: mpsc::Receiver<Box<dyn Request>>,
    group: Vec<Box<dyn Request>>,
    readers: Vec<JoinHandle<()>>,
    /// Groups that failed since one was written.
    failed: u64,
}

/// The thread: opens the database, says so, and serves it until the store is closed or dropped.
pub(super) fn main(path: &Path, access: Access, opened: oneshot::Sender<Result<Sqlite, StoreError>>) {
    match start(path, access) {
        Ok((store, writer, connection, ownership)) => {
            // If nobody waits for the store any more, it is dropped here, and `run` ends at once.
            drop(opened.send(Ok(store)));
            writer.run(connection);
            drop(ownership);
        }
        Err(error) => drop(opened.send(Err(error))),
    }
}

fn start(path: &Path, access: Access) -> Result<(Sqlite, Writer, Connection, Arc<Ownership>), StoreError> {
    let path = file::resolve(path)?;
    let (ending, ended) = watch::channel(());
    let ownership = Arc::new(match access {
        Access::Own => file::own(&path, ending)?,
        Access::Beside => file::share(ending),
    });
    if access == Access::Own {
        file::create(&path)?;
    }
    let connection = access.open(&path)?;
    let (writes, requests) = mpsc::channel(QUEUE);
    let (reads, queries) = mpsc::channel(QUEUE);
    let readers = read::start(&path, queries, &ownership)?;
    let store = Sqlite { queues: Mutex::new(Some(Queues { writes, reads })), ended };
    Ok((store, Writer { path, access, requests, group: Vec::new(), readers, failed: 0 }, connection, ownership))
}

impl Writer {
    fn run(mut self, mut connection: Connection) {
        while let Err(error) = self.serve(&connection) {
            self.failed += 1;
            tracing::error!(error = &*error as &dyn Error, "the store failed to commit: opening its database again");
            // SQLite does not say what is on disk after a failed commit, so neither this connection nor its log is trusted.
            drop(connection);
            connection = loop {
                match self.access.open(&self.path) {
                    Ok(connection) => break connection,
                    Err(error) => {
                        if !self.next_group() {
                            return;
                        }
                        self.failed += 1;
                        self.answer(Err(&Arc::new(GroupError::Closed(error))));
                    }
                }
            };
        }
        for reader in self.readers {
            if reader.join().is_err() {
                tracing::error!("a reader of the store panicked");
            }
        }
        // The last connection to close folds the log into the database and removes it.
        if let Err((_, error)) = connection.close() {
            tracing::warn!(
                error = &error as &dyn Error,
                "the store's log was not folded into its database: it is when it is opened next"
            );
        }
    }

    /// Waits for requests; whether there are any, or the store is closed.
    fn next_group(&mut self) -> bool {
        self.requests.blocking_recv_many(&mut self.group, QUEUE) > 0
    }

    fn answer(&mut self, committed: Result<(), &Arc<GroupError>>) {
        self.group.drain(..).for_each(|request| request.answer(committed));
    }

    /// Commits group after group, until the store is closed or one fails.
    fn serve(&mut self, connection: &Connection) -> Result<(), Arc<GroupError>> {
        let mut statements = Statements::new(connection);
        while self.next_group() {
            let committed = commit(&mut statements, &mut self.group).map_err(Arc::new);
            self.answer(committed.as_ref().copied());
            committed?;
            // A group that wrote nothing says nothing of the disk.
            if self.failed > 0 && connection.total_changes() > 0 {
                tracing::info!(failed = self.failed, "the store commits again");
                self.failed = 0;
            }
        }
        Ok(())
    }
}

/// Runs a group in one transaction. A request that fails takes back its own writes only.
fn commit(statements: &mut Statements<'_>, group: &mut [Box<dyn Request>]) -> Result<(), GroupError> {
    statements.execute("BEGIN IMMEDIATE", [])?;
    for request in group {
        statements.execute("SAVEPOINT request", [])?;
        if let Err(code) = request.run(statements) {
            // On some errors, a full disk among them, SQLite ends the whole transaction by itself.
            if statements.connection.is_autocommit() {
                return Err(GroupError::RolledBack(code));
            }
            statements.execute("ROLLBACK TO request", [])?;
        }
        statements.execute("RELEASE request", [])?;
    }
    statements.execute("COMMIT", [])?;
    Ok(())
}
