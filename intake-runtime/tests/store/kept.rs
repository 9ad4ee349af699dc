//! The suite's part on what waits and what could not go on: lanes and dead letters, deliveries, intents, lists.

use super::conformance::on_every_store;
use super::*;
use intake_runtime::store::{Counts, OutboxEntry, OutboxLane};

on_every_store! {
    a_survey_shows_what_belongs_together
    no_page_is_larger_than_memory_bears
    numbers_of_records_are_never_used_again
    a_refused_lane_says_so_until_it_moves_on
    lanes_come_in_pages
    a_dead_letter_is_out_of_the_line_until_it_is_revived
    a_record_can_be_dropped
    parts_of_a_long_page_come_and_go
    a_repeated_delivery_is_counted_and_not_stored
    the_window_of_repetitions_is_bounded
    a_delivery_is_kept_with_all_that_is_known_of_it
    an_intent_is_there_until_it_is_done
    everything_is_listed_in_pages
    everything_is_counted
}

async fn numbers(store: &dyn Store, dead: bool) -> Vec<i64> {
    let entries = store.outbox_entries(dead, 0, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.number).collect()
}

async fn lanes(store: &dyn Store) -> Vec<OutboxLane> {
    store.lanes(0, 100).await.unwrap()
}

fn dead(reason: &str) -> Dead {
    Dead { reason: reason.into(), since: Timestamp(99) }
}

fn bury(workflow: &str, numbers: &[usize]) -> Write {
    let records = numbers.iter().map(|number| record(*number).key).collect();
    Write::Bury { key: key(workflow), records, dead: dead("refused") }
}

fn refused(workflow: &str, attempts: u32) -> Write {
    let (since, next) = (Timestamp(3), Timestamp(5));
    Write::Refused { key: key(workflow), attempts, since, next, reason: "the sink failed".into() }
}

fn put_hook(token: &str) -> Write {
    Write::PutHook(hook(token, "hooked", owner(Scope::Connection, token)))
}

async fn numbers_of_records_are_never_used_again(store: &dyn Store) {
    commit(store, [append("w", [1, 2, 1]), append("v", [1])]).await;
    assert_eq!(numbers(store, false).await, [1, 2, 3]);
    let all = vec![record(1).key, record(2).key];
    for workflow in ["w", "v"] {
        commit(store, [Write::Acknowledge { key: key(workflow), records: all.clone() }]).await;
    }
    // What fails takes none either.
    store.commit(vec![append("w", [7]), deliver("missing", "1")]).await.unwrap_err();
    commit(store, [append("w", [1]), append("w", [1])]).await;
    commit(store, [append("w", [2])]).await;
    assert_eq!(numbers(store, false).await, [4, 5]);
}

async fn a_refused_lane_says_so_until_it_moves_on(store: &dyn Store) {
    commit(store, [refused("w", 1)]).await;
    assert_eq!((lanes(store).await, store.lane(&key("w")).await.unwrap()), (vec![], None));
    commit(store, [append("w", [1, 2, 3]), append("v", [1])]).await;
    let fresh = lanes(store).await;
    assert_eq!(fresh.iter().map(|lane| &lane.key).collect::<Vec<_>>(), [&key("w"), &key("v")]);
    assert!(fresh.iter().all(|lane| lane.attempts == 0 && lane.next.is_none() && lane.reason.is_none()));
    for attempts in [1, 2] {
        commit(store, [refused("w", attempts)]).await;
        let lane = lanes(store).await.remove(0);
        assert_eq!(
            (lane.attempts, lane.since, lane.next, lane.reason.as_deref()),
            (attempts, Some(Timestamp(3)), Some(Timestamp(5)), Some("the sink failed"))
        );
        assert_eq!(store.lane(&key("w")).await.unwrap(), Some(lane));
    }
    assert_eq!(lanes(store).await[1], fresh[1]);
    let entry = store.outbox_entries(false, 0, 1).await.unwrap().remove(0).number;
    for moving in [
        Write::Acknowledge { key: key("w"), records: vec![record(1).key] },
        bury("w", &[2]),
        Write::DropRecord { record: entry + 2 },
    ] {
        commit(store, [refused("w", 3)]).await;
        commit(store, [append("w", [9])]).await;
        assert_eq!(lanes(store).await[0].attempts, 3, "what comes later changes nothing");
        commit(store, [moving]).await;
        assert_eq!(lanes(store).await[0], fresh[0]);
    }
}

