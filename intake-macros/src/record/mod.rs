//! `#[derive(intake::Record)]`: says what a type takes, as serde's derive reads it.
//!
//! Where serde reads in a way that is not looked into here, what is said is that nobody knows: a check against the
//! manifest must never refuse what works.

mod attributes;
mod case;

use attributes::{Container, OfField};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Field, Fields, FieldsNamed, Result, Type};

/// The implementation of `Takes`.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let container = Container::of(input)?;
    let takes = match &input.data {
        Data::Union(_) => return Err(syn::Error::new(input.ident.span(), "a record is no union")),
        _ if container.is_opaque => quote!(rt::Taken::Any),
        Data::Enum(data) => {
            let is_word = data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
            if is_word { quote!(rt::Taken::String) } else { quote!(rt::Taken::Any) }
        }
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if container.is_transparent => transparent(fields.named.iter()),
            Fields::Named(fields) => named(input, fields, &container)?,
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => transparent(fields.unnamed.iter()),
            Fields::Unnamed(_) => quote!(rt::Taken::Array(&rt::Taken::Any)),
            Fields::Unit => quote!(rt::Taken::Null),
        },
    };
    let (facade, name) = (&container.facade, &input.ident);
    let (generics, of, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[allow(unused_imports, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            use #facade::__private as rt;
            use rt::Unknown as _;
            impl #generics rt::Takes for #name #of #bounds {
                const TAKES: rt::Taken = #takes;
            }
        };
    })
}

fn named(input: &DeriveInput, fields: &FieldsNamed, container: &Container) -> Result<TokenStream> {
    let name = input.ident.unraw().to_string();
    let mut others = false;
    let mut taken = Vec::new();
    for field in &fields.named {
        let attributes = OfField::of(field)?;
        others |= attributes.flatten || !attributes.is_understood;
        if !attributes.flatten && !attributes.skip {
            taken.push(taken_field(input, field, &attributes, container));
        }
    }
    let ignored = &container.ignored;
    Ok(quote! {
        rt::Taken::Struct(&rt::TakenStruct {
            name: #name,
            fields: &[#(#taken),*],
            ignored: &[#(#ignored),*],
            others: #others,
        })
    })
}

fn taken_field(input: &DeriveInput, field: &Field, attributes: &OfField, container: &Container) -> TokenStream {
    let name = field.ident.as_ref().map(|name| name.unraw().to_string()).unwrap_or_default();
    let key = attributes.rename.clone().unwrap_or_else(|| container.case.of(&name));
    let aliases = &attributes.aliases;
    let has_default = container.has_default || attributes.has_default || !attributes.is_understood;
    let (of, at) = (&field.ty, field.ty.span());
    let optional = if attributes.is_opaque || has_default {
        quote!(#has_default)
    } else {
        quote_spanned!(at=> rt::Probe::<#of>::OPTIONAL)
    };
    // A type that is in itself cannot be described by a constant. Of several that are in each other, rustc reports the
    // cycle, and a field with `unchecked` ends it.
    let is_itself = mentions(of, &input.ident.to_string());
    let is_opaque = attributes.is_opaque || attributes.is_unchecked || !attributes.is_understood || is_itself;
    let value = if is_opaque { quote!(rt::Taken::Any) } else { probe(of) };
    quote! {
        rt::TakenField { name: #name, keys: &[#key #(, #aliases)*], value: #value, optional: #optional }
    }
}

fn probe(of: &Type) -> TokenStream {
    quote_spanned!(of.span()=> rt::Probe::<#of>::TAKES)
}

/// What the one field takes that is not skipped.
fn transparent<'a>(fields: impl Iterator<Item = &'a Field>) -> TokenStream {
    let mut read = fields.filter_map(|field| OfField::of(field).ok().map(|attributes| (field, attributes)));
    match read.find(|(_, attributes)| !attributes.skip) {
        Some((field, attributes)) if !attributes.is_opaque && !attributes.is_unchecked && attributes.is_understood => {
            probe(&field.ty)
        }
        _ => quote!(rt::Taken::Any),
    }
}

/// Whether the type's text has the name in it, or `Self`.
fn mentions(of: &Type, name: &str) -> bool {
    fn any(tokens: TokenStream, name: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Group(group) => any(group.stream(), name),
            token => {
                let token = token.to_string();
                token == name || token == "Self"
            }
        })
    }
    any(quote!(#of), name)
}
