//! Numbers.

use super::{Bail, Cursor, block, no_digits, site};
use crate::value::MAX_DIGITS;

impl Cursor<'_> {
    /// Passes over a number. Whether it is written as it is printed: all are but the integer `-0`.
    #[inline(always)]
    pub(super) fn number(&mut self) -> Result<bool, Bail> {
        site()?;
        let number = match short(self.doc, self.at) {
            Some(number) => number,
            None => long(self.doc, self.at)?,
        };
        self.at = number.end;
        Ok(number.as_printed)
    }
}

struct Number {
    end: usize,
    as_printed: bool,
}

/// A number without exponent that ends in a block.
#[inline(always)]
fn short(doc: &[u8], at: usize) -> Option<Number> {
    let block = block(doc, at)?;
    let others = no_digits(block);
    let minus = usize::from(block[0] == b'-');
    let digits = (others >> minus).trailing_zeros() as usize;
    let mut end = minus + digits;
    let zero = block[minus] == b'0';
    if digits == 0 || zero && digits > 1 {
        return None;
    }
    let mut as_printed = !zero || minus == 0;
    if *block.get(end)? == b'.' {
        let digits = (others >> (end + 1)).trailing_zeros() as usize;
        if digits == 0 {
            return None;
        }
        end += 1 + digits;
        as_printed = true;
    }
    if *block.get(end)? | 0x20 == b'e' { None } else { Some(Number { end: at + end, as_printed }) }
}

/// Any number.
#[inline(never)]
fn long(doc: &[u8], start: usize) -> Result<Number, Bail> {
    let at = |at: usize| doc.get(at).copied().unwrap_or(0);
    let integer = start + usize::from(at(start) == b'-');
    let mut end = digits(doc, integer)?;
    let zero = at(integer) == b'0';
    if zero && end > integer + 1 {
        return Err(Bail);
    }
    let mut whole = true;
    if at(end) == b'.' {
        end = digits(doc, end + 1)?;
        whole = false;
    }
    if let b'e' | b'E' = at(end) {
        end = digits(doc, end + 1 + usize::from(matches!(at(end + 1), b'+' | b'-')))?;
        whole = false;
    }
    Ok(Number { end, as_printed: !(zero && whole && integer > start) })
}

/// Where the digits end that begin there.
fn digits(doc: &[u8], start: usize) -> Result<usize, Bail> {
    let mut end = start;
    loop {
        let Some(block) = block(doc, end) else {
            end += doc.get(end..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
            break;
        };
        let others = no_digits(block);
        if others != 0 {
            end += others.trailing_zeros() as usize;
            break;
        }
        end += 16;
    }
    if end == start || end - start > MAX_DIGITS { Err(Bail) } else { Ok(end) }
}
