//! What a URL's parts may be. Written against what the WHATWG URL standard forgives: backslashes, tabs, line breaks,
//! `%2e`, hosts that are numbers in disguise.

use super::UrlError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986's unreserved characters and `/` stay as they are.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

pub(super) fn escape_path(value: &str) -> percent_encoding::PercentEncode<'_> {
    utf8_percent_encode(value, PATH)
}

/// The part between `//` and the path.
pub(super) struct Authority<'t> {
    pub(super) text: &'t str,
    /// Whether a path or query follows.
    pub(super) ends: bool,
    rest: &'t str,
    scheme: &'static str,
}

/// The authority of a text that begins with `http://` or `https://`.
pub(super) fn authority(text: &str) -> Option<Authority<'_>> {
    let after = |scheme: &'static str| {
        let (head, rest) = text.split_once("://")?;
        head.eq_ignore_ascii_case(scheme).then_some((scheme, rest))
    };
    let (scheme, text) = after("https").or_else(|| after("http"))?;
    let end = text.find(['/', '?']);
    let (text, rest) = text.split_at(end.unwrap_or(text.len()));
    Some(Authority { text, ends: end.is_some(), rest, scheme })
}

/// No text of a URL has these: a parser would strip them, or take them for something else.
pub(super) fn check_text(text: &str) -> Result<(), &'static str> {
    let refused = |found: char| match found {
        '\\' => Some("a backslash, which a parser takes for `/`"),
        '#' => Some("a fragment (`#`), which is never sent"),
        found if found.is_control() => Some("a control character"),
        found if found.is_whitespace() => Some("white space"),
        _ => None,
    };
    text.chars().find_map(refused).map_or(Ok(()), Err)
}

/// Labels of letters, digits and inner hyphens.
pub(super) fn check_host(host: &str) -> Result<(), &'static str> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if host.len() > 253 {
        Err("it is longer than 253 characters")
    } else if host.split('.').all(label) {
        Ok(())
    } else {
        Err("a host is made of letters, digits and hyphens, with dots between")
    }
}

/// Whether a path has a segment that leads elsewhere, in any spelling a parser knows.
pub(super) fn climbs(path: &str) -> bool {
    path.split('/').any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
}

/// Parses a URL; what comes out is what went in.
pub(super) fn finish(text: &str) -> Result<url::Url, UrlError> {
    let invalid = |reason: &str| UrlError::Invalid(reason.to_owned());
    check_text(text).map_err(|reason| invalid(&format!("it has {reason}")))?;
    let authority = authority(text).ok_or_else(|| invalid("it begins with neither `http://` nor `https://`"))?;
    if authority.text.contains('@') {
        return Err(invalid("it has user info (`@`) before the host; credentials belong to the connection"));
    }
    let path = authority.rest.split('?').next().unwrap_or_default();
    if climbs(path) {
        return Err(invalid("its path has a segment `.` or `..`, which leads elsewhere"));
    }
    let url = url::Url::parse(text).map_err(|error| invalid(&error.to_string()))?;
    let (host, port) = split_port(authority.text);
    let default = if authority.scheme == "https" { 443 } else { 80 };
    let same_port = match port {
        Some(port) => port.parse().ok() == url.port_or_known_default(),
        None => url.port_or_known_default() == Some(default),
    };
    let same_host = url.host_str().is_some_and(|parsed| parsed.eq_ignore_ascii_case(host));
    let same_path = url.path().split('/').count() == path.split('/').count().max(2);
    if url.scheme() == authority.scheme && same_host && same_port && same_path {
        Ok(url)
    } else {
        Err(invalid("a parser reads another host or path than is written; write the host in its plain ASCII form"))
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}
