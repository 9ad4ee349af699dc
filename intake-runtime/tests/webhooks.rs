//! Webhooks at the vendor: registered once, shared, removed with their last user.

mod support;

use intake_runtime::error::RegisterError;
use intake_runtime::event::Event;
use intake_runtime::inspect::Finding;
use intake_runtime::intake::{EventResult, Scope};
use intake_runtime::runtime::Runtime;
use intake_runtime::store::{Hook, HookStatus, HookUser, IntentAction, Memory, ScopeKey, Store};
use intake_runtime::value::Value;
use intake_runtime::workflow::{Connection, Workflow};
use serde_json::{Value as Json, json};
use support::{Death, Mortal, Vendor, builder, runtime, webhook};

webhook!(Own, "own", Json, Scope::Workflow, false, false);
webhook!(Shared, "shared", Json, Scope::Connection, false, false);
webhook!(Global, "global", Json, Scope::Application, false, true);

/// A vendor that gives each hook it creates an id.
fn vendor() -> Vendor {
    Vendor::new(|call| {
        Ok(match call.event {
            "create" => json!({"!save": {"id": format!("hook-{}", call.nth)}}),
            _ => Json::Null,
        })
    })
}

fn workflow(id: &str, connection: &str) -> Workflow {
    Workflow::new(id).connection(Connection::new(connection).account("account-1")).resource("r1")
}

fn owner(scope: Scope, owner: &str) -> ScopeKey {
    ScopeKey { app: "acme".to_owned(), scope, owner: owner.to_owned() }
}

async fn hook(store: &Memory, intake: &str, owner: &ScopeKey) -> Option<(Hook, Vec<HookUser>)> {
    let hook = store.hook_of(intake, owner).await.unwrap()?;
    let users = store.hook_users(&hook.token).await.unwrap();
    Some((hook, users))
}

#[tokio::test]
async fn a_hook_is_created_updated_and_deleted() {
    let (store, vendor) = (Memory::new(), vendor());
    let (runtime, intake, w1) = (runtime(store.clone()), Own::of(&vendor), workflow("w1", "c1"));
    let registration = runtime.register(&w1, &intake).await.unwrap();
    let token = registration.url.strip_prefix("https://hooks.example.com/in/").unwrap();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert!(registration.created && !registration.recovered);
    assert!(!format!("{registration:?}").contains(token), "the URL is all that keeps others out");
    let (hook, users) = hook(&store, "own", &owner(Scope::Workflow, "w1")).await.unwrap();
    assert_eq!((hook.status, hook.token.as_str()), (HookStatus::Active, token));
    let [HookUser { workflow, connection, account, resource, inputs, .. }] = &users[..] else { panic!() };
    assert_eq!((workflow.as_str(), connection.as_str()), ("w1", "c1"));
    assert_eq!((account.as_deref(), resource.as_deref()), (Some("account-1"), Some("r1")));
    assert_eq!(serde_json::from_str::<Json>(inputs).unwrap(), json!({"vendor": vendor.id}));

    let again = runtime.register(&w1, &intake).await.unwrap();
    assert_eq!((&again.url, again.created), (&registration.url, false));
    assert!(runtime.update(&w1, &intake).await.unwrap());
    assert!(runtime.unregister(&w1, &intake).await.unwrap());
    assert!(!runtime.unregister(&w1, &intake).await.unwrap(), "there is nothing left");
    let calls = vendor.calls();
    assert_eq!(vendor.events(), ["create", "update", "delete"]);
    assert!(calls.iter().all(|call| call.webhook_url.as_deref() == Some(&registration.url)));
    assert_eq!(calls[2].saved, Some(json!("hook-0")), "`delete` reads what `create` saved");

    let anew = runtime.register(&w1, &intake).await.unwrap();
    assert!(anew.created && !anew.recovered && anew.url != registration.url);
}

