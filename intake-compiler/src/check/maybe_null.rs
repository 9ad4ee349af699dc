//! **What**: a value that is `null` in a sample does not go where text or an id is needed.
//!
//! **Why**: `null` has no text, so the run stops when the vendor sends one; and no payload has the id `null`.
//!
//! **Example**: `"url": "https://a.example/users/${piped_content.1.owner_id}"` where a sample has `"owner_id": null`.

use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::state::When;
use crate::flow::ways::{Found, Ways};
use crate::flow::{EventFlow, Flow, IntakeFlow, Place, Read, calls};
use crate::jq::Program;
use crate::manifest::model::CommandKind;
use crate::shape::{Shape, ShapeKind};
use crate::source::Span;
use crate::template::{Root, Step};

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    if flow.samples.is_empty() {
        return;
    }
    for intake in &flow.intakes {
        // A `!switch` may choose the case only where there is a value.
        let plain = |read: &Read<'_>| read.is_text && !read.conditional && read.variable.default.is_none();
        for (event, read) in intake.reads().filter(|(_, read)| plain(read)) {
            let null = null(flow, intake, event, read);
            let is_open = |null: &Shape| !is_provided_for(intake, &intake.events[event], null.span);
            if let Some(null) = null.filter(is_open) {
                sink.push(text(flow, read, &null));
            }
        }
        for kind in [EventKind::ResourceId, EventKind::AccountId] {
            let Some(event) = intake.event(kind) else { continue };
            let null = event.output.iter().find(|shape| is_sampled_null(shape));
            if let Some(null) = null.filter(|null| !is_provided_for(intake, event, null.span)) {
                sink.push(id(flow, event, null));
            }
        }
    }
}

/// The `null` of a sample that a read may find.
fn null(flow: &Flow<'_>, intake: &IntakeFlow<'_>, event: usize, read: &Read<'_>) -> Option<Shape> {
    let steps = read.variable.path.steps.as_slice();
    match (&read.variable.path.root, &read.content) {
        (Root::PipedContent(_), Some(content)) => among(content, steps),
        (Root::PollingState, _) => {
            let state = intake.state.as_ref()?;
            // `request` runs again in the same cycle only while `iterate` says so, which mostly is while there is one.
            let arrivals = state.arrivals[event].iter().filter(|arrival| arrival.when != When::NextRequest);
            let writes = arrivals.flat_map(|arrival| arrival.writes.iter().copied()).collect();
            let mut found = state.at(&writes, steps).filter_map(|(_, found)| sampled(found));
            found.next().cloned()
        }
        (Root::Saved(scope), _) => {
            let [Step::Key(key), rest @ ..] = steps else { return None };
            among(&flow.saved.value(*scope, key), rest)
        }
        _ => None,
    }
}

fn among(ways: &Ways, steps: &[Step]) -> Option<Shape> {
    ways.at(steps).into_iter().find_map(sampled).cloned()
}

fn sampled(found: Found<'_>) -> Option<&Shape> {
    match found {
        Found::Value(shape) | Found::Maybe(shape) => Some(shape).filter(|shape| is_sampled_null(shape)),
        Found::Absent | Found::Unknown => None,
    }
}

fn is_sampled_null(shape: &Shape) -> bool {
    shape.kind == ShapeKind::Null && shape.sample.is_some()
}

/// Whether the programs around may see to it that what is `null` goes no further: one that makes the value, and any in
/// the event that raises an error. What they do so for, a shape does not tell.
fn is_provided_for(intake: &IntakeFlow<'_>, event: &EventFlow<'_>, made: Span) -> bool {
    let programs = |event: &EventFlow<'_>, test: &dyn Fn(&Program) -> bool| {
        event.commands.iter().any(|flow| matches!(&flow.command.kind, CommandKind::Jq(Some(program)) if test(program)))
    };
    // What is deep in a value that is passed on has no place: any program may have made it.
    let is_maker =
        |program: &Program| made.range().is_empty() || program.span.start <= made.start && made.end <= program.span.end;
    intake.events.iter().any(|event| programs(event, &|program| is_maker(program) && chooses(program)))
        || programs(event, &|program| calls(&program.code, "error"))
}

/// Whether a program gives one value or another.
fn chooses(program: &Program) -> bool {
    const WORDS: [&str; 11] =
        ["if", "select", "try", "values", "strings", "numbers", "scalars", "first", "any", "all", "error"];
    let is_alternative = |at: usize| !program.code[..at].ends_with(':'); // not `https://`
    program.code.match_indices("//").any(|(at, _)| is_alternative(at))
        || program.code.contains('?')
        || WORDS.iter().any(|word| calls(&program.code, word))
}

fn text(flow: &Flow<'_>, read: &Read<'_>, null: &Shape) -> Diagnostic {
    let path = &read.variable.path;
    let message = format!("`{path}` may be `null` where text is needed, in {}", read.place.as_str());
    let mut found =
        shown(flow, Diagnostic::new(Code::MaybeNull, read.variable.span, message), null).label("stops the run then");
    if read.place == Place::Url {
        found = found.help("in the query: move it to `params`, which leave out what is `null`");
    }
    found.help(format!("give it a default: `${{{path} | default: …}}`"))
}

fn id(flow: &Flow<'_>, event: &EventFlow<'_>, null: &Shape) -> Diagnostic {
    let name = event.kind.as_str();
    let message = format!("`{name}` may give `null`, which is no id");
    shown(flow, Diagnostic::new(Code::MaybeNull, null.span, message), null)
        .label("matches nothing then")
        .help("such a payload is kept as undeliverable; take the id from where it always is, with `//` if that is one of two places")
}

fn shown(flow: &Flow<'_>, found: Diagnostic, null: &Shape) -> Diagnostic {
    let at = found.primary.span;
    let found = match null.sample.and_then(|place| flow.samples.shown(place)) {
        Some(place) => found.note(format!("it is `null` in {place}")),
        None => found,
    };
    if null.span != at && !null.span.range().is_empty() {
        found.secondary(null.span, "this is its value then")
    } else {
        found
    }
}
