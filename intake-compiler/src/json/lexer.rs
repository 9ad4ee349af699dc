//! Tokens by their first character, and what may stand between them.

use super::Parser;
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::source::Span;

/// What the next token starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peek {
    /// `{` or `[`
    Open(u8),
    /// `}` or `]`
    Close(u8),
    Comma,
    Colon,
    /// A quotation mark, JSON's or another.
    Quote,
    /// A literal, a number, or text that lacks its quotes.
    Word,
    Other,
    End,
}

impl Peek {
    /// Whether a value can start so.
    pub(super) fn starts_value(self) -> bool {
        matches!(self, Self::Open(_) | Self::Quote | Self::Word)
    }
}

/// Marks that word processors and other languages use for quotes.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '„' | '‘' | '’')
}

/// Whether a word can hold `c`.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | '-' | '+' | '.' | '$' | '!' | '@')
        || (!c.is_ascii() && !is_quote(c) && !is_odd_space(c))
}

/// White space of Unicode, and characters that cannot be seen: no white space for JSON.
fn is_odd_space(c: char) -> bool {
    !matches!(c, ' ' | '\t' | '\n' | '\r')
        && (c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
}

impl Parser<'_> {
    /// The character at `pos`.
    pub(super) fn char(&self) -> Option<char> {
        self.text.get(self.pos..)?.chars().next()
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Skips to the next token and says what it is.
    pub(super) fn peek(&mut self) -> Peek {
        if self.gave_up {
            self.pos = self.text.len();
        }
        self.skip_trivia();
        match self.char() {
            None => Peek::End,
            Some(bracket @ ('{' | '[')) => Peek::Open(bracket as u8),
            Some(bracket @ ('}' | ']')) => Peek::Close(bracket as u8),
            Some(',') => Peek::Comma,
            Some(':') => Peek::Colon,
            Some(c) if is_quote(c) => Peek::Quote,
            Some(c) if is_word(c) => Peek::Word,
            Some(_) => Peek::Other,
        }
    }

    fn skip_trivia(&mut self) {
        while !self.gave_up {
            match self.byte(self.pos) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.pos += 1,
                Some(b'#') => self.line_comment(),
                Some(b'/') if self.byte(self.pos + 1) == Some(b'/') => self.line_comment(),
                Some(b'/') if self.byte(self.pos + 1) == Some(b'*') => self.block_comment(),
                Some(byte) if !(b' '..0x7f).contains(&byte) => match self.char() {
                    Some(c) if is_odd_space(c) => self.odd_space(c.len_utf8()),
                    _ => return,
                },
                _ => return,
            }
        }
    }

    fn odd_space(&mut self, len: usize) {
        // More than anybody pastes; the limit bounds the memory.
        if self.odd_spaces.len() < 10_000 {
            self.odd_spaces.push(Span::new(self.pos, self.pos + len));
        }
        self.pos += len;
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.pos..];
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.comment(len, "a comment");
    }

    fn block_comment(&mut self) {
        let rest = &self.text[self.pos..];
        match rest[2..].find("*/") {
            Some(len) => self.comment(len + 4, "a comment"),
            None => self.comment(rest.len(), "a comment without its end"),
        }
    }

    fn comment(&mut self, len: usize, what: &str) {
        let span = Span::new(self.pos, self.pos + len);
        self.pos += len;
        let diagnostic = Diagnostic::new(Code::CommentInJson, span, format!("{what}, but JSON has no comments"))
            .help("a member `\"_comment\": \"…\"` is allowed in every object and ignored")
            .suggest("remove the comment", self.with_blanks(span), "");
        self.report(diagnostic);
    }

    /// `span` and the blanks before it; the whole line if nothing else is on it.
    fn with_blanks(&self, span: Span) -> Span {
        let before = &self.text[..span.start as usize];
        let start = before.trim_end_matches([' ', '\t']).len();
        let after = &self.text[span.end as usize..];
        let newline = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with('\n')) };
        let own_line = start == 0 || before[..start].ends_with('\n');
        Span::new(start, span.end as usize + if own_line { newline } else { 0 })
    }

    /// Reports the strange white space of the whole document as one mistake: it came with one paste.
    pub(super) fn report_odd_spaces(&mut self) {
        let spaces = std::mem::take(&mut self.odd_spaces);
        let Some(&first) = spaces.first() else { return };
        let code = self.slice(first).chars().next().map_or(0, u32::from);
        let message = match spaces.len() {
            1 => format!("the character U+{code:04X} is no white space in JSON"),
            n => format!("the character U+{code:04X} is no white space in JSON ({n} like it)"),
        };
        let edits = spaces.iter().map(|span| Edit { span: *span, replacement: " ".to_owned() }).collect();
        let diagnostic = Diagnostic::new(Code::UnexpectedToken, first, message)
            .label("looks like a space")
            .note("only space, tab, line feed and carriage return may stand between values")
            .fix_all("write spaces", edits);
        self.report(diagnostic);
    }

    /// Skips text that means nothing, up to what can be understood again, and gives its span.
    pub(super) fn skip_garbage(&mut self) -> Span {
        let start = self.pos;
        let first = self.char().map_or(0, char::len_utf8);
        let rest = &self.text[start + first..];
        let stop = |c: char| matches!(c, ',' | '{' | '}' | '[' | ']' | '"' | '\n' | '\r');
        let len = rest.find(stop).unwrap_or(rest.len());
        let len = first + rest[..len].trim_end().len();
        self.bump(len);
        Span::new(start, start + len)
    }

    /// The next token after `at` without reporting anything: its offset and first byte.
    pub(super) fn look(&self, at: usize) -> (usize, Option<u8>) {
        let bytes = self.text.as_bytes();
        let blank = bytes[at.min(bytes.len())..].iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        (at + blank, self.byte(at + blank))
    }

    /// Whether a quoted string and a colon start at `at`: a key.
    pub(super) fn is_key(&self, at: usize) -> bool {
        match super::string::next_quote(self.text, at + 1) {
            Some(end) if self.byte(at) == Some(b'"') => self.look(end + 1).1 == Some(b':'),
            _ => false,
        }
    }
}
