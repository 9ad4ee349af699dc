//! jq programs: `${…}` bound as variables, parsed and resolved at compile time, with what can be said of their output.

mod builtins;
mod depth;
mod lexical;
pub mod native;
mod report;
mod resolve;
mod scan;
mod shape;
mod spans;
mod substitute;
mod syntax;

pub use builtins::{BUILTINS, REFUSED};

use crate::diagnostic::{Code, Sink};
use crate::json::Str;
use crate::source::Span;
use crate::template::{self, Variable};

/// A jq program that parses and whose names resolve.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The string literal in the manifest, quotes included.
    pub span: Span,
    /// The program as jaq reads it: the N-th of [`Program::variables`] is `$__intake_N`.
    pub code: String,
    /// The `${…}` in it, in order of appearance.
    pub variables: Vec<Variable>,
    /// How many outputs it can give for one input.
    pub outputs: Outputs,
    /// What is known of each output.
    pub shape: Shape,
    /// The program in a form that can be compiled, or why it cannot be.
    pub native: Result<native::ir::Filter, native::Unsupported>,
}

/// How many outputs a program can give; `most` is `None` where there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// At least so many (an error aside).
    pub least: u32,
    /// At most so many.
    pub most: Option<u32>,
}

/// What is known of a value at compile time, and which part of the program says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The part of the program that makes the value, in the manifest.
    pub span: Span,
    /// What is known.
    pub kind: ShapeKind,
}

/// The kinds of a [`Shape`].
#[derive(Clone, Debug, PartialEq)]
pub enum ShapeKind {
    /// Nothing is known.
    Unknown,
    /// `null`
    Null,
    /// A boolean; `Some` if it is always the same.
    Bool(Option<bool>),
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object {
        /// The keys that are known, with their place and value.
        keys: Vec<(String, Span, Shape)>,
        /// Whether it can have others as well.
        open: bool,
    },
    /// One of several.
    OneOf(Vec<Shape>),
}

/// Parses and resolves a program; `None` if it has errors (reported).
pub fn parse(source: &Str, sink: &mut Sink) -> Option<Program> {
    let scan = scan::scan(source, sink);
    for token in scan.tokens.iter().filter(|token| token.kind == scan::Kind::Text) {
        template::missing_dollars(source, token.range.clone(), sink);
    }
    let text = report::Text { source, scan: &scan };
    let reserved = report_reserved(text, sink);
    if !scan.mistakes.is_empty() {
        lexical::report(text, sink);
        return None;
    }
    if let Some(range) = depth::too_deep(&source.value, &scan.tokens) {
        let diagnostic = text.error(Code::JqTooDeep, range, "this jq program is nested too deeply");
        sink.push(
            diagnostic
                .label("the nesting goes too deep here")
                .note("jq reads and runs a program recursively: this one would overflow the stack of a thread")
                .help("cut it into several `!jq` of one `!pipe`"),
        );
        return None;
    }
    let code = substitute::substitute(source, &scan.slots);
    let term = syntax::parse(&code, text, sink)?;
    let spans = spans::Spans::new(&code, text);
    let read: Vec<_> = scan.slots.iter().filter_map(|slot| slot.variable.clone()).collect();
    let complete = read.len() == scan.slots.len();
    // With a variable missing the others would be named by the wrong number.
    let known = if complete { read.as_slice() } else { &[] };
    if !resolve::resolve(&term, &spans, text, known, sink) || reserved || !complete {
        return None;
    }
    let (outputs, shape) = shape::infer(&term, &spans);
    let native = native::lower(&term, &spans, read.len());
    drop(spans);
    Some(Program { span: source.span, variables: read, outputs, shape, native, code: code.text.clone() })
}

/// Reports variables whose names are those that `${…}` are bound to; true if there are any.
fn report_reserved(text: report::Text<'_>, sink: &mut Sink) -> bool {
    let is_reserved =
        |token: &&scan::Token| token.kind == scan::Kind::Var && text.get(token.range.clone()).starts_with("$__intake");
    let mut found = false;
    for token in text.scan.tokens.iter().filter(is_reserved).take(8) {
        let message = format!("`{}` is a reserved name", text.get(token.range.clone()));
        let diagnostic = text.error(Code::JqReservedName, token.range.clone(), message);
        sink.push(diagnostic.note("the `${…}` of a manifest are bound to such names").help("choose another name"));
        found = true;
    }
    found
}
