//! What each write of a transaction does.

use super::Tables;
use crate::clock::Timestamp;
use crate::store::{
    Arrival, Counts, Dead, Delivery, HOOK_REMOVED, Hook, IntakeKey, OutboxEntry, OutboxLane, OutboxRecord, ScopeKey,
    StoreError, StoredDelivery, StoredIntake, UndeliverableDelivery, WorkflowStatus, Write,
};
use std::collections::HashSet;

impl Tables {
    pub(super) fn hook_of(&self, intake: &str, owner: &ScopeKey) -> Option<&Hook> {
        self.hooks.values().map(|(hook, _)| hook).find(|hook| hook.intake == intake && hook.owner == *owner)
    }

    pub(super) fn undeliverable(&self, app: &str) -> impl Iterator<Item = UndeliverableDelivery> {
        self.deliveries.values().filter(move |arrived| arrived.app == app).filter_map(|arrived| {
            Some(UndeliverableDelivery { delivery: a_delivery(arrived), reason: arrived.reason.clone()? })
        })
    }

    /// The number of an intake of a workflow; it gets one if it has none.
    pub(super) fn own(&mut self, key: &IntakeKey) -> i64 {
        if let Some(number) = self.owners.get(key) {
            return *number;
        }
        let number = 1 + i64::try_from(self.owners.len()).unwrap_or(i64::MAX - 1);
        self.owners.insert(key.clone(), number);
        number
    }

    /// Those that have records in line, in order of their numbers.
    pub(super) fn lanes(&self) -> Vec<OutboxLane> {
        let line = self.outbox.values().filter(|entry| entry.dead.is_none());
        let owners: HashSet<&IntakeKey> = line.map(|entry| &entry.owner).collect();
        let lane = |key: &IntakeKey| {
            let refusal = self.refusals.get(key);
            OutboxLane {
                number: self.owners.get(key).copied().unwrap_or(0),
                key: key.clone(),
                attempts: refusal.map_or(0, |(attempts, ..)| *attempts),
                since: refusal.map(|(_, since, ..)| *since),
                next: refusal.map(|(.., next, _)| *next),
                reason: refusal.map(|(.., reason)| reason.clone()),
            }
        };
        let mut lanes: Vec<_> = owners.into_iter().map(lane).collect();
        lanes.sort_by_key(|lane| lane.number);
        lanes
    }

    /// Counted each time: what other stores keep count of is held against it.
    pub(super) fn counts(&self, now: Timestamp) -> Counts {
        let count = |number: usize| number as u64;
        let status = |wanted: fn(&WorkflowStatus) -> bool| {
            count(self.workflows.values().filter(|workflow| wanted(&workflow.status)).count())
        };
        let dead = count(self.outbox.values().filter(|entry| entry.dead.is_some()).count());
        let undeliverable = count(self.deliveries.values().filter(|delivery| delivery.reason.is_some()).count());
        Counts {
            workflows: count(self.workflows.len()),
            paused: status(|status| *status == WorkflowStatus::Paused),
            attention: status(|status| matches!(status, WorkflowStatus::NeedsAttention { .. })),
            removing: status(|status| *status == WorkflowStatus::Removing),
            due: count(self.due(now).len()),
            outbox: count(self.outbox.len()) - dead,
            dead,
            deliveries: count(self.deliveries.len()) - undeliverable,
            undeliverable,
            duplicates: self.duplicates,
            hooks: count(self.hooks.len()),
            intents: count(self.intents.len()),
        }
    }

