//! `paypal.json`: one hook for the whole application. `account_id` picks the connection, `resource_id` the workflow.

mod mock;

use intake::{Batch, Connection, Credentials, Runtime, Workflow};
use mock::{Answer, Mock};
use serde_json::json;
use std::convert::Infallible;
use std::error::Error;

mod paypal {
    intake::include_intake!("../tests/manifests/paypal.json");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::start(|_, _| Answer::json(201, json!({"id": "5GP028458E2496506"}))).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let runtime = Runtime::builder()
        .store(intake::store::Memory::new())
        .transport(mock.instead_of("https://api.paypal.com")?)
        .public_url(&origin)
        .build()?;
    let receiver = runtime.receiver().webhook::<paypal::PaypalWebhook, _>(print).start()?;
    let router = receiver.router();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let workflow = |id: &str, merchant: &str| {
        let connection = Connection::new(merchant).account(merchant).credentials(Credentials::bearer("A21AA"));
        Workflow::new(id).connection(connection).resource("CHECKOUT.ORDER.APPROVED")
    };
    let (books, shoes) = (workflow("books", "books@example.com"), workflow("shoes", "shoes@example.com"));
    let intake = paypal::PaypalWebhook::default();
    let url = runtime.register(&books, &intake).await?.url;
    runtime.register(&shoes, &intake).await?;

    for payee in ["shoes@example.com", "books@example.com", "hats@example.com"] {
        let payload = json!({
            "event_type": "CHECKOUT.ORDER.APPROVED",
            "resource": {"purchase_units": [{"payee": {"email_address": payee}}]},
        });
        mock::post(&url, &payload).await?;
    }
    receiver.idle().await;
    println!("{} delivery for nobody", runtime.count_undeliverable("paypal").await?);

    // The hook goes with its last user.
    runtime.unregister(&books, &intake).await?;
    runtime.unregister(&shoes, &intake).await?;
    mock.print_requests();
    receiver.shutdown().await;
    Ok(())
}

async fn print(batch: Batch<paypal::paypal_webhook::Record>) -> Result<(), Infallible> {
    let workflow = batch.workflow.clone();
    for record in batch {
        let payee = record.value.pointer("/resource/purchase_units/0/payee/email_address").unwrap_or_default();
        println!("{workflow}: {payee}");
    }
    Ok(())
}
