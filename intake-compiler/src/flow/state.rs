//! How the polling state flows: which writes of it arrive at which event.
//!
//! The order is `initial_setup → pre_poll → request… → post_poll → pre_poll → …`. What an event gives under
//! `polling_state` replaces the whole state; without that key the state stays.

use super::event::{self, EventFlow, Known, Place};
use super::response::Recorded;
use super::ways::{self, Found, Ways};
use crate::check::visit::EventKind;
use crate::manifest::model::{Event, ImportOption, Intake, IntakeKind};
use crate::shape::{Rest, Shape, ShapeKind};
use crate::source::Span;
use crate::template::{Root, Scope, Step};
use std::collections::BTreeSet;

/// So often an event is gone through with what arrives at it before that is taken for unknown: `{all: ${polling_state}}`
/// gives more every time.
const MOST_ROUNDS: usize = 6;

/// Numbers of [`State::writes`].
pub type Writes = BTreeSet<usize>;

/// How the state of one intake flows.
#[derive(Debug)]
pub struct State {
    /// Everything that the state can be. The first is the state before it is written.
    pub writes: Vec<Write>,
    /// For each event, which writes arrive when.
    pub arrivals: Vec<Vec<Arrival>>,
}

/// A value that the state can have.
#[derive(Clone, Debug)]
pub struct Write {
    /// The number of the event that gives it; `None` of the state before it is written.
    pub event: Option<usize>,
    /// The value.
    pub shape: Shape,
}

/// The writes of which one is the state when an event runs.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When that is.
    pub when: When,
    /// The writes.
    pub writes: Writes,
}

/// When an event runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// For the first time.
    First,
    /// `request` again, in the same cycle.
    NextRequest,
    /// In the next cycle.
    NextCycle,
}

impl State {
    /// Every write that arrives at an event.
    #[must_use]
    pub fn arriving(&self, event: usize) -> Writes {
        self.arrivals[event].iter().flat_map(|arrival| arrival.writes.iter().copied()).collect()
    }

    /// What events write, without the state before that.
    pub fn written(&self) -> impl Iterator<Item = &Write> {
        self.writes.iter().skip(1)
    }

    /// The keys that events write, each once, in source order; whether there may be others.
    #[must_use]
    pub fn keys(&self) -> (Vec<&str>, bool) {
        let names = ways::names(self.written().map(|write| &write.shape));
        (names, self.written().any(|write| ways::is_open(&write.shape)))
    }

    /// What is at a path of the state, for each of these writes.
    pub fn at<'s>(&'s self, writes: &'s Writes, steps: &'s [Step]) -> impl Iterator<Item = (&'s Write, Found<'s>)> {
        let each = move |write: &'s Write| ways::at(&write.shape, steps).into_iter().map(move |found| (write, found));
        writes.iter().map(|write| &self.writes[*write]).flat_map(each)
    }
}

/// What one way through an event does to the state.
#[derive(Clone, Debug)]
struct Way {
    /// Whether the state may stay as it is.
    keeps: bool,
    /// What it may become.
    writes: Vec<Shape>,
    /// Whether `request` may run again after it.
    goes_on: bool,
}

impl Way {
    fn unknown() -> Self {
        Self { keeps: true, writes: vec![Shape::unknown(Span::default())], goes_on: true }
    }

    fn of(output: &Shape, flow: &EventFlow<'_>) -> Self {
        let goes_on = flow.kind == EventKind::Request && may_go_on(output);
        match ways::field(output, "polling_state") {
            Some(field) => {
                let all = if is_whole_state(field.shape.span, flow) { &[] } else { field.shape.alternatives() };
                let writes: Vec<_> = all.iter().filter(|shape| !is_whole_state(shape.span, flow)).cloned().collect();
                Self { keeps: field.optional || writes.len() < all.len() || all.is_empty(), writes, goes_on }
            }
            None if ways::is_open(output) => Self { goes_on, ..Self::unknown() },
            None => Self { keeps: true, writes: Vec::new(), goes_on },
        }
    }
}

