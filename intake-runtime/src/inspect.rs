//! What somebody is to look at, and what can be done about it.

use crate::clock::Timestamp;
use crate::runtime::Runtime;
use crate::store::{
    Counts, Hook, HookStatus, IntakeKey, Intent, IntentAction, OutboxLane, RegisteredHook, ScopeKey, StoreError,
    StoredDelivery, Task, TaskMode, TaskReport, Which, WorkflowKey, WorkflowStatus, Write,
};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::PoisonError;

/// How much is read at once.
const PAGE: usize = 500;

/// What a store holds that somebody may have to look at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// How much of everything there is.
    pub counts: Counts,
    /// The hooks.
    pub registrations: Vec<HookReport>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// Whether there is more of some kind than was asked for.
    pub more: bool,
}

/// A hook, without the secret part of its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookReport {
    /// The intake's name.
    pub intake: String,
    /// Who owns it, with the app's name.
    pub owner: ScopeKey,
    /// How far its registration has come.
    pub status: HookStatus,
    /// The workflows that receive what it gets.
    pub workflows: Vec<String>,
}

/// Something that is not as it should be. Its text says what it is and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A call that changes a registration was cut off, or not answered.
    Unknown(Box<Call>),
    /// A call that changes a registration has failed.
    Failed(Box<Call>),
    /// A hook that the vendor delivers to and no workflow receives.
    Unused(Box<HookReport>),
    /// A workflow whose cycles have run, but that has no polling state.
    NoState {
        /// The intake.
        key: IntakeKey,
    },
    /// A polling state whose workflow is not stored, though others are.
    NoWorkflow {
        /// The intake.
        key: IntakeKey,
    },
    /// A workflow that waits for somebody to look at it.
    Attention {
        /// The workflow.
        key: WorkflowKey,
        /// Why.
        reason: String,
    },
    /// A part of a workflow that is being removed, which does not come to its end.
    Leaving {
        /// The intake.
        key: IntakeKey,
        /// How often in a row it has failed.
        failures: u32,
        /// Why it failed last.
        reason: String,
    },
    /// A cycle that was begun, has not ended, and is not at work in this runtime.
    Cycle {
        /// The intake.
        key: IntakeKey,
        /// The cycle's number.
        cycle: u64,
        /// How many requests it has made.
        requests: u32,
    },
    /// Records whose sink refuses them.
    Refused(Box<OutboxLane>),
    /// Records that were set aside.
    Dead {
        /// Whose they are.
        key: IntakeKey,
        /// How many.
        count: u64,
        /// Why, and since when, the oldest was.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// Deliveries that no workflow gets.
    Undeliverable {
        /// The app's name.
        app: String,
        /// The intake's name.
        intake: String,
        /// How many.
        count: u64,
    },
}

