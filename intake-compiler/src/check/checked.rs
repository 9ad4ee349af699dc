//! The proof that a manifest was checked.

use super::check;
use crate::diagnostic::Sink;
use crate::manifest::Manifest;

/// A manifest without errors: the only thing that is lowered.
pub(crate) struct Checked<'a>(&'a Manifest);

impl<'a> Checked<'a> {
    /// Checks a manifest; `None` if there are errors, in it or in what was reported before.
    pub(crate) fn new(manifest: &'a Manifest, sink: &mut Sink) -> Option<Self> {
        check(manifest, sink);
        (!sink.has_errors()).then_some(Self(manifest))
    }

    /// The manifest.
    pub(crate) fn manifest(&self) -> &'a Manifest {
        self.0
    }
}
