//! The suite's part on workflows, their tasks, and what is due.

use super::conformance::on_every_store;
use super::*;
use intake_runtime::store::{DueTask, Task};

on_every_store! {
    a_workflow_is_stored_and_replaced
    workflows_are_listed_in_pages
    a_task_needs_a_workflow
    tasks_are_due_in_order_and_in_pages
    only_tasks_of_workflows_that_run_are_due
    a_job_ends_with_its_transaction
    what_was_begun_before_a_change_ends_nothing
    a_task_that_failed_too_often_needs_attention
    a_workflow_goes_with_its_last_task
    what_was_planned_for_a_workflow_is_for_what_it_was
    tasks_that_are_too_far_ahead_are_pulled_in
}

async fn task(store: &dyn Store, workflow: &str) -> Task {
    let (_, mut tasks) = store.workflow(&workflow_key(workflow)).await.unwrap().unwrap();
    assert_eq!(tasks.len(), 1);
    tasks.remove(0)
}

fn ids(due: &[DueTask]) -> Vec<&str> {
    due.iter().map(|task| &*task.key.workflow).collect()
}

async fn all_due(store: &dyn Store) -> Vec<String> {
    let due = store.due(Timestamp::MAX, None, 100).await.unwrap();
    ids(&due).into_iter().map(str::to_owned).collect()
}

fn done(next: Option<Next>) -> TaskEnd {
    TaskEnd { next, failures: 0, error: None, progress: Progress::default(), attention: false }
}

async fn a_workflow_is_stored_and_replaced(store: &dyn Store) {
    assert_eq!(store.workflow(&workflow_key("w")).await.unwrap(), None);
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 5)]).await;
    let full = StoredWorkflow {
        account: Some("a".into()),
        resource: Some("".into()),
        subdomain: Some("s".into()),
        connection: "another".into(),
        ..workflow("w")
    };
    commit(store, [Write::PutWorkflow(full.clone())]).await;
    let (stored, tasks) = store.workflow(&workflow_key("w")).await.unwrap().unwrap();
    assert_eq!(stored, full);
    let [task] = &*tasks else { panic!("{tasks:?}") };
    assert_eq!((&task.key, &*task.inputs, task.revision), (&key("w"), "{}", 1));
    assert_eq!(task.mode, TaskMode::Recurring { every: MINUTE });
    assert_eq!(task.next, Some(Next { job: Job::Cycle, at: Timestamp(5) }));
    // Another app's workflow of the same id is another one.
    let other = WorkflowKey { app: "other".into(), ..workflow_key("w") };
    assert_eq!(store.workflow(&other).await.unwrap(), None);
    for status in [WorkflowStatus::Paused, WorkflowStatus::NeedsAttention { reason: "why".into() }] {
        commit(store, [Write::SetStatus { key: workflow_key("w"), status: status.clone() }]).await;
        assert_eq!(store.workflow(&workflow_key("w")).await.unwrap().unwrap().0.status, status);
    }
    let error = store.commit(vec![Write::SetStatus { key: other.clone(), status: WorkflowStatus::Paused }]).await;
    assert!(matches!(error, Err(StoreError::UnknownWorkflow { key }) if key == other));
}

async fn workflows_are_listed_in_pages(store: &dyn Store) {
    for id in ["b", "", "c", "a\0"] {
        commit(store, [Write::PutWorkflow(workflow(id))]).await;
    }
    let elsewhere = WorkflowKey { app: "aaa".into(), ..workflow_key("z") };
    commit(store, [Write::PutWorkflow(StoredWorkflow { key: elsewhere.clone(), ..workflow("z") })]).await;
    let mut found = Vec::new();
    loop {
        let page = store.workflows(Which::All, found.last(), 2).await.unwrap();
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|workflow| workflow.key));
    }
    let mut expected = vec![elsewhere];
    expected.extend(["", "a\0", "b", "c"].map(workflow_key));
    assert_eq!(found, expected);
    let set = |id: &str, status| Write::SetStatus { key: workflow_key(id), status };
    let attention = WorkflowStatus::NeedsAttention { reason: "r".into() };
    commit(store, [set("", WorkflowStatus::Paused), set("b", attention), set("c", WorkflowStatus::Paused)]).await;
    for (which, expected) in
        [(Which::Paused, vec!["", "c"]), (Which::NeedsAttention, vec!["b"]), (Which::Removing, vec![])]
    {
        let found = store.workflows(which, None, 9).await.unwrap();
        assert_eq!(found.iter().map(|workflow| &*workflow.key.workflow).collect::<Vec<_>>(), expected);
        if let Some(first) = found.first() {
            assert_eq!(store.workflows(which, Some(&first.key), 9).await.unwrap(), found[1..]);
        }
    }
}

