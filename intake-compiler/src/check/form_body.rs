//! **What**: the body of a form-encoded request is an object.
//!
//! **Why**: a form is names and values; nothing else can be encoded as one.
//!
//! **Example**: `"body": "grant_type=client_credentials"` under `content-type: application/x-www-form-urlencoded`.

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{CommandKind, Http, Value, ValueKind};
use crate::source::Span;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        let CommandKind::Http(http) = &command.kind else { return };
        let (Some(content_type), Some(body)) = (form_content_type(http), &http.body) else { return };
        if !can_be_object(body) {
            sink.push(
                Diagnostic::new(Code::BodyNotForm, body.span, "the body of a form-encoded request is not an object")
                    .label("has no names and values")
                    .secondary(content_type, "asks for a form")
                    .help("write the form as an object: `{\"name\": \"value\"}`; it is encoded when it is sent"),
            );
        }
    });
}

fn form_content_type(http: &Http) -> Option<Span> {
    let (_, value) = http.headers.iter().find(|(name, _)| name.value.eq_ignore_ascii_case("content-type"))?;
    let ValueKind::String(template) = &value.kind else { return None };
    let media_type = template.as_literal()?.split(';').next()?.trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded").then_some(value.span)
}

fn can_be_object(body: &Value) -> bool {
    match &body.kind {
        ValueKind::Object(_) => true,
        ValueKind::String(template) => template.as_single_variable().is_some(),
        _ => false,
    }
}
