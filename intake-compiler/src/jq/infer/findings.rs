//! What is certainly wrong with a part of a program, whenever it runs.
//!
//! Nothing is said inside `?` and `try`, which are there for errors; of parts that never run; and of what rests on a
//! sample where the program asks itself what kind of value it has: the samples may not show all of them.

use super::scope::Scope;
use super::{Flow, Infer};
use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Code, Edit};
use crate::jq::report::escape;
use crate::jq::tree::{Change, Comparison, Name, Node, Part, Piece, Step, Term};
use crate::shape::{Number, Object, Rest, Shape, ShapeKind};
use crate::source::Span;

/// Something that is certainly wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind of mistake it is.
    pub code: Code,
    /// The place that is to blame.
    pub span: Span,
    /// The part of the program that fails, or is always the same; `None` if it holds no text.
    pub part: Option<Span>,
    /// What is wrong.
    pub message: String,
    /// What to say at the place.
    pub label: String,
    /// The values that are why, with what each is.
    pub because: Vec<Shape>,
    /// Why it matters.
    pub notes: Vec<String>,
    /// How to mend it.
    pub helps: Vec<String>,
    /// An edit that mends it, and what it does.
    pub suggestion: Option<(String, Edit)>,
}

impl Finding {
    fn new(code: Code, span: Span, part: Option<Span>, message: String) -> Self {
        let (label, because, notes, helps) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        Self { code, span, part, message, label, because, notes, helps, suggestion: None }
    }

    fn because(mut self, shapes: &[&Shape]) -> Self {
        self.because = shapes.iter().map(|shape| (*shape).clone()).collect();
        self
    }

    fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Whether it is certain only of values like those of a sample.
    #[must_use]
    pub fn rests_on_samples(&self) -> bool {
        self.because.iter().any(|shape| shape.samples().next().is_some())
    }
}

/// What is said of a part that fails.
const FAILS: &str = "fails whenever it runs";

/// More than this many findings in one program are follow-ups.
const MOST: usize = 20;

/// Functions that tell kinds apart.
const KIND_TESTS: [&str; 16] = [
    "arrays",
    "booleans",
    "has",
    "isarray",
    "isboolean",
    "isnumber",
    "isobject",
    "isstring",
    "iterables",
    "nulls",
    "numbers",
    "objects",
    "scalars",
    "strings",
    "type",
    "values",
];

/// Whether a part asks what kind a value has.
pub(super) fn tests_kinds(node: &Node) -> bool {
    let mut found = false;
    node.each(&mut |node| found |= matches!(&node.term, Term::Call(name, _) if KIND_TESTS.contains(&name.as_str())));
    found
}

impl<'t> Infer<'t> {
    /// Runs `inside` without taking note of what is found there.
    pub(super) fn muted<T>(&mut self, mute: bool, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.muted += u32::from(mute);
        let result = inside(self);
        self.muted -= u32::from(mute);
        result
    }

    /// Runs `inside`, which only runs for values that `test` lets through.
    pub(super) fn guarded<T>(&mut self, test: &Node, inside: impl FnOnce(&mut Self) -> T) -> T {
        let guards = u32::from(self.tests_kinds && tests_kinds(test));
        self.guarded += guards;
        let result = inside(self);
        self.guarded -= guards;
        result
    }

    /// Forgets what was found in a part whose errors are dropped where what it is combined with gives nothing.
    pub(super) fn forget(&mut self, from: usize, to: usize, other: &Flow) {
        if other.outputs.least == 0 && to <= self.findings.len() {
            self.findings.drain(from..to);
        }
    }

    pub(super) fn listens(&self) -> bool {
        self.muted == 0 && self.repeating == 0 && self.findings.len() < MOST
    }

    fn push(&mut self, finding: Finding) {
        if self.listens() && !(self.guarded > 0 && finding.rests_on_samples()) {
            self.findings.push(finding);
        }
    }

    /// A step of a path into a value that has no such part.
    pub(super) fn no_step(&mut self, code: Code, span: Span, part: Option<Span>, what: &str, from: &Shape) {
        let finding = Finding::new(code, span, part, format!("{what} {}", described(from)));
        let mut finding = finding.because(&[from]);
        finding.label = FAILS.to_owned();
        if code == Code::JqIterateKind && from.all(|kind| matches!(kind, ShapeKind::Null)) {
            finding = finding.help("`.[]?` gives nothing for `null`");
        }
        self.push(finding);
    }

