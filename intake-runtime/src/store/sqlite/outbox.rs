//! The outbox in SQL. Records whose keys are numbered one after the other share a row, a run: a page of a polling intake is
//! a row or a few, which costs a fraction of a row for each record.

use super::kept::advance;
use super::read::{bytes, unknown};
use super::statements::Statements;
use super::write::{Text, known_owner, owner};
use crate::clock::Timestamp;
use crate::store::{Dead, IntakeKey, OutboxEntry, OutboxRecord, PAGE_BYTES};
use bytes::Bytes;
use rusqlite::{Result, Row, params};
use std::ops::Range;

/// The most records of a run: when one of them goes alone, the others are written anew.
const RECORDS: i64 = 250;
/// The most bytes of its payloads; a record that is larger is a run of its own.
const BYTES: usize = 128 << 10;
/// The number of a key that has none at its end.
const UNNUMBERED: i64 = -1;
/// More digits are no number: it would not fit.
const DIGITS: usize = 18;

/// A key in two parts: what is before the number at its end, and that.
fn parts(key: &str) -> (&str, i64) {
    let digits = key.len() - key.trim_end_matches(|last: char| last.is_ascii_digit()).len();
    let tail = &key[key.len() - digits..];
    let number = match tail.trim_start_matches('0') {
        "" if digits > 0 => "0",
        number => number,
    };
    match number.parse() {
        Ok(value) if number.len() <= DIGITS => (&key[..key.len() - number.len()], value),
        _ => (key, UNNUMBERED),
    }
}

fn key(base: &str, number: i64) -> String {
    if number == UNNUMBERED { base.to_owned() } else { format!("{base}{number}") }
}

/// Keys with one base and numbers one after the other.
struct Keys<'k> {
    base: &'k str,
    first: i64,
    count: i64,
}

impl Keys<'_> {
    fn end(&self) -> i64 {
        self.first + self.count
    }
}

/// Keys, in their order, as runs of them.
fn runs<'k>(keys: impl Iterator<Item = (&'k str, usize)>) -> Vec<Keys<'k>> {
    let (mut runs, mut size) = (Vec::<Keys<'_>>::new(), 0_usize);
    for (key, bytes) in keys {
        let (base, number) = parts(key);
        size = size.saturating_add(bytes);
        match runs.last_mut() {
            Some(run)
                if run.base == base
                    && run.first != UNNUMBERED
                    && number == run.end()
                    && run.count < RECORDS
                    && size <= BYTES =>
            {
                run.count += 1;
            }
            _ => {
                runs.push(Keys { base, first: number, count: 1 });
                size = bytes;
            }
        }
    }
    runs
}

/// A row.
struct Run {
    number: i64,
    base: String,
    first: i64,
    payloads: Vec<Bytes>,
}

impl Run {
    /// Of the columns `seq, base, first, count, lengths, payload` from one on.
    fn read(row: &Row<'_>, column: usize) -> Result<Self> {
        let (number, base, first) = (row.get(column)?, row.get(column + 1)?, row.get(column + 2)?);
        let (count, payload): (i64, _) = (row.get(column + 3)?, bytes(row, column + 5)?);
        let payloads = match row.get_ref(column + 4)?.as_blob_or_null()? {
            None => vec![payload],
            Some(lengths) => elements(&payload, lengths).ok_or_else(|| unknown(column + 4))?,
        };
        if usize::try_from(count) != Ok(payloads.len()) {
            return Err(unknown(column + 3));
        }
        Ok(Self { number, base, first, payloads })
    }

    fn records(self) -> impl Iterator<Item = (i64, OutboxRecord)> {
        let Self { number, base, first, payloads } = self;
        (0..)
            .zip(payloads)
            .map(move |(index, payload)| (number + index, OutboxRecord { key: key(&base, first + index), payload }))
    }

