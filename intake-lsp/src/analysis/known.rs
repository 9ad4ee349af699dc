//! The variables that can be read at a place.

use super::File;
use super::cursor::{Cursor, To};
use super::types;
use intake_compiler::check::visit::{self, Item};
use intake_compiler::flow::{Flow, IntakeFlow, ways};
use intake_compiler::json::{Kind, Node};
use intake_compiler::template::{Root, Scope, Step, Variable as Read};
use std::collections::{BTreeMap, BTreeSet};

/// A variable that can be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Variable {
    /// As it is written between `${` and `}`.
    pub(super) path: String,
    /// What it is, in a few words.
    pub(super) detail: String,
    /// Where its value comes from: Markdown.
    pub(super) doc: String,
}

impl Variable {
    fn new(path: impl Into<String>, detail: impl Into<String>, doc: impl Into<String>) -> Self {
        Self { path: path.into(), detail: detail.into(), doc: doc.into() }
    }
}

/// The variables that have a value at the cursor, nearest first.
pub(super) fn variables(file: &File, cursor: &Cursor<'_>) -> Vec<Variable> {
    let mut found = Vec::new();
    if let Some(event) = cursor.event() {
        let flow = file.analysis.flow();
        found.extend(piped(&flow, cursor));
        if is_polling(event) {
            found.extend(state(&flow, cursor));
        }
        if matches!(event, "create" | "update" | "delete") {
            found.push(Variable::new("webhook.url", "text", of_root(&Root::WebhookUrl)));
        }
        found.extend(saved(file, &flow));
    }
    found.extend(fields(file));
    found.push(Variable::new("subdomain", "text", of_root(&Root::Subdomain)));
    found.push(Variable::new("resource.id", "text", of_root(&Root::ResourceId)));
    found
}

/// Where the value of a root comes from.
pub(super) fn of_root(root: &Root) -> String {
    match root {
        Root::WebhookUrl => "The URL that the vendor is to call.".to_owned(),
        Root::Saved(scope) => match scope {
            Scope::Workflow => "What `!save` stored for the workflow.".to_owned(),
            Scope::Connection => "What `!save` stored for the connection.".to_owned(),
            Scope::Application => "What `!save` stored for the app.".to_owned(),
        },
        Root::PollingState => {
            "The polling state: what the events gave last as `polling_state`. At first it is `{}`.".to_owned()
        }
        Root::CustomData { field, .. } => format!("What the customer filled in for the form field `{field}`."),
        Root::PipedContent(0) => "The input of the `!pipe`.".to_owned(),
        Root::PipedContent(index) => format!("The output of command {index} of the `!pipe`."),
        Root::Subdomain => "The customer's subdomain at the vendor.".to_owned(),
        Root::ResourceId => "The resource that the customer selected.".to_owned(),
    }
}

fn is_polling(event: &str) -> bool {
    matches!(event, "initial_setup" | "pre_poll" | "request" | "post_poll")
}

/// What the commands of the innermost pipe have given.
fn piped(flow: &Flow<'_>, cursor: &Cursor<'_>) -> Vec<Variable> {
    let Some(completed) = cursor.completed() else { return Vec::new() };
    let pipe = cursor.path.windows(2).rev().find_map(|pair| match (pair[0].member(), pair[1].to) {
        (Some(member), To::Element(_)) if member.key.value == "!pipe" => Some(&member.value),
        _ => None,
    });
    let commands = match pipe.map(|node| &node.kind) {
        Some(Kind::Array(commands)) => commands.as_slice(),
        _ => &[],
    };
    let of = |index: usize| Root::PipedContent(u32::try_from(index).unwrap_or(u32::MAX));
    let flows = || flow.intakes.iter().flat_map(|intake| &intake.events).flat_map(|event| &event.commands);
    let mut found = Vec::new();
    for index in (0..completed.min(commands.len())).rev() {
        let detail = command(&commands[index]).map(|name| format!("of {name}")).unwrap_or_default();
        let root = of(index + 1);
        found.push(Variable::new(root.to_string(), detail, of_root(&root)));
        let Some(flow) = flows().find(|flow| flow.command.span == commands[index].span) else { continue };
        for (name, known) in types::fields_of(&flow.output) {
            found.push(Variable::new(format!("{root}.{name}"), known, of_root(&root)));
        }
    }
    found.push(Variable::new("piped_content.0", "the input", of_root(&of(0))));
    found
}

