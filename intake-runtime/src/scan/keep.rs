//! Values that are kept: a slice of the document, and what is to be known to print it.
//!
//! Of a key that comes twice in an object the last value counts, so a slice with such a key is not what is printed. Of
//! objects that look alike only the first is searched for repeated keys: the others are compared with it key by key,
//! and where they have no other keys, in the same order, they have none twice. What is compared is all that is between
//! two values (`,"key":`, with the white space), so that it is passed over in one step.

use super::skip::Watch;
use super::{Bail, Cursor, DEPTH, Escapes};
use std::ops::Range;

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

    /// Whether it is written as it is printed.
    pub(crate) fn is_written(&self) -> bool {
        self.prints == Prints::Written
    }
}

/// The most keys that are remembered, and how many of an object.
const KEYS: usize = 512;
const KEYS_OF_ONE: usize = 128;
/// The most objects whose keys are remembered.
const SHAPES: usize = 64;

/// A key that is expected, as it was met once: all that is between the value before it, or the brace, and its own value.
/// Those of a shape are a list.
#[derive(Clone, Copy)]
struct Key {
    /// The first eight bytes, or as many as there are.
    begin: u64,
    /// The last eight bytes, or the same.
    end: u64,
    /// How many of those bits are too many.
    excess: u8,
    spaced: bool,
    start: u32,
    length: u16,
    /// Where its quote is, from the start.
    lead: u8,
    /// The index of the shape of the object under it, or of those in the array under it.
    child: u8,
    /// How long it is, with its quotes.
    text: u16,
    /// The index of the next.
    next: u16,
}

impl Key {
    /// The one at index 0: none. It is met where there are eight NULs, and there no value is.
    const NONE: Self =
        Self { begin: 0, end: 0, excess: 0, spaced: false, start: 0, length: 0, lead: 0, child: 0, text: 0, next: 0 };

    /// `None` if it is too long, or too far behind.
    fn new(doc: &[u8], from: usize, text: Range<usize>, to: usize) -> Option<Self> {
        let whole = doc.get(from..to)?;
        let word = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        Some(Self {
            begin: word(&whole[..whole.len().min(8)]),
            end: word(&whole[whole.len().saturating_sub(8)..]),
            excess: 64 - 8 * whole.len().min(8) as u8,
            spaced: whole.len() - text.len() > usize::from(whole.starts_with(b",")) + 1,
            start: from.try_into().ok()?,
            length: whole.len().try_into().ok()?,
            lead: (text.start - from).try_into().ok()?,
            child: 0,
            text: text.len().try_into().ok()?,
            next: 0,
        })
    }

    fn text<'a>(&self, doc: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize + usize::from(self.lead);
        &doc[start..start + usize::from(self.text)]
    }

    /// Whether it is there.
    #[inline(always)]
    fn is_at(&self, doc: &[u8], at: usize) -> bool {
        let word = |at: usize| doc.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word));
        let last = usize::from(self.length).saturating_sub(8);
        let (Some(begin), Some(end)) = (word(at), word(at + last)) else { return false };
        let start = self.start as usize;
        ((begin ^ self.begin) | (end ^ self.end)) << (self.excess % 64) == 0
            && (8..last).step_by(8).all(|between| word(at + between) == word(start + between))
    }
}

/// An array or object that is open.
#[derive(Clone, Copy)]
struct Frame {
    object: bool,
    /// The index of its shape.
    shape: u8,
    /// The indices of the key that was passed, for an array of the one that it is under, and of the next.
    passed: u16,
    expected: u16,
}

impl Frame {
    const NONE: Self = Self { object: false, shape: 0, passed: 0, expected: 0 };
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
    doc: Option<&'a [u8]>,
    keys: [Key; KEYS],
    /// The last key that was ever used, and the first of those that are free again.
    used: u16,
    free: u16,
    /// The first key of each shape; the keys of one differ from each other. At index 0 is none.
    shapes: [u16; SHAPES],
    latest: u8,
    /// The shapes of open objects, a bit for each.
    busy: u64,
    frame: Frame,
    around: [Frame; DEPTH],
    depth: usize,
    prints: Prints,
}

impl<'a> State<'a> {
    /// All of it is zero, so that it is quickly made: it is large, and documents may be small.
    const NEW: Self = Self {
        doc: None,
        keys: [Key::NONE; KEYS],
        used: 0,
        free: 0,
        shapes: [0; SHAPES],
        latest: 0,
        busy: 0,
        frame: Frame::NONE,
        around: [Frame::NONE; DEPTH],
        depth: 0,
        prints: Prints::Written,
    };

    /// Before a value of a document.
    fn begin(&mut self, doc: &'a [u8]) {
        (self.frame, self.depth, self.busy, self.prints) = (Frame::NONE, 0, 0, Prints::Written);
        if !self.doc.is_some_and(|known| std::ptr::eq(known, doc)) {
            self.doc = Some(doc);
            (self.used, self.free, self.shapes, self.latest) = (0, 0, [0; SHAPES], 0);
            self.keys[0] = Key::NONE;
        }
    }

    fn note(&mut self, prints: Prints) {
        self.prints = self.prints.max(prints);
    }

    fn at(&mut self, key: u16) -> &mut Key {
        &mut self.keys[usize::from(key) % KEYS]
    }

    /// A shape for an object under a key: the one of the last object there, or in the array there, if no object around
    /// it has that.
    #[inline(always)]
    fn shape_under(&mut self, key: u16) -> u8 {
        let known = self.at(key).child;
        if known != 0 && self.busy >> known & 1 == 0 { known } else { self.other_shape(key) }
    }

