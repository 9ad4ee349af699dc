//! Strings: where they end, even if a quote is missing or one too many.

use super::decode::{Decoder, Flaw, FlawKind};
use super::{Parser, Str, quoted};
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::source::Span;

/// How far ahead a guess looks: a jq program on one line, not the rest of a minified document.
const REACH: usize = 16 << 10;

/// Where a string stands, which decides what may follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The key of a member.
    Key,
    /// The value of a member.
    Member,
    /// An element, or the document: may turn out to be the key of a bare member.
    Element,
}

/// Where a string ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// At the quote at this offset.
    Closed(usize),
    /// At this quote; those before it should have been escaped.
    Inner(usize),
    /// Before this offset, without a quote.
    Missing(usize),
}

/// The offset of the next quote at or after `from` that no backslash escapes.
pub(super) fn next_quote(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The same within one line and within reach.
fn next_quote_on_line(text: &str, from: usize) -> Option<usize> {
    let bytes = &text.as_bytes()[..text.len().min(from + REACH)];
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\n' => return None,
            b'\\' if bytes.get(at + 1) != Some(&b'\n') => at += 2,
            _ => at += 1,
        }
    }
}

fn skip_blanks(text: &str, at: usize, blanks: &[u8]) -> usize {
    at + text.as_bytes()[at.min(text.len())..].iter().take_while(|byte| blanks.contains(byte)).count()
}

/// Whether a string can end just before `after`, seen from what follows.
fn can_end(text: &str, after: usize, place: Place) -> bool {
    let at = skip_blanks(text, after, b" \t");
    let rest = &text.as_bytes()[at.min(text.len())..];
    match rest.first() {
        None | Some(b'\n' | b'\r' | b',' | b'}' | b']' | b'{' | b'[' | b'#' | b';') => true,
        Some(b':') => place != Place::Member,
        Some(b'=') => place == Place::Key,
        Some(b'/') => matches!(rest.get(1), Some(b'/' | b'*')),
        Some(b'"') => at > after,
        // `"a" 1, …`: a comma is missing, the string is well.
        Some(_) => at > after && is_plain_value(&text[at..]),
    }
}

/// Whether `rest` starts with a literal or number that ends at once.
fn is_plain_value(rest: &str) -> bool {
    let len = rest.find([',', '}', ']', ' ', '\n', '\r']).unwrap_or(rest.len());
    let word = &rest[..len];
    let ends =
        matches!(rest[len..].trim_start_matches(' ').bytes().next(), None | Some(b',' | b'}' | b']' | b'\n' | b'\r'));
    ends && (matches!(word, "true" | "false" | "null") || super::number::fault(word).is_none())
}

/// `"join(",")"`: the quote at `at` looks like an opening one, and what would be the next key is none.
fn is_inner(text: &str, at: usize, place: Place) -> bool {
    let opens = text[..at].ends_with(['(', '=', '+', '|', '[', '{', ':', ',', ' ']);
    if place != Place::Member || !opens || text.as_bytes().get(at + 1) != Some(&b',') {
        return false;
    }
    let next = skip_blanks(text, at + 2, b" \t");
    if text.as_bytes().get(next) != Some(&b'"') {
        return false;
    }
    let Some(end) = next_quote_on_line(text, next + 1) else { return false };
    text.as_bytes().get(skip_blanks(text, end + 1, b" \t\r\n")) != Some(&b':')
}

/// Where the string that opens at `open` ends.
fn end(text: &str, open: usize, place: Place) -> End {
    let Some(first) = next_quote(text, open + 1) else {
        return End::Missing(end_on_line(text, open + 1, place));
    };
    if text[open + 1..first].contains('\n') {
        let opens = text[..first].trim_end_matches([' ', '\t']).ends_with(['\n', ',', ':', '{', '[']);
        let next_is_quote = text.as_bytes().get(first + 1) == Some(&b'"');
        let closes = can_end(text, first + 1, place) && !next_is_quote;
        let near = first - open < REACH;
        let structural =
            opens && !text[first + 1..].trim_start_matches([' ', '\t']).starts_with([',', '}', ']', '\n', '\r']);
        return if closes && near && !structural {
            End::Closed(first)
        } else {
            End::Missing(end_on_line(text, open + 1, place))
        };
    }
    if can_end(text, first + 1, place) && !is_inner(text, first, place) {
        return End::Closed(first);
    }
    if let (Place::Key, Some(end)) = (place, key_before_colon(text, open + 1, first)) {
        return End::Missing(end);
    }
    inner_or_missing(text, open, first, place)
}

