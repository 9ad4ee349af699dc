//! What runs intakes: a store, an HTTP transport, and the settings.

use crate::clock::{Clock, SystemClock, Timestamp};
use crate::error::BuildError;
use crate::event::{Event, EventEnv, SavedData, SavedMigration};
use crate::http::{Client, PerHost, Transport};
use crate::intake::{Intake, IntakeMeta, Polling, Scope};
use crate::outbox::Shared;
use crate::random::Random;
use crate::sink::{BoxError, Policy};
use crate::store::{IntakeKey, ScopeKey, Store, StoreError, UndeliverableDelivery, Write};
use crate::turns::{Lanes, Queues, Turns};
use crate::value::Value;
use crate::webhook::Desks;
use crate::workflow::Workflow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use url::Url;

/// Runs intakes. A clone is the same runtime.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) max_requests: u32,
    pub(crate) max_results: u64,
    pub(crate) public_url: Option<String>,
    pub(crate) migrations: Migrations,
    saved_migrations: SavedMigrations,
    pub(crate) policy: Policy,
    pub(crate) random: Random,
    /// Lanes of the outbox that are delivered from.
    pub(crate) lanes: Lanes<IntakeKey>,
    /// Who is told that records were appended.
    pub(crate) drains: Mutex<Vec<Weak<Shared>>>,
    /// Who is told that a delivery is to be routed.
    pub(crate) receivers: Mutex<Vec<Weak<Desks>>>,
    /// Cycles, setups and resets under way.
    pub(crate) polls: Turns<IntakeKey>,
    /// Registrations under way: the intake's name and the hook's owner.
    pub(crate) registrations: Queues<(&'static str, ScopeKey)>,
}

/// How stored states become what a manifest writes today, by the names of app and intake: the new state's JSON.
pub(crate) type Migrations = HashMap<(&'static str, &'static str), Migration>;
type SavedMigrations = HashMap<(&'static str, Scope), SavedMigration>;
type Migration = Arc<dyn Fn(Value) -> Result<String, BoxError> + Send + Sync>;

impl Runtime {
    /// A runtime to be set up.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder {
            store: None,
            transport: None,
            clock: Arc::new(SystemClock),
            requests_per_host: 32,
            max_requests: 100,
            max_results: 1000,
            public_url: None,
            migrations: Migrations::new(),
            saved_migrations: SavedMigrations::new(),
            policy: Policy::default(),
            random: Random::default(),
        }
    }

    /// A runtime over `intake.db` in the working directory, with the defaults for all else.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    #[cfg(feature = "sqlite")]
    pub async fn open_default() -> Result<Self, BuildError> {
        Self::open("intake.db").await
    }

    /// A runtime over the database file `path`, with the defaults for all else.
    ///
    /// # Errors
    /// If the file cannot be opened, or the HTTP client not set up.
    #[cfg(feature = "sqlite")]
    pub async fn open(path: impl AsRef<std::path::Path>) -> Result<Self, BuildError> {
        Self::builder().open(path).await?.build()
    }

    /// The oldest deliveries of an app that no workflow got, at most `limit`, each with the reason.
    /// [Fewer](crate::store::PAGE_BYTES) if they are large.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn undeliverable(&self, app: &str, limit: usize) -> Result<Vec<UndeliverableDelivery>, StoreError> {
        self.inner.store.undeliverable(app, limit).await
    }

    /// How many deliveries of an app no workflow got.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn count_undeliverable(&self, app: &str) -> Result<u64, StoreError> {
        self.inner.store.count_undeliverable(app).await
    }

    /// Now, by the runtime's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The path of the public URL, unless that is the root.
    pub(crate) fn public_path(&self) -> Option<String> {
        let url = Url::parse(self.inner.public_url.as_deref()?).ok()?;
        Some(url.path().trim_end_matches('/')).filter(|path| !path.is_empty()).map(str::to_owned)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// An event about to run, with all that it can see.
    pub(crate) async fn event<'a>(
        &'a self,
        meta: &'static IntakeMeta,
        event: &'static str,
        workflow: &'a Workflow,
        state: Value,
        webhook_url: Option<String>,
    ) -> Result<Event<'a>, StoreError> {
        let mut saved = SavedData::new();
        const SCOPES: [Scope; 3] = [Scope::Workflow, Scope::Connection, Scope::Application];
        let owners = SCOPES.map(|scope| scope_key(meta.app.name, scope, workflow)).to_vec();
        for (scope, entries) in SCOPES.into_iter().zip(self.store().saved_of(owners).await?) {
            for (key, json) in entries {
                let value = Value::from_json(json.as_bytes())
                    .map_err(|error| StoreError::Failed { action: "read saved data", source: error.into() })?;
                saved.insert(scope, key, value);
            }
            saved.migrate(scope, self.inner.saved_migrations.get(&(meta.app.name, scope)).cloned());
        }
        let http = &*self.inner.transport;
        Ok(Event::new(EventEnv { http, workflow, meta, event, state, saved, webhook_url }))
    }
}

