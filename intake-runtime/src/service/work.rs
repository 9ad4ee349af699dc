//! Does what is due for a task, and says what comes next.

use super::Shared;
use super::intakes::{Did, Order};
use super::reason::Failure;
use crate::clock::Timestamp;
use crate::connections::ConnectionFuture;
use crate::polling::CycleEnd;
use crate::schedule::{self, Ended, Work};
use crate::store::{
    DueTask, Job, Next, Progress, StoreError, StoredWorkflow, Task, TaskEnd, TaskMode, WorkflowKey, WorkflowStatus,
    Write,
};
use crate::workflow::{Connection, Workflow};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tracing::Instrument;

/// How long the program's connections may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause before a busy task is tried again.
const BUSY: Duration = Duration::from_secs(5);

impl Work for Shared {
    fn run(&self, due: DueTask) -> Ended<'_> {
        let key = &due.key;
        let span = tracing::info_span!("job", app = key.app, intake = key.intake, workflow = key.workflow);
        Box::pin(self.work(due).instrument(span))
    }

    fn panicked(&self, due: DueTask) -> Ended<'_> {
        Box::pin(async move {
            let Some((_, task)) = self.load(&due).await? else { return Ok(Timestamp::MAX) };
            self.failed(&due, &task, Failure::Counts("it panicked: the program's log says where".to_owned())).await
        })
    }
}

impl Shared {
    /// What is stored now. `None` if there is nothing to do: things may have changed since it was found due.
    async fn load(&self, due: &DueTask) -> Result<Option<(StoredWorkflow, Task)>, StoreError> {
        let key = WorkflowKey { app: due.key.app.clone(), workflow: due.key.workflow.clone() };
        let Some((workflow, tasks)) = self.runtime.store().workflow(&key).await? else { return Ok(None) };
        let task = tasks.into_iter().find(|task| task.number == due.place.number);
        let task = task.filter(|task| workflow.status.runs() && task.next.is_some_and(|next| next.at <= self.now()));
        Ok(task.map(|task| (workflow, task)))
    }

    fn now(&self) -> Timestamp {
        self.runtime.now()
    }

    async fn work(&self, due: DueTask) -> Result<Timestamp, StoreError> {
        // Removals of one workflow's tasks wait for each other: the last takes the workflow with it. Meanwhile it may have
        // been paused, or changed.
        let mut turn = None;
        let (workflow, task, next) = loop {
            let Some((workflow, task)) = self.load(&due).await? else { return Ok(Timestamp::MAX) };
            let Some(next) = task.next else { return Ok(Timestamp::MAX) };
            if next.job != Job::Remove || turn.is_some() {
                break (workflow, task, next);
            }
            turn = Some(self.removals.wait(workflow.key.clone()).await);
        };
        // Set by whoever ends the task.
        let again = Mutex::new(Timestamp::MAX);
        let begun = tokio::time::Instant::now();
        self.metrics.started(&task, next.job, self.now().since(next.at));
        let done = self.job(&workflow, &task, next, &again).await;
        let outcome = match &done {
            Ok(_) => "ok",
            Err(Failure::Busy) => "busy",
            Err(Failure::Counts(_)) => "failed",
            Err(Failure::Waits(_)) => "refused",
            Err(Failure::Store(_)) => "store",
        };
        self.metrics.ended(&task, next.job, outcome, begun.elapsed(), done.as_ref().ok());
        match done {
            Ok(Did { committed: true, .. }) => Ok(*again.lock().unwrap_or_else(PoisonError::into_inner)),
            Ok(did) => self.end(&task, end(&task, next, did.cycle, self.now())).await,
            Err(Failure::Store(error)) => Err(error),
            Err(failure) => self.failed(&due, &task, failure).await,
        }
    }

    /// Commits how a task's job ended; when it is due again.
    async fn end(&self, task: &Task, end: TaskEnd) -> Result<Timestamp, StoreError> {
        let again = due_at(&end);
        self.runtime.store().commit(vec![end_task(task, end)]).await?;
        Ok(again)
    }

    async fn job(
        &self,
        stored: &StoredWorkflow,
        task: &Task,
        next: Next,
        again: &Mutex<Timestamp>,
    ) -> Result<Did, Failure> {
        let Some(handler) = self.handler(&task.key.app, &task.key.intake) else {
            let name = &task.key.intake;
            return Err(Failure::Counts(format!("the program does not run intake `{name}`: it is of another release")));
        };
        let workflow = match (next.job, task.mode) {
            // Nothing is asked of the vendor: that must not need credentials that may be gone.
            (Job::Remove, TaskMode::Recurring { .. } | TaskMode::Once) => {
                Workflow::new(&stored.key.workflow).connection(Connection::new(&stored.connection))
            }
            _ => self.workflow(stored).await?,
        };
        let ended = |cycle| {
            let end = end(task, next, cycle, self.now());
            *again.lock().unwrap_or_else(PoisonError::into_inner) = due_at(&end);
            vec![end_task(task, end)]
        };
        let at_end = |cycle| ended(Some(cycle));
        let ending = match next.job {
            Job::Remove => self.removal(stored, task).await?,
            _ => ended(None),
        };
        let runtime = &self.runtime;
        handler.run(Order { runtime, workflow: &workflow, task, job: next.job, at_end: &at_end, ending }).await
    }

