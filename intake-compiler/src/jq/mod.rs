//! jq programs: `${…}` bound as variables, parsed and resolved at compile time, with what can be said of their output.

mod builtins;
mod depth;
mod differences;
mod format;
mod infer;
mod lexical;
pub mod native;
mod negation;
mod outputs;
mod regex;
mod report;
mod resolve;
mod scan;
mod spans;
mod substitute;
mod syntax;
mod tree;

pub use crate::shape::{Shape, ShapeKind};
pub use builtins::{BUILTINS, FOREIGN, Foreign, REFUSED};
pub use differences::Difference;
pub(crate) use format::{format, spelling};
pub use infer::{Finding, Inferred};
pub use outputs::Outputs;
pub(crate) use report::escape;
pub use scan::{Kind as TokenKind, Token};

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
    /// What would be `${…}` with a `$` before them, which is reported.
    pub lost: Vec<Variable>,
    /// How many outputs it can give for one input, whatever that is.
    pub outputs: Outputs,
    /// What is known of each output, whatever the input is.
    pub shape: Shape,
    /// Where jaq does something else than jq 1.8, in source order.
    pub differences: Vec<Difference>,
    /// The program in a form that can be compiled, or why it cannot be.
    pub native: Result<native::ir::Filter, native::Unsupported>,
    tree: tree::Node,
    /// The program without the white space and comments around it.
    whole: Span,
}

impl Program {
    /// What it gives for an input, and for values of its `${…}` by their numbers.
    #[must_use]
    pub fn infer(&self, input: &Shape, variables: &dyn Fn(usize) -> Shape) -> Inferred {
        infer::infer(&self.tree, self.whole, input, variables)
    }
}

/// Parses and resolves a program; `None` if it has errors (reported).
pub fn parse(source: &Str, sink: &mut Sink) -> Option<Program> {
    let scan = scan::scan(source, sink);
    let texts = scan.tokens.iter().filter(|token| token.kind == scan::Kind::Text);
    let lost: Vec<_> = texts.flat_map(|token| template::missing_dollars(source, token.range.clone(), sink)).collect();
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
    let native = native::lower(&term, &spans, read.len());
    let (tree, whole) = (tree::tree(&term, &spans), spans.span(spans.program()));
    let Inferred { outputs, shape, .. } =
        infer::infer(&tree, whole, &Shape::unknown(whole), &|_| Shape::unknown(whole));
    let differences = infer::differences(&tree, whole);
    drop(spans);
    let code = code.text.clone();
    Some(Program { span: source.span, variables: read, lost, outputs, shape, differences, native, code, tree, whole })
}

/// The tokens of a program, also of one that is wrong, with their ranges in its decoded text.
#[must_use]
pub fn tokens(source: &Str) -> Vec<Token> {
    let mut sink = Sink::new();
    let scan = scan::scan(source, &mut sink);
    // What is wrong has been reported where the program was parsed.
    drop(sink.finish());
    scan.tokens
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
