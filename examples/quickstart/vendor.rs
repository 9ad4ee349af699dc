//! A CRM on a local port: customers paged by a cursor, and hooks. It remembers its customers from run to run, and
//! every run adds some, so that there is something to import.

use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use intake::http::{Client, HttpRequest, Method, Transport};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The token that the CRM accepts.
pub const TOKEN: &str = "crm-demo-token";

const FIRST: [&str; 8] = ["Ada", "Grace", "Edsger", "Barbara", "Alan", "Radia", "Donald", "Frances"];
const LAST: [&str; 7] = ["Lovelace", "Hopper", "Dijkstra", "Liskov", "Turing", "Perlman", "Knuth"];

/// A running CRM.
#[derive(Clone)]
pub struct Vendor {
    /// `http://127.0.0.1:PORT`
    pub origin: String,
    crm: Arc<Crm>,
}

struct Crm {
    file: PathBuf,
    customers: Mutex<usize>,
    hooks: Mutex<BTreeMap<String, String>>,
}

impl Vendor {
    /// Starts the CRM with twelve customers, or with those of the last run and five more.
    pub async fn start(file: PathBuf) -> Result<Self, Box<dyn Error>> {
        let customers = match fs::read_to_string(&file) {
            Ok(count) => count.trim().parse::<usize>()? + 5,
            Err(_) => 12,
        };
        let crm = Arc::new(Crm { file, customers: Mutex::new(customers), hooks: Mutex::default() });
        crm.store(customers)?;
        let router = Router::new()
            .route("/v1/lists/{list}/customers", get(list))
            .route("/v1/hooks", post(create_hook))
            .route("/v1/hooks/{id}", delete(delete_hook))
            .with_state(crm.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { origin, crm })
    }

    /// Somebody signs up: every hook is told.
    pub async fn sign_up(&self) -> Result<(), Box<dyn Error>> {
        let id = {
            let mut customers = self.crm.customers.lock().map_err(|_| "the CRM is broken")?;
            *customers += 1;
            self.crm.store(*customers)?;
            *customers
        };
        let hooks: Vec<_> = self.crm.hooks.lock().map_err(|_| "the CRM is broken")?.values().cloned().collect();
        for hook in hooks {
            let body = json!({"event": "customer.created", "customer": customer(id)});
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
            let body = Some(body.to_string().into());
            let request = HttpRequest { method: Method::Post, url: hook.parse()?, headers, body };
            let status = Client::builder().build()?.send(request).await?.status;
            if !status.is_success() {
                return Err(format!("the hook answered {status}").into());
            }
        }
        Ok(())
    }
}

impl Crm {
    fn store(&self, customers: usize) -> std::io::Result<()> {
        fs::write(&self.file, customers.to_string())
    }
}

fn customer(id: usize) -> Value {
    let (first, last) = (FIRST[id % FIRST.len()], LAST[id % LAST.len()]);
    let email = format!("{}.{}{id}@example.com", first.to_lowercase(), last.to_lowercase());
    // Every seventh never gave an address.
    let email = if id.is_multiple_of(7) { Value::Null } else { email.into() };
    json!({"id": id, "first": first, "last": last, "email": email, "plan": "pro", "notes": "…"})
}

fn authorized(headers: &HeaderMap) -> Result<(), StatusCode> {
    let expected = format!("Bearer {TOKEN}");
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    if given == Some(expected.as_str()) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
}

#[derive(Deserialize)]
struct Page {
    limit: usize,
    #[serde(default)]
    cursor: Option<String>,
}

async fn list(
    State(crm): State<Arc<Crm>>,
    Path(_list): Path<String>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    authorized(&headers)?;
    let count = *crm.customers.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let after = page.cursor.and_then(|cursor| cursor.strip_prefix("after-")?.parse().ok()).unwrap_or(0);
    let last = (after + page.limit).min(count);
    let data: Vec<_> = (after + 1..=last).map(customer).collect();
    Ok(Json(json!({"data": data, "has_more": last < count, "next_cursor": format!("after-{last}")})))
}

async fn create_hook(
    State(crm): State<Arc<Crm>>,
    headers: HeaderMap,
    Json(hook): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    authorized(&headers)?;
    let url = hook["url"].as_str().ok_or(StatusCode::BAD_REQUEST)?;
    let mut hooks = crm.hooks.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let id = format!("hook_{}", hooks.len() + 1);
    hooks.insert(id.clone(), url.to_owned());
    Ok(Json(json!({"id": id})))
}

async fn delete_hook(State(crm): State<Arc<Crm>>, Path(id): Path<String>, headers: HeaderMap) -> StatusCode {
    if let Err(refused) = authorized(&headers) {
        return refused;
    }
    let Ok(mut hooks) = crm.hooks.lock() else { return StatusCode::INTERNAL_SERVER_ERROR };
    // Hooks do not outlive a run of this program; one that is gone is gone.
    hooks.remove(&id);
    StatusCode::NO_CONTENT
}
