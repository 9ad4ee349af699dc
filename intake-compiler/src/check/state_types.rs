//! **What**: a key of the polling state is of one type, `null` aside.
//!
//! **Why**: jq compares and adds by type: `"10" < 9` is false, and `"1" + 1` stops the run. What works in the first
//! cycle fails in the next.
//!
//! **Example**: `initial_setup` gives `{page: "1"}`, and `request` `{page: 2}`.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::flow::ways::{self, kind_name};
use crate::flow::{Flow, IntakeFlow};
use crate::shape::{Field, Shape, ShapeKind};
use std::collections::BTreeMap;

pub(super) fn check(flow: &Flow<'_>, sink: &mut Sink) {
    flow.intakes.iter().for_each(|intake| check_intake(intake, sink));
}

fn check_intake(intake: &IntakeFlow<'_>, sink: &mut Sink) {
    let Some(state) = &intake.state else { return };
    // The first value of each key; none any more once it was reported.
    let mut first: BTreeMap<&str, Option<(&Shape, usize)>> = BTreeMap::new();
    for write in state.written() {
        let Some(event) = write.event else { continue };
        for Field { name, shape, .. } in ways::fields(&write.shape) {
            for value in shape.alternatives().iter().filter(|value| is_typed(value)) {
                let known = first.entry(&**name).or_insert(Some((value, event)));
                let Some((one, earlier)) = *known else { continue };
                if kind_name(one) != kind_name(value) {
                    *known = None;
                    let by = |event: usize| intake.events[event].kind.as_str();
                    let message = format!("`{name}` of the polling state is not always of one type");
                    let found = Diagnostic::new(Code::StateKeyTypes, value.span, message)
                        .label(format!("{} in `{}`", kind_name(value), by(event)))
                        .secondary(one.span, format!("{} in `{}`", kind_name(one), by(earlier)))
                        .note("jq never takes one type for another: they compare and add differently")
                        .help("write the same type everywhere, or `null` where there is no value");
                    sink.push(found);
                }
            }
        }
    }
}

fn is_typed(shape: &Shape) -> bool {
    ways::is(shape, |kind| !matches!(kind, ShapeKind::Unknown | ShapeKind::Null))
}
