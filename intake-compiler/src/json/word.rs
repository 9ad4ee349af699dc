//! Literals, numbers, and text without quotes.

use super::lexer::{is_quote, is_word};
use super::{Kind, Node, Parser, Str, number, quoted};
use crate::diagnostic::suggest::{self, Meant};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::Span;

/// What other languages write for JSON's literals.
const FOREIGN: &[(&str, &str)] =
    &[("none", "null"), ("nil", "null"), ("undefined", "null"), ("nan", "null"), ("void", "null")];

impl Parser<'_> {
    /// A value that starts like a word.
    pub(super) fn word(&mut self) -> Node {
        let span = self.word_span();
        let span = Span { end: span.end + self.clock_len(span), ..span };
        let text = self.slice(span);
        if let Some(kind) = literal(text) {
            self.bump(text.len());
            return Node { kind, span };
        }
        if is_numeric(text) {
            self.bump(text.len());
            return Node { kind: self.number(span), span };
        }
        let lower = text.to_ascii_lowercase();
        let known = FOREIGN.iter().find(|(word, _)| *word == lower).map(|(_, meant)| *meant);
        let known = known.map(|word| Meant { word, applicability: Applicability::Certain });
        let meant = known.or_else(|| suggest::meant(text, ["true", "false", "null"]));
        if let Some((meant, kind)) = meant.and_then(|meant| Some((meant, literal(meant.word)?))) {
            self.bump(text.len());
            self.report_literal(span, meant);
            return Node { kind, span };
        }
        self.unquoted()
    }

    /// The run of characters at `pos` that may belong to one literal or number.
    pub(super) fn word_span(&self) -> Span {
        let rest = &self.text[self.pos..];
        Span::new(self.pos, self.pos + rest.find(|c| !is_word(c)).unwrap_or(rest.len()))
    }

    /// The length of `:30:00` after digits: the time of day is text without quotes.
    fn clock_len(&self, span: Span) -> u32 {
        let rest = &self.text[span.end as usize..];
        let is_clock = self.slice(span).bytes().all(|byte| byte.is_ascii_digit());
        let starts = rest.starts_with(':') && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        let len = rest.find(|c: char| c != ':' && !is_word(c)).unwrap_or(rest.len());
        if is_clock && starts { Span::at(len).start } else { 0 }
    }

    fn number(&mut self, span: Span) -> Kind {
        let text = self.slice(span);
        let Some(fault) = number::fault(text) else { return Kind::Number(text.to_owned()) };
        let message = format!("{} is {fault}", quoted(text));
        let mut diagnostic = Diagnostic::new(Code::InvalidNumber, span, message);
        let mended = number::mend(text);
        let is_text = mended.is_none() && !text.contains("Infinity") && text.parse::<f64>().is_err();
        diagnostic = match &mended {
            Some(mended) => diagnostic.fix("write it as JSON does", span, mended.clone()),
            None if is_text => diagnostic.suggest("if it is text, put it in quotes", span, format!("\"{text}\"")),
            None => diagnostic.help("if the text is meant, put it in quotes"),
        };
        self.report(diagnostic);
        match mended {
            Some(mended) => Kind::Number(mended),
            None if is_text => Kind::String(self.plain(span)),
            None => Kind::Error,
        }
    }

    fn report_literal(&mut self, span: Span, meant: Meant<'_>) {
        let message = format!("{} is no value of JSON", quoted(self.slice(span)));
        let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message)
            .note("besides strings, numbers, arrays and objects there are `true`, `false` and `null`")
            .did_you_mean(meant, span, meant.word);
        self.report(diagnostic);
    }

    /// Text without quotes where a string belongs: read as that string.
    fn unquoted(&mut self) -> Node {
        let start = self.pos;
        let end = self.unquoted_end();
        let closed = self.byte(end) == Some(b'"');
        let (content, span) = (Span::new(start, end), Span::new(start, end + usize::from(closed)));
        self.bump(span.range().len());
        let diagnostic = if closed {
            Diagnostic::new(Code::UnterminatedString, span, "a string without its opening quote")
                .label("only its end has a quote")
                .fix("add the missing quote", Span::at(start), "\"")
        } else {
            // Of several words, the text that belongs to the value may end earlier.
            let one_word = !self.slice(content).contains(char::is_whitespace);
            let text = format!("\"{}\"", self.slice(content).replace('\\', "\\\\"));
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("the text {} without quotes", quoted(self.slice(span))),
            )
            .label("expected a value")
            .mend(
                Applicability::certain_if(one_word),
                "put it in quotes",
                vec![Edit { span, replacement: text }],
            )
        };
        self.report(diagnostic);
        Node { kind: Kind::String(Str { span, ..self.plain(content) }), span }
    }

    /// Where text without quotes ends: it may be several words, an address, or a `${…}`.
    fn unquoted_end(&self) -> usize {
        let mut rest = self.text[self.pos..].char_indices().peekable();
        let mut end = 0;
        while let Some((at, c)) = rest.next() {
            match c {
                ',' | ']' | '}' | '[' | '\n' | '\r' => break,
                '$' if rest.peek().is_some_and(|(_, next)| *next == '{') => {
                    for (_, inner) in rest.by_ref() {
                        if matches!(inner, '}' | '\n') {
                            break;
                        }
                    }
                    end = rest.peek().map_or(self.text.len() - self.pos, |(next, _)| *next);
                    continue;
                }
                '{' => break,
                ':' if rest.peek().is_none_or(|(_, next)| next.is_whitespace() || is_quote(*next)) => break,
                '"' => break,
                ' ' | '\t' => continue,
                _ => {}
            }
            end = at + c.len_utf8();
        }
        self.pos + end
    }

    /// Whether an unquoted key and its colon start at `pos`.
    pub(super) fn is_bare_key(&self) -> bool {
        let span = self.word_span();
        let (at, next) = self.look(span.end as usize);
        !is_numeric(self.slice(span)) && next == Some(b':') && self.byte(at + 1) != Some(b'/')
    }

    /// `...`, as documentation leaves things out.
    pub(super) fn is_ellipsis(&self) -> bool {
        matches!(self.text.get(self.pos..), Some(rest) if rest.starts_with("...") || rest.starts_with('…'))
    }

    /// A key without quotes, or without the first one.
    pub(super) fn bare_key(&mut self) -> Str {
        let content = self.word_span();
        let closed = self.byte(content.end as usize) == Some(b'"');
        let span = Span { end: content.end + u32::from(closed), ..content };
        self.bump(span.range().len());
        let name = quoted(self.slice(content));
        let diagnostic =
            if closed {
                Diagnostic::new(Code::UnterminatedString, span, format!("the key {name} without its opening quote"))
                    .fix("add the missing quote", Span::at(span.start as usize), "\"")
            } else {
                Diagnostic::new(Code::UnexpectedToken, span, format!("the key {name} without quotes"))
                    .note("keys are strings")
                    .fix("put it in quotes", span, format!("\"{}\"", self.slice(content)))
            };
        self.report(diagnostic);
        Str { span, ..self.plain(content) }
    }
}

fn literal(text: &str) -> Option<Kind> {
    match text {
        "true" => Some(Kind::Bool(true)),
        "false" => Some(Kind::Bool(false)),
        "null" => Some(Kind::Null),
        _ => None,
    }
}

/// Whether `text` was meant as a number, as far as its first characters tell.
fn is_numeric(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+', '.']);
    text.len() - digits.len() <= 2
        && (digits.starts_with(|c: char| c.is_ascii_digit()) || matches!(digits, "" | "Infinity"))
}
