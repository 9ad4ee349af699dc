// Shared with the build script.

use intake_compiler::diagnostic::Sink;
use intake_compiler::jq::{self, Program};
use intake_compiler::json::Str;
use intake_compiler::source::Span;

/// A program as it would stand in a manifest; what is wrong with it, if it is none.
pub fn parse(text: &str) -> Result<Program, String> {
    let source = Str { value: text.to_owned(), span: Span::new(0, text.len() + 2), map: vec![(0, 1)] };
    let mut sink = Sink::new();
    let program = jq::parse(&source, &mut sink);
    let found = sink.finish();
    program.ok_or_else(|| found.first().map_or_else(String::new, |found| found.message.clone()))
}

/// The programs of a file: one a line, or several lines of which the first ends in `\`. Lines with `#` say what follows.
pub fn programs(text: &str) -> Vec<String> {
    let mut programs: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let (line, more) = line.strip_suffix('\\').map_or((line, false), |line| (line, true));
        match programs.last_mut() {
            Some(last) if goes_on => {
                last.push('\n');
                last.push_str(line);
            }
            _ if line.trim().is_empty() || line.starts_with('#') => {}
            _ => programs.push(line.to_owned()),
        }
        goes_on = more;
    }
    programs
}
