//! Compiles programs to Rust, as `include_intake!` would: the corpus (`corpus.jq`), the filters over bytes
//! (`filters.jq`) and random programs.

#[path = "src/programs.rs"]
mod programs;
#[path = "src/projectable.rs"]
mod projectable;
#[path = "src/random.rs"]
mod random;
#[path = "src/text.rs"]
mod text;

use intake_compiler::compile::{Document, native, projection};
use intake_compiler::jq::native::Unsupported;
use intake_compiler::jq::native::ir::Filter;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use random::Random;
use std::path::Path;

/// How many random programs there are if `JQ_PROGRAMS` does not say: few, as each build compiles them.
const PROGRAMS: usize = 60;

fn main() {
    write("corpus.rs", corpus());
    write("filters.rs", filters());
    write("random.rs", random_programs());
}

fn write(name: &str, code: TokenStream) {
    let code = prettyplease::unparse(&syn::parse2(code).expect("Rust"));
    let path = Path::new(&std::env::var_os("OUT_DIR").expect("OUT_DIR")).join(name);
    std::fs::write(path, code).expect("a file in OUT_DIR");
}

fn read(name: &str) -> Vec<String> {
    println!("cargo::rerun-if-changed={name}");
    text::programs(&std::fs::read_to_string(name).expect(name))
}

fn number(name: &str, default: usize) -> usize {
    println!("cargo::rerun-if-env-changed={name}");
    let value = std::env::var(name).ok();
    value.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value}: that is no number")))
}

fn unsupported(why: Unsupported) -> String {
    format!("{} at {:?}", why.reason, why.span)
}

/// `PROGRAMS`: each program with its code over values.
fn corpus() -> TokenStream {
    let programs = read("corpus.jq");
    let filter = |code: &str| text::parse(code)?.native.map_err(unsupported);
    let filters: Vec<_> = programs.iter().map(|code| (code, filter(code))).collect();
    let failed: Vec<_> =
        filters.iter().filter_map(|(code, filter)| Some(format!("{code}: {}", filter.as_ref().err()?))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let entries = filters.iter().enumerate().filter_map(|(index, (code, filter))| {
        let (native, name) = (native(filter.as_ref().ok()?), format_ident!("P{index}"));
        Some((quote!(static #name: rt::native::Native = #native;), quote!((#code, &#name))))
    });
    let (statics, table): (Vec<_>, Vec<_>) = entries.unzip();
    quote! {
        use intake_runtime::private as rt;
        #(#statics)*
        /// Each program with its code.
        pub static PROGRAMS: &[(&str, &rt::native::Native)] = &[#(#table),*];
    }
}

/// `FILTERS`: those of `filters.jq`, with their code over bytes; a line that begins with `!` has none.
fn filters() -> TokenStream {
    let filters = read("filters.jq").into_iter().map(|line| {
        let (projected, text) = line.strip_prefix('!').map_or((true, &*line), |text| (false, text));
        let program = text::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let function = program.native.as_ref().map_err(Clone::clone);
        let function = function.and_then(|filter| projection(filter, Document::Response));
        let run = match (function, projected) {
            (Err(why), true) => panic!("{text}\nis not projected: {}", unsupported(why)),
            (Ok(_), false) => panic!("{text}\nis projected"),
            (Err(_), false) => quote!(None),
            (Ok(function), true) => quote!(Some(#function)),
        };
        let (program, variables) = (&program.code, program.variables.len());
        quote!(Filter { text: #text, program: #program, variables: #variables, run: #run })
    });
    quote! {
        use super::Filter;
        use intake_runtime::private as rt;
        /// All filters.
        pub static FILTERS: &[Filter] = &[#(#filters),*];
    }
}

/// `PROGRAMS`: the filters over bytes and random programs, in each tier that they have; and the `SEED` of the latter.
fn random_programs() -> TokenStream {
    let (seed, most) = (number("JQ_SEED", 1), number("JQ_PROGRAMS", PROGRAMS));
    let filters = read("filters.jq");
    // Of two values of a document one can be a string and the other large: their product fits in no memory.
    let filters = filters.iter().filter(|line| !line.contains("* ."));
    let mut programs: Vec<_> = filters.filter_map(|line| tiers(line.strip_prefix('!').unwrap_or(line))).collect();
    let mut random = Random::new(seed as u64);
    let (mut of_bytes, mut of_values) = (0, 0);
    while of_bytes + of_values < most {
        // Half of them is for the one walk.
        let over_bytes = of_bytes <= of_values;
        let depth = 1 + random.below(3);
        let text = if over_bytes {
            projectable::random(&mut random)
        } else {
            let text = programs::random(&mut random, depth);
            text.replace("$__intake_0", "${subdomain}").replace("$__intake_1", "${resource.id}")
        };
        let Some(program) = tiers(&text) else { continue };
        *if program.1 { &mut of_bytes } else { &mut of_values } += 1;
        programs.push(program);
    }
    let programs = programs.into_iter().map(|(program, _)| program);
    let count = programs.len();
    let seed = seed as u64;
    quote! {
        use intake_runtime::private as rt;
        use jq_test::tiers::Program;
        /// What the random programs were made from.
        pub const SEED: u64 = #seed;
        /// All programs.
        pub static PROGRAMS: [Program; #count] = [#(#programs),*];
    }
}

/// A program in each tier, and whether it is run over bytes; nothing if it is not compiled.
fn tiers(text: &str) -> Option<(TokenStream, bool)> {
    let program = text::parse(text).ok()?;
    let filter: &Filter = program.native.as_ref().ok()?;
    let (code, variables) = (&program.code, program.variables.len());
    let native = native(filter);
    let response = projection(filter, Document::Response).ok();
    let payload = projection(filter, Document::Payload).ok();
    let over_bytes = response.is_some() || payload.is_some();
    let over_payload = match payload {
        Some(projection) => quote!(Some(#projection)),
        None => quote!(None),
    };
    let over_response = match response {
        Some(projection) => quote!({
            const PROJECTION: intake_runtime::jq::Projection = #projection;
            Some((PROJECTION, rt::Jq::native(#code, #variables, NATIVE).over_response(PROJECTION)))
        }),
        None => quote!(None),
    };
    let program = quote!({
        const NATIVE: rt::native::Native = #native;
        Program {
            text: #text,
            code: #code,
            variables: #variables,
            native: NATIVE,
            compiled: rt::Jq::native(#code, #variables, NATIVE),
            over_response: #over_response,
            over_payload: #over_payload,
            interpreted: rt::Jq::new(#code, #variables),
        }
    });
    Some((program, over_bytes))
}
