//! `!jq` over a response's bytes gives what it gives over the response, errors included; and what it prints is a value
//! like any other.

mod common;

use common::{AT, World, json, shown, url};
use intake_runtime::event::{EventError, EventErrorKind};
use intake_runtime::http::{HttpError, HttpRequest, HttpResponse, Transport, TransportFuture};
use intake_runtime::private as rt;
use intake_runtime::value::{MAX_DEPTH, Value};
use rt::scan::{Bail, Cursor, Keeper, Part, Slot};
use rt::{Jq, Method, Target};
use std::cell::Cell;

/// Answers every request with the same body.
struct Answer(Vec<u8>);

impl Transport for Answer {
    fn send(&self, _: HttpRequest) -> TransportFuture<'_> {
        let (status, headers, body) = (http::StatusCode::OK, http::HeaderMap::new(), self.0.clone().into());
        Box::pin(async move { Ok::<_, HttpError>(HttpResponse { status, headers, body }) })
    }
}

thread_local! {
    /// How often a program was run over bytes to its end.
    static PRINTED: Cell<u32> = const { Cell::new(0) };
}

const CODE: &str = "{data, since: $__intake_0}";
static OVER_TREES: Jq = Jq::new(CODE, 1);
static OVER_BYTES: Jq = Jq::new(CODE, 1).over_response(data);

/// `{data, since: $__intake_0}`
fn data(document: &[u8], variables: &[Value], out: &mut Vec<u8>) -> Result<usize, Bail> {
    let (mut cursor, mut keeper, mut data) = (Cursor::new(document)?, Keeper::new(), Slot::new());
    if !cursor.open(b'{', b'}')? {
        loop {
            match cursor.key()? {
                b"data" => data.fill(cursor.keep(&mut keeper)?)?,
                _ => cursor.skip()?,
            }
            if cursor.closes(b'}')? {
                break;
            }
        }
    }
    cursor.end()?;
    out.extend_from_slice(b"left over from before");
    let start = out.len();
    out.extend_from_slice(b"{\"data\":");
    data.get().print(out)?;
    out.extend_from_slice(b",\"since\":");
    Part::variable(variables, 0)?.print(out)?;
    out.push(b'}');
    PRINTED.set(PRINTED.get() + 1);
    Ok(start)
}

const JQ: rt::At = rt::At::new("!jq", 60, 7);

async fn both(body: &[u8], variable: rt::Var) -> [Result<Value, EventError>; 2] {
    let world = World::new(Answer(body.to_vec()));
    let event = world.event();
    let request = || event.http(AT, Method::Get, Target::External, url("https://example.com/"));
    let tree = match request().send().await {
        Ok(input) => event.jq(JQ, &OVER_TREES, &input, [variable.clone()]),
        Err(error) => Err(error),
    };
    let fetched = request().fetch().await.unwrap();
    [tree, event.jq_of(JQ, &OVER_BYTES, fetched, [variable])]
}

fn nested(depth: usize) -> String {
    format!("{{\"data\":{}{}}}", "[".repeat(depth), "]".repeat(depth))
}

#[tokio::test]
async fn bytes_and_trees_give_the_same() {
    let bodies = [
        r#"{"data":[1,{"a":2.50,"b":"\u00e9"},null],"more":true}"#.to_owned(),
        "\u{feff}{\"data\" : [ 1 ,\n-0 ] }".to_owned(),
        r#"{"data":{"a":1,"a":2}}"#.to_owned(),
        r#"{"data":1,"data":2}"#.to_owned(),
        r#"{"d\u0061ta":1}"#.to_owned(),
        r#"{"body":1}"#.to_owned(),
        "{}".to_owned(),
        String::new(),
        "null".to_owned(),
        "[1]".to_owned(),
        "not JSON".to_owned(),
        r#"{"data":[1,]}"#.to_owned(),
        nested(200),
        nested(400),
        nested(MAX_DEPTH - 2),
        nested(MAX_DEPTH - 1),
        nested(MAX_DEPTH),
        nested(100_000),
        format!("{{\"data\":{}}}", "1".repeat(1_001)),
    ];
    for body in &bodies {
        for variable in [common::var("x\"y"), rt::input("custom_data.x.value", &None::<String>)] {
            let begin: String = body.chars().take(60).collect();
            match both(body.as_bytes(), variable).await {
                [Ok(tree), Ok(bytes)] => {
                    assert_eq!(tree, bytes, "{begin}");
                    assert_eq!(tree.to_json(), bytes.to_json(), "{begin}");
                }
                [Err(tree), Err(bytes)] => assert_eq!(shown(&tree), shown(&bytes), "{begin}"),
                [tree, bytes] => panic!("{begin}: {tree:?}, {bytes:?}"),
            }
        }
    }
    // Those that are of the ordinary kind, with the variable: the others were read.
    assert_eq!(PRINTED.get(), 6);
    let [_, deep] = both(nested(MAX_DEPTH).as_bytes(), common::var("x")).await;
    assert!(matches!(deep.unwrap_err().kind(), EventErrorKind::Http(HttpError::Body { .. })));
}

