//! What the tests of the string languages share.
#![allow(dead_code, reason = "every test file uses its own part")]

pub(crate) mod member;

use intake_compiler::diagnostic::{Diagnostic, Sink};
use intake_compiler::json::Str;
use intake_compiler::source::Span;

/// The literal as it stands in a manifest that consists of nothing else.
pub(crate) fn literal(source: &str) -> Str {
    let inner = source.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).expect("a quoted literal");
    let (mut value, mut map) = (String::new(), vec![(0, 1)]);
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        let (_, escaped) = chars.next().expect("an escape");
        value.push(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'u' => {
                let hex: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap()
            }
            other => other,
        });
        let end = chars.clone().next().map_or(inner.len(), |(next, _)| next);
        let before = value.len() - value.chars().last().unwrap().len_utf8();
        map.push((u32::try_from(before).unwrap(), u32::try_from(at + 1).unwrap()));
        map.push((u32::try_from(value.len()).unwrap(), u32::try_from(end + 1).unwrap()));
    }
    map.dedup();
    Str { value, span: Span::new(0, source.len()), map }
}

/// A JSON literal that holds `text`.
pub(crate) fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Runs `parse` and gives back what it found, too.
pub(crate) fn with_sink<T>(parse: impl FnOnce(&mut Sink) -> T) -> (T, Vec<Diagnostic>) {
    let mut sink = Sink::new();
    let parsed = parse(&mut sink);
    (parsed, sink.finish())
}

/// `CODE at: message` of each diagnostic, with the text it points at.
pub(crate) fn summary(source: &str, found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(|one| format!("{} `{}`: {}", one.code, &source[one.primary.span.range()], one.message)).collect()
}

/// The source after the first suggestion of each diagnostic.
pub(crate) fn mended(source: &str, found: &[Diagnostic]) -> String {
    let mut edits: Vec<_> = found.iter().filter_map(|one| one.suggestions.first()).flat_map(|one| &one.edits).collect();
    edits.sort_by_key(|edit| edit.span);
    edits.iter().rev().fold(source.to_owned(), |mut text, edit| {
        text.replace_range(edit.span.range(), &edit.replacement);
        text
    })
}
