//! Filters over bytes against jaq: a filter may bail out, but what it prints is what jaq prints.

use crate::{Filter, jaq};
use intake_runtime::value::Value;
use jaq_json::{Map, Val, read, write};

/// jaq, for a filter.
///
/// # Panics
/// If jaq does not compile it.
#[must_use]
pub fn jaq(filter: &Filter) -> jaq::Filter {
    jaq::Filter::new(filter.program, filter.variables).unwrap_or_else(|| panic!("{}", filter.program))
}

/// A value as jaq's.
///
/// # Panics
/// If jaq does not read what is a value.
#[must_use]
pub fn val(value: &Value) -> Val {
    let json = value.to_json();
    read::parse_single(&json).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// The one output, on what `!http` makes of the body; `None` if there is an error or another number of outputs.
fn expected(jaq: &jaq::Filter, body: &Value, variables: &[Value]) -> Option<Vec<u8>> {
    let (key, body) = (Val::from("body".to_owned()), val(body));
    let input = match &body {
        Val::Obj(entries) => {
            let mut entries = (**entries).clone();
            entries.insert(key, body.clone());
            Val::obj(entries)
        }
        _ => Val::obj([(key, body)].into_iter().collect::<Map>()),
    };
    let variables: Vec<_> = variables.iter().map(val).collect();
    let outcome = jaq.run(&input, &variables)?;
    let ([output], None) = (outcome.outputs.as_slice(), outcome.error) else { return None };
    let mut json = Vec::new();
    write::write(&mut json, &write::Pp::default(), 0, output).ok()?;
    // Without the escapes that jaq's own printer adds.
    Some(Value::from_json(&json).ok()?.to_json())
}

fn show(text: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// Whether a filter printed something.
///
/// # Panics
/// If it is not what jaq prints.
#[must_use]
pub fn agrees(filter: &Filter, jaq: &jaq::Filter, document: &[u8], variables: &[Value]) -> bool {
    let Some(run) = filter.run else { return false };
    let mut out = b"before".to_vec();
    let Ok(start) = run(document, variables, &mut out) else { return false };
    assert!(out.starts_with(b"before"));
    let printed = &out[start..];
    let body = Value::from_json(document);
    let body = body.unwrap_or_else(|error| panic!("{}\n{}: {error}", filter.text, show(document)));
    let expected = expected(jaq, &body, variables);
    let expected = expected.unwrap_or_else(|| panic!("{}\n{}\n{}", filter.text, show(document), show(printed)));
    assert_eq!(show(printed), show(&expected), "{}\n{}", filter.text, show(document));
    true
}
