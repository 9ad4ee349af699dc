//! What the functions of jq do, in a line each.

/// A function with its parameters, and what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    /// As it is called: `ltrimstr(text)`.
    pub(super) call: &'static str,
    pub(super) doc: &'static str,
}

impl Function {
    pub(super) fn name(self) -> &'static str {
        self.call.split_once('(').map_or(self.call, |(name, _)| name)
    }

    pub(super) fn parameters(self) -> impl Iterator<Item = &'static str> {
        let inside = self.call.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        inside.into_iter().flat_map(|inside| inside.split("; "))
    }
}

/// The functions of a name, by the number of their parameters.
pub(super) fn of_name(name: &str) -> impl Iterator<Item = Function> {
    FUNCTIONS.iter().copied().filter(move |function| function.name() == name)
}

macro_rules! functions {
    ($($call:literal $doc:literal)*) => {
        /// All that are worth calling; those that only jaq's own definitions call are left out.
        pub(super) const FUNCTIONS: &[Function] = &[$(Function { call: $call, doc: $doc },)*];
    };
}

functions! {
    "@base64" "The text of the input in Base64."
    "@base64d" "The text that the input is in Base64."
    "@html" "The text of the input, escaped for HTML."
    "@htmld" "The text that the input is, escaped for HTML."
    "@json" "The input as JSON text."
    "@sh" "The input as a word of a shell, quoted."
    "@text" "The input as text: a string as it is, anything else as JSON."
    "@uri" "The text of the input, percent-encoded."
    "@urid" "The text that the input is, percent-encoded."
    "abs" "The absolute value of a number."
    "acos" "The arc cosine."
    "acosh" "The inverse hyperbolic cosine."
    "add" "The sum of the elements; `null` if there are none."
    "add(f)" "The sum of the outputs of `f`; `null` if there are none."
    "all" "Whether all elements are true."
    "all(f)" "Whether `f` is true for all elements."
    "all(source; f)" "Whether `f` is true for all outputs of `source`."
    "any" "Whether some element is true."
    "any(f)" "Whether `f` is true for some element."
    "any(source; f)" "Whether `f` is true for some output of `source`."
    "arrays" "The input if it is an array, else no output."
    "ascii_downcase" "The string with the letters A to Z in lower case."
    "ascii_upcase" "The string with the letters a to z in upper case."
    "asin" "The arc sine."
    "asinh" "The inverse hyperbolic sine."
    "atan" "The arc tangent."
    "atan2(y; x)" "The arc tangent of `y / x`, in the right quadrant."
    "atanh" "The inverse hyperbolic tangent."
    "booleans" "The input if it is a boolean, else no output."
    "bsearch(value)" "The index of `value` in a sorted array; `-1 - i` if it belongs at `i`."
    "capture(regex)" "An object of the named groups of each match."
    "capture(regex; flags)" "An object of the named groups of each match."
    "cbrt" "The cube root."
    "ceil" "The next integer up."
    "combinations" "Each way to take one element of each array of an array."
    "combinations(n)" "Each way to take `n` elements of an array, in order and with repetition."
    "contains(value)" "Whether `value` is part of the input: of a string, or of an array or object at each depth."
    "copysign(x; y)" "`x` with the sign of `y`."
    "cos" "The cosine."
    "cosh" "The hyperbolic cosine."
    "del(path)" "The input without what is at `path`."
    "delpaths(paths)" "The input without what is at an array of paths."
    "drem(x; y)" "The remainder of `x / y`, rounded to the nearest."
    "empty" "No output."
    "endswith(text)" "Whether a string ends with `text`."
    "erf" "The error function."
    "erfc" "The complement of the error function."
    "error" "Fails with the input as the error."
    "error(message)" "Fails with `message`."
    "exp" "e to the power of the input."
    "exp10" "10 to the power of the input."
    "exp2" "2 to the power of the input."
    "explode" "The code points of a string."
    "expm1" "e to the power of the input, minus 1."
    "fabs" "The absolute value of a number, as a float."
    "false" "`false`."
    "fdim(x; y)" "`x - y`, or 0 if that is negative."
    "finites" "The input if it is a finite number, else no output."
    "first" "The first element; no output if there is none."
    "first(f)" "The first output of `f`."
    "flatten" "An array with the elements of nested arrays in their place."
    "flatten(depth)" "The same down to `depth`."
    "floor" "The next integer down."
    "fma(x; y; z)" "`x * y + z`, rounded once."
    "fmax(x; y)" "The greater."
    "fmin(x; y)" "The lesser."
    "fmod(x; y)" "The remainder of `x / y`, with the sign of `x`."
    "frexp" "`[mantissa, exponent]`."
    "from_entries" "An object from `[{key, value}, …]`."
    "fromdate" "The Unix time of an ISO 8601 date and time."
    "fromdateiso8601" "The Unix time of an ISO 8601 date and time."
    "fromjson" "The value that a JSON text stands for."
    "gamma" "The logarithm of the gamma function."
    "getpath(path)" "What is at an array of keys and indices."
    "gmtime" "A Unix time as `[year, month from 0, day, hours, minutes, seconds, weekday, day of the year]` in UTC."
    "group_by(f)" "An array of arrays: elements with the same `f` together, ordered by it."
    "gsub(regex; replacement)" "The string with each match replaced."
    "gsub(regex; replacement; flags)" "The string with each match replaced."
    "has(key)" "Whether an object has the key, or an array the index."
    "hypot(x; y)" "The length of the hypotenuse."
    "ilogb" "The exponent as an integer."
    "implode" "A string from its code points."
    "in(object)" "Whether the input is a key or index of `object`."
    "index(value)" "The first index of `value` in an array, or of a text in a string; `null` if there is none."
    "indices(value)" "All indices of `value` in an array, or of a text in a string."
    "infinite" "Infinity. Written as JSON it is the largest number."
    "inside(value)" "Whether the input is part of `value`."
    "isarray" "Whether the input is an array."
    "isboolean" "Whether the input is a boolean."
    "isempty(f)" "Whether `f` gives no output."
    "isfinite" "Whether a number is neither infinite nor NaN."
    "isinfinite" "Whether a number is infinite."
    "isnan" "Whether a number is NaN."
    "isnormal" "Whether a number is neither zero, subnormal, infinite nor NaN."
    "isnumber" "Whether the input is a number."
    "isobject" "Whether the input is an object."
    "isstring" "Whether the input is a string."
    "iterables" "The input if it is an array or an object, else no output."
    "j0" "The Bessel function of the first kind, of order 0."
    "j1" "The Bessel function of the first kind, of order 1."
    "jn(n; x)" "The Bessel function of the first kind, of order `n`."
    "join(separator)" "The elements of an array as one text. `null` becomes `null`: write `map(. // \"\")` before it."
    "keys" "The keys of an object, sorted; the indices of an array."
    "keys_unsorted" "The keys of an object in their order; the indices of an array."
    "last" "The last element; no output if there is none."
    "last(f)" "The last output of `f`."
    "ldexp(x; exponent)" "`x` times 2 to the power of `exponent`."
    "length" "Of a string its characters, of an array or object its elements, of a number its absolute value, of `null` 0."
    "lgamma" "The logarithm of the gamma function."
    "limit(n; f)" "The first `n` outputs of `f`."
    "localtime" "A Unix time as its parts, in the local time zone."
    "log" "The natural logarithm."
    "log10" "The logarithm to base 10."
    "log1p" "The natural logarithm of the input plus 1."
    "log2" "The logarithm to base 2."
    "logb" "The exponent."
    "ltrim" "The string without white space at its start."
    "ltrimstr(text)" "The string without `text` at its start."
    "map(f)" "An array of the outputs of `f` for each element."
    "map_values(f)" "The array or object with each value replaced by the first output of `f`; without it, if there is none."
    "match(regex)" "An object for each match: `offset`, `length`, `string`, `captures`."
    "match(regex; flags)" "An object for each match: `offset`, `length`, `string`, `captures`."
    "max" "The greatest element; `null` if there is none."
    "max_by(f)" "The element with the greatest `f`; `null` if there is none."
    "min" "The least element; `null` if there is none."
    "min_by(f)" "The element with the least `f`; `null` if there is none."
    "mktime" "The Unix time of `[year, month from 0, day, hours, minutes, seconds, …]` in UTC."
    "modf" "`[fraction, integer]`."
    "nan" "NaN. Written as JSON it is `null`."
    "nearbyint" "The nearest integer."
    "nextafter(x; y)" "The next float after `x` towards `y`."
    "nexttoward(x; y)" "The next float after `x` towards `y`."
    "normals" "The input if it is a normal number, else no output."
    "not" "`true` for `false` and `null`, else `false`."
    "now" "The Unix time, with a fraction."
    "nth(n)" "The element at index `n`."
    "nth(n; f)" "The output of `f` at index `n`."
    "null" "`null`."
    "nulls" "The input if it is `null`, else no output."
    "numbers" "The input if it is a number, else no output."
    "objects" "The input if it is an object, else no output."
    "path(f)" "The path of each output of `f`: an array of keys and indices."
    "paths" "The path of every value in the input."
    "paths(f)" "The path of every value in the input for which `f` is true."
    "pick(path)" "The input with nothing but what is at `path`."
    "pow(x; y)" "`x` to the power of `y`."
    "pow10" "10 to the power of the input."
    "range(to)" "The numbers from 0 to before `to`."
    "range(from; to)" "The numbers from `from` to before `to`."
    "range(from; to; step)" "The numbers from `from` to before `to`, in steps."
    "recurse" "The input and every value in it."
    "recurse(f)" "The input, then `f` of it, and so on."
    "recurse(f; condition)" "The same while `condition` is true."
    "remainder(x; y)" "The remainder of `x / y`, rounded to the nearest."
    "repeat(f)" "What `f` gives, again and again."
    "reverse" "The array or string from its end."
    "rindex(value)" "The last index of `value` in an array, or of a text in a string; `null` if there is none."
    "rint" "The nearest integer."
    "round" "The nearest integer, half away from zero."
    "rtrim" "The string without white space at its end."
    "rtrimstr(text)" "The string without `text` at its end."
    "scalars" "The input if it is neither an array nor an object, else no output."
    "scalb(x; exponent)" "`x` times 2 to the power of `exponent`."
    "scalbln(x; exponent)" "`x` times 2 to the power of `exponent`."
    "scan(regex)" "The text of each match, or an array of its groups."
    "scan(regex; flags)" "The text of each match, or an array of its groups."
    "select(f)" "The input if `f` is true, else no output."
    "setpath(path; value)" "The input with `value` at an array of keys and indices."
    "significand" "The mantissa."
    "sin" "The sine."
    "sinh" "The hyperbolic sine."
    "skip(n; f)" "The outputs of `f` without the first `n`."
    "sort" "The elements in order."
    "sort_by(f)" "The elements in the order of `f`."
    "split(separator)" "The parts of a string between a text."
    "split(regex; flags)" "The parts of a string between matches, as an array."
    "splits(regex)" "The parts of a string between matches, one output each."
    "splits(regex; flags)" "The parts of a string between matches, one output each."
    "sqrt" "The square root."
    "startswith(text)" "Whether a string starts with `text`."
    "strflocaltime(format)" "A time as text, in the local time zone."
    "strftime(format)" "A time as text, in UTC: `strftime(\"%Y-%m-%d\")`."
    "strings" "The input if it is a string, else no output."
    "strptime(format)" "The parts of a time that a text stands for."
    "sub(regex; replacement)" "The string with the first match replaced."
    "sub(regex; replacement; flags)" "The string with the first match replaced."
    "tan" "The tangent."
    "tanh" "The hyperbolic tangent."
    "test(regex)" "Whether the regular expression matches somewhere."
    "test(regex; flags)" "Whether the regular expression matches somewhere."
    "tgamma" "The gamma function."
    "to_entries" "`[{key, value}, …]` from an object."
    "toboolean" "The boolean that a text stands for."
    "tobytes" "The input as bytes."
    "todate" "A Unix time as ISO 8601."
    "todateiso8601" "A Unix time as ISO 8601."
    "tojson" "The input as JSON text."
    "tonumber" "The number that a text stands for."
    "tostring" "The input as text: a string as it is, anything else as JSON."
    "transpose" "An array of arrays with rows and columns exchanged."
    "trim" "The string without white space at its ends."
    "true" "`true`."
    "trunc" "The next integer towards zero."
    "type" "`\"null\"`, `\"boolean\"`, `\"number\"`, `\"string\"`, `\"array\"` or `\"object\"`."
    "unique" "The elements in order, each once."
    "unique_by(f)" "One element for each `f`, in the order of it."
    "until(condition; f)" "Applies `f` until `condition` is true."
    "utf8bytelength" "The bytes of a string in UTF-8."
    "values" "The input if it is not `null`, else no output."
    "walk(f)" "Applies `f` to every value in the input, inner ones first."
    "while(condition; f)" "The input, then `f` of it, and so on while `condition` is true."
    "with_entries(f)" "The object with `f` applied to each `{key, value}`."
    "y0" "The Bessel function of the second kind, of order 0."
    "y1" "The Bessel function of the second kind, of order 1."
    "yn(n; x)" "The Bessel function of the second kind, of order `n`."
}

