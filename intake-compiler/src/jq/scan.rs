//! A flat, iterative lexer for jq programs that hold `${…}`.
//!
//! It accepts exactly what jaq's lexer accepts (a test compares them), so jaq's own, which is recursive, never sees a
//! program that it would have to refuse.

use crate::diagnostic::Sink;
use crate::json::Str;
use crate::template::{self, Variable};
use std::ops::Range;

/// A token and its place in the decoded text.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its place.
    pub range: Range<usize>,
}

/// The kinds of a [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word,
    /// `$name`
    Var,
    /// `@name`
    Format,
    /// A number.
    Number,
    /// An operator, `.`, `.name` or `..`.
    Symbol,
    /// `(`, `[` or `{`; also the `\(` of an interpolation.
    Open(u8),
    /// The bracket that closes one.
    Close(u8),
    /// The quote before a string.
    Quote,
    /// Characters of a string.
    Text,
    /// One escaped character of a string.
    Escape,
    /// The quote behind a string.
    Unquote,
    /// `${…}`
    Variable,
}

/// A `${…}` in the program.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) range: Range<usize>,
    /// `None` if it could not be read, which has been reported.
    pub(super) variable: Option<Variable>,
    pub(super) in_string: bool,
}

/// Something that is no jq token.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) kind: MistakeKind,
    pub(super) range: Range<usize>,
}

#[derive(Debug)]
pub(super) enum MistakeKind {
    /// A character no token starts with.
    Character,
    /// `$`, `@` or `::` without a name.
    Name,
    /// A number that ends in `.` or `e`.
    Digit,
    /// `\` and a character that is no escape.
    Escape,
    /// `\u` without the four digits of a character.
    Unicode,
    /// A closing bracket that closes nothing.
    Unopened,
    /// Brackets and quotes (outermost first) that are open where an outer one closes, or where the text ends.
    Unclosed(Vec<usize>),
}

/// A whole program in tokens.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) tokens: Vec<Token>,
    pub(super) slots: Vec<Slot>,
    pub(super) mistakes: Vec<Mistake>,
}

