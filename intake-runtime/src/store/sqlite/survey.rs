//! What is looked through as a whole, in SQL: a page is a few queries, however much belongs to each of its rows.

use super::kept::{an_intent, hooks};
use super::read::most;
use super::statements::Statements;
use super::workflows::{a_status, a_task};
use crate::store::{IntakeKey, Intent, RegisteredHook, TaskReport, WorkflowKey};
use rusqlite::{Result, params};

pub(super) fn registrations(
    statements: &mut Statements<'_>,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<RegisteredHook>> {
    // Without a transaction each query would be of a moment of its own.
    statements.execute("BEGIN", [])?;
    let page = a_page(statements, after, limit);
    statements.execute("COMMIT", [])?;
    page
}

fn a_page(statements: &mut Statements<'_>, after: Option<&str>, limit: usize) -> Result<Vec<RegisteredHook>> {
    let hooks = hooks(statements, after, limit)?;
    let (Some(first), Some(last)) = (hooks.first(), hooks.last()) else { return Ok(Vec::new()) };
    let sql = "SELECT token, workflow, action, since, attempt, failure FROM intents
        WHERE token >= ?1 AND token <= ?2 ORDER BY token";
    let range = (&first.token, &last.token);
    let mut intents = statements.all(sql, range, an_intent)?.into_iter().peekable();
    let sql = "SELECT token, workflow FROM hook_users WHERE token >= ?1 AND token <= ?2 ORDER BY token, seq";
    let users = statements.all(sql, range, |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut users = users.into_iter().peekable();
    // All three are in order of tokens.
    let registration = |hook: crate::store::Hook| {
        let intent = intents.next_if(|intent: &Intent| intent.token == hook.token);
        let workflows = std::iter::from_fn(|| users.next_if(|(token, _)| *token == hook.token));
        let workflows = workflows.map(|(_, workflow)| workflow).collect();
        RegisteredHook { hook, intent, workflows }
    };
    Ok(hooks.into_iter().map(registration).collect())
}

pub(super) fn tasks(statements: &mut Statements<'_>, after: i64, limit: usize) -> Result<Vec<TaskReport>> {
    let sql =
        "SELECT tasks.intake, mode, interval, job, due, tasks.id, inputs, failures, error, cycles, requests, results,
            done, revision, app, workflows.workflow, status, reason,
            EXISTS (SELECT 1 FROM owners CROSS JOIN intakes ON intakes.owner = owners.id
                WHERE owners.app = workflows.app AND owners.intake = tasks.intake
                    AND owners.workflow = workflows.workflow)
        FROM tasks CROSS JOIN workflows ON workflows.id = tasks.workflow
        WHERE tasks.id > ?1 ORDER BY tasks.id LIMIT ?2";
    statements.all(sql, (after, most(limit)), |row| {
        let key = WorkflowKey { app: row.get(14)?, workflow: row.get(15)? };
        Ok(TaskReport { task: a_task(row, &key)?, status: a_status(row, 16)?, known: row.get(18)? })
    })
}

pub(super) fn strays(
    statements: &mut Statements<'_>,
    after: Option<&IntakeKey>,
    limit: usize,
) -> Result<Vec<IntakeKey>> {
    let sql = "SELECT app, intake, workflow FROM owners CROSS JOIN intakes ON intakes.owner = owners.id
        WHERE (app, intake, workflow) >= (?1, ?2, ?3) AND (?4 OR (app, intake, workflow) <> (?1, ?2, ?3))
            AND (set_up OR state IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM workflows
                WHERE workflows.app = owners.app AND workflows.workflow = owners.workflow)
        ORDER BY app, intake, workflow LIMIT ?5";
    let none = String::new();
    let (app, intake, workflow) =
        after.map_or((&none, &none, &none), |after| (&after.app, &after.intake, &after.workflow));
    statements.all(sql, params![app, intake, workflow, after.is_none(), most(limit)], |row| {
        Ok(IntakeKey { app: row.get(0)?, intake: row.get(1)?, workflow: row.get(2)? })
    })
}
