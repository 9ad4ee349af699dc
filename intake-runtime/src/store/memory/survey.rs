//! What is looked through as a whole.

use super::{Tables, behind};
use crate::store::{IntakeKey, RegisteredHook, TaskReport, WorkflowKey};

impl Tables {
    pub(super) fn registrations(&self, after: Option<String>, limit: usize) -> Vec<RegisteredHook> {
        let registration = |(token, (hook, users)): (&String, &(_, Vec<crate::store::HookUser>))| RegisteredHook {
            hook: crate::store::Hook::clone(hook),
            intent: self.intents.get(token).cloned(),
            workflows: users.iter().map(|user| user.workflow.clone()).collect(),
        };
        behind(&self.hooks, after).take(limit).map(registration).collect()
    }

    pub(super) fn tasks(&self, after: i64, limit: usize) -> Vec<TaskReport> {
        let report = |(_, task): (_, &crate::store::Task)| {
            let workflow = self.workflows.get(&workflow_of(&task.key))?;
            let (status, known) = (workflow.status.clone(), self.intakes.contains_key(&task.key));
            Some(TaskReport { task: task.clone(), status, known })
        };
        behind(&self.tasks, Some(after)).filter_map(report).take(limit).collect()
    }

    pub(super) fn strays(&self, after: Option<IntakeKey>, limit: usize) -> Vec<IntakeKey> {
        let kept = behind(&self.intakes, after).filter(|(_, intake)| intake.set_up || intake.state.is_some());
        let strays = kept.filter(|(key, _)| !self.workflows.contains_key(&workflow_of(key)));
        strays.take(limit).map(|(key, _)| key.clone()).collect()
    }
}

fn workflow_of(key: &IntakeKey) -> WorkflowKey {
    WorkflowKey { app: key.app.clone(), workflow: key.workflow.clone() }
}
