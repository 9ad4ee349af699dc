//! Where a program can meet what jaq does otherwise than jq 1.8.
//!
//! Not every place where the two might differ is one: only where what is known of the program does not rule it out, and
//! where a reader would have to think of it. `map(.a / 100 | floor)` is the same in both, and so is most of jq.
//!
//! The program is gone through once more for this, as then conditions count: what `if .a then … end` or `select(.a)` says
//! of the input, and that `.a // ""` is not `null`.

use super::scope::{Callee, Scope};
use super::signatures::kinds;
use super::{Infer, Outputs};
use crate::jq::differences::{self as said, Difference, Said};
use crate::jq::native::ir::Kinds;
use crate::jq::tree::{Change, Comparison, Fold, Node, Part, Step, Term};
use crate::shape::{Shape, ShapeKind, Text};
use crate::source::Span;
use jaq_core::ops::Math;
use std::collections::HashSet;

/// More than so many in one program are not told.
const MOST: usize = 20;

/// Functions whose results are floating-point numbers in jaq, whatever they are given, and may well be whole.
const FLOATS: [&str; 22] = [
    "cbrt",
    "copysign",
    "drem",
    "exp10",
    "exp2",
    "fabs",
    "fma",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "ldexp",
    "log10",
    "log2",
    "logb",
    "nearbyint",
    "pow",
    "rint",
    "scalb",
    "scalbln",
    "sqrt",
    "trunc",
];

/// What was found, and what is known around the place that is looked at.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) found: Vec<Difference>,
    /// The computations of which only the value counts, not how it is written.
    whole: HashSet<*const Node>,
    /// How many conditions are around this place.
    guards: usize,
    /// How many times around this place it is only asked what could be known of any input.
    silent: usize,
}

impl<'t> Infer<'t> {
    /// Runs `look` inside a condition, if `guarded`.
    pub(super) fn under<T>(&mut self, guarded: bool, look: impl FnOnce(&mut Self) -> T) -> T {
        let add = |infer: &mut Self, more: bool| {
            let Some(notes) = infer.notes.as_mut().filter(|_| guarded) else { return };
            notes.guards = if more { notes.guards + 1 } else { notes.guards.saturating_sub(1) };
        };
        add(self, true);
        let seen = look(self);
        add(self, false);
        seen
    }

