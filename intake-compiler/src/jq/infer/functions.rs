//! Calls of the functions jq brings.

use super::paths::Apply;
use super::scope::Scope;
use super::{Flow, Infer};
use crate::jq::Outputs;
use crate::jq::native::ir::Kinds;
use crate::jq::tree::{Node, Term};
use crate::shape::{Field, Number, Rest, Shape, ShapeKind, Text};
use crate::source::Span;
use jaq_core::ops::Math;

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

const ANY: Kinds = Kinds::ANY;
const NUMBER: Kinds = Kinds::NUMBER;
const STRING: Kinds = Kinds::STRING;
const ARRAY: Kinds = Kinds::ARRAY;
const ITERABLE: Kinds = Kinds::ARRAY.or(Kinds::OBJECT);
/// To these `split` adds `"g"`.
const FLAGS: Kinds = Kinds::STRING.or(Kinds::NULL);

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

const SIMPLE: &[Function] = functions! {
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
    ANY -> Gives::Text; "strflocaltime"(STRING), "strftime"(STRING);
    STRING -> Gives::Integers; "explode";
    NUMBER -> Gives::Numbers; "frexp", "gmtime", "localtime", "modf";
    STRING -> Gives::Numbers; "strptime"(STRING);
    STRING -> Gives::Strings; "split"(STRING), "split"(STRING, FLAGS);
    ANY -> Gives::Array; "flatten";
    ITERABLE -> Gives::Array; "transpose";
    ITERABLE -> Gives::Object; "from_entries";
    ANY -> Gives::Unknown; "getpath"(ITERABLE), "setpath"(ITERABLE, ANY), "tobytes";
};

impl Gives {
    fn shape(self, input: &Shape, span: Span) -> Shape {
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

fn simple(name: &str, arity: usize) -> Option<&'static Function> {
    SIMPLE.iter().find(|function| function.name == name && function.arguments.len() == arity)
}

impl<'t> Infer<'t> {
    /// A call of a function that jq brings.
    pub(super) fn function(
        &mut self,
        span: Span,
        name: &'t str,
        arguments: &'t [Node],
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        if let Some(function) = simple(name, arguments.len()) {
            let arguments: Vec<Flow> = arguments.iter().map(|argument| self.node(argument, input, scope)).collect();
            let outputs = arguments.iter().fold(Outputs::ONE, |all, argument| all.times(argument.outputs));
            let fits = |shape: &Shape, takes: Kinds| kinds(shape).meets(takes);
            let succeeds = fits(input, function.takes)
                && arguments.iter().zip(function.arguments).all(|(argument, takes)| fits(&argument.shape, *takes));
            let shape = if succeeds { function.gives.shape(input, span) } else { Shape::never(span) };
            return Flow::new(outputs, shape);
        }
        match arguments {
            [] => nullary(name, span, input),
            [one] => self.unary(name, one, span, input, scope),
            _ => self.other(name, arguments, span, input, scope),
        }
    }

