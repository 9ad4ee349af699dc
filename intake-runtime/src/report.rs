//! What a cycle did.

use crate::value::Value;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Why the request loop of a cycle ended.
///
/// Where several hold at once the first of them in this order is given; the loop ends all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExitReason {
    /// `iterate` was `false`.
    Iterate,
    /// The cycle made as many requests as a cycle may.
    MaxRequests,
    /// The cycle got more results than a cycle may.
    MaxResults,
    /// `results` was null, missing or empty.
    NoResults,
    /// `results` was equal to the previous request's.
    RepeatedResults,
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iterate => "iterate is false",
            Self::MaxRequests => "the limit of requests is reached",
            Self::MaxResults => "the limit of results is passed",
            Self::NoResults => "there are no results",
            Self::RepeatedResults => "the results repeat the previous request's",
        })
    }
}

/// Why the loop ended, and whether a cap cut it short: as it is stored while `post_poll` is still to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) reason: ExitReason,
    pub(crate) more: bool,
}

const WORDS: [(&str, ExitReason); 5] = [
    ("iterate", ExitReason::Iterate),
    ("max_requests", ExitReason::MaxRequests),
    ("max_results", ExitReason::MaxResults),
    ("no_results", ExitReason::NoResults),
    ("repeated_results", ExitReason::RepeatedResults),
];

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(_, reason)| *reason == self.reason).map_or("iterate", |(word, _)| word);
        write!(f, "{word}{}", if self.more { " more" } else { "" })
    }
}

impl FromStr for Exit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (word, more) = text.strip_suffix(" more").map_or((text, false), |word| (word, true));
        let (_, reason) = WORDS.iter().find(|(known, _)| *known == word).ok_or(())?;
        Ok(Self { reason: *reason, more })
    }
}

/// What a cycle did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report<S = Value> {
    /// The cycle's number: 1 for the first of this intake and workflow.
    pub cycle: u64,
    /// Requests of the cycle, those before an interruption included.
    pub requests: u32,
    /// Records the requests of the cycle gave, those before an interruption included.
    pub records: u64,
    /// Records that an earlier run had left undelivered and that this one delivered first. Some may belong to this
    /// very cycle, if it was interrupted, and are then in [`records`](Self::records) as well.
    pub redelivered: u64,
    /// Records of this run that became dead letters: see [`Runtime::dead_letters`](crate::runtime::Runtime::dead_letters).
    pub dead: u64,
    /// Why the request loop ended.
    pub exit: ExitReason,
    /// Whether data remains at the source: a cap ended the loop and nothing else would have.
    pub more: bool,
    /// Whether this run went on with a cycle that an earlier one had begun.
    pub resumed: bool,
    /// The polling state at the end; `None` if no event has ever written one.
    pub state: Option<S>,
    /// HTTP requests of this run, those of all its events.
    pub http_requests: u32,
    /// Bytes of their responses' bodies.
    pub response_bytes: u64,
    /// How long this run took, its sink included.
    pub duration: Duration,
}

impl<S: Serialize> fmt::Display for Report<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, records, exit, state, .. } = self;
        let state = match state {
            Some(state) => serde_json::to_string(state).map_err(|_| fmt::Error)?,
            None => "{}".to_owned(),
        };
        let (r, s) = (plural(u64::from(*requests)), plural(*records));
        write!(f, "{requests} request{r}, {records} record{s}, stopped because {exit}, state {state}")?;
        if self.more {
            f.write_str(", more is left for the next cycle")?;
        }
        if self.redelivered > 0 {
            write!(f, ", {} left by an earlier run delivered first", self.redelivered)?;
        }
        if self.dead > 0 {
            write!(f, ", {} dead letter{}", self.dead, plural(self.dead))?;
        }
        if self.resumed {
            f.write_str(", resumed")?;
        }
        Ok(())
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_read_back_as_it_was_written() {
        for (_, reason) in WORDS {
            for more in [false, true] {
                let exit = Exit { reason, more };
                assert_eq!(exit.to_string().parse(), Ok(exit));
            }
        }
        assert_eq!("halted".parse::<Exit>(), Err(()));
    }
}
