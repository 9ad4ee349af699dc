//! What every store does, and how the embedded one treats its file.

use intake_runtime::intake::Scope;
use intake_runtime::store::{
    CycleProgress, Delivery, Hook, HookStatus, HookUser, IntakeKey, OutboxRecord, ScopeKey, Store, StoreError,
    StoredIntake, Write,
};

#[path = "store/conformance.rs"]
mod conformance;
#[path = "store/file.rs"]
#[cfg(feature = "sqlite")]
mod file;
#[path = "store/model.rs"]
#[cfg(feature = "sqlite")]
mod model;

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
    Write::Deliver { token: token.into(), payload: payload.to_owned().into() }
}

async fn commit(store: &dyn Store, writes: impl Into<Vec<Write>>) {
    store.commit(writes.into()).await.unwrap();
}

/// The numbers of the records in an outbox.
async fn outbox(store: &dyn Store, workflow: &str) -> Vec<String> {
    let records = store.outbox(&key(workflow), usize::MAX).await.unwrap();
    records.into_iter().map(|record| record.key).collect()
}

fn payloads(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| std::str::from_utf8(&delivery.payload).unwrap()).collect()
}
