//! `intake fmt`

mod common;

use common::{Folder, intake, intake_in, text};

const LOOSE: &str = r#"[{"name":"a","type":"polling","request":{"!jq":"{results:.a,iterate:false}"}}]"#;
const LAID_OUT: &str = r#"[
  {
    "name": "a",
    "type": "polling",
    "request": { "!jq": "{results: .a, iterate: false}" }
  }
]
"#;

#[test]
fn files_are_laid_out_in_place() {
    let folder = Folder::new(&[("a.json", LOOSE), ("b.json", LAID_OUT), ("wrong.json", "[1,]"), ("c.json", LOOSE)]);
    let before = folder.path().join("b.json").metadata().unwrap().modified().unwrap();
    let output = intake_in(folder.path(), &["fmt", "--check", "a.json", "b.json"], "");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "a.json:1: is laid out otherwise\n"));
    assert_eq!(folder.read("a.json"), LOOSE);
    let output = intake_in(folder.path(), &["fmt", "a.json", "b.json", "wrong.json", "c.json"], "");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    assert!(text(&output.stderr).contains("error[IN0102]"), "{}", text(&output.stderr));
    assert_eq!([folder.read("a.json"), folder.read("c.json")], [LAID_OUT, LAID_OUT]);
    assert_eq!(folder.read("wrong.json"), "[1,]");
    assert_eq!(folder.path().join("b.json").metadata().unwrap().modified().unwrap(), before, "not written again");
    let output = intake_in(folder.path(), &["fmt", "--check", "a.json", "b.json", "c.json"], "");
    assert_eq!((output.status.code(), text(&output.stdout), text(&output.stderr)), (Some(0), "", ""));
    let output = intake_in(folder.path(), &["fmt", "none.json"], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let output = intake(&["fmt", "-"], LOOSE);
    assert_eq!((output.status.code(), text(&output.stdout), text(&output.stderr)), (Some(0), LAID_OUT, ""));
    let output = intake(&["fmt", "-"], "[1,]");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let output = intake(&["fmt", "--check", "-"], LOOSE);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "<stdin>:1: is laid out otherwise\n"));
}
