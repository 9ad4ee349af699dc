//! To and from [`serde_json::Value`].

use super::Value;
use jaq_json::{Num, Val};
use serde_json::Value as Json;

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::NULL,
            Json::Bool(boolean) => boolean.into(),
            Json::Number(number) => Self::number(&number.to_string()).unwrap_or_default(),
            Json::String(text) => text.into(),
            Json::Array(items) => Self::array(items.into_iter().map(Self::from)),
            Json::Object(entries) => Self::object(entries.into_iter().map(|(key, value)| (key, value.into()))),
        }
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        json.clone().into()
    }
}

/// Numbers that fit neither an `i64`, a `u64` nor an `f64` lose digits.
impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        json(value.tree())
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        json(value.tree())
    }
}

/// As `==` of two [`Value`]s.
impl PartialEq<Json> for Value {
    fn eq(&self, other: &Json) -> bool {
        let other = Self::from(other);
        *self == other
    }
}

impl PartialEq<Value> for Json {
    fn eq(&self, other: &Value) -> bool {
        other == self
    }
}

fn json(value: &Val) -> Json {
    match value {
        Val::Null => Json::Null,
        Val::Bool(boolean) => Json::Bool(*boolean),
        Val::Num(number) => number_to_json(number),
        Val::TStr(text) | Val::BStr(text) => Json::String(String::from_utf8_lossy(text).into_owned()),
        Val::Arr(items) => items.iter().map(json).collect(),
        Val::Obj(entries) => Json::Object(
            entries
                .iter()
                .map(|(key, value)| (super::as_str(key).unwrap_or_default().to_owned(), json(value)))
                .collect(),
        ),
    }
}

fn number_to_json(number: &Num) -> Json {
    let text = number.to_string();
    // A number beyond an `f64` is refused by the parser: the largest stands for it, as in jq.
    serde_json::from_str(&text).unwrap_or_else(|_| Json::from(if text.starts_with('-') { f64::MIN } else { f64::MAX }))
}
