//! What can be done about what was found.

use super::File;
use intake_compiler::diagnostic::{Applicability, Code, Diagnostic, Suggestion};
use intake_compiler::source::Span;

/// A problem, and a way to mend it.
#[derive(Clone, Copy, Debug)]
pub struct Fix<'a> {
    /// The problem.
    pub diagnostic: &'a Diagnostic,
    /// What mends it.
    pub suggestion: &'a Suggestion,
    /// Whether it is what was meant, as far as anybody can tell.
    pub is_certain: bool,
}

/// The ways to mend what was found at a place.
pub fn fixes(file: &File, place: Span) -> impl Iterator<Item = Fix<'_>> {
    let near = move |found: &&Diagnostic| {
        let span = found.primary.span;
        span.start <= place.end && place.start <= span.end
    };
    file.found().filter(near).flat_map(|diagnostic| {
        let is_only = diagnostic.suggestions.len() == 1;
        diagnostic.suggestions.iter().map(move |suggestion| {
            let is_certain = is_only && suggestion.applicability == Applicability::Certain;
            Fix { diagnostic, suggestion, is_certain }
        })
    })
}

/// How an editor can show that something does nothing, or is no longer the way to write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Faded out.
    Unnecessary,
    /// Struck through.
    Deprecated,
}

/// How a problem is best shown.
#[must_use]
pub fn tag(code: Code) -> Option<Tag> {
    match code {
        Code::NoEffect | Code::UselessResourceId | Code::StateKeyUnused | Code::UnreachableCase => {
            Some(Tag::Unnecessary)
        }
        Code::OldComment => Some(Tag::Deprecated),
        _ => None,
    }
}

/// Everything a diagnostic says that has no place of its own, as one text.
#[must_use]
pub fn message(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    let label = Some(&diagnostic.primary.text).filter(|label| !label.is_empty());
    for (what, line) in label
        .map(|label| ("", label))
        .into_iter()
        .chain(diagnostic.notes.iter().map(|note| ("note: ", note)))
        .chain(diagnostic.helps.iter().map(|help| ("help: ", help)))
        .chain(diagnostic.suggestions.iter().map(|suggestion| ("help: ", &suggestion.message)))
    {
        text.push('\n');
        text.push_str(what);
        text.push_str(line);
    }
    text
}
