//! Where the terms of a program stand. jaq's terms carry slices of the code only where they hold text; brackets, and
//! terms without text, are found by their neighbours.

use super::negation::negations;
use super::report::Text;
use super::scan::Kind;
use super::substitute::Code;
use crate::source::Span;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::Part;
use std::ops::Range;

/// A pair of brackets or quotes.
#[derive(Debug)]
struct Pair {
    kind: u8,
    range: Range<usize>,
    /// The index of the pair around it.
    parent: Option<usize>,
}

/// The places of a program's terms, as ranges of the decoded text.
#[derive(Debug)]
pub(super) struct Spans<'a> {
    code: &'a Code,
    text: Text<'a>,
    /// In the order of their opening.
    pairs: Vec<Pair>,
    /// In the order of their signs.
    negations: Vec<Range<usize>>,
}

impl<'a> Spans<'a> {
    pub(super) fn new(code: &'a Code, text: Text<'a>) -> Self {
        let mut pairs: Vec<Pair> = Vec::new();
        let mut open = Vec::new();
        for token in &text.scan.tokens {
            match token.kind {
                Kind::Open(_) | Kind::Quote => {
                    let kind = if let Kind::Open(kind) = token.kind { kind } else { b'"' };
                    let parent = open.last().copied();
                    open.push(pairs.len());
                    pairs.push(Pair { kind, range: token.range.clone(), parent });
                }
                Kind::Close(_) | Kind::Unquote => {
                    if let Some(pair) = open.pop() {
                        pairs[pair].range.end = token.range.end;
                    }
                }
                _ => {}
            }
        }
        Self { code, text, pairs, negations: negations(text) }
    }

    /// The place in the manifest.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.text.source.source_span(range)
    }

    /// The whole program without the white space and comments around it.
    pub(super) fn program(&self) -> Range<usize> {
        self.text.at(0).map_or(0, |first| first.range.start)..self.text.end()
    }

    /// The range of a name, key or other slice of the code.
    pub(super) fn slice(&self, part: &str) -> Range<usize> {
        self.code.decoded(self.code.range_of(part))
    }

    /// The value behind an object's key: to the next `,` or `}` of that object.
    pub(super) fn value(&self, key: &Range<usize>) -> Option<Range<usize>> {
        let mut index = self.text.token_from(key.end);
        while self.text.token(index) != ":" {
            if !matches!(self.text.at(index)?.kind, Kind::Unquote | Kind::Close(_)) {
                return None;
            }
            index += 1;
        }
        let start = self.text.at(index + 1)?.range.start;
        let (mut depth, mut end) = (0_usize, start);
        for token in &self.text.scan.tokens[index + 1..] {
            let word = if token.kind == Kind::Word { self.text.get(token.range.clone()) } else { "" };
            match token.kind {
                Kind::Close(_) if depth == 0 => break,
                Kind::Symbol if depth == 0 && self.text.get(token.range.clone()) == "," => break,
                Kind::Open(_) | Kind::Quote => depth += 1,
                Kind::Word if word == "if" => depth += 1,
                Kind::Word if word == "end" => depth = depth.saturating_sub(1),
                Kind::Close(_) | Kind::Unquote => depth = depth.saturating_sub(1),
                _ => {}
            }
            end = token.range.end;
        }
        Some(start..end)
    }

    /// The place of a term, if anything in it tells.
    pub(super) fn term(&self, term: &Term<&str>) -> Option<Range<usize>> {
        let mut extent = Extent { spans: self, range: None };
        extent.term(term);
        extent.range
    }

    /// The sign of an operator between two terms; of one without text, the other tells.
    pub(super) fn sign(&self, left: &Term<&str>, sign: &str, right: &Term<&str>) -> Option<Range<usize>> {
        let tokens = &self.text.scan.tokens;
        let is_sign = |index: &usize| self.text.token(*index) == sign;
        let index = match (self.term(left), self.term(right)) {
            (Some(left), _) => (self.text.token_from(left.end)..tokens.len()).find(is_sign),
            (None, Some(right)) => (0..self.text.token_from(right.start)).rev().find(is_sign),
            (None, None) => (0..tokens.len()).find(is_sign),
        };
        index.and_then(|index| self.text.at(index)).map(|token| token.range.clone())
    }

    /// The innermost pair of a kind around a range.
    pub(super) fn around(&self, kind: u8, range: &Range<usize>) -> Option<Range<usize>> {
        let mut index = self.pairs.partition_point(|pair| pair.range.start < range.start).checked_sub(1);
        while let Some(pair) = index.map(|index| &self.pairs[index]) {
            if pair.kind == kind && pair.range.end >= range.end {
                return Some(pair.range.clone());
            }
            index = pair.parent;
        }
        None
    }
}

