//! **What**: `resource_id` and `account_id` give a string, a number or a boolean.
//!
//! **Why**: nothing else is anybody's id, so no payload would ever be delivered.
//!
//! **Example**: `"resource_id": {"!jq": "{id: .form.id}"}`

use super::visit::EventKind;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{self, kind_name};
use crate::flow::{CommandFlow, EventFlow, Flow};
use crate::manifest::model::CommandKind;
use crate::shape::{Shape, ShapeKind};

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for intake in &flow.intakes {
        for kind in [EventKind::ResourceId, EventKind::AccountId] {
            intake.event(kind).into_iter().for_each(|event| check_event(event, sink));
        }
    }
}

fn check_event(event: &EventFlow<'_>, sink: &mut Sink) {
    let Some(first) = event.output.iter().next() else { return };
    // Commands that do not belong here were reported.
    let is_plain =
        |flow: &CommandFlow<'_>| !matches!(flow.command.kind, CommandKind::Http(_) | CommandKind::Respond(_));
    if event.output.all(is_no_id) && event.commands.iter().all(is_plain) {
        let name = event.kind.as_str();
        sink.push(
            Diagnostic::new(
                Code::RoutesNothing,
                first.span,
                format!("`{name}` gives {}, which is no id", kind_name(first)),
            )
            .label("matches nothing")
            .secondary(event.event.key, "no payload is ever delivered")
            .help("give the id itself: a string, a number or a boolean"),
        );
    }
}

fn is_no_id(shape: &Shape) -> bool {
    ways::is(shape, |kind| matches!(kind, ShapeKind::Null | ShapeKind::Array(_) | ShapeKind::Object(_)))
}
