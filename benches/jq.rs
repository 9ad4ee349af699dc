//! Filters over responses: compiled, against jaq, against serde structs as one writes them by hand for speed, and against
//! closures over `serde_json::Value`. All from bytes to bytes, in the CPU time of the thread, and with the allocations
//! counted. Each is measured in processes of its own, that take turns: none finds the heap as another left it. Ends with a line `ratio CASE RIVAL VALUE` for each: how many times as long the rival takes.
//!
//! `cargo bench --bench jq`; `cargo bench --bench jq -- F1` for the cases whose name begins so.

#[path = "jq/cases.rs"]
mod cases;
#[path = "jq/count.rs"]
mod count;
#[path = "jq/jaq.rs"]
mod jaq;
#[path = "jq/pages.rs"]
mod pages;
#[path = "jq/rivals.rs"]
mod rivals;

use cases::Case;
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::process::{Command, Stdio};

/// A way from a response to a filter's output.
type Way<'a> = (&'static str, Box<dyn Fn(&mut Vec<u8>) + 'a>);

/// The argument of a process that measures.
const MEASURE: &str = "--measure";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [MEASURE, case, way] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return measure_one(case, way);
    }
    let only = arguments.into_iter().find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut ratios = Vec::new();
    for case in cases::all().into_iter().filter(|case| case.name.starts_with(&only)) {
        let jaq = jaq::Jaq::new(case.filter, &case.variables);
        let ways = ways(&case, &jaq);
        check(&case, &ways);
        println!("{}: {} bytes, {}", case.name, case.page.len(), case.filter.text);
        let times = measure(case.name, &ways);
        for ((name, run), time) in ways.iter().zip(&times) {
            let (allocations, bytes) = count::of(|out| run(out));
            let rate = case.page.len() as f64 / time / 1e9;
            println!(
                "  {name:<10} {:>10.2} µs {rate:>6.2} GB/s {allocations:>8} allocations of {bytes} bytes",
                time * 1e6
            );
        }
        ratios.extend(ways.iter().zip(&times).skip(1).map(|((rival, _), time)| (case.name, *rival, time / times[0])));
    }
    for (case, rival, ratio) in ratios {
        println!("ratio {case} {rival} {ratio:.2}");
    }
}

fn ways<'a>(case: &'a Case, jaq: &'a jaq::Jaq) -> Vec<Way<'a>> {
    let run = case.filter.run.expect("it is compiled");
    let page = case.page.as_bytes();
    vec![
        ("compiled", Box::new(move |out| _ = black_box(run(page, &case.variables, out).expect("no bail-out")))),
        ("jaq", Box::new(move |out| jaq.run(page, case.wrapped, out))),
        ("serde", Box::new(move |out| (case.serde)(page, out))),
        ("value", Box::new(move |out| (case.value)(page, out))),
    ]
}

/// All ways lead to the same value, and the compiled one to jaq's very bytes.
fn check(case: &Case, ways: &[Way<'_>]) {
    let mut outputs = ways.iter().map(|(name, run)| {
        let mut out = Vec::new();
        run(&mut out);
        if *name == "compiled" {
            let start =
                case.filter.run.expect("it is compiled")(case.page.as_bytes(), &case.variables, &mut Vec::new());
            out.drain(..start.expect("no bail-out"));
        }
        (*name, out)
    });
    let (_, first) = outputs.next().expect("a way");
    let value = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).expect("JSON");
    for (name, output) in outputs {
        assert_eq!(value(&output), value(&first), "{}: {name}", case.name);
        if name == "jaq" {
            let shown = [&first, &output].map(|json| String::from_utf8_lossy(json));
            assert_eq!(shown[0], shown[1], "{}", case.name);
        }
    }
}

/// The least seconds that each takes, of many rounds that take turns.
fn measure(case: &str, ways: &[Way<'_>]) -> Vec<f64> {
    const TURNS: usize = 5;
    let mut least = vec![f64::INFINITY; ways.len()];
    for _ in 0..TURNS {
        for (least, (way, _)) in least.iter_mut().zip(ways) {
            *least = least.min(in_a_process(case, way));
        }
    }
    least
}

/// What [`measure_one`] prints.
fn in_a_process(case: &str, way: &str) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program).args([MEASURE, case, way]).stderr(Stdio::inherit()).output();
    let output = output.expect("a process");
    assert!(output.status.success(), "{case}, {way}: {}", output.status);
    String::from_utf8(output.stdout).ok().and_then(|text| text.trim().parse().ok()).expect("seconds")
}

/// Prints the least seconds that one way takes.
fn measure_one(case: &str, way: &str) {
    const ROUNDS: usize = 5;
    const ROUND: f64 = 0.02;
    let case = cases::all().into_iter().find(|known| known.name == case).expect("a case");
    let jaq = jaq::Jaq::new(case.filter, &case.variables);
    let (_, run) = ways(&case, &jaq).into_iter().find(|(name, _)| *name == way).expect("a way");
    let mut out = Vec::with_capacity(4 << 20);
    let mut once = |times: usize| {
        let start = cpu();
        for _ in 0..times {
            out.clear();
            run(&mut out);
            black_box(&out);
        }
        (cpu() - start) / times as f64
    };
    let times = ((ROUND / once(3)) as usize).clamp(1, 1_000_000);
    let least = (0..ROUNDS).map(|_| once(times)).fold(f64::INFINITY, f64::min);
    println!("{least}");
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
