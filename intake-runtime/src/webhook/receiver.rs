//! The receiver: a router for HTTP, and in the background the way of each delivery from the store into the outbox.

use super::http;
use super::route::{Handler, Route, Typed, Undeliverable};
use crate::error::ReceiverError;
use crate::intake::Webhook;
use crate::outbox::{self, Drain, DrainBuilder, guarded};
use crate::runtime::Runtime;
use crate::sink::Sink;
use crate::store::{Delivery, Hook, IntakeKey, OutboxRecord, StoreError, Write};
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The most deliveries that are routed in one commit.
const PAGE: usize = 32;
/// The pauses before what failed is tried again: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));

impl Runtime {
    /// A receiver of webhooks, to be set up. Have one running for each intake: two of them deliver twice.
    pub fn receiver(&self) -> ReceiverBuilder {
        ReceiverBuilder { runtime: self.clone(), handlers: Vec::new(), drain: self.drain(), body_limit: 1 << 20 }
    }
}

/// A receiver to be set up.
#[must_use]
pub struct ReceiverBuilder {
    runtime: Runtime,
    handlers: Vec<Box<dyn Handler>>,
    drain: DrainBuilder,
    body_limit: usize,
}

impl ReceiverBuilder {
    /// Receives for an intake, and gives its records to `sink`: `.webhook::<acme::Push, _>(sink)`.
    pub fn webhook<W: Webhook, S: Sink<W::Record> + 'static>(self, sink: S) -> Self {
        let drain = self.drain.clone().webhook::<W, S>(sink);
        Self { drain, ..self }.route::<W>()
    }

    /// Receives for an intake, and leaves its records in the outbox, for a [drain](Runtime::drain) that has a sink for
    /// them.
    pub fn route<W: Webhook>(mut self) -> Self {
        self.handlers.push(Box::new(Typed::<W>::new()));
        self
    }

    /// The largest body of a delivery, in bytes: 1 MiB unless set. A larger one is answered with 413.
    pub fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Starts to route and to deliver what is stored, and what arrives from now on.
    ///
    /// # Errors
    /// If an intake was given two sinks, or outside a tokio runtime.
    pub fn start(self) -> Result<Receiver, ReceiverError> {
        let handle = tokio::runtime::Handle::try_current().map_err(ReceiverError::NoRuntime)?;
        let Self { runtime, handlers, drain, body_limit } = self;
        let mut desks: Vec<Arc<Desk>> = Vec::new();
        for handler in handlers {
            let (app, intake) = (handler.meta().app.name, handler.meta().name);
            if desks.iter().any(|desk| desk.is_of(app, intake)) {
                return Err(ReceiverError::Duplicate { app, intake });
            }
            desks.push(Arc::new(Desk::new(runtime.clone(), handler)));
        }
        let drain = if drain.is_empty() { None } else { Some(drain.start()?) };
        let mut tasks = JoinSet::new();
        for desk in &desks {
            tasks.spawn_on(desk.clone().run(), &handle);
        }
        let shared = Arc::new(Shared { runtime, desks, body_limit });
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
            .field("body_limit", &self.body_limit)
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
    /// removed. 405: not POST, PUT or PATCH, for an intake without `verification`. 413: too large. 400: neither JSON nor
    /// a form. 503: the store failed, try again. 500: `verification` failed or gave no answer.
    pub fn router(&self) -> axum::Router {
        http::router(self.shared.clone())
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
    pub(super) body_limit: usize,
}

impl Shared {
    pub(super) fn desk(&self, hook: &Hook) -> Option<&Desk> {
        self.desks.iter().map(|desk| &**desk).find(|desk| desk.is_of(&hook.owner.app, &hook.intake))
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
    fn new(runtime: Runtime, handler: Box<dyn Handler>) -> Self {
        let activity = watch::Sender::new(Activity { arrived: 1, ..Activity::default() });
        Self { runtime, handler, activity }
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
            () = tokio::time::sleep(pause) => {}
            () = self.until(|activity| activity.stopping) => {}
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
            let deliveries = store.deliveries(meta.app.name, meta.name, PAGE).await?;
            if deliveries.is_empty() {
                break;
            }
            let mut writes = Vec::new();
            let mut owners = Vec::new();
            for delivery in deliveries {
                let id = delivery.id;
                match self.route(&delivery).await? {
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
    async fn route(self: &Arc<Self>, delivery: &Delivery) -> Result<Result<Route, Undeliverable>, StoreError> {
        let (desk, delivery) = (self.clone(), delivery.clone());
        let routed = guarded(async move { desk.handler.route(&desk.runtime, &delivery).await }).await;
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
