//! The whole compiler on one screen.

use crate::check::{self, Checked};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::flow::Flow;
use crate::jq::native::{Unsupported, ir::Filter};
use crate::manifest::{self, Manifest};
use crate::samples::{File, Samples};
use crate::source::{Source, Span};
use crate::{codegen, jq, json, lower};
use proc_macro2::TokenStream;

pub use crate::codegen::{RecordType, Target, Tier};
pub use crate::ir::Document;

/// What to compile a manifest to.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name that state is stored under; the manifest's file stem by default.
    pub app: Option<String>,
    /// How to generate code.
    pub target: Target,
    /// Samples of what the manifest's requests are answered and its webhooks are sent.
    pub samples: Vec<File>,
}

/// What became of a manifest.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The code; only the types, if there are errors.
    pub tokens: TokenStream,
    /// Everything that was found, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The module names of the intakes, in source order: the names that `records(…)` takes.
    pub intakes: Vec<String>,
}

impl Compiled {
    /// Whether the code is whole.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.diagnostics.iter().all(|found| found.severity() != Severity::Error)
    }
}

/// A filter as a function over a document's bytes: `(document, variables, out) -> Result<start, Bail>`, with the
/// runtime's private module in scope as `rt`.
///
/// # Errors
/// If it cannot be run in one walk over them; why.
pub fn projection(filter: &Filter, document: Document) -> Result<TokenStream, Unsupported> {
    codegen::projection::function(filter, document)
}

/// Compiles a manifest. Bad input gives diagnostics, never a panic.
#[must_use]
pub fn compile(source: &Source, options: &Options) -> Compiled {
    let mut sink = Sink::new();
    let manifest = read(source, &mut sink);
    let names =
        lower::Names { app: options.app.clone().unwrap_or_else(|| source.stem().to_owned()), file: source.name() };
    let samples = Samples::read(&options.samples, &manifest, &mut sink);
    let flow = Flow::of(&manifest, &samples);
    // What a sample shows may be otherwise tomorrow: types rest on the manifest alone.
    let none = Samples::default();
    let proved = if samples.is_empty() { &flow } else { &Flow::of(&manifest, &none) };
    let checked = Checked::new(&flow, proved, &mut sink);
    let (app, tokens) = match checked.and_then(|checked| lower::lower(&checked, source, &names)) {
        Some(app) => {
            let tokens = codegen::generate(&app, &options.target);
            (app, tokens)
        }
        None => {
            if !sink.has_errors() {
                sink.push(internal());
            }
            let app = lower::outline(proved, source, &names);
            let tokens = codegen::skeleton(&app, &options.target);
            (app, tokens)
        }
    };
    let intakes = app.intakes.into_iter().map(|intake| intake.module).collect();
    Compiled { tokens, diagnostics: sink.finish(), intakes }
}

/// The code of a filter: an expression of type `rt::native::Native`, where `rt` is the facade's `__private`.
#[must_use]
pub fn native(filter: &jq::native::ir::Filter) -> TokenStream {
    codegen::native(filter)
}

/// A manifest as far as it could be made out, and everything that was found in it.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The syntax tree; `None` of a text without any value.
    pub document: Option<json::Node>,
    /// The model.
    pub manifest: Manifest,
    /// What the samples show.
    pub samples: Samples,
    /// What was found, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Analysis {
    /// How data flows through the manifest.
    #[must_use]
    pub fn flow(&self) -> Flow<'_> {
        Flow::of(&self.manifest, &self.samples)
    }
}

/// Checks a manifest without generating code.
#[must_use]
pub fn check(source: &Source, samples: &[File]) -> Vec<Diagnostic> {
    analyse(source, samples).diagnostics
}

/// Checks a manifest and keeps what each phase made of it: for those who show it to people.
#[must_use]
pub fn analyse(source: &Source, samples: &[File]) -> Analysis {
    let mut sink = Sink::new();
    let document = json::parse(source, &mut sink);
    let manifest = decode(document.as_ref(), source, &mut sink);
    let samples = Samples::read(samples, &manifest, &mut sink);
    check::check(&Flow::of(&manifest, &samples), &mut sink);
    Analysis { document, manifest, samples, diagnostics: sink.finish() }
}

/// Text → JSON → manifest. Each phase goes on with what the one before could make out.
pub(crate) fn read(source: &Source, sink: &mut Sink) -> Manifest {
    let document = json::parse(source, sink);
    decode(document.as_ref(), source, sink)
}

fn decode(document: Option<&json::Node>, source: &Source, sink: &mut Sink) -> Manifest {
    document.map(|document| manifest::decode(document, source, sink)).unwrap_or_default()
}

fn internal() -> Diagnostic {
    Diagnostic::new(Code::Internal, Span::at(0), "the manifest passed every check but cannot be compiled")
        .help("this is a bug in intake: please report it with the manifest")
}
