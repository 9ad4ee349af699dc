//! Calls: of the program's own definitions, and of the functions jaq brings.

use super::{Flow, Infer, Outputs, Shape, ShapeKind};
use crate::source::Span;
use jaq_core::load::parse::Term;

/// Functions that give exactly one output for each combination of their arguments' outputs, by what they give.
const SIMPLE: &[(ShapeKind, &[(&str, usize)])] = &[
    (ShapeKind::Null, &[("null", 0)]),
    (ShapeKind::Bool(Some(true)), &[("true", 0)]),
    (ShapeKind::Bool(Some(false)), &[("false", 0)]),
    (
        ShapeKind::Bool(None),
        &[
            ("all", 0),
            ("any", 0),
            ("contains", 1),
            ("endswith", 1),
            ("has", 1),
            ("isarray", 0),
            ("isboolean", 0),
            ("isfinite", 0),
            ("isinfinite", 0),
            ("isnan", 0),
            ("isnormal", 0),
            ("isnumber", 0),
            ("isobject", 0),
            ("isstring", 0),
            ("startswith", 1),
            ("test", 1),
            ("test", 2),
        ],
    ),
    (
        ShapeKind::Number,
        &[
            ("acos", 0),
            ("acosh", 0),
            ("asin", 0),
            ("asinh", 0),
            ("atan", 0),
            ("atan2", 2),
            ("atanh", 0),
            ("bsearch", 1),
            ("cbrt", 0),
            ("ceil", 0),
            ("copysign", 2),
            ("cos", 0),
            ("cosh", 0),
            ("exp", 0),
            ("exp10", 0),
            ("exp2", 0),
            ("expm1", 0),
            ("fabs", 0),
            ("fdim", 2),
            ("floor", 0),
            ("fma", 3),
            ("fmax", 2),
            ("fmin", 2),
            ("fmod", 2),
            ("fromdate", 0),
            ("fromdateiso8601", 0),
            ("hypot", 2),
            ("ilogb", 0),
            ("infinite", 0),
            ("ldexp", 2),
            ("length", 0),
            ("log", 0),
            ("log10", 0),
            ("log1p", 0),
            ("log2", 0),
            ("mktime", 0),
            ("nan", 0),
            ("nearbyint", 0),
            ("nextafter", 2),
            ("now", 0),
            ("pow", 2),
            ("pow10", 0),
            ("remainder", 2),
            ("rint", 0),
            ("round", 0),
            ("scalbln", 2),
            ("sin", 0),
            ("sinh", 0),
            ("sqrt", 0),
            ("tan", 0),
            ("tanh", 0),
            ("trunc", 0),
            ("utf8bytelength", 0),
        ],
    ),
    (
        ShapeKind::String,
        &[
            ("@base64", 0),
            ("@base64d", 0),
            ("@html", 0),
            ("@htmld", 0),
            ("@json", 0),
            ("@sh", 0),
            ("@text", 0),
            ("@uri", 0),
            ("@urid", 0),
            ("ascii_downcase", 0),
            ("ascii_upcase", 0),
            ("implode", 0),
            ("join", 1),
            ("ltrim", 0),
            ("ltrimstr", 1),
            ("rtrim", 0),
            ("rtrimstr", 1),
            ("strflocaltime", 1),
            ("strftime", 1),
            ("tobytes", 0),
            ("todate", 0),
            ("todateiso8601", 0),
            ("tojson", 0),
            ("tostring", 0),
            ("trim", 0),
            ("type", 0),
        ],
    ),
    (
        ShapeKind::Array,
        &[
            ("explode", 0),
            ("flatten", 0),
            ("frexp", 0),
            ("gmtime", 0),
            ("indices", 1),
            ("keys", 0),
            ("keys_unsorted", 0),
            ("localtime", 0),
            ("modf", 0),
            ("reverse", 0),
            ("sort", 0),
            ("split", 1),
            ("split", 2),
            ("to_entries", 0),
            ("transpose", 0),
            ("unique", 0),
        ],
    ),
    (ShapeKind::Object { keys: Vec::new(), open: true }, &[("from_entries", 0)]),
    (
        ShapeKind::Unknown,
        &[
            ("abs", 0),
            ("add", 0),
            ("first", 0),
            ("getpath", 1),
            ("index", 1),
            ("last", 0),
            ("max", 0),
            ("min", 0),
            ("nth", 1),
            ("rindex", 1),
            ("setpath", 2),
            ("strptime", 1),
        ],
    ),
];