/// A call to a vendor that changes a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The hook.
    pub hook: HookReport,
    /// What it was to do.
    pub action: IntentAction,
    /// The workflow that it was made for.
    pub workflow: String,
    /// When it was first meant to be made.
    pub since: Timestamp,
    /// How often it was tried.
    pub attempt: u32,
    /// Why it failed, without values, if it did.
    pub failure: Option<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hook, action, workflow, since, attempt, .. } = self;
        let (action, intake, app) = (action.as_str(), &hook.intake, &hook.owner.app);
        write!(f, "`{action}` of `{intake}` of app `{app}` for workflow `{workflow}` (try {attempt}, since {since})")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |key: &IntakeKey| {
            let IntakeKey { app, intake, workflow } = key;
            format!("`{intake}` of app `{app}` for workflow `{workflow}`")
        };
        match self {
            Self::Unknown(call) => {
                let todo = match call.action {
                    IntentAction::Create => {
                        "look at the vendor, then register again (`register_again`) or drop the hook (`drop_hook`)"
                    }
                    IntentAction::Update => "update it again (`update`)",
                    IntentAction::Delete => "unregister it again (`unregister`)",
                };
                write!(f, "the outcome of {call} is not known: {todo}")
            }
            Self::Failed(call) => {
                let todo = match call.action {
                    IntentAction::Create => "register it again (`register`), or unregister it (`unregister`)",
                    IntentAction::Update => "update it again (`update`)",
                    IntentAction::Delete => "unregister it again (`unregister`), or drop the hook (`drop_hook`)",
                };
                write!(f, "{call} failed: {}; {todo}", call.failure.as_deref().unwrap_or_default())
            }
            Self::Unused(hook) => write!(
                f,
                "no workflow uses the hook of `{}` of app `{}` ({} `{}`): unregister it (`unregister`), or drop it (`drop_hook`)",
                hook.intake,
                hook.owner.app,
                hook.owner.scope.as_str(),
                hook.owner.owner
            ),
            Self::NoState { key } => write!(f, "{} has run, and has no polling state: reset it (`reset`)", of(key)),
            Self::NoWorkflow { key } => write!(f, "{} has a polling state, and the workflow is not stored", of(key)),
            Self::Attention { key, reason } => {
                write!(f, "workflow `{}` of app `{}` needs attention: {reason}", key.workflow, key.app)
            }
            Self::Leaving { key, failures, reason } => write!(
                f,
                "the removal of {} has failed {failures} times in a row, and is tried again: {reason}; `remove` tries it at \
                 once, `abandon` gives up what is left of the workflow",
                of(key)
            ),
            Self::Cycle { key, cycle, requests } => write!(
                f,
                "cycle {cycle} of {} was interrupted after {requests} requests: the next one goes on with it, `reset` gives it up",
                of(key)
            ),
            Self::Refused(lane) => write!(
                f,
                "the sink has refused records of {} {} times in a row: {}",
                of(&lane.key),
                lane.attempts,
                lane.reason.as_deref().unwrap_or_default()
            ),
            Self::Dead { key, count, reason, since } => {
                let s = if *count == 1 { "" } else { "s" };
                write!(
                    f,
                    "{count} dead letter{s} of {}, since {since}: {reason}; offer them again (`retry_dead_letters`), or drop \
                     them (`drop_dead_letter`)",
                    of(key)
                )
            }
            Self::Undeliverable { app, intake, count } => {
                let (ies, them) = if *count == 1 { ("y", "it") } else { ("ies", "them") };
                write!(
                    f,
                    "{count} undeliverable deliver{ies} of `{intake}` of app `{app}`: route {them} again \
                     (`retry_undeliverable`), or drop {them} (`drop_undeliverable`)"
                )
            }
        }
    }
}

/// Findings of one kind, at most so many.
struct Found<'a> {
    limit: usize,
    count: usize,
    inspection: &'a mut Inspection,
}

impl Found<'_> {
    fn push(&mut self, finding: Finding) {
        if self.count < self.limit {
            self.inspection.findings.push(finding);
        } else {
            self.inspection.more = true;
        }
        self.count += 1;
    }
}

impl Inspection {
    fn found(&mut self, limit: usize) -> Found<'_> {
        Found { limit, count: 0, inspection: self }
    }
}

