//! Brackets that do not match: which one is missing, wrong or too many.

use super::lexer::Peek;
use super::{MAX_DEPTH, Parser, quoted};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::Span;

/// How far the consequences of a guess are followed.
const REACH: usize = 256 << 10;

/// An opening bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// `{` or `[`
    pub(super) bracket: u8,
    /// Its offset; `None` for the object that bare members at the top stand for.
    pub(super) at: Option<usize>,
}

/// What a closing bracket that does not match means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mismatch {
    /// Brackets before it are not closed; so many stay open.
    Missing(usize),
    /// It should be the other one.
    Wrong,
    /// Nothing is open that it could close.
    Extra,
}

pub(super) fn closing(bracket: u8) -> char {
    if bracket == b'{' { '}' } else { ']' }
}

fn opening(bracket: u8) -> u8 {
    if bracket == b'}' { b'{' } else { b'[' }
}

/// How far the brackets of `text` from `from` on match those that are open.
fn matches_until(text: &str, from: usize, open: &mut Vec<u8>) -> usize {
    let bytes = text.as_bytes();
    let limit = text.len().min(from + REACH);
    let mut at = from;
    while at < limit {
        match bytes[at] {
            b'"' => at = string_end(text, at),
            bracket @ (b'{' | b'[') => open.push(bracket),
            bracket @ (b'}' | b']') if open.pop() != Some(opening(bracket)) => return at,
            _ => {}
        }
        at += 1;
    }
    if open.is_empty() { usize::MAX } else { limit }
}

