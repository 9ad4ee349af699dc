//! A program as a tree that owns its text and knows where each part stands: what inference runs on.

use super::spans::Spans;
use super::substitute::PREFIX;
use crate::source::Span;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{self, BinaryOp};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{self, Opt};
use std::ops::Range;
use std::sync::Arc;

/// A part of a program.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Its place in the manifest; `None` for `.`, `..` and `[]`, which hold no text.
    pub(super) span: Option<Span>,
    /// The place of its operator, or of the name of what it calls.
    pub(super) sign: Option<Span>,
    pub(super) term: Term,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// `.`
    Input,
    /// `..`
    Recurse,
    Number(Arc<str>),
    /// `[f]`
    Array(Option<Box<Node>>),
    /// `@format "…\(f)…"`
    Text(Option<String>, Vec<Piece>),
    Object(Vec<Entry>),
    Negate(Box<Node>),
    Pipe(Box<Node>, Box<Node>),
    /// `l as $x | r`
    Bind(Box<Node>, Pattern, Box<Node>),
    Comma(Box<Node>, Box<Node>),
    /// `l // r`
    Alternative(Box<Node>, Box<Node>),
    /// `l and r` (`stop` is false), `l or r` (`stop` is true)
    Logic {
        stop: bool,
        left: Box<Node>,
        right: Box<Node>,
    },
    Math(Box<Node>, Math, Box<Node>),
    Compare(Box<Node>, Comparison, Box<Node>),
    /// `path |= f` and the like
    Update(Box<Node>, Change, Box<Node>),
    Label(Box<Node>),
    Break,
    Reduce(Box<Fold>),
    Foreach(Box<Fold>, Option<Box<Node>>),
    Try(Box<Node>, Option<Box<Node>>),
    If(Vec<(Node, Node)>, Option<Box<Node>>),
    Define(Vec<Definition>, Box<Node>),
    Call(String, Vec<Node>),
    Variable(String),
    /// The N-th `${…}`
    Global(usize),
    Path(Box<Node>, Vec<Step>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Term(Node),
}

/// A key and a value of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Key,
    /// `None`: the value at the same key of the input.
    pub(super) value: Option<Node>,
    /// Where the value stands, brackets included.
    pub(super) value_span: Option<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    Constant(Name),
    Computed(Node),
}

/// A constant string and its place, without quotes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: Arc<str>,
    pub(super) span: Option<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    Variable(String),
    Array(Vec<Self>),
    Object(Vec<(Key, Self)>),
}

/// `reduce source as pattern (init; update)`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fold {
    pub(super) source: Node,
    pub(super) pattern: Pattern,
    pub(super) init: Node,
    pub(super) update: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Order,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// `=`
    Set,
    /// `|=`
    Filter,
    /// `+=` and the like
    Math(Math),
    /// `//=`
    Alternative,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub(super) name: String,
    /// `$values` and filters.
    pub(super) parameters: Vec<String>,
    pub(super) body: Node,
}

/// `.a`, `[f]`, `[f:g]`, `[]`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) part: Part,
    /// The brackets of a slice.
    pub(super) span: Option<Span>,
    /// Whether a `?` follows.
    pub(super) optional: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Key(Name),
    Index(Node),
    Slice(Option<Node>, Option<Node>),
    Iterate,
}

