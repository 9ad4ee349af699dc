//! **What**: `!respond` stands in `verification` alone; `resource_id` and `account_id` only read the payload.
//!
//! **Why**: nobody waits for an answer elsewhere. What picks a payload's receivers runs for every delivery, again for
//! each attempt, so it must have no effect of its own.
//!
//! **Example**: `!http` in `resource_id`.

use super::visit::{self, EventKind, Item, Place};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::CommandKind;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, context| {
        let (Item::Command(command), Place::Event(_, event)) = (item, context.place) else { return };
        let key = event.as_str();
        match &command.kind {
            CommandKind::Respond(_) if event != EventKind::Verification => sink.push(
                Diagnostic::new(Code::CommandOutOfPlace, command.key, format!("`!respond` in `{key}`"))
                    .label("answers nobody")
                    .note("only the vendor's call that `verification` handles waits for an answer")
                    .help("remove it, or move it into `verification`"),
            ),
            CommandKind::Http(_) | CommandKind::Save(_) if event.is_routing() => {
                let name = if matches!(command.kind, CommandKind::Save(_)) { "!save" } else { "!http" };
                sink.push(
                    Diagnostic::new(Code::CommandOutOfPlace, command.key, format!("`{name}` in `{key}`"))
                        .label("does more than read the payload")
                        .note(format!("`{key}` runs for every payload, and again whenever its delivery is tried again"))
                        .help("take the id from the payload with `!jq`"),
                );
            }
            _ => {}
        }
    });
}
