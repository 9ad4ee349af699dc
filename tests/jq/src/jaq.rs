//! jaq as the runtime uses it.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Num, Val, read};
use std::fmt::Write;

type Data = data::JustLut<Val>;

/// The beginning of a text. Its end also ends jaq's recursion into a value that is nested deeply.
#[derive(Default)]
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.push_str(text);
        if self.0.len() > 300 { Err(std::fmt::Error) } else { Ok(()) }
    }
}

/// A program as jaq compiles it.
pub struct Filter(jaq_core::Filter<Data>);

/// Outputs, and the error that ended them, if one did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The outputs.
    pub outputs: Vec<Val>,
    /// The beginning of the error's text; of an error that is a string, that.
    pub error: Option<String>,
}

/// More outputs than this are not looked at.
pub const MOST: usize = 2_000;

impl Filter {
    /// A program with so many variables.
    #[must_use]
    pub fn new(code: &str, variables: usize) -> Option<Self> {
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let funs = funs.filter(|(name, ..)| *name != "fromjson").chain([from_json()]);
        let names: Vec<_> = (0..variables).map(|index| format!("$__intake_{index}")).collect();
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code, path: () }).ok()?;
        let compiler = Compiler::<_, Data>::default().with_funs(funs);
        compiler.with_global_vars(names.iter().map(String::as_str)).compile(modules).ok().map(Self)
    }

    /// What it gives; nothing if jaq panics.
    #[must_use]
    pub fn run(&self, input: &Val, variables: &[Val]) -> Option<Outcome> {
        crate::quietly(|| self.outcome(input, variables))
    }

    fn outcome(&self, input: &Val, variables: &[Val]) -> Outcome {
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new(variables.iter().cloned()));
        let mut outcome = Outcome { outputs: Vec::new(), error: None };
        for output in self.0.id.run((context, input.clone())).map(unwrap_valr).take(MOST) {
            match output {
                Ok(value) => outcome.outputs.push(value),
                Err(error) => {
                    let mut text = Short::default();
                    // An error here only says that the text is long.
                    _ = write!(text, "{error}");
                    let text = text.0;
                    // As the runtime has it: an error that is a value is shown as that, and only a string has a text.
                    let message = text.starts_with('"').then(|| error.into_val());
                    outcome.error = Some(match message {
                        Some(Val::TStr(message)) => String::from_utf8_lossy(&message).into_owned(),
                        _ => text,
                    });
                    break;
                }
            }
        }
        outcome
    }
}

/// Whether two values are the same in all that tells values apart: kinds and digits of numbers, order of keys.
#[must_use]
pub fn identical(left: &Val, right: &Val) -> bool {
    match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(left), Val::Bool(right)) => left == right,
        (Val::Num(left), Val::Num(right)) => match (left, right) {
            (Num::Int(left), Num::Int(right)) => left == right,
            (Num::BigInt(left), Num::BigInt(right)) => left == right,
            (Num::Float(left), Num::Float(right)) => {
                left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
            }
            (Num::Dec(left), Num::Dec(right)) => left == right,
            _ => false,
        },
        (Val::TStr(left), Val::TStr(right)) => left == right,
        (Val::BStr(left), Val::BStr(right)) => left == right,
        (Val::Arr(left), Val::Arr(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| identical(left, right))
        }
        (Val::Obj(left), Val::Obj(right)) => {
            let mut both = left.iter().zip(right.iter());
            left.len() == right.len()
                && both.all(|(left, right)| identical(left.0, right.0) && identical(left.1, right.1))
        }
        _ => false,
    }
}

/// `fromjson` as the runtime has it: it does not repeat an error for ever.
fn from_json() -> Fun<Data> {
    run(("fromjson", v(0), |cv| {
        let text = match cv.1.try_as_utf8_bytes_owned() {
            Ok(text) => text,
            Err(error) => return bome(Err(error)),
        };
        let fail = |error| jaq_json::Error::str(format_args!("cannot parse {} as JSON: {error}", cv.1)).into();
        let mut values: Vec<_> = Vec::new();
        for value in read::parse_many(&text) {
            let failed = value.is_err();
            values.push(value.map_err(fail));
            if failed {
                break;
            }
        }
        Box::new(values.into_iter())
    }))
}
