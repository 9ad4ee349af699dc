//! The jq programs of a manifest, and how each is run.

use crate::check::visit::{self, EventKind, Item, Place};
use crate::codegen::{Document, Tier};
use crate::compile::read;
use crate::diagnostic::Sink;
use crate::manifest::model::{Command, CommandKind};
use crate::source::{Source, Span};
use std::collections::BTreeMap;

/// A jq program of a manifest, and how it is run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The name of its intake.
    pub intake: String,
    /// The event it is of.
    pub event: &'static str,
    /// Its string literal.
    pub span: Span,
    /// How it is run.
    pub tier: Tier,
}

/// Every jq program of a manifest that could be made out, in source order.
#[must_use]
pub fn programs(source: &Source) -> Vec<Program> {
    let manifest = read(source, &mut Sink::new());
    let (mut programs, mut over_bytes) = (Vec::new(), BTreeMap::new());
    for (event, written) in manifest.intakes.iter().flat_map(visit::events) {
        if matches!(event, EventKind::ResourceId | EventKind::AccountId) {
            on_payload(&written.command, &mut over_bytes);
        }
    }
    visit::manifest(&manifest, &mut |item, context| {
        if let Item::Command(Command { kind: CommandKind::Pipe(commands), .. }) = item {
            let responding = commands.windows(2).filter_map(responding_to);
            over_bytes.extend(responding.map(|span| (span, Document::Response)));
        }
        if let (Item::Filter(program) | Item::SwitchIndex(program), Place::Event(intake, event)) = (item, context.place)
        {
            let intake = intake.name.as_ref().map_or_else(String::new, |name| name.value.clone());
            let tier = Tier::of(&program.native, over_bytes.get(&program.span).copied());
            programs.push(Program { intake, event: event.as_str(), span: program.span, tier });
        }
    });
    programs.sort_by_key(|program| program.span);
    programs
}

/// The programs of a command that are run on its input, which is a payload.
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

/// The program of a `!jq` right after an `!http`.
fn responding_to(pair: &[Command]) -> Option<Span> {
    match (&pair[0].kind, &pair[1].kind) {
        (CommandKind::Http(_), CommandKind::Jq(Some(program))) => Some(program.span),
        _ => None,
    }
}
