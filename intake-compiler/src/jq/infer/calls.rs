//! Calls of the program's own definitions.

use super::scope::{Binding, Callee, Scope};
use super::{Flow, Infer};
use crate::jq::Outputs;
use crate::jq::tree::{Definition, Node};
use crate::shape::Shape;
use crate::source::Span;

impl<'t> Infer<'t> {
    /// The scope with definitions in it.
    pub(super) fn define(&mut self, definitions: &'t [Definition], input: &Shape, scope: Scope) -> Scope {
        let unknown = Shape::unknown(input.span);
        definitions.iter().fold(scope, |scope, definition| {
            // Inside, the function itself and its parameters can be anything.
            let itself = Binding::Opaque(&definition.name, definition.parameters.len());
            let mut inner = self.scopes.with(scope, itself);
            for parameter in &definition.parameters {
                let binding = match parameter.strip_prefix('$') {
                    Some(_) => Binding::Variable(parameter, unknown.clone()),
                    None => Binding::Opaque(parameter, 0),
                };
                inner = self.scopes.with(inner, binding);
            }
            let flow = self.silently(|this| this.node(&definition.body, &unknown, inner));
            self.scopes.with(scope, Binding::Function(definition, flow))
        })
    }

    pub(super) fn call(
        &mut self,
        span: Span,
        part: Option<Span>,
        name: &'t str,
        arguments: &'t [Node],
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        match self.scopes.callee(scope, name, arguments.len()) {
            Callee::Defined(definition, flow, inside) => {
                let summary = self.summarized(definition, flow, arguments, input, scope);
                self.inlined(definition, arguments, input, scope, inside).unwrap_or(summary)
            }
            Callee::Argument(argument, outside) => {
                self.again(|this| this.node(argument, input, outside)).unwrap_or_else(|| Flow::any(span))
            }
            Callee::Opaque => {
                arguments.iter().for_each(|argument| drop(self.argument(argument, span, scope)));
                Flow::any(span)
            }
            Callee::Builtin => {
                let flow = self.function(span, part, name, arguments, input, scope);
                Flow { shape: self.closely(name, flow.shape), ..flow }
            }
        }
    }

    /// An argument that may run on any input.
    pub(super) fn argument(&mut self, argument: &'t Node, span: Span, scope: Scope) -> Flow {
        self.node(argument, &Shape::unknown(argument.span.unwrap_or(span)), scope)
    }

    /// What a call gives whatever its arguments are.
    fn summarized(
        &mut self,
        definition: &Definition,
        flow: Flow,
        arguments: &'t [Node],
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        // A value is computed from the call's input, each of them is a run of the body.
        let outputs = definition.parameters.iter().zip(arguments).fold(Outputs::ONE, |all, (parameter, argument)| {
            if parameter.starts_with('$') {
                all.times(self.node(argument, input, scope).outputs)
            } else {
                self.silently(|this| this.argument(argument, input.span, scope));
                all
            }
        });
        flow.times(outputs)
    }

    /// What the body gives for this input and these arguments; `None` if the definition is recursive, or too much
    /// was looked at again.
    fn inlined(
        &mut self,
        definition: &'t Definition,
        arguments: &'t [Node],
        input: &Shape,
        scope: Scope,
        inside: Scope,
    ) -> Option<Flow> {
        let this: *const Definition = definition;
        if self.active.contains(&this) {
            return None;
        }
        self.again(|infer| {
            let (mut inside, mut outputs) = (inside, Outputs::ONE);
            for (parameter, argument) in definition.parameters.iter().zip(arguments) {
                let binding = match parameter.strip_prefix('$') {
                    Some(_) => {
                        let value = infer.node(argument, input, scope);
                        outputs = outputs.times(value.outputs);
                        Binding::Variable(parameter, value.shape)
                    }
                    None => Binding::Argument(parameter, argument, scope),
                };
                inside = infer.scopes.with(inside, binding);
            }
            infer.active.push(this);
            let flow = infer.node(&definition.body, input, inside);
            infer.active.pop();
            flow.times(outputs)
        })
    }
}
