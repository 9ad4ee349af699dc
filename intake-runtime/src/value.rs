//! The values that flow through pipelines. Only this module and [`crate::jq`] know what they are made of.

mod convert;
mod depth;
mod number;
mod parse;
mod printed;
mod sanitize;
mod serde;
mod write;

pub(crate) use depth::{dismantle, within_depth};
pub use number::{Number, NumberError};
pub use parse::JsonError;
pub(crate) use parse::{MAX_DIGITS, guard, parse_within};
pub(crate) use sanitize::sanitize;
pub(crate) use serde::RAW;
pub(crate) use write::string as write_string;

use bytes::Bytes;
use jaq_json::{Map, Num, Val};
use printed::Printed;
use std::sync::Arc;

/// How deep a value may be nested: arrays and objects inside each other.
pub const MAX_DEPTH: usize = 512;

/// A JSON value on its way through a pipeline: cheap to clone, numbers keep their digits, objects their order.
///
/// It always is JSON: keys are strings, strings are UTF-8, numbers are finite. Two values are equal when jq's `==`
/// says so: the order of keys does not matter, `1` and `1.0` are the same.
#[derive(Clone)]
pub struct Value(Repr);

#[derive(Clone)]
enum Repr {
    Tree(Val),
    /// JSON that a filter printed, read only where it has to be.
    Printed(Arc<Printed>),
}