    /// Runs `look` where nothing is met yet: what a definition does is met where it is called.
    pub(super) fn silently<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let silent = self.notes.as_ref().map_or(0, |notes| notes.silent);
        self.notes.iter_mut().for_each(|notes| notes.silent += 1);
        let seen = look(self);
        self.notes.iter_mut().for_each(|notes| notes.silent = silent);
        seen
    }

    fn met(&mut self, span: Option<Span>, said: &Said) {
        let (Some(span), Some(notes)) = (span, &mut self.notes) else { return };
        let difference = said.at(span);
        if notes.silent == 0 && notes.found.len() < MOST && !notes.found.contains(&difference) {
            notes.found.push(difference);
        }
    }

    fn is_builtin(&self, name: &str, arity: usize, scope: Scope) -> bool {
        matches!(self.scopes.callee(scope, name, arity), Callee::Builtin)
    }

    /// Whether a part is a call of one of these functions of jq's, without arguments.
    fn calls(&self, node: &Node, names: &[&str], scope: Scope) -> bool {
        match &node.term {
            Term::Call(name, arguments) if arguments.is_empty() => {
                names.contains(&name.as_str()) && self.is_builtin(name, 0, scope)
            }
            _ => false,
        }
    }

    /// Of a computation only its value counts: it is rounded, compared or taken for true.
    pub(super) fn whole(&mut self, node: &Node) {
        let Some(notes) = &mut self.notes else { return };
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match &node.term {
                Term::Math(left, _, right) => {
                    notes.whole.insert(node);
                    open.extend([&**left, right]);
                }
                Term::Comma(left, right) | Term::Alternative(left, right) => open.extend([&**left, right]),
                Term::Pipe(_, last) | Term::Bind(_, _, last) | Term::Define(_, last) | Term::Label(last) => {
                    open.push(last);
                }
                Term::Negate(inner) | Term::Try(inner, _) => open.push(inner),
                Term::If(branches, otherwise) => {
                    open.extend(branches.iter().map(|(_, then)| then));
                    open.extend(otherwise.as_deref());
                }
                Term::Call(name, _) if FLOATS.contains(&name.as_str()) => _ = notes.whole.insert(node),
                _ => {}
            }
        }
    }

    fn is_whole(&self, node: &Node) -> bool {
        self.notes.as_ref().is_some_and(|notes| notes.whole.contains(&std::ptr::from_ref(node)))
    }

    /// `left | right`: if `right` takes the value only, of `left` only that counts.
    pub(super) fn piped(&mut self, left: &Node, right: &Node, scope: Scope) -> bool {
        if self.notes.is_some() && self.takes_value(right, scope) {
            self.whole(left);
        }
        matches!(&last(left).term, Term::Call(name, _) if name == "select")
    }

    /// Whether a filter only takes the value of its input, however that is written.
    fn takes_value(&self, node: &Node, scope: Scope) -> bool {
        let plain = |node: &Node| matches!(node.term, Term::Input) || is_literal(node);
        let rounds = |node: &Node| self.calls(node, &["floor", "round", "ceil", "not"], scope);
        match &node.term {
            Term::Compare(left, _, right) => plain(left) && plain(right),
            Term::Pipe(left, right) => {
                let goes_on = matches!(&left.term, Term::Math(a, _, b) if plain(a) && plain(b));
                self.takes_value(left, scope) || (goes_on && self.takes_value(right, scope))
            }
            // `if . == floor then floor else . end`
            Term::If(branches, _) => match branches.as_slice() {
                [(condition, then)] => {
                    let equal = matches!(&condition.term, Term::Compare(left, Comparison::Equal, right)
                        if matches!(left.term, Term::Input) && rounds(right));
                    equal && rounds(then)
                }
                _ => false,
            },
            _ => rounds(node),
        }
    }

    /// `left math right`, before its operands are looked at. What is said of the whole is not said of them again.
    pub(super) fn fraction(&mut self, node: &Node, left: &Node, math: Math, right: &Node) {
        let text = |node: &Node| matches!(&node.term, Term::Number(text) if text.contains(['.', 'e', 'E']));
        let constant = number(left).is_some() && number(right).is_some();
        if math == Math::Div {
            self.whole(left);
            self.whole(right);
        } else if !self.is_whole(node) && !constant && math != Math::Rem && (text(left) || text(right)) {
            self.whole(left);
            self.whole(right);
            self.met(node.sign, &said::FRACTION);
        }
    }

    /// `left / right`, where the quotient can be seen and be whole.
    pub(super) fn quotient(&mut self, node: &Node, operands: (&Node, &Node), math: Math, shapes: (&Shape, &Shape)) {
        let is_text = |shape: &Shape| shape.all(|kind| matches!(kind, ShapeKind::String(_)));
        let text = is_text(shapes.0) || is_text(shapes.1);
        let constants = number(operands.0).zip(number(operands.1));
        let fractional = constants.is_some_and(|(left, right)| (left / right).fract() != 0.0);
        if math == Math::Div && !text && !fractional && !self.is_whole(node) {
            self.met(node.sign, &said::QUOTIENT);
        }
    }

    /// Two operands with several outputs each.
    pub(super) fn order_of_operands(&mut self, node: &Node, first: Outputs, second: Outputs) {
        if several(first) && several(second) {
            self.met(node.sign, &said::OPERANDS);
        }
    }

    /// Two interpolations with several outputs each.
    pub(super) fn order_of_pieces(&mut self, text: Span, before: Outputs, outputs: Outputs) {
        if several(before) && several(outputs) {
            self.met(Some(text), &said::PARTS);
        }
    }

    /// `….[from:to]`
    pub(super) fn slice_of_null(&mut self, step: &Step, sliced: &Shape) {
        if may_be_null(sliced) {
            self.met(step.span, &said::SLICE);
        }
    }

    /// `left // right`: what `left` lacks is given by `right`.
    pub(super) fn defaulted(&mut self, left: &Node, right: &Node) {
        let last = last(left);
        let flattens = matches!(&last.term, Term::Call(name, _) if name == "flatten");
        if let Some(notes) = self.notes.as_mut().filter(|_| flattens && matches!(right.term, Term::Array(None))) {
            notes.whole.insert(last);
        }
    }

    /// A call, if it is one of a function that jq brings.
    pub(super) fn differences_of(&mut self, node: &Node, name: &str, arguments: &[Node], input: &Shape, scope: Scope) {
        let Some(notes) = &self.notes else { return };
        if !self.is_builtin(name, arguments.len(), scope) {
            return;
        }
        let (known, guarded) = (self.is_whole(node), notes.guards > 0);
        if let ("select" | "any" | "all" | "sort_by" | "unique_by" | "group_by" | "min_by" | "max_by", [.., key]) =
            (name, arguments)
        {
            // These only compare what the argument gives.
            return self.whole(key);
        }
        let object = kinds(input).meets(Kinds::OBJECT) && !input.is_unknown();
        let said = match (name, arguments) {
            _ if FLOATS.contains(&name) && !known => &said::FUNCTION,
            ("join", [_]) if may_be_null(&input.elements()) => &said::JOIN,
            ("index" | "rindex" | "indices", [_]) if may_be_null(input) => &said::SEARCH,
            ("reverse", []) if may_be_null(input) => &said::REVERSE,
            ("flatten", _) if object && !is_present(input) => &said::FLATTEN,
            ("flatten", [_]) if !known => &said::FLATTEN_DEPTH,
            ("tonumber" | "toboolean" | "fromjson", []) if !guarded && can_be_empty_text(input) => &said::PARSE,
            ("from_entries", []) if has_other_keys(input) => &said::ENTRIES,
            ("map_values", [update]) if matches!(update.term, Term::Comma(..)) => &said::UPDATE,
            ("pick", [path]) if picks_element(path) => &said::PICK,
            ("todate" | "todateiso8601", []) if input.all(|kind| matches!(kind, ShapeKind::Array(_))) => {
                &said::BROKEN_DOWN
            }
            ("del", [path]) => return self.deletion(node, path, input),
            ("delpaths", [paths]) if !is_one_path(paths) => &said::DELETE_SEVERAL,
            ("test" | "match" | "capture" | "scan" | "split" | "splits", [_, flags])
            | ("sub" | "gsub", [_, _, flags])
                if flags.constant_text().is_some_and(|flags| flags.contains(['s', 'l', 'p'])) =>
            {
                &said::FLAG
            }
            _ => return,
        };
        self.met(node.sign, said);
    }

    fn deletion(&mut self, node: &Node, path: &Node, input: &Shape) {
        let paths = path.alternatives();
        if paths.iter().any(|path| passes_null(path, input)) {
            self.met(node.sign, &said::DELETE);
        }
        let at_once = |path: &&Node| match &path.term {
            Term::Path(_, steps) => steps.iter().any(|step| matches!(&step.part, Part::Index(index) if is_list(index))),
            _ => false,
        };
        let moves = paths.len() > 1 && paths.iter().any(|path| ends_at_position(path)) && !from_the_last(&paths);
        if moves || paths.iter().any(at_once) {
            self.met(node.sign, &said::DELETE_SEVERAL);
        }
    }

    /// `path op value`
    pub(super) fn differences_of_update(
        &mut self,
        node: &Node,
        path: &Node,
        change: Change,
        right: &Node,
        input: &Shape,
    ) {
        if self.notes.is_none() {
            return;
        }
        if path.alternatives().iter().any(|path| passes_null(path, input)) {
            self.met(node.sign, &said::ASSIGN);
        }
        match change {
            Change::Filter if matches!(right.term, Term::Comma(..)) => self.met(node.sign, &said::UPDATE),
            Change::Math(Math::Div) => self.met(node.sign, &said::QUOTIENT),
            _ => {}
        }
    }

    /// `reduce … (init; update)`, and `foreach`.
    pub(super) fn differences_of_fold(&mut self, node: &Node, fold: &Fold, outputs: Outputs) {
        if outputs.least > 1 || (outputs.least == 0 && outputs.most.is_some() && drops(&fold.update)) {
            self.met(node.sign, &said::FOLD);
        }
    }

    /// What is known of the input where a condition on it holds.
    pub(super) fn where_true(&self, condition: &Node, input: &Shape, scope: Scope) -> Shape {
        if self.notes.is_none() {
            return input.clone();
        }
        match &condition.term {
            Term::Logic { stop: false, left, right } => {
                self.where_true(right, &self.where_true(left, input, scope), scope)
            }
            Term::Compare(left, Comparison::Unequal, right) if self.calls(right, &["null"], scope) => {
                present_at(left, input)
            }
            Term::Compare(left, Comparison::Equal, right) if is_literal(right) => match &left.term {
                Term::Pipe(value, of) if self.calls(of, &["type"], scope) => match right.constant_text().as_deref() {
                    Some("null") | None => input.clone(),
                    Some(_) => present_at(value, input),
                },
                _ => present_at(left, input),
            },
            Term::Pipe(left, right) => match &right.term {
                // `.a | type == "string"`
                Term::Compare(of, Comparison::Equal, kind)
                    if self.calls(of, &["type"], scope) && kind.constant_text().is_some_and(|kind| kind != "null") =>
                {
                    present_at(left, input)
                }
                _ => input.clone(),
            },
            _ => present_at(condition, input),
        }
    }

    /// What is known of the input where a condition on it does not hold.
    pub(super) fn where_false(&self, condition: &Node, input: &Shape, scope: Scope) -> Shape {
        match &condition.term {
            _ if self.notes.is_none() => input.clone(),
            Term::Compare(left, Comparison::Equal, right) if self.calls(right, &["null"], scope) => {
                present_at(left, input)
            }
            Term::Logic { stop: true, left, right } => {
                self.where_false(right, &self.where_false(left, input, scope), scope)
            }
            Term::Pipe(left, not) if self.calls(not, &["not"], scope) => self.where_true(left, input, scope),
            _ => input.clone(),
        }
    }

    /// What a function of jq's gives, more closely than is worth telling elsewhere.
    pub(super) fn closely(&self, name: &str, given: Shape) -> Shape {
        match name {
            _ if self.notes.is_none() => given,
            "values" => present(&given),
            "keys" | "keys_unsorted" => given.each(&|keys| Shape::array(keys.span, present(&keys.elements()))),
            _ => given,
        }
    }

    /// A value that is known not to be `null`.
    pub(super) fn known_present(&self, shape: Shape) -> Shape {
        if self.notes.is_some() { present(&shape) } else { shape }
    }
}

