//! Positions as editors count them.

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units: what every editor can do.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text start. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |at: &usize| match bytes[*at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = (0..bytes.len()).filter(ends_line).map(|at| at + 1);
        Self { starts: std::iter::once(0).chain(starts).collect() }
    }

    /// The byte offset of a position. One behind the end of its line counts as the end, one inside a character as its
    /// start.
    #[must_use]
    pub fn offset(&self, text: &str, (line, column): (u32, u32), encoding: Encoding) -> usize {
        let Some(start) = self.starts.get(line as usize).copied() else { return text.len() };
        let (mut at, mut left) = (start, column as usize);
        for c in text[start..].chars() {
            let width = encoding.width(c);
            if matches!(c, '\n' | '\r') || width > left {
                break;
            }
            (at, left) = (at + c.len_utf8(), left - width);
        }
        at
    }

    /// The position of a byte offset. One behind the end of the text counts as the end, one inside a character as its
    /// start.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> (u32, u32) {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column: usize = text[self.starts[line]..offset].chars().map(|c| encoding.width(c)).sum();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (count(line), count(column))
    }
}

/// The last place up to `at` where a character starts.
#[must_use]
pub fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Lines};
    use proptest::prelude::*;

    const TEXT: &str = "a😀é\r\nb\rc\n";

    #[test]
    fn columns_are_counted_in_the_encoding() {
        let lines = Lines::new(TEXT);
        let at = TEXT.find('\r').unwrap();
        let column = |encoding| lines.position(TEXT, at, encoding).1;
        assert_eq!([Encoding::Utf8, Encoding::Utf16, Encoding::Utf32].map(column), [7, 4, 3]);
        assert_eq!(lines.position(TEXT, TEXT.len(), Encoding::Utf16), (3, 0));
        assert_eq!(lines.position(TEXT, TEXT.find('c').unwrap(), Encoding::Utf16), (2, 0));
    }

    #[test]
    fn positions_outside_are_drawn_in() {
        let lines = Lines::new(TEXT);
        let offset = |line, column| lines.offset(TEXT, (line, column), Encoding::Utf16);
        assert_eq!(offset(0, 99), TEXT.find('\r').unwrap(), "behind the end of a line");
        assert_eq!(offset(9, 0), TEXT.len(), "behind the last line");
        assert_eq!(offset(0, 2), 1, "inside a surrogate pair");
        assert_eq!(lines.position(TEXT, 3, Encoding::Utf16), (0, 1), "inside a character");
        assert_eq!(lines.position(TEXT, 99, Encoding::Utf16), (3, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_offset_comes_back(text in "[a😀é\r\n]{0,30}") {
            let lines = Lines::new(&text);
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                    let there = lines.offset(&text, lines.position(&text, at, encoding), encoding);
                    // Between `\r` and `\n` is the end of the line.
                    let is_inside_break = text[..at].ends_with('\r') && text[at..].starts_with('\n');
                    prop_assert_eq!(there, if is_inside_break { at - 1 } else { at }, "{:?}", &text);
                }
            }
        }
    }
}
