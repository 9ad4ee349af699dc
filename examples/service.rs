//! A service: two customers' workflows, polled every second until the program is told to stop.
//!
//! `cargo run --example service` stops itself after five seconds; with `-- forever` on Ctrl-C or SIGTERM.

mod mock;

use intake::connections::InMemory;
use intake::{Batch, Connection, Credentials, Runtime, WorkflowSpec};
use mock::{Answer, Mock};
use serde_json::json;
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

mod stripe {
    intake::include_intake!("../tests/manifests/stripe-events.json");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::start(answer).await?;
    let connections = InMemory::new();
    for account in ["acct_1", "acct_2"] {
        connections.put("stripe-events", Connection::new(account).credentials(Credentials::bearer("sk_test")));
    }
    let runtime = Runtime::builder()
        .store(intake::store::Memory::new())
        .transport(mock.instead_of("https://api.stripe.com")?)
        .build()?;
    let service = runtime
        .service()
        .connections(connections)
        .polling::<stripe::StripeEvents, _>(print)
        .listen("127.0.0.1:0")
        .build()?;
    for (customer, account) in [("customer-1", "acct_1"), ("customer-2", "acct_2")] {
        let spec = WorkflowSpec::new(customer).connection(account);
        service.add(spec.poll_every(&stripe::StripeEvents::default(), Duration::from_secs(1))).await?;
    }
    if std::env::args().any(|argument| argument == "forever") {
        service.serve().await?;
    } else {
        service.run(tokio::time::sleep(Duration::from_secs(5))).await?;
    }
    for customer in ["customer-1", "customer-2"] {
        let state = service.workflow("stripe-events", customer).await?.ok_or("it was added")?;
        for task in state.tasks {
            let ran = if task.task.progress.cycles > 1 { "again and again" } else { "hardly" };
            println!("{customer}: {} has run {ran}, for {} events", task.task.key.intake, task.results());
        }
    }
    Ok(())
}

async fn print(batch: Batch<stripe::stripe_events::Record>) -> Result<(), Infallible> {
    batch.iter().for_each(|record| println!("{}", record.key));
    Ok(())
}

/// Two events at first; none since the newest.
fn answer(_method: &str, uri: &str) -> Answer {
    let event = |number: u32| {
        json!({
            "id": format!("evt_{number}"), "type": "charge.succeeded", "created": 1_700_000_000 + number,
            "data": {"object": {"id": format!("ch_{number}"), "amount": number * 100}},
        })
    };
    let data = if uri.contains("created%5Bgte%5D=0") { vec![event(2), event(1)] } else { vec![] };
    Answer::json(200, json!({"data": data, "has_more": false}))
}
