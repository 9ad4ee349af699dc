//! The names that a manifest defines and uses, and where: intakes, form fields, keys of the state and of saved data.

use super::File;
use intake_compiler::check::visit::{self, Item, Place};
use intake_compiler::flow::{Flow, ways};
use intake_compiler::manifest::model::Intake;
use intake_compiler::source::{Span, Spanned};
use intake_compiler::template::{Root, Scope, Step, Variable};

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// An intake.
    Intake(String),
    /// A form field.
    Field(String),
    /// A key of the polling state of one intake (its place).
    State(Span, String),
    /// A key of saved data.
    Saved(Scope, String),
}

/// A name in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// What it names.
    pub symbol: Symbol,
    /// The name alone, without quotes.
    pub span: Span,
    /// Whether it is defined or written here, and not read.
    pub is_written: bool,
}

/// Every name of a manifest, in source order.
#[must_use]
pub fn occurrences(file: &File) -> Vec<Occurrence> {
    let mut all = All { text: file.text(), found: Vec::new() };
    all.intakes(file);
    all.written(&file.analysis.flow());
    visit::manifest(&file.analysis.manifest, &mut |item, context| {
        if let Item::Variable(variable) = item {
            all.read(variable, context.place);
        }
    });
    all.found.sort_by_key(|found| (found.span, !found.is_written));
    all.found.dedup();
    all.found
}

/// The name at an offset.
#[must_use]
pub fn at(occurrences: &[Occurrence], offset: usize) -> Option<&Occurrence> {
    occurrences.iter().find(|found| (found.span.start as usize..=found.span.end as usize).contains(&offset))
}

/// Where the name at an offset is defined or written.
#[must_use]
pub fn definitions(file: &File, offset: usize) -> Vec<Span> {
    let all = occurrences(file);
    let Some(here) = at(&all, offset) else { return Vec::new() };
    all.iter().filter(|found| found.is_written && found.symbol == here.symbol).map(|found| found.span).collect()
}

/// Where the name at an offset is.
#[must_use]
pub fn references(file: &File, offset: usize) -> Vec<Occurrence> {
    let all = occurrences(file);
    let Some(symbol) = at(&all, offset).map(|here| here.symbol.clone()) else { return Vec::new() };
    all.into_iter().filter(|found| found.symbol == symbol).collect()
}

struct All<'a> {
    text: &'a str,
    found: Vec<Occurrence>,
}

impl All<'_> {
    fn push(&mut self, symbol: Symbol, span: Span, is_written: bool) {
        self.found.push(Occurrence { symbol, span, is_written });
    }

    fn intakes(&mut self, file: &File) {
        let manifest = &file.analysis.manifest;
        for name in manifest.intakes.iter().filter_map(|intake| intake.name.as_ref()) {
            self.push(Symbol::Intake(name.value.clone()), inside(self.text, name), true);
        }
        for workflow in &manifest.workflows {
            for name in &workflow.intakes {
                self.push(Symbol::Intake(name.value.clone()), inside(self.text, name), false);
            }
            for field in &workflow.form_fields {
                self.push(Symbol::Field(field.value.clone()), inside(self.text, field), true);
            }
        }
    }

    /// The keys that events write into the state, and those that are saved.
    fn written(&mut self, flow: &Flow<'_>) {
        for intake in &flow.intakes {
            for write in intake.state.iter().flat_map(|state| state.written()) {
                for field in write.shape.alternatives().iter().flat_map(ways::fields) {
                    self.key(Symbol::State(intake.intake.span, field.name.to_string()), &field.name, field.span);
                }
            }
        }
        for scope in Scope::ALL {
            for name in flow.saved.keys(scope) {
                for saver in flow.saved.savers(scope, name) {
                    self.key(Symbol::Saved(scope, name.to_owned()), name, saver.key);
                }
            }
        }
    }

    /// A key where an object of jq names it, with or without quotes, or as `{$key}`.
    fn key(&mut self, symbol: Symbol, name: &str, span: Span) {
        let Some(text) = self.text.get(span.range()) else { return };
        let Some(start) = text.find(name) else { return };
        let around = text.len() - name.len();
        if around <= 4 && text.chars().filter(|c| !matches!(c, '"' | '\\' | '$' | '.')).eq(name.chars()) {
            let start = span.start as usize + start;
            self.push(symbol, Span::new(start, start + name.len()), true);
        }
    }

    fn read(&mut self, variable: &Variable, place: Place<'_>) {
        let Some((symbol, index)) = meant(variable, place) else {
            if let (Root::PollingState, Place::Event(intake, _)) = (&variable.path.root, place) {
                self.key_behind(variable, intake);
            }
            return;
        };
        if let Some(span) = segments(self.text, variable.span).and_then(|segments| segments.get(index).copied()) {
            self.push(symbol, span, false);
        }
    }

    /// `${polling_state}.key` in jq.
    fn key_behind(&mut self, variable: &Variable, intake: &Intake) {
        if let Some(span) = key_behind(self.text, variable.span) {
            let name = self.text[span.range()].to_owned();
            self.push(Symbol::State(intake.span, name), span, false);
        }
    }
}

