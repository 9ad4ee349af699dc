//! The life of workflows.

use super::*;
use intake_runtime::error::ServiceError;
use intake_runtime::store::{Arrival, IntentAction, Job, Which, WorkflowKey, Write};

/// Long enough for anything that is to be done at once.
async fn settle() {
    sleep(SECOND * 5).await;
}

fn vendor() -> Vendor {
    Vendor::new(|call| {
        Ok(match call.event {
            "create" => json!({"!save": {"id": "at the vendor"}}),
            "initial_setup" => json!({"polling_state": {"n": 0}}),
            "request" => {
                let n = call.input["n"].as_u64().unwrap();
                json!({"results": [n], "iterate": false, "polling_state": {"n": n + 1}})
            }
            _ => Json::Null,
        })
    })
}

async fn token(world: &World) -> String {
    world.store.hooks(None, 9).await.unwrap().remove(0).token
}

async fn gone(service: &Service, id: &str) -> bool {
    service.workflow("acme", id).await.unwrap().is_none()
}

#[tokio::test(start_paused = true)]
async fn a_workflow_is_added_changed_paused_reset_and_removed() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    let service = running.service.clone();
    let whole = || spec("w", 0).poll_every(&Items::of(&vendor), MINUTE).receive(&Own::of(&vendor));
    let key = service.add(whole()).await.unwrap();
    assert_eq!((&*key.app, &*key.workflow), ("acme", "w"));
    settle().await;
    assert_eq!(vendor.count("create"), 1);
    let first = vendor.calls().remove(0);
    assert!(first.webhook_url.unwrap().starts_with("https://hooks.example.com/in/"));
    sleep(MINUTE).await;
    assert_eq!((vendor.count("initial_setup"), vendor.count("request")), (1, 1));

    // Without a change nothing happens; with another mapping its webhook's `update` runs, and its polling goes on.
    service.update(whole()).await.unwrap();
    settle().await;
    assert_eq!(vendor.count("update"), 0);
    let other = super::lifecycle::vendor();
    service.update(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE).receive(&Own::of(&other))).await.unwrap();
    settle().await;
    assert_eq!((other.count("update"), vendor.count("update"), other.count("create")), (1, 0, 0));
    // So do other data that it is routed by.
    service
        .update(spec("w", 0).resource("r").poll_every(&Items::of(&vendor), MINUTE).receive(&Own::of(&other)))
        .await
        .unwrap();
    settle().await;
    assert_eq!(other.count("update"), 2);

    service.pause("acme", "w").await.unwrap();
    let before = vendor.count("request");
    sleep(HOUR).await;
    assert_eq!(vendor.count("request"), before);
    service.resume("acme", "w").await.unwrap();
    settle().await;
    assert_eq!(vendor.count("request"), before + 1);

    service.reset("acme", "w").await.unwrap();
    settle().await;
    assert_eq!((vendor.count("initial_setup"), vendor.count("request")), (2, before + 2));
    assert_eq!(vendor.calls().iter().rfind(|call| call.event == "request").unwrap().input, json!({"n": 0}));

    service.remove("acme", "w").await.unwrap();
    assert!(matches!(service.pause("acme", "w").await, Err(ServiceError::Removing { .. })));
    settle().await;
    assert!(gone(&service, "w").await);
    // `delete` saw what `create` had saved; then it was forgotten, and so was the state.
    assert_eq!(other.calls().iter().find(|call| call.event == "delete").unwrap().saved, Some(json!("at the vendor")));
    assert_eq!(world.store.scopes(None, 9).await.unwrap(), []);
    assert_eq!(world.store.hooks(None, 9).await.unwrap(), []);
    let stored = world.store.intake(&IntakeKey { intake: "items".into(), app: key.app, workflow: key.workflow });
    assert_eq!(stored.await.unwrap().unwrap().state, None);

    // It can be added again, and begins as the first did, under new keys.
    service.add(whole()).await.unwrap();
    sleep(MINUTE + SECOND * 5).await;
    assert_eq!((vendor.count("initial_setup"), vendor.count("create")), (3, 2));
    running.stop().await;
    assert_eq!(world.inbox.by_key().len(), world.inbox.keys().len());
}

