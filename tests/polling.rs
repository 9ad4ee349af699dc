//! Section 6 of the language reference, over real HTTP: when a cycle ends, and what becomes of the state.

mod common;

use common::{Collected, Vendor};
use intake::{ExitReason, PollError, Report, Runtime, Workflow};
use serde_json::{Value, json};

mod manifest {
    intake::include_intake!("manifests/scripted.json");
}

mod github {
    intake::include_intake!("manifests/github-hooks.json");
}

use manifest::Scripted;

/// One cycle of the scripted intake: the report, the records, and the vendor.
async fn cycle(script: impl Fn(usize) -> Value + Send + Sync + 'static) -> (Report, Vec<Value>, Vendor) {
    let vendor = Vendor::answering(script).await;
    let records = Collected::default();
    let runtime = vendor.runtime();
    let report = runtime.poll(&Workflow::new("w"), &Scripted::default(), records.sink()).await.unwrap();
    (report, records.json(), vendor)
}

async fn poll(runtime: &Runtime) -> Report {
    runtime.poll(&Workflow::new("w"), &Scripted::default(), Collected::default().sink()).await.unwrap()
}

/// A page that is unlike every other and has one more after it.
fn endless(number: usize) -> Value {
    json!({"results": [number], "iterate": true})
}

fn results(count: usize, number: usize) -> Value {
    (0..count).map(|index| json!({"page": number, "index": index})).collect()
}

#[tokio::test]
async fn iterate_false_ends_the_cycle_after_its_results_are_delivered() {
    let (report, records, vendor) = cycle(|number| json!({"results": [number], "iterate": number < 3})).await;
    assert_eq!(report.exit, ExitReason::Iterate);
    assert_eq!((report.requests, records), (3, vec![json!(1), json!(2), json!(3)]));
    assert_eq!(vendor.seen().len(), 3);
}

#[tokio::test]
async fn the_hundredth_request_runs_and_a_101st_never_does() {
    let (report, records, vendor) = cycle(endless).await;
    assert_eq!(report.exit, ExitReason::MaxRequests);
    assert_eq!((report.requests, vendor.seen().len(), records.len()), (100, 100, 100));
    assert!(report.more, "data remains and the report says so");
}

#[tokio::test]
async fn a_cycle_that_ends_with_its_hundredth_request_did_not_hit_the_cap() {
    let (report, ..) = cycle(|number| json!({"results": [number], "iterate": number < 100})).await;
    assert_eq!((report.exit, report.requests, report.more), (ExitReason::Iterate, 100, false));
}

#[tokio::test]
async fn a_thousand_results_do_not_end_the_cycle() {
    let (report, records, _) = cycle(|number| {
        json!({"results": if number == 1 { results(1000, 1) } else { json!(["last"]) }, "iterate": number == 1})
    })
    .await;
    assert_eq!((report.exit, report.requests, records.len()), (ExitReason::Iterate, 2, 1001));
}

#[tokio::test]
async fn a_thousand_and_one_results_end_the_cycle_and_all_are_delivered() {
    let (report, records, vendor) = cycle(|number| json!({"results": results(1001, number), "iterate": true})).await;
    assert_eq!((report.exit, records.len(), vendor.seen().len()), (ExitReason::MaxResults, 1001, 1));
    assert!(report.more);
}

#[tokio::test]
async fn results_of_all_requests_count_towards_the_cap() {
    let (report, records, _) = cycle(|number| json!({"results": results(400, number), "iterate": true})).await;
    assert_eq!((report.exit, report.requests, records.len()), (ExitReason::MaxResults, 3, 1200));
}

#[tokio::test]
async fn both_caps_are_settings() {
    let vendor = Vendor::answering(endless).await;
    let builder = || {
        let client = vendor.instead_of("https://vendor.example");
        Runtime::builder().store(intake::store::Memory::new()).transport(client)
    };
    let report = poll(&builder().max_requests(7).build().unwrap()).await;
    assert_eq!((report.exit, report.requests), (ExitReason::MaxRequests, 7));
    let report = poll(&builder().max_results(3).build().unwrap()).await;
    assert_eq!((report.exit, report.requests), (ExitReason::MaxResults, 4));
}

