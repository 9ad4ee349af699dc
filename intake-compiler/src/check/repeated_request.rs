//! **What**: what `request` sends depends on something that it changes itself, unless it never runs twice.
//!
//! **Why**: it would fetch the same page again, until the runtime notices that the results repeat or a cap is reached.
//! What comes after the first page is never seen.
//!
//! **Example**: `"params": {"page": 1}` and `iterate: .has_more`.

use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::depends::Cause;
use crate::flow::state::{State, When};
use crate::flow::ways;
use crate::flow::{EventFlow, Flow, IntakeFlow};
use crate::manifest::model::{CommandKind, Http, Method};
use crate::shape::{Shape, ShapeKind};
use crate::source::Span;
use crate::template::{Root, Scope, Step};

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for (index, intake) in flow.intakes.iter().enumerate() {
        if let (Some(request), Some(state)) = (intake.event(EventKind::Request), &intake.state) {
            check_request(flow, index, intake, request, state, sink);
        }
    }
}

/// Whether a `request` sends the same again and again and never says that it is done: then that its `iterate` is
/// constant needs not be said as well.
pub(super) fn never_ends(flow: &Flow<'_>, index: usize) -> bool {
    let intake = &flow.intakes[index];
    match (intake.event(EventKind::Request), &intake.state) {
        (Some(request), Some(state)) => repeats(flow, index, intake, request, state).is_some_and(|https| {
            !https.is_empty() && https.iter().all(|(_, http)| is_read(http.method)) && always_iterates(request)
        }),
        _ => false,
    }
}

fn check_request(
    flow: &Flow<'_>,
    index: usize,
    intake: &IntakeFlow<'_>,
    request: &EventFlow<'_>,
    state: &State,
    sink: &mut Sink,
) {
    let Some(https) = repeats(flow, index, intake, request, state) else { return };
    let span = https.first().map_or(request.event.key, |(span, _)| *span);
    let found = if https.is_empty() {
        Diagnostic::new(Code::RepeatedRequest, span, "`request` gives the same every time it is repeated")
            .note("nothing that it gives depends on a key of `polling_state` that it writes: the loop stops as results repeat")
    } else if never_ends(flow, index) {
        Diagnostic::new(Code::EndlessRequest, span, "`request` sends the same again, and never says that it is done")
            .note("`iterate` is always true, so every cycle fetches one page twice and never the next")
    } else {
        Diagnostic::new(Code::RepeatedRequest, span, "`request` sends the same every time it is repeated").note(
            "nothing that it sends depends on a key of `polling_state` that it writes: it fetches the same page again",
        )
    };
    let again = if https.is_empty() { "gives the same again" } else { "sends the same again" };
    let found = match sent_key(request) {
        Some((span, key)) => found.label(again).secondary(span, format!("`request` does not change `{key}`")),
        None => found.label(again),
    };
    sink.push(found.help(
        "keep the place in the state, send it (`\"page\": \"${polling_state.page}\"`) and move it on \
         (`polling_state: {page: (${polling_state.page} + 1)}`), or give `iterate: false` if there is one page only",
    ));
}

/// The requests of a `request` that may run again and sends the same then.
fn repeats<'a>(
    flow: &Flow<'_>,
    index: usize,
    intake: &IntakeFlow<'_>,
    request: &EventFlow<'a>,
    state: &State,
) -> Option<Vec<(Span, &'a Http)>> {
    let event = intake.events.iter().position(|event| event.kind == EventKind::Request)?;
    let is_repeated = state.arrivals[event].iter().any(|arrival| arrival.when == When::NextRequest);
    // That there is no `iterate` was said: one request is meant.
    let lacks_iterate = |output: &Shape| !ways::is_open(output) && ways::field(output, "iterate").is_none();
    if !is_repeated || request.output.iter().all(lacks_iterate) {
        return None;
    }
    let https: Vec<(Span, &Http)> = request
        .commands
        .iter()
        .filter_map(|flow| match &flow.command.kind {
            CommandKind::Http(http) => Some((flow.command.key, &**http)),
            _ => None,
        })
        .collect();
    // What changes something at the vendor may be what moves it on, as where messages are taken off a queue.
    let changes = https.iter().any(|(_, http)| match http.method {
        Method::Get | Method::Options => false,
        Method::Post => https.len() > 1,
        Method::Put | Method::Patch | Method::Delete => true,
    });
    // Without a request of its own the event is a function of what it reads.
    let causes = if https.is_empty() { &request.depends } else { &request.sent };
    let moves_on = causes.iter().any(|cause| match cause {
        Cause::Anything => true,
        Cause::State(key) => changes_key(request, state, event, Some(key)),
        Cause::WholeState => changes_key(request, state, event, None),
        Cause::Saved(scope, key) => saves(flow, index, event, scope, key),
    });
    // What is not known to page at all is left alone.
    let is_known = !https.is_empty() || request.output.iter().all(|output| !ways::is_open(output));
    (is_known && request.understood && !changes && !moves_on).then_some(https)
}

/// Whether `request` may write another value to a key of the state; without a key, to any.
fn changes_key(request: &EventFlow<'_>, state: &State, event: usize, key: Option<&str>) -> bool {
    let mut writes = state.written().filter(|write| write.event == Some(event));
    writes.any(|write| match key.and_then(|key| Some((key, ways::field(&write.shape, key)?))) {
        Some((key, field)) => !is_carried(request, key, &field.shape),
        None => true,
    })
}

/// Whether a value is `${polling_state.KEY}` as it stands.
fn is_carried(request: &EventFlow<'_>, key: &str, value: &Shape) -> bool {
    request.reads.iter().any(|read| {
        let path = &read.variable.path;
        read.variable.span == value.span
            && path.root == Root::PollingState
            && matches!(path.steps.as_slice(), [Step::Key(only)] if only == key)
    })
}

/// Whether `request` may save a key itself.
fn saves(flow: &Flow<'_>, intake: usize, event: usize, scope: Scope, key: &str) -> bool {
    let by_itself = |saver: &crate::flow::saved::Saver| (saver.intake, saver.event) == (intake, event);
    flow.saved.is_open(scope) || flow.saved.savers(scope, key).iter().any(by_itself)
}

fn is_read(method: Method) -> bool {
    matches!(method, Method::Get | Method::Options)
}

/// Whether `iterate` is `true` on every way.
fn always_iterates(request: &EventFlow<'_>) -> bool {
    request.output.all(|shape| match ways::field(shape, "iterate") {
        Some(field) => !field.optional && ways::is(&field.shape, |kind| *kind == ShapeKind::Bool(Some(true))),
        None => false,
    })
}

/// A key of the state that is sent.
fn sent_key<'a>(request: &EventFlow<'a>) -> Option<(Span, &'a str)> {
    request.reads.iter().find_map(|read| match read.variable.path.steps.first() {
        Some(Step::Key(key))
            if read.variable.path.root == Root::PollingState && read.place != crate::flow::Place::Jq =>
        {
            Some((read.variable.span, key.as_str()))
        }
        _ => None,
    })
}