/// Any value but `null`.
fn anything(span: Span) -> Shape {
    let kinds = [
        ShapeKind::Bool(None),
        ShapeKind::number(),
        ShapeKind::String(Text::Any),
        ShapeKind::any_array(span),
        ShapeKind::any_object(span),
    ];
    Shape::new(span, ShapeKind::OneOf(kinds.map(|kind| Shape::new(span, kind)).into()))
}

/// What remains of it where it is not `null`.
fn present(shape: &Shape) -> Shape {
    shape.each(&|shape| match &shape.kind {
        ShapeKind::Null => Shape::never(shape.span),
        ShapeKind::Unknown => anything(shape.span),
        _ => shape.clone(),
    })
}

/// Whether nothing is known of it but that it is not `null`.
fn is_present(shape: &Shape) -> bool {
    shape.alternatives().len() > 4
}

/// The input, where the value at this path is there.
fn present_at(path: &Node, input: &Shape) -> Shape {
    match &path.term {
        Term::Input => present(input),
        Term::Path(head, steps) if matches!(head.term, Term::Input) => {
            let key = |step: &Step| if let Part::Key(name) = &step.part { Some(name.text.clone()) } else { None };
            let keys: Vec<_> = steps.iter().map_while(key).collect();
            if keys.len() == steps.len() { with_present(input, &keys) } else { input.clone() }
        }
        _ => input.clone(),
    }
}

