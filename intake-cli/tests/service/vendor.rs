//! The vendor, and the program behind the sink, on a local port.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// The most items of a page.
const PAGE: u64 = 3;

#[derive(Clone)]
pub(crate) struct Vendor {
    pub(crate) port: u16,
    inner: Arc<Inner>,
}

struct Inner {
    ledger: Mutex<Ledger>,
    /// While closed, items and what is posted to the sink are kept waiting.
    open: watch::Sender<bool>,
}

#[derive(Default)]
pub(crate) struct Ledger {
    /// Each workflow has items 1 to this one.
    pub(crate) published: u64,
    /// From where items were asked for, in order.
    pub(crate) asked: Vec<(String, u64)>,
    /// By id: the URL, and the workflow that it is of.
    pub(crate) hooks: BTreeMap<u64, (String, Option<String>)>,
    /// What arrived at the sink, by key, and how often.
    pub(crate) sunk: BTreeMap<String, (Value, u32)>,
    /// What the sink answers instead of 200.
    pub(crate) refusal: Option<u16>,
    /// Whether items cannot be had.
    pub(crate) down: bool,
    /// Whether hooks are not to be deleted.
    pub(crate) keeps_hooks: bool,
    /// Requests that are kept waiting.
    pub(crate) waiting: u32,
    last_hook: u64,
}

impl Vendor {
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Inner { ledger: Mutex::default(), open: watch::Sender::new(true) });
        let router = Router::new()
            .route("/items/{workflow}", get(items))
            .route("/hooks", post(create))
            .route("/hooks/{id}", delete(remove))
            .route("/sink", post(sink))
            .with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, inner }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.inner.ledger.lock().unwrap()
    }

    pub(crate) fn open(&self, open: bool) {
        self.inner.open.send_replace(open);
    }

    /// The path of a hook: that of a workflow, or the shared one.
    pub(crate) fn path(&self, of: Option<&str>) -> Option<String> {
        let ledger = self.ledger();
        let (url, _) = ledger.hooks.values().find(|(_, owner)| owner.as_deref() == of)?;
        Some(url.strip_prefix("https://hooks.example").unwrap().to_owned())
    }
}

impl Inner {
    async fn wait(&self) {
        // Also when whoever asked has gone.
        struct Waits<'a>(&'a Inner);
        impl Drop for Waits<'_> {
            fn drop(&mut self) {
                self.0.ledger.lock().unwrap().waiting -= 1;
            }
        }
        self.ledger.lock().unwrap().waiting += 1;
        let _waits = Waits(self);
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
    }
}

async fn items(
    State(vendor): State<Arc<Inner>>,
    Path(workflow): Path<String>,
    Query(query): Query<BTreeMap<String, u64>>,
) -> Result<Json<Value>, StatusCode> {
    let after = query["after"];
    if vendor.ledger.lock().unwrap().down {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    vendor.ledger.lock().unwrap().asked.push((workflow.clone(), after));
    vendor.wait().await;
    let published = vendor.ledger.lock().unwrap().published;
    let last = published.min(after + PAGE).max(after);
    let items: Vec<_> = (after + 1..=last).map(|item| json!({"of": workflow, "item": item})).collect();
    Ok(Json(json!({"items": items, "more": last < published, "last": last})))
}

async fn create(State(vendor): State<Arc<Inner>>, Json(body): Json<Value>) -> Json<Value> {
    let mut ledger = vendor.ledger.lock().unwrap();
    ledger.last_hook += 1;
    let id = ledger.last_hook;
    let text = |key: &str| body[key].as_str().map(str::to_owned);
    ledger.hooks.insert(id, (text("url").unwrap(), text("of")));
    Json(json!({"id": id}))
}

async fn remove(State(vendor): State<Arc<Inner>>, Path(id): Path<u64>) -> StatusCode {
    let mut ledger = vendor.ledger.lock().unwrap();
    if ledger.keeps_hooks {
        return StatusCode::FORBIDDEN;
    }
    if ledger.hooks.remove(&id).is_some() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn sink(State(vendor): State<Arc<Inner>>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    vendor.wait().await;
    let mut ledger = vendor.ledger.lock().unwrap();
    if let Some(refusal) = ledger.refusal {
        return StatusCode::from_u16(refusal).unwrap();
    }
    if !headers.contains_key("webhook-signature") {
        return StatusCode::UNAUTHORIZED;
    }
    let key = body["key"].as_str().unwrap().to_owned();
    ledger.sunk.entry(key).or_insert_with(|| (body["record"].clone(), 0)).1 += 1;
    StatusCode::OK
}
