//! `Serialize` and `Deserialize` of the structs that a manifest's jq makes, without a derive: the types are generated,
//! the dependencies they would need are not the user's to add.

use crate::value::{Number, Value};
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// Implements serde's traits for a struct: `data! { Record { id: "id" always, nick: "nick" perhaps } }`.
///
/// A key that is `always` there is an error where it is missing; one that is there `perhaps` is an `Option`. Other keys
/// are passed over, unless a field at the end takes them: `data! { Record { id: "id" always } others }`.
///
/// Its own names begin with `__`: a field's can be anything else.
#[doc(hidden)]
#[macro_export]
macro_rules! data {
    ($name:ident { $($field:ident : $key:literal $when:ident),* $(,)? } $($others:ident)?) => {
        impl $crate::private::serde::Serialize for $name {
            fn serialize<__S>(&self, serializer: __S) -> $crate::private::Result<__S::Ok, __S::Error>
            where
                __S: $crate::private::serde::Serializer,
            {
                #[allow(unused_mut)]
                let mut map = $crate::private::serde::Serializer::serialize_map(serializer, $crate::private::None)?;
                $($crate::private::$when(&mut map, $key, &self.$field)?;)*
                $($crate::private::others(&mut map, &self.$others)?;)?
                $crate::private::serde::ser::SerializeMap::end(map)
            }
        }

        impl<'de> $crate::private::serde::Deserialize<'de> for $name {
            fn deserialize<__D>(deserializer: __D) -> $crate::private::Result<Self, __D::Error>
            where
                __D: $crate::private::serde::Deserializer<'de>,
            {
                struct __Data;
                impl<'de> $crate::private::serde::de::Visitor<'de> for __Data {
                    type Value = $name;

                    fn expecting(&self, f: &mut $crate::private::Formatter<'_>) -> $crate::private::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<__A>(self, mut map: __A) -> $crate::private::Result<$name, __A::Error>
                    where
                        __A: $crate::private::serde::de::MapAccess<'de>,
                    {
                        $(let mut $field = $crate::private::None;)*
                        $(let mut $others = $crate::private::Others::new();)?
                        while let $crate::private::Some(key) = $crate::private::serde::de::MapAccess::next_key_seed(
                            &mut map,
                            $crate::private::Key(&[$($key),*]),
                        )? {
                            match key {
                                $($crate::private::Ok($key) => {
                                    $field = $crate::private::Some($crate::private::next_data(&mut map)?);
                                })*
                                _ => $crate::data!(@other map key $($others)?),
                            }
                        }
                        $crate::private::Ok($name {
                            $($field: match $field {
                                $crate::private::Some(value) => value,
                                $crate::private::None => $crate::private::missing_data($key)?,
                            },)*
                            $($others,)?
                        })
                    }
                }
                $crate::private::serde::Deserializer::deserialize_map(deserializer, __Data)
            }
        }

        impl $crate::private::Data for $name {}
    };
    (@other $map:ident $key:ident) => {{
        let _: $crate::private::serde::de::IgnoredAny =
            $crate::private::serde::de::MapAccess::next_value(&mut $map)?;
    }};
    (@other $map:ident $key:ident $others:ident) => {{
        let value = $crate::private::serde::de::MapAccess::next_value(&mut $map)?;
        if let $crate::private::Err(key) = $key {
            let _ = $others.insert(key, value);
        }
    }};
}

/// What is read of a manifest's output: as serde does, but of a float `null` is NaN, which JSON cannot write.
pub trait Data: DeserializeOwned {
    /// Reads it.
    ///
    /// # Errors
    /// If something else is there.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// What it is where its key is missing.
    #[must_use]
    fn missing() -> Option<Self> {
        None
    }
}

impl Data for () {}
impl Data for bool {}
impl Data for i64 {}
impl Data for Number {}
impl Data for String {}
impl Data for Value {}

impl Data for f64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|float| float.unwrap_or(Self::NAN))
    }
}

impl<T: Data> Data for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Optional<T>(PhantomData<T>);
        impl<'de, T: Data> Visitor<'de> for Optional<T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                T::read(deserializer).map(Some)
            }
        }
        deserializer.deserialize_option(Optional(PhantomData))
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Data> Data for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Data> Visitor<'de> for Items<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element_seed(Read(PhantomData))? {
                    items.push(item);
                }
                Ok(items)
            }
        }
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

struct Read<T>(PhantomData<T>);

impl<'de, T: Data> DeserializeSeed<'de> for Read<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// The value under the key that was read last.
///
/// # Errors
/// If it does not fit.
pub fn next_data<'de, A: MapAccess<'de>, T: Data>(map: &mut A) -> Result<T, A::Error> {
    map.next_value_seed(Read(PhantomData))
}

/// The value of a key that is missing.
///
/// # Errors
/// Unless that is an `Option`.
pub fn missing_data<T: Data, E: Error>(key: &'static str) -> Result<T, E> {
    T::missing().ok_or_else(|| E::missing_field(key))
}

/// The keys of an object that the manifest does not name.
pub type Others = BTreeMap<String, Value>;

/// Reads a key: one of these, or another.
#[derive(Debug)]
pub struct Key(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Result<&'static str, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Result<&'static str, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        let known = self.0.iter().find(|known| **known == key);
        Ok(known.copied().ok_or_else(|| key.to_owned()))
    }
}

/// Writes a field whose key is always there.
///
/// # Errors
/// The serializer's.
pub fn always<M: SerializeMap, T: Serialize>(map: &mut M, key: &'static str, value: &T) -> Result<(), M::Error> {
    map.serialize_entry(key, value)
}

/// Writes a field whose key is there if it has a value.
///
/// # Errors
/// The serializer's.
pub fn perhaps<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &'static str,
    value: &Option<T>,
) -> Result<(), M::Error> {
    value.as_ref().map_or(Ok(()), |value| map.serialize_entry(key, value))
}

/// Writes all other keys.
///
/// # Errors
/// The serializer's.
pub fn others<M: SerializeMap>(map: &mut M, others: &Others) -> Result<(), M::Error> {
    others.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))
}
