//! The receiver: a router for HTTP, and in the background the way of each delivery from the store into the outbox.

use super::dedupe::{DeliveryId, Window};
use super::http;
use super::limits::{Limits, Room};
use super::route::{Handler, Route, Typed, Undeliverable};
use crate::clock::Timestamp;
use crate::error::ReceiverError;
use crate::intake::Webhook;
use crate::outbox::{self, Drain, DrainBuilder, guarded};
use crate::runtime::Runtime;
use crate::sink::{Json, Sink};
use crate::store::{Delivery, Hook, HookUser, IntakeKey, OutboxRecord, StoreError, Write};
use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The most deliveries that are routed in one commit, and the most bytes of them, of one that is larger aside.
const PAGE: (usize, usize) = (64, 4 << 20);
/// How often is looked at how much waits.
const HOUSEKEEPING: Duration = Duration::from_secs(5);
/// The pauses before what failed is tried again: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));

impl Runtime {
    /// A receiver of webhooks, to be set up. Have one running for each intake: two of them deliver twice.
    pub fn receiver(&self) -> ReceiverBuilder {
        ReceiverBuilder {
            runtime: self.clone(),
            handlers: Vec::new(),
            drain: self.drain(),
            limits: Limits::default(),
            ids: Vec::new(),
            any_id: None,
            window: Window::default(),
        }
    }
}

/// A receiver to be set up.
#[must_use]
pub struct ReceiverBuilder {
    runtime: Runtime,
    handlers: Vec<Box<dyn Handler>>,
    drain: DrainBuilder,
    limits: Limits,
    /// By the names of app and intake.
    ids: Vec<(&'static str, &'static str, DeliveryId)>,
    any_id: Option<DeliveryId>,
    window: Window,
}

impl ReceiverBuilder {
    /// Receives for an intake, and gives its records to `sink`: `.webhook::<acme::Push, _>(sink)`.
    pub fn webhook<W: Webhook, S: Sink<W::Record> + 'static>(mut self, sink: S) -> Self {
        self.drain = self.drain.webhook::<W, S>(sink);
        // Who takes text takes any.
        let typed = TypeId::of::<S::As>() != TypeId::of::<Json>();
        self.handlers.push(Box::new(Typed::<W>::new(typed)));
        self
    }

    /// Receives for an intake, and leaves its records in the outbox, for a [drain](Runtime::drain) that has a sink for
    /// them.
    pub fn route<W: Webhook>(mut self) -> Self {
        self.handlers.push(Box::new(Typed::<W>::new(true)));
        self
    }

    /// How much is taken in at once.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The largest body of a delivery, in bytes: [`Limits::body`].
    pub fn body_limit(mut self, body_limit: usize) -> Self {
        self.limits.body = body_limit;
        self
    }

    /// Where the vendor's id of a delivery of an intake is: a delivery with the same id to the same hook is stored once.
    /// Repetitions are answered as the first is, and counted. Without it, each call is a delivery of its own.
    pub fn dedupe<W: Webhook>(mut self, id: DeliveryId) -> Self {
        self.ids.push((W::META.app.name, W::META.name, id));
        self
    }

    /// The same for all intakes that have none of their own: [`DeliveryId::known_headers`], for one.
    pub fn dedupe_all(self, id: DeliveryId) -> Self {
        Self { any_id: Some(id), ..self }
    }

    /// For how long ids are remembered, and how many of them: a day, and a million, unless set.
    pub fn dedupe_window(self, age: Duration, ids: u64) -> Self {
        Self { window: Window { age, ids }, ..self }
    }

    /// Starts to route and to deliver what is stored, and what arrives from now on.
    ///
    /// # Errors
    /// If an intake was given two sinks, or outside a tokio runtime.
    pub fn start(self) -> Result<Receiver, ReceiverError> {
        let handle = tokio::runtime::Handle::try_current().map_err(ReceiverError::NoRuntime)?;
        let Self { runtime, handlers, drain, limits, mut ids, any_id, window } = self;
        let mut desks: Vec<Arc<Desk>> = Vec::new();
        for handler in handlers {
            let (app, intake) = (handler.meta().app.name, handler.meta().name);
            if desks.iter().any(|desk| desk.is_of(app, intake)) {
                return Err(ReceiverError::Duplicate { app, intake });
            }
            let own = ids.iter().rposition(|(of, name, _)| *of == app && *name == intake).map(|at| ids.remove(at).2);
            desks.push(Arc::new(Desk::new(runtime.clone(), handler, own.or_else(|| any_id.clone()))));
        }
        let drain = if drain.is_empty() { None } else { Some(drain.start()?) };
        let mut tasks = JoinSet::new();
        for desk in &desks {
            tasks.spawn_on(desk.clone().run(), &handle);
        }
        let room = Room::new(&limits);
        let load = Load::default();
        let shared = Arc::new(Shared { runtime, desks, limits, window, room, load });
        tasks.spawn_on(shared.clone().keep_house(), &handle);
        let mut receivers = shared.runtime.inner.receivers.lock().unwrap_or_else(PoisonError::into_inner);
        receivers.push(Arc::downgrade(&shared));
        drop(receivers);
        Ok(Receiver { shared, tasks, drain })
    }
}

