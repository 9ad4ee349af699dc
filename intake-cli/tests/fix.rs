//! `intake check --fix` on what people paste.

mod common;

use common::{Folder, intake, intake_in, text};

const SNIPPETS: [&str; 6] = ["create", "update", "delete", "initial_setup", "pre_poll", "request"];

fn snippet(name: &str) -> String {
    let path = common::root().join(format!("intake-compiler/tests/snippets/{name}.txt"));
    std::fs::read_to_string(path).unwrap()
}

/// What `--fix` reports of a text in a file of this name, and the text after it, which compiles and stays as it is.
#[track_caller]
fn fixed(name: &str, before: &str) -> String {
    let folder = Folder::new(&[(name, before)]);
    let output = intake_in(folder.path(), &["check", "--fix", name], "");
    let after = folder.read(name);
    let report = format!("{}\n----\n{after}", text(&output.stderr));
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{report}");
    serde_json::from_str::<serde_json::Value>(&after).unwrap();
    let expanded = intake_in(folder.path(), &["expand", name], "");
    assert_eq!(expanded.status.code(), Some(0), "{report}");
    let again = intake_in(folder.path(), &["check", "--fix", name], "");
    assert!(!text(&again.stderr).starts_with("fixed"), "{}", text(&again.stderr));
    assert_eq!(folder.read(name), after);
    report
}

#[test]
fn each_of_the_vendors_snippets_becomes_a_manifest_that_compiles() {
    for name in SNIPPETS {
        insta::assert_snapshot!(format!("fix_{name}"), fixed(&format!("{name}.txt"), &snippet(name)));
    }
}

#[test]
fn the_vendors_page_in_one_file_becomes_a_manifest_that_compiles() {
    let page = |names: &[&str]| names.iter().map(|name| snippet(name) + "\n").collect::<String>();
    fixed("contacts.json", &page(&SNIPPETS[..3]));
    fixed("contacts.json", &page(&SNIPPETS[3..]));
    insta::assert_snapshot!("fix_page", fixed("contacts.json", &page(&SNIPPETS)));
    fixed("contacts.json", &format!("```json\n{}```\n", page(&SNIPPETS[..1])));
    fixed("contacts.json", &format!("\u{feff}{}", page(&SNIPPETS).replace('\n', "\r\n")));
}

#[test]
fn what_is_missing_around_events_is_added() {
    let report = fixed(
        "acme.json",
        r#"{ "create": { "!jq": "{a: 1}" }, "delete": { "!pipe": [{ "!jq": "{a: 2}" }, { "!save": { "scope": "connection" } }] } }"#,
    );
    assert!(report.contains(r#""scope": "connection", "resource_id": {"#), "the scope that it saves into: {report}");
    assert!(report.contains("a placeholder: the id of the resource in a payload belongs here"), "{report}");
    let report = fixed(
        "acme.json",
        r#"{ "create": { "!jq": "." }, "resource_id": { "!jq": "." }, "account_id": { "!jq": "." } }"#,
    );
    assert!(report.contains(r#""scope": "application""#), "{report}");
    let report = fixed("acme.json", r#"[{ "create": { "!jq": "." } }, { "name": "acme", "type": "polling" }]"#);
    assert!(report.contains(r#""name": "acme-2""#) && report.contains("`request` is not written yet"), "{report}");
    let report =
        fixed("acme.json", r#"{ "delete": { "!http": { "url": "https://a.example/${data.connection.a-b}" } } }"#);
    assert!(report.contains(r#"{ "!jq": "{\"a-b\"}" }"#), "{report}");
    let report = fixed("acme.json", r#""!http": { "url": "https://a.example/?u=${webhook.url}" }"#);
    assert!(report.contains("\"name\": \"acme\",\n\"type\": \"webhook\""), "{report}");
    let report = fixed("acme.json", r#"{ "!pipe": [{ "!jq": "{results: [${polling_state.a}], iterate: false}" }] }"#);
    assert!(report.contains("{polling_state: {a: \\\"placeholder\\\"}}"), "{report}");
}

#[test]
fn what_is_not_certain_is_left_and_said() {
    let manifest = r#"[{ "name": "a", "type": "polling", "request": { "!jq": "{results: .a | sum, iterate: false}" }, // c
}]"#;
    let folder = Folder::new(&[("a.json", manifest)]);
    let output = intake_in(folder.path(), &["check", "--fix", "a.json"], "");
    let report = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{report}");
    insta::assert_snapshot!("fix_left", format!("{report}\n----\n{}", folder.read("a.json")));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let output = intake(&["check", "--fix", "-"], &snippet("request"));
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("[\n{\n\"name\": \"my-intake\",\n\"type\": \"polling\","));
    assert!(text(&output.stderr).starts_with("fixed <stdin>:\n"), "{}", text(&output.stderr));
    let untouched = intake(&["check", "--fix", "-"], "[]\n");
    assert_eq!(text(&untouched.stdout), "[]\n", "what is right is printed as it is");
    let both = intake(&["check", "--fix", "--format", "json", "-"], "[]");
    assert_eq!(both.status.code(), Some(2));
}

/// Every code's example is mended as far as that is certain: what comes out stays as it is.
#[test]
fn nothing_more_applies_to_what_was_mended() {
    let mut mended = Vec::new();
    for code in intake_compiler::diagnostic::Code::ALL {
        let Some((_, example)) = code.explanation().split_once("```json,fails\n") else { continue };
        let example = example.split_once("```").unwrap().0;
        let output = intake(&["check", "--fix", "-"], example);
        let after = text(&output.stdout);
        let again = intake(&["check", "--fix", "-"], after);
        assert_eq!(text(&again.stdout), after, "{code}");
        assert!(!text(&again.stderr).starts_with("fixed"), "{code}");
        if after != example && output.status.code() == Some(0) {
            mended.push(code.as_str());
        }
    }
    let certain = [
        "IN0101", "IN0102", "IN0103", "IN0104", "IN0105", "IN0106", "IN0107", "IN0202", "IN0203", "IN0204", "IN0206",
        "IN0210", "IN0211", "IN0212", "IN0214", "IN0301", "IN0306", "IN0307", "IN0401", "IN0402", "IN0501", "IN0508",
        "IN0604",
    ];
    for code in certain {
        assert!(mended.contains(&code), "{code} is not mended any more");
    }
    // What a comment says, and which of two keys is meant, is not the tool's to decide.
    for code in ["IN0108", "IN0109", "IN0111", "IN0205", "IN0305", "IN0312"] {
        assert!(!mended.contains(&code), "{code} is mended");
    }
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_a_link_its_target() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new(&[("real.json", "[,]"), ("broken.json", "[,]")]);
    let [real, link] = ["real.json", "link.json"].map(|name| folder.path().join(name));
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.json", &link).unwrap();
    let output = intake_in(folder.path(), &["check", "--fix", "link.json"], "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(folder.read("real.json"), "[]");
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(link.symlink_metadata().unwrap().is_symlink());

    let broken = folder.path().join("broken.json");
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o440)).unwrap();
    let output = intake_in(folder.path(), &["check", "--fix", "broken.json", "real.json"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot write broken.json"), "{}", text(&output.stderr));
    assert_eq!(folder.read("broken.json"), "[,]");
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "no temporary file is left: {names:?}");
}
