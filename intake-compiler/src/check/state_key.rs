//! **What**: a key of the polling state that is read is one that some event writes.
//!
//! **Why**: it has no value in any run, which stops at it; with a default, the default always stands in.
//!
//! **Example**: `${polling_state.pages}` where the events write `page`.

use super::variables::{self, listed};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::state::State;
use crate::flow::ways::{self, Found};
use crate::flow::{Flow, IntakeFlow, Read};
use crate::source::Span;
use crate::template::{Root, Step};
use std::collections::BTreeMap;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.intakes {
        let Some(state) = &intake.state else { continue };
        let mut unwritten: BTreeMap<&[Step], Vec<&Read<'_>>> = BTreeMap::new();
        for (_, read) in intake.reads() {
            if let Some(prefix) = unwritten_prefix(state, read) {
                unwritten.entry(prefix).or_default().push(read);
            }
        }
        for (prefix, reads) in unwritten {
            report(intake, state, prefix, &reads, sink);
        }
    }
}

/// The shortest part of a read path that no event writes.
pub(super) fn unwritten_prefix<'a>(state: &State, read: &Read<'a>) -> Option<&'a [Step]> {
    let path = &read.variable.path;
    let is_unwritten = |prefix: &[Step]| {
        state.written().all(|write| ways::at(&write.shape, prefix).iter().all(|found| *found == Found::Absent))
    };
    let mut prefixes = (1..=path.steps.len()).map(|end| &path.steps[..end]);
    prefixes.find(|prefix| path.root == Root::PollingState && is_unwritten(prefix))
}

fn report(intake: &IntakeFlow<'_>, state: &State, prefix: &[Step], reads: &[&Read<'_>], sink: &mut Sink) {
    let path = variables::shown(prefix);
    let without_default: Vec<&Read<'_>> =
        reads.iter().copied().filter(|read| read.variable.default.is_none()).collect();
    let first = without_default.first().or(reads.first()).map_or(Span::default(), |read| read.variable.span);
    let message = format!("no event writes `{path}` to the polling state");
    let mut found = if without_default.is_empty() {
        Diagnostic::new(Code::AlwaysDefault, first, message)
            .label("is always the default")
            .note("a state that an earlier version of the manifest has written may still have it")
    } else {
        Diagnostic::new(Code::StateKeyUnwritten, first, message)
            .label("never has a value")
            .note("a run stops at a variable without a value")
    };
    if let Some(written) = state.written().find(|write| !write.shape.is_unknown()) {
        found = found.secondary(written.shape.span, "the state is written here");
    }
    let (keys, _) = state.keys();
    let meant = match prefix {
        [Step::Key(key)] => variables::closest(key, keys.iter().copied()),
        _ => None,
    };
    sink.push(match meant {
        Some(meant) => {
            let all = if without_default.is_empty() { reads } else { &without_default };
            variables::rename(found, all, 0, meant)
        }
        None if keys.is_empty() => found.help(format!(
            "write it: {} `{{polling_state: {{{path}: …}}}}`",
            match intake.event(super::visit::EventKind::InitialSetup) {
                Some(_) => "let `initial_setup` give",
                None => "add `initial_setup`, which gives",
            }
        )),
        None => found.help(format!("the events write {}", listed(&keys))),
    });
}
