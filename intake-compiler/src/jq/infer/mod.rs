//! What can be said of a program's outputs without running it, given what is known of its input and its `${…}`: how
//! many there are, and what they look like.
//!
//! Every claim is about outputs, errors aside: a program that fails gives fewer. What is not certain is not claimed.

mod calls;
mod construct;
mod differences;
mod findings;
mod folds;
mod functions;
mod paths;
mod scope;
mod signatures;

use super::Outputs;
use super::differences::Difference;
use super::tree::{Comparison, Definition, Node, Pattern, Term};
use crate::diagnostic::Code;
use crate::shape::{Number, Shape, ShapeKind, Text};
use crate::source::Span;
use differences::Notes;
use jaq_core::ops::Math;
use scope::{Scope, Scopes};

pub use findings::Finding;

/// What is known of a program's outputs, and what is certainly wrong with it.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// How many there are for one input.
    pub outputs: Outputs,
    /// What each looks like.
    pub shape: Shape,
    /// What is certainly wrong, for this input and these variables.
    pub findings: Vec<Finding>,
}

/// Parts of definitions and loops are looked at again and again, in all so often for each part of the program.
const REPEATED: u32 = 24;

/// Definitions that call one another are looked into no deeper than this: a program's own depth is limited.
const DEEPEST: u32 = 80;

/// Runs the inference.
pub(super) fn infer(program: &Node, whole: Span, input: &Shape, variables: &dyn Fn(usize) -> Shape) -> Inferred {
    let mut infer = Infer::new(program, variables);
    let mut flow = infer.node(program, input, Scope::default());
    if matches!(program.term, Term::Object(_) | Term::Array(_) | Term::Input) {
        flow.shape.span = whole;
    }
    Inferred { outputs: flow.outputs, shape: flow.shape, findings: infer.findings }
}

/// Where the program can meet what jaq does otherwise than jq 1.8, whatever its input is; in source order.
pub(super) fn differences(program: &Node, whole: Span) -> Vec<Difference> {
    let unknown = |_| Shape::unknown(whole);
    let mut infer = Infer { notes: Some(Notes::default()), ..Infer::new(program, &unknown) };
    infer.node(program, &Shape::unknown(whole), Scope::default());
    let mut found = infer.notes.map(|notes| notes.found).unwrap_or_default();
    found.sort_by_key(|difference| difference.span);
    found
}

/// The outputs of a part.
#[derive(Clone, Debug)]
struct Flow {
    outputs: Outputs,
    shape: Shape,
}

impl Flow {
    fn new(outputs: Outputs, shape: Shape) -> Self {
        Self { outputs, shape }
    }

    fn one(shape: Shape) -> Self {
        Self::new(Outputs::ONE, shape)
    }

    fn none(span: Span) -> Self {
        Self::new(Outputs::NONE, Shape::never(span))
    }

    /// Any number of any values.
    fn any(span: Span) -> Self {
        Self::new(Outputs::ANY, Shape::unknown(span))
    }

    /// One or the other: a side without outputs has no say in the shape.
    fn or(self, other: Self) -> Self {
        let shape = match (self.outputs.most, other.outputs.most) {
            (Some(0), _) => other.shape,
            (_, Some(0)) => self.shape,
            _ => self.shape.or(other.shape),
        };
        Self { outputs: self.outputs.or(other.outputs), shape }
    }

    fn times(mut self, outputs: Outputs) -> Self {
        self.outputs = outputs.times(self.outputs);
        self
    }
}

struct Infer<'t> {
    variables: &'t dyn Fn(usize) -> Shape,
    /// How many `break`s have been seen.
    breaks: usize,
    /// How many more parts may be looked at again.
    fuel: u32,
    /// Whether it is looking at something again.
    repeating: u32,
    /// How many parts are being looked at, one inside the other.
    depth: u32,
    /// The definitions that are being looked into.
    active: Vec<*const Definition>,
    scopes: Scopes<'t>,
    findings: Vec<Finding>,
    /// Whether what is found is not to be told: it is inside a `try`, or never runs.
    muted: u32,
    /// Whether it only runs for values of some kinds.
    guarded: u32,
    /// Whether a missing field is provided for.
    lenient: u32,
    /// Whether any part of it asks what kind a value has.
    tests_kinds: bool,
    /// What is found of differences from jq, where that is looked for.
    notes: Option<Notes>,
}

