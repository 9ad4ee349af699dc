//! How long an editor waits: `cargo bench -p intake-lsp --bench latency`.
//!
//! The server works on a manifest of 100 intakes. Each round changes one character in a program and asks at once. The
//! time is what the process works for the answer, the analysis of the new text included: other work on the machine does
//! not count.

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::time::Duration;

const URI: &str = "file:///manifests/many.json";
const INTAKES: usize = 100;
const ROUNDS: usize = 100;

/// Intakes of both types, as they are written by people: pipes with requests, programs and state.
fn manifest() -> String {
    let mut text = "{\n  \"data_intake\": [\n".to_owned();
    for index in 0..INTAKES {
        text.push_str(&if index % 2 == 0 { polling(index) } else { webhook(index) });
        text.push_str(if index + 1 < INTAKES { ",\n" } else { "\n" });
    }
    text + "  ]\n}\n"
}

fn polling(index: usize) -> String {
    format!(
        r#"    {{
      "name": "orders.{index}",
      "type": "polling",
      "initial_setup": {{ "!jq": "{{polling_state: {{page: 1, since: \"1970-01-01\"}}}}" }},
      "request": {{
        "!pipe": [
          {{
            "!http": {{
              "url": "https://api.example.com/orders/{index}",
              "params": {{ "page": "${{polling_state.page}}", "since": "${{polling_state.since}}", "shop": "${{custom_data.shop.value}}" }}
            }}
          }},
          {{ "!print_c": "page ${{polling_state.page}} of ${{piped_content.1.pages}}" }},
          {{ "!jq": "{{results: [.orders[] | select(.total > 0) | {{id, email: .customer.email, total: (.total / 100), items: [.items[]? | {{sku, name: \"\\(.brand) \\(.name)\"}}]}}], iterate: (.page < .pages), polling_state: {{page: (${{polling_state.page}} + 1), since: (.orders[-1].created // ${{polling_state.since}})}}}}" }}
        ]
      }}
    }}"#
    )
}

fn webhook(index: usize) -> String {
    format!(
        r#"    {{
      "name": "contact.created.{index}",
      "type": "webhook",
      "scope": "connection",
      "resource_id": {{ "!jq": ".list.id" }},
      "create": {{
        "!pipe": [
          {{
            "!http": {{
              "method": "POST",
              "url": "https://api.example.com/hooks/{index}",
              "body": {{ "url": "${{webhook.url}}", "list": "${{resource.id}}", "events": ["contact.created"] }}
            }}
          }},
          {{ "!jq": "{{webhook_{index}: .id, secret_{index}: .secret}}" }},
          {{ "!save": {{ "scope": "connection" }} }}
        ]
      }},
      "delete": {{ "!http": {{ "method": "DELETE", "url": "https://api.example.com/hooks/${{data.connection.webhook_{index}}}" }} }}
    }}"#
    )
}

struct Editor {
    connection: Connection,
    requests: i32,
    version: i32,
    /// The version of which the server has said last what it found.
    seen: i64,
}

impl Editor {
    fn tell(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        self.connection.sender.send(Request::new(id.clone(), method.to_owned(), params).into()).unwrap();
        loop {
            match self.connection.receiver.recv().unwrap() {
                Message::Response(response) => {
                    assert!(response.id == id, "{response:?}");
                    return serde_json::to_value(response).unwrap();
                }
                message => self.note(&message),
            }
        }
    }

    fn note(&mut self, message: &Message) {
        if let Message::Notification(notification) = message {
            self.seen = notification.params["version"].as_i64().unwrap_or_default();
        }
    }

    /// Puts a character into the text, or takes it out again.
    fn edit(&mut self, at: &Value, put: bool) {
        self.version += 1;
        let mut end = at.clone();
        if !put {
            end["character"] = json!(end["character"].as_u64().unwrap() + 1);
        }
        let changes = json!([{ "range": { "start": at, "end": end }, "text": if put { "x" } else { "" } }]);
        let document = json!({ "uri": URI, "version": self.version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Waits until what was found in the current version is published.
    fn published(&mut self) {
        while self.seen < i64::from(self.version) {
            let message = self.connection.receiver.recv().unwrap();
            self.note(&message);
        }
    }
}

/// For how long the process has worked.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

fn position(text: &str, what: &str) -> Value {
    let at = text.rfind(what).unwrap();
    let start = text[..at].rfind('\n').unwrap() + 1;
    json!({ "line": text[..at].matches('\n').count(), "character": at - start })
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let ms = |index: usize| times[index].as_secs_f64() * 1e3;
    println!(
        "| {what} | {:.1} | {:.1} | {:.1} |",
        ms(times.len() / 2),
        ms(times.len() * 99 / 100),
        ms(times.len() - 1)
    );
}

fn main() {
    let text = manifest();
    let (ours, theirs) = Connection::memory();
    let server = std::thread::spawn(move || intake_lsp::server::serve(&theirs, &|_| Ok(Vec::new())));
    let mut editor = Editor { connection: ours, requests: 0, version: 1, seen: 0 };
    editor.ask("initialize", json!({ "capabilities": {} }));
    editor.tell("initialized", json!({}));
    let document = json!({ "uri": URI, "languageId": "json", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    editor.published();
    println!("{INTAKES} intakes, {} KB, {ROUNDS} rounds\n", text.len() / 1024);
    println!("| after an edit of one character | median, ms | worst, ms |\n|---|---|---|");

    // In the last polling intake: a program, a variable, and a key of its state.
    let (edited, asked) = (position(&text, "orders[] | select"), position(&text, "page} of"));
    let here = json!({ "textDocument": { "uri": URI }, "position": asked });
    let whole = json!({ "textDocument": { "uri": URI } });
    let rename = json!({ "textDocument": { "uri": URI }, "position": asked, "newName": "next" });
    let mut fixes = whole.clone();
    fixes["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": asked });
    fixes["context"] = json!({ "diagnostics": [] });
    let mut references = here.clone();
    references["context"] = json!({ "includeDeclaration": true });
    let requests = [
        ("textDocument/completion", &here),
        ("textDocument/hover", &here),
        ("textDocument/definition", &here),
        ("textDocument/references", &references),
        ("textDocument/rename", &rename),
        ("textDocument/codeAction", &fixes),
        ("textDocument/documentSymbol", &whole),
        ("textDocument/foldingRange", &whole),
    ];
    for (method, params) in requests {
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            let start = worked();
            editor.edit(&edited, round % 2 == 0);
            let answer = editor.ask(method, params.clone());
            times.push(worked() - start);
            editor.published();
            assert!(answer["error"].is_null(), "{answer}");
        }
        report(&format!("`{method}`"), times);
    }
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let start = worked();
        editor.edit(&edited, round % 2 == 0);
        editor.published();
        times.push(worked() - start);
    }
    report("diagnostics", times);
    editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    server.join().unwrap().unwrap();
}
