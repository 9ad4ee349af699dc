//! Compiled filters against jaq, on documents of all kinds. A filter may bail, but what it prints is what jaq prints.

#[path = "../../../intake-runtime/tests/scan/document.rs"]
mod document;

use document::{broken, document};
use intake_runtime::private::Value;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Map, Val, read, write};
use jq_projected::{FILTERS, Filter};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

type Data = data::JustLut<Val>;

struct Jaq(jaq_core::Filter<Data>);

impl Jaq {
    fn new(filter: &Filter) -> Self {
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let names: Vec<_> = (0..filter.variables).map(|index| format!("$__intake_{index}")).collect();
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code: filter.program, path: () }).unwrap();
        let compiler = Compiler::default().with_funs(funs).with_global_vars(names.iter().map(String::as_str));
        Self(compiler.compile(modules).map_err(|_| filter.program).unwrap())
    }

    /// The one output, on what `!http` makes of the body; `None` if there is an error or another number of outputs.
    fn run(&self, body: &Value, variables: &[Value]) -> Option<Vec<u8>> {
        let val = |value: &Value| read::parse_single(&value.to_json()).unwrap();
        let body = val(body);
        let key = || Val::from("body".to_owned());
        let input = match &body {
            Val::Obj(entries) => {
                let mut entries = (**entries).clone();
                entries.insert(key(), body.clone());
                Val::obj(entries)
            }
            _ => Val::obj([(key(), body)].into_iter().collect::<Map>()),
        };
        let variables = Vars::new(variables.iter().map(val));
        let context = Ctx::<Data>::new(&self.0.lut, variables);
        let outputs: Vec<_> = self.0.id.run((context, input)).map(unwrap_valr).collect();
        let [Ok(output)] = outputs.as_slice() else { return None };
        let mut json = Vec::new();
        write::write(&mut json, &write::Pp::default(), 0, output).unwrap();
        // Without the escapes that jaq's own printer adds.
        Some(Value::from_json(&json).ok()?.to_json())
    }
}

/// What the compiled filter prints.
fn run(filter: &Filter, document: &[u8], variables: &[Value]) -> Option<Vec<u8>> {
    let mut out = b"before".to_vec();
    let start = filter.run.unwrap()(document, variables, &mut out).ok()?;
    assert!(out.starts_with(b"before"));
    Some(out.split_off(start))
}

fn show(text: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// Whether the filter printed something; that is what jaq prints.
fn agree(filter: &Filter, jaq: &Jaq, document: &[u8], variables: &[Value]) -> bool {
    let Some(printed) = run(filter, document, variables) else { return false };
    let body =
        Value::from_json(document).unwrap_or_else(|error| panic!("{}\n{}: {error}", filter.text, show(document)));
    let expected = jaq.run(&body, variables);
    let expected = expected.unwrap_or_else(|| panic!("{}\n{}\n{}", filter.text, show(document), show(&printed)));
    assert_eq!(show(&printed), show(&expected), "{}\n{}", filter.text, show(document));
    true
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000)
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: cases(), failure_persistence: None, ..Config::default() })
}

fn variables() -> impl Strategy<Value = Vec<Value>> {
    let one = prop::sample::select(vec![
        "1",
        "0",
        "-3",
        "1.5",
        "\"b\"",
        "\"a\\\"\\u0001\"",
        "null",
        "[1]",
        "{}",
        "99999999999999999999",
    ]);
    prop::collection::vec(one.prop_map(|json| Value::from_json(json.as_bytes()).unwrap()), 4)
}

fn projected() -> impl Iterator<Item = (&'static Filter, Jaq)> {
    FILTERS.iter().filter(|filter| filter.run.is_some()).map(|filter| (filter, Jaq::new(filter)))
}

#[test]
fn what_is_printed_is_what_jaq_prints() {
    for (filter, jaq) in projected() {
        let mut runner = runner();
        let (documents, values) = (shaped::document(), variables());
        let mut printed = 0;
        for _ in 0..cases() {
            let document = documents.new_tree(&mut runner).unwrap().current();
            let mut values = values.new_tree(&mut runner).unwrap().current();
            values.truncate(filter.variables);
            printed += u32::from(agree(filter, &jaq, document.as_bytes(), &values));
        }
        assert!(printed * 50 > cases(), "{} bails too often: {printed} of {} printed", filter.text, cases());
    }
}

#[test]
fn what_is_broken_or_odd_is_left_to_jaq() {
    for (filter, jaq) in projected() {
        let mut runner = runner();
        let (odd, values) = (prop_oneof![broken(shaped::document()), broken(document())], variables());
        for _ in 0..cases() {
            let document = odd.new_tree(&mut runner).unwrap().current();
            let mut values = values.new_tree(&mut runner).unwrap().current();
            values.truncate(filter.variables);
            agree(filter, &jaq, &document, &values);
        }
    }
}

