//! The HTTP side of a receiver: a delivery is stored, durably, before it is answered.

use super::body::{Content, form};
use super::dedupe::Call;
use super::limits::Share;
use super::receiver::{Desk, Shared};
use super::route::Unverified;
use crate::event::Respond;
use crate::store::{Arrival, Hook, HookStatus, StoreError, Write};
use crate::value::Value;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::BytesMut;
use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;

/// How long a caller may go on sending what is too large, before it is told.
const LINGER: Duration = Duration::from_millis(500);

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/{token}", any(receive)).with_state(shared)
}

async fn receive(State(shared): State<Arc<Shared>>, Path(token): Path<String>, request: Request) -> Response {
    // For as long as it is answered.
    let Some(_place) = shared.room.request() else { return *unavailable().0 };
    shared.accept(token, request).await.unwrap_or_else(|Refusal(response)| *response)
}

/// An answer other than what was asked for.
struct Refusal(Box<Response>);

impl<R: IntoResponse> From<R> for Refusal {
    fn from(response: R) -> Self {
        Self(Box::new(response.into_response()))
    }
}

/// Refuses a body for its size. So many bytes more are read first, for a moment: a connection that is closed over what
/// nobody has read breaks, in most cases before its answer has arrived.
async fn too_large(mut body: Body, most: usize) -> Refusal {
    let discard = async {
        let mut read = 0;
        while read <= most
            && let Some(Ok(frame)) = body.frame().await
        {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Whether it ended or not, the answer is the same.
    let _ = tokio::time::timeout(LINGER, discard).await;
    StatusCode::PAYLOAD_TOO_LARGE.into()
}

/// The vendor is to try again later: nothing was stored.
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
        if self.is_full() {
            return Err(unavailable());
        }
        let (head, body) = request.into_parts();
        self.check(&head.headers)?;
        let mut share = self.room.share();
        let body = self.read(&head.headers, body, &mut share).await?;
        let content = Content::of(&head.headers, &body);
        if !verifies {
            let payload = content.payload().ok_or(StatusCode::BAD_REQUEST)?;
            self.store_delivery(&hook, desk, (&head.headers, payload, share), Vec::new()).await?;
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
            self.store_delivery(&hook, desk, (&head.headers, payload, share), verified.writes).await?;
        } else if !verified.writes.is_empty() {
            self.runtime.store().commit(verified.writes).await.map_err(|error| failed(&hook, &error))?;
        }
        Ok(answer)
    }

    /// Refuses headers that are too many or too large.
    fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let size = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
        if headers.len() > self.limits.headers || size > self.limits.header_bytes {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into());
        }
        Ok(())
    }

    /// Reads a body within the limits of size, time and memory.
    async fn read(&self, headers: &HeaderMap, mut body: Body, share: &mut Share) -> Result<Bytes, Refusal> {
        let limit = self.limits.body;
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(too_large(body, limit).await);
        }
        // What is announced has its room from the start, so that none is begun that cannot be ended.
        if !share.grow(length.unwrap_or(0)) {
            return Err(unavailable());
        }
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(frame) = body.frame().await {
                // The caller has gone, or sends no HTTP.
                let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
                if whole.len() + data.len() > limit {
                    return Err(too_large(body, limit).await);
                }
                if !share.grow(whole.len() + data.len()) {
                    return Err(unavailable());
                }
                whole.extend_from_slice(&data);
            }
            Ok(whole.freeze())
        };
        let late = (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, "close")]);
        tokio::time::timeout(self.limits.body_time, read).await.unwrap_or_else(|_| Err(late.into()))
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
        desk: &Desk,
        (headers, payload, share): (&HeaderMap, Bytes, Share),
        mut writes: Vec<Write>,
    ) -> Result<(), Refusal> {
        let (token, at) = (hook.token.clone(), self.runtime.now());
        let call = Call { headers, payload: &payload };
        let dedupe = desk.delivery_id.as_ref().and_then(|id| id.of(&token, call, at.before(self.window.age)));
        self.took(dedupe.is_some());
        writes.push(Write::Deliver(Arrival { token, payload, headers: None, dedupe, at }));
        let (shared, of) = (self.clone(), hook.clone());
        // A task of its own: where the caller hangs up, what was stored all the same is still routed at once.
        let stored = tokio::spawn(async move {
            let stored = shared.runtime.store().commit(writes).await;
            drop(share);
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
