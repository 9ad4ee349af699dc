//! What comes from outside: items that are published, webhooks that are called, operators, and whoever sets the clock.

use crate::host::{Host, Running, past, spec};
use crate::ledger::Acknowledged;
use crate::sim::Sim;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Request, StatusCode};
use hyper::body::Frame;
use intake_runtime::error::ServiceError;
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tower::ServiceExt;

/// All of it, until the time of the faults is over and what was begun has ended.
pub(crate) async fn bustle(host: Arc<Host>) {
    let sim = &host.sim;
    let mut begun = JoinSet::new();
    let busy = Arc::new(Mutex::new(BTreeSet::new()));
    let mut deliveries = 0;
    while sim.elapsed() < sim.config.chaos {
        sim.sleep(1, sim.config.bustle).await;
        match sim.within(0, 99) {
            0..30 => publish(sim),
            30..60 => {
                deliveries += 1;
                deliver(&host, deliveries, &mut begun);
            }
            60..90 => operate(&host, &busy, &mut begun),
            90..93 => set_clock(sim),
            93..96 => look(&host, &mut begun),
            _ => crate::check::registrations(&host).await,
        }
        while begun.try_join_next().is_some() {}
    }
    while let Some(ended) = begun.join_next().await {
        if let Err(error) = ended {
            sim.problem(format!("what was done from outside panicked: {error}"));
        }
    }
}

fn workflow(sim: &Sim) -> String {
    format!("w{}", sim.within(1, sim.config.workflows))
}

fn publish(sim: &Sim) {
    let intake = if sim.within(0, 2) > 0 { "items" } else { "history" };
    let (workflow, more) = (workflow(sim), sim.within(1, 6));
    sim.count("event: items are published");
    *sim.state().vendor.feeds.entry((intake.to_owned(), workflow)).or_default() += more;
}

fn set_clock(sim: &Sim) {
    let by = sim.state().rng.pick(&[1_500_i64, 70_000, 3_700_000, 20_000_000]).unwrap_or(0);
    let by = if sim.fault("clock: set ahead") {
        by
    } else if sim.fault("clock: set back") {
        -by
    } else {
        return;
    };
    sim.set_wall(by);
    let now = sim.elapsed();
    sim.state().ledger.clock_was_set(now);
    sim.say(format_args!("the clock is set by {by} ms"));
}

/// Somebody looks at everything.
fn look(host: &Arc<Host>, begun: &mut JoinSet<()>) {
    let (host, Some(Running { process, runtime, service, .. })) = (Arc::clone(host), host.running()) else { return };
    begun.spawn(async move {
        host.sim.count("event: an inspection");
        let looking = async {
            let _ = runtime.inspect(100).await;
            let _ = service.metrics().await;
            // Dead letters and undeliverable deliveries get another chance, or are dropped.
            let letters = runtime.dead_letters(0, 10).await.unwrap_or_default();
            for letter in letters {
                let _ = runtime.retry_dead_letter(letter.number).await;
                host.sim.count("event: a dead letter is put back");
            }
            for kept in runtime.list_undeliverable(0, 10).await.unwrap_or_default() {
                let _ = runtime.retry_undeliverable(kept.id).await;
                host.sim.count("event: an undeliverable delivery is put back");
            }
        };
        tokio::select! {
            biased;
            () = process.death() => {}
            () = looking => {}
        }
    });
}

/// A call that changes a workflow; one at a time for each.
fn operate(host: &Arc<Host>, busy: &Arc<Mutex<BTreeSet<String>>>, begun: &mut JoinSet<()>) {
    let sim = Arc::clone(&host.sim);
    let id = workflow(&sim);
    let Some(running) = host.running().filter(|_| busy.lock().expect("a lock").insert(id.clone())) else { return };
    let busy = Arc::clone(busy);
    begun.spawn(async move {
        call(&sim, &running, &id).await;
        busy.lock().expect("a lock").remove(&id);
    });
}

