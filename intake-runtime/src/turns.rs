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

    /// Whether somebody works or waits at a key of which `which` says so.
    pub(crate) fn has(&self, which: impl Fn(&K) -> bool) -> bool {
        lock(&self.0).iter().any(|(key, queue)| Arc::strong_count(queue) > 1 && which(key))
    }
}

/// The lanes of the outbox that are delivered from: who comes to one meanwhile waits for it, or is turned away.
#[derive(Debug)]
pub(crate) struct Lanes<K: Hash + Eq> {
    turns: Turns<K>,
    ended: tokio::sync::Notify,
}

/// A turn at a lane, until it is dropped.
#[derive(Debug)]
pub(crate) struct LaneTurn<'a, K: Hash + Eq> {
    turn: Option<Turn<'a, K>>,
    ended: &'a tokio::sync::Notify,
}

impl<K: Hash + Eq> Default for Lanes<K> {
    fn default() -> Self {
        Self { turns: Turns::default(), ended: tokio::sync::Notify::new() }
    }
}

impl<K: Hash + Eq + Clone> Lanes<K> {
    pub(crate) fn take(&self, key: &K) -> Option<LaneTurn<'_, K>> {
        self.turns.take(key).map(|turn| LaneTurn { turn: Some(turn), ended: &self.ended })
    }

    pub(crate) async fn wait(&self, key: &K) -> LaneTurn<'_, K> {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            // From here on no end is missed.
            ended.as_mut().enable();
            if let Some(turn) = self.take(key) {
                return turn;
            }
            ended.await;
        }
    }
}

impl<K: Hash + Eq> Drop for LaneTurn<'_, K> {
    fn drop(&mut self) {
        drop(self.turn.take());
        self.ended.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here is left half done by a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
