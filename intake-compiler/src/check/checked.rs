//! The proof that a manifest was checked.

use super::check;
use crate::diagnostic::Sink;
use crate::flow::Flow;

/// A manifest without errors, and how data flows through it: the only thing that is lowered.
pub(crate) struct Checked<'a>(&'a Flow<'a>);

impl<'a> Checked<'a> {
    /// Checks a manifest; `None` if there are errors, in it or in what was reported before.
    pub(crate) fn new(flow: &'a Flow<'a>, sink: &mut Sink) -> Option<Self> {
        check(flow, sink);
        (!sink.has_errors()).then_some(Self(flow))
    }

    /// The manifest, and how data flows through it.
    pub(crate) fn flow(&self) -> &'a Flow<'a> {
        self.0
    }
}