async fn lanes_come_in_pages(store: &dyn Store) {
    for number in 0..7 {
        commit(store, [append(&format!("w{}", 6 - number), [number])]).await;
    }
    let all = lanes(store).await;
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted_by(|one, next| one.number < next.number));
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let page = store.lanes(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.number;
        found.extend(page);
    }
    assert_eq!(found, all);
    // A lane of nothing but dead letters has nothing in line.
    commit(store, [bury("w6", &[0])]).await;
    assert_eq!(lanes(store).await, all[1..]);
    assert_eq!(store.outbox_owners("app", "import").await.unwrap().len(), 6);
}

async fn a_dead_letter_is_out_of_the_line_until_it_is_revived(store: &dyn Store) {
    commit(store, [append("w", [1, 2, 3]), append("v", [2])]).await;
    commit(store, [bury("w", &[2, 8]), bury("nobody", &[1])]).await;
    assert_eq!(outbox(store, "w").await, ["key 1", "key 3"]);
    assert_eq!(outbox(store, "v").await, ["key 2"]);
    let buried = store.outbox_entries(true, 0, 10).await.unwrap().remove(0);
    let OutboxRecord { key: record_key, payload } = record(2);
    let expected = OutboxEntry { number: 2, owner: key("w"), key: record_key, payload, dead: Some(dead("refused")) };
    assert_eq!(buried, expected);
    assert_eq!(store.outbox_entry(2).await.unwrap(), Some(expected));
    // It is known, so it does not come again; and burying it twice leaves the first reason.
    let again = Write::Bury { key: key("w"), records: vec![record(2).key], dead: dead("other") };
    commit(store, [append("w", [2]), again]).await;
    assert_eq!(store.outbox_entry(2).await.unwrap().unwrap().dead.unwrap().reason, "refused");
    assert_eq!(outbox(store, "w").await, ["key 1", "key 3"]);
    commit(store, [Write::Revive { record: 2 }, Write::Revive { record: 1 }, Write::Revive { record: 77 }]).await;
    assert_eq!(outbox(store, "w").await, ["key 1", "key 2", "key 3"], "in its old place");
    assert_eq!(numbers(store, true).await, <[i64; 0]>::default());
}

async fn a_record_can_be_dropped(store: &dyn Store) {
    commit(store, [append("w", [1, 2, 3]), bury("w", &[2])]).await;
    commit(store, [1, 2, 50].map(|record| Write::DropRecord { record })).await;
    assert_eq!(outbox(store, "w").await, ["key 3"]);
    assert_eq!(store.outbox_entry(2).await.unwrap(), None);
    assert_eq!(numbers(store, true).await, <[i64; 0]>::default());
}

fn repeated(token: &str, payload: &str, key: u8, since: i64, at: i64) -> Write {
    let dedupe = Some(Dedupe { key: [key; 16], since: Timestamp(since) });
    let payload = payload.to_owned().into();
    Write::Deliver(Arrival { token: token.into(), payload, headers: None, dedupe, at: Timestamp(at) })
}

