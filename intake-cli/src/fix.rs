//! `intake check --fix`

use intake_compiler::diagnostic::{Applicability, Diagnostic};
use intake_compiler::fix::{Applied, Fixed, fix, is_of_json};
use intake_compiler::samples::File;
use intake_compiler::source::Source;
use std::io::Write;
use std::path::Path;

/// Mends a file, says on standard error what was changed and what was not, and gives what is left.
pub(crate) fn file(path: &Path, source: &Source, samples: &[File]) -> Result<(Vec<Diagnostic>, Source), String> {
    let fixed = fix(source, samples);
    let is_changed = fixed.source.text() != source.text();
    if crate::is_stdin(path) {
        crate::format::or_closed_pipe(std::io::stdout().write_all(fixed.source.text().as_bytes()))?;
    } else if is_changed {
        crate::write(path, fixed.source.text())?;
    }
    report(&fixed);
    Ok((fixed.remaining, fixed.source))
}

fn report(fixed: &Fixed) {
    let name = fixed.source.name();
    let (placeholders, certain): (Vec<&Applied>, Vec<&Applied>) =
        fixed.applied.iter().partition(|one| one.is_placeholder);
    list(&fixed.source, &format!("fixed {name}:"), &certain);
    list(&fixed.source, &format!("to be filled in by you in {name}:"), &placeholders);
    let undecided = fixed.remaining.iter().filter(|one| !one.suggestions.is_empty()).count();
    if undecided > 0 {
        let is_broken = fixed.remaining.iter().any(|one| is_of_json(one.code));
        let sure = |one: &Diagnostic| one.suggestions.iter().any(|found| found.applicability != Applicability::Maybe);
        let why = match is_broken && fixed.remaining.iter().any(sure) {
            true => "the text is no JSON yet, so nothing else is changed",
            false => "they may not be what you mean",
        };
        eprintln!("{undecided} of the suggestions below are left to you: {why}\n");
    }
}

fn list(source: &Source, title: &str, applied: &[&Applied]) {
    if applied.is_empty() {
        return;
    }
    eprintln!("{title}");
    for one in applied {
        let at = source.position(one.at);
        eprintln!("  {}:{} [{}] {}", at.line, at.column, one.code, one.message);
    }
    eprintln!();
}
