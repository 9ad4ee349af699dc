//! `Debug` of what holds a hook's token, a customer's inputs or data: what it is and whose, not what it holds.

use super::{Delivery, Hook, HookUser, OutboxRecord, StoredIntake, Write};
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
            Self::Deliver { payload, .. } => {
                f.debug_struct("Deliver").field("bytes", &payload.len()).finish_non_exhaustive()
            }
            Self::Routed { delivery } => f.debug_struct("Routed").field("delivery", delivery).finish(),
            Self::Undeliverable { delivery, reason } => {
                f.debug_struct("Undeliverable").field("delivery", delivery).field("reason", reason).finish()
            }
        }
    }
}