/// Many records at once, in line or dead, taken out in parts of every size, and some put again.
async fn parts_of_a_long_page_come_and_go(store: &dyn Store) {
    commit(store, [append("w", 0..1_000), append("v", [7])]).await;
    let (mut line, mut dead): (Vec<usize>, Vec<usize>) = ((0..1_000).collect(), Vec::new());
    let keys = |numbers: &[usize]| numbers.iter().map(|number| record(*number).key).collect();
    let mut last = 1_001;
    for (round, (from, count)) in
        [(0, 1), (1, 300), (499, 2), (600, 1), (350, 3), (249, 251), (700, 250), (990, 20), (601, 60)]
            .into_iter()
            .enumerate()
    {
        let part: Vec<usize> = (from..from + count).filter(|number| number % 50 != 49).collect();
        if round % 3 == 2 {
            commit(store, [bury("w", &part)]).await;
            dead.extend(line.extract_if(.., |number| part.contains(number)));
        } else {
            commit(store, [Write::Acknowledge { key: key("w"), records: keys(&part) }]).await;
            line.retain(|number| !part.contains(number));
            dead.retain(|number| !part.contains(number));
        }
        // Those that are gone come again, behind all others; those that are there do not.
        let again = from + 5..from + 8;
        commit(store, [append("w", again.clone())]).await;
        let new: Vec<_> = again.filter(|number| !line.contains(number) && !dead.contains(number)).collect();
        last += new.len() as i64;
        line.extend(new);
        let expected: Vec<_> = line.iter().map(|number| record(*number)).collect();
        assert_eq!(store.outbox(&key("w"), 5_000, usize::MAX).await.unwrap(), expected, "round {round}");
    }
    let counts = store.counts(Timestamp(0)).await.unwrap();
    assert_eq!((counts.outbox, counts.dead), (line.len() as u64 + 1, dead.len() as u64));
    // Page by page, each record with a number of its own, in order.
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = store.outbox_entries(false, after, 7).await.unwrap();
        let Some(end) = page.last() else { break };
        after = end.number;
        for entry in page {
            assert_eq!(store.outbox_entry(entry.number).await.unwrap().as_ref(), Some(&entry));
            seen.push(entry);
        }
    }
    assert!(seen.is_sorted_by_key(|entry| entry.number) && after == last, "{after} {last}");
    let of_w: Vec<_> = seen.iter().filter(|entry| entry.owner == key("w")).collect();
    let expected: Vec<_> = line.iter().map(|number| record(*number).key).collect();
    assert_eq!(of_w.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>(), expected);
    // One from within, by its number.
    let middle = of_w[of_w.len() / 2];
    commit(store, [Write::DropRecord { record: middle.number }]).await;
    assert_eq!(store.outbox_entry(middle.number).await.unwrap(), None);
    assert_eq!(outbox(store, "w").await, expected.into_iter().filter(|key| *key != middle.key).collect::<Vec<_>>());
}

async fn a_repeated_delivery_is_counted_and_not_stored(store: &dyn Store) {
    commit(store, [put_hook("t"), put_hook("u")]).await;
    commit(store, [repeated("t", "1", 1, 0, 100), repeated("t", "2", 2, 0, 100), deliver("t", "3")]).await;
    // Within a transaction and across; routed or not; at the very edge of the window.
    commit(store, [repeated("t", "4", 1, 100, 200), repeated("t", "5", 3, 0, 200), repeated("u", "6", 3, 0, 200)])
        .await;
    let pending = store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap();
    assert_eq!(payloads(&pending), ["1", "2", "3", "5"]);
    assert_eq!(store.counts(Timestamp(0)).await.unwrap().duplicates, 2);
    commit(store, [Write::Routed { delivery: pending[0].id }, repeated("t", "7", 1, 0, 201)]).await;
    assert_eq!(store.counts(Timestamp(0)).await.unwrap().duplicates, 3);
    // Older than the window it is a new one, and the window counts from there.
    commit(store, [repeated("t", "8", 1, 101, 300), repeated("t", "9", 1, 300, 301)]).await;
    assert_eq!(payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()), ["2", "3", "5", "8"]);
    // What is not stored was not seen.
    store.commit(vec![repeated("missing", "x", 9, 0, 1)]).await.unwrap_err();
    store.commit(vec![repeated("t", "x", 9, 0, 1), deliver("missing", "x")]).await.unwrap_err();
    commit(store, [repeated("t", "10", 9, 0, 400)]).await;
    assert_eq!(payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()), ["2", "3", "5", "8", "10"]);
}

