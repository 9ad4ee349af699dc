//! The same by hand: serde structs that borrow, with `RawValue` for what is only passed on; and closures over
//! `serde_json::Value`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, from_slice, json, to_writer};
use std::borrow::Cow;

/// What is only passed on.
type Raw<'a> = Option<&'a RawValue>;

fn read<'a, T: Deserialize<'a>>(page: &'a [u8]) -> T {
    from_slice(page).expect("JSON")
}

fn write(out: &mut Vec<u8>, value: &impl Serialize) {
    to_writer(out, value).expect("JSON");
}

#[derive(Serialize)]
struct Page<R, P, I> {
    results: R,
    iterate: I,
    polling_state: P,
}

#[derive(Deserialize)]
struct List<'a, D> {
    #[serde(borrow)]
    next_cursor: Raw<'a>,
    data: D,
    #[serde(borrow)]
    has_more: Raw<'a>,
}

#[derive(Serialize)]
struct Numbered<'a> {
    cursor: Raw<'a>,
    n: u32,
}

pub fn f1(page: &[u8], out: &mut Vec<u8>) {
    let List { next_cursor, data, has_more } = read::<List<'_, &RawValue>>(page);
    let polling_state = Numbered { cursor: next_cursor, n: 5 };
    write(out, &Page { results: data, iterate: has_more, polling_state });
}

pub fn f1_value(page: &[u8], out: &mut Vec<u8>) {
    let mut page: Value = read(page);
    let polling_state = json!({"cursor": page["next_cursor"].take(), "n": 5});
    write(out, &Page { results: page["data"].take(), iterate: page["has_more"].take(), polling_state });
}

#[derive(Deserialize)]
struct Customer<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    email: Raw<'a>,
    #[serde(borrow)]
    first: Option<Cow<'a, str>>,
    #[serde(borrow)]
    last: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tags: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Contact<'a> {
    id: Raw<'a>,
    email: Raw<'a>,
    name: String,
    tags: String,
}

#[derive(Serialize)]
struct Cursor<T> {
    cursor: T,
}

pub fn f2(page: &[u8], out: &mut Vec<u8>) {
    let List { next_cursor, data, has_more } = read::<List<'_, Vec<Customer<'_>>>>(page);
    let active = data.iter().filter(|customer| customer.status.as_deref() == Some("active"));
    let results = active.map(|customer| Contact {
        id: customer.id,
        email: customer.email,
        name: format!(
            "{} {}",
            customer.first.as_deref().unwrap_or_default(),
            customer.last.as_deref().unwrap_or_default()
        ),
        tags: customer.tags.join(","),
    });
    let results: Vec<_> = results.collect();
    let iterate = has_more.is_some_and(|more| more.get() == "true") && !data.is_empty();
    write(out, &Page { results, iterate, polling_state: Cursor { cursor: next_cursor } });
}

pub fn f2_value(page: &[u8], out: &mut Vec<u8>) {
    let mut page: Value = read(page);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut results = Vec::new();
    let mut length = 0;
    if let Value::Array(data) = page["data"].take() {
        length = data.len();
        for mut customer in data {
            if customer["status"] != "active" {
                continue;
            }
            let name = format!("{} {}", text(&customer["first"]), text(&customer["last"]));
            let tags: Vec<_> = customer["tags"].as_array().into_iter().flatten().map(text).collect();
            let (id, email) = (customer["id"].take(), customer["email"].take());
            results.push(json!({"id": id, "email": email, "name": name, "tags": tags.join(",")}));
        }
    }
    let iterate = page["has_more"].as_bool() == Some(true) && length > 0;
    write(out, &Page { results, iterate, polling_state: Cursor { cursor: page["next_cursor"].take() } });
}

#[derive(Deserialize)]
struct User<'a> {
    #[serde(borrow)]
    login: Raw<'a>,
}

#[derive(Deserialize)]
struct Label<'a> {
    #[serde(borrow)]
    name: Raw<'a>,
}

#[derive(Deserialize)]
struct Issue<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    number: Raw<'a>,
    #[serde(borrow)]
    title: Raw<'a>,
    #[serde(borrow)]
    user: User<'a>,
    #[serde(borrow)]
    labels: Vec<Label<'a>>,
    #[serde(borrow)]
    updated_at: Raw<'a>,
    #[serde(borrow)]
    pull_request: Raw<'a>,
}

#[derive(Serialize)]
struct Ticket<'a> {
    id: Raw<'a>,
    number: Raw<'a>,
    title: Raw<'a>,
    author: Raw<'a>,
    labels: Vec<Raw<'a>>,
    updated_at: Raw<'a>,
}

#[derive(Serialize)]
struct Since {
    since: &'static str,
    page: u32,
}

const SINCE: Since = Since { since: "1970-01-01T00:00:00Z", page: 8 };

pub fn issues(page: &[u8], out: &mut Vec<u8>) {
    let issues: Vec<Issue<'_>> = read(page);
    let own = issues.iter().filter(|issue| issue.pull_request.is_none());
    let results = own.map(|issue| Ticket {
        id: issue.id,
        number: issue.number,
        title: issue.title,
        author: issue.user.login,
        labels: issue.labels.iter().map(|label| label.name).collect(),
        updated_at: issue.updated_at,
    });
    let results: Vec<_> = results.collect();
    write(out, &Page { results, iterate: issues.len() == 100, polling_state: SINCE });
}

