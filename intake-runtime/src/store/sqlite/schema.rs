//! The file format, and connections that are set up for it.

use super::file::{refuse, refuse_for};
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Marks a file as a database of this store: `inta`.
pub(super) const APPLICATION_ID: i32 = 0x696e_7461;

/// From each version of the schema to the next, the first from an empty file. One that was released never changes.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1];

const VERSION_1: &str = "
-- An intake of a workflow that has, or had, state or records. The other tables know it by its number.
CREATE TABLE owners (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    intake TEXT NOT NULL,
    workflow TEXT NOT NULL,
    UNIQUE (app, intake, workflow)
) STRICT;

-- What is stored of a polling intake: its state (JSON), the number of its newest lease, and the cycle under way
-- (`requests` to `exit`), if there is one (`requests` is not null).
CREATE TABLE intakes (
    owner INTEGER PRIMARY KEY REFERENCES owners (id),
    fence INTEGER NOT NULL,
    set_up INTEGER NOT NULL CHECK (set_up IN (0, 1)),
    cycles INTEGER NOT NULL,
    requests INTEGER,
    results INTEGER,
    previous BLOB CHECK (length(previous) = 32),
    exit TEXT,
    state TEXT,
    CHECK ((requests IS NULL) = (results IS NULL)),
    CHECK (requests IS NOT NULL OR (previous IS NULL AND exit IS NULL))
) STRICT;

-- A key that `!save` stored, and its value (JSON). `owner` is a workflow, a connection, or empty for the application.
CREATE TABLE saved (
    app TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('workflow', 'connection', 'application')),
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (app, scope, owner, key)
) STRICT, WITHOUT ROWID;

-- A record (JSON) that its sink has not acknowledged. They are delivered in the order of `seq`.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES owners (id),
    key TEXT NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_of_owner ON outbox (owner);
CREATE UNIQUE INDEX outbox_key ON outbox (owner, key);

-- A webhook at a vendor; `token` is the secret part of its URL.
CREATE TABLE hooks (
    token TEXT PRIMARY KEY,
    intake TEXT NOT NULL,
    app TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('workflow', 'connection', 'application')),
    owner TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('creating', 'active', 'deleting')),
    UNIQUE (app, intake, scope, owner)
) STRICT, WITHOUT ROWID;

-- A workflow that receives what a hook gets, with the intake's inputs (JSON). `seq` is the order of their arrival.
CREATE TABLE hook_users (
    seq INTEGER PRIMARY KEY,
    token TEXT NOT NULL REFERENCES hooks (token) ON DELETE CASCADE,
    workflow TEXT NOT NULL,
    connection TEXT NOT NULL,
    account TEXT,
    resource TEXT,
    subdomain TEXT,
    inputs TEXT NOT NULL
) STRICT;
CREATE INDEX hook_users_of_hook ON hook_users (token);
CREATE UNIQUE INDEX hook_users_workflow ON hook_users (token, workflow);

-- A payload (JSON) that a hook of an app's intake got: on its way to workflows if `reason` is null, else undeliverable
-- for that reason. An id is never used again, so that a repeated write cannot hit a later delivery.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    app TEXT NOT NULL,
    intake TEXT NOT NULL,
    token TEXT NOT NULL,
    payload TEXT NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (app, intake) WHERE reason IS NULL;
CREATE INDEX deliveries_of_hook ON deliveries (token) WHERE reason IS NULL;
CREATE INDEX deliveries_undeliverable ON deliveries (app) WHERE reason IS NOT NULL;
";

/// How long a connection waits for a lock of another program that has the file open.
const BUSY: Duration = Duration::from_secs(5);

/// A connection that writes, to a file that is then whole, of the newest schema and in its main file alone.
pub(super) fn writer(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    let unusable = |error| refuse_for(path, "it cannot be used as a database", error);
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(unusable)?;
    let found = version(path, &connection)?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::TooNew { path: path.display().to_string(), found, known });
    }
    let journal: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).map_err(unusable)?;
    if journal != "wal" {
        return Err(refuse(path, "its file system cannot hold a write-ahead log: use a local disk"));
    }
    set_up(&connection).map_err(unusable)?;
    migrate(&mut connection, found, migrations)
        .map_err(|error| refuse_for(path, "its tables cannot be made", error))?;
    fold(&connection).map_err(unusable)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    connection.map_err(|error| refuse_for(path, "it cannot be opened for reading", error))
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection stays on one thread at a time, so SQLite needs no locks of its own.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "full")?;
    // Without these two, macOS says a file is on disk when it is in the disk's cache.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A checkpoint of this kind is a passive one, and made by the connection that commits: this one.
    connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
    // A log that a burst has blown up shrinks again.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)
}

/// The version of the file's schema; 0 if the file is empty.
fn version(path: &Path, connection: &Connection) -> Result<i64, StoreError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((pragma("application_id")?, pragma("user_version")?, tables))
    };
    match read().map_err(|error| refuse_for(path, "it is not a database of this store, or damaged", error))? {
        (0, 0, 0) => Ok(0),
        (id, found @ 1.., _) if id == i64::from(APPLICATION_ID) => Ok(found),
        _ => Err(refuse(path, "this is a database of another program: name another file")),
    }
}

fn migrate(connection: &mut Connection, found: i64, migrations: &[&str]) -> rusqlite::Result<()> {
    let missing = migrations.iter().zip(1_i64..).filter(|(_, version)| *version > found);
    for (migration, version) in missing {
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Copies the whole write-ahead log into the database and empties it. After a failed write to disk the log can look
/// whole and not be on disk: nothing that is committed later may depend on it.
fn fold(connection: &Connection) -> rusqlite::Result<()> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if busy {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        let problem = "another program holds on to the write-ahead log".to_owned();
        return Err(rusqlite::Error::SqliteFailure(code, Some(problem)));
    }
    Ok(())
}
