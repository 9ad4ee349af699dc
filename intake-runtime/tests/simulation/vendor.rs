//! The vendor: it keeps a feed for each workflow and polling intake and a list of webhooks, over a network that fails.

use crate::mutants::Mutant;
use crate::sim::{Process, Sim};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use intake_runtime::http::{HttpError, HttpRequest, HttpResponse, Method, Transport, TransportFuture};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Vendor {
    /// How many items each feed has, by intake and workflow.
    pub(crate) feeds: BTreeMap<(String, String), u64>,
    pub(crate) hooks: BTreeMap<u64, Hook>,
    last_hook: u64,
    /// Until when all is answered with 500.
    burst: Duration,
    /// Requests under way, by process, intake and workflow.
    under_way: BTreeMap<(u32, String, String), u32>,
}

/// A registration.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) token: String,
    pub(crate) kind: String,
    /// The workflow, of kind `own`, and what it was last told.
    pub(crate) of: Option<String>,
    pub(crate) tag: Option<String>,
}

/// The way of one process to the vendor.
pub(crate) struct Network {
    pub(crate) sim: Arc<Sim>,
    pub(crate) process: Arc<Process>,
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Not sent.
    Refused,
    /// Lost on its way there, or the answer on its way back.
    Lost {
        arrives: bool,
        late: bool,
    },
    /// Answered without being done.
    Status(u16, bool),
    Truncated,
    Malformed,
    TooLong,
}

impl Sim {
    fn fate(&self) -> Fate {
        if self.elapsed() < self.state().vendor.burst && !self.is_calm() {
            return Fate::Status(500, false);
        }
        let lost = |arrives, late| Fate::Lost { arrives, late };
        for (kind, fate) in [
            ("http: connection refused", Fate::Refused),
            ("http: reset before the request", lost(false, false)),
            ("http: reset after the request", lost(true, false)),
            ("http: no answer, not arrived", lost(false, true)),
            ("http: no answer, arrived", lost(true, true)),
            ("http: 429", Fate::Status(429, false)),
            ("http: 429 with retry-after", Fate::Status(429, true)),
            ("http: 500", Fate::Status(500, false)),
            ("http: truncated JSON", Fate::Truncated),
            ("http: malformed JSON", Fate::Malformed),
            ("http: too long", Fate::TooLong),
        ] {
            if self.fault(kind) {
                return fate;
            }
        }
        if self.fault("http: a burst of 500") {
            let length = Duration::from_secs(self.within(5, 120));
            self.state().vendor.burst = self.elapsed() + length;
            return Fate::Status(500, false);
        }
        Fate::Answered
    }
}

impl Transport for Network {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(async move {
            let (sim, process) = (&self.sim, &self.process);
            process.gate(sim).await;
            let (method, url) = (request.method, request.url.to_string());
            let failed = |kind: io::ErrorKind| HttpError::Failed {
                method,
                url: url.clone(),
                source: Box::new(io::Error::from(kind)),
            };
            let fate = sim.fate();
            if fate == Fate::Refused {
                sim.say(format_args!("{method} {url}: refused"));
                return Err(failed(io::ErrorKind::ConnectionRefused));
            }
            sim.sleep(1, 300).await;
            process.gate(sim).await;
            let begun = tokio::time::Instant::now();
            let arrives = matches!(
                fate,
                Fate::Answered | Fate::Lost { arrives: true, .. } | Fate::Truncated | Fate::Malformed | Fate::TooLong
            );
            let (answer, _flight) = if arrives { self.arrive(&request) } else { (Answer::status(500), None) };
            if sim.fault("http: slow") {
                sim.sleep(5_000, 59_000).await;
            } else {
                sim.sleep(1, 1_500).await;
            }
            if let Fate::Lost { late: true, .. } = fate {
                tokio::time::sleep_until(begun + Duration::from_secs(60)).await;
                process.gate(sim).await;
                sim.say(format_args!("{method} {url}: no answer"));
                return Err(HttpError::Timeout { method, url });
            }
            process.gate(sim).await;
            let answer = match fate {
                Fate::Lost { .. } => {
                    sim.say(format_args!("{method} {url}: reset"));
                    return Err(failed(io::ErrorKind::ConnectionReset));
                }
                Fate::TooLong => return Err(HttpError::TooLong { method, url, limit: 32 << 20 }),
                Fate::Status(status, retry) => Answer { retry, ..Answer::status(status) },
                Fate::Truncated => answer.truncated(),
                Fate::Malformed => Answer { body: "{\"items\": [}".into(), ..answer },
                Fate::Answered | Fate::Refused => answer,
            };
            sim.say(format_args!("{method} {url}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
            Ok(answer.response())
        })
    }
}

struct Answer {
    status: u16,
    retry: bool,
    body: Bytes,
}

impl Answer {
    fn status(status: u16) -> Self {
        Self { status, retry: false, body: Bytes::new() }
    }

    fn json(value: &Value) -> Self {
        Self { body: value.to_string().into(), ..Self::status(200) }
    }

    fn truncated(self) -> Self {
        let half = self.body.len() / 2;
        Self { body: self.body.slice(..half), ..self }
    }

