//! A polling state that an earlier release of the manifest has written.

mod support;

use intake_runtime::error::PollError;
use intake_runtime::event::Event;
use intake_runtime::intake::{EventResult, Intake, IntakeMeta, Polling};
use intake_runtime::private::{Field, Object, Type};
use intake_runtime::runtime::RuntimeBuilder;
use intake_runtime::sink::BoxError;
use intake_runtime::store::{IntakeKey, Memory, Store};
use intake_runtime::value::{Number, Value};
use intake_runtime::workflow::Workflow;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use support::{Inbox, Vendor, builder, polling};

polling!(Before, "items", Json);

/// The next release of the same intake: its state has become `{cursor, pages}`.
#[derive(Clone)]
struct After {
    vendor: String,
}
intake_runtime::inputs!(After { vendor: "vendor" });

#[derive(Clone, Debug, PartialEq)]
struct State {
    cursor: String,
    pages: Vec<Page>,
    total: Option<Number>,
}
intake_runtime::data!(State { cursor: "cursor" always, pages: "pages" always, total: "total" perhaps });

#[derive(Clone, Debug, PartialEq)]
struct Page {
    at: i64,
}
intake_runtime::data!(Page { at: "at" always });

const fn field(key: &'static str, value: Type, optional: bool, line: u32) -> Field {
    Field { key, value, optional, line, column: 9 }
}

static PAGE: Object = Object { fields: &[field("at", Type::Int, false, 33)], open: false };
static STATE: Object = Object {
    fields: &[
        field("cursor", Type::String, false, 31),
        field("pages", Type::Array(&Type::Object(&PAGE)), false, 32),
        field("total", Type::Number, true, 34),
    ],
    open: false,
};

impl Intake for After {
    const META: &'static IntakeMeta = {
        static META: IntakeMeta = IntakeMeta::new(&support::APP, "items", 3).with(Type::Json, Type::Object(&STATE));
        &META
    };
}

impl Polling for After {
    type Record = Json;
    type State = State;
    const FREQUENCY: Option<u32> = None;
    async fn request(&self, cx: &mut Event<'_>) -> EventResult {
        support::run(&self.vendor, "request", cx, None).await
    }
}

fn workflow() -> Workflow {
    Workflow::new("w1")
}

fn key() -> IntakeKey {
    let [app, intake, workflow] = ["acme", "items", "w1"].map(str::to_owned);
    IntakeKey { app, intake, workflow }
}

/// Memory, and a file.
async fn stores() -> Vec<(Arc<dyn Store>, Option<tempfile::TempDir>)> {
    let mut stores: Vec<(Arc<dyn Store>, _)> = vec![(Arc::new(Memory::new()), None)];
    #[cfg(feature = "sqlite")]
    {
        let folder = tempfile::tempdir().unwrap();
        let file = intake_runtime::store::Sqlite::open(folder.path().join("intake.db")).await.unwrap();
        stores.push((Arc::new(file), Some(folder)));
    }
    stores
}

/// Lets the earlier release write a state, and interrupts its cycle.
async fn write(store: &Arc<dyn Store>, state: Json) {
    let vendor = Vendor::new(move |call| match (call.event, call.nth) {
        ("request", 0) => Ok(json!({"polling_state": state, "results": ["first"]})),
        ("request", _) => Err("the vendor is down"),
        _ => Ok(Json::Null),
    });
    let runtime = builder(store.clone()).build().unwrap();
    let inbox = Inbox::default();
    runtime.poll(&workflow(), &Before::of(&vendor), inbox.sink::<Json>()).await.unwrap_err();
}

async fn stored(store: &Arc<dyn Store>) -> String {
    store.intake(&key()).await.unwrap().unwrap().state.unwrap()
}

/// A vendor that gives one page, with the state it was asked with as the record.
fn echo() -> (Vendor, After) {
    let vendor = Vendor::new(|call| Ok(json!({"results": [call.input], "iterate": false})));
    let after = After { vendor: vendor.id.clone() };
    (vendor, after)
}

