//! The only way out of the outbox: one lane, the records of one intake of one workflow, in order.

use super::DeliveryError;
use crate::clock::Timestamp;
use crate::error::RecordError;
use crate::intake::IntakeMeta;
use crate::outbox;
use crate::runtime::Runtime;
use crate::sink::{Batch, BoxError, Policy, Record, Refusal, Sink, SinkError};
use crate::store::{Dead, IntakeKey, OutboxLane, OutboxRecord, StoreError, Write};
use std::collections::VecDeque;
use std::time::Duration;

/// The most bytes of a stored reason.
const REASON: usize = 1000;

/// A lane, and whoever delivers from it.
pub(crate) struct Lane<'a> {
    runtime: &'a Runtime,
    meta: &'static IntakeMeta,
    owner: &'a IntakeKey,
    pub(crate) standing: Standing,
    /// How long the sink may take for a batch. A poll takes as long as its caller lets it.
    pub(crate) timeout: Option<Duration>,
    /// Its oldest records, as far as they are in memory.
    known: VecDeque<OutboxRecord>,
    /// Whether some that were in memory are to be read again.
    strayed: bool,
    /// Records that a sink has taken, if whoever delivers is to commit that.
    taken: Option<Vec<String>>,
}

/// How often in a row the oldest records of a lane were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    attempts: u32,
    since: Option<Timestamp>,
    /// The most records that are offered at once, while the one that is refused is looked for.
    part: Option<usize>,
}

/// What came of a batch.
pub(crate) struct Step {
    pub(crate) delivered: usize,
    pub(crate) dead: usize,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    /// There was none.
    Empty,
    /// The lane goes on.
    Moved,
    /// It was refused: not again before the pause is over.
    Refused { source: BoxError, pause: Duration },
}

/// What was taken out of a lane, by a sink or as dead letters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Drained {
    pub(crate) delivered: u64,
    pub(crate) dead: u64,
}

impl From<&OutboxLane> for Standing {
    fn from(lane: &OutboxLane) -> Self {
        Self { attempts: lane.attempts, since: lane.since, part: None }
    }
}

impl Standing {
    /// As it is stored, whatever was known.
    pub(crate) fn stored(self, lane: &OutboxLane) -> Self {
        let stored = Self::from(lane);
        if stored.attempts == self.attempts { self } else { stored }
    }

    pub(crate) const fn is_refused(&self) -> bool {
        self.attempts > 0
    }

    /// How long the refusals have lasted.
    fn over(&self, now: Timestamp) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.since(since))
    }

    /// How many records are offered next. Fewer after each refusal, so that what is refused is alone in the end: those
    /// around it are not to become dead letters with it, nor to wait for it.
    fn offer(&self, policy: &Policy, now: Timestamp) -> usize {
        let most = policy.batch_records.max(1);
        let last = self.is_refused() && policy.gives_up(self.attempts.saturating_add(1), self.over(now));
        let halved = if last { 1 } else { (most >> self.attempts.min(32)).max(1) };
        self.part.map_or(halved, |part| part.min(halved))
    }
}

/// A batch as it was read.
struct Offer<R> {
    records: Vec<Record<R>>,
    keys: Vec<String>,
    /// Those that do not fit their type.
    broken: Vec<(String, RecordError)>,
}

impl<'a> Lane<'a> {
    pub(crate) fn new(
        runtime: &'a Runtime,
        meta: &'static IntakeMeta,
        owner: &'a IntakeKey,
        standing: Standing,
    ) -> Self {
        Self { runtime, meta, owner, standing, timeout: None, known: VecDeque::new(), strayed: false, taken: None }
    }

    /// Delivers all that is in line, until a batch is refused.
    pub(crate) async fn drain<R, S: Sink<R>>(&mut self, sink: &S) -> Result<Drained, DeliveryError> {
        let mut drained = Drained::default();
        let Some(lane) = self.runtime.store().lane(self.owner).await? else { return Ok(drained) };
        self.standing = Standing::from(&lane);
        while self.step_into(&mut drained, sink).await? {}
        Ok(drained)
    }

