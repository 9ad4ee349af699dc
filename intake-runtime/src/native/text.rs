//! String interpolation.

use super::{Flow, Stop, V, site};
use jaq_json::Val;
use std::borrow::Cow;

/// A string that is put together.
#[derive(Debug, Default)]
pub struct Text(Vec<u8>);

impl Text {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Appends a string.
    ///
    /// # Errors
    /// If it is none, which cannot be.
    pub fn push(&mut self, part: &Val) -> Flow {
        site()?;
        let Val::TStr(part) = part else { return Err(Stop::Bail) };
        self.0.extend_from_slice(part);
        Ok(())
    }

    /// The string.
    #[must_use]
    pub fn finish<'a>(self) -> V<'a> {
        Cow::Owned(Val::utf8_str(self.0))
    }
}
