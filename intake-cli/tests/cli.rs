//! The `intake` command as its user runs it.

mod common;

use common::{intake, root, text};
use serde_json::Value;

const TWO_MISTAKES: &str = r#"[
  { "name": "é", "tpye": "polling", "type": "polling", "request": { "!jq": "{results: .😀, iterate: false" } }
]"#;

#[test]
fn check_shows_every_code() {
    let cases =
        ["tests/compile_fail", "tests/compile_pass"].map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    for entry in cases.into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let code = path.file_stem().unwrap().to_str().unwrap();
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let output = intake(&["check", &format!("tests/{folder}/{code}.json")], "");
        let report = text(&output.stderr);
        assert!(report.contains(&format!("[{code}]")), "{code} is not in its own report:\n{report}");
        assert_eq!(output.status.code(), Some(i32::from(report.contains("error["))), "{report}");
        insta::assert_snapshot!(code, report);
    }
}

#[test]
fn good_manifests_pass_in_silence() {
    for manifest in ["github-hooks", "stripe-events", "paypal", "zoom-verification"] {
        let output = intake(&["check", &format!("tests/manifests/{manifest}.json")], "");
        assert_eq!((output.status.code(), text(&output.stdout), text(&output.stderr)), (Some(0), "", ""), "{manifest}");
    }
}

#[test]
fn samples_beside_a_manifest_are_read() {
    let manifest = "tests/macro_errors/misspelled_field.json";
    let output = intake(&["check", manifest], "");
    let report = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(report.contains("[IN0524]") && report.contains("contacts/request.json:1:12"), "{report}");
    let named = intake(&["check", manifest, "--samples", "tests/macro_errors/samples/misspelled_field"], "");
    assert_eq!(text(&named.stderr), report);
    let empty = intake(&["check", manifest, "--samples", "tests/macro_errors/samples"], "");
    assert_eq!(empty.status.code(), Some(0), "{}", text(&empty.stderr));
    let missing = intake(&["check", manifest, "--samples", "nowhere"], "");
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("cannot read the folder nowhere"), "{}", text(&missing.stderr));
}

#[test]
fn a_warning_does_not_fail() {
    let output = intake(&["check", "tests/manifests/historical-sync.json"], "");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).ends_with("1 warning found\n"), "{}", text(&output.stderr));
}

#[test]
fn a_note_is_one_in_every_format() {
    let check = |format| intake(&["check", "--format", format, "tests/compile_pass/IN0510.json"], "");
    let (human, json, github) = (check("human"), check("json"), check("github"));
    assert!([&human, &json, &github].iter().all(|output| output.status.code() == Some(0)));
    assert!(text(&human.stderr).starts_with("note[IN0510]: "), "{}", text(&human.stderr));
    assert!(text(&human.stderr).ends_with("\n2 notes found\n"));
    let found: Value = serde_json::from_str(text(&json.stdout).lines().next().unwrap()).unwrap();
    assert_eq!((&found["code"], &found["severity"]), (&"IN0510".into(), &"note".into()));
    let start = "::notice file=tests/compile_pass/IN0510.json,line=7,col=60,endLine=7,endColumn=61,title=IN0510::";
    assert!(text(&github.stdout).starts_with(start), "{}", text(&github.stdout));
}

#[test]
fn json_has_one_object_a_line() {
    let output = intake(&["check", "--format", "json", "-"], TWO_MISTAKES);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), ""));
    let found: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys = ["code", "severity", "message", "file", "line", "column", "end_line", "end_column", "help"];
    for diagnostic in &found {
        let mut expected = keys.to_vec();
        expected.sort_unstable();
        let mut present: Vec<_> = diagnostic.as_object().unwrap().keys().map(String::as_str).collect();
        present.sort_unstable();
        assert_eq!(present, expected);
        assert_eq!((&diagnostic["file"], &diagnostic["line"]), (&"<stdin>".into(), &2.into()));
    }
    let codes: Vec<_> = found.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"IN0202") && codes.contains(&"IN0501"), "{codes:?}");
    // Columns count characters, not bytes: `é` is one.
    let unknown = found.iter().find(|diagnostic| diagnostic["code"] == "IN0202").unwrap();
    assert_eq!((&unknown["column"], &unknown["end_column"]), (&18.into(), &24.into()));
}

