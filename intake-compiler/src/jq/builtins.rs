//! The functions a program can call.

/// Name and number of arguments of every function of jaq-core, jaq-std and jaq-json that is not refused, sorted. A test
/// compares this with the crates themselves.
#[rustfmt::skip]
pub const BUILTINS: &[(&str, usize)] = &[
    ("@base64", 0), ("@base64d", 0), ("@html", 0), ("@htmld", 0), ("@json", 0), ("@sh", 0), ("@text", 0), ("@uri", 0),
    ("@urid", 0), ("abs", 0), ("acos", 0), ("acosh", 0), ("add", 0), ("add", 1), ("all", 0), ("all", 1), ("all", 2),
    ("any", 0), ("any", 1), ("any", 2), ("arrays", 0), ("ascii_downcase", 0), ("ascii_upcase", 0), ("asin", 0),
    ("asinh", 0), ("atan", 0), ("atan2", 2), ("atanh", 0), ("booleans", 0), ("bsearch", 1), ("capture", 1),
    ("capture", 2), ("capture_of_match", 0), ("cbrt", 0), ("ceil", 0), ("combinations", 0), ("combinations", 1),
    ("contains", 1), ("copysign", 2), ("cos", 0), ("cosh", 0), ("decode_base64", 0), ("decode_uri", 0), ("del", 1),
    ("delpaths", 1), ("drem", 2), ("empty", 0), ("encode_base64", 0), ("encode_uri", 0), ("endswith", 1), ("erf", 0),
    ("erfc", 0), ("error", 0), ("error", 1), ("error_empty", 0), ("escape_html", 0), ("escape_sh", 0), ("exp", 0),
    ("exp10", 0), ("exp2", 0), ("explode", 0), ("expm1", 0), ("fabs", 0), ("false", 0), ("fdim", 2), ("finites", 0),
    ("first", 0), ("first", 1), ("flatten", 0), ("flatten", 1), ("floor", 0), ("fma", 3), ("fmax", 2), ("fmin", 2),
    ("fmod", 2), ("frexp", 0), ("from_entries", 0), ("fromdate", 0), ("fromdateiso8601", 0), ("fromjson", 0),
    ("gamma", 0), ("getpath", 1), ("gmtime", 0), ("group_by", 1), ("gsub", 2), ("gsub", 3), ("has", 1), ("hypot", 2),
    ("ilogb", 0), ("implode", 0), ("in", 1), ("index", 1), ("indices", 1), ("infinite", 0), ("inside", 1),
    ("isarray", 0), ("isboolean", 0), ("isempty", 1), ("isfinite", 0), ("isinfinite", 0), ("isnan", 0),
    ("isnormal", 0), ("isnumber", 0), ("isobject", 0), ("isstring", 0), ("iterables", 0), ("j0", 0), ("j1", 0),
    ("jn", 2), ("join", 1), ("key_values", 0), ("keys", 0), ("keys_unsorted", 0), ("last", 0), ("last", 1),
    ("ldexp", 2), ("length", 0), ("lgamma", 0), ("limit", 2), ("localtime", 0), ("log", 0), ("log10", 0),
    ("log1p", 0), ("log2", 0), ("logb", 0), ("ltrim", 0), ("ltrimstr", 1), ("map", 1), ("map_values", 1),
    ("match", 1), ("match", 2), ("matches", 2), ("max", 0), ("max_by", 1), ("max_by_or_empty", 1), ("min", 0),
    ("min_by", 1), ("min_by_or_empty", 1), ("mktime", 0), ("modf", 0), ("nan", 0), ("nearbyint", 0), ("nextafter", 2),
    ("nexttoward", 2), ("normals", 0), ("not", 0), ("now", 0), ("nth", 1), ("nth", 2), ("null", 0), ("nulls", 0),
    ("numbers", 0), ("objects", 0), ("path", 1), ("path_value", 1), ("paths", 0), ("paths", 1), ("pick", 1),
    ("pow", 2), ("pow10", 0), ("range", 1), ("range", 2), ("range", 3), ("recurse", 0), ("recurse", 1),
    ("recurse", 2), ("remainder", 2), ("repeat", 1), ("reverse", 0), ("rindex", 1), ("rint", 0), ("round", 0),
    ("rtrim", 0), ("rtrimstr", 1), ("scalars", 0), ("scalb", 2), ("scalbln", 2), ("scan", 1), ("scan", 2),
    ("scan_", 2), ("select", 1), ("setpath", 2), ("significand", 0), ("sin", 0), ("sinh", 0), ("skip", 2),
    ("sort", 0), ("sort_by", 1), ("split", 1), ("split", 2), ("split_", 2), ("split_matches", 2), ("splits", 1),
    ("splits", 2), ("sqrt", 0), ("startswith", 1), ("strflocaltime", 1), ("strftime", 1), ("strings", 0),
    ("strptime", 1), ("sub", 2), ("sub", 3), ("tan", 0), ("tanh", 0), ("test", 1), ("test", 2), ("tgamma", 0),
    ("to_entries", 0), ("toboolean", 0), ("tobytes", 0), ("todate", 0), ("todateiso8601", 0), ("tojson", 0),
    ("tonumber", 0), ("tostring", 0), ("totype", 2), ("transpose", 0), ("trim", 0), ("true", 0), ("trunc", 0),
    ("type", 0), ("unescape_html", 0), ("unique", 0), ("unique_by", 1), ("until", 2), ("utf8bytelength", 0),
    ("values", 0), ("walk", 1), ("while", 2), ("with_entries", 1), ("y0", 0), ("y1", 0), ("yn", 2),
];

