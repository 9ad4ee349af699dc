//! Who may work on what, within this process.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// One turn per key at a time: who comes meanwhile is turned away.
#[derive(Debug)]
pub(crate) struct Turns<K: Hash + Eq>(Mutex<HashSet<K>>);

/// A turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a, K: Hash + Eq> {
    turns: &'a Turns<K>,
    key: K,
}

impl<K: Hash + Eq> Default for Turns<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> Turns<K> {
    pub(crate) fn take(&self, key: &K) -> Option<Turn<'_, K>> {
        lock(&self.0).insert(key.clone()).then(|| Turn { turns: self, key: key.clone() })
    }
}

impl<K: Hash + Eq> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        lock(&self.turns.0).remove(&self.key);
    }
}

/// One turn per key at a time: who comes meanwhile waits.
#[derive(Debug)]
pub(crate) struct Queues<K: Hash + Eq>(Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>);

impl<K: Hash + Eq> Default for Queues<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq> Queues<K> {
    pub(crate) async fn wait(&self, key: K) -> OwnedMutexGuard<()> {
        let queue = {
            let mut queues = lock(&self.0);
            // The map holds one count; who waits or works holds another.
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
            queues.entry(key).or_default().clone()
        };
        queue.lock_owned().await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here is left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
