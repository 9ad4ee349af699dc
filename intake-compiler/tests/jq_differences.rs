//! Notes where a jq program can meet what jaq does otherwise than jq 1.8: at which place, and that they are not given
//! where nothing can be met. What the notes say is tried in `tests/jq`, against `docs/jq.md`.

mod common;

use common::{literal, quote, with_sink};
use intake_compiler::diagnostic::Code;
use intake_compiler::jq::{self, BUILTINS, FOREIGN, REFUSED};
use std::collections::BTreeSet;

/// The places of a program's notes, as they are written in its text.
fn noted(program: &str) -> Vec<String> {
    let source = quote(program);
    let (parsed, found) = with_sink(|sink| jq::parse(&literal(&source), sink));
    let parsed = parsed.unwrap_or_else(|| panic!("{program}: {found:?}"));
    parsed.differences.iter().map(|difference| source[difference.span.range()].to_owned()).collect()
}

#[test]
fn notes_are_at_the_operator_or_call() {
    for (program, expected) in [
        (".a / 2", "/"),
        (". / .", "/"),
        ("{a: (.x / 2), b: 1}", "/"),
        ("(.items | length) / 2", "/"),
        ("add / length", "/"),
        (". / 1000 | todate", "/"),
        (".a /= 2", "/="),
        (".a | pow(.; 2)", "pow"),
        (".price * 0.5", "*"),
        (".t | join(\", \")", "join"),
        ("[.t[] | .name] | join(\",\")", "join"),
        ("[.rows[] | .cells | map(.v)] | map(join(\",\"))", "join"),
        (".name[:3]", "[:3]"),
        (".[1:3]", "[1:3]"),
        (".a[\"b\"][1:]", "[1:]"),
        (".name | index(\"a\")", "index"),
        (".items | reverse", "reverse"),
        ("(.a, .b) * (1, 2)", "*"),
        (".[] == .[]", "=="),
        ("\"\\(.[])-\\(.a[])\"", "\\\"\\\\(.[])-\\\\(.a[])\\\""),
        (".a | flatten(1)", "flatten"),
        (".p | tonumber", "tonumber"),
        (".a.b = 1", "="),
        (".a.b |= . + 1", "|="),
        (".items[0].x = 1", "="),
        ("(.a, .b.c) = 1", "="),
        ("del(.a.b)", "del"),
        ("del(.[0], .[2])", "del"),
        ("delpaths([[0], [1]])", "delpaths"),
        ("pick(.a[0])", "pick"),
        (".fields | from_entries", "from_entries"),
        ("[.fields[] | {name, value}] | from_entries", "from_entries"),
        (".[] |= (1, 2)", "|="),
        ("reduce .[] as $x (null; .[$x] = 1)", "="),
        ("foreach .[] as $x (0; select($x)) | .", "foreach"),
        ("gmtime | todate", "todate"),
        ("test(\"a\"; \"gs\")", "test"),
        // The name is the program's own: it rounds nothing.
        ("def floor: .; .a / 2 | floor", "/"),
    ] {
        assert_eq!(noted(program), [expected], "{program}");
    }
}

#[test]
fn nothing_is_noted_where_nothing_can_be_met() {
    for program in [
        ".a / 2 | floor",
        ".a / .b * 100 | round",
        "(.a / 2) | if . == floor then floor else . end",
        "select(.a / 2 > 1)",
        "if .a / 2 > 1 then 1 else 2 end",
        "sort_by(.a / .b)",
        "[.[] | .a / .b | . >= 0.5]",
        ".x / \",\"",
        "7 / 2",
        ".a | sqrt | floor",
        ".p * 1.19 | round",
        "1.5 + 1.5",
        ".t | map(. // \"\") | join(\",\")",
        ".t | map(tostring) | join(\",\")",
        ".t | map(values) | join(\",\")",
        "[.t[] | \"\\(.name)\"] | join(\",\")",
        ".s | split(\" \") | join(\"-\")",
        "keys | join(\",\")",
        "[\"a\", \"b\"] + [\"c\"] | sort | join(\",\")",
        "(.name // \"\")[:3]",
        ".a // \"x\" | .[:3]",
        "if .name then .name[:3] else null end",
        "if .name == null then \"\" else .name[:3] end",
        "if .user.name != null then .user.name[0:3] else \"\" end",
        "if .name | not then \"\" else .name[:3] end",
        ".name | if . then .[:3] else \"\" end",
        ".name | strings | .[:3]",
        "select(.name != null and .name != \"\") | .name[:3]",
        "select(.a | type == \"string\") | .a[:2]",
        "select((.a | type) == \"array\") | .a[1:]",
        "[.items[]] | .[:2] | reverse",
        "[.a, .b] | index(1)",
        "(.a, .b) * 2",
        ".a | flatten",
        "(.a | flatten(1)) // []",
        ".p | tonumber? // 0",
        "if .p == \"\" then null else .p | tonumber end",
        ".p | select(. != \"\") | tonumber",
        ".p | length | tonumber",
        ".a = 1",
        ".a += 1",
        ".a |= ((. // {}) | .b = 1)",
        ".items[].x = 1",
        "{a: {}} | .a.b = 1",
        "if .a then .a.b = 1 else . end",
        "del(.a, .b)",
        "del(.items[].secret)",
        "del(.[] | select(.x))",
        "del(.[2], .[0])",
        "pick(.a.b, .c)",
        "to_entries | map(select(.value != null)) | from_entries",
        "to_entries | map(.value |= tostring) | from_entries",
        "[.fields[] | {key: .name, value}] | from_entries",
        "with_entries(.value += 1)",
        "reduce .[] as $x (0; . + $x)",
        "reduce .[] as $x ({}; .[$x] = 1)",
        "reduce .[] as $x (0; if $x then . + 1 else error(\"x\") end)",
        "strptime(\"%Y\") | mktime | todate",
        "test(\"a\"; \"gi\")",
        // Names that are the program's own.
        "def join(x): 1; .a | join(1)",
        "def flatten(f): f; .a | flatten(1)",
        "def tonumber: 1; .a | tonumber",
    ] {
        assert_eq!(noted(program), [] as [&str; 0], "{program}");
    }
}