/// What a variable reads, and which name of its path says so.
fn meant(variable: &Variable, place: Place<'_>) -> Option<(Symbol, usize)> {
    let first = match variable.path.steps.first() {
        Some(Step::Key(key)) => Some(key.clone()),
        _ => None,
    };
    match (&variable.path.root, place, first) {
        (Root::CustomData { field, .. }, ..) => Some((Symbol::Field(field.clone()), 1)),
        (Root::Saved(scope), _, Some(key)) => Some((Symbol::Saved(*scope, key), 2)),
        (Root::PollingState, Place::Event(intake, _), Some(key)) => Some((Symbol::State(intake.span, key), 1)),
        _ => None,
    }
}

/// A variable that reads a symbol under a name that escapes of JSON hide.
pub(super) fn hidden(file: &File, symbol: &Symbol) -> Option<Span> {
    let mut found = None;
    visit::manifest(&file.analysis.manifest, &mut |item, context| {
        if let Item::Variable(variable) = item
            && meant(variable, context.place).is_some_and(|(meant, _)| meant == *symbol)
            && segments(file.text(), variable.span).is_none()
        {
            found = Some(variable.span);
        }
    });
    found
}

/// The key in `.key` right behind a variable.
pub(super) fn key_behind(text: &str, variable: Span) -> Option<Span> {
    let rest = text.get(variable.end as usize..)?.strip_prefix('.')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    let start = variable.end as usize + 1;
    rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then(|| Span::new(start, start + length))
}

/// A string without its quotes, of which a damaged one may lack either.
fn inside(text: &str, string: &Spanned<String>) -> Span {
    let whole = text.get(string.span.range()).unwrap_or_default();
    let content = whole.strip_prefix('"').unwrap_or(whole);
    let start = string.span.start as usize + (whole.len() - content.len());
    Span::new(start, start + content.strip_suffix('"').unwrap_or(content).len())
}

/// The names in a variable's path; `None` if escapes hide them.
fn segments(text: &str, variable: Span) -> Option<Vec<Span>> {
    let whole = text.get(variable.range())?.strip_prefix("${")?;
    let path = whole.trim_start();
    let mut at = variable.start as usize + 2 + (whole.len() - path.len());
    let path = &path[..path.find(|c: char| c.is_whitespace() || matches!(c, '|' | '}')).unwrap_or(path.len())];
    if path.contains('\\') {
        return None;
    }
    let mut found = Vec::new();
    // `::` separates as `.` does: between its two characters there is no name.
    for segment in path.split(['.', ':']) {
        let name = segment.find('[').unwrap_or(segment.len());
        if !segment.is_empty() {
            found.push(Span::new(at, at + name));
        }
        at += segment.len() + 1;
    }
    Some(found)
}
