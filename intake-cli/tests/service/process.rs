//! Over HTTP and by signals.

use crate::world::{LONG, World, until};
use intake_runtime::http::Method;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_with_200_is_kept() {
    let world = World::new().await;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    let (own, shared) = (world.hook(Some("w1")).await, world.hook(None).await);
    // The sink takes nothing, and the program dies at once.
    world.vendor.open(false);
    assert_eq!(program.deliver(&own, "1", r#"{"n": 9007199254740993}"#).await, 200);
    assert_eq!(program.deliver(&shared, "1", r#"{"of": "w1", "n": 2}"#).await, 200);
    assert_eq!(program.deliver(&own, "1", r#"{"n": 9007199254740993}"#).await, 200);
    program.signal("-KILL");
    assert!(!program.end().await.success());
    world.vendor.open(true);
    let program = world.start(LONG).await;
    world.until_sunk(2).await;
    // It is remembered over the restart.
    assert_eq!(program.deliver(&own, "1", r#"{"n": 9007199254740993}"#).await, 200);
    program.until_metric("intake_duplicate_deliveries", 2).await;
    assert_eq!(program.deliver(&own, "2", r#"{"n": 3}"#).await, 200);
    world.until_sunk(3).await;
    program.stop().await;
    let ledger = world.vendor.ledger();
    let records: Vec<_> = ledger.sunk.iter().map(|(key, (record, _))| format!("{key} {record}")).collect();
    assert_eq!(
        records,
        [
            r#"vendor/own/w1/delivery/1 {"n":9007199254740993}"#,
            r#"vendor/own/w1/delivery/3 {"n":3}"#,
            r#"vendor/shared/w1/delivery/2 {"n":2,"of":"w1"}"#,
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_no_deliveries_are_refused() {
    let world = World::new().await;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    let (own, shared) = (world.hook(Some("w1")).await, world.hook(None).await);
    // What is too large is refused by its head, and whoever sends it all the same hears of it too.
    let mut call = program.connect().await;
    let head = format!("POST {own} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", (1 << 20) + 1);
    call.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    call.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
    let large = format!("\"{}\"", "x".repeat((3 << 20) / 2));
    for (method, path, body, status) in [
        (Method::Post, &*own, &*large, 413),
        (Method::Post, &own, "no JSON", 400),
        (Method::Get, &own, "", 405),
        (Method::Delete, &own, "", 405),
        (Method::Post, &format!("/in/{}", "0".repeat(64)), "{}", 404),
        (Method::Post, "/elsewhere", "{}", 404),
    ] {
        let answer = program.send(method, path, &[], body).await.unwrap();
        assert_eq!(answer.0, status, "{method:?} {path}: {}", answer.1);
    }
    // What no workflow matches is kept.
    assert_eq!(program.deliver(&shared, "1", r#"{"of": "nobody"}"#).await, 200);
    program.until_metric("intake_undeliverable_deliveries", 1).await;
    for (name, value) in [("intake_pending_deliveries", 0), ("intake_outbox_records", 0), ("intake_dead_letters", 0)] {
        assert_eq!(program.metric(name).await, Some(value), "{name}");
    }
    program.stop().await;
    assert!(world.vendor.ledger().sunk.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn polls_go_on_from_their_state_and_metrics_tell_what_happened() {
    let world = World::new().await;
    world.vendor.ledger().published = 7;
    let mut program = world.start(LONG).await;
    assert_eq!(program.get("/healthz").await, (200, "ok\n".to_owned()));
    program.add("w1").await;
    world.until_items("w1", 7).await;
    program.until_metric("intake_outbox_records", 0).await;
    let (own, shared) = (world.hook(Some("w1")).await, world.hook(None).await);
    for (hook, id) in [(&own, "1"), (&own, "1"), (&own, "2"), (&shared, "1")] {
        assert_eq!(program.deliver(hook, id, r#"{"of": "w1"}"#).await, 200);
    }
    world.until_sunk(3).await;
    program.until_metric("intake_outbox_records", 0).await;
    let of = |metric: &str, intake: &str| format!("intake_{metric}_total{{app=\"vendor\",intake=\"{intake}\"}}");
    for (name, value) in [
        (&*of("records", "items"), 7),
        ("intake_jobs_total{app=\"vendor\",intake=\"own\",job=\"register\",outcome=\"ok\"}", 1),
        ("intake_jobs_total{app=\"vendor\",intake=\"shared\",job=\"register\",outcome=\"ok\"}", 1),
        ("intake_workflows{status=\"active\"}", 1),
        ("intake_workflows{status=\"paused\"}", 0),
        ("intake_hooks", 2),
        ("intake_open_intents", 0),
        ("intake_duplicate_deliveries", 1),
        ("intake_pending_deliveries", 0),
        ("intake_undeliverable_deliveries", 0),
        ("intake_dead_letters", 0),
    ] {
        assert_eq!(program.metric(name).await, Some(value), "{name}");
    }
    // What is counted of requests is what the vendor saw, those under way aside.
    let told = program.metric(&of("http_requests", "items")).await.unwrap();
    let seen = world.vendor.ledger().asked.len() as u64;
    assert!(told >= 3 && (told..=told + 2).contains(&seen), "{told} of {seen}");
    program.stop().await;

    world.vendor.ledger().published = 9;
    let program = world.start(LONG).await;
    world.until_items("w1", 9).await;
    program.stop().await;
    let asked: Vec<u64> = world.vendor.ledger().asked.iter().map(|(_, after)| *after).collect();
    assert!(asked.is_sorted() && asked.starts_with(&[0, 3, 6, 7]), "{asked:?}");
    assert_eq!(world.items().len(), 9, "nothing came twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_flight_ends_before_the_program_does() {
    for signal in ["-TERM", "-INT"] {
        let world = World::new().await;
        world.vendor.ledger().published = 2;
        let mut program = world.start(LONG).await;
        world.vendor.open(false);
        program.add("w1").await;
        let own = world.hook(Some("w1")).await;
        assert_eq!(program.deliver(&own, "1", "{}").await, 200);
        // A page, and a record at the sink.
        until("two requests", async || (world.vendor.ledger().waiting == 2).then_some(())).await;
        program.signal(signal);
        program.until_stopping().await;
        // A connection that was there may still be told that it is stopping; then nothing is accepted any more.
        let refuses = async || match program.send(Method::Get, "/readyz", &[], "").await {
            Some((status, text)) => {
                assert_eq!(status, 503, "{text}");
                None
            }
            None => Some(()),
        };
        until("it to accept nothing more", refuses).await;
        world.vendor.open(true);
        let status = program.end().await;
        assert_eq!(status.code(), Some(0), "{}", program.log());
        assert!(!program.log().contains("in time"), "{}", program.log());
        // The record is out; the page is in the outbox at least, and was not asked for in vain.
        assert_eq!(world.vendor.ledger().sunk["vendor/own/w1/delivery/1"].1, 1);
        let asked = world.vendor.ledger().asked.len();
        let program = world.start(LONG).await;
        world.until_items("w1", 2).await;
        program.stop().await;
        assert!(world.vendor.ledger().asked[asked..].iter().all(|(_, after)| *after == 2));
        assert_eq!(world.vendor.ledger().sunk["vendor/own/w1/delivery/1"].1, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_end_in_time_is_handed_back() {
    for twice in [false, true] {
        let world = World::new().await;
        world.vendor.ledger().published = 2;
        let grace = if twice { LONG } else { Duration::from_millis(300) };
        let mut program = world.start(grace).await;
        world.vendor.open(false);
        program.add("w1").await;
        let own = world.hook(Some("w1")).await;
        assert_eq!(program.deliver(&own, "1", "{}").await, 200);
        until("two requests", async || (world.vendor.ledger().waiting == 2).then_some(())).await;
        let begun = Instant::now();
        program.signal("-TERM");
        program.until_stopping().await;
        if twice {
            program.signal("-TERM");
        }
        let status = program.end().await;
        assert_eq!(status.code(), Some(i32::from(twice)), "{}", program.log());
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let said = if twice { "told to stop again: ending at once" } else { "did not end in time" };
        assert!(program.log().contains(said), "{}", program.log());
        assert_eq!(world.items(), []);
        world.vendor.open(true);
        // All of it is done again.
        let program = world.start(LONG).await;
        world.until_items("w1", 2).await;
        world.until_sunk(1).await;
        program.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_serves_one_program_at_a_time() {
    let world = World::new().await;
    let mut first = world.start(LONG).await;
    let mut second = world.spawn(LONG);
    assert!(!second.end().await.success());
    until("a reason", async || second.log().contains("one database serves one store at a time").then_some(())).await;
    first.add("w1").await;
    // The first has noticed nothing, and when it is gone there is room for another.
    assert_eq!(first.get("/readyz").await, (200, "ready\n".to_owned()));
    first.stop().await;
    world.start(LONG).await.stop().await;
}

/// A call that is half here is answered, and kept, before the program ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_being_made_is_answered() {
    let world = World::new().await;
    let mut program = world.start(LONG).await;
    program.add("w1").await;
    let own = world.hook(Some("w1")).await;
    program.until_metric("intake_open_intents", 0).await;
    let mut call = program.connect().await;
    let head = format!("POST {own} HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\nexpect: 100-continue\r\n\r\n");
    call.write_all(head.as_bytes()).await.unwrap();
    // It is being read once the program asks for the body.
    let mut asked = [0; 25];
    call.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100 Continue"), "{}", String::from_utf8_lossy(&asked));
    call.write_all(b"{\"n\"").await.unwrap();
    program.signal("-TERM");
    program.until_stopping().await;
    call.write_all(b":1}").await.unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(program.end().await.code(), Some(0), "{}", program.log());
    let program = world.start(LONG).await;
    world.until_sunk(1).await;
    program.stop().await;
}
