//! The `intake` command: `check`, `expand`, `explain` and `lsp`.

#![forbid(unsafe_code)]

mod check;
mod expand;
mod explain;
mod format;
mod samples;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks, expands and explains data-intake manifests.
#[derive(Debug, Parser)]
#[command(name = "intake", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report everything that is wrong with manifests; exit with 1 if there are errors
    Check {
        /// Manifests; `-` reads standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How to report
        #[arg(long, value_enum, default_value_t = format::Format::Human)]
        format: format::Format,
        /// When to colour the report
        #[arg(long, value_enum, default_value_t = format::When::Auto)]
        color: format::When,
        /// Say how each jq program is run, and why not better
        #[arg(long)]
        tiers: bool,
        /// The folder of samples, instead of `samples/STEM` beside the manifest
        #[arg(long)]
        samples: Option<PathBuf>,
    },
    /// Print the Rust that a manifest compiles to
    Expand {
        /// The manifest; `-` reads standard input
        file: PathBuf,
        /// The folder of samples, instead of `samples/STEM` beside the manifest
        #[arg(long)]
        samples: Option<PathBuf>,
    },
    /// Explain a diagnostic code: what it is, why it matters, and an example
    Explain {
        /// The code, such as IN0101; without it, all codes are listed
        code: Option<String>,
    },
    /// Serve an editor with the language server protocol, on standard input and output
    Lsp {
        /// There is no other way; editors name it
        #[arg(long, hide = true)]
        stdio: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Check { files, format, color, tiers, samples } => {
            check::run(&files, format, color, tiers, samples.as_deref())
        }
        Command::Expand { file, samples } => expand::run(&file, samples.as_deref()),
        Command::Explain { code } => explain::run(code.as_deref()),
        Command::Lsp { stdio: _ } => Ok(lsp()),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::from(2)
    })
}

/// Exits with 1, as the protocol asks, if the editor goes without a word.
fn lsp() -> ExitCode {
    match intake_lsp::server::stdio() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A manifest from a file, or from standard input for `-`.
fn read(path: &std::path::Path) -> Result<intake_compiler::source::Source, String> {
    let (shown, bytes) = if path.as_os_str() == "-" {
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
    Ok(intake_compiler::source::Source::new(shown, text))
}
