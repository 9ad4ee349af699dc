//! What compiled jq programs call.
//!
//! They work on jaq's own values, and wherever jaq's own functions can be reached, these are called: only what jaq
//! keeps to itself is written again here. It has to be right on the ordinary only: on anything else it says
//! [`Stop::Bail`], and jaq runs the program.

mod loops;
mod math;
pub mod ops;
mod path;
mod text;
mod update;

pub use loops::{add_to, count, from_json, group_by, map_values, max_by, min_by, range, recurse, sort_by};
pub use math::{add, div, eq, ge, gt, le, lt, mul, ne, negate, rem, sub};
pub use path::{each, each_or_none, index, slice};
pub use text::Text;
pub use update::{Step, update};

pub use jaq_json::{Map, Val};

use crate::value::{Value, dismantle};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

/// A value, perhaps one inside another.
pub type V<'a> = Cow<'a, Val>;

/// Whether to go on.
pub type Flow = Result<(), Stop>;

/// Takes the outputs of a filter.
pub type Sink<'a> = dyn FnMut(V<'_>) -> Flow + 'a;

/// A compiled program: constants, input, variables, outputs.
pub type Run = fn(&[Val], &Val, &[Val], &mut Sink<'_>) -> Flow;

/// Why a filter does not go on.
#[derive(Debug)]
pub enum Stop {
    /// The case is unusual: jaq decides.
    Bail,
    /// jaq fails here; with which error is not always known.
    Fail(Option<Box<jaq_json::Error>>),
    /// `break`
    Break(u32),
    /// What stopped a filter's consumer is kept where the filter began.
    Held,
}

impl From<jaq_json::Error> for Stop {
    fn from(error: jaq_json::Error) -> Self {
        Self::Fail(Some(Box::new(error)))
    }
}

/// jaq fails, with an error that is not worth making: if anybody looks at it, jaq makes it.
pub(crate) const fn fail<T>() -> Result<T, Stop> {
    Err(Stop::Fail(None))
}

/// A constant of a program.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'static str),
    /// A string.
    Str(&'static str),
}

impl Literal {
    /// The value.
    fn value(self) -> Val {
        match self {
            Self::Null => Val::Null,
            Self::Bool(value) => Val::Bool(value),
            Self::Number(digits) => number(digits),
            Self::Str(text) => Val::utf8_str(text),
        }
    }
}

/// A number as jaq reads it in a program.
#[must_use]
pub fn number(digits: &str) -> Val {
    match digits.parse::<isize>() {
        Ok(number) => number.into(),
        // jaq's conversion of a number's text does not fail.
        Err(_) => <Val as jaq_core::ValT>::from_num(digits).unwrap_or_default(),
    }
}

/// A program as code.
pub struct Native {
    literals: &'static [Literal],
    run: Run,
    constants: OnceLock<Vec<Val>>,
}

impl Native {
    /// Of its constants and its code.
    #[must_use]
    pub const fn new(literals: &'static [Literal], run: Run) -> Self {
        Self { literals, run, constants: OnceLock::new() }
    }

    /// Its one output, `null` if it has none; nothing if jaq has to decide.
    pub(crate) fn one_output(&self, input: &Val, variables: &[Val]) -> Option<Val> {
        let mut output = None;
        let only = &mut |value: V<'_>| match output {
            None => {
                output = Some(value.into_owned());
                Ok(())
            }
            // More than one is an error that jaq words.
            Some(_) => Err(Stop::Bail),
        };
        let run = AssertUnwindSafe(|| self.outputs(input, variables, only));
        // A panic here is jaq's own: it gets the chance to show it.
        if let Ok(Ok(())) = catch_unwind(run) {
            return Some(output.unwrap_or_default());
        }
        if let Some(output) = output {
            dismantle(output);
        }
        None
    }

    /// All outputs, until one stops it or jaq has to decide.
    ///
    /// # Errors
    /// Whatever stopped it.
    pub fn outputs(&self, input: &Val, variables: &[Val], sink: &mut Sink<'_>) -> Flow {
        let constants = self.constants.get_or_init(|| self.literals.iter().map(|literal| literal.value()).collect());
        (self.run)(constants, input, variables, sink)
    }
}

/// The values of variables.
pub(crate) fn variables(values: &[Value]) -> Vec<Val> {
    values.iter().map(|value| value.tree().clone()).collect()
}

/// Whether jq takes a value for true.
#[must_use]
pub const fn truth(value: &Val) -> bool {
    !matches!(value, Val::Null | Val::Bool(false))
}

/// A boolean.
#[must_use]
pub const fn boolean<'a>(value: bool) -> V<'a> {
    Cow::Owned(Val::Bool(value))
}

/// An array.
#[must_use]
pub fn array<'a>(items: Vec<Val>) -> V<'a> {
    Cow::Owned(items.into_iter().collect())
}

