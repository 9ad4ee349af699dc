//! Random texts: against serde_json, and damaged ones that are read and rendered all the same.

use super::*;
use proptest::prelude::*;

/// JSON texts of every shape, written with different white space.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| format!("{value:e}")),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
        string_text(),
    ];
    let blank = "[ \t\r\n]{0,2}";
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let item = (blank, inner.clone(), blank).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        let member = (blank, string_text(), blank, inner)
            .prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
        prop_oneof![
            prop::collection::vec(item, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

fn string_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z(){}\\[\\],:;/#' =|.]{0,6}",
        any::<char>()
            .prop_map(|c| serde_json::to_string(&c).map_or(String::new(), |text| text[1..text.len() - 1].to_owned())),
        Just("\\ud83d\\uDE00".to_owned()),
        "\\\\u[0-9a-cA-C][0-9a-fA-F]{3}",
        Just("\\\"".to_owned()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Bits of text that people write by mistake.
const NOISE: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "\n", "\t", " ", "//", "/*", "*/", "#", "=", ";", "1", "-", ".",
    "e", "True", "nul", "\\u", "\\ud800", "\u{a0}", "\u{feff}", "é", "😀", "“", "…", "...", "${", "\"a\":", "!jq",
    "\u{0}", "::", "\r\n",
];

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// `text` with some stretches removed, doubled or replaced by noise.
fn mutated(text: &str, steps: &[(usize, usize, usize)]) -> String {
    let mut text = text.to_owned();
    for (place, len, what) in steps {
        let start = floor(&text, place % (text.len() + 1));
        let end = floor(&text, (start + len % 4).min(text.len())).max(start);
        let replacement = match what % (NOISE.len() + 10) {
            index if index < NOISE.len() => NOISE[index].to_owned(),
            index if index < NOISE.len() + 5 => String::new(),
            _ => text[start..end].repeat(2),
        };
        text.replace_range(start..end, &replacement);
    }
    text
}

fn steps(most: usize) -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec(any::<(usize, usize, usize)>(), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_json_agrees_with_serde_json(text in json_text()) {
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        agree(&text);
    }

    #[test]
    fn mutated_json_agrees_with_serde_json(text in json_text(), steps in steps(4)) {
        agree(&mutated(&text, &steps));
    }

    #[test]
    fn noise_agrees_with_serde_json(parts in prop::collection::vec(prop::sample::select(NOISE), 0..24)) {
        agree(&parts.concat());
    }

    #[test]
    fn any_text_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), text in any::<String>()) {
        agree(&String::from_utf8_lossy(&bytes));
        agree(&text);
    }
}

/// A small generator with a fixed seed (xorshift): the same mutations in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }
}

#[test]
fn mutated_manifests_are_parsed_and_rendered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/manifests");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect(folder).map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).expect("a manifest")).collect();
    assert!(texts.len() >= 5);
    for text in &texts {
        agree(text);
        assert_eq!(parse(text).1, []);
    }
    let mut random = Random(0x1234_5678_9abc_def1);
    for round in 0..20_000 {
        let steps: Vec<_> = (0..1 + random.next() % 3).map(|_| (random.next(), random.next(), random.next())).collect();
        let text = mutated(&texts[round % texts.len()], &steps);
        let (node, found) = parse(&text);
        check_spans(&text, node.as_ref(), &found);
        let source = Source::new("m.json", text.as_str());
        for one in &found {
            let rendered = render(&source, one, Color::Never);
            assert!(rendered.starts_with(&format!("error[{}]: ", one.code)), "{rendered}");
            assert!(rendered.contains("m.json:") && rendered.len() < 20_000, "{rendered}");
            assert!(render_for_rustc(&source, one).contains(&format!("[{}]\n", one.code)));
        }
    }
}
