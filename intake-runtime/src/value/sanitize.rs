//! From what jaq calls a value to what JSON calls one.

use super::parse::is_number;
use super::{MAX_DEPTH, within_depth};
use jaq_json::{Map, Num, Val};

/// Why a jaq value is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsound {
    #[error("its output is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    #[error("its output holds an object whose key is not a string")]
    Key,
    #[error("its output holds bytes that are not text")]
    Bytes,
}

/// Makes a value JSON the way jq's printer does: NaN is null, the infinities are the largest numbers, invalid UTF-8
/// becomes U+FFFD. What jq could not even hold is refused.
pub(crate) fn sanitize(value: Val) -> Result<Val, (Val, Unsound)> {
    if !within_depth(&value, MAX_DEPTH) {
        return Err((value, Unsound::TooDeep));
    }
    match inspect(&value) {
        Ok(true) => Ok(value),
        Ok(false) => Ok(rebuild(&value)),
        Err(unsound) => Err((value, unsound)),
    }
}

/// Whether a value is JSON as it stands.
fn inspect(value: &Val) -> Result<bool, Unsound> {
    match value {
        Val::Null | Val::Bool(_) => Ok(true),
        Val::Num(Num::Float(number)) => Ok(number.is_finite()),
        Val::Num(Num::Dec(text)) => Ok(is_number(text.as_bytes())),
        Val::Num(_) => Ok(true),
        Val::BStr(_) => Err(Unsound::Bytes),
        Val::TStr(text) => Ok(std::str::from_utf8(text).is_ok()),
        Val::Arr(items) => items.iter().try_fold(true, |sound, item| Ok(inspect(item)? && sound)),
        Val::Obj(entries) => entries.iter().try_fold(true, |sound, (key, value)| {
            let Val::TStr(key) = key else { return Err(Unsound::Key) };
            Ok(inspect(value)? && std::str::from_utf8(key).is_ok() && sound)
        }),
    }
}

fn rebuild(value: &Val) -> Val {
    match value {
        Val::Num(Num::Float(number)) => float(*number),
        Val::Num(Num::Dec(text)) if !is_number(text.as_bytes()) => text.parse().map_or(Val::Null, float),
        Val::TStr(text) => Val::from(String::from_utf8_lossy(text).into_owned()),
        Val::Arr(items) => items.iter().map(rebuild).collect(),
        Val::Obj(entries) => {
            Val::obj(entries.iter().map(|(key, value)| (rebuild(key), rebuild(value))).collect::<Map>())
        }
        other => other.clone(),
    }
}

fn float(number: f64) -> Val {
    if number.is_nan() { Val::Null } else { Val::from(number.clamp(f64::MIN, f64::MAX)) }
}

/// Replaces `\u` escapes that are half a surrogate pair by the escape of U+FFFD.
pub(super) fn mend_surrogates(json: &str) -> String {
    let code = |at: usize| {
        json.get(at..at + 6)
            .and_then(|escape| escape.strip_prefix("\\u"))
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
    };
    let mut mended = String::with_capacity(json.len());
    let mut at = 0;
    while let Some(next) = json[at..].find('\\').map(|offset| at + offset) {
        mended.push_str(&json[at..next]);
        let pair = matches!((code(next), code(next + 6)), (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)));
        let (escape, length) = match code(next) {
            Some(_) if pair => (&json[next..next + 12], 12),
            Some(0xD800..=0xDFFF) => ("\\ufffd", 6),
            // The character that is escaped may be any: the text was found to be JSON, so it is ASCII.
            _ => (&json[next..next + 2], 2),
        };
        mended.push_str(escape);
        at = next + length;
    }
    mended.push_str(&json[at..]);
    mended
}