async fn call(sim: &Sim, running: &Running, id: &str) {
    let exists = sim.state().ledger.workflows.get(id).and_then(|known| known.exists);
    let verb = match (exists, sim.within(0, 19)) {
        (Some(false), 0..18) | (None, 0..10) => "add",
        (_, 0..4) => "update",
        (_, 4..8) => "pause",
        (_, 8..13) => "resume",
        (_, 13..16) => "reset",
        (_, 16..18) => "sync",
        _ => "remove",
    };
    let verb = if exists.is_none() && !sim.state().ledger.workflows.contains_key(id) { "add" } else { verb };
    let connection = id.trim_start_matches('w').parse::<u64>().unwrap_or(0) % sim.config.connections;
    let service = &running.service;
    {
        let now = sim.elapsed();
        let ledger = &mut sim.state().ledger;
        ledger.changes(id, !matches!(verb, "pause" | "resume"), now);
        let known = ledger.workflows.entry(id.to_owned()).or_default();
        known.connection = connection;
        // Whatever comes of it.
        if !matches!(verb, "update" | "reset" | "sync" | "pause") {
            known.paused = None;
        }
        if matches!(verb, "add" | "remove") {
            known.exists = None;
        }
    }
    sim.say(format_args!("{verb} {id}"));
    let calling = async {
        match verb {
            "add" => service.add(spec(sim, id, connection)).await.map(drop),
            "update" => service.update(spec(sim, id, connection)).await,
            "pause" => service.pause("vendor", id).await,
            "resume" => service.resume("vendor", id).await,
            "reset" => service.reset("vendor", id).await,
            "sync" => service.sync(id, &past(id)).await,
            _ => service.remove("vendor", id).await,
        }
    };
    let result = tokio::select! {
        biased;
        () = running.process.death() => {
            sim.say(format_args!("{verb} {id} is cut off"));
            return;
        }
        result = calling => result,
    };
    sim.say(format_args!("{verb} {id}: {result:?}"));
    returned(sim, verb, id, exists, &result);
}

fn returned(sim: &Sim, verb: &str, id: &str, exists: Option<bool>, result: &Result<(), ServiceError>) {
    let now = sim.elapsed();
    let problem = {
        let ledger = &mut sim.state().ledger;
        ledger.changes(id, false, now);
        let known = ledger.workflows.entry(id.to_owned()).or_default();
        match (verb, result) {
            ("add", Ok(())) => {
                known.exists = Some(true);
                (exists == Some(true)).then(|| format!("{id} was added twice"))
            }
            ("add", Err(ServiceError::Exists { .. })) => {
                known.exists = Some(true);
                (exists == Some(false)).then(|| format!("{id} is there before it is added"))
            }
            ("pause", Ok(())) => {
                known.paused = Some(now);
                None
            }
            (_, Err(ServiceError::Unknown { .. })) => {
                known.exists = Some(false);
                (exists == Some(true)).then(|| format!("{id} was added and is lost"))
            }
            ("remove", Ok(())) | (_, Ok(()) | Err(ServiceError::Store(_) | ServiceError::Removing { .. })) => None,
            (_, Err(error)) => Some(format!("{verb} {id}: {error}")),
        }
    };
    if result.is_ok() {
        let kinds = ["add", "update", "pause", "resume", "reset", "sync", "remove"];
        let names =
            ["call: add", "call: update", "call: pause", "call: resume", "call: reset", "call: sync", "call: remove"];
        if let Some(at) = kinds.iter().position(|kind| *kind == verb) {
            sim.count(names[at]);
        }
    }
    if let Some(problem) = problem {
        sim.problem(problem);
    }
}

/// A payload for a hook, and how it is sent.
#[derive(Clone)]
struct Parcel {
    number: u64,
    token: String,
    kind: String,
    of: String,
    account: String,
}

