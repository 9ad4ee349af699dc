//! What each write of a transaction is in SQL.

use super::statements::Statements;
use super::{failed, kept, outbox, read, workflows};
use crate::store::{
    CycleProgress, HOOK_REMOVED, Hook, HookStatus, HookUser, IntakeKey, ScopeKey, StoreError, StoredIntake,
    WorkflowKey, Write,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Result, ToSql, params};

pub(super) fn apply(statements: &mut Statements<'_>, write: Write) -> std::result::Result<(), StoreError> {
    let written = match write {
        Write::CheckFence { key, fence } => match holds(statements, &key, fence) {
            Ok(false) => return Err(StoreError::LeaseLost { key }),
            held => held.map(drop),
        },
        Write::Intake { key, state, set_up, cycles, cycle } => {
            put_intake(statements, &key, state.as_deref(), set_up, cycles, cycle.as_ref())
        }
        Write::Save { owner, entries } => save(statements, &owner, &entries),
        Write::ForgetSaved { owner } => forget_saved(statements, &owner),
        Write::Append { key, records } => outbox::append(statements, &key, &records),
        Write::Acknowledge { key, records } => outbox::acknowledge(statements, &key, &records),
        Write::PutHook(hook) => match put_hook(statements, &hook) {
            Ok(false) => return Err(StoreError::HookExists { intake: hook.intake }),
            put => put.map(drop),
        },
        Write::RemoveHook { token } => remove_hook(statements, &token),
        Write::PutHookUser { token, user } => return known(put_hook_user(statements, &token, &user)),
        Write::RemoveHookUser { token, workflow } => remove_hook_user(statements, &token, &workflow),
        Write::Refused { key, attempts, since, next, reason } => {
            kept::refused(statements, &key, attempts, (since, next), &reason)
        }
        Write::Bury { key, records, dead } => outbox::bury(statements, &key, &records, &dead),
        Write::Revive { record } => outbox::revive(statements, record),
        Write::DropRecord { record } => outbox::drop_record(statements, record),
        Write::Deliver(arrival) => return known(kept::deliver(statements, &arrival)),
        Write::ForgetSeen { before, keep } => kept::forget_seen(statements, before, keep),
        Write::Routed { delivery } => statements.execute("DELETE FROM deliveries WHERE id = ?1", [delivery]).map(drop),
        Write::Undeliverable { delivery, reason } => {
            let sql = "UPDATE deliveries SET reason = ?2, attempts = attempts + 1 WHERE id = ?1";
            statements.execute(sql, (delivery, reason)).map(drop)
        }
        Write::RetryDelivery { delivery } => {
            statements.execute("UPDATE deliveries SET reason = NULL WHERE id = ?1", [delivery]).map(drop)
        }
        Write::Intend(intent) => return known(kept::intend(statements, &intent)),
        Write::IntentFailed { token, failure } => {
            statements.execute("UPDATE intents SET failure = ?2 WHERE token = ?1", (token, failure)).map(drop)
        }
        Write::IntentDone { token } => statements.execute("DELETE FROM intents WHERE token = ?1", [token]).map(drop),
        Write::LeaveHook { token, workflow } => leave_hook(statements, &token, &workflow),
        Write::CheckWorkflow { workflow, tasks } => match workflows::is(statements, &workflow, &tasks) {
            Ok(false) => return Err(StoreError::WorkflowChanged { key: workflow.key }),
            is => is.map(drop),
        },
        Write::PutWorkflow(workflow) => workflows::put(statements, &workflow),
        Write::SetStatus { key, status } => match workflows::set_status(statements, &key, &status) {
            Ok(false) => return Err(StoreError::UnknownWorkflow { key }),
            set => set.map(drop),
        },
        Write::RemoveWorkflow { key } => workflows::remove(statements, &key),
        Write::PutTask { key, mode, inputs, next } => {
            match workflows::put_task(statements, &key, mode, &inputs, next) {
                Ok(false) => {
                    let key = WorkflowKey { app: key.app, workflow: key.workflow };
                    return Err(StoreError::UnknownWorkflow { key });
                }
                put => put.map(drop),
            }
        }
        Write::EndTask { task, revision, end } => workflows::end_task(statements, task, revision, &end),
        Write::RemoveTask { task, revision } => workflows::remove_task(statements, task, revision),
    };
    written.map_err(|error| failed("write", error))
}

/// Statements that need a hook.
fn known(hook: Result<bool>) -> std::result::Result<(), StoreError> {
    if hook.map_err(|error| failed("write", error))? { Ok(()) } else { Err(StoreError::UnknownHook) }
}