#[tokio::test]
async fn a_shared_hook_is_created_once_and_deleted_with_its_last_user() {
    let (store, vendor) = (Memory::new(), vendor());
    let runtime = runtime(Mortal::new(store.clone(), None));
    let workflows: Vec<Workflow> = (0..20).map(|n| workflow(&format!("w{n}"), "c1")).collect();
    let all = |job: fn(Runtime, Workflow, Shared) -> tokio::task::JoinHandle<bool>| {
        let (runtime, intake) = (runtime.clone(), Shared::of(&vendor));
        let jobs: Vec<_> =
            workflows.iter().map(|workflow| job(runtime.clone(), workflow.clone(), intake.clone())).collect();
        async move {
            let mut did = 0;
            for job in jobs {
                did += usize::from(job.await.unwrap());
            }
            did
        }
    };
    let created = all(|runtime, workflow, intake| {
        tokio::spawn(async move { runtime.register(&workflow, &intake).await.unwrap().created })
    });
    assert_eq!((created.await, vendor.count("create")), (1, 1));
    let (_, users) = hook(&store, "shared", &owner(Scope::Connection, "c1")).await.unwrap();
    assert_eq!(users.len(), 20);

    runtime.register(&workflow("elsewhere", "c2"), &Shared::of(&vendor)).await.unwrap();
    assert_eq!(vendor.count("create"), 2, "another connection has a hook of its own");

    let deleted = all(|runtime, workflow, intake| {
        tokio::spawn(async move { runtime.unregister(&workflow, &intake).await.unwrap() })
    });
    assert_eq!((deleted.await, vendor.count("delete")), (1, 1));
    assert!(hook(&store, "shared", &owner(Scope::Connection, "c1")).await.is_none());
    assert!(hook(&store, "shared", &owner(Scope::Connection, "c2")).await.is_some());
}

#[tokio::test]
async fn an_applications_hook_is_shared_by_all_connections() {
    let (store, vendor) = (Memory::new(), vendor());
    let (runtime, intake) = (runtime(store.clone()), Global::of(&vendor));
    let first = runtime.register(&workflow("w1", "c1"), &intake).await.unwrap();
    let second = runtime.register(&workflow("w2", "c2"), &intake).await.unwrap();
    assert_eq!((first.url, vendor.count("create")), (second.url, 1));
    assert!(!runtime.unregister(&workflow("stranger", "c1"), &intake).await.unwrap());
    assert!(!runtime.unregister(&workflow("w1", "c1"), &intake).await.unwrap());
    assert!(runtime.unregister(&workflow("w2", "c2"), &intake).await.unwrap());
}

#[tokio::test]
async fn a_create_that_failed_is_run_again_with_the_same_url() {
    let store = Memory::new();
    let vendor = Vendor::new(|call| match (call.event, call.nth) {
        ("create", 0) => Err("the vendor is down"),
        ("create", _) => Ok(json!({"!save": {"id": 1}})),
        _ => Ok(Json::Null),
    });
    let (runtime, intake) = (runtime(store.clone()), Shared::of(&vendor));
    let error = runtime.register(&workflow("w1", "c1"), &intake).await.unwrap_err();
    assert!(matches!(&error, RegisterError::Event(_)) && error.to_string().contains("the vendor is down"), "{error}");
    let (failed, users) = hook(&store, "shared", &owner(Scope::Connection, "c1")).await.unwrap();
    assert_eq!((failed.status, users.len()), (HookStatus::Creating, 0), "who failed to register receives nothing");
    let registration = runtime.register(&workflow("w2", "c1"), &intake).await.unwrap();
    assert!(registration.created && registration.recovered);
    assert!(registration.url.ends_with(&failed.token));
    let (_, users) = hook(&store, "shared", &owner(Scope::Connection, "c1")).await.unwrap();
    assert_eq!(users.iter().map(|user| user.workflow.as_str()).collect::<Vec<_>>(), ["w2"]);
}

#[tokio::test]
async fn a_hook_that_was_never_created_is_forgotten_without_delete() {
    let store = Memory::new();
    let vendor = Vendor::new(|call| if call.event == "create" { Err("no") } else { Ok(Json::Null) });
    let (runtime, intake, w1) = (runtime(store.clone()), Own::of(&vendor), workflow("w1", "c1"));
    runtime.register(&w1, &intake).await.unwrap_err();
    assert!(matches!(runtime.update(&w1, &intake).await, Err(RegisterError::NotRegistered { .. })));
    assert!(runtime.unregister(&w1, &intake).await.unwrap());
    assert!(hook(&store, "own", &owner(Scope::Workflow, "w1")).await.is_none());
    assert_eq!(vendor.count("delete"), 0);
}

