//! From the checked manifest to the IR: names resolved, positions looked up, nothing left to decide.

mod command;
mod inputs;
mod saved;
mod types;
mod value;

use crate::check::{Checked, visit};
use crate::flow::{Flow, IntakeFlow};
use crate::ir::{App, Auth, AuthKind, Document, Event, EventKind, Intake, IntakeKind, Url};
use crate::jq::{Shape, ShapeKind};
use crate::manifest::model;
use crate::names;
use crate::source::{Source, Span};
use crate::template::Template;
use crate::unread;
use crate::url_template::UrlKind;
use std::collections::BTreeMap;
use types::Types;

/// What an app is called.
pub(crate) struct Names<'a> {
    /// The name that state is stored under.
    pub(crate) app: String,
    /// The path that messages and docs show.
    pub(crate) file: &'a str,
}

/// Lowers a checked manifest; types are made of what is proved of it. `None` means that a check is missing: a bug of the
/// compiler.
pub(crate) fn lower(checked: &Checked<'_>, source: &Source, names: &Names<'_>) -> Option<App> {
    let proved = checked.proved();
    let manifest = proved.manifest;
    let base = manifest.api.as_ref().and_then(|api| api.base_url.as_ref());
    let lower = Lower { source, base, unread: unread::programs(manifest) };
    let auth = manifest.auth.iter().map(auth).collect::<Option<_>>()?;
    let intakes = proved.intakes.iter().map(|flow| lower.intake(proved, flow)).collect::<Option<_>>()?;
    Some(App { name: names.app.clone(), file: names.file.to_owned(), auth, intakes })
}

/// The types of a manifest that may have errors, without their events: whatever could be made out.
pub(crate) fn outline(proved: &Flow<'_>, source: &Source, names: &Names<'_>) -> App {
    let manifest = proved.manifest;
    let base = manifest.api.as_ref().and_then(|api| api.base_url.as_ref());
    let lower = Lower { source, base, unread: BTreeMap::new() };
    let mut intakes: Vec<Intake> = proved.intakes.iter().filter_map(|flow| lower.outline(flow)).collect();
    let mut taken = Vec::new();
    intakes.retain(|intake| {
        let new = !taken.contains(&intake.type_name);
        taken.push(intake.type_name.clone());
        new
    });
    App { name: names.app.clone(), file: names.file.to_owned(), auth: Vec::new(), intakes }
}

fn auth(method: &model::AuthMethod) -> Option<Auth> {
    let kind = match method.kind.as_ref()? {
        model::AuthKind::OAuth2(_) => AuthKind::OAuth2,
        model::AuthKind::Basic { .. } => AuthKind::Basic,
        model::AuthKind::Session { .. } => AuthKind::Session,
        model::AuthKind::Token { header_key, token_prefix, .. } => AuthKind::Token {
            header: header_key.as_ref()?.value.clone(),
            prefix: token_prefix.as_ref().map(|prefix| prefix.value.clone()),
        },
    };
    Some(Auth { name: method.name.value.clone(), kind })
}

/// What lowering looks things up in.
struct Lower<'a> {
    source: &'a Source,
    base: Option<&'a Template>,
    /// The programs on documents that nothing else reads.
    unread: BTreeMap<Span, Document>,
}

