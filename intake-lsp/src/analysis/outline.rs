//! The intakes of a manifest with their events and commands, and what can be folded.

use super::File;
use intake_compiler::check::visit;
use intake_compiler::json::{Kind, Node};
use intake_compiler::manifest::model::{Command, CommandKind, Intake, IntakeKind};
use intake_compiler::source::Span;

/// One entry of the outline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// More about it.
    pub detail: Option<&'static str>,
    /// What it is.
    pub kind: EntryKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub selection: Span,
    /// What is in it.
    pub children: Vec<Entry>,
}

/// What an [`Entry`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum EntryKind {
    Intake,
    Event,
    Command,
}

/// The outline of a manifest.
#[must_use]
pub fn outline(file: &File) -> Vec<Entry> {
    file.analysis.manifest.intakes.iter().map(|intake| self::intake(file, intake)).collect()
}

fn intake(file: &File, intake: &Intake) -> Entry {
    let events = visit::events(intake).into_iter().map(|(kind, event)| Entry {
        name: kind.as_str().to_owned(),
        detail: None,
        kind: EntryKind::Event,
        span: event.key.to(event.command.span),
        selection: event.key,
        children: command(file, &event.command).into_iter().collect(),
    });
    let mut children: Vec<Entry> = events.collect();
    children.sort_by_key(|entry| entry.span);
    let detail = match intake.kind {
        Some(IntakeKind::Webhook(_)) => Some("webhook"),
        Some(IntakeKind::Polling(_)) => Some("polling"),
        None => None,
    };
    let (name, selection) = match &intake.name {
        Some(name) if !name.value.trim().is_empty() => (name.value.clone(), name.span),
        _ => ("(no name)".to_owned(), intake.span),
    };
    Entry { name, detail, kind: EntryKind::Intake, span: intake.span, selection, children }
}

fn command(file: &File, of: &Command) -> Option<Entry> {
    let name = file.text().get(of.key.range())?.trim_matches('"').to_owned();
    if !name.starts_with('!') {
        return None;
    }
    let children = match &of.kind {
        CommandKind::Pipe(inner) | CommandKind::Switch { cases: inner, .. } => {
            inner.iter().filter_map(|of| command(file, of)).collect()
        }
        _ => Vec::new(),
    };
    Some(Entry { name, detail: None, kind: EntryKind::Command, span: of.span.to(of.key), selection: of.key, children })
}

/// The arrays and objects, outer ones first.
#[must_use]
pub fn containers(file: &File) -> Vec<Span> {
    let mut found = Vec::new();
    let mut open: Vec<&Node> = file.analysis.document.iter().collect();
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Object(members) => open.extend(members.iter().rev().map(|member| &member.value)),
            Kind::Array(elements) => open.extend(elements.iter().rev()),
            _ => continue,
        }
        found.push(node.span);
    }
    found
}
