//! One suite for all stores. Each test gets an empty one.

use super::*;

/// The suite's other files use it too.
macro_rules! on_every_store {
    ($($test:ident)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test(&intake_runtime::store::Memory::new()).await;
            })*
        }

        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let store = intake_runtime::store::Sqlite::open(folder.path().join("intake.db")).await.unwrap();
                super::$test(&store).await;
                store.close().await;
            })*
        }
    };
}

pub(crate) use on_every_store;

on_every_store! {
    an_empty_store_has_nothing
    a_lease_has_a_new_number_and_gives_what_is_stored
    a_lost_lease_commits_nothing
    progress_of_a_cycle_comes_back_as_it_was
    saved_data_is_merged_by_scope
    an_outbox_is_in_order_and_idempotent
    an_outbox_belongs_to_one_intake_of_one_workflow
    a_transaction_happens_wholly_or_not
    a_hook_is_replaced_in_place
    an_owner_has_one_hook_of_an_intake
    users_of_a_hook_are_in_order
    a_hook_goes_with_the_last_that_leaves_it
    deliveries_wait_until_they_are_routed
    what_cannot_be_delivered_is_kept
    what_a_removed_hook_got_is_kept
    a_later_write_sees_an_earlier_one
    odd_text_comes_back_as_it_was
}

async fn an_empty_store_has_nothing(store: &dyn Store) {
    let workflow = owner(Scope::Workflow, "w");
    assert_eq!(store.intake(&key("w")).await.unwrap(), None);
    assert_eq!(store.saved(&workflow).await.unwrap(), []);
    assert_eq!(store.outbox(&key("w"), 10, usize::MAX).await.unwrap(), []);
    assert_eq!(store.outbox_owners("app", "import").await.unwrap(), []);
    assert_eq!(store.hook("token").await.unwrap(), None);
    assert_eq!(store.hook_of("import", &workflow).await.unwrap(), None);
    assert_eq!(store.hook_users("token").await.unwrap(), []);
    assert_eq!(store.deliveries("app", "import", 10, usize::MAX).await.unwrap(), []);
    assert_eq!(store.undeliverable("app", 10).await.unwrap(), []);
    assert_eq!(store.count_undeliverable("app").await.unwrap(), 0);
    // Taking away what is not there is no error, nor is doing nothing.
    let token = || "token".to_owned();
    let nothing = [
        Write::ForgetSaved { owner: workflow.clone() },
        Write::Save { owner: workflow, entries: vec![] },
        append("w", []),
        Write::Acknowledge { key: key("w"), records: vec!["k".into()] },
        Write::RemoveHook { token: token() },
        Write::RemoveHookUser { token: token(), workflow: "w".into() },
        Write::Routed { delivery: 1 },
        Write::Undeliverable { delivery: 1, reason: "none".into() },
    ];
    commit(store, nothing).await;
    commit(store, []).await;
    assert_eq!(store.intake(&key("w")).await.unwrap(), None);
    assert_eq!(store.outbox_owners("app", "import").await.unwrap(), []);
}

async fn a_lease_has_a_new_number_and_gives_what_is_stored(store: &dyn Store) {
    let first = store.lease(&key("w")).await.unwrap();
    assert_eq!(first, StoredIntake { fence: 1, ..StoredIntake::default() });
    assert_eq!(store.intake(&key("w")).await.unwrap(), Some(first));
    let state = Some("{\"cursor\":1}".to_owned());
    let write = Write::Intake { key: key("w"), state: state.clone(), set_up: true, cycles: 3, cycle: None };
    commit(store, [write]).await;
    let second = StoredIntake { state, set_up: true, cycles: 3, cycle: None, fence: 2 };
    assert_eq!(store.lease(&key("w")).await.unwrap(), second);
    assert_eq!(store.intake(&key("w")).await.unwrap(), Some(second));
    // Every other intake counts for itself.
    assert_eq!(store.lease(&key("v")).await.unwrap().fence, 1);
    for other in [IntakeKey { app: "other".into(), ..key("w") }, IntakeKey { intake: "other".into(), ..key("w") }] {
        assert_eq!(store.intake(&other).await.unwrap(), None);
        assert_eq!(store.lease(&other).await.unwrap().fence, 1);
    }
}

