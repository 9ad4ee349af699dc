//! A build script as cargo sees it: what it prints, and what it writes.
//!
//! Directives go to standard output, so each case runs this program again, as the script.

use intake_build::Config;
use std::fs;
use std::path::Path;
use std::process::Command;

const POLLING: &str = r#"[{"name": "a b", "type": "polling", "request": {"!jq": "{results: [], iterate: false}"}}]"#;

/// The script itself: does nothing unless a case below runs it.
#[test]
fn script() {
    let Some(path) = std::env::var_os("CASE_MANIFEST") else { return };
    Config::new().facade("::renamed").records("a_b", "crate::Customer").app("mine").compile(path);
}

/// Runs the script for `path` in a package that has `files`: the directives it prints, and what it wrote for `a.json`.
fn run(path: &str, files: &[(&str, &str)]) -> (Vec<String>, Option<String>) {
    let package = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = package.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "script", "--nocapture", "--quiet"])
        .env("CASE_MANIFEST", path)
        .env("CARGO_MANIFEST_DIR", package.path())
        .env("OUT_DIR", out.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let root = package.path().display().to_string();
    let text = String::from_utf8(output.stdout).unwrap().replace(&root, "ROOT");
    let directives = text.lines().filter(|line| line.starts_with("cargo::")).map(str::to_owned).collect();
    (directives, fs::read_to_string(out.path().join("a.rs")).ok())
}

#[test]
fn a_manifest_is_watched_and_compiled() {
    let (directives, code) = run("manifests/a.json", &[("manifests/a.json", POLLING)]);
    assert_eq!(directives, ["cargo::rerun-if-changed=ROOT/manifests/a.json"]);
    let code = code.unwrap();
    for part in [":: renamed :: __private", "crate :: Customer", "\"mine\"", "\"manifests/a.json\"", "struct AB"] {
        assert!(code.contains(part), "no `{part}` in {code}");
    }
    assert!(!code.contains(&std::env::temp_dir().display().to_string()), "a build has no absolute paths in it");
}

#[test]
fn samples_are_watched_and_read() {
    let manifest = r#"[{"name": "a b", "type": "polling", "request": {"!pipe": [
        {"!http": {"url": "https://a.b"}}, {"!jq": "{results: [.emial], iterate: false}"}]}}]"#;
    let sample = ("manifests/samples/a/a_b/request.json", r#"{"email": "x"}"#);
    let (directives, _) = run("manifests/a.json", &[("manifests/a.json", manifest), sample]);
    assert_eq!(directives[1], "cargo::rerun-if-changed=ROOT/manifests/samples/a");
    assert!(directives.iter().any(|line| line.contains("unknown field `emial`")), "{directives:?}");
}

#[test]
fn a_folder_and_a_pattern_name_several_and_notice_new_ones() {
    let files = [("manifests/a.json", POLLING), ("manifests/deep/b.json", POLLING), ("manifests/c.txt", "no manifest")];
    let (directives, _) = run("manifests", &files);
    assert_eq!(directives, ["cargo::rerun-if-changed=ROOT/manifests", "cargo::rerun-if-changed=ROOT/manifests/a.json"]);
    let (directives, _) = run("manifests/**/*.json", &files);
    assert_eq!(
        directives,
        [
            "cargo::rerun-if-changed=ROOT/manifests",
            "cargo::rerun-if-changed=ROOT/manifests/a.json",
            "cargo::rerun-if-changed=ROOT/manifests/deep/b.json",
        ]
    );
}

#[test]
fn errors_fail_the_build_and_leave_the_types() {
    let (directives, code) = run("a.json", &[("a.json", &POLLING.replace("!jq", "!jqq"))]);
    let errors: Vec<_> = directives.iter().filter_map(|line| line.strip_prefix("cargo::error=")).collect();
    assert_eq!(errors[0], "error[IN0301]: unknown command `!jqq`");
    assert!(errors[1].ends_with("--> a.json:1:49"), "{errors:?}");
    assert!(code.unwrap().contains("struct AB"));
}

#[test]
fn a_record_type_for_no_intake_is_an_error() {
    let (directives, _) = run("a.json", &[("a.json", &POLLING.replace("a b", "a c"))]);
    let expected = "cargo::error=there is no intake `a_b` to give a record type: did you mean `a_c`?";
    assert_eq!(directives.last().unwrap(), expected);
}

#[test]
fn warnings_do_not_fail_the_build() {
    let webhook = r#"[{"name": "a b", "type": "webhook", "scope": "workflow", "create": {"!http": {"url": "https://a.example"}}}]"#;
    let (directives, _) = run("a.json", &[("a.json", webhook)]);
    assert!(directives.iter().any(|line| line.starts_with("cargo::warning=warning[IN0217]")), "{directives:?}");
    assert!(!directives.iter().any(|line| line.starts_with("cargo::error")), "{directives:?}");
}

#[test]
fn what_is_not_there_is_an_error() {
    for (path, expected) in [("none.json", "no manifest found at none.json"), ("empty", "no manifest found at empty")] {
        let (directives, _) = run(path, &[("empty/a.txt", "")]);
        assert_eq!(directives.last().unwrap(), &format!("cargo::error={expected}"));
    }
    assert!(!Path::new("none.json").exists());
}
