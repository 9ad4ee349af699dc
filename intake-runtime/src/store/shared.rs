//! A store that several hold: a runtime, and whoever closes it in the end.

use super::{
    Delivery, Hook, HookUser, IntakeKey, OutboxRecord, ScopeKey, Store, StoreFuture, StoredIntake,
    UndeliverableDelivery, Write,
};
use std::sync::Arc;

impl<S: Store + ?Sized> Store for Arc<S> {
    fn lease(&self, key: &IntakeKey) -> StoreFuture<'_, StoredIntake> {
        (**self).lease(key)
    }

    fn intake(&self, key: &IntakeKey) -> StoreFuture<'_, Option<StoredIntake>> {
        (**self).intake(key)
    }

    fn saved(&self, owner: &ScopeKey) -> StoreFuture<'_, Vec<(String, String)>> {
        (**self).saved(owner)
    }

    fn outbox(&self, key: &IntakeKey, limit: usize) -> StoreFuture<'_, Vec<OutboxRecord>> {
        (**self).outbox(key, limit)
    }

    fn outbox_owners(&self, app: &str, intake: &str) -> StoreFuture<'_, Vec<IntakeKey>> {
        (**self).outbox_owners(app, intake)
    }

    fn hook(&self, token: &str) -> StoreFuture<'_, Option<Hook>> {
        (**self).hook(token)
    }

    fn hook_of(&self, intake: &str, owner: &ScopeKey) -> StoreFuture<'_, Option<Hook>> {
        (**self).hook_of(intake, owner)
    }

    fn hook_users(&self, token: &str) -> StoreFuture<'_, Vec<HookUser>> {
        (**self).hook_users(token)
    }

    fn deliveries(&self, app: &str, intake: &str, limit: usize) -> StoreFuture<'_, Vec<Delivery>> {
        (**self).deliveries(app, intake, limit)
    }

    fn undeliverable(&self, app: &str, limit: usize) -> StoreFuture<'_, Vec<UndeliverableDelivery>> {
        (**self).undeliverable(app, limit)
    }

    fn count_undeliverable(&self, app: &str) -> StoreFuture<'_, u64> {
        (**self).count_undeliverable(app)
    }

    fn commit(&self, writes: Vec<Write>) -> StoreFuture<'_, ()> {
        (**self).commit(writes)
    }
}