async fn a_task_needs_a_workflow(store: &dyn Store) {
    let error = store.commit(vec![append("w", [1]), put_task("w", 1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownWorkflow { key } if key == workflow_key("w")));
    assert_eq!(outbox(store, "w").await, <[&str; 0]>::default());
    // Nor does any job end that is not there.
    let nothing = [
        Write::EndTask { task: 1, revision: 1, end: TaskEnd { attention: true, ..done(None) } },
        Write::RemoveTask { task: 1, revision: 1 },
        Write::RemoveWorkflow { key: workflow_key("w") },
    ];
    commit(store, nothing).await;
    assert_eq!(store.pull_in(Timestamp(0), MINUTE, 0).await.unwrap(), None);
}

async fn tasks_are_due_in_order_and_in_pages(store: &dyn Store) {
    for (id, at) in [("d", 40), ("a", 10), ("e", 20), ("c", 20), ("never", i64::MAX), ("early", i64::MIN + 1)] {
        commit(store, [Write::PutWorkflow(workflow(id)), put_task(id, at)]).await;
    }
    let idle = Write::PutTask { key: key("idle"), mode: TaskMode::Webhook, inputs: "{}".into(), next: None };
    commit(store, [Write::PutWorkflow(workflow("idle")), idle]).await;
    let due = store.due(Timestamp(20), None, 10).await.unwrap();
    assert_eq!(ids(&due), ["early", "a", "e", "c"]);
    assert_eq!((&*due[1].connection, due[1].job), ("connection of a", Job::Cycle));
    assert_eq!(due[1].mode, TaskMode::Recurring { every: MINUTE });
    assert_eq!(ids(&store.due(Timestamp(19), None, 10).await.unwrap()), ["early", "a"]);
    let mut found = Vec::new();
    let mut after: Option<Place> = None;
    loop {
        let page = store.due(Timestamp(40), after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place);
        found.extend(ids(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(found, ["early", "a", "e", "c", "d"]);
    assert_eq!(store.counts(Timestamp(20)).await.unwrap().due, 4);
}

async fn only_tasks_of_workflows_that_run_are_due(store: &dyn Store) {
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 1)]).await;
    let set = |status| Write::SetStatus { key: workflow_key("w"), status };
    let attention = WorkflowStatus::NeedsAttention { reason: "r".into() };
    for (status, runs) in [
        (WorkflowStatus::Paused, false),
        (WorkflowStatus::Active, true),
        (attention, false),
        (WorkflowStatus::Removing, true),
    ] {
        commit(store, [set(status.clone())]).await;
        assert_eq!(all_due(store).await.len(), usize::from(runs), "{status:?}");
        // A task that is put meanwhile is no exception, nor does replacing the workflow make one.
        commit(store, [put_task("w", 1)]).await;
        commit(store, [Write::PutWorkflow(StoredWorkflow { status: status.clone(), ..workflow("w") })]).await;
        assert_eq!(all_due(store).await.len(), usize::from(runs), "{status:?}");
    }
    commit(
        store,
        [
            Write::PutWorkflow(workflow("v")),
            Write::SetStatus { key: workflow_key("v"), status: WorkflowStatus::Paused },
        ],
    )
    .await;
    commit(store, [put_task("v", 1)]).await;
    assert_eq!(all_due(store).await, ["w"]);
}

async fn a_job_ends_with_its_transaction(store: &dyn Store) {
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 1)]).await;
    let fence = store.lease(&key("w")).await.unwrap().fence;
    let begun = task(store, "w").await;
    // Begun, and not ended: a crash leaves it due.
    assert_eq!(all_due(store).await, ["w"]);
    let next = Some(Next { job: Job::Cycle, at: Timestamp(60_001) });
    let progress = Progress { cycles: 1, requests: 2, results: u64::MAX, done: true };
    let end = TaskEnd { failures: 3, error: Some("why".into()), progress, ..done(next) };
    let end_task = Write::EndTask { task: begun.number, revision: begun.revision, end };
    let lost = Write::CheckFence { key: key("w"), fence: fence + 1 };
    store.commit(vec![end_task.clone(), lost]).await.unwrap_err();
    assert_eq!(task(store, "w").await, begun);
    commit(store, [Write::CheckFence { key: key("w"), fence }, append("w", [1]), end_task]).await;
    let ended = Task { next, failures: 3, error: Some("why".into()), progress, ..begun };
    assert_eq!(task(store, "w").await, ended);
    assert_eq!(store.due(Timestamp(60_000), None, 9).await.unwrap(), []);
}

