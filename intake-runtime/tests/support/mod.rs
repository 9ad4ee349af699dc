//! Intakes written by hand over scripts, and stores that fail on purpose.
#![allow(dead_code, unused_macros, unused_imports, reason = "each test uses its part")]

use intake_runtime::clock::Timestamp;
use intake_runtime::event::{At, Event, EventError, Respond};
use intake_runtime::http::{HttpError, HttpRequest, Method, Transport, TransportFuture};
use intake_runtime::intake::{App, EventResult, Scope};
use intake_runtime::runtime::{Runtime, RuntimeBuilder};
use intake_runtime::sink::{Batch, BoxError};
use intake_runtime::store::*;
use intake_runtime::value::Value;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(crate) static APP: App = App::new("acme", "acme.json", &[]);

/// What a script says to a call of an event.
pub(crate) type Answer = Result<Json, &'static str>;
type Script = Arc<dyn Fn(&Call) -> Answer + Send + Sync>;

/// A call of an event, as its script sees it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) event: &'static str,
    /// The polling state, or the input.
    pub(crate) input: Json,
    pub(crate) webhook_url: Option<String>,
    /// What the workflow scope has under `id`.
    pub(crate) saved: Option<Json>,
    /// How many calls of this event there were before.
    pub(crate) nth: usize,
}

/// The vendor's side: a script, and a log of the calls. Intakes find it by its id, which is all of their inputs.
#[derive(Clone)]
pub(crate) struct Vendor {
    pub(crate) id: String,
    script: Script,
    log: Arc<Mutex<Vec<Call>>>,
}

static VENDORS: LazyLock<Mutex<HashMap<String, Vendor>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Vendor {
    pub(crate) fn new(script: impl Fn(&Call) -> Answer + Send + Sync + 'static) -> Self {
        let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let vendor = Self { id: id.clone(), script: Arc::new(script), log: Arc::default() };
        VENDORS.lock().unwrap().insert(id, vendor.clone());
        vendor
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, event: &str) -> usize {
        self.calls().iter().filter(|call| call.event == event).count()
    }

    pub(crate) fn events(&self) -> Vec<&'static str> {
        self.calls().iter().map(|call| call.event).collect()
    }
}

/// Runs an event: the script's answer is its output. Of an object `!save` saves, `!respond` responds.
pub(crate) async fn run(id: &str, event: &'static str, cx: &mut Event<'_>, input: Option<Value>) -> EventResult {
    const AT: At = At::new("!jq", 7, 9);
    let vendor = VENDORS.lock().unwrap()[id].clone();
    tokio::task::yield_now().await;
    let input = input.unwrap_or_else(|| cx.polling_state("polling_state", &[]).value(AT).unwrap());
    let saved = cx.saved("data.workflow.id", Scope::Workflow, &[intake_runtime::event::Step::Key("id")]);
    let call = {
        let mut log = vendor.log.lock().unwrap();
        let nth = log.iter().filter(|call| call.event == event).count();
        let webhook_url = cx.webhook_url().text(AT).ok();
        let saved = saved.value(AT).ok().map(Json::from);
        let call = Call { event, input: input.into(), webhook_url, saved, nth };
        log.push(call.clone());
        call
    };
    let answer = (vendor.script)(&call);
    tokio::task::yield_now().await;
    let output = match answer {
        Ok(output) => output,
        Err(message) => return failure(cx, message),
    };
    if let Some(seconds) = output.get("!sleep").and_then(Json::as_u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    if let Some(entries) = output.get("!save") {
        cx.save(AT, Scope::Workflow, &entries.into())?;
    }
    if let Some(respond) = output.get("!respond") {
        let body = respond.get("body").map(Value::from);
        let process_payload = respond.get("process_payload") == Some(&Json::Bool(true));
        let code = respond.get("code").and_then(Json::as_u64).unwrap_or(200) as u16;
        let headers = vec![("x-answer", Value::from("yes")), ("x-left-out", Value::NULL)];
        cx.respond(AT, Respond { process_payload, code, headers, body })?;
    }
    Ok(output.into())
}

fn failure(cx: &Event<'_>, message: &'static str) -> Result<Value, EventError> {
    cx.fail(At::new("!error", 7, 9), message)
}

/// An intake of one input, the vendor's id.
macro_rules! intake {
    ($name:ident, $text:literal) => {
        #[derive(Clone)]
        pub(crate) struct $name {
            pub(crate) vendor: String,
        }
        intake_runtime::inputs!($name { vendor: "vendor" });
        impl intake_runtime::intake::Intake for $name {
            const META: &'static intake_runtime::intake::IntakeMeta = {
                static META: intake_runtime::intake::IntakeMeta =
                    intake_runtime::intake::IntakeMeta::new(&$crate::support::APP, $text, 3);
                &META
            };
        }
        impl $name {
            #[allow(dead_code, reason = "each test uses its part")]
            pub(crate) fn of(vendor: &$crate::support::Vendor) -> Self {
                Self { vendor: vendor.id.clone() }
            }
        }
    };
}

