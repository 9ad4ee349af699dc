//! The types that a manifest becomes: a case for each rule by which they are inferred, in `types/RULE.txt`.
//!
//! A case begins with jq programs, one a line: `initial_setup: …`, `pre_poll: …`, `request: …`, `post_poll: …`, of which
//! `request` works on a response. Below `---` are the types. `UPDATE_CASES=1 cargo test -p intake-compiler --test types`
//! writes them anew.

use intake_compiler::compile::{Options, RecordType, compile};
use intake_compiler::samples::File;
use intake_compiler::source::Source;
use quote::ToTokens;
use std::fs;
use std::path::{Path, PathBuf};

fn manifest(programs: &str) -> String {
    let event = |line: &str| {
        let (event, program) = line.split_once(": ").expect("`event: program`");
        let program = serde_json::to_string(program).unwrap();
        let http = r#"{ "!http": { "url": "https://api.example.com/" } }, "#;
        let http = if event == "request" { http } else { "" };
        format!(",\n\"{event}\": {{ \"!pipe\": [{http}\n{{ \"!jq\":\n{program} }}] }}")
    };
    let events: String = programs.lines().filter(|line| !line.starts_with('#')).map(event).collect();
    format!("[{{ \"name\": \"x\", \"type\": \"polling\"{events} }}]")
}

/// The structs and aliases of the intake's module, without attributes and full paths.
fn types(manifest: &str) -> String {
    let compiled = compile(&Source::new("x.json", manifest), &Options::default());
    assert!(compiled.is_ok(), "{:#?}\n{manifest}", compiled.diagnostics);
    let mut file: syn::File = syn::parse2(compiled.tokens).unwrap();
    let module =
        file.items.drain(..).find_map(|item| if let syn::Item::Mod(module) = item { Some(module) } else { None });
    let items = module.unwrap().content.unwrap().1.into_iter().filter_map(|item| match item {
        syn::Item::Struct(mut item) => {
            item.attrs.clear();
            item.fields.iter_mut().for_each(|field| field.attrs.clear());
            Some(syn::Item::Struct(item))
        }
        syn::Item::Type(mut item) => {
            item.attrs.clear();
            Some(syn::Item::Type(item))
        }
        _ => None,
    });
    file.items = items.collect();
    let text = prettyplease::unparse(&file);
    let paths = ["::intake::__private::", "::intake::", "::core::primitive::", "::core::option::"];
    paths.iter().fold(text, |text, path| text.replace(path, ""))
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/types");
    let mut cases: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

#[test]
fn every_rule_gives_its_types() {
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let cases = cases();
    assert!(cases.len() >= 25, "only {} found", cases.len());
    for case in cases {
        let text = fs::read_to_string(&case).unwrap();
        let programs = text.split_once("---\n").map_or(&*text, |(programs, _)| programs);
        let found = format!("{programs}---\n{}", types(&manifest(programs)));
        if update {
            fs::write(&case, &found).unwrap();
        }
        assert!(update || text == found, "{}:\n{found}", case.display());
    }
}

#[test]
fn a_field_tells_its_place_in_the_manifest() {
    let manifest = manifest("request: {results: [{id}], iterate: false}");
    let compiled = compile(&Source::new("x.json", &*manifest), &Options::default());
    let text = compiled.tokens.to_string();
    assert!(text.contains(r#"" `id`, `x.json`:4:14.""#), "{text}");
    let line = manifest.lines().nth(3).unwrap();
    assert_eq!(&line[13..15], "id");
}

#[test]
fn a_type_of_the_users_takes_the_place_of_a_record() {
    let manifest = manifest("request: {results: [{id, inner: {a: 1}}], iterate: false}");
    let mut options = Options::default();
    let path = "crate::Own".parse().unwrap();
    options.target.records.push(("x".to_owned(), RecordType { path, is_checked: false }));
    let file: syn::File = syn::parse2(compile(&Source::new("x.json", &*manifest), &options).tokens).unwrap();
    let text = file.to_token_stream().to_string();
    assert!(text.contains("type Record = crate :: Own") && !text.contains("struct Record"), "{text}");
}

#[test]
fn a_sample_makes_no_type() {
    let manifest =
        manifest("request: {results: [.data[] | {id, kind: (if .id then \"a\" else 1 end)}], iterate: false}");
    let source = Source::new("x.json", &*manifest);
    let text = r#"{"data": [{"id": "an id"}]}"#.to_owned();
    let sample = File { path: "x/request.json".to_owned(), shown: "samples/x/request.json".to_owned(), text };
    let with_sample = compile(&source, &Options { samples: vec![sample], ..Options::default() });
    assert_eq!(with_sample.diagnostics.len(), 0, "the sample is of use: {:#?}", with_sample.diagnostics);
    let tokens = |compiled: &intake_compiler::compile::Compiled| compiled.tokens.to_string();
    assert_eq!(tokens(&with_sample), tokens(&compile(&source, &Options::default())));
}
