//! `intake lsp` as an editor talks to it: messages over standard input and output of the built command.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

const URI: &str = "file:///manifests/orders.json";

const MANIFEST: &str = r#"{
  "data_intake": [
    {
      "name": "orders",
      "type": "polling",
      "initial_setup": { "!jq": "{polling_state: {page: 1}}" },
      "request": {
        "!pipe": [
          { "!http": { "url": "https://a.example/orders", "params": { "page": "${polling_state.page}" } } },
          { "!jq": "{results: .orders, iterate: (.page < .pages), polling_state: {page: (${polling_state.page} + 1)}}" }
        ]
      }
    }
  ],
  "workflows": [{ "data_intake": "orders", "setup": { "schedule": {} } }]
}
"#;

/// An editor and its server.
struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    requests: i64,
    version: i64,
    text: String,
    /// What the server said of the document last.
    published: Option<Value>,
}

impl Editor {
    /// Starts a server and opens a manifest.
    fn open(capabilities: &Value, text: &str) -> (Self, Value) {
        Self::open_as(URI, capabilities, text)
    }

    fn open_as(uri: &str, capabilities: &Value, text: &str) -> (Self, Value) {
        let mut server = Command::new(env!("CARGO_BIN_EXE_intake"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (server.stdin.take(), BufReader::new(server.stdout.take().unwrap()));
        let text = text.to_owned();
        let mut editor = Self { server, input, output, requests: 0, version: 1, text, published: None };
        let initialized =
            editor.ask("initialize", &json!({ "processId": null, "rootUri": null, "capabilities": capabilities }));
        editor.tell("initialized", &json!({}));
        let document = json!({ "uri": uri, "languageId": "json", "version": 1, "text": editor.text });
        editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
        (editor, initialized["result"]["capabilities"].clone())
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        let mut length = None;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server went away");
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => length = Some(value.parse().unwrap()),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length.unwrap()];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its number.
    fn request(&mut self, method: &str, params: &Value) -> i64 {
        self.requests += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params }));
        self.requests
    }

    /// The answer to a request; what is published before it is kept.
    fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics" {
                self.published = Some(message["params"].clone());
            } else {
                assert_eq!(message["id"], id, "{message}");
                return message;
            }
        }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = self.request(method, params);
        self.answer(id)
    }

    /// The result of a request about the text that `marked` has with a `¦` in it.
    fn ask_at(&mut self, method: &str, marked: &str, more: &Value) -> Value {
        let mut params = json!({ "textDocument": { "uri": URI }, "position": self.position(marked) });
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.ask(method, &params);
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Where `¦` is, if the rest of `marked` stands in the text: lines and UTF-16 code units.
    fn position(&self, marked: &str) -> Value {
        let plain = marked.replacen('¦', "", 1);
        let at =
            self.text.find(&plain).unwrap_or_else(|| panic!("{plain} in {}", self.text)) + marked.find('¦').unwrap();
        let line_start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[..at].matches('\n').count();
        json!({ "line": line, "character": self.text[line_start..at].encode_utf16().count() })
    }

    /// Replaces a part of the text, and tells the server nothing but that.
    fn edit(&mut self, old: &str, new: &str) {
        let range = json!({ "start": self.position(&format!("¦{old}")), "end": self.position(&format!("{old}¦")) });
        self.version += 1;
        self.text = self.text.replacen(old, new, 1);
        let document = json!({ "uri": URI, "version": self.version });
        let changes = json!([{ "range": range, "text": new }]);
        self.tell("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// What the server says of the document as it is now.
    fn diagnostics(&mut self) -> Vec<Value> {
        loop {
            if let Some(published) = self.published.take()
                && published["version"] == self.version
            {
                return published["diagnostics"].as_array().unwrap().clone();
            }
            let message = self.receive();
            assert_eq!(message["method"], "textDocument/publishDiagnostics", "{message}");
            self.published = Some(message["params"].clone());
        }
    }

    fn codes(&mut self) -> Vec<String> {
        self.diagnostics().iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect()
    }

    fn shut_down(mut self) -> ExitStatus {
        let answer = self.ask("shutdown", &Value::Null);
        assert!(answer["result"].is_null() && answer["error"].is_null(), "{answer}");
        let refused = self.ask("textDocument/hover", &json!({}));
        assert_eq!(refused["error"]["code"], -32600, "{refused}");
        self.tell("exit", &Value::Null);
        self.server.wait().unwrap()
    }
}

/// The text with the edits of a workspace edit or a list of edits.
fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(text, &range["start"]), offset(text, &range["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_unstable();
    edits.iter().rev().fold(text.to_owned(), |mut text, (start, end, new)| {
        text.replace_range(start..end, new);
        text
    })
}

fn offset(text: &str, position: &Value) -> usize {
    let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut left = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
    for (at, c) in text[start..].char_indices() {
        if left == 0 {
            return start + at;
        }
        left -= c.len_utf16();
    }
    text.len()
}

#[test]
fn an_editor_is_served_from_open_to_exit() {
    let (mut editor, capabilities) = Editor::open(&json!({}), MANIFEST);
    assert_eq!(capabilities["positionEncoding"], "utf-16");
    assert_eq!(capabilities["textDocumentSync"]["change"], 2);
    assert_eq!(editor.codes(), [] as [&str; 0]);

    editor.edit("\"url\"", "\"ulr\"");
    let found = editor.diagnostics();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        (&found[0]["code"], &found[0]["source"], &found[0]["severity"]),
        (&json!("IN0306"), &json!("intake"), &json!(1))
    );
    assert_eq!(found[1]["range"]["start"], editor.position("{ ¦\"ulr\""));
    assert!(found[1]["message"].as_str().unwrap().contains("did you mean `url`?"), "{found:#?}");

    let actions = editor.ask(
        "textDocument/codeAction",
        &json!({ "textDocument": { "uri": URI }, "range": found[1]["range"], "context": { "diagnostics": [] } }),
    );
    let action = &actions["result"][0];
    assert_eq!(
        (&action["kind"], &action["diagnostics"][0]["code"], &action["isPreferred"]),
        (&json!("quickfix"), &json!("IN0202"), &json!(false))
    );
    // A guess: the editor is not to apply it unseen.
    assert_eq!(edited(&editor.text, &action["edit"]["changes"][URI]), MANIFEST);

    editor.edit("\"ulr\"", "\"url\"");
    editor.edit("\"request\": {", "\"request\": { ");
    assert_eq!(editor.codes(), [] as [&str; 0]);

    let options = json!({ "textDocument": { "uri": URI }, "options": { "tabSize": 8, "insertSpaces": false } });
    let edits = editor.ask("textDocument/formatting", &options)["result"].clone();
    let laid_out =
        intake_compiler::fmt::format(&intake_compiler::source::Source::new("a", editor.text.clone())).unwrap();
    assert_eq!(edited(&editor.text, &edits), laid_out);
    assert_ne!(editor.text, laid_out, "there was something to do");

    let hover = editor.ask_at("textDocument/hover", "\"par¦ams\"", &json!({}));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("Query parameters"), "{hover}");
    assert_eq!(hover["range"]["end"], editor.position("\"params\"¦"));
    let items = editor.ask_at("textDocument/completion", "\"${¦polling_state.page}\" }", &json!({}));
    assert!(items.as_array().unwrap().iter().any(|item| item["label"] == "subdomain"), "{items}");
    let symbols = editor.ask("textDocument/documentSymbol", &json!({ "textDocument": { "uri": URI } }));
    assert_eq!(
        (&symbols["result"][0]["name"], &symbols["result"][1]["containerName"]),
        (&json!("orders"), &json!("orders"))
    );
    let folds = editor.ask("textDocument/foldingRange", &json!({ "textDocument": { "uri": URI } }));
    assert!(folds["result"].as_array().unwrap().contains(&json!({ "startLine": 7, "endLine": 9 })), "{folds}");
    assert_eq!(editor.shut_down().code(), Some(0));
}

#[test]
fn broken_text_is_served_as_well() {
    let (mut editor, _) = Editor::open(&json!({}), MANIFEST);
    assert_eq!(editor.codes(), [] as [&str; 0]);
    editor.edit("\"type\": \"polling\",", "\"type\": \"polling\", \"freq");
    assert!(!editor.codes().is_empty());
    let items = editor.ask_at("textDocument/completion", "\"freq¦", &json!({}));
    let item = items.as_array().unwrap().iter().find(|item| item["label"] == "frequency").unwrap();
    assert!(edited(&editor.text, &json!([item["textEdit"]])).contains("\"frequency\": "), "{item}");
}

#[test]
fn snippets_symbols_and_encodings_are_what_the_editor_can_do() {
    let capabilities = json!({
        "general": { "positionEncodings": ["utf-32", "utf-8"] },
        "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
        },
    });
    let text = "[{ \"name\": \"a😀é\", \"type\": \"polling\", \"request\": {  } }]";
    let (mut editor, capabilities) = Editor::open(&capabilities, text);
    assert_eq!(capabilities["positionEncoding"], "utf-32");
    assert_eq!(editor.codes(), ["IN0302"]);
    let column = text.split("{  }").next().unwrap().chars().count() + 1;
    let params = json!({ "textDocument": { "uri": URI }, "position": { "line": 0, "character": column } });
    let items = editor.ask("textDocument/completion", &params);
    let item = items["result"].as_array().unwrap().iter().find(|item| item["label"] == "!jq").unwrap();
    assert_eq!((&item["insertTextFormat"], &item["textEdit"]["newText"]), (&json!(2), &json!("\"!jq\": \"$0\"")));
    assert_eq!(item["textEdit"]["range"]["start"]["character"], column);
    let symbols = editor.ask("textDocument/documentSymbol", &json!({ "textDocument": { "uri": URI } }));
    assert_eq!(symbols["result"][0]["children"][0]["name"], "request", "{symbols}");
    assert_eq!(editor.shut_down().code(), Some(0));
}

