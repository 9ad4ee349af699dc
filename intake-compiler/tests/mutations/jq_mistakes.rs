//! Mistakes in jq programs.

use crate::edit::{Mutant, transposed};
use crate::sites::Manifest;
use crate::tokens::{Program, Token};
use std::ops::Range;

const KEYWORDS: [&str; 20] = [
    "if", "then", "elif", "else", "end", "and", "or", "not", "as", "def", "reduce", "foreach", "try", "catch", "label",
    "true", "false", "null", "import", "include",
];
const RESULT: [&str; 3] = ["results", "iterate", "polling_state"];

fn programs(manifest: &Manifest) -> Vec<Program<'_>> {
    manifest.programs().into_iter().map(|program| Program::new(&manifest.text, program)).collect()
}

/// Mutants at the tokens that a mistake can be made at.
fn at(
    manifest: &Manifest,
    place: impl Fn(&Program<'_>, usize) -> bool,
    mutate: impl Fn(&Program<'_>, usize) -> Option<Mutant>,
) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for program in programs(manifest) {
        let places = (0..program.tokens.len()).filter(|at| place(&program, *at));
        mutants.extend(places.filter_map(|at| mutate(&program, at)));
    }
    mutants
}

fn range(program: &Program<'_>, at: usize) -> Range<usize> {
    program.tokens[at].1.clone()
}

fn without(manifest: &Manifest, place: impl Fn(&Program<'_>, usize) -> bool) -> Vec<Mutant> {
    at(manifest, place, |program, at| Some(manifest.without(range(program, at))))
}

fn misspelt(manifest: &Manifest, place: impl Fn(&Program<'_>, usize) -> bool) -> Vec<Mutant> {
    at(manifest, place, |program, at| Some(manifest.with(range(program, at), &transposed(program.at(at))?)))
}

fn replaced(manifest: &Manifest, sign: &str, other: &str) -> Vec<Mutant> {
    at(
        manifest,
        |program, at| program.is(at, Token::Sign) && program.at(at) == sign,
        |program, at| Some(manifest.with(range(program, at), other)),
    )
}

pub fn bracket_missing(manifest: &Manifest) -> Vec<Mutant> {
    without(manifest, |program, at| program.is(at, Token::Sign) && matches!(program.at(at), ")" | "]" | "}"))
}

pub fn quote_missing(manifest: &Manifest) -> Vec<Mutant> {
    without(manifest, |program, at| program.is(at, Token::Close))
}

pub fn comma_missing(manifest: &Manifest) -> Vec<Mutant> {
    without(manifest, |program, at| program.is(at, Token::Sign) && program.at(at) == ",")
}

pub fn pipe_missing(manifest: &Manifest) -> Vec<Mutant> {
    without(manifest, |program, at| program.is(at, Token::Sign) && program.at(at) == "|")
}

pub fn end_missing(manifest: &Manifest) -> Vec<Mutant> {
    without(manifest, |program, at| program.is(at, Token::Word) && matches!(program.at(at), "end" | "then"))
}

pub fn assigned_for_compared(manifest: &Manifest) -> Vec<Mutant> {
    replaced(manifest, "==", "=")
}

pub fn doubled_for_alternative(manifest: &Manifest) -> Vec<Mutant> {
    replaced(manifest, "//", "||")
}

fn is_function(program: &Program<'_>, at: usize) -> bool {
    program.is(at, Token::Word)
        && !KEYWORDS.contains(&program.at(at))
        && !program.is_key(at)
        && !program.is_shorthand(at)
}

pub fn function_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, is_function)
}

/// `results`, `iterate` or `polling_state` of what an event gives.
pub fn result_key_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, |program, at| program.is_key(at) && RESULT.contains(&program.at(at)))
}

pub fn result_key_missing(manifest: &Manifest) -> Vec<Mutant> {
    let place = |program: &Program<'_>, at: usize| program.is_key(at) && RESULT.contains(&program.at(at));
    at(manifest, place, |program, at| {
        let member = range(program, at).start..program.value(at).end;
        Some(manifest.cut(member))
    })
}

fn is_state_key(program: &Program<'_>, at: usize) -> bool {
    program.is_key(at) && program.key_around(at) == Some("polling_state")
}

pub fn state_key_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, is_state_key)
}

pub fn state_key_dropped(manifest: &Manifest) -> Vec<Mutant> {
    at(manifest, is_state_key, |program, at| Some(manifest.cut(range(program, at).start..program.value(at).end)))
}

