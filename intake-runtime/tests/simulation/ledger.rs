//! What was promised: every transaction that was committed, and what sinks have taken.

use crate::sim::Sim;
use intake_runtime::store::{IntakeKey, Job, Next, OutboxRecord, StoredIntake, TaskEnd, Write};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) lanes: BTreeMap<IntakeKey, Lane>,
    polls: BTreeMap<(String, String), Poll>,
    pub(crate) workflows: BTreeMap<String, Known>,
    /// The payloads' numbers that were answered with 200.
    pub(crate) acknowledged: BTreeMap<u64, Acknowledged>,
    /// When something was last done to a schedule from outside, for all.
    clock_set: Duration,
}

/// A delivery that the vendor was told to have arrived.
pub(crate) struct Acknowledged {
    pub(crate) kind: String,
    pub(crate) of: String,
}

/// The records of one intake of one workflow, in the order in which they were committed.
#[derive(Default)]
pub(crate) struct Lane {
    pub(crate) records: Vec<Entry>,
    by_key: BTreeMap<String, usize>,
    /// None of those before is awaited any more.
    settled: usize,
}

pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) payload: Value,
    pub(crate) fate: Fate,
    /// How often a sink has taken it.
    pub(crate) taken: u64,
    /// Whether it was put back into the line, so that later ones may be before it.
    revived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    InLine,
    Acknowledged,
    Dead(String),
    Dropped,
}

/// A polling intake of a workflow.
#[derive(Default)]
struct Poll {
    /// The stored state.
    cursor: Option<u64>,
    cycles: u64,
    /// How often it may begin anew.
    restarts: i64,
    /// When the job under way began.
    leased: Duration,
    /// When the last cycles began that came to their ends.
    begun: Vec<Duration>,
}

/// What is known of a workflow's status.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// `None` if a call has failed that may have changed that.
    pub(crate) exists: Option<bool>,
    /// Since when it is paused for sure.
    pub(crate) paused: Option<Duration>,
    /// When it was last changed.
    changed: Duration,
    pub(crate) connection: u64,
    pub(crate) restarts: u64,
}

impl Ledger {
    pub(crate) fn cursor(&self, intake: &str, workflow: &str) -> Option<u64> {
        self.polls.get(&(intake.to_owned(), workflow.to_owned())).and_then(|poll| poll.cursor)
    }

    pub(crate) fn clock_was_set(&mut self, now: Duration) {
        self.clock_set = now;
    }

    pub(crate) fn restarts(&self, workflow: &str) -> u64 {
        self.workflows.get(workflow).map_or(0, |known| known.restarts)
    }

    /// Something is about to be done to a workflow. Its intakes may begin anew so many times.
    pub(crate) fn changes(&mut self, workflow: &str, restarts: bool, now: Duration) {
        let known = self.workflows.entry(workflow.to_owned()).or_default();
        known.changed = now;
        known.restarts += u64::from(restarts);
        for intake in ["items", "history"] {
            let poll = self.polls.entry((intake.to_owned(), workflow.to_owned())).or_default();
            poll.restarts += i64::from(restarts);
        }
    }
}

impl Sim {
    /// A job of a polling intake begins.
    pub(crate) fn leased(&self, key: &IntakeKey) {
        let now = self.elapsed();
        let tardy = self.config.tardiness();
        let mut state = self.state();
        let paused = state.ledger.workflows.get(&key.workflow).and_then(|known| known.paused);
        let poll = state.ledger.polls.entry((key.intake.clone(), key.workflow.clone())).or_default();
        poll.leased = now;
        drop(state);
        if paused.is_some_and(|paused| now > paused + tardy) {
            self.problem(format!("{} is paused, and a job of `{}` begins", key.workflow, key.intake));
        }
    }

