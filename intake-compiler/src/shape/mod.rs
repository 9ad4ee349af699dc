//! What is known of a value at compile time: its kind, what is in it, and what that is known from.
//!
//! A shape stands for the set of values it may be. Everything here may know less than is true, never more.

mod access;
mod join;
mod math;

pub(crate) use access::insert;

use crate::source::Span;
use std::sync::Arc;

/// What is known of a value, and where it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The part of the manifest that makes the value.
    pub span: Span,
    /// The place in a sample that says so: what is known holds for values like the sample's. `None` if it is certain.
    pub sample: Option<Place>,
    /// What is known.
    pub kind: ShapeKind,
}

/// A place in a sample file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of the file among those that were given.
    pub file: u32,
    /// The value in it.
    pub span: Span,
}

/// The kinds of a [`Shape`].
#[derive(Clone, Debug, PartialEq)]
pub enum ShapeKind {
    /// No value at all: what an empty array holds, what a filter gives that always fails.
    Never,
    /// Nothing is known.
    Unknown,
    /// `null`
    Null,
    /// A boolean; `Some` if it is always the same.
    Bool(Option<bool>),
    /// A number.
    Number(Number),
    /// A string.
    String(Text),
    /// An array.
    Array(Arc<Array>),
    /// An object.
    Object(Arc<Object>),
    /// One of several, none of which is one of several, unknown or no value.
    OneOf(Vec<Shape>),
}

/// What is known of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Any number.
    Any,
    /// One without a fraction, as counting and adding gives them: of the size of an `i64`, unless it is added to for
    /// longer than anybody waits.
    Integer,
    /// One that is written with a fraction or an exponent.
    Float,
    /// This one, as it is written.
    Constant(Arc<str>),
}

/// What is known of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// Any string, jq's byte strings (`tobytes`) too.
    Any,
    /// A text.
    Utf8,
    /// This text.
    Constant(Arc<str>),
}

/// What is known of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// What each element is.
    pub elements: Shape,
    nodes: u32,
}

/// What is known of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The keys that are known, in the order in which they were set.
    pub fields: Vec<Field>,
    /// The other keys.
    pub rest: Rest,
    nodes: u32,
}

/// A key of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The key.
    pub name: Arc<str>,
    /// The place of the key in the manifest.
    pub span: Span,
    /// What is there.
    pub shape: Shape,
    /// Whether it may be missing.
    pub optional: bool,
}

/// What is known of the keys of an object that are not among its fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Rest {
    /// There are none.
    Closed,
    /// The samples have none. There may be some, but who reads one has most likely misspelled another.
    Sampled,
    /// There may be any, with such values.
    Open(Shape),
}

/// Larger shapes forget what is inside: `{a: ., b: .} | {a: ., b: .} | …` doubles at every step.
const MOST_NODES: u32 = 8192;

impl Shape {
    /// A shape of which `kind` is certain.
    #[must_use]
    pub const fn new(span: Span, kind: ShapeKind) -> Self {
        Self { span, sample: None, kind }
    }

    /// Any value.
    #[must_use]
    pub const fn unknown(span: Span) -> Self {
        Self::new(span, ShapeKind::Unknown)
    }

    /// No value.
    #[must_use]
    pub const fn never(span: Span) -> Self {
        Self::new(span, ShapeKind::Never)
    }

    /// An array.
    #[must_use]
    pub fn array(span: Span, elements: Self) -> Self {
        Self::new(span, ShapeKind::array(elements))
    }

    /// An object.
    #[must_use]
    pub fn object(span: Span, fields: Vec<Field>, rest: Rest) -> Self {
        Self::new(span, ShapeKind::object(fields, rest))
    }

    /// The same, made elsewhere.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// The same, known from a sample.
    #[must_use]
    pub fn sampled(mut self, place: Place) -> Self {
        self.sample = Some(place);
        self
    }

