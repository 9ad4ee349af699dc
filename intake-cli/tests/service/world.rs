//! A folder, a vendor, and a program that is started, asked, told to stop and killed from outside.

use crate::common::{Folder, intake_in, text};
use crate::program::VARIABLES;
use crate::vendor::Vendor;
use axum::http::HeaderMap;
use intake_runtime::http::{Client, HttpRequest, Method, Transport};
use serde_json::Value;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// Nothing takes longer than this, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a program may take to stop that is not to run out of time.
pub(crate) const LONG: Duration = Duration::from_secs(50);

/// Waits until there is something; fails by what it is if it takes too long.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) struct World {
    pub(crate) folder: Folder,
    pub(crate) vendor: Vendor,
    client: Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::of(Vendor::start().await)
    }

    /// Another folder.
    pub(crate) fn of(vendor: Vendor) -> Self {
        Self { folder: Folder::new(&[]), vendor, client: Client::new().unwrap() }
    }

    /// Starts the program, and waits until it is ready.
    pub(crate) async fn start(&self, grace: Duration) -> Program<'_> {
        let mut program = self.spawn(grace);
        let address = until("an address", async || {
            assert!(program.child.try_wait().unwrap().is_none(), "{}", program.log());
            program.line("serving address=")
        });
        program.address = address.await;
        until("readiness", async || (program.get("/readyz").await.0 == 200).then_some(())).await;
        program
    }

    /// Starts the program.
    pub(crate) fn spawn(&self, grace: Duration) -> Program<'_> {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "program", "--ignored", "--nocapture"]);
        let values =
            [self.folder.path().display().to_string(), self.vendor.port.to_string(), grace.as_millis().to_string()];
        command.envs(VARIABLES.into_iter().zip(values)).env_remove("RUST_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = Arc::default();
        listen(child.stdout.take().unwrap(), &lines);
        listen(child.stderr.take().unwrap(), &lines);
        Program { world: self, child, lines, address: String::new() }
    }

    /// What `intake` prints; it must succeed.
    pub(crate) fn intake(&self, arguments: &[&str]) -> String {
        let output = intake_in(self.folder.path(), arguments, "");
        assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout).to_owned()
    }

    /// The lines that the sink of the items has written: key, and number.
    pub(crate) fn items(&self) -> Vec<(String, u64)> {
        let path = self.folder.path().join("items.jsonl");
        let lines = std::fs::read_to_string(path).unwrap_or_default();
        // The last line may be about to be written.
        let whole = lines.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        whole
            .map(line)
            .map(|line| (line["key"].as_str().unwrap().into(), line["record"]["item"].as_u64().unwrap()))
            .collect()
    }

    /// Waits until items 1 to `last` of a workflow are out.
    pub(crate) async fn until_items(&self, workflow: &str, last: u64) {
        let of = format!("vendor/items/{workflow}/");
        let out = async || {
            let mut items: Vec<_> = self.items().into_iter().filter(|(key, _)| key.starts_with(&of)).collect();
            items.sort();
            items.dedup();
            let numbers = items.into_iter().map(|(_, number)| number);
            (numbers.collect::<Vec<_>>() == (1..=last).collect::<Vec<_>>()).then_some(())
        };
        until("items at the sink, each under one key", out).await;
    }

    /// Waits until the sink has this many records of webhooks.
    pub(crate) async fn until_sunk(&self, count: usize) {
        until("records at the sink", async || (self.vendor.ledger().sunk.len() == count).then_some(())).await;
    }

    /// Waits until the vendor has a hook.
    pub(crate) async fn hook(&self, of: Option<&str>) -> String {
        until("a hook", async || self.vendor.path(of)).await
    }
}

fn listen(output: impl AsyncRead + Send + Unpin + 'static, lines: &Arc<Mutex<Vec<String>>>) {
    let lines = Arc::clone(lines);
    tokio::spawn(async move {
        let mut output = BufReader::new(output).lines();
        while let Ok(Some(line)) = output.next_line().await {
            lines.lock().unwrap().push(line);
        }
    });
}

pub(crate) struct Program<'w> {
    world: &'w World,
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    address: String,
}

impl Program<'_> {
    /// All that it has printed and logged.
    pub(crate) fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// What follows these words in a line.
    fn line(&self, words: &str) -> Option<String> {
        self.lines.lock().unwrap().iter().find_map(|line| Some(line.split_once(words)?.1.to_owned()))
    }

    pub(crate) async fn add(&mut self, workflow: &str) {
        let line = format!("add {workflow}");
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
        until("the workflow to be added", async || self.line(&format!("ok {line}"))).await;
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        self.send(Method::Get, path, &[], "").await.unwrap()
    }

    /// A delivery; the status of its answer.
    pub(crate) async fn deliver(&self, path: &str, id: &str, body: &str) -> u16 {
        self.send(Method::Post, path, &[("x-github-delivery", id)], body).await.unwrap().0
    }

    /// A connection, to call it byte by byte.
    pub(crate) async fn connect(&self) -> tokio::net::TcpStream {
        tokio::net::TcpStream::connect(&self.address).await.unwrap()
    }

    /// `None` if there is no answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Option<(u16, String)> {
        let url = format!("http://{}{path}", self.address).parse().unwrap();
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect();
        let body = (!body.is_empty()).then(|| body.to_owned().into());
        let answer = self.world.client.send(HttpRequest { method, url, headers, body }).await.ok()?;
        Some((answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap()))
    }

    /// A metric, labels and all; `None` if it is not there.
    pub(crate) async fn metric(&self, name: &str) -> Option<u64> {
        let text = self.get("/metrics").await.1;
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until a metric has this value.
    pub(crate) async fn until_metric(&self, name: &str, value: u64) {
        until(name, async || (self.metric(name).await == Some(value)).then_some(())).await;
    }

    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits until it says that it is stopping.
    pub(crate) async fn until_stopping(&self) {
        until("it to stop", async || self.line("stopping: ")).await;
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        let end = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        end.unwrap_or_else(|_| panic!("it does not end: {}", self.log())).unwrap()
    }

    /// Stops it in order.
    pub(crate) async fn stop(mut self) {
        self.signal("-TERM");
        let status = self.end().await;
        assert!(status.success(), "{status}: {}", self.log());
    }
}