#[tokio::test]
async fn a_delete_that_failed_is_run_again() {
    let store = Memory::new();
    let vendor = Vendor::new(|call| match (call.event, call.nth) {
        ("create", _) => Ok(json!({"!save": {"id": 1}})),
        ("delete", 0 | 2) => Err("the vendor is down"),
        _ => Ok(Json::Null),
    });
    let (runtime, intake, w1) = (runtime(store.clone()), Own::of(&vendor), workflow("w1", "c1"));
    let key = owner(Scope::Workflow, "w1");
    let url = runtime.register(&w1, &intake).await.unwrap().url;
    runtime.unregister(&w1, &intake).await.unwrap_err();
    let (left, users) = hook(&store, "own", &key).await.unwrap();
    assert_eq!((left.status, users.len()), (HookStatus::Deleting, 0));
    assert!(runtime.unregister(&w1, &intake).await.unwrap());
    assert!(hook(&store, "own", &key).await.is_none());

    // Registered anew in between, `delete` is tried again first.
    let (first, again) = (runtime.register(&w1, &intake).await.unwrap(), runtime.unregister(&w1, &intake).await);
    assert!(first.url != url && again.is_err());
    let registration = runtime.register(&w1, &intake).await.unwrap();
    assert!(registration.recovered && registration.url == first.url);
    assert_eq!(vendor.count("delete"), 4);
    let (back, users) = hook(&store, "own", &key).await.unwrap();
    assert_eq!((back.status, users.len()), (HookStatus::Active, 1));
}

#[tokio::test]
async fn a_delete_that_never_succeeds_stands_in_the_way_unless_it_is_told_not_to() {
    let store = Memory::new();
    let vendor = Vendor::new(|call| if call.event == "delete" { Err("no") } else { Ok(Json::Null) });
    let (runtime, intake, w1) = (runtime(store.clone()), Own::of(&vendor), workflow("w1", "c1"));
    runtime.register(&w1, &intake).await.unwrap();
    runtime.unregister(&w1, &intake).await.unwrap_err();
    let error = runtime.register(&w1, &intake).await.unwrap_err();
    assert!(matches!(error, RegisterError::Event(_)), "{error}");
    assert_eq!(vendor.count("create"), 1);
    let intent = store.intents(None, 9).await.unwrap().remove(0);
    assert_eq!((intent.action, intent.attempt), (IntentAction::Delete, 2));
    assert_eq!(intent.failure.as_deref(), Some("acme.json:7:9: !error of event delete: no"));
    assert!(runtime.register_again(&w1, &intake).await.unwrap().recovered);
    assert_eq!(store.intents(None, 9).await.unwrap().len(), 0);
    runtime.unregister(&w1, &intake).await.unwrap_err();
    assert!(runtime.drop_hook("own", &owner(Scope::Workflow, "w1")).await.unwrap());
    assert!(!runtime.drop_hook("own", &owner(Scope::Workflow, "w1")).await.unwrap());
    assert!(runtime.register(&w1, &intake).await.unwrap().created);
}

#[tokio::test]
async fn a_crash_at_any_commit_leaves_no_hook_that_nobody_knows() {
    for at in 0..4 {
        for death in [Death::Before(at), Death::After(at)] {
            let (store, vendor) = (Memory::new(), vendor());
            let (intake, w1) = (Own::of(&vendor), workflow("w1", "c1"));
            let key = owner(Scope::Workflow, "w1");
            let mortal = Mortal::new(store.clone(), Some(death));
            let dying = runtime(mortal.clone());
            let registered = dying.register(&w1, &intake).await;
            if registered.is_ok() {
                dying.unregister(&w1, &intake).await.unwrap_err();
            }
            assert!(mortal.is_dead(), "{death:?}: two commits each");
            let before = hook(&store, "own", &key).await;
            let after = runtime(store.clone());
            if registered.is_err() {
                let (created, status) = (vendor.count("create"), before.as_ref().map(|(hook, _)| hook.status));
                let registration = match after.register(&w1, &intake).await {
                    Ok(registration) => {
                        assert_ne!(status, Some(HookStatus::Creating), "{death:?}");
                        registration
                    }
                    Err(RegisterError::Unknown { workflow, since, .. }) => {
                        assert_eq!(
                            (status, vendor.count("create")),
                            (Some(HookStatus::Creating), created),
                            "{death:?}"
                        );
                        assert!(workflow == "w1" && since.is_some());
                        let unregistered = after.unregister(&w1, &intake).await;
                        assert!(matches!(unregistered, Err(RegisterError::Unknown { .. })), "{death:?}");
                        let found = after.inspect(9).await.unwrap().findings;
                        assert!(matches!(&found[..], [Finding::Unknown(call)] if call.action == IntentAction::Create));
                        after.register_again(&w1, &intake).await.unwrap()
                    }
                    Err(error) => panic!("{death:?}: {error}"),
                };
                assert_eq!(registration.created, status != Some(HookStatus::Active), "{death:?}");
                assert_eq!(registration.recovered, status == Some(HookStatus::Creating), "{death:?}");
                assert_eq!(vendor.count("create") - created, usize::from(registration.created));
                if let Some((known, _)) = before {
                    assert!(registration.url.ends_with(&known.token), "{death:?}: the vendor knows this URL already");
                }
                let (hook, users) = hook(&store, "own", &key).await.unwrap();
                assert_eq!((hook.status, users.len()), (HookStatus::Active, 1), "{death:?}");
                assert!(!store.saved(&key).await.unwrap().is_empty(), "{death:?}: what `create` saved is there");
            } else {
                assert_eq!(after.unregister(&w1, &intake).await.unwrap(), before.is_some(), "{death:?}");
                assert!(hook(&store, "own", &key).await.is_none(), "{death:?}");
                assert!(vendor.count("delete") >= 1, "{death:?}");
            }
            assert!(store.intents(None, 9).await.unwrap().is_empty(), "{death:?}");
            assert!(after.inspect(9).await.unwrap().findings.is_empty(), "{death:?}");
        }
    }
}