/// Collects the range that the slices of a term cover.
struct Extent<'a> {
    spans: &'a Spans<'a>,
    range: Option<Range<usize>>,
}

impl Extent<'_> {
    fn add(&mut self, range: Range<usize>) {
        self.range = Some(match self.range.take() {
            Some(known) => known.start.min(range.start)..known.end.max(range.end),
            None => range,
        });
    }

    fn slice(&mut self, part: &str) {
        self.add(self.spans.slice(part));
    }

    /// What is inside a pair of brackets or quotes, and the pair itself.
    fn inside(&mut self, kind: u8, collect: impl FnOnce(&mut Self)) {
        let mut inner = Extent { spans: self.spans, range: None };
        collect(&mut inner);
        if let Some(range) = inner.range {
            self.add(self.spans.around(kind, &range).unwrap_or(range));
        }
    }

    fn terms<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term<&'t str>>) {
        terms.into_iter().for_each(|term| self.term(term));
    }

    fn term(&mut self, term: &Term<&str>) {
        match term {
            Term::Id | Term::Recurse | Term::Arr(None) => {}
            Term::Num(text) | Term::Var(text) | Term::Break(text) => self.slice(text),
            Term::Str(format, parts) => {
                format.iter().for_each(|format| self.slice(format));
                self.inside(b'"', |inner| {
                    for part in parts {
                        match part {
                            StrPart::Str(text) => inner.slice(text),
                            StrPart::Term(term) => inner.inside(b'(', |inner| inner.term(term)),
                            StrPart::Char(_) => {}
                        }
                    }
                });
            }
            Term::Arr(Some(term)) => self.inside(b'[', |inner| inner.term(term)),
            Term::Obj(entries) => self.inside(b'{', |inner| {
                for (key, value) in entries {
                    inner.key(key);
                    inner.terms(value);
                }
            }),
            Term::Neg(term) => self.negation(term),
            Term::BinOp(left, operator, right) => {
                self.term(left);
                if let BinaryOp::Pipe(Some(pattern)) = operator {
                    self.pattern(pattern);
                }
                self.term(right);
            }
            Term::Label(name, term) => {
                self.slice(name);
                self.term(term);
            }
            Term::Fold(name, source, pattern, arguments) => {
                self.slice(name);
                self.term(source);
                self.pattern(pattern);
                self.terms(arguments);
            }
            Term::TryCatch(body, handler) => {
                self.term(body);
                self.terms(handler.as_deref());
            }
            Term::IfThenElse(branches, otherwise) => {
                for (condition, then) in branches {
                    self.term(condition);
                    self.term(then);
                }
                self.terms(otherwise.as_deref());
            }
            Term::Def(definitions, term) => {
                definitions.iter().for_each(|Def { name, .. }| self.slice(name));
                self.term(term);
            }
            Term::Call(name, arguments) => {
                self.slice(name);
                self.terms(arguments);
            }
            Term::Path(head, path) => {
                let mut whole = Extent { spans: self.spans, range: None };
                whole.term(head);
                whole.head();
                path.0.iter().for_each(|(part, _)| whole.part(part));
                whole.range.into_iter().for_each(|range| self.add(range));
            }
        }
    }

    /// What is negated, and the sign before it: the innermost negation around what is known of it.
    fn negation(&mut self, term: &Term<&str>) {
        let mut inner = Extent { spans: self.spans, range: None };
        inner.term(term);
        let Some(range) = inner.range else { return };
        let mut before = self.spans.negations.iter().rev().filter(|negation| negation.start < range.start);
        let around = before.find(|negation| negation.end >= range.end).cloned();
        self.add(around.unwrap_or(range));
    }

    /// What a path starts from, in brackets if the path does not go on right behind it.
    fn head(&mut self) {
        let text = self.spans.text;
        while let Some(range) = self.range.clone()
            && !text.token(text.token_from(range.end)).starts_with(['.', '[', '?'])
            && let Some(around) = self.spans.around(b'(', &range).filter(|around| *around != range)
        {
            self.add(around);
        }
    }

    /// A step of a path, its brackets too.
    fn part(&mut self, part: &Part<Term<&str>>) {
        match part {
            Part::Index(index) if self.is_plain(index) => self.key(index),
            Part::Index(index) => self.brackets(|inner| inner.key(index)),
            Part::Range(None, None) => self.iteration(),
            Part::Range(from, to) => self.brackets(|inner| inner.terms(from.iter().chain(to))),
        }
    }

    /// Brackets, and the dot before them if they start the path.
    fn brackets(&mut self, collect: impl FnOnce(&mut Self)) {
        let starts = self.range.is_none();
        self.inside(b'[', collect);
        if let Some(range) = self.range.as_mut().filter(|_| starts) {
            let before = range.start.checked_sub(1);
            let source = self.spans.text.source.value.as_bytes();
            range.start = before.filter(|before| source.get(*before) == Some(&b'.')).unwrap_or(range.start);
        }
    }

    /// `[]` behind what was found so far.
    fn iteration(&mut self) {
        let Some(range) = self.range.clone() else { return };
        let text = self.spans.text;
        let mut index = text.token_from(range.end);
        while matches!(text.token(index), "?" | ".") {
            index += 1;
        }
        if (text.token(index), text.token(index + 1)) == ("[", "]")
            && let Some(close) = text.at(index + 1)
        {
            self.add(range.start..close.range.end);
        }
    }

    /// Whether an index is a name behind a dot, quotes or not.
    fn is_plain(&self, index: &Term<&str>) -> bool {
        let Term::Str(_, parts) = index else { return false };
        let [StrPart::Str(text)] = parts.as_slice() else { return false };
        let start = self.spans.slice(text).start;
        let source = self.spans.text.source.value.as_bytes();
        let before = |back: usize| start.checked_sub(back).and_then(|before| source.get(before));
        before(1) == Some(&b'.') || before(1) == Some(&b'"') && before(2) == Some(&b'.')
    }

    /// A key: plain names have no quotes around them, but perhaps a dot before them.
    fn key(&mut self, key: &Term<&str>) {
        if let Term::Str(None, parts) = key
            && let [StrPart::Str(text)] = parts.as_slice()
        {
            let range = self.spans.slice(text);
            let source = self.spans.text.source.value.as_bytes();
            return match range.start.checked_sub(1).and_then(|before| source.get(before)) {
                Some(b'.') => self.add(range.start - 1..range.end),
                Some(b'"') if source.get(range.end) == Some(&b'"') => self.add(range.start - 1..range.end + 1),
                _ => self.add(range),
            };
        }
        self.term(key);
    }

    fn pattern(&mut self, pattern: &Pattern<&str>) {
        match pattern {
            Pattern::Var(name) => self.slice(name),
            Pattern::Arr(patterns) => patterns.iter().for_each(|pattern| self.pattern(pattern)),
            Pattern::Obj(entries) => {
                for (key, pattern) in entries {
                    self.key(key);
                    self.pattern(pattern);
                }
            }
        }
    }
}
