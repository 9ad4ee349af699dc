//! Compiles the manifests, as `include_intake!` would. What the compiler says of them is a failure: they are right.
#![allow(dead_code, reason = "what is expected of a manifest, only the test reads")]

#[path = "src/generate.rs"]
mod generate;
#[path = "src/polling.rs"]
mod polling;
#[path = "src/random.rs"]
mod random;
#[path = "src/vendor.rs"]
mod vendor;
#[path = "src/webhook.rs"]
mod webhook;

use intake_compiler::compile::{Options, compile};
use intake_compiler::diagnostic::Severity;
use intake_compiler::diagnostic::render::{Color, render};
use intake_compiler::samples::File;
use intake_compiler::source::Source;
use std::fmt::Write;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=MANIFESTS");
    println!("cargo::rerun-if-env-changed=MANIFESTS_SEED");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");
    let (seed, count) = (generate::setting("MANIFESTS_SEED", 1), generate::setting("MANIFESTS", 40));
    let (mut code, mut table, mut alarms) = (String::new(), String::new(), String::new());
    for index in 0..usize::try_from(count).expect("a count") {
        let case = generate::case(seed, index);
        let samples = case.samples().into_iter().map(|(path, text)| File { shown: path.clone(), path, text }).collect();
        let source = Source::new(format!("{}.json", case.name), case.manifest);
        let compiled = compile(&source, &Options { samples, ..Options::default() });
        // A note is no alarm: it says what jq 1.8 would do otherwise.
        for found in compiled.diagnostics.iter().filter(|found| found.severity() != Severity::Note) {
            writeln!(alarms, "{}\n", render(&source, found, Color::Never)).expect("a text");
        }
        let (name, tokens) = (&case.name, &compiled.tokens);
        writeln!(code, "pub mod {name} {{ {tokens} }}").expect("a text");
        let hook = case.webhook.map_or("None".to_owned(), |_| {
            format!("Some(|runner, value| Box::pin(runner.hook(::serde_json::from_value::<{name}::M{index}Hook>(value).unwrap())))")
        });
        writeln!(
            table,
            "Entry {{ poll: |runner, value| Box::pin(runner.poll(::serde_json::from_value::<{name}::M{index}Poll>(value).unwrap())), hook: {hook} }},"
        )
        .expect("a text");
    }
    assert!(alarms.is_empty(), "seed {seed}: false alarms:\n{alarms}");
    let out = std::env::var_os("OUT_DIR").expect("OUT_DIR");
    let out = Path::new(&out);
    std::fs::write(out.join("manifests.rs"), code).expect("OUT_DIR is writable");
    let table = format!(
        "use random_manifests::manifests::*;\npub const ENTRIES: &[Entry] = &[{table}];\npub const SEED: u64 = {seed};\n"
    );
    std::fs::write(out.join("table.rs"), table).expect("OUT_DIR is writable");
}
