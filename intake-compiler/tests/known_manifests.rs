//! Whole manifests with known diagnostics, and the snippets of the vendor's page.

mod support;

use support::{codes, diagnose, expect, has_errors, mended, rendered};

fn manifest(name: &str) -> String {
    let path = format!("{}/../tests/manifests/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn manifests_give_exactly_what_is_known() {
    for name in ["github-hooks", "paypal", "stripe-events", "zoom-verification"] {
        expect("", &manifest(name));
    }
    expect("IN0217", &manifest("historical-sync"));
}

/// A snippet as the vendor's page has it, within an intake of its kind.
fn wrapped(snippet: &str) -> String {
    let event =
        std::fs::read_to_string(format!("{}/tests/snippets/{snippet}.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let event = event.trim_end();
    let comma = if event.ends_with(',') { "" } else { "," };
    let save = r#"{ "!pipe": [{ "!http": { "method": "POST", "path": "/hooks" } }, { "!jq": "{webhook_id: .id}" }, { "!save": { "scope": "workflow" } }] }"#;
    let setup = r#""initial_setup": { "!jq": "{polling_state: {keyA: \"a\", keyB: \"b\"}}" }"#;
    let delete = r#"{ "!http": { "method": "DELETE", "path": "/hooks/${data.workflow.webhook_id}" } }"#;
    let intake = match snippet {
        "create" => format!(r#"{event}{comma} "delete": {delete}, "type": "webhook", "scope": "workflow""#),
        "update" => {
            format!(r#"{event}{comma} "create": {save}, "delete": {delete}, "type": "webhook", "scope": "workflow""#)
        }
        "delete" => format!(r#"{event}{comma} "create": {save}, "type": "webhook", "scope": "workflow""#),
        "request" => format!(r#"{event}{comma} {setup}, "type": "polling""#),
        "pre_poll" => format!(
            r#"{event}{comma} {setup}, "request": {{ "!jq": "{{results: [], iterate: false}}" }}, "type": "polling""#
        ),
        _ => format!(r#"{event}{comma} "request": {{ "!jq": "{{results: [], iterate: false}}" }}, "type": "polling""#),
    };
    format!(r#"{{ "api": {{ "base_url": "https://api.example.com" }}, "data_intake": [{{ "name": "a", {intake} }}] }}"#)
}

#[test]
fn the_vendors_snippets_give_exactly_their_mistakes() {
    let cases = [
        ("create", "IN0104"),
        ("initial_setup", "IN0501 IN0102"),
        ("pre_poll", "IN0501 IN0102"),
        ("request", "IN0501 IN0102"),
        ("update", ""),
        ("delete", ""),
    ];
    for (snippet, expected) in cases {
        expect(expected, &wrapped(snippet));
    }
}

#[test]
fn the_vendors_snippets_are_mended_by_the_suggested_edits() {
    for snippet in ["create", "initial_setup", "pre_poll", "request", "update", "delete"] {
        let mended = mended(&wrapped(snippet));
        assert!(!has_errors(&diagnose(&mended)), "{snippet}: {mended}\n{}", rendered(&mended));
        serde_json::from_str::<serde_json::Value>(&mended).unwrap();
    }
}

#[test]
fn the_mended_request_has_its_iterate_beside_the_state() {
    let mended = mended(&wrapped("request"));
    assert_eq!(codes(&mended), [""; 0], "{}", rendered(&mended));
    let program = mended.split_once("{ results").unwrap().1.replace("${polling_state.keyB}", "1");
    let [state, iterate] = ["polling_state: {", "iterate: false"].map(|text| program.find(text).unwrap());
    assert!(program[state..iterate].contains('}'), "{mended}");
}
