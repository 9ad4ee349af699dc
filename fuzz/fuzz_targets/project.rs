//! What a filter prints over a document's bytes is what jaq prints.
#![no_main]

use intake_runtime::value::Value;
use jq_test::jaq::Filter as Jaq;
use jq_test::projected::{agrees, jaq};
use jq_test::{FILTERS, Filter};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static PROJECTED: LazyLock<Vec<(&Filter, Jaq)>> = LazyLock::new(|| {
    FILTERS.iter().filter(|filter| filter.run.is_some()).map(|filter| (filter, jaq(filter))).collect()
});

// The first byte picks the filter, the rest is the document.
fuzz_target!(|input: &[u8]| {
    let Some((choice, document)) = input.split_first() else { return };
    let (filter, jaq) = &PROJECTED[usize::from(*choice) % PROJECTED.len()];
    let variables = ["2", "\"b\"", "1.5", "null"].map(|json| Value::from_json(json.as_bytes()).unwrap());
    let _ = agrees(filter, jaq, document, &variables[..filter.variables]);
});
