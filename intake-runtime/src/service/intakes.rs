//! The intakes that a service runs, their types forgotten: stored inputs become typed ones when a job begins.

use super::reason::Failure;
use crate::error::RegisterError;
use crate::intake::{IntakeMeta, Polling, Scope, Webhook};
use crate::polling::{AtEnd, CycleEnd};
use crate::runtime::Runtime;
use crate::sink::Sink;
use crate::store::{Job, Task, Write};
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

pub(super) struct Polls<P, S> {
    sink: S,
    intake: PhantomData<fn() -> P>,
}

impl<P, S> Polls<P, S> {
    pub(super) fn new(sink: S) -> Self {
        Self { sink, intake: PhantomData }
    }
}

impl<P: Polling, S: Sink<P::Record> + 'static> Handler for Polls<P, S> {
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
                    runtime.deliver_and_forget(workflow, &intake, &self.sink, ending).await?;
                    Ok(committed)
                }
                Job::Reset => {
                    runtime.reset_and(workflow, &intake, ending).await?;
                    Ok(committed)
                }
                // No other job is put for a polling intake.
                Job::Cycle | Job::Register | Job::Update => {
                    let report = runtime.poll_and(workflow, &intake, &self.sink, at_end).await?;
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
