//! **What**: a `verification` has a `!respond`.
//!
//! **Why**: the vendor's challenge would get no answer, and the hook would never be confirmed.
//!
//! **Example**: `"verification": {"!jq": ".body.challenge"}`

use super::visit;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{CommandKind, IntakeKind};

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for intake in &manifest.intakes {
        let Some(IntakeKind::Webhook(webhook)) = &intake.kind else { continue };
        let Some(verification) = &webhook.verification else { continue };
        let mut responds = false;
        visit::commands(&verification.command, &mut |command| {
            // A command that was not understood may be the one.
            responds |= matches!(command.kind, CommandKind::Respond(_) | CommandKind::Invalid);
        });
        if !responds {
            sink.push(
                Diagnostic::new(Code::NoRespond, verification.key, "a `verification` without `!respond`")
                    .label("answers nothing")
                    .note("the vendor confirms a hook by the answer to its challenge")
                    .help("end with `{\"!respond\": {\"body\": { … }}}`"),
            );
        }
    }
}
