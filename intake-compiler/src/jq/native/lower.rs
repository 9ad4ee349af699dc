//! From jaq's terms to the IR: names looked up as jaq looks them up, definitions and their arguments inlined.

mod calls;
mod scope;
mod update;

use super::Unsupported;
use super::ir::{Constant, Filter, Fold, Kinds, Label, Node, NodeKind, Pattern, Runner, Step, StepKind, Var};
use crate::jq::spans::Spans;
use crate::jq::substitute::PREFIX;
use crate::source::Span;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{self, BinaryOp, Term};
use jaq_core::path::{Opt, Part};
use scope::{Bound, Home, Inlined, Scope};

/// A program that becomes larger is left to jaq: its code would cost more than it saves.
const MOST_NODES: usize = 2_000;

/// A program that nests deeper is left to jaq: the code nests as deep.
const MOST_DEPTH: usize = 80;

/// What is compiled, in jq's words, one per rule of `Lower::term`; what is not, with the reason.
pub const CONSTRUCTS: &[(&str, Result<(), &str>)] = &[
    ("`.`", Ok(())),
    ("`..`", Ok(())),
    ("numbers, strings, `null`, `true`, `false`", Ok(())),
    ("`.a`, `.[f]`, `.[f:g]`, `.[]`, each with `?`", Ok(())),
    ("`f | g`, `f, g`", Ok(())),
    ("`[f]`, `{a, b: f, (f): g, $x, \"\\(f)\": g}`", Ok(())),
    ("`\"\\(f)\"`, `@format \"\\(f)\"`", Ok(())),
    ("`-f`, `+`, `-`, `*`, `/`, `%`", Ok(())),
    ("`==`, `!=`, `<`, `<=`, `>`, `>=`", Ok(())),
    ("`and`, `or`, `//`", Ok(())),
    ("`if … then … elif … else … end`", Ok(())),
    ("`f?`, `try f catch g`", Ok(())),
    ("`f as $x | g`, `f as [$x, {a: $y, (f): $z}] | g`", Ok(())),
    ("`label $x | … break $x`", Ok(())),
    ("`reduce`, `foreach`, with at most one output of the update", Ok(())),
    ("`reduce`, `foreach`, with several outputs of the update", Err(SEVERAL_STATES)),
    ("`def f: …;`, `def f(g; $x): …;`", Ok(())),
    ("recursive `def`", Err(RECURSIVE)),
    ("`=`, `|=`, `+=`, `-=`, `*=`, `/=`, `%=`, `//=` at keys, indices and `[]`", Ok(())),
    ("`=`, `|=`, `+=`, `-=`, `*=`, `/=`, `%=`, `//=` elsewhere", Err(UPDATE)),
];

const RECURSIVE: &str = "a recursive definition";
const UPDATE: &str = "an update of other than keys, indices and `[]`";
const SEVERAL_STATES: &str = "a loop whose update can have several outputs";

/// The program in IR, if all of it is covered.
pub(in crate::jq) fn lower<'t>(
    term: &'t Term<&'t str>,
    spans: &Spans<'_>,
    globals: usize,
) -> Result<Filter, Unsupported> {
    let variables = vec![Kinds::ANY; globals];
    let mut lower =
        Lower { spans, variables, labels: 0, nodes: 0, depth: 0, tries: 0, here: spans.span(spans.program()) };
    let scope = Scope { names: None, home: Home::Program, inlined: None };
    let root = lower.term(term, &scope, Kinds::ANY)?;
    Ok(Filter { root, globals: u32::try_from(globals).unwrap_or(u32::MAX) })
}

struct Lower<'a> {
    spans: &'a Spans<'a>,
    /// What the values of each variable can be.
    variables: Vec<Kinds>,
    labels: u32,
    nodes: usize,
    depth: usize,
    /// How many `try` are around.
    tries: usize,
    /// The place of the innermost term that has one.
    here: Span,
}

