//! **What**: a variable in a text, as in a URL, is not `null` whenever it is read there.
//!
//! **Why**: `null` has no text, so the run stops. As the whole value of a parameter or header it is left out instead.
//!
//! **Example**: `"url": "https://a.example/items?after=${polling_state.after}"` where `initial_setup` gives `{after: null}`.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{self, Found};
use crate::flow::{Flow, IntakeFlow, Place, Read};
use crate::source::Span;
use crate::template::Root;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.intakes {
        for (event, read) in intake.reads().filter(|(_, read)| read.is_text && read.variable.default.is_none()) {
            if let Some(made) = null(intake, event, read) {
                sink.push(report(read, made));
            }
        }
    }
}

/// Where the `null` is made that a read finds, at least the first time or every time it is repeated.
fn null(intake: &IntakeFlow<'_>, event: usize, read: &Read<'_>) -> Option<Span> {
    let steps = read.variable.path.steps.as_slice();
    if let (Root::PipedContent(_), Some(content)) = (&read.variable.path.root, &read.content) {
        return all_null(&content.at(steps));
    }
    let state = intake.state.as_ref().filter(|_| read.variable.path.root == Root::PollingState)?;
    let mut nulls = state.arrivals[event].iter().map(|arrival| {
        let found: Vec<Found<'_>> = state.at(&arrival.writes, steps).map(|(_, found)| found).collect();
        all_null(&found)
    });
    if read.conditional {
        // A `!switch` may choose the case only where it is not.
        let all: Option<Vec<Span>> = nulls.collect();
        return all?.first().copied();
    }
    nulls.find_map(|made| made)
}

fn all_null(found: &[Found<'_>]) -> Option<Span> {
    let mut made = None;
    for one in found {
        match one {
            Found::Value(shape) if ways::is_null(shape) => made = made.or(Some(shape.span)),
            _ => return None,
        }
    }
    made
}

fn report(read: &Read<'_>, made: Span) -> Diagnostic {
    let path = &read.variable.path;
    let message = format!("`{path}` is `null` where text is needed, in {}", read.place.as_str());
    let mut found = Diagnostic::new(Code::NullText, read.variable.span, message)
        .label("stops the run")
        .secondary(made, "this is its value then");
    if read.place == Place::Url {
        found = found.help("in the query: move it to `params`, which leave out what is `null`");
    }
    found.help(format!("give it a default: `${{{path} | default: …}}`"))
}
