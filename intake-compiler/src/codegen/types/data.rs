//! The types of what a manifest gives: records and polling states, and what is in them.

use crate::codegen::{Target, ident};
use crate::ir::{Member, Struct, Type};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// What a type is for.
pub(super) struct Purpose<'a> {
    /// The name of the type, or of its alias.
    pub(super) name: &'a str,
    /// Its documentation.
    pub(super) doc: String,
    /// The manifest.
    pub(super) file: &'a str,
}

/// A type under its name: a struct, and those in it, or an alias.
pub(super) fn definition(value: &Type, purpose: &Purpose<'_>, target: &Target) -> TokenStream {
    let doc = &purpose.doc;
    if let Type::Struct(structure) = value {
        return structures(structure, doc, purpose.file, target);
    }
    let (name, aliased) = (ident(purpose.name), rust_type(value, target));
    let inner = inner(value).map(|inner| structures(inner, &part_doc(purpose.name), purpose.file, target));
    quote! {
        #[doc = #doc]
        pub type #name = #aliased;
        #inner
    }
}

/// A struct and those in it.
fn structures(structure: &Struct, doc: &str, file: &str, target: &Target) -> TokenStream {
    let facade = &target.facade;
    let Struct { name, members, others, .. } = structure;
    let type_name = ident(name);
    let fields: Vec<_> = members.iter().map(|member| ident(&member.name)).collect();
    let docs =
        members.iter().map(|member| format!(" `{}`, `{file}`:{}:{}.", member.key, member.at.line, member.at.column));
    let types = members.iter().map(|member| member_type(member, target));
    let keys = members.iter().map(|member| &member.key);
    let when = members.iter().map(|member| ident(if member.optional { "perhaps" } else { "always" }));
    let others: Vec<_> = others.iter().map(|field| ident(field)).collect();
    let inner = members.iter().filter_map(|member| inner(&member.value));
    let inner = inner.map(|inner| structures(inner, &part_doc(name), file, target));
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        pub struct #type_name {
            #(#[doc = #docs] pub #fields: #types,)*
            #(
                /// All other keys.
                pub #others: #facade::__private::Others,
            )*
        }
        #facade::__private::data! { #type_name { #(#fields: #keys #when),* } #(#others)* }
        #(#inner)*
    }
}

fn part_doc(name: &str) -> String {
    format!(" A part of [`{name}`].")
}

/// The struct in a type.
fn inner(value: &Type) -> Option<&Struct> {
    match value {
        Type::Option(inner) | Type::Array(inner) => self::inner(inner),
        Type::Struct(structure) => Some(structure),
        _ => None,
    }
}

fn member_type(member: &Member, target: &Target) -> TokenStream {
    let value = rust_type(&member.value, target);
    let is_option = matches!(member.value, Type::Option(_));
    if member.optional && !is_option { quote!(::core::option::Option<#value>) } else { value }
}

/// The type in the module of the intake.
fn rust_type(value: &Type, target: &Target) -> TokenStream {
    let facade = &target.facade;
    match value {
        Type::Json => quote!(#facade::Value),
        Type::Null => quote!(()),
        Type::Bool => quote!(::core::primitive::bool),
        Type::Int => quote!(::core::primitive::i64),
        Type::Float => quote!(::core::primitive::f64),
        Type::Number => quote!(#facade::Number),
        Type::String => quote!(#facade::__private::String),
        Type::Option(inner) => {
            let inner = rust_type(inner, target);
            quote!(::core::option::Option<#inner>)
        }
        Type::Array(item) => {
            let item = rust_type(item, target);
            quote!(#facade::__private::Vec<#item>)
        }
        Type::Struct(structure) => {
            let name = ident(&structure.name);
            quote!(#name)
        }
    }
}

/// The type as the runtime's messages show it: an `rt::Type`.
pub(in crate::codegen) fn described(value: &Type) -> TokenStream {
    match value {
        Type::Json => quote!(rt::Type::Json),
        Type::Null => quote!(rt::Type::Null),
        Type::Bool => quote!(rt::Type::Bool),
        Type::Int => quote!(rt::Type::Int),
        Type::Float => quote!(rt::Type::Float),
        Type::Number => quote!(rt::Type::Number),
        Type::String => quote!(rt::Type::String),
        Type::Option(inner) => {
            let inner = described(inner);
            quote!(rt::Type::Option(&#inner))
        }
        Type::Array(item) => {
            let item = described(item);
            quote!(rt::Type::Array(&#item))
        }
        Type::Struct(Struct { members, others, .. }) => {
            let (fields, open) = (members.iter().map(field), others.is_some());
            quote!(rt::Type::Object(&rt::Object { fields: &[#(#fields),*], open: #open }))
        }
    }
}

pub(in crate::codegen) fn field(member: &Member) -> TokenStream {
    let Member { key, value, optional, at, .. } = member;
    let value = described(value);
    let (line, column) = (Literal::u32_unsuffixed(at.line), Literal::u32_unsuffixed(at.column));
    quote!(rt::Field { key: #key, value: #value, optional: #optional, line: #line, column: #column })
}
