//! JSON documents as no vendor writes them, and what is left of them when bytes are changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const SPACE: [&str; 6] = ["", "", "", " ", "\n  ", "\t\r\n"];
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "1",
    "-1",
    "42",
    "1.0",
    "-0.0",
    "1e3",
    "1E5",
    "1E+5",
    "1e-7",
    "1e400",
    "-1e400",
    "0.1",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "123456789012345678901234567890",
    "0e1",
    "100",
    "3.141592653589793238462643",
];
const CHARACTERS: [&str; 30] = [
    "a",
    "b",
    " ",
    "é",
    "😀",
    "\u{7f}",
    "\u{2028}",
    "/",
    "\\/",
    "\\\"",
    "\\\\",
    "\\n",
    "\\r",
    "\\t",
    "\\b",
    "\\f",
    "\\u0061",
    "\\u0000",
    "\\u001f",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\ude00",
    "\\uD83D\\n",
    "[",
    "}",
    ":",
    ",",
    "12345678",
    "abcdefghijklmnopqrst",
];
const KEYS: [&str; 8] = ["a", "a", "b", "c", "data", "id", "\\u0061", "a much longer key than that"];

/// A JSON document.
pub fn document() -> impl Strategy<Value = String> {
    let string = vec(select(CHARACTERS.to_vec()), 0..6).prop_map(|parts| format!("\"{}\"", parts.concat()));
    let scalar = prop_oneof![
        select(vec!["null", "true", "false"]).prop_map(str::to_owned),
        select(NUMBERS.to_vec()).prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        string,
    ];
    let value = scalar.prop_recursive(5, 40, 6, |inner| {
        let spaced =
            (select(SPACE.to_vec()), inner, select(SPACE.to_vec())).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let member = (select(KEYS.to_vec()), select(SPACE.to_vec()), spaced.clone())
            .prop_map(|(key, space, value)| format!("{space}\"{key}\"{space}:{value}"));
        prop_oneof![
            vec(spaced, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            vec(member.clone(), 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
            (vec(member, 0..4), 1..4_usize).prop_map(|(members, times)| {
                let object = format!("{{{}}}", members.join(","));
                format!("[{}]", vec![object; times].join(","))
            }),
        ]
    });
    (select(SPACE.to_vec()), value, select(SPACE.to_vec())).prop_map(|(a, value, b)| format!("{a}{value}{b}"))
}

/// A document with some bytes changed, which may be JSON still.
pub fn broken(document: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![select(b"{}[],:\"\\ -+.0e1tnfu\n\x00\x1f\x7f\xff\xc3".to_vec()), any::<u8>()];
    let mutation = (0..5_u8, any::<Index>(), any::<Index>(), byte);
    (document, vec(mutation, 1..3)).prop_map(|(document, mutations)| {
        let mut bytes = document.into_bytes();
        for (kind, at, other, byte) in mutations {
            let (at, other) = (at.index(bytes.len() + 1), other.index(bytes.len() + 1));
            match kind {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => bytes[at] = byte,
                3 if at < bytes.len() => _ = bytes.remove(at),
                _ => {
                    let part = bytes[at.min(other)..at.max(other)].to_vec();
                    bytes.splice(at..at, part);
                }
            }
        }
        bytes
    })
}
