//! What waits and what could not go on, in SQL: lanes and dead letters of the outbox, deliveries, intents; and what is
//! listed and counted.

use super::read::{bytes, most, unknown, unsigned};
use super::statements::Statements;
use super::workflows;
use super::write::{Text, known_owner};
use crate::clock::Timestamp;
use crate::store::{
    Arrival, Counts, Hook, IntakeKey, Intent, IntentAction, OutboxLane, PAGE_BYTES, ScopeKey, StoredDelivery,
    StoredIntake,
};
use rusqlite::{Result, Row, params};

/// How much is forgotten in one go.
const FORGOTTEN: i64 = 5_000;

pub(super) fn lanes(statements: &mut Statements<'_>, after: i64, limit: usize) -> Result<Vec<OutboxLane>> {
    // From owner to owner by the index, instead of reading all records.
    let sql = "WITH RECURSIVE pending (owner) AS (
            SELECT min(owner) FROM outbox WHERE dead IS NULL AND owner > ?1
            UNION ALL
            SELECT (SELECT min(owner) FROM outbox WHERE dead IS NULL AND outbox.owner > pending.owner) FROM pending
            WHERE pending.owner IS NOT NULL
        )
        SELECT owners.id, app, intake, workflow, attempts, since, next, reason
        FROM pending CROSS JOIN owners ON owners.id = pending.owner LEFT JOIN refusals ON refusals.owner = owners.id
        LIMIT ?2";
    statements.all(sql, (after, most(limit)), a_lane)
}

pub(super) fn lane(statements: &mut Statements<'_>, key: &IntakeKey) -> Result<Option<OutboxLane>> {
    let sql = "SELECT owners.id, app, intake, workflow, attempts, since, next, reason
        FROM owners LEFT JOIN refusals ON refusals.owner = owners.id
        WHERE app = ?1 AND intake = ?2 AND workflow = ?3
            AND EXISTS (SELECT 1 FROM outbox WHERE outbox.owner = owners.id AND dead IS NULL)";
    statements.first(sql, (&key.app, &key.intake, &key.workflow), a_lane)
}

fn a_lane(row: &Row<'_>) -> Result<OutboxLane> {
    let time = |column| -> Result<Option<Timestamp>> { Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp)) };
    Ok(OutboxLane {
        number: row.get(0)?,
        key: IntakeKey { app: row.get(1)?, intake: row.get(2)?, workflow: row.get(3)? },
        attempts: row.get::<_, Option<u32>>(4)?.unwrap_or(0),
        since: time(5)?,
        next: time(6)?,
        reason: row.get(7)?,
    })
}

pub(super) fn refused(
    statements: &mut Statements<'_>,
    key: &IntakeKey,
    attempts: u32,
    (since, next): (Timestamp, Timestamp),
    reason: &str,
) -> Result<()> {
    let Some(owner) = known_owner(statements, key)? else { return Ok(()) };
    let sql = "INSERT INTO refusals (owner, attempts, since, next, reason)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM outbox WHERE owner = ?1 AND dead IS NULL)
        ON CONFLICT (owner) DO UPDATE SET attempts = excluded.attempts, since = excluded.since, next = excluded.next,
            reason = excluded.reason";
    statements.execute(sql, (owner, attempts, since.0, next.0, reason)).map(drop)
}

/// Forgets that an owner's oldest record was refused: it is another one now.
pub(super) fn advance(statements: &mut Statements<'_>, owner: i64) -> Result<()> {
    statements.execute("DELETE FROM refusals WHERE owner = ?1", [owner]).map(drop)
}

/// Whether there is such a hook.
pub(super) fn deliver(statements: &mut Statements<'_>, arrival: &Arrival) -> Result<bool> {
    let Arrival { token, payload, headers, dedupe, at } = arrival;
    let sql = "SELECT 1 FROM hooks WHERE token = ?1";
    if statements.first(sql, [token], |_| Ok(()))?.is_none() {
        return Ok(false);
    }
    if let Some(dedupe) = dedupe {
        let sql = "SELECT at FROM seen WHERE key = ?1";
        let seen: Option<i64> = statements.first(sql, [&dedupe.key], |row| row.get(0))?;
        if seen.is_some_and(|at| at >= dedupe.since.0) {
            let sql = "UPDATE counters SET value = value + 1 WHERE name = 'duplicates'";
            statements.execute(sql, [])?;
            return Ok(true);
        }
        if seen.is_some() {
            statements.execute("DELETE FROM seen WHERE key = ?1", [&dedupe.key])?;
        }
        statements.execute("INSERT INTO seen (key, at) VALUES (?1, ?2)", (&dedupe.key, at.0))?;
    }
    let sql = "INSERT INTO deliveries (app, intake, token, payload, headers, at)
        SELECT app, intake, token, ?2, ?3, ?4 FROM hooks WHERE token = ?1";
    statements.execute(sql, (token, Text(payload), headers, at.0))?;
    Ok(true)
}

