//! How data flows through a manifest: an abstract interpretation of each event, and of the order in which events run.
//!
//! For each command its input and output, one shape for each way through; for each event what it reads, what it saves
//! and what it gives; for each polling intake which writes of the state arrive where ([`state`]); over all intakes what
//! is saved ([`saved`]). Rules read this and compute nothing of it themselves.
//!
//! What is said holds for every run: a shape is one of the ways a value can be, and where nothing is certain it is
//! unknown. A command that fails gives nothing.

pub mod depends;
mod event;
mod output;
mod response;
pub mod saved;
pub mod state;
pub mod ways;

pub use event::{CommandFlow, EventFlow, Place, Read, Save};

pub(crate) use output::{calls, constant, indices};

use crate::check::visit::{self, EventKind};
use crate::manifest::Manifest;
use crate::manifest::model::Intake;
use crate::samples::Samples;
use crate::template::{Root, Scope};
use saved::Saved;
use state::State;
use ways::Ways;

/// The data flow of a manifest.
#[derive(Debug)]
pub struct Flow<'a> {
    /// The manifest.
    pub manifest: &'a Manifest,
    /// What is known of responses and payloads.
    pub samples: &'a Samples,
    /// Its intakes, in source order.
    pub intakes: Vec<IntakeFlow<'a>>,
    /// What they save.
    pub saved: Saved,
}

/// The data flow of one intake.
#[derive(Debug)]
pub struct IntakeFlow<'a> {
    /// The intake.
    pub intake: &'a Intake,
    /// Its events, in the order in which they first run.
    pub events: Vec<EventFlow<'a>>,
    /// How the polling state flows; `None` of a webhook intake.
    pub state: Option<State>,
}

impl<'a> IntakeFlow<'a> {
    /// The event of a kind, if the intake has it.
    #[must_use]
    pub fn event(&self, kind: EventKind) -> Option<&EventFlow<'a>> {
        self.events.iter().find(|event| event.kind == kind)
    }

    /// Whether every command and variable was understood: otherwise what could not be read may read or write anything.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.events.iter().all(|event| event.understood)
    }

    /// Everything that the events read, with the number of the event.
    pub fn reads(&self) -> impl Iterator<Item = (usize, &Read<'a>)> {
        self.events.iter().enumerate().flat_map(|(index, event)| event.reads.iter().map(move |read| (index, read)))
    }
}

impl<'a> Flow<'a> {
    /// The data flow of a manifest.
    ///
    /// What is saved flows from any intake to any other, so it is taken for unknown at first; the intakes that read
    /// some are then gone through once more with what was found. Each time what is said is true, the second time it is
    /// more.
    #[must_use]
    pub fn of(manifest: &'a Manifest, samples: &'a Samples) -> Self {
        let unknown = |_: Scope, _: &str| Ways::unknown();
        let mut intakes: Vec<_> =
            manifest.intakes.iter().map(|intake| of_intake(manifest, samples, intake, &unknown)).collect();
        let known = Saved::of(&intakes);
        let mut changed = false;
        for flow in &mut intakes {
            if flow.reads().any(|(_, read)| matches!(read.variable.path.root, Root::Saved(_))) {
                *flow = of_intake(manifest, samples, flow.intake, &|scope, key| known.value(scope, key));
                changed = true;
            }
        }
        let saved = if changed { Saved::of(&intakes) } else { known };
        Self { manifest, samples, intakes, saved }
    }
}

fn of_intake<'a>(
    manifest: &Manifest,
    samples: &Samples,
    intake: &'a Intake,
    saved: &dyn Fn(Scope, &str) -> Ways,
) -> IntakeFlow<'a> {
    let base_url = manifest.api.as_ref().and_then(|api| api.base_url.as_ref());
    let name = intake.name.as_ref().map(|name| name.value.as_str());
    let recorded = response::Recorded { samples, intake: name.unwrap_or_default(), base_url };
    let events = visit::events(intake);
    let is_polling = events.iter().any(|(kind, _)| kind.is_polling());
    let (events, state) = if is_polling {
        let (events, state) = state::fixpoint(intake, &events, &recorded, saved);
        (events, Some(state))
    } else {
        let run = |(kind, event)| {
            event::run(kind, event, &event::Known { state: &Ways::unknown(), saved, recorded: &recorded })
        };
        (events.into_iter().map(run).collect(), None)
    };
    IntakeFlow { intake, events, state }
}
