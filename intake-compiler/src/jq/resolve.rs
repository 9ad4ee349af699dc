//! Resolves names the way jaq's compiler does: functions by name and number of arguments, variables, labels.

use super::builtins;
use super::regex;
use super::report::Text;
use super::spans::Spans;
use super::substitute::PREFIX;
use crate::diagnostic::suggest::{self, Meant};
use crate::diagnostic::{Applicability, Code, Diagnostic, Sink};
use crate::template::{Root, Step, Variable};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::Part;
use std::collections::BTreeMap;

/// More than this many unknown names in one program are not reported.
const MOST: usize = 20;

/// Names that start a variable of the manifest: written without `${…}` they look like jq functions.
const ROOTS: [&str; 7] = ["custom_data", "data", "piped_content", "polling_state", "resource", "subdomain", "webhook"];

/// Reports every name that does not resolve; true if all do.
pub(super) fn resolve(
    term: &Term<&str>,
    spans: &Spans<'_>,
    text: Text<'_>,
    variables: &[Variable],
    sink: &mut Sink,
) -> bool {
    let scope = Scope::default();
    let mut resolver = Resolver { spans, text, variables, scope, errors: Vec::new() };
    resolver.term(term);
    let resolved = resolver.errors.is_empty();
    resolver.errors.into_iter().take(MOST).for_each(|error| sink.push(error));
    resolved
}

/// How often each name is bound at this point; 0 is not at all.
#[derive(Default)]
struct Scope<'t> {
    functions: BTreeMap<(&'t str, usize), usize>,
    variables: BTreeMap<&'t str, usize>,
    labels: BTreeMap<&'t str, usize>,
}

impl<'t> Scope<'t> {
    fn bind(&mut self, parameter: &'t str, count: impl Fn(&mut usize)) {
        let bound = if parameter.starts_with('$') {
            self.variables.entry(parameter).or_default()
        } else {
            self.functions.entry((parameter, 0)).or_default()
        };
        count(bound);
    }
}

struct Resolver<'t, 'a> {
    spans: &'a Spans<'a>,
    text: Text<'a>,
    variables: &'a [Variable],
    scope: Scope<'t>,
    errors: Vec<Diagnostic>,
}

