//! What looks at a service's database and mends it, while a store serves it.

mod common;

use common::{Folder, intake_in, text};
use intake_runtime::clock::Timestamp;
use intake_runtime::intake::Scope;
use intake_runtime::store::*;
use std::path::Path;
use std::process::Output;

fn key(workflow: &str) -> IntakeKey {
    IntakeKey { app: "acme".to_owned(), intake: "a/b".to_owned(), workflow: workflow.to_owned() }
}

fn scope(scope: Scope, owner: &str) -> ScopeKey {
    ScopeKey { app: "acme".to_owned(), scope, owner: owner.to_owned() }
}

fn state(workflow: &str, state: &str, cycle: Option<CycleProgress>) -> Write {
    Write::Intake { key: key(workflow), state: Some(state.to_owned()), set_up: true, cycles: 7, cycle }
}

async fn store(folder: &Folder) -> Sqlite {
    let store = Sqlite::open(folder.path().join("intake.db")).await.unwrap();
    let cycle = CycleProgress { requests: 2, results: 30, previous: None, exit: None };
    let owner = scope(Scope::Workflow, "w1");
    let hook =
        Hook { token: "t".to_owned(), intake: "hooked".to_owned(), owner: owner.clone(), status: HookStatus::Active };
    let payload = |number: usize| format!("{{\"n\":{number}.50}}").into();
    let records =
        (0..4).map(|number| OutboxRecord { key: format!("acme/a%2Fb/w1/7/1/{number}"), payload: payload(number) });
    let dead = |reason: &str| Dead { reason: reason.to_owned(), since: Timestamp(0) };
    let arrival = |number| Arrival {
        token: "t".to_owned(),
        payload: payload(number),
        headers: None,
        dedupe: None,
        at: Timestamp(0),
    };
    let saved = vec![("secret".to_owned(), "\"s3cret\"".to_owned())];
    let writes = vec![
        state("w1", "{\"id\":12345678901234567890123,\"a\":[]}", None),
        state("w2", "{}", Some(cycle)),
        Write::Save { owner, entries: saved },
        Write::Append { key: key("w1"), records: records.collect() },
        Write::Bury { key: key("w1"), records: vec!["acme/a%2Fb/w1/7/1/1".to_owned()], dead: dead("410 Gone") },
        Write::Bury { key: key("w1"), records: vec!["acme/a%2Fb/w1/7/1/2".to_owned()], dead: dead("too large") },
        Write::Refused {
            key: key("w1"),
            attempts: 3,
            since: Timestamp(0),
            next: Timestamp(1_000),
            reason: "503 Service Unavailable".to_owned(),
        },
        Write::PutHook(hook),
        Write::Deliver(arrival(1)),
        Write::Deliver(arrival(2)),
        Write::Deliver(arrival(3)),
        Write::Undeliverable { delivery: 1, reason: "no workflow has the resource `x`".to_owned() },
        Write::Undeliverable { delivery: 2, reason: "the hook has no workflow".to_owned() },
    ];
    store.commit(writes).await.unwrap();
    store
}

fn intake(folder: &Folder, arguments: &[&str], input: &str) -> Output {
    intake_in(folder.path(), arguments, input)
}

