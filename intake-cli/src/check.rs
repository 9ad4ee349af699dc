//! `intake check`

use crate::format::{Format, Report, When};
use crate::{fix, samples, watch};
use clap::Args;
use intake_compiler::compile::check;
use intake_compiler::programs::programs;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to check, and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Manifests; `-` reads standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Mend what can be mended with certainty, and report the rest; of `-` the mended text is printed
    #[arg(long)]
    fix: bool,
    /// Check again whenever a file or a sample changes, until Ctrl-C
    #[arg(long, conflicts_with = "fix")]
    watch: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// When to colour the report
    #[arg(long, value_enum, default_value_t = When::Auto)]
    color: When,
    /// Say how each jq program is run, and why not better
    #[arg(long)]
    tiers: bool,
    /// The folder of samples, instead of `samples/STEM` beside the manifest
    #[arg(long)]
    samples: Option<PathBuf>,
}

/// Checks every file and reports all problems of all of them.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let &Arguments { ref files, fix, watch, format, tiers, .. } = arguments;
    let reads_input = files.iter().any(|file| crate::is_stdin(file));
    let prints_text = fix && reads_input;
    if prints_text && (format != Format::Human || tiers) {
        return Err("`--fix -` prints the manifest on standard output, where the report would be".to_owned());
    }
    if tiers && format == Format::Sarif {
        return Err("`--tiers` says nothing that SARIF has a place for: use `--format json`".to_owned());
    }
    if watch && reads_input {
        return Err("standard input cannot be watched".to_owned());
    }
    let samples = files.iter().map(|file| samples::place(file, arguments.samples.as_deref())).collect::<Vec<_>>();
    if watch { watch::run(files, &samples, || once(arguments)) } else { once(arguments) }
}

fn once(arguments: &Arguments) -> Result<ExitCode, String> {
    let &Arguments { ref files, fix, format, color, tiers, ref samples, .. } = arguments;
    let mut report = Report::new(format, color);
    let mut failed = Vec::new();
    for file in files {
        let read = crate::read(file).and_then(|source| Ok((source, samples::of(file, samples.as_deref())?)));
        let checked = read.and_then(|(source, samples)| match fix {
            true => fix::file(file, &source, &samples),
            false => Ok((check(&source, &samples), source)),
        });
        match checked {
            Ok((found, source)) => {
                report.add(&source, &found);
                if tiers {
                    report.tiers(&source, &programs(&source));
                }
            }
            Err(message) => failed.push(message),
        }
    }
    let errors = report.finish();
    if !failed.is_empty() {
        return Err(failed.join("\nerror: "));
    }
    Ok(ExitCode::from(u8::from(errors > 0)))
}
