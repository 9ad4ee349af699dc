//! The intakes that a service runs, their types forgotten: stored inputs become typed ones when a job begins.

use super::reason::Failure;
use crate::error::RegisterError;
use crate::intake::{IntakeMeta, Polling, Scope, Webhook};
use crate::polling::{AtEnd, CycleEnd};
use crate::runtime::Runtime;
use crate::store::{IntakeKey, Job, StoreError, Task, Write};
use crate::workflow::Workflow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

/// A job under way, or a failure.
pub(super) type JobFuture<'a> = Pin<Box<dyn Future<Output = Result<Did, Failure>> + Send + 'a>>;

/// What a job did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Did {
    /// Whether how it ended is committed already.
    pub(super) committed: bool,
    pub(super) cycle: Option<CycleEnd>,
    pub(super) http_requests: u32,
    pub(super) response_bytes: u64,
}

/// What a job begins with.
pub(super) struct Order<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) workflow: &'a Workflow,
    pub(super) task: &'a Task,
    pub(super) job: Job,
    /// What ends the task with its cycle.
    pub(super) at_end: &'a AtEnd<'a>,
    /// What ends a job that has no cycle.
    pub(super) ending: Vec<Write>,
}

/// An intake and its sink.
pub(super) trait Handler: Send + Sync {
    fn meta(&self) -> &'static IntakeMeta;

    /// `frequency` of a polling intake, in seconds.
    fn frequency(&self) -> Option<u32>;

    /// Whether deliveries are routed by the workflow's resource.
    fn needs_resource(&self) -> bool;

    /// Whether text is inputs of the intake.
    fn check(&self, inputs: &str) -> Result<(), serde_json::Error>;

    fn run<'a>(&'a self, order: Order<'a>) -> JobFuture<'a>;
}

/// How many records of an intake of a workflow may wait for their sink, and how many bytes of them, before its vendor is
/// not asked for more.
const BACKLOG: (usize, usize) = (1_000, 8 << 20);

/// Why no more is asked for until the sink has taken what waits for it; nothing if more may be.
async fn backlog(runtime: &Runtime, key: &IntakeKey) -> Result<Option<String>, StoreError> {
    let Some(lane) = runtime.store().lane(key).await? else { return Ok(None) };
    // What a sink says may quote a record.
    if lane.reason.is_some() {
        return Ok(Some("its sink refuses what is there: `intake outbox list` says why".to_owned()));
    }
    let (most, bytes) = BACKLOG;
    let waiting = runtime.store().outbox(key, most, bytes).await?;
    let large = waiting.len() >= most || waiting.iter().map(|record| record.payload.len()).sum::<usize>() >= bytes;
    Ok(large.then(|| format!("{} records or more wait for its sink", waiting.len())))
}

pub(super) struct Polls<P>(PhantomData<fn() -> P>);

impl<P> Polls<P> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: Polling> Handler for Polls<P> {
    fn meta(&self) -> &'static IntakeMeta {
        P::META
    }

    fn frequency(&self) -> Option<u32> {
        P::FREQUENCY
    }

    fn needs_resource(&self) -> bool {
        false
    }

    fn check(&self, inputs: &str) -> Result<(), serde_json::Error> {
        serde_json::from_str::<P>(inputs).map(drop)
    }

    fn run<'a>(&'a self, order: Order<'a>) -> JobFuture<'a> {
        Box::pin(async move {
            let Order { runtime, workflow, task, job, at_end, ending } = order;
            let intake: P = serde_json::from_str(&task.inputs).map_err(Failure::inputs)?;
            let committed = Did { committed: true, ..Did::default() };
            match job {
                Job::Remove => {
                    if runtime.store().lane(&task.key).await?.is_some() {
                        return Err(Failure::Waits("what it has got waits for its sink".to_owned()));
                    }
                    runtime.forget_and(workflow, &intake, ending).await?;
                    Ok(committed)
                }
                Job::Reset => {
                    runtime.reset_and(workflow, &intake, ending).await?;
                    Ok(committed)
                }
                // No other job is put for a polling intake.
                Job::Cycle | Job::Register | Job::Update => {
                    if let Some(backlog) = backlog(runtime, &task.key).await? {
                        return Err(Failure::Waits(backlog));
                    }
                    let report = runtime.collect_and(workflow, &intake, at_end).await?;
                    let cycle = CycleEnd { requests: report.requests, results: report.records, more: report.more };
                    let (http_requests, response_bytes) = (report.http_requests, report.response_bytes);
                    Ok(Did { cycle: Some(cycle), http_requests, response_bytes, ..committed })
                }
            }
        })
    }
}

pub(super) struct Hooked<W>(PhantomData<fn() -> W>);

impl<W> Hooked<W> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<W: Webhook> Handler for Hooked<W> {
    fn meta(&self) -> &'static IntakeMeta {
        W::META
    }

    fn frequency(&self) -> Option<u32> {
        None
    }

    fn needs_resource(&self) -> bool {
        W::SCOPE != Scope::Workflow && W::HAS_RESOURCE_ID
    }

    fn check(&self, inputs: &str) -> Result<(), serde_json::Error> {
        serde_json::from_str::<W>(inputs).map(drop)
    }

    fn run<'a>(&'a self, order: Order<'a>) -> JobFuture<'a> {
        Box::pin(async move {
            let Order { runtime, workflow, task, job, ending, .. } = order;
            let webhook: W = serde_json::from_str(&task.inputs).map_err(Failure::inputs)?;
            match job {
                Job::Remove => {
                    runtime.unregister(workflow, &webhook).await?;
                    runtime.store().commit(ending).await?;
                    return Ok(Did { committed: true, ..Did::default() });
                }
                Job::Update => match runtime.update(workflow, &webhook).await {
                    // What was to be updated had not come to be registered.
                    Err(RegisterError::NotRegistered { .. }) => {
                        runtime.register(workflow, &webhook).await?;
                    }
                    updated => drop(updated?),
                },
                // No other job is put for a webhook.
                Job::Register | Job::Reset | Job::Cycle => drop(runtime.register(workflow, &webhook).await?),
            }
            Ok(Did::default())
        })
    }
}
