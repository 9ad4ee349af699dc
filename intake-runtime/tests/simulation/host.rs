//! The program: built again and again over one store, and let run until it is cut off or told to stop.

use crate::config::Config;
use crate::mutants::Mutant;
use crate::sim::{Process, Sim, Wall};
use crate::sink::{Inbox, Vault};
use crate::store::Disk;
use crate::vendor::Network;
use axum::Router;
use intake_runtime::runtime::Runtime;
use intake_runtime::service::{Service, WorkflowSpec};
use intake_runtime::store::Memory;
use intake_runtime::webhook::DeliveryId;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

mod manifest {
    intake::include_intake!(
        "vendor.json",
        records(
            items = unchecked serde_json::Value,
            history = unchecked serde_json::Value,
            own = unchecked serde_json::Value,
            shared = unchecked serde_json::Value,
            app = unchecked serde_json::Value
        )
    );
}
use manifest::{App, History, Items, Own, Shared, history, items, own};

/// How long a service that is told to stop waits for what is under way.
const GRACE: Duration = Duration::from_secs(25);
/// What of that is not the service's: a store that is slow, its last answers.
const SLACK: Duration = Duration::from_secs(40);

/// The machine that the program runs on: the store stays, processes come and go.
pub(crate) struct Host {
    pub(crate) sim: Arc<Sim>,
    pub(crate) store: Memory,
    running: Mutex<Option<Running>>,
    closing: std::sync::atomic::AtomicBool,
}

/// A process at work.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) process: Arc<Process>,
    pub(crate) runtime: Runtime,
    pub(crate) service: Service,
    pub(crate) router: Router,
}

/// How a process is to end.
enum End {
    Died,
    Moment,
    Told,
    Returned,
}

impl Host {
    pub(crate) fn new(sim: &Arc<Sim>) -> Arc<Self> {
        let running = Mutex::default();
        Arc::new(Self { sim: Arc::clone(sim), store: Memory::new(), running, closing: false.into() })
    }