impl<'t> Infer<'t> {
    fn new(program: &'t Node, variables: &'t dyn Fn(usize) -> Shape) -> Self {
        Self {
            variables,
            breaks: 0,
            fuel: program.size().saturating_mul(REPEATED).saturating_add(1_000),
            repeating: 0,
            depth: 0,
            active: Vec::new(),
            scopes: Scopes::new(program),
            findings: Vec::new(),
            muted: 0,
            guarded: 0,
            lenient: 0,
            tests_kinds: findings::tests_kinds(program),
            notes: None,
        }
    }

    /// Looks at something that was or will be looked at elsewhere; `None` if that has been done too often.
    fn again<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.fuel == 0 {
            return None;
        }
        self.repeating += 1;
        let seen = look(self);
        self.repeating -= 1;
        Some(seen)
    }

    fn node(&mut self, node: &'t Node, input: &Shape, scope: Scope) -> Flow {
        if self.repeating > 0 {
            self.fuel = self.fuel.saturating_sub(1);
            if self.depth > DEEPEST {
                // There may be a `break` in what is not looked at.
                self.breaks += 1;
                return Flow::any(input.span);
            }
        }
        self.depth += 1;
        let flow = self.term(node, input, scope);
        self.depth -= 1;
        flow
    }

    /// The arms are calls only: what recurses has to be small on the stack.
    fn term(&mut self, node: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let span = node.span.unwrap_or(input.span);
        match &node.term {
            Term::Input | Term::Recurse | Term::Number(_) | Term::Array(None) | Term::Variable(_) | Term::Global(_) => {
                self.leaf(span, &node.term, input, scope)
            }
            Term::Array(Some(inner)) => self.array(span, inner, input, scope),
            Term::Text(format, pieces) => self.text(span, format.as_deref(), pieces, input, scope),
            Term::Object(entries) => self.object(span, entries, input, scope),
            Term::Negate(inner) => self.negate(span, node, inner, input, scope),
            Term::Pipe(left, right) => self.pipe(left, right, input, scope),
            Term::Bind(left, pattern, right) => self.bind(left, pattern, right, input, scope),
            Term::Comma(left, right) => self.comma(left, right, input, scope),
            Term::Alternative(left, right) => self.alternative(left, right, input, scope),
            Term::Logic { stop, left, right } => self.logic(span, *stop, left, right, input, scope),
            Term::Math(left, math, right) => self.math(node, left, *math, right, input, scope),
            Term::Compare(left, comparison, right) => self.compare(node, left, *comparison, right, input, scope),
            Term::Update(path, change, right) => {
                self.differences_of_update(node, path, *change, right, input);
                self.update(path, *change, right, input, scope)
            }
            Term::Label(inner) => self.label(inner, input, scope),
            Term::Break => {
                self.breaks += 1;
                Flow::none(input.span)
            }
            Term::Reduce(fold) => self.reduce(node, fold, input, scope),
            Term::Foreach(fold, extract) => self.foreach(node, fold, extract.as_deref(), input, scope),
            Term::Try(body, handler) => self.attempt(body, handler.as_deref(), input, scope),
            Term::If(branches, otherwise) => self.conditional(branches, otherwise.as_deref(), input, scope),
            Term::Define(definitions, body) => {
                let inner = self.define(definitions, input, scope);
                self.node(body, input, inner)
            }
            Term::Call(name, arguments) => {
                self.differences_of(node, name, arguments, input, scope);
                self.call(span, node.span, name, arguments, input, scope)
            }
            Term::Path(head, steps) => self.path(span, node.span, head, steps, input, scope),
        }
    }

    /// What holds no other parts.
    fn leaf(&self, span: Span, term: &Term, input: &Shape, scope: Scope) -> Flow {
        let one = |kind| Flow::one(Shape::new(span, kind));
        match term {
            Term::Input => Flow::one(input.clone()),
            Term::Recurse => Flow::new(Outputs::ANY.at_least(1), recursed(input)),
            Term::Number(text) => one(ShapeKind::Number(Number::Constant(text.clone()))),
            Term::Array(_) => one(ShapeKind::array(Shape::never(span))),
            Term::Variable(name) => {
                let known = self.scopes.variable(scope, name);
                Flow::one(known.map_or_else(|| Shape::unknown(span), |shape| shape.clone().at(span)))
            }
            Term::Global(index) => Flow::one((self.variables)(*index).at(span)),
            _ => Flow::any(span),
        }
    }

    fn array(&mut self, span: Span, inner: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let inner = self.node(inner, input, scope);
        Flow::one(Shape::array(span, inner.shape))
    }

    fn negate(&mut self, span: Span, node: &'t Node, inner: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let inner = self.node(inner, input, scope);
        let shape = inner.shape.negated(span);
        if shape.is_never() && !inner.shape.is_never() {
            self.no_step(Code::JqArithmeticKind, span, node.span, "`-` cannot take", &inner.shape);
        }
        Flow::new(inner.outputs, shape)
    }

    fn pipe(&mut self, left: &'t Node, right: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let selects = self.piped(left, right, scope);
        let flow = self.node(left, input, scope);
        let dead = flow.outputs.most == Some(0);
        let run = |this: &mut Self| this.under(selects, |this| this.node(right, &flow.shape, scope));
        let right = self.muted(dead, |this| this.guarded(left, run));
        right.times(flow.outputs)
    }

    fn bind(&mut self, left: &'t Node, pattern: &'t Pattern, right: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let flow = self.node(left, input, scope);
        let binds = self.binds(pattern, input, scope);
        let inner = self.bound(pattern, &flow.shape, scope);
        let dead = flow.outputs.most == Some(0);
        let right = self.muted(dead, |this| this.guarded(left, |this| this.node(right, input, inner)));
        right.times(binds).times(flow.outputs)
    }

    fn comma(&mut self, left: &'t Node, right: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let (left, right) = (self.node(left, input, scope), self.node(right, input, scope));
        let outputs = left.outputs.plus(right.outputs);
        Flow { outputs, ..left.or(right) }
    }

    fn alternative(&mut self, left: &'t Node, right: &'t Node, input: &Shape, scope: Scope) -> Flow {
        self.defaulted(left, right);
        self.lenient += 1;
        let mut left = self.node(left, input, scope);
        self.lenient -= 1;
        left.shape = self.known_present(left.shape);
        let dead = left.shape.truth() == Some(true) && left.outputs.least > 0;
        let right = self.muted(dead, |this| this.node(right, input, scope));
        alternative(left, right)
    }

    fn math(
        &mut self,
        node: &'t Node,
        left: &'t Node,
        math: Math,
        right: &'t Node,
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        let span = node.span.unwrap_or(input.span);
        // Without a place of both, that of the whole is not known.
        let part = node.span.filter(|_| left.span.is_some() && right.span.is_some());
        self.fraction(node, left, math, right);
        let nodes = (left, right);
        let (left, right) = self.operands(left, right, input, scope);
        self.quotient(node, nodes, math, (&left.shape, &right.shape));
        self.order_of_operands(node, left.outputs, right.outputs);
        let shape = left.shape.math(math, &right.shape, span);
        let runs = !left.shape.is_never() && !right.shape.is_never();
        if shape.is_never() && runs {
            self.no_math(span, part, sign(math), &left.shape, &right.shape);
        }
        Flow::new(left.outputs.times(right.outputs), shape)
    }

    fn compare(
        &mut self,
        node: &'t Node,
        left: &'t Node,
        comparison: Comparison,
        right: &'t Node,
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        let span = node.span.unwrap_or(input.span);
        self.whole(left);
        self.whole(right);
        let (one, two) = self.operands(left, right, input, scope);
        self.order_of_operands(node, one.outputs, two.outputs);
        self.comparison(node.span, (left, &one.shape), comparison, (right, &two.shape));
        let value = compared(&one.shape, comparison, &two.shape);
        Flow::new(one.outputs.times(two.outputs), Shape::new(span, ShapeKind::Bool(value)))
    }

    fn label(&mut self, inner: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let before = self.breaks;
        let flow = self.node(inner, input, scope);
        // A break ends all that is inside the label.
        let least = if self.breaks > before { 0 } else { flow.outputs.least };
        Flow { outputs: flow.outputs.at_least(least), ..flow }
    }

    fn logic(&mut self, span: Span, stop: bool, left: &'t Node, right: &'t Node, input: &Shape, scope: Scope) -> Flow {
        self.whole(left);
        self.whole(right);
        let one = self.node(left, input, scope);
        let first = one.shape.truth();
        let then = if stop { self.where_false(left, input, scope) } else { self.where_true(left, input, scope) };
        let right = self.muted(first == Some(stop), |this| this.guarded(left, |this| this.node(right, &then, scope)));
        let second = right.shape.truth();
        let value = match (first, second) {
            (Some(first), _) if first == stop => Some(stop),
            (Some(_), second) => second,
            (None, Some(second)) if second == stop => Some(stop),
            _ => None,
        };
        let outputs = match first {
            Some(first) if first == stop => Outputs::ONE,
            Some(_) => right.outputs,
            None => right.outputs.or(Outputs::ONE),
        };
        Flow::new(one.outputs.times(outputs), Shape::new(span, ShapeKind::Bool(value)))
    }

    fn attempt(&mut self, body: &'t Node, handler: Option<&'t Node>, input: &Shape, scope: Scope) -> Flow {
        let run = |this: &mut Self| this.under(handler.is_none(), |this| this.node(body, input, scope));
        let body = self.muted(true, run);
        match handler {
            Some(handler) => {
                let handler = self.node(handler, &Shape::unknown(input.span), scope);
                let least = body.outputs.least.min(handler.outputs.least);
                let outputs = body.outputs.plus(handler.outputs).at_least(least);
                Flow { outputs, ..body.or(handler) }
            }
            None => Flow { outputs: body.outputs.at_least(0), ..body },
        }
    }

    fn conditional(
        &mut self,
        branches: &'t [(Node, Node)],
        otherwise: Option<&'t Node>,
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        // Whether one of the branches before was chosen for sure, and whether one of them asks for kinds.
        let (mut chosen, mut guards, mut flows) = (false, 0, Vec::new());
        let mut input = input.clone();
        for (condition, then) in branches {
            let found = self.findings.len();
            self.whole(condition);
            let flow = self.muted(chosen, |this| this.node(condition, &input, scope));
            if !chosen {
                self.condition("if", condition, &flow, found);
            }
            let truth = flow.shape.truth();
            let guard = u32::from(self.tests_kinds && findings::tests_kinds(condition));
            (self.guarded, guards) = (self.guarded + guard, guards + guard);
            let met = self.where_true(condition, &input, scope);
            let run = |this: &mut Self| this.under(true, |this| this.node(then, &met, scope));
            let then = self.muted(chosen || truth == Some(false), run);
            input = self.where_false(condition, &input, scope);
            chosen |= truth == Some(true);
            flows.push((flow, then));
        }
        let last = match otherwise {
            Some(otherwise) => self.muted(chosen, |this| this.under(true, |this| this.node(otherwise, &input, scope))),
            None => Flow::one(input),
        };
        self.guarded -= guards;
        flows.into_iter().rev().fold(last, |otherwise, (condition, then)| {
            let chosen = match condition.shape.truth() {
                Some(true) => then,
                Some(false) => otherwise,
                None => then.or(otherwise),
            };
            chosen.times(condition.outputs)
        })
    }
}