macro_rules! polling {
    ($name:ident, $text:literal, $record:ty) => {
        $crate::support::intake!($name, $text);
        impl intake_runtime::intake::Polling for $name {
            type Record = $record;
            type State = intake_runtime::value::Value;
            const FREQUENCY: Option<u32> = None;
            async fn initial_setup(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "initial_setup", cx, None).await
            }
            async fn pre_poll(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "pre_poll", cx, None).await
            }
            async fn request(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "request", cx, None).await
            }
            async fn post_poll(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "post_poll", cx, None).await
            }
        }
    };
}

macro_rules! webhook {
    ($name:ident, $text:literal, $record:ty, $scope:expr, $verification:literal, $account:literal) => {
        $crate::support::intake!($name, $text);
        impl intake_runtime::intake::Webhook for $name {
            type Record = $record;
            const SCOPE: Scope = $scope;
            const HAS_UPDATE: bool = true;
            const HAS_DELETE: bool = true;
            const HAS_VERIFICATION: bool = $verification;
            const HAS_RESOURCE_ID: bool = !matches!($scope, Scope::Workflow);
            const HAS_ACCOUNT_ID: bool = $account;
            async fn create(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "create", cx, None).await
            }
            async fn update(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "update", cx, None).await
            }
            async fn delete(&self, cx: &mut Event<'_>) -> EventResult {
                $crate::support::run(&self.vendor, "delete", cx, None).await
            }
            async fn verification(&self, cx: &mut Event<'_>, input: Value) -> EventResult {
                $crate::support::run(&self.vendor, "verification", cx, Some(input)).await
            }
            async fn resource_id(&self, cx: &mut Event<'_>, payload: Value) -> EventResult {
                $crate::support::run(&self.vendor, "resource_id", cx, Some(payload)).await
            }
            async fn account_id(&self, cx: &mut Event<'_>, payload: Value) -> EventResult {
                $crate::support::run(&self.vendor, "account_id", cx, Some(payload)).await
            }
        }
    };
}
pub(crate) use {intake, polling, webhook};

/// No event here makes a request.
struct Offline;

impl Transport for Offline {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        let (method, url) = (request.method, request.url.to_string());
        Box::pin(async move { Err(HttpError::Timeout { method, url }) })
    }
}

pub(crate) fn builder(store: impl Store) -> RuntimeBuilder {
    Runtime::builder().store(store).transport(Offline).public_url("https://hooks.example.com/in/")
}

pub(crate) fn runtime(store: impl Store) -> Runtime {
    builder(store).build().unwrap()
}

pub(crate) type Delivering = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// A sink that keeps what it gets, and fails when told to.
#[derive(Clone, Default)]
pub(crate) struct Inbox {
    records: Arc<Mutex<Vec<(String, String)>>>,
    batches: Arc<Mutex<Vec<usize>>>,
    fail_at: Arc<Mutex<Option<usize>>>,
    pub(crate) broken: Arc<AtomicBool>,
}

impl Inbox {
    /// Fails the batch that comes after so many, once.
    pub(crate) fn fail_at(&self, batch: usize) {
        *self.fail_at.lock().unwrap() = Some(batch);
    }

