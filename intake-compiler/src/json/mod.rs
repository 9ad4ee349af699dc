//! JSON with a span on everything, error recovery and no recursion without a limit.
//!
//! What is accepted is strict RFC 8259, within the limits of serde_json (127 nested brackets, numbers that a 64-bit
//! float can hold). Everything else is reported, and read as what was probably meant.

mod ast;
mod brackets;
mod container;
mod decode;
mod document;
mod lexer;
mod number;
mod string;
mod word;

pub use ast::{Kind, Member, Node, Str};

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::source::{Source, Span};
use brackets::Open;

/// Brackets nested deeper than this are refused; serde_json does the same.
const MAX_DEPTH: usize = 127;

/// After so many mistakes the rest of the text is not looked at: it is no JSON, and the list must end somewhere.
const MAX_MISTAKES: usize = 100;

/// Parses a whole document. Every mistake is reported; what could be understood comes back all the same.
pub fn parse(source: &Source, sink: &mut Sink) -> Option<Node> {
    let text = source.text();
    if text.len() > Source::MAX_LEN {
        let message =
            format!("the manifest has {} bytes, more than the {} that are compiled", text.len(), Source::MAX_LEN);
        let help = "keep data in a file of its own and only intakes in the manifest";
        sink.push(Diagnostic::new(Code::TextTooLong, Span::at(0), message).help(help));
        return None;
    }
    Parser::new(text, sink).document()
}

/// The parser's whole state; its methods are spread over the sibling modules.
struct Parser<'a> {
    text: &'a str,
    /// Where the next token starts, or white space before it.
    pos: usize,
    /// The end of the last token: where something that is missing is to be inserted.
    last: usize,
    /// The brackets around `pos`, innermost last.
    open: Vec<Open>,
    /// Set while several brackets end at one foreign closing bracket: how many of `open` stay.
    unwinding: Option<usize>,
    /// White space that JSON does not know; reported together.
    odd_spaces: Vec<Span>,
    /// The comma before the next member is missing along with a value that was reported.
    excused: bool,
    /// The text ends within a member.
    cut_off: bool,
    mistakes: usize,
    /// Nothing more is reported.
    muted: bool,
    /// The rest of the text is not looked at.
    gave_up: bool,
    sink: &'a mut Sink,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, sink: &'a mut Sink) -> Self {
        let (open, odd_spaces) = (Vec::new(), Vec::new());
        Self {
            text,
            pos: 0,
            last: 0,
            open,
            unwinding: None,
            odd_spaces,
            excused: false,
            cut_off: false,
            mistakes: 0,
            muted: false,
            gave_up: false,
            sink,
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.muted {
            return;
        }
        self.mistakes += 1;
        if self.mistakes == MAX_MISTAKES {
            self.sink.push(diagnostic.note("the rest of the text is not read: there are too many mistakes before it"));
            self.give_up();
        } else {
            self.sink.push(diagnostic);
        }
    }

    /// From here on [`Parser::peek`] finds the end, and nothing more is reported.
    fn give_up(&mut self) {
        self.muted = true;
        self.gave_up = true;
    }

    /// Consumes `len` bytes as a token.
    fn bump(&mut self, len: usize) {
        self.pos = (self.pos + len).min(self.text.len());
        self.last = self.pos;
    }

    /// The character at `at`.
    pub(super) fn char_at(&self, at: usize) -> Span {
        let length = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Span::new(at, at + length)
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// `text` for a message: short, and marked as the manifest's own words.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    if short.contains('`') { short } else { format!("`{short}`") }
}
