//! A file of lines as a sink.

use super::form::Form;
use super::{Batch, Json, Sink, SinkError};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Appends each record as a line of JSON to a file: `{"key":…,"workflow":…,"intake":…,"record":…}`.
///
/// A batch is written in one go and synced to the disk before it counts as delivered. After a crash or a full disk the
/// last line can be torn: then it is a line on its own that is no JSON, and the batch comes again. So whoever reads the
/// file passes over what is no JSON, and over keys that were there.
///
/// On Unix the file can be rotated at any time, as logrotate does it: where the path leads to another file, or to none,
/// it is opened anew before the next batch. The file is created readable by its owner only. A clone is the same file.
#[derive(Clone)]
pub struct JsonLines {
    form: Form,
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    file: Mutex<Option<Open>>,
}

struct Open {
    file: File,
    /// Whether its end is known to be that of a line.
    whole: bool,
}

impl JsonLines {
    /// Opens a file, or creates it.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let file = Mutex::new(Some(open(&path)?));
        Ok(Self { form: Form::Whole, shared: Arc::new(Shared { path, file }) })
    }

    /// Writes the record alone, without its key.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { form: Form::Bare, ..self }
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLines").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl<R> Sink<R> for JsonLines {
    type As = Json;

    async fn deliver(&self, batch: Batch<Json>) -> Result<(), SinkError> {
        let lines = self.form.lines(&batch)?;
        let shared = self.shared.clone();
        let append = move || {
            let path = shared.path.display();
            shared.append(lines).map_err(|error| format!("{path} cannot be appended to: {error}"))
        };
        Ok(tokio::task::spawn_blocking(append).await??)
    }
}

impl Shared {
    fn append(&self, mut lines: Vec<u8>) -> io::Result<()> {
        let mut slot = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let current = slot.take();
        let moved = match &current {
            Some(current) => !is_at(&current.file, &self.path)?,
            None => true,
        };
        let opened = match current.filter(|_| !moved) {
            Some(current) => current,
            None => open(&self.path)?,
        };
        let opened = slot.insert(opened);
        if !opened.whole && !ends_a_line(&opened.file)? {
            lines.insert(0, b'\n');
        }
        opened.whole = false;
        (&opened.file).write_all(&lines)?;
        opened.file.sync_data()?;
        opened.whole = true;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<Open> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    let mut creating = options.clone();
    creating.create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut creating, 0o600);
    let file = match creating.open(path) {
        Ok(file) => {
            sync_folder(path)?;
            file
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path)?,
        Err(error) => return Err(error),
    };
    Ok(Open { file, whole: false })
}

/// Makes it last that a file was created.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a file is still the one that the path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let there = match fs::metadata(path) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let here = file.metadata()?;
    Ok((here.dev(), here.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

fn ends_a_line(mut file: &File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
