//! The life of workflows. Every call only writes down what is to be: what that takes at the vendor is a task's job, done
//! when its turn comes, again if it fails, and by the next process if this one dies.

use super::Service;
use super::manage::{Workflows, again, staying};
use super::spec::{Use, UseMode, WorkflowSpec};
use crate::error::ServiceError;
use crate::intake::Polling;
use crate::schedule;
use crate::store::{
    CycleProgress, Job, Next, StoredWorkflow, Task, TaskMode, Which, WorkflowKey, WorkflowStatus, Write,
};
use std::time::Duration;

/// A workflow as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkflowState {
    /// Who it is for, and its status.
    pub workflow: StoredWorkflow,
    /// Its intakes, and what is to be done for each.
    pub tasks: Vec<TaskState>,
}

/// An intake of a workflow, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskState {
    /// What is to be done, and what was.
    pub task: Task,
    /// The cycle under way, or interrupted.
    pub cycle: Option<CycleProgress>,
}

impl TaskState {
    /// Requests so far, those of the cycle under way included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.task.progress.requests + self.cycle.as_ref().map_or(0, |cycle| cycle.requests.into())
    }

    /// Results so far, those of the cycle under way included.
    #[must_use]
    pub fn results(&self) -> u64 {
        self.task.progress.results + self.cycle.as_ref().map_or(0, |cycle| cycle.results)
    }
}

impl Service {
    /// Adds a workflow. Its polling begins somewhere in the first interval, its historical syncs and the registration of
    /// its webhooks at once.
    ///
    /// # Errors
    /// If there is a workflow with this id, the service does not run one of its intakes, it lacks what deliveries are
    /// routed by, or the store fails.
    pub async fn add(&self, spec: WorkflowSpec) -> Result<WorkflowKey, ServiceError> {
        let key = self.key_of(&spec)?;
        let _turn = self.shared.additions.wait(key.clone()).await;
        if let Some((present, _)) = self.shared.runtime.store().workflow(&key).await? {
            return Err(match present.status {
                WorkflowStatus::Removing => ServiceError::Removing { key },
                _ => ServiceError::Exists { key },
            });
        }
        let mut writes = vec![Write::PutWorkflow(stored(&spec, &key, WorkflowStatus::Active))];
        for used in &spec.uses {
            let next = Some(self.first(&key, used)?);
            writes.push(self.put_task(&key, used, next)?);
        }
        self.shared.runtime.store().commit(writes).await?;
        self.ring();
        tracing::info!(app = key.app, workflow = key.workflow, "workflow added");
        Ok(key)
    }

    /// Makes a workflow what `spec` says: intakes that are new are begun with, those that are not in it any more are
    /// given up as [`remove`](Self::remove) does, and where inputs, account, resource or subdomain have changed a
    /// webhook's `update` runs. An intake that has not changed goes on as before.
    ///
    /// # Errors
    /// If there is no such workflow, its connection would be another one, or as of [`add`](Self::add).
    pub async fn update(&self, spec: WorkflowSpec) -> Result<(), ServiceError> {
        let key = self.key_of(&spec)?;
        let planned = |present: &StoredWorkflow, tasks: &[Task]| self.planned(&key, &spec, present, tasks);
        self.change(&key, planned).await?;
        tracing::info!(app = key.app, workflow = key.workflow, "workflow updated");
        Ok(())
    }

