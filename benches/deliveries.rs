//! Deliveries that are on disk before they are answered, against an axum handler that reads the body and stores nothing,
//! and one that inserts each into SQLite (WAL, `synchronous=FULL`) before it answers.
//!
//! `cargo bench --bench deliveries` runs each for 10 s with 64 connections that send their next delivery when the last is
//! answered, then for 10 s at 2,000 deliveries/s, whether or not the last is answered: latencies are counted from the time
//! a delivery was due. `-- CONNECTIONS SECONDS RATE` others.
//!
//! The load generator is this file's: HTTP/1.1 over kept connections, on one thread of a process of its own, written and
//! read without an HTTP library. Each server is a process with two threads. The intake routes each delivery to one of 100
//! workflows and on to a sink that counts, while it accepts more.
//!
//! Files are in the folder that `INTAKE_BENCH_DIR` names (the system's for temporary files otherwise).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use intake::connections::InMemory;
use intake::http::{HttpRequest, HttpResponse, Transport, TransportFuture};
use intake::store::Sqlite;
use intake::{Batch, Connection, Runtime, Workflow};
use measure::{cpu, resident};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

mod measure;

mod vendor {
    intake::include_intake!("deliveries/push.json", app = "vendor");
}

const WAYS: [&str; 3] = ["axum-alone", "axum-sqlite", "intake"];
const WORKFLOWS: u64 = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let count = |text: &str| text.parse::<u64>().expect("a number");
    match *words {
        ["serve", way, folder] => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(serve(way, Path::new(folder)));
        }
        [connections, seconds, rate] => compare(count(connections), count(seconds), count(rate)),
        [] => compare(64, 10, 2_000),
        _ => panic!("usage: CONNECTIONS SECONDS RATE"),
    }
}

fn compare(connections: u64, seconds: u64, rate: u64) {
    for pace in [None, Some(rate)] {
        match pace {
            None => println!("{connections} connections, each as fast as it is answered, for {seconds} s"),
            Some(rate) => println!("{rate} deliveries/s over {connections} connections, for {seconds} s"),
        }
        for way in WAYS {
            println!("{way:>12}: {}", in_process(way, connections, seconds, pace));
        }
    }
}

