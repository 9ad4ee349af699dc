//! The polling state as its type, and what becomes of one that an earlier release of the manifest has written.

use super::{Step, corrupt};
use crate::error::PollError;
use crate::intake::Polling;
use crate::runtime::Runtime;
use crate::store::StoredIntake;
use crate::unread::read as decode;
use crate::value::Value;
use crate::workflow::Workflow;

/// Reads a stored state; with the JSON of what it was migrated to, if it did not fit.
pub(super) fn read<P: Polling>(
    runtime: &Runtime,
    workflow: &Workflow,
    text: &str,
) -> Result<(P::State, Option<String>), PollError> {
    let meta = P::META;
    let error = match decode(text.as_bytes(), meta.state) {
        Ok(state) => return Ok((state, None)),
        Err(error) => error,
    };
    let corrupt = |source| corrupt("polling state", meta, workflow, source);
    let old = Value::from_json(text.as_bytes()).map_err(|error| corrupt(error.into()))?;
    let Some(misfit) = meta.state.misfit(&old) else { return Err(corrupt(error.into())) };
    let (intake, workflow) = (meta.name, workflow.id().to_owned());
    let Some(migrate) = runtime.inner.migrations.get(&(meta.app.name, intake)) else {
        return Err(PollError::State { file: meta.app.file, intake, workflow, misfit });
    };
    let migrated = migrate(old).and_then(|text| Ok((decode(text.as_bytes(), meta.state)?, Some(text))));
    migrated.map_err(|source| PollError::Migration { intake, workflow, source })
}

/// A `polling_state` in an event's output replaces the whole state.
pub(super) fn adopt<P: Polling>(stored: StoredIntake, step: Step, output: &Value) -> Result<StoredIntake, PollError> {
    let Some(state) = output.get("polling_state") else { return Ok(stored) };
    let meta = P::META;
    if let Some(misfit) = meta.state.misfit(&state) {
        return Err(PollError::NewState { file: meta.app.file, intake: meta.name, event: step.name(), misfit });
    }
    Ok(StoredIntake { state: Some(state.to_string()), ..stored })
}
