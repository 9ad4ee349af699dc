//! Filters of a corpus, compiled to a walk over bytes.

use intake_runtime::private as rt;

/// A filter that is run over a document.
pub type Run = fn(&[u8], &[rt::Value], &mut Vec<u8>) -> Result<usize, rt::scan::Bail>;

/// A filter.
#[derive(Debug)]
pub struct Filter {
    /// As it is in the corpus.
    pub text: &'static str,
    /// As jaq reads it.
    pub program: &'static str,
    /// How many variables it has.
    pub variables: usize,
    /// The filter in Rust; `None` if it is not compiled so.
    pub run: Option<Run>,
}

/// All filters.
#[allow(unused_variables, unused_mut, unused_parens, clippy::all, clippy::pedantic)]
pub static FILTERS: &[Filter] = include!(concat!(env!("OUT_DIR"), "/filters.rs"));