/// An object without keys.
#[must_use]
pub fn entries() -> Map {
    Map::default()
}

/// Sets a key.
pub fn put(entries: &mut Map, key: V<'_>, value: V<'_>) {
    entries.insert(key.into_owned(), value.into_owned());
}

/// An object.
#[must_use]
pub fn object<'a>(entries: Map) -> V<'a> {
    Cow::Owned(Val::obj(entries))
}

/// Runs a filter that does not go on in what is around it.
///
/// # Errors
/// Whatever stopped it.
pub fn block<T>(run: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
    run()
}

/// `error`
///
/// # Errors
/// Always.
pub fn error(value: V<'_>) -> Flow {
    Err(jaq_json::Error::new(value.into_owned()).into())
}

/// `break`
///
/// # Errors
/// Always.
pub const fn leave(label: u32) -> Flow {
    Err(Stop::Break(label))
}

/// The end of a label's filter.
///
/// # Errors
/// Whatever stopped it, but a `break` to the label.
pub fn land(flow: Flow, label: u32) -> Flow {
    match flow {
        Err(Stop::Break(to)) if to == label => Ok(()),
        other => other,
    }
}

/// The consumer of a filter that `try` watches: what stops it is not the filter's.
///
/// # Errors
/// As the consumer.
pub fn hold(flow: Flow, held: &mut Option<Stop>) -> Flow {
    flow.map_err(|stop| {
        *held = Some(stop);
        Stop::Held
    })
}

/// The end of a filter that `try` watches: its failure, if it failed.
///
/// # Errors
/// Whatever else stopped it, or its consumer.
pub fn caught<T>(outcome: Result<T, Stop>, held: Option<Stop>) -> Result<Result<T, Failure>, Stop> {
    match (outcome, held) {
        (Ok(value), _) => Ok(Ok(value)),
        (Err(Stop::Held), Some(stop)) => Err(stop),
        (Err(Stop::Fail(error)), _) => Ok(Err(Failure(error))),
        (Err(stop), _) => Err(stop),
    }
}

/// A filter whose failure jaq might not notice.
///
/// # Errors
/// What stopped its consumer; otherwise it bails out.
pub fn sure<T>(outcome: Result<T, Stop>, held: Option<Stop>) -> Result<T, Stop> {
    match (outcome, held) {
        (Ok(value), _) => Ok(value),
        (Err(Stop::Held), Some(stop)) => Err(stop),
        (Err(_), _) => Err(Stop::Bail),
    }
}

/// An error that was caught.
#[derive(Debug)]
pub struct Failure(Option<Box<jaq_json::Error>>);

impl Failure {
    /// Its value, as `catch` sees it.
    ///
    /// # Errors
    /// If jaq has to make it.
    pub fn value(self) -> Result<Val, Stop> {
        self.0.map_or(Err(Stop::Bail), |error| Ok(error.into_val()))
    }
}

/// What `?` makes of an outcome.
///
/// # Errors
/// Whatever stopped it that is no failure.
pub fn optional<T>(outcome: Result<T, Stop>) -> Result<Option<T>, Stop> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Fail(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// The output of a filter that has one.
///
/// # Errors
/// If it has none, which cannot be.
pub fn one<T>(output: Option<T>) -> Result<T, Stop> {
    output.ok_or(Stop::Bail)
}

/// A place where a test can make a program bail out.
///
/// # Errors
/// Where a test wants it.
#[cfg(not(feature = "bail-sites"))]
#[expect(clippy::unnecessary_wraps, reason = "as with the feature")]
pub(crate) const fn site() -> Flow {
    Ok(())
}

#[cfg(feature = "bail-sites")]
pub(crate) use sites::site;
#[cfg(feature = "bail-sites")]
pub use sites::{bail_at, sites_passed};

/// Bailing out at will.
#[cfg(feature = "bail-sites")]
mod sites {
    use super::{Flow, Stop};
    use std::cell::Cell;

    thread_local! {
        static PASSED: Cell<u64> = const { Cell::new(0) };
        static BAIL_AT: Cell<u64> = const { Cell::new(u64::MAX) };
    }

    /// Bails out at the site that is passed after so many others, of those that this thread passes from now on.
    pub fn bail_at(count: Option<u64>) {
        PASSED.set(0);
        BAIL_AT.set(count.unwrap_or(u64::MAX));
    }

    /// How many sites this thread has passed since [`bail_at`].
    #[must_use]
    pub fn sites_passed() -> u64 {
        PASSED.get()
    }

    pub(crate) fn site() -> Flow {
        let passed = PASSED.get();
        PASSED.set(passed + 1);
        if passed == BAIL_AT.get() { Err(Stop::Bail) } else { Ok(()) }
    }
}
