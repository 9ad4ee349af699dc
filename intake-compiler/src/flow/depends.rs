//! What a value depends on, apart from what is the same in every run.

use crate::template::{Root, Scope, Variable};
use std::collections::BTreeSet;
use std::rc::Rc;

/// More than this many sources are not told apart.
const MOST_SOURCES: usize = 64;

/// What can change a value from one run of an event to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause<'a> {
    /// A key of the polling state.
    State(&'a str),
    /// The whole polling state.
    WholeState,
    /// Saved data.
    Saved(Scope, &'a str),
    /// The time, or something that is not known.
    Anything,
}

/// A set of causes. What a server answers to the same request is not among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Depends<'a>(Rc<BTreeSet<Cause<'a>>>);

impl<'a> Depends<'a> {
    /// Of something that is not known.
    #[must_use]
    pub fn anything() -> Self {
        Self(Rc::new(BTreeSet::from([Cause::Anything])))
    }

    /// What a variable reads. `piped` tells what the N-th content of the pipe depends on.
    pub fn of(variable: &'a Variable, piped: impl FnOnce(u32) -> Self) -> Self {
        let path = &variable.path;
        let key = path.steps.first().and_then(|step| match step {
            crate::template::Step::Key(key) => Some(key.as_str()),
            crate::template::Step::Index(_) => None,
        });
        let cause = match (&path.root, key) {
            (Root::PipedContent(index), _) => return piped(*index),
            (Root::PollingState, Some(key)) => Cause::State(key),
            (Root::PollingState, None) => Cause::WholeState,
            (Root::Saved(scope), Some(key)) => Cause::Saved(*scope, key),
            (Root::Saved(_), None) => Cause::Anything,
            _ => return Self::default(),
        };
        Self(Rc::new(BTreeSet::from([cause])))
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        if other.0.is_empty() || self == *other {
            return self;
        }
        if self.0.is_empty() {
            return other.clone();
        }
        let all: BTreeSet<_> = self.0.union(&other.0).copied().collect();
        if all.len() > MOST_SOURCES { Self::anything() } else { Self(Rc::new(all)) }
    }

    /// The causes.
    pub fn iter(&self) -> impl Iterator<Item = Cause<'a>> {
        self.0.iter().copied()
    }
}
