//! Delivers in the background: each lane in order, many at once, and none that fails holds up another.

use super::lane::{Outcome, Step};
use super::line::{Line, Turn};
use super::{Lane, Standing};
use crate::error::DrainError;
use crate::intake::{Intake, IntakeMeta, Polling, Webhook};
use crate::runtime::Runtime;
use crate::sink::Sink;
use crate::store::{IntakeKey, OutboxLane, StoreError};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

/// How many lanes are read at once.
const PAGE: usize = 500;
/// The pause after the store has failed.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// The least pause between two looks through the store.
const REST: Duration = Duration::from_millis(100);
/// How often the store is looked through unasked: another process may have put records back.
const UNASKED: Duration = Duration::from_secs(5);
/// The pause before a lane is looked at again that a poll is delivering from.
const BUSY_PAUSE: Duration = Duration::from_millis(200);

impl Runtime {
    /// A drain, to be set up: it gives the records in the outbox to their sinks, in the background.
    ///
    /// Have one sink for each intake, in one process: two of them deliver twice.
    pub fn drain(&self) -> DrainBuilder {
        DrainBuilder { runtime: self.clone(), outlets: Vec::new() }
    }

    /// Tells the drains that records were appended to a lane.
    pub(crate) fn appended(&self, key: &IntakeKey) {
        self.tell(key, Line::appended);
    }

    /// Tells them that records were put back into it, which are to be offered now.
    pub(crate) fn revived(&self, key: &IntakeKey) {
        self.tell(key, Line::revived);
    }

    fn tell(&self, key: &IntakeKey, what: fn(&mut Line, &IntakeKey)) {
        let mut drains = self.inner.drains.lock().unwrap_or_else(PoisonError::into_inner);
        drains.retain(|drain| drain.upgrade().is_some_and(|drain| drain.told(key, what)));
    }
}

/// A drain to be set up.
#[must_use]
pub struct DrainBuilder {
    runtime: Runtime,
    outlets: Vec<Arc<dyn Outlet>>,
}

impl DrainBuilder {
    /// Gives the records of a polling intake to a sink: `.polling::<acme::Deals, _>(sink)`.
    ///
    /// They come from [`collect`](Runtime::collect), which leaves them to the drain, and of a
    /// [`poll`](Runtime::poll) those that its own sink has refused.
    pub fn polling<P: Polling, S: Sink<P::Record> + 'static>(self, sink: S) -> Self {
        self.outlet::<P, P::Record, S>(sink)
    }

    /// Gives the records of a webhook intake to a sink: `.webhook::<acme::Push, _>(sink)`. A receiver that routes to
    /// this drain is set up with [`route`](crate::webhook::ReceiverBuilder::route).
    pub fn webhook<W: Webhook, S: Sink<W::Record> + 'static>(self, sink: S) -> Self {
        self.outlet::<W, W::Record, S>(sink)
    }

    fn outlet<I: Intake, R: 'static, S: Sink<R> + 'static>(mut self, sink: S) -> Self {
        let types: PhantomData<fn() -> (I, R)> = PhantomData;
        self.outlets.push(Arc::new(Typed { sink, types }));
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outlets.is_empty()
    }

    /// Starts to deliver what is in the outbox, and what comes.
    ///
    /// # Errors
    /// If an intake was given two sinks, or outside a tokio runtime.
    pub fn start(self) -> Result<Drain, DrainError> {
        let handle = tokio::runtime::Handle::try_current().map_err(DrainError::NoRuntime)?;
        let Self { runtime, outlets } = self;
        for (index, outlet) in outlets.iter().enumerate() {
            let meta = outlet.meta();
            if outlets[..index].iter().any(|earlier| is_of(earlier.meta(), meta.app.name, meta.name)) {
                return Err(DrainError::Duplicate { app: meta.app.name, intake: meta.name });
            }
        }
        let lines = outlets.iter().map(|_| Line::new()).collect();
        let shared = Arc::new(Shared {
            runtime,
            outlets,
            lines: Mutex::new(lines),
            bell: Notify::new(),
            idle: watch::Sender::new(false),
            stopping: watch::Sender::new(false),
        });
        let mut drains = shared.runtime.inner.drains.lock().unwrap_or_else(PoisonError::into_inner);
        drains.push(Arc::downgrade(&shared));
        drop(drains);
        let mut tasks = JoinSet::new();
        tasks.spawn_on(shared.clone().run(), &handle);
        Ok(Drain { shared, tasks })
    }
}

fn is_of(meta: &IntakeMeta, app: &str, intake: &str) -> bool {
    meta.app.name == app && meta.name == intake
}

fn names(outlets: &[Arc<dyn Outlet>]) -> Vec<&'static str> {
    outlets.iter().map(|outlet| outlet.meta().name).collect()
}

impl fmt::Debug for DrainBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainBuilder").field("intakes", &names(&self.outlets)).finish_non_exhaustive()
    }
}

