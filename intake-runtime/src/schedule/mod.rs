//! Starts what is due: fairly, within limits, and each task only once at a time.
//!
//! What is due is in the store, by time. A bounded window of it is in memory; whatever is not in the window is still in
//! the store, and so is what runs, until the transaction that ends it. So a crash, a full window and a store that fails
//! all come to the same: it is due again.

mod timing;
mod window;

pub(crate) use timing::{first, next, retry, soon};

use crate::clock::Timestamp;
use crate::runtime::Runtime;
use crate::store::{DueTask, IntakeKey, Place, StoreError};
use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use window::{Offer, Window};

/// How many due tasks are read at once.
const PAGE: usize = 512;
/// The longest wait before the clock is looked at again: it may have been set.
const LOOK: Duration = Duration::from_secs(1);
/// How often all that is due is looked through from the start, as another process may have changed it.
const FROM_START: Duration = Duration::from_secs(5);
/// How often it is at least, however long it takes.
const AT_LEAST: Duration = Duration::from_secs(60);
/// How long at least between two such looks, short of that.
const LEAST_REST: Duration = Duration::from_millis(100);
/// The pause after the store has failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// A clock that is behind by more than this was set back.
const SET_BACK: Duration = Duration::from_secs(2);
/// How long whoever has put a task by the clock of before may take to commit it.
const STRAGGLERS: Duration = Duration::from_secs(60);

/// How much is done at once, and what becomes of what fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most jobs at once: 512.
    pub at_once: usize,
    /// The most jobs of one app at once, so that a slow vendor leaves room for others: 256.
    pub per_app: usize,
    /// The most jobs of one connection at once: 2.
    pub per_connection: usize,
    /// The most due tasks in memory that wait for their turn: 4,096. An app gets a quarter of them at most, and a
    /// connection a sixteenth; the rest waits in the store.
    pub window: usize,
    /// The time in which the number of jobs at once grows from a tenth to all after the start: 30 s.
    pub slow_start: Duration,
    /// The longest pause before the first retry: 15 s. It doubles each time, and a random part of it is waited.
    pub first_pause: Duration,
    /// The longest pause before any retry: 1 h.
    pub longest_pause: Duration,
    /// How often in a row a task may fail before its workflow needs attention: 10.
    pub failures: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 512,
            per_app: 256,
            per_connection: 2,
            window: 4096,
            slow_start: Duration::from_secs(30),
            first_pause: Duration::from_secs(15),
            longest_pause: Duration::from_secs(3600),
            failures: 10,
        }
    }
}

/// Does what is due.
pub(crate) trait Work: Send + Sync + 'static {
    /// Does a task's job and commits how it ended: until then it is due. Dropped, it is a crash. Gives the time that it is
    /// due again; [`Timestamp::MAX`] for none.
    ///
    /// # Errors
    /// If that could not be committed.
    fn run(&self, task: DueTask) -> Ended<'_>;

    /// Commits that a task's job panicked.
    ///
    /// # Errors
    /// If that could not be committed.
    fn panicked(&self, task: DueTask) -> Ended<'_>;
}

/// The end of a job.
pub(crate) type Ended<'a> = Pin<Box<dyn Future<Output = Result<Timestamp, StoreError>> + Send + 'a>>;

/// Wakes the scheduler.
#[derive(Debug)]
pub(crate) struct Bell {
    /// The earliest time that it was rung for since the scheduler last looked, in milliseconds.
    earliest: AtomicI64,
    rung: Notify,
}

impl Default for Bell {
    fn default() -> Self {
        Self { earliest: AtomicI64::new(i64::MAX), rung: Notify::new() }
    }
}

impl Bell {
    /// Says that tasks were put that are due from this time on: to be called after the commit that put them.
    pub(crate) fn ring(&self, earliest: Timestamp) {
        self.earliest.fetch_min(earliest.0, Ordering::SeqCst);
        self.rung.notify_one();
    }
}

/// What the scheduler is at, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Whether jobs are started.
    pub(crate) serving: bool,
    pub(crate) queued: usize,
    pub(crate) running: usize,
}

pub(crate) struct Scheduler<W> {
    pub(crate) runtime: Runtime,
    pub(crate) work: Arc<W>,
    pub(crate) limits: Limits,
    pub(crate) bell: Arc<Bell>,
    pub(crate) load: watch::Sender<Load>,
}

