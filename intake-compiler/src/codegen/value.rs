//! Values, texts, URLs and variables as expressions.

use super::ident;
use crate::ir::{Json, Text, TextPart, Url, UrlBase, UrlPart, Variable, VariableSource};
use crate::manifest::model::Method;
use crate::source::Position;
use crate::template::{Scope, Step};
use crate::url_template::Position as UrlPlace;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

/// The place in the manifest of what follows, as the constant `AT`.
pub(super) fn at(command: &str, position: Position) -> TokenStream {
    let (line, column) = (Literal::u32_unsuffixed(position.line), Literal::u32_unsuffixed(position.column));
    quote!(const AT: rt::At = rt::At::new(#command, #line, #column);)
}

/// An expression of type `Value`.
pub(super) fn json(value: &Json) -> TokenStream {
    match value {
        Json::Null => quote!(rt::null()),
        Json::Bool(value) => quote!(rt::boolean(#value)),
        Json::Number(digits) => quote!(rt::number(#digits)),
        Json::Text(value) => {
            let value = text_part(value);
            quote!(rt::string(#value))
        }
        Json::Variable(one) => {
            let one = variable(one);
            quote!(#one.value(AT)?)
        }
        Json::Array(items) => {
            let items = items.iter().map(json);
            quote!(rt::array([#(#items),*]))
        }
        Json::Object(members) => {
            let members = members.iter().map(|(key, value)| {
                let value = json(value);
                quote!((#key, #value))
            });
            quote!(rt::object([#(#members),*]))
        }
    }
}

/// An expression of type `String`.
pub(super) fn text(text: &Text) -> TokenStream {
    let value = text_part(text);
    match literal(text) {
        Some(_) => quote!(::std::borrow::ToOwned::to_owned(#value)),
        None => value,
    }
}

/// An expression of type `&str` or `String`.
fn text_part(text: &Text) -> TokenStream {
    if let Some(literal) = literal(text) {
        return quote!(#literal);
    }
    let parts = text.parts.iter().map(|part| match part {
        TextPart::Literal(literal) => quote!(.text(#literal)),
        TextPart::Variable(one) => {
            let one = variable(one);
            quote!(.var(#one))
        }
    });
    quote!(rt::Text::new(AT) #(#parts)* .finish()?)
}

fn literal(text: &Text) -> Option<&str> {
    match text.parts.as_slice() {
        [] => Some(""),
        [TextPart::Literal(literal)] => Some(literal),
        _ => None,
    }
}

/// An expression of type `FinishedUrl`.
pub(super) fn url(url: &Url) -> TokenStream {
    let base = match url.base {
        UrlBase::Absolute => quote!(rt::Url::absolute()),
        UrlBase::Api => quote!(rt::Url::under(self.__intake_base_url(cx)?)),
        UrlBase::Platform => quote!(rt::Url::platform(cx, AT)?),
    };
    let parts = url.parts.iter().map(|part| match part {
        UrlPart::Text(literal) => quote!(.text(#literal)),
        UrlPart::Variable(position, one) => {
            let one = variable(one);
            let method = match position {
                UrlPlace::Whole => "whole",
                UrlPlace::Host => "host",
                UrlPlace::Port => "port",
                UrlPlace::Path => "path",
                UrlPlace::Query => "query",
            };
            let method = ident(method);
            quote!(.#method(#one))
        }
    });
    quote!(#base #(#parts)* .finish(AT)?)
}

/// An expression of type `Var`.
pub(super) fn variable(variable: &Variable) -> TokenStream {
    let name = &variable.name;
    let steps = steps(&variable.steps);
    let value = match &variable.source {
        VariableSource::WebhookUrl => quote!(cx.webhook_url()),
        VariableSource::Subdomain => quote!(cx.subdomain()),
        VariableSource::ResourceId => quote!(cx.resource_id()),
        VariableSource::PollingState => quote!(cx.polling_state(#name, #steps)),
        VariableSource::Saved(of) => {
            let of = scope(*of);
            quote!(cx.saved(#name, #of, #steps))
        }
        VariableSource::Piped(index) => {
            let slot = format_ident!("piped_{index}");
            quote!(rt::piped(#name, &#slot, #steps))
        }
        VariableSource::Input { field, property } => {
            let (field, property) = (ident(field), ident(property));
            let input = quote!(rt::input(#name, &self.custom_data.#field.#property));
            if variable.steps.is_empty() { input } else { quote!(#input.at(#steps)) }
        }
    };
    match &variable.default {
        Some(default) => quote!(#value.or_default(#default)),
        None => value,
    }
}

fn steps(steps: &[Step]) -> TokenStream {
    let steps = steps.iter().map(|step| match step {
        Step::Key(key) => quote!(rt::Step::Key(#key)),
        Step::Index(index) => {
            let index = Literal::u32_unsuffixed(*index);
            quote!(rt::Step::Index(#index))
        }
    });
    quote!(&[#(#steps),*])
}

pub(super) fn scope(scope: Scope) -> TokenStream {
    match scope {
        Scope::Workflow => quote!(rt::Scope::Workflow),
        Scope::Connection => quote!(rt::Scope::Connection),
        Scope::Application => quote!(rt::Scope::Application),
    }
}

pub(super) fn method(method: Method) -> TokenStream {
    match method {
        Method::Get => quote!(rt::Method::Get),
        Method::Post => quote!(rt::Method::Post),
        Method::Put => quote!(rt::Method::Put),
        Method::Patch => quote!(rt::Method::Patch),
        Method::Delete => quote!(rt::Method::Delete),
        Method::Options => quote!(rt::Method::Options),
    }
}
