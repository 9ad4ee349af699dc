//! What jaq does otherwise than jq 1.8, in words. Where a program can meet it, [`infer`](super::infer) finds out.
//!
//! `docs/jq.md` shows each with an example, which a test runs.

use crate::source::Span;

/// A place where jaq does something else than jq 1.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The operator or the function's name, in the manifest.
    pub span: Span,
    /// What each of them does.
    pub what: &'static str,
    /// How to write it so that both do the same.
    pub instead: &'static str,
}

/// What is said of one construct.
#[derive(Debug)]
pub(super) struct Said {
    what: &'static str,
    instead: &'static str,
}

impl Said {
    pub(super) const fn at(&self, span: Span) -> Difference {
        Difference { span, what: self.what, instead: self.instead }
    }
}

macro_rules! said {
    ($($name:ident: $what:literal, $instead:literal;)*) => {
        $(pub(super) static $name: Said = Said { what: $what, instead: $instead };)*
    };
}

said! {
    QUOTIENT: "a whole quotient is written `3.0` by jaq, `3` by jq 1.8",
        "for a whole number write `… | floor`; to keep fractions, `… | if . == floor then floor else . end`";
    FRACTION: "what is computed with a fraction and is whole is written `3.0` by jaq, `3` by jq 1.8",
        "for a whole number write `… | round`; to keep fractions, `… | if . == floor then floor else . end`";
    FUNCTION: "a whole result of this function is written `3.0` by jaq, `3` by jq 1.8",
        "for a whole number write `… | round`; to keep fractions, `… | if . == floor then floor else . end`";
    JOIN: "`null` is joined as the text `null` by jaq, as nothing by jq 1.8",
        "write `map(. // \"\") | join(…)`";
    SLICE: "a slice of `null` is an error in jaq, `null` in jq 1.8",
        "give it something to cut: `(… // \"\")[:10]`, `(… // [])[1:]`";
    SEARCH: "a search in `null` is an error in jaq, `null` in jq 1.8",
        "give it something to search: `… // \"\"`, `… // []`";
    REVERSE: "`reverse` of `null` is an error in jaq, `[]` in jq 1.8",
        "write `(… // []) | reverse`";
    OPERANDS: "of operands with several outputs, jaq goes through the right ones first, jq 1.8 through the left ones",
        "bind one first: `… as $x | … * $x`";
    PARTS: "of interpolations with several outputs, jaq goes through the last ones first, jq 1.8 through the first ones",
        "bind one first: `… as $x | \"\\($x) …\"`";
    FLATTEN: "`flatten` of an object is an array of that object in jaq, of its values in jq 1.8",
        "write `[.[]] | flatten`";
    FLATTEN_DEPTH: "`flatten` to a depth gives `null` for an empty array in jaq, `[]` in jq 1.8",
        "write `flatten(…) // []`";
    PARSE: "of an empty text, jaq's conversion gives no output, jq 1.8's an error",
        "say what it is to be: `if . == \"\" then null else tonumber end`";
    ASSIGN: "jaq assigns nothing below what is `null`, which is an error; jq 1.8 makes the object or array",
        "start from a value: `.a |= ((. // {}) | .b = 1)`, `reduce … ({}; …)`";
    DELETE: "to delete below `null` is an error in jaq, and does nothing in jq 1.8",
        "write `if .a then del(.a.b) else . end`";
    DELETE_SEVERAL: "jaq deletes one after the other, so that positions move; jq 1.8 deletes all at once",
        "delete the last one first: `del(.[2], .[0])`";
    PICK: "`pick` of an array's elements gives an object in jaq, an array in jq 1.8",
        "build what is wanted: `{a: .a[:1]}`";
    ENTRIES: "`from_entries` reads `key` and `value` in jaq; in jq 1.8 also `name`, and all of them in upper case",
        "write `map({key: .name, value}) | from_entries`";
    UPDATE: "an update with several outputs puts all of them into the array in jaq, the first in jq 1.8",
        "write `first(…)` around it";
    FOLD: "jaq goes on with every output of an update, and ends if there is none; jq 1.8 goes on with the last, or `null`",
        "let the update give one output: `if … then … else . end`";
    BROKEN_DOWN: "jaq's `todate` takes seconds only, jq 1.8's a broken down time, too",
        "write `mktime | todate`";
    FLAG: "the flags `s`, `l` and `p` mean something else in jaq than in jq 1.8",
        "leave them out: `[\\s\\S]` is any character, line breaks as well";
}
