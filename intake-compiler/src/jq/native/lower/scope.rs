//! What names mean, as jaq looks them up.

use crate::jq::native::ir::{Label, Var};
use jaq_core::load::parse::{Def, Term};
use std::rc::Rc;

/// What names mean at a place.
#[derive(Clone)]
pub(super) struct Scope<'t> {
    pub(super) names: Option<Rc<Name<'t>>>,
    pub(super) home: Home<'t>,
    /// The definitions whose bodies are around the place.
    pub(super) inlined: Option<Rc<Inlined<'t>>>,
}

pub(super) struct Name<'t> {
    pub(super) bound: Bound<'t>,
    pub(super) outer: Option<Rc<Self>>,
}

pub(super) enum Bound<'t> {
    Variable(&'t str, Var),
    Label(&'t str, Label),
    /// A parameter, with the scope of its argument.
    Argument(&'t str, &'t Term<&'t str>, Scope<'t>),
    /// A definition, with where it stands.
    Definition(&'t Def<&'t str>, Home<'t>, Option<Rc<Inlined<'t>>>),
}

pub(super) struct Inlined<'t> {
    pub(super) definition: &'t Def<&'t str>,
    pub(super) outer: Option<Rc<Self>>,
}

/// Whose text it is.
#[derive(Clone, Copy)]
pub(super) enum Home<'t> {
    Program,
    /// The library, where so many definitions are known; and what the program called.
    Library {
        known: usize,
        called: &'t str,
    },
}

impl<'t> Scope<'t> {
    pub(super) fn with(&self, bound: Bound<'t>) -> Self {
        Self { names: Some(Rc::new(Name { bound, outer: self.names.clone() })), ..self.clone() }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Rc<Name<'t>>> {
        std::iter::successors(self.names.as_ref(), |name| name.outer.as_ref())
    }

    pub(super) fn is_inlined(&self, definition: &Def<&str>) -> bool {
        std::iter::successors(self.inlined.as_ref(), |inlined| inlined.outer.as_ref())
            .any(|inlined| std::ptr::eq(inlined.definition, definition))
    }
}