    #[inline(never)]
    fn other_shape(&mut self, key: u16) -> u8 {
        let latest = usize::from(self.latest);
        let free = (latest + 1..SHAPES).chain(1..=latest).find(|shape| self.busy >> shape & 1 == 0);
        let Some(shape) = free.and_then(|shape| u8::try_from(shape).ok()) else { return 0 };
        self.latest = shape;
        self.at(key).child = shape;
        shape
    }
}

impl<'a> Watch<'a> for State<'a> {
    #[inline(always)]
    fn open(&mut self, object: bool) -> Result<(), Bail> {
        *self.around.get_mut(self.depth).ok_or(Bail)? = self.frame;
        self.depth += 1;
        let under = self.frame.passed;
        if !object {
            self.frame = Frame { object, passed: under, ..Frame::NONE };
            return Ok(());
        }
        let shape = self.shape_under(under);
        if shape == 0 {
            self.note(Prints::Tree);
        }
        self.busy |= 1 << (shape % 64);
        self.frame = Frame { object, shape, passed: 0, expected: self.shapes[usize::from(shape) % SHAPES] };
        Ok(())
    }

    #[inline(always)]
    fn close(&mut self) -> Option<bool> {
        self.busy &= !(1 << (self.frame.shape % 64));
        self.depth -= 1;
        self.frame = *self.around.get(self.depth)?;
        (self.depth > 0).then_some(self.frame.object)
    }

    #[inline(always)]
    fn expected(&mut self, cursor: &mut Cursor<'a>) -> bool {
        let expected = self.frame.expected;
        let key = &self.keys[usize::from(expected) % KEYS];
        if !key.is_at(cursor.doc, cursor.at) {
            return false;
        }
        cursor.at += usize::from(key.length);
        cursor.spaced |= key.spaced;
        self.frame.passed = expected;
        self.frame.expected = key.next;
        true
    }

    #[inline(always)]
    fn key(&mut self, from: usize, cursor: &mut Cursor<'a>) -> Result<(), Bail> {
        *cursor = self.other_key(from, cursor.clone())?;
        Ok(())
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
    fn other_key(&mut self, from: usize, mut cursor: Cursor<'a>) -> Result<Cursor<'a>, Bail> {
        let start = cursor.at;
        let escapes = cursor.string()?.escapes;
        let text = start..cursor.at;
        cursor.expect(b':')?;
        cursor.token();
        // Those that are left out stay in the shape: all keys differ, and that is what counts.
        if let Some(key) = self.find(self.frame.expected, text.clone(), cursor.doc) {
            self.frame.passed = key;
            self.frame.expected = self.at(key).next;
            return Ok(cursor);
        }
        // A key with escapes may be the same as another that is written differently. Nor is it remembered: all those are
        // compared with what is written.
        if escapes != Escapes::None || self.remember(from, text, &cursor).is_none() {
            self.note(Prints::Tree);
            // Nothing more is expected: what is, begins where the key before it was passed.
            self.busy &= !(1 << (self.frame.shape % 64));
            self.frame = Frame { object: true, ..Frame::NONE };
        }
        Ok(cursor)
    }

    /// Remembers a key, in the place of those that were expected. `None` if it cannot be, or came before.
    fn remember(&mut self, from: usize, text: Range<usize>, cursor: &Cursor<'a>) -> Option<()> {
        let Frame { shape, passed, expected, .. } = self.frame;
        let first = *self.shapes.get(usize::from(shape)).filter(|_| shape != 0)?;
        if self.find(first, text.clone(), cursor.doc).is_some() || self.list(first).count() >= KEYS_OF_ONE {
            return None;
        }
        let key = Key::new(cursor.doc, from, text, cursor.at)?;
        self.give_back(expected);
        let new = self.take()?;
        *self.at(new) = key;
        match passed {
            0 => self.shapes[usize::from(shape)] = new,
            _ => self.at(passed).next = new,
        }
        (self.frame.passed, self.frame.expected) = (new, 0);
        Some(())
    }

    /// The keys of a list, from one on.
    fn list(&self, key: u16) -> impl Iterator<Item = u16> {
        let some = |key: u16| (key != 0).then_some(key);
        std::iter::successors(some(key), move |key| some(self.keys[usize::from(*key) % KEYS].next))
    }

    fn find(&self, first: u16, text: Range<usize>, doc: &[u8]) -> Option<u16> {
        self.list(first).find(|key| self.keys[usize::from(*key) % KEYS].text(doc) == &doc[text.clone()])
    }

    /// Takes a key that is in no list.
    fn take(&mut self) -> Option<u16> {
        if self.free != 0 {
            let free = self.free;
            self.free = self.at(free).next;
            return Some(free);
        }
        if usize::from(self.used) == KEYS - 1 {
            return None;
        }
        self.used += 1;
        Some(self.used)
    }

    /// The keys of a list, from one on, are in it no more.
    fn give_back(&mut self, first: u16) {
        if let Some(last) = self.list(first).last() {
            self.at(last).next = self.free;
            self.free = first;
        }
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
        let state = keeper.0.get_or_insert(State::NEW);
        state.begin(self.doc);
        self.spaced = false;
        self.watched(state)?;
        if self.spaced {
            state.note(Prints::Tokens);
        }
        Ok(state.prints)
    }
}
