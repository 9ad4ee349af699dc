//! serde's traits. With serde_json numbers keep their digits, also those that no Rust number holds.

use super::{Number, Value};
use jaq_json::{Num, Val};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use std::fmt;
use std::sync::LazyLock;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Tree(self.tree()).serialize(serializer)
    }
}

struct Tree<'a>(&'a Val);

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Val::Null => serializer.serialize_unit(),
            Val::Bool(boolean) => serializer.serialize_bool(*boolean),
            Val::Num(Num::Dec(text)) => number(text, serializer),
            Val::Num(other) => number(&other.to_string(), serializer),
            Val::TStr(text) | Val::BStr(text) => serializer.serialize_str(&String::from_utf8_lossy(text)),
            Val::Arr(items) => {
                let mut array = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| array.serialize_element(&Tree(item)))?;
                array.end()
            }
            Val::Obj(entries) => {
                let mut object = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| object.serialize_entry(&Tree(key), &Tree(value)))?;
                object.end()
            }
        }
    }
}

/// A number as the smallest of `i64`, `u64` and `f64` that is equal to it, else as the text it is, which only
/// serde_json takes for a number.
pub(super) fn number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(integer) = text.parse::<i64>().ok().filter(|_| text != "-0") {
        return serializer.serialize_i64(integer);
    }
    if let Ok(integer) = text.parse::<u64>() {
        return serializer.serialize_u64(integer);
    }
    match text.parse::<f64>() {
        Ok(float) if is_shortest(text, float) => serializer.serialize_f64(float),
        _ => RawValue::from_string(text.to_owned()).map_err(serde::ser::Error::custom)?.serialize(serializer),
    }
}

/// Whether the shortest text of the float writes the same number: then nothing is lost.
fn is_shortest(text: &str, float: f64) -> bool {
    if text.contains(['e', 'E']) {
        return text.replace('E', "e").replace("e+", "e") == format!("{float:e}");
    }
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    text == float.to_string()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(*RAW, AnyValue)
    }
}

/// The name by which serde_json is asked for the text of a value rather than for the value.
pub(crate) static RAW: LazyLock<&'static str> = LazyLock::new(|| {
    let mut name = "";
    // It fails: all that is wanted is the name.
    _ = Box::<RawValue>::deserialize(Named(&mut name));
    name
});

struct Named<'a>(&'a mut &'static str);

impl<'de> Deserializer<'de> for Named<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("no value"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = name;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// serde_json gives a map of one entry, with the text; other formats give what they have.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, boolean: bool) -> Result<Value, E> {
        Ok(boolean.into())
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Value, E> {
        Ok(integer.into())
    }

    fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Value, E> {
        Ok(integer.into())
    }

    fn visit_f64<E: de::Error>(self, float: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(float).and_then(|number| Value::number(&number.to_string()));
        number.ok_or_else(|| E::invalid_value(de::Unexpected::Float(float), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::NULL)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.is_empty() && key == *RAW {
                let text: String = map.next_value()?;
                return Value::from_json(text.as_bytes()).map_err(de::Error::custom);
            }
            entries.push((key, map.next_value()?));
        }
        Ok(Value::object(entries))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        number(self.as_str(), serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        value
            .as_number()
            .ok_or_else(|| de::Error::custom(format_args!("{}, where a number is needed", value.described())))
    }
}
