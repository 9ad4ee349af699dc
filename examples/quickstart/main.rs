//! The whole of it on one page: a manifest with a webhook and a polling intake, against a CRM on a local port.
//!
//! Run it twice: the second run goes on where the first one stopped.

mod vendor;

use intake::http::Client;
use intake::store::Sqlite;
use intake::{Batch, Connection, Credentials, Runtime, Workflow};
use serde::Deserialize;
use std::error::Error;
use std::path::Path;
use vendor::Vendor;

mod crm {
    intake::include_intake!("crm.json", records(import_customers = crate::Customer, customer_created = crate::SignUp));
}

/// What the manifest's jq makes of each customer.
#[derive(Debug, Deserialize, intake::Record)]
pub struct Customer {
    id: u64,
    email: String,
    name: String,
}

/// What the CRM posts.
#[derive(Debug, Deserialize, intake::Record)]
pub struct SignUp {
    event: String,
    customer: serde_json::Value,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/quickstart");
    std::fs::create_dir_all(&folder)?;
    let vendor = Vendor::start(folder.join("crm.txt")).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;

    let runtime = Runtime::builder()
        .store(Sqlite::open(folder.join("intake.db")).await?)
        // The manifest says https://api.crm.example; this program talks to the mock instead.
        .transport(Client::builder().origin_override("https://api.crm.example", &vendor.origin).build()?)
        .public_url(format!("http://{}/hooks", listener.local_addr()?))
        .build()?;
    let workflow =
        Workflow::new("customer-42").connection(Connection::new("acme").credentials(Credentials::token(vendor::TOKEN)));

    // Webhooks: a receiver in this program's own router, and a registration at the vendor.
    let receiver = runtime.receiver().webhook::<crm::CustomerCreated, _>(print_sign_ups).start()?;
    let router = axum::Router::new().nest("/hooks", receiver.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sign_ups = crm::CustomerCreated::default();
    runtime.register(&workflow, &sign_ups).await?;
    vendor.sign_up().await?;
    vendor.sign_up().await?;
    receiver.idle().await;
    runtime.unregister(&workflow, &sign_ups).await?;

    // Polling: one cycle, from the stored cursor to the last page.
    let customers = crm::ImportCustomers {
        custom_data: crm::import_customers::CustomData {
            list: crm::import_customers::List { value: "newsletter".into() },
        },
    };
    let report = runtime.poll(&workflow, &customers, print_customers).await?;
    println!("{report}");
    receiver.shutdown().await;
    Ok(())
}

async fn print_customers(batch: Batch<Customer>) -> Result<(), Box<dyn Error + Send + Sync>> {
    for record in batch {
        let Customer { id, email, name } = record.value;
        println!("imported  {id:>3}  {name:<18} {email:<34} key {}", record.key);
    }
    Ok(())
}

async fn print_sign_ups(batch: Batch<SignUp>) -> Result<(), Box<dyn Error + Send + Sync>> {
    for record in batch {
        let SignUp { event, customer } = record.value;
        println!("delivered {event}: {} {}", customer["first"], customer["last"]);
    }
    Ok(())
}