async fn the_window_of_repetitions_is_bounded(store: &dyn Store) {
    commit(store, [put_hook("t"), Write::ForgetSeen { before: Timestamp(0), keep: 0 }]).await;
    commit(store, (1..=6).map(|key| repeated("t", "1", key, 0, i64::from(key))).collect::<Vec<_>>()).await;
    let duplicates = async |keys: std::ops::RangeInclusive<u8>| {
        let before = store.counts(Timestamp(0)).await.unwrap().duplicates;
        commit(store, keys.map(|key| repeated("t", "2", key, 0, 10)).collect::<Vec<_>>()).await;
        store.counts(Timestamp(0)).await.unwrap().duplicates - before
    };
    commit(store, [Write::ForgetSeen { before: Timestamp(3), keep: 100 }]).await;
    assert_eq!(duplicates(3..=6).await, 4);
    assert_eq!(duplicates(1..=2).await, 0, "too old");
    commit(store, [Write::ForgetSeen { before: Timestamp(0), keep: 3 }]).await;
    assert_eq!(duplicates(6..=6).await + duplicates(1..=2).await, 3);
    assert_eq!(duplicates(3..=5).await, 0, "too many");
}

async fn a_delivery_is_kept_with_all_that_is_known_of_it(store: &dyn Store) {
    commit(store, [put_hook("t")]).await;
    let arrival = Arrival {
        token: "t".into(),
        payload: "[1]".into(),
        headers: Some("{\"x-id\":\"7\"}".into()),
        dedupe: None,
        at: Timestamp(-5),
    };
    commit(store, [Write::Deliver(arrival), deliver("t", "2")]).await;
    let kept = store.kept_deliveries(false, 0, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(store.kept_deliveries(false, 0, 1).await.unwrap(), kept[..1]);
    assert_eq!(store.kept_deliveries(false, kept[0].id, 9).await.unwrap(), kept[1..]);
    let first = &kept[0];
    assert_eq!((&*first.app, &*first.intake, &*first.token, &first.payload[..]), ("app", "hooked", "t", &b"[1]"[..]));
    assert_eq!((first.headers.as_deref(), first.at), (Some("{\"x-id\":\"7\"}"), Timestamp(-5)));
    assert_eq!((first.attempts, &first.reason), (0, &None));
    let id = first.id;
    for attempts in [1, 2] {
        commit(store, [Write::Undeliverable { delivery: id, reason: "no one".into() }]).await;
        let kept = store.delivery(id).await.unwrap().unwrap();
        assert_eq!((kept.attempts, kept.reason.as_deref()), (attempts, Some("no one")));
        assert_eq!(store.kept_deliveries(true, 0, 10).await.unwrap(), [kept]);
        assert_eq!(payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()), ["2"]);
        commit(store, [Write::RetryDelivery { delivery: id }, Write::RetryDelivery { delivery: 99 }]).await;
        assert_eq!(
            payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()),
            ["[1]", "2"],
            "in its old place"
        );
    }
    assert_eq!(store.delivery(99).await.unwrap(), None);
}

fn intent(token: &str) -> Intent {
    let (action, since) = (IntentAction::Create, Timestamp(3));
    Intent { token: token.into(), workflow: "w".into(), action, since, attempt: 1, failure: None }
}

async fn an_intent_is_there_until_it_is_done(store: &dyn Store) {
    assert!(matches!(store.commit(vec![Write::Intend(intent("t"))]).await, Err(StoreError::UnknownHook)));
    commit(store, [put_hook("t"), Write::Intend(intent("t"))]).await;
    assert_eq!(store.intent("t").await.unwrap(), Some(intent("t")));
    let failed = |token: &str| Write::IntentFailed { token: token.into(), failure: "503".into() };
    commit(store, [failed("t"), failed("u")]).await;
    let first = Intent { failure: Some("503".into()), ..intent("t") };
    assert_eq!(store.intents(None, 9).await.unwrap(), [first]);
    for action in [IntentAction::Update, IntentAction::Delete] {
        let next = Intent { action, attempt: 2, ..intent("t") };
        commit(store, [Write::Intend(next.clone())]).await;
        assert_eq!(store.intent("t").await.unwrap(), Some(next));
    }
    let done = |token: &str| Write::IntentDone { token: token.into() };
    commit(store, [done("t"), done("u")]).await;
    assert_eq!(store.intent("t").await.unwrap(), None);
    // It goes with its hook; a hook that is put again keeps it.
    commit(store, [Write::Intend(intent("t")), put_hook("t")]).await;
    assert_eq!(store.intent("t").await.unwrap(), Some(intent("t")));
    commit(store, [Write::RemoveHook { token: "t".into() }]).await;
    assert_eq!(store.intents(None, 9).await.unwrap(), []);
}

