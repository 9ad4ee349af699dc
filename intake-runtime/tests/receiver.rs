//! Webhooks received: over HTTP into the store, from there to the sinks.

mod support;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use intake_runtime::error::ReceiverError;
use intake_runtime::event::{At, Event};
use intake_runtime::http::{Client, HttpRequest, HttpResponse, Method, Transport};
use intake_runtime::intake::{EventResult, Scope, Webhook};
use intake_runtime::private::Jq;
use intake_runtime::private::scan::Bail;
use intake_runtime::runtime::Runtime;
use intake_runtime::sink::Batch;
use intake_runtime::store::{Memory, Store, UndeliverableDelivery};
use intake_runtime::value::Value;
use intake_runtime::webhook::Receiver;
use intake_runtime::workflow::{Connection, Workflow};
use serde_json::{Value as Json, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use support::{Inbox, Mortal, Vendor, intake, runtime, webhook};

webhook!(Own, "own", Json, Scope::Workflow, false, false);
webhook!(Counted, "counted", u64, Scope::Workflow, false, false);
webhook!(Shared, "shared", Json, Scope::Connection, false, false);
webhook!(Global, "global", Json, Scope::Application, false, true);
webhook!(Verified, "verified", Json, Scope::Workflow, true, false);

/// Events give null; routing takes `resource` and `account` of the payload.
fn vendor() -> Vendor {
    Vendor::new(|call| {
        Ok(match call.event {
            "resource_id" if call.input["resource"] == "broken" => return Err("no such field"),
            "resource_id" => call.input["resource"].clone(),
            "account_id" => call.input["account"].clone(),
            _ => Json::Null,
        })
    })
}

fn workflow(id: &str, connection: &str, resource: &str) -> Workflow {
    Workflow::new(id)
        .connection(Connection::new(connection).account(format!("account-{connection}")))
        .resource(resource)
}

/// A vendor's side of HTTP.
struct Caller {
    base: String,
    client: Client,
}

/// Serves a receiver, nested in the application's own router.
async fn serve(receiver: &Receiver) -> Caller {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/in", listener.local_addr().unwrap());
    let app = axum::Router::new().nest("/in", receiver.router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Caller { base, client: Client::new().unwrap() }
}

impl Caller {
    async fn send(&self, method: Method, token: &str, content_type: &str, body: impl Into<Bytes>) -> HttpResponse {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert("content-type", content_type.parse().unwrap());
        }
        headers.append("x-twice", "a".parse().unwrap());
        headers.append("X-Twice", "b".parse().unwrap());
        let url = format!("{}/{token}", self.base).parse().unwrap();
        self.client.send(HttpRequest { method, url, headers, body: Some(body.into()) }).await.unwrap()
    }

    async fn post(&self, token: &str, payload: Json) -> StatusCode {
        self.send(Method::Post, token, "application/json", payload.to_string()).await.status
    }
}

/// Registers, and returns the hook's token.
async fn token<W: Webhook>(runtime: &Runtime, workflow: &Workflow, intake: &W) -> String {
    let registration = runtime.register(workflow, intake).await.unwrap();
    registration.url.rsplit('/').next().unwrap().to_owned()
}

async fn reasons(runtime: &Runtime) -> Vec<String> {
    let kept = runtime.undeliverable("acme", 99).await.unwrap();
    assert_eq!(runtime.count_undeliverable("acme").await.unwrap(), kept.len() as u64);
    kept.into_iter().map(|UndeliverableDelivery { reason, .. }| reason).collect()
}

#[tokio::test]
async fn a_delivery_reaches_its_workflow() {
    let (runtime, inbox, intake) = (runtime(Memory::new()), Inbox::default(), Own::of(&vendor()));
    let first = token(&runtime, &workflow("w/1", "c", "r"), &intake).await;
    let second = token(&runtime, &workflow("w2", "c", "r"), &intake).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    assert_eq!(caller.post(&first, json!({"n": 1})).await, StatusCode::OK);
    assert_eq!(caller.post(&second, json!([2])).await, StatusCode::OK);
    receiver.idle().await;
    let expected = [("acme/own/w%2F1/delivery/1", r#"{"n":1}"#), ("acme/own/w2/delivery/2", "[2]")];
    assert_eq!(inbox.by_key(), expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    receiver.shutdown().await;
}

#[tokio::test]
async fn bodies_are_read_by_their_content_type_and_else_as_json() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let token = token(&runtime, &workflow("w", "c", "r"), &Own::of(&vendor())).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, value) in [
        ("application/json", r#"{"a": 1}"#, r#"{"a":1}"#),
        ("application/vnd.acme+json; charset=utf-8", "true", "true"),
        ("text/plain", "[1]", "[1]"),
        ("", "{}", "{}"),
        (form, "a=1&b=x+y%26&a=2", r#"{"a":["1","2"],"b":"x y&"}"#),
        ("Application/X-WWW-form-urlencoded; charset=utf-8", "a={}", r#"{"a":"{}"}"#),
    ] {
        assert_eq!(caller.send(Method::Put, &token, content_type, body).await.status, StatusCode::OK, "{body}");
        receiver.idle().await;
        assert_eq!(inbox.values().last().map(String::as_str), Some(value));
    }
    let deep = "[".repeat(100_000);
    for body in ["", "  ", "{", "a=1", "{} {}", "\u{fffd}", &deep] {
        let answer = caller.send(Method::Post, &token, "application/json", body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:.9}");
    }
    receiver.idle().await;
    assert_eq!(inbox.keys().len(), 6);
}

#[tokio::test]
async fn what_is_no_delivery_is_refused() {
    let store = Memory::new();
    let down = Vendor::new(|call| if call.event == "delete" { Err("down") } else { Ok(Json::Null) });
    let (runtime, inbox, intake) = (runtime(store.clone()), Inbox::default(), Own::of(&down));
    let w = workflow("w", "c", "r");
    let own = token(&runtime, &w, &intake).await;
    let other = token(&runtime, &w, &Shared::of(&down)).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).body_limit(100).start().unwrap();
    let caller = serve(&receiver).await;
    assert_eq!(caller.post("nobody-knows-this", json!({})).await, StatusCode::NOT_FOUND);
    assert_eq!(caller.post(&own[1..], json!({})).await, StatusCode::NOT_FOUND);
    for method in [Method::Get, Method::Delete, Method::Options] {
        let answer = caller.send(method, &own, "application/json", "{}").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers["allow"], "POST, PUT, PATCH");
    }
    assert_eq!(caller.post(&own, json!("x".repeat(98))).await, StatusCode::OK);
    assert_eq!(caller.post(&own, json!("x".repeat(99))).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(caller.post(&other, json!({})).await, StatusCode::SERVICE_UNAVAILABLE, "no sink: not now");
    receiver.idle().await;
    assert_eq!(inbox.keys().len(), 1);
    runtime.unregister(&w, &intake).await.unwrap_err();
    assert_eq!(caller.post(&own, json!({})).await, StatusCode::GONE);
}

#[tokio::test]
async fn a_delivery_is_stored_before_it_is_acknowledged() {
    let store = Mortal::new(Memory::new(), None);
    let (runtime, inbox) = (runtime(store.clone()), Inbox::default());
    let token = token(&runtime, &workflow("w", "c", "r"), &Own::of(&vendor())).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    store.refuse_deliveries.store(true, Ordering::SeqCst);
    let answer = caller.send(Method::Post, &token, "", "1").await;
    assert_eq!((answer.status, answer.headers.contains_key("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, true));
    store.refuse_deliveries.store(false, Ordering::SeqCst);
    receiver.shutdown().await;

    // Accepted while nobody routes: it is in the store, and the next receiver has it.
    let stopped = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&stopped).await;
    stopped.shutdown().await;
    assert_eq!(caller.post(&token, json!(2)).await, StatusCode::OK);
    assert_eq!(store.inner.deliveries("acme", "own", 9, usize::MAX).await.unwrap().len(), 1);
    assert!(inbox.keys().is_empty());
    let next = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    next.idle().await;
    assert_eq!(inbox.values(), ["2"]);
}

/// Who gets which payload, for each scope.
#[tokio::test]
async fn deliveries_are_routed_by_scope_account_and_resource() {
    let (runtime, inbox, vendor) = (runtime(Memory::new()), Inbox::default(), vendor());
    let workflows = [("a1", "a", "red"), ("a2", "a", "7"), ("a3", "a", "red"), ("b1", "b", "red"), ("b2", "b", "true")];
    let (mut own, mut shared, mut global) = (String::new(), String::new(), String::new());
    for (id, connection, resource) in workflows.into_iter().rev() {
        let workflow = workflow(id, connection, resource);
        own = token(&runtime, &workflow, &Own::of(&vendor)).await;
        shared = token(&runtime, &workflow, &Shared::of(&vendor)).await;
        global = token(&runtime, &workflow, &Global::of(&vendor)).await;
    }
    let receiver = runtime
        .receiver()
        .webhook::<Own, _>(inbox.sink::<Json>())
        .webhook::<Shared, _>(inbox.sink::<Json>())
        .webhook::<Global, _>(inbox.sink::<Json>())
        .start()
        .unwrap();
    let caller = serve(&receiver).await;
    let red = |account: &str| json!({"resource": "red", "account": account});
    let mut expected_reasons = Vec::new();
    for (token, payload, expected) in [
        (&own, json!({}), Ok(vec!["a1"])),
        (&shared, json!({"resource": "red"}), Ok(vec!["a1", "a3"])),
        (&shared, json!({"resource": 7}), Ok(vec!["a2"])),
        (&shared, json!({"resource": true}), Err("no workflow has the resource `true`")),
        (&shared, json!({"resource": "Red"}), Err("no workflow has the resource `Red`")),
        (&shared, json!({"resource": null}), Err("`resource_id` gave null where an id is needed")),
        (&shared, json!({"resource": ["red"]}), Err("`resource_id` gave an array where an id is needed")),
        (&shared, json!({"resource": "broken"}), Err("no such field")),
        (&global, red("account-a"), Ok(vec!["a1", "a3"])),
        (&global, red("account-b"), Ok(vec!["b1"])),
        (&global, json!({"resource": true, "account": "account-b"}), Ok(vec!["b2"])),
        (&global, red("account-c"), Err("no workflow has the account `account-c`")),
        (&global, json!({"resource": "red"}), Err("`account_id` gave null where an id is needed")),
    ] {
        let before = inbox.keys().len();
        assert_eq!(caller.post(token, payload.clone()).await, StatusCode::OK);
        receiver.idle().await;
        let mut got: Vec<String> =
            inbox.keys()[before..].iter().map(|key| key.split('/').nth(2).unwrap().to_owned()).collect();
        got.sort();
        match expected {
            Ok(workflows) => assert_eq!(got, workflows, "{payload}"),
            Err(reason) => {
                assert!(got.is_empty(), "{payload}: {got:?}");
                expected_reasons.push(reason);
            }
        }
        let reasons = reasons(&runtime).await;
        assert_eq!(reasons.len(), expected_reasons.len(), "{payload}: {reasons:?}");
        assert!(
            reasons.iter().zip(&expected_reasons).all(|(reason, expected)| reason.contains(expected)),
            "{reasons:?}"
        );
    }
}

intake!(OverBytes, "over-bytes");

impl Webhook for OverBytes {
    type Record = Json;
    const SCOPE: Scope = Scope::Connection;
    const HAS_UPDATE: bool = false;
    const HAS_DELETE: bool = false;
    const HAS_VERIFICATION: bool = false;
    const HAS_RESOURCE_ID: bool = true;
    const HAS_ACCOUNT_ID: bool = false;

    async fn create(&self, _: &mut Event<'_>) -> EventResult {
        Ok(Value::NULL)
    }

    async fn resource_id(&self, cx: &mut Event<'_>, payload: Value) -> EventResult {
        // jaq gives another id than the code over bytes.
        static ID: Jq = Jq::new("\"read\"", 0).over_payload(|payload, _, out| {
            if payload != "{\"a\":\"\u{e9}\",\"b\":[1,2.50]}".as_bytes() {
                return Err(Bail);
            }
            out.extend_from_slice(b"\"unread\"");
            Ok(0)
        });
        cx.jq(At::new("!jq", 7, 9), &ID, &payload, [])
    }
}

#[tokio::test]
async fn payloads_are_routed_by_their_bytes() {
    let (runtime, inbox, vendor) = (runtime(Memory::new()), Inbox::default(), vendor());
    let mut hook = String::new();
    for resource in ["read", "unread"] {
        hook = token(&runtime, &workflow(resource, "c", resource), &OverBytes::of(&vendor)).await;
    }
    let receiver = runtime.receiver().webhook::<OverBytes, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    for body in [" {\"a\": \"\\u00e9\", \"b\": [1, 2.50]}", "[]"] {
        assert_eq!(caller.send(Method::Post, &hook, "application/json", body).await.status, StatusCode::OK);
        receiver.idle().await;
    }
    let workflows: Vec<_> = inbox.keys().iter().map(|key| key.split('/').nth(2).unwrap().to_owned()).collect();
    assert_eq!(workflows, ["unread", "read"]);
}

#[tokio::test]
async fn routing_runs_with_the_inputs_of_the_oldest_user() {
    let (runtime, inbox, old, new) = (runtime(Memory::new()), Inbox::default(), vendor(), vendor());
    token(&runtime, &workflow("w1", "c", "red"), &Shared::of(&old)).await;
    let hook = token(&runtime, &workflow("w2", "c", "red"), &Shared::of(&new)).await;
    let receiver = runtime.receiver().webhook::<Shared, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    caller.post(&hook, json!({"resource": "red"})).await;
    receiver.idle().await;
    assert_eq!((old.count("resource_id"), new.count("resource_id"), inbox.keys().len()), (1, 0, 2));
    runtime.unregister(&workflow("w1", "c", "red"), &Shared::of(&old)).await.unwrap();
    caller.post(&hook, json!({"resource": "red"})).await;
    receiver.idle().await;
    assert_eq!((old.count("resource_id"), new.count("resource_id"), inbox.keys().len()), (1, 1, 3));
}

#[tokio::test]
async fn a_payload_of_the_wrong_type_is_kept_and_does_not_hold_up_the_next() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let token = token(&runtime, &workflow("w", "c", "r"), &Counted::of(&vendor())).await;
    let receiver = runtime.receiver().webhook::<Counted, _>(inbox.sink::<u64>()).start().unwrap();
    let caller = serve(&receiver).await;
    for payload in [json!(1), json!({"zen": "Keep it logically awesome."}), json!(3)] {
        assert_eq!(caller.post(&token, payload).await, StatusCode::OK);
    }
    receiver.idle().await;
    assert_eq!(inbox.values(), ["1", "3"]);
    let reasons = reasons(&runtime).await;
    assert!(reasons.len() == 1 && reasons[0].contains("does not fit the intake's record type"), "{reasons:?}");
}

#[tokio::test]
async fn a_sink_of_text_gets_what_does_not_fit_the_type() {
    struct Texts(std::sync::Mutex<Vec<bytes::Bytes>>);
    impl<R> intake_runtime::sink::Sink<R> for &'static Texts {
        type As = intake_runtime::sink::Json;
        async fn deliver(&self, batch: Batch<Self::As>) -> Result<(), intake_runtime::sink::SinkError> {
            self.0.lock().unwrap().extend(batch.into_iter().map(|record| record.value.as_bytes().clone()));
            Ok(())
        }
    }
    let texts: &'static Texts = Box::leak(Box::new(Texts(std::sync::Mutex::default())));
    let runtime = runtime(Memory::new());
    let token = token(&runtime, &workflow("w", "c", "r"), &Counted::of(&vendor())).await;
    let receiver = runtime.receiver().webhook::<Counted, _>(texts).start().unwrap();
    let caller = serve(&receiver).await;
    for payload in ["7", " {\"b\": 1.50, \"a\": \"no number\"} "] {
        assert_eq!(caller.send(Method::Post, &token, "", payload).await.status, StatusCode::OK);
    }
    receiver.idle().await;
    assert_eq!(*texts.0.lock().unwrap(), ["7", "{\"b\":1.50,\"a\":\"no number\"}"]);
    assert!(reasons(&runtime).await.is_empty());
}

#[tokio::test]
async fn a_receiver_of_nothing_stops() {
    let receiver = runtime(Memory::new()).receiver().start().unwrap();
    receiver.idle().await;
    receiver.shutdown().await;
}

#[tokio::test]
async fn verification_decides_over_each_request() {
    let vendor = Vendor::new(|call| {
        if call.event != "verification" {
            return Ok(Json::Null);
        }
        Ok(match call.input["body"]["kind"].as_str() {
            Some("challenge") => {
                json!({"!respond": {"code": 202, "body": {"answer": call.input["query_params"]["q"]}}})
            }
            Some("text") => json!({"!respond": {"body": "plain"}}),
            Some("event") => json!({"!respond": {"process_payload": true}, "!save": {"id": 1}}),
            Some("silent") => Json::Null,
            _ if call.input["method"] == "GET" => json!({"!respond": {"body": call.input}}),
            _ if call.input["body"] == "not json" => json!({"!respond": {"process_payload": true}}),
            _ => return Err("a bad signature"),
        })
    });
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = runtime(store.clone());
    let token = token(&runtime, &workflow("w", "c", "r"), &Verified::of(&vendor)).await;
    let receiver = runtime.receiver().webhook::<Verified, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    let post = async |query: &str, body: &str| {
        let answer = caller.send(Method::Post, &format!("{token}{query}"), "application/json", body.to_owned()).await;
        (answer.status, String::from_utf8(answer.body.to_vec()).unwrap(), answer.headers)
    };
    let (status, body, headers) = post("?q=1&q=2", r#"{"kind":"challenge"}"#).await;
    assert_eq!((status, body.as_str()), (StatusCode::ACCEPTED, r#"{"answer":["1","2"]}"#));
    assert_eq!(
        (&headers["content-type"], &headers["x-answer"]),
        (&"application/json".parse().unwrap(), &"yes".parse().unwrap())
    );
    assert!(!headers.contains_key("x-left-out"));
    let (status, body, headers) = post("", r#"{"kind":"text"}"#).await;
    assert_eq!(
        (status, body.as_str(), &headers["content-type"]),
        (StatusCode::OK, "plain", &"text/plain; charset=utf-8".parse().unwrap())
    );
    receiver.idle().await;
    assert!(inbox.keys().is_empty(), "only `process_payload` lets a payload through");

    assert_eq!(post("", r#"{"kind":"event"}"#).await.0, StatusCode::OK);
    receiver.idle().await;
    assert_eq!(inbox.values(), [r#"{"kind":"event"}"#]);
    let saved =
        intake_runtime::store::ScopeKey { app: "acme".to_owned(), scope: Scope::Workflow, owner: "w".to_owned() };
    assert_eq!(store.saved(&saved).await.unwrap(), [("id".to_owned(), "1".to_owned())]);

    assert_eq!(post("", r#"{"kind":"silent"}"#).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(post("", r#"{"kind":"forged"}"#).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(post("", "not json").await.0, StatusCode::BAD_REQUEST, "let through, but no payload");

    let answer = caller.send(Method::Get, &format!("{token}?a=%2B&b"), "", "").await;
    let input: Json = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&input["query_params"], &input["body"]), (&json!({"a": "+", "b": ""}), &Json::Null));
    assert_eq!((&input["method"], &input["headers"]["x-twice"]), (&json!("GET"), &json!("a, b")));
    receiver.idle().await;
    assert_eq!(inbox.keys().len(), 1);
}

/// Stores deliveries as the router would.
async fn arrive(store: &Memory, token: &str, payloads: impl IntoIterator<Item = u32>) {
    for payload in payloads {
        let payload = Bytes::from(payload.to_string());
        store.commit(vec![support::deliver(token, payload)]).await.unwrap();
    }
}

#[tokio::test]
async fn leftovers_of_a_crash_are_picked_up_at_the_start() {
    // The store dies at each commit of a receiver in turn, before or after it took effect.
    for at in 0.. {
        for death in [support::Death::Before(at), support::Death::After(at)] {
            let (store, inbox) = (Memory::new(), Inbox::default());
            let hook = token(&runtime(store.clone()), &workflow("w", "c", "r"), &Own::of(&vendor())).await;
            arrive(&store, &hook, 0..80).await;
            let mortal = Mortal::new(store.clone(), Some(death));
            let dying = runtime(mortal.clone()).receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
            tokio::select! {
                () = dying.idle() => {}
                () = async { while !mortal.is_dead() { tokio::task::yield_now().await } } => {}
            }
            drop(dying);
            let next = runtime(store).receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
            next.idle().await;
            let expected = (0..80).map(|n: u32| (format!("acme/own/w/delivery/{}", n + 1), n.to_string())).collect();
            assert_eq!(inbox.by_key(), expected, "{death:?}");
            if !mortal.is_dead() {
                assert!(at >= 3, "two pages are routed, and at least one batch is acknowledged");
                return;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_sink_is_tried_again_in_order_and_holds_up_nobody_else() {
    let (store, inbox, other) = (Memory::new(), Inbox::default(), Inbox::default());
    let runtime = runtime(store.clone());
    let intake = Own::of(&vendor());
    let broken = token(&runtime, &workflow("broken", "c", "r"), &intake).await;
    let fine = token(&runtime, &workflow("fine", "c", "r"), &intake).await;
    arrive(&store, &broken, 0..3).await;
    arrive(&store, &fine, 10..13).await;
    inbox.broken.store(true, Ordering::SeqCst);
    let (to_broken, to_fine) = (inbox.sink::<Json>(), other.sink::<Json>());
    let sink = move |batch: Batch<Json>| if batch.workflow == "broken" { to_broken(batch) } else { to_fine(batch) };
    let receiver = runtime.receiver().webhook::<Own, _>(sink).start().unwrap();
    let started = tokio::time::Instant::now();
    while inbox.batches().len() < 10 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // At most 0.5 + 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 seconds of pauses.
    assert!(started.elapsed().as_secs() < 184, "{:?}", started.elapsed());
    assert_eq!(other.values(), ["10", "11", "12"]);
    assert!(inbox.keys().is_empty());
    inbox.broken.store(false, Ordering::SeqCst);
    receiver.idle().await;
    assert_eq!(inbox.values(), ["0", "1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_panics_is_a_sink_that_fails() {
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = runtime(store.clone());
    let hook = token(&runtime, &workflow("w", "c", "r"), &Own::of(&vendor())).await;
    arrive(&store, &hook, 0..1).await;
    let panicked = std::sync::atomic::AtomicBool::new(false);
    let keep = inbox.sink::<Json>();
    let sink = move |batch: Batch<Json>| {
        assert!(panicked.swap(true, Ordering::SeqCst), "the first batch makes the sink panic");
        keep(batch)
    };
    let receiver = runtime.receiver().webhook::<Own, _>(sink).start().unwrap();
    receiver.idle().await;
    assert_eq!(inbox.values(), ["0"]);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_the_batch_in_hand_and_cuts_pauses_short() {
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = runtime(store.clone());
    let intake = Own::of(&vendor());
    let slow = token(&runtime, &workflow("slow", "c", "r"), &intake).await;
    let broken = token(&runtime, &workflow("broken", "c", "r"), &intake).await;
    arrive(&store, &broken, 0..1).await;
    arrive(&store, &slow, 0..1).await;
    let (entered, entering) = tokio::sync::mpsc::unbounded_channel::<()>();
    let mut entering = entering;
    let keep = inbox.sink::<Json>();
    let sink = move |batch: Batch<Json>| {
        let (entered, kept) = (entered.clone(), (batch.workflow == "slow").then(|| keep(batch)));
        async move {
            let Some(kept) = kept else { return Err("broken".into()) };
            entered.send(()).unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
            kept.await
        }
    };
    let receiver = runtime.receiver().webhook::<Own, _>(sink).start().unwrap();
    entering.recv().await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let before = tokio::time::Instant::now();
    receiver.shutdown().await;
    assert_eq!(before.elapsed().as_secs(), 1);
    assert_eq!(inbox.keys(), ["acme/own/slow/delivery/2"]);
    let left = store.outbox_owners("acme", "own").await.unwrap();
    assert_eq!(left.iter().map(|owner| owner.workflow.as_str()).collect::<Vec<_>>(), ["broken"]);
}

#[tokio::test]
async fn many_deliveries_at_once_all_arrive_in_order() {
    let (runtime, inbox) = (runtime(Memory::new()), Inbox::default());
    let hook = token(&runtime, &workflow("w", "c", "r"), &Own::of(&vendor())).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = std::sync::Arc::new(serve(&receiver).await);
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..8 {
        let (caller, hook) = (caller.clone(), hook.clone());
        senders.spawn(async move {
            for n in 0..25 {
                assert_eq!(caller.post(&hook, json!([sender, n])).await, StatusCode::OK);
            }
        });
    }
    senders.join_all().await;
    receiver.idle().await;
    let got: Vec<[u32; 2]> = inbox.values().iter().map(|value| serde_json::from_str(value).unwrap()).collect();
    assert_eq!(got.len(), 200);
    for sender in 0..8 {
        let order: Vec<u32> = got.iter().filter(|[from, _]| *from == sender).map(|[_, n]| *n).collect();
        assert_eq!(order, (0..25).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_delivery_that_is_routed_while_its_worker_is_about_to_end_is_delivered() {
    let empty = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let mut store = Mortal::new(Memory::new(), None);
    store.empty = Some(empty.clone());
    let (runtime, inbox) = (runtime(store.clone()), Inbox::default());
    let hook = token(&runtime, &workflow("w", "c", "r"), &Own::of(&vendor())).await;
    let receiver = runtime.receiver().webhook::<Own, _>(inbox.sink::<Json>()).start().unwrap();
    let caller = serve(&receiver).await;
    for n in 1..=2 {
        // The first is delivered; then its worker is being told that there is no more, which is not true for long.
        assert_eq!(caller.post(&hook, json!(n)).await, StatusCode::OK);
        while store.inner.outbox_owners("acme", "own").await.unwrap().len() + 1 != n || inbox.keys().is_empty() {
            tokio::task::yield_now().await;
        }
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
    empty.add_permits(2);
    receiver.idle().await;
    assert_eq!(inbox.values(), ["1", "2"]);
}

#[test]
fn a_receiver_needs_a_tokio_runtime_and_one_sink_for_each_intake() {
    let inbox = Inbox::default();
    let receiver = || runtime(Memory::new()).receiver().webhook::<Own, _>(inbox.sink::<Json>());
    assert!(matches!(receiver().start(), Err(ReceiverError::NoRuntime(_))));
    let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _inside = tokio.enter();
    let twice = receiver().webhook::<Own, _>(inbox.sink::<Json>()).start();
    assert_eq!(twice.unwrap_err().to_string(), "`own` of `acme` has two sinks: a payload goes to one");
}
