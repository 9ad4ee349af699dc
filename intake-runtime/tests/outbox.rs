//! From the outbox to the sinks: in order, at least once, and what fails holds up nobody else.

mod support;

use intake_runtime::clock::{Clock, Timestamp};
use intake_runtime::error::DrainError;
use intake_runtime::event::Event;
use intake_runtime::intake::{EventResult, Scope};
use intake_runtime::runtime::{Runtime, RuntimeBuilder};
use intake_runtime::sink::{Batch, Json as Text, Policy, Sink, SinkError};
use intake_runtime::store::{Dead, IntakeKey, Memory, OutboxRecord, Store, Write};
use intake_runtime::value::Value;
use intake_runtime::workflow::Workflow;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Death, Inbox, Mortal, Vendor, builder, polling, runtime, webhook};
use tokio::time::Instant;

polling!(Items, "items", Json);
polling!(Numbers, "numbers", u64);
webhook!(Push, "push", Json, Scope::Workflow, false, false);

/// Goes with tokio's clock, and can be set.
#[derive(Clone)]
struct TestClock {
    start: Instant,
    set: Arc<Mutex<i64>>,
}

impl TestClock {
    fn new() -> Self {
        Self { start: Instant::now(), set: Arc::new(Mutex::new(1_800_000_000_000)) }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(*self.set.lock().unwrap()).after(self.start.elapsed())
    }
}

fn key(intake: &str, workflow: &str) -> IntakeKey {
    IntakeKey { app: "acme".into(), intake: intake.into(), workflow: workflow.into() }
}

async fn append(store: &dyn Store, intake: &str, workflow: &str, values: impl IntoIterator<Item = Json>) {
    let record = |(index, value): (usize, Json)| OutboxRecord {
        key: format!("{workflow}/{index}"),
        payload: value.to_string().into(),
    };
    let records = values.into_iter().enumerate().map(record).collect();
    store.commit(vec![Write::Append { key: key(intake, workflow), records }]).await.unwrap();
}

fn numbers(range: std::ops::Range<u64>) -> impl Iterator<Item = Json> {
    range.map(Json::from)
}

/// A runtime that goes with tokio's clock.
fn timed(store: impl Store, policy: impl FnOnce(&mut Policy)) -> Runtime {
    timed_by(store, TestClock::new(), policy).build().unwrap()
}

fn timed_by(store: impl Store, clock: TestClock, change: impl FnOnce(&mut Policy)) -> RuntimeBuilder {
    let mut policy = Policy::default();
    change(&mut policy);
    builder(store).clock(clock).sinks(policy)
}

async fn reasons(runtime: &Runtime) -> Vec<(String, String)> {
    let letters = runtime.dead_letters(0, 1000).await.unwrap();
    letters.into_iter().map(|letter| (letter.key, letter.dead.unwrap().reason)).collect()
}

/// A sink that refuses some values, all of a batch if one of them is in it, and keeps the others.
#[derive(Clone, Default)]
struct Picky {
    kept: Arc<Mutex<Vec<u64>>>,
    calls: Arc<AtomicUsize>,
}

