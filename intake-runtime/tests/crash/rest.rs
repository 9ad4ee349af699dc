//! How a service comes to rest in the end, so that it can be looked for what was promised.

use crate::PATIENCE;
use crate::check::{self, Found};
use crate::process::{Mode, Process};
use crate::site::Site;
use intake::store::{IntentAction, Sqlite, Store, StoreError, TaskMode, Which, WorkflowKey, WorkflowStatus, Write};
use intake_runtime::clock::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// No call to the vendor takes longer, with what is committed after it.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// Brings everything that was begun to its end, stops the service, and says what was found.
pub(crate) async fn look(site: &Site) -> Found {
    site.shared.book().faults = false;
    if !site.has_problems() {
        rest(site).await;
    }
    let store = Sqlite::open(&site.database).await.expect("the database");
    let records = std::fs::read_to_string(site.records()).unwrap_or_default();
    let book = std::mem::take(&mut *site.shared.book());
    let found = check::all(&store, &records, &site.vendor, &book).await;
    store.close().await;
    found
}

async fn rest(site: &Site) {
    let mut process = site.started(Mode::Durable).await;
    let store = Sqlite::attach(&site.database).await.expect("the database");
    let end = Instant::now() + PATIENCE;
    let mut why = String::new();
    let mut seen = BTreeMap::new();
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if site.shared.book().open.is_empty() {
            let paused = store.workflows(Which::Paused, None, 100).await.expect("workflows");
            let paused: Vec<_> = paused.into_iter().map(|workflow| workflow.key.workflow).collect();
            let workflows = site.shared.book().workflows.clone();
            for (id, connection) in workflows.iter().filter(|(id, _)| paused.contains(id)) {
                resume(site, &mut process, id, connection).await;
            }
        }
        mend(&store, site, &mut process, &mut seen).await;
        match busy(&store, site).await {
            None => {
                why.clear();
                break;
            }
            Some(reason) => why = reason,
        }
    }
    store.close().await;
    if !why.is_empty() {
        let said = process.said().await;
        site.shared.problem(format!("it does not come to rest: {why}\n{said}"));
    }
    if let Err(problem) = process.stop().await {
        site.shared.problem(problem);
    }
}

async fn resume(site: &Site, process: &mut Process, id: &str, connection: &str) {
    let call = format!("resume {id} {connection}");
    site.shared.book().open.insert(call.clone());
    process.call(&call).await;
}

/// What an operator does: of a `create` that was cut off nobody knows whether the vendor holds the hook. It is looked up
/// there by its URL and removed, and forgotten here; then whoever waits for it is let go on.
async fn mend(store: &Sqlite, site: &Site, process: &mut Process, seen: &mut BTreeMap<(String, u32), Instant>) {
    for intent in store.intents(None, 1_000).await.expect("intents") {
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: intent.workflow.clone() };
        let Some((workflow, tasks)) = store.workflow(&key).await.expect("a workflow") else { continue };
        let waits = workflow.status != WorkflowStatus::Active || tasks.iter().any(|task| task.failures > 0);
        // One that is under way has its outcome sooner.
        let since = *seen.entry((intent.token.clone(), intent.attempt)).or_insert_with(Instant::now);
        let cut_off = since.elapsed() > UNDER_WAY;
        if intent.action == IntentAction::Create && intent.failure.is_none() && waits && cut_off {
            site.vendor.ledger().hooks.retain(|_, hook| !hook.url.ends_with(&intent.token));
            let remove = || store.commit(vec![Write::RemoveHook { token: intent.token.clone() }]);
            // Linux may tell this one of writes that failed before.
            if let Err(StoreError::Disk { .. }) = remove().await {
                remove().await.expect("a commit");
            }
            site.shared.book().mended += 1;
        }
    }
    if site.shared.book().open.is_empty() {
        let stuck = store.workflows(Which::NeedsAttention, None, 1_000).await.expect("workflows");
        for workflow in stuck {
            resume(site, process, &workflow.key.workflow, &workflow.connection).await;
        }
    }
}

/// What is still to be done, if anything is.
async fn busy(store: &Sqlite, site: &Site) -> Option<String> {
    let counts = store.counts(SystemClock.now()).await.expect("counts");
    if counts.outbox + counts.deliveries > 0 {
        return Some(format!("{} records, {} deliveries", counts.outbox, counts.deliveries));
    }
    let open = site.shared.book().open.clone();
    if !open.is_empty() {
        return Some(format!("calls {open:?}"));
    }
    for which in [Which::NeedsAttention, Which::Removing] {
        if let Some(workflow) = store.workflows(which, None, 1).await.expect("workflows").pop() {
            let (_, tasks) = store.workflow(&workflow.key).await.expect("a workflow")?;
            let errors: Vec<_> = tasks.into_iter().filter_map(|task| task.error).collect();
            return Some(format!("{which:?}: workflow {}: {errors:?}", workflow.key));
        }
    }
    let workflows: Vec<_> = site.shared.book().workflows.keys().cloned().collect();
    for id in workflows {
        let feed = site.vendor.ledger().feeds.get(&id).cloned().unwrap_or_default();
        if feed.after < feed.published {
            return Some(format!("{id} has got {} of {}", feed.after, feed.published));
        }
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: id.clone() };
        let (_, tasks) = store.workflow(&key).await.expect("a workflow")?;
        if let Some(task) = tasks.iter().find(|task| task.mode == TaskMode::Webhook && task.next.is_some()) {
            return Some(format!("{}: {:?} is to be done ({:?})", task.key, task.next, task.error));
        }
    }
    None
}