    fn insert(&self, statements: &mut Statements<'_>, owner: i64, part: Range<i64>) -> Result<()> {
        let index = |at: i64| usize::try_from(at).unwrap_or_default();
        let payloads = &self.payloads[index(part.start)..index(part.end)];
        let sql =
            "INSERT INTO outbox (seq, owner, base, first, count, lengths, payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (number, count) = (self.number + part.start, part.end - part.start);
        let first = self.first + part.start;
        match payloads {
            [] => Ok(()),
            [only] => {
                let params = params![number, owner, self.base, first, count, None::<&[u8]>, Text(only)];
                statements.execute(sql, params).map(drop)
            }
            several => {
                let (array, lengths) = array(several);
                let params = params![number, owner, self.base, first, count, lengths, Text(&array)];
                statements.execute(sql, params).map(drop)
            }
        }
    }
}

/// Payloads as a JSON array, and their lengths.
fn array(payloads: &[Bytes]) -> (Vec<u8>, Vec<u8>) {
    let size = payloads.iter().map(|payload| payload.len() + 1).sum::<usize>() + 1;
    let (mut array, mut lengths) = (Vec::with_capacity(size), Vec::with_capacity(payloads.len() * 4));
    for payload in payloads {
        array.push(if array.is_empty() { b'[' } else { b',' });
        array.extend_from_slice(payload);
        // No longer than `BYTES`.
        lengths.extend((payload.len() as u32).to_le_bytes());
    }
    array.push(b']');
    (array, lengths)
}

fn elements(array: &Bytes, lengths: &[u8]) -> Option<Vec<Bytes>> {
    let (lengths, rest) = lengths.as_chunks::<4>();
    let mut begin = 0_usize;
    let element = |length: &[u8; 4]| {
        let from = begin + 1;
        begin = from.checked_add(u32::from_le_bytes(*length).try_into().ok()?)?;
        (begin < array.len()).then(|| array.slice(from..begin))
    };
    let elements = lengths.iter().map(element).collect::<Option<_>>()?;
    rest.is_empty().then_some(elements)
}

pub(super) fn append(statements: &mut Statements<'_>, key: &IntakeKey, records: &[OutboxRecord]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let owner = owner(statements, key)?;
    let mut records = records.iter();
    for keys in runs(records.clone().map(|record| (&*record.key, record.payload.len()))) {
        let known = known(statements, owner, &keys)?;
        let payloads = records.by_ref().take(usize::try_from(keys.count).unwrap_or_default());
        // Those that are not known, each number with its payload.
        let new = (keys.first..).zip(payloads).filter(|(number, _)| !known.iter().any(|known| known.contains(number)));
        let mut run: Option<Run> = None;
        for (number, record) in new {
            match &mut run {
                Some(run) if run.first + run.payloads.len() as i64 == number => {
                    run.payloads.push(record.payload.clone())
                }
                _ => {
                    insert(statements, owner, run.take())?;
                    let (base, payloads) = (keys.base.to_owned(), vec![record.payload.clone()]);
                    run = Some(Run { number: 0, base, first: number, payloads });
                }
            }
        }
        insert(statements, owner, run)?;
    }
    Ok(())
}

/// Inserts a run under new numbers.
fn insert(statements: &mut Statements<'_>, owner: i64, run: Option<Run>) -> Result<()> {
    let Some(mut run) = run else { return Ok(()) };
    let count = run.payloads.len() as i64;
    let sql = "UPDATE counters SET value = value + ?1 WHERE name = 'records' RETURNING value";
    let last: Option<i64> = statements.first(sql, [count], |row| row.get(0))?;
    run.number = last.ok_or(rusqlite::Error::QueryReturnedNoRows)? - count + 1;
    run.insert(statements, owner, 0..count)
}

/// The numbers of keys of this base around those that are in the outbox, in line or dead.
fn known(statements: &mut Statements<'_>, owner: i64, keys: &Keys<'_>) -> Result<Vec<Range<i64>>> {
    let sql = "SELECT first, first + count FROM outbox WHERE owner = ?1 AND base = ?2 AND first > ?3 AND first < ?4";
    let params = (owner, keys.base, keys.first - RECORDS, keys.end());
    statements.all(sql, params, |row| Ok(row.get(0)?..row.get(1)?))
}

