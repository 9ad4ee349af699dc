//! One webhook intake of a receiver: its verification, and which workflows a delivery is for.

use crate::event::{Event, EventError, Respond, observed};
use crate::intake::{IntakeMeta, Scope, Webhook};
use crate::outbox::{self, RecordError};
use crate::runtime::{Runtime, saves};
use crate::store::{Delivery, HookUser, StoreError, Write};
use crate::types::Type;
use crate::unread::{self, Unread};
use crate::value::Value;
use crate::workflow::{Connection, Workflow};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A webhook intake, its type forgotten.
pub(super) trait Handler: Send + Sync {
    fn meta(&self) -> &'static IntakeMeta;

    /// Whether `verification` decides over each request.
    fn verifies(&self) -> bool;

    /// Runs `verification` for a hook with this token and these users.
    fn verify<'a>(
        &'a self,
        runtime: &'a Runtime,
        token: &'a str,
        users: &'a [HookUser],
        input: Value,
    ) -> BoxFuture<'a, Result<Verified, Unverified>>;

    /// Finds out which of a hook's users a delivery is for.
    fn route<'a>(
        &'a self,
        runtime: &'a Runtime,
        delivery: &'a Delivery,
        users: &'a [HookUser],
    ) -> BoxFuture<'a, Result<Result<Route, Undeliverable>, StoreError>>;
}

/// What `verification` answers, and what is to be committed with it.
pub(super) struct Verified {
    pub(super) response: Respond,
    pub(super) writes: Vec<Write>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unverified {
    #[error(transparent)]
    Impossible(#[from] Undeliverable),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error("`verification` ran no `!respond`: nothing says what to answer")]
    Silent,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a delivery goes.
pub(super) struct Route {
    pub(super) workflows: Vec<String>,
    /// What the routing pipelines saved.
    pub(super) writes: Vec<Write>,
}

/// Why a delivery goes nowhere. The text is stored with it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undeliverable {
    #[error("the hook has no workflow: all were unregistered, or none finished registering")]
    NoUser,
    #[error("the stored inputs of workflow `{workflow}` do not fit the intake any more: register it anew ({source})")]
    Inputs { workflow: String, source: Unread },
    #[error("the payload does not fit the intake's record type: {0}")]
    Record(RecordError),
    #[error(transparent)]
    Event(EventError),
    #[error("`{pipeline}` gave {found} where an id is needed")]
    NoId { pipeline: &'static str, found: &'static str },
    #[error("no workflow has the account `{0}`")]
    NoAccount(String),
    #[error("no workflow has the resource `{0}`")]
    NoResource(String),
    #[error("routing it panicked")]
    Panicked,
}

pub(super) struct Typed<W> {
    /// Whether the sink takes records as their type.
    typed: bool,
    intake: PhantomData<fn() -> W>,
}

impl<W> Typed<W> {
    pub(super) const fn new(typed: bool) -> Self {
        Self { typed, intake: PhantomData }
    }
}

impl<W: Webhook> Handler for Typed<W> {
    fn meta(&self) -> &'static IntakeMeta {
        W::META
    }

    fn verifies(&self) -> bool {
        W::HAS_VERIFICATION
    }

    fn verify<'a>(
        &'a self,
        runtime: &'a Runtime,
        token: &'a str,
        users: &'a [HookUser],
        input: Value,
    ) -> BoxFuture<'a, Result<Verified, Unverified>> {
        Box::pin(async move {
            let speaker = Speaker::<W>::of(users)?;
            let mut event = speaker.event(runtime, token, "verification").await?;
            observed(W::META, "verification", speaker.intake.verification(&mut event, input)).await?;
            let effects = event.into_effects();
            let response = effects.response.ok_or(Unverified::Silent)?;
            Ok(Verified { response, writes: saves(W::META, &speaker.workflow, effects.saved) })
        })
    }

    fn route<'a>(
        &'a self,
        runtime: &'a Runtime,
        delivery: &'a Delivery,
        users: &'a [HookUser],
    ) -> BoxFuture<'a, Result<Result<Route, Undeliverable>, StoreError>> {
        Box::pin(route::<W>(runtime, delivery, users, self.typed))
    }
}

/// The hook's oldest user: the events of a shared hook that belong to no workflow run with its inputs.
struct Speaker<W> {
    intake: W,
    workflow: Workflow,
}

