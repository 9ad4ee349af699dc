//! Statements that are prepared once for a connection.

use rusqlite::{Connection, Params, Row, Statement};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A connection with its prepared statements. Every statement is a constant, so there are few.
pub(super) struct Statements<'c> {
    pub(super) connection: &'c Connection,
    prepared: HashMap<&'static str, Statement<'c>>,
}

impl<'c> Statements<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, prepared: HashMap::new() }
    }

    #[cfg(test)]
    pub(super) fn known(&self) -> impl Iterator<Item = &'static str> {
        self.prepared.keys().copied()
    }

    fn prepared(&mut self, sql: &'static str) -> rusqlite::Result<&mut Statement<'c>> {
        match self.prepared.entry(sql) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(self.connection.prepare(sql)?)),
        }
    }

    /// Runs a statement; how many rows it changed.
    pub(super) fn execute(&mut self, sql: &'static str, params: impl Params) -> rusqlite::Result<usize> {
        self.prepared(sql)?.execute(params)
    }

    /// The first row of a query, if there is one.
    pub(super) fn first<T>(
        &mut self,
        sql: &'static str,
        params: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        let mut rows = self.prepared(sql)?.query(params)?;
        rows.next()?.map(row).transpose()
    }

    /// Each row of a query, for as long as it says that the next is wanted.
    pub(super) fn each(
        &mut self,
        sql: &'static str,
        params: impl Params,
        mut row: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        let mut rows = self.prepared(sql)?.query(params)?;
        while let Some(next) = rows.next()? {
            if !row(next)? {
                break;
            }
        }
        Ok(())
    }

    /// The rows of a query, no more of them than have `most_bytes` in one column together; one of them in any case.
    pub(super) fn within<T>(
        &mut self,
        sql: &'static str,
        params: impl Params,
        (column, mut most_bytes): (usize, usize),
        mut row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut found = Vec::new();
        self.each(sql, params, |next| {
            let length = next.get_ref(column)?.as_bytes()?.len();
            if length > most_bytes && !found.is_empty() {
                return Ok(false);
            }
            most_bytes = most_bytes.saturating_sub(length);
            found.push(row(next)?);
            Ok(true)
        })?;
        Ok(found)
    }

    /// All rows of a query.
    pub(super) fn all<T>(
        &mut self,
        sql: &'static str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.prepared(sql)?.query_map(params, row)?.collect()
    }
}
