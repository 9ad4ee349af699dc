//! The sinks that are there: a file of lines, standard output, a signed POST.

mod support;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use intake_runtime::clock::{Clock, Timestamp};
use intake_runtime::event::Event;
use intake_runtime::http::{HttpError, HttpRequest, HttpResponse, Transport, TransportFuture};
use intake_runtime::intake::EventResult;
use intake_runtime::runtime::Runtime;
use intake_runtime::sink::{HttpPost, HttpPostError, JsonLines, Policy, Sink, Stdout};
use intake_runtime::store::{IntakeKey, Memory, OutboxRecord, Store, Write};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Vendor, builder, polling, runtime};

polling!(Items, "items", Json);
// Whatever the type: the sinks here take text.
polling!(Numbers, "numbers", u64);

async fn append(store: &dyn Store, workflow: &str, payloads: &[&str]) {
    let from = store.counts(Timestamp(0)).await.unwrap().outbox;
    let record = |(index, payload): (usize, &&str)| OutboxRecord {
        key: format!("acme/numbers/{workflow}/{}", from + index as u64),
        payload: Bytes::copy_from_slice(payload.as_bytes()),
    };
    let records = payloads.iter().enumerate().map(record).collect();
    let key = IntakeKey { app: "acme".into(), intake: "numbers".into(), workflow: workflow.into() };
    store.commit(vec![Write::Append { key, records }]).await.unwrap();
}