async fn everything_is_listed_in_pages(store: &dyn Store) {
    let tokens = ["", "a", "b\0", "c"];
    for token in tokens {
        commit(store, [put_hook(token), Write::Intend(intent(token))]).await;
        let save = |scope| Write::Save { owner: owner(scope, token), entries: vec![("k".into(), "1".into())] };
        commit(store, [save(Scope::Workflow), save(Scope::Connection)]).await;
        commit(store, [Write::Intake { key: key(token), state: None, set_up: true, cycles: 2, cycle: None }]).await;
    }
    // No entries are no saved data, and records no state.
    commit(store, [Write::Save { owner: owner(Scope::Application, ""), entries: vec![] }, append("z", [1])]).await;

    let mut hooks = store.hooks(None, 3).await.unwrap();
    hooks.extend(store.hooks(Some(&hooks[2].token.clone()), 3).await.unwrap());
    assert_eq!(hooks.iter().map(|hook| &*hook.token).collect::<Vec<_>>(), tokens);
    let mut intents = store.intents(None, 3).await.unwrap();
    intents.extend(store.intents(Some("b\0"), 3).await.unwrap());
    assert_eq!(intents, tokens.map(intent));
    let mut intakes = store.intakes(None, 3).await.unwrap();
    intakes.extend(store.intakes(Some(&intakes[2].0.clone()), 3).await.unwrap());
    let expected = |token| (key(token), StoredIntake { set_up: true, cycles: 2, ..StoredIntake::default() });
    assert_eq!(intakes, tokens.map(expected));
    let mut scopes = Vec::new();
    loop {
        let page = store.scopes(scopes.last(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        scopes.extend(page);
    }
    let expected = [Scope::Connection, Scope::Workflow].map(|scope| tokens.map(|token| owner(scope, token)));
    assert_eq!(scopes, expected.concat());
}

async fn everything_is_counted(store: &dyn Store) {
    assert_eq!(store.counts(Timestamp::MAX).await.unwrap(), Counts::default());
    commit(store, [append("w", 0..5), bury("w", &[1, 2]), put_hook("t"), put_hook("u")]).await;
    commit(store, [Write::Intend(intent("t"))]).await;
    commit(store, (0..6).map(|_| deliver("t", "1")).collect::<Vec<_>>()).await;
    commit(store, [Write::Undeliverable { delivery: 1, reason: "r".into() }, repeated("t", "2", 1, 0, 1)]).await;
    commit(store, [repeated("t", "2", 1, 0, 1)]).await;
    for (id, at) in [("a", 1), ("b", 2), ("c", 3)] {
        commit(store, [Write::PutWorkflow(workflow(id)), put_task(id, at)]).await;
    }
    commit(store, [Write::SetStatus { key: workflow_key("a"), status: WorkflowStatus::Paused }]).await;
    commit(store, [Write::SetStatus { key: workflow_key("c"), status: WorkflowStatus::Removing }]).await;
    let expected = Counts {
        workflows: 3,
        paused: 1,
        attention: 0,
        removing: 1,
        due: 1,
        outbox: 3,
        dead: 2,
        deliveries: 6,
        undeliverable: 1,
        duplicates: 1,
        hooks: 2,
        intents: 1,
    };
    assert_eq!(store.counts(Timestamp(2)).await.unwrap(), expected);
}

async fn no_page_is_larger_than_memory_bears(store: &dyn Store) {
    commit(store, [Write::PutHook(hook("t", "hooked", owner(Scope::Application, "")))]).await;
    // Three fit into a page, and one that is larger than a page is one of its own.
    let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let sizes = [PAGE_BYTES / 4, PAGE_BYTES / 4, PAGE_BYTES / 2, 3, PAGE_BYTES * 2, 3];
    let pages = [vec![0, 1, 2], vec![3], vec![4], vec![5]];
    for (number, bytes) in sizes.into_iter().enumerate() {
        let record = OutboxRecord { key: number.to_string(), payload: large(bytes).into() };
        commit(store, [deliver("t", &large(bytes)), Write::Append { key: key("w"), records: vec![record] }]).await;
    }
    let id = |index: usize| i64::try_from(index + 1).unwrap();
    for dead in [false, true] {
        let mut after = 0;
        for page in &pages {
            let entries = store.outbox_entries(dead, after, 100).await.unwrap();
            let kept = store.kept_deliveries(dead, after, 100).await.unwrap();
            let expected: Vec<_> = page.iter().copied().map(id).collect();
            assert_eq!(entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), expected);
            assert_eq!(kept.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), expected);
            after = expected[expected.len() - 1];
        }
        if !dead {
            let pending = store.deliveries("app", "hooked", 100, PAGE_BYTES).await.unwrap();
            assert_eq!(pending.iter().map(|delivery| delivery.id).collect::<Vec<_>>(), [1, 2, 3]);
            assert_eq!(store.deliveries("app", "hooked", 100, 0).await.unwrap().len(), 1);
            assert_eq!(store.deliveries("app", "hooked", 0, 9).await.unwrap(), []);
            let dead = Dead { reason: "why".into(), since: Timestamp(0) };
            let records = (0..sizes.len()).map(|number| number.to_string()).collect();
            let mut writes = vec![Write::Bury { key: key("w"), records, dead }];
            writes.extend((0..6).map(|index| Write::Undeliverable { delivery: id(index), reason: "why".into() }));
            commit(store, writes).await;
        }
    }
    assert_eq!(store.undeliverable("app", 100).await.unwrap().len(), 3);
}

