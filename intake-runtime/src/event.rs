//! One run of a lifecycle event: what generated code reads from and writes to.

mod commands;
mod error;
mod request;
mod saved;
mod variable;

pub use commands::Respond;
pub use error::{
    At, EventError, EventErrorKind, ExtractError, RespondError, SaveError, SavedError, ShaError, SwitchError,
    VariableError,
};
pub use request::{Fetched, Request, RequestError, Target};
pub(crate) use saved::Migration as SavedMigration;
pub use saved::SavedData;
pub use variable::{Input, Step, Var, input, piped};

use crate::http::Transport;
use crate::intake::{EventResult, IntakeMeta, Scope};
use crate::value::Value;
use crate::workflow::Workflow;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use tracing::Instrument;

/// What an event can see of the world.
pub struct EventEnv<'r> {
    /// Sends requests.
    pub http: &'r dyn Transport,
    /// Whom it runs for.
    pub workflow: &'r Workflow,
    /// Which intake it is of.
    pub meta: &'static IntakeMeta,
    /// Its name in the manifest: `request`, `create`, …
    pub event: &'static str,
    /// `${polling_state}`: `{}` before its first write.
    pub state: Value,
    /// What `!save` has stored.
    pub saved: SavedData,
    /// `${webhook.url}`
    pub webhook_url: Option<String>,
}

/// What an event did, apart from its output. Nothing of it is performed yet.
#[derive(Default)]
pub struct Effects {
    /// What `!save` stored, in order.
    pub saved: Vec<(Scope, Vec<(String, Value)>)>,
    /// What `!respond` answers.
    pub response: Option<Respond>,
    /// Whether a request that may change something at the vendor was answered with 2xx, or sent and not answered.
    pub changed: bool,
    /// HTTP requests made.
    pub http_requests: u32,
    /// Bytes of their responses' bodies.
    pub response_bytes: u64,
}

/// Shows no data.
impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Effects");
        debug.field("http_requests", &self.http_requests).field("response_bytes", &self.response_bytes);
        debug.finish_non_exhaustive()
    }
}

/// One run of a lifecycle event.
pub struct Event<'r> {
    env: EventEnv<'r>,
    new_saved: Vec<(Scope, Vec<(String, Value)>)>,
    response: Option<Respond>,
    changed: AtomicBool,
    http_requests: AtomicU32,
    response_bytes: AtomicU64,
}

impl<'r> Event<'r> {
    /// Begins a run.
    #[must_use]
    pub const fn new(env: EventEnv<'r>) -> Self {
        let (http_requests, response_bytes) = (AtomicU32::new(0), AtomicU64::new(0));
        let changed = AtomicBool::new(false);
        Self { env, new_saved: Vec::new(), response: None, changed, http_requests, response_bytes }
    }

    /// Ends the run.
    #[must_use]
    pub fn into_effects(self) -> Effects {
        Effects {
            saved: self.new_saved,
            response: self.response,
            changed: self.changed.into_inner(),
            http_requests: self.http_requests.into_inner(),
            response_bytes: self.response_bytes.into_inner(),
        }
    }

    /// Completes an error with the file, intake and event, if it does not have them yet.
    #[must_use]
    pub fn locate(&self, error: EventError) -> EventError {
        error.located(self.env.meta, self.env.event)
    }

    fn fault(&self, at: At, kind: impl Into<EventErrorKind>) -> EventError {
        self.locate(EventError::new(at, kind))
    }

    /// Makes it see what another event has saved and nobody has stored.
    pub(crate) fn see(&mut self, saved: &[(Scope, Vec<(String, Value)>)]) {
        for (scope, entries) in saved {
            for (key, value) in entries {
                self.env.saved.insert(*scope, key.as_str(), value.clone());
            }
        }
    }

    pub(crate) const fn workflow(&self) -> &Workflow {
        self.env.workflow
    }

    fn count(&self, response_bytes: usize) {
        self.response_bytes.fetch_add(response_bytes as u64, Ordering::Relaxed);
    }
}

/// Runs an event in a span of its own; its error is completed with the file, intake and event.
pub(crate) async fn observed(
    meta: &'static IntakeMeta,
    event: &'static str,
    run: impl Future<Output = EventResult>,
) -> EventResult {
    let span = tracing::info_span!("event", app = meta.app.name, intake = meta.name, event);
    run.instrument(span).await.map_err(|error| error.located(meta, event))
}

/// Shows no data: state and saved data may hold anything.
impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Event");
        debug.field("intake", &self.env.meta.name).field("event", &self.env.event).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for EventEnv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("EventEnv");
        debug.field("intake", &self.meta.name).field("event", &self.event).finish_non_exhaustive()
    }
}
