//! `auth`: how requests to the vendor are authenticated.

use super::fields::{Object, array, boolean, literal, without_variables, word, wrong_type};
use super::value::{text, url, value};
use crate::diagnostic::Sink;
use crate::json::{Kind, Member, Node};
use crate::manifest::model::{AuthKind, AuthMethod, OAuth2};
use crate::template::Template;

#[derive(Clone, Copy)]
enum Type {
    OAuth2,
    Basic,
    Token,
    Session,
}

const TYPES: &[(&str, Type)] =
    &[("oauth2", Type::OAuth2), ("basic", Type::Basic), ("token", Type::Token), ("session", Type::Session)];

/// Decodes `auth`.
pub(super) fn auth(member: &Member, sink: &mut Sink) -> Vec<AuthMethod> {
    let Some(object) = Object::of(&member.value, "`auth`", Some(member.key.span), sink) else { return Vec::new() };
    let methods = object.members.iter();
    methods
        .map(|member| AuthMethod {
            name: without_variables(&member.key, "the name of an auth method", sink),
            kind: method(member, sink),
        })
        .collect()
}

fn method(member: &Member, sink: &mut Sink) -> Option<AuthKind> {
    let object = Object::of(&member.value, "an auth method", Some(member.key.span), sink)?;
    let found = object.require("type", "add `\"type\"`: `oauth2`, `basic`, `token` or `session`", sink)?;
    let found = word(&found.value, "auth type", TYPES, sink)?;
    Some(match found.value {
        Type::OAuth2 => {
            object.refuse_unknown(&["type", "configuration"], sink);
            let help = "add `\"configuration\"` with the client and the URLs of the vendor's OAuth 2 server";
            let configuration = object.require("configuration", help, sink)?;
            AuthKind::OAuth2(Box::new(oauth2(configuration, sink)?))
        }
        Type::Basic => {
            object.refuse_unknown(&["type", "verify_url", "defined_fields"], sink);
            defined_fields(&object, sink);
            AuthKind::Basic { verify_url: verify_url(&object, sink) }
        }
        Type::Token => {
            object.refuse_unknown(&["type", "header_key", "token_prefix", "verify_url", "defined_fields"], sink);
            defined_fields(&object, sink);
            let header = object.require("header_key", "add `\"header_key\"`, the header that carries the token", sink);
            let prefix = object.get("token_prefix");
            AuthKind::Token {
                header_key: header.and_then(|member| literal(&member.value, "`header_key`", sink)),
                token_prefix: prefix.and_then(|node| literal(node, "`token_prefix`", sink)),
                verify_url: verify_url(&object, sink),
            }
        }
        Type::Session => {
            object.refuse_unknown(&["type", "verify_url", "request_body", "defined_fields"], sink);
            if object.get("defined_fields").is_some() {
                defined_fields(&object, sink);
            }
            let request_body = object.get("request_body").map(|node| value(node, sink));
            AuthKind::Session { verify_url: verify_url(&object, sink), request_body }
        }
    })
}

fn verify_url(object: &Object<'_>, sink: &mut Sink) -> Option<Template> {
    let member = object.require("verify_url", "add `\"verify_url\"`, which is called to try the credentials", sink)?;
    url(&member.value, "`verify_url`", sink)
}

/// What the customer is asked for: only its form is checked, the customer's program asks.
fn defined_fields(object: &Object<'_>, sink: &mut Sink) {
    let help = "add `\"defined_fields\"`, what the customer is asked for";
    let Some(member) = object.require("defined_fields", help, sink) else { return };
    let Some(fields) = Object::of(&member.value, "`defined_fields`", Some(member.key.span), sink) else { return };
    for field in &fields.members {
        without_variables(&field.key, "the name of a field", sink);
        if !matches!(field.value.kind, Kind::Object(_) | Kind::String(_)) {
            wrong_type(&field.value, "an object or a string", "a defined field", sink);
        }
    }
}

fn oauth2(member: &Member, sink: &mut Sink) -> Option<OAuth2> {
    let object = Object::of(&member.value, "`configuration`", Some(member.key.span), sink)?;
    object.refuse_unknown(
        &[
            "authorization_base_url",
            "client_id",
            "client_secret",
            "scopes",
            "token_url",
            "token_request_body",
            "refresh_url",
            "include_client_id",
        ],
        sink,
    );
    let read = |key: &str, node: &Node, sink: &mut Sink| match key.ends_with("_url") {
        true => url(node, &format!("`{key}`"), sink),
        false => text(node, &format!("`{key}`"), sink),
    };
    let mut required = |key: &str, what: &str| {
        let member = object.require(key, &format!("add `\"{key}\"`, {what}"), sink)?;
        read(key, &member.value, sink)
    };
    let authorization_base_url = required("authorization_base_url", "where the customer is sent to agree");
    let client_id = required("client_id", "the app's id at the vendor");
    let client_secret = required("client_secret", "the app's secret at the vendor, as a placeholder");
    let token_url = required("token_url", "where a code becomes a token");
    let mut optional = |key: &str| object.get(key).and_then(|node| read(key, node, sink));
    let token_request_body = optional("token_request_body");
    let refresh_url = optional("refresh_url");
    let include_client_id = object.get("include_client_id");
    Some(OAuth2 {
        authorization_base_url,
        client_id,
        client_secret,
        scopes: scopes(&object, sink),
        token_url,
        token_request_body,
        refresh_url,
        include_client_id: include_client_id
            .and_then(|node| boolean(node, "`include_client_id`", sink))
            .unwrap_or_default(),
    })
}

fn scopes(object: &Object<'_>, sink: &mut Sink) -> Vec<String> {
    let help = "add `\"scopes\": [ … ]`, the rights that the app asks for";
    let Some(member) = object.require("scopes", help, sink) else { return Vec::new() };
    let elements = array(&member.value, "an array of strings", "`scopes`", sink).unwrap_or_default();
    elements.iter().filter_map(|node| literal(node, "a scope", sink)).map(|scope| scope.value).collect()
}