async fn a_lost_lease_commits_nothing(store: &dyn Store) {
    let check = |fence| Write::CheckFence { key: key("w"), fence };
    // Without any lease, whatever is stored, no number is right.
    for fence in [0, 1] {
        let error = store.commit(vec![append("w", [1]), check(fence)]).await.unwrap_err();
        assert!(matches!(&error, StoreError::LeaseLost { key } if key.workflow == "w"), "{error:?}");
    }
    commit(store, [Write::Intake { key: key("w"), state: None, set_up: false, cycles: 0, cycle: None }]).await;
    assert!(matches!(store.commit(vec![check(0)]).await, Err(StoreError::LeaseLost { .. })));

    let mine = store.lease(&key("w")).await.unwrap().fence;
    commit(store, [check(mine), append("w", [2])]).await;
    let theirs = store.lease(&key("w")).await.unwrap().fence;
    assert!(theirs > mine);
    // Where in the transaction the check is makes no difference.
    for writes in [vec![check(mine), append("w", [3])], vec![append("w", [3]), check(mine)]] {
        assert!(matches!(store.commit(writes).await, Err(StoreError::LeaseLost { .. })));
    }
    commit(store, [check(theirs), append("w", [4])]).await;
    assert_eq!(outbox(store, "w").await, ["key 2", "key 4"]);
}

async fn progress_of_a_cycle_comes_back_as_it_was(store: &dyn Store) {
    let fence = store.lease(&key("w")).await.unwrap().fence;
    let hash = std::array::from_fn(|index| u8::try_from(index).unwrap() ^ 0xa5);
    let cycles = [
        Some(CycleProgress { requests: 0, results: 0, previous: None, exit: None }),
        Some(CycleProgress { requests: 7, results: 930, previous: Some(hash), exit: None }),
        Some(CycleProgress { requests: u32::MAX, results: u64::MAX, previous: Some([0; 32]), exit: Some("".into()) }),
        Some(CycleProgress { requests: 8, results: 930, previous: None, exit: Some("iterate is false".into()) }),
        None,
    ];
    for (cycle, number) in cycles.into_iter().zip([0, 1, u64::MAX, 2, 3]) {
        let state = (number > 0).then(|| format!("{{\"n\":{number}}}"));
        let stored = StoredIntake { state, set_up: number == 1, cycles: number, cycle, fence };
        let StoredIntake { state, set_up, cycles, cycle, .. } = stored.clone();
        commit(store, [Write::Intake { key: key("w"), state, set_up, cycles, cycle }]).await;
        assert_eq!(store.intake(&key("w")).await.unwrap(), Some(stored));
    }
}

async fn saved_data_is_merged_by_scope(store: &dyn Store) {
    let save = |owner: &ScopeKey, entries: &[(&str, &str)]| {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Write::Save { owner: owner.clone(), entries }
    };
    let pairs = |saved: Vec<(String, String)>| {
        saved.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    };
    let workflow = owner(Scope::Workflow, "x");
    let others = [
        owner(Scope::Connection, "x"),
        owner(Scope::Application, ""),
        owner(Scope::Workflow, "y"),
        ScopeKey { app: "other".into(), ..workflow.clone() },
    ];
    commit(store, [save(&workflow, &[("b", "1"), ("a", "2"), ("B", "3"), ("b", "4")])]).await;
    for (other, value) in others.iter().zip(["10", "11", "12", "13"]) {
        commit(store, [save(other, &[("a", value)])]).await;
    }
    commit(store, [save(&workflow, &[("a", "null"), ("é", "{\"x\":1}")])]).await;
    assert_eq!(pairs(store.saved(&workflow).await.unwrap()), "B=3 a=null b=4 é={\"x\":1}");
    let several = vec![others[1].clone(), owner(Scope::Workflow, "nobody"), workflow.clone()];
    let saved = store.saved_of(several).await.unwrap();
    assert_eq!(saved.into_iter().map(pairs).collect::<Vec<_>>(), ["a=11", "", "B=3 a=null b=4 é={\"x\":1}"]);
    assert_eq!(store.saved_of(vec![]).await.unwrap(), <[Vec<_>; 0]>::default());
    commit(store, [Write::ForgetSaved { owner: workflow.clone() }]).await;
    assert_eq!(store.saved(&workflow).await.unwrap(), []);
    for (other, value) in others.iter().zip(["10", "11", "12", "13"]) {
        assert_eq!(pairs(store.saved(other).await.unwrap()), format!("a={value}"));
    }
}

