//! SIGKILL at random points of a run over thirty pages, fifty times: nothing is lost, nothing goes backwards.

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PAGES: u64 = 30;
const ITEMS: u64 = 4;
const RUNS: u64 = 50;

/// The vendor counts down to the kill.
#[derive(Default)]
struct Vendor {
    requested: Mutex<Vec<u64>>,
    victim: Mutex<Option<(u64, Child)>>,
}

async fn page(State(vendor): State<Arc<Vendor>>, Path(page): Path<u64>) -> Json<Value> {
    vendor.requested.lock().unwrap().push(page);
    let due = {
        let mut victim = vendor.victim.lock().unwrap();
        match victim.as_mut() {
            Some((0, _)) => victim.take(),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    };
    if let Some((_, child)) = due {
        tokio::spawn(kill_soon(child));
    }
    // A run that was killed after its last page is followed by a cycle that finds nothing new.
    let items = if page > PAGES { 0 } else { ITEMS };
    Json(json!({"items": (0..items).map(|item| page * 100 + item).collect::<Vec<_>>()}))
}

/// Anywhere from before the answer is read to a few commits later. The wait is the fault that is injected; nothing
/// waits for it to have been long enough.
async fn kill_soon(mut child: Child) {
    tokio::time::sleep(Duration::from_micros(random(12_000))).await;
    // It may have come to its end before.
    let _ = child.kill();
    let _ = child.wait();
}

fn random(below: u64) -> u64 {
    RandomState::new().hash_one(()) % below
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_a_kill() {
    let vendor = Arc::new(Vendor::default());
    let router = Router::new().route("/pages/{page}", get(page)).with_state(vendor.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let mut killed = 0;
    let mut repeated = 0;
    for _ in 0..RUNS {
        let (was_killed, duplicates) = run(&vendor, &port).await;
        killed += u64::from(was_killed);
        repeated += duplicates;
    }
    println!("{RUNS} runs, {killed} killed under way, {repeated} records delivered again, none lost");
    assert!(killed > RUNS / 2, "only {killed} of {RUNS} runs were hit: the test proves too little");
}

/// One run that is killed, and one that goes on to the end.
async fn run(vendor: &Arc<Vendor>, port: &str) -> (bool, u64) {
    let folder = tempfile::tempdir().unwrap();
    let (database, records) = (folder.path().join("intake.db"), folder.path().join("records"));
    let mut poller = Command::new(env!("CARGO_BIN_EXE_crash-test"));
    poller.arg(port).arg(&database).arg(&records).stdout(Stdio::piped());
    vendor.requested.lock().unwrap().clear();

    let mut child = poller.spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    *vendor.victim.lock().unwrap() = Some((random(PAGES), child));
    // Its output ends when it does, one way or the other.
    let report = tokio::task::spawn_blocking(move || std::io::read_to_string(&mut output).unwrap()).await.unwrap();
    vendor.victim.lock().unwrap().take();
    let killed = !report.contains("requests");

    let finish = tokio::task::spawn_blocking(move || poller.output().unwrap()).await.unwrap();
    assert!(finish.status.success(), "{finish:?}");

    let requested = vendor.requested.lock().unwrap().clone();
    assert!(requested.is_sorted(), "the state went backwards: {requested:?}");
    (killed, check_records(&fs::read_to_string(&records).unwrap()))
}

/// Every record is there, and each key always stands for the same one; how many were delivered more than once.
fn check_records(text: &str) -> u64 {
    let mut by_key = BTreeMap::new();
    let mut duplicates = 0;
    // A kill in the middle of a write leaves half a line; its record was not acknowledged and comes again.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let Some((key, record)) = line.trim_end().split_once('\t') else { continue };
        if let Some(before) = by_key.insert(key.to_owned(), record.to_owned()) {
            assert_eq!(before, record, "one key, two records: {key}");
            duplicates += 1;
        }
    }
    let mut delivered: Vec<u64> = by_key.values().map(|record| record.parse().unwrap()).collect();
    delivered.sort_unstable();
    let expected: Vec<u64> = (1..=PAGES).flat_map(|page| (0..ITEMS).map(move |item| page * 100 + item)).collect();
    assert_eq!(delivered, expected);
    duplicates
}
