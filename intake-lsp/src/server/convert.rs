//! From what the analysis says to what the protocol says.

use crate::analysis::File;
use crate::analysis::complete::{Item, ItemKind};
use crate::analysis::fix::{self, Tag};
use crate::analysis::outline::{Entry, EntryKind};
use crate::positions::{Encoding, Lines};
use intake_compiler::diagnostic::{Edit, Severity};
use intake_compiler::source::Span;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, DocumentSymbol, Documentation, InsertTextFormat, Location, MarkupContent,
    MarkupKind, NumberOrString, Position, Range, SymbolKind, TextEdit, Uri,
};

/// The way from spans to ranges.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a Lines,
    pub(super) encoding: Encoding,
}

impl Places<'_> {
    pub(super) fn offset(&self, position: Position) -> usize {
        self.lines.offset(self.text, (position.line, position.character), self.encoding)
    }

    fn position(&self, offset: u32) -> Position {
        let (line, character) = self.lines.position(self.text, offset as usize, self.encoding);
        Position { line, character }
    }

    pub(super) fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    pub(super) fn edit(&self, edit: &Edit) -> TextEdit {
        TextEdit { range: self.range(edit.span), new_text: edit.replacement.clone() }
    }

    pub(super) fn diagnostic(&self, uri: &Uri, found: &intake_compiler::diagnostic::Diagnostic) -> Diagnostic {
        let related = found.secondary.iter().map(|label| DiagnosticRelatedInformation {
            location: Location { uri: uri.clone(), range: self.range(label.span) },
            message: label.text.clone(),
        });
        Diagnostic {
            range: self.range(found.primary.span),
            severity: Some(match found.severity() {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Note => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(found.code.to_string())),
            source: Some("intake".to_owned()),
            message: fix::message(found),
            related_information: Some(related.collect()),
            tags: fix::tag(found.code).map(|tag| {
                vec![match tag {
                    Tag::Unnecessary => DiagnosticTag::UNNECESSARY,
                    Tag::Deprecated => DiagnosticTag::DEPRECATED,
                }]
            }),
            ..Diagnostic::default()
        }
    }

    pub(super) fn item(&self, item: Item, index: usize, snippets: bool) -> CompletionItem {
        let is_snippet = snippets && !item.after.is_empty();
        let new_text = match is_snippet {
            true => format!("{}$0{}", escaped(&item.before), escaped(&item.after)),
            false => item.before + &item.after,
        };
        // What is typed is compared with what it replaces, quotes and all.
        let is_quoted = self.text[item.span.range()].starts_with('"');
        CompletionItem {
            kind: Some(match item.kind {
                ItemKind::Key => CompletionItemKind::PROPERTY,
                ItemKind::Command => CompletionItemKind::KEYWORD,
                ItemKind::Word => CompletionItemKind::ENUM_MEMBER,
                ItemKind::Value => CompletionItemKind::VALUE,
                ItemKind::Variable => CompletionItemKind::VARIABLE,
                ItemKind::Field => CompletionItemKind::FIELD,
                ItemKind::Function => CompletionItemKind::FUNCTION,
                ItemKind::Keyword => CompletionItemKind::KEYWORD,
            }),
            filter_text: is_quoted.then(|| format!("\"{}\"", item.label)),
            label: item.label,
            detail: item.detail,
            documentation: item.doc.map(|doc| Documentation::MarkupContent(markdown(doc))),
            sort_text: Some(format!("{index:04}")),
            insert_text_format: Some(if is_snippet { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT }),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: self.range(item.span), new_text })),
            additional_text_edits: item.also.map(|edit| vec![self.edit(&edit)]),
            ..CompletionItem::default()
        }
    }

    pub(super) fn symbol(&self, entry: Entry) -> DocumentSymbol {
        #[expect(deprecated, reason = "the field must be given")]
        DocumentSymbol {
            name: entry.name,
            detail: entry.detail.map(str::to_owned),
            kind: symbol_kind(entry.kind),
            tags: None,
            deprecated: None,
            range: self.range(entry.span),
            selection_range: self.range(entry.selection),
            children: Some(entry.children.into_iter().map(|child| self.symbol(child)).collect()),
        }
    }
}

pub(super) fn symbol_kind(kind: EntryKind) -> SymbolKind {
    match kind {
        EntryKind::Intake => SymbolKind::CLASS,
        EntryKind::Event => SymbolKind::EVENT,
        EntryKind::Command => SymbolKind::FUNCTION,
    }
}

pub(super) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// Text as it stands in a snippet.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

pub(super) fn diagnostics(file: &File, uri: &Uri, lines: &Lines, encoding: Encoding) -> Vec<Diagnostic> {
    let places = Places { text: file.text(), lines, encoding };
    let here = file.found().map(|found| places.diagnostic(uri, found));
    // What is wrong in a sample is said at the top of the manifest, with its place in the sample.
    let elsewhere = file.analysis.diagnostics.iter().filter_map(|found| Some((found, found.source.as_ref()?)));
    let elsewhere = elsewhere.map(|(found, source)| {
        let at = source.position(found.primary.span.start);
        let message = format!("{}:{}:{}: {}", source.name(), at.line, at.column, fix::message(found));
        let moved = places.diagnostic(uri, &intake_compiler::diagnostic::Diagnostic::new(found.code, Span::at(0), ""));
        Diagnostic { message, ..moved }
    });
    here.chain(elsewhere).collect()
}
