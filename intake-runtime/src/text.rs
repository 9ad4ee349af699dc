//! Text with `${variables}` in it.

use crate::event::{At, EventError, Var, VariableError};

/// A string of the manifest, put together. What is wrong is told by [`finish`](Self::finish).
#[must_use]
pub struct Text {
    at: At,
    text: Result<String, VariableError>,
}

/// Shows no text: it may hold a secret of the customer's.
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Text {
    /// Nothing yet.
    pub const fn new(at: At) -> Self {
        Self { at, text: Ok(String::new()) }
    }

    /// Appends literal text.
    pub fn text(mut self, literal: &str) -> Self {
        if let Ok(text) = &mut self.text {
            text.push_str(literal);
        }
        self
    }

    /// Appends a variable: a string as it is, everything else as compact JSON.
    pub fn var(mut self, variable: Var) -> Self {
        self.text = self.text.and_then(|text| Ok(text + &variable.into_text()?));
        self
    }

    /// The whole.
    ///
    /// # Errors
    /// If a variable is missing or null, and has no default.
    pub fn finish(self) -> Result<String, EventError> {
        self.text.map_err(|error| EventError::new(self.at, error))
    }
}
