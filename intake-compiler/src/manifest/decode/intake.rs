//! One intake of `data_intake`.

use super::command::event;
use super::fields::{Object, integer, literal, word};
use crate::diagnostic::Sink;
use crate::json::Node;
use crate::manifest::model::{Event, ImportOption, Intake, IntakeKind, Polling, Webhook};
use crate::template::Scope;

/// The scopes by their words.
pub(super) const SCOPES: &[(&str, Scope)] = &[
    (Scope::Workflow.as_str(), Scope::Workflow),
    (Scope::Connection.as_str(), Scope::Connection),
    (Scope::Application.as_str(), Scope::Application),
];

const WEBHOOK_KEYS: &[&str] =
    &["name", "type", "scope", "resource_id", "account_id", "create", "update", "delete", "verification"];

const POLLING_KEYS: &[&str] =
    &["name", "type", "initial_setup", "pre_poll", "request", "post_poll", "frequency", "import_option"];

#[derive(Clone, Copy, PartialEq)]
enum Type {
    Webhook,
    Polling,
}

const TYPES: &[(&str, Type)] = &[("webhook", Type::Webhook), ("polling", Type::Polling)];

const WEBHOOK_EVENTS: &[&str] = &["create", "update", "delete", "verification", "resource_id", "account_id"];

const POLLING_EVENTS: &[&str] = &["initial_setup", "pre_poll", "request", "post_poll"];

const IMPORT_OPTIONS: &[(&str, ImportOption)] =
    &[("single", ImportOption::Single), ("recurring", ImportOption::Recurring)];

/// Decodes one intake; `None` if it is no object (reported).
pub(super) fn intake(node: &Node, sink: &mut Sink) -> Option<Intake> {
    let mut object = Object::of(node, "an intake", None, sink)?;
    let name = object.require("name", "name it after the event or the resource, for example `contact.created`", sink);
    let name = name.and_then(|member| literal(&member.value, "the name of an intake", sink));
    let declared = object
        .require("type", "add `\"type\": \"webhook\"` or `\"type\": \"polling\"`", sink)
        .and_then(|member| word(&member.value, "intake type", TYPES, sink));
    let kind = match declared.map(|found| found.value).or_else(|| guess(&object)) {
        Some(Type::Webhook) => {
            object.what = "a webhook intake";
            Some(IntakeKind::Webhook(Box::new(webhook(&object, sink))))
        }
        Some(Type::Polling) => {
            object.what = "a polling intake";
            Some(IntakeKind::Polling(Box::new(polling(&object, sink))))
        }
        None => None,
    };
    Some(Intake { span: node.span, name, kind })
}

/// The type of intake whose events an object consists of, if it consists of nothing else: what someone pastes who tries
/// an event by itself.
pub(super) fn only_events(object: &Object<'_>) -> Option<&'static str> {
    let all_in = |events: &[&str]| object.members.iter().all(|member| events.contains(&member.key.value.as_str()));
    match object.members[..] {
        [] => None,
        _ if all_in(WEBHOOK_EVENTS) => Some("webhook"),
        _ if all_in(POLLING_EVENTS) => Some("polling"),
        _ => None,
    }
}

/// Decodes events that have no intake around them, for the mistakes in them.
pub(super) fn loose_events(object: &Object<'_>, sink: &mut Sink) {
    object.members.iter().for_each(|member| {
        event(member, sink);
    });
}

/// What an intake without a known type seems to be, so that the rest of it is checked in the same run.
fn guess(object: &Object<'_>) -> Option<Type> {
    let has = |key: &str| object.get(key).is_some();
    match (has("create") || has("scope"), has("request") || has("initial_setup")) {
        (true, false) => Some(Type::Webhook),
        (false, true) => Some(Type::Polling),
        _ => None,
    }
}

fn webhook(object: &Object<'_>, sink: &mut Sink) -> Webhook {
    object.refuse_unknown(WEBHOOK_KEYS, sink);
    let scope_help = "add `\"scope\"`: `workflow` for one hook per workflow, `connection` for one per account, \
                      `application` for one shared by all";
    let scope = object.require("scope", scope_help, sink);
    let create_help = "add `\"create\": { … }`, the command that registers `${webhook.url}` with the vendor";
    object.require("create", create_help, sink);
    Webhook {
        scope: scope.and_then(|member| word(&member.value, "scope", SCOPES, sink)),
        resource_id: optional_event(object, "resource_id", sink),
        account_id: optional_event(object, "account_id", sink),
        create: optional_event(object, "create", sink),
        update: optional_event(object, "update", sink),
        delete: optional_event(object, "delete", sink),
        verification: optional_event(object, "verification", sink),
    }
}

fn polling(object: &Object<'_>, sink: &mut Sink) -> Polling {
    object.refuse_unknown(POLLING_KEYS, sink);
    let request_help = "add `\"request\": { … }`, the command that gives `results`, `iterate` and `polling_state`";
    object.require("request", request_help, sink);
    let frequency = object.get("frequency");
    let import_option = object.get("import_option");
    Polling {
        initial_setup: optional_event(object, "initial_setup", sink),
        pre_poll: optional_event(object, "pre_poll", sink),
        request: optional_event(object, "request", sink),
        post_poll: optional_event(object, "post_poll", sink),
        frequency: frequency.and_then(|node| integer(node, "`frequency` (in seconds)", 60, u32::MAX, sink)),
        import_option: import_option.and_then(|node| word(node, "import option", IMPORT_OPTIONS, sink)),
    }
}

fn optional_event(object: &Object<'_>, key: &str, sink: &mut Sink) -> Option<Event> {
    object.member(key).map(|member| event(member, sink))
}
