//! When a task runs next.

use super::Limits;
use crate::clock::{Timestamp, millis};
use std::time::Duration;

/// The pause before a cycle goes on that a cap has cut short.
const SOON: Duration = Duration::from_secs(1);
/// No retry comes sooner.
const LEAST: Duration = Duration::from_secs(1);

/// The first time of a recurring task: anywhere in its interval, so that those put together do not run together.
pub(crate) fn first(now: Timestamp, every: Duration, task: &str) -> Timestamp {
    let seed = task
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    now.after(part(every, seed ^ now.0.cast_unsigned()))
}

/// The next time of a recurring task that was due at `at` and has ended now. It keeps its rhythm; after missed cycles,
/// which are not made up for, it gets a new one: what was held up together does not stay together.
pub(crate) fn next(at: Timestamp, now: Timestamp, every: Duration, more: bool, number: i64) -> Timestamp {
    if more {
        return soon(now);
    }
    let next = at.after(every);
    if next > now && next <= now.after(every) {
        return next;
    }
    let half = every / 2;
    now.after(half + part(half, seed(number, now)))
}

/// When a cycle goes on that a cap has cut short.
pub(crate) fn soon(now: Timestamp) -> Timestamp {
    now.after(SOON)
}

/// When a task is tried again that has failed so often in a row: after a random part of a pause that doubles each time.
pub(crate) fn retry(limits: &Limits, now: Timestamp, failures: u32, number: i64) -> Timestamp {
    let factor = 2_u32.saturating_pow(failures.saturating_sub(1).min(20));
    let most = limits.first_pause.saturating_mul(factor).min(limits.longest_pause);
    now.after(part(most, seed(number, now)).max(LEAST))
}

fn seed(number: i64, now: Timestamp) -> u64 {
    number.cast_unsigned().rotate_left(32) ^ now.0.cast_unsigned()
}

/// A random part of a duration. Chance enough to spread, and the same for the same seed, so that a run can be repeated.
fn part(duration: Duration, seed: u64) -> Duration {
    // splitmix64
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let whole = u128::from(millis(duration).unsigned_abs());
    Duration::from_millis(u64::try_from((u128::from(bits) * whole) >> 64).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn first_times_are_spread_over_the_interval() {
        let mut tenths = [0; 10];
        for number in 0..1000 {
            let at = first(NOW, MINUTE, &format!("workflow-{number}"));
            tenths[usize::try_from((at.0 - NOW.0) / 6000).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|count| (60..140).contains(count)), "{tenths:?}");
    }

    #[test]
    fn a_task_keeps_its_rhythm_and_makes_up_for_nothing() {
        let at = NOW.before(Duration::from_secs(10));
        assert_eq!(next(at, NOW, MINUTE, false, 1), at.after(MINUTE));
        assert_eq!(next(at, NOW, MINUTE, true, 1), NOW.after(Duration::from_secs(1)));
        // Late by more than an interval, or not due at all: the clock was set.
        for at in [NOW.before(MINUTE * 5), NOW.before(MINUTE), NOW.after(MINUTE), Timestamp::MAX] {
            let mut times: Vec<_> = (0..100).map(|number| next(at, NOW, MINUTE, false, number)).collect();
            assert!(times.iter().all(|time| (30..=60).contains(&time.since(NOW).as_secs())), "{times:?}");
            times.sort();
            times.dedup();
            assert!(times.len() > 90, "they part");
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let endless = Limits { first_pause: Duration::MAX, longest_pause: Duration::MAX, ..Limits::default() };
        assert!(retry(&endless, NOW, 9, 1) > NOW);
        let limits = Limits::default();
        let longest = |failures| {
            let pauses = (0..500).map(|number| retry(&limits, NOW, failures, number).since(NOW));
            let (least, most) = (pauses.clone().min().unwrap(), pauses.max().unwrap());
            assert!(least >= LEAST && least < most / 8, "{least:?} {most:?}");
            most
        };
        for (failures, pause) in [(1, 15), (2, 30), (4, 120), (9, 3600), (1000, 3600)] {
            let pause = Duration::from_secs(pause);
            assert!(longest(failures) <= pause && longest(failures) > pause * 9 / 10, "{failures}");
        }
    }
}
