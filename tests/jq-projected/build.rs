//! Compiles the filters of `filters.jq`, one a line; lines that begin with `!` are those that are not projected.

use intake_compiler::diagnostic::Sink;
use intake_compiler::jq;
use intake_compiler::json::Str;
use intake_compiler::source::Span;
use std::fmt::Write;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=filters.jq");
    let filters = std::fs::read_to_string("filters.jq").expect("filters.jq");
    let mut code = String::new();
    for line in filters.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (projected, text) = line.strip_prefix('!').map_or((true, line), |text| (false, text));
        let source = Str { value: text.to_owned(), span: Span::new(0, text.len() + 2), map: vec![(0, 1)] };
        let mut sink = Sink::new();
        let program = jq::parse(&source, &mut sink);
        let found = sink.finish();
        let program = program.unwrap_or_else(|| panic!("{text}: {found:?}"));
        let filter = program.native.as_ref().map_err(Clone::clone);
        let function = filter.and_then(intake_compiler::compile::projection);
        match (&function, projected) {
            (Err(why), true) => panic!("{text}\nis not projected: {} at {:?}", why.reason, why.span),
            (Ok(_), false) => panic!("{text}\nis projected"),
            _ => {}
        }
        let run = function.map_or("None".to_owned(), |function| format!("Some({function})"));
        let (program, variables) = (&program.code, program.variables.len());
        writeln!(code, "Filter {{ text: {text:?}, program: {program:?}, variables: {variables}, run: {run} }},")
            .unwrap();
    }
    let out = Path::new(&std::env::var_os("OUT_DIR").expect("OUT_DIR")).join("filters.rs");
    std::fs::write(out, format!("&[{code}]")).expect("OUT_DIR is writable");
}
