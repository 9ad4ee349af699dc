//! Arithmetic of shapes. What is always an error has no value.

use super::access::insert;
use super::{Field, Number, Object, Rest, Shape, ShapeKind, Text};
use crate::source::Span;
use jaq_core::ops::Math;

impl Shape {
    /// `left op right`.
    #[must_use]
    pub(crate) fn math(&self, operator: Math, other: &Self, span: Span) -> Self {
        let combine = |left: &Self, right: &Self| match operator {
            Math::Add => add(left, right, span),
            Math::Sub => Self::new(span, subtract(&left.kind, &right.kind, span)),
            Math::Mul => multiply(left, right, span),
            Math::Div => Self::new(span, divide(&left.kind, &right.kind, span)),
            Math::Rem => Self::new(span, remainder(&left.kind, &right.kind)),
        };
        self.each(&|left| other.each(&|right| rest_on(left, right, &combine)))
    }

    /// What a function gives for each alternative; it rests on a sample if it would be another without it.
    #[must_use]
    pub(crate) fn derive(&self, f: &impl Fn(&Self) -> Self) -> Self {
        self.each(&|shape| {
            let made = f(shape);
            match shape.sample {
                Some(place) if !f(&Self::unknown(shape.span)).says_same(&made) => made.sampled(place),
                _ => made,
            }
        })
    }

    /// `-f`
    #[must_use]
    pub(crate) fn negated(&self, span: Span) -> Self {
        self.each(&|shape| {
            let kind = match &shape.kind {
                ShapeKind::Unknown => ShapeKind::number(),
                ShapeKind::Number(Number::Constant(text))
                    if text.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9']) =>
                {
                    let negated = text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned);
                    ShapeKind::Number(Number::constant(&negated))
                }
                ShapeKind::Number(number) => ShapeKind::Number(number.widened()),
                _ => ShapeKind::Never,
            };
            Self { kind, span, ..shape.clone() }
        })
    }
}

/// What two values give: it rests on samples if it would be another without them.
fn rest_on(left: &Shape, right: &Shape, combine: &impl Fn(&Shape, &Shape) -> Shape) -> Shape {
    let shape = combine(left, right);
    let Some(place) = left.sample.or(right.sample) else { return shape };
    let certain = |shape: &Shape| if shape.sample.is_some() { Shape::unknown(shape.span) } else { shape.clone() };
    if combine(&certain(left), &certain(right)).says_same(&shape) { shape } else { shape.sampled(place) }
}

fn add(left: &Shape, right: &Shape, span: Span) -> Shape {
    use ShapeKind::{Array, Null, Number, Object, String, Unknown};
    let kind = match (&left.kind, &right.kind) {
        // null is neutral.
        (Null, _) => return right.clone(),
        (_, Null) => return left.clone(),
        (Unknown, Unknown | ShapeKind::Bool(_)) | (ShapeKind::Bool(_), Unknown) => Unknown,
        (Object(left), Object(right)) => overlaid(left, right),
        (Object(object), Unknown) => {
            let fields = object.fields.iter().map(|field| unknown(field, span)).collect();
            ShapeKind::object(fields, Rest::Open(Shape::unknown(span)))
        }
        (Unknown, Object(object)) => ShapeKind::object(object.fields.clone(), Rest::Open(Shape::unknown(span))),
        (Number(left), Number(right)) => Number(arithmetic(left, right)),
        (String(left), String(right)) => String(concatenated(left, right)),
        (Array(left), Array(right)) => ShapeKind::array(left.elements.clone().or(right.elements.clone())),
        // The other operand can only be of the same kind, or null.
        (Number(_), Unknown) | (Unknown, Number(_)) => ShapeKind::number(),
        (String(text), Unknown) | (Unknown, String(text)) => String(text.widened()),
        (Array(_), Unknown) | (Unknown, Array(_)) => ShapeKind::any_array(span),
        _ => ShapeKind::Never,
    };
    Shape::new(span, kind)
}

fn concatenated(left: &Text, right: &Text) -> Text {
    match (left, right) {
        (Text::Constant(left), Text::Constant(right)) if left.len() + right.len() < 256 => {
            Text::Constant(format!("{left}{right}").into())
        }
        // Text and bytes do not mix.
        (Text::Any, Text::Any) => Text::Any,
        _ => Text::Utf8,
    }
}

/// The keys of both, those of the right before those of the left.
fn overlaid(left: &Object, right: &Object) -> ShapeKind {
    let over = |field: &Field| match &right.rest {
        Rest::Closed => field.clone(),
        Rest::Sampled => unknown(field, field.shape.span),
        Rest::Open(shape) => Field { shape: field.shape.clone().or(shape.clone()), ..field.clone() },
    };
    let mut fields: Vec<Field> = left.fields.iter().map(over).collect();
    for field in &right.fields {
        let below = left.key_if_any(&field.name);
        let field = match below {
            _ if !field.optional => field.clone(),
            Some((shape, optional)) => Field { shape: field.shape.clone().or(shape), optional, ..field.clone() },
            None => field.clone(),
        };
        insert(&mut fields, field);
    }
    ShapeKind::object(fields, either(&left.rest, &right.rest))
}

