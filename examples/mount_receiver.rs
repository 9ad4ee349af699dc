//! The receiver inside an axum application that has routes, state and layers of its own.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use intake::{Batch, Runtime, Workflow};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

mod mock;

mod crm {
    intake::include_intake!("quickstart/crm.json");
}

/// The application's own state.
#[derive(Clone, Default)]
struct App {
    sign_ups: Arc<AtomicUsize>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let vendor = mock::Mock::start(|_, _| mock::Answer::json(201, json!({"id": "hook_1"}))).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let runtime = Runtime::builder()
        .store(intake::store::Memory::new())
        .transport(vendor.instead_of("https://api.crm.example")?)
        .public_url(format!("{origin}/integrations/hooks"))
        .build()?;

    let app = App::default();
    let counter = app.sign_ups.clone();
    let count = move |batch: Batch<crm::customer_created::Record>| {
        counter.fetch_add(batch.records.len(), Ordering::Relaxed);
        std::future::ready(Ok::<_, Infallible>(()))
    };
    let receiver = runtime.receiver().webhook::<crm::CustomerCreated, _>(count).start()?;
    let router =
        Router::new().route("/sign-ups", post(sign_ups)).with_state(app).nest("/integrations/hooks", receiver.router());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let connection = intake::Connection::new("acme").credentials(intake::Credentials::token("a-token"));
    let workflow = Workflow::new("w").connection(connection);
    let registration = runtime.register(&workflow, &crm::CustomerCreated::default()).await?;
    for id in 1..=3 {
        mock::post(&registration.url, &json!({"event": "customer.created", "customer": {"id": id}})).await?;
    }
    receiver.idle().await;
    println!("{}", mock::post(&format!("{origin}/sign-ups"), &Value::Null).await?);
    receiver.shutdown().await;
    Ok(())
}

async fn sign_ups(State(app): State<App>) -> Json<Value> {
    Json(json!({"sign_ups": app.sign_ups.load(Ordering::Relaxed)}))
}
