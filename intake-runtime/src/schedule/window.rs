//! The due tasks in memory: a bounded number of them, queued by app and connection, taken in turns.

use super::Limits;
use crate::clock::Timestamp;
use crate::store::DueTask;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Due tasks that wait for their turn, and who is at work.
pub(super) struct Window {
    limits: Limits,
    /// In order, as of equals one is picked.
    apps: BTreeMap<String, App>,
    /// The apps that have something to start, in the order of their turns.
    turns: VecDeque<String>,
    /// The tasks that wait or run, and whether they run.
    known: HashMap<i64, (Timestamp, bool)>,
    /// Tasks that became due anew while they ran, and were passed over.
    again: HashSet<i64>,
    queued: usize,
    running: usize,
    /// Apps and connections that had no room for a task, which is still only in the store.
    crowded: HashSet<(String, Option<String>)>,
}

#[derive(Default)]
struct App {
    connections: BTreeMap<String, Connection>,
    /// The connections that have something to start, in the order of their turns.
    turns: VecDeque<String>,
    queued: usize,
    running: usize,
    has_turn: bool,
}

#[derive(Default)]
struct Connection {
    queue: VecDeque<DueTask>,
    running: usize,
    has_turn: bool,
}

/// What became of a task that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Taken,
    /// It waits or runs already.
    Known,
    /// Its app or connection has its share of the window already.
    Crowded,
    /// The window is full.
    Full,
}

impl Window {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            apps: BTreeMap::new(),
            turns: VecDeque::new(),
            known: HashMap::new(),
            again: HashSet::new(),
            queued: 0,
            running: 0,
            crowded: HashSet::new(),
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// The numbers of the tasks at work.
    pub(super) fn at_work(&self) -> impl Iterator<Item = i64> {
        self.known.iter().filter(|(_, (_, runs))| *runs).map(|(number, _)| *number)
    }

