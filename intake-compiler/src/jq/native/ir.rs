//! What a program means, with nothing left to look up: names are numbers, definitions are inlined.
//!
//! A node takes one value, its *input*, and gives any number of outputs in order. Each also may fail; the only error
//! that an analysis may count on is that there is none.

use super::ops::Op;
use crate::jq::Outputs;
use crate::source::Span;

pub use jaq_core::ops::{Cmp, Math};

/// A program of the subset that can be compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// What it does to its input.
    pub root: Node,
    /// How many `${…}` it has: the variables below this number.
    pub globals: u32,
}

/// The number of a variable: first the `${…}` of the manifest, then those that the program binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Var(pub u32);

/// The number of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub u32);

/// A step of a program, with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it does.
    pub kind: NodeKind,
    /// Its place in the manifest; of an inlined definition, the call's.
    pub span: Span,
    /// What its outputs can be.
    pub kinds: Kinds,
    /// How many outputs it has, errors aside.
    pub outputs: Outputs,
    /// Whether it can fail (`break` included).
    pub fallible: bool,
}

/// What a [`Node`] does. *Each* stands for each output of a part, in order; the first part varies slowest.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `.`
    Input,
    /// A constant scalar.
    Constant(Constant),
    /// `$name`
    Variable(Var),
    /// `empty`
    Empty,
    /// `error`: fails with its input.
    Error,
    /// `.a[0][]?`: each of `head`, then the steps from there.
    Path {
        /// What the steps start from.
        head: Box<Node>,
        /// The steps, never none.
        steps: Vec<Step>,
    },
    /// `l | r`: each of `l` is the input of `r`.
    Pipe(Box<Node>, Box<Node>),
    /// `l as $x | r`: `r` on the same input, for each of `l`.
    Bind {
        /// What is bound.
        source: Box<Node>,
        /// What to.
        pattern: Pattern,
        /// Where it is bound.
        body: Box<Node>,
    },
    /// `l, r`
    Comma(Box<Node>, Box<Node>),
    /// `l // r`: each of `l` that is true; each of `r` if there is none. Errors of `l` are errors.
    Alternative(Box<Node>, Box<Node>),
    /// `l and r` (`stop` is false), `l or r` (`stop` is true).
    Logic {
        /// The value of `left` that decides.
        stop: bool,
        /// `l`
        left: Box<Node>,
        /// `r`, run only if `left` does not decide.
        right: Box<Node>,
    },
    /// `if … then … else … end`
    If {
        /// Each chooses.
        condition: Box<Node>,
        /// If it is neither false nor null.
        then: Box<Node>,
        /// If it is.
        otherwise: Box<Node>,
    },
    /// `-f`
    Negate(Box<Node>),
    /// `l + r` and the like.
    Math(Box<Node>, Math, Box<Node>),
    /// `l == r` and the like.
    Compare(Box<Node>, Cmp, Box<Node>),
    /// `[f]`
    Array(Box<Node>),
    /// `{k: v, …}`: later keys replace earlier ones in place. A key can be any value.
    Object(Vec<(Node, Node)>),
    /// `"…\(f)…"`, of parts that give strings only.
    Text(Vec<Node>),
    /// `try f catch g`, `f?` where there is no `g`; the input of `g` is the error's value.
    Try {
        /// What may fail.
        body: Box<Node>,
        /// What happens then.
        handler: Option<Box<Node>>,
    },
    /// A filter whose errors jaq drops where what is combined with it has no output: they bail out.
    Sure(Box<Node>),
    /// `label $x | f`
    Label(Label, Box<Node>),
    /// `break $x`
    Break(Label),
    /// `reduce f as $x (init; update)`
    Reduce(Box<Fold>),
    /// `foreach f as $x (init; update; extract)`
    Foreach(Box<Fold>, Option<Box<Node>>),
    /// `path |= f` and the like: the input with what is at the end of the steps changed, for each combination of the
    /// filters in the steps, one after the other. The steps are never none, and none is a slice.
    Update {
        /// Where.
        steps: Vec<Step>,
        /// How.
        change: Box<Change>,
    },
    /// A function of the input and, for each combination of their outputs, its arguments.
    Call(&'static Op, Vec<Node>),
    /// What runs filters that it is given.
    Run(Runner, Vec<Node>),
}

