//! What is said of a program for a known input, against jaq: its outputs have the shape, there are as many as was said,
//! and what always fails never succeeds.

mod common;
#[path = "../../tests/jq/src/inputs.rs"]
#[allow(dead_code, reason = "the random inputs are used, the mutations are not")]
mod inputs;
#[path = "../../tests/jq/src/programs.rs"]
mod programs;
#[path = "../../tests/jq/src/random.rs"]
#[allow(dead_code, reason = "the programs use their part")]
mod random;

use common::member::fits;
use common::{literal, quote, with_sink};
use inputs::WRITTEN;
use intake_compiler::diagnostic::Code;
use intake_compiler::jq::{self, Finding, Program};
use intake_compiler::shape::{Field, Number, Place, Rest, Shape, ShapeKind, Text};
use intake_compiler::source::Span;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Num, Val};
use random::Random;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Data = data::JustLut<Val>;

thread_local! {
    static PROBED: Cell<bool> = const { Cell::new(false) };
}

/// How many programs a run tries; `JQ_SHAPES_CASES` for long ones.
fn cases() -> u64 {
    std::env::var("JQ_SHAPES_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(600)
}

/// Notes that a value came by.
fn probe() -> Fun<Data> {
    run(("__probe", v(0), |cv| {
        PROBED.set(true);
        bome(Ok(cv.1))
    }))
}

/// `fromjson` as the runtime has it: it does not repeat an error for ever.
fn from_json() -> Fun<Data> {
    run(("fromjson", v(0), |cv| {
        let text = match cv.1.try_as_utf8_bytes_owned() {
            Ok(text) => text,
            Err(error) => return bome(Err(error)),
        };
        let mut failed = false;
        let values: Vec<_> = jaq_json::read::parse_many(&text)
            .take_while(|value| !std::mem::replace(&mut failed, value.is_err()))
            .map(|value| value.map_err(|error| jaq_json::Error::str(error).into()))
            .collect();
        Box::new(values.into_iter())
    }))
}

fn compile(code: &str) -> Option<jaq_core::Filter<Data>> {
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let funs = funs.filter(|(name, ..)| *name != "fromjson").chain([probe(), from_json()]);
    let arena = Arena::default();
    let modules = Loader::new(defs).load(&arena, File { code, path: () }).ok()?;
    let variables = ["$__intake_0", "$__intake_1"];
    Compiler::default().with_funs(funs).with_global_vars(variables).compile(modules).ok()
}

/// The outputs up to an error; whether there was one. Nothing if jaq panics, which it does on overflows in debug builds.
fn outputs(filter: &jaq_core::Filter<Data>, input: &Val, variables: &[Val; 2]) -> Option<(Vec<Val>, bool)> {
    catch_unwind(AssertUnwindSafe(|| {
        let context = Ctx::<Data>::new(&filter.lut, Vars::new(variables.iter().cloned()));
        let mut values = Vec::new();
        for output in filter.id.run((context, input.clone())).map(unwrap_valr).take(200) {
            match output {
                Ok(value) => values.push(value),
                Err(_) => return (values, true),
            }
        }
        (values, false)
    }))
    .ok()
}

/// All that can be said of a value.
fn exact(value: &Val) -> Shape {
    let kind = match value {
        Val::Null => ShapeKind::Null,
        Val::Bool(value) => ShapeKind::Bool(Some(*value)),
        Val::Num(Num::Int(_) | Num::BigInt(_)) => ShapeKind::Number(Number::Integer),
        Val::Num(_) => ShapeKind::Number(Number::Float),
        Val::BStr(_) => ShapeKind::String(Text::Any),
        Val::TStr(text) => ShapeKind::String(match std::str::from_utf8(text) {
            Ok(text) => Text::Constant(text.into()),
            Err(_) => Text::Utf8,
        }),
        Val::Arr(elements) => {
            ShapeKind::array(elements.iter().map(exact).fold(Shape::never(Span::default()), Shape::or))
        }
        Val::Obj(entries) => {
            let field = |(key, value): (&Val, &Val)| {
                let Val::TStr(key) = key else { panic!("{key}") };
                let name = std::str::from_utf8(key).unwrap().into();
                Field { name, span: Span::default(), shape: exact(value), optional: false }
            };
            ShapeKind::object(entries.iter().map(field).collect(), Rest::Closed)
        }
    };
    Shape::new(Span::default(), kind)
}

/// The same, as if it was known from a sample.
fn sampled(shape: Shape) -> Shape {
    let kind = match shape.kind {
        ShapeKind::Array(array) => ShapeKind::array(sampled(array.elements.clone())),
        ShapeKind::Object(object) => {
            let field = |field: &Field| Field { shape: sampled(field.shape.clone()), ..field.clone() };
            ShapeKind::object(object.fields.iter().map(field).collect(), Rest::Sampled)
        }
        ShapeKind::OneOf(shapes) => ShapeKind::OneOf(shapes.into_iter().map(sampled).collect()),
        other => other,
    };
    Shape { kind, ..shape }.sampled(Place { file: 0, span: Span::default() })
}

/// Something true of all the values, more or less of it.
fn shape_of(values: &[&Val], random: &mut Random) -> Shape {
    let joined = values.iter().map(|value| exact(value)).fold(Shape::never(Span::default()), Shape::or);
    match random.below(8) {
        0 => Shape::unknown(Span::default()),
        1 => joined.widened(),
        2 => sampled(joined.widened()),
        3 => sampled(joined),
        _ => joined,
    }
}

fn value(random: &mut Random) -> Val {
    match random.below(3) {
        0 => inputs::parse(WRITTEN[random.below(WRITTEN.len())]),
        _ => inputs::parse(&inputs::random(random, 3)),
    }
}

fn parse(code: &str) -> Option<Program> {
    let source = quote(code);
    with_sink(|sink| jq::parse(&literal(&source), sink)).0
}

/// The program with a probe behind the part that a finding is about: spans are of the quoted text.
fn with_probe(code: &str, finding: &Finding) -> Option<String> {
    let quoted = quote(code);
    let part = balanced(&quoted, finding.part?.range())?;
    // What has no text, such as `.`, has no place: then a part is larger than it seems.
    let before = quoted[..part.start].trim_end().chars().last()?;
    let after = quoted[part.end..].trim_start().chars().next()?;
    if !"([{|,;:\"".contains(before) || !")]}|,;\"".contains(after) {
        return None;
    }
    let probed = format!("{}({} | __probe){}", &quoted[..part.start], &quoted[part.clone()], &quoted[part.end..]);
    serde_json::from_str(&probed).ok()
}

/// The range with all brackets that it cuts.
fn balanced(text: &str, range: std::ops::Range<usize>) -> Option<std::ops::Range<usize>> {
    let (bytes, mut start, mut end) = (text.as_bytes(), range.start, range.end);
    loop {
        let (mut depth, mut least) = (0_i32, 0);
        for byte in &bytes[start..end] {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
            least = least.min(depth);
        }
        let step = |at: usize, open: bool| {
            let is = |byte: u8| if open { b"([{".contains(&byte) } else { b")]}".contains(&byte) };
            is(*bytes.get(at)?).then_some(())
        };
        if least < 0 {
            start = start.checked_sub(1)?;
            while step(start, true).is_none() {
                start = start.checked_sub(1)?;
            }
        } else if depth > 0 {
            while step(end, false).is_none() {
                end += 1;
                if end >= bytes.len() {
                    return None;
                }
            }
            end += 1;
        } else {
            return Some(start..end);
        }
    }
}

const FAILURES: [Code; 4] = [Code::JqIndexKind, Code::JqIterateKind, Code::JqArithmeticKind, Code::JqFunctionKind];

/// Terms without text, such as `{}`, hide neither the sign of a negation nor the brackets around it.
#[test]
fn the_part_that_fails_is_named() {
    for (code, part) in [
        ("1 | -({} | any)", "-({} | any)"),
        ("1 | -(({} | any))", "-(({} | any))"),
        ("-(- . | {} | any)", "-(- . | {} | any)"),
        ("[3 - -({} | any)]", "-({} | any)"),
        ("[. - -({} | any) | 1]", "-({} | any)"),
        ("-(. - 1 | {} | any) + 1", "-(. - 1 | {} | any)"),
        ("1, - if {} | any then {} else \"a\" end, 2", "- if {} | any then {} else \"a\" end"),
        ("-try ({} | any) catch true | 1", "-try ({} | any) catch true"),
        ("1 | -{}[\"a\"].b?.\"c\"[1:], -(\"a\") | 1", "-(\"a\")"),
        ("-@json \"\\(-1)\" , 1", "-@json \"\\(-1)\""),
        ("-reduce .[] as [$x] ({}; \"a\") | 1", "-reduce .[] as [$x] ({}; \"a\")"),
        ("(-label $x | {} | any) | 1", "-label $x | {} | any"),
        ("({} | any)[]", "({} | any)[]"),
        ("(({} | any) | {} | any).a", "(({} | any) | {} | any).a"),
    ] {
        let quoted = quote(code);
        let inferred = parse(code).expect(code).infer(&Shape::unknown(Span::default()), &|_| unreachable!());
        let failure = inferred.findings.iter().find(|finding| FAILURES.contains(&finding.code)).expect(code);
        let named = failure.part.map(|part| serde_json::from_str::<String>(&format!("\"{}\"", &quoted[part.range()])));
        assert_eq!(named.map(Result::unwrap).as_deref(), Some(part), "{code}");
    }
}

#[test]
fn what_is_said_of_random_programs_is_true() {
    let seed: u64 = std::env::var("JQ_SHAPES_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_some_and(|location| location.file().contains("shapes")) {
            eprintln!("{panic}");
        }
    }));
    let (mut runs, mut known, mut probed, mut failing) = (0_u64, 0_u64, 0_u64, 0_u64);
    for case in 0..cases() {
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(case));
        let depth = 1 + random.below(3);
        let code = programs::random(&mut random, depth);
        let code = code.replace("$__intake_0", "${subdomain}").replace("$__intake_1", "${resource.id}");
        if std::env::var_os("JQ_SHAPES_TRACE").is_some() {
            eprintln!("{case} {code}");
        }
        let Some(program) = parse(&code) else { continue };
        // The `${…}` are numbered as they appear.
        let Some(filter) = compile(&program.code).filter(|_| program.variables.len() <= 2) else { continue };
        let values: Vec<Val> = (0..1 + random.below(3)).map(|_| value(&mut random)).collect();
        let variables = [value(&mut random), value(&mut random)];
        let input = shape_of(&values.iter().collect::<Vec<_>>(), &mut random);
        let of_variables = [&variables[0], &variables[1]].map(|value| shape_of(&[value], &mut random));
        let inferred = program.infer(&input, &|index| of_variables[index].clone());
        known += u64::from(!inferred.shape.is_unknown());
        let failures = inferred.findings.iter().filter(|finding| FAILURES.contains(&finding.code));
        let probes: Vec<_> = failures
            .filter_map(|finding| Some((finding, compile(&with_variables(&program, &with_probe(&code, finding)?))?)))
            .collect();
        failing += u64::from(!probes.is_empty());
        for value in &values {
            assert!(fits(value, &input), "{value} is not {input:?}");
            let context = format!("case {case} of seed {seed}: {} on {value} ({:?})", program.code, input.kind);
            let Some((outputs, failed)) = outputs(&filter, value, &variables) else { continue };
            runs += 1;
            // `tonumber` and `fromjson` are claimed to give one output.
            let is_counted = !["tonumber", "fromjson"].iter().any(|name| code.contains(name));
            let most = inferred.outputs.most.unwrap_or(u32::MAX) as usize;
            assert!(!is_counted || outputs.len() <= most, "{context}\n{} outputs, not at most {most}", outputs.len());
            let least = (inferred.outputs.least as usize).min(200);
            assert!(
                !is_counted || failed || outputs.len() >= least,
                "{context}\n{} outputs, not at least {least}",
                outputs.len()
            );
            for output in &outputs {
                assert!(fits(output, &inferred.shape), "{context}\ngives {output}, not {:?}", inferred.shape);
            }
            for (finding, probe) in &probes {
                PROBED.set(false);
                self::outputs(probe, value, &variables);
                probed += 1;
                assert!(!PROBED.get(), "{context}\ngoes on where it fails: {finding:?}");
            }
        }
    }
    println!("seed {seed}: {runs} runs, {known} shapes known, {failing} programs with failures, {probed} probed");
    assert!(known * 2 > cases(), "{known} shapes are known");
    assert!(probed > cases() / 20, "{probed} failures were probed");
}

/// The code of a text that has the `${…}` of a program.
fn with_variables(program: &Program, text: &str) -> String {
    program.variables.iter().enumerate().fold(text.to_owned(), |text, (index, variable)| {
        text.replacen(&format!("${{{}}}", variable.path), &format!(" $__intake_{index} "), 1)
    })
}
