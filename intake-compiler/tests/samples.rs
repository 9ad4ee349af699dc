//! Samples of responses and payloads: what is learnt from them, and what is found by it.

use intake_compiler::compile::check;
use intake_compiler::diagnostic::Diagnostic;
use intake_compiler::diagnostic::render::{Color, render};
use intake_compiler::samples::File;
use intake_compiler::source::Source;

/// A polling intake `contacts` whose request sends one request and runs a program on the response.
fn polling(program: &str) -> String {
    let program = serde_json::to_string(program).unwrap();
    format!(
        r#"{{
  "api": {{ "base_url": "https://api.example.com/v3" }},
  "data_intake": [{{
    "name": "contacts",
    "type": "polling",
    "request": {{ "!pipe": [
      {{ "!http": {{ "path": "/contacts" }} }},
      {{ "!jq": {program} }}
    ] }}
  }}]
}}"#
    )
}

fn results(program: &str) -> String {
    polling(&format!("{{results: {program}, iterate: false}}"))
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), shown: format!("samples/{path}"), text: text.to_owned() }
}

/// The codes that are found, and where.
fn found(manifest: &str, files: &[File]) -> Vec<(String, String)> {
    let place = |found: &Diagnostic| {
        let source = Source::new("manifest.json", manifest);
        found.text(&source).text()[found.primary.span.range()].to_owned()
    };
    check(&Source::new("manifest.json", manifest), files)
        .iter()
        .map(|found| (found.code.as_str().to_owned(), place(found)))
        .collect()
}

fn codes(manifest: &str, files: &[File]) -> String {
    found(manifest, files).iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>().join(" ")
}

const CONTACTS: &str = r#"{
  "data": [
    { "id": 1, "email": "a@example.com", "tags": ["x"], "owner": { "name": "A" }, "score": 1.5, "deleted": null },
    { "id": 2, "email": null, "tags": [], "owner": null, "score": 2, "deleted": null, "phone": "1" }
  ],
  "empty": [],
  "has_more": true
}"#;

fn contacts() -> [File; 1] {
    [file("contacts/request.json", CONTACTS)]
}

#[test]
fn what_a_sample_has_is_known() {
    for (program, expected) in [
        // The output of a request has the response's keys, and the whole as `body`.
        ("[.data[].email]", ""),
        ("[.body.data[].email]", ""),
        ("[.data[].emial]", "IN0524"),
        ("[.data[] | {mail: .emial}]", "IN0524"),
        ("[.data[] | {emial}]", "IN0524"),
        ("[.body.dat[].email]", "IN0524"),
        ("[.data[].owner.nam]", "IN0524"),
        ("[.body.body]", "IN0524"),
        // Who says that it may be missing means it.
        ("[.data[].emial?]", ""),
        ("[.data[].emial // \"none\"]", ""),
        ("[.data[] | select(has(\"emial\")) | .emial]", ""),
        // In some elements only.
        ("[.data[].phone]", ""),
        // Kinds.
        ("[.data[].id.value]", "IN0520"),
        ("[.data[].id[]]", "IN0521"),
        ("[.data[] | \"id-\" + .id]", "IN0522"),
        ("[.data[] | .id | ascii_downcase]", "IN0523"),
        ("[.data[] | select(.id == \"1\")]", "IN0525"),
        ("[.data[] | select(.id == 1)]", ""),
        // Null in one and a string in another.
        ("[.data[] | .email | ascii_downcase]", ""),
        ("[.data[] | .email.domain]", ""),
        // Only ever null, or an empty array: it will be something some day.
        ("[.data[] | .deleted.at]", ""),
        ("[.empty[].whatever.name]", ""),
        // What is always there in the samples may be null elsewhere.
        ("[.data[] | select(.id)]", ""),
        // What is set is there, whatever a sample shows.
        ("[.data[] | select(.deleted = null)]", "IN0526"),
        ("[.data[] | select(.score = 1)]", "IN0526"),
        ("[.data[] | select(.deleted == null)]", ""),
        ("[.data[] | if .owner then .owner.name else \"none\" end]", ""),
        // The samples may not show all kinds, which the program knows.
        ("[.data[] | if (.id | type) == \"string\" then (.id | ascii_downcase) else .id end]", ""),
        ("[.data[] | .id | strings | ascii_downcase]", ""),
        // Errors that are provided for.
        ("[.data[] | (.id.value)?]", ""),
        ("[.data[] | try (.id | ascii_downcase) catch \"\"]", ""),
    ] {
        assert_eq!(codes(&results(program), &contacts()), expected, "{program}");
        if expected != "IN0526" {
            assert_eq!(codes(&results(program), &[]), "", "{program} without samples");
        }
    }
}