/// The sign of an operation.
fn sign(math: Math) -> &'static str {
    match math {
        Math::Add => "+",
        Math::Sub => "-",
        Math::Mul => "*",
        Math::Div => "/",
        Math::Rem => "%",
    }
}

/// A value and all that is in it.
fn recursed(input: &Shape) -> Shape {
    let flat = |kind: &ShapeKind| !matches!(kind, ShapeKind::Unknown | ShapeKind::Array(_) | ShapeKind::Object(_));
    if input.all(flat) { input.clone() } else { Shape::unknown(input.span) }
}

/// What a comparison gives, if it is always the same: values of different kinds are never equal.
fn compared(left: &Shape, comparison: Comparison, right: &Shape) -> Option<bool> {
    let certain = |shape: &Shape| shape.samples().next().is_none();
    if comparison == Comparison::Order || !certain(left) || !certain(right) {
        return None;
    }
    let equal = if findings::apart(left, right) { Some(false) } else { same_constants(&left.kind, &right.kind) };
    equal.map(|equal| equal == (comparison == Comparison::Equal))
}

/// Whether two values are the same, if both are constant. Numbers can be the same however they are written.
fn same_constants(left: &ShapeKind, right: &ShapeKind) -> Option<bool> {
    match (left, right) {
        (ShapeKind::Null, ShapeKind::Null) => Some(true),
        (ShapeKind::Bool(Some(left)), ShapeKind::Bool(Some(right))) => Some(left == right),
        (ShapeKind::String(Text::Constant(left)), ShapeKind::String(Text::Constant(right))) => Some(left == right),
        _ => None,
    }
}

/// `left // right`: the outputs of `left` that are neither `null` nor `false`, or else those of `right`.
fn alternative(left: Flow, right: Flow) -> Flow {
    let truth = left.shape.truth();
    let span = left.shape.span;
    let shape = left.shape.truthy();
    if shape.is_never() {
        return right;
    }
    if truth == Some(true) && left.outputs.least > 0 {
        return Flow { outputs: left.outputs, shape };
    }
    let left = Flow { outputs: left.outputs.at_least(left.outputs.least.min(1)), shape };
    let mut flow = left.or(right.clone());
    // Where `left` gives some, it gives at least one.
    flow.outputs.least = right.outputs.least.min(1);
    flow.shape.span = span.to(flow.shape.span);
    flow
}
