//! `$crate; "path", app = "name", records(intake = Type, intake = unchecked Type, …), samples("folder")`

use intake_compiler::compile::RecordType;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Result, Token, Type, parenthesized};

/// What `include_intake!` was given.
pub(crate) struct Arguments {
    /// The facade, as the user's crate names it.
    pub(crate) facade: TokenStream,
    /// The manifest's path.
    pub(crate) path: LitStr,
    /// `app`
    pub(crate) app: Option<String>,
    /// `records`
    pub(crate) records: Vec<Record>,
    /// `samples`
    pub(crate) samples: Option<LitStr>,
}

/// One `intake = Type`.
pub(crate) struct Record {
    /// The intake's module name.
    pub(crate) intake: Ident,
    is_checked: bool,
    record: Type,
}

impl Arguments {
    /// The record types by their intakes' module names.
    pub(crate) fn record_types(&self) -> Vec<(String, RecordType)> {
        let of = |one: &Record| RecordType { path: one.record.to_token_stream(), is_checked: one.is_checked };
        self.records.iter().map(|one| (one.intake.to_string(), of(one))).collect()
    }
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut facade = TokenStream::new();
        while !input.peek(Token![;]) {
            facade.extend([input.parse::<TokenTree>()?]);
        }
        input.parse::<Token![;]>()?;
        let path = input.parse().map_err(|error| {
            syn::Error::new(error.span(), "expected the manifest's path as a string literal: \"manifests/acme.json\"")
        })?;
        let mut arguments = Self { facade, path, app: None, records: Vec::new(), samples: None };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            arguments.option(input)?;
        }
        Ok(arguments)
    }
}

impl Arguments {
    fn option(&mut self, input: ParseStream<'_>) -> Result<()> {
        let name: Ident = input.parse()?;
        if name == "app" && self.app.is_none() {
            input.parse::<Token![=]>()?;
            self.app = Some(input.parse::<LitStr>()?.value());
            return Ok(());
        }
        if name == "records" {
            let list;
            parenthesized!(list in input);
            self.records.extend(Punctuated::<Record, Token![,]>::parse_terminated(&list)?);
            return Ok(());
        }
        if name == "samples" && self.samples.is_none() {
            let folder;
            parenthesized!(folder in input);
            self.samples = Some(folder.parse()?);
            return if folder.is_empty() { Ok(()) } else { Err(folder.error("expected one folder")) };
        }
        Err(syn::Error::new(
            name.span(),
            format!("unknown or repeated option `{name}`: there are `app = \"…\"`, `records(…)` and `samples(\"…\")`"),
        ))
    }
}

impl Parse for Record {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let intake = input.parse()?;
        input.parse::<Token![=]>()?;
        // A type may have that name too: then nothing follows but the rest of its path.
        let fork = input.fork();
        let is_unchecked = fork.parse::<Ident>().is_ok_and(|word| word == "unchecked")
            && !fork.is_empty()
            && !fork.peek(Token![,])
            && !fork.peek(Token![::])
            && !fork.peek(Token![<]);
        if is_unchecked {
            input.parse::<Ident>()?;
        }
        Ok(Self { intake, is_checked: !is_unchecked, record: input.parse()? })
    }
}
