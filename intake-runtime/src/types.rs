//! What a manifest gives at a place, as far as its jq shows: in the errors of values that do not fit.

use crate::value::Value;
use std::fmt;

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Nothing.
    Json,
    /// It is `null`.
    Null,
    /// It is a boolean.
    Bool,
    /// It is an integer.
    Int,
    /// It is a number that arithmetic has made.
    Float,
    /// It is a number.
    Number,
    /// It is a string.
    String,
    /// It is this or `null`.
    Option(&'static Self),
    /// It is an array, and this is what each item is.
    Array(&'static Self),
    /// It is an object with these keys.
    Object(&'static Object),
}

/// What is known of an object.
#[derive(Debug)]
pub struct Object {
    /// The keys that are known.
    pub fields: &'static [Field],
    /// Whether it can have others.
    pub open: bool,
}

/// A key of an object.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What is known of its value.
    pub value: Type,
    /// Whether the key may be missing.
    pub optional: bool,
    /// Its line in the manifest.
    pub line: u32,
    /// Its column there.
    pub column: u32,
}

impl Type {
    /// Where a value does not fit, first of all; `None` if it does.
    pub(crate) fn misfit(&self, value: &Value) -> Option<Misfit> {
        let fits = match self {
            Self::Json => true,
            Self::Null => value.is_null(),
            Self::Bool => value.as_bool().is_some(),
            Self::Int => value.as_number().is_some_and(|number| number.as_i64().is_some()),
            // NaN is written as null.
            Self::Float if value.is_null() => true,
            Self::Float | Self::Number => value.as_number().is_some(),
            Self::String => value.as_str().is_some(),
            Self::Option(_) if value.is_null() => true,
            Self::Option(inner) => return inner.misfit(value).map(|misfit| misfit.or_null(self)),
            Self::Array(item) => match value.as_array() {
                Some(items) => {
                    let misfit = |(index, value)| Some(item.misfit(value)?.within(&format!("[{index}]"), None));
                    return items.iter().enumerate().find_map(misfit);
                }
                None => false,
            },
            Self::Object(object) if value.is_object() => return object.misfit(value),
            Self::Object(_) => false,
        };
        (!fits).then(|| Misfit::new(value.described(), *self))
    }

    /// What is known of an array's items.
    pub(crate) const fn item(&self) -> Self {
        match self {
            Self::Option(Self::Array(item)) | Self::Array(item) => **item,
            _ => Self::Json,
        }
    }

    /// What is known of the value under a key; `None` of a key that the manifest does not name.
    pub(crate) fn field(&self, key: &str) -> Option<Self> {
        match self {
            Self::Option(Self::Object(object)) | Self::Object(object) => {
                object.fields.iter().find(|field| field.key == key).map(|field| field.value)
            }
            _ => None,
        }
    }

    pub(crate) const fn described(&self) -> &'static str {
        match self {
            Self::Json => "any value",
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Int => "an integer of 64 bits",
            Self::Float | Self::Number => "a number",
            Self::String => "a string",
            Self::Option(Self::Bool) => "a boolean or null",
            Self::Option(Self::Int) => "an integer of 64 bits or null",
            Self::Option(Self::Float | Self::Number) => "a number or null",
            Self::Option(Self::String) => "a string or null",
            Self::Option(Self::Array(_)) => "an array or null",
            Self::Option(Self::Object(_)) => "an object or null",
            Self::Option(inner) => inner.described(),
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

impl Object {
    fn misfit(&self, value: &Value) -> Option<Misfit> {
        self.fields.iter().find_map(|field| field.misfit(value))
    }
}

impl Field {
    /// Where an object does not fit under this key.
    pub(crate) fn misfit(&self, object: &Value) -> Option<Misfit> {
        let at = Some((self.line, self.column));
        match object.get(self.key) {
            Some(value) => Some(self.value.misfit(&value)?.within(self.key, at)),
            None if self.optional => None,
            None => Some(Misfit::new("missing", self.value).within(self.key, at)),
        }
    }
}

/// Where a value does not fit what the manifest gives: the path to it, and of what kind it is. Never the value itself,
/// which may be a secret.
#[derive(Clone, Debug)]
pub struct Misfit(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    path: String,
    found: &'static str,
    expected: Type,
    at: Option<(u32, u32)>,
}

impl Misfit {
    fn new(found: &'static str, expected: Type) -> Self {
        Self(Box::new(Parts { path: String::new(), found, expected, at: None }))
    }

    /// Seen from the object or array it is in.
    fn within(mut self, step: &str, at: Option<(u32, u32)>) -> Self {
        let separator = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
        self.0.path = format!("{step}{separator}{}", self.0.path);
        self.0.at = self.0.at.or(at);
        self
    }

    /// `null` would fit as well, if it is the whole value that does not.
    fn or_null(mut self, whole: &Type) -> Self {
        if self.0.path.is_empty() {
            self.0.expected = *whole;
        }
        self
    }

    /// The line and column in the manifest of the key that does not fit, or of the innermost around it.
    pub(crate) fn at(&self) -> Option<(u32, u32)> {
        self.0.at
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.path.as_str() {
            "" => f.write_str("it")?,
            path => write!(f, "`{path}`")?,
        }
        write!(f, " is {}, where the manifest has {}", self.0.found, self.0.expected.described())
    }
}

impl std::error::Error for Misfit {}
