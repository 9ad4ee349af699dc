//! Decoding: a JSON tree in, the model out. Unknown keys, wrong types and unknown words are reported here; what needs
//! more than one place of the manifest to be seen is left to the checks.

mod api;
mod auth;
mod command;
mod fields;
mod frame;
mod http;
mod intake;
mod value;
mod workflow;

use super::grammar::DOCUMENT;
use super::model::{Intake, Manifest};
use crate::diagnostic::{Code, Diagnostic, Edit, Sink, suggest};
use crate::json::{Kind, Node};
use crate::source::{Source, Span, Spanned};
use fields::{Object, literal, type_of};

/// Decodes a document. Mistakes are reported; what could be understood comes back all the same.
///
/// `source` is where the document was read from: its name and layout tell how what is missing is written.
pub fn decode(document: &Node, source: &Source, sink: &mut Sink) -> Manifest {
    match &document.kind {
        Kind::Array(elements) => Manifest {
            document: Some(Spanned::new(true, document.span)),
            intakes: intakes(elements, source, sink),
            ..Manifest::default()
        },
        Kind::Object(_) => object(document, source, sink),
        Kind::Error => Manifest::default(),
        _ => {
            let message = format!("a manifest is an object or an array of intakes, not {}", type_of(document));
            sink.push(
                Diagnostic::new(Code::NotAManifest, document.span, message)
                    .help("start with `{\"data_intake\": [ … ]}`, or with the bare array of intakes"),
            );
            Manifest::default()
        }
    }
}

fn object(document: &Node, source: &Source, sink: &mut Sink) -> Manifest {
    let Some(mut object) = Object::of(document, DOCUMENT.what, None, sink) else { return Manifest::default() };
    if frame::events(&object, document, source, sink) || frame::command(&object, document, source, sink) {
        return Manifest::default();
    }
    if object.get("data_intake").is_none() && is_intake(&object) {
        wrap(document, sink);
        return Manifest { intakes: intakes(std::slice::from_ref(document), source, sink), ..Manifest::default() };
    }
    object.follow(&DOCUMENT, sink);
    object.literal("$schema", sink);
    if let Some(node) = object.get("$version") {
        version(node, sink);
    }
    let mut manifest = Manifest {
        document: has_braces(document).then(|| Spanned::new(false, document.span)),
        api: object.member("api").and_then(|member| api::api(member, sink)),
        auth: object.member("auth").map(|member| auth::auth(member, sink)).unwrap_or_default(),
        has_workflows: object.get("workflows").is_some(),
        workflows: object.list("workflows", sink).map(|all| workflow::workflows(all, sink)).unwrap_or_default(),
        intakes: Vec::new(),
    };
    match object.get("data_intake") {
        Some(node) => {
            if let Kind::Object(_) = node.kind {
                wrap(node, sink);
                manifest.intakes = intakes(std::slice::from_ref(node), source, sink);
            } else if let Some(elements) = object.list("data_intake", sink) {
                manifest.intakes = intakes(elements, source, sink);
            }
        }
        None => missing_intakes(&object, sink),
    }
    manifest
}

/// Whether an object is written as one, which the members of a document may not be.
fn has_braces(node: &Node) -> bool {
    match &node.kind {
        Kind::Object(members) => members.first().is_none_or(|first| first.key.span.start > node.span.start),
        _ => false,
    }
}

/// Whether an object without `data_intake` is one intake by itself.
fn is_intake(object: &Object<'_>) -> bool {
    ["type", "create", "request"].iter().any(|key| object.get(key).is_some())
}

fn wrap(node: &Node, sink: &mut Sink) {
    let span = node.span;
    let edits = vec![
        Edit { span: Span::at(span.start as usize), replacement: "[".to_owned() },
        Edit { span: Span::at(span.end as usize), replacement: "]".to_owned() },
    ];
    sink.push(
        Diagnostic::new(Code::NotAManifest, node.opening(), "one intake where an array of intakes belongs")
            .label("starts an intake")
            .fix_all("wrap it in `[ ]`", edits),
    );
}

fn missing_intakes(object: &Object<'_>, sink: &mut Sink) {
    let meant = |key: &str| suggest::closest(key, DOCUMENT.names()) == Some("data_intake");
    if object.members.iter().any(|member| meant(&member.key.value)) {
        return; // reported as an unknown key, with the right one
    }
    sink.push(
        Diagnostic::new(Code::NotAManifest, object.at, "the manifest has no `data_intake`: there is nothing to run")
            .help("add `\"data_intake\": [ … ]`"),
    );
}

fn version(node: &Node, sink: &mut Sink) {
    if let Kind::Number(text) = &node.kind
        && text == "2"
    {
        let found = Diagnostic::new(Code::WrongType, node.span, "expected the string \"2\", found a number");
        return sink.push(found.fix("add the quotes", node.span, "\"2\""));
    }
    let Some(found) = literal(node, "`$version`", sink) else { return };
    if found.value != "2" {
        let message = format!("version `{}` of the manifest language is not known", fields::printable(&found.value));
        sink.push(
            Diagnostic::new(Code::UnsupportedVersion, found.span, message)
                .note("this compiler reads version 2")
                .suggest("write \"2\" if the manifest is of that version", found.span, "\"2\""),
        );
    }
}

fn intakes(elements: &[Node], source: &Source, sink: &mut Sink) -> Vec<Intake> {
    let mut names = frame::Names::new(elements, source);
    elements.iter().filter_map(|element| intake::intake(element, source, &mut names, sink)).collect()
}
