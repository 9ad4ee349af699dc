//! What can be said of a program's outputs without running it: how many there are, and what they look like.
//!
//! Every claim is about outputs, errors aside: a program that fails gives fewer. What is not certain is not claimed.

mod calls;
mod lattice;

use super::spans::Spans;
use super::{Outputs, Shape, ShapeKind};
use crate::source::Span;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::{Opt, Part};
use std::collections::BTreeMap;

/// How many outputs the program gives for one input, and what each looks like.
pub(super) fn infer(term: &Term<&str>, spans: &Spans<'_>) -> (Outputs, Shape) {
    let whole = spans.program();
    let mut infer = Infer { spans, variables: BTreeMap::new(), functions: BTreeMap::new(), breaks: 0 };
    let input = Shape::new(spans.span(whole.clone()), ShapeKind::Unknown);
    let mut flow = infer.term(term, &input);
    if matches!(term, Term::Obj(_) | Term::Arr(_) | Term::Id) {
        flow.shape.span = spans.span(whole);
    }
    (flow.outputs, flow.shape)
}

/// The outputs of a term.
#[derive(Clone, Debug)]
struct Flow {
    outputs: Outputs,
    shape: Shape,
}

impl Flow {
    fn new(outputs: Outputs, span: Span, kind: ShapeKind) -> Self {
        Self { outputs, shape: Shape::new(span, kind) }
    }

