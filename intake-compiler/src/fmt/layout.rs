//! Where lines break.

use crate::json::{Kind, Member, Node};
use crate::source::{Source, Span};
use std::collections::HashMap;

/// What is longer goes on lines of its own, as far as there is a place to break it.
const WIDTH: usize = 100;

const INDENT: usize = 2;

/// The document as text that ends with a line break; `texts` are the literals that are written otherwise.
pub(super) fn lay_out(document: &Node, source: &Source, texts: &HashMap<Span, String>) -> String {
    let mut layout = Layout { source: source.text(), texts, out: String::new() };
    layout.node(document, 0, 0, Place::Document);
    layout.out.push('\n');
    // A string holds no line break, so all of them are the layout's.
    let is_crlf = source.text().split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    if is_crlf { layout.out.replace('\n', "\r\n") } else { layout.out }
}

/// Where a value stands, as far as it matters for whether it is broken.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Document,
    Intakes,
    Intake,
    Other,
}

struct Layout<'a> {
    source: &'a str,
    texts: &'a HashMap<Span, String>,
    out: String,
}

impl<'a> Layout<'a> {
    /// A value on a line that holds `used` characters before it and whose brackets are indented by `indent`.
    fn node(&mut self, node: &'a Node, indent: usize, used: usize, place: Place) {
        if place == Place::Other || is_empty(node) {
            let start = self.out.len();
            // One more for the comma behind it.
            if self.flat(node, WIDTH.saturating_sub(used + 1)) {
                return;
            }
            self.out.truncate(start);
            if self.is_long_anyway(node, indent) {
                self.flat(node, usize::MAX);
                return;
            }
        }
        match &node.kind {
            Kind::Array(elements) => self.array(elements, indent, place),
            Kind::Object(members) => self.object(members, indent, place),
            _ => self.scalar(node),
        }
    }

    /// Whether a container holds one long text only, which no line break makes shorter.
    fn is_long_anyway(&self, node: &Node, indent: usize) -> bool {
        let (key, value) = match &node.kind {
            Kind::Object(members) => match members.as_slice() {
                [Member { key, value }] => (key.span.range().len() + 2, value),
                _ => return false,
            },
            _ => return false,
        };
        let text = self.texts.get(&value.span).map_or(&self.source[value.span.range()], String::as_str);
        !is_container(value) && indent + INDENT + key + text.chars().count() > WIDTH
    }

    fn array(&mut self, elements: &'a [Node], indent: usize, place: Place) {
        self.out.push('[');
        let inner = if matches!(place, Place::Document | Place::Intakes) { Place::Intake } else { Place::Other };
        let mut before = None;
        for element in elements {
            self.line(before, element.span, indent + INDENT);
            self.node(element, indent + INDENT, indent + INDENT, inner);
            before = Some(element.span);
        }
        self.end(indent, ']');
    }

    fn object(&mut self, members: &'a [Member], indent: usize, place: Place) {
        self.out.push('{');
        let mut before = None;
        for Member { key, value } in members {
            self.line(before, key.span, indent + INDENT);
            let start = self.out.len();
            self.key(key.span);
            let used = indent + INDENT + self.out[start..].chars().count();
            let is_intakes = place == Place::Document && key.value == "data_intake";
            self.node(value, indent + INDENT, used, if is_intakes { Place::Intakes } else { Place::Other });
            before = Some(value.span);
        }
        self.end(indent, '}');
    }

    /// A new line for what is at `next`; an empty line before it stays.
    fn line(&mut self, before: Option<Span>, next: Span, indent: usize) {
        if let Some(before) = before {
            self.out.push(',');
            let between = &self.source[before.end as usize..next.start as usize];
            if between.matches('\n').count() > 1 {
                self.out.push('\n');
            }
        }
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn end(&mut self, indent: usize, bracket: char) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push(bracket);
    }

    fn key(&mut self, key: Span) {
        self.out.push_str(&self.source[key.range()]);
        self.out.push_str(": ");
    }

    fn scalar(&mut self, node: &Node) {
        match self.texts.get(&node.span) {
            Some(text) => self.out.push_str(text),
            None => self.out.push_str(&self.source[node.span.range()]),
        }
    }

    /// The value on one line; false if it does not fit into `room` or is better broken. Then what was written is to be
    /// taken back.
    fn flat(&mut self, node: &'a Node, room: usize) -> bool {
        let start = self.out.len();
        let fits = |out: &str| out.len() - start <= room || out[start..].chars().count() <= room;
        match &node.kind {
            Kind::Array(elements) => {
                // Commands, one a line.
                if elements.iter().filter(|element| !is_empty(element)).count() > 1 && elements.iter().any(is_container)
                {
                    return false;
                }
                self.out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    if !fits(&self.out) || !self.flat(element, room) {
                        return false;
                    }
                }
                self.out.push(']');
            }
            Kind::Object(members) => {
                self.out.push('{');
                for (index, Member { key, value }) in members.iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { " " });
                    self.key(key.span);
                    if !fits(&self.out) || !self.flat(value, room) {
                        return false;
                    }
                }
                self.out.push_str(if members.is_empty() { "}" } else { " }" });
            }
            _ => {
                self.scalar(node);
                // A single value has no place to break, wherever it stands.
                return true;
            }
        }
        fits(&self.out)
    }
}

fn is_container(node: &Node) -> bool {
    matches!(node.kind, Kind::Array(_) | Kind::Object(_))
}

fn is_empty(node: &Node) -> bool {
    match &node.kind {
        Kind::Array(elements) => elements.is_empty(),
        Kind::Object(members) => members.is_empty(),
        _ => true,
    }
}