    /// Delivers records that are all that is in line. The keys are of those that it has not committed to be delivered:
    /// that is the caller's, before anyone else has a turn of this lane.
    pub(crate) async fn deliver<R, S: Sink<R>>(
        &mut self,
        records: Vec<OutboxRecord>,
        sink: &S,
    ) -> Result<(Drained, Vec<String>), DeliveryError> {
        let mut drained = Drained::default();
        self.known = records.into();
        self.taken = Some(Vec::new());
        while !self.known.is_empty() {
            self.step_into(&mut drained, sink).await?;
        }
        while self.strayed && self.step_into(&mut drained, sink).await? {}
        Ok((drained, self.taken.take().unwrap_or_default()))
    }

    /// Whether there was something to deliver.
    async fn step_into<R, S: Sink<R>>(&mut self, drained: &mut Drained, sink: &S) -> Result<bool, DeliveryError> {
        let Step { delivered, dead, outcome } = self.step(sink).await?;
        drained.delivered += delivered as u64;
        drained.dead += dead as u64;
        match outcome {
            Outcome::Empty => Ok(false),
            Outcome::Moved => Ok(true),
            Outcome::Refused { source, .. } => Err(DeliveryError::Sink(source)),
        }
    }

    /// Offers the oldest batch.
    pub(crate) async fn step<R, S: Sink<R>>(&mut self, sink: &S) -> Result<Step, StoreError> {
        let policy = &self.runtime.inner.policy;
        let records = self.oldest(self.standing.offer(policy, self.runtime.now())).await?;
        if records.is_empty() {
            return Ok(Step { delivered: 0, dead: 0, outcome: Outcome::Empty });
        }
        let Offer { records, keys, broken } = self.read::<S::As>(records);
        let result = if records.is_empty() {
            Ok(())
        } else {
            let batch = Batch::new(&*self.owner.workflow, &*self.owner.intake, records);
            match self.timeout {
                None => sink.deliver(batch).await,
                Some(limit) => {
                    let late = |_| Err(SinkError::retry(format!("it took more than {limit:?} for a batch")));
                    tokio::time::timeout(limit, sink.deliver(batch)).await.unwrap_or_else(late)
                }
            }
        };
        self.settle(keys, broken, result).await
    }

    /// Commits that the sink panicked over its oldest records.
    pub(crate) async fn panicked(&mut self) -> Result<Step, StoreError> {
        let records = self.oldest(self.standing.offer(&self.runtime.inner.policy, self.runtime.now())).await?;
        if records.is_empty() {
            return Ok(Step { delivered: 0, dead: 0, outcome: Outcome::Empty });
        }
        let keys = records.into_iter().map(|record| record.key).collect();
        self.settle(keys, Vec::new(), Err(SinkError::retry("it panicked"))).await
    }

    async fn oldest(&mut self, limit: usize) -> Result<Vec<OutboxRecord>, StoreError> {
        let most = self.runtime.inner.policy.batch_bytes;
        if self.known.is_empty() {
            return self.runtime.store().outbox(self.owner, limit, most).await;
        }
        let mut bytes = 0_usize;
        let fitting = self.known.iter().take(limit).take_while(|record| {
            bytes = bytes.saturating_add(record.payload.len());
            bytes <= most
        });
        let count = fitting.count().max(1);
        Ok(self.known.drain(..count).collect())
    }

    fn read<R: crate::sink::FromRecord>(&self, records: Vec<OutboxRecord>) -> Offer<R> {
        let mut offer = Offer { records: Vec::new(), keys: Vec::new(), broken: Vec::new() };
        for OutboxRecord { key, payload } in records {
            match outbox::record(self.meta, &payload) {
                Ok(value) => {
                    offer.keys.push(key.clone());
                    offer.records.push(Record::new(key, value));
                }
                Err(error) => offer.broken.push((key, error)),
            }
        }
        offer
    }

