//! Compiled filters against jaq, on documents of all kinds. A filter may bail, but what it prints is what jaq prints.

#[path = "../../../intake-runtime/tests/scan/document.rs"]
mod document;

use document::{broken, document};
use intake_runtime::native::{bail_at, sites_passed};
use intake_runtime::scan::Bail;
use intake_runtime::value::Value;
use jq_test::jaq::Filter as Jaq;
use jq_test::projected::{agrees, jaq};
use jq_test::random::Random;
use jq_test::shape::Shape;
use jq_test::{FILTERS, Filter, documents, text};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

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
    FILTERS.iter().filter(|filter| filter.run.is_some()).map(|filter| (filter, jaq(filter)))
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
            printed += u32::from(agrees(filter, &jaq, document.as_bytes(), &values));
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
            _ = agrees(filter, &jaq, &document, &values);
        }
    }
}

/// A bail-out anywhere in a walk ends it: nothing takes it for the end of an array, or for a value.
#[test]
fn nothing_goes_on_after_a_bail_out() {
    let variables: Vec<_> = (0..4).map(|number| Value::from(i64::from(number))).collect();
    for filter in FILTERS {
        let Some(run) = filter.run else { continue };
        let shape = Shape::of(&text::parse(filter.text).unwrap().native.unwrap(), true);
        let (mut random, mut printed) = (Random::new(3), 0);
        for _ in 0..400 {
            let document = documents::document(&shape, &mut random);
            bail_at(None);
            if run(&document, &variables, &mut Vec::new()).is_err() {
                continue;
            }
            printed += 1;
            for site in 0..sites_passed() {
                bail_at(Some(site));
                let outcome = run(&document, &variables, &mut Vec::new());
                assert_eq!(outcome, Err(Bail), "{} on {} goes on after site {site}", filter.text, show(&document));
            }
            if printed == 20 {
                break;
            }
        }
        bail_at(None);
        assert_eq!(printed, 20, "{} bails out too often", filter.text);
    }
}

fn show(text: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(text)
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