    pub(super) fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        match write {
            Write::CheckFence { key, fence } => {
                // No lease has the number 0: it is what an intake has that was never leased.
                if fence == 0 || self.intakes.get(&key).is_none_or(|intake| intake.fence != fence) {
                    return Err(StoreError::LeaseLost { key });
                }
            }
            Write::Intake { key, state, set_up, cycles, cycle } => {
                self.own(&key);
                let intake = self.intakes.entry(key).or_default();
                *intake = StoredIntake { state, set_up, cycles, cycle, fence: intake.fence };
            }
            Write::Save { owner, entries } => self.saved.entry(owner).or_default().extend(entries),
            Write::ForgetSaved { owner } => drop(self.saved.remove(&owner)),
            Write::Append { key, records } => self.append(&key, records),
            Write::Acknowledge { key, records } => {
                let delivered: HashSet<String> = records.into_iter().collect();
                self.outbox.retain(|_, entry| entry.owner != key || !delivered.contains(&entry.key));
                self.refusals.remove(&key);
            }
            Write::Refused { key, attempts, since, next, reason } => {
                if self.outbox.values().any(|entry| entry.owner == key && entry.dead.is_none()) {
                    self.refusals.insert(key, (attempts, since, next, reason));
                }
            }
            Write::Bury { key, records, dead } => self.bury(&key, &records, &dead),
            Write::Revive { record } => {
                if let Some(entry) = self.outbox.get_mut(&record).filter(|entry| entry.dead.is_some()) {
                    entry.dead = None;
                    self.refusals.remove(&entry.owner);
                }
            }
            Write::DropRecord { record } => {
                if let Some(entry) = self.outbox.remove(&record).filter(|entry| entry.dead.is_none()) {
                    self.refusals.remove(&entry.owner);
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
            Write::Deliver(arrival) => return self.deliver(arrival),
            Write::ForgetSeen { before, keep } => self.forget_seen(before, keep),
            Write::Routed { delivery } => drop(self.deliveries.remove(&delivery)),
            Write::Undeliverable { delivery, reason } => {
                if let Some(arrived) = self.deliveries.get_mut(&delivery) {
                    arrived.reason = Some(reason);
                    arrived.attempts += 1;
                }
            }
            Write::RetryDelivery { delivery } => {
                if let Some(arrived) = self.deliveries.get_mut(&delivery) {
                    arrived.reason = None;
                }
            }
            Write::Intend(intent) => {
                if !self.hooks.contains_key(&intent.token) {
                    return Err(StoreError::UnknownHook);
                }
                self.intents.insert(intent.token.clone(), intent);
            }
            Write::IntentFailed { token, failure } => {
                if let Some(intent) = self.intents.get_mut(&token) {
                    intent.failure = Some(failure);
                }
            }
            Write::IntentDone { token } => drop(self.intents.remove(&token)),
            Write::LeaveHook { token, workflow } => {
                if let Some((_, users)) = self.hooks.get_mut(&token) {
                    users.retain(|user| user.workflow != workflow);
                    if users.is_empty() {
                        self.remove_hook(&token);
                    }
                }
            }
            Write::CheckWorkflow { workflow, tasks } => {
                let present = self.tasks_of(&workflow.key);
                let same = present.iter().map(|task| (task.number, task.revision)).eq(tasks);
                if !same || self.workflows.get(&workflow.key) != Some(&workflow) {
                    return Err(StoreError::WorkflowChanged { key: workflow.key });
                }
            }
            Write::PutWorkflow(workflow) => drop(self.workflows.insert(workflow.key.clone(), workflow)),
            Write::SetStatus { key, status } => match self.workflows.get_mut(&key) {
                Some(workflow) => workflow.status = status,
                None => return Err(StoreError::UnknownWorkflow { key }),
            },
            Write::RemoveWorkflow { key } => self.remove_workflow(&key),
            Write::PutTask { key, mode, inputs, next } => return self.put_task(key, mode, inputs, next),
            Write::EndTask { task, revision, end } => self.end_task(task, revision, end),
            Write::RemoveTask { task, revision } => {
                if self.tasks.get(&task).is_some_and(|task| task.revision == revision) {
                    self.tasks.remove(&task);
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, key: &IntakeKey, records: Vec<OutboxRecord>) {
        if records.is_empty() {
            return;
        }
        self.own(key);
        let own = self.outbox.values().filter(|entry| entry.owner == *key);
        let mut known: HashSet<String> = own.map(|entry| entry.key.clone()).collect();
        for record in records.into_iter().filter(|record| known.insert(record.key.clone())) {
            self.last_record += 1;
            let OutboxRecord { key: record, payload } = record;
            let entry = OutboxEntry { number: self.last_record, owner: key.clone(), key: record, payload, dead: None };
            self.outbox.insert(entry.number, entry);
        }
    }

    fn bury(&mut self, key: &IntakeKey, records: &[String], dead: &Dead) {
        let line = self.outbox.values_mut().filter(|entry| entry.owner == *key && entry.dead.is_none());
        for entry in line.filter(|entry| records.contains(&entry.key)) {
            entry.dead = Some(dead.clone());
        }
        self.refusals.remove(key);
    }

    fn deliver(&mut self, arrival: Arrival) -> Result<(), StoreError> {
        let Arrival { token, payload, headers, dedupe, at } = arrival;
        let (hook, _) = self.hooks.get(&token).ok_or(StoreError::UnknownHook)?;
        let (app, intake) = (hook.owner.app.clone(), hook.intake.clone());
        if let Some(dedupe) = dedupe {
            if self.seen.values().any(|(key, at)| *key == dedupe.key && *at >= dedupe.since) {
                self.duplicates += 1;
                return Ok(());
            }
            self.seen.retain(|_, (key, _)| *key != dedupe.key);
            self.last_seen += 1;
            self.seen.insert(self.last_seen, (dedupe.key, at));
        }
        self.last_delivery += 1;
        let id = self.last_delivery;
        let delivery = StoredDelivery { id, app, intake, token, payload, headers, at, attempts: 0, reason: None };
        self.deliveries.insert(id, delivery);
        Ok(())
    }

    fn forget_seen(&mut self, before: Timestamp, keep: u64) {
        let Some(newest) = self.seen.keys().next_back().copied() else { return };
        let surplus = newest.saturating_sub(i64::try_from(keep).unwrap_or(i64::MAX));
        let gone = self.seen.iter().take_while(|(number, (_, at))| **number <= surplus || *at < before).last();
        if let Some(last) = gone.map(|(number, _)| *number) {
            self.seen.retain(|number, _| *number > last);
        }
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
        self.intents.remove(token);
        for arrived in self.deliveries.values_mut().filter(|arrived| arrived.token == token) {
            arrived.reason.get_or_insert_with(|| HOOK_REMOVED.to_owned());
        }
    }
}

pub(super) fn a_delivery(stored: &StoredDelivery) -> Delivery {
    Delivery { id: stored.id, token: stored.token.clone(), payload: stored.payload.clone() }
}
