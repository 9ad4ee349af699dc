//! What the functions jq brings take, and what the simple ones give.

use crate::jq::native::ir::Kinds;
use crate::shape::{Number, Shape, ShapeKind, Text};
use crate::source::Span;

/// The kinds that a shape's values can be of.
pub(super) fn kinds(shape: &Shape) -> Kinds {
    let of = |shape: &Shape| match shape.kind {
        ShapeKind::Never => Kinds::NONE,
        ShapeKind::Unknown | ShapeKind::OneOf(_) => Kinds::ANY,
        ShapeKind::Null => Kinds::NULL,
        ShapeKind::Bool(_) => Kinds::BOOL,
        ShapeKind::Number(_) => Kinds::NUMBER,
        ShapeKind::String(_) => Kinds::STRING,
        ShapeKind::Array(_) => Kinds::ARRAY,
        ShapeKind::Object(_) => Kinds::OBJECT,
    };
    shape.alternatives().iter().map(of).fold(Kinds::NONE, Kinds::or)
}

pub(super) const ANY: Kinds = Kinds::ANY;
pub(super) const NUMBER: Kinds = Kinds::NUMBER;
pub(super) const STRING: Kinds = Kinds::STRING;
pub(super) const ARRAY: Kinds = Kinds::ARRAY;
/// A time, in seconds or in parts.
pub(super) const TIME: Kinds = Kinds::NUMBER.or(Kinds::ARRAY);
/// What can be bytes.
pub(super) const BYTES: Kinds = Kinds::NUMBER.or(Kinds::STRING).or(Kinds::ARRAY);
pub(super) const ITERABLE: Kinds = Kinds::ARRAY.or(Kinds::OBJECT);
/// To these `split` adds `"g"`.
pub(super) const FLAGS: Kinds = Kinds::STRING.or(Kinds::NULL);

/// What a function gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gives {
    Unknown,
    Null,
    Bool(Option<bool>),
    Number,
    Integer,
    Float,
    /// An integer, or null.
    Position,
    Text,
    /// The string it is given, cut.
    Cut,
    Strings,
    Integers,
    Numbers,
    Array,
    Object,
}

/// A function that gives exactly one output for each combination of its arguments' outputs. All else than the kinds
/// it takes is an error; other errors are its own affair.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The kinds of the input.
    pub(super) takes: Kinds,
    /// The kinds of each argument.
    pub(super) arguments: &'static [Kinds],
    pub(super) gives: Gives,
}

macro_rules! functions {
    ($($takes:ident -> $gives:expr; $($name:literal $(($($argument:ident),+))?),+;)*) => {
        &[$($(Function { name: $name, takes: $takes, arguments: &[$($($argument),+)?], gives: $gives },)+)*]
    };
}

pub(super) const SIMPLE: &[Function] = functions! {
    ANY -> Gives::Null; "null";
    ANY -> Gives::Bool(Some(true)); "true";
    ANY -> Gives::Bool(Some(false)); "false";
    ANY -> Gives::Bool(None); "contains"(ANY), "isfinite", "isinfinite", "isnan", "isnormal";
    ITERABLE -> Gives::Bool(None); "all", "any";
    STRING -> Gives::Bool(None); "endswith"(STRING), "startswith"(STRING), "test"(STRING), "test"(STRING, STRING);
    NUMBER -> Gives::Float; "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "exp", "exp10",
        "exp2", "expm1", "fabs", "log", "log10", "log1p", "log2", "rint", "sin", "sinh", "sqrt", "tan", "tanh", "trunc";
    NUMBER -> Gives::Number; "ceil", "floor", "nearbyint", "round";
    NUMBER -> Gives::Integer; "ilogb";
    ANY -> Gives::Float; "atan2"(NUMBER, NUMBER), "copysign"(NUMBER, NUMBER), "fdim"(NUMBER, NUMBER),
        "fma"(NUMBER, NUMBER, NUMBER), "fmax"(NUMBER, NUMBER), "fmin"(NUMBER, NUMBER), "fmod"(NUMBER, NUMBER),
        "hypot"(NUMBER, NUMBER), "infinite", "ldexp"(NUMBER, NUMBER), "nan", "nextafter"(NUMBER, NUMBER), "now",
        "pow"(NUMBER, NUMBER), "remainder"(NUMBER, NUMBER), "scalbln"(NUMBER, NUMBER);
    NUMBER -> Gives::Float; "pow10";
    ARRAY -> Gives::Integer; "bsearch"(ANY);
    ARRAY -> Gives::Number; "mktime";
    STRING -> Gives::Number; "fromdate", "fromdateiso8601";
    STRING -> Gives::Integer; "utf8bytelength";
    ANY -> Gives::Text; "@base64", "@base64d", "@html", "@htmld", "@json", "@sh", "@text", "@uri", "@urid", "tojson";
    STRING -> Gives::Text; "ascii_downcase", "ascii_upcase", "ltrim", "rtrim", "trim";
    STRING -> Gives::Cut; "ltrimstr"(STRING), "rtrimstr"(STRING);
    ARRAY -> Gives::Text; "implode", "join"(ANY);
    NUMBER -> Gives::Text; "todate", "todateiso8601";
    TIME -> Gives::Text; "strflocaltime"(STRING), "strftime"(STRING);
    STRING -> Gives::Integers; "explode";
    NUMBER -> Gives::Numbers; "frexp", "gmtime", "localtime", "modf";
    STRING -> Gives::Numbers; "strptime"(STRING);
    STRING -> Gives::Strings; "split"(STRING), "split"(STRING, FLAGS);
    ANY -> Gives::Array; "flatten";
    ITERABLE -> Gives::Array; "transpose";
    ITERABLE -> Gives::Object; "from_entries";
    ANY -> Gives::Unknown; "getpath"(ITERABLE), "setpath"(ITERABLE, ANY);
    BYTES -> Gives::Unknown; "tobytes";
};

