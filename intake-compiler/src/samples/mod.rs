//! Samples: recorded responses and payloads, JSON Schemas, an OpenAPI document. What they show of data that a manifest
//! itself says nothing of.
//!
//! The compiler reads no files: it is given their texts, which [`folder`] reads for wrappers. Below the folder of a manifest's samples,
//!
//! - `INTAKE/EVENT.json` is what the first `!http` of an event is answered, `EVENT.2.json` the second, and so on;
//!   `EVENT.empty.json`, `EVENT.2.last-page.json` … are further samples of the same;
//! - `INTAKE/payload.json` is what a webhook is sent, `payload.created.json` … as well;
//! - `….schema.json` in place of `….json` is a JSON Schema;
//! - `openapi.json` describes the responses of the API as a whole.
//!
//! `INTAKE` is the intake's module name.

pub mod folder;
mod openapi;
mod recorded;
mod schema;

use crate::check::visit::EventKind;
use crate::diagnostic::suggest::closest;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::json;
use crate::manifest::Manifest;
use crate::manifest::model::Http;
use crate::names;
use crate::shape::{Place, Shape};
use crate::source::{Source, Span};
use crate::template::Template;
use openapi::Document;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file below the folder of samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the folder, with `/`: `import_customers/request.json`.
    pub path: String,
    /// Its path as messages show it.
    pub shown: String,
    /// Its text.
    pub text: String,
}

/// What a sample is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    /// The module name of the intake.
    intake: String,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// What the N-th `!http` of an event is answered, from 1.
    Response(&'static str, usize),
    /// What a webhook is sent.
    Payload,
}

/// The samples of a manifest.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    files: Vec<Arc<Source>>,
    shapes: BTreeMap<Subject, Shape>,
    api: Option<Document>,
}

impl Samples {
    /// Whether they say nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty() && self.api.is_none()
    }

    /// Reads the samples of a manifest. What cannot be read is reported and left out.
    #[must_use]
    pub fn read(files: &[File], manifest: &Manifest, sink: &mut Sink) -> Self {
        report_unused(files, manifest, sink);
        let mut samples = Self::default();
        let mut schemas = BTreeMap::new();
        let mut sorted: Vec<&File> = files.iter().collect();
        sorted.sort_by(|one, two| one.path.cmp(&two.path));
        for file in sorted {
            samples.add(file, &mut schemas, sink);
        }
        let recorded = samples.shapes.iter_mut();
        recorded.for_each(|(_, shape)| *shape = recorded::settled(shape));
        // What was recorded counts for more than what was promised.
        for (subject, shape) in schemas {
            samples.shapes.entry(subject).or_insert(shape);
        }
        samples
    }

    fn add(&mut self, file: &File, schemas: &mut BTreeMap<Subject, Shape>, sink: &mut Sink) {
        let source = Arc::new(Source::new(file.shown.clone(), file.text.clone()));
        let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.push(source.clone());
        let mut own = Sink::new();
        let document = json::parse(&source, &mut own);
        let wrong = own.has_errors();
        own.finish().into_iter().for_each(|found| sink.push(found.within(source.clone())));
        let Some(document) = document.filter(|_| !wrong) else { return };
        let mut report = |span: Span, message: String| {
            let found = Diagnostic::new(Code::InvalidSchema, span, message);
            sink.push(found.note("nothing can be known from it").within(source.clone()));
        };
        if file.path == "openapi.json" {
            self.api = Document::new(document, number, &mut report);
            return;
        }
        let Some((subject, is_schema)) = subject(&file.path) else {
            let found =
                Diagnostic::new(Code::UnusedSample, Span::at(0), format!("`{}` is no name of a sample", file.path));
            sink.push(found.help(NAMES).within(source));
            return;
        };
        if is_schema {
            schemas.insert(subject, schema::shape(&document, number, &mut report));
            return;
        }
        let shape = recorded::shape(&document, number);
        let joined = match self.shapes.remove(&subject) {
            Some(known) => known.and_sample(shape),
            None => shape,
        };
        self.shapes.insert(subject, joined);
    }

    /// What the N-th `!http` of an event is answered, counted from 1 in source order.
    #[must_use]
    pub fn response(
        &self,
        intake: &str,
        event: EventKind,
        number: usize,
        http: &Http,
        base_url: Option<&Template>,
    ) -> Option<Shape> {
        let recorded = names::module_name(intake).and_then(|intake| {
            self.shapes.get(&Subject { intake, what: What::Response(event.as_str(), number) }).cloned()
        });
        recorded.or_else(|| self.api.as_ref()?.response(http, base_url))
    }

    /// What a webhook intake is sent.
    #[must_use]
    pub fn payload(&self, intake: &str) -> Option<Shape> {
        let intake = names::module_name(intake)?;
        self.shapes.get(&Subject { intake, what: What::Payload }).cloned()
    }

    /// A place as messages show it: `samples/acme/contacts/request.json:3:12`.
    #[must_use]
    pub fn shown(&self, place: Place) -> Option<String> {
        let source = self.files.get(place.file as usize)?;
        let position = source.position(place.span.start);
        Some(format!("{}:{}:{}", source.name(), position.line, position.column))
    }
}

/// Reports samples of what the manifest does not have.
fn report_unused(files: &[File], manifest: &Manifest, sink: &mut Sink) {
    let intakes: Vec<String> =
        manifest.intakes.iter().filter_map(|intake| names::module_name(&intake.name.as_ref()?.value)).collect();
    for file in files {
        let Some((subject, _)) = subject(&file.path) else { continue };
        if intakes.contains(&subject.intake) {
            continue;
        }
        let source = Arc::new(Source::new(file.shown.clone(), file.text.clone()));
        let message = format!("a sample of `{}`, which is no intake of the manifest", subject.intake);
        let found = Diagnostic::new(Code::UnusedSample, Span::at(0), message);
        let found = match closest(&subject.intake, intakes.iter().map(String::as_str)) {
            Some(close) => found.help(format!("did you mean the folder `{close}`?")),
            None => found.note("a folder of samples has the module name of its intake"),
        };
        sink.push(found.within(source));
    }
}

/// How samples are called.
const NAMES: &str = "the names are `INTAKE/EVENT.json`, `INTAKE/EVENT.2.json` for the second `!http`, \
    `INTAKE/payload.json` for a webhook, each with `.schema.json` for a JSON Schema, and `openapi.json`";

/// What a file is a sample of, and whether it is a schema.
fn subject(path: &str) -> Option<(Subject, bool)> {
    let (intake, file) = path.split_once('/')?;
    let stem = file.strip_suffix(".json")?;
    let (stem, is_schema) = stem.strip_suffix(".schema").map_or((stem, false), |stem| (stem, true));
    let mut parts = stem.split('.');
    let event = parts.next()?;
    let number = parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
    let what = if event == "payload" {
        What::Payload
    } else {
        What::Response(EventKind::ALL.iter().map(|kind| kind.as_str()).find(|name| *name == event)?, number)
    };
    (number > 0 && !intake.is_empty()).then(|| (Subject { intake: intake.to_owned(), what }, is_schema))
}
