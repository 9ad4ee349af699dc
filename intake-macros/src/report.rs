//! Diagnostics as rustc's own errors and warnings.

use crate::arguments::Arguments;
use intake_compiler::diagnostic::render::render_for_rustc;
use intake_compiler::diagnostic::suggest::closest;
use intake_compiler::diagnostic::{Diagnostic, Severity};
use intake_compiler::source::Source;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned};

/// One `compile_error!` per error and one deprecation per warning, all at the manifest's path. Notes are in the docs of
/// the generated methods: a macro cannot give one that is no warning.
pub(crate) fn diagnostics(source: &Source, diagnostics: &[Diagnostic], at: Span) -> TokenStream {
    let one = |(index, diagnostic): (usize, &Diagnostic)| {
        let text = render_for_rustc(source, diagnostic);
        match diagnostic.severity() {
            Severity::Error => quote_spanned!(at=> ::core::compile_error!(#text);),
            Severity::Warning => warning(index, &text, at),
            Severity::Note => TokenStream::new(),
        }
    };
    diagnostics.iter().enumerate().map(one).collect()
}

/// Stable Rust lets a macro warn only by using something deprecated.
fn warning(index: usize, text: &str, at: Span) -> TokenStream {
    let name = format_ident!("MANIFEST_WARNING_{index}", span = at);
    quote_spanned! {at=>
        const _: () = {
            #[deprecated(note = #text)]
            const #name: () = ();
            #name
        };
    }
}

/// Names in `records(…)` that are no intake of the manifest.
pub(crate) fn unknown_records(arguments: &Arguments, intakes: &[String]) -> TokenStream {
    let known = |name: &str| intakes.iter().any(|intake| intake == name);
    let unknown = arguments.records.iter().filter(|record| !known(&record.intake.to_string()));
    let error = |record: &crate::arguments::Record| {
        let name = record.intake.to_string();
        let meant = closest(&name, intakes.iter().map(String::as_str));
        let hint = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("its intakes are {}", intakes.join(", ")),
        };
        syn::Error::new(record.intake.span(), format!("the manifest has no intake `{name}`: {hint}")).to_compile_error()
    };
    unknown.map(error).collect()
}
