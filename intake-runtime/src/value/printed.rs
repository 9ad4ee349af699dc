//! Values that are JSON still: what a filter printed, and parts of it.
//!
//! Most are never looked into: a record goes to the outbox as the bytes it is, and a page's results are compared as
//! bytes with those of the page before.

use super::{MAX_DEPTH, Value, parse_within};
use crate::scan::{Bail, Cursor};
use bytes::Bytes;
use jaq_json::Val;
use std::sync::OnceLock;

pub(super) struct Printed {
    json: Bytes,
    tree: OnceLock<Val>,
}

impl Printed {
    pub(super) const fn new(json: Bytes) -> Self {
        Self { json, tree: OnceLock::new() }
    }

    pub(super) const fn json(&self) -> &Bytes {
        &self.json
    }

    pub(super) fn first(&self) -> u8 {
        self.json.first().copied().unwrap_or(b'n')
    }

    pub(super) fn tree(&self) -> &Val {
        // What was printed from a document that was passed over is JSON, and no deeper than a value may be.
        self.tree.get_or_init(|| parse_within(&self.json, MAX_DEPTH).map_or(Val::Null, Value::into_tree))
    }

    /// The value under a key, if it has that; `None` if only the tree tells.
    pub(super) fn get(&self, key: &str) -> Option<Option<Value>> {
        if self.first() != b'{' {
            return Some(None);
        }
        self.find(key).ok()
    }

    fn find(&self, key: &str) -> Result<Option<Value>, Bail> {
        let mut cursor = Cursor::over(&self.json);
        if cursor.open(b'{', b'}')? {
            return Ok(None);
        }
        loop {
            let found = cursor.key()? == key.as_bytes();
            let value = self.part(&mut cursor)?;
            if found {
                return Ok(Some(value));
            }
            if cursor.closes(b'}')? {
                return Ok(None);
            }
        }
    }

    /// The items of an array; `None` if it is none, or only the tree tells.
    pub(super) fn items(&self) -> Option<Vec<Value>> {
        self.elements().ok()
    }

    fn elements(&self) -> Result<Vec<Value>, Bail> {
        let mut items = Vec::new();
        let mut cursor = Cursor::over(&self.json);
        if cursor.open(b'[', b']')? {
            return Ok(items);
        }
        loop {
            items.push(self.part(&mut cursor)?);
            if cursor.closes(b']')? {
                return Ok(items);
            }
        }
    }

    /// The value here.
    fn part(&self, cursor: &mut Cursor<'_>) -> Result<Value, Bail> {
        let start = cursor.mark();
        cursor.skip()?;
        let length = cursor.since(start).len();
        Ok(Value::printed(self.json.slice(start..start + length)))
    }
}