#[test]
fn other_documents_are_left_alone() {
    let (mut editor, _) = Editor::open(&json!({}), "{ \"name\": \"a package\", }");
    assert_eq!(editor.codes(), [] as [&str; 0], "not even its trailing comma");
    let at = json!({ "textDocument": { "uri": URI }, "position": { "line": 0, "character": 3 } });
    for method in ["textDocument/hover", "textDocument/completion", "textDocument/documentSymbol"] {
        assert_eq!(editor.ask(method, &at)["result"], Value::Null, "{method}");
    }
    // It becomes a manifest, and stays one.
    editor.edit("\"name\": \"a package\",", "\"data_intake\": [],");
    assert_eq!(editor.codes(), ["IN0102"]);
    editor.edit("\"data_intake\"", "\"data_intakes\"");
    assert_eq!(editor.codes(), ["IN0202", "IN0102"]);
    editor.tell("textDocument/didClose", &json!({ "textDocument": { "uri": URI } }));
    let closed = editor.receive();
    assert_eq!((&closed["params"]["uri"], &closed["params"]["diagnostics"]), (&json!(URI), &json!([])));
    assert_eq!(editor.ask("textDocument/hover", &at)["result"], Value::Null);
    // A document of this language is a manifest whatever is in it.
    let document = json!({ "uri": URI, "languageId": "intake", "version": 1, "text": "1" });
    editor.version = 1;
    editor.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    assert_eq!(editor.codes(), ["IN0206"]);
}

