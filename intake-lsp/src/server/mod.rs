//! The language server: messages in, messages out.
//!
//! One thread answers in the order of arrival. What waits is read before anything is answered, so that a request can be
//! cancelled; and what was found is published when nothing waits, so that a burst of edits is analysed once.

mod answers;
mod convert;
mod documents;

use crate::positions::Encoding;
use documents::Documents;
use intake_compiler::samples::File;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, DidSaveTextDocument, Exit,
    Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{Request as _, Shutdown};
use lsp_types::{
    CancelParams, ClientCapabilities, CodeActionKind, CodeActionOptions, CompletionOptions, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, InitializeParams, InitializeResult, MessageType, NumberOrString, OneOf,
    PositionEncodingKind, PublishDiagnosticsParams, RenameOptions, ServerCapabilities, ServerInfo, ShowMessageParams,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use url::Url;

/// Reads the samples of the manifest in a file.
pub type SamplesOf<'a> = &'a dyn Fn(&Path) -> Result<Vec<File>, String>;

/// Serves an editor on standard input and output, until it says that it goes.
///
/// # Errors
/// If the editor goes away without saying so, or writes what is no message of the protocol.
pub fn stdio(samples: SamplesOf<'_>) -> io::Result<()> {
    let (connection, threads) = Connection::stdio();
    let served = serve(&connection, samples);
    // The writer ends when nobody can send any more.
    drop(connection);
    let joined = threads.join();
    served.and(joined)
}

/// Serves an editor.
///
/// # Errors
/// If the connection ends before the editor has asked the server to shut down and exit.
pub fn serve(connection: &Connection, samples: SamplesOf<'_>) -> io::Result<()> {
    let (id, params) = connection.initialize_start().map_err(io::Error::other)?;
    let client = match serde_json::from_value::<InitializeParams>(params) {
        Ok(params) => Client::new(&params.capabilities),
        // An editor that describes itself wrongly can do the least.
        Err(_) => Client::default(),
    };
    let result = InitializeResult { capabilities: capabilities(&client), server_info: Some(info()) };
    connection.initialize_finish(id, serde_json::json!(result)).map_err(io::Error::other)?;
    let documents = Documents::default();
    Server { connection, client, samples, documents, waiting: VecDeque::new(), is_shut_down: false }.run()
}

/// What the editor can do.
#[derive(Clone, Copy, Debug, Default)]
struct Client {
    encoding: Encoding,
    snippets: bool,
    nested_symbols: bool,
}

impl Client {
    fn new(capabilities: &ClientCapabilities) -> Self {
        let general = capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref()).unwrap_or_default();
        let encoding = offered.iter().find_map(|kind| match kind.as_str() {
            "utf-8" => Some(Encoding::Utf8),
            "utf-16" => Some(Encoding::Utf16),
            "utf-32" => Some(Encoding::Utf32),
            _ => None,
        });
        let text = capabilities.text_document.as_ref();
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let symbols = text.and_then(|text| text.document_symbol.as_ref());
        Self {
            encoding: encoding.unwrap_or_default(),
            snippets: item.and_then(|item| item.snippet_support).unwrap_or_default(),
            nested_symbols: symbols.and_then(|it| it.hierarchical_document_symbol_support).unwrap_or_default(),
        }
    }
}

fn info() -> ServerInfo {
    ServerInfo { name: "intake".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) }
}

fn capabilities(client: &Client) -> ServerCapabilities {
    let encoding = match client.encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    };
    let triggers = ["\"", "!", "$", "{", "."].map(str::to_owned);
    let quick_fix = CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]), ..Default::default() };
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(true.into()),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers.into()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(true.into()),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        code_action_provider: Some(quick_fix.into()),
        document_formatting_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(true.into()),
        ..ServerCapabilities::default()
    }
}

struct Server<'a> {
    connection: &'a Connection,
    client: Client,
    samples: SamplesOf<'a>,
    documents: Documents,
    /// What has arrived and is not dealt with.
    waiting: VecDeque<Message>,
    is_shut_down: bool,
}

/// Whether the server goes on.
#[derive(PartialEq)]
enum Flow {
    On,
    Exit,
}

