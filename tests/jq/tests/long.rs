//! Programs in every tier that they have against jaq: the filters over bytes and random programs, as rustc compiles
//! them, on inputs that are made to hit them. A long run:
//!
//! `JQ_SEED=7 JQ_PROGRAMS=1000 JQ_CASES=10000000 cargo test --release -p jq-test --test long -- --nocapture`

use intake_runtime::value::Value;
use jaq_json::Val;
use jq_test::documents::document;
use jq_test::jaq::{Filter, Outcome};
use jq_test::native::{self, End};
use jq_test::projected::val;
use jq_test::random::Random;
use jq_test::shape::Shape;
use jq_test::text;
use jq_test::tiers::{Program, Shown, World};
use std::fmt;
use std::time::Instant;

mod programs {
    #![allow(unused_mut, unused_assignments, unused_variables, unused_parens, reason = "as in generated code")]
    #![allow(unreachable_code, clippy::all, clippy::pedantic)]
    include!(concat!(env!("OUT_DIR"), "/random.rs"));
}
use programs::{PROGRAMS, SEED};

/// How many cases there are if `JQ_CASES` does not say.
const CASES: u64 = 8_000;

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    cases: u64,
    /// Cases that end in an error.
    errors: u64,
    bytes: Runs,
    values: Runs,
}

/// Runs of one tier.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    all: u64,
    /// Those of which jaq makes an error. Each has to bail out, as only jaq words errors.
    errors: u64,
    /// Those that bail out although jaq gives outputs: what they would print is not compared.
    spared: u64,
}

impl Runs {
    fn one(bailed: bool, error: bool) -> Self {
        Self { all: 1, errors: u64::from(error), spared: u64::from(bailed && !error) }
    }

    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.errors += other.errors;
        self.spared += other.spared;
    }

    /// Whether most runs compare what they print.
    const fn compare(self) -> bool {
        (self.errors + self.spared) * 2 < self.all
    }
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, errors, spared } = self;
        write!(f, "{all} runs, {errors} of them errors, {spared} others left to jaq")
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.errors += other.errors;
        self.bytes.add(other.bytes);
        self.values.add(other.values);
    }
}

/// jaq recurses into data, in debug builds with frames that a test's thread has no room for.
const STACK: usize = 256 << 20;

#[test]
fn every_tier_does_what_jaq_does() {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(all_programs).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn all_programs() {
    let cases: u64 = std::env::var("JQ_CASES").ok().map_or(CASES, |cases| cases.parse().expect("a number"));
    let (world, begin) = (World::new(), Instant::now());
    let mut all = Tally::default();
    for (index, program) in PROGRAMS.iter().enumerate() {
        let (index, count) = (index as u64, PROGRAMS.len() as u64);
        let share = cases / count + u64::from(index < cases % count);
        all.add(run(&world, program, index, share));
        if (index + 1) % 100 == 0 {
            println!("{} programs, {} cases, {} s", index + 1, all.cases, begin.elapsed().as_secs());
        }
    }
    let projected = PROGRAMS.iter().filter(|program| program.over_response.is_some()).count();
    println!(
        "seed {SEED}: {} programs ({projected} over bytes), {} cases, {} of them errors",
        PROGRAMS.len(),
        all.cases,
        all.errors
    );
    println!("tier A: {}\ntier B: {}", all.bytes, all.values);
    println!("no difference between tiers A, B and C in {} cases", all.cases);
    assert_eq!(all.cases, cases);
    assert!(all.bytes.compare() && all.values.compare(), "what bails out so often is not compared");
}

/// Runs the cases of one program.
fn run(world: &World, program: &Program, index: u64, cases: u64) -> Tally {
    let jaq = Filter::new(program.code, program.variables).expect("a program");
    let filter = text::parse(program.text).expect("a program").native.expect("a compiled program");
    let shapes = [false, true].map(|responds| Shape::of(&filter, responds));
    let mut tally = Tally::default();
    for case in 0..cases {
        let mut random = Random::new((SEED << 48) ^ (index << 32) ^ case ^ 0x5DEE_CE66);
        let responds = random.often(if program.over_response.is_some() { 600 } else { 300 });
        let body = document(&shapes[usize::from(responds)], &mut random);
        let variables = variables(program, &mut random);
        let compared = compare(world, program, &jaq, responds, &body, &variables);
        let compared = compared.unwrap_or_else(|difference| {
            panic!(
                "seed {SEED}, program {index}, case {case}: {}\n as {}\n {}\n with {variables:?}\n{difference}",
                program.text,
                program.code,
                if responds { format!("after a response {}", show(&body)) } else { format!("on {}", show(&body)) },
            )
        });
        tally.add(compared);
    }
    tally
}

fn variables(program: &Program, random: &mut Random) -> Vec<Value> {
    const VALUES: &[&str] = &[
        "1",
        "0",
        "-3",
        "1.5",
        "\"b\"",
        "\"a\\\"\\u0001\"",
        "null",
        "[1]",
        "{}",
        "99999999999999999999",
        "\"active\"",
        "false",
    ];
    let value = |random: &mut Random| Value::from_json(random.pick(VALUES).as_bytes()).expect("JSON");
    (0..program.variables).map(|_| value(random)).collect()
}

fn show(text: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(text))
}