    pub(crate) fn sink<R: Into<Json> + Send + 'static>(
        &self,
    ) -> impl Fn(Batch<R>) -> Delivering + Send + Sync + use<R> + 'static {
        let inbox = self.clone();
        move |batch| {
            let inbox = inbox.clone();
            Box::pin(async move {
                tokio::task::yield_now().await;
                inbox.take(batch)?;
                tokio::task::yield_now().await;
                Ok(())
            })
        }
    }

    fn take<R: Into<Json>>(&self, batch: Batch<R>) -> Result<(), BoxError> {
        let mut batches = self.batches.lock().unwrap();
        batches.push(batch.len());
        let failing = self.fail_at.lock().unwrap().take_if(|at| *at < batches.len()).is_some();
        if failing || self.broken.load(Ordering::SeqCst) {
            return Err("the database of the sink is full".into());
        }
        let records = batch.into_iter().map(|record| (record.key, record.value.into().to_string()));
        self.records.lock().unwrap().extend(records);
        Ok(())
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.records.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn values(&self) -> Vec<String> {
        self.records.lock().unwrap().iter().map(|(_, value)| value.clone()).collect()
    }

    pub(crate) fn batches(&self) -> Vec<usize> {
        self.batches.lock().unwrap().clone()
    }

    /// Each key with its value. Panics if a key came with two values.
    pub(crate) fn by_key(&self) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        for (key, value) in &*self.records.lock().unwrap() {
            let earlier = map.insert(key.clone(), value.clone());
            assert!(earlier.is_none_or(|earlier| earlier == *value), "{key} is two records");
        }
        map
    }
}

/// When a [`Mortal`] store dies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Death {
    /// Before the commit takes effect.
    Before(usize),
    /// After it did, before anyone heard of it.
    After(usize),
}

/// When a commit fails, and which.
pub(crate) type Refusing = (Death, fn(&Write) -> bool);

/// A store whose process dies at a commit: that one and all that is asked afterwards fails.
#[derive(Clone)]
pub(crate) struct Mortal {
    pub(crate) inner: Memory,
    death: Option<Death>,
    commits: Arc<AtomicUsize>,
    reads: Arc<AtomicUsize>,
    dead: Arc<AtomicBool>,
    /// Fails commits that store a delivery, as long as it is set.
    pub(crate) refuse_deliveries: Arc<AtomicBool>,
    /// Fails commits with such a write: `Death::Before`, without effect, `Death::After`, with all of it. Reads go on.
    pub(crate) refuse: Arc<Mutex<Option<Refusing>>>,
    /// If set, holds back each answer that an outbox is empty until there is a permit.
    pub(crate) empty: Option<Arc<Semaphore>>,
    /// How long a commit takes to be seen.
    pub(crate) slowness: Duration,
}

impl Mortal {
    pub(crate) fn new(inner: Memory, death: Option<Death>) -> Self {
        let (commits, reads, dead, refuse_deliveries, refuse) = Default::default();
        Self { inner, death, commits, reads, dead, refuse_deliveries, refuse, empty: None, slowness: Duration::ZERO }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.is_dead() { Err(failed()) } else { Ok(()) }
    }

    fn read<'a, T: Send + 'a>(&'a self, read: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.alive()?;
            let answer = read.await;
            tokio::task::yield_now().await;
            answer
        })
    }

    fn die<T>(&self) -> Result<T, StoreError> {
        self.dead.store(true, Ordering::SeqCst);
        Err(failed())
    }
}

/// A delivery as the router stores it.
pub(crate) fn deliver(token: &str, payload: bytes::Bytes) -> Write {
    let at = Timestamp(1_700_000_000_000);
    Write::Deliver(Arrival { token: token.to_owned(), payload, headers: None, dedupe: None, at })
}

fn failed() -> StoreError {
    StoreError::Failed { action: "commit", source: "the power is out".into() }
}

