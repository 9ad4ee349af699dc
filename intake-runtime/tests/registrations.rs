//! What becomes of a registration at a real vendor: what is known of it, what is undone, and who is told.

mod support;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use intake_runtime::clock::Timestamp;
use intake_runtime::error::RegisterError;
use intake_runtime::event::{At, Event, Step};
use intake_runtime::http::{Client, Method};
use intake_runtime::inspect::Finding;
use intake_runtime::intake::{EventResult, Scope, Webhook};
use intake_runtime::private as rt;
use intake_runtime::runtime::Runtime;
use intake_runtime::sink::Batch;
use intake_runtime::store::*;
use intake_runtime::value::Value;
use intake_runtime::workflow::{Connection, Workflow};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Death, Inbox, Mortal, Vendor as Script, intake, polling};

const AT: At = At::new("!http", 7, 9);

/// A vendor's hooks, over HTTP.
#[derive(Clone, Default)]
struct Vendor(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    hooks: BTreeMap<String, String>,
    created: usize,
    answers: Answers,
    delete: Option<StatusCode>,
}

/// How `create` is answered.
#[derive(Clone, Copy, Default)]
enum Answers {
    #[default]
    Well,
    /// Creates nothing.
    Refused(StatusCode),
    /// Creates it, and the connection stays silent.
    Never,
    /// Creates it, and does not say its id.
    WithoutId,
    /// Creates it, and then a later command of the event fails.
    BeforeAFailure,
}

