//! Whether a value is one of those that a shape stands for.

use intake_compiler::shape::{Number, Object, Rest, Shape, ShapeKind, Text};
use jaq_json::{Num, Val};

/// Whether a value is what a shape says.
pub(crate) fn fits(value: &Val, shape: &Shape) -> bool {
    match (&shape.kind, value) {
        (ShapeKind::Unknown, _) | (ShapeKind::Null, Val::Null) => true,
        (ShapeKind::Bool(known), Val::Bool(value)) => known.is_none_or(|known| known == *value),
        (ShapeKind::Number(known), Val::Num(number)) => is_number(number, known),
        (ShapeKind::String(Text::Any), Val::TStr(_) | Val::BStr(_)) | (ShapeKind::String(Text::Utf8), Val::TStr(_)) => {
            true
        }
        (ShapeKind::String(Text::Constant(text)), Val::TStr(bytes)) => bytes[..] == *text.as_bytes(),
        (ShapeKind::Array(known), Val::Arr(elements)) => elements.iter().all(|element| fits(element, &known.elements)),
        (ShapeKind::Object(known), Val::Obj(object)) => is_object(object, known),
        (ShapeKind::OneOf(shapes), _) => shapes.iter().any(|shape| fits(value, shape)),
        _ => false,
    }
}

fn is_number(number: &Num, known: &Number) -> bool {
    let is_integer = matches!(number, Num::Int(_) | Num::BigInt(_));
    match known {
        Number::Constant(text) => Val::Num(number.clone()) == jaq_json::read::parse_single(text.as_bytes()).unwrap(),
        _ => known.is_integer().is_none_or(|integer| integer == is_integer),
    }
}

fn is_object(object: &jaq_json::Map, known: &Object) -> bool {
    let key = |name: &str| Val::from(name.to_owned());
    let field = |field: &intake_compiler::shape::Field| match object.get(&key(&field.name)) {
        Some(value) => fits(value, &field.shape),
        None => field.optional,
    };
    let rest = |(name, value): (&Val, &Val)| match &known.rest {
        _ if known.fields.iter().any(|field| key(&field.name) == *name) => true,
        Rest::Closed => false,
        Rest::Sampled => true,
        Rest::Open(shape) => fits(value, shape),
    };
    known.fields.iter().all(field) && object.iter().all(rest)
}
