//! Which programs are run on a document that need not be read for anything else.

use crate::check::visit::{self, Item};
use crate::ir::Document;
use crate::manifest::Manifest;
use crate::manifest::model::{Command, CommandKind};
use crate::source::Span;
use crate::template::Root;
use std::collections::BTreeMap;

/// The programs of a manifest, by their literals, and what their input is made of.
pub(crate) fn programs(manifest: &Manifest) -> BTreeMap<Span, Document> {
    let mut programs = BTreeMap::new();
    for (event, written) in manifest.intakes.iter().flat_map(visit::events) {
        if event.is_routing() {
            on_payload(&written.command, &mut programs);
        }
        visit::commands(&written.command, &mut |command| {
            if let CommandKind::Pipe(commands) = &command.kind {
                programs.extend(on_responses(commands).map(|span| (span, Document::Response)));
            }
        });
    }
    programs
}

/// The programs that run on what a command is given.
fn on_payload(command: &Command, programs: &mut BTreeMap<Span, Document>) {
    match &command.kind {
        CommandKind::Jq(Some(program)) => _ = programs.insert(program.span, Document::Payload),
        CommandKind::Switch { jq, cases } => {
            programs.extend(jq.iter().map(|program| (program.span, Document::Payload)));
            cases.iter().for_each(|case| on_payload(case, programs));
        }
        CommandKind::Pipe(commands) => commands.iter().take(1).for_each(|first| on_payload(first, programs)),
        _ => {}
    }
}

/// The programs right after a request of a pipe whose response nothing else uses.
fn on_responses(commands: &[Command]) -> impl Iterator<Item = Span> {
    (1_u32..).zip(commands.windows(2)).filter_map(|(number, pair)| match (&pair[0].kind, &pair[1].kind) {
        (CommandKind::Http(_), CommandKind::Jq(Some(program))) => {
            let used = commands.iter().skip(number as usize).any(|command| uses(command, number));
            (!used).then_some(program.span)
        }
        _ => None,
    })
}

/// Whether a command of a pipe uses `${piped_content.N}`. A pipe in it has numbers of its own.
fn uses(command: &Command, number: u32) -> bool {
    let mut found = false;
    let mut variable = |item: Item<'_>| {
        found |= matches!(item, Item::Variable(variable) if variable.path.root == Root::PipedContent(number));
    };
    visit::within_pipe(command, &mut variable);
    found
}