/// Delivers what is in the outbox of `numbers`.
async fn drain(runtime: &Runtime, sink: impl Sink<u64> + 'static) {
    let drain = runtime.drain().polling::<Numbers, _>(sink).start().unwrap();
    drain.idle().await;
    drain.shutdown().await;
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_file_has_a_line_for_each_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let (store, file) = (Memory::new(), JsonLines::open(&path).unwrap());
    let runtime = runtime(store.clone());
    append(&store, "a\"\n", &[r#"{"n":1.50,"text":"é\n"}"#, "[]", "12345678901234567890"]).await;
    drain(&runtime, file.clone()).await;
    assert_eq!(
        lines(&path),
        [
            r#"{"key":"acme/numbers/a\"\n/0","workflow":"a\"\n","intake":"numbers","record":{"n":1.50,"text":"é\n"}}"#,
            r#"{"key":"acme/numbers/a\"\n/1","workflow":"a\"\n","intake":"numbers","record":[]}"#,
            r#"{"key":"acme/numbers/a\"\n/2","workflow":"a\"\n","intake":"numbers","record":12345678901234567890}"#,
        ],
        "the record's bytes are as they were, whatever its type"
    );
    append(&store, "b", &["1", "\"two\""]).await;
    drain(&runtime, file.bare()).await;
    assert_eq!(lines(&path)[3..], ["1", "\"two\""]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // A poll's sink as well.
    let vendor = Vendor::new(|call| {
        let page = json!({"results": [{"a": 1}], "iterate": false});
        Ok(if call.event == "request" { page } else { Json::Null })
    });
    let workflow = intake_runtime::workflow::Workflow::new("w");
    let file = JsonLines::open(&path).unwrap().bare();
    runtime.poll(&workflow, &Items::of(&vendor), file).await.unwrap();
    assert_eq!(lines(&path)[5..], ["{\"a\":1}"]);
}

#[tokio::test]
async fn a_torn_line_stays_on_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    fs::write(&path, "1\n{\"key\":\"acme/num").unwrap();
    let (store, file) = (Memory::new(), JsonLines::open(&path).unwrap().bare());
    let runtime = runtime(store.clone());
    append(&store, "a", &["2"]).await;
    drain(&runtime, file.clone()).await;
    append(&store, "a", &["3"]).await;
    drain(&runtime, file).await;
    assert_eq!(lines(&path), ["1", "{\"key\":\"acme/num", "2", "3"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_rotated_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("records.jsonl"), folder.path().join("records.jsonl.1"));
    let (store, file) = (Memory::new(), JsonLines::open(&path).unwrap().bare());
    let runtime = runtime(store.clone());
    for (number, rotate) in [("1", None), ("2", Some(false)), ("3", Some(true)), ("4", None)] {
        if let Some(creates) = rotate {
            fs::rename(&path, &moved).unwrap();
            if creates {
                fs::File::create(&path).unwrap().write_all(b"0\n").unwrap();
            }
        }
        append(&store, "a", &[number]).await;
        drain(&runtime, file.clone()).await;
    }
    assert_eq!((lines(&moved), lines(&path)), (vec!["2".to_owned()], ["0", "3", "4"].map(str::to_owned).to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("records.jsonl");
    let (store, file) = (Memory::new(), JsonLines::open(&path).unwrap().bare());
    fs::remove_dir_all(&inner).unwrap();
    let runtime = runtime(store.clone());
    append(&store, "a", &["1"]).await;
    let draining = runtime.drain().polling::<Numbers, _>(file).start().unwrap();
    let key = IntakeKey { app: "acme".into(), intake: "numbers".into(), workflow: "a".into() };
    let reason = loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if let Some(reason) = store.lane(&key).await.unwrap().unwrap().reason {
            break reason;
        }
    };
    assert!(reason.contains("records.jsonl cannot be appended to: "), "{reason}");
    fs::create_dir(&inner).unwrap();
    draining.idle().await;
    assert_eq!(lines(&path), ["1"]);
    assert!(JsonLines::open(folder.path().join("missing/records.jsonl")).is_err());
}

#[test]
fn standard_output_gets_lines() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "prints", "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with(['{', '"'])).collect();
    let expected = r#"{"key":"acme/numbers/a/0","workflow":"a","intake":"numbers","record":{"n":1}}"#;
    assert_eq!(lines, [expected, "\"bare\""], "{text}");
}

#[tokio::test]
#[ignore = "run by `standard_output_gets_lines`"]
async fn prints() {
    println!();
    let store = Memory::new();
    let runtime = runtime(store.clone());
    append(&store, "a", &["{\"n\":1}"]).await;
    drain(&runtime, Stdout::new()).await;
    append(&store, "a", &["\"bare\""]).await;
    drain(&runtime, Stdout::new().bare()).await;
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A message as it was posted, and what it is answered with.
#[derive(Clone, Default)]
struct Inbox {
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: String) -> Response {
    inbox.got.lock().unwrap().push((headers, body));
    let mut answers = inbox.answers.lock().unwrap();
    let (status, header) = if answers.is_empty() { (200, "") } else { answers.remove(0) };
    let mut answer = (StatusCode::from_u16(status).unwrap(), "hunter2").into_response();
    if let Some((name, value)) = header.split_once(": ") {
        let name = axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    answer
}

impl Inbox {
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in?token=hunter2", listener.local_addr().unwrap());
        let router = Router::new().route("/in", post(take).get(|| async { "taken?" })).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn header(&self, index: usize, name: &str) -> String {
        self.got.lock().unwrap()[index].0[name].to_str().unwrap().to_owned()
    }

    fn bodies(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

struct At(i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0)
    }
}

#[tokio::test]
async fn each_record_is_posted_with_its_signature() {
    let inbox = Inbox::default();
    let url = inbox.serve().await;
    let store = Memory::new();
    let runtime = runtime(store.clone());
    append(&store, "ü/1\n", &["{\"n\":1}", "2"]).await;
    let sink = HttpPost::new(&url, SECRET).unwrap().and_secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    assert!(!format!("{sink:?}").contains("hunter2"), "{sink:?}");
    drain(&runtime, sink.clock(At(1_614_265_330_123)).bare()).await;
    assert_eq!(inbox.bodies(), ["{\"n\":1}", "2"], "one each, in order");
    assert_eq!(inbox.header(0, "content-type"), "application/json");
    assert_eq!(inbox.header(0, "webhook-timestamp"), "1614265330");
    // printf 'acme/numbers/ü/1\n/0' | sha256sum
    assert_eq!(inbox.header(0, "webhook-id"), ID);
    // printf 'ID.1614265330.{"n":1}' | openssl dgst -sha256 -mac hmac -macopt hexkey:… -binary | base64
    assert_eq!(inbox.header(0, "webhook-signature"), SIGNATURES);
    assert_ne!(inbox.header(0, "webhook-id"), inbox.header(1, "webhook-id"));
}

const ID: &str = "msg_57a0f59324fdee25587c2c7ec24cdbbc";
const SIGNATURES: &str =
    "v1,CCaKOyy9ufhyF8MMnBWJdveXdAiPO4vcxswe/NKuCYQ= v1,++eWsjbfcP0qynla5nXQcFVxoMaa7FU6rLZe5egeQHc=";

#[tokio::test]
async fn what_is_answered_decides_what_becomes_of_a_record() {
    let inbox = Inbox::default();
    let url = inbox.serve().await;
    let store = Memory::new();
    let mut policy = Policy::default();
    (policy.first_pause, policy.longest_pause) = (Duration::from_millis(1), Duration::from_millis(1));
    let runtime = builder(store.clone()).sinks(policy).build().unwrap();
    append(&store, "w", &["1", "2", "3", "4"]).await;
    *inbox.answers.lock().unwrap() = vec![
        (204, ""),
        (500, ""),
        (429, "retry-after: 0"),
        (302, "location: /in"),
        (408, ""),
        (202, ""),
        (410, ""),
        (422, ""),
    ];
    drain(&runtime, HttpPost::new(&url, SECRET).unwrap().bare()).await;
    assert_eq!(inbox.bodies(), ["1", "2", "2", "2", "2", "2", "3", "4"], "those before it are not sent again");
    let ids: Vec<_> = (0..8).map(|index| inbox.header(index, "webhook-id")).collect();
    assert!(ids[1..6].iter().all(|id| *id == ids[1]) && ids[5] != ids[6], "{ids:?}");
    let dead = runtime.dead_letters(0, 9).await.unwrap();
    let reasons: Vec<_> = dead.iter().map(|letter| letter.dead.as_ref().unwrap().reason.clone()).collect();
    assert!(reasons[0].ends_with(" answered 410 Gone") && reasons[1].ends_with(" answered 422 Unprocessable Entity"));
    assert!(reasons.len() == 2 && !reasons.concat().contains("hunter2"), "{reasons:?}");
}

/// Answers 503 once and asks for a pause, then 200. Without a network, so that time can be tokio's.
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<usize>>);

impl Transport for Busy {
    fn send(&self, _: HttpRequest) -> TransportFuture<'_> {
        let mut calls = self.0.lock().unwrap();
        *calls += 1;
        let first = *calls == 1;
        let status = if first { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let headers = [("retry-after".parse().unwrap(), "1000".parse().unwrap())].into_iter().collect();
        Box::pin(async move { Ok::<_, HttpError>(HttpResponse { status, headers, body: Bytes::new() }) })
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept() {
    let (store, busy) = (Memory::new(), Busy::default());
    append(&store, "w", &["1"]).await;
    let started = tokio::time::Instant::now();
    let sink = HttpPost::new("https://example.com", SECRET).unwrap().transport(busy.clone());
    drain(&runtime(store), sink).await;
    assert_eq!((*busy.0.lock().unwrap(), started.elapsed().as_secs()), (2, 1000));
}

#[test]
fn what_cannot_be_posted_to_is_refused() {
    assert!(matches!(HttpPost::new("example.com", SECRET), Err(HttpPostError::Url(Some(_)))));
    assert!(matches!(HttpPost::new("ftp://example.com", SECRET), Err(HttpPostError::Url(None))));
    assert!(matches!(HttpPost::new("https://example.com", "hunter2"), Err(HttpPostError::Secret(_))));
}
