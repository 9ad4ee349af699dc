//! What the body of a call holds.

use crate::scan::{Bail, Cursor, Keeper};
use crate::value::Value;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// What a body holds.
pub(super) enum Content {
    Empty,
    /// As compact JSON, as [`Value::to_json`] writes it.
    Json(Bytes),
    Other,
}

impl Content {
    /// Reads a form where the content type says so, and JSON everywhere else, as many vendors name another type.
    pub(super) fn of(headers: &HeaderMap, body: &Bytes) -> Self {
        let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if body.iter().all(u8::is_ascii_whitespace) {
            Self::Empty
        } else if media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::Json(form(body).to_json().into())
        } else {
            json(body).map_or(Self::Other, Self::Json)
        }
    }

    /// The payload, if it is one.
    pub(super) fn payload(self) -> Option<Bytes> {
        match self {
            Self::Json(payload) => Some(payload),
            Self::Empty | Self::Other => None,
        }
    }

    /// The body as `verification` sees it: whatever it is.
    pub(super) fn lenient(&self, body: &[u8]) -> Value {
        match self {
            Self::Empty => Value::NULL,
            Self::Json(payload) => Value::printed(payload.clone()),
            Self::Other => String::from_utf8_lossy(body).into_owned().into(),
        }
    }
}

/// JSON made compact, its repeated keys dropped. In most cases by one walk over it, without building anything; where it
/// is compact already, it is the same bytes.
fn json(body: &Bytes) -> Option<Bytes> {
    walked(body).or_else(|_| Value::from_json(body).map(|value| value.to_json().into())).ok()
}

fn walked(body: &Bytes) -> Result<Bytes, Bail> {
    let mut cursor = Cursor::new(body)?;
    let start = cursor.mark();
    let kept = cursor.keep(&mut Keeper::new())?;
    let length = cursor.since(start).len();
    cursor.end()?;
    if kept.is_written() {
        return Ok(body.slice(start..start + length));
    }
    let mut out = Vec::with_capacity(length);
    kept.print(&mut out)?;
    Ok(out.into())
}

/// An object of a form's or a query's keys. A key that comes several times has an array.
pub(super) fn form(encoded: &[u8]) -> Value {
    let mut order: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(encoded) {
        let entry = values.entry(key.clone().into_owned()).or_default();
        if entry.is_empty() {
            order.push(key.into_owned());
        }
        entry.push(value.into_owned().into());
    }
    Value::object(order.into_iter().map(|key| {
        let mut list = values.remove(&key).unwrap_or_default();
        let value = if list.len() == 1 { list.remove(0) } else { Value::array(list) };
        (key, value)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_made_compact_without_building_it_as_if_it_were_built() {
        for (text, copies) in [
            (r#"{"a":[1,2.50,"x"],"b":null}"#, false),
            ("  [1]\n", false),
            (r#"{"a": 1}"#, true),
            (r#"{"a":"\u00e9\/","b":-0}"#, true),
            (r#"{"a":1,"a":2,"b":{"c":[{"c":1,"c":2}]}}"#, true),
            ("7", false),
            (r#""x""#, false),
        ] {
            let body = Bytes::copy_from_slice(text.as_bytes());
            let compact = json(&body).unwrap();
            assert_eq!(compact, Value::from_json(text.as_bytes()).unwrap().to_json(), "{text}");
            let inside = body.as_ptr_range().contains(&compact.as_ptr());
            assert_eq!(inside, !copies, "{text}");
        }
        // Too deep to be walked over, and not too deep to be read.
        let deep = Bytes::from(format!("{}1{}", "[".repeat(400), "]".repeat(400)));
        assert_eq!(json(&deep).unwrap(), deep);
        for text in ["", "{", "[1,]", "1 2", "\u{feff}{}x", "nul", "{\"a\":1,}", "\"\t\""] {
            assert!(json(&Bytes::copy_from_slice(text.as_bytes())).is_none(), "{text}");
        }
        assert!(json(&Bytes::from("[".repeat(100_000))).is_none());
    }
}