    /// Starts no more of its jobs. What runs goes on to its end, and its webhooks stay registered: what arrives is
    /// still delivered.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn pause(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        self.manage().pause(&key(app, id)).await
    }

    /// Lets a workflow go on that is paused or needs attention. What has failed is tried again at once.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn resume(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        self.manage().resume(&key(app, id)).await?;
        self.ring();
        Ok(())
    }

    /// Runs `initial_setup` of its polling intakes again, and then a cycle of each. A historical sync begins anew.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn reset(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        self.manage().reset(&key(app, id)).await?;
        self.ring();
        Ok(())
    }

    /// Begins a historical sync of a workflow, or begins it anew.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, the service does not run the intake, the workflow polls with it
    /// already, or the store fails.
    pub async fn sync<P: Polling>(&self, id: &str, intake: &P) -> Result<(), ServiceError> {
        let spec = WorkflowSpec::new(id).sync(intake);
        let key = self.key_of(&spec)?;
        let sync = |workflow: &StoredWorkflow, tasks: &[Task]| {
            staying(workflow)?;
            let present = tasks.iter().find(|task| task.key.intake == P::META.name);
            if present.is_some_and(|task| task.mode != TaskMode::Once) {
                return Err(ServiceError::Recurs { intake: P::META.name, key: key.clone() });
            }
            let job = if present.is_some() { Job::Reset } else { Job::Cycle };
            let next = Some(Next { job, at: self.shared.runtime.now() });
            spec.uses.iter().map(|used| self.put_task(&key, used, next)).collect()
        };
        self.change(&key, sync).await
    }

    /// Removes a workflow: its webhooks are unregistered, which runs `delete` for the last user of a hook; what waits for
    /// a sink is delivered; its polling states and what it saved are forgotten. It is gone when all that has succeeded.
    ///
    /// # Errors
    /// If there is no such workflow, or the store fails.
    pub async fn remove(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        self.manage().remove(&key(app, id)).await?;
        self.ring();
        tracing::info!(app, workflow = id, "workflow is being removed");
        Ok(())
    }

    /// A workflow as it is stored; `None` if there is none.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn workflow(&self, app: &str, id: &str) -> Result<Option<WorkflowState>, ServiceError> {
        let store = self.shared.runtime.store();
        let Some((workflow, tasks)) = store.workflow(&key(app, id)).await? else { return Ok(None) };
        let mut states = Vec::new();
        for task in tasks {
            let cycle = store.intake(&task.key).await?.and_then(|intake| intake.cycle);
            states.push(TaskState { task, cycle });
        }
        Ok(Some(WorkflowState { workflow, tasks: states }))
    }

    /// Workflows in order of app and id, those behind `after`, at most `limit`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn workflows(
        &self,
        which: Which,
        after: Option<&WorkflowKey>,
        limit: usize,
    ) -> Result<Vec<StoredWorkflow>, ServiceError> {
        Ok(self.shared.runtime.store().workflows(which, after, limit).await?)
    }

    async fn change(
        &self,
        key: &WorkflowKey,
        plan: impl Fn(&StoredWorkflow, &[Task]) -> Result<Vec<Write>, ServiceError>,
    ) -> Result<(), ServiceError> {
        if let Some(earliest) = self.manage().change(key, plan).await? {
            self.shared.bell.ring(earliest);
        }
        Ok(())
    }

    fn manage(&self) -> Workflows<'_> {
        self.shared.runtime.workflows()
    }

    /// Something may be due at once.
    fn ring(&self) {
        self.shared.bell.ring(self.shared.runtime.now());
    }

    /// What makes a workflow what `spec` says.
    fn planned(
        &self,
        key: &WorkflowKey,
        spec: &WorkflowSpec,
        present: &StoredWorkflow,
        tasks: &[Task],
    ) -> Result<Vec<Write>, ServiceError> {
        staying(present)?;
        let wanted = stored(spec, key, present.status.clone());
        if wanted.connection != present.connection {
            return Err(ServiceError::ConnectionChanged { key: key.clone() });
        }
        let same = wanted == *present;
        let mut writes = vec![Write::PutWorkflow(wanted)];
        for used in &spec.uses {
            let Some(task) = tasks.iter().find(|task| task.key.intake == used.meta.name) else {
                let next = Some(self.first(key, used)?);
                writes.push(self.put_task(key, used, next)?);
                continue;
            };
            let put = self.put_task(key, used, None)?;
            let Write::PutTask { mode, inputs, .. } = &put else { continue };
            let leaving = task.next.is_some_and(|next| next.job == Job::Remove);
            if !leaving && *inputs == task.inputs && *mode == task.mode && (same || used.mode != UseMode::Webhook) {
                continue;
            }
            let next = self.changed(key, used, task, *mode)?;
            writes.push(self.put_task(key, used, next)?);
        }
        for task in tasks.iter().filter(|task| !spec.uses.iter().any(|used| used.meta.name == task.key.intake)) {
            writes.push(again(task, Some(Next { job: Job::Remove, at: self.shared.runtime.now() })));
        }
        Ok(writes)
    }

    /// The workflow's app and id, if all that it uses can be run.
    fn key_of(&self, spec: &WorkflowSpec) -> Result<WorkflowKey, ServiceError> {
        let id = || spec.id.clone();
        let Some(first) = spec.uses.first() else { return Err(ServiceError::UsesNothing { workflow: id() }) };
        let app = first.meta.app.name;
        for (index, used) in spec.uses.iter().enumerate() {
            let intake = used.meta.name;
            if used.meta.app.name != app {
                return Err(ServiceError::SeveralApps { workflow: id(), one: app, other: used.meta.app.name });
            }
            if spec.uses[..index].iter().any(|other| other.meta.name == intake) {
                return Err(ServiceError::Twice { workflow: id(), intake });
            }
            let handler = self.shared.handler(app, intake).ok_or(ServiceError::NotRun { app, intake })?;
            // The account may be the connection's, which is not at hand here: registering looks.
            if handler.needs_resource() && spec.resource.is_none() {
                return Err(ServiceError::Unroutable { workflow: id(), intake, what: "resource" });
            }
            if let UseMode::Recurring(Some(every)) = used.mode
                && every < Duration::from_secs(1)
            {
                return Err(ServiceError::TooOften { workflow: id(), intake, every });
            }
        }
        Ok(key(app, &spec.id))
    }

    fn put_task(&self, key: &WorkflowKey, used: &Use, next: Option<Next>) -> Result<Write, ServiceError> {
        let handler = self.shared.handler(used.meta.app.name, used.meta.name);
        let mode = used.mode.task(handler.and_then(|handler| handler.frequency()), self.shared.frequency);
        let intake = used.meta.name;
        let inputs = used.inputs.clone().map_err(|problem| ServiceError::Inputs { intake, problem })?;
        if let Some(handler) = handler
            && handler.check(&inputs).is_err()
        {
            let problem = "what it writes as JSON it does not read back".to_owned();
            return Err(ServiceError::Inputs { intake, problem });
        }
        Ok(Write::PutTask { key: key.intake(intake), mode, inputs, next })
    }

    /// What a new task begins with.
    fn first(&self, key: &WorkflowKey, used: &Use) -> Result<Next, ServiceError> {
        let now = self.shared.runtime.now();
        let Write::PutTask { mode, key, .. } = self.put_task(key, used, None)? else {
            return Ok(Next { job: Job::Cycle, at: now });
        };
        Ok(match mode {
            TaskMode::Webhook => Next { job: Job::Register, at: now },
            TaskMode::Once => Next { job: Job::Cycle, at: now },
            TaskMode::Recurring { every } => {
                let at = schedule::first(now, every, &format!("{}/{}", key.workflow, key.intake));
                Next { job: Job::Cycle, at }
            }
        })
    }

    /// What a task goes on with that has changed.
    fn changed(
        &self,
        key: &WorkflowKey,
        used: &Use,
        task: &Task,
        mode: TaskMode,
    ) -> Result<Option<Next>, ServiceError> {
        let first = self.first(key, used)?;
        let at = self.shared.runtime.now();
        Ok(match (mode, task.next) {
            // Whatever it was about to do, the vendor may have been told of what it was before. An update registers what is
            // not registered.
            (TaskMode::Webhook, _) => Some(Next { job: Job::Update, at }),
            // It was about to be given up, or was something else.
            (_, Some(Next { job: Job::Remove, .. })) => Some(first),
            (_, Some(next @ Next { job: Job::Reset, .. })) => Some(next),
            (TaskMode::Recurring { .. }, _) => Some(first),
            // A sync that is done is done; `sync` begins it anew.
            (TaskMode::Once, next) => next,
        })
    }
}

fn key(app: &str, id: &str) -> WorkflowKey {
    WorkflowKey { app: app.to_owned(), workflow: id.to_owned() }
}

fn stored(spec: &WorkflowSpec, key: &WorkflowKey, status: WorkflowStatus) -> StoredWorkflow {
    let WorkflowSpec { id, connection, account, resource, subdomain, .. } = spec.clone();
    let connection = connection.unwrap_or(id);
    StoredWorkflow { key: key.clone(), connection, account, resource, subdomain, status }
}
