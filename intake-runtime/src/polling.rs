//! The life of a polling intake: setup, cycles, reset (language reference, section 6).
//!
//! Each event's work is **one** commit: its state, what it saved, how far the cycle is, and its records, which then wait
//! in the outbox until the sink has taken them. So a crash at any point repeats work, and neither loses nor skips any.

mod page;
mod state;

use crate::error::PollError;
use crate::event::{Effects, observed};
use crate::intake::{IntakeMeta, Polling};
use crate::outbox::{self, Drained, Lane, Standing};
use crate::report::{Exit, ExitReason, Report};
use crate::runtime::Runtime;
use crate::sink::{BoxError, Channel, Sink};
use crate::store::{CycleProgress, IntakeKey, OutboxRecord, StoreError, StoredIntake, Write};
use crate::turns::LaneTurn;
use crate::value::Value;
use crate::workflow::Workflow;
use page::{Page, hash};
use state::adopt;
use tokio::time::Instant;
use tracing::Instrument;

impl Runtime {
    /// Runs one cycle of a polling intake, after its setup if that has not run yet. A cycle that a crash, an error or a
    /// dropped future interrupted is gone on with instead, from the request after the last that was committed.
    ///
    /// The records of each request go to the sink before the next request is made. Records that an earlier run could
    /// not deliver go first.
    ///
    /// The loop ends when `iterate` is `false`, when the cycle has made 100 requests or has more than 1,000 results (see
    /// [`max_requests`](crate::runtime::RuntimeBuilder::max_requests), [`max_results`](crate::runtime::RuntimeBuilder::max_results)),
    /// or when `results` is null, missing, empty, or equal to the previous request's, which are not delivered again.
    /// Nothing else ends it: an `iterate` that is missing or no boolean does not.
    ///
    /// # Errors
    /// If the intake is busy, or an event, the sink or the store fails. Records that do not fit their type, or that the
    /// sink refuses for good, are no error: they become dead letters, and the report counts them.
    pub async fn poll<P, S>(&self, workflow: &Workflow, intake: &P, sink: S) -> Result<Report<P::State>, PollError>
    where
        P: Polling,
        S: Sink<P::Record>,
    {
        let meta = P::META;
        let span = tracing::info_span!("poll", app = meta.app.name, intake = meta.name, workflow = workflow.id());
        self.run_poll(workflow, intake, Some(&sink), &|_| Vec::new()).instrument(span).await
    }

    /// The same, but leaves the records in the outbox, for a [drain](Self::drain). Records that wait there do not keep it
    /// from going on: look at how many there are before it is called again.
    ///
    /// # Errors
    /// If the intake is busy, or an event or the store fails.
    pub async fn collect<P: Polling>(&self, workflow: &Workflow, intake: &P) -> Result<Report<P::State>, PollError> {
        let meta = P::META;
        let span = tracing::info_span!("poll", app = meta.app.name, intake = meta.name, workflow = workflow.id());
        self.collect_and(workflow, intake, &|_| Vec::new()).instrument(span).await
    }

    /// [`collect`](Self::collect), with more to be committed together with the end of the cycle.
    pub(crate) async fn collect_and<P: Polling>(
        &self,
        workflow: &Workflow,
        intake: &P,
        end: &AtEnd<'_>,
    ) -> Result<Report<P::State>, PollError> {
        self.run_poll(workflow, intake, None::<&Channel<P::Record>>, end).await
    }

    /// Runs `initial_setup` unless it has run already, and tells whether it did. [`poll`](Self::poll) does this by itself.
    ///
    /// # Errors
    /// If the intake is busy, or the event or the store fails.
    pub async fn setup<P: Polling>(&self, workflow: &Workflow, intake: &P) -> Result<bool, PollError> {
        let key = key::<P>(workflow);
        let _turn = self.turn::<P>(&key)?;
        // Without the lease, which would take the intake from another process that is at work on it.
        if let Some(stored) = self.store().intake(&key).await?.filter(|stored| stored.set_up) {
            let state = stored.state.as_deref().map(|text| state::read::<P>(self, workflow, text)).transpose()?;
            if !matches!(state, Some((_, Some(_)))) {
                return Ok(false);
            }
        }
        let mut run = Run::begin(self, workflow, intake, key).await?;
        let due = !run.stored.set_up;
        if due {
            run.set_up(Vec::new()).await?;
        }
        Ok(due)
    }

