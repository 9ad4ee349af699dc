//! **What**: something is done with what an event gives: a key that it knows, a state, what a `!save` stores.
//!
//! **Why**: of what polling events give only `results`, `iterate` and `polling_state` count, of what `create`, `update`
//! and `delete` give nothing does. A misspelt key is lost without a word, and so is what a `!jq` behind `!save` or before
//! `!http` makes.
//!
//! **Example**: `post_poll` with `{poling_state: {page: 1}}`; `create` with `!http`, `!save`, `!jq`

use super::variables::closest;
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{field, fields, is_open};
use crate::flow::{EventFlow, Flow, calls};
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
        is_used(event, sink);
        if event.kind.is_polling() {
            keys_count(event, sink);
        }
    }
}

/// Commands that only give something, which nothing uses.
fn is_used(event: &EventFlow<'_>, sink: &mut Sink) {
    for (at, flow) in event.commands.iter().enumerate() {
        let name = match &flow.command.kind {
            // One that can fail may be there to check an answer.
            CommandKind::Jq(Some(program)) if !calls(&program.code, "error") => "!jq",
            CommandKind::Extract { .. } => "!extract",
            CommandKind::Sha { .. } => "!sha",
            _ => continue,
        };
        // An event that is nothing but this command does nothing on purpose.
        if !flow.used && !flow.output.is_empty() && at > 0 {
            let next = event.commands[at + 1..].iter();
            let next = next.map(|flow| flow.command).find(|next| !matches!(next.kind, CommandKind::Print(_)));
            sink.push(not_used(event, name, flow.command, next));
        }
    }
}

fn not_used(event: &EventFlow<'_>, name: &str, command: &Command, next: Option<&Command>) -> Diagnostic {
    let message = format!("nothing is done with what this `{name}` gives");
    let found = Diagnostic::new(Code::UnusedResult, command.key, message).label("has no effect");
    match next.map(|next| (next.key, &next.kind)) {
        Some((next, CommandKind::Http(_))) => found
            .secondary(next, "takes no input")
            .help("put it behind the request, or read what it gives as `${piped_content.N}`"),
        Some((next, CommandKind::Respond(_))) => {
            found.secondary(next, "takes no input").help("read what it gives as `${piped_content.N}`, or remove it")
        }
        _ => found
            .secondary(event.event.key, "nothing reads what this gives")
            .note("what is needed later has to be stored by a `!save` behind it")
            .help("put it before the `!save`, add `{ \"!save\": { \"scope\": … } }` behind it, or remove it"),
    }
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
