//! The samples in a folder, for the wrappers: the one place of this crate that reads files. Nothing here calls it.

use super::File;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the samples of a manifest are, if nothing else is said: in `samples/STEM` beside it.
#[must_use]
pub fn beside(manifest: &Path) -> PathBuf {
    manifest.with_file_name("samples").join(manifest.file_stem().unwrap_or_default())
}

/// The samples in a folder that is shown as `shown`, in order of their paths.
///
/// # Errors
/// That it or one of them cannot be read.
pub fn read(folder: &Path, shown: &str) -> Result<Vec<File>, String> {
    let mut paths = Vec::new();
    for (name, is_folder) in list(folder)? {
        if is_folder {
            let inside = list(&folder.join(&name))?.into_iter().filter(|(_, is_folder)| !is_folder);
            paths.extend(inside.map(|(file, _)| format!("{name}/{file}")));
        } else {
            paths.push(name);
        }
    }
    paths.retain(|path| path.ends_with(".json"));
    paths.sort();
    let file = |path: String| {
        let file = folder.join(&path);
        let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        Ok(File { shown: format!("{shown}/{path}"), text, path })
    };
    paths.into_iter().map(file).collect()
}

/// What is in a folder, and whether that is a folder.
fn list(folder: &Path) -> Result<Vec<(String, bool)>, String> {
    let fail = |error| format!("cannot read the folder {}: {error}", folder.display());
    let entry = |entry: fs::DirEntry| (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir());
    fs::read_dir(folder).map_err(fail)?.map(|found| found.map(entry).map_err(fail)).collect()
}