    /// Runs `initial_setup` again and gives up a cycle that was interrupted. If the event gives a `polling_state`, that
    /// replaces the whole state; if not, the state stays. Records that wait for their sink are still delivered.
    ///
    /// # Errors
    /// If the intake is busy, or the event or the store fails; then all is as it was.
    pub async fn reset<P: Polling>(&self, workflow: &Workflow, intake: &P) -> Result<(), PollError> {
        self.reset_and(workflow, intake, Vec::new()).await
    }

    /// [`reset`](Self::reset), with more to be committed together with it.
    pub(crate) async fn reset_and<P: Polling>(
        &self,
        workflow: &Workflow,
        intake: &P,
        more: Vec<Write>,
    ) -> Result<(), PollError> {
        let key = key::<P>(workflow);
        let _turn = self.turn::<P>(&key)?;
        Run::begin(self, workflow, intake, key).await?.set_up(more).await
    }

    /// Forgets the polling state and that `initial_setup` ran, and gives up a cycle that was interrupted: the next poll
    /// begins as the first did. Records that wait for their sink are still delivered.
    ///
    /// # Errors
    /// If the intake is busy, or the store fails.
    pub async fn forget<P: Polling>(&self, workflow: &Workflow, intake: &P) -> Result<(), PollError> {
        self.forget_and(workflow, intake, Vec::new()).await
    }

    /// [`forget`](Self::forget), with more to be committed together with that.
    pub(crate) async fn forget_and<P: Polling>(
        &self,
        workflow: &Workflow,
        intake: &P,
        more: Vec<Write>,
    ) -> Result<(), PollError> {
        let key = key::<P>(workflow);
        let _turn = self.turn::<P>(&key)?;
        let mut run = Run::lease(self, workflow, intake, key).await?;
        run.forget(more).await
    }

    /// The polling state; `None` before an event first writes it. One that an earlier release of the manifest has written
    /// is [migrated](crate::runtime::RuntimeBuilder::migrate), and stored anew by the next poll.
    ///
    /// # Errors
    /// If the store fails, or the state does not fit the manifest.
    pub async fn polling_state<P: Polling>(
        &self,
        workflow: &Workflow,
        _intake: &P,
    ) -> Result<Option<P::State>, PollError> {
        let stored = self.store().intake(&key::<P>(workflow)).await?;
        let Some(text) = stored.and_then(|stored| stored.state) else { return Ok(None) };
        state::read::<P>(self, workflow, &text).map(|(state, _)| Some(state))
    }

    fn turn<P: Polling>(&self, key: &IntakeKey) -> Result<crate::turns::Turn<'_, IntakeKey>, PollError> {
        let busy = || PollError::Busy { intake: P::META.name, workflow: key.workflow.clone() };
        self.inner.polls.take(key).ok_or_else(busy)
    }

    /// Without a sink, the records are left to a drain.
    async fn run_poll<P, S>(
        &self,
        workflow: &Workflow,
        intake: &P,
        sink: Option<&S>,
        end: &AtEnd<'_>,
    ) -> Result<Report<P::State>, PollError>
    where
        P: Polling,
        S: Sink<P::Record>,
    {
        let started = Instant::now();
        let key = key::<P>(workflow);
        let _turn = self.turn::<P>(&key)?;
        let mut run = Run::begin(self, workflow, intake, key).await?;
        let redelivered = match sink {
            Some(sink) => run.redeliver(sink).await?,
            None => 0,
        };
        let resumed = run.stored.cycle.is_some();
        if !resumed {
            if !run.stored.set_up {
                run.set_up(Vec::new()).await?;
            }
            run.pre_poll().await?;
        }
        let progress = run.cycle(sink, end).await;
        if progress.is_err() {
            run.give_up().await;
        }
        let (exit, progress) = progress?;
        let report = Report {
            cycle: run.stored.cycles,
            requests: progress.requests,
            records: progress.results,
            redelivered,
            dead: run.dead,
            exit: exit.reason,
            more: exit.more,
            resumed,
            state: run.state()?,
            http_requests: run.http_requests,
            response_bytes: run.response_bytes,
            duration: started.elapsed(),
        };
        log(&report);
        Ok(report)
    }
}

/// What is to be committed together with the end of a cycle.
pub(crate) type AtEnd<'a> = dyn Fn(CycleEnd) -> Vec<Write> + Send + Sync + 'a;

