//! The whole service in simulated time, over a vendor, a network, a store, sinks and a clock that fail by chance, from a
//! seed: a run can be repeated exactly.
//!
//! `cargo test --release -p intake-runtime --test simulation -- --seeds 10000`; `--first N` begins elsewhere, `--seed N`
//! prints the trace of one.

mod check;
mod config;
mod host;
mod ledger;
mod mutants;
mod outside;
mod random;
mod sim;
mod sink;
mod store;
mod vendor;

use config::FAULTS;
use host::Host;
use mutants::Mutant;
use sim::Sim;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many seeds there are if `--seeds` does not say. Without optimisation a seed takes ten times as long.
const SEEDS: u64 = if cfg!(debug_assertions) { 60 } else { 300 };
/// From so many on, each kind of fault and event must have happened.
const ENOUGH: u64 = 1_000;
/// A seed's time, as waiting counts it, is long over by then.
const END_OF_TIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What came of a seed.
struct Outcome {
    seed: u64,
    simulated: Duration,
    problems: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
    trace: String,
}

fn run(seed: u64, mutant: Option<Mutant>) -> Outcome {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    let sim = runtime.block_on(async {
        let sim = Sim::new(seed, mutant);
        if tokio::time::timeout(END_OF_TIME, simulate(&sim)).await.is_err() {
            sim.problem("it never ends".to_owned());
        }
        sim
    });
    let simulated = runtime.block_on(async { sim.elapsed() });
    let trace = sim.trace();
    let state = sim.state();
    let (problems, counts) = (state.problems.clone(), state.counts.clone());
    Outcome { seed, simulated, problems, counts, trace }
}

async fn simulate(sim: &Arc<Sim>) {
    let host = Host::new(sim);
    let keeping = tokio::spawn(Arc::clone(&host).keep());
    outside::bustle(Arc::clone(&host)).await;
    check::registrations(&host).await;
    sim.calm_down();
    check::rest(&host).await;
    check::all(&host).await;
    host.close();
    if let Err(error) = keeping.await {
        sim.problem(format!("the host panicked: {error}"));
    }
}

/// Runs seeds on all processors; gives what came of all, and those that failed.
fn run_all(seeds: std::ops::Range<u64>, mutant: Option<Mutant>, until_found: bool) -> (Totals, Vec<Outcome>) {
    let next = AtomicU64::new(seeds.start);
    let (totals, failed) = (Mutex::new(Totals::default()), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = run(seed, mutant);
                    totals.lock().expect("a lock").add(&outcome);
                    if !outcome.problems.is_empty() {
                        failed.lock().expect("a lock").push(outcome);
                        if until_found || failed.lock().expect("a lock").len() > 20 {
                            next.store(seeds.end, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("a lock");
    failed.sort_by_key(|outcome| outcome.seed);
    (totals.into_inner().expect("a lock"), failed)
}

#[derive(Default)]
struct Totals {
    seeds: u64,
    simulated: Duration,
    counts: BTreeMap<&'static str, u64>,
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.simulated += outcome.simulated;
        for (kind, count) in &outcome.counts {
            *self.counts.entry(kind).or_default() += count;
        }
    }

    fn print(&self) {
        for (kind, count) in &self.counts {
            println!("{count:>12} {kind}");
        }
    }
}

/// What must have happened, faults aside.
const EVENTS: [&str; 36] = [
    "call: add",
    "call: pause",
    "call: remove",
    "call: reset",
    "call: resume",
    "call: sync",
    "call: update",
    "event: a cycle ends",
    "event: a dead letter",
    "event: a dead letter is put back",
    "event: a hook is created",
    "event: a hook is deleted",
    "event: a hook is updated",
    "event: a record comes into the outbox",
    "event: a record is delivered",
    "event: a record is delivered again",
    "event: a registration without outcome is mended",
    "event: a sink is offered a batch",
    "event: a workflow is resumed in the end",
    "event: an inspection",
    "event: an undeliverable delivery is kept",
    "event: an undeliverable delivery is put back",
    "event: commit",
    "event: initial_setup",
    "event: items are published",
    "event: page with records",
    "event: post_poll",
    "event: pre_poll",
    "event: something is to be delivered",
    "webhook: 200",
    "webhook: 400",
    "webhook: 404",
    "webhook: 408",
    "webhook: 410",
    "webhook: 503",
    "webhook: nobody listens",
];

/// The same seed gives the same trace, byte for byte, whatever other threads do.
fn is_repeatable(seeds: std::ops::Range<u64>) {
    let repeat = |seed| {
        let (one, other) = (run(seed, None).trace, run(seed, None).trace);
        if let Some((line, (one, other))) =
            one.lines().zip(other.lines()).enumerate().find(|(_, (one, other))| one != other)
        {
            panic!("seed {seed} is not repeatable, line {line}:\n{one}\n{other}");
        }
        assert!(one == other, "seed {seed} is not repeatable: one run is longer");
    };
    std::thread::scope(|scope| seeds.for_each(|seed| _ = scope.spawn(move || repeat(seed))));
}

/// Each mutant is found, as what it is.
fn finds(mutant: Mutant, first: u64) {
    let (totals, failed) = run_all(first..first + 200, Some(mutant), true);
    let found = failed.iter().flat_map(|outcome| &outcome.problems).find(|problem| problem.contains(mutant.found_as()));
    match (found, failed.first()) {
        (Some(found), _) => println!("{mutant:?} is found among {} seeds: {found}", totals.seeds),
        (None, Some(failed)) => panic!("{mutant:?} is found as something else: {:?}", failed.problems),
        (None, None) => panic!("{mutant:?} is not found in {} seeds", totals.seeds),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        Some(arguments.get(at + 1)?.parse::<u64>().unwrap_or_else(|_| panic!("{name}: that is no number")))
    };
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<String>().is_none_or(|text| text != sink::PANIC) {
            told(panic);
        }
    }));
    if let Some(seed) = value("--seed") {
        let outcome = run(seed, None);
        println!("{}", outcome.trace);
        assert!(outcome.problems.is_empty(), "{}", outcome.problems.join("\n"));
        return;
    }
    let (first, seeds) = (value("--first").unwrap_or(1), value("--seeds").unwrap_or(SEEDS));
    is_repeatable(first..first + 10);
    let begun = std::time::Instant::now();
    let (totals, failed) = run_all(first..first + seeds, None, false);
    let seconds = begun.elapsed().as_secs_f64();
    totals.print();
    println!("{} seeds, {} h simulated, {seconds:.1} s", totals.seeds, totals.simulated.as_secs() / 3600);
    if let Some(first) = failed.first() {
        println!("{}", first.trace);
        for outcome in &failed {
            println!("seed {} fails: {}", outcome.seed, outcome.problems.join("\n    "));
        }
        panic!("{} seeds fail; `--seed {}` repeats the first", failed.len(), first.seed);
    }
    if seeds >= ENOUGH {
        let kinds = FAULTS.iter().map(|(kind, _)| *kind).chain(EVENTS);
        let missing: Vec<_> = kinds.filter(|kind| !totals.counts.contains_key(kind)).collect();
        assert!(missing.is_empty(), "these never happened: {missing:?}");
    }
    Mutant::ALL.into_iter().for_each(|mutant| finds(mutant, first));
}
