//! Workflows and their tasks in SQL.

use super::read::{most, unknown, unsigned};
use super::statements::Statements;
use crate::clock::{Timestamp, millis};
use crate::store::{
    DueTask, IntakeKey, Job, Next, Place, Progress, StoredWorkflow, Task, TaskEnd, TaskMode, Which, WorkflowKey,
    WorkflowStatus,
};
use rusqlite::{Result, Row, params};
use std::time::Duration;

/// How many tasks are looked at in one go.
const SWEEP: i64 = 10_000;

pub(super) fn workflow(
    statements: &mut Statements<'_>,
    key: &WorkflowKey,
) -> Result<Option<(StoredWorkflow, Vec<Task>)>> {
    let sql = "SELECT app, workflow, connection, account, resource, subdomain, status, reason, id FROM workflows
        WHERE app = ?1 AND workflow = ?2";
    let found =
        statements.first(sql, (&key.app, &key.workflow), |row| Ok((a_workflow(row)?, row.get::<_, i64>(8)?)))?;
    let Some((workflow, id)) = found else { return Ok(None) };
    let sql = "SELECT intake, mode, interval, job, due, id, inputs, failures, error, cycles, requests, results, done,
            revision
        FROM tasks WHERE workflow = ?1 ORDER BY intake";
    let tasks = statements.all(sql, [id], |row| a_task(row, key))?;
    Ok(Some((workflow, tasks)))
}

pub(super) fn workflows(
    statements: &mut Statements<'_>,
    which: Which,
    after: Option<&WorkflowKey>,
    limit: usize,
) -> Result<Vec<StoredWorkflow>> {
    let none = String::new();
    // Nothing is before the empty text, and what comes after it by one bit tells that from no text.
    let (app, workflow) = after.map_or((&none, &none), |after| (&after.app, &after.workflow));
    let (all, limit) = (after.is_none(), most(limit));
    let status = match which {
        Which::All => {
            let sql = "SELECT app, workflow, connection, account, resource, subdomain, status, reason FROM workflows
                WHERE (app, workflow) >= (?1, ?2) AND (?3 OR (app, workflow) <> (?1, ?2))
                ORDER BY app, workflow LIMIT ?4";
            return statements.all(sql, params![app, workflow, all, limit], a_workflow);
        }
        Which::Paused => "paused",
        Which::NeedsAttention => "needs_attention",
        Which::Removing => "removing",
    };
    let sql = "SELECT app, workflow, connection, account, resource, subdomain, status, reason FROM workflows
        WHERE status = ?5 AND status <> 'active'
            AND (app, workflow) >= (?1, ?2) AND (?3 OR (app, workflow) <> (?1, ?2))
        ORDER BY app, workflow LIMIT ?4";
    statements.all(sql, params![app, workflow, all, limit, status], a_workflow)
}

