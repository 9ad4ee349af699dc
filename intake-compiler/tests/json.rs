//! The JSON front end: what it accepts, what it reports, how it recovers.

#[path = "json/random.rs"]
mod random;

use intake_compiler::diagnostic::render::{Color, render, render_for_rustc};
use intake_compiler::diagnostic::{Code, Diagnostic, Sink, Suggestion, suggest};
use intake_compiler::json::{self, Kind, Node, Str};
use intake_compiler::source::{Source, Span};
use serde_json::Value;

fn parse(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut sink = Sink::new();
    let node = json::parse(&Source::new("test.json", text), &mut sink);
    (node, sink.finish())
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|one| one.code.as_str()).collect()
}

/// The text after the first suggestion of every diagnostic.
fn mended(text: &str, found: &[Diagnostic]) -> String {
    let suggestions: Vec<&Suggestion> = found.iter().filter_map(|one| one.suggestions.first()).collect();
    suggest::apply(text, &suggestions)
}

/// The value as serde_json has it: the last of several equal keys counts.
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Number(text) => serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")),
        Kind::String(string) => Value::String(string.value.clone()),
        Kind::Array(items) => items.iter().map(value).collect(),
        Kind::Object(members) => members.iter().map(|one| (one.key.value.clone(), value(&one.value))).collect(),
        Kind::Error => panic!("an error without a diagnostic at {:?}", node.span),
    }
}

/// Our verdict and value are serde_json's, but for duplicate keys.
fn agree(text: &str) {
    let (node, found) = parse(text);
    check_spans(text, node.as_ref(), &found);
    let faults: Vec<_> = found.iter().filter(|one| one.code != Code::DuplicateKey).collect();
    match serde_json::from_str::<Value>(text) {
        Ok(expected) => {
            assert!(faults.is_empty(), "serde_json accepts {text:?}, we report {faults:?}");
            assert_eq!(value(&node.expect("a document")), expected, "{text:?}");
        }
        Err(error) => assert!(!faults.is_empty(), "serde_json refuses {text:?}: {error}"),
    }
}

