//! Decoding: what each key may hold, and what is said of everything else.

mod support;

use intake_compiler::manifest::model::{
    Address, AuthKind, CommandKind, ImportOption, IntakeKind, Method, Target, ValueKind,
};
use intake_compiler::template::Scope;
use support::{REQUEST, app, codes, command, diagnose, expect, http, mended, polling, read, rendered, webhook};

/// A command that gets the answer to a request.
fn fed(fed: &str) -> String {
    command(&format!(r#"{{ "!pipe": [{{ "!http": {{ "url": "https://a.b" }} }}, {fed}] }}"#))
}

/// Asserts that the first suggestions mend a manifest, to a text that holds `expected`.
#[track_caller]
fn mends(code: &str, text: &str, expected: &str) {
    expect(code, text);
    let mended = mended(text);
    assert!(mended.contains(expected), "mended to {mended}\n{}", rendered(text));
    expect("", &mended);
}

#[test]
fn all_three_forms_of_a_document() {
    let intake = format!(r#"{{ "name": "a", "type": "polling", "request": {REQUEST} }}"#);
    for form in [
        format!(r#"{{ "$version": "2", "data_intake": [{intake}], "workflows": [], "objects": [{{ "any": 1 }}] }}"#),
        format!(r#"{{ "data_intake": [{intake}] }}"#),
        format!("[{intake}]"),
    ] {
        expect("", &form);
        assert_eq!(read(&form).0.intakes.len(), 1, "{form}");
    }
    mends("IN0206", &intake, "[{ \"name\"");
    mends("IN0206", &format!(r#"{{ "data_intake": {intake} }}"#), "[{ \"name\"");
    assert_eq!(read(&intake).0.intakes.len(), 1, "decoded all the same");
    expect("IN0206", "1");
    expect("IN0206", "{}");
    expect("IN0206", r#"{ "api": { "base_url": "https://a.b" } }"#);
    expect("IN0201", r#"{ "data_intake": "a" }"#);
    expect("IN0201", "[1]");
    expect("", "[]");
    mends("IN0202", &format!(r#"{{ "data_intakes": [{intake}] }}"#), "data_intake\"");
}

#[test]
fn a_schema_is_named_for_editors() {
    let with = |schema: &str| format!(r#"{{ "$schema": {schema}, "data_intake": [] }}"#);
    expect("", &with(r#""./intake.schema.json""#));
    expect("IN0201", &with("1"));
    mends("IN0202", r#"{ "schema": "a", "data_intake": [] }"#, "$schema");
}

#[test]
fn numbers_that_the_runtime_would_refuse() {
    let body = |digits: usize| {
        let number = format!("0.{}", "7".repeat(digits));
        command(&format!(r#"{{ "!http": {{ "url": "https://a.b", "method": "POST", "body": {{ "n": {number} }} }} }}"#))
    };
    expect("", &body(998));
    expect("IN0209", &body(999));
}

/// What someone pastes who tries one event: one error says what is missing around it, others what is wrong in it.
#[test]
fn events_without_an_intake() {
    expect("IN0206", r#"{ "delete": { "!http": { "method": "DELETE", "path": "/a" } } }"#);
    expect("IN0206", &format!(r#"{{ "request": {REQUEST}, "post_poll": {REQUEST} }}"#));
    assert_eq!(codes(r#"{ "pre_poll": { "!jq": "{" } }"#), ["IN0206", "IN0501"]);
    assert_eq!(codes(r#""initial_setup": { "!htpp": { "url": "https://a.b" } }"#), ["IN0104", "IN0206", "IN0301"]);
}

#[test]
fn versions() {
    mends("IN0207", &app(r#""$version": "1""#), r#""2""#);
    mends("IN0201", &app(r#""$version": 2"#), r#""2""#);
    expect("", &app(r#""$version": "2""#));
}

#[test]
fn comments_are_allowed_in_every_object() {
    let text = r#"{
        "_comment": "a",
        "api": { "_comment": ["a", "b"], "base_url": "https://a.b", "rate_limit": { "_comment": "", "app": { "_comment": "", "requests": 1, "period": 1 } } },
        "auth": { "_comment": "", "t": { "_comment": "", "type": "token", "header_key": "x", "verify_url": "https://a.b", "defined_fields": { "_comment": "", "token": "" } } },
        "data_intake": [{
            "_comment": "", "name": "a", "type": "polling",
            "request": { "_comment": "", "!pipe": [
                { "_comment": "", "!http": { "_comment": "", "path": "/a", "headers": { "_comment": "" }, "body": { "_comment": "" } } },
                { "!jq": "{results: [], iterate: false}", "_comment": "" }
            ] }
        }]
    }"#;
    expect("", text);
    let (manifest, _) = read(text);
    let Some(IntakeKind::Polling(polling)) = &manifest.intakes[0].kind else { panic!("no polling intake") };
    let CommandKind::Pipe(commands) = &polling.request.as_ref().unwrap().command.kind else { panic!("no pipe") };
    let CommandKind::Http(http) = &commands[0].kind else { panic!("no request") };
    assert!(http.headers.is_empty(), "a comment is no header");
    assert_eq!(http.body.as_ref().unwrap().kind, ValueKind::Object(Vec::new()));

    expect("IN0201", &polling_with(r#""_comment": 1"#));
    expect("IN0201", &polling_with(r#""_comment": ["a", 1]"#));
    mends("IN0210", &polling_with(r#""!_comment": "a""#), "\"_comment\"");
}

fn polling_with(member: &str) -> String {
    polling(&format!(r#"{member}, "request": {REQUEST}"#))
}

#[test]
fn unknown_keys_get_a_suggestion_or_their_home() {
    mends("IN0202", &polling_with(r#""frequence": 300"#), "frequency");
    mends("IN0202", &polling_with(r#""scope": "workflow""#), r#""polling", "request""#);
    mends("IN0202", &polling(&format!(r#""request": {REQUEST}, "scope": "workflow""#)), "} }]");
    mends(
        "IN0202",
        &format!(r#"[{{ "url": "x", "name": "a", "type": "polling", "request": {REQUEST} }}]"#),
        "[{ \"name\"",
    );
    mends("IN0202", &webhook("workflow", r#", "request": 1"#), "} }]");
    mends("IN0202", &http(r#""url": "https://a.b", "header": {}"#), "headers");
    let commented = polling(&format!(r#""_comment": "a", "scope": "workflow", "request": {REQUEST}"#));
    mends("IN0202", &commented, r#""_comment": "a", "request""#);
    let note = &diagnose(&polling_with(r#""scope": "workflow""#))[0].notes[0];
    assert_eq!(note, "`scope` belongs to a webhook intake");
    expect("IN0202", &polling_with(r#""colour": 1"#));
    assert!(diagnose(&polling_with(r#""colour": 1"#))[0].helps[0].contains("`frequency`"));
    for text in [
        app(r#""apis": {}"#),
        app(r#""api": { "base_url": "https://a.b", "rate": 1 }"#),
        app(r#""auth": { "a": { "type": "basic", "verify_url": "https://a.b", "defined_fields": {}, "realm": "" } }"#),
        command(r#"{ "!jq": ".", "!_comment": "" }"#).replace("!_comment", "_comments"),
        fed(r#"{ "!save": { "scopes": "workflow", "scope": "workflow" } }"#),
        fed(r#"{ "!sha": { "algorithm": "md5", "salt": "" } }"#),
        fed(r#"{ "!extract": { "item_keys": [], "json": true } }"#),
        command(r#"{ "!switch": { "jq": "0", "cases": [{ "!print_c": "" }], "default": 1 } }"#),
        webhook("workflow", r#", "verification": { "!respond": { "process_payload": true, "status": 200 } }"#),
    ] {
        assert!(matches!(codes(&text)[..], ["IN0202" | "IN0302"]), "{text}\n{}", rendered(&text));
    }
}

#[test]
fn wrong_types_say_what_was_expected_and_found() {
    let found = &diagnose(&command(r#"{ "!pipe": "a" }"#))[0];
    assert_eq!(found.message, "expected an array of commands, found a string");
    for text in [
        app(r#""api": 1"#),
        app(r#""api": { "base_url": 1 }"#),
        app(r#""api": { "rate_limit": [] }"#),
        app(r#""auth": []"#),
        app(r#""auth": { "a": 1 }"#),
        app(r#""auth": { "a": { "type": "basic", "verify_url": "https://a.b", "defined_fields": { "token": 1 } } }"#),
        app(r#""workflows": {}"#),
        app(r#""workflows": [1]"#),
        app(r#""workflows": [{ "data_intake": 1 }]"#),
        polling_with(r#""frequency": true"#),
        polling_with(r#""import_option": 1"#),
        http(r#""url": 1"#),
        http(r#""url": "https://a.b", "headers": []"#),
        http(r#""url": "https://a.b", "headers": { "a": [1] }"#),
        http(r#""url": "https://a.b", "headers": { "a": {} }"#),
        http(r#""url": "https://a.b", "params": 1"#),
        command(r#"{ "!jq": 1 }"#),
        fed(r#"{ "!save": "workflow" }"#),
        command(r#"{ "!print_c": {} }"#),
        command(r#"{ "!error": 1 }"#),
        command(r#"{ "!switch": { "jq": 0, "cases": [{ "!print_c": "" }] } }"#),
        command(r#"{ "!switch": { "jq": "0", "cases": {} } }"#),
        fed(r#"{ "!extract": { "item_keys": "a" } }"#),
        fed(r#"{ "!extract": { "item_keys": [1] } }"#),
        command("1"),
        command("null"),
    ] {
        expect("IN0201", &text);
    }
    mends("IN0201", &polling_with(r#""frequency": "300""#), r#""frequency": 300"#);
    mends("IN0201", &fed(r#"{ "!extract": { "item_keys": [], "to_json": "true" } }"#), "\"to_json\": true");
    mends("IN0201", &webhook("connection", r#", "resource_id": ".id""#), r#"{ "!jq": ".id" }"#);
    mends("IN0201", &command(r#"[{ "!print_c": "a" }]"#), r#"{ "!pipe": [{ "!print_c": "a" }] }"#);
}

#[test]
fn missing_keys_are_reported_where_they_are_missing() {
    for (text, key) in [
        (format!(r#"[{{ "type": "polling", "request": {REQUEST} }}]"#), "name"),
        (format!(r#"[{{ "name": "a", "request": {REQUEST} }}]"#), "type"),
        (polling(r#""frequency": 60"#), "request"),
        (webhook("workflow", "").replace("create", "update"), "create"),
        (webhook("workflow", "").replace(r#""scope": "workflow","#, ""), "scope"),
        (fed(r#"{ "!save": {} }"#), "scope"),
        (fed(r#"{ "!sha": {} }"#), "algorithm"),
        (fed(r#"{ "!extract": {} }"#), "item_keys"),
        (command(r#"{ "!switch": { "cases": [{ "!print_c": "" }] } }"#), "jq"),
        (command(r#"{ "!switch": { "jq": "0" } }"#), "cases"),
        (app(r#""auth": { "a": {} }"#), "type"),
        (app(r#""auth": { "a": { "type": "oauth2" } }"#), "configuration"),
        (
            app(r#""auth": { "a": { "type": "token", "verify_url": "https://a.b", "defined_fields": {} } }"#),
            "header_key",
        ),
        (app(r#""auth": { "a": { "type": "session" } }"#), "verify_url"),
        (app(r#""api": { "rate_limit": { "user": { "requests": 1 } } }"#), "period"),
    ] {
        expect("IN0203", &text);
        let found = &diagnose(&text)[0];
        assert!(
            found.message.starts_with(&format!("`{key}` is missing")) && !found.helps.is_empty(),
            "{}",
            found.message
        );
    }
    let text = fed(r#"{ "!sha": {} }"#);
    assert_eq!(&text[diagnose(&text)[0].primary.span.range()], r#""!sha""#);
}

#[test]
fn unknown_words_get_a_suggestion() {
    mends("IN0204", &http(r#""url": "https://a.b", "method": "get""#), "GET");
    mends("IN0204", &http(r#""url": "https://a.b", "target": "conection""#), "connection");
    mends("IN0204", &webhook("Workflow", ""), "\"workflow\"");
    mends("IN0204", &fed(r#"{ "!sha": { "algorithm": "SHA-256" } }"#), "\"sha256\"");
    mends("IN0204", &polling_with(r#""import_option": "recuring""#), "recurring");
    mends("IN0204", &polling_with(r#""frequency": 60"#).replace("polling", "poling"), "\"polling\"");
    expect("IN0204", &http(r#""url": "https://a.b", "method": "FETCH""#));
    expect("IN0204", &app(r#""auth": { "a": { "type": "magic" } }"#));
}

#[test]
fn an_intake_of_unknown_type_is_still_checked() {
    expect(
        "IN0204 IN0301",
        r#"[{ "name": "a", "type": "pull", "request": { "!jqq": "{results: [], iterate: false}" } }]"#,
    );
    expect(
        "IN0203 IN0301",
        r#"[{ "name": "a", "create": { "!jqq": "." }, "scope": "workflow", "delete": { "!print_c": "${webhook.url}" } }]"#,
    );
    expect("IN0204", r#"[{ "name": "a", "type": "pull" }]"#);
}

#[test]
fn numbers_have_ranges() {
    for number in ["59", "60.5", "-60", "0", "4294967296", "1e2"] {
        expect("IN0209", &polling_with(&format!(r#""frequency": {number}"#)));
    }
    expect("", &polling_with(r#""frequency": 60"#));
    for code in ["199", "600", "200.5"] {
        expect(
            "IN0209",
            &webhook(
                "workflow",
                &format!(r#", "verification": {{ "!respond": {{ "process_payload": true, "code": {code} }} }}"#),
            ),
        );
    }
    expect("", &webhook("workflow", r#", "verification": { "!respond": { "process_payload": true, "code": 599 } }"#));
    expect("IN0209", &app(r#""api": { "rate_limit": { "user": { "requests": 0, "period": 1 } } }"#));
}

#[test]
fn commands_have_exactly_one_key() {
    mends("IN0301", &command(r#"{ "!print": "a" }"#), "!print_c");
    mends("IN0301", &command(r#"{ "!Print_C": "a" }"#), "!print_c");
    expect("IN0301", &command(r#"{ "!frobnicate": "a" }"#));
    expect("IN0304", &command(r#"{ "!resource": "a" }"#));
    expect("IN0311", &fed(r#"{ "!sha": { "algorithm": "shake_128" } }"#));
    expect("IN0302", &command("{}"));
    expect("IN0302", &command(r#"{ "a": 1, "b": 2 }"#));
    mends("IN0302", &command(r#"{ "print_c": "a" }"#), "!print_c");
    mends(
        "IN0302",
        &command(r#"{ "!print_c": "a", "!error": "b", "!jq": "." }"#),
        r#"{ "!pipe": [{ "!print_c": "a" }, { "!error": "b" }, { "!jq": "." }] }"#,
    );
    expect("IN0302", &command(r#"{ "!print_c": "a", "_comment": "", "!error": "b" }"#));
    expect("IN0302", &command(r#"{ "!http": { "url": "https://a.b" }, "method": "POST", "path": "/a" }"#));
    // What was probably meant is read on.
    expect("IN0301 IN0202", &command(r#"{ "!htp": { "url": "https://a.b", "colour": 1 } }"#));
    expect("IN0302 IN0202", &command(r#"{ "http": { "url": "https://a.b", "colour": 1 } }"#));
    expect("IN0202 IN0302 IN0201", &command(r#"{ "!http": { "url": "https://a.b", "colour": 1 }, "!print_c": 1 }"#));
    let found = diagnose(&command(r#"{ "!http": { "url": "https://a.b" }, "method": "POST", "path": "/a" }"#));
    assert_eq!(found[0].message, "`method` and `path` beside the command `!http`");
}

#[test]
fn what_the_parser_reported_is_not_reported_again() {
    expect("IN0109", &command(r#"{ "!print_c": "a", "!print_c": "b" }"#));
    expect("IN0109", &polling_with(r#""frequency": 60, "frequency": 1"#));
    expect("IN0114", &polling_with(r#""frequency": "#));
}

#[test]
fn addresses() {
    let address = |members: &str| {
        let (manifest, _) = read(&http(members));
        let Some(IntakeKind::Polling(polling)) = &manifest.intakes[0].kind else { panic!("no polling intake") };
        let CommandKind::Http(http) = &polling.post_poll.as_ref().unwrap().command.kind else { panic!("no request") };
        http.address.clone()
    };
    let is_url = |members: &str| matches!(address(members), Some(Address::Url(_)));
    assert!(is_url(r#""url": "https://a.b""#) && is_url(r#""url": "${polling_state.next}""#));
    assert!(is_url(r#""path": "https://a.b""#) && is_url(r#""url": "https://a.b", "path": "/a""#));
    assert!(!is_url(r#""path": "/a""#) && !is_url(r#""path": "${custom_data.a.value}""#) && !is_url(r#""url": "/a""#));
    mends("IN0307", &http(r#""path": "https://a.b/c""#), r#""url": "https://a.b/c""#);
    expect("IN0306 IN0307", &http(r#""url": "a.b/c""#));
    let with_api = |members: &str| {
        http(members).replacen('[', r#"{ "api": { "base_url": "https://a.b" }, "data_intake": ["#, 1) + "}"
    };
    mends("IN0307", &with_api(r#""url": "a.b/c""#), r#""url": "https://a.b/c""#);
    mends("IN0307", &with_api(r#""url": "/c""#), r#""path": "/c""#);
    expect("IN0308", &http(r#""url": "https://a.b", "path": "/a""#));
    expect("IN0308", &http(r#""url": "https://a.b", "pagination": true"#));
    expect("IN0306", &http(r#""method": "GET""#));
    // A variable that cannot be read is one mistake, not two.
    expect("IN0402", &http(r#""url": "https://${unknown.host}/a""#));
    expect("IN0402", &http(r#""url": "${unknown}""#));
}

#[test]
fn variables_where_none_is_replaced() {
    for text in [
        polling_with(r#""frequency": 60"#).replace("contacts", "a-${subdomain}"),
        http(r#""url": "https://a.b", "headers": { "x-${subdomain}": "a" }"#),
        http(r#""url": "https://a.b", "params": { "${subdomain}": "a" }"#),
        http(r#""url": "https://a.b", "body": { "a": [{ "${subdomain}": "a" }] }"#),
        http(r#""url": "https://a.b", "method": "${subdomain}""#),
        command(r#"{ "!error": "at ${subdomain}" }"#),
        fed(r#"{ "!extract": { "item_keys": ["${subdomain}"] } }"#),
        fed(r#"{ "!save": { "scope": "${subdomain}" } }"#),
        app(
            r#""auth": { "a": { "type": "token", "header_key": "${subdomain}", "verify_url": "https://a.b", "defined_fields": {} } }"#,
        ),
    ] {
        expect("IN0405", &text);
        assert_eq!(&text[diagnose(&text)[0].primary.span.range()], "${subdomain}");
    }
}

#[test]
fn a_whole_app_is_decoded() {
    let text = r#"{
        "$version": "2",
        "api": {
            "base_url": "https://${subdomain}.example.com",
            "rate_limit": { "user": { "read": { "requests": 10, "period": 1 }, "write": { "requests": 5, "period": 2 } }, "app": { "requests": 99, "period": 60 } },
            "pagination": { "anything": true }
        },
        "auth": {
            "a": { "type": "oauth2", "configuration": { "authorization_base_url": "https://a.b", "client_id": "[id]", "client_secret": "[secret]", "scopes": ["x"], "token_url": "https://a.b", "include_client_id": true } },
            "b": { "type": "basic", "verify_url": "https://a.b", "defined_fields": { "username": "User", "password": { "label": "Password" } } },
            "c": { "type": "token", "header_key": "X-Token", "token_prefix": "Bearer", "verify_url": "https://a.b", "defined_fields": { "token": "Token" } },
            "d": { "type": "session", "verify_url": "https://a.b", "request_body": { "grant": "x" } }
        },
        "data_intake": [
            {
                "name": "hook", "type": "webhook", "scope": "application",
                "resource_id": { "!jq": ".a" }, "account_id": { "!jq": ".b" },
                "create": { "!http": { "method": "POST", "path": "/hooks", "target": "external", "params": { "a": 1 }, "headers": { "b": "c" }, "body": [null, true, 1.50, "${webhook.url}"] } },
                "update": { "!print_c": "update" }, "delete": { "!error": "no" },
                "verification": { "!respond": { "process_payload": true, "code": 201, "headers": { "a": "b" }, "body": {} } }
            },
            {
                "name": "poll", "type": "polling", "frequency": 60, "import_option": "single",
                "initial_setup": { "!pipe": [{ "!jq": "{a: null}" }, { "!switch": { "jq": "${custom_data.g.value}", "cases": [{ "!print_c": "" }, { "!extract": { "item_keys": ["a"], "to_json": true } }] } }] },
                "pre_poll": { "!pipe": [{ "!jq": "{value_to_encrypt: 1}" }, { "!sha": { "algorithm": "sha3_512", "secret": "${custom_data.f.value}" } }] },
                "request": { "!jq": "{results: [], iterate: false}" }, "post_poll": { "!pipe": [{ "!jq": "{a: 1}" }, { "!save": { "scope": "workflow" } }] }
            }
        ],
        "workflows": [{ "name": "w", "data_intake": "poll", "historical_data_intake": "hook", "setup": { "schedule": {}, "steps": [{ "form_fields": [{ "id": "f", "more": { "form_fields": [{ "id": "g" }, 1] } }] }] }, "data_pipeline": { "!resource": 1 } }],
        "objects": []
    }"#;
    expect("", text);
    let (manifest, _) = read(text);
    let limits = &manifest.api.as_ref().unwrap().rate_limits;
    let limits: Vec<_> = limits.iter().map(|l| (l.per_connection, l.reads, l.requests, l.period)).collect();
    assert_eq!(limits, [(true, Some(true), 10, 1), (true, Some(false), 5, 2), (false, None, 99, 60)]);
    let kinds: Vec<_> = manifest.auth.iter().filter_map(|method| method.kind.as_ref()).collect();
    assert!(matches!(
        kinds[..],
        [AuthKind::OAuth2(_), AuthKind::Basic { .. }, AuthKind::Token { .. }, AuthKind::Session { .. }]
    ));
    let (Some(IntakeKind::Webhook(hook)), Some(IntakeKind::Polling(poll))) =
        (&manifest.intakes[0].kind, &manifest.intakes[1].kind)
    else {
        panic!("other intakes");
    };
    assert_eq!(hook.scope.unwrap().value, Scope::Application);
    let CommandKind::Http(http) = &hook.create.as_ref().unwrap().command.kind else { panic!("no request") };
    assert_eq!(
        (http.method, http.target, http.params.len(), http.headers.len()),
        (Method::Post, Target::External, 1, 1)
    );
    let Some(ValueKind::Array(body)) = http.body.as_ref().map(|body| &body.kind) else { panic!("no array") };
    assert_eq!(body[2].kind, ValueKind::Number("1.50".to_owned()), "no digit is lost");
    assert!(matches!(&body[3].kind, ValueKind::String(text) if text.as_single_variable().is_some()));
    let CommandKind::Respond(respond) = &hook.verification.as_ref().unwrap().command.kind else { panic!("no answer") };
    assert_eq!((respond.process_payload, respond.code, respond.headers.len()), (true, 201, 1));
    assert_eq!(poll.frequency.unwrap().value, 60);
    assert_eq!(poll.import_option.unwrap().value, ImportOption::Single);
    let workflow = &manifest.workflows[0];
    let values = |names: &[intake_compiler::source::Spanned<String>]| {
        names.iter().map(|name| name.value.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((values(&workflow.intakes), values(&workflow.form_fields)), ("poll hook".into(), "f g".into()));
    assert_eq!(workflow.scheduled.as_ref().unwrap().value, "poll");
    assert!(workflow.schedule.is_some());
}