async fn an_outbox_is_in_order_and_idempotent(store: &dyn Store) {
    // Not the order of the keys, and more than one digit.
    commit(store, [append("w", [12, 3]), append("w", [7, 3, 1])]).await;
    let changed = OutboxRecord { key: "key 3".into(), payload: "\"changed\"".into() };
    commit(store, [Write::Append { key: key("w"), records: vec![changed, record(2)] }]).await;
    let all = store.outbox(&key("w"), 10, usize::MAX).await.unwrap();
    assert_eq!(all, [record(12), record(3), record(7), record(1), record(2)]);
    assert_eq!(store.outbox(&key("w"), 2, usize::MAX).await.unwrap(), all[..2]);
    assert_eq!(store.outbox(&key("w"), 0, usize::MAX).await.unwrap(), []);
    // The payloads have 8 and 7 bytes.
    for (bytes, count) in [(0, 1), (14, 1), (15, 2), (21, 2), (22, 3)] {
        assert_eq!(store.outbox(&key("w"), 10, bytes).await.unwrap(), all[..count], "{bytes}");
    }

    // A part of them, in any order, one of them twice and one unknown.
    let records = [7, 12, 7, 99].map(|number| record(number).key).to_vec();
    commit(store, [Write::Acknowledge { key: key("w"), records }]).await;
    assert_eq!(outbox(store, "w").await, ["key 3", "key 1", "key 2"]);
    // One that was acknowledged is new again, and last.
    commit(store, [append("w", [12, 1])]).await;
    assert_eq!(outbox(store, "w").await, ["key 3", "key 1", "key 2", "key 12"]);
}

async fn an_outbox_belongs_to_one_intake_of_one_workflow(store: &dyn Store) {
    let elsewhere = |app: &str, intake: &str| IntakeKey { app: app.into(), intake: intake.into(), ..key("w") };
    let (other_app, other_intake) = (elsewhere("other", "import"), elsewhere("app", "other"));
    for key in [&other_app, &other_intake] {
        commit(store, [Write::Append { key: key.clone(), records: vec![record(1)] }]).await;
    }
    commit(store, [append("z", [1]), append("w", [1]), append("a", [1, 2])]).await;
    // A lease alone is no record.
    store.lease(&key("leased")).await.unwrap();
    assert_eq!(store.outbox_owners("app", "import").await.unwrap(), ["a", "w", "z"].map(key));
    let records = vec![record(1).key];
    commit(store, ["w", "a"].map(|workflow| Write::Acknowledge { key: key(workflow), records: records.clone() })).await;
    assert_eq!(store.outbox_owners("app", "import").await.unwrap(), ["a", "z"].map(key));
    assert_eq!(outbox(store, "w").await, <[&str; 0]>::default());
    assert_eq!(outbox(store, "a").await, ["key 2"]);
    assert_eq!(store.outbox_owners("other", "import").await.unwrap(), [other_app]);
    assert_eq!(store.outbox_owners("app", "other").await.unwrap(), [other_intake]);
}

