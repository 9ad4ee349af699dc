//! What a walk over an array leaves.

use super::{Bail, Part, site};

/// An array that was walked over, and where in the output is what was printed meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Items {
    count: u32,
    start: usize,
    end: usize,
}

impl Items {
    /// Of none.
    #[must_use]
    pub const fn new() -> Self {
        Self { count: 0, start: 0, end: 0 }
    }

    /// The elements' output begins; where.
    pub fn begin(&mut self, out: &[u8]) -> usize {
        self.start = out.len();
        self.start
    }

    /// The elements' output is complete.
    pub fn end(&mut self, out: &[u8]) {
        self.end = out.len();
    }

    /// An element was passed over.
    #[inline(always)]
    pub fn passed(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// How many elements were passed over.
    #[inline(always)]
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// If there are more than a number holds.
    pub fn length<'a>(&self) -> Result<Part<'a>, Bail> {
        site()?;
        if self.count == u32::MAX {
            return Err(Bail);
        }
        isize::try_from(self.count).map(Part::Int).map_err(|_| Bail)
    }

    /// Appends the elements' output once more.
    pub fn copy(&self, out: &mut Vec<u8>) {
        out.extend_from_within(self.start..self.end);
    }
}

/// Appends a comma if something was appended since.
#[inline(always)]
pub fn separate(out: &mut Vec<u8>, mark: usize) {
    if out.len() > mark {
        out.push(b',');
    }
}

/// That a key is met for the first time.
///
/// # Errors
/// If it was met before.
#[inline(always)]
pub fn once(met: &mut bool) -> Result<(), Bail> {
    site()?;
    if std::mem::replace(met, true) { Err(Bail) } else { Ok(()) }
}