fn simple(name: &str, arity: usize) -> Option<&'static ShapeKind> {
    SIMPLE.iter().find(|(_, functions)| functions.contains(&(name, arity))).map(|(kind, _)| kind)
}

impl<'t> Infer<'t, '_> {
    pub(super) fn call(
        &mut self,
        term: &Term<&str>,
        name: &'t str,
        arguments: &'t [Term<&'t str>],
        input: &Shape,
    ) -> Flow {
        let span = self.span(term, input);
        if let Some(own) = self.functions.get(&(name, arguments.len())).and_then(|bound| bound.last()).cloned() {
            let flows: Vec<Flow> = arguments.iter().map(|argument| self.argument(argument)).collect();
            let Some(function) = own else {
                return Flow::new(Outputs::ANY, span, ShapeKind::Unknown);
            };
            let values = flows.iter().zip(function.values).filter(|(_, is_value)| *is_value);
            // A value is computed from the call's input, so here the count must be taken from its own flow.
            let outputs = values.fold(Outputs::ONE, |all, (flow, _)| all.times(flow.outputs));
            return function.flow.times(outputs);
        }
        if let Some(kind) = simple(name, arguments.len()) {
            let outputs =
                arguments.iter().fold(Outputs::ONE, |all, argument| all.times(self.term(argument, input).outputs));
            return Flow::new(outputs, span, kind.clone());
        }
        match arguments {
            [] => nullary(name, span, input),
            [one] => self.unary(name, one, span, input),
            _ => self.other(name, arguments, span, input),
        }
    }

    /// An argument that may run on any input.
    fn argument(&mut self, argument: &'t Term<&'t str>) -> Flow {
        let span = self.spans.term(argument).map_or_else(Span::default, |range| self.spans.span(range));
        self.term(argument, &Shape::new(span, ShapeKind::Unknown))
    }

    fn unary(&mut self, name: &str, argument: &'t Term<&'t str>, span: Span, input: &Shape) -> Flow {
        let one = |kind| Flow::one(span, kind);
        match name {
            "first" | "last" => {
                let flow = self.term(argument, input);
                Flow { outputs: flow.outputs.first(1), ..flow }
            }
            "select" => {
                let condition = self.term(argument, input);
                let outputs = match condition.shape.truth() {
                    Some(true) => condition.outputs,
                    Some(false) => Outputs::NONE,
                    None => condition.outputs.at_least(0),
                };
                Flow { outputs, shape: input.clone() }
            }
            "error" => {
                self.term(argument, input);
                Flow::new(Outputs::NONE, span, ShapeKind::Unknown)
            }
            "isempty" => {
                self.term(argument, input);
                one(ShapeKind::Bool(None))
            }
            "in" | "inside" => Flow::new(self.term(argument, input).outputs, span, ShapeKind::Bool(None)),
            _ => {
                self.argument(argument);
                match name {
                    "any" | "all" => one(ShapeKind::Bool(None)),
                    "map" | "group_by" | "sort_by" | "unique_by" => one(ShapeKind::Array),
                    "with_entries" => one(ShapeKind::Object { keys: Vec::new(), open: true }),
                    "map_values" => Flow { outputs: Outputs::ONE, shape: input.emptied() },
                    "max_by" | "min_by" | "add" => one(ShapeKind::Unknown),
                    "recurse" | "repeat" => {
                        Flow::new(Outputs::ANY.at_least(u32::from(name == "recurse")), span, ShapeKind::Unknown)
                    }
                    "del" => {
                        let outputs = if is_path(argument) { Outputs::ONE } else { Outputs::ANY };
                        Flow { outputs, shape: input.emptied() }
                    }
                    "path" | "paths" => Flow::new(Outputs::ANY, span, ShapeKind::Array),
                    _ => Flow::new(Outputs::ANY, span, ShapeKind::Unknown),
                }
            }
        }
    }

    fn other(&mut self, name: &str, arguments: &'t [Term<&'t str>], span: Span, input: &Shape) -> Flow {
        match (name, arguments) {
            ("limit", [count, body]) => {
                let count_flow = self.term(count, input);
                let body = self.term(body, input);
                let outputs = match count {
                    Term::Num(number) if number.parse::<u32>().is_ok() => {
                        body.outputs.first(number.parse().unwrap_or_default())
                    }
                    _ => body.outputs.times(count_flow.outputs).at_least(0),
                };
                Flow { outputs, ..body }
            }
            ("skip", [count, body]) => {
                let count = self.term(count, input);
                let body = self.term(body, input);
                Flow { outputs: body.outputs.times(count.outputs).at_least(0), ..body }
            }
            ("nth", [count, body]) => {
                self.term(count, input);
                let body = self.term(body, input);
                Flow { outputs: Outputs::ANY.first(1), ..body }
            }
            ("any" | "all", _) => {
                arguments.iter().for_each(|argument| drop(self.argument(argument)));
                Flow::one(span, ShapeKind::Bool(None))
            }
            ("sub" | "gsub", _) => {
                let flows: Vec<Flow> = arguments.iter().map(|argument| self.argument(argument)).collect();
                // Each output of the replacement goes on by itself.
                let outputs = match flows[1].outputs {
                    Outputs::ONE => Outputs::ONE,
                    Outputs { least: 0, most: Some(0 | 1) } => Outputs::ONE.at_least(0),
                    Outputs { least, .. } => Outputs::ANY.at_least(least.min(1)),
                };
                Flow::new(outputs, span, ShapeKind::String)
            }
            _ => {
                arguments.iter().for_each(|argument| drop(self.argument(argument)));
                Flow::new(Outputs::ANY, span, ShapeKind::Unknown)
            }
        }
    }
}

