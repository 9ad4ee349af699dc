//! Workflows that are managed from another process, on the same store.

use super::*;
use intake_runtime::inspect::Finding;
use intake_runtime::service::Workflows;
use intake_runtime::store::{Hook, OutboxRecord, WorkflowKey, Write};

/// In this time a service has noticed what another process has changed.
async fn noticed() {
    sleep(SECOND * 7).await;
}

fn outside(world: &World) -> Runtime {
    builder(world.store.clone()).clock(world.wall.clone()).build().unwrap()
}

fn workflow(id: &str) -> WorkflowKey {
    WorkflowKey { app: "acme".into(), workflow: id.into() }
}

/// A vendor that counts, and refuses `delete`.
fn vendor() -> Vendor {
    Vendor::new(|call| match call.event {
        "delete" => Err("no"),
        "create" => Ok(json!({"!save": {"id": 1}})),
        "request" => Ok(json!({"results": [], "iterate": false, "polling_state": {"n": call.nth}})),
        _ => Ok(Json::Null),
    })
}

#[tokio::test(start_paused = true)]
async fn a_service_notices_what_another_process_changes() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), HOUR)).await.unwrap();
    sleep(HOUR * 3).await;
    let (outside, w) = (outside(&world), workflow("w"));
    let workflows: Workflows<'_> = outside.workflows();
    workflows.pause(&w).await.unwrap();
    let before = vendor.count("request");
    sleep(HOUR * 3).await;
    assert_eq!(vendor.count("request"), before);
    // It is overdue; that is made good at once, and once.
    workflows.resume(&w).await.unwrap();
    noticed().await;
    assert_eq!(vendor.count("request"), before + 1);
    workflows.reset(&w).await.unwrap();
    noticed().await;
    assert_eq!((vendor.count("initial_setup"), vendor.count("request")), (2, before + 2));
    workflows.remove(&w).await.unwrap();
    noticed().await;
    assert_eq!(running.service.workflow("acme", "w").await.unwrap(), None);
    for refused in [workflows.pause(&w).await, workflows.remove(&w).await, workflows.abandon(&w).await] {
        assert!(refused.unwrap_err().to_string().contains("no workflow `w` of `acme`"));
    }
    running.stop().await;
}

