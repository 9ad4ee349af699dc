//! The life of a polling intake.

mod support;

use intake_runtime::error::{BuildError, PollError};
use intake_runtime::event::Event;
use intake_runtime::intake::EventResult;
use intake_runtime::report::{ExitReason, Report};
use intake_runtime::runtime::Runtime;
use intake_runtime::sink::{Batch, channel};
use intake_runtime::store::{IntakeKey, Memory, Store, StoreError};
use intake_runtime::workflow::Workflow;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use support::{Answer, Call, Death, Inbox, Mortal, Vendor, builder, cancelled, polling, runtime};

polling!(Items, "items/new", Json);
polling!(Numbers, "numbers", u64);

fn workflow() -> Workflow {
    Workflow::new("w1")
}

fn key(intake: &str) -> IntakeKey {
    let [app, intake, workflow] = ["acme", intake, "w1"].map(str::to_owned);
    IntakeKey { app, intake, workflow }
}

/// A vendor whose `request` gives these outputs, one after the other, and whose other events give null.
fn pages(outputs: impl IntoIterator<Item = Json>) -> Vendor {
    let outputs: Vec<Json> = outputs.into_iter().collect();
    Vendor::new(move |call| {
        let page = || outputs.get(call.nth).cloned().ok_or("one request too many");
        if call.event == "request" { page() } else { Ok(Json::Null) }
    })
}

/// One page of `size` results that no other page has, with `iterate` left out.
fn page(number: usize, size: usize) -> Json {
    json!({ "results": (0..size).map(|index| format!("{number}.{index}")).collect::<Vec<_>>() })
}

async fn poll_once(vendor: &Vendor) -> (Report, Inbox) {
    let inbox = Inbox::default();
    let report = runtime(Memory::new()).poll(&workflow(), &Items::of(vendor), inbox.sink::<Json>()).await.unwrap();
    (report, inbox)
}