/// How a cycle ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CycleEnd {
    pub(crate) requests: u32,
    pub(crate) results: u64,
    /// Whether a cap has cut it short.
    pub(crate) more: bool,
}

/// The polling state before its first write.
const EMPTY: &str = "{}";

fn key<P: Polling>(workflow: &Workflow) -> IntakeKey {
    IntakeKey { app: P::META.app.name.to_owned(), intake: P::META.name.to_owned(), workflow: workflow.id().to_owned() }
}

fn corrupt(what: &'static str, meta: &'static IntakeMeta, workflow: &Workflow, source: BoxError) -> PollError {
    PollError::Corrupt { what, intake: meta.name, workflow: workflow.id().to_owned(), source }
}

fn log<S>(report: &Report<S>) {
    let Report { cycle, requests, records, redelivered, dead, resumed, .. } = report;
    let Report { http_requests, response_bytes, duration, exit, .. } = report;
    tracing::info!(
        cycle,
        requests,
        records,
        redelivered,
        dead,
        resumed,
        http_requests,
        response_bytes,
        ?duration,
        "cycle ended: {exit}"
    );
    if report.more {
        tracing::warn!(cycle, "{} and more was to come: the rest is left for the next cycle", report.exit);
    }
}

/// The polling events.
#[derive(Clone, Copy)]
enum Step {
    InitialSetup,
    PrePoll,
    Request,
    PostPoll,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::InitialSetup => "initial_setup",
            Self::PrePoll => "pre_poll",
            Self::Request => "request",
            Self::PostPoll => "post_poll",
        }
    }
}

/// The holder of an intake's lease, at work.
struct Run<'r, P> {
    runtime: &'r Runtime,
    workflow: &'r Workflow,
    intake: &'r P,
    key: IntakeKey,
    /// What is stored, as this run last committed it.
    stored: StoredIntake,
    /// The results of the last request, if this run made it.
    previous: Option<Vec<Value>>,
    http_requests: u32,
    response_bytes: u64,
    /// Records that became dead letters.
    dead: u64,
    /// Records that the sink has taken, which the next commit says; until then nobody else has a turn of their lane.
    taken: Option<(Vec<String>, LaneTurn<'r, IntakeKey>)>,
}

impl<'r, P: Polling> Run<'r, P> {
    /// Takes the lease, and migrates a state that does not fit.
    async fn begin(
        runtime: &'r Runtime,
        workflow: &'r Workflow,
        intake: &'r P,
        key: IntakeKey,
    ) -> Result<Self, PollError> {
        let mut run = Self::lease(runtime, workflow, intake, key).await?;
        let text = run.stored.state.as_deref();
        let read = text.map(|text| state::read::<P>(runtime, workflow, text)).transpose()?;
        if let Some((_, Some(migrated))) = read {
            run.commit(StoredIntake { state: Some(migrated), ..run.stored.clone() }, Vec::new()).await?;
            tracing::info!("the polling state was migrated");
        }
        Ok(run)
    }

    async fn lease(
        runtime: &'r Runtime,
        workflow: &'r Workflow,
        intake: &'r P,
        key: IntakeKey,
    ) -> Result<Self, StoreError> {
        let stored = runtime.store().lease(&key).await?;
        Ok(Self {
            runtime,
            workflow,
            intake,
            key,
            stored,
            previous: None,
            http_requests: 0,
            response_bytes: 0,
            dead: 0,
            taken: None,
        })
    }

    /// Runs an event: its output, and what is to be committed with it.
    async fn event(&mut self, step: Step) -> Result<(Value, Effects), PollError> {
        let meta = P::META;
        let state = self.stored.state.as_deref().unwrap_or(EMPTY);
        let state = Value::from_json(state.as_bytes())
            .map_err(|error| corrupt("polling state", meta, self.workflow, error.into()))?;
        let mut event = self.runtime.event(meta, step.name(), self.workflow, state, None).await?;
        let run = async {
            match step {
                Step::InitialSetup => self.intake.initial_setup(&mut event).await,
                Step::PrePoll => self.intake.pre_poll(&mut event).await,
                Step::Request => self.intake.request(&mut event).await,
                Step::PostPoll => self.intake.post_poll(&mut event).await,
            }
        };
        let output = observed(meta, step.name(), run).await;
        // With an error, what the event saved is dropped.
        let effects = event.into_effects();
        self.http_requests = self.http_requests.saturating_add(effects.http_requests);
        self.response_bytes = self.response_bytes.saturating_add(effects.response_bytes);
        Ok((output?, effects))
    }

