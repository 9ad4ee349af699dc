//! **What**: what is certainly wrong with a jq program, given what is known of its input and its variables.
//!
//! **Why**: it fails whenever it runs, or gives the same whatever the data are.
//!
//! **Example**: `.items[0].name + (.items | length)`, which adds a number to a text.

use super::visit::{self, Item};
use crate::diagnostic::{Diagnostic, Sink};
use crate::jq::Finding;
use crate::manifest::Manifest;
use crate::shape::Shape;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        let (Item::Filter(program) | Item::SwitchIndex(program)) = item else { return };
        let unknown = Shape::unknown(program.span);
        let inferred = program.infer(&unknown, &|_| unknown.clone());
        inferred.findings.iter().for_each(|finding| sink.push(diagnostic(finding)));
    });
}

/// How many of the values that are the reason are shown.
const MOST_REASONS: usize = 3;

fn diagnostic(finding: &Finding) -> Diagnostic {
    let mut found = Diagnostic::new(finding.code, finding.span, finding.message.clone()).label(finding.label.clone());
    let values = finding.because.iter().flat_map(Shape::alternatives);
    let made_elsewhere = values.filter(|value| value.sample.is_none() && !overlap(value, finding));
    let mut spans = Vec::new();
    for value in made_elsewhere {
        if spans.len() < MOST_REASONS && !value.span.range().is_empty() && !spans.contains(&value.span) {
            spans.push(value.span);
            found = found.secondary(value.span, format!("this is {}", value.kind.name()));
        }
    }
    found = finding.notes.iter().fold(found, |found, note| found.note(note.clone()));
    found = finding.helps.iter().fold(found, |found, help| found.help(help.clone()));
    match &finding.suggestion {
        Some((message, edit)) => found.suggest_all(message.clone(), vec![edit.clone()]),
        None => found,
    }
}

/// Whether a value is made where the finding is.
fn overlap(value: &Shape, finding: &Finding) -> bool {
    value.span == finding.span
}
