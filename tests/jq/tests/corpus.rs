//! The compiled corpus against jaq.

use intake_compiler::jq::native::ir::{Node, NodeKind, Runner};
use intake_compiler::jq::native::ops::OPS;
use intake_runtime::native::{bail_at, sites_passed};
use intake_runtime::value::MAX_DEPTH;
use jaq_json::Val;
use jq_test::inputs::{self, WRITTEN};
use jq_test::jaq::Filter;
use jq_test::native::{End, agrees, compiled};
use jq_test::random::Random;
use jq_test::text;
use std::collections::BTreeSet;

mod programs {
    #![allow(unused_mut, unused_assignments, unused_variables, unreachable_code, reason = "as in generated code")]
    #![allow(clippy::all)]
    include!(concat!(env!("OUT_DIR"), "/corpus.rs"));
}
use programs::PROGRAMS;

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
    // What the runtime gives them for such values in a build without optimisation.
    let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(compare);
    thread.unwrap().join().unwrap();
}

fn compare() {
    let mut values = values();
    // As deep as what comes from a response can be.
    for (open, inner, close) in [("[", "", "]"), ("{\"a\":", "1", "}"), ("[{\"a\":1,\"b\":", "[]", "}]")] {
        let levels = MAX_DEPTH / open.bytes().filter(|byte| b"[{".contains(byte)).count() - 1;
        values.push(inputs::parse(&(open.repeat(levels) + inner + &close.repeat(levels))));
    }
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

/// The constructs of a program, with whether each has exactly one output: it is compiled by another rule then.
fn rules(node: &Node, found: &mut BTreeSet<(String, bool)>) {
    let debug = format!("{:?}", node.kind);
    let name: String = debug.chars().take_while(|char| char.is_ascii_alphanumeric()).collect();
    let name = match &node.kind {
        NodeKind::Call(op, _) => format!("{}/{}", op.name, op.arity),
        NodeKind::Run(runner, _) => format!("{}/{}", runner.signature().0, runner.signature().1),
        NodeKind::Math(_, math, _) => math.as_str().to_owned(),
        NodeKind::Compare(_, cmp, _) => cmp.as_str().to_owned(),
        _ => name,
    };
    found.insert((name, node.is_one()));
    node.parts().into_iter().for_each(|part| rules(part, found));
}

#[test]
fn every_rule_is_used() {
    let mut found = BTreeSet::new();
    for (code, _) in PROGRAMS {
        rules(&text::parse(code).unwrap().native.unwrap().root, &mut found);
    }
    let either = |name: &str| found.contains(&(name.to_owned(), true)) || found.contains(&(name.to_owned(), false));
    let mut unused = Vec::new();
    for name in ["Path", "Pipe", "Bind", "Alternative", "Logic", "If", "Negate", "Object", "Text", "Try", "Reduce"] {
        unused.extend([true, false].map(|one| (name.to_owned(), one)).into_iter().filter(|rule| !found.contains(rule)));
    }
    let others = [
        "Input", "Constant", "Variable", "Empty", "Error", "Comma", "Array", "Sure", "Label", "Break", "Update",
        "Foreach",
    ];
    let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">="];
    let ops = OPS.iter().map(|op| format!("{}/{}", op.name, op.arity));
    let runners = Runner::ALL.into_iter().map(|runner| format!("{}/{}", runner.signature().0, runner.signature().1));
    let names = others.into_iter().chain(operators).map(str::to_owned).chain(ops).chain(runners);
    unused.extend(names.filter(|name| !either(name)).map(|name| (name, true)));
    assert!(unused.is_empty(), "no program of the corpus has {unused:?}");
}

/// A bail-out anywhere in compiled code ends it: nothing takes it for an error, or for no output.
#[test]
fn nothing_goes_on_after_a_bail_out() {
    let values = values();
    for (code, native) in PROGRAMS {
        for value in values.iter().step_by(7) {
            bail_at(None);
            _ = compiled(native, value, &[]);
            for site in 0..sites_passed().min(40) {
                bail_at(Some(site));
                let (_, end) = compiled(native, value, &[]);
                assert!(matches!(end, End::Bail), "{code} on {value} goes on after site {site}");
            }
        }
    }
    bail_at(None);
}
