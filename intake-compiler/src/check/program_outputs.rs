//! **What**: a jq program gives exactly one output.
//!
//! **Why**: none counts as `null`, and several stop the run: nothing is dropped silently.
//!
//! **Example**: `.items[]`, which gives as many outputs as there are items.

use super::visit::{self, Item, Place};
use crate::diagnostic::{Code, Diagnostic, Edit, Sink};
use crate::jq::Program;
use crate::manifest::Manifest;
use crate::source::Span;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, context| {
        let (program, is_index) = match item {
            Item::Filter(program) => (program, false),
            Item::SwitchIndex(program) => (program, true),
            _ => return,
        };
        let is_routing = matches!(context.place, Place::Event(_, event) if event.is_routing());
        if program.outputs.most != Some(1) && program.outputs.most != Some(0) {
            sink.push(several(program, is_index || is_routing));
        } else if program.outputs.least == 0 {
            sink.push(none(program, is_index, is_routing));
        }
    });
}

fn several(program: &Program, wants_scalar: bool) -> Diagnostic {
    let (count, goes_on) = match program.outputs.most {
        Some(most) if program.outputs.least == most => (format!("gives {most} outputs"), "stops the run here"),
        Some(most) => (format!("can give up to {most} outputs"), "more than one stops the run"),
        None => ("can give several outputs".to_owned(), "more than one stops the run"),
    };
    let found = Diagnostic::new(Code::JqSeveralOutputs, program.span, format!("the program {count}"))
        .label(goes_on)
        .note("exactly one output is expected: none counts as `null`, more than one is an error");
    if wants_scalar {
        let edits = around(program, "first(", ")");
        return found.suggest_all("take the first with `first(…)`", edits);
    }
    found.suggest_all("collect them in an array", around(program, "[", "]")).help("or take one of them: `first(…)`")
}

fn none(program: &Program, is_index: bool, is_routing: bool) -> Diagnostic {
    let count = if program.outputs.most == Some(0) { "gives no output" } else { "can give no output" };
    let then = match (is_index, is_routing) {
        (true, _) => "no output counts as `null`, which is the index of no case: the run stops",
        (_, true) => "no output counts as `null`, which is nobody's id: the payload is not delivered",
        _ => "no output counts as `null`",
    };
    Diagnostic::new(Code::JqNoOutput, program.span, format!("the program {count}"))
        .note(then)
        .help("say what it gives otherwise: `… // VALUE`, or an `if` with an `else`")
}

/// The edits that put text around a program, inside its quotes.
fn around(program: &Program, before: &str, after: &str) -> Vec<Edit> {
    let (start, end) = (program.span.start as usize + 1, (program.span.end as usize).saturating_sub(1));
    let insert = |at: usize, text: &str| Edit { span: Span::at(at), replacement: text.to_owned() };
    vec![insert(start, before), insert(end, after)]
}