    async fn set_up(&mut self, more: Vec<Write>) -> Result<(), PollError> {
        let (output, effects) = self.event(Step::InitialSetup).await?;
        let next = StoredIntake { set_up: true, ..adopt::<P>(self.without_cycle(), Step::InitialSetup, &output)? };
        let mut writes = self.saves(effects);
        writes.extend(more);
        self.commit(next, writes).await
    }

    async fn forget(&mut self, more: Vec<Write>) -> Result<(), PollError> {
        let next = StoredIntake { state: None, set_up: false, ..self.without_cycle() };
        self.commit(next, more).await
    }

    async fn pre_poll(&mut self) -> Result<(), PollError> {
        let (output, effects) = self.event(Step::PrePoll).await?;
        let idle = effects.http_requests == 0 && effects.saved.is_empty();
        let begun = CycleProgress { requests: 0, results: 0, previous: None, exit: None };
        let next = StoredIntake { cycle: Some(begun), ..adopt::<P>(self.stored.clone(), Step::PrePoll, &output)? };
        if idle && next.state == self.stored.state {
            // It did nothing, so that to do it again is nothing either: the first request's commit tells of the cycle.
            self.stored = next;
            return Ok(());
        }
        let writes = self.saves(effects);
        self.commit(next, writes).await
    }