fn with_present(input: &Shape, keys: &[std::sync::Arc<str>]) -> Shape {
    match keys {
        [] => present(input),
        [key, rest @ ..] => {
            // What has something at a key is an object.
            let input = input.only(|kind| matches!(kind, ShapeKind::Object(_)), ShapeKind::any_object(input.span));
            input.with_key(key, input.span, &with_present(&input.key(key), rest))
        }
    }
}

/// Whether it may be `null`.
fn may_be_null(shape: &Shape) -> bool {
    shape.alternatives().iter().any(|shape| matches!(shape.kind, ShapeKind::Unknown | ShapeKind::Null))
}

/// Whether a path goes on below a key that may be missing.
fn passes_null(path: &Node, input: &Shape) -> bool {
    let Term::Path(head, steps) = &path.term else { return false };
    if !matches!(head.term, Term::Input) {
        return false;
    }
    let mut at = input.clone();
    let mut may_be_missing = input.all(|kind| matches!(kind, ShapeKind::Null));
    for step in steps {
        if !matches!(step.part, Part::Iterate) && may_be_missing && may_be_null(&at) {
            return true;
        }
        (at, may_be_missing) = match &step.part {
            Part::Key(name) => (at.key(&name.text), true),
            Part::Index(_) => (Shape::unknown(at.span), true),
            Part::Iterate => (at.elements(), false),
            Part::Slice(..) => (at, false),
        };
    }
    false
}