    /// Whether a task could be started, if there were room to run it.
    pub(super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Whether tasks were passed over that would now be taken.
    pub(super) fn missed_some(&self) -> bool {
        self.crowded.iter().any(|(app, connection)| self.load(app, connection.as_deref()) * 2 <= self.share(connection))
    }

    /// Forgets what was passed over: the store is about to be looked through from the start.
    pub(super) fn restart(&mut self) {
        self.crowded.clear();
    }

    fn share(&self, connection: &Option<String>) -> usize {
        // A part only, so that a crowd leaves room for others.
        let parts = if connection.is_some() { 16 } else { 4 };
        (self.limits.window / parts).max(1)
    }

    fn load(&self, app: &str, connection: Option<&str>) -> usize {
        let Some(app) = self.apps.get(app) else { return 0 };
        match connection {
            None => app.queued,
            Some(connection) => app.connections.get(connection).map_or(0, |connection| connection.queue.len()),
        }
    }

    /// Takes a task if there is room for it. One that could be started at once gets the place of one that cannot be.
    pub(super) fn offer(&mut self, task: DueTask) -> Offer {
        if let Some((at, runs)) = self.known.get(&task.place.number) {
            if *runs && *at != task.place.at {
                self.again.insert(task.place.number);
            }
            return Offer::Known;
        }
        let (name, connection) = (task.key.app.clone(), task.connection.clone());
        let urgent = self.could_start(&name, &connection);
        let shared = Some(connection.clone());
        if self.load(&name, Some(&connection)) >= self.share(&shared) {
            self.crowded.insert((name, shared));
            return Offer::Crowded;
        }
        if self.load(&name, None) >= self.share(&None) && !(urgent && self.evict_from(&name)) {
            self.crowded.insert((name, None));
            return Offer::Crowded;
        }
        if self.queued >= self.limits.window && !(urgent && self.evict()) {
            self.crowded.insert((name, None));
            return Offer::Full;
        }
        self.known.insert(task.place.number, (task.place.at, false));
        self.queued += 1;
        let app = self.apps.entry(name.clone()).or_default();
        app.queued += 1;
        app.connections.entry(connection.clone()).or_default().queue.push_back(task);
        self.give_turn(&name, &connection);
        Offer::Taken
    }

    /// Whether a task of this connection could be started at once.
    fn could_start(&self, name: &str, connection: &str) -> bool {
        let Some(app) = self.apps.get(name) else { return true };
        let free =
            |connection: &Connection| connection.queue.is_empty() && connection.running < self.limits.per_connection;
        app.running < self.limits.per_app && app.connections.get(connection).is_none_or(free)
    }

    /// Gives up a task of the app that has the most; whether there was one to give up.
    fn evict(&mut self) -> bool {
        let most = self.apps.iter().max_by_key(|(_, app)| app.queued).map(|(name, _)| name.clone());
        most.is_some_and(|name| self.evict_from(&name))
    }

    /// Gives up the last task of the app's connection that has the most. It stays in the store.
    fn evict_from(&mut self, name: &str) -> bool {
        let Some(app) = self.apps.get_mut(name) else { return false };
        let most = app.connections.iter_mut().max_by_key(|(_, connection)| connection.queue.len());
        let Some((connection_name, connection)) = most else { return false };
        let held = app.running >= self.limits.per_app || connection.running >= self.limits.per_connection;
        if connection.queue.len() < 2 && !held {
            return false;
        }
        let Some(task) = connection.queue.pop_back() else { return false };
        self.crowded.insert((name.to_owned(), Some(connection_name.clone())));
        self.known.remove(&task.place.number);
        self.queued -= 1;
        app.queued -= 1;
        true
    }

    /// The next task to start: the apps take turns, and within an app its connections.
    pub(super) fn start(&mut self) -> Option<DueTask> {
        loop {
            let name = self.turns.pop_front()?;
            let Some(app) = self.apps.get_mut(&name) else { continue };
            app.has_turn = false;
            let Some(connection_name) = app.turns.pop_front() else { continue };
            let Some(connection) = app.connections.get_mut(&connection_name) else { continue };
            connection.has_turn = false;
            if let Some(task) = connection.queue.pop_front() {
                self.known.insert(task.place.number, (task.place.at, true));
                connection.running += 1;
                app.queued -= 1;
                app.running += 1;
                self.queued -= 1;
                self.running += 1;
                self.give_turn(&name, &connection_name);
                return Some(task);
            }
            // Its tasks were given up meanwhile.
            self.tidy(&name, &connection_name);
        }
    }

    /// A task that was started has ended; whether it became due anew meanwhile and was passed over.
    pub(super) fn ended(&mut self, task: &DueTask) -> bool {
        let again = self.again.remove(&task.place.number);
        self.known.remove(&task.place.number);
        self.running -= 1;
        let (name, connection_name) = (&task.key.app, &task.connection);
        let Some(app) = self.apps.get_mut(name) else { return again };
        app.running -= 1;
        if let Some(connection) = app.connections.get_mut(connection_name) {
            connection.running -= 1;
        }
        self.tidy(name, connection_name);
        again
    }

    /// Forgets what has nothing more to do, and lets the others have their turns.
    fn tidy(&mut self, name: &str, connection_name: &str) {
        let Some(app) = self.apps.get_mut(name) else { return };
        let idle =
            |connection: &Connection| connection.running == 0 && connection.queue.is_empty() && !connection.has_turn;
        if app.connections.get(connection_name).is_some_and(idle) {
            app.connections.remove(connection_name);
        }
        if app.connections.is_empty() && !app.has_turn {
            self.apps.remove(name);
            return;
        }
        self.give_turn(name, connection_name);
    }

    /// Lines a connection and its app up where they have something to start and may.
    fn give_turn(&mut self, name: &str, connection_name: &str) {
        let Some(app) = self.apps.get_mut(name) else { return };
        if let Some(connection) = app.connections.get_mut(connection_name) {
            let may = !connection.queue.is_empty() && connection.running < self.limits.per_connection;
            if may && !connection.has_turn {
                connection.has_turn = true;
                app.turns.push_back(connection_name.to_owned());
            }
        }
        let may = !app.turns.is_empty() && app.running < self.limits.per_app;
        if may && !app.has_turn {
            app.has_turn = true;
            self.turns.push_back(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{IntakeKey, Job, Place, TaskMode};

    fn task(number: i64, app: &str, connection: &str) -> DueTask {
        let key = IntakeKey { app: app.to_owned(), intake: "i".to_owned(), workflow: number.to_string() };
        let place = Place { at: Timestamp(number), number };
        DueTask { place, key, connection: connection.to_owned(), job: Job::Cycle, mode: TaskMode::Once }
    }

    fn window(at_once: usize, per_app: usize, per_connection: usize, window: usize) -> Window {
        Window::new(Limits { at_once, per_app, per_connection, window, ..Limits::default() })
    }

    fn started(window: &mut Window) -> Vec<i64> {
        std::iter::from_fn(|| window.start()).map(|task| task.place.number).collect()
    }

    #[test]
    fn apps_and_connections_take_turns() {
        let mut window = window(9, 9, 9, 64);
        for number in 0..4 {
            assert_eq!(window.offer(task(number, "a", "x")), Offer::Taken);
        }
        for (number, app, connection) in [(4, "a", "y"), (5, "a", "y"), (6, "b", "z"), (7, "b", "z")] {
            assert_eq!(window.offer(task(number, app, connection)), Offer::Taken);
        }
        assert_eq!(started(&mut window), [0, 6, 4, 7, 1, 5, 2, 3]);
    }

    #[test]
    fn no_more_run_than_may() {
        let mut window = window(9, 3, 2, 64);
        for number in 0..8 {
            window.offer(task(number, "a", if number < 4 { "x" } else { "y" }));
        }
        assert_eq!(started(&mut window), [0, 4, 1]);
        window.ended(&task(4, "a", "y"));
        assert_eq!(started(&mut window), [5]);
        window.ended(&task(0, "a", "x"));
        window.ended(&task(1, "a", "x"));
        assert_eq!(started(&mut window).len(), 2);
        assert_eq!((window.running(), window.queued()), (3, 2));
    }

    #[test]
    fn a_task_is_known_until_it_has_ended() {
        let mut window = window(9, 9, 9, 64);
        assert_eq!(window.offer(task(1, "a", "x")), Offer::Taken);
        assert_eq!(window.offer(task(1, "a", "x")), Offer::Known);
        assert_eq!(started(&mut window), [1]);
        assert_eq!(window.offer(task(1, "a", "x")), Offer::Known);
        assert!(!window.ended(&task(1, "a", "x")));
        assert_eq!(window.offer(task(1, "a", "x")), Offer::Taken);
        // Due anew while it runs: that is remembered until it has ended.
        assert_eq!(started(&mut window), [1]);
        let again = DueTask { place: Place { at: Timestamp(99), number: 1 }, ..task(1, "a", "x") };
        assert_eq!(window.offer(again), Offer::Known);
        assert!(window.ended(&task(1, "a", "x")));
    }

    #[test]
    fn a_crowd_leaves_room_and_is_remembered() {
        let mut window = window(9, 9, 9, 32);
        let offers: Vec<_> = (0..5).map(|number| window.offer(task(number, "a", "x"))).collect();
        assert_eq!(offers[..2], [Offer::Taken; 2]);
        assert_eq!(offers[2..], [Offer::Crowded; 3]);
        assert!(!window.missed_some());
        for number in 10..40 {
            window.offer(task(number, "a", &number.to_string()));
        }
        assert_eq!(window.queued(), 8, "a quarter of the window for one app");
        assert_eq!(window.offer(task(50, "b", "x")), Offer::Taken);
        window.start();
        window.start();
        window.start();
        assert!(window.missed_some());
        window.restart();
        assert!(!window.missed_some());
        for number in 100.. {
            // The most that an app with one task of one connection can do for others is nothing.
            if window.offer(task(number, &number.to_string(), "x")) == Offer::Full {
                break;
            }
        }
        assert_eq!(window.queued(), 32);
    }

    #[test]
    fn what_can_start_gets_the_place_of_what_cannot() {
        let mut window = window(9, 2, 1, 32);
        // Four apps fill the window and run as much as they may.
        for number in 0..200 {
            window.offer(task(number, &(number % 4).to_string(), &(number % 40).to_string()));
        }
        assert_eq!((started(&mut window).len(), window.has_turns()), (8, false));
        for number in 200..400 {
            window.offer(task(number, &(number % 4).to_string(), &(number % 40).to_string()));
        }
        assert_eq!(window.queued(), 32);
        assert_eq!(window.offer(task(500, "1", "999")), Offer::Crowded, "its app may not run more");
        assert_eq!(window.offer(task(501, "late", "x")), Offer::Taken);
        assert_eq!(window.offer(task(502, "late", "y")), Offer::Taken);
        assert_eq!((window.queued(), started(&mut window)), (32, vec![501, 502]));
        // Within an app as well.
        let mut window = self::window(9, 4, 1, 32);
        for number in 0..20 {
            window.offer(task(number, "a", &(number % 4 / 2).to_string()));
        }
        assert_eq!((started(&mut window).len(), window.has_turns()), (2, false));
        for number in 20..60 {
            window.offer(task(number, "a", &(number % 8).to_string()));
        }
        assert_eq!(started(&mut window).len(), 2);
    }

    #[test]
    fn nothing_is_left_behind() {
        let mut window = window(9, 9, 9, 64);
        for round in 0..100 {
            window.offer(task(round, &(round % 7).to_string(), &round.to_string()));
            if let Some(task) = window.start() {
                window.ended(&task);
            }
        }
        assert!(window.apps.is_empty() && window.turns.is_empty() && window.known.is_empty());
    }
}
