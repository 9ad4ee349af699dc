//! What must hold in the end.

use crate::book::Book;
use crate::vendor::Vendor;
use intake::Scope;
use intake::clock::Timestamp;
use intake::store::{HookStatus, ScopeKey, Sqlite, Store, Which, WorkflowKey};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    calls: u64,
    deliveries: usize,
    put_off: u64,
    undeliverable: usize,
    items: usize,
    duplicates: usize,
    mended: usize,
    pub(crate) problems: Vec<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, deliveries, put_off, undeliverable, items, duplicates, mended, problems } = self;
        write!(
            f,
            "{deliveries} acknowledged deliveries ({undeliverable} kept as undeliverable; {put_off} answered with 503), \
             {items} polled items, {calls} calls on workflows; {duplicates} records delivered again under their keys, \
             {mended} registrations without outcome mended, {} problems",
            problems.len()
        )
    }
}

pub(crate) async fn all(store: &Sqlite, records: &str, vendor: &Vendor, book: &Book) -> Found {
    let mut found = Found {
        calls: book.calls,
        deliveries: book.acknowledged.len(),
        put_off: book.put_off,
        mended: book.mended,
        problems: book.problems.clone(),
        ..Found::default()
    };
    found.problems.extend(vendor.ledger().problems.iter().cloned());
    if !found.problems.is_empty() {
        // It was given up there: what was under way is not done.
        return found;
    }
    let records = read(records, &mut found);
    items(&records, vendor, book, &mut found);
    deliveries(&records, store, book, &mut found).await;
    hooks(store, vendor, &mut found).await;
    workflows(store, vendor, book, &mut found).await;
    counters(store, &mut found).await;
    found
}

/// What is kept count of is what there is.
async fn counters(store: &Sqlite, found: &mut Found) {
    let counts = store.counts(Timestamp::MAX).await.expect("counts");
    let all = usize::MAX;
    let pairs = [
        ("outbox", counts.outbox, store.outbox_entries(false, 0, all).await.expect("records").len()),
        ("dead", counts.dead, store.outbox_entries(true, 0, all).await.expect("records").len()),
        ("deliveries", counts.deliveries, store.kept_deliveries(false, 0, all).await.expect("deliveries").len()),
        ("undeliverable", counts.undeliverable, store.kept_deliveries(true, 0, all).await.expect("deliveries").len()),
        ("workflows", counts.workflows, store.workflows(Which::All, None, all).await.expect("workflows").len()),
        ("paused", counts.paused, store.workflows(Which::Paused, None, all).await.expect("workflows").len()),
        ("removing", counts.removing, store.workflows(Which::Removing, None, all).await.expect("workflows").len()),
        ("hooks", counts.hooks, store.hooks(None, all).await.expect("hooks").len()),
        ("intents", counts.intents, store.intents(None, all).await.expect("intents").len()),
    ];
    for (what, counted, there) in pairs {
        if counted != there as u64 {
            found.problems.push(format!("{what}: {there} are there, {counted} counted"));
        }
    }
}

/// The records that the sink got, by key.
fn read(text: &str, found: &mut Found) -> BTreeMap<String, Value> {
    let mut records: BTreeMap<String, Value> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let parsed = line.split_once('\t').and_then(|(key, record)| Some((key, serde_json::from_str(record).ok()?)));
        // A kill in the middle of a write leaves a part of a line: its record was not acknowledged and comes again.
        let Some((key, record)) = parsed else { continue };
        match records.get(key) {
            Some(before) if *before != record => found.problems.push(format!("one key, two records: {key}")),
            Some(_) => found.duplicates += 1,
            None => _ = records.insert(key.to_owned(), record),
        }
    }
    records
}

