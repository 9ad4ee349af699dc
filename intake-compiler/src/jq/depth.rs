//! How much stack jaq needs for a program, before it is given to jaq.
//!
//! jaq reads, compiles and runs a program recursively, so a program that is nested too deeply aborts the process. Nesting
//! is more than brackets: prefixes (`- - 1`, `try try 1`, `if if`), definitions inside definitions and long chains
//! (`.a | .a | …`) count as well. The walk over the tokens keeps one frame for each construct that is open.

use super::scan::{Kind, Token};
use std::ops::Range;

/// The stack a program may need, in bytes: a thread has 2 MiB by default, and something called jaq.
const LIMIT: u32 = 1_500_000;

/// What one level of each construct takes, in bytes: measured in a build without optimisation, the worst of reading,
/// compiling and running (see the test `programs_within_the_limit_do_not_overflow`).
mod cost {
    pub(super) const BRACKET: u32 = 20_000;
    /// The arguments of a function: most are written in jq themselves.
    pub(super) const CALL: u32 = 31_000;
    /// `any` and `all` go through five others.
    pub(super) const ANY: u32 = 75_000;
    pub(super) const STRING: u32 = 4_000;
    pub(super) const PREFIX: u32 = 11_500;
    pub(super) const IF: u32 = 14_000;
    pub(super) const ELIF: u32 = 6_600;
    pub(super) const DEFINITIONS: u32 = 13_500;
    pub(super) const DEFINITION: u32 = 1_000;
    pub(super) const LABEL: u32 = 12_500;
    pub(super) const OPERATOR: u32 = 9_200;
    pub(super) const PART: u32 = 5_700;
    pub(super) const STEP: u32 = 1_700;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Construct {
    /// The whole program.
    Program,
    Bracket(u8),
    Str,
    /// `-`, `try`
    Prefix,
    /// `reduce`, `foreach` before their `as`
    Fold,
    If,
    /// From the first `def` to the end of the term behind the definitions.
    Definitions,
    /// From `def` to its `;`
    Definition,
    Label,
}

/// A construct that is open.
#[derive(Debug)]
struct Frame {
    construct: Construct,
    /// Its own level, and the links of the chain of `|` and `,` in it.
    own: u32,
    /// Operators since the last `|` or `,`…
    segment: u32,
    /// …and the deepest thing between them.
    child: u32,
    /// The deepest segment so far.
    widest: u32,
    /// Whether the last token ended an operand: tells `a - b` from `-a`.
    operand: bool,
    /// In `{…}`: whether a key comes next.
    key: bool,
}

impl Frame {
    fn new(construct: Construct, own: u32) -> Self {
        let key = construct == Construct::Bracket(b'{');
        Self { construct, own, segment: 0, child: 0, widest: 0, operand: false, key }
    }

    fn end_segment(&mut self) {
        self.widest = self.widest.max(self.segment.saturating_add(self.child));
        (self.segment, self.child, self.operand) = (0, 0, false);
    }

    fn total(&self) -> u32 {
        self.own.saturating_add(self.widest.max(self.segment.saturating_add(self.child)))
    }
}

/// Where a program is nested too deeply, if it is.
pub(super) fn too_deep(text: &str, tokens: &[Token]) -> Option<Range<usize>> {
    let mut walk = Walk { frames: vec![Frame::new(Construct::Program, 0)], running: 0, defined: false };
    let mut before = "";
    for token in tokens {
        let this = &text[token.range.clone()];
        let bracket = match before {
            "any" | "all" => cost::ANY,
            word if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => cost::CALL,
            _ => cost::BRACKET,
        };
        walk.token(token.kind, this, bracket);
        before = this;
        if walk.running > LIMIT {
            return Some(token.range.clone());
        }
    }
    while walk.frames.len() > 1 {
        walk.close();
    }
    (walk.frames[0].total() > LIMIT).then_some(0..text.len())
}

#[derive(Debug)]
struct Walk {
    /// Never empty. The limit bounds their number: each costs something.
    frames: Vec<Frame>,
    /// What the open frames cost so far.
    running: u32,
    /// Whether the last token ended a definition: another one there is its sibling.
    defined: bool,
}

impl Walk {
    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the program's own frame is never closed")
    }

    fn open(&mut self, construct: Construct, own: u32) {
        self.frames.push(Frame::new(construct, own));
        self.running = self.running.saturating_add(own);
    }