    /// Commits what a sink said to the records with these keys.
    async fn settle(
        &mut self,
        mut keys: Vec<String>,
        broken: Vec<(String, RecordError)>,
        result: Result<(), SinkError>,
    ) -> Result<Step, StoreError> {
        let now = self.runtime.now();
        if let (Some(taken), [], Ok(())) = (&mut self.taken, &*broken, &result) {
            let delivered = keys.len();
            taken.append(&mut keys);
            self.standing = Standing::default();
            return Ok(Step { delivered, dead: 0, outcome: Outcome::Moved });
        }
        let mut writes = Vec::new();
        // From here on the store says what is in line.
        if let Some(records) = self.taken.take().filter(|taken| !taken.is_empty()) {
            writes.push(Write::Acknowledge { key: self.owner.clone(), records });
        }
        let mut dead = broken.len();
        for (key, error) in broken {
            writes.push(self.bury(key, format!("it does not fit the intake's record type: {error}"), now));
        }
        let Err(error) = result else {
            let delivered = keys.len();
            if delivered > 0 {
                writes.push(Write::Acknowledge { key: self.owner.clone(), records: keys });
            }
            self.runtime.store().commit(writes).await?;
            self.standing = Standing::default();
            return Ok(Step { delivered, dead, outcome: Outcome::Moved });
        };
        let mut standing = self.standing;
        let found = error.index().filter(|index| *index < keys.len());
        let mut refused = keys.split_off(found.unwrap_or(0));
        let delivered = keys.len();
        if delivered > 0 {
            writes.push(Write::Acknowledge { key: self.owner.clone(), records: keys });
            standing = Standing::default();
        }
        let alone = refused.len() == 1 || found.is_some();
        let (outcome, standing) = match error.refusal() {
            Refusal::Permanent if alone => {
                dead += 1;
                writes.push(self.bury(refused.swap_remove(0), reason(error), now));
                (Outcome::Moved, Standing::default())
            }
            Refusal::Permanent => (Outcome::Moved, Standing { part: Some(refused.len() / 2), ..standing }),
            Refusal::Retry(asked) => {
                let attempts = standing.attempts.saturating_add(1);
                let since = standing.since.unwrap_or(now);
                let policy = &self.runtime.inner.policy;
                if alone && policy.gives_up(attempts, now.since(since)) {
                    dead += 1;
                    let reason = format!("refused {attempts} times since {since}, the last time: {}", reason(error));
                    writes.push(self.bury(refused.swap_remove(0), reason, now));
                    (Outcome::Moved, Standing::default())
                } else {
                    let pause = policy.pause(attempts, asked, &self.runtime.inner.random);
                    let source = error.into_source();
                    let reason = crate::secret::scrub(&source.to_string(), &[], REASON);
                    let (key, next) = (self.owner.clone(), now.after(pause));
                    writes.push(Write::Refused { key, attempts, since, next, reason });
                    let part = Some((refused.len() / 2).max(1)).filter(|_| !alone);
                    (Outcome::Refused { source, pause }, Standing { attempts, since: Some(since), part })
                }
            }
        };
        if !writes.is_empty() {
            self.runtime.store().commit(writes).await?;
        }
        // What is in memory is not what comes next any more.
        self.known.clear();
        self.strayed = true;
        self.standing = standing;
        Ok(Step { delivered, dead, outcome })
    }

    fn bury(&self, record: String, reason: String, since: Timestamp) -> Write {
        tracing::warn!(
            app = self.owner.app,
            intake = self.owner.intake,
            workflow = self.owner.workflow,
            record,
            "a record is set aside as a dead letter: the store has the reason"
        );
        Write::Bury { key: self.owner.clone(), records: vec![record], dead: Dead { reason, since } }
    }
}

/// What is stored of an error.
fn reason(error: SinkError) -> String {
    crate::secret::scrub(&error.to_string(), &[], REASON)
}