/// What a command prints, which succeeds.
fn prints(folder: &Folder, arguments: &[&str]) -> String {
    let output = intake(folder, arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// What a command says that fails.
fn refuses(folder: &Folder, arguments: &[&str], input: &str) -> String {
    let output = intake(folder, arguments, input);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
    text(&output.stderr).to_owned()
}

#[tokio::test]
async fn states_are_shown_without_what_is_saved() {
    let folder = Folder::new(&[]);
    let _store = store(&folder).await;
    assert_eq!(
        prints(&folder, &["state", "show"]),
        "acme/a%2Fb/w1: 7 cycles, state of 37 bytes\nacme/a%2Fb/w2: 7 cycles, one under way, state of 2 bytes\n"
    );
    insta::assert_snapshot!("state_show", prints(&folder, &["state", "show", "acme/a%2Fb/w1"]));
    assert!(prints(&folder, &["state", "show", "acme/a%2Fb/w2"]).contains("\"requests\": 2"));
    let error = refuses(&folder, &["state", "show", "acme/a/w1"], "");
    assert!(error.contains("there is no state of acme/a/w1"), "{error}");
    let error = refuses(&folder, &["state", "show", "acme/a/b/w1"], "");
    assert!(error.contains("is no key: it is APP/INTAKE/WORKFLOW, with %2F for a slash"), "{error}");
}

#[tokio::test]
async fn an_export_is_imported_elsewhere() {
    let (folder, other) = (Folder::new(&[]), Folder::new(&[]));
    let _store = store(&folder).await;
    let export = prints(&folder, &["state", "export"]);
    insta::assert_snapshot!("state_export", export);
    let target = Sqlite::open(other.path().join("intake.db")).await.unwrap();
    let earlier = Write::Intake { key: key("w1"), state: None, set_up: false, cycles: 99, cycle: None };
    target.commit(vec![earlier]).await.unwrap();
    other.write("export", &export);
    assert_eq!(prints(&other, &["state", "import", "export"]), "2 states imported, and what is saved for 1 owner\n");
    let (first, second) =
        (target.intake(&key("w1")).await.unwrap().unwrap(), target.intake(&key("w2")).await.unwrap().unwrap());
    assert_eq!(first.state.as_deref(), Some("{\"id\":12345678901234567890123,\"a\":[]}"));
    // No cycle has the number of another that has given records.
    assert_eq!((first.cycles, second.cycles, second.cycle, first.set_up), (99, 8, None, true));
    let saved = target.saved(&scope(Scope::Workflow, "w1")).await.unwrap();
    assert_eq!(saved, [("secret".to_owned(), "\"s3cret\"".to_owned())]);
    for line in ["{}", "[1]", "{\"app\":\"acme\",\"scope\":\"world\",\"owner\":\"\",\"saved\":{}}", "not JSON"] {
        let before = target.intake(&key("w1")).await.unwrap();
        let error = refuses(&other, &["state", "import", "-"], &format!("{export}{line}"));
        assert!(error.contains("-:4: this is no line of `intake state export`: nothing was imported"), "{error}");
        assert_eq!(target.intake(&key("w1")).await.unwrap(), before);
    }
}

#[cfg(unix)]
fn edit(folder: &Folder, key: &str, script: &str) -> Output {
    use std::os::unix::fs::PermissionsExt;
    folder.write("editor", &format!("#!/bin/sh\n{script}\n"));
    let editor = folder.path().join("editor");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_intake"));
    command.args(["state", "edit", key]).env("VISUAL", editor).current_dir(folder.path()).output().unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a_state_is_edited_as_text() {
    let folder = Folder::new(&[]);
    let store = store(&folder).await;
    let text = |output: &Output| format!("{}{}", text(&output.stdout), text(&output.stderr));
    let stored = async || store.intake(&key("w2")).await.unwrap().unwrap();
    let before = stored().await;
    for (script, answer) in [
        ("true", "nothing was changed"),
        ("echo '{' > \"$1\"", "what was written is no JSON"),
        ("echo '[]' > \"$1\"", "a polling state is an object"),
        ("echo '{\"a\":1}' > \"$1\"; false", "the state is as it was"),
    ] {
        let output = edit(&folder, "acme/a%2Fb/w2", script);
        assert!(text(&output).contains(answer), "{}", text(&output));
        assert_eq!(stored().await, before, "{script}");
    }
    let output = edit(&folder, "acme/a%2Fb/w1", "sed -i 's/123/321/' \"$1\"");
    assert!(text(&output).contains("the state of acme/a%2Fb/w1 is changed"), "{}", text(&output));
    let changed = store.intake(&key("w1")).await.unwrap().unwrap();
    assert_eq!(changed.state.as_deref(), Some("{\"id\":32145678901234567890123,\"a\":[]}"));
    // The cycle that was under way cannot write over it.
    let late = store.commit(vec![Write::CheckFence { key: key("w1"), fence: changed.fence - 1 }]).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })));
    // Nor is what a cycle wrote meanwhile written over: here the editor is the cycle.
    let import = format!(
        "echo '{{}}' > \"$1\"; echo '{}' | {} state import -",
        "{\"app\":\"acme\",\"intake\":\"a/b\",\"workflow\":\"w2\",\"state\":{\"n\":1},\"set_up\":true,\"cycles\":9}",
        env!("CARGO_BIN_EXE_intake")
    );
    let output = edit(&folder, "acme/a%2Fb/w2", &format!("{import}; echo '{{\"n\":2}}' > \"$1\""));
    assert!(text(&output).contains("a cycle has changed the state meanwhile"), "{}", text(&output));
    assert_eq!(stored().await.state.as_deref(), Some("{\"n\":1}"));
}

