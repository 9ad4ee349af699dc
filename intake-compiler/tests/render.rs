//! How diagnostics look.

use intake_compiler::diagnostic::render::{Color, render, render_for_rustc, summary};
use intake_compiler::diagnostic::{Code, Diagnostic, Sink};
use intake_compiler::json;
use intake_compiler::source::{Source, Span};

fn reports(text: &str) -> (Source, Vec<Diagnostic>) {
    let source = Source::new("manifests/acme.json", text);
    let mut sink = Sink::new();
    json::parse(&source, &mut sink);
    (source, sink.finish())
}

fn rendered(text: &str) -> String {
    let (source, found) = reports(text);
    found.iter().map(|one| render(&source, one, Color::Never)).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_pasted_snippet() {
    insta::assert_snapshot!(rendered(include_str!("fixtures/vendor/create.txt")));
}

#[test]
fn every_kind_of_mistake() {
    let texts = [
        "{\n  \"a\": [1, 2,],\n  \"b\": \"open,\n  \"c\": \"x \"y\" z\"\n}",
        "{\n  // c\n  name: 'x',\n  \"a\" = True,\n  \"b\": 007,\n  \"a\": 1\n  \"d\": \"\\d\t\"\n}",
        "{\n  \"data_intake\": [\n    {\n      \"create\": {\n        \"!http\": {}\n    }\n  ]\n}",
        "\u{feff}[[1,{\"a\": ",
        "{}\nmore",
        "",
    ];
    insta::assert_snapshot!(texts.map(rendered).join("\n\n"));
}

#[test]
fn tabs_and_wide_characters_align() {
    insta::assert_snapshot!(rendered("{\n\t\"ключ\": \"日本語 😀\",\t\"x\": tru,\r\n\t\"é\": [1 2]\r\n}"));
}

#[test]
fn everything_a_diagnostic_can_say() {
    let source = Source::new("m.json", "{\n  \"frequency\": 30,\n  \"polling\": true\n}\n");
    let one = Diagnostic::new(Code::MissingDelete, Span::new(4, 15), "a message")
        .label("the first label")
        .secondary(Span::new(24, 33), "the second label")
        .note("a note")
        .help("a help\nof two lines")
        .suggest("raise it", Span::new(17, 19), "60")
        .suggest("or remove it", Span::new(4, 20), "");
    let both = [render(&source, &one, Color::Never), render_for_rustc(&source, &one)];
    insta::assert_snapshot!(both.join("\n\n"));
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let (source, found) = reports("[1,]");
    let coloured = render(&source, &found[0], Color::Always);
    let plain = render(&source, &found[0], Color::Never);
    assert!(coloured.contains("\u{1b}["));
    assert!(!plain.contains('\u{1b}') && !render_for_rustc(&source, &found[0]).contains('\u{1b}'));
    let mut stripped = String::new();
    for (index, part) in coloured.split("\u{1b}[").enumerate() {
        stripped.push_str(if index == 0 { part } else { part.split_once('m').map_or("", |(_, text)| text) });
    }
    assert_eq!(stripped, plain);
}

#[test]
fn escape_sequences_in_a_manifest_do_not_reach_the_terminal() {
    let plain = rendered("{\"a\": \"\u{1b}[31m\", \u{1b}[31mkey: 1, \"\u{1b}\": 2, \"\u{1b}\": 3}");
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
}

#[test]
fn long_lines_are_trimmed() {
    let items: Vec<String> = (0..4000).map(|id| format!("{{\"id\":{id},\"name\":\"größe {id}\"}}")).collect();
    let text = format!("{{\"first\":[{}],\"again\":[1 2,],\"first\":3,\"x\":[{}}}", items.join(","), items.join(","));
    let (source, found) = reports(&text);
    assert_eq!(found.len(), 4, "{found:?}");
    for one in &found {
        let rendered = render(&source, one, Color::Never);
        assert!(rendered.lines().all(|line| line.chars().count() < 400), "{rendered}");
        let column = source.position(one.primary.span.start).column;
        assert!(rendered.contains(&format!("--> manifests/acme.json:1:{column}\n")), "{rendered}");
    }
    insta::assert_snapshot!(
        found.iter().map(|one| render(&source, one, Color::Never)).collect::<Vec<_>>().join("\n\n")
    );
}

#[test]
fn spans_at_the_edges_are_drawn() {
    for text in ["", "\n", "a", "a\n", "é", "\r\n", "a\r\nb\r\n", "日本\n\n"] {
        let source = Source::new("m.json", text);
        let ends: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        for (index, start) in ends.iter().enumerate() {
            for end in &ends[index..] {
                let span = Span::new(*start, *end);
                let one = Diagnostic::new(Code::UnexpectedToken, span, "m").label("l").suggest("s", span, "x\ny");
                assert!(render(&source, &one, Color::Never).contains("m.json:"), "{text:?} {span:?}");
            }
        }
        let outside = Diagnostic::new(Code::UnexpectedToken, Span::new(50, 90), "m").secondary(Span::new(9, 3), "n");
        assert!(render(&source, &outside.suggest("s", Span::new(7, 2), ""), Color::Never).contains("m.json:"));
    }
}

#[test]
fn the_summary_counts() {
    assert_eq!(summary(0, 0, 0), "no problems found");
    assert_eq!(summary(1, 0, 0), "1 error found");
    assert_eq!(summary(0, 2, 0), "2 warnings found");
    assert_eq!(summary(2, 1, 0), "2 errors and 1 warning found");
    assert_eq!(summary(0, 0, 1), "1 note found");
    assert_eq!(summary(1, 1, 2), "1 error, 1 warning and 2 notes found");
}
