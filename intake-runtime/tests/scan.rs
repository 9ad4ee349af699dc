//! The walk over bytes: it passes over what is JSON and nothing else, and what it keeps prints as the tree does.

#[path = "scan/document.rs"]
mod document;

use document::{broken, document};
use intake_runtime::scan::{Bail, Cursor, DEPTH, Keeper, no_digit_bytes, no_space_bytes, special_bytes, swar};
use intake_runtime::value::Value;
use proptest::prelude::*;

fn skip(doc: &[u8]) -> Result<(), Bail> {
    let mut cursor = Cursor::new(doc)?;
    cursor.skip()?;
    cursor.end()
}

fn keep(doc: &[u8]) -> Result<(), Bail> {
    let mut cursor = Cursor::new(doc)?;
    cursor.keep(&mut Keeper::new())?;
    cursor.end()
}

fn print<'a>(doc: &'a [u8], keeper: &mut Keeper<'a>) -> Result<Vec<u8>, Bail> {
    let mut cursor = Cursor::new(doc)?;
    let kept = cursor.keep(keeper)?;
    cursor.end()?;
    let mut out = Vec::new();
    kept.print(&mut out)?;
    Ok(out)
}

/// The walk and the reader of trees agree. The keeper may have seen other documents of the same bytes' length or not.
fn agree(doc: &[u8]) {
    let shown = String::from_utf8_lossy(doc);
    let tree = Value::from_json(doc);
    assert_eq!(skip(doc).is_ok(), tree.is_ok(), "{shown}");
    assert_eq!(keep(doc).is_ok(), tree.is_ok(), "{shown}");
    let printed = print(doc, &mut Keeper::new());
    match tree {
        Ok(tree) => assert_eq!(
            String::from_utf8(printed.unwrap()).unwrap(),
            String::from_utf8(tree.to_json()).unwrap(),
            "{shown}"
        ),
        Err(_) => assert_eq!(printed, Err(Bail), "{shown}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn documents_are_passed_over_and_printed(doc in document()) {
        agree(doc.as_bytes());
        serde_json::from_str::<serde::de::IgnoredAny>(&doc).unwrap();
    }

    #[test]
    fn broken_documents_are_not(doc in broken(document())) {
        agree(&doc);
        if let Ok(text) = std::str::from_utf8(&doc) {
            prop_assert_eq!(skip(&doc).is_ok(), serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        }
    }

    #[test]
    fn blocks_are_the_same_on_every_machine(block: [u8; 16], odd in prop::array::uniform16(prop::sample::select(ODD.to_vec()))) {
        let expected = |block: [u8; 16], is: fn(u8) -> bool| (0..16).filter(|at| is(block[*at])).map(|at| 1 << at).sum::<u32>();
        for block in [block, odd] {
            let special = expected(block, |byte| matches!(byte, 0..=0x1F | b'"' | b'\\'));
            prop_assert_eq!([special_bytes(&block), swar::special(&block)], [special; 2]);
            let no_digits = expected(block, |byte| !byte.is_ascii_digit());
            prop_assert_eq!([no_digit_bytes(&block), swar::no_digits(&block)], [no_digits; 2]);
            let no_spaces = expected(block, |byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
            prop_assert_eq!([no_space_bytes(&block), swar::no_spaces(&block)], [no_spaces; 2]);
        }
    }
}

/// The bytes that are looked for, and their neighbours.
const ODD: &[u8] =
    b"\x00\x01\x08\t\n\x0B\x0C\r\x0E\x1F !\"#+-./0189:;[\\]ef\x7F\x80\x89\x8A\xA0\xA2\xB0\xB9\xBA\xDC\xFF";

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

#[test]
fn every_ending_near_a_block_is_seen() {
    for length in 0..40 {
        let text = "x".repeat(length);
        for doc in [
            format!("\"{text}\""),
            format!("\"{text}\\n\""),
            format!("\"{text}\\u00e9é{text}\""),
            format!("[\"{text}\",1]"),
            format!("{{\"{text}\":\"{text}\",\"{text}y\":1}}"),
        ] {
            agree(doc.as_bytes());
            for end in 0..doc.len() {
                agree(&doc.as_bytes()[..end]);
            }
        }
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes();
    assert_eq!(skip(&nested(DEPTH)), Ok(()));
    assert_eq!(skip(&nested(DEPTH + 1)), Err(Bail));
    assert_eq!(skip(&b"[".repeat(100_000)), Err(Bail));
    assert!(print(&nested(DEPTH), &mut Keeper::new()).is_ok());
    assert_eq!(print(&nested(DEPTH + 1), &mut Keeper::new()), Err(Bail));
    let objects = ["{\"a\":".repeat(DEPTH), "1".to_owned(), "}".repeat(DEPTH)].concat();
    agree(objects.as_bytes());
}

#[test]
fn digits_are_limited() {
    for (digits, sound) in [(1_000, true), (1_001, false)] {
        for number in ["1".repeat(digits), format!("0.{}", "1".repeat(digits)), format!("1e{}", "1".repeat(digits))] {
            assert_eq!(skip(number.as_bytes()).is_ok(), sound);
            agree(number.as_bytes());
        }
    }
}

#[test]
fn repeated_keys_are_found_whatever_was_seen_before() {
    let many: String = (0..200).map(|key| format!("\"k{key}\":{key},")).collect();
    let docs = [
        r#"[{"a":1,"b":2},{"a":1,"b":2},{"b":2},{"a":3},{"b":1,"a":2},{"a":1,"a":2},{"a":1,"b":2,"a":3}]"#.to_owned(),
        r#"[{"a":1,"b":2,"c":3},{"a":1,"c":3,"b":2},{"a":1,"c":3,"a":2},{"c":1,"c":2},{"a":1,"b":2,"c":3,"b":4}]"#
            .to_owned(),
        r#"{"a":{"a":{"a":{"a":1,"b":2},"b":1},"b":1},"b":1,"a":2}"#.to_owned(),
        r#"[{"\u0061":1,"a":2},{"\u0061":1,"a":2}]"#.to_owned(),
        r#"[{"a":{"x":1,"y":2},"b":{"x":1,"y":2,"x":3}},{"a":{"x":1,"y":2},"b":{"y":1,"x":2,"y":3}}]"#.to_owned(),
        format!("[{{{many}\"k0\":1}},{{{many}\"last\":1}}]"),
        "[".repeat(20) + r#"{"a":1,"a":2}"# + &"]".repeat(20),
        r#"{"a":"#.repeat(20) + r#"{"a":1,"a":2}"# + &"}".repeat(20),
    ];
    let mut keeper = Keeper::new();
    for doc in &docs {
        let tree = Value::from_json(doc.as_bytes()).unwrap().to_string();
        assert_eq!(print(doc.as_bytes(), &mut Keeper::new()).unwrap(), tree.as_bytes(), "{doc}");
    }
    // The keeper of one document keeps several values of it.
    let whole = format!("[{}]", docs.join(","));
    let mut cursor = Cursor::new(whole.as_bytes()).unwrap();
    assert_eq!(cursor.open(b'[', b']'), Ok(false));
    for doc in &docs {
        let mut out = Vec::new();
        cursor.keep(&mut keeper).unwrap().print(&mut out).unwrap();
        assert_eq!(out, Value::from_json(doc.as_bytes()).unwrap().to_json(), "{doc}");
        cursor.closes(b']').unwrap();
    }
    assert_eq!(cursor.end(), Ok(()));
}

/// What was met once is passed over in one step; it must be all there, and nothing else.
#[test]
fn every_byte_counts_where_a_key_is_expected() {
    let keys = [
        "a",
        "id",
        "seven77",
        "eight888",
        "twelve121212",
        "fourteen141414",
        "a key of seventeen",
        "one that is longer than three words are",
    ];
    let object = |keys: &[&str], space: &str, value: &str| {
        let members: Vec<_> =
            keys.iter().map(|key| format!("{space}\"{key}\":{}{value}", &space[..space.len().min(1)])).collect();
        format!("{{{}{space}}}", members.join(","))
    };
    let some: Vec<_> = keys.iter().copied().step_by(2).collect();
    for (space, value) in [("", "1"), ("", "\"x\""), ("\n  ", "{\"a\":1}"), (" ", "[{\"a\":1},{\"a\":2}]")] {
        let first = object(&keys, space, value);
        for second in [first.clone(), object(&some, space, value), first.replacen("\"a\"", "\"\\u0061\"", 1)] {
            agree(format!("[{second},{first},{second}]").as_bytes());
            for at in 0..second.len() {
                let change = |middle: &str| {
                    agree(format!("[{first},{}{middle}{}]", &second[..at], &second[at + 1..]).as_bytes());
                };
                for middle in ["", " ", ",", "\"", "x", "\0"] {
                    change(middle);
                }
                change(&second[at..=at].repeat(2));
            }
        }
    }
}

#[test]
fn what_cannot_be_remembered_is_not_expected() {
    let long = "x".repeat(70_000);
    let space = " ".repeat(300);
    let many: String = (0..600).map(|at| format!("{{\"k{at}\":{{\"x{at}\":1}}}},")).collect();
    for first in [r#"\u0061"#, &long] {
        for second in [r#"{,"b":2}"#, r#"{"a":1"b":2}"#, r#"{"b":2}"#, r#"{"a":1,"b":2,"b":3}"#] {
            agree(format!("[{{\"{first}\":1,\"b\":2}},{second}]").as_bytes());
            agree(format!("[{{\"a\":1,\"b\":2}},{{\"{first}\":1\"a\":2}},{second}]").as_bytes());
        }
    }
    for doc in [
        format!(r#"[{{"a":1,{space}"b":2}},{{"a":1"b":2}}]"#),
        format!(r#"[{{"a":1,{space}"b":2}},{{"a":1,{space}"b":2,"a":3}}]"#),
        format!(r#"[{many}{{"k1":1,"k1":2}}]"#),
        format!(r#"{{"all":[{many}{{"k1":1"k2":2}}]}}"#),
    ] {
        agree(doc.as_bytes());
    }
}
