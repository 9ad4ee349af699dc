//! What the names of a program stand for.

use super::Flow;
use crate::jq::tree::{Definition, Node, Term};
use crate::shape::Shape;
use std::collections::HashSet;

/// The names that are bound somewhere: the number of the innermost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope(Option<usize>);

/// Names are looked for among so many bindings: a program can define any number of functions.
const MOST_BINDINGS: usize = 1_000;

/// All that was ever bound.
#[derive(Debug)]
pub(super) struct Scopes<'t> {
    links: Vec<(Binding<'t>, Scope)>,
    /// The functions of the program: all others are jq's.
    own: HashSet<(&'t str, usize)>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Binding<'t> {
    Variable(&'t str, Shape),
    /// A function, and what a call of it gives whatever its input and arguments.
    Function(&'t Definition, Flow),
    /// A filter that was handed over, and the scope it comes from.
    Argument(&'t str, &'t Node, Scope),
    /// A function of which nothing is known.
    Opaque(&'t str, usize),
}

/// What a call runs.
#[derive(Debug)]
pub(super) enum Callee<'t> {
    /// A definition, what it gives at least, and the scope of its body.
    Defined(&'t Definition, Flow, Scope),
    Argument(&'t Node, Scope),
    Opaque,
    /// What jq brings.
    Builtin,
}

impl<'t> Scopes<'t> {
    pub(super) fn new(program: &'t Node) -> Self {
        let mut own = HashSet::new();
        program.each(&mut |node| {
            let Term::Define(definitions, _) = &node.term else { return };
            for definition in definitions {
                own.insert((definition.name.as_str(), definition.parameters.len()));
                own.extend(definition.parameters.iter().map(|parameter| (parameter.as_str(), 0)));
            }
        });
        Self { links: Vec::new(), own }
    }

    pub(super) fn with(&mut self, scope: Scope, binding: Binding<'t>) -> Scope {
        self.links.push((binding, scope));
        Scope(Some(self.links.len() - 1))
    }

    /// The bindings from a scope outwards.
    fn from(&self, scope: Scope) -> impl Iterator<Item = (Scope, &Binding<'t>)> {
        std::iter::successors(scope.0, |index| self.links[*index].1.0)
            .take(MOST_BINDINGS)
            .map(|index| (Scope(Some(index)), &self.links[index].0))
    }

    pub(super) fn variable(&self, scope: Scope, wanted: &str) -> Option<&Shape> {
        self.from(scope).find_map(|(_, binding)| match binding {
            Binding::Variable(name, shape) if *name == wanted => Some(shape),
            _ => None,
        })
    }

    pub(super) fn callee(&self, scope: Scope, wanted: &str, arity: usize) -> Callee<'t> {
        if !self.own.contains(&(wanted, arity)) {
            return Callee::Builtin;
        }
        let found = self.from(scope).find_map(|(scope, binding)| match binding {
            Binding::Function(definition, flow)
                if definition.name == wanted && definition.parameters.len() == arity =>
            {
                // A definition sees itself.
                Some(Callee::Defined(definition, flow.clone(), scope))
            }
            Binding::Argument(name, node, scope) if *name == wanted && arity == 0 => {
                Some(Callee::Argument(node, *scope))
            }
            Binding::Opaque(name, parameters) if *name == wanted && *parameters == arity => Some(Callee::Opaque),
            _ => None,
        });
        let cut = || self.from(scope).count() == MOST_BINDINGS;
        found.unwrap_or_else(|| if cut() { Callee::Opaque } else { Callee::Builtin })
    }
}
