//! Programs that can be compiled to Rust.
//!
//! Data flows one way: jaq's terms → [`ir`] (scopes resolved, definitions inlined, facts on each node) → Rust (in
//! `codegen`). What is not covered is [`Unsupported`], with its place: jaq interprets the whole program then.
//!
//! Native code has to be right on the ordinary only. On everything else it bails out and jaq runs the same program on
//! the same input, so a rule that is not certain of what jaq does need not guess.

mod facts;
pub mod ir;
mod library;
mod lower;
pub mod ops;

pub use library::is_definition;
pub use lower::CONSTRUCTS;
pub(super) use lower::lower;

use crate::source::Span;

/// A program that is left to jaq, and which part of it is the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The part.
    pub span: Span,
    /// Why, as a phrase: "`path` works on paths, not on values".
    pub reason: String,
}