#[tokio::test(start_paused = true)]
async fn a_shared_hook_is_deleted_with_its_last_user() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    let service = running.service.clone();
    for id in ["a", "b"] {
        service.add(spec(id, 3).resource(id).receive(&Shared::of(&vendor))).await.unwrap();
        settle().await;
    }
    assert_eq!(vendor.count("create"), 1);
    service.remove("acme", "a").await.unwrap();
    settle().await;
    assert!(gone(&service, "a").await);
    assert_eq!(vendor.count("delete"), 0);
    service.remove("acme", "b").await.unwrap();
    settle().await;
    assert!(gone(&service, "b").await);
    assert_eq!(vendor.count("delete"), 1);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn intakes_come_and_go_with_an_update() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    let service = running.service.clone();
    service.add(spec("w", 0).receive(&Own::of(&vendor))).await.unwrap();
    settle().await;
    service.update(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(MINUTE + SECOND).await;
    let state = world.state(&service, "w").await;
    assert_eq!(state.tasks.len(), 1);
    assert_eq!(task(&state, "items").task.progress.cycles, 1);
    assert_eq!((vendor.count("create"), vendor.count("delete")), (1, 1));
    // And back before it has gone: it stays.
    service.update(spec("w", 0).receive(&Own::of(&vendor))).await.unwrap();
    service.update(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    settle().await;
    let state = world.state(&service, "w").await;
    assert_eq!(state.tasks.len(), 1);
    assert_eq!(task(&state, "items").task.next.unwrap().job, Job::Cycle);
    running.stop().await;
}

/// The vendor was told of what the webhook was before it was to go.
#[tokio::test(start_paused = true)]
async fn a_webhook_that_comes_back_changed_before_it_has_gone_is_updated() {
    let world = World::new();
    let (before, after, running) = (vendor(), vendor(), world.start());
    let service = running.service.clone();
    service.add(spec("w", 0).receive(&Own::of(&before))).await.unwrap();
    settle().await;
    service.pause("acme", "w").await.unwrap();
    service.update(spec("w", 0).poll_every(&Items::of(&before), MINUTE)).await.unwrap();
    service.update(spec("w", 0).receive(&Own::of(&after))).await.unwrap();
    service.resume("acme", "w").await.unwrap();
    settle().await;
    assert_eq!((before.count("create"), before.count("delete"), after.count("create")), (1, 0, 0));
    assert_eq!(after.count("update"), 1);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_waits_for_another_begins_nothing_after_a_pause() {
    let world = World::new();
    let vendor = Vendor::new(|call| {
        Ok(match call.event {
            "create" => json!({"!save": {"id": "at the vendor"}}),
            "delete" => json!({"!sleep": 10}),
            _ => Json::Null,
        })
    });
    let running = world.start();
    let service = running.service.clone();
    let whole = || spec("w", 0).resource("r");
    service.add(whole().receive(&Own::of(&vendor)).receive(&Shared::of(&vendor))).await.unwrap();
    settle().await;
    service.update(whole().poll_every(&Items::of(&vendor), HOUR)).await.unwrap();
    sleep(SECOND).await;
    service.pause("acme", "w").await.unwrap();
    sleep(MINUTE).await;
    assert_eq!(vendor.count("delete"), 1);
    service.resume("acme", "w").await.unwrap();
    sleep(MINUTE).await;
    assert_eq!(vendor.count("delete"), 2);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_historical_sync_runs_once_and_tells_its_progress() {
    let world = World::new();
    let sized = || {
        Vendor::new(|call| match call.event {
            "initial_setup" => Ok(json!({"polling_state": {"page": 0}})),
            "request" => {
                let page = call.input["page"].as_u64().unwrap();
                Ok(
                    json!({"results": [page, page], "iterate": page < 249, "polling_state": {"page": page + 1}, "!sleep": 1}),
                )
            }
            _ => Ok(Json::Null),
        })
    };
    let (vendor, running) = (sized(), world.start());
    let service = running.service.clone();
    service.add(spec("w", 0).sync(&History::of(&vendor))).await.unwrap();
    sleep(SECOND * 51).await;
    let state = world.state(&service, "w").await;
    let half = task(&state, "history");
    assert!((48..=51).contains(&half.requests()) && half.results() == half.requests() * 2, "{half:?}");
    assert!(!half.task.progress.done);
    // Stopped and started in the middle.
    running.stop().await;
    let running = world.start();
    let service = running.service.clone();
    sleep(HOUR * 10).await;
    let state = world.state(&service, "w").await;
    let whole = task(&state, "history");
    assert_eq!((whole.requests(), whole.results(), whole.task.progress.done), (250, 500, true));
    assert_eq!((whole.task.progress.cycles, whole.task.next), (3, None));
    assert_eq!(vendor.count("request"), 251, "the one that was cut off is made again");
    // Once more when asked to, from the start.
    service.sync("w", &History::of(&vendor)).await.unwrap();
    sleep(HOUR).await;
    let state = world.state(&service, "w").await;
    assert_eq!((task(&state, "history").requests(), vendor.count("initial_setup")), (250, 2));
    assert_eq!(vendor.count("request"), 501);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused() {
    let world = World::new();
    let vendor = vendor();
    let service = world.build(world.store.clone());
    let items = Items::of(&vendor);
    let elsewhere = Elsewhere { vendor: vendor.id.clone() };
    let refused = async |spec: WorkflowSpec| service.add(spec).await.unwrap_err().to_string();
    assert!(refused(spec("w", 0)).await.contains("uses no intake"));
    assert!(refused(spec("w", 0).poll(&items).poll(&elsewhere)).await.contains("a workflow for each app"));
    assert!(refused(spec("w", 0).poll(&items).sync(&items)).await.contains("twice"));
    assert!(refused(spec("w", 0).receive(&Shared::of(&vendor))).await.contains("has no resource"));
    assert!(refused(spec("w", 0).poll_every(&items, Duration::from_millis(1))).await.contains("once a second"));
    service.add(spec("w", 0).poll(&items)).await.unwrap();
    assert!(refused(spec("w", 0).poll(&items)).await.contains("already"));
    let error = service.update(spec("w", 1).poll(&items)).await.unwrap_err();
    assert!(matches!(error, ServiceError::ConnectionChanged { .. }), "{error}");
    assert!(matches!(service.update(spec("v", 0).poll(&items)).await, Err(ServiceError::Unknown { .. })));
    assert!(matches!(service.sync("w", &items).await, Err(ServiceError::Recurs { .. })));
    for error in [
        service.pause("acme", "v").await.unwrap_err(),
        service.resume("other", "w").await.unwrap_err(),
        service.reset("acme", "").await.unwrap_err(),
        service.remove("acme", "v").await.unwrap_err(),
    ] {
        assert!(matches!(error, ServiceError::Unknown { .. }), "{error}");
    }
    assert_eq!(service.workflows(Which::All, None, 9).await.unwrap().len(), 1);
    let runtime = builder(Memory::new()).build().unwrap();
    let twice = world.builder(&runtime).polling::<Items, _>(world.inbox.sink::<Json>()).build().unwrap_err();
    assert!(twice.to_string().contains("two sinks"), "{twice}");
    let mut limits = Limits::default();
    limits.per_app = 0;
    let error = world.builder(&runtime).limits(limits).build().unwrap_err();
    assert!(error.to_string().contains("`per_app` is 0"), "{error}");
    let without = runtime.service().build().unwrap();
    assert!(without.add(spec("w", 0).poll(&items)).await.unwrap_err().to_string().contains("does not run `items`"));
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_fails_is_tried_again() {
    let world = World::new();
    let vendor = Vendor::new(|call| match call.event {
        "create" if call.nth < 2 => Err("not now"),
        _ => Ok(Json::Null),
    });
    let running = world.start();
    running.service.add(spec("w", 0).receive(&Own::of(&vendor))).await.unwrap();
    settle().await;
    sleep(MINUTE * 2).await;
    assert_eq!(vendor.count("create"), 3);
    let state = world.state(&running.service, "w").await;
    assert_eq!((task(&state, "own").task.next, &task(&state, "own").task.error), (None, &None));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_workflow_without_its_connection_waits_and_can_still_be_removed() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    let service = running.service.clone();
    service.add(spec("w", 77).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(MINUTE + SECOND).await;
    let state = world.state(&service, "w").await;
    let error = task(&state, "items").task.error.as_deref();
    assert_eq!(error, Some("its connection cannot be had: the program has no connection `c77` of app `acme`"));
    service.remove("acme", "w").await.unwrap();
    settle().await;
    assert!(gone(&service, "w").await);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_for_another_release_waits() {
    let world = World::new();
    let vendor = vendor();
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    running.stop().await;
    // A release with other inputs, and one without the intake.
    let key = WorkflowKey { app: "acme".into(), workflow: "w".into() }.intake("items");
    let (_, tasks) =
        world.store.workflow(&WorkflowKey { app: "acme".into(), workflow: "w".into() }).await.unwrap().unwrap();
    let put = Write::PutTask { key, mode: tasks[0].mode, inputs: "{\"s3cr3t\":1}".into(), next: tasks[0].next };
    world.store.commit(vec![put]).await.unwrap();
    let running = world.start();
    sleep(MINUTE + SECOND).await;
    let state = world.state(&running.service, "w").await;
    let error = task(&state, "items").task.error.clone().unwrap();
    assert!(error.contains("do not fit the intake") && !error.contains("s3cr3t"), "{error}");
    running.stop().await;
    let runtime = builder(world.store.clone()).clock(world.wall.clone()).build().unwrap();
    let running = Running::new(runtime.service().limits(world.limits).build().unwrap());
    sleep(HOUR).await;
    let state = running.service.workflow("acme", "w").await.unwrap().unwrap();
    assert!(task(&state, "items").task.error.as_ref().unwrap().contains("of another release"));
    running.stop().await;
}

/// Dies at each commit in turn; the next process makes the same of it.
#[tokio::test(start_paused = true)]
async fn a_death_at_any_commit_changes_nothing_in_the_end() {
    let mut deaths = 0;
    for nth in 0.. {
        for death in [Death::Before(nth), Death::After(nth)] {
            let world = World::new();
            let vendor = vendor();
            let mortal = Mortal::new(world.store.clone(), Some(death));
            let running = Running::new(world.build(mortal.clone()));
            let whole = || spec("w", 0).poll_every(&Items::of(&vendor), MINUTE).receive(&Own::of(&vendor));
            let added = running.service.add(whole()).await;
            settle().await;
            if let Some(hook) = world.store.hooks(None, 1).await.unwrap().first() {
                let arrival = Arrival {
                    token: hook.token.clone(),
                    payload: "\"delivered\"".into(),
                    headers: None,
                    dedupe: None,
                    at: Timestamp(0),
                };
                world.store.commit(vec![Write::Deliver(arrival)]).await.unwrap();
            }
            sleep(MINUTE * 2).await;
            let removed = running.service.remove("acme", "w").await;
            sleep(MINUTE).await;
            let died = mortal.is_dead();
            deaths += usize::from(died);
            running.task.abort();
            drop(running.task.await);
            // The next process. The same calls again, where there was no answer.
            let running = world.start();
            if added.is_err() {
                match running.service.add(whole()).await {
                    Ok(_) | Err(ServiceError::Exists { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            sleep(MINUTE * 2).await;
            if removed.is_err() {
                match running.service.remove("acme", "w").await {
                    Ok(()) | Err(ServiceError::Unknown { .. }) => {}
                    Err(error) => panic!("{death:?}: {error}"),
                }
            }
            sleep(MINUTE * 3).await;
            // Of a `create` that was cut off nobody knows whether the vendor holds the hook: somebody has to look.
            for intent in world.store.intents(None, 9).await.unwrap() {
                assert_eq!((intent.action, &intent.failure), (IntentAction::Create, &None), "{death:?}");
                world.store.commit(vec![Write::RemoveHook { token: intent.token }]).await.unwrap();
                sleep(MINUTE * 10).await;
            }
            assert!(gone(&running.service, "w").await, "{death:?}");
            assert_eq!(world.store.hooks(None, 9).await.unwrap(), [], "{death:?}");
            assert_eq!(world.store.outbox_owners("acme", "items").await.unwrap(), [], "{death:?}");
            running.stop().await;
            // Every record once, repeated only under its own key; none skipped.
            let records = world.inbox.by_key();
            let items: Vec<_> =
                records.iter().filter(|(key, _)| key.contains("/items/")).map(|(_, value)| value.as_str()).collect();
            let expected: Vec<_> = (0..items.len()).map(|number| number.to_string()).collect();
            assert_eq!(items, expected, "{death:?}");
            assert!(!items.is_empty());
            if !died {
                assert!(deaths > 10, "{deaths}");
                return;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_paused_workflows_hook_gets_is_still_delivered() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    running.service.add(spec("w", 0).receive(&Own::of(&vendor))).await.unwrap();
    settle().await;
    running.service.pause("acme", "w").await.unwrap();
    world.store.commit(vec![support::deliver(&token(&world).await, "7".into())]).await.unwrap();
    running.stop().await;
    let running = world.start();
    settle().await;
    assert_eq!(world.inbox.values(), ["7"]);
    running.stop().await;
}
