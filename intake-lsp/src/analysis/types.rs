//! What is known of a value, in a few words.

use intake_compiler::flow::ways::{self, Ways};
use intake_compiler::shape::{Field, Number, Shape, ShapeKind, Text};
use intake_compiler::source::Span;
use std::collections::{BTreeMap, VecDeque};

/// Longer descriptions are cut.
const LONGEST: usize = 120;

/// The type of a value; `None` if nothing is known of it.
pub(super) fn of_ways(ways: &Ways) -> Option<String> {
    let types: Option<Vec<String>> = ways.iter().map(of_shape).collect();
    types.filter(|types| !types.is_empty()).map(|types| short(either(types)))
}

/// The type of a shape; `None` if nothing is known of it.
pub(super) fn of_shape(shape: &Shape) -> Option<String> {
    if matches!(shape.kind, ShapeKind::Unknown) { None } else { Some(short(describe(shape, 3))) }
}

fn short(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn describe(shape: &Shape, depth: usize) -> String {
    match &shape.kind {
        ShapeKind::Never => "no value".to_owned(),
        ShapeKind::Unknown => "any".to_owned(),
        ShapeKind::Null => "null".to_owned(),
        ShapeKind::Bool(None) => "boolean".to_owned(),
        ShapeKind::Bool(Some(value)) => value.to_string(),
        ShapeKind::Number(Number::Constant(text)) => text.to_string(),
        ShapeKind::Number(Number::Integer) => "integer".to_owned(),
        ShapeKind::Number(Number::Any | Number::Float) => "number".to_owned(),
        ShapeKind::String(Text::Constant(text)) => serde_json::Value::from(&**text).to_string(),
        ShapeKind::String(Text::Any | Text::Utf8) => "string".to_owned(),
        ShapeKind::Array(array) if array.elements.is_never() => "[]".to_owned(),
        ShapeKind::Array(_) if depth == 0 => "array".to_owned(),
        ShapeKind::Array(array) => format!("[{}]", describe(&array.elements, depth - 1)),
        ShapeKind::Object(_) if depth == 0 => "object".to_owned(),
        ShapeKind::Object(object) => {
            let field = |field: &Field| {
                let optional = if field.optional { "?" } else { "" };
                format!("{}{optional}: {}", field.name, describe(&field.shape, depth - 1))
            };
            let rest = object.is_open().then(|| "…".to_owned());
            let fields: Vec<String> = object.fields.iter().map(field).chain(rest).collect();
            format!("{{{}}}", fields.join(", "))
        }
        ShapeKind::OneOf(several) => either(several.iter().map(|shape| describe(shape, depth)).collect()),
    }
}

/// One of several types: each once, and none that another holds.
fn either(types: Vec<String>) -> String {
    let is_there = |wider: &str| types.iter().any(|one| one == wider);
    let is_held = |one: &str| match one {
        "true" | "false" => is_there("boolean"),
        "integer" => is_there("number"),
        _ if one.starts_with('"') => is_there("string"),
        _ if one.starts_with(|c: char| c.is_ascii_digit() || c == '-') => is_there("number") || is_there("integer"),
        _ => false,
    };
    let mut kept: Vec<&str> = Vec::new();
    for one in &types {
        if !is_held(one) && !kept.contains(&one.as_str()) {
            kept.push(one);
        }
    }
    kept.join(" | ")
}

/// One step of a path in jq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathStep {
    /// `.name`
    Key(String),
    /// `[]`
    Elements,
}

/// More fields than anybody looks through.
const MOST_FIELDS: usize = 200;

/// The fields that can stand behind a path, with their types: what `.` is where the path starts may be the value
/// itself or anything in it.
pub(super) fn fields_behind(ways: &Ways, path: &[PathStep]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: VecDeque<Shape> = ways.iter().cloned().collect();
    let mut left = 2_000;
    while let Some(shape) = open.pop_front() {
        left -= 1;
        if left == 0 || found.len() >= MOST_FIELDS {
            break;
        }
        let end = path.iter().fold(shape.clone(), |shape, step| match step {
            PathStep::Key(name) => shape.key(name),
            PathStep::Elements => shape.elements(),
        });
        for field in end.alternatives().iter().flat_map(ways::fields) {
            found.entry(field.name.to_string()).or_insert_with(|| describe(&field.shape, 2));
        }
        for shape in shape.alternatives() {
            match &shape.kind {
                ShapeKind::Object(object) => open.extend(object.fields.iter().map(|field| field.shape.clone())),
                ShapeKind::Array(array) => open.push_back(array.elements.clone()),
                _ => {}
            }
        }
    }
    found
}

/// The fields that a value is known to have, and that a variable's path can name.
pub(super) fn fields_of(ways: &Ways) -> BTreeMap<String, String> {
    let can_be_named =
        |name: &str| !name.contains(|c: char| c.is_whitespace() || ".:|}[]\"\\".contains(c)) && !name.is_empty();
    let fields = ways.iter().flat_map(Shape::alternatives).flat_map(ways::fields);
    let fields = fields.filter(|field| can_be_named(&field.name)).take(MOST_FIELDS);
    fields.map(|field| (field.name.to_string(), describe(&field.shape, 2))).collect()
}

/// The innermost part of a shape that is made at an offset, and its place: the key that names it, or what makes it.
pub(super) fn part_at(shape: &Shape, offset: usize) -> Option<(Span, &Shape)> {
    let holds = |span: Span| (span.start as usize..=span.end as usize).contains(&offset);
    let inner = match &shape.kind {
        ShapeKind::Object(object) => object.fields.iter().find_map(|field| {
            part_at(&field.shape, offset).or_else(|| holds(field.span).then_some((field.span, &field.shape)))
        }),
        ShapeKind::Array(array) => part_at(&array.elements, offset),
        ShapeKind::OneOf(several) => several.iter().find_map(|shape| part_at(shape, offset)),
        _ => None,
    };
    inner.or_else(|| (holds(shape.span) && !shape.span.range().is_empty()).then_some((shape.span, shape)))
}
