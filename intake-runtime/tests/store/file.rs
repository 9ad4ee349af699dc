//! The embedded store's file: what is in it after the process, who may open it, and what is refused.

use super::*;
use intake_runtime::store::{OutboxEntry, Sqlite, StoredDelivery, Task};
use rusqlite::Connection;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::Poll;
use tempfile::TempDir;

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("intake.db");
    (folder, path)
}

/// What an error says, its sources too.
async fn refused(path: &Path) -> String {
    let error = Sqlite::open(path).await.unwrap_err();
    assert!(matches!(error, StoreError::Failed { .. }), "{error:?}");
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Opens a file that a dropped store is about to let go of.
async fn open_released(path: &Path) -> Sqlite {
    loop {
        match Sqlite::open(path).await {
            Err(StoreError::InUse { .. }) => tokio::task::yield_now().await,
            opened => return opened.unwrap(),
        }
    }
}

async fn fill(store: &Sqlite) {
    let connection = owner(Scope::Connection, "c");
    let previous = Some([7; 32]);
    let cycle = Some(CycleProgress { requests: 1, results: 2, previous, exit: Some("done".into()) });
    store.lease(&key("w")).await.unwrap();
    let writes = [
        Write::CheckFence { key: key("w"), fence: 1 },
        Write::Intake { key: key("w"), state: Some("{}".into()), set_up: true, cycles: 5, cycle },
        append("w", 0..100),
        Write::Save { owner: connection.clone(), entries: vec![("k".into(), "1".into())] },
        Write::PutHook(hook("t", "hooked", connection)),
        Write::PutHookUser { token: "t".into(), user: user("w") },
        deliver("t", "1"),
        deliver("t", "2"),
        Write::Undeliverable { delivery: 1, reason: "no workflow".into() },
    ];
    commit(store, writes).await;
}

async fn is_filled(store: &Sqlite) {
    let intake = store.intake(&key("w")).await.unwrap().unwrap();
    assert_eq!((intake.fence, intake.cycles, intake.cycle.unwrap().previous), (1, 5, Some([7; 32])));
    assert_eq!(store.outbox(&key("w"), 1000, usize::MAX).await.unwrap(), (0..100).map(record).collect::<Vec<_>>());
    assert_eq!(store.saved(&owner(Scope::Connection, "c")).await.unwrap(), [("k".to_owned(), "1".to_owned())]);
    assert_eq!(store.hook_of("hooked", &owner(Scope::Connection, "c")).await.unwrap().unwrap().token, "t");
    assert_eq!(store.hook_users("t").await.unwrap(), [user("w")]);
    assert_eq!(payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()), ["2"]);
    assert_eq!(store.undeliverable("app", 10).await.unwrap()[0].reason, "no workflow");
}

