//! **What**: the program of a `!switch` gives a whole number that is the index of a case, and every case has one.
//!
//! **Why**: the run stops at any other index, and a case that no index leads to never runs.
//!
//! **Example**: `"jq": ".event == \"created\""`, which gives a boolean.

use crate::diagnostic::{Code, Diagnostic, Edit, Sink};
use crate::flow::ways::{self, Ways, kind_name};
use crate::flow::{Flow, constant, indices};
use crate::jq::Program;
use crate::manifest::model::{Command, CommandKind};
use crate::shape::{Shape, ShapeKind};
use crate::source::Span;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for command in flow.intakes.iter().flat_map(|intake| &intake.events).flat_map(|event| &event.commands) {
        if let (CommandKind::Switch { jq: Some(program), cases }, Some(index)) = (&command.command.kind, &command.index)
            && !cases.is_empty()
        {
            check_index(program, cases, index, sink);
        }
    }
}

fn check_index(program: &Program, cases: &[Command], index: &Ways, sink: &mut Sink) {
    if !index.all(is_no_number) {
        if let Some(out_of_range) = index.iter().find(|shape| is_of_no_case(shape, cases.len())) {
            sink.push(no_case(out_of_range, cases.len()));
        }
        if let Some(reached) = indices(index, cases.len()) {
            let never = cases.iter().enumerate().filter(|(index, _)| !reached.contains(index));
            never.for_each(|(index, case)| sink.push(unreachable_case(program, index, case)));
        }
        return;
    }
    let Some(first) = index.iter().next() else { return };
    let message = format!("the index of a `!switch` is {}, not a number", kind_name(first));
    let found = Diagnostic::new(Code::SwitchIndex, first.span, message)
        .label("stops every run")
        .note("the program gives the index of the case to run: a whole number from 0");
    sink.push(match index.iter().all(|shape| matches!(shape.kind, ShapeKind::Bool(_))) {
        true => found.suggest_all("run the first case if it is true, and the second if not", chosen(program)),
        false => found.help("give `0` for the first case, `1` for the second, as in `if … then 0 else 1 end`"),
    });
}

fn is_no_number(shape: &Shape) -> bool {
    ways::is(shape, |kind| !matches!(kind, ShapeKind::Unknown | ShapeKind::Number(_)))
}

/// Whether it is a constant, and no index of so many cases. (`1.0` is left alone.)
fn is_of_no_case(shape: &Shape, cases: usize) -> bool {
    let is_integer = |text: &str| text.bytes().enumerate().all(|(at, c)| c.is_ascii_digit() || at == 0 && c == b'-');
    constant(shape)
        .filter(|text| is_integer(text))
        .is_some_and(|text| text.parse::<usize>().map_or(text != "-0", |index| index >= cases))
}

fn no_case(index: &Shape, cases: usize) -> Diagnostic {
    let constant = constant(index).unwrap_or_default();
    let known = match cases {
        1 => "there is one case: 0".to_owned(),
        _ => format!("there are {cases} cases: 0 to {}", cases.saturating_sub(1)),
    };
    Diagnostic::new(Code::SwitchIndex, index.span, format!("the index {constant} is that of no case"))
        .label("stops the run")
        .note("the first case has the index 0")
        .help(known)
}

fn unreachable_case(program: &Program, index: usize, case: &Command) -> Diagnostic {
    Diagnostic::new(Code::UnreachableCase, case.key, format!("no index leads to case {index}"))
        .label("never runs")
        .secondary(program.span, "gives other indices")
        .note("the first case has the index 0")
        .help("remove the case, or let the program give its index")
}

/// The edits that make an index of a condition.
fn chosen(program: &Program) -> Vec<Edit> {
    let (start, end) = (program.span.start as usize + 1, (program.span.end as usize).saturating_sub(1));
    let insert = |at: usize, text: &str| Edit { span: Span::at(at), replacement: text.to_owned() };
    vec![insert(start, "if "), insert(end, " then 0 else 1 end")]
}