impl<W: Webhook> Speaker<W> {
    fn of(users: &[HookUser]) -> Result<Self, Undeliverable> {
        let user = users.first().ok_or(Undeliverable::NoUser)?;
        let intake = unread::read(user.inputs.as_bytes(), Type::Json)
            .map_err(|source| Undeliverable::Inputs { workflow: user.workflow.clone(), source })?;
        let mut connection = Connection::new(&*user.connection);
        if let Some(subdomain) = &user.subdomain {
            connection = connection.subdomain(subdomain);
        }
        if let Some(account) = &user.account {
            connection = connection.account(account);
        }
        let mut workflow = Workflow::new(&*user.workflow).connection(connection);
        if let Some(resource) = &user.resource {
            workflow = workflow.resource(resource);
        }
        Ok(Self { intake, workflow })
    }

    async fn event<'a>(
        &'a self,
        runtime: &'a Runtime,
        token: &str,
        name: &'static str,
    ) -> Result<Event<'a>, StoreError> {
        runtime.event(W::META, name, &self.workflow, Value::NULL, runtime.webhook_url(token)).await
    }
}

async fn route<W: Webhook>(
    runtime: &Runtime,
    delivery: &Delivery,
    users: &[HookUser],
    typed: bool,
) -> Result<Result<Route, Undeliverable>, StoreError> {
    // One undeliverable delivery tells more than a dead letter of each workflow.
    if typed && let Err(error) = outbox::record::<W::Record>(W::META, &delivery.payload) {
        return Ok(Err(Undeliverable::Record(error)));
    }
    if W::SCOPE == Scope::Workflow || users.is_empty() {
        return Ok(everyone(users.to_vec()));
    }
    let speaker = match Speaker::<W>::of(users) {
        Ok(speaker) => speaker,
        Err(reason) => return Ok(Err(reason)),
    };
    let mut routing = Routing { runtime, speaker, delivery, users: users.to_vec(), writes: Vec::new() };
    if W::SCOPE == Scope::Application
        && W::HAS_ACCOUNT_ID
        && let Err(reason) = routing.narrow(By::Account).await?
    {
        return Ok(Err(reason));
    }
    if W::HAS_RESOURCE_ID
        && let Err(reason) = routing.narrow(By::Resource).await?
    {
        return Ok(Err(reason));
    }
    let writes = routing.writes;
    Ok(everyone(routing.users).map(|route| Route { writes, ..route }))
}

fn everyone(users: Vec<HookUser>) -> Result<Route, Undeliverable> {
    if users.is_empty() {
        return Err(Undeliverable::NoUser);
    }
    let workflows = users.into_iter().map(|user| user.workflow).collect();
    Ok(Route { workflows, writes: Vec::new() })
}

/// What the workflows are picked by.
#[derive(Clone, Copy)]
enum By {
    Account,
    Resource,
}

struct Routing<'a, W> {
    runtime: &'a Runtime,
    speaker: Speaker<W>,
    delivery: &'a Delivery,
    /// Those that are still meant.
    users: Vec<HookUser>,
    writes: Vec<Write>,
}

impl<W: Webhook> Routing<'_, W> {
    async fn narrow(&mut self, by: By) -> Result<Result<(), Undeliverable>, StoreError> {
        let id = match self.id(by).await? {
            Ok(id) => id,
            Err(reason) => return Ok(Err(reason)),
        };
        self.users.retain(|user| {
            let own = match by {
                By::Account => &user.account,
                By::Resource => &user.resource,
            };
            own.as_ref() == Some(&id)
        });
        Ok(match by {
            _ if !self.users.is_empty() => Ok(()),
            By::Account => Err(Undeliverable::NoAccount(id)),
            By::Resource => Err(Undeliverable::NoResource(id)),
        })
    }

    /// The id in the payload, as text.
    async fn id(&mut self, by: By) -> Result<Result<String, Undeliverable>, StoreError> {
        let pipeline = match by {
            By::Account => "account_id",
            By::Resource => "resource_id",
        };
        let Speaker { intake, workflow } = &self.speaker;
        let mut event = self.speaker.event(self.runtime, &self.delivery.token, pipeline).await?;
        // It was printed when it was stored.
        let payload = Value::printed(self.delivery.payload.clone());
        let run = async {
            match by {
                By::Account => intake.account_id(&mut event, payload).await,
                By::Resource => intake.resource_id(&mut event, payload).await,
            }
        };
        let id = match observed(W::META, pipeline, run).await {
            Ok(id) => id,
            Err(error) => return Ok(Err(Undeliverable::Event(error))),
        };
        self.writes.extend(saves(W::META, workflow, event.into_effects().saved));
        let is_id = !(id.is_null() || id.is_object() || id.as_array().is_some());
        let found = id.described();
        Ok(if is_id { Ok(id.text()) } else { Err(Undeliverable::NoId { pipeline, found }) })
    }
}
