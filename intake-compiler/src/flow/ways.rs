//! What a value can be: one shape for each way through the commands before.

use crate::shape::{Field, Rest, Shape, ShapeKind};
use crate::source::Span;
use crate::template::Step;
use std::rc::Rc;

/// More ways than this are not told apart.
const MOST_WAYS: usize = 32;

/// The shapes that a value can have, none of them a choice of several. No shape: no way leads here.
#[derive(Clone, Debug, PartialEq)]
pub struct Ways(Rc<[Shape]>);

/// What is at a path in a shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'s> {
    /// Nothing, for certain.
    Absent,
    /// Nothing, or anything.
    Unknown,
    /// Nothing, or a value.
    Maybe(&'s Shape),
    /// A value.
    Value(&'s Shape),
}

impl Ways {
    /// Anything.
    #[must_use]
    pub fn unknown() -> Self {
        Self::one(Span::default(), ShapeKind::Unknown)
    }

    /// No way leads here.
    #[must_use]
    pub fn none() -> Self {
        Self(Rc::new([]))
    }

    /// One way.
    #[must_use]
    pub fn one(span: Span, kind: ShapeKind) -> Self {
        Self::of([Shape::new(span, kind)])
    }

    /// All these ways.
    pub fn of(shapes: impl IntoIterator<Item = Shape>) -> Self {
        let mut ways: Vec<Shape> = Vec::new();
        for shape in shapes {
            for way in shape.alternatives() {
                if !ways.contains(way) {
                    ways.push(way.clone());
                }
            }
            if ways.len() > MOST_WAYS {
                return Self(Rc::new([Shape::unknown(ways[0].span)]));
            }
        }
        Self(ways.into())
    }

    /// The ways.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Shape> + Clone {
        self.0.iter()
    }

    /// Whether no way leads here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a way, and this holds of each.
    pub fn all(&self, test: impl FnMut(&Shape) -> bool) -> bool {
        !self.is_empty() && self.0.iter().all(test)
    }

    /// As one shape.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.iter().cloned().reduce(Shape::or).unwrap_or_else(|| Shape::never(Span::default()))
    }

    /// What is at a path, on each way.
    #[must_use]
    pub fn at(&self, steps: &[Step]) -> Vec<Found<'_>> {
        self.iter().flat_map(|shape| at(shape, steps)).collect()
    }

    /// What a variable with this path has: missing values left out, as they stop the run.
    #[must_use]
    pub fn value_at(&self, steps: &[Step]) -> Self {
        if steps.is_empty() {
            return self.clone();
        }
        Self::of(self.at(steps).into_iter().filter_map(|found| match found {
            Found::Absent => None,
            Found::Unknown => Some(Shape::unknown(Span::default())),
            Found::Value(shape) | Found::Maybe(shape) => Some(shape.clone()),
        }))
    }

    /// The same without what changes from one round of a loop to the next.
    #[must_use]
    pub fn widened(&self) -> Self {
        Self::of([self.shape().widened()])
    }
}

/// What is at a path in a shape, for each of its alternatives. As variables are looked up at run time: a key that is a
/// number is also an array's index.
#[must_use]
pub fn at<'s>(shape: &'s Shape, steps: &[Step]) -> Vec<Found<'s>> {
    if shape.is_never() {
        return vec![Found::Unknown]; // the run has stopped before
    }
    let Some((step, rest)) = steps.split_first() else {
        return shape.alternatives().iter().map(Found::Value).collect();
    };
    let maybe = |shape: &'s Shape| {
        at(shape, rest).into_iter().map(|found| match found {
            Found::Value(shape) => Found::Maybe(shape),
            other => other,
        })
    };
    let mut all = Vec::new();
    for shape in shape.alternatives() {
        match (&shape.kind, step) {
            (ShapeKind::Unknown, _) => all.push(Found::Unknown),
            (ShapeKind::Object(object), Step::Key(key)) => match (object.field(key), &object.rest) {
                (Some(field), _) if !field.optional && shape.sample.is_none() => all.extend(at(&field.shape, rest)),
                (Some(Field { shape, .. }), _) | (None, Rest::Open(shape)) => all.extend(maybe(shape)),
                (None, Rest::Sampled) => all.push(Found::Unknown),
                (None, Rest::Closed) => all.push(absent(shape)),
            },
            (ShapeKind::Array(array), Step::Index(_)) if !array.elements.is_never() => {
                all.extend(maybe(&array.elements));
            }
            (ShapeKind::Array(array), Step::Key(key)) if key.parse::<usize>().is_ok() => {
                all.extend(maybe(&array.elements));
            }
            _ => all.push(absent(shape)),
        }
    }
    all
}

/// What a value has where it has nothing: what is known from a sample only is no proof.
fn absent(shape: &Shape) -> Found<'_> {
    if is_certain(shape) { Found::Absent } else { Found::Unknown }
}

/// Whether more than a sample says so.
#[must_use]
pub fn is_certain(shape: &Shape) -> bool {
    shape.samples().next().is_none()
}

/// Whether it certainly is of such a kind.
#[must_use]
pub fn is(shape: &Shape, test: impl Fn(&ShapeKind) -> bool) -> bool {
    is_certain(shape) && shape.all(test)
}

/// Whether it certainly is `null`.
#[must_use]
pub fn is_null(shape: &Shape) -> bool {
    is(shape, |kind| *kind == ShapeKind::Null)
}

/// A key that an object may have, of those that are known.
#[must_use]
pub fn field<'s>(shape: &'s Shape, name: &str) -> Option<&'s Field> {
    match &shape.kind {
        ShapeKind::Object(object) => object.field(name),
        _ => None,
    }
}

/// The keys that an object is known to have; nothing of any other value.
#[must_use]
pub fn fields(shape: &Shape) -> &[Field] {
    match &shape.kind {
        ShapeKind::Object(object) => &object.fields,
        _ => &[],
    }
}

/// The names of the keys that objects are known to have, each once.
pub fn names<'s>(shapes: impl IntoIterator<Item = &'s Shape>) -> Vec<&'s str> {
    let mut names: Vec<&str> = Vec::new();
    for field in shapes.into_iter().flat_map(fields) {
        if !names.contains(&&*field.name) {
            names.push(&field.name);
        }
    }
    names
}

/// Whether it can have keys that are not known.
#[must_use]
pub fn is_open(shape: &Shape) -> bool {
    !is_certain(shape)
        || match &shape.kind {
            ShapeKind::Unknown => true,
            ShapeKind::Object(object) => object.is_open(),
            ShapeKind::OneOf(shapes) => shapes.iter().any(is_open),
            _ => false,
        }
}

/// Whether it certainly is no object.
#[must_use]
pub fn is_no_object(shape: &Shape) -> bool {
    is(shape, |kind| !matches!(kind, ShapeKind::Unknown | ShapeKind::Object(_)))
}

/// What it is, for a message.
#[must_use]
pub fn kind_name(shape: &Shape) -> &'static str {
    shape.alternatives().first().map_or("no value", |shape| shape.kind.name())
}
