//! What `!save` has stored.

use super::{At, Event, EventError, SavedError};
use crate::intake::Scope;
use crate::sink::BoxError;
use crate::types::Field;
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes of what an earlier release has saved in a scope what this one reads.
pub(crate) type Migration = Arc<dyn Fn(Value) -> Result<Value, BoxError> + Send + Sync>;

/// What `!save` has stored in each scope.
#[derive(Clone, Default)]
pub struct SavedData {
    scopes: [BTreeMap<String, Value>; 3],
    migrations: [Option<Migration>; 3],
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

    pub(crate) fn migrate(&mut self, scope: Scope, migration: Option<Migration>) {
        self.migrations[scope as usize] = migration;
    }

    /// What stands for the data of a scope that does not fit; nothing if it fits.
    fn fitted(&self, scope: Scope, known: &[Field]) -> Result<Option<BTreeMap<String, Value>>, SavedError> {
        let (saved, name) = (&self.scopes[scope as usize], scope.as_str());
        let entries = known.iter().filter_map(|field| Some((field.key, saved.get(field.key)?.clone())));
        let read = Value::object(entries);
        let is_there = |field: &&Field| saved.contains_key(field.key);
        let misfit = known.iter().filter(is_there).find_map(|field| field.misfit(&read));
        let lacks = !saved.is_empty() && known.iter().any(|field| !field.optional && !is_there(&field));
        let migration = match (&self.migrations[scope as usize], misfit) {
            (None, Some(misfit)) => return Err(SavedError::Misfit { scope: name, misfit }),
            (Some(migration), misfit) if lacks || misfit.is_some() => migration,
            _ => return Ok(None),
        };
        let all = Value::object(saved.iter().map(|(key, value)| (key.as_str(), value.clone())));
        let migrated = migration(all).map_err(|source| SavedError::Migration { scope: name, source })?;
        let Some(entries) = migrated.entries() else {
            return Err(SavedError::Migrated { scope: name, found: migrated.described() });
        };
        if let Some(misfit) = known.iter().find_map(|field| field.misfit(&migrated)) {
            return Err(SavedError::Misfit { scope: name, misfit });
        }
        Ok(Some(entries.map(|(key, value)| (key.to_owned(), value)).collect()))
    }
}

impl Event<'_> {
    /// For generated code: whether what is saved is what the manifest saves. What does not fit is migrated, for this
    /// run only: what is stored stays as it is until an event saves it anew.
    ///
    /// # Errors
    /// If it does not fit, and cannot be migrated. A key that is merely missing, without a migration, is an error where
    /// it is read.
    #[doc(hidden)]
    pub fn fit_saved(&mut self, at: At, scope: Scope, known: &[Field]) -> Result<(), EventError> {
        let fitted = self.env.saved.fitted(scope, known).map_err(|error| self.fault(at, error))?;
        if let Some(fitted) = fitted {
            self.env.saved.scopes[scope as usize] = fitted;
        }
        Ok(())
    }
}

/// Shows keys only: saved data may hold anything.
impl std::fmt::Debug for SavedData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<Vec<_>> = self.scopes.iter().map(|scope| scope.keys().collect()).collect();
        f.debug_tuple("SavedData").field(&keys).finish()
    }
}
