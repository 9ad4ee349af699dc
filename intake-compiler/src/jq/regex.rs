//! Regular expressions that jaq's engine refuses, found where they are constants.
//!
//! Only what jq's engine has and jaq's lacks is looked for: this is no parser of regular expressions.

use std::ops::Range;

/// Something that jaq's engine does not have.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    /// Where it is in the expression.
    pub(super) range: Range<usize>,
    /// Its name.
    pub(super) what: &'static str,
    /// How to do without.
    pub(super) help: &'static str,
}

/// The arguments of a function that are an expression and its flags, if it takes any.
pub(super) fn arguments(name: &str, arity: usize) -> Option<(usize, Option<usize>)> {
    match (name, arity) {
        ("test" | "match" | "capture" | "scan" | "splits", 1) | ("sub" | "gsub", 2) => Some((0, None)),
        ("test" | "match" | "capture" | "scan" | "splits" | "split", 2) => Some((0, Some(1))),
        ("sub" | "gsub", 3) => Some((0, Some(2))),
        _ => None,
    }
}

/// The first thing in an expression that jaq's engine does not have. With the flag `x` there may be comments, in which
/// anything may stand: then nothing is said.
pub(super) fn refused(expression: &str) -> Option<Refused> {
    let bytes = expression.as_bytes();
    let (mut at, mut in_class) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => {
                let escaped = expression[at + 1..].chars().next()?;
                let end = at + 1 + escaped.len_utf8();
                if let Some((what, help)) = escape(escaped) {
                    return Some(Refused { range: at..end, what, help });
                }
                at = end;
                continue;
            }
            b'[' if !in_class => {
                in_class = true;
                // A bracket that closes nothing yet is a character.
                at += usize::from(bytes.get(at + 1) == Some(&b'^'));
                at += usize::from(bytes.get(at + 1) == Some(&b']'));
            }
            b'[' if bytes.get(at + 1) == Some(&b':') => {
                at += expression[at..].find(":]").map_or(0, |end| end + 1);
            }
            b']' => in_class = false,
            b'&' if in_class && bytes.get(at + 1) == Some(&b'&') => {
                let (what, help) = ("an intersection of classes", "write the class out, or make two tests of it");
                return Some(Refused { range: at..at + 2, what, help });
            }
            b'(' if !in_class && bytes.get(at + 1) == Some(&b'?') => match group(&expression[at + 2..]) {
                Group::Known => {}
                Group::Extended => return None,
                Group::Refused(len, what, help) => return Some(Refused { range: at..at + 2 + len, what, help }),
            },
            _ => {}
        }
        at += 1;
    }
    None
}

enum Group {
    Known,
    /// The flag `x`.
    Extended,
    Refused(usize, &'static str, &'static str),
}

/// A group by what is behind its `(?`.
fn group(rest: &str) -> Group {
    const LOOK: &str = "match what is around it, too, and keep a part: `capture(\"(?<id>[0-9]+)px\").id`; \
                        for what must not be there, a test of its own: `test(\"…\") and (test(\"…\") | not)`";
    const NAMED: &str = "write a group with a name as `(?<name>…)`";
    for look in ["=", "!", "<=", "<!"] {
        if rest.starts_with(look) {
            return Group::Refused(look.len(), "look-around", LOOK);
        }
    }
    if rest.starts_with('<') || rest.starts_with("P<") {
        return Group::Known;
    }
    match rest.find(|c: char| !"imsURx-".contains(c)) {
        Some(end) if matches!(rest.as_bytes()[end], b':' | b')') => {
            let set = rest[..end].split('-').next().unwrap_or_default();
            if set.contains('x') { Group::Extended } else { Group::Known }
        }
        _ if rest.starts_with('>') => Group::Refused(1, "an atomic group", "write `(?:…)`: nothing is tried twice"),
        _ if rest.starts_with('#') => Group::Refused(1, "a comment", "leave it out"),
        _ if rest.starts_with('\'') => Group::Refused(1, "a group with its name in quotes", NAMED),
        _ => Group::Refused(rest.chars().next().map_or(0, char::len_utf8), "an unknown kind of group", NAMED),
    }
}

/// What an escape is, if the engine does not have it.
fn escape(escaped: char) -> Option<(&'static str, &'static str)> {
    const UNKNOWN: &str = "an escape that it does not know";
    match escaped {
        '0'..='9' | 'k' => Some(("a back-reference", "capture both and compare them: `capture(…) | .a == .b`")),
        'p' | 'P' => Some(("a class of Unicode", "write the characters that are meant: `[A-Za-zÀ-ÿ]`")),
        'h' => Some((UNKNOWN, "write `[0-9A-Fa-f]`")),
        'H' => Some((UNKNOWN, "write `[^0-9A-Fa-f]`")),
        'Z' => Some((UNKNOWN, "write `\\n?\\z`")),
        'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'x' | 'u' | 'U' => None,
        'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'A' | 'z' | 'b' | 'B' => None,
        letter if letter.is_ascii_alphabetic() => Some((UNKNOWN, "write the characters that are meant")),
        _ => None,
    }
}