/// Gives records to their sinks in the background. Dropping it stops that at once; nothing is lost, as the next one goes
/// on.
#[must_use = "dropping it stops the delivery"]
pub struct Drain {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

impl Drain {
    /// Waits until all that has come is delivered or set aside: for as long as a sink or the store fails.
    pub async fn idle(&self) {
        // It fails only once the sender is gone, which is `self`'s.
        let _ = self.shared.idle.subscribe().wait_for(|idle| *idle).await;
    }

    pub(crate) fn is_idle(&self) -> bool {
        *self.shared.idle.borrow()
    }

    /// Ends the delivery after the batches that sinks have in hand.
    pub async fn shutdown(mut self) {
        self.shared.stopping.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("intakes", &names(&self.shared.outlets)).finish_non_exhaustive()
    }
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An intake and its sink, their types forgotten.
trait Outlet: Send + Sync {
    fn meta(&self) -> &'static IntakeMeta;

    /// Offers a lane's oldest batch.
    fn step<'a>(&'a self, lane: &'a mut Lane<'_>) -> BoxFuture<'a, Result<Step, StoreError>>;
}

struct Typed<I, R, S> {
    sink: S,
    types: PhantomData<fn() -> (I, R)>,
}

impl<I: Intake, R, S: Sink<R>> Outlet for Typed<I, R, S> {
    fn meta(&self) -> &'static IntakeMeta {
        I::META
    }

    fn step<'a>(&'a self, lane: &'a mut Lane<'_>) -> BoxFuture<'a, Result<Step, StoreError>> {
        Box::pin(lane.step(&self.sink))
    }
}

/// What the drain's task and those who append share.
pub(crate) struct Shared {
    runtime: Runtime,
    outlets: Vec<Arc<dyn Outlet>>,
    /// One for each outlet.
    lines: Mutex<Vec<Line>>,
    bell: Notify,
    idle: watch::Sender<bool>,
    stopping: watch::Sender<bool>,
}

/// A look through all lanes of the store.
struct Look {
    /// Behind which lane it goes on, if one is under way.
    after: Option<i64>,
    begun: Instant,
    /// Not before.
    next: Instant,
}

/// A turn that has ended: of which outlet, which lane.
type Ended = (usize, IntakeKey, Turn);

impl Shared {
    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outlet_of(&self, key: &IntakeKey) -> Option<usize> {
        self.outlets.iter().position(|outlet| is_of(outlet.meta(), &key.app, &key.intake))
    }

    /// Whether the drain is not about to end.
    fn told(&self, key: &IntakeKey, what: fn(&mut Line, &IntakeKey)) -> bool {
        if let Some(outlet) = self.outlet_of(key) {
            let mut lines = self.lines();
            what(&mut lines[outlet], key);
            self.idle.send_replace(false);
            drop(lines);
            self.bell.notify_one();
        }
        !*self.stopping.borrow()
    }

