//! What `!save` stores: shared by all intakes of a manifest.

use super::IntakeFlow;
use super::ways::{self, Ways};
use crate::source::Span;
use crate::template::Scope;
use std::collections::BTreeMap;

/// Everything that a manifest saves.
#[derive(Debug, Default)]
pub struct Saved {
    keys: BTreeMap<(Scope, String), Vec<Saver>>,
    /// The scopes into which something is saved whose keys are not all known.
    open: Vec<Scope>,
}

/// A `!save` that stores a key.
#[derive(Clone, Debug)]
pub struct Saver {
    /// The number of its intake.
    pub intake: usize,
    /// The number of its event.
    pub event: usize,
    /// How many `!save`s of the event come before it.
    pub saves_before: usize,
    /// The key where it is named.
    pub key: Span,
    /// What is stored.
    pub value: Ways,
}

impl Saved {
    /// What these intakes save.
    pub(super) fn of(intakes: &[IntakeFlow<'_>]) -> Self {
        let mut saved = Self::default();
        for (intake, flow) in intakes.iter().enumerate() {
            for (event, flow) in flow.events.iter().enumerate() {
                for (saves_before, save) in flow.saves.iter().enumerate() {
                    for shape in save.input.iter() {
                        // Where the scope was not understood, it may be any.
                        let scopes: &[Scope] = save.scope.as_ref().map_or(&Scope::ALL, std::slice::from_ref);
                        for scope in scopes {
                            if ways::is_open(shape) && !saved.open.contains(scope) {
                                saved.open.push(*scope);
                            }
                            for field in ways::fields(shape) {
                                let value = Ways::of([field.shape.clone()]);
                                let saver = Saver { intake, event, saves_before, key: field.span, value };
                                saved.keys.entry((*scope, field.name.to_string())).or_default().push(saver);
                            }
                        }
                    }
                }
            }
        }
        saved
    }

    /// What stores a key, in source order of the intakes.
    #[must_use]
    pub fn savers(&self, scope: Scope, key: &str) -> &[Saver] {
        self.keys.get(&(scope, key.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Whether something may be saved in a scope whose keys are not all known.
    #[must_use]
    pub fn is_open(&self, scope: Scope) -> bool {
        self.open.contains(&scope)
    }

    /// The keys that are saved in a scope.
    pub fn keys(&self, scope: Scope) -> impl Iterator<Item = &str> {
        self.keys.keys().filter(move |(of, _)| *of == scope).map(|(_, key)| key.as_str())
    }

    /// What a key can be.
    #[must_use]
    pub fn value(&self, scope: Scope, key: &str) -> Ways {
        let savers = self.savers(scope, key);
        if self.is_open(scope) || savers.is_empty() {
            return Ways::unknown();
        }
        Ways::of(savers.iter().flat_map(|saver| saver.value.iter().cloned()))
    }
}