/// Every span lies in the text, on characters, and every node within its parent.
fn check_spans(text: &str, node: Option<&Node>, found: &[Diagnostic]) {
    let check = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
    for one in found {
        check(one.primary.span);
        one.secondary.iter().for_each(|label| check(label.span));
        for suggestion in &one.suggestions {
            suggestion.edits.iter().for_each(|edit| check(edit.span));
            assert!(suggestion.edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{one:?} {text:?}");
        }
    }
    let mut rest: Vec<&Node> = node.into_iter().collect();
    while let Some(node) = rest.pop() {
        check(node.span);
        match &node.kind {
            Kind::String(string) => check_string(text, string),
            Kind::Array(items) => rest.extend(items),
            Kind::Object(members) => {
                members.iter().for_each(|member| check_string(text, &member.key));
                rest.extend(members.iter().map(|member| &member.value));
            }
            _ => {}
        }
    }
}

/// Every character of a decoded string maps to source text inside its literal, in order.
fn check_string(text: &str, string: &Str) {
    assert!(text.get(string.span.range()).is_some());
    let mut last = string.span.start;
    for (at, c) in string.value.char_indices() {
        let span = string.source_span(at..at + c.len_utf8());
        let source = text.get(span.range()).unwrap_or_else(|| panic!("{span:?} of {string:?} in {text:?}"));
        assert!(last <= span.start && span.end <= string.span.end && !source.is_empty(), "{string:?} in {text:?}");
        assert!(source.starts_with('\\') || source.chars().eq([c]), "{c:?} is not {source:?}");
        last = span.end;
    }
}

#[test]
fn accepts_what_serde_json_accepts() {
    let values = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1.5",
        "1e5",
        "1E-5",
        "1.0e+5",
        "[]",
        "{}",
        "\"\"",
        "[1]",
        "[[],{}]",
        "{\"a\":{\"b\":[1,\"2\",null]}}",
        " \t\r\n[ 1 , 2 ] \r\n",
        "123456789012345678901234567890",
        "1e-999",
        "0e999",
        "1.7976931348623157e308",
        "1e308",
        "\"a\\\"b\\\\c\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\u00e9\\u20ac\"",
        "\"\\ud83d\\ude00\"",
        "\"\\uD83D\\uDE00x\"",
        "\"😀é日本\"",
        "\"\\u0000\"",
        "\"\u{7f}\u{80}\u{2028}\u{feff}\"",
        "{\"a\":1,\"a\":2}",
        "{\"\":0}",
        "{\"a\" \n : \n 1}",
        "[\"a:b\",\"//x\",\"#\",\"/*\"]",
        "\"f(\"",
        "{\"a\":\"f(\",\"b\":\"c\"}",
        "{\"a\":\"x =\",\"b\" :1}",
        "[\"f(\",\")\"]",
        "[\"a\",\"b\"]",
    ];
    let faults = [
        "",
        " ",
        "\u{feff}{}",
        "[",
        "]",
        "{",
        "}",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{\"a\"=1}",
        "{\"a\"::1}",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "1 2",
        "{} {}",
        "nul",
        "tru",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "undefined",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "-",
        "--1",
        "0x1",
        "1_0",
        "1e999",
        "-1e999",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u123g\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800x\"",
        "\"\\ud800\\ud800\"",
        "\"a\tb\"",
        "\"a\nb\"",
        "\"\u{0}\"",
        "\"\u{1f}\"",
        "[1] // c",
        "/* c */ 1",
        "# c\n1",
        "\u{a0}1",
        "1\u{a0}",
        "\u{b}1",
        "[1\u{2028}]",
        "\"a\"b",
        "\"key\": 1",
        "[\"k\": 1]",
        "[1,2",
        "{\"a\":[1,2}",
        "\u{0}",
        "[\u{0}]",
        "\\u0020",
        "'a'",
        "“a”",
        "...",
        "[...]",
        "{...}",
        ",",
        ":",
        ";",
        "1;",
    ];
    for text in values {
        assert!(serde_json::from_str::<Value>(text).is_ok(), "{text:?}");
        agree(text);
    }
    for text in faults {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{text:?}");
        agree(text);
    }
}

#[test]
fn labels_lie_on_characters_of_more_than_one_byte() {
    for text in ["é,{}", "é: 1, {}", "{\"a\": 1}, é: 2", "{é}", "{é: 1, ü}", "[é", "é]", "“a”,{}", "{}é"] {
        agree(text);
    }
}

#[test]
fn depth_is_limited_like_serde_json() {
    for depth in [1, 126, 127, 128, 129, 1000] {
        agree(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        agree(&format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
    }
    for text in
        ["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))]
    {
        assert_eq!(codes(&parse(&text).1), ["IN0110"]);
    }
    // What follows the deep part is still looked at.
    let text = format!("{{\"a\":{}{},\"b\":1,}}", "[".repeat(200), "]".repeat(200));
    assert_eq!(codes(&parse(&text).1), ["IN0110", "IN0102"]);
}

#[test]
fn length_and_number_of_mistakes_are_limited() {
    let (node, found) = parse(&" ".repeat(Source::MAX_LEN + 1));
    assert_eq!((node, codes(&found)), (None, vec!["IN0100"]));
    let pieces = [
        ",",
        "1 ",
        "\"",
        "\"a\"b\",",
        "\"a\":1,",
        "\"!a\":1,",
        "\"a\":1},",
        "[}",
        "{]",
        "\"a\n",
        "'a",
        "“a",
        "/*",
        "#\n",
        "\u{a0}",
        "a ",
        "a,",
        "${",
        "\"a\"\n",
        "\"a\"::",
        "\"(\",\"",
        "}\n",
        "...",
        "[\"",
        "{a ",
        "\u{0}",
    ];
    for piece in pieces {
        for open in ["", "[", "{", "\"", "[\n".repeat(120).as_str()] {
            let text = format!("{open}{}", piece.repeat(3000));
            let (node, found) = parse(&text);
            check_spans(&text, node.as_ref(), &found);
            assert!((1..=100).contains(&found.len()), "{} for {open:?} and {piece:?}", found.len());
        }
    }
    let (_, found) = parse(&format!("[{}]", "1 ".repeat(5000)));
    assert_eq!(found.len(), 100);
    assert!(found[99].notes[0].contains("too many mistakes"), "{:?}", found[99]);
}

/// One mistake each: its code, and the text after the suggested edit.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("[1,]", "IN0102", "[1]"),
    ("{\"a\": 1,\n}", "IN0102", "{\"a\": 1\n}"),
    ("[1,2,,]", "IN0114", "[1,2]"),
    ("[1,,2]", "IN0114", "[1,2]"),
    ("[,1]", "IN0114", "[1]"),
    ("{\"a\": 1\n\"b\": 2}", "IN0103", "{\"a\": 1,\n\"b\": 2}"),
    ("[\"a\" \"b\"]", "IN0103", "[\"a\", \"b\"]"),
    ("[{} {}]", "IN0103", "[{}, {}]"),
    ("[1 true]", "IN0103", "[1, true]"),
    ("[\"a\" true]", "IN0103", "[\"a\", true]"),
    ("[\"!http\": {\"a\": 1}, {\"b\": 2}]", "IN0104", "[{ \"!http\": {\"a\": 1} }, {\"b\": 2}]"),
    ("[\"name\": 1, \"type\": 2]", "IN0104", "[{ \"name\": 1, \"type\": 2 }]"),
    ("[\"!jq\": \".\" }, {\"b\": 2}]", "IN0104", "[{ \"!jq\": \".\" }, {\"b\": 2}]"),
    ("\"create\": {\"a\": 1}", "IN0104", "{\n\"create\": {\"a\": 1}\n}"),
    ("\"create\": {\"a\": 1},\n", "IN0104", "{\n\"create\": {\"a\": 1}\n}\n"),
    ("\"a\": 1,\n\"b\": 2 }", "IN0104", "{\n\"a\": 1,\n\"b\": 2 }"),
    ("{\n \"a\": \"x,\n \"b\": \"y\"\n}", "IN0105", "{\n \"a\": \"x\",\n \"b\": \"y\"\n}"),
    ("{\"a\": { \"b\": \"x },\n \"c\": 1}", "IN0105", "{\"a\": { \"b\": \"x\" },\n \"c\": 1}"),
    ("{\"!jq\": \"{a: .b}\n}", "IN0105", "{\"!jq\": \"{a: .b}\"\n}"),
    ("[\"a, \"b\", \"c\"]", "IN0105", "[\"a\", \"b\", \"c\"]"),
    ("{\"m\": \"GET, \"u\": \"x\"}", "IN0105", "{\"m\": \"GET\", \"u\": \"x\"}"),
    ("{\"name: \"x\", \"b\": 1}", "IN0105", "{\"name\": \"x\", \"b\": 1}"),
    ("{\n\"name: 12,\n\"b\": 1}", "IN0105", "{\n\"name\": 12,\n\"b\": 1}"),
    ("{name\": \"x\"}", "IN0105", "{\"name\": \"x\"}"),
    ("{\"name\": x\"}", "IN0105", "{\"name\": \"x\"}"),
    ("{\"s\": \"a \"b\" c\"}", "IN0105", "{\"s\": \"a \\\"b\\\" c\"}"),
    ("{\"!jq\": \"{a: \"x\" }\", \"b\": 1}", "IN0105", "{\"!jq\": \"{a: \\\"x\\\" }\", \"b\": 1}"),
    ("{\"!jq\": \"join(\",\")\", \"b\": 1}", "IN0105", "{\"!jq\": \"join(\\\",\\\")\", \"b\": 1}"),
    ("{\"size\": \"5\" screen\", \"b\": \"c\"}", "IN0105", "{\"size\": \"5\\\" screen\", \"b\": \"c\"}"),
    ("[\"a\tb\tc\"]", "IN0106", "[\"a\\tb\\tc\"]"),
    ("{\"!jq\": \"{a: 1,\n b: 2}\",\n \"c\": 1}", "IN0106", "{\"!jq\": \"{a: 1,\\n b: 2}\",\n \"c\": 1}"),
    ("[\"a\u{1}\"]", "IN0106", "[\"a\\u0001\"]"),
    ("[\"\\d+\\.\\d\"]", "IN0106", "[\"\\\\d+\\\\.\\\\d\"]"),
    ("[\"it\\'s \\x41 \\0\"]", "IN0106", "[\"it's \\u0041 \\u0000\"]"),
    ("[\"\\u{1F600}\"]", "IN0106", "[\"\\ud83d\\ude00\"]"),
    ("[+1]", "IN0107", "[1]"),
    ("[-.5]", "IN0107", "[-0.5]"),
    ("[1.]", "IN0107", "[1.0]"),
    ("[007]", "IN0107", "[7]"),
    ("[0xff]", "IN0107", "[255]"),
    ("[1_000]", "IN0107", "[1000]"),
    ("[2024-01-31]", "IN0107", "[\"2024-01-31\"]"),
    ("[12:30:00]", "IN0107", "[\"12:30:00\"]"),
    ("{\"a\": [1, 2}", "IN0108", "{\"a\": [1, 2]}"),
    ("{\"a\": [1, {\"b\": 2}", "IN0108", "{\"a\": [1, {\"b\": 2}]}"),
    ("{\n  \"a\": [\n    1\n}", "IN0108", "{\n  \"a\": [\n    1\n  ]\n}"),
    ("{\"a\": [1]]}", "IN0108", "{\"a\": [1]}"),
    ("{\"a\": [1]}}", "IN0108", "{\"a\": [1]}"),
    ("[{\"a\": 1], {\"b\": 2}]", "IN0108", "[{\"a\": 1}, {\"b\": 2}]"),
    (
        "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n  }\n}",
        "IN0108",
        "{\n  \"a\": {\n    \"b\": {\n      \"c\": 1\n    }\n  }\n}",
    ),
    ("// x\n{}", "IN0111", "{}"),
    ("{} /* x */", "IN0111", "{}"),
    ("[1, # x\n2]", "IN0111", "[1,\n2]"),
    ("{} {}", "IN0112", "{} "),
    ("{};", "IN0112", "{}"),
    ("{},", "IN0112", "{}"),
    ("{\"a\":1},{\"b\":2}", "IN0112", "[\n{\"a\":1},{\"b\":2}\n]"),
    ("{\"a\": {}}, \"b\": 1}", "IN0112", "{\"a\": {}, \"b\": 1}"),
    ("\u{feff}{}", "IN0113", "{}"),
    ("{'a': 1}", "IN0101", "{\"a\": 1}"),
    ("['it\\'s \"x\"']", "IN0101", "[\"it's \\\"x\\\"\"]"),
    ("[“a”]", "IN0101", "[\"a\"]"),
    ("{a-b: 1}", "IN0101", "{\"a-b\": 1}"),
    ("[hello world]", "IN0101", "[\"hello world\"]"),
    ("[${data.workflow.id}]", "IN0101", "[\"${data.workflow.id}\"]"),
    ("{\"u\": https://a.b/c?d=e}", "IN0101", "{\"u\": \"https://a.b/c?d=e\"}"),
    ("{\"a\":: 1}", "IN0101", "{\"a\": 1}"),
    ("{\"a\" = 1}", "IN0101", "{\"a\" : 1}"),
    ("{\"a\" => 1}", "IN0101", "{\"a\" : 1}"),
    ("{\"a\" 1}", "IN0101", "{\"a\": 1}"),
    ("{\"a\" \"b\"}", "IN0101", "{\"a\": \"b\"}"),
    ("[True]", "IN0101", "[true]"),
    ("[None]", "IN0101", "[null]"),
    ("[NaN]", "IN0101", "[null]"),
    ("[undefined]", "IN0101", "[null]"),
    ("[flase]", "IN0101", "[false]"),
    ("[1\u{a0},\u{a0}2]", "IN0101", "[1 , 2]"),
    ("{\"a\": 1; \"b\": 2}", "IN0101", "{\"a\": 1, \"b\": 2}"),
    ("{\"p\": { {\"a\": 1}, {\"b\": 2} }}", "IN0101", "{\"p\": [ {\"a\": 1}, {\"b\": 2} ]}"),
    ("config = {}", "IN0101", "{}"),
];

#[test]
fn one_mistake_is_one_diagnostic_that_mends_it() {
    for (text, code, expected) in MISTAKES {
        let (node, found) = parse(text);
        check_spans(text, node.as_ref(), &found);
        assert_eq!(codes(&found), [*code], "{text:?}: {found:#?}");
        assert_eq!(mended(text, &found), *expected, "{text:?}");
        let (exact, left) = parse(expected);
        assert!(left.is_empty(), "{expected:?}: {left:?}");
        if let (Some(node), Some(exact)) = (node.filter(|_| !text.ends_with("{}")), exact) {
            assert_eq!(value(&node), value(&exact), "what was understood of {text:?}");
        }
    }
}

#[test]
fn mistakes_without_an_edit_are_one_diagnostic_as_well() {
    let cases = [
        ("{\"a\":, \"b\": 1}", "IN0114"),
        ("{\"a\":\n \"b\": 1}", "IN0114"),
        ("{\"a\"\n \"b\": 1}", "IN0114"),
        ("{\"a\", \"b\": 1}", "IN0114"),
        ("{\"a\": 1, ...}", "IN0101"),
        ("[...]", "IN0101"),
        ("{\"a\": 1, {\"b\": 2}, \"c\": 3}", "IN0101"),
        ("{\"a\": 1, : 2}", "IN0101"),
        ("[\"\\ud800\"]", "IN0106"),
        ("[\"\\u12\"]", "IN0106"),
        ("[1e999]", "IN0107"),
        ("[-Infinity]", "IN0107"),
        ("{\"a\": [1, {\"b\":", "IN0108"),
        ("{\"a\": 1, \"b\": 2, \"\\u0061\": 3}", "IN0109"),
        ("  ", "IN0114"),
        ("<!DOCTYPE html>\n<html lang=\"en\">\n</html>", "IN0101"),
    ];
    for (text, code) in cases {
        let (_, found) = parse(text);
        assert_eq!(codes(&found), [code], "{text:?}: {found:#?}");
    }
}

#[test]
fn a_repeated_key_points_at_the_first() {
    let (node, found) = parse("{\"a\": 1, \"b\": {\"a\": 0}, \"a\": 2, \"a\": 3}");
    assert_eq!(codes(&found), ["IN0109", "IN0109"]);
    assert!(found.iter().all(|one| one.secondary[0].span == Span::new(1, 4)), "{found:?}");
    assert!(matches!(node.expect("a document").kind, Kind::Object(members) if members.len() == 4));
}

#[test]
fn all_mistakes_of_a_text_are_found_in_one_run() {
    let text = "{\n  // c\n  name: 'x',\n  \"a\": [1 2,],\n  \"b\": \"open,\n  \"c\": True\n  \"d\": +1\n}";
    let (_, found) = parse(text);
    assert_eq!(
        codes(&found),
        ["IN0111", "IN0101", "IN0101", "IN0103", "IN0102", "IN0105", "IN0101", "IN0103", "IN0107"]
    );
    let mended = mended(text, &found);
    assert_eq!(parse(&mended).1, [], "{mended}");
}

#[test]
fn vendor_snippets_are_mended() {
    let snippets = [
        ("create", include_str!("fixtures/vendor/create.txt"), &["IN0104"][..]),
        ("update", include_str!("fixtures/vendor/update.txt"), &[]),
        ("delete", include_str!("fixtures/vendor/delete.txt"), &[]),
        ("initial_setup", include_str!("fixtures/vendor/initial_setup.txt"), &["IN0102"]),
        ("pre_poll", include_str!("fixtures/vendor/pre_poll.txt"), &["IN0102"]),
        ("request", include_str!("fixtures/vendor/request.txt"), &["IN0102"]),
    ];
    for (event, snippet, expected) in snippets {
        let body = snippet.trim_end().trim_end_matches(',');
        let wrapped = format!("{{\"data_intake\": [{{\n\"name\": \"n\",\n{body}\n}}]}}");
        let (node, found) = parse(&wrapped);
        assert_eq!(codes(&found), expected, "{event}");
        let mended_text = mended(&wrapped, &found);
        assert_eq!(parse(&mended_text).1, [], "{mended_text}");
        let understood = value(&node.expect("a document"));
        assert_eq!(understood, serde_json::from_str::<Value>(&mended_text).expect("mended JSON"));
        assert!(understood["data_intake"][0][event].is_object(), "{understood}");

        // Pasted alone: one mistake more, and the same tree.
        let (node, found) = parse(snippet);
        let mut with_wrapping = vec!["IN0104"];
        with_wrapping.extend(expected);
        assert_eq!(codes(&found), with_wrapping, "{event}");
        assert_eq!(value(&node.expect("a document"))[event], understood["data_intake"][0][event]);
        agree(&mended(snippet, &found));
    }
}

#[test]
fn decoded_text_maps_back_to_the_source() {
    let text = r#"["añ\n\u00e9\ud83d\ude00\\\"z😀!"]"#;
    let (node, found) = parse(text);
    assert_eq!(found, []);
    let Some(Node { kind: Kind::Array(items), .. }) = node else { panic!("an array") };
    let Kind::String(string) = &items[0].kind else { panic!("a string") };
    assert_eq!(string.value, "añ\né😀\\\"z😀!");
    let source = |part: &str| {
        let at = string.value.find(part).expect(part);
        &text[string.source_span(at..at + part.len()).range()]
    };
    for (part, written) in [
        ("a", "a"),
        ("ñ", "ñ"),
        ("\n", "\\n"),
        ("é", "\\u00e9"),
        ("é😀", "\\u00e9\\ud83d\\ude00"),
        ("\\\"z", "\\\\\\\"z"),
        ("z😀!", "z😀!"),
        (string.value.as_str(), &text[2..text.len() - 2]),
    ] {
        assert_eq!(source(part), written);
    }
    let end = string.value.len();
    assert_eq!(string.source_span(end..end), Span::at(text.len() - 2));
    assert_eq!(string.source_span(end + 5..end + 9), Span::at(text.len() - 2), "past the end is the end");
}

fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("```json,{kind}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default()).collect()
}

#[test]
fn explanations_hold_what_they_promise() {
    // From `IN0130` on they are about samples.
    for code in Code::ALL.iter().filter(|code| ("IN01".."IN0130").contains(&code.as_str())) {
        let page = code.explanation();
        assert!(page.starts_with(&format!("# {code}: {}\n", code.title())), "{code}");
        for heading in ["\n## What\n", "\n## Why\n", "\n## Example\n"] {
            assert!(page.contains(heading), "{code}");
        }
        let (fails, passes) = (blocks(page, "fails"), blocks(page, "passes"));
        assert!(fails.len() == 1 || matches!(code, Code::TextTooLong | Code::ByteOrderMark), "{code}");
        for text in fails {
            assert_eq!(codes(&parse(text).1), [code.as_str()]);
        }
        for text in passes {
            assert_eq!(parse(text).1, [], "{code}");
        }
    }
}
