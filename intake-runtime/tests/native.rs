//! Native code of jq programs: it is used where it has the one output, and jaq decides everywhere else.

mod common;

use common::{AT, World, json};
use intake_runtime::native::{Flow, Literal, Native, Sink, Stop, V, Val, index, leave};
use intake_runtime::private as rt;
use intake_runtime::value::Value;
use rt::Jq;

fn run(program: &Jq, input: &str) -> Result<Value, String> {
    let output = World::offline().event().jq(AT, program, &json(input), []);
    output.map_err(|error| error.kind().to_string())
}

/// What says that native code was used.
fn marker() -> V<'static> {
    V::Owned(Val::from("native".to_owned()))
}

fn one(_: &[Val], _: &Val, _: &[Val], out: &mut Sink<'_>) -> Flow {
    out(marker())
}

fn two(_: &[Val], _: &Val, _: &[Val], out: &mut Sink<'_>) -> Flow {
    out(marker())?;
    out(marker())
}

fn none(_: &[Val], _: &Val, _: &[Val], _: &mut Sink<'_>) -> Flow {
    Ok(())
}

fn bail(_: &[Val], _: &Val, _: &[Val], out: &mut Sink<'_>) -> Flow {
    out(marker())?;
    Err(Stop::Bail)
}

fn fail(_: &[Val], _: &Val, _: &[Val], out: &mut Sink<'_>) -> Flow {
    out(marker())?;
    Err(Stop::Fail(None))
}

fn escape(_: &[Val], _: &Val, _: &[Val], _: &mut Sink<'_>) -> Flow {
    leave(7)
}

fn panics(_: &[Val], _: &Val, _: &[Val], _: &mut Sink<'_>) -> Flow {
    panic!("native code panics")
}

fn deep(_: &[Val], _: &Val, _: &[Val], out: &mut Sink<'_>) -> Flow {
    let nest = |value, _| [value].into_iter().collect();
    out(V::Owned((0..100_000).fold(Val::Null, nest)))
}

#[test]
fn one_output_of_native_code_counts() {
    let program = Jq::native("this is never read", 0, Native::new(&[], one));
    assert_eq!(run(&program, "1"), Ok("native".into()));
    let program = Jq::native("this is never read", 0, Native::new(&[], none));
    assert_eq!(run(&program, "1"), Ok(Value::NULL));
}

#[test]
fn jaq_decides_everywhere_else() {
    for native in [two, bail, fail, escape, panics, deep] {
        let program = Jq::native("{jaq: .}", 0, Native::new(&[], native));
        assert_eq!(run(&program, "1"), Ok(json(r#"{"jaq":1}"#)));
        let program = Jq::native("error(\"jaq's \\(.)\")", 0, Native::new(&[], native));
        assert_eq!(run(&program, "1"), Err("jaq's 1".into()));
        let program = Jq::native("1, 2", 0, Native::new(&[], native));
        assert!(run(&program, "1").unwrap_err().contains("more than one output"));
    }
}

#[test]
fn constants_and_variables_are_at_hand() {
    fn pick(c: &[Val], input: &Val, vars: &[Val], out: &mut Sink<'_>) -> Flow {
        let key = index(input, &c[0])?;
        assert_eq!((&c[1], &c[2], &c[3]), (&Val::Null, &Val::Bool(true), &rt::native::number("1.50")));
        out(V::Owned([key.into_owned(), vars[0].clone()].into_iter().collect()))
    }
    static PROGRAM: Jq = Jq::native(
        "jaq is not asked",
        1,
        Native::new(&[Literal::Str("a"), Literal::Null, Literal::Bool(true), Literal::Number("1.50")], pick),
    );
    let world = World::offline();
    let output = world.event().jq(AT, &PROGRAM, &json(r#"{"a":1}"#), [rt::input("x", "y")]).unwrap();
    assert_eq!(output, json(r#"[1,"y"]"#));
}

/// jaq's reader repeats an error for ever.
#[test]
fn text_that_is_no_json_is_an_error() {
    static PROGRAM: Jq = Jq::new("[.[] | tonumber? // \"none\"]", 0);
    assert_eq!(run(&PROGRAM, r#"["a", "1", "[1"]"#), Ok(json(r#"["none", 1, "none"]"#)));
    static FAILS: Jq = Jq::new("fromjson", 0);
    assert!(run(&FAILS, r#""abc""#).unwrap_err().contains("cannot parse"));
}
