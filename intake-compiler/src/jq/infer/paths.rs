//! Paths, and the updates of what they lead to.

use super::scope::Scope;
use super::{Flow, Infer};
use crate::diagnostic::Code;
use crate::jq::Outputs;
use crate::jq::tree::{Change, Name, Node, Part, Step, Term};
use crate::shape::{Field, Object, Rest, Shape, ShapeKind};
use crate::source::Span;
use jaq_core::ops::Math;

/// What is done to what is at the end of a path.
pub(super) enum Apply<'t> {
    Set(Shape),
    Math(Math, Shape),
    Alternative(Shape),
    Filter(&'t Node),
    Delete,
}

impl<'t> Infer<'t> {
    pub(super) fn path(
        &mut self,
        span: Span,
        part: Option<Span>,
        head: &'t Node,
        steps: &'t [Step],
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        let mut flow = self.node(head, input, scope);
        for step in steps {
            let (outputs, shape) = self.step(span, part, step, &flow.shape, input, scope);
            let outputs = if step.optional { outputs.at_least(0) } else { outputs };
            // What a sample shows has no place in the manifest but that where it is read.
            let is_placed = !shape.is_unknown() && shape.samples().next().is_none();
            let place = |shape: &Shape| if shape.sample.is_some() { shape.clone().at(span) } else { shape.clone() };
            let shape = if is_placed { shape } else { shape.each(&place).at(span) };
            flow = Flow::new(flow.outputs.times(outputs), shape);
        }
        flow
    }

    /// What a step gives for each value, and how often.
    fn step(
        &mut self,
        span: Span,
        part: Option<Span>,
        step: &'t Step,
        from: &Shape,
        input: &Shape,
        scope: Scope,
    ) -> (Outputs, Shape) {
        let (outputs, shape, code, what) = match &step.part {
            Part::Key(name) => {
                let (shape, _) = self.key(name, part, from, step.optional);
                return (Outputs::ONE, shape);
            }
            Part::Index(index) => {
                let index = self.node(index, input, scope);
                if index.shape.is_never() {
                    return (index.outputs, index.shape);
                }
                (index.outputs, from.index(&index.shape, span), Code::JqIndexKind, "no such index into")
            }
            Part::Iterate => (Outputs::ANY, from.elements(), Code::JqIterateKind, "`[]` cannot go through"),
            Part::Slice(first, last) => {
                self.slice_of_null(step, from);
                let bounds = [first, last].into_iter().flatten();
                let outputs = bounds.fold(Outputs::ONE, |all, bound| all.times(self.node(bound, input, scope).outputs));
                (outputs, from.slice(), Code::JqIndexKind, "no slice of")
            }
        };
        if !step.optional && fails(step, from, &shape) {
            self.no_step(code, span, part, what, from);
        }
        (outputs, shape)
    }

    /// The value at a key.
    pub(super) fn key(&mut self, name: &Name, part: Option<Span>, from: &Shape, optional: bool) -> (Shape, bool) {
        let shape = from.key(&name.text);
        if optional {
            return (shape, false);
        }
        if shape.is_never() && !from.is_never() {
            let span = name.span.unwrap_or(from.span);
            self.no_step(Code::JqIndexKind, span, part, &format!("no field `{}` in", name.text), from);
            return (shape, true);
        }
        if self.unknown_field(name, part, from) {
            // What follows from it is not said again.
            return (Shape::unknown(shape.span), true);
        }
        (shape, false)
    }

    /// `path = value`, `path |= f` and the like.
    pub(super) fn update(
        &mut self,
        path: &'t Node,
        change: Change,
        right: &'t Node,
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        // Only `|=` runs the right side at the path, once or not at all; the others run with each of its outputs.
        let value = match change {
            Change::Filter => Flow::one(Shape::never(input.span)),
            _ => self.node(right, input, scope),
        };
        let apply = match change {
            Change::Filter => Apply::Filter(right),
            Change::Set => Apply::Set(value.shape),
            Change::Math(math) => Apply::Math(math, value.shape),
            Change::Alternative => Apply::Alternative(value.shape),
        };
        let changed = self.changed_at(path, &apply, input, scope);
        changed.times(value.outputs)
    }

    /// The input with what is at a path changed.
    pub(super) fn changed_at(&mut self, path: &'t Node, apply: &Apply<'t>, input: &Shape, scope: Scope) -> Flow {
        match &path.term {
            Term::Path(head, steps) if matches!(head.term, Term::Input) => {
                self.changed_below(steps, apply, input, scope)
            }
            _ => {
                // Only for the `break`s in it.
                self.node(path, input, scope);
                self.applied(apply, &Shape::unknown(input.span), scope);
                Flow::any(input.span)
            }
        }
    }

    fn changed_below(&mut self, steps: &'t [Step], apply: &Apply<'t>, input: &Shape, scope: Scope) -> Flow {
        // The indices are counted: without any, nothing is changed and the input goes through as it is.
        let filters = steps.iter().flat_map(Step::filters);
        let indices = filters.fold(Outputs::ONE, |all, index| all.times(self.node(index, input, scope).outputs));
        let changed = self.changed(input, steps, apply, scope);
        let shape = match indices {
            Outputs { most: Some(0), .. } => input.clone(),
            Outputs { least: 1, most: Some(1) } => changed.shape,
            // One after the other, each on what the one before made.
            _ => input.clone().or(changed.shape).emptied(),
        };
        Flow::one(shape)
    }