/// Where the scheduler is in the list of what is due.
struct Scan {
    /// All before this was offered to the window.
    after: Option<Place>,
    /// Nothing behind that is due before this.
    next: Timestamp,
    /// When the list was last begun with, and how long reading it has taken since.
    begun: Instant,
    spent: Duration,
}

impl Scan {
    fn from_start() -> Self {
        Self { after: None, next: Timestamp(i64::MIN), begun: Instant::now(), spent: Duration::ZERO }
    }

    /// There is now something that is due at this time, which may have been passed already: what is due is decided
    /// before the commit that shows it.
    fn rewind(&mut self, at: Timestamp) {
        if self.after.is_some_and(|after| after.at >= at) {
            self.after = Some(Place { at: Timestamp(at.0.saturating_sub(1)), number: i64::MAX });
        }
        self.next = self.next.min(at);
    }
}

/// Whether the clock was set back since it was last looked at.
struct Watch {
    wall: Timestamp,
    monotonic: Instant,
    stragglers: Option<Stragglers>,
}

/// What was begun before the clock was set back, and may yet be put by how it was.
struct Stragglers {
    /// The numbers of the tasks at work.
    jobs: HashSet<i64>,
    /// For what else there is.
    until: Instant,
}

impl<W: Work> Scheduler<W> {
    /// Starts what is due until `stop` says so. Then it starts no more, lets what runs go on for as long as `grace` says,
    /// and drops the rest, which is due again at the next start.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>, grace: Duration) {
        let mut window = Window::new(self.limits);
        let mut jobs = JoinSet::new();
        let mut sweeps = JoinSet::new();
        let started = Instant::now();
        let mut scan = Scan::from_start();
        let mut watch = Watch { wall: self.runtime.now(), monotonic: started, stragglers: None };
        // The clock may have been set back while the program was not running.
        sweeps.spawn(pull_in(self.runtime.clone(), self.limits.longest_pause));
        while !*stop.borrow_and_update() {
            let now = self.runtime.now();
            if watch.was_set_back(now) {
                tracing::warn!(%now, "the clock was set back: what is due too late is made due earlier");
                watch.stragglers =
                    Some(Stragglers { jobs: window.at_work().collect(), until: Instant::now() + STRAGGLERS });
                sweeps.spawn(pull_in(self.runtime.clone(), self.limits.longest_pause));
                scan = Scan::from_start();
            }
            if watch.stragglers.take_if(|left| left.jobs.is_empty() && left.until <= Instant::now()).is_some() {
                sweeps.spawn(pull_in(self.runtime.clone(), self.limits.longest_pause));
            }
            let wait = match self.fill(&mut window, &mut scan, now).await {
                Ok(true) => Timestamp(scan.next.0.saturating_add(1)).since(self.runtime.now()).min(LOOK),
                // There is enough to do: what ends wakes it.
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::error!(%error, pause = ?STORE_PAUSE, "what is due could not be read: trying again");
                    STORE_PAUSE
                }
            };
            while window.running() < self.allowed(started) {
                let Some(task) = window.start() else { break };
                jobs.spawn(guarded(Arc::clone(&self.work), task));
            }
            self.tell(&window, true);
            // In order, so that a run can be repeated. What comes first keeps nothing waiting: all of it is seen to below.
            tokio::select! {
                biased;
                // When nobody is left to say so, it is to stop as well.
                changed = stop.changed() => if changed.is_err() { break },
                // What ended was started by this window.
                Some(Ok(job)) = jobs.join_next(), if !jobs.is_empty() => ended(&mut window, &mut scan, &mut watch, job),
                Some(_) = sweeps.join_next(), if !sweeps.is_empty() => scan = Scan::from_start(),
                () = self.bell.rung.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
            while let Some(Ok(job)) = jobs.try_join_next() {
                ended(&mut window, &mut scan, &mut watch, job);
            }
            while sweeps.try_join_next().is_some() {
                scan = Scan::from_start();
            }
            scan.rewind(Timestamp(self.bell.earliest.swap(i64::MAX, Ordering::SeqCst)));
        }
        self.tell(&window, false);
        let finish = async { while jobs.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, finish).await.is_err() {
            tracing::warn!(jobs = jobs.len(), "jobs did not end in time and are left for the next start");
        }
        self.load.send_replace(Load::default());
    }

    fn tell(&self, window: &Window, serving: bool) {
        self.load.send_replace(Load { serving, queued: window.queued(), running: window.running() });
    }

    /// How many jobs may run: few at first, so that what has piled up does not start all at once.
    fn allowed(&self, started: Instant) -> usize {
        let (elapsed, ramp) = (started.elapsed().as_millis(), self.limits.slow_start.as_millis());
        if elapsed >= ramp {
            return self.limits.at_once.max(1);
        }
        let part = self.limits.at_once as u128 * (ramp + 9 * elapsed) / (10 * ramp);
        usize::try_from(part).unwrap_or(usize::MAX).max(1)
    }

    /// Offers what is due to the window, if that is short of tasks; whether all that is due was offered.
    async fn fill(&self, window: &mut Window, scan: &mut Scan, now: Timestamp) -> Result<bool, StoreError> {
        // A long list is not read all the time.
        if scan.begun.elapsed() >= FROM_START.max(scan.spent * 20).min(AT_LEAST) {
            window.restart();
            *scan = Scan::from_start();
        }
        let idle = |window: &Window| !window.has_turns() && window.running() < self.limits.at_once;
        if !idle(window) && window.queued() > self.limits.window / 2 {
            return Ok(false);
        }
        // What becomes due in this very millisecond is left: more of it may be put before what was read.
        let until = Timestamp(now.0.saturating_sub(1));
        let whole = self.offer(window, scan, until).await?;
        let rested = scan.begun.elapsed() >= LEAST_REST.max(scan.spent * 20);
        if whole && rested && idle(window) && window.missed_some() {
            window.restart();
            *scan = Scan::from_start();
            return self.offer(window, scan, until).await;
        }
        Ok(whole)
    }

    /// Goes on with the list of what is due; whether to its end.
    async fn offer(&self, window: &mut Window, scan: &mut Scan, until: Timestamp) -> Result<bool, StoreError> {
        while scan.next <= until {
            let asked = Instant::now();
            let page = self.runtime.store().due(until, scan.after, PAGE).await?;
            scan.spent += asked.elapsed();
            let whole = page.len() < PAGE;
            for task in page {
                let place = task.place;
                // Full, but of what cannot start: what comes after may.
                if window.offer(task) == Offer::Full && window.has_turns() {
                    return Ok(false);
                }
                scan.after = Some(place);
            }
            if whole {
                let next = self.runtime.store().due(Timestamp::MAX, scan.after, 1).await?;
                scan.next = next.first().map_or(Timestamp::MAX, |task| task.place.at);
                return Ok(true);
            }
        }
        Ok(true)
    }
}

