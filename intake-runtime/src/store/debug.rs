//! `Debug` of what holds a hook's token, a customer's inputs or data: what it is and whose, not what it holds.

use super::{
    Arrival, Dedupe, Delivery, Hook, HookUser, Intent, OutboxEntry, OutboxRecord, StoredDelivery, StoredIntake, Task,
    Write,
};
use std::fmt::{Debug, Formatter, Result};

impl Debug for StoredIntake {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("StoredIntake")
            .field("set_up", &self.set_up)
            .field("cycles", &self.cycles)
            .field("cycle", &self.cycle)
            .field("fence", &self.fence)
            .finish_non_exhaustive()
    }
}

impl Debug for OutboxRecord {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("OutboxRecord").field("key", &self.key).field("bytes", &self.payload.len()).finish()
    }
}

impl Debug for Hook {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Hook")
            .field("intake", &self.intake)
            .field("owner", &self.owner)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Debug for HookUser {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("HookUser")
            .field("workflow", &self.workflow)
            .field("connection", &self.connection)
            .field("account", &self.account)
            .field("resource", &self.resource)
            .field("subdomain", &self.subdomain)
            .finish_non_exhaustive()
    }
}

impl Debug for Delivery {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Delivery").field("id", &self.id).field("bytes", &self.payload.len()).finish_non_exhaustive()
    }
}

impl Debug for Dedupe {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Dedupe").field("since", &self.since).finish_non_exhaustive()
    }
}

impl Debug for Arrival {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Arrival")
            .field("bytes", &self.payload.len())
            .field("dedupe", &self.dedupe)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Debug for StoredDelivery {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("StoredDelivery")
            .field("id", &self.id)
            .field("app", &self.app)
            .field("intake", &self.intake)
            .field("bytes", &self.payload.len())
            .field("at", &self.at)
            .field("attempts", &self.attempts)
            .field("undeliverable", &self.reason.is_some())
            .finish_non_exhaustive()
    }
}

impl Debug for OutboxEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("OutboxEntry")
            .field("number", &self.number)
            .field("key", &self.key)
            .field("bytes", &self.payload.len())
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}

impl Debug for Intent {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Intent")
            .field("workflow", &self.workflow)
            .field("action", &self.action)
            .field("since", &self.since)
            .field("attempt", &self.attempt)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl Debug for Task {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Task")
            .field("key", &self.key)
            .field("mode", &self.mode)
            .field("next", &self.next)
            .field("failures", &self.failures)
            .field("error", &self.error)
            .field("progress", &self.progress)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Debug for Write {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::CheckFence { key, fence } => {
                f.debug_struct("CheckFence").field("key", key).field("fence", fence).finish()
            }
            Self::Intake { key, set_up, cycles, cycle, .. } => f
                .debug_struct("Intake")
                .field("key", key)
                .field("set_up", set_up)
                .field("cycles", cycles)
                .field("cycle", cycle)
                .finish_non_exhaustive(),
            Self::Save { owner, entries } => {
                let keys: Vec<_> = entries.iter().map(|(key, _)| key).collect();
                f.debug_struct("Save").field("owner", owner).field("keys", &keys).finish()
            }
            Self::ForgetSaved { owner } => f.debug_struct("ForgetSaved").field("owner", owner).finish(),
            Self::Append { key, records } => {
                f.debug_struct("Append").field("key", key).field("records", records).finish()
            }
            Self::Acknowledge { key, records } => {
                f.debug_struct("Acknowledge").field("key", key).field("records", records).finish()
            }
            Self::PutHook(hook) => f.debug_tuple("PutHook").field(hook).finish(),
            Self::RemoveHook { .. } => f.debug_struct("RemoveHook").finish_non_exhaustive(),
            Self::PutHookUser { user, .. } => f.debug_struct("PutHookUser").field("user", user).finish_non_exhaustive(),
            Self::RemoveHookUser { workflow, .. } => {
                f.debug_struct("RemoveHookUser").field("workflow", workflow).finish_non_exhaustive()
            }
            Self::Refused { key, attempts, since, next, reason } => f
                .debug_struct("Refused")
                .field("key", key)
                .field("attempts", attempts)
                .field("since", since)
                .field("next", next)
                .field("reason", reason)
                .finish(),
            Self::Bury { key, records, dead } => {
                f.debug_struct("Bury").field("key", key).field("records", records).field("dead", dead).finish()
            }
            Self::Revive { record } => f.debug_struct("Revive").field("record", record).finish(),
            Self::DropRecord { record } => f.debug_struct("DropRecord").field("record", record).finish(),
            Self::Deliver(arrival) => f.debug_tuple("Deliver").field(arrival).finish(),
            Self::ForgetSeen { before, keep } => {
                f.debug_struct("ForgetSeen").field("before", before).field("keep", keep).finish()
            }
            Self::RetryDelivery { delivery } => f.debug_struct("RetryDelivery").field("delivery", delivery).finish(),
            Self::Intend(intent) => f.debug_tuple("Intend").field(intent).finish(),
            Self::IntentFailed { failure, .. } => {
                f.debug_struct("IntentFailed").field("failure", failure).finish_non_exhaustive()
            }
            Self::IntentDone { .. } => f.debug_struct("IntentDone").finish_non_exhaustive(),
            Self::LeaveHook { workflow, .. } => {
                f.debug_struct("LeaveHook").field("workflow", workflow).finish_non_exhaustive()
            }
            Self::CheckWorkflow { workflow, tasks } => {
                f.debug_struct("CheckWorkflow").field("workflow", workflow).field("tasks", tasks).finish()
            }
            Self::PutWorkflow(workflow) => f.debug_tuple("PutWorkflow").field(workflow).finish(),
            Self::SetStatus { key, status } => {
                f.debug_struct("SetStatus").field("key", key).field("status", status).finish()
            }
            Self::RemoveWorkflow { key } => f.debug_struct("RemoveWorkflow").field("key", key).finish(),
            Self::PutTask { key, mode, next, .. } => f
                .debug_struct("PutTask")
                .field("key", key)
                .field("mode", mode)
                .field("next", next)
                .finish_non_exhaustive(),
            Self::EndTask { task, revision, end } => {
                f.debug_struct("EndTask").field("task", task).field("revision", revision).field("end", end).finish()
            }
            Self::RemoveTask { task, revision } => {
                f.debug_struct("RemoveTask").field("task", task).field("revision", revision).finish()
            }
            Self::Routed { delivery } => f.debug_struct("Routed").field("delivery", delivery).finish(),
            Self::Undeliverable { delivery, reason } => {
                f.debug_struct("Undeliverable").field("delivery", delivery).field("reason", reason).finish()
            }
        }
    }
}