pub(super) fn lease(statements: &mut Statements<'_>, key: &IntakeKey) -> Result<StoredIntake> {
    let owner = owner(statements, key)?;
    let sql = "INSERT INTO intakes (owner, fence, set_up, cycles) VALUES (?1, 1, 0, 0)
        ON CONFLICT (owner) DO UPDATE SET fence = fence + 1";
    statements.execute(sql, [owner])?;
    read::intake(statements, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// The number of an intake of a workflow; it gets one if it has none.
pub(super) fn owner(statements: &mut Statements<'_>, key: &IntakeKey) -> Result<i64> {
    if let Some(owner) = known_owner(statements, key)? {
        return Ok(owner);
    }
    let sql = "INSERT INTO owners (app, intake, workflow) VALUES (?1, ?2, ?3)";
    statements.execute(sql, (&key.app, &key.intake, &key.workflow))?;
    Ok(statements.connection.last_insert_rowid())
}

pub(super) fn known_owner(statements: &mut Statements<'_>, key: &IntakeKey) -> Result<Option<i64>> {
    let sql = "SELECT id FROM owners WHERE app = ?1 AND intake = ?2 AND workflow = ?3";
    statements.first(sql, (&key.app, &key.intake, &key.workflow), |row| row.get(0))
}

/// Whether the newest lease has this number. None has 0: it is what an intake has that was never leased.
fn holds(statements: &mut Statements<'_>, key: &IntakeKey, fence: u64) -> Result<bool> {
    let Some(owner) = known_owner(statements, key)? else { return Ok(false) };
    let sql = "SELECT fence FROM intakes WHERE owner = ?1";
    let newest: Option<i64> = statements.first(sql, [owner], |row| row.get(0))?;
    Ok(fence != 0 && newest == Some(fence.cast_signed()))
}

fn put_intake(
    statements: &mut Statements<'_>,
    key: &IntakeKey,
    state: Option<&str>,
    set_up: bool,
    cycles: u64,
    cycle: Option<&CycleProgress>,
) -> Result<()> {
    let owner = owner(statements, key)?;
    let sql = "INSERT INTO intakes (owner, fence, state, set_up, cycles, requests, results, previous, exit)
        VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (owner) DO UPDATE SET state = excluded.state, set_up = excluded.set_up, cycles = excluded.cycles,
            requests = excluded.requests, results = excluded.results, previous = excluded.previous, exit = excluded.exit";
    let params = params![
        owner,
        state,
        set_up,
        cycles.cast_signed(),
        cycle.map(|cycle| cycle.requests),
        cycle.map(|cycle| cycle.results.cast_signed()),
        cycle.and_then(|cycle| cycle.previous),
        cycle.and_then(|cycle| cycle.exit.as_deref()),
    ];
    statements.execute(sql, params).map(drop)
}

fn save(statements: &mut Statements<'_>, owner: &ScopeKey, entries: &[(String, String)]) -> Result<()> {
    let sql = "INSERT INTO saved (app, scope, owner, key, value) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (app, scope, owner, key) DO UPDATE SET value = excluded.value";
    for (key, value) in entries {
        statements.execute(sql, (&owner.app, owner.scope.as_str(), &owner.owner, key, value))?;
    }
    Ok(())
}

fn forget_saved(statements: &mut Statements<'_>, owner: &ScopeKey) -> Result<()> {
    let sql = "DELETE FROM saved WHERE app = ?1 AND scope = ?2 AND owner = ?3";
    statements.execute(sql, (&owner.app, owner.scope.as_str(), &owner.owner)).map(drop)
}

/// Whether the hook is the only one of its intake and owner, and stored.
fn put_hook(statements: &mut Statements<'_>, hook: &Hook) -> Result<bool> {
    let present = read::hook_of(statements, &hook.intake, &hook.owner)?;
    if present.is_some_and(|present| present.token != hook.token) {
        return Ok(false);
    }
    let status = match hook.status {
        HookStatus::Creating => "creating",
        HookStatus::Active => "active",
        HookStatus::Deleting => "deleting",
    };
    let sql = "INSERT INTO hooks (token, intake, app, scope, owner, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (token) DO UPDATE SET intake = excluded.intake, app = excluded.app, scope = excluded.scope,
            owner = excluded.owner, status = excluded.status";
    let Hook { token, intake, owner, .. } = hook;
    statements.execute(sql, (token, intake, &owner.app, owner.scope.as_str(), &owner.owner, status))?;
    Ok(true)
}

fn remove_hook_user(statements: &mut Statements<'_>, token: &str, workflow: &str) -> Result<()> {
    let sql = "DELETE FROM hook_users WHERE token = ?1 AND workflow = ?2";
    statements.execute(sql, (token, workflow)).map(drop)
}

fn leave_hook(statements: &mut Statements<'_>, token: &str, workflow: &str) -> Result<()> {
    remove_hook_user(statements, token, workflow)?;
    let used = statements.first("SELECT 1 FROM hook_users WHERE token = ?1", [token], |_| Ok(()))?;
    if used.is_some() { Ok(()) } else { remove_hook(statements, token) }
}

fn remove_hook(statements: &mut Statements<'_>, token: &str) -> Result<()> {
    if statements.execute("DELETE FROM hooks WHERE token = ?1", [token])? == 0 {
        return Ok(());
    }
    let sql = "UPDATE deliveries SET reason = ?2 WHERE token = ?1 AND reason IS NULL";
    statements.execute(sql, (token, HOOK_REMOVED)).map(drop)
}

fn put_hook_user(statements: &mut Statements<'_>, token: &str, user: &HookUser) -> Result<bool> {
    let sql = "INSERT INTO hook_users (token, workflow, connection, account, resource, subdomain, inputs)
        SELECT token, ?2, ?3, ?4, ?5, ?6, ?7 FROM hooks WHERE token = ?1
        ON CONFLICT (token, workflow) DO UPDATE SET connection = excluded.connection, account = excluded.account,
            resource = excluded.resource, subdomain = excluded.subdomain, inputs = excluded.inputs";
    let HookUser { workflow, connection, account, resource, subdomain, inputs } = user;
    Ok(statements.execute(sql, (token, workflow, connection, account, resource, subdomain, inputs))? > 0)
}

/// JSON text as bytes, stored as text so that other tools can read it.
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl ToSql for Text<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0)))
    }
}