    fn close(&mut self) {
        if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            self.running = self.running.saturating_sub(frame.own + frame.segment);
            let parent = self.top();
            parent.child = parent.child.max(frame.total());
            parent.operand = true;
        }
    }

    fn end_segment(&mut self) {
        let segment = self.top().segment;
        self.running -= segment;
        self.top().end_segment();
    }

    /// One more link of the chain of the top frame.
    fn link(&mut self, bytes: u32) {
        self.top().own += bytes;
        self.running += bytes;
    }

    fn operator(&mut self, bytes: u32) {
        self.top().segment += bytes;
        self.running += bytes;
    }

    /// Closes prefixes: an operator ends their operand.
    fn close_prefixes(&mut self) {
        while matches!(self.top().construct, Construct::Prefix | Construct::Fold) {
            self.close();
        }
    }

    /// Closes frames until one that `wanted` accepts is on top, unless there is none within the innermost bracket.
    fn close_to(&mut self, wanted: impl Fn(Construct) -> bool) -> bool {
        let is_block =
            |frame: &Frame| matches!(frame.construct, Construct::Program | Construct::Bracket(_) | Construct::Str);
        let block = self.frames.iter().rposition(is_block).unwrap_or(0);
        let Some(found) = self.frames[block..].iter().rposition(|frame| wanted(frame.construct)) else {
            return false;
        };
        while self.frames.len() > block + found + 1 {
            self.close();
        }
        true
    }

    /// A bracket costs what the token before it makes of it.
    fn token(&mut self, kind: Kind, text: &str, bracket: u32) {
        let after_definition = std::mem::take(&mut self.defined);
        match kind {
            Kind::Word if !self.top().key => self.word(text, after_definition),
            Kind::Word | Kind::Var | Kind::Format | Kind::Number => self.top().operand = true,
            Kind::Variable if self.top().construct == Construct::Str => self.link(cost::PART),
            Kind::Variable => self.top().operand = true,
            Kind::Text | Kind::Escape => self.link(cost::PART),
            Kind::Quote => self.open(Construct::Str, cost::STRING),
            Kind::Open(open) => {
                if self.top().construct == Construct::Str {
                    self.link(cost::PART);
                }
                self.open(Construct::Bracket(open), if open == b'(' { bracket } else { cost::BRACKET });
            }
            Kind::Close(_) => {
                self.close_to(|construct| matches!(construct, Construct::Bracket(_)));
                self.close();
            }
            Kind::Unquote => {
                self.close_to(|construct| construct == Construct::Str);
                self.close();
            }
            Kind::Symbol => self.symbol(text),
        }
    }

    fn word(&mut self, text: &str, after_definition: bool) {
        match text {
            "if" => self.open(Construct::If, cost::IF),
            "then" | "elif" | "else" => {
                if self.close_to(|construct| construct == Construct::If) {
                    self.end_segment();
                    self.link(if text == "elif" { cost::ELIF } else { 0 });
                }
            }
            "end" => {
                if self.close_to(|construct| construct == Construct::If) {
                    self.close();
                }
            }
            "try" => self.open(Construct::Prefix, cost::PREFIX),
            "catch" => self.top().operand = false,
            "reduce" | "foreach" => self.open(Construct::Fold, cost::PREFIX),
            "as" => {
                // It belongs to the innermost fold that waits for it, or binds the operand before it.
                while self.top().construct == Construct::Prefix {
                    self.close();
                }
                if self.top().construct == Construct::Fold {
                    self.top().construct = Construct::Prefix;
                }
                self.top().operand = false;
            }
            "label" => self.open(Construct::Label, cost::LABEL),
            "def" => {
                if !after_definition {
                    self.open(Construct::Definitions, cost::DEFINITIONS);
                }
                self.open(Construct::Definition, cost::DEFINITION);
            }
            "and" | "or" => self.binary(),
            _ => self.top().operand = true,
        }
    }

    fn binary(&mut self) {
        self.close_prefixes();
        self.operator(cost::OPERATOR);
        self.top().operand = false;
    }

    fn symbol(&mut self, text: &str) {
        match text {
            "|" => {
                self.close_prefixes();
                self.end_segment();
                self.link(cost::OPERATOR);
            }
            "," => {
                self.close_prefixes();
                self.end_segment();
                let in_object = self.top().construct == Construct::Bracket(b'{');
                self.top().key = in_object;
                self.link(if in_object { cost::PART } else { cost::OPERATOR });
            }
            ";" => {
                let ends =
                    |construct| matches!(construct, Construct::Definition | Construct::Bracket(_) | Construct::Program);
                self.close_to(ends);
                if self.top().construct == Construct::Definition {
                    self.close();
                    self.top().operand = false;
                    self.defined = true;
                } else {
                    self.end_segment();
                }
            }
            ":" => {
                let ends =
                    |construct| matches!(construct, Construct::Definition | Construct::Bracket(_) | Construct::Program);
                self.close_to(ends);
                self.end_segment();
                self.top().key = false;
            }
            "?" => {}
            "-" if !self.top().operand => self.open(Construct::Prefix, cost::PREFIX),
            step if step.starts_with('.') => {
                self.operator(cost::STEP);
                self.top().operand = true;
            }
            _ => self.binary(),
        }
    }
}
