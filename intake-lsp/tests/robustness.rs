//! Whatever the text and the place, everything can be asked, and what is answered has its place in the text.

use intake_compiler::diagnostic::Edit;
use intake_compiler::source::Span;
use intake_lsp::analysis::File;
use intake_lsp::analysis::complete::complete;
use intake_lsp::analysis::fix::fixes;
use intake_lsp::analysis::hover::hover;
use intake_lsp::analysis::layout::lay_out;
use intake_lsp::analysis::outline::{Entry, containers, outline};
use intake_lsp::analysis::rename::{prepare, rename};
use intake_lsp::analysis::symbols::{definitions, references};
use intake_lsp::positions::floor;
use proptest::prelude::*;

const MANIFESTS: [&str; 6] = [
    include_str!("../../tests/manifests/github-hooks.json"),
    include_str!("../../tests/manifests/stripe-events.json"),
    include_str!("../../tests/manifests/paypal.json"),
    include_str!("../../tests/manifests/zoom-verification.json"),
    include_str!("everything.json"),
    r#"[{ "name": "ü😀", "type": "polling", "initial_setup": { "!jq": "{polling_state: {a: \"\u00e9\ud83d\ude00\"}}" },
         "request": { "!jq": "\"é\\(${polling_state.a}) \u00e9\" | {results: [.], iterate: ${polling_state}.a}" } }]"#,
];

const PIECES: [&str; 26] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "1",
    "\"\"",
    "\"é\"",
    "${",
    "}",
    "${polling_state.",
    "!",
    "!jq",
    "\\",
    "name",
    "_comment",
    "\\u00e9",
    "//",
    "ß",
    "😀",
    "\\ud83d\\ude00",
    ".a",
    "$x",
];

/// Asks everything at a place.
fn ask(file: &File, offset: usize) {
    let text = file.text();
    let check = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?} in {text}");
    let edits = |edits: &[Edit]| {
        edits.iter().for_each(|edit| check(edit.span));
        assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{edits:?} in {text}");
    };
    for item in complete(file, offset) {
        check(item.span);
        assert!(item.span.end as usize >= offset || item.span.start as usize <= offset);
        item.also.iter().for_each(|edit| check(edit.span));
    }
    hover(file, offset).into_iter().for_each(|hover| check(hover.span));
    definitions(file, offset).into_iter().for_each(check);
    references(file, offset).into_iter().for_each(|found| check(found.span));
    if let Ok(span) = prepare(file, offset) {
        check(span);
    }
    if let Ok(found) = rename(file, offset, "other_name") {
        edits(&found);
    }
    for fix in fixes(file, Span::at(offset)) {
        edits(&fix.suggestion.edits);
    }
}

fn ask_of_the_whole(file: &File) {
    let text = file.text();
    fn check(entry: &Entry, text: &str) {
        assert!(text.get(entry.span.range()).is_some() && text.get(entry.selection.range()).is_some());
        assert!(entry.span.start <= entry.selection.start && entry.selection.end <= entry.span.end, "{entry:?}");
        entry.children.iter().for_each(|child| check(child, text));
    }
    outline(file).iter().for_each(|entry| check(entry, text));
    containers(file).into_iter().for_each(|span| assert!(text.get(span.range()).is_some()));
    let _ = file.is_manifest();
    if let Some(edit) = lay_out(file) {
        assert!(text.get(edit.span.range()).is_some());
    }
}

#[test]
fn every_prefix_can_be_asked_at_its_end() {
    for manifest in MANIFESTS {
        // Every seventh: each is a whole analysis.
        for end in (0..=manifest.len()).step_by(7).map(|end| floor(manifest, end)) {
            let file = File::new("test.json", &manifest[..end], &[]);
            ask(&file, end);
            ask_of_the_whole(&file);
        }
    }
}

#[test]
fn every_place_can_be_asked() {
    for manifest in MANIFESTS {
        let file = File::new("test.json", manifest, &[]);
        for offset in (0..=manifest.len()).filter(|offset| manifest.is_char_boundary(*offset)).step_by(3) {
            ask(&file, offset);
        }
    }
}

#[test]
fn a_name_without_its_first_quote_has_its_place() {
    let text = r#"[{ "name": ß", "type": "polling" }]"#;
    let file = File::new("test.json", text, &[]);
    let found = definitions(&file, text.find('ß').unwrap());
    assert_eq!(found.iter().map(|span| &text[span.range()]).collect::<Vec<_>>(), ["ß"]);
}

/// How many damaged manifests a run asks; `PROPTEST_CASES` for long ones.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_manifests_can_be_asked(
        which in 0..MANIFESTS.len(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, 0_usize..PIECES.len()), 1..5),
        asked in prop::collection::vec(any::<prop::sample::Index>(), 4),
    ) {
        let mut text = MANIFESTS[which].to_owned();
        let mut offsets = Vec::new();
        for (index, length, piece) in places {
            let start = floor(&text, index.index(text.len() + 1));
            let end = floor(&text, start + length).max(start);
            text.replace_range(start..end, PIECES[piece]);
            offsets.push(start + PIECES[piece].len());
        }
        offsets.extend(asked.iter().map(|index| index.index(text.len() + 1)));
        let file = File::new("test.json", text.as_str(), &[]);
        ask_of_the_whole(&file);
        for offset in offsets {
            ask(&file, floor(&text, offset));
        }
    }
}
