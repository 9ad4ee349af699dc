//! Workflows and their tasks.

use super::Tables;
use crate::clock::{Timestamp, millis};
use crate::store::{
    DueTask, IntakeKey, Next, Place, Progress, StoreError, Task, TaskEnd, TaskMode, WorkflowKey, WorkflowStatus,
};
use std::time::Duration;

impl Tables {
    pub(super) fn tasks_of(&self, workflow: &WorkflowKey) -> Vec<Task> {
        let mut tasks: Vec<_> =
            self.tasks.values().filter(|task| workflow_of(&task.key) == *workflow).cloned().collect();
        tasks.sort_by(|one, other| one.key.cmp(&other.key));
        tasks
    }

    /// All that is due by `until`, in order.
    pub(super) fn due(&self, until: Timestamp) -> Vec<DueTask> {
        let due = |task: &Task| {
            let next = task.next.filter(|next| next.at <= until)?;
            let workflow = self.workflows.get(&workflow_of(&task.key)).filter(|workflow| workflow.status.runs())?;
            Some(DueTask {
                place: Place { at: next.at, number: task.number },
                key: task.key.clone(),
                connection: workflow.connection.clone(),
                job: next.job,
                mode: task.mode,
            })
        };
        let mut due: Vec<_> = self.tasks.values().filter_map(due).collect();
        due.sort_by_key(|task| task.place);
        due
    }

    pub(super) fn pull_in(&mut self, now: Timestamp, beyond: Duration, from: i64) -> Option<i64> {
        self.tasks.range(from..).next()?;
        for (number, task) in self.tasks.range_mut(from..) {
            let every = if let TaskMode::Recurring { every } = task.mode { millis(every) } else { 0 };
            if let Some(next) = task.next.as_mut().filter(|next| next.at.0 > now.0 + millis(beyond).max(every)) {
                next.at = Timestamp(now.0 + number * 7919 % every.max(1));
            }
        }
        Some(i64::MAX)
    }

    pub(super) fn put_task(
        &mut self,
        key: IntakeKey,
        mode: TaskMode,
        inputs: String,
        next: Option<Next>,
    ) -> Result<(), StoreError> {
        let workflow = workflow_of(&key);
        if !self.workflows.contains_key(&workflow) {
            return Err(StoreError::UnknownWorkflow { key: workflow });
        }
        let (failures, error) = (0, None);
        if let Some(task) = self.tasks.values_mut().find(|task| task.key == key) {
            let (number, progress, revision) = (task.number, task.progress, task.revision + 1);
            *task = Task { number, key, mode, inputs, next, failures, error, progress, revision };
            return Ok(());
        }
        self.last_task += 1;
        let (number, progress, revision) = (self.last_task, Progress::default(), 1);
        self.tasks.insert(number, Task { number, key, mode, inputs, next, failures, error, progress, revision });
        Ok(())
    }

    pub(super) fn end_task(&mut self, number: i64, revision: u64, end: TaskEnd) {
        let Some(task) = self.tasks.get_mut(&number).filter(|task| task.revision == revision) else { return };
        let TaskEnd { next, failures, error, progress, attention } = end;
        let workflow = self.workflows.get_mut(&workflow_of(&task.key));
        if let Some(workflow) = workflow.filter(|workflow| attention && workflow.status == WorkflowStatus::Active) {
            workflow.status = WorkflowStatus::NeedsAttention { reason: error.clone().unwrap_or_default() };
        }
        *task = Task { next, failures, error, progress, ..task.clone() };
    }

    pub(super) fn remove_workflow(&mut self, key: &WorkflowKey) {
        let empty = !self.tasks.values().any(|task| workflow_of(&task.key) == *key);
        if empty && self.workflows.get(key).is_some_and(|workflow| workflow.status == WorkflowStatus::Removing) {
            self.workflows.remove(key);
        }
    }
}

fn workflow_of(key: &IntakeKey) -> WorkflowKey {
    WorkflowKey { app: key.app.clone(), workflow: key.workflow.clone() }
}
