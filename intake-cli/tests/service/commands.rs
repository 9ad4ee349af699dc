//! With the command, on the database of a program that runs.

use crate::common::{intake_in, text};
use crate::world::{LONG, World, until};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_sent_again_when_the_sink_is_mended() {
    let world = World::new().await;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    let own = world.hook(Some("w1")).await;
    world.vendor.ledger().refusal = Some(410);
    for number in 1..=3 {
        assert_eq!(program.deliver(&own, &number.to_string(), &format!("{{\"n\": {number}}}")).await, 200);
    }
    program.until_metric("intake_dead_letters", 3).await;
    let letters: Vec<Value> = world
        .intake(&["outbox", "list", "--dead", "--json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let numbers: Vec<String> = letters.iter().map(|letter| letter["record"].to_string()).collect();
    assert!(letters.iter().all(|letter| letter["reason"].as_str().unwrap().contains("410")), "{letters:?}");
    assert!(world.intake(&["outbox", "show", &numbers[1]]).contains("\"n\": 2"));
    assert_eq!(world.intake(&["outbox", "drop", &numbers[1]]), "1 record dropped\n");
    let doctor = intake_in(world.folder.path(), &["doctor"], "");
    assert_eq!(doctor.status.code(), Some(1));
    assert!(text(&doctor.stdout).contains("2 dead letters of `own` of app `vendor` for workflow `w1`"));

    world.vendor.ledger().refusal = None;
    assert_eq!(world.intake(&["outbox", "retry", "--all"]), "2 records in line again\n");
    world.until_sunk(2).await;
    program.until_metric("intake_outbox_records", 0).await;
    assert_eq!(program.metric("intake_dead_letters").await, Some(0));
    assert_eq!(world.intake(&["outbox", "list"]), "");
    program.stop().await;
    let records: Vec<_> = world.vendor.ledger().sunk.values().map(|(record, _)| record["n"].clone()).collect();
    assert_eq!(records, [1, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_find_a_workflow_that_comes_later() {
    let world = World::new().await;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    let shared = world.hook(None).await;
    for (id, of) in [("1", "w2"), ("2", "w2"), ("3", "nobody")] {
        assert_eq!(program.deliver(&shared, id, &format!("{{\"of\": \"{of}\", \"n\": {id}}}")).await, 200);
    }
    program.until_metric("intake_undeliverable_deliveries", 3).await;
    assert_eq!(world.intake(&["deliveries", "list"]).lines().count(), 3);
    assert!(world.intake(&["deliveries", "show", "3"]).contains("\"of\": \"nobody\""));
    assert_eq!(world.intake(&["deliveries", "drop", "2"]), "1 delivery dropped\n");
    program.add("w2").await;
    // The vendor is asked for nothing: the workflow joins the hook that is there.
    let registered = "intake_jobs_total{app=\"vendor\",intake=\"shared\",job=\"register\",outcome=\"ok\"}";
    program.until_metric(registered, 2).await;
    assert_eq!(world.intake(&["deliveries", "retry", "--all"]), "2 deliveries to be routed again\n");
    world.until_sunk(1).await;
    program.until_metric("intake_pending_deliveries", 0).await;
    assert_eq!(program.metric("intake_undeliverable_deliveries").await, Some(1));
    program.stop().await;
    assert_eq!(world.vendor.ledger().sunk["vendor/shared/w2/delivery/1"].0["n"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_service_is_one_to_start_from() {
    let world = World::new().await;
    world.vendor.ledger().published = 4;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    world.until_items("w1", 4).await;
    world.hook(Some("w1")).await;
    program.until_metric("intake_hooks", 2).await;
    program.until_metric("intake_open_intents", 0).await;
    world.intake(&["backup", "copy.db"]);
    let states = |db: &str| world.intake(&["state", "export", "--db", db]);
    assert!(states("copy.db").contains("{\"after\":4}"), "{}", states("copy.db"));
    assert_eq!(text(&intake_in(world.folder.path(), &["doctor", "--db", "copy.db"], "").stderr), "");
    program.stop().await;

    let elsewhere = World::of(world.vendor.clone());
    std::fs::copy(world.folder.path().join("copy.db"), elsewhere.folder.path().join("intake.db")).unwrap();
    world.vendor.ledger().published = 6;
    let program = elsewhere.start(LONG).await;
    until("the rest", async || (elsewhere.items().len() == 2).then_some(())).await;
    assert_eq!(elsewhere.items().iter().map(|(_, item)| *item).collect::<Vec<_>>(), [5, 6]);
    // The hooks are the copy's, too.
    let own = world.hook(Some("w1")).await;
    assert_eq!(program.deliver(&own, "1", "{}").await, 200);
    world.until_sunk(1).await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_is_edited_while_its_workflow_is_paused() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    world.vendor.ledger().published = 2;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    world.until_items("w1", 2).await;
    assert_eq!(
        world.intake(&["workflows", "pause", "vendor/w1"]),
        "1 workflow paused; if the service is running, it notices within some seconds\n"
    );
    program.until_metric("intake_workflows{status=\"paused\"}", 1).await;
    // What was under way has ended.
    program.until_metric("intake_running_jobs", 0).await;
    let asked = world.vendor.ledger().asked.len();
    world.vendor.ledger().published = 9;
    assert!(world.intake(&["state", "show", "vendor/items/w1"]).contains("\"after\": 2"));
    world.folder.write("editor", "#!/bin/sh\nsed -i 's/2/7/' \"$1\"\n");
    let editor = world.folder.path().join("editor");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_intake"));
    let edit =
        command.args(["state", "edit", "vendor/items/w1"]).env("VISUAL", editor).current_dir(world.folder.path());
    assert!(edit.output().unwrap().status.success());
    // A roll of the scheduler's clock, and nothing was asked for.
    program.until_metric("intake_queued_jobs", 0).await;
    assert_eq!(world.vendor.ledger().asked.len(), asked);
    world.intake(&["workflows", "resume", "vendor/w1"]);
    until("items 8 and 9", async || (world.items().len() == 4).then_some(())).await;
    assert_eq!(world.items().iter().map(|(_, item)| *item).collect::<Vec<_>>(), [1, 2, 8, 9]);
    assert_eq!(world.vendor.ledger().asked[asked].1, 7);

    // An import while it runs is a restart from there; what was begun before commits nothing more.
    let export = world.intake(&["state", "export"]);
    world.folder.write("export", &export.replace("{\"after\":9}", "{\"after\":8}"));
    assert!(world.intake(&["state", "import", "export"]).starts_with("1 state imported"));
    until("item 9 again", async || (world.items().len() == 5).then_some(())).await;
    let items = world.items();
    assert!(items[4].1 == 9 && items[4].0 != items[3].0, "another cycle's, under another key: {items:?}");

    let before = world.vendor.ledger().asked.len();
    world.intake(&["workflows", "reset", "vendor/w1"]);
    until("the first page again", async || {
        world.vendor.ledger().asked[before..].iter().any(|(_, after)| *after == 0).then_some(())
    })
    .await;
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_removed_or_abandoned() {
    let world = World::new().await;
    world.vendor.ledger().published = 1;
    let mut program = world.start(LONG).await;
    for workflow in ["w1", "w2"] {
        program.add(workflow).await;
        world.hook(Some(workflow)).await;
        world.until_items(workflow, 1).await;
    }
    program.until_metric("intake_open_intents", 0).await;
    assert_eq!(world.intake(&["workflows", "list"]), "vendor/w1: active\nvendor/w2: active\n");
    let show = world.intake(&["workflows", "show", "vendor/w1"]);
    assert!(
        show.starts_with("vendor/w1: active\nconnection c0\nresource w1\n- items, every 1s; next: cycle at "),
        "{show}"
    );
    assert!(
        show.ends_with("- own, webhook\n- shared, webhook\n") && !show.contains(&world.vendor.port.to_string()),
        "{show}"
    );
    let unknown = intake_in(world.folder.path(), &["workflows", "pause", "vendor/w1", "vendor/w9"], "");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("no workflow `w9` of `vendor`"), "{}", text(&unknown.stderr));
    assert!(text(&unknown.stderr).contains("1 workflow before it paused"), "{}", text(&unknown.stderr));
    let line = world.intake(&["workflows", "list", "--status", "paused", "--json"]);
    let paused: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&paused["workflow"], &paused["status"]), (&"w1".into(), &"paused".into()));

    world.intake(&["workflows", "remove", "vendor/w2"]);
    program.until_metric("intake_workflows{status=\"paused\"}", 1).await;
    until("w2 to be gone", async || (world.vendor.path(Some("w2")).is_none()).then_some(())).await;
    until("w2 to be forgotten", async || (world.intake(&["workflows", "list"]).lines().count() == 1).then_some(()))
        .await;

    // A vendor that refuses to delete is asked again and again, and the doctor says so.
    world.vendor.ledger().keeps_hooks = true;
    world.intake(&["workflows", "remove", "vendor/w1"]);
    until("a finding", async || {
        let doctor = intake_in(world.folder.path(), &["doctor"], "");
        let found = text(&doctor.stdout).contains("the removal of `own` of app `vendor` for workflow `w1` has failed");
        (doctor.status.code() == Some(1) && found).then_some(())
    })
    .await;
    assert_eq!(program.metric("intake_workflows{status=\"removing\"}").await, Some(1));
    assert_eq!(program.metric("intake_workflows{status=\"active\"}").await, Some(0));
    let show = world.intake(&["workflows", "show", "vendor/w1"]);
    assert!(show.starts_with("vendor/w1: removing\n") && show.contains("times in a row: "), "{show}");
    let said = world.intake(&["workflows", "remove", "--abandon", "vendor/w1"]);
    assert!(said.starts_with("1 workflow removed; where they had hooks at a vendor, look there"), "{said}");
    assert_eq!(world.intake(&["workflows", "list"]), "");
    // Its hook is still at the vendor, and gets a clear answer.
    let own = world.hook(Some("w1")).await;
    until("404", async || (program.deliver(&own, "1", "{}").await == 404).then_some(())).await;
    program.until_metric("intake_workflows{status=\"removing\"}", 0).await;
    program.until_metric("intake_hooks", 0).await;
    program.stop().await;
    assert_eq!(intake_in(world.folder.path(), &["doctor"], "").status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_that_needs_attention_is_found_and_resumed() {
    let world = World::new().await;
    world.vendor.ledger().down = true;
    world.vendor.ledger().published = 2;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    program.until_metric("intake_workflows{status=\"needs_attention\"}", 1).await;
    let failed = "intake_jobs_total{app=\"vendor\",intake=\"items\",job=\"cycle\",outcome=\"failed\"}";
    assert_eq!(program.metric(failed).await, Some(3), "as often as the program allows");
    let doctor = intake_in(world.folder.path(), &["doctor"], "");
    assert_eq!(doctor.status.code(), Some(1));
    let found = text(&doctor.stdout);
    assert!(found.contains("workflow `w1` of app `vendor` needs attention: ") && found.contains("503"), "{found}");
    assert!(
        world.intake(&["workflows", "list", "--status", "needs-attention"]).contains("vendor/w1: needs attention: ")
    );
    // Its webhooks go on meanwhile.
    let own = world.hook(Some("w1")).await;
    assert_eq!(program.deliver(&own, "1", "{}").await, 200);
    world.until_sunk(1).await;
    world.vendor.ledger().down = false;
    let mended = intake_in(world.folder.path(), &["doctor", "--mend"], "y\n");
    assert!(text(&mended.stdout).contains("it goes on; a service that runs notices"), "{}", text(&mended.stdout));
    world.until_items("w1", 2).await;
    program.until_metric("intake_workflows{status=\"needs_attention\"}", 0).await;
    assert_eq!(world.intake(&["workflows", "list"]), "vendor/w1: active\n");
    program.stop().await;
}
