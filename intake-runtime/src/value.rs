//! The values that flow through pipelines. Only this module and [`crate::jq`] know what they are made of.

mod convert;
mod depth;
mod parse;
mod sanitize;
mod write;

pub(crate) use depth::{dismantle, within_depth};
pub use parse::JsonError;
pub(crate) use parse::{MAX_DIGITS, guard, parse_within};
pub(crate) use sanitize::sanitize;
pub(crate) use write::string as write_string;

use jaq_json::{Map, Num, Val};

/// How deep a value may be nested: arrays and objects inside each other.
pub const MAX_DEPTH: usize = 512;

/// A JSON value on its way through a pipeline: cheap to clone, numbers keep their digits, objects their order.
///
/// It always is JSON: keys are strings, strings are UTF-8, numbers are finite. Two values are equal when jq's `==`
/// says so: the order of keys does not matter, `1` and `1.0` are the same.
#[derive(Clone, PartialEq)]
pub struct Value(pub(crate) Val);

impl Value {
    /// `null`
    pub const NULL: Self = Self(Val::Null);

    /// Reads one JSON document (RFC 8259, UTF-8), at most [`MAX_DEPTH`] deep. Of a key that comes twice, the last
    /// value counts.
    ///
    /// # Errors
    /// If it is anything else, nested deeper, or holds a number of more than a thousand digits.
    pub fn from_json(json: &[u8]) -> Result<Self, JsonError> {
        parse_within(json, MAX_DEPTH)
    }

    /// The value as compact JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::new();
        write::write(&self.0, &mut json);
        json
    }

    /// The value as text: strings as they are, everything else as compact JSON.
    #[must_use]
    pub fn text(&self) -> String {
        match self.as_str() {
            Some(text) => text.to_owned(),
            None => String::from_utf8_lossy(&self.to_json()).into_owned(),
        }
    }

    /// An object; of a key that comes twice, the last value counts.
    #[must_use]
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (Val::from(key.into()), value.0));
        Self(Val::obj(entries.collect::<Map>()))
    }

    /// An array.
    #[must_use]
    pub fn array(items: impl IntoIterator<Item = Self>) -> Self {
        Self(items.into_iter().map(|item| item.0).collect())
    }

    /// The number that a JSON number literal writes, with its digits; `None` if it is no such literal.
    #[must_use]
    pub fn number(literal: &str) -> Option<Self> {
        if !parse::is_number(literal.as_bytes()) || literal.len() > parse::MAX_DIGITS {
            return None;
        }
        Num::from_str_radix(literal, 10)
            .or_else(|| Some(Num::Dec(literal.to_owned().into())))
            .map(|number| Self(Val::Num(number)))
    }

    /// The value under a key of an object; `None` if it is no object or has no such key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        match &self.0 {
            Val::Obj(object) => object.get(&Val::from(key.to_owned())).cloned().map(Self),
            _ => None,
        }
    }

    /// The item of an array, from 0.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<Self> {
        match &self.0 {
            Val::Arr(array) => array.get(index).cloned().map(Self),
            _ => None,
        }
    }

    /// The keys of an object in order; nothing of any other value.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.map().into_iter().flat_map(Map::keys).filter_map(as_str)
    }

    /// Keys and values of an object in order; `None` if it is no object.
    pub fn entries(&self) -> Option<impl ExactSizeIterator<Item = (&str, Self)>> {
        self.map().map(|map| map.iter().map(|(key, value)| (as_str(key).unwrap_or_default(), Self(value.clone()))))
    }

    /// The items of an array; `None` if it is no array.
    #[must_use]
    pub fn as_array(&self) -> Option<Vec<Self>> {
        match &self.0 {
            Val::Arr(array) => Some(array.iter().cloned().map(Self).collect()),
            _ => None,
        }
    }

    /// A string; `None` if it is none.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        as_str(&self.0)
    }

    /// A boolean; `None` if it is none.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self.0 {
            Val::Bool(boolean) => Some(boolean),
            _ => None,
        }
    }

    /// An integer that fits; `None` if it is none. `2.0` is one, as jq sees it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked by the round trip")]
    pub fn as_i64(&self) -> Option<i64> {
        let Val::Num(number) = &self.0 else { return None };
        let float = |float: f64| ((float as i64) as f64 == float && float.abs() < 9e15).then_some(float as i64);
        match number {
            Num::Float(number) => float(*number),
            Num::Dec(text) => text.parse().ok().and_then(float),
            _ => number.as_isize().and_then(|number| i64::try_from(number).ok()),
        }
    }

    /// How many items an array has, or keys an object; 0 of any other value.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Val::Arr(array) => array.len(),
            Val::Obj(object) => object.len(),
            _ => 0,
        }
    }

    /// Whether [`len`](Self::len) is 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is `null`.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self.0, Val::Null)
    }

    /// Whether it is an object.
    #[must_use]
    pub const fn is_object(&self) -> bool {
        matches!(self.0, Val::Obj(_))
    }

    /// What it is, as a message says it: `an array`, `null`.
    #[must_use]
    pub const fn described(&self) -> &'static str {
        match self.0 {
            Val::Null => "null",
            Val::Bool(_) => "a boolean",
            Val::Num(_) => "a number",
            Val::BStr(_) | Val::TStr(_) => "a string",
            Val::Arr(_) => "an array",
            Val::Obj(_) => "an object",
        }
    }

    /// The same object with a key set; `self` if it is no object.
    pub(crate) fn with(self, key: &str, value: Self) -> Self {
        match self.0 {
            Val::Obj(mut object) => {
                jaq_json::Rc::make_mut(&mut object).insert(Val::from(key.to_owned()), value.0);
                Self(Val::Obj(object))
            }
            other => Self(other),
        }
    }

    fn map(&self) -> Option<&Map> {
        match &self.0 {
            Val::Obj(object) => Some(object),
            _ => None,
        }
    }
}

fn as_str(value: &Val) -> Option<&str> {
    match value {
        Val::TStr(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

impl Default for Value {
    fn default() -> Self {
        Self::NULL
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_json()))
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self(Val::Bool(boolean))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self(Val::Num(Num::from_integral(number)))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self(Val::Num(Num::from_integral(number)))
    }
}
