//! How diagnostics are reported: for people, for programs, for GitHub's annotations.

use crate::sarif::Log;
use clap::ValueEnum;
use intake_compiler::diagnostic::render::{Color, render, summary};
use intake_compiler::diagnostic::{Diagnostic, Severity};
use intake_compiler::programs::Program;
use intake_compiler::source::{Source, Span};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};

/// The kinds of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As rustc shows errors, on standard error
    Human,
    /// One JSON object per line, on standard output
    Json,
    /// Workflow commands that GitHub shows as annotations, on standard output
    Github,
    /// One SARIF 2.1.0 log, with explanations and fixes, on standard output
    Sarif,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A report under way.
pub(crate) struct Report {
    format: Format,
    color: Color,
    log: Log,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(format: Format, color: When) -> Self {
        let automatic = || io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        let colored = match color {
            When::Always => true,
            When::Never => false,
            When::Auto => automatic(),
        };
        let color = if colored { Color::Always } else { Color::Never };
        Self { format, color, log: Log::default(), errors: 0, warnings: 0, notes: 0 }
    }

    /// Writes what was found in one manifest.
    pub(crate) fn add(&mut self, source: &Source, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            match diagnostic.severity() {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Note => self.notes += 1,
            }
            match self.format {
                Format::Human => eprintln!("{}\n", render(source, diagnostic, self.color).trim_end()),
                Format::Json => line(&as_json(source, diagnostic).to_string()),
                Format::Github => line(&as_github(source, diagnostic)),
                Format::Sarif => self.log.add(source, diagnostic),
            }
        }
    }

    /// Writes how the jq programs of one manifest are run, on standard output.
    pub(crate) fn tiers(&self, source: &Source, programs: &[Program]) {
        for program in programs {
            line(&match self.format {
                Format::Json => tier_as_json(source, program).to_string(),
                Format::Human | Format::Github | Format::Sarif => tier(source, program),
            });
        }
    }

    /// Ends the report; the number of errors.
    pub(crate) fn finish(self) -> usize {
        if self.format == Format::Human && self.errors + self.warnings + self.notes > 0 {
            eprintln!("{}", summary(self.errors, self.warnings, self.notes));
        }
        if self.format == Format::Sarif {
            line(&format!("{:#}", self.log.finish()));
        }
        self.errors
    }
}

fn line(text: &str) {
    // A reader that went away is no error of ours.
    let _ = writeln!(io::stdout(), "{text}");
}

/// A reader that has seen enough (`intake expand … | head`) is no error.
pub(crate) fn or_closed_pipe(written: io::Result<()>) -> Result<(), String> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("cannot write the output: {error}")),
        _ => Ok(()),
    }
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// `file:line:column: tier B (event request of intake acme)`, and for a tier below the best why, with the place.
fn tier(source: &Source, program: &Program) -> String {
    let at = |span: Span| {
        let at = source.position(span.start);
        format!("{}:{}:{}", source.name(), at.line, at.column)
    };
    let of = format!("event {} of intake {}", program.event, program.intake);
    let tier = &program.tier;
    let (letter, how) = tier.described();
    let why = tier.reason().map(|why| format!("\n{}: {}", at(why.span), why.reason)).unwrap_or_default();
    format!("{}: tier {letter}, {how} ({of}){why}", at(program.span))
}

fn tier_as_json(source: &Source, program: &Program) -> Value {
    let place = |span: Span| {
        let at = source.position(span.start);
        json!({ "line": at.line, "column": at.column })
    };
    let tier = &program.tier;
    let reason = tier.reason().map_or(Value::Null, |why| json!({ "message": why.reason, "at": place(why.span) }));
    json!({
        "file": source.name(),
        "intake": program.intake,
        "event": program.event,
        "at": place(program.span),
        "tier": tier.described().0,
        "reason": reason,
    })
}

fn as_json(manifest: &Source, diagnostic: &Diagnostic) -> Value {
    let source = diagnostic.text(manifest);
    let span = diagnostic.primary.span;
    let (start, end) = (source.position(span.start), source.position(span.end));
    let help: Vec<_> = diagnostic.helps.iter().chain(diagnostic.suggestions.iter().map(|one| &one.message)).collect();
    json!({
        "code": diagnostic.code.as_str(),
        "severity": severity(diagnostic),
        "message": diagnostic.message,
        "file": source.name(),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "help": help,
    })
}

fn as_github(manifest: &Source, diagnostic: &Diagnostic) -> String {
    let source = diagnostic.text(manifest);
    let span = diagnostic.primary.span;
    let (start, end) = (source.position(span.start), source.position(span.end));
    let mut message = diagnostic.message.clone();
    for help in diagnostic.helps.iter().chain(diagnostic.suggestions.iter().map(|one| &one.message)) {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    format!(
        "::{} file={},line={},col={},endLine={},endColumn={},title={}::{}",
        // GitHub's word for a note.
        if diagnostic.severity() == Severity::Note { "notice" } else { severity(diagnostic) },
        github_property(source.name()),
        start.line,
        start.column,
        end.line,
        end.column,
        diagnostic.code,
        github_data(&message),
    )
}

fn github_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}
