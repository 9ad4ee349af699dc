//! Passing over values of any kind: iteratively, so that no document can exhaust the stack.

use super::{Bail, Cursor, DEPTH, Escapes};

/// What is to be known of the values inside one that is passed over.
pub(super) trait Watch<'a> {
    /// Inside of a bracket that opens.
    fn open(&mut self, object: bool) -> Result<(), Bail>;
    /// Behind the bracket that closes. Whether there is an object around it; `None` if there is nothing.
    fn close(&mut self) -> Option<bool>;
    /// Passes over the key that is expected next, and all that is between the two values, if it is there.
    fn expected(&mut self, cursor: &mut Cursor<'a>) -> bool;
    /// Passes over a key, whose quote is here, and its colon. The value before it, or the brace, ends at `from`.
    fn key(&mut self, from: usize, cursor: &mut Cursor<'a>) -> Result<(), Bail>;
    fn string(&mut self, escapes: Escapes);
    fn number(&mut self, as_printed: bool);
}

/// Nothing but which of the open brackets are braces.
#[derive(Default)]
struct Open {
    braces: [u64; DEPTH / 64],
    depth: usize,
}

impl<'a> Watch<'a> for Open {
    #[inline(always)]
    fn open(&mut self, object: bool) -> Result<(), Bail> {
        let word = self.braces.get_mut(self.depth / 64).ok_or(Bail)?;
        let bit = self.depth % 64;
        *word = *word & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
        Ok(())
    }
    #[inline(always)]
    fn close(&mut self) -> Option<bool> {
        self.depth -= 1;
        let outer = self.depth.checked_sub(1)?;
        Some(self.braces[outer / 64] >> (outer % 64) & 1 == 1)
    }
    #[inline(always)]
    fn expected(&mut self, _: &mut Cursor<'a>) -> bool {
        false
    }
    #[inline(always)]
    fn key(&mut self, _: usize, cursor: &mut Cursor<'a>) -> Result<(), Bail> {
        cursor.string()?;
        cursor.expect(b':')
    }
    #[inline(always)]
    fn string(&mut self, _: Escapes) {}
    #[inline(always)]
    fn number(&mut self, _: bool) {}
}

impl<'a> Cursor<'a> {
    /// Passes over a value.
    ///
    /// # Errors
    /// If there is none.
    #[inline(always)]
    pub fn skip(&mut self) -> Result<(), Bail> {
        match self.token() {
            b'{' | b'[' => self.skip_container(),
            _ => self.scalar().map(|_| ()),
        }
    }

    #[inline(never)]
    fn skip_container(&mut self) -> Result<(), Bail> {
        self.watched(&mut Open::default())
    }

    /// Passes over an array or an object.
    #[inline(always)]
    pub(super) fn watched(&mut self, watch: &mut impl Watch<'a>) -> Result<(), Bail> {
        // A copy is kept in registers.
        let mut cursor = self.clone();
        let mut object = false;
        loop {
            match cursor.token() {
                b'"' => watch.string(cursor.string()?.escapes),
                b'-' | b'0'..=b'9' => watch.number(cursor.number()?),
                bracket @ (b'{' | b'[') => {
                    object = bracket == b'{';
                    cursor.at += 1;
                    watch.open(object)?;
                    if object && watch.expected(&mut cursor) {
                        continue;
                    }
                    let from = cursor.at;
                    // A bracket closes two bytes of ASCII behind the one that opens it.
                    if cursor.token() != bracket + 2 {
                        if object {
                            cursor.watched_key(from, watch)?;
                        }
                        continue;
                    }
                }
                b't' => cursor.word(b"true")?,
                b'f' => cursor.word(b"false")?,
                b'n' => cursor.word(b"null")?,
                _ => return Err(Bail),
            }
            loop {
                if object && watch.expected(&mut cursor) {
                    break;
                }
                let from = cursor.at;
                let byte = cursor.token();
                cursor.at += 1;
                if byte == b',' {
                    if object {
                        cursor.token();
                        cursor.watched_key(from, watch)?;
                    }
                    break;
                }
                if byte != if object { b'}' } else { b']' } {
                    return Err(Bail);
                }
                let Some(outer) = watch.close() else {
                    *self = cursor;
                    return Ok(());
                };
                object = outer;
            }
        }
    }

    #[inline(always)]
    fn watched_key(&mut self, from: usize, watch: &mut impl Watch<'a>) -> Result<(), Bail> {
        if self.peek() != b'"' {
            return Err(Bail);
        }
        watch.key(from, self)
    }
}
