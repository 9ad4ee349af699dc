//! The example programs of jaq's manual.

use jaq_json::Val;
use jq_native_test::jaq::Filter;
use jq_native_test::native;
use jq_native_test::{interpret, text};
use std::collections::BTreeMap;

const PROGRAMS: &str = include_str!("../documented.jq");

/// At least so many of a hundred are compiled.
const SHARE: usize = 60;

#[test]
fn documented_programs_are_compiled_and_do_what_jaq_does() {
    let programs = text::programs(PROGRAMS);
    let (mut known, mut compiled, mut wrong) = (0, 0, Vec::new());
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for code in &programs {
        // The manual is of a later jaq, and shows what a manifest must not do.
        let Ok(program) = text::parse(code) else { continue };
        known += 1;
        let filter = match program.native {
            Ok(filter) => filter,
            Err(unsupported) => {
                reasons.entry(unsupported.reason).or_default().push(code);
                continue;
            }
        };
        compiled += 1;
        let jaq = Filter::new(code, 0).unwrap_or_else(|| panic!("{code}"));
        let ours = native::run(|sink| interpret::run(&filter, &Val::Null, &[], sink));
        if let Err(difference) = native::agrees(&ours, jaq.run(&Val::Null, &[]).as_ref()) {
            wrong.push(format!("{code}\n{difference}"));
        }
    }
    for (reason, programs) in &reasons {
        println!("{reason}: {}", programs.join("   "));
    }
    println!("{} programs, {known} of them of a manifest, {compiled} of those compiled", programs.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compiled * 100 >= known * SHARE, "{compiled} of {known}");
}