/// Whoever changes a workflow changes what it is, not what it was when it was read.
#[tokio::test(start_paused = true)]
async fn no_change_takes_another_back() {
    let world = World::new();
    let vendors = [vendor(), vendor()];
    let service = world.build(Mortal::new(world.store.clone(), None));
    let spec = |round: usize| spec("w", 0).poll_every(&Items::of(&vendors[round % 2]), HOUR);
    service.add(spec(0)).await.unwrap();
    let outside = builder(Mortal::new(world.store.clone(), None)).clock(world.wall.clone()).build().unwrap();
    let w = workflow("w");
    let changes = outside.workflows();
    for round in 1..20 {
        let updated = service.update(spec(round));
        let paused = round % 2 == 1;
        let (updated, changed) = match paused {
            true => tokio::join!(updated, changes.pause(&w)),
            false => tokio::join!(updated, async { changes.resume(&w).await.and(changes.reset(&w).await) }),
        };
        updated.unwrap();
        changed.unwrap();
        let state = world.state(&service, "w").await;
        let inputs = &task(&state, "items").task.inputs;
        assert!(inputs.contains(&vendors[round % 2].id), "{round}: {inputs}");
        assert_eq!(state.workflow.status == WorkflowStatus::Paused, paused, "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_removal_without_an_end_is_found_and_can_be_abandoned() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    let service = running.service.clone();
    let all = |id: &str| spec(id, 0).resource(id).receive(&Own::of(&vendor)).receive(&Shared::of(&vendor));
    service.add(all("w").poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    service.add(all("v")).await.unwrap();
    sleep(MINUTE * 2).await;
    service.remove("acme", "w").await.unwrap();
    sleep(HOUR * 24).await;
    let outside = outside(&world);
    let findings = outside.inspect(9).await.unwrap().findings;
    let leaving: Vec<_> = findings.iter().filter(|finding| matches!(finding, Finding::Leaving { .. })).collect();
    let [Finding::Leaving { key, failures, reason }] = &*leaving else { panic!("{findings:?}") };
    assert!(*key == workflow("w").intake("own") && *failures > 10 && reason.contains("of event delete"), "{leaving:?}");
    let text = leaving[0].to_string();
    assert!(
        text.starts_with("the removal of `own` of app `acme` for workflow `w` has failed")
            && text.contains("`abandon`")
    );

    let asked = vendor.count("delete");
    outside.workflows().abandon(&workflow("w")).await.unwrap();
    assert_eq!(service.workflow("acme", "w").await.unwrap(), None);
    sleep(HOUR * 24).await;
    assert_eq!(vendor.count("delete"), asked, "nobody asks the vendor any more");
    let hooks: Vec<Hook> = world.store.hooks(None, 9).await.unwrap();
    assert_eq!(hooks.len(), 2, "the other workflow's, and the shared one");
    for hook in hooks {
        let users = world.store.hook_users(&hook.token).await.unwrap();
        assert_eq!(users.into_iter().map(|user| user.workflow).collect::<Vec<_>>(), ["v"]);
    }
    let saved: Vec<_> = world.store.scopes(None, 9).await.unwrap().into_iter().map(|scope| scope.owner).collect();
    assert_eq!(saved, ["v"]);
    assert_eq!(outside.inspect(9).await.unwrap().findings, []);
    running.stop().await;
}

/// Nothing of what runs goes on behind it.
#[tokio::test(start_paused = true)]
async fn a_cycle_of_a_workflow_that_is_abandoned_commits_nothing() {
    let world = World::new();
    let (slow, _) = timed(30);
    let running = world.start();
    running.service.add(spec("w", 0).sync(&History::of(&slow))).await.unwrap();
    sleep(SECOND * 5).await;
    assert_eq!(slow.count("request"), 1);
    outside(&world).workflows().abandon(&workflow("w")).await.unwrap();
    sleep(HOUR).await;
    let stored = world.store.intake(&workflow("w").intake("history")).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.cycle, stored.set_up), (None, None, false));
    assert_eq!((slow.count("request"), world.inbox.keys().len()), (1, 0));
    assert_eq!(running.service.workflow("acme", "w").await.unwrap(), None);
    running.stop().await;
}

/// Without any webhook, too.
#[tokio::test(start_paused = true)]
async fn what_another_process_puts_into_the_line_is_delivered() {
    let world = World::new();
    let service = outside(&world).service().polling::<History, _>(world.inbox.sink::<Json>()).build().unwrap();
    let running = Running::new(service);
    noticed().await;
    for number in 1..4 {
        let key = workflow("w").intake("history");
        let records = vec![OutboxRecord { key: number.to_string(), payload: "1".into() }];
        world.store.commit(vec![Write::Append { key, records }]).await.unwrap();
        noticed().await;
        assert_eq!(world.inbox.keys().len(), number);
    }
    running.stop().await;
}

/// However many workflows and hooks there are, they are read in pages.
#[tokio::test(start_paused = true)]
async fn an_inspection_reads_no_workflow_on_its_own() {
    let world = World::new();
    let vendor = vendor();
    let running = world.start();
    for number in 0..60 {
        let id = number.to_string();
        let spec = spec(&id, number % 10).poll_every(&Items::of(&vendor), MINUTE).receive(&Own::of(&vendor));
        running.service.add(spec).await.unwrap();
    }
    sleep(MINUTE * 2).await;
    running.stop().await;
    let store = Mortal::new(world.store.clone(), None);
    let runtime = builder(store.clone()).clock(world.wall.clone()).build().unwrap();
    let inspection = runtime.inspect(9).await.unwrap();
    assert_eq!((inspection.registrations.len(), inspection.counts.hooks, inspection.findings.len()), (9, 60, 0));
    assert!(store.reads() < 20, "{} reads", store.reads());
    // Nor are those that are on their way out.
    for number in 0..30 {
        let key = workflow(&number.to_string());
        runtime.workflows().remove(&key).await.unwrap();
    }
    let running = world.start();
    sleep(MINUTE * 2).await;
    running.stop().await;
    let before = store.reads();
    let inspection = runtime.inspect(9).await.unwrap();
    let leaving = inspection.findings.iter().filter(|finding| matches!(finding, Finding::Leaving { .. })).count();
    assert_eq!((leaving, inspection.more), (9, true));
    assert!(store.reads() - before < 20, "{} reads", store.reads() - before);
}

/// Not even if its removal was about to begin.
#[tokio::test(start_paused = true)]
async fn a_hook_that_is_abandoned_does_not_come_back() {
    let world = World::new();
    let (vendor, running) = (vendor(), world.start());
    running.service.add(spec("w", 0).receive(&Own::of(&vendor))).await.unwrap();
    noticed().await;
    running.stop().await;
    let mut slow = Mortal::new(world.store.clone(), None);
    slow.slowness = SECOND;
    let runtime = builder(slow).clock(world.wall.clone()).build().unwrap();
    let (w, own) = (intake_runtime::workflow::Workflow::new("w").connection(Connection::new("c0")), Own::of(&vendor));
    let abandoned = async {
        sleep(SECOND / 2).await;
        outside(&world).workflows().abandon(&workflow("w")).await
    };
    let (unregistered, abandoned) = tokio::join!(runtime.unregister(&w, &own), abandoned);
    abandoned.unwrap();
    assert!(!unregistered.unwrap());
    assert_eq!((world.store.hooks(None, 9).await.unwrap(), vendor.count("delete")), (vec![], 0));
}
