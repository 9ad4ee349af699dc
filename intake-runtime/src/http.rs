//! HTTP as events see it: a [`Transport`] sends requests, [`Client`] is the one that does so for real.

mod client;
mod hosts;

pub use client::{Client, ClientBuilder};
pub(crate) use hosts::PerHost;

use crate::value::{JsonError, Value};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use url::Url;

/// A future of a transport's answer.
pub type TransportFuture<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

/// Sends requests. Retries are no business of an event: a transport that wraps another may make them.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and reads the whole response, whatever its status.
    fn send(&self, request: HttpRequest) -> TransportFuture<'_>;
}

/// The methods a manifest can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// OPTIONS
    Options,
}

impl Method {
    /// As it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Method> for http::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
            Method::Options => Self::OPTIONS,
        }
    }
}

/// A request, complete with its credentials.
#[derive(Clone)]
pub struct HttpRequest {
    /// Its method.
    pub method: Method,
    /// Where it goes; `http` or `https`.
    pub url: Url,
    /// Its headers; the values of credentials are marked as sensitive.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Option<Bytes>,
}

/// Shows no header, body or query value.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpRequest({} {})", self.method, crate::url::redacted(&self.url))
    }
}

/// A response, read to its end.
#[derive(Clone)]
pub struct HttpResponse {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, decompressed.
    pub body: Bytes,
}

/// Shows no header or body.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// A request failed. URLs are shown without user info and without the values of query parameters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The answer is not 2xx.
    #[error("{method} {url} answered {status}{}{excerpt}", if excerpt.is_empty() { "" } else { ": " })]
    Status {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
        /// The status.
        status: StatusCode,
        /// How the body begins, without the connection's credentials.
        excerpt: String,
    },
    /// The body cannot be read as JSON, though it is meant to be.
    #[error("{method} {url}: the response is not read: {source}")]
    Body {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
        /// Why.
        source: JsonError,
    },
    /// A redirect is not followed.
    #[error("{method} {url}: {reason}")]
    Redirect {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The body is too long.
    #[error("{method} {url}: the response has more than {limit} bytes; ask for less at a time, or raise the limit")]
    TooLong {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
        /// How long it may be, decompressed.
        limit: usize,
    },
    /// There was no answer in time.
    #[error("{method} {url}: no complete answer in time")]
    Timeout {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
    },
    /// The request could not be sent, or its answer not be received.
    #[error("{method} {url}: {}", chain(&**source))]
    Failed {
        /// The method.
        method: Method,
        /// The URL.
        url: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The client cannot be set up.
    #[error("the HTTP client cannot be set up: {reason}")]
    Setup {
        /// Why.
        reason: String,
    },
}

impl HttpError {
    /// Whether the other side may have done what it was asked for.
    pub(crate) fn may_have_arrived(&self) -> bool {
        match self {
            Self::Setup { .. } | Self::Status { .. } => false,
            Self::Failed { source, .. } => {
                let refused = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
                !source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
                    // As a transport of the program's says it.
                    && !source.downcast_ref().is_some_and(refused)
            }
            Self::Body { .. } | Self::Redirect { .. } | Self::TooLong { .. } | Self::Timeout { .. } => true,
        }
    }
}

/// An error with its causes in one line; a cause that the error before it quotes already is not repeated.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

/// A header cannot be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Its name is none.
    #[error("`{name}` is no name of a header")]
    Name {
        /// The name.
        name: &'static str,
    },
    /// Its value holds line breaks or other control characters.
    #[error("the value of header `{name}` holds a line break or another control character, which would end the header")]
    Value {
        /// The name.
        name: &'static str,
    },
}

/// A header from a manifest; null leaves it out.
pub(crate) fn header(name: &'static str, value: &Value) -> Result<Option<(HeaderName, HeaderValue)>, HeaderError> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderError::Name { name })?;
    if value.is_null() {
        return Ok(None);
    }
    let value = HeaderValue::from_bytes(value.text().as_bytes()).map_err(|_| HeaderError::Value { name })?;
    Ok(Some((parsed, value)))
}