/// The quote at `first` cannot end the string. Inner quotes come in pairs, so the end is an odd one.
fn inner_or_missing(text: &str, open: usize, first: usize, place: Place) -> End {
    let following = |at: &usize| next_quote_on_line(text, at + 1);
    let ends = |at: &usize| can_end(text, at + 1, place);
    let quotes = || std::iter::successors(Some(first), following).take_while(|at| at - open < REACH);
    if let Some(close) = quotes().step_by(2).skip(1).find(ends) {
        return End::Inner(close);
    }
    let content = text[open + 1..first].trim_end();
    if let Some(content) = content.strip_suffix(',').filter(|content| !content.is_empty()) {
        return End::Missing(open + 1 + content.trim_end().len());
    }
    match quotes().skip(1).step_by(2).find(ends) {
        Some(close) => End::Inner(close),
        None => End::Closed(first),
    }
}

/// `"name: …`: the end of the key if a word and a colon start the string.
fn key_before_colon(text: &str, start: usize, limit: usize) -> Option<usize> {
    let content = &text[start..limit];
    let len = content.find(|c: char| !super::lexer::is_word(c)).unwrap_or(content.len());
    (len > 0 && content[len..].trim_start().starts_with(':')).then_some(start + len)
}

/// Where a string without a closing quote probably ended on its line: before the comma and the brackets that close
/// more than the string itself opened.
fn end_on_line(text: &str, start: usize, place: Place) -> usize {
    let line = text[start..].find(['\n', '\r']).map_or(text.len(), |len| start + len);
    if let (Place::Key, Some(end)) = (place, key_before_colon(text, start, line)) {
        return end;
    }
    let mut content = text[start..line].trim_end();
    let count = |content: &str, bracket| content.matches(bracket).count();
    let (mut curly, mut square) = (
        count(content, '}').saturating_sub(count(content, '{')),
        count(content, ']').saturating_sub(count(content, '[')),
    );
    loop {
        let spare = match content.bytes().next_back() {
            Some(b',') => true,
            Some(b'}') if curly > 0 => {
                curly -= 1;
                true
            }
            Some(b']') if square > 0 => {
                square -= 1;
                true
            }
            _ => false,
        };
        if !spare {
            return start + content.len();
        }
        content = content[..content.len() - 1].trim_end();
    }
}

