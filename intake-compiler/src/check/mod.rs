//! What must hold of a manifest beyond its types: one rule a file.
//!
//! A rule reads the model, which may lack whatever was reported before, and reports to the sink. Rules do not depend
//! on one another's order.

mod account_id;
mod base_url;
mod credential;
mod delete;
mod empty;
mod form_body;
mod form_field;
mod header;
mod misplaced_command;
mod name;
mod piped_content;
mod platform_path;
mod program_outputs;
mod request_result;
mod resource_id;
mod respond;
mod save_scope;
mod schedule;
mod url;
mod variable_place;
pub mod visit;
mod workflow_intake;

mod checked;

pub(crate) use checked::Checked;

use crate::diagnostic::Sink;
use crate::manifest::Manifest;

/// One rule.
pub type Rule = fn(&Manifest, &mut Sink);

/// Every rule.
pub const RULES: &[Rule] = &[
    name::check,
    workflow_intake::check,
    form_field::check,
    schedule::check,
    resource_id::check,
    account_id::check,
    delete::check,
    empty::check,
    misplaced_command::check,
    respond::check,
    save_scope::check,
    base_url::check,
    platform_path::check,
    url::check,
    header::check,
    form_body::check,
    credential::check,
    variable_place::check,
    piped_content::check,
    program_outputs::check,
    request_result::check,
];

/// How many names are compared at most to find the one that was meant: the time for a manifest stays linear.
const MOST_CANDIDATES: usize = 200;

/// Runs every rule.
pub fn check(manifest: &Manifest, sink: &mut Sink) {
    for rule in RULES {
        rule(manifest, sink);
    }
}

/// Text as a JSON string literal, for edits.
fn json_string(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            _ if c.is_control() => literal.push_str(&format!("\\u{:04x}", c as u32)),
            _ => literal.push(c),
        }
    }
    literal.push('"');
    literal
}