    /// The process that runs, if one does.
    pub(crate) fn running(&self) -> Option<Running> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.clone().filter(|running| running.process.is_alive())
    }

    fn set(&self, running: Option<Running>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }

    pub(crate) fn close(&self) {
        self.closing.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    fn is_closing(&self) -> bool {
        self.closing.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn build(&self, process: &Arc<Process>) -> (Runtime, Service) {
        let sim = &self.sim;
        let Config { limits, policy, max_requests, max_results, per_host, .. } = sim.config.clone();
        let (sim, process) = (|| Arc::clone(sim), || Arc::clone(process));
        let runtime = Runtime::builder()
            .store(Disk { sim: sim(), process: process(), inner: self.store.clone() })
            .transport(Network { sim: sim(), process: process() })
            .clock(Wall(sim()))
            .random_seed(sim().state().rng.next())
            .public_url("https://hooks.test/in")
            .max_requests(max_requests)
            .max_results(max_results)
            .requests_per_host(per_host)
            .sinks(policy)
            .build()
            .expect("a runtime");
        let inbox = || Inbox { sim: sim(), process: process() };
        let service = runtime
            .service()
            .connections(Vault { sim: sim(), process: process() })
            .polling::<Items, _>(inbox())
            .polling::<History, _>(inbox())
            .webhook::<Own, _>(inbox())
            .webhook::<Shared, _>(inbox())
            .webhook::<App, _>(inbox())
            .receiver(|receiver| match self.sim.is(Mutant::NoDedupe) {
                true => receiver,
                false => receiver.dedupe_all(DeliveryId::known_headers()),
            })
            .limits(limits)
            .grace(GRACE)
            .build()
            .expect("a service");
        (runtime, service)
    }

    /// Runs one process after the other until the host is closed.
    pub(crate) async fn keep(self: Arc<Self>) {
        let sim = &self.sim;
        let mut number = 0;
        while !self.is_closing() {
            number += 1;
            self.life(number).await;
            if self.is_closing() {
                break;
            }
            if sim.fault("process: long away") {
                sim.sleep(60_000, 7_200_000).await;
            } else {
                sim.sleep(0, 10_000).await;
            }
        }
    }

    /// One process, to its end.
    async fn life(self: &Arc<Self>, number: u32) {
        let sim = &self.sim;
        let mortal = !sim.is_calm() && sim.within(0, 999) < sim.config.rate("process: crash at an await").into();
        let fuse = if mortal { fuse(sim) } else { -1 };
        let process = Process::new(number, fuse);
        sim.count("event: process");
        sim.say(format_args!("process {number} begins, fuse {fuse}"));
        let (runtime, service) = self.build(&process);
        let (stop, stopped) = oneshot::channel::<()>();
        let mut serving = JoinSet::new();
        let (host, serves, of) = (Arc::clone(self), service.clone(), Arc::clone(&process));
        serving.spawn(async move {
            let front = {
                let service = serves.clone();
                move |router| host.set(Some(Running { process: of, runtime, service, router }))
            };
            serves.serve_in_process(front, async { drop(stopped.await) }).await
        });
        let end = self.end(&process, &mut serving).await;
        match end {
            End::Died => {}
            End::Moment => {
                sim.count("process: crash at a moment");
                sim.say(format_args!("! process {number} is killed"));
            }
            End::Told => {
                sim.count("process: stopped");
                sim.say(format_args!("process {number} is told to stop"));
                let _ = stop.send(());
                self.stopped(&process, &mut serving).await;
            }
            End::Returned => sim.problem(format!("process {number} has ended by itself")),
        }
        process.kill();
        self.set(None);
        serving.shutdown().await;
    }

    /// What the process comes to its end by.
    async fn end(
        &self,
        process: &Process,
        serving: &mut JoinSet<Result<(), intake_runtime::error::ServiceError>>,
    ) -> End {
        let sim = &self.sim;
        let chance = |kind| !sim.is_calm() && sim.within(0, 999) < sim.config.rate(kind).into();
        let moment = chance("process: crash at a moment").then(|| sim.within(10, 90_000));
        let told = chance("process: stopped").then(|| sim.within(10, 120_000));
        let after = async |millis: Option<u64>| match millis {
            Some(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            None => std::future::pending().await,
        };
        let closed = async {
            while !self.is_closing() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let (mut moment, mut told) = (Box::pin(after(moment)), Box::pin(after(told)));
        tokio::pin!(closed);
        loop {
            tokio::select! {
                biased;
                () = process.death() => return End::Died,
                _ = serving.join_next() => return End::Returned,
                () = &mut moment => {
                    if !sim.is_calm() {
                        return End::Moment;
                    }
                    moment = Box::pin(after(None));
                }
                () = &mut told => {
                    if !sim.is_calm() {
                        return End::Told;
                    }
                    told = Box::pin(after(None));
                }
                () = &mut closed => return End::Told,
            }
        }
    }

    /// A service that is told to stop does so in time.
    async fn stopped(&self, process: &Process, serving: &mut JoinSet<Result<(), intake_runtime::error::ServiceError>>) {
        let sim = &self.sim;
        let ended = tokio::select! {
            biased;
            () = process.death() => return,
            ended = tokio::time::timeout(GRACE + SLACK, serving.join_next()) => ended,
        };
        match ended {
            Ok(Some(Ok(Ok(())))) => {}
            Ok(ended) => sim.problem(format!("told to stop, the service ended so: {ended:?}")),
            Err(_) => sim.problem("told to stop, the service did not end in time".to_owned()),
        }
    }
}

/// After how many steps it dies: of each order of magnitude as often.
fn fuse(sim: &Sim) -> i64 {
    let most = [10, 100, 1_000, 10_000][usize::try_from(sim.within(0, 3)).expect("a small number")];
    i64::try_from(sim.within(1, most)).expect("a small number")
}

/// What a workflow is to be; with which of its intakes, and with what tag, is left to chance.
pub(crate) fn spec(sim: &Sim, id: &str, connection: u64) -> WorkflowSpec {
    let workflow = || id.to_owned();
    let spec = WorkflowSpec::new(id).connection(format!("c{connection}")).resource(id);
    let (uses, tag) = (sim.within(1, 31), sim.within(0, 2));
    let items = Items { custom_data: items::CustomData { workflow: items::Workflow { value: workflow() } } };
    let tag = own::Tag { value: format!("t{tag}").into() };
    let own = Own { custom_data: own::CustomData { workflow: own::Workflow { value: workflow().into() }, tag } };
    let mut spec = if uses & 1 > 0 { spec.poll_every(&items, sim.config.every) } else { spec };
    if uses & 2 > 0 {
        spec = spec.sync(&past(id));
    }
    if uses & 4 > 0 {
        spec = spec.receive(&own);
    }
    if uses & 8 > 0 {
        spec = spec.receive(&Shared {});
    }
    if uses & 16 > 0 {
        spec = spec.receive(&App {});
    }
    spec
}

pub(crate) fn past(id: &str) -> History {
    History { custom_data: history::CustomData { workflow: history::Workflow { value: id.to_owned() } } }
}