    /// Whether there is no such value.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.kind == ShapeKind::Never
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.kind == ShapeKind::Unknown
    }

    /// The shapes that it is one of: itself, if there are not several.
    #[must_use]
    pub fn alternatives(&self) -> &[Self] {
        match &self.kind {
            ShapeKind::Never => &[],
            ShapeKind::OneOf(shapes) => shapes,
            _ => std::slice::from_ref(self),
        }
    }

    /// What of a sample it rests on, at the top: a place for each alternative that is not certain.
    pub fn samples(&self) -> impl Iterator<Item = Place> {
        self.sample.into_iter().chain(self.alternatives().iter().filter_map(|shape| shape.sample))
    }

    /// How large the shape is.
    fn nodes(&self) -> u32 {
        match &self.kind {
            ShapeKind::Array(array) => array.nodes,
            ShapeKind::Object(object) => object.nodes,
            ShapeKind::OneOf(shapes) => 1 + total(shapes.iter()),
            _ => 1,
        }
    }
}

/// The sizes of all.
fn total<'a>(shapes: impl Iterator<Item = &'a Shape>) -> u32 {
    shapes.map(Shape::nodes).fold(0, u32::saturating_add)
}

impl ShapeKind {
    /// An array.
    #[must_use]
    pub fn array(elements: Shape) -> Self {
        let nodes = elements.nodes().saturating_add(1);
        if nodes > MOST_NODES {
            return Self::array(Shape::unknown(elements.span));
        }
        Self::Array(Arc::new(Array { elements, nodes }))
    }

    /// An array of anything.
    #[must_use]
    pub fn any_array(span: Span) -> Self {
        Self::array(Shape::unknown(span))
    }

    /// An object.
    #[must_use]
    pub fn object(mut fields: Vec<Field>, mut rest: Rest) -> Self {
        let inner = total(fields.iter().map(|field| &field.shape));
        let others = if let Rest::Open(shape) = &rest { shape.nodes() } else { 0 };
        let mut nodes = inner.saturating_add(others).saturating_add(1);
        if nodes > MOST_NODES {
            fields.iter_mut().for_each(|field| field.shape = Shape::unknown(field.shape.span));
            if let Rest::Open(shape) = &mut rest {
                *shape = Shape::unknown(shape.span);
            }
            nodes = u32::try_from(fields.len() + 1).unwrap_or(u32::MAX);
        }
        Self::Object(Arc::new(Object { fields, rest, nodes }))
    }

    /// An object of which nothing is known.
    #[must_use]
    pub fn any_object(span: Span) -> Self {
        Self::object(Vec::new(), Rest::Open(Shape::unknown(span)))
    }

    /// A number.
    #[must_use]
    pub const fn number() -> Self {
        Self::Number(Number::Any)
    }

    /// A text.
    #[must_use]
    pub const fn text() -> Self {
        Self::String(Text::Utf8)
    }

    /// Its name with an article: `a number`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Never => "no value",
            Self::Unknown | Self::OneOf(_) => "any value",
            Self::Null => "`null`",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl Object {
    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.name == name)
    }

    /// Whether there may be keys beside the fields, samples aside.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.rest, Rest::Closed)
    }
}

impl Number {
    /// The number that is written so.
    #[must_use]
    pub fn constant(text: &str) -> Self {
        Self::Constant(text.into())
    }

    /// Whether it has no fraction; `None` if that is not known.
    #[must_use]
    pub fn is_integer(&self) -> Option<bool> {
        match self {
            Self::Any => None,
            Self::Integer => Some(true),
            Self::Float => Some(false),
            Self::Constant(text) => Some(!text.contains(['.', 'e', 'E'])),
        }
    }

    /// Whether it is an integer that an `i64` holds.
    pub(crate) fn is_small(&self) -> bool {
        match self {
            Self::Integer => true,
            Self::Constant(text) => text.parse::<i64>().is_ok(),
            Self::Any | Self::Float => false,
        }
    }

    /// The same without its value.
    fn widened(&self) -> Self {
        match self.is_integer() {
            Some(true) if self.is_small() => Self::Integer,
            Some(true) | None => Self::Any,
            Some(false) => Self::Float,
        }
    }
}

impl Text {
    /// The text, if it is always the same.
    #[must_use]
    pub fn constant(&self) -> Option<&str> {
        if let Self::Constant(text) = self { Some(text) } else { None }
    }

    /// The same without its value.
    fn widened(&self) -> Self {
        if matches!(self, Self::Any) { Self::Any } else { Self::Utf8 }
    }
}
