//! What must hold: of registrations at any time, of all else once the faults are over.

use crate::host::{Host, Running};
use crate::sim::Sim;
use intake_runtime::inspect::Finding;
use intake_runtime::intake::Scope;
use intake_runtime::store::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// More workflows than there are.
const ALL: usize = 1_000;

/// Each registration at the vendor is one that the store knows, or says that it does not know.
pub(crate) async fn registrations(host: &Host) {
    let sim = &host.sim;
    sim.count("event: registrations are compared");
    let hooks = sim.state().vendor.hooks.clone();
    for (id, hook) in hooks {
        let known = host.store.hook(&hook.token).await.expect("a hook");
        let intent = host.store.intent(&hook.token).await.expect("an intent");
        let problem = match (known, intent) {
            (None, _) => "nobody knows it".to_owned(),
            (Some(known), _) if known.status == HookStatus::Active => {
                let saved = saved_id(host, &known.owner).await;
                if saved == Some(id) {
                    continue;
                }
                format!("{saved:?} is known in its place")
            }
            (Some(_), Some(intent)) if intent.action == IntentAction::Create => match intent.failure {
                None => continue,
                Some(failure) => format!("its `create` is said to have failed: {failure}"),
            },
            (Some(_), Some(intent)) if intent.action == IntentAction::Delete => continue,
            (Some(known), intent) => format!("it is {:?}, its intent is {intent:?}, and nothing says so", known.status),
        };
        sim.problem(format!("the vendor's hook {id} ({}, {:?}) is an orphan: {problem}", hook.kind, hook.of));
    }
}

async fn saved_id(host: &Host, owner: &ScopeKey) -> Option<u64> {
    let name = match owner.scope {
        Scope::Workflow => "own_id",
        Scope::Connection => "shared_id",
        Scope::Application => "app_id",
    };
    let saved = host.store.saved(owner).await.expect("what is saved");
    saved.iter().find(|(key, _)| key == name)?.1.parse().ok()
}

/// Lets all come to rest; the operator does what somebody has to.
pub(crate) async fn rest(host: &Arc<Host>) {
    let sim = &host.sim;
    let (limits, policy) = (sim.config.limits, sim.config.policy);
    let hour = Duration::from_secs(3600);
    // In a small window, what is overdue has its turn once a minute only.
    let turns = if limits.window < 64 { hour * 24 } else { Duration::ZERO };
    let bound = limits.longest_pause * 3 + policy.longest_pause * 3 + policy.timeout + hour * 3 + turns;
    let begun = sim.elapsed();
    let mut why = String::new();
    while sim.elapsed() < begun + bound {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let Some(running) = host.running() else { continue };
        running.process.defuse();
        mend(host, &running).await;
        match busy(host).await {
            None => {
                why.clear();
                break;
            }
            Some(reason) => why = reason,
        }
    }
    if !why.is_empty() {
        sim.problem(format!("it does not come to rest within {bound:?}: {why}"));
    }
    sim.say(format_args!("it has come to rest after {:?}", sim.elapsed() - begun));
}

/// What an operator does. Of a `create` without outcome nobody knows whether the vendor holds the hook: it is looked up
/// there by its URL and removed, and forgotten here. Then whoever waits is let go on.
async fn mend(host: &Host, running: &Running) {
    let sim = &host.sim;
    let inspection = running.runtime.inspect(ALL).await.expect("an inspection");
    for finding in inspection.findings {
        let hook = match finding {
            Finding::Unknown(call) if call.action == IntentAction::Create => call.hook,
            Finding::Unused(hook) => *hook,
            _ => continue,
        };
        let Some(known) = host.store.hook_of(&hook.intake, &hook.owner).await.expect("a hook") else { continue };
        sim.say(format_args!("the operator drops {hook:?}"));
        sim.count("event: a registration without outcome is mended");
        sim.state().vendor.hooks.retain(|_, hook| hook.token != known.token);
        let dropped = running.runtime.drop_hook(&hook.intake, &hook.owner).await;
        if !matches!(dropped, Ok(true)) {
            sim.problem(format!("a hook could not be dropped: {dropped:?}"));
        }
    }
    for workflow in host.store.workflows(Which::All, None, ALL).await.expect("workflows") {
        if !workflow.status.runs() {
            let id = &workflow.key.workflow;
            sim.say(format_args!("the operator resumes {id}: {:?}", workflow.status));
            sim.count("event: a workflow is resumed in the end");
            let now = sim.elapsed();
            sim.state().ledger.changes(id, false, now);
            if let Some(known) = sim.state().ledger.workflows.get_mut(id) {
                known.paused = None;
            }
            let resumed = running.service.resume("vendor", id).await;
            if resumed.is_err() {
                sim.problem(format!("{id} could not be resumed: {resumed:?}"));
            }
        }
    }
}