pub(super) fn acknowledge(statements: &mut Statements<'_>, key: &IntakeKey, records: &[String]) -> Result<()> {
    let Some(owner) = known_owner(statements, key)? else { return Ok(()) };
    for keys in runs(records.iter().map(|key| (&**key, 0))) {
        let sql = "SELECT seq, base, first, count, lengths, payload FROM outbox
            WHERE owner = ?1 AND base = ?2 AND first > ?3 AND first < ?4 AND (first < ?5 OR first + count > ?4)";
        let around = params![owner, keys.base, keys.first - RECORDS, keys.end(), keys.first];
        // Most are taken out whole, and not read.
        let partly = statements.all(sql, around, |row| Run::read(row, 0))?;
        let sql =
            "DELETE FROM outbox WHERE owner = ?1 AND base = ?2 AND first >= ?3 AND first + count <= ?4 AND first < ?4";
        statements.execute(sql, (owner, keys.base, keys.first, keys.end()))?;
        for run in partly {
            cut(statements, owner, &run, &keys)?;
        }
    }
    advance(statements, owner)
}

/// Takes keys out of a run; which part of it they were.
fn cut(statements: &mut Statements<'_>, owner: i64, run: &Run, keys: &Keys<'_>) -> Result<Range<i64>> {
    let count = run.payloads.len() as i64;
    let part = (keys.first - run.first).clamp(0, count)..(keys.end() - run.first).clamp(0, count);
    if !part.is_empty() {
        statements.execute("DELETE FROM outbox WHERE seq = ?1", [run.number])?;
        run.insert(statements, owner, 0..part.start)?;
        run.insert(statements, owner, part.end..count)?;
    }
    Ok(part)
}

pub(super) fn bury(statements: &mut Statements<'_>, key: &IntakeKey, records: &[String], dead: &Dead) -> Result<()> {
    let Some(owner) = known_owner(statements, key)? else { return Ok(()) };
    for keys in runs(records.iter().map(|key| (&**key, 0))) {
        let sql = "SELECT seq, base, first, count, lengths, payload FROM outbox
            WHERE owner = ?1 AND base = ?2 AND first > ?3 AND first < ?4 AND dead IS NULL";
        let params = (owner, keys.base, keys.first - RECORDS, keys.end());
        for run in statements.all(sql, params, |row| Run::read(row, 0))? {
            for at in cut(statements, owner, &run, &keys)? {
                run.insert(statements, owner, at..at + 1)?;
                let sql = "UPDATE outbox SET dead = ?2, dead_since = ?3 WHERE seq = ?1";
                statements.execute(sql, (run.number + at, &dead.reason, dead.since.0))?;
            }
        }
    }
    advance(statements, owner)
}

pub(super) fn revive(statements: &mut Statements<'_>, record: i64) -> Result<()> {
    let sql = "UPDATE outbox SET dead = NULL, dead_since = NULL WHERE seq = ?1 AND dead IS NOT NULL";
    if statements.execute(sql, [record])? > 0 {
        // It is the oldest again, or may be.
        let sql = "DELETE FROM refusals WHERE owner = (SELECT owner FROM outbox WHERE seq = ?1)";
        statements.execute(sql, [record])?;
    }
    Ok(())
}

pub(super) fn drop_record(statements: &mut Statements<'_>, record: i64) -> Result<()> {
    let sql = "SELECT owner, dead IS NOT NULL, seq, base, first, count, lengths, payload FROM outbox
        WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1";
    let found = statements.first(sql, [record], |row| Ok((row.get(0)?, row.get(1)?, Run::read(row, 2)?)))?;
    let Some((owner, dead, run)) = found else { return Ok(()) };
    let at = record - run.number;
    if at >= run.payloads.len() as i64 {
        return Ok(());
    }
    cut(statements, owner, &run, &Keys { base: &run.base, first: run.first + at, count: 1 })?;
    if dead { Ok(()) } else { advance(statements, owner) }
}

/// The oldest records of a lane, with the bounds of [`Store::outbox`](crate::store::Store::outbox).
pub(super) fn oldest(
    statements: &mut Statements<'_>,
    key: &IntakeKey,
    limit: usize,
    most_bytes: usize,
) -> Result<Vec<OutboxRecord>> {
    let sql = "SELECT seq, base, first, count, lengths, payload FROM outbox
        WHERE owner = (SELECT id FROM owners WHERE app = ?1 AND intake = ?2 AND workflow = ?3) AND dead IS NULL
        ORDER BY seq";
    let mut bound = Bound { limit, bytes: most_bytes, found: Vec::new() };
    if limit > 0 {
        statements.each(sql, (&key.app, &key.intake, &key.workflow), |row| {
            Ok(Run::read(row, 0)?.records().all(|(_, record)| bound.add(record.payload.len(), record)))
        })?;
    }
    Ok(bound.found)
}

