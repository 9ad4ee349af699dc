//! **What**: `delete` reads something that tells which registration it is to remove; so does `update`, if it sends a
//! request.
//!
//! **Why**: the same call for every hook removes (or changes) none, another customer's, or all. The id that the vendor gives when
//! `create` registers the hook is what names it.
//!
//! **Example**: `create` saves `hook_id`, and `delete` calls `DELETE /hooks`.

use super::variables::listed;
use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways;
use crate::flow::{EventFlow, Flow, IntakeFlow};
use crate::manifest::model::CommandKind;
use crate::template::Root;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.intakes {
        for kind in [EventKind::Delete, EventKind::Update] {
            if let (Some(create), Some(event)) = (intake.event(EventKind::Create), intake.event(kind)) {
                check_event(intake, create, event, sink);
            }
        }
    }
}

fn check_event(intake: &IntakeFlow<'_>, create: &EventFlow<'_>, event: &EventFlow<'_>, sink: &mut Sink) {
    let is_delete = event.kind == EventKind::Delete;
    let mut names_hook =
        event.reads.iter().map(|read| &read.variable.path.root).chain(event.lost.iter().map(|lost| &lost.path.root));
    let is_enough = |root: &Root| match root {
        Root::Saved(_) | Root::WebhookUrl => true,
        // An API with one hook for each resource or account needs no id.
        Root::ResourceId | Root::CustomData { .. } | Root::Subdomain => create.saves.is_empty(),
        Root::PollingState | Root::PipedContent(_) => false,
    };
    // What saves something registers anew.
    let changes =
        event.saves.is_empty() && event.commands.iter().any(|flow| matches!(flow.command.kind, CommandKind::Http(_)));
    // One that always fails says on purpose that hooks cannot be removed.
    if names_hook.any(is_enough) || event.output.is_empty() || !intake.is_understood() || !(is_delete || changes) {
        return;
    }
    let to = if is_delete { "remove" } else { "change" };
    let message = format!("`{}` reads nothing that tells which hook to {to}", event.kind.as_str());
    let found = Diagnostic::new(Code::NamesNoHook, event.event.key, message).label("is the same for every hook");
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
