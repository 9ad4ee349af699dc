//! How much a sink is offered at once, and what becomes of what it refuses.

use crate::random::Random;
use std::time::Duration;

/// How often a record is refused at least before it is too old: an intake that is polled once a day refuses seldom.
const LEAST_ATTEMPTS: u32 = 10;
/// The most that counts of what a sink asks for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How much sinks are offered at once, and what becomes of what they refuse.
///
/// ```
/// # use intake_runtime::sink::Policy;
/// let mut policy = Policy::default();
/// policy.attempts = Some(20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The most records of a batch: 500. 0 counts as 1.
    pub batch_records: usize,
    /// The most bytes of a batch's records: 4 MiB. A record that is larger is a batch of its own.
    pub batch_bytes: usize,
    /// The most batches that one sink has in hand at once: 64, each of another workflow. 0 counts as 1.
    pub at_once: usize,
    /// How long the sink of a drain or of a receiver may take for a batch: 5 minutes. Then it has failed, and its future
    /// is dropped. A [`poll`](crate::runtime::Runtime::poll) waits for as long as its caller does.
    pub timeout: Duration,
    /// The longest pause after the first refusal: 0.5 s. It doubles with each further one, and a random part of it is
    /// waited.
    pub first_pause: Duration,
    /// The longest pause after any refusal: 60 s.
    pub longest_pause: Duration,
    /// How often in a row a record may be refused before it becomes a dead letter. No limit unless set.
    pub attempts: Option<u32>,
    /// For how long a record may be refused, 10 times at least, before it becomes a dead letter: a day. `None`: for ever;
    /// those behind it wait.
    pub age: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            batch_records: 500,
            batch_bytes: 4 << 20,
            at_once: 64,
            timeout: Duration::from_secs(300),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            attempts: None,
            age: Some(Duration::from_secs(24 * 3600)),
        }
    }
}

impl Policy {
    /// How long is waited after so many refusals in a row: a random part of what that may be ("full jitter", which
    /// spreads those that were refused together), and no less than the sink asked for.
    pub(crate) fn pause(&self, attempts: u32, asked: Duration, random: &Random) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1).min(20));
        let most = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        most.mul_f64(random.fraction()).max(asked.min(LONGEST_ASKED))
    }

    /// No pause is longer.
    pub(crate) fn longest(&self) -> Duration {
        self.longest_pause.max(LONGEST_ASKED)
    }

    /// Whether a record is given up that was refused so often, over so long.
    pub(crate) fn gives_up(&self, attempts: u32, over: Duration) -> bool {
        let too_old = attempts >= LEAST_ATTEMPTS && self.age.is_some_and(|most| over >= most);
        too_old || self.attempts.is_some_and(|most| attempts >= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_are_spread() {
        let (policy, random) = (Policy::default(), Random::default());
        for (attempts, longest) in [(1, 500), (2, 1000), (7, 32_000), (8, 60_000), (u32::MAX, 60_000)] {
            let pauses: Vec<_> =
                (0..500).map(|_| policy.pause(attempts, Duration::ZERO, &random).as_millis()).collect();
            let (least, most) = (*pauses.iter().min().unwrap(), *pauses.iter().max().unwrap());
            assert!(least < longest / 10 && most > longest * 9 / 10 && most <= longest, "{attempts}: {least} {most}");
        }
        let asked = |seconds| policy.pause(1, Duration::from_secs(seconds), &random).as_secs();
        assert_eq!((asked(20), asked(1_000_000)), (20, 3600));
    }

    #[test]
    fn a_limit_is_one_of_either() {
        let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(24 * 3600));
        let mut policy = Policy::default();
        assert!(!policy.gives_up(u32::MAX, hour) && policy.gives_up(10, day) && !policy.gives_up(9, day * 9));
        policy.attempts = Some(3);
        assert!(!policy.gives_up(2, hour) && policy.gives_up(3, hour) && !policy.gives_up(2, day));
        policy = Policy { age: None, attempts: None, ..policy };
        assert!(!policy.gives_up(u32::MAX, day));
    }
}