/// The closing quote of the string at `open`, or the end of its line.
fn string_end(text: &str, open: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    loop {
        match bytes.get(at) {
            None => return text.len(),
            Some(b'"' | b'\n') => return at,
            Some(b'\\') if bytes.get(at + 1) != Some(&b'\n') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// The white space that the line of `at` starts with; empty if the line is too long to tell.
fn indent(text: &str, at: usize) -> &str {
    let bytes = text.as_bytes();
    let near = at.saturating_sub(4 << 10);
    let line = match bytes[near..at].iter().rposition(|byte| *byte == b'\n') {
        Some(newline) => near + newline + 1,
        None if near == 0 => 0,
        None => return "",
    };
    let blank = bytes[line..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[line..line + blank]
}

/// Whether only white space stands before `at` on its line.
fn starts_line(text: &str, at: usize) -> bool {
    let before = text.as_bytes()[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    matches!(before, None | Some(b'\n'))
}

/// The first pair of brackets in `from..to` whose closing bracket starts a line that is indented less than the line
/// of the opening one: it was probably meant to close something further out.
fn suspect(text: &str, from: usize, to: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut open, mut at) = (Vec::new(), from);
    while at < to.min(from + REACH) {
        match bytes[at] {
            b'"' => at = string_end(text, at),
            b'{' | b'[' => open.push(at),
            b'}' | b']' => {
                let start = open.pop()?;
                if starts_line(text, at) && indent(text, at).len() < indent(text, start).len() {
                    return Some((start, at));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

impl Parser<'_> {
    /// Whether the innermost bracket ends here, at a closing bracket or the end of the text.
    pub(super) fn close(&mut self, peek: Peek) -> bool {
        let Some(inner) = self.open.last().copied() else { return true };
        let Peek::Close(bracket) = peek else {
            self.report_unclosed_at_end();
            return true;
        };
        if inner.bracket == opening(bracket) {
            self.unwinding = None;
            self.bump(1);
            return true;
        }
        if self.unwinding.is_some_and(|stay| self.open.len() > stay) {
            return true;
        }
        match self.mismatch(bracket) {
            Mismatch::Missing(stay) => {
                self.report_unclosed(stay);
                self.unwinding = Some(stay);
                true
            }
            Mismatch::Wrong => {
                self.report_wrong(inner);
                self.bump(1);
                true
            }
            Mismatch::Extra => {
                self.report_extra();
                self.bump(1);
                false
            }
        }
    }

    /// The guess after which the rest of the text makes most sense.
    fn mismatch(&self, bracket: u8) -> Mismatch {
        let open: Vec<u8> = self.open.iter().map(|open| open.bracket).collect();
        let until = |open: &[u8]| matches_until(self.text, self.pos + 1, &mut open.to_vec());
        let matching = open.iter().rposition(|open| *open == opening(bracket));
        let missing = matching.map(|at| (until(&open[..at]), Mismatch::Missing(at + 1)));
        let wrong = (until(&open[..open.len() - 1]), Mismatch::Wrong);
        let extra = (until(&open), Mismatch::Extra);
        let mut best = missing.unwrap_or(wrong);
        for other in [wrong, extra] {
            if other.0 > best.0 {
                best = other;
            }
        }
        best.1
    }

    /// Whether `}` at `pos` closes nothing, were it not for the bare member before it.
    pub(super) fn closes_bare_member(&self) -> bool {
        self.open.last().is_none_or(|open| open.bracket == b'[' && self.mismatch(b'}') == Mismatch::Extra)
    }

    fn report_unclosed_at_end(&mut self) {
        if !self.muted {
            self.report_unclosed(0);
        }
        // Once for all of them.
        self.muted = true;
    }

    /// The brackets from `stay` on end here, although nothing closes them.
    fn report_unclosed(&mut self, stay: usize) {
        let unclosed: Vec<(usize, u8)> =
            self.open[stay..].iter().filter_map(|open| Some((open.at?, open.bracket))).collect();
        let (Some(&(outer, _)), Some(&(inner, bracket))) = (unclosed.first(), unclosed.last()) else { return };
        let at_end = self.pos >= self.text.len();
        // A bracket whose own closing one is spent on something inside it: what is missing belongs further in.
        let suspect = suspect(self.text, outer, self.last);
        let (at, bracket) = suspect.map_or((inner, bracket), |(start, _)| (start, self.text.as_bytes()[start]));
        let message = match unclosed.len() {
            1 => format!("a `{}` that is never closed", char::from(bracket)),
            n => format!("{n} brackets that are never closed"),
        };
        let opened = Span::new(at, at + 1);
        let mut diagnostic = match at_end && suspect.is_none() {
            true => Diagnostic::new(Code::UnclosedBracket, Span::at(self.last), message)
                .label("the text ends here")
                .secondary(opened, "opened here"),
            false => Diagnostic::new(Code::UnclosedBracket, opened, message).label("opened here"),
        };
        if let Some((_, close)) = suspect {
            let text = "this closes it, but is indented as if it closed an outer one";
            diagnostic = diagnostic.secondary(Span::new(close, close + 1), text);
        }
        for (other, _) in unclosed.iter().rev().filter(|(other, _)| *other != at).take(3) {
            let text = if suspect.is_some() { "so this one stays open" } else { "this one is not closed either" };
            diagnostic = diagnostic.secondary(Span::new(*other, *other + 1), text);
        }
        if !at_end {
            let found = Span::new(self.pos, self.pos + 1);
            diagnostic = diagnostic.secondary(found, format!("{} closes an outer bracket", quoted(self.slice(found))));
        }
        if !self.cut_off {
            let what = if unclosed.len() == 1 { "close it" } else { "close them" };
            // The indentation agrees that all of them end where the text does; else it is a guess.
            let certain = at_end && suspect.is_none() && self.text[outer..self.last].contains('\n');
            let edits = self.closers(&unclosed, suspect);
            diagnostic = diagnostic.mend(Applicability::certain_if(certain), what, edits);
        }
        self.report(diagnostic);
    }

    /// The edits that close `unclosed`; with a suspect, one of the brackets goes where that one should have ended.
    fn closers(&self, unclosed: &[(usize, u8)], suspect: Option<(usize, usize)>) -> Vec<Edit> {
        let mut edits = Vec::new();
        if let Some((start, close)) = suspect {
            let before = self.text[..close].trim_end().len();
            edits.push(Edit { span: Span::at(before), replacement: self.closer(start, before) });
        }
        let rest = unclosed.iter().rev().skip(usize::from(suspect.is_some()));
        let closers: String = rest.map(|(start, _)| self.closer(*start, self.last)).collect();
        if !closers.is_empty() {
            edits.push(Edit { span: Span::at(self.last), replacement: closers });
        }
        edits
    }

    /// The bracket that closes the one at `start`, on a line of its own if that is how the text is written.
    fn closer(&self, start: usize, at: usize) -> String {
        let closer = closing(self.text.as_bytes()[start]);
        if self.text[start..at].contains('\n') {
            format!("\n{}{closer}", indent(self.text, start))
        } else if self.text[..at].ends_with(closer) && self.text[start + 1..].starts_with(' ') {
            format!(" {closer}")
        } else {
            closer.to_string()
        }
    }

    fn report_wrong(&mut self, inner: Open) {
        let span = Span::new(self.pos, self.pos + 1);
        let closer = closing(inner.bracket);
        let message = format!("{} where {} belongs", quoted(self.slice(span)), quoted(&closer.to_string()));
        let mut diagnostic = Diagnostic::new(Code::UnclosedBracket, span, message);
        if let Some(at) = inner.at {
            diagnostic = diagnostic.secondary(Span::new(at, at + 1), "opened here");
        }
        self.report(diagnostic.fix("use the bracket that matches", span, closer.to_string()));
    }

    pub(super) fn report_extra(&mut self) {
        let span = Span::new(self.pos, self.pos + 1);
        let message = format!("a {} that closes nothing", quoted(self.slice(span)));
        let diagnostic =
            Diagnostic::new(Code::UnclosedBracket, span, message).label("no bracket before it needs this one");
        // With more behind it, an opening bracket may be what is missing.
        let last = self.text[self.pos + 1..].trim().is_empty();
        let remove = vec![Edit { span, replacement: String::new() }];
        self.report(diagnostic.mend(Applicability::certain_if(last), "remove it", remove));
    }

    /// Brackets deeper than the limit: skipped without looking inside, with a counter for a stack.
    pub(super) fn skip_too_deep(&mut self) -> Span {
        let start = self.pos;
        let message = format!("brackets nested more than {MAX_DEPTH} deep");
        let diagnostic = Diagnostic::new(Code::TooDeep, Span::new(start, start + 1), message)
            .label("one too many")
            .note("no manifest needs so many, and other JSON readers refuse them as well");
        self.report(diagnostic);
        let bytes = self.text.as_bytes();
        let (mut depth, mut at) = (0_usize, start);
        while at < bytes.len() {
            match bytes[at] {
                b'"' => at = string_end(self.text, at),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                self.bump(at - start);
                return Span::new(start, at);
            }
        }
        self.give_up();
        Span::new(start, self.text.len())
    }
}
