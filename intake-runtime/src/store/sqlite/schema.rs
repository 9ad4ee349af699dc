//! The file format, and connections that are set up for it.

use super::file::{refuse, refuse_for};
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Marks a file as a database of this store: `inta`.
pub(super) const APPLICATION_ID: i32 = 0x696e_7461;

/// From each version of the schema to the next, the first from an empty file. One that was released never changes.
pub(super) const MIGRATIONS: &[&str] = &[VERSION_1, VERSION_2, VERSION_3];

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

const VERSION_2: &str = "
-- A workflow of an app, without its credentials. `reason` says why it needs attention.
CREATE TABLE workflows (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    workflow TEXT NOT NULL,
    connection TEXT NOT NULL,
    account TEXT,
    resource TEXT,
    subdomain TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'needs_attention', 'removing')),
    reason TEXT,
    UNIQUE (app, workflow),
    CHECK ((reason IS NOT NULL) = (status = 'needs_attention'))
) STRICT;
CREATE INDEX workflows_by_status ON workflows (status, app, workflow) WHERE status <> 'active';

-- An intake that a workflow uses, with its inputs (JSON), and what is to be done for it (`job`) when (`due`, in
-- milliseconds since 1970). `runs` says whether its workflow's status lets it. An id is never used again: what was begun
-- for one task cannot end another.
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow INTEGER NOT NULL REFERENCES workflows (id),
    intake TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('recurring', 'once', 'webhook')),
    interval INTEGER CHECK (interval > 0),
    inputs TEXT NOT NULL,
    revision INTEGER NOT NULL,
    runs INTEGER NOT NULL CHECK (runs IN (0, 1)),
    job TEXT CHECK (job IN ('cycle', 'reset', 'register', 'update', 'remove')),
    due INTEGER,
    failures INTEGER NOT NULL,
    error TEXT,
    cycles INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    results INTEGER NOT NULL,
    done INTEGER NOT NULL CHECK (done IN (0, 1)),
    UNIQUE (workflow, intake),
    CHECK ((job IS NULL) = (due IS NULL)),
    CHECK ((interval IS NOT NULL) = (mode = 'recurring'))
) STRICT;
CREATE INDEX tasks_due ON tasks (due) WHERE due IS NOT NULL AND runs = 1;

-- A record (JSON) that its sink has not acknowledged. They are delivered in the order of `seq`, which is never used
-- again. One that is `dead` (why, and since when) is out of the line.
CREATE TABLE outbox_2 (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    owner INTEGER NOT NULL REFERENCES owners (id),
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    dead TEXT,
    dead_since INTEGER,
    CHECK ((dead IS NULL) = (dead_since IS NULL))
) STRICT;
INSERT INTO outbox_2 (seq, owner, key, payload) SELECT seq, owner, key, payload FROM outbox ORDER BY seq;
DROP TABLE outbox;
ALTER TABLE outbox_2 RENAME TO outbox;
CREATE INDEX outbox_line ON outbox (owner) WHERE dead IS NULL;
CREATE INDEX outbox_dead ON outbox (seq) WHERE dead IS NOT NULL;
CREATE UNIQUE INDEX outbox_key ON outbox (owner, key);

-- An owner whose oldest record was refused: how often in a row, since when, why, and when it is tried again.
CREATE TABLE refusals (
    owner INTEGER PRIMARY KEY REFERENCES owners (id),
    attempts INTEGER NOT NULL,
    since INTEGER NOT NULL,
    next INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Of its headers, what is needed later (JSON); when it arrived; how often it was found undeliverable.
ALTER TABLE deliveries ADD COLUMN headers TEXT;
ALTER TABLE deliveries ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_kept ON deliveries (id) WHERE reason IS NOT NULL;

-- Deliveries that arrived lately, by a hash of their hook and the vendor's id of them. The oldest are forgotten.
CREATE TABLE seen (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
    at INTEGER NOT NULL
) STRICT;

-- A call to a vendor about to be made, or that failed (`failure`), or that nobody knows the outcome of.
CREATE TABLE intents (
    token TEXT PRIMARY KEY REFERENCES hooks (token) ON DELETE CASCADE,
    workflow TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete')),
    since INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    failure TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('duplicates', 0);
";

const VERSION_3: &str = "
-- Records (JSON) that their sink has not acknowledged. They are delivered in the order of their numbers, which are never
-- used again: a row has the numbers from `seq` on, `count` of them. Their keys are `base` with a number behind it, from
-- `first` on; that is -1 for a key without a number at its end. A row of several has a JSON array of them, and the lengths
-- of its elements (32 bits each, little endian). One that is `dead` (why, and since when) is a row of its own, out of the
-- line.
CREATE TABLE outbox_3 (
    seq INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES owners (id),
    base TEXT NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0),
    lengths BLOB,
    payload TEXT NOT NULL,
    dead TEXT,
    dead_since INTEGER,
    CHECK (count = 1 OR (first >= 0 AND dead IS NULL)),
    CHECK ((lengths IS NULL) = (count = 1)),
    CHECK ((dead IS NULL) = (dead_since IS NULL))
) STRICT;
INSERT INTO counters (name, value)
    SELECT 'records', coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0);
WITH
    tails AS (SELECT *, substr(key, length(rtrim(key, '0123456789')) + 1) AS tail FROM outbox),
    numbers AS (SELECT *, iif(tail <> '' AND ltrim(tail, '0') = '', '0', ltrim(tail, '0')) AS number FROM tails)
INSERT INTO outbox_3 (seq, owner, base, first, count, payload, dead, dead_since)
    SELECT seq, owner, substr(key, 1, length(key) - length(number)), CAST(number AS INTEGER), 1, payload, dead, dead_since
        FROM numbers WHERE length(number) BETWEEN 1 AND 18
    UNION ALL SELECT seq, owner, key, -1, 1, payload, dead, dead_since
        FROM numbers WHERE length(number) NOT BETWEEN 1 AND 18;
