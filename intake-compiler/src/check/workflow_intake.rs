//! **What**: `data_intake` and `historical_data_intake` of a workflow name an intake of the manifest.
//!
//! **Why**: a workflow without its intake never gets any data.
//!
//! **Example**: `"data_intake": "contact.create"` where the intake is called `contact.created`.

use crate::diagnostic::{Code, Diagnostic, Sink, suggest};
use crate::manifest::Manifest;
use std::collections::HashSet;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    let names = || manifest.intakes.iter().filter_map(|intake| intake.name.as_ref()).map(|name| name.value.as_str());
    let known: HashSet<&str> = names().collect();
    for named in manifest.workflows.iter().flat_map(|workflow| &workflow.intakes) {
        if known.contains(named.value.as_str()) {
            continue;
        }
        let message = format!("no intake is named `{}`", named.value);
        let found = Diagnostic::new(Code::UnknownIntake, named.span, message).label("names no intake");
        sink.push(match suggest::meant(&named.value, names().take(super::MOST_CANDIDATES)) {
            Some(meant) => found.did_you_mean(meant, named.span, super::json_string(meant.word)),
            None => {
                let some: Vec<String> = names().take(10).map(|name| format!("`{name}`")).collect();
                found.help(match some.as_slice() {
                    [] => "the manifest has no intake with a name".to_owned(),
                    some => format!("give it the name of an intake: {}", some.join(", ")),
                })
            }
        });
    }
}
