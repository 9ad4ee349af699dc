//! `auth`: how requests to the vendor are authenticated.

use super::fields::{Object, literal, without_variables, word, wrong_type};
use super::value::value;
use crate::diagnostic::Sink;
use crate::json::{Kind, Member};
use crate::manifest::grammar::{AUTH_METHOD, AUTH_TYPES, AuthType, CONFIGURATION, TAG};
use crate::manifest::model::{AuthKind, AuthMethod, OAuth2};

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
    let mut object = Object::of(&member.value, AUTH_METHOD.what, Some(member.key.span), sink)?;
    let Some(found) = object.get(TAG) else {
        object.require(AuthType::OAuth2.object().key(TAG).map(std::slice::from_ref).unwrap_or_default(), sink);
        return None;
    };
    let found = word(found, &AUTH_TYPES, sink)?;
    object.follow(found.value.object(), sink);
    Some(match found.value {
        AuthType::OAuth2 => AuthKind::OAuth2(Box::new(oauth2(object.member("configuration")?, sink)?)),
        AuthType::Basic => {
            defined_fields(&object, sink);
            AuthKind::Basic { verify_url: object.template("verify_url", sink) }
        }
        AuthType::Token => {
            defined_fields(&object, sink);
            AuthKind::Token {
                header_key: object.literal("header_key", sink),
                token_prefix: object.literal("token_prefix", sink),
                verify_url: object.template("verify_url", sink),
            }
        }
        AuthType::Session => {
            defined_fields(&object, sink);
            let request_body = object.get("request_body").map(|node| value(node, sink));
            AuthKind::Session { verify_url: object.template("verify_url", sink), request_body }
        }
    })
}

/// What the customer is asked for: only its form is checked, the customer's program asks.
fn defined_fields(object: &Object<'_>, sink: &mut Sink) {
    let Some(member) = object.member("defined_fields") else { return };
    let Some(fields) = Object::of(&member.value, "`defined_fields`", Some(member.key.span), sink) else { return };
    for field in &fields.members {
        without_variables(&field.key, "the name of a field", sink);
        if !matches!(field.value.kind, Kind::Object(_) | Kind::String(_)) {
            wrong_type(&field.value, "an object or a string", "a defined field", sink);
        }
    }
}

fn oauth2(member: &Member, sink: &mut Sink) -> Option<OAuth2> {
    let object = Object::read(&member.value, &CONFIGURATION, Some(member.key.span), sink)?;
    let scopes = object.list("scopes", sink).unwrap_or_default();
    let scopes = scopes.iter().filter_map(|node| literal(node, "a scope", sink)).map(|scope| scope.value).collect();
    Some(OAuth2 {
        authorization_base_url: object.template("authorization_base_url", sink),
        client_id: object.template("client_id", sink),
        client_secret: object.template("client_secret", sink),
        scopes,
        token_url: object.template("token_url", sink),
        token_request_body: object.template("token_request_body", sink),
        refresh_url: object.template("refresh_url", sink),
        include_client_id: object.boolean("include_client_id", sink),
    })
}