pub fn issues_value(page: &[u8], out: &mut Vec<u8>) {
    let issues: Vec<Value> = read(page);
    let iterate = issues.len() == 100;
    let own = issues.into_iter().filter(|issue| issue["pull_request"].is_null());
    let results = own.map(|mut issue| {
        let labels = issue["labels"].as_array_mut().into_iter().flatten().map(|label| label["name"].take());
        let labels: Vec<_> = labels.collect();
        json!({
            "id": issue["id"].take(), "number": issue["number"].take(), "title": issue["title"].take(),
            "author": issue["user"]["login"].take(), "labels": labels, "updated_at": issue["updated_at"].take(),
        })
    });
    let results: Vec<_> = results.collect();
    write(out, &Page { results, iterate, polling_state: SINCE });
}

#[derive(Deserialize)]
struct Charge<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    amount: Raw<'a>,
    #[serde(borrow)]
    currency: Raw<'a>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow)]
    object: Charge<'a>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    id: Raw<'a>,
    #[serde(borrow)]
    r#type: Raw<'a>,
    created: i64,
    #[serde(borrow)]
    data: Object<'a>,
}

#[derive(Deserialize)]
struct Events<'a> {
    #[serde(borrow)]
    data: Vec<Event<'a>>,
    #[serde(borrow)]
    has_more: Raw<'a>,
}

#[derive(Serialize)]
struct Payment<'a, A, C> {
    id: Raw<'a>,
    r#type: Raw<'a>,
    created: i64,
    object_id: Raw<'a>,
    amount: A,
    currency: C,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Or<'a, T> {
    Raw(&'a RawValue),
    Default(T),
}

impl<'a, T> Or<'a, T> {
    fn new(raw: Raw<'a>, default: T) -> Self {
        raw.map_or(Self::Default(default), Self::Raw)
    }
}

#[derive(Serialize)]
struct Newest<T> {
    starting_after: T,
    created_gte: i64,
    newest: i64,
}

const GTE: i64 = 1_700_000_000;

pub fn events(page: &[u8], out: &mut Vec<u8>) {
    let Events { data, has_more } = read(page);
    let results = data.iter().map(|event| Payment {
        id: event.id,
        r#type: event.r#type,
        created: event.created,
        object_id: event.data.object.id,
        amount: Or::new(event.data.object.amount, 0),
        currency: Or::new(event.data.object.currency, "usd"),
    });
    let results: Vec<_> = results.collect();
    let newest = data.first().map_or(GTE, |event| event.created.max(GTE));
    let polling_state = Newest { starting_after: data.last().map(|event| event.id), created_gte: GTE, newest };
    write(out, &Page { results, iterate: has_more, polling_state });
}

pub fn events_value(page: &[u8], out: &mut Vec<u8>) {
    let mut page: Value = read(page);
    let newest = page["data"][0]["created"].as_i64().map_or(GTE, |created| created.max(GTE));
    let starting_after = page["data"].as_array().and_then(|data| data.last()).map(|event| event["id"].clone());
    let results: Vec<_> = page["data"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .map(|event| {
            let charge = event["data"]["object"].take();
            let or = |value: &Value, default: Value| if value.is_null() { default } else { value.clone() };
            json!({
                "id": event["id"].take(), "type": event["type"].take(), "created": event["created"].take(),
                "object_id": charge["id"].clone(), "amount": or(&charge["amount"], 0.into()),
                "currency": or(&charge["currency"], "usd".into()),
            })
        })
        .collect();
    let polling_state = Newest { starting_after, created_gte: GTE, newest };
    write(out, &Page { results, iterate: page["has_more"].take(), polling_state });
}

/// `{OUT: .IN}`, twice.
macro_rules! one_key {
    ($serde:ident, $value:ident, $input:ident, $output:ident) => {
        pub fn $serde(page: &[u8], out: &mut Vec<u8>) {
            #[derive(Deserialize)]
            struct Input<'a> {
                #[serde(borrow)]
                $input: Raw<'a>,
            }
            #[derive(Serialize)]
            struct Output<'a> {
                $output: Raw<'a>,
            }
            write(out, &Output { $output: read::<Input<'_>>(page).$input });
        }

        pub fn $value(page: &[u8], out: &mut Vec<u8>) {
            let mut page: Value = read(page);
            write(out, &json!({stringify!($output): page[stringify!($input)].take()}));
        }
    };
}

one_key!(hook, hook_value, id, hook_id);
one_key!(webhook, webhook_value, id, webhook_id);
one_key!(zoom, zoom_value, webhook_id, webhook_id);

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, rename = "plainToken")]
    plain_token: Raw<'a>,
}

#[derive(Deserialize)]
struct Verification<'a> {
    #[serde(borrow)]
    payload: Payload<'a>,
}

#[derive(Serialize)]
struct Encrypt<'a> {
    value_to_encrypt: Raw<'a>,
}

pub fn verify(page: &[u8], out: &mut Vec<u8>) {
    write(out, &Encrypt { value_to_encrypt: read::<Verification<'_>>(page).payload.plain_token });
}

pub fn verify_value(page: &[u8], out: &mut Vec<u8>) {
    let mut page: Value = read(page);
    write(out, &json!({"value_to_encrypt": page["payload"]["plainToken"].take()}));
}
