//! What generated code names. No part of the public interface: it is the same release that generates the code.

pub use crate::data;
pub use crate::data::{Data, Key, Others, always, missing_data, next_data, others, perhaps};
pub use crate::event::{At, Event, EventError, Input, Request, Respond, Step, Target, Var, input, piped};
pub use crate::hash::Algorithm;
pub use crate::http::Method;
pub use crate::inputs;
pub use crate::inputs::{FieldName, missing_field};
pub use crate::intake::{App, AuthKind, AuthMethod, EventResult, Intake, IntakeMeta, Polling, Scope, Webhook};
pub use crate::jq::Jq;
pub use crate::native;
pub use crate::scan;
pub use crate::takes::{Message, Probe, Taken, TakenField, TakenStruct, Takes, Unknown, mistakes};
pub use crate::text::Text;
pub use crate::types::{Field, Object, Type};
pub use crate::url::{FinishedUrl, Url};
pub use crate::value::{Number, Value};
pub use core::clone::Clone;
pub use core::convert::{From, Into};
pub use core::default::Default;
pub use core::fmt::{self, Formatter};
pub use core::future::Future;
pub use core::iter::IntoIterator;
pub use core::marker::{Send, Sync};
pub use core::option::Option::{self, None, Some};
pub use core::primitive::{bool, f64, i64, str, u8, u32, usize};
pub use core::result::Result::{self, Err, Ok};
pub use core::{concat, panic, stringify, unreachable};
pub use serde;
pub use serde_json::Value as Json;
pub use std::borrow::ToOwned;
pub use std::boxed::Box;
pub use std::string::{String, ToString};
pub use std::vec::Vec;

/// `null`
#[must_use]
pub const fn null() -> Value {
    Value::NULL
}

/// A boolean.
#[must_use]
pub fn boolean(value: bool) -> Value {
    value.into()
}

/// A string.
#[must_use]
pub fn string(value: impl Into<String>) -> Value {
    Value::from(value.into())
}

/// The number that a JSON literal writes.
///
/// # Panics
/// If it is no such literal: the compiler has read it as one.
#[must_use]
pub fn number(literal: &str) -> Value {
    Value::number(literal).unwrap_or_else(|| panic!("`{literal}` is no JSON number"))
}

/// An array.
#[must_use]
pub fn array(items: impl IntoIterator<Item = Value>) -> Value {
    Value::array(items)
}

/// An object.
#[must_use]
pub fn object<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::object(entries)
}
