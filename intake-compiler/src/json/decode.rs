//! What a string says: escapes decoded, with a map back to the source.

use crate::source::Span;

/// A character or escape that JSON does not allow in a string.
pub(super) struct Flaw {
    pub(super) span: Span,
    pub(super) kind: FlawKind,
    pub(super) mended: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlawKind {
    Control,
    Escape,
    Surrogate,
}

/// Decodes the text between the quotes.
pub(super) struct Decoder<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    pub(super) value: String,
    pub(super) map: Vec<(u32, u32)>,
    pub(super) flaws: Vec<Flaw>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(text: &'a str, start: usize, end: usize) -> Self {
        Self { text, at: start, end, value: String::new(), map: Vec::new(), flaws: Vec::new() }
    }

    pub(super) fn run(mut self) -> Self {
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let plain = rest.find(|c| c < ' ' || c == '\\').unwrap_or(rest.len());
            self.value.push_str(&rest[..plain]);
            self.at += plain;
            match rest[plain..].chars().next() {
                Some('\\') => self.escape(),
                Some(control) => self.control(control),
                None => {}
            }
        }
        self
    }

    fn control(&mut self, control: char) {
        let mended = match control {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            other => format!("\\u{:04x}", u32::from(other)),
        };
        self.flaw(FlawKind::Control, 1, Some(mended));
        self.value.push(control);
        self.at += 1;
    }

    fn flaw(&mut self, kind: FlawKind, len: usize, mended: Option<String>) {
        // More than anybody writes; the limit bounds the memory.
        if self.flaws.len() < 10_000 {
            self.flaws.push(Flaw { span: Span::new(self.at, (self.at + len).min(self.end)), kind, mended });
        }
    }

    /// The text means `decoded`, which its bytes are not.
    fn put(&mut self, decoded: char, len: usize) {
        self.mark();
        self.value.push(decoded);
        self.at += len;
        self.mark();
    }

    fn mark(&mut self) {
        let point = Span::new(self.value.len(), self.at);
        if self.map.last() != Some(&(point.start, point.end)) {
            self.map.push((point.start, point.end));
        }
    }

    fn escape(&mut self) {
        let Some(escaped) = self.text[self.at + 1..self.end].chars().next() else {
            self.value.push('\\');
            self.at += 1;
            return;
        };
        match escaped {
            '"' | '\\' | '/' => self.put(escaped, 2),
            'b' => self.put('\u{8}', 2),
            'f' => self.put('\u{c}', 2),
            'n' => self.put('\n', 2),
            'r' => self.put('\r', 2),
            't' => self.put('\t', 2),
            'u' => self.unicode(),
            '\'' => self.mended(escaped, 2, "'".to_owned()),
            '0' => self.mended('\0', 2, "\\u0000".to_owned()),
            'x' => match self.hex(self.at + 2, 2).and_then(char::from_u32) {
                Some(c) => self.mended(c, 4, format!("\\u{:04x}", u32::from(c))),
                None => self.unknown(escaped),
            },
            other => self.unknown(other),
        }
    }

    fn mended(&mut self, decoded: char, len: usize, mended: String) {
        self.flaw(FlawKind::Escape, len, Some(mended));
        self.put(decoded, len);
    }

    /// `\d`, as in a regular expression: the backslash was to be one.
    fn unknown(&mut self, escaped: char) {
        if escaped < ' ' {
            // A line that ends in a backslash; the line break is reported by itself.
            self.flaw(FlawKind::Escape, 1, Some(String::new()));
            self.value.push('\\');
            self.at += 1;
            return;
        }
        let len = 1 + escaped.len_utf8();
        self.flaw(FlawKind::Escape, len, Some(format!("\\\\{escaped}")));
        self.value.push_str(&self.text[self.at..self.at + len]);
        self.at += len;
    }

    fn hex(&self, at: usize, digits: usize) -> Option<u32> {
        let digits = self.text[..self.end].get(at..at + digits)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn unicode(&mut self) {
        let Some(unit) = self.hex(self.at + 2, 4) else { return self.bad_unicode() };
        if let Some(c) = char::from_u32(unit) {
            return self.put(c, 6);
        }
        let next = self.text[..self.end].get(self.at + 6..self.at + 8).filter(|next| *next == "\\u");
        let low = next.and_then(|_| self.hex(self.at + 8, 4)).filter(|low| (0xDC00..0xE000).contains(low));
        let pair = low.filter(|_| unit < 0xDC00).map(|low| 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        match pair.and_then(char::from_u32) {
            Some(c) => self.put(c, 12),
            None => {
                self.flaw(FlawKind::Surrogate, 6, None);
                self.put(char::REPLACEMENT_CHARACTER, 6);
            }
        }
    }

    /// `\u` without four digits, or with braces as in Rust and JavaScript.
    fn bad_unicode(&mut self) {
        let rest = &self.text[self.at + 2..self.end];
        let digits = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
        let c = digits.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        if let (Some(c), Some(digits)) = (c, digits) {
            let mut units = [0; 2];
            let escapes = c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            return self.mended(c, digits.len() + 4, escapes);
        }
        self.flaw(FlawKind::Escape, 2, None);
        self.value.push_str("\\u");
        self.at += 2;
    }
}
