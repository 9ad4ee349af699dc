//! The rules over the data flow: what they find, and what looks like it and is fine.

mod support;

use intake_compiler::diagnostic::suggest;
use support::{diagnose, expect, mended, polling, rendered, webhook};

/// `!http` with these members beside its URL; start them with a comma.
fn call(members: &str) -> String {
    format!(r#"{{ "!http": {{ "url": "https://api.example.com/items"{members} }} }}"#)
}

/// `!http` that sends these variables as parameters.
fn sending(variables: &[&str]) -> String {
    let params: Vec<String> = variables.iter().map(|name| format!(r#""{name}": "${{{name}}}""#)).collect();
    call(&format!(r#", "params": {{ {} }}"#, params.join(", ")))
}

fn jq(program: &str) -> String {
    format!(r#"{{ "!jq": "{program}" }}"#)
}

fn pipe(commands: &[&str]) -> String {
    format!(r#"{{ "!pipe": [{}] }}"#, commands.join(", "))
}

fn switch(index: &str, cases: &[&str]) -> String {
    format!(r#"{{ "!switch": {{ "jq": "{index}", "cases": [{}] }} }}"#, cases.join(", "))
}

/// A polling intake of these events.
fn events(events: &[(&str, &str)]) -> String {
    let members: Vec<String> = events.iter().map(|(name, command)| format!(r#""{name}": {command}"#)).collect();
    polling(&members.join(", "))
}

/// An intake whose `initial_setup` gives the state `setup`, and whose `request` sends `sent` and gives the state `state`.
fn paged(setup: &str, sent: &[&str], state: &str) -> String {
    let request = jq(&format!("{{results: .data, iterate: .more, polling_state: {state}}}"));
    events(&[
        ("initial_setup", &jq(&format!("{{polling_state: {setup}}}"))),
        ("request", &pipe(&[&sending(sent), &request])),
    ])
}

const NEXT: &str = "{page: (${polling_state.page} + 1)}";

#[test]
fn keys_that_are_read_are_written() {
    expect("", &paged("{page: 1}", &["polling_state.page"], NEXT));
    let text = paged("{page: 1}", &["polling_state.pge", "polling_state.page"], NEXT);
    expect("IN0605", &text);
    expect("", &mended(&text).replace("\"polling_state.pge\"", "\"other\""));
    // Every read of the name is mended at once.
    let text = paged("{page: 1}", &["polling_state.Page"], "{page: (${polling_state.Page} + 1)}");
    expect("IN0605", &text);
    expect("", &mended(&text));
    // A path into a value that has none.
    expect("IN0605", &paged("{page: 1}", &["polling_state.page.next"], "{page: 2}"));
    expect("", &paged("{page: {next: 1}}", &["polling_state.page.next"], "{page: .page}"));
    expect("IN0605 IN0609", &paged("[1]", &["polling_state.a"], "{total: 1}"));
    expect("", &paged("[1]", &["polling_state[0]"], "[2]"));
    // What is not known may have it.
    expect("", &paged("{page: 1, a: 1}", &["polling_state.page", "polling_state.a"], ".state"));
    expect("", &paged("{page: 1}", &["polling_state.page"], "(.state + {page: 2})"));
    expect("IN0408", &paged("{page: 1}", &["polling_state.page", "polling_state.a | default: b"], NEXT));
}

#[test]
fn keys_are_written_before_they_are_read() {
    let request = pipe(&[
        &sending(&["polling_state.page"]),
        &jq(&format!("{{results: .data, iterate: .more, polling_state: {NEXT}}}")),
    ]);
    let text = events(&[("request", &request)]);
    expect("IN0606", &text);
    assert!(rendered(&text).contains("add `\"initial_setup\""), "{}", rendered(&text));
    let page = jq("{polling_state: {page: 1}}");
    expect("", &events(&[("pre_poll", &page), ("request", &request)]));
    expect("IN0640 IN0606", &events(&[("initial_setup", &jq("{page: 1}")), ("request", &request)]));
    expect("IN0606", &events(&[("request", &request), ("post_poll", &page)]));
    let with_default = request.replace("${polling_state.page}", "${polling_state.page | default: 1}");
    expect("", &events(&[("request", &with_default)]));
    // Only where the key is there may a case read it.
    let first = jq("{results: .data, iterate: .more, polling_state: {page: 2}}");
    let chosen = switch("if (${polling_state} | has(\\\"page\\\")) then 1 else 0 end", &[&first, &request]);
    expect("", &events(&[("request", &chosen)]));
    // `initial_setup` has the state `{}` too.
    expect("IN0606", &events(&[("initial_setup", &jq(&format!("{{polling_state: {NEXT}}}"))), ("request", &request)]));
    // On some ways it is written.
    let maybe = jq("if now > 1 then {polling_state: {page: 1}} else {} end");
    expect("IN0608", &events(&[("initial_setup", &maybe), ("request", &request)]));
}

#[test]
fn keys_are_carried_over() {
    let sent = ["polling_state.since", "polling_state.page"];
    let text = paged("{since: 0, page: 1}", &sent, NEXT);
    expect("IN0607", &text);
    let mended_text = mended(&text);
    assert!(mended_text.contains(&format!("polling_state: (${{polling_state}} + {NEXT})}}")), "{mended_text}");
    expect("", &mended_text);
    expect("", &paged("{since: 0, page: 1}", &sent, "{since: ${polling_state.since}, page: .next}"));
    // Without another key the state stays.
    let keeping = jq("{results: .data, iterate: false}");
    let setup = jq("{polling_state: {since: 0}}");
    let request = pipe(&[&sending(&["polling_state.since"]), &keeping]);
    expect("", &events(&[("initial_setup", &setup), ("request", &request)]));
    // Dropped at the end of a cycle, read in the next.
    let post = jq("{polling_state: {last: now}}");
    let text = events(&[("initial_setup", &setup), ("request", &request), ("post_poll", &post)]);
    expect("IN0607 IN0609", &text);
    // Of an intake that runs once there is no next.
    let once = text.replace("\"type\": \"polling\"", "\"type\": \"polling\", \"import_option\": \"single\"");
    expect("IN0609", &once);
    // Nor is there a next request where there is no more.
    let last = pipe(&[&sending(&["polling_state.since"]), &jq("{results: .data, iterate: false, polling_state: {}}")]);
    expect("", &events(&[("pre_poll", &setup), ("request", &last)]));
    let more = last.replace("iterate: false", "iterate: .more");
    expect("IN0607", &events(&[("pre_poll", &setup), ("request", &more)]));
}

#[test]
fn keys_are_carried_over_on_every_way() {
    let both = |last: &str| {
        let program = format!(
            "if .next then {{results: .data, iterate: true, polling_state: {{cursor: .next}}}} else {{results: .data, iterate: false{last}}} end"
        );
        events(&[
            ("initial_setup", &jq("{polling_state: {cursor: null}}")),
            ("request", &pipe(&[&sending(&["polling_state.cursor"]), &jq(&program)])),
        ])
    };
    expect("", &both(""));
    expect("", &both(", polling_state: {cursor: null}"));
    expect("IN0608", &both(", polling_state: {}"));
    let text = both(", polling_state: {a: 1}");
    expect("IN0608 IN0609", &text);
    assert!(mended(&text).contains("polling_state: (${polling_state} + {a: 1})"), "{}", mended(&text));
    // In the state only.
    let text = paged("{a: 1}", &["polling_state.a"], "(if .x then {a: .x} else {b: 1} end)");
    expect("IN0608 IN0609", &text);
}

#[test]
fn keys_are_read_somewhere() {
    expect("IN0609", &paged("{page: 1, total: 0}", &["polling_state.page"], NEXT));
    // One whose `$` is missing is meant, here and for the request: the cause is said once.
    let text = paged("{page: 1}", &["polling_state.page"], NEXT);
    expect("IN0420", &text.replace("\"${polling_state.page}\"", "\"{polling_state.page}\""));
    let text = paged("{page: 1, total: 0}", &["polling_state.page"], "{page: 2, total: .total}");
    expect("IN0609", &text);
    assert_eq!(diagnose(&text)[0].secondary.len(), 1, "every place is shown");
    expect("", &paged("{page: 1, total: 0}", &["polling_state"], "{page: 2}"));
    expect("", &paged("{page: 1, total: 0}", &["polling_state.page", "polling_state.total | default: 1"], NEXT));
}

#[test]
fn keys_have_one_type() {
    expect("IN0610", &paged("{page: \\\"1\\\"}", &["polling_state.page"], "{page: (.page + 1)}"));
    expect("", &paged("{page: null}", &["polling_state.page"], "{page: (.page + 1)}"));
    expect("", &paged("{page: \\\"1\\\"}", &["polling_state.page"], "{page: .next}"));
    expect("IN0610", &paged("{page: 1}", &["polling_state.page"], "{page: (if .more then 1 else \\\"end\\\" end)}"));
}

#[test]
fn requests_move_on() {
    let state = "{results: .data, iterate: .more, polling_state: {page: .next}}";
    let read = r#"{ "!print_c": "${polling_state}" }"#;
    let of = |request: &str| {
        events(&[
            ("initial_setup", &jq("{polling_state: {page: 1, size: 9}}")),
            ("request", request),
            ("post_poll", read),
        ])
    };
    let sends = |sent: &[&str], program: &str| of(&pipe(&[&sending(sent), &jq(program)]));
    expect("", &sends(&["polling_state.page"], &state.replace("page: .next", "page: .next, size: 9")));
    expect("IN0611", &sends(&[], "{results: .data, iterate: .more}"));
    expect("IN0611", &sends(&["custom_data.list.value", "subdomain"], "{results: .data, iterate: .more}"));
    expect("IN0612", &sends(&[], "{results: .data, iterate: true}"));
    expect("", &sends(&[], "{results: .data, iterate: false}"));
    expect("", &sends(&[], "{results: null, iterate: .more}"));
    // A key that it writes as it was.
    expect(
        "IN0611",
        &sends(
            &["polling_state.size"],
            "{results: .data, iterate: .more, polling_state: {size: ${polling_state.size}, page: .next}}",
        ),
    );
    expect(
        "IN0611",
        &sends(&["polling_state.size"], "{results: .data, iterate: .more, polling_state: ${polling_state}}"),
    );
    // The whole state, or one that is not known.
    expect("", &sends(&["polling_state"], state));
    expect("", &sends(&["polling_state.page"], ".body"));
    // By way of another command, and of a decision.
    let by_way = pipe(&[&jq("{at: ${polling_state.page}}"), &sending(&["piped_content.1.at"]), &jq(state)]);
    expect("", &of(&by_way));
    let decided =
        switch("if ${polling_state.page} == 1 then 0 else 1 end", &[&call(""), &call(r#", "params": { "a": 1 }"#)]);
    expect("", &of(&pipe(&[&decided, &jq(state)])));
    // Saved data, time.
    let saving = pipe(&[
        &sending(&["data.workflow.at | default: 0"]),
        &jq("{at: .next}"),
        r#"{ "!save": { "scope": "workflow" } }"#,
        &jq("{results: ${piped_content.1.data}, iterate: ${piped_content.1.more}}"),
    ]);
    expect("", &of(&saving));
    expect(
        "",
        &of(&pipe(&[&jq("{at: now}"), &sending(&["piped_content.1.at"]), &jq("{results: .data, iterate: .more}")])),
    );
    // What takes messages off a queue gets others the next time.
    let post = call(r#", "method": "POST""#);
    let delete = call(r#", "method": "DELETE""#);
    let gives = jq("{results: .data, iterate: .more}");
    expect("IN0611", &of(&pipe(&[&post, &gives])));
    expect("", &of(&pipe(&[&call(""), &delete, &gives])));
    expect("", &of(&pipe(&[&post, &post, &gives])));
}

/// A webhook intake of scope `workflow` with these events.
fn hook(events: &[(&str, &str)]) -> String {
    let members: Vec<String> = events.iter().map(|(name, command)| format!(r#""{name}": {command}"#)).collect();
    format!(r#"[{{ "name": "a", "type": "webhook", "scope": "workflow", {} }}]"#, members.join(", "))
}

const SAVE: &str = r#"{ "!save": { "scope": "workflow" } }"#;

fn saving(program: &str) -> String {
    pipe(&[&call(r#", "method": "POST""#), &jq(program), SAVE])
}

#[test]
fn saved_data_is_saved() {
    let of = |create: &str, read: &str| hook(&[("create", create), ("delete", &sending(&[read]))]);
    let create = saving("{hook_id: .id}");
    expect("", &of(&create, "data.workflow.hook_id"));
    let text = of(&create, "data.workflow.hook-id");
    expect("IN0620", &text);
    expect("", &mended(&text));
    // Under another scope.
    let text = of(&create, "data.connection.hook_id");
    expect("IN0620", &text);
    expect("", &mended(&text));
    // `create` saves nothing.
    let text = of(&call(""), "data.workflow.id");
    expect("IN0620", &text);
    assert!(rendered(&text).contains("saves nothing"), "{}", rendered(&text));
    expect("IN0408", &of(&call(""), "data.workflow.id | default: a"));
    // A response that is saved as it is may have any key.
    expect("", &of(&pipe(&[&call(""), SAVE]), "data.workflow.id"));
    // What was not understood may save it.
    expect("IN0501", &of(&pipe(&[&jq("{"), SAVE]), "data.workflow.id"));
    // Another intake of the same manifest saves it.
    let two = |scope: &str| {
        let reading = webhook("workflow", &format!(r#", "update": {}"#, sending(&["data.workflow.token"])));
        let poll = events(&[
            ("initial_setup", &pipe(&[&jq("{token: 1}"), &SAVE.replace("workflow", scope)])),
            ("request", support::REQUEST),
        ]);
        format!("{}, {}", reading.trim_end_matches(']'), poll.trim_start_matches('['))
    };
    expect("", &two("workflow"));
    expect("IN0620", &two("application"));
}

#[test]
fn saved_data_is_saved_before_it_is_read() {
    let read = |read: &str| pipe(&[&sending(&[read]), &jq("{id: .id}"), SAVE]);
    let delete = sending(&["data.workflow.id"]);
    expect("IN0621", &hook(&[("create", &read("data.workflow.id")), ("delete", &delete)]));
    expect(
        "IN0621",
        &hook(&[
            ("create", &sending(&["data.workflow.id", "webhook.url"])),
            ("update", &saving("{id: .id}")),
            ("delete", &delete),
        ]),
    );
    expect("", &hook(&[("create", &saving("{id: .id}")), ("update", &read("data.workflow.id")), ("delete", &delete)]));
    expect("", &hook(&[("create", &read("data.workflow.id | default")), ("delete", &delete)]));
    // In the same event, after it.
    let after = pipe(&[&saving("{id: .id}"), &sending(&["data.workflow.id"])]);
    expect("", &hook(&[("create", &after), ("delete", &delete)]));
    // Polling.
    let poll = |setup: &str, request: &str| {
        events(&[("initial_setup", setup), ("request", &pipe(&[request, support::REQUEST]))])
    };
    expect("IN0621", &poll(&sending(&["data.workflow.id"]), &saving("{id: .id}")));
    expect("IN0621", &poll(&call(""), &read("data.workflow.id")));
    expect("", &poll(&saving("{id: .id}"), &sending(&["data.workflow.id"])));
}

#[test]
fn deletes_say_which_hook() {
    let of = |create: &str, read: &str| hook(&[("create", create), ("delete", &sending(&[read]))]);
    expect("IN0622", &of(&saving("{id: .id}"), "subdomain"));
    expect("", &of(&saving("{id: .id}"), "webhook.url"));
    expect("", &of(&saving("{id: .id}"), "data.workflow.id"));
    expect("", &of(&call(""), "resource.id"));
    expect("IN0622", &hook(&[("create", &call("")), ("delete", &call(""))]));
    // So does `update`, if it sends something.
    let delete = sending(&["webhook.url"]);
    let of = |update: &str| hook(&[("create", &saving("{id: .id}")), ("delete", &delete), ("update", update)]);
    expect("IN0622", &of(&sending(&["subdomain"])));
    expect("IN0622", &of(&call("")));
    expect("", &of(&sending(&["data.workflow.id"])));
    expect("", &of(&sending(&["webhook.url"])));
    expect("", &of(r#"{ "!print_c": "nothing to do" }"#));
    expect("IN0301", &hook(&[("create", &call("")), ("delete", r#"{ "!rm": "" }"#)]));
}

#[test]
fn commands_get_what_they_can_use() {
    let after = |commands: &[&str]| events(&[("request", support::REQUEST), ("post_poll", &pipe(commands))]);
    let extract = |members: &str| format!(r#"{{ "!extract": {{ "item_keys": ["a"]{members} }} }}"#);
    let sha = r#"{ "!sha": { "algorithm": "md5" } }"#;
    for (code, command) in [("IN0317", extract("").as_str()), ("IN0318", sha), ("IN0319", SAVE)] {
        for input in ["[1]", "1", "\\\"a\\\"", "null", "if .a then 1 else 2 end"] {
            expect(code, &after(&[&call(""), &jq(input), command]));
        }
        expect("", &after(&[&call(""), &jq(".a"), command]));
        expect(code, &after(&[command]));
    }
    expect("", &after(&[&call(""), SAVE]));
    expect("", &after(&[&call(""), sha]));
    expect("", &after(&[&call(""), &jq("if .a then 1 else {a: 1} end"), SAVE]));
    expect("IN0318", &after(&[&jq("{value: 1}"), sha]));
    expect("IN0318", &after(&[&jq("{value_to_encrypt: null}"), sha]));
    expect("", &mended(&after(&[&jq("{value: 1}"), sha])));
    expect("", &after(&[&jq("{value_to_encrypt: 1}"), sha]));
    expect("", &after(&[&jq("{a: 1}"), &extract("")]));
    let text = after(&[&jq("{A: 1}"), &extract("")]);
    expect("IN0324", &text);
    expect("", &mended(&text));
    expect("IN0317", &after(&[&jq("{a: 1}"), &extract(r#", "to_json": true"#)]));
    expect("", &after(&[&jq("{a: (1 | tojson)}"), &extract(r#", "to_json": true"#)]));
}

#[test]
fn indices_are_numbers() {
    let of = |index: &str| {
        events(&[("request", &pipe(&[&call(""), &switch(index, &[support::REQUEST, support::REQUEST])]))])
    };
    for index in ["if .a then 0 else 1 end", ".a", ".a | length", "(.a // 0)"] {
        expect("", &of(index));
    }
    for index in ["\\\"0\\\"", "[]", "null", ".a == 1"] {
        expect("IN0320", &of(index));
    }
    for index in ["2", "-1", "if .a then 0 elif .b then 1 else 2 end"] {
        expect("IN0320", &of(index));
    }
    expect("IN0320", &of("if .a == 1 then 7 else 8 end"));
    expect("IN0321", &of("0"));
    expect("IN0320", &of("if .a then 0 else 2 end"));
    assert!(mended(&of(".a == 1")).contains("if .a == 1 then 0 else 1 end"));
}

#[test]
fn payloads_come_through() {
    let of = |verification: &str| webhook("workflow", &format!(r#", "verification": {verification}"#));
    expect("IN0322", &of(r#"{ "!respond": {} }"#));
    expect("", &of(r#"{ "!respond": { "process_payload": true } }"#));
    let respond = r#"{ "!respond": {} }"#;
    expect("IN0322", &of(&switch(".body.a", &[respond, respond])));
    expect("", &of(&switch(".body.a", &[respond, r#"{ "!respond": { "process_payload": true } }"#])));
    for (program, expected) in [(".id", ""), ("{id}", "IN0323"), ("[.id]", "IN0323"), (".id // null", ""), ("1", "")] {
        expect(expected, &webhook("connection", &format!(r#", "resource_id": {}"#, jq(program))));
    }
}

#[test]
fn paths_lead_somewhere() {
    let of = |made: &str, path: &str| {
        events(&[("request", support::REQUEST), ("post_poll", &pipe(&[&call(""), &jq(made), &sending(&[path])]))])
    };
    expect("", &of("{list_id: .id}", "piped_content.2.list_id"));
    expect("", &of(".a", "piped_content.2.list_id"));
    expect("IN0640", &of("{list_id: .id}", "piped_content.1.id"));
    expect("IN0406", &of("{list_id: .id}", "piped_content.2.id"));
    expect("IN0406", &of("[.id]", "piped_content.2.id"));
    expect("", &of("[.id]", "piped_content.2[0]"));
    expect("IN0406", &of("{a: {b: 1}}", "piped_content.2.a.c"));
    expect("IN0406", &of("{a: 1}", "piped_content.2.a.c"));
    expect("", &of("{a: .a}", "piped_content.2.a.c"));
    expect("IN0640 IN0406", &of("1", "piped_content.0.a"));
    expect("IN0408", &of("{a: 1}", "piped_content.2.b | default: 1"));
    let text = of("{list_id: .id}", "piped_content.2.list-id");
    expect("", &mended(&text));
}

#[test]
fn text_is_not_null() {
    let super_call = call("");
    let of = |setup: &str, url: &str| {
        let call = format!(r#"{{ "!http": {{ "url": "https://api.example.com/{url}" }} }}"#);
        events(&[
            ("initial_setup", &pipe(&[&super_call, &jq(&format!("{{polling_state: {setup}}}"))])),
            ("request", &pipe(&[&call, &jq("{results: .data, iterate: .more, polling_state: {at: .next}}")])),
        ])
    };
    expect("IN0407", &of("{at: null}", "?at=${polling_state.at}"));
    expect("", &of("{at: null}", "?at=${polling_state.at | default}"));
    expect("", &of("{at: 1}", "?at=${polling_state.at}"));
    expect("", &of("{at: .at}", "?at=${polling_state.at}"));
    expect("", &paged("{at: null}", &["polling_state.at"], "{at: .next}"));
}

#[test]
fn requests_make_sense() {
    let of = |members: &str| support::command(&call(members));
    expect("IN0326", &of(r#", "body": { "a": 1 }"#));
    expect("IN0326", &of(r#", "method": "GET", "body": [1]"#));
    expect("", &of(r#", "method": "POST", "body": { "a": 1 }"#));
    expect("", &of(r#", "body": {}"#));
    expect("", &of(r#", "method": "DELETE", "body": { "a": 1 }"#));
    expect("IN0327", &of(r#", "headers": { "Accept": "a/b", "accept": "a/c" }"#));
    expect("", &of(r#", "headers": { "Accept": "a/b", "accept-language": "de" }"#));
    let to = |url: &str| support::command(&format!(r#"{{ "!http": {{ "url": "{url}" }} }}"#));
    for url in ["http://api.example.com/a", "HTTP://a.b:80", "http://${subdomain}.example.com/a", "http://8.8.8.8/"] {
        expect("IN0325", &to(url));
        expect("", &mended(&to(url)));
    }
    for url in [
        "http://localhost:8080/a",
        "http://127.0.0.1/a",
        "http://127.0.0.1:${custom_data.port.value}/a",
        "http://[::1]/a",
        "http://192.168.1.2/a",
        "http://vendor:80/a",
        "http://a.internal/",
        "http://${custom_data.host.value}/a",
        "https://api.example.com?a=http://a.b",
    ] {
        expect("", &to(url));
    }
    expect("IN0328", &to("https://contacts/list"));
    for url in ["https://localhost/a", "https://vendor:8443/a", "https://${subdomain}/a", "https://a${subdomain}.b/c"] {
        expect("", &to(url));
    }
}

#[test]
fn what_commands_give_is_used() {
    let create = |commands: &[&str]| hook(&[("create", &pipe(commands)), ("delete", &sending(&["webhook.url"]))]);
    let (post, id) = (call(r#", "method": "POST""#), jq("{id: .id}"));
    expect("", &create(&[&post, &id, SAVE]));
    expect("IN0640", &create(&[&id, &post, SAVE]));
    expect("IN0640", &create(&[&post, SAVE, &id]));
    expect("IN0640", &create(&[&post, &id]));
    let print = r#"{ "!print_c": "a" }"#;
    expect("IN0640", &create(&[&id, print, &post, SAVE]));
    // Read by its number, also in a switch and in another pipe.
    let reading = sending(&["piped_content.1.id"]);
    expect("", &create(&[&id, &reading, SAVE]));
    let index = jq("{id: ${custom_data.a.value}}");
    expect("", &create(&[&index, &post, &switch("${piped_content.1.id}", &[SAVE, print])]));
    expect("", &create(&[&id, &pipe(&[&sending(&["piped_content.0.id"])]), SAVE]));
    expect("IN0640", &create(&[&id, &pipe(&[&post]), SAVE]));
    // That it fails may be what it is for.
    let checks = create(&[&jq("if ${subdomain} == 1 then . else error end"), &post, SAVE]);
    assert!(!support::codes(&checks).contains(&"IN0640"), "{}", rendered(&checks));
    // Nothing at all is done on purpose.
    expect("", &hook(&[("create", &post), ("update", &jq(".")), ("delete", &sending(&["webhook.url"]))]));
    // A polling event's output is its state.
    let state = jq("{polling_state: {page: 1}}");
    expect("", &events(&[("pre_poll", &pipe(&[&call(""), &state])), ("request", &sending(&["polling_state.page"]))]));
}

#[test]
fn loops_without_requests_move_on() {
    let of = |state: &str| {
        let program = format!("{{results: [${{polling_state.n}}], iterate: (${{polling_state.n}} < 9){state}}}");
        events(&[("initial_setup", &jq("{polling_state: {n: 1}}")), ("request", &jq(&program))])
    };
    expect("", &of(", polling_state: {n: (${polling_state.n} + 1)}"));
    expect("IN0611", &of(""));
    expect("IN0611", &of(", polling_state: {n: ${polling_state.n}}"));
}

#[test]
fn suggestions_of_one_cause_do_not_overlap() {
    let text = paged("{a: 1, b: 2, page: 1}", &["polling_state.a", "polling_state.b", "polling_state.page"], NEXT);
    expect("IN0607", &text);
    let found = diagnose(&text);
    let edits: Vec<_> = found.iter().flat_map(|one| &one.suggestions).collect();
    expect("", &suggest::apply(&text, &edits));
}

#[test]
fn pipes_of_switches_take_linear_time() {
    let choice = switch("${custom_data.a.value}", &[r#"{ "!print_c": "a" }"#, r#"{ "!print_c": "b" }"#]);
    let mut commands = vec![choice.as_str(); 300];
    let both = jq("if ${custom_data.b.value} then {results: 1, iterate: false} else {results: 2, iterate: false} end");
    commands.insert(0, &both);
    let found = diagnose(&events(&[("request", &pipe(&commands))]));
    assert_eq!(found[0].code.as_str(), "IN0601");
}

#[test]
fn what_the_rules_say() {
    let dropped = paged("{since: 0, page: 1}", &["polling_state.since", "polling_state.page"], NEXT);
    let early = events(&[(
        "request",
        &pipe(&[
            &sending(&["polling_state.page"]),
            &jq("{results: .data, iterate: .more, polling_state: {page: .next}}"),
        ]),
    )]);
    let unsaved = hook(&[("create", &call("")), ("delete", &sending(&["data.workflow.id"]))]);
    let same = events(&[
        ("initial_setup", &jq("{polling_state: {page: 1}}")),
        ("request", &pipe(&[&sending(&["polling_state.page"]), &jq("{results: .data, iterate: .more}")])),
    ]);
    let all = [dropped, early, unsaved, same].map(|text| rendered(&text)).join("");
    insta::assert_snapshot!(all);
}

#[test]
fn what_events_give_is_used() {
    let with = |event: &str, command: &str| {
        let request = jq("{results: [${polling_state.page}], iterate: false}");
        events(&[("initial_setup", &jq("{polling_state: {page: 1}}")), ("request", &request), (event, command)])
    };
    let keys = with("post_poll", &jq("{poling_state: {page: 1}}"));
    expect("IN0640", &keys);
    expect("", &mended(&keys));
    expect("IN0640", &with("pre_poll", &jq("{results: [], polling_state: {page: 1}}")));
    expect("", &with("pre_poll", &jq("{polling_state: {page: 1}}")));
    expect("", &with("pre_poll", &jq(".page")));
    let save = r#"{ "!save": { "scope": "workflow" } }"#;
    expect("", &with("pre_poll", &pipe(&[&jq("{page: 1}"), save])));
    let request = |object: &str| events(&[("request", &jq(object))]);
    expect("IN0640", &request("{results: [], iterate: false, more: 1}"));
    expect("", &request("{results: [], iterate: false} + ${custom_data.a.value}"));

    let hook = |create: &[&str]| {
        let delete = r#"{ "!http": { "method": "DELETE", "url": "https://a.b/${data.workflow.id}" } }"#;
        let create = pipe(create);
        format!(
            r#"[{{ "name": "a", "type": "webhook", "scope": "workflow", "create": {create}, "delete": {delete} }}]"#
        )
    };
    let post = r#"{ "!http": { "method": "POST", "url": "https://a.b" } }"#;
    let id = jq("{id}");
    expect("", &hook(&[post, &id, save]));
    expect("IN0640", &hook(&[post, save, &id]));
    expect("IN0640", &hook(&[post, save, &pipe(&[&id])]));
    expect("", &hook(&[post, save, &jq(r#"if .ok then . else error(\"no\") end"#)]));
}