/// Functions that reach outside the program, by name, and what they would do.
pub const REFUSED: &[(&str, &str)] = &[
    ("debug", "it writes to the log of the process"),
    ("debug_empty", "it writes to the log of the process"),
    ("env", "it reads the environment of the process"),
    ("get_search_list", "it names files of the machine"),
    ("halt", "it ends the whole process"),
    ("halt_error", "it ends the whole process"),
    ("input", "a manifest's program has a single input"),
    ("input_filename", "a manifest's program reads no file"),
    ("input_line_number", "a manifest's program reads no file"),
    ("inputs", "a manifest's program has a single input"),
    ("modulemeta", "a program stands alone: it reads no other files"),
    ("repl", "it reads from the terminal"),
    ("stderr", "it writes to the standard error of the process"),
    ("stderr_empty", "it writes to the standard error of the process"),
];

/// Variables that reach outside the program.
pub(super) const REFUSED_VARIABLES: &[(&str, &str)] = &[
    ("$ARGS", "a manifest's program has no command line"),
    ("$ENV", "it reads the environment of the process"),
    ("$__prog_args", "a manifest's program has no command line"),
];

/// A function that jaq does not have and other implementations have.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    /// Its name.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: usize,
    /// Whether jq 1.8 has it.
    pub in_jq: bool,
    /// How to write it in jaq, with `SOURCE` and the like for arguments; or else what to do.
    pub instead: &'static str,
}

const fn jq(name: &'static str, arity: usize, instead: &'static str) -> Foreign {
    Foreign { name, arity, in_jq: true, instead }
}

const fn others(name: &'static str, arity: usize, instead: &'static str) -> Foreign {
    Foreign { name, arity, in_jq: false, instead }
}

const STREAMS: &str = "a stream is for what does not fit into memory: work on the value itself";
const ORIGIN: &str = "it tells of the program `jq`, which does not run here";

/// All functions of jq 1.8 that jaq does not have and that are not refused, and some of other implementations.
pub const FOREIGN: &[Foreign] = &[
    jq(
        "@csv",
        0,
        r#"`map(if isstring then "\"" + gsub("\""; "\"\"") + "\"" elif . == null then "" else tostring end) | join(",")`"#,
    ),
    jq(
        "@tsv",
        0,
        r#"`map(if . == null then "" else tostring end | gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") | gsub("\r"; "\\r")) | join("\t")`"#,
    ),
    jq("IN", 1, "`. as $x | any(SOURCE; . == $x)`"),
    jq("IN", 2, "`any(LEFT == RIGHT; .)`"),
    jq("INDEX", 1, "`reduce .[] as $x ({}; . + {($x | KEY | tostring): $x})`"),
    jq("INDEX", 2, "`reduce SOURCE as $x ({}; . + {($x | KEY | tostring): $x})`"),
    jq("JOIN", 2, "`[.[] | [., INDEX[KEY]]]`"),
    jq("JOIN", 3, "`SOURCE | [., INDEX[KEY]]`"),
    jq("JOIN", 4, "`SOURCE | [., INDEX[KEY]] | THEN`"),
    jq("builtins", 0, ORIGIN),
    jq("format", 1, "write the format itself: `@base64`"),
    jq("fromstream", 1, STREAMS),
    jq("get_jq_origin", 0, ORIGIN),
    jq("get_prog_origin", 0, ORIGIN),
    jq("have_decnum", 0, "`true`"),
    jq("have_literal_numbers", 0, "`true`"),
    jq("lgamma_r", 0, "`lgamma`, without the sign"),
    jq(
        "tostream",
        0,
        "`path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q])`",
    ),
    jq("trimstr", 1, "`ltrimstr(TEXT) | rtrimstr(TEXT)`"),
    jq("truncate_stream", 1, STREAMS),
    others("ascii", 0, "`[.] | implode`"),
    others("leaf_paths", 0, "`paths(scalars)`"),
    others("toarray", 0, "`if isarray then . else [.] end`"),
];

/// Whether a function can be called with so many arguments.
pub(super) fn exists(name: &str, arity: usize) -> bool {
    BUILTINS.binary_search(&(name, arity)).is_ok()
}

/// The numbers of arguments a function can be called with.
pub(super) fn arities(name: &str) -> impl Iterator<Item = usize> {
    let start = BUILTINS.partition_point(|(known, _)| *known < name);
    BUILTINS[start..].iter().take_while(move |(known, _)| *known == name).map(|(_, arity)| *arity)
}

/// Why a function is refused, if it is.
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    REFUSED.iter().find(|(known, _)| *known == name).map(|(_, why)| *why)
}

/// A function that only other implementations of jq have.
pub(super) fn foreign(name: &str, arity: usize) -> Option<&'static Foreign> {
    let named = || FOREIGN.iter().filter(|foreign| foreign.name == name);
    named().find(|foreign| foreign.arity == arity).or_else(|| named().next())
}
