//! Reports what is no jq token: brackets that do not match, quotes, stray characters.

use super::report::Text;
use super::scan::{Mistake, MistakeKind, closing};
use crate::diagnostic::{Code, Diagnostic, Sink};
use std::ops::Range;

/// More than this many mistakes in one program are follow-ups of the first.
const MOST: usize = 8;
/// So many open brackets are shown and mended; more are no slip.
const MOST_BRACKETS: usize = 16;

/// Reports every mistake of the scan.
pub(super) fn report(text: Text<'_>, sink: &mut Sink) {
    let mut done = 0;
    for mistake in text.scan.mistakes.iter().take(MOST) {
        if mistake.range.end < done || (mistake.range.start < done && !mistake.range.is_empty()) {
            continue;
        }
        let (diagnostic, end) = describe(text, mistake);
        done = end;
        sink.push(diagnostic);
    }
}

/// The diagnostic, and where it ends: mistakes before that follow from it.
fn describe(text: Text<'_>, mistake: &Mistake) -> (Diagnostic, usize) {
    let range = mistake.range.clone();
    let end = range.end;
    let error = |message: String| text.error(Code::JqSyntax, range.clone(), message);
    let diagnostic = match &mistake.kind {
        MistakeKind::Character => return character(text, range),
        MistakeKind::Name => {
            let last = text.get(range.clone()).chars().last().unwrap_or('$');
            error(format!("expected a name after `{}`", if last == ':' { "::".to_owned() } else { last.to_string() }))
        }
        MistakeKind::Digit => error(format!("`{}` is not a whole number or decimal", text.get(range.clone())))
            .label("expected a digit behind this"),
        MistakeKind::Escape => escape(text, range.clone()),
        MistakeKind::Unicode => error("`\\u` without the four hexadecimal digits of a character".into())
            .help("write a character beyond U+FFFF as it is: jq does not pair surrogates"),
        MistakeKind::Unopened => error(format!("`{}` closes nothing", text.get(range.clone())))
            .suggest_all("remove it", vec![text.edit(range.clone(), "")]),
        MistakeKind::Unclosed(open) => unclosed(text, open, range),
    };
    (diagnostic, end)
}

fn character(text: Text<'_>, range: Range<usize>) -> (Diagnostic, usize) {
    let rest = text.get(range.start..text.source.value.len());
    let found = rest.chars().next().unwrap_or_default();
    let error = |range: Range<usize>, message: String| text.error(Code::JqSyntax, range, message);
    match found {
        '&' if rest.starts_with("&&") => {
            let both = range.start..range.start + 2;
            let diagnostic = error(both.clone(), "`&&` is not a jq operator".into());
            (diagnostic.fix_all("write `and`", vec![text.edit(both.clone(), "and")]), both.end)
        }
        '\'' | '‘' | '’' | '“' | '”' => quotes(text, range, found),
        '\\' if rest.starts_with("\\\"") => {
            let diagnostic = error(range.clone(), "a backslash outside a string".into())
                .note("the manifest escapes this quote twice: once as JSON, once for jq");
            (diagnostic.fix_all("escape it once", vec![text.edit(range.clone(), "")]), range.end)
        }
        '^' => {
            (error(range.clone(), "`^` is not a jq operator".into()).help("for a power write `pow(2; 10)`"), range.end)
        }
        _ => {
            let shown = if found.is_control() { format!("{found:?}") } else { format!("`{found}`") };
            (error(range.clone(), format!("unexpected character {shown} in a jq program")), range.end)
        }
    }
}

/// Single or typographic quotes around a string.
fn quotes(text: Text<'_>, range: Range<usize>, found: char) -> (Diagnostic, usize) {
    let closes = |c: char| if found == '\'' { c == '\'' } else { matches!(c, '’' | '”') };
    let rest = text.get(range.end..text.source.value.len());
    let message = if found == '\'' { "single quotes around a string" } else { "typographic quotes around a string" };
    let diagnostic = |range| text.error(Code::JqSyntax, range, message).note("jq strings stand in double quotes");
    match rest.char_indices().find(|(_, c)| closes(*c)) {
        Some((at, close)) if !rest[..at].contains(['"', '\\']) => {
            let end = range.end + at..range.end + at + close.len_utf8();
            let edits = vec![text.edit(range.clone(), "\""), text.edit(end.clone(), "\"")];
            (diagnostic(range.start..end.end).fix_all("use double quotes", edits), end.end)
        }
        _ => (diagnostic(range.clone()), range.end),
    }
}

fn escape(text: Text<'_>, range: Range<usize>) -> Diagnostic {
    let found = text.get(range.clone());
    let diagnostic = text.error(Code::JqSyntax, range.clone(), format!("`{found}` is not an escape in a jq string"));
    match found {
        "\\$" => diagnostic.help("a string cannot hold a literal `${`; build it: `\"$\" + \"{\"`"),
        "\\'" => diagnostic.fix_all("write the quote as it is", vec![text.edit(range, "'")]),
        _ => diagnostic
            .help("the escapes are `\\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t`, `\\u0041` and `\\(…)`"),
    }
}

fn name(open: char) -> &'static str {
    match open {
        ')' => "parenthesis",
        ']' => "bracket",
        '}' => "brace",
        _ => "quote",
    }
}

/// Brackets and quotes that are open where an outer one closes or the program ends.
fn unclosed(text: Text<'_>, open: &[usize], range: Range<usize>) -> Diagnostic {
    let closers: String = open.iter().rev().map(|at| closing(text.source.value.as_bytes()[*at])).collect();
    let first = closers.chars().next().unwrap_or('}');
    let found =
        if range.is_empty() { "the end of the program".into() } else { format!("`{}`", text.get(range.clone())) };
    let innermost = open.last().copied().unwrap_or(range.start);
    if first == '"' {
        return unclosed_string(text, innermost, &closers);
    }
    let message = format!("expected closing {}, found {found}", name(first));
    let mut diagnostic = text.error(Code::JqSyntax, range.clone(), message).label(format!("expected `{first}`"));
    for at in open.iter().rev().take(MOST_BRACKETS).rev() {
        diagnostic = diagnostic.secondary(text.source.source_span(*at..at + 1), "opened here");
    }
    diagnostic.fix_all(format!("add the missing `{closers}`"), vec![text.edit(range.start..range.start, &closers)])
}

/// A string that runs to the end of the program.
fn unclosed_string(text: Text<'_>, quote: usize, closers: &str) -> Diagnostic {
    let mut diagnostic = text
        .error(Code::JqSyntax, quote..quote + 1, "expected closing quote, found the end of the program")
        .label("this string is not closed");
    let content = text.get(quote + 1..text.source.value.len()).trim_end();
    let body = content.trim_end_matches(|c: char| matches!(c, ')' | ']' | '}') || c.is_whitespace());
    let tail: String = content[body.len()..].split_whitespace().collect();
    let rest = &closers[1..];
    let edit = match () {
        () if body.contains([',', ':', '|', '{', '[', '(']) => None,
        () if tail == rest => Some((quote + 1 + body.len(), "\"")),
        () if tail.is_empty() => Some((quote + 1 + content.len(), closers)),
        () => None,
    };
    if let Some((at, missing)) = edit {
        diagnostic = diagnostic.fix_all(format!("add the missing `{missing}`"), vec![text.edit(at..at, missing)]);
    } else {
        diagnostic = diagnostic.help("close the string with `\\\"`: inside a JSON string each quote is escaped");
    }
    diagnostic
}
