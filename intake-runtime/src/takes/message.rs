//! Text that is put together while a crate is compiled.

/// More is cut off.
const CAPACITY: usize = 4096;

/// A text.
#[derive(Debug)]
pub struct Message {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Message {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// Appends a text, whole or not at all: what is in it stays UTF-8.
    pub(super) const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > CAPACITY {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length + at] = text[at];
            at += 1;
        }
        self.length += text.len();
    }

    pub(super) const fn push_number(&mut self, number: u32) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        self.push(digits[(number % 10) as usize]);
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.length);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "the record type does not fit the manifest",
        }
    }
}