/// Whether a value is `${polling_state}` as it stands.
fn is_whole_state(value: Span, flow: &EventFlow<'_>) -> bool {
    flow.reads.iter().any(|read| {
        let path = &read.variable.path;
        read.place == Place::Jq
            && read.variable.span == value
            && path.root == Root::PollingState
            && path.steps.is_empty()
    })
}

/// Whether an output of `request` may be followed by another request.
fn may_go_on(output: &Shape) -> bool {
    if ways::is_no_object(output) {
        return false; // no results
    }
    let may_be = |name: &str, ends: fn(&ShapeKind) -> bool, if_missing: bool| match ways::field(output, name) {
        Some(field) => !ways::is(&field.shape, ends) || if_missing && field.optional,
        None => if_missing || ways::is_open(output),
    };
    may_be("iterate", |kind| *kind == ShapeKind::Bool(Some(false)), true) && may_be("results", is_empty, false)
}

/// Whether there is no record in it.
fn is_empty(results: &ShapeKind) -> bool {
    match results {
        ShapeKind::Null => true,
        ShapeKind::Array(array) => array.elements.is_never(),
        _ => false,
    }
}

/// Goes through the events of a polling intake until what arrives at each is what the others give.
pub(super) fn fixpoint<'a>(
    intake: &Intake,
    events: &[(EventKind, &'a Event)],
    recorded: &Recorded<'_>,
    saved: &dyn Fn(Scope, &str) -> Ways,
) -> (Vec<EventFlow<'a>>, State) {
    let mut flows: Vec<Option<EventFlow<'a>>> = events.iter().map(|_| None).collect();
    let mut entered: Vec<Option<Ways>> = vec![None; events.len()];
    let mut effects: Vec<Vec<Way>> = vec![Vec::new(); events.len()];
    let kinds: Vec<EventKind> = events.iter().map(|(kind, _)| *kind).collect();
    let mut state = arrive(intake, &kinds, &effects);
    for round in 0.. {
        let mut changed = false;
        for (index, (kind, event)) in events.iter().enumerate() {
            let arriving = state.arriving(index);
            let ways = Ways::of(arriving.iter().map(|write| state.writes[*write].shape.clone())).widened();
            let is_new = |entered: &Ways| *entered != ways && *entered != Ways::unknown();
            if ways.is_empty() || !entered[index].as_ref().is_none_or(is_new) {
                continue;
            }
            let ways = if round < MOST_ROUNDS { ways } else { Ways::unknown() };
            let flow = event::run(*kind, event, &Known { state: &ways, saved, recorded });
            effects[index] = flow.output.iter().map(|output| Way::of(output, &flow)).collect();
            (flows[index], entered[index], changed) = (Some(flow), Some(ways), true);
            state = arrive(intake, &kinds, &effects);
        }
        if !changed {
            break;
        }
    }
    // No way leads to an event after one that always fails.
    let unknown = Ways::unknown();
    let known = Known { state: &unknown, saved, recorded };
    let unreached = |(kind, event): &(EventKind, &'a Event)| event::run(*kind, event, &known);
    let flows = flows.into_iter().zip(events).map(|(flow, event)| flow.unwrap_or_else(|| unreached(event)));
    (flows.collect(), state)
}

/// What arrives where, given what each event does to the state.
fn arrive(intake: &Intake, kinds: &[EventKind], effects: &[Vec<Way>]) -> State {
    let mut writes = vec![Write { event: None, shape: Shape::object(intake.span, Vec::new(), Rest::Closed) }];
    let mut numbered = Vec::new();
    for (event, ways) in effects.iter().enumerate() {
        numbered.push(Vec::new());
        for way in ways {
            let first = writes.len();
            writes.extend(way.writes.iter().map(|shape| Write { event: Some(event), shape: shape.clone() }));
            numbered[event].push(NumberedWay { keeps: way.keeps, goes_on: way.goes_on, writes: first..writes.len() });
        }
    }
    let order = Order { kinds, effects: &numbered };
    let mut arrivals = vec![Vec::new(); kinds.len()];
    let mut note = |kind: EventKind, when: When, writes: &Writes| {
        if let Some(event) = order.event(kind)
            && !writes.is_empty()
        {
            arrivals[event].push(Arrival { when, writes: writes.clone() });
        }
    };
    let unwritten = Writes::from([0]);
    note(EventKind::InitialSetup, When::First, &unwritten);
    let set_up = order.after(EventKind::InitialSetup, &unwritten);
    note(EventKind::PrePoll, When::First, &set_up);
    let first = order.cycle(&set_up);
    note(EventKind::Request, When::First, &first.begun);
    let mut later = first.clone();
    let mut cycles = Writes::new();
    if !is_single(intake) {
        loop {
            let grown: Writes = cycles.union(&later.ended).copied().collect();
            if grown == cycles {
                break;
            }
            cycles = grown;
            later = order.cycle(&cycles);
        }
    }
    let again = first.again.union(&later.again).copied().collect();
    note(EventKind::Request, When::NextRequest, &again);
    note(EventKind::PostPoll, When::First, &first.requested);
    if !cycles.is_empty() {
        note(EventKind::PrePoll, When::NextCycle, &cycles);
        note(EventKind::Request, When::NextCycle, &later.begun);
        note(EventKind::PostPoll, When::NextCycle, &later.requested);
    }
    State { writes, arrivals }
}

fn is_single(intake: &Intake) -> bool {
    let Some(IntakeKind::Polling(polling)) = &intake.kind else { return false };
    polling.import_option.is_some_and(|option| option.value == ImportOption::Single)
}

/// A [`Way`] whose writes are numbered.
struct NumberedWay {
    keeps: bool,
    goes_on: bool,
    writes: std::ops::Range<usize>,
}

/// The events in their order.
struct Order<'o> {
    kinds: &'o [EventKind],
    effects: &'o [Vec<NumberedWay>],
}

/// The states of a cycle.
#[derive(Clone, Debug)]
struct Cycle {
    /// Before the first request.
    begun: Writes,
    /// Before each further request.
    again: Writes,
    /// After the last request.
    requested: Writes,
    /// At its end.
    ended: Writes,
}

impl Order<'_> {
    fn event(&self, kind: EventKind) -> Option<usize> {
        self.kinds.iter().position(|known| *known == kind)
    }

    /// The state after an event; of one that the intake lacks, the state before it.
    fn after(&self, kind: EventKind, before: &Writes) -> Writes {
        self.event(kind).map_or_else(|| before.clone(), |event| self.after_ways(event, before, |_| true))
    }

    fn after_ways(&self, event: usize, before: &Writes, test: impl Fn(&NumberedWay) -> bool) -> Writes {
        let mut after = Writes::new();
        if before.is_empty() {
            return after;
        }
        for way in self.effects[event].iter().filter(|way| test(way)) {
            after.extend(way.writes.clone());
            if way.keeps {
                after.extend(before);
            }
        }
        after
    }

    fn cycle(&self, before: &Writes) -> Cycle {
        let begun = self.after(EventKind::PrePoll, before);
        let mut again = Writes::new();
        if let Some(request) = self.event(EventKind::Request) {
            loop {
                let all: Writes = begun.union(&again).copied().collect();
                let next = self.after_ways(request, &all, |way| way.goes_on);
                if next == again {
                    break;
                }
                again = next;
            }
        }
        let all = begun.union(&again).copied().collect();
        let requested = self.after(EventKind::Request, &all);
        let ended = self.after(EventKind::PostPoll, &requested);
        Cycle { begun, again, requested, ended }
    }
}
