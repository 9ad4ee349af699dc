//! What the tests of compiled jq share: the corpus, compiled, and jaq.

/// The corpus of `corpus.jq`, compiled by the build script.
pub mod corpus {
    #![allow(unused_mut, unused_assignments, unused_variables, unreachable_code, reason = "as in generated code")]
    #![allow(clippy::all)]
    include!(concat!(env!("OUT_DIR"), "/corpus.rs"));
}
pub mod inputs;
pub mod interpret;
pub mod jaq;
pub mod native;
pub mod programs;
/// Programs as text.
pub mod text;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

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
