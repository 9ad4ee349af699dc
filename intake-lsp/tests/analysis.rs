//! What an editor is told: `¦` is the cursor.

use intake_compiler::diagnostic::suggest::apply;
use intake_compiler::diagnostic::{Applicability, Suggestion};
use intake_lsp::analysis::File;
use intake_lsp::analysis::complete::{Item, complete};
use intake_lsp::analysis::fix::{self, Tag, fixes};
use intake_lsp::analysis::hover::hover;
use intake_lsp::analysis::layout::lay_out;
use intake_lsp::analysis::outline::{Entry, containers, outline};
use intake_lsp::analysis::rename::{prepare, rename};
use intake_lsp::analysis::symbols::{definitions, references};

/// The text without its cursor, and where that was.
#[track_caller]
fn at(marked: &str) -> (File, usize) {
    let offset = marked.find('¦').expect("a cursor");
    let text = marked.replacen('¦', "", 1);
    assert!(!text.contains('¦'), "several cursors");
    (File::new("test.json", text, &[]), offset)
}

#[track_caller]
fn items(marked: &str) -> Vec<Item> {
    let (file, offset) = at(marked);
    complete(&file, offset)
}

#[track_caller]
fn labels(marked: &str) -> Vec<String> {
    items(marked).into_iter().map(|item| item.label).collect()
}

/// The text after an item was chosen; `¦` is the cursor.
#[track_caller]
fn chosen(marked: &str, label: &str) -> String {
    let (file, offset) = at(marked);
    let items = complete(&file, offset);
    let item = items.iter().find(|item| item.label == label).unwrap_or_else(|| panic!("no {label} in {items:#?}"));
    let edit =
        intake_compiler::diagnostic::Edit { span: item.span, replacement: format!("{}¦{}", item.before, item.after) };
    let edits = item.also.clone().into_iter().chain([edit]).collect();
    apply(file.text(), &[&Suggestion { message: String::new(), applicability: Applicability::Maybe, edits }])
}

