//! What stands at a place in a manifest, and what can stand there: plain functions over the compiler's model.
//!
//! Places are byte offsets and [`Span`](intake_compiler::source::Span)s. Everything works on text that is no JSON yet:
//! the parser recovers, and what it could not make out has no answer.

mod cursor;
mod jq_docs;
mod known;
mod types;

pub mod complete;
pub mod fix;
pub mod hover;
pub mod layout;
pub mod outline;
pub mod rename;
pub mod symbols;

use intake_compiler::compile::{self, analyse};
use intake_compiler::diagnostic::Diagnostic;
use intake_compiler::json::{Kind, Member, Node};
use intake_compiler::manifest::grammar::{DOCUMENT, INTAKE_TYPES, POLLING, TAG, WEBHOOK};
use intake_compiler::samples;
use intake_compiler::source::Source;

/// A text and what the compiler makes of it.
#[derive(Debug)]
pub struct File {
    /// The text.
    pub source: Source,
    /// What each phase of the compiler made of it.
    pub analysis: compile::Analysis,
}

impl File {
    /// Analyses a text, with the samples of what its requests are answered.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>, samples: &[samples::File]) -> Self {
        let source = Source::new(name, text);
        let analysis = analyse(&source, samples);
        Self { source, analysis }
    }

    /// What was found in the text; what was found in a sample has no place in it.
    pub fn found(&self) -> impl Iterator<Item = &Diagnostic> {
        self.analysis.diagnostics.iter().filter(|found| found.source.is_none())
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Whether the text is a manifest, well or badly written, and not some other JSON.
    ///
    /// It is one if it is an object with the key `data_intake`; or if it names the schema of manifests; or if it is an
    /// intake or an array of intakes: objects with an intake's `type`, or with an event that holds a command.
    #[must_use]
    pub fn is_manifest(&self) -> bool {
        match self.analysis.document.as_ref().map(|document| &document.kind) {
            Some(Kind::Object(members)) => is_document(members) || is_intake(members),
            Some(Kind::Array(elements)) => {
                elements.iter().any(|element| matches!(&element.kind, Kind::Object(members) if is_intake(members)))
            }
            _ => false,
        }
    }
}

fn is_document(members: &[Member]) -> bool {
    members.iter().any(|member| match (member.key.value.as_str(), &member.value.kind) {
        ("$schema", Kind::String(text)) => text.value.ends_with("intake.schema.json"),
        (key, _) => key == "data_intake" && DOCUMENT.key(key).is_some(),
    })
}

fn is_intake(members: &[Member]) -> bool {
    let is_type = |node: &Node| matches!(&node.kind, Kind::String(text) if INTAKE_TYPES.value(&text.value).is_some());
    let is_event = |key: &str| WEBHOOK.key(key).or(POLLING.key(key)).is_some();
    members.iter().any(|Member { key, value }| {
        (key.value == TAG && is_type(value)) || (is_event(&key.value) && holds_command(value))
    })
}

fn holds_command(node: &Node) -> bool {
    matches!(&node.kind, Kind::Object(members) if members.iter().any(|member| member.key.value.starts_with('!')))
}
