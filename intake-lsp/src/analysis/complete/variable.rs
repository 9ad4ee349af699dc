//! Variables: what can stand between `${` and `}`.

use super::{Item, ItemKind};
use crate::analysis::File;
use crate::analysis::cursor::Cursor;
use crate::analysis::known;
use intake_compiler::json::Str;
use intake_compiler::manifest::grammar::Takes;

/// The variables that can be read, if the offset is in one. In a place that takes none there is nothing to offer.
pub(super) fn complete(file: &File, cursor: &Cursor<'_>, takes: Takes, text: &Str, at: usize) -> Option<Vec<Item>> {
    let before = &text.value[..at];
    let (start, is_open) = match before.rfind("${") {
        Some(start) if !before[start..].contains('}') => (start + 2, true),
        _ => (at, false),
    };
    // In jq a `$` starts a variable of its own.
    if !(is_open || (before.ends_with('$') && !matches!(takes, Takes::Program))) {
        return None;
    }
    // A default is any text.
    if before[start..].contains('|') {
        return Some(Vec::new());
    }
    if !matches!(takes, Takes::Text | Takes::Url | Takes::Value | Takes::Scalar | Takes::Program) {
        return Some(Vec::new());
    }
    let is_path = |c: char| !matches!(c, '|' | '}' | '"' | '\\' | '$' | '{') && !c.is_whitespace();
    let rest = &text.value[at..];
    let end = at + rest.find(|c| !is_path(c)).unwrap_or(rest.len());
    let is_closed = text.value[end..].trim_start().starts_with(['}', '|']);
    // What follows text that is no variable yet is not its path.
    let end = if is_closed { end } else { at };
    let span = text.source_span(start..end);
    let (open, close) = (if is_open { "" } else { "{" }, if is_closed { "" } else { "}" });
    let item = |known: known::Variable| {
        let item = Item::new(known.path.as_str(), ItemKind::Variable, span).doc(known.doc);
        let item = item.text(format!("{open}{}{close}", json_inside(&known.path)), "");
        if known.detail.is_empty() { item } else { item.detail(known.detail) }
    };
    Some(known::variables(file, cursor).into_iter().map(item).collect())
}

/// A text as it stands between the quotes of a JSON string.
fn json_inside(text: &str) -> String {
    let literal = super::json(text);
    literal[1..literal.len() - 1].to_owned()
}
