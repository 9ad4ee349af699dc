//! Any text compiles or gives diagnostics that can be shown; what compiles, compiles to the same code again.
#![no_main]

use intake_compiler::compile::{Options, compile};
use intake_compiler::diagnostic::render::{Color, render, render_for_rustc};
use intake_compiler::source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.json", text);
    let compiled = compile(&source, &Options::default());
    for diagnostic in &compiled.diagnostics {
        assert!(text.get(diagnostic.primary.span.range()).is_some(), "{diagnostic:?}");
        let _ = (render(&source, diagnostic, Color::Never), render_for_rustc(&source, diagnostic));
    }
    if compiled.is_ok() {
        assert_eq!(compiled.tokens.to_string(), compile(&source, &Options::default()).tokens.to_string());
    }
});