impl<'t> Lower<'_> {
    fn unsupported<T>(&self, scope: &Scope<'t>, what: &str) -> Result<T, Unsupported> {
        let reason = match scope.home {
            Home::Program => format!("{what} is not compiled"),
            Home::Library { called, .. } => format!("`{called}` is not compiled: its definition has {what}"),
        };
        Err(Unsupported { span: self.here, reason })
    }

    fn node(&self, kind: NodeKind, input: Kinds) -> Node {
        Node::new(kind, self.here, input, |Var(index)| {
            self.variables.get(index as usize).copied().unwrap_or(Kinds::ANY)
        })
    }

    fn boxed(&mut self, term: &'t Term<&'t str>, scope: &Scope<'t>, input: Kinds) -> Result<Box<Node>, Unsupported> {
        self.term(term, scope, input).map(Box::new)
    }

    fn term(&mut self, term: &'t Term<&'t str>, scope: &Scope<'t>, input: Kinds) -> Result<Node, Unsupported> {
        let outer = self.here;
        if let Home::Program = scope.home
            && let Some(range) = self.spans.term(term)
        {
            self.here = self.spans.span(range);
        }
        // The names of a term count as well: a scope is as long as they are many.
        self.nodes += 1 + if let Term::Def(definitions, _) = term { definitions.len() } else { 0 };
        self.depth += 1;
        if self.nodes > MOST_NODES || self.depth > MOST_DEPTH {
            return Err(Unsupported { span: outer, reason: "the program is too large to be compiled".into() });
        }
        let node = self.rule(term, scope, input);
        self.depth -= 1;
        self.here = outer;
        node
    }

    fn rule(&mut self, term: &'t Term<&'t str>, scope: &Scope<'t>, input: Kinds) -> Result<Node, Unsupported> {
        let kind = match term {
            Term::Id => NodeKind::Input,
            Term::Recurse => {
                let head = Box::new(self.node(NodeKind::Input, Kinds::ANY));
                let steps = vec![Step { kind: StepKind::Iterate, optional: true }];
                let children = self.node(NodeKind::Path { head, steps }, Kinds::ANY);
                NodeKind::Run(Runner::Recurse, vec![children])
            }
            Term::Num(digits) => NodeKind::Constant(Constant::Number((*digits).to_owned())),
            Term::Str(format, parts) => return self.text(*format, parts, scope, input),
            Term::Arr(None) => NodeKind::Array(Box::new(self.node(NodeKind::Empty, input))),
            Term::Arr(Some(inner)) => NodeKind::Array(self.boxed(inner, scope, input)?),
            Term::Obj(entries) => {
                let entries = entries.iter().map(|(key, value)| self.entry(key, value.as_ref(), scope, input));
                let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
                let parts = self.in_turn(entries.into_iter().flat_map(|(key, value)| [key, value]).collect(), input);
                let (keys, values): (Vec<_>, Vec<_>) =
                    parts.into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
                let pairs = keys.into_iter().zip(values).map(|((_, key), (_, value))| (key, value));
                NodeKind::Object(pairs.collect())
            }
            Term::Neg(inner) => NodeKind::Negate(self.boxed(inner, scope, input)?),
            Term::BinOp(left, operator, right) => return self.binary(left, operator, right, scope, input),
            Term::Label(name, inner) => {
                let label = Label(self.labels);
                self.labels += 1;
                NodeKind::Label(label, self.boxed(inner, &scope.with(Bound::Label(name, label)), input)?)
            }
            Term::Break(name) => {
                let label = scope.names().find_map(|known| match known.bound {
                    Bound::Label(bound, label) if bound == *name => Some(label),
                    _ => None,
                });
                match label {
                    Some(label) => NodeKind::Break(label),
                    None => return self.unsupported(scope, "an unknown label"),
                }
            }
            Term::Fold(name, source, pattern, arguments) => {
                return self.fold(name, source, pattern, arguments, scope, input);
            }
            Term::TryCatch(body, handler) => {
                self.tries += 1;
                let body = self.boxed(body, scope, input);
                self.tries -= 1;
                let body = body?;
                let handler = handler.as_ref().map(|handler| self.boxed(handler, scope, Kinds::ANY)).transpose()?;
                NodeKind::Try { body, handler }
            }
            Term::IfThenElse(branches, otherwise) => {
                let last = match otherwise {
                    Some(otherwise) => self.term(otherwise, scope, input)?,
                    None => self.node(NodeKind::Input, input),
                };
                return branches.iter().rev().try_fold(last, |otherwise, (condition, then)| {
                    let condition = self.boxed(condition, scope, input)?;
                    let then = self.boxed(then, scope, input)?;
                    Ok(self.node(NodeKind::If { condition, then, otherwise: Box::new(otherwise) }, input))
                });
            }
            Term::Def(definitions, body) => {
                let scope = definitions.iter().fold(scope.clone(), |scope, definition| {
                    scope.with(Bound::Definition(definition, scope.home, scope.inlined.clone()))
                });
                return self.term(body, &scope, input);
            }
            Term::Call(name, arguments) => return self.call(name, arguments, scope, input),
            Term::Var(name) => match self.variable(name, scope) {
                Some(variable) => NodeKind::Variable(variable),
                None => return self.unsupported(scope, "an unknown variable"),
            },
            Term::Path(head, path) => {
                let head = self.boxed(head, scope, input)?;
                let steps = path.0.iter().map(|(part, opt)| {
                    let kind = match part {
                        Part::Index(index) => StepKind::Index(self.term(index, scope, input)?),
                        Part::Range(None, None) => StepKind::Iterate,
                        Part::Range(from, to) => {
                            let from = from.as_ref().map(|from| self.term(from, scope, input)).transpose()?;
                            let to = to.as_ref().map(|to| self.term(to, scope, input)).transpose()?;
                            StepKind::Slice(from, to)
                        }
                    };
                    Ok(Step { kind, optional: matches!(opt, Opt::Optional) })
                });
                let steps: Vec<_> = steps.collect::<Result<_, _>>()?;
                if steps.is_empty() {
                    return Ok(*head);
                }
                NodeKind::Path { head, steps: self.steps_in_turn(steps, input) }
            }
        };
        Ok(self.node(kind, input))
    }

