//! What commands give.

use super::response::Recorded;
use super::ways::{self, Found, Ways};
use crate::check::visit::EventKind;
use crate::jq::{Inferred, Program};
use crate::shape::{Field, Number, Rest, Shape, ShapeKind};
use crate::source::{Span, Spanned};
use crate::template::Step;

/// What an event gets.
pub(super) fn input(kind: EventKind, span: Span, recorded: &Recorded<'_>) -> Ways {
    match kind {
        EventKind::ResourceId | EventKind::AccountId => Ways::of([recorded.payload(span)]),
        EventKind::Verification => {
            let text = || Shape::new(span, ShapeKind::text());
            let keys = [
                ("query_params", Shape::new(span, ShapeKind::any_object(span))),
                ("headers", Shape::object(span, Vec::new(), Rest::Open(text()))),
                ("body", Shape::unknown(span)),
                ("method", text()),
            ];
            let fields = keys.map(|(name, shape)| Field { name: name.into(), span, shape, optional: false });
            Ways::of([Shape::object(span, fields.into(), Rest::Closed)])
        }
        _ => Ways::one(span, ShapeKind::Null),
    }
}

/// What a program gives: no output is `null`.
pub(super) fn outcomes(program: &Program, inferred: &[Inferred]) -> Ways {
    Ways::of(inferred.iter().flat_map(|inferred| {
        let null = if inferred.outputs.least > 0 {
            None
        } else if calls(&program.code, "error") || inferred.shape.is_never() {
            // That it fails may be meant.
            Some(Shape::unknown(program.span))
        } else {
            Some(Shape::new(program.span, ShapeKind::Null))
        };
        std::iter::once(inferred.shape.clone()).chain(null)
    }))
}

/// The indices that a `!switch` of so many cases can come to, if all are known and in range.
pub(crate) fn indices(ways: &Ways, cases: usize) -> Option<Vec<usize>> {
    let index = |shape: &Shape| constant(shape)?.parse().ok().filter(|index| *index < cases);
    let indices: Vec<usize> = ways.iter().map(index).collect::<Option<_>>()?;
    (!indices.is_empty()).then_some(indices)
}

/// The number that a shape certainly is, as it is written.
pub(crate) fn constant(shape: &Shape) -> Option<&str> {
    match &shape.kind {
        ShapeKind::Number(Number::Constant(text)) if ways::is_certain(shape) => Some(text),
        _ => None,
    }
}

/// What `!extract` gives. Where it certainly fails, which is reported, nothing more is said.
pub(super) fn extracted(input: &Shape, item_keys: &[Spanned<String>], to_json: bool, span: Span) -> Shape {
    if ways::is_no_object(input) {
        return Shape::unknown(span);
    }
    let fields = item_keys.iter().filter_map(|key| {
        let steps = [Step::Key(key.value.clone())];
        let found = ways::at(input, &steps);
        let (shape, optional) = match found.as_slice() {
            [Found::Absent] => return None,
            [Found::Value(shape)] => (Shape::clone(shape).at(key.span), false),
            [Found::Maybe(shape)] => (Shape::clone(shape).at(key.span), true),
            all => (Shape::unknown(key.span), all.iter().any(|found| !matches!(found, Found::Value(_)))),
        };
        let shape = if to_json { Shape::unknown(key.span) } else { shape };
        Some(Field { name: key.value.as_str().into(), span: key.span, shape, optional })
    });
    Shape::object(span, fields.collect(), Rest::Closed)
}

/// What `!sha` gives.
pub(super) fn hashed(input: &Shape, span: Span) -> Shape {
    let value =
        ways::field(input, "value_to_encrypt").map_or_else(|| Shape::unknown(span), |field| field.shape.clone());
    let keys = [("value_to_encrypt", value.at(span)), ("hash", Shape::new(span, ShapeKind::text()))];
    let fields = keys.map(|(name, shape)| Field { name: name.into(), span, shape, optional: false });
    Shape::object(span, fields.into(), Rest::Closed)
}

/// Whether a program may call a function without arguments: its name stands in it, and is not that of a field.
pub(crate) fn calls(code: &str, name: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        !before.is_some_and(|c| in_name(c) || matches!(c, '.' | '$' | '@')) && !after.is_some_and(in_name)
    })
}
