//! How many mistakes the compiler sees: manifests that are right, each with one realistic mistake, at every place where
//! that can be made. `cargo test -p intake-compiler --test mutations -- --nocapture` shows what escapes.
//!
//! A mistake is caught if the compiler says something that it does not say of the manifest without it.

#[path = "mutations/edit.rs"]
mod edit;
#[path = "mutations/jq_mistakes.rs"]
mod jq_mistakes;
#[path = "mutations/json_mistakes.rs"]
mod json_mistakes;
#[path = "mutations/sites.rs"]
mod sites;
#[path = "mutations/tokens.rs"]
mod tokens;

use edit::Mutant;
use intake_compiler::compile::check;
use intake_compiler::diagnostic::Severity;
use intake_compiler::samples::File;
use intake_compiler::source::Source;
use sites::Manifest;
use std::collections::BTreeSet;
use std::fs;

type Mistake = (&'static str, fn(&Manifest) -> Vec<Mutant>);

const MISTAKES: &[Mistake] = &[
    ("a comma is missing", json_mistakes::comma_missing),
    ("a comma too many", json_mistakes::comma_trailing),
    ("a closing bracket is missing", json_mistakes::bracket_missing),
    ("a quote is missing", json_mistakes::quote_missing),
    ("a key is given twice", json_mistakes::key_twice),
    ("a key is misspelt", json_mistakes::key_misspelt),
    ("a key lacks a letter", json_mistakes::key_shortened),
    ("a command lacks its `!`", json_mistakes::command_without_mark),
    ("a word is misspelt", json_mistakes::word_misspelt),
    ("a member is missing", json_mistakes::member_missing),
    ("a URL's scheme is misspelt", json_mistakes::scheme_misspelt),
    ("a URL is not encrypted", json_mistakes::scheme_insecure),
    ("the frequency is in minutes", json_mistakes::frequency_in_minutes),
    ("a number is a string", json_mistakes::number_as_string),
    ("two commands are swapped", json_mistakes::commands_swapped),
    ("two cases are swapped", json_mistakes::cases_swapped),
    ("a command is missing", json_mistakes::command_missing),
    ("a state key is not sent", json_mistakes::state_not_sent),
    ("`!save` has another scope", json_mistakes::save_scope_other),
    ("a variable's root is misspelt", json_mistakes::root_misspelt),
    ("a variable's key is misspelt", json_mistakes::variable_key_misspelt),
    ("a variable has another scope", json_mistakes::variable_scope_other),
    ("a variable is not closed", json_mistakes::variable_unclosed),
    ("a variable lacks its `$`", json_mistakes::dollar_missing),
    ("`piped_content` of another command", json_mistakes::piped_index_wrong),
    ("jq: a closing bracket is missing", jq_mistakes::bracket_missing),
    ("jq: a quote is missing", jq_mistakes::quote_missing),
    ("jq: a comma is missing", jq_mistakes::comma_missing),
    ("jq: a pipe is missing", jq_mistakes::pipe_missing),
    ("jq: `then` or `end` is missing", jq_mistakes::end_missing),
    ("jq: `=` for `==`", jq_mistakes::assigned_for_compared),
    ("jq: `||` for `//`", jq_mistakes::doubled_for_alternative),
    ("jq: a function is misspelt", jq_mistakes::function_misspelt),
    ("jq: `results`, `iterate`, `polling_state` misspelt", jq_mistakes::result_key_misspelt),
    ("jq: `results`, `iterate`, `polling_state` missing", jq_mistakes::result_key_missing),
    ("jq: a state key is misspelt", jq_mistakes::state_key_misspelt),
    ("jq: a state key is dropped", jq_mistakes::state_key_dropped),
    ("jq: a saved key is misspelt", jq_mistakes::saved_key_misspelt),
    ("jq: a field is misspelt", jq_mistakes::field_misspelt),
    ("jq: a shorthand key is misspelt", jq_mistakes::shorthand_misspelt),
    ("jq: `[]` is missing", jq_mistakes::iteration_missing),
    ("jq: `[…]` around many is missing", jq_mistakes::collection_missing),
    ("jq: a number is a string", jq_mistakes::number_as_string),
    ("jq: `iterate` is always true", jq_mistakes::iterate_constant),
    ("jq: `iterate` is in the state", jq_mistakes::iterate_in_state),
    ("jq: a `!switch` index is wrong", jq_mistakes::switch_index_wrong),
    ("jq: a key that a command needs is misspelt", jq_mistakes::hash_input_misspelt),
];

fn manifests() -> Vec<Manifest> {
    let read =
        |path: &str| std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).expect("a manifest");
    let known = ["github-hooks", "historical-sync", "paypal", "stripe-events", "zoom-verification"];
    let known = known.map(|name| Manifest::new(name, read(&format!("tests/manifests/{name}.json"))));
    known.into_iter().chain([Manifest::new("crm", read("examples/quickstart/crm.json"))]).collect()
}