impl fmt::Debug for ReceiverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intakes: Vec<_> = self.handlers.iter().map(|handler| handler.meta().name).collect();
        f.debug_struct("ReceiverBuilder")
            .field("intakes", &intakes)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Receives webhooks. Dropping it stops the delivery at once; nothing is lost, as the next receiver goes on.
#[must_use = "dropping it stops the delivery"]
pub struct Receiver {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    drain: Option<Drain>,
}

impl Receiver {
    /// The routes to serve at the runtime's public URL: `/{token}`, to be served as they are or nested.
    ///
    /// Each delivery is stored, durably, before it is answered with 200. 404: no such hook. 410: the hook is being
    /// removed. 405: not POST, PUT or PATCH, for an intake without `verification`. 408: the body did not come in time.
    /// 413, 431: the body, or the headers, are too large. 400: neither JSON nor a form. 503: the store failed, or too much
    /// is under way, or waits to be delivered: try again. 500: `verification` failed or gave no answer.
    ///
    /// A server that keeps the other limits is [`serve`](fn@super::serve).
    pub fn router(&self) -> axum::Router {
        http::router(self.shared.clone())
    }

    pub(crate) fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// Waits until all that has arrived is routed and delivered: for as long as a sink or the store fails.
    pub async fn idle(&self) {
        let routed = || self.shared.desks.iter().all(|desk| desk.activity.borrow().is_idle());
        let delivered = || self.drain.as_ref().is_none_or(Drain::is_idle);
        while !(routed() && delivered()) {
            for desk in &self.shared.desks {
                desk.until(Activity::is_idle).await;
            }
            if let Some(drain) = &self.drain {
                drain.idle().await;
            }
        }
    }

    /// Ends the delivery after the batches that sinks have in hand. What its router still accepts is stored, and
    /// delivered by the next receiver.
    pub async fn shutdown(mut self) {
        for desk in &self.shared.desks {
            desk.activity.send_modify(|activity| activity.stopping = true);
        }
        while self.tasks.join_next().await.is_some() {}
        if let Some(drain) = self.drain.take() {
            drain.shutdown().await;
        }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intakes: Vec<_> = self.shared.desks.iter().map(|desk| desk.handler.meta().name).collect();
        f.debug_struct("Receiver").field("intakes", &intakes).finish_non_exhaustive()
    }
}

/// What the router and the tasks share.
pub(crate) struct Shared {
    pub(super) runtime: Runtime,
    desks: Vec<Arc<Desk>>,
    pub(super) limits: Limits,
    pub(super) window: Window,
    pub(super) room: Room,
    load: Load,
}

