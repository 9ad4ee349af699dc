//! The example programs of jaq's manual.

use jaq_json::Val;
use jq_test::jaq::Filter;
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

const PAGE: &str = include_str!("../../../docs/jq.md");

/// The cells of the rows of a section's tables that have so many columns.
fn rows(heading: &str, columns: usize) -> Vec<Vec<String>> {
    let (_, section) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let table = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| program"));
    let cells = table.map(|line| {
        let line = line.replace("\\|", "\u{0}");
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('\u{0}', "|")).collect::<Vec<_>>()
    });
    cells.filter(|cells| cells.len() == columns).collect()
}

fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

fn text_of(value: &Val) -> String {
    let Val::TStr(text) = value else { panic!("{value} is no text") };
    String::from_utf8_lossy(text).into_owned()
}

/// What jaq gives, as in the table's cells: the outputs as JSON, or in words.
fn said_by_jaq(program: &str) -> String {
    let Some(filter) = Filter::new(&format!("({program}\n) | tojson"), 0) else { return "does not compile".to_owned() };
    let outcome = filter.run(&Val::Null, &[]).expect("jaq does not panic");
    match outcome {
        _ if outcome.error.is_some() => "an error".to_owned(),
        _ if outcome.outputs.is_empty() => "no output".to_owned(),
        _ => outcome.outputs.iter().map(text_of).collect::<Vec<_>>().join(" "),
    }
}

/// A cell in the same words.
fn said(cell: &str) -> String {
    code(cell).map_or_else(|| cell.to_owned(), said_by_jaq)
}

/// The programs of the first table get a note, and do the same in both once they are written as the table says.
#[test]
fn differences_are_noted_and_can_be_avoided() {
    let rows = rows("Where jaq differs from jq 1.8", 4);
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let [program, jq, jaq, same] = row.as_slice() else { unreachable!() };
        let (program, same) = (code(program).unwrap(), code(same).unwrap());
        assert_eq!(said_by_jaq(program), said(jaq), "{program}");
        assert_ne!(said(jq), said(jaq), "{program}");
        let found = text::parse(program).unwrap_or_else(|error| panic!("{program}: {error}")).differences;
        assert_eq!(found.len(), 1, "{program}: {found:?}");
        let found = text::parse(same).unwrap_or_else(|error| panic!("{same}: {error}")).differences;
        assert_eq!(found, [], "{same}");
        let given = said_by_jaq(same);
        assert!(given == said(jq) || matches!(jq.as_str(), "an error" | "`null`"), "{same} gives {given}");
        assert_ne!(given, "an error", "{same}");
    }
}

#[test]
fn other_differences_are_as_documented_and_get_no_note() {
    let rows = rows("Where jaq differs from jq 1.8", 3);
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let [program, jq, jaq] = row.as_slice() else { unreachable!() };
        let program = code(program).unwrap();
        assert_eq!(said_by_jaq(program), said(jaq), "{program}");
        assert_ne!(jq, jaq, "{program}");
        match text::parse(program) {
            Ok(parsed) => assert_eq!(parsed.differences, [], "{program}"),
            Err(_) => assert_eq!(jaq, "does not compile", "{program}"),
        }
    }
}