impl Node {
    /// Visits every part, itself too.
    pub(super) fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        let mut all = vec![self];
        while let Some(node) = all.pop() {
            visit(node);
            node.each_part(&mut |part| all.push(part));
        }
    }

    /// The filters that it runs one after the other.
    pub(super) fn alternatives(&self) -> Vec<&Self> {
        let (mut all, mut open) = (Vec::new(), vec![self]);
        while let Some(node) = open.pop() {
            match &node.term {
                Term::Comma(left, right) => open.extend([&**right, left]),
                _ => all.push(node),
            }
        }
        all
    }

    /// The text of a string without interpolation or format.
    pub(super) fn constant_text(&self) -> Option<String> {
        let Term::Text(None, pieces) = &self.term else { return None };
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None }).collect()
    }

    /// How many parts it has.
    pub(super) fn size(&self) -> u32 {
        let mut size: u32 = 0;
        self.each(&mut |_| size = size.saturating_add(1));
        size
    }

    fn each_part<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        match &self.term {
            Term::Input | Term::Recurse | Term::Number(_) | Term::Break | Term::Variable(_) | Term::Global(_) => {}
            Term::Array(inner) => inner.iter().for_each(|inner| visit(inner)),
            Term::Negate(inner) | Term::Label(inner) => visit(inner),
            Term::Text(_, pieces) => pieces.iter().for_each(|piece| {
                if let Piece::Term(node) = piece {
                    visit(node);
                }
            }),
            Term::Object(entries) => entries.iter().for_each(|entry| {
                entry.key.computed().into_iter().chain(&entry.value).for_each(&mut *visit);
            }),
            Term::Bind(left, pattern, right) => {
                visit(left);
                pattern.each_key(visit);
                visit(right);
            }
            Term::Pipe(left, right)
            | Term::Comma(left, right)
            | Term::Alternative(left, right)
            | Term::Logic { left, right, .. }
            | Term::Math(left, _, right)
            | Term::Compare(left, _, right)
            | Term::Update(left, _, right) => {
                visit(left);
                visit(right);
            }
            Term::Reduce(fold) => fold.each_part(visit),
            Term::Foreach(fold, extract) => {
                fold.each_part(visit);
                extract.iter().for_each(|extract| visit(extract));
            }
            Term::Try(body, handler) => {
                visit(body);
                handler.iter().for_each(|handler| visit(handler));
            }
            Term::If(branches, otherwise) => {
                branches.iter().for_each(|(condition, then)| {
                    visit(condition);
                    visit(then);
                });
                otherwise.iter().for_each(|otherwise| visit(otherwise));
            }
            Term::Define(definitions, body) => {
                definitions.iter().for_each(|definition| visit(&definition.body));
                visit(body);
            }
            Term::Call(_, arguments) => arguments.iter().for_each(visit),
            Term::Path(head, steps) => {
                visit(head);
                steps.iter().flat_map(Step::filters).for_each(visit);
            }
        }
    }
}

impl Key {
    fn computed(&self) -> Option<&Node> {
        if let Self::Computed(node) = self { Some(node) } else { None }
    }
}

impl Pattern {
    fn each_key<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        match self {
            Self::Variable(_) => {}
            Self::Array(patterns) => patterns.iter().for_each(|pattern| pattern.each_key(visit)),
            Self::Object(entries) => entries.iter().for_each(|(key, pattern)| {
                key.computed().into_iter().for_each(&mut *visit);
                pattern.each_key(visit);
            }),
        }
    }
}

impl Fold {
    fn each_part<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        visit(&self.source);
        self.pattern.each_key(visit);
        visit(&self.init);
        visit(&self.update);
    }
}

impl Step {
    /// The filters in it.
    pub(super) fn filters(&self) -> impl Iterator<Item = &Node> {
        let (first, second) = match &self.part {
            Part::Key(_) | Part::Iterate => (None, None),
            Part::Index(index) => (Some(index), None),
            Part::Slice(from, to) => (from.as_ref(), to.as_ref()),
        };
        first.into_iter().chain(second)
    }
}

/// The sign of an operator that is a computation, a comparison or an update.
fn sign(operator: &BinaryOp<&str>) -> Option<&'static str> {
    Some(match operator {
        BinaryOp::Math(Math::Add) => "+",
        BinaryOp::Math(Math::Sub) => "-",
        BinaryOp::Math(Math::Mul) => "*",
        BinaryOp::Math(Math::Div) => "/",
        BinaryOp::Math(Math::Rem) => "%",
        BinaryOp::Cmp(Cmp::Lt) => "<",
        BinaryOp::Cmp(Cmp::Le) => "<=",
        BinaryOp::Cmp(Cmp::Gt) => ">",
        BinaryOp::Cmp(Cmp::Ge) => ">=",
        BinaryOp::Cmp(Cmp::Eq) => "==",
        BinaryOp::Cmp(Cmp::Ne) => "!=",
        BinaryOp::Assign => "=",
        BinaryOp::Update => "|=",
        BinaryOp::UpdateAlt => "//=",
        BinaryOp::UpdateMath(Math::Add) => "+=",
        BinaryOp::UpdateMath(Math::Sub) => "-=",
        BinaryOp::UpdateMath(Math::Mul) => "*=",
        BinaryOp::UpdateMath(Math::Div) => "/=",
        BinaryOp::UpdateMath(Math::Rem) => "%=",
        _ => return None,
    })
}

/// The tree of a program that was resolved.
pub(super) fn tree(term: &parse::Term<&str>, spans: &Spans<'_>) -> Node {
    Builder { spans }.node(term)
}

struct Builder<'a> {
    spans: &'a Spans<'a>,
}