#[test]
fn a_hostile_program_gets_few_notes() {
    let program = format!("[{}]", vec![".a / 2"; 60].join(", "));
    assert_eq!(noted(&program).len(), 20);
}

fn jaq_runs(expression: &str) -> Result<(), String> {
    type Data = jaq_core::data::JustLut<jaq_json::Val>;
    let code = format!("\"\" | test({})", serde_json::Value::from(expression));
    let arena = jaq_core::load::Arena::default();
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let modules =
        jaq_core::load::Loader::new(defs).load(&arena, jaq_core::load::File { code: &*code, path: () }).unwrap();
    let filter = jaq_core::Compiler::<_, Data>::default().with_funs(funs).compile(modules).unwrap();
    let context = jaq_core::Ctx::<Data>::new(&filter.lut, jaq_core::Vars::new([]));
    let mut outputs = filter.id.run((context, jaq_json::Val::Null)).map(jaq_core::unwrap_valr);
    outputs.next().unwrap().map(drop).map_err(|error| error.to_string())
}

/// What is refused at compile time jaq refuses when it runs, and the reverse for all that is looked for.
#[test]
fn regular_expressions_are_refused_as_jaq_does() {
    for (expression, place) in [
        ("a(?=b)", "(?="),
        ("(?!x)", "(?!"),
        ("(?<=a)b", "(?<="),
        ("[^]](?<!a)b", "(?<!"),
        ("(?>a)", "(?>"),
        ("(?#c)a", "(?#"),
        ("(?'n'a)", "(?'"),
        ("(a)(?(1)b)", "(?("),
        ("[a-z&&[^b]]", "&&"),
        (r"(a)\1", r#"\"(a)\\\\1\""#),
        (r"\k<n>", r#"\"\\\\k<n>\""#),
        (r"\p{L}", r#"\"\\\\p{L}\""#),
        (r"\h", r#"\"\\\\h\""#),
        (r"[\h]", r#"\"[\\\\h]\""#),
        (r"a\Z", r#"\"a\\\\Z\""#),
    ] {
        assert!(jaq_runs(expression).is_err(), "{expression}");
        for call in
            ["test(E)", "[match(E)]", "sub(E; \"\")", "gsub(E; \"\"; \"g\")", "split(E; \"g\")", "[scan(E; \"i\")]"]
        {
            let program = call.replace('E', &serde_json::Value::from(expression).to_string());
            let source = quote(&program);
            let (parsed, found) = with_sink(|sink| jq::parse(&literal(&source), sink));
            assert!(parsed.is_none(), "{program}");
            let found: Vec<_> = found.iter().map(|one| (one.code, &source[one.primary.span.range()])).collect();
            assert_eq!(found, [(Code::JqRegex, place)], "{program}");
        }
    }
    for expression in [
        r"\(?=x",
        "[(?=]",
        "[]a(?=]",
        "(?<n>a)",
        "(?P<n>a)",
        "(?i:A)",
        "(?ms)a",
        "(?i-s:b)",
        "[[:alpha:]&]",
        r"\d\D\w\W\s\S\b\B\A\z\.\-\/\_\@\ ",
        r"\x41\u0041\x{41}\n\t\r\f\v\a",
        r"\\1",
        r"\\p",
        "é(é)?",
        "(?x) a # (?#",
    ] {
        assert!(jaq_runs(expression).is_ok(), "{expression}: {:?}", jaq_runs(expression));
        noted(&format!("test({})", serde_json::Value::from(expression)));
    }
    noted("test(\"a # (?=\"; \"x\")");
    noted("test(\"(?=\" + .x)");
    noted("def test(f): 1; test(\"(?=a)\")");
}

/// Every function of jq 1.8 is there, or refused, or there is a word on what to write instead.
#[test]
fn every_function_of_jq_is_known() {
    let known: BTreeSet<&str> = BUILTINS.iter().map(|(name, _)| *name).collect();
    let names = include_str!("fixtures/jq-1.8-functions.txt").lines();
    let mut count = 0;
    for (name, arity) in names.map(|line| line.rsplit_once('/').unwrap()) {
        count += 1;
        let arity: usize = arity.parse().unwrap();
        let is_there = BUILTINS.contains(&(name, arity));
        let is_refused = REFUSED.iter().any(|(refused, _)| *refused == name);
        let is_foreign = FOREIGN.iter().any(|one| (one.name, one.arity, one.in_jq) == (name, arity, true));
        assert!(is_there || is_refused || is_foreign, "{name}/{arity}");
    }
    assert!(count > 200, "{count}");
    assert!(FOREIGN.iter().all(|foreign| !known.contains(foreign.name)));
}