/// Who owns what is shared this far.
pub(crate) fn scope_key(app: &str, scope: Scope, workflow: &Workflow) -> ScopeKey {
    let owner = match scope {
        Scope::Workflow => workflow.id(),
        Scope::Connection => workflow.connection_id(),
        Scope::Application => "",
    };
    ScopeKey { app: app.to_owned(), scope, owner: owner.to_owned() }
}

/// The writes of what `!save` stored, in order.
pub(crate) fn saves(meta: &IntakeMeta, workflow: &Workflow, saved: Vec<(Scope, Vec<(String, Value)>)>) -> Vec<Write> {
    let write = |(scope, entries): (Scope, Vec<(String, Value)>)| Write::Save {
        owner: scope_key(meta.app.name, scope, workflow),
        entries: entries.into_iter().map(|(key, value)| (key, value.to_string())).collect(),
    };
    saved.into_iter().map(write).collect()
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("max_requests", &self.inner.max_requests)
            .field("max_results", &self.inner.max_results)
            .field("public_url", &self.inner.public_url.is_some())
            .finish_non_exhaustive()
    }
}

/// A runtime to be set up.
#[must_use]
pub struct RuntimeBuilder {
    store: Option<Arc<dyn Store>>,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    requests_per_host: usize,
    max_requests: u32,
    max_results: u64,
    public_url: Option<String>,
    migrations: Migrations,
    saved_migrations: SavedMigrations,
    policy: Policy,
    random: Random,
}

impl RuntimeBuilder {
    /// Where state, records and hooks are kept. Required; see also [`open`](Self::open).
    pub fn store(self, store: impl Store) -> Self {
        Self { store: Some(Arc::new(store)), ..self }
    }

    /// Keeps state, records and hooks in the database file `path`, which is created if it is not there.
    ///
    /// # Errors
    /// If the file cannot be opened.
    #[cfg(feature = "sqlite")]
    pub async fn open(self, path: impl AsRef<std::path::Path>) -> Result<Self, BuildError> {
        Ok(self.store(crate::store::Sqlite::open(path).await?))
    }

    /// What carries HTTP requests; a [`Client`] unless set.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// What tells the time of day; the [system's clock](SystemClock) unless set. Waiting is tokio's.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The most requests under way to one host at once: 32 unless set. More wait for their turn, which no timeout counts.
    pub fn requests_per_host(self, requests_per_host: usize) -> Self {
        Self { requests_per_host, ..self }
    }

    /// The most requests of one cycle: 100 unless set.
    pub fn max_requests(self, max_requests: u32) -> Self {
        Self { max_requests, ..self }
    }

    /// The results after which a cycle makes no further request: 1,000 unless set. The cycle ends when it has **more**
    /// than that, and delivers all it got.
    pub fn max_results(self, max_results: u64) -> Self {
        Self { max_results, ..self }
    }

