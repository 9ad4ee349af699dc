//! From what is known of a value to the type it has in Rust.
//!
//! The shapes are those of a data flow without samples. What a sample shows may be otherwise tomorrow, and a record that
//! does not fit would be held up.

use crate::ir::{Member, Struct, Type};
use crate::jq::{Shape, ShapeKind};
use crate::names;
use crate::source::{Source, Span};
use std::sync::Arc;

/// Makes types of shapes, for one intake.
pub(super) struct Types<'a> {
    source: &'a Source,
    /// The names of types that are taken.
    taken: Vec<String>,
}

impl<'a> Types<'a> {
    pub(super) fn new(source: &'a Source, taken: impl IntoIterator<Item = String>) -> Self {
        Self { source, taken: taken.into_iter().collect() }
    }

    /// The type of a value that has one of these shapes, to be known by the name. A struct has it; what is in an array
    /// or may be `null` has one that begins with it.
    pub(super) fn named<'s>(&mut self, name: &str, shapes: impl IntoIterator<Item = &'s Shape>) -> Type {
        let (draft, nullable) = Draft::of(shapes);
        if matches!(draft, Draft::Object { .. }) && !nullable {
            return self.settle(name, draft);
        }
        let value = self.settle(&format!("{name}Item"), draft);
        if nullable { optional(value) } else { value }
    }

    fn of<'s>(&mut self, name: &str, shapes: impl IntoIterator<Item = &'s Shape>) -> Type {
        let (draft, nullable) = Draft::of(shapes);
        let value = self.settle(name, draft);
        if nullable { optional(value) } else { value }
    }

    fn settle(&mut self, name: &str, draft: Draft) -> Type {
        match draft {
            Draft::Never => Type::Json,
            Draft::Plain(value) => value,
            Draft::Array(items) => Type::Array(Box::new(self.of(name, &items))),
            Draft::Object { keys, open, .. } if keys.is_empty() && open => Type::Json,
            Draft::Object { keys, open, span } => Type::Struct(self.structure(name, keys, open, span)),
        }
    }

    fn structure(&mut self, name: &str, keys: Vec<Key>, open: bool, span: Span) -> Struct {
        let name = free(name.to_owned(), &self.taken);
        self.taken.push(name.clone());
        let mut fields = Vec::new();
        let mut field = |key: &str| {
            let field = free(names::field_name(key), &fields);
            fields.push(field.clone());
            field
        };
        let members = keys.iter().map(|key| (field(&key.name), key)).collect::<Vec<_>>();
        let others = open.then(|| field("others"));
        let members = members.into_iter().map(|(field, key)| {
            let inner = names::type_name(&key.name).unwrap_or_else(|| "Field".to_owned());
            Member {
                key: key.name.to_string(),
                name: field,
                value: self.of(&format!("{name}{inner}"), &key.shapes),
                optional: key.optional,
                at: self.source.position(key.span.start),
            }
        });
        let members = members.collect();
        Struct { name, members, others, at: self.source.position(span.start) }
    }
}

/// The name, with a number if it is taken.
fn free(name: String, taken: &[String]) -> String {
    if !taken.contains(&name) {
        return name;
    }
    let numbered = (2..).map(|number| format!("{name}_{number}")).find(|numbered| !taken.contains(numbered));
    numbered.unwrap_or(name)
}

/// A value that may be `null`.
fn optional(value: Type) -> Type {
    match value {
        // Each of them may be `null` already.
        Type::Json | Type::Null | Type::Option(_) => value,
        value => Type::Option(Box::new(value)),
    }
}

/// What several shapes have in common.
enum Draft {
    /// There is no value.
    Never,
    /// Nothing is in it.
    Plain(Type),
    /// An array of these.
    Array(Vec<Shape>),
    /// An object.
    Object { keys: Vec<Key>, open: bool, span: Span },
}

/// A key of objects.
struct Key {
    name: Arc<str>,
    span: Span,
    shapes: Vec<Shape>,
    optional: bool,
}

impl Draft {
    /// What the shapes have in common, and whether one of them is `null`.
    fn of<'s>(shapes: impl IntoIterator<Item = &'s Shape>) -> (Self, bool) {
        let mut nullable = false;
        let mut all = Self::Never;
        for shape in shapes.into_iter().flat_map(Shape::alternatives) {
            match &shape.kind {
                ShapeKind::Null => nullable = true,
                _ => all = all.or(Self::one(shape)),
            }
        }
        match all {
            Self::Never if nullable => (Self::Plain(Type::Null), false),
            all => (all, nullable),
        }
    }

    fn one(shape: &Shape) -> Self {
        Self::Plain(match &shape.kind {
            ShapeKind::Never => return Self::Never,
            ShapeKind::Null => Type::Null,
            ShapeKind::Unknown | ShapeKind::OneOf(_) => Type::Json,
            ShapeKind::Bool(_) => Type::Bool,
            ShapeKind::Number(number) => match number.is_integer() {
                Some(true) if number.is_small() => Type::Int,
                Some(true) | None => Type::Number,
                Some(false) => Type::Float,
            },
            ShapeKind::String(_) => Type::String,
            ShapeKind::Array(array) => return Self::Array(vec![array.elements.clone()]),
            ShapeKind::Object(object) => {
                let keys = object.fields.iter().map(|field| Key {
                    name: field.name.clone(),
                    span: field.span,
                    shapes: vec![field.shape.clone()],
                    optional: field.optional,
                });
                return Self::Object { keys: keys.collect(), open: object.is_open(), span: shape.span };
            }
        })
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, one) | (one, Self::Never) => one,
            (Self::Plain(one), Self::Plain(two)) => Self::Plain(common(one, two)),
            (Self::Array(mut one), Self::Array(two)) => {
                one.extend(two);
                Self::Array(one)
            }
            (Self::Object { keys, open, span }, Self::Object { keys: other, open: other_open, .. }) => {
                Self::Object { keys: either(keys, open, other, other_open), open: open || other_open, span }
            }
            _ => Self::Plain(Type::Json),
        }
    }
}

/// What two values without parts have in common.
fn common(one: Type, two: Type) -> Type {
    use Type::{Float, Int, Json, Number};
    match (one, two) {
        (one, two) if one == two => one,
        (Int | Float | Number, Int | Float | Number) => Number,
        _ => Json,
    }
}

/// The keys of one object or another: one that not both have may be missing, and what is there where only the other
/// keys of an object would have it, nobody knows.
fn either(mut one: Vec<Key>, one_open: bool, two: Vec<Key>, two_open: bool) -> Vec<Key> {
    for key in &mut one {
        if !two.iter().any(|other| other.name == key.name) {
            key.optional = true;
            key.shapes.extend(two_open.then(|| Shape::unknown(key.span)));
        }
    }
    for mut key in two {
        match one.iter_mut().find(|known| known.name == key.name) {
            Some(known) => {
                known.optional |= key.optional;
                known.shapes.append(&mut key.shapes);
            }
            None => {
                key.shapes.extend(one_open.then(|| Shape::unknown(key.span)));
                one.push(Key { optional: true, ..key });
            }
        }
    }
    one
}