/// What was taken in.
#[derive(Default)]
struct Load {
    /// How much was stored and not delivered when it was last looked at, and what has come since.
    backlog: AtomicU64,
    /// How many ids have come since some were forgotten.
    ids: AtomicU64,
}

impl Shared {
    pub(super) fn desk(&self, hook: &Hook) -> Option<&Desk> {
        self.desks.iter().map(|desk| &**desk).find(|desk| desk.is_of(&hook.owner.app, &hook.intake))
    }

    /// Whether so much waits in the store that no more is taken.
    pub(super) fn is_full(&self) -> bool {
        self.load.backlog.load(Ordering::Relaxed) >= self.limits.backlog
    }

    /// A delivery is about to be stored.
    pub(super) fn took(&self, with_id: bool) {
        self.load.backlog.fetch_add(1, Ordering::Relaxed);
        self.load.ids.fetch_add(u64::from(with_id), Ordering::Relaxed);
    }

    /// Looks from time to time at how much waits, and forgets ids.
    async fn keep_house(self: Arc<Self>) {
        let Some(desk) = self.desks.first() else { return };
        while !desk.is_stopping() {
            if let Err(error) = self.look_around().await {
                tracing::error!(%error, "the backlog cannot be counted, or ids not be forgotten: trying again");
            }
            desk.pause(HOUSEKEEPING).await;
        }
    }

    async fn look_around(&self) -> Result<(), StoreError> {
        let store = self.runtime.store();
        // What is due is nobody's business here, and is the one number that has to be counted.
        let counts = store.counts(Timestamp(i64::MIN)).await?;
        self.load.backlog.store(counts.deliveries + counts.outbox, Ordering::Relaxed);
        if self.is_full() {
            tracing::warn!(
                deliveries = counts.deliveries,
                records = counts.outbox,
                "so much waits to be delivered that calls are answered with 503"
            );
        }
        // Another program may have put some back.
        if counts.deliveries > 0 {
            self.desks.iter().for_each(|desk| desk.activity.send_modify(|activity| activity.arrived += 1));
        }
        if self.desks.iter().all(|desk| desk.delivery_id.is_none()) {
            return Ok(());
        }
        // Some thousands are forgotten at a time: more than have come.
        let came = self.load.ids.swap(0, Ordering::Relaxed);
        for _ in 0..=came / 2000 {
            let before = self.runtime.now().before(self.window.age);
            store.commit(vec![Write::ForgetSeen { before, keep: self.window.ids }]).await?;
        }
        Ok(())
    }

    /// Tells the hook's desk to look for deliveries.
    pub(super) fn arrived(&self, hook: &Hook) {
        self.look(&hook.owner.app, &hook.intake);
    }

    /// Tells an intake's desk to look for deliveries. Whether the receiver is not about to end.
    pub(crate) fn look(&self, app: &str, intake: &str) -> bool {
        if let Some(desk) = self.desks.iter().find(|desk| desk.is_of(app, intake)) {
            desk.activity.send_modify(|activity| activity.arrived += 1);
        }
        !self.desks.iter().any(|desk| desk.is_stopping())
    }
}

/// What is done for one intake: its deliveries are routed one after the other.
pub(super) struct Desk {
    runtime: Runtime,
    pub(super) handler: Box<dyn Handler>,
    pub(super) delivery_id: Option<DeliveryId>,
    activity: watch::Sender<Activity>,
}

#[derive(Default)]
struct Activity {
    /// How many deliveries have arrived, the leftovers at the start being one.
    arrived: u64,
    /// How many of them are routed for sure.
    routed: u64,
    stopping: bool,
}

impl Activity {
    const fn is_idle(&self) -> bool {
        self.routed == self.arrived
    }
}

impl Desk {
    fn new(runtime: Runtime, handler: Box<dyn Handler>, delivery_id: Option<DeliveryId>) -> Self {
        let activity = watch::Sender::new(Activity { arrived: 1, ..Activity::default() });
        Self { runtime, handler, delivery_id, activity }
    }

