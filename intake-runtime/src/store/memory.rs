//! A store in memory, for tests.

use super::{
    Delivery, HOOK_REMOVED, Hook, HookUser, IntakeKey, OutboxRecord, ScopeKey, Store, StoreError, StoreFuture,
    StoredIntake, UndeliverableDelivery, Write,
};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A store in memory: everything is gone with the last clone of it.
#[derive(Clone, Default)]
pub struct Memory {
    tables: Arc<Mutex<Tables>>,
}

#[derive(Clone, Default)]
struct Tables {
    intakes: BTreeMap<IntakeKey, StoredIntake>,
    saved: BTreeMap<ScopeKey, BTreeMap<String, String>>,
    outbox: BTreeMap<IntakeKey, Vec<OutboxRecord>>,
    hooks: BTreeMap<String, (Hook, Vec<HookUser>)>,
    deliveries: BTreeMap<i64, Arrived>,
    last_delivery: i64,
}

/// A delivery, with what its hook was when it arrived.
#[derive(Clone)]
struct Arrived {
    app: String,
    intake: String,
    delivery: Delivery,
    undeliverable: Option<String>,
}

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

    fn outbox(&self, key: &IntakeKey, limit: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        let key = key.clone();
        self.read(move |tables| tables.outbox.get(&key).into_iter().flatten().take(limit).cloned().collect())
    }

    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |tables| {
            let records = tables.outbox.iter().filter(|(_, records)| !records.is_empty());
            records.map(|(key, _)| key).filter(|key| key.app == app && key.intake == intake).cloned().collect()
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

    fn deliveries(&self, app: &str, intake: &str, limit: usize) -> StoreFuture<'_, Vec<Delivery>> {
        let (app, intake) = (app.to_owned(), intake.to_owned());
        self.read(move |tables| {
            let pending = tables.deliveries.values().filter(|arrived| arrived.undeliverable.is_none());
            let pending = pending.filter(|arrived| arrived.app == app && arrived.intake == intake);
            pending.take(limit).map(|arrived| arrived.delivery.clone()).collect()
        })
    }

    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        let app = app.to_owned();
        self.read(move |tables| tables.undeliverable(&app).take(limit).collect())
    }

    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        let app = app.to_owned();
        self.read(move |tables| tables.undeliverable(&app).count() as u64)
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

impl Tables {
    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> Option<&Hook> {
        self.hooks.values().map(|(hook, _)| hook).find(|hook| hook.intake == intake && hook.owner == *owner)
    }

    fn undeliverable(&self, app: &str) -> impl Iterator<Item = UndeliverableDelivery> {
        self.deliveries.values().filter(move |arrived| arrived.app == app).filter_map(|arrived| {
            let reason = arrived.undeliverable.clone()?;
            Some(UndeliverableDelivery { delivery: arrived.delivery.clone(), reason })
        })
    }

    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        match write {
            Write::CheckFence { key, fence } => {
                // No lease has the number 0: it is what an intake has that was never leased.
                if fence == 0 || self.intakes.get(&key).is_none_or(|intake| intake.fence != fence) {
                    return Err(StoreError::LeaseLost { key });
                }
            }
            Write::Intake { key, state, set_up, cycles, cycle } => {
                let intake = self.intakes.entry(key).or_default();
                *intake = StoredIntake { state, set_up, cycles, cycle, fence: intake.fence };
            }
            Write::Save { owner, entries } => self.saved.entry(owner).or_default().extend(entries),
            Write::ForgetSaved { owner } => drop(self.saved.remove(&owner)),
            Write::Append { key, records } => self.append(key, records),
            Write::Acknowledge { key, records } => {
                let delivered: HashSet<String> = records.into_iter().collect();
                if let Some(records) = self.outbox.get_mut(&key) {
                    records.retain(|record| !delivered.contains(&record.key));
                }
            }
            Write::PutHook(hook) => return self.put_hook(hook),
            Write::RemoveHook { token } => self.remove_hook(&token),
            Write::PutHookUser { token, user } => {
                let (_, users) = self.hooks.get_mut(&token).ok_or(StoreError::UnknownHook)?;
                match users.iter_mut().find(|present| present.workflow == user.workflow) {
                    Some(present) => *present = user,
                    None => users.push(user),
                }
            }
            Write::RemoveHookUser { token, workflow } => {
                if let Some((_, users)) = self.hooks.get_mut(&token) {
                    users.retain(|user| user.workflow != workflow);
                }
            }
            Write::Deliver { token, payload } => {
                let (hook, _) = self.hooks.get(&token).ok_or(StoreError::UnknownHook)?;
                let (app, intake) = (hook.owner.app.clone(), hook.intake.clone());
                self.last_delivery += 1;
                let delivery = Delivery { id: self.last_delivery, token, payload };
                self.deliveries.insert(delivery.id, Arrived { app, intake, delivery, undeliverable: None });
            }
            Write::Routed { delivery } => drop(self.deliveries.remove(&delivery)),
            Write::Undeliverable { delivery, reason } => {
                if let Some(arrived) = self.deliveries.get_mut(&delivery) {
                    arrived.undeliverable = Some(reason);
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, key: IntakeKey, records: Vec<OutboxRecord>) {
        let outbox = self.outbox.entry(key).or_default();
        let mut known: HashSet<String> = outbox.iter().map(|record| record.key.clone()).collect();
        outbox.extend(records.into_iter().filter(|record| known.insert(record.key.clone())));
    }

    fn put_hook(&mut self, hook: Hook) -> Result<(), StoreError> {
        if self.hook_of(&hook.intake, &hook.owner).is_some_and(|present| present.token != hook.token) {
            return Err(StoreError::HookExists { intake: hook.intake });
        }
        let users = self.hooks.remove(&hook.token).map_or_else(Vec::new, |(_, users)| users);
        self.hooks.insert(hook.token.clone(), (hook, users));
        Ok(())
    }

    fn remove_hook(&mut self, token: &str) {
        if self.hooks.remove(token).is_none() {
            return;
        }
        for arrived in self.deliveries.values_mut().filter(|arrived| arrived.delivery.token == token) {
            arrived.undeliverable.get_or_insert_with(|| HOOK_REMOVED.to_owned());
        }
    }
}
