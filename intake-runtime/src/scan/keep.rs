//! Values that are kept: a slice of the document, and what is to be known to print it.
//!
//! Of a key that comes twice in an object the last value counts, so a slice with such a key is not what is printed. Of
//! objects that look alike only the first is searched for repeated keys: the others are compared with it key by key,
//! and where they have no other keys, in the same order, they have none twice. That is faster than passing over the keys.

use super::skip::Watch;
use super::{Bail, Cursor, DEPTH, Escapes};

/// A value of a document.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// As the document writes it, without white space around it.
    pub(super) text: &'a [u8],
    pub(super) prints: Prints,
}

/// How a value is printed. It is in order: what holds values of several kinds is printed as the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Prints {
    /// As it is written.
    Written,
    /// Token by token: there is white space between them, or some are not written as they are printed.
    Tokens,
    /// From its tree: a key of an object comes twice, or may.
    Tree,
}

impl Raw<'_> {
    /// What a missing key gives.
    pub const NULL: Self = Self { text: b"null", prints: Prints::Written };
}

/// The most keys of an object that are remembered.
const KEYS: usize = 64;
/// The most objects whose keys are remembered.
const SHAPES: usize = 16;
/// No shape.
const NONE: u8 = u8::MAX;

/// Where a key is in the document, quotes included.
#[derive(Clone, Copy, Default)]
struct Key {
    start: u32,
    end: u32,
}

/// The keys of the last object that was met at a place in the document; they differ from each other.
#[derive(Clone, Copy)]
struct Shape {
    keys: [Key; KEYS],
    length: u8,
}

/// An array or object that is open.
#[derive(Clone, Copy)]
struct Frame {
    /// Tells places in the document apart; two may have the same.
    place: u8,
    /// The index of its shape; of an array, `NONE`.
    shape: u8,
    /// How many keys of the shape it has passed.
    passed: u8,
    /// Whether its keys are the shape's so far; if not, the shape's are being replaced by them.
    alike: bool,
}

/// What is needed to keep values; one serves a whole document.
pub struct Keeper {
    shapes: [Shape; SHAPES],
    frames: [Frame; DEPTH + 1],
    depth: usize,
    /// The shapes of open objects, a bit for each.
    busy: u16,
    prints: Prints,
}

impl Default for Keeper {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

impl Keeper {
    /// One that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            shapes: [Shape { keys: [Key { start: 0, end: 0 }; KEYS], length: 0 }; SHAPES],
            frames: [Frame { place: 0, shape: NONE, passed: 0, alike: true }; DEPTH + 1],
            depth: 0,
            busy: 0,
            prints: Prints::Written,
        }
    }

    fn note(&mut self, prints: Prints) {
        self.prints = self.prints.max(prints);
    }

    /// A shape for an object at a place: the same for the same place, if no object around it has that.
    #[inline(always)]
    fn shape_at(&mut self, place: u8) -> u8 {
        (0..SHAPES as u8)
            .map(|step| place.wrapping_add(step) % SHAPES as u8)
            .find(|shape| self.busy >> shape & 1 == 0)
            .unwrap_or(NONE)
    }
}

impl Watch for Keeper {
    #[inline(always)]
    fn open(&mut self, object: bool) {
        let around = self.frames[self.depth];
        // The items of an array share a place, as do all values that an object has as its third.
        let place = around.place.wrapping_mul(5).wrapping_add(around.passed).wrapping_add(1);
        let shape = if object { self.shape_at(place) } else { NONE };
        if object && shape == NONE {
            self.note(Prints::Tree);
        } else if object {
            self.busy |= 1 << shape;
        }
        self.depth += 1;
        self.frames[self.depth] = Frame { place, shape, passed: 0, alike: true };
    }

    #[inline(always)]
    fn close(&mut self, object: bool) {
        let shape = self.frames[self.depth].shape;
        if object && shape != NONE {
            self.busy &= !(1 << shape);
        }
        self.depth -= 1;
    }

