//! The documents that an editor has open.

use crate::analysis::File;
use crate::positions::{Encoding, Lines};
use intake_compiler::samples;
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, TextDocumentContentChangeEvent, TextDocumentItem, Uri,
};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// The language of documents that are manifests whatever is in them.
const LANGUAGE: &str = "intake";

#[derive(Debug, Default)]
pub(super) struct Documents {
    // In an order, so that what is published is the same every time.
    open: BTreeMap<String, (Uri, Document)>,
}

/// One document.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) version: i32,
    pub(super) lines: Lines,
    text: String,
    samples: Vec<samples::File>,
    /// Made when it is first asked for.
    file: OnceCell<File>,
    /// It was a manifest once, and is one still while somebody edits the key that says so.
    was_manifest: bool,
    is_published: bool,
}

impl Document {
    fn new(text: String, version: i32, was_manifest: bool, samples: Vec<samples::File>) -> Self {
        let lines = Lines::new(&text);
        Self { version, lines, text, samples, file: OnceCell::new(), was_manifest, is_published: false }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What the compiler makes of it, if it is a manifest.
    pub(super) fn manifest(&self) -> Option<&File> {
        let file = self.file.get_or_init(|| File::new("manifest", self.text.as_str(), &self.samples));
        (self.was_manifest || file.is_manifest()).then_some(file)
    }

    fn change(&mut self, changes: Vec<TextDocumentContentChangeEvent>, version: i32, encoding: Encoding) {
        // Of a text that nobody has asked about nothing was said.
        let was_manifest = self.was_manifest || self.file.get().is_some_and(File::is_manifest);
        let mut text = std::mem::take(&mut self.text);
        let mut lines = std::mem::replace(&mut self.lines, Lines::new(""));
        for change in changes {
            match change.range {
                None => text = change.text,
                Some(range) => {
                    let offset = |position: lsp_types::Position| {
                        lines.offset(&text, (position.line, position.character), encoding)
                    };
                    let (start, end) = (offset(range.start), offset(range.end));
                    text.replace_range(start..end.max(start), &change.text);
                }
            }
            lines = Lines::new(&text);
        }
        let samples = std::mem::take(&mut self.samples);
        *self = Self { version, lines, text, samples, file: OnceCell::new(), was_manifest, is_published: false };
    }

    fn learn(&mut self, samples: Vec<samples::File>) {
        if samples != self.samples {
            self.was_manifest |= self.file.take().is_some_and(|file| file.is_manifest());
            (self.samples, self.is_published) = (samples, false);
        }
    }
}

impl Documents {
    pub(super) fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri.as_str()).map(|(_, document)| document)
    }

    pub(super) fn open(&mut self, item: TextDocumentItem, samples: Vec<samples::File>) {
        let document = Document::new(item.text, item.version, item.language_id == LANGUAGE, samples);
        self.open.insert(item.uri.as_str().to_owned(), (item.uri, document));
    }

    pub(super) fn change(&mut self, params: DidChangeTextDocumentParams, encoding: Encoding) {
        let id = params.text_document;
        if let Some((_, document)) = self.open.get_mut(id.uri.as_str()) {
            document.change(params.content_changes, id.version, encoding);
        }
    }

    pub(super) fn close(&mut self, params: DidCloseTextDocumentParams) -> Uri {
        let uri = params.text_document.uri;
        self.open.remove(uri.as_str());
        uri
    }

    /// Its samples may have changed.
    pub(super) fn learn(&mut self, uri: &Uri, samples: Vec<samples::File>) {
        if let Some((_, document)) = self.open.get_mut(uri.as_str()) {
            document.learn(samples);
        }
    }

    /// A document of which the editor does not know yet what was found in it. It counts as published from now on.
    pub(super) fn next_unpublished(&mut self) -> Option<(Uri, &Document)> {
        let (uri, document) = self.open.values_mut().find(|(_, document)| !document.is_published)?;
        document.is_published = true;
        Some((uri.clone(), document))
    }
}
