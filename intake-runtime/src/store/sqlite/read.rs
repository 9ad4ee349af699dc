//! The threads that read, and what they read.

use super::file::Ownership;
use super::statements::Statements;
use super::{failed, schema};
use crate::intake::Scope;
use crate::store::{
    CycleProgress, Delivery, Hook, HookStatus, HookUser, IntakeKey, PAGE_BYTES, SavedEntries, ScopeKey, StoreError,
    StoredIntake, UndeliverableDelivery,
};
use bytes::Bytes;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, Error, Result, Row};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// How many queries run at once.
const THREADS: usize = 4;

/// A query, which answers whoever asked.
pub(super) type Query = Box<dyn for<'c> FnOnce(&mut Statements<'c>) + Send>;

pub(super) fn query<T, F>(query: F) -> (Query, oneshot::Receiver<std::result::Result<T, StoreError>>)
where
    T: Send + 'static,
    F: FnOnce(&mut Statements<'_>) -> Result<T> + Send + 'static,
{
    work(move |statements| query(statements).map_err(|error| failed("read", error)))
}

pub(super) fn work<T, F>(work: F) -> (Query, oneshot::Receiver<std::result::Result<T, StoreError>>)
where
    T: Send + 'static,
    F: FnOnce(&mut Statements<'_>) -> std::result::Result<T, StoreError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let query = move |statements: &mut Statements<'_>| {
        if !answer.is_closed() {
            // Whoever asked may still go while this runs.
            drop(answer.send(work(statements)));
        }
    };
    (Box::new(query), answered)
}

/// Starts the threads. Each has a connection of its own and ends when the store is closed or dropped.
pub(super) fn start(
    path: &Path,
    queries: mpsc::Receiver<Query>,
    ownership: &Arc<Ownership>,
) -> std::result::Result<Vec<JoinHandle<()>>, StoreError> {
    let queries = Arc::new(Mutex::new(queries));
    let thread = |number| {
        let connection = schema::reader(path)?;
        let (queries, ownership) = (Arc::clone(&queries), Arc::clone(ownership));
        let run = move || {
            serve(&connection, &queries);
            drop(connection);
            drop(ownership);
        };
        let thread = Builder::new().name(format!("intake-store-reader-{number}"));
        thread.spawn(run).map_err(|error| failed("start a thread", error))
    };
    (0..THREADS).map(thread).collect()
}

fn serve(connection: &Connection, queries: &Mutex<mpsc::Receiver<Query>>) {
    let mut statements = Statements::new(connection);
    // One idle thread waits for the next query, the others for their turn to wait.
    let next = || queries.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
    while let Some(query) = next() {
        query(&mut statements);
    }
}

pub(super) fn intake(statements: &mut Statements<'_>, key: &IntakeKey) -> Result<Option<StoredIntake>> {
    let sql = "SELECT state, set_up, cycles, fence, requests, results, previous, exit
        FROM intakes JOIN owners ON owners.id = intakes.owner
        WHERE app = ?1 AND intake = ?2 AND workflow = ?3";
    statements.first(sql, (&key.app, &key.intake, &key.workflow), an_intake)
}

/// Of a row that begins with the state, set_up, cycles, fence, requests, results, previous, exit.
pub(super) fn an_intake(row: &Row<'_>) -> Result<StoredIntake> {
    let cycle = match row.get(4)? {
        None => None,
        Some(requests) => {
            Some(CycleProgress { requests, results: unsigned(row, 5)?, previous: row.get(6)?, exit: row.get(7)? })
        }
    };
    Ok(StoredIntake {
        state: row.get(0)?,
        set_up: row.get(1)?,
        cycles: unsigned(row, 2)?,
        fence: unsigned(row, 3)?,
        cycle,
    })
}

pub(super) fn saved(statements: &mut Statements<'_>, owner: &ScopeKey) -> Result<Vec<(String, String)>> {
    let sql = "SELECT key, value FROM saved WHERE app = ?1 AND scope = ?2 AND owner = ?3 ORDER BY key";
    statements.all(sql, (&owner.app, owner.scope.as_str(), &owner.owner), |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn saved_of(statements: &mut Statements<'_>, owners: &[ScopeKey]) -> Result<Vec<SavedEntries>> {
    // Without a transaction each would be of a moment of its own.
    statements.execute("BEGIN", [])?;
    let all = owners.iter().map(|owner| saved(statements, owner)).collect();
    statements.execute("COMMIT", [])?;
    all
}

pub(super) fn outbox_owners(statements: &mut Statements<'_>, app: &str, intake: &str) -> Result<Vec<IntakeKey>> {
    // From owner to owner by the index, instead of reading all records.
    let sql = "WITH RECURSIVE pending (owner) AS (
            SELECT min(owner) FROM outbox WHERE dead IS NULL
            UNION ALL
            SELECT (SELECT min(owner) FROM outbox WHERE dead IS NULL AND outbox.owner > pending.owner) FROM pending
            WHERE pending.owner IS NOT NULL
        )
        SELECT app, intake, workflow FROM pending CROSS JOIN owners ON owners.id = pending.owner
        WHERE app = ?1 AND intake = ?2 ORDER BY workflow";
    statements
        .all(sql, (app, intake), |row| Ok(IntakeKey { app: row.get(0)?, intake: row.get(1)?, workflow: row.get(2)? }))
}

pub(super) fn hook(statements: &mut Statements<'_>, token: &str) -> Result<Option<Hook>> {
    let sql = "SELECT token, intake, app, scope, owner, status FROM hooks WHERE token = ?1";
    statements.first(sql, [token], a_hook)
}

pub(super) fn hook_of(statements: &mut Statements<'_>, intake: &str, owner: &ScopeKey) -> Result<Option<Hook>> {
    let sql = "SELECT token, intake, app, scope, owner, status FROM hooks
        WHERE app = ?1 AND intake = ?2 AND scope = ?3 AND owner = ?4";
    statements.first(sql, (&owner.app, intake, owner.scope.as_str(), &owner.owner), a_hook)
}

pub(super) fn hook_users(statements: &mut Statements<'_>, token: &str) -> Result<Vec<HookUser>> {
    let sql = "SELECT workflow, connection, account, resource, subdomain, inputs FROM hook_users
        WHERE token = ?1 ORDER BY seq";
    statements.all(sql, [token], |row| {
        Ok(HookUser {
            workflow: row.get(0)?,
            connection: row.get(1)?,
            account: row.get(2)?,
            resource: row.get(3)?,
            subdomain: row.get(4)?,
            inputs: row.get(5)?,
        })
    })
}

pub(super) fn deliveries(
    statements: &mut Statements<'_>,
    app: &str,
    intake: &str,
    limit: usize,
    most_bytes: usize,
) -> Result<Vec<Delivery>> {
    let sql = "SELECT id, token, payload FROM deliveries
        WHERE app = ?1 AND intake = ?2 AND reason IS NULL ORDER BY id LIMIT ?3";
    statements.within(sql, (app, intake, most(limit)), (2, most_bytes), a_delivery)
}

pub(super) fn undeliverable(
    statements: &mut Statements<'_>,
    app: &str,
    limit: usize,
) -> Result<Vec<UndeliverableDelivery>> {
    let sql = "SELECT id, token, payload, reason FROM deliveries
        WHERE app = ?1 AND reason IS NOT NULL ORDER BY id LIMIT ?2";
    statements.within(sql, (app, most(limit)), (2, PAGE_BYTES), |row| {
        Ok(UndeliverableDelivery { delivery: a_delivery(row)?, reason: row.get(3)? })
    })
}

pub(super) fn count_undeliverable(statements: &mut Statements<'_>, app: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM deliveries WHERE app = ?1 AND reason IS NOT NULL";
    let count = statements.first(sql, [app], |row| unsigned(row, 0))?;
    Ok(count.unwrap_or(0))
}

pub(super) fn a_scope(row: &Row<'_>, column: usize) -> Result<Scope> {
    Ok(match row.get_ref(column)?.as_str()? {
        "workflow" => Scope::Workflow,
        "connection" => Scope::Connection,
        "application" => Scope::Application,
        _ => return Err(unknown(column)),
    })
}

pub(super) fn a_hook(row: &Row<'_>) -> Result<Hook> {
    let scope = a_scope(row, 3)?;
    let status = match row.get_ref(5)?.as_str()? {
        "creating" => HookStatus::Creating,
        "active" => HookStatus::Active,
        "deleting" => HookStatus::Deleting,
        _ => return Err(unknown(5)),
    };
    let owner = ScopeKey { app: row.get(2)?, scope, owner: row.get(4)? };
    Ok(Hook { token: row.get(0)?, intake: row.get(1)?, owner, status })
}

fn a_delivery(row: &Row<'_>) -> Result<Delivery> {
    Ok(Delivery { id: row.get(0)?, token: row.get(1)?, payload: bytes(row, 2)? })
}

pub(super) fn unknown(column: usize) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(FromSqlError::InvalidType))
}

pub(super) fn bytes(row: &Row<'_>, column: usize) -> Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_bytes()?))
}

/// SQLite's integers have a sign: what is kept are the bits.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get(column).map(i64::cast_unsigned)
}

pub(super) fn most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
