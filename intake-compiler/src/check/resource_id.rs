//! **What**: a hook of scope `connection` or `application` has a `resource_id`; one of scope `workflow` has none.
//!
//! **Why**: a shared hook gets the payloads of several workflows, and the resource's id picks whose it is. A
//! workflow's own hook has nothing to pick.
//!
//! **Example**: `"scope": "connection"` without `"resource_id": {"!jq": ".form.id"}`.

use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::IntakeKind;
use crate::source::Span;
use crate::template::Scope;

const STUB: &str = ", \"resource_id\": { \"_comment\": \"placeholder: the id of the resource in a payload belongs here\", \
                    \"!error\": \"`resource_id` is not written yet\" }";

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for intake in &manifest.intakes {
        let Some(IntakeKind::Webhook(webhook)) = &intake.kind else { continue };
        match (&webhook.scope, &webhook.resource_id) {
            (Some(scope), None) if scope.value != Scope::Workflow => sink.push(
                Diagnostic::new(Code::MissingResourceId, scope.span, "a shared hook without `resource_id`")
                    .label("one hook for several workflows")
                    .note("without it no payload can be told to belong to a workflow: none would be delivered")
                    .help(
                        "add `\"resource_id\": {\"!jq\": \"…\"}`, which gives the resource's id in a payload, \
                         or set the scope to `workflow`",
                    )
                    .mend(
                        Applicability::Placeholder,
                        "add a `resource_id` that is still to be written",
                        vec![Edit { span: Span::at(scope.span.end as usize), replacement: STUB.to_owned() }],
                    ),
            ),
            (Some(scope), Some(resource_id)) if scope.value == Scope::Workflow => sink.push(
                Diagnostic::new(Code::UselessResourceId, resource_id.key, "`resource_id` of a workflow's own hook")
                    .label("nothing reads it")
                    .secondary(scope.span, "every payload belongs to the one workflow")
                    .help("remove it, or set the scope to `connection`"),
            ),
            _ => {}
        }
    }
}