async fn a_transaction_happens_wholly_or_not(store: &dyn Store) {
    let connection = owner(Scope::Connection, "c");
    commit(store, [Write::PutHook(hook("t", "hooked", connection.clone())), deliver("t", "1"), append("w", [1])]).await;
    commit(store, [Write::PutHookUser { token: "t".into(), user: user("w") }]).await;
    let delivery = store.deliveries("app", "hooked", 1, usize::MAX).await.unwrap().remove(0).id;
    let other = owner(Scope::Connection, "other");
    let all = vec![
        Write::Intake { key: key("w"), state: Some("1".into()), set_up: true, cycles: 1, cycle: None },
        Write::Save { owner: connection.clone(), entries: vec![("k".into(), "1".into())] },
        append("w", [2]),
        Write::Acknowledge { key: key("w"), records: vec![record(1).key] },
        Write::PutHook(hook("new", "hooked", other)),
        Write::PutHookUser { token: "t".into(), user: user("v") },
        Write::RemoveHookUser { token: "t".into(), workflow: "w".into() },
        deliver("t", "2"),
        Write::Undeliverable { delivery, reason: "no workflow".into() },
        Write::RemoveHook { token: "t".into() },
    ];
    let failures = [
        Write::CheckFence { key: key("w"), fence: 9 },
        Write::PutHookUser { token: "missing".into(), user: user("w") },
        deliver("missing", "3"),
    ];
    let counts = store.counts(Timestamp::MAX).await.unwrap();
    for failure in failures {
        for place in [0, 4, all.len()] {
            let mut writes = all.clone();
            writes.insert(place, failure.clone());
            store.commit(writes).await.unwrap_err();
            assert_eq!(store.counts(Timestamp::MAX).await.unwrap(), counts);
            assert_eq!(store.intake(&key("w")).await.unwrap(), None);
            assert_eq!(store.saved(&connection).await.unwrap(), []);
            assert_eq!(outbox(store, "w").await, ["key 1"]);
            assert_eq!(store.hook("new").await.unwrap(), None);
            assert_eq!(store.hook_users("t").await.unwrap(), [user("w")]);
            assert_eq!(payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()), ["1"]);
            assert_eq!(store.count_undeliverable("app").await.unwrap(), 0);
        }
    }
    commit(store, all).await;
    assert_eq!(outbox(store, "w").await, ["key 2"]);
    assert_eq!(store.hook("t").await.unwrap(), None);
    assert_eq!(store.count_undeliverable("app").await.unwrap(), 2);
}

async fn a_hook_is_replaced_in_place(store: &dyn Store) {
    let mut hook = hook("token", "hooked", owner(Scope::Application, ""));
    commit(store, [Write::PutHook(hook.clone()), Write::PutHookUser { token: "token".into(), user: user("w") }]).await;
    for status in [HookStatus::Creating, HookStatus::Active, HookStatus::Deleting] {
        hook.status = status;
        commit(store, [Write::PutHook(hook.clone())]).await;
        assert_eq!(store.hook("token").await.unwrap(), Some(hook.clone()));
        assert_eq!(store.hook_of("hooked", &hook.owner).await.unwrap(), Some(hook.clone()));
        assert_eq!(store.hook_users("token").await.unwrap(), [user("w")]);
    }
    let moved = Hook { owner: owner(Scope::Connection, "c"), ..hook.clone() };
    commit(store, [Write::PutHook(moved.clone())]).await;
    assert_eq!(store.hook_of("hooked", &hook.owner).await.unwrap(), None);
    assert_eq!(store.hook_of("hooked", &moved.owner).await.unwrap(), Some(moved));
    commit(store, [Write::RemoveHook { token: "token".into() }]).await;
    assert_eq!(store.hook("token").await.unwrap(), None);
    assert_eq!(store.hook_users("token").await.unwrap(), []);
}

