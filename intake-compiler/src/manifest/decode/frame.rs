//! What stands around events: the keys that an intake lacks, and the intake that an event or a command pasted by itself
//! lacks. What the manifest tells is written as it is; what it cannot tell is written so that it compiles, comes to nothing
//! when it runs, and has a comment that says what belongs there.

use super::fields::{Object, listed, quoted};
use super::intake::{kind, type_of_event};
use crate::check::json_string;
use crate::check::visit::{self, Item};
use crate::diagnostic::{Applicability, Code, Diagnostic, Edit, Sink};
use crate::json::{Kind, Member, Node};
use crate::manifest::grammar::{INTAKE_TYPES, IntakeType, Word};
use crate::manifest::model::{Command, CommandKind, Event, Intake, IntakeKind, Polling, Webhook};
use crate::names::module_name;
use crate::source::{Source, Span};
use crate::template::{Root, Scope, Step};
use std::collections::{BTreeSet, HashSet};

/// Names for intakes that have none, after the manifest's file.
pub(super) struct Names {
    taken: HashSet<String>,
    stem: String,
    applicability: Applicability,
}

impl Names {
    /// Names that none of `elements` has.
    pub(super) fn new(elements: &[Node], source: &Source) -> Self {
        let name = |element: &Node| match &element.kind {
            Kind::Object(members) => members.iter().find(|member| member.key.value == "name").and_then(text),
            _ => None,
        };
        let taken = elements.iter().filter_map(name).collect();
        let stem = source.stem();
        if stem.starts_with('<') || module_name(stem).is_none() {
            return Self { taken, stem: "my-intake".to_owned(), applicability: Applicability::Placeholder };
        }
        Self { taken, stem: stem.to_owned(), applicability: Applicability::Certain }
    }

    fn fresh(&mut self, suffix: &str) -> Known {
        let base = format!("{}{suffix}", self.stem);
        let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
        let is_free = |name: &String| module_name(name).is_some_and(|module| !self.taken.contains(&module));
        let name = std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or(base);
        self.taken.extend(module_name(&name));
        Known { member: format!("\"name\": {}", json_string(&name)), applicability: self.applicability }
    }
}

fn text(member: &Member) -> Option<String> {
    match &member.value.kind {
        Kind::String(text) => module_name(&text.value),
        _ => None,
    }
}

/// A member to add, and how sure it is.
struct Known {
    member: String,
    applicability: Applicability,
}

/// The surest that a whole can be whose parts are `all`.
fn together<'a>(all: impl IntoIterator<Item = &'a Known>) -> Applicability {
    let certain = all.into_iter().all(|one| one.applicability == Applicability::Certain);
    if certain { Applicability::Certain } else { Applicability::Placeholder }
}

/// A type as a manifest writes it.
fn word(of_type: IntakeType) -> &'static str {
    let is_it = |word: &&Word<IntakeType>| word.value == of_type;
    INTAKE_TYPES.words.iter().find(is_it).map_or("", |word| word.word)
}

fn of_type(of_type: IntakeType) -> Known {
    Known { member: format!("\"type\": {}", quoted(word(of_type))), applicability: Applicability::Certain }
}

/// The scope that an intake saves into and reads from; else the one that its routing asks for; else the narrowest,
/// which asks for nothing more.
fn scope(intake: &Intake) -> Known {
    let Some(IntakeKind::Webhook(webhook)) = &intake.kind else {
        return Known { member: String::new(), applicability: Applicability::Maybe };
    };
    let mut used: BTreeSet<Scope> = BTreeSet::new();
    visit::intake(intake, &mut |item, _| match item {
        Item::Command(Command { kind: CommandKind::Save(Some(scope)), .. }) => {
            used.insert(scope.value);
        }
        Item::Variable(variable) => {
            if let Root::Saved(scope) = variable.path.root {
                used.insert(scope);
            }
        }
        _ => {}
    });
    let only = used.first().copied().filter(|_| used.len() == 1);
    let (scope, applicability) = match only {
        Some(scope) => (scope, Applicability::Certain),
        None if webhook.account_id.is_some() => (Scope::Application, Applicability::Certain),
        None if webhook.resource_id.is_some() => (Scope::Connection, Applicability::Placeholder),
        None => (used.first().copied().unwrap_or(Scope::Workflow), Applicability::Placeholder),
    };
    Known { member: format!("\"scope\": {}", quoted(scope.as_str())), applicability }
}