/// The name of the command that an object is.
fn command(node: &Node) -> Option<&str> {
    let Kind::Object(members) = &node.kind else { return None };
    members.iter().map(|member| member.key.value.as_str()).find(|key| key.starts_with('!'))
}

/// Every variable that something reads.
fn read<'a>(file: &'a File, found: &mut dyn FnMut(&'a Read)) {
    visit::manifest(&file.analysis.manifest, &mut |item, _| {
        if let Item::Variable(variable) = item {
            found(variable);
        }
    });
}

fn first_key(variable: &Read) -> Option<&str> {
    match variable.path.steps.first() {
        Some(Step::Key(key)) => Some(key),
        _ => None,
    }
}

/// The keys that events write; and those that are read, where not every event is understood.
fn state(flow: &Flow<'_>, cursor: &Cursor<'_>) -> Vec<Variable> {
    let doc = || of_root(&Root::PollingState);
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    let node = cursor.intake().map(|node| node.span);
    for intake in flow.intakes.iter().filter(|flow| Some(flow.intake.span) == node) {
        for write in intake.state.iter().flat_map(|state| state.written()) {
            for field in write.shape.alternatives().iter().flat_map(ways::fields) {
                let known = types::of_shape(&field.shape).unwrap_or_default();
                keys.entry(field.name.to_string()).or_insert(known);
            }
        }
        let reads = intake.reads().filter(|_| !intake.is_understood());
        for (_, read) in reads.filter(|(_, read)| read.variable.path.root == Root::PollingState) {
            keys.entry(first_key(read.variable).unwrap_or_default().to_owned()).or_default();
        }
    }
    keys.remove("");
    let keys = keys.into_iter().map(|(key, known)| Variable::new(format!("polling_state.{key}"), known, doc()));
    keys.chain([Variable::new("polling_state", "the whole state", doc())]).collect()
}

/// The keys that something saves; and those that are read, where not every event is understood.
fn saved(file: &File, flow: &Flow<'_>) -> BTreeSet<Variable> {
    let mut found = BTreeSet::new();
    for scope in Scope::ALL {
        let root = Root::Saved(scope);
        for key in flow.saved.keys(scope) {
            let known = types::of_ways(&flow.saved.value(scope, key)).unwrap_or_default();
            found.insert(Variable::new(format!("{root}.{key}"), known, of_root(&root)));
        }
    }
    if !flow.intakes.iter().all(IntakeFlow::is_understood) {
        read(file, &mut |variable| {
            if let (root @ Root::Saved(_), Some(key)) = (&variable.path.root, first_key(variable)) {
                let path = format!("{root}.{key}");
                if found.iter().all(|known: &Variable| known.path != path) {
                    found.insert(Variable::new(path, "", of_root(root)));
                }
            }
        });
    }
    found
}

/// The form fields: those that are declared, and those that something reads.
fn fields(file: &File) -> BTreeSet<Variable> {
    let mut found = BTreeSet::new();
    let mut add = |field: &str, property: &str| {
        let root = Root::CustomData { field: field.to_owned(), property: property.to_owned() };
        found.insert(Variable::new(root.to_string(), "", of_root(&root)));
    };
    for field in file.analysis.manifest.workflows.iter().flat_map(|workflow| &workflow.form_fields) {
        add(&field.value, "value");
        add(&field.value, "display");
    }
    read(file, &mut |variable| {
        if let Root::CustomData { field, property } = &variable.path.root {
            add(field, property);
        }
    });
    found
}
