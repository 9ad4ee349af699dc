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
