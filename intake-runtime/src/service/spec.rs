//! What a workflow is to be.

use crate::intake::{Intake, IntakeMeta, Polling, Webhook};
use crate::store::TaskMode;
use std::fmt;
use std::time::Duration;

/// A workflow to be added or updated: who it is for, and the intakes that it uses.
///
/// ```ignore
/// WorkflowSpec::new("customer-42")
///     .connection("acme-account-7")
///     .poll(&acme::Deals {})
///     .receive(&acme::ContactCreated {})
/// ```
#[derive(Clone)]
#[must_use]
pub struct WorkflowSpec {
    pub(super) id: String,
    pub(super) connection: Option<String>,
    pub(super) account: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) subdomain: Option<String>,
    pub(super) uses: Vec<Use>,
}

/// An intake that a workflow uses.
#[derive(Clone)]
pub(super) struct Use {
    pub(super) meta: &'static IntakeMeta,
    /// As JSON text.
    pub(super) inputs: Result<String, String>,
    pub(super) mode: UseMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UseMode {
    /// As often as said, or as the manifest recommends.
    Recurring(Option<Duration>),
    Once,
    Webhook,
}

impl UseMode {
    /// With the interval for manifests that recommend none.
    pub(super) fn task(self, frequency: Option<u32>, default: Duration) -> TaskMode {
        match self {
            Self::Recurring(every) => {
                let recommended = || frequency.map_or(default, |seconds| Duration::from_secs(seconds.into()));
                TaskMode::Recurring { every: every.unwrap_or_else(recommended) }
            }
            Self::Once => TaskMode::Once,
            Self::Webhook => TaskMode::Webhook,
        }
    }
}

impl WorkflowSpec {
    /// A workflow with this id, which uses nothing yet. Its intakes must be of one app.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), connection: None, account: None, resource: None, subdomain: None, uses: Vec::new() }
    }

    /// The id of its connection. Without one, the workflow's id is also its connection's.
    pub fn connection(self, id: impl Into<String>) -> Self {
        Self { connection: Some(id.into()), ..self }
    }

    /// The account at the vendor that `account_id` of an application's hook is compared with; the connection's unless
    /// given.
    pub fn account(self, id: impl Into<String>) -> Self {
        Self { account: Some(id.into()), ..self }
    }

    /// The resource its user selected: `${resource.id}`, and what `resource_id` of a shared hook is compared with.
    pub fn resource(self, id: impl Into<String>) -> Self {
        Self { resource: Some(id.into()), ..self }
    }

    /// The customer's `${subdomain}`; the connection's unless given.
    pub fn subdomain(self, subdomain: impl Into<String>) -> Self {
        Self { subdomain: Some(subdomain.into()), ..self }
    }

    /// Polls with an intake, as often as its manifest recommends.
    pub fn poll<P: Polling>(self, intake: &P) -> Self {
        self.uses(intake, UseMode::Recurring(None))
    }

    /// Polls with an intake this often.
    pub fn poll_every<P: Polling>(self, intake: &P, every: Duration) -> Self {
        self.uses(intake, UseMode::Recurring(Some(every)))
    }

    /// Polls with an intake until the vendor has no more, once: a historical sync.
    pub fn sync<P: Polling>(self, intake: &P) -> Self {
        self.uses(intake, UseMode::Once)
    }

    /// Receives what a webhook gets.
    pub fn receive<W: Webhook>(self, webhook: &W) -> Self {
        self.uses(webhook, UseMode::Webhook)
    }

    fn uses<I: Intake>(mut self, intake: &I, mode: UseMode) -> Self {
        // serde says what it could not write, which may be a value: that is not repeated.
        let inputs = serde_json::to_string(intake).map_err(|_| "its inputs cannot be written as JSON".to_owned());
        self.uses.push(Use { meta: I::META, inputs, mode });
        self
    }
}

/// Shows no inputs: they are the customer's.
impl fmt::Debug for WorkflowSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intakes: Vec<_> = self.uses.iter().map(|used| (used.meta.name, used.mode)).collect();
        f.debug_struct("WorkflowSpec")
            .field("id", &self.id)
            .field("connection", &self.connection)
            .field("account", &self.account)
            .field("resource", &self.resource)
            .field("subdomain", &self.subdomain)
            .field("intakes", &intakes)
            .finish()
    }
}
