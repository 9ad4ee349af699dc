//! A program in all tiers, run as the runtime runs it: a response's body comes in, a value or an error goes out.

use intake_runtime::event::{At, Event, EventEnv, EventError, SavedData, Target, Var, piped};
use intake_runtime::http::{HttpError, HttpRequest, HttpResponse, Method, Transport, TransportFuture};
use intake_runtime::intake::{App, IntakeMeta};
use intake_runtime::jq::{Jq, Projection};
use intake_runtime::native::Native;
use intake_runtime::private::FinishedUrl;
use intake_runtime::value::Value;
use intake_runtime::workflow::Workflow;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// A program.
pub struct Program {
    /// As it stands in a manifest.
    pub text: &'static str,
    /// As jaq reads it.
    pub code: &'static str,
    /// How many variables it has.
    pub variables: usize,
    /// Its code over values.
    pub native: Native,
    /// Tier B: over values, and by jaq where that bails out.
    pub compiled: Jq,
    /// Tier A: its code over a response's bytes; and the program over bytes, over values where that bails out, and then
    /// by jaq.
    pub over_response: Option<(Projection, Jq)>,
    /// Tier A: its code over the bytes of its input.
    pub over_payload: Option<Projection>,
    /// Tier C: by jaq.
    pub interpreted: Jq,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Program").field(&self.text).finish()
    }
}

static META: IntakeMeta = IntakeMeta::new(&App::new("acme", "acme.json", &[]), "issues", 40);
const HTTP: At = At::new("!http", 52, 13);
const JQ: At = At::new("!jq", 60, 7);

/// Answers every request with one body.
struct Answer(Mutex<Vec<u8>>);

impl Transport for Answer {
    fn send(&self, _: HttpRequest) -> TransportFuture<'_> {
        let body = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().into();
        let response = HttpResponse { status: http::StatusCode::OK, headers: http::HeaderMap::new(), body };
        Box::pin(async move { Ok::<_, HttpError>(response) })
    }
}

/// Where programs run.
pub struct World {
    http: Answer,
    workflow: Workflow,
    url: FinishedUrl,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// A value as its JSON, or an error with its causes.
pub type Shown = Result<Vec<u8>, String>;

impl World {
    /// An empty one.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn new() -> Self {
        let url = FinishedUrl::parse("https://example.com/").expect("a URL");
        Self { http: Answer(Mutex::default()), workflow: Workflow::new("customer-42"), url }
    }

    /// What the next requests are answered with.
    pub fn answer(&self, body: &[u8]) {
        let mut answer = self.http.0.lock().unwrap_or_else(PoisonError::into_inner);
        answer.clear();
        answer.extend_from_slice(body);
    }

    fn event(&self) -> Event<'_> {
        Event::new(EventEnv {
            http: &self.http,
            workflow: &self.workflow,
            meta: &META,
            event: "request",
            state: Value::NULL,
            saved: SavedData::new(),
            webhook_url: None,
        })
    }

    /// What `!http` gives.
    ///
    /// # Errors
    /// If the body is no response that can be read.
    pub fn input(&self) -> Result<Value, EventError> {
        let event = self.event();
        now(event.http(HTTP, Method::Get, Target::External, self.url.clone()).send())
    }

    /// What a program gives for what `!http` gives, which is read into a tree.
    ///
    /// # Errors
    /// If it fails, or `!http` did.
    pub fn over_input(&self, program: &Jq, input: &Result<Value, EventError>, variables: &[Value]) -> Shown {
        match input {
            Ok(input) => shown(self.event().jq(JQ, program, input, bound(variables))),
            Err(error) => Err(message(error)),
        }
    }

    /// What a program gives for a response, which is read only where it has to be.
    ///
    /// # Errors
    /// If it fails, or `!http` does.
    pub fn over_response(&self, program: &Jq, variables: &[Value]) -> Shown {
        let event = self.event();
        let fetched = now(event.http(HTTP, Method::Get, Target::External, self.url.clone()).fetch());
        shown(fetched.and_then(|fetched| event.jq_of(JQ, program, fetched, bound(variables))))
    }
}

fn bound(values: &[Value]) -> impl Iterator<Item = Var> {
    values.iter().map(|value| piped("piped_content.0", value, &[]))
}

fn shown(outcome: Result<Value, EventError>) -> Shown {
    outcome.map(|value| value.to_json()).map_err(|error| message(&error))
}

/// An error as its reader sees it, causes included.
fn message(error: &EventError) -> String {
    let mut text = error.to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!("\n{error}");
        cause = error.source();
    }
    text
}

/// What a future gives that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
