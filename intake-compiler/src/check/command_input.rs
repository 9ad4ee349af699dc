//! **What**: `!save`, `!extract` and `!sha` get what they can work on: an object, with the keys that they name.
//!
//! **Why**: the run stops at a command whose input it cannot use. A key of `!extract` that the input lacks is left out
//! of the output without a word.
//!
//! **Example**: `{"!jq": ".id"}, {"!save": {"scope": "workflow"}}`, where `{"!jq": "{hook_id: .id}"}` is meant.

use super::variables::{self, listed};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{self, Found, kind_name};
use crate::flow::{CommandFlow, Flow};
use crate::manifest::model::CommandKind;
use crate::shape::ShapeKind;
use crate::source::{Span, Spanned};
use crate::template::Step;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for event in flow.intakes.iter().flat_map(|intake| &intake.events) {
        event.commands.iter().for_each(|command| check_command(command, event.event.key, sink));
    }
}

fn check_command(command: &CommandFlow<'_>, event: Span, sink: &mut Sink) {
    match &command.command.kind {
        CommandKind::Save(_) => save(command, event, sink),
        CommandKind::Extract { item_keys, to_json } => extract(command, event, item_keys, *to_json, sink),
        CommandKind::Sha { .. } => sha(command, event, sink),
        _ => {}
    }
}

/// Reports a command whose input certainly is no object.
fn is_no_object(code: Code, command: &CommandFlow<'_>, event: Span, help: &str, sink: &mut Sink) -> bool {
    if !command.input.all(ways::is_no_object) {
        return false;
    }
    let Some(first) = command.input.iter().next() else { return false };
    let name = name(command);
    let message = format!("`{name}` gets {}, but needs an object", kind_name(first));
    let mut found = Diagnostic::new(code, command.command.key, message).label("stops every run");
    if first.span == event {
        found = found.secondary(event, "begins with `null`");
    } else if first.span.start < command.command.key.start {
        found = found.secondary(first.span, "its input");
    }
    sink.push(found.help(help));
    true
}

fn name(command: &CommandFlow<'_>) -> &'static str {
    match command.command.kind {
        CommandKind::Save(_) => "!save",
        CommandKind::Extract { .. } => "!extract",
        _ => "!sha",
    }
}

fn save(command: &CommandFlow<'_>, event: Span, sink: &mut Sink) {
    let help = "give an object: each of its keys is saved, as in `{\"!jq\": \"{hook_id: .id}\"}`";
    is_no_object(Code::SaveNotAnObject, command, event, help, sink);
}

fn extract(command: &CommandFlow<'_>, event: Span, item_keys: &[Spanned<String>], to_json: bool, sink: &mut Sink) {
    if is_no_object(Code::ExtractInput, command, event, "give the object whose keys are to be kept", sink) {
        return;
    }
    for key in item_keys {
        let steps = [Step::Key(key.value.clone())];
        let found = command.input.at(&steps);
        if !found.is_empty() && found.iter().all(|found| *found == Found::Absent) {
            sink.push(lacks(command, key));
        }
        let never_text = |found: &Found<'_>| match found {
            Found::Value(shape) => {
                ways::is(shape, |kind| !matches!(kind, ShapeKind::Unknown | ShapeKind::String(_) | ShapeKind::Null))
            }
            _ => false,
        };
        if to_json
            && !found.is_empty()
            && found.iter().all(never_text)
            && let Some(Found::Value(value)) = found.first()
        {
            let message =
                format!("`!extract` is to read `{}` from JSON text, but it is {}", key.value, kind_name(value));
            sink.push(
                Diagnostic::new(Code::ExtractInput, key.span, message)
                    .label("stops every run")
                    .secondary(value.span, "its value")
                    .help("remove `to_json`: the value is read already"),
            );
        }
    }
}

fn lacks(command: &CommandFlow<'_>, key: &Spanned<String>) -> Diagnostic {
    let known = ways::names(command.input.iter());
    let message = format!("the input of `!extract` has no `{}`", key.value);
    let mut found = Diagnostic::new(Code::ExtractMissingKey, key.span, message).label("is left out of the output");
    if let Some(input) = command.input.iter().next() {
        found = found.secondary(input.span, "its input");
    }
    match variables::closest(&key.value, known.iter().copied()) {
        Some(meant) => found.suggest(format!("did you mean `{meant}`?"), key.span, super::json_string(meant)),
        None => found.help(format!("it has {}", listed(&known))),
    }
}

fn sha(command: &CommandFlow<'_>, event: Span, sink: &mut Sink) {
    let help = "give what is to be hashed: `{\"!jq\": \"{value_to_encrypt: …}\"}`";
    if is_no_object(Code::ShaInput, command, event, help, sink) {
        return;
    }
    let steps = [Step::Key("value_to_encrypt".to_owned())];
    let found = command.input.at(&steps);
    let has_none = |found: &Found<'_>| match found {
        Found::Absent => true,
        Found::Unknown => false,
        Found::Value(shape) | Found::Maybe(shape) => ways::is_null(shape),
    };
    if found.is_empty() || !found.iter().all(has_none) {
        return;
    }
    let input = command.input.iter().next();
    let mut problem =
        Diagnostic::new(Code::ShaInput, command.command.key, "`!sha` gets an object without `value_to_encrypt`")
            .label("stops every run");
    if let Some(input) = input {
        problem = problem.secondary(input.span, "its input");
    }
    let fields = input.map(ways::fields).unwrap_or_default();
    sink.push(match fields {
        [only] if only.span.end <= only.shape.span.start => {
            problem.suggest("call the value `value_to_encrypt`", only.span, "value_to_encrypt")
        }
        _ => problem.help(help),
    });
}
