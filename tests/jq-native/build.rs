//! Compiles the corpus to Rust, as `include_intake!` would.

#[path = "src/text.rs"]
mod text;

use quote::quote;

fn main() {
    println!("cargo::rerun-if-changed=corpus.jq");
    let corpus = std::fs::read_to_string("corpus.jq").expect("the corpus");
    let programs = text::programs(&corpus);
    let filters: Vec<_> = programs.iter().map(|code| (code, filter(code))).collect();
    let failed: Vec<_> =
        filters.iter().filter_map(|(code, filter)| Some(format!("{code}: {}", filter.as_ref().err()?))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let entries = filters.iter().enumerate().filter_map(|(index, (code, filter))| {
        let native = intake_compiler::compile::native(filter.as_ref().ok()?);
        let name = quote::format_ident!("P{index}");
        Some((quote!(static #name: rt::native::Native = #native;), quote!((#code, &#name))))
    });
    let (statics, table): (Vec<_>, Vec<_>) = entries.unzip();
    let file = quote! {
        use intake_runtime::private as rt;
        #(#statics)*
        /// Each program with its code.
        pub static PROGRAMS: &[(&str, &rt::native::Native)] = &[#(#table),*];
    };
    let file = prettyplease::unparse(&syn::parse2(file).expect("Rust"));
    let path = std::path::Path::new(&std::env::var("OUT_DIR").expect("OUT_DIR")).join("corpus.rs");
    std::fs::write(path, file).expect("a file in OUT_DIR");
}

fn filter(code: &str) -> Result<intake_compiler::jq::native::ir::Filter, String> {
    text::parse(code)?.native.map_err(|unsupported| unsupported.reason)
}
