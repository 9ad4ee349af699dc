//! Compiled programs, run to the end.

use crate::jaq::{MOST, Outcome, identical};
use intake_runtime::native::{Flow, Native, Sink, Stop, V, leave};
use jaq_json::Val;

/// The label of the end of interest.
const ENOUGH: u32 = u32::MAX - 1;

/// How a run ended.
#[derive(Debug)]
pub enum End {
    /// As jaq ends.
    Done,
    /// The program fails; jaq runs it again, for its error.
    Failed,
    /// jaq has to decide.
    Bail,
}

/// The outputs of a run, and its end.
pub fn run(native: impl FnOnce(&mut Sink<'_>) -> Flow) -> (Vec<Val>, End) {
    let mut outputs = Vec::new();
    let mut sink = |output: V<'_>| {
        outputs.push(output.into_owned());
        if outputs.len() == MOST { leave(ENOUGH) } else { Ok(()) }
    };
    // The runtime takes a panic for a bail-out.
    let flow = crate::quietly(|| native(&mut sink)).unwrap_or(Err(Stop::Bail));
    let end = match flow {
        Ok(()) | Err(Stop::Break(ENOUGH)) => End::Done,
        Err(Stop::Fail(_)) => End::Failed,
        Err(Stop::Bail) => End::Bail,
        Err(other @ (Stop::Break(_) | Stop::Held)) => panic!("{other:?} leaves the program"),
    };
    (outputs, end)
}

/// The outputs of compiled code.
#[must_use]
pub fn compiled(native: &Native, input: &Val, variables: &[Val]) -> (Vec<Val>, End) {
    run(|sink| native.outputs(input, variables, sink))
}

/// Whether a run did what jaq does. A run that bailed out never did anything else.
///
/// # Errors
/// What is different.
pub fn agrees((outputs, end): &(Vec<Val>, End), jaq: Option<&Outcome>) -> Result<(), String> {
    // Where jaq panics, which it does on overflows in builds that check for them, there is nothing to compare.
    let Some(jaq) = jaq else { return Ok(()) };
    let same = match end {
        End::Done => {
            let mut both = outputs.iter().zip(&jaq.outputs);
            jaq.error.is_none()
                && outputs.len() == jaq.outputs.len()
                && both.all(|(left, right)| identical(left, right))
        }
        // Whoever runs the program lets jaq run it again: it may go on where an error is combined with no output.
        End::Failed | End::Bail => true,
    };
    if same { Ok(()) } else { Err(format!("native: {end:?} {outputs:?}\n   jaq: {:?} {:?}", jaq.error, jaq.outputs)) }
}
