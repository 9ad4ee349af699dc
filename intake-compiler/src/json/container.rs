//! Arrays and objects.

use super::document::is_fence;
use super::lexer::Peek;
use super::string::Place;
use super::{Kind, MAX_DEPTH, Member, Node, Parser, Str, brackets, quoted};
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::source::Span;
use std::collections::HashMap;

/// What the last token between brackets was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The opening bracket.
    Open,
    /// A comma, and where.
    Comma(usize),
    /// A value or member: a comma must follow.
    Item,
    /// Text that was reported: anything may follow.
    Garbage,
}

impl Parser<'_> {
    /// A value; the next token starts one.
    pub(super) fn value(&mut self, place: Place) -> Node {
        match self.peek() {
            Peek::Open(bracket) => self.container(bracket),
            Peek::Quote => {
                let string = self.string(place);
                Node { span: string.span, kind: Kind::String(string) }
            }
            Peek::Word => self.word(),
            _ => Node { kind: Kind::Error, span: self.skip_garbage() },
        }
    }

    fn container(&mut self, bracket: u8) -> Node {
        if self.open.len() >= MAX_DEPTH {
            return Node { kind: Kind::Error, span: self.skip_too_deep() };
        }
        let at = self.pos;
        self.bump(1);
        self.open.push(brackets::Open { bracket, at: Some(at) });
        let kind = if bracket == b'[' { Kind::Array(self.elements()) } else { self.object(at) };
        self.open.pop();
        Node { kind, span: Span::new(at, self.last.max(at + 1)) }
    }

    fn elements(&mut self) -> Vec<Node> {
        let (mut items, mut before) = (Vec::new(), Before::Open);
        loop {
            let peek = self.peek();
            if peek.starts_value() {
                self.expect_comma(before);
                items.push(self.element());
                before = Before::Item;
            } else if self.separator(peek, &mut before) {
                return items;
            }
        }
    }

    fn object(&mut self, at: usize) -> Kind {
        if let Peek::Open(_) = self.peek() {
            return self.list_in_braces(at);
        }
        Kind::Object(self.members(Before::Open).0)
    }

    /// `{ {…}, {…} }`: a list in the wrong brackets.
    fn list_in_braces(&mut self, at: usize) -> Kind {
        let first = self.pos;
        let items = self.elements();
        let mut edits = vec![Edit { span: Span::new(at, at + 1), replacement: "[".to_owned() }];
        if self.last > at + 1 && self.text[..self.last].ends_with('}') {
            edits.push(Edit { span: Span::new(self.last - 1, self.last), replacement: "]".to_owned() });
        }
        let diagnostic =
            Diagnostic::new(Code::UnexpectedToken, self.char_at(first), "a value without a key in an object")
                .secondary(Span::new(at, at + 1), "this `{` starts an object")
                .note("an object holds `\"key\": value`, a list of values stands in `[` and `]`")
                .fix_all("make it a list", edits);
        self.report(diagnostic);
        Kind::Array(items)
    }

    /// Members up to the closing bracket, and what stood before it.
    pub(super) fn members(&mut self, mut before: Before) -> (Vec<Member>, Before) {
        let mut members = Vec::new();
        loop {
            match self.peek() {
                Peek::Quote => {
                    self.expect_comma(before);
                    let key = self.string(Place::Key);
                    members.push(self.member(key));
                    before = Before::Item;
                }
                Peek::Word if !self.is_ellipsis() => {
                    self.expect_comma(before);
                    let key = self.bare_key();
                    members.push(self.member(key));
                    before = Before::Item;
                }
                Peek::Open(_) | Peek::Colon => {
                    self.keyless();
                    before = Before::Item;
                }
                peek => {
                    let was = before;
                    if self.separator(peek, &mut before) {
                        self.report_duplicates(&members);
                        return (members, was);
                    }
                }
            }
        }
    }

    /// A token that starts no item; true if it ends the container.
    fn separator(&mut self, peek: Peek, before: &mut Before) -> bool {
        match peek {
            Peek::Comma => {
                self.comma(before);
                false
            }
            Peek::Close(_) => {
                if let (Before::Comma(at), None) = (*before, self.unwinding) {
                    self.report_trailing_comma(at);
                    *before = Before::Garbage;
                }
                self.close(peek)
            }
            Peek::End => self.close(peek),
            _ => {
                self.unexpected(*before);
                *before = Before::Garbage;
                false
            }
        }
    }

    fn comma(&mut self, before: &mut Before) {
        let at = self.pos;
        self.bump(1);
        if matches!(*before, Before::Item | Before::Garbage) {
            *before = Before::Comma(at);
            return;
        }
        while self.peek() == Peek::Comma {
            self.bump(1);
        }
        let span = Span::new(at, self.last);
        let mut edits = vec![Edit { span, replacement: String::new() }];
        let message = match *before {
            Before::Comma(first) => {
                // Before a closing bracket the first comma is too much as well.
                if matches!(self.peek(), Peek::Close(_)) {
                    edits.insert(0, Edit { span: Span::new(first, first + 1), replacement: String::new() });
                }
                "a comma after a comma, without a value between them"
            }
            _ => "a comma without a value before it",
        };
        let diagnostic = Diagnostic::new(Code::MissingValue, span, message)
            .label("a value is missing before this")
            .fix_all("remove it", edits);
        self.report(diagnostic);
        // A closing bracket may follow: the comma was reported already.
        *before = Before::Garbage;
    }

    fn report_trailing_comma(&mut self, at: usize) {
        let span = Span::new(at, at + 1);
        let bracket = self.slice(Span::new(self.pos, self.pos + 1));
        let diagnostic = Diagnostic::new(Code::TrailingComma, span, format!("a comma before {}", quoted(bracket)))
            .label("nothing follows this comma")
            .note("JSON has commas between values only")
            .fix("remove the comma", span, "");
        self.report(diagnostic);
    }

    fn expect_comma(&mut self, before: Before) {
        if before != Before::Item || std::mem::take(&mut self.excused) {
            return;
        }
        let diagnostic = Diagnostic::new(Code::MissingComma, Span::at(self.last), "a comma is missing")
            .label("expected `,` here")
            .fix("add the comma", Span::at(self.last), ",");
        self.report(diagnostic);
    }

    /// Text that has no place between brackets.
    fn unexpected(&mut self, before: Before) {
        let span = match self.char() {
            Some(';') => {
                let span = Span::new(self.pos, self.pos + 1);
                self.bump(1);
                span
            }
            _ => self.skip_garbage(),
        };
        let found = self.slice(span);
        let mut diagnostic = Diagnostic::new(Code::UnexpectedToken, span, format!("unexpected {}", quoted(found)));
        if found.starts_with("...") || found.starts_with('…') {
            diagnostic = diagnostic
                .label("stands for something that was left out")
                .help("write what belongs there, or remove it");
        } else if is_fence(found) {
            diagnostic = diagnostic.label("ends a code block in Markdown").fix("remove it", span, "");
        } else if found == ";" && before == Before::Item {
            let last = matches!(self.look(self.pos).1, Some(b'}' | b']') | None);
            let (what, replacement) = if last { ("remove it", "") } else { ("use a comma", ",") };
            diagnostic = diagnostic.label("JSON separates values by commas").fix(what, span, replacement);
        } else {
            let what = if before == Before::Item { "expected `,` or a closing bracket" } else { "expected a value" };
            diagnostic = diagnostic.label(what);
        }
        self.report(diagnostic);
    }

    /// An element of an array: a value, or a member that lacks its braces.
    fn element(&mut self) -> Node {
        match self.peek() {
            Peek::Quote => {
                let string = self.string(Place::Element);
                if self.peek() == Peek::Colon {
                    return self.bare_members(string);
                }
                Node { span: string.span, kind: Kind::String(string) }
            }
            Peek::Word if self.is_bare_key() => {
                let key = self.bare_key();
                self.bare_members(key)
            }
            _ => self.value(Place::Element),
        }
    }

    /// `"key": value` in an array, read as the object it should have been.
    fn bare_members(&mut self, key: Str) -> Node {
        let (start, first) = (key.span.start as usize, key.span);
        let mut is_command = key.value.starts_with('!');
        let name = quoted(self.slice(first));
        let mut members = vec![self.member(key)];
        // Each command is an object of its own; other members belong together.
        while !is_command && self.byte(self.pos) == Some(b',') {
            let (next, _) = self.look(self.pos + 1);
            is_command = self.byte(next + 1) == Some(b'!');
            if is_command || !self.is_key(next) {
                break;
            }
            self.bump(1);
            if self.peek() != Peek::Quote {
                break;
            }
            let key = self.string(Place::Key);
            members.push(self.member(key));
            self.peek();
        }
        let end = self.last;
        let mut edits = vec![Edit { span: Span::at(start), replacement: "{ ".to_owned() }];
        if self.peek() == Peek::Close(b'}') && self.closes_bare_member() {
            self.bump(1);
        } else {
            edits.push(Edit { span: Span::at(end), replacement: " }".to_owned() });
        }
        let diagnostic =
            Diagnostic::new(Code::BareMember, first, format!("{name} and its value stand in a list, without braces"))
                .label("a key outside an object")
                .note("the elements of a list are values; a key needs an object around it")
                .fix_all("put it into an object", edits);
        self.report(diagnostic);
        self.report_duplicates(&members);
        Node { kind: Kind::Object(members), span: Span::new(start, self.last) }
    }

    /// The colon and the value after a key.
    pub(super) fn member(&mut self, key: Str) -> Member {
        let has_colon = self.colon();
        let peek = self.peek();
        let next_is_key = peek == Peek::Quote && self.text[self.last..self.pos].contains('\n') && self.is_key(self.pos);
        if peek.starts_value() && !next_is_key && (has_colon || !self.is_ellipsis()) {
            if !has_colon {
                self.report_missing_colon(&key);
            }
            let value = self.value(Place::Member);
            return Member { key, value };
        }
        let at = Span::at(self.last);
        self.cut_off = peek == Peek::End;
        if !self.cut_off {
            let message = format!("the key {} has no value", quoted(self.slice(key.span)));
            let (label, help) = if has_colon {
                ("expected a value here", "write the value, or remove the key")
            } else {
                ("expected `:` and a value here", "write `:` and the value, or remove the key")
            };
            self.report(Diagnostic::new(Code::MissingValue, at, message).label(label).help(help));
        }
        self.excused = next_is_key;
        Member { key, value: Node { kind: Kind::Error, span: at } }
    }

    /// Consumes `:`, or what other languages write for it.
    fn colon(&mut self) -> bool {
        let rest = match self.peek() {
            Peek::Colon | Peek::Other => &self.text[self.pos..],
            _ => return false,
        };
        let Some(found) = ["::", ":=", "=>", "==", "=", ":"].into_iter().find(|sign| rest.starts_with(sign)) else {
            return false;
        };
        let span = Span::new(self.pos, self.pos + found.len());
        self.bump(found.len());
        if found != ":" {
            let message = format!("{} between a key and its value", quoted(found));
            let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message).label("expected `:`").fix(
                "use a colon",
                span,
                if self.byte(self.pos) == Some(b' ') { ":" } else { ": " },
            );
            self.report(diagnostic);
        }
        true
    }

    fn report_missing_colon(&mut self, key: &Str) {
        let message = format!("no `:` between the key {} and its value", quoted(self.slice(key.span)));
        let diagnostic = Diagnostic::new(Code::UnexpectedToken, Span::at(self.last), message)
            .label("expected `:` here")
            .fix("add the colon", Span::at(self.last), ":");
        self.report(diagnostic);
    }

    /// A value or colon where a key must be.
    fn keyless(&mut self) {
        let span = Span::new(self.pos, self.pos + 1);
        let message = format!("{} where a key must be", quoted(self.slice(span)));
        let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message)
            .label("expected `\"key\": value`")
            .note("every value in an object has a key before it");
        self.report(diagnostic);
        if self.peek() == Peek::Colon {
            self.bump(1);
        }
        if self.peek().starts_value() {
            self.value(Place::Member);
        }
    }

    fn report_duplicates(&mut self, members: &[Member]) {
        let mut first = HashMap::with_capacity(members.len());
        for Member { key, .. } in members {
            if self.muted {
                return;
            }
            let Some(before) = first.get(key.value.as_str()) else {
                first.insert(key.value.as_str(), key.span);
                continue;
            };
            let help = match key.value.as_str() {
                "_comment" | "!_comment" => "one `_comment` can hold several texts: `[\"…\", \"…\"]`",
                _ => "remove one of them, or give it another name",
            };
            let message = format!("the key {} is given twice in one object", quoted(self.slice(key.span)));
            let diagnostic = Diagnostic::new(Code::DuplicateKey, key.span, message)
                .label("given again here")
                .secondary(*before, "first given here")
                .note("JSON readers disagree which of the two counts")
                .help(help);
            self.report(diagnostic);
        }
    }
}
