//! Every diagnostic code as rustc shows it through `include_intake!`: `tests/compile_fail/CODE.stderr`.
//!
//! The manifests are the failing examples of `intake explain`. `UPDATE_CASES=1 TRYBUILD=overwrite cargo test -p intake
//! --test compile_fail` writes them anew.

use intake_compiler::diagnostic::{Code, Severity};
use std::fs;
use std::path::{Path, PathBuf};

/// What no small manifest can show: 16 MiB of text, samples, and a mistake of the compiler itself.
const WITHOUT_EXAMPLE: [Code; 5] =
    [Code::TextTooLong, Code::UnusedSample, Code::InvalidSchema, Code::MaybeNull, Code::Internal];

/// Where a code's case is: what a note is given of compiles.
fn folder(code: Code) -> PathBuf {
    let folder = if code.severity() == Severity::Note { "tests/compile_pass" } else { "tests/compile_fail" };
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The failing example of a code's explanation.
fn example(code: Code) -> Option<String> {
    // A byte order mark cannot be shown: it is put before the example that passes.
    let (fence, before) = match code {
        Code::ByteOrderMark => ("```json,passes\n", "\u{feff}"),
        _ => ("```json,fails\n", ""),
    };
    let (_, rest) = code.explanation().split_once(fence)?;
    rest.split_once("```").map(|(example, _)| format!("{before}{example}"))
}

/// The program that includes it. A warning is made an error, so that it is shown; a note is no warning.
fn program(code: Code) -> String {
    let deny = match code.severity() {
        Severity::Error => "",
        Severity::Note => "#![deny(warnings)]\n\n",
        Severity::Warning => "#![deny(deprecated)]\n\n",
    };
    format!("{deny}intake::include_intake!(\"{code}.json\");\n\nfn main() {{}}\n")
}

#[test]
fn every_code_has_a_case() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    for code in Code::ALL.iter().copied().filter(|code| !WITHOUT_EXAMPLE.contains(code)) {
        let example = example(code).unwrap_or_else(|| panic!("{code} has no failing example"));
        for (extension, expected) in [("json", example), ("rs", program(code))] {
            let path = folder(code).join(format!("{code}.{extension}"));
            if update {
                fs::write(&path, &expected).unwrap();
            }
            let found = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(found, expected, "{} is not the example: see the top of this file", path.display());
        }
        let shown = code.severity() == Severity::Note || folder(code).join(format!("{code}.stderr")).exists();
        assert!(update || shown, "{code} has no snapshot");
    }
}

#[test]
fn the_macro_shows_every_code() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

#[test]
fn notes_fail_no_build() {
    trybuild::TestCases::new().pass("tests/compile_pass/*.rs");
}

#[test]
fn the_macro_explains_its_own_errors() {
    trybuild::TestCases::new().compile_fail("tests/macro_errors/*.rs");
}
