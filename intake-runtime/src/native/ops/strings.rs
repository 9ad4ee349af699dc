//! Strings.

use super::super::{Stop, fail, math::integer, site};
use super::{Output, tostring, utf8};
use jaq_json::Val;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// The bytes of a string.
fn bytes(value: &Val) -> Result<&[u8], Stop> {
    site()?;
    match value {
        Val::TStr(text) => Ok(text),
        Val::BStr(_) => Err(Stop::Bail),
        _ => fail(),
    }
}

/// The characters of a string.
fn chars(value: &Val) -> Result<&str, Stop> {
    utf8(bytes(value)?)
}

fn string(text: impl Into<Vec<u8>>) -> Val {
    Val::utf8_str(text.into())
}

/// `ascii_downcase`
///
/// # Errors
/// As jaq.
pub fn ascii_downcase(value: &Val) -> Output {
    Ok(string(bytes(value)?.to_ascii_lowercase()))
}

/// `ascii_upcase`
///
/// # Errors
/// As jaq.
pub fn ascii_upcase(value: &Val) -> Output {
    Ok(string(bytes(value)?.to_ascii_uppercase()))
}

/// `utf8bytelength`
///
/// # Errors
/// As jaq.
pub fn utf8bytelength(value: &Val) -> Output {
    Ok(bytes(value)?.len().into())
}

/// `trim`
///
/// # Errors
/// As jaq.
pub fn trim(value: &Val) -> Output {
    Ok(string(chars(value)?.trim()))
}

/// `ltrim`
///
/// # Errors
/// As jaq.
pub fn ltrim(value: &Val) -> Output {
    Ok(string(chars(value)?.trim_start()))
}

/// `rtrim`
///
/// # Errors
/// As jaq.
pub fn rtrim(value: &Val) -> Output {
    Ok(string(chars(value)?.trim_end()))
}

/// `startswith($prefix)`
///
/// # Errors
/// As jaq.
pub fn startswith(value: &Val, prefix: &Val) -> Output {
    Ok(Val::Bool(bytes(value)?.starts_with(bytes(prefix)?)))
}

/// `endswith($suffix)`
///
/// # Errors
/// As jaq.
pub fn endswith(value: &Val, suffix: &Val) -> Output {
    Ok(Val::Bool(bytes(value)?.ends_with(bytes(suffix)?)))
}

/// `ltrimstr($prefix)`
///
/// # Errors
/// As jaq.
pub fn ltrimstr(value: &Val, prefix: &Val) -> Output {
    Ok(bytes(value)?.strip_prefix(bytes(prefix)?).map_or_else(|| value.clone(), string))
}

/// `rtrimstr($suffix)`
///
/// # Errors
/// As jaq.
pub fn rtrimstr(value: &Val, suffix: &Val) -> Output {
    Ok(bytes(value)?.strip_suffix(bytes(suffix)?).map_or_else(|| value.clone(), string))
}

/// `split($separator)`
///
/// # Errors
/// As jaq.
pub fn split(value: &Val, separator: &Val) -> Output {
    _ = (bytes(value)?, bytes(separator)?);
    Ok((value.clone() / separator.clone())?)
}

/// `join($separator)`
///
/// # Errors
/// As jaq.
pub fn join(value: &Val, separator: &Val) -> Output {
    site()?;
    let Val::Arr(items) = value else { return fail() };
    let mut text = Vec::new();
    for (index, item) in items.iter().enumerate() {
        // jaq adds the separator to each item but the last: of fewer than two items it is not looked at.
        match separator {
            _ if index == 0 => {}
            Val::TStr(separator) => text.extend_from_slice(separator),
            Val::Null => {}
            _ => return fail(),
        }
        match item {
            Val::TStr(item) => text.extend_from_slice(item),
            other => text.extend_from_slice(bytes(&tostring(other)?)?),
        }
    }
    Ok(string(text))
}

/// `explode`
///
/// # Errors
/// As jaq.
pub fn explode(value: &Val) -> Output {
    Ok(chars(value)?.chars().map(|char| Val::from(char as usize)).collect())
}

/// `implode`
///
/// # Errors
/// As jaq. Bails out on what is no character.
pub fn implode(value: &Val) -> Output {
    site()?;
    let Val::Arr(items) = value else { return fail() };
    let char = |item: &Val| char::from_u32(u32::try_from(integer(item)?).ok()?);
    let text: Option<String> = items.iter().map(char).collect();
    text.map(string).ok_or(Stop::Bail)
}

/// `escape_sh`
///
/// # Errors
/// As jaq.
pub fn escape_sh(value: &Val) -> Output {
    Ok(string(chars(value)?.replace('\'', "'\\''")))
}

/// `escape_html`
///
/// # Errors
/// As jaq.
pub fn escape_html(value: &Val) -> Output {
    let mut escaped = String::new();
    for char in chars(value)?.chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    Ok(string(escaped))
}

/// What a URI's part may hold as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `encode_uri`
///
/// # Errors
/// As jaq.
pub fn encode_uri(value: &Val) -> Output {
    Ok(string(percent_encode(bytes(value)?, RESERVED).to_string()))
}

/// `encode_base64`
///
/// # Errors
/// As jaq.
pub fn encode_base64(value: &Val) -> Output {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = bytes(value)?;
    let mut encoded = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_usize, |group, byte| (group << 8) | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * position)) & 63];
            encoded.push(if position <= chunk.len() { digit } else { b'=' });
        }
    }
    Ok(string(encoded))
}
