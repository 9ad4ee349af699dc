//! **What**: a webhook intake has a `delete`.
//!
//! **Why**: without it the registration stays at the vendor, who goes on sending to a URL that nobody serves.
//!
//! **Example**: a webhook intake with `create` alone.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::IntakeKind;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for intake in &manifest.intakes {
        let Some(IntakeKind::Webhook(webhook)) = &intake.kind else { continue };
        let (None, Some(create)) = (&webhook.delete, &webhook.create) else { continue };
        sink.push(
            Diagnostic::new(Code::MissingDelete, create.key, "a webhook intake without `delete`")
                .label("registers what is never removed")
                .note("the vendor goes on sending after the last workflow is gone")
                .help("`!save` the id that `create` gets and add `\"delete\": { … }`, which removes the registration"),
        );
    }
}
