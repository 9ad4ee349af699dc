//! The store of one process: the memory that all processes share, over a disk that fails.

use crate::ledger::Fate;
use crate::mutants::Mutant;
use crate::sim::{Process, Sim};
use intake_runtime::clock::Timestamp;
use intake_runtime::store::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct Disk {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: Arc<Process>,
    pub(crate) inner: Memory,
}

fn failed(action: &'static str) -> StoreError {
    StoreError::Failed { action, source: "a simulated fault".into() }
}

impl Disk {
    fn read<'a, T: Send + 'a>(&'a self, read: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async move {
            let sim = &self.sim;
            self.begin().await;
            if sim.fault("store: a read fails") {
                return Err(failed("read"));
            }
            let answer = read.await;
            sim.pass().await;
            self.process.gate(sim).await;
            answer
        })
    }

    async fn begin(&self) {
        let sim = &self.sim;
        self.process.gate(sim).await;
        if sim.fault("store: slow") {
            sim.sleep(10, 5_000).await;
        } else {
            sim.pass().await;
        }
        self.process.gate(sim).await;
    }

    /// How often the recurring tasks run that a transaction is about, by their numbers.
    async fn every(&self, writes: &[Write]) -> BTreeMap<i64, Duration> {
        let mut every = BTreeMap::new();
        for write in writes {
            let Write::Intake { key, cycle: None, .. } = write else { continue };
            let key = WorkflowKey { app: key.app.clone(), workflow: key.workflow.clone() };
            let Ok(Some((_, tasks))) = self.inner.workflow(&key).await else { continue };
            every.extend(tasks.iter().filter_map(|task| match task.mode {
                TaskMode::Recurring { every } => Some((task.number, every)),
                _ => None,
            }));
        }
        every
    }

    /// Dead letters are put back and dropped by their numbers.
    async fn dead_letters(&self, writes: &[Write]) {
        for write in writes {
            let (Write::Revive { record } | Write::DropRecord { record }) = write else { continue };
            let Ok(Some(entry)) = self.inner.outbox_entry(*record).await else { continue };
            let fate = if matches!(write, Write::Revive { .. }) { Fate::InLine } else { Fate::Dropped };
            self.sim.dead_letter(&entry.owner, &entry.key, fate);
        }
    }

    async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let every = self.every(&writes).await;
        let done = writes.clone();
        self.inner.commit(self.damaged(writes)).await.inspect_err(|error| {
            self.sim.say(format_args!("process {}: refused: {error}", self.process.number));
        })?;
        self.dead_letters(&done).await;
        self.sim.count("event: commit");
        self.sim.say(format_args!("process {} commits {}", self.process.number, told(&done)));
        self.sim.committed(&done, &every);
        Ok(())
    }

    /// What a mutant makes of a transaction.
    fn damaged(&self, writes: Vec<Write>) -> Vec<Write> {
        let sim = &self.sim;
        let now = sim.wall();
        let Some(mutant) = sim.mutant else { return writes };
        if mutant == Mutant::LyingStore && sim.within(0, 30) == 0 {
            return Vec::new();
        }
        let keep = |write: &Write| match write {
            Write::Append { .. } => mutant != Mutant::LostRecords,
            Write::Deliver(_) => mutant != Mutant::LostDeliveries,
            Write::Intend(_) => mutant != Mutant::NoIntents,
            Write::SetStatus { status, .. } => mutant != Mutant::DeafToPause || *status != WorkflowStatus::Paused,
            _ => true,
        };
        let mut kept: Vec<_> = writes.into_iter().filter(keep).collect();
        for write in &mut kept {
            match write {
                Write::Intake { state: Some(state), .. } if mutant == Mutant::OldState && sim.within(0, 5) == 0 => {
                    "{\"after\":0}".clone_into(state);
                }
                Write::EndTask { end: TaskEnd { next: Some(next), .. }, .. } if mutant == Mutant::MadeUpFor => {
                    next.at = now;
                }
                _ => {}
            }
        }
        kept
    }
}

/// A transaction in a line, with the state that is stored.
fn told(writes: &[Write]) -> String {
    let told = |write: &Write| match write {
        Write::CheckFence { .. } => String::new(),
        Write::Intake { key, state, cycles, cycle, .. } => {
            let requests = cycle.as_ref().map(|cycle| (cycle.requests, cycle.exit.clone()));
            format!("state of {}/{} {state:?} cycles {cycles} {requests:?}; ", key.workflow, key.intake)
        }
        Write::Append { records, .. } => format!("{} records from {}; ", records.len(), records[0].key),
        Write::EndTask { task, end, .. } => {
            let TaskEnd { next, failures, error, attention, .. } = end;
            let next = next.map(|next| format!("{} at {}", next.job.as_str(), next.at));
            format!("task {task} ends, next {next:?}, failures {failures} attention {attention} {error:?}; ")
        }
        write => format!("{write:?}; "),
    };
    writes.iter().map(told).collect()
}