impl Gives {
    pub(super) fn shape(self, input: &Shape, span: Span) -> Shape {
        let of = |kind| Shape::new(span, kind);
        let array = |kind| Shape::array(span, Shape::new(span, kind));
        match self {
            Self::Unknown => Shape::unknown(span),
            Self::Null => of(ShapeKind::Null),
            Self::Bool(value) => of(ShapeKind::Bool(value)),
            Self::Number => of(ShapeKind::number()),
            Self::Integer => of(ShapeKind::Number(Number::Integer)),
            Self::Float => of(ShapeKind::Number(Number::Float)),
            Self::Position => of(ShapeKind::Number(Number::Integer)).or(of(ShapeKind::Null)),
            Self::Text => of(ShapeKind::text()),
            Self::Cut => {
                let is_text = |kind: &ShapeKind| matches!(kind, ShapeKind::String(Text::Utf8 | Text::Constant(_)));
                of(ShapeKind::String(if input.all(is_text) { Text::Utf8 } else { Text::Any }))
            }
            Self::Strings => array(ShapeKind::String(Text::Any)),
            Self::Integers => array(ShapeKind::Number(Number::Integer)),
            Self::Numbers => array(ShapeKind::number()),
            Self::Array => array(ShapeKind::Unknown),
            Self::Object => of(ShapeKind::any_object(span)),
        }
    }
}

pub(super) fn simple(name: &str, arity: usize) -> Option<&'static Function> {
    SIMPLE.iter().find(|function| function.name == name && function.arguments.len() == arity)
}

/// The kinds of input of functions that are no [`SIMPLE`] ones; all others take any.
pub(super) const TAKES: &[(Kinds, &[(&str, usize)])] = &[
    (ANY.without(Kinds::BOOL), &[("length", 0)]),
    (ANY.without(Kinds::BOOL).without(Kinds::NULL), &[("abs", 0)]),
    (NUMBER.or(STRING), &[("tonumber", 0)]),
    (Kinds::BOOL.or(STRING), &[("toboolean", 0)]),
    (
        ITERABLE,
        &[
            ("add", 0),
            ("all", 1),
            ("any", 1),
            ("keys", 0),
            ("keys_unsorted", 0),
            ("map", 1),
            ("map_values", 1),
            ("to_entries", 0),
            ("with_entries", 1),
        ],
    ),
    (
        ARRAY,
        &[
            ("group_by", 1),
            ("max", 0),
            ("max_by", 1),
            ("min", 0),
            ("min_by", 1),
            ("reverse", 0),
            ("sort", 0),
            ("sort_by", 1),
            ("unique", 0),
            ("unique_by", 1),
        ],
    ),
    (
        STRING,
        &[
            ("capture", 1),
            ("capture", 2),
            ("fromjson", 0),
            ("gsub", 2),
            ("gsub", 3),
            ("match", 1),
            ("match", 2),
            ("scan", 1),
            ("scan", 2),
            ("splits", 1),
            ("splits", 2),
            ("sub", 2),
            ("sub", 3),
        ],
    ),
];

pub(super) fn takes(name: &str, arity: usize) -> Kinds {
    TAKES.iter().find(|(_, functions)| functions.contains(&(name, arity))).map_or(ANY, |(kinds, _)| *kinds)
}

/// `an array or an object`
pub(super) fn words(kinds: Kinds) -> String {
    let all = [
        (Kinds::NULL, "`null`"),
        (Kinds::BOOL, "a boolean"),
        (NUMBER, "a number"),
        (STRING, "a string"),
        (ARRAY, "an array"),
        (Kinds::OBJECT, "an object"),
    ];
    let words: Vec<&str> = all.iter().filter(|(kind, _)| kinds.meets(*kind)).map(|(_, word)| *word).collect();
    match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => words.concat(),
    }
}
