//! Every explanation is tried: its example fails with its code and no other error, and the mended one passes.

mod support;

use intake_compiler::diagnostic::{Code, Diagnostic, Severity};
use support::{diagnose, has_errors, rendered};

fn block<'a>(code: Code, kind: &str) -> Option<&'a str> {
    let (_, rest) = code.explanation().split_once(&format!("```json,{kind}\n"))?;
    rest.split_once("\n```").map(|(block, _)| block)
}

#[test]
fn examples_fail_and_pass_as_they_say() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().copied() {
        let Some(fails) = block(code, "fails") else { continue };
        let found = diagnose(fails);
        let is_other_error = |one: &&Diagnostic| one.code != code && one.severity() == Severity::Error;
        if !found.iter().any(|one| one.code == code) || found.iter().any(|one| is_other_error(&one)) {
            wrong.push(format!("{code} fails with:\n{}", rendered(fails)));
        }
        let Some(passes) = block(code, "passes") else {
            wrong.push(format!("{code} has no example that passes"));
            continue;
        };
        let found = diagnose(passes);
        if has_errors(&found) || found.iter().any(|one| one.code == code) {
            wrong.push(format!("{code} passes with:\n{}", rendered(passes)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn explanations_of_manifests_are_complete() {
    let of_manifests = |code: &Code| ["IN02", "IN03", "IN04", "IN05", "IN06"].contains(&&code.as_str()[..4]);
    // It takes a sample.
    for code in Code::ALL.iter().copied().filter(|code| of_manifests(code) && *code != Code::MaybeNull) {
        let text = code.explanation();
        assert!(text.starts_with(&format!("# {code}: {}\n", code.title())), "{code}: another title");
        for section in ["\n## What\n", "\n## Why\n", "\n## Example\n", "\n```json,fails\n", "\n```json,passes\n"] {
            assert!(text.contains(section), "{code} lacks {section:?}");
        }
    }
}
