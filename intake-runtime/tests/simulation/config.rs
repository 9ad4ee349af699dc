//! What differs from seed to seed, so that each looks elsewhere: how much there is of everything, the program's settings,
//! and which faults there are, how often.

use crate::random::Rng;
use intake_runtime::schedule::Limits;
use intake_runtime::sink::Policy;
use std::collections::BTreeMap;
use std::time::Duration;

/// The kinds of faults, each with the most chances in a thousand that it is given where it can happen.
pub(crate) const FAULTS: [(&str, u32); 40] = [
    ("http: connection refused", 150),
    ("http: reset before the request", 150),
    ("http: reset after the request", 150),
    ("http: no answer, not arrived", 60),
    ("http: no answer, arrived", 60),
    ("http: 429", 150),
    ("http: 429 with retry-after", 150),
    ("http: 500", 150),
    ("http: a burst of 500", 20),
    ("http: slow", 60),
    ("http: truncated JSON", 100),
    ("http: malformed JSON", 100),
    ("http: too long", 60),
    ("store: a read fails", 20),
    ("store: a commit fails", 60),
    ("store: a commit fails in its answer", 60),
    ("store: slow", 20),
    ("sink: fails", 300),
    ("sink: asks for a pause", 150),
    ("sink: fails halfway", 150),
    ("sink: refuses a record", 60),
    ("sink: refuses a batch for a record", 60),
    ("sink: hangs", 60),
    ("sink: panics", 60),
    ("sink: slow", 150),
    ("connections: none", 150),
    ("connections: no answer", 40),
    ("webhook: repeated", 300),
    ("webhook: late", 300),
    ("webhook: the caller hangs up", 150),
    ("webhook: a slow body", 100),
    ("webhook: a body cut off", 100),
    ("webhook: no JSON", 100),
    ("webhook: no such resource", 100),
    ("process: crash at an await", 900),
    ("process: crash at a moment", 900),
    ("process: stopped", 300),
    ("process: long away", 200),
    ("clock: set ahead", 250),
    ("clock: set back", 250),
];

#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) workflows: u64,
    pub(crate) connections: u64,
    /// How long there are faults.
    pub(crate) chaos: Duration,
    pub(crate) every: Duration,
    /// The most items of a page.
    pub(crate) page: u64,
    pub(crate) limits: Limits,
    pub(crate) policy: Policy,
    pub(crate) max_requests: u32,
    pub(crate) max_results: u64,
    pub(crate) per_host: usize,
    rates: BTreeMap<&'static str, u32>,
    /// The pause between what is done from outside, at most, in milliseconds.
    pub(crate) bustle: u64,
}

impl Config {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let seconds = Duration::from_secs;
        let mut limits = Limits::default();
        limits.at_once = of(rng, &[1, 3, 512]);
        limits.per_app = of(rng, &[1, 4, 256]);
        limits.per_connection = of(rng, &[1, 2, 4]);
        limits.window = of(rng, &[1, 4, 16, 4096]);
        limits.slow_start = seconds(of(rng, &[0, 30]));
        limits.first_pause = seconds(of(rng, &[1, 5, 15]));
        limits.longest_pause = seconds(of(rng, &[10, 60, 300, 3600]));
        limits.failures = of(rng, &[2, 4, 10]);
        let mut policy = Policy::default();
        policy.batch_records = of(rng, &[1, 2, 5, 500]);
        policy.batch_bytes = of(rng, &[1, 100, 4 << 20]);
        policy.at_once = of(rng, &[1, 2, 64]);
        policy.timeout = seconds(of(rng, &[5, 60, 300]));
        policy.first_pause = Duration::from_millis(of(rng, &[100, 500, 5000]));
        policy.longest_pause = seconds(of(rng, &[5, 60]));
        policy.attempts = of(rng, &[None, None, Some(3), Some(12)]);
        policy.age = of(rng, &[None, Some(seconds(120)), Some(seconds(24 * 3600))]);
        // Some seeds have few kinds of faults, some many.
        let share = of(rng, &[150, 500, 850]);
        let intensity = rng.within(10, 100);
        let mut rates = BTreeMap::new();
        for (kind, most) in FAULTS {
            if rng.chance(share) {
                let part = if kind.starts_with("process") { 100 } else { intensity };
                let rate = u64::from(most) * rng.within(10, 100) / 100 * part / 100;
                rates.insert(kind, u32::try_from(rate).unwrap_or(most).max(2));
            }
        }
        Self {
            workflows: rng.within(1, 5),
            connections: rng.within(1, 3),
            chaos: seconds(rng.within(60, 600)),
            every: seconds(of(rng, &[1, 5, 20, 60])),
            page: rng.within(1, 4),
            limits,
            policy,
            max_requests: of(rng, &[1, 3, 100]),
            max_results: of(rng, &[1, 5, 1000]),
            per_host: of(rng, &[1, 4, 32]),
            rates,
            bustle: of(rng, &[1_000, 4_000, 20_000]),
        }
    }

    /// Chances in a thousand.
    pub(crate) fn rate(&self, kind: &'static str) -> u32 {
        self.rates.get(kind).copied().unwrap_or(0)
    }

    /// How long a job can take from when it has looked whether it may run to when it begins.
    pub(crate) fn tardiness(&self) -> Duration {
        let hangs = if self.rate("connections: no answer") > 0 { 125 } else { 1 };
        let slow = if self.rate("store: slow") > 0 { 60 } else { 0 };
        Duration::from_secs(hangs + slow)
    }
}

fn of<T: Clone>(rng: &mut Rng, values: &[T]) -> T {
    rng.pick(values).expect("there is one")
}
