//! The store in memory is the model: whatever is asked of both, the embedded one says the same.

use super::*;
use intake_runtime::store::{Memory, Sqlite};
use proptest::prelude::*;

/// A write, as numbers that pick its kind and parts: few of each, so that they meet.
type Picks = (u8, u8, u8, u8);

#[derive(Clone, Debug)]
enum Step {
    Lease(u8),
    Commit(Vec<Picks>),
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
    match kind % 13 {
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
        10 => Write::Deliver { token: some_token(a), payload: b.to_string().into() },
        11 => Write::Routed { delivery: (a % 8).into() },
        _ => Write::Undeliverable { delivery: (a % 8).into(), reason: c.to_string() },
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let picks = (0..13_u8, 0..24_u8, 0..24_u8, 0..24_u8);
    let step = prop_oneof![
        2 => (0..24_u8).prop_map(Step::Lease),
        12 => prop::collection::vec(picks, 0..5).prop_map(Step::Commit),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

/// All that a store has, as text; of records and the like, what `Debug` keeps to itself too.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut all = Vec::new();
    for key in (0..12).map(some_key) {
        let intake = store.intake(&key).await.unwrap();
        all.push(format!("{:?}", intake.map(|intake| (intake.state.clone(), intake))));
        for limit in [1, 100] {
            let records = store.outbox(&key, limit).await.unwrap();
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
                all.extend(store.deliveries(app, intake, limit).await.unwrap().into_iter().map(delivered));
            }
        }
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
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_agree(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(agree(steps))?;
    }
}
