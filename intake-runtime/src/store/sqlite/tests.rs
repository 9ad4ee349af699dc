//! What cannot be seen from outside: the pragmas in force, groups, failed commits, migrations, query plans.

use super::*;
use crate::intake::Scope;
use crate::store::{Arrival, Dead, Dedupe, HookStatus, IntentAction, Progress, TaskEnd, TaskMode, WorkflowStatus};
use rusqlite::Connection;
use std::error::Error as _;
use std::sync::mpsc as blocking;
use tempfile::TempDir;

fn file() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("intake.db");
    (folder, path)
}

fn key(workflow: &str) -> IntakeKey {
    IntakeKey { app: "app".into(), intake: "import".into(), workflow: workflow.into() }
}

fn append(workflow: &str, bytes: usize) -> Vec<Write> {
    let record = OutboxRecord { key: "k".into(), payload: vec![b'1'; bytes].into() };
    vec![Write::Append { key: key(workflow), records: vec![record] }]
}

async fn has(store: &Sqlite, workflow: &str) -> bool {
    !store.outbox(&key(workflow), 1, usize::MAX).await.unwrap().is_empty()
}

/// The pragmas of the connection that writes, asked on its thread.
async fn pragmas(store: &Sqlite) -> Vec<(&'static str, String)> {
    let names = ["journal_mode", "synchronous", "foreign_keys", "mmap_size", "wal_autocheckpoint", "fullfsync"];
    let ask = |statements: &mut Statements<'_>, name| {
        statements.connection.pragma_query_value(None, name, |row| {
            let value: rusqlite::types::Value = row.get(0)?;
            Ok(match value {
                rusqlite::types::Value::Integer(number) => (name, number.to_string()),
                other => (name, format!("{other:?}")),
            })
        })
    };
    let all = move |statements: &mut Statements<'_>| {
        names.into_iter().map(|name| ask(statements, name).map_err(|error| failed("read", error))).collect()
    };
    store.write(all).await.unwrap()
}

fn durable() -> Vec<(&'static str, String)> {
    // 2 is FULL: with 1, NORMAL, a power cut takes what was acknowledged.
    let values = [
        ("journal_mode", "Text(\"wal\")"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("mmap_size", "0"),
        ("wal_autocheckpoint", "1000"),
        ("fullfsync", "1"),
    ];
    values.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// Keeps the writer busy until the sender is dropped; what is asked meanwhile becomes one group.
async fn hold(store: &Sqlite) -> blocking::Sender<()> {
    let (release, held) = blocking::channel::<()>();
    let (holding, begun) = oneshot::channel();
    let (request, answer) = writer::request(move |_| {
        holding.send(()).unwrap();
        assert!(held.recv().is_err());
        Ok(())
    });
    store.queues().unwrap().writes.send(request).await.unwrap();
    begun.await.unwrap();
    drop(answer);
    release
}

/// Makes the commit of its group fail: a reference to nothing, found only at the end.
fn poison(statements: &mut Statements<'_>) -> Result<(), StoreError> {
    let sql =
        "PRAGMA defer_foreign_keys = on; INSERT INTO intakes (owner, fence, set_up, cycles) VALUES (999, 1, 0, 0)";
    statements.connection.execute_batch(sql).map_err(|error| failed("write", error))
}

#[tokio::test]
async fn the_writer_is_durable_before_and_after_a_failed_commit() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    assert!(rusqlite::version_number() >= 3_051_003, "older releases can corrupt a log that is reset");
    assert_eq!(pragmas(&store).await, durable());

    store.commit(append("before", 1)).await.unwrap();
    let release = hold(&store).await;
    let (poisoned, innocent, lost) = tokio::join!(store.write(poison), store.commit(append("innocent", 1)), async {
        drop(release);
        store.commit(vec![Write::CheckFence { key: key("w"), fence: 7 }]).await
    },);
    // What shared the failed commit is told so; what had failed by itself keeps its own error.
    for error in [poisoned.unwrap_err(), innocent.unwrap_err()] {
        assert_eq!(error.to_string(), "the store failed to commit");
        assert!(error.source().unwrap().to_string().contains("FOREIGN KEY"), "{error:?}");
    }
    assert!(matches!(lost, Err(StoreError::LeaseLost { .. })));

    assert_eq!(pragmas(&store).await, durable());
    store.commit(append("after", 1)).await.unwrap();
    assert!(has(&store, "before").await && has(&store, "after").await && !has(&store, "innocent").await);
    store.close().await;
    let store = Sqlite::open(&path).await.unwrap();
    assert!(has(&store, "before").await && has(&store, "after").await && !has(&store, "innocent").await);
}

#[tokio::test]
async fn what_waits_is_committed_together_and_fails_alone() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let release = hold(&store).await;
    let look = {
        let path = path.clone();
        move |statements: &mut Statements<'_>| {
            let sql = "SELECT count(*) FROM outbox";
            let count = |connection: &Connection| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
            Ok((count(statements.connection), count(&schema::reader(&path).unwrap())))
        }
    };
    let mut failing = append("failing", 1);
    failing.push(Write::CheckFence { key: key("failing"), fence: 1 });
    let (first, failing, last, looked) =
        tokio::join!(store.commit(append("first", 1)), store.commit(failing), store.commit(append("last", 1)), async {
            let looked = store.write(look);
            tokio::pin!(looked);
            // Queued, behind the others, before the writer goes on.
            assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(looked.as_mut().poll(cx))).await.is_pending());
            drop(release);
            looked.await
        },);
    first.unwrap();
    last.unwrap();
    assert!(matches!(failing, Err(StoreError::LeaseLost { .. })));
    // In the group both are there and the failed one is not; outside there is nothing yet.
    assert_eq!(looked.unwrap(), (2, 0));
    assert!(has(&store, "first").await && has(&store, "last").await && !has(&store, "failing").await);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_takes_nothing_acknowledged() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    store.commit(append("before", 1)).await.unwrap();
    store
        .write(|statements| {
            let connection = statements.connection;
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
            connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
            Ok(())
        })
        .await
        .unwrap();
    let error = store.commit(append("huge", 1 << 20)).await.unwrap_err();
    assert!(error.source().unwrap().to_string().contains("full"), "{error:?}");
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(has(&store, "before").await && !has(&store, "huge").await);
    // Enough room again.
    let room = |statements: &mut Statements<'_>| {
        statements.connection.pragma_update(None, "max_page_count", 1 << 20).map_err(|error| failed("write", error))
    };
    store.write(room).await.unwrap();
    store.commit(append("huge", 1 << 20)).await.unwrap();
    assert!(has(&store, "before").await && has(&store, "huge").await);
}