impl Value {
    /// `null`
    pub const NULL: Self = Self(Repr::Tree(Val::Null));

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
        match &self.0 {
            Repr::Tree(tree) => {
                let mut json = Vec::new();
                write::write(tree, &mut json);
                json
            }
            Repr::Printed(printed) => printed.json().to_vec(),
        }
    }

    /// The same, not copied where it need not be.
    pub(crate) fn json(&self) -> Bytes {
        match &self.0 {
            Repr::Tree(_) => self.to_json().into(),
            Repr::Printed(printed) => printed.json().clone(),
        }
    }

    /// Its JSON, if it has no need to be printed.
    pub(crate) fn unread(&self) -> Option<&[u8]> {
        match &self.0 {
            Repr::Tree(_) => None,
            Repr::Printed(printed) => Some(printed.json()),
        }
    }

    /// A value of jaq's.
    pub(crate) const fn new(tree: Val) -> Self {
        Self(Repr::Tree(tree))
    }

    /// A value that was printed as [`to_json`](Self::to_json) does.
    pub(crate) fn printed(json: Bytes) -> Self {
        Self(Repr::Printed(Arc::new(Printed::new(json))))
    }

    /// The value as jaq's.
    pub(crate) fn tree(&self) -> &Val {
        match &self.0 {
            Repr::Tree(tree) => tree,
            Repr::Printed(printed) => printed.tree(),
        }
    }

    pub(crate) fn into_tree(self) -> Val {
        match self.0 {
            Repr::Tree(tree) => tree,
            Repr::Printed(printed) => printed.tree().clone(),
        }
    }

    /// The value as text: strings as they are, everything else as compact JSON.
    #[must_use]
    pub fn text(&self) -> String {
        match self.as_str() {
            Some(text) => text.to_owned(),
            None => String::from_utf8_lossy(&self.json()).into_owned(),
        }
    }

    /// An object; of a key that comes twice, the last value counts.
    #[must_use]
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (Val::from(key.into()), value.into_tree()));
        Self::new(Val::obj(entries.collect::<Map>()))
    }

    /// An array.
    #[must_use]
    pub fn array(items: impl IntoIterator<Item = Self>) -> Self {
        Self::new(items.into_iter().map(Self::into_tree).collect())
    }

    /// The number that a JSON number literal writes, with its digits; `None` if it is no such literal.
    #[must_use]
    pub fn number(literal: &str) -> Option<Self> {
        if !parse::is_number(literal.as_bytes()) || literal.len() > parse::MAX_DIGITS {
            return None;
        }
        Num::from_str_radix(literal, 10)
            .or_else(|| Some(Num::Dec(literal.to_owned().into())))
            .map(|number| Self::new(Val::Num(number)))
    }

    /// The value under a key of an object; `None` if it is no object or has no such key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        if let Repr::Printed(printed) = &self.0
            && let Some(found) = printed.get(key)
        {
            return found;
        }
        match self.tree() {
            Val::Obj(object) => object.get(&Val::from(key.to_owned())).cloned().map(Self::new),
            _ => None,
        }
    }

    /// What is at a JSON pointer (RFC 6901), such as `/items/0/id`.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<Self> {
        let steps = if pointer.is_empty() { return Some(self.clone()) } else { pointer.strip_prefix('/')? };
        steps.split('/').try_fold(self.clone(), |value, step| {
            let index = || step.parse().ok().filter(|_| step == "0" || !step.starts_with(['0', '+']));
            value.get(&step.replace("~1", "/").replace("~0", "~")).or_else(|| value.item(index()?))
        })
    }

    /// The item of an array, from 0.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<Self> {
        match self.tree() {
            Val::Arr(array) => array.get(index).cloned().map(Self::new),
            _ => None,
        }
    }

    /// The keys of an object in order; nothing of any other value.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.map().into_iter().flat_map(Map::keys).filter_map(as_str)
    }

    /// Keys and values of an object in order; `None` if it is no object.
    pub fn entries(&self) -> Option<impl ExactSizeIterator<Item = (&str, Self)>> {
        self.map().map(|map| map.iter().map(|(key, value)| (as_str(key).unwrap_or_default(), Self::new(value.clone()))))
    }

    /// The items of an array; `None` if it is no array.
    #[must_use]
    pub fn as_array(&self) -> Option<Vec<Self>> {
        if let Repr::Printed(printed) = &self.0
            && let Some(items) = printed.items()
        {
            return Some(items);
        }
        match self.tree() {
            Val::Arr(array) => Some(array.iter().cloned().map(Self::new).collect()),
            _ => None,
        }
    }

    /// A string; `None` if it is none.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        as_str(self.tree())
    }

    /// A boolean; `None` if it is none.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.tree() {
            Val::Bool(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// An integer that fits; `None` if it is none. `2.0` is one, as jq sees it.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked by the round trip")]
    pub fn as_i64(&self) -> Option<i64> {
        let Val::Num(number) = self.tree() else { return None };
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
        match self.tree() {
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
    pub fn is_null(&self) -> bool {
        matches!(self.first(), b'n')
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self.first(), b'{')
    }

    /// What it is, as a message says it: `an array`, `null`.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self.first() {
            b'n' => "null",
            b't' | b'f' => "a boolean",
            b'"' => "a string",
            b'[' => "an array",
            b'{' => "an object",
            _ => "a number",
        }
    }

    /// The first byte of its JSON; of a number, any that is no other kind's.
    fn first(&self) -> u8 {
        let tree = match &self.0 {
            Repr::Tree(tree) => tree,
            Repr::Printed(printed) => return printed.first(),
        };
        match tree {
            Val::Null => b'n',
            Val::Bool(true) => b't',
            Val::Bool(false) => b'f',
            Val::Num(_) => b'0',
            Val::BStr(_) | Val::TStr(_) => b'"',
            Val::Arr(_) => b'[',
            Val::Obj(_) => b'{',
        }
    }

    /// The same object with a key set; `self` if it is no object.
    pub(crate) fn with(self, key: &str, value: Self) -> Self {
        match self.into_tree() {
            Val::Obj(mut object) => {
                jaq_json::Rc::make_mut(&mut object).insert(Val::from(key.to_owned()), value.into_tree());
                Self::new(Val::Obj(object))
            }
            other => Self::new(other),
        }
    }

    fn map(&self) -> Option<&Map> {
        match self.tree() {
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

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Where the bytes differ, the values may be equal still.
            (Repr::Printed(left), Repr::Printed(right)) if left.json() == right.json() => true,
            _ => self.tree() == other.tree(),
        }
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
        f.write_str(&String::from_utf8_lossy(&self.json()))
    }
}

impl From<bool> for Value {
    fn from(boolean: bool) -> Self {
        Self::new(Val::Bool(boolean))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::new(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::new(Val::Num(Num::from_integral(number)))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::new(Val::Num(Num::from_integral(number)))
    }
}