impl Parser<'_> {
    /// The string at `pos`, whatever its quotes are.
    pub(super) fn string(&mut self, place: Place) -> Str {
        match self.char() {
            Some('"') => self.double_quoted(place),
            _ => self.foreign_quoted(place),
        }
    }

    fn double_quoted(&mut self, place: Place) -> Str {
        let open = self.pos;
        let end = end(self.text, open, place);
        let (content_end, literal_end) = match end {
            End::Closed(close) | End::Inner(close) => (close, close + 1),
            End::Missing(end) => (end, end),
        };
        self.bump(literal_end - open);
        match end {
            End::Closed(_) => {}
            End::Inner(close) => self.report_inner(open, close),
            End::Missing(end) => self.report_unterminated(open, end, place),
        }
        self.decode(Span::new(open, literal_end), open + 1, content_end)
    }

    /// Decodes `start..end` of the literal `span`.
    fn decode(&mut self, span: Span, start: usize, end: usize) -> Str {
        let decoded = Decoder::new(self.text, start, end).run();
        self.finish_string(span, start, decoded)
    }

    fn finish_string(&mut self, span: Span, start: usize, decoded: Decoder<'_>) -> Str {
        let Decoder { value, mut map, flaws, .. } = decoded;
        for kind in [FlawKind::Control, FlawKind::Escape, FlawKind::Surrogate] {
            self.report_flaws(&flaws, kind);
        }
        if start != span.start as usize + 1 && map.first().is_none_or(|point| point.0 > 0) {
            map.insert(0, (0, Span::at(start).start));
        }
        Str { value, span, map }
    }

    /// A string whose text is `span` as it stands.
    pub(super) fn plain(&self, span: Span) -> Str {
        Str { value: self.slice(span).to_owned(), span, map: vec![(0, span.start)] }
    }

    fn report_inner(&mut self, open: usize, close: usize) {
        let mut quotes = Vec::new();
        let mut at = open;
        while let Some(next) = next_quote(self.text, at + 1).filter(|next| *next < close) {
            quotes.push(next);
            at = next;
        }
        let edits = quotes.iter().map(|at| Edit { span: Span::at(*at), replacement: "\\".to_owned() }).collect();
        let first = quotes.first().copied().unwrap_or(open);
        let mut diagnostic = Diagnostic::new(
            Code::UnterminatedString,
            Span::new(first, first + 1),
            "a quote inside a string ends it too early",
        )
        .label("the string would end here")
        .secondary(Span::new(open, open + 1), "the string starts here")
        .note("a `\"` that belongs to the text must be written `\\\"`");
        let what = if quotes.len() == 1 { "escape the quote" } else { "escape the quotes" };
        diagnostic = diagnostic.fix_all(what, edits);
        self.report(diagnostic);
    }

    fn report_unterminated(&mut self, open: usize, end: usize, place: Place) {
        let what = if place == Place::Key { "key" } else { "string" };
        let diagnostic = Diagnostic::new(
            Code::UnterminatedString,
            Span::new(open, end),
            format!("a {what} without its closing quote"),
        )
        .label("the quote that opens it is never closed")
        .fix("add the missing quote", Span::at(end), "\"");
        self.report(diagnostic);
    }

    fn report_flaws(&mut self, flaws: &[Flaw], kind: FlawKind) {
        let flaws: Vec<&Flaw> = flaws.iter().filter(|flaw| flaw.kind == kind).collect();
        let Some(first) = flaws.first() else { return };
        let found = self.slice(first.span);
        let message = match kind {
            FlawKind::Control => format!("{} inside a string", control_name(found)),
            FlawKind::Escape if found == "\\u" => "`\\u` without its four hexadecimal digits".to_owned(),
            FlawKind::Escape => format!("{} is no escape of JSON", quoted(found.trim_end())),
            FlawKind::Surrogate => format!("{} is half of a surrogate pair and no character", quoted(found)),
        };
        let note = match kind {
            FlawKind::Control => "a string cannot hold control characters, only their escapes",
            FlawKind::Escape => {
                "the escapes are `\\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` `\\r` `\\t` and `\\u` with four digits"
            }
            FlawKind::Surrogate => "a character above U+FFFF takes both halves: `\\ud83d\\ude00`",
        };
        // A line break is underlined where it is, not as two lines.
        let place = |span: Span| if self.slice(span) == "\n" { Span::at(span.start as usize) } else { span };
        let mut diagnostic = Diagnostic::new(Code::InvalidEscape, place(first.span), message).note(note);
        for more in flaws.iter().skip(1).take(4) {
            diagnostic = diagnostic.secondary(place(more.span), "");
        }
        if flaws.len() > 5 {
            diagnostic = diagnostic.note(format!("there are {} more in this string", flaws.len() - 5));
        }
        let edit = |flaw: &&Flaw| Some(Edit { span: flaw.span, replacement: flaw.mended.clone()? });
        let edits: Vec<Edit> = flaws.iter().filter_map(edit).collect();
        if !edits.is_empty() {
            let what = if kind == FlawKind::Control { "write the escape" } else { "write what JSON knows" };
            diagnostic = diagnostic.fix_all(what, edits);
        }
        self.report(diagnostic);
    }

    /// A string in single or typographic quotes.
    fn foreign_quoted(&mut self, place: Place) -> Str {
        let start = self.pos;
        let open = self.char().unwrap_or('\'');
        let content = start + open.len_utf8();
        let (close, inner) = foreign_end(self.text, open, content, place);
        let (end, close_len) = match close {
            Some((at, len)) => (at, len),
            None => (end_on_line(self.text, content, place), 0),
        };
        let edit =
            |at: usize, len: usize, text: &str| Edit { span: Span::new(at, at + len), replacement: text.to_owned() };
        let mut edits = vec![edit(start, open.len_utf8(), "\"")];
        edits.extend(inner.iter().filter(|at| **at < end).map(|at| match self.byte(*at) {
            Some(b'\\') => edit(*at, 1, ""),
            _ => edit(*at, 0, "\\"),
        }));
        edits.push(edit(end, close_len, "\""));
        let span = Span::new(start, end + close_len);
        let message = format!("{} is no quotation mark of JSON", quoted(open.encode_utf8(&mut [0; 4])));
        let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message)
            .note("strings are written between `\"`")
            .fix_all("use double quotes", edits);
        self.report(diagnostic);
        self.bump(end + close_len - start);
        let mut decoded = Decoder::new(self.text, content, end).run();
        decoded.flaws.retain(|flaw| self.slice(flaw.span) != "\\'");
        self.finish_string(span, content, decoded)
    }
}

/// Where a string that opens with `open` ends, and what inside it must be written otherwise between double quotes:
/// quotes, and backslashes before single ones.
fn foreign_end(text: &str, open: char, content: usize, place: Place) -> (Option<(usize, usize)>, Vec<usize>) {
    let closes = |c: char| match open {
        '\'' => c == '\'',
        '‘' | '’' => matches!(c, '‘' | '’' | '\''),
        _ => matches!(c, '“' | '”' | '„' | '"'),
    };
    let (mut first, mut inner) = (None, Vec::new());
    let mut chars = text[content..].char_indices().take_while(|(at, c)| *c != '\n' && *at < REACH);
    while let Some((at, c)) = chars.next() {
        let at = content + at;
        if c == '\\' {
            if let Some((_, '\'')) = chars.next() {
                inner.push(at);
            }
        } else if closes(c) {
            first = first.or(Some((at, c.len_utf8())));
            if can_end(text, at + c.len_utf8(), place) {
                return (Some((at, c.len_utf8())), inner);
            }
            if c == '"' {
                inner.push(at);
            }
        } else if c == '"' {
            inner.push(at);
        }
    }
    (first, inner)
}

fn control_name(found: &str) -> String {
    match found {
        "\n" => "a line break".to_owned(),
        "\r" => "a carriage return".to_owned(),
        "\t" => "a tab".to_owned(),
        other => format!("the control character U+{:04X}", other.chars().next().map_or(0, u32::from)),
    }
}
