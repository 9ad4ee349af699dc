//! **What**: `data_intake` and `historical_data_intake` of a workflow name an intake of the manifest.
//!
//! **Why**: a workflow without its intake never gets any data.
//!
//! **Example**: `"data_intake": "contact.create"` where the intake is called `contact.created`.

use crate::diagnostic::{Code, Diagnostic, Sink, suggest};
use crate::manifest::Manifest;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    let names = || manifest.intakes.iter().filter_map(|intake| intake.name.as_ref()).map(|name| name.value.as_str());
    for named in manifest.workflows.iter().flat_map(|workflow| &workflow.intakes) {
        if names().any(|name| name == named.value) {
            continue;
        }
        let message = format!("no intake is named `{}`", named.value);
        let found = Diagnostic::new(Code::UnknownIntake, named.span, message).label("names no intake");
        sink.push(match suggest::closest(&named.value, names()) {
            Some(meant) => found.suggest(format!("did you mean `{meant}`?"), named.span, super::json_string(meant)),
            None => {
                let known: Vec<String> = names().map(|name| format!("`{name}`")).collect();
                found.help(format!("the intakes are {}", known.join(", ")))
            }
        });
    }
}
