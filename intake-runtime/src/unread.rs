//! Why a value is not read as a type. What serde_json says of it quotes the value, which may be a secret; here it is
//! read once more, by a deserializer whose errors tell places and kinds only.

use crate::types::Type;
use crate::value::{RAW, Value};
use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use std::fmt;

/// Where a value is not what a type reads: the path to it, what the type expects there and what kind of value there is.
/// Never the value itself, which may be a secret, and no key that neither the type nor the manifest names: `*` stands
/// for one.
#[derive(Clone, Debug)]
pub struct Unread(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    path: String,
    why: String,
}

/// Reads JSON that a [`Value`] wrote. Its depth is bounded by [`MAX_DEPTH`](crate::value::MAX_DEPTH), so serde_json's
/// own bound, which is lower, is off.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8], known: Type) -> Result<T, Unread> {
    decode(json).map_err(|_| match Value::from_json(json) {
        Ok(value) => T::deserialize(Reader { value, known }).err().unwrap_or_else(|| de::Error::custom("")),
        Err(error) => Unread::new(error.to_string()),
    })
}

fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

impl Unread {
    fn new(why: String) -> Self {
        Self(Box::new(Parts { path: String::new(), why }))
    }

    /// Seen from the object or array it is in.
    fn within(mut self, step: &str) -> Self {
        let separator = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
        self.0.path = format!("{step}{separator}{}", self.0.path);
        self
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { path, why } = &*self.0;
        if path.is_empty() { f.write_str(why) } else { write!(f, "`{path}`: {why}") }
    }
}

impl std::error::Error for Unread {}

impl de::Error for Unread {
    /// The text is the type's own, and may quote the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("its type refuses it".to_owned())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", kind(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {} that is none", kind(found)))
    }

    fn invalid_length(found: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {found} items"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected {}, found another text", one_of(expected)))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected {} as a key, found another", one_of(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("missing field `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("duplicate field `{field}`"))
    }
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [name] => format!("`{name}`"),
        names => format!("one of `{}`", names.join("`, `")),
    }
}

const fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq | Unexpected::TupleVariant => "an array",
        Unexpected::Map | Unexpected::StructVariant => "an object",
        _ => "something else",
    }
}

/// A value, and what the manifest knows of it.
struct Reader {
    value: Value,
    known: Type,
}

impl Reader {
    fn entries(&self, fields: &'static [&'static str]) -> Option<Entries> {
        let entries = self.value.entries()?.map(|(key, value)| (key.to_owned(), value));
        Some(Entries { rest: entries.collect::<Vec<_>>().into_iter(), next: None, fields, known: self.known })
    }

    fn number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Unread> {
        if let Ok(integer) = text.parse::<u64>() {
            return visitor.visit_u64(integer);
        }
        match text.parse::<i64>() {
            Ok(integer) => visitor.visit_i64(integer),
            // What JSON writes is a float to Rust.
            Err(_) => visitor.visit_f64(text.parse().unwrap_or(f64::NAN)),
        }
    }
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        let Self { value, known } = &self;
        if value.is_null() {
            visitor.visit_unit()
        } else if let Some(boolean) = value.as_bool() {
            visitor.visit_bool(boolean)
        } else if let Some(text) = value.as_str() {
            visitor.visit_str(text)
        } else if let Some(number) = value.as_number() {
            Self::number(number.as_str(), visitor)
        } else if let Some(items) = value.as_array() {
            let count = items.len();
            let mut items = Items { rest: items.into_iter().enumerate(), known: known.item() };
            let read = visitor.visit_seq(&mut items)?;
            if items.rest.len() == 0 { Ok(read) } else { Err(de::Error::invalid_length(count, &"fewer")) }
        } else {
            self.entries(&[]).map_or_else(|| Err(de::Error::custom("")), |entries| visitor.visit_map(entries))
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Unread> {
        if name == *RAW {
            let text = String::from_utf8_lossy(&self.value.to_json()).into_owned();
            return visitor.visit_map(MapDeserializer::new(std::iter::once((name, text))));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match self.entries(fields) {
            Some(entries) => visitor.visit_map(entries),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        match (self.value.as_str(), self.entries(variants)) {
            (Some(text), _) => visitor.visit_enum(text.into_deserializer()),
            (None, Some(entries)) => MapAccessDeserializer::new(entries).deserialize_enum(name, variants, visitor),
            // No visitor of an enum takes anything else: it says what it expects.
            (None, None) => self.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items {
    rest: std::iter::Enumerate<std::vec::IntoIter<Value>>,
    known: Type,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Unread;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unread> {
        let Some((index, value)) = self.rest.next() else { return Ok(None) };
        let item = seed.deserialize(Reader { value, known: self.known });
        item.map(Some).map_err(|error| error.within(&format!("[{index}]")))
    }
}

struct Entries {
    rest: std::vec::IntoIter<(String, Value)>,
    next: Option<(String, Value)>,
    /// The keys that the type names.
    fields: &'static [&'static str],
    known: Type,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Unread;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unread> {
        self.next = self.rest.next();
        let key = self.next.as_ref().map(|(key, _)| seed.deserialize(Key(key)));
        key.transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unread> {
        let Some((key, value)) = self.next.take() else { return Err(de::Error::custom("")) };
        let known = self.known.field(&key);
        let named = known.is_some() || self.fields.contains(&&*key);
        seed.deserialize(Reader { value, known: known.unwrap_or(Type::Json) })
            .map_err(|error| error.within(if named { &key } else { "*" }))
    }
}

/// A key; also as the number that it writes, as serde_json reads it.
struct Key<'a>(&'a str);

macro_rules! number_keys {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
            let is_integer = self.0.parse::<i64>().is_ok() || self.0.parse::<u64>().is_ok();
            if is_integer { Reader::number(self.0, visitor) } else { self.deserialize_any(visitor) }
        })*
    };
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Unread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        match self.0.parse() {
            Ok(boolean) => visitor.visit_bool(boolean),
            Err(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    number_keys! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}