/// What is still to be done, if anything is.
async fn busy(host: &Host) -> Option<String> {
    let sim = &host.sim;
    let counts = host.store.counts(sim.wall()).await.expect("counts");
    if counts.outbox + counts.deliveries + counts.intents > 0 {
        return Some(format!("{counts:?}"));
    }
    for workflow in host.store.workflows(Which::All, None, ALL).await.expect("workflows") {
        let (_, tasks) = host.store.workflow(&workflow.key).await.expect("a workflow")?;
        if workflow.status != WorkflowStatus::Active {
            return Some(format!("{}: {:?} {tasks:?}", workflow.key.workflow, workflow.status));
        }
        for task in tasks {
            let busy = match task.mode {
                TaskMode::Webhook => task.next.is_some(),
                TaskMode::Once => !task.progress.done || task.next.is_some(),
                TaskMode::Recurring { .. } => {
                    let feed = (task.key.intake.clone(), task.key.workflow.clone());
                    let published = sim.state().vendor.feeds.get(&feed).copied().unwrap_or(0);
                    let stored = sim.state().ledger.cursor(&feed.0, &feed.1);
                    let resets = task.next.is_none_or(|next| next.job != Job::Cycle);
                    resets || task.failures > 0 || stored.unwrap_or(0) < published
                }
            };
            if busy {
                return Some(format!("{task:?}: {:?} {:?}", task.next, task.error));
            }
        }
    }
    None
}

/// What must hold in the end.
pub(crate) async fn all(host: &Host) {
    let sim = &host.sim;
    registrations(host).await;
    findings(host).await;
    hooks(host).await;
    items(sim);
    deliveries(host).await;
    for lost in sim.lost() {
        sim.problem(format!("{lost} is lost"));
    }
    let workflows = sim.state().ledger.workflows.clone();
    for (id, known) in workflows {
        let key = WorkflowKey { app: "vendor".to_owned(), workflow: id.clone() };
        let stored = host.store.workflow(&key).await.expect("a workflow").is_some();
        if known.exists.is_some_and(|exists| exists != stored) {
            sim.problem(format!("{id} is to be there: {:?}, is there: {stored}", known.exists));
        }
    }
}

async fn findings(host: &Host) {
    let Some(running) = host.running() else { return host.sim.problem("nothing runs in the end".to_owned()) };
    let inspection = running.runtime.inspect(ALL).await.expect("an inspection");
    for finding in inspection.findings {
        match &finding {
            Finding::Dead { .. } | Finding::Undeliverable { .. } => {}
            // A removed workflow's number of cycles is kept, so that no key is used twice.
            Finding::NoWorkflow { .. } => {}
            // It is at work on the next.
            Finding::Cycle { .. } => {}
            _ => host.sim.problem(format!("in the end there is something to look at: {finding}")),
        }
    }
}