    /// Where the router of the [receiver](Runtime::receiver) is reached from outside. Vendors are given
    /// `<public_url>/<token>`. Only registering webhooks needs it.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        Self { public_url: Some(url.into()), ..self }
    }

    /// How much sinks are offered at once, and what becomes of what they refuse.
    pub fn sinks(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// For simulations, which are to be the same each time: whoever knows the seed knows the URLs of all hooks.
    #[cfg(feature = "simulation")]
    #[doc(hidden)]
    pub fn random_seed(self, seed: u64) -> Self {
        Self { random: Random::seeded(seed), ..self }
    }

    /// How a polling state that an earlier release of the manifest has written becomes one of this release.
    ///
    /// It is called with the stored state where that does not fit `P::State`, before anything else is done with the
    /// intake; what it gives is committed in its place. Without a migration such a state is an error, and stays. Of two
    /// migrations for one intake, the later holds.
    ///
    /// ```ignore
    /// .migrate::<crm::ImportCustomers, _>(|old| {
    ///     let page = old.get("page").and_then(|page| page.as_i64()).ok_or("no page")?;
    ///     Ok::<_, BoxError>(crm::import_customers::PollingState { cursor: format!("page-{page}") })
    /// })
    /// ```
    pub fn migrate<P: Polling, E: Into<BoxError>>(
        mut self,
        migrate: impl Fn(Value) -> Result<P::State, E> + Send + Sync + 'static,
    ) -> Self {
        let migrate = move |old| Ok(serde_json::to_string(&migrate(old).map_err(Into::into)?)?);
        self.migrations.insert((P::META.app.name, P::META.name), Arc::new(migrate));
        self
    }

    /// How what an earlier release of the manifest has saved in a scope becomes what this one reads. The manifest is that
    /// of `I`, any intake of it.
    ///
    /// It is called with all that is saved there, as an object, when an event is about to read a key that does not fit
    /// what the manifest saves, or that it needs and that is missing; what it gives is what the event reads. It is not
    /// stored: until events save the keys anew, it is called again. Without a migration an event fails before anything
    /// of it runs, and what is saved stays. Of two migrations for one scope of a manifest, the later holds.
    ///
    /// ```ignore
    /// .migrate_saved::<crm::Contacts, _>(Scope::Workflow, |old| {
    ///     let id = old.get("webhook").and_then(|hook| hook.get("id")).ok_or("no id")?;
    ///     Ok::<_, &str>(Value::object([("hook_id", id)]))
    /// })
    /// ```
    pub fn migrate_saved<I: Intake, E: Into<BoxError>>(
        mut self,
        scope: Scope,
        migrate: impl Fn(Value) -> Result<Value, E> + Send + Sync + 'static,
    ) -> Self {
        let migrate = move |old| migrate(old).map_err(Into::into);
        self.saved_migrations.insert((I::META.app.name, scope), Arc::new(migrate));
        self
    }

    /// The runtime.
    ///
    /// # Errors
    /// If there is no store, a setting makes no sense, or the HTTP client cannot be set up.
    pub fn build(self) -> Result<Runtime, BuildError> {
        let store = self.store.ok_or(BuildError::NoStore)?;
        if self.max_requests == 0 {
            return Err(BuildError::NoRequests);
        }
        if self.requests_per_host == 0 {
            return Err(BuildError::NoRequestsPerHost);
        }
        let public_url = self.public_url.as_deref().map(checked_url).transpose()?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(Client::new().map_err(|error| BuildError::Client(error.into()))?),
        };
        let transport = Arc::new(PerHost::new(transport, self.requests_per_host));
        let Self { clock, max_requests, max_results, migrations, saved_migrations, policy, random, .. } = self;
        let inner = Inner {
            store,
            transport,
            clock,
            max_requests,
            max_results,
            public_url,
            migrations,
            saved_migrations,
            policy,
            random,
            lanes: Lanes::default(),
            drains: Mutex::default(),
            receivers: Mutex::default(),
            polls: Turns::default(),
            registrations: Queues::default(),
        };
        Ok(Runtime { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("max_requests", &self.max_requests)
            .field("max_results", &self.max_results)
            .field("public_url", &self.public_url.is_some())
            .finish_non_exhaustive()
    }
}

/// The URL without the slash it may end in.
fn checked_url(text: &str) -> Result<String, BuildError> {
    let url = Url::parse(text).map_err(|error| BuildError::PublicUrl { source: Some(error) })?;
    let callable = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if !callable {
        return Err(BuildError::PublicUrl { source: None });
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}
