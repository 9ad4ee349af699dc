//! What the reports on jq programs share: places, and edits escaped for the JSON string around the program.

use super::scan::{Scan, Token};
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::json::Str;
use std::fmt::Write;
use std::ops::Range;

/// A program with its tokens; all ranges are of its decoded text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) source: &'a Str,
    pub(super) scan: &'a Scan,
}

impl<'a> Text<'a> {
    pub(super) fn get(self, range: Range<usize>) -> &'a str {
        self.source.value.get(range).unwrap_or_default()
    }

    /// The text of the token at an index.
    pub(super) fn token(self, index: usize) -> &'a str {
        self.scan.tokens.get(index).map_or("", |token| self.get(token.range.clone()))
    }

    /// The index of the first token that starts at or behind an offset.
    pub(super) fn token_from(self, offset: usize) -> usize {
        self.scan.tokens.partition_point(|token| token.range.start < offset)
    }

    pub(super) fn at(self, index: usize) -> Option<&'a Token> {
        self.scan.tokens.get(index)
    }

    /// Where the program ends, white space and comments aside.
    pub(super) fn end(self) -> usize {
        self.scan.tokens.last().map_or(0, |last| last.range.end)
    }

    pub(super) fn error(self, code: Code, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.source.source_span(range), message)
    }

    pub(super) fn edit(self, range: Range<usize>, replacement: &str) -> Edit {
        Edit { span: self.source.source_span(range), replacement: escape(replacement) }
    }
}

/// Text as it stands in a JSON string.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            c if c < ' ' => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}
