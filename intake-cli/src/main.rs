//! The `intake` command.

#![forbid(unsafe_code)]

mod check;
mod db;
mod expand;
mod explain;
mod fix;
mod fmt;
mod format;
mod graph;
mod samples;
mod sarif;
mod watch;

use clap::{Parser, Subcommand};
use intake_compiler::source::Source;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks, mends, lays out, expands and explains data-intake manifests.
#[derive(Debug, Parser)]
#[command(name = "intake", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report everything that is wrong with manifests; exit with 1 if there are errors
    Check(check::Arguments),
    /// Lay manifests out: JSON, and the jq in it
    Fmt(fmt::Arguments),
    /// Print the Rust that a manifest compiles to
    Expand {
        /// The manifest; `-` reads standard input
        file: PathBuf,
        /// The folder of samples, instead of `samples/STEM` beside the manifest
        #[arg(long)]
        samples: Option<PathBuf>,
    },
    /// Draw what the events of a manifest read, write and call
    Graph(graph::Arguments),
    /// Explain a diagnostic code: what it is, why it matters, and an example
    Explain {
        /// The code, such as IN0101; without it, all codes are listed
        code: Option<String>,
    },
    #[command(flatten)]
    Database(db::Command),
    /// Serve an editor with the language server protocol, on standard input and output
    Lsp {
        /// There is no other way; editors name it
        #[arg(long, hide = true)]
        stdio: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Expand { file, samples } => expand::run(&file, samples.as_deref()),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::Explain { code } => explain::run(code.as_deref()),
        Command::Database(command) => db::run(command),
        Command::Lsp { stdio: _ } => Ok(lsp()),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::from(2)
    })
}

/// Exits with 1, as the protocol asks, if the editor goes without a word.
fn lsp() -> ExitCode {
    match intake_lsp::server::stdio(&|manifest| samples::of(manifest, None)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a path stands for standard input.
fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A manifest from a file, or from standard input for `-`.
fn read(path: &Path) -> Result<Source, String> {
    let (shown, bytes) = if is_stdin(path) {
        let mut bytes = Vec::new();
        let read = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes);
        ("<stdin>".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    let bytes = bytes.map_err(|error| format!("cannot read {shown}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        format!("{shown} is not UTF-8: byte {} is invalid; save it as UTF-8", error.utf8_error().valid_up_to())
    })?;
    Ok(Source::new(shown, text))
}

/// Replaces a file at once, so that no reader and no crash ever sees half of it. Its permissions stay, and a symbolic
/// link stays one.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let replace = || {
        let path = std::fs::canonicalize(path)?;
        let permissions = std::fs::metadata(&path)?.permissions();
        if permissions.readonly() {
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "the file is read-only"));
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".intake-").tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().set_permissions(permissions)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    replace().map_err(|error: std::io::Error| format!("cannot write {}: {error}", path.display()))
}
