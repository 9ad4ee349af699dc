//! What all parts of a simulation share: chance, time, the trace, the counts, and what was found.

use crate::config::Config;
use crate::ledger::Ledger;
use crate::mutants::Mutant;
use crate::random::Rng;
use crate::vendor::Vendor;
use intake_runtime::clock::{Clock, Timestamp};
use std::collections::BTreeMap;
use std::fmt::{Arguments, Write};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) struct Sim {
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) mutant: Option<Mutant>,
    begun: Instant,
    /// How far the wall clock is ahead of the time since the beginning, in milliseconds.
    wall: AtomicI64,
    /// Whether the faults are over.
    calm: AtomicBool,
    state: Mutex<State>,
}

/// What is behind the lock, which is never held over an await.
pub(crate) struct State {
    pub(crate) rng: Rng,
    pub(crate) vendor: Vendor,
    pub(crate) ledger: Ledger,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    pub(crate) problems: Vec<String>,
    trace: String,
}

impl Sim {
    pub(crate) fn new(seed: u64, mutant: Option<Mutant>) -> Arc<Self> {
        let mut rng = Rng::new(seed);
        let config = Config::new(&mut rng);
        let state = State {
            rng,
            vendor: Vendor::default(),
            ledger: Ledger::default(),
            counts: BTreeMap::new(),
            problems: Vec::new(),
            trace: String::new(),
        };
        let sim = Self {
            seed,
            config,
            mutant,
            begun: Instant::now(),
            wall: AtomicI64::new(1_800_000_000_000),
            calm: AtomicBool::new(false),
            state: Mutex::new(state),
        };
        sim.say(format_args!("seed {seed}: {:?}", sim.config));
        Arc::new(sim)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since the beginning, as waiting counts it.
    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(crate) fn wall(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::Relaxed)).after(self.elapsed())
    }

    pub(crate) fn set_wall(&self, by: i64) {
        self.wall.fetch_add(by, Ordering::Relaxed);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
        self.say(format_args!("the faults are over"));
    }

    pub(crate) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Whether a fault happens here.
    pub(crate) fn fault(&self, kind: &'static str) -> bool {
        if self.is_calm() {
            return false;
        }
        let rate = self.config.rate(kind);
        let happens = rate > 0 && self.state().rng.chance(rate);
        if happens {
            self.count(kind);
            self.say(format_args!("! {kind}"));
        }
        happens
    }

    pub(crate) fn count(&self, kind: &'static str) {
        *self.state().counts.entry(kind).or_default() += 1;
    }

    pub(crate) fn within(&self, least: u64, most: u64) -> u64 {
        self.state().rng.within(least, most)
    }

    pub(crate) fn say(&self, what: Arguments<'_>) {
        let (at, wall) = (self.elapsed(), self.wall());
        // Writing to a string does not fail.
        let _ = writeln!(self.state().trace, "{:>10.3} {wall} {what}", at.as_secs_f64());
    }

    pub(crate) fn problem(&self, what: String) {
        self.say(format_args!("PROBLEM {what}"));
        self.state().problems.push(what);
    }

    pub(crate) fn trace(&self) -> String {
        self.state().trace.clone()
    }

    /// A moment or some: others get their turn.
    pub(crate) async fn pass(&self) {
        for _ in 0..self.within(0, 2) {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn sleep(&self, least: u64, most: u64) {
        let millis = self.within(least, most);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// The wall clock.
pub(crate) struct Wall(pub(crate) Arc<Sim>);

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        self.0.wall()
    }
}

/// A process: all that it asks of the world goes through [`gate`](Process::gate), behind which nothing more happens once
/// it is dead.
pub(crate) struct Process {
    pub(crate) number: u32,
    alive: AtomicBool,
    died: Notify,
    /// After how many more steps it dies; never, if negative.
    fuse: AtomicI64,
}

impl Process {
    pub(crate) fn new(number: u32, fuse: i64) -> Arc<Self> {
        Arc::new(Self { number, alive: AtomicBool::new(true), died: Notify::new(), fuse: AtomicI64::new(fuse) })
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }

    pub(crate) fn kill(&self) {
        if self.alive.swap(false, Ordering::SeqCst) {
            self.died.notify_waiters();
        }
    }

    /// From now on it dies of nothing but [`kill`](Self::kill).
    pub(crate) fn defuse(&self) {
        self.fuse.store(-1, Ordering::SeqCst);
    }

    pub(crate) async fn death(&self) {
        let mut died = std::pin::pin!(self.died.notified());
        died.as_mut().enable();
        if self.is_alive() {
            died.await;
        }
    }

    /// Comes back unless the process is dead, or dies here.
    pub(crate) async fn gate(&self, sim: &Sim) {
        if self.is_alive() && self.fuse.load(Ordering::SeqCst) >= 0 && self.fuse.fetch_sub(1, Ordering::SeqCst) == 0 {
            sim.count("process: crash at an await");
            sim.say(format_args!("! process {} dies at this step", self.number));
            self.kill();
        }
        if !self.is_alive() {
            std::future::pending::<()>().await;
        }
    }
}
