//! The example programs of jaq's manual.

use jaq_json::Val;
use jq_test::inputs;
use jq_test::jaq::{Filter, identical};
use jq_test::native;
use jq_test::{interpret, text};
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

/// What the documentation says of jaq where jq does something else.
#[test]
fn jaq_differs_from_jq_as_the_documentation_says() {
    for (code, outputs, fails) in [
        ("6 / 2", "3.0", false),
        ("1 / 0", "Infinity", false),
        ("[1, null] | join(\"-\")", "\"1-null\"", false),
        ("null | .[1:]", "", true),
        ("[(1, 2) * (3, 4)]", "[3,4,6,8]", false),
        ("{a: 1} | flatten", "[{\"a\":1}]", false),
        ("[error(\"x\") + empty]", "[]", false),
        ("[] | flatten(1)", "null", false),
        ("\"\" | tonumber", "", false),
        ("error(\"x\") // 1", "", true),
        ("1 | [limit(3; repeat(. * 2))]", "[2,2,2]", false),
    ] {
        let documentation = include_str!("../../../docs/jq.md");
        let (program, input) = code
            .split_once(" | [limit")
            .map_or((code.to_owned(), ""), |(input, rest)| (format!("[limit{rest}"), input));
        let shown = format!("| `{}`", program.replace('|', "\\|"));
        assert!(documentation.contains(&shown), "{shown} {input}");
        let outcome = Filter::new(code, 0).unwrap().run(&Val::Null, &[]).unwrap();
        let expected = match outputs {
            "" => Vec::new(),
            "Infinity" => vec![Val::from(f64::INFINITY)],
            "3.0" => vec![Val::from(3.0)],
            json => vec![inputs::parse(json)],
        };
        let same = outcome.outputs.len() == expected.len()
            && outcome.outputs.iter().zip(&expected).all(|(left, right)| identical(left, right));
        assert!(same && outcome.error.is_some() == fails, "{code}: {outcome:?}");
    }
    for code in
        ["def f($x): x; f(1)", "@csv", "@tsv", "IN(1)", "INDEX(.a)", "tostream", "ascii", "toarray", "trimstr(1)"]
    {
        assert!(Filter::new(code, 0).is_none(), "{code}");
    }
}
