//! The manifests in the documentation compile.

use intake_compiler::compile::{Options, compile};
use intake_compiler::source::Source;

/// The ```` ```json ```` blocks of a page.
fn manifests(page: &str) -> Vec<&str> {
    page.split("\n```json\n").skip(1).filter_map(|rest| rest.split_once("\n```")).map(|(block, _)| block).collect()
}

#[test]
fn every_manifest_of_the_language_reference_compiles() {
    let manifests = manifests(include_str!("../docs/language.md"));
    assert!(manifests.len() >= 9, "only {} found", manifests.len());
    for manifest in manifests {
        let compiled = compile(&Source::new("docs/language.md", manifest), &Options::default());
        assert!(compiled.is_ok(), "{:#?}\n{manifest}", compiled.diagnostics);
    }
}

#[test]
fn every_manifest_of_the_page_on_types_compiles() {
    let manifests = manifests(include_str!("../docs/types.md"));
    assert_eq!(manifests.len(), 1);
    let compiled = compile(&Source::new("docs/types.md", manifests[0]), &Options::default());
    assert!(compiled.is_ok(), "{:#?}", compiled.diagnostics);
    let code = compiled.tokens.to_string();
    for field in ["id : :: intake :: Value", "address : RecordAddress", "page : :: core :: primitive :: i64"] {
        assert!(code.contains(&format!("pub {field}")), "no `{field}` in {code}");
    }
}

#[test]
fn the_language_reference_names_every_code() {
    let page = include_str!("../docs/language.md");
    for code in intake_compiler::diagnostic::Code::ALL {
        let severity = format!("{:?}", code.severity()).to_lowercase();
        let row = format!("| `{code}` | {severity} | {} |", code.title());
        assert!(page.contains(&row), "docs/language.md lacks the row\n{row}");
    }
}