#[tokio::test]
async fn all_is_there_after_a_close() {
    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    store.close().await;
    // The log is folded in: the file alone is the whole database.
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["intake.db", "intake.db.lock"]);
    for _ in 0..2 {
        let store = Sqlite::open(&path).await.unwrap();
        is_filled(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn all_is_there_after_a_drop() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    drop(store);
    is_filled(&open_released(&path).await).await;
}

#[tokio::test]
async fn what_was_committed_is_in_the_file_while_the_store_is_open() {
    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    // What a process that is killed leaves: the files as they are now.
    let left = folder.path().join("left.db");
    for side in ["", "-wal"] {
        fs::copy(format!("{}{side}", path.display()), format!("{}{side}", left.display())).unwrap();
    }
    is_filled(&Sqlite::open(&left).await.unwrap()).await;
}

/// Commits until it is killed, and says what it was told is durable. Run by the test below in a process of its own.
#[tokio::test]
#[ignore = "never ends"]
async fn victim() {
    let Some(path) = std::env::var_os("INTAKE_VICTIM") else { return };
    let store = Sqlite::open(Path::new(&path)).await.unwrap();
    for number in 0.. {
        commit(&store, [append("w", [number])]).await;
        println!("durable {number}");
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_and_leaves_no_lock() {
    let (_folder, path) = file();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "file::victim", "--ignored", "--nocapture"])
        .env("INTAKE_VICTIM", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let durable = |line: String| line.strip_prefix("durable ")?.parse::<usize>().ok();
    let mut told = lines.by_ref().filter_map(durable).nth(40).unwrap();
    assert!(matches!(Sqlite::open(&path).await, Err(StoreError::InUse { .. })));
    child.kill().unwrap();
    child.wait().unwrap();
    told = lines.filter_map(durable).last().unwrap_or(told);
    let found = outbox(&Sqlite::open(&path).await.unwrap(), "w").await;
    // The last one may be there without its having been said.
    assert!(found.len() > told, "{} of {told}", found.len());
    assert_eq!(found, (0..found.len()).map(|number| record(number).key).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_closed_store_answers_with_an_error() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    tokio::join!(store.close(), store.close());
    for error in [store.commit(vec![append("w", [1])]).await.unwrap_err(), store.hook("t").await.unwrap_err()] {
        assert_eq!(error.source().unwrap().to_string(), "it is closed");
    }
    store.close().await;
}

#[tokio::test]
async fn what_was_asked_before_a_close_is_done() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let (first, second, ()) =
        tokio::join!(store.commit(vec![append("w", [1])]), store.commit(vec![append("w", [2])]), store.close());
    first.unwrap();
    second.unwrap();
    assert_eq!(outbox(&Sqlite::open(&path).await.unwrap(), "w").await, ["key 1", "key 2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_at_once_are_all_durable_and_seen() {
    let (_folder, path) = file();
    let store = Arc::new(Sqlite::open(&path).await.unwrap());
    let commits = (0..200).map(|number: usize| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let workflow = format!("w{}", number % 10);
            // Every fifth fails, amid the others, and must leave nothing.
            if number.is_multiple_of(5) {
                let lost = Write::CheckFence { key: key("none"), fence: 1 };
                let failed = store.commit(vec![append(&workflow, [1000 + number]), lost]).await;
                assert!(matches!(failed, Err(StoreError::LeaseLost { .. })));
            }
            store.commit(vec![append(&workflow, [number])]).await.unwrap();
            assert!(outbox(&*store, &workflow).await.contains(&record(number).key));
            store.lease(&key("shared")).await.unwrap().fence
        })
    });
    let mut fences = Vec::new();
    for task in commits.collect::<Vec<_>>() {
        fences.push(task.await.unwrap());
    }
    fences.sort_unstable();
    assert_eq!(fences, (1..=200).collect::<Vec<_>>(), "no two leases have one number");
    drop(store);
    let store = open_released(&path).await;
    for workflow in 0..10 {
        let mut found = outbox(&store, &format!("w{workflow}")).await;
        let mut expected: Vec<_> = (workflow..200).step_by(10).map(|number| record(number).key).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_commit_nobody_waits_for_happens_wholly_or_not() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    for round in 0..50 {
        let workflow = format!("w{round}");
        let intake = Write::Intake { key: key(&workflow), state: None, set_up: true, cycles: 1, cycle: None };
        let mut dropped = store.commit(vec![append(&workflow, 0..20), intake]);
        if round > 0 {
            std::future::poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_ready())).await;
        }
        drop(dropped);
        // One writer in order of arrival: once this is answered, so is the other.
        commit(&store, [append("barrier", [round])]).await;
        let records = outbox(&store, &workflow).await.len();
        assert_eq!(store.intake(&key(&workflow)).await.unwrap().is_some(), records == 20);
        assert_eq!(records, if round > 0 { 20 } else { 0 }, "what was asked is done, what was not is not");
    }
}

