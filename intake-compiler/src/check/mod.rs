//! What must hold of a manifest beyond its types: one rule a file.
//!
//! A rule reads the model or the data flow, which may lack whatever was reported before, and reports to the sink. Rules
//! do not depend on one another's order.

mod account_id;
mod base_url;
mod command_input;
mod credential;
mod delete;
mod empty;
mod form_body;
mod form_field;
mod header;
mod host;
mod jq_difference;
mod maybe_null;
mod misplaced_command;
mod name;
mod names_hook;
mod null_text;
mod piped_content;
mod piped_path;
mod platform_path;
mod program_findings;
mod program_outputs;
mod property;
mod repeated_request;
mod request_result;
mod request_sense;
mod resource_id;
mod respond;
mod routing_value;
mod save_scope;
mod saved_key;
mod schedule;
mod state_key;
mod state_missing;
mod state_types;
mod state_unused;
mod swallowed_payload;
mod switch_index;
mod unused_result;
mod url;
mod variable_place;
mod variables;
pub mod visit;
mod workflow_intake;

mod checked;

pub(crate) use checked::Checked;

use crate::diagnostic::Sink;
use crate::flow::Flow;
use crate::manifest::Manifest;

/// A rule about what stands in a manifest.
pub type Rule = fn(&Manifest, &mut Sink);

/// A rule about how data flows through it.
pub type FlowRule = fn(&Flow<'_>, &mut Sink);

/// Every rule about what stands in a manifest.
pub const RULES: &[Rule] = &[
    name::check,
    workflow_intake::check,
    form_field::check,
    property::check,
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
    jq_difference::check,
    request_sense::check,
    host::check,
];

/// Every rule about how data flows through it.
pub const FLOW_RULES: &[FlowRule] = &[
    program_findings::check,
    request_result::check,
    repeated_request::check,
    state_key::check,
    state_missing::check,
    state_unused::check,
    state_types::check,
    saved_key::check,
    names_hook::check,
    command_input::check,
    switch_index::check,
    piped_path::check,
    null_text::check,
    maybe_null::check,
    routing_value::check,
    swallowed_payload::check,
    unused_result::check,
];

/// How many names are compared at most to find the one that was meant: the time for a manifest stays linear.
const MOST_CANDIDATES: usize = 200;

/// Runs every rule.
pub fn check(flow: &Flow<'_>, sink: &mut Sink) {
    for rule in RULES {
        rule(flow.manifest, sink);
    }
    for rule in FLOW_RULES {
        rule(flow, sink);
    }
}

/// Text as a JSON string literal, for edits.
pub(crate) fn json_string(text: &str) -> String {
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