impl Runtime {
    /// Looks through the store: registrations, and what is not as it should be, at most `limit` of each kind. It reads all
    /// that is stored, a page at a time, beside whatever is at work; what changes meanwhile can be missed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn inspect(&self, limit: usize) -> Result<Inspection, StoreError> {
        let counts = self.store().counts(self.now()).await?;
        let mut inspection = Inspection { counts, registrations: Vec::new(), findings: Vec::new(), more: false };
        self.inspect_hooks(limit, &mut inspection).await?;
        self.inspect_workflows(&mut inspection.found(limit)).await?;
        self.inspect_tasks(&mut inspection, limit).await?;
        self.inspect_cycles(&mut inspection.found(limit)).await?;
        // Who polls without stored workflows has strays only.
        if inspection.counts.workflows > 0 {
            self.inspect_strays(&mut inspection.found(limit)).await?;
        }
        self.inspect_lanes(&mut inspection.found(limit)).await?;
        self.inspect_dead(&mut inspection.found(limit)).await?;
        self.inspect_undeliverable(&mut inspection.found(limit)).await?;
        Ok(inspection)
    }

    async fn inspect_hooks(&self, limit: usize, inspection: &mut Inspection) -> Result<(), StoreError> {
        let store = self.store();
        let mut registrations = Vec::new();
        let mut found = inspection.found(limit);
        let mut after: Option<String> = None;
        loop {
            let page = store.registrations(after.as_deref(), PAGE).await?;
            let Some(last) = page.last().map(|registration| registration.hook.token.clone()) else { break };
            after = Some(last);
            for RegisteredHook { hook: Hook { intake, owner, status, .. }, intent, workflows } in page {
                // One that is under way here has no outcome yet.
                let under_way = self.inner.registrations.has(|(name, of)| *name == intake && *of == owner);
                let intent = intent.filter(|_| !under_way);
                let hook = HookReport { intake, owner, status, workflows };
                let unused = hook.status == HookStatus::Active && hook.workflows.is_empty() && !under_way;
                let finding = match intent {
                    Some(intent) => Some(call(hook.clone(), intent)),
                    None if unused => Some(Finding::Unused(Box::new(hook.clone()))),
                    None => None,
                };
                if let Some(finding) = finding {
                    found.push(finding);
                }
                registrations.push(hook);
            }
        }
        inspection.more |= registrations.len() > limit;
        registrations.truncate(limit);
        inspection.registrations = registrations;
        Ok(())
    }

    async fn inspect_workflows(&self, found: &mut Found<'_>) -> Result<(), StoreError> {
        let mut after: Option<WorkflowKey> = None;
        loop {
            let workflows = self.store().workflows(Which::NeedsAttention, after.as_ref(), PAGE).await?;
            let Some(last) = workflows.last().map(|workflow| workflow.key.clone()) else { return Ok(()) };
            after = Some(last);
            for workflow in workflows {
                if let WorkflowStatus::NeedsAttention { reason } = workflow.status {
                    found.push(Finding::Attention { key: workflow.key, reason });
                }
            }
        }
    }

    async fn inspect_tasks(&self, inspection: &mut Inspection, limit: usize) -> Result<(), StoreError> {
        let (mut leaving, mut stateless) = (Vec::new(), Vec::new());
        let mut after = 0;
        loop {
            let tasks = self.store().tasks(after, PAGE).await?;
            let Some(last) = tasks.last().map(|report| report.task.number) else { break };
            after = last;
            for TaskReport { task, status, known } in tasks {
                let Task { key, mode, failures, error, progress, .. } = task;
                let ran = mode != TaskMode::Webhook && progress.cycles > 0;
                if status == WorkflowStatus::Removing && failures > 0 && leaving.len() <= limit {
                    leaving.push(Finding::Leaving { key, failures, reason: error.unwrap_or_default() });
                } else if ran && !known && stateless.len() <= limit {
                    stateless.push(Finding::NoState { key });
                }
            }
        }
        for findings in [leaving, stateless] {
            let mut found = inspection.found(limit);
            findings.into_iter().for_each(|finding| found.push(finding));
        }
        Ok(())
    }

    async fn inspect_cycles(&self, found: &mut Found<'_>) -> Result<(), StoreError> {
        let mut after: Option<IntakeKey> = None;
        loop {
            let intakes = self.store().intakes(after.as_ref(), PAGE).await?;
            let Some(last) = intakes.last().map(|(key, _)| key.clone()) else { return Ok(()) };
            after = Some(last);
            for (key, intake) in intakes {
                let begun = intake.cycle.filter(|_| self.inner.polls.take(&key).is_some());
                if let Some(progress) = begun {
                    let (cycle, requests) = (intake.cycles + 1, progress.requests);
                    found.push(Finding::Cycle { key, cycle, requests });
                }
            }
        }
    }

    async fn inspect_strays(&self, found: &mut Found<'_>) -> Result<(), StoreError> {
        let mut after: Option<IntakeKey> = None;
        loop {
            let strays = self.store().strays(after.as_ref(), PAGE).await?;
            let Some(last) = strays.last().cloned() else { return Ok(()) };
            after = Some(last);
            strays.into_iter().for_each(|key| found.push(Finding::NoWorkflow { key }));
        }
    }

    async fn inspect_lanes(&self, found: &mut Found<'_>) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let lanes = self.store().lanes(after, PAGE).await?;
            let Some(last) = lanes.last().map(|lane| lane.number) else { return Ok(()) };
            after = last;
            for lane in lanes.into_iter().filter(|lane| lane.attempts > 0) {
                found.push(Finding::Refused(Box::new(lane)));
            }
        }
    }

    async fn inspect_dead(&self, found: &mut Found<'_>) -> Result<(), StoreError> {
        let mut after = 0;
        let mut lanes: BTreeMap<IntakeKey, (u64, String, Timestamp)> = BTreeMap::new();
        loop {
            let letters = self.dead_letters(after, PAGE).await?;
            let Some(last) = letters.last().map(|letter| letter.number) else { break };
            after = last;
            for letter in letters {
                let Some(dead) = letter.dead else { continue };
                lanes.entry(letter.owner).or_insert((0, dead.reason, dead.since)).0 += 1;
            }
        }
        for (key, (count, reason, since)) in lanes {
            found.push(Finding::Dead { key, count, reason, since });
        }
        Ok(())
    }

    async fn inspect_undeliverable(&self, found: &mut Found<'_>) -> Result<(), StoreError> {
        let mut after = 0;
        let mut intakes: BTreeMap<(String, String), u64> = BTreeMap::new();
        loop {
            let kept = self.list_undeliverable(after, PAGE).await?;
            let Some(last) = kept.last().map(|delivery| delivery.id) else { break };
            after = last;
            for StoredDelivery { app, intake, .. } in kept {
                *intakes.entry((app, intake)).or_default() += 1;
            }
        }
        for ((app, intake), count) in intakes {
            found.push(Finding::Undeliverable { app, intake, count });
        }
        Ok(())
    }

    /// Undeliverable deliveries of all apps, each with the reason, in order of arrival: those behind the id `after` (0 for
    /// all), at most `limit`.
    /// [Fewer](crate::store::PAGE_BYTES) if they are large.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn list_undeliverable(&self, after: i64, limit: usize) -> Result<Vec<StoredDelivery>, StoreError> {
        self.store().kept_deliveries(true, after, limit).await
    }

    /// Has an undeliverable delivery routed again by the receiver of its intake. Whether there is such a delivery.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn retry_undeliverable(&self, id: i64) -> Result<bool, StoreError> {
        let kept = self.store().delivery(id).await?.filter(|delivery| delivery.reason.is_some());
        let Some(kept) = kept else { return Ok(false) };
        self.store().commit(vec![Write::RetryDelivery { delivery: id }]).await?;
        self.arrived(&kept.app, &kept.intake);
        Ok(true)
    }

    /// Drops an undeliverable delivery for good. Whether there was such a delivery.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn drop_undeliverable(&self, id: i64) -> Result<bool, StoreError> {
        let kept = self.store().delivery(id).await?.filter(|delivery| delivery.reason.is_some());
        if kept.is_none() {
            return Ok(false);
        }
        self.store().commit(vec![Write::Routed { delivery: id }]).await?;
        Ok(true)
    }

    /// Tells the receivers that there is a delivery to be routed.
    fn arrived(&self, app: &str, intake: &str) {
        let mut receivers = self.inner.receivers.lock().unwrap_or_else(PoisonError::into_inner);
        receivers.retain(|receiver| receiver.upgrade().is_some_and(|receiver| receiver.look(app, intake)));
    }
}

fn call(hook: HookReport, intent: Intent) -> Finding {
    let Intent { workflow, action, since, attempt, failure, .. } = intent;
    let known = failure.is_some();
    let call = Box::new(Call { hook, action, workflow, since, attempt, failure });
    if known { Finding::Failed(call) } else { Finding::Unknown(call) }
}
