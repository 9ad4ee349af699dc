//! Compiles intake manifests from `build.rs`.
//!
//! ```no_run
//! // build.rs
//! intake_build::compile("manifests/acme.json");
//! ```
//!
//! ```ignore
//! // src/main.rs
//! mod acme {
//!     include!(concat!(env!("OUT_DIR"), "/acme.rs"));
//! }
//! ```
//!
//! The path is seen from the package's root. It names a file, a folder (all `*.json` in it) or a pattern
//! (`manifests/**/*.json`): unlike the macro, a build script also notices a manifest that is added. What is wrong with a
//! manifest fails the build with the same text that the macro and `intake check` give.
//!
//! Cargo lets a build script give errors and warnings only: notes are in the docs of the generated methods, and `intake
//! check` shows them.

#![forbid(unsafe_code)]

mod find;

use intake_compiler::compile::{Options, RecordType, Target, compile as compile_manifest};
use intake_compiler::diagnostic::render::{Color, render};
use intake_compiler::diagnostic::suggest::closest;
use intake_compiler::diagnostic::{Diagnostic, Severity};
use intake_compiler::samples::{File, folder};
use intake_compiler::source::Source;
use proc_macro2::TokenStream;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Compiles the manifests that `path` names with the default [`Config`].
///
/// Errors are told to cargo, which then fails the build.
pub fn compile(path: impl AsRef<Path>) {
    Config::new().compile(path);
}

/// How to compile manifests from a build script.
#[derive(Clone, Debug, Default)]
pub struct Config {
    app: Option<String>,
    facade: Option<String>,
    records: Vec<(String, String)>,
    out_dir: Option<PathBuf>,
    samples: Option<PathBuf>,
}

impl Config {
    /// The default: state stored under the manifest's file stem, the facade called `intake`, records of types that are made.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The name that state is stored under.
    #[must_use]
    pub fn app(mut self, name: impl Into<String>) -> Self {
        self.app = Some(name.into());
        self
    }

    /// The path of the `intake` crate, where the dependency is renamed: `"::my_intake"`.
    #[must_use]
    pub fn facade(mut self, path: impl Into<String>) -> Self {
        self.facade = Some(path.into());
        self
    }

    /// The record type of the intake with this module name: `("import_customers", "crate::Customer")`. With `unchecked`
    /// before the path it need not be `intake::Record`.
    #[must_use]
    pub fn records(mut self, intake: impl Into<String>, record: impl Into<String>) -> Self {
        self.records.push((intake.into(), record.into()));
        self
    }

    /// The folder of samples, instead of `samples/STEM` beside each manifest.
    #[must_use]
    pub fn samples(mut self, folder: impl Into<PathBuf>) -> Self {
        self.samples = Some(folder.into());
        self
    }

    /// Where to write `STEM.rs`, instead of cargo's `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Compiles the manifests that `path` names: a file, a folder or a pattern.
    pub fn compile(&self, path: impl AsRef<Path>) {
        if let Err(message) = self.try_compile(path.as_ref()) {
            error(&message);
        }
    }

    fn try_compile(&self, path: &Path) -> Result<(), String> {
        let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        let out_dir = match &self.out_dir {
            Some(folder) => root.join(folder),
            None => {
                env::var_os("OUT_DIR").map(PathBuf::from).ok_or("OUT_DIR is not set: this runs in a build script")?
            }
        };
        let mut options = self.options()?;
        let mut intakes = Vec::new();
        for manifest in find::manifests(&root, path)? {
            options.samples = self.samples_of(&root, &manifest)?;
            intakes.extend(compile_one(&root, &manifest, &out_dir, &options)?);
        }
        self.records_are_of(&intakes)
    }

    /// The samples of a manifest; cargo is told to watch their folder.
    fn samples_of(&self, root: &Path, manifest: &Path) -> Result<Vec<File>, String> {
        let samples = self.samples.as_ref().map_or_else(|| folder::beside(manifest), |folder| root.join(folder));
        if self.samples.is_none() && !samples.is_dir() {
            return Ok(Vec::new());
        }
        find::watch(&samples);
        let shown = samples.strip_prefix(root).unwrap_or(&samples).to_string_lossy().replace('\\', "/");
        folder::read(&samples, &shown)
    }

    /// A record type for no intake would silently do nothing.
    fn records_are_of(&self, intakes: &[String]) -> Result<(), String> {
        match self.records.iter().find(|(intake, _)| !intakes.contains(intake)) {
            None => Ok(()),
            Some((intake, _)) => match closest(intake, intakes.iter().map(String::as_str)) {
                Some(meant) => {
                    Err(format!("there is no intake `{intake}` to give a record type: did you mean `{meant}`?"))
                }
                None => Err(format!(
                    "there is no intake `{intake}` to give a record type: there are {}",
                    intakes.join(", ")
                )),
            },
        }
    }

    fn options(&self) -> Result<Options, String> {
        let tokens =
            |text: &str| text.parse::<TokenStream>().map_err(|error| format!("`{text}` is no Rust path: {error}"));
        let mut target = Target::default();
        if let Some(facade) = &self.facade {
            target.facade = tokens(facade)?;
        }
        for (intake, record) in &self.records {
            let unchecked = record.trim_start().strip_prefix("unchecked ");
            let path = tokens(unchecked.unwrap_or(record))?;
            target.records.push((intake.clone(), RecordType { path, is_checked: unchecked.is_none() }));
        }
        Ok(Options { app: self.app.clone(), target, samples: Vec::new() })
    }
}

/// Compiles one manifest; the module names of its intakes.
fn compile_one(root: &Path, manifest: &Path, out_dir: &Path, options: &Options) -> Result<Vec<String>, String> {
    let shown = manifest.strip_prefix(root).unwrap_or(manifest).to_string_lossy().replace('\\', "/");
    let text = fs::read_to_string(manifest).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let source = Source::new(shown, text);
    let compiled = compile_manifest(&source, options);
    report(&source, &compiled.diagnostics);
    let stem = manifest.file_stem().unwrap_or_default();
    let out = out_dir.join(stem).with_extension("rs");
    fs::write(&out, text_of(&compiled.tokens)).map_err(|error| format!("cannot write {}: {error}", out.display()))?;
    Ok(compiled.intakes)
}

/// Cargo shows one line per directive.
fn report(source: &Source, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let text = render(source, diagnostic, Color::Never);
        match diagnostic.severity() {
            Severity::Error => error(&text),
            Severity::Warning => text.lines().for_each(|line| println!("cargo::warning={line}")),
            // Cargo has no notes: they are in the docs of the generated methods, and `intake check` shows them.
            Severity::Note => {}
        }
    }
}

fn error(text: &str) {
    text.lines().for_each(|line| println!("cargo::error={line}"));
}

#[cfg(feature = "format")]
fn text_of(tokens: &TokenStream) -> String {
    match syn::parse2(tokens.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => tokens.to_string(),
    }
}

#[cfg(not(feature = "format"))]
fn text_of(tokens: &TokenStream) -> String {
    tokens.to_string()
}
