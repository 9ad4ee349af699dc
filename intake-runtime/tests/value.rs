//! Values: strict JSON in, JSON out, whatever is between.

mod common;

use common::json;
use intake_runtime::value::{JsonError, MAX_DEPTH, Number, Value};
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

#[test]
fn serde_keeps_digits() {
    for text in [
        "null",
        "[true,false]",
        "12.5",
        "9007199254740993",
        "18446744073709551615",
        "12345678901234567890123",
        "-12345678901234567890123",
        "0.1000000000000000055511151231257827",
        "1E400",
        r#"{"z":[{}],"a":"é\n","$serde_json::private::RawValue":"1"}"#,
        r#"{"$serde_json::private::RawValue":"[1]"}"#,
    ] {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value.to_string(), text);
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }
    // The same numbers, as floats are written.
    for (text, written) in [("1.10", "1.1"), ("1e2", "100.0"), ("3.0", "3.0"), ("25e-1", "2.5")] {
        let value: Value = serde_json::from_str(text).unwrap();
        let again = serde_json::to_string(&value).unwrap();
        assert!(again == written || again == text, "{text} became {again}");
    }
    let error = serde_json::from_str::<Value>("[1,").unwrap_err();
    assert!(error.is_eof(), "{error}");
}

#[test]
fn serde_reads_what_is_no_text_too() {
    let json = serde_json::json!({"a": [1, -2, 2.5, null, true, "x"], "b": {"c": 18_446_744_073_709_551_615_u64}});
    let value: Value = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(value, json);
    assert_eq!(serde_json::to_value(&value).unwrap(), json);
    // A map of another format, and of a part that serde has buffered.
    let entries = [("k", 1_i64), ("l", 2)];
    let map = serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(entries.into_iter());
    assert_eq!(<Value as serde::Deserialize>::deserialize(map).unwrap().to_string(), r#"{"k":1,"l":2}"#);
}

#[test]
fn numbers_are_what_is_written() {
    let number: Number = serde_json::from_str("12345678901234567890123.10").unwrap();
    assert_eq!(number.as_str(), "12345678901234567890123.10");
    assert_eq!((number.as_i64(), number.as_u64(), number.as_f64()), (None, None, 1.234_567_890_123_456_8e22));
    assert_eq!("17".parse::<Number>().unwrap(), Number::from(17_i64));
    assert_eq!(Value::from(Number::from(u64::MAX)).as_number(), Some(Number::from(u64::MAX)));
    for text in ["", "x", "01", "+1", "1 ", "NaN"] {
        assert!(text.parse::<Number>().is_err(), "{text}");
    }
    let error = serde_json::from_str::<Number>("\"secret\"").unwrap_err().to_string();
    assert!(error.contains("a string, where a number is needed") && !error.contains("secret"), "{error}");
}

#[test]
fn a_pointer_leads_into_a_value() {
    let value = json(r#"{"a":[{"b/c":1},{"~":2}],"":3,"0":4}"#);
    let at = |pointer: &str| value.pointer(pointer).map(|value| value.to_string());
    for (pointer, found) in [("/a/0/b~1c", "1"), ("/a/1/~0", "2"), ("/", "3"), ("/0", "4")] {
        assert_eq!(at(pointer).as_deref(), Some(found), "{pointer}");
    }
    assert_eq!(at(""), Some(value.to_string()));
    for pointer in ["a", "/a/00", "/a/-1", "/a/2", "/x/y"] {
        assert_eq!(at(pointer), None, "{pointer}");
    }
}