/// A key of what `!save` stores.
pub fn saved_key_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    let saved = |at: &Range<usize>| {
        let rest = &manifest.text[at.end..];
        rest.find("\"!save\"").is_some_and(|save| !rest[..save].contains("\"!jq\""))
    };
    misspelt(manifest, |program, at| (program.is_key(at) || program.is_shorthand(at)) && saved(&range(program, at)))
}

pub fn field_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, |program, at| program.is(at, Token::Field))
}

pub fn shorthand_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, |program, at| program.is_shorthand(at))
}

/// `.data` for `.data[]`.
pub fn iteration_missing(manifest: &Manifest) -> Vec<Mutant> {
    let iterates = |program: &Program<'_>, at: usize| {
        program.is(at, Token::Sign)
            && program.at(at) == "["
            && program.at(at + 1) == "]"
            && at > 0
            && program.is(at - 1, Token::Field)
    };
    at(manifest, iterates, |program, at| Some(manifest.without(range(program, at).start..range(program, at + 1).end)))
}

/// `.data[] | …` for `[.data[] | …]`.
pub fn collection_missing(manifest: &Manifest) -> Vec<Mutant> {
    let collects = |program: &Program<'_>, at: usize| {
        let before = at.checked_sub(1).map_or("", |before| program.at(before));
        program.is(at, Token::Sign) && program.at(at) == "[" && matches!(before, ":" | "") && program.at(at + 1) != "]"
    };
    at(manifest, collects, |program, at| {
        let close =
            (at..program.tokens.len()).find(|close| program.at(*close) == "]" && program.within(*close) == Some(at))?;
        let inner = range(program, at).end..range(program, close).start;
        Some(manifest.with(range(program, at).start..range(program, close).end, &manifest.text[inner]))
    })
}

/// A string where a number was meant: `"100"`.
pub fn number_as_string(manifest: &Manifest) -> Vec<Mutant> {
    let is_operand = |program: &Program<'_>, at: usize| {
        let before = at.checked_sub(1).map_or("", |before| program.at(before));
        program.is(at, Token::Number) && matches!(before, "==" | ">" | "<" | "+" | "//")
    };
    at(manifest, is_operand, |program, at| {
        Some(manifest.with(range(program, at), &format!("\\\"{}\\\"", program.at(at))))
    })
}

pub fn iterate_constant(manifest: &Manifest) -> Vec<Mutant> {
    let place = |program: &Program<'_>, at: usize| program.is_key(at) && program.at(at) == "iterate";
    at(manifest, place, |program, at| Some(manifest.with(program.value(at), "true")))
}

/// The brace of `polling_state` closes too late, so that `iterate` is inside.
pub fn iterate_in_state(manifest: &Manifest) -> Vec<Mutant> {
    let place = |program: &Program<'_>, at: usize| program.is_key(at) && program.at(at) == "iterate";
    at(manifest, place, |program, at| {
        let member = range(program, at).start..program.value(at).end;
        let state =
            (0..program.tokens.len()).find(|key| program.is_key(*key) && program.at(*key) == "polling_state")?;
        let inside = range(program, state + 2).end;
        let moved = format!("{}, ", &manifest.text[member.clone()]);
        let cut = manifest.cut(member.clone()).text;
        // Where the cut came before, what follows has moved.
        let at = if member.start < inside { inside - (manifest.text.len() - cut.len()) } else { inside };
        let text = format!("{}{moved}{}", &cut[..at], &cut[at..]);
        Some(Mutant { text, shown: format!("{}: iterate inside polling_state", manifest.name) })
    })
}

/// The branches of a condition in the wrong order.
pub fn switch_index_wrong(manifest: &Manifest) -> Vec<Mutant> {
    let in_switch = |at: &Range<usize>| {
        let rest = &manifest.text[at.end..];
        rest.find("\"cases\"").is_some_and(|cases| !rest[..cases].contains("\"!"))
    };
    let place = |program: &Program<'_>, at: usize| {
        let before = at.checked_sub(1).map_or("", |before| program.at(before));
        program.is(at, Token::Number) && matches!(before, "then" | "else") && in_switch(&range(program, at))
    };
    at(manifest, place, |program, at| {
        let index: usize = program.at(at).parse().ok()?;
        Some(manifest.with(range(program, at), &(index + 1).to_string()))
    })
}

/// `{value: …}` where a key is that a command needs.
pub fn hash_input_misspelt(manifest: &Manifest) -> Vec<Mutant> {
    misspelt(manifest, |program, at| program.is_key(at) && program.at(at) == "value_to_encrypt")
}