#[tokio::test]
async fn the_official_example_makes_14_requests() {
    let vendor = Vendor::new(|call| match call.event {
        "initial_setup" => Ok(json!({"polling_state": {"iterations": 1}, "ignored": true})),
        "request" => {
            let n = call.input["iterations"].as_u64().unwrap();
            let results = [json!({"email": format!("historical_record{n}@mailserver.testing")})];
            Ok(json!({"results": results, "iterate": n < 14, "polling_state": {"iterations": n + 1}}))
        }
        _ => Ok(Json::Null),
    });
    let (report, inbox) = poll_once(&vendor).await;
    assert_eq!(
        report.to_string(),
        r#"14 requests, 14 records, stopped because iterate is false, state {"iterations":15}"#
    );
    let Report { cycle, redelivered, more, resumed, .. } = report;
    assert_eq!((cycle, redelivered, more, resumed), (1, 0, false, false));
    assert_eq!(inbox.values()[13], r#"{"email":"historical_record14@mailserver.testing"}"#);
    assert_eq!(inbox.keys()[13], "acme/items%2Fnew/w1/1/14/0");
    let mut events = vec!["initial_setup", "pre_poll"];
    events.extend(["request"; 14]);
    events.push("post_poll");
    assert_eq!(vendor.events(), events);
}

#[tokio::test]
async fn each_exit_condition_ends_the_loop() {
    use ExitReason::{Iterate, NoResults, RepeatedResults};
    let next = |page: usize| json!({"results": [page], "iterate": true});
    for (last, exit, records) in [
        (json!({"results": [2], "iterate": false}), Iterate, 2),
        (json!({"results": [], "iterate": true}), NoResults, 1),
        (json!({"results": null, "iterate": true}), NoResults, 1),
        (json!({"iterate": true}), NoResults, 1),
        (json!("no object"), NoResults, 1),
        (json!({"results": [1], "iterate": true}), RepeatedResults, 1),
        (json!({"results": [1.0], "iterate": true}), RepeatedResults, 1),
        // Several at once: the first in the order of the list.
        (json!({"results": [], "iterate": false}), Iterate, 1),
        (json!({"results": [1], "iterate": false}), Iterate, 1),
    ] {
        let (report, inbox) = poll_once(&pages([next(1), last.clone()])).await;
        assert_eq!((report.requests, report.exit, report.more), (2, exit, false), "{last}");
        assert_eq!((report.records, inbox.keys().len()), (records, usize::try_from(records).unwrap()), "{last}");
    }
}

#[tokio::test]
async fn only_the_previous_request_counts_as_repeated() {
    let results = |results: Json| json!({"results": results});
    let script =
        [results(json!([1])), results(json!([2])), results(json!([1])), results(json!([1, 1])), results(json!([]))];
    let (report, inbox) = poll_once(&pages(script)).await;
    assert_eq!((report.requests, report.exit), (5, ExitReason::NoResults));
    assert_eq!(inbox.values(), ["1", "2", "1", "1", "1"]);
}

#[tokio::test]
async fn an_iterate_that_is_not_false_goes_on() {
    for iterate in [Json::Null, json!("false"), json!(0), json!({}), json!(true)] {
        let script = [json!({"results": [1], "iterate": iterate}), page(2, 1), json!({"iterate": false})];
        let (report, _) = poll_once(&pages(script)).await;
        assert_eq!((report.requests, report.exit), (3, ExitReason::Iterate), "{iterate}");
    }
}

#[tokio::test]
async fn the_hundredth_request_is_the_last() {
    let endless = pages((0..200).map(|number| page(number, 1)));
    let (report, inbox) = poll_once(&endless).await;
    assert_eq!((report.requests, report.exit, report.more), (100, ExitReason::MaxRequests, true));
    assert_eq!((endless.count("request"), inbox.keys().len()), (100, 100));
    assert_eq!(endless.events().last(), Some(&"post_poll"));

    let just_enough = pages((0..99).map(|number| page(number, 1)).chain([json!({"results": [1], "iterate": false})]));
    let (report, _) = poll_once(&just_enough).await;
    assert_eq!((report.requests, report.exit, report.more), (100, ExitReason::Iterate, false));

    // The cap comes before the end of the data in the list, but nothing is left.
    let ends_there = pages((0..99).map(|number| page(number, 1)).chain([json!({"results": []})]));
    let (report, _) = poll_once(&ends_there).await;
    assert_eq!((report.requests, report.exit, report.more), (100, ExitReason::MaxRequests, false));
}

#[tokio::test]
async fn more_than_a_thousand_results_end_the_loop_and_all_are_delivered() {
    let (report, inbox) = poll_once(&pages([page(0, 999), page(1, 1), page(2, 700), page(3, 1)])).await;
    assert_eq!((report.requests, report.records), (3, 1700), "1,000 are not more than 1,000");
    assert_eq!((report.exit, report.more), (ExitReason::MaxResults, true));
    assert_eq!(inbox.batches(), [500, 499, 1, 500, 200]);
    assert_eq!(inbox.by_key().len(), 1700);

    let (report, _) = poll_once(&pages([page(0, 1001), page(1, 1)])).await;
    assert_eq!((report.requests, report.records, report.exit), (1, 1001, ExitReason::MaxResults));

    // A repeated page is not delivered, so it does not count.
    let (report, _) = poll_once(&pages([page(0, 600), page(0, 600), page(1, 1)])).await;
    assert_eq!((report.requests, report.records, report.exit), (2, 600, ExitReason::RepeatedResults));
}

#[tokio::test]
async fn both_caps_are_settings() {
    let inbox = Inbox::default();
    let script = || pages((0..9).map(|number| page(number, 2)));
    let few = builder(Memory::new()).max_requests(2).build().unwrap();
    let report = few.poll(&workflow(), &Items::of(&script()), inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.exit), (2, ExitReason::MaxRequests));
    let small = builder(Memory::new()).max_results(4).build().unwrap();
    let report = small.poll(&workflow(), &Items::of(&script()), inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.records, report.exit), (3, 6, ExitReason::MaxResults));
    assert!(matches!(builder(Memory::new()).max_requests(0).build(), Err(BuildError::NoRequests)));
    assert!(matches!(Runtime::builder().build(), Err(BuildError::NoStore)));
}

