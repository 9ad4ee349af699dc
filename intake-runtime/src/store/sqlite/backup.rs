//! A copy of the database while it is in use.

use super::failed;
use crate::store::StoreError;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

const ACTION: &str = "make a backup";

/// Copies all that `source` sees into a new file, which is readable by its owner only.
pub(super) fn copy(source: &Connection, to: &Path) -> Result<(), StoreError> {
    create(to).map_err(|error| failed(ACTION, error))?;
    let copied = fill(source, to);
    if copied.is_err() {
        // A half of a backup is none. It is this call's own file.
        drop(std::fs::remove_file(to));
    }
    copied
}

fn create(to: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(to).map(drop)
}

fn fill(source: &Connection, to: &Path) -> Result<(), StoreError> {
    let sqlite = |error: rusqlite::Error| failed(ACTION, error);
    let mut copy = Connection::open(to).map_err(sqlite)?;
    {
        let backup = Backup::new(source, &mut copy).map_err(sqlite)?;
        // All at once: it is one read transaction, which in a write-ahead log holds up nobody.
        match backup.step(-1).map_err(sqlite)? {
            StepResult::Done => {}
            _ => return Err(failed(ACTION, "the database is locked")),
        }
    }
    copy.close().map_err(|(_, error)| sqlite(error))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sync = || {
        File::open(to)?.sync_all()?;
        // The name, too. Not everywhere can a folder be opened.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    };
    sync().map_err(|error| failed(ACTION, error))
}