/// What the tables say of jq, against jq itself: `JQ=/path/to/jq cargo test -p jq-test -- --ignored`.
#[test]
#[ignore = "needs jq 1.8, at the path in JQ"]
fn jq_does_what_the_documentation_says() {
    let jq = std::env::var("JQ").expect("JQ is the path of jq 1.8");
    let run = |program: &str| {
        let output = std::process::Command::new(&jq).args(["-n", "-r", &format!("({program}\n) | tojson")]).output();
        let output = output.unwrap();
        let shown: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
        match () {
            () if !output.status.success() => "an error".to_owned(),
            () if shown.is_empty() => "no output".to_owned(),
            () => shown.join(" "),
        }
    };
    let heading = "Where jaq differs from jq 1.8";
    let mut wrong = Vec::new();
    for row in rows(heading, 4).iter().chain(&rows(heading, 3)) {
        let (given, expected) = (run(code(&row[0]).unwrap()), code(&row[1]).map_or_else(|| row[1].clone(), run));
        if given != expected {
            wrong.push(format!("{}: {given}, not {expected}", row[0]));
        }
        if let Some(same) = row.get(3).and_then(|same| code(same)) {
            let (jq, jaq) = (run(same), said_by_jaq(same));
            if jq != jaq {
                wrong.push(format!("{same}: {jq} in jq, {jaq} in jaq"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Placeholders and what stands for them.
type Arguments = &'static [(&'static str, &'static str)];

/// Calls of what jaq does not have, their arguments in the replacement, an input, and what jq 1.8 gives.
const FOREIGN_CALLS: &[(&str, Arguments, &str, &str)] = &[
    ("@csv", &[], r#"[1, "a,\"b", null, true, "x y"]"#, r#""1,\"a,\"\"b\",,true,\"x y\"""#),
    ("@tsv", &[], r#"[1, "a\tb\\\n\r", null, true]"#, r#""1\ta\\tb\\\\\\n\\r\t\ttrue""#),
    ("IN(1, 2)", &[("SOURCE", "(1, 2)")], "2", "true"),
    ("IN(1, 2)", &[("SOURCE", "(1, 2)")], "3", "false"),
    ("IN(.[]; 2, 4)", &[("LEFT", ".[]"), ("RIGHT", "(2, 4)")], "[1, 4]", "true"),
    ("INDEX(.id)", &[("KEY", ".id")], "[{id: 1}, {id: 2}]", r#"{"1": {id: 1}, "2": {id: 2}}"#),
    ("INDEX(.a[]; .id)", &[("SOURCE", ".a[]"), ("KEY", ".id")], "{a: [{id: 1}]}", r#"{"1": {id: 1}}"#),
    ("JOIN({x: 1}; .k)", &[("INDEX", "{x: 1}"), ("KEY", ".k")], r#"[{k: "x"}]"#, r#"[[{k: "x"}, 1]]"#),
    (
        "JOIN({x: 1}; .[]; .k)",
        &[("INDEX", "{x: 1}"), ("SOURCE", ".[]"), ("KEY", ".k")],
        r#"[{k: "x"}]"#,
        r#"[{k: "x"}, 1]"#,
    ),
    (
        "JOIN({x: 1}; .[]; .k; .[1])",
        &[("INDEX", "{x: 1}"), ("SOURCE", ".[]"), ("KEY", ".k"), ("THEN", ".[1]")],
        r#"[{k: "x"}]"#,
        "1",
    ),
    ("have_decnum", &[], "null", "true"),
    ("have_literal_numbers", &[], "null", "true"),
    ("trimstr(\"x\")", &[("TEXT", "\"x\"")], r#""xax""#, r#""a""#),
    ("tostream", &[], "{a: [1, 2]}", r#"[["a", 0], 1], [["a", 1], 2], [["a", 1]], [["a"]]"#),
    ("ascii", &[], "65", "\"A\""),
    ("leaf_paths", &[], "{a: [1]}", r#"["a", 0]"#),
    ("toarray", &[], "1", "[1]"),
    ("toarray", &[], "[1]", "[1]"),
];

/// What to write instead does what it stands for.
#[test]
fn functions_of_jq_can_be_written_otherwise() {
    use intake_compiler::jq::FOREIGN;
    let mut tried = Vec::new();
    for (call, arguments, input, expected) in FOREIGN_CALLS.iter().copied() {
        let name = call.split('(').next().unwrap();
        let arity = if call.contains('(') { call.matches("; ").count() + 1 } else { 0 };
        let foreign = FOREIGN.iter().find(|foreign| (foreign.name, foreign.arity) == (name, arity)).expect(call);
        let error = text::parse(call).expect_err(call);
        assert_eq!(error, format!("unknown function `{name}`"));
        let mut instead = code(foreign.instead).expect(call).to_owned();
        for (placeholder, argument) in arguments {
            assert!(instead.contains(placeholder), "{instead}");
            instead = instead.replace(placeholder, argument);
        }
        assert!(text::parse(&instead).is_ok(), "{instead}");
        assert_eq!(said_by_jaq(&format!("{input} | {instead}")), said_by_jaq(expected), "{call}");
        tried.push((name, arity));
    }
    for foreign in FOREIGN.iter().filter(|foreign| code(foreign.instead).is_some()) {
        assert!(tried.contains(&(foreign.name, foreign.arity)), "{} is not tried", foreign.name);
    }
}