async fn a_hook_goes_with_the_last_that_leaves_it(store: &dyn Store) {
    let token = || "t".to_owned();
    let leave = |workflow: &str| Write::LeaveHook { token: token(), workflow: workflow.into() };
    let put = |workflow| Write::PutHookUser { token: token(), user: user(workflow) };
    commit(store, [Write::PutHook(hook("t", "hooked", owner(Scope::Application, ""))), put("w"), put("v")]).await;
    commit(
        store,
        [deliver("t", "1"), leave("w"), leave("nobody"), Write::LeaveHook { token: "u".into(), workflow: "w".into() }],
    )
    .await;
    assert_eq!(store.hook_users("t").await.unwrap(), [user("v")]);
    commit(store, [leave("v")]).await;
    assert_eq!(store.hook("t").await.unwrap(), None);
    assert_eq!(store.count_undeliverable("app").await.unwrap(), 1);
    // One that nobody uses goes as well.
    commit(store, [Write::PutHook(hook("t", "hooked", owner(Scope::Application, ""))), leave("w")]).await;
    assert_eq!(store.hook("t").await.unwrap(), None);
}

async fn an_owner_has_one_hook_of_an_intake(store: &dyn Store) {
    let first = hook("first", "hooked", owner(Scope::Connection, "x"));
    commit(store, [Write::PutHook(first.clone())]).await;
    let second = Hook { token: "second".into(), ..first.clone() };
    let error = store.commit(vec![Write::PutHook(second.clone())]).await.unwrap_err();
    assert!(matches!(&error, StoreError::HookExists { intake } if intake == "hooked"), "{error:?}");
    assert_eq!(store.hook_of("hooked", &first.owner).await.unwrap(), Some(first.clone()));
    // Another intake, scope, owner or app is another matter.
    let other_app = ScopeKey { app: "other".into(), ..first.owner.clone() };
    let others = [
        hook("intake", "other", first.owner.clone()),
        hook("scope", "hooked", owner(Scope::Workflow, "x")),
        hook("owner", "hooked", owner(Scope::Connection, "y")),
        hook("app", "hooked", other_app),
    ];
    commit(store, others.clone().map(Write::PutHook)).await;
    for other in others {
        assert_eq!(store.hook_of(&other.intake, &other.owner).await.unwrap(), Some(other));
    }
    commit(store, [Write::RemoveHook { token: "first".into() }, Write::PutHook(second.clone())]).await;
    assert_eq!(store.hook_of("hooked", &first.owner).await.unwrap(), Some(second));
}

async fn users_of_a_hook_are_in_order(store: &dyn Store) {
    let put = |token: &str, user: HookUser| Write::PutHookUser { token: token.into(), user };
    let error = store.commit(vec![put("t", user("w"))]).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownHook), "{error:?}");
    let hooks = ["t", "u"].map(|token| Write::PutHook(hook(token, "hooked", owner(Scope::Connection, token))));
    commit(store, hooks).await;
    for workflow in ["z", "a", "m"] {
        commit(store, [put("t", user(workflow)), put("u", user(workflow))]).await;
    }
    let full = HookUser {
        workflow: "a".into(),
        connection: "another".into(),
        account: Some("".into()),
        resource: Some("r".into()),
        subdomain: Some("s".into()),
        inputs: "{\"x\":1}".into(),
    };
    commit(store, [put("t", full.clone())]).await;
    assert_eq!(store.hook_users("t").await.unwrap(), [user("z"), full.clone(), user("m")]);
    commit(store, [Write::RemoveHookUser { token: "t".into(), workflow: "z".into() }, put("t", user("z"))]).await;
    assert_eq!(store.hook_users("t").await.unwrap(), [full, user("m"), user("z")]);
    assert_eq!(store.hook_users("u").await.unwrap(), ["z", "a", "m"].map(user));
}