/// What the compiler says, as codes and messages, without places: they move.
type Said = BTreeSet<(&'static str, String)>;

fn said(text: &str, samples: &[File]) -> Said {
    let found = check(&Source::new("test.json", text), samples).into_iter();
    // A note is about jq, not about the mistake.
    found.filter(|found| found.severity() != Severity::Note).map(|found| (found.code.as_str(), found.message)).collect()
}

/// How many mistakes are caught, of how many.
fn run(diagnose: &dyn Fn(&Manifest, &str) -> Said) -> (usize, usize) {
    let manifests = manifests();
    let (mut caught, mut all) = (0, 0);
    for (name, mistake) in MISTAKES {
        let (mut seen, mut escaped) = (0, Vec::new());
        for manifest in &manifests {
            let before = diagnose(manifest, &manifest.text);
            for mutant in mistake(manifest) {
                assert_ne!(mutant.text, manifest.text, "{name}: {}", mutant.shown);
                if diagnose(manifest, &mutant.text).is_subset(&before) {
                    escaped.push(mutant.shown);
                } else {
                    seen += 1;
                }
            }
        }
        let count = seen + escaped.len();
        assert!(count > 0, "{name}: no place for it");
        println!("{name}: {seen} of {count}");
        escaped.iter().for_each(|shown| println!("    escapes: {shown}"));
        (caught, all) = (caught + seen, all + count);
    }
    (caught, all)
}

#[test]
fn most_mistakes_are_caught_without_samples() {
    let (caught, all) = run(&|_, text| said(text, &[]));
    println!("without samples: caught {caught} of {all}");
    assert!(caught * 100 >= all * 80, "caught {caught} of {all}");
}

/// The samples of a manifest: recorded responses and payloads.
fn samples(name: &str) -> Vec<File> {
    let folder = format!("{}/tests/samples/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for intake in fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.expect("a folder")) {
        for sample in fs::read_dir(intake.path()).expect("a folder").map(|entry| entry.expect("a file")) {
            let names = [intake.file_name(), sample.file_name()].map(|name| name.to_string_lossy().into_owned());
            let path = names.join("/");
            let text = fs::read_to_string(sample.path()).expect("a sample");
            files.push(File { shown: format!("samples/{name}/{path}"), path, text });
        }
    }
    files
}

#[test]
fn nearly_all_mistakes_are_caught_with_samples() {
    let known: Vec<(&str, Vec<File>)> =
        manifests().iter().map(|manifest| (manifest.name, samples(manifest.name))).collect();
    assert_eq!(known.iter().filter(|(_, files)| !files.is_empty()).count(), 5);
    let of = |name: &str| known.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, files)| files);
    let (caught, all) = run(&|manifest, text| said(text, of(manifest.name)));
    println!("with samples: caught {caught} of {all}");
    assert!(caught * 100 >= all * 95, "caught {caught} of {all}");
}
