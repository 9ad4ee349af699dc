//! **What**: saved data that is read is saved by some event, in that scope, and not only by one that runs later.
//!
//! **Why**: it has no value when it is read, and the run stops there. A `delete` that stops leaves the hook behind.
//!
//! **Example**: `${data.workflow.hook_id}` where `create` saves `webhook_id`.

use super::variables::{self, listed};
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::saved::Saver;
use crate::flow::{Flow, Read};
use crate::template::{Root, Scope, Step};
use std::collections::BTreeMap;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    let mut unsaved: BTreeMap<(Scope, &str), Vec<(usize, &Read<'_>)>> = BTreeMap::new();
    for (intake, of) in flow.intakes.iter().enumerate() {
        for (event, read) in of.reads() {
            let path = &read.variable.path;
            let (Root::Saved(scope), Some(Step::Key(key))) = (&path.root, path.steps.first()) else { continue };
            if flow.saved.is_open(*scope) {
                continue;
            }
            let savers = flow.saved.savers(*scope, key);
            if savers.is_empty() {
                unsaved.entry((*scope, key)).or_default().push((intake, read));
            } else if let Some(later) = only_later(flow, savers, intake, event, read) {
                sink.push(too_late(flow, read, *scope, key, later));
            }
        }
    }
    // What was not understood may save it.
    if flow.intakes.iter().all(crate::flow::IntakeFlow::is_understood) {
        unsaved.into_iter().for_each(|((scope, key), reads)| report(flow, scope, key, &reads, sink));
    }
}

/// The first of the savers, if all of them run after the read does for the first time.
fn only_later<'f>(
    flow: &Flow<'_>,
    savers: &'f [Saver],
    intake: usize,
    event: usize,
    read: &Read<'_>,
) -> Option<&'f Saver> {
    let rank = |event: usize| flow.intakes[intake].events[event].kind.first_run();
    let is_later = |saver: &Saver| {
        let after_it = saver.event == event && saver.saves_before >= read.saves_before;
        saver.intake == intake && (after_it || saver.event != event && rank(saver.event) > rank(event))
    };
    let is_certain = !read.conditional && read.variable.default.is_none();
    (is_certain && savers.iter().all(is_later)).then(|| savers.first()).flatten()
}

fn too_late(flow: &Flow<'_>, read: &Read<'_>, scope: Scope, key: &str, saver: &Saver) -> Diagnostic {
    let by = flow.intakes[saver.intake].events[saver.event].kind.as_str();
    let name = format!("data.{}.{key}", scope.as_str());
    Diagnostic::new(Code::SavedTooLate, read.variable.span, format!("`{name}` is read before it is saved"))
        .label("has no value the first time")
        .secondary(saver.key, format!("only `{by}` saves it, after that"))
        .note("a run stops at a variable without a value")
        .help(format!("save it earlier, or give the variable a default: `${{{name} | default: …}}`"))
}

fn report(flow: &Flow<'_>, scope: Scope, key: &str, reads: &[(usize, &Read<'_>)], sink: &mut Sink) {
    let without_default: Vec<&Read<'_>> =
        reads.iter().map(|(_, read)| *read).filter(|read| read.variable.default.is_none()).collect();
    let all: Vec<&Read<'_>> = reads.iter().map(|(_, read)| *read).collect();
    let Some((intake, _)) = reads.first() else { return };
    let always_default = without_default.is_empty();
    let reads = if always_default { &all } else { &without_default };
    let Some(first) = reads.first() else { return };
    let message = format!("nothing saves `{key}` in the scope `{}`", scope.as_str());
    let mut found = if always_default {
        Diagnostic::new(Code::AlwaysDefault, first.variable.span, message).label("is always the default")
    } else {
        Diagnostic::new(Code::SavedKeyMissing, first.variable.span, message)
            .label("never has a value")
            .note("a run stops at a variable without a value")
    };
    let elsewhere = Scope::ALL.into_iter().find_map(|other| Some((other, flow.saved.savers(other, key).first()?)));
    if let Some((other, saver)) = elsewhere {
        found = found.secondary(saver.key, format!("saved in the scope `{}`", other.as_str()));
        let edits = variables::edits(reads, |path| path.root = Root::Saved(other));
        let question = format!("read it where it is saved: `data.{}.{key}`", other.as_str());
        sink.push(if edits.is_empty() { found.help(question) } else { found.suggest_all(question, edits) });
        return;
    }
    let known: Vec<&str> = flow.saved.keys(scope).collect();
    if let Some(meant) = variables::closest(key, known.iter().copied()) {
        if let Some(saver) = flow.saved.savers(scope, meant).first() {
            found = found.secondary(saver.key, format!("`{meant}` is saved here"));
        }
        sink.push(variables::rename(found, reads, 0, meant));
        return;
    }
    if let Some(create) = flow.intakes[*intake].event(EventKind::Create).filter(|create| create.saves.is_empty()) {
        found = found.secondary(create.event.key, "saves nothing");
    }
    let save = format!("{{ \"!jq\": \"{{{key}: …}}\" }}, {{ \"!save\": {{ \"scope\": \"{}\" }} }}", scope.as_str());
    let found = found.help(format!("save it: `{save}`"));
    sink.push(if known.is_empty() { found } else { found.help(format!("saved there: {}", listed(&known))) });
}
