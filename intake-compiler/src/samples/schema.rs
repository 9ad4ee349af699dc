//! The shape of what a JSON Schema describes (draft 2020-12, and what OpenAPI adds to it).
//!
//! Read are `type`, `properties`, `required`, `items`, `prefixItems`, `additionalProperties`, `enum`, `const`, `oneOf`,
//! `anyOf`, `allOf`, `nullable` and `$ref` within the document. Of all else nothing is known.

use crate::json::{Kind, Member, Node};
use crate::shape::{Field, Number, Place, Rest, Shape, ShapeKind, Text};
use crate::source::Span;
use std::collections::HashMap;

/// Nothing deeper is looked at.
const DEEPEST: usize = 32;

/// Reports a place that cannot be used.
pub(super) type Report<'a> = dyn FnMut(Span, String) + 'a;

/// What the schema that is a whole document describes.
pub(super) fn shape(document: &Node, file: u32, report: &mut Report<'_>) -> Shape {
    Schemas::new(document, file).shape(document, report)
}

/// The schemas of a document.
#[derive(Debug)]
pub(super) struct Schemas<'d> {
    document: &'d Node,
    file: u32,
    /// What a reference describes; `None` while it is looked into: a schema that holds itself goes on for ever.
    references: HashMap<String, Option<Shape>>,
    depth: usize,
}

impl<'d> Schemas<'d> {
    pub(super) fn new(document: &'d Node, file: u32) -> Self {
        Self { document, file, references: HashMap::new(), depth: 0 }
    }

    /// What a schema describes.
    pub(super) fn shape(&mut self, schema: &'d Node, report: &mut Report<'_>) -> Shape {
        let members = match &schema.kind {
            Kind::Object(members) if self.depth < DEEPEST => members,
            Kind::Object(_) | Kind::Bool(_) => return unknown(),
            _ => {
                report(schema.span, "a schema is an object, `true` or `false`".to_owned());
                return unknown();
            }
        };
        self.depth += 1;
        let shape = self.of_members(schema, members, report);
        self.depth -= 1;
        shape
    }

    fn of_members(&mut self, schema: &'d Node, members: &'d [Member], report: &mut Report<'_>) -> Shape {
        let mut shape = self.own(schema, members, report);
        if let Some(reference) = get(members, "$ref") {
            shape = both(shape, self.reference(reference, report));
        }
        for part in elements(get(members, "allOf")) {
            shape = both(shape, self.shape(part, report));
        }
        for key in ["oneOf", "anyOf"] {
            let ways = elements(get(members, key)).iter().map(|part| self.shape(part, report)).reduce(Shape::or);
            if let Some(ways) = ways {
                shape = both(shape, ways);
            }
        }
        let nullable = matches!(get(members, "nullable").map(|node| &node.kind), Some(Kind::Bool(true)));
        if nullable { shape.or(self.sampled(schema, ShapeKind::Null)) } else { shape }
    }

    /// What the schema says itself.
    fn own(&mut self, schema: &'d Node, members: &'d [Member], report: &mut Report<'_>) -> Shape {
        if let Some(constant) = get(members, "const") {
            return self.constant(constant);
        }
        if let Some(Kind::Array(values)) = get(members, "enum").map(|node| &node.kind) {
            return values.iter().map(|value| self.constant(value)).reduce(Shape::or).unwrap_or_else(unknown);
        }
        let types: Vec<&str> = match get(members, "type").map(|node| &node.kind) {
            Some(Kind::String(text)) => vec![&text.value],
            Some(Kind::Array(types)) => types.iter().filter_map(text).collect(),
            _ if get(members, "properties").is_some() => vec!["object"],
            _ if get(members, "items").is_some() || get(members, "prefixItems").is_some() => vec!["array"],
            _ => return unknown(),
        };
        let ways = types.into_iter().map(|name| {
            let kind = match name {
                "null" => ShapeKind::Null,
                "boolean" => ShapeKind::Bool(None),
                "integer" => ShapeKind::Number(Number::Integer),
                "number" => ShapeKind::number(),
                "string" => ShapeKind::text(),
                "array" => self.array(members, report),
                "object" => self.object(members, report),
                _ => return unknown(),
            };
            self.sampled(schema, kind)
        });
        ways.reduce(Shape::or).unwrap_or_else(unknown)
    }

    fn sampled(&self, node: &Node, kind: ShapeKind) -> Shape {
        Shape::new(Span::default(), kind).sampled(Place { file: self.file, span: node.span })
    }

    fn constant(&self, node: &Node) -> Shape {
        let kind = match &node.kind {
            Kind::Null => ShapeKind::Null,
            Kind::Bool(value) => ShapeKind::Bool(Some(*value)),
            Kind::Number(text) => ShapeKind::Number(Number::constant(text)),
            Kind::String(text) => ShapeKind::String(Text::Constant(text.value.as_str().into())),
            Kind::Array(_) => ShapeKind::any_array(Span::default()),
            Kind::Object(_) => ShapeKind::any_object(Span::default()),
            Kind::Error => return unknown(),
        };
        self.sampled(node, kind)
    }

