//! Whether a record type of the user's takes what the manifest gives: compared while the user's crate is compiled.
//!
//! `#[derive(intake::Record)]` says what a type takes, as serde reads it; the generated code compares that with what is
//! known of the manifest's records, in a constant whose evaluation fails with a message. What neither knows passes.

mod compare;
mod message;

pub use compare::mistakes;
pub use message::Message;

use crate::value::{Number, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// What a type takes.
#[derive(Clone, Copy, Debug)]
pub enum Taken {
    /// Nobody knows.
    Any,
    /// `null`
    Null,
    /// A boolean.
    Bool,
    /// A number without a fraction.
    Int,
    /// A number.
    Float,
    /// A string.
    String,
    /// This or `null`.
    Option(&'static Self),
    /// An array of these.
    Array(&'static Self),
    /// An object, these under any key.
    Map(&'static Self),
    /// An object with these keys.
    Struct(&'static TakenStruct),
}

/// What a struct takes.
#[derive(Debug)]
pub struct TakenStruct {
    /// The struct's name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [TakenField],
    /// The keys it does without.
    pub ignored: &'static [&'static str],
    /// Whether other keys go somewhere, as to a field that is flattened.
    pub others: bool,
}

/// What a field takes.
#[derive(Debug)]
pub struct TakenField {
    /// The field's name in Rust.
    pub name: &'static str,
    /// The keys it is read from.
    pub keys: &'static [&'static str],
    /// What it takes there.
    pub value: Taken,
    /// Whether the key may be missing.
    pub optional: bool,
}

/// Implemented by `#[derive(intake::Record)]`: what the type takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be checked against the manifest",
    label = "does not say what it takes",
    note = "add `#[derive(intake::Record)]` to it; or, if it is not yours or reads records by hand, name it as `unchecked {Self}` in `records(…)`"
)]
pub trait Takes {
    /// What it takes.
    const TAKES: Taken;
}

/// `Probe::<T>::TAKES` is `T`'s, or that nobody knows: an inherent constant goes before one of a trait.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T: Takes> Probe<T> {
    /// What `T` takes.
    pub const TAKES: Taken = T::TAKES;
}

impl<T> Probe<Option<T>> {
    /// Whether `T` may be missing.
    pub const OPTIONAL: bool = true;
}

/// What [`Probe`] falls back to.
pub trait Unknown {
    /// That nobody knows.
    const TAKES: Taken = Taken::Any;
    /// That it may not.
    const OPTIONAL: bool = false;
}

impl<T> Unknown for Probe<T> {}

macro_rules! takes {
    ($($taken:expr => $($of:ty),+;)*) => {
        $($(impl Takes for $of { const TAKES: Taken = $taken; })+)*
    };
}

macro_rules! takes_inner {
    ($($taken:ident => $($of:ident),+;)*) => {
        $($(impl<T: Takes> Takes for $of<T> { const TAKES: Taken = takes_inner!(@ $taken); })+)*
    };
    (@ Same) => { T::TAKES };
    (@ $taken:ident) => { Taken::$taken(&T::TAKES) };
}

takes! {
    Taken::Any => Value, serde_json::Value;
    Taken::Null => ();
    Taken::Bool => bool;
    Taken::Int => i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize;
    Taken::Float => f32, f64, Number, serde_json::Number;
    Taken::String => String, char, Box<str>, Arc<str>, Rc<str>, Cow<'static, str>;
}

takes_inner! {
    Same => Box, Arc, Rc;
    Option => Option;
    Array => Vec, VecDeque, BTreeSet;
}

impl<T: Takes, S> Takes for HashSet<T, S> {
    const TAKES: Taken = Taken::Array(&T::TAKES);
}

impl<T: Takes> Takes for BTreeMap<String, T> {
    const TAKES: Taken = Taken::Map(&T::TAKES);
}

impl<T: Takes, S> Takes for HashMap<String, T, S> {
    const TAKES: Taken = Taken::Map(&T::TAKES);
}
