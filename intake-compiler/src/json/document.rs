//! The document as a whole: what stands before, around and after its value.

use super::container::Before;
use super::lexer::Peek;
use super::string::Place;
use super::{Kind, Node, Parser, brackets, quoted};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit};
use crate::source::Span;

impl Parser<'_> {
    /// The whole text.
    pub(super) fn document(mut self) -> Option<Node> {
        self.byte_order_mark();
        let node = self.root();
        // Found along the way, so still to be said if the rest was given up.
        self.muted = self.gave_up;
        self.report_odd_spaces();
        node
    }

    fn byte_order_mark(&mut self) {
        let mark = '\u{feff}'.len_utf8();
        if !self.text.starts_with('\u{feff}') {
            return;
        }
        let diagnostic =
            Diagnostic::new(Code::ByteOrderMark, Span::new(0, mark), "a byte order mark before the document")
                .note("JSON text is UTF-8 without a mark; many readers refuse it")
                .help("save the file as \"UTF-8\", not \"UTF-8 with BOM\"")
                .fix("remove the mark", Span::new(0, mark), "");
        self.report(diagnostic);
        self.pos = mark;
    }

    fn root(&mut self) -> Option<Node> {
        self.text_before();
        let is_bare = match self.peek() {
            Peek::End => {
                if self.mistakes == 0 {
                    self.report_empty();
                }
                return None;
            }
            Peek::Quote => self.is_key(self.pos),
            Peek::Word => self.is_bare_key(),
            _ => false,
        };
        let mut node = if is_bare { self.bare_document() } else { self.value(Place::Element) };
        self.text_after(&mut node);
        Some(node)
    }

    fn report_empty(&mut self) {
        let diagnostic = Diagnostic::new(Code::MissingValue, Span::at(self.text.len()), "the document is empty")
            .label("expected a manifest")
            .help("the smallest one is `{ \"data_intake\": [] }`");
        self.report(diagnostic);
    }

    /// Text before the first bracket that is no value: an assignment, a Markdown fence, a web page.
    fn text_before(&mut self) {
        let start = match self.peek() {
            Peek::Open(_) | Peek::Quote | Peek::End => return,
            Peek::Word if self.is_bare_key() || self.is_value_word() => return,
            _ => self.pos,
        };
        let rest = &self.text[start..];
        let line = rest.lines().next().unwrap_or_default().trim_end();
        let is_fence = is_fence(line);
        let until = |len: Option<usize>| start + len.unwrap_or(rest.len());
        // Behind a fence the text may begin with a key.
        let end = if is_fence { until(rest.find('\n').map(|at| at + 1)) } else { until(rest.find(['{', '['])) };
        let line = if is_fence { line } else { self.text[start..end].lines().next().unwrap_or_default().trim_end() };
        let message = format!("unexpected {} before the document", quoted(line));
        let diagnostic = Diagnostic::new(Code::UnexpectedToken, Span::new(start, start + line.len()), message)
            .label("expected `{` or `[`");
        let remove = vec![Edit { span: Span::new(start, end), replacement: String::new() }];
        let diagnostic = if end < self.text.len() {
            diagnostic.mend(Applicability::certain_if(is_fence), "remove it", remove)
        } else {
            diagnostic
        };
        self.report(diagnostic);
        self.pos = end;
    }

    /// Whether a literal, a number or a single word starts at `pos`.
    fn is_value_word(&self) -> bool {
        let span = self.word_span();
        let ends = matches!(self.look(span.end as usize).1, None | Some(b',' | b'#' | b'/' | b'}' | b']'));
        ends || matches!(self.slice(span), "true" | "false" | "null")
            || super::number::fault(self.slice(span)).is_none()
    }

    /// `"create": {…}` alone, as documentation shows it: read as an object with this member.
    fn bare_document(&mut self) -> Node {
        let start = self.pos;
        self.open.push(brackets::Open { bracket: b'{', at: None });
        let (members, before) = self.members(Before::Open);
        self.open.pop();
        let first = members.first().map_or(Span::at(start), |member| member.key.span);
        let mut edits = vec![Edit { span: Span::at(start), replacement: "{\n".to_owned() }];
        if let Before::Comma(comma) = before {
            edits.push(Edit { span: Span::new(comma, comma + 1), replacement: String::new() });
        }
        let end = members.last().map_or(start, |member| member.value.span.end as usize);
        let closed = end < self.last && self.text[..self.last].ends_with('}');
        if !closed {
            edits.push(Edit { span: Span::at(self.last), replacement: "\n}".to_owned() });
        }
        let message = format!("{} and its value stand outside an object", quoted(self.slice(first)));
        let diagnostic = Diagnostic::new(Code::BareMember, first, message)
            .label("a key outside an object")
            .note("a manifest is an object `{ \"data_intake\": […] }` or an array of intakes")
            .fix_all("put it into an object", edits);
        // The end of the text closed the object, which is no mistake of its own.
        self.muted = self.gave_up;
        self.report(diagnostic);
        let span = Span::new(start, self.last.max(start));
        Node { kind: Kind::Object(members), span }
    }

    fn text_after(&mut self, node: &mut Node) {
        loop {
            match self.peek() {
                Peek::End => return,
                Peek::Close(_) => {
                    self.report_extra();
                    self.bump(1);
                }
                Peek::Comma if self.another_document(node) => {}
                _ => return self.report_after(node.span),
            }
        }
    }

    /// After a comma: `{…}, {…}` is a list without its brackets, `{…}, "key": …` an object that was closed too early.
    fn another_document(&mut self, node: &mut Node) -> bool {
        let comma = self.pos;
        let (next, byte) = self.look(comma + 1);
        if byte == Some(b'{') {
            let comma = Span::new(self.pos, self.pos + 1);
            let mut items = vec![std::mem::replace(node, Node { kind: Kind::Null, span: node.span })];
            while self.peek() == Peek::Comma && self.look(self.pos + 1).1 == Some(b'{') {
                self.bump(1);
                self.peek();
                items.push(self.value(Place::Element));
            }
            *node = Node { kind: Kind::Array(items), span: Span::new(node.span.start as usize, self.last) };
            self.report_list(comma, node.span);
            return true;
        }
        if let (Kind::Object(members), true) = (&mut node.kind, self.is_key(next)) {
            let end = node.span.end as usize;
            self.report_early_end(Span::new(end - 1, end), next);
            self.bump(1);
            self.open.push(brackets::Open { bracket: b'{', at: None });
            members.extend(self.members(Before::Comma(comma)).0);
            self.open.pop();
            self.muted = self.gave_up;
            node.span.end = Span::at(self.last).start;
            return true;
        }
        false
    }

    fn report_list(&mut self, comma: Span, all: Span) {
        let start = all.start as usize;
        let insert = |at: usize, text: &str| Edit { span: Span::at(at), replacement: text.to_owned() };
        let edits = vec![insert(start, "[\n"), insert(all.end as usize, "\n]")];
        let diagnostic = Diagnostic::new(Code::TextAfterDocument, comma, "more values after the end of the document")
            .label("the document has ended")
            .secondary(self.char_at(start), "it is the value that starts here")
            .fix_all("put the intakes into one array", edits);
        self.report(diagnostic);
    }

    fn report_early_end(&mut self, closer: Span, next: usize) {
        let diagnostic = Diagnostic::new(Code::TextAfterDocument, self.char_at(next), "the document ends too early")
            .label("this member is outside")
            .secondary(closer, "the document ends here")
            .suggest("there is one closing bracket too many: remove it", closer, "");
        self.report(diagnostic);
    }

    fn report_after(&mut self, document: Span) {
        let rest = self.text[self.pos..].trim_end();
        let line = rest.lines().next().unwrap_or_default().trim_end();
        let span = Span::new(self.pos, self.pos + line.len());
        let whole = Span::new(self.pos, self.pos + rest.len());
        let end = document.end as usize;
        let message = format!("{} after the end of the document", quoted(line));
        let mut diagnostic = Diagnostic::new(Code::TextAfterDocument, span, message)
            .note("a manifest is one value; nothing but white space may follow it");
        if self.text.is_char_boundary(end.saturating_sub(1)) && end > 0 {
            diagnostic = diagnostic.secondary(Span::new(end - 1, end), "the document ends here");
        }
        let remove = vec![Edit { span: whole, replacement: String::new() }];
        self.report(diagnostic.mend(Applicability::certain_if(is_fence(rest)), "remove it", remove));
        self.pos = self.text.len();
    }
}

/// Whether this is the first or last line of a code block in Markdown, which came with the paste.
pub(super) fn is_fence(text: &str) -> bool {
    text.strip_prefix("```").is_some_and(|language| language.chars().all(char::is_alphanumeric))
}