#[tokio::test]
async fn results_that_are_no_array_are_an_error_and_nothing_is_committed() {
    for (results, found) in [(json!({"a": 1}), "an object"), (json!("text"), "a string"), (json!(false), "a boolean")] {
        let output = json!({"results": results, "polling_state": "lost", "iterate": false});
        let vendor = Vendor::new(move |call| Ok(if call.event == "request" { output.clone() } else { json!({}) }));
        let runtime = runtime(Memory::new());
        let inbox = Inbox::default();
        let error = runtime.poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await.unwrap_err();
        let text = format!("acme.json:3: `request` of `items/new` gave {found} as `results`, but an array is needed");
        assert!(error.to_string().contains(&text), "{error}");
        assert_eq!(runtime.polling_state(&workflow(), &Items::of(&vendor)).await.unwrap(), None);
        assert!(inbox.keys().is_empty());
    }
}

#[tokio::test]
async fn the_state_is_replaced_as_a_whole_by_each_event_that_gives_one() {
    let states = |call: &Call| -> Answer {
        Ok(match call.event {
            "initial_setup" => json!({"polling_state": {"a": 1, "b": 2}}),
            "pre_poll" => json!({"polling_state": {"b": 3}, "results": ["ignored"]}),
            "request" if call.nth == 0 => json!({"results": [1], "state": {"no": "state"}}),
            "request" => json!({"polling_state": null, "iterate": false}),
            _ => json!([{"polling_state": "in an array"}]),
        })
    };
    let vendor = Vendor::new(states);
    let (report, _) = poll_once(&vendor).await;
    let seen: Vec<Json> = vendor.calls().into_iter().map(|call| call.input).collect();
    assert_eq!(seen, [json!({}), json!({"a": 1, "b": 2}), json!({"b": 3}), json!({"b": 3}), Json::Null]);
    assert_eq!(report.state.unwrap(), Json::Null);
}

#[tokio::test]
async fn setup_runs_once_and_again_on_reset() {
    let vendor = Vendor::new(|call| match call.event {
        "initial_setup" if call.nth == 2 => Ok(json!({"nothing": "to adopt"})),
        "initial_setup" => Ok(json!({"polling_state": {"setups": call.nth + 1}})),
        "request" => Ok(json!({"results": [call.nth], "iterate": false})),
        _ => Ok(Json::Null),
    });
    let store = Memory::new();
    let (runtime, inbox, intake) = (runtime(store.clone()), Inbox::default(), Items::of(&vendor));
    assert_eq!(runtime.polling_state(&workflow(), &intake).await.unwrap(), None);
    assert!(runtime.setup(&workflow(), &intake).await.unwrap());
    let before = store.intake(&key("items/new")).await.unwrap();
    assert!(!runtime.setup(&workflow(), &intake).await.unwrap());
    assert_eq!(store.intake(&key("items/new")).await.unwrap(), before, "it takes no lease from who is at work");
    for _ in 0..2 {
        runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    }
    assert_eq!(vendor.count("initial_setup"), 1);
    runtime.reset(&workflow(), &intake).await.unwrap();
    assert_eq!(runtime.polling_state(&workflow(), &intake).await.unwrap().unwrap(), json!({"setups": 2}));
    runtime.reset(&workflow(), &intake).await.unwrap();
    assert_eq!(
        runtime.polling_state(&workflow(), &intake).await.unwrap().unwrap(),
        json!({"setups": 2}),
        "no state given, none lost"
    );
    runtime.forget(&workflow(), &intake).await.unwrap();
    assert_eq!(runtime.polling_state(&workflow(), &intake).await.unwrap(), None);
    let report = runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!(report.cycle, 3);
    assert_eq!(report.state.unwrap(), json!({"setups": 4}));
    assert_eq!(inbox.by_key().len(), 3, "numbers of cycles are never used twice");
}

