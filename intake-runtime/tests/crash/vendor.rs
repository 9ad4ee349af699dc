//! The vendor: it keeps a feed for each workflow and a list of webhooks, and notes what must never be asked of it.

use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most items of a page.
const PAGE: u64 = 3;

#[derive(Default)]
pub(crate) struct Vendor(Mutex<Ledger>);

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) feeds: BTreeMap<String, Feed>,
    /// By id: the URL, and the workflow that it is of.
    pub(crate) hooks: BTreeMap<u64, Hook>,
    pub(crate) problems: Vec<String>,
    hook: u64,
    /// The number of the process that calls.
    generation: u64,
    requests: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Feed {
    /// Items 1 to this one are there.
    pub(crate) published: u64,
    /// The last that was asked for.
    pub(crate) after: u64,
    /// Requests under way, of this process.
    under_way: (u64, u32),
}

#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) url: String,
    pub(crate) of: Option<String>,
}

impl Vendor {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another process begins to call.
    pub(crate) fn next_generation(&self) {
        self.ledger().generation += 1;
    }

    /// What a process could have in hand when it is killed takes some time; how long differs from request to request.
    async fn dawdle(&self) {
        let requests = {
            let mut ledger = self.ledger();
            ledger.requests += 1;
            ledger.requests
        };
        tokio::time::sleep(Duration::from_micros(requests * 7_919 % 3_000)).await;
    }
}

pub(crate) async fn serve() -> (Arc<Vendor>, u16) {
    let vendor = Arc::new(Vendor::default());
    let router = Router::new()
        .route("/items/{workflow}", get(items))
        .route("/hooks", post(create))
        .route("/hooks/{id}", axum::routing::delete(delete).patch(update))
        .with_state(Arc::clone(&vendor));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (vendor, port)
}

async fn items(
    State(vendor): State<Arc<Vendor>>,
    Path(workflow): Path<String>,
    Query(query): Query<BTreeMap<String, u64>>,
) -> Json<Value> {
    let after = query["after"];
    let (generation, page, more) = {
        let mut ledger = vendor.ledger();
        let generation = ledger.generation;
        let mut problems = Vec::new();
        let feed = ledger.feeds.entry(workflow.clone()).or_default();
        if after < feed.after {
            problems.push(format!("the state of {workflow} went back from {} to {after}", feed.after));
        }
        feed.after = after;
        if feed.under_way.0 != generation {
            feed.under_way = (generation, 0);
        }
        feed.under_way.1 += 1;
        if feed.under_way.1 > 1 {
            problems.push(format!("two cycles of {workflow} at once"));
        }
        let last = feed.published.min(after + PAGE);
        let (page, more) = ((after + 1..=last).collect::<Vec<_>>(), last < feed.published);
        ledger.problems.extend(problems);
        (generation, page, more)
    };
    vendor.dawdle().await;
    let mut ledger = vendor.ledger();
    if let Some(feed) = ledger.feeds.get_mut(&workflow).filter(|feed| feed.under_way.0 == generation) {
        feed.under_way.1 -= 1;
    }
    let last = page.last().copied().unwrap_or(after);
    let items: Vec<_> = page.into_iter().map(|item| json!({"of": workflow, "item": item})).collect();
    Json(json!({"items": items, "more": more, "last": last}))
}

async fn create(State(vendor): State<Arc<Vendor>>, Json(body): Json<Value>) -> Json<Value> {
    // Before and after: a process can die when the hook is there and it does not know.
    vendor.dawdle().await;
    let id = {
        let mut ledger = vendor.ledger();
        ledger.hook += 1;
        let id = ledger.hook;
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        ledger.hooks.insert(id, Hook { url: text("url").unwrap_or_default(), of: text("of") });
        id
    };
    vendor.dawdle().await;
    Json(json!({"id": id}))
}

async fn update(State(vendor): State<Arc<Vendor>>, Path(id): Path<u64>, Json(_): Json<Value>) -> StatusCode {
    vendor.dawdle().await;
    if vendor.ledger().hooks.contains_key(&id) { StatusCode::OK } else { StatusCode::NOT_FOUND }
}

async fn delete(State(vendor): State<Arc<Vendor>>, Path(id): Path<u64>) -> StatusCode {
    vendor.dawdle().await;
    let known = vendor.ledger().hooks.remove(&id).is_some();
    vendor.dawdle().await;
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
