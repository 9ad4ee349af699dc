//! What the tests of compiled jq share: programs, inputs, jaq, and what runs each tier. The benchmark and the fuzz
//! target use the filters over bytes.

/// The filters over bytes, compiled by the build script.
mod filters {
    #![allow(unused_variables, unused_mut, unused_parens, clippy::all, clippy::pedantic)]
    include!(concat!(env!("OUT_DIR"), "/filters.rs"));
}
pub mod documents;
pub mod inputs;
pub mod interpret;
pub mod jaq;
pub mod native;
pub mod programs;
pub mod projected;
pub mod random;
pub mod shape;
/// Programs as text.
pub mod text;
pub mod tiers;

pub use filters::FILTERS;

use intake_runtime::jq::Projection;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// A filter of `filters.jq`.
#[derive(Debug)]
pub struct Filter {
    /// As it is there.
    pub text: &'static str,
    /// As jaq reads it.
    pub program: &'static str,
    /// How many variables it has.
    pub variables: usize,
    /// The filter in Rust; `None` if it is not run over bytes.
    pub run: Option<Projection>,
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What a function gives; nothing if it panics, which is not shown.
pub fn quietly<T>(run: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let shown = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                shown(panic);
            }
        }));
    });
    QUIET.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(run));
    QUIET.set(false);
    outcome.ok()
}