#[tokio::test]
async fn a_failing_event_commits_nothing_and_is_run_again() {
    let vendor = Vendor::new(|call| match (call.event, call.nth) {
        ("pre_poll", _) => Ok(json!({"polling_state": {"at": "pre_poll"}})),
        ("request", 0) => Ok(json!({"results": [1], "!save": {"id": 7}, "polling_state": {"at": 1}})),
        ("request", 1) => Err("the vendor is down"),
        ("request", 2) => Ok(json!({"results": [2], "iterate": false})),
        ("post_poll", 0) => Err("the vendor is down"),
        _ => Ok(Json::Null),
    });
    let (runtime, inbox, intake) = (runtime(Memory::new()), Inbox::default(), Items::of(&vendor));
    let error = runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap_err();
    assert!(matches!(error, PollError::Event(_)));
    assert!(error.to_string().contains("the vendor is down") && error.to_string().contains("request"), "{error}");
    assert_eq!(runtime.polling_state(&workflow(), &intake).await.unwrap().unwrap(), json!({"at": 1}));
    runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap_err();
    let report = runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.records, report.resumed, report.cycle), (2, 2, true, 1));
    assert_eq!(report.exit, ExitReason::Iterate);
    let events = ["initial_setup", "pre_poll", "request", "request", "request", "post_poll", "post_poll"];
    assert_eq!(vendor.events(), events);
    assert_eq!(vendor.calls()[3].saved, Some(json!(7)), "saved data is there for the next request");
    assert_eq!(inbox.keys(), ["acme/items%2Fnew/w1/1/1/0", "acme/items%2Fnew/w1/1/2/0"]);
}

#[tokio::test]
async fn records_a_sink_refused_come_first_in_the_next_poll_with_the_same_keys() {
    let vendor = pages([page(0, 600), page(1, 1), json!({"iterate": false})]);
    let (runtime, inbox, intake) = (runtime(Memory::new()), Inbox::default(), Items::of(&vendor));
    inbox.fail_at(1);
    let error = runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap_err();
    assert!(matches!(&error, PollError::Sink { workflow, .. } if workflow == "w1"), "{error:?}");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the database of the sink is full");
    assert_eq!((vendor.count("request"), inbox.keys().len()), (1, 500));
    let report = runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.records, report.redelivered, report.resumed), (3, 601, 100, true));
    assert_eq!((vendor.count("request"), vendor.count("pre_poll")), (3, 1));
    let keys: Vec<_> = (0..600).map(|index| format!("acme/items%2Fnew/w1/1/1/{index}")).collect();
    assert_eq!(inbox.keys()[..600], keys);
}

#[tokio::test]
async fn a_record_that_does_not_fit_its_type_is_set_aside_and_holds_up_nothing() {
    let vendor = pages([json!({"results": [1, 2, "three", 4], "iterate": false})]);
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = runtime(store.clone());
    let report = runtime.poll(&workflow(), &Numbers::of(&vendor), inbox.sink::<u64>()).await.unwrap();
    assert_eq!((report.records, report.dead), (4, 1));
    assert!(report.to_string().ends_with(", 1 dead letter"), "{report}");
    assert_eq!(inbox.values(), ["1", "2", "4"]);
    let kept = runtime.dead_letters(0, 9).await.unwrap().remove(0);
    assert_eq!((kept.key.as_str(), &*kept.payload), ("acme/numbers/w1/1/1/2", &b"\"three\""[..]));
    let reason = kept.dead.unwrap().reason;
    assert!(reason.starts_with("it does not fit the intake's record type: ") && reason.contains("expected u64"));
    assert_eq!(store.outbox(&key("numbers"), 9, usize::MAX).await.unwrap(), []);
}

#[tokio::test]
async fn a_deeply_nested_record_is_delivered_whole() {
    let deep = (0..300).fold(json!(1), |inner, _| json!([inner]));
    let (_, inbox) = poll_once(&pages([json!({"results": [deep.clone()], "iterate": false})])).await;
    assert_eq!(inbox.values(), [deep.to_string()]);
}

#[tokio::test]
async fn cycles_of_one_intake_never_overlap() {
    let vendor = pages([page(0, 1), json!({"iterate": false})]);
    let (runtime, inbox, intake) = (runtime(Memory::new()), Inbox::default(), Items::of(&vendor));
    let (entered, gate) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let slow = |_: Batch<Json>| async {
        entered.notify_one();
        gate.notified().await;
        Ok::<(), std::io::Error>(())
    };
    let busy = async {
        entered.notified().await;
        let second = runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await;
        assert!(matches!(second, Err(PollError::Busy { intake: "items/new", .. })));
        assert!(matches!(runtime.reset(&workflow(), &intake).await, Err(PollError::Busy { .. })));
        assert!(matches!(runtime.setup(&workflow(), &intake).await, Err(PollError::Busy { .. })));
        let other = Workflow::new("w2");
        runtime.setup(&other, &intake).await.unwrap();
        gate.notify_one();
    };
    let workflow = workflow();
    let (first, ()) = tokio::join!(runtime.poll(&workflow, &intake, slow), busy);
    first.unwrap();
    runtime.reset(&workflow, &intake).await.unwrap();
}

