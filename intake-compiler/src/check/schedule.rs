//! **What**: a workflow has `setup.schedule` if, and only if, its intake polls.
//!
//! **Why**: without a schedule nothing ever polls; beside a webhook the schedule would ask the customer for nothing.
//!
//! **Example**: a workflow whose `data_intake` is a polling intake, without `"schedule"` in its `setup`.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::manifest::Manifest;
use crate::manifest::model::{Intake, IntakeKind};
use std::collections::HashMap;

pub(super) fn check(manifest: &Manifest, sink: &mut Sink) {
    let named = manifest.intakes.iter().filter_map(|intake| Some((intake.name.as_ref()?.value.as_str(), intake)));
    let by_name: HashMap<&str, &Intake> = named.collect();
    for workflow in &manifest.workflows {
        let Some(named) = &workflow.scheduled else { continue };
        let intake = by_name.get(named.value.as_str());
        match (intake.and_then(|intake| intake.kind.as_ref()), workflow.schedule) {
            (Some(IntakeKind::Polling(_)), None) => {
                let message = format!("the workflow has no `setup.schedule`, but `{}` polls", named.value);
                sink.push(
                    Diagnostic::new(Code::ScheduleMismatch, named.span, message)
                        .label("a polling intake")
                        .note("the schedule says how often the customer's data is fetched")
                        .help("add `\"schedule\"` to the workflow's `setup`"),
                );
            }
            (Some(IntakeKind::Webhook(_)), Some(schedule)) => {
                let message = format!("`setup.schedule` in a workflow whose intake `{}` is a webhook", named.value);
                sink.push(
                    Diagnostic::new(Code::ScheduleMismatch, schedule, message)
                        .label("schedules nothing")
                        .secondary(named.span, "a webhook intake")
                        .help("remove `schedule`"),
                );
            }
            _ => {}
        }
    }
}
