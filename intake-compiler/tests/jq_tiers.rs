//! What of jq is compiled, and that the documentation says so.

mod common;

use common::{literal, quote, with_sink};
use intake_compiler::jq::native::{CONSTRUCTS, is_definition, ops};
use intake_compiler::jq::{self, BUILTINS, FOREIGN, Program};
use jaq_core::load::parse::Def;

fn parse(program: &str) -> Program {
    let (parsed, found) = with_sink(|sink| jq::parse(&literal(&quote(program)), sink));
    parsed.unwrap_or_else(|| panic!("{program}: {found:?}"))
}

/// A call of a function with constant arguments.
fn call(name: &str, arity: usize) -> String {
    if arity == 0 { name.to_owned() } else { format!("{name}({})", vec!["1"; arity].join("; ")) }
}

/// The tables of the documentation.
fn tables() -> String {
    let mut text = String::from("| construct | tier |\n|---|---|\n");
    for (construct, compiled) in CONSTRUCTS {
        let construct = construct.replace('|', "\\|");
        let tier = match compiled {
            Ok(()) => "B".to_owned(),
            Err(_) => "C".to_owned(),
        };
        text.push_str(&format!("| {construct} | {tier} |\n"));
    }
    let shown = |compiled: bool| {
        let all = BUILTINS.iter().filter(|(name, arity)| parse(&call(name, *arity)).native.is_ok() == compiled);
        all.map(|(name, arity)| format!("`{name}/{arity}`")).collect::<Vec<_>>().join(", ")
    };
    text.push_str(&format!("\nFunctions of tier B: {}.\n\nFunctions of tier C: {}.\n", shown(true), shown(false)));
    text
}

/// The table of what jq 1.8 has and jaq has not.
fn foreign() -> String {
    let rows = FOREIGN.iter().filter(|foreign| foreign.in_jq).map(|foreign| {
        let name =
            if foreign.arity == 0 { foreign.name.to_owned() } else { format!("{}/{}", foreign.name, foreign.arity) };
        format!("| `{name}` | {} |\n", foreign.instead.replace('|', "\\|"))
    });
    format!("| jq 1.8 | instead |\n|---|---|\n{}", rows.collect::<String>())
}

/// The page with a table between its marks.
fn with_table(page: &str, mark: &str, table: &str) -> String {
    let (head, rest) = page.split_once(&format!("<!-- {mark} -->\n")).unwrap();
    let (_, tail) = rest.split_once(&format!("<!-- end of {mark} -->")).unwrap();
    format!("{head}<!-- {mark} -->\n{table}<!-- end of {mark} -->{tail}")
}

#[test]
fn the_documentation_has_its_tables() {
    let path = format!("{}/../docs/jq.md", env!("CARGO_MANIFEST_DIR"));
    let written = std::fs::read_to_string(&path).unwrap();
    let expected = with_table(&with_table(&written, "tables", &tables()), "foreign", &foreign());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    assert!(written == expected || std::env::var_os("UPDATE_DOCS").is_some(), "docs/jq.md: run with UPDATE_DOCS=1");
}

/// The examples of each construct, in the order of the table.
const EXAMPLES: &[&[&str]] = &[
    &["."],
    &[".."],
    &["1", "\"a\"", "null", "true", "false"],
    &[".a", ".[1 + 1]?", ".[1:2]", ".[]?"],
    &[".a | .b, .c"],
    &["[.a]", "1 as $x | {a, b: .c, (.d): 1, $x, \"\\(.e)\": 2}"],
    &["\"\\(.a)\"", "@html \"\\(.a)\""],
    &["-.a", "1 + 2 - 3 * 4 / 5 % 6"],
    &["1 == 2", "1 != 2", "1 < 2", "1 <= 2", "1 > 2", "1 >= 2"],
    &[".a and .b or .c // .d"],
    &["if .a then 1 elif .b then 2 else 3 end"],
    &[".a?", "try .a catch ."],
    &[". as $x | $x", ". as [$x, {a: $y, (\"b\"): $z}] | [$x, $y, $z]"],
    &["label $x | 1, break $x"],
    &["reduce .[] as $x (0; . + $x)", "foreach .[] as $x (0; select($x); .)"],
    &["reduce .[] as $x (0; ., $x)"],
    &["def f: 1; f", "def f(g; $x): g + $x; f(.a; 1)"],
    &["def f: f; f"],
    &[".a = 1", ".a[0] |= 1", ".[] += 1", ".a? -= 1", ".a *= 1", "(.a | .b) /= 1", "del(.a)", ".a //= 1"],
    &[". |= 1", ".. |= 1", ".[1:] = 1", "(.a, .b) |= 1", "(.a | select(.b)) |= 1"],
];

#[test]
fn constructs_are_of_the_tier_they_are_said_to_be() {
    assert_eq!(EXAMPLES.len(), CONSTRUCTS.len());
    for (examples, (construct, compiled)) in EXAMPLES.iter().zip(CONSTRUCTS) {
        for example in *examples {
            match (parse(example).native, compiled) {
                (Ok(_), Ok(())) => {}
                (Err(found), Err(reason)) => {
                    assert_eq!(found.reason, format!("{reason} is not compiled"), "{example}");
                }
                (found, _) => panic!("{construct}: {example}: {found:?}"),
            }
        }
    }
}

#[test]
fn reasons_name_the_function_and_its_place() {
    let source = quote(".a | walk(.b) | map(.. |= 1)");
    let (program, _) = with_sink(|sink| jq::parse(&literal(&source), sink));
    let unsupported = program.unwrap().native.unwrap_err();
    assert_eq!(
        unsupported.reason,
        "`walk` is not compiled: its definition has an update of other than keys, indices and `[]`"
    );
    assert_eq!(&source[unsupported.span.range()], "walk(.b");
    let source = quote("map(.. |= 1)");
    let (program, _) = with_sink(|sink| jq::parse(&literal(&source), sink));
    let unsupported = program.unwrap().native.unwrap_err();
    assert_eq!(
        (unsupported.reason.as_str(), &source[unsupported.span.range()]),
        ("an update of other than keys, indices and `[]` is not compiled", "1")
    );
}

/// Definitions are inlined from a copy of jaq's: it is the same text.
#[test]
fn definitions_are_those_of_jaq() {
    let text = |name: &str| {
        std::fs::read_to_string(format!("{}/src/jq/native/library/{name}.jq", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    let shown = |defs: &[Def<&str>]| defs.iter().map(|def| format!("{def:?}")).collect::<Vec<_>>();
    let copied = ["core", "std", "json"].map(text);
    let copied = copied.iter().flat_map(|text| shown(&jaq_core::load::parse(text, |parser| parser.defs()).unwrap()));
    let copied: Vec<String> = copied.collect();
    let theirs: Vec<_> = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).collect();
    assert_eq!(copied, shown(&theirs));
    assert!(theirs.iter().all(|def| is_definition(def.name, def.args.len())));
    // A function is looked up by name and number of arguments: the order of the definitions must not matter for that.
    let mut names: Vec<_> = theirs.iter().map(|def| (def.name, def.args.len())).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(ops::OPS.iter().all(|op| BUILTINS.contains(&(op.name, op.arity))));
}
