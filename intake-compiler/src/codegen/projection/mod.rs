//! Filters that are run over a document's bytes: one walk over the document that keeps what the filter needs, then the
//! filter itself, which prints from what was kept. No tree is built, and nothing is allocated but the output.
//!
//! The input is the document B itself, or what `!http` gives of a response: its body B with a key `body` that is B
//! itself, or `{"body": B}` where B is no object. Compiling a filter finds what it needs of B ([`plan`]) and emits what it computes ([`emit`], [`print`]);
//! the code that walks ([`walk`]) is emitted last, from the plan.
//!
//! The first array of B that is collected with `[….[] …]` is *streamed*: each element's output is printed while the
//! walk is at that element, so that it is walked over once. Where it is to be in the output it is copied to.

mod emit;
mod part;
mod plan;
mod print;
mod walk;

use crate::ir::Document;
use crate::jq::native::Unsupported;
use crate::jq::native::ir::Filter;
use crate::source::Span;
use emit::{Context, Emitter};
use proc_macro2::TokenStream;
use quote::quote;

/// A function `(document, variables, out) -> Result<start, Bail>` that appends the filter's one output to `out`, where
/// it is all from `start` on; or which part of the filter keeps it from being one. The runtime's `scan` is `scan`.
///
/// # Errors
/// If the filter is not to be run in one walk.
pub(crate) fn function(filter: &Filter, document: Document) -> Result<TokenStream, Unsupported> {
    let mut emitter = Emitter::new(filter);
    let printed = emitter.print_node(&filter.root, &Context::of(document)).map_err(|refusal| Unsupported {
        span: refusal.span,
        reason: format!("{} is not computed in one walk over the document", refusal.what),
    })?;
    let printed = printed.into_tokens();
    let read = emitter.read_root();
    Ok(quote! {
        |document: &[rt::u8],
         variables: &[rt::Value],
         out: &mut rt::Vec<rt::u8>|
         -> rt::Result<rt::usize, rt::scan::Bail> {
            let keeper = &mut rt::scan::Keeper::new();
            #read
            let start = out.len();
            #printed
            rt::Ok(start)
        }
    })
}

/// A part of a filter that no rule covers, or not where it stands.
#[derive(Debug)]
struct Refusal {
    span: Span,
    what: &'static str,
}

type Emitted<T> = Result<T, Refusal>;