    fn one(span: Span, kind: ShapeKind) -> Self {
        Self::new(Outputs::ONE, span, kind)
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

struct Infer<'t, 'a> {
    spans: &'a Spans<'a>,
    variables: BTreeMap<&'t str, Vec<Shape>>,
    /// What a call gives, whatever its input and arguments; `None` where nothing is known.
    functions: BTreeMap<(&'t str, usize), Vec<Option<Function>>>,
    /// How many `break`s have been seen.
    breaks: usize,
}

/// A definition of the program.
#[derive(Clone, Debug)]
struct Function {
    flow: Flow,
    /// Which parameters are `$values`: the body runs for each.
    values: Vec<bool>,
}

impl<'t> Infer<'t, '_> {
    /// The place of a term, or else that of what it works on.
    fn span(&self, term: &Term<&str>, input: &Shape) -> Span {
        self.spans.term(term).map_or(input.span, |range| self.spans.span(range))
    }

    fn term(&mut self, term: &'t Term<&'t str>, input: &Shape) -> Flow {
        let one = |kind| Flow::one(self.span(term, input), kind);
        match term {
            Term::Id => Flow { outputs: Outputs::ONE, shape: input.clone() },
            Term::Recurse => Flow::new(Outputs::ANY.at_least(1), input.span, ShapeKind::Unknown),
            Term::Num(_) => one(ShapeKind::Number),
            Term::Arr(None) => one(ShapeKind::Array),
            Term::Arr(Some(inner)) => {
                let array = one(ShapeKind::Array);
                self.term(inner, input);
                array
            }
            Term::Str(format, parts) => self.string(term, *format, parts, input),
            Term::Obj(entries) => self.object(term, entries, input),
            Term::Neg(inner) => {
                let span = self.span(term, input);
                let outputs = self.term(inner, input).outputs;
                Flow::new(outputs, span, ShapeKind::Number)
            }
            Term::BinOp(left, operator, right) => self.binary(term, left, operator, right, input),
            Term::Label(_, inner) => {
                let before = self.breaks;
                let flow = self.term(inner, input);
                // A break ends all that is inside the label.
                let least = if self.breaks > before { 0 } else { flow.outputs.least };
                Flow { outputs: flow.outputs.at_least(least), ..flow }
            }
            Term::Break(_) => {
                self.breaks += 1;
                Flow::new(Outputs::NONE, input.span, ShapeKind::Unknown)
            }
            Term::Fold(name, source, pattern, arguments) => self.fold(name, source, pattern, arguments, input),
            Term::TryCatch(body, handler) => {
                let body = self.term(body, input);
                let unknown = Shape::new(input.span, ShapeKind::Unknown);
                match handler {
                    Some(handler) => {
                        let handler = self.term(handler, &unknown);
                        let least = body.outputs.least.min(handler.outputs.least);
                        let outputs = body.outputs.plus(handler.outputs).at_least(least);
                        Flow { outputs, ..body.or(handler) }
                    }
                    None => Flow { outputs: body.outputs.at_least(0), ..body },
                }
            }
            Term::IfThenElse(branches, otherwise) => {
                let last = match otherwise {
                    Some(otherwise) => self.term(otherwise, input),
                    None => Flow { outputs: Outputs::ONE, shape: input.clone() },
                };
                branches.iter().rev().fold(last, |otherwise, (condition, then)| {
                    let condition = self.term(condition, input);
                    let then = self.term(then, input);
                    let chosen = match condition.shape.truth() {
                        Some(true) => then,
                        Some(false) => otherwise,
                        None => then.or(otherwise),
                    };
                    chosen.times(condition.outputs)
                })
            }
            Term::Def(definitions, body) => self.definitions(definitions, body, input),
            Term::Call(name, arguments) => self.call(term, name, arguments, input),
            Term::Var(name) => {
                let span = self.span(term, input);
                let known = self.variables.get(name).and_then(|bound| bound.last());
                let kind = known.map_or(ShapeKind::Unknown, |shape| shape.kind.clone());
                Flow::one(span, kind)
            }
            Term::Path(head, path) => self.path(term, head, &path.0, input),
        }
    }

    fn string(
        &mut self,
        term: &'t Term<&'t str>,
        format: Option<&'t str>,
        parts: &'t [StrPart<&'t str, Term<&'t str>>],
        input: &Shape,
    ) -> Flow {
        let span = self.span(term, input);
        let format = format.map(|name| {
            let unknown = Shape::new(span, ShapeKind::Unknown);
            self.call(term, name, &[], &unknown)
        });
        let mut flow = Flow::one(span, ShapeKind::String);
        for part in parts {
            if let StrPart::Term(inner) = part {
                let outputs = self.term(inner, input).outputs;
                flow = flow.times(outputs);
                if let Some(format) = &format {
                    flow = flow.times(format.outputs);
                    // A format of the program's own can give anything.
                    if format.shape.kind != ShapeKind::String {
                        flow.shape.kind = ShapeKind::Unknown;
                    }
                }
            }
        }
        flow
    }

    fn object(
        &mut self,
        term: &'t Term<&'t str>,
        entries: &'t [(Term<&'t str>, Option<Term<&'t str>>)],
        input: &Shape,
    ) -> Flow {
        let span = self.span(term, input);
        let (mut keys, mut open, mut outputs) = (Vec::new(), false, Outputs::ONE);
        for (key, value) in entries {
            let constant = match (key, value) {
                (Term::Var(name), None) => Some((name[1..].to_owned(), Some(self.spans.slice(name)))),
                _ => self.constant(key),
            };
            let mut flow = match (key, value, &constant) {
                (_, Some(value), _) => self.term(value, input),
                (Term::Var(_), None, _) => self.term(key, input),
                (_, None, Some((name, _))) => Flow { outputs: Outputs::ONE, shape: input.key(name) },
                // `{"\(f)"}`: the value at the same key.
                (_, None, None) => Flow::one(span, ShapeKind::Unknown),
            };
            outputs = outputs.times(flow.outputs);
            let Some((name, range)) = constant else {
                outputs = outputs.times(self.term(key, input).outputs);
                lattice::forget(&mut keys);
                open = true;
                continue;
            };
            let place = range.clone().map_or(span, |range| self.spans.span(range));
            let value_range = if value.is_some() { range.and_then(|range| self.spans.value(&range)) } else { None };
            flow.shape.span = value_range.map_or(place, |range| self.spans.span(range));
            lattice::insert(&mut keys, (name, place, flow.shape));
        }
        Flow { outputs, shape: Shape::new(span, ShapeKind::Object { keys, open }).bounded() }
    }

    /// The text of a string without interpolation, and its place.
    fn constant(&self, key: &Term<&str>) -> Option<(String, Option<std::ops::Range<usize>>)> {
        let Term::Str(None, parts) = key else { return None };
        let mut text = String::new();
        for part in parts {
            match part {
                StrPart::Str(part) => text.push_str(part),
                StrPart::Char(part) => text.push(*part),
                StrPart::Term(_) => return None,
            }
        }
        let range = match parts.as_slice() {
            [StrPart::Str(part)] => Some(self.spans.slice(part)),
            _ => self.spans.term(key),
        };
        Some((text, range))
    }

    fn binary(
        &mut self,
        term: &'t Term<&'t str>,
        left: &'t Term<&'t str>,
        operator: &'t BinaryOp<&'t str>,
        right: &'t Term<&'t str>,
        input: &Shape,
    ) -> Flow {
        match operator {
            BinaryOp::Pipe(pattern) => {
                let left = self.term(left, input);
                match pattern {
                    None => self.term(right, &left.shape).times(left.outputs),
                    Some(pattern) => {
                        let binds = self.binds(pattern, input);
                        self.bound(pattern, &left.shape, |this| this.term(right, input))
                            .times(binds)
                            .times(left.outputs)
                    }
                }
            }
            BinaryOp::Comma => {
                let (left, right) = (self.term(left, input), self.term(right, input));
                let outputs = left.outputs.plus(right.outputs);
                Flow { outputs, ..left.or(right) }
            }
            BinaryOp::Alt => {
                let (left, right) = (self.term(left, input), self.term(right, input));
                alternative(left, right)
            }
            BinaryOp::And | BinaryOp::Or => {
                let span = self.span(term, input);
                let stop = matches!(operator, BinaryOp::Or);
                let (left, right) = (self.term(left, input), self.term(right, input));
                let (first, second) = (left.shape.truth(), right.shape.truth());
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
                Flow::new(left.outputs.times(outputs), span, ShapeKind::Bool(value))
            }
            BinaryOp::Math(math) => {
                let span = self.span(term, input);
                let (left, right) = (self.term(left, input), self.term(right, input));
                Flow { outputs: left.outputs.times(right.outputs), shape: left.shape.math(*math, &right.shape, span) }
            }
            BinaryOp::Cmp(_) => {
                let span = self.span(term, input);
                let (left, right) = (self.term(left, input), self.term(right, input));
                Flow::new(left.outputs.times(right.outputs), span, ShapeKind::Bool(None))
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                self.update(left, operator, right, input)
            }
        }
    }

    /// `path = value`, `path |= f` and the like.
    fn update(
        &mut self,
        path: &'t Term<&'t str>,
        operator: &BinaryOp<&'t str>,
        right: &'t Term<&'t str>,
        input: &Shape,
    ) -> Flow {
        let value = self.term(right, input);
        // Only `|=` runs the right side at the path, once or not at all; the others run with each of its outputs.
        let is_update = matches!(operator, BinaryOp::Update);
        let times = if is_update { Outputs::ONE } else { value.outputs };
        let Term::Path(head, parts) = path else {
            // Only for the `break`s in it.
            self.term(path, input);
            return Flow::new(Outputs::ANY, input.span, ShapeKind::Unknown);
        };
        if !matches!(**head, Term::Id) {
            self.term(path, input);
            return Flow::new(Outputs::ANY, input.span, ShapeKind::Unknown);
        }
        // The indices are counted: without any, nothing is changed and the input goes through as it is.
        let indices = parts.0.iter().flat_map(|(part, _)| match part {
            Part::Index(index) => [Some(index), None],
            Part::Range(from, to) => [from.as_ref(), to.as_ref()],
        });
        let indices = indices.flatten().fold(Outputs::ONE, |all, index| all.times(self.term(index, input).outputs));
        if indices.least == 0 {
            let shape = if indices.most == Some(0) { input.clone() } else { input.clone().or(input.emptied()) };
            return Flow { outputs: times, shape };
        }
        let shape = match parts.0.as_slice() {
            [(Part::Index(key), Opt::Essential), rest @ ..] if !is_update => match self.constant(key) {
                Some((name, range)) => {
                    let kind = match (operator, rest) {
                        (BinaryOp::Assign, []) => value.shape.kind,
                        _ => ShapeKind::Unknown,
                    };
                    let place = range.map_or(input.span, |range| self.spans.span(range));
                    input.with_key(&name, place, &Shape::new(value.shape.span, kind))
                }
                None => input.emptied(),
            },
            _ => input.emptied(),
        };
        Flow { outputs: times, shape }
    }

    fn fold(
        &mut self,
        name: &str,
        source: &'t Term<&'t str>,
        pattern: &'t Pattern<&'t str>,
        arguments: &'t [Term<&'t str>],
        input: &Shape,
    ) -> Flow {
        let [init, update, extract @ ..] = arguments else {
            return Flow::new(Outputs::ANY, input.span, ShapeKind::Unknown);
        };
        let source = self.term(source, input);
        self.binds(pattern, input);
        let init = self.term(init, input);
        let state = Shape::new(init.shape.span, ShapeKind::Unknown);
        let (step, extract) = self.bound(pattern, &source.shape, |this| {
            (this.term(update, &state), extract.first().map(|extract| this.term(extract, &state)))
        });
        if name != "reduce" {
            let shape = extract.map_or(step.shape, |extract| extract.shape);
            return Flow { outputs: Outputs::ANY, shape };
        }
        // Each output of the update goes on by itself.
        let outputs = match step.outputs {
            Outputs { least: 1, most: Some(1) } => init.outputs,
            Outputs { least: 0, most: Some(0 | 1) } => init.outputs.at_least(0),
            Outputs { least: 0, .. } => Outputs::ANY,
            Outputs { .. } => Outputs::ANY.at_least(init.outputs.least),
        };
        Flow { outputs, ..init.or(step) }
    }

    /// How often a pattern binds its variables for one value: once, unless it has computed keys.
    fn binds(&mut self, pattern: &'t Pattern<&'t str>, input: &Shape) -> Outputs {
        let all = |this: &mut Self, patterns: &mut dyn Iterator<Item = &'t Pattern<&'t str>>| {
            patterns.fold(Outputs::ONE, |outputs, pattern| outputs.times(this.binds(pattern, input)))
        };
        match pattern {
            Pattern::Var(_) => Outputs::ONE,
            Pattern::Arr(patterns) => all(self, &mut patterns.iter()),
            Pattern::Obj(entries) => {
                let keys = entries.iter().fold(Outputs::ONE, |outputs, (key, _)| {
                    if self.constant(key).is_some() {
                        outputs
                    } else {
                        outputs.times(self.term(key, input).outputs).at_least(0)
                    }
                });
                keys.times(all(self, &mut entries.iter().map(|(_, pattern)| pattern)))
            }
        }
    }

    /// Runs `inside` with a pattern's variables bound.
    fn bound<T>(&mut self, pattern: &Pattern<&'t str>, value: &Shape, inside: impl FnOnce(&mut Self) -> T) -> T {
        let mut names = Vec::new();
        super::resolve::pattern_variables(pattern, &mut names);
        let whole = matches!(pattern, Pattern::Var(_));
        for name in &names {
            let shape = if whole { value.clone() } else { Shape::new(value.span, ShapeKind::Unknown) };
            self.variables.entry(name).or_default().push(shape);
        }
        let result = inside(self);
        for name in &names {
            self.variables.entry(name).or_default().pop();
        }
        result
    }

    fn definitions(&mut self, definitions: &'t [Def<&'t str>], body: &'t Term<&'t str>, input: &Shape) -> Flow {
        let unknown = Shape::new(input.span, ShapeKind::Unknown);
        for Def { name, args, body } in definitions {
            // Inside, the function itself and its parameters can be anything.
            self.functions.entry((name, args.len())).or_default().push(None);
            for parameter in args {
                if parameter.starts_with('$') {
                    self.variables.entry(parameter).or_default().push(unknown.clone());
                } else {
                    self.functions.entry((parameter, 0)).or_default().push(None);
                }
            }
            let flow = self.term(body, &unknown);
            for parameter in args {
                if parameter.starts_with('$') {
                    self.variables.entry(parameter).or_default().pop();
                } else {
                    self.functions.entry((parameter, 0)).or_default().pop();
                }
            }
            let values = args.iter().map(|parameter| parameter.starts_with('$')).collect();
            if let Some(own) = self.functions.entry((name, args.len())).or_default().last_mut() {
                *own = Some(Function { flow, values });
            }
        }
        let flow = self.term(body, input);
        for Def { name, args, .. } in definitions {
            self.functions.entry((name, args.len())).or_default().pop();
        }
        flow
    }