    fn unary(&mut self, name: &str, argument: &'t Node, span: Span, input: &Shape, scope: Scope) -> Flow {
        let bool = || Shape::new(span, ShapeKind::Bool(None));
        let on_array = |shape: Shape| if kinds(input).meets(ARRAY) { shape } else { Shape::never(span) };
        match name {
            "first" | "last" => {
                let flow = self.node(argument, input, scope);
                Flow { outputs: flow.outputs.first(1), ..flow }
            }
            "select" => {
                let condition = self.node(argument, input, scope);
                let outputs = match condition.shape.truth() {
                    Some(true) => condition.outputs,
                    Some(false) => Outputs::NONE,
                    None => condition.outputs.at_least(0),
                };
                Flow::new(outputs, input.clone())
            }
            "error" => Flow::new(self.node(argument, input, scope).outputs.first(1), Shape::never(span)),
            "isempty" => {
                self.node(argument, input, scope);
                Flow::one(bool())
            }
            "in" | "inside" => Flow::new(self.node(argument, input, scope).outputs, bool()),
            "has" => Flow::new(self.node(argument, input, scope).outputs, bool()),
            "index" | "rindex" => {
                let outputs = self.node(argument, input, scope).outputs;
                Flow::new(outputs, Gives::Position.shape(input, span))
            }
            "indices" => {
                let outputs = self.node(argument, input, scope).outputs;
                Flow::new(outputs, Gives::Integers.shape(input, span))
            }
            "nth" => {
                let index = self.node(argument, input, scope);
                Flow::new(index.outputs, input.index(&index.shape, span))
            }
            "any" | "all" => {
                self.node(argument, &input.elements(), scope);
                Flow::one(bool())
            }
            "map" => {
                let elements = input.elements();
                let mapped = self.node(argument, &elements, scope);
                let fits = kinds(input).meets(ITERABLE);
                Flow::one(if fits { Shape::array(span, mapped.shape) } else { Shape::never(span) })
            }
            "sort_by" => {
                self.node(argument, &input.elements(), scope);
                Flow::one(on_array(Shape::array(span, input.elements())))
            }
            "unique_by" => {
                self.node(argument, &input.elements(), scope);
                Flow::one(on_array(Shape::array(span, input.elements())))
            }
            "group_by" => {
                self.node(argument, &input.elements(), scope);
                Flow::one(on_array(Shape::array(span, Shape::array(span, input.elements()))))
            }
            "max_by" | "min_by" => {
                self.node(argument, &input.elements(), scope);
                Flow::one(on_array(input.elements().or(Shape::new(span, ShapeKind::Null))))
            }
            "with_entries" => {
                self.node(argument, &entries(input, span), scope);
                let fits = kinds(input).meets(ITERABLE);
                Flow::one(if fits { Gives::Object.shape(input, span) } else { Shape::never(span) })
            }
            "add" => {
                let each = self.node(argument, input, scope);
                Flow::one(summed(&each.shape, span))
            }
            "map_values" => {
                let inner = self.node(argument, &input.elements(), scope);
                Flow::one(with_values(input, &inner))
            }
            "del" => self.changed_at(argument, &Apply::Delete, input, scope),
            "recurse" | "repeat" => {
                self.argument(argument, span, scope);
                Flow::new(Outputs::ANY.at_least(u32::from(name == "recurse")), Shape::unknown(span))
            }
            "path" | "paths" => {
                self.argument(argument, span, scope);
                Flow::new(Outputs::ANY, Gives::Array.shape(input, span))
            }
            "range" => {
                let to = self.node(argument, input, scope);
                Flow::new(Outputs::ANY.times(to.outputs), Gives::Integer.shape(input, span))
            }
            _ => {
                self.argument(argument, span, scope);
                Flow::any(span)
            }
        }
    }

