//! **What**: something uses what a `!jq`, `!extract` or `!sha` gives.
//!
//! **Why**: they do nothing else. Commands in the wrong order are the usual reason: `!http` takes no input, and nothing
//! uses what `create`, `update` and `delete` give.
//!
//! **Example**: `{"!jq": "{hook_id: .id}"}, {"!http": …}, {"!save": …}`

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::{CommandFlow, EventFlow, Flow};
use crate::manifest::model::CommandKind;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    let understood = flow.intakes.iter().filter(|intake| intake.is_understood());
    for event in understood.flat_map(|intake| &intake.events) {
        for (at, command) in event.commands.iter().enumerate() {
            let is_reached = !command.input.is_empty() && !command.output.is_empty();
            // An event that is nothing but this command does nothing on purpose.
            if !command.used && is_reached && at > 0 {
                check_command(event, at, command, sink);
            }
        }
    }
}

fn check_command(event: &EventFlow<'_>, at: usize, flow: &CommandFlow<'_>, sink: &mut Sink) {
    let name = match &flow.command.kind {
        CommandKind::Jq(Some(program)) if !flow.inferred.iter().any(|inferred| inferred.shape.is_never()) => {
            (!crate::flow::calls(&program.code, "error")).then_some("!jq")
        }
        CommandKind::Extract { .. } => Some("!extract"),
        CommandKind::Sha { .. } => Some("!sha"),
        _ => None,
    };
    let Some(name) = name else { return };
    let found = Diagnostic::new(Code::UnusedOutput, flow.command.key, format!("nothing uses what this `{name}` gives"))
        .label("has no effect");
    let next = event.commands.iter().skip(at + 1).find(|next| !matches!(next.command.kind, CommandKind::Print(_)));
    sink.push(match next.map(|next| (next.command.key, &next.command.kind)) {
        Some((next, CommandKind::Http(_))) => found
            .secondary(next, "takes no input")
            .help("put it behind the request, or read what it gives as `${piped_content.N}`"),
        Some((next, CommandKind::Respond(_))) => {
            found.secondary(next, "takes no input").help("read what it gives as `${piped_content.N}`, or remove it")
        }
        _ => found
            .secondary(event.event.key, "what this gives in the end is not used")
            .help("put it before the command that is to use it, such as `!save`, or remove it"),
    });
}
