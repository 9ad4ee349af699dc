//! The program that is driven: a service as a user would write it, told what to add in lines on its standard input.

use intake::connections::InMemory;
use intake::service::{Service, WorkflowSpec};
use intake::sink::{HttpPost, JsonLines};
use intake::store::Sqlite;
use intake::{Connection, DeliveryId, Limits, Runtime};
use serde_json::Value;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};

mod manifest {
    intake::include_intake!(
        "../../../intake-runtime/tests/crash/vendor.json",
        records(items = unchecked serde_json::Value, own = unchecked serde_json::Value, shared = unchecked serde_json::Value)
    );
}
use manifest::{Items, Own, Shared, items, own, shared};

/// What the program is told in its environment: the folder, the vendor's port, and how long it may take to stop, in ms.
pub(crate) const VARIABLES: [&str; 3] = ["INTAKE_TEST_FOLDER", "INTAKE_TEST_VENDOR", "INTAKE_TEST_GRACE"];

pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let [folder, vendor, grace] = VARIABLES.map(|name| std::env::var(name).unwrap_or_default());
    let (folder, grace) = (Path::new(&folder), Duration::from_millis(grace.parse()?));
    let store = Arc::new(Sqlite::open(folder.join("intake.db")).await?);
    let runtime = Runtime::builder().store(Arc::clone(&store)).public_url("https://hooks.example/in").build()?;
    let connections = InMemory::new();
    connections.put("vendor", Connection::new("c0"));
    let post = || HttpPost::new(&format!("http://127.0.0.1:{vendor}/sink"), "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    let mut limits = Limits::default();
    limits.slow_start = Duration::ZERO;
    (limits.first_pause, limits.longest_pause) = (Duration::from_millis(20), Duration::from_millis(200));
    limits.failures = 3;
    let service = runtime
        .service()
        .connections(connections)
        .polling::<Items, _>(JsonLines::open(folder.join("items.jsonl"))?)
        .webhook::<Own, _>(post()?)
        .webhook::<Shared, _>(post()?)
        .receiver(|receiver| receiver.dedupe_all(DeliveryId::known_headers()))
        .limits(limits)
        .grace(grace)
        .listen("127.0.0.1:0")
        .build()?;
    let obeying = tokio::spawn(obey(service.clone(), vendor));
    service.serve().await?;
    obeying.abort();
    store.close().await;
    Ok(())
}

async fn obey(service: Service, vendor: String) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let outcome = match line.split_once(' ') {
            Some(("add", id)) => service.add(spec(&vendor, id)).await.map(drop),
            _ => panic!("{line:?}"),
        };
        match outcome {
            Ok(()) => println!("ok {line}"),
            Err(error) => println!("refused {line}: {error}"),
        }
    }
}

fn spec(vendor: &str, id: &str) -> WorkflowSpec {
    let port = || vendor.to_owned();
    let items = Items {
        custom_data: items::CustomData {
            port: items::Port { value: port() },
            workflow: items::Workflow { value: id.to_owned() },
        },
    };
    let own = Own {
        custom_data: own::CustomData {
            port: own::Port { value: port() },
            workflow: own::Workflow { value: id.into() },
            tag: own::Tag { value: Value::Null },
        },
    };
    let shared = Shared { custom_data: shared::CustomData { port: shared::Port { value: port() } } };
    let spec = WorkflowSpec::new(id).connection("c0").resource(id);
    spec.poll_every(&items, Duration::from_secs(1)).receive(&own).receive(&shared)
}
