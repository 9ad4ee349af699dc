//! Where negations stand: each sign with all that it negates. jaq's terms do not say, and what is negated may begin or
//! end with terms that have no text of their own, so this reads tokens, the way jaq's parser does.

use super::report::Text;
use super::scan::Kind;
use std::ops::Range;

/// The negations of a program, by where their signs stand.
pub(super) fn negations(text: Text<'_>) -> Vec<Range<usize>> {
    let reader = Reader { text };
    let mut negations = Vec::new();
    let mut begins = true;
    for (index, token) in text.scan.tokens.iter().enumerate() {
        if begins && reader.is_sign(index) {
            let end = text.at(reader.atom(index) - 1).map_or(token.range.end, |last| last.range.end);
            negations.push(token.range.start..end);
        }
        begins = match token.kind {
            Kind::Open(_) => true,
            Kind::Symbol => !(text.get(token.range.clone()).starts_with('.') || reader.is(index, "?")),
            Kind::Word => KEYWORDS.contains(&text.get(token.range.clone())),
            _ => false,
        };
    }
    negations
}

/// Words that a term follows.
const KEYWORDS: [&str; 11] = ["and", "catch", "elif", "else", "foreach", "if", "import", "or", "reduce", "then", "try"];

struct Reader<'a> {
    text: Text<'a>,
}

impl Reader<'_> {
    fn kind(&self, index: usize) -> Option<Kind> {
        self.text.at(index).map(|token| token.kind)
    }

    /// Whether there is this word or operator.
    fn is(&self, index: usize, token: &str) -> bool {
        matches!(self.kind(index), Some(Kind::Word | Kind::Symbol)) && self.text.token(index) == token
    }

    fn is_sign(&self, index: usize) -> bool {
        self.is(index, "-")
    }

    /// Behind what can stand behind `-`, `try` and operators.
    fn atom(&self, mut index: usize) -> usize {
        while self.is_sign(index) {
            index += 1;
        }
        let end = match self.kind(index) {
            Some(Kind::Open(_) | Kind::Quote) => self.pair(index),
            Some(Kind::Word) => self.word(index),
            Some(Kind::Format) if self.kind(index + 1) == Some(Kind::Quote) => self.pair(index + 1),
            Some(Kind::Format) => self.arguments(index + 1),
            Some(Kind::Symbol) if self.is(index, ".") => self.key(index + 1).unwrap_or(index + 1),
            _ => index + 1,
        };
        self.path(end).min(self.text.scan.tokens.len())
    }

    fn word(&self, index: usize) -> usize {
        match self.text.token(index) {
            "if" => self.group(index + 1, true),
            // These take all that follows.
            "def" | "label" => self.group(index + 1, false),
            "try" => {
                let body = self.atom(index + 1);
                if self.is(body, "catch") { self.atom(body + 1) } else { body }
            }
            "reduce" | "foreach" => {
                let mut index = self.atom(index + 1);
                while index < self.text.scan.tokens.len() && self.kind(index) != Some(Kind::Open(b'(')) {
                    let is_pair = matches!(self.kind(index), Some(Kind::Open(_)));
                    index = if is_pair { self.pair(index) } else { index + 1 };
                }
                self.arguments(index)
            }
            "break" => index + 2,
            _ => self.arguments(index + 1),
        }
    }

    /// Behind the steps of a path.
    fn path(&self, mut index: usize) -> usize {
        loop {
            index = match self.kind(index) {
                Some(Kind::Open(b'[')) => self.pair(index),
                Some(Kind::Symbol) if self.is(index, "?") => index + 1,
                Some(Kind::Symbol) if self.is(index, ".") => self.key(index + 1).unwrap_or(index + 1),
                Some(Kind::Symbol) if self.text.token(index).starts_with('.') && !self.is(index, "..") => index + 1,
                _ => return index,
            };
        }
    }

    /// Behind a key in quotes.
    fn key(&self, index: usize) -> Option<usize> {
        match self.kind(index)? {
            Kind::Quote => Some(self.pair(index)),
            Kind::Format if self.kind(index + 1) == Some(Kind::Quote) => Some(self.pair(index + 1)),
            _ => None,
        }
    }

    fn arguments(&self, index: usize) -> usize {
        if self.kind(index) == Some(Kind::Open(b'(')) { self.pair(index) } else { index }
    }

    /// Behind the bracket or quote that closes the one here.
    fn pair(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (index, token) in self.text.scan.tokens.iter().enumerate().skip(open) {
            match token.kind {
                Kind::Open(_) | Kind::Quote => depth += 1,
                Kind::Close(_) | Kind::Unquote => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.text.scan.tokens.len()
    }

    /// Behind the `end` of the `if` before, or to where what is around ends.
    fn group(&self, mut index: usize, is_if: bool) -> usize {
        let mut depth = 0_usize;
        while let Some(kind) = self.kind(index) {
            match (kind, self.text.token(index)) {
                (Kind::Open(_) | Kind::Quote, _) => {
                    index = self.pair(index);
                    continue;
                }
                (Kind::Close(_) | Kind::Unquote, _) => return index,
                (Kind::Word, "if") => depth += 1,
                (Kind::Word, "end") if depth == 0 => return if is_if { index + 1 } else { index },
                (Kind::Word, "end") => depth -= 1,
                (Kind::Word, "then" | "elif" | "else") if depth == 0 && !is_if => return index,
                _ => {}
            }
            index += 1;
        }
        index
    }
}