/// The vendor has something for one of its hooks; it is sent again until it is taken, and sometimes after that.
fn deliver(host: &Arc<Host>, number: u64, begun: &mut JoinSet<()>) {
    let sim = &host.sim;
    let hooks: Vec<_> = sim.state().vendor.hooks.values().cloned().collect();
    let Some(hook) = sim.state().rng.pick(&hooks) else { return };
    let of = match &hook.of {
        Some(of) => of.clone(),
        None if sim.fault("webhook: no such resource") => "nobody".to_owned(),
        None => workflow(sim),
    };
    let connection = of.trim_start_matches('w').parse::<u64>().unwrap_or(0) % sim.config.connections;
    let parcel = Parcel { number, token: hook.token, kind: hook.kind, of, account: format!("a{connection}") };
    sim.count("event: something is to be delivered");
    let copies = if sim.fault("webhook: repeated") { sim.within(2, 3) } else { 1 };
    for _ in 0..copies {
        let (host, parcel) = (Arc::clone(host), parcel.clone());
        begun.spawn(async move {
            let sim = &host.sim;
            if sim.fault("webhook: late") {
                sim.sleep(1, 40_000).await;
            }
            for _ in 0..6 {
                if send(&host, &parcel).await.is_none_or(|status| !retried(status)) {
                    return;
                }
                sim.sleep(500, 20_000).await;
            }
        });
    }
}

fn retried(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

/// One call of a hook; `None` if it is not to be made again.
async fn send(host: &Host, parcel: &Parcel) -> Option<StatusCode> {
    let sim = &host.sim;
    let Parcel { number, token, kind, of, account } = parcel;
    let Some(running) = host.running() else {
        sim.count("webhook: nobody listens");
        return Some(StatusCode::BAD_GATEWAY);
    };
    let broken = sim.fault("webhook: no JSON");
    let text = if broken {
        "{\"delivery\": ".to_owned()
    } else {
        serde_json::json!({"delivery": number, "of": of, "account": account}).to_string()
    };
    let cut = sim.fault("webhook: a body cut off");
    let body =
        if cut || sim.fault("webhook: a slow body") { Body::new(Slow::new(sim, &text, cut)) } else { Body::from(text) };
    let request = Request::post(format!("/in/{token}"))
        .header("content-type", "application/json")
        .header("webhook-id", format!("d{number}"))
        .body(body)
        .expect("a request");
    sim.say(format_args!("delivery {number} for {of} to a hook of kind {kind}"));
    let patience = if sim.fault("webhook: the caller hangs up") { sim.within(0, 4) } else { 100_000 };
    let answer = tokio::select! {
        biased;
        () = running.process.death() => None,
        answer = running.router.oneshot(request) => answer.ok(),
        () = tokio::time::sleep(Duration::from_millis(patience)) => None,
    };
    let Some(answer) = answer else {
        sim.say(format_args!("delivery {number} has no answer"));
        return Some(StatusCode::BAD_GATEWAY);
    };
    let status = answer.status();
    sim.say(format_args!("delivery {number}: {status}"));
    let count = match status.as_u16() {
        200 if !broken && !cut => "webhook: 200",
        400 if broken || cut => "webhook: 400",
        404 => "webhook: 404",
        408 => "webhook: 408",
        410 => "webhook: 410",
        503 => "webhook: 503",
        _ => {
            sim.problem(format!("delivery {number} (broken: {broken}, cut off: {cut}) was answered with {status}"));
            return None;
        }
    };
    sim.count(count);
    if status == StatusCode::OK {
        let acknowledged = Acknowledged { kind: kind.clone(), of: of.clone() };
        sim.state().ledger.acknowledged.insert(*number, acknowledged);
    }
    Some(status)
}

/// A body that comes in two parts, with a pause between them; the second may be missing.
struct Slow {
    parts: VecDeque<Bytes>,
    cut: bool,
    pause: Pin<Box<Sleep>>,
}

impl Slow {
    fn new(sim: &Sim, text: &str, cut: bool) -> Self {
        let (first, second) = text.split_at(text.len() / 2);
        let parts = if cut { vec![first] } else { vec![first, second] };
        let pause = Duration::from_millis(sim.within(100, 40_000));
        let parts = parts.into_iter().map(|part| Bytes::copy_from_slice(part.as_bytes())).collect();
        Self { parts, cut, pause: Box::pin(tokio::time::sleep(pause)) }
    }
}

impl HttpBody for Slow {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if this.parts.len() < 2 {
            ready!(this.pause.as_mut().poll(cx));
        }
        Poll::Ready(match this.parts.pop_front() {
            Some(part) => Some(Ok(Frame::data(part))),
            None if this.cut => Some(Err(io::ErrorKind::ConnectionReset.into())),
            None => None,
        })
    }
}
