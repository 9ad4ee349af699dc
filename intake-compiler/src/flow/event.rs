//! The abstract interpretation of one event.

use super::depends::Depends;
use super::output;
use super::response;
use super::ways::{self, Ways};
use crate::check::visit::EventKind;
use crate::jq::{Inferred, Program};
use crate::manifest::model::{Command, CommandKind, Event, Http, Respond, Value, ValueKind};
use crate::shape::{Field, Rest, Shape, ShapeKind, Text};
use crate::source::Span;
use crate::template::{Root, Scope, Step, Template, Variable};
use std::collections::HashMap;

/// More than so many commands that may have given a value are not told apart.
const MOST_SOURCES: usize = 64;

/// The data flow of one event.
#[derive(Debug)]
pub struct EventFlow<'a> {
    /// Which event.
    pub kind: EventKind,
    /// The event.
    pub event: &'a Event,
    /// Its commands that a way leads to, outer ones first, in source order.
    pub commands: Vec<CommandFlow<'a>>,
    /// What it reads, in the order in which that is read.
    pub reads: Vec<Read<'a>>,
    /// What it would read if a `$` were not missing, which is reported.
    pub lost: Vec<&'a Variable>,
    /// What it saves, in order.
    pub saves: Vec<Save<'a>>,
    /// What it gives.
    pub output: Ways,
    /// What that depends on.
    pub depends: Depends<'a>,
    /// What its requests depend on: whether they are made, and what they send.
    pub sent: Depends<'a>,
    /// Whether all of it was understood: otherwise what could not be read, which is reported, may read or write anything.
    pub understood: bool,
}

/// The data flow of one command.
#[derive(Debug)]
pub struct CommandFlow<'a> {
    /// The command.
    pub command: &'a Command,
    /// What it gets.
    pub input: Ways,
    /// What it gives.
    pub output: Ways,
    /// What its program gives, for each of the inputs; of `!jq` and `!switch`.
    pub inferred: Vec<Inferred>,
    /// The index that the program of a `!switch` gives.
    pub index: Option<Ways>,
    /// Whether anything uses what it gives.
    pub used: bool,
}

/// A variable that is read.
#[derive(Debug)]
pub struct Read<'a> {
    /// The variable.
    pub variable: &'a Variable,
    /// Where its value goes.
    pub place: Place,
    /// Whether text is needed there, so that `null` stops the run.
    pub is_text: bool,
    /// Whether it is in a case of a `!switch`, which may not run.
    pub conditional: bool,
    /// The value of its root, where that is `piped_content`.
    pub content: Option<Ways>,
    /// How many `!save`s of the event come before it.
    pub saves_before: usize,
}

/// Where the value of a variable goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Place {
    Jq,
    Url,
    Param,
    Header,
    Body,
    Secret,
    Log,
}

impl Place {
    /// For a message: `a URL`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jq => "a jq program",
            Self::Url => "a URL",
            Self::Param => "a parameter",
            Self::Header => "a header",
            Self::Body => "a body",
            Self::Secret => "the secret of `!sha`",
            Self::Log => "a log message",
        }
    }
}

/// A `!save` that a way leads to.
#[derive(Debug)]
pub struct Save<'a> {
    /// The command.
    pub command: &'a Command,
    /// The scope; `None` if it was not understood (reported).
    pub scope: Option<Scope>,
    /// What is saved.
    pub input: Ways,
    /// Whether it is in a case of a `!switch`, which may not run.
    pub conditional: bool,
}

/// What is known before an event runs.
pub(super) struct Known<'k> {
    /// The polling state.
    pub(super) state: &'k Ways,
    /// Saved data.
    pub(super) saved: &'k dyn Fn(Scope, &str) -> Ways,
    /// Responses and payloads.
    pub(super) recorded: &'k response::Recorded<'k>,
}

/// A value, and what it depends on.
#[derive(Clone, Debug)]
struct Content<'a> {
    ways: Ways,
    depends: Depends<'a>,
    /// The numbers of the commands that give it.
    sources: Vec<usize>,
}

impl<'a> Content<'a> {
    fn new(ways: Ways, depends: Depends<'a>) -> Self {
        Self { ways, depends, sources: Vec::new() }
    }
}

