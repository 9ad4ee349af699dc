//! From the checked manifest to Rust. Infallible and deterministic: the same manifest gives the same tokens.
//!
//! Generated code names everything by absolute path through the facade's `__private`, so that it compiles without the
//! prelude, with the facade renamed, in a module or in a function, whatever lints its user denies.

mod command;
mod event;
mod jq;
pub(crate) mod projection;
mod skeleton;
mod tier;
mod types;
mod value;

pub(crate) use jq::native;
pub(crate) use skeleton::skeleton;
pub use tier::Tier;

use crate::ir::{App, Auth, AuthKind};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// How the code is to be generated.
#[derive(Clone, Debug)]
pub struct Target {
    /// The path of the facade: `::intake`, or `$crate` behind `include_intake!`.
    pub facade: TokenStream,
    /// The record type of each intake that has one of its user's, by the intake's module name.
    pub records: Vec<(String, RecordType)>,
}

/// A record type of the user's.
#[derive(Clone, Debug)]
pub struct RecordType {
    /// Its path, as seen from where the manifest is included.
    pub path: TokenStream,
    /// Whether it is compared with what is known of the manifest's records.
    pub is_checked: bool,
}

impl Default for Target {
    fn default() -> Self {
        Self { facade: quote!(::intake), records: Vec::new() }
    }
}

impl Target {
    /// The user's record type of the intake with this module name, if there is one.
    fn record(&self, module: &str) -> Option<&RecordType> {
        self.records.iter().find(|(name, _)| name == module).map(|(_, record)| record)
    }
}

/// The code of a whole manifest.
pub(crate) fn generate(app: &App, target: &Target) -> TokenStream {
    let types = app.intakes.iter().map(|intake| types::intake(intake, &app.file, target));
    let impls = app.intakes.iter().map(|intake| event::intake(intake, target));
    let app_static = app_static(app);
    let body = quote!(#app_static #(#impls)*);
    let block = private_block(target, &body);
    quote!(#(#types)* #block)
}

/// A block that no name leaks out of, with the runtime as `rt`.
fn private_block(target: &Target, body: &TokenStream) -> TokenStream {
    let facade = &target.facade;
    let allow = allowed_lints();
    quote! {
        #allow
        const _: () = {
            use #facade::__private as rt;
            #body
        };
    }
}

/// Lints that generated code cannot keep from tripping, or that say nothing of it.
fn allowed_lints() -> TokenStream {
    quote! {
        #[allow(
            // A command may ignore its input, and `!error` ends a pipeline early.
            unused_variables, unreachable_code,
            // What a filter keeps of a response may be of no use in the end.
            unused_mut, unused_assignments,
            // Compiled jq declares what some of its parts change, before it knows whether any does.
            unused_mut, unused_assignments,
            // The shape of the code is the manifest's.
            clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction,
            // The user's own edition and style do not concern it.
            rust_2018_idioms, unused_qualifications, single_use_lifetimes, let_underscore_drop, unused_results
        )]
    }
}

/// `static APP`: what is known of the manifest as a whole.
fn app_static(app: &App) -> TokenStream {
    let App { name, file, auth, .. } = app;
    let auth = auth.iter().map(auth_method);
    quote!(static APP: rt::App = rt::App::new(#name, #file, &[#(#auth),*]);)
}

fn auth_method(auth: &Auth) -> TokenStream {
    let name = &auth.name;
    let kind = match &auth.kind {
        AuthKind::OAuth2 => quote!(rt::AuthKind::OAuth2),
        AuthKind::Basic => quote!(rt::AuthKind::Basic),
        AuthKind::Session => quote!(rt::AuthKind::Session),
        AuthKind::Token { header, prefix } => {
            let prefix = option(prefix.as_ref().map(|prefix| quote!(#prefix)));
            quote!(rt::AuthKind::Token { header: #header, prefix: #prefix })
        }
    };
    quote!(rt::AuthMethod { name: #name, kind: #kind })
}

/// `Some(tokens)` or `None`, by their full paths.
fn option(tokens: Option<TokenStream>) -> TokenStream {
    match tokens {
        Some(tokens) => quote!(::core::option::Option::Some(#tokens)),
        None => quote!(::core::option::Option::None),
    }
}

/// An identifier that resolves where the manifest is included.
fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
