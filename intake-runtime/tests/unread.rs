//! What an error says of a value that its type does not read: the place and the kinds, never the value.

mod support;

use intake_runtime::event::Event;
use intake_runtime::intake::{EventResult, Scope};
use intake_runtime::sink::Batch;
use intake_runtime::store::Memory;
use intake_runtime::value::Value;
use intake_runtime::workflow::Workflow;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use support::{Vendor, polling, runtime, webhook};

/// What no error may show, in each value that does not fit.
const SECRET: &str = "hunter2";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "they are only read")]
struct Order {
    id: u64,
    #[serde(default)]
    state: Option<State>,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    by_day: BTreeMap<u8, u32>,
    #[serde(default)]
    pair: Option<(u8, u8)>,
    #[serde(default)]
    mail: Option<Mail>,
    #[serde(default)]
    either: Option<Either>,
    #[serde(default)]
    raw: Option<Box<serde_json::value::RawValue>>,
    #[serde(default)]
    any: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "it is only read")]
struct Line {
    name: String,
    price: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "it is only read")]
enum State {
    Open,
    Closed(u32),
    Sent { at: u32 },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is only read")]
enum Either {
    One(u8),
    Other(bool),
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Mail;

impl TryFrom<String> for Mail {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains('@') { Ok(Self) } else { Err(format!("{text} is no address")) }
    }
}

polling!(Polled, "polled", Order);
webhook!(Hooked, "hooked", Order, Scope::Workflow, false, false);
webhook!(Counted, "counted", Json, Scope::Connection, false, false);

/// The next release of `Counted`: its input is another.
#[derive(Clone)]
struct CountedAnew {
    vendor: u8,
}
intake_runtime::inputs!(CountedAnew { vendor: "vendor" });
impl intake_runtime::intake::Intake for CountedAnew {
    const META: &'static intake_runtime::intake::IntakeMeta = <Counted as intake_runtime::intake::Intake>::META;
}
impl intake_runtime::intake::Webhook for CountedAnew {
    type Record = Json;
    const SCOPE: Scope = Scope::Connection;
    const HAS_UPDATE: bool = false;
    const HAS_DELETE: bool = false;
    const HAS_VERIFICATION: bool = false;
    const HAS_RESOURCE_ID: bool = true;
    const HAS_ACCOUNT_ID: bool = false;
    async fn create(&self, cx: &mut Event<'_>) -> EventResult {
        support::run(&self.vendor.to_string(), "create", cx, None).await
    }
}

/// Values, and what is said of each.
fn misfits() -> Vec<(Json, &'static str)> {
    let line = json!({"name": "x", "price": 1});
    vec![
        (json!(SECRET), "expected struct Order, found a string"),
        (json!({"id": SECRET}), "`id`: expected u64, found a string"),
        (json!({"id": -74_123}), "`id`: expected u64, found an integer that is none"),
        (json!({"id": 74_123.5}), "`id`: expected u64, found a number"),
        (json!({}), "missing field `id`"),
        (json!({"id": 1, SECRET: 1}), "expected one of `id`, `state`"),
        (json!({"id": 1, "state": SECRET}), "`state`: expected one of `open`, `closed`, `sent`, found another text"),
        (json!({"id": 1, "state": 74_123}), "`state`: "),
        (json!({"id": 1, "state": {"closed": SECRET}}), "`state.closed`: expected u32, found a string"),
        (json!({"id": 1, "state": {"sent": {"at": SECRET}}}), "`state.sent.*`: expected u32, found a string"),
        (
            json!({"id": 1, "lines": [line, {"name": "y", "price": SECRET}]}),
            "`lines[1].price`: expected f64, found a string",
        ),
        (json!({"id": 1, "lines": [{"price": 1}]}), "`lines[0]`: missing field `name`"),
        (json!({"id": 1, "lines": SECRET}), "`lines`: expected a sequence, found a string"),
        (json!({"id": 1, "by_day": {SECRET: 1}}), "`by_day`: expected u8, found a string"),
        (json!({"id": 1, "by_day": {"7": 1, "8": SECRET}}), "`by_day.*`: expected u32, found a string"),
        (json!({"id": 1, "pair": [1, 2, 74_123]}), "`pair`: expected fewer, found 3 items"),
        (json!({"id": 1, "mail": SECRET}), "`mail`: its type refuses it"),
        (json!({"id": 1, "either": SECRET}), "`either`: its type refuses it"),
        (json!({"id": true, "raw": SECRET, "any": [SECRET]}), "`id`: expected u64, found a boolean"),
    ]
}

fn assert_is_told(text: &str, expected: &str) {
    assert!(text.contains(expected), "{expected}: {text}");
    assert!(!text.contains(SECRET) && !text.contains("74123"), "a value is shown: {text}");
}

#[tokio::test]
async fn of_a_polled_record_the_place_and_the_kinds_are_told() {
    for (record, expected) in misfits() {
        let vendor = Vendor::new(move |_| Ok(json!({"results": [record], "iterate": false})));
        let sink = |_: Batch<Order>| async { Ok::<_, Infallible>(()) };
        let runtime = runtime(Memory::new());
        let report = runtime.poll(&Workflow::new("w"), &Polled::of(&vendor), sink).await.unwrap();
        assert_eq!(report.dead, 1, "{expected}");
        let letter = runtime.dead_letters(0, 9).await.unwrap().remove(0);
        assert_is_told(&letter.dead.unwrap().reason, expected);
    }
}

#[tokio::test]
async fn what_fits_is_read_by_the_same_types() {
    let order = json!({
        "id": 1, "state": {"sent": {"at": 2}}, "lines": [{"name": "x", "price": 1}], "by_day": {"7": 1}, "pair": [1, 2],
        "mail": "a@b", "either": true, "raw": {"a": [1.50]}, "any": [null, 1.5],
    });
    let vendor = Vendor::new(move |_| Ok(json!({"results": [order], "iterate": false})));
    let sink = |batch: Batch<Order>| async move {
        assert!(matches!(batch.records[0].value.state, Some(State::Sent { at: 2 })));
        Ok::<_, Infallible>(())
    };
    runtime(Memory::new()).poll(&Workflow::new("w"), &Polled::of(&vendor), sink).await.unwrap();
}

/// Posts payloads to a hook, and gives the reasons of those that are kept as undeliverable.
async fn reasons<W: intake_runtime::intake::Webhook>(
    runtime: &intake_runtime::runtime::Runtime,
    token: &str,
    payloads: impl IntoIterator<Item = Json>,
) -> Vec<String> {
    use intake_runtime::http::{Client, HttpRequest, Method, Transport};
    let sink = |_: Batch<W::Record>| async { Ok::<_, Infallible>(()) };
    let receiver = runtime.receiver().webhook::<W, _>(sink).start().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{token}", listener.local_addr().unwrap());
    let router = receiver.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::new().unwrap();
    for payload in payloads {
        let headers = http::HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        )]);
        let body = Some(payload.to_string().into());
        let url = url.parse().unwrap();
        assert!(
            client.send(HttpRequest { method: Method::Post, url, headers, body }).await.unwrap().status.is_success()
        );
    }
    receiver.idle().await;
    let kept = runtime.undeliverable("acme", 99).await.unwrap();
    kept.into_iter().map(|kept| kept.reason).collect()
}

