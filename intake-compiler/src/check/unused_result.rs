//! **What**: something is done with what an event gives: a key that it knows, a state, what a `!save` stores.
//!
//! **Why**: of what polling events give only `results`, `iterate` and `polling_state` count, of what `create`, `update`
//! and `delete` give nothing does. A misspelt key is lost without a word, and so is what a `!jq` behind `!save` makes.
//!
//! **Example**: `post_poll` with `{poling_state: {page: 1}}`; `create` with `!http`, `!save`, `!jq`

use super::variables::closest;
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{field, fields, is_open};
use crate::flow::{EventFlow, Flow};
use crate::manifest::model::{Command, CommandKind};
use crate::shape::{Field, Shape};
use crate::source::Span;

/// What counts of what an event gives.
fn known(kind: EventKind) -> &'static [&'static str] {
    match kind {
        EventKind::Request => &["results", "iterate", "polling_state"],
        _ => &["polling_state"],
    }
}

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for event in flow.intakes.iter().flat_map(|intake| &intake.events).filter(|event| event.understood) {
        match event.kind {
            EventKind::Create | EventKind::Update | EventKind::Delete => nothing_counts(event, sink),
            _ if event.kind.is_polling() => keys_count(event, sink),
            _ => {}
        }
    }
}

/// The command that ends a pipe, if all it does is to give something.
fn pure_end(command: &Command) -> Option<&Command> {
    let CommandKind::Pipe(commands) = &command.kind else { return None };
    let last = commands.last()?;
    match &last.kind {
        CommandKind::Pipe(_) => pure_end(last),
        CommandKind::Jq(_) | CommandKind::Extract { .. } | CommandKind::Sha { .. } => Some(last),
        _ => None,
    }
}

fn nothing_counts(event: &EventFlow<'_>, sink: &mut Sink) {
    let Some(last) = pure_end(&event.event.command) else { return };
    let name = event.kind.as_str();
    // One that can fail may be there to check an answer.
    let may_check = |flow: &crate::flow::CommandFlow<'_>| std::ptr::eq(flow.command, last) && calls_error(last);
    if event.output.is_empty() || event.commands.iter().any(may_check) {
        return;
    }
    sink.push(
        Diagnostic::new(Code::UnusedResult, last.key, format!("nothing is done with what `{name}` gives"))
            .label("gives the result")
            .note("what is needed later has to be stored by a `!save` behind it")
            .help("add `{ \"!save\": { \"scope\": … } }` behind it, put it before the `!save`, or remove it"),
    );
}

/// Whether a program raises errors by itself.
fn calls_error(command: &Command) -> bool {
    matches!(&command.kind, CommandKind::Jq(Some(program)) if program.code.contains("error"))
}

fn keys_count(event: &EventFlow<'_>, sink: &mut Sink) {
    let known = known(event.kind);
    let mut seen = Vec::new();
    // What is no result at all is reported as such.
    let is_result = |shape: &&Shape| event.kind != EventKind::Request || field(shape, "results").is_some();
    for shape in event.output.iter().filter(is_result) {
        for other in fields(shape).iter().filter(|field| !known.contains(&&*field.name)) {
            if !seen.contains(&other.span) && shape.sample.is_none() && made_at_end(event, shape) {
                seen.push(other.span);
                sink.push(without_effect(event, shape, other, known));
            }
        }
    }
}

/// Whether the object is one that a program at the end of the event makes: what passes through a `!save` is used there.
fn made_at_end(event: &EventFlow<'_>, shape: &Shape) -> bool {
    let ends = ends(&event.event.command);
    !is_open(shape) && ends.iter().any(|span| span.start <= shape.span.start && shape.span.end <= span.end)
}

/// The programs whose output is the command's.
fn ends(command: &Command) -> Vec<Span> {
    match &command.kind {
        CommandKind::Pipe(commands) => commands.last().map(ends).unwrap_or_default(),
        CommandKind::Switch { cases, .. } => cases.iter().flat_map(ends).collect(),
        CommandKind::Jq(Some(program)) => vec![program.span],
        _ => Vec::new(),
    }
}

fn without_effect(event: &EventFlow<'_>, shape: &Shape, field: &Field, known: &[&str]) -> Diagnostic {
    let name = event.kind.as_str();
    let message = format!("`{}` of what `{name}` gives has no effect", field.name);
    let found = Diagnostic::new(Code::UnusedResult, field.span, message);
    let missing = known.iter().copied().filter(|known| fields(shape).iter().all(|field| &*field.name != *known));
    match closest(&field.name, missing) {
        Some(meant) => found.suggest(format!("did you mean `{meant}`?"), field.span, meant),
        None if event.kind == EventKind::Request => {
            found.note("only `results`, `iterate` and `polling_state` are read")
        }
        None => found.note("only `polling_state` is read"),
    }
}
