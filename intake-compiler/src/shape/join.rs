//! One or the other.

use super::{Array, Field, Number, Object, Rest, Shape, ShapeKind, Text};
use std::collections::HashMap;
use std::sync::Arc;

/// More alternatives than this are not told apart: those of one kind become one.
const MOST_ALTERNATIVES: usize = 8;

/// What an object without a field says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    /// That it may be anything, unless the object is closed: what is joined are values.
    IsUnknown,
    /// That it may be missing: what is joined are samples of one thing.
    IsEvidence,
}

impl Shape {
    /// One or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let span = self.span.to(other.span);
        match (&self.kind, &other.kind) {
            (ShapeKind::Never, _) => return other,
            (_, ShapeKind::Never) => return self,
            (ShapeKind::Unknown, _) | (_, ShapeKind::Unknown) => return Self::unknown(span),
            _ => {}
        }
        let mut all: Vec<Self> = Vec::new();
        for shape in self.into_alternatives().into_iter().chain(other.into_alternatives()) {
            match all.iter_mut().find(|known| known.says_same(&shape)) {
                Some(known) => known.sample = known.sample.or(shape.sample),
                None => all.push(shape),
            }
        }
        if all.len() > MOST_ALTERNATIVES {
            all = compacted(all, Absence::IsUnknown);
        }
        one_of(span, all)
    }

    /// What two samples of one thing say of it: a field that one of them lacks is optional.
    #[must_use]
    pub fn and_sample(self, other: Self) -> Self {
        self.joined(other, Absence::IsEvidence)
    }

    fn joined(self, other: Self, absence: Absence) -> Self {
        if absence == Absence::IsUnknown {
            return self.or(other);
        }
        let span = self.span.to(other.span);
        if self.is_unknown() {
            return other;
        }
        if other.is_unknown() {
            return self;
        }
        let mut all = self.into_alternatives();
        all.extend(other.into_alternatives());
        one_of(span, compacted(all, absence))
    }

    fn into_alternatives(self) -> Vec<Self> {
        match self.kind {
            ShapeKind::Never => Vec::new(),
            ShapeKind::OneOf(shapes) => shapes,
            _ => vec![self],
        }
    }

    /// Whether both are the same set of values, wherever they are made.
    #[must_use]
    pub fn says_same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (ShapeKind::Array(one), ShapeKind::Array(two)) => {
                Arc::ptr_eq(one, two) || one.nodes == two.nodes && one.elements.says_same(&two.elements)
            }
            (ShapeKind::Object(one), ShapeKind::Object(two)) => Arc::ptr_eq(one, two) || one.says_same(two),
            (ShapeKind::OneOf(one), ShapeKind::OneOf(two)) => {
                one.len() == two.len() && one.iter().all(|shape| two.iter().any(|other| shape.says_same(other)))
            }
            (one, two) => one == two,
        }
    }

    /// The same without what is constant in it, at most one alternative of each kind: what a loop comes to rest at.
    #[must_use]
    pub fn widened(self) -> Self {
        let span = self.span;
        let all = self.into_alternatives().into_iter().map(|shape| {
            let kind = match &shape.kind {
                ShapeKind::Bool(_) => ShapeKind::Bool(None),
                ShapeKind::Number(number) => ShapeKind::Number(number.widened()),
                ShapeKind::String(text) => ShapeKind::String(text.widened()),
                ShapeKind::Array(array) => ShapeKind::array(array.elements.clone().widened()),
                ShapeKind::Object(object) => {
                    let widen = |field: &Field| Field { shape: field.shape.clone().widened(), ..field.clone() };
                    ShapeKind::object(object.fields.iter().map(widen).collect(), object.rest.clone())
                }
                other => other.clone(),
            };
            Self { kind, ..shape }
        });
        one_of(span, compacted(all.collect(), Absence::IsUnknown))
    }
}

impl Object {
    /// Whether both are the same set of values.
    fn says_same(&self, other: &Self) -> bool {
        let rest = match (&self.rest, &other.rest) {
            (Rest::Open(one), Rest::Open(two)) => one.says_same(two),
            (one, two) => std::mem::discriminant(one) == std::mem::discriminant(two),
        };
        let same = |(one, two): (&Field, &Field)| {
            one.name == two.name && one.optional == two.optional && one.shape.says_same(&two.shape)
        };
        rest && self.nodes == other.nodes
            && self.fields.len() == other.fields.len()
            && self.fields.iter().zip(&other.fields).all(same)
    }
}

