//! What must hold of a manifest beyond its types: one rule a file.

mod checked;

pub(crate) use checked::Checked;

use crate::diagnostic::Sink;
use crate::manifest::Manifest;

/// Runs every rule.
pub fn check(manifest: &Manifest, sink: &mut Sink) {
    let _ = (manifest, sink);
}