impl Object {
    /// What is at a key where there is something, and whether there may be nothing; `None` if there never is.
    fn key_if_any(&self, name: &str) -> Option<(Shape, bool)> {
        match (self.field(name), &self.rest) {
            (Some(field), _) => Some((field.shape.clone(), field.optional)),
            (None, Rest::Closed) => None,
            (None, Rest::Sampled) => Some((Shape::unknown(Span::default()), true)),
            (None, Rest::Open(shape)) => Some((shape.clone(), true)),
        }
    }
}

fn either(left: &Rest, right: &Rest) -> Rest {
    match (left, right) {
        (Rest::Closed, rest) | (rest, Rest::Closed) => rest.clone(),
        (Rest::Sampled, Rest::Sampled) => Rest::Sampled,
        (Rest::Open(shape), Rest::Sampled) | (Rest::Sampled, Rest::Open(shape)) => {
            Rest::Open(Shape::unknown(shape.span))
        }
        (Rest::Open(left), Rest::Open(right)) => Rest::Open(left.clone().or(right.clone())),
    }
}

fn unknown(field: &Field, span: Span) -> Field {
    Field { shape: Shape::unknown(span), ..field.clone() }
}

/// Sums, differences and remainders: those of integers are integers, and a float makes all float.
fn arithmetic(left: &Number, right: &Number) -> Number {
    match (left.is_integer(), right.is_integer()) {
        (Some(true), Some(true)) if left.is_small() && right.is_small() => Number::Integer,
        (Some(false), _) | (_, Some(false)) => Number::Float,
        _ => Number::Any,
    }
}

/// Products: that of integers is one, of any size. What a loop doubles is soon too large for an `i64`.
fn product(left: &Number, right: &Number) -> Number {
    match arithmetic(left, right) {
        Number::Integer => Number::Any,
        other => other,
    }
}

fn subtract(left: &ShapeKind, right: &ShapeKind, span: Span) -> ShapeKind {
    use ShapeKind::{Array, Number, Unknown};
    match (left, right) {
        (Number(left), Number(right)) => Number(arithmetic(left, right)),
        (Number(_), Unknown) | (Unknown, Number(_)) => ShapeKind::number(),
        (Array(_), Array(_) | Unknown) => left.clone(),
        (Unknown, Array(_)) => ShapeKind::any_array(span),
        (Unknown, Unknown) => Unknown,
        _ => ShapeKind::Never,
    }
}

fn divide(left: &ShapeKind, right: &ShapeKind, span: Span) -> ShapeKind {
    use ShapeKind::{Number, String, Unknown};
    match (left, right) {
        (Number(_), Number(_) | Unknown) | (Unknown, Number(_)) => Number(super::Number::Float),
        (String(left), String(right)) => parts(left, right, span),
        (String(text), Unknown) | (Unknown, String(text)) => parts(text, text, span),
        (Unknown, Unknown) => Unknown,
        _ => ShapeKind::Never,
    }
}

/// The parts of a divided string.
fn parts(left: &Text, right: &Text, span: Span) -> ShapeKind {
    let text = if matches!((left, right), (Text::Any, Text::Any)) { Text::Any } else { Text::Utf8 };
    ShapeKind::array(Shape::new(span, ShapeKind::String(text)))
}

fn remainder(left: &ShapeKind, right: &ShapeKind) -> ShapeKind {
    use ShapeKind::{Number, Unknown};
    match (left, right) {
        (Number(left), Number(right)) => Number(arithmetic(left, right)),
        (Number(_) | Unknown, Number(_) | Unknown) => ShapeKind::number(),
        _ => ShapeKind::Never,
    }
}

fn multiply(left: &Shape, right: &Shape, span: Span) -> Shape {
    use ShapeKind::{Number, Object, String, Unknown};
    let kind = match (&left.kind, &right.kind) {
        (Number(left), Number(right)) => Number(product(left, right)),
        // Repeated; not at all gives null.
        (Number(number), String(text)) | (String(text), Number(number)) if number.is_integer() != Some(false) => {
            let repeated = Shape::new(span, String(text.widened()));
            return repeated.or(Shape::new(span, ShapeKind::Null));
        }
        (Object(left), Object(right)) => multiplied(left, right, span),
        (Object(object), Unknown) | (Unknown, Object(object)) => {
            let fields = object.fields.iter().map(|field| unknown(field, span)).collect();
            ShapeKind::object(fields, Rest::Open(Shape::unknown(span)))
        }
        (Unknown, Unknown | Number(_) | String(_)) | (Number(_) | String(_), Unknown) => Unknown,
        _ => ShapeKind::Never,
    };
    Shape::new(span, kind)
}

/// The keys of both; objects under the same key are merged as well, of which nothing is known here.
fn multiplied(left: &Object, right: &Object, span: Span) -> ShapeKind {
    let closed = matches!(right.rest, Rest::Closed);
    let mut fields: Vec<Field> =
        left.fields.iter().map(|field| if closed { field.clone() } else { unknown(field, span) }).collect();
    for field in &right.fields {
        let field = match left.key_if_any(&field.name) {
            None => field.clone(),
            Some((_, optional)) => Field { optional: field.optional && optional, ..unknown(field, span) },
        };
        insert(&mut fields, field);
    }
    let rest = match (&left.rest, &right.rest) {
        (Rest::Closed, Rest::Closed) => Rest::Closed,
        (Rest::Closed, rest) | (rest, Rest::Closed) => rest.clone(),
        _ => Rest::Open(Shape::unknown(span)),
    };
    ShapeKind::object(fields, rest)
}
