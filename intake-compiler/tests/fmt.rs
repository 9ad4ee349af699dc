//! One layout for manifests and for the jq in them, which changes no meaning.

mod common;
mod support;

use intake_compiler::compile::{Options, compile};
use intake_compiler::diagnostic::Code;
use intake_compiler::fmt::{format, program};
use intake_compiler::source::Source;
use std::path::{Path, PathBuf};

fn formatted(text: &str) -> String {
    format(&Source::new("a.json", text)).unwrap_or_else(|found| panic!("{found:?} in {text}"))
}

fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            manifests(&path, found);
        } else if name.ends_with(".json") {
            found.push(path);
        }
    }
}

/// The code with all that a layout may change taken out: positions, and space in programs.
fn meaning(text: &str) -> (String, Vec<&'static str>) {
    let compiled = compile(&Source::new("a.json", text), &Options::default());
    let mut codes: Vec<_> = compiled.diagnostics.iter().map(|found| found.code.as_str()).collect();
    codes.sort_unstable();
    let code: String =
        compiled.tokens.to_string().chars().filter(|c| !c.is_whitespace() && !c.is_ascii_digit()).collect();
    (code.replace("\\n", ""), codes)
}

#[test]
fn every_manifest_of_the_repository_keeps_its_meaning_and_its_layout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    manifests(&root, &mut paths);
    let mut texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for code in Code::ALL {
        let blocks = code.explanation().split("```json").skip(1);
        texts.extend(blocks.filter_map(|block| Some(block.split_once('\n')?.1.split_once("```")?.0.to_owned())));
    }
    let mut laid_out = 0;
    for text in &texts {
        let Ok(once) = format(&Source::new("a.json", text.as_str())) else { continue };
        laid_out += 1;
        assert_eq!(formatted(&once), once, "in {text}");
        assert_eq!(meaning(&once), meaning(text), "in {text}");
        let values = [text, &once].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
        assert_eq!(values[0].as_object().map(|object| object.len()), values[1].as_object().map(|object| object.len()));
    }
    assert!(laid_out > 100, "{laid_out} of {} texts", texts.len());
}

#[test]
fn the_layout() {
    let text = include_str!("fixtures/layout.json");
    insta::assert_snapshot!(formatted(text));
    let crlf = formatted(&text.replace('\n', "\r\n"));
    assert_eq!(crlf.replace("\r\n", "\n"), formatted(text));
    assert!(crlf.ends_with("\r\n") && !crlf.replace("\r\n", "").contains('\n'));
    for (text, expected) in [("[ ]", "[]\n"), ("{}\n\n", "{}\n"), (" 1 ", "1\n"), ("\"a\"", "\"a\"\n")] {
        assert_eq!(formatted(text), expected);
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in ["", "[1,]", "{\"a\": 1, \"a\": 2}", "// c\n[]", "\"create\": {}", "[\"\\d\"]"] {
        let found = format(&Source::new("a.json", text)).unwrap_err();
        assert!(!found.is_empty() && found.iter().all(|one| one.code < Code::WrongType), "{text}: {found:?}");
    }
}

#[test]
fn jq_has_one_layout() {
    let cases = [
        (".a|.b", ".a | .b"),
        ("{ a : .b ,c , \"d\":1, (.e):2 , $f, @text \"x\": 1 }", "{a: .b, c, \"d\": 1, (.e): 2, $f, @text \"x\": 1}"),
        ("[ .[ ]|select( .a==1 and.b>2 )|{a} ]", "[.[] | select(.a == 1 and .b > 2) | {a}]"),
        ("if .a then 1 elif.b then - 2 else -.c end", "if .a then 1 elif .b then -2 else -.c end"),
        ("1-1", "1 - 1"),
        ("1 -1", "1 - 1"),
        ("-1- -1", "-1 - -1"),
        ("(-1)", "(-1)"),
        ("not -1", "not - 1"),
        (".a [ 0 ] .b", ".a[0].b"),
        (".a [ 1 : - 1 ]", ".a[1:-1]"),
        (".[.a :length-1]", ".[.a:length - 1]"),
        (". [\"a\"] .\"b\" . \"c\"", ".[\"a\"].\"b\".\"c\""),
        (".. | .a ? // \"x\"", ".. | .a? // \"x\""),
        (".. .a", ".. .a"),
        ("1 .a", "1 .a"),
        ("f .a", "f.a"),
        ("def f( g ; $x ):g|$x;f( .a;1 )", "def f(g; $x): g | $x; f(.a; 1)"),
        ("[def f :1;f]", "[def f: 1; f]"),
        ("{def:1}|[.a:2]", "{def: 1} | [.a:2]"),
        ("reduce .[] as[$a,{b:$c}](0;.+$a)", "reduce .[] as [$a, {b: $c}] (0; . + $a)"),
        ("foreach .[] as $x (0;.+1;[.])", "foreach .[] as $x (0; . + 1; [.])"),
        ("try error(\"x\")catch .", "try error(\"x\") catch ."),
        ("label $out|first(.a,break $out)", "label $out | first(.a, break $out)"),
        (".a|=.+1", ".a |= . + 1"),
        ("\" a |b\\( .c+1 )\\n \"", "\" a |b\\(.c + 1)\\n \""),
        ("@base64\"\\(.a)\"", "@base64 \"\\(.a)\""),
        ("${polling_state :: a}", "${polling_state :: a}"),
        ("{a:${polling_state::a}}", "{a: ${polling_state.a}}"),
        ("\"${data::workflow::k[ 0 ]|default:  x y }\"", "\"${data.workflow.k[0] | default: x y}\""),
        ("${polling_state.a|default}.b", "${polling_state.a | default}.b"),
        ("  .\n  | .a\n", ". | .a"),
        ("# all\n.a # of it\n\n   # own\n | .b # end", "# all\n.a # of it\n# own\n| .b # end"),
        (".a # b \\\n c\n|.d", ".a # b \\\n c\n| .d"),
        ("[ # a\n1,2 # b\n]", "[ # a\n1, 2 # b\n]"),
        ("1 # a\n-1", "1 # a\n- 1"),
    ];
    for (text, expected) in cases {
        let literal = common::literal(&common::quote(text));
        let laid_out = program(&literal);
        // A path with spaces in it is no variable: the program is wrong and stays as it is.
        let expected = (!text.contains(" :: ")).then_some(expected);
        assert_eq!(laid_out.as_deref(), expected, "{text}");
        if let Some(once) = laid_out {
            assert_eq!(program(&common::literal(&common::quote(&once))), Some(once));
        }
    }
    for wrong in ["{a: 1", "\"", "", " # only a comment", "^"] {
        assert_eq!(program(&common::literal(&common::quote(wrong))), None, "{wrong}");
    }
}
