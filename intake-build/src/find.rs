//! Which manifests a path names, and what cargo is to watch.

use std::path::{Path, PathBuf};

/// The manifests that `path` names below `root`, in order of their paths.
pub(crate) fn manifests(root: &Path, path: &Path) -> Result<Vec<PathBuf>, String> {
    let whole = root.join(path);
    if whole.is_file() {
        watch(&whole);
        return Ok(vec![whole]);
    }
    let pattern = if whole.is_dir() { whole.join("*.json") } else { whole };
    let pattern = pattern.to_str().ok_or_else(|| format!("{} is not UTF-8", pattern.display()))?;
    watch(&fixed_part(Path::new(pattern)));
    let found = glob::glob(pattern).map_err(|error| format!("{} is no pattern: {error}", path.display()))?;
    let found: Vec<_> =
        found.collect::<Result<_, _>>().map_err(|error| format!("cannot look for manifests: {error}"))?;
    if found.is_empty() {
        return Err(format!("no manifest found at {}", path.display()));
    }
    found.iter().for_each(|manifest| watch(manifest));
    Ok(found)
}

pub(crate) fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

/// The folder above the first `*`: a manifest added below it reruns the build script.
fn fixed_part(pattern: &Path) -> PathBuf {
    let fixed = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    pattern.components().take_while(fixed).collect()
}
