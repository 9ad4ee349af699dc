//! The form fields an intake reads, and as what.

use super::events;
use crate::ir::{Field, Inputs, Property, UrlBase};
use crate::manifest::model::{self, Command, CommandKind, Http, Respond, Value, ValueKind};
use crate::names;
use crate::source::Spanned;
use crate::template::{Root, Template, Variable};
use std::collections::BTreeMap;

/// Collects the form fields of an intake whose paths are joined to `base`.
pub(super) fn of(intake: &model::Intake, base: Option<&Template>) -> Inputs {
    let mut reads = Reads::default();
    if let Some(kind) = &intake.kind {
        events(kind).iter().for_each(|(_, event)| reads.command(&event.command));
    }
    if let Some(base) = base.filter(|_| reads.base) {
        reads.text(base);
    }
    let fields = reads.fields.into_iter().map(|(id, properties)| field(id, properties));
    Inputs { fields: fields.collect() }
}

fn field(id: String, properties: BTreeMap<String, Read>) -> Field {
    let property = |(id, read): (String, Read)| Property {
        name: names::field_name(&id),
        text: read.text,
        optional: read.optional,
        id,
    };
    Field {
        name: names::field_name(&id),
        type_name: field_type(&id),
        properties: properties.into_iter().map(property).collect(),
        id,
    }
}

/// The fields' types stand beside those of all inputs, of a record and of the state.
fn field_type(id: &str) -> String {
    let name = names::type_name(id).unwrap_or_else(|| "Field".to_owned());
    if matches!(&*name, "CustomData" | "Record" | "PollingState") { format!("{name}Field") } else { name }
}

/// How all reads of one property use it.
struct Read {
    text: bool,
    optional: bool,
}

#[derive(Default)]
struct Reads {
    fields: BTreeMap<String, BTreeMap<String, Read>>,
    /// Whether a `path` is joined to the base URL.
    base: bool,
}

impl Reads {
    fn command(&mut self, command: &Command) {
        match &command.kind {
            CommandKind::Pipe(commands) => commands.iter().for_each(|command| self.command(command)),
            CommandKind::Switch { jq, cases } => {
                jq.iter().flat_map(|program| &program.variables).for_each(|variable| self.variable(variable, false));
                cases.iter().for_each(|command| self.command(command));
            }
            CommandKind::Jq(program) => {
                program
                    .iter()
                    .flat_map(|program| &program.variables)
                    .for_each(|variable| self.variable(variable, false));
            }
            CommandKind::Http(http) => self.http(http),
            CommandKind::Sha { secret: Some(text), .. } | CommandKind::Print(Some(text)) => self.text(text),
            CommandKind::Respond(respond) => self.respond(respond),
            _ => {}
        }
    }

    fn http(&mut self, http: &Http) {
        if let Some(address) = &http.address {
            self.base |= super::command::base(address, http.target, true).0 == UrlBase::Api;
            self.text(address.template());
        }
        self.pairs(&http.params);
        self.pairs(&http.headers);
        http.body.iter().for_each(|body| self.value(body));
    }

    fn respond(&mut self, respond: &Respond) {
        self.pairs(&respond.headers);
        respond.body.iter().for_each(|body| self.value(body));
    }

    fn pairs(&mut self, pairs: &[(Spanned<String>, Value)]) {
        pairs.iter().for_each(|(_, value)| self.value(value));
    }

    fn value(&mut self, value: &Value) {
        match &value.kind {
            ValueKind::String(template) => match template.as_single_variable() {
                Some(variable) => self.variable(variable, false),
                None => self.text(template),
            },
            ValueKind::Array(items) => items.iter().for_each(|item| self.value(item)),
            ValueKind::Object(members) => members.iter().for_each(|(_, value)| self.value(value)),
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) => {}
        }
    }

    fn text(&mut self, template: &Template) {
        template.variables().for_each(|variable| self.variable(variable, true));
    }

    fn variable(&mut self, variable: &Variable, text: bool) {
        let Root::CustomData { field, property } = &variable.path.root else { return };
        let text = text && variable.path.steps.is_empty();
        let optional = variable.default.is_some();
        let properties = self.fields.entry(field.clone()).or_default();
        let read = properties.entry(property.clone()).or_insert(Read { text: true, optional: true });
        read.text &= text;
        read.optional &= optional;
    }
}
