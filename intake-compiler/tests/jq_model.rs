//! The jq front end against jaq itself: it accepts what jaq accepts, its limits are jaq's, its claims are true.

mod common;

use common::member::fits;
use common::{literal, quote, with_sink};
use intake_compiler::jq::{self, Program};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;
use proptest::prelude::*;

type Data = data::JustLut<Val>;

fn parse(program: &str) -> Option<Program> {
    let source = quote(program);
    with_sink(|sink| jq::parse(&literal(&source), sink)).0
}

/// What jaq makes of a program: `None` if it refuses it.
fn jaq(code: &str, variables: &[&str]) -> Option<jaq_core::Filter<Data>> {
    let refused = |name: &str| jq::REFUSED.iter().any(|(refused, _)| *refused == name);
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).filter(|def| !refused(def.name));
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()).filter(|(name, ..)| !refused(name));
    let arena = Arena::default();
    let modules = Loader::new(defs).load(&arena, File { code, path: () }).ok()?;
    Compiler::default().with_funs(funs).with_global_vars(variables.iter().copied()).compile(modules).ok()
}

/// The outputs for an input up to the first error (which may be none); at most a hundred.
fn run(filter: &jaq_core::Filter<Data>, input: &str) -> Vec<Result<Val, String>> {
    let input = jaq_json::read::parse_single(input.as_bytes()).unwrap();
    let context = Ctx::<Data>::new(&filter.lut, Vars::new([]));
    let outputs = filter.id.run((context, input)).map(unwrap_valr).take(100);
    outputs.map(|output| output.map_err(|error| error.to_string())).collect()
}

fn assert_agrees(program: &str) {
    // Directives are refused here, and jaq has no files to import.
    let directive = ["import", "include", "module"].iter().any(|word| program.trim_start().starts_with(word));
    if !directive {
        assert_eq!(parse(program).is_some(), jaq(program, &[]).is_some(), "{program}");
    }
}

