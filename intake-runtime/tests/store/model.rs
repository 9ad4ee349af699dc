//! The store in memory is the model: whatever is asked of both, the embedded one says the same.

use super::*;
use intake_runtime::store::{Memory, Sqlite, StoredDelivery};
use proptest::prelude::*;

/// A write, as numbers that pick its kind and parts: few of each, so that they meet.
type Picks = (u8, u8, u8, u8);

#[derive(Clone, Debug)]
enum Step {
    Lease(u8),
    Commit(Vec<Picks>),
    PullIn(i64),
    Reopen,
}

fn pick<const N: usize>(words: [&str; N], number: u8) -> String {
    words[usize::from(number) % N].to_owned()
}

fn some_key(number: u8) -> IntakeKey {
    let (app, rest) = (number % 2, number / 2);
    IntakeKey { app: pick(["a", "b"], app), intake: pick(["i", "j"], rest), workflow: pick(["w", "v", ""], rest / 2) }
}

fn some_owner(number: u8) -> ScopeKey {
    let scope = [Scope::Workflow, Scope::Connection, Scope::Application][usize::from(number % 3)];
    ScopeKey { app: pick(["a", "b"], number / 3), scope, owner: pick(["x", ""], number / 6) }
}

fn some_token(number: u8) -> String {
    pick(["t", "u", "v\0", ""], number)
}

fn some_records(from: u8, count: u8) -> Vec<OutboxRecord> {
    // The payload depends on the count, so that leaving a record as it is differs from replacing it.
    let record =
        |number: u8| OutboxRecord { key: (number % 7).to_string(), payload: format!("{number}.{count}").into() };
    (from..from + count % 4).map(record).collect()
}

fn some_cycle(number: u8) -> Option<CycleProgress> {
    let previous = number.is_multiple_of(3).then_some([number; 32]);
    let exit = number.is_multiple_of(5).then(|| number.to_string());
    (!number.is_multiple_of(4)).then(|| CycleProgress {
        requests: number.into(),
        results: u64::MAX - 1,
        previous,
        exit,
    })
}

fn some_write((kind, a, b, c): Picks) -> Write {
    let text = |number: u8| (number % 2 == 1).then(|| number.to_string());
    match kind % 29 {
        0 => Write::CheckFence { key: some_key(a), fence: (b % 3).into() },
        1 => {
            let (state, cycle) = (text(b), some_cycle(c));
            Write::Intake { key: some_key(a), state, set_up: b.is_multiple_of(3), cycles: b.into(), cycle }
        }
        2 => {
            let entry = |number: u8| (pick(["k", "K", "l\0"], number), number.to_string());
            Write::Save { owner: some_owner(a), entries: (b..b + c % 4).map(entry).collect() }
        }
        3 => Write::ForgetSaved { owner: some_owner(a) },
        4 => Write::Append { key: some_key(a), records: some_records(b, c) },
        5 => {
            let records = some_records(b, c).into_iter().map(|record| record.key).collect();
            Write::Acknowledge { key: some_key(a), records }
        }
        6 => {
            let status = [HookStatus::Creating, HookStatus::Active, HookStatus::Deleting][usize::from(c % 3)];
            Write::PutHook(Hook { token: some_token(a), intake: pick(["i", "j"], c), owner: some_owner(b), status })
        }
        7 => Write::RemoveHook { token: some_token(a) },
        8 => {
            let (account, resource, subdomain, inputs) = (text(c), text(c / 2), text(c / 4), c.to_string());
            let (workflow, connection) = (pick(["w", "v", ""], b), pick(["x", "y"], c));
            let user = HookUser { workflow, connection, account, resource, subdomain, inputs };
            Write::PutHookUser { token: some_token(a), user }
        }
        9 => Write::RemoveHookUser { token: some_token(a), workflow: pick(["w", "v", ""], b) },
        10 => {
            let dedupe = (b % 3 > 0).then(|| Dedupe { key: [b; 16], since: Timestamp((c % 4).into()) });
            let (payload, at) = (b.to_string().into(), Timestamp((c % 6).into()));
            Write::Deliver(Arrival { token: some_token(a), payload, headers: text(c), dedupe, at })
        }
        11 => Write::Routed { delivery: (a % 8).into() },
        12 => Write::Undeliverable { delivery: (a % 8).into(), reason: c.to_string() },
        13 => Write::RetryDelivery { delivery: (a % 8).into() },
        14 => Write::ForgetSeen { before: Timestamp((b % 6).into()), keep: (c % 6).into() },
        15 => {
            let (attempts, since, next) = (b.into(), Timestamp((b % 3).into()), Timestamp(c.into()));
            Write::Refused { key: some_key(a), attempts, since, next, reason: c.to_string() }
        }
        16 => {
            let records = some_records(b, c).into_iter().map(|record| record.key).collect();
            let dead = Dead { reason: b.to_string(), since: Timestamp(c.into()) };
            Write::Bury { key: some_key(a), records, dead }
        }
        17 => Write::Revive { record: (a % 12).into() },
        18 => Write::DropRecord { record: (a % 12).into() },
        19 => {
            let action = [IntentAction::Create, IntentAction::Update, IntentAction::Delete][usize::from(b % 3)];
            let (since, attempt, failure) = (Timestamp(c.into()), c.into(), text(c));
            Write::Intend(Intent { token: some_token(a), workflow: b.to_string(), action, since, attempt, failure })
        }
        20 => Write::IntentFailed { token: some_token(a), failure: b.to_string() },
        21 => Write::IntentDone { token: some_token(a) },
        22 => {
            let (account, resource, subdomain) = (text(c), text(c / 2), text(c / 4));
            let (key, connection, status) = (some_workflow(a), pick(["x", "y"], b), some_status(b));
            Write::PutWorkflow(StoredWorkflow { key, connection, account, resource, subdomain, status })
        }
        23 => Write::SetStatus { key: some_workflow(a), status: some_status(b) },
        24 => Write::RemoveWorkflow { key: some_workflow(a) },
        26 => Write::LeaveHook { token: some_token(a), workflow: pick(["w", "v", ""], b) },
        27 => {
            let workflow = StoredWorkflow {
                key: some_workflow(a),
                connection: pick(["x", "y"], b),
                account: text(c),
                resource: text(c / 2),
                subdomain: text(c / 4),
                status: some_status(b),
            };
            let tasks = (1..).zip([(b % 3).into(), 1]).take((c % 3).into()).collect();
            Write::CheckWorkflow { workflow, tasks }
        }
        25 => {
            let mode = match b % 3 {
                0 => TaskMode::Webhook,
                1 => TaskMode::Once,
                _ => TaskMode::Recurring { every: Duration::from_millis(u64::from(c) + 1) },
            };
            Write::PutTask { key: some_key(a), mode, inputs: c.to_string(), next: some_next(c) }
        }
        _ if b.is_multiple_of(4) => Write::RemoveTask { task: (a % 6).into(), revision: (c % 3).into() },
        _ => {
            let progress = Progress { cycles: b.into(), requests: 1, results: u64::MAX, done: b.is_multiple_of(2) };
            let (failures, error, attention) = (b.into(), text(b), c.is_multiple_of(2));
            let end = TaskEnd { next: some_next(c), failures, error, progress, attention };
            Write::EndTask { task: (a % 6).into(), revision: (c % 3).into(), end }
        }
    }
}

