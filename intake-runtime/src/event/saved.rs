//! What `!save` has stored.

use crate::intake::Scope;
use crate::value::Value;
use std::collections::BTreeMap;

/// What `!save` has stored in each scope.
#[derive(Clone, Default)]
pub struct SavedData {
    scopes: [BTreeMap<String, Value>; 3],
}

impl SavedData {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores a value.
    pub fn insert(&mut self, scope: Scope, key: impl Into<String>, value: Value) {
        self.scopes[scope as usize].insert(key.into(), value);
    }

    /// A stored value.
    #[must_use]
    pub fn get(&self, scope: Scope, key: &str) -> Option<&Value> {
        self.scopes[scope as usize].get(key)
    }
}

/// Shows keys only: saved data may hold anything.
impl std::fmt::Debug for SavedData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<Vec<_>> = self.scopes.iter().map(|scope| scope.keys().collect()).collect();
        f.debug_tuple("SavedData").field(&keys).finish()
    }
}
