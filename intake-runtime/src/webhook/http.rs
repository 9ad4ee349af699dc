//! The HTTP side of a receiver: a delivery is stored, durably, before it is answered.

use super::receiver::Shared;
use super::route::Unverified;
use crate::event::Respond;
use crate::store::{Arrival, Hook, HookStatus, StoreError, Write};
use crate::value::Value;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::collections::BTreeMap;
use std::sync::Arc;
use url::form_urlencoded;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let limit = DefaultBodyLimit::max(shared.body_limit);
    Router::new().route("/{token}", any(receive)).layer(limit).with_state(shared)
}

async fn receive(State(shared): State<Arc<Shared>>, Path(token): Path<String>, request: Request) -> Response {
    match shared.accept(token, request).await {
        Ok(response) | Err(Refusal(response)) => response,
    }
}

/// An answer other than what was asked for.
struct Refusal(Response);

impl<R: IntoResponse> From<R> for Refusal {
    fn from(response: R) -> Self {
        Self(response.into_response())
    }
}

/// The vendor is to try again: nothing was stored.
fn unavailable() -> Refusal {
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "10")]).into()
}

impl Shared {
    async fn accept(self: &Arc<Self>, token: String, request: Request) -> Result<Response, Refusal> {
        let hook = self.hook(&token).await?;
        let Some(desk) = self.desk(&hook) else {
            tracing::error!(
                intake = hook.intake,
                "a delivery to an intake that this receiver has no sink for is refused"
            );
            return Err(unavailable());
        };
        let verifies = desk.handler.verifies();
        if !verifies && !matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
            return Err((StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST, PUT, PATCH")]).into());
        }
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head.clone(), body);
        // Refuses what is over the limit with 413.
        let body = Bytes::from_request(request, &()).await?;
        let content = Content::of(&head.headers, &body);
        if !verifies {
            let payload = content.payload().ok_or(StatusCode::BAD_REQUEST)?;
            self.store_delivery(&hook, &payload, Vec::new()).await?;
            return Ok(StatusCode::OK.into_response());
        }
        let input = Value::object([
            ("query_params", form(head.uri.query().unwrap_or_default().as_bytes())),
            ("headers", headers(&head.headers)),
            ("body", content.lenient(&body)),
            ("method", head.method.as_str().into()),
        ]);
        let users = self.runtime.store().hook_users(&token).await.map_err(|error| failed(&hook, &error))?;
        let verified = desk.handler.verify(&self.runtime, &token, &users, input).await;
        let verified = verified.map_err(|error| match error {
            Unverified::Store(error) => failed(&hook, &error),
            error => {
                tracing::error!(intake = hook.intake, %error, "a call to a hook could not be verified and is answered with 500");
                StatusCode::INTERNAL_SERVER_ERROR.into()
            }
        })?;
        let answer = respond(&verified.response).ok_or_else(|| {
            tracing::error!(intake = hook.intake, "`!respond` gives an answer that HTTP cannot carry");
            Refusal::from(StatusCode::INTERNAL_SERVER_ERROR)
        })?;
        if verified.response.process_payload {
            let payload = content.payload().ok_or(StatusCode::BAD_REQUEST)?;
            self.store_delivery(&hook, &payload, verified.writes).await?;
        } else if !verified.writes.is_empty() {
            self.runtime.store().commit(verified.writes).await.map_err(|error| failed(&hook, &error))?;
        }
        Ok(answer)
    }

    async fn hook(&self, token: &str) -> Result<Hook, Refusal> {
        match self.runtime.store().hook(token).await {
            Ok(Some(hook)) if hook.status == HookStatus::Deleting => Err(StatusCode::GONE.into()),
            Ok(Some(hook)) => Ok(hook),
            Ok(None) => Err(StatusCode::NOT_FOUND.into()),
            Err(error) => {
                tracing::error!(%error, "a hook cannot be looked up: its delivery is refused");
                Err(unavailable())
            }
        }
    }

    async fn store_delivery(
        self: &Arc<Self>,
        hook: &Hook,
        payload: &Value,
        mut writes: Vec<Write>,
    ) -> Result<(), Refusal> {
        let payload = Bytes::from(payload.to_json());
        let (token, at) = (hook.token.clone(), self.runtime.now());
        writes.push(Write::Deliver(Arrival { token, payload, headers: None, dedupe: None, at }));
        let (shared, of) = (self.clone(), hook.clone());
        // A task of its own: where the caller hangs up, what was stored all the same is still routed at once.
        let stored = tokio::spawn(async move {
            let stored = shared.runtime.store().commit(writes).await;
            // After a failure too, which can be in the store's answer only.
            shared.arrived(&of);
            stored
        });
        match stored.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(StoreError::UnknownHook)) => Err(StatusCode::NOT_FOUND.into()),
            Ok(Err(error)) => Err(failed(hook, &error)),
            Err(error) => Err(failed(hook, &StoreError::Failed { action: "store a delivery", source: error.into() })),
        }
    }
}

fn failed(hook: &Hook, error: &StoreError) -> Refusal {
    tracing::error!(intake = hook.intake, %error, "a delivery could not be stored and is refused");
    unavailable()
}

/// What a body holds.
enum Content {
    Empty,
    Json(Value),
    Form(Value),
    Other,
}

impl Content {
    /// Reads a form where the content type says so, and JSON everywhere else, as many vendors name another type.
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if body.iter().all(u8::is_ascii_whitespace) {
            Self::Empty
        } else if media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::Form(form(body))
        } else {
            Value::from_json(body).map_or(Self::Other, Self::Json)
        }
    }

    fn payload(self) -> Option<Value> {
        match self {
            Self::Json(value) | Self::Form(value) => Some(value),
            Self::Empty | Self::Other => None,
        }
    }

    /// The body as `verification` sees it: whatever it is.
    fn lenient(&self, body: &[u8]) -> Value {
        match self {
            Self::Empty => Value::NULL,
            Self::Json(value) | Self::Form(value) => value.clone(),
            Self::Other => String::from_utf8_lossy(body).into_owned().into(),
        }
    }
}

/// An object of a form's or a query's keys. A key that comes several times has an array.
fn form(encoded: &[u8]) -> Value {
    let mut order: Vec<String> = Vec::new();
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(encoded) {
        let entry = values.entry(key.clone().into_owned()).or_default();
        if entry.is_empty() {
            order.push(key.into_owned());
        }
        entry.push(value.into_owned().into());
    }
    Value::object(order.into_iter().map(|key| {
        let mut list = values.remove(&key).unwrap_or_default();
        let value = if list.len() == 1 { list.remove(0) } else { Value::array(list) };
        (key, value)
    }))
}

/// An object of headers, their names in lower case. One that comes several times is joined by `, `.
fn headers(headers: &HeaderMap) -> Value {
    Value::object(headers.keys().map(|name| {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (name.as_str(), Value::from(values.join(", ")))
    }))
}

/// `!respond`'s answer; `None` if HTTP cannot carry it.
fn respond(answer: &Respond) -> Option<Response> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answer.code).ok()?;
    if let Some(body) = answer.body.as_ref().filter(|body| !body.is_null()) {
        // A string is text; everything else is JSON.
        let (media, bytes) = match body.as_str() {
            Some(text) => ("text/plain; charset=utf-8", text.as_bytes().to_vec()),
            None => ("application/json", body.to_json()),
        };
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
        *response.body_mut() = Body::from(bytes);
    }
    for (name, value) in &answer.headers {
        if let Some((name, value)) = crate::http::header(name, value).ok()? {
            response.headers_mut().insert(name, value);
        }
    }
    Some(response)
}
