//! The jq programs of a manifest, and how each is run.

use crate::check::visit::{self, Item, Place};
use crate::codegen::Tier;
use crate::compile::read;
use crate::diagnostic::Sink;
use crate::source::{Source, Span};
use crate::unread;

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
    let (mut programs, unread) = (Vec::new(), unread::programs(&manifest));
    visit::manifest(&manifest, &mut |item, context| {
        if let (Item::Filter(program) | Item::SwitchIndex(program), Place::Event(intake, event)) = (item, context.place)
        {
            let intake = intake.name.as_ref().map_or_else(String::new, |name| name.value.clone());
            let tier = Tier::of(&program.native, unread.get(&program.span).copied());
            programs.push(Program { intake, event: event.as_str(), span: program.span, tier });
        }
    });
    programs.sort_by_key(|program| program.span);
    programs
}