    /// The filters in a path are combined before any step is made.
    fn steps_in_turn(&self, steps: Vec<Step>, input: Kinds) -> Vec<Step> {
        let filters: Vec<Node> = steps.iter().flat_map(Step::filters).cloned().collect();
        let mut filters = self.in_turn(filters, input).into_iter();
        let steps = steps.into_iter().map(|Step { kind, optional }| {
            let mut next = |filter| filters.next().unwrap_or(filter);
            let kind = match kind {
                StepKind::Index(index) => StepKind::Index(next(index)),
                StepKind::Slice(from, to) => {
                    let from = from.map(&mut next);
                    StepKind::Slice(from, to.map(next))
                }
                StepKind::Iterate => StepKind::Iterate,
            };
            Step { kind, optional }
        });
        steps.collect()
    }

    fn variable(&self, name: &str, scope: &Scope<'t>) -> Option<Var> {
        let bound = scope.names().find_map(|known| match known.bound {
            Bound::Variable(bound, variable) if bound == name => Some(variable),
            _ => None,
        });
        bound.or_else(|| name.strip_prefix(PREFIX)?.parse().ok().map(Var))
    }

    /// Constant text is one constant; parts that can be other than strings are added up as jaq does.
    fn text(
        &mut self,
        format: Option<&'t str>,
        parts: &'t [StrPart<&'t str, Term<&'t str>>],
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        let mut nodes: Vec<Node> = Vec::new();
        for part in parts {
            let mut literal = |text: &str| match nodes.last_mut().map(|last| &mut last.kind) {
                Some(NodeKind::Constant(Constant::String(last))) => last.push_str(text),
                _ => nodes.push(self.node(NodeKind::Constant(Constant::String(text.to_owned())), input)),
            };
            match part {
                StrPart::Str(text) => literal(text),
                StrPart::Char(char) => literal(char.encode_utf8(&mut [0; 4])),
                StrPart::Term(inner) => {
                    let inner = self.boxed(inner, scope, input)?;
                    let written =
                        self.call(format.unwrap_or("tostring"), &[], &self.writer(format, scope), inner.kinds)?;
                    nodes.push(self.node(NodeKind::Pipe(inner, Box::new(written)), input));
                }
            }
        }
        if nodes.iter().all(|node| node.kinds.within(Kinds::STRING)) {
            return Ok(match nodes.len() {
                0 => self.node(NodeKind::Constant(Constant::String(String::new())), input),
                1 => nodes.swap_remove(0),
                _ => {
                    let parts = self.in_turn(nodes, input);
                    self.node(NodeKind::Text(parts), input)
                }
            });
        }
        let sum = nodes
            .into_iter()
            .rev()
            .reduce(|sum, part| self.node(NodeKind::Math(Box::new(part), super::ir::Math::Add, Box::new(sum)), input));
        Ok(sum.unwrap_or_else(|| self.node(NodeKind::Empty, input)))
    }