async fn deliveries_wait_until_they_are_routed(store: &dyn Store) {
    assert!(matches!(store.commit(vec![deliver("t", "0")]).await, Err(StoreError::UnknownHook)));
    let other_app = ScopeKey { app: "other".into(), ..owner(Scope::Connection, "a") };
    let hooks = [
        hook("a", "hooked", owner(Scope::Connection, "a")),
        hook("b", "hooked", owner(Scope::Connection, "b")),
        hook("c", "elsewhere", owner(Scope::Connection, "a")),
        hook("d", "hooked", other_app),
    ];
    commit(store, hooks.map(Write::PutHook)).await;
    commit(store, [deliver("b", "1"), deliver("c", "2"), deliver("a", "3")]).await;
    commit(store, [deliver("d", "4"), deliver("b", "5")]).await;

    let pending = store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap();
    assert_eq!(payloads(&pending), ["1", "3", "5"]);
    assert_eq!(pending.iter().map(|delivery| &*delivery.token).collect::<Vec<_>>(), ["b", "a", "b"]);
    assert!(pending.is_sorted_by(|one, next| one.id < next.id));
    assert_eq!(store.deliveries("app", "hooked", 2, usize::MAX).await.unwrap(), pending[..2]);
    assert_eq!(payloads(&store.deliveries("app", "elsewhere", 10, usize::MAX).await.unwrap()), ["2"]);
    assert_eq!(payloads(&store.deliveries("other", "hooked", 10, usize::MAX).await.unwrap()), ["4"]);

    let newest = pending[2].id;
    commit(store, [Write::Routed { delivery: pending[0].id }, Write::Routed { delivery: newest }]).await;
    assert_eq!(store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap(), pending[1..2]);
    // A number is never used again: routing something twice must not take what came later.
    commit(store, [deliver("a", "6"), Write::Routed { delivery: newest }]).await;
    let pending = store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap();
    assert_eq!(payloads(&pending), ["3", "6"]);
    assert!(pending[1].id > newest);
}

async fn what_cannot_be_delivered_is_kept(store: &dyn Store) {
    commit(store, [Write::PutHook(hook("t", "hooked", owner(Scope::Application, "")))]).await;
    let other_app = ScopeKey { app: "other".into(), ..owner(Scope::Application, "") };
    commit(store, [Write::PutHook(hook("u", "hooked", other_app))]).await;
    commit(store, ["t", "t", "t", "u"].map(|token| deliver(token, "{}"))).await;
    let pending = store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap();
    let foreign = store.deliveries("other", "hooked", 10, usize::MAX).await.unwrap();
    let undeliverable =
        |delivery: &Delivery, reason: &str| Write::Undeliverable { delivery: delivery.id, reason: reason.into() };
    commit(store, [undeliverable(&pending[2], "late"), undeliverable(&pending[0], "early")]).await;
    commit(store, [undeliverable(&foreign[0], "foreign")]).await;
    assert_eq!(store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap(), pending[1..2]);
    let kept = store.undeliverable("app", 10).await.unwrap();
    assert_eq!(kept.iter().map(|kept| &*kept.reason).collect::<Vec<_>>(), ["early", "late"]);
    assert_eq!([&kept[0].delivery, &kept[1].delivery], [&pending[0], &pending[2]]);
    assert_eq!(store.undeliverable("app", 1).await.unwrap(), kept[..1]);
    assert_eq!(store.count_undeliverable("app").await.unwrap(), 2);
    // Routed after all.
    commit(store, [Write::Routed { delivery: pending[0].id }]).await;
    assert_eq!(store.undeliverable("app", 10).await.unwrap(), kept[1..]);
    assert_eq!(store.count_undeliverable("app").await.unwrap(), 1);
    assert_eq!(store.count_undeliverable("other").await.unwrap(), 1);
}