/// Cuts a program into tokens; a wrong `${…}` is reported, what is wrong with the jq is kept for later.
pub(super) fn scan(text: &Str, sink: &mut Sink) -> Scan {
    let mut scanner =
        Scanner { text: &text.value, at: 0, open: Vec::new(), counts: vec![[0; 3]], out: Scan::default() };
    while scanner.at < scanner.text.len() {
        let start = scanner.at;
        if !scanner.in_string() && scanner.space() {
            continue;
        }
        if scanner.rest().starts_with("${") {
            let (variable, end) = template::variable_at(text, start, sink);
            scanner.out.slots.push(Slot { range: start..end, variable, in_string: scanner.in_string() });
            scanner.at = end;
            scanner.push(Kind::Variable, start);
        } else if scanner.in_string() {
            scanner.string();
        } else {
            scanner.token();
        }
    }
    let open: Vec<usize> = scanner.open.iter().map(|(_, at)| *at).collect();
    if !open.is_empty() {
        let end = scanner.out.tokens.last().map_or(0, |last| last.range.end);
        scanner.out.mistakes.push(Mistake { kind: MistakeKind::Unclosed(open), range: end..end });
    }
    scanner.out
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Open brackets and quotes, and where they are.
    open: Vec<(u8, usize)>,
    /// How many brackets of each kind are open in the program, and in each open string.
    counts: Vec<[usize; 3]>,
    out: Scan,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn in_string(&self) -> bool {
        self.open.last().is_some_and(|(open, _)| *open == b'"')
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.out.tokens.push(Token { kind, range: start..self.at });
    }

    fn mistake(&mut self, kind: MistakeKind, range: Range<usize>) {
        self.out.mistakes.push(Mistake { kind, range });
    }

    /// Skips what `f` accepts, and says how many bytes that was.
    fn skip(&mut self, f: impl Fn(char) -> bool) -> usize {
        let len = self.rest().len() - self.rest().trim_start_matches(f).len();
        self.at += len;
        len
    }

    /// Skips white space and comments. A comment goes on after a line that ends with an odd number of backslashes.
    fn space(&mut self) -> bool {
        let start = self.at;
        self.skip(char::is_whitespace);
        while self.byte() == Some(b'#') {
            loop {
                let line = self.rest().split_once('\n').map_or(self.rest(), |(line, _)| line);
                let len = (line.len() + 1).min(self.rest().len());
                let line = line.strip_suffix('\r').unwrap_or(line);
                let goes_on = line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
                self.at += len;
                if !goes_on || self.rest().is_empty() {
                    break;
                }
            }
            self.skip(char::is_whitespace);
        }
        self.at > start
    }

    /// One token of a string's inside.
    fn string(&mut self) {
        let start = self.at;
        match self.byte() {
            Some(b'"') => {
                self.at += 1;
                self.open.pop();
                self.counts.pop();
                self.push(Kind::Unquote, start);
            }
            Some(b'\\') => self.escape(),
            _ => {
                let end = self.rest().find(['"', '\\']).unwrap_or(self.rest().len());
                let variable = self.rest()[..end].find("${");
                self.at += variable.unwrap_or(end);
                self.push(Kind::Text, start);
            }
        }
    }

    fn escape(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.byte() {
            Some(b'(') => {
                self.open_bracket(b'(', self.at);
                self.at += 1;
                return self.push(Kind::Open(b'('), start);
            }
            Some(b'\\' | b'/' | b'"' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                let digits = self.rest().bytes().take(4).take_while(u8::is_ascii_hexdigit).count();
                let code = u32::from_str_radix(&self.rest()[..digits], 16).ok();
                self.at += digits;
                if digits < 4 || code.and_then(char::from_u32).is_none() {
                    self.mistake(MistakeKind::Unicode, start..self.at);
                }
            }
            _ => {
                let end = self.at + self.rest().chars().next().map_or(0, char::len_utf8);
                self.mistake(MistakeKind::Escape, start..end);
            }
        }
        self.push(Kind::Escape, start);
    }

    /// One token outside a string.
    fn token(&mut self) {
        let start = self.at;
        let is_operator = |c: char| "|=!<>+-*/%".contains(c);
        let first = self.rest().chars().next().unwrap_or_default();
        self.at += first.len_utf8();
        let kind = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                self.skip(is_name);
                if self.rest().starts_with("::") {
                    self.at += 2;
                    self.at += usize::from(matches!(self.byte(), Some(b'@' | b'$')));
                    self.name(start);
                }
                Kind::Word
            }
            '$' | '@' => {
                self.name(start);
                if first == '$' { Kind::Var } else { Kind::Format }
            }
            '0'..='9' => {
                self.number(start);
                Kind::Number
            }
            '.' => {
                if self.byte() == Some(b'.') {
                    self.at += 1;
                } else if self.byte().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
                    self.skip(is_name);
                }
                Kind::Symbol
            }
            ':' | ';' | ',' | '?' => Kind::Symbol,
            '(' | '[' | '{' => {
                self.open_bracket(first as u8, start);
                Kind::Open(first as u8)
            }
            ')' | ']' | '}' => return self.close(first, start),
            '"' => {
                self.open.push((b'"', start));
                self.counts.push([0; 3]);
                Kind::Quote
            }
            c if is_operator(c) => {
                self.skip(|c| is_operator(c) && c != '-');
                Kind::Symbol
            }
            _ => return self.mistake(MistakeKind::Character, start..self.at),
        };
        self.push(kind, start);
    }

    fn name(&mut self, start: usize) {
        if self.byte().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
            self.skip(is_name);
        } else {
            self.mistake(MistakeKind::Name, start..self.at);
        }
    }

    fn number(&mut self, start: usize) {
        self.skip(|c| c.is_ascii_digit());
        let mut complete = true;
        if self.byte() == Some(b'.') {
            self.at += 1;
            complete &= self.skip(|c| c.is_ascii_digit()) > 0;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            complete &= self.skip(|c| c.is_ascii_digit()) > 0;
        }
        if !complete {
            self.mistake(MistakeKind::Digit, start..self.at);
        }
    }

    fn open_bracket(&mut self, open: u8, at: usize) {
        self.open.push((open, at));
        if let Some(counts) = self.counts.last_mut() {
            counts[index(closing(open))] += 1;
        }
    }

    /// A closing bracket; those opened after its own, if it has one in this string or program, are unclosed.
    fn close(&mut self, bracket: char, start: usize) {
        let Some(counts) = self.counts.last_mut().filter(|counts| counts[index(bracket)] > 0) else {
            return self.mistake(MistakeKind::Unopened, start..self.at);
        };
        let mut unclosed = Vec::new();
        while let Some((open, at)) = self.open.pop() {
            counts[index(closing(open))] -= 1;
            if closing(open) == bracket {
                break;
            }
            unclosed.push(at);
        }
        if !unclosed.is_empty() {
            unclosed.reverse();
            self.mistake(MistakeKind::Unclosed(unclosed), start..self.at);
        }
        self.push(Kind::Close(bracket as u8), start);
    }
}

fn index(bracket: char) -> usize {
    match bracket {
        ')' => 0,
        ']' => 1,
        _ => 2,
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The bracket or quote that closes `open`.
pub(super) fn closing(open: u8) -> char {
    match open {
        b'(' => ')',
        b'[' => ']',
        b'{' => '}',
        _ => '"',
    }
}
