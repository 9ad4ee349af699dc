//! A walk over everything in a manifest that can hold a variable, with what is known of each place.

use crate::jq::Program;
use crate::manifest::Manifest;
use crate::manifest::model::{
    AuthKind, Command, CommandKind, Event, Http, Intake, IntakeKind, Respond, Value, ValueKind,
};
use crate::template::{Template, Variable};

/// Which event of an intake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the manifest's keys")]
pub enum EventKind {
    ResourceId,
    AccountId,
    Create,
    Update,
    Delete,
    Verification,
    InitialSetup,
    PrePoll,
    Request,
    PostPoll,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ResourceId,
        Self::AccountId,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Verification,
        Self::InitialSetup,
        Self::PrePoll,
        Self::Request,
        Self::PostPoll,
    ];

    /// The key in a manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResourceId => "resource_id",
            Self::AccountId => "account_id",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Verification => "verification",
            Self::InitialSetup => "initial_setup",
            Self::PrePoll => "pre_poll",
            Self::Request => "request",
            Self::PostPoll => "post_poll",
        }
    }

    /// Whether it belongs to a polling intake.
    #[must_use]
    pub const fn is_polling(self) -> bool {
        matches!(self, Self::InitialSetup | Self::PrePoll | Self::Request | Self::PostPoll)
    }

    /// When it first runs, among the events of its intake: those of the same number in any order.
    #[must_use]
    pub const fn first_run(self) -> u8 {
        match self {
            Self::Create | Self::InitialSetup => 0,
            Self::PrePoll => 1,
            // While `create` registers the hook, the vendor may already call it.
            Self::Update | Self::Verification | Self::AccountId | Self::ResourceId | Self::Request => 2,
            Self::Delete | Self::PostPoll => 3,
        }
    }

    /// Whether anything uses what it gives, beside what it saves or answers.
    #[must_use]
    pub const fn uses_output(self) -> bool {
        !matches!(self, Self::Create | Self::Update | Self::Delete | Self::Verification)
    }

    /// Whether it reads a payload that was delivered: it picks whom the payload is for.
    #[must_use]
    pub const fn is_routing(self) -> bool {
        matches!(self, Self::ResourceId | Self::AccountId)
    }
}

/// Where something stands.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// `api.base_url`
    BaseUrl,
    /// A method of `auth`.
    Auth,
    /// An event of an intake.
    Event(&'a Intake, EventKind),
}

/// What is known where something stands.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Where it stands.
    pub place: Place<'a>,
    /// How many commands of the innermost `!pipe` have completed before this one; `None` outside a pipe.
    pub completed: Option<u32>,
}