/// `.since`, but it says where it ran.
fn mark(document: &[u8], _: &[Value], out: &mut Vec<u8>) -> Result<usize, Bail> {
    Cursor::new(document)?;
    let start = out.len();
    out.extend_from_slice(if document.contains(&b'!') { return Err(Bail) } else { b"\"over bytes\"" });
    Ok(start)
}

#[tokio::test]
async fn an_input_that_is_not_read_yet_is_not_read_for_a_program_over_its_bytes() {
    static MARK: Jq = Jq::new(".since", 0).over_payload(mark);
    let world = World::new(Answer(Vec::new()));
    let run = |input: &Value| world.event().jq(JQ, &MARK, input, []).unwrap();
    let [tree, unread] = both(br#"{"data":1}"#, common::var("x")).await.map(Result::unwrap);
    assert_eq!((run(&tree), run(&unread)), (Value::from("x"), Value::from("over bytes")));
    // Where it bails out, the program runs all the same.
    let [_, odd] = both(br#"{"data":1}"#, common::var("!")).await.map(Result::unwrap);
    assert_eq!(run(&odd), Value::from("!"));
}

/// What a program prints over bytes.
async fn printed(data: &str) -> Value {
    let [_, value] = both(format!("{{\"data\":{data}}}").as_bytes(), common::var("x")).await;
    value.unwrap().get("data").unwrap()
}

#[tokio::test]
async fn what_is_printed_is_a_value_like_any_other() {
    for text in [
        "null",
        "true",
        "false",
        "12",
        "2.0",
        "1E400",
        "\"a\\\"b\"",
        "[]",
        "[1,[2,{\"a\":3}],\"x\"]",
        "{}",
        "{\"a\":1,\"b\":[true],\"c\\\"d\":null}",
    ] {
        let (value, tree) = (printed(text).await, json(text));
        let all = |value: &Value| {
            (
                (value.to_json(), value.text(), value.described(), value.len(), value.is_empty(), value.is_null()),
                (
                    value.as_bool(),
                    value.as_i64(),
                    value.as_str().map(str::to_owned),
                    value.as_array(),
                    value.is_object(),
                ),
                (value.get("a"), value.get("c\"d"), value.get("none"), value.item(0), value.item(7)),
                value.keys().map(str::to_owned).collect::<Vec<_>>(),
                value.entries().map(|entries| entries.map(|(key, value)| (key.to_owned(), value)).collect::<Vec<_>>()),
                serde_json::Value::from(value).to_string(),
            )
        };
        assert_eq!(all(&value), all(&tree), "{text}");
        assert_eq!(Value::array([value.clone(), tree.clone()]), Value::array([tree.clone(), value]), "{text}");
    }
}

#[tokio::test]
async fn values_are_equal_where_their_bytes_are_not() {
    let [one, other, third] = [r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1e0}"#, r#"{"a":1,"b":[3]}"#];
    assert_eq!(printed(one).await, printed(other).await);
    assert_eq!(printed(one).await, json(other));
    assert_ne!(printed(one).await, printed(third).await);
    let items = |text: &'static str| async move { printed(&format!("[{text},{text}]")).await.as_array().unwrap() };
    assert_eq!(items(one).await, items(other).await);
    assert_ne!(items(one).await, items(third).await);
}