    /// A transaction was committed. `every` tells how often recurring tasks run, by their numbers.
    pub(crate) fn committed(&self, writes: &[Write], every: &BTreeMap<i64, Duration>) {
        for write in writes {
            match write {
                Write::Append { key, records } => self.appended(key, records),
                Write::Acknowledge { key, records } => self.left(key, records, &Fate::Acknowledged),
                Write::Bury { key, records, dead } => self.left(key, records, &Fate::Dead(dead.reason.clone())),
                Write::Intake { key, state, cycles, cycle, .. } => {
                    let intake = StoredIntake {
                        state: state.clone(),
                        cycles: *cycles,
                        cycle: cycle.clone(),
                        ..StoredIntake::default()
                    };
                    self.stored(key, &intake);
                }
                _ => {}
            }
        }
        let ended = writes.iter().find_map(|write| match write {
            Write::EndTask {
                task, end: TaskEnd { failures: 0, next: Some(Next { job: Job::Cycle, at }), .. }, ..
            } => Some((every.get(task)?, *at)),
            _ => None,
        });
        let cycle = writes.iter().find_map(|write| match write {
            Write::Intake { key, cycle: None, .. } => Some(key),
            _ => None,
        });
        if let (Some((every, next)), Some(key)) = (ended, cycle) {
            // After a cap the next comes at once.
            let soon = next.since(self.wall()) < Duration::from_millis(1_001);
            self.cycle_ended(key, *every, soon);
        }
    }

    fn appended(&self, key: &IntakeKey, records: &[OutboxRecord]) {
        for record in records {
            let payload: Value = serde_json::from_slice(&record.payload).unwrap_or_default();
            let mut state = self.state();
            let lane = state.ledger.lanes.entry(key.clone()).or_default();
            let known = lane.by_key.get(&record.key).map(|at| &lane.records[*at]);
            let problem = match known {
                Some(known) if known.payload != payload => Some(format!("one key, two records: {}", record.key)),
                Some(Entry { fate: Fate::Acknowledged, .. }) => {
                    Some(format!("{} comes into the outbox again after it was delivered", record.key))
                }
                _ => None,
            };
            if known.is_none() {
                lane.by_key.insert(record.key.clone(), lane.records.len());
                let (key, fate) = (record.key.clone(), Fate::InLine);
                lane.records.push(Entry { key, payload, fate, taken: 0, revived: false });
            }
            drop(state);
            self.count("event: a record comes into the outbox");
            if let Some(problem) = problem {
                self.problem(problem);
            }
        }
    }

    fn left(&self, key: &IntakeKey, records: &[String], fate: &Fate) {
        for record in records {
            let mut problem = None;
            let mut state = self.state();
            if let Some(entry) = state.ledger.lanes.get_mut(key).and_then(|lane| lane.get_mut(record)) {
                if *fate == Fate::Acknowledged && entry.taken == 0 {
                    problem = Some(format!("{record} was taken out of the outbox, and no sink has it"));
                }
                if matches!(fate, Fate::Dead(reason) if reason.is_empty()) {
                    problem = Some(format!("{record} is a dead letter without a reason"));
                }
                entry.fate = fate.clone();
            }
            drop(state);
            if let Fate::Dead(reason) = fate
                && !self.is_refused(record)
                && !(reason.starts_with("refused ") && self.gives_up())
            {
                problem = Some(format!("{record} is a dead letter, and no sink refuses it: {reason}"));
            }
            self.count(if *fate == Fate::Acknowledged {
                "event: a record is delivered"
            } else {
                "event: a dead letter"
            });
            if let Some(problem) = problem {
                self.problem(problem);
            }
        }
    }

    /// A dead letter is put back or dropped.
    pub(crate) fn dead_letter(&self, key: &IntakeKey, record: &str, fate: Fate) {
        if let Some(entry) = self.state().ledger.lanes.get_mut(key).and_then(|lane| lane.get_mut(record)) {
            entry.revived |= fate == Fate::InLine;
            entry.fate = fate;
        }
    }

    fn stored(&self, key: &IntakeKey, intake: &StoredIntake) {
        let parsed: Option<Value> = intake.state.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let cursor = parsed.as_ref().and_then(|state| state["after"].as_u64());
        let mut problems = Vec::new();
        let mut state = self.state();
        let poll = state.ledger.polls.entry((key.intake.clone(), key.workflow.clone())).or_default();
        if intake.state.is_some() && cursor.is_none() {
            problems.push(format!("the state of `{}` for {} is {parsed:?}", key.intake, key.workflow));
        }
        if cursor < poll.cursor {
            poll.restarts -= 1;
            if poll.restarts < 0 || cursor.unwrap_or(0) != 0 {
                let (from, intake, workflow) = (poll.cursor, &key.intake, &key.workflow);
                problems.push(format!("the state of `{intake}` for {workflow} goes back from {from:?} to {cursor:?}"));
            }
        }
        if intake.cycles < poll.cycles {
            problems.push(format!("the cycles of `{}` for {} are counted backwards", key.intake, key.workflow));
        }
        poll.cursor = cursor;
        poll.cycles = intake.cycles;
        drop(state);
        for problem in problems {
            self.problem(problem);
        }
    }