DROP TABLE outbox;
ALTER TABLE outbox_3 RENAME TO outbox;
CREATE INDEX outbox_line ON outbox (owner) WHERE dead IS NULL;
CREATE INDEX outbox_dead ON outbox (seq) WHERE dead IS NOT NULL;
CREATE UNIQUE INDEX outbox_key ON outbox (owner, base, first);

-- How much of everything there is, kept by triggers: exact whoever writes, and in the same transaction.
INSERT INTO counters (name, value)
    SELECT 'outbox', coalesce(sum(count), 0) FROM outbox WHERE dead IS NULL
    UNION ALL SELECT 'dead', count(*) FROM outbox WHERE dead IS NOT NULL
    UNION ALL SELECT 'deliveries', count(*) FROM deliveries WHERE reason IS NULL
    UNION ALL SELECT 'undeliverable', count(*) FROM deliveries WHERE reason IS NOT NULL
    UNION ALL SELECT 'workflows', count(*) FROM workflows
    UNION ALL SELECT 'paused', count(*) FROM workflows WHERE status = 'paused'
    UNION ALL SELECT 'needs_attention', count(*) FROM workflows WHERE status = 'needs_attention'
    UNION ALL SELECT 'removing', count(*) FROM workflows WHERE status = 'removing'
    UNION ALL SELECT 'hooks', count(*) FROM hooks
    UNION ALL SELECT 'intents', count(*) FROM intents;

CREATE TRIGGER outbox_comes AFTER INSERT ON outbox BEGIN
    UPDATE counters SET value = value + new.count WHERE name = iif(new.dead IS NULL, 'outbox', 'dead');
END;
CREATE TRIGGER outbox_goes AFTER DELETE ON outbox BEGIN
    UPDATE counters SET value = value - old.count WHERE name = iif(old.dead IS NULL, 'outbox', 'dead');
END;
CREATE TRIGGER outbox_moves AFTER UPDATE OF dead ON outbox WHEN (old.dead IS NULL) <> (new.dead IS NULL) BEGIN
    UPDATE counters SET value = value - 1 WHERE name = iif(old.dead IS NULL, 'outbox', 'dead');
    UPDATE counters SET value = value + 1 WHERE name = iif(new.dead IS NULL, 'outbox', 'dead');
END;

CREATE TRIGGER deliveries_come AFTER INSERT ON deliveries BEGIN
    UPDATE counters SET value = value + 1 WHERE name = iif(new.reason IS NULL, 'deliveries', 'undeliverable');
END;
CREATE TRIGGER deliveries_go AFTER DELETE ON deliveries BEGIN
    UPDATE counters SET value = value - 1 WHERE name = iif(old.reason IS NULL, 'deliveries', 'undeliverable');
END;
CREATE TRIGGER deliveries_move AFTER UPDATE OF reason ON deliveries WHEN (old.reason IS NULL) <> (new.reason IS NULL) BEGIN
    UPDATE counters SET value = value - 1 WHERE name = iif(old.reason IS NULL, 'deliveries', 'undeliverable');
    UPDATE counters SET value = value + 1 WHERE name = iif(new.reason IS NULL, 'deliveries', 'undeliverable');
END;

-- Of the words of a status, those are counted that have a counter of their name.
CREATE TRIGGER workflows_come AFTER INSERT ON workflows BEGIN
    UPDATE counters SET value = value + 1 WHERE name IN ('workflows', new.status);
END;
CREATE TRIGGER workflows_go AFTER DELETE ON workflows BEGIN
    UPDATE counters SET value = value - 1 WHERE name IN ('workflows', old.status);
END;
CREATE TRIGGER workflows_change AFTER UPDATE OF status ON workflows WHEN old.status <> new.status BEGIN
    UPDATE counters SET value = value - 1 WHERE name = old.status;
    UPDATE counters SET value = value + 1 WHERE name = new.status;
END;

CREATE TRIGGER hooks_come AFTER INSERT ON hooks BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'hooks';
END;
CREATE TRIGGER hooks_go AFTER DELETE ON hooks BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'hooks';
END;
CREATE TRIGGER intents_come AFTER INSERT ON intents BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'intents';
END;
CREATE TRIGGER intents_go AFTER DELETE ON intents BEGIN
    UPDATE counters SET value = value - 1 WHERE name = 'intents';
END;
";

/// How long a connection waits for a lock of another program that has the file open.
const BUSY: Duration = Duration::from_secs(5);

/// How a file is opened for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// For the one store that serves it: it is made, and brought up to date.
    Own,
    /// Beside the one that may serve it.
    Beside,
}

impl Access {
    pub(super) fn open(self, path: &Path) -> Result<Connection, StoreError> {
        match self {
            Self::Own => writer(path, MIGRATIONS),
            Self::Beside => beside(path),
        }
    }
}

/// A connection that writes to a file as it is.
fn beside(path: &Path) -> Result<Connection, StoreError> {
    let unusable = |error| refuse_for(path, "it cannot be used as a database", error);
    if !path.exists() {
        return Err(refuse(path, "there is no such file"));
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(unusable)?;
    let (found, known) = (version(path, &connection)?, i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX));
    if found > known {
        return Err(StoreError::TooNew { path: path.display().to_string(), found, known });
    }
    if found < known {
        return Err(refuse(path, "an older release wrote it: start your program, which brings it up to date"));
    }
    set_up(&connection).map_err(unusable)?;
    // Checkpoints are made by the one that serves it.
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(unusable)?;
    Ok(connection)
}

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