fn some_workflow(number: u8) -> WorkflowKey {
    WorkflowKey { app: pick(["a", "b"], number), workflow: pick(["w", "v", ""], number / 2) }
}

fn some_status(number: u8) -> WorkflowStatus {
    match number % 5 {
        0 => WorkflowStatus::Paused,
        1 => WorkflowStatus::NeedsAttention { reason: number.to_string() },
        2 => WorkflowStatus::Removing,
        _ => WorkflowStatus::Active,
    }
}

fn some_next(number: u8) -> Option<Next> {
    let job = [Job::Cycle, Job::Reset, Job::Register, Job::Update, Job::Remove][usize::from(number % 5)];
    let at = if number.is_multiple_of(7) { i64::MAX } else { number.into() };
    (!number.is_multiple_of(4)).then_some(Next { job, at: Timestamp(at) })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let picks = (0..29_u8, 0..24_u8, 0..24_u8, 0..24_u8);
    let step = prop_oneof![
        2 => (0..24_u8).prop_map(Step::Lease),
        24 => prop::collection::vec(picks, 0..6).prop_map(Step::Commit),
        1 => (0..12_i64).prop_map(Step::PullIn),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

/// All that a store has, as text; of records and the like, what `Debug` keeps to itself too.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut all = Vec::new();
    for key in (0..12).map(some_key) {
        let intake = store.intake(&key).await.unwrap();
        all.push(format!("{:?}", store.lane(&key).await.unwrap()));
        all.push(format!("{:?}", intake.map(|intake| (intake.state.clone(), intake))));
        for (limit, bytes) in [(1, 9), (100, 9), (100, 0), (100, usize::MAX)] {
            let records = store.outbox(&key, limit, bytes).await.unwrap();
            all.extend(records.into_iter().map(|record| format!("{} {:?}", record.key, record.payload)));
        }
    }
    for owner in (0..12).map(some_owner) {
        all.push(format!("{:?}", store.saved(&owner).await.unwrap()));
        for intake in ["i", "j"] {
            let hook = store.hook_of(intake, &owner).await.unwrap();
            all.push(format!("{:?}", hook.map(|hook| (hook.token.clone(), hook))));
        }
    }
    for token in (0..4).map(some_token) {
        all.push(format!("{:?}", store.hook(&token).await.unwrap()));
        let users = store.hook_users(&token).await.unwrap();
        all.extend(users.into_iter().map(|user| format!("{user:?} {}", user.inputs)));
    }
    let delivered = |delivery: Delivery| format!("{} {:?} {:?}", delivery.id, delivery.token, delivery.payload);
    for app in ["a", "b"] {
        all.push(store.count_undeliverable(app).await.unwrap().to_string());
        for limit in [1, 100] {
            let kept = store.undeliverable(app, limit).await.unwrap();
            all.extend(kept.into_iter().map(|kept| kept.reason + &delivered(kept.delivery)));
            for intake in ["i", "j"] {
                all.push(format!("{:?}", store.outbox_owners(app, intake).await.unwrap()));
                for bytes in [0, 3, usize::MAX] {
                    let pending = store.deliveries(app, intake, limit, bytes).await.unwrap();
                    all.extend(pending.into_iter().map(delivered));
                }
            }
        }
    }
    all.extend(lists(store).await);
    all
}

/// What lists and pages show.
async fn lists(store: &dyn Store) -> Vec<String> {
    let mut all = vec![format!("{:?}", store.counts(Timestamp(12)).await.unwrap())];
    for limit in [1, 100] {
        for number in [0, 2] {
            let place = (number > 0).then_some(Place { at: Timestamp(number), number });
            all.push(format!("{:?}", store.due(Timestamp(12), place, limit).await.unwrap()));
            all.push(format!("{:?}", store.lanes(number, limit).await.unwrap()));
            for kind in [false, true] {
                let entries = store.outbox_entries(kind, number, limit).await.unwrap();
                all.extend(entries.into_iter().map(|entry| format!("{entry:?} {:?} {:?}", entry.owner, entry.payload)));
                let kept = store.kept_deliveries(kind, number, limit).await.unwrap();
                let shown = |kept: StoredDelivery| {
                    let StoredDelivery { token, payload, headers, reason, .. } = &kept;
                    format!("{kept:?} {token:?} {payload:?} {headers:?} {reason:?}")
                };
                all.extend(kept.into_iter().map(shown));
            }
        }
        for number in [0, 2] {
            all.push(format!("{:?}", store.tasks(number, limit).await.unwrap()));
        }
        for after in [None, Some("t")] {
            let registrations = store.registrations(after, limit).await.unwrap();
            all.extend(registrations.into_iter().map(|all| format!("{all:?} {}", all.hook.token)));
            let hooks = store.hooks(after, limit).await.unwrap();
            all.extend(hooks.into_iter().map(|hook| format!("{hook:?} {}", hook.token)));
            let intents = store.intents(after, limit).await.unwrap();
            all.extend(intents.into_iter().map(|intent| format!("{intent:?} {}", intent.token)));
        }
        for after in [None, Some(3)] {
            let intakes = store.intakes(after.map(some_key).as_ref(), limit).await.unwrap();
            all.extend(intakes.into_iter().map(|(key, intake)| format!("{key:?} {intake:?} {:?}", intake.state)));
            all.push(format!("{:?}", store.strays(after.map(some_key).as_ref(), limit).await.unwrap()));
            all.push(format!("{:?}", store.scopes(after.map(some_owner).as_ref(), limit).await.unwrap()));
            for which in [Which::All, Which::Paused, Which::NeedsAttention, Which::Removing] {
                all.push(format!(
                    "{:?}",
                    store.workflows(which, after.map(some_workflow).as_ref(), limit).await.unwrap()
                ));
            }
        }
    }
    for number in 0..12 {
        let workflow = store.workflow(&some_workflow(number)).await.unwrap();
        let inputs = workflow.iter().flat_map(|(_, tasks)| tasks).map(|task| (task.number, task.inputs.clone()));
        all.push(format!("{workflow:?} {:?}", inputs.collect::<Vec<_>>()));
        let (entry, delivery) = (store.outbox_entry(number.into()).await, store.delivery(number.into()).await);
        all.push(format!("{:?} {:?}", entry.unwrap(), delivery.unwrap()));
    }
    for token in (0..4).map(some_token) {
        all.push(format!("{:?}", store.intent(&token).await.unwrap()));
    }
    all
}

async fn agree(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("intake.db");
    let (model, mut store) = (Memory::new(), Sqlite::open(&path).await.unwrap());
    for step in steps {
        match step {
            Step::Lease(key) => {
                let key = some_key(key);
                prop_assert_eq!(store.lease(&key).await.unwrap(), model.lease(&key).await.unwrap());
            }
            Step::Commit(writes) => {
                let writes: Vec<_> = writes.into_iter().map(some_write).collect();
                let (ours, theirs) = (store.commit(writes.clone()).await, model.commit(writes).await);
                prop_assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
            }
            Step::PullIn(now) => {
                let beyond = Duration::from_millis(5);
                for store in [&store as &dyn Store, &model] {
                    let mut from = Some(0);
                    while let Some(number) = from {
                        from = store.pull_in(Timestamp(now), beyond, number).await.unwrap();
                    }
                }
            }
            Step::Reopen => {
                store.close().await;
                store = Sqlite::open(&path).await.unwrap();
            }
        }
        prop_assert_eq!(everything(&store).await, everything(&model).await);
    }
    store.close().await;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_agree(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(agree(steps))?;
    }
}