/// Interprets an event.
pub(super) fn run<'a>(kind: EventKind, event: &'a Event, known: &Known<'_>) -> EventFlow<'a> {
    let flow = EventFlow {
        kind,
        event,
        commands: Vec::new(),
        reads: Vec::new(),
        lost: Vec::new(),
        saves: Vec::new(),
        output: Ways::none(),
        depends: Depends::default(),
        sent: Depends::default(),
        understood: true,
    };
    let requests = response::numbers(&event.command);
    let mut run = Run { known, flow, requests, pipe: Vec::new(), conditional: false, control: Depends::default() };
    let input = Content::new(output::input(kind, event.key, known.recorded), Depends::default());
    let output = run.command(&event.command, input);
    if kind.uses_output() {
        run.used(&output);
    }
    EventFlow { output: output.ways, depends: output.depends, ..run.flow }
}

struct Run<'a, 'k> {
    known: &'k Known<'k>,
    flow: EventFlow<'a>,
    /// The numbers of its requests.
    requests: HashMap<*const Http, usize>,
    /// The contents of the innermost pipe.
    pipe: Vec<Content<'a>>,
    conditional: bool,
    /// What decides whether the command runs.
    control: Depends<'a>,
}

impl<'a> Run<'a, '_> {
    fn command(&mut self, command: &'a Command, input: Content<'a>) -> Content<'a> {
        if input.ways.is_empty() {
            return input; // no way leads here
        }
        let index = self.flow.commands.len();
        self.flow.commands.push(CommandFlow {
            command,
            input: input.ways.clone(),
            output: Ways::none(),
            inferred: Vec::new(),
            index: None,
            used: false,
        });
        let mut output = self.output(command, index, input);
        self.flow.commands[index].output = output.ways.clone();
        if is_pure(command) {
            output.sources = vec![index];
        }
        output
    }

    /// Notes that something uses a value.
    fn used(&mut self, content: &Content<'a>) {
        for source in &content.sources {
            self.flow.commands[*source].used = true;
        }
    }

    fn output(&mut self, command: &'a Command, index: usize, input: Content<'a>) -> Content<'a> {
        let span = command.key;
        if uses_input(command) {
            self.used(&input);
        }
        match &command.kind {
            CommandKind::Jq(Some(program)) => self.program(program, index, &input),
            CommandKind::Pipe(commands) => self.pipe(commands, input),
            CommandKind::Switch { jq: Some(program), cases } => self.switch(program, cases, index, &input),
            CommandKind::Switch { jq: None, cases } => {
                self.not_understood();
                self.cases(cases, &input, &Depends::anything())
            }
            CommandKind::Save(scope) => {
                let (scope, conditional) = (scope.map(|scope| scope.value), self.conditional);
                self.flow.saves.push(Save { command, scope, input: input.ways.clone(), conditional });
                match input.ways.all(ways::is_no_object) {
                    true => Content { ways: Ways::unknown(), ..input }, // reported
                    false => input,
                }
            }
            CommandKind::Extract { item_keys, to_json } => {
                let ways = input.ways.iter().map(|shape| output::extracted(shape, item_keys, *to_json, span));
                Content::new(Ways::of(ways), input.depends)
            }
            CommandKind::Sha { secret, .. } => {
                let secret = self.text(secret.as_ref(), Place::Secret);
                let ways = input.ways.iter().map(|shape| output::hashed(shape, span));
                Content::new(Ways::of(ways), input.depends.and(&secret))
            }
            CommandKind::Print(text) => {
                self.text(text.as_ref(), Place::Log);
                input
            }
            CommandKind::Error(_) => Content::new(Ways::none(), input.depends),
            CommandKind::Respond(respond) => self.respond(respond, span),
            CommandKind::Http(http) => self.http(http, span),
            CommandKind::Jq(None) | CommandKind::Invalid => {
                self.not_understood();
                Content::new(Ways::one(span, ShapeKind::Unknown), Depends::anything())
            }
        }
    }

    fn not_understood(&mut self) {
        self.flow.sent = Depends::anything();
        self.flow.understood = false;
    }

    fn program(&mut self, program: &'a Program, command: usize, input: &Content<'a>) -> Content<'a> {
        let mut depends = input.depends.clone().and(&self.control);
        if output::calls(&program.code, "now") {
            depends = depends.and(&Depends::anything());
        }
        for variable in &program.variables {
            let of = self.read(variable, Place::Jq, false);
            depends = depends.and(&of);
        }
        depends = depends.and(&self.lost(&program.lost));
        let inferred = self.infer(program, &input.ways);
        let ways = output::outcomes(program, &inferred);
        self.flow.commands[command].inferred = inferred;
        Content::new(ways, depends)
    }

    /// What can be said of a program's outputs, for each of its inputs.
    fn infer(&self, program: &Program, input: &Ways) -> Vec<Inferred> {
        let variables: Vec<Shape> = program.variables.iter().map(|variable| self.value_of(variable).shape()).collect();
        let variable = |index: usize| variables.get(index).cloned().unwrap_or_else(|| Shape::unknown(program.span));
        input.iter().map(|input| program.infer(input, &variable)).collect()
    }

    fn pipe(&mut self, commands: &'a [Command], input: Content<'a>) -> Content<'a> {
        if commands.is_empty() {
            return Content::new(Ways::unknown(), Depends::anything()); // reported
        }
        let outside = std::mem::replace(&mut self.pipe, vec![input.clone()]);
        let output = commands.iter().fold(input, |input, command| {
            let output = self.command(command, input);
            self.pipe.push(output.clone());
            output
        });
        self.pipe = outside;
        output
    }

    fn switch(&mut self, program: &'a Program, cases: &'a [Command], index: usize, input: &Content<'a>) -> Content<'a> {
        let Content { ways, depends, .. } = self.program(program, index, input);
        let reached = output::indices(&ways, cases.len());
        self.flow.commands[index].index = Some(ways);
        match reached {
            // Another rule reports the others.
            Some(reached) => {
                let cases = cases.iter().enumerate().filter(|(index, _)| reached.contains(index)).map(|(_, case)| case);
                self.cases(cases, input, &depends)
            }
            None => self.cases(cases, input, &depends),
        }
    }

    /// The cases of a switch, of which one runs.
    fn cases(
        &mut self,
        cases: impl IntoIterator<Item = &'a Command>,
        input: &Content<'a>,
        index: &Depends<'a>,
    ) -> Content<'a> {
        let conditional = std::mem::replace(&mut self.conditional, true);
        let control = self.control.clone();
        self.control = control.clone().and(index);
        let outputs: Vec<_> = cases.into_iter().map(|case| self.command(case, input.clone())).collect();
        (self.conditional, self.control) = (conditional, control);
        let depends = outputs.iter().fold(index.clone(), |all, output| all.and(&output.depends));
        let ways = Ways::of(outputs.iter().flat_map(|output| output.ways.iter().cloned()));
        let mut sources: Vec<usize> = outputs.into_iter().flat_map(|output| output.sources).collect();
        sources.sort_unstable();
        sources.dedup();
        let mut all = Content { ways, depends, sources };
        if all.sources.len() > MOST_SOURCES {
            self.used(&all);
            all.sources.clear();
        }
        all
    }

    fn http(&mut self, http: &'a Http, span: Span) -> Content<'a> {
        let mut sent = self.control.clone();
        match &http.address {
            Some(address) => sent = sent.and(&self.text(Some(address.template()), Place::Url)),
            None => sent = Depends::anything(), // reported
        }
        for (place, entries) in [(Place::Param, &http.params), (Place::Header, &http.headers)] {
            for (_, value) in entries {
                sent = sent.and(&self.value(value, place).depends);
            }
        }
        if let Some(body) = &http.body {
            sent = sent.and(&self.value(body, Place::Body).depends);
        }
        self.flow.sent = self.flow.sent.clone().and(&sent);
        let number = self.requests.get(&std::ptr::from_ref(http)).copied().unwrap_or_default();
        let output = self.known.recorded.output(self.flow.kind, number, http, span);
        Content::new(Ways::of([output]), sent)
    }

    fn respond(&mut self, respond: &'a Respond, span: Span) -> Content<'a> {
        for (_, value) in &respond.headers {
            self.value(value, Place::Header);
        }
        match &respond.body {
            Some(body) => self.value(body, Place::Body),
            None => Content::new(Ways::one(span, ShapeKind::Unknown), Depends::default()),
        }
    }

    /// A text with variables in it: what it depends on.
    fn text(&mut self, template: Option<&'a Template>, place: Place) -> Depends<'a> {
        if template.is_some_and(|template| !template.complete) {
            self.not_understood();
        }
        let lost = template.map_or_else(Depends::default, |template| self.lost(&template.lost));
        let variables = template.into_iter().flat_map(Template::variables);
        variables.fold(lost, |all, variable| all.and(&self.read(variable, place, true)))
    }

    /// Notes variables that lack their `$`: what would depend on them.
    fn lost(&mut self, lost: &'a [Variable]) -> Depends<'a> {
        self.flow.lost.extend(lost);
        let piped = |index| self.piped(index).map_or_else(Depends::anything, |content| content.depends.clone());
        lost.iter().fold(Depends::default(), |all, variable| all.and(&Depends::of(variable, piped)))
    }

    /// A JSON value with variables in it.
    fn value(&mut self, value: &'a Value, place: Place) -> Content<'a> {
        let mut depends = Depends::default();
        let mut part = |value: &'a Value, run: &mut Self| {
            let content = run.value(value, place);
            depends = std::mem::take(&mut depends).and(&content.depends);
            content.ways.shape()
        };
        let kind = match &value.kind {
            ValueKind::Null => ShapeKind::Null,
            ValueKind::Bool(constant) => ShapeKind::Bool(Some(*constant)),
            ValueKind::Number(_) => ShapeKind::number(),
            ValueKind::String(template) => match template.as_single_variable() {
                Some(variable) => {
                    let depends = self.read(variable, place, false);
                    return Content::new(self.value_of(variable), depends);
                }
                None => {
                    depends = self.text(Some(template), place);
                    template
                        .as_literal()
                        .map_or_else(ShapeKind::text, |text| ShapeKind::String(Text::Constant(text.into())))
                }
            },
            ValueKind::Array(elements) => {
                let elements = elements.iter().map(|element| part(element, self)).reduce(Shape::or);
                ShapeKind::array(elements.unwrap_or_else(|| Shape::never(value.span)))
            }
            ValueKind::Object(members) => {
                let fields = members.iter().map(|(key, value)| Field {
                    name: key.value.as_str().into(),
                    span: key.span,
                    shape: part(value, self),
                    optional: false,
                });
                ShapeKind::object(fields.collect(), Rest::Closed)
            }
        };
        Content::new(Ways::one(value.span, kind), depends)
    }

    /// Notes that a variable is read: what it depends on.
    fn read(&mut self, variable: &'a Variable, place: Place, is_text: bool) -> Depends<'a> {
        let content = match variable.path.root {
            Root::PipedContent(index) => self.piped(index).cloned(),
            _ => None,
        };
        let content = content.map(|content| {
            self.used(&content);
            content.ways
        });
        let (conditional, saves_before) = (self.conditional, self.flow.saves.len());
        self.flow.reads.push(Read { variable, place, is_text, conditional, content, saves_before });
        // What has not run yet was reported.
        let piped = |index| self.piped(index).map_or_else(Depends::anything, |content| content.depends.clone());
        Depends::of(variable, piped)
    }

    fn piped(&self, index: u32) -> Option<&Content<'a>> {
        self.pipe.get(usize::try_from(index).ok()?)
    }

    /// What a variable can be.
    fn value_of(&self, variable: &Variable) -> Ways {
        let steps = variable.path.steps.as_slice();
        let text = || Ways::one(variable.span, ShapeKind::text());
        let ways = match &variable.path.root {
            Root::PollingState => self.known.state.value_at(steps),
            Root::PipedContent(index) => self.piped(*index).map_or_else(Ways::unknown, |it| it.ways.value_at(steps)),
            Root::Saved(scope) => match steps {
                [Step::Key(key), rest @ ..] => (self.known.saved)(*scope, key).value_at(rest),
                _ => Ways::unknown(),
            },
            Root::WebhookUrl | Root::Subdomain | Root::ResourceId if steps.is_empty() => text(),
            _ => Ways::unknown(),
        };
        match &variable.default {
            // Without a value the run stops, which is reported.
            None if ways.is_empty() => Ways::unknown(),
            None => ways,
            Some(_) => {
                let present = ways.iter().filter(|shape| shape.kind != ShapeKind::Null).cloned();
                Ways::of(present.chain(text().iter().cloned()))
            }
        }
    }
}

/// Whether a command does nothing but give a value.
fn is_pure(command: &Command) -> bool {
    match &command.kind {
        // To fail may be what it is for.
        CommandKind::Jq(Some(program)) => !output::calls(&program.code, "error"),
        CommandKind::Extract { .. } | CommandKind::Sha { .. } => true,
        _ => false,
    }
}

/// Whether a command uses what it gets; the others pass it on, or take nothing.
fn uses_input(command: &Command) -> bool {
    matches!(
        command.kind,
        CommandKind::Jq(_)
            | CommandKind::Switch { .. }
            | CommandKind::Save(_)
            | CommandKind::Extract { .. }
            | CommandKind::Sha { .. }
            | CommandKind::Invalid
    )
}