/// Documents with what the filters look for.
mod shaped {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    const SCALARS: [&str; 26] = [
        "null",
        "true",
        "false",
        "0",
        "1",
        "2",
        "-1",
        "7",
        "1.0",
        "2.50",
        "1e2",
        "-0",
        "-0.0",
        "1E400",
        "9007199254740993",
        "9223372036854775807",
        "123456789012345678901",
        "\"\"",
        "\"a\"",
        "\"b\"",
        "\"active\"",
        "\"x y\"",
        "\"\\u00e9\\/\"",
        "\"q\\\"\\n\"",
        "\"é😀\"",
        "\"\\ud800\"",
    ];
    const KEYS: [&str; 26] = [
        "id", "id", "a", "a", "b", "c", "name", "items", "tags", "first", "last", "status", "type", "created",
        "object", "amount", "currency", "number", "title", "user", "login", "labels", "email", "data", "body",
        "payload",
    ];

    fn object(value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
        let member = (select(KEYS.to_vec()), value).prop_map(|(key, value)| (key, format!("\"{key}\":{value}")));
        // A key mostly comes once.
        (vec(member, 0..9), 0..20_u8)
            .prop_map(|(mut members, repeat)| {
                let mut seen = Vec::new();
                members.retain(|(key, _)| {
                    repeat == 0
                        || !seen.contains(key) && {
                            seen.push(*key);
                            true
                        }
                });
                format!("{{{}}}", members.into_iter().map(|(_, member)| member).collect::<Vec<_>>().join(","))
            })
            .boxed()
            .boxed()
    }

    fn array(value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
        vec(value, 0..4).prop_map(|items| format!("[{}]", items.join(","))).boxed()
    }

    fn text(part: &'static str) -> BoxedStrategy<String> {
        (select(vec!["", "x", "é", "\\n", "longer than a block is"]), 0..9_u8)
            .prop_map(move |(text, odd)| if odd == 0 { "null".to_owned() } else { format!("\"{part}{text}\"") })
            .boxed()
    }

    fn element() -> BoxedStrategy<String> {
        let any = select(SCALARS.to_vec()).prop_map(str::to_owned);
        let tags = array(prop_oneof![3 => text("t"), 1 => select(SCALARS.to_vec()).prop_map(str::to_owned)]);
        let named = (text("n"), 0..5_i32)
            .prop_map(|(name, id)| format!("{{\"id\":{id}, \"name\":{name},\"b\":[{{\"id\":1}},null]}}"));
        let usual = (0..5_i32, text("a"), text("b"), tags, array(named), any.clone(), select(vec!["active", "x"])).prop_map(
            |(id, first, last, tags, items, a, status)| {
                format!(
                    "{{\"id\":{id},\"first\":{first},\"last\":{last},\"name\":{first},\"status\":\"{status}\",\"tags\":{tags},\
                     \"items\":{items},\"labels\":{items},\"a\":{a},\"b\":{a},\"user\":{{\"login\":{last}}},\"created\":{id}}}"
                )
            },
        )
        .boxed();
        let tagged = usual
            .clone()
            .prop_map(|one| one.replace("\"tags\":[\"t", "\"tags\":[{\"name\":\"s\"},{\"name\":null}],\"x\":[\"t"));
        prop_oneof![6 => usual, 2 => tagged, 2 => object(any.clone()), 1 => any].boxed()
    }

    /// A document.
    pub fn document() -> BoxedStrategy<String> {
        let any =
            prop_oneof![4 => select(SCALARS.to_vec()).prop_map(str::to_owned), 1 => element(), 1 => array(element())]
                .boxed();
        let same = (element(), 0..5_usize).prop_map(|(one, times)| format!("[{}]", vec![one; times].join(",")));
        let list = prop_oneof![4 => array(element()), 2 => same, 1 => array(object(select(SCALARS.to_vec()).prop_map(str::to_owned)))].boxed();
        let page = (list.clone(), any.clone(), list.clone(), any.clone(), 0..12_u8, element()).prop_map(|(data, a, b, c, odd, object)| {
            match odd {
                0 => format!("{{\"data\":{data},\"a\":{a},\"data\":{b}}}"),
                1 => format!("{{\"data\":{object},\"a\":{object},\"payload\":{object}}}"),
                2 => format!("{{ \"a\" : {a} ,\n\"b\":{a},\"data\": {data} ,\"c\":{c}}}"),
                3 => format!("{{\"a\":{data},\"b\":{b},\"c\":{c}}}"),
                4 => format!("{{\"a\":1,\"b\":2.5,\"c\":{c},\"data\":{{\"a\":{{\"b\":{c}}}}}}}"),
                5 => r#"{"a":"x","b":"y","data":null,"body":{"data":1}}"#.to_owned(),
                _ => format!("{{\"object\":\"list\",\"data\":{data},\"has_more\":true,\"next_cursor\":{a},\"a\":{a},\"b\":{a},\"c\":{c},\"id\":{c}}}"),
            }
        });
        prop_oneof![6 => page, 3 => list, 1 => object(any.clone()), 1 => any].boxed()
    }
}
