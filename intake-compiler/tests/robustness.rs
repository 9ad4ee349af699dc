//! Whatever the text, reading it ends, and what is said of it has its place in it.

mod support;

use intake_compiler::diagnostic::Diagnostic;
use proptest::prelude::*;
use support::{diagnose, mended, rendered};

const MANIFESTS: [&str; 6] = [
    include_str!("../../tests/manifests/github-hooks.json"),
    include_str!("../../tests/manifests/historical-sync.json"),
    include_str!("../../tests/manifests/paypal.json"),
    include_str!("../../tests/manifests/stripe-events.json"),
    include_str!("../../tests/manifests/zoom-verification.json"),
    r#"{ "workflows": [{ "data_intake": "é", "setup": { "schedule": 1, "form_fields": [{ "id": "a-1" }] } }],
         "data_intake": [{ "name": "ü", "type": "polling", "request": { "!print_c": "${custom_data.a_1.value} \u00e9" } }] }"#,
];

const PIECES: [&str; 24] = [
    "\"", "{", "}", "[", "]", ",", ":", "null", "true", "1", "-0.5e9", "\"\"", "\"é\"", "${", "}", "!", "!jq", "!http",
    "url", "name", "_comment", "\\u0000", "//", "ß",
];

fn has_its_place(text: &str, found: &Diagnostic) -> bool {
    let labels = found.secondary.iter().chain([&found.primary]).map(|label| label.span);
    let edits = found.suggestions.iter().flat_map(|suggestion| &suggestion.edits).map(|edit| edit.span);
    let ordered = found
        .suggestions
        .iter()
        .all(|suggestion| suggestion.edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
    ordered && labels.chain(edits).all(|span| text.get(span.range()).is_some())
}

/// The text with some places cut out and some pieces put in.
fn damaged(text: &str, places: &[(prop::sample::Index, usize, usize)]) -> String {
    let mut text = text.to_owned();
    for (index, length, piece) in places {
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let Some(start) = boundaries.get(index.index(boundaries.len().max(1))).copied() else { break };
        let end = boundaries.iter().copied().find(|at| *at >= start + length).unwrap_or(text.len());
        text.replace_range(start..end, PIECES[piece % PIECES.len()]);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_manifests_are_reported_in_their_place(
        which in 0..MANIFESTS.len(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, 0_usize..PIECES.len()), 1..5),
    ) {
        let text = damaged(MANIFESTS[which], &places);
        for found in diagnose(&text) {
            prop_assert!(has_its_place(&text, &found), "{found:?} in {text}");
        }
        rendered(&text);
        mended(&text);
    }
}

#[test]
fn large_objects_take_linear_time() {
    let members: Vec<String> = (0..100_000).map(|n| format!(r#""k{n}": "${{custom_data.f{n}.value}}""#)).collect();
    let body = members.join(", ");
    let text = support::http(&format!(r#""url": "https://a.b", "body": {{ {body} }}"#));
    assert!(diagnose(&text).is_empty());
    let text = format!(r#"{{ "workflows": [{{}}], "data_intake": {text} }}"#);
    assert_eq!(diagnose(&text).len(), 100_000);
}
