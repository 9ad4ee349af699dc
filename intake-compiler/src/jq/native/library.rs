//! jaq's definitions in jq, as its crates have them (a test compares): what is no [`Op`](super::ops::Op) is inlined.

use jaq_core::load::parse::{self, Def};
use std::sync::OnceLock;

/// The definitions in the order jaq loads them: each sees itself and those before it.
pub(super) fn definitions() -> &'static [Def<&'static str>] {
    static DEFINITIONS: OnceLock<Vec<Def<&'static str>>> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let texts = [include_str!("library/core.jq"), include_str!("library/std.jq"), include_str!("library/json.jq")];
        texts.into_iter().flat_map(definitions_in).collect()
    })
}

fn definitions_in(text: &'static str) -> Vec<Def<&'static str>> {
    // Text that does not parse would leave calls unresolved, which jaq then runs; a test sees that it does parse.
    jaq_core::load::parse(text, |parser: &mut parse::Parser<'static, '_>| parser.defs()).unwrap_or_default()
}

/// Whether jaq defines a function in jq.
#[must_use]
pub fn is_definition(name: &str, arity: usize) -> bool {
    definitions().iter().any(|def| def.name == name && def.args.len() == arity)
}
