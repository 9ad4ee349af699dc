//! What a manifest with errors becomes: its types and traits without code, so that one mistake gives one error and
//! not a hundred about missing names.

use super::{Target, app_static, event, private_block, types};
use crate::ir::{App, IntakeKind};
use proc_macro2::TokenStream;
use quote::quote;

/// The types of a manifest that cannot be compiled. It is only ever put beside a `compile_error!`.
pub(crate) fn skeleton(app: &App, target: &Target) -> TokenStream {
    let types = app.intakes.iter().map(|intake| types::intake(intake, &app.file, target));
    let impls = app.intakes.iter().map(|intake| event::lifecycle(intake, target, &required_event(intake.kind)));
    let app_static = app_static(app);
    let block = private_block(target, &quote!(#app_static #(#impls)*));
    quote!(#(#types)* #block)
}

/// The one event that has no default.
fn required_event(kind: IntakeKind) -> TokenStream {
    let name = match kind {
        IntakeKind::Polling { .. } => quote!(request),
        IntakeKind::Webhook { .. } => quote!(create),
    };
    quote! {
        async fn #name(&self, cx: &mut rt::Event<'_>) -> rt::EventResult {
            ::core::unreachable!("the manifest does not compile")
        }
    }
}