    #[inline(always)]
    fn key(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Bail> {
        let frame = &mut self.frames[self.depth];
        if frame.alike && frame.shape != NONE {
            let shape = &self.shapes[usize::from(frame.shape)];
            if let Some(key) = shape.keys.get(usize::from(frame.passed))
                && frame.passed < shape.length
            {
                let (start, end) = (key.start as usize, key.end as usize);
                if same(cursor.doc, cursor.at, start, end - start) {
                    cursor.at += end - start;
                    frame.passed += 1;
                    return Ok(());
                }
            }
        }
        self.other_key(cursor)
    }

    #[inline(always)]
    fn string(&mut self, escapes: Escapes) {
        if escapes == Escapes::Unusual {
            self.note(Prints::Tokens);
        }
    }

    #[inline(always)]
    fn number(&mut self, as_printed: bool) {
        if !as_printed {
            self.note(Prints::Tokens);
        }
    }
}

impl Keeper {
    /// A key that is not the one expected: after a few that are left out, or one that no object before had here.
    #[inline(never)]
    fn other_key(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Bail> {
        let start = cursor.at;
        let key = cursor.string()?;
        if key.escapes != Escapes::None {
            // It may be the same as another that is written differently. Nor is it remembered: all those are compared
            // with what is written.
            self.note(Prints::Tree);
            return Ok(());
        }
        let frame = &mut self.frames[self.depth];
        let Some(shape) = self.shapes.get_mut(usize::from(frame.shape)) else { return Ok(()) };
        let found = |keys: &[Key]| {
            keys.iter()
                .position(|other| cursor.doc[other.start as usize..other.end as usize] == cursor.doc[start..cursor.at])
        };
        if frame.alike {
            let known = usize::from(shape.length);
            // Those that are left out stay in the shape: all keys differ, and that is what counts.
            if let Some(skipped) = found(&shape.keys[usize::from(frame.passed)..known]) {
                frame.passed += 1 + u8::try_from(skipped).unwrap_or(0);
                return Ok(());
            }
            frame.alike = false;
            shape.length = frame.passed;
        }
        let length = usize::from(shape.length);
        if length == KEYS || found(&shape.keys[..length]).is_some() {
            self.note(Prints::Tree);
            return Ok(());
        }
        // A document is shorter than four gigabytes: `keep` sees to it.
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        shape.keys[length] = Key { start: place(start), end: place(cursor.at) };
        shape.length += 1;
        frame.passed = shape.length;
        Ok(())
    }
}

/// Whether the text of that length is at both places.
#[inline(always)]
fn same(doc: &[u8], a: usize, b: usize, length: usize) -> bool {
    let word = |at: usize| doc.get(at..).and_then(|rest| rest.first_chunk()).map(|word| u64::from_le_bytes(*word));
    // The first key's quote and the last's are compared too, so there are two bytes at least.
    let (Some(first), Some(other)) = (word(a), word(b)) else {
        return doc.get(a..a + length) == doc.get(b..b + length);
    };
    let differing = first ^ other;
    if length <= 8 {
        return differing << (64 - 8 * length) == 0;
    }
    differing == 0 && doc.get(a + 8..a + length) == doc.get(b + 8..b + length)
}

impl<'a> Cursor<'a> {
    /// Passes over a value, and keeps it.
    ///
    /// # Errors
    /// If there is none.
    #[inline(always)]
    pub fn keep(&mut self, keeper: &mut Keeper) -> Result<Raw<'a>, Bail> {
        let first = self.token();
        let start = self.at;
        let prints = match first {
            b'"' => match self.string()?.escapes {
                Escapes::Unusual => Prints::Tokens,
                _ => Prints::Written,
            },
            b'{' | b'[' => self.keep_container(keeper)?,
            b'-' | b'0'..=b'9' if !self.number()? => Prints::Tokens,
            b'-' | b'0'..=b'9' => Prints::Written,
            b't' => self.word(b"true").map(|()| Prints::Written)?,
            b'f' => self.word(b"false").map(|()| Prints::Written)?,
            b'n' => self.word(b"null").map(|()| Prints::Written)?,
            _ => return Err(Bail),
        };
        Ok(Raw { text: &self.doc[start..self.at], prints })
    }

    #[inline(never)]
    fn keep_container(&mut self, keeper: &mut Keeper) -> Result<Prints, Bail> {
        if u32::try_from(self.doc.len()).is_err() {
            return Err(Bail);
        }
        (keeper.depth, keeper.busy, keeper.prints) = (0, 0, Prints::Written);
        self.spaced = false;
        self.watched(keeper)?;
        if self.spaced {
            keeper.note(Prints::Tokens);
        }
        Ok(keeper.prints)
    }
}
