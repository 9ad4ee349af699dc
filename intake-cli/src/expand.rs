//! `intake expand`

use crate::format::{Format, Report, When};
use intake_compiler::compile::{Options, compile};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Prints the formatted code of a manifest without errors.
pub(crate) fn run(file: &Path, samples: Option<&Path>) -> Result<ExitCode, String> {
    let source = crate::read(file)?;
    let samples = crate::samples::of(file, samples)?;
    let compiled = compile(&source, &Options { samples, ..Options::default() });
    if !compiled.is_ok() {
        let mut report = Report::new(Format::Human, When::Auto);
        report.add(&source, &compiled.diagnostics);
        report.finish();
        return Ok(ExitCode::FAILURE);
    }
    let code = syn::parse2(compiled.tokens).map_err(|error| format!("the generated code does not parse: {error}"))?;
    let written = std::io::stdout().write_all(prettyplease::unparse(&code).as_bytes());
    crate::format::or_closed_pipe(written)?;
    Ok(ExitCode::SUCCESS)
}
