//! Diagnostics as text, the way rustc shows them. Only this module knows the renderer.

use super::{Diagnostic, Severity, Suggestion};
use crate::source::{Source, Span};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use std::ops::Range;

/// The width is not the terminal's: the same mistake gives the same text everywhere.
const WIDTH: usize = 140;

/// Lines longer than this, in bytes, are shown in parts.
const LONG_LINE: usize = 300;

/// How much of a long line is shown on each side of a place, in bytes.
const AROUND: usize = 50;

/// Longer replacements, and suggestions of more edits, are not drawn.
const MOST_TEXT: usize = 500;
const MOST_EDITS: usize = 12;

/// Whether to colour the output with ANSI codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// ANSI colours.
    Always,
}

/// One diagnostic as rustc would show it, with its `error[IN0101]: ` title line.
#[must_use]
pub fn render(manifest: &Source, diagnostic: &Diagnostic, color: Color) -> String {
    let source = diagnostic.text(manifest);
    let title = level(diagnostic).primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let renderer = if color == Color::Always { Renderer::styled() } else { Renderer::plain() };
    draw(source, diagnostic, Group::with_title(title), renderer)
}

/// The same for `compile_error!`, which puts its own `error: ` before it: plain, the first line is the message and
/// the code in brackets.
#[must_use]
pub fn render_for_rustc(manifest: &Source, diagnostic: &Diagnostic) -> String {
    let source = diagnostic.text(manifest);
    let snippet = draw(source, diagnostic, Group::with_level(level(diagnostic)), Renderer::plain());
    format!("{} [{}]\n{snippet}", diagnostic.message.replace('\n', " "), diagnostic.code)
}

/// How many problems were found: `2 errors, 1 warning and 3 notes found`.
#[must_use]
pub fn summary(errors: usize, warnings: usize, notes: usize) -> String {
    let found: Vec<String> = [(errors, "error"), (warnings, "warning"), (notes, "note")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
    match found.as_slice() {
        [] => "no problems found".to_owned(),
        [one] => format!("{one} found"),
        [first @ .., last] => format!("{} and {last} found", first.join(", ")),
    }
}

fn level(diagnostic: &Diagnostic) -> Level<'static> {
    match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

fn draw<'a>(source: &'a Source, diagnostic: &'a Diagnostic, main: Group<'a>, renderer: Renderer) -> String {
    let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let view = View::new(source, labels().map(|label| label.span));
    let annotations = labels().enumerate().map(|(index, label)| {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let text = Some(label.text.as_str()).filter(|text| !text.is_empty());
        kind.span(view.range(label.span)).label(text)
    });
    let annotations: Vec<Annotation<'_>> = annotations.collect();
    let snippet =
        Snippet::source(view.text.as_str()).path(source.name()).line_start(view.line).annotations(annotations);
    let main = main
        .element(snippet)
        .elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(note.as_str())))
        .elements(diagnostic.helps.iter().map(|help| Level::HELP.message(help.as_str())));
    let mut groups = vec![main];
    groups.extend(diagnostic.suggestions.iter().map(|suggestion| patches(source, suggestion)));
    let text = renderer.term_width(WIDTH).render(&groups);
    view.with_true_column(source, diagnostic.primary.span, text)
}

fn patches<'a>(source: &'a Source, suggestion: &'a Suggestion) -> Group<'a> {
    let edits = &suggestion.edits;
    let size = edits.iter().map(|edit| edit.span.range().len().max(edit.replacement.len())).max();
    if edits.len() > MOST_EDITS || size.is_none_or(|size| size > MOST_TEXT) {
        // Too much to draw: the words have to do.
        return Group::with_level(Level::HELP).element(Level::HELP.message(suggestion.message.as_str()));
    }
    let view = View::new(source, edits.iter().map(|edit| edit.span));
    let patches: Vec<_> =
        edits.iter().map(|edit| Patch::new(view.range(edit.span), edit.replacement.as_str())).collect();
    let snippet = Snippet::source(view.text).path(source.name()).line_start(view.line).patches(patches);
    Level::HELP.secondary_title(suggestion.message.as_str()).element(snippet)
}

/// The last place up to `at` where a character starts.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The lines around some places, long ones cut to what is near a place.
struct View {
    text: String,
    /// The number of the first line.
    line: usize,
    /// The stretches of the source that are shown: where they start in `text`, and where they are in the source.
    parts: Vec<(usize, Range<usize>)>,
}

impl View {
    fn new(source: &Source, spans: impl Iterator<Item = Span>) -> Self {
        let text = source.text();
        let mut places: Vec<usize> = spans.flat_map(|span| [span.start as usize, span.end as usize]).collect();
        for place in &mut places {
            *place = floor(text, *place);
        }
        places.sort_unstable();
        let (first, last) = (places.first().copied().unwrap_or(0), places.last().copied().unwrap_or(0));
        let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[last..].find('\n').map_or(text.len(), |len| last + len + 1);
        let line = source.position(u32::try_from(start).unwrap_or(u32::MAX)).line as usize;
        let mut view = Self { text: String::new(), line, parts: Vec::new() };
        let mut at = start;
        for line in text[start..end].split_inclusive('\n') {
            let near = places.iter().copied().filter(|place| (at..=at + line.len()).contains(place));
            view.push_line(text, at..at + line.len(), near);
            at += line.len();
        }
        view
    }

    fn push_line(&mut self, text: &str, line: Range<usize>, places: impl Iterator<Item = usize>) {
        if line.len() <= LONG_LINE {
            return self.push(text, line);
        }
        let end = line.end - usize::from(text[line.clone()].ends_with('\n'));
        let mut shown = line.start..line.start;
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for place in places {
            let from = floor(text, place.saturating_sub(AROUND)).max(line.start);
            let to = floor(text, (place + AROUND).min(end)).max(place);
            if from <= shown.end {
                shown.end = shown.end.max(to);
            } else {
                pieces.push(std::mem::replace(&mut shown, from..to));
            }
        }
        pieces.push(shown);
        let mut at = line.start;
        for piece in pieces {
            if piece.start > at {
                self.text.push('…');
            }
            at = piece.end;
            self.push(text, piece);
        }
        if at < end {
            self.text.push('…');
        }
        if at < line.end {
            self.push(text, end.max(at)..line.end);
        }
    }

    fn push(&mut self, text: &str, part: Range<usize>) {
        self.parts.push((self.text.len(), part.clone()));
        self.text.push_str(&text[part]);
    }

    /// Where the text at `span` is shown.
    fn range(&self, span: Span) -> Range<usize> {
        let start = self.offset(span.start as usize);
        start..self.offset(span.end as usize).max(start)
    }

    fn offset(&self, at: usize) -> usize {
        let after = self.parts.partition_point(|(_, part)| part.start <= at);
        let Some((shown, part)) = after.checked_sub(1).and_then(|last| self.parts.get(last)) else { return 0 };
        floor(&self.text, shown + (at.min(part.end) - part.start))
    }

    /// The title line counts columns in what is shown; in a line that was cut, that is not the column in the file.
    fn with_true_column(&self, source: &Source, primary: Span, rendered: String) -> String {
        let at = self.offset(primary.start as usize);
        let line = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let shown = self.text[line..at].chars().count() + 1;
        let real = source.position(primary.start);
        if shown == real.column as usize {
            return rendered;
        }
        let place = |column: usize| format!("{}:{}:{column}", source.name(), real.line);
        rendered.replacen(&place(shown), &place(real.column as usize), 1)
    }
}
