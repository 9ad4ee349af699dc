//! "did you mean …", and suggested edits put into effect.

use super::{Applicability, Edit, Suggestion};

/// The candidate closest to `word`, if it is close enough to be what was meant.
///
/// Equal but for case and `-` or `_` comes first; then the smallest number of typing mistakes, up to a third of the
/// word's length as in rustc.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    meant(word, candidates).map(|meant| meant.word)
}

/// The candidate closest to a word, and how sure it is that it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meant<'a> {
    /// The candidate.
    pub word: &'a str,
    /// Certain if no other candidate is near, and the mistake is small for the word's length.
    pub applicability: Applicability,
}

/// As [`closest`], with how sure it is.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Meant<'a>> {
    let word = folded(word);
    let limit = word.len().max(3) / 3;
    let mut near: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let other = folded(candidate);
        // A limit on the work: no name that anybody means is so long.
        if word.len().abs_diff(other.len()) > limit || word.len() > 256 {
            continue;
        }
        let distance = distance(&word, &other);
        if distance <= limit && !near.iter().any(|(_, known)| *known == candidate) {
            near.push((distance, candidate));
        }
    }
    let (distance, best) = near.iter().copied().min_by_key(|(distance, _)| *distance)?;
    let rivals = near.iter().filter(|(other, _)| distance > 0 || *other == 0).count() - 1;
    let small = distance == 0 || (distance == 1 && word.len() >= 4) || (distance == 2 && word.len() >= 8);
    Some(Meant { word: best, applicability: Applicability::certain_if(rivals == 0 && small) })
}

/// `word` without regard to case and to the kind of hyphen.
fn folded(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c }).collect()
}

/// How many insertions, deletions, substitutions and swaps of neighbours turn `a` into `b` (Damerau–Levenshtein,
/// no part edited twice).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let substitute = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substitute.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

/// `text` with the edits of `suggestions`; a suggestion that touches what an earlier one changes is left out.
#[must_use]
pub fn apply(text: &str, suggestions: &[&Suggestion]) -> String {
    let mut accepted: Vec<&Edit> = Vec::new();
    for suggestion in suggestions {
        let fits = |edit: &Edit| !accepted.iter().any(|one| overlap(one, edit));
        if is_possible(text, suggestion) && suggestion.edits.iter().all(fits) {
            accepted.extend(&suggestion.edits);
        }
    }
    replace(text, accepted)
}

/// Whether every edit is of a part of `text`.
#[must_use]
pub fn is_possible(text: &str, suggestion: &Suggestion) -> bool {
    suggestion.edits.iter().all(|edit| text.get(edit.span.range()).is_some())
}

/// `text` with these edits.
#[must_use]
pub fn replace(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| edit.span);
    let (mut mended, mut at) = (String::with_capacity(text.len()), 0);
    for edit in edits {
        let span = edit.span.range();
        // Only edits within one suggestion can still overlap here.
        let Some(kept) = text.get(at..span.start) else { continue };
        mended.push_str(kept);
        mended.push_str(&edit.replacement);
        at = span.end;
    }
    mended.push_str(&text[at..]);
    mended
}

/// Whether both change the same text. Insertions at one place do not: they follow one another.
fn overlap(a: &Edit, b: &Edit) -> bool {
    a.span.start < b.span.end && b.span.start < a.span.end
}

#[cfg(test)]
mod tests {
    use super::{apply, closest, distance, meant};
    use crate::diagnostic::{Applicability, Edit, Suggestion};
    use crate::source::Span;

    #[test]
    fn finds_what_was_meant() {
        let commands = ["!pipe", "!jq", "!http", "!save", "!switch", "resource_id", "delete"];
        let cases = [
            ("!pip", Some("!pipe")),
            ("!PIPE", Some("!pipe")),
            ("!htpt", Some("!http")),
            ("resource-id", Some("resource_id")),
            ("ResourceId", Some("resource_id")),
            ("!swich", Some("!switch")),
            ("!q", Some("!jq")),
            ("create", None),
            ("xx", None),
            ("", None),
        ];
        for (word, meant) in cases {
            assert_eq!(closest(word, commands), meant, "{word}");
        }
    }

    #[test]
    fn only_a_small_mistake_near_one_word_is_certain() {
        let certain = |word: &str, candidates: &[&str]| {
            meant(word, candidates.iter().copied()).map(|meant| meant.applicability == Applicability::Certain)
        };
        assert_eq!(certain("resource-id", &["resource_id", "account_id"]), Some(true));
        assert_eq!(certain("reqest", &["request", "name"]), Some(true));
        assert_eq!(certain("sha25", &["sha256", "sha512", "sha224"]), Some(true));
        assert_eq!(certain("sha222", &["sha256", "sha224"]), Some(false), "another is near as well");
        assert_eq!(certain("!q", &["!jq"]), Some(false), "too short to tell");
        assert_eq!(certain("initialset", &["initial_setup"]), Some(false), "three letters are missing");
        assert_eq!(certain("initialsetup", &["initial_setup", "initial_setup"]), Some(true), "one candidate, twice");
        assert_eq!(certain("GET", &["get", "Get"]), Some(false), "two are equal but for case");
        assert_eq!(certain("GET", &["gat", "get"]), Some(true));
        assert_eq!(certain("create", &["delete"]), None);
    }

    #[test]
    fn equal_but_for_case_wins_and_ties_go_to_the_first() {
        assert_eq!(closest("GET", ["gat", "get"]), Some("get"));
        assert_eq!(closest("aac", ["aab", "aad"]), Some("aab"));
    }

    #[test]
    fn distance_counts_swaps_once() {
        let of = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!(of("ab", "ba"), 1);
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("größe", "grösse"), 2);
    }

    fn suggestion(edits: &[(usize, usize, &str)]) -> Suggestion {
        let edit = |(start, end, text): &(usize, usize, &str)| Edit {
            span: Span::new(*start, *end),
            replacement: (*text).to_owned(),
        };
        Suggestion {
            message: String::new(),
            applicability: Applicability::Certain,
            edits: edits.iter().map(edit).collect(),
        }
    }

    #[test]
    fn edits_are_applied_and_conflicts_left_out() {
        let wrap = suggestion(&[(0, 0, "<"), (5, 5, ">")]);
        let inner = suggestion(&[(1, 3, "XY")]);
        let conflict = suggestion(&[(2, 4, "!"), (4, 5, "?")]);
        let outside = suggestion(&[(4, 99, "")]);
        assert_eq!(apply("héllo"[..].trim(), &[&suggestion(&[(1, 3, "e")])]), "hello");
        assert_eq!(apply("héllo", &[&suggestion(&[(2, 3, "e")])]), "héllo", "not on a character");
        assert_eq!(apply("abcde", &[&wrap, &inner, &conflict, &outside]), "<aXYde>");
        assert_eq!(apply("ab", &[&suggestion(&[(1, 1, "1")]), &suggestion(&[(1, 1, "2")])]), "a12b");
    }
}