/// What is met on the way.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A command, before what is in it.
    Command(&'a Command),
    /// The program of a `!jq`.
    Filter(&'a Program),
    /// The program of a `!switch`.
    SwitchIndex(&'a Program),
    /// A variable, in a program or in a string.
    Variable(&'a Variable),
}

/// The events of an intake, in the order in which they first run.
#[must_use]
pub fn events(intake: &Intake) -> Vec<(EventKind, &Event)> {
    let events = match &intake.kind {
        Some(IntakeKind::Webhook(webhook)) => vec![
            (EventKind::Create, &webhook.create),
            (EventKind::Update, &webhook.update),
            (EventKind::Verification, &webhook.verification),
            (EventKind::AccountId, &webhook.account_id),
            (EventKind::ResourceId, &webhook.resource_id),
            (EventKind::Delete, &webhook.delete),
        ],
        Some(IntakeKind::Polling(polling)) => vec![
            (EventKind::InitialSetup, &polling.initial_setup),
            (EventKind::PrePoll, &polling.pre_poll),
            (EventKind::Request, &polling.request),
            (EventKind::PostPoll, &polling.post_poll),
        ],
        None => Vec::new(),
    };
    events.into_iter().filter_map(|(kind, event)| Some((kind, event.as_ref()?))).collect()
}

/// Walks a whole manifest.
pub fn manifest<'a>(manifest: &'a Manifest, visit: &mut dyn FnMut(Item<'a>, Context<'a>)) {
    let mut walk = Walk { context: Context { place: Place::BaseUrl, completed: None }, visit };
    if let Some(base_url) = manifest.api.as_ref().and_then(|api| api.base_url.as_ref()) {
        walk.template(base_url);
    }
    walk.context.place = Place::Auth;
    for method in manifest.auth.iter().filter_map(|method| method.kind.as_ref()) {
        walk.auth(method);
    }
    for intake in &manifest.intakes {
        self::intake(intake, walk.visit);
    }
}

/// Walks one intake.
pub fn intake<'a>(intake: &'a Intake, visit: &mut dyn FnMut(Item<'a>, Context<'a>)) {
    for (kind, event) in events(intake) {
        let context = Context { place: Place::Event(intake, kind), completed: None };
        Walk { context, visit }.command(&event.command);
    }
}

/// Every command of an event, outer ones first.
pub fn commands<'a>(command: &'a Command, visit: &mut dyn FnMut(&'a Command)) {
    visit(command);
    if let CommandKind::Pipe(inner) | CommandKind::Switch { cases: inner, .. } = &command.kind {
        inner.iter().for_each(|command| commands(command, visit));
    }
}

/// Walks a command, but not the pipes in it, which have contents of their own.
pub fn within_pipe<'a>(command: &'a Command, visit: &mut dyn FnMut(Item<'a>)) {
    match &command.kind {
        CommandKind::Pipe(_) => {}
        CommandKind::Switch { jq, cases } => {
            jq.iter().flat_map(|program| &program.variables).for_each(|variable| visit(Item::Variable(variable)));
            cases.iter().for_each(|case| within_pipe(case, visit));
        }
        _ => {
            let context = Context { place: Place::Auth, completed: None };
            Walk { context, visit: &mut |item, _| visit(item) }.command(command);
        }
    }
}

struct Walk<'a, 'v> {
    context: Context<'a>,
    visit: &'v mut dyn FnMut(Item<'a>, Context<'a>),
}

impl<'a> Walk<'a, '_> {
    fn auth(&mut self, method: &'a AuthKind) {
        match method {
            AuthKind::OAuth2(oauth2) => self.templates([
                &oauth2.authorization_base_url,
                &oauth2.client_id,
                &oauth2.client_secret,
                &oauth2.token_url,
                &oauth2.token_request_body,
                &oauth2.refresh_url,
            ]),
            AuthKind::Basic { verify_url } | AuthKind::Token { verify_url, .. } => self.templates([verify_url]),
            AuthKind::Session { verify_url, request_body } => {
                self.templates([verify_url]);
                request_body.iter().for_each(|body| self.value(body));
            }
        }
    }

    fn command(&mut self, command: &'a Command) {
        (self.visit)(Item::Command(command), self.context);
        match &command.kind {
            CommandKind::Pipe(commands) => self.pipe(commands),
            CommandKind::Jq(program) => {
                if let Some(program) = program {
                    self.program(Item::Filter(program), program);
                }
            }
            CommandKind::Switch { jq, cases } => {
                if let Some(program) = jq {
                    self.program(Item::SwitchIndex(program), program);
                }
                cases.iter().for_each(|case| self.command(case));
            }
            CommandKind::Http(http) => self.http(http),
            CommandKind::Respond(respond) => self.respond(respond),
            CommandKind::Sha { secret, .. } => self.templates([secret]),
            CommandKind::Print(text) => self.templates([text]),
            CommandKind::Save(_) | CommandKind::Extract { .. } | CommandKind::Error(_) | CommandKind::Invalid => {}
        }
    }

    fn pipe(&mut self, commands: &'a [Command]) {
        let outside = self.context.completed;
        for (completed, command) in (0..).zip(commands) {
            self.context.completed = Some(completed);
            self.command(command);
        }
        self.context.completed = outside;
    }

    fn program(&mut self, item: Item<'a>, program: &'a Program) {
        (self.visit)(item, self.context);
        program.variables.iter().for_each(|variable| (self.visit)(Item::Variable(variable), self.context));
    }

    fn http(&mut self, http: &'a Http) {
        if let Some(address) = &http.address {
            self.template(address.template());
        }
        http.params.iter().chain(&http.headers).for_each(|(_, value)| self.value(value));
        http.body.iter().for_each(|body| self.value(body));
    }

    fn respond(&mut self, respond: &'a Respond) {
        respond.headers.iter().for_each(|(_, value)| self.value(value));
        respond.body.iter().for_each(|body| self.value(body));
    }

    fn value(&mut self, value: &'a Value) {
        match &value.kind {
            ValueKind::String(template) => self.template(template),
            ValueKind::Array(elements) => elements.iter().for_each(|element| self.value(element)),
            ValueKind::Object(members) => members.iter().for_each(|(_, value)| self.value(value)),
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) => {}
        }
    }

    fn templates<const N: usize>(&mut self, templates: [&'a Option<Template>; N]) {
        templates.into_iter().flatten().for_each(|template| self.template(template));
    }

    fn template(&mut self, template: &'a Template) {
        template.variables().for_each(|variable| (self.visit)(Item::Variable(variable), self.context));
    }
}
