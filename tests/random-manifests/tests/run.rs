//! Every manifest runs against a vendor on a local port, and does what was expected when it was made.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, Uri};
use intake::http::Client;
use intake::store::Memory;
use intake::{Batch, Connection, ExitReason, Polling, Runtime, Webhook, Workflow};
use random_manifests::generate::{Case, case};
use random_manifests::webhook::RESOURCE;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

type Run<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// How a manifest's intakes are run.
pub struct Entry {
    poll: fn(&Runner, Value) -> Run<'_>,
    hook: Option<fn(&Runner, Value) -> Run<'_>>,
}

mod table {
    use super::Entry;
    include!(concat!(env!("OUT_DIR"), "/table.rs"));
}

/// The vendor of one manifest.
#[derive(Default)]
struct Vendor {
    answers: Vec<Value>,
    asked: Vec<String>,
    hook: Option<String>,
}

/// What a manifest runs with.
pub struct Runner {
    case: Case,
    origin: String,
    vendor: Arc<Mutex<Vendor>>,
    records: Arc<Mutex<Vec<Value>>>,
}

async fn answer(State(vendor): State<Arc<Mutex<Vendor>>>, method: Method, uri: Uri, body: Bytes) -> axum::Json<Value> {
    let mut vendor = vendor.lock().unwrap();
    vendor.asked.push(format!("{method} {uri}"));
    if method == Method::POST {
        let body: Value = serde_json::from_slice(&body).unwrap();
        vendor.hook = body["url"].as_str().map(str::to_owned);
    }
    let next = if vendor.answers.is_empty() { json!({}) } else { vendor.answers.remove(0) };
    axum::Json(next)
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

impl Runner {
    fn runtime(&self, public_url: &str) -> Runtime {
        let client = Client::builder().origin_override("https://vendor.example", &self.origin).build().unwrap();
        Runtime::builder().store(Memory::new()).transport(client).public_url(public_url).build().unwrap()
    }

    fn sink<R: serde::Serialize + Send + 'static>(
        &self,
    ) -> impl Fn(Batch<R>) -> std::future::Ready<Result<(), Infallible>> + Clone + Send + Sync + 'static {
        let kept = self.records.clone();
        move |batch: Batch<R>| {
            let values = batch.records.into_iter().map(|record| serde_json::to_value(&record.value).unwrap());
            kept.lock().unwrap().extend(values);
            std::future::ready(Ok(()))
        }
    }

    fn take_records(&self) -> Vec<Value> {
        std::mem::take(&mut self.records.lock().unwrap())
    }

    /// One cycle.
    pub async fn poll<I: Polling>(&self, intake: I)
    where
        I::Record: serde::Serialize,
    {
        let expected = &self.case.polling;
        *self.vendor.lock().unwrap() = Vendor { answers: expected.answers.clone(), ..Vendor::default() };
        let runtime = self.runtime("https://hooks.example");
        let report = runtime.poll(&Workflow::new("w"), &intake, self.sink()).await;
        let about = format!("{}\n", self.case.manifest);
        let report = report.unwrap_or_else(|error| panic!("{about}{error}: {:?}", std::error::Error::source(&error)));
        assert_eq!(self.vendor.lock().unwrap().asked, expected.asked, "{about}");
        assert_eq!(self.take_records(), expected.records, "{about}");
        assert_eq!(report.exit, ExitReason::Iterate, "{about}");
        assert_eq!(serde_json::to_value(&report.state).unwrap(), expected.state, "{about}");
    }

    /// A registration, the vendor's deliveries, and the end of the registration.
    pub async fn hook<I: Webhook>(&self, intake: I)
    where
        I::Record: serde::Serialize,
    {
        let expected = self.case.webhook.as_ref().unwrap();
        *self.vendor.lock().unwrap() = Vendor { answers: vec![expected.answer.clone()], ..Vendor::default() };
        let about = format!("{}\n", self.case.manifest);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let runtime = self.runtime(&format!("http://{}", listener.local_addr().unwrap()));
        let receiver = runtime.receiver().webhook::<I, _>(self.sink()).start().unwrap();
        let router = receiver.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let workflow = Workflow::new("w").resource(RESOURCE).connection(Connection::new("c"));
        runtime.register(&workflow, &intake).await.unwrap_or_else(|error| panic!("{about}{error}"));
        let hook = self.vendor.lock().unwrap().hook.take().unwrap_or_else(|| panic!("{about}no hook"));
        for payload in &expected.payloads {
            post(&hook, payload).await;
        }
        receiver.idle().await;
        assert_eq!(self.take_records(), expected.records, "{about}");
        if I::HAS_UPDATE {
            runtime.update(&workflow, &intake).await.unwrap_or_else(|error| panic!("{about}{error}"));
        }
        runtime.unregister(&workflow, &intake).await.unwrap_or_else(|error| panic!("{about}{error}"));
        assert_eq!(self.vendor.lock().unwrap().asked[1..], expected.asked, "{about}");
    }
}

async fn post(url: &str, body: &Value) {
    use intake::http::{HttpRequest, Transport};
    let headers = axum::http::HeaderMap::from_iter([(
        axum::http::header::CONTENT_TYPE,
        axum::http::HeaderValue::from_static("application/json"),
    )]);
    let body = Some(body.to_string().into());
    let request = HttpRequest { method: intake::http::Method::Post, url: url.parse().unwrap(), headers, body };
    let response = Client::builder().build().unwrap().send(request).await.unwrap();
    assert!(response.status.is_success(), "{}", response.status);
}

#[tokio::test]
async fn manifests_that_are_right_run_as_expected() {
    let vendor: Arc<Mutex<Vendor>> = Arc::default();
    let origin = serve(Router::new().fallback(answer).with_state(vendor.clone())).await;
    let (mut requests, mut records, mut hooks, mut sampled) = (0, 0, 0, 0);
    for (index, entry) in table::ENTRIES.iter().enumerate() {
        let case = case(table::SEED, index);
        let runner = Runner { case, origin: origin.clone(), vendor: vendor.clone(), records: Arc::default() };
        (entry.poll)(&runner, runner.case.polling.inputs.clone()).await;
        (requests, records) = (requests + runner.case.polling.asked.len(), records + runner.case.polling.records.len());
        sampled += usize::from(runner.case.is_sampled);
        if let Some(hook) = entry.hook {
            hook(&runner, json!({})).await;
            hooks += 1;
        }
    }
    println!(
        "seed {}: {} manifests, {sampled} with samples, without a false alarm; {requests} requests, {records} records, {hooks} hooks",
        table::SEED,
        table::ENTRIES.len()
    );
    assert!(records > table::ENTRIES.len());
}
