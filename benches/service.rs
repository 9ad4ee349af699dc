//! A service on one SQLite file with many workflows, over a vendor that answers at once.
//!
//! `cargo bench --bench service -- idle 1000000`: how long a start takes until the first job has run, and how much memory
//! the process then has, with so many workflows that are not due.
//! `cargo bench --bench service -- lag 2000`: how late cycles begin when so many are due each second.
//!
//! The file is made by a process of its own, in the folder that `INTAKE_BENCH_DIR` names (the system's for temporary
//! files otherwise).

use intake::clock::{Clock, SystemClock, Timestamp};
use intake::connections::InMemory;
use intake::http::{HttpRequest, HttpResponse, Transport, TransportFuture};
use intake::store::{Job, Next, Sqlite, Store, StoredWorkflow, TaskMode, WorkflowKey, WorkflowStatus, Write};
use intake::{Batch, Connection, Runtime, Service, WorkflowSpec};
use measure::{cpu, resident};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

mod measure;

mod vendor {
    intake::include_intake!("service/items.json", app = "vendor");
}

/// How many connections share the workflows.
const CONNECTIONS: u64 = 10_000;
const HOUR: Duration = Duration::from_secs(3600);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let count = |text: &str| text.parse::<u64>().expect("a number of workflows");
    match *words {
        ["fill", file, workflows, every] => {
            runtime.block_on(fill(Path::new(file), count(workflows), Duration::from_secs(count(every))));
        }
        ["run-idle", file] => runtime.block_on(idle(Path::new(file))),
        ["run-lag", file] => runtime.block_on(lag(Path::new(file))),
        ["idle", workflows] => in_processes("run-idle", count(workflows), HOUR),
        ["lag", cycles] => in_processes("run-lag", count(cycles) * 30, Duration::from_secs(30)),
        [] => {
            in_processes("run-idle", 1_000_000, HOUR);
            in_processes("run-lag", 60_000, Duration::from_secs(30));
        }
        _ => panic!("usage: idle WORKFLOWS, or lag CYCLES-PER-SECOND"),
    }
}

fn in_processes(run: &str, workflows: u64, every: Duration) {
    let folder = std::env::var_os("INTAKE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("intake-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("intake.db");
    let this = std::env::current_exe().unwrap();
    let (workflows, every) = (workflows.to_string(), every.as_secs().to_string());
    let filled = Command::new(&this).arg("fill").arg(&file).args([&workflows, &every]).status().unwrap();
    assert!(filled.success());
    let size = std::fs::metadata(&file).unwrap().len() >> 20;
    println!("{workflows} workflows, each every {every} s, in a file of {size} MiB");
    let ran = Command::new(&this).arg(run).arg(&file).status().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(ran.success());
}

/// Stores workflows that become due one after the other, from a minute on.
async fn fill(file: &Path, workflows: u64, every: Duration) {
    let store = Sqlite::open(file).await.unwrap();
    let begin = SystemClock.now().after(Duration::from_secs(60).min(every));
    for from in (0..workflows).step_by(2_000) {
        let mut writes = Vec::new();
        for number in from..(from + 2_000).min(workflows) {
            let key = WorkflowKey { app: "vendor".to_owned(), workflow: format!("workflow-{number}") };
            // Not in the order of their ids, as it is in life.
            let part = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let at = begin.after(every.mul_f64(part as f64 / f64::from(1 << 24)));
            writes.push(Write::PutWorkflow(StoredWorkflow {
                key: key.clone(),
                connection: format!("connection-{}", number % CONNECTIONS),
                account: None,
                resource: None,
                subdomain: None,
                status: WorkflowStatus::Active,
            }));
            let next = Some(Next { job: Job::Cycle, at });
            let mode = TaskMode::Recurring { every };
            writes.push(Write::PutTask { key: key.intake("items"), mode, inputs: "{}".to_owned(), next });
        }
        store.commit(writes).await.unwrap();
    }
    store.close().await;
}

/// Answers each request at once, with two records.
#[derive(Clone, Default)]
struct Vendor(Arc<AtomicU64>);

impl Transport for Vendor {
    fn send(&self, _: HttpRequest) -> TransportFuture<'_> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let body = format!(r#"{{"items":[{{"id":{number}}},{{"id":-{number}}}],"more":false,"after":{number}}}"#);
        let answer = HttpResponse { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body: body.into() };
        Box::pin(async move { Ok(answer) })
    }
}

async fn service(file: &Path, records: &Arc<AtomicU64>) -> (Service, Arc<Sqlite>) {
    let store = Arc::new(Sqlite::open(file).await.unwrap());
    let connections = InMemory::new();
    for number in 0..CONNECTIONS {
        connections.put("vendor", Connection::new(format!("connection-{number}")));
    }
    let runtime = Runtime::builder().store(Arc::clone(&store)).transport(Vendor::default()).build().unwrap();
    let records = Arc::clone(records);
    let sink = move |batch: Batch<vendor::items::Record>| {
        records.fetch_add(batch.len() as u64, Ordering::Relaxed);
        std::future::ready(Ok::<_, std::io::Error>(()))
    };
    let service = runtime.service().connections(connections).polling::<vendor::Items, _>(sink).build().unwrap();
    (service, store)
}

/// Starts, adds a workflow that is due at once, and waits until it has run.
async fn idle(file: &Path) {
    let (begun, records) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let (service, store) = service(file, &records).await;
    println!("open after {:.0?}", begun.elapsed());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = service.clone();
    let task = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
    service.add(WorkflowSpec::new("probe").connection("connection-1").sync(&vendor::Items {})).await.unwrap();
    while records.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("first job done after {:.0?}, with {} MiB", begun.elapsed(), resident());
    tokio::time::sleep(Duration::from_secs(20)).await;
    println!("after 20 s: {} MiB, {:.2} s of CPU time", resident(), cpu());
    let asked = Instant::now();
    let counts = store.counts(Timestamp::MAX).await.unwrap();
    println!("{} workflows counted in {:.0?}", counts.workflows, asked.elapsed());
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
    store.close().await;
}

/// Runs for a minute, and tells how late jobs began.
async fn lag(file: &Path) {
    let records = Arc::new(AtomicU64::new(0));
    let (service, store) = service(file, &records).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = service.clone();
    let task = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await });
    // The first round, which finds the file cold and starts slowly, does not count.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let before = service.metrics().await.unwrap();
    let (begun, cpu_before, records_before) = (Instant::now(), cpu(), records.load(Ordering::Relaxed));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let seconds = begun.elapsed().as_secs_f64();
    let after = service.metrics().await.unwrap();
    let count = |text: &str, name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    let between = |name: &str| count(&after, name) - count(&before, name);
    let cycles = between("intake_lag_seconds_count");
    let records = records.load(Ordering::Relaxed) - records_before;
    println!("{:.0} cycles/s, {:.0} records/s", cycles / seconds, records as f64 / seconds);
    for bound in ["0.001", "0.005", "0.02", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "10.0"] {
        let within = between(&format!("intake_lag_seconds_bucket{{le=\"{bound}\"}}"));
        println!("begun within {bound:>5} s: {:6.2}%", within / cycles * 100.0);
    }
    println!("{:.2} cores, {} MiB", (cpu() - cpu_before) / seconds, resident());
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
    store.close().await;
}
