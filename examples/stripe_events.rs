//! `stripe-events.json`: newest first, paged by the last id seen; the next cycle asks for what came since.

mod mock;

use intake::{Batch, Connection, Credentials, Runtime, Workflow};
use mock::{Answer, Mock};
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::error::Error;

mod stripe {
    intake::include_intake!("../tests/manifests/stripe-events.json", records(stripe_events = crate::Event));
}

/// What the manifest's jq makes of each event.
#[derive(Debug, Deserialize, intake::Record)]
#[intake(ignore("created", "object_id"))]
pub struct Event {
    id: String,
    r#type: String,
    amount: u64,
    currency: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::start(answer).await?;
    let runtime = Runtime::builder()
        .store(intake::store::Memory::new())
        .transport(mock.instead_of("https://api.stripe.com")?)
        .build()?;
    let workflow = Workflow::new("w").connection(Connection::new("acct").credentials(Credentials::bearer("sk_test")));
    for _ in 0..2 {
        println!("{}", runtime.poll(&workflow, &stripe::StripeEvents::default(), print).await?);
    }
    mock.print_requests();
    Ok(())
}

async fn print(batch: Batch<Event>) -> Result<(), Infallible> {
    for Event { id, r#type, amount, currency } in batch.into_iter().map(|record| record.value) {
        println!("{id} {type} {amount} {currency}");
    }
    Ok(())
}

/// Three events, two a page; none since the newest.
fn answer(_method: &str, uri: &str) -> Answer {
    let event = |number: u32| {
        json!({
            "id": format!("evt_{number}"), "type": "charge.succeeded", "created": 1_700_000_000 + number,
            "data": {"object": {"id": format!("ch_{number}"), "amount": number * 100}},
        })
    };
    let (data, has_more) = match uri {
        _ if !uri.contains("created%5Bgte%5D=0") => (vec![], false),
        _ if uri.contains("starting_after=evt_2") => (vec![event(1)], false),
        _ => (vec![event(3), event(2)], true),
    };
    Answer::json(200, json!({"data": data, "has_more": has_more}))
}
