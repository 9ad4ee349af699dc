//! **What**: secrets are not written into the manifest.
//!
//! **Why**: a manifest is kept, reviewed and shared as source code is, and so would the secret be.
//!
//! **Example**: `"headers": {"authorization": "Bearer sk_live_51H…"}`

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{AuthKind, CommandKind, Http, Value, ValueKind};
use crate::source::{Span, Spanned};
use crate::template::{Part, Template};

/// Names that mean a secret, in lower case without `-` and `_`.
const SECRET_NAMES: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "apisecret",
    "apitoken",
    "appsecret",
    "auth",
    "authkey",
    "authorization",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "consumersecret",
    "idtoken",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "proxyauthorization",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "sessiontoken",
    "sharedsecret",
    "signingsecret",
    "token",
    "webhooksecret",
    "xaccesstoken",
    "xapikey",
    "xapitoken",
    "xauthkey",
    "xauthtoken",
    "xtoken",
];

/// How a text that stands for a secret begins.
const PLACEHOLDERS: &[&str] =
    &["your", "insert", "change", "replace", "example", "placeholder", "todo", "enter", "add", "dummy", "secret_here"];

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    for kind in manifest.auth.iter().filter_map(|method| method.kind.as_ref()) {
        match kind {
            AuthKind::OAuth2(oauth2) => {
                oauth2.client_secret.iter().for_each(|secret| check_secret("`client_secret`", secret, sink));
                oauth2.token_request_body.iter().for_each(|body| check_pairs(body, "", sink));
            }
            AuthKind::Session { request_body, .. } => request_body.iter().for_each(|body| check_value(body, sink)),
            AuthKind::Basic { .. } | AuthKind::Token { .. } => {}
        }
    }
    visit::manifest(manifest, &mut |item, _| {
        let Item::Command(command) = item else { return };
        match &command.kind {
            CommandKind::Http(http) => check_http(http, sink),
            CommandKind::Sha { secret: Some(secret), .. } => check_secret("the secret of `!sha`", secret, sink),
            _ => {}
        }
    });
}

fn check_http(http: &Http, sink: &mut Sink) {
    check_entries(&http.params, sink);
    check_entries(&http.headers, sink);
    http.body.iter().for_each(|body| check_value(body, sink));
    if let Some(address) = &http.address {
        check_pairs(address.template(), "?", sink);
    }
}

fn check_value(value: &Value, sink: &mut Sink) {
    match &value.kind {
        ValueKind::Object(entries) => check_entries(entries, sink),
        ValueKind::Array(elements) => elements.iter().for_each(|element| check_value(element, sink)),
        _ => {}
    }
}

fn check_entries(entries: &[(Spanned<String>, Value)], sink: &mut Sink) {
    for (name, value) in entries {
        match &value.kind {
            ValueKind::String(template) if is_secret_name(&name.value) => {
                check_secret(&format!("`{}`", name.value), template, sink);
            }
            _ => check_value(value, sink),
        }
    }
}

/// The `name=value` pairs of a query or a form, after `start`.
fn check_pairs(template: &Template, start: &str, sink: &mut Sink) {
    let mut started = start.is_empty();
    for (index, part) in template.parts.iter().enumerate() {
        let Part::Text(text) = part else { continue };
        let pairs = match text.value.split_once(start) {
            _ if started => text.value.as_str(),
            Some((_, pairs)) => pairs,
            None => continue,
        };
        started = true;
        let goes_on = index + 1 < template.parts.len();
        let mut pairs = pairs.split('&').peekable();
        while let Some(pair) = pairs.next() {
            let complete = pairs.peek().is_some() || !goes_on;
            if let Some((name, value)) = pair.split_once('=')
                && complete
                && is_secret_name(name)
                && looks_secret(value)
            {
                sink.push(found(&format!("`{name}`"), text.span));
            }
        }
    }
}

fn check_secret(what: &str, template: &Template, sink: &mut Sink) {
    if template.as_literal().is_some_and(looks_secret) {
        sink.push(found(what, template.span));
    }
}

fn found(what: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::CredentialLiteral, span, format!("{what} is written into the manifest"))
        .label("looks like a secret")
        .note("whoever can read the manifest can use it")
        .help(
            "ask for it in a form and write `${custom_data.FIELD.value}`; the connection's own credentials are \
             applied without being named",
        )
}

fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_NAMES.contains(&plain.as_str())
}

/// Whether a text is a secret rather than a placeholder or a word of some protocol.
fn looks_secret(text: &str) -> bool {
    let text = text.trim();
    let text = match text.split_once(' ') {
        // `Bearer …`, `Basic …`
        Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphabetic()) => rest.trim(),
        _ => text,
    };
    let bracketed = [('[', ']'), ('<', '>'), ('{', '}'), ('(', ')'), ('%', '%')]
        .iter()
        .any(|(open, close)| text.starts_with(*open) && text.ends_with(*close));
    let lower = text.to_ascii_lowercase();
    let stands_for_one = PLACEHOLDERS.iter().any(|start| lower.starts_with(start))
        || lower.chars().all(|c| matches!(c, 'x' | '*' | '.' | '-' | '_' | '…'));
    let letters = |is_letter: fn(&char) -> bool| text.chars().skip(1).all(|c| is_letter(&c) || matches!(c, '_' | '-'));
    let is_word = text.len() < 20
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && (letters(char::is_ascii_lowercase) || letters(char::is_ascii_uppercase));
    text.len() >= 6 && !text.contains(char::is_whitespace) && !bracketed && !stands_for_one && !is_word
}
