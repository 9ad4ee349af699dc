//! **What**: names of intakes are unique, and stay so as Rust names; so do the form fields that one intake reads.
//!
//! **Why**: saved data and hooks are found by the intake's name, and the generated types are named after it.
//!
//! **Example**: `contact.created` beside `contact-created`: both are `ContactCreated`.

use super::visit::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::Intake;
use crate::names::{field_name, module_name, type_name};
use crate::source::{Span, Spanned};
use crate::template::Root;
use std::collections::BTreeMap;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    unique(manifest, sink);
    for intake in &manifest.intakes {
        form_fields(intake, sink);
    }
}

fn unique(manifest: &Manifest, sink: &mut Sink) {
    let mut by_name: BTreeMap<&str, Span> = BTreeMap::new();
    let mut by_rust_name: BTreeMap<String, &Spanned<String>> = BTreeMap::new();
    for name in manifest.intakes.iter().filter_map(|intake| intake.name.as_ref()) {
        if let Some(first) = by_name.get(name.value.as_str()) {
            sink.push(
                Diagnostic::new(Code::DuplicateName, name.span, format!("two intakes are named `{}`", name.value))
                    .label("the name again")
                    .secondary(*first, "the first intake of that name")
                    .note("what an intake has saved is found by its name")
                    .help("give each intake a name of its own"),
            );
            continue;
        }
        by_name.insert(&name.value, name.span);
        let (Some(of_type), Some(of_module)) = (type_name(&name.value), module_name(&name.value)) else {
            sink.push(
                Diagnostic::new(Code::NameClash, name.span, "no Rust name can be made of this name")
                    .label("has no letter or digit of ASCII")
                    .note("the generated type is named after the intake"),
            );
            continue;
        };
        for rust_name in [of_type, of_module] {
            match by_rust_name.get(&rust_name) {
                Some(first) if first.value != name.value => {
                    sink.push(clash(name, &rust_name).secondary(first.span, "the first of that Rust name"));
                    break;
                }
                _ => by_rust_name.insert(rust_name, name),
            };
        }
    }
}

fn clash(name: &Spanned<String>, rust_name: &str) -> Diagnostic {
    Diagnostic::new(Code::NameClash, name.span, format!("two intakes become `{rust_name}` in Rust"))
        .label("differs only in what Rust names cannot hold")
        .help("make the names differ in a letter or a digit")
}

/// The fields and properties of `custom_data` become fields of structs.
fn form_fields(intake: &Intake, sink: &mut Sink) {
    let mut fields: BTreeMap<String, (&str, Span)> = BTreeMap::new();
    let mut properties: BTreeMap<(&str, String), (&str, Span)> = BTreeMap::new();
    visit::intake(intake, &mut |item, _| {
        let Item::Variable(variable) = item else { return };
        let Root::CustomData { field, property } = &variable.path.root else { return };
        let (first, span) = *fields.entry(field_name(field)).or_insert((field, variable.span));
        if first != field {
            sink.push(same_field("form fields", [first, field], span, variable.span));
        }
        let of_field = properties.entry((field, field_name(property))).or_insert((property, variable.span));
        if of_field.0 != property {
            sink.push(same_field("properties", [of_field.0, property], of_field.1, variable.span));
        }
    });
}

fn same_field(what: &str, [first, second]: [&str; 2], first_span: Span, span: Span) -> Diagnostic {
    let message = format!("the {what} `{first}` and `{second}` become one field, `{}`, in Rust", field_name(second));
    Diagnostic::new(Code::NameClash, span, message)
        .label("differs only in what Rust names cannot hold")
        .secondary(first_span, "the first of that Rust name")
        .help("rename one of them, here and in the form")
}
