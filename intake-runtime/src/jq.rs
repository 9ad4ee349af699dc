//! `!jq`, run by jaq. This module and [`crate::value`] are the only ones that know it.
//!
//! What comes in and goes out is limited in depth. What a program nests tens of thousands of levels deep and drops
//! itself is not: jaq drops it recursively. Nor is a program limited in time or memory, as it is part of the manifest; but
//! see the module `bounds`.

pub(crate) mod bounds;

use crate::native::{self, Native};
use crate::scan::Bail;
use crate::secret::{Secret, scrub};
use crate::value::{MAX_DEPTH, Value, dismantle, guard, sanitize, within_depth};
use bytes::Bytes;
use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread;

type Data = data::JustLut<Val>;
type Filter = jaq_core::Filter<Data>;

/// A program over a document's bytes: appends its output, and tells where that begins. See
/// [`scan`](crate::scan).
pub type Projection = fn(&[u8], &[Value], &mut Vec<u8>) -> Result<usize, Bail>;

/// The most that is shown of a program's error.
const EXCERPT: usize = 300;

/// How deeply data may be nested for a program to run on any thread's stack in a build without optimisation: jaq's
/// recursive functions then have frames of several kilobytes, too large for [`MAX_DEPTH`] of them on the 2 MB of a thread.
const SHALLOW: usize = 64;
const LARGE_STACK: usize = 32 << 20;

/// What a program must not reach: the process, its environment, its standard error.
const FORBIDDEN: [&str; 8] = ["halt", "halt_error", "env", "debug", "debug_empty", "stderr", "stderr_empty", "input"];

/// What a program is called by that is no text any more.
const MAIN: &str = "__intake_main";

/// What is not as jaq has it.
const OTHERWISE: [&str; 2] = ["fromjson", "range"];

/// A jq program: native code, where the compiler could make some, and the program's text for jaq.
///
/// jaq compiles it when it first runs it, which is when native code bails out; then all threads share it.
pub struct Jq {
    code: &'static str,
    variables: usize,
    native: Option<Native>,
    over_response: Option<Projection>,
    over_payload: Option<Projection>,
    filter: OnceLock<Result<Filter, String>>,
}

/// A jq program failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JqError {
    /// It does not compile.
    #[error("the program does not compile: {0}")]
    Compile(String),
    /// It raised an error.
    #[error("{0}")]
    Failed(String),
    /// It has several outputs.
    #[error("the program gives more than one output: collect them with `[…]`, or pick one with `first(…)`")]
    SeveralOutputs,
    /// Its output is not JSON.
    #[error("{0}")]
    NotJson(String),
    /// It made the interpreter panic.
    #[error("the jq interpreter failed on this input")]
    Interpreter,
}

impl JqError {
    /// Without secrets, and short: an error message can quote any part of the input.
    pub(crate) fn bounded(self, secrets: &[Secret]) -> Self {
        match self {
            Self::Failed(message) => Self::Failed(scrub(&message, secrets, EXCERPT)),
            other => other,
        }
    }
}

impl Jq {
    /// A program with so many variables: `$__intake_0`, `$__intake_1`, …
    #[must_use]
    pub const fn new(code: &'static str, variables: usize) -> Self {
        Self { code, variables, native: None, over_response: None, over_payload: None, filter: OnceLock::new() }
    }

    /// The same program, with native code that does what it does, or bails out.
    #[doc(hidden)]
    #[must_use]
    pub const fn native(code: &'static str, variables: usize, native: Native) -> Self {
        Self { code, variables, native: Some(native), over_response: None, over_payload: None, filter: OnceLock::new() }
    }

    /// The same program, with code that runs over a response's body.
    #[doc(hidden)]
    #[must_use]
    pub const fn over_response(mut self, projection: Projection) -> Self {
        self.over_response = Some(projection);
        self
    }

    /// The same program, with code that runs over its input where that is not read yet.
    #[doc(hidden)]
    #[must_use]
    pub const fn over_payload(mut self, projection: Projection) -> Self {
        self.over_payload = Some(projection);
        self
    }

    /// Its one output for a response's body; nothing if that has to be read.
    pub(crate) fn run_over(&self, body: &[u8], variables: &[Value]) -> Option<Value> {
        project(self.over_response?, body, variables)
    }

    /// Its one output; `null` if it has none.
    pub(crate) fn run(&self, input: &Value, variables: Vec<Value>) -> Result<Value, JqError> {
        if let (Some(projection), Some(json)) = (self.over_payload, input.unread())
            && let Some(output) = project(projection, json, &variables)
        {
            return Ok(output);
        }
        let shallow = |value: &Value| within_depth(value.tree(), SHALLOW);
        if cfg!(debug_assertions) && !(shallow(input) && variables.iter().all(shallow)) {
            return on_large_stack(|| self.run_here(input, variables));
        }
        self.run_here(input, variables)
    }

    fn run_here(&self, input: &Value, variables: Vec<Value>) -> Result<Value, JqError> {
        if variables.len() != self.variables {
            return Err(JqError::Compile(format!("{} variables, {} values", self.variables, variables.len())));
        }
        if let Some(output) = self.run_native(input, &variables) {
            return Ok(output);
        }
        let filter = self.filter.get_or_init(|| compile(self.code, self.variables));
        let filter = filter.as_ref().map_err(|error| JqError::Compile(error.clone()))?;
        let run = || one_output(filter, input.tree().clone(), variables);
        catch_unwind(AssertUnwindSafe(run)).unwrap_or(Err(JqError::Interpreter))
    }

