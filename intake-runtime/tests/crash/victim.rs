//! The service that is killed. It is told what to do in lines, and says when a call has returned: from then on it counts.

use crate::process::Mode;
use intake::Limits;
use intake::connections::InMemory;
use intake::error::ServiceError;
use intake::service::{Service, WorkflowSpec};
use intake::store::Sqlite;
use intake::{Batch, Connection, Runtime};
use serde_json::Value;
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

mod manifest {
    intake::include_intake!(
        "vendor.json",
        records(items = unchecked serde_json::Value, own = unchecked serde_json::Value, shared = unchecked serde_json::Value)
    );
}
use manifest::{Items, Own, Shared, items, own, shared};

/// The workflows' connections.
pub(crate) const CONNECTIONS: [&str; 3] = ["c0", "c1", "c2"];

/// SIGXFSZ: a write that a limit on files' sizes stops. Caught, it leaves the process alive and the write an error.
const TOO_LARGE: i32 = 25;

pub(crate) async fn run(arguments: &[String]) -> ExitCode {
    let [database, records, vendor, hooks, mode] = arguments else { panic!("{arguments:?}") };
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(std::io::stderr);
    log.with_ansi(false).init();
    let _caught = signal(SignalKind::from_raw(TOO_LARGE)).expect("a signal");
    #[cfg(target_os = "linux")]
    if *mode == format!("{:?}", Mode::NoFiles) {
        let none = rustix::process::Rlimit { current: Some(0), maximum: None };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, none).expect("a limit of its own");
    }
    let lax = *mode == format!("{:?}", Mode::Lax);
    match serve(Path::new(database), Path::new(records), (vendor, hooks), lax).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &*error, "the service has ended");
            ExitCode::FAILURE
        }
    }
}

async fn serve(database: &Path, records: &Path, ports: (&str, &str), lax: bool) -> Result<(), Box<dyn Error>> {
    let (vendor, hooks) = ports;
    let records = records.to_owned();
    let connections = InMemory::new();
    for connection in CONNECTIONS {
        connections.put("vendor", Connection::new(connection));
    }
    let store = Arc::new(Sqlite::open(database).await?);
    if lax {
        intake_runtime::control::do_not_wait_for_the_disk(&store).await?;
    }
    let url = format!("http://127.0.0.1:{hooks}/in");
    let runtime = Runtime::builder().store(Arc::clone(&store)).public_url(url).build()?;
    let mut limits = Limits::default();
    limits.slow_start = Duration::ZERO;
    (limits.first_pause, limits.longest_pause) = (Duration::from_millis(20), Duration::from_millis(200));
    let sink = move || {
        let records = records.clone();
        move |batch: Batch<Value>| std::future::ready(append(&records, batch))
    };
    let service = runtime
        .service()
        .connections(connections)
        .polling::<Items, _>(sink())
        .webhook::<Own, _>(sink())
        .webhook::<Shared, _>(sink())
        .limits(limits)
        .build()?;
    let listener = listen(hooks).await?;
    say("ready");
    let obeying = obey(service.clone(), vendor.to_owned());
    let stopped = async {
        signal(SignalKind::terminate()).expect("a signal").recv().await;
    };
    let serving = tokio::spawn(async move { service.serve_on(listener, stopped).await });
    tokio::spawn(obeying);
    serving.await??;
    store.close().await;
    Ok(())
}

/// The one that was killed may not have let go of it yet.
async fn listen(port: &str) -> std::io::Result<TcpListener> {
    loop {
        match TcpListener::bind(format!("127.0.0.1:{port}")).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            listener => return listener,
        }
    }
}

fn say(line: &str) {
    println!("{line}");
}

async fn obey(service: Service, vendor: String) {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let (service, vendor) = (service.clone(), vendor.clone());
        tokio::spawn(async move {
            let words: Vec<&str> = line.split(' ').collect();
            match call(&service, &vendor, &words).await {
                Ok(()) => say(&format!("ok {line}")),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn Error, "{line} was refused");
                    say(&format!("refused {line}: {error}"));
                }
            }
        });
    }
}

async fn call(service: &Service, vendor: &str, words: &[&str]) -> Result<(), ServiceError> {
    match *words {
        ["add", id, connection] => service.add(spec(vendor, id, connection, "first")).await.map(drop),
        // Other inputs: the webhook's `update` runs.
        ["update", id, connection] => service.update(spec(vendor, id, connection, "changed")).await,
        ["pause", id, _] => service.pause("vendor", id).await,
        ["resume", id, _] => service.resume("vendor", id).await,
        ["remove", id, _] => service.remove("vendor", id).await,
        _ => panic!("{words:?}"),
    }
}

fn spec(vendor: &str, id: &str, connection: &str, tag: &str) -> WorkflowSpec {
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
            tag: own::Tag { value: tag.into() },
        },
    };
    let shared = Shared { custom_data: shared::CustomData { port: shared::Port { value: port() } } };
    let spec = WorkflowSpec::new(id).connection(connection).resource(id);
    spec.poll_every(&items, Duration::from_secs(1)).receive(&own).receive(&shared)
}

/// Appends a line for each record: its key, a tab, and the record.
fn append(path: &PathBuf, batch: Batch<Value>) -> std::io::Result<()> {
    let lines = batch.into_iter().map(|record| format!("{}\t{}\n", record.key, record.value));
    // What a kill or a limit has cut off before is not to become a part of a line.
    let lines: String = std::iter::once("\n".to_owned()).chain(lines).collect();
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(lines.as_bytes())?;
    // A kill in here repeats the batch: it is out, and not yet acknowledged.
    file.sync_all()
}