#[test]
fn several_samples_say_more_together() {
    let last = file("contacts/request.last-page.json", r#"{ "data": [{ "id": "x" }], "next": null }"#);
    let files = [contacts()[0].clone(), last.clone()];
    assert_eq!(codes(&results("[.data[] | .id | ascii_downcase]"), &files), "");
    assert_eq!(codes(&results("[.data[], .next]"), &files), "");
    assert_eq!(codes(&results("[.data[], .next]"), &contacts()), "IN0524");
    assert_eq!(codes(&results("[.data[], .nxt]"), &files), "IN0524");
}

#[test]
fn requests_of_an_event_are_numbered() {
    let manifest = r#"[{
      "name": "event.contact-created", "type": "polling",
      "request": { "!pipe": [
        { "!http": { "url": "https://a.b/1" } },
        { "!switch": { "jq": "if .a then 0 else 1 end", "cases": [
          { "!http": { "url": "https://a.b/2" } },
          { "!http": { "url": "https://a.b/3" } }
        ] } },
        { "!jq": "{results: [.READ], iterate: false}" }
      ] }
    }]"#;
    let files = [
        file("event_contact_created/request.json", r#"{ "a": 1 }"#),
        file("event_contact_created/request.2.json", r#"{ "b": 1 }"#),
        file("event_contact_created/request.3.json", r#"{ "c": 1 }"#),
    ];
    let reads = |name: &str| codes(&manifest.replace("READ", name), &files);
    // After the switch it is one of the two.
    assert_eq!((reads("b"), reads("c"), reads("a")), (String::new(), String::new(), "IN0524".to_owned()));
}

#[test]
fn payloads_are_what_routing_reads() {
    let manifest = |program: &str| {
        format!(
            r#"[{{ "name": "hook", "type": "webhook", "scope": "connection", "resource_id": {{ "!jq": "{program}" }},
                 "create": {{ "!pipe": [
                   {{ "!http": {{ "method": "POST", "url": "https://a.b", "body": {{ "url": "${{webhook.url}}" }} }} }},
                   {{ "!jq": "{{id: .id}}" }}, {{ "!save": {{ "scope": "connection" }} }}
                 ] }},
                 "delete": {{ "!http": {{ "method": "DELETE", "url": "https://a.b/${{data.connection.id}}" }} }} }}]"#
        )
    };
    let files = [
        file("hook/payload.json", r#"{ "list": { "id": 5 } }"#),
        file("hook/payload.deleted.json", r#"{ "list": { "id": 6 }, "at": "now" }"#),
    ];
    assert_eq!(codes(&manifest(".list.id"), &files), "");
    assert_eq!(codes(&manifest(".list.key"), &files), "IN0524");
    assert_eq!(codes(&manifest(".at"), &files), "");
    assert_eq!(codes(&manifest(".list.id.key"), &files), "IN0520");
    // No payload has the id `null`.
    let files = [files[0].clone(), file("hook/payload.all.json", r#"{ "list": { "id": null } }"#)];
    assert_eq!(codes(&manifest(".list.id"), &files), "IN0409");
    assert_eq!(codes(&manifest(".list.id // .account"), &files), "IN0524");
    assert_eq!(codes(&manifest(".list.id // 0"), &files), "");
}

/// What is said of a URL with a variable, after a request that is answered with `CONTACTS`.
fn next_to(variable: &str, first: &str) -> String {
    let url = format!("https://a.b/${{{variable}}}");
    let manifest = format!(
        r#"[{{ "name": "contacts", "type": "polling", "request": {{ "!pipe": [
          {{ "!http": {{ "url": "https://a.b" }} }},
          {{ "!jq": "{first}" }},
          {{ "!http": {{ "url": "{url}" }} }},
          {{ "!jq": "{{results: [.x, ${{piped_content.2}}], iterate: false}}" }}
        ] }} }}]"#
    );
    codes(&manifest, &contacts())
}

