//! Calls of the functions jq brings.

use super::paths::Apply;
use super::scope::Scope;
use super::signatures::{ANY, ARRAY, Function, Gives, ITERABLE, NUMBER, STRING, kinds, simple, takes, words};
use super::{Flow, Infer};
use crate::jq::Outputs;
use crate::jq::native::ir::Kinds;
use crate::jq::tree::{Node, Term};
use crate::shape::{Field, Number, Rest, Shape, ShapeKind, Text};
use crate::source::Span;
use jaq_core::ops::Math;

/// A call, and what it is given.
struct Call<'c> {
    name: &'c str,
    span: Span,
    /// Its place, if it has one.
    part: Option<Span>,
    input: &'c Shape,
}

impl<'t> Infer<'t> {
    /// A call of a function that jq brings.
    pub(super) fn function(
        &mut self,
        span: Span,
        part: Option<Span>,
        name: &'t str,
        arguments: &'t [Node],
        input: &Shape,
        scope: Scope,
    ) -> Flow {
        let call = Call { name, span, part, input };
        if let Some(function) = simple(name, arguments.len()) {
            return self.simple(&call, function, arguments, scope);
        }
        if !self.fits(&call, takes(name, arguments.len())) {
            // For the `break`s in them.
            arguments.iter().for_each(|argument| drop(self.node(argument, &Shape::never(span), scope)));
            return Flow::new(Outputs::ANY.at_least(u32::from(is_one(name, arguments.len()))), Shape::never(span));
        }
        match arguments {
            [] => self.nullary(&call),
            [one] => self.unary(&call, one, scope),
            _ => self.other(&call, arguments, scope),
        }
    }

    /// Whether the input is of a kind that the function takes.
    fn fits(&mut self, call: &Call<'_>, takes: Kinds) -> bool {
        let fits = kinds(call.input).meets(takes);
        if !fits && !call.input.is_never() {
            let what = format!("takes {}", words(takes));
            self.no_function(call.span, call.part, call.name, &what, call.input);
        }
        fits
    }

    fn simple(&mut self, call: &Call<'_>, function: &Function, arguments: &'t [Node], scope: Scope) -> Flow {
        let mut flows = Vec::new();
        for argument in arguments {
            flows.push(self.node(argument, call.input, scope));
        }
        let outputs = flows.iter().fold(Outputs::ONE, |all, argument| all.times(argument.outputs));
        let runs = outputs.most != Some(0) && !flows.iter().any(|argument| argument.shape.is_never());
        let mut fits = false;
        if runs {
            fits = self.fits(call, function.takes);
            for (argument, takes) in flows.iter().zip(function.arguments) {
                if fits && !kinds(&argument.shape).meets(*takes) {
                    let what = format!("takes {} as its argument", words(*takes));
                    self.no_function(call.span, call.part, call.name, &what, &argument.shape);
                    fits = false;
                }
            }
        }
        let shape = if fits { function.gives.shape(call.input, call.span) } else { Shape::never(call.span) };
        Flow::new(outputs, shape)
    }

    fn nullary(&mut self, call: &Call<'_>) -> Flow {
        let flow = nullary(call.name, call.span, call.input);
        if matches!(call.name, "first" | "last") && flow.shape.is_never() && !call.input.is_never() {
            self.no_function(call.span, call.part, call.name, "takes an array", call.input);
        }
        flow
    }

