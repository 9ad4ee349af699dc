//! **What**: a `${custom_data.ID…}` is of a field that some workflow's form declares. Only in manifests with
//! `workflows`: elsewhere the forms are not known.
//!
//! **Why**: a field that no form has is never filled in, so every run would stop at the variable.
//!
//! **Example**: `${custom_data.form-id.value}` where the form has the field `form_id`.

use super::visit::{self, Item};
use crate::diagnostic::suggest::{self, Meant};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::template::{Root, Variable, VariablePath};
use std::collections::HashSet;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    if !manifest.has_workflows {
        return;
    }
    let declared = || manifest.workflows.iter().flat_map(|workflow| &workflow.form_fields).map(|id| id.value.as_str());
    let known: HashSet<&str> = declared().collect();
    visit::manifest(manifest, &mut |item, _| {
        let Item::Variable(variable) = item else { return };
        let Root::CustomData { field, property } = &variable.path.root else { return };
        if known.contains(field.as_str()) {
            return;
        }
        let message = format!("no form declares the field `{field}`");
        let found = Diagnostic::new(Code::UndeclaredField, variable.span, message)
            .label("is never filled in")
            .note("the ids of `form_fields` in `workflows` are what a customer can fill in");
        sink.push(match suggest::meant(field, declared().take(super::MOST_CANDIDATES)) {
            Some(meant) => suggestion(found, variable, meant, property),
            None => found.help(format!("declare a form field with the id `{field}`")),
        });
    });
}

fn suggestion(found: Diagnostic, variable: &Variable, meant: Meant<'_>, property: &str) -> Diagnostic {
    // A default is text that would have to be escaped anew.
    if variable.default.is_some() {
        return found.help(format!("did you mean `{}`?", meant.word));
    }
    let root = Root::CustomData { field: meant.word.to_owned(), property: property.to_owned() };
    let path = VariablePath { root, steps: variable.path.steps.clone() };
    found.did_you_mean(meant, variable.span, format!("${{{path}}}"))
}
