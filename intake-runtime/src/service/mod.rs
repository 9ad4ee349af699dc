//! A service: runs stored workflows, receives webhooks, and tells how it is.

mod http;
mod intakes;
mod manage;
mod metrics;
mod reason;
mod serve;
mod spec;
mod work;
mod workflows;

pub use manage::Workflows;
pub use spec::WorkflowSpec;
pub use workflows::{TaskState, WorkflowState};

use crate::connections::{Connections, InMemory};
use crate::error::ServiceError;
use crate::intake::{Polling, Scope, Webhook};
use crate::outbox::DrainBuilder;
use crate::runtime::Runtime;
use crate::schedule::{Bell, Limits, Load};
use crate::sink::Sink;
use crate::store::{ScopeKey, WorkflowKey, Write};
use crate::turns::Queues;
use crate::webhook::ReceiverBuilder;
use intakes::{Handler, Hooked, Polls};
use metrics::Metrics;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

impl Runtime {
    /// A service, to be set up. Have one for each store.
    pub fn service(&self) -> ServiceBuilder {
        ServiceBuilder {
            receiver: self.receiver(),
            drain: self.drain(),
            runtime: self.clone(),
            connections: Arc::new(InMemory::new()),
            handlers: Vec::new(),
            limits: Limits::default(),
            frequency: Duration::from_secs(300),
            grace: Duration::from_secs(25),
            listen: "127.0.0.1:8080".to_owned(),
        }
    }
}

/// A service to be set up.
#[must_use]
pub struct ServiceBuilder {
    runtime: Runtime,
    connections: Arc<dyn Connections>,
    handlers: Vec<Box<dyn Handler>>,
    receiver: ReceiverBuilder,
    drain: DrainBuilder,
    limits: Limits,
    frequency: Duration,
    grace: Duration,
    listen: String,
}

impl ServiceBuilder {
    /// Where workflows' credentials come from. Unless set there are none: every workflow needs a connection.
    pub fn connections(self, connections: impl Connections) -> Self {
        Self { connections: Arc::new(connections), ..self }
    }

    /// Runs a polling intake, and gives its records to `sink`: `.polling::<acme::Deals, _>(sink)`.
    pub fn polling<P: Polling, S: Sink<P::Record> + 'static>(mut self, sink: S) -> Self {
        self.handlers.push(Box::new(Polls::<P>::new()));
        self.drain = self.drain.polling::<P, S>(sink);
        self
    }

    /// Runs a webhook intake, and gives its records to `sink`: `.webhook::<acme::ContactCreated, _>(sink)`.
    pub fn webhook<W: Webhook, S: Sink<W::Record> + 'static>(mut self, sink: S) -> Self {
        self.handlers.push(Box::new(Hooked::<W>::new()));
        self.receiver = self.receiver.route::<W>();
        self.drain = self.drain.webhook::<W, S>(sink);
        self
    }

    /// Sets the receiver up, its limits and by what it tells repeated deliveries:
    /// `.receiver(|receiver| receiver.dedupe_all(DeliveryId::known_headers()))`.
    pub fn receiver(self, set_up: impl FnOnce(ReceiverBuilder) -> ReceiverBuilder) -> Self {
        Self { receiver: set_up(self.receiver), ..self }
    }

    /// How much is done at once, and what becomes of what fails.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// How often an intake polls whose manifest recommends nothing: every 5 minutes unless set.
    pub fn default_frequency(self, every: Duration) -> Self {
        Self { frequency: every, ..self }
    }

    /// How long what is under way may take to end when the service is stopped: 25 s unless set. What has not ended by
    /// then is left for the next start.
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// The address that [`serve`](Service::serve) listens on: `127.0.0.1:8080` unless set.
    pub fn listen(self, address: impl Into<String>) -> Self {
        Self { listen: address.into(), ..self }
    }

    /// The service.
    ///
    /// # Errors
    /// If an intake was given twice, or a limit makes no sense.
    pub fn build(self) -> Result<Service, ServiceError> {
        let Self { runtime, connections, handlers, receiver, drain, limits, frequency, grace, listen } = self;
        for (index, handler) in handlers.iter().enumerate() {
            let (app, intake) = (handler.meta().app.name, handler.meta().name);
            if handlers[..index].iter().any(|other| is_of(&**other, app, intake)) {
                return Err(ServiceError::TwoSinks { app, intake });
            }
        }
        for (limit, what) in [
            (limits.at_once, "at_once"),
            (limits.per_app, "per_app"),
            (limits.per_connection, "per_connection"),
            (limits.window, "window"),
            (limits.failures as usize, "failures"),
        ] {
            if limit == 0 {
                return Err(ServiceError::NoLimit { what });
            }
        }
        let frequency = frequency.max(Duration::from_secs(1));
        let shared = Shared {
            runtime,
            connections,
            handlers,
            limits,
            frequency,
            grace,
            listen,
            bell: Arc::new(Bell::default()),
            load: watch::Sender::default(),
            metrics: Metrics::new(),
            additions: Queues::default(),
            removals: Queues::default(),
            parts: Mutex::new(Some((receiver, drain))),
        };
        Ok(Service { shared: Arc::new(shared) })
    }
}

impl fmt::Debug for ServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intakes: Vec<_> = self.handlers.iter().map(|handler| handler.meta().name).collect();
        f.debug_struct("ServiceBuilder")
            .field("intakes", &intakes)
            .field("limits", &self.limits)
            .field("grace", &self.grace)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// Runs stored workflows: polls with those that are due, registers their webhooks and receives what these get. A clone is
/// the same service, to add and change workflows with while it runs.
#[derive(Clone)]
pub struct Service {
    shared: Arc<Shared>,
}

struct Shared {
    runtime: Runtime,
    connections: Arc<dyn Connections>,
    handlers: Vec<Box<dyn Handler>>,
    limits: Limits,
    frequency: Duration,
    grace: Duration,
    listen: String,
    bell: Arc<Bell>,
    load: watch::Sender<Load>,
    metrics: Metrics,
    /// Calls that add a workflow.
    additions: Queues<WorkflowKey>,
    /// Jobs that remove a part of a workflow.
    removals: Queues<WorkflowKey>,
    /// Until the service runs.
    parts: Mutex<Option<(ReceiverBuilder, DrainBuilder)>>,
}

impl Shared {
    fn handler(&self, app: &str, intake: &str) -> Option<&dyn Handler> {
        self.handlers.iter().map(|handler| &**handler).find(|handler| is_of(*handler, app, intake))
    }
}

fn is_of(handler: &dyn Handler, app: &str, intake: &str) -> bool {
    handler.meta().app.name == app && handler.meta().name == intake
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intakes: Vec<_> = self.shared.handlers.iter().map(|handler| handler.meta().name).collect();
        f.debug_struct("Service")
            .field("intakes", &intakes)
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}

/// What removes a workflow that has no tasks left, and what it saved.
fn forget(key: &WorkflowKey) -> [Write; 2] {
    let owner = ScopeKey { app: key.app.clone(), scope: Scope::Workflow, owner: key.workflow.clone() };
    [Write::ForgetSaved { owner }, Write::RemoveWorkflow { key: key.clone() }]
}