/// From the manuals of jq and jaq.
const CORPUS: &[&str] = &[
    ".",
    ".foo",
    ".foo.bar",
    ".foo?",
    ".\"foo\"",
    ".[\"foo\"]?",
    "[.[]?]",
    ".[2]",
    ".[2:4]",
    ".[:3]",
    ".[-2:]",
    ".[]",
    ".foo, .bar",
    ".user, .projects[]",
    ".[4,2]",
    ".[] | .name",
    "(. + 2) * 5",
    "[.user, .projects[]]",
    "[ .[] | . * 2]",
    "{user, title: .titles[]}",
    "{(.user): .titles}",
    ".. | .a?",
    ".a + 1",
    ".a + .b",
    "{a: 1} + {b: 2}",
    "4 - .a",
    ". - [\"xml\"]",
    "10 / . * 3",
    "{\"k\": {\"a\": 1}} * {\"k\": {\"a\": 0}}",
    ".[] | (1 / .)?",
    "map(abs)",
    ".[] | length",
    "utf8bytelength",
    "keys",
    "map(has(\"foo\"))",
    ".[] | in({\"foo\": 42})",
    "map(.+1)",
    "map_values(.+1)",
    "map(in([0,1]))",
    "path(.a[0].b)",
    "[path(..)]",
    "del(.foo)",
    "getpath([\"a\",\"b\"])",
    "to_entries",
    "from_entries",
    "with_entries(.key |= \"KEY_\" + .)",
    ".[] | select(. >= 2)",
    "empty",
    "error",
    "try error(\"x\") catch .",
    "[paths]",
    "add",
    "any",
    "all",
    "flatten",
    "[range(0; 10; 3)]",
    "floor",
    "sqrt",
    "pow(.;2)",
    ".[] | tonumber",
    ".[] | tostring",
    "type",
    "[.[] | infinite * .]",
    "sort_by(.foo)",
    "group_by(.foo)",
    "min_by(.foo)",
    "unique",
    "unique_by(length)",
    "reverse",
    "contains(\"bar\")",
    "inside(\"foobar\")",
    "[repeat(.*2; 3)]",
    "combinations",
    "ltrimstr(\"foo\")",
    "explode",
    "implode",
    "split(\", \")",
    "join(\", \")",
    "ascii_downcase",
    "while(.<100; .*2)",
    "[recurse(.foo[])]",
    "recurse(if . < 3 then .+1 else empty end)",
    "transpose",
    "first(range(.))",
    "limit(3; .[])",
    "reduce .[] as $item (0; . + $item)",
    "foreach .[] as $item (0; . + $item; [$item, . * 2])",
    "input",
    "$__loc__",
    "if . == 0 then \"zero\" elif . == 1 then \"one\" else \"many\" end",
    ". < 5",
    "(true, false) or false",
    "[true, false | not]",
    ".foo // 42",
    "(false, null, 1) // 42",
    "test(\"foo\")",
    "match(\"(abc)+\"; \"g\")",
    "sub(\"(?<x>a)\"; \"b\\(.x)\")",
    "def addvalue(f): f as $x | map(. + $x); addvalue(.[0])",
    "def f($a; $b): $a + $b; f(1; 2)",
    ". as [$a, $b, {c: $c}] | $a + $c",
    ".[] as {a: $a, b: [$c]} | {a: $a, c: $c}",
    "label $out | foreach .[] as $item ([3, null]; if .[0] < 1 then break $out else [.[0] -1, $item] end; .[1])",
    "(..|select(type==\"boolean\")) |= if . then 1 else 0 end",
    ".foo |= .+1",
    ".[0] += 10",
    ".a //= 3",
    "@base64",
    "@json \"x\\(.)\"",
    "@uri \"https://a.b/?q=\\(.search)\"",
    "\"\\u00e9\\n\\t\\\\\"",
    "now | todate",
    "$ENV.PAGER",
    "input_filename",
    "splits(\", \")",
    "ascii",
    "@csv",
    "{\"a b\": 1, @base64 \"x\": 2, $x}",
    "[.[] as $x | $x]",
    "1 as $x | 2 as $y | [$x, $y, $x]",
    "def f: reduce .[] as [$a] (0; . + $a); f",
    "try (1, error) catch 2",
    "def fac: if . == 1 then 1 else . * (. - 1 | fac) end; [.[] | fac]",
    ".a.b |= empty",
    "walk(if type == \"object\" then del(.a) else . end)",
    "- 1",
    "-(1)",
    ".[-1]",
    "1e1000",
    "1.5e-3",
    ".a.\"b\".c",
    ".a[\"b\"].c?",
    "..",
    ".. == 1",
    "[..]",
    "{} | .a.b = 1",
    "# only a comment",
    "1 # a\\\n2",
    "\"a\" \"b\"",
    "{a:1 | 2}",
    "{a:1,}",
    "{,}",
    "[,]",
    "[1,]",
    "f(1)",
    "def f: 1;",
    "def f: 1; def g: f; g",
    "def f: g; def g: 1; f",
    "a::b",
    "{(1,2):3}",
    "{a:(1,2)}",
    "if 1 then 2",
    "if 1 then 2 end",
];

#[test]
fn documented_programs_are_read_as_jaq_reads_them() {
    CORPUS.iter().for_each(|program| assert_agrees(program));
}

