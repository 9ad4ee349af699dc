//! What a receiver takes in, and what it refuses: sizes, time, memory, repetitions.

mod support;

use http::StatusCode;
use intake_runtime::clock::{Clock, Timestamp};
use intake_runtime::event::Event;
use intake_runtime::intake::{EventResult, Scope, Webhook};
use intake_runtime::runtime::Runtime;
use intake_runtime::store::{Memory, Store};
use intake_runtime::value::Value;
use intake_runtime::webhook::{DeliveryId, Limits, Receiver, ReceiverBuilder, serve};
use intake_runtime::workflow::Workflow;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use support::{Inbox, Mortal, Vendor, builder, runtime, webhook};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

webhook!(Own, "own", Json, Scope::Workflow, false, false);
webhook!(Other, "other", Json, Scope::Workflow, false, false);

fn vendor() -> &'static Vendor {
    static VENDOR: OnceLock<Vendor> = OnceLock::new();
    VENDOR.get_or_init(|| Vendor::new(|_| Ok(Json::Null)))
}

async fn hook<W: Webhook>(runtime: &Runtime, workflow: &str, intake: &W) -> String {
    let registration = runtime.register(&Workflow::new(workflow), intake).await.unwrap();
    registration.url.rsplit('/').next().unwrap().to_owned()
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

struct Server {
    address: SocketAddr,
    receiver: Receiver,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn start(builder: ReceiverBuilder, limits: Limits) -> Server {
    let receiver = builder.limits(limits).start().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let served = tokio::spawn(serve(listener, receiver.router(), limits, shutdown));
    Server { address, receiver, stop, served }
}

/// A connection, as a vendor without manners uses it.
struct Connection(TcpStream);

impl Server {
    async fn connect(&self) -> Connection {
        Connection(TcpStream::connect(self.address).await.unwrap())
    }

    /// The status and the headers that answer a request with this head and body.
    async fn send(&self, head: &str, body: &str) -> (StatusCode, String) {
        let mut connection = self.connect().await;
        connection.write(&format!("{head}\r\nhost: here\r\nconnection: close\r\n\r\n{body}")).await;
        connection.answer().await.unwrap()
    }

    async fn post(&self, token: &str, headers: &str, body: &str) -> (StatusCode, String) {
        self.send(&format!("POST /{token} HTTP/1.1\r\ncontent-length: {}{headers}", body.len()), body).await
    }
}

impl Connection {
    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Begins a delivery of so many bytes, and sends none of them.
    async fn announce(&mut self, token: &str, length: usize) {
        let head = format!("POST /{token} HTTP/1.1\r\nhost: here\r\ncontent-length: {length}\r\n\r\n");
        self.write(&head).await;
    }

    /// What is answered until the connection is closed; `None` if that is nothing.
    async fn answer(&mut self) -> Option<(StatusCode, String)> {
        let mut answer = Vec::new();
        // Closed with bytes unread, it is reset.
        let _ = self.0.read_to_end(&mut answer).await;
        read(&answer)
    }

    /// The same, of a connection that stays open.
    async fn next(&mut self) -> (StatusCode, String) {
        let mut answer = Vec::new();
        while !answer.windows(4).any(|window| window == b"\r\n\r\n") {
            assert!(self.0.read_buf(&mut answer).await.unwrap() > 0);
        }
        read(&answer).unwrap()
    }
}

fn read(answer: &[u8]) -> Option<(StatusCode, String)> {
    let text = String::from_utf8(answer.to_vec()).unwrap().to_ascii_lowercase();
    let status = text.split(' ').nth(1)?.parse().unwrap();
    Some((status, text))
}

fn asks_to_retry((status, text): &(StatusCode, String)) -> bool {
    *status == StatusCode::SERVICE_UNAVAILABLE && text.contains("\r\nretry-after: 10\r\n")
}

async fn own(runtime: &Runtime, inbox: &Inbox, change: impl FnOnce(&mut Limits)) -> (Server, String) {
    let token = hook(runtime, "w", &Own::of(vendor())).await;
    let builder = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>());
    (start(builder, limits(change)).await, token)
}

#[tokio::test]
async fn headers_have_limits_of_number_and_size() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let (server, token) = own(&runtime, &inbox, |limits| (limits.headers, limits.header_bytes) = (10, 1000)).await;
    let many = |count: usize| (0..count).map(|n| format!("\r\nx-{n}: 1")).collect::<String>();
    let long = |length: usize| format!("\r\nx-long: {}", "a".repeat(length));
    // Beside host, connection and content-length.
    for (headers, expected) in [
        (many(7), StatusCode::OK),
        (many(8), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (many(2000), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (long(900), StatusCode::OK),
        (long(1000), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (long(100_000), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
    ] {
        assert_eq!(server.post(&token, &headers, "1").await.0, expected, "{headers:.30}");
    }
    server.receiver.idle().await;
    assert_eq!(inbox.values(), ["1", "1"]);
}

#[tokio::test]
async fn who_sends_slowly_is_cut_off() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let short = Duration::from_millis(200);
    let (server, token) = own(&runtime, &inbox, |limits| {
        (limits.header_time, limits.body_time, limits.connections) = (short, short, 2);
    })
    .await;
    // No headers, a part of them, and one request after which no other comes.
    let mut silent = server.connect().await;
    let mut partial = server.connect().await;
    partial.write("POST / HTTP/1.1\r\nhost: h").await;
    // The two places are taken, until they are cut off.
    let mut kept = server.connect().await;
    kept.write(&format!("POST /{token} HTTP/1.1\r\nhost: here\r\ncontent-length: 1\r\n\r\n1")).await;
    assert_eq!(kept.next().await.0, StatusCode::OK);
    assert!(silent.answer().await.is_none_or(|(status, _)| status == StatusCode::REQUEST_TIMEOUT));
    assert!(partial.answer().await.is_none_or(|(status, _)| status == StatusCode::REQUEST_TIMEOUT));
    kept.answer().await;
    let mut body = server.connect().await;
    body.announce(&token, 10).await;
    body.write("12345").await;
    let (status, answer) = body.answer().await.unwrap();
    assert!(status == StatusCode::REQUEST_TIMEOUT && answer.contains("connection: close"), "{answer}");
    server.receiver.idle().await;
    assert_eq!(inbox.values(), ["1"]);
}

#[tokio::test]
async fn bodies_in_memory_and_requests_have_limits() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let (server, token) = own(&runtime, &inbox, |limits| (limits.memory, limits.requests) = (4096, 3)).await;
    // Announced is as good as sent.
    let mut first = server.connect().await;
    first.announce(&token, 3000).await;
    let until = async |refused: bool, headers: &str, body: &str| loop {
        let answer = server.post(&token, headers, body).await;
        if asks_to_retry(&answer) == refused {
            return answer;
        }
        tokio::task::yield_now().await;
    };
    let large = "1".repeat(999) + &" ".repeat(1500);
    until(true, "", &large).await;
    let chunked = format!("POST /{token} HTTP/1.1\r\ntransfer-encoding: chunked");
    let chunks = format!("400\r\n{}\r\n", " ".repeat(1024)).repeat(3);
    let answer = server.send(&chunked, &format!("{chunks}0\r\n\r\n")).await;
    assert!(asks_to_retry(&answer), "what is not announced counts as it comes: {answer:?}");
    assert_eq!(server.post(&token, "", "2").await.0, StatusCode::OK, "there is room for a small one");
    first.write(&format!("3{}", " ".repeat(2999))).await;
    assert_eq!(first.next().await.0, StatusCode::OK);
    assert_eq!(server.post(&token, "", &large).await.0, StatusCode::OK, "there is room again");

    let mut held = Vec::new();
    for _ in 0..3 {
        let mut connection = server.connect().await;
        connection.announce(&token, 1).await;
        held.push(connection);
    }
    until(true, "", "4").await;
    held.pop();
    until(false, "", "4").await;
    server.receiver.idle().await;
    let values = inbox.values();
    assert_eq!((&values[..2], values.last().unwrap().as_str()), (&["2".to_owned(), "3".to_owned()][..], "4"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let (server, token) = own(&runtime, &inbox, |limits| limits.body = 10).await;
    let mut announced = server.connect().await;
    announced.announce(&token, 11).await;
    assert_eq!(announced.next().await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let chunked = format!("POST /{token} HTTP/1.1\r\ntransfer-encoding: chunked");
    for (body, expected) in [
        ("5\r\n12345\r\n5\r\n67890\r\n0\r\n\r\n", StatusCode::OK),
        ("5\r\n12345\r\n6\r\n678901\r\n0\r\n\r\n", StatusCode::PAYLOAD_TOO_LARGE),
        ("zz\r\n", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(server.send(&chunked, body).await.0, expected, "{body}");
    }
    server.receiver.idle().await;
    assert_eq!(inbox.values(), ["1234567890"]);
}

#[tokio::test]
async fn a_backlog_that_grows_too_large_is_told_to_the_vendor() {
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = runtime(store.clone());
    let token = hook(&runtime, "w", &Own::of(vendor())).await;
    let few = limits(|limits| limits.backlog = 3);
    // Nobody delivers.
    let server = start(runtime.receiver().route::<Own>(), few).await;
    while server.post(&token, "", "1").await.0 == StatusCode::OK {}
    assert!(asks_to_retry(&server.post(&token, "", "1").await));
    server.receiver.idle().await;
    let stored = store.counts(Timestamp(0)).await.unwrap().outbox;
    assert!((3..=6).contains(&stored), "counted at the start, and with each that came: {stored}");
    // It is still so after a restart.
    server.receiver.shutdown().await;
    let server = start(runtime.receiver().route::<Own>(), few).await;
    while server.post(&token, "", "1").await.0 == StatusCode::OK {}
    server.receiver.shutdown().await;
    runtime.drain().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap().idle().await;
    let server = start(runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()), few).await;
    assert_eq!(server.post(&token, "", "2").await.0, StatusCode::OK);
    server.receiver.idle().await;
    assert_eq!(inbox.values().last().unwrap(), "2");
}

#[tokio::test]
async fn a_server_stops_after_the_requests_that_have_begun() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let (server, token) = own(&runtime, &inbox, |_| {}).await;
    let mut begun = server.connect().await;
    begun.announce(&token, 1).await;
    // It has begun once another, sent later, is answered.
    assert_eq!(server.post(&token, "", "1").await.0, StatusCode::OK);
    server.stop.send(()).unwrap();
    begun.write("2").await;
    let (status, answer) = begun.answer().await.unwrap();
    assert!(status == StatusCode::OK && answer.contains("connection: close"), "{answer}");
    server.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    server.receiver.idle().await;
    assert_eq!(inbox.values(), ["1", "2"]);
}

/// A clock that is set.
#[derive(Clone, Default)]
struct SetClock(Arc<AtomicI64>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn a_delivery_with_an_id_that_was_seen_is_answered_and_not_stored() {
    let (store, inbox, clock) = (Memory::new(), Inbox::default(), SetClock::default());
    let runtime = builder(store.clone()).clock(clock.clone()).build().unwrap();
    let own = hook(&runtime, "w", &Own::of(vendor())).await;
    let second = hook(&runtime, "v", &Own::of(vendor())).await;
    let other = hook(&runtime, "w", &Other::of(vendor())).await;
    let receiver = runtime
        .receiver()
        .webhook::<Own, _>(inbox.sink::<Json>())
        .webhook::<Other, _>(inbox.sink::<Json>())
        .dedupe::<Own>(DeliveryId::by(|call| {
            let payload: Json = serde_json::from_slice(call.payload).ok()?;
            Some(payload.get("event")?.as_str()?.to_owned())
        }))
        .dedupe_all(DeliveryId::known_headers())
        .dedupe_window(Duration::from_secs(100), 50);
    let server = start(receiver, Limits::default()).await;
    let event = |id: &str, n: u32| json!({"event": id, "n": n}).to_string();
    let github = "\r\nX-GitHub-Delivery: 72d3162e";
    for (token, headers, body) in [
        (&own, "", event("a", 1)),
        (&own, "", event("a", 2)),
        (&own, github, event("b", 3)),
        (&own, github, event("c", 4)),
        (&second, "", event("a", 5)),
        // Without an id, each counts; so does an empty one.
        (&own, "", "6".to_owned()),
        (&own, "", "6".to_owned()),
        (&own, "", event("", 7)),
        (&own, "", event("", 7)),
        (&other, github, "8".to_owned()),
        (&other, github, "9".to_owned()),
        (&other, "\r\nWebhook-Id: 72d3162e", "10".to_owned()),
        (&other, "\r\nwebhook-id: 72d3162e", "11".to_owned()),
    ] {
        assert_eq!(server.post(token, headers, &body).await.0, StatusCode::OK);
        server.receiver.idle().await;
    }
    let number = |value: &String| {
        let value: Json = serde_json::from_str(value).unwrap();
        value.get("n").unwrap_or(&value).as_u64().unwrap()
    };
    let numbers: Vec<_> = inbox.values().iter().map(number).collect();
    assert_eq!(numbers, [1, 3, 4, 5, 6, 6, 7, 7, 8, 10]);
    assert_eq!(store.counts(Timestamp(0)).await.unwrap().duplicates, 3);

    for (seconds, stored) in [(99, false), (100, false), (101, true), (150, false)] {
        clock.0.store(seconds * 1000, Ordering::SeqCst);
        let before = inbox.keys().len();
        assert_eq!(server.post(&own, "", &event("a", 1)).await.0, StatusCode::OK);
        server.receiver.idle().await;
        assert_eq!(inbox.keys().len() - before, usize::from(stored), "after {seconds} s");
    }
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_taken_for_a_repetition() {
    let (store, inbox) = (Mortal::new(Memory::new(), None), Inbox::default());
    let runtime = runtime(store.clone());
    let token = hook(&runtime, "w", &Own::of(vendor())).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>());
    let server = start(receiver.dedupe_all(DeliveryId::header("X-Id")), Limits::default()).await;
    store.refuse_deliveries.store(true, Ordering::SeqCst);
    assert!(asks_to_retry(&server.post(&token, "\r\nx-id: 1", "1").await));
    store.refuse_deliveries.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        assert_eq!(server.post(&token, "\r\nx-id: 1", "1").await.0, StatusCode::OK);
    }
    server.receiver.idle().await;
    assert_eq!(inbox.values(), ["1"]);
}
