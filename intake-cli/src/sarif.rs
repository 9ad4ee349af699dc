//! SARIF 2.1.0, which code hosts and editors read: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.

use intake_compiler::diagnostic::{Applicability, Code, Diagnostic, Severity, Suggestion};
use intake_compiler::source::{Source, Span};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What stands for itself in the path of a URI.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What was found in several manifests.
#[derive(Default)]
pub(crate) struct Log {
    results: Vec<(Code, Value)>,
}

impl Log {
    /// Adds what was found in one manifest.
    pub(crate) fn add(&mut self, source: &Source, found: &Diagnostic) {
        self.results.push((found.code, result(source, found)));
    }

    /// The whole log.
    pub(crate) fn finish(self) -> Value {
        let codes: BTreeSet<Code> = self.results.iter().map(|(code, _)| *code).collect();
        let codes: Vec<Code> = codes.into_iter().collect();
        let results: Vec<Value> = self
            .results
            .into_iter()
            .map(|(code, mut result)| {
                result["ruleIndex"] = codes.binary_search(&code).unwrap_or_default().into();
                result
            })
            .collect();
        json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "intake",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": codes.into_iter().map(rule).collect::<Vec<_>>(),
                } },
                // What JavaScript counts, and what SARIF means when nothing is said.
                "columnKind": "utf16CodeUnits",
                "results": results,
            }],
        })
    }
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.title() },
        "help": { "text": code.explanation(), "markdown": code.explanation() },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(source: &Source, found: &Diagnostic) -> Value {
    let mut text = found.message.clone();
    if !found.primary.text.is_empty() {
        text.push_str(": ");
        text.push_str(&found.primary.text);
    }
    let lines = found.notes.iter().map(|note| format!("\nnote: {note}"));
    text.extend(lines.chain(found.helps.iter().map(|help| format!("\nhelp: {help}"))));
    let mut result = json!({
        "ruleId": found.code.as_str(),
        "level": level(found.severity()),
        "message": { "text": text },
        "locations": [{ "physicalLocation": place(source, found.primary.span) }],
    });
    if !found.secondary.is_empty() {
        let related = (1..).zip(&found.secondary).map(|(id, label): (u32, _)| {
            let mut location = json!({ "id": id, "physicalLocation": place(source, label.span) });
            if !label.text.is_empty() {
                location["message"] = json!({ "text": label.text });
            }
            location
        });
        result["relatedLocations"] = related.collect();
    }
    if !found.suggestions.is_empty() {
        result["fixes"] = found.suggestions.iter().map(|suggestion| fix(source, suggestion)).collect();
    }
    result
}

fn fix(source: &Source, suggestion: &Suggestion) -> Value {
    let replacements: Vec<Value> = suggestion
        .edits
        .iter()
        .map(|edit| json!({ "deletedRegion": region(source, edit.span), "insertedContent": { "text": edit.replacement } }))
        .collect();
    let applicability = match suggestion.applicability {
        Applicability::Certain => "certain",
        Applicability::Placeholder => "placeholder",
        Applicability::Maybe => "maybe",
    };
    json!({
        "description": { "text": suggestion.message },
        "artifactChanges": [{ "artifactLocation": artifact(source), "replacements": replacements }],
        "properties": { "applicability": applicability },
    })
}

fn place(source: &Source, span: Span) -> Value {
    json!({ "artifactLocation": artifact(source), "region": region(source, span) })
}

fn artifact(source: &Source) -> Value {
    let path = source.name().replace('\\', "/");
    let uri = utf8_percent_encode(&path, PATH).to_string();
    json!({ "uri": if path.starts_with('/') { format!("file://{uri}") } else { uri } })
}

/// Lines and columns from 1; the end column is just past the last character.
fn region(source: &Source, span: Span) -> Value {
    let (start, end) = (position(source, span.start), position(source, span.end));
    json!({ "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 })
}

fn position(source: &Source, offset: u32) -> (u32, usize) {
    let before = source.text().get(..offset as usize).unwrap_or(source.text());
    let line = before.rsplit('\n').next().unwrap_or_default();
    (source.position(offset).line, line.encode_utf16().count() + 1)
}