    /// A key that an object does not have; true if there is something to say.
    pub(super) fn unknown_field(&mut self, name: &Name, part: Option<Span>, from: &Shape) -> bool {
        if self.lenient > 0 || !self.listens() {
            return false;
        }
        let Some(objects) = without_field(from, &name.text) else { return false };
        let Some(span) = name.span else { return false };
        let sampled = objects.iter().any(|object| matches!(object.rest, Rest::Sampled));
        let names = || objects.iter().flat_map(|object| object.fields.iter().map(|field| &*field.name));
        let close = closest(&name.text, names());
        let message = match close {
            Some(close) => format!("unknown field `{}`; {} `{close}`", name.text, whose(sampled)),
            None => format!("unknown field `{}`", name.text),
        };
        let mut finding = Finding::new(Code::JqUnknownField, span, part, message).because(&[from]);
        finding.label = "is always `null`".to_owned();
        if sampled {
            finding.label = "is in no sample".to_owned();
        }
        if let Some(close) = close.filter(|close| is_plain(close)) {
            finding.suggestion = Some((format!("did you mean `{close}`?"), edit(span, close)));
        } else if let Some(known) = listed(names()) {
            finding = finding.note(format!("{} {known}", whose(sampled)));
        }
        if sampled {
            finding =
                finding.help(format!("if there can be a `{0}`, add a sample that has it, or write `.{0}?`", name.text));
        }
        self.push(finding);
        true
    }

    /// Arithmetic with values that it is not made for.
    pub(super) fn no_math(&mut self, span: Span, part: Option<Span>, sign: &str, left: &Shape, right: &Shape) {
        let message = format!("`{sign}` cannot take {} and {}", described(left), described(right));
        let mut finding = Finding::new(Code::JqArithmeticKind, span, part, message).because(&[left, right]);
        finding.label = FAILS.to_owned();
        let is = |shape: &Shape, wanted: fn(&ShapeKind) -> bool| shape.all(wanted);
        let (string, number) = (
            |kind: &ShapeKind| matches!(kind, ShapeKind::String(_)),
            |kind: &ShapeKind| matches!(kind, ShapeKind::Number(_)),
        );
        if sign == "+" && (is(left, string) && is(right, number) || is(left, number) && is(right, string)) {
            finding = finding.help("`tostring` makes a string of a number, `tonumber` a number of a string");
        }
        self.push(finding);
    }

    /// A function of values that it is not made for.
    pub(super) fn no_function(&mut self, span: Span, part: Option<Span>, name: &str, what: &str, found: &Shape) {
        let message = format!("`{name}` {what}, not {}", described(found));
        let mut finding = Finding::new(Code::JqFunctionKind, span, part, message).because(&[found]);
        finding.label = FAILS.to_owned();
        self.push(finding);
    }

    /// A comparison of values of which one can never be the other.
    pub(super) fn comparison(
        &mut self,
        part: Option<Span>,
        left: (&Node, &Shape),
        comparison: Comparison,
        right: (&Node, &Shape),
    ) {
        let Some(span) = part else { return };
        if !self.listens() || !apart(left.1, right.1) || is_null(left.1) || is_null(right.1) {
            return;
        }
        let null = |shape: &Shape| shape.alternatives().iter().any(|shape| shape.kind == ShapeKind::Null);
        let (message, label) = match comparison {
            Comparison::Equal => ("a comparison that is always false", "is always false"),
            Comparison::Unequal => ("a comparison that is always true", "is always true"),
            Comparison::Order if null(left.1) || null(right.1) => return,
            Comparison::Order => ("a comparison of values of different kinds", "does not depend on the values"),
        };
        let mut finding =
            Finding::new(Code::JqConstantComparison, span, part, message.to_owned()).because(&[left.1, right.1]);
        finding.label = label.to_owned();
        finding = finding.note(format!("{} is never equal to {}", described(left.1), described(right.1)));
        finding.suggestion = of_kind(left, right).or_else(|| of_kind(right, left));
        self.push(finding);
    }

    /// A condition that is always the same.
    pub(super) fn condition(&mut self, what: &str, condition: &Node, flow: &Flow, found: usize) {
        // What is set to something is there, whatever a sample shows.
        let is_set = matches!(&condition.term, Term::Update(path, Change::Set, _) if is_below_input(path));
        let truth = flow.shape.truth().or(is_set.then_some(true));
        let (Some(truth), Some(span)) = (truth, condition.span) else { return };
        // What made it constant was said already.
        if self.findings.len() > found || flow.outputs.most == Some(0) {
            return;
        }
        let message = format!("the condition of `{what}` is always {truth}");
        let mut finding = Finding::new(Code::JqConstantCondition, span, Some(span), message).because(&[&flow.shape]);
        finding.label = format!("is always {truth}");
        if is_set {
            finding = finding.note("`=` sets a value and gives the whole; `==` compares").help("write `==`");
        } else if !flow.shape.all(|kind| matches!(kind, ShapeKind::Bool(_) | ShapeKind::Null)) {
            finding = finding
                .note(format!(
                    "{} counts as true, also if it is 0 or empty: only `false` and `null` are false",
                    described(&flow.shape)
                ))
                .help("compare it: `. != 0`, `. != \\\"\\\"`, `length > 0`");
        }
        self.push(finding);
    }

