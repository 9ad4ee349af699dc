//! `zoom-verification.json`: the vendor validates the URL before it posts, and again from time to time.

mod mock;

use intake::{Batch, Connection, Runtime, Workflow};
use mock::{Answer, Mock};
use serde_json::json;
use std::convert::Infallible;
use std::error::Error;

mod zoom {
    intake::include_intake!("../tests/manifests/zoom-verification.json");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::start(|_, _| Answer::json(201, json!({"webhook_id": "wh_1"}))).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let runtime = Runtime::builder()
        .store(intake::store::Memory::new())
        .transport(mock.instead_of("https://api.zoom.us")?)
        .public_url(format!("http://{}", listener.local_addr()?))
        .build()?;
    let receiver = runtime.receiver().webhook::<zoom::MeetingEnded, _>(print).start()?;
    let router = receiver.router();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let workflow = Workflow::new("w").connection(Connection::new("c").account("acct_1")).resource("meeting.ended");
    let intake = zoom::MeetingEnded {
        custom_data: zoom::meeting_ended::CustomData {
            secret_token: zoom::meeting_ended::SecretToken { value: "secret".into() },
        },
    };
    let url = runtime.register(&workflow, &intake).await?.url;

    let challenge = json!({
        "event": "endpoint.url_validation",
        "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"},
    });
    println!("{}", mock::post(&url, &challenge).await?);
    mock::post(&url, &json!({"event": "meeting.ended", "payload": {"account_id": "acct_1", "object": {"id": 7}}}))
        .await?;
    receiver.idle().await;
    receiver.shutdown().await;
    Ok(())
}

async fn print(batch: Batch<zoom::meeting_ended::Record>) -> Result<(), Infallible> {
    batch.into_iter().for_each(|record| println!("{}", record.value));
    Ok(())
}
