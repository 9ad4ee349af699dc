//! **What**: a request is of one piece: no body with `GET`, no header twice.
//!
//! **Why**: many servers ignore or refuse the body of a `GET`; the `method` was probably forgotten. Of a header given
//! twice only the last is sent.
//!
//! **Example**: `{"!http": {"path": "/hooks", "body": {"url": "${webhook.url}"}}}`

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{CommandKind, Method, Value, ValueKind};
use crate::source::{Span, Spanned};
use std::collections::BTreeMap;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        match &command.kind {
            CommandKind::Http(http) => {
                headers(&http.headers, sink);
                if let (Method::Get | Method::Options, Some(body)) = (http.method, &http.body) {
                    check_body(command.key, body, sink);
                }
            }
            CommandKind::Respond(respond) => headers(&respond.headers, sink),
            _ => {}
        }
    });
}

fn check_body(key: Span, body: &Value, sink: &mut Sink) {
    let is_empty = match &body.kind {
        ValueKind::Null => true,
        ValueKind::Object(members) => members.is_empty(),
        _ => false,
    };
    if !is_empty {
        sink.push(
            Diagnostic::new(Code::BodyWithGet, body.span, "a body in a `GET` request")
                .label("may be ignored or refused")
                .secondary(key, "`GET` is the method where none is given")
                .help("say what is meant: `\"method\": \"POST\"`, or `params` instead of `body`"),
        );
    }
}

fn headers(headers: &[(Spanned<String>, Value)], sink: &mut Sink) {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    for (name, _) in headers {
        if let Some(earlier) = first.insert(name.value.to_ascii_lowercase(), name.span) {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateHeader,
                    name.span,
                    format!("the header `{}` is given twice", name.value),
                )
                .label("this one is sent")
                .secondary(earlier, "this one is not")
                .note("the names of headers are the same in upper and lower case")
                .help("remove one of the two"),
            );
        }
    }
}
