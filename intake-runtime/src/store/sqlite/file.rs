//! The database's file: where it is, whose it is, and who may read it.

use super::failed;
use crate::store::StoreError;
use std::error::Error;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// Why a file cannot be opened as a database of this store.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
struct OpenError {
    path: PathBuf,
    problem: &'static str,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

/// Held by every thread of a store. The lock is released with the last of them, and only then does the store say that
/// it has ended: the fields are dropped in this order.
pub(super) struct Ownership {
    _lock: Option<File>,
    _ended: watch::Sender<()>,
}

pub(super) fn refuse(path: &Path, problem: &'static str) -> StoreError {
    failed("open its database", OpenError { path: path.to_owned(), problem, cause: None })
}

pub(super) fn refuse_for(
    path: &Path,
    problem: &'static str,
    cause: impl Into<Box<dyn Error + Send + Sync>>,
) -> StoreError {
    failed("open its database", OpenError { path: path.to_owned(), problem, cause: Some(cause.into()) })
}

/// The one name of a file, however it is reached: two names would mean two locks.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    if path.is_dir() {
        return Err(refuse(path, "this is a folder: name a file in it"));
    }
    if let Ok(path) = fs::canonicalize(path) {
        return Ok(path);
    }
    let name = path.file_name().ok_or_else(|| refuse(path, "this names no file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder)
        .map_err(|error| refuse_for(path, "its folder is missing or not accessible: create it first", error))?;
    Ok(folder.join(name))
}

/// Takes the file for this store. The lock is the operating system's, so a process that dies leaves none behind.
pub(super) fn own(path: &Path, ended: watch::Sender<()>) -> Result<Ownership, StoreError> {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    let problem = "its lock file (the same name and `.lock`) cannot be created or locked: is the folder writable?";
    let lock = private().open(lock).map_err(|error| refuse_for(path, problem, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(Ownership { _lock: Some(lock), _ended: ended }),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(refuse_for(path, problem, error)),
    }
}

/// Leaves the file to whoever has it.
pub(super) const fn share(ended: watch::Sender<()>) -> Ownership {
    Ownership { _lock: None, _ended: ended }
}

/// Creates the file if it is missing. To be called before SQLite opens it and never after: closing any handle of the
/// file drops the locks that SQLite has on it.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    let file = private().open(path);
    file.map(drop).map_err(|error| refuse_for(path, "the file cannot be opened for writing", error))
}

/// What it creates is readable by its owner only: it holds customers' inputs. SQLite's side files follow the database's.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