#[test]
fn null_in_a_sample_is_warned_of_where_text_is_needed() {
    assert_eq!(next_to("piped_content.2.email", ".data[1]"), "IN0409");
    assert_eq!(next_to("piped_content.2.email", "{email: .data[0].email}"), "IN0409");
    assert_eq!(next_to("piped_content.1.data.0.email", "."), "IN0409");
    // What is always there in the samples; what has a default; what is chosen.
    assert_eq!(next_to("piped_content.2.id", ".data[1]"), "");
    assert_eq!(next_to("piped_content.2.email | default: none", ".data[1]"), "");
    assert_eq!(next_to("piped_content.2.email", "{email: (.data[0].email // .data[0].id)}"), "");
    assert_eq!(next_to("piped_content.2.email", "[.data[] | select(.email != null)][0]"), "");
    assert_eq!(next_to("piped_content.2.email", "if .data[0].email then .data[0] else error(\\\"none\\\") end"), "");
}

#[test]
fn null_in_a_sample_is_followed_through_the_state() {
    let of = |url: &str, post: &str| {
        let manifest = format!(
            r#"[{{ "name": "contacts", "type": "polling",
              "initial_setup": {{ "!jq": "{{polling_state: {{next: \"https://a.b\"}}}}" }},
              "request": {{ "!pipe": [
                {{ "!http": {{ {url} }} }},
                {{ "!jq": "{{results: .data, iterate: (.next != null), polling_state: {{next: .next}}}}" }}
              ] }}{post} }}]"#
        );
        let pages = [
            file("contacts/request.json", r#"{ "data": [1], "next": "https://a.b?2" }"#),
            file("contacts/request.last.json", r#"{ "data": [2], "next": null }"#),
        ];
        codes(&manifest, &pages)
    };
    let (text, value) =
        (r#""url": "${polling_state.next}""#, r#""url": "https://a.b", "params": { "next": "${polling_state.next}" }"#);
    // In the next cycle the state is what the last page left.
    assert_eq!(of(text, ""), "IN0409");
    assert_eq!(of(text, r#", "post_poll": { "!jq": "{polling_state: {next: \"https://a.b\"}}" }"#), "");
    // A parameter that is `null` is left out.
    assert_eq!(of(value, ""), "");
}

const SCHEMA: &str = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["data"],
  "properties": {
    "data": { "type": "array", "items": { "$ref": "#/$defs/contact" } },
    "labels": { "type": "object", "additionalProperties": { "type": "string" } },
    "has_more": { "type": "boolean" }
  },
  "$defs": {
    "base": { "type": "object", "properties": { "id": { "type": "integer" } }, "required": ["id"] },
    "contact": {
      "allOf": [{ "$ref": "#/$defs/base" }],
      "properties": {
        "status": { "enum": ["open", "closed"] },
        "email": { "type": ["string", "null"] },
        "parent": { "$ref": "#/$defs/contact" },
        "value": { "oneOf": [{ "type": "number" }, { "type": "object", "properties": { "amount": { "type": "number" } } }] }
      }
    }
  }
}"##;

#[test]
fn schemas_describe_responses() {
    let files = [file("contacts/request.schema.json", SCHEMA)];
    for (program, expected) in [
        ("[.data[] | .id + 1, .email, .status]", ""),
        ("[.data[].emial]", "IN0524"),
        ("[.data[] | .id | ascii_downcase]", "IN0523"),
        ("[.data[] | .email | ascii_downcase]", ""),
        // It may be missing, and `null + 1` is 1.
        ("[.data[] | .status + 1]", ""),
        ("[.data[] | .status * {}]", "IN0522"),
        ("[.data[] | .value.amount]", ""),
        ("[.data[] | .value.amout]", "IN0524"),
        // A schema that holds itself.
        ("[.data[].parent.parent.parent.id]", ""),
        ("[.labels.anything | ascii_downcase]", ""),
        ("[.labels.anything | floor]", "IN0523"),
    ] {
        assert_eq!(codes(&results(program), &files), expected, "{program}");
    }
    // What was recorded counts for more.
    let both = [files[0].clone(), file("contacts/request.json", r#"{ "data": [{ "emial": 1 }], "has_more": true }"#)];
    assert_eq!(codes(&results("[.data[].emial]"), &both), "");
}

const OPENAPI: &str = r##"{
  "openapi": "3.1.0",
  "servers": [{ "url": "https://api.example.com/v3" }],
  "paths": {
    "/contacts": { "get": { "responses": {
      "404": { "description": "none" },
      "200": { "$ref": "#/components/responses/contacts" }
    } } },
    "/contacts/{id}": { "get": { "responses": { "2XX": { "content": { "application/json; charset=utf-8": {
      "schema": { "type": "object", "properties": { "contact": { "type": "object", "properties": { "id": { "type": "string" } } } } }
    } } } } } },
    "/contacts/count": { "get": { "responses": { "200": { "content": { "application/json": {
      "schema": { "type": "integer" }
    } } } } } }
  },
  "components": { "responses": { "contacts": { "content": { "application/json": {
    "schema": { "type": "object", "properties": { "data": { "type": "array", "items": { "type": "string" } }, "has_more": { "type": "boolean" } } }
  } } } } }
}"##;

#[test]
fn an_openapi_document_describes_each_request() {
    let files = [file("openapi.json", OPENAPI)];
    assert_eq!(codes(&results("[.data[] | ascii_downcase]"), &files), "");
    assert_eq!(codes(&results("[.data[].email]"), &files), "IN0520");
    let at = |path: &str, program: &str| codes(&results(program).replace(r#""path": "/contacts""#, path), &files);
    assert_eq!(at(r#""path": "contacts/${subdomain}""#, "[.contact.idd]"), "IN0524");
    assert_eq!(at(r#""url": "https://api.example.com/v3/contacts/7?a=b""#, "[.contact.idd]"), "IN0524");
    assert_eq!(at(r#""path": "/contacts/count""#, "[.body.idd]"), "IN0520");
    assert_eq!(at(r#""path": "/other""#, "[.contact.idd]"), "");
    assert_eq!(at(r#""path": "/contacts", "method": "POST""#, "[.contact.idd]"), "");
}

#[test]
fn what_cannot_be_read_is_reported_in_its_own_text() {
    let manifest = results("[.data[]]");
    let of = |path: &str, text: &str| found(&manifest, &[file(path, text)]);
    assert_eq!(of("contacts/request.json", "{ \"data\": [1,] }"), [("IN0102".to_owned(), ",".to_owned())]);
    assert_eq!(of("contacts/requst.json", "{}"), [("IN0130".to_owned(), String::new())]);
    assert_eq!(of("contact/request.json", "{}"), [("IN0130".to_owned(), String::new())]);
    let schema = r##"{ "properties": { "data": { "$ref": "#/$defs/none" } } }"##;
    assert_eq!(of("contacts/request.schema.json", schema), [("IN0131".to_owned(), r##""#/$defs/none""##.to_owned())]);
    assert_eq!(of("contacts/request.schema.json", "[1]"), [("IN0131".to_owned(), "[1]".to_owned())]);
    assert_eq!(of("openapi.json", "{}"), [("IN0131".to_owned(), "{".to_owned())]);
}

#[test]
fn findings_name_the_sample() {
    let shown = |manifest: &str, files: &[File]| {
        let source = Source::new("manifest.json", manifest);
        let all: Vec<String> = check(&source, files).iter().map(|found| render(&source, found, Color::Never)).collect();
        all.join("\n\n")
    };
    insta::assert_snapshot!(shown(&results("[.data[] | {emial, n: (\"id-\" + .id)}]"), &contacts()));
    let text = polling("{results: .data, iterate: .has_more}").replace(
        r#"{ "!http": { "path": "/contacts" } },"#,
        r#"{ "!http": { "path": "/contacts" } },
      { "!http": { "path": "/owners/${piped_content.1.data.1.email}" } },"#,
    );
    insta::assert_snapshot!(shown(&text, &contacts()));
    insta::assert_snapshot!(shown(
        &results("[]"),
        &[
            file("contacts/request.json", "{\n  \"data\": [1 2],\n}"),
            file("contact/request.json", "{}"),
            file("notes.json", "{}"),
        ]
    ));
}
