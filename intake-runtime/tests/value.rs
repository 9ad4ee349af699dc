//! Values: strict JSON in, JSON out, whatever is between.

mod common;

use common::json;
use intake_runtime::value::{JsonError, MAX_DEPTH, Value};
use proptest::prelude::*;

fn nested(depth: usize) -> Vec<u8> {
    let mut text = b"[".repeat(depth);
    text.extend(b"]".repeat(depth));
    text
}

#[test]
fn digits_and_order_are_kept() {
    for text in [
        "null",
        "true",
        "-0.10",
        "1e2",
        "12345678901234567890123",
        "0.1000000000000000055511151231257827",
        "\"a\\\\b\\\"\\n\\u0001é\"",
        r#"{"z":1,"a":[{}, []],"1":"x"}"#,
        "1E400",
        "[1,[2,[3]]]",
        "\"\u{7f}\u{2028}\"",
    ] {
        assert_eq!(json(text).to_string(), text.replace(", ", ","), "{text}");
    }
    assert_eq!(json(" {\"a\" : 1,\"b\":2, \"a\":3}\n").to_string(), r#"{"a":3,"b":2}"#);
    assert_eq!(
        json(r#""\ud83d\ude00 \ud83d x \ude00\ud83d \\ud83d""#).as_str(),
        Some("😀 \u{fffd} x \u{fffd}\u{fffd} \\ud83d")
    );
}

#[test]
fn only_json_is_read() {
    for text in [
        "",
        " ",
        "nan",
        "NaN",
        "Infinity",
        "-Infinity",
        "+1",
        "01",
        "1.",
        ".5",
        "1e",
        "# x\n1",
        "1 # x",
        "1 2",
        "[1,]",
        "{\"a\":1,}",
        "{1:2}",
        "{a:1}",
        "'a'",
        "b\"a\"",
        "\"\n\"",
        "\"\\x41\"",
        "[",
        "]",
        "{\"a\"}",
        "tru",
        "\u{feff}1",
        "\"\\u12\"",
        "//\n1",
    ] {
        assert!(matches!(Value::from_json(text.as_bytes()), Err(JsonError::Syntax(_))), "{text}");
    }
    assert!(Value::from_json(b"\"\xff\"").is_err());
}

#[test]
fn depth_and_digits_are_limited_on_the_smallest_stack() {
    let work = || {
        let deepest = Value::from_json(&nested(MAX_DEPTH)).unwrap();
        assert_eq!(deepest.to_json(), nested(MAX_DEPTH));
        assert_eq!(deepest, deepest.clone());
        assert!(serde_json::Value::from(&deepest).is_array());
        for depth in [MAX_DEPTH + 1, 100_000] {
            assert!(matches!(Value::from_json(&nested(depth)), Err(JsonError::TooDeep { limit: MAX_DEPTH })));
        }
        assert!(matches!(Value::from_json(&b"{\"a\":[".repeat(100_000)), Err(JsonError::TooDeep { .. })));
        assert!(Value::from_json(format!("\"{}\"", "[".repeat(100_000)).as_bytes()).is_ok());
        assert!(matches!(Value::from_json("9".repeat(1_000_000).as_bytes()), Err(JsonError::NumberTooLong { .. })));
        assert!(Value::from_json("9".repeat(1_000).as_bytes()).is_ok());
    };
    // A thread of a tokio runtime has no more.
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn equality_is_jqs() {
    assert_eq!(json(r#"{"a":1,"b":[2.0]}"#), json(r#"{"b":[2],"a":1.0}"#));
    assert_ne!(json("[1,2]"), json("[2,1]"));
    assert_ne!(json("\"1\""), json("1"));
    assert_ne!(json("{}"), json("[]"));
    assert_ne!(json("12345678901234567890123"), json("12345678901234567890124"));
}

#[test]
fn parts_are_found() {
    let value = json(r#"{"a":{"b":[10,"x"]},"n":null,"t":true}"#);
    assert_eq!(value.keys().collect::<Vec<_>>(), ["a", "n", "t"]);
    assert_eq!(value.get("a").unwrap().get("b").unwrap().as_array().unwrap()[1].as_str(), Some("x"));
    assert_eq!((value.get("t").unwrap().as_bool(), value.get("n").unwrap().is_null()), (Some(true), true));
    assert_eq!((value.len(), value.get("x"), json("[1]").get("a"), json("\"a\"").len()), (3, None, None, 0));
    assert_eq!(value.entries().unwrap().len(), 3);
    assert_eq!(
        [json("2.0"), json("2"), json("2.5"), json("1e300")].map(|value| value.as_i64()),
        [Some(2), Some(2), None, None]
    );
    assert_eq!(json("\"a b\"").text(), "a b");
    assert_eq!(json(r#"{"a": [1.50, "x"]}"#).text(), r#"{"a":[1.50,"x"]}"#);
}

#[test]
fn numbers_are_literals() {
    for good in ["0", "-0", "1.0", "12345678901234567890", "1e-7", "1.5E+3"] {
        assert!(Value::number(good).is_some(), "{good}");
    }
    for bad in ["", "-", "+1", "01", "1.", ".1", "1e", "NaN", "1 ", "0x1", "1_000"] {
        assert!(Value::number(bad).is_none(), "{bad}");
    }
    assert_eq!(Value::number("1.0").unwrap().to_string(), "1.0");
}

proptest! {
    #[test]
    fn what_is_read_as_json_is_what_serde_json_reads(text in "[\\[\\]{}\",:0-9eE.+\\-# a-fnrtul\\\\]{0,24}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match Value::from_json(text.as_bytes()) {
            Ok(ours) => prop_assert!(serde_json::from_slice::<serde_json::Value>(&ours.to_json()).is_ok() || theirs.is_err()),
            Err(_) => prop_assert!(theirs.is_err(), "{}", text),
        }
    }

    #[test]
    fn strings_survive(text in "(?s).{0,40}") {
        let value = Value::from(text.as_str());
        prop_assert_eq!(&serde_json::from_slice::<String>(&value.to_json()).unwrap(), &text);
        let read = Value::from_json(&value.to_json()).unwrap();
        prop_assert_eq!(read.as_str(), Some(text.as_str()));
    }
}
