//! What each request is answered with.

use super::Client;
use super::convert::{Places, markdown, symbol_kind};
use super::documents::Documents;
use crate::analysis::outline::{Entry, containers, outline};
use crate::analysis::{File, complete, fix, hover, layout, rename, symbols};
use intake_compiler::source::Span;
use lsp_server::{ErrorCode, Request, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, FoldingRangeRequest, Formatting,
    GotoDefinition, HoverRequest, PrepareRenameRequest, References, Rename, Request as Method,
};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CompletionParams, CompletionResponse,
    DocumentFormattingParams, DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, DocumentSymbolParams,
    DocumentSymbolResponse, FoldingRange, FoldingRangeParams, GotoDefinitionParams, GotoDefinitionResponse, Hover,
    HoverContents, HoverParams, Location, PrepareRenameResponse, ReferenceParams, RenameParams, SymbolInformation,
    TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a request is not answered.
struct Failure {
    code: ErrorCode,
    message: String,
}

impl Failure {
    fn refused(message: String) -> Self {
        Self { code: ErrorCode::RequestFailed, message }
    }
}

/// What an answer is made from.
struct Context<'a> {
    client: &'a Client,
    documents: &'a Documents,
}

/// A manifest that a request is about.
struct Subject<'a> {
    file: &'a File,
    places: Places<'a>,
}

/// The answer to a request.
pub(super) fn answer(client: &Client, documents: &Documents, request: Request) -> Response {
    let context = Context { client, documents };
    let id = request.id.clone();
    // One mistake of ours must not take the editor's server away.
    let answered = catch_unwind(AssertUnwindSafe(|| context.dispatch(request)));
    answered.unwrap_or_else(|_| {
        let message = "this is a bug in intake: please report it with the manifest".to_owned();
        Response::new_err(id, ErrorCode::InternalError as i32, message)
    })
}

