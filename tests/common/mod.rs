//! A vendor on a local port whose answers a test scripts.

#![allow(dead_code, reason = "each test program uses its part")]

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use intake::http::Client;
use intake::store::Memory;
use intake::{Batch, Runtime};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// What a test's vendor answers to its N-th request, from 1.
type Script = Box<dyn Fn(usize, &str) -> (u16, Value) + Send + Sync>;

/// A request as the vendor saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub uri: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A vendor on a local port.
#[derive(Clone)]
pub struct Vendor {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    inner: Arc<Inner>,
}

struct Inner {
    script: Script,
    seen: Mutex<Vec<Seen>>,
}

impl Vendor {
    /// A vendor that answers 200 with what `script` gives for the number of the request, from 1.
    pub async fn answering(script: impl Fn(usize) -> Value + Send + Sync + 'static) -> Self {
        Self::start(move |number, _| (200, script(number))).await
    }

    /// A vendor that answers with a status and a body, by the number of the request and its path and query.
    pub async fn start(script: impl Fn(usize, &str) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner { script: Box::new(script), seen: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, inner }
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// A client that takes this vendor for `origin`.
    pub fn instead_of(&self, origin: &str) -> Client {
        Client::builder().origin_override(origin, &self.origin).build().unwrap()
    }

    /// A runtime in memory that takes this vendor for `https://vendor.example`.
    pub fn runtime(&self) -> Runtime {
        Runtime::builder().store(Memory::new()).transport(self.instead_of("https://vendor.example")).build().unwrap()
    }
}

async fn answer(State(vendor): State<Arc<Inner>>, request: Request) -> (StatusCode, axum::Json<Value>) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let uri = parts.uri.to_string();
    let number = {
        let mut seen = vendor.seen.lock().unwrap();
        seen.push(Seen {
            method: parts.method.to_string(),
            uri: uri.clone(),
            headers: parts.headers.iter().map(header).collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        seen.len()
    };
    let (status, body) = (vendor.script)(number, &uri);
    (StatusCode::from_u16(status).unwrap(), axum::Json(body))
}

/// A record or a state as JSON.
pub fn json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// A sink that keeps what it gets.
#[derive(Clone)]
pub struct Collected<R>(Arc<Mutex<Vec<(String, R)>>>);

impl<R> Default for Collected<R> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<R: Clone + Send + 'static> Collected<R> {
    /// The sink.
    pub fn sink(
        &self,
    ) -> impl Fn(Batch<R>) -> std::future::Ready<Result<(), std::io::Error>> + Clone + Send + Sync + 'static {
        let kept = self.0.clone();
        move |batch: Batch<R>| {
            kept.lock().unwrap().extend(batch.into_iter().map(|record| (record.key, record.value)));
            std::future::ready(Ok(()))
        }
    }

    /// The records, in order of delivery.
    pub fn records(&self) -> Vec<R> {
        self.0.lock().unwrap().iter().map(|(_, record)| record.clone()).collect()
    }

    /// The records as JSON, in order of delivery.
    pub fn json(&self) -> Vec<Value>
    where
        R: serde::Serialize,
    {
        self.records().iter().map(json).collect()
    }

    /// Their keys, in order of delivery.
    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }
}
