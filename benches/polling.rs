//! Polled records from a vendor's response to a line in a file, against a loop with reqwest and serde that someone would
//! write by hand: it keeps no state, syncs nothing, and starts again from nothing after a crash.
//!
//! `cargo bench --bench polling` polls 5,000 and 100,000 records, 100 a page, and 100,000, 1,000 a page; `-- RECORDS PAGE`
//! others. The vendor, which
//! answers with pages that it made before, and each way are processes of their own, and take turns; what is printed is the
//! median of all rounds. All records are of one cycle, whose caps on requests and records are lifted.
//!
//! Files are in the folder that `INTAKE_BENCH_DIR` names (the system's for temporary files otherwise).

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use intake::http::Client;
use intake::sink::{Json, JsonLines, Sink, SinkError};
use intake::store::{Memory, Sqlite, Store};
use intake::{Batch, Connection, Runtime, Workflow};
use measure::cpu;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

mod measure;

mod vendor {
    intake::include_intake!("polling/orders.json", app = "vendor");
}

/// The rounds of each way.
const ROUNDS: usize = 7;
/// The second syncs its file with each batch, as the sink does that comes with intake; the third writes its lines as the
/// first does.
const WAYS: [&str; 4] = ["by-hand", "intake", "intake-unsynced", "intake-in-memory"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let count = |text: &str| text.parse::<u64>().expect("a number");
    match *words {
        ["serve", records, page] => runtime.block_on(serve(count(records), count(page))),
        ["run", way, origin, folder] => runtime.block_on(measured(way, origin, Path::new(folder))),
        [records, page] => compare(count(records), count(page)),
        [] => [(5_000, 100), (100_000, 100), (100_000, 1_000)]
            .into_iter()
            .for_each(|(records, page)| compare(records, page)),
        _ => panic!("usage: RECORDS PAGE"),
    }
}

/// What a run took, in seconds.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