    async fn run(self: Arc<Self>) {
        let mut turns: JoinSet<Ended> = JoinSet::new();
        let mut stopping = self.stopping.subscribe();
        let now = Instant::now();
        let mut look = Look { after: Some(0), begun: now, next: now };
        let mut unasked = tokio::time::interval_at(now + UNASKED, UNASKED);
        unasked.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !*stopping.borrow_and_update() {
            let more = self.look(&mut look).await;
            let wake = self.begin(&mut turns, &look);
            if more {
                while let Some(ended) = turns.try_join_next() {
                    self.end(ended.ok());
                }
                tokio::task::yield_now().await;
                continue;
            }
            let pause = async {
                match wake {
                    Some(wake) => tokio::time::sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            };
            // In order, so that a run can be repeated; whichever it is, all that has happened is seen to.
            tokio::select! {
                biased;
                _ = stopping.changed() => {}
                _ = unasked.tick() => self.lines().iter_mut().for_each(Line::missed),
                Some(ended) = turns.join_next() => self.end(ended.ok()),
                () = self.bell.notified() => {}
                () = pause => {}
            }
            while let Some(ended) = turns.try_join_next() {
                self.end(ended.ok());
            }
        }
        while turns.join_next().await.is_some() {}
    }

    /// Looks through a page of the store's lanes, if that is to be done now. Whether it is to go on at once.
    async fn look(&self, look: &mut Look) -> bool {
        let now = Instant::now();
        let wanted = {
            let mut lines = self.lines();
            let begins = look.after.is_none() && now >= look.next && lines.iter().any(Line::wants);
            if begins {
                (look.after, look.begun) = (Some(0), now);
            }
            if look.after == Some(0) {
                lines.iter_mut().for_each(Line::looking);
            }
            now >= look.next && lines.iter().any(Line::has_room)
        };
        let Some(after) = look.after.filter(|_| wanted) else { return false };
        let lanes = match self.runtime.store().lanes(after, PAGE).await {
            Ok(lanes) => lanes,
            Err(error) => {
                tracing::error!(%error, pause = ?STORE_PAUSE, "the outbox cannot be read: trying again");
                look.next = Instant::now() + STORE_PAUSE;
                return false;
            }
        };
        look.after = lanes.last().map(|lane| lane.number).filter(|_| lanes.len() == PAGE);
        let now = Instant::now();
        if look.after.is_none() {
            // Looks are not to be all that the store is busy with.
            look.next = now + REST.max((now - look.begun) * 4);
        }
        let wall = self.runtime.now();
        let mut lines = self.lines();
        for lane in lanes {
            let Some(outlet) = self.outlet_of(&lane.key) else { continue };
            let standing = Standing::from(&lane);
            let OutboxLane { key, next, .. } = lane;
            // The clock may have been set: no pause is longer than one can be.
            let pause = next.map(|next| next.since(wall).min(self.runtime.inner.policy.longest()));
            let until = pause.filter(|pause| !pause.is_zero()).map(|pause| now + pause);
            lines[outlet].found(key, Some(standing), until);
        }
        look.after.is_some()
    }

    /// Begins all turns that can be; when there is something to do next.
    fn begin(self: &Arc<Self>, turns: &mut JoinSet<Ended>, look: &Look) -> Option<Instant> {
        let at_once = self.runtime.inner.policy.at_once;
        let now = Instant::now();
        let mut lines = self.lines();
        for (outlet, line) in lines.iter_mut().enumerate() {
            line.wake(now);
            while let Some((key, standing)) = line.take(at_once) {
                let shared = self.clone();
                turns.spawn(async move {
                    let turn = shared.turn(outlet, &key, standing).await;
                    (outlet, key, turn)
                });
            }
        }
        let looks = look.after.is_some() && lines.iter().any(Line::has_room) || lines.iter().any(Line::wants);
        let idle = look.after.is_none() && lines.iter().all(Line::is_idle);
        self.idle.send_if_modified(|was| std::mem::replace(was, idle) != idle);
        let wakes = lines.iter().filter_map(Line::next_wake);
        wakes.chain(looks.then_some(look.next)).min()
    }

    fn end(&self, ended: Option<Ended>) {
        // No turn panics: what can is in a task of its own.
        if let Some((outlet, key, turn)) = ended {
            self.lines()[outlet].ended(key, turn);
        }
    }

    /// One batch of a lane.
    async fn turn(self: &Arc<Self>, outlet: usize, key: &IntakeKey, standing: Option<Standing>) -> Turn {
        let Some(_turn) = self.runtime.inner.lanes.take(key) else {
            return Turn::Wait(None, Instant::now() + BUSY_PAUSE);
        };
        let (shared, owner) = (self.clone(), key.clone());
        let stepped = guarded(async move {
            let Some(standing) = shared.standing(&owner, standing).await? else { return Ok(None) };
            let outlet = &shared.outlets[outlet];
            let mut lane = Lane::new(&shared.runtime, outlet.meta(), &owner, standing);
            lane.timeout = Some(shared.runtime.inner.policy.timeout);
            let step = outlet.step(&mut lane).await?;
            Ok(Some((step, lane.standing)))
        });
        let stepped = match stepped.await {
            Some(stepped) => stepped,
            None => self.panicked(outlet, key, standing).await,
        };
        let (step, standing) = match stepped {
            Ok(Some(stepped)) => stepped,
            Ok(None) => return Turn::Empty,
            Err(error) => {
                let IntakeKey { intake, workflow, .. } = key;
                tracing::error!(intake, workflow, %error, pause = ?STORE_PAUSE, "records could not be delivered");
                return Turn::Wait(None, Instant::now() + STORE_PAUSE);
            }
        };
        match step.outcome {
            Outcome::Empty => Turn::Empty,
            Outcome::Moved => Turn::Again(standing),
            Outcome::Refused { source, pause } => {
                let IntakeKey { intake, workflow, .. } = key;
                let problem = crate::secret::scrub(&source.to_string(), &[], 200);
                tracing::warn!(intake, workflow, problem, ?pause, "the sink failed: its records are offered again");
                Turn::Wait(Some(standing), Instant::now() + pause)
            }
        }
    }

    /// How a lane stands; `None` if it is empty. What was refused may have been mended, or delivered by a poll.
    async fn standing(&self, key: &IntakeKey, known: Option<Standing>) -> Result<Option<Standing>, StoreError> {
        if known.is_some_and(|known| !known.is_refused()) {
            return Ok(known);
        }
        let lane = self.runtime.store().lane(key).await?;
        Ok(lane.map(|lane| known.unwrap_or_default().stored(&lane)))
    }

    async fn panicked(
        &self,
        outlet: usize,
        key: &IntakeKey,
        known: Option<Standing>,
    ) -> Result<Option<(Step, Standing)>, StoreError> {
        let Some(standing) = self.standing(key, known).await? else { return Ok(None) };
        let mut lane = Lane::new(&self.runtime, self.outlets[outlet].meta(), key, standing);
        let step = lane.panicked().await?;
        Ok(Some((step, lane.standing)))
    }
}

/// Runs a future in a task that ends with this future; `None` if it panics.
pub(crate) async fn guarded<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let mut task = JoinSet::new();
    task.spawn(future);
    task.join_next().await.and_then(Result::ok)
}
