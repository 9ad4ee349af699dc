//! **What**: a path into `${piped_content.N}` leads to something.
//!
//! **Why**: the shape of what a command gives is often known, and a run stops at a variable without a value.
//!
//! **Example**: `${piped_content.1.hook_id}` where the first command gives `{webhook_id: .id}`.

use super::variables::{self, listed};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{self, Found, Ways, kind_name};
use crate::flow::{Flow, Read};
use crate::template::{Root, Step};

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for (_, read) in flow.intakes.iter().flat_map(crate::flow::IntakeFlow::reads) {
        let Some(content) = &read.content else { continue };
        if content.is_empty() {
            continue;
        }
        let steps = &read.variable.path.steps;
        let leads_nowhere = |end: &usize| content.at(&steps[..*end]).iter().all(|found| *found == Found::Absent);
        if let (Some(end), Root::PipedContent(index)) =
            ((1..=steps.len()).find(leads_nowhere), &read.variable.path.root)
        {
            sink.push(report(read, *index, content, end));
        }
    }
}

/// Reports a read of which the first `end` steps lead nowhere.
fn report(read: &Read<'_>, index: u32, content: &Ways, end: usize) -> Diagnostic {
    let path = &read.variable.path;
    let (known, step) = (&path.steps[..end - 1], &path.steps[end - 1]);
    let parent = content.value_at(known);
    let mut of = path.clone();
    of.steps.truncate(end - 1);
    let message = format!("`{of}` has no `{}`", variables::shown(std::slice::from_ref(step)));
    let found = if read.variable.default.is_some() {
        Diagnostic::new(Code::AlwaysDefault, read.variable.span, message).label("is always the default")
    } else {
        Diagnostic::new(Code::PipedPathMissing, read.variable.span, message).label("never has a value")
    };
    let Some(first) = parent.iter().next() else { return found };
    let what = match (index, ways::is_no_object(first)) {
        (_, true) => format!("this is {}", kind_name(first)),
        (0, _) => "the input of the pipe".to_owned(),
        _ => "what that command gives".to_owned(),
    };
    let found = if first.span.end > 0 { found.secondary(first.span, what) } else { found };
    let keys = ways::names(parent.iter());
    match step {
        Step::Key(key) => match variables::closest(key, keys.iter().copied()) {
            Some(meant) => variables::rename(found, &[read], end - 1, meant),
            None if keys.is_empty() => found,
            None => found.help(format!("it has {}", listed(&keys))),
        },
        Step::Index(_) => found,
    }
}