    fn unary(&mut self, call: &Call<'_>, argument: &'t Node, scope: Scope) -> Flow {
        let Call { name, span, input, .. } = *call;
        let bool = || Shape::new(span, ShapeKind::Bool(None));
        match name {
            "first" | "last" => {
                let flow = self.node(argument, input, scope);
                Flow { outputs: flow.outputs.first(1), ..flow }
            }
            "select" => self.select(argument, input, scope),
            "error" => {
                let message = self.node(argument, input, scope).outputs;
                Flow::new(Outputs { least: message.least.min(1), ..Outputs::NONE }, Shape::never(span))
            }
            "isempty" => {
                self.node(argument, input, scope);
                Flow::one(bool())
            }
            "in" | "inside" => Flow::new(self.node(argument, input, scope).outputs, bool()),
            "has" | "nth" => {
                let index = self.node(argument, input, scope);
                let found = input.index(&index.shape, span);
                self.finds(call, &index.shape, !found.is_never());
                Flow::new(index.outputs, if name == "nth" || found.is_never() { found } else { bool() })
            }
            "index" | "rindex" | "indices" => {
                let wanted = self.node(argument, input, scope);
                let found = contains(input, &wanted.shape);
                self.finds(call, &wanted.shape, found);
                let gives = if name == "indices" { Gives::Integers } else { Gives::Position };
                Flow::new(wanted.outputs, if found { gives.shape(input, span) } else { Shape::never(span) })
            }
            "add" => {
                let each = self.node(argument, input, scope);
                Flow::one(summed(&each.shape, span))
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
            "capture" | "match" | "scan" | "splits" => self.regex(call, std::slice::from_ref(argument), scope),
            _ if OVER_ELEMENTS.contains(&name) => self.over_elements(call, argument, scope),
            _ => {
                self.argument(argument, span, scope);
                Flow::any(span)
            }
        }
    }

    fn select(&mut self, condition: &'t Node, input: &Shape, scope: Scope) -> Flow {
        let found = self.findings.len();
        let flow = self.node(condition, input, scope);
        self.condition("select", condition, &flow, found);
        let outputs = match flow.shape.truth() {
            Some(true) => flow.outputs,
            Some(false) => Outputs::NONE,
            None => flow.outputs.at_least(0),
        };
        Flow::new(outputs, self.where_true(condition, input, scope))
    }

    /// Whether what is looked for can be in the input.
    fn finds(&mut self, call: &Call<'_>, wanted: &Shape, found: bool) {
        if !found && !call.input.is_never() && !wanted.is_never() {
            let what = format!("looks for {} in an array, an object or a text", super::findings::described(wanted));
            self.no_function(call.span, call.part, call.name, &what, call.input);
        }
    }

    /// What runs its argument on each element.
    fn over_elements(&mut self, call: &Call<'_>, argument: &'t Node, scope: Scope) -> Flow {
        let Call { name, span, input, .. } = *call;
        if name == "with_entries" {
            self.node(argument, &entries(input, span), scope);
            return Flow::one(Gives::Object.shape(input, span));
        }
        let is_array = |kind: &ShapeKind| matches!(kind, ShapeKind::Array(_));
        let elements = match name {
            "any" | "all" | "map" | "map_values" => input.elements(),
            _ => input.only(is_array, ShapeKind::any_array(span)).elements(),
        };
        let inner = self.node(argument, &elements, scope);
        Flow::one(match name {
            "any" | "all" => Shape::new(span, ShapeKind::Bool(None)),
            "map" => Shape::array(span, inner.shape),
            "map_values" => with_values(input, &inner),
            "group_by" => Shape::array(span, Shape::array(span, elements)),
            "max_by" | "min_by" => elements.or(Shape::new(span, ShapeKind::Null)),
            _ => Shape::array(span, elements),
        })
    }

    /// What takes a regular expression and flags.
    fn regex(&mut self, call: &Call<'_>, arguments: &'t [Node], scope: Scope) -> Flow {
        let mut outputs = Outputs::ANY;
        for argument in arguments {
            let flow = self.node(argument, call.input, scope);
            outputs = outputs.times(flow.outputs);
            if !flow.shape.is_never() && !kinds(&flow.shape).meets(STRING) {
                self.no_function(call.span, call.part, call.name, "takes a string as its argument", &flow.shape);
            }
        }
        let shape = match call.name {
            "splits" => Shape::new(call.span, ShapeKind::text()),
            "match" | "capture" => Shape::new(call.span, ShapeKind::any_object(call.span)),
            _ => Shape::unknown(call.span),
        };
        Flow::new(outputs, shape)
    }

    fn other(&mut self, call: &Call<'_>, arguments: &'t [Node], scope: Scope) -> Flow {
        let Call { name, span, input, .. } = *call;
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
            ("sub" | "gsub", [regex, replacement, flags @ ..]) => {
                self.regex(call, std::slice::from_ref(regex), scope);
                self.regex(call, flags, scope);
                let replacement = self.argument(replacement, span, scope);
                // Each output of the replacement goes on by itself.
                let outputs = match replacement.outputs {
                    Outputs::ONE => Outputs::ONE,
                    Outputs { least: 0, most: Some(0 | 1) } => Outputs::ONE.at_least(0),
                    Outputs { least, .. } => Outputs::ANY.at_least(least.min(1)),
                };
                Flow::new(outputs, Gives::Text.shape(input, span))
            }
            ("capture" | "match" | "scan" | "splits", _) => self.regex(call, arguments, scope),
            ("range", [from, to, step @ ..]) => {
                let is_number = |shape: &Shape| shape.all(|kind| matches!(kind, ShapeKind::Number(_)));
                let mut numbers = is_number(&self.node(from, input, scope).shape);
                self.node(to, input, scope);
                for step in step {
                    numbers &= is_number(&self.node(step, input, scope).shape);
                }
                let kind = if numbers { ShapeKind::number() } else { ShapeKind::Unknown };
                Flow::new(Outputs::ANY, Shape::new(span, kind))
            }
            _ => {
                arguments.iter().for_each(|argument| drop(self.argument(argument, span, scope)));
                Flow::any(span)
            }
        }
    }
}

