//! A service with its vendor, and all that happens to it at once.

use crate::PATIENCE;
use crate::book::{Random, Shared};
use crate::process::{Mode, Process};
use crate::vendor::{self, Vendor};
use crate::victim::CONNECTIONS;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use intake_runtime::http::{Client, HttpRequest, HttpResponse, Method, Transport};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How many workflows there are at a time.
const WORKFLOWS: usize = 8;

pub(crate) struct Site {
    pub(crate) database: PathBuf,
    /// The sink's: on no disk that is made to fail.
    records: TempDir,
    pub(crate) vendor: Arc<Vendor>,
    /// The vendor's, and the service's.
    ports: (u16, u16),
    pub(crate) shared: Shared,
    pub(crate) random: Random,
    client: Client,
    deliveries: u64,
    workflows: u64,
}

impl Site {
    /// With its database in a folder.
    pub(crate) async fn new(folder: &Path, seed: u64) -> Self {
        let (vendor, port) = vendor::serve().await;
        Self {
            database: folder.join("intake.db"),
            records: tempfile::tempdir().expect("a folder"),
            vendor,
            ports: (port, free_port().await),
            shared: Shared::default(),
            random: Random::new(seed),
            client: Client::new().expect("a client"),
            deliveries: 0,
            workflows: 0,
        }
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.records.path().join("records")
    }

    pub(crate) fn start(&self, mode: Mode) -> Process {
        self.vendor.next_generation();
        Process::start(&self.database, &self.records(), self.ports, mode, &self.shared)
    }

    /// A service that serves, and makes the calls whose outcome was not heard of.
    pub(crate) async fn started(&self, mode: Mode) -> Process {
        let mut process = self.start(mode);
        process.ready().await;
        self.repeat(&mut process).await;
        process
    }

    pub(crate) async fn repeat(&self, process: &mut Process) {
        let open: Vec<String> = self.shared.book().open.iter().cloned().collect();
        for call in open {
            process.call(&call).await;
        }
    }

    pub(crate) fn has_problems(&self) -> bool {
        !self.shared.book().problems.is_empty() || !self.vendor.ledger().problems.is_empty()
    }

    /// Everything at once, for a random time.
    pub(crate) async fn load(&mut self, process: &mut Process, least: u64, more: u64) {
        let end = Instant::now() + Duration::from_millis(least + self.random.below(more));
        while Instant::now() < end {
            self.step(process).await;
        }
    }

    /// One of the things that happen at once.
    pub(crate) async fn step(&mut self, process: &mut Process) {
        match self.random.below(10) {
            0 => {
                if let Some(call) = self.new_call() {
                    process.call(&call).await;
                }
            }
            1..=3 => {
                let workflows: Vec<_> = self.shared.book().workflows.keys().cloned().collect();
                if !workflows.is_empty() {
                    let workflow = workflows[self.random.below(workflows.len() as u64) as usize].clone();
                    self.vendor.ledger().feeds.entry(workflow).or_default().published += 1 + self.random.below(5);
                }
            }
            _ => self.deliver(),
        }
        tokio::time::sleep(Duration::from_micros(self.random.below(4_000))).await;
    }

    /// Something to do with a workflow; it is open until it has returned.
    fn new_call(&mut self) -> Option<String> {
        let random = &mut self.random;
        let mut book = self.shared.book();
        let add = book.workflows.len() < WORKFLOWS;
        let (id, verb) = if add {
            self.workflows += 1;
            let id = format!("w{}", self.workflows);
            let connection = CONNECTIONS[random.below(CONNECTIONS.len() as u64) as usize];
            book.workflows.insert(id.clone(), connection);
            (id, "add")
        } else {
            let ids: Vec<_> = book.workflows.keys().cloned().collect();
            let id = ids[random.below(ids.len() as u64) as usize].clone();
            (id, ["remove", "pause", "resume", "resume", "update"][random.below(5) as usize])
        };
        let connection = book.workflows[&id];
        // One at a time for each workflow: what was asked first would else depend on which returns first.
        let busy = format!(" {id} {connection}");
        if book.open.iter().any(|open| open.ends_with(&busy)) {
            return None;
        }
        if verb == "remove" {
            book.workflows.remove(&id);
            book.removed.insert(id.clone());
        }
        let call = format!("{verb}{busy}");
        book.open.insert(call.clone());
        Some(call)
    }

    /// A delivery to one of the hooks that the vendor knows.
    fn deliver(&mut self) {
        let Some(request) = self.delivery() else { return };
        let (number, shared, client) = (self.deliveries, self.shared.clone(), self.client.clone());
        tokio::spawn(async move {
            // Without an answer nothing is promised.
            if let Ok(response) = client.send(request).await {
                shared.answered(number, response.status.as_u16(), response.headers.contains_key(RETRY_AFTER));
            }
        });
    }

    fn delivery(&mut self) -> Option<HttpRequest> {
        let hooks: Vec<_> = self.vendor.ledger().hooks.values().cloned().collect();
        let workflows: Vec<_> = self.shared.book().workflows.keys().cloned().collect();
        if hooks.is_empty() || workflows.is_empty() {
            return None;
        }
        let random = &mut self.random;
        let hook = &hooks[random.below(hooks.len() as u64) as usize];
        let of = hook.of.clone().unwrap_or_else(|| workflows[random.below(workflows.len() as u64) as usize].clone());
        self.deliveries += 1;
        let body = serde_json::json!({"delivery": self.deliveries, "of": of}).to_string();
        Some(request(Method::Post, &hook.url, Some(body)))
    }

    /// What `/readyz` says.
    pub(crate) async fn readiness(&self) -> Option<HttpResponse> {
        let url = format!("http://127.0.0.1:{}/readyz", self.ports.1);
        self.client.send(request(Method::Get, &url, None)).await.ok()
    }

    /// Waits until it says that it is ready, and takes a delivery if there is a hook.
    pub(crate) async fn recovers(&mut self) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        let mut last = "no answer".to_owned();
        while Instant::now() < end {
            match self.readiness().await {
                Some(answer) if answer.status == 200 => {
                    let Some(request) = self.delivery() else { return Ok(()) };
                    let number = self.deliveries;
                    let status = self.client.send(request).await.map_or(0, |response| response.status.as_u16());
                    match status {
                        200 => {
                            self.shared.book().acknowledged.insert(number);
                            return Ok(());
                        }
                        // Of a hook that is being removed: the next may do. Or Linux tells of writes that failed before.
                        404 | 410 | 503 => last = format!("a delivery is answered with {status}"),
                        _ => return Err(format!("it is ready, and answers a delivery with {status}")),
                    }
                }
                Some(answer) => last = String::from_utf8_lossy(&answer.body).into_owned(),
                None => {}
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(format!("it does not recover: {last}"))
    }
}

fn request(method: Method, url: &str, body: Option<String>) -> HttpRequest {
    let url = url.parse().expect("a URL");
    HttpRequest { method, url, headers: HeaderMap::new(), body: body.map(Into::into) }
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}
