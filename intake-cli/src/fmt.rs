//! `intake fmt`

use crate::format::{Format, Report, When};
use clap::Args;
use intake_compiler::fmt::format;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to lay out.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Manifests; `-` reads standard input and prints the result
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Change nothing; name the manifests that are laid out otherwise, and exit with 1 if there are any
    #[arg(long)]
    check: bool,
}

/// Lays every file out, or names those that are not.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let mut report = Report::new(Format::Human, When::Auto);
    let (mut others, mut failed) = (0, Vec::new());
    for file in &arguments.files {
        let source = match crate::read(file) {
            Ok(source) => source,
            Err(message) => {
                failed.push(message);
                continue;
            }
        };
        let text = match format(&source) {
            Ok(text) => text,
            Err(found) => {
                report.add(&source, &found);
                continue;
            }
        };
        let is_other = text != source.text();
        let done = match (arguments.check, crate::is_stdin(file)) {
            (true, _) if is_other => {
                others += 1;
                let line = std::iter::zip(text.lines(), source.text().lines()).take_while(|(new, old)| new == old);
                writeln!(std::io::stdout(), "{}:{}: is laid out otherwise", source.name(), line.count() + 1)
            }
            (false, true) => std::io::stdout().write_all(text.as_bytes()),
            (false, false) if is_other => match crate::write(file, &text) {
                Ok(()) => Ok(()),
                Err(message) => {
                    failed.push(message);
                    Ok(())
                }
            },
            _ => Ok(()),
        };
        crate::format::or_closed_pipe(done)?;
    }
    let errors = report.finish();
    if !failed.is_empty() {
        return Err(failed.join("\nerror: "));
    }
    Ok(ExitCode::from(u8::from(errors > 0 || others > 0)))
}
