//! One intake of `data_intake`.

use super::command::event;
use super::fields::{Object, literal, word};
use super::frame::{Missing, Names};
use crate::diagnostic::Sink;
use crate::json::Node;
use crate::manifest::grammar::{
    self, IMPORT_OPTIONS, INTAKE, INTAKE_TYPES, IntakeType, POLLING, SCOPES, TAG, Takes, WEBHOOK,
};
use crate::manifest::model::{Event, Intake, IntakeKind, Polling, Webhook};
use crate::source::Source;

/// Decodes one intake; `None` if it is no object (reported).
pub(super) fn intake(node: &Node, source: &Source, names: &mut Names, sink: &mut Sink) -> Option<Intake> {
    let mut object = Object::of(node, INTAKE.what, None, sink)?;
    let declared = object.get(TAG).and_then(|node| word(node, &INTAKE_TYPES, sink));
    let Some(found) = declared.map(|found| found.value).or_else(|| guess(&object)) else {
        let either = WEBHOOK.keys.iter().filter(|key| POLLING.key(key.name).is_some());
        either.for_each(|key| object.require(std::slice::from_ref(key), sink));
        let name = object.get("name").and_then(|node| literal(node, "`name`", sink));
        return Some(Intake { span: node.span, name, kind: None });
    };
    object.identify(found.object(), sink);
    let name = object.literal("name", sink);
    let intake = Intake { span: node.span, name, kind: Some(kind(&object, found, sink)) };
    Missing { object: &object, intake: &intake, of_type: found, source }.report(names, sink);
    Some(intake)
}

/// Decodes what belongs to an intake of this type.
pub(super) fn kind(object: &Object<'_>, of_type: IntakeType, sink: &mut Sink) -> IntakeKind {
    match of_type {
        IntakeType::Webhook => IntakeKind::Webhook(Box::new(webhook(object, sink))),
        IntakeType::Polling => IntakeKind::Polling(Box::new(polling(object, sink))),
    }
}

/// The type of intake whose event is called `key`.
pub(super) fn type_of_event(key: &str) -> Option<IntakeType> {
    let is_event = |of: &grammar::Object| of.key(key).is_some_and(|key| matches!(key.takes, Takes::Command));
    INTAKE_TYPES.words.iter().find(|word| is_event(word.value.object())).map(|word| word.value)
}

/// What an intake without a known type seems to be, so that the rest of it is checked in the same run.
fn guess(object: &Object<'_>) -> Option<IntakeType> {
    let has_key_of = |of: &grammar::Object, other: &grammar::Object| {
        object
            .members
            .iter()
            .any(|member| of.key(&member.key.value).is_some() && other.key(&member.key.value).is_none())
    };
    match (has_key_of(&WEBHOOK, &POLLING), has_key_of(&POLLING, &WEBHOOK)) {
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
