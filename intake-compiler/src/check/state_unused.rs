//! **What**: every key of the polling state is read somewhere.
//!
//! **Why**: one that nothing reads is left over, or what should read it reads another by mistake.
//!
//! **Example**: `{polling_state: {page: 1, total: .total}}`, where nothing reads `total`.

use super::variables;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways;
use crate::flow::{Flow, IntakeFlow};
use crate::shape::Field;
use crate::source::Span;
use crate::template::{Root, Step};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    flow.intakes.iter().for_each(|intake| check_intake(intake, sink));
}

fn check_intake(intake: &IntakeFlow<'_>, sink: &mut Sink) {
    let Some(state) = &intake.state else { return };
    if !intake.is_understood() {
        return; // what could not be read may read it
    }
    let (written, _) = state.keys();
    let mut read = BTreeSet::new();
    let variables = intake.reads().map(|(_, read)| read.variable);
    let variables = variables.chain(intake.events.iter().flat_map(|event| event.lost.iter().copied()));
    for variable in variables.filter(|variable| variable.path.root == Root::PollingState) {
        let Some(Step::Key(key)) = variable.path.steps.first() else { return }; // all of it
        read.insert(key.as_str());
        if !written.contains(&key.as_str()) {
            // What is read by another name is to be read: that was reported.
            read.extend(variables::closest(key, written.iter().copied()));
        }
    }
    let mut unused: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for Field { name, span, .. } in state.written().flat_map(|write| ways::fields(&write.shape)) {
        // An `iterate` in the state is in the wrong place: another rule.
        if **name != *"iterate" && !read.contains(&**name) {
            let places = unused.entry(name).or_default();
            if !places.contains(span) {
                places.push(*span);
            }
        }
    }
    for (name, places) in unused {
        let mut found =
            Diagnostic::new(Code::StateKeyUnused, places[0], format!("nothing reads `{name}` of the polling state"))
                .label("is written only");
        for place in places.iter().skip(1).take(3) {
            found = found.secondary(*place, "and here");
        }
        sink.push(found.help(format!("remove it, or read it as `${{polling_state.{name}}}`")));
    }
}
