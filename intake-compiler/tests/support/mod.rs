//! What the tests of decoding and of the checks share.
#![allow(dead_code, reason = "every test file uses its own part")]

use intake_compiler::diagnostic::render::{Color, render};
use intake_compiler::diagnostic::{Diagnostic, Severity, Sink, suggest};
use intake_compiler::flow::Flow;
use intake_compiler::manifest::Manifest;
use intake_compiler::samples::Samples;
use intake_compiler::source::Source;
use intake_compiler::{check, json, manifest};

/// Parses, decodes and checks a manifest.
pub(crate) fn read(text: &str) -> (Manifest, Vec<Diagnostic>) {
    let mut sink = Sink::new();
    let source = Source::new("test.json", text);
    let document = json::parse(&source, &mut sink);
    let manifest = document.map(|document| manifest::decode(&document, &source, &mut sink)).unwrap_or_default();
    check::check(&Flow::of(&manifest, &Samples::default()), &mut sink);
    (manifest, sink.finish())
}

/// What is found in a manifest.
pub(crate) fn diagnose(text: &str) -> Vec<Diagnostic> {
    read(text).1
}

/// The codes of what is found, in source order.
pub(crate) fn codes(text: &str) -> Vec<&'static str> {
    diagnose(text).iter().map(|found| found.code.as_str()).collect()
}

/// All that is found, as users see it.
pub(crate) fn rendered(text: &str) -> String {
    let source = Source::new("test.json", text);
    diagnose(text).iter().map(|found| render(&source, found, Color::Never) + "\n\n").collect()
}

/// Asserts what is found in a manifest; the codes are separated by spaces.
#[track_caller]
pub(crate) fn expect(expected: &str, text: &str) {
    let found = codes(text);
    assert_eq!(found.join(" "), expected, "in {text}\n{}", rendered(text));
}

/// Applies every first suggestion, again and again, until there is none or nothing changes.
pub(crate) fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..10 {
        let found = diagnose(&text);
        let suggestions: Vec<_> = found.iter().filter_map(|one| one.suggestions.first()).collect();
        let next = suggest::apply(&text, &suggestions);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// Whether an error is among what was found.
pub(crate) fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|one| one.severity() == Severity::Error)
}

/// A polling intake with these members beside its name and type.
pub(crate) fn polling(members: &str) -> String {
    format!(r#"[{{ "name": "contacts", "type": "polling", {members} }}]"#)
}

/// A polling intake whose `post_poll` is this command.
pub(crate) fn command(command: &str) -> String {
    polling(&format!(r#""request": {REQUEST}, "post_poll": {command}"#))
}

/// A polling intake whose `post_poll` is an `!http` with these members; a `POST` if they do not say.
pub(crate) fn http(members: &str) -> String {
    let method = if members.contains("\"method\"") { "" } else { r#""method": "POST", "# };
    command(&format!(r#"{{ "!http": {{ {method}{members} }} }}"#))
}

/// A webhook intake of this scope with these members beside `create` and `delete`; start them with a comma.
pub(crate) fn webhook(scope: &str, members: &str) -> String {
    let call = r#"{ "!http": { "url": "https://api.example.com/hooks", "params": { "url": "${webhook.url}" } } }"#;
    format!(
        r#"[{{ "name": "a", "type": "webhook", "scope": "{scope}", "create": {call}, "delete": {call}{members} }}]"#
    )
}

/// A whole app configuration with these members beside an intake.
pub(crate) fn app(members: &str) -> String {
    let [start, end] = ["{ \"data_intake\": ", " }"];
    format!("{start}{}, {members}{end}", polling(&format!(r#""request": {REQUEST}"#)))
}

/// A `request` about which there is nothing to say.
pub(crate) const REQUEST: &str = r#"{ "!jq": "{results: [], iterate: false}" }"#;
