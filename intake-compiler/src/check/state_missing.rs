//! **What**: a key of the polling state is there whenever it is read.
//!
//! **Why**: what an event gives under `polling_state` replaces the whole state, so a key that it leaves out is gone. The
//! run stops where a later event, or the same one next time, reads it.
//!
//! **Example**: `{polling_state: {page: (${polling_state.page} + 1)}}`, where `since` was there too and is read again.

use super::state_key::unwritten_prefix;
use super::variables::{self, listed};
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Edit, Sink};
use crate::flow::state::{Arrival, State, When, Write};
use crate::flow::ways::{self, Found};
use crate::flow::{Flow, IntakeFlow, Read};
use crate::source::Span;
use crate::template::{Root, Step};
use std::collections::BTreeMap;

/// What makes a key missing: the numbers of the writes without it, and whether it is missing on every way.
type Cause = (Vec<usize>, bool);

/// A key that is missing where it is read.
struct Missing<'f, 'a> {
    steps: &'a [Step],
    read: &'f Read<'a>,
    event: usize,
    when: When,
}

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.intakes {
        let Some(state) = &intake.state else { continue };
        let mut causes: BTreeMap<Cause, Vec<Missing<'_, '_>>> = BTreeMap::new();
        for (event, read) in intake.reads() {
            if let Some((cause, missing)) = missing(state, event, read) {
                let known = causes.entry(cause).or_default();
                if !known.iter().any(|other| other.steps == missing.steps && other.event == event) {
                    known.push(missing);
                }
            }
        }
        for ((without, always), missing) in &causes {
            report(intake, state, without, *always, missing, sink);
        }
    }
}

/// Where a read may find nothing, and why.
fn missing<'f, 'a>(state: &State, event: usize, read: &'f Read<'a>) -> Option<(Cause, Missing<'f, 'a>)> {
    let path = &read.variable.path;
    let is_checked = path.root == Root::PollingState && !path.steps.is_empty() && read.variable.default.is_none();
    if !is_checked || unwritten_prefix(state, read).is_some() {
        return None;
    }
    let steps = path.steps.as_slice();
    let arrivals = &state.arrivals[event];
    let is_always = |arrival: &&Arrival| arrival.writes.iter().all(|write| lacks(&state.writes[*write], steps, true));
    let always = arrivals.iter().find(is_always);
    // A `!switch` may choose a case only where the key is there.
    if read.conditional && !arrivals.iter().all(|arrival| is_always(&arrival)) {
        return None;
    }
    let lacking = |arrival: &&Arrival| arrival.writes.iter().any(|write| lacks(&state.writes[*write], steps, false));
    let arrival = always.or_else(|| arrivals.iter().find(lacking))?;
    let is_always = always.is_some();
    let without = arrival.writes.iter().copied().filter(|write| lacks(&state.writes[*write], steps, is_always));
    Some(((without.collect(), is_always), Missing { steps, read, event, when: arrival.when }))
}

/// Whether a state certainly lacks a path: on every way, or on some.
fn lacks(write: &Write, steps: &[Step], on_every_way: bool) -> bool {
    let found = ways::at(&write.shape, steps);
    if on_every_way { found.iter().all(|found| *found == Found::Absent) } else { found.contains(&Found::Absent) }
}

fn report(
    intake: &IntakeFlow<'_>,
    state: &State,
    without: &[usize],
    always: bool,
    missing: &[Missing<'_, '_>],
    sink: &mut Sink,
) {
    let writes: Vec<&Write> = without.iter().map(|write| &state.writes[*write]).collect();
    let dropping: Vec<(&Write, usize)> = writes
        .iter()
        .filter_map(|write| Some((*write, write.event?)))
        .filter(|(_, event)| missing.iter().any(|missing| arrives_with(state, *event, missing.steps)))
        .collect();
    let found = match (dropping.first(), missing.first()) {
        (Some((write, event)), Some(_)) => dropped(intake, write, *event, always, missing),
        (None, Some(first)) => too_early(intake, state, &writes, always, first, missing),
        (_, None) => return,
    };
    let shapes: Vec<&Write> = dropping.iter().map(|(write, _)| *write).collect();
    sink.push(match carried_over(&shapes) {
        Some(edits) => found.suggest_all("carry the rest of the state over", edits),
        None if dropping.is_empty() => found,
        None => found.help("give the whole state: `polling_state: (${polling_state} + {…})`"),
    });
}

