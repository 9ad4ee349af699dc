//! Numbers as they are written.

use super::Value;
use std::fmt;
use std::str::FromStr;

/// A JSON number of any size, with its digits: what a manifest gives where only that it is a number is known.
///
/// Two are equal if they are written alike: `1` is not `1.0`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

impl Number {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As an integer, if it is written as one and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// As an integer, if it is written as one and fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The nearest float.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        // What a JSON number is written like is a float to Rust.
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no JSON number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number as JSON writes it, or one of more than a thousand digits")]
#[non_exhaustive]
pub struct NumberError;

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let fits = super::parse::is_number(text.as_bytes()) && text.len() <= super::MAX_DIGITS;
        if fits { Ok(Self(text.into())) } else { Err(NumberError) }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(integer.to_string().into())
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self(integer.to_string().into())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::number(&number.0).unwrap_or_default()
    }
}

impl Value {
    /// A number with its digits; `None` if it is none.
    #[must_use]
    pub fn as_number(&self) -> Option<Number> {
        matches!(self.tree(), jaq_json::Val::Num(_)).then(|| Number(self.text().into()))
    }
}
