//! The JSON Schema of manifests, from the tables that manifests are decoded by.
//!
//! It knows keys, types, words and ranges. What takes more than one place of a manifest to see, and what strings hold,
//! only the compiler knows.

use intake_compiler::manifest::grammar::{
    COMMAND, COMMENT, Key, Need, OLD_COMMENT, Object, ROOT, TAG, Tagged, Takes, WordList,
};
use serde_json::{Map, Value, json};

/// The schema, in draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut schema = Schema { definitions: Map::new() };
    schema.define("comment", |_| {
        let text = json!({ "type": "string" });
        json!({
            "title": "Comment",
            "description": "Has no meaning, and is allowed in every object.",
            "anyOf": [text, { "type": "array", "items": text }],
        })
    });
    let root = schema.takes(&ROOT);
    let mut all = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Intake manifest",
        "description": "Webhooks and polling that bring data from a vendor into an app.",
    });
    merge(&mut all, root);
    all["$defs"] = Value::Object(schema.definitions);
    all
}

/// The schema as it is written to a file.
#[must_use]
pub fn text() -> String {
    // A tree of strings and numbers can always be written.
    serde_json::to_string_pretty(&schema()).unwrap_or_default() + "\n"
}

struct Schema {
    definitions: Map<String, Value>,
}

impl Schema {
    /// A reference to a definition, which is made the first time.
    fn define(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.definitions.contains_key(name) {
            self.definitions.insert(name.to_owned(), Value::Null);
            let made = make(self);
            self.definitions.insert(name.to_owned(), made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn takes(&mut self, takes: &Takes) -> Value {
        match takes {
            Takes::Anything | Takes::Value => json!({}),
            Takes::Scalar => json!({ "type": ["string", "number", "boolean", "null"] }),
            Takes::Text | Takes::Url | Takes::Literal | Takes::IntakeName | Takes::Program => {
                json!({ "type": "string" })
            }
            Takes::Boolean => json!({ "type": "boolean" }),
            Takes::Integer { least, most: u32::MAX, .. } => json!({ "type": "integer", "minimum": least }),
            Takes::Integer { least, most, .. } => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Takes::Word(words) => word(*words),
            Takes::Command => self.define("command", command),
            Takes::List { of, .. } => json!({ "type": "array", "items": self.takes(of) }),
            Takes::Object(object) => self.object(object),
            Takes::Map { of, .. } => json!({
                "type": "object",
                "properties": comments(self),
                "additionalProperties": self.takes(of),
            }),
            Takes::Tagged(tagged) => self.tagged(tagged),
            Takes::Either(several) => self.either(several),
        }
    }

    fn object(&mut self, object: &'static Object) -> Value {
        self.define(object.id, |schema| {
            let required: Vec<&str> = object.keys.iter().filter(|key| is_required(key)).map(|key| key.name).collect();
            let mut made = json!({
                "title": capital(object.what),
                "description": object.doc,
                "type": "object",
                "properties": properties(schema, object),
                "additionalProperties": object.open,
            });
            if !required.is_empty() {
                made["required"] = json!(required);
            }
            made
        })
    }

    /// `if` and `then` instead of `oneOf`: what is wrong is said of the object that was meant.
    fn tagged(&mut self, tagged: &'static Tagged) -> Value {
        self.define(tagged.id, |schema| {
            let of = |(word, _): (&'static str, _)| Some((word, (tagged.object)(word)?));
            let objects: Vec<_> = tagged.types.all().into_iter().filter_map(of).collect();
            let branch = |(word, object): (&str, &'static Object)| {
                json!({
                    "if": { "properties": { (TAG): { "const": word } }, "required": [TAG] },
                    "then": schema.object(object),
                })
            };
            json!({
                "title": capital(tagged.what),
                "type": "object",
                "properties": { (TAG): word(tagged.types) },
                "required": [TAG],
                "allOf": objects.into_iter().map(branch).collect::<Vec<_>>(),
            })
        })
    }

    fn either(&mut self, several: &[Takes]) -> Value {
        let is_list = |takes: &&Takes| matches!(takes, Takes::List { .. });
        // Told apart by its type, an array is not compared with what an object should have been.
        if let [other, list] = several
            && is_list(&list)
        {
            return json!({
                "type": ["object", "array"],
                "if": { "type": "array" },
                "then": self.takes(list),
                "else": self.takes(other),
            });
        }
        json!({ "anyOf": several.iter().map(|takes| self.takes(takes)).collect::<Vec<_>>() })
    }
}

/// An object with exactly one of the commands.
fn command(schema: &mut Schema) -> Value {
    let one: Vec<Value> = COMMAND.names().map(|name| json!({ "required": [name] })).collect();
    json!({
        "title": "Command",
        "description": COMMAND.doc,
        "type": "object",
        "properties": properties(schema, &COMMAND),
        "additionalProperties": false,
        "oneOf": one,
    })
}

fn properties(schema: &mut Schema, object: &Object) -> Map<String, Value> {
    let mut properties = Map::new();
    for key in object.keys {
        let mut property = json!({ "title": key.name, "description": key.doc });
        if let Need::Default(default) = key.need {
            property["default"] = serde_json::from_str(default).unwrap_or_else(|_| json!(default));
        }
        merge(&mut property, schema.takes(&key.takes));
        properties.insert(key.name.to_owned(), property);
    }
    properties.extend(comments(schema));
    properties
}

fn comments(schema: &mut Schema) -> Map<String, Value> {
    let comment = schema.define("comment", |_| Value::Null);
    let mut old = json!({ "description": "The older spelling of `_comment`.", "deprecated": true });
    merge(&mut old, comment.clone());
    Map::from_iter([(COMMENT.to_owned(), comment), (OLD_COMMENT.to_owned(), old)])
}

/// `enumDescriptions` is no keyword of the draft, which allows others; editors show it beside each word.
fn word(words: &dyn WordList) -> Value {
    let (names, docs): (Vec<_>, Vec<_>) = words.all().into_iter().unzip();
    json!({ "enum": names, "enumDescriptions": docs })
}

fn is_required(key: &Key) -> bool {
    matches!(key.need, Need::Required(_))
}

/// Adds the keys of `more` that are not there yet.
fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        for (key, value) in more {
            into.entry(key).or_insert(value);
        }
    }
}

/// `a webhook intake` → `Webhook intake`
fn capital(what: &str) -> String {
    let text = words(what).collect::<Vec<_>>().join(" ");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn words(what: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    what.split(move |c| !is_name(c)).filter(|word| !matches!(*word, "" | "a" | "an" | "the"))
}