impl Picky {
    fn sink(
        &self,
        refuse: impl Fn(u64) -> Option<SinkError> + Send + Sync + Clone + 'static,
    ) -> impl Sink<u64, As = u64> + 'static {
        let picky = self.clone();
        move |batch: Batch<u64>| {
            let (picky, refuse) = (picky.clone(), refuse.clone());
            async move {
                picky.calls.fetch_add(1, Ordering::SeqCst);
                if let Some(refusal) = batch.iter().find_map(|record| refuse(record.value)) {
                    return Err(refusal);
                }
                picky.kept.lock().unwrap().extend(batch.into_iter().map(|record| record.value));
                Ok(())
            }
        }
    }

    fn kept(&self) -> Vec<u64> {
        self.kept.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn what_is_collected_is_drained() {
    let (store, inbox) = (Memory::new(), Inbox::default());
    let runtime = runtime(store.clone());
    let vendor = Vendor::new(|call| match (call.event, call.nth) {
        ("request", 0) => Ok(json!({"results": [1, 2]})),
        ("request", _) => Ok(json!({"results": [3], "iterate": false})),
        _ => Ok(Json::Null),
    });
    append(&store, "items", "left", [json!("over")]).await;
    let drain = runtime.drain().polling::<Items, _>(inbox.sink::<Json>()).start().unwrap();
    let report = runtime.collect(&Workflow::new("w"), &Items::of(&vendor)).await.unwrap();
    assert_eq!((report.records, report.requests), (3, 2));
    drain.idle().await;
    let expected = [("acme/items/w/1/1/0", "1"), ("acme/items/w/1/1/1", "2"), ("acme/items/w/1/2/0", "3")];
    let expected = expected.into_iter().chain([("left/0", "\"over\"")]);
    assert_eq!(inbox.by_key(), expected.map(|(key, value)| (key.to_owned(), value.to_owned())).collect());
    assert!(store.lanes(0, 9).await.unwrap().is_empty());
    drain.shutdown().await;
    // Without a drain they stay.
    append(&store, "items", "w", [json!(4)]).await;
    runtime.collect(&Workflow::new("w"), &Items::of(&vendor)).await.unwrap();
    assert_eq!(store.outbox(&key("items", "w"), 9, usize::MAX).await.unwrap().len(), 2);
}

#[tokio::test]
async fn batches_have_limits_of_records_and_bytes() {
    let store = Memory::new();
    let long = |length| json!("x".repeat(length));
    append(&store, "items", "w", [long(1), long(1), long(1), long(40), long(3), long(3), long(90)]).await;
    let (sizes, taken) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let (all, record) = (sizes.clone(), taken.clone());
    let sink = move |batch: Batch<Json>| {
        all.lock().unwrap().push(batch.len());
        record.lock().unwrap().extend(batch.into_iter().map(|record| record.key));
        async { Ok::<_, SinkError>(()) }
    };
    let runtime = timed(store, |policy| (policy.batch_records, policy.batch_bytes) = (2, 46));
    let drain = runtime.drain().polling::<Items, _>(sink).start().unwrap();
    drain.idle().await;
    assert_eq!(
        *sizes.lock().unwrap(),
        [2, 2, 2, 1],
        "3 and 42 bytes are no more than 46, and 92 are a batch of its own"
    );
    assert_eq!(*taken.lock().unwrap(), (0..7).map(|index| format!("w/{index}")).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_refused_for_good_is_found_and_set_aside_at_once() {
    for named in [false, true] {
        let (store, picky) = (Memory::new(), Picky::default());
        append(&store, "numbers", "w", numbers(0..500)).await;
        let refuse = move |batch: &Batch<u64>| batch.iter().position(|record| [7, 333].contains(&record.value));
        let (kept, calls) = (picky.kept.clone(), picky.calls.clone());
        let sink = move |batch: Batch<u64>| {
            calls.fetch_add(1, Ordering::SeqCst);
            let refused = refuse(&batch);
            let taken = if named { refused.unwrap_or(batch.len()) } else { refused.map_or(batch.len(), |_| 0) };
            kept.lock().unwrap().extend(batch.iter().take(taken).map(|record| record.value));
            let error = refused.map(|index| {
                let error = SinkError::permanent("no such thing here");
                if named { error.at(index) } else { error }
            });
            async move { error.map_or(Ok(()), Err) }
        };
        let runtime = timed(store, |_| {});
        let started = Instant::now();
        let drain = runtime.drain().polling::<Numbers, _>(sink).start().unwrap();
        drain.idle().await;
        let expected: Vec<u64> = (0..500).filter(|number| ![7, 333].contains(number)).collect();
        assert_eq!(picky.kept(), expected, "in order, and each once");
        let reason = "no such thing here".to_owned();
        assert_eq!(reasons(&runtime).await, [("w/7".to_owned(), reason.clone()), ("w/333".to_owned(), reason)]);
        assert_eq!(started.elapsed(), Duration::ZERO, "without a pause");
        let calls = picky.calls.load(Ordering::SeqCst);
        assert!(if named { calls == 3 } else { calls < 80 }, "{calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_refused_too_often_or_for_too_long_is_set_aside_alone() {
    for by_age in [false, true] {
        let (store, picky) = (Memory::new(), Picky::default());
        append(&store, "numbers", "w", numbers(0..20)).await;
        let runtime = timed(store, |policy| {
            (policy.attempts, policy.age) =
                if by_age { (None, Some(Duration::from_secs(600))) } else { (Some(4), None) };
        });
        let sink = picky.sink(|value| (value == 5).then(|| "not now".into()));
        let started = Instant::now();
        let drain = runtime.drain().polling::<Numbers, _>(sink).start().unwrap();
        drain.idle().await;
        assert_eq!(picky.kept(), (0..20).filter(|number| *number != 5).collect::<Vec<_>>());
        let [(key, reason)] = &reasons(&runtime).await[..] else { panic!() };
        assert!(key == "w/5" && reason.ends_with(", the last time: not now"), "{key} {reason}");
        if by_age {
            assert!((600..900).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
        } else {
            assert!(reason.starts_with("refused 4 times since 2027-01-15T08:0"), "{reason}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retries_ask_for_pauses_and_tell_what_was_taken() {
    let (store, inbox) = (Memory::new(), Inbox::default());
    append(&store, "items", "w", numbers(0..3)).await;
    let runtime = timed(store.clone(), |_| {});
    let (keep, nth) = (inbox.sink::<Json>(), AtomicUsize::new(0));
    let sink = move |mut batch: Batch<Json>| {
        let first = nth.fetch_add(1, Ordering::SeqCst) == 0;
        if first {
            batch.records.truncate(2);
        }
        let kept = keep(batch);
        async move {
            kept.await.map_err(SinkError::retry)?;
            if first { Err(SinkError::retry_after(Duration::from_secs(90), "slow down").at(2)) } else { Ok(()) }
        }
    };
    let started = Instant::now();
    let drain = runtime.drain().polling::<Items, _>(sink).start().unwrap();
    tokio::time::sleep(Duration::from_secs(80)).await;
    assert_eq!(inbox.values(), ["0", "1"]);
    let lane = store.lane(&key("items", "w")).await.unwrap().unwrap();
    assert_eq!((lane.attempts, lane.reason.as_deref()), (1, Some("slow down")));
    drain.idle().await;
    assert_eq!((inbox.values().len(), inbox.batches().len(), started.elapsed().as_secs()), (3, 2, 90));
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_the_last_one_was() {
    let (store, picky, clock) = (Memory::new(), Picky::default(), TestClock::new());
    append(&store, "numbers", "w", numbers(0..2)).await;
    let start = || {
        let runtime = timed_by(store.clone(), clock.clone(), |policy| policy.attempts = Some(6)).build().unwrap();
        let sink = picky.sink(|value| (value == 0).then(|| SinkError::retry_after(Duration::from_secs(30), "down")));
        (runtime.drain().polling::<Numbers, _>(sink).start().unwrap(), runtime)
    };
    let calls = || picky.calls.load(Ordering::SeqCst);
    for n in 1..=3 {
        // Pauses are kept over the restart.
        let (drain, _) = start();
        tokio::time::sleep(Duration::from_secs(20)).await;
        drain.shutdown().await;
        let lane = store.lane(&key("numbers", "w")).await.unwrap().unwrap();
        assert_eq!((calls(), lane.attempts), (n.min(2), u32::try_from(n.min(2)).unwrap()), "{n}");
        assert_eq!(lane.since, Some(Timestamp(1_800_000_000_000)), "of the first");
    }
    // The clock is set back by a year: no pause is longer than an hour for that.
    *clock.set.lock().unwrap() -= 365 * 24 * 3_600_000;
    let (drain, runtime) = start();
    let started = Instant::now();
    drain.idle().await;
    assert!(started.elapsed() < Duration::from_secs(3600 + 5 * 60), "{:?}", started.elapsed());
    assert_eq!((calls(), picky.kept()), (6 + 1, vec![1]));
    assert!(reasons(&runtime).await[0].1.starts_with("refused 6 times since 2027"));
}

#[tokio::test(start_paused = true)]
async fn what_fails_or_hangs_holds_up_nobody_else() {
    let (store, inbox, broken) = (Memory::new(), Inbox::default(), Arc::new(AtomicBool::new(true)));
    let bad = |workflow: &str| workflow.starts_with("bad");
    for number in 0..200 {
        append(&store, "items", &format!("bad{number}"), numbers(0..3)).await;
        append(&store, "items", &format!("hangs{number}"), numbers(0..1)).await;
        append(&store, "items", &format!("good{number}"), numbers(0..3)).await;
    }
    append(&store, "push", "w", numbers(0..1)).await;
    let runtime = timed(store.clone(), |policy| {
        policy.timeout = Duration::from_secs(20);
        policy.at_once = 4;
    });
    let (keep, breaks) = (inbox.sink::<Json>(), broken.clone());
    let at_work = Arc::new(Mutex::new((0_usize, 0_usize, BTreeSet::new())));
    let seen = at_work.clone();
    let sink = move |batch: Batch<Json>| {
        let (fails, workflow, seen) = (breaks.load(Ordering::SeqCst), batch.workflow.clone(), seen.clone());
        {
            let (now, most, lanes) = &mut *seen.lock().unwrap();
            (*now, *most) = (*now + 1, (*now + 1).max(*most));
            assert!(lanes.insert(workflow.clone()), "one batch of a lane at a time");
        }
        let kept = (!(fails && (bad(&workflow) || workflow.starts_with("hangs")))).then(|| keep(batch));
        async move {
            let guard = Leaves(seen, workflow.clone());
            let Some(kept) = kept else {
                if workflow.starts_with("hangs") {
                    std::future::pending::<()>().await;
                }
                return Err("down".into());
            };
            let kept = kept.await;
            drop(guard);
            kept
        }
    };
    let other = Inbox::default();
    let drain = runtime.drain().polling::<Items, _>(sink).webhook::<Push, _>(other.sink::<Json>()).start().unwrap();
    let started = Instant::now();
    while inbox.keys().len() < 600 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // Each that hangs takes one of 4 places for 20 seconds, and turns of those that failed come in between.
    assert!(started.elapsed().as_secs() < 200 / 4 * 20 * 2, "{:?}", started.elapsed());
    assert!(inbox.keys().iter().all(|key| key.starts_with("good")));
    assert_eq!(other.values(), ["0"]);
    assert_eq!(at_work.lock().unwrap().1, 4);
    broken.store(false, Ordering::SeqCst);
    drain.idle().await;
    assert_eq!(inbox.keys().len(), 200 * 7);
    assert!(reasons(&runtime).await.is_empty());
    let keys = inbox.keys();
    for number in 0..200 {
        let lane = format!("bad{number}/");
        let own: Vec<_> = keys.iter().filter(|key| key.starts_with(&lane)).collect();
        assert!(own.is_sorted() && own.len() == 3);
    }
}

struct Leaves(Arc<Mutex<(usize, usize, BTreeSet<String>)>>, String);

impl Drop for Leaves {
    fn drop(&mut self) {
        let (now, _, lanes) = &mut *self.0.lock().unwrap();
        *now -= 1;
        lanes.remove(&self.1);
    }
}

#[tokio::test]
async fn dead_letters_are_offered_again_or_dropped() {
    let (store, picky) = (Memory::new(), Picky::default());
    append(&store, "numbers", "w", [json!(1), json!("two"), json!(3), json!("four"), json!(5)]).await;
    append(&store, "numbers", "v", [json!("six")]).await;
    let runtime = runtime(store.clone());
    let refuses = Arc::new(AtomicBool::new(true));
    let refusing = refuses.clone();
    let sink =
        picky.sink(move |value| (value == 5 && refusing.load(Ordering::SeqCst)).then(|| SinkError::permanent("no 5")));
    let drain = runtime.drain().polling::<Numbers, _>(sink).start().unwrap();
    drain.idle().await;
    assert_eq!(picky.kept(), [1, 3]);
    let letters = runtime.dead_letters(0, 10).await.unwrap();
    let keys: Vec<_> = letters.iter().map(|letter| letter.key.as_str()).collect();
    assert_eq!(keys, ["w/1", "w/3", "w/4", "v/0"]);
    assert!(letters.iter().all(|letter| matches!(&letter.dead, Some(Dead { reason, .. }) if !reason.contains("six"))));
    assert_eq!(runtime.dead_letters(letters[0].number, 2).await.unwrap(), letters[1..3]);

    refuses.store(false, Ordering::SeqCst);
    assert!(runtime.retry_dead_letter(letters[2].number).await.unwrap());
    drain.idle().await;
    assert_eq!(picky.kept(), [1, 3, 5]);
    for gone in [letters[2].number, 99] {
        assert!(!runtime.retry_dead_letter(gone).await.unwrap() && !runtime.drop_dead_letter(gone).await.unwrap());
    }
    // Those that still do not fit come back.
    assert_eq!(runtime.retry_dead_letters(|letter| letter.owner.workflow == "w").await.unwrap(), 2);
    drain.idle().await;
    assert!(runtime.drop_dead_letter(letters[0].number).await.unwrap());
    assert_eq!(store.counts(Timestamp(0)).await.unwrap().dead, 2);
    // What is in line is no dead letter.
    drain.shutdown().await;
    append(&store, "numbers", "u", [json!(7)]).await;
    let in_line = store.outbox_entries(false, 0, 9).await.unwrap()[0].number;
    assert!(!runtime.drop_dead_letter(in_line).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_is_offered_again_does_not_wait_for_its_lane() {
    let (store, picky) = (Memory::new(), Picky::default());
    append(&store, "numbers", "w", numbers(0..2)).await;
    let runtime = timed(store.clone(), |_| {});
    let refuses = Arc::new(AtomicBool::new(true));
    let refusing = refuses.clone();
    let sink = picky.sink(move |value| {
        let hour = || SinkError::retry_after(Duration::from_secs(3600), "not now");
        refusing.load(Ordering::SeqCst).then(|| if value == 0 { SinkError::permanent("no") } else { hour() })
    });
    let drain = runtime.drain().polling::<Numbers, _>(sink).start().unwrap();
    let started = Instant::now();
    while store.lane(&key("numbers", "w")).await.unwrap().unwrap().attempts == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(reasons(&runtime).await, [("w/0".to_owned(), "no".to_owned())]);
    refuses.store(false, Ordering::SeqCst);
    assert_eq!(runtime.retry_dead_letters(|_| true).await.unwrap(), 1);
    drain.idle().await;
    assert_eq!(picky.kept(), [0, 1], "in its old place");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_crash_at_any_commit_repeats_with_the_same_keys_and_loses_nothing() {
    for at in 0.. {
        for death in [Death::Before(at), Death::After(at)] {
            let (store, inbox) = (Memory::new(), Inbox::default());
            for workflow in ["a", "b"] {
                append(&store, "items", workflow, numbers(0..5)).await;
            }
            let mortal = Mortal::new(store.clone(), Some(death));
            let policy = |policy: &mut Policy| policy.batch_records = 2;
            let dying = timed(mortal.clone(), policy);
            let drain = dying.drain().polling::<Items, _>(inbox.sink::<Json>()).start().unwrap();
            tokio::select! {
                () = drain.idle() => {}
                () = async { while !mortal.is_dead() { tokio::task::yield_now().await } } => {}
            }
            drop(drain);
            let next = timed(store.clone(), policy);
            next.drain().polling::<Items, _>(inbox.sink::<Json>()).start().unwrap().idle().await;
            let keys: Vec<_> = inbox.by_key().into_keys().collect();
            let expected = ["a", "b"].map(|lane| (0..5).map(move |index| format!("{lane}/{index}")));
            assert_eq!(keys, expected.into_iter().flatten().collect::<Vec<_>>(), "{death:?}");
            assert!(store.lanes(0, 9).await.unwrap().is_empty());
            if !mortal.is_dead() {
                assert_eq!(at, 6, "three batches of each");
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_poll_and_a_drain_do_not_deliver_from_one_lane_at_once() {
    let store = Memory::new();
    append(&store, "items", "w", numbers(0..4)).await;
    let runtime = timed(Mortal::new(store, None), |policy| policy.batch_records = 1);
    let at_work = Arc::new(AtomicBool::new(false));
    let keys = Arc::new(Mutex::new(Vec::new()));
    let sink = || {
        let (at_work, keys) = (at_work.clone(), keys.clone());
        move |batch: Batch<Json>| {
            assert!(!at_work.swap(true, Ordering::SeqCst), "both at once");
            let (at_work, keys) = (at_work.clone(), keys.clone());
            async move {
                tokio::task::yield_now().await;
                keys.lock().unwrap().extend(batch.into_iter().map(|record| record.key));
                at_work.store(false, Ordering::SeqCst);
                Ok::<_, SinkError>(())
            }
        }
    };
    let drain = runtime.drain().polling::<Items, _>(sink()).start().unwrap();
    let vendor = Vendor::new(|call| {
        let page = json!({"results": [call.nth, "more"], "iterate": call.nth < 5});
        Ok(if call.event == "request" { page } else { Json::Null })
    });
    runtime.poll(&Workflow::new("w"), &Items::of(&vendor), sink()).await.unwrap();
    drain.idle().await;
    let keys = keys.lock().unwrap();
    assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (4 + 12, 4 + 12));
}

#[tokio::test]
async fn a_sink_can_take_text_of_which_nothing_is_built() {
    struct Texts(Mutex<Vec<String>>);
    impl<R> Sink<R> for &'static Texts {
        type As = Text;
        async fn deliver(&self, batch: Batch<Text>) -> Result<(), SinkError> {
            let text = |json: &Text| String::from_utf8(json.as_bytes().to_vec()).unwrap();
            self.0.lock().unwrap().extend(batch.iter().map(|record| text(&record.value)));
            Ok(())
        }
    }
    let texts: &'static Texts = Box::leak(Box::new(Texts(Mutex::default())));
    let store = Memory::new();
    append(&store, "numbers", "w", [json!(1), json!("no number")]).await;
    let runtime = runtime(store);
    runtime.drain().polling::<Numbers, _>(texts).start().unwrap().idle().await;
    assert_eq!(*texts.0.lock().unwrap(), ["1", "\"no number\""]);
    assert_eq!(reasons(&runtime).await, []);
}

#[test]
fn a_drain_needs_a_tokio_runtime_and_one_sink_for_each_intake() {
    let inbox = Inbox::default();
    let drain = || runtime(Memory::new()).drain().polling::<Items, _>(inbox.sink::<Json>());
    assert!(matches!(drain().start(), Err(DrainError::NoRuntime(_))));
    let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _inside = tokio.enter();
    let twice = drain().webhook::<Push, _>(inbox.sink::<Json>()).polling::<Items, _>(inbox.sink::<Json>()).start();
    assert_eq!(twice.unwrap_err().to_string(), "`items` of `acme` has two sinks: a record goes to one");
}
