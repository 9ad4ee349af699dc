//! Spans reach a collector.

mod support;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use intake_runtime::connections::InMemory;
use intake_runtime::event::Event;
use intake_runtime::intake::EventResult;
use intake_runtime::service::WorkflowSpec;
use intake_runtime::store::Memory;
use intake_runtime::telemetry::Export;
use intake_runtime::workflow::{Connection, Credentials};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Inbox, Vendor, builder, polling};
use tokio::net::TcpListener;
use tracing_subscriber::prelude::*;

polling!(Items, "items", Json);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_of_jobs_and_events_reach_a_collector() {
    let received = Arc::new(Mutex::new(Vec::<u8>::new()));
    let kept = Arc::clone(&received);
    let keep = move |body: Bytes| {
        kept.lock().unwrap().extend_from_slice(&body);
        async {}
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(keep))).await });

    let export = Export::start("crm-sync", Some(&endpoint)).unwrap();
    let subscriber = tracing_subscriber::registry().with(export.layer());
    // Jobs are tasks of their own, which only the global subscriber follows. This file has one test.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let inbox = Inbox::default();
    let runtime = builder(Memory::new()).build().unwrap();
    let connections = InMemory::new();
    connections.put("acme", Connection::new("c").credentials(Credentials::token("s3cr3t")));
    let service = runtime.service().connections(connections).polling::<Items, _>(inbox.sink::<Json>()).build().unwrap();
    let vendor = Vendor::new(|call| match call.event {
        "request" => Ok(json!({"results": ["a value"], "iterate": false})),
        _ => Ok(Json::Null),
    });
    service.add(WorkflowSpec::new("customer-42").connection("c").sync(&Items::of(&vendor))).await.unwrap();
    let done = async {
        while inbox.keys().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    service.run(done).await.unwrap();
    export.shutdown().await.unwrap();
    let received = received.lock().unwrap();
    let has = |text: &str| received.windows(text.len()).any(|window| window == text.as_bytes());
    for text in ["crm-sync", "job", "event", "customer-42", "request", "post_poll"] {
        assert!(has(text), "{text}");
    }
    for text in ["s3cr3t", "a value"] {
        assert!(!has(text), "{text}");
    }
}
