//! HTTP as a sink: a signed POST for each record.

use super::form::Form;
use super::signature::{SecretError, SigningSecret};
use super::{Batch, Json, Record, Sink, SinkError};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::http::{Client, HttpError, HttpRequest, Method, Transport};
use crate::secret::Secret;
use crate::url::redacted;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// After how long no further record of a batch is begun: well before a drain gives the batch up.
const BATCH_TIME: Duration = Duration::from_secs(120);

/// Posts each record to a URL, signed by the [Standard Webhooks](https://www.standardwebhooks.com) scheme.
///
/// The body is `{"key":…,"workflow":…,"intake":…,"record":…}`. `webhook-id` is a hash of the record's key, so it is the
/// same however often the record is sent: whoever remembers it handles nothing twice. `webhook-timestamp` and
/// `webhook-signature` are of the attempt.
///
/// 2xx: it is delivered. 408, 425, 429, 5xx, a redirect or no answer within 30 s: it is sent again later, not before
/// `retry-after`. Any other 4xx: it becomes a dead letter at once.
#[derive(Clone)]
pub struct HttpPost {
    url: Url,
    secrets: Vec<SigningSecret>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    form: Form,
}

/// Why there is no such sink.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpPostError {
    /// The URL is none.
    #[error("the URL to post to is not an http or https URL")]
    Url(#[source] Option<url::ParseError>),
    /// The secret is none.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Client(#[from] HttpError),
}

impl HttpPost {
    /// Posts to a URL, signed with a secret: `whsec_…`.
    ///
    /// # Errors
    /// If one of them is none, or the HTTP client cannot be set up.
    pub fn new(url: &str, secret: impl Into<Secret>) -> Result<Self, HttpPostError> {
        let url = Url::parse(url).map_err(|error| HttpPostError::Url(Some(error)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpPostError::Url(None));
        }
        let secrets = vec![SigningSecret::new(secret)?];
        // A redirect can make a GET of a POST, which then looks as if it were taken.
        let client = Client::builder().timeout(TIMEOUT).no_redirects().build()?;
        Ok(Self { url, secrets, transport: Arc::new(client), clock: Arc::new(SystemClock), form: Form::Whole })
    }

    /// Signs with another secret as well, while the receiving side changes from one to the other.
    ///
    /// # Errors
    /// If it is none.
    pub fn and_secret(mut self, secret: impl Into<Secret>) -> Result<Self, HttpPostError> {
        self.secrets.push(SigningSecret::new(secret)?);
        Ok(self)
    }

    /// Posts the record alone, without its key.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { form: Form::Bare, ..self }
    }

    /// What carries the requests, in place of a client that follows no redirects.
    #[must_use]
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Arc::new(transport), ..self }
    }

    /// What tells the time; the system's clock unless set.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    async fn post(&self, batch: &Batch<Json>, record: &Record<Json>) -> Result<(), SinkError> {
        let mut body = Vec::with_capacity(record.value.as_bytes().len() + record.key.len() + 100);
        self.form.write(batch, record, &mut body)?;
        let now = self.clock.now();
        let headers = self.headers(&record.key, now, &body)?;
        let request = HttpRequest { method: Method::Post, url: self.url.clone(), headers, body: Some(body.into()) };
        let answer = self.transport.send(request).await?;
        if answer.status.is_success() {
            return Ok(());
        }
        let problem = format!("{} answered {}", redacted(&self.url), answer.status);
        if is_permanent(answer.status) {
            return Err(SinkError::permanent(problem));
        }
        Err(SinkError::retry_after(retry_after(&answer.headers, now), problem))
    }

    fn headers(&self, key: &str, now: Timestamp, body: &[u8]) -> Result<HeaderMap, SinkError> {
        let id = message_id(key);
        let signatures = self.secrets.iter().map(|secret| secret.sign(&id, now, body));
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?.join(" ");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("webhook-id", id),
            ("webhook-timestamp", now.0.div_euclid(1000).to_string()),
            ("webhook-signature", signatures),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse()?);
        }
        Ok(headers)
    }
}

impl fmt::Debug for HttpPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpPost").field("url", &redacted(&self.url)).finish_non_exhaustive()
    }
}

impl<R> Sink<R> for HttpPost {
    type As = Json;

    async fn deliver(&self, batch: Batch<Json>) -> Result<(), SinkError> {
        let begun = Instant::now();
        for (index, record) in batch.iter().enumerate() {
            if begun.elapsed() > BATCH_TIME {
                return Err(SinkError::retry("it answers so slowly that the rest of the batch waits").at(index));
            }
            self.post(&batch, record).await.map_err(|error| error.at(index))?;
        }
        Ok(())
    }
}

/// A key can hold anything, and more than a header bears.
fn message_id(key: &str) -> String {
    let hash = Sha256::digest(key);
    hash.iter().take(16).fold("msg_".to_owned(), |id, byte| id + &format!("{byte:02x}"))
}

fn is_permanent(status: StatusCode) -> bool {
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !later.contains(&status)
}

/// The pause that an answer asks for: in seconds, or until a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Duration {
    let Some(text) = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) else { return Duration::ZERO };
    if let Ok(seconds) = text.trim().parse() {
        return Duration::from_secs(seconds);
    }
    let until = jiff::fmt::rfc2822::parse(text.trim());
    until.map_or(Duration::ZERO, |until| Timestamp(until.timestamp().as_millisecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, Timestamp(1_445_412_450_000)).as_secs()
        };
        for (text, seconds) in [
            ("120", 120),
            (" 7 ", 7),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 30),
            ("Wed, 21 Oct 2015 07:20:00 GMT", 0),
            ("-1", 0),
            ("soon", 0),
        ] {
            assert_eq!(after(text), seconds, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp(0)), Duration::ZERO);
    }
}
