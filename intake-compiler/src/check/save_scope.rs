//! **What**: `!save` in a webhook intake saves into the scope of the intake.
//!
//! **Why**: a hook is created once in its scope. Saved more narrowly, its id is unknown to the other workflows that
//! share it and to the `delete` of the last; saved more widely, hooks overwrite each other's ids.
//!
//! **Example**: `"scope": "connection"` whose `create` ends with `{"!save": {"scope": "workflow"}}`.

use super::visit::{self, Item, Place};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{CommandKind, IntakeKind};

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, context| {
        let (Item::Command(command), Place::Event(intake, _)) = (item, context.place) else { return };
        let CommandKind::Save(Some(saved)) = &command.kind else { return };
        let Some(IntakeKind::Webhook(webhook)) = &intake.kind else { return };
        let Some(scope) = webhook.scope.filter(|scope| scope.value != saved.value) else { return };
        let (own, other) = (scope.value.as_str(), saved.value.as_str());
        let note = if saved.value < scope.value {
            "the hook is shared more widely: others that use it cannot read what is saved here"
        } else {
            "what is saved there is shared more widely: hooks overwrite what others have saved"
        };
        sink.push(
            Diagnostic::new(
                Code::SaveScope,
                saved.span,
                format!("`!save` into `{other}` in an intake of scope `{own}`"),
            )
            .label("another scope")
            .secondary(scope.span, "the intake's scope")
            .note(note)
            .suggest(format!("save into `{own}`"), saved.span, super::json_string(own)),
        );
    });
}
