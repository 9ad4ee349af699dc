//! A service: what is due runs, fairly and once at a time; workflows live and leave; nothing is lost in between.

mod support;

#[path = "service/lifecycle.rs"]
mod lifecycle;
#[path = "service/outside.rs"]
mod outside;
#[path = "service/schedule.rs"]
mod schedule;
#[path = "service/serving.rs"]
mod serving;

use intake_runtime::clock::{Clock, Timestamp};
use intake_runtime::connections::InMemory;
use intake_runtime::event::Event;
use intake_runtime::intake::{App, EventResult, Intake, IntakeMeta, Polling, Scope};
use intake_runtime::runtime::Runtime;
use intake_runtime::schedule::Limits;
use intake_runtime::service::{Service, ServiceBuilder, TaskState, WorkflowSpec, WorkflowState};
use intake_runtime::store::{IntakeKey, Memory, Store, WorkflowStatus};
use intake_runtime::value::Value;
use intake_runtime::workflow::Connection;
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Death, Inbox, Mortal, Vendor, builder, polling, webhook};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

polling!(Items, "items", Json);
polling!(History, "history", Json);
webhook!(Own, "own", Json, Scope::Workflow, false, false);
webhook!(Shared, "shared", Json, Scope::Connection, false, false);

/// An intake of another app.
#[derive(Clone)]
struct Elsewhere {
    vendor: String,
}
intake_runtime::inputs!(Elsewhere { vendor: "vendor" });
static OTHER: App = App::new("other", "other.json", &[]);
impl Intake for Elsewhere {
    const META: &'static IntakeMeta = {
        static META: IntakeMeta = IntakeMeta::new(&OTHER, "items", 3);
        &META
    };
}
impl Polling for Elsewhere {
    type Record = Json;
    type State = Value;
    const FREQUENCY: Option<u32> = Some(60);
    async fn request(&self, cx: &mut Event<'_>) -> EventResult {
        support::run(&self.vendor, "request", cx, None).await
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A wall clock that goes as tokio's does, and can be set.
#[derive(Clone)]
struct Wall {
    begun: Instant,
    offset: Arc<AtomicI64>,
}

impl Wall {
    fn new() -> Self {
        Self { begun: Instant::now(), offset: Arc::new(AtomicI64::new(1_800_000_000_000)) }
    }

    fn set(&self, by_millis: i64) {
        self.offset.fetch_add(by_millis, Ordering::SeqCst);
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp(self.offset.load(Ordering::SeqCst)).after(self.begun.elapsed())
    }
}

/// A program: a store that outlives it, a clock, an inbox for all records, and the connections `c0` to `c9`.
#[derive(Clone)]
struct World {
    store: Memory,
    wall: Wall,
    inbox: Inbox,
    limits: Limits,
}

impl World {
    fn new() -> Self {
        let mut limits = Limits::default();
        limits.slow_start = Duration::ZERO;
        Self { store: Memory::new(), wall: Wall::new(), inbox: Inbox::default(), limits }
    }

    fn build(&self, store: impl Store) -> Service {
        self.builder(&builder(store).clock(self.wall.clone()).build().unwrap()).build().unwrap()
    }

    fn builder(&self, runtime: &Runtime) -> ServiceBuilder {
        let connections = InMemory::new();
        for app in ["acme", "other"] {
            (0..10).for_each(|number| connections.put(app, Connection::new(format!("c{number}"))));
        }
        let sink = || self.inbox.sink::<Json>();
        runtime
            .service()
            .connections(connections)
            .polling::<Items, _>(sink())
            .polling::<History, _>(sink())
            .polling::<Elsewhere, _>(sink())
            .webhook::<Own, _>(sink())
            .webhook::<Shared, _>(sink())
            .limits(self.limits)
    }

    fn start(&self) -> Running {
        Running::new(self.build(self.store.clone()))
    }

    async fn state(&self, service: &Service, id: &str) -> WorkflowState {
        service.workflow("acme", id).await.unwrap().unwrap()
    }
}

/// A service at work.
struct Running {
    service: Service,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    fn new(service: Service) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = service.clone();
        let task = tokio::spawn(async move { running.run(async { drop(stopped.await) }).await.unwrap() });
        Self { service, stop, task }
    }

    /// Stops it as a signal does; how long that took.
    async fn stop(self) -> Duration {
        let begun = Instant::now();
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        begun.elapsed()
    }
}

fn spec(id: &str, connection: usize) -> WorkflowSpec {
    WorkflowSpec::new(id).connection(format!("c{connection}"))
}

fn task<'a>(state: &'a WorkflowState, intake: &str) -> &'a TaskState {
    state.tasks.iter().find(|task| task.task.key.intake == intake).unwrap()
}

/// A vendor that notes when its requests begin, gives one record for each, and takes so long.
fn timed(seconds: u64) -> (Vendor, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&times);
    let vendor = Vendor::new(move |call| {
        if call.event != "request" {
            return Ok(Json::Null);
        }
        noted.lock().unwrap().push(Instant::now());
        Ok(json!({"results": [call.nth], "iterate": false, "!sleep": seconds}))
    });
    (vendor, times)
}

fn gaps(times: &Mutex<Vec<Instant>>) -> Vec<u64> {
    times.lock().unwrap().windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect()
}
