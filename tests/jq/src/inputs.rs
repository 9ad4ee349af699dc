//! Inputs that hit programs, and inputs that are as bad as can be.

use crate::random::Random;
use jaq_json::{Val, read};

/// Written by hand: what the corpus is about, and what is unusual.
pub const WRITTEN: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "1.0",
    "1.50",
    "2.5e3",
    "1e400",
    "-1e400",
    "1E-400",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "123456789012345678901234567890",
    "0.1000000000000000055511151231257827",
    r#""""#,
    r#""a""#,
    r#""abc""#,
    r#""banana""#,
    r#""a,b, c""#,
    r#"" padded\t\n""#,
    r#""\u00e9\ud83d\ude00 \u4e2d\u6587""#,
    r#""\u0000\u001f\u007f\"\\/<>&'""#,
    r#""12""#,
    r#""1.0""#,
    r#""-5e3""#,
    r#"" 7 ""#,
    r#""1 2""#,
    r#""nan""#,
    r#""NaN""#,
    r#""true""#,
    r#""{\"a\":[1,2]}""#,
    r#""[1] [2]""#,
    r#""[1""#,
    r#""2024-01-02T03:04:05Z""#,
    "[]",
    "[null]",
    "[1,2,3]",
    "[3,1,2,1]",
    "[1,1.0,2,1e0]",
    r#"["b","a","c"]"#,
    r#"["a",1,null,true,[],{}]"#,
    "[[1,2],[3,4]]",
    "[[1,[2]],[[[3]]],[]]",
    "[true,false]",
    "[null,false]",
    r#"[{"a":1,"b":2},{"a":1,"b":1},{"a":0}]"#,
    r#"[{"a":null},{"a":false},{"a":"x"},{}]"#,
    r#"[{"key":"x","value":1},{"key":"y","value":2},{"key":"x","value":3}]"#,
    r#"[{"name":"x","value":1}]"#,
    r#"[{"key":null,"value":1},{"key":1}]"#,
    "[97,98,128512]",
    "[-1]",
    "[1,2,3,4,5,6,7,8,9,10,200,300]",
    r#"["1","x","2.5"]"#,
    "{}",
    r#"{"a":1}"#,
    r#"{"b":2,"a":1}"#,
    r#"{"a":1,"a":2}"#,
    r#"{"a":null,"b":false}"#,
    r#"{"a":1,"b":2,"c":3,"d":4,"e":5}"#,
    r#"{"a":1.5,"b":2,"c":null}"#,
    r#"{"a":"x","b":"y","c":"z","d":""}"#,
    r#"{"a":[1,2,3],"b":[2],"c":[],"d":[[1]]}"#,
    r#"{"a":{"b":{"c":7}},"b":{"c":8},"c":{"d":9}}"#,
    r#"{"a":[{"b":1,"c":[1,2]},{"b":null},{"b":"x"}],"b":"a"}"#,
    r#"{"\u0061":1,"a\u0062":2,"a b":3}"#,
    r#"{"a":"b","b":"a","k":"key"}"#,
    r#"{"a":0,"b":5,"c":2}"#,
    r#"{"a":5,"b":0}"#,
    r#"{"a":-7,"b":2.0}"#,
    r#"{"a":9223372036854775807,"b":1}"#,
    r#"{"a":"ab","b":3}"#,
    r#"{"a":{"x":1,"z":{"p":1}},"b":{"y":2,"z":{"q":2}}}"#,
    r#"{"a":[1,2,2,3],"b":[2]}"#,
    r#"{"a":"a,b","b":","}"#,
    r#"{"a":true,"b":true,"c":false}"#,
    r#"{"a":{},"b":[]}"#,
    r#"{"a":"12","b":"x"}"#,
    r#"{"data":[{"id":1,"email":"a@b","active":true,"first":"A","last":"B","tags":["x","y"]},{"id":2,"email":null,"active":true},{"id":3,"active":false}],"has_more":true,"next_cursor":"c"}"#,
    r#"{"data":[{"id":"e1","type":"t","created":17,"data":{"object":{"id":"o","amount":5,"currency":"eur"}}},{"id":"e2","type":"t","created":16,"data":{"object":{"id":"p"}}}],"has_more":false,"newest":10}"#,
    r#"{"body":[{"id":1,"number":2,"title":"t","user":{"login":"u"},"labels":[{"name":"l"}],"updated_at":"x"},{"id":2,"pull_request":{}}],"since":"s","page":1}"#,
    r#"{"resource":{"purchase_units":[{"payee":{"email_address":"x@y"}}]},"iterations":13,"id":7}"#,
    r#"{"items":[{"id":1,"name":"n","kind":"k","n":2,"tags":["a"]},{"id":2,"name":"m","kind":"j"},{"id":"x","name":"l","kind":"k","n":0.5,"tags":[]}]}"#,
];

const KEYS: &[&str] = &[
    "a", "b", "c", "d", "e", "k", "key", "value", "id", "name", "data", "items", "body", "tags", "x", "a b", "\\u0061",
    "created", "object", "0", "",
];

/// How many of those written by hand are scalars: the first.
pub const SCALARS: usize = 38;

/// A random JSON text.
pub fn random(random: &mut Random, depth: usize) -> String {
    let kind = if depth == 0 { random.below(2) } else { random.below(5) };
    match kind {
        0 | 1 => WRITTEN[random.below(SCALARS)].to_owned(),
        2 | 3 => {
            let entries = (0..random.below(5))
                .map(|_| format!("\"{}\":{}", random.pick(KEYS), self::random(random, depth - 1)))
                .collect::<Vec<_>>();
            format!("{{{}}}", entries.join(","))
        }
        _ => {
            let items = (0..random.below(5)).map(|_| self::random(random, depth - 1)).collect::<Vec<_>>();
            format!("[{}]", items.join(","))
        }
    }
}

/// A value somewhere in which another stands, or a part is missing.
#[must_use]
pub fn mutated(value: &Val, random: &mut Random) -> Val {
    let strange = |random: &mut Random| parse(WRITTEN[random.below(WRITTEN.len())]);
    match value {
        Val::Arr(items) if !items.is_empty() && random.below(5) > 0 => {
            let at = random.below(items.len());
            let drop = random.below(8) == 0;
            let items = items.iter().enumerate().filter(|(index, _)| !(drop && *index == at));
            items.map(|(index, item)| if index == at { mutated(item, random) } else { item.clone() }).collect()
        }
        Val::Obj(entries) if !entries.is_empty() && random.below(5) > 0 => {
            let at = random.below(entries.len());
            let drop = random.below(8) == 0;
            let entries = entries.iter().enumerate().filter(|(index, _)| !(drop && *index == at));
            let entries = entries.map(|(index, (key, value))| {
                (key.clone(), if index == at { mutated(value, random) } else { value.clone() })
            });
            Val::obj(entries.collect())
        }
        _ => strange(random),
    }
}

/// The value of a JSON text.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn parse(json: &str) -> Val {
    read::parse_single(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}
