//! `include_intake!`, which makes a manifest Rust where it is named, and `derive(Record)`. Use both through the `intake`
//! crate.

#![forbid(unsafe_code)]

mod arguments;
mod locate;
mod record;
mod report;

use arguments::Arguments;
use intake_compiler::compile::{Options, Target, compile};
use intake_compiler::source::Source;
use proc_macro2::TokenStream;
use quote::quote;

/// See `intake::include_intake!`, which calls this with its own `$crate` so that a renamed dependency works.
#[doc(hidden)]
#[proc_macro]
pub fn include_intake(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let tokens = syn::parse::<Arguments>(input).map_err(|error| error.to_compile_error());
    tokens.map_or_else(|error| error, |arguments| expand(&arguments)).into()
}

/// See `intake::Record`.
#[proc_macro_derive(Record, attributes(intake))]
pub fn record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let takes = syn::parse(input).and_then(|input| record::expand(&input));
    takes.unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(arguments: &Arguments) -> TokenStream {
    let manifest = match locate::manifest(&arguments.path) {
        Ok(manifest) => manifest,
        Err(message) => return syn::Error::new(arguments.path.span(), message).to_compile_error(),
    };
    let (samples, sampled) = match locate::samples(&arguments.path, arguments.samples.as_ref()) {
        Ok(samples) => samples,
        Err(message) => return syn::Error::new(arguments.path.span(), message).to_compile_error(),
    };
    let source = Source::new(manifest.shown, manifest.text);
    let target = Target { facade: arguments.facade.clone(), records: arguments.record_types() };
    let compiled = compile(&source, &Options { app: arguments.app.clone(), target, samples });
    let problems = report::diagnostics(&source, &compiled.diagnostics, arguments.path.span());
    let unknown = report::unknown_records(arguments, &compiled.intakes);
    let (code, dependency) = (compiled.tokens, manifest.dependency);
    quote!(#problems #unknown #dependency #sampled #code)
}
