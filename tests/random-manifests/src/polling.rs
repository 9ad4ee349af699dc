//! Polling intakes: a vendor's way to page, a program that follows it, and what comes of it.

use crate::random::Random;
use crate::vendor::{Mapping, complete, thing};
use serde_json::{Value, json};

/// A polling intake, its vendor's pages, and what a cycle does.
pub struct Polling {
    /// The intake, as JSON.
    pub manifest: String,
    /// What its customer configured.
    pub inputs: Value,
    /// What the vendor answers to the first request, to the second, and so on.
    pub answers: Vec<Value>,
    /// What the vendor is asked for, in order: path and query.
    pub asked: Vec<String>,
    /// The records, in order.
    pub records: Vec<Value>,
    /// The state after the cycle.
    pub state: Value,
    /// A sample of each of its answers: the event, and the JSON.
    pub samples: Vec<(&'static str, Value)>,
}

/// How a vendor pages.
#[derive(Clone, Copy)]
enum Paging {
    /// `?cursor=`, and the next in the answer.
    Cursor,
    /// `?page=`, and how many there are in the answer.
    Page,
    /// `?page=` below a key of the state.
    Nested,
    /// `?offset=`, and no word of the end: a page that is not full is the last.
    Offset,
    /// The URL of the next page in the answer.
    Link,
    /// `?since=`, which the next cycle goes on from.
    Since,
}

const PAGINGS: [Paging; 6] =
    [Paging::Cursor, Paging::Page, Paging::Nested, Paging::Offset, Paging::Link, Paging::Since];

/// How many things are on a full page.
const FULL: usize = 4;

struct Parts {
    setup: String,
    url: String,
    params: String,
    iterate: String,
    state: String,
    post_poll: Option<String>,
}

/// One at random, called `name`, at a path of its own.
pub fn polling(random: &mut Random, name: &str) -> Polling {
    let paging = *random.pick(&PAGINGS);
    let list = *random.pick(&["data", "items", "results"]);
    let mapping = Mapping::random(random);
    let pages = pages(random, &mapping);
    let field = random.one_in(3);
    let path = if field { format!("/{name}/${{custom_data.list.value}}") } else { format!("/{name}/all") };
    let parts = parts(paging, &path, random);
    let input = if matches!(paging, Paging::Offset) { ".body[]".to_owned() } else { format!(".{list}[]") };
    let results = mapping.jq(&input, random);
    let result = format!("{{results: {results}, iterate: {}, polling_state: {}}}", parts.iterate, parts.state);
    let request = request(random, &parts, &result);
    let post_poll =
        parts.post_poll.map_or(String::new(), |program| format!(", \"post_poll\": {{ \"!jq\": \"{program}\" }}"));
    let setup = parts.setup;
    let manifest = format!(
        "{{ \"name\": \"{name}\", \"type\": \"polling\", \"initial_setup\": {{ \"!jq\": \"{setup}\" }}, \"request\": {request}{post_poll} }}"
    );
    let answers: Vec<Value> =
        (0..pages.len()).map(|page| answer(paging, list, &pages, page, &format!("{name}/all"))).collect();
    let sample = complete();
    let sample = answer(paging, list, &[sample.to_vec(), sample.to_vec()], 0, &format!("{name}/all"));
    let last = answer(paging, list, &[complete().to_vec()], 0, "");
    Polling {
        manifest,
        inputs: if field { json!({"custom_data": {"list": {"value": "all"}}}) } else { json!({}) },
        asked: asked(paging, &format!("/{name}/all"), &pages),
        records: pages.iter().flat_map(|page| mapping.apply(page)).collect(),
        state: state(paging, &format!("/{name}/all"), &pages),
        answers,
        samples: vec![("request", sample), ("request", last)],
    }
}

/// Pages whose things give at least one record each, the last one less than full.
fn pages(random: &mut Random, mapping: &Mapping) -> Vec<Vec<Value>> {
    let count = 1 + random.below(4);
    let mut id = 0;
    let mut page = |length: usize| loop {
        let things: Vec<Value> = (0..length).map(|at| thing(random, id + at + 1)).collect();
        if !mapping.apply(&things).is_empty() {
            id += length;
            return things;
        }
    };
    (0..count).map(|number| page(if number + 1 == count { FULL - 1 } else { FULL })).collect()
}

fn parts(paging: Paging, path: &str, random: &mut Random) -> Parts {
    let more =
        |iterate: &str, other: &str, random: &mut Random| if random.one_in(2) { iterate } else { other }.to_owned();
    let parts = |setup: &str, params: &str, iterate: String, state: &str| Parts {
        setup: setup.to_owned(),
        url: format!("\"path\": \"{path}\""),
        params: params.to_owned(),
        iterate,
        state: state.to_owned(),
        post_poll: None,
    };
    match paging {
        Paging::Cursor => parts(
            "{polling_state: {cursor: null}}",
            "\"limit\": 4, \"cursor\": \"${polling_state.cursor}\"",
            more("(.next != null)", ".has_more", random),
            "{cursor: .next}",
        ),
        Paging::Page => parts(
            "{polling_state: {page: 1}}",
            "\"page\": \"${polling_state.page}\"",
            more("(${polling_state.page} < .total_pages)", "(.page < .total_pages)", random),
            &more("{page: (${polling_state.page} + 1)}", "(${polling_state} + {page: (.page + 1)})", random),
        ),
        Paging::Nested => parts(
            "{polling_state: {at: {page: 1}, kept: true}}",
            "\"page\": \"${polling_state.at.page}\", \"kept\": \"${polling_state.kept}\"",
            "(.page < .total_pages)".to_owned(),
            "{at: {page: (${polling_state.at.page} + 1)}, kept: ${polling_state.kept}}",
        ),
        Paging::Offset => parts(
            "{polling_state: {offset: 0}}",
            "\"offset\": \"${polling_state.offset}\"",
            "(.body | length == 4)".to_owned(),
            "{offset: (${polling_state.offset} + (.body | length))}",
        ),
        Paging::Link => Parts {
            url: "\"url\": \"${polling_state.next}\"".to_owned(),
            ..parts(
                &format!("{{polling_state: {{next: \\\"https://vendor.example{path}\\\"}}}}"),
                "",
                "(.links.next != null)".to_owned(),
                "{next: (.links.next // ${polling_state.next})}",
            )
        },
        Paging::Since => Parts {
            post_poll: Some(
                "{polling_state: {since: ${polling_state.newest}, newest: ${polling_state.newest}, page: 1}}"
                    .to_owned(),
            ),
            ..parts(
                "{polling_state: {since: 0, newest: 0, page: 1}}",
                "\"since\": \"${polling_state.since}\", \"page\": \"${polling_state.page}\"",
                ".has_more".to_owned(),
                "{since: ${polling_state.since}, newest: .newest, page: (${polling_state.page} + 1)}",
            )
        },
    }
}

/// The command: with what stands around `!http` and `!jq` in real manifests.
fn request(random: &mut Random, parts: &Parts, result: &str) -> String {
    let params = if parts.params.is_empty() { String::new() } else { format!(", \"params\": {{ {} }}", parts.params) };
    let http = format!("{{ \"!http\": {{ {}{params} }} }}", parts.url);
    let jq = format!("{{ \"!jq\": \"{result}\" }}");
    match random.below(6) {
        0 => format!("{{ \"!pipe\": [{http}, {{ \"!print_c\": \"a page\" }}, {jq}] }}"),
        1 => format!("{{ \"!pipe\": [{{ \"!pipe\": [{http}] }}, {jq}] }}"),
        2 if result.contains(".body") => {
            format!("{{ \"!pipe\": [{{ \"!print_c\": \"${{subdomain | default}}\" }}, {http}, {jq}] }}")
        }
        2 => format!(
            "{{ \"!pipe\": [{http}, {{ \"!switch\": {{ \"jq\": \"if .error == null then 0 else 1 end\", \"cases\": [{jq}, {{ \"!error\": \"the vendor failed\" }}] }} }}] }}"
        ),
        3 => {
            let iterate = parts.iterate.as_str();
            let piped = result.replacen(&format!("iterate: {iterate}"), "iterate: ${piped_content.2.more}", 1);
            format!(
                "{{ \"!pipe\": [{http}, {{ \"!jq\": \"{{more: {iterate}}}\" }}, {{ \"!jq\": \"${{piped_content.1}}\" }}, {{ \"!jq\": \"{piped}\" }}] }}"
            )
        }
        _ => format!("{{ \"!pipe\": [{http}, {jq}] }}"),
    }
}

fn answer(paging: Paging, list: &str, pages: &[Vec<Value>], page: usize, path: &str) -> Value {
    let last = page + 1 == pages.len();
    let things = &pages[page];
    let mut answer = match paging {
        Paging::Cursor => {
            let next = if last { Value::Null } else { format!("c{}", page + 1).into() };
            json!({"next": next, "has_more": !last})
        }
        Paging::Page | Paging::Nested => json!({"page": page + 1, "total_pages": pages.len()}),
        Paging::Offset => return things.clone().into(),
        Paging::Link => {
            let next = format!("https://vendor.example/{path}?after={}", page + 1);
            json!({"links": {"next": if last { Value::Null } else { next.into() }, "self": "…"}})
        }
        Paging::Since => json!({"has_more": !last, "newest": 1000 + page}),
    };
    answer[list] = things.clone().into();
    answer["error"] = Value::Null;
    answer
}

fn asked(paging: Paging, path: &str, pages: &[Vec<Value>]) -> Vec<String> {
    let query = |page: usize| match paging {
        Paging::Cursor if page == 0 => "?limit=4".to_owned(),
        Paging::Cursor => format!("?limit=4&cursor=c{page}"),
        Paging::Page => format!("?page={}", page + 1),
        Paging::Nested => format!("?page={}&kept=true", page + 1),
        Paging::Offset => format!("?offset={}", page * FULL),
        Paging::Link if page == 0 => String::new(),
        Paging::Link => format!("?after={page}"),
        Paging::Since => format!("?since=0&page={}", page + 1),
    };
    (0..pages.len()).map(|page| format!("GET {path}{}", query(page))).collect()
}

fn state(paging: Paging, path: &str, pages: &[Vec<Value>]) -> Value {
    let count = pages.len();
    match paging {
        Paging::Cursor => json!({"cursor": null}),
        Paging::Page => json!({"page": count + 1}),
        Paging::Nested => json!({"at": {"page": count + 1}, "kept": true}),
        Paging::Offset => json!({"offset": (count - 1) * FULL + FULL - 1}),
        Paging::Link => {
            let query = if count == 1 { String::new() } else { format!("?after={}", count - 1) };
            json!({"next": format!("https://vendor.example{path}{query}")})
        }
        Paging::Since => json!({"since": 1000 + count - 1, "newest": 1000 + count - 1, "page": 1}),
    }
}
