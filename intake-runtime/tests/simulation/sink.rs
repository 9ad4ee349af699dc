//! Where records go: a sink that fails in every way that one can.

use crate::ledger::Fate;
use crate::mutants::Mutant;
use crate::random::hash;
use crate::sim::{Process, Sim};
use intake_runtime::connections::{ConnectionFuture, Connections};
use intake_runtime::sink::{Batch, Sink, SinkError};
use intake_runtime::store::IntakeKey;
use intake_runtime::workflow::Connection;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What a simulated panic says.
pub(crate) const PANIC: &str = "a simulated panic of a sink";

#[derive(Clone)]
pub(crate) struct Inbox {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: Arc<Process>,
}

impl Inbox {
    /// The first record of a batch that this sink never takes, if it is of such a kind.
    fn refused(&self, kind: &'static str, records: &[(String, Value)]) -> Option<usize> {
        let rate = u64::from(self.sim.config.rate(kind));
        records.iter().position(|(key, _)| hash(self.sim.seed ^ kind.len() as u64, key) % 1000 < rate)
    }

    async fn take(&self, batch: Batch<Value>) -> Result<(), SinkError> {
        let (sim, process) = (&self.sim, &self.process);
        process.gate(sim).await;
        sim.count("event: a sink is offered a batch");
        let key =
            IntakeKey { app: "vendor".to_owned(), intake: batch.intake.clone(), workflow: batch.workflow.clone() };
        let records: Vec<_> = batch.into_iter().map(|record| (record.key, record.value)).collect();
        sim.say(format_args!("a sink is offered {} records from {}", records.len(), records[0].0));
        if sim.fault("sink: slow") {
            sim.sleep(500, 4_500).await;
        } else {
            sim.sleep(0, 20).await;
        }
        process.gate(sim).await;
        let taken = |count| sim.taken(&key, &records, count);
        if sim.fault("sink: hangs") {
            taken(0);
            return std::future::pending().await;
        }
        if sim.fault("sink: panics") {
            taken(0);
            panic!("{PANIC}");
        }
        if sim.fault("sink: fails") {
            taken(0);
            return Err(SinkError::retry("its database is full"));
        }
        if sim.fault("sink: asks for a pause") {
            taken(0);
            return Err(SinkError::retry_after(Duration::from_secs(sim.within(1, 30)), "it is busy"));
        }
        if sim.fault("sink: fails halfway") {
            let half = records.len() / 2;
            taken(half);
            return Err(SinkError::retry("it failed halfway").at(half));
        }
        // These are refused in calm as well.
        if let Some(at) = self.refused("sink: refuses a record", &records) {
            sim.count("sink: refuses a record");
            taken(at);
            return Err(SinkError::permanent("it is never taken").at(at));
        }
        if self.refused("sink: refuses a batch for a record", &records).is_some() {
            sim.count("sink: refuses a batch for a record");
            taken(0);
            return Err(SinkError::permanent("one of them is never taken"));
        }
        if sim.is(Mutant::DroppingSink) && sim.within(0, 20) == 0 {
            return Ok(());
        }
        taken(records.len());
        sim.pass().await;
        process.gate(sim).await;
        Ok(())
    }
}

impl Sink<Value> for Inbox {
    type As = Value;

    async fn deliver(&self, batch: Batch<Value>) -> Result<(), SinkError> {
        self.take(batch).await
    }
}

impl Sim {
    /// Whether a dead letter is one that the sink refuses for good.
    pub(crate) fn is_refused(&self, key: &str) -> bool {
        ["sink: refuses a record", "sink: refuses a batch for a record"]
            .iter()
            .any(|kind| hash(self.seed ^ kind.len() as u64, key) % 1000 < u64::from(self.config.rate(kind)))
    }

    /// Whether records become dead letters that are refused too often or for too long.
    pub(crate) fn gives_up(&self) -> bool {
        self.config.policy.attempts.is_some() || self.config.policy.age.is_some()
    }

    /// Records that are in neither a sink nor set aside for a reason.
    pub(crate) fn lost(&self) -> Vec<String> {
        let state = self.state();
        let all = state.ledger.lanes.values().flat_map(|lane| &lane.records);
        all.filter(|entry| entry.taken == 0 && !matches!(entry.fate, Fate::Dead(_) | Fate::Dropped))
            .map(|entry| entry.key.clone())
            .collect()
    }
}

/// Where credentials come from.
pub(crate) struct Vault {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: Arc<Process>,
}

impl Connections for Vault {
    fn connection(&self, _app: &str, id: &str) -> ConnectionFuture<'_, Connection> {
        let id = id.to_owned();
        Box::pin(async move {
            let sim = &self.sim;
            self.process.gate(sim).await;
            if sim.fault("connections: none") {
                return Err("it was revoked".into());
            }
            if sim.fault("connections: no answer") {
                std::future::pending::<()>().await;
            }
            sim.pass().await;
            let account = format!("a{}", id.trim_start_matches('c'));
            Ok(Connection::new(id).account(account))
        })
    }
}
