//! Numbers.

use super::{Bail, Cursor};
use crate::value::MAX_DIGITS;

impl Cursor<'_> {
    /// Passes over a number. Whether it is written as it is printed: all are but the integer `-0`.
    #[inline]
    pub(super) fn number(&mut self) -> Result<bool, Bail> {
        let start = self.at;
        self.at += usize::from(self.peek() == b'-');
        let integer = self.digits()?;
        let zero = self.doc[integer] == b'0';
        if zero && self.at > integer + 1 {
            return Err(Bail);
        }
        let mut whole = true;
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
            whole = false;
        }
        if let b'e' | b'E' = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits()?;
            whole = false;
        }
        Ok(!(zero && whole && integer > start))
    }

    /// Passes over digits; where they begin.
    #[inline(always)]
    fn digits(&mut self) -> Result<usize, Bail> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start || self.at - start > MAX_DIGITS { Err(Bail) } else { Ok(start) }
    }
}
