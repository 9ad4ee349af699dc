//! Calls: parameters and definitions are inlined, what the runtime has is called.

use super::{Bound, Home, Inlined, Lower, RECURSIVE, Scope};
use crate::jq::Outputs;
use crate::jq::native::ir::{Constant, Kinds, Node, NodeKind, Pattern, Runner};
use crate::jq::native::{Unsupported, library, ops};
use jaq_core::load::parse::{Def, Term};
use std::rc::Rc;

impl<'t> Lower<'_> {
    /// A parameter, a definition of the program, or a function of the library.
    pub(super) fn call(
        &mut self,
        name: &'t str,
        arguments: &'t [Term<&'t str>],
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        let found = scope.names().find(|known| match &known.bound {
            Bound::Argument(bound, ..) => arguments.is_empty() && *bound == name,
            Bound::Definition(definition, ..) => definition.name == name && definition.args.len() == arguments.len(),
            Bound::Variable(..) | Bound::Label(..) => false,
        });
        match found.map(|known| (&known.bound, known)) {
            Some((Bound::Argument(_, term, scope), _)) => {
                let (term, scope) = (*term, scope.clone());
                self.term(term, &scope, input)
            }
            Some((Bound::Definition(definition, home, inlined), known)) => {
                let at = Scope { names: Some(known.clone()), home: *home, inlined: inlined.clone() };
                self.inline(definition, arguments, &at, scope, input)
            }
            _ => self.library(name, arguments, scope, input),
        }
    }

    fn library(
        &mut self,
        name: &'t str,
        arguments: &'t [Term<&'t str>],
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        if let Some(constant) = constant(name, arguments.len()) {
            return Ok(self.node(constant, input));
        }
        if let Some(op) = ops::find(name, arguments.len()) {
            let arguments = arguments.iter().map(|argument| self.term(argument, scope, input));
            let arguments = arguments.collect::<Result<_, _>>()?;
            return Ok(self.node(NodeKind::Call(op, arguments), input));
        }
        if let Some(runner) = Runner::ALL.into_iter().find(|runner| runner.signature() == (name, arguments.len())) {
            return self.runner(runner, arguments, scope, input);
        }
        let definitions = library::definitions();
        let (known, called) = match scope.home {
            Home::Program => (definitions.len(), name),
            Home::Library { known, called } => (known, called),
        };
        let index = definitions[..known]
            .iter()
            .rposition(|definition| definition.name == name && definition.args.len() == arguments.len());
        let Some(index) = index else {
            return self.unsupported(scope, &format!("`{name}`"));
        };
        let at = Scope { names: None, home: Home::Library { known: index + 1, called }, inlined: None };
        self.inline(&definitions[index], arguments, &at, scope, input)
    }

    /// The body of a definition that stands at `at`, for a call in `scope`.
    fn inline(
        &mut self,
        definition: &'t Def<&'t str>,
        arguments: &'t [Term<&'t str>],
        at: &Scope<'t>,
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        if scope.is_inlined(definition) || at.is_inlined(definition) {
            return self.unsupported(scope, RECURSIVE);
        }
        let inlined = Some(Rc::new(Inlined { definition, outer: at.inlined.clone() }));
        let mut inner = Scope { inlined, ..at.clone() };
        let mut values = Vec::new();
        for (parameter, argument) in definition.args.iter().zip(arguments) {
            inner = if parameter.starts_with('$') {
                let value = self.term(argument, scope, input)?;
                let variable = self.new_variable(value.kinds);
                values.push((value, variable));
                inner.with(Bound::Variable(parameter, variable))
            } else {
                inner.with(Bound::Argument(parameter, argument, scope.clone()))
            };
        }
        let body = self.term(&definition.body, &inner, input)?;
        Ok(values.into_iter().rev().fold(body, |body, (value, variable)| {
            let (source, pattern) = (Box::new(value), Pattern::Variable(variable));
            self.node(NodeKind::Bind { source, pattern, body: Box::new(body) }, input)
        }))
    }

    fn runner(
        &mut self,
        runner: Runner,
        arguments: &'t [Term<&'t str>],
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        let inner = match runner {
            Runner::Recurse | Runner::Until | Runner::MapValues => Kinds::ANY,
            Runner::SortBy | Runner::GroupBy | Runner::MinBy | Runner::MaxBy => Kinds::ANY,
            _ => input,
        };
        let filters: Vec<Node> =
            arguments.iter().map(|argument| self.term(argument, scope, inner)).collect::<Result<_, _>>()?;
        if runner == Runner::Until && filters.iter().any(|filter| filter.outputs != Outputs::ONE) {
            return self.unsupported(scope, "`until` with other than one output");
        }
        Ok(self.node(NodeKind::Run(runner, filters), input))
    }
}

/// What the library defines by means of tricks.
fn constant(name: &str, arity: usize) -> Option<NodeKind> {
    Some(match (name, arity) {
        ("null", 0) => NodeKind::Constant(Constant::Null),
        ("true", 0) => NodeKind::Constant(Constant::Bool(true)),
        ("false", 0) => NodeKind::Constant(Constant::Bool(false)),
        ("empty", 0) => NodeKind::Empty,
        ("error" | "error_empty", 0) => NodeKind::Error,
        _ => return None,
    })
}
