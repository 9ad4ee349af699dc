//! jq programs in manifests: what they are bound to, what is refused and how it is said.

mod common;

use common::{literal, mended, quote, summary, with_sink};
use intake_compiler::jq::{self, Program, Shape, ShapeKind};
use intake_compiler::shape::{Number, Rest, Text};
use jaq_core::load::{Arena, File, Loader};

fn parse(program: &str) -> Result<Program, Vec<String>> {
    let source = quote(program);
    let (parsed, found) = with_sink(|sink| jq::parse(&literal(&source), sink));
    parsed.ok_or_else(|| summary(&source, &found))
}

fn errors(program: &str) -> Vec<String> {
    parse(program).expect_err(program)
}

/// The program after its first suggestions.
fn repaired(program: &str) -> String {
    let source = quote(program);
    let (_, found) = with_sink(|sink| jq::parse(&literal(&source), sink));
    literal(&mended(&source, &found)).value
}

/// Whether jaq itself compiles it, with the variables of a program bound.
fn jaq_compiles(code: &str, variables: usize) -> bool {
    let names: Vec<String> = (0..variables).map(|index| format!("$__intake_{index}")).collect();
    let arena = Arena::default();
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    type Data = jaq_core::data::JustLut<jaq_json::Val>;
    Loader::new(defs).load(&arena, File { code, path: () }).is_ok_and(|modules| {
        let compiler = jaq_core::Compiler::<_, Data>::default().with_funs(funs);
        compiler.with_global_vars(names.iter().map(String::as_str)).compile(modules).is_ok()
    })
}