    /// The workflow with its credentials.
    async fn workflow(&self, stored: &StoredWorkflow) -> Result<Workflow, Failure> {
        let WorkflowKey { app, workflow: id } = &stored.key;
        let mut connection = in_time(self.connections.connection(app, &stored.connection)).await?;
        if let Some(subdomain) = &stored.subdomain {
            connection = connection.subdomain(subdomain);
        }
        if let Some(account) = &stored.account {
            connection = connection.account(account);
        }
        let mut workflow = Workflow::new(id).connection(connection.with_id(&stored.connection));
        if let Some(resource) = &stored.resource {
            workflow = workflow.resource(resource);
        }
        Ok(match in_time(self.connections.platform(app, id)).await? {
            Some(account) => workflow.platform_account(account),
            None => workflow,
        })
    }

    /// What removes a task, and with the last task its workflow and what that has saved.
    async fn removal(&self, stored: &StoredWorkflow, task: &Task) -> Result<Vec<Write>, StoreError> {
        let mut writes = vec![Write::RemoveTask { task: task.number, revision: task.revision }];
        let present = self.runtime.store().workflow(&stored.key).await?;
        let last = present.is_some_and(|(workflow, tasks)| {
            workflow.status == WorkflowStatus::Removing && tasks.iter().all(|other| other.number == task.number)
        });
        if last {
            writes.extend(super::forget(&stored.key));
        }
        Ok(writes)
    }

    /// Commits a failure, and when it is tried again.
    async fn failed(&self, due: &DueTask, task: &Task, failure: Failure) -> Result<Timestamp, StoreError> {
        let Some(next) = task.next else { return Ok(Timestamp::MAX) };
        let (now, number) = (self.now(), due.place.number);
        let (reason, counts) = match failure {
            Failure::Busy => {
                let next = Some(Next { at: now.after(BUSY), ..next });
                return self.end(task, TaskEnd { next, ..as_before(task) }).await;
            }
            Failure::Counts(reason) => (reason, true),
            Failure::Waits(reason) => (reason, false),
            Failure::Store(error) => return Err(error),
        };
        let failures = task.failures.saturating_add(1);
        let attention = counts && failures >= self.limits.failures;
        let at = schedule::retry(&self.limits, now, failures, number);
        tracing::warn!(job = next.job.as_str(), failures, attention, %at, "the job failed: {reason}");
        let next = Some(Next { at, ..next });
        self.end(task, TaskEnd { next, failures, error: Some(reason), attention, ..as_before(task) }).await
    }
}

/// What the program's connections give: they must not hold a job up for ever.
async fn in_time<T>(given: ConnectionFuture<'_, T>) -> Result<T, Failure> {
    match tokio::time::timeout(PATIENCE, given).await {
        Ok(given) => given.map_err(|error| Failure::connection(&error)),
        Err(_) => Err(Failure::connection(&"there was no answer in time".into())),
    }
}

fn end_task(task: &Task, end: TaskEnd) -> Write {
    Write::EndTask { task: task.number, revision: task.revision, end }
}

fn due_at(end: &TaskEnd) -> Timestamp {
    end.next.map_or(Timestamp::MAX, |next| next.at)
}

fn as_before(task: &Task) -> TaskEnd {
    let Task { next, failures, error, progress, .. } = task.clone();
    TaskEnd { next, failures, error, progress, attention: false }
}

/// How a job that succeeded ends, and what comes next.
fn end(task: &Task, done: Next, cycle: Option<CycleEnd>, now: Timestamp) -> TaskEnd {
    let mut progress = task.progress;
    if done.job == Job::Reset {
        progress = Progress::default();
    }
    let more = cycle.is_some_and(|cycle| cycle.more);
    if let Some(cycle) = cycle {
        progress.cycles += 1;
        progress.requests = progress.requests.saturating_add(cycle.requests.into());
        progress.results = progress.results.saturating_add(cycle.results);
        progress.done = task.mode == TaskMode::Once && !more;
    }
    let again = |at| Some(Next { job: Job::Cycle, at });
    let next = match task.mode {
        TaskMode::Webhook => None,
        _ if done.job == Job::Reset => again(now),
        TaskMode::Once if progress.done => None,
        TaskMode::Once => again(schedule::soon(now)),
        TaskMode::Recurring { every } => again(schedule::next(done.at, now, every, more, task.number)),
    };
    TaskEnd { next, failures: 0, error: None, progress, attention: false }
}
