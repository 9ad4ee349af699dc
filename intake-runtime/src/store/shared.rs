//! A store that several hold: a runtime, and whoever closes it in the end.

use super::{
    Counts, Delivery, DueTask, Hook, HookUser, IntakeKey, Intent, OutboxEntry, OutboxLane, OutboxRecord, Place,
    RegisteredHook, SavedEntries, ScopeKey, Store, StoreFuture, StoredDelivery, StoredIntake, StoredWorkflow, Task,
    TaskReport, UndeliverableDelivery, Which, WorkflowKey, Write,
};
use crate::clock::Timestamp;
use std::sync::Arc;
use std::time::Duration;

impl<S: Store + ?Sized> Store for Arc<S> {
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake> {
        (**self).lease(key)
    }

    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>> {
        (**self).intake(key)
    }

    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, Vec<(String, String)>> {
        (**self).saved(owner)
    }

    fn saved_of(&self, owners: Vec<ScopeKey>) -> StoreFuture<'_, Vec<SavedEntries>> {
        (**self).saved_of(owners)
    }

    fn outbox(&self, key: &IntakeKey, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        (**self).outbox(key, limit, bytes)
    }

    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        (**self).outbox_owners(app, intake)
    }

    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>> {
        (**self).hook(token)
    }

    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>> {
        (**self).hook_of(intake, owner)
    }

    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>> {
        (**self).hook_users(token)
    }

    fn deliveries(&self, app: &str, intake: &str, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<Delivery>> {
        (**self).deliveries(app, intake, limit, bytes)
    }

    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        (**self).undeliverable(app, limit)
    }

    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        (**self).count_undeliverable(app)
    }

    fn workflow(&self, key: &WorkflowKey) -> StoreFuture<'_, Option<(StoredWorkflow, Vec<Task>)>> {
        (**self).workflow(key)
    }

    fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<StoredWorkflow>> {
        (**self).workflows(which, after, limit)
    }

    fn due(&self, until: Timestamp, after: Option<Place>, limit: usize) -> StoreFuture<'_, Vec<DueTask>> {
        (**self).due(until, after, limit)
    }

    fn pull_in(&self, now: Timestamp, beyond: Duration, from: i64) -> StoreFuture<'_, Option<i64>> {
        (**self).pull_in(now, beyond, from)
    }

    fn lanes(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxLane>> {
        (**self).lanes(after, limit)
    }

    fn lane(&self, key: &IntakeKey) -> StoreFuture<'_, Option<OutboxLane>> {
        (**self).lane(key)
    }

    fn outbox_entries(&self, dead: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxEntry>> {
        (**self).outbox_entries(dead, after, limit)
    }

    fn outbox_entry(&self, record: i64) -> StoreFuture<'_, Option<OutboxEntry>> {
        (**self).outbox_entry(record)
    }

    fn kept_deliveries(&self, undeliverable: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<StoredDelivery>> {
        (**self).kept_deliveries(undeliverable, after, limit)
    }

    fn delivery(&self, id: i64) -> StoreFuture<'_, Option<StoredDelivery>> {
        (**self).delivery(id)
    }

    fn hooks(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Hook>> {
        (**self).hooks(after, limit)
    }

    fn intents(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Intent>> {
        (**self).intents(after, limit)
    }

    fn intent(&self, token: &str) -> StoreFuture<'_, Option<Intent>> {
        (**self).intent(token)
    }

    fn intakes(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<(IntakeKey, StoredIntake)>> {
        (**self).intakes(after, limit)
    }

    fn registrations(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<RegisteredHook>> {
        (**self).registrations(after, limit)
    }

    fn tasks(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<TaskReport>> {
        (**self).tasks(after, limit)
    }

    fn strays(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<IntakeKey>> {
        (**self).strays(after, limit)
    }

    fn scopes(&self, after: Option<&ScopeKey>, limit: usize) -> StoreFuture<'_, Vec<ScopeKey>> {
        (**self).scopes(after, limit)
    }

    fn counts(&self, now: Timestamp) -> StoreFuture<'_, Counts> {
        (**self).counts(now)
    }

    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        (**self).commit(writes)
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        (**self).probe()
    }
}