impl Lower<'_> {
    /// An intake with its types, and no events yet.
    fn outline(&self, flow: &IntakeFlow<'_>) -> Option<Intake> {
        let intake = flow.intake;
        let name = intake.name.as_ref()?.value.clone();
        let kind = match intake.kind.as_ref()? {
            model::IntakeKind::Polling(polling) => {
                IntakeKind::Polling { frequency: polling.frequency.map(|frequency| frequency.value) }
            }
            model::IntakeKind::Webhook(webhook) => IntakeKind::Webhook { scope: webhook.scope?.value },
        };
        let inputs = inputs::of(intake, self.base);
        let of_inputs = inputs.fields.iter().map(|field| field.type_name.clone());
        let mut types = Types::new(self.source, of_inputs.chain(["CustomData".to_owned()]));
        Some(Intake {
            at: self.source.position(intake.span.start),
            type_name: names::type_name(&name)?,
            module: module_name(&name)?,
            record: types.named("Record", &records(flow)),
            state: types
                .named("PollingState", flow.state.iter().flat_map(|state| state.written().map(|write| &write.shape))),
            inputs,
            base_url: None,
            kind,
            events: Vec::new(),
            name,
        })
    }

    fn intake(&self, proved: &Flow<'_>, flow: &IntakeFlow<'_>) -> Option<Intake> {
        let mut lowered = self.outline(flow)?;
        for (kind, event) in events(flow.intake.kind.as_ref()?) {
            let at = self.source.position(event.key.start);
            let flow = flow.events.iter().find(|flow| flow.event.key == event.key)?;
            let saved = saved::read(proved, flow, self.source);
            lowered.events.push(Event { kind, at, saved, command: self.command(&event.command)? });
        }
        if lowered.events.iter().any(|event| uses_base(&event.command)) {
            lowered.base_url = Some(self.base_url()?);
        }
        Some(lowered)
    }

    fn base_url(&self) -> Option<Url> {
        Some(Url { base: crate::ir::UrlBase::Absolute, parts: self.url_parts(self.base?, UrlKind::Base)? })
    }
}

/// The module of an intake. Generated code knows the runtime as `rt`.
fn module_name(name: &str) -> Option<String> {
    names::module_name(name).map(|module| if module == "rt" { "rt_".to_owned() } else { module })
}

/// What an output of an event has under a key; `None` if the key is missing.
fn under(output: &Shape, key: &str) -> Option<Shape> {
    match &output.kind {
        ShapeKind::Object(object) => match object.field(key) {
            Some(field) => Some(field.shape.clone()),
            None => object.is_open().then(|| Shape::unknown(output.span)),
        },
        ShapeKind::Unknown => Some(output.clone()),
        _ => None,
    }
}

/// What the records of an intake are. Of what a webhook gets nothing is known.
fn records(flow: &IntakeFlow<'_>) -> Vec<Shape> {
    let Some(request) = flow.event(visit::EventKind::Request) else { return Vec::new() };
    let mut records = Vec::new();
    for results in request.output.iter().filter_map(|output| under(output, "results")) {
        records.extend(results.alternatives().iter().filter_map(|results| match &results.kind {
            ShapeKind::Array(array) => Some(array.elements.clone()),
            ShapeKind::Unknown => Some(results.clone()),
            // It ends the cycle, or is an error.
            _ => None,
        }));
    }
    records
}

/// The events that an intake has, in the order of the language reference.
pub(crate) fn events(kind: &model::IntakeKind) -> Vec<(EventKind, &model::Event)> {
    let events = match kind {
        model::IntakeKind::Polling(polling) => vec![
            (EventKind::InitialSetup, &polling.initial_setup),
            (EventKind::PrePoll, &polling.pre_poll),
            (EventKind::Request, &polling.request),
            (EventKind::PostPoll, &polling.post_poll),
        ],
        model::IntakeKind::Webhook(webhook) => vec![
            (EventKind::Create, &webhook.create),
            (EventKind::Update, &webhook.update),
            (EventKind::Delete, &webhook.delete),
            (EventKind::Verification, &webhook.verification),
            (EventKind::ResourceId, &webhook.resource_id),
            (EventKind::AccountId, &webhook.account_id),
        ],
    };
    events.into_iter().filter_map(|(kind, event)| Some((kind, event.as_ref()?))).collect()
}

/// Whether a request of the command is joined to `api.base_url`.
fn uses_base(command: &crate::ir::Command) -> bool {
    use crate::ir::{Op, UrlBase};
    match &command.op {
        Op::Http(http) => http.url.base == UrlBase::Api,
        Op::Pipe(commands) | Op::Switch { cases: commands, .. } => commands.iter().any(uses_base),
        _ => false,
    }
}
