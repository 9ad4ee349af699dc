//! Which samples a manifest has.

use intake_compiler::samples::{File, folder};
use std::path::{Path, PathBuf};

/// The samples of a manifest: in a folder, or else in the one beside the manifest, if there is one.
pub(crate) fn of(manifest: &Path, named: Option<&Path>) -> Result<Vec<File>, String> {
    let samples = place(manifest, named);
    if named.is_none() && !samples.is_dir() {
        return Ok(Vec::new());
    }
    folder::read(&samples, &samples.to_string_lossy().replace('\\', "/"))
}

/// Where they are, or would be.
pub(crate) fn place(manifest: &Path, named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| folder::beside(manifest), Path::to_owned)
}
