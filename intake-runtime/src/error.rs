//! What can go wrong, one error for each concern.

use crate::clock::Timestamp;
use crate::event::EventError;
use crate::intake::{IntakeMeta, Scope};
pub use crate::outbox::RecordError;
use crate::outbox::{DeliveryError, Position};
use crate::sink::BoxError;
use crate::store::{StoreError, WorkflowKey};
pub use crate::types::Misfit;
pub use crate::unread::Unread;

/// Why a runtime was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No store was named.
    #[error(
        "the runtime has no store: give it one with `.store(…)`, or open a file with `.open(\"intake.db\").await?`"
    )]
    NoStore,
    /// `max_requests` is 0.
    #[error("max_requests is 0: a cycle that may make no request does nothing; give it at least 1")]
    NoRequests,
    /// `requests_per_host` is 0.
    #[error("requests_per_host is 0, with which no request would ever be made: give it at least 1")]
    NoRequestsPerHost,
    /// The public URL is not one that a vendor can call.
    #[error("public_url is not an http or https URL without query and fragment: webhooks are registered under it")]
    PublicUrl {
        /// Why it does not parse, if it does not.
        #[source]
        source: Option<url::ParseError>,
    },
    /// The default HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[source] BoxError),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a poll, a setup or a reset ended early. All that was committed before stays, and the next poll goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// A cycle, setup or reset of this intake is under way for this workflow: they never overlap.
    #[error("`{intake}` of workflow `{workflow}` is busy: another cycle, setup or reset of it has not ended")]
    Busy {
        /// The intake's name.
        intake: &'static str,
        /// The workflow's id.
        workflow: String,
    },
    /// An event failed. Nothing of it was committed.
    #[error(transparent)]
    Event(#[from] EventError),
    /// `results` is neither an array nor null. Nothing of this request was committed.
    #[error(
        "{file}:{line}: `request` of `{intake}` gave {found} as `results`, but an array is needed: each element is one record"
    )]
    Results {
        /// The manifest.
        file: &'static str,
        /// The intake's line in it.
        line: u32,
        /// The intake's name.
        intake: &'static str,
        /// What it is instead.
        found: &'static str,
    },
    /// The stored polling state is not what this manifest writes, and there is no migration. Nothing was changed.
    #[error(
        "{file}{}: the stored polling state of `{intake}` for workflow `{workflow}` does not fit the manifest: {misfit}; \
         convert it with `RuntimeBuilder::migrate`, or begin anew with `Runtime::forget`",
        Position(misfit.at())
    )]
    State {
        /// The manifest.
        file: &'static str,
        /// The intake's name.
        intake: &'static str,
        /// The workflow's id.
        workflow: String,
        /// Where it does not fit.
        misfit: Misfit,
    },
    /// The migration of the polling state failed. Nothing was changed.
    #[error("the polling state of `{intake}` for workflow `{workflow}` cannot be migrated")]
    Migration {
        /// The intake's name.
        intake: &'static str,
        /// The workflow's id.
        workflow: String,
        /// Why not.
        source: BoxError,
    },
    /// An event gave a polling state that does not fit its type. Nothing of the event was committed.
    #[error("{file}{}: `{event}` of `{intake}` gave a polling state that does not fit: {misfit}", Position(misfit.at()))]
    NewState {
        /// The manifest.
        file: &'static str,
        /// The intake's name.
        intake: &'static str,
        /// The event.
        event: &'static str,
        /// Where it does not fit.
        misfit: Misfit,
    },
    /// The sink failed. The records stay in the outbox: the next poll delivers them first.
    #[error(
        "the sink failed for `{intake}` of workflow `{workflow}`: its records are kept, and the next poll delivers them first"
    )]
    Sink {
        /// The intake's name.
        intake: &'static str,
        /// The workflow's id.
        workflow: String,
        /// Why it failed.
        source: BoxError,
    },
    /// What the store holds of the intake is not what this release writes.
    #[error("the store holds no valid {what} for `{intake}` of workflow `{workflow}`")]
    Corrupt {
        /// What is not valid.
        what: &'static str,
        /// The intake's name.
        intake: &'static str,
        /// The workflow's id.
        workflow: String,
        /// Why not.
        source: BoxError,
    },
    /// The store failed, or another process took over the intake.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PollError {
    pub(crate) fn delivery(meta: &'static IntakeMeta, workflow: &str, error: DeliveryError) -> Self {
        match error {
            DeliveryError::Store(source) => Self::Store(source),
            DeliveryError::Sink(source) => Self::Sink { intake: meta.name, workflow: workflow.to_owned(), source },
        }
    }
}

