//! **What**: a hook of scope `application` has an `account_id`; no other has.
//!
//! **Why**: such a hook gets the payloads of all customers, and the account's id picks the connection. Without it
//! every connection is searched for the resource's id, which may not be unique among customers.
//!
//! **Example**: `"scope": "application"` with `resource_id` alone.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::IntakeKind;
use crate::template::Scope;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for intake in &manifest.intakes {
        let Some(IntakeKind::Webhook(webhook)) = &intake.kind else { continue };
        match (&webhook.scope, &webhook.account_id) {
            (Some(scope), None) if scope.value == Scope::Application => sink.push(
                Diagnostic::new(Code::MissingAccountId, scope.span, "an application hook without `account_id`")
                    .label("one hook for all customers")
                    .note("a payload goes to every customer who selected a resource of that id")
                    .help("add `\"account_id\": {\"!jq\": \"…\"}`, which gives the account's id in a payload"),
            ),
            (Some(scope), Some(account_id)) if scope.value != Scope::Application => sink.push(
                Diagnostic::new(Code::UselessResourceId, account_id.key, "`account_id` of one connection's hook")
                    .label("nothing reads it")
                    .secondary(scope.span, "every payload belongs to the one connection")
                    .help("remove it, or set the scope to `application`"),
            ),
            _ => {}
        }
    }
}