    fn response(self) -> HttpResponse {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        if self.retry {
            headers.insert("retry-after", HeaderValue::from_static("7"));
        }
        HttpResponse { status: StatusCode::from_u16(self.status).expect("a status"), headers, body: self.body }
    }
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap_or_default()
}

/// A request of a cycle under way; it ends when it is dropped.
struct Flight<'a> {
    sim: &'a Sim,
    key: (u32, String, String),
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.sim.state().vendor.under_way.get_mut(&self.key) {
            *count -= 1;
        }
    }
}

impl Network {
    fn arrive(&self, request: &HttpRequest) -> (Answer, Option<Flight<'_>>) {
        let sim = &self.sim;
        sim.count("event: request");
        let segments: Vec<&str> = request.url.path_segments().map(Iterator::collect).unwrap_or_default();
        sim.say(format_args!("process {}: {} {} arrives", self.process.number, request.method, request.url));
        match (request.method, segments.as_slice()) {
            (Method::Post, ["hooks"]) => (self.create(request), None),
            (Method::Patch, ["hooks", id]) => (self.update(request, id), None),
            (Method::Delete, ["hooks", id]) => (self.delete(id), None),
            (_, [step, intake, workflow]) => {
                let flight = self.begin(intake, workflow);
                (self.step(request, step, intake, workflow), Some(flight))
            }
            _ => {
                sim.problem(format!("the vendor does not know {} {}", request.method, request.url));
                (Answer::status(404), None)
            }
        }
    }

    fn begin(&self, intake: &str, workflow: &str) -> Flight<'_> {
        let key = (self.process.number, intake.to_owned(), workflow.to_owned());
        let mut count =
            *self.sim.state().vendor.under_way.entry(key.clone()).and_modify(|count| *count += 1).or_insert(1);
        if self.sim.is(Mutant::Overlap) {
            count += 1;
        }
        if count > 1 {
            self.sim.problem(format!("two requests of `{intake}` for {workflow} at once: its cycles overlap"));
        }
        Flight { sim: &self.sim, key }
    }

    /// An event of a cycle.
    fn step(&self, request: &HttpRequest, step: &str, intake: &str, workflow: &str) -> Answer {
        let sim = &self.sim;
        match step {
            "setup" => {
                sim.count("event: initial_setup");
                Answer::json(&json!({"start": 0}))
            }
            "check" => {
                sim.count("event: pre_poll");
                Answer::json(&json!({"ok": true}))
            }
            "done" => {
                sim.count("event: post_poll");
                Answer::json(&json!({"after": body(request)["after"]}))
            }
            "page" => self.page(request, intake, workflow),
            _ => {
                sim.problem(format!("the vendor does not know {}", request.url));
                Answer::status(404)
            }
        }
    }

    fn page(&self, request: &HttpRequest, intake: &str, workflow: &str) -> Answer {
        let sim = &self.sim;
        sim.count("event: page");
        let after = request.url.query_pairs().find(|(name, _)| name == "after").map(|(_, value)| value.into_owned());
        let asked = after.as_deref().and_then(|after| after.parse::<u64>().ok());
        let stored = sim.state().ledger.cursor(intake, workflow);
        if asked.is_none() || asked != stored {
            sim.problem(format!(
                "{workflow} asks `{intake}` for what is after {after:?}, its stored state is {stored:?}"
            ));
        }
        let after = asked.unwrap_or(0);
        let published = sim.state().vendor.feeds.get(&(intake.to_owned(), workflow.to_owned())).copied().unwrap_or(0);
        let last = published.min(after + sim.config.page).max(after);
        let items: Vec<_> = (after + 1..=last).map(|item| json!({"of": workflow, "item": item})).collect();
        if !items.is_empty() {
            sim.count("event: page with records");
        }
        Answer::json(&json!({"items": items, "more": last < published, "last": last}))
    }

    fn create(&self, request: &HttpRequest) -> Answer {
        let body = body(request);
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        let token = text("url").and_then(|url| url.rsplit('/').next().map(str::to_owned)).unwrap_or_default();
        self.sim.count("event: a hook is created");
        let mut state = self.sim.state();
        state.vendor.last_hook += 1;
        let id = state.vendor.last_hook;
        let hook = Hook { token, kind: text("kind").unwrap_or_default(), of: text("of"), tag: text("tag") };
        state.vendor.hooks.insert(id, hook);
        Answer::json(&json!({"id": id}))
    }

    fn update(&self, request: &HttpRequest, id: &str) -> Answer {
        self.sim.count("event: a hook is updated");
        let mut state = self.sim.state();
        let hook = id.parse().ok().and_then(|id: u64| state.vendor.hooks.get_mut(&id));
        let Some(hook) = hook else { return Answer::status(404) };
        hook.tag = body(request)["tag"].as_str().map(str::to_owned);
        Answer::status(200)
    }

    fn delete(&self, id: &str) -> Answer {
        let sim = &self.sim;
        sim.count("event: a hook is deleted");
        let id: Option<u64> = id.parse().ok();
        if sim.is(Mutant::ForgetfulVendor) {
            return Answer::status(204);
        }
        let known = id.is_some_and(|id| sim.state().vendor.hooks.remove(&id).is_some());
        if id.is_none() {
            sim.problem("a hook is to be deleted that has no id".to_owned());
        }
        Answer::status(if known { 204 } else { 404 })
    }
}