#[test]
fn samples_beside_a_manifest_are_read_when_it_is_opened_and_saved() {
    let folder = std::env::temp_dir().join(format!("intake-lsp-{}", std::process::id()));
    let samples = folder.join("samples/orders/orders");
    std::fs::create_dir_all(&samples).unwrap();
    let manifest = MANIFEST.replace("results: .orders,", "results: .odrers,");
    std::fs::write(folder.join("orders.json"), &manifest).unwrap();
    let uri = format!("file://{}", folder.join("orders.json").display());
    let (mut editor, _) = Editor::open_as(&uri, &json!({}), &manifest);
    assert_eq!(editor.codes(), [] as [&str; 0]);
    let sample = r#"{ "orders": [{ "id": 1 }], "page": 1, "pages": 2 }"#;
    std::fs::write(samples.join("request.json"), sample).unwrap();
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": uri } }));
    let found = editor.diagnostics();
    assert!(found[0]["message"].as_str().unwrap().contains("odrers"), "{found:#?}");
    std::fs::write(samples.join("request.json"), "{").unwrap();
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": uri } }));
    let found = editor.diagnostics();
    assert!(found.iter().any(|found| found["message"].as_str().unwrap().contains("request.json:1:2: ")), "{found:#?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn wrong_requests_are_answered() {
    let (mut editor, _) = Editor::open(&json!({}), MANIFEST);
    assert_eq!(editor.ask("textDocument/hover", &json!({}))["error"]["code"], -32602);
    assert_eq!(editor.ask("textDocument/implementation", &json!({}))["error"]["code"], -32601);
    editor.tell("textDocument/didChange", &json!({}));
    editor.tell("unknown/notification", &json!({}));
    let far = json!({ "textDocument": { "uri": URI }, "position": { "line": 999, "character": 999 } });
    assert_eq!(editor.ask("textDocument/hover", &far)["result"], Value::Null);
    assert_eq!(editor.shut_down().code(), Some(0));
}

#[test]
fn a_cancelled_request_is_answered_all_the_same() {
    let (mut editor, _) = Editor::open(&json!({}), MANIFEST);
    assert_eq!(editor.codes(), [] as [&str; 0]);
    // All in one piece, so that the server has read the last before it answers the first.
    let symbols = json!({ "textDocument": { "uri": URI } });
    let ask =
        |id: i64| json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/documentSymbol", "params": symbols });
    let cancel = json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": 102 } });
    let frame = |message: &Value| format!("Content-Length: {}\r\n\r\n{message}", message.to_string().len());
    let all = [ask(101), ask(102), cancel, ask(103)].iter().map(frame).collect::<String>();
    editor.input.as_mut().unwrap().write_all(all.as_bytes()).unwrap();
    let mut answers: Vec<Value> = (0..3).map(|_| editor.receive()).collect();
    answers.sort_by_key(|answer| answer["id"].as_i64());
    assert_eq!(answers.iter().map(|answer| answer["id"].as_i64().unwrap()).collect::<Vec<_>>(), [101, 102, 103]);
    assert!(answers[0]["result"].is_array() && answers[2]["result"].is_array());
    // Read in time, it is cancelled; too late, it is answered. Both is right.
    assert!(answers[1]["error"]["code"] == -32800 || answers[1]["result"].is_array(), "{}", answers[1]);
}

#[test]
fn an_editor_that_goes_without_a_word_is_told_so() {
    let (mut editor, _) = Editor::open(&json!({}), MANIFEST);
    assert_eq!(editor.codes(), [] as [&str; 0]);
    drop(editor.input.take());
    assert_eq!(editor.server.wait().unwrap().code(), Some(1));
    let (mut editor, _) = Editor::open(&json!({}), MANIFEST);
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.server.wait().unwrap().code(), Some(1));
}