impl<'t> Resolver<'t, '_> {
    fn error(&self, code: Code, name: &str, message: String) -> Diagnostic {
        Diagnostic::new(code, self.spans.span(self.spans.slice(name)), message)
    }

    /// Keeps at most one more than is reported, so a hostile program costs no memory.
    fn push(&mut self, error: impl FnOnce(&Self) -> Diagnostic) {
        if self.errors.len() <= MOST {
            let error = error(self);
            self.errors.push(error);
        }
    }

    fn terms(&mut self, terms: impl IntoIterator<Item = &'t Term<&'t str>>) {
        terms.into_iter().for_each(|term| self.term(term));
    }

    fn term(&mut self, term: &'t Term<&'t str>) {
        match term {
            Term::Id | Term::Recurse | Term::Num(_) | Term::Arr(None) => {}
            Term::Arr(Some(term)) | Term::Neg(term) => self.term(term),
            Term::Var(name) => self.variable(name),
            Term::Str(format, parts) => {
                format.iter().for_each(|name| self.call(name, &[]));
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.term(term);
                    }
                }
            }
            Term::Obj(entries) => {
                for (key, value) in entries {
                    if let (Term::Var(name), None) = (key, value) {
                        self.shorthand(name);
                    }
                    self.term(key);
                    self.terms(value);
                }
            }
            Term::BinOp(left, BinaryOp::Pipe(Some(pattern)), right) => {
                self.term(left);
                self.pattern_keys(pattern);
                self.with_pattern(pattern, |this| this.term(right));
            }
            Term::BinOp(left, _, right) => {
                self.term(left);
                self.term(right);
            }
            Term::Label(name, term) => {
                self.not_reserved(name);
                *self.scope.labels.entry(name).or_default() += 1;
                self.term(term);
                *self.scope.labels.entry(name).or_default() -= 1;
            }
            Term::Break(name) => {
                if self.scope.labels.get(name).is_none_or(|bound| *bound == 0) {
                    self.push(|this| {
                        let message = format!("no label `{name}` around this `break`");
                        this.error(Code::JqUnknownVariable, name, message)
                    });
                }
            }
            Term::Fold(name, source, pattern, arguments) => self.fold(name, source, pattern, arguments),
            Term::TryCatch(body, handler) => {
                self.term(body);
                self.terms(handler.as_deref());
            }
            Term::IfThenElse(branches, otherwise) => {
                for (condition, then) in branches {
                    self.term(condition);
                    self.term(then);
                }
                self.terms(otherwise.as_deref());
            }
            Term::Def(definitions, term) => self.definitions(definitions, term),
            Term::Call(name, arguments) => {
                self.terms(arguments);
                self.call(name, arguments);
            }
            Term::Path(head, path) => {
                self.term(head);
                for (part, _) in &path.0 {
                    match part {
                        Part::Index(index) => self.term(index),
                        Part::Range(from, to) => self.terms(from.iter().chain(to)),
                    }
                }
            }
        }
    }

    fn definitions(&mut self, definitions: &'t [Def<&'t str>], term: &'t Term<&'t str>) {
        for Def { name, args, body } in definitions {
            // A definition sees itself, its parameters and the definitions before it.
            *self.scope.functions.entry((name, args.len())).or_default() += 1;
            args.iter().for_each(|parameter| {
                self.not_reserved(parameter);
                self.scope.bind(parameter, |count| *count += 1);
            });
            self.term(body);
            args.iter().for_each(|parameter| self.scope.bind(parameter, |count| *count -= 1));
        }
        self.term(term);
        for Def { name, args, .. } in definitions {
            *self.scope.functions.entry((name, args.len())).or_default() -= 1;
        }
    }

    fn fold(
        &mut self,
        name: &'t str,
        source: &'t Term<&'t str>,
        pattern: &'t Pattern<&'t str>,
        arguments: &'t [Term<&'t str>],
    ) {
        let takes = if name == "reduce" { 2..=2 } else { 2..=3 };
        if !takes.contains(&arguments.len()) {
            self.push(|this| {
                let shape = if name == "reduce" { "(INIT; UPDATE)" } else { "(INIT; UPDATE; EXTRACT)" };
                let message = format!("`{name}` with {} instead of 2", count(arguments.len()));
                this.error(Code::JqUnknownFunction, name, message).help(format!("write `{name} SOURCE as $x {shape}`"))
            });
        }
        self.term(source);
        self.pattern_keys(pattern);
        self.terms(arguments.first());
        self.with_pattern(pattern, |this| this.terms(&arguments[1.min(arguments.len())..]));
    }

    /// The keys of a pattern do not see the variables it binds.
    fn pattern_keys(&mut self, pattern: &'t Pattern<&'t str>) {
        match pattern {
            Pattern::Var(name) => self.not_reserved(name),
            Pattern::Arr(patterns) => patterns.iter().for_each(|pattern| self.pattern_keys(pattern)),
            Pattern::Obj(entries) => {
                for (key, pattern) in entries {
                    self.term(key);
                    self.pattern_keys(pattern);
                }
            }
        }
    }

    fn with_pattern(&mut self, pattern: &'t Pattern<&'t str>, inside: impl FnOnce(&mut Self)) {
        let mut names = Vec::new();
        pattern_variables(pattern, &mut names);
        names.iter().for_each(|name| *self.scope.variables.entry(name).or_default() += 1);
        inside(self);
        names.iter().for_each(|name| *self.scope.variables.entry(name).or_default() -= 1);
    }

    /// A `${…}` is a value: it cannot be bound.
    fn not_reserved(&mut self, name: &str) {
        if self.text.get(self.spans.slice(name)).starts_with("${") {
            self.push(|this| {
                this.error(Code::JqSyntax, name, "a `${…}` where jq binds a name".into())
                    .note("a `${…}` is a value, not a name")
                    .help("bind a jq variable of your own, as `$x`")
            });
        }
    }

    /// `{${x}}`: jq would take the bound variable's name for the key.
    fn shorthand(&mut self, name: &str) {
        let Some(variable) =
            name.strip_prefix(PREFIX).and_then(|index| self.variables.get(index.parse::<usize>().ok()?))
        else {
            return;
        };
        let key = match (variable.path.steps.last(), &variable.path.root) {
            (Some(Step::Key(key)), _) | (None, Root::CustomData { field: key, .. }) => key.clone(),
            _ => variable.path.root.to_string().replace('.', "_"),
        };
        let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !key.starts_with(|c: char| c.is_ascii_digit());
        self.push(|this| {
            let range = this.spans.slice(name);
            let diagnostic = this
                .error(
                    Code::JqVariableAsKey,
                    name,
                    format!("`${{{}}}` used as an object's shorthand key", variable.path),
                )
                .note("a `${…}` is a value: it gives the object no key");
            if plain {
                let edit = this.text.edit(range.start..range.start, &format!("{key}: "));
                diagnostic.fix_all(format!("write `{key}: ${{{}}}`", variable.path), vec![edit])
            } else {
                diagnostic.help("write `key: ${…}`")
            }
        });
    }

    fn variable(&mut self, name: &str) {
        let bound = self.scope.variables.get(name).is_some_and(|bound| *bound > 0);
        if bound || name.starts_with(PREFIX) {
            return;
        }
        if let Some((_, why)) = builtins::REFUSED_VARIABLES.iter().find(|(refused, _)| *refused == name) {
            return self.push(|this| {
                this.error(Code::JqRefused, name, format!("`{name}` is not available in a manifest")).note(*why)
            });
        }
        self.push(|this| {
            let diagnostic = this.error(Code::JqUnknownVariable, name, format!("unknown variable `{name}`"));
            let bound = this.scope.variables.iter().filter(|(_, bound)| **bound > 0).map(|(known, _)| *known);
            match suggest::meant(name, bound) {
                Some(close) => {
                    let edit = this.text.edit(this.spans.slice(name), close.word);
                    diagnostic.did_you_mean(close, edit.span, edit.replacement)
                }
                None if ROOTS.contains(&&name[1..]) => {
                    diagnostic.help(format!("the manifest's variables are written `${{{}.…}}`", &name[1..]))
                }
                None if name == "$__loc__" => diagnostic.note("jq 1.8 has it, jaq has not"),
                None => diagnostic.help(format!("bind it first: `. as {name} | …`")),
            }
        });
    }

    fn call(&mut self, name: &str, arguments: &[Term<&str>]) {
        let arity = arguments.len();
        let bound = self.scope.functions.get(&(name, arity)).is_some_and(|bound| *bound > 0);
        if bound {
            return;
        }
        if builtins::exists(name, arity) && !name.contains("::") {
            return self.regular_expression(name, arguments);
        }
        self.push(|this| {
            let refused = builtins::refusal(name).map(|why| {
                let message = format!("`{name}` is not available in a manifest");
                this.error(Code::JqRefused, name, message).note(why)
            });
            refused
                .or_else(|| this.manifest_variable(name, arity))
                .or_else(|| this.other_arity(name, arguments))
                .unwrap_or_else(|| this.unknown_function(name, arity))
        });
    }

    /// A regular expression that is a constant has to be one that jaq's engine takes.
    fn regular_expression(&mut self, name: &str, arguments: &[Term<&str>]) {
        let Some((expression, flags)) = regex::arguments(name, arguments.len()) else { return };
        let flags = flags.map_or(Some(String::new()), |flags| constant(&arguments[flags]));
        let (Some(text), Term::Str(_, parts)) = (constant(&arguments[expression]), &arguments[expression]) else {
            return;
        };
        let Some(refused) = regex::refused(&text).filter(|_| flags.is_none_or(|flags| !flags.contains('x'))) else {
            return;
        };
        // Where the part is written as it is; an escape in it has no place of its own.
        let mut start = 0;
        let written = parts.iter().find_map(|part| {
            let (from, len) = (start, part_len(part));
            start += len;
            match part {
                StrPart::Str(part) if from <= refused.range.start && refused.range.end <= from + len => {
                    let at = self.spans.slice(part).start - from;
                    Some(at + refused.range.start..at + refused.range.end)
                }
                _ => None,
            }
        });
        let range = written.or_else(|| self.spans.term(&arguments[expression]));
        let found = text[refused.range].to_owned();
        self.push(|this| {
            let span = this.spans.span(range.unwrap_or_else(|| this.spans.slice(name)));
            Diagnostic::new(Code::JqRegex, span, format!("jaq's regular expressions have no `{found}`"))
                .label(refused.what)
                .note("jq's engine has it; jaq's takes linear time, and fails on this expression when it is run")
                .help(refused.help)
        });
    }

    /// `polling_state.since` and `polling_state::since` without their `${…}`.
    fn manifest_variable(&self, name: &str, arity: usize) -> Option<Diagnostic> {
        let root = name.split("::").next()?;
        if arity > 0 || !ROOTS.contains(&root) {
            return None;
        }
        let range = self.spans.slice(name);
        let mut end = range.end;
        let mut index = self.text.token_from(end);
        while let Some(token) = self.text.at(index)
            && token.range.start == end
            && self.text.token(index).len() > 1
            && self.text.token(index).starts_with('.')
        {
            (end, index) = (token.range.end, index + 1);
        }
        let path = self.text.get(range.start..end).replace("::", ".");
        let diagnostic = self
            .error(Code::JqUnknownFunction, name, format!("unknown function `{name}`"))
            .note("the variables of a manifest are written `${…}`, in jq as well");
        let edit = self.text.edit(range.start..end, &format!("${{{path}}}"));
        Some(diagnostic.fix_all(format!("write `${{{path}}}`"), vec![edit]))
    }

    /// The function exists, with another number of arguments.
    fn other_arity(&self, name: &str, arguments: &[Term<&str>]) -> Option<Diagnostic> {
        let own = self.scope.functions.iter().filter(|((known, _), bound)| *known == name && **bound > 0);
        let mut known: Vec<usize> = own.map(|((_, arity), _)| *arity).chain(builtins::arities(name)).collect();
        known.sort_unstable();
        known.dedup();
        let takes = match known.as_slice() {
            [] => return None,
            [one] => count(*one),
            [first @ .., last] => {
                let first: Vec<String> = first.iter().map(usize::to_string).collect();
                format!("{} or {}", first.join(", "), count(*last))
            }
        };
        let message = format!("`{name}` takes {takes}, not {}", arguments.len());
        let diagnostic = self.error(Code::JqUnknownFunction, name, message);
        if let [Term::BinOp(left, BinaryOp::Comma, right)] = arguments
            && known.contains(&2)
            && let (Some(left), Some(right)) = (self.spans.term(left), self.spans.term(right))
        {
            let index = self.text.token_from(left.end);
            let comma = (index..self.text.token_from(right.start)).find(|index| self.text.token(*index) == ",");
            if let Some(token) = comma.and_then(|index| self.text.at(index)) {
                let edit = self.text.edit(token.range.clone(), ";");
                return Some(diagnostic.fix_all("separate the arguments by `;`", vec![edit]));
            }
        }
        Some(diagnostic)
    }

    fn unknown_function(&self, name: &str, arity: usize) -> Diagnostic {
        let diagnostic = self.error(Code::JqUnknownFunction, name, format!("unknown function `{name}`"));
        if let Some(foreign) = builtins::foreign(name, arity) {
            let code = foreign.instead.starts_with('`');
            let help = if code { format!("write {}", foreign.instead) } else { foreign.instead.to_owned() };
            let diagnostic = if foreign.in_jq { diagnostic.note("jq 1.8 has it, jaq has not") } else { diagnostic };
            return diagnostic.help(help);
        }
        let value = format!("${name}");
        if arity == 0 && self.scope.variables.get(value.as_str()).is_some_and(|bound| *bound > 0) {
            let edit = self.text.edit(self.spans.slice(name), &value);
            let diagnostic =
                diagnostic.note("in jaq a parameter `$x` binds the variable only, in jq the function `x`, too");
            return diagnostic.suggest_all(format!("write `{value}`"), vec![edit]);
        }
        if name.contains("::") {
            return diagnostic.note("a program stands alone: it imports no modules");
        }
        let own = self.scope.functions.iter().filter(|(_, bound)| **bound > 0).map(|(known, _)| *known);
        let all: Vec<(&str, usize)> = own.chain(builtins::BUILTINS.iter().copied()).collect();
        let same = all.iter().filter(|(_, known)| *known == arity).map(|(known, _)| *known);
        // One that takes other arguments is not certain: it would not fit as it stands.
        let other = || suggest::closest(name, all.iter().map(|(known, _)| *known));
        let close = suggest::meant(name, same)
            .or_else(|| other().map(|word| Meant { word, applicability: Applicability::Maybe }));
        match close {
            Some(close) => {
                let edit = self.text.edit(self.spans.slice(name), close.word);
                diagnostic.did_you_mean(close, edit.span, edit.replacement)
            }
            None if arity == 0 && !name.starts_with('@') => {
                diagnostic.help(format!("for a key of the input write `.{name}`, for a text `\\\"{name}\\\"`"))
            }
            None => diagnostic,
        }
    }
}

/// The text of a string without interpolation or format.
pub(super) fn constant(term: &Term<&str>) -> Option<String> {
    let Term::Str(None, parts) = term else { return None };
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(part) => text.push(*part),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

fn part_len(part: &StrPart<&str, Term<&str>>) -> usize {
    match part {
        StrPart::Str(part) => part.len(),
        StrPart::Char(part) => part.len_utf8(),
        StrPart::Term(_) => 0,
    }
}

fn count(arguments: usize) -> String {
    match arguments {
        0 => "no argument".into(),
        1 => "1 argument".into(),
        _ => format!("{arguments} arguments"),
    }
}

pub(super) fn pattern_variables<'t>(pattern: &Pattern<&'t str>, names: &mut Vec<&'t str>) {
    match pattern {
        Pattern::Var(name) => names.push(name),
        Pattern::Arr(patterns) => patterns.iter().for_each(|pattern| pattern_variables(pattern, names)),
        Pattern::Obj(entries) => entries.iter().for_each(|(_, pattern)| pattern_variables(pattern, names)),
    }
}