async fn a_survey_shows_what_belongs_together(store: &dyn Store) {
    let intent = |token: &str| Intent {
        token: token.into(),
        workflow: "w".into(),
        action: IntentAction::Create,
        since: Timestamp(1),
        attempt: 1,
        failure: None,
    };
    let put = |token: &str, workflow| Write::PutHookUser { token: token.into(), user: user(workflow) };
    let hooks: Vec<_> = ["a", "b", "c", "d"].map(|token| hook(token, token, owner(Scope::Application, ""))).to_vec();
    commit(store, hooks.iter().cloned().map(Write::PutHook).collect::<Vec<_>>()).await;
    commit(store, [Write::Intend(intent("b")), Write::Intend(intent("d"))]).await;
    // Not in the order of their names.
    commit(store, [put("d", "2"), put("a", "9"), put("d", "1"), put("c", "5")]).await;
    let mut found = store.registrations(None, 3).await.unwrap();
    found.extend(store.registrations(Some("c"), 3).await.unwrap());
    assert_eq!(store.registrations(Some("d"), 3).await.unwrap(), []);
    assert_eq!(found.iter().map(|found| found.hook.clone()).collect::<Vec<_>>(), hooks);
    let intents: Vec<_> = found.iter().map(|found| found.intent.as_ref().map(|intent| &*intent.token)).collect();
    assert_eq!(intents, [None, Some("b"), None, Some("d")]);
    let users: Vec<_> = found.iter().map(|found| found.workflows.join(" ")).collect();
    assert_eq!(users, ["9", "", "5", "2 1"]);

    let paused = StoredWorkflow { status: WorkflowStatus::Paused, ..workflow("v") };
    commit(store, [Write::PutWorkflow(workflow("w")), Write::PutWorkflow(paused), put_task("v", 1), put_task("w", 1)])
        .await;
    for workflow in ["w", "stray", "u"] {
        let state = (workflow != "u").then(|| "{}".to_owned());
        commit(store, [Write::Intake { key: key(workflow), state, set_up: false, cycles: 1, cycle: None }]).await;
    }
    let tasks = store.tasks(0, 9).await.unwrap();
    let shown: Vec<_> = tasks.iter().map(|all| (&*all.task.key.workflow, all.status.word(), all.known)).collect();
    assert_eq!(shown, [("v", "paused", false), ("w", "active", true)]);
    assert_eq!(store.tasks(tasks[0].task.number, 9).await.unwrap(), tasks[1..]);
    // Of one that was forgotten nothing is left but a number.
    assert_eq!(store.strays(None, 9).await.unwrap(), [key("stray")]);
    assert_eq!(store.strays(Some(&key("stray")), 9).await.unwrap(), []);
}