#[tokio::test]
async fn so_they_are_of_a_payload_that_is_kept() {
    let runtime = runtime(Memory::new());
    let vendor = Vendor::new(|_| Ok(Json::Null));
    let registration = runtime.register(&Workflow::new("w"), &Hooked::of(&vendor)).await.unwrap();
    let token = registration.url.rsplit('/').next().unwrap();
    let (payloads, expected): (Vec<_>, Vec<_>) = misfits().into_iter().unzip();
    let reasons = reasons::<Hooked>(&runtime, token, payloads).await;
    assert_eq!(reasons.len(), expected.len());
    for (reason, expected) in reasons.iter().zip(expected) {
        assert_is_told(reason, expected);
    }
}

#[tokio::test]
async fn so_they_are_of_stored_inputs() {
    let runtime = runtime(Memory::new());
    let vendor = Vendor::new(|_| Ok(Json::Null));
    let workflow = Workflow::new("w").resource("r");
    let registration = runtime.register(&workflow, &Counted::of(&vendor)).await.unwrap();
    let token = registration.url.rsplit('/').next().unwrap();
    let reasons = reasons::<CountedAnew>(&runtime, token, [json!({})]).await;
    assert_eq!(
        reasons,
        [
            "the stored inputs of workflow `w` do not fit the intake any more: register it anew (`vendor`: expected u8, found a string)"
        ]
    );
}