/// An event that is still to be written: a comment that says what belongs there, and a command that stands in.
fn placeholder(event: &str, comment: &str, command: &str) -> Known {
    let comment = json_string(&format!("placeholder: {comment}"));
    let member = format!("\"{event}\": {{ \"_comment\": {comment}, {command} }}");
    Known { member, applicability: Applicability::Placeholder }
}

/// The event that every intake of its type has, if this one lacks it.
fn required_event(intake: &Intake) -> Option<Known> {
    match intake.kind.as_ref()? {
        IntakeKind::Webhook(webhook) if webhook.create.is_none() => {
            const CALL: &str = "\"!http\": { \"method\": \"POST\", \"url\": \"https://api.example.invalid/hooks\", \
                                \"body\": { \"url\": \"${webhook.url}\" } }";
            let keys = keys_read(intake, |root| matches!(root, Root::Saved(_)));
            let command = if keys.is_empty() {
                CALL.to_owned()
            } else {
                let program = json_string(&format!("{{{}}}", keys.join(", ")));
                let save = format!("{{ \"!save\": {{ {} }} }}", scope(intake).member);
                format!("\"!pipe\": [{{ {CALL} }}, {{ \"!jq\": {program} }}, {save}]")
            };
            Some(placeholder("create", "the call that registers the hook belongs here", &command))
        }
        IntakeKind::Polling(polling) if polling.request.is_none() => {
            let comment = "what gives `results`, `iterate` and `polling_state` belongs here";
            Some(placeholder("request", comment, "\"!error\": \"`request` is not written yet\""))
        }
        _ => None,
    }
}

/// The `initial_setup` of a polling intake that reads its state and lacks one: without it the state is empty at first.
fn initial_setup(intake: &Intake) -> Option<Known> {
    let Some(IntakeKind::Polling(polling)) = &intake.kind else { return None };
    let keys = keys_read(intake, |root| *root == Root::PollingState);
    if polling.initial_setup.is_some() || keys.is_empty() {
        return None;
    }
    let values: Vec<String> = keys.iter().map(|key| format!("{key}: \"placeholder\"")).collect();
    let program = json_string(&format!("{{polling_state: {{{}}}}}", values.join(", ")));
    Some(placeholder("initial_setup", "the first values of the state belong here", &format!("\"!jq\": {program}")))
}

/// The keys that an intake reads of a root, as jq writes them in an object.
fn keys_read(intake: &Intake, is_root: impl Fn(&Root) -> bool) -> Vec<String> {
    let mut keys = BTreeSet::new();
    visit::intake(intake, &mut |item, _| {
        let Item::Variable(variable) = item else { return };
        if let (true, Some(Step::Key(key))) = (is_root(&variable.path.root), variable.path.steps.first()) {
            keys.insert(key.clone());
        }
    });
    let is_plain = |key: &str| {
        !key.starts_with(|c: char| c.is_ascii_digit()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    keys.into_iter().map(|key| if is_plain(&key) { key } else { json_string(&key) }).collect()
}

/// An intake whose keys are compared with what it must have.
pub(super) struct Missing<'a> {
    pub(super) object: &'a Object<'a>,
    pub(super) intake: &'a Intake,
    pub(super) of_type: IntakeType,
    pub(super) source: &'a Source,
}

impl Missing<'_> {
    /// Reports each missing key, with the member to add where it can be told.
    pub(super) fn report(&self, names: &mut Names, sink: &mut Sink) {
        for key in self.of_type.object().keys {
            let Some(found) = self.object.missing(key) else { continue };
            let last = self.object.all().last().map(|member| member.key.value.as_str());
            let (known, after) = match key.name {
                "name" => (Some(names.fresh("")), [].as_slice()),
                "type" => (Some(of_type(self.of_type)), ["name"].as_slice()),
                "scope" => (Some(scope(self.intake)), ["type", "name"].as_slice()),
                _ => (required_event(self.intake), last.as_slice()),
            };
            sink.push(match known {
                Some(known) => self.mend(found, key.name, &known, after),
                None => found,
            });
        }
    }

    fn mend(&self, found: Diagnostic, key: &str, known: &Known, after: &[&str]) -> Diagnostic {
        let to_do = known.applicability == Applicability::Placeholder;
        let action = match key {
            "create" | "request" if to_do => format!("add a `{key}` that is still to be written"),
            _ if to_do => format!("add `{key}`, or another one"),
            _ => format!("add `{key}`"),
        };
        let edit = insert(self.object, self.intake.span, self.source, &known.member, after);
        found.mend(known.applicability, action, vec![edit])
    }
}

