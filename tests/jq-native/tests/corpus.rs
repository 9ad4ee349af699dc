//! The compiled corpus against jaq.

use jaq_json::Val;
use jq_native_test::corpus::PROGRAMS;
use jq_native_test::inputs::{self, Random, WRITTEN};
use jq_native_test::jaq::Filter;
use jq_native_test::native::{End, agrees, compiled};

fn values() -> Vec<Val> {
    let mut random = Random::new(1);
    let mut values: Vec<Val> = WRITTEN.iter().map(|json| inputs::parse(json)).collect();
    let mutated: Vec<Val> = (0..150).map(|at| inputs::mutated(&values[at % values.len()], &mut random)).collect();
    values.extend(mutated);
    values.extend((0..150).map(|_| inputs::parse(&inputs::random(&mut random, 4))));
    values
}

#[test]
fn compiled_programs_do_what_jaq_does() {
    let values = values();
    let (mut cases, mut bails, mut wrong) = (0_u32, 0_u32, Vec::new());
    for (code, native) in PROGRAMS {
        let jaq = Filter::new(code, 0).unwrap_or_else(|| panic!("{code}"));
        let mut bailed = 0;
        for value in &values {
            let ours = compiled(native, value, &[]);
            cases += 1;
            bailed += u32::from(matches!(ours.1, End::Bail));
            if let Err(difference) = agrees(&ours, jaq.run(value, &[]).as_ref()) {
                wrong.push(format!("{code}\n on {value}\n{difference}"));
                break;
            }
        }
        bails += bailed;
        // What jaq loses is what bails out.
        if bailed as usize * 2 > values.len() && !code.contains("\"lost\"") {
            wrong.push(format!("{code}\n bails out {bailed} times of {}", values.len()));
        }
    }
    println!("{cases} cases, {bails} bail-outs");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), PROGRAMS.len(), wrong.join("\n"));
    assert!(bails * 20 < cases, "{bails} bail-outs in {cases} cases");
}
