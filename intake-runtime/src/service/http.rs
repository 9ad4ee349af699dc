//! How a service is, over HTTP.

use super::{Service, Shared};
use crate::clock::Timestamp;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use std::sync::Arc;
use std::time::Duration;

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

impl Service {
    /// `/healthz`, `/readyz` and `/metrics`, for a program that serves HTTP itself.
    ///
    /// `/healthz` answers 200 as long as the program answers at all. `/readyz` answers 200 while the service runs and its
    /// store can be [written](crate::store::Store::probe) and read, else 503 with the reason. `/metrics` is in the format of Prometheus.
    pub fn status_router(&self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(Arc::clone(&self.shared))
    }

    /// What `/metrics` answers.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn metrics(&self) -> Result<String, crate::error::ServiceError> {
        let counts = self.shared.runtime.store().counts(self.shared.runtime.now()).await?;
        let load = *self.shared.load.borrow();
        // Writing to a string does not fail.
        Ok(self.shared.metrics.text(&counts, load).unwrap_or_default())
    }
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    let problem = if shared.load.borrow().serving {
        let store = shared.runtime.store();
        let asked = async {
            store.probe().await?;
            store.due(Timestamp::MAX, None, 1).await.map(drop)
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(())) => return "ready\n".into_response(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the store does not answer in time".to_owned(),
        }
    } else {
        "the service is not running, or about to stop".to_owned()
    };
    (StatusCode::SERVICE_UNAVAILABLE, problem + "\n").into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    match (Service { shared }).metrics().await {
        Ok(text) => {
            ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
        }
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}