pub(super) fn forget_seen(statements: &mut Statements<'_>, before: Timestamp, keep: u64) -> Result<()> {
    let newest = statements.first("SELECT max(seq) FROM seen", [], |row| row.get::<_, Option<i64>>(0))?.flatten();
    let Some(newest) = newest else { return Ok(()) };
    // Numbers have gaps: no more than `keep` stay.
    let surplus = newest.saturating_sub(i64::try_from(keep).unwrap_or(i64::MAX));
    let sql = "SELECT seq, at FROM seen WHERE seq > 0 ORDER BY seq LIMIT ?1";
    let oldest = statements.all(sql, [FORGOTTEN], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let gone = oldest.into_iter().take_while(|(seq, at)| *seq <= surplus || *at < before.0).last();
    let Some((last, _)) = gone else { return Ok(()) };
    statements.execute("DELETE FROM seen WHERE seq <= ?1", [last]).map(drop)
}

pub(super) fn kept_deliveries(
    statements: &mut Statements<'_>,
    undeliverable: bool,
    after: i64,
    limit: usize,
) -> Result<Vec<StoredDelivery>> {
    let sql = if undeliverable {
        "SELECT id, app, intake, token, payload, headers, at, attempts, reason FROM deliveries
        WHERE reason IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2"
    } else {
        "SELECT id, app, intake, token, payload, headers, at, attempts, reason FROM deliveries
        WHERE reason IS NULL AND id > ?1 ORDER BY id LIMIT ?2"
    };
    statements.within(sql, (after, most(limit)), (4, PAGE_BYTES), a_stored_delivery)
}

pub(super) fn delivery(statements: &mut Statements<'_>, id: i64) -> Result<Option<StoredDelivery>> {
    let sql = "SELECT id, app, intake, token, payload, headers, at, attempts, reason FROM deliveries WHERE id = ?1";
    statements.first(sql, [id], a_stored_delivery)
}

fn a_stored_delivery(row: &Row<'_>) -> Result<StoredDelivery> {
    Ok(StoredDelivery {
        id: row.get(0)?,
        app: row.get(1)?,
        intake: row.get(2)?,
        token: row.get(3)?,
        payload: bytes(row, 4)?,
        headers: row.get(5)?,
        at: Timestamp(row.get(6)?),
        attempts: row.get(7)?,
        reason: row.get(8)?,
    })
}

pub(super) fn hooks(statements: &mut Statements<'_>, after: Option<&str>, limit: usize) -> Result<Vec<Hook>> {
    let sql = "SELECT token, intake, app, scope, owner, status FROM hooks
        WHERE token >= ?1 AND (?2 OR token <> ?1) ORDER BY token LIMIT ?3";
    let params = (after.unwrap_or_default(), after.is_none(), most(limit));
    statements.all(sql, params, super::read::a_hook)
}

/// Whether there is such a hook.
pub(super) fn intend(statements: &mut Statements<'_>, intent: &Intent) -> Result<bool> {
    let Intent { token, workflow, action, since, attempt, failure } = intent;
    let sql = "INSERT INTO intents (token, workflow, action, since, attempt, failure)
        SELECT token, ?2, ?3, ?4, ?5, ?6 FROM hooks WHERE token = ?1
        ON CONFLICT (token) DO UPDATE SET workflow = excluded.workflow, action = excluded.action,
            since = excluded.since, attempt = excluded.attempt, failure = excluded.failure";
    let params = params![token, workflow, action.as_str(), since.0, attempt, failure];
    Ok(statements.execute(sql, params)? > 0)
}

pub(super) fn intents(statements: &mut Statements<'_>, after: Option<&str>, limit: usize) -> Result<Vec<Intent>> {
    let sql = "SELECT token, workflow, action, since, attempt, failure FROM intents
        WHERE token >= ?1 AND (?2 OR token <> ?1) ORDER BY token LIMIT ?3";
    statements.all(sql, (after.unwrap_or_default(), after.is_none(), most(limit)), an_intent)
}

pub(super) fn intent(statements: &mut Statements<'_>, token: &str) -> Result<Option<Intent>> {
    let sql = "SELECT token, workflow, action, since, attempt, failure FROM intents WHERE token = ?1";
    statements.first(sql, [token], an_intent)
}

pub(super) fn an_intent(row: &Row<'_>) -> Result<Intent> {
    let action = match row.get_ref(2)?.as_str()? {
        "create" => IntentAction::Create,
        "update" => IntentAction::Update,
        "delete" => IntentAction::Delete,
        _ => return Err(unknown(2)),
    };
    Ok(Intent {
        token: row.get(0)?,
        workflow: row.get(1)?,
        action,
        since: Timestamp(row.get(3)?),
        attempt: row.get(4)?,
        failure: row.get(5)?,
    })
}

pub(super) fn intakes(
    statements: &mut Statements<'_>,
    after: Option<&IntakeKey>,
    limit: usize,
) -> Result<Vec<(IntakeKey, StoredIntake)>> {
    let sql = "SELECT state, set_up, cycles, fence, requests, results, previous, exit, app, intake, workflow
        FROM owners CROSS JOIN intakes ON owners.id = intakes.owner
        WHERE (app, intake, workflow) >= (?1, ?2, ?3) AND (?4 OR (app, intake, workflow) <> (?1, ?2, ?3))
        ORDER BY app, intake, workflow LIMIT ?5";
    let none = String::new();
    let (app, intake, workflow) =
        after.map_or((&none, &none, &none), |after| (&after.app, &after.intake, &after.workflow));
    statements.all(sql, params![app, intake, workflow, after.is_none(), most(limit)], |row| {
        let key = IntakeKey { app: row.get(8)?, intake: row.get(9)?, workflow: row.get(10)? };
        Ok((key, super::read::an_intake(row)?))
    })
}

pub(super) fn scopes(statements: &mut Statements<'_>, after: Option<&ScopeKey>, limit: usize) -> Result<Vec<ScopeKey>> {
    let sql = "SELECT DISTINCT app, scope, owner FROM saved
        WHERE (app, scope, owner) >= (?1, ?2, ?3) AND (?4 OR (app, scope, owner) <> (?1, ?2, ?3))
        ORDER BY app, scope, owner LIMIT ?5";
    let (app, scope, owner) = after.map_or(("", "", ""), |after| (&*after.app, after.scope.as_str(), &*after.owner));
    statements.all(sql, params![app, scope, owner, after.is_none(), most(limit)], |row| {
        let scope = super::read::a_scope(row, 1)?;
        Ok(ScopeKey { app: row.get(0)?, scope, owner: row.get(2)? })
    })
}

pub(super) fn counts(statements: &mut Statements<'_>, now: Timestamp) -> Result<Counts> {
    // Without a transaction each would be of a moment of its own.
    statements.execute("BEGIN", [])?;
    let counts = counters(statements).and_then(|counts| {
        let due = workflows::count_due(statements, now)?;
        Ok(Counts { due, ..counts })
    });
    statements.execute("COMMIT", [])?;
    counts
}

fn counters(statements: &mut Statements<'_>) -> Result<Counts> {
    let sql = "SELECT value FROM counters WHERE name = ?1";
    let mut count = |name| -> Result<u64> {
        let value = statements.first(sql, [name], |row| unsigned(row, 0))?;
        value.ok_or(rusqlite::Error::QueryReturnedNoRows)
    };
    Ok(Counts {
        workflows: count("workflows")?,
        paused: count("paused")?,
        attention: count("needs_attention")?,
        removing: count("removing")?,
        due: 0,
        outbox: count("outbox")?,
        dead: count("dead")?,
        deliveries: count("deliveries")?,
        undeliverable: count("undeliverable")?,
        duplicates: count("duplicates")?,
        hooks: count("hooks")?,
        intents: count("intents")?,
    })
}
