//! Spans to an OpenTelemetry collector, with the feature `otel`.

use crate::http::{Client, HttpError, HttpRequest, Method, Transport};
use bytes::Bytes;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError as BoxError};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use tokio::runtime::Handle;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

/// Why spans are not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// There is no tokio runtime to send them on.
    #[error("spans are sent in the background and need a tokio runtime: call `start` inside one")]
    NoRuntime(#[source] tokio::runtime::TryCurrentError),
    /// The HTTP client could not be set up.
    #[error(transparent)]
    Client(#[from] HttpError),
    /// A setting, of the call's or of the environment's `OTEL_…`, makes no sense.
    #[error("the exporter of spans could not be set up")]
    Setup(#[from] ExporterBuildError),
    /// The last spans could not be sent.
    #[error("the last spans could not be sent")]
    Flush(#[from] OTelSdkError),
}

/// Sends spans to a collector, by OTLP over HTTP, in batches and in the background. Where it cannot, they are dropped:
/// nothing waits for a collector.
///
/// ```ignore
/// let export = Export::start("crm-sync", None)?;
/// tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(export.layer()).init();
/// service.serve().await?;
/// export.shutdown().await?;
/// ```
pub struct Export {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Export {
    /// Starts to export under a service's name, to the collector at `endpoint` (`http://collector:4318/v1/traces`). Without
    /// one, `OTEL_EXPORTER_OTLP_ENDPOINT` names it, and else it is the one on this machine. Headers, such as those of a
    /// login, are in `OTEL_EXPORTER_OTLP_HEADERS`.
    ///
    /// # Errors
    /// If it is called outside a tokio runtime, or a setting makes no sense.
    pub fn start(service: impl Into<String>, endpoint: Option<&str>) -> Result<Self, TelemetryError> {
        let handle = Handle::try_current().map_err(TelemetryError::NoRuntime)?;
        let client = OnTokio { handle, client: Client::new()? };
        let exporter = SpanExporter::builder().with_http().with_http_client(client);
        let exporter = exporter.with_protocol(Protocol::HttpBinary);
        let exporter = match endpoint {
            Some(endpoint) => exporter.with_endpoint(endpoint),
            None => exporter,
        };
        let resource = Resource::builder().with_service_name(service.into()).build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter.build()?).with_resource(resource).build();
        let tracer = provider.tracer("intake");
        Ok(Self { provider, tracer })
    }

    /// What the program adds to its subscriber.
    #[must_use]
    pub fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.tracer.clone())
    }

    /// Sends what has not been sent yet, and ends.
    ///
    /// # Errors
    /// If that fails, or takes too long.
    pub async fn shutdown(self) -> Result<(), TelemetryError> {
        // It waits for the thread that exports, which waits for this runtime.
        let ended = tokio::task::spawn_blocking(move || self.provider.shutdown()).await;
        ended.unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())))?;
        Ok(())
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").finish_non_exhaustive()
    }
}

/// Sends from the exporter's own thread on the program's runtime.
#[derive(Debug)]
struct OnTokio {
    handle: Handle,
    client: Client,
}

type Answer = Result<http::Response<Bytes>, BoxError>;

impl HttpClient for OnTokio {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: http::Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        let client = self.client.clone();
        let sending = self.handle.spawn(async move { send(&client, request).await });
        Box::pin(async move { sending.await? })
    }
}

async fn send(client: &Client, request: http::Request<Bytes>) -> Answer {
    let (head, body) = request.into_parts();
    let url = head.uri.to_string().parse()?;
    let request = HttpRequest { method: Method::Post, url, headers: head.headers, body: Some(body) };
    let answer = client.send(request).await?;
    let mut response = http::Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