    fn other(&mut self, name: &str, arguments: &'t [Node], span: Span, input: &Shape, scope: Scope) -> Flow {
        match (name, arguments) {
            ("limit", [count, body]) => {
                let count_flow = self.node(count, input, scope);
                let body = self.node(body, input, scope);
                let outputs = match &count.term {
                    Term::Number(number) if number.parse::<u32>().is_ok() => {
                        body.outputs.first(number.parse().unwrap_or_default())
                    }
                    _ => body.outputs.times(count_flow.outputs).at_least(0),
                };
                Flow { outputs, ..body }
            }
            ("skip", [count, body]) => {
                let count = self.node(count, input, scope);
                let body = self.node(body, input, scope);
                Flow { outputs: body.outputs.times(count.outputs).at_least(0), ..body }
            }
            ("nth", [count, body]) => {
                self.node(count, input, scope);
                let body = self.node(body, input, scope);
                Flow { outputs: Outputs::ANY.first(1), ..body }
            }
            ("any" | "all", [source, condition]) => {
                let source = self.node(source, input, scope);
                self.node(condition, &source.shape, scope);
                Flow::one(Shape::new(span, ShapeKind::Bool(None)))
            }
            ("sub" | "gsub", _) => {
                let flows: Vec<Flow> = arguments.iter().map(|argument| self.argument(argument, span, scope)).collect();
                // Each output of the replacement goes on by itself.
                let outputs = match flows[1].outputs {
                    Outputs::ONE => Outputs::ONE,
                    Outputs { least: 0, most: Some(0 | 1) } => Outputs::ONE.at_least(0),
                    Outputs { least, .. } => Outputs::ANY.at_least(least.min(1)),
                };
                Flow::new(outputs, Gives::Text.shape(input, span))
            }
            ("range", [from, rest @ ..]) => {
                let from = self.node(from, input, scope);
                let mut shape = from.shape;
                for argument in rest {
                    let argument = self.node(argument, input, scope).shape;
                    shape = shape.math(Math::Add, &argument, span);
                }
                let is_number = |kind: &ShapeKind| matches!(kind, ShapeKind::Number(_));
                let kind = if shape.all(is_number) { ShapeKind::number() } else { ShapeKind::Unknown };
                Flow::new(Outputs::ANY, Shape::new(span, kind))
            }
            _ => {
                arguments.iter().for_each(|argument| drop(self.argument(argument, span, scope)));
                Flow::any(span)
            }
        }
    }
}

fn nullary(name: &str, span: Span, input: &Shape) -> Flow {
    let one = |kind| Flow::one(Shape::new(span, kind));
    let only = |keep: Kinds, unknown: ShapeKind| {
        let is = |kind: &ShapeKind| kinds(&Shape::new(span, kind.clone())).meets(keep);
        Flow::new(Outputs::ANY.first(1), input.only(is, unknown))
    };
    let elements = || if kinds(input).meets(ARRAY) { input.elements() } else { Shape::never(span) };
    match name {
        "empty" | "error_empty" => Flow::none(span),
        // Claims are errors aside: it is not that there is no output.
        "error" => one(ShapeKind::Never),
        "not" => one(ShapeKind::Bool(input.truth().map(|truth| !truth))),
        "isarray" => one(is_of(input, ARRAY)),
        "isboolean" => one(is_of(input, Kinds::BOOL)),
        "isnumber" => one(is_of(input, NUMBER)),
        "isobject" => one(is_of(input, Kinds::OBJECT)),
        "isstring" => one(is_of(input, STRING)),
        "type" => one(type_of(input)),
        "recurse" => Flow::new(Outputs::ANY.at_least(1), super::recursed(input)),
        "tostring" => Flow::one(input.each(&|shape| match &shape.kind {
            ShapeKind::String(Text::Constant(_)) => shape.clone(),
            _ => Shape::new(span, ShapeKind::text()),
        })),
        "length" => Flow::one(input.each(&|shape| {
            let number = match &shape.kind {
                ShapeKind::Bool(_) => return Shape::never(span),
                ShapeKind::Unknown => Number::Any,
                ShapeKind::Number(number) if number.is_integer() != Some(true) => Number::Any,
                _ => Number::Integer,
            };
            Shape::new(span, ShapeKind::Number(number))
        })),
        "abs" => Flow::one(input.each(&|shape| match &shape.kind {
            ShapeKind::Null | ShapeKind::Bool(_) => Shape::never(span),
            ShapeKind::Number(_) => Shape { span, ..shape.clone().widened() },
            _ => shape.clone().at(span),
        })),
        // A text that holds no JSON value, or several, makes none or several of these. Nobody means that, and to warn
        // of every `tonumber` would help nobody: the run stops with an error that says so.
        "tonumber" => Flow::one(input.each(&|shape| match &shape.kind {
            ShapeKind::Number(_) => shape.clone(),
            ShapeKind::Unknown | ShapeKind::String(_) => Shape::new(span, ShapeKind::number()),
            _ => Shape::never(span),
        })),
        "fromjson" if kinds(input).meets(STRING) => Flow::one(Shape::unknown(span)),
        "fromjson" => Flow::one(Shape::never(span)),
        "toboolean" => Flow::new(Outputs::ANY, Shape::new(span, ShapeKind::Bool(None))),
        "nulls" => only(Kinds::NULL, ShapeKind::Null),
        "booleans" => only(Kinds::BOOL, ShapeKind::Bool(None)),
        "numbers" | "finites" | "normals" => only(NUMBER, ShapeKind::number()),
        "strings" => only(STRING, ShapeKind::String(Text::Any)),
        "arrays" => only(ARRAY, ShapeKind::any_array(span)),
        "objects" => only(Kinds::OBJECT, ShapeKind::any_object(span)),
        "values" => only(ANY.without(Kinds::NULL), ShapeKind::Unknown),
        "iterables" => only(ITERABLE, ShapeKind::Unknown),
        "scalars" => only(ANY.without(ITERABLE), ShapeKind::Unknown),
        "first" | "last" => Flow::one(input.index(&Gives::Integer.shape(input, span), span)),
        "keys" | "keys_unsorted" => Flow::one(input.each(&|shape| match &shape.kind {
            ShapeKind::Array(_) => Gives::Integers.shape(shape, span),
            ShapeKind::Object(_) | ShapeKind::Unknown => Gives::Array.shape(shape, span),
            _ => Shape::never(span),
        })),
        "to_entries" => Flow::one(if kinds(input).meets(ITERABLE) {
            Shape::array(span, entries(input, span))
        } else {
            Shape::never(span)
        }),
        "add" => {
            Flow::one(if kinds(input).meets(ITERABLE) { summed(&input.elements(), span) } else { Shape::never(span) })
        }
        "max" | "min" => Flow::one(if kinds(input).meets(ARRAY) {
            elements().or(Shape::new(span, ShapeKind::Null))
        } else {
            Shape::never(span)
        }),
        "reverse" | "sort" | "unique" => {
            Flow::one(if kinds(input).meets(ARRAY) { Shape::array(span, elements()) } else { Shape::never(span) })
        }
        "paths" => Flow::new(Outputs::ANY, Gives::Array.shape(input, span)),
        _ => Flow::any(span),
    }
}

/// What an `is…` gives: nothing is certain of what a sample shows.
fn is_of(input: &Shape, wanted: Kinds) -> ShapeKind {
    let found = kinds(input);
    let certain = input.samples().next().is_none() && !input.is_never();
    ShapeKind::Bool(match () {
        () if certain && found.within(wanted) => Some(true),
        () if certain && !found.meets(wanted) => Some(false),
        () => None,
    })
}

fn type_of(input: &Shape) -> ShapeKind {
    let name = match &input.kind {
        _ if input.sample.is_some() => return ShapeKind::text(),
        ShapeKind::Never | ShapeKind::Unknown | ShapeKind::OneOf(_) => return ShapeKind::text(),
        ShapeKind::Null => "null",
        ShapeKind::Bool(_) => "boolean",
        ShapeKind::Number(_) => "number",
        ShapeKind::String(_) => "string",
        ShapeKind::Array(_) => "array",
        ShapeKind::Object(_) => "object",
    };
    ShapeKind::String(Text::Constant(name.into()))
}

/// What `to_entries` makes of each element.
fn entries(input: &Shape, span: Span) -> Shape {
    let field = |name: &str, shape: Shape| Field { name: name.into(), span, shape, optional: false };
    Shape::object(span, vec![field("key", Shape::unknown(span)), field("value", input.elements())], Rest::Closed)
}

/// The sum of any number of values.
fn summed(each: &Shape, span: Span) -> Shape {
    let mut sum = Shape::new(span, ShapeKind::Null);
    for _ in 0..4 {
        let next = sum.clone().or(sum.math(Math::Add, each, span)).widened();
        if next.says_same(&sum) {
            return sum;
        }
        sum = next;
    }
    Shape::unknown(span)
}

/// A container with its values replaced.
fn with_values(input: &Shape, inner: &Flow) -> Shape {
    let optional = inner.outputs.least == 0;
    input.each(&|shape| match &shape.kind {
        ShapeKind::Array(_) => Shape { kind: ShapeKind::array(inner.shape.clone()), ..shape.clone() },
        ShapeKind::Object(object) => {
            let change = |field: &Field| Field {
                shape: inner.shape.clone(),
                optional: field.optional || optional,
                ..field.clone()
            };
            let rest = if object.is_open() { Rest::Open(inner.shape.clone()) } else { Rest::Closed };
            let kind = ShapeKind::object(object.fields.iter().map(change).collect(), rest);
            Shape { kind, ..shape.clone() }
        }
        ShapeKind::Unknown => {
            let array = Shape::array(shape.span, inner.shape.clone());
            array.or(Shape::object(shape.span, Vec::new(), Rest::Open(inner.shape.clone())))
        }
        _ => Shape::never(shape.span),
    })
}
