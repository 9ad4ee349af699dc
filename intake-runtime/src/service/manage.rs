//! What can be done to stored workflows without knowing their intakes' types: by a service, and by whoever looks after its
//! database from outside.

use super::forget;
use crate::clock::Timestamp;
use crate::error::ServiceError;
use crate::intake::Scope;
use crate::runtime::Runtime;
use crate::store::{
    IntakeKey, Job, Next, ScopeKey, StoreError, StoredIntake, StoredWorkflow, Task, TaskMode, WorkflowKey,
    WorkflowStatus, Write,
};

impl Runtime {
    /// The stored workflows, to be managed without a [service](Self::service): from another process, for one. A service
    /// that runs them notices within some seconds.
    pub fn workflows(&self) -> Workflows<'_> {
        Workflows { runtime: self }
    }
}

/// Stored workflows. Each call writes down what is to be, in one commit: a service does it when its turn comes.
#[derive(Clone, Copy, Debug)]
pub struct Workflows<'r> {
    runtime: &'r Runtime,
}

impl Workflows<'_> {
    /// Has no more of its jobs started. What runs goes on to its end, and its webhooks stay registered: what arrives is
    /// still delivered.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn pause(&self, key: &WorkflowKey) -> Result<(), ServiceError> {
        let pause = |workflow: &StoredWorkflow, _: &[Task]| {
            staying(workflow)?;
            Ok(vec![Write::SetStatus { key: key.clone(), status: WorkflowStatus::Paused }])
        };
        self.change(key, pause).await.map(drop)
    }

    /// Lets a workflow go on that is paused or needs attention. What has failed is tried again at once.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn resume(&self, key: &WorkflowKey) -> Result<(), ServiceError> {
        let now = self.runtime.now();
        let resume = |workflow: &StoredWorkflow, tasks: &[Task]| {
            staying(workflow)?;
            let late = |task: &Task, next: &Next| task.failures > 0 || next.at <= now;
            let again = tasks.iter().filter_map(|task| {
                let next = task.next.filter(|next| late(task, next))?;
                Some(again(task, Some(Next { at: now, ..next })))
            });
            let active = Write::SetStatus { key: key.clone(), status: WorkflowStatus::Active };
            Ok(std::iter::once(active).chain(again).collect())
        };
        self.change(key, resume).await.map(drop)
    }

    /// Has `initial_setup` of its polling intakes run again, and then a cycle of each. A historical sync begins anew.
    ///
    /// # Errors
    /// If there is no such workflow, it is being removed, or the store fails.
    pub async fn reset(&self, key: &WorkflowKey) -> Result<(), ServiceError> {
        let next = Some(Next { job: Job::Reset, at: self.runtime.now() });
        let reset = |workflow: &StoredWorkflow, tasks: &[Task]| {
            staying(workflow)?;
            let leaving = |task: &Task| task.next.is_some_and(|next| next.job == Job::Remove);
            let polling = tasks.iter().filter(|task| task.mode != TaskMode::Webhook && !leaving(task));
            Ok(polling.map(|task| again(task, next)).collect())
        };
        self.change(key, reset).await.map(drop)
    }

    /// Has a workflow removed: its webhooks are unregistered, which runs `delete` for the last user of a hook; what waits
    /// for a sink is delivered; its polling states and what it saved are forgotten. It is gone when all that has
    /// succeeded. Called again, what has failed of it is tried at once.
    ///
    /// # Errors
    /// If there is no such workflow, or the store fails.
    pub async fn remove(&self, key: &WorkflowKey) -> Result<(), ServiceError> {
        let next = Some(Next { job: Job::Remove, at: self.runtime.now() });
        let remove = |_: &StoredWorkflow, tasks: &[Task]| {
            let mut writes = vec![Write::SetStatus { key: key.clone(), status: WorkflowStatus::Removing }];
            writes.extend(tasks.iter().map(|task| again(task, next)));
            if tasks.is_empty() {
                writes.extend(forget(key));
            }
            Ok(writes)
        };
        self.change(key, remove).await.map(drop)
    }

    /// Removes a workflow at once, and asks nothing of a vendor or of the program: where [`remove`](Self::remove) comes to
    /// no end, as the vendor refuses `delete`, the credentials are gone, or the program runs an intake no more. Hooks that
    /// no other workflow uses are forgotten, so that a vendor that holds one gets 404; their deliveries that are not yet
    /// routed are kept as undeliverable. What waits for a sink is still delivered.
    ///
    /// # Errors
    /// If there is no such workflow, or the store fails.
    pub async fn abandon(&self, key: &WorkflowKey) -> Result<(), ServiceError> {
        let store = self.runtime.store();
        loop {
            let (workflow, tasks) = self.stored(key).await?;
            let mut writes =
                vec![check(&workflow, &tasks), Write::SetStatus { key: key.clone(), status: WorkflowStatus::Removing }];
            for task in &tasks {
                writes.extend(self.given_up(&workflow, task).await?);
                writes.push(Write::RemoveTask { task: task.number, revision: task.revision });
            }
            writes.extend(forget(key));
            match store.commit(writes).await {
                Err(StoreError::WorkflowChanged { .. } | StoreError::LeaseLost { .. }) => {}
                done => return Ok(done?),
            }
        }
    }

    /// What forgets a task's hook or state.
    async fn given_up(&self, workflow: &StoredWorkflow, task: &Task) -> Result<Vec<Write>, StoreError> {
        let store = self.runtime.store();
        if task.mode != TaskMode::Webhook {
            // A cycle under way commits nothing more.
            let StoredIntake { fence, cycles, .. } = store.lease(&task.key).await?;
            let key = || task.key.clone();
            let forgotten = Write::Intake { key: key(), state: None, set_up: false, cycles, cycle: None };
            return Ok(vec![Write::CheckFence { key: key(), fence }, forgotten]);
        }
        let IntakeKey { app, intake, workflow: id } = &task.key;
        let owners = [(Scope::Workflow, &**id), (Scope::Connection, &*workflow.connection), (Scope::Application, "")];
        let mut writes = Vec::new();
        for (scope, owner) in owners {
            let owner = ScopeKey { app: app.clone(), scope, owner: owner.to_owned() };
            if let Some(hook) = store.hook_of(intake, &owner).await? {
                writes.push(Write::LeaveHook { token: hook.token, workflow: id.clone() });
            }
        }
        Ok(writes)
    }

    /// A workflow and its tasks.
    async fn stored(&self, key: &WorkflowKey) -> Result<(StoredWorkflow, Vec<Task>), ServiceError> {
        let stored = self.runtime.store().workflow(key).await?;
        stored.ok_or_else(|| ServiceError::Unknown { key: key.clone() })
    }

    /// Commits a change of a workflow as it is now, whoever else changes it; the earliest time that a job was put for.
    pub(super) async fn change(
        &self,
        key: &WorkflowKey,
        plan: impl Fn(&StoredWorkflow, &[Task]) -> Result<Vec<Write>, ServiceError>,
    ) -> Result<Option<Timestamp>, ServiceError> {
        loop {
            let (workflow, tasks) = self.stored(key).await?;
            let planned = plan(&workflow, &tasks)?;
            let put = planned.iter().filter_map(|write| match write {
                Write::PutTask { next, .. } => next.map(|next| next.at),
                _ => None,
            });
            let earliest = put.min();
            let writes = std::iter::once(check(&workflow, &tasks)).chain(planned).collect();
            match self.runtime.store().commit(writes).await {
                // Somebody else has come first: it is planned anew.
                Err(StoreError::WorkflowChanged { .. }) => {}
                done => return Ok(done.map(|()| earliest)?),
            }
        }
    }
}

fn check(workflow: &StoredWorkflow, tasks: &[Task]) -> Write {
    let tasks = tasks.iter().map(|task| (task.number, task.revision)).collect();
    Write::CheckWorkflow { workflow: workflow.clone(), tasks }
}

/// An error if a workflow is on its way out.
pub(super) fn staying(workflow: &StoredWorkflow) -> Result<(), ServiceError> {
    match workflow.status {
        WorkflowStatus::Removing => Err(ServiceError::Removing { key: workflow.key.clone() }),
        _ => Ok(()),
    }
}

/// Puts a task as it is, but for what comes next.
pub(super) fn again(task: &Task, next: Option<Next>) -> Write {
    Write::PutTask { key: task.key.clone(), mode: task.mode, inputs: task.inputs.clone(), next }
}
