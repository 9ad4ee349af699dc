//! **What**: headers have names and values that HTTP can carry, and are not among those that frame a message.
//!
//! **Why**: a request with such a header is never sent. The client sets `host`, `content-length` and the like by
//! itself; set by hand they contradict the message and open it to smuggling.
//!
//! **Example**: `"headers": {"content type": "application/json"}`

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{AuthKind, CommandKind, Value, ValueKind};
use crate::source::{Span, Spanned};
use crate::template::Part;

/// Headers about the connection or the framing of the message, not about what it says.
const FRAMING: &[&str] = &[
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for kind in manifest.auth.iter().filter_map(|method| method.kind.as_ref()) {
        let AuthKind::Token { header_key, token_prefix, .. } = kind else { continue };
        header_key.iter().for_each(|key| check_name(key, sink));
        token_prefix.iter().for_each(|prefix| check_text(&prefix.value, prefix.span, sink));
    }
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        let headers = match &command.kind {
            CommandKind::Http(http) => &http.headers,
            CommandKind::Respond(respond) => &respond.headers,
            _ => return,
        };
        for (name, value) in headers {
            check_name(name, sink);
            check_value(value, sink);
        }
    });
}

fn check_name(name: &Spanned<String>, sink: &mut Sink) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.value.contains("${") {
        return; // reported: names take no variables
    }
    if name.value.is_empty() || !name.value.chars().all(is_token) {
        let message = match name.value.chars().find(|c| !is_token(*c)) {
            Some(c) => format!("the name of a header cannot hold {}", shown(c)),
            None => "a header without a name".to_owned(),
        };
        let help = "a header's name consists of ASCII letters, digits, `-` and a few other signs";
        return sink.push(Diagnostic::new(Code::InvalidHeader, name.span, message).help(help));
    }
    if FRAMING.contains(&name.value.to_ascii_lowercase().as_str()) {
        let message = format!("the header `{}` is not for a manifest to set", name.value);
        sink.push(
            Diagnostic::new(Code::InvalidHeader, name.span, message)
                .note("it is about the connection or the length of the message, which HTTP itself takes care of")
                .help("remove it"),
        );
    }
}

fn check_value(value: &Value, sink: &mut Sink) {
    let ValueKind::String(template) = &value.kind else { return };
    for part in &template.parts {
        if let Part::Text(text) = part {
            check_text(&text.value, template.span, sink);
        }
    }
}

fn check_text(text: &str, span: Span, sink: &mut Sink) {
    if let Some(c) = text.chars().find(|c| *c != '\t' && !(' '..='~').contains(c)) {
        let message = format!("the value of a header cannot hold {}", shown(c));
        sink.push(
            Diagnostic::new(Code::InvalidHeader, span, message)
                .note("a header is one line of visible ASCII characters")
                .help("remove it, or encode the value as the vendor asks for it"),
        );
    }
}

fn shown(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        _ if c.is_control() => format!("U+{:04X}", c as u32),
        _ => format!("`{c}`"),
    }
}
