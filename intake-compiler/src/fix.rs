//! Mends a manifest by the suggestions that are certain, again and again until nothing more applies.
//!
//! As long as the text is no JSON, only that is mended: what the rest means may change with a bracket. Then come programs
//! and variables, which the rest is derived from. Suggestions that
//! touch one another wait for the next round, where they are made anew. A text that was there before ends it.

use crate::compile::check;
use crate::diagnostic::suggest::{is_possible, replace};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Suggestion};
use crate::samples::File;
use crate::source::Source;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// More rounds than any manifest needs whose mistakes a person made.
const MOST_ROUNDS: usize = 256;

/// What became of a manifest.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The manifest, mended as far as that is certain.
    pub source: Source,
    /// What was mended, in the order of the mended text.
    pub applied: Vec<Applied>,
    /// What is still found in it.
    pub remaining: Vec<Diagnostic>,
}

/// A suggestion that was put into effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The code of the problem that it mends.
    pub code: Code,
    /// What it does.
    pub message: String,
    /// Whether something is left to be filled in.
    pub is_placeholder: bool,
    /// Where it is in the mended text.
    pub at: u32,
}

/// Mends a manifest.
#[must_use]
pub fn fix(source: &Source, samples: &[File]) -> Fixed {
    let mut source = source.clone();
    let mut applied: Vec<Applied> = Vec::new();
    let mut seen = HashSet::from([hash(source.text())]);
    let mut remaining = check(&source, samples);
    for _ in 0..MOST_ROUNDS {
        let round = round(source.text(), &remaining);
        let edits: Vec<&Edit> = round.iter().flat_map(|(_, suggestion)| &suggestion.edits).collect();
        let text = replace(source.text(), edits.clone());
        if round.is_empty() || !seen.insert(hash(&text)) {
            break;
        }
        for earlier in &mut applied {
            earlier.at = moved(earlier.at, &edits, true);
        }
        applied.extend(round.iter().map(|(code, suggestion)| Applied {
            code: *code,
            message: suggestion.message.clone(),
            is_placeholder: suggestion.applicability == Applicability::Placeholder,
            at: moved(suggestion.edits.first().map_or(0, |edit| edit.span.start), &edits, false),
        }));
        source = Source::new(source.name(), text);
        remaining = check(&source, samples);
    }
    applied.sort_by_key(|one| one.at);
    Fixed { source, applied, remaining }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The suggestions to apply at once: certain, possible, and each apart from all others.
fn round<'a>(text: &str, found: &'a [Diagnostic]) -> Vec<(Code, &'a Suggestion)> {
    let sure = |one: &'a Diagnostic| {
        let mut sure = one.suggestions.iter().filter(|suggestion| suggestion.applicability != Applicability::Maybe);
        sure.find(|suggestion| is_possible(text, suggestion)).map(|suggestion| (one.code, suggestion))
    };
    // What is wrong in a sample is mended there.
    let found = || found.iter().filter(|one| one.source.is_none());
    let is_broken = found().any(|one| is_of_json(one.code));
    let all = found().filter(|one| is_of_json(one.code) || !is_broken).filter_map(sure);
    let first = all.clone().map(|(code, _)| stage(code)).min();
    let mut chosen: Vec<(Code, &Suggestion)> = Vec::new();
    for (code, suggestion) in all.filter(|(code, _)| Some(stage(*code)) == first) {
        let apart = |edit: &Edit| {
            let mut others = chosen.iter().flat_map(|(_, other)| &other.edits);
            others.all(|other| edit.span.end < other.span.start || other.span.end < edit.span.start)
        };
        if suggestion.edits.iter().all(apart) {
            chosen.push((code, suggestion));
        }
    }
    chosen
}

/// What is mended first: the JSON, then what its strings say, then what is made of both.
fn stage(code: Code) -> u8 {
    match code {
        _ if is_of_json(code) => 0,
        _ if (Code::VariableSyntax..=Code::JqReservedName).contains(&code) => 1,
        _ => 2,
    }
}

/// Whether a problem is that the text is no JSON.
#[must_use]
pub fn is_of_json(code: Code) -> bool {
    code < Code::WrongType
}

/// Where an offset is after the edits; what is inserted at it comes before it if `behind`.
fn moved(at: u32, edits: &[&Edit], behind: bool) -> u32 {
    let before = edits.iter().filter(|edit| if behind { edit.span.end <= at } else { edit.span.end < at });
    let shift: i64 = before.map(|edit| edit.replacement.len() as i64 - edit.span.range().len() as i64).sum();
    u32::try_from(i64::from(at) + shift).unwrap_or(0)
}
