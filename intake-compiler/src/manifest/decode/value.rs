//! JSON values whose strings are templates.

use super::fields::{Object, string, without_variables};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::json::{Kind, Node};
use crate::manifest::model::{Value, ValueKind};
use crate::source::{Span, Spanned};
use crate::template::{self, Template};

/// The longest number that the runtime takes, in characters.
const MAX_DIGITS: usize = 1_000;

fn too_long(span: Span, length: usize) -> Diagnostic {
    Diagnostic::new(Code::OutOfRange, span, format!("a number of {length} characters, where {MAX_DIGITS} is the most"))
        .help("write it as a string")
}

/// Decodes any JSON value.
pub(super) fn value(node: &Node, sink: &mut Sink) -> Value {
    let kind = match &node.kind {
        // The parser has reported the error: the gate after decoding is shut.
        Kind::Null | Kind::Error => ValueKind::Null,
        Kind::Bool(value) => ValueKind::Bool(*value),
        Kind::Number(text) => {
            if text.len() > MAX_DIGITS {
                sink.push(too_long(node.span, text.len()));
            }
            ValueKind::Number(text.clone())
        }
        Kind::String(text) => ValueKind::String(template::parse(text, sink)),
        Kind::Array(elements) => ValueKind::Array(elements.iter().map(|element| value(element, sink)).collect()),
        Kind::Object(_) => ValueKind::Object(entries(node, "an object", "an object's key", sink)),
    };
    Value { span: node.span, kind }
}

/// Decodes an object of names and values, such as `params`.
pub(super) fn entries(node: &Node, what: &'static str, of_key: &str, sink: &mut Sink) -> Vec<(Spanned<String>, Value)> {
    let Some(object) = Object::of(node, what, None, sink) else { return Vec::new() };
    let decoded = object.members.iter();
    decoded.map(|member| (without_variables(&member.key, of_key, sink), value(&member.value, sink))).collect()
}

/// Decodes a string with variables.
pub(super) fn text(node: &Node, what: &str, sink: &mut Sink) -> Option<Template> {
    string(node, what, sink).map(|text| template::parse(text, sink))
}

/// Decodes a URL or path. Without a variable that could not be read (reported) it is another URL, about which nothing
/// must be said: it comes back without parts.
pub(super) fn url(node: &Node, what: &str, sink: &mut Sink) -> Option<Template> {
    let text = string(node, what, sink)?;
    let mut template = template::parse(text, sink);
    if template.variables().count() < text.value.matches("${").count() {
        template.parts.clear();
    }
    Some(template)
}