/// Functions that run their argument on each element of the input.
const OVER_ELEMENTS: [&str; 10] =
    ["all", "any", "group_by", "map", "map_values", "max_by", "min_by", "sort_by", "unique_by", "with_entries"];

/// Whether a function of [`TAKES`] gives exactly one output.
fn is_one(name: &str, arity: usize) -> bool {
    !matches!((name, arity), ("toboolean", _) | ("capture" | "match" | "scan" | "splits" | "sub" | "gsub", _))
}

/// Whether the one can be in the other.
fn contains(input: &Shape, wanted: &Shape) -> bool {
    let fits = |input: &Shape, wanted: &Shape| match &input.kind {
        ShapeKind::Unknown | ShapeKind::Array(_) => true,
        ShapeKind::String(_) => matches!(wanted.kind, ShapeKind::Unknown | ShapeKind::String(_)),
        _ => false,
    };
    input.alternatives().iter().any(|input| wanted.alternatives().iter().any(|wanted| fits(input, wanted)))
}

fn nullary(name: &str, span: Span, input: &Shape) -> Flow {
    let one = |kind| Flow::one(Shape::new(span, kind));
    let only = |keep: Kinds, unknown: ShapeKind| {
        let is = |kind: &ShapeKind| kinds(&Shape::new(span, kind.clone())).meets(keep);
        Flow::new(Outputs::ANY.first(1), input.only(is, unknown))
    };
    let is_array = |kind: &ShapeKind| matches!(kind, ShapeKind::Array(_));
    let elements = || input.only(is_array, ShapeKind::any_array(span)).elements();
    match name {
        "empty" | "error_empty" => Flow::none(span),
        // Claims are errors aside: it is not that there is no output.
        "error" => Flow::new(Outputs { least: 1, ..Outputs::NONE }, Shape::never(span)),
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
        "length" | "abs" | "tonumber" | "keys" | "keys_unsorted" => {
            Flow::one(input.derive(&|shape| number_of(name, shape, span)))
        }
        "fromjson" => Flow::one(Shape::unknown(span)),
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
        "to_entries" => Flow::one(Shape::array(span, entries(input, span))),
        "add" => Flow::one(summed(&input.elements(), span)),
        "max" | "min" => Flow::one(elements().or(Shape::new(span, ShapeKind::Null))),
        "reverse" | "sort" | "unique" => Flow::one(Shape::array(span, elements())),
        "paths" => Flow::new(Outputs::ANY, Gives::Array.shape(input, span)),
        _ => Flow::any(span),
    }
}

/// What functions give that depends on the kind of their input.
fn number_of(name: &str, shape: &Shape, span: Span) -> Shape {
    match (name, &shape.kind) {
        ("length", ShapeKind::Bool(_)) => Shape::never(span),
        ("length", ShapeKind::Unknown) => Shape::new(span, ShapeKind::number()),
        ("length", ShapeKind::Number(number)) if number.is_integer() != Some(true) => {
            Shape::new(span, ShapeKind::number())
        }
        ("length", _) => Shape::new(span, ShapeKind::Number(Number::Integer)),
        ("abs", ShapeKind::Null | ShapeKind::Bool(_)) => Shape::never(span),
        ("abs", ShapeKind::Number(_)) => Shape { span, ..shape.clone().widened() },
        ("abs", _) => shape.clone().at(span),
        // A text that holds no JSON value, or several, makes none or several of these. Nobody means that, and to warn
        // of every `tonumber` would help nobody: the run stops with an error that says so.
        ("tonumber", ShapeKind::Number(_)) => shape.clone(),
        ("tonumber", ShapeKind::Unknown | ShapeKind::String(_)) => Shape::new(span, ShapeKind::number()),
        (_, ShapeKind::Array(_)) => Gives::Integers.shape(shape, span),
        (_, ShapeKind::Object(_) | ShapeKind::Unknown) => Gives::Array.shape(shape, span),
        _ => Shape::never(span),
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
