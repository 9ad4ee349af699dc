//! Reading JSON: checked before the recursive reader sees it, so that no document can exhaust stack or time.

use super::{Value, sanitize};
use serde::de::IgnoredAny;

/// The most characters of a number. Reading an integer takes time quadratic in its digits.
pub(crate) const MAX_DIGITS: usize = 1_000;

/// Why a text is not read as JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// It is nested too deeply.
    #[error("nested more than {limit} levels deep")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// It holds a number that is too long.
    #[error("a number of more than {limit} digits")]
    NumberTooLong {
        /// How long it may be.
        limit: usize,
    },
}

impl JsonError {
    /// Whether it may be a text that never was meant to be JSON.
    pub(crate) const fn is_syntax(&self) -> bool {
        matches!(self, Self::Syntax(_))
    }
}

/// Reads one strict JSON document of at most `depth` levels.
pub(crate) fn parse_within(json: &[u8], depth: usize) -> Result<Value, JsonError> {
    guard(json, depth)?;
    let syntax = |error: &dyn std::fmt::Display| JsonError::Syntax(error.to_string());
    let text = std::str::from_utf8(json).map_err(|error| syntax(&error))?;
    // jaq reads a superset (comments, NaN, byte strings): this decides what is JSON.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| syntax(&error))?;
    match jaq_json::read::parse_single(json) {
        Ok(value) => Ok(Value::new(value)),
        // JSON allows half a surrogate pair, jaq does not: it becomes U+FFFD, as in jq.
        Err(_) => {
            let mended = sanitize::mend_surrogates(text);
            jaq_json::read::parse_single(mended.as_bytes()).map(Value::new).map_err(|error| syntax(&error))
        }
    }
}

/// Refuses nesting and numbers that jaq's reader cannot bear. Exact on everything it reads, comments included.
pub(crate) fn guard(text: &[u8], limit: usize) -> Result<(), JsonError> {
    let (mut depth, mut digits) = (0_usize, 0_usize);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits > MAX_DIGITS {
            return Err(JsonError::NumberTooLong { limit: MAX_DIGITS });
        }
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return Err(JsonError::TooDeep { limit });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => while bytes.next().is_some_and(|byte| *byte != b'\n') {},
            b'"' => loop {
                match bytes.next() {
                    Some(b'\\') => _ = bytes.next(),
                    Some(b'"') | None => break,
                    Some(_) => {}
                }
            },
            _ => {}
        }
    }
    Ok(())
}

/// Whether it is a number as JSON writes one.
pub(super) fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let integer = digits(text);
    if integer == 0 || (integer > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[integer..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        rest = &fraction[count..];
        if count == 0 {
            return false;
        }
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}