    /// A part that is combined with each output of those behind it: its errors are lost where there is none.
    fn before(&self, part: Node, behind: &[&Node], input: Kinds) -> Node {
        let lossy = self.tries > 0 && part.fallible && behind.iter().any(|node| node.outputs.least == 0);
        if lossy { self.node(NodeKind::Sure(Box::new(part)), input) } else { part }
    }

    /// Parts of which each is combined with all behind it.
    fn in_turn(&self, parts: Vec<Node>, input: Kinds) -> Vec<Node> {
        let mut done: Vec<Node> = Vec::with_capacity(parts.len());
        for part in parts.into_iter().rev() {
            let behind: Vec<&Node> = done.iter().collect();
            let part = self.before(part, &behind, input);
            done.push(part);
        }
        done.reverse();
        done
    }

    /// Where a string's format is looked up. Without one it is jaq's own `tostring`, whatever the program calls so.
    #[expect(clippy::unused_self, reason = "one of the rules")]
    fn writer(&self, format: Option<&str>, scope: &Scope<'t>) -> Scope<'t> {
        match format {
            Some(_) => scope.clone(),
            None => Scope { names: None, ..scope.clone() },
        }
    }

    fn entry(
        &mut self,
        key: &'t Term<&'t str>,
        value: Option<&'t Term<&'t str>>,
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<(Node, Node), Unsupported> {
        if let (Term::Var(name), None) = (key, value) {
            let constant = NodeKind::Constant(Constant::String(name[1..].to_owned()));
            return Ok((self.node(constant, input), self.term(key, scope, input)?));
        }
        let key = self.term(key, scope, input)?;
        let value = match value {
            Some(value) => self.term(value, scope, input)?,
            None => {
                let head = Box::new(self.node(NodeKind::Input, input));
                let steps = vec![Step { kind: StepKind::Index(key.clone()), optional: false }];
                self.node(NodeKind::Path { head, steps }, input)
            }
        };
        Ok((key, value))
    }

    fn binary(
        &mut self,
        left: &'t Term<&'t str>,
        operator: &'t BinaryOp<&'t str>,
        right: &'t Term<&'t str>,
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        if let BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt = operator {
            return self.update(left, operator, right, scope, input);
        }
        let left = self.boxed(left, scope, input)?;
        let kind = match operator {
            BinaryOp::Pipe(None) => {
                let kinds = left.kinds;
                NodeKind::Pipe(left, self.boxed(right, scope, kinds)?)
            }
            BinaryOp::Pipe(Some(pattern)) => {
                let (pattern, inner) = self.pattern(pattern, scope, left.kinds)?;
                NodeKind::Bind { source: left, pattern, body: self.boxed(right, &inner, input)? }
            }
            BinaryOp::Comma => NodeKind::Comma(left, self.boxed(right, scope, input)?),
            BinaryOp::Alt => NodeKind::Alternative(left, self.boxed(right, scope, input)?),
            BinaryOp::Or => NodeKind::Logic { stop: true, left, right: self.boxed(right, scope, input)? },
            BinaryOp::And => NodeKind::Logic { stop: false, left, right: self.boxed(right, scope, input)? },
            BinaryOp::Math(math) => {
                let right = self.boxed(right, scope, input)?;
                NodeKind::Math(Box::new(self.before(*left, &[&*right], input)), *math, right)
            }
            BinaryOp::Cmp(cmp) => {
                let right = self.boxed(right, scope, input)?;
                NodeKind::Compare(Box::new(self.before(*left, &[&*right], input)), *cmp, right)
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                return self.unsupported(scope, UPDATE);
            }
        };
        Ok(self.node(kind, input))
    }

    /// The keys of a pattern see no variable that it binds.
    fn pattern(
        &mut self,
        pattern: &'t parse::Pattern<&'t str>,
        scope: &Scope<'t>,
        value: Kinds,
    ) -> Result<(Pattern, Scope<'t>), Unsupported> {
        let mut names = Vec::new();
        let pattern = self.pattern_in(pattern, scope, value, &mut names)?;
        let inner = names
            .into_iter()
            .fold(scope.clone(), |inner, (name, variable)| inner.with(Bound::Variable(name, variable)));
        Ok((pattern, inner))
    }

    fn pattern_in(
        &mut self,
        pattern: &'t parse::Pattern<&'t str>,
        scope: &Scope<'t>,
        value: Kinds,
        names: &mut Vec<(&'t str, Var)>,
    ) -> Result<Pattern, Unsupported> {
        let entries: Vec<(Node, Pattern)> = match pattern {
            parse::Pattern::Var(name) => {
                let variable = self.new_variable(value);
                names.push((name, variable));
                return Ok(Pattern::Variable(variable));
            }
            parse::Pattern::Arr(items) => {
                let items = items.iter().enumerate().map(|(index, item)| {
                    let index = NodeKind::Constant(Constant::Number(index.to_string()));
                    Ok((self.node(index, value), self.pattern_in(item, scope, Kinds::ANY, names)?))
                });
                items.collect::<Result<_, _>>()?
            }
            parse::Pattern::Obj(entries) => {
                let entries = entries.iter().map(|(key, inner)| {
                    Ok((self.term(key, scope, value)?, self.pattern_in(inner, scope, Kinds::ANY, names)?))
                });
                entries.collect::<Result<_, _>>()?
            }
        };
        Ok(Pattern::Entries(entries))
    }

    fn new_variable(&mut self, kinds: Kinds) -> Var {
        self.variables.push(kinds);
        Var(u32::try_from(self.variables.len() - 1).unwrap_or(u32::MAX))
    }

    fn fold(
        &mut self,
        name: &str,
        source: &'t Term<&'t str>,
        pattern: &'t parse::Pattern<&'t str>,
        arguments: &'t [Term<&'t str>],
        scope: &Scope<'t>,
        input: Kinds,
    ) -> Result<Node, Unsupported> {
        let [init, update, extract @ ..] = arguments else {
            return self.unsupported(scope, "a loop without an update");
        };
        let source = self.term(source, scope, input)?;
        let (pattern, inner) = self.pattern(pattern, scope, source.kinds)?;
        let init = self.term(init, scope, input)?;
        let update = self.term(update, &inner, Kinds::ANY)?;
        if update.outputs.most.is_none_or(|most| most > 1) {
            return self.unsupported(scope, SEVERAL_STATES);
        }
        let extract = extract.first().map(|extract| self.boxed(extract, &inner, update.kinds)).transpose()?;
        let fold = Box::new(Fold { source, pattern, init, update });
        let kind = if name == "reduce" { NodeKind::Reduce(fold) } else { NodeKind::Foreach(fold, extract) };
        Ok(self.node(kind, input))
    }
}
