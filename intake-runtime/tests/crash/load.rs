//! The rounds: a service is started, given all it can do at once, and killed.

use crate::PATIENCE;
use crate::check::{self, Found};
use crate::vendor::{self, Vendor};
use crate::victim::CONNECTIONS;
use http::HeaderMap;
use intake::store::{IntentAction, Sqlite, Store, TaskMode, Which, WorkflowKey, WorkflowStatus, Write};
use intake_runtime::clock::{Clock, SystemClock};
use intake_runtime::http::{Client, HttpRequest, Method, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

/// How many workflows there are at a time.
const WORKFLOWS: usize = 8;

/// What was promised, and what is to be.
#[derive(Default)]
pub(crate) struct Book {
    /// The payloads' numbers that were answered with 200.
    pub(crate) acknowledged: BTreeSet<u64>,
    /// Calls that have not returned yet: they are made again.
    open: BTreeSet<String>,
    /// Workflows and their connections.
    pub(crate) workflows: BTreeMap<String, &'static str>,
    pub(crate) removed: BTreeSet<String>,
    pub(crate) problems: Vec<String>,
    calls: u64,
    /// Registrations whose outcome nobody knew.
    pub(crate) mended: usize,
}

type Shared = Arc<Mutex<Book>>;

fn book(shared: &Shared) -> std::sync::MutexGuard<'_, Book> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % end
    }
}

struct Process {
    child: Child,
    input: ChildStdin,
    ready: watch::Receiver<bool>,
}

impl Process {
    fn start(folder: &Path, vendor: u16, hooks: u16, shared: &Shared) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--victim").arg(folder).args([vendor.to_string(), hooks.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("a process");
        let input = child.stdin.take().expect("its input");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (says, ready) = watch::channel(false);
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                match line.split_once(' ') {
                    None if line == "ready" => _ = says.send_replace(true),
                    Some(("ok", call)) => done(&shared, call),
                    Some(("refused", rest)) => refused(&shared, rest),
                    _ => book(&shared).problems.push(format!("the service says {line:?}")),
                }
            }
        });
        Self { child, input, ready }
    }

    async fn ready(&mut self) {
        let ready = self.ready.wait_for(|ready| *ready);
        tokio::time::timeout(PATIENCE, ready).await.expect("it starts in time").expect("it starts");
    }

    async fn call(&mut self, call: &str) {
        // It may have died.
        let _ = self.input.write_all(format!("{call}\n").as_bytes()).await;
    }

    async fn kill(mut self) -> ExitStatus {
        // It may have ended, which the status tells.
        let _ = self.child.start_kill();
        self.child.wait().await.expect("its end")
    }
}

/// A call has returned: what it did is durable.
fn done(shared: &Shared, call: &str) {
    let mut book = book(shared);
    book.open.remove(call);
    book.calls += 1;
}

/// A call that was made again, as nobody knew its outcome, may find its work done.
fn refused(shared: &Shared, rest: &str) {
    let mut book = book(shared);
    let (call, reason) = rest.split_once(": ").unwrap_or((rest, ""));
    let twice = match call.split(' ').next() {
        Some("add") => reason.contains("exists") || reason.contains("already"),
        // What is removed meanwhile is not to be changed any more.
        _ => reason.contains("removed") || reason.contains("no workflow") || reason.contains("not known"),
    };
    if !twice {
        book.problems.push(format!("{call} was refused: {reason}"));
    }
    book.open.remove(call);
}

