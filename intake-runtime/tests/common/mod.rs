//! What the tests of events share.
#![allow(dead_code, unreachable_pub, missing_docs)]

use axum::Router;
use intake_runtime::event::{Event, EventEnv, EventError, SavedData};
use intake_runtime::http::{Client, HttpError, HttpRequest, HttpResponse, Transport, TransportFuture};
use intake_runtime::intake::{App, AuthKind, AuthMethod, IntakeMeta};
use intake_runtime::private as rt;
use intake_runtime::value::Value;
use intake_runtime::workflow::Workflow;
use std::sync::Mutex;

pub const AT: rt::At = rt::At::new("!http", 52, 13);

pub static OPEN: IntakeMeta = IntakeMeta::new(&App::new("acme", "acme.json", &[]), "issues", 40);
pub static TOKEN: IntakeMeta = IntakeMeta::new(
    &App::new(
        "acme",
        "acme.json",
        &[AuthMethod { name: "acme-token", kind: AuthKind::Token { header: "Authorization", prefix: Some("Bearer") } }],
    ),
    "issues",
    40,
);

/// Everything an event sees.
pub struct World {
    pub http: Box<dyn Transport>,
    pub workflow: Workflow,
    pub meta: &'static IntakeMeta,
    pub state: Value,
    pub saved: SavedData,
    pub webhook_url: Option<String>,
}

impl World {
    pub fn new(http: impl Transport) -> Self {
        Self {
            http: Box::new(http),
            workflow: Workflow::new("customer-42"),
            meta: &OPEN,
            state: json("{}"),
            saved: SavedData::new(),
            webhook_url: None,
        }
    }

    /// Without a network.
    pub fn offline() -> Self {
        Self::new(Recorder::default())
    }

    pub fn online() -> Self {
        Self::new(Client::new().unwrap())
    }

    pub fn event(&self) -> Event<'_> {
        Event::new(EventEnv {
            http: &*self.http,
            workflow: &self.workflow,
            meta: self.meta,
            event: "request",
            state: self.state.clone(),
            saved: self.saved.clone(),
            webhook_url: self.webhook_url.clone(),
        })
    }
}

pub fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap()
}

pub fn url(text: &str) -> rt::FinishedUrl {
    rt::FinishedUrl::parse(text).unwrap()
}

pub fn var(value: &str) -> rt::Var {
    rt::input("custom_data.x.value", value)
}

/// Serves on a free port of this machine; gives the origin.
pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

/// Keeps requests and answers `{}`.
#[derive(Default)]
pub struct Recorder {
    pub requests: std::sync::Arc<Mutex<Vec<HttpRequest>>>,
}

impl Transport for Recorder {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        self.requests.lock().unwrap().push(request);
        let (status, headers, body) = (http::StatusCode::OK, http::HeaderMap::new(), bytes::Bytes::from("{}"));
        Box::pin(async move { Ok::<_, HttpError>(HttpResponse { status, headers, body }) })
    }
}

/// An error as its reader sees it, causes included.
pub fn shown(error: &EventError) -> String {
    let mut text = format!("{error}\n{error:?}");
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!("\n{error}\n{error:?}");
        cause = error.source();
    }
    text
}