    fn array(&mut self, members: &'d [Member], report: &mut Report<'_>) -> ShapeKind {
        let first = elements(get(members, "prefixItems")).iter();
        let first = first.map(|item| self.shape(item, report)).reduce(Shape::or);
        let rest = get(members, "items").map(|items| self.shape(items, report));
        ShapeKind::array(match (first, rest) {
            (Some(first), Some(rest)) => first.or(rest),
            // Without `items` there may be more, of anything.
            (_, rest) => rest.unwrap_or_else(unknown),
        })
    }

    fn object(&mut self, members: &'d [Member], report: &mut Report<'_>) -> ShapeKind {
        let required: Vec<&str> = elements(get(members, "required")).iter().filter_map(text).collect();
        let properties = match get(members, "properties").map(|node| &node.kind) {
            Some(Kind::Object(properties)) => properties.as_slice(),
            _ => &[],
        };
        let mut fields = Vec::with_capacity(properties.len());
        for property in properties {
            let name = property.key.value.as_str();
            let shape = self.shape(&property.value, report);
            let optional = !required.contains(&name);
            fields.push(Field { name: name.into(), span: Span::default(), shape, optional });
        }
        let rest = match get(members, "additionalProperties").map(|node| (&node.kind, node)) {
            _ if get(members, "patternProperties").is_some() => Rest::Open(unknown()),
            Some((Kind::Object(_), schema)) => Rest::Open(self.shape(schema, report)),
            Some((Kind::Bool(true), _)) => Rest::Open(unknown()),
            // Who lists properties means to list them all.
            _ if fields.is_empty() => Rest::Open(unknown()),
            _ => Rest::Sampled,
        };
        ShapeKind::object(fields, rest)
    }

    fn reference(&mut self, node: &'d Node, report: &mut Report<'_>) -> Shape {
        let Some(reference) = text(node) else { return unknown() };
        if let Some(known) = self.references.get(reference) {
            return known.clone().unwrap_or_else(unknown);
        }
        let Some(target) = resolve(self.document, reference) else {
            if reference.starts_with('#') {
                report(node.span, format!("`{reference}` is nowhere in this document"));
            }
            return unknown();
        };
        self.references.insert(reference.to_owned(), None);
        let shape = self.shape(target, report);
        self.references.insert(reference.to_owned(), Some(shape.clone()));
        shape
    }
}

fn unknown() -> Shape {
    Shape::unknown(Span::default())
}

/// What two schemas say together.
fn both(one: Shape, two: Shape) -> Shape {
    if one.is_unknown() {
        return two;
    }
    if two.is_unknown() {
        return one;
    }
    one.each(&|one| {
        two.each(&|two| match (&one.kind, &two.kind) {
            (ShapeKind::Object(left), ShapeKind::Object(right)) => {
                let mut fields = left.fields.clone();
                for field in &right.fields {
                    match fields.iter_mut().find(|known| known.name == field.name) {
                        Some(known) => {
                            known.optional &= field.optional;
                            known.shape = both(known.shape.clone(), field.shape.clone());
                        }
                        None => fields.push(field.clone()),
                    }
                }
                let listed = |rest: &Rest| matches!(rest, Rest::Sampled);
                let rest = if listed(&left.rest) || listed(&right.rest) { Rest::Sampled } else { left.rest.clone() };
                Shape { kind: ShapeKind::object(fields, rest), ..one.clone() }
            }
            (left, right) if std::mem::discriminant(left) == std::mem::discriminant(right) => two.clone(),
            _ => Shape::never(one.span),
        })
    })
}

/// A member of an object.
pub(super) fn get<'d>(members: &'d [Member], key: &str) -> Option<&'d Node> {
    members.iter().rev().find(|member| member.key.value == key).map(|member| &member.value)
}

/// A member of a value, if it is an object.
pub(super) fn member<'d>(node: &'d Node, key: &str) -> Option<&'d Node> {
    if let Kind::Object(members) = &node.kind { get(members, key) } else { None }
}

pub(super) fn text(node: &Node) -> Option<&str> {
    if let Kind::String(text) = &node.kind { Some(&text.value) } else { None }
}

fn elements(node: Option<&Node>) -> &[Node] {
    if let Some(Kind::Array(elements)) = node.map(|node| &node.kind) { elements } else { &[] }
}

/// What a reference within a document, `#/a/b`, leads to.
pub(super) fn resolve<'d>(document: &'d Node, reference: &str) -> Option<&'d Node> {
    let pointer = reference.strip_prefix('#')?;
    let mut steps = pointer.split('/');
    if !steps.next()?.is_empty() {
        return None;
    }
    steps.try_fold(document, |node, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &node.kind {
            Kind::Object(members) => get(members, &step),
            Kind::Array(elements) => elements.get(step.parse::<usize>().ok()?),
            _ => None,
        }
    })
}