/// What the vendor holds is what the workflows use, no less and no more.
async fn hooks(host: &Host) {
    let sim = &host.sim;
    let mut wanted: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    for workflow in host.store.workflows(Which::All, None, ALL).await.expect("workflows") {
        let (_, tasks) = host.store.workflow(&workflow.key).await.expect("a workflow").expect("it is there");
        for task in tasks.into_iter().filter(|task| task.mode == TaskMode::Webhook) {
            let owner = match task.key.intake.as_str() {
                "own" => workflow.key.workflow.clone(),
                "shared" => workflow.connection.clone(),
                _ => String::new(),
            };
            let inputs: Value = serde_json::from_str(&task.inputs).unwrap_or_default();
            let tag = inputs["custom_data"]["tag"]["value"].as_str().map(str::to_owned);
            wanted.insert((task.key.intake, owner), tag);
        }
    }
    let mut held: BTreeMap<(String, String), u64> = BTreeMap::new();
    let at_vendor = sim.state().vendor.hooks.clone();
    for (id, hook) in at_vendor {
        let Some(known) = host.store.hook(&hook.token).await.expect("a hook") else { continue };
        if let Some(other) = held.insert((known.intake.clone(), known.owner.owner.clone()), id) {
            sim.problem(format!("the vendor's hook {id} is the same as its hook {other}"));
        }
        match wanted.get(&(known.intake.clone(), known.owner.owner.clone())) {
            None => sim.problem(format!("nobody uses the vendor's hook {id} ({}, {:?})", hook.kind, hook.of)),
            Some(tag) if *tag != hook.tag => {
                sim.problem(format!("the vendor's hook {id} has the tag {:?}, not {tag:?}", hook.tag));
            }
            Some(_) => {}
        }
    }
    for hook in wanted.keys().filter(|hook| !held.contains_key(*hook)) {
        sim.problem(format!("the vendor's hook for {hook:?} is missing"));
    }
}

/// All that the vendor has served is in a sink, or a dead letter, under as many keys as there were beginnings.
fn items(sim: &Sim) {
    let got =
        sim.keys_by(|owner, record| Some((owner.intake.clone(), owner.workflow.clone(), record["item"].as_u64()?)));
    for ((intake, workflow, item), keys) in &got {
        if keys.len() as u64 > 1 + sim.state().ledger.restarts(workflow) {
            sim.problem(format!("item {item} of `{intake}` for {workflow} has several keys: {keys:?}"));
        }
    }
    let feeds = sim.state().vendor.feeds.clone();
    for ((intake, workflow), published) in feeds {
        let read = sim.state().ledger.cursor(&intake, &workflow).unwrap_or(0).min(published);
        let lost: Vec<_> =
            (1..=read).filter(|item| !got.contains_key(&(intake.clone(), workflow.clone(), *item))).collect();
        if !lost.is_empty() {
            sim.problem(format!("items {lost:?} of `{intake}` for {workflow} are lost"));
        }
    }
}

/// What was answered with 200 is in a sink, a dead letter, or kept as undeliverable, with the reason; and only once.
async fn deliveries(host: &Host) {
    let sim = &host.sim;
    let got = sim.keys_by(|owner, record| Some((record["delivery"].as_u64()?, owner.workflow.clone())));
    for ((delivery, workflow), keys) in got.iter().filter(|(_, keys)| keys.len() > 1) {
        sim.problem(format!("delivery {delivery} for {workflow} has several keys: {keys:?}"));
    }
    let misrouted = sim.keys_by(|owner, record| {
        let of = record["of"].as_str()?;
        (of != owner.workflow).then(|| (of.to_owned(), owner.workflow.clone()))
    });
    for ((of, workflow), keys) in misrouted {
        sim.problem(format!("{keys:?} are for {of} and went to {workflow}"));
    }
    let mut kept = BTreeSet::new();
    for delivery in host.store.kept_deliveries(true, 0, usize::MAX).await.expect("deliveries") {
        let payload: Value = serde_json::from_slice(&delivery.payload).unwrap_or_default();
        kept.extend(payload["delivery"].as_u64().filter(|_| delivery.reason.is_some_and(|reason| !reason.is_empty())));
        sim.count("event: an undeliverable delivery is kept");
    }
    let numbers: BTreeSet<u64> = got.into_keys().map(|(number, _)| number).collect();
    let mut lost = Vec::new();
    for (number, delivery) in &sim.state().ledger.acknowledged {
        if !numbers.contains(number) && !kept.contains(number) {
            lost.push(format!(
                "delivery {number} ({} for {}) was acknowledged and is lost",
                delivery.kind, delivery.of
            ));
        }
    }
    lost.into_iter().for_each(|problem| sim.problem(problem));
}