#[tokio::test]
async fn records_are_listed_shown_retried_and_dropped() {
    let folder = Folder::new(&[]);
    let store = store(&folder).await;
    let list = prints(&folder, &["outbox", "list"]);
    assert_eq!(
        list,
        "acme/a%2Fb/w1: refused 3 times, next try at 1970-01-01T00:00:01.000Z: 503 Service Unavailable\n\
         1 acme/a%2Fb/w1/7/1/0, 10 bytes\n4 acme/a%2Fb/w1/7/1/3, 10 bytes\n"
    );
    let dead = prints(&folder, &["outbox", "list", "--dead"]);
    assert!(dead.starts_with("2 acme/a%2Fb/w1/7/1/1, 10 bytes, dead since 1970-01-01T00:00:00.000Z ("), "{dead}");
    assert!(dead.contains("days ago): 410 Gone\n3 ") && dead.ends_with("): too large\n"), "{dead}");
    let json = prints(&folder, &["outbox", "list", "--dead", "--json"]);
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["record"], &first["reason"]), (&2.into(), &"410 Gone".into()));
    insta::assert_snapshot!("outbox_show", prints(&folder, &["outbox", "show", "2"]));

    assert!(refuses(&folder, &["outbox", "retry", "1"], "").contains("record 1 is no dead letter but in line"));
    assert!(refuses(&folder, &["outbox", "drop", "9"], "").contains("there is no record 9"));
    assert_eq!(prints(&folder, &["outbox", "retry", "2"]), "1 record in line again\n");
    let keys: Vec<_> =
        store.outbox(&key("w1"), 10, usize::MAX).await.unwrap().into_iter().map(|record| record.key).collect();
    assert_eq!(keys, ["acme/a%2Fb/w1/7/1/0", "acme/a%2Fb/w1/7/1/1", "acme/a%2Fb/w1/7/1/3"]);
    assert_eq!(prints(&folder, &["outbox", "drop", "--all"]), "1 record dropped\n");
    assert_eq!(prints(&folder, &["outbox", "drop", "--all"]), "0 records dropped\n");
    assert_eq!(intake(&folder, &["outbox", "drop"], "").status.code(), Some(2));
    assert_eq!(store.counts(Timestamp(0)).await.unwrap().dead, 0);
}