/// Runs a program in each tier, each on its own and with all that follows where it bails out.
fn compare(
    world: &World,
    program: &Program,
    jaq: &Filter,
    responds: bool,
    body: &[u8],
    variables: &[Value],
) -> Result<Tally, String> {
    world.answer(body);
    let read = if responds { world.input() } else { Ok(Value::from_json(body).unwrap_or_default()) };
    let expected = world.over_input(&program.interpreted, &read, variables);
    let mut tally = Tally { cases: 1, errors: u64::from(expected.is_err()), ..Tally::default() };

    same("tier B, then C", &world.over_input(&program.compiled, &read, variables), &expected)?;
    if let Ok(input) = &read {
        let (input, variables): (_, Vec<_>) = (val(input), variables.iter().map(val).collect());
        tally.values = values(program, jaq, &input, &variables, &expected)?;
    }
    let run = if responds {
        let Some((run, whole)) = &program.over_response else { return Ok(tally) };
        same("tier A, then B, then C", &world.over_response(whole, variables), &expected)?;
        *run
    } else {
        let Some(run) = program.over_payload else { return Ok(tally) };
        run
    };
    let mut out = b"before".to_vec();
    let printed = run(body, variables, &mut out);
    if let Ok(start) = printed {
        if let (false, Err(error)) = (responds, Value::from_json(body)) {
            return Err(format!("tier A takes what is no JSON: {error}"));
        }
        same("tier A", &Ok(out[start..].to_vec()), &expected)?;
    }
    if !out.starts_with(b"before") {
        return Err("tier A changes what was there".to_owned());
    }
    tally.bytes = Runs::one(printed.is_err(), expected.is_err());
    Ok(tally)
}

/// All outputs of tier B against those of jaq, and what the runtime makes of the latter.
fn values(program: &Program, jaq: &Filter, input: &Val, variables: &[Val], expected: &Shown) -> Result<Runs, String> {
    let outcome = jaq.run(input, variables);
    let ours = native::compiled(&program.native, input, variables);
    native::agrees(&ours, outcome.as_ref())?;
    if let Some(outcome) = &outcome {
        reported(outcome, expected)?;
    }
    let error = outcome.is_none_or(|outcome| outcome.error.is_some());
    Ok(Runs::one(!matches!(ours.1, End::Done), error))
}

/// Whether the runtime says what jaq says.
fn reported(outcome: &Outcome, expected: &Shown) -> Result<(), String> {
    let reported = match (outcome.outputs.len(), &outcome.error, expected) {
        // It looks at no third output, and shows no more than the beginning of an error.
        (0 | 1, Some(error), Err(shown)) => shown.contains(&error.chars().take(100).collect::<String>()),
        (0 | 1, Some(_), Ok(_)) => false,
        (0, None, shown) => shown.as_deref() == Ok(b"null"),
        // What is no JSON is an error.
        (1, None, _) => true,
        (_, _, shown) => shown.as_ref().is_err_and(|error| error.contains("more than one output")),
    };
    if reported { Ok(()) } else { Err(format!("jaq: {outcome:?}\nruntime: {}", text(expected))) }
}

fn same(what: &str, ours: &Shown, expected: &Shown) -> Result<(), String> {
    if ours == expected { Ok(()) } else { Err(format!("{what}: {}\ntier C: {}", text(ours), text(expected))) }
}

fn text(shown: &Shown) -> String {
    match shown {
        Ok(json) => String::from_utf8_lossy(json).into_owned(),
        Err(error) => format!("error: {error}"),
    }
}
