//! What is measured: the two filters of reference, large and small, and those of the example manifests that follow an
//! `!http`.

use crate::{pages, rivals};
use intake::__private::Value;
use jq_test::{FILTERS, Filter};

/// From a page to a filter's output.
type Rival = fn(&[u8], &mut Vec<u8>);

pub struct Case {
    pub name: &'static str,
    pub filter: &'static Filter,
    pub page: String,
    pub variables: Vec<Value>,
    /// Whether the filter reads the key `body` that `!http` adds.
    pub wrapped: bool,
    pub serde: Rival,
    pub value: Rival,
}

fn filter(begins: &str, holds: &str) -> &'static Filter {
    let found = FILTERS.iter().find(|filter| filter.text.starts_with(begins) && filter.text.contains(holds));
    found.unwrap_or_else(|| panic!("no filter {begins} with {holds}"))
}

pub fn all() -> Vec<Case> {
    let (large, small) = (pages::customers(1_000), pages::customers(20));
    let f1 = filter("{results: .data,", "n: 5");
    let f2 = filter("{results: [.data[]", "join");
    let case = |name, filter, page: &str, serde, value| Case {
        name,
        filter,
        page: page.to_owned(),
        variables: Vec::new(),
        wrapped: filter.text.contains("body"),
        serde,
        value,
    };
    let json = |text: &str| Value::from_json(text.as_bytes()).expect("JSON");
    let github = Case {
        variables: vec![json("\"1970-01-01T00:00:00Z\""), json("7")],
        ..case(
            "github-issues",
            filter("{results: [.body[]", ""),
            &pages::issues(100),
            rivals::issues,
            rivals::issues_value,
        )
    };
    let stripe = Case {
        variables: [1_700_000_000_i64; 3].map(Value::from).to_vec(),
        ..case(
            "stripe-events",
            filter("{results: [.data[]", "object_id"),
            &pages::events(100),
            rivals::events,
            rivals::events_value,
        )
    };
    vec![
        case("F1", f1, &large, rivals::f1, rivals::f1_value),
        case("F2", f2, &large, rivals::f2, rivals::f2_value),
        case("F1-18K", f1, &small, rivals::f1, rivals::f1_value),
        case("F2-18K", f2, &small, rivals::f2, rivals::f2_value),
        github,
        stripe,
        case("github-create", filter("{hook_id: .id}", ""), &pages::hook("12345678"), rivals::hook, rivals::hook_value),
        case(
            "paypal-create",
            filter("{webhook_id: .id}", ""),
            &pages::hook("\"0EH40505U7160970P\""),
            rivals::webhook,
            rivals::webhook_value,
        ),
        case(
            "zoom-create",
            filter(".body | {webhook_id}", ""),
            &pages::hook("1").replace("\"id\":", "\"webhook_id\":"),
            rivals::zoom,
            rivals::zoom_value,
        ),
        case(
            "zoom-verify",
            filter("{value_to_encrypt", ""),
            &pages::verification(),
            rivals::verify,
            rivals::verify_value,
        ),
    ]
}
