//! What a service counts, as Prometheus reads it.

use super::intakes::Did;
use crate::schedule::Load;
use crate::store::{Counts, Job, Task};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfIntake {
    app: String,
    intake: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfJob {
    app: String,
    intake: String,
    job: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: &'static str,
}

pub(super) struct Metrics {
    registry: Registry,
    jobs: Family<OfJob, Counter>,
    seconds: Family<OfIntake, Histogram>,
    lag: Histogram,
    requests: Family<OfIntake, Counter>,
    bytes: Family<OfIntake, Counter>,
    records: Family<OfIntake, Counter>,
    queued: Gauge,
    running: Gauge,
    workflows: Family<OfStatus, Gauge>,
    store: [Gauge; 8],
}

/// Seconds: from a millisecond to some minutes.
const BUCKETS: [f64; 13] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 600.0];

const STORE: [(&str, &str); 8] = [
    ("due_tasks", "Tasks that are due and not done"),
    ("outbox_records", "Records in line for their sinks"),
    ("dead_letters", "Records that were taken out of the line"),
    ("pending_deliveries", "Webhook deliveries that are not yet routed"),
    ("undeliverable_deliveries", "Webhook deliveries that no workflow got"),
    ("duplicate_deliveries", "Webhook deliveries that were dropped as repetitions, since the store was made"),
    ("hooks", "Registered webhooks"),
    ("open_intents", "Registrations whose outcome is not known, or a failure"),
];

impl Metrics {
    pub(super) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("intake"),
            jobs: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            lag: Histogram::new(BUCKETS),
            requests: Family::default(),
            bytes: Family::default(),
            records: Family::default(),
            queued: Gauge::default(),
            running: Gauge::default(),
            workflows: Family::default(),
            store: Default::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("jobs", "Jobs that ended", self.jobs.clone());
        registry.register("job_seconds", "How long jobs took, in seconds", self.seconds.clone());
        registry.register("lag_seconds", "How late jobs began, in seconds", self.lag.clone());
        registry.register("http_requests", "Requests of cycles", self.requests.clone());
        registry.register("http_response_bytes", "Bytes of their responses' bodies", self.bytes.clone());
        registry.register("records", "Records of cycles", self.records.clone());
        registry.register("queued_jobs", "Due tasks in memory that wait for their turn", self.queued.clone());
        registry.register("running_jobs", "Jobs under way", self.running.clone());
        registry.register("workflows", "Stored workflows", self.workflows.clone());
        for (gauge, (name, help)) in self.store.iter().zip(STORE) {
            registry.register(name, help, gauge.clone());
        }
        self
    }

    pub(super) fn started(&self, task: &Task, job: Job, lag: Duration) {
        if job == Job::Cycle {
            self.lag.observe(lag.as_secs_f64());
        }
        tracing::debug!(job = job.as_str(), ?lag, failures = task.failures, "the job begins");
    }

    pub(super) fn ended(&self, task: &Task, job: Job, outcome: &'static str, took: Duration, did: Option<&Did>) {
        let (app, intake) = (task.key.app.clone(), task.key.intake.clone());
        let of = OfIntake { app: app.clone(), intake: intake.clone() };
        self.jobs.get_or_create(&OfJob { app, intake, job: job.as_str(), outcome }).inc();
        self.seconds.get_or_create(&of).observe(took.as_secs_f64());
        if let Some(did) = did {
            self.requests.get_or_create(&of).inc_by(did.http_requests.into());
            self.bytes.get_or_create(&of).inc_by(did.response_bytes);
            self.records.get_or_create(&of).inc_by(did.cycle.map_or(0, |cycle| cycle.results));
        }
    }

    /// All of them as text, with what the store and the scheduler say now.
    pub(super) fn text(&self, counts: &Counts, load: Load) -> Result<String, fmt::Error> {
        let gauge = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.queued.set(gauge(load.queued as u64));
        self.running.set(gauge(load.running as u64));
        let Counts { workflows, paused, attention, removing, .. } = *counts;
        let active = workflows.saturating_sub(paused + attention + removing);
        let statuses = [("active", active), ("paused", paused), ("needs_attention", attention), ("removing", removing)];
        for (status, number) in statuses {
            self.workflows.get_or_create(&OfStatus { status }).set(gauge(number));
        }
        let Counts { due, outbox, dead, deliveries, undeliverable, duplicates, hooks, intents, .. } = *counts;
        let numbers = [due, outbox, dead, deliveries, undeliverable, duplicates, hooks, intents];
        for (metric, number) in self.store.iter().zip(numbers) {
            metric.set(gauge(number));
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
