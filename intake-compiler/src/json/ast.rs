//! The syntax tree of a JSON document, with a span on every key and value.

use crate::source::Span;
use std::ops::Range;

/// A JSON value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What the value is.
    pub kind: Kind,
    /// The whole value, brackets and quotes included.
    pub span: Span,
}

impl Node {
    /// What a value begins with: its bracket, or where that is missing, its first key or element.
    #[must_use]
    pub fn opening(&self) -> Span {
        let first = match &self.kind {
            Kind::Object(members) => members.first().map(|member| member.key.span),
            Kind::Array(elements) => elements.first().map(|element| element.span),
            _ => return self.span,
        };
        let bracket = Span::new(self.span.start as usize, self.span.start as usize + 1);
        first.filter(|first| first.start == self.span.start).unwrap_or(bracket)
    }
}

/// The seven things a value can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as its source text: no digit is lost.
    Number(String),
    /// A string.
    String(Str),
    /// An array.
    Array(Vec<Node>),
    /// An object: members in source order. A repeated key is reported by the parser; all its members are kept.
    Object(Vec<Member>),
    /// Text that is no JSON value: reported by the parser, to be ignored by everyone after it.
    Error,
}

/// One `key: value` of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key.
    pub key: Str,
    /// The value.
    pub value: Node,
}

/// A decoded string that remembers where each of its bytes came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Str {
    /// The text, escapes decoded.
    pub value: String,
    /// The literal in the manifest, quotes included.
    pub span: Span,
    /// Break points `(decoded offset, source offset)`, ascending in both. From one to the next, source and
    /// decoded text advance byte by byte; an escape is one break point before it and one after it.
    pub map: Vec<(u32, u32)>,
}

impl Str {
    /// The source offset of a byte offset in the decoded text; an offset past the end counts as the end.
    #[must_use]
    pub fn source_offset(&self, decoded: usize) -> usize {
        let decoded = decoded.min(self.value.len());
        let after = self.map.partition_point(|(from, _)| *from as usize <= decoded);
        match after.checked_sub(1).and_then(|last| self.map.get(last)) {
            Some((from, source)) => *source as usize + (decoded - *from as usize),
            None => self.span.start as usize + 1 + decoded,
        }
    }

    /// The byte offset in the decoded text of a source offset; one inside an escape counts as the escape's start.
    #[must_use]
    pub fn decoded_offset(&self, source: usize) -> usize {
        let after = self.map.partition_point(|(_, at)| *at as usize <= source);
        let (from, at) = match after.checked_sub(1).and_then(|last| self.map.get(last)) {
            Some((from, at)) => (*from as usize, *at as usize),
            None => (0, self.span.start as usize + 1),
        };
        match self.map.get(after) {
            Some((next, until)) if *until as usize - at != *next as usize - from => from,
            _ => (from + source.saturating_sub(at)).min(self.value.len()),
        }
    }

    /// The source span of a range of the decoded text.
    #[must_use]
    pub fn source_span(&self, decoded: Range<usize>) -> Span {
        let start = self.source_offset(decoded.start);
        Span::new(start, self.source_offset(decoded.end).max(start))
    }
}