pub(super) fn entries(
    statements: &mut Statements<'_>,
    dead: bool,
    after: i64,
    limit: usize,
) -> Result<Vec<OutboxEntry>> {
    let (sql, from) = if dead {
        let sql = "SELECT app, intake, workflow, dead, dead_since, seq, base, first, count, lengths, payload
            FROM outbox CROSS JOIN owners ON owners.id = outbox.owner
            WHERE dead IS NOT NULL AND seq > ?1 ORDER BY seq";
        (sql, after)
    } else {
        // A run that began before may reach behind it.
        let sql = "SELECT app, intake, workflow, dead, dead_since, seq, base, first, count, lengths, payload
            FROM outbox CROSS JOIN owners ON owners.id = outbox.owner
            WHERE dead IS NULL AND seq > ?1 ORDER BY seq";
        (sql, after.saturating_sub(RECORDS))
    };
    let mut bound = Bound { limit, bytes: PAGE_BYTES, found: Vec::new() };
    if limit > 0 {
        statements.each(sql, [from], |row| {
            let mut behind = entries_of(row)?.filter(|entry| entry.number > after);
            Ok(behind.all(|entry| bound.add(entry.payload.len(), entry)))
        })?;
    }
    Ok(bound.found)
}

pub(super) fn entry(statements: &mut Statements<'_>, record: i64) -> Result<Option<OutboxEntry>> {
    let sql = "SELECT app, intake, workflow, dead, dead_since, seq, base, first, count, lengths, payload
        FROM outbox CROSS JOIN owners ON owners.id = outbox.owner WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1";
    let found = statements.first(sql, [record], |row| Ok(entries_of(row)?.find(|entry| entry.number == record)))?;
    Ok(found.flatten())
}

fn entries_of(row: &Row<'_>) -> Result<impl Iterator<Item = OutboxEntry>> {
    let owner = IntakeKey { app: row.get(0)?, intake: row.get(1)?, workflow: row.get(2)? };
    let dead = match row.get(3)? {
        None => None,
        Some(reason) => Some(Dead { reason, since: Timestamp(row.get(4)?) }),
    };
    let records = Run::read(row, 5)?.records();
    Ok(records.map(move |(number, OutboxRecord { key, payload })| OutboxEntry {
        number,
        owner: owner.clone(),
        key,
        payload,
        dead: dead.clone(),
    }))
}

/// So many records, and no more of them than have so many bytes together; one of them in any case.
struct Bound<T> {
    limit: usize,
    bytes: usize,
    found: Vec<T>,
}

impl<T> Bound<T> {
    /// Whether there was room for it, and is for another.
    fn add(&mut self, bytes: usize, one: T) -> bool {
        if bytes > self.bytes && !self.found.is_empty() {
            return false;
        }
        self.bytes = self.bytes.saturating_sub(bytes);
        self.found.push(one);
        self.found.len() < self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_base_and_one_number() {
        for (whole, base, number) in [
            ("a/12", "a/", 12),
            ("a/0", "a/", 0),
            ("a00", "a0", 0),
            ("a07", "a0", 7),
            ("a010", "a0", 10),
            ("100", "", 100),
            ("", "", UNNUMBERED),
            ("a/b", "a/b", UNNUMBERED),
            ("é1", "é", 1),
            ("a٣", "a٣", UNNUMBERED),
            ("a/123456789012345678", "a/", 123_456_789_012_345_678),
            ("a/1234567890123456789", "a/1234567890123456789", UNNUMBERED),
        ] {
            assert_eq!(parts(whole), (base, number), "{whole}");
            assert_eq!(key(base, number), whole);
            if number >= 0 {
                let next = key(base, number + 1);
                assert_eq!(parts(&next), (base, number + 1), "{next}");
            }
        }
    }
}
