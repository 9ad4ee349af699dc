//! The real transport.

use super::{HttpError, HttpRequest, HttpResponse, Method, Transport, TransportFuture};
use crate::url::{FinishedUrl, redacted};
use bytes::{Bytes, BytesMut};
use reqwest::redirect::{Attempt, Policy};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use url::{Origin, Url};

/// Sends requests over the network: TLS with the platform's trusted certificates, HTTP/2 and HTTP/1.1, compression,
/// redirects within one origin, limits on time and size, no proxy, no cookies, no retries.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    body_limit: usize,
    overrides: Arc<HashMap<Origin, Url>>,
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct ClientBuilder {
    connect_timeout: Duration,
    timeout: Duration,
    body_limit: usize,
    user_agent: String,
    redirects: bool,
    overrides: Vec<(String, String)>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            body_limit: 32 << 20,
            user_agent: concat!("intake/", env!("CARGO_PKG_VERSION")).to_owned(),
            redirects: true,
            overrides: Vec::new(),
        }
    }
}

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    /// If the platform's trusted certificates cannot be read.
    pub fn new() -> Result<Self, HttpError> {
        Self::builder().build()
    }

    /// Settings to change.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// How long it may take to connect: 10 seconds by default.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a request may take until its response is read: 60 seconds by default.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes a response's body may have, decompressed: 32 MiB by default.
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The header `user-agent`: `intake/VERSION` by default.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Follows no redirects: their answer is the response.
    #[must_use]
    pub const fn no_redirects(mut self) -> Self {
        self.redirects = false;
        self
    }

    /// Sends requests for an origin (`https://api.github.com`) to another (`http://127.0.0.1:8080`): a staging system
    /// or a mock server. They carry the same credentials.
    /// Redirects are followed where they are relative, or name the other origin.
    #[must_use]
    pub fn origin_override(mut self, origin: impl Into<String>, instead: impl Into<String>) -> Self {
        self.overrides.push((origin.into(), instead.into()));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// If an origin is none, or the platform's trusted certificates cannot be read.
    pub fn build(self) -> Result<Client, HttpError> {
        let overrides = self.overrides.iter().map(|(from, to)| Ok((origin(from)?.origin(), origin(to)?)));
        let overrides = Arc::new(overrides.collect::<Result<_, HttpError>>()?);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .user_agent(self.user_agent)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .redirect(if self.redirects { Policy::custom(redirect) } else { Policy::none() })
            .referer(false)
            .no_proxy()
            .build()
            .map_err(|error| HttpError::Setup { reason: super::chain(&error) })?;
        Ok(Client { http, body_limit: self.body_limit, overrides })
    }
}

/// ring, so that no other cryptography has to be built; the platform's verifier, so that its certificates count.
fn tls() -> Result<rustls::ClientConfig, HttpError> {
    let setup = |error: rustls::Error| HttpError::Setup { reason: error.to_string() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider)).map_err(setup)?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn origin(text: &str) -> Result<Url, HttpError> {
    let setup = |reason: &str| HttpError::Setup { reason: format!("`{text}` is no origin: {reason}") };
    let url = FinishedUrl::parse(text).map_err(|error| setup(&error.to_string()))?.into_url();
    if url.path() == "/" && url.query().is_none() { Ok(url) } else { Err(setup("it has a path or a query")) }
}

/// Credentials and bodies stay with the origin they are meant for.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    const MOST: usize = 5;
    let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    let to = redacted(attempt.url());
    if !same {
        attempt.error(NotFollowed(format!("the redirect to {to} is not followed: it leads to another origin")))
    } else if attempt.previous().len() > MOST {
        attempt.error(NotFollowed(format!("the redirect to {to} is not followed: more than {MOST} in a row")))
    } else {
        attempt.follow()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotFollowed(String);

impl Transport for Client {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(async move {
            let failure = Failure { method: request.method, url: redacted(&request.url) };
            self.exchange(request, &failure).await
        })
    }
}

impl Client {
    async fn exchange(&self, request: HttpRequest, failure: &Failure) -> Result<HttpResponse, HttpError> {
        let mut builder = self.http.request(request.method.into(), self.place(request.url)).headers(request.headers);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut response = builder.send().await.map_err(|error| failure.of(error))?;
        let headers = std::mem::take(response.headers_mut());
        let status = response.status();
        let body = self.read(response, failure).await?;
        Ok(HttpResponse { status, headers, body })
    }

    /// Where a URL leads, overrides applied.
    fn place(&self, mut url: Url) -> Url {
        if let Some(instead) = self.overrides.get(&url.origin()) {
            let mut moved = instead.clone();
            moved.set_path(url.path());
            moved.set_query(url.query());
            url = moved;
        }
        url
    }

    async fn read(&self, mut response: reqwest::Response, failure: &Failure) -> Result<Bytes, HttpError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure.of(error))? {
            if body.len() + chunk.len() > self.body_limit {
                let Failure { method, url } = failure;
                return Err(HttpError::TooLong { method: *method, url: url.clone(), limit: self.body_limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// Which request it is that fails.
struct Failure {
    method: Method,
    url: String,
}

impl Failure {
    fn of(&self, error: reqwest::Error) -> HttpError {
        let (method, url) = (self.method, self.url.clone());
        if error.is_timeout() {
            return HttpError::Timeout { method, url };
        }
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            if let Some(NotFollowed(reason)) = error.downcast_ref() {
                return HttpError::Redirect { method, url, reason: reason.clone() };
            }
            cause = error.source();
        }
        HttpError::Failed { method, url, source: Box::new(error.without_url()) }
    }
}
