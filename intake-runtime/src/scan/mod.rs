//! Reading JSON without building it: a cursor that walks a document's bytes, validates what it passes over, and keeps
//! slices of what is wanted.
//!
//! A document is what [`Value::from_json`](crate::value::Value::from_json) reads, and what it reads is what this passes
//! over, with one difference: whoever walks bytes gives up on what is unusual (nesting beyond [`DEPTH`], for one) and
//! says [`Bail`]. That is no error: the caller reads the same bytes the slow way, which has the exact answer.

mod items;
mod keep;
mod number;
mod part;
mod rewrite;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
mod simd;
mod skip;
mod string;
pub mod swar;

pub use items::{Items, once, separate};
pub use keep::{Keeper, Raw};
pub use part::{Part, Slot};
pub use string::{Escapes, Text};

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
use simd::{no_digits, no_spaces, special};
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
use swar::{no_digits, no_spaces, special};

/// The bytes of a string that end a run of plain ones: `"`, `\` and control characters; a bit for each of the block,
/// the lowest for the first.
#[doc(hidden)]
#[must_use]
pub fn special_bytes(block: &[u8; 16]) -> u32 {
    special(block)
}

/// The bytes that are no digits, as [`special_bytes`] says it.
#[doc(hidden)]
#[must_use]
pub fn no_digit_bytes(block: &[u8; 16]) -> u32 {
    no_digits(block)
}

/// The bytes that are no white space, as [`special_bytes`] says it.
#[doc(hidden)]
#[must_use]
pub fn no_space_bytes(block: &[u8; 16]) -> u32 {
    no_spaces(block)
}

/// The block that begins there, if there is a whole one.
#[inline(always)]
fn block(doc: &[u8], at: usize) -> Option<&[u8; 16]> {
    doc.get(at..)?.first_chunk()
}

/// Where the white space ends that begins there.
#[inline(never)]
fn space(doc: &[u8], mut at: usize) -> usize {
    while let Some(block) = block(doc, at) {
        let others = no_spaces(block);
        if others != 0 {
            return at + others.trailing_zeros() as usize;
        }
        at += 16;
    }
    let rest = doc.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// How deep a value may be nested that is passed over. Lower than [`MAX_DEPTH`](crate::value::MAX_DEPTH): what is deeper
/// is unusual, and so a filter's output that holds such a value is never too deep.
pub const DEPTH: usize = 256;

/// The document, or what is to be done with it, is not of the ordinary kind: to be read the slow way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bail;

/// A place where a test can make a walk bail out.
#[inline(always)]
fn site() -> Result<(), Bail> {
    crate::native::site().map_err(|_| Bail)
}

/// A place in a document.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    doc: &'a [u8],
    at: usize,
    /// Whether white space was passed over.
    spaced: bool,
}

impl<'a> Cursor<'a> {
    /// Before the first byte of a document.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn new(doc: &'a [u8]) -> Result<Self, Bail> {
        simdutf8::basic::from_utf8(doc).map_err(|_| Bail)?;
        Ok(Self::over(doc))
    }

    /// Before the first byte of a part of a document that was passed over once.
    #[must_use]
    pub const fn over(doc: &'a [u8]) -> Self {
        Self { doc, at: 0, spaced: false }
    }

    /// The byte here; 0 at the end.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.doc.get(self.at).copied().unwrap_or(0)
    }

    /// Passes over white space; the byte that follows, 0 at the end.
    #[inline(always)]
    pub fn token(&mut self) -> u8 {
        match self.peek() {
            byte @ b'!'.. => byte,
            _ => self.space(),
        }
    }

    #[inline(always)]
    fn space(&mut self) -> u8 {
        let start = self.at;
        self.at = space(self.doc, start);
        self.spaced |= self.at > start;
        self.peek()
    }

    /// Passes over the rest of a document, which holds nothing more.
    ///
    /// # Errors
    /// If it does.
    pub fn end(&mut self) -> Result<(), Bail> {
        site()?;
        self.token();
        if self.at == self.doc.len() { Ok(()) } else { Err(Bail) }
    }

    /// Passes over the bracket that opens an array or an object. Whether it is followed by the one that closes it, which
    /// is passed over too.
    ///
    /// # Errors
    /// If there is no such bracket.
    #[inline(always)]
    pub fn open(&mut self, open: u8, close: u8) -> Result<bool, Bail> {
        self.expect(open)?;
        let empty = self.token() == close;
        self.at += usize::from(empty);
        Ok(empty)
    }

    /// Passes over what follows a member: a comma, or the bracket that closes. Whether it closes.
    ///
    /// # Errors
    /// If it is neither.
    #[inline(always)]
    pub fn closes(&mut self, close: u8) -> Result<bool, Bail> {
        site()?;
        let byte = self.token();
        if byte != b',' && byte != close {
            return Err(Bail);
        }
        self.at += 1;
        Ok(byte == close)
    }

    /// Passes over a key and its colon. The key, which is an ordinary one: without escapes.
    ///
    /// # Errors
    /// If it is not, or is none.
    #[inline(always)]
    pub fn key(&mut self) -> Result<&'a [u8], Bail> {
        if self.token() != b'"' {
            return Err(Bail);
        }
        let key = self.string()?;
        self.expect(b':')?;
        if key.escapes == Escapes::None { Ok(key.body) } else { Err(Bail) }
    }

    /// Here, behind white space; for [`since`](Self::since).
    #[inline(always)]
    pub fn mark(&mut self) -> usize {
        self.token();
        self.at
    }

    /// What was passed over since.
    #[inline(always)]
    #[must_use]
    pub fn since(&self, mark: usize) -> &'a [u8] {
        self.doc.get(mark..self.at).unwrap_or_default()
    }

    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Result<(), Bail> {
        site()?;
        if self.token() != byte {
            return Err(Bail);
        }
        self.at += 1;
        Ok(())
    }

    #[inline(always)]
    fn word(&mut self, word: &[u8]) -> Result<(), Bail> {
        site()?;
        let end = self.at + word.len();
        if self.doc.get(self.at..end) != Some(word) {
            return Err(Bail);
        }
        self.at = end;
        Ok(())
    }
}
