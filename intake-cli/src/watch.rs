//! `intake check --watch`
//!
//! The files are looked at a few times a second instead of through the system's notifications: a handful of `stat`
//! calls costs nothing, works on every file system and in containers, and misses no editor that saves by a rename.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(150);

/// What tells that a file has changed; `None` while it cannot be read.
type Stamp = Option<(SystemTime, u64)>;

/// Runs `check` now and after every change, until Ctrl-C; then the exit code is that of the last run.
/// A sample that is added or removed is a change, too.
pub(crate) fn run(
    files: &[PathBuf],
    samples: &[PathBuf],
    mut check: impl FnMut() -> Result<ExitCode, String>,
) -> Result<ExitCode, String> {
    let (stop, stopped) = channel();
    let handler = move || {
        // The receiver lives as long as the process is watched.
        let _ = stop.send(());
    };
    ctrlc::set_handler(handler).map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    let mut stamps = look(files, samples);
    loop {
        if io::stderr().is_terminal() {
            let _ = write!(io::stderr(), "\x1b[2J\x1b[3J\x1b[H");
        }
        let code = check().unwrap_or_else(|message| {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        });
        let what = if files.len() == 1 { "1 file" } else { &format!("{} files", files.len()) };
        eprintln!("watching {what}; Ctrl-C ends it");
        let mut settling = false;
        loop {
            match stopped.recv_timeout(EVERY) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(code),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = look(files, samples);
            let is_still = now == stamps;
            stamps = now;
            // Whoever is still writing is waited for.
            match (is_still, settling) {
                (true, true) => break,
                (still, _) => settling = !still,
            }
        }
    }
}

fn look(files: &[PathBuf], samples: &[PathBuf]) -> BTreeMap<PathBuf, Stamp> {
    let mut stamps: BTreeMap<_, _> = files.iter().map(|file| (file.clone(), stamp(file))).collect();
    for folder in samples {
        for inside in entries(folder) {
            stamps.extend(entries(&inside).map(|file| (file.clone(), stamp(&file))));
            stamps.insert(inside.clone(), stamp(&inside));
        }
    }
    stamps
}

fn stamp(file: &Path) -> Stamp {
    let found = file.metadata().ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// What is in a folder; nothing where there is none.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let found = folder.read_dir().into_iter().flatten();
    found.filter_map(|entry| entry.ok().map(|entry| entry.path()))
}