#[tokio::test]
async fn deliveries_are_listed_shown_retried_and_dropped() {
    let folder = Folder::new(&[]);
    let store = store(&folder).await;
    let list = prints(&folder, &["deliveries", "list"]);
    assert!(list.starts_with("1 acme/hooked, 10 bytes, 1970-01-01T00:00:00.000Z ("), "{list}");
    assert!(list.contains("): no workflow has the resource `x`\n2 "), "{list}");
    assert!(prints(&folder, &["deliveries", "list", "--waiting"]).starts_with("3 "));
    insta::assert_snapshot!("deliveries_show", prints(&folder, &["deliveries", "show", "1"]));
    assert!(refuses(&folder, &["deliveries", "retry", "3"], "").contains("delivery 3 is not undeliverable"));
    assert_eq!(prints(&folder, &["deliveries", "retry", "1"]), "1 delivery to be routed again\n");
    let waiting = store.deliveries("acme", "hooked", 10, usize::MAX).await.unwrap();
    assert_eq!(waiting.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(prints(&folder, &["deliveries", "drop", "--all"]), "1 delivery dropped\n");
    assert_eq!(store.count_undeliverable("acme").await.unwrap(), 0);
}

#[tokio::test]
async fn a_backup_is_a_database() {
    let folder = Folder::new(&[]);
    let _store = store(&folder).await;
    prints(&folder, &["backup", "copy.db"]);
    let copy = prints(&folder, &["state", "export", "--db", "copy.db"]);
    assert_eq!(copy, prints(&folder, &["state", "--db", "intake.db", "export"]));
    let error = refuses(&folder, &["backup", "copy.db"], "");
    assert!(error.contains("copy.db"), "{error}");
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = Folder::new(&[("text.db", "this is no database, however long it may be")]);
    for (file, answer) in [("none.db", "there is no such file"), ("text.db", "not a database"), (".", "folder")] {
        let error = refuses(&folder, &["state", "show", "--db", file], "");
        assert!(
            error.starts_with("error: the store failed to open its database: ") && error.contains(answer),
            "{error}"
        );
    }
    assert!(!Path::new(&folder.path().join("none.db")).exists());
}

#[tokio::test]
async fn the_doctor_lists_what_is_wrong_and_mends_what_it_may() {
    let folder = Folder::new(&[]);
    let empty = Sqlite::open(folder.path().join("empty.db")).await.unwrap();
    let well = intake(&folder, &["doctor", "--db", "empty.db"], "");
    assert_eq!((well.status.code(), text(&well.stderr)), (Some(0), ""));
    assert!(text(&well.stdout).ends_with("nothing needs looking after\n"), "{}", text(&well.stdout));
    empty.close().await;

    let store = store(&folder).await;
    let owner = scope(Scope::Connection, "c1");
    let hook = Hook { token: "u".to_owned(), intake: "other".to_owned(), owner, status: HookStatus::Creating };
    let intent = Intent {
        token: "u".to_owned(),
        workflow: "w9".to_owned(),
        action: IntentAction::Create,
        since: Timestamp(0),
        attempt: 1,
        failure: None,
    };
    let workflow = WorkflowKey { app: "acme".to_owned(), workflow: "w9".to_owned() };
    let attention = WorkflowStatus::NeedsAttention { reason: "acme.json:7:9: !error of event request".to_owned() };
    let stored = StoredWorkflow {
        key: workflow.clone(),
        connection: "c1".to_owned(),
        account: None,
        resource: None,
        subdomain: None,
        status: attention,
    };
    store.commit(vec![Write::PutHook(hook), Write::Intend(intent), Write::PutWorkflow(stored)]).await.unwrap();
    let output = intake(&folder, &["doctor", "--registrations"], "");
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("doctor", text(&output.stdout));

    // Without an answer nothing is done.
    let before = store.counts(Timestamp(0)).await.unwrap();
    let output = intake(&folder, &["doctor", "--mend"], "");
    assert!(text(&output.stdout).contains("is it gone at the vendor"), "{}", text(&output.stdout));
    assert_eq!(store.counts(Timestamp(0)).await.unwrap(), before);
    let output = intake(&folder, &["doctor", "--mend"], &"y\n".repeat(20));
    insta::assert_snapshot!("doctor_mends", text(&output.stdout));
    let (after, hooks) = (store.counts(Timestamp(0)).await.unwrap(), store.hooks(None, 9).await.unwrap());
    assert_eq!((after.dead, after.undeliverable, after.attention, after.intents), (0, 0, 0, 0));
    assert_eq!(hooks.len(), 0, "{}", text(&output.stdout));
}

#[tokio::test]
async fn the_doctor_gives_up_a_removal_that_comes_to_no_end() {
    let folder = Folder::new(&[]);
    let store = Sqlite::open(folder.path().join("intake.db")).await.unwrap();
    let w1 = WorkflowKey { app: "acme".to_owned(), workflow: "w1".to_owned() };
    let stored = StoredWorkflow {
        key: w1.clone(),
        connection: "c1".to_owned(),
        account: None,
        resource: None,
        subdomain: None,
        status: WorkflowStatus::Removing,
    };
    let hook = |token: &str, intake: &str, owner| Hook {
        token: token.to_owned(),
        intake: intake.to_owned(),
        owner,
        status: HookStatus::Deleting,
    };
    let next = Some(Next { job: Job::Remove, at: Timestamp(0) });
    let put = |key, mode| Write::PutTask { key, mode, inputs: "{}".to_owned(), next };
    let mut writes = vec![
        Write::PutWorkflow(stored),
        put(key("w1"), TaskMode::Once),
        state("w1", "{}", None),
        Write::PutHook(hook("t", "hooked", scope(Scope::Workflow, "w1"))),
        Write::PutHook(hook("u", "hooked", scope(Scope::Workflow, "w2"))),
        put(w1.intake("hooked"), TaskMode::Webhook),
    ];
    writes.extend((1..3).map(|task| {
        let error = Some("the vendor refuses".to_owned());
        let end = TaskEnd { next, failures: 12, error, progress: Progress::default(), attention: true };
        Write::EndTask { task, revision: 1, end }
    }));
    store.commit(writes).await.unwrap();
    let found = intake(&folder, &["doctor"], "");
    assert_eq!(found.status.code(), Some(1));
    for intake in ["hooked", "a/b"] {
        let finding = format!("the removal of `{intake}` of app `acme` for workflow `w1` has failed 12 times in a row");
        assert!(text(&found.stdout).contains(&finding), "{}", text(&found.stdout));
    }
    // One answer is enough: with the workflow all of it is gone.
    let mended = intake(&folder, &["doctor", "--mend"], "y\n");
    assert_eq!(text(&mended.stdout).matches("to be given up, without asking the vendor? [y/N]").count(), 1);
    assert_eq!(store.workflow(&w1).await.unwrap(), None);
    let hooks = store.hooks(None, 9).await.unwrap();
    assert_eq!(hooks.iter().map(|hook| &*hook.token).collect::<Vec<_>>(), ["u"]);
    assert_eq!(store.intake(&key("w1")).await.unwrap().unwrap().state, None);
}