/// On a failure to write, SQLite takes back all that shares the transaction: whoever did is told what happened.
#[tokio::test]
async fn a_disk_that_fails_is_named_to_all_whose_transaction_it_took() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    store.commit(append("before", 1)).await.unwrap();
    let fail = |statements: &mut Statements<'_>| -> Result<(), StoreError> {
        statements.connection.execute_batch("ROLLBACK").unwrap();
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_WRITE);
        Err(failed("write", rusqlite::Error::SqliteFailure(code, None)))
    };
    let release = hold(&store).await;
    let (own, innocent, ()) =
        tokio::join!(store.write(fail), store.commit(append("innocent", 1)), async { drop(release) });
    for error in [own.unwrap_err(), innocent.unwrap_err()] {
        assert!(matches!(error, StoreError::Disk { .. }), "{error:?}");
    }
    store.commit(append("after", 1)).await.unwrap();
    assert!(has(&store, "before").await && has(&store, "after").await && !has(&store, "innocent").await);
}

/// What `/readyz` asks: a disk that cannot be written is not seen by a read, nor by a commit that changes nothing.
#[tokio::test]
async fn a_probe_writes_to_the_disk() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let log = || std::fs::metadata(format!("{}-wal", path.display())).unwrap().len();
    for _ in 0..3 {
        let before = log();
        store.probe().await.unwrap();
        assert!(log() > before);
    }
    let before = log();
    store.commit(Vec::new()).await.unwrap();
    assert_eq!(log(), before);
}

#[tokio::test]
async fn a_panic_in_a_request_ends_the_store_and_loses_nothing() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    store.commit(append("before", 1)).await.unwrap();
    let answer = store.write::<(), _>(|_| panic!("on purpose")).await;
    assert!(matches!(answer, Err(StoreError::Failed { .. })));
    assert!(matches!(store.commit(append("after", 1)).await, Err(StoreError::Failed { .. })));
    store.close().await;
    let store = Sqlite::open(&path).await.unwrap();
    assert!(has(&store, "before").await && !has(&store, "after").await);
}

