//! One intake of `data_intake`.

use super::command::event;
use super::fields::{Object, literal, word};
use crate::diagnostic::Sink;
use crate::json::Node;
use crate::manifest::grammar::{
    self, IMPORT_OPTIONS, INTAKE, INTAKE_TYPES, IntakeType, POLLING, SCOPES, TAG, Takes, WEBHOOK,
};
use crate::manifest::model::{Event, Intake, IntakeKind, Polling, Webhook};

/// Decodes one intake; `None` if it is no object (reported).
pub(super) fn intake(node: &Node, sink: &mut Sink) -> Option<Intake> {
    let mut object = Object::of(node, INTAKE.what, None, sink)?;
    let declared = object.get(TAG).and_then(|node| word(node, &INTAKE_TYPES, sink));
    let Some(found) = declared.map(|found| found.value).or_else(|| guess(&object)) else {
        let either = WEBHOOK.keys.iter().filter(|key| POLLING.key(key.name).is_some());
        either.for_each(|key| object.require(std::slice::from_ref(key), sink));
        let name = object.get("name").and_then(|node| literal(node, "`name`", sink));
        return Some(Intake { span: node.span, name, kind: None });
    };
    object.follow(found.object(), sink);
    let name = object.literal("name", sink);
    let kind = match found {
        IntakeType::Webhook => IntakeKind::Webhook(Box::new(webhook(&object, sink))),
        IntakeType::Polling => IntakeKind::Polling(Box::new(polling(&object, sink))),
    };
    Some(Intake { span: node.span, name, kind: Some(kind) })
}

/// The type of intake whose events an object consists of, if it consists of nothing else: what someone pastes who tries
/// an event by itself.
pub(super) fn only_events(object: &Object<'_>) -> Option<&'static str> {
    let is_event = |of: &grammar::Object, key: &str| of.key(key).is_some_and(|key| matches!(key.takes, Takes::Command));
    let is_all_events = |of: &grammar::Object| object.members.iter().all(|member| is_event(of, &member.key.value));
    let fits = |word: &&grammar::Word<IntakeType>| is_all_events(word.value.object());
    INTAKE_TYPES.words.iter().find(fits).filter(|_| !object.members.is_empty()).map(|word| word.word)
}

/// Decodes events that have no intake around them, for the mistakes in them.
pub(super) fn loose_events(object: &Object<'_>, sink: &mut Sink) {
    object.members.iter().for_each(|member| {
        event(member, sink);
    });
}

/// What an intake without a known type seems to be, so that the rest of it is checked in the same run.
fn guess(object: &Object<'_>) -> Option<IntakeType> {
    let has = |key: &str| object.get(key).is_some();
    match (has("create") || has("scope"), has("request") || has("initial_setup")) {
        (true, false) => Some(IntakeType::Webhook),
        (false, true) => Some(IntakeType::Polling),
        _ => None,
    }
}

fn webhook(object: &Object<'_>, sink: &mut Sink) -> Webhook {
    Webhook {
        scope: object.word("scope", &SCOPES, sink),
        resource_id: optional_event(object, "resource_id", sink),
        account_id: optional_event(object, "account_id", sink),
        create: optional_event(object, "create", sink),
        update: optional_event(object, "update", sink),
        delete: optional_event(object, "delete", sink),
        verification: optional_event(object, "verification", sink),
    }
}

fn polling(object: &Object<'_>, sink: &mut Sink) -> Polling {
    Polling {
        initial_setup: optional_event(object, "initial_setup", sink),
        pre_poll: optional_event(object, "pre_poll", sink),
        request: optional_event(object, "request", sink),
        post_poll: optional_event(object, "post_poll", sink),
        frequency: object.integer("frequency", sink),
        import_option: object.word("import_option", &IMPORT_OPTIONS, sink),
    }
}

fn optional_event(object: &Object<'_>, key: &str, sink: &mut Sink) -> Option<Event> {
    object.member(key).map(|member| event(member, sink))
}
