//! `intake explain`

use intake_compiler::diagnostic::Code;
use intake_compiler::diagnostic::suggest::closest;
use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

/// Prints one code's explanation, or the list of all codes.
pub(crate) fn run(code: Option<&str>) -> Result<ExitCode, String> {
    let text = match code {
        Some(code) => explanation(code)?.to_owned(),
        None => list(),
    };
    crate::format::or_closed_pipe(std::io::stdout().write_all(text.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

fn explanation(text: &str) -> Result<&'static str, String> {
    Code::find(text).map(Code::explanation).ok_or_else(|| {
        let known = Code::ALL.iter().map(|code| code.as_str());
        match closest(text, known) {
            Some(meant) => format!("there is no code `{text}`: did you mean {meant}?"),
            None => format!("there is no code `{text}`: `intake explain` lists them all"),
        }
    })
}

fn list() -> String {
    Code::ALL.iter().fold(String::new(), |mut text, code| {
        let _ = writeln!(text, "{code}  {}", code.title());
        text
    })
}