#[tokio::test]
async fn a_file_has_one_store_at_a_time() {
    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let mut names = vec![path.clone(), folder.path().join(".").join("intake.db")];
    #[cfg(unix)]
    {
        let alias = folder.path().join("alias.db");
        std::os::unix::fs::symlink(&path, &alias).unwrap();
        names.push(alias);
    }
    for name in &names {
        let error = Sqlite::open(name).await.unwrap_err();
        assert!(matches!(&error, StoreError::InUse { path } if path.ends_with("intake.db")), "{error:?}");
    }
    fill(&store).await;
    is_filled(&store).await;
    store.close().await;
    for name in &names {
        let store = Sqlite::open(name).await.unwrap();
        is_filled(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn another_program_can_read_meanwhile() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    let other = Connection::open(&path).unwrap();
    // Records whose keys are numbered one after the other are an array.
    let sql =
        "SELECT sum(one.value ->> 'n') FROM outbox, json_each(iif(count = 1, json_array(json(payload)), payload)) one";
    assert_eq!(other.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 4950);
    commit(&store, [append("w", [100])]).await;
    assert_eq!(other.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 5050);
}

#[tokio::test]
async fn a_backup_is_a_whole_database_of_one_moment() {
    let (folder, path) = file();
    let store = Arc::new(Sqlite::open(&path).await.unwrap());
    fill(&store).await;
    // While others write, ten records at a time.
    let writing = Arc::clone(&store);
    let writer = tokio::spawn(async move {
        for round in 0.. {
            let numbers = 1000 + round * 10..1010 + round * 10;
            if writing.commit(vec![append("busy", numbers)]).await.is_err() {
                break;
            }
        }
    });
    while outbox(&*store, "busy").await.len() < 50 {
        tokio::task::yield_now().await;
    }
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let told = outbox(&*store, "busy").await.len();
    store.close().await;
    writer.await.unwrap();
    let copied = Sqlite::open(&copy).await.unwrap();
    is_filled(&copied).await;
    let found = outbox(&copied, "busy").await.len();
    assert!((50..=told).contains(&found) && found.is_multiple_of(10), "{found} of {told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // What is there is not written over.
    let before = fs::read(&copy).unwrap();
    let error = copied.backup(&copy).await.unwrap_err();
    assert!(error.to_string().contains("make a backup"), "{error}");
    assert_eq!(fs::read(&copy).unwrap(), before);
    assert!(copied.backup(folder.path().join("missing").join("copy.db")).await.is_err());
}

#[tokio::test]
async fn a_locked_database_is_told_from_a_broken_one() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.commit(vec![append("w", [1])]).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    assert!(error.to_string().contains("another program holds a lock"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    commit(&store, [append("w", [2])]).await;
    assert_eq!(outbox(&store, "w").await, ["key 2"]);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{entry:?}");
        names.push(entry.file_name());
    }
    assert_eq!(names.len(), 4, "the database, its log, the log's index and the lock: {names:?}");
}

#[tokio::test]
async fn a_place_that_cannot_be_is_refused() {
    let (folder, path) = file();
    let missing = folder.path().join("missing").join("intake.db");
    assert!(refused(&missing).await.contains("its folder is missing or not accessible: create it first"));
    assert!(!missing.parent().unwrap().exists());
    let text = refused(folder.path()).await;
    assert!(text.contains("this is a folder") && text.contains(&folder.path().display().to_string()), "{text}");
    assert!(refused(Path::new("")).await.contains("this names no file"));
    fs::write(&path, "").unwrap();
    assert!(refused(&path.join("intake.db")).await.contains("intake.db"));
    // An empty file is a new database.
    fill(&Sqlite::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_left_alone() {
    let (folder, _) = file();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "not a database, but long enough to have a header: ".repeat(100)).unwrap();
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let marked = folder.path().join("marked.db");
    Connection::open(&marked).unwrap().execute_batch("PRAGMA application_id = 7; PRAGMA user_version = 1").unwrap();
    for (path, problem) in [
        (&text, "it is not a database of this store, or damaged: file is not a database"),
        (&foreign, "this is a database of another program: name another file"),
        (&marked, "this is a database of another program: name another file"),
    ] {
        let before = fs::read(path).unwrap();
        let error = refused(path).await;
        assert!(error.contains(problem) && error.contains(&path.display().to_string()), "{error}");
        assert_eq!(fs::read(path).unwrap(), before);
        // Refusing lets go of it.
        assert!(refused(path).await.contains(problem));
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (_folder, path) = file();
    Sqlite::open(&path).await.unwrap().close().await;
    let other = Connection::open(&path).unwrap();
    let known: i64 = other.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    other.pragma_update(None, "user_version", 1_000_000).unwrap();
    drop(other);
    let error = Sqlite::open(&path).await.unwrap_err();
    let StoreError::TooNew { found, known: told, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*found, *told), (1_000_000, known));
}

#[tokio::test]
async fn a_damaged_file_is_an_error_not_a_panic() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    store.close().await;
    let whole = fs::read(&path).unwrap();
    let tables: Vec<usize> = {
        let file = Connection::open(&path).unwrap();
        let mut pages = file.prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0").unwrap();
        let pages = pages.query_map([], |row| row.get::<_, u32>(0)).unwrap();
        pages.map(|page| (page.unwrap() as usize - 1) * 4096).collect()
    };
    let spoil = |parts: &[(usize, usize)]| {
        let mut bytes = whole.clone();
        parts.iter().for_each(|(from, to)| bytes[*from..*to].fill(0xa7));
        fs::write(&path, bytes).unwrap();
    };
    // The header; the tables' own table; then, which opening does not read, the rows.
    for part in [(0, 100), (100, 4096)] {
        spoil(&[part]);
        assert!(refused(&path).await.contains("it is not a database of this store, or damaged"));
    }
    spoil(&tables.into_iter().map(|page| (page, page + 4096)).collect::<Vec<_>>());
    let store = Sqlite::open(&path).await.unwrap();
    for error in [
        store.intake(&key("w")).await.map(drop).unwrap_err(),
        store.deliveries("app", "hooked", 1, usize::MAX).await.map(drop).unwrap_err(),
        store.commit(vec![append("w", [1])]).await.unwrap_err(),
        store.lease(&key("w")).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.source().unwrap().to_string(), "database disk image is malformed");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    }
    store.close().await;
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    match Sqlite::open(&path).await {
        Err(StoreError::Failed { .. }) => {}
        Ok(store) => drop(store.lease(&key("w")).await.unwrap_err()),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn what_is_secret_is_not_shown() {
    let secret = "s3cr3t";
    let hook = hook(secret, "hooked", owner(Scope::Workflow, "w"));
    let user = HookUser { inputs: secret.into(), ..user("w") };
    let delivery = Delivery { id: 1, token: secret.into(), payload: secret.into() };
    let entry = ("name".to_owned(), secret.to_owned());
    let intake = StoredIntake { state: Some(secret.into()), ..StoredIntake::default() };
    let intent = Intent {
        token: secret.into(),
        workflow: "w".into(),
        action: IntentAction::Create,
        since: Timestamp(1),
        attempt: 1,
        failure: None,
    };
    let entry_of_outbox =
        OutboxEntry { number: 1, owner: key("w"), key: "k".into(), payload: secret.into(), dead: None };
    let task = Task {
        number: 1,
        key: key("w"),
        mode: TaskMode::Once,
        inputs: secret.into(),
        next: None,
        failures: 0,
        error: None,
        progress: Progress::default(),
        revision: 1,
    };
    let stored = StoredDelivery {
        id: 1,
        app: "app".into(),
        intake: "hooked".into(),
        token: secret.into(),
        payload: secret.into(),
        headers: Some(secret.into()),
        at: Timestamp(1),
        attempts: 1,
        // It can quote the payload.
        reason: Some(secret.into()),
    };
    let shown = format!("{hook:?} {user:?} {delivery:?} {intake:?} {intent:?} {entry_of_outbox:?} {task:?} {stored:?}");
    let token = || secret.to_owned();
    let writes = [
        Write::Intake { key: key("w"), state: Some(secret.into()), set_up: true, cycles: 1, cycle: None },
        Write::Save { owner: hook.owner.clone(), entries: vec![entry] },
        Write::PutHook(hook),
        Write::RemoveHook { token: token() },
        Write::PutHookUser { token: token(), user },
        Write::RemoveHookUser { token: token(), workflow: "w".into() },
        deliver(secret, secret),
        Write::Deliver(Arrival {
            token: token(),
            payload: secret.into(),
            headers: Some(token()),
            dedupe: Some(Dedupe { key: [7; 16], since: Timestamp(1) }),
            at: Timestamp(1),
        }),
        Write::Intend(intent.clone()),
        Write::IntentFailed { token: token(), failure: "503".into() },
        Write::IntentDone { token: token() },
        Write::PutTask { key: key("w"), mode: TaskMode::Once, inputs: token(), next: None },
    ];
    let shown = format!("{shown} {writes:?} {}", StoreError::UnknownHook);
    assert!(!shown.contains(secret), "{shown}");
    assert!(shown.contains("hooked") && shown.contains("name"), "{shown}");
}

#[tokio::test]
async fn a_store_beside_another_mends_what_that_one_serves() {
    let (_folder, path) = file();
    assert!(attached(&path).await.contains("there is no such file"));
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    let beside = Sqlite::attach(&path).await.unwrap();
    assert_eq!(beside.intake(&key("w")).await.unwrap(), store.intake(&key("w")).await.unwrap());
    // Each sees what the other has committed.
    commit(&beside, vec![append("w", 100..101)]).await;
    assert_eq!(store.outbox(&key("w"), 1_000, usize::MAX).await.unwrap().len(), 101);
    commit(&store, vec![append("w", 101..102)]).await;
    assert_eq!(beside.outbox(&key("w"), 1_000, usize::MAX).await.unwrap().len(), 102);
    // A cycle under way is shut out.
    let fence = beside.lease(&key("w")).await.unwrap().fence;
    let late = store.commit(vec![Write::CheckFence { key: key("w"), fence: fence - 1 }]).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    // It keeps nobody from opening the file for good.
    store.close().await;
    let next = Sqlite::open(&path).await.unwrap();
    commit(&next, vec![append("w", 102..103)]).await;
    assert_eq!(beside.outbox(&key("w"), 1_000, usize::MAX).await.unwrap().len(), 103);
    beside.close().await;
    next.close().await;

    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1).unwrap();
    assert!(attached(&path).await.contains("an older release wrote it: start your program"));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Sqlite::attach(&path).await, Err(StoreError::TooNew { found: 99, .. })));
}

async fn attached(path: &Path) -> String {
    let error = Sqlite::attach(path).await.unwrap_err();
    format!("{error}: {}", error.source().unwrap())
}
