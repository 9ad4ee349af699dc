//! The lanes of one sink that have something to deliver, in the order of their turns.
//!
//! A bounded number of them is in memory. Any lane that is not is in the store, which is then looked through again.

use super::Standing;
use crate::store::IntakeKey;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tokio::time::Instant;

/// The most lanes of a sink in memory.
const WINDOW: usize = 10_000;
/// Of so many turns, one is that of a lane that was refused, as long as others wait: what fails is not to keep others
/// waiting, nor the other way round.
const SHARE: usize = 4;

/// The lanes of one sink.
#[derive(Debug)]
pub(super) struct Line {
    window: usize,
    lanes: HashMap<IntakeKey, Entry>,
    /// Those whose turn comes, and of them those that were refused last time.
    fresh: VecDeque<IntakeKey>,
    again: VecDeque<IntakeKey>,
    /// Those that wait until a pause is over.
    waiting: BTreeMap<(Instant, u64), IntakeKey>,
    pauses: u64,
    turns: usize,
    working: usize,
    /// Whether there are lanes in the store that are not in memory and could be.
    missed: bool,
    /// When one of those can be that was refused.
    missed_until: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    standing: Option<Standing>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// For its turn, or until a pause is over.
    Waiting,
    Working {
        /// Whether something was appended since it began.
        appended: bool,
    },
}

/// How a lane's turn ended.
pub(super) enum Turn {
    /// It has nothing more.
    Empty,
    /// It has more, perhaps.
    Again(Standing),
    /// It is to wait. How it stands, if that is known.
    Wait(Option<Standing>, Instant),
}

impl Line {
    pub(super) fn new() -> Self {
        Self::of(WINDOW)
    }

    fn of(window: usize) -> Self {
        Self {
            window,
            lanes: HashMap::new(),
            fresh: VecDeque::new(),
            again: VecDeque::new(),
            waiting: BTreeMap::new(),
            pauses: 0,
            turns: 0,
            working: 0,
            missed: false,
            missed_until: None,
        }
    }

    /// Something was appended to a lane.
    pub(super) fn appended(&mut self, key: &IntakeKey) {
        match self.lanes.get_mut(key) {
            Some(Entry { state: State::Working { appended }, .. }) => *appended = true,
            Some(_) => {}
            None => self.found(key.clone(), None, None),
        }
    }

    /// The same, and it is not to wait for the end of a pause.
    pub(super) fn revived(&mut self, key: &IntakeKey) {
        let pause = self.waiting.iter().find(|(_, waiting)| *waiting == key).map(|(pause, _)| *pause);
        match pause.and_then(|pause| self.waiting.remove(&pause)) {
            Some(key) => self.again.push_back(key),
            None => self.appended(key),
        }
    }

    /// A lane is in the store; it is to wait until then.
    pub(super) fn found(&mut self, key: IntakeKey, standing: Option<Standing>, until: Option<Instant>) {
        if self.lanes.contains_key(&key) {
            return;
        }
        if self.lanes.len() >= self.window && !self.evict(until) {
            match until {
                None => self.missed = true,
                Some(until) => self.missed_until(until),
            }
            return;
        }
        if let Some(until) = until {
            self.pauses += 1;
            self.waiting.insert((until, self.pauses), key.clone());
        } else {
            let refused = standing.is_some_and(|standing| standing.is_refused());
            if refused { &mut self.again } else { &mut self.fresh }.push_back(key.clone());
        }
        self.lanes.insert(key, Entry { standing, state: State::Waiting });
    }

    /// Makes room for one that waits until then, by forgetting one that waits for longer.
    fn evict(&mut self, until: Option<Instant>) -> bool {
        let Some((pause, _)) = self.waiting.last_key_value() else { return false };
        let (longest, _) = *pause;
        if until.is_some_and(|until| until >= longest) {
            return false;
        }
        if let Some((_, key)) = self.waiting.pop_last() {
            self.lanes.remove(&key);
        }
        self.missed_until(longest);
        true
    }

    fn missed_until(&mut self, until: Instant) {
        self.missed_until = Some(self.missed_until.map_or(until, |earlier| earlier.min(until)));
    }