impl Builder<'_> {
    fn boxed(&self, term: &parse::Term<&str>) -> Box<Node> {
        Box::new(self.node(term))
    }

    fn option(&self, term: Option<&parse::Term<&str>>) -> Option<Box<Node>> {
        term.map(|term| self.boxed(term))
    }

    fn node(&self, term: &parse::Term<&str>) -> Node {
        let span = self.spans.term(term).map(|range| self.spans.span(range));
        Node { span, sign: self.sign(term).map(|range| self.spans.span(range)), term: self.term(term) }
    }

    fn term(&self, term: &parse::Term<&str>) -> Term {
        use parse::Term as Jaq;
        match term {
            Jaq::Id => Term::Input,
            Jaq::Recurse => Term::Recurse,
            Jaq::Num(text) => Term::Number((*text).into()),
            Jaq::Arr(inner) => Term::Array(self.option(inner.as_deref())),
            Jaq::Str(format, parts) => {
                let piece = |part: &StrPart<&str, Jaq<&str>>| match part {
                    StrPart::Str(text) => Piece::Text((*text).to_owned()),
                    StrPart::Char(text) => Piece::Text(text.to_string()),
                    StrPart::Term(term) => Piece::Term(self.node(term)),
                };
                Term::Text(format.map(str::to_owned), parts.iter().map(piece).collect())
            }
            Jaq::Obj(entries) => {
                Term::Object(entries.iter().map(|(key, value)| self.entry(key, value.as_ref())).collect())
            }
            Jaq::Neg(inner) => Term::Negate(self.boxed(inner)),
            Jaq::BinOp(left, operator, right) => self.binary(left, operator, right),
            Jaq::Label(_, inner) => Term::Label(self.boxed(inner)),
            Jaq::Break(_) => Term::Break,
            Jaq::Fold(name, source, pattern, arguments) => self.fold(name, source, pattern, arguments),
            Jaq::TryCatch(body, handler) => Term::Try(self.boxed(body), self.option(handler.as_deref())),
            Jaq::IfThenElse(branches, otherwise) => {
                let branch = |(condition, then): &(_, _)| (self.node(condition), self.node(then));
                Term::If(branches.iter().map(branch).collect(), self.option(otherwise.as_deref()))
            }
            Jaq::Def(definitions, body) => {
                let definition = |definition: &parse::Def<&str>| Definition {
                    name: definition.name.to_owned(),
                    parameters: definition.args.iter().map(|name| (*name).to_owned()).collect(),
                    body: self.node(&definition.body),
                };
                Term::Define(definitions.iter().map(definition).collect(), self.boxed(body))
            }
            Jaq::Call(name, arguments) => {
                Term::Call((*name).to_owned(), arguments.iter().map(|argument| self.node(argument)).collect())
            }
            Jaq::Var(name) => match name.strip_prefix(PREFIX).and_then(|number| number.parse().ok()) {
                Some(number) => Term::Global(number),
                None => Term::Variable((*name).to_owned()),
            },
            Jaq::Path(head, path) => {
                let steps = path.0.iter().map(|(part, optional)| Step {
                    part: self.part(part),
                    span: self.slice(part).or(self.spans.term(term)).map(|range| self.spans.span(range)),
                    optional: matches!(optional, Opt::Optional),
                });
                Term::Path(self.boxed(head), steps.collect())
            }
        }
    }

    /// The place of an operator or name.
    fn sign(&self, term: &parse::Term<&str>) -> Option<Range<usize>> {
        match term {
            parse::Term::Call(name, _) | parse::Term::Fold(name, ..) => Some(self.spans.slice(name)),
            parse::Term::BinOp(left, operator, right) => self.spans.sign(left, sign(operator)?, right),
            _ => None,
        }
    }

    fn slice(&self, part: &path::Part<parse::Term<&str>>) -> Option<Range<usize>> {
        let path::Part::Range(from, to) = part else { return None };
        let bound = self.spans.term(from.as_ref().or(to.as_ref())?)?;
        self.spans.around(b'[', &bound)
    }

    fn binary(&self, left: &parse::Term<&str>, operator: &BinaryOp<&str>, right: &parse::Term<&str>) -> Term {
        let (left, right) = (self.boxed(left), self.boxed(right));
        match operator {
            BinaryOp::Pipe(None) => Term::Pipe(left, right),
            BinaryOp::Pipe(Some(pattern)) => Term::Bind(left, self.pattern(pattern), right),
            BinaryOp::Comma => Term::Comma(left, right),
            BinaryOp::Alt => Term::Alternative(left, right),
            BinaryOp::Or => Term::Logic { stop: true, left, right },
            BinaryOp::And => Term::Logic { stop: false, left, right },
            BinaryOp::Math(math) => Term::Math(left, *math, right),
            BinaryOp::Cmp(Cmp::Eq) => Term::Compare(left, Comparison::Equal, right),
            BinaryOp::Cmp(Cmp::Ne) => Term::Compare(left, Comparison::Unequal, right),
            BinaryOp::Cmp(_) => Term::Compare(left, Comparison::Order, right),
            BinaryOp::Assign => Term::Update(left, Change::Set, right),
            BinaryOp::Update => Term::Update(left, Change::Filter, right),
            BinaryOp::UpdateMath(math) => Term::Update(left, Change::Math(*math), right),
            BinaryOp::UpdateAlt => Term::Update(left, Change::Alternative, right),
        }
    }

    fn fold(
        &self,
        name: &str,
        source: &parse::Term<&str>,
        pattern: &parse::Pattern<&str>,
        arguments: &[parse::Term<&str>],
    ) -> Term {
        // The number of arguments was checked.
        let argument = |index: usize| arguments.get(index).map(|term| self.node(term));
        let nothing = || Node { span: None, sign: None, term: Term::Input };
        let fold = Box::new(Fold {
            source: self.node(source),
            pattern: self.pattern(pattern),
            init: argument(0).unwrap_or_else(nothing),
            update: argument(1).unwrap_or_else(nothing),
        });
        if name == "reduce" { Term::Reduce(fold) } else { Term::Foreach(fold, argument(2).map(Box::new)) }
    }

    fn entry(&self, key: &parse::Term<&str>, value: Option<&parse::Term<&str>>) -> Entry {
        if let (parse::Term::Var(name), None) = (key, value) {
            let span = Some(self.spans.span(self.spans.slice(name)));
            return Entry {
                key: Key::Constant(Name { text: name[1..].into(), span }),
                value: Some(self.node(key)),
                value_span: None,
            };
        }
        let constant = self.constant(key);
        let range = constant.as_ref().and_then(|(_, range)| range.clone());
        let value_range = range.filter(|_| value.is_some()).and_then(|range| self.spans.value(&range));
        Entry {
            key: self.key(key),
            value: value.map(|value| self.node(value)),
            value_span: value_range.map(|range| self.spans.span(range)),
        }
    }

    fn key(&self, key: &parse::Term<&str>) -> Key {
        match self.constant(key) {
            Some((text, range)) => {
                Key::Constant(Name { text: text.into(), span: range.map(|range| self.spans.span(range)) })
            }
            None => Key::Computed(self.node(key)),
        }
    }

    /// The text of a string without interpolation, and its place.
    fn constant(&self, key: &parse::Term<&str>) -> Option<(String, Option<Range<usize>>)> {
        let parse::Term::Str(None, parts) = key else { return None };
        let mut text = String::new();
        for part in parts {
            match part {
                StrPart::Str(part) => text.push_str(part),
                StrPart::Char(part) => text.push(*part),
                StrPart::Term(_) => return None,
            }
        }
        let range = match parts.as_slice() {
            [StrPart::Str(part)] => Some(self.spans.slice(part)),
            _ => self.spans.term(key),
        };
        Some((text, range))
    }

    fn pattern(&self, pattern: &parse::Pattern<&str>) -> Pattern {
        match pattern {
            parse::Pattern::Var(name) => Pattern::Variable((*name).to_owned()),
            parse::Pattern::Arr(patterns) => {
                Pattern::Array(patterns.iter().map(|pattern| self.pattern(pattern)).collect())
            }
            parse::Pattern::Obj(entries) => {
                let entry = |(key, pattern): &(_, _)| (self.key(key), self.pattern(pattern));
                Pattern::Object(entries.iter().map(entry).collect())
            }
        }
    }

    fn part(&self, part: &path::Part<parse::Term<&str>>) -> Part {
        match part {
            path::Part::Index(index) => match self.key(index) {
                Key::Constant(name) => Part::Key(name),
                Key::Computed(node) => Part::Index(node),
            },
            path::Part::Range(None, None) => Part::Iterate,
            path::Part::Range(from, to) => {
                let bound = |bound: &Option<parse::Term<&str>>| bound.as_ref().map(|bound| self.node(bound));
                Part::Slice(bound(from), bound(to))
            }
        }
    }
}