async fn create(State(vendor): State<Vendor>, url: String) -> Response {
    let (id, answers) = {
        let inner = &mut *vendor.0.lock().unwrap();
        if let Answers::Refused(status) = inner.answers {
            return (status, "hunter2 is no topic").into_response();
        }
        inner.created += 1;
        let id = format!("h{}", inner.created);
        inner.hooks.insert(id.clone(), url);
        (id, inner.answers)
    };
    match answers {
        Answers::Never => std::future::pending().await,
        Answers::WithoutId => "{}".into_response(),
        Answers::BeforeAFailure => format!(r#"{{"id":"{id}","then":"fail"}}"#).into_response(),
        _ => format!(r#"{{"id":"{id}"}}"#).into_response(),
    }
}

async fn remove(State(vendor): State<Vendor>, Path(id): Path<String>) -> StatusCode {
    let inner = &mut *vendor.0.lock().unwrap();
    match inner.delete {
        Some(status) => status,
        None if inner.hooks.remove(&id).is_some() => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

impl Vendor {
    fn hooks(&self) -> Vec<String> {
        self.0.lock().unwrap().hooks.keys().cloned().collect()
    }

    fn created(&self) -> usize {
        self.0.lock().unwrap().created
    }

    fn answers(&self, answers: Answers) {
        self.0.lock().unwrap().answers = answers;
    }

    fn delete(&self, status: Option<u16>) {
        self.0.lock().unwrap().delete = status.map(|status| StatusCode::from_u16(status).unwrap());
    }
}

// Its input is the vendor's origin.
intake!(Hooked, "hook");

impl Hooked {
    fn url(&self, path: &str) -> rt::FinishedUrl {
        rt::FinishedUrl::parse(&format!("{}{path}", self.vendor)).unwrap()
    }
}

impl Webhook for Hooked {
    type Record = serde_json::Value;
    const SCOPE: Scope = Scope::Connection;
    const HAS_UPDATE: bool = true;
    const HAS_DELETE: bool = true;
    const HAS_VERIFICATION: bool = false;
    const HAS_RESOURCE_ID: bool = false;
    const HAS_ACCOUNT_ID: bool = false;

    async fn create(&self, cx: &mut Event<'_>) -> EventResult {
        let url = Value::from(cx.webhook_url().text(AT)?);
        let answer = cx.http(AT, Method::Post, rt::Target::External, self.url("/hooks")).body(url).send().await?;
        let Some(id) = answer.get("id") else { return cx.fail(AT, "no id") };
        cx.save(AT, Scope::Connection, &Value::object([("id", id)]))?;
        if answer.get("then").is_some() { cx.fail(AT, "a later command fails") } else { Ok(answer) }
    }

    async fn update(&self, cx: &mut Event<'_>) -> EventResult {
        cx.http(AT, Method::Post, rt::Target::External, self.url("/hooks/update")).send().await
    }

    async fn delete(&self, cx: &mut Event<'_>) -> EventResult {
        let id = cx.saved("data.connection.id", Scope::Connection, &[Step::Key("id")]).text(AT)?;
        cx.http(AT, Method::Delete, rt::Target::External, self.url(&format!("/hooks/{id}"))).send().await
    }
}

polling!(Items, "items", u64);

struct World {
    vendor: Vendor,
    intake: Hooked,
    store: Mortal,
    runtime: Runtime,
}

fn runtime(store: impl Store) -> Runtime {
    let client = Client::builder().timeout(Duration::from_millis(300)).build().unwrap();
    Runtime::builder().store(store).transport(client).public_url("https://hooks.example.com").build().unwrap()
}

async fn world() -> World {
    let vendor = Vendor::default();
    let router = Router::new().route("/hooks", post(create)).route("/hooks/{id}", delete(remove));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let intake = Hooked { vendor: format!("http://{}", listener.local_addr().unwrap()) };
    let router = router.with_state(vendor.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let store = Mortal::new(Memory::new(), None);
    World { vendor, intake, runtime: runtime(store.clone()), store }
}

fn workflow(id: &str) -> Workflow {
    Workflow::new(id).connection(Connection::new("c"))
}

fn owner() -> ScopeKey {
    ScopeKey { app: "acme".into(), scope: Scope::Connection, owner: "c".into() }
}

impl World {
    async fn register(&self) -> Result<bool, RegisterError> {
        let registered = self.runtime.register(&workflow("w"), &self.intake).await;
        registered.map(|registration| registration.created)
    }

    async fn unregister(&self) -> Result<bool, RegisterError> {
        self.runtime.unregister(&workflow("w"), &self.intake).await
    }

    async fn findings(&self) -> Vec<Finding> {
        self.runtime.inspect(100).await.unwrap().findings
    }

    async fn status(&self) -> Option<HookStatus> {
        self.store.inner.hook_of("hook", &owner()).await.unwrap().map(|hook| hook.status)
    }
}

#[tokio::test]
async fn a_create_that_is_refused_is_run_again_by_the_same_call() {
    let world = world().await;
    world.vendor.answers(Answers::Refused(StatusCode::UNPROCESSABLE_ENTITY));
    let error = world.register().await.unwrap_err();
    assert!(error.to_string().contains("hunter2"), "who calls sees what the vendor says: {error}");
    let [finding] = &world.findings().await[..] else { panic!() };
    let expected = "`create` of `hook` of app `acme` for workflow `w` (try 1, since ";
    assert!(matches!(finding, Finding::Failed(_)) && finding.to_string().starts_with(expected), "{finding}");
    assert!(finding.to_string().contains("/hooks answered 422 Unprocessable Entity; register it again"), "{finding}");
    assert!(!format!("{finding:?} {finding}").contains("hunter2"), "what is kept has no values");
    world.vendor.answers(Answers::Well);
    assert!(world.register().await.unwrap());
    assert_eq!((world.vendor.hooks(), world.findings().await), (vec!["h1".to_owned()], vec![]));
}

#[tokio::test]
async fn a_create_without_an_answer_is_not_repeated_unless_it_is_told_to() {
    for answers in [Answers::Never, Answers::WithoutId] {
        let world = world().await;
        world.vendor.answers(answers);
        assert!(matches!(world.register().await, Err(RegisterError::Event(_))));
        world.vendor.answers(Answers::Well);
        for _ in 0..2 {
            let error = world.register().await.unwrap_err();
            assert!(
                error.to_string().contains("whether the vendor holds the hook of `hook` for workflow `w` is not known")
            );
            assert!(matches!(world.unregister().await, Err(RegisterError::Unknown { .. })));
        }
        let [finding] = &world.findings().await[..] else { panic!() };
        assert!(finding.to_string().ends_with("or drop the hook (`drop_hook`)"), "{finding}");
        assert_eq!(world.vendor.created(), 1);
        let registration = world.runtime.register_again(&workflow("w"), &world.intake).await.unwrap();
        assert!(registration.created && registration.recovered);
        assert_eq!((world.vendor.hooks().len(), world.findings().await), (2, vec![]));
        assert!(world.unregister().await.unwrap());
    }
}

#[tokio::test]
async fn a_create_that_nobody_hears_the_end_of_is_not_repeated() {
    let world = world().await;
    world.vendor.answers(Answers::Never);
    let (registered, intake) = (workflow("w"), world.intake.clone());
    let here = world.runtime.clone();
    let task = tokio::spawn(async move { here.register(&registered, &intake).await });
    while world.vendor.created() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.findings().await, [], "it is under way here");
    let elsewhere = runtime(world.store.clone());
    assert!(matches!(&elsewhere.inspect(9).await.unwrap().findings[..], [Finding::Unknown(_)]));
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(matches!(world.register().await, Err(RegisterError::Unknown { .. })));
    assert!(world.runtime.drop_hook("hook", &owner()).await.unwrap());
    world.vendor.answers(Answers::Well);
    assert!(world.register().await.unwrap());
}

#[tokio::test]
async fn a_create_that_fails_after_it_has_saved_is_undone() {
    let world = world().await;
    world.vendor.answers(Answers::BeforeAFailure);
    assert!(matches!(world.register().await, Err(RegisterError::Event(_))));
    assert_eq!((world.vendor.created(), world.vendor.hooks()), (1, vec![]));
    assert!(matches!(&world.findings().await[..], [Finding::Failed(_)]));
    // Not with what an earlier registration has saved: nobody knows which hook this one made.
    world.vendor.answers(Answers::Well);
    world.register().await.unwrap();
    world.unregister().await.unwrap();
    world.vendor.answers(Answers::WithoutId);
    world.register().await.unwrap_err();
    assert_eq!(world.vendor.hooks(), ["h3"]);
    assert!(matches!(world.register().await, Err(RegisterError::Unknown { .. })));
}

fn activates(write: &Write) -> bool {
    matches!(write, Write::PutHook(hook) if hook.status == HookStatus::Active)
}

#[tokio::test]
async fn a_create_that_cannot_be_stored_is_undone() {
    let world = world().await;
    *world.store.refuse.lock().unwrap() = Some((Death::Before(0), activates));
    let error = world.register().await.unwrap_err();
    assert!(matches!(error, RegisterError::Undone { .. }), "{error}");
    assert_eq!((world.vendor.created(), world.vendor.hooks()), (1, vec![]));
    assert_eq!(world.store.inner.saved(&owner()).await.unwrap(), []);
    assert!(matches!(&world.findings().await[..], [Finding::Failed(_)]));

    // It could be neither stored nor undone: that is listed.
    world.vendor.delete(Some(500));
    assert!(matches!(world.register().await, Err(RegisterError::Store(_))));
    assert_eq!(world.vendor.hooks(), ["h2"]);
    assert!(matches!(&world.findings().await[..], [Finding::Unknown(_)]));
    assert!(matches!(world.register().await, Err(RegisterError::Unknown { .. })));
}

#[tokio::test]
async fn a_create_whose_answer_alone_is_lost_is_stored() {
    let world = world().await;
    *world.store.refuse.lock().unwrap() = Some((Death::After(0), activates));
    assert!(world.register().await.unwrap());
    assert_eq!((world.vendor.hooks().len(), world.status().await), (1, Some(HookStatus::Active)));
    assert_eq!(world.findings().await, []);
}

#[tokio::test]
async fn what_the_vendor_does_not_know_any_more_is_deleted() {
    for status in [404, 410] {
        let world = world().await;
        world.register().await.unwrap();
        world.vendor.delete(Some(status));
        assert!(world.unregister().await.unwrap(), "{status}");
        assert_eq!((world.status().await, world.findings().await), (None, vec![]));
    }
    let world = world().await;
    world.register().await.unwrap();
    world.vendor.delete(Some(403));
    for attempt in 1..=2 {
        assert!(matches!(world.unregister().await, Err(RegisterError::Event(_))));
        let [Finding::Failed(call)] = &world.findings().await[..] else { panic!() };
        assert_eq!((call.action, call.attempt, &*call.workflow), (IntentAction::Delete, attempt, "w"));
    }
    // Gone at the vendor meanwhile, or deleted by a call whose answer was lost.
    world.vendor.delete(None);
    world.vendor.0.lock().unwrap().hooks.clear();
    assert!(world.unregister().await.unwrap());
}

#[tokio::test]
async fn the_last_user_of_a_shared_hook_deletes_it() {
    let world = world().await;
    world.register().await.unwrap();
    world.runtime.register(&workflow("v"), &world.intake).await.unwrap();
    assert!(!world.unregister().await.unwrap());
    assert!(!world.unregister().await.unwrap(), "it uses it no more");
    assert_eq!(world.vendor.hooks().len(), 1);
    assert!(world.runtime.unregister(&workflow("v"), &world.intake).await.unwrap());
    assert_eq!(world.vendor.hooks().len(), 0);
}

#[tokio::test]
async fn a_failed_update_is_listed_until_it_succeeds_or_the_hook_goes() {
    let world = world().await;
    world.register().await.unwrap();
    for attempt in 1..=2 {
        world.runtime.update(&workflow("w"), &world.intake).await.unwrap_err();
        let [Finding::Failed(call)] = &world.findings().await[..] else { panic!() };
        assert_eq!((call.action, call.attempt), (IntentAction::Update, attempt));
    }
    assert!(world.unregister().await.unwrap());
    assert_eq!(world.findings().await, []);
}

#[tokio::test]
async fn a_hook_without_users_is_found_and_can_be_removed() {
    let world = world().await;
    world.register().await.unwrap();
    let token = world.store.inner.hook_of("hook", &owner()).await.unwrap().unwrap().token;
    let leave = Write::RemoveHookUser { token: token.clone(), workflow: "w".into() };
    world.store.inner.commit(vec![leave]).await.unwrap();
    let inspection = world.runtime.inspect(9).await.unwrap();
    let [Finding::Unused(hook)] = &inspection.findings[..] else { panic!() };
    assert_eq!(**hook, inspection.registrations[0]);
    assert!(!format!("{inspection:?}").contains(&token), "who knows the token can deliver");
    assert!(world.unregister().await.unwrap());
    assert_eq!((world.vendor.hooks().len(), world.findings().await), (0, vec![]));
}

/// A store in which much is not as it should be.
async fn troubled() -> (Memory, Runtime) {
    let store = Memory::new();
    let key = |workflow: &str| IntakeKey { app: "acme".into(), intake: "items".into(), workflow: workflow.into() };
    let workflow_key = |workflow: &str| WorkflowKey { app: "acme".into(), workflow: workflow.into() };
    let stored = |workflow: &str, status| {
        Write::PutWorkflow(StoredWorkflow {
            key: workflow_key(workflow),
            connection: "c".into(),
            account: None,
            resource: None,
            subdomain: None,
            status,
        })
    };
    let task =
        |workflow: &str| Write::PutTask { key: key(workflow), mode: TaskMode::Once, inputs: "{}".into(), next: None };
    let cycle = CycleProgress { requests: 4, results: 9, previous: None, exit: None };
    let intake = |workflow: &str, cycle: Option<CycleProgress>| Write::Intake {
        key: key(workflow),
        state: Some("{}".into()),
        set_up: true,
        cycles: 2,
        cycle,
    };
    let records = |workflow: &str| {
        let record = |n: u32| OutboxRecord { key: format!("{workflow}/{n}"), payload: "1".into() };
        Write::Append { key: key(workflow), records: (0..3).map(record).collect() }
    };
    let hook = Hook { token: "t".into(), intake: "gone".into(), owner: owner(), status: HookStatus::Active };
    let attention = WorkflowStatus::NeedsAttention { reason: "it failed 10 times".into() };
    store
        .commit(vec![
            stored("stateless", WorkflowStatus::Active),
            task("stateless"),
            stored("interrupted", attention),
            task("interrupted"),
            intake("interrupted", Some(cycle)),
            intake("orphan", None),
            records("refused"),
            Write::Refused {
                key: key("refused"),
                attempts: 3,
                since: Timestamp(0),
                next: Timestamp(1),
                reason: "full".into(),
            },
            records("dead"),
            Write::Bury {
                key: key("dead"),
                records: vec!["dead/0".into(), "dead/2".into()],
                dead: Dead { reason: "no such thing".into(), since: Timestamp(0) },
            },
            Write::PutHook(hook),
            support::deliver("t", "1".into()),
            support::deliver("t", "2".into()),
            Write::Undeliverable { delivery: 1, reason: "no one".into() },
            Write::RemoveHook { token: "t".into() },
        ])
        .await
        .unwrap();
    let (stored, tasks) = store.workflow(&workflow_key("stateless")).await.unwrap().unwrap();
    let progress = Progress { cycles: 3, ..Progress::default() };
    let end = TaskEnd { next: None, failures: 0, error: None, progress, attention: false };
    let end = Write::EndTask { task: tasks[0].number, revision: tasks[0].revision, end };
    store.commit(vec![end, Write::PutWorkflow(stored)]).await.unwrap();
    (store.clone(), runtime(store))
}

#[tokio::test]
async fn an_inspection_lists_what_is_not_as_it_should_be() {
    let (_, runtime) = troubled().await;
    let inspection = runtime.inspect(9).await.unwrap();
    let texts: Vec<_> = inspection.findings.iter().map(ToString::to_string).collect();
    let since = "since 1970-01-01T00:00:00.000Z";
    assert_eq!(
        texts,
        [
            "workflow `interrupted` of app `acme` needs attention: it failed 10 times",
            "`items` of app `acme` for workflow `stateless` has run, and has no polling state: reset it (`reset`)",
            "cycle 3 of `items` of app `acme` for workflow `interrupted` was interrupted after 4 requests: the next one goes \
             on with it, `reset` gives it up",
            "`items` of app `acme` for workflow `orphan` has a polling state, and the workflow is not stored",
            "the sink has refused records of `items` of app `acme` for workflow `refused` 3 times in a row: full",
            &format!(
                "2 dead letters of `items` of app `acme` for workflow `dead`, {since}: no such thing; offer them again \
                 (`retry_dead_letters`), or drop them (`drop_dead_letter`)"
            ),
            "2 undeliverable deliveries of `gone` of app `acme`: route them again (`retry_undeliverable`), or drop them \
             (`drop_undeliverable`)",
        ]
    );
    assert!(!inspection.more);
    assert_eq!((inspection.counts.workflows, inspection.counts.dead), (2, 2));
    assert!(runtime.inspect(0).await.unwrap().more);
    assert_eq!(runtime.inspect(0).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_cycle_at_work_is_not_found() {
    let store = Memory::new();
    let runtime = support::runtime(store.clone());
    let entered = Arc::new(tokio::sync::Notify::new());
    let told = entered.clone();
    let script = Script::new(|call| {
        let page = serde_json::json!({"results": [1], "iterate": false});
        Ok(if call.event == "request" { page } else { serde_json::Value::Null })
    });
    let (intake, polled) = (Items::of(&script), runtime.clone());
    let poll = tokio::spawn(async move {
        let hangs = move |_: Batch<u64>| {
            told.notify_one();
            std::future::pending::<Result<(), std::convert::Infallible>>()
        };
        polled.poll(&Workflow::new("w"), &intake, hangs).await
    });
    entered.notified().await;
    assert_eq!(runtime.inspect(9).await.unwrap().findings, []);
    poll.abort();
    assert!(poll.await.is_err());
    assert!(matches!(&runtime.inspect(9).await.unwrap().findings[..], [Finding::Cycle { requests: 1, .. }]));
}

#[tokio::test]
async fn undeliverable_deliveries_are_routed_again_or_dropped() {
    let (store, _) = troubled().await;
    let world = world().await;
    let runtime = runtime(store.clone());
    let inbox = Inbox::default();
    // The hook's deliveries came before any workflow was there.
    let hook = Hook { token: "t".into(), intake: "hook".into(), owner: owner(), status: HookStatus::Active };
    store.commit(vec![Write::PutHook(hook), support::deliver("t", "3".into())]).await.unwrap();
    let receiver = runtime.receiver().webhook::<Hooked, _>(inbox.sink::<serde_json::Value>()).start().unwrap();
    receiver.idle().await;
    let kept = runtime.list_undeliverable(0, 9).await.unwrap();
    assert_eq!(kept.iter().map(|kept| (kept.id, kept.attempts)).collect::<Vec<_>>(), [(1, 1), (2, 0), (3, 1)]);
    assert!(kept[2].reason.as_ref().unwrap().starts_with("the hook has no workflow"));
    runtime.register(&workflow("w"), &world.intake).await.unwrap();
    assert!(runtime.retry_undeliverable(3).await.unwrap());
    receiver.idle().await;
    assert_eq!(inbox.values(), ["3"]);
    assert!(!runtime.retry_undeliverable(3).await.unwrap() && !runtime.drop_undeliverable(3).await.unwrap());
    assert!(runtime.drop_undeliverable(2).await.unwrap());
    assert_eq!(runtime.list_undeliverable(1, 9).await.unwrap(), []);
}