#[tokio::test]
async fn a_state_that_fits_is_read_as_its_type() {
    let state = json!({"cursor": "a", "pages": [{"at": 1}], "total": 7, "unknown": "is left alone"});
    for (store, _folder) in stores().await {
        write(&store, state.clone()).await;
        let (_vendor, after) = echo();
        let runtime = builder(store.clone()).build().unwrap();
        let expected = State { cursor: "a".into(), pages: vec![Page { at: 1 }], total: Some(7_i64.into()) };
        assert_eq!(runtime.polling_state(&workflow(), &after).await.unwrap().as_ref(), Some(&expected));
        let report = runtime.poll(&workflow(), &after, Inbox::default().sink::<Json>()).await.unwrap();
        assert_eq!((report.resumed, report.state), (true, Some(expected)));
        assert_eq!(stored(&store).await, state.to_string(), "nothing writes it anew");
    }
}

#[tokio::test]
async fn a_state_that_does_not_fit_is_named_and_left_as_it_is() {
    let cases = [
        (json!({"pages": []}), "acme.json:31:9: ", "`cursor` is missing, where the manifest has a string"),
        (
            json!({"cursor": 1234, "pages": []}),
            "acme.json:31:9: ",
            "`cursor` is a number, where the manifest has a string",
        ),
        (
            json!({"cursor": "secret", "pages": [{"at": 1}, {"at": "1234"}]}),
            "acme.json:33:9: ",
            "`pages[1].at` is a string, where the manifest has an integer of 64 bits",
        ),
        (
            json!({"cursor": "secret", "pages": [1234]}),
            "acme.json:32:9: ",
            "`pages[0]` is a number, where the manifest has an object",
        ),
        (json!([1234]), "acme.json: ", "it is an array, where the manifest has an object"),
    ];
    for (state, place, misfit) in cases {
        for (store, _folder) in stores().await {
            write(&store, state.clone()).await;
            let before = store.intake(&key()).await.unwrap().unwrap();
            let (vendor, after) = echo();
            let runtime = builder(store.clone()).build().unwrap();
            let sink = Inbox::default();
            let errors = [
                runtime.poll(&workflow(), &after, sink.sink::<Json>()).await.unwrap_err(),
                runtime.setup(&workflow(), &after).await.unwrap_err(),
                runtime.reset(&workflow(), &after).await.unwrap_err(),
                runtime.polling_state(&workflow(), &after).await.unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, PollError::State { .. }), "{error:?}");
                let text = error.to_string();
                assert!(text.starts_with(place) && text.contains(misfit), "{text}");
                assert!(!format!("{text} {error:?}").contains("1234"), "no value is shown: {error:?}");
            }
            let now = store.intake(&key()).await.unwrap().unwrap();
            assert_eq!((now.state, now.cycle, now.cycles), (before.state, before.cycle, before.cycles));
            assert_eq!(vendor.calls().len(), 0, "no event has run");
            // The way out for who has no use of it.
            runtime.forget(&workflow(), &after).await.unwrap();
            runtime.poll(&workflow(), &after, sink.sink::<Json>()).await.unwrap();
            assert_eq!(runtime.polling_state(&workflow(), &after).await.unwrap(), None);
        }
    }
}

fn with_migration(store: &Arc<dyn Store>) -> RuntimeBuilder {
    builder(store.clone()).migrate::<After, BoxError>(|old| {
        let page = old.get("page").and_then(|page| page.as_i64()).ok_or("no page")?;
        Ok(State { cursor: format!("page-{page}"), pages: vec![Page { at: page }], total: None })
    })
}