#[tokio::test]
async fn who_lost_the_lease_commits_nothing_more() {
    let store = Memory::new();
    let vendor = pages([page(0, 1), page(1, 1), page(1, 1), json!({"iterate": false})]);
    let intake = Items::of(&vendor);
    let (here, there) = (runtime(store.clone()), runtime(store));
    let (workflow, inbox) = (workflow(), Inbox::default());
    let sink = |batch: Batch<Json>| {
        let there = &there;
        let (workflow, intake, inbox) = (&workflow, &intake, &inbox);
        async move {
            // Another process takes over while this one's sink is at work.
            there.reset(workflow, intake).await.unwrap();
            inbox.sink::<Json>()(batch).await
        }
    };
    let error = here.poll(&workflow, &intake, sink).await.unwrap_err();
    assert!(matches!(error, PollError::Store(StoreError::LeaseLost { .. })), "{error}");
    let report = there.poll(&workflow, &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.cycle, report.resumed), (2, false), "the reset gave the first cycle up");
    inbox.by_key();
}

#[tokio::test]
async fn a_channel_is_a_sink() {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
    let vendor = pages([json!({"results": [1, 2], "iterate": false})]);
    runtime(Memory::new()).poll(&workflow(), &Items::of(&vendor), channel(sender.clone())).await.unwrap();
    let records = [receiver.recv().await.unwrap(), receiver.recv().await.unwrap()];
    assert_eq!(records.map(|record| record.value), [json!(1), json!(2)]);
    drop(receiver);
    let vendor = pages([json!({"results": [1], "iterate": false})]);
    let gone = runtime(Memory::new()).poll(&workflow(), &Items::of(&vendor), channel(sender)).await;
    assert!(matches!(gone, Err(PollError::Sink { .. })));
}

/// A vendor with 7 records, 2 to a page, that are found by a cursor in the state.
fn source() -> Vendor {
    Vendor::new(|call| {
        Ok(match call.event {
            "initial_setup" => json!({"polling_state": {"cursor": 0}}),
            "request" => {
                let from = call.input["cursor"].as_u64().unwrap();
                let to = (from + 2).min(7);
                let results: Vec<u64> = (from..to).collect();
                json!({"results": results, "polling_state": {"cursor": to}, "iterate": to < 7})
            }
            _ => Json::Null,
        })
    })
}

/// What an undisturbed cycle over [`source`] delivers.
fn all_of_source() -> BTreeMap<String, String> {
    (0..7).map(|n| (format!("acme/items%2Fnew/w1/1/{}/{}", n / 2 + 1, n % 2), n.to_string())).collect()
}

/// Whatever happened before, one more poll makes it as if nothing had.
async fn check_recovery(store: Memory, vendor: &Vendor, inbox: &Inbox, what: &str) {
    let runtime = runtime(store);
    let intake = Items::of(vendor);
    runtime.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!(inbox.by_key(), all_of_source(), "{what}");
    let cursors: Vec<_> = vendor.calls().iter().filter_map(|call| call.input["cursor"].as_u64()).collect();
    assert!(cursors.is_sorted(), "{what}: the state went back: {cursors:?}");
    assert_eq!(runtime.polling_state(&workflow(), &intake).await.unwrap().unwrap(), json!({"cursor": 7}), "{what}");
}

