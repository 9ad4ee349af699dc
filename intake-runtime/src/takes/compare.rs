//! The comparison. All of it runs in the compiler: `const fn`s, without traits and iterators.

use super::message::Message;
use super::{Taken, TakenField, TakenStruct};
use crate::types::{Field, Object, Type};

/// What is wrong with a record type, a line for each mistake; empty if nothing is.
#[must_use]
pub const fn mistakes(file: &str, (line, column): (u32, u32), given: &Type, taken: &Taken) -> Message {
    let mut found = Found { file, line, column, message: Message::new() };
    value(given, taken, Place { name: "", field: "" }, &mut found);
    found.message
}

struct Found<'a> {
    file: &'a str,
    /// Where the value is that is looked at.
    line: u32,
    column: u32,
    message: Message,
}

/// Whose field the value goes to.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    field: &'a str,
}

impl Found<'_> {
    const fn begin(&mut self) {
        if !self.message.is_empty() {
            self.message.push("\n");
        }
        self.message.push(self.file);
        self.message.push(":");
        self.message.push_number(self.line);
        self.message.push(":");
        self.message.push_number(self.column);
        self.message.push(": ");
    }

    const fn say(&mut self, text: [&str; 7]) {
        let mut at = 0;
        while at < text.len() {
            self.message.push(text[at]);
            at += 1;
        }
    }

    const fn mismatch(&mut self, given: &Type, taken: &Taken, place: Place<'_>) {
        self.begin();
        let given = given.described();
        if place.field.is_empty() {
            self.say(["a record is ", given, ", and the record type takes ", described(taken), "", "", ""]);
        } else {
            let (name, field) = (place.name, place.field);
            self.say(["this is ", given, ", and `", name, "::", field, "` takes "]);
            self.message.push(described(taken));
        }
    }
}

const fn described(taken: &Taken) -> &'static str {
    match taken {
        Taken::Any => "any value",
        Taken::Null => "null",
        Taken::Bool => "a boolean",
        Taken::Int => "an integer",
        Taken::Float => "a number",
        Taken::String => "a string",
        Taken::Option(inner) => described(inner),
        Taken::Array(_) => "an array",
        Taken::Map(_) | Taken::Struct(_) => "an object",
    }
}

const fn value(given: &Type, taken: &Taken, place: Place<'_>, found: &mut Found<'_>) {
    match (given, taken) {
        (Type::Json, _)
        | (_, Taken::Any)
        | (Type::Null, Taken::Null | Taken::Option(_))
        | (Type::Bool, Taken::Bool)
        | (Type::Int | Type::Number, Taken::Int | Taken::Float)
        | (Type::Float, Taken::Float)
        | (Type::String, Taken::String)
        // serde reads the fields of a struct from an array as well.
        | (Type::Array(_), Taken::Struct(_)) => {}
        (Type::Option(given), Taken::Option(taken)) => value(given, taken, place, found),
        (Type::Option(_), _) => found.mismatch(given, taken, place),
        (_, Taken::Option(taken)) => value(given, taken, place, found),
        (Type::Array(given), Taken::Array(taken)) => value(given, taken, place, found),
        (Type::Object(given), Taken::Struct(taken)) => object(given, taken, found),
        (Type::Object(given), Taken::Map(taken)) => {
            let mut at = 0;
            while at < given.fields.len() {
                let field = &given.fields[at];
                (found.line, found.column) = (field.line, field.column);
                value(&field.value, taken, place, found);
                at += 1;
            }
        }
        _ => found.mismatch(given, taken, place),
    }
}

const fn object(given: &Object, taken: &TakenStruct, found: &mut Found<'_>) {
    let (line, column) = (found.line, found.column);
    let mut at = 0;
    while at < given.fields.len() {
        let field = &given.fields[at];
        (found.line, found.column) = (field.line, field.column);
        match taker(taken, field.key) {
            Some(taker) => taken_field(field, taker, taken, found),
            None if taken.others || has(taken.ignored, field.key) => {}
            None => {
                found.begin();
                found.say([
                    "`",
                    taken.name,
                    "` has no field for `",
                    field.key,
                    "`: add one, or pass it over with ",
                    "",
                    "",
                ]);
                found.say(["`#[intake(ignore(\"", field.key, "\"))]`", "", "", "", ""]);
            }
        }
        at += 1;
    }
    (found.line, found.column) = (line, column);
    required(given, taken, found);
}

const fn taken_field(field: &Field, taker: &TakenField, taken: &TakenStruct, found: &mut Found<'_>) {
    let place = Place { name: taken.name, field: taker.name };
    if field.optional && !taker.optional {
        found.begin();
        found.say(["`", field.key, "` may be missing, and `", taken.name, "::", taker.name, "` needs it: "]);
        found.message.push("make it an `Option`, or `#[serde(default)]`");
        return;
    }
    value(&field.value, &taker.value, place, found);
}

/// The fields that are needed and never there.
const fn required(given: &Object, taken: &TakenStruct, found: &mut Found<'_>) {
    if given.open {
        return;
    }
    let mut at = 0;
    while at < taken.fields.len() {
        let field = &taken.fields[at];
        if !field.optional && !is_given(given, field.keys) {
            found.begin();
            let key = if let [key, ..] = field.keys { key } else { field.name };
            found.say(["there is no `", key, "` here, and `", taken.name, "::", field.name, "` needs it"]);
        }
        at += 1;
    }
}

const fn is_given(given: &Object, keys: &[&str]) -> bool {
    let mut at = 0;
    while at < given.fields.len() {
        if has(keys, given.fields[at].key) {
            return true;
        }
        at += 1;
    }
    false
}

/// The field that a key is read to.
const fn taker<'a>(taken: &'a TakenStruct, key: &str) -> Option<&'a TakenField> {
    let mut at = 0;
    while at < taken.fields.len() {
        if has(taken.fields[at].keys, key) {
            return Some(&taken.fields[at]);
        }
        at += 1;
    }
    None
}

const fn has(keys: &[&str], key: &str) -> bool {
    let mut at = 0;
    while at < keys.len() {
        if equal(keys[at].as_bytes(), key.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn equal(one: &[u8], two: &[u8]) -> bool {
    if one.len() != two.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != two[at] {
            return false;
        }
        at += 1;
    }
    true
}
