//! The tokens of a jq program as it stands in a manifest: between JSON quotes, so that a quote of jq is `\"`.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `.name`, without the dot.
    Field,
    /// A name by itself: a key, a function or a keyword.
    Word,
    /// `\"` that opens a string.
    Open,
    /// `\"` that closes a string.
    Close,
    Number,
    /// `${…}` outside a string.
    Variable,
    /// A bracket or an operator.
    Sign,
}

const WORD: fn(char) -> bool = |c| c.is_alphanumeric() || c == '_' || c == '@';

/// The tokens in a range of the text.
pub fn tokens(text: &str, program: Range<usize>) -> Vec<(Token, Range<usize>)> {
    let (mut found, mut at) = (Vec::new(), program.start);
    // For each interpolation that is open, the parentheses in it.
    let (mut nested, mut in_string) = (Vec::<u32>::new(), false);
    while at < program.end {
        let rest = &text[at..program.end];
        if in_string {
            let step = if rest.starts_with("\\\"") {
                found.push((Token::Close, at..at + 2));
                in_string = false;
                2
            } else if rest.starts_with("\\\\(") {
                nested.push(0);
                in_string = false;
                3
            } else if rest.starts_with("\\\\") {
                4
            } else {
                rest.chars().next().map_or(1, char::len_utf8)
            };
            at += step;
            continue;
        }
        let first = rest.chars().next().expect("a character");
        let while_word = |text: &str| text.find(|c| !WORD(c)).unwrap_or(text.len());
        let (token, length) = if rest.starts_with("\\\"") {
            in_string = true;
            (Token::Open, 2)
        } else if rest.starts_with("${") {
            (Token::Variable, rest.find('}').expect("a closed variable") + 1)
        } else if first == '.' && rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_') {
            let length = while_word(&rest[1..]);
            found.push((Token::Field, at + 1..at + 1 + length));
            at += 1 + length;
            continue;
        } else if first.is_ascii_digit() {
            (Token::Number, while_word(rest))
        } else if WORD(first) {
            (Token::Word, while_word(rest))
        } else {
            match (first, nested.last_mut()) {
                ('(', Some(depth)) => *depth += 1,
                (')', Some(0)) => {
                    nested.pop();
                    in_string = true;
                    at += 1;
                    continue;
                }
                (')', Some(depth)) => *depth -= 1,
                _ => {}
            }
            let pair = ["==", "!=", "<=", ">=", "//", "|="].iter().any(|sign| rest.starts_with(sign));
            (Token::Sign, if pair { 2 } else { first.len_utf8() })
        };
        if !first.is_whitespace() {
            found.push((token, at..at + length));
        }
        at += length;
    }
    found
}

/// A program's tokens, with what is asked of their neighbours.
pub struct Program<'a> {
    pub text: &'a str,
    pub tokens: Vec<(Token, Range<usize>)>,
}

impl<'a> Program<'a> {
    pub fn new(text: &'a str, program: Range<usize>) -> Self {
        Self { text, tokens: tokens(text, program) }
    }

    pub fn at(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |(_, range)| &self.text[range.clone()])
    }

    pub fn is(&self, index: usize, token: Token) -> bool {
        self.tokens.get(index).is_some_and(|(kind, _)| *kind == token)
    }

    /// Whether the word is the key of an object that is made: `key: value`.
    pub fn is_key(&self, index: usize) -> bool {
        self.is(index, Token::Word) && self.at(index + 1) == ":"
    }

    /// Whether the word stands for a key and its value: `{key, …}`.
    pub fn is_shorthand(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map_or("", |before| self.at(before));
        self.is(index, Token::Word)
            && matches!(before, "{" | ",")
            && matches!(self.at(index + 1), "," | "}")
            && self.within(index).is_some_and(|open| self.at(open) == "{")
    }

    /// The bracket around a token.
    pub fn within(&self, index: usize) -> Option<usize> {
        let mut closed = 0;
        (0..index).rev().find(|at| match self.at(*at) {
            ")" | "]" | "}" if self.is(*at, Token::Sign) => {
                closed += 1;
                false
            }
            "(" | "[" | "{" if self.is(*at, Token::Sign) => {
                closed -= 1;
                closed < 0
            }
            _ => false,
        })
    }

    /// The key whose value an object around the token is.
    pub fn key_around(&self, index: usize) -> Option<&'a str> {
        let open = self.within(index)?;
        (open >= 2 && self.at(open) == "{" && self.is_key(open - 2)).then(|| self.at(open - 2))
    }

    /// The value of a key: from behind its colon up to the comma or bracket that ends it.
    pub fn value(&self, key: usize) -> Range<usize> {
        let around = self.within(key);
        let end = (key + 2..self.tokens.len())
            .find(|at| matches!(self.at(*at), "," | "}") && self.is(*at, Token::Sign) && self.within(*at) == around)
            .expect("an end");
        let start = self.tokens[key + 2].1.start;
        // A field's dot is no part of its token.
        start - usize::from(self.is(key + 2, Token::Field))..self.tokens[end - 1].1.end
    }
}