#[tokio::test]
async fn a_crash_at_any_commit_loses_and_skips_nothing() {
    let undisturbed = Mortal::new(Memory::new(), None);
    let inbox = Inbox::default();
    runtime(undisturbed.clone()).poll(&workflow(), &Items::of(&source()), inbox.sink::<Json>()).await.unwrap();
    assert_eq!(inbox.by_key(), all_of_source());
    let commits = undisturbed.commits();
    assert_eq!(commits, 1 + 4 + 1, "setup, each request, post_poll; each says too what the sink has taken before");
    for at in 0..commits {
        for death in [Death::Before(at), Death::After(at)] {
            let (store, vendor, inbox) = (Memory::new(), source(), Inbox::default());
            let mortal = Mortal::new(store.clone(), Some(death));
            let died = runtime(mortal.clone()).poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await;
            assert!(matches!(died, Err(PollError::Store(_))) && mortal.is_dead(), "{death:?}");
            check_recovery(store, &vendor, &inbox, &format!("{death:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_poll_dropped_at_any_await_loses_and_skips_nothing() {
    for polls in 0.. {
        let (store, vendor, inbox) = (Memory::new(), source(), Inbox::default());
        let runtime = runtime(Mortal::new(store.clone(), None));
        let (workflow, intake) = (workflow(), Items::of(&vendor));
        let poll = runtime.poll(&workflow, &intake, inbox.sink::<Json>());
        let ended = cancelled(poll, polls).await.is_some();
        // The runtime that was interrupted is not busy for that.
        runtime.setup(&workflow, &intake).await.unwrap();
        check_recovery(store, &vendor, &inbox, &format!("dropped after {polls} polls")).await;
        if ended {
            assert!(polls > 40, "{polls} awaits are too few for this test to tell");
            return;
        }
    }
}

#[tokio::test]
async fn a_sink_that_fails_at_any_batch_loses_and_skips_nothing() {
    for batch in 0..4 {
        let (store, vendor, inbox) = (Memory::new(), source(), Inbox::default());
        inbox.fail_at(batch);
        let failed = runtime(store.clone()).poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await;
        assert!(matches!(failed, Err(PollError::Sink { .. })));
        check_recovery(store, &vendor, &inbox, &format!("batch {batch}")).await;
    }
}

#[tokio::test]
async fn what_the_sink_has_taken_is_not_delivered_again_after_an_error() {
    let (store, inbox) = (Memory::new(), Inbox::default());
    let vendor = Vendor::new(|call| match call.event {
        "request" if call.input.get("page").is_none() => Ok(json!({"results": [1, 2], "polling_state": {"page": 2}})),
        "request" => Err("the vendor is down"),
        _ => Ok(Json::Null),
    });
    let runtime = runtime(store.clone());
    for redelivered in [2, 2] {
        runtime.poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await.unwrap_err();
        assert_eq!(inbox.by_key().len(), redelivered);
        assert_eq!(store.outbox_owners("acme", "items/new").await.unwrap(), [], "the error's way out commits it");
    }
}

#[tokio::test]
async fn a_resumed_cycle_still_knows_the_previous_results_and_its_counts() {
    // The process dies after the first page; the vendor, whose state does not advance, gives it again.
    let (store, inbox) = (Memory::new(), Inbox::default());
    let vendor = pages([page(0, 3), page(0, 3)]);
    let mortal = Mortal::new(store.clone(), Some(Death::After(1)));
    runtime(mortal).poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await.unwrap_err();
    let report = runtime(store).poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.records, report.redelivered), (2, 3, 3));
    assert_eq!((report.exit, report.resumed), (ExitReason::RepeatedResults, true));

    // Resumed under a lower cap than it began with, a cycle makes no further request.
    let (store, vendor) = (Memory::new(), pages([page(0, 3), page(1, 3)]));
    let mortal = Mortal::new(store.clone(), Some(Death::Before(2)));
    runtime(mortal).poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await.unwrap_err();
    let lower = builder(store).max_requests(1).build().unwrap();
    let report = lower.poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.exit, vendor.count("request")), (1, ExitReason::MaxRequests, 2));
}

