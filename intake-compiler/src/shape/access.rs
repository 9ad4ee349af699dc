//! What is in a value, and what becomes of it when that changes.

use super::{Field, Object, Rest, Shape, ShapeKind, Text};
use crate::source::Span;

impl Shape {
    /// Applies `f` to each alternative.
    #[must_use]
    pub(crate) fn each(&self, f: &impl Fn(&Self) -> Self) -> Self {
        match &self.kind {
            ShapeKind::OneOf(shapes) => shapes.iter().map(f).reduce(Self::or).unwrap_or_else(|| Self::never(self.span)),
            ShapeKind::Never => self.clone(),
            _ => f(self),
        }
    }

    /// Whether jq takes it for true, if that is known. What a sample shows is no proof: elsewhere it may be null.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        let of = |shape: &Self| match &shape.kind {
            _ if shape.sample.is_some() => None,
            ShapeKind::Null => Some(false),
            ShapeKind::Bool(value) => *value,
            ShapeKind::Never | ShapeKind::Unknown | ShapeKind::OneOf(_) => None,
            _ => Some(true),
        };
        let alternatives = self.alternatives();
        let first = of(alternatives.first()?)?;
        alternatives.iter().all(|shape| of(shape) == Some(first)).then_some(first)
    }

    /// What remains of it where it is neither `null` nor `false`.
    #[must_use]
    pub fn truthy(&self) -> Self {
        self.each(&|shape| match shape.kind {
            ShapeKind::Null | ShapeKind::Bool(Some(false)) => Self::never(shape.span),
            ShapeKind::Bool(None) => Self { kind: ShapeKind::Bool(Some(true)), ..shape.clone() },
            _ => shape.clone(),
        })
    }

    /// What remains of it where it is of these kinds.
    #[must_use]
    pub(crate) fn only(&self, keep: impl Fn(&ShapeKind) -> bool, unknown: ShapeKind) -> Self {
        self.each(&|shape| match &shape.kind {
            ShapeKind::Unknown => Self::new(shape.span, unknown.clone()),
            kind if keep(kind) => shape.clone(),
            _ => Self::never(shape.span),
        })
    }

    /// Whether every alternative is of these kinds, and there is one.
    #[must_use]
    pub fn all(&self, is: impl Fn(&ShapeKind) -> bool) -> bool {
        let alternatives = self.alternatives();
        !alternatives.is_empty() && alternatives.iter().all(|shape| is(&shape.kind))
    }

    /// The value at a constant key; no value where that is an error.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.each(&|shape| match &shape.kind {
            ShapeKind::Unknown => Self::unknown(shape.span),
            ShapeKind::Null => Self::new(shape.span, ShapeKind::Null),
            ShapeKind::Object(object) => object.key(name, shape.span),
            _ => Self::never(shape.span),
        })
    }

    /// The value at an index that is no constant string; no value where that is an error.
    #[must_use]
    pub fn index(&self, index: &Self, span: Span) -> Self {
        self.each(&|shape| {
            index.each(&|index| match (&shape.kind, &index.kind) {
                (ShapeKind::Unknown, _) | (_, ShapeKind::Unknown) if !shape.is_scalar() => match &shape.kind {
                    ShapeKind::Null => Self::new(shape.span, ShapeKind::Null),
                    ShapeKind::Object(object) => object.any(span).or(Self::new(span, ShapeKind::Null)),
                    _ => Self::unknown(span),
                },
                (ShapeKind::Null, _) => Self::new(shape.span, ShapeKind::Null),
                (ShapeKind::Array(array), ShapeKind::Number(number)) if number.is_integer() != Some(false) => {
                    array.elements.clone().or(Self::new(span, ShapeKind::Null))
                }
                // Where the one array is in the other.
                (ShapeKind::Array(_), ShapeKind::Array(_)) => Self::unknown(span),
                (ShapeKind::Object(object), ShapeKind::String(_)) => {
                    object.any(span).or(Self::new(span, ShapeKind::Null))
                }
                (ShapeKind::Object(_), _) => Self::unknown(span),
                // A slice.
                (ShapeKind::Array(_) | ShapeKind::String(_), ShapeKind::Object(_)) => shape.slice(),
                // Byte strings have indices.
                (ShapeKind::String(Text::Any), ShapeKind::Number(_) | ShapeKind::Unknown) => Self::unknown(span),
                (ShapeKind::String(_), ShapeKind::Unknown) => shape.slice(),
                _ => Self::never(span),
            })
        })
    }

    fn is_scalar(&self) -> bool {
        matches!(self.kind, ShapeKind::Bool(_) | ShapeKind::Number(_) | ShapeKind::String(_))
    }

    /// What `.[]` gives, each; no value where that is an error.
    #[must_use]
    pub fn elements(&self) -> Self {
        self.each(&|shape| match &shape.kind {
            ShapeKind::Unknown => Self::unknown(shape.span),
            ShapeKind::Array(array) => array.elements.clone(),
            ShapeKind::Object(object) => object.any(shape.span),
            _ => Self::never(shape.span),
        })
    }

    /// What `.[a:b]` gives; no value where that is an error.
    #[must_use]
    pub fn slice(&self) -> Self {
        self.each(&|shape| match &shape.kind {
            ShapeKind::Unknown | ShapeKind::Array(_) => shape.clone(),
            ShapeKind::String(text) => Self { kind: ShapeKind::String(text.widened()), ..shape.clone() },
            _ => Self::never(shape.span),
        })
    }

    /// The same container, of whose content nothing is known any more.
    #[must_use]
    pub(crate) fn emptied(&self) -> Self {
        self.each(&|shape| match shape.kind {
            ShapeKind::Object(_) => Self::new(shape.span, ShapeKind::any_object(shape.span)),
            ShapeKind::Array(_) => Self::new(shape.span, ShapeKind::any_array(shape.span)),
            _ => Self::unknown(shape.span),
        })
    }

    /// With one key set to a value: only objects have string keys, all else is an error.
    #[must_use]
    pub(crate) fn with_key(&self, name: &str, key: Span, value: &Self) -> Self {
        let field = Field { name: name.into(), span: key, shape: value.clone(), optional: false };
        self.each(&|shape| {
            let (mut fields, rest) = match &shape.kind {
                ShapeKind::Object(object) => (object.fields.clone(), object.rest.clone()),
                ShapeKind::Unknown => (Vec::new(), Rest::Open(Self::unknown(shape.span))),
                _ => return Self::never(shape.span),
            };
            insert(&mut fields, field.clone());
            Self { kind: ShapeKind::object(fields, rest), ..shape.clone() }
        })
    }
}

