//! What is known of the saved data that an event reads: what is stored may be from an earlier release of the manifest.

use super::types::Types;
use crate::flow::{EventFlow, Flow, Read, ways};
use crate::ir::{Member, Struct, Type};
use crate::source::{Source, Span};
use crate::template::{Root, Scope, Step};

/// For each scope the keys that the event reads as they were stored before it, with what this manifest saves there.
pub(super) fn read(proved: &Flow<'_>, event: &EventFlow<'_>, source: &Source) -> Vec<(Scope, Vec<Member>)> {
    let mut all: Vec<(Scope, Vec<Member>)> = Vec::new();
    for read in &event.reads {
        let path = &read.variable.path;
        let (Root::Saved(scope), Some(Step::Key(key))) = (&path.root, path.steps.first()) else { continue };
        if may_save(event, read, *scope, key) {
            continue;
        }
        let member = member(proved, read, *scope, key, source);
        if !all.iter().any(|(of, _)| of == scope) {
            all.push((*scope, Vec::new()));
        }
        for (_, members) in all.iter_mut().filter(|(of, _)| of == scope) {
            add(members, member.clone());
        }
    }
    for (_, members) in &mut all {
        members.retain(|member| member.value != Type::Json || !member.optional);
    }
    all.retain(|(_, members)| !members.is_empty());
    all
}

/// One more read of the scope: of several of a key, the one that asks for most counts.
fn add(members: &mut Vec<Member>, member: Member) {
    match members.iter_mut().find(|known| known.key == member.key) {
        Some(known) => {
            known.optional &= member.optional;
            if matches!(known.value, Type::Option(_)) {
                known.value = member.value;
            }
        }
        None => members.push(member),
    }
}

/// Whether the event itself may save the key before it reads it.
fn may_save(event: &EventFlow<'_>, read: &Read<'_>, scope: Scope, key: &str) -> bool {
    event.saves.iter().take(read.saves_before).any(|save| {
        let saves = |shape| ways::is_open(shape) || ways::field(shape, key).is_some();
        save.scope.is_none_or(|of| of == scope) && save.input.iter().any(saves)
    })
}

fn member(proved: &Flow<'_>, read: &Read<'_>, scope: Scope, key: &str, source: &Source) -> Member {
    let saver = proved.saved.savers(scope, key).first().map(|saver| saver.key);
    let at = saver.filter(|key| *key != Span::default()).unwrap_or(read.variable.span);
    let has_default = read.variable.default.is_some();
    let value = lenient(Types::new(source, []).named("", [&proved.saved.value(scope, key).shape()]));
    let value = match value {
        Type::Json | Type::Null | Type::Option(_) => value,
        value if has_default => Type::Option(Box::new(value)),
        value => value,
    };
    let optional = read.conditional || has_default;
    Member { key: key.to_owned(), name: String::new(), value, optional, at: source.position(at.start) }
}

/// Numbers of every kind fit where there is one, and the `null` that NaN is stored as: what this release saves always
/// fits.
fn lenient(value: Type) -> Type {
    match value {
        Type::Int | Type::Number => Type::Float,
        Type::Option(inner) => Type::Option(Box::new(lenient(*inner))),
        Type::Array(item) => Type::Array(Box::new(lenient(*item))),
        Type::Struct(known) => {
            let members = known.members.into_iter();
            let members = members.map(|member| Member { value: lenient(member.value), ..member }).collect();
            Type::Struct(Struct { members, ..known })
        }
        other => other,
    }
}
