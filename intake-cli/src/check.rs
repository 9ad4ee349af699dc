//! `intake check`

use crate::format::{Format, Report, When};
use intake_compiler::compile::check;
use intake_compiler::programs::programs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks every file and reports all problems of all of them.
pub(crate) fn run(
    files: &[PathBuf],
    format: Format,
    color: When,
    tiers: bool,
    samples: Option<&Path>,
) -> Result<ExitCode, String> {
    let mut report = Report::new(format, color);
    let mut unreadable = Vec::new();
    for file in files {
        match crate::read(file).and_then(|source| Ok((source, crate::samples::of(file, samples)?))) {
            Ok((source, samples)) => {
                report.add(&source, &check(&source, &samples));
                if tiers {
                    report.tiers(&source, &programs(&source));
                }
            }
            Err(message) => unreadable.push(message),
        }
    }
    let errors = report.finish();
    if !unreadable.is_empty() {
        return Err(unreadable.join("\nerror: "));
    }
    Ok(ExitCode::from(u8::from(errors > 0)))
}
