//! `workflows`: only what the intakes are checked against is read, everything else belongs to the platform.

use super::fields::{literal, wrong_type};
use crate::diagnostic::Sink;
use crate::json::{Kind, Member, Node};
use crate::manifest::grammar::WORKFLOW;
use crate::manifest::model::Workflow;
use crate::source::Spanned;

/// Decodes the elements of `workflows`.
pub(super) fn workflows(elements: &[Node], sink: &mut Sink) -> Vec<Workflow> {
    elements.iter().filter_map(|element| workflow(element, sink)).collect()
}

fn workflow(node: &Node, sink: &mut Sink) -> Option<Workflow> {
    let Kind::Object(members) = &node.kind else {
        wrong_type(node, "an object", WORKFLOW.what, sink);
        return None;
    };
    let intake = find(members, "data_intake").and_then(|node| literal(node, "the name of an intake", sink));
    let historical = find(members, "historical_data_intake");
    let historical = historical.and_then(|node| literal(node, "the name of an intake", sink));
    let setup = match find(members, "setup").map(|node| &node.kind) {
        Some(Kind::Object(members)) => members.as_slice(),
        _ => &[],
    };
    let mut form_fields = Vec::new();
    collect_form_fields(members, &mut form_fields);
    Some(Workflow {
        span: node.span,
        scheduled: intake.clone(),
        intakes: intake.into_iter().chain(historical).collect(),
        form_fields,
        schedule: setup.iter().find(|member| member.key.value == "schedule").map(|member| member.key.span),
    })
}

fn find<'a>(members: &'a [Member], key: &str) -> Option<&'a Node> {
    members.iter().find(|member| member.key.value == key).map(|member| &member.value)
}

/// Every `form_fields[].id` below, at any depth: forms stand in `setup`, in its steps, and within groups of fields.
fn collect_form_fields(members: &[Member], found: &mut Vec<Spanned<String>>) {
    for member in members {
        if let (true, Kind::Array(fields)) = (member.key.value == "form_fields", &member.value.kind) {
            found.extend(fields.iter().filter_map(id));
        }
        descend(&member.value, found);
    }
}

fn descend(node: &Node, found: &mut Vec<Spanned<String>>) {
    match &node.kind {
        Kind::Object(members) => collect_form_fields(members, found),
        Kind::Array(elements) => elements.iter().for_each(|element| descend(element, found)),
        _ => {}
    }
}

fn id(field: &Node) -> Option<Spanned<String>> {
    let Kind::Object(members) = &field.kind else { return None };
    match &find(members, "id")?.kind {
        Kind::String(id) => Some(Spanned::new(id.value.clone(), id.span)),
        _ => None,
    }
}