/// Whether an event can have the path in the state that it gets.
fn arrives_with(state: &State, event: usize, steps: &[Step]) -> bool {
    let arriving = state.arriving(event);
    state.at(&arriving, steps).any(|(_, found)| found != Found::Absent)
}

fn dropped(
    intake: &IntakeFlow<'_>,
    write: &Write,
    event: usize,
    always: bool,
    missing: &[Missing<'_, '_>],
) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|missing| variables::shown(missing.steps)).collect();
    let mut keys: Vec<&str> = names.iter().map(String::as_str).collect();
    keys.dedup();
    let (code, drops) = match always {
        true => (Code::StateKeyDropped, "drops"),
        false => (Code::StateKeySometimesMissing, "drops, on some ways,"),
    };
    let keys = listed(&keys);
    let by = intake.events[event].kind.as_str();
    let message = format!("`{by}` {drops} {keys} from the polling state, which is read later");
    let mut found = Diagnostic::new(code, write.shape.span, message)
        .label(format!("without {keys}"))
        .note("what an event gives under `polling_state` replaces the whole state");
    for missing in missing.iter().take(4) {
        found = found.secondary(missing.read.variable.span, format!("has no value here {}", when(intake, missing)));
    }
    found
}

fn too_early(
    intake: &IntakeFlow<'_>,
    state: &State,
    writes: &[&Write],
    always: bool,
    first: &Missing<'_, '_>,
    missing: &[Missing<'_, '_>],
) -> Diagnostic {
    let key = variables::shown(first.steps);
    let (code, is_read) = match always {
        true => (Code::StateKeyTooEarly, "is read"),
        false => (Code::StateKeySometimesMissing, "may be read"),
    };
    let mut found = Diagnostic::new(code, first.read.variable.span, format!("`{key}` {is_read} before it is written"))
        .label(format!("has no value here {}", when(intake, first)));
    for missing in missing.iter().skip(1).take(3) {
        found = found.secondary(missing.read.variable.span, "nor here");
    }
    let written = state.written().find(|write| !lacks(write, first.steps, true));
    if let Some((span, event)) = written.and_then(|write| Some((key_span(write, first.steps), write.event?))) {
        found = found.secondary(span, format!("`{}` writes it", intake.events[event].kind.as_str()));
    }
    let has_setup = intake.event(EventKind::InitialSetup).is_some();
    let start = match (has_setup, writes.iter().any(|write| write.event.is_none())) {
        (true, false) => format!("add `{key}: …` to what `initial_setup` gives"),
        (true, true) => format!("let `initial_setup` give `{{polling_state: {{{key}: …}}}}`"),
        (false, _) => {
            format!(
                "add `\"initial_setup\": {{\"!jq\": \"{{polling_state: {{{key}: …}}}}\"}}`, which gives the first value"
            )
        }
    };
    found
        .note("before its first write the polling state is `{}`, and a run stops at a variable without a value")
        .help(format!("{start}, or give the variable a default: `${{polling_state.{key} | default: …}}`"))
}

fn key_span(write: &Write, steps: &[Step]) -> Span {
    let field = match steps.first() {
        Some(Step::Key(key)) => ways::field(&write.shape, key),
        _ => None,
    };
    field.map_or(write.shape.span, |field| field.span)
}

fn when(intake: &IntakeFlow<'_>, missing: &Missing<'_, '_>) -> &'static str {
    match (missing.when, intake.events[missing.event].kind) {
        (When::First, EventKind::Request) => "in the first request",
        (When::First, _) => "the first time",
        (When::NextRequest, _) => "in the next request",
        (When::NextCycle, _) => "in the next cycle",
    }
}

/// The edits that add to the state instead of replacing it, if all writes are objects that the manifest writes out.
fn carried_over(writes: &[&Write]) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for write in writes {
        let (fields, span) = (ways::fields(&write.shape), write.shape.span);
        let within = |inner: Span| span.start < inner.start && inner.end < span.end;
        // Its keys are between its braces, or it is made elsewhere.
        if fields.is_empty() || !fields.iter().all(|field| within(field.span) && within(field.shape.span)) {
            return None;
        }
        let insert = |at: u32, text: &str| Edit { span: Span::at(at as usize), replacement: text.to_owned() };
        edits.extend([insert(span.start, "(${polling_state} + "), insert(span.end, ")")]);
    }
    edits.sort_by_key(|edit| edit.span);
    edits.dedup();
    (!edits.is_empty()).then_some(edits)
}
