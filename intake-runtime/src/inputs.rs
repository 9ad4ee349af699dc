//! `Serialize`, `Deserialize` and `Debug` of an intake's inputs, without a derive: the types are generated, the
//! dependencies they would need are not the user's to add.

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Implements serde's traits and `Debug` for a struct of inputs: `inputs! { Issues { custom_data: "custom_data" } }`.
///
/// A field that is missing is an error that names it, unless it is an `Option`; so is a field that does not exist.
/// `Debug` shows no values: they are the customer's.
///
/// Its own names begin with `__`: `$name` can be anything else.
#[doc(hidden)]
#[macro_export]
macro_rules! inputs {
    ($name:ident { $($field:ident : $key:literal),* $(,)? }) => {
        impl $crate::private::serde::Serialize for $name {
            fn serialize<__S>(&self, serializer: __S) -> $crate::private::Result<__S::Ok, __S::Error>
            where
                __S: $crate::private::serde::Serializer,
            {
                let fields: &[&$crate::private::str] = &[$($key),*];
                #[allow(unused_mut)]
                let mut state = $crate::private::serde::Serializer::serialize_struct(
                    serializer,
                    $crate::private::stringify!($name),
                    fields.len(),
                )?;
                $($crate::private::serde::ser::SerializeStruct::serialize_field(&mut state, $key, &self.$field)?;)*
                $crate::private::serde::ser::SerializeStruct::end(state)
            }
        }

        impl<'de> $crate::private::serde::Deserialize<'de> for $name {
            fn deserialize<__D>(deserializer: __D) -> $crate::private::Result<Self, __D::Error>
            where
                __D: $crate::private::serde::Deserializer<'de>,
            {
                const __FIELDS: &[&$crate::private::str] = &[$($key),*];
                struct __Inputs;
                impl<'de> $crate::private::serde::de::Visitor<'de> for __Inputs {
                    type Value = $name;

                    fn expecting(&self, f: &mut $crate::private::Formatter<'_>) -> $crate::private::fmt::Result {
                        f.write_str($crate::private::concat!("an object with the inputs of ", $crate::private::stringify!($name)))
                    }

                    fn visit_map<__A>(self, mut map: __A) -> $crate::private::Result<$name, __A::Error>
                    where
                        __A: $crate::private::serde::de::MapAccess<'de>,
                    {
                        $(let mut $field = $crate::private::None;)*
                        while let $crate::private::Some(key) = $crate::private::serde::de::MapAccess::next_key_seed(
                            &mut map,
                            $crate::private::FieldName(__FIELDS),
                        )? {
                            let _: &'static $crate::private::str = key;
                            $(if key == $key {
                                if $field.is_some() {
                                    return $crate::private::Err($crate::private::serde::de::Error::duplicate_field($key));
                                }
                                $field = $crate::private::Some($crate::private::serde::de::MapAccess::next_value(&mut map)?);
                            })*
                        }
                        $crate::private::Ok($name {
                            $($field: match $field {
                                $crate::private::Some(value) => value,
                                $crate::private::None => $crate::private::missing_field($key)?,
                            },)*
                        })
                    }
                }
                $crate::private::serde::Deserializer::deserialize_struct(
                    deserializer,
                    $crate::private::stringify!($name),
                    __FIELDS,
                    __Inputs,
                )
            }
        }

        impl $crate::private::fmt::Debug for $name {
            fn fmt(&self, f: &mut $crate::private::Formatter<'_>) -> $crate::private::fmt::Result {
                f.debug_struct($crate::private::stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

/// Reads a key that must be one of these.
#[derive(Debug)]
pub struct FieldName(pub &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an input")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let known = self.0.iter().find(|field| **field == name);
        known.copied().ok_or_else(|| E::unknown_field(name, self.0))
    }
}

/// A field that is not there: nothing where an `Option` is expected, else an error.
///
/// # Errors
/// Unless an `Option` is expected.
pub fn missing_field<'de, T: serde::Deserialize<'de>, E: Error>(name: &'static str) -> Result<T, E> {
    T::deserialize(Missing(name, PhantomData))
}

struct Missing<E>(&'static str, PhantomData<E>);

impl<'de, E: Error> Deserializer<'de> for Missing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::missing_field(self.0))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
