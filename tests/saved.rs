//! Saved data that an earlier release of the manifest has stored.

mod common;

use common::{Collected, Vendor};
use intake::store::{Memory, ScopeKey, Store, Write};
use intake::{Intake, Runtime, RuntimeBuilder, Scope, Value, Workflow};
use serde_json::json;
use std::sync::Arc;

mod manifest {
    intake::include_intake!("manifests/saved.json");
}

use manifest::Items;

struct World {
    vendor: Vendor,
    store: Arc<dyn Store>,
}

impl World {
    /// A workflow that was set up, whose store has what this release saves.
    async fn new() -> Self {
        let vendor = Vendor::answering(|_| json!({"data": [1]})).await;
        let world = Self { vendor, store: Arc::new(Memory::new()) };
        world.save(Scope::Application, "account", r#""a1""#).await;
        world.poll(|builder| builder).await.unwrap();
        world
    }

    async fn save(&self, scope: Scope, key: &str, value: &str) {
        let owner = if scope == Scope::Workflow { "w" } else { "" };
        let owner = ScopeKey { app: Items::META.app.name.to_owned(), scope, owner: owner.to_owned() };
        let entries = vec![(key.to_owned(), value.to_owned())];
        self.store.commit(vec![Write::Save { owner, entries }]).await.unwrap();
    }

    async fn saved(&self, scope: Scope) -> Vec<(String, String)> {
        let owner = if scope == Scope::Workflow { "w" } else { "" };
        let owner = ScopeKey { app: Items::META.app.name.to_owned(), scope, owner: owner.to_owned() };
        self.store.saved(&owner).await.unwrap().into_iter().collect()
    }

    /// A poll of a program that is started anew: the query that was sent, or the error.
    async fn poll(&self, set: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder) -> Result<String, String> {
        let builder = Runtime::builder().store(self.store.clone());
        let builder = builder.transport(self.vendor.instead_of("https://vendor.example"));
        let runtime = set(builder).build().unwrap();
        let before = self.vendor.seen().len();
        let polled = runtime.poll(&Workflow::new("w"), &Items::default(), Collected::default().sink()).await;
        match polled {
            Ok(_) => Ok(self.vendor.seen().last().unwrap().uri.clone()),
            Err(error) => {
                assert_eq!(self.vendor.seen().len(), before, "nothing of the event ran");
                let mut text = error.to_string();
                let mut cause = std::error::Error::source(&error);
                while let Some(error) = cause {
                    text += &format!(": {error}");
                    cause = error.source();
                }
                Err(text)
            }
        }
    }
}

#[tokio::test]
async fn what_this_release_saves_fits() {
    let world = World::new().await;
    assert_eq!(world.poll(|builder| builder).await.unwrap(), "/items?n=2&token=t1&size=10&seen=0&account=a1");
}

#[tokio::test]
async fn what_does_not_fit_is_told_before_anything_runs_and_stays() {
    let world = World::new().await;
    world.save(Scope::Workflow, "token", r#"{"secret": "s3cret"}"#).await;
    let before = world.saved(Scope::Workflow).await;
    let error = world.poll(|builder| builder).await.unwrap_err();
    for part in [
        "saved.json:13:",
        "event request in intake items",
        "what is saved in the scope `workflow` does not fit the manifest: `token` is an object, where the manifest has a string (7:20)",
        "RuntimeBuilder::migrate_saved",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("s3cret"), "{error}");
    assert_eq!(world.saved(Scope::Workflow).await, before);
}

#[tokio::test]
async fn what_is_inside_of_an_object_is_compared_as_well() {
    let world = World::new().await;
    world.save(Scope::Workflow, "page", "{}").await;
    let error = world.poll(|builder| builder).await.unwrap_err();
    assert!(error.contains("`page.size` is missing, where the manifest has a number"), "{error}");
}

#[tokio::test]
async fn null_fits_where_there_is_a_default_and_any_number_where_there_is_one() {
    let world = World::new().await;
    world.save(Scope::Workflow, "seen", "null").await;
    world.save(Scope::Workflow, "page", r#"{"size": 1e30, "more": 1}"#).await;
    let uri = world.poll(|builder| builder).await.unwrap();
    assert!(uri.contains("seen=none"), "{uri}");
}

#[tokio::test]
async fn a_migration_gives_what_is_read_and_changes_nothing_that_is_stored() {
    let world = World::new().await;
    world.save(Scope::Workflow, "token", r#"{"value": "t0"}"#).await;
    let before = world.saved(Scope::Workflow).await;
    let migrate = |builder: RuntimeBuilder| {
        builder.migrate_saved::<Items, _>(Scope::Workflow, |old| {
            let token = old.get("token").and_then(|token| token.get("value")).ok_or("no value")?;
            let page = old.get("page").ok_or("no page")?;
            Ok::<_, &str>(Value::object([("token", token), ("page", page)]))
        })
    };
    let uri = world.poll(migrate).await.unwrap();
    assert!(uri.contains("token=t0&size=10&seen=none"), "{uri}");
    assert_eq!(world.saved(Scope::Workflow).await, before);
    world.save(Scope::Workflow, "token", r#""t2""#).await;
    let uri = world.poll(migrate).await.unwrap();
    assert!(uri.contains("token=t2&size=10&seen=0"), "not called any more: {uri}");
}

#[tokio::test]
async fn a_migration_is_called_for_a_key_that_is_missing() {
    let vendor = Vendor::answering(|_| json!({"data": [1]})).await;
    let world = World { vendor, store: Arc::new(Memory::new()) };
    world.save(Scope::Application, "acct", "7").await;
    let error = world.poll(|builder| builder).await.unwrap_err();
    assert!(error.contains("`${data.application.account}` has no value here"), "{error}");
    let migrate = |builder: RuntimeBuilder| {
        builder.migrate_saved::<manifest::Hooks, _>(Scope::Application, |old| {
            let account = old.get("acct").map(|account| Value::from(account.to_string().as_str())).ok_or("no acct")?;
            Ok::<_, &str>(Value::object([("account", account)]))
        })
    };
    let uri = world.poll(migrate).await.unwrap();
    assert!(uri.contains("account=7"), "{uri}");
}

#[tokio::test]
async fn a_migration_that_fails_or_mends_nothing_is_an_error() {
    let world = World::new().await;
    world.save(Scope::Workflow, "token", "null").await;
    let polled = world.poll(|builder| builder.migrate_saved::<Items, _>(Scope::Workflow, |_| Err("no idea"))).await;
    let error = polled.unwrap_err();
    assert!(error.contains("what is saved in the scope `workflow` cannot be migrated: no idea"), "{error}");
    let same = |builder: RuntimeBuilder| builder.migrate_saved::<Items, _>(Scope::Workflow, Ok::<_, &str>);
    let error = world.poll(same).await.unwrap_err();
    assert!(error.contains("`token` is null, where the manifest has a string"), "{error}");
    let none =
        |builder: RuntimeBuilder| builder.migrate_saved::<Items, _>(Scope::Workflow, |_| Ok::<_, &str>("t".into()));
    let error = world.poll(none).await.unwrap_err();
    assert!(error.contains("gave a string, but an object of its keys is needed"), "{error}");
}
