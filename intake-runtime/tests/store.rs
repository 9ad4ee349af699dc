//! What every store does, and how the embedded one treats its file.

use intake_runtime::clock::Timestamp;
use intake_runtime::intake::Scope;
use intake_runtime::store::{
    Arrival, CycleProgress, Dead, Dedupe, Delivery, Hook, HookStatus, HookUser, IntakeKey, Intent, IntentAction, Job,
    Next, OutboxRecord, PAGE_BYTES, Place, Progress, ScopeKey, Store, StoreError, StoredIntake, StoredWorkflow,
    TaskEnd, TaskMode, Which, WorkflowKey, WorkflowStatus, Write,
};
use std::time::Duration;

#[path = "store/conformance.rs"]
mod conformance;
#[path = "store/file.rs"]
#[cfg(feature = "sqlite")]
mod file;
#[path = "store/kept.rs"]
mod kept;
#[path = "store/model.rs"]
#[cfg(feature = "sqlite")]
mod model;
#[path = "store/workflows.rs"]
mod workflows;

fn key(workflow: &str) -> IntakeKey {
    IntakeKey { app: "app".into(), intake: "import".into(), workflow: workflow.into() }
}

fn owner(scope: Scope, owner: &str) -> ScopeKey {
    ScopeKey { app: "app".into(), scope, owner: owner.into() }
}

fn record(number: usize) -> OutboxRecord {
    OutboxRecord { key: format!("key {number}"), payload: format!("{{\"n\":{number}}}").into() }
}

fn append(workflow: &str, numbers: impl IntoIterator<Item = usize>) -> Write {
    Write::Append { key: key(workflow), records: numbers.into_iter().map(record).collect() }
}

fn hook(token: &str, intake: &str, owner: ScopeKey) -> Hook {
    Hook { token: token.into(), intake: intake.into(), owner, status: HookStatus::Creating }
}

fn user(workflow: &str) -> HookUser {
    HookUser {
        workflow: workflow.into(),
        connection: "connection".into(),
        account: None,
        resource: None,
        subdomain: None,
        inputs: "{}".into(),
    }
}

fn deliver(token: &str, payload: &str) -> Write {
    let (payload, at) = (payload.to_owned().into(), Timestamp(7));
    Write::Deliver(Arrival { token: token.into(), payload, headers: None, dedupe: None, at })
}

fn workflow_key(workflow: &str) -> WorkflowKey {
    WorkflowKey { app: "app".into(), workflow: workflow.into() }
}

fn workflow(id: &str) -> StoredWorkflow {
    StoredWorkflow {
        key: workflow_key(id),
        connection: format!("connection of {id}"),
        account: None,
        resource: None,
        subdomain: None,
        status: WorkflowStatus::Active,
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// A task that runs each minute, for the first time at this millisecond.
fn put_task(workflow: &str, at: i64) -> Write {
    let next = Some(Next { job: Job::Cycle, at: Timestamp(at) });
    Write::PutTask { key: key(workflow), mode: TaskMode::Recurring { every: MINUTE }, inputs: "{}".into(), next }
}

async fn commit(store: &dyn Store, writes: impl Into<Vec<Write>>) {
    store.commit(writes.into()).await.unwrap();
}

/// The numbers of the records in an outbox.
async fn outbox(store: &dyn Store, workflow: &str) -> Vec<String> {
    let records = store.outbox(&key(workflow), usize::MAX, usize::MAX).await.unwrap();
    records.into_iter().map(|record| record.key).collect()
}

fn payloads(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| std::str::from_utf8(&delivery.payload).unwrap()).collect()
}
