//! The functions of jaq's library that are called rather than inlined.

use super::ir::Kinds;

/// A function of an input and up to two values, with exactly one output where it does not fail.
#[derive(Debug, PartialEq, Eq)]
pub struct Op {
    /// Its name in jq.
    pub name: &'static str,
    /// How many arguments it has.
    pub arity: usize,
    /// Its name in the runtime's `native::ops`.
    pub rust: &'static str,
    /// What it gives.
    pub gives: Kinds,
    /// The inputs it does not fail on, if its arguments are of [`Self::argument`].
    pub total_on: Kinds,
    /// The kinds of argument it does not fail on.
    pub argument: Kinds,
}

impl Op {
    const fn new(name: &'static str, rust: &'static str, gives: Kinds, total_on: Kinds) -> Self {
        Self { name, arity: 0, rust, gives, total_on, argument: Kinds::ANY }
    }

    const fn with_argument(
        name: &'static str,
        rust: &'static str,
        gives: Kinds,
        total_on: Kinds,
        argument: Kinds,
    ) -> Self {
        Self { name, arity: 1, rust, gives, total_on, argument }
    }
}

const NONE: Kinds = Kinds::NONE;
const ANY: Kinds = Kinds::ANY;
const BOOL: Kinds = Kinds::BOOL;
const NUMBER: Kinds = Kinds::NUMBER;
const STRING: Kinds = Kinds::STRING;
const ARRAY: Kinds = Kinds::ARRAY;
const OBJECT: Kinds = Kinds::OBJECT;

/// Every one of them.
#[rustfmt::skip]
pub static OPS: &[Op] = &[
    Op::new("tostring", "tostring", STRING, ANY),
    Op::new("@text", "tostring", STRING, ANY),
    Op::new("tojson", "tojson", STRING, ANY),
    Op::new("tonumber", "tonumber", NUMBER, NUMBER),
    Op::new("toboolean", "toboolean", BOOL, BOOL),
    Op::new("type", "type_name", STRING, ANY),
    Op::new("isboolean", "is_boolean", BOOL, ANY),
    Op::new("isnumber", "is_number", BOOL, ANY),
    Op::new("isstring", "is_string", BOOL, ANY),
    Op::new("isarray", "is_array", BOOL, ANY),
    Op::new("isobject", "is_object", BOOL, ANY),
    Op::new("not", "not", BOOL, ANY),
    Op::new("length", "length", NUMBER, Kinds::NULL.or(STRING).or(ARRAY).or(OBJECT)),
    Op::new("utf8bytelength", "utf8bytelength", NUMBER, STRING),
    Op::new("keys", "keys", ARRAY, ARRAY.or(OBJECT)),
    Op::new("keys_unsorted", "keys_unsorted", ARRAY, ARRAY.or(OBJECT)),
    Op::new("key_values", "key_values", ARRAY, ARRAY.or(OBJECT)),
    Op::new("to_entries", "to_entries", ARRAY, ARRAY.or(OBJECT)),
    Op::new("from_entries", "from_entries", OBJECT, NONE),
    Op::new("reverse", "reverse", ARRAY, ARRAY),
    Op::new("sort", "sort", ARRAY, ARRAY),
    Op::new("flatten", "flatten", ARRAY, ANY),
    Op::new("floor", "floor", NUMBER, NUMBER),
    Op::new("round", "round", NUMBER, NUMBER),
    Op::new("ceil", "ceil", NUMBER, NUMBER),
    Op::new("fabs", "fabs", NUMBER, NUMBER),
    Op::new("trunc", "trunc", NUMBER, NUMBER),
    Op::new("sqrt", "sqrt", NUMBER, NUMBER),
    Op::new("explode", "explode", ARRAY, STRING),
    Op::new("implode", "implode", STRING, NONE),
    Op::new("ascii_downcase", "ascii_downcase", STRING, STRING),
    Op::new("ascii_upcase", "ascii_upcase", STRING, STRING),
    Op::new("trim", "trim", STRING, STRING),
    Op::new("ltrim", "ltrim", STRING, STRING),
    Op::new("rtrim", "rtrim", STRING, STRING),
    Op::new("escape_sh", "escape_sh", STRING, STRING),
    Op::new("escape_html", "escape_html", STRING, STRING),
    Op::new("encode_uri", "encode_uri", STRING, STRING),
    Op::new("encode_base64", "encode_base64", STRING, STRING),
    Op::with_argument("has", "has", BOOL, OBJECT, ANY),
    Op::with_argument("contains", "contains", BOOL, ANY, ANY),
    Op::with_argument("indices", "indices", ARRAY, NONE, NONE),
    Op::with_argument("startswith", "startswith", BOOL, STRING, STRING),
    Op::with_argument("endswith", "endswith", BOOL, STRING, STRING),
    Op::with_argument("ltrimstr", "ltrimstr", STRING, STRING, STRING),
    Op::with_argument("rtrimstr", "rtrimstr", STRING, STRING, STRING),
    Op::with_argument("split", "split", ARRAY, STRING, STRING),
    Op::with_argument("join", "join", STRING, NONE, NONE),
    Op::with_argument("flatten", "flatten_by", ANY, NONE, NONE),
    Op::with_argument("bsearch", "bsearch", NUMBER, ARRAY, ANY),
];

/// The function that a library call stands for, if it is one of these.
#[must_use]
pub fn find(name: &str, arity: usize) -> Option<&'static Op> {
    OPS.iter().find(|op| op.name == name && op.arity == arity)
}
