//! A store in memory, for tests.

mod survey;
mod tables;
mod workflows;

use super::{
    Counts, Delivery, DueTask, Hook, HookUser, IntakeKey, Intent, OutboxEntry, OutboxLane, OutboxRecord, PAGE_BYTES,
    Place, RegisteredHook, SavedEntries, ScopeKey, Store, StoreFuture, StoredDelivery, StoredIntake, StoredWorkflow,
    Task, TaskReport, UndeliverableDelivery, Which, WorkflowKey, WorkflowStatus, Write,
};
use crate::clock::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A store in memory: everything is gone with the last clone of it.
#[derive(Clone, Default)]
pub struct Memory {
    tables: Arc<Mutex<Tables>>,
}

#[derive(Clone, Default)]
struct Tables {
    /// The numbers of those that have, or had, state or records.
    owners: Table<IntakeKey, i64>,
    intakes: Table<IntakeKey, StoredIntake>,
    saved: Table<ScopeKey, BTreeMap<String, String>>,
    outbox: Table<i64, OutboxEntry>,
    last_record: i64,
    refusals: Table<IntakeKey, Refusal>,
    hooks: Table<String, (Hook, Vec<HookUser>)>,
    deliveries: Table<i64, StoredDelivery>,
    last_delivery: i64,
    /// By number: the key, and when it arrived.
    seen: Table<i64, ([u8; 16], Timestamp)>,
    last_seen: i64,
    duplicates: u64,
    intents: Table<String, Intent>,
    workflows: Table<WorkflowKey, StoredWorkflow>,
    tasks: Table<i64, Task>,
    last_task: i64,
}

/// A table, of which a clone is a copy only once one of them is changed: a transaction changes few of them.
struct Table<K, V>(Arc<BTreeMap<K, V>>);

impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.0
    }
}

impl<K: Clone, V: Clone> DerefMut for Table<K, V> {
    fn deref_mut(&mut self) -> &mut BTreeMap<K, V> {
        Arc::make_mut(&mut self.0)
    }
}

