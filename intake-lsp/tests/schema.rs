//! The JSON Schema: it is the file in the repository, and it says what the compiler says of keys, types and words.

use intake_compiler::compile::check;
use intake_compiler::diagnostic::Severity;
use intake_compiler::source::Source;
use jsonschema::Validator;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn validator() -> Validator {
    let schema = intake_lsp::schema::schema();
    assert!(jsonschema::meta::is_valid(&schema), "the schema is not one of its draft");
    jsonschema::validator_for(&schema).unwrap()
}

/// Every manifest of the repository that is JSON, with its file.
fn manifests() -> Vec<(String, String)> {
    let folders = ["tests/manifests", "tests/compile_fail", "examples", "examples/quickstart", "tests", "benches"];
    let mut found = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let page = std::fs::read_to_string(root().join("docs/language.md")).unwrap();
    for block in page.split("\n```json\n").skip(1) {
        found.push(("docs/language.md".to_owned(), block.split_once("\n```").unwrap().0.to_owned()));
    }
    found
}

fn is_valid(text: &str) -> bool {
    check(&Source::new("test.json", text), &[]).iter().all(|found| found.severity() != Severity::Error)
}

#[test]
fn the_file_is_what_the_compiler_says() {
    let path = root().join("schema/intake.schema.json");
    let text = intake_lsp::schema::text();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == text, "schema/intake.schema.json is not up to date: run with UPDATE_DOCS=1");
}

#[test]
fn valid_manifests_pass() {
    let validator = validator();
    let mut passed = 0;
    for (file, text) in manifests().iter().filter(|(_, text)| is_valid(text)) {
        let manifest: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&manifest).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{file}: {errors:#?}\n{text}");
        passed += 1;
    }
    assert!(passed >= 25, "only {passed} manifests were valid");
}

/// One manifest with every key of the language.
const EVERYTHING: &str = include_str!("everything.json");

#[test]
fn every_key_and_every_word_passes() {
    assert!(is_valid(EVERYTHING), "{:#?}", check(&Source::new("everything.json", EVERYTHING), &[]));
    let manifest: Value = serde_json::from_str(EVERYTHING).unwrap();
    let errors: Vec<String> = validator().iter_errors(&manifest).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let schema = intake_lsp::schema::schema();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for key in definition["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            assert!(EVERYTHING.contains(&format!("\"{key}\"")), "{name} has a key `{key}` that is not tried");
        }
    }
}

/// Both refuse each change of a valid manifest: what stands at a pointer becomes something else.
#[test]
fn wrong_manifests_fail() {
    let validator = validator();
    let whole: Value = serde_json::from_str(EVERYTHING).unwrap();
    let webhook = "/data_intake/0";
    let polling = "/data_intake/1";
    let cases: &[(&str, &str)] = &[
        ("/$version", "2"),
        ("/$schema", "1"),
        ("/data_intake", "{}"),
        ("/data_intake", "[1]"),
        ("/api", "[]"),
        ("/api/base_url", "null"),
        ("/api/rate_limit", r#"{ "users": {} }"#),
        ("/api/rate_limit/app", r#"{ "requests": 0, "period": 1 }"#),
        ("/api/rate_limit/app", r#"{ "requests": 1 }"#),
        ("/auth/a-token", r#"{ "type": "tokens" }"#),
        ("/auth/a-token", r#"{ "type": "token" }"#),
        ("/auth/a-token", "{}"),
        ("/auth/an-oauth2/configuration/scopes", r#""read""#),
        ("/auth/an-oauth2/configuration/include_client_id", r#""true""#),
        ("/workflows/0/data_intake", "1"),
        (webhook, "{}"),
        (webhook, r#"{ "name": "a", "type": "webhook", "scope": "workflow" }"#),
        ("/data_intake/0/type", r#""polling""#),
        ("/data_intake/0/scope", r#""workflows""#),
        ("/data_intake/0/_comment", "1"),
        ("/data_intake/0/create", "{}"),
        ("/data_intake/0/create", r#"{ "!htp": {} }"#),
        ("/data_intake/0/create", r#"{ "!jq": ".", "!print_c": "a" }"#),
        ("/data_intake/0/create", r#"[{ "!jq": "." }]"#),
        ("/data_intake/0/create", r#"{ "!pipe": { "!jq": "." } }"#),
        (polling, r#"{ "name": "a", "type": "polling" }"#),
        ("/data_intake/1/frequency", "59"),
        ("/data_intake/1/frequency", "60.5"),
        ("/data_intake/1/import_option", r#""once""#),
        ("/data_intake/1/request", r#"{ "!http": { "url": "https://a.b", "metod": "GET" } }"#),
        ("/data_intake/1/request", r#"{ "!http": { "url": "https://a.b", "method": "get" } }"#),
        ("/data_intake/1/request", r#"{ "!http": { "url": "https://a.b", "params": [] } }"#),
        ("/data_intake/1/request", r#"{ "!http": { "url": "https://a.b", "headers": { "a": [] } } }"#),
        ("/data_intake/1/request", r#"{ "!jq": 1 }"#),
        ("/data_intake/1/request", r#"{ "!save": {} }"#),
        ("/data_intake/1/request", r#"{ "!switch": { "jq": "0" } }"#),
        ("/data_intake/1/request", r#"{ "!sha": { "algorithm": "shake_128" } }"#),
        ("/data_intake/1/request", r#"{ "!extract": { "item_keys": [1] } }"#),
        ("/data_intake/0/verification", r#"{ "!respond": { "code": 199 } }"#),
    ];
    for (pointer, wrong) in cases {
        let mut manifest = whole.clone();
        *manifest.pointer_mut(pointer).unwrap() = serde_json::from_str(wrong).unwrap();
        assert!(!is_valid(&manifest.to_string()), "the compiler takes {wrong} at {pointer}");
        assert!(!validator.is_valid(&manifest), "the schema takes {wrong} at {pointer}");
    }
}
