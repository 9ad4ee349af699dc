//! Disks that can be cut off, filled, and made to fail: files that are mounted, which takes root.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// Bytes of a disk.
const SIZE: u64 = 64 << 20;
/// How often it is tried to let go of a disk that a dead process has not let go of yet.
const TRIES: u32 = 500;

/// ext4's `EXT4_IOC_SHUTDOWN` without a flush of its journal, when told: from then on no write reaches the disk, and what
/// was not synced never does.
const CUT: &str = r#"
    open(my $disk, "<", $ARGV[0]) or die "$ARGV[0]: $!\n";
    my $no_log_flush = pack("L", 2);
    $| = 1;
    print "ready\n";
    <STDIN>;
    ioctl($disk, 0x8004587D, $no_log_flush) or die "EXT4_IOC_SHUTDOWN: $!\n";
"#;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ext4 with its journal, as it is made by default: for power cuts.
    Journaled,
    /// On a memory disk that can be filled, so that the system's writes to it fail once a program's have succeeded:
    /// without a journal, whose failure would end all writing.
    Fillable,
}

pub(crate) struct Disk {
    kind: Kind,
    folder: TempDir,
    /// The last on top of those before.
    mounted: Vec<PathBuf>,
}

impl Disk {
    pub(crate) async fn new(kind: Kind) -> Result<Self, Problem> {
        let folder = tempfile::tempdir().map_err(|error| Problem(format!("a folder: {error}")))?;
        let mut disk = Self { kind, folder, mounted: Vec::new() };
        for folder in [disk.under(), disk.path()] {
            std::fs::create_dir(&folder).map_err(|error| Problem(format!("{}: {error}", folder.display())))?;
        }
        if kind == Kind::Fillable {
            // All of it fits: a full disk is none whose writes fail.
            let size = format!("size={}", SIZE * 5 / 4);
            run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", text(&disk.under())]).await?;
            disk.mounted.push(disk.under());
        }
        let image = disk.image();
        let sized = File::create(&image).and_then(|file| file.set_len(SIZE));
        sized.map_err(|error| Problem(format!("{}: {error}", image.display())))?;
        let mut make = vec!["-q", "-F", "-m", "0", "-b", "4096"];
        if kind == Kind::Fillable {
            make.extend(["-O", "^has_journal"]);
        }
        make.push(text(&image));
        run("mkfs.ext4", &make).await?;
        disk.mount().await?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// What the disk itself is on.
    fn under(&self) -> PathBuf {
        self.folder.path().join("under")
    }

    fn image(&self) -> PathBuf {
        self.under().join("image")
    }

    async fn mount(&mut self) -> Result<(), Problem> {
        let options = if self.kind == Kind::Fillable { "loop,errors=continue" } else { "loop" };
        run("mount", &["-o", options, text(&self.image()), text(&self.path())]).await?;
        self.mounted.push(self.path());
        Ok(())
    }

    /// Gets ready to cut its power, so that it then takes no time.
    pub(crate) async fn knife(&self) -> Result<Knife, Problem> {
        let mut command = Command::new("perl");
        command.args(["-e", CUT, text(&self.path())]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| Problem(format!("`perl` cannot be run: {error}")))?;
        let input = child.stdin.take().expect("its input");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        // It has ended if it says nothing, and is asked why when it is to cut.
        let _ = output.read_line(&mut String::new()).await;
        Ok(Knife { child, input })
    }

    /// The power is back: the file system mends itself by its journal, and is checked.
    pub(crate) async fn restore(&mut self) -> Result<(), Problem> {
        self.unmount().await?;
        // Replays the journal, and ends with 1 if it has cleared files that were being truncated; with more if something is
        // left that it cannot put right by itself.
        ended("e2fsck", &["-p", text(&self.image())], 1).await?;
        self.mount().await
    }

    async fn unmount(&mut self) -> Result<(), Problem> {
        let mut tries = 0;
        while let Err(problem) = run("umount", &[text(&self.path())]).await {
            tries += 1;
            if tries == TRIES {
                return Err(problem);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.mounted.pop();
        Ok(())
    }

    /// Takes all the room that is left on it.
    pub(crate) fn fill(&self) -> Ballast {
        Ballast::new(self.path().join("ballast"))
    }

    /// Takes all the room that is left on what it is on: only blocks in use can be written from then on.
    pub(crate) async fn fail(&self) -> Result<Ballast, Problem> {
        run("fstrim", &[text(&self.path())]).await?;
        Ok(Ballast::new(self.under().join("ballast")))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What is mounted in the folder has to go before the folder does. There may be nobody left to be told of an error.
        for path in self.mounted.iter().rev() {
            let _ = std::process::Command::new("umount").arg("-l").arg(path).status();
        }
    }
}

/// Cuts the power of a disk: what is not on it never gets there. Whoever uses it gets errors.
pub(crate) struct Knife {
    child: Child,
    input: ChildStdin,
}

impl Knife {
    pub(crate) async fn cut(mut self) -> Result<(), Problem> {
        // Whether it was heard, its end tells.
        let _ = self.input.write_all(b"\n").await;
        match self.child.wait().await {
            Ok(status) if status.success() => Ok(()),
            ended => Err(Problem(format!("the power cannot be cut: {ended:?}"))),
        }
    }
}

/// Takes up the room of a disk for as long as it is there.
pub(crate) struct Ballast(PathBuf);

impl Ballast {
    fn new(path: PathBuf) -> Self {
        tokio::task::block_in_place(|| {
            let mut file = File::create(&path).expect("ballast");
            for size in [64 << 10, 4 << 10] {
                let block = vec![0xb5; size];
                while file.write_all(&block).is_ok() {}
            }
        });
        Self(path)
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        tokio::task::block_in_place(|| std::fs::remove_file(&self.0).expect("ballast that is there"));
    }
}

/// Why there is no such disk here.
#[derive(Debug)]
pub(crate) struct Problem(String);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a folder whose name is text")
}

async fn run(program: &str, arguments: &[&str]) -> Result<(), Problem> {
    ended(program, arguments, 0).await
}

/// Runs a program that may end with a status up to this one.
async fn ended(program: &str, arguments: &[&str], most: i32) -> Result<(), Problem> {
    let told = Command::new(program).args(arguments).output().await;
    let output = told.map_err(|error| Problem(format!("`{program}` cannot be run: {error}")))?;
    if output.status.code().is_some_and(|code| code <= most) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default();
    Err(Problem(format!("`{program}` ended with {}: {said}", output.status)))
}