impl Context<'_> {
    fn dispatch(&self, request: Request) -> Response {
        match request.method.as_str() {
            Completion::METHOD => self.run::<Completion>(request, Self::completion),
            HoverRequest::METHOD => self.run::<HoverRequest>(request, Self::hover),
            GotoDefinition::METHOD => self.run::<GotoDefinition>(request, Self::definition),
            References::METHOD => self.run::<References>(request, Self::references),
            DocumentHighlightRequest::METHOD => self.run::<DocumentHighlightRequest>(request, Self::highlights),
            PrepareRenameRequest::METHOD => self.run::<PrepareRenameRequest>(request, Self::prepare_rename),
            Rename::METHOD => self.run::<Rename>(request, Self::rename),
            CodeActionRequest::METHOD => self.run::<CodeActionRequest>(request, Self::code_actions),
            Formatting::METHOD => self.run::<Formatting>(request, Self::formatting),
            DocumentSymbolRequest::METHOD => self.run::<DocumentSymbolRequest>(request, Self::symbols),
            FoldingRangeRequest::METHOD => self.run::<FoldingRangeRequest>(request, Self::folding),
            other => {
                let message = format!("`{other}` is not known");
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
            }
        }
    }

    fn run<R: Method>(
        &self,
        request: Request,
        answer: impl Fn(&Self, R::Params) -> Result<R::Result, Failure>,
    ) -> Response {
        let answered = serde_json::from_value(request.params)
            .map_err(|error| Failure { code: ErrorCode::InvalidParams, message: error.to_string() })
            .and_then(|params| answer(self, params));
        match answered {
            Ok(result) => Response::new_ok(request.id, result),
            Err(failure) => Response::new_err(request.id, failure.code as i32, failure.message),
        }
    }

    /// The document, if it is open and a manifest.
    fn subject(&self, uri: &Uri) -> Option<Subject<'_>> {
        let document = self.documents.get(uri)?;
        let file = document.manifest()?;
        let places = Places { text: document.text(), lines: &document.lines, encoding: self.client.encoding };
        Some(Subject { file, places })
    }

    fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>, Failure> {
        let at = params.text_document_position;
        let Some(Subject { file, places }) = self.subject(&at.text_document.uri) else { return Ok(None) };
        let items = complete::complete(file, places.offset(at.position)).into_iter().enumerate();
        let items: Vec<_> = items.map(|(index, item)| places.item(item, index, self.client.snippets)).collect();
        Ok(Some(CompletionResponse::Array(items)))
    }

    fn hover(&self, params: HoverParams) -> Result<Option<Hover>, Failure> {
        let at = params.text_document_position_params;
        let Some(Subject { file, places }) = self.subject(&at.text_document.uri) else { return Ok(None) };
        let found = hover::hover(file, places.offset(at.position));
        Ok(found.map(|hover| Hover {
            contents: HoverContents::Markup(markdown(hover.text)),
            range: Some(places.range(hover.span)),
        }))
    }

    fn definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>, Failure> {
        let at = params.text_document_position_params;
        let uri = at.text_document.uri;
        let Some(Subject { file, places }) = self.subject(&uri) else { return Ok(None) };
        let location = |span| Location { uri: uri.clone(), range: places.range(span) };
        let found = symbols::definitions(file, places.offset(at.position)).into_iter().map(location).collect();
        Ok(Some(GotoDefinitionResponse::Array(found)))
    }

    fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>, Failure> {
        let at = params.text_document_position;
        let uri = at.text_document.uri;
        let Some(Subject { file, places }) = self.subject(&uri) else { return Ok(None) };
        let found = symbols::references(file, places.offset(at.position)).into_iter();
        let found = found.filter(|found| params.context.include_declaration || !found.is_written);
        Ok(Some(found.map(|found| Location { uri: uri.clone(), range: places.range(found.span) }).collect()))
    }

    fn highlights(&self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>, Failure> {
        let at = params.text_document_position_params;
        let Some(Subject { file, places }) = self.subject(&at.text_document.uri) else { return Ok(None) };
        let found = symbols::references(file, places.offset(at.position)).into_iter();
        let highlight = |found: symbols::Occurrence| DocumentHighlight {
            range: places.range(found.span),
            kind: Some(if found.is_written { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
        };
        Ok(Some(found.map(highlight).collect()))
    }

    fn prepare_rename(&self, at: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>, Failure> {
        let Some(Subject { file, places }) = self.subject(&at.text_document.uri) else { return Ok(None) };
        let span = rename::prepare(file, places.offset(at.position)).map_err(Failure::refused)?;
        Ok(Some(PrepareRenameResponse::Range(places.range(span))))
    }

    fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>, Failure> {
        let at = params.text_document_position;
        let uri = at.text_document.uri;
        let Some(Subject { file, places }) = self.subject(&uri) else { return Ok(None) };
        let edits = rename::rename(file, places.offset(at.position), &params.new_name).map_err(Failure::refused)?;
        Ok(Some(changes(&uri, edits.iter().map(|edit| places.edit(edit)).collect())))
    }

    fn code_actions(&self, params: CodeActionParams) -> Result<Option<Vec<CodeActionOrCommand>>, Failure> {
        let uri = params.text_document.uri;
        let Some(Subject { file, places }) = self.subject(&uri) else { return Ok(None) };
        let is_asked = |only: &Vec<CodeActionKind>| only.iter().any(is_quick_fix);
        if !params.context.only.as_ref().is_none_or(is_asked) {
            return Ok(Some(Vec::new()));
        }
        let span = Span::new(places.offset(params.range.start), places.offset(params.range.end));
        let action = |fix: fix::Fix<'_>| {
            let edits = fix.suggestion.edits.iter().map(|edit| places.edit(edit)).collect();
            CodeActionOrCommand::CodeAction(CodeAction {
                title: fix.suggestion.message.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![places.diagnostic(&uri, fix.diagnostic)]),
                edit: Some(changes(&uri, edits)),
                is_preferred: Some(fix.is_certain),
                ..CodeAction::default()
            })
        };
        Ok(Some(fix::fixes(file, span).map(action).collect()))
    }

    /// There is one layout: the editor's options for it do not count.
    fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>, Failure> {
        let Some(Subject { file, places }) = self.subject(&params.text_document.uri) else { return Ok(None) };
        Ok(Some(layout::lay_out(file).iter().map(|edit| places.edit(edit)).collect()))
    }

    fn symbols(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>, Failure> {
        let uri = params.text_document.uri;
        let Some(Subject { file, places }) = self.subject(&uri) else { return Ok(None) };
        let entries = outline(file);
        if self.client.nested_symbols {
            let symbols = entries.into_iter().map(|entry| places.symbol(entry)).collect();
            return Ok(Some(DocumentSymbolResponse::Nested(symbols)));
        }
        let mut symbols = Vec::new();
        entries.into_iter().for_each(|entry| flatten(entry, None, &uri, &places, &mut symbols));
        Ok(Some(DocumentSymbolResponse::Flat(symbols)))
    }

    fn folding(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>, Failure> {
        let Some(Subject { file, places }) = self.subject(&params.text_document.uri) else { return Ok(None) };
        let range = |span: Span| {
            let range = places.range(span);
            // The line of the closing bracket stays.
            let (start_line, end_line) = (range.start.line, range.end.line.saturating_sub(1));
            (end_line > start_line).then(|| FoldingRange { start_line, end_line, ..FoldingRange::default() })
        };
        Ok(Some(containers(file).into_iter().filter_map(range).collect()))
    }
}

/// Whether a kind that is asked for is that of quick fixes, or holds it.
fn is_quick_fix(kind: &CodeActionKind) -> bool {
    *kind == CodeActionKind::EMPTY || *kind == CodeActionKind::QUICKFIX
}

fn changes(uri: &Uri, edits: Vec<TextEdit>) -> WorkspaceEdit {
    #[expect(clippy::mutable_key_type, reason = "the type of the protocol; nothing changes a key")]
    let changes = HashMap::from([(uri.clone(), edits)]);
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

fn flatten(
    entry: Entry,
    container: Option<&str>,
    uri: &Uri,
    places: &Places<'_>,
    symbols: &mut Vec<SymbolInformation>,
) {
    #[expect(deprecated, reason = "the field must be given")]
    symbols.push(SymbolInformation {
        name: entry.name.clone(),
        kind: symbol_kind(entry.kind),
        tags: None,
        deprecated: None,
        location: Location { uri: uri.clone(), range: places.range(entry.span) },
        container_name: container.map(str::to_owned),
    });
    for child in entry.children {
        flatten(child, Some(&entry.name), uri, places, symbols);
    }
}
