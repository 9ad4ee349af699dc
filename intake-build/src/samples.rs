//! The folder of samples beside a manifest.

use intake_compiler::samples::{Entry, File, Folder, load};
use std::fs;
use std::path::{Path, PathBuf};

/// The samples in a folder.
pub(crate) fn read(folder: &Path, shown: &str) -> Result<Vec<File>, String> {
    load(shown, &mut Below(folder.to_owned()))
}

struct Below(PathBuf);

impl Folder for Below {
    fn list(&mut self, below: &str) -> Result<Vec<Entry>, String> {
        let folder = self.0.join(below);
        let fail = |error| format!("cannot read the folder {}: {error}", folder.display());
        let entry = |entry: fs::DirEntry| Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            is_folder: entry.path().is_dir(),
        };
        fs::read_dir(&folder).map_err(fail)?.map(|found| found.map(entry).map_err(fail)).collect()
    }

    fn read(&mut self, path: &str) -> Result<String, String> {
        let path = self.0.join(path);
        fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    }
}