pub(super) fn due(
    statements: &mut Statements<'_>,
    until: Timestamp,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<DueTask>> {
    let sql = "SELECT tasks.intake, mode, interval, job, due, tasks.id, app, workflows.workflow, connection
        FROM tasks CROSS JOIN workflows ON workflows.id = tasks.workflow
        WHERE runs = 1 AND due IS NOT NULL AND due <= ?1 AND due >= ?2 AND (due > ?2 OR tasks.id > ?3)
        ORDER BY due, tasks.id LIMIT ?4";
    let after = after.unwrap_or(Place { at: Timestamp(i64::MIN), number: i64::MIN });
    statements.all(sql, (until.0, after.at.0, after.number, most(limit)), |row| {
        let key = IntakeKey { app: row.get(6)?, intake: row.get(0)?, workflow: row.get(7)? };
        let next = a_next(row)?.ok_or_else(|| unknown(3))?;
        let place = Place { at: next.at, number: row.get(5)? };
        Ok(DueTask { place, key, connection: row.get(8)?, job: next.job, mode: a_mode(row)? })
    })
}

pub(super) fn count_due(statements: &mut Statements<'_>, now: Timestamp) -> Result<u64> {
    let sql = "SELECT count(*) FROM tasks WHERE runs = 1 AND due IS NOT NULL AND due <= ?1";
    Ok(statements.first(sql, [now.0], |row| unsigned(row, 0))?.unwrap_or(0))
}

pub(super) fn pull_in(
    statements: &mut Statements<'_>,
    now: Timestamp,
    beyond: Duration,
    from: i64,
) -> Result<Option<i64>> {
    let sql = "SELECT id FROM tasks WHERE id >= ?1 ORDER BY id LIMIT 1";
    let Some(first) = statements.first(sql, [from], |row| row.get::<_, i64>(0))? else { return Ok(None) };
    let end = first.saturating_add(SWEEP);
    let sql = "UPDATE tasks SET due = ?1 + id * 7919 % coalesce(interval, 1)
        WHERE id >= ?3 AND id < ?4 AND due > ?1 + max(?2, coalesce(interval, 0))";
    statements.execute(sql, (now.0, millis(beyond), first, end))?;
    Ok(Some(end))
}

pub(super) fn put(statements: &mut Statements<'_>, workflow: &StoredWorkflow) -> Result<()> {
    let sql = "INSERT INTO workflows (app, workflow, connection, account, resource, subdomain, status, reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (app, workflow) DO UPDATE SET connection = excluded.connection, account = excluded.account,
            resource = excluded.resource, subdomain = excluded.subdomain, status = excluded.status,
            reason = excluded.reason";
    let StoredWorkflow { key, connection, account, resource, subdomain, status } = workflow;
    let WorkflowKey { app, workflow } = key;
    let (word, reason) = words(status);
    statements.execute(sql, params![app, workflow, connection, account, resource, subdomain, word, reason])?;
    let id = id(statements, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    run_or_hold(statements, id, status)
}

/// Whether a workflow is stored like this.
pub(super) fn is(statements: &mut Statements<'_>, like: &StoredWorkflow, tasks: &[(i64, u64)]) -> Result<bool> {
    let Some((stored, present)) = workflow(statements, &like.key)? else { return Ok(false) };
    Ok(stored == *like && present.iter().map(|task| (task.number, task.revision)).eq(tasks.iter().copied()))
}

/// Whether there is such a workflow.
pub(super) fn set_status(statements: &mut Statements<'_>, key: &WorkflowKey, status: &WorkflowStatus) -> Result<bool> {
    let Some(id) = id(statements, key)? else { return Ok(false) };
    let (word, reason) = words(status);
    let sql = "UPDATE workflows SET status = ?2, reason = ?3 WHERE id = ?1";
    statements.execute(sql, (id, word, reason))?;
    run_or_hold(statements, id, status)?;
    Ok(true)
}

pub(super) fn remove(statements: &mut Statements<'_>, key: &WorkflowKey) -> Result<()> {
    let sql = "DELETE FROM workflows WHERE app = ?1 AND workflow = ?2 AND status = 'removing'
        AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.workflow = workflows.id)";
    statements.execute(sql, (&key.app, &key.workflow)).map(drop)
}

/// Whether there is such a workflow.
pub(super) fn put_task(
    statements: &mut Statements<'_>,
    key: &IntakeKey,
    mode: TaskMode,
    inputs: &str,
    next: Option<Next>,
) -> Result<bool> {
    let workflow = WorkflowKey { app: key.app.clone(), workflow: key.workflow.clone() };
    let Some(id) = id(statements, &workflow)? else { return Ok(false) };
    let (word, interval) = match mode {
        TaskMode::Recurring { every } => ("recurring", Some(millis(every).max(1))),
        TaskMode::Once => ("once", None),
        TaskMode::Webhook => ("webhook", None),
    };
    let (job, due) = (next.map(|next| next.job.as_str()), next.map(|next| next.at.0));
    let params = params![id, key.intake, word, interval, inputs, job, due];
    let sql = "UPDATE tasks SET mode = ?3, interval = ?4, inputs = ?5, job = ?6, due = ?7, failures = 0, error = NULL,
            revision = revision + 1
        WHERE workflow = ?1 AND intake = ?2";
    if statements.execute(sql, params)? > 0 {
        return Ok(true);
    }
    let sql = "INSERT INTO tasks (workflow, intake, mode, interval, inputs, job, due, runs, revision, failures, cycles,
            requests, results, done)
        SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, status IN ('active', 'removing'), 1, 0, 0, 0, 0, 0 FROM workflows
        WHERE id = ?1";
    statements.execute(sql, params)?;
    Ok(true)
}