fn compare(records: u64, page: u64) {
    let (vendor, origin) = start(&["serve", &records.to_string(), &page.to_string()]);
    let mut took: [Vec<Took>; WAYS.len()] = Default::default();
    for _ in 0..ROUNDS {
        for (way, took) in WAYS.iter().zip(&mut took) {
            took.push(in_process(way, &origin, records));
        }
    }
    drop(vendor);
    println!("{records} records, {page} a page; the median of {ROUNDS} rounds");
    let of = |way: usize, part: fn(&Took) -> f64| median(took[way].iter().map(part).collect());
    for (way, name) in WAYS.iter().enumerate() {
        let (wall, cpu) = (of(way, |took| took.wall), of(way, |took| took.cpu));
        println!(
            "{name:>16}: {wall:6.3} s, {:9.0} records/s, {cpu:6.3} s of CPU time; against by-hand: time {:.2}, CPU {:.2}",
            records as f64 / wall,
            wall / of(0, |took| took.wall),
            cpu / of(0, |took| took.cpu),
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A process that ends with this one, however that ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process that prints a line when it is ready.
fn start(arguments: &[&str]) -> (Process, String) {
    let this = std::env::current_exe().unwrap();
    let mut process = Process(Command::new(this).args(arguments).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(process.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (process, line.trim().to_owned())
}

fn in_process(way: &str, origin: &str, records: u64) -> Took {
    let folder = std::env::var_os("INTAKE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("intake-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mut process, line) = start(&["run", way, origin, folder.to_str().unwrap()]);
    assert!(process.0.wait().unwrap().success());
    let lines = BufReader::new(File::open(folder.join("orders.jsonl")).unwrap()).lines();
    let mut count = 0;
    for (line, number) in lines.zip(0_u64..) {
        let order: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_eq!(order["id"], number, "each record, in order");
        count += 1;
    }
    assert_eq!(count, records);
    std::fs::remove_dir_all(&folder).unwrap();
    let mut numbers = line.split(' ').map(|number| number.parse().unwrap());
    Took { wall: numbers.next().unwrap(), cpu: numbers.next().unwrap() }
}

async fn measured(way: &str, origin: &str, folder: &Path) {
    let (begun, before) = (Instant::now(), cpu());
    let lines = folder.join("orders.jsonl");
    match way {
        "by-hand" => by_hand(origin, &lines).await,
        "intake" => {
            let store = Arc::new(Sqlite::open(folder.join("intake.db")).await.unwrap());
            compiled(origin, Arc::clone(&store), JsonLines::open(&lines).unwrap().bare()).await;
            store.close().await;
        }
        "intake-unsynced" => {
            let store = Arc::new(Sqlite::open(folder.join("intake.db")).await.unwrap());
            compiled(origin, Arc::clone(&store), Unsynced(BufWriter::new(File::create(&lines).unwrap()).into())).await;
            store.close().await;
        }
        "intake-in-memory" => {
            compiled(origin, Arc::new(Memory::new()), JsonLines::open(&lines).unwrap().bare()).await;
        }
        _ => panic!("no way {way}"),
    }
    println!("{} {}", begun.elapsed().as_secs_f64(), cpu() - before);
}

/// Writes lines as the loop by hand does.
struct Unsynced(Mutex<BufWriter<File>>);

impl<R> Sink<R> for Unsynced {
    type As = Json;

    async fn deliver(&self, batch: Batch<Json>) -> Result<(), SinkError> {
        let mut file = self.0.lock().unwrap();
        batch.iter().try_for_each(|record| {
            file.write_all(record.value.as_bytes())?;
            file.write_all(b"\n")
        })?;
        Ok(())
    }
}

async fn compiled(origin: &str, store: Arc<impl Store>, sink: impl Sink<vendor::orders::Record>) {
    let transport = Client::builder().origin_override("https://vendor.example.com", origin).build().unwrap();
    let runtime = Runtime::builder().store(store).transport(transport).max_requests(u32::MAX).max_results(u64::MAX);
    let runtime = runtime.build().unwrap();
    let workflow = Workflow::new("workflow").connection(Connection::new("connection"));
    runtime.poll(&workflow, &vendor::Orders {}, sink).await.unwrap();
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    orders: Vec<Received<'a>>,
    more: bool,
}

#[derive(Deserialize)]
struct Received<'a> {
    id: u64,
    #[serde(borrow)]
    customer: Customer<'a>,
    #[serde(borrow)]
    total: Total<'a>,
    #[serde(borrow)]
    placed_at: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Customer<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Total<'a> {
    amount: f64,
    #[serde(borrow)]
    currency: Cow<'a, str>,
}

#[derive(Serialize)]
struct Order<'a> {
    id: u64,
    customer: &'a str,
    total: f64,
    currency: &'a str,
    placed_at: &'a str,
}

async fn by_hand(origin: &str, lines: &Path) {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let client = reqwest::Client::new();
    let mut file = BufWriter::new(File::create(lines).unwrap());
    for page in 0_u64.. {
        let request = client.get(format!("{origin}/orders")).query(&[("page", page)]);
        let body = request.send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        let page: Page = serde_json::from_slice(&body).unwrap();
        for Received { id, customer, total, placed_at } in &page.orders {
            let order =
                Order { id: *id, customer: &customer.name, total: total.amount, currency: &total.currency, placed_at };
            serde_json::to_writer(&mut file, &order).unwrap();
            file.write_all(b"\n").unwrap();
        }
        if !page.more {
            break;
        }
    }
    file.flush().unwrap();
}

/// Serves pages of so many orders, and prints where.
async fn serve(records: u64, size: u64) {
    let pages =
        (0..records.div_ceil(size)).map(|number| page(number * size..((number + 1) * size).min(records), records));
    let pages: Arc<[bytes::Bytes]> = pages.map(Into::into).collect();
    #[derive(Deserialize)]
    struct Asked {
        page: usize,
    }
    let orders = async |State(pages): State<Arc<[bytes::Bytes]>>, Query(asked): Query<Asked>| {
        ([(header::CONTENT_TYPE, "application/json")], pages[asked.page].clone()).into_response()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(listener, Router::new().route("/orders", get(orders)).with_state(pages)).await.unwrap();
}

/// A page as shops send it: most of an order is of no interest.
fn page(ids: Range<u64>, records: u64) -> String {
    let more = ids.end < records;
    let orders = ids.map(|id| {
        format!(
            r#"{{"id":{id},"reference":"R-{id:09}","status":"paid","customer":{{"id":{},"name":"Zo\u00eb Example {}","email":"zoe{id}@example.com","tags":["returning","newsletter"]}},"total":{{"amount":{}.{:02},"currency":"EUR","tax":{{"rate":0.19,"included":true}}}},"items":[{{"sku":"A-{}","quantity":2,"price":"12.50"}},{{"sku":"B-{}","quantity":1,"price":"8.00"}}],"shipping":{{"street":"1 Long Road","city":"Anytown","zip":"{:05}","country":"DE"}},"note":null,"placed_at":"2026-01-01T00:{:02}:{:02}Z"}}"#,
            id * 7,
            id % 1000,
            id % 500,
            id % 100,
            id % 77,
            id % 99,
            id % 100_000,
            id / 60 % 60,
            id % 60,
        )
    });
    format!(r#"{{"orders":[{}],"more":{}}}"#, orders.collect::<Vec<_>>().join(","), more)
}
