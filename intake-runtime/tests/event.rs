//! The commands of an event and the variables they read.

mod common;

use common::{AT, World, json, shown};
use intake_runtime::event::{EventError, EventErrorKind};
use intake_runtime::intake::Scope;
use intake_runtime::private as rt;
use intake_runtime::value::Value;
use intake_runtime::workflow::{Connection, Credentials, Workflow};
use rt::{Algorithm, Jq, Step, Text};

fn run(code: &'static str, input: &str) -> Result<Value, EventError> {
    // A program is a static in generated code.
    let program: &'static Jq = Box::leak(Box::new(Jq::new(code, 0)));
    World::offline().event().jq(AT, program, &json(input), [])
}

fn failure(result: Result<Value, EventError>) -> String {
    result.unwrap_err().kind().to_string()
}

#[test]
fn jq_has_exactly_one_output() {
    assert_eq!(
        run("{results: .data, n: (.data | length)}", r#"{"data":[1,2]}"#).unwrap(),
        json(r#"{"results":[1,2],"n":2}"#)
    );
    assert_eq!(run("empty", "1").unwrap(), Value::NULL);
    assert!(failure(run(".[]", "[1,2]")).starts_with("the program gives more than one output: collect"));
    assert_eq!(run(".[]", "[1]").unwrap(), json("1"));
    // Only one more is asked for.
    assert!(failure(run("repeat(1)", "null")).contains("more than one output"));
    assert_eq!(failure(run("1, error(\"late\")", "null")), "late");
    assert_eq!(failure(run("error({a: 1})", "null")), r#"{"a":1}"#);
    assert_eq!(failure(run(".a", "[1]")), r#"cannot index [1] with "a""#);
    // Digits pass through.
    assert_eq!(run(".id", r#"{"id":12345678901234567890123}"#).unwrap().to_string(), "12345678901234567890123");
}

#[test]
fn jq_errors_are_short() {
    let error = failure(run("error(.)", &format!("\"{}\"", "é".repeat(10_000))));
    assert!(error.len() <= 303 && error.ends_with('…'), "{}", error.len());
}

#[test]
fn jq_output_is_json() {
    assert_eq!(
        run("[nan, infinite, -infinite]", "null").unwrap().to_string(),
        "[null,1.7976931348623157e308,-1.7976931348623157e308]"
    );
    assert_eq!(run("\"/w==\" | @base64d", "null").unwrap().as_str(), Some("\u{fffd}"));
    assert_eq!(run("\"+1.5\" | fromjson", "null").unwrap().to_string(), "1.5");
    assert!(failure(run("{(1|tostring): 1} | with_entries(.key = 1)", "null")).contains("key"));
    assert!(failure(run("[1,255] | tobytes", "null")).contains("bytes that are not text"));
}

#[test]
fn data_cannot_make_a_product_or_a_range_exhaust_the_memory() {
    let input =
        r#"{"a":"ab","b":1000000000000000000,"c":100000000000000000000000000000,"n":-100000000000000000000000000000}"#;
    for code in [
        ".a * .b",
        ".b * .a",
        ".a * .c",
        ".a *= .b",
        ".a *= .c",
        "[.a, 1] | map(. * 20000000)",
        "def f(x): x * 20000000; {x: f(.a)}",
        "\"\\(.a * .b)\"",
        ". as {a: $x} | [$x][0] * .b",
        "reduce (1, 2) as $x (.a; . * 20000000)",
        "label $out | foreach .b as $x (.a; . * $x; ., break $out)",
        "if .a * .b then 1 else 2 end",
        "{(.a * .b): 1}",
        "try error(.a * .b) catch error",
        "-(.a * .b)",
        "[1, 2][(.a * .b):]",
        ". as {(.a * .b): $x} | 1",
    ] {
        let error = failure(run(code, input));
        assert!(error.contains("a string times this number is longer than 33554432 bytes"), "{code}: {error}");
    }
    for (code, output) in [
        ("[(1, 2) * (10, 100)]", "[10,100,20,200]"),
        (".a * 2", "\"abab\""),
        ("[.a * (0, -1), .a * .n]", "[null,null,null]"),
        ("[\"\" * .c, \"\" * .b]", "[\"\",\"\"]"),
        ("1 + 2 * 3 - 4 * 5", "-13"),
        ("[{a: 1, b: [2]} | (.a *= (2, 3)), (.b[] *= 5)]", r#"[{"a":2,"b":[2]},{"a":3,"b":[2]},{"a":1,"b":[10]}]"#),
        ("{a: {b: 1}} * {a: {c: 2}}", r#"{"a":{"b":1,"c":2}}"#),
        ("[2 as $x | $x * 3 | . * $x]", "[12]"),
        ("try (.a * {}) catch .", r#""cannot calculate \"ab\" * {}""#),
        ("[range(3)] + [range(0; 1; 0.5)] + [range(3; 0; -2)]", "[0,1,2,0,0.5,3,1]"),
        ("[limit(2; range(0; infinite))]", "[0,1]"),
        ("[range(1000000)] | length", "1000000"),
        ("[try range(0; 1; []) catch 7]", "[0,7]"),
    ] {
        match run(code, input) {
            Ok(value) => assert_eq!(value.to_string(), output, "{code}"),
            Err(error) => panic!("{code}: {}", shown(&error)),
        }
    }
    assert!(failure(run("[range(.b)] | length", input)).contains("range gives more than 1000000 numbers"));
}

#[test]
fn jq_cannot_exhaust_the_stack() {
    let work = || {
        let deep = format!("\"{}\"", "[".repeat(100_000));
        assert!(failure(run("fromjson", &deep)).contains("nested more than 512 levels deep"));
        assert!(failure(run("fromjson", &format!("\"{}\"", "{'a':".repeat(100_000)))).contains("nested more than 512"));
        assert!(failure(run("tonumber", &format!("\"{}\"", "9".repeat(100_000)))).contains("more than 1000 digits"));
        assert_eq!(run("[fromjson]", "\"1 2 # x\"").unwrap(), json("[1,2]"));
        assert!(failure(run("reduce range(100000) as $i (0; [.])", "null")).contains("output is nested more than 512"));
        assert!(failure(run("reduce range(600) as $i (0; {a: .})", "null")).contains("output is nested more than 512"));
        assert!(run("reduce range(512) as $i (0; [.])", "null").is_ok());
        assert!(failure(run("reduce range(513) as $i (0; [.])", "null")).contains("nested more than 512"));
        let within = format!("{}{}", "[".repeat(512), "]".repeat(512));
        assert_eq!(run("tojson | fromjson", &within).unwrap(), json(&within));
        assert_eq!(run("[..] | length", &within).unwrap(), json("512"));
        assert_eq!(run("walk(.) == .", &within).unwrap(), json("true"));
        assert!(failure(run("error(reduce range(100000) as $i (0; [.]))", "null")).starts_with("[[[["));
        assert!(failure(run("reduce range(3000) as $i (0; [.]) | . + 1", "null")).starts_with("cannot calculate [[[["));
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn jq_reaches_nothing_outside() {
    for code in [
        "halt",
        "halt(1)",
        "halt_error",
        "env",
        "$ENV",
        "input",
        "inputs",
        "debug",
        "stderr",
        "import \"a\" as a; 1",
        "input_filename",
    ] {
        let error = run(code, "null").unwrap_err();
        assert!(matches!(error.kind(), EventErrorKind::Jq(_)), "{code}");
        assert!(error.to_string().contains("does not compile"), "{code}: {error}");
    }
    let library =
        r#"[ascii_downcase, test("^A"), (. / "-" | join("+")), @uri, (0 | todate), ([1, 2] | add), ltrimstr("A")]"#;
    assert_eq!(
        run(library, "\"A-b c\"").unwrap(),
        json(r#"["a-b c",true,"A+b c","A-b%20c","1970-01-01T00:00:00Z",3,"-b c"]"#)
    );
    assert!(run("now | . > 0", "null").unwrap().as_bool().unwrap());
}

#[test]
fn a_program_is_shared_by_threads() {
    static PROGRAM: Jq = Jq::new("[.[] | . * $__intake_0] | add + $__intake_1", 2);
    std::thread::scope(|scope| {
        for factor in 0..8_i64 {
            scope.spawn(move || {
                let world = World::offline();
                for _ in 0..50 {
                    let variables = [rt::input("a", &Value::from(factor)), rt::input("b", &Value::from(1_i64))];
                    let output = world.event().jq(AT, &PROGRAM, &json("[1,2,3]"), variables).unwrap();
                    assert_eq!(output, Value::from(6 * factor + 1));
                }
            });
        }
    });
}

#[test]
fn variables_know_their_place() {
    let mut world = World::offline();
    world.workflow =
        Workflow::new("w").resource("repo/name").connection(Connection::new("c").subdomain("acme").account("acct"));
    world.state = json(r#"{"since":null,"list":[{"id":7}],"0":"zero"}"#);
    world.saved.insert(Scope::Connection, "hook_id", json("{\"n\":5}"));
    world.webhook_url = Some("https://hooks.test/1".to_owned());
    let cx = world.event();
    let text = |variable: rt::Var| variable.text(AT).unwrap();
    assert_eq!(text(cx.webhook_url()), "https://hooks.test/1");
    assert_eq!(text(cx.subdomain()), "acme");
    assert_eq!(text(cx.resource_id()), "repo/name");
    assert_eq!(
        text(cx.saved("data.connection.hook_id.n", Scope::Connection, &[Step::Key("hook_id"), Step::Key("n")])),
        "5"
    );
    assert!(cx.saved("data.workflow.hook_id", Scope::Workflow, &[Step::Key("hook_id")]).value(AT).is_err());
    assert_eq!(
        text(cx.polling_state("polling_state.list[0].id", &[Step::Key("list"), Step::Index(0), Step::Key("id")])),
        "7"
    );
    assert_eq!(text(cx.polling_state("polling_state.list.0", &[Step::Key("list"), Step::Key("0")])), r#"{"id":7}"#);
    assert_eq!(text(cx.polling_state("polling_state.0", &[Step::Key("0")])), "zero");
    assert_eq!(text(rt::piped("piped_content.1[0]", &json("[true]"), &[Step::Index(0)])), "true");
    assert_eq!(cx.polling_state("polling_state", &[]).value(AT).unwrap(), world.state);
    // Null is a value, but no text; a default stands for both.
    let since = || cx.polling_state("polling_state.since", &[Step::Key("since")]);
    assert_eq!(since().value(AT).unwrap(), Value::NULL);
    assert!(
        since().text(AT).unwrap_err().to_string().contains("`${polling_state.since}` is null where text is needed")
    );
    assert_eq!(since().or_default("").value(AT).unwrap(), json("\"\""));
    assert_eq!(text(since().or_default("1970")), "1970");
    let error = cx.polling_state("polling_state.x", &[Step::Key("x")]).value(AT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "52:13: !http: `${polling_state.x}` has no value here: give it one, or write `${polling_state.x | default: …}`"
    );
    assert_eq!(text(cx.polling_state("polling_state.x.y", &[Step::Key("since"), Step::Key("y")]).or_default("d")), "d");
}

#[test]
fn inputs_have_the_types_of_their_fields() {
    let value = |variable: rt::Var| variable.value(AT).ok().map(|value| value.to_string());
    assert_eq!(value(rt::input("a", &String::from("x"))).as_deref(), Some("\"x\""));
    assert_eq!(value(rt::input("a", "x")).as_deref(), Some("\"x\""));
    assert_eq!(value(rt::input("a", &rt::Json::from(5))).as_deref(), Some("5"));
    assert_eq!(value(rt::input("a", &Some(String::from("x")))).as_deref(), Some("\"x\""));
    assert_eq!(value(rt::input("a", &None::<String>)), None);
    assert_eq!(value(rt::input("a", &None::<rt::Json>)), None);
    assert_eq!(value(rt::input("a", &rt::Json::Null)).as_deref(), Some("null"));
    assert_eq!(format!("{:?}", rt::input("custom_data.token.value", "private")), "${custom_data.token.value}");
}

#[test]
fn text_is_put_together() {
    let text = Text::new(AT)
        .text("n=")
        .var(rt::input("a", &json("1.50")))
        .text(" ")
        .var(rt::input("b", &json(r#"{"x": [true]}"#)));
    assert_eq!(text.finish().unwrap(), r#"n=1.50 {"x":[true]}"#);
    let error =
        Text::new(AT).var(rt::input("a", &None::<String>)).text("x").var(rt::input("b", &None::<String>)).finish();
    assert!(error.unwrap_err().to_string().contains("`${a}`"));
}

#[test]
fn save_merges_and_is_seen_at_once() {
    let mut world = World::offline();
    world.saved.insert(Scope::Workflow, "old", json("1"));
    let mut cx = world.event();
    let input = json(r#"{"hook_id":7,"old":2}"#);
    assert_eq!(cx.save(AT, Scope::Workflow, &input).unwrap(), input);
    assert_eq!(cx.save(AT, Scope::Application, &json("{}")).unwrap(), json("{}"));
    let saved = |key| cx.saved("data.workflow.x", Scope::Workflow, &[Step::Key(key)]).value(AT).unwrap();
    assert_eq!((saved("hook_id"), saved("old")), (json("7"), json("2")));
    assert_eq!(
        failure(cx.save(AT, Scope::Workflow, &json("[1]"))),
        "its input is an array, but an object is needed: each of its keys is saved"
    );
    let effects = cx.into_effects();
    let entries = vec![("hook_id".to_owned(), json("7")), ("old".to_owned(), json("2"))];
    assert_eq!(effects.saved, [(Scope::Workflow, entries), (Scope::Application, vec![])]);
    assert_eq!((effects.http_requests, effects.response), (0, None));
}

#[test]
fn switch_picks_a_case() {
    static PROGRAM: Jq = Jq::new("if $__intake_0 then .i else 0 end", 1);
    let world = World::offline();
    let cx = world.event();
    let switch = |index: &str| {
        let input = json(&format!("{{\"i\":{index}}}"));
        cx.switch(AT, &PROGRAM, &input, [rt::input("a", &rt::boolean(true))], 2)
            .map_err(|error| error.kind().to_string())
    };
    assert_eq!((switch("0"), switch("1"), switch("1.0")), (Ok(0), Ok(1), Ok(1)));
    assert_eq!(switch("2").unwrap_err(), "its jq gives 2, but there are 2 cases: the first is 0");
    assert!(switch("-1").unwrap_err().contains("gives -1"));
    for bad in ["0.5", "\"0\"", "null", "true", "[0]"] {
        assert!(switch(bad).unwrap_err().contains("a whole number from 0"), "{bad}");
    }
}

#[test]
fn extract_keeps_the_named_keys() {
    let world = World::offline();
    let cx = world.event();
    let input = json(r#"{"a":"{\"x\":[1.0]}","b":"2","c":3,"n":null}"#);
    assert_eq!(
        cx.extract(AT, &input, &["b", "a", "missing"], false).unwrap().to_string(),
        r#"{"b":"2","a":"{\"x\":[1.0]}"}"#
    );
    assert_eq!(
        cx.extract(AT, &input, &["a", "b", "n"], true).unwrap().to_string(),
        r#"{"a":{"x":[1.0]},"b":2,"n":null}"#
    );
    assert_eq!(
        failure(cx.extract(AT, &input, &["c"], true)),
        "`c` is a number, but `to_json` needs a string that holds JSON"
    );
    let error = cx.extract(AT, &json(r#"{"a":"{"}"#), &["a"], true).unwrap_err();
    assert!(shown(&error).contains("`a` is not read as JSON: not JSON: EOF"), "{error}");
    assert!(failure(cx.extract(AT, &json("[]"), &["a"], false)).contains("is an array, but an object is needed"));
}

fn sha(algorithm: Algorithm, secret: Option<&str>, value: &str) -> String {
    let input = rt::object([("value_to_encrypt", rt::string(value)), ("other", rt::null())]);
    let world = World::offline();
    let output = world.event().sha(AT, algorithm, secret.map(str::to_owned), &input).unwrap();
    assert_eq!(output.keys().collect::<Vec<_>>(), ["value_to_encrypt", "hash"]);
    output.get("hash").unwrap().text()
}

#[test]
fn hashes_are_the_published_ones() {
    use Algorithm as A;
    for (algorithm, of_abc) in [
        (A::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (A::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (A::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        (A::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (A::Sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
        (
            A::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        (A::Sha3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
        (A::Sha3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        (
            A::Sha3_384,
            "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
        ),
        (
            A::Sha3_512,
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
        ),
        (
            A::Blake2b,
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        ),
        (A::Blake2s, "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"),
    ] {
        assert_eq!(sha(algorithm, None, "abc"), of_abc, "{algorithm:?}");
    }
}

#[test]
fn with_a_secret_they_are_hmacs() {
    use Algorithm as A;
    // RFC 4231, test case 2; RFC 2202 for the older two.
    for (algorithm, mac) in [
        (A::Md5, "750c783e6ab0b503eaa86e310a5db738"),
        (A::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (A::Sha224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
        (A::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (A::Sha384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"),
        (
            A::Sha512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ] {
        assert_eq!(sha(algorithm, Some("Jefe"), "what do ya want for nothing?"), mac, "{algorithm:?}");
    }
    // Python's hmac with hashlib's functions.
    for (algorithm, mac) in [
        (
            A::Blake2b,
            "3cc28e2f7d79744693dd39171cf9cb0f42aaa0052a85f2b0bd5389e0e39cc97c6140d1a1aebcb255f9fa367414bf1aef02fa256d27cd973ff523dacade695b70",
        ),
        (A::Blake2s, "84f646acda0776ee848b7f9dc5771c7d8cf023999c0c3dd84dc78636a146e805"),
        (A::Sha3_256, "b102a8999ec7667682d13c250db75c1fe88632bc807d915ecb7599375c2a393a"),
        (
            A::Sha3_512,
            "752bf49d54115aaa670ea62bdf79eb95e6df787938bec5fabdfc4745cf49f7fe11b7c2f73989ad2e568f06ced3a2d99536b05a121f43647b98ea43f818f38b33",
        ),
    ] {
        assert_eq!(sha(algorithm, Some("key"), "data"), mac, "{algorithm:?}");
    }
    // A key longer than a block.
    assert_eq!(
        sha(A::Sha256, Some(&"k".repeat(131)), "data"),
        "f0b9c89b357ed50212ac94741e816fc213961c0d584ac2bfe87b55ce1f8d5592"
    );
    assert_eq!(
        sha(A::Sha256, Some("secret"), "qgg8vlvZRS6UYooatFL8Aw"),
        "72cef096bfd47c0b8664df30d07721641e4abd7e885ba432204260db477a9a3e"
    );
}

#[test]
fn what_is_hashed_is_text() {
    let world = World::offline();
    let cx = world.event();
    let hash = |input: &str| {
        cx.sha(AT, Algorithm::Sha256, None, &json(input)).map(|output| output.get("hash").unwrap().text())
    };
    assert_eq!(hash(r#"{"value_to_encrypt":{"a":[1, 2]}}"#).unwrap(), sha(Algorithm::Sha256, None, r#"{"a":[1,2]}"#));
    for input in ["{}", "[]", "null", r#"{"value_to_encrypt":null}"#] {
        assert!(hash(input).unwrap_err().to_string().contains("has no `value_to_encrypt`"), "{input}");
    }
}

#[test]
fn respond_keeps_the_answer() {
    let world = World::offline();
    let mut cx = world.event();
    let respond = rt::Respond {
        process_payload: false,
        code: 200,
        headers: vec![("x-a", rt::string("1"))],
        body: Some(json("{\"a\":1}")),
    };
    assert_eq!(cx.respond(AT, respond.clone()).unwrap(), json("{\"a\":1}"));
    for code in [0, 100, 199, 600, 1000] {
        assert!(failure(cx.respond(AT, rt::Respond { code, ..respond.clone() })).contains("no HTTP status"));
    }
    let split = rt::Respond { headers: vec![("x-a", rt::string("1\r\nset-cookie: x"))], ..respond.clone() };
    assert!(failure(cx.respond(AT, split)).contains("header `x-a` holds a line break"));
    assert_eq!(cx.into_effects().response, Some(respond));
}

#[test]
fn errors_know_where_they_are() {
    let world = World::offline();
    let error = world.event().fail(rt::At::new("!error", 3, 9), "no such account").unwrap_err();
    assert_eq!(error.to_string(), "acme.json:3:9: !error of event request in intake issues: no such account");
    assert_eq!((error.file(), error.intake(), error.event()), (Some("acme.json"), Some("issues"), Some("request")));
    assert_eq!((error.command(), error.line(), error.column()), ("!error", 3, 9));
    assert!(matches!(error.kind(), EventErrorKind::Raised("no such account")));
}

#[test]
fn secrets_show_nowhere() {
    let mut world = World::offline();
    let connection = Connection::new("c").credentials(Credentials::basic("user", "hunter2"));
    world.workflow = Workflow::new("w").connection(connection).platform("https://a.test", "api-key-1");
    world.state = json(r#"{"x":"private"}"#);
    let cx = world.event();
    static PROGRAM: Jq = Jq::new("error(\"\\($__intake_0)\")", 1);
    let leak = rt::input("a", "hunter2 dXNlcjpodW50ZXIy api-key-1 rest");
    let error = cx.jq(AT, &PROGRAM, &Value::NULL, [leak]).unwrap_err();
    assert!(shown(&error).contains("[secret] [secret] [secret] rest"), "{error}");
    let token = Connection::new("c").credentials(Credentials::token("hunter2"));
    let shown = format!(
        "{:?} {:?} {cx:?} {:?} {:?} {:#?} {}",
        world.workflow,
        token,
        world.saved,
        Credentials::bearer("hunter2"),
        world.workflow,
        shown(&error)
    );
    for secret in ["hunter2", "api-key-1", "private", "dXNlcjpodW50ZXIy"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// Keeps what is logged.
struct Log(std::sync::Mutex<String>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::INFO
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields<'l>(&'l mut String);
        impl tracing::field::Visit for Fields<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{field}={value:?} "));
            }
        }
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn print_writes_a_log_event_without_secrets() {
    let mut world = World::offline();
    world.workflow = Workflow::new("w-1").connection(Connection::new("c").credentials(Credentials::bearer("hunter2")));
    let log = std::sync::Arc::new(Log(std::sync::Mutex::default()));
    tracing::subscriber::with_default(std::sync::Arc::clone(&log), || {
        world.event().print(rt::At::new("!print_c", 7, 5), "page 3 of hunter2".to_owned());
    });
    let line = log.0.lock().unwrap().clone();
    assert_eq!(line, r#"message=page 3 of [secret] app="acme" intake="issues" event="request" workflow="w-1" line=7 "#);
}