const fn several(outputs: Outputs) -> bool {
    !matches!(outputs.most, Some(0 | 1))
}

fn number(node: &Node) -> Option<f64> {
    match &node.term {
        Term::Number(text) => text.parse().ok(),
        Term::Negate(inner) => match &inner.term {
            Term::Number(text) => text.parse().ok().map(|number: f64| -number),
            _ => None,
        },
        _ => None,
    }
}

fn is_literal(node: &Node) -> bool {
    number(node).is_some() || node.constant_text().is_some()
}

/// The last filter of a pipeline.
fn last(mut node: &Node) -> &Node {
    while let Term::Pipe(_, right) | Term::Bind(_, _, right) = &node.term {
        node = right;
    }
    node
}

/// `1, 2` as an index.
fn is_list(node: &Node) -> bool {
    matches!(node.term, Term::Comma(..)) && node.alternatives().iter().any(|index| number(index).is_some())
}

/// Whether the last step of a path is a position in an array.
fn ends_at_position(path: &Node) -> bool {
    let Term::Path(_, steps) = &path.term else { return false };
    match steps.last().map(|step| &step.part) {
        Some(Part::Index(index)) => number(index).is_some() || is_list(index),
        Some(Part::Slice(..)) => true,
        _ => false,
    }
}

/// `.[2], .[0]`
fn from_the_last(paths: &[&Node]) -> bool {
    let position = |path: &&Node| match &path.term {
        Term::Path(head, steps) if matches!(head.term, Term::Input) => match steps.as_slice() {
            [Step { part: Part::Index(index), .. }] => number(index).filter(|number| *number >= 0.0),
            _ => None,
        },
        _ => None,
    };
    let positions: Option<Vec<f64>> = paths.iter().map(position).collect();
    positions.is_some_and(|positions| positions.windows(2).all(|pair| pair[0] > pair[1]))
}

/// `[["a", "b"]]`
fn is_one_path(paths: &Node) -> bool {
    match &paths.term {
        Term::Array(None) => true,
        Term::Array(Some(inner)) => matches!(inner.term, Term::Array(_)),
        _ => false,
    }
}

fn can_be_empty_text(shape: &Shape) -> bool {
    let empty = |text: &Text| text.constant().is_none_or(str::is_empty);
    shape.alternatives().iter().any(|shape| match &shape.kind {
        ShapeKind::Unknown => true,
        ShapeKind::String(text) => empty(text),
        _ => false,
    })
}

/// Whether entries may be written with other keys than `key`: where they are known, by what is known; where they come
/// as they are in the input, they may be.
fn has_other_keys(entries: &Shape) -> bool {
    let lacks_key = |entry: &Shape| match &entry.kind {
        ShapeKind::Object(object) => !object.is_open() && object.field("key").is_none(),
        _ => false,
    };
    entries.is_unknown() || is_present(entries) || entries.elements().alternatives().iter().any(lacks_key)
}

/// Whether a path leads to elements of an array.
fn picks_element(path: &Node) -> bool {
    match &path.term {
        Term::Comma(left, right) | Term::Pipe(left, right) => picks_element(left) || picks_element(right),
        Term::Call(name, _) => matches!(name.as_str(), "first" | "last" | "nth"),
        Term::Path(head, steps) => {
            let element = |step: &Step| match &step.part {
                Part::Key(_) => false,
                Part::Index(index) => number(index).is_some(),
                Part::Iterate | Part::Slice(..) => true,
            };
            picks_element(head) || steps.iter().any(element)
        }
        _ => false,
    }
}

/// Whether it may give nothing on purpose, rather than by an error.
fn drops(node: &Node) -> bool {
    match &node.term {
        Term::Call(name, _) => matches!(name.as_str(), "empty" | "select" | "values"),
        Term::Pipe(left, right)
        | Term::Comma(left, right)
        | Term::Alternative(left, right)
        | Term::Bind(left, _, right)
        | Term::Math(left, _, right) => drops(left) || drops(right),
        Term::If(branches, otherwise) => {
            branches.iter().any(|(_, then)| drops(then)) || otherwise.as_deref().is_some_and(drops)
        }
        Term::Try(body, _) | Term::Define(_, body) | Term::Label(body) => drops(body),
        _ => false,
    }
}