/// How a part of a value is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `|= f`: to the outputs of `f`, of which only an array has room for more than the first; none removes the part.
    Filter(Node),
    /// `= f`, for each of `f`.
    Set(Node),
    /// `+= f` and the like, for each of `f`.
    Math(Math, Node),
    /// `//= f`, for each of `f`.
    Alternative(Node),
}

impl Change {
    /// The filter; the input of all but `|=` is that of the whole.
    #[must_use]
    pub const fn filter(&self) -> &Node {
        match self {
            Self::Filter(filter) | Self::Set(filter) | Self::Math(_, filter) | Self::Alternative(filter) => filter,
        }
    }
}

/// A loop with a state. Its update has at most one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// What the loop is over.
    pub source: Node,
    /// What each of them is bound to.
    pub pattern: Pattern,
    /// The first state.
    pub init: Node,
    /// From one state to the next.
    pub update: Node,
}

/// A step of a path. The filters in it have the input of the whole path.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where it goes.
    pub kind: StepKind,
    /// Whether its errors are dropped (`?`).
    pub optional: bool,
}

/// The kinds of a [`Step`].
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.a`, `[f]`
    Index(Node),
    /// `[f:g]`
    Slice(Option<Node>, Option<Node>),
    /// `[]`
    Iterate,
}

/// What `as` binds.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// The value itself.
    Variable(Var),
    /// What is under each key; the input of a key is the value that is taken apart.
    Entries(Vec<(Node, Self)>),
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constant {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string.
    String(String),
}

/// What runs the filters it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runner {
    /// `first(f)`
    First,
    /// `last(f)`
    Last,
    /// `limit(n; f)`
    Limit,
    /// `skip(n; f)`
    Skip,
    /// `range(from; to; by)`
    Range,
    /// `recurse(f)`; `..` is `recurse(.[]?)`
    Recurse,
    /// `until(condition; update)`, both with exactly one output.
    Until,
    /// `add(f)`
    Add,
    /// `map_values(f)`
    MapValues,
    /// `sort_by(f)`
    SortBy,
    /// `group_by(f)`
    GroupBy,
    /// `min_by_or_empty(f)`
    MinBy,
    /// `max_by_or_empty(f)`
    MaxBy,
    /// `fromjson`
    FromJson,
}

impl Runner {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::First,
        Self::Last,
        Self::Limit,
        Self::Skip,
        Self::Range,
        Self::Recurse,
        Self::Until,
        Self::Add,
        Self::MapValues,
        Self::SortBy,
        Self::GroupBy,
        Self::MinBy,
        Self::MaxBy,
        Self::FromJson,
    ];

    /// Its name and number of arguments in jq.
    #[must_use]
    pub const fn signature(self) -> (&'static str, usize) {
        match self {
            Self::First => ("first", 1),
            Self::Last => ("last", 1),
            Self::Limit => ("limit", 2),
            Self::Skip => ("skip", 2),
            Self::Range => ("range", 3),
            Self::Recurse => ("recurse", 1),
            Self::Until => ("until", 2),
            Self::Add => ("add", 1),
            Self::MapValues => ("map_values", 1),
            Self::SortBy => ("sort_by", 1),
            Self::GroupBy => ("group_by", 1),
            Self::MinBy => ("min_by_or_empty", 1),
            Self::MaxBy => ("max_by_or_empty", 1),
            Self::FromJson => ("fromjson", 0),
        }
    }
}

/// A set of kinds of values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// No value at all.
    pub const NONE: Self = Self(0);
    /// `null`
    pub const NULL: Self = Self(1);
    /// `true`, `false`
    pub const BOOL: Self = Self(2);
    /// Numbers.
    pub const NUMBER: Self = Self(4);
    /// Strings.
    pub const STRING: Self = Self(8);
    /// Arrays.
    pub const ARRAY: Self = Self(16);
    /// Objects.
    pub const OBJECT: Self = Self(32);
    /// Any value.
    pub const ANY: Self = Self(63);

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is only in the first.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of these are among the others.
    #[must_use]
    pub const fn within(self, other: Self) -> bool {
        self.without(other).0 == 0
    }

    /// Whether any of these is among the others.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.and(other).0 != 0
    }
}

/// Names what is in the set.
impl std::fmt::Debug for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [&str; 6] = ["null", "bool", "number", "string", "array", "object"];
        let names = NAMES.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0);
        f.debug_set().entries(names.map(|(_, name)| name)).finish()
    }
}
