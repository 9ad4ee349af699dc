//! Binds `${…}` as jq variables: values stay values, no text is spliced into a program.

use super::scan::Slot;
use crate::json::Str;
use std::ops::Range;

/// What the names of bound variables start with.
pub(super) const PREFIX: &str = "$__intake_";

/// A program as jaq reads it, with the way back to the text of the manifest's string.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) text: String,
    /// What each part of the code stands for, ascending: an offset in the code, and a range of the decoded text.
    pieces: Vec<(usize, Range<usize>, bool)>,
}

/// Replaces the N-th slot by `$__intake_N`: padded by spaces outside a string, interpolated in one.
pub(super) fn substitute(source: &Str, slots: &[Slot]) -> Code {
    let mut code = Code { text: String::with_capacity(source.value.len()), pieces: Vec::new() };
    let mut done = 0;
    for (index, slot) in slots.iter().enumerate() {
        code.push(&source.value[done..slot.range.start], done..slot.range.start, false);
        let name = if slot.in_string { format!("\\({PREFIX}{index})") } else { format!(" {PREFIX}{index} ") };
        code.push(&name, slot.range.clone(), true);
        done = slot.range.end;
    }
    code.push(&source.value[done..], done..source.value.len(), false);
    code
}

impl Code {
    fn push(&mut self, text: &str, decoded: Range<usize>, is_slot: bool) {
        self.pieces.push((self.text.len(), decoded, is_slot));
        self.text.push_str(text);
    }

    fn piece(&self, offset: usize) -> &(usize, Range<usize>, bool) {
        let after = self.pieces.partition_point(|(start, ..)| *start <= offset);
        &self.pieces[after.saturating_sub(1)]
    }

    /// The decoded text that a range of the code stands for; a slot is never cut.
    pub(super) fn decoded(&self, range: Range<usize>) -> Range<usize> {
        let (start, decoded, is_slot) = self.piece(range.start);
        let from = if *is_slot { decoded.start } else { (decoded.start + range.start - start).min(decoded.end) };
        if range.is_empty() {
            return from..from;
        }
        let (start, decoded, is_slot) = self.piece(range.end - 1);
        let to = if *is_slot { decoded.end } else { (decoded.start + range.end - start).min(decoded.end) };
        from..to.max(from)
    }

    /// The range of a slice of [`Code::text`].
    pub(super) fn range_of(&self, part: &str) -> Range<usize> {
        jaq_core::load::span(&self.text, part)
    }
}