#[tokio::test]
async fn empty_results_end_the_cycle() {
    let (report, records, _) =
        cycle(|number| json!({"results": if number == 3 { json!([]) } else { json!([number]) }})).await;
    assert_eq!((report.exit, report.requests, records.len()), (ExitReason::NoResults, 3, 2));
}

#[tokio::test]
async fn null_results_end_the_cycle() {
    let (report, records, _) = cycle(|_| json!({"results": null, "iterate": true})).await;
    assert_eq!((report.exit, report.requests, records.len()), (ExitReason::NoResults, 1, 0));
}

#[tokio::test]
async fn missing_results_end_the_cycle() {
    let (report, records, _) = cycle(|_| json!({"iterate": true, "polling_state": {"page": 9}})).await;
    assert_eq!((report.exit, report.requests, records.len()), (ExitReason::NoResults, 1, 0));
    assert_eq!(common::json(report.state), json!({"page": 9}), "the state of that request counts all the same");
}

#[tokio::test]
async fn results_that_are_no_array_are_an_error_and_change_nothing() {
    let vendor = Vendor::answering(|_| json!({"results": {"id": 1}, "polling_state": {"page": 9}})).await;
    let runtime = vendor.runtime();
    let workflow = Workflow::new("w");
    let records = Collected::default();
    let error = runtime.poll(&workflow, &Scripted::default(), records.sink()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("results") && text.contains("object") && text.contains("scripted"), "{text}");
    assert_eq!(records.json(), Vec::<Value>::new());
    let state = common::json(runtime.polling_state(&workflow, &Scripted::default()).await.unwrap());
    assert_eq!(state, json!({"page": 1, "kept": "from setup"}));
}

#[tokio::test]
async fn a_page_that_repeats_the_one_before_ends_the_cycle_and_is_delivered_once() {
    let (report, records, _) = cycle(|number| json!({"results": [{"id": number.min(2)}], "iterate": true})).await;
    assert_eq!((report.exit, report.requests), (ExitReason::RepeatedResults, 3));
    assert_eq!(records, [json!({"id": 1}), json!({"id": 2})]);
}

#[tokio::test]
async fn a_missing_iterate_does_not_end_the_cycle() {
    let (report, ..) =
        cycle(|number| if number < 4 { json!({"results": [number]}) } else { json!({"results": []}) }).await;
    assert_eq!((report.exit, report.requests), (ExitReason::NoResults, 4));
}

#[tokio::test]
async fn an_iterate_that_is_not_false_does_not_end_the_cycle() {
    let values = [json!(null), json!(0), json!(""), json!("false")];
    let (report, ..) = cycle(move |number| match values.get(number - 1) {
        Some(iterate) => json!({"results": [number], "iterate": iterate}),
        None => json!({"results": [number], "iterate": false}),
    })
    .await;
    assert_eq!((report.exit, report.requests), (ExitReason::Iterate, 5));
}

#[tokio::test]
async fn a_request_without_polling_state_leaves_the_state() {
    let (report, _, vendor) = cycle(|number| json!({"results": [number], "iterate": number < 2})).await;
    assert_eq!(common::json(report.state), json!({"page": 1, "kept": "from setup"}));
    assert_eq!(vendor.seen()[1].uri, "/pages?page=1");
}

#[tokio::test]
async fn polling_state_replaces_the_whole_state_and_drops_other_keys() {
    let (report, _, vendor) =
        cycle(|number| json!({"results": [number], "iterate": number < 2, "polling_state": {"page": number + 1}}))
            .await;
    assert_eq!(common::json(report.state), json!({"page": 3}));
    assert_eq!(vendor.seen()[1].uri, "/pages?page=2");
}