pub(super) fn end_task(statements: &mut Statements<'_>, task: i64, revision: u64, end: &TaskEnd) -> Result<()> {
    let TaskEnd { next, failures, error, progress, attention } = end;
    let sql =
        "UPDATE tasks SET job = ?3, due = ?4, failures = ?5, error = ?6, cycles = ?7, requests = ?8, results = ?9,
            done = ?10
        WHERE id = ?1 AND revision = ?2";
    let params = params![
        task,
        revision.cast_signed(),
        next.map(|next| next.job.as_str()),
        next.map(|next| next.at.0),
        failures,
        error,
        progress.cycles.cast_signed(),
        progress.requests.cast_signed(),
        progress.results.cast_signed(),
        progress.done,
    ];
    let ended = statements.execute(sql, params)? > 0;
    if !ended || !attention {
        return Ok(());
    }
    let sql = "SELECT workflows.id FROM tasks JOIN workflows ON workflows.id = tasks.workflow
        WHERE tasks.id = ?1 AND status = 'active'";
    let Some(id) = statements.first(sql, [task], |row| row.get::<_, i64>(0))? else { return Ok(()) };
    let status = WorkflowStatus::NeedsAttention { reason: error.clone().unwrap_or_default() };
    let (word, reason) = words(&status);
    statements.execute("UPDATE workflows SET status = ?2, reason = ?3 WHERE id = ?1", (id, word, reason))?;
    run_or_hold(statements, id, &status)
}

pub(super) fn remove_task(statements: &mut Statements<'_>, task: i64, revision: u64) -> Result<()> {
    let sql = "DELETE FROM tasks WHERE id = ?1 AND revision = ?2";
    statements.execute(sql, (task, revision.cast_signed())).map(drop)
}

fn id(statements: &mut Statements<'_>, key: &WorkflowKey) -> Result<Option<i64>> {
    let sql = "SELECT id FROM workflows WHERE app = ?1 AND workflow = ?2";
    statements.first(sql, (&key.app, &key.workflow), |row| row.get(0))
}

fn run_or_hold(statements: &mut Statements<'_>, workflow: i64, status: &WorkflowStatus) -> Result<()> {
    let sql = "UPDATE tasks SET runs = ?2 WHERE workflow = ?1 AND runs <> ?2";
    statements.execute(sql, (workflow, status.runs())).map(drop)
}

fn words(status: &WorkflowStatus) -> (&'static str, Option<&str>) {
    let reason = if let WorkflowStatus::NeedsAttention { reason } = status { Some(&**reason) } else { None };
    (status.word(), reason)
}

fn a_workflow(row: &Row<'_>) -> Result<StoredWorkflow> {
    let status = a_status(row, 6)?;
    Ok(StoredWorkflow {
        key: WorkflowKey { app: row.get(0)?, workflow: row.get(1)? },
        connection: row.get(2)?,
        account: row.get(3)?,
        resource: row.get(4)?,
        subdomain: row.get(5)?,
        status,
    })
}

/// Of a column, and the reason behind it.
pub(super) fn a_status(row: &Row<'_>, column: usize) -> Result<WorkflowStatus> {
    Ok(match row.get_ref(column)?.as_str()? {
        "active" => WorkflowStatus::Active,
        "paused" => WorkflowStatus::Paused,
        "needs_attention" => WorkflowStatus::NeedsAttention { reason: row.get(column + 1)? },
        "removing" => WorkflowStatus::Removing,
        _ => return Err(unknown(column)),
    })
}

pub(super) fn a_task(row: &Row<'_>, workflow: &WorkflowKey) -> Result<Task> {
    Ok(Task {
        number: row.get(5)?,
        key: workflow.intake(row.get_ref(0)?.as_str()?),
        mode: a_mode(row)?,
        inputs: row.get(6)?,
        next: a_next(row)?,
        failures: row.get(7)?,
        error: row.get(8)?,
        progress: Progress {
            cycles: unsigned(row, 9)?,
            requests: unsigned(row, 10)?,
            results: unsigned(row, 11)?,
            done: row.get(12)?,
        },
        revision: unsigned(row, 13)?,
    })
}

/// Of a row that begins with the intake, mode, interval, job, due.
fn a_mode(row: &Row<'_>) -> Result<TaskMode> {
    Ok(match row.get_ref(1)?.as_str()? {
        "recurring" => TaskMode::Recurring { every: Duration::from_millis(unsigned(row, 2)?) },
        "once" => TaskMode::Once,
        "webhook" => TaskMode::Webhook,
        _ => return Err(unknown(1)),
    })
}

fn a_next(row: &Row<'_>) -> Result<Option<Next>> {
    let Some(word) = row.get_ref(3)?.as_str_or_null()? else { return Ok(None) };
    let job = match word {
        "cycle" => Job::Cycle,
        "reset" => Job::Reset,
        "register" => Job::Register,
        "update" => Job::Update,
        "remove" => Job::Remove,
        _ => return Err(unknown(3)),
    };
    Ok(Some(Next { job, at: Timestamp(row.get(4)?) }))
}