    fn is_of(&self, app: &str, intake: &str) -> bool {
        let meta = self.handler.meta();
        meta.app.name == app && meta.name == intake
    }

    async fn until(&self, condition: impl Fn(&Activity) -> bool) {
        // It fails only once the sender is gone, which is `self`'s.
        let _ = self.activity.subscribe().wait_for(|activity| condition(activity)).await;
    }

    fn is_stopping(&self) -> bool {
        self.activity.borrow().stopping
    }

    /// Pauses, or returns early to stop.
    async fn pause(&self, pause: Duration) {
        tokio::select! {
            biased;
            () = self.until(|activity| activity.stopping) => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    async fn run(self: Arc<Self>) {
        let mut pause = PAUSES.0;
        while !self.is_stopping() {
            let arrived = self.activity.borrow().arrived;
            match self.look().await {
                Ok(()) => {
                    pause = PAUSES.0;
                    self.activity.send_modify(|activity| activity.routed = arrived);
                    self.until(|activity| activity.stopping || activity.arrived > activity.routed).await;
                }
                Err(error) => {
                    let intake = self.handler.meta().name;
                    tracing::error!(intake, %error, ?pause, "deliveries could not be routed: trying again");
                    self.pause(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    /// Routes all there is to route.
    async fn look(self: &Arc<Self>) -> Result<(), StoreError> {
        let meta = self.handler.meta();
        let store = self.runtime.store();
        while !self.is_stopping() {
            let deliveries = store.deliveries(meta.app.name, meta.name, PAGE.0, PAGE.1).await?;
            if deliveries.is_empty() {
                break;
            }
            let mut writes = Vec::new();
            let mut owners = Vec::new();
            // Read once for all deliveries of a hook.
            let mut users: HashMap<String, Arc<[HookUser]>> = HashMap::new();
            for delivery in deliveries {
                let id = delivery.id;
                let users = match users.get(&delivery.token) {
                    Some(users) => users.clone(),
                    None => {
                        let read: Arc<[HookUser]> = store.hook_users(&delivery.token).await?.into();
                        users.entry(delivery.token.clone()).or_insert(read).clone()
                    }
                };
                match self.route(&delivery, users).await? {
                    Ok(route) => self.write(delivery, route, &mut writes, &mut owners),
                    Err(reason) => {
                        // The reason can quote the payload, which is the customer's: it is stored, not logged.
                        tracing::warn!(
                            intake = meta.name,
                            delivery = id,
                            "a delivery is undeliverable and kept with the reason"
                        );
                        writes.push(Write::Undeliverable { delivery: id, reason: reason.to_string() });
                    }
                }
            }
            store.commit(writes).await?;
            for owner in &owners {
                self.runtime.appended(owner);
            }
        }
        Ok(())
    }

    /// In a task of its own, so that a panic in it is its own.
    async fn route(
        self: &Arc<Self>,
        delivery: &Delivery,
        users: Arc<[HookUser]>,
    ) -> Result<Result<Route, Undeliverable>, StoreError> {
        let (desk, delivery) = (self.clone(), delivery.clone());
        let routed = guarded(async move { desk.handler.route(&desk.runtime, &delivery, &users).await }).await;
        routed.unwrap_or(Ok(Err(Undeliverable::Panicked)))
    }

    fn write(&self, delivery: Delivery, route: Route, writes: &mut Vec<Write>, owners: &mut Vec<IntakeKey>) {
        let meta = self.handler.meta();
        writes.extend(route.writes);
        for workflow in route.workflows {
            let key = IntakeKey { app: meta.app.name.to_owned(), intake: meta.name.to_owned(), workflow };
            let record =
                OutboxRecord { key: outbox::delivery_key(&key, delivery.id), payload: delivery.payload.clone() };
            writes.push(Write::Append { key: key.clone(), records: vec![record] });
            owners.push(key);
        }
        writes.push(Write::Routed { delivery: delivery.id });
    }
}