impl Object {
    /// The value at a key.
    #[must_use]
    pub fn key(&self, name: &str, span: Span) -> Shape {
        let null = || Shape::new(span, ShapeKind::Null);
        match (self.field(name), &self.rest) {
            (Some(field), _) if field.optional => field.shape.clone().or(null()),
            (Some(field), _) => field.shape.clone(),
            (None, Rest::Closed) => null(),
            (None, Rest::Sampled) => Shape::unknown(span),
            (None, Rest::Open(shape)) => shape.clone().or(null()),
        }
    }

    /// The value at some key.
    #[must_use]
    pub fn any(&self, span: Span) -> Shape {
        let rest = match &self.rest {
            Rest::Closed => Shape::never(span),
            Rest::Sampled => Shape::unknown(span),
            Rest::Open(shape) => shape.clone(),
        };
        if rest.is_unknown() {
            return rest;
        }
        self.fields.iter().map(|field| field.shape.clone()).fold(rest, Shape::or)
    }
}

/// Sets a key; one that is there keeps its place, as in jq.
pub(crate) fn insert(fields: &mut Vec<Field>, field: Field) {
    match fields.iter_mut().find(|known| known.name == field.name) {
        Some(known) => *known = field,
        None => fields.push(field),
    }
}

impl Shape {
    /// Without a key: what is no object cannot have one taken away.
    #[must_use]
    pub(crate) fn without_key(&self, name: &str) -> Self {
        self.each(&|shape| match &shape.kind {
            ShapeKind::Object(object) => {
                let fields = object.fields.iter().filter(|field| &*field.name != name).cloned().collect();
                // What may be among the rest is no longer there, which an open object cannot say.
                Self { kind: ShapeKind::object(fields, object.rest.clone()), ..shape.clone() }
            }
            ShapeKind::Unknown => Self::new(shape.span, ShapeKind::any_object(shape.span)),
            _ => Self::never(shape.span),
        })
    }
}