#[test]
fn programs_of_manifests_compile() {
    fn programs(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(members) => {
                for (key, value) in members {
                    match value {
                        serde_json::Value::String(program) if key == "!jq" || key == "jq" => {
                            found.push(program.clone())
                        }
                        _ => programs(value, found),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| programs(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/manifests")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        programs(&serde_json::from_str(&text).unwrap(), &mut found);
    }
    assert!(found.len() > 10);
    for program in found {
        let parsed = parse(&program).expect(&program);
        let names: Vec<String> = (0..parsed.variables.len()).map(|index| format!("$__intake_{index}")).collect();
        assert!(jaq(&parsed.code, &names.iter().map(String::as_str).collect::<Vec<_>>()).is_some(), "{}", parsed.code);
    }
}

/// For each way to nest, the deepest program that is accepted: jaq reads, compiles and runs it on a thread's default stack.
#[test]
fn programs_within_the_limit_do_not_overflow() {
    let repeated = |open: &str, inner: &str, close: &str, n: usize| open.repeat(n) + inner + &close.repeat(n);
    let mut deepest = Vec::new();
    for (open, inner, close) in [
        ("[", "1", "]"),
        ("(", "1", ")"),
        ("{a:", "1", "}"),
        ("\"\\(", "1", ")\""),
        (".[", "0", "]"),
        ("first(", "0", ")"),
        ("[1] | map(", "1", ")"),
        ("select(", "1", ")"),
        ("{} | with_entries(", "empty", ")"),
        ("limit(1; ", "1", ")"),
        ("[1] | any(", "1", ")"),
        ("[1] | sort_by(", "1", ")"),
        (". as $x | recurse(", "empty", ")"),
        ("[1] | all(.[]; ", "1", ")"),
        ("{} | .a = (", "1", ")"),
        ("{} | .a |= (", "1", ")"),
        ("[1] | .[0] += (", "1", ")"),
        ("[1] | del(.[", "0", "])"),
        ("- ", "1", ""),
        ("if 1 then ", "1", " end"),
        ("if ", "1", " then 1 end"),
        ("if 1 then 1 else ", "1", " end"),
        ("try ", "1", ""),
        ("try error catch ", "1", ""),
        ("reduce ", "1", " as $x (0; 1)"),
        ("foreach ", "1", " as $x (0; 1)"),
        ("reduce 1 as $x (0; ", "1", ")"),
        ("def f: ", "1", "; f"),
        ("def f: 1; 1 + ", "f", ""),
        ("label $x | ", "1", ""),
        ("1 as $x | ", "1", ""),
        ("[1] as [$x] | ", "1", ""),
        ("1 | ", "1", ""),
        ("1, ", "1", ""),
        ("1 + ", "1", ""),
        ("null // ", "1", ""),
        ("1 and ", "1", ""),
        ("{} | .a |= ", "1", ""),
        ("1 == ", "1", ""),
        (".a", "", ""),
        (".a?", "", ""),
        ("isempty(", "1", ")"),
        ("[] | add(", "1", ")"),
        ("{a: 1} + ", "{}", ""),
        ("\"a\" | sub(\"a\"; ", "\"b\"", ")"),
        ("path(", ".", ")"),
        ("[limit(1; repeat(", "1", "))]"),
        ("first(range(", "1", "))"),
        ("until(true; ", "1", ")"),
    ] {
        let accepted = |n: &usize| parse(&repeated(open, inner, close, *n)).is_some();
        let mut most = 1;
        while most < 4096 && accepted(&(most * 2)) {
            most *= 2;
        }
        let step = (most / 16).max(1);
        most = (0..16).map(|i| most + i * step).filter(accepted).max().unwrap_or(most);
        deepest.push(repeated(open, inner, close, most));
    }
    for (prefix, item, suffix) in [
        ("{", "a:1,", "b:1}"),
        ("\"", "\\(1)", "\""),
        ("\"", "\\n", "\""),
        ("if null then 1 ", "elif null then 1 ", "else 1 end"),
    ] {
        let program = |n: usize| format!("{prefix}{}{suffix}", item.repeat(n));
        let most = (1..500).filter(|n| n % 10 == 0 && parse(&program(*n)).is_some()).max().unwrap();
        assert!(most >= 150, "{item}");
        deepest.push(program(most));
    }
    for program in deepest {
        let shown = program.chars().take(20).collect::<String>();
        let name = format!("{} bytes of {shown}", program.len());
        let thread = std::thread::Builder::new().name(name).stack_size(2 << 20);
        let run = move || drop(run(&jaq(&program, &[]).expect("jaq reads it"), "null"));
        thread.spawn(run).unwrap().join().unwrap();
    }
}

fn assert_sound(program: &str, input: &str) {
    let (Some(parsed), Some(filter)) = (parse(program), jaq(program, &[])) else { return };
    let outputs = run(&filter, input);
    let values: Vec<&Val> = outputs.iter().filter_map(|output| output.as_ref().ok()).collect();
    let most = parsed.outputs.most.unwrap_or(u32::MAX) as usize;
    assert!(values.len() <= most, "{program} on {input} gives {} outputs, not at most {most}", values.len());
    if values.len() == outputs.len() {
        let least = (parsed.outputs.least as usize).min(100);
        assert!(values.len() >= least, "{program} on {input} gives {} outputs, not at least {least}", values.len());
    }
    for value in values {
        assert!(fits(value, &parsed.shape), "{program} on {input} gives {value}, not {:?}", parsed.shape.kind);
    }
}

const INPUTS: [&str; 6] = [
    "null",
    "3",
    "\"1 2\"",
    r#"[1, null, {"a": 2}, "b"]"#,
    r#"{"a": {"b": [true, 1]}, "b": "x"}"#,
    r#"[{"key": "k", "value": 1}]"#,
];

/// Programs of all constructs; many of them fail, as a whole or for some inputs.
fn program() -> impl Strategy<Value = String> {
    let nullary: Vec<String> = jq::BUILTINS
        .iter()
        // `tonumber` and `fromjson` are claimed to give one output: see `jq::shape`.
        .filter(|(name, arity)| {
            *arity == 0 && !matches!(*name, "repeat" | "now" | "localtime" | "tonumber" | "fromjson")
        })
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let unary: Vec<String> = jq::BUILTINS
        .iter()
        .filter(|(name, arity)| *arity == 1 && !matches!(*name, "repeat" | "recurse" | "range" | "combinations"))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let binary: Vec<String> = [
        "limit", "skip", "nth", "any", "all", "sub", "gsub", "setpath", "pow", "test", "atan2", "split", "f", "totype",
    ]
    .map(String::from)
    .into();
    let leaf = prop_oneof![
        3 => prop::sample::select(vec![".", ".a", ".b", ".a.b", ".[0]", ".[]", ".[]?", ".a?", "..", "1", "0", "2", "-1", "null", "true", "false", "empty", "error", "[]", "{}",
            "\"a\"", "\"\"", "$x", "$x", "break $l", "g", "h", "f(1)", "\"b\\(.)c\"", "@json", "{a}", "{$x}", "{\"a\": 1}", "[1, 2]", ".[1:]", "\"1\""]).prop_map(String::from),
        1 => prop::sample::select(nullary),
    ];
    leaf.prop_recursive(5, 24, 3, move |inner| {
        let operators = vec!["|", "|", ",", "//", "+", "-", "*", "/", "%", "==", "<", "and", "or", "=", "|=", "+=", "//="];
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            4 => (inner.clone(), prop::sample::select(operators), inner.clone()).prop_map(|(l, op, r)| format!("({l}) {op} ({r})")),
            2 => (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("{l} | {r}")),
            1 => inner.clone().prop_map(|f| format!("[{f}]")),
            2 => two.clone().prop_map(|(f, g)| format!("{{a: ({f}), b: ({g})}}")),
            1 => two.clone().prop_map(|(f, g)| format!("{{({f}): 1, a: ({g})}}")),
            1 => two.clone().prop_map(|(f, g)| format!("{{a: ({f}), ({g}): 2}}")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, f, g)| format!("if {c} then {f} else {g} end")),
            1 => two.clone().prop_map(|(c, f)| format!("if {c} then {f} end")),
            1 => two.clone().prop_map(|(f, g)| format!("try ({f}) catch ({g})")),
            1 => inner.clone().prop_map(|f| format!("({f})?")),
            1 => two.clone().prop_map(|(f, g)| format!("({f}) as $x | {g}")),
            1 => two.clone().prop_map(|(f, g)| format!("({f}) as {{a: $x, ({g}): [$y]}} | $x")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(s, i, u)| format!("reduce ({s}) as $x ({i}; {u})")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(s, i, u)| format!("foreach ({s}) as [$x] ({i}; {u}; $x, .)")),
            1 => inner.clone().prop_map(|f| format!("label $l | ({f})")),
            1 => two.clone().prop_map(|(f, g)| format!("def k: {f}; ({g}), k")),
            1 => two.clone().prop_map(|(f, g)| format!("def k($x): {f}; {g} | k(1, 2)")),
            1 => two.clone().prop_map(|(f, g)| format!("def k(h; $x): {f}; k({g}; {g})")),
            1 => inner.clone().prop_map(|f| format!("-({f})")),
            1 => inner.clone().prop_map(|f| format!("\"x\\({f})y\"")),
            1 => inner.clone().prop_map(|f| format!("@uri \"\\({f})\"")),
            1 => two.clone().prop_map(|(f, g)| format!("({f})[{g}]")),
            1 => two.clone().prop_map(|(f, g)| format!(".[{f}:{g}]")),
            1 => two.clone().prop_map(|(f, g)| format!(".a = ({f}) | .b |= ({g})")),
            1 => inner.clone().prop_map(|f| format!(".a[({f})] += 1")),
            3 => (prop::sample::select(unary.clone()), inner.clone()).prop_map(|(name, f)| format!("{name}({f})")),
            2 => (prop::sample::select(binary.clone()), inner.clone(), inner).prop_map(|(name, f, g)| format!("{name}({f}; {g})")),
        ]
    })
}

/// Pieces of programs, in no order that makes sense.
fn nonsense() -> impl Strategy<Value = String> {
    let pieces = vec![
        "if", "then", "else", "elif", "end", "try", "catch", "def", "f", ":", ";", "as", "$x", "|", ",", "(", ")", "[",
        "]", "{", "}", "\"", "\\(", "\\n", "\\u00e9", "\\", "#", "\n", " ", ".", "..", ".a", "?", "//", "+", "-", "==",
        "1", "1.", "1e", "@json", "@", "$", "a::b", "::", "reduce", "label", "break", "é", "'", "&", "!", "null",
        "{a: 1}", "[1]", "\"a\"", "map(.)", "(.)", "\\u12", "\\\\",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat())
}

/// A program with a piece cut out.
fn damaged() -> impl Strategy<Value = String> {
    (prop::sample::select(CORPUS.to_vec()), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(
        |(program, from, len)| {
            let chars: Vec<char> = program.chars().collect();
            let from = from.index(chars.len());
            let len = len.index(4);
            chars[..from].iter().chain(chars.iter().skip(from + len)).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_programs_are_read_as_jaq_reads_them(program in program()) {
        assert_agrees(&program);
    }

    #[test]
    fn nonsense_is_read_as_jaq_reads_it(program in nonsense()) {
        assert_agrees(&program);
    }

    #[test]
    fn damaged_programs_are_read_as_jaq_reads_them(program in damaged()) {
        assert_agrees(&program);
    }

    #[test]
    fn claims_are_true(program in program()) {
        let program = format!("null as $x | def g: 1; def h: 2; def f(a): a; def f(a; b): a, b; label $l | {program}");
        INPUTS.iter().for_each(|input| assert_sound(&program, input));
    }

    #[test]
    fn claims_without_a_label_are_true(program in program()) {
        let program = format!("null as $x | def g: 1; def h: 2; def f(a): a; def f(a; b): a, b; {program}");
        INPUTS.iter().for_each(|input| assert_sound(&program, input));
    }
}