    /// What native code gives; nothing if jaq has to decide.
    fn run_native(&self, input: &Value, variables: &[Value]) -> Option<Value> {
        let output = self.native.as_ref()?.one_output(input.tree(), &native::variables(variables))?;
        match sanitize(output) {
            Ok(output) => Some(Value::new(output)),
            Err((output, _)) => {
                dismantle(output);
                None
            }
        }
    }
}

impl std::fmt::Debug for Jq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Jq").field(&self.code).finish()
    }
}

/// The output of a program over a document; nothing if that has to be read.
fn project(projection: Projection, document: &[u8], variables: &[Value]) -> Option<Value> {
    // The most usual filters keep most of a page, or little of it.
    let mut out = Vec::with_capacity(document.len() / 4);
    let start = projection(document, variables, &mut out).ok()?;
    Some(Value::printed(Bytes::from(out).slice(start..)))
}

/// Runs a program on a thread with room for data of any depth.
fn on_large_stack(run: impl FnOnce() -> Result<Value, JqError> + Send) -> Result<Value, JqError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(LARGE_STACK).spawn_scoped(scope, run);
        thread.ok().and_then(|thread| thread.join().ok()).unwrap_or(Err(JqError::Interpreter))
    })
}

fn one_output(filter: &Filter, input: Val, variables: Vec<Value>) -> Result<Value, JqError> {
    let variables = Vars::new(variables.into_iter().map(Value::into_tree));
    let context = Ctx::<Data>::new(&filter.lut, variables);
    let mut outputs = filter.id.run((context, input)).map(unwrap_valr);
    let (first, second) = (outputs.next(), outputs.next());
    drop(outputs);
    match (first, second) {
        (None, _) => Ok(Value::NULL),
        (Some(Ok(output)), None) => sanitize(output).map(Value::new).map_err(|(output, unsound)| {
            dismantle(output);
            JqError::NotJson(unsound.to_string())
        }),
        (Some(Err(error)), _) => Err(failed(error)),
        (Some(Ok(output)), Some(Err(error))) => {
            dismantle(output);
            Err(failed(error))
        }
        (Some(Ok(first)), Some(Ok(second))) => {
            dismantle(first);
            dismantle(second);
            Err(JqError::SeveralOutputs)
        }
    }
}

/// The writer's end also ends jaq's recursion into an error value that is nested deeply.
fn failed(error: jaq_json::Error) -> JqError {
    struct Short {
        text: String,
        opened: usize,
    }
    impl Write for Short {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.opened += usize::from(matches!(text, "[" | "{"));
            self.text.push_str(text);
            if self.text.len() > 4 * EXCERPT || self.opened > EXCERPT { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut message = Short { text: String::new(), opened: 0 };
    // An error here only says that the message is long.
    _ = write!(message, "{error}");
    // An error that shows as a JSON value is one, made by `error(…)`; jaq's own are sentences.
    if message.text.starts_with(['[', '{', '"']) {
        match error.into_val() {
            Val::TStr(text) => return JqError::Failed(String::from_utf8_lossy(&text).into_owned()),
            value => dismantle(value),
        }
    }
    JqError::Failed(message.text)
}

fn compile(code: &'static str, variables: usize) -> Result<Filter, String> {
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let defs = defs.filter(|def| !FORBIDDEN.contains(&def.name));
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let funs = funs.filter(|(name, ..)| !FORBIDDEN.contains(name) && !OTHERWISE.contains(name));
    let funs = funs.chain(bounds::funs()).chain([from_json()]);
    let names: Vec<_> = (0..variables).map(|index| format!("$__intake_{index}")).collect();
    let main = bounds::bounded(code).map(|body| Def { name: MAIN, args: Vec::new(), body });
    let code = main.as_ref().map_or(code, |main| main.name);
    let arena = Arena::default();
    let modules = Loader::new(defs.chain(main))
        .load(&arena, File { code, path: () })
        .map_err(|_| "it is not jq, or imports a module".to_owned())?;
    Compiler::default().with_funs(funs).with_global_vars(names.iter().map(String::as_str)).compile(modules).map_err(
        |errors| {
            let names = errors
                .iter()
                .flat_map(|(_, errors)| errors)
                .map(|(name, what)| format!("undefined {} `{name}`", what.as_str()));
            names.collect::<Vec<_>>().join(", ")
        },
    )
}

/// `fromjson` as in jaq, but on no text that its recursive reader cannot bear.
fn from_json() -> Fun<Data> {
    run(("fromjson", v(0), |cv| {
        let text = match cv.1.try_as_utf8_bytes_owned() {
            Ok(text) => text,
            Err(error) => return bome(Err(error)),
        };
        if let Err(error) = guard(&text, MAX_DEPTH) {
            return bome(Err(jaq_json::Error::str(format_args!("cannot parse the input as JSON: {error}"))));
        }
        let fail = |error| jaq_json::Error::str(format_args!("cannot parse {} as JSON: {error}", cv.1)).into();
        // jaq's reader repeats an error for ever.
        let mut values = Vec::new();
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

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Jq>();
};