    /// What becomes of a value with what is at the end of the steps changed; for `|=`, there may be nothing left.
    fn changed(&mut self, value: &Shape, steps: &'t [Step], apply: &Apply<'t>, scope: Scope) -> Flow {
        let Some((step, rest)) = steps.split_first() else { return self.applied(apply, value, scope) };
        let inside = match &step.part {
            Part::Key(name) => value.key(&name.text),
            Part::Iterate => value.elements(),
            Part::Index(_) | Part::Slice(..) => Shape::unknown(value.span),
        };
        let inner = self.changed(&inside, rest, apply, scope);
        let possible = value.each(&|value| with_step(value, step, &Flow::any(value.span)));
        if possible.is_never() && !value.is_never() {
            self.no_place(step, value);
        }
        Flow::one(value.each(&|value| with_step(value, step, &inner)))
    }

    /// A step of an update that leads nowhere.
    fn no_place(&mut self, step: &'t Step, value: &Shape) {
        let (what, span) = match &step.part {
            Part::Key(name) => (format!("no field `{}` can be set in", name.text), name.span),
            Part::Iterate => ("`[]` cannot go through".to_owned(), None),
            Part::Index(_) => ("nothing can be set at an index of".to_owned(), None),
            Part::Slice(..) => ("no slice can be set in".to_owned(), None),
        };
        let Some(span) = span.or_else(|| step.filters().find_map(|filter| filter.span)) else { return };
        self.no_step(Code::JqIndexKind, span, None, &what, value);
    }

    /// What becomes of the value at the end of a path.
    fn applied(&mut self, apply: &Apply<'t>, value: &Shape, scope: Scope) -> Flow {
        match apply {
            Apply::Filter(filter) => self.node(filter, value, scope),
            Apply::Delete => Flow::none(value.span),
            Apply::Set(set) => Flow::one(set.clone()),
            Apply::Math(math, operand) => Flow::one(value.math(*math, operand, operand.span)),
            Apply::Alternative(other) => {
                let truthy = value.truthy();
                Flow::one(if value.truth() == Some(true) { truthy } else { truthy.or(other.clone()) })
            }
        }
    }
}

/// A value with what is at one step replaced.
fn with_step(value: &Shape, step: &Step, inner: &Flow) -> Shape {
    let failed = || if step.optional { value.clone() } else { Shape::never(value.span) };
    match (&step.part, &value.kind) {
        // What is no object stays as it is.
        (_, ShapeKind::Unknown) if step.optional => Shape::unknown(value.span),
        (Part::Key(name), ShapeKind::Object(_) | ShapeKind::Unknown) => {
            with_key(value, name.text.as_ref(), name.span.unwrap_or(value.span), inner)
        }
        (Part::Iterate, ShapeKind::Array(_)) => Shape { kind: ShapeKind::array(inner.shape.clone()), ..value.clone() },
        (Part::Iterate, ShapeKind::Object(object)) => Shape { kind: with_values(object, inner), ..value.clone() },
        (Part::Iterate, ShapeKind::Unknown) => {
            let array = Shape::array(value.span, inner.shape.clone());
            array.or(Shape::object(value.span, Vec::new(), Rest::Open(inner.shape.clone())))
        }
        (Part::Index(_), ShapeKind::Object(_) | ShapeKind::Array(_) | ShapeKind::Unknown)
        | (Part::Slice(..), ShapeKind::Array(_) | ShapeKind::Unknown) => value.emptied(),
        // `.[{start: 1}]` is a slice, too.
        (Part::Slice(..) | Part::Index(_), ShapeKind::String(_)) => value.slice(),
        _ => failed(),
    }
}

fn with_key(value: &Shape, name: &str, span: Span, inner: &Flow) -> Shape {
    let without = || value.without_key(name);
    match inner.outputs {
        Outputs { most: Some(0), .. } => without(),
        _ if inner.shape.is_never() && inner.outputs.least > 0 => Shape::never(value.span),
        Outputs { least: 0, .. } => {
            let with = value.with_key(name, span, &inner.shape);
            if inner.shape.is_never() { without() } else { with.or(without()) }
        }
        _ => value.with_key(name, span, &inner.shape),
    }
}

fn with_values(object: &Object, inner: &Flow) -> ShapeKind {
    let optional = inner.outputs.least == 0;
    let change =
        |field: &Field| Field { shape: inner.shape.clone(), optional: field.optional || optional, ..field.clone() };
    let rest = if object.is_open() { Rest::Open(inner.shape.clone()) } else { Rest::Closed };
    ShapeKind::object(object.fields.iter().map(change).collect(), rest)
}

/// Whether a step certainly fails.
fn fails(step: &Step, from: &Shape, to: &Shape) -> bool {
    match &step.part {
        // An empty array has no elements, and no error.
        Part::Iterate => {
            !from.is_never()
                && from.all(|kind| !matches!(kind, ShapeKind::Unknown | ShapeKind::Array(_) | ShapeKind::Object(_)))
        }
        _ => to.is_never() && !from.is_never(),
    }
}