/// Adds a member to an object: behind the first of `after` that it has, else before all others.
fn insert(object: &Object<'_>, span: Span, source: &Source, member: &str, after: &[&str]) -> Edit {
    let all = object.all();
    let find = |key: &&str| all.iter().find(|other| other.key.value == **key);
    let at = |at: u32, replacement: String| Edit { span: Span::at(at as usize), replacement };
    let Some(first) = all.first() else { return at(span.start + 1, format!(" {member} ")) };
    let gap = gap(source, first.key.span);
    match after.iter().find_map(find) {
        Some(before) => at(before.value.span.end, format!(",{gap}{member}")),
        None => at(first.key.span.start, format!("{member},{gap}")),
    }
}

/// What stands between two members of an object whose first key is at `key`: a line break if it starts its line.
fn gap(source: &Source, key: Span) -> String {
    let before = &source.text()[..key.start as usize];
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let (rest, indent) = before.split_at(before.len() - indent);
    if rest.ends_with('\n') { format!("\n{indent}") } else { " ".to_owned() }
}

/// A document that consists of events: what someone pastes who tries one, or a page's examples one after the other.
/// Reported with the intake that belongs around them; false if it is something else.
pub(super) fn events(object: &Object<'_>, document: &Node, source: &Source, sink: &mut Sink) -> bool {
    let Some(groups) = groups(object) else { return false };
    let mut names = Names::new(&[], source);
    let is_split = groups.len() > 1;
    let mut frame = Frame::new(document);
    let mut missing = Vec::new();
    for (index, (of_type, members)) in groups.into_iter().enumerate() {
        let mut part = object.part(members);
        part.identify(of_type.object(), sink);
        let kind = Some(kind(&part, of_type, sink));
        let intake = Intake { span: document.span, name: None, kind };
        let suffix = if is_split { format!("-{}", word(of_type)) } else { String::new() };
        let known = frame_members(&intake, names.fresh(&suffix), of_type);
        let event = required_event(&intake);
        missing = known
            .iter()
            .chain(&event)
            .map(|known| known.member.split('"').nth(1).unwrap_or(""))
            .map(str::to_owned)
            .collect();
        frame.add(source, index, &part.members, known, event);
    }
    let Some(first) = object.members.first() else { return false };
    let message = format!("`{}` is an event: it has no intake around it", first.key.value);
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    let found = Diagnostic::new(Code::NotAManifest, first.key.span, message)
        .note(format!("a manifest is an array of intakes; this one still needs {}", listed(&missing)));
    sink.push(frame.mend(found, "wrap it into an intake"));
    true
}

/// The events of a document that has nothing else, those of each type together and in one run.
fn groups<'a>(object: &Object<'a>) -> Option<Vec<(IntakeType, Vec<&'a Member>)>> {
    let mut groups: Vec<(IntakeType, Vec<&Member>)> = Vec::new();
    for member in &object.members {
        let of_type = type_of_event(&member.key.value)?;
        let known = groups.iter().position(|(other, _)| *other == of_type);
        match known {
            Some(at) if at + 1 == groups.len() => groups[at].1.push(member),
            Some(_) => return None,
            None => groups.push((of_type, vec![member])),
        }
    }
    (!groups.is_empty()).then_some(groups)
}

fn frame_members(intake: &Intake, name: Known, kind: IntakeType) -> Vec<Known> {
    let mut known = vec![name, of_type(kind)];
    if kind == IntakeType::Webhook {
        known.push(scope(intake));
    }
    known.extend(initial_setup(intake));
    known
}