/// What jq reserves, and what it is for.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    ("and", "Whether both are true."),
    ("as", "Binds the outputs of a filter: `f as $x | g`."),
    ("catch", "What to do with the error of a `try`."),
    ("def", "Defines a filter: `def f(g): …;`."),
    ("elif", "Another condition of an `if`."),
    ("else", "What to do if no condition is true."),
    ("end", "Ends an `if`."),
    ("foreach", "One output for each step: `foreach f as $x (init; update; extract)`."),
    ("if", "`if condition then f else g end`."),
    ("label", "A place to `break` to: `label $out | …`."),
    ("or", "Whether one of both is true."),
    ("reduce", "Folds the outputs of a filter: `reduce f as $x (init; update)`."),
    ("then", "What to do if the condition is true."),
    ("try", "Goes on after an error: `try f catch g`."),
];

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;
    use intake_compiler::jq::BUILTINS;

    /// What only jaq's own definitions call.
    const INTERNAL: [&str; 17] = [
        "capture_of_match",
        "decode_base64",
        "decode_uri",
        "encode_base64",
        "encode_uri",
        "error_empty",
        "escape_html",
        "escape_sh",
        "key_values",
        "matches",
        "max_by_or_empty",
        "min_by_or_empty",
        "path_value",
        "scan_",
        "split_",
        "split_matches",
        "totype",
    ];

    #[test]
    fn every_function_has_its_line() {
        let documented: Vec<_> =
            FUNCTIONS.iter().map(|function| (function.name(), function.parameters().count())).collect();
        let is_public = |(name, _): &&(&str, usize)| !INTERNAL.contains(name) && *name != "unescape_html";
        let known: Vec<_> = BUILTINS.iter().filter(is_public).copied().collect();
        assert_eq!(documented, known);
    }
}