#[test]
fn github_annotations_are_escaped() {
    let output = intake(&["check", "--format", "github", "-"], TWO_MISTAKES);
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("::error file=<stdin>,line=2,col=")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("title=IN0202::") && line.contains("%0Ahelp: ")), "{lines:?}");
}

#[test]
fn colours_are_only_for_who_wants_them() {
    let plain = intake(&["check", "-"], TWO_MISTAKES);
    let coloured = intake(&["check", "--color", "always", "-"], TWO_MISTAKES);
    assert!(!text(&plain.stderr).contains('\u{1b}'));
    assert!(text(&coloured.stderr).contains("\u{1b}["));
}

#[test]
fn several_files_are_all_checked() {
    let output =
        intake(&["check", "tests/compile_fail/IN0102.json", "no-such.json", "tests/compile_fail/IN0301.json"], "");
    let report = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(report.contains("[IN0102]") && report.contains("[IN0301]") && report.contains("no-such.json"), "{report}");
}

#[test]
fn expand_prints_rust() {
    let output = intake(&["expand", "tests/manifests/github-hooks.json"], "");
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!("expand_github_hooks", text(&output.stdout));
}

#[test]
fn expand_of_a_wrong_manifest_reports() {
    let output = intake(&["expand", "-"], TWO_MISTAKES);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("[IN0501]"));
}

#[test]
fn explain_prints_a_code_and_lists_them_all() {
    let one = intake(&["explain", "in0102"], "");
    assert!(text(&one.stdout).starts_with("# IN0102:"), "{}", text(&one.stdout));
    let all = intake(&["explain"], "");
    assert!(text(&all.stdout).lines().count() > 50);
    let wrong = intake(&["explain", "IN0199"], "");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did you mean IN01"), "{}", text(&wrong.stderr));
}

#[test]
fn tiers_say_how_programs_are_run_and_why() {
    let manifest = r#"[{ "name": "n", "type": "polling", "request": { "!pipe": [
  { "!http": { "url": "https://a.example" } },
  { "!jq": "{a: .b}" },
  { "!jq": "{a: .a}" },
  { "!jq": "{results: [], iterate: false, polling_state: {t: (.a[1:] |= [1])}}" }
] }, "post_poll": { "!print_c": "${polling_state}" } }]"#;
    let output = intake(&["check", "--tiers", "-"], manifest);
    assert_eq!(
        text(&output.stdout),
        "<stdin>:3:12: tier A, over bytes (event request of intake n)\n\
         <stdin>:4:12: tier B, compiled (event request of intake n)\n\
         <stdin>:4:13: only a payload, or a response that nothing else uses, is run over as bytes\n\
         <stdin>:5:12: tier C, interpreted (event request of intake n)\n\
         <stdin>:5:63: an update of other than keys, indices and `[]` is not compiled\n",
        "{}",
        text(&output.stderr)
    );
    let of_payloads = r#"[{ "name": "n", "type": "webhook", "scope": "connection",
  "resource_id": { "!switch": { "jq": "if .a then 1 else 0 end", "cases": [
    { "!jq": ".a.id" },
    { "!pipe": [{ "!jq": ".b" }, { "!jq": ".id" }] }
  ] } },
  "create": { "!pipe": [
    { "!http": { "url": "https://a.example" } },
    { "!jq": "{a: .id}" },
    { "!http": { "url": "https://a.example/${piped_content.1.id}" } },
    { "!jq": "{a: .id}" },
    { "!http": { "url": "https://a.example" } },
    { "!jq": "{a: .id}" },
    { "!pipe": [{ "!jq": ".a" }, { "!print_c": "${piped_content.1}" }] }
  ] } }]"#;
    insta::assert_snapshot!("tiers_of_payloads", text(&intake(&["check", "--tiers", "-"], of_payloads).stdout));
    let output = intake(&["check", "--tiers", "--format", "json", "-"], manifest);
    let lines = text(&output.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    // Beside a note.
    let lines: Vec<Value> = lines.filter(|line| line.get("tier").is_some()).collect();
    assert_eq!(lines.iter().map(|line| line["tier"].as_str().unwrap()).collect::<Vec<_>>(), ["A", "B", "C"]);
    assert_eq!(lines[2]["reason"]["at"]["column"], 63);
}