/// How often a lane was refused, since when, when it is tried again, and why.
type Refusal = (u32, Timestamp, Timestamp, String);

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic elsewhere leaves the tables whole: a commit replaces them at once.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Send + 'static>(&self, read: impl FnOnce(&Tables) -> T + Send + 'static) -> StoreFuture<'_, T> {
        Box::pin(async move { Ok(read(&self.tables())) })
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Store for Memory {
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake> {
        let key = key.clone();
        Box::pin(async move {
            let mut tables = self.tables();
            tables.own(&key);
            let intake = tables.intakes.entry(key).or_default();
            intake.fence += 1;
            Ok(intake.clone())
        })
    }

    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>> {
        let key = key.clone();
        self.read(move |tables| tables.intakes.get(&key).cloned())
    }

    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, Vec<(String, String)>> {
        let owner = owner.clone();
        self.read(move |tables| tables.saved.get(&owner).cloned().unwrap_or_default().into_iter().collect())
    }

    fn saved_of(&self, owners: Vec<ScopeKey>) -> StoreFuture<'_, Vec<SavedEntries>> {
        self.read(move |tables| {
            let saved = |owner| tables.saved.get(owner).cloned().unwrap_or_default().into_iter().collect();
            owners.iter().map(saved).collect()
        })
    }

    fn outbox(&self, key: &IntakeKey, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        let key = key.clone();
        self.read(move |tables| {
            let line = tables.outbox.values().filter(|entry| entry.dead.is_none() && entry.owner == key);
            let record = |entry: &OutboxEntry| OutboxRecord { key: entry.key.clone(), payload: entry.payload.clone() };
            within(line.take(limit).map(record), bytes, |record| record.payload.len())
        })
    }

    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |tables| {
            let lanes = tables.lanes().into_iter().map(|lane| lane.key);
            let mut owners: Vec<_> = lanes.filter(|key| key.app == app && key.intake == intake).collect();
            owners.sort();
            owners
        })
    }

    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>> {
        let token = token.to_owned();
        self.read(move |tables| tables.hooks.get(&token).map(|(hook, _)| hook.clone()))
    }

    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>> {
        let (intake, owner) = (intake.to_owned(), owner.clone());
        self.read(move |tables| tables.hook_of(&intake, &owner).cloned())
    }

    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>> {
        let token = token.to_owned();
        self.read(move |tables| tables.hooks.get(&token).map_or_else(Vec::new, |(_, users)| users.clone()))
    }

    fn deliveries(&self, app: &str, intake: &str, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<Delivery>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |tables| {
            let pending = tables.deliveries.values().filter(|arrived| arrived.reason.is_none());
            let pending = pending.filter(|arrived| arrived.app == app && arrived.intake == intake);
            within(pending.take(limit).map(tables::a_delivery), bytes, |delivery| delivery.payload.len())
        })
    }

    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        let app = app.to_owned();
        self.read(move |tables| {
            within(tables.undeliverable(&app).take(limit), PAGE_BYTES, |kept| kept.delivery.payload.len())
        })
    }

    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        let app = app.to_owned();
        self.read(move |tables| tables.undeliverable(&app).count() as u64)
    }

    fn workflow(&self, key: &WorkflowKey) -> StoreFuture<'_, Option<(StoredWorkflow, Vec<Task>)>> {
        let key = key.clone();
        self.read(move |tables| Some((tables.workflows.get(&key)?.clone(), tables.tasks_of(&key))))
    }

    fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<StoredWorkflow>> {
        let after = after.cloned();
        self.read(move |tables| {
            let listed = |workflow: &&StoredWorkflow| match which {
                Which::All => true,
                Which::Paused => workflow.status == WorkflowStatus::Paused,
                Which::NeedsAttention => matches!(workflow.status, WorkflowStatus::NeedsAttention { .. }),
                Which::Removing => workflow.status == WorkflowStatus::Removing,
            };
            behind(&tables.workflows, after).map(|(_, workflow)| workflow).filter(listed).take(limit).cloned().collect()
        })
    }

    fn due(&self, until: Timestamp, after: Option<Place>, limit: usize) -> StoreFuture<'_, Vec<DueTask>> {
        self.read(move |tables| {
            let mut due = tables.due(until);
            due.retain(|task| after.is_none_or(|after| task.place > after));
            due.truncate(limit);
            due
        })
    }

    fn pull_in(&self, now: Timestamp, beyond: Duration, from: i64) -> StoreFuture<'_, Option<i64>> {
        Box::pin(async move { Ok(self.tables().pull_in(now, beyond, from)) })
    }

    fn lanes(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxLane>> {
        self.read(move |tables| {
            let lanes = tables.lanes().into_iter().filter(|lane| lane.number > after);
            lanes.take(limit).collect()
        })
    }

    fn lane(&self, key: &IntakeKey) -> StoreFuture<'_, Option<OutboxLane>> {
        let key = key.clone();
        self.read(move |tables| tables.lanes().into_iter().find(|lane| lane.key == key))
    }

    fn outbox_entries(&self, dead: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxEntry>> {
        self.read(move |tables| {
            let entries = behind(&tables.outbox, Some(after)).map(|(_, entry)| entry);
            let listed = entries.filter(|entry| entry.dead.is_some() == dead).take(limit).cloned();
            within(listed, PAGE_BYTES, |entry| entry.payload.len())
        })
    }

    fn outbox_entry(&self, record: i64) -> StoreFuture<'_, Option<OutboxEntry>> {
        self.read(move |tables| tables.outbox.get(&record).cloned())
    }

    fn kept_deliveries(&self, undeliverable: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<StoredDelivery>> {
        self.read(move |tables| {
            let kept = behind(&tables.deliveries, Some(after)).map(|(_, delivery)| delivery);
            let listed = kept.filter(|delivery| delivery.reason.is_some() == undeliverable).take(limit).cloned();
            within(listed, PAGE_BYTES, |delivery| delivery.payload.len())
        })
    }

    fn delivery(&self, id: i64) -> StoreFuture<'_, Option<StoredDelivery>> {
        self.read(move |tables| tables.deliveries.get(&id).cloned())
    }

    fn hooks(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Hook>> {
        let after = after.map(str::to_owned);
        self.read(move |tables| behind(&tables.hooks, after).take(limit).map(|(_, (hook, _))| hook.clone()).collect())
    }

    fn intents(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Intent>> {
        let after = after.map(str::to_owned);
        self.read(move |tables| behind(&tables.intents, after).take(limit).map(|(_, intent)| intent.clone()).collect())
    }

    fn intent(&self, token: &str) -> StoreFuture<'_, Option<Intent>> {
        let token = token.to_owned();
        self.read(move |tables| tables.intents.get(&token).cloned())
    }

    fn intakes(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<(IntakeKey, StoredIntake)>> {
        let after = after.cloned();
        self.read(move |tables| {
            let behind = behind(&tables.intakes, after).take(limit);
            behind.map(|(key, intake)| (key.clone(), intake.clone())).collect()
        })
    }

    fn registrations(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<RegisteredHook>> {
        let after = after.map(str::to_owned);
        self.read(move |tables| tables.registrations(after, limit))
    }

    fn tasks(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<TaskReport>> {
        self.read(move |tables| tables.tasks(after, limit))
    }

    fn strays(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<IntakeKey>> {
        let after = after.cloned();
        self.read(move |tables| tables.strays(after, limit))
    }

    fn scopes(&self, after: Option<&ScopeKey>, limit: usize) -> StoreFuture<'_, Vec<ScopeKey>> {
        let word = |key: &ScopeKey| (key.app.clone(), key.scope.as_str(), key.owner.clone());
        let after = after.map(word);
        self.read(move |tables| {
            let owners = tables.saved.iter().filter(|(_, entries)| !entries.is_empty());
            let mut owners: Vec<_> = owners.map(|(key, _)| key.clone()).collect();
            owners.sort_by_key(word);
            owners.retain(|key| after.as_ref().is_none_or(|after| word(key) > *after));
            owners.truncate(limit);
            owners
        })
    }

    fn counts(&self, now: Timestamp) -> StoreFuture<'_, Counts> {
        self.read(move |tables| tables.counts(now))
    }

    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut tables = self.tables();
            let mut next = tables.clone();
            for write in writes {
                next.apply(write)?;
            }
            *tables = next;
            Ok(())
        })
    }
}

/// The first of a list, no more than have so many bytes together; one in any case.
fn within<T>(list: impl Iterator<Item = T>, bytes: usize, length: impl Fn(&T) -> usize) -> Vec<T> {
    let mut all = 0_usize;
    let fits = |(index, item): &(usize, T)| {
        all = all.saturating_add(length(item));
        *index == 0 || all <= bytes
    };
    list.enumerate().take_while(fits).map(|(_, item)| item).collect()
}

/// What is behind a key.
fn behind<K: Ord, V>(map: &BTreeMap<K, V>, after: Option<K>) -> impl Iterator<Item = (&K, &V)> {
    map.range((after.map_or(Unbounded, Excluded), Unbounded))
}
