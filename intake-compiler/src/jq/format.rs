//! A jq program in its one layout: spaces around operators, none inside brackets, comments on their lines.
//!
//! Only what stands between the tokens changes, and jq's white space means nothing: the tokens stay, and with them the
//! meaning.

use super::scan::{Kind, Scan, Slot, Token, scan};
use crate::diagnostic::Sink;
use crate::json::Str;

/// Words that no value ends with: what follows them starts anew.
const KEYWORDS: [&str; 16] = [
    "def", "if", "then", "elif", "else", "as", "and", "or", "reduce", "foreach", "try", "catch", "label", "import",
    "include", "__loc__",
];

/// The program in its layout, not escaped; `None` if its text is not made of jq tokens.
pub(crate) fn format(source: &Str) -> Option<String> {
    let scan = read(source)?;
    let slots = scan.slots.iter();
    let mut layout = Layout { text: &source.value, slots, out: String::new(), open: Vec::new(), before: None, at: 0 };
    scan.tokens.iter().for_each(|token| layout.token(token));
    layout.gap(source.value.len(), true);
    Some(layout.out)
}

/// The tokens of a program as texts, variables in their one spelling: two programs with the same are the same.
pub(crate) fn spelling(source: &Str) -> Option<Vec<String>> {
    let scan = read(source)?;
    let mut slots = scan.slots.iter();
    let text = |token: &Token| written(&source.value, token, &mut slots);
    Some(scan.tokens.iter().map(text).collect())
}

/// The tokens; a mistake among them is reported elsewhere.
fn read(source: &Str) -> Option<Scan> {
    let mut unread = Sink::new();
    let scan = scan(source, &mut unread);
    let is_sound = unread.finish().is_empty() && scan.mistakes.is_empty() && !scan.tokens.is_empty();
    is_sound.then_some(scan)
}

fn written(text: &str, token: &Token, slots: &mut std::slice::Iter<'_, Slot>) -> String {
    if token.kind == Kind::Variable
        && let Some(variable) = slots.next().and_then(|slot| slot.variable.as_ref())
    {
        return variable.to_string();
    }
    text[token.range.clone()].to_owned()
}

/// What was written last, as far as it matters for what follows.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// An opening bracket.
    Open,
    /// `,` or `;`
    Separator,
    /// `:` of a slice, or a `-` before its operand: nothing comes between.
    Nothing,
    /// `.` or `..`: what touches them may become another token.
    Dot,
    /// A number: a `.` that touches it would belong to it.
    Number,
    /// A word that calls a function, if `(` follows.
    Name,
    /// Anything else that ends a value.
    Value,
    /// A keyword or an operator.
    Operator,
}

impl Before {
    fn ends_value(self) -> bool {
        matches!(self, Self::Dot | Self::Number | Self::Name | Self::Value)
    }
}

struct Layout<'a> {
    text: &'a str,
    slots: std::slice::Iter<'a, Slot>,
    out: String,
    /// The brackets and quotes around the next token; `d` for the head of a definition.
    open: Vec<u8>,
    before: Option<Before>,
    /// Where the last token ended in the text.
    at: usize,
}

impl Layout<'_> {
    fn token(&mut self, token: &Token) {
        let text = written(self.text, token, &mut self.slots);
        if self.open.last() == Some(&b'"') {
            self.in_string(token, &text);
        } else {
            self.gap(token.range.start, false);
            self.outside(token, &text);
        }
        self.at = token.range.end;
    }

    /// The inside of a string stays as it is.
    fn in_string(&mut self, token: &Token, text: &str) {
        self.out.push_str(text);
        match token.kind {
            Kind::Unquote => {
                self.open.pop();
                self.before = Some(Before::Value);
            }
            Kind::Open(bracket) => {
                self.open.push(bracket);
                self.before = Some(Before::Open);
            }
            _ => {}
        }
    }

    fn outside(&mut self, token: &Token, text: &str) {
        let is_unary = text == "-" && !self.before.is_some_and(Before::ends_value);
        let starts_line = self.out.ends_with('\n');
        if !starts_line && self.before.is_some_and(|before| self.is_apart(before, token.kind, text)) {
            self.out.push(' ');
        }
        self.out.push_str(text);
        let in_slice = self.open.last() == Some(&b'[');
        let in_head = self.open.last() == Some(&b'd');
        self.before = Some(match token.kind {
            Kind::Open(bracket) => {
                self.open.push(bracket);
                Before::Open
            }
            Kind::Quote => {
                self.open.push(b'"');
                Before::Open
            }
            Kind::Close(_) => {
                self.close();
                Before::Value
            }
            Kind::Word if text == "def" => {
                self.open.push(b'd');
                Before::Operator
            }
            Kind::Word if KEYWORDS.contains(&text) => Before::Operator,
            Kind::Word if text == "end" => Before::Value,
            Kind::Word => Before::Name,
            Kind::Number => Before::Number,
            Kind::Symbol if text == "." || text == ".." => Before::Dot,
            Kind::Symbol if text.starts_with('.') || text == "?" => Before::Value,
            Kind::Symbol if text == ":" && in_slice => Before::Nothing,
            Kind::Symbol if matches!(text, ":" | "," | ";") => Before::Separator,
            Kind::Symbol if is_unary => Before::Nothing,
            Kind::Symbol => Before::Operator,
            _ => Before::Value,
        });
        if in_head && text == ":" {
            self.open.pop();
        }
    }

    /// A closing bracket; the head of a definition that never got its `:` ends with it.
    fn close(&mut self) {
        while self.open.pop() == Some(b'd') {}
    }

    /// Whether a space comes before a token.
    fn is_apart(&self, before: Before, kind: Kind, text: &str) -> bool {
        match (before, kind) {
            (Before::Open | Before::Nothing, _) | (_, Kind::Close(_)) => false,
            (_, Kind::Symbol) if matches!(text, "," | ";" | ":" | "?") => false,
            (Before::Separator | Before::Operator, _) => true,
            (_, Kind::Open(b'[')) => false,
            (Before::Name, Kind::Open(b'(')) => false,
            (Before::Dot, Kind::Quote) => self.out.ends_with(".."),
            (Before::Dot | Before::Number, _) => true,
            (_, Kind::Symbol) if text != ".." && text.starts_with('.') => false,
            _ => true,
        }
    }

    /// What stands between two tokens: the comments in it, and the line breaks that end them.
    fn gap(&mut self, end: usize, is_last: bool) {
        let mut rest = &self.text[self.at..end];
        let mut own_line = rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
        while let Some(start) = rest.find('#') {
            let (comment, after) = rest[start..].split_at(comment_end(&rest[start..]));
            if !self.out.is_empty() && !self.out.ends_with('\n') {
                self.out.push(if own_line { '\n' } else { ' ' });
            }
            self.out.push_str(comment);
            rest = after;
            own_line = true;
            if !(is_last && rest.trim().is_empty()) {
                self.out.push('\n');
            }
        }
    }
}

/// The length of the comment at the start of a text, without the line break that ends it. A line that ends with an odd
/// number of backslashes goes on.
fn comment_end(text: &str) -> usize {
    let mut end = 0;
    for line in text.split('\n') {
        end += line.len();
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0 {
            return end;
        }
        end += 1;
    }
    end.min(text.len())
}
