//! `intake graph`

mod common;

use common::{intake, text};

const MANIFESTS: [&str; 6] =
    ["github-hooks", "stripe-events", "paypal", "zoom-verification", "historical-sync", "scripted"];

fn drawn(manifest: &str, format: &str) -> String {
    let output = intake(&["graph", "--format", format, &format!("tests/manifests/{manifest}.json")], "");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    text(&output.stdout).to_owned()
}

#[test]
fn flowcharts() {
    for manifest in MANIFESTS {
        insta::assert_snapshot!(format!("mermaid_{manifest}"), drawn(manifest, "mermaid"));
    }
}

/// `x`, `y`, `width` and `height` of the boxes in a picture, the background first.
fn boxes(picture: &str) -> Vec<[f64; 4]> {
    let number = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split_once('"')?.0.parse().ok()
    };
    let of = |tag: &str| Some([number(tag, "x")?, number(tag, "y")?, number(tag, "width")?, number(tag, "height")?]);
    picture.split("<rect").skip(1).filter_map(|tag| of(tag.split_once('>')?.0)).collect()
}

#[test]
fn no_box_of_a_picture_covers_another_or_leaves_it() {
    for manifest in MANIFESTS {
        let picture = drawn(manifest, "svg");
        let (_, size) = picture.split_once("viewBox=\"0 0 ").unwrap();
        let (size, _) = size.split_once('"').unwrap();
        let size: Vec<f64> = size.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let boxes = boxes(&picture);
        assert!(boxes.len() > 2, "{manifest}");
        for (index, [x, y, width, height]) in boxes.iter().enumerate() {
            assert!(*x >= 0.0 && *y >= 0.0 && x + width <= size[0] && y + height <= size[1], "{manifest}: {index}");
            for [left, top, wide, high] in &boxes[..index] {
                let apart = x + width <= *left || left + wide <= *x || y + height <= *top || top + high <= *y;
                assert!(apart, "{manifest}: box {index} covers another");
            }
        }
    }
    insta::assert_snapshot!("svg_stripe-events", drawn("stripe-events", "svg"));
}

#[test]
fn names_are_escaped_and_errors_reported() {
    let manifest = r#"[{ "name": "<a> & \"b\" #1", "type": "polling", "request": { "!pipe": [{ "!http": { "url":
        "https://a.example/?q=<&>" } }, { "!jq": "{results: .body, iterate: false}" }] } }]"#;
    for format in ["mermaid", "svg"] {
        let output = intake(&["graph", "--format", format, "-"], manifest);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("&lt;a&gt; &amp; &quot;b&quot; "), "{}", text(&output.stdout));
    }
    let output = intake(&["graph", "-"], "[1,]");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("error[IN0102]"));
}