#[tokio::test(start_paused = true)]
async fn the_duration_is_the_clocks() {
    let vendor = pages([json!({"results": [1], "iterate": false})]);
    let slow = |_: Batch<Json>| async {
        tokio::time::sleep(std::time::Duration::from_secs(90)).await;
        Ok::<(), std::convert::Infallible>(())
    };
    let report = runtime(Memory::new()).poll(&workflow(), &Items::of(&vendor), slow).await.unwrap();
    assert_eq!(report.duration.as_secs(), 90);
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_cycle_in_a_file_is_gone_on_with_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("intake.db");
    let (vendor, inbox) = (source(), Inbox::default());
    let intake = Items::of(&vendor);
    let open = async || {
        let store = std::sync::Arc::new(intake_runtime::store::Sqlite::open(&file).await.unwrap());
        (store.clone(), runtime(store))
    };
    let (store, first) = open().await;
    inbox.fail_at(2);
    // As an application would have it: in a task of its own.
    let (sink, polled) = (inbox.sink::<Json>(), intake.clone());
    let failed = tokio::spawn(async move { first.poll(&workflow(), &polled, sink).await }).await.unwrap();
    assert!(matches!(failed, Err(PollError::Sink { .. })));
    store.close().await;
    let (_, second) = open().await;
    let report = second.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.requests, report.records, report.redelivered, report.resumed), (4, 7, 2, true));
    assert_eq!((inbox.by_key(), inbox.keys().len()), (all_of_source(), 7));
    let report = second.poll(&workflow(), &intake, inbox.sink::<Json>()).await.unwrap();
    assert_eq!((report.cycle, report.exit, vendor.count("initial_setup")), (2, ExitReason::Iterate, 1));
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_runtime_opens_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("intake.db");
    let runtime = Runtime::open(&file).await.unwrap();
    assert_eq!(runtime.polling_state(&workflow(), &Items::of(&source())).await.unwrap(), None);
    let second = Runtime::builder().max_requests(9).open(&file).await;
    assert!(matches!(second, Err(BuildError::Store(StoreError::InUse { .. }))));
}

/// What the language reference says of a cycle, read line by line.
#[derive(Debug, PartialEq)]
struct Expected {
    exit: ExitReason,
    requests: u32,
    records: Vec<String>,
    state: Json,
}

fn expected(outputs: &[Json], max_requests: u32, max_results: usize) -> Expected {
    let mut end = Expected { exit: ExitReason::Iterate, requests: 0, records: Vec::new(), state: json!({}) };
    let mut previous = Json::Null;
    loop {
        let output = &outputs[end.requests as usize];
        end.requests += 1;
        if let Some(state) = output.get("polling_state") {
            end.state = state.clone();
        }
        let results = output.get("results").cloned().unwrap_or(Json::Null);
        let items = results.as_array().cloned().unwrap_or_default();
        let repeated = !items.is_empty() && results == previous;
        if !repeated {
            end.records.extend(items.iter().map(Json::to_string));
        }
        let reasons = [
            (output.get("iterate") == Some(&Json::Bool(false)), ExitReason::Iterate),
            (end.requests >= max_requests, ExitReason::MaxRequests),
            (end.records.len() > max_results, ExitReason::MaxResults),
            (items.is_empty(), ExitReason::NoResults),
            (repeated, ExitReason::RepeatedResults),
        ];
        if let Some((_, exit)) = reasons.into_iter().find(|(holds, _)| *holds) {
            return Expected { exit, ..end };
        }
        previous = results;
    }
}

fn outputs() -> impl Strategy<Value = Vec<Json>> {
    let results = prop_oneof![
        1 => Just(None),
        1 => Just(Some(Json::Null)),
        9 => prop::collection::vec(0..3_u8, 0..4).prop_map(|items| Some(json!(items))),
    ];
    let iterate =
        prop_oneof![Just(None), Just(Some(json!("false"))), Just(Some(json!(true))), Just(Some(json!(false)))];
    let state = prop::option::of(prop_oneof![Just(Json::Null), any::<u8>().prop_map(|n| json!({ "n": n }))]);
    let output = (results, iterate, state).prop_map(|(results, iterate, state)| {
        let entries = [("results", results), ("iterate", iterate), ("polling_state", state)];
        entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Json>()
    });
    prop::collection::vec(output, 8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn a_cycle_does_what_the_reference_says(outputs in outputs(), max_requests in 1..8_u32, max_results in 0..8_usize) {
        let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (vendor, inbox) = (pages(outputs.clone()), Inbox::default());
        let caps = builder(Memory::new()).max_requests(max_requests).max_results(max_results as u64);
        let report = tokio.block_on(caps.build().unwrap().poll(&workflow(), &Items::of(&vendor), inbox.sink::<Json>()));
        let Report { exit, requests, records, state, .. } = report.unwrap();
        prop_assert_eq!(records, inbox.keys().len() as u64);
        let state = state.map_or(json!({}), Json::from);
        let got = Expected { exit, requests, records: inbox.values(), state };
        prop_assert_eq!(got, expected(&outputs, max_requests, max_results));
    }
}
