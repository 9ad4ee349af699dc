//! **What**: what is certainly wrong with a jq program, given what is known of its input and its variables.
//!
//! **Why**: it fails whenever it runs, or gives the same whatever the data are.
//!
//! **Example**: `{name: "x"} | .name + 1`, which adds a number to a text.

use crate::diagnostic::{Diagnostic, Sink};
use crate::flow::{CommandFlow, Flow};
use crate::jq::Finding;
use crate::samples::Samples;
use crate::shape::Shape;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    let events = flow.intakes.iter().flat_map(|intake| &intake.events);
    for command in events.flat_map(|event| &event.commands) {
        certain(command).for_each(|finding| sink.push(diagnostic(finding, flow.samples)));
    }
}

/// What is found on each way that leads to the program.
fn certain<'f>(command: &'f CommandFlow<'_>) -> impl Iterator<Item = &'f Finding> {
    let (first, others) =
        command.inferred.split_first().map_or((None, &[][..]), |(first, others)| (Some(first), others));
    let findings = first.into_iter().flat_map(|inferred| &inferred.findings);
    findings.filter(|finding| {
        let same = |other: &Finding| other.code == finding.code && other.span == finding.span;
        others.iter().all(|inferred| inferred.findings.iter().any(same))
    })
}

/// How many of the values that are the reason are shown.
const MOST_REASONS: usize = 3;

fn diagnostic(finding: &Finding, samples: &Samples) -> Diagnostic {
    let mut found = Diagnostic::new(finding.code, finding.span, finding.message.clone()).label(finding.label.clone());
    let mut shown = Vec::new();
    for value in finding.because.iter().flat_map(Shape::alternatives) {
        if shown.len() == MOST_REASONS {
            break;
        }
        let kind = value.kind.name();
        if let Some(place) = value.sample.and_then(|place| samples.shown(place)) {
            if !shown.contains(&(value.span, value.sample)) {
                shown.push((value.span, value.sample));
                found = found.note(format!("it is {kind} in {place}"));
            }
        } else if value.span != finding.span && !value.span.range().is_empty() && !shown.contains(&(value.span, None)) {
            shown.push((value.span, None));
            found = found.secondary(value.span, format!("this is {kind}"));
        }
    }
    found = finding.notes.iter().fold(found, |found, note| found.note(note.clone()));
    found = finding.helps.iter().fold(found, |found, help| found.help(help.clone()));
    match &finding.suggestion {
        Some((message, edit)) => found.suggest_all(message.clone(), vec![edit.clone()]),
        None => found,
    }
}