#[tokio::test]
async fn a_dropped_key_is_missing_in_the_next_request() {
    let (_, _, vendor) = cycle(|number| json!({"results": [number], "iterate": number < 2, "polling_state": {}})).await;
    assert_eq!(vendor.seen()[1].uri, "/pages?page=none");
}

#[tokio::test]
async fn the_state_is_kept_between_cycles_and_setup_runs_once() {
    let vendor = Vendor::answering(
        |number| json!({"results": [number], "iterate": false, "polling_state": {"page": number * 10}}),
    )
    .await;
    let runtime = vendor.runtime();
    poll(&runtime).await;
    assert_eq!(common::json(poll(&runtime).await.state), json!({"page": 20}));
    let uris: Vec<_> = vendor.seen().into_iter().map(|seen| seen.uri).collect();
    assert_eq!(uris, ["/pages?page=1", "/pages?page=10"]);
}

#[tokio::test]
async fn reset_runs_initial_setup_again() {
    let vendor =
        Vendor::answering(|number| json!({"results": [number], "iterate": false, "polling_state": {"page": 7}})).await;
    let runtime = vendor.runtime();
    let workflow = Workflow::new("w");
    poll(&runtime).await;
    runtime.reset(&workflow, &Scripted::default()).await.unwrap();
    let state = common::json(runtime.polling_state(&workflow, &Scripted::default()).await.unwrap());
    assert_eq!(state, json!({"page": 1, "kept": "from setup"}));
}

#[tokio::test]
async fn workflows_do_not_share_their_state() {
    let vendor =
        Vendor::answering(|number| json!({"results": [number], "iterate": false, "polling_state": {"page": number}}))
            .await;
    let runtime = vendor.runtime();
    let sink = Collected::default();
    for id in ["one", "two"] {
        runtime.poll(&Workflow::new(id), &Scripted::default(), sink.sink()).await.unwrap();
    }
    let uris: Vec<_> = vendor.seen().into_iter().map(|seen| seen.uri).collect();
    assert_eq!(uris, ["/pages?page=1", "/pages?page=1"]);
    let keys = sink.keys();
    assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len(), "keys tell workflows apart");
}

#[tokio::test]
async fn a_vendor_that_answers_500_is_an_error_that_names_the_command_and_loses_nothing() {
    let vendor = Vendor::start(|number, _| match number {
        2 => (500, json!({"error": "out of order"})),
        _ => (200, json!({"results": [number], "iterate": number < 3, "polling_state": {"page": number + 1}})),
    })
    .await;
    let runtime = vendor.runtime();
    let workflow = Workflow::new("w");
    let records = Collected::default();
    let error = runtime.poll(&workflow, &Scripted::default(), records.sink()).await.unwrap_err();
    assert!(matches!(error, PollError::Event(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("scripted.json:9:11") && text.contains("500") && text.contains("out of order"), "{text}");
    assert_eq!(records.json(), [json!(1)], "what came before the error is delivered");

    let report = runtime.poll(&workflow, &Scripted::default(), records.sink()).await.unwrap();
    assert_eq!(vendor.seen()[2].uri, "/pages?page=2", "the cycle goes on with the state it had");
    assert_eq!((report.requests, records.json()), (2, vec![json!(1), json!(3)]));
}

#[tokio::test]
async fn a_value_that_cannot_be_part_of_a_url_is_an_error_with_its_place() {
    let vendor = Vendor::answering(|_| json!({"data": []})).await;
    let repo = github::issues::Repo { value: "a/../b".into() };
    let intake = github::Issues { custom_data: github::issues::CustomData { repo } };
    let sink = Collected::default();
    let error = vendor.runtime().poll(&Workflow::new("w"), &intake, sink.sink()).await.unwrap_err().to_string();
    for part in ["github-hooks.json:49:13", "!http", "request", "issues", "custom_data.repo.value"] {
        assert!(error.contains(part), "no `{part}` in {error}");
    }
    assert!(!error.contains("a/../b"), "the value may be a secret: {error}");
    assert_eq!(vendor.seen().len(), 0);
}