pub(crate) async fn run(rounds: u64, seed: u64) -> Found {
    let folder = tempfile::tempdir().expect("a folder");
    let (vendor, port) = vendor::serve().await;
    let hooks = free_port().await;
    let shared = Shared::default();
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut next = Numbers::default();
    let client = Client::new().expect("a client");
    let begin = Instant::now();
    let mut killed = 0;
    for round in 0..rounds {
        vendor.next_generation();
        let mut process = Process::start(folder.path(), port, hooks, &shared);
        // Some die before they have begun.
        if random.below(10) == 0 {
            tokio::time::sleep(Duration::from_millis(random.below(60))).await;
        } else {
            process.ready().await;
            repeat(&mut process, &shared).await;
            let end = Instant::now() + Duration::from_millis(20 + random.below(400));
            while Instant::now() < end {
                step(&vendor, &mut process, &shared, &client, &mut random, &mut next).await;
            }
        }
        let status = process.kill().await;
        match status.signal() {
            Some(9) => killed += 1,
            _ => book(&shared).problems.push(format!("round {round}: the service ended with {status}")),
        }
        if (round + 1) % 50 == 0 {
            println!("{} rounds, {} s", round + 1, begin.elapsed().as_secs());
        }
        if !book(&shared).problems.is_empty() || !vendor.ledger().problems.is_empty() {
            break;
        }
    }
    rest(folder.path(), &vendor, port, hooks, &shared).await;
    let store = Sqlite::open(folder.path().join("intake.db")).await.expect("the database");
    let records = std::fs::read_to_string(folder.path().join("records")).unwrap_or_default();
    let book = std::mem::take(&mut *book(&shared));
    let mut found = check::all(&store, &records, &vendor, &book).await;
    (found.rounds, found.killed, found.calls) = (rounds, killed, book.calls);
    found
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

#[derive(Default)]
struct Numbers {
    delivery: u64,
    workflow: u64,
}

/// Calls whose outcome was not heard of.
async fn repeat(process: &mut Process, shared: &Shared) {
    let open: Vec<String> = book(shared).open.iter().cloned().collect();
    for call in open {
        process.call(&call).await;
    }
}

/// One of the things that happen at once.
async fn step(
    vendor: &Arc<Vendor>,
    process: &mut Process,
    shared: &Shared,
    client: &Client,
    random: &mut Random,
    next: &mut Numbers,
) {
    match random.below(10) {
        0 => {
            if let Some(call) = new_call(shared, random, next) {
                process.call(&call).await;
            }
        }
        1..=3 => {
            let workflows: Vec<_> = book(shared).workflows.keys().cloned().collect();
            if !workflows.is_empty() {
                let workflow = workflows[random.below(workflows.len() as u64) as usize].clone();
                vendor.ledger().feeds.entry(workflow).or_default().published += 1 + random.below(5);
            }
        }
        _ => deliver(vendor, shared, client, random, next),
    }
    tokio::time::sleep(Duration::from_micros(random.below(4_000))).await;
}

/// Something to do with a workflow; it is open until it has returned.
fn new_call(shared: &Shared, random: &mut Random, next: &mut Numbers) -> Option<String> {
    let mut book = book(shared);
    let add = book.workflows.len() < WORKFLOWS;
    let (id, verb) = if add {
        next.workflow += 1;
        let id = format!("w{}", next.workflow);
        let connection = CONNECTIONS[random.below(3) as usize];
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
fn deliver(vendor: &Vendor, shared: &Shared, client: &Client, random: &mut Random, next: &mut Numbers) {
    let hooks: Vec<_> = vendor.ledger().hooks.values().cloned().collect();
    let workflows: Vec<_> = book(shared).workflows.keys().cloned().collect();
    if hooks.is_empty() || workflows.is_empty() {
        return;
    }
    let hook = &hooks[random.below(hooks.len() as u64) as usize];
    let of = hook.of.clone().unwrap_or_else(|| workflows[random.below(workflows.len() as u64) as usize].clone());
    next.delivery += 1;
    let number = next.delivery;
    let body = serde_json::json!({"delivery": number, "of": of}).to_string();
    let request = HttpRequest {
        method: Method::Post,
        url: hook.url.parse().expect("a URL"),
        headers: HeaderMap::new(),
        body: Some(body.into()),
    };
    let (shared, client) = (Arc::clone(shared), client.clone());
    tokio::spawn(async move {
        if client.send(request).await.is_ok_and(|response| response.status == 200) {
            book(&shared).acknowledged.insert(number);
        }
    });
}

/// Lets a service come to rest: everything that was begun is brought to its end, and the service stopped.
async fn rest(folder: &Path, vendor: &Arc<Vendor>, port: u16, hooks: u16, shared: &Shared) {
    vendor.next_generation();
    let mut process = Process::start(folder, port, hooks, shared);
    process.ready().await;
    repeat(&mut process, shared).await;
    let store = Sqlite::attach(folder.join("intake.db")).await.expect("the database");
    let end = Instant::now() + PATIENCE;
    let mut why = String::new();
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if book(shared).open.is_empty() {
            let calls: Vec<_> = book(shared).workflows.iter().map(|(id, c)| format!("resume {id} {c}")).collect();
            let paused = store.workflows(Which::Paused, None, 100).await.expect("workflows");
            for call in
                calls.iter().filter(|call| paused.iter().any(|it| call.contains(&format!(" {} ", it.key.workflow))))
            {
                book(shared).open.insert(call.clone());
                process.call(call).await;
            }
        }
        mend(&store, vendor, &mut process, shared).await;
        match busy(&store, vendor, shared).await {
            None => {
                why.clear();
                break;
            }
            Some(reason) => why = reason,
        }
    }
    store.close().await;
    if !why.is_empty() {
        book(shared).problems.push(format!("it does not come to rest: {why}"));
    }
    let id = process.child.id().expect("it runs").to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await.expect("`kill`");
    let ended = tokio::time::timeout(PATIENCE, process.child.wait()).await;
    match ended {
        Ok(Ok(status)) if status.success() && told.success() => {}
        ended => book(shared).problems.push(format!("told to stop, it ended so: {ended:?}")),
    }
}

/// What an operator does: of a `create` that a kill has cut off nobody knows whether the vendor holds the hook. It is
/// looked up there by its URL and removed, and forgotten here; then whoever waits for it is let go on.
async fn mend(store: &Sqlite, vendor: &Vendor, process: &mut Process, shared: &Shared) {
    for intent in store.intents(None, 1_000).await.expect("intents") {
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: intent.workflow.clone() };
        let Some((workflow, tasks)) = store.workflow(&key).await.expect("a workflow") else { continue };
        let waits = workflow.status != WorkflowStatus::Active || tasks.iter().any(|task| task.failures > 0);
        if intent.action == IntentAction::Create && intent.failure.is_none() && waits {
            vendor.ledger().hooks.retain(|_, hook| !hook.url.ends_with(&intent.token));
            store.commit(vec![Write::RemoveHook { token: intent.token }]).await.expect("a commit");
            book(shared).mended += 1;
        }
    }
    if book(shared).open.is_empty() {
        let stuck = store.workflows(Which::NeedsAttention, None, 1_000).await.expect("workflows");
        for workflow in stuck {
            let call = format!("resume {} {}", workflow.key.workflow, workflow.connection);
            book(shared).open.insert(call.clone());
            process.call(&call).await;
        }
    }
}

/// What is still to be done, if anything is.
async fn busy(store: &Sqlite, vendor: &Vendor, shared: &Shared) -> Option<String> {
    let counts = store.counts(SystemClock.now()).await.expect("counts");
    if counts.outbox + counts.deliveries > 0 {
        return Some(format!("{} records, {} deliveries", counts.outbox, counts.deliveries));
    }
    let open = book(shared).open.clone();
    if !open.is_empty() {
        return Some(format!("calls {open:?}"));
    }
    for which in [Which::NeedsAttention, Which::Removing] {
        if let Some(workflow) = store.workflows(which, None, 1).await.expect("workflows").pop() {
            let (_, tasks) = store.workflow(&workflow.key).await.expect("a workflow")?;
            let errors: Vec<_> = tasks.into_iter().filter_map(|task| task.error).collect();
            return Some(format!("{which:?}: workflow {}: {errors:?}", workflow.key));
        }
    }
    let workflows: Vec<_> = book(shared).workflows.keys().cloned().collect();
    for id in workflows {
        let feed = vendor.ledger().feeds.get(&id).cloned().unwrap_or_default();
        if feed.after < feed.published {
            return Some(format!("{id} has got {} of {}", feed.after, feed.published));
        }
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: id.clone() };
        let (_, tasks) = store.workflow(&key).await.expect("a workflow")?;
        if let Some(task) = tasks.iter().find(|task| task.mode == TaskMode::Webhook && task.next.is_some()) {
            return Some(format!("{}: {:?} is to be done ({:?})", task.key, task.next, task.error));
        }
    }
    None
}
