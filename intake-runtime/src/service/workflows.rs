//! The life of workflows. Every call only writes down what is to be: what that takes at the vendor is a task's job, done
//! when its turn comes, again if it fails, and by the next process if this one dies.

use super::spec::{Use, UseMode, WorkflowSpec};
use super::{Service, forget};
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
        let _turn = self.shared.changes.wait(key.clone()).await;
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
        self.commit(writes).await?;
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
        let _turn = self.shared.changes.wait(key.clone()).await;
        let (present, tasks) = self.present(&key).await?;
        let wanted = stored(&spec, &key, present.status.clone());
        if wanted.connection != present.connection {
            return Err(ServiceError::ConnectionChanged { key });
        }
        let same = wanted == present;
        let mut writes = vec![Write::PutWorkflow(wanted)];
        for used in &spec.uses {
            let Some(task) = tasks.iter().find(|task| task.key.intake == used.meta.name) else {
                let next = Some(self.first(&key, used)?);
                writes.push(self.put_task(&key, used, next)?);
                continue;
            };
            let put = self.put_task(&key, used, None)?;
            let Write::PutTask { mode, inputs, .. } = &put else { continue };
            let leaving = task.next.is_some_and(|next| next.job == Job::Remove);
            if !leaving && *inputs == task.inputs && *mode == task.mode && (same || used.mode != UseMode::Webhook) {
                continue;
            }
            let next = self.changed(&key, used, task, *mode)?;
            writes.push(self.put_task(&key, used, next)?);
        }
        for task in tasks.iter().filter(|task| !spec.uses.iter().any(|used| used.meta.name == task.key.intake)) {
            writes.push(again(task, Some(Next { job: Job::Remove, at: self.shared.runtime.now() })));
        }
        self.commit(writes).await?;
        tracing::info!(app = key.app, workflow = key.workflow, "workflow updated");
        Ok(())
    }

    /// Starts no more of its jobs. What runs goes on to its end, and its webhooks stay registered: what arrives is
    /// still delivered.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn pause(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        let key = key(app, id);
        let _turn = self.shared.changes.wait(key.clone()).await;
        self.present(&key).await?;
        self.commit(vec![Write::SetStatus { key, status: WorkflowStatus::Paused }]).await
    }

    /// Lets a workflow go on that is paused or needs attention. What has failed is tried again at once.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn resume(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        let key = key(app, id);
        let _turn = self.shared.changes.wait(key.clone()).await;
        let (_, tasks) = self.present(&key).await?;
        let now = self.shared.runtime.now();
        let mut writes = vec![Write::SetStatus { key, status: WorkflowStatus::Active }];
        for task in tasks {
            let late = |next: &Next| task.failures > 0 || next.at <= now;
            if let Some(next) = task.next.filter(late) {
                writes.push(again(&task, Some(Next { at: now, ..next })));
            }
        }
        self.commit(writes).await
    }

    /// Runs `initial_setup` of its polling intakes again, and then a cycle of each. A historical sync begins anew.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn reset(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        let key = key(app, id);
        let _turn = self.shared.changes.wait(key.clone()).await;
        let (_, tasks) = self.present(&key).await?;
        let next = Some(Next { job: Job::Reset, at: self.shared.runtime.now() });
        let polling = tasks.iter().filter(|task| task.mode != TaskMode::Webhook && !is_leaving(task));
        self.commit(polling.map(|task| again(task, next)).collect()).await
    }

    /// Begins a historical sync of a workflow, or begins it anew.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, the service does not run the intake, the workflow polls with it
    /// already, or the store fails.
    pub async fn sync<P: Polling>(&self, id: &str, intake: &P) -> Result<(), ServiceError> {
        let spec = WorkflowSpec::new(id).sync(intake);
        let key = self.key_of(&spec)?;
        let _turn = self.shared.changes.wait(key.clone()).await;
        let (_, tasks) = self.present(&key).await?;
        let present = tasks.iter().find(|task| task.key.intake == P::META.name);
        if present.is_some_and(|task| task.mode != TaskMode::Once) {
            return Err(ServiceError::Recurs { intake: P::META.name, key });
        }
        let job = if present.is_some() { Job::Reset } else { Job::Cycle };
        let next = Some(Next { job, at: self.shared.runtime.now() });
        let writes = spec.uses.iter().map(|used| self.put_task(&key, used, next)).collect::<Result<_, _>>()?;
        self.commit(writes).await
    }

    /// Removes a workflow: its webhooks are unregistered, which runs `delete` for the last user of a hook; what waits for
    /// a sink is delivered; its polling states and what it saved are forgotten. It is gone when all that has succeeded.
    ///
    /// # Errors
    /// If there is no such workflow, or the store fails.
    pub async fn remove(&self, app: &str, id: &str) -> Result<(), ServiceError> {
        let key = key(app, id);
        let _turn = self.shared.changes.wait(key.clone()).await;
        let Some((_, tasks)) = self.shared.runtime.store().workflow(&key).await? else {
            return Err(ServiceError::Unknown { key });
        };
        let next = Some(Next { job: Job::Remove, at: self.shared.runtime.now() });
        let mut writes = vec![Write::SetStatus { key: key.clone(), status: WorkflowStatus::Removing }];
        writes.extend(tasks.iter().map(|task| again(task, next)));
        if tasks.is_empty() {
            writes.extend(forget(&key));
        }
        self.commit(writes).await?;
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

    async fn commit(&self, writes: Vec<Write>) -> Result<(), ServiceError> {
        let put = writes.iter().filter_map(|write| if let Write::PutTask { next, .. } = write { *next } else { None });
        let earliest = put.map(|next| next.at).min();
        self.shared.runtime.store().commit(writes).await?;
        if let Some(earliest) = earliest {
            self.shared.bell.ring(earliest);
        }
        Ok(())
    }

    /// A workflow that is not on its way out.
    async fn present(&self, key: &WorkflowKey) -> Result<(StoredWorkflow, Vec<Task>), ServiceError> {
        match self.shared.runtime.store().workflow(key).await? {
            None => Err(ServiceError::Unknown { key: key.clone() }),
            Some((workflow, _)) if workflow.status == WorkflowStatus::Removing => {
                Err(ServiceError::Removing { key: key.clone() })
            }
            Some(present) => Ok(present),
        }
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

fn is_leaving(task: &Task) -> bool {
    task.next.is_some_and(|next| next.job == Job::Remove)
}

/// Puts a task as it is, but for what comes next.
fn again(task: &Task, next: Option<Next>) -> Write {
    Write::PutTask { key: task.key.clone(), mode: task.mode, inputs: task.inputs.clone(), next }
}

fn stored(spec: &WorkflowSpec, key: &WorkflowKey, status: WorkflowStatus) -> StoredWorkflow {
    let WorkflowSpec { id, connection, account, resource, subdomain, .. } = spec.clone();
    let connection = connection.unwrap_or(id);
    StoredWorkflow { key: key.clone(), connection, account, resource, subdomain, status }
}
