//! Nothing is said of a manifest that is right, with samples and without: `ALARMS=100000` for a long run.
//!
//! `run.rs` has fewer manifests, which it compiles and runs.

use intake_compiler::compile::check;
use intake_compiler::diagnostic::Severity;
use intake_compiler::diagnostic::render::{Color, render};
use intake_compiler::samples::File;
use intake_compiler::source::Source;
use random_manifests::generate::{Case, case, setting};

fn samples(case: &Case) -> Vec<File> {
    case.samples().into_iter().map(|(path, text)| File { shown: path.clone(), path, text }).collect()
}

#[test]
fn manifests_that_are_right_raise_no_alarm() {
    let (seed, count) = (setting("MANIFESTS_SEED", 1), setting("ALARMS", 2000));
    let mut sampled = 0;
    for index in 0..usize::try_from(count).unwrap() {
        let case = case(seed, index);
        sampled += usize::from(case.is_sampled);
        let source = Source::new("manifest.json", &*case.manifest);
        let found = check(&source, &samples(&case));
        let alarms = found.iter().filter(|found| found.severity() != Severity::Note);
        let alarms: Vec<String> = alarms.map(|found| render(&source, found, Color::Never)).collect();
        assert!(alarms.is_empty(), "seed {seed}, manifest {index}:\n{}\n{}", alarms.join("\n"), case.manifest);
    }
    println!("seed {seed}: no alarm in {count} manifests, {sampled} with samples");
    assert!(sampled > 0);
}
