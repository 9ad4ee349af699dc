//! What a projected filter computes with: values of the document, its variables, and scalars made of them.
//!
//! Whatever jq has a particular opinion on (sums of arrays, indices of strings, errors) bails.

use super::keep::Prints;
use super::rewrite::{characters, print_body};
use super::{Bail, Cursor, Raw, site};
use crate::value::{Value, write_string};
use jaq_json::{Num, Val};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::Write;

/// A value.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// One of the document.
    Raw(Raw<'a>),
    /// One of a variable.
    Value(&'a Value),
    /// A string.
    Text(&'a str),
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(isize),
    /// Any other number; it is finite.
    Float(f64),
    /// `null`
    Null,
}

/// A value that is taken apart as far as filters need it; in jq's order of kinds.
enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Num),
    Text(Cow<'a, [u8]>),
    Array,
    Object,
}

impl Scalar<'_> {
    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
            Self::Array => 4,
            Self::Object => 5,
        }
    }
}

impl<'a> Raw<'a> {
    /// A number that the program writes; it is written as it is printed.
    #[must_use]
    pub const fn constant(text: &'a str) -> Self {
        Self { text: text.as_bytes(), prints: Prints::Written }
    }

    #[inline(always)]
    fn first(&self) -> u8 {
        self.text.first().copied().unwrap_or(b'n')
    }

    /// What is between the quotes of a string.
    #[inline(always)]
    fn body(&self) -> &'a [u8] {
        self.text.get(1..self.text.len() - 1).unwrap_or_default()
    }

    const fn cursor(&self) -> Cursor<'a> {
        Cursor::over(self.text)
    }

    fn number(&self) -> Result<Num, Bail> {
        let text = std::str::from_utf8(self.text).map_err(|_| Bail)?;
        if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
            return text.parse().map(Num::Float).map_err(|_| Bail);
        }
        // Of an integer that is too large every digit would count.
        text.parse().map(Num::Int).map_err(|_| Bail)
    }

    fn scalar(&self) -> Result<Scalar<'a>, Bail> {
        Ok(match self.first() {
            b'n' => Scalar::Null,
            b't' => Scalar::Bool(true),
            b'f' => Scalar::Bool(false),
            b'[' => Scalar::Array,
            b'{' => Scalar::Object,
            b'"' => Scalar::Text(decoded(self.body())),
            _ => Scalar::Number(self.number()?),
        })
    }

    fn length(&self) -> Result<usize, Bail> {
        let mut cursor = self.cursor();
        let mut count = 0;
        match self.first() {
            b'n' => {}
            b'"' => return Ok(chars(&decoded(self.body()))),
            b'[' => {
                if !cursor.open(b'[', b']')? {
                    loop {
                        cursor.skip()?;
                        count += 1;
                        if cursor.closes(b']')? {
                            break;
                        }
                    }
                }
            }
            b'{' if self.prints != Prints::Tree => {
                if !cursor.open(b'{', b'}')? {
                    loop {
                        cursor.key()?;
                        cursor.skip()?;
                        count += 1;
                        if cursor.closes(b'}')? {
                            break;
                        }
                    }
                }
            }
            _ => return Err(Bail),
        }
        Ok(count)
    }
}

fn decoded(body: &[u8]) -> Cow<'_, [u8]> {
    if !body.contains(&b'\\') {
        return Cow::Borrowed(body);
    }
    let mut text = Vec::with_capacity(body.len());
    characters(body, |part| text.extend_from_slice(part));
    Cow::Owned(text)
}