async fn what_was_begun_before_a_change_ends_nothing(store: &dyn Store) {
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 1)]).await;
    let begun = task(store, "w").await;
    let progress = Progress { cycles: 1, ..Progress::default() };
    let end = |task: &Task| Write::EndTask {
        task: task.number,
        revision: task.revision,
        end: TaskEnd { progress, failures: 1, error: Some("e".into()), ..done(None) },
    };
    commit(store, [end(&begun)]).await;
    // The change: its progress stays, its failures do not.
    let key = key("w");
    let next = Some(Next { job: Job::Update, at: Timestamp(9) });
    commit(store, [Write::PutTask { key, mode: TaskMode::Webhook, inputs: "[]".into(), next }]).await;
    let changed = task(store, "w").await;
    assert_eq!((changed.number, changed.revision), (begun.number, begun.revision + 1));
    assert_eq!((&*changed.inputs, changed.mode, changed.next), ("[]", TaskMode::Webhook, next));
    assert_eq!((changed.progress, changed.failures, &changed.error), (progress, 0, &None));
    let old = [end(&begun), Write::RemoveTask { task: begun.number, revision: begun.revision }];
    commit(store, old).await;
    assert_eq!(task(store, "w").await, changed);
    // Gone and there again is another one, even with the same revision.
    commit(store, [Write::RemoveTask { task: changed.number, revision: changed.revision }, put_task("w", 1)]).await;
    let again = task(store, "w").await;
    assert_eq!((again.revision, again.progress), (1, Progress::default()));
    assert!(again.number > begun.number);
    commit(store, [end(&begun)]).await;
    assert_eq!(task(store, "w").await, again);
}

async fn a_task_that_failed_too_often_needs_attention(store: &dyn Store) {
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 1)]).await;
    let fail = |task: &Task| Write::EndTask {
        task: task.number,
        revision: task.revision,
        end: TaskEnd { attention: true, failures: 9, error: Some("why".into()), ..done(task.next) },
    };
    let begun = task(store, "w").await;
    let status = async || store.workflow(&workflow_key("w")).await.unwrap().unwrap().0.status;
    // Who has paused it meanwhile is not overruled.
    commit(store, [Write::SetStatus { key: workflow_key("w"), status: WorkflowStatus::Paused }, fail(&begun)]).await;
    assert_eq!(status().await, WorkflowStatus::Paused);
    commit(store, [Write::SetStatus { key: workflow_key("w"), status: WorkflowStatus::Active }, fail(&begun)]).await;
    assert_eq!(status().await, WorkflowStatus::NeedsAttention { reason: "why".into() });
    assert_eq!(all_due(store).await, <[&str; 0]>::default());
    assert_eq!(task(store, "w").await.next, begun.next);
    let counts = store.counts(Timestamp::MAX).await.unwrap();
    assert_eq!((counts.workflows, counts.attention, counts.paused, counts.due), (1, 1, 0, 0));
    commit(store, [Write::SetStatus { key: workflow_key("w"), status: WorkflowStatus::Active }]).await;
    assert_eq!(all_due(store).await, ["w"]);
    // What was begun before a change does not raise it either.
    commit(store, [put_task("w", 1), fail(&begun)]).await;
    assert_eq!(status().await, WorkflowStatus::Active);
}