    /// Puts those back into the line whose pauses are over.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= now) {
            self.again.push_back(first.remove());
        }
        if self.missed_until.is_some_and(|until| until <= now) {
            self.missed_until = None;
            self.missed = true;
        }
    }

    /// When there is something to wake.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let first = self.waiting.first_key_value().map(|((until, _), _)| *until);
        [first, self.missed_until].into_iter().flatten().min()
    }

    /// The lane whose turn it is, as far as no more than `at_once` are at work, and how it stands, if that is known.
    pub(super) fn take(&mut self, at_once: usize) -> Option<(IntakeKey, Option<Standing>)> {
        if self.working >= at_once.max(1) {
            return None;
        }
        self.turns += 1;
        let refused_first = self.turns.is_multiple_of(SHARE);
        let (first, second) =
            if refused_first { (&mut self.again, &mut self.fresh) } else { (&mut self.fresh, &mut self.again) };
        let key = first.pop_front().or_else(|| second.pop_front())?;
        let entry = self.lanes.get_mut(&key)?;
        entry.state = State::Working { appended: false };
        self.working += 1;
        Some((key, entry.standing))
    }

    /// A lane's turn has ended.
    pub(super) fn ended(&mut self, key: IntakeKey, turn: Turn) {
        let Some(entry) = self.lanes.remove(&key) else { return };
        self.working -= 1;
        let appended = matches!(entry.state, State::Working { appended: true });
        match turn {
            Turn::Empty if appended => self.found(key, Some(Standing::default()), None),
            Turn::Empty => {}
            Turn::Again(standing) => self.found(key, Some(standing), None),
            Turn::Wait(standing, until) => self.found(key, standing, Some(until)),
        }
    }

    /// There may be lanes in the store that nobody told of.
    pub(super) fn missed(&mut self) {
        self.missed = true;
    }

    /// Whether the store is to be looked through: there are others, and there is room for them.
    pub(super) fn wants(&self) -> bool {
        self.missed && self.has_room()
    }

    /// Whether many more fit in; what waits makes room.
    pub(super) fn has_room(&self) -> bool {
        self.lanes.len() - self.waiting.len() <= self.window / 2
    }

    /// The store is about to be looked through.
    pub(super) fn looking(&mut self) {
        self.missed = false;
        self.missed_until = None;
    }

    pub(super) fn is_idle(&self) -> bool {
        self.lanes.is_empty() && !self.missed && self.missed_until.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn key(number: usize) -> IntakeKey {
        IntakeKey { app: "a".into(), intake: "i".into(), workflow: number.to_string() }
    }

    fn take(line: &mut Line) -> Option<String> {
        line.take(usize::MAX).map(|(key, _)| key.workflow)
    }

    fn refused() -> Standing {
        Standing::from(&crate::store::OutboxLane {
            number: 1,
            key: key(0),
            attempts: 1,
            since: None,
            next: None,
            reason: None,
        })
    }

    #[test]
    fn each_lane_has_its_turn_once_at_a_time() {
        let mut line = Line::of(10);
        for number in [1, 2, 1, 3, 2] {
            line.appended(&key(number));
        }
        assert_eq!([take(&mut line), take(&mut line)].map(Option::unwrap), ["1", "2"]);
        assert!(line.take(2).is_none(), "two at once");
        line.appended(&key(1));
        line.ended(key(1), Turn::Empty);
        line.ended(key(2), Turn::Again(Standing::default()));
        assert_eq!([(); 3].map(|()| take(&mut line).unwrap()), ["3", "1", "2"]);
        for number in 1..=3 {
            assert!(!line.is_idle());
            line.ended(key(number), Turn::Empty);
        }
        assert!(take(&mut line).is_none() && line.is_idle());
    }

    #[test]
    fn refused_lanes_neither_starve_others_nor_starve() {
        let mut line = Line::of(100);
        (0..40).for_each(|number| line.found(key(number), Some(refused()), None));
        (40..80).for_each(|number| line.appended(&key(number)));
        let turns: Vec<usize> = (0..40).map(|_| take(&mut line).unwrap().parse().unwrap()).collect();
        assert_eq!(turns.iter().filter(|number| **number < 40).count(), 10);
        assert_eq!((0..40).map(|_| take(&mut line).unwrap()).count(), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_are_kept_and_what_waits_longest_makes_room() {
        let now = Instant::now();
        let at = |seconds| Some(now + Duration::from_secs(seconds));
        let mut line = Line::of(3);
        for (number, seconds) in [(1, 30), (2, 10), (3, 20)] {
            line.found(key(number), Some(refused()), at(seconds));
        }
        assert_eq!((take(&mut line), line.next_wake()), (None, at(10)));
        line.revived(&key(1));
        assert_eq!(take(&mut line).unwrap(), "1");
        line.ended(key(1), Turn::Wait(Some(refused()), at(30).unwrap()));
        // 1 waits longest: it is left to the store, as is what waits longer still.
        line.appended(&key(4));
        line.found(key(5), Some(refused()), at(40));
        assert_eq!(take(&mut line).unwrap(), "4");
        line.wake(at(25).unwrap());
        assert_eq!([take(&mut line), take(&mut line)].map(Option::unwrap), ["2", "3"]);
        line.wake(at(30).unwrap());
        for number in [2, 3, 4] {
            assert_eq!(line.wants(), number == 4, "not before half of it is free");
            line.ended(key(number), Turn::Empty);
        }
        assert!(line.wants() && !line.is_idle());
    }

    #[test]
    fn what_does_not_fit_is_looked_for_again_once_there_is_room() {
        let mut line = Line::of(2);
        (1..=3).for_each(|number| line.appended(&key(number)));
        assert_eq!([take(&mut line), take(&mut line), take(&mut line)], [Some("1".into()), Some("2".into()), None]);
        assert!(!line.wants() && !line.is_idle());
        line.ended(key(1), Turn::Empty);
        assert!(line.wants());
        line.looking();
        line.found(key(3), None, None);
        assert_eq!((take(&mut line).unwrap().as_str(), line.wants()), ("3", false));
    }
}
