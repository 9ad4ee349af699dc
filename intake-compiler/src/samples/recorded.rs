//! The shape of a recorded value.

use crate::json::{Kind, Node};
use crate::shape::{Field, Number, Place, Rest, Shape, ShapeKind};
use crate::source::Span;
use std::collections::HashMap;

/// Nothing deeper is looked at.
const DEEPEST: usize = 64;
/// An object with more members is a table, whose keys are data.
const MOST_FIELDS: usize = 256;

/// The shape of a value in a file.
pub(super) fn shape(node: &Node, file: u32) -> Shape {
    of(node, file, 0)
}

/// No place in the manifest.
const NOWHERE: Span = Span { start: 0, end: 0 };

fn of(node: &Node, file: u32, depth: usize) -> Shape {
    let kind = match &node.kind {
        _ if depth > DEEPEST => return Shape::unknown(NOWHERE),
        Kind::Error => return Shape::unknown(NOWHERE),
        Kind::Null => ShapeKind::Null,
        Kind::Bool(_) => ShapeKind::Bool(None),
        Kind::Number(text) => {
            let is_integer = Number::constant(text).is_integer() == Some(true);
            ShapeKind::Number(if is_integer { Number::Integer } else { Number::Float })
        }
        Kind::String(_) => ShapeKind::text(),
        Kind::Array(elements) => {
            let elements = elements.iter().map(|element| of(element, file, depth + 1));
            ShapeKind::array(elements.reduce(Shape::and_sample).unwrap_or_else(|| Shape::unknown(NOWHERE)))
        }
        Kind::Object(members) if members.len() > MOST_FIELDS => {
            let values = members.iter().map(|member| of(&member.value, file, depth + 1));
            let value = values.reduce(Shape::and_sample).unwrap_or_else(|| Shape::unknown(NOWHERE));
            ShapeKind::object(Vec::new(), Rest::Open(value))
        }
        Kind::Object(members) => {
            let mut places: HashMap<&str, usize> = HashMap::new();
            let mut fields: Vec<Field> = Vec::new();
            for member in members {
                let name = member.key.value.as_str();
                let shape = of(&member.value, file, depth + 1);
                let field = Field { name: name.into(), span: NOWHERE, shape, optional: false };
                // The last of several is the one that counts.
                match places.get(name) {
                    Some(place) => fields[*place] = field,
                    None => {
                        places.insert(name, fields.len());
                        fields.push(field);
                    }
                }
            }
            ShapeKind::object(fields, Rest::Sampled)
        }
    };
    Shape::new(NOWHERE, kind).sampled(Place { file, span: node.span })
}

/// Takes what was only ever `null` for unknown: it will be something some day.
pub(super) fn settled(shape: &Shape) -> Shape {
    let kind = match &shape.kind {
        ShapeKind::Null => return Shape::unknown(shape.span),
        ShapeKind::Array(array) => ShapeKind::array(settled(&array.elements)),
        ShapeKind::Object(object) => {
            let field = |field: &Field| Field { shape: settled(&field.shape), ..field.clone() };
            let rest = match &object.rest {
                Rest::Open(shape) => Rest::Open(settled(shape)),
                other => other.clone(),
            };
            ShapeKind::object(object.fields.iter().map(field).collect(), rest)
        }
        ShapeKind::OneOf(shapes) => {
            // Beside others, `null` is one of them.
            let each = |shape: &Shape| if shape.kind == ShapeKind::Null { shape.clone() } else { settled(shape) };
            ShapeKind::OneOf(shapes.iter().map(each).collect())
        }
        other => other.clone(),
    };
    Shape { kind, ..shape.clone() }
}