    /// What runs on the left of an operator whose errors the right can drop.
    pub(super) fn operands(&mut self, left: &'t Node, right: &'t Node, input: &Shape, scope: Scope) -> (Flow, Flow) {
        let from = self.findings.len();
        let left = self.node(left, input, scope);
        let to = self.findings.len();
        let right = self.node(right, input, scope);
        self.forget(from, to, &right);
        (left, right)
    }
}

/// Whether it is a path of one key or more, from the input.
fn is_below_input(path: &Node) -> bool {
    let is_key = |step: &Step| !step.optional && matches!(step.part, Part::Key(_));
    matches!(&path.term, Term::Path(head, steps)
        if matches!(head.term, Term::Input) && !steps.is_empty() && steps.iter().all(is_key))
}

fn whose(sampled: bool) -> &'static str {
    if sampled { "the sample has" } else { "the object has" }
}

/// The objects that a value is, if none of them has a field, and it is nothing that may have it.
fn without_field<'a>(from: &'a Shape, name: &str) -> Option<Vec<&'a Object>> {
    let mut objects = Vec::new();
    for shape in from.alternatives() {
        match &shape.kind {
            ShapeKind::Object(object) if matches!(object.rest, Rest::Closed | Rest::Sampled) => {
                if object.field(name).is_some() {
                    return None;
                }
                objects.push(&**object);
            }
            ShapeKind::Object(_) | ShapeKind::Unknown => return None,
            _ => {}
        }
    }
    (!objects.is_empty()).then_some(objects)
}

/// A few names, for a message.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    const SHOWN: usize = 8;
    let mut all: Vec<&str> = Vec::new();
    names.for_each(|name| {
        if !all.contains(&name) && all.len() <= SHOWN {
            all.push(name);
        }
    });
    let more = if all.len() > SHOWN { ", …" } else { "" };
    let shown: Vec<String> = all.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    (!shown.is_empty()).then(|| shown.join(", ") + more)
}

/// Whether a key can stand behind a dot.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn edit(span: Span, text: &str) -> Edit {
    Edit { span, replacement: escape(text) }
}

/// `a number or a string`
pub(super) fn described(shape: &Shape) -> String {
    let mut names: Vec<&str> = Vec::new();
    for shape in shape.alternatives() {
        if !names.contains(&shape.kind.name()) {
            names.push(shape.kind.name());
        }
    }
    match names.as_slice() {
        [] => "no value".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Whether no value of the one can be of a kind with a value of the other.
pub(super) fn apart(left: &Shape, right: &Shape) -> bool {
    let known = |shape: &Shape| !shape.is_unknown() && !shape.is_never();
    let class = |shape: &Shape| std::mem::discriminant(&shape.kind);
    let (left_kinds, right_kinds) = (left.alternatives(), right.alternatives());
    known(left)
        && known(right)
        && !left_kinds.iter().any(|left| right_kinds.iter().any(|right| class(left) == class(right)))
}

fn is_null(shape: &Shape) -> bool {
    shape.all(|kind| matches!(kind, ShapeKind::Null))
}

/// Writes a constant as the kind that it is compared with.
fn of_kind(constant: (&Node, &Shape), other: (&Node, &Shape)) -> Option<(String, Edit)> {
    let span = constant.0.span?;
    let text = match &constant.0.term {
        Term::Text(None, pieces) => match pieces.as_slice() {
            [Piece::Text(text)] => text,
            _ => return None,
        },
        Term::Number(digits) if other.1.all(|kind| matches!(kind, ShapeKind::String(_))) => {
            return Some((format!("write `\"{digits}\"`"), edit(span, &format!("\"{digits}\""))));
        }
        _ => return None,
    };
    let is_number = text.parse::<i64>().is_ok() && Number::constant(text).is_integer() == Some(true);
    let fits = match () {
        () if is_number => other.1.all(|kind| matches!(kind, ShapeKind::Number(_))),
        () if text == "true" || text == "false" => other.1.all(|kind| matches!(kind, ShapeKind::Bool(_))),
        () => false,
    };
    fits.then(|| (format!("write `{text}`"), edit(span, text)))
}
