//! The types a user sees: one struct per intake, and a module with the types of its inputs, records and state.

mod data;

pub(super) use data::{described, field};

use super::{Target, ident};
use crate::ir::{Field, Intake, IntakeKind, Property};
use data::Purpose;
use proc_macro2::TokenStream;
use quote::quote;

/// The struct of an intake, which a program need not use (a manifest has intakes for several), and the module of the
/// types of its inputs, records and state.
pub(super) fn intake(intake: &Intake, file: &str, target: &Target) -> TokenStream {
    let facade = &target.facade;
    let (name, module) = (ident(&intake.type_name), ident(&intake.module));
    let docs = docs(intake, file);
    let module_doc = format!(" The types of [`{}`].", intake.type_name);
    let (record, state) = (record(intake, file, target), state(intake, file, target));
    let has_inputs = !intake.inputs.fields.is_empty();
    let custom_data = has_inputs.then(|| custom_data(intake, target));
    let (default, field, inputs) = if has_inputs {
        let field = quote! {
            /// What the customer entered in the app's form.
            pub custom_data: #module::CustomData,
        };
        (None, Some(field), quote!(custom_data: "custom_data"))
    } else {
        (Some(quote!(::core::default::Default,)), None, quote!())
    };
    quote! {
        #(#[doc = #docs])*
        #[allow(dead_code)]
        #[derive(::core::clone::Clone, #default ::core::cmp::PartialEq, ::core::cmp::Eq)]
        pub struct #name { #field }
        #facade::__private::inputs! { #name { #inputs } }

        #[doc = #module_doc]
        // Whether a type can be `Eq` is the manifest's affair, and may change with it.
        #[allow(dead_code, clippy::derive_partial_eq_without_eq)]
        pub mod #module {
            #custom_data
            #record
            #state
        }
    }
}

/// The type of a record, unless the user has one.
fn record(intake: &Intake, file: &str, target: &Target) -> Option<TokenStream> {
    if target.record(&intake.module).is_some() {
        return None;
    }
    let doc = format!(" One record of intake `{}`.", intake.name);
    Some(data::definition(&intake.record, &Purpose { name: "Record", doc, file }, target))
}

fn state(intake: &Intake, file: &str, target: &Target) -> Option<TokenStream> {
    matches!(intake.kind, IntakeKind::Polling { .. }).then(|| {
        let doc = format!(" The polling state of intake `{}`, once an event has written it.", intake.name);
        data::definition(&intake.state, &Purpose { name: "PollingState", doc, file }, target)
    })
}

fn docs(intake: &Intake, file: &str) -> [String; 3] {
    let kind = match intake.kind {
        IntakeKind::Polling { .. } => "Polling".to_owned(),
        IntakeKind::Webhook { scope } => format!("Webhook ({} scope)", scope.as_str()),
    };
    let at = format!(" Declared in `{file}`, line {}, column {}.", intake.at.line, intake.at.column);
    [format!(" {kind} intake `{}`.", intake.name), String::new(), at]
}

/// `CustomData`, and one type per form field.
fn custom_data(intake: &Intake, target: &Target) -> TokenStream {
    let facade = &target.facade;
    let fields = &intake.inputs.fields;
    let names: Vec<_> = fields.iter().map(|field| ident(&field.name)).collect();
    let types: Vec<_> = fields.iter().map(|field| ident(&field.type_name)).collect();
    let ids: Vec<_> = fields.iter().map(|field| &field.id).collect();
    let docs = fields.iter().map(|field| format!(" Form field `{}`.", field.id));
    let structs = fields.iter().map(|field| field_struct(field, target));
    quote! {
        /// The form fields the intake reads.
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq)]
        pub struct CustomData {
            #(#[doc = #docs] pub #names: #types,)*
        }
        #facade::__private::inputs! { CustomData { #(#names: #ids),* } }
        #(#structs)*
    }
}

fn field_struct(field: &Field, target: &Target) -> TokenStream {
    let facade = &target.facade;
    let name = ident(&field.type_name);
    let doc = format!(" What the intake reads of form field `{}`.", field.id);
    let names: Vec<_> = field.properties.iter().map(|property| ident(&property.name)).collect();
    let ids: Vec<_> = field.properties.iter().map(|property| &property.id).collect();
    let docs = field.properties.iter().map(property_doc);
    let types = field.properties.iter().map(|property| property_type(property, facade));
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq)]
        pub struct #name {
            #(#[doc = #docs] pub #names: #types,)*
        }
        #facade::__private::inputs! { #name { #(#names: #ids),* } }
    }
}

fn property_doc(property: &Property) -> String {
    let id = &property.id;
    let optional = if property.optional { "; where it is `None`, the manifest's default stands in" } else { "" };
    format!(" `{id}`{optional}.")
}

fn property_type(property: &Property, facade: &TokenStream) -> TokenStream {
    let base = if property.text { quote!(#facade::__private::String) } else { quote!(#facade::__private::Json) };
    if property.optional { quote!(::core::option::Option<#base>) } else { base }
}
