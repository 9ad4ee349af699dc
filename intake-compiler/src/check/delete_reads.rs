//! **What**: `delete` reads something that tells which registration it is to remove.
//!
//! **Why**: the same call for every hook removes none, another customer's, or all. The id that the vendor gives when
//! `create` registers the hook is what names it.
//!
//! **Example**: `create` saves `hook_id`, and `delete` calls `DELETE /hooks`.

use super::variables::listed;
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways;
use crate::flow::{EventFlow, Flow, IntakeFlow};
use crate::template::Root;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.intakes {
        if let (Some(create), Some(delete)) = (intake.event(EventKind::Create), intake.event(EventKind::Delete)) {
            check_delete(intake, create, delete, sink);
        }
    }
}

fn check_delete(intake: &IntakeFlow<'_>, create: &EventFlow<'_>, delete: &EventFlow<'_>, sink: &mut Sink) {
    let mut names_hook = delete.reads.iter().map(|read| &read.variable.path.root);
    let is_enough = |root: &Root| match root {
        Root::Saved(_) | Root::WebhookUrl => true,
        // An API with one hook for each resource or account needs no id.
        Root::ResourceId | Root::CustomData { .. } | Root::Subdomain => create.saves.is_empty(),
        Root::PollingState | Root::PipedContent(_) => false,
    };
    // One that always fails says on purpose that hooks cannot be removed.
    if names_hook.any(is_enough) || delete.output.is_empty() || !intake.is_understood() {
        return;
    }
    let message = "`delete` reads nothing that tells which hook to remove";
    let found =
        Diagnostic::new(Code::DeleteReadsNothing, delete.event.key, message).label("is the same for every hook");
    let saved = ways::names(create.saves.iter().flat_map(|save| save.input.iter()));
    sink.push(match create.saves.first() {
        Some(save) => found
            .secondary(save.command.key, format!("`create` saves {}", listed(&saved)))
            .help("read it, as in `\"path\": \"/hooks/${data.SCOPE.KEY}\"`"),
        None => found.secondary(create.event.key, "saves nothing").help(
            "`!save` the id that the vendor gives in `create`, and read it as `${data.SCOPE.KEY}`, \
             or send the URL: `${webhook.url}`",
        ),
    });
}
