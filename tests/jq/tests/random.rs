//! Random programs on random inputs: the interpreted IR against jaq.

use intake_compiler::jq::native::ir::Filter as Ir;
use intake_runtime::native::bail_at;
use jaq_json::Val;
use jq_test::inputs::{self, WRITTEN};
use jq_test::jaq::Filter;
use jq_test::native::{self, End};
use jq_test::random::Random;
use jq_test::{interpret, programs, text};

/// How many programs a run tries; `JQ_INTERPRETED` for long ones.
fn cases() -> u64 {
    std::env::var("JQ_INTERPRETED").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000)
}

fn interpreted(filter: &Ir, input: &Val, variables: &[Val]) -> (Vec<Val>, End) {
    native::run(|sink| interpret::run(filter, input, variables, sink))
}

#[test]
fn random_programs_do_what_jaq_does() {
    let seed: u64 = std::env::var("JQ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let written: Vec<Val> = WRITTEN.iter().map(|json| inputs::parse(json)).collect();
    let (mut compiled, mut runs, mut bails) = (0_u64, 0_u64, 0_u64);
    for case in 0..cases() {
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(case));
        let depth = 1 + random.below(3);
        let code = programs::random(&mut random, depth);
        let code = code.replace("$__intake_0", "${subdomain}").replace("$__intake_1", "${resource.id}");
        let Ok(program) = text::parse(&code) else { continue };
        let Ok(filter) = program.native else { continue };
        compiled += 1;
        if std::env::var_os("JQ_TRACE").is_some() {
            eprintln!("{case} {}", program.code);
        }
        let jaq = Filter::new(&program.code, program.variables.len()).unwrap();
        let variables: Vec<Val> = program.variables.iter().map(|_| random.pick(&written).clone()).collect();
        for _ in 0..6 {
            let input = match random.below(3) {
                0 => random.pick(&written).clone(),
                1 => inputs::mutated(&random.pick(&written).clone(), &mut random),
                _ => inputs::parse(&inputs::random(&mut random, 3)),
            };
            let theirs = jaq.run(&input, &variables);
            let ours = interpreted(&filter, &input, &variables);
            runs += 1;
            bails += u64::from(matches!(ours.1, End::Bail));
            if let Err(difference) = native::agrees(&ours, theirs.as_ref()) {
                panic!("case {case} of seed {seed}: {}\n on {input}\n{difference}", program.code);
            }
            bail_everywhere(&filter, &input, &variables, &program.code);
        }
    }
    println!("seed {seed}: {compiled} programs, {runs} runs, {bails} bail-outs");
    assert!(compiled * 10 > cases() * 7, "{compiled} programs are compiled");
    assert!(bails * 5 < runs, "{bails} bail-outs in {runs} runs");
}

/// A bail-out anywhere ends the program there: nothing catches it.
fn bail_everywhere(filter: &Ir, input: &Val, variables: &[Val], code: &str) {
    bail_at(None);
    _ = interpreted(filter, input, variables);
    let sites = intake_runtime::native::sites_passed();
    for site in (0..sites).step_by(usize::try_from(sites / 8).unwrap().max(1)) {
        bail_at(Some(site));
        let (_, end) = interpreted(filter, input, variables);
        assert!(matches!(end, End::Bail), "{code} on {input} goes on after a bail-out at {site} of {sites}");
    }
    bail_at(None);
}