fn one_of(span: crate::source::Span, mut all: Vec<Shape>) -> Shape {
    match all.len() {
        0 => Shape::never(span),
        1 => all.swap_remove(0),
        _ if super::total(all.iter()) > super::MOST_NODES => Shape::unknown(span),
        _ => Shape::new(span, ShapeKind::OneOf(all)),
    }
}

/// One alternative for each kind.
fn compacted(all: Vec<Shape>, absence: Absence) -> Vec<Shape> {
    let mut kinds: Vec<Shape> = Vec::new();
    for shape in all {
        let class = std::mem::discriminant(&shape.kind);
        match kinds.iter_mut().find(|known| std::mem::discriminant(&known.kind) == class) {
            Some(known) => {
                known.kind = merged(&known.kind, &shape.kind, absence);
                known.sample = known.sample.or(shape.sample);
                known.span = known.span.to(shape.span);
            }
            None => kinds.push(shape),
        }
    }
    kinds
}

/// Two of one kind as one.
fn merged(one: &ShapeKind, two: &ShapeKind, absence: Absence) -> ShapeKind {
    match (one, two) {
        (ShapeKind::Bool(one), ShapeKind::Bool(two)) => ShapeKind::Bool(one.filter(|_| one == two)),
        (ShapeKind::Number(one), ShapeKind::Number(two)) => ShapeKind::Number(numbers(one, two)),
        (ShapeKind::String(one), ShapeKind::String(two)) => ShapeKind::String(texts(one, two)),
        (ShapeKind::Array(one), ShapeKind::Array(two)) => arrays(one, two, absence),
        (ShapeKind::Object(one), ShapeKind::Object(two)) => objects(one, two, absence),
        _ => one.clone(),
    }
}

fn numbers(one: &Number, two: &Number) -> Number {
    if one == two {
        return one.clone();
    }
    match (one.is_integer(), two.is_integer()) {
        (Some(true), Some(true)) if one.is_small() && two.is_small() => Number::Integer,
        (Some(false), Some(false)) => Number::Float,
        _ => Number::Any,
    }
}

fn texts(one: &Text, two: &Text) -> Text {
    if one == two {
        return one.clone();
    }
    if matches!(one, Text::Any) || matches!(two, Text::Any) { Text::Any } else { Text::Utf8 }
}

fn arrays(one: &Arc<Array>, two: &Arc<Array>, absence: Absence) -> ShapeKind {
    if Arc::ptr_eq(one, two) {
        return ShapeKind::Array(one.clone());
    }
    ShapeKind::array(one.elements.clone().joined(two.elements.clone(), absence))
}

fn objects(one: &Arc<Object>, two: &Arc<Object>, absence: Absence) -> ShapeKind {
    if Arc::ptr_eq(one, two) {
        return ShapeKind::Object(one.clone());
    }
    let of_two: HashMap<&str, &Field> = two.fields.iter().map(|field| (&*field.name, field)).collect();
    let mut fields = Vec::with_capacity(one.fields.len());
    for field in &one.fields {
        fields.push(match of_two.get(&*field.name) {
            Some(other) => Field {
                shape: field.shape.clone().joined(other.shape.clone(), absence),
                optional: field.optional || other.optional,
                ..field.clone()
            },
            None => lacking(field, &two.rest, absence),
        });
    }
    let of_one: HashMap<&str, &Field> = one.fields.iter().map(|field| (&*field.name, field)).collect();
    let only_two = two.fields.iter().filter(|field| !of_one.contains_key(&*field.name));
    fields.extend(only_two.map(|field| lacking(field, &one.rest, absence)));
    let rest = match (&one.rest, &two.rest) {
        (Rest::Open(one), Rest::Open(two)) => Rest::Open(one.clone().joined(two.clone(), absence)),
        (Rest::Open(shape), Rest::Closed) | (Rest::Closed, Rest::Open(shape)) => Rest::Open(shape.clone()),
        (Rest::Open(shape), Rest::Sampled) | (Rest::Sampled, Rest::Open(shape)) => {
            Rest::Open(Shape::unknown(shape.span))
        }
        (Rest::Sampled, _) | (_, Rest::Sampled) => Rest::Sampled,
        (Rest::Closed, Rest::Closed) => Rest::Closed,
    };
    ShapeKind::object(fields, rest)
}

/// A field that the other object has only among the rest, if at all.
fn lacking(field: &Field, rest: &Rest, absence: Absence) -> Field {
    let shape = match rest {
        Rest::Closed => field.shape.clone(),
        Rest::Sampled if absence == Absence::IsEvidence => field.shape.clone(),
        Rest::Sampled => Shape::unknown(field.shape.span),
        Rest::Open(other) => field.shape.clone().joined(other.clone(), absence),
    };
    Field { shape, optional: true, ..field.clone() }
}