fn nullary(name: &str, span: Span, input: &Shape) -> Flow {
    let some = |kind| Flow::new(Outputs::ANY.first(1), span, kind);
    match name {
        "empty" | "error" | "error_empty" => Flow::new(Outputs::NONE, span, ShapeKind::Unknown),
        "not" => Flow::one(span, ShapeKind::Bool(input.truth().map(|truth| !truth))),
        "recurse" => Flow::new(Outputs::ANY.at_least(1), span, ShapeKind::Unknown),
        // A text that holds no JSON value, or several, makes none or several of these. Nobody means that, and to warn
        // of every `tonumber` would help nobody: the run stops with an error that says so.
        "tonumber" => Flow::one(span, ShapeKind::Number),
        "fromjson" => Flow::one(span, ShapeKind::Unknown),
        "toboolean" => Flow::new(Outputs::ANY, span, ShapeKind::Bool(None)),
        "nulls" => some(ShapeKind::Null),
        "booleans" => some(ShapeKind::Bool(None)),
        "numbers" | "finites" | "normals" => some(ShapeKind::Number),
        "strings" => some(ShapeKind::String),
        "arrays" => some(ShapeKind::Array),
        "objects" => some(ShapeKind::Object { keys: Vec::new(), open: true }),
        "values" | "iterables" | "scalars" => Flow { outputs: Outputs::ANY.first(1), shape: input.clone() },
        "paths" => Flow::new(Outputs::ANY, span, ShapeKind::Array),
        _ => Flow::new(Outputs::ANY, span, ShapeKind::Unknown),
    }
}

/// Whether it is a path below `.`, so that changing what is there leaves the whole.
fn is_path(term: &Term<&str>) -> bool {
    matches!(term, Term::Path(head, path) if matches!(**head, Term::Id) && !path.0.is_empty())
}
