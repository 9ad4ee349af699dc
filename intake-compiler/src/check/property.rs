//! **What**: a property of a form field is not nearly one that every field has.
//!
//! **Why**: forms may have properties of their own, so any name is allowed; `vlaue` is none that anybody chose.
//!
//! **Example**: `${custom_data.list.vlaue}`

use super::variables::closest;
use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::template::{Root, VariablePath};

/// The properties of every field.
const KNOWN: [&str; 2] = ["value", "display"];

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    visit::manifest(manifest, &mut |item, _| {
        let Item::Variable(variable) = item else { return };
        let Root::CustomData { field, property } = &variable.path.root else { return };
        if KNOWN.contains(&property.as_str()) {
            return;
        }
        let Some(meant) = closest(property, KNOWN) else { return };
        let message = format!("`{property}` is an unusual property of a form field");
        let found = Diagnostic::new(Code::UnusualProperty, variable.span, message)
            .note("a form field has `value` and `display`; other properties have to be provided by the program");
        sink.push(if variable.default.is_none() {
            let root = Root::CustomData { field: field.clone(), property: meant.to_owned() };
            let path = VariablePath { root, steps: variable.path.steps.clone() };
            found.suggest(format!("did you mean `{meant}`?"), variable.span, format!("${{{path}}}"))
        } else {
            found.help(format!("did you mean `{meant}`?"))
        });
    });
}
