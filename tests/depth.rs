//! A response that is nested too deeply is an error, whoever would run over it, and no stack overflows.

mod common;

use common::Collected;
use intake::http::Client;
use intake::store::Memory;
use intake::{Polling, Runtime, Workflow};
use serde_json::{Value, json};

mod manifest {
    intake::include_intake!("manifests/depth.json");
}

/// The records of one cycle, whose request is answered with objects in each other, so many levels deep.
async fn poll(intake: &impl Polling<Record: serde::Serialize + Clone>, depth: usize) -> Result<Vec<Value>, String> {
    let body = "{\"data\":".repeat(depth) + "1" + &"}".repeat(depth);
    let router = axum::Router::new().fallback(move || std::future::ready(body.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::builder().origin_override("https://vendor.example", &origin).build().unwrap();
    let runtime = Runtime::builder().store(Memory::new()).transport(client).build().unwrap();
    let records = Collected::default();
    match runtime.poll(&Workflow::new("w"), intake, records.sink()).await {
        Ok(_) => Ok(records.json()),
        Err(error) => Err(error.to_string()),
    }
}

async fn deepest(intake: &impl Polling<Record: serde::Serialize + Clone>, record: impl Fn(usize) -> Value) {
    // One level of the 512 is the key `body` that `!http` adds.
    for depth in [2, 256, 257, 510, 511] {
        assert_eq!(poll(intake, depth).await, Ok(vec![record(depth)]), "{depth} levels");
    }
    for depth in [512, 513, 100_000] {
        let error = poll(intake, depth).await.unwrap_err();
        assert!(error.contains("nested more than 511 levels deep"), "{depth} levels: {error}");
    }
}

#[tokio::test]
async fn over_bytes() {
    deepest(&manifest::OverBytes::default(), |_| json!("object")).await;
}

#[tokio::test]
async fn over_values() {
    deepest(&manifest::OverValues::default(), |depth| json!(9 * (depth - 1) + 1)).await;
}

#[tokio::test]
async fn interpreted() {
    deepest(&manifest::Interpreted::default(), |_| json!(true)).await;
}
