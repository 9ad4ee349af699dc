//! Numbers.

use super::{Bail, Cursor, site};
use crate::value::MAX_DIGITS;

impl Cursor<'_> {
    /// Passes over a number. Whether it is written as it is printed: all are but the integer `-0`.
    #[inline]
    pub(super) fn number(&mut self) -> Result<bool, Bail> {
        site()?;
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
        loop {
            let Some(word) = self.doc.get(self.at..).and_then(|rest| rest.first_chunk()) else {
                while self.peek().is_ascii_digit() {
                    self.at += 1;
                }
                break;
            };
            let digits = leading_digits(u64::from_le_bytes(*word));
            self.at += digits;
            if digits < 8 {
                break;
            }
        }
        if self.at == start || self.at - start > MAX_DIGITS { Err(Bail) } else { Ok(start) }
    }
}

/// How many of the bytes, from the lowest, are digits before one that is none.
#[inline(always)]
const fn leading_digits(word: u64) -> usize {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    // Of a digit 0 to 9 is left, of anything else more.
    let rest = word ^ (EACH * b'0' as u64);
    let others = (((rest & (EACH * 0x7F)) + EACH * (0x80 - 10)) | rest) & (EACH * 0x80);
    (others.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::leading_digits;

    #[test]
    fn digits_are_told_from_every_other_byte() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut word = *b"05938271";
                word[at] = byte;
                let expected = if byte.is_ascii_digit() { 8 } else { at };
                assert_eq!(leading_digits(u64::from_le_bytes(word)), expected, "{byte} at {at}");
            }
        }
    }
}
