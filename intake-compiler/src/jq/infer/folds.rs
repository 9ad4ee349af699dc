//! What runs again and again, and the patterns that bind what it runs with.

use super::scope::{Binding, Scope};
use super::{Flow, Infer};
use crate::jq::Outputs;
use crate::jq::tree::{Fold, Key, Node, Pattern};
use crate::shape::{Number, Shape, ShapeKind};

impl<'t> Infer<'t> {
    pub(super) fn reduce(&mut self, node: &Node, fold: &'t Fold, input: &Shape, scope: Scope) -> Flow {
        let (init, step) = self.steps(fold, input, scope);
        self.differences_of_fold(node, fold, step.outputs);
        // Each output of the update goes on by itself.
        let outputs = match step.outputs {
            Outputs { least: 1, most: Some(1) } => init.outputs,
            Outputs { least: 0, most: Some(0 | 1) } => init.outputs.at_least(0),
            Outputs { least: 0, .. } => Outputs::ANY,
            Outputs { .. } => Outputs::ANY.at_least(init.outputs.least),
        };
        Flow { outputs, ..init.or(step) }
    }

    pub(super) fn foreach(
        &mut self,
        node: &Node,
        fold: &'t Fold,
        extract: Option<&'t Node>,
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        let (_, step) = self.steps(fold, input, scope);
        self.differences_of_fold(node, fold, step.outputs);
        let Some(extract) = extract else { return Flow { outputs: Outputs::ANY, ..step } };
        let source = Shape::unknown(fold.source.span.unwrap_or(input.span));
        let inner = self.bound(&fold.pattern, &source, scope);
        let extract = self.node(extract, &step.shape, inner);
        Flow { outputs: Outputs::ANY, ..extract }
    }

    /// The first state of a loop, and what each step makes of a state.
    pub(super) fn steps(&mut self, fold: &'t Fold, input: &Shape, scope: Scope) -> (Flow, Flow) {
        let source = self.node(&fold.source, input, scope);
        self.binds(&fold.pattern, input, scope);
        let init = self.node(&fold.init, input, scope);
        let inner = self.bound(&fold.pattern, &source.shape, scope);
        let unknown = Shape::unknown(init.shape.span);
        // A state is good if the update makes nothing else of it.
        let mut state = init.shape.clone();
        let mut settled = false;
        for _ in 0..3 {
            let step = self.again(|this| this.node(&fold.update, &state, inner).shape);
            let Some(step) = step else { break };
            let next = state.clone().or(step).widened();
            settled = next.says_same(&state);
            if settled {
                break;
            }
            state = next;
        }
        let state = if settled { state } else { unknown };
        let step = self.node(&fold.update, &state, inner);
        (init, step)
    }

    /// How often a pattern binds its variables for one value: once, unless it has computed keys.
    pub(super) fn binds(&mut self, pattern: &'t Pattern, input: &Shape, scope: Scope) -> Outputs {
        match pattern {
            Pattern::Variable(_) => Outputs::ONE,
            Pattern::Array(patterns) => {
                patterns.iter().fold(Outputs::ONE, |outputs, pattern| outputs.times(self.binds(pattern, input, scope)))
            }
            Pattern::Object(entries) => entries.iter().fold(Outputs::ONE, |outputs, (key, pattern)| {
                let keys = match key {
                    Key::Constant(_) => Outputs::ONE,
                    Key::Computed(node) => self.node(node, &Shape::unknown(input.span), scope).outputs.at_least(0),
                };
                outputs.times(keys).times(self.binds(pattern, input, scope))
            }),
        }
    }

    /// The scope with a pattern's variables bound.
    pub(super) fn bound(&mut self, pattern: &'t Pattern, value: &Shape, scope: Scope) -> Scope {
        match pattern {
            Pattern::Variable(name) => self.scopes.with(scope, Binding::Variable(name, value.clone())),
            Pattern::Array(patterns) => {
                let element = value.index(&Shape::new(value.span, ShapeKind::Number(Number::Integer)), value.span);
                patterns.iter().fold(scope, |scope, pattern| self.bound(pattern, &element, scope))
            }
            Pattern::Object(entries) => entries.iter().fold(scope, |scope, (key, pattern)| {
                let inner = match key {
                    Key::Constant(name) => value.key(&name.text),
                    Key::Computed(_) => Shape::unknown(value.span),
                };
                self.bound(pattern, &inner, scope)
            }),
        }
    }
}
