//! The proof that a manifest was checked.

use super::check;
use crate::diagnostic::Sink;
use crate::flow::Flow;

/// A manifest without errors: the only thing that is lowered.
pub(crate) struct Checked<'a>(&'a Flow<'a>);

impl<'a> Checked<'a> {
    /// Checks a manifest by all that is known of its data; `None` if there are errors, in it or in what was reported
    /// before. `proved` is what is known of its data without samples.
    pub(crate) fn new(known: &Flow<'_>, proved: &'a Flow<'a>, sink: &mut Sink) -> Option<Self> {
        check(known, sink);
        (!sink.has_errors()).then_some(Self(proved))
    }

    /// The manifest, and what is proved of its data.
    pub(crate) fn proved(&self) -> &'a Flow<'a> {
        self.0
    }
}