async fn what_was_planned_for_a_workflow_is_for_what_it_was(store: &dyn Store) {
    let check = |workflow: &StoredWorkflow, tasks: &[(i64, u64)]| {
        let tasks = tasks.to_vec();
        vec![append("w", [1]), Write::CheckWorkflow { workflow: workflow.clone(), tasks }]
    };
    let refused = async |writes: Vec<Write>| {
        let error = store.commit(writes).await.unwrap_err();
        assert!(matches!(&error, StoreError::WorkflowChanged { key } if key.workflow == "w"), "{error:?}");
        assert_eq!(store.outbox(&key("w"), 9, 99).await.unwrap(), []);
    };
    refused(check(&workflow("w"), &[])).await;
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 1)]).await;
    let Task { number, revision, .. } = task(store, "w").await;
    for tasks in [vec![], vec![(number, revision + 1)], vec![(number + 1, revision)], vec![(number, revision); 2]] {
        refused(check(&workflow("w"), &tasks)).await;
    }
    let present = [(number, revision)];
    for other in [
        StoredWorkflow { status: WorkflowStatus::Paused, ..workflow("w") },
        StoredWorkflow { resource: Some("".into()), ..workflow("w") },
        StoredWorkflow { connection: "another".into(), ..workflow("w") },
    ] {
        refused(check(&other, &present)).await;
    }
    // What a job did is no change of the workflow; what was put is.
    let end = Write::EndTask { task: number, revision, end: done(None) };
    commit(store, [vec![end], check(&workflow("w"), &present)].concat()).await;
    commit(store, [Write::Acknowledge { key: key("w"), records: vec![record(1).key] }, put_task("w", 1)]).await;
    refused(check(&workflow("w"), &present)).await;
}

async fn a_workflow_goes_with_its_last_task(store: &dyn Store) {
    let remove = || Write::RemoveWorkflow { key: workflow_key("w") };
    commit(store, [Write::PutWorkflow(workflow("w")), put_task("w", 1), remove()]).await;
    let only = task(store, "w").await;
    commit(store, [Write::SetStatus { key: workflow_key("w"), status: WorkflowStatus::Removing }, remove()]).await;
    let gone = Write::RemoveTask { task: only.number, revision: only.revision };
    assert!(store.workflow(&workflow_key("w")).await.unwrap().is_some());
    commit(store, [gone, remove()]).await;
    assert_eq!(store.workflow(&workflow_key("w")).await.unwrap(), None);
    // One that only lacks tasks is not on its way out.
    commit(store, [Write::PutWorkflow(workflow("w")), remove()]).await;
    assert!(store.workflow(&workflow_key("w")).await.unwrap().is_some());
}

async fn tasks_that_are_too_far_ahead_are_pulled_in(store: &dyn Store) {
    let now = 1_000_000_000;
    let hour = 3_600_000;
    for (id, at) in [("far", now + 2 * hour), ("near", now + hour), ("past", 5), ("paused", i64::MAX)] {
        commit(store, [Write::PutWorkflow(workflow(id)), put_task(id, at)]).await;
    }
    commit(store, [Write::SetStatus { key: workflow_key("paused"), status: WorkflowStatus::Paused }]).await;
    let mut from = Some(0);
    while let Some(number) = from {
        from = store.pull_in(Timestamp(now), Duration::from_secs(3600), number).await.unwrap();
    }
    for (id, unchanged) in [("near", Some(now + hour)), ("past", Some(5)), ("far", None), ("paused", None)] {
        let at = task(store, id).await.next.unwrap().at.0;
        match unchanged {
            Some(before) => assert_eq!(at, before, "{id}"),
            None => assert!((now..now + 60_000).contains(&at), "{id}: {at}"),
        }
    }
}