#[test]
fn variables_are_bound_not_spliced() {
    let program =
        parse(r#"{a: (${polling_state.n}+1), b: "x${polling_state::s}y", c: .[${data.workflow.k}]} # ${not.one}"#)
            .unwrap();
    assert_eq!(program.code, r#"{a: ( $__intake_0 +1), b: "x\($__intake_1)y", c: .[ $__intake_2 ]} # ${not.one}"#);
    let names: Vec<String> = program.variables.iter().map(|variable| variable.path.to_string()).collect();
    assert_eq!(names, ["polling_state.n", "polling_state.s", "data.workflow.k"]);
    assert!(jaq_compiles(&program.code, 3));
}

#[test]
fn a_variable_never_merges_with_its_neighbours() {
    for program in [
        "1${subdomain}",
        "a${subdomain}",
        "${subdomain}${resource.id}",
        ".${subdomain}",
        "$x${subdomain}",
        "@json${subdomain}",
    ] {
        errors(program);
    }
    for (program, code) in [
        ("-${polling_state.n}", "- $__intake_0 "),
        ("${polling_state}.a[0]", " $__intake_0 .a[0]"),
        (r#""\("${subdomain}")""#, r#""\("\($__intake_0)")""#),
        (r#""\(${subdomain})""#, r#""\( $__intake_0 )""#),
        (r#""\\${subdomain}""#, r#""\\\($__intake_0)""#),
        (r#"@uri "${subdomain}/x""#, r#"@uri "\($__intake_0)/x""#),
        ("{${subdomain}: 1}", "{ $__intake_0 : 1}"),
        (r#"{"${subdomain}": 1}"#, r#"{"\($__intake_0)": 1}"#),
        ("# a \\\n ${x\n.", "# a \\\n ${x\n."),
    ] {
        let parsed = parse(program).unwrap();
        assert_eq!(parsed.code, code);
        assert!(jaq_compiles(&parsed.code, parsed.variables.len()), "{code}");
    }
}

#[test]
fn what_is_missing_is_added() {
    for (program, fixed) in [
        (
            "{ polling_state: { keyA: .keyA, keyB: \"fixed start value\" }",
            "{ polling_state: { keyA: .keyA, keyB: \"fixed start value\" }}",
        ),
        (
            "{ polling_state: { keyB: ${polling_state::keyB} }  # end",
            "{ polling_state: { keyB: ${polling_state::keyB} }}  # end",
        ),
        ("[.[] | {a: (.b", "[.[] | {a: (.b)}]"),
        ("{a: [.b | select(.c}", "{a: [.b | select(.c)]}"),
        ("{a: \"b}", "{a: \"b\"}"),
        ("{a: \"b", "{a: \"b\"}"),
        (".a && .b", ".a and .b"),
        (".a || .b", ".a or .b"),
        ("if !.a.b[0] then 1 else 2 end", "if (.a.b[0] | not) then 1 else 2 end"),
        (".a === 1", ".a == 1"),
        (".a !== 1", ".a != 1"),
        (".a => 1", ".a >= 1"),
        ("{a: 'b c'}", "{a: \"b c\"}"),
        ("{a: “b”}", "{a: \"b\"}"),
        ("if .a then 1 else if .b then 2 else 3 end", "if .a then 1 elif .b then 2 else 3 end"),
        ("{a: (if .a then 1 else 2)}", "{a: (if .a then 1 else 2 end)}"),
        ("if .a then 1", "if .a then 1 end"),
        ("if . then 1 elsif . then 2 end", "if . then 1 elif . then 2 end"),
        (".data::id", ".data.id"),
        ("[1, 2,]", "[1, 2]"),
        ("{a: 1 b: 2}", "{a: 1, b: 2}"),
        ("{a = 1}", "{a : 1}"),
        ("{.a, b}", "{a, b}"),
        ("{1: 2}", "{\"1\": 2}"),
        (".${polling_state.k}", ".[${polling_state.k}]"),
        (".a;", ".a"),
        (".a)", ".a"),
        ("{a: \\\"b\"}", "{a: \"b\"}"),
        ("", "."),
        ("{${polling_state.since}}", "{since: ${polling_state.since}}"),
        ("{since: polling_state.since}", "{since: ${polling_state.since}}"),
        ("{since: polling_state::since.x}", "{since: ${polling_state.since.x}}"),
        ("sub(\"a\", \"b\")", "sub(\"a\"; \"b\")"),
    ] {
        errors(program);
        let repaired = repaired(program);
        assert_eq!(repaired.replace("{a : 1}", "{a: 1}"), fixed.replace("{a : 1}", "{a: 1}"), "{program}");
        assert!(parse(&repaired).is_ok(), "{repaired}: {:?}", parse(&repaired));
    }
}

#[test]
fn errors_point_into_the_manifest() {
    // Escapes, tabs and characters of several bytes before the mistake.
    let source = r#""{\"é\\n\": \"\u00e9\t\", b: nope, c: $x}""#;
    let (_, found) = with_sink(|sink| jq::parse(&literal(source), sink));
    assert_eq!(
        summary(source, &found),
        ["IN0502 `nope`: unknown function `nope`", "IN0503 `$x`: unknown variable `$x`"]
    );
    let opened = r#""{\"a\\n\": [1, 2""#;
    let (_, found) = with_sink(|sink| jq::parse(&literal(opened), sink));
    assert_eq!(found[0].message, "expected closing bracket, found the end of the program");
    let places: Vec<&str> = found[0].secondary.iter().map(|label| &opened[label.span.range()]).collect();
    assert_eq!(places, ["{", "["]);
}

#[test]
fn every_mistake_is_reported() {
    for (program, expected) in [
        ("[(1 2), {a: }, nope", vec!["IN0501 ``: expected closing bracket, found the end of the program"]),
        (
            "[(1 2), {a: }, nope]",
            vec!["IN0501 `2`: expected `)`, found `2`", "IN0501 `}`: expected a value, found `}`"],
        ),
        ("halt_error", vec!["IN0504 `halt_error`: `halt_error` is not available in a manifest"]),
        ("$ENV.HOME", vec!["IN0504 `$ENV`: `$ENV` is not available in a manifest"]),
        ("import \"a\" as a; .", vec!["IN0504 ``: `import` is not available in a manifest"]),
        ("include \"a\"; .", vec!["IN0504 ``: `include` is not available in a manifest"]),
        (
            "[inputs, debug, env, input_line_number] | stderr",
            vec![
                "IN0504 `inputs`: `inputs` is not available in a manifest",
                "IN0504 `debug`: `debug` is not available in a manifest",
                "IN0504 `env`: `env` is not available in a manifest",
                "IN0504 `input_line_number`: `input_line_number` is not available in a manifest",
                "IN0504 `stderr`: `stderr` is not available in a manifest",
            ],
        ),
        ("$__intake_0", vec!["IN0509 `$__intake_0`: `$__intake_0` is a reserved name"]),
        (". as $__intake_x | 1", vec!["IN0509 `$__intake_x`: `$__intake_x` is a reserved name"]),
        (". as ${subdomain} | 1", vec!["IN0501 `${subdomain}`: a `${…}` where jq binds a name"]),
        (
            "{${data.workflow.a-b}}",
            vec!["IN0508 `${data.workflow.a-b}`: `${data.workflow.a-b}` used as an object's shorthand key"],
        ),
        ("map(.a; .b)", vec!["IN0502 `map`: `map` takes 1 argument, not 2"]),
        ("def f(g; $x): g; f(1)", vec!["IN0502 `f`: `f` takes 2 arguments, not 1"]),
        ("break $out", vec!["IN0503 `$out`: no label `$out` around this `break`"]),
        ("a::b", vec!["IN0502 `a::b`: unknown function `a::b`"]),
        ("@csv", vec!["IN0502 `@csv`: unknown function `@csv`"]),
        ("$__loc__", vec!["IN0503 `$__loc__`: unknown variable `$__loc__`"]),
        ("reduce .[] as $x (0)", vec!["IN0502 `reduce`: `reduce` with 1 argument instead of 2"]),
        (". as {a: $x, ($x): $y} | $y", vec!["IN0503 `$x`: unknown variable `$x`"]),
        ("\"\\$\"", vec!["IN0501 `\\\\$`: `\\$` is not an escape in a jq string"]),
        ("${polling_sate.x} + ${polling_state.y}", vec!["IN0402 `polling_sate`: unknown variable `polling_sate`"]),
        (
            "${polling_sate.x} + nope",
            vec!["IN0402 `polling_sate`: unknown variable `polling_sate`", "IN0502 `nope`: unknown function `nope`"],
        ),
    ] {
        assert_eq!(errors(program), expected, "{program}");
    }
    for fine in [
        "def env: 1; env",
        "def f: def g: 3; g; f",
        "label $out | break $out",
        "def f($a; g): $a + g; f(1; 2)",
        "now | localtime",
    ] {
        parse(fine).unwrap();
    }
}

/// Each of these makes some recursion deep: none may overflow the stack, here or in jaq.
#[test]
fn deep_programs_are_refused() {
    let n = 100_000;
    let repeated = |open: &str, inner: &str, close: &str| open.repeat(n) + inner + &close.repeat(n);
    let mut programs: Vec<String> = Vec::new();
    for (open, inner, close) in [
        ("[", "", "]"),
        ("(", ".", ")"),
        ("{a:", "1", "}"),
        ("\"\\(", "1", ")\""),
        (".[", "0", "]"),
        ("first(", "0", ")"),
        ("- ", "1", ""),
        ("if ", "1", " then 1 end"),
        ("if 1 then ", "1", " end"),
        ("try ", "1", ""),
        ("try 1 catch ", "1", ""),
        ("reduce ", "1", " as $x (0; 1)"),
        ("foreach ", "1", " as $x (0; 1)"),
        ("def f: ", "1", "; f"),
        ("def f: 1; ", "f", ""),
        ("def f: 1; 1 + ", "f", ""),
        ("def f: def g: 1; ", "f", "; f"),
        ("label $x | ", "1", ""),
        (". as $x | ", "1", ""),
        (". as [", "$x", "] | 1"),
        (". as {a: ", "$x", "} | 1"),
        ("{(", "1", "): 1}"),
        ("1 | ", "1", ""),
        ("1, ", "1", ""),
        ("1 + ", "1", ""),
        ("null // ", "1", ""),
        ("1 and ", "1", ""),
        (".a |= ", "1", ""),
        (".a = (", "1", ")"),
        (".a", "", ""),
        (".a?", "", ""),
        (".[]", "", ""),
        ("\"a\" as $x | ", "1", ""),
        ("if . then 1 el", "se 1 end", ""),
        ("not ", "", ""),
        ("[", "", ""),
        ("\"\\(", "", ""),
        ("\"\\( & #", "", ""),
        ("(]", "", ""),
        ("{a:'", "", ""),
        ("?", "", ""),
        ("..", "", ""),
        ("if if 1 then", "", ""),
        ("def f(", "", ""),
        ("end - ", "", ""),
        ("${", "", ""),
        ("${a", "", ""),
        ("\"${subdomain}", "\"", ""),
        ("def if: ", "1", ";"),
        ("{if:", "1", "}"),
        ("{a:1,b:", "1", "}"),
        ("[1,", "1", "]"),
        ("map(.a|", ".", ")"),
        ("with_entries(", ".", ")"),
    ] {
        programs.push(repeated(open, inner, close));
        programs.push(open.repeat(n));
    }
    programs.push(format!("{{{}}}", "a:1,".repeat(n)));
    programs.push(format!("{{{}}}", "a:-1,".repeat(n)));
    programs.push(format!("\"{}\"", "\\n".repeat(n)));
    programs.push(format!("\"{}\"", "\\(1)".repeat(n)));
    programs.push(format!("if 1 then 1 {} end", "elif 1 then 1 ".repeat(n)));
    programs.push("def f: 1; ".repeat(n) + "f");
    programs.push("# [[[[ \\\n".repeat(n) + "\n.");
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            for program in programs {
                let source = quote(&program);
                let (_, found) = with_sink(|sink| jq::parse(&literal(&source), sink));
                assert!(found.len() <= program.len(), "{}", &program[..20]);
            }
        })
        .unwrap()
        .join()
        .unwrap();
}

fn keys(shape: &Shape) -> Vec<&str> {
    match &shape.kind {
        ShapeKind::Object(object) => object.fields.iter().map(|field| &*field.name).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn shapes_know_their_keys_and_places() {
    let source = r#""{results: .data, polling_state: {n: (${polling_state.n} + 1)}, \"iterate\": (if .x then true else false end)}""#;
    let (program, found) = with_sink(|sink| jq::parse(&literal(source), sink));
    assert_eq!(found, []);
    let program = program.unwrap();
    assert_eq!((program.outputs.least, program.outputs.most), (1, Some(1)));
    let ShapeKind::Object(object) = &program.shape.kind else { panic!("{:?}", program.shape) };
    assert_eq!(object.rest, Rest::Closed);
    let members = &object.fields;
    let shown: Vec<_> = members
        .iter()
        .map(|field| (&*field.name, &source[field.span.range()], &source[field.shape.span.range()]))
        .collect();
    assert_eq!(
        shown,
        [
            ("results", "results", ".data"),
            ("polling_state", "polling_state", "{n: (${polling_state.n} + 1)}"),
            ("iterate", "iterate", "(if .x then true else false end)"),
        ]
    );
    assert_eq!(keys(&members[1].shape), ["n"]);
    let ShapeKind::OneOf(branches) = &members[2].shape.kind else { panic!("{:?}", members[2]) };
    let branches: Vec<_> = branches.iter().map(|branch| (&branch.kind, &source[branch.span.range()])).collect();
    assert_eq!(branches, [(&ShapeKind::Bool(Some(true)), "true"), (&ShapeKind::Bool(Some(false)), "false")]);
}

#[test]
fn shapes_follow_the_program() {
    for (program, least, most, expected) in [
        ("{a: 1} + {b: 2}", 1, Some(1), vec!["a", "b"]),
        (". as {a: $x} | {x: $x, y: .}", 1, Some(1), vec!["x", "y"]),
        ("{a: (1, 2), b: .[]}", 0, None, vec!["a", "b"]),
        (". + {a: 1}", 1, Some(1), vec!["a"]),
        (". as $i | {a: 1} | if $i then . else error(\"x\") end", 1, Some(1), vec!["a"]),
        ("{a: 1} | {a, b: .a}", 1, Some(1), vec!["a", "b"]),
        ("def f($x): {a: $x}; f(1, 2)", 2, Some(2), vec!["a"]),
        ("{a: {}} | .b = 1", 1, Some(1), vec!["a", "b"]),
        ("select(.a) | {a}", 0, Some(1), vec!["a"]),
        ("{a: 1} // {b: 1}", 1, Some(1), vec!["a"]),
        ("reduce .[] as $x ({a: 1}; . + {b: $x})", 1, Some(1), vec![]),
        ("label $out | (1, break $out, 2)", 0, Some(2), vec![]),
        ("label $out | ((break $out) = 1), 2", 0, None, vec![]),
        ("empty", 0, Some(0), vec![]),
        ("first(.[])", 0, Some(1), vec![]),
        ("limit(3; 1, 2)", 2, Some(2), vec![]),
        ("..", 1, None, vec![]),
        ("try error(\"x\") catch (1, 2)", 1, Some(2), vec![]),
        (".a?", 0, Some(1), vec![]),
        ("[.[]] | map(.a) | join(\",\")", 1, Some(1), vec![]),
    ] {
        let parsed = parse(program).unwrap();
        assert_eq!(
            (parsed.outputs.least, parsed.outputs.most, keys(&parsed.shape)),
            (least, most, expected),
            "{program}"
        );
    }
    let kind = |program: &str| parse(program).unwrap().shape.kind;
    assert_eq!(kind(".a == 1"), ShapeKind::Bool(None));
    assert_eq!(kind("false and .x"), ShapeKind::Bool(Some(false)));
    assert_eq!(kind("true | not"), ShapeKind::Bool(Some(false)));
    // What is reported is not claimed as well.
    assert_eq!(kind("{a: 1} | .b"), ShapeKind::Unknown);
    assert_eq!(kind(". - 1"), ShapeKind::Number(Number::Any));
    assert_eq!(kind("\"a\\(.)\""), ShapeKind::String(Text::Utf8));
    assert_eq!(kind(".a // .b"), ShapeKind::Unknown);
    assert_eq!(kind("${polling_state.x}"), ShapeKind::Unknown);
}

/// A shape of two parts at each step would double a hundred times.
#[test]
fn shapes_stay_small() {
    let program = vec!["{a: ., b: .}"; 60].join(" | ");
    assert_eq!(keys(&parse(&program).unwrap().shape), ["a", "b"]);
    let nested = "gsub(\"a\"; ".repeat(40) + "\"b\"" + &")".repeat(40);
    parse(&nested).unwrap();
}

#[test]
fn builtins_are_those_of_jaq() {
    type Data = jaq_core::data::JustLut<jaq_json::Val>;
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).map(|def| (def.name, def.args.len()));
    let funs = jaq_core::funs::<Data>().chain(jaq_std::funs()).chain(jaq_json::funs());
    let mut all: Vec<(&str, usize)> = defs.chain(funs.map(|(name, arguments, _)| (name, arguments.len()))).collect();
    all.retain(|(name, _)| !jq::REFUSED.iter().any(|(refused, _)| refused == name));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, jq::BUILTINS);
}