/// A document that is one command, which could be that of several events. Its variables may tell.
pub(super) fn command(object: &Object<'_>, document: &Node, source: &Source, sink: &mut Sink) -> bool {
    let Some(first) = object.members.first() else { return false };
    if !object.members.iter().all(|member| member.key.value.starts_with('!')) {
        return false;
    }
    let command = super::command::command(document, sink);
    let message = format!("`{}` is a command: no event runs it", first.key.value);
    let found = Diagnostic::new(Code::NotAManifest, first.key.span, message)
        .note("a manifest is an array of intakes, and the events of an intake run commands");
    sink.push(match event_of(&command, first.key.span) {
        Some((of_type, intake, event)) if object.members.len() == 1 => {
            let known = frame_members(&intake, Names::new(&[], source).fresh(""), of_type);
            let mut frame = Frame::new(document);
            frame.around(&known, event);
            frame.mend(found, &format!("make it the `{event}` of an intake"))
        }
        _ => found
            .help("for a hook write `[{\"name\": \"my-intake\", \"type\": \"webhook\", \"scope\": \"workflow\", \"create\": { … }}]`")
            .help("for polling write `[{\"name\": \"my-intake\", \"type\": \"polling\", \"request\": { … }}]`"),
    });
    true
}

/// The event that a command is for, by the variables that only one has.
fn event_of(command: &Command, key: Span) -> Option<(IntakeType, Intake, &'static str)> {
    let event = Some(Event { key, command: command.clone() });
    let intake = |kind| Intake { span: command.span, name: None, kind: Some(kind) };
    let webhook = intake(IntakeKind::Webhook(Box::new(Webhook { create: event.clone(), ..Webhook::default() })));
    let (mut of_webhook, mut of_polling) = (false, false);
    visit::intake(&webhook, &mut |item, _| {
        let Item::Variable(variable) = item else { return };
        of_webhook |= variable.path.root == Root::WebhookUrl;
        of_polling |= variable.path.root == Root::PollingState;
    });
    match (of_webhook, of_polling) {
        (true, false) => Some((IntakeType::Webhook, webhook, "create")),
        (false, true) => {
            let polling = intake(IntakeKind::Polling(Box::new(Polling { request: event, ..Polling::default() })));
            Some((IntakeType::Polling, polling, "request"))
        }
        _ => None,
    }
}

/// The edits that put intakes around what a document holds.
struct Frame {
    document: Span,
    /// Whether the document has its braces; without them the parser's report comes first.
    is_object: bool,
    edits: Vec<Edit>,
    last: u32,
    applicability: Applicability,
    /// What is added before the first event, for where no edit can be shown.
    members: String,
}

impl Frame {
    fn new(document: &Node) -> Self {
        Self {
            document: document.span,
            is_object: super::has_braces(document),
            edits: Vec::new(),
            last: document.span.start,
            applicability: Applicability::Certain,
            members: String::new(),
        }
    }

    fn push(&mut self, span: Span, replacement: String) {
        self.edits.push(Edit { span, replacement });
    }

    /// One intake of these events, with the members that it lacks.
    fn add(&mut self, source: &Source, index: usize, events: &[&Member], known: Vec<Known>, event: Option<Known>) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        let gap = gap(source, first.key.span);
        let members: String = known.iter().map(|known| format!("{},{gap}", known.member)).collect();
        if index == 0 {
            self.push(Span::at(self.document.start as usize), "[\n".to_owned());
            self.push(Span::at(first.key.span.start as usize), members);
            self.members = known.iter().map(|known| format!("{}, ", known.member)).collect();
        } else {
            self.push(Span { start: self.last, end: first.key.span.start }, format!("\n}},\n{{\n{members}"));
        }
        if let Some(event) = &event {
            self.push(Span::at(last.value.span.end as usize), format!(",{gap}{}", event.member));
        }
        self.last = last.value.span.end;
        if together(known.iter().chain(&event)) != Applicability::Certain {
            self.applicability = Applicability::Placeholder;
        }
    }

    /// One intake whose event `event` is the whole document.
    fn around(&mut self, known: &[Known], event: &str) {
        let members: String = known.iter().map(|known| format!("{},\n", known.member)).collect();
        self.push(Span::at(self.document.start as usize), format!("[\n{{\n{members}\"{event}\": "));
        self.push(Span::at(self.document.end as usize), "\n}".to_owned());
        self.members = known.iter().map(|known| format!("{}, ", known.member)).collect();
        self.applicability = together(known);
    }

    fn mend(mut self, found: Diagnostic, message: &str) -> Diagnostic {
        if !self.is_object {
            return found.help(format!("{message}: `[{{{}…}}]`", self.members));
        }
        self.push(Span::at(self.document.end as usize), "\n]".to_owned());
        let message = match self.applicability {
            Applicability::Placeholder => format!("{message}; what cannot be known is still to be filled in"),
            _ => message.to_owned(),
        };
        found.mend(self.applicability, message, self.edits)
    }
}