impl Store for Mortal {
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake> {
        self.read(self.inner.lease(key))
    }
    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>> {
        self.read(self.inner.intake(key))
    }
    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, Vec<(String, String)>> {
        self.read(self.inner.saved(owner))
    }
    fn saved_of(&self, owners: Vec<ScopeKey>) -> StoreFuture<'_, Vec<SavedEntries>> {
        self.read(self.inner.saved_of(owners))
    }
    fn outbox(&self, key: &IntakeKey, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        let answer = self.read(self.inner.outbox(key, limit, bytes));
        Box::pin(async move {
            let records = answer.await?;
            if let Some(permits) = self.empty.as_ref().filter(|_| records.is_empty()) {
                permits.acquire().await.unwrap().forget();
            }
            Ok(records)
        })
    }
    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        self.read(self.inner.outbox_owners(app, intake))
    }
    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>> {
        self.read(self.inner.hook(token))
    }
    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>> {
        self.read(self.inner.hook_of(intake, owner))
    }
    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>> {
        self.read(self.inner.hook_users(token))
    }
    fn deliveries(&self, app: &str, intake: &str, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<Delivery>> {
        self.read(self.inner.deliveries(app, intake, limit, bytes))
    }
    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        self.read(self.inner.undeliverable(app, limit))
    }
    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        self.read(self.inner.count_undeliverable(app))
    }
    fn workflow(&self, key: &WorkflowKey) -> StoreFuture<'_, Option<(StoredWorkflow, Vec<Task>)>> {
        self.read(self.inner.workflow(key))
    }
    fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<StoredWorkflow>> {
        self.read(self.inner.workflows(which, after, limit))
    }
    fn due(&self, until: Timestamp, after: Option<Place>, limit: usize) -> StoreFuture<'_, Vec<DueTask>> {
        self.read(self.inner.due(until, after, limit))
    }
    fn pull_in(&self, now: Timestamp, beyond: Duration, from: i64) -> StoreFuture<'_, Option<i64>> {
        self.read(self.inner.pull_in(now, beyond, from))
    }
    fn lanes(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxLane>> {
        self.read(self.inner.lanes(after, limit))
    }
    fn lane(&self, key: &IntakeKey) -> StoreFuture<'_, Option<OutboxLane>> {
        self.read(self.inner.lane(key))
    }
    fn outbox_entries(&self, dead: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxEntry>> {
        self.read(self.inner.outbox_entries(dead, after, limit))
    }
    fn outbox_entry(&self, record: i64) -> StoreFuture<'_, Option<OutboxEntry>> {
        self.read(self.inner.outbox_entry(record))
    }
    fn kept_deliveries(&self, undeliverable: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<StoredDelivery>> {
        self.read(self.inner.kept_deliveries(undeliverable, after, limit))
    }
    fn delivery(&self, id: i64) -> StoreFuture<'_, Option<StoredDelivery>> {
        self.read(self.inner.delivery(id))
    }
    fn hooks(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Hook>> {
        self.read(self.inner.hooks(after, limit))
    }
    fn intents(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Intent>> {
        self.read(self.inner.intents(after, limit))
    }
    fn intent(&self, token: &str) -> StoreFuture<'_, Option<Intent>> {
        self.read(self.inner.intent(token))
    }
    fn intakes(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<(IntakeKey, StoredIntake)>> {
        self.read(self.inner.intakes(after, limit))
    }
    fn registrations(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<RegisteredHook>> {
        self.read(self.inner.registrations(after, limit))
    }
    fn tasks(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<TaskReport>> {
        self.read(self.inner.tasks(after, limit))
    }
    fn strays(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<IntakeKey>> {
        self.read(self.inner.strays(after, limit))
    }
    fn scopes(&self, after: Option<&ScopeKey>, limit: usize) -> StoreFuture<'_, Vec<ScopeKey>> {
        self.read(self.inner.scopes(after, limit))
    }
    fn counts(&self, now: Timestamp) -> StoreFuture<'_, Counts> {
        self.read(self.inner.counts(now))
    }
    /// None of the commits that are counted.
    fn probe(&self) -> StoreFuture<'_, ()> {
        self.read(self.inner.probe())
    }
    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.alive()?;
            let nth = self.commits.fetch_add(1, Ordering::SeqCst);
            let delivers = writes.iter().any(|write| matches!(write, Write::Deliver(_)));
            if delivers && self.refuse_deliveries.load(Ordering::SeqCst) {
                return Err(failed());
            }
            let refuse = self.refuse.lock().unwrap().filter(|(_, which)| writes.iter().any(which));
            match refuse {
                Some((Death::Before(_), _)) => return Err(failed()),
                Some((Death::After(_), _)) => {
                    self.inner.commit(writes).await?;
                    return Err(failed());
                }
                None => {}
            }
            if matches!(self.death, Some(Death::Before(at)) if at == nth) {
                return self.die();
            }
            if !self.slowness.is_zero() {
                tokio::time::sleep(self.slowness).await;
            }
            self.inner.commit(writes).await?;
            if matches!(self.death, Some(Death::After(at)) if at == nth) {
                return self.die();
            }
            tokio::task::yield_now().await;
            Ok(())
        })
    }
}

/// Drops a future after it was polled so many times; `None` if it had not ended.
pub(crate) async fn cancelled<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

pub(crate) const POST: Method = Method::Post;