/// How many characters UTF-8 has.
fn chars(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

impl<'a> Part<'a> {
    /// A variable's value.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn variable(variables: &'a [Value], index: usize) -> Result<Self, Bail> {
        site()?;
        variables.get(index).map(Self::Value).ok_or(Bail)
    }

    /// Before the first byte of a value of the document.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn cursor(&self) -> Result<Cursor<'a>, Bail> {
        site()?;
        match self {
            Self::Raw(raw) => Ok(raw.cursor()),
            _ => Err(Bail),
        }
    }

    /// Before the first byte of an array of the document.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn items(&self) -> Result<Cursor<'a>, Bail> {
        site()?;
        match self {
            Self::Raw(raw) if raw.first() == b'[' => Ok(raw.cursor()),
            _ => Err(Bail),
        }
    }

    /// `type`
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Raw(raw) => match raw.first() {
                b'n' => "null",
                b't' | b'f' => "boolean",
                b'"' => "string",
                b'[' => "array",
                b'{' => "object",
                _ => "number",
            },
            Self::Value(value) => match value.tree() {
                Val::Null => "null",
                Val::Bool(_) => "boolean",
                Val::Num(_) => "number",
                Val::TStr(_) | Val::BStr(_) => "string",
                Val::Arr(_) => "array",
                Val::Obj(_) => "object",
            },
            Self::Text(_) => "string",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::Float(_) => "number",
            Self::Null => "null",
        }
    }

    fn text(&self) -> Result<Cow<'a, [u8]>, Bail> {
        match self.scalar()? {
            Scalar::Text(text) => Ok(text),
            _ => Err(Bail),
        }
    }

    /// `startswith`
    ///
    /// # Errors
    /// If one of them is no string.
    pub fn starts_with(&self, other: &Part<'_>) -> Result<bool, Bail> {
        Ok(self.text()?.starts_with(&other.text()?))
    }

    /// `endswith`
    ///
    /// # Errors
    /// If one of them is no string.
    pub fn ends_with(&self, other: &Part<'_>) -> Result<bool, Bail> {
        Ok(self.text()?.ends_with(&other.text()?))
    }

    /// `-`, before a number
    ///
    /// # Errors
    /// If it is none, or one that is written as the document does: its digits would be kept.
    pub fn negate(self) -> Result<Self, Bail> {
        match self {
            Self::Float(number) => Ok(Self::Float(-number)),
            _ => match self.scalar()? {
                Scalar::Number(number @ Num::Int(_)) => Self::of(-number),
                _ => Err(Bail),
            },
        }
    }

    /// Appends the sum with another as compact JSON.
    ///
    /// # Errors
    /// As [`plus`](Self::plus), but strings have one.
    pub fn print_sum(self, other: Self, out: &mut Vec<u8>) -> Result<(), Bail> {
        if self.type_name() != "string" || other.type_name() != "string" {
            return self.plus(other)?.print(out);
        }
        out.push(b'"');
        self.print_string(out)?;
        other.print_string(out)?;
        out.push(b'"');
        Ok(())
    }

    /// Appends what `join` makes of an array of scalars, for between quotes.
    ///
    /// # Errors
    /// If it is none.
    pub fn print_joined(&self, separator: &[u8], out: &mut Vec<u8>) -> Result<(), Bail> {
        let mut cursor = self.items()?;
        if cursor.open(b'[', b']')? {
            return Ok(());
        }
        loop {
            Part::Raw(cursor.scalar()?).print_tostring(out)?;
            if cursor.closes(b']')? {
                return Ok(());
            }
            out.extend_from_slice(separator);
        }
    }

    fn scalar(&self) -> Result<Scalar<'a>, Bail> {
        site()?;
        Ok(match *self {
            Self::Raw(raw) => raw.scalar()?,
            Self::Text(text) => Scalar::Text(Cow::Borrowed(text.as_bytes())),
            Self::Bool(boolean) => Scalar::Bool(boolean),
            Self::Int(number) => Scalar::Number(Num::Int(number)),
            Self::Float(number) => Scalar::Number(Num::Float(number)),
            Self::Null => Scalar::Null,
            Self::Value(value) => match value.tree() {
                Val::Null => Scalar::Null,
                Val::Bool(boolean) => Scalar::Bool(*boolean),
                Val::Num(Num::BigInt(_)) | Val::BStr(_) => return Err(Bail),
                Val::Num(number) => Scalar::Number(number.clone()),
                Val::TStr(text) => Scalar::Text(Cow::Borrowed(text)),
                Val::Arr(_) => Scalar::Array,
                Val::Obj(_) => Scalar::Object,
            },
        })
    }

    fn of(number: Num) -> Result<Self, Bail> {
        match number {
            Num::Int(number) => Ok(Self::Int(number)),
            Num::Float(number) if number.is_finite() => Ok(Self::Float(number)),
            _ => Err(Bail),
        }
    }

    /// Whether it is neither `false` nor `null`.
    #[inline]
    #[must_use]
    pub fn truthy(&self) -> bool {
        match self {
            Self::Raw(raw) => !matches!(raw.text.first(), Some(b'n' | b'f') | None),
            Self::Value(value) => !matches!(value.tree(), Val::Null | Val::Bool(false)),
            Self::Bool(boolean) => *boolean,
            Self::Null => false,
            Self::Text(_) | Self::Int(_) | Self::Float(_) => true,
        }
    }

    /// Appends it as compact JSON.
    ///
    /// # Errors
    /// Of no value of the document.
    #[inline]
    pub fn print(&self, out: &mut Vec<u8>) -> Result<(), Bail> {
        site()?;
        match self {
            Self::Raw(raw) => return raw.print(out),
            Self::Value(value) => out.extend_from_slice(&value.json()),
            Self::Text(text) => {
                out.push(b'"');
                write_string(text.as_bytes(), out);
                out.push(b'"');
            }
            Self::Bool(boolean) => out.extend_from_slice(if *boolean { b"true" } else { b"false" }),
            Self::Int(number) => print_number(&Num::Int(*number), out),
            Self::Float(number) => print_number(&Num::Float(*number), out),
            Self::Null => out.extend_from_slice(b"null"),
        }
        Ok(())
    }

    /// Appends what a sum of strings has of it, for between its quotes: a string's characters, of null nothing.
    ///
    /// # Errors
    /// If it is neither.
    #[inline]
    pub fn print_term(&self, out: &mut Vec<u8>) -> Result<(), Bail> {
        match self {
            Self::Raw(raw) if raw.first() == b'n' => Ok(()),
            Self::Null => Ok(()),
            Self::Value(value) if value.is_null() => Ok(()),
            _ => self.print_string(out),
        }
    }

    /// Appends a string, for between quotes.
    ///
    /// # Errors
    /// If it is none.
    #[inline]
    pub fn print_string(&self, out: &mut Vec<u8>) -> Result<(), Bail> {
        site()?;
        match self {
            Self::Raw(raw) if raw.first() == b'"' => match raw.prints {
                Prints::Written => out.extend_from_slice(raw.body()),
                _ => print_body(raw.body(), out),
            },
            Self::Text(text) => write_string(text.as_bytes(), out),
            Self::Value(value) => write_string(value.as_str().ok_or(Bail)?.as_bytes(), out),
            _ => return Err(Bail),
        }
        Ok(())
    }

    /// Appends its `tostring`, for between quotes.
    ///
    /// # Errors
    /// If it is an array or an object.
    #[inline]
    pub fn print_tostring(&self, out: &mut Vec<u8>) -> Result<(), Bail> {
        match self {
            Self::Raw(raw) if matches!(raw.first(), b'[' | b'{') => Err(Bail),
            Self::Raw(raw) if raw.first() != b'"' => raw.print(out),
            Self::Value(value) if matches!(value.tree(), Val::Arr(_) | Val::Obj(_)) => Err(Bail),
            Self::Value(value) if value.as_str().is_none() => self.print(out),
            Self::Raw(_) | Self::Value(_) | Self::Text(_) => self.print_string(out),
            Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Null => self.print(out),
        }
    }

    /// How it stands to another in jq's order.
    ///
    /// # Errors
    /// If both are arrays, or both are objects.
    pub fn compare(&self, other: &Part<'_>) -> Result<Ordering, Bail> {
        let (left, right) = (self.scalar()?, other.scalar()?);
        match (&left, &right) {
            (Scalar::Bool(left), Scalar::Bool(right)) => Ok(left.cmp(right)),
            (Scalar::Number(left), Scalar::Number(right)) => Ok(left.cmp(right)),
            (Scalar::Text(left), Scalar::Text(right)) => Ok(left.cmp(right)),
            (Scalar::Array, Scalar::Array) | (Scalar::Object, Scalar::Object) => Err(Bail),
            _ => Ok(left.rank().cmp(&right.rank())),
        }
    }

    /// Whether they are equal.
    ///
    /// # Errors
    /// If both are arrays, or both are objects.
    #[inline]
    pub fn equals(&self, other: &Part<'_>) -> Result<bool, Bail> {
        match (self, other) {
            // The most usual: a string of the document and one of the program.
            (Self::Raw(raw), Part::Text(text)) if raw.first() == b'"' && raw.prints == Prints::Written => {
                let body = raw.body();
                if body == text.as_bytes() {
                    return Ok(!body.contains(&b'\\'));
                }
                if !body.contains(&b'\\') {
                    return Ok(false);
                }
                Ok(decoded(body).as_ref() == text.as_bytes())
            }
            _ => match (self.scalar()?, other.scalar()?) {
                (Scalar::Number(left), Scalar::Number(right)) => Ok(left == right),
                _ => Ok(self.compare(other)?.is_eq()),
            },
        }
    }

    /// `+`
    ///
    /// # Errors
    /// If they are neither numbers, nor is one of them null.
    pub fn plus(self, other: Self) -> Result<Self, Bail> {
        if self.is_null() {
            return Ok(other);
        }
        if other.is_null() {
            return Ok(self);
        }
        self.numbers(other, |left, right| left + right)
    }

    /// `-`
    ///
    /// # Errors
    /// If they are no numbers.
    pub fn minus(self, other: Self) -> Result<Self, Bail> {
        self.numbers(other, |left, right| left - right)
    }

    /// `*`
    ///
    /// # Errors
    /// If they are no numbers.
    pub fn times(self, other: Self) -> Result<Self, Bail> {
        self.numbers(other, |left, right| left * right)
    }

    /// `/`
    ///
    /// # Errors
    /// If they are no numbers, or the second is 0.
    pub fn over(self, other: Self) -> Result<Self, Bail> {
        self.numbers(other, |left, right| left / right)
    }

    /// `%`
    ///
    /// # Errors
    /// If they are no integers, or the second is 0.
    pub fn modulo(self, other: Self) -> Result<Self, Bail> {
        match (self.scalar()?, other.scalar()?) {
            (Scalar::Number(Num::Int(left)), Scalar::Number(Num::Int(right))) => {
                left.checked_rem(right).map(Self::Int).ok_or(Bail)
            }
            _ => Err(Bail),
        }
    }

    fn numbers(self, other: Self, compute: impl Fn(Num, Num) -> Num) -> Result<Self, Bail> {
        match (self.scalar()?, other.scalar()?) {
            (Scalar::Number(left), Scalar::Number(right)) => Self::of(compute(left, right)),
            _ => Err(Bail),
        }
    }

    /// `length`
    ///
    /// # Errors
    /// If it is a number or a boolean, or an object where a key may come twice.
    pub fn length(&self) -> Result<Self, Bail> {
        let length = match self {
            Self::Raw(raw) => raw.length()?,
            Self::Value(value) if value.as_array().is_some() || value.is_object() => value.len(),
            _ => match self.scalar()? {
                Scalar::Null => 0,
                Scalar::Text(text) => chars(&text),
                _ => return Err(Bail),
            },
        };
        isize::try_from(length).map(Self::Int).map_err(|_| Bail)
    }

    fn is_null(&self) -> bool {
        match self {
            Self::Raw(raw) => matches!(raw.text.first(), Some(b'n') | None),
            Self::Value(value) => value.is_null(),
            Self::Null => true,
            _ => false,
        }
    }
}

fn print_number(number: &Num, out: &mut Vec<u8>) {
    // A `Vec` takes every write.
    _ = write!(out, "{number}");
}

/// Where a value goes that is looked for under a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot<'a>(Option<Raw<'a>>);

impl<'a> Slot<'a> {
    /// Nothing is found yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// It is found.
    ///
    /// # Errors
    /// If it was before: the key comes twice.
    #[inline(always)]
    pub fn fill(&mut self, raw: Raw<'a>) -> Result<(), Bail> {
        site()?;
        match self.0.replace(raw) {
            None => Ok(()),
            Some(_) => Err(Bail),
        }
    }

    /// What was found; `null` if nothing was.
    #[inline(always)]
    #[must_use]
    pub fn get(&self) -> Part<'a> {
        self.0.map_or(Part::Null, Part::Raw)
    }
}