    /// What was missed is not made up for: three cycles in less than an interval are too many.
    fn cycle_ended(&self, key: &IntakeKey, every: Duration, soon: bool) {
        self.count("event: a cycle ends");
        let mut state = self.state();
        let changed = state.ledger.workflows.get(&key.workflow).map_or(Duration::ZERO, |known| known.changed);
        let fresh = changed.max(state.ledger.clock_set);
        let poll = state.ledger.polls.entry((key.intake.clone(), key.workflow.clone())).or_default();
        poll.begun.push(poll.leased);
        poll.begun.retain(|begun| *begun > fresh);
        if poll.begun.len() > 3 {
            poll.begun.remove(0);
        }
        let hasty = match poll.begun.as_slice() {
            [first, _, last] => *last < *first + every.saturating_sub(Duration::from_secs(2)),
            _ => false,
        };
        let begun = poll.begun.clone();
        if soon {
            poll.begun.clear();
        }
        drop(state);
        if hasty {
            let (intake, workflow) = (&key.intake, &key.workflow);
            self.problem(format!(
                "`{intake}` for {workflow} is to run every {every:?}, and its cycles began at {begun:?}"
            ));
        }
    }

    /// A sink has got a batch, and takes the first so many of its records.
    pub(crate) fn taken(&self, key: &IntakeKey, batch: &[(String, Value)], count: usize) {
        let mut problems = Vec::new();
        let mut again = 0;
        {
            let mut state = self.state();
            let lane = state.ledger.lanes.entry(key.clone()).or_default();
            let mut last = None;
            for (index, (record, value)) in batch.iter().enumerate() {
                let Some(at) = lane.by_key.get(record).copied() else {
                    problems.push(format!("a sink is offered {record}, which was never committed"));
                    continue;
                };
                if lane.records[at].payload != *value {
                    problems.push(format!("a sink is offered another record under the key {record}"));
                }
                if last.is_some_and(|last| last >= at) {
                    problems.push(format!("{record} is not in order in its batch"));
                }
                let awaited = |entry: &Entry| entry.fate == Fate::InLine && entry.taken == 0 && !entry.revived;
                while lane.records.get(lane.settled).is_some_and(|entry| !awaited(entry)) {
                    lane.settled += 1;
                }
                let skipped = lane
                    .records
                    .iter()
                    .enumerate()
                    .take(at)
                    .skip(lane.settled)
                    .find(|(earlier, entry)| last.is_none_or(|last| *earlier > last) && awaited(entry));
                if let Some((_, skipped)) = skipped {
                    problems.push(format!("{record} is offered before {}", skipped.key));
                }
                last = Some(at);
                if index < count {
                    again += u64::from(lane.records[at].taken > 0);
                    lane.records[at].taken += 1;
                }
            }
            *state.counts.entry("event: a record is delivered again").or_default() += again;
        }
        for problem in problems {
            self.problem(problem);
        }
    }

    /// The keys under which records of which `of` says something are known, and whether a sink has them or why not.
    pub(crate) fn keys_by<K: Ord>(
        &self,
        of: impl Fn(&IntakeKey, &Value) -> Option<K>,
    ) -> BTreeMap<K, BTreeSet<String>> {
        let mut keys: BTreeMap<K, BTreeSet<String>> = BTreeMap::new();
        for (owner, lane) in &self.state().ledger.lanes {
            for entry in &lane.records {
                let lost = entry.taken == 0 && entry.fate == Fate::InLine;
                if let Some(of) = of(owner, &entry.payload).filter(|_| !lost) {
                    keys.entry(of).or_default().insert(entry.key.clone());
                }
            }
        }
        keys
    }
}

impl Lane {
    fn get_mut(&mut self, key: &str) -> Option<&mut Entry> {
        self.by_key.get(key).and_then(|at| self.records.get_mut(*at))
    }
}