fn polling(members: &str) -> String {
    format!(r#"[{{ "name": "a", "type": "polling", {members} }}]"#)
}

fn request(command: &str) -> String {
    polling(&format!(r#""request": {command}"#))
}

const PAGES: &str = r#"{
  "data_intake": [
    {
      "name": "orders",
      "type": "polling",
      "initial_setup": { "!jq": "{polling_state: {page: 1, since: \"0\"}}" },
      "request": {
        "!pipe": [
          { "!http": { "url": "https://a.example/orders", "params": { "page": "${polling_state.page}", "since": "${polling_state.since}" } } },
          { "!jq": "{results: .orders, iterate: (.page < .pages), polling_state: {page: (${polling_state.page} + 1), since: .since}}" }
        ]
      }
    },
    {
      "name": "contact.created",
      "type": "webhook",
      "scope": "workflow",
      "create": {
        "!pipe": [
          { "!http": { "method": "POST", "url": "https://a.example/hooks", "body": { "url": "${webhook.url}", "list": "${custom_data.list-id.value}" } } },
          { "!jq": "{hook: .id}" },
          { "!save": { "scope": "workflow" } }
        ]
      },
      "delete": { "!http": { "method": "DELETE", "url": "https://a.example/hooks/${data.workflow.hook}" } }
    }
  ],
  "workflows": [
    { "data_intake": "orders", "setup": { "schedule": {} } },
    { "data_intake": "contact.created", "setup": { "form_fields": [{ "id": "list-id" }] } }
  ]
}"#;

/// [`PAGES`] with the cursor inside what is marked by `¦` in `what`.
fn in_pages(what: &str) -> String {
    let plain = what.replacen('¦', "", 1);
    assert!(PAGES.contains(&plain), "{plain}");
    PAGES.replacen(&plain, what, 1)
}

#[test]
fn keys_are_those_that_are_not_there_yet() {
    assert_eq!(labels(r#"{ "data_intake": [], ¦ }"#)[..3], ["$schema", "$version", "api"]);
    let polling = labels(&polling(r#"¦"#));
    assert_eq!(
        polling,
        ["initial_setup", "pre_poll", "request", "post_poll", "frequency", "import_option", "_comment"]
    );
    let either = labels(r#"[{ "name": "a", "¦" }]"#);
    assert!(either.contains(&"scope".to_owned()) && either.contains(&"frequency".to_owned()), "{either:?}");
    assert_eq!(labels(&request(r#"{ "!save": { ¦ } }"#)), ["scope", "_comment"]);
    assert_eq!(labels(&request(r#"{ "!http": { "params": { ¦ } } }"#)), [] as [&str; 0]);
    assert_eq!(
        labels(r#"{ "data_intake": [], "api": { "rate_limit": { "app": { ¦ } } } }"#)[..4],
        ["requests", "period", "read", "write"]
    );
    assert_eq!(labels(r#"{ "objects": [{ ¦ }], "data_intake": [] }"#), [] as [&str; 0]);
}

#[test]
fn commands_are_offered_once() {
    assert!(labels(&request("{ ¦ }")).starts_with(&["!pipe".to_owned(), "!jq".to_owned()]));
    assert_eq!(labels(&request(r#"{ "!jq": ".", ¦ }"#)), ["_comment"]);
    assert!(labels(&request(r#"{ "!pipe": [¦] }"#)).contains(&"!http".to_owned()));
    assert_eq!(chosen(&request(r#"{ "!pipe": [¦] }"#), "!jq"), request(r#"{ "!pipe": [{ "!jq": "¦" }] }"#));
}

#[test]
fn a_key_is_written_with_what_it_needs() {
    assert_eq!(chosen(&request("{ ¦ }"), "!http"), request(r#"{ "!http": { ¦ } }"#));
    assert_eq!(chosen(&request(r#"{ "!h¦" }"#), "!http"), request(r#"{ "!http": { ¦ } }"#));
    assert_eq!(chosen(&request(r#"{ !h¦ }"#), "!http"), request(r#"{ "!http": { ¦ } }"#));
    // A key that has a value keeps it.
    assert_eq!(chosen(&request(r#"{ "!h¦": {} }"#), "!http"), request(r#"{ "!http"¦: {} }"#));
    // Commas before and behind.
    let between = r#"{ "!http": { "url": "https://a.b" ¦ "body": {} } }"#;
    let written = r#"{ "!http": { "url": "https://a.b", "method": "¦", "body": {} } }"#;
    assert_eq!(chosen(&request(between), "method"), request(written));
}

#[test]
fn values_are_words() {
    assert_eq!(labels(&request(r#"{ "!http": { "method": ¦ } }"#))[..3], ["GET", "POST", "PUT"]);
    assert_eq!(
        chosen(&request(r#"{ "!http": { "target": "ex¦" } }"#), "external"),
        request(r#"{ "!http": { "target": "external"¦ } }"#)
    );
    assert_eq!(labels(&request(r#"{ "!extract": { "to_json": ¦ } }"#)), ["true", "false"]);
    assert_eq!(labels(&request(r#"{ "!sha": { "algorithm": "¦" } }"#)).len(), 12);
    assert_eq!(labels(r#"[{ "type": "¦" }]"#), ["webhook", "polling"]);
    assert_eq!(labels(r#"{ "data_intake": [], "auth": { "a": { "type": "¦" } } }"#).len(), 4);
    assert_eq!(labels(&in_pages(r#""data_intake": "¦orders""#)), ["orders", "contact.created"]);
}

#[test]
fn an_intake_starts_with_what_it_must_have() {
    let text = chosen(r#"{ "data_intake": [¦] }"#, "webhook");
    assert_eq!(text, r#"{ "data_intake": [{ "name": "¦", "type": "webhook", "scope": "", "create": {  } }] }"#);
}

#[test]
fn variables_are_those_that_have_a_value_here() {
    let found = labels(&in_pages("\"${polling_state.p¦age}\", \"since\""));
    for path in ["polling_state.page", "polling_state.since", "polling_state", "piped_content.0", "data.workflow.hook"]
    {
        assert!(found.contains(&path.to_owned()), "{path} in {found:?}");
    }
    for path in ["webhook.url", "piped_content.1"] {
        assert!(!found.contains(&path.to_owned()), "{path} in {found:?}");
    }
    let found = labels(&in_pages("${¦webhook.url}"));
    assert!(found.contains(&"webhook.url".to_owned()) && !found.contains(&"polling_state".to_owned()), "{found:?}");
    let found = labels(&in_pages("(${polling_state.page¦} + 1)"));
    assert_eq!(found[..3], ["piped_content.1", "piped_content.1.body", "piped_content.0"]);
    let base_url = labels(r#"{ "data_intake": [], "api": { "base_url": "https://${¦" } }"#);
    assert_eq!(base_url, ["subdomain", "resource.id"]);
    // Text behind `|`, and places that take no variables.
    assert_eq!(labels(&request(r#"{ "!print_c": "${polling_state.a | default: ¦}" }"#)), [] as [&str; 0]);
    assert_eq!(labels(&request(r#"{ "!error": "${¦" }"#)), [] as [&str; 0]);
}

#[test]
fn a_variable_replaces_its_path() {
    let printed = |text: &str| request(&format!(r#"{{ "!print_c": "{text}" }}"#));
    assert_eq!(chosen(&printed("a ${¦ b"), "subdomain"), printed("a ${subdomain}¦ b"));
    assert_eq!(chosen(&printed("${sub¦}"), "subdomain"), printed("${subdomain¦}"));
    assert_eq!(chosen(&printed("${sub¦dom | default: a}"), "subdomain"), printed("${subdomain¦ | default: a}"));
    assert_eq!(chosen(&printed("é\\n$¦"), "subdomain"), printed("é\\n${subdomain}¦"));
}

#[test]
fn programs_have_functions_and_their_own_variables() {
    let program = |text: &str| request(&format!(r#"{{ "!jq": "{text}" }}"#));
    let found = labels(&program(".orders | ma¦"));
    assert!(found.contains(&"map".to_owned()) && found.contains(&"if".to_owned()), "{found:?}");
    assert_eq!(chosen(&program(".orders | ma¦"), "map"), program(".orders | map(¦)"));
    assert_eq!(chosen(&program("len¦"), "length"), program("length¦"));
    assert_eq!(labels(&program(". as $item | .a as $b | $¦")), ["$b", "$item"]);
    for nothing in ["\\\"te¦xt\\\"", ".na¦", "12¦", "\\\"¦\\\""] {
        assert_eq!(labels(&program(nothing)), [] as [&str; 0], "{nothing}");
    }
    assert!(labels(&program("\\\"\\\\(¦)\\\"")).contains(&"map".to_owned()));
}

#[test]
fn programs_have_the_fields_of_their_input() {
    let after = |program: &str| {
        request(&format!(
            r#"{{ "!pipe": [{{ "!jq": "{{order: {{id: 1, lines: [{{sku: \"a\"}}]}}, more: true}}" }}, {{ "!jq": "{program}" }}] }}"#
        ))
    };
    assert_eq!(labels(&after(".order.¦")), ["id", "lines"]);
    assert_eq!(labels(&after(".order.lines[].¦")), ["sku"]);
    assert_eq!(
        labels(&after(".order | .li¦")),
        ["id", "lines", "more", "order", "sku"],
        "what `.` is here is not known"
    );
    assert_eq!(chosen(&after("{a: .mo¦}"), "more"), after("{a: .more¦}"));
    let item = items(&after(".order.i¦")).remove(0);
    assert_eq!((item.label.as_str(), item.detail.as_deref()), ("id", Some("1")));
    let variables = labels(&after("${piped_content.1.o¦}"));
    assert_eq!(variables[..3], ["piped_content.1", "piped_content.1.more", "piped_content.1.order"]);
}

#[track_caller]
fn hovered(marked: &str) -> String {
    let (file, offset) = at(marked);
    hover(&file, offset).map(|hover| hover.text).unwrap_or_default()
}

#[test]
fn hover_says_what_things_mean() {
    let cases = [
        ("\"!ht¦tp\": { \"url\": \"https://a.example/orders\"", "Makes one HTTP request"),
        ("\"¦params\"", "Query parameters"),
        ("\"P¦OST\"", "Creates"),
        ("\"initial_¦setup\"", "when a workflow is set up"),
        ("\"data_intake\": \"or¦ders\"", "A polling intake, at line 3"),
        ("\"${polling_state.p¦age}\", \"since\"", "`polling_state.page`**: `integer`"),
        ("${web¦hook.url}", "the vendor is to call"),
        ("${custom_data.list-¦id.value}", "form field `list-id`"),
        ("{ \"¦!jq\": \"{results", "Here it gives `{results: any, iterate: boolean, polling_state:"),
        ("{ \"!jq\": \"{resul¦ts", ""),
        ("ite¦rate: (.page", "`boolean`"),
    ];
    for (marked, expected) in cases {
        let text = hovered(&in_pages(marked));
        assert!(text.contains(expected) && (expected.is_empty() == text.is_empty()), "{marked}: {text:?}");
    }
    let mapped = hovered(&request(r#"{ "!jq": "[.a[] | sel¦ect(.b)]" }"#));
    assert_eq!(mapped, "**`select(f)`**: The input if `f` is true, else no output.");
    assert_eq!(hovered(&request(r#"{ "!jq": "{resul¦ts: 1, add: 2}" }"#)), "`1`");
    assert_eq!(hovered(&request(r#"{ "!jq": "{results: 1, a¦dd: 2}" }"#)), "`2`");
    assert!(hovered(&request(r#"{ "!jp¦": "." }"#)).starts_with("# IN0301"), "what was found is explained");
}

#[test]
fn samples_say_what_a_request_is_answered() {
    let marked = request(
        r#"{ "!pipe": [{ "!http": { "url": "https://a.b" } }, { "!jq": "{results: .orders[].¦, iterate: false}" }] }"#,
    );
    let offset = marked.find('¦').unwrap();
    let text = marked.replacen('¦', "", 1);
    let sample = |text: &str| intake_compiler::samples::File {
        path: "a/request.json".into(),
        shown: "samples/test/a/request.json".into(),
        text: text.into(),
    };
    let file = File::new("test.json", text.as_str(), &[sample(r#"{ "orders": [{ "id": 1, "total": "2.50" }] }"#)]);
    let found: Vec<_> = complete(&file, offset).into_iter().map(|item| item.label).collect();
    assert_eq!(found, ["id", "total"]);
    // What is wrong in a sample has no place in the manifest, and nothing to mend there.
    let file = File::new("test.json", text.as_str(), &[sample("{")]);
    assert!(file.analysis.diagnostics.len() > file.found().count());
    assert!(fixes(&file, intake_compiler::source::Span::new(0, text.len())).all(|fix| fix.diagnostic.source.is_none()));
}

/// The text at the places that are found, with what stands before each on its line.
#[track_caller]
fn places(file: &File, spans: impl IntoIterator<Item = intake_compiler::source::Span>) -> Vec<(u32, &str)> {
    spans.into_iter().map(|span| (file.source.position(span.start).line, &file.text()[span.range()])).collect()
}

#[test]
fn names_lead_to_where_they_are_written() {
    let cases: [(&str, &[(u32, &str)]); 6] = [
        ("\"${polling_state.p¦age}\", \"since\"", &[(6, "page"), (10, "page")]),
        ("(${polling_state.¦page} + 1)", &[(6, "page"), (10, "page")]),
        ("${data.workflow.hoo¦k}", &[(21, "hook")]),
        ("${custom_data.list¦-id.value}", &[(30, "list-id")]),
        ("\"data_intake\": \"orde¦rs\"", &[(4, "orders")]),
        ("\"https://a.exam¦ple/orders\"", &[]),
    ];
    for (marked, expected) in cases {
        let (file, offset) = at(&in_pages(marked));
        assert_eq!(places(&file, definitions(&file, offset)), expected, "{marked}");
    }
    let (file, offset) = at(&in_pages("{page: (${polling_state.p¦age}"));
    let found = references(&file, offset);
    let reads: Vec<_> = found.iter().filter(|found| !found.is_written).map(|found| found.span).collect();
    assert_eq!(places(&file, reads), [(9, "page"), (10, "page")]);
    assert_eq!(found.len(), 4);
}

#[track_caller]
fn renamed(marked: &str, name: &str) -> Result<String, String> {
    let (file, offset) = at(marked);
    let edits = rename(&file, offset, name)?;
    assert!(prepare(&file, offset).is_ok());
    assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{edits:?}");
    Ok(apply(file.text(), &[&Suggestion { message: String::new(), applicability: Applicability::Maybe, edits }]))
}

#[test]
fn a_state_key_is_renamed_everywhere() {
    let text = renamed(&in_pages("{page: (${polling_state.p¦age}"), "next").unwrap();
    let expected = PAGES.replace("polling_state.page", "polling_state.next").replace("{page: ", "{next: ");
    assert_eq!(text, expected);
    let found = |text: &str| intake_compiler::compile::check(&intake_compiler::source::Source::new("a", text), &[]);
    assert_eq!(found(&text), found(PAGES).into_iter().collect::<Vec<_>>(), "and it means what it meant");
}

#[test]
fn shorthand_keys_keep_their_values() {
    let program = |state: &str, read: &str| {
        polling(&format!(
            r#""initial_setup": {{ "!jq": "1 as $page | {{polling_state: {state}}}" }}, "request": {{ "!jq": "{{results: [{read}], iterate: false}}" }}"#
        ))
    };
    let cases = [
        ("{$page}", "${polling_state}.¦page", "{next: $page}", "${polling_state}.next"),
        ("{page}", "${polling_state.¦page}", "{next: .page}", "${polling_state.next}"),
        ("{\\\"page\\\": 1}", "${polling_state::¦page}", "{\\\"next\\\": 1}", "${polling_state::next}"),
    ];
    for (state, read, new_state, new_read) in cases {
        assert_eq!(renamed(&program(state, read), "next"), Ok(program(new_state, new_read)), "{state} {read}");
    }
}

#[test]
fn what_is_not_understood_is_not_renamed() {
    let state = |setup: &str, read: &str| {
        polling(&format!(
            r#""initial_setup": {setup}, "request": {{ "!jq": "{{results: [{read}, ${{polling_state.¦page}}], iterate: false}}" }}"#
        ))
    };
    let setup = r#"{ "!jq": "{polling_state: {page: 1}}" }"#;
    let later = r#"{ "!pipe": [{ "!jq": "{polling_state: {page: 1}}" }, { "!jq": "{polling_state: {page: (.polling_state.page + 1)}}" }] }"#;
    let deleted = r#"{ "!pipe": [{ "!jq": "{polling_state: {page: 1}}" }, { "!jq": "del(.page)" }] }"#;
    let answered = r#"{ "!pipe": [{ "!http": { "url": "https://a.b" } }, { "!jq": "{polling_state: .a}" }] }"#;
    let bound = r#"{ "!jq": "{page: 1} as $s | {polling_state: {page: $s.page}}" }"#;
    let cases = [
        (state(setup, "${polling_state}"), "the whole state is read"),
        (state(setup, "${polling_state.p\\u0061ge}"), "with escapes"),
        (state(answered, "1"), "not all keys"),
        (state(later, "1"), "may read `page`"),
        (state(deleted, "1"), "may read `page`"),
        (state(bound, "1"), "may read `page`"),
        (state(r#"{ "!jq": "{" }"#, "1"), "has mistakes"),
        (state(r#"{ "!jq": "{polling_state: {since: 1}}" }"#, "1"), "nothing that writes"),
    ];
    for (text, expected) in cases {
        let refused = renamed(&text, "next").unwrap_err();
        assert!(refused.contains(expected), "{refused}\n{text}");
    }
    assert!(renamed(&state(setup, "1"), "next").is_ok());
    for (name, expected) in [("a-b", "is no key"), ("1a", "is no key"), ("", "is no key")] {
        assert!(renamed(&state(setup, "1"), name).unwrap_err().contains(expected));
    }
    let taken = renamed(&in_pages("{page: (${polling_state.p¦age}"), "since").unwrap_err();
    assert!(taken.contains("another one"), "{taken}");
    let broken = in_pages("${custom_data.list¦-id.value}");
    let wrong = |old: &str, new: &str| renamed(&broken.replace(old, new), "list").unwrap_err();
    assert!(wrong("\"scope\": \"workflow\",", "\"scope\": \"workflow\"").contains("the JSON is wrong at line"));
    assert!(wrong("{hook: .id}", "{hook: .id").contains("has mistakes"));
    let nothing = renamed(&in_pages("\"https://a.exam¦ple/orders\""), "a").unwrap_err();
    assert!(nothing.contains("no name here"), "{nothing}");
}

#[test]
fn other_names_are_renamed_too() {
    let text = renamed(&in_pages("\"data_intake\": \"ord¦ers\""), "all \"orders\"").unwrap();
    assert_eq!(text.matches(r#""all \"orders\"""#).count(), 2);
    let text = renamed(&in_pages("${custom_data.list¦-id.value}"), "list").unwrap();
    assert!(text.contains("${custom_data.list.value}") && text.contains(r#""id": "list""#), "{text}");
    let text = renamed(&in_pages("${data.workflow.ho¦ok}"), "webhook").unwrap();
    assert!(text.contains("{webhook: .id}") && text.contains("${data.workflow.webhook}"), "{text}");
}

#[test]
fn what_was_found_can_be_mended() {
    let (file, offset) = at(&request(r#"{ "!http": { "url": "https://a.b", "meth¦d": "GET" } }"#));
    let place = intake_compiler::source::Span::at(offset);
    let found: Vec<_> = fixes(&file, place).collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].is_certain && found[0].suggestion.message.contains("method"));
    assert!(apply(file.text(), &[found[0].suggestion]).contains(r#""method": "GET""#));
    let message = fix::message(found[0].diagnostic);
    assert!(message.ends_with("\nmeans nothing here\nhelp: did you mean `method`?"), "{message}");
    assert_eq!(fix::tag(intake_compiler::diagnostic::Code::NoEffect), Some(Tag::Unnecessary));
}

#[test]
fn a_manifest_is_laid_out_by_one_edit() {
    let laid_out = intake_compiler::fmt::format(&intake_compiler::source::Source::new("a", PAGES)).unwrap();
    let squeezed: serde_json::Value = serde_json::from_str(PAGES).unwrap();
    for text in [PAGES.to_owned(), PAGES.replace("\n", ""), format!("\n\n{laid_out}\n")] {
        let mut mended = text.clone();
        let edit = lay_out(&File::new("test.json", text, &[])).unwrap();
        mended.replace_range(edit.span.range(), &edit.replacement);
        assert_eq!(mended, laid_out);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&mended).unwrap(), squeezed);
    }
    assert!(lay_out(&File::new("test.json", laid_out, &[])).is_none(), "there is nothing to do");
    assert!(lay_out(&File::new("test.json", "{", &[])).is_none(), "what it means is not certain");
}

#[test]
fn the_outline_has_intakes_events_and_commands() {
    fn shown(entry: &Entry) -> String {
        let inner: Vec<String> = entry.children.iter().map(shown).collect();
        if inner.is_empty() { entry.name.clone() } else { format!("{}({})", entry.name, inner.join(" ")) }
    }
    let file = File::new("test.json", PAGES, &[]);
    let entries = outline(&file);
    let shown: Vec<String> = entries.iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            "orders(initial_setup(!jq) request(!pipe(!http !jq)))",
            "contact.created(create(!pipe(!http !jq !save)) delete(!http))"
        ]
    );
    fn count(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::Array(elements) => 1 + elements.iter().map(count).sum::<usize>(),
            serde_json::Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
            _ => 0,
        }
    }
    assert_eq!(containers(&file).len(), count(&serde_json::from_str(PAGES).unwrap()));
}

#[test]
fn other_json_is_no_manifest() {
    for text in [
        "",
        "{}",
        "[]",
        "[1, 2]",
        r#"{ "name": "a", "version": "1.0.0" }"#,
        r#"[{ "type": "object", "create": true }]"#,
        r#"{ "create": { "table": "a" } }"#,
        r#"{ "request": { "url": "https://a.b" } }"#,
    ] {
        assert!(!File::new("test.json", text, &[]).is_manifest(), "{text}");
    }
    for text in [
        r#"{ "data_intake": [] }"#,
        r#"{ "data_intake" "#,
        r#"{ "$schema": "../schema/intake.schema.json" }"#,
        r#"[{ "type": "polling" }]"#,
        r#"[{ "name": "a", "create": { "!http": {} } }"#,
        r#"{ "request": { "!jq": "." } }"#,
        PAGES,
    ] {
        assert!(File::new("test.json", text, &[]).is_manifest(), "{text}");
    }
}
