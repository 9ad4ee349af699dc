//! Passing over values of any kind: iteratively, so that no document can exhaust the stack.

use super::{Bail, Cursor, DEPTH, Escapes};

/// What is to be known of the values inside one that is passed over. The cursor stands behind the bracket or token that
/// is told of, but for a key, which is the watcher's to pass over, with its colon.
pub(super) trait Watch<'a> {
    fn open(&mut self, object: bool);
    fn close(&mut self, object: bool);
    fn key(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Bail>;
    fn string(&mut self, escapes: Escapes);
    fn number(&mut self, as_printed: bool);
}

/// Nothing.
struct Nothing;

impl<'a> Watch<'a> for Nothing {
    #[inline(always)]
    fn open(&mut self, _: bool) {}
    #[inline(always)]
    fn close(&mut self, _: bool) {}
    #[inline(always)]
    fn key(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Bail> {
        cursor.string()?;
        cursor.expect(b':')
    }
    #[inline(always)]
    fn string(&mut self, _: Escapes) {}
    #[inline(always)]
    fn number(&mut self, _: bool) {}
}

/// Which of the open brackets are braces.
#[derive(Default)]
struct Open {
    braces: [u64; DEPTH / 64],
    depth: usize,
}

impl Open {
    #[inline(always)]
    fn push(&mut self, object: bool) -> Result<(), Bail> {
        let word = self.braces.get_mut(self.depth / 64).ok_or(Bail)?;
        let bit = self.depth % 64;
        *word = *word & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
        Ok(())
    }

    /// Whether the bracket around the one that closes is a brace; `None` if there is none.
    #[inline(always)]
    fn pop(&mut self) -> Option<bool> {
        self.depth -= 1;
        let outer = self.depth.checked_sub(1)?;
        Some(self.braces[outer / 64] >> (outer % 64) & 1 == 1)
    }
}

impl<'a> Cursor<'a> {
    /// Passes over a value.
    ///
    /// # Errors
    /// If there is none.
    #[inline(always)]
    pub fn skip(&mut self) -> Result<(), Bail> {
        match self.token() {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.skip_container(),
            _ => self.watched(&mut Nothing),
        }
    }

    #[inline(never)]
    fn skip_container(&mut self) -> Result<(), Bail> {
        self.watched(&mut Nothing)
    }

    /// Passes over a value.
    #[inline(always)]
    pub(super) fn watched(&mut self, watch: &mut impl Watch<'a>) -> Result<(), Bail> {
        let mut open = Open::default();
        let mut object = false;
        loop {
            match self.token() {
                b'"' => watch.string(self.string()?.escapes),
                b'-' | b'0'..=b'9' => watch.number(self.number()?),
                bracket @ (b'{' | b'[') => {
                    object = bracket == b'{';
                    open.push(object)?;
                    self.at += 1;
                    watch.open(object);
                    // A bracket closes two bytes of ASCII behind the one that opens it.
                    if self.token() != bracket + 2 {
                        if object {
                            self.watched_key(watch)?;
                        }
                        continue;
                    }
                }
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return Err(Bail),
            }
            if open.depth == 0 {
                return Ok(());
            }
            while self.token() == if object { b'}' } else { b']' } {
                self.at += 1;
                watch.close(object);
                match open.pop() {
                    Some(outer) => object = outer,
                    None => return Ok(()),
                }
            }
            self.expect(b',')?;
            if object {
                self.token();
                self.watched_key(watch)?;
            }
        }
    }

    #[inline(always)]
    fn watched_key(&mut self, watch: &mut impl Watch<'a>) -> Result<(), Bail> {
        if self.peek() != b'"' {
            return Err(Bail);
        }
        watch.key(self)
    }
}