/// A server in a process of its own.
struct Server {
    child: Child,
    told: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Server {
    fn start(way: &str, folder: &Path) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut command = Command::new(this);
        command.args(["serve", way]).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (told, says) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, told, says }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

/// What the load generator saw.
#[derive(Default)]
struct Seen {
    /// How long each took that was answered with 2xx, in microseconds.
    accepted: Vec<u32>,
    refused: u64,
}

fn in_process(way: &str, connections: u64, seconds: u64, rate: Option<u64>) -> String {
    let folder = std::env::var_os("INTAKE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("intake-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut server = Server::start(way, &folder);
    let url: http::Uri = server.line().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // What the first deliveries wait for, such as a file that grows, is not counted.
    let warm = runtime.block_on(load(&url, connections, Duration::from_secs(1), rate)).accepted.len();
    let cpu = |server: &mut Server| {
        server.told.write_all(b"cpu\n").unwrap();
        server.line().parse::<f64>().unwrap()
    };
    let (cpu_before, begun) = (cpu(&mut server), Instant::now());
    let mut seen = runtime.block_on(load(&url, connections, Duration::from_secs(seconds), rate));
    let took = begun.elapsed().as_secs_f64();
    let accepted = seen.accepted.len();
    server.told.write_all(format!("{}\n", accepted + warm).as_bytes()).unwrap();
    let memory = server.line();
    let settled = begun.elapsed().as_secs_f64() - took;
    let cpu = cpu(&mut server) - cpu_before;
    drop(server.told);
    assert!(server.child.wait().unwrap().success());
    std::fs::remove_dir_all(&folder).unwrap();
    seen.accepted.sort_unstable();
    let part = |of: f64| f64::from(seen.accepted[((accepted - 1) as f64 * of) as usize]) / 1e3;
    format!(
        "{:6.0}/s, {} refused, p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, {:.0} µs of CPU time each, {memory} MiB, \
         all in the sink {settled:.1} s later",
        accepted as f64 / took,
        seen.refused,
        part(0.5),
        part(0.99),
        part(0.999),
        cpu * 1e6 / accepted as f64,
    )
}

async fn load(url: &http::Uri, connections: u64, time: Duration, rate: Option<u64>) -> Seen {
    let (begun, next) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let workers: Vec<_> =
        (0..connections).map(|_| tokio::spawn(worker(url.clone(), begun, time, rate, Arc::clone(&next)))).collect();
    let mut all = Seen::default();
    for worker in workers {
        let seen = worker.await.unwrap();
        all.accepted.extend(seen.accepted);
        all.refused += seen.refused;
    }
    all
}

async fn worker(url: http::Uri, begun: Instant, time: Duration, rate: Option<u64>, next: Arc<AtomicU64>) -> Seen {
    let mut stream = TcpStream::connect(url.authority().unwrap().as_str()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut seen, mut answer) = (Seen::default(), Vec::new());
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = match rate {
            None => Instant::now(),
            Some(rate) => begun + Duration::from_secs_f64(number as f64 / rate as f64),
        };
        if due >= begun + time {
            return seen;
        }
        tokio::time::sleep_until(due.into()).await;
        stream.write_all(&delivery(&url, number)).await.unwrap();
        let status = answered(&mut stream, &mut answer).await;
        match status {
            200..=299 => seen.accepted.push(due.elapsed().as_micros().try_into().unwrap()),
            429 | 503 => seen.refused += 1,
            _ => panic!("answered {status}"),
        }
    }
}

/// A request with some 1.3 KiB of JSON, as forges send it.
fn delivery(url: &http::Uri, number: u64) -> Vec<u8> {
    let commit = r#"{"id":"59b20b8d5c6ff8d09518454d4dd8b7b30f095ab5","message":"Update README","author":{"name":"Zoe Example","email":"zoe@example.com"},"added":["a.txt"],"removed":[],"modified":["README.md","src/lib.rs"],"url":"https://vendor.example.com/commit/59b20b8d"}"#;
    let body = format!(
        r#"{{"ref":"refs/heads/main","number":{number},"repository":{{"id":1,"full_name":"example/repository-{}","private":false}},"commits":[{commit},{commit},{commit},{commit}],"sender":{{"login":"zoe","id":21031067}}}}"#,
        number % WORKFLOWS,
    );
    format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nuser-agent: hooks\r\naccept: */*\r\ncontent-type: application/json\r\nx-delivery: {number}\r\ncontent-length: {}\r\n\r\n{body}",
        url.path(),
        body.len(),
    )
    .into_bytes()
}

/// The status of an answer, which is read to its end.
async fn answered(stream: &mut TcpStream, answer: &mut Vec<u8>) -> u16 {
    answer.clear();
    loop {
        assert!(stream.read_buf(answer).await.unwrap() > 0, "the connection stays open");
        let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = str::from_utf8(&answer[..head]).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse::<usize>().unwrap());
        if answer.len() == head.len() + 4 + length {
            return head[9..12].parse().unwrap();
        }
    }
}

async fn serve(way: &str, folder: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    match way {
        "axum-alone" => {
            println!("{origin}/hook");
            let router = Router::new().route("/hook", post(async |_: Bytes| StatusCode::NO_CONTENT));
            tokio::select! {
                served = axum::serve(listener, router) => served.unwrap(),
                () = told(async |_| {}) => {}
            }
        }
        "axum-sqlite" => {
            println!("{origin}/hook");
            let database = Database::open(&folder.join("deliveries.db"));
            let router = Router::new().route("/hook", post(insert)).with_state(database.clone());
            tokio::select! {
                served = axum::serve(listener, router) => served.unwrap(),
                () = told(async |accepted| assert_eq!(database.count(), accepted)) => {}
            }
        }
        "intake" => intake(listener, &origin, folder).await,
        _ => panic!("no way {way}"),
    }
}

/// Does as it is told on standard input: prints its CPU time, or, given how many deliveries were accepted, checks that and
/// prints its memory.
async fn told(mut check: impl AsyncFnMut(u64)) {
    let (send, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lines().try_for_each(|line| send.send(line.unwrap())));
    while let Some(line) = lines.recv().await {
        if line == "cpu" {
            println!("{}", cpu());
        } else {
            check(line.parse().unwrap()).await;
            println!("{}", resident());
        }
    }
}

#[derive(Clone)]
struct Database(Arc<Mutex<rusqlite::Connection>>);

impl Database {
    fn open(file: &Path) -> Self {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.pragma_update(None, "synchronous", "full").unwrap();
        connection.execute("CREATE TABLE deliveries (id INTEGER PRIMARY KEY, body BLOB NOT NULL)", ()).unwrap();
        Self(Arc::new(Mutex::new(connection)))
    }

    fn insert(&self, body: &[u8]) -> rusqlite::Result<usize> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection.execute("INSERT INTO deliveries (body) VALUES (?)", (body,))
    }

    fn count(&self) -> u64 {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count: i64 = connection.query_one("SELECT count(*) FROM deliveries", (), |row| row.get(0)).unwrap();
        count.try_into().unwrap()
    }
}

async fn insert(State(database): State<Database>, body: Bytes) -> StatusCode {
    match tokio::task::spawn_blocking(move || database.insert(&body)).await {
        Ok(Ok(_)) => StatusCode::NO_CONTENT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Registers every hook that it is asked for.
struct Vendor;

impl Transport for Vendor {
    fn send(&self, _: HttpRequest) -> TransportFuture<'_> {
        let (status, headers) = (http::StatusCode::CREATED, http::HeaderMap::new());
        Box::pin(std::future::ready(Ok(HttpResponse { status, headers, body: r#"{"id":1}"#.into() })))
    }
}

async fn intake(listener: TcpListener, origin: &str, folder: &Path) {
    let store = Arc::new(Sqlite::open(folder.join("intake.db")).await.unwrap());
    let runtime = Runtime::builder().store(Arc::clone(&store)).transport(Vendor).public_url(origin);
    let runtime = runtime.build().unwrap();
    let connections = InMemory::new();
    connections.put("vendor", Connection::new("connection"));
    let mut url = String::new();
    for number in 0..WORKFLOWS {
        let workflow = Workflow::new(format!("workflow-{number}")).connection(Connection::new("connection"));
        let workflow = workflow.resource(format!("example/repository-{number}"));
        url = runtime.register(&workflow, &vendor::Push {}).await.unwrap().url;
    }
    let (records, more) = (Arc::new(AtomicU64::new(0)), Arc::new(tokio::sync::Notify::new()));
    let (received, bell) = (Arc::clone(&records), Arc::clone(&more));
    let sink = move |batch: Batch<vendor::push::Record>| {
        received.fetch_add(batch.len() as u64, Ordering::Relaxed);
        bell.notify_one();
        std::future::ready(Ok::<_, std::io::Error>(()))
    };
    let service = runtime.service().connections(connections).webhook::<vendor::Push, _>(sink).build().unwrap();
    println!("{url}");
    let stop = told(async |accepted| {
        while records.load(Ordering::Relaxed) < accepted {
            more.notified().await;
        }
        assert_eq!(records.load(Ordering::Relaxed), accepted, "each once");
    });
    // `told` is not `Send` for what it borrows, so a task of its own says when it ends.
    let (stopping, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = service.serve_on(listener, async { drop(stopped.await) });
    let ((), served) = tokio::join!(
        async {
            stop.await;
            drop(stopping);
        },
        serving
    );
    served.unwrap();
    store.close().await;
}
