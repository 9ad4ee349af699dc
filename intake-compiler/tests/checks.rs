//! Every rule: what it finds, and what looks like it and is fine.

mod support;

use support::{REQUEST, app, command, diagnose, expect, http, mended, polling, rendered, webhook};

const RESPOND: &str = r#"{ "!respond": { "process_payload": true } }"#;

fn two(first: &str, second: &str) -> String {
    let intake = |name: &str| format!(r#"{{ "name": "{name}", "type": "polling", "request": {REQUEST} }}"#);
    format!("[{}, {}]", intake(first), intake(second))
}

#[test]
fn names_are_unique_also_in_rust() {
    expect("IN0205", &two("a", "a"));
    let found = &diagnose(&two("a", "a"))[0];
    assert!(found.secondary[0].span < found.primary.span, "the first is shown too");
    for (first, second) in [("a.b", "a-b"), ("importCSV", "import csv"), ("a", "A"), ("1.1", "1-1")] {
        expect("IN0208", &two(first, second));
    }
    expect("IN0208", &two("…", "a"));
    expect("IN0208", &two("", "a"));
    for (first, second) in [("a", "b"), ("a.1.1", "a.11"), ("_a", "b"), ("self", "crate")] {
        expect("", &two(first, second));
    }
}

#[test]
fn form_fields_of_one_intake_stay_apart() {
    let both = |a: &str, b: &str| command(&format!(r#"{{ "!print_c": "${{custom_data.{a}}} ${{custom_data.{b}}}" }}"#));
    expect("IN0208", &both("a-1.value", "a_1.value"));
    expect("IN0208", &both("a.some-thing", "a.some_thing"));
    expect("", &both("a-1.value", "a-1.display"));
    expect("", &both("a-1.value", "a-2.value"));
    expect("", &both("a.some-thing", "b.some_thing"));
}

fn workflow(members: &str) -> String {
    app(&format!(r#""workflows": [{{ {members} }}]"#))
}

#[test]
fn workflows_name_intakes_and_schedule_what_polls() {
    expect("", &workflow(r#""data_intake": "contacts", "setup": { "schedule": {} }"#));
    expect("", &workflow(r#""historical_data_intake": "contacts""#));
    expect("", &workflow(r#""setup": { "schedule": {} }"#));
    let text = workflow(r#""data_intake": "contact", "setup": { "schedule": {} }"#);
    expect("IN0211", &text);
    expect("", &mended(&text));
    expect("IN0211", &workflow(r#""historical_data_intake": "something else""#));
    expect("IN0213", &workflow(r#""data_intake": "contacts", "setup": {}"#));
    let hook = webhook("workflow", "");
    let hooked = |setup: &str| {
        format!(r#"{{ "data_intake": {hook}, "workflows": [{{ "data_intake": "a", "setup": {setup} }}] }}"#)
    };
    expect("IN0213", &hooked(r#"{ "schedule": {} }"#));
    expect("", &hooked("{}"));
}

#[test]
fn form_fields_are_declared() {
    let with = |variable: &str, workflows: &str| {
        let intake = command(&format!(r#"{{ "!print_c": "{variable}" }}"#));
        format!(r#"{{ "data_intake": {intake}{workflows} }}"#)
    };
    let form = r#", "workflows": [{ "setup": { "form_fields": [{ "id": "list-id" }] } }]"#;
    expect("", &with("${custom_data.list-id.value}", form));
    expect("", &with("${custom_data.list_id.value}", ""));
    let text = with("${custom_data.list_id.value.a[2]}", form);
    expect("IN0212", &text);
    assert!(mended(&text).contains("${custom_data.list-id.value.a[2]}"), "{}", mended(&text));
    expect("IN0212", &with("${custom_data.list_id.value | default: a}", form));
    expect("IN0212", &with("${custom_data.other.value}", r#", "workflows": []"#));
}

#[test]
fn shared_hooks_say_whose_a_payload_is() {
    let (resource, account) = (r#", "resource_id": { "!jq": ".id" }"#, r#", "account_id": { "!jq": ".account" }"#);
    expect("", &webhook("workflow", ""));
    expect("", &webhook("connection", resource));
    expect("", &webhook("application", &format!("{resource}{account}")));
    expect("IN0214", &webhook("connection", ""));
    expect("IN0214", &webhook("application", account));
    expect("IN0215", &webhook("application", resource));
    expect("IN0216", &webhook("workflow", resource));
    expect("IN0216", &webhook("connection", &format!("{resource}{account}")));
    expect("IN0216 IN0216", &webhook("workflow", &format!("{resource}{account}")));
}

#[test]
fn hooks_are_removed() {
    expect("IN0217", &webhook("workflow", "").replace("delete", "update"));
    expect("", &webhook("workflow", ""));
}

#[test]
fn pipes_and_switches_hold_commands() {
    expect("IN0303", &command(r#"{ "!pipe": [] }"#));
    expect("IN0303", &command(r#"{ "!switch": { "jq": "0", "cases": [{ "!pipe": [] }] } }"#));
    expect("IN0314", &command(r#"{ "!switch": { "jq": "0", "cases": [] } }"#));
    expect("", &command(r#"{ "!pipe": [{ "!print_c": "" }] }"#));
}

#[test]
fn commands_stand_where_they_belong() {
    expect("IN0304", &command(r#"{ "!pipe": [{ "!respond": {} }] }"#));
    expect("IN0304", &webhook("workflow", r#", "update": { "!respond": {} }"#));
    expect(
        "IN0304",
        &webhook("connection", r#", "resource_id": { "!pipe": [{ "!save": { "scope": "connection" } }] }"#),
    );
    expect("IN0304", &webhook("connection", r#", "resource_id": { "!http": { "url": "https://a.b" } }"#));
    expect("", &webhook("connection", r#", "resource_id": { "!pipe": [{ "!jq": ".id" }, { "!print_c": "id" }] }"#));
    expect("", &webhook("workflow", r#", "verification": { "!respond": { "process_payload": true } }"#));
    expect(
        "",
        &webhook(
            "workflow",
            r#", "verification": { "!pipe": [{ "!http": { "url": "https://a.b" } }, { "!respond": { "process_payload": true } }] }"#,
        ),
    );
}

#[test]
fn verification_answers() {
    expect("IN0313", &webhook("workflow", r#", "verification": { "!jq": "." }"#));
    let cases = r#", "verification": { "!switch": { "jq": ".body.a", "cases": [{ "!error": "no" }, { "!respond": { "process_payload": true } }] } }"#;
    expect("", &webhook("workflow", cases));
    expect("IN0301", &webhook("workflow", r#", "verification": { "!respnd": { "process_payload": true } }"#));
}

#[test]
fn hooks_save_into_their_own_scope() {
    let save = |scope: &str| {
        format!(
            r#", "update": {{ "!pipe": [{{ "!jq": "{{a: 1}}" }}, {{ "!save": {{ "scope": "{scope}" }} }}] }}, "resource_id": {{ "!jq": ".id" }}"#
        )
    };
    for other in ["workflow", "application"] {
        let text = webhook("connection", &save(other));
        expect("IN0305", &text);
        expect("", &mended(&text));
    }
    expect("", &webhook("connection", &save("connection")));
    expect("", &command(r#"{ "!pipe": [{ "!jq": "{a: 1}" }, { "!save": { "scope": "application" } }] }"#));
}

#[test]
fn paths_have_a_server() {
    let paths = |api: &str, members: &str| format!(r#"{{ {api} "data_intake": {} }}"#, http(members));
    expect("IN0306", &paths("", r#""path": "/a""#));
    expect("IN0306", &paths(r#""api": { "pagination": {} },"#, r#""path": "/a""#));
    expect("", &paths(r#""api": { "base_url": "https://a.b" },"#, r#""path": "/a""#));
    expect("", &paths("", r#""path": "/a", "target": "activecampaign""#));
    expect("IN0315", &paths("", r#""url": "https://a.b", "target": "activecampaign""#));
    let twice = command(r#"{ "!pipe": [{ "!http": { "path": "/a" } }, { "!http": { "path": "/b" } }] }"#);
    expect("IN0306", &twice);
    assert_eq!(diagnose(&twice)[0].secondary.len(), 1, "the other path is shown too");
}

#[test]
fn urls_can_be_valid() {
    let base = |url: &str| app(&format!(r#""api": {{ "base_url": "{url}" }}"#));
    let token = |url: &str| {
        app(&format!(r#""auth": {{ "a": {{ "type": "basic", "defined_fields": {{}}, "verify_url": "{url}" }} }}"#))
    };
    for url in ["", "ftp://a.b", "https://a b.c", "https://u:p@a.b", "https://a.b/../c", "${subdomain}.a.b", "https://"]
    {
        expect("IN0309", &http(&format!(r#""url": "{url}""#)));
        expect("IN0309", &base(url));
        expect("IN0309", &token(url));
    }
    for url in ["https://a.b/c", "https:\\/\\/a.b\\/c", "https://${subdomain}.a.b:8080/${custom_data.id.value}"] {
        expect("", &http(&format!(r#""url": "{url}""#)));
        expect("", &base(url));
        expect("", &token(url));
    }
    expect("IN0309", &base("https://a.b?c=d"));
    expect("", &token("https://a.b?c=d"));
    expect("IN0309", &http(r#""path": "a/../b", "target": "activecampaign""#));
    let text = http(r#""url": "https://a.b/c d""#);
    assert_eq!(&text[diagnose(&text)[0].primary.span.range()], " ");
    for (url, mended_to) in [("https://a.b/c d", "https://a.b/c%20d"), ("${subdomain}.a.b", "https://${subdomain}.a.b")]
    {
        let mended = mended(&http(&format!(r#""url": "{url}""#)));
        assert!(mended.contains(&format!("\"{mended_to}\"")), "{mended}");
    }
}

#[test]
fn headers_can_be_sent() {
    let header =
        |name: &str, value: &str| http(&format!(r#""url": "https://a.b", "headers": {{ "{name}": {value} }}"#));
    for name in ["content type", "", "a:b", "é", "a\\nb", "Host", "content-length", "Transfer-Encoding", "connection"]
    {
        expect("IN0310", &header(name, "\"a\""));
    }
    for value in [r#""a\r\nb""#, r#""a\nb ${subdomain}""#, r#""é""#, r#""a\u0000""#] {
        expect("IN0310", &header("x-a", value));
    }
    for (name, value) in [("X-A_b.c", "\"a b\\tc\""), ("accept", "null"), ("x-count", "1"), ("x", "\"${subdomain}\"")] {
        expect("", &header(name, value));
    }
    let respond = |name: &str| {
        webhook(
            "workflow",
            &format!(
                r#", "verification": {{ "!respond": {{ "process_payload": true, "headers": {{ "{name}": "a" }} }} }}"#
            ),
        )
    };
    expect("IN0310", &respond("content-length"));
    expect("", &respond("content-language"));
    let auth = |key: &str, prefix: &str| {
        app(&format!(
            r#""auth": {{ "a": {{ "type": "token", "header_key": "{key}", "token_prefix": "{prefix}", "verify_url": "https://a.b", "defined_fields": {{}} }} }}"#
        ))
    };
    expect("IN0310", &auth("x token", "Bearer"));
    expect("IN0310", &auth("x-token", "a\\nb"));
    expect("", &auth("x-token", "Bearer"));
}

#[test]
fn forms_are_objects() {
    let form = |content_type: &str, body: &str| {
        http(&format!(r#""url": "https://a.b", "headers": {{ "Content-Type": "{content_type}" }}, "body": {body}"#))
    };
    let urlencoded = "application/x-www-form-urlencoded; charset=utf-8";
    for body in ["\"a=b\"", "[]", "1", "null", "\"a=${subdomain}\""] {
        expect("IN0316", &form(urlencoded, body));
        expect("", &form("application/json", body));
    }
    expect("", &form(urlencoded, "{}"));
    expect("", &form(urlencoded, "\"${polling_state}\""));
    expect("", &http(r#""url": "https://a.b", "headers": { "content-type": "application/x-www-form-urlencoded" }"#));
}

#[test]
fn secrets_are_not_written_down() {
    let header =
        |name: &str, value: &str| http(&format!(r#""url": "https://a.b", "headers": {{ "{name}": "{value}" }}"#));
    for (name, value) in [
        ("Authorization", "Bearer 0123456789abcdef"),
        ("authorization", "Basic dXNlcjpwYXNz"),
        ("X-API-Key", "AbCdEfGh"),
        ("x-auth-token", "0000-1111"),
    ] {
        expect("IN0312", &header(name, value));
    }
    for value in [
        "Bearer ${custom_data.token.value}",
        "[insert your secret here]",
        "<token>",
        "",
        "xxx",
        "xxxx-xxxx-xxxx",
        "Bearer",
        "YOUR_API_KEY",
        "Bearer [your token 123]",
        "{{token123}}",
        "bearer",
        "ab1",
        "insert-key-1",
    ] {
        expect("", &header("authorization", value));
    }
    expect("", &header("accept", "application/vnd.github+json"));
    expect("IN0312", &http(r#""url": "https://a.b", "params": { "api_key": "0123456789" }"#));
    expect("IN0312", &http(r#""url": "https://a.b", "body": { "a": [{ "password": "hunter2" }] }"#));
    expect(
        "",
        &http(r#""url": "https://a.b", "body": { "password": true, "token": "access_token", "key": "0123456789" }"#),
    );
    expect("IN0312", &http(r#""url": "https://a.b?a=${subdomain}&api_key=0123456789&b=c""#));
    expect("", &http(r#""url": "https://a.b/token=0123456789?token=v0.1.2.3-${subdomain}&id=0123456789""#));
    let hmac = |secret: &str| {
        command(&format!(
            r#"{{ "!pipe": [{{ "!jq": "{{value_to_encrypt: 1}}" }}, {{ "!sha": {{ "algorithm": "md5", "secret": "{secret}" }} }}] }}"#
        ))
    };
    expect("IN0312", &hmac("0123456789"));
    expect("", &hmac("${custom_data.secret.value}"));
    let oauth = |secret: &str, body: &str| {
        app(&format!(
            r#""auth": {{ "a": {{ "type": "oauth2", "configuration": {{ "authorization_base_url": "https://a.b", "client_id": "0123456789", "client_secret": "{secret}", "scopes": [], "token_url": "https://a.b", "token_request_body": "{body}" }} }} }}"#
        ))
    };
    expect("IN0312", &oauth("woef2qo3hefawEWrfh2qe21", ""));
    expect("IN0312", &oauth("[secret]", "grant_type=password&password=hunter2"));
    expect("", &oauth("[secret]", "grant_type=authorization_code"));
}

#[test]
fn variables_stand_where_they_have_a_value() {
    let print = |variable: &str| {
        let write = r#"{ "!pipe": [{ "!jq": "{a: 1}" }, { "!save": { "scope": "workflow" } }, { "!jq": "{results: [], iterate: false, polling_state: {a: ${polling_state}}}" }] }"#;
        polling(&format!(r#""request": {write}, "post_poll": {{ "!print_c": "${{{variable}}}" }}"#))
    };
    for variable in
        ["polling_state", "polling_state.a", "subdomain", "resource.id", "custom_data.a.value", "data.workflow.a"]
    {
        expect("", &print(variable));
    }
    expect("IN0403", &print("webhook.url"));
    expect("IN0403", &print("piped_content.0"));
    let event = |event: &str, variable: &str| {
        let members = format!(r#", "{event}": {{ "!pipe": [{{ "!print_c": "${{{variable}}}" }}, {RESPOND}] }}"#);
        webhook("workflow", &members).replace(
            &format!(", {RESPOND}"),
            &if event == "verification" { format!(", {RESPOND}") } else { String::new() },
        )
    };
    expect("", &event("update", "webhook.url"));
    expect("IN0403", &event("verification", "webhook.url"));
    expect("IN0403", &event("verification", "polling_state.a"));
    expect("", &event("verification", "subdomain"));
    let base = |variable: &str| app(&format!(r#""api": {{ "base_url": "https://${{{variable}}}.a.b" }}"#));
    expect("", &base("subdomain"));
    expect("", &base("custom_data.region.value"));
    for variable in ["webhook.url", "polling_state.a", "data.connection.a", "piped_content.0"] {
        expect("IN0403", &base(variable));
    }
    let auth = r#""auth": { "a": { "type": "session", "verify_url": "https://a.b", "request_body": { "a": "${data.connection.a}" } } }"#;
    expect("IN0403", &app(auth));
    expect("", &app(&auth.replace("data.connection.a", "subdomain")));
}

#[test]
fn piped_content_is_of_commands_that_have_run() {
    let print = |n: u32| format!(r#"{{ "!jq": "${{piped_content.{n}}}" }}"#);
    let pipe = |commands: &str| format!(r#"{{ "!pipe": [{commands}] }}"#);
    let three = |n| command(&pipe(&format!(r#"{{ "!jq": "." }}, {{ "!jq": "." }}, {}"#, print(n))));
    for n in 0..3 {
        expect("", &three(n));
    }
    expect("IN0404", &three(3));
    assert!(diagnose(&three(3))[0].message.contains("2 commands have run"));
    expect("IN0404", &command(&pipe(&print(1))));
    // A nested pipe counts anew, a switch does not.
    let nested = |n| command(&pipe(&format!(r#"{{ "!jq": "." }}, {{ "!jq": "." }}, {}"#, pipe(&print(n)))));
    expect("", &nested(0));
    expect("IN0404", &nested(1));
    let switch = |n| {
        let switch = format!(
            r#"{{ "!switch": {{ "jq": "${{custom_data.a.value}}", "cases": [{{ "!print_c": "" }}, {}] }} }}"#,
            print(n)
        );
        command(&pipe(&format!(r#"{{ "!jq": "." }}, {{ "!jq": "." }}, {switch}"#)))
    };
    expect("", &switch(2));
    expect("IN0404", &switch(3));
    // After a nested pipe the outer numbering goes on.
    expect("", &command(&pipe(&format!("{}, {}", pipe(r#"{ "!jq": "." }, { "!jq": "." }"#), print(1)))));
    expect("IN0404", &command(&pipe(&format!("{}, {}", pipe(r#"{ "!jq": "." }, { "!jq": "." }"#), print(2)))));
}

#[test]
fn programs_give_one_output() {
    let response = r#"{ "!http": { "url": "https://a.b" } }"#;
    let jq = |program: &str| command(&format!(r#"{{ "!pipe": [{response}, {{ "!jq": "{program}" }}] }}"#));
    for program in [".a", "[.a[]]", "first(.a[], 1)", "[{a: .b}]", "if .a then 1 else 2 end"] {
        expect("", &jq(program));
    }
    expect("IN0506", &jq("empty"));
    expect("IN0506", &jq("select(.a)"));
    for program in [".a[]", "1, 2", ".a[] | select(.b)"] {
        let text = jq(program);
        expect("IN0507", &text);
        assert!(mended(&text).contains(&format!("[{program}]")), "{}", mended(&text));
        expect("", &mended(&text));
    }
    let switch = r#"{ "!switch": { "jq": ".a[]", "cases": [{ "!print_c": "" }] } }"#;
    let switch = command(&format!(r#"{{ "!pipe": [{response}, {switch}] }}"#));
    expect("IN0507", &switch);
    assert!(mended(&switch).contains("first(.a[])"), "an index is no array");
    expect("IN0506", &webhook("connection", r#", "resource_id": { "!jq": "select(.a) | .id" }"#));
}

#[test]
fn requests_give_results() {
    let read = r#""post_poll": { "!print_c": "${polling_state}" }"#;
    let request = |command: &str| polling(&format!(r#""request": {command}, {read}"#));
    // What changes something at the vendor may be what moves it on.
    let call = r#"{ "!http": { "method": "DELETE", "url": "https://a.b/a" } }"#;
    let jq = |program: &str| request(&format!(r#"{{ "!pipe": [{call}, {{ "!jq": "{program}" }}] }}"#));
    for program in [
        "{results: .data, iterate: .more}",
        "{results: [], iterate: (1 == 2)}",
        "{results: null, iterate: false}",
        "{results: [], iterate: (if .a then false else true end)}",
        "if .a then {results: [], iterate: true} else {results: [], iterate: false} end",
        "if .a then {results: [], iterate: false} else {iterate: false} end",
        ".data",
        ". + {iterate: false}",
    ] {
        expect("", &jq(program));
    }
    for program in [
        "{records: []}",
        "[]",
        "1",
        "null",
        "if .a then {} else [] end",
        "{results: 1, iterate: false}",
        "{results: {}, iterate: false}",
    ] {
        expect("IN0601", &jq(program));
    }
    expect("IN0602", &jq("{results: []}"));
    for program in ["{results: [], iterate: true}", "{results: [], iterate: 1}", "{results: [], iterate: null}"] {
        expect("IN0603", &jq(program));
    }
    expect("IN0604", &jq("{results: [], polling_state: {a: 1, iterate: false}}"));
    expect("", &jq("{results: [], polling_state: {iterate: false}, iterate: false}"));
    for (program, moved) in [
        (
            "{results: .a, polling_state: { a: (1), iterate: true }}",
            "{results: .a, polling_state: { a: (1) }, iterate: true}",
        ),
        ("{results: .a, polling_state: {a: .b, iterate: .c}}", "{results: .a, polling_state: {a: .b}, iterate: .c}"),
        (
            "{results: .a, polling_state: ({a: 1, iterate: false, b: 2})}",
            "{results: .a, polling_state: ({a: 1, b: 2}), iterate: false}",
        ),
        ("{results: .a, polling_state: {iterate: .c}}", "{results: .a, polling_state: {iterate: .c}}"),
        (
            "{results: .a, polling_state: ({a: .b, iterate: .c})}",
            "{results: .a, polling_state: ({a: .b, iterate: .c})}",
        ),
        (
            "{a: 1, iterate: .c} as $s | {results: .a, polling_state: $s}",
            "{a: 1, iterate: .c} as $s | {results: .a, polling_state: $s}",
        ),
    ] {
        let found = diagnose(&jq(program));
        assert_eq!(found.first().map(|found| found.code.as_str()), Some("IN0604"), "{program}");
        let edits: Vec<_> = found[0].suggestions.iter().collect();
        assert_eq!(intake_compiler::diagnostic::suggest::apply(&jq(program), &edits), jq(moved));
    }

    let lacking = r#"{ "!jq": "{records: []}" }"#;
    let switch = |cases: &str| {
        request(&format!(r#"{{ "!switch": {{ "jq": "${{custom_data.a.value}}", "cases": [{cases}] }} }}"#))
    };
    expect("IN0601", &request(&format!(r#"{{ "!pipe": [{REQUEST}, {lacking}] }}"#)));
    expect("", &request(&format!(r#"{{ "!pipe": [{lacking}, {REQUEST}] }}"#)));
    expect(
        "",
        &request(&format!(
            r#"{{ "!pipe": [{REQUEST}, {{ "!save": {{ "scope": "workflow" }} }}, {{ "!print_c": "" }}] }}"#
        )),
    );
    expect("IN0601", &request(&format!(r#"{{ "!pipe": [{lacking}, {{ "!print_c": "" }}] }}"#)));
    expect("", &switch(&format!("{REQUEST}, {lacking}")));
    expect("IN0601", &switch(&format!("{lacking}, {lacking}")));
    expect("", &request(r#"{ "!http": { "url": "https://a.b", "body": "${polling_state}", "method": "POST" } }"#));
    let after_call =
        |command: &str| request(&format!(r#"{{ "!pipe": [{{ "!http": {{ "url": "https://a.b" }} }}, {command}] }}"#));
    expect("IN0601", &after_call(r#"{ "!extract": { "item_keys": ["a"] } }"#));
    expect("IN0602", &after_call(r#"{ "!extract": { "item_keys": ["results"] } }"#));
    expect("IN0601", &after_call(r#"{ "!sha": { "algorithm": "md5" } }"#));
    expect("", &request(r#"{ "!error": "not yet" }"#));
}

#[test]
fn placeholders_are_to_be_filled_in() {
    let with = |comment: &str| command(&format!(r#"{{ "_comment": {comment}, "!print_c": "" }}"#));
    expect("IN0801", &with(r#""placeholder: the call""#));
    expect("IN0801", &app(r#""api": { "_comment": "placeholder:", "base_url": "https://a.example" }"#));
    for comment in [r#""a placeholder: the call""#, r#""Placeholder""#, r#"["placeholder: the call"]"#] {
        expect("", &with(comment));
    }
    let body = r#""url": "https://a.example", "method": "POST", "body": { "_comment": "placeholder: a" }"#;
    expect("IN0801", &http(body));
}

#[test]
fn several_mistakes_are_found_in_one_run() {
    let text = r#"{
        "data_intake": [
            { "name": "a", "type": "webhook", "scope": "connection", "create": { "!htp": { "url": "https://a.b" } } },
            { "name": "a", "type": "polling", "frequency": 1, "request": { "!pipe": [] } }
        ]
    }"#;
    expect("IN0214 IN0217 IN0301 IN0205 IN0209 IN0303", text);
    assert!(rendered(text).contains("did you mean `!http`?"));
}

#[test]
fn a_variable_needs_its_dollar() {
    let text = |text: &str| command(&format!(r#"{{ "!print_c": "{text}" }}"#));
    let program = |program: &str| command(&format!(r#"{{ "!jq": "{program}" }}"#));
    for (lost, mended_text) in [
        ("{polling_state.a}", "${polling_state.a}"),
        ("a {subdomain} b", "a ${subdomain} b"),
        ("{ custom_data.list.value | default: x }", "${ custom_data.list.value | default: x }"),
        ("{{resource.id}}", "{${resource.id}}"),
    ] {
        expect("IN0420", &text(lost));
        assert_eq!(mended(&text(lost)), text(mended_text));
    }
    expect("IN0420", &program(r#"\"a{polling_state.a}\""#));
    for fine in ["{a}", "{}", "{polling_state.a", "polling_state.a}", "{data.nobody.a}", "${subdomain}", "{é}"] {
        expect("", &text(fine));
    }
    expect("", &program("[{subdomain: 1}]"));
    expect("", &text(&"{".repeat(200_000)));
}

#[test]
fn properties_of_form_fields_are_spelt_as_they_are() {
    let of = |path: &str| command(&format!(r#"{{ "!print_c": "${{custom_data.list.{path}}}" }}"#));
    for misspelt in ["vlaue", "valu", "Value", "dispaly.a[0]"] {
        expect("IN0421", &of(misspelt));
        expect("", &mended(&of(misspelt)));
    }
    expect("IN0421", &of("vlaue | default: a"));
    for fine in ["value", "display", "label", "options", "value.a"] {
        expect("", &of(fine));
    }
}