#[tokio::test]
async fn a_migration_is_committed_before_anything_runs() {
    for (store, _folder) in stores().await {
        write(&store, json!({"page": 7})).await;
        let (_vendor, after) = echo();
        let runtime = with_migration(&store).build().unwrap();
        let expected = State { cursor: "page-7".into(), pages: vec![Page { at: 7 }], total: None };
        let read = runtime.polling_state(&workflow(), &after).await.unwrap();
        assert_eq!(read.as_ref(), Some(&expected));
        assert_eq!(stored(&store).await, r#"{"page":7}"#, "to read it stores nothing");
        let inbox = Inbox::default();
        let report = runtime.poll(&workflow(), &after, inbox.sink::<Json>()).await.unwrap();
        assert_eq!((report.resumed, report.requests, report.state), (true, 2, Some(expected)));
        let migrated = r#"{"cursor":"page-7","pages":[{"at":7}]}"#;
        assert_eq!(inbox.values(), [migrated], "the interrupted cycle goes on with it");
        assert_eq!(stored(&store).await, migrated);
    }
}

#[tokio::test]
async fn setup_migrates() {
    for (store, _folder) in stores().await {
        write(&store, json!({"page": 7})).await;
        let (_vendor, after) = echo();
        let runtime = with_migration(&store).build().unwrap();
        assert!(!runtime.setup(&workflow(), &after).await.unwrap());
        assert_eq!(stored(&store).await, r#"{"cursor":"page-7","pages":[{"at":7}]}"#);
        assert!(!runtime.setup(&workflow(), &after).await.unwrap());
    }
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    for (store, _folder) in stores().await {
        write(&store, json!({"no": "page"})).await;
        let (vendor, after) = echo();
        let runtime = with_migration(&store).build().unwrap();
        let error = runtime.poll(&workflow(), &after, Inbox::default().sink::<Json>()).await.unwrap_err();
        let PollError::Migration { source, .. } = &error else { panic!("{error:?}") };
        assert_eq!(source.to_string(), "no page");
        assert_eq!(stored(&store).await, r#"{"no":"page"}"#);
        assert_eq!(vendor.calls().len(), 0);
    }
}

#[tokio::test]
async fn an_event_whose_state_does_not_fit_commits_nothing() {
    let wide = json!({"cursor": "a", "pages": [{"at": 9_223_372_036_854_775_808_u64}]});
    let vendor = Vendor::new(move |_| Ok(json!({"results": [1], "polling_state": wide})));
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = builder(store.clone()).build().unwrap();
    let error = runtime.poll(&workflow(), &After { vendor: vendor.id }, inbox.sink::<Json>()).await.unwrap_err();
    let expected = "acme.json:33:9: `request` of `items` gave a polling state that does not fit: \
                    `pages[0].at` is a number, where the manifest has an integer of 64 bits";
    assert_eq!(error.to_string(), expected);
    assert!(inbox.keys().is_empty());
    assert_eq!(store.intake(&key()).await.unwrap().unwrap().state, None);
}

#[test]
fn numbers_that_are_none_are_null() {
    #[derive(Debug)]
    struct Ratios {
        all: Vec<f64>,
        best: Option<f64>,
        last: f64,
    }
    intake_runtime::data!(Ratios { all: "all" always, best: "best" always, last: "last" always });
    let ratios: Ratios = serde_json::from_str(r#"{"all":[0.5,null],"best":null,"last":null}"#).unwrap();
    assert!(ratios.all[1].is_nan() && ratios.best.is_none() && ratios.last.is_nan());
    assert_eq!(serde_json::to_string(&ratios).unwrap(), r#"{"all":[0.5,null],"best":null,"last":null}"#);
}

#[test]
fn other_keys_are_kept_where_a_field_takes_them() {
    #[derive(Debug, PartialEq)]
    struct Open {
        id: Value,
        others: intake_runtime::private::Others,
    }
    intake_runtime::data!(Open { id: "id" always } others);
    let text = r#"{"id":12345678901234567890123,"a":[1.10],"b":{"c":null}}"#;
    let open: Open = serde_json::from_str(text).unwrap();
    assert_eq!(open.others.keys().collect::<Vec<_>>(), ["a", "b"]);
    let back = serde_json::to_string(&open).unwrap();
    assert_eq!(back, r#"{"id":12345678901234567890123,"a":[1.1],"b":{"c":null}}"#);
}