impl Watch {
    fn was_set_back(&mut self, now: Timestamp) -> bool {
        let expected = self.wall.after(self.monotonic.elapsed());
        (self.wall, self.monotonic) = (now, Instant::now());
        now < expected.before(SET_BACK)
    }
}

/// Makes tasks due that the clock had put too far ahead.
async fn pull_in(runtime: Runtime, beyond: Duration) {
    let mut from = Some(0);
    while let Some(number) = from {
        match runtime.store().pull_in(runtime.now(), beyond, number).await {
            Ok(next) => from = next,
            Err(error) => {
                tracing::error!(%error, pause = ?STORE_PAUSE, "due times could not be looked through: trying again");
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }
}

fn ended(window: &mut Window, scan: &mut Scan, watch: &mut Watch, (task, next): (DueTask, Timestamp)) {
    if let Some(left) = &mut watch.stragglers {
        left.jobs.remove(&task.place.number);
    }
    if window.ended(&task) {
        *scan = Scan::from_start();
    }
    scan.rewind(next);
}

/// Does a job; the task, when it has ended, and when it is due again.
async fn guarded<W: Work>(work: Arc<W>, task: DueTask) -> (DueTask, Timestamp) {
    let (of, at_work) = (task.clone(), Arc::clone(&work));
    let mut ended = caught(async move { at_work.run(of).await }).await;
    if ended.is_none() {
        let of = task.clone();
        ended = caught(async move { work.panicked(of).await }).await;
    }
    let problem = match ended {
        Some(Ok(next)) => return (task, next),
        Some(Err(error)) => error.to_string(),
        None => "it panicked".to_owned(),
    };
    let DueTask { key: IntakeKey { app, intake, workflow }, .. } = &task;
    let pause = STORE_PAUSE;
    tracing::error!(app, intake, workflow, problem, ?pause, "how a job ended could not be stored: it is done again");
    // It is still due: not at once.
    tokio::time::sleep(pause).await;
    let at = task.place.at;
    (task, at)
}

/// Runs a future in a task that ends with this one; `None` if it panics.
async fn caught<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let mut task = JoinSet::new();
    task.spawn(future);
    task.join_next().await.and_then(Result::ok)
}