#[tokio::test]
async fn an_update_stores_the_inputs_anew() {
    let (store, old, new) = (Memory::new(), vendor(), vendor());
    let (runtime, w1) = (runtime(store.clone()), workflow("w1", "c1"));
    let error = runtime.update(&w1, &Shared::of(&old)).await.unwrap_err();
    assert_eq!(error.to_string(), "`shared` is not registered for workflow `w1`: register it first");
    runtime.register(&w1, &Shared::of(&old)).await.unwrap();
    runtime.update(&w1, &Shared::of(&new)).await.unwrap();
    assert_eq!((old.count("update"), new.count("update")), (0, 1));
    let (_, users) = hook(&store, "shared", &owner(Scope::Connection, "c1")).await.unwrap();
    assert!(users[0].inputs.contains(&new.id));
}

#[tokio::test]
async fn what_deliveries_are_routed_by_must_be_there() {
    let vendor = vendor();
    let runtime = runtime(Memory::new());
    let bare = Workflow::new("w1");
    runtime.register(&bare, &Own::of(&vendor)).await.unwrap();
    for (error, what) in [
        (runtime.register(&bare, &Shared::of(&vendor)).await.unwrap_err(), "resource"),
        (runtime.register(&bare.clone().resource("r"), &Global::of(&vendor)).await.unwrap_err(), "account"),
    ] {
        assert!(error.to_string().contains(&format!("workflow `w1` has no {what}")), "{error}");
    }
    let unreachable = Runtime::builder().store(Memory::new()).build().unwrap();
    assert!(matches!(unreachable.register(&bare, &Own::of(&vendor)).await, Err(RegisterError::NoPublicUrl)));
    for url in ["ftp://example.com", "no url", "https://example.com/?q=1", "https://example.com/#top"] {
        assert!(builder(Memory::new()).public_url(url).build().is_err(), "{url}");
    }
}

#[tokio::test]
async fn the_hook_and_its_user_are_there_while_create_runs() {
    // Many vendors call the URL before they answer `create`.
    let store = Memory::new();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
    let (inside, spied) = (seen.clone(), store.clone());
    let vendor = Vendor::new(move |call| {
        if call.event == "create" {
            let token = call.webhook_url.as_deref().unwrap().rsplit('/').next().unwrap().to_owned();
            let spied = spied.clone();
            let looked = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async { (spied.hook(&token).await, spied.hook_users(&token).await) })
            });
            *inside.lock().unwrap() = Some(looked.join().unwrap());
        }
        Ok(Json::Null)
    });
    runtime(store).register(&workflow("w1", "c1"), &Own::of(&vendor)).await.unwrap();
    let (hook, users) = seen.lock().unwrap().take().unwrap();
    assert_eq!(hook.unwrap().unwrap().status, HookStatus::Creating);
    assert_eq!(users.unwrap().len(), 1);
}