#[test]
fn migrations_start_where_the_file_is_and_happen_wholly() {
    let (_folder, path) = file();
    file::create(&path).unwrap();
    let version = |connection: &Connection| -> i64 {
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    let one = "CREATE TABLE a (x); INSERT INTO a VALUES (1);";
    let two = "ALTER TABLE a ADD y; UPDATE a SET y = x + 1;";
    assert_eq!(version(&schema::writer(&path, &[one]).unwrap()), 1);
    // The second of its statements fails: the first is taken back.
    assert!(schema::writer(&path, &[one, "DROP TABLE a; SELECT missing;"]).is_err());
    let connection = schema::writer(&path, &[one, two]).unwrap();
    assert_eq!(version(&connection), 2);
    assert_eq!(connection.query_row("SELECT y FROM a", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    drop(connection);
    assert_eq!(version(&schema::writer(&path, &[one, two]).unwrap()), 2);
    assert!(matches!(schema::writer(&path, &[one]), Err(StoreError::TooNew { found: 2, known: 1, .. })));
}

/// A file of the first release keeps all that was in it.
#[test]
fn a_file_of_version_1_is_brought_up_to_date() {
    let (_folder, path) = file();
    file::create(&path).unwrap();
    let old = schema::writer(&path, &schema::MIGRATIONS[..1]).unwrap();
    let rows = "INSERT INTO owners VALUES (1, 'app', 'import', 'w');
        INSERT INTO intakes (owner, fence, set_up, cycles, state) VALUES (1, 3, 1, 2, '{}');
        INSERT INTO outbox VALUES (4, 1, 'a', '1'), (9, 1, 'b', '2');
        INSERT INTO hooks VALUES ('t', 'hooked', 'app', 'workflow', 'w', 'active');
        INSERT INTO hook_users (token, workflow, connection, inputs) VALUES ('t', 'w', 'c', '{}');
        INSERT INTO deliveries (id, app, intake, token, payload, reason) VALUES (5, 'app', 'hooked', 't', '{}', 'none');";
    old.execute_batch(rows).unwrap();
    drop(old);
    let connection = schema::writer(&path, schema::MIGRATIONS).unwrap();
    let mut statements = Statements::new(&connection);
    let entries = outbox::entries(&mut statements, false, 0, 9).unwrap();
    let found: Vec<_> = entries.iter().map(|entry| (entry.number, &*entry.key, &entry.payload[..])).collect();
    assert_eq!(found, [(4, "a", &b"1"[..]), (9, "b", &b"2"[..])]);
    assert_eq!(kept::kept_deliveries(&mut statements, true, 0, 9).unwrap()[0].reason.as_deref(), Some("none"));
    assert_eq!(read::intake(&mut statements, &key("w")).unwrap().unwrap().fence, 3);
    assert_eq!(read::hook_users(&mut statements, "t").unwrap().len(), 1);
    let counts = kept::counts(&mut statements, Timestamp::MAX).unwrap();
    assert_eq!((counts.outbox, counts.undeliverable, counts.deliveries, counts.hooks), (2, 1, 0, 1));
    // Numbers go on behind the last, even when it is gone.
    write::apply(&mut statements, Write::DropRecord { record: 9 }).unwrap();
    write::apply(&mut statements, append("w", 1).remove(0)).unwrap();
    assert_eq!(outbox::entries(&mut statements, false, 4, 9).unwrap()[0].number, 10);
}

/// A file of the release before has rows, and no counters of them: each is counted when it is brought up to date, and kept
/// from then on, whoever writes.
#[test]
fn counters_begin_with_what_is_there() {
    let (_folder, path) = file();
    file::create(&path).unwrap();
    let old = schema::writer(&path, &schema::MIGRATIONS[..2]).unwrap();
    let rows = "INSERT INTO owners VALUES (1, 'app', 'import', 'w');
        INSERT INTO outbox VALUES (1, 1, 'a', '1', NULL, NULL), (2, 1, 'b', '1', 'why', 0), (3, 1, 'c', '1', NULL, NULL);
        INSERT INTO hooks VALUES ('t', 'hooked', 'app', 'workflow', 'w', 'active'), ('u', 'i', 'app', 'workflow', 'w', 'active');
        INSERT INTO intents VALUES ('t', 'w', 'delete', 0, 1, NULL);
        INSERT INTO deliveries (app, intake, token, payload, reason)
            VALUES ('app', 'i', 't', '1', NULL), ('app', 'i', 't', '1', 'why'), ('app', 'i', 't', '1', 'why');
        INSERT INTO workflows (app, workflow, connection, status, reason) VALUES ('app', 'a', 'c', 'active', NULL),
            ('app', 'p', 'c', 'paused', NULL), ('app', 'n', 'c', 'needs_attention', 'why'), ('app', 'r', 'c', 'removing', NULL);
        UPDATE counters SET value = 7;";
    old.execute_batch(rows).unwrap();
    drop(old);
    let connection = schema::writer(&path, schema::MIGRATIONS).unwrap();
    let mut statements = Statements::new(&connection);
    let found = kept::counts(&mut statements, Timestamp(0)).unwrap();
    let all = Counts {
        workflows: 4,
        paused: 1,
        attention: 1,
        removing: 1,
        due: 0,
        outbox: 2,
        dead: 1,
        deliveries: 1,
        undeliverable: 2,
        duplicates: 7,
        hooks: 2,
        intents: 1,
    };
    assert_eq!(found, all);
    // By hand, and by what goes with something else.
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection
        .execute_batch(
            "DELETE FROM hooks WHERE token = 't'; UPDATE outbox SET dead = 'x', dead_since = 0; DELETE FROM workflows",
        )
        .unwrap();
    let found = kept::counts(&mut statements, Timestamp(0)).unwrap();
    let less =
        Counts { hooks: 1, intents: 0, outbox: 0, dead: 3, workflows: 0, paused: 0, attention: 0, removing: 0, ..all };
    assert_eq!(found, less);
}

#[test]
fn opening_folds_the_log_into_the_database() {
    let (folder, path) = file();
    file::create(&path).unwrap();
    let writer = schema::writer(&path, schema::MIGRATIONS).unwrap();
    write::lease(&mut Statements::new(&writer), &key("w")).unwrap();
    // What a killed process leaves.
    let left = folder.path().join("left.db");
    let log = |path: &Path| std::path::PathBuf::from(format!("{}-wal", path.display()));
    std::fs::copy(&path, &left).unwrap();
    assert!(std::fs::copy(log(&path), log(&left)).unwrap() > 0);
    let _writer = schema::writer(&left, schema::MIGRATIONS).unwrap();
    assert_eq!(std::fs::metadata(log(&left)).unwrap().len(), 0);
    let alone = folder.path().join("alone.db");
    std::fs::copy(&left, &alone).unwrap();
    let stored = read::intake(&mut Statements::new(&schema::reader(&alone).unwrap()), &key("w")).unwrap();
    assert_eq!(stored.unwrap().fence, 1);
}

#[test]
fn a_reader_cannot_write() {
    let (_folder, path) = file();
    file::create(&path).unwrap();
    let _writer = schema::writer(&path, schema::MIGRATIONS).unwrap();
    assert!(schema::reader(&path).unwrap().execute("DELETE FROM outbox", []).is_err());
}

#[test]
fn every_read_and_write_goes_by_an_index() {
    let (_folder, path) = file();
    file::create(&path).unwrap();
    let connection = schema::writer(&path, schema::MIGRATIONS).unwrap();
    let mut statements = Statements::new(&connection);
    let (key, token) = (key("w"), "t".to_owned());
    let owner = ScopeKey { app: "app".into(), scope: Scope::Workflow, owner: "w".into() };
    let hook = Hook { token: token.clone(), intake: "i".into(), owner: owner.clone(), status: HookStatus::Active };
    let workflow = StoredWorkflow {
        key: WorkflowKey { app: "app".into(), workflow: "w".into() },
        connection: "c".into(),
        account: None,
        resource: None,
        subdomain: None,
        status: WorkflowStatus::Active,
    };
    let put_task = Write::PutTask { key: key.clone(), mode: TaskMode::Webhook, inputs: "{}".into(), next: None };
    let end = TaskEnd { next: None, failures: 1, error: None, progress: Progress::default(), attention: true };
    let (action, since) = (IntentAction::Create, Timestamp(1));
    let intent = Intent { token: token.clone(), workflow: "w".into(), action, since, attempt: 1, failure: None };
    let arrival = |token: &str| Arrival {
        token: token.to_owned(),
        payload: "{}".into(),
        headers: None,
        dedupe: Some(Dedupe { key: [1; 16], since: Timestamp(0) }),
        at: Timestamp(0),
    };
    for write in [
        Write::PutHook(hook),
        Write::Deliver(arrival(&token)),
        Write::Deliver(arrival(&token)),
        Write::ForgetSeen { before: Timestamp(0), keep: 0 },
        Write::ForgetSaved { owner: owner.clone() },
        Write::Acknowledge { key: key.clone(), records: vec!["k".into()] },
        Write::Append { key: key.clone(), records: vec![OutboxRecord { key: "k".into(), payload: "1".into() }] },
        Write::Acknowledge { key: key.clone(), records: vec!["k".into()] },
        Write::RemoveHookUser { token: token.clone(), workflow: "w".into() },
        Write::Routed { delivery: 1 },
        Write::Undeliverable { delivery: 1, reason: "r".into() },
        Write::RetryDelivery { delivery: 1 },
        Write::Refused { key: key.clone(), attempts: 1, since: Timestamp(0), next: Timestamp(1), reason: "r".into() },
        Write::Bury {
            key: key.clone(),
            records: vec!["k".into()],
            dead: Dead { reason: "r".into(), since: Timestamp(1) },
        },
        Write::Revive { record: 1 },
        Write::DropRecord { record: 1 },
        Write::Intend(intent),
        Write::IntentFailed { token: token.clone(), failure: "f".into() },
        Write::IntentDone { token: token.clone() },
        Write::LeaveHook { token: token.clone(), workflow: "w".into() },
        Write::RemoveHook { token: token.clone() },
        Write::PutWorkflow(workflow.clone()),
        Write::CheckWorkflow { workflow: workflow.clone(), tasks: Vec::new() },
        put_task.clone(),
        put_task,
        Write::EndTask { task: 1, revision: 2, end },
        Write::SetStatus { key: workflow.key.clone(), status: WorkflowStatus::Removing },
        Write::RemoveTask { task: 1, revision: 1 },
        Write::RemoveWorkflow { key: workflow.key.clone() },
    ] {
        write::apply(&mut statements, write).unwrap();
    }
    write::lease(&mut statements, &key).unwrap();
    read::saved_of(&mut statements, std::slice::from_ref(&owner)).unwrap();
    outbox::oldest(&mut statements, &key, 1, 9).unwrap();
    read::outbox_owners(&mut statements, "app", "i").unwrap();
    read::hook(&mut statements, &token).unwrap();
    read::hook_of(&mut statements, "i", &owner).unwrap();
    read::hook_users(&mut statements, &token).unwrap();
    read::deliveries(&mut statements, "app", "i", 1, 9).unwrap();
    read::undeliverable(&mut statements, "app", 1).unwrap();
    read::count_undeliverable(&mut statements, "app").unwrap();
    workflows::workflow(&mut statements, &workflow.key).unwrap();
    for which in [Which::All, Which::Paused] {
        workflows::workflows(&mut statements, which, Some(&workflow.key), 1).unwrap();
    }
    workflows::due(&mut statements, Timestamp(1), None, 1).unwrap();
    workflows::pull_in(&mut statements, Timestamp(1), Duration::from_secs(1), 0).unwrap();
    kept::counts(&mut statements, Timestamp(1)).unwrap();
    kept::lanes(&mut statements, 0, 1).unwrap();
    for kind in [false, true] {
        outbox::entries(&mut statements, kind, 0, 1).unwrap();
        kept::kept_deliveries(&mut statements, kind, 0, 1).unwrap();
    }
    outbox::entry(&mut statements, 1).unwrap();
    kept::delivery(&mut statements, 1).unwrap();
    kept::hooks(&mut statements, Some("t"), 1).unwrap();
    kept::intents(&mut statements, Some("t"), 1).unwrap();
    kept::intent(&mut statements, "t").unwrap();
    kept::intakes(&mut statements, Some(&key), 1).unwrap();
    survey::registrations(&mut statements, Some("t"), 1).unwrap();
    survey::registrations(&mut statements, None, 1).unwrap();
    survey::tasks(&mut statements, 0, 1).unwrap();
    survey::strays(&mut statements, Some(&key), 1).unwrap();
    kept::scopes(&mut statements, Some(&owner), 1).unwrap();

    let known = statements.known().collect::<Vec<_>>();
    assert!(known.len() > 20);
    for sql in known {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let parameters = plan.parameter_count();
        let rows = plan.query_map(rusqlite::params_from_iter(vec![0; parameters]), |row| row.get::<_, String>(3));
        for step in rows.unwrap().map(Result::unwrap) {
            // `pending` is the list of owners found by the index; sorting those few is fine.
            let walks = step.starts_with("SCAN") && step != "SCAN pending" && step != "SCAN CONSTANT ROW";
            let sorts = step.contains("TEMP B-TREE") && !sql.contains("pending");
            assert!(!walks && !sorts, "{step}\n{sql}");
        }
    }
}