/// Why a webhook was not registered, updated or unregistered. The same call again is the way on, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The runtime does not know where it is reached.
    #[error(
        "the runtime has no public URL, so a vendor cannot be told where to deliver: give it one with `.public_url(…)`"
    )]
    NoPublicUrl,
    /// The workflow lacks what deliveries are routed by.
    #[error(
        "workflow `{workflow}` has no {what}: `{intake}` has scope `{}`, and its deliveries are routed by it; set it on the workflow",
        scope.as_str()
    )]
    Unroutable {
        /// `resource` or `account`.
        what: &'static str,
        /// The intake's name.
        intake: &'static str,
        /// Its scope.
        scope: Scope,
        /// The workflow's id.
        workflow: String,
    },
    /// There is nothing to update.
    #[error("`{intake}` is not registered for workflow `{workflow}`: register it first")]
    NotRegistered {
        /// The intake's name.
        intake: &'static str,
        /// The workflow's id.
        workflow: String,
    },
    /// Whether the vendor holds the hook is not known: the process died in an earlier `create`, or there was no answer to
    /// it, or it could not be undone. Nothing was done.
    #[error(
        "whether the vendor holds the hook of `{intake}` for workflow `{workflow}` is not known: an earlier `create` was \
         cut off or not answered; look there, then call `Runtime::register_again` to create it once more with the same \
         URL, or `Runtime::drop_hook` to forget it"
    )]
    Unknown {
        /// The intake's name.
        intake: &'static str,
        /// The workflow that it was created for.
        workflow: String,
        /// Since when; `None` if that is not known either.
        since: Option<Timestamp>,
    },
    /// `create` has succeeded, what it saved could not be stored, and the hook was deleted at the vendor again.
    #[error("the hook of `{intake}` was created and could not be stored: it was deleted at the vendor again")]
    Undone {
        /// The intake's name.
        intake: &'static str,
        /// Why it could not be stored.
        source: StoreError,
    },
    /// The event failed. Nothing it saved was stored; the hook is where it was before the event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The intake's inputs cannot be stored.
    #[error("the inputs of `{intake}` cannot be stored")]
    Inputs {
        /// The intake's name.
        intake: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
    /// The system gives no random numbers.
    #[error("no random numbers for the URL of the hook: the system gives none")]
    Random(#[source] BoxError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a drain was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrainError {
    /// An intake was given two sinks.
    #[error("`{intake}` of `{app}` has two sinks: a record goes to one")]
    Duplicate {
        /// The app's name.
        app: &'static str,
        /// The intake's name.
        intake: &'static str,
    },
    /// There is no tokio runtime to deliver on.
    #[error("a drain delivers in the background and needs a tokio runtime: call `start` inside one")]
    NoRuntime(#[source] tokio::runtime::TryCurrentError),
}

/// Why a receiver was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiverError {
    /// An intake was given two sinks.
    #[error("`{intake}` of `{app}` has two sinks: a payload goes to one")]
    Duplicate {
        /// The app's name.
        app: &'static str,
        /// The intake's name.
        intake: &'static str,
    },
    /// The drain of its sinks was not started.
    #[error(transparent)]
    Drain(#[from] DrainError),
    /// There is no tokio runtime to route deliveries on.
    #[error("a receiver routes in the background and needs a tokio runtime: call `start` inside one")]
    NoRuntime(#[source] tokio::runtime::TryCurrentError),
}

/// Why a service was not built, did not run, or did not change a workflow. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// An intake was given two sinks.
    #[error("`{intake}` of `{app}` has two sinks: its records go to one")]
    TwoSinks {
        /// The app's name.
        app: &'static str,
        /// The intake's name.
        intake: &'static str,
    },
    /// A limit is 0.
    #[error("the limit `{what}` is 0, with which nothing would ever run: give it at least 1")]
    NoLimit {
        /// Its name.
        what: &'static str,
    },
    /// The service does not run this intake.
    #[error(
        "the service does not run `{intake}` of `{app}`: give it a sink with `.polling::<…>(…)` or `.webhook::<…>(…)`"
    )]
    NotRun {
        /// The app's name.
        app: &'static str,
        /// The intake's name.
        intake: &'static str,
    },
    /// The workflow uses no intake.
    #[error("workflow `{workflow}` uses no intake: name at least one, with `.poll(…)`, `.sync(…)` or `.receive(…)`")]
    UsesNothing {
        /// The workflow's id.
        workflow: String,
    },
    /// The workflow uses intakes of several apps.
    #[error("workflow `{workflow}` uses intakes of `{one}` and of `{other}`: make it a workflow for each app")]
    SeveralApps {
        /// The workflow's id.
        workflow: String,
        /// An app.
        one: &'static str,
        /// Another.
        other: &'static str,
    },
    /// The workflow uses an intake twice.
    #[error("workflow `{workflow}` uses `{intake}` twice: a workflow has one state for each intake")]
    Twice {
        /// The workflow's id.
        workflow: String,
        /// The intake's name.
        intake: &'static str,
    },
    /// The workflow lacks what deliveries are routed by.
    #[error(
        "workflow `{workflow}` has no {what}, which deliveries to `{intake}` are routed by: set it with `.{what}(…)`"
    )]
    Unroutable {
        /// The workflow's id.
        workflow: String,
        /// The intake's name.
        intake: &'static str,
        /// What it lacks.
        what: &'static str,
    },
    /// An interval is too short.
    #[error("workflow `{workflow}` is to poll with `{intake}` every {every:?}: once a second is the most")]
    TooOften {
        /// The workflow's id.
        workflow: String,
        /// The intake's name.
        intake: &'static str,
        /// The interval.
        every: std::time::Duration,
    },
    /// The inputs of an intake cannot be stored.
    #[error("the inputs of `{intake}` cannot be stored: {problem}")]
    Inputs {
        /// The intake's name.
        intake: &'static str,
        /// Why not.
        problem: String,
    },
    /// There is such a workflow.
    #[error("there is a workflow `{}` of `{}` already: update it, or remove it first", key.workflow, key.app)]
    Exists {
        /// The workflow.
        key: WorkflowKey,
    },
    /// There is no such workflow.
    #[error("there is no workflow `{}` of `{}`: add it first", key.workflow, key.app)]
    Unknown {
        /// The workflow.
        key: WorkflowKey,
    },
    /// The workflow is on its way out.
    #[error("workflow `{}` of `{}` is being removed: wait until it is gone", key.workflow, key.app)]
    Removing {
        /// The workflow.
        key: WorkflowKey,
    },
    /// The workflow's connection would be another one.
    #[error(
        "the connection of workflow `{}` of `{}` cannot be changed, as its hooks and data belong to it: remove the \
         workflow, and add it with the other connection",
        key.workflow,
        key.app
    )]
    ConnectionChanged {
        /// The workflow.
        key: WorkflowKey,
    },
    /// A historical sync of an intake that the workflow polls with.
    #[error("workflow `{}` polls with `{intake}` again and again: use `reset` to let it begin anew", key.workflow)]
    Recurs {
        /// The intake's name.
        intake: &'static str,
        /// The workflow.
        key: WorkflowKey,
    },
    /// The service runs already, or has run.
    #[error("the service runs already, or has run: build another to run again")]
    Ran,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: choose another with `.listen(…)`, or end the program that does")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No connection can be accepted any more. Nothing is lost.
    #[error("the listener has failed, and the service has stopped")]
    Http(#[source] std::io::Error),
    /// Signals cannot be heard of.
    #[error("the system does not let the program hear of signals")]
    Signals(#[source] std::io::Error),
    /// The receiver was not started.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
    /// The delivery to sinks was not started.
    #[error(transparent)]
    Drain(#[from] DrainError),
    /// The scheduler or the server panicked. Nothing is lost.
    #[error("a part of the service panicked: start it again, nothing is lost")]
    Panicked(#[source] BoxError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