async fn what_a_removed_hook_got_is_kept(store: &dyn Store) {
    let hooks = ["t", "u"].map(|token| Write::PutHook(hook(token, "hooked", owner(Scope::Connection, token))));
    commit(store, hooks).await;
    commit(store, [deliver("t", "1"), deliver("u", "2"), deliver("t", "3")]).await;
    let first = store.deliveries("app", "hooked", 1, usize::MAX).await.unwrap().remove(0).id;
    commit(store, [Write::Undeliverable { delivery: first, reason: "before".into() }]).await;
    commit(store, [Write::RemoveHook { token: "t".into() }]).await;
    assert_eq!(payloads(&store.deliveries("app", "hooked", 10, usize::MAX).await.unwrap()), ["2"]);
    let kept = store.undeliverable("app", 10).await.unwrap();
    let reasons: Vec<_> = kept.iter().map(|kept| (&*kept.delivery.payload, &*kept.reason)).collect();
    assert_eq!(reasons, [(&b"1"[..], "before"), (&b"3"[..], "the hook was removed")]);
    // What comes for it later is not taken: the vendor must not be told that it was.
    assert!(matches!(store.commit(vec![deliver("t", "4")]).await, Err(StoreError::UnknownHook)));
}

async fn a_later_write_sees_an_earlier_one(store: &dyn Store) {
    let put = Write::PutHook(hook("t", "hooked", owner(Scope::Workflow, "w")));
    let put_user = Write::PutHookUser { token: "t".into(), user: user("w") };
    let remove = Write::RemoveHook { token: "t".into() };
    commit(store, [put.clone(), put_user.clone(), deliver("t", "1"), remove.clone()]).await;
    assert_eq!(store.count_undeliverable("app").await.unwrap(), 1);
    let error = store.commit(vec![put, remove, put_user]).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownHook));
    let acknowledge = Write::Acknowledge { key: key("w"), records: vec![record(1).key] };
    commit(store, [append("w", [1, 2]), acknowledge, append("w", [1])]).await;
    assert_eq!(outbox(store, "w").await, ["key 2", "key 1"]);
}

async fn odd_text_comes_back_as_it_was(store: &dyn Store) {
    for text in ["", "\0", "a\0b", "'; DROP TABLE outbox; --", "%_\\\"", "💡\u{feff}", "\n"] {
        let record = OutboxRecord { key: text.into(), payload: text.into() };
        let key = IntakeKey { app: text.into(), intake: text.into(), workflow: text.into() };
        let owner = ScopeKey { app: text.into(), scope: Scope::Connection, owner: text.into() };
        let hook = Hook { token: text.into(), intake: text.into(), owner: owner.clone(), status: HookStatus::Active };
        let entry = (text.to_owned(), text.to_owned());
        let writes = [
            Write::Append { key: key.clone(), records: vec![record.clone()] },
            Write::Intake { key: key.clone(), state: Some(text.into()), set_up: false, cycles: 0, cycle: None },
            Write::Save { owner: owner.clone(), entries: vec![entry.clone()] },
            Write::PutHook(hook.clone()),
            deliver(text, text),
        ];
        commit(store, writes).await;
        assert_eq!(store.outbox(&key, 1, usize::MAX).await.unwrap(), [record]);
        assert_eq!(store.outbox_owners(text, text).await.unwrap(), std::slice::from_ref(&key));
        assert_eq!(store.intake(&key).await.unwrap().unwrap().state.as_deref(), Some(text));
        assert_eq!(store.saved(&owner).await.unwrap(), [entry]);
        assert_eq!(store.hook_of(text, &owner).await.unwrap(), Some(hook));
        assert_eq!(payloads(&store.deliveries(text, text, 10, usize::MAX).await.unwrap()), [text]);
    }
    // Not even text: it is for whoever reads it to refuse.
    let record = OutboxRecord { key: "k".into(), payload: vec![0xff, 0, 0xfe].into() };
    commit(store, [Write::Append { key: key("bytes"), records: vec![record.clone()] }]).await;
    assert_eq!(store.outbox(&key("bytes"), 1, usize::MAX).await.unwrap(), [record]);
}
