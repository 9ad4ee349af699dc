//! jaq as the runtime uses it.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

type Data = data::JustLut<Val>;

/// A program as jaq compiles it.
pub struct Filter(jaq_core::Filter<Data>);

/// Outputs as JSON, and the error that ended them, if one did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The outputs.
    pub outputs: Vec<String>,
    /// The error's text.
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
                Ok(value) => outcome.outputs.push(shown(&value)),
                Err(error) => {
                    outcome.error = Some(error.to_string());
                    break;
                }
            }
        }
        outcome
    }
}

/// A value with all that tells it from others: kinds of numbers, order of keys.
#[must_use]
pub fn shown(value: &Val) -> String {
    format!("{value:?}")
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