impl Server<'_> {
    fn run(mut self) -> io::Result<()> {
        loop {
            while let Ok(message) = self.connection.receiver.try_recv() {
                self.arrive(message);
            }
            if let Some(message) = self.waiting.pop_front() {
                if self.handle(message) == Flow::Exit {
                    return self.exit();
                }
            } else if !self.publish() {
                match self.connection.receiver.recv() {
                    Ok(message) => self.arrive(message),
                    Err(_) => return self.exit(),
                }
            }
        }
    }

    fn exit(&self) -> io::Result<()> {
        if self.is_shut_down { Ok(()) } else { Err(io::Error::other("the editor went away without a shutdown")) }
    }

    /// Queues a message. A request that still waits can be cancelled.
    fn arrive(&mut self, message: Message) {
        let cancelled = match &message {
            Message::Notification(notification) if notification.method == Cancel::METHOD => {
                params::<CancelParams>(notification).map(|params| match params.id {
                    NumberOrString::Number(id) => RequestId::from(id),
                    NumberOrString::String(id) => RequestId::from(id),
                })
            }
            _ => return self.waiting.push_back(message),
        };
        let Some(id) = cancelled else { return };
        let is_it = |message: &Message| matches!(message, Message::Request(request) if request.id == id);
        if let Some(index) = self.waiting.iter().position(is_it) {
            self.waiting.remove(index);
            self.respond(Response::new_err(id, ErrorCode::RequestCanceled as i32, "cancelled".to_owned()));
        }
    }

    fn handle(&mut self, message: Message) -> Flow {
        match message {
            Message::Request(request) => self.request(request),
            Message::Notification(notification) if notification.method == Exit::METHOD => return Flow::Exit,
            Message::Notification(notification) => self.notification(&notification),
            // The server asks for nothing.
            Message::Response(_) => {}
        }
        Flow::On
    }

    fn request(&mut self, request: Request) {
        let response = if self.is_shut_down {
            let message = "the server is shut down".to_owned();
            Response::new_err(request.id, ErrorCode::InvalidRequest as i32, message)
        } else if request.method == Shutdown::METHOD {
            self.is_shut_down = true;
            Response::new_ok(request.id, ())
        } else {
            answers::answer(&self.client, &self.documents, request)
        };
        self.respond(response);
    }

    fn notification(&mut self, notification: &Notification) {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document }) = params(notification) {
                    let samples = self.samples_of(&text_document.uri);
                    self.documents.open(text_document, samples);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(params) = params(notification) {
                    self.documents.change(params, self.client.encoding);
                }
            }
            DidSaveTextDocument::METHOD => {
                if let Some(DidSaveTextDocumentParams { text_document, .. }) = params(notification) {
                    let samples = self.samples_of(&text_document.uri);
                    self.documents.learn(&text_document.uri, samples);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(params) = params(notification) {
                    let uri = self.documents.close(params);
                    self.notify(PublishDiagnosticsParams { uri, diagnostics: Vec::new(), version: None });
                }
            }
            _ => {}
        }
    }

    /// The samples of a document that is a file; that they cannot be read is shown.
    fn samples_of(&self, uri: &Uri) -> Vec<File> {
        let Some(path) = Url::parse(uri.as_str()).ok().and_then(|url| url.to_file_path().ok()) else {
            return Vec::new();
        };
        (self.samples)(&path).unwrap_or_else(|message| {
            let params = ShowMessageParams { typ: MessageType::WARNING, message };
            self.send(Notification::new(ShowMessage::METHOD.to_owned(), params).into());
            Vec::new()
        })
    }

    /// Publishes what was found in one document that has changed; false if there is none.
    fn publish(&mut self) -> bool {
        let Some((uri, document)) = self.documents.next_unpublished() else { return false };
        let file = document.manifest();
        let diagnostics = file.map(|file| convert::diagnostics(file, &uri, &document.lines, self.client.encoding));
        let (diagnostics, version) = (diagnostics.unwrap_or_default(), Some(document.version));
        self.notify(PublishDiagnosticsParams { uri, diagnostics, version });
        true
    }

    fn notify(&self, params: PublishDiagnosticsParams) {
        self.send(Notification::new(PublishDiagnostics::METHOD.to_owned(), params).into());
    }

    fn respond(&self, response: Response) {
        self.send(response.into());
    }

    fn send(&self, message: Message) {
        // The writer is gone if the editor is; then the reader ends, too, and so does the server.
        let _ = self.connection.sender.send(message);
    }
}

/// The parameters of a notification. Wrong ones cannot be answered.
fn params<P: DeserializeOwned>(notification: &Notification) -> Option<P> {
    match serde_json::from_value(notification.params.clone()) {
        Ok(params) => Some(params),
        Err(error) => {
            eprintln!("intake: {}: {error}", notification.method);
            None
        }
    }
}