    /// Goes on to the end of the cycle.
    async fn cycle<S>(&mut self, sink: Option<&S>, end: &AtEnd<'_>) -> Result<(Exit, CycleProgress), PollError>
    where
        S: Sink<P::Record>,
    {
        let exit = self.requests(sink).await?;
        let progress = self.post_poll(exit, end).await?;
        Ok((exit, progress))
    }

    /// Makes requests until there is a reason to stop.
    async fn requests<S: Sink<P::Record>>(&mut self, sink: Option<&S>) -> Result<Exit, PollError> {
        loop {
            if let Some(exit) = self.exit()? {
                return Ok(exit);
            }
            let records = self.request().await?;
            match sink {
                Some(sink) => self.deliver(records, sink).await?,
                None if records.is_empty() => {}
                None => self.runtime.appended(&self.key),
            }
        }
    }

    /// Delivers what earlier runs have left.
    async fn redeliver<S: Sink<P::Record>>(&mut self, sink: &S) -> Result<u64, PollError> {
        let _turn = self.runtime.inner.lanes.wait(&self.key).await;
        let mut lane = Lane::new(self.runtime, P::META, &self.key, Standing::default());
        let Drained { delivered, dead } = lane.drain(sink).await.map_err(|error| self.undelivered(error))?;
        self.dead += dead;
        Ok(delivered)
    }

    /// Delivers the records of a request, which are all that is in the outbox.
    async fn deliver<S: Sink<P::Record>>(&mut self, records: Vec<OutboxRecord>, sink: &S) -> Result<(), PollError> {
        if records.is_empty() {
            return Ok(());
        }
        let turn = self.runtime.inner.lanes.wait(&self.key).await;
        let mut lane = Lane::new(self.runtime, P::META, &self.key, Standing::default());
        let (drained, taken) = lane.deliver(records, sink).await.map_err(|error| self.undelivered(error))?;
        self.dead += drained.dead;
        self.taken = Some((taken, turn)).filter(|(taken, _)| !taken.is_empty());
        Ok(())
    }

    /// Whether the loop has ended. The caps may be lower than when an interrupted cycle began.
    fn exit(&self) -> Result<Option<Exit>, PollError> {
        let progress = self.progress();
        if let Some(text) = progress.exit {
            let exit = text.parse().map_err(|()| corrupt("exit reason", P::META, self.workflow, text.into()))?;
            return Ok(Some(exit));
        }
        let cap = self.cap(progress.requests, progress.results);
        Ok(cap.map(|reason| Exit { reason, more: true }))
    }

    fn cap(&self, requests: u32, results: u64) -> Option<ExitReason> {
        let limits = &self.runtime.inner;
        if requests >= limits.max_requests {
            Some(ExitReason::MaxRequests)
        } else if results > limits.max_results {
            Some(ExitReason::MaxResults)
        } else {
            None
        }
    }

    /// Makes one request and commits it. Returns its records, which are in the outbox.
    async fn request(&mut self) -> Result<Vec<OutboxRecord>, PollError> {
        let (output, effects) = self.event(Step::Request).await?;
        let page = Page::of::<P>(&output)?;
        let mut progress = self.progress();
        progress.requests += 1;
        let records = page.records(&self.key, self.stored.cycles + 1, progress.requests);
        let hash = hash(&records);
        let repeated = !records.is_empty()
            && match &self.previous {
                Some(previous) => page.results == *previous,
                None => progress.previous == Some(hash),
            };
        let records = if repeated { Vec::new() } else { records };
        progress.results += records.len() as u64;
        let end = if repeated {
            Some(ExitReason::RepeatedResults)
        } else if records.is_empty() {
            Some(ExitReason::NoResults)
        } else {
            None
        };
        let cap = self.cap(progress.requests, progress.results);
        let iterate = page.ends.then_some(ExitReason::Iterate);
        let more = iterate.is_none() && end.is_none();
        progress.exit = iterate.or(cap).or(end).map(|reason| Exit { reason, more }.to_string());
        progress.previous = Some(hash);

        let mut writes = self.saves(effects);
        if !records.is_empty() {
            writes.push(Write::Append { key: self.key.clone(), records: records.clone() });
        }
        let next = StoredIntake { cycle: Some(progress), ..adopt::<P>(self.stored.clone(), Step::Request, &output)? };
        self.commit(next, writes).await?;
        self.previous = Some(page.results);
        Ok(records)
    }

    /// Ends the cycle, and tells how far it had come.
    async fn post_poll(&mut self, exit: Exit, end: &AtEnd<'_>) -> Result<CycleProgress, PollError> {
        let (output, effects) = self.event(Step::PostPoll).await?;
        let progress = self.progress();
        let next = adopt::<P>(self.without_cycle(), Step::PostPoll, &output)?;
        let mut writes = self.saves(effects);
        writes.extend(end(CycleEnd { requests: progress.requests, results: progress.results, more: exit.more }));
        self.commit(next, writes).await?;
        Ok(progress)
    }

    fn state(&self) -> Result<Option<P::State>, PollError> {
        let text = self.stored.state.as_deref();
        let read = text.map(|text| state::read::<P>(self.runtime, self.workflow, text)).transpose()?;
        Ok(read.map(|(state, _)| state))
    }

    fn progress(&self) -> CycleProgress {
        let none = CycleProgress { requests: 0, results: 0, previous: None, exit: None };
        self.stored.cycle.clone().unwrap_or(none)
    }

    /// What is stored, its cycle ended or given up: either way its number is used, and with it the keys of its records.
    fn without_cycle(&self) -> StoredIntake {
        let ended = u64::from(self.stored.cycle.is_some());
        StoredIntake { cycle: None, cycles: self.stored.cycles + ended, ..self.stored.clone() }
    }

    fn saves(&self, effects: Effects) -> Vec<Write> {
        crate::runtime::saves(P::META, self.workflow, effects.saved)
    }

    async fn commit(&mut self, next: StoredIntake, writes: Vec<Write>) -> Result<(), PollError> {
        let StoredIntake { state, set_up, cycles, cycle, fence } = next.clone();
        let key = || self.key.clone();
        let mut all =
            vec![Write::CheckFence { key: key(), fence }, Write::Intake { key: key(), state, set_up, cycles, cycle }];
        // First, so that the store can put what comes where that was.
        let turn = self.acknowledgement(&mut all);
        all.extend(writes);
        self.runtime.store().commit(all).await?;
        drop(turn);
        self.stored = next;
        Ok(())
    }

    /// Adds that the sink has taken what it has, if that is not committed.
    fn acknowledgement(&mut self, writes: &mut Vec<Write>) -> Option<LaneTurn<'r, IntakeKey>> {
        let (records, turn) = self.taken.take()?;
        writes.push(Write::Acknowledge { key: self.key.clone(), records });
        Some(turn)
    }

    /// Commits no more than that, as the cycle goes no further.
    async fn give_up(&mut self) {
        let mut writes = Vec::new();
        let _turn = self.acknowledgement(&mut writes);
        if !writes.is_empty()
            && let Err(error) = self.runtime.store().commit(writes).await
        {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "records that the sink has taken are delivered again, under the same keys");
        }
    }

    fn undelivered(&self, error: outbox::DeliveryError) -> PollError {
        // If there is a drain, it has them from now on.
        self.runtime.appended(&self.key);
        PollError::delivery(P::META, self.workflow.id(), error)
    }
}
