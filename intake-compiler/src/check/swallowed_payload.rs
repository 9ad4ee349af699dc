//! **What**: a `verification` lets payloads through: some `!respond` in it has `process_payload: true`.
//!
//! **Why**: every call to the hook is given to `verification` first, deliveries as well as challenges. Where none lets
//! the payload through, all are answered and nothing is ever delivered to a workflow.
//!
//! **Example**: `"verification": {"!respond": {"body": {…}}}` alone.

use super::visit;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::Flow;
use crate::manifest::model::{CommandKind, IntakeKind};

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.manifest.intakes {
        let Some(IntakeKind::Webhook(webhook)) = &intake.kind else { continue };
        let Some(verification) = &webhook.verification else { continue };
        let (mut answers, mut lets_through) = (None, false);
        visit::commands(&verification.command, &mut |command| match &command.kind {
            CommandKind::Respond(respond) => {
                answers = answers.or(Some(command.key));
                lets_through |= respond.process_payload;
            }
            // A command that was not understood may be the one.
            CommandKind::Invalid => lets_through = true,
            _ => {}
        });
        if let (Some(answers), false) = (answers, lets_through) {
            sink.push(
                Diagnostic::new(
                    Code::SwallowedPayload,
                    answers,
                    "no `!respond` of this `verification` lets a payload through",
                )
                .label("answers, and keeps the payload back")
                .secondary(verification.key, "gets every call to the hook, deliveries too")
                .note("nothing is ever delivered to a workflow")
                .help(
                    "tell challenges and deliveries apart with `!switch`, and answer deliveries with \
                         `{\"!respond\": {\"process_payload\": true}}`",
                ),
            );
        }
    }
}
