//! `!http`

use super::{At, Event, EventError, EventErrorKind};
use crate::auth;
use crate::http::{HeaderError, HttpError, HttpRequest, Method, header};
use crate::secret::scrub;
use crate::url::{FinishedUrl, redacted};
use crate::value::{MAX_DEPTH, Value, parse_within};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use std::sync::atomic::Ordering;
use tracing::Instrument;
use url::form_urlencoded;

/// The most that is shown of a response's body.
const EXCERPT: usize = 500;

/// Whom a request goes to, and so which credentials it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The vendor: the connection's credentials.
    Connection,
    /// Anyone else: none.
    External,
    /// The customer's account at the platform: its API token.
    ActiveCampaign,
}

/// A request cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A header cannot be sent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A form has no keys.
    #[error("the body is {found}, but `application/x-www-form-urlencoded` needs an object")]
    Form {
        /// What the body is.
        found: &'static str,
    },
}

/// A request under construction.
#[must_use = "nothing is sent before `send`"]
pub struct Request<'a> {
    cx: &'a Event<'a>,
    at: At,
    method: Method,
    target: Target,
    url: FinishedUrl,
    params: Vec<(&'static str, Value)>,
    headers: Vec<(&'static str, Value)>,
    body: Option<Value>,
}

impl Event<'_> {
    /// `!http`
    pub fn http(&self, at: At, method: Method, target: Target, url: FinishedUrl) -> Request<'_> {
        Request { cx: self, at, method, target, url, params: Vec::new(), headers: Vec::new(), body: None }
    }
}

/// Shows no parameter, header or body.
impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {:?})", self.method, self.url)
    }
}

impl Request<'_> {
    /// A query parameter, after any in the URL; null leaves it out, arrays and objects are sent as compact JSON.
    pub fn param(mut self, name: &'static str, value: Value) -> Self {
        self.params.push((name, value));
        self
    }

    /// A header; null leaves it out.
    pub fn header(mut self, name: &'static str, value: Value) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The body: JSON, or a form if the header `content-type` says so. In a form null leaves an entry out, and arrays
    /// and objects are sent as compact JSON. Without a body, POST, PUT and PATCH send `{}`.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it, once: there are no retries. The output is the response's body; see the language reference, section 3.
    ///
    /// # Errors
    /// If it cannot be made or sent, or the answer is not 2xx or cannot be read.
    pub async fn send(self) -> Result<Value, EventError> {
        let cx = self.cx;
        self.fetch().await?.value(cx)
    }

    /// Sends it, and does not read the response's body yet.
    ///
    /// # Errors
    /// If it cannot be made or sent, or the answer is not 2xx.
    pub async fn fetch(self) -> Result<Fetched, EventError> {
        let (cx, at) = (self.cx, self.at);
        self.exchange().instrument(at.span()).await.map_err(|error| cx.fault(at, error))
    }

    async fn exchange(self) -> Result<Fetched, EventErrorKind> {
        let (cx, at) = (self.cx, self.at);
        let request = self.into_request()?;
        let (method, shown) = (request.method, redacted(&request.url));
        cx.http_requests.fetch_add(1, Ordering::Relaxed);
        let answer = cx.env.http.send(request).await;
        let done = answer.as_ref().map_or_else(HttpError::may_have_arrived, |answer| answer.status.is_success());
        if done && !matches!(method, Method::Get | Method::Options) {
            cx.changed.store(true, Ordering::Relaxed);
        }
        let response = answer?;
        cx.count(response.body.len());
        tracing::debug!(
            app = cx.env.meta.app.name, intake = cx.env.meta.name, event = cx.env.event, workflow = cx.workflow().id(),
            %method, url = %shown, status = response.status.as_u16(), bytes = response.body.len(), "http request"
        );
        if !response.status.is_success() {
            let excerpt = scrub(&String::from_utf8_lossy(&response.body), &cx.workflow().secrets(), EXCERPT);
            return Err(HttpError::Status { method, url: shown, status: response.status, excerpt }.into());
        }
        let mark = if response.body.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let json = is_json(&response.headers);
        Ok(Fetched { at, method, url: shown, json, body: response.body.slice(mark..) })
    }

    fn into_request(self) -> Result<HttpRequest, EventErrorKind> {
        let url = self.url.with_params(self.params.iter().map(|(name, value)| (*name, value)));
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let Some((name, value)) = header(name, value).map_err(RequestError::from)? {
                headers.insert(name, value);
            }
        }
        match self.target {
            Target::Connection => auth::connection(self.cx.env.meta.app, self.cx.workflow(), &mut headers)?,
            Target::ActiveCampaign => auth::platform(self.cx.workflow(), &mut headers)?,
            Target::External => {}
        }
        let sends = !matches!(self.method, Method::Get | Method::Delete | Method::Options);
        let body = self.body.or_else(|| sends.then(|| Value::object::<&str>([])));
        let body = body.map(|body| encode(&body, &mut headers)).transpose()?;
        Ok(HttpRequest { method: self.method, url, headers, body })
    }
}

fn encode(body: &Value, headers: &mut HeaderMap) -> Result<Bytes, RequestError> {
    let content_type = headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    let media_type = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(body.to_json().into());
    }
    let entries = body.entries().ok_or_else(|| RequestError::Form { found: body.described() })?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (key, value) in entries.filter(|(_, value)| !value.is_null()) {
        form.append_pair(key, &value.text());
    }
    Ok(form.finish().into())
}

/// A response whose body is not read yet.
pub struct Fetched {
    at: At,
    method: Method,
    url: String,
    /// Whether it says that it is JSON.
    json: bool,
    body: Bytes,
}

/// Shows no body.
impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fetched({} {}, {} bytes)", self.method, self.url, self.body.len())
    }
}

impl Fetched {
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// What `!http` gives.
    pub(super) fn value(self, cx: &Event<'_>) -> Result<Value, EventError> {
        let Self { at, method, url, json, body } = self;
        output(&body, json).map_err(|source| cx.fault(at, HttpError::Body { method, url, source }))
    }
}

/// Whether a response says that it is JSON: `application/json`, or `application/problem+json` and the like.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

/// An object B gives B with a key `body` that is the whole of B, everything else V gives `{"body": V}`. What says that it
/// is JSON and begins as an object or array that it is not was damaged on its way: as text it would be taken for an answer
/// that lacks every key.
fn output(bytes: &[u8], json: bool) -> Result<Value, crate::value::JsonError> {
    let body = if bytes.trim_ascii().is_empty() {
        Value::NULL
    } else {
        let damaged = json && matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        // One level is left for the key `body`.
        match parse_within(bytes, MAX_DEPTH - 1) {
            Err(error) if error.is_syntax() && !damaged => String::from_utf8_lossy(bytes).into_owned().into(),
            parsed => parsed?,
        }
    };
    Ok(if body.is_object() { body.clone().with("body", body) } else { Value::object([("body", body)]) })
}