impl Store for Disk {
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake> {
        let lease = self.inner.lease(key);
        let key = key.clone();
        self.read(Box::pin(async move {
            let stored = lease.await?;
            self.sim.say(format_args!("process {} leases {}/{}", self.process.number, key.workflow, key.intake));
            self.sim.leased(&key);
            Ok(stored)
        }))
    }
    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>> {
        self.read(self.inner.intake(key))
    }
    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, SavedEntries> {
        self.read(self.inner.saved(owner))
    }
    fn saved_of(&self, owners: Vec<ScopeKey>) -> StoreFuture<'_, Vec<SavedEntries>> {
        self.read(self.inner.saved_of(owners))
    }
    fn outbox(&self, key: &IntakeKey, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        let read = self.read(self.inner.outbox(key, limit, bytes));
        Box::pin(async move {
            let mut records = read.await?;
            if self.sim.is(Mutant::Disorder) {
                records.reverse();
            }
            Ok(records)
        })
    }
    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        self.read(self.inner.outbox_owners(app, intake))
    }
    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>> {
        self.read(self.inner.hook(token))
    }
    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>> {
        self.read(self.inner.hook_of(intake, owner))
    }
    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>> {
        self.read(self.inner.hook_users(token))
    }
    fn deliveries(&self, app: &str, intake: &str, limit: usize, bytes: usize) -> StoreFuture<'_, Vec<Delivery>> {
        self.read(self.inner.deliveries(app, intake, limit, bytes))
    }
    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        self.read(self.inner.undeliverable(app, limit))
    }
    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        self.read(self.inner.count_undeliverable(app))
    }
    fn workflow(&self, key: &WorkflowKey) -> StoreFuture<'_, Option<(StoredWorkflow, Vec<Task>)>> {
        self.read(self.inner.workflow(key))
    }
    fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> StoreFuture<'_, Vec<StoredWorkflow>> {
        self.read(self.inner.workflows(which, after, limit))
    }
    fn due(&self, until: Timestamp, after: Option<Place>, limit: usize) -> StoreFuture<'_, Vec<DueTask>> {
        let read = self.read(self.inner.due(until, after, limit));
        Box::pin(async move {
            let mut due = read.await?;
            if self.sim.is(Mutant::ForgottenTask) {
                due.retain(|task| task.place.number != 1);
            }
            Ok(due)
        })
    }
    fn pull_in(&self, now: Timestamp, beyond: Duration, from: i64) -> StoreFuture<'_, Option<i64>> {
        self.read(self.inner.pull_in(now, beyond, from))
    }
    fn lanes(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxLane>> {
        self.read(self.inner.lanes(after, limit))
    }
    fn lane(&self, key: &IntakeKey) -> StoreFuture<'_, Option<OutboxLane>> {
        self.read(self.inner.lane(key))
    }
    fn outbox_entries(&self, dead: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<OutboxEntry>> {
        self.read(self.inner.outbox_entries(dead, after, limit))
    }
    fn outbox_entry(&self, record: i64) -> StoreFuture<'_, Option<OutboxEntry>> {
        self.read(self.inner.outbox_entry(record))
    }
    fn kept_deliveries(&self, undeliverable: bool, after: i64, limit: usize) -> StoreFuture<'_, Vec<StoredDelivery>> {
        self.read(self.inner.kept_deliveries(undeliverable, after, limit))
    }
    fn delivery(&self, id: i64) -> StoreFuture<'_, Option<StoredDelivery>> {
        self.read(self.inner.delivery(id))
    }
    fn hooks(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Hook>> {
        self.read(self.inner.hooks(after, limit))
    }
    fn intents(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<Intent>> {
        self.read(self.inner.intents(after, limit))
    }
    fn intent(&self, token: &str) -> StoreFuture<'_, Option<Intent>> {
        self.read(self.inner.intent(token))
    }
    fn intakes(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<(IntakeKey, StoredIntake)>> {
        self.read(self.inner.intakes(after, limit))
    }
    fn scopes(&self, after: Option<&ScopeKey>, limit: usize) -> StoreFuture<'_, Vec<ScopeKey>> {
        self.read(self.inner.scopes(after, limit))
    }
    fn registrations(&self, after: Option<&str>, limit: usize) -> StoreFuture<'_, Vec<RegisteredHook>> {
        self.read(self.inner.registrations(after, limit))
    }
    fn tasks(&self, after: i64, limit: usize) -> StoreFuture<'_, Vec<TaskReport>> {
        self.read(self.inner.tasks(after, limit))
    }
    fn strays(&self, after: Option<&IntakeKey>, limit: usize) -> StoreFuture<'_, Vec<IntakeKey>> {
        self.read(self.inner.strays(after, limit))
    }
    fn counts(&self, now: Timestamp) -> StoreFuture<'_, Counts> {
        self.read(self.inner.counts(now))
    }
    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let sim = &self.sim;
            self.begin().await;
            if sim.fault("store: a commit fails") {
                return Err(failed("commit"));
            }
            let answer = self.write(writes).await;
            if answer.is_ok() && sim.fault("store: a commit fails in its answer") {
                return Err(failed("commit"));
            }
            sim.pass().await;
            self.process.gate(sim).await;
            answer
        })
    }
}
