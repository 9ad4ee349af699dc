//! `!http` and the headers it shares with `!respond`.

use super::fields::{Object, printable};
use super::value::{entries, url, value};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::json::{Member, Node};
use crate::manifest::grammar::{HTTP, METHODS, TARGETS};
use crate::manifest::model::{Address, Http, Value, ValueKind};
use crate::source::{Span, Spanned};
use crate::template::{Part, Template};
use crate::url_template::{has_scheme, is_absolute};

/// Decodes the argument of `!http`; `key` is the command's key.
pub(super) fn http(node: &Node, key: Span, sink: &mut Sink) -> Option<Http> {
    let object = Object::read(node, &HTTP, Some(key), sink)?;
    if let Some(member) = object.member("pagination") {
        let message = "`pagination` has no effect in an intake";
        sink.push(
            Diagnostic::new(Code::NoEffect, member.key.span, message)
                .note("an intake keeps its own place: in `polling_state`, moved on by `request`")
                .help("remove it"),
        );
    }
    Some(Http {
        method: object.word_or_default("method", &METHODS, sink),
        address: address(&object, sink),
        target: object.word_or_default("target", &TARGETS, sink),
        params: object
            .get("params")
            .map(|node| entries(node, "`params`", "a parameter's name", sink))
            .unwrap_or_default(),
        headers: object.get("headers").map(|node| headers(node, sink)).unwrap_or_default(),
        body: object.get("body").map(|node| value(node, sink)),
    })
}

/// Decodes `headers`: values of text.
pub(super) fn headers(node: &Node, sink: &mut Sink) -> Vec<(Spanned<String>, Value)> {
    let decoded = entries(node, "`headers`", "a header's name", sink);
    for (name, value) in &decoded {
        if let ValueKind::Array(_) | ValueKind::Object(_) = value.kind {
            let found = if matches!(value.kind, ValueKind::Array(_)) { "an array" } else { "an object" };
            let message = format!("expected the text of a header, found {found}");
            let label = format!("the value of `{}` is a string", printable(&name.value));
            sink.push(Diagnostic::new(Code::WrongType, value.span, message).label(label));
        }
    }
    decoded
}

fn address(object: &Object<'_>, sink: &mut Sink) -> Option<Address> {
    match (object.member("url"), object.member("path")) {
        (Some(url), path) => {
            if let Some(path) = path {
                sink.push(
                    Diagnostic::new(Code::NoEffect, path.key.span, "`path` has no effect beside `url`")
                        .secondary(url.key.span, "this is called")
                        .help("remove one of the two"),
                );
            }
            url_or_path(url, sink)
        }
        (None, Some(path)) => path_or_url(path, sink),
        (None, None) => {
            sink.push(
                Diagnostic::new(Code::MissingUrl, object.at, "`!http` without `path` or `url`")
                    .label("calls nothing")
                    .help("add `\"path\"`, which is joined to `api.base_url`, or `\"url\"`"),
            );
            None
        }
    }
}

fn url_or_path(member: &Member, sink: &mut Sink) -> Option<Address> {
    let template = url(&member.value, "`url`", sink)?;
    if template.parts.is_empty() || is_absolute(&template) {
        return Some(Address::Url(template));
    }
    let found = Diagnostic::new(Code::UrlInPath, member.value.span, "a relative `url` is read as a `path`")
        .label("has no scheme and host");
    sink.push(match host(&template) {
        Some(host) => {
            let start = Span::at(host.span.start as usize);
            found.suggest("add the scheme if it starts with a host", start, "https://")
        }
        None => found.fix("call it `path`", member.key.span, "\"path\""),
    });
    Some(Address::Path(template))
}

fn path_or_url(member: &Member, sink: &mut Sink) -> Option<Address> {
    let template = url(&member.value, "`path`", sink)?;
    if !has_scheme(&template) {
        return Some(Address::Path(template));
    }
    sink.push(
        Diagnostic::new(Code::UrlInPath, member.value.span, "an absolute URL as `path` is read as a `url`")
            .label("is not joined to `api.base_url`")
            .fix("call it `url`", member.key.span, "\"url\""),
    );
    Some(Address::Url(template))
}

/// The text that a relative URL starts with, if that is like `api.example.com/…`.
fn host(template: &Template) -> Option<&Spanned<String>> {
    let Some(Part::Text(text)) = template.parts.first() else { return None };
    let first = text.value.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host =
        first.contains('.') && !first.starts_with('.') && !first.ends_with(".json") && !first.ends_with(".php");
    is_host.then_some(text)
}