    fn path(
        &mut self,
        term: &'t Term<&'t str>,
        head: &'t Term<&'t str>,
        parts: &'t [(Part<Term<&'t str>>, Opt)],
        input: &Shape,
    ) -> Flow {
        let span = self.span(term, input);
        let mut flow = self.term(head, input);
        for (part, optional) in parts {
            let (outputs, shape) = match part {
                Part::Index(index) => {
                    let shape = match self.constant(index) {
                        Some((name, _)) => flow.shape.key(&name),
                        None => Shape::new(span, ShapeKind::Unknown),
                    };
                    (self.term(index, input).outputs, shape)
                }
                Part::Range(None, None) => (Outputs::ANY, Shape::new(span, ShapeKind::Unknown)),
                Part::Range(from, to) => {
                    let bounds = [from, to].into_iter().flatten();
                    let outputs = bounds.fold(Outputs::ONE, |all, bound| all.times(self.term(bound, input).outputs));
                    let slice = |shape: &Shape| match shape.kind {
                        ShapeKind::String | ShapeKind::Array => shape.clone(),
                        _ => Shape::new(span, ShapeKind::Unknown),
                    };
                    (outputs, flow.shape.each(&slice))
                }
            };
            let outputs = if matches!(optional, Opt::Optional) { outputs.at_least(0) } else { outputs };
            flow = Flow { outputs: flow.outputs.times(outputs), shape };
        }
        flow
    }
}

/// `left // right`: the outputs of `left` that are neither `null` nor `false`, or else those of `right`.
fn alternative(left: Flow, right: Flow) -> Flow {
    let truth = left.shape.truth();
    let span = left.shape.span;
    match left.shape.truthy() {
        None => right,
        Some(shape) if truth == Some(true) && left.outputs.least > 0 => Flow { outputs: left.outputs, shape },
        Some(shape) => {
            let left = Flow { outputs: left.outputs.at_least(left.outputs.least.min(1)), shape };
            let mut flow = left.or(right.clone());
            // Where `left` gives some, it gives at least one.
            flow.outputs.least = right.outputs.least.min(1);
            flow.shape.span = span.to(flow.shape.span);
            flow
        }
    }
}