/// The keys of the records of each value under a key.
fn keys_by<'a, K: Ord>(
    records: &'a BTreeMap<String, Value>,
    of: impl Fn(&'a Value) -> Option<K>,
) -> BTreeMap<K, Vec<&'a str>> {
    let mut keys: BTreeMap<K, Vec<&str>> = BTreeMap::new();
    for (key, record) in records {
        if let Some(of) = of(record) {
            keys.entry(of).or_default().push(key);
        }
    }
    keys
}

fn items(records: &BTreeMap<String, Value>, vendor: &Vendor, book: &Book, found: &mut Found) {
    let got = keys_by(records, |record| Some((record["of"].as_str()?, record["item"].as_u64()?)));
    for ((of, item), keys) in got.iter().filter(|(_, keys)| keys.len() > 1) {
        found.problems.push(format!("item {item} of {of} has several keys: {keys:?}"));
    }
    found.items = got.len();
    let feeds = vendor.ledger().feeds.clone();
    for (of, feed) in feeds.iter().filter(|(of, _)| book.workflows.contains_key(*of)) {
        let lost: Vec<_> = (1..=feed.published).filter(|item| !got.contains_key(&(of.as_str(), *item))).collect();
        if !lost.is_empty() {
            found.problems.push(format!("items {lost:?} of {of} are lost"));
        }
    }
}

async fn deliveries(records: &BTreeMap<String, Value>, store: &Sqlite, book: &Book, found: &mut Found) {
    let got = keys_by(records, |record| record["delivery"].as_u64());
    for (delivery, keys) in got.iter().filter(|(_, keys)| keys.len() > 1) {
        found.problems.push(format!("delivery {delivery} has several keys: {keys:?}"));
    }
    let mut kept = BTreeSet::new();
    let mut after = 0;
    loop {
        let page = store.kept_deliveries(true, after, 1_000).await.expect("deliveries");
        let Some(last) = page.last() else { break };
        after = last.id;
        let number = |payload: &[u8]| serde_json::from_slice::<Value>(payload).ok()?["delivery"].as_u64();
        kept.extend(page.iter().filter_map(|delivery| number(&delivery.payload)));
    }
    found.undeliverable = kept.len();
    for delivery in &book.acknowledged {
        if !got.contains_key(delivery) && !kept.contains(delivery) {
            found.problems.push(format!("delivery {delivery} was acknowledged and is lost"));
        }
    }
}

/// Each registration at the vendor is one that the store knows.
async fn hooks(store: &Sqlite, vendor: &Vendor, found: &mut Found) {
    let hooks = vendor.ledger().hooks.clone();
    for (id, hook) in hooks {
        let token = hook.url.rsplit('/').next().unwrap_or_default();
        let problem = match store.hook(token).await.expect("a hook") {
            None => "nobody knows it",
            Some(known) if known.status != HookStatus::Active => "it is not active",
            Some(known) => {
                let owner = ScopeKey { app: "vendor".to_owned(), ..known.owner };
                let name = if owner.scope == Scope::Workflow { "own_id" } else { "shared_id" };
                let saved = store.saved(&owner).await.expect("what is saved");
                if saved.contains(&(name.to_owned(), id.to_string())) {
                    continue;
                }
                "another registration is known in its place"
            }
        };
        found.problems.push(format!("the vendor's hook {id} ({:?}) is an orphan: {problem}", hook.of));
    }
}

async fn workflows(store: &Sqlite, vendor: &Vendor, book: &Book, found: &mut Found) {
    let registered: BTreeSet<_> = vendor.ledger().hooks.values().filter_map(|hook| hook.of.clone()).collect();
    for id in book.workflows.keys() {
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: id.clone() };
        if store.workflow(&key).await.expect("a workflow").is_none() {
            found.problems.push(format!("workflow {id} was added and is lost"));
        }
        if !registered.contains(id) {
            found.problems.push(format!("workflow {id} has no webhook at the vendor"));
        }
    }
    for id in &book.removed {
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: id.clone() };
        if store.workflow(&key).await.expect("a workflow").is_some() {
            found.problems.push(format!("workflow {id} was removed and is there"));
        }
    }
}
