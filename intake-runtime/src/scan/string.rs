//! Strings.

use super::{Bail, Cursor, block, site, special};

/// How a string writes its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Escapes {
    /// Each as itself.
    None,
    /// With escapes, just those that [`Value::to_json`](crate::value::Value::to_json) writes.
    Usual,
    /// With escapes that are written in another way.
    Unusual,
}

/// A string as the document writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    /// What is between the quotes.
    pub body: &'a [u8],
    /// How it is written.
    pub escapes: Escapes,
}

impl<'a> Cursor<'a> {
    /// Passes over a string, whose opening quote is here.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Result<Text<'a>, Bail> {
        site()?;
        let start = self.at + 1;
        let (mut at, mut escapes) = (start, Escapes::None);
        loop {
            let Some(block) = block(self.doc, at) else {
                (at, escapes) = last_string(self.doc, at, escapes)?;
                break;
            };
            let special = special(block);
            if special == 0 {
                at += 16;
                continue;
            }
            let first = special.trailing_zeros() as usize;
            at += first;
            match block[first % 16] {
                b'"' => break,
                b'\\' => at = escape(self.doc, at, &mut escapes)?,
                _ => return Err(Bail),
            }
        }
        self.at = at + 1;
        Ok(Text { body: self.doc.get(start..at).unwrap_or_default(), escapes })
    }
}

/// Where a string ends that is too near the document's end for blocks.
#[cold]
fn last_string(doc: &[u8], mut at: usize, mut escapes: Escapes) -> Result<(usize, Escapes), Bail> {
    loop {
        match doc.get(at) {
            Some(b'"') => return Ok((at, escapes)),
            Some(b'\\') => at = escape(doc, at, &mut escapes)?,
            Some(b' '..) => at += 1,
            _ => return Err(Bail),
        }
    }
}

/// Where the escape ends that begins there.
#[inline(always)]
fn escape(doc: &[u8], at: usize, escapes: &mut Escapes) -> Result<usize, Bail> {
    let (length, kind) = match doc.get(at + 1) {
        Some(b'"' | b'\\' | b'n' | b'r' | b't') => (2, Escapes::Usual),
        Some(b'/' | b'b' | b'f') => (2, Escapes::Unusual),
        Some(b'u') if code(doc, at).is_some() => (6, Escapes::Unusual),
        _ => return Err(Bail),
    };
    *escapes = kind.max(*escapes);
    Ok(at + length)
}

/// The UTF-16 code that a `\u` escape there writes; `None` if there is none.
pub(super) fn code(text: &[u8], at: usize) -> Option<u16> {
    let [b'\\', b'u', hex @ ..] = text.get(at..at + 6)? else { return None };
    hex.iter().try_fold(0, |code, digit| Some(code << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

/// The character that the escape there writes, and where it ends. Half a surrogate pair is U+FFFD. The text was passed
/// over once, so that there is an escape.
pub(super) fn unescape(text: &[u8], at: usize) -> (char, usize) {
    let Some(first) = code(text, at) else {
        let plain = match text.get(at + 1) {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            other => other.map_or(char::REPLACEMENT_CHARACTER, |byte| char::from(*byte)),
        };
        return (plain, at + 2);
    };
    let pair = [Some(first), code(text, at + 6)];
    let pair = char::decode_utf16(pair.into_iter().flatten()).next();
    match pair {
        Some(Ok(character)) => (character, at + 6 * character.len_utf16()),
        _ => (char::REPLACEMENT_CHARACTER, at + 6),
    }
}
