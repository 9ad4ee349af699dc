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

/// A key, quotes included.
#[derive(Clone, Copy)]
struct Key {
    /// The first eight bytes of `whole`.
    begin: u64,
    start: u32,
    text: u16,
    /// With its colon, if there is nothing between them.
    whole: u16,
}

impl Key {
    const NONE: Self = Self { begin: 0, start: 0, text: 0, whole: 0 };

    /// `None` if it is too long, or too far behind.
    fn new(doc: &[u8], start: usize, end: usize, colon: bool) -> Option<Self> {
        let mut begin = [0; 8];
        let whole = &doc[start..end + usize::from(colon)];
        let known = whole.len().min(8);
        begin[..known].copy_from_slice(&whole[..known]);
        Some(Self {
            begin: u64::from_le_bytes(begin),
            start: start.try_into().ok()?,
            text: (end - start).try_into().ok()?,
            whole: whole.len().try_into().ok()?,
        })
    }

    fn text<'a>(&self, doc: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        &doc[start..start + usize::from(self.text)]
    }

    /// Whether it is there.
    #[inline(always)]
    fn is_at(&self, doc: &[u8], at: usize) -> bool {
        let (start, length) = (self.start as usize, usize::from(self.whole));
        let Some(word) = doc.get(at..).and_then(|rest| rest.first_chunk()) else {
            return doc.get(at..at + length) == doc.get(start..start + length);
        };
        let differing = u64::from_le_bytes(*word) ^ self.begin;
        if length <= 8 {
            // Its quotes are part of it, so that there are two bytes at least.
            return differing << (64 - 8 * length) == 0;
        }
        // The last eight bytes, if those before are the same, and all if there are more.
        let end = |from: usize| doc.get(from + length - 8..from + length).and_then(|end| end.first_chunk::<8>());
        differing == 0
            && end(at) == end(start)
            && (length <= 16 || doc.get(at + 8..at + length) == doc.get(start + 8..start + length))
    }
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

/// What is needed to keep arrays and objects; one serves a whole document.
#[derive(Default)]
pub struct Keeper<'a>(Option<State<'a>>);

impl Keeper<'_> {
    /// One that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

impl std::fmt::Debug for Keeper<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

struct State<'a> {
    /// Where the keys are.
    doc: &'a [u8],
    shapes: [Shape; SHAPES],
    frames: [Frame; DEPTH + 1],
    depth: usize,
    /// The shapes of open objects, a bit for each.
    busy: u16,
    prints: Prints,
}

impl State<'_> {
    const fn new() -> Self {
        Self {
            doc: b"",
            shapes: [Shape { keys: [Key::NONE; KEYS], length: 0 }; SHAPES],
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

impl<'a> Watch<'a> for State<'a> {
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
    fn key(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Bail> {
        let frame = &mut self.frames[self.depth];
        if frame.alike && frame.shape != NONE {
            let shape = &self.shapes[usize::from(frame.shape)];
            if let Some(key) = shape.keys.get(usize::from(frame.passed))
                && frame.passed < shape.length
                && key.is_at(self.doc, cursor.at)
            {
                cursor.at += usize::from(key.whole);
                frame.passed += 1;
                return if key.whole > key.text { Ok(()) } else { cursor.expect(b':') };
            }
        }
        self.other_key(cursor)?;
        cursor.expect(b':')
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

impl<'a> State<'a> {
    /// A key that is not the one expected: after a few that are left out, or one that no object before had here.
    #[inline(never)]
    fn other_key(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Bail> {
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
        let text = &cursor.doc[start..cursor.at];
        let found = |keys: &[Key]| keys.iter().position(|key| key.text(cursor.doc) == text);
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
        let Some(key) = Key::new(cursor.doc, start, cursor.at, cursor.peek() == b':') else {
            self.note(Prints::Tree);
            return Ok(());
        };
        shape.keys[length] = key;
        shape.length += 1;
        frame.passed = shape.length;
        Ok(())
    }
}

impl<'a> Cursor<'a> {
    /// Passes over a value, and keeps it.
    ///
    /// # Errors
    /// If there is none.
    #[inline(always)]
    pub fn keep(&mut self, keeper: &mut Keeper<'a>) -> Result<Raw<'a>, Bail> {
        if !matches!(self.token(), b'{' | b'[') {
            return self.scalar();
        }
        let start = self.at;
        let prints = self.keep_container(keeper)?;
        Ok(Raw { text: &self.doc[start..self.at], prints })
    }

    /// Passes over a value that is neither an array nor an object, and keeps it.
    #[inline(always)]
    pub(super) fn scalar(&mut self) -> Result<Raw<'a>, Bail> {
        let first = self.token();
        let start = self.at;
        let as_printed = match first {
            b'"' => self.string()?.escapes != Escapes::Unusual,
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word(b"true").map(|()| true)?,
            b'f' => self.word(b"false").map(|()| true)?,
            b'n' => self.word(b"null").map(|()| true)?,
            _ => return Err(Bail),
        };
        let prints = if as_printed { Prints::Written } else { Prints::Tokens };
        Ok(Raw { text: &self.doc[start..self.at], prints })
    }

    #[inline(never)]
    fn keep_container(&mut self, keeper: &mut Keeper<'a>) -> Result<Prints, Bail> {
        let state = keeper.0.get_or_insert_with(State::new);
        (state.depth, state.busy, state.prints) = (0, 0, Prints::Written);
        if !std::ptr::eq(state.doc, self.doc) {
            state.doc = self.doc;
            state.shapes.iter_mut().for_each(|shape| shape.length = 0);
        }
        self.spaced = false;
        self.watched(state)?;
        if self.spaced {
            state.note(Prints::Tokens);
        }
        Ok(state.prints)
    }
}
