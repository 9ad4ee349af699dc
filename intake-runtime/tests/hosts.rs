//! How many requests are under way to one host.

use intake_runtime::error::BuildError;
use intake_runtime::event::{At, Event, Target};
use intake_runtime::http::{HttpRequest, HttpResponse, Method, Transport, TransportFuture};
use intake_runtime::intake::{App, EventResult, Intake, IntakeMeta, Polling};
use intake_runtime::private as rt;
use intake_runtime::runtime::Runtime;
use intake_runtime::sink::Batch;
use intake_runtime::store::Memory;
use intake_runtime::value::Value;
use intake_runtime::workflow::Workflow;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Counts what is under way to each host, and the most that ever was.
#[derive(Clone, Default)]
struct Counting(Arc<Mutex<HashMap<String, (usize, usize)>>>);

impl Transport for Counting {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        let host = request.url.host_str().unwrap().to_owned();
        Box::pin(async move {
            {
                let mut hosts = self.0.lock().unwrap();
                let (now, most) = hosts.entry(host.clone()).or_default();
                *now += 1;
                *most = (*most).max(*now);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.0.lock().unwrap().get_mut(&host).unwrap().0 -= 1;
            let (status, headers) = (http::StatusCode::OK, http::HeaderMap::new());
            Ok(HttpResponse { status, headers, body: "{}".into() })
        })
    }
}

static APP: App = App::new("acme", "acme.json", &[]);

#[derive(Clone)]
struct Items {
    host: String,
}
intake_runtime::inputs!(Items { host: "host" });

impl Intake for Items {
    const META: &'static IntakeMeta = {
        static META: IntakeMeta = IntakeMeta::new(&APP, "items", 3);
        &META
    };
}

impl Polling for Items {
    type Record = Json;
    type State = Value;
    const FREQUENCY: Option<u32> = None;
    async fn request(&self, cx: &mut Event<'_>) -> EventResult {
        const AT: At = At::new("!http", 7, 9);
        let url = rt::FinishedUrl::parse(&format!("https://{}/items", self.host)).unwrap();
        let answer = cx.http(AT, Method::Get, Target::External, url).send().await?;
        Ok(Value::object([("answer", answer)]))
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_gets_so_many_requests_at_once_and_no_more() {
    let counting = Counting::default();
    let builder = Runtime::builder().store(Memory::new()).transport(counting.clone());
    let runtime = builder.requests_per_host(3).build().unwrap();
    let begun = tokio::time::Instant::now();
    let polls = (0..20).map(|number| {
        let runtime = runtime.clone();
        let host = format!("{}.example.com", if number < 9 { "slow".to_owned() } else { number.to_string() });
        tokio::spawn(async move {
            let sink = |_: Batch<Json>| std::future::ready(Ok::<_, std::io::Error>(()));
            runtime.poll(&Workflow::new(number.to_string()), &Items { host }, sink).await.unwrap();
            begun.elapsed().as_secs()
        })
    });
    let mut took = Vec::new();
    for poll in polls.collect::<Vec<_>>() {
        took.push(poll.await.unwrap());
    }
    // Three at a time; who asks another host waits for none of them.
    assert_eq!(took, [1, 1, 1, 2, 2, 2, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(counting.0.lock().unwrap()["slow.example.com"], (0, 3));
    let error = Runtime::builder().store(Memory::new()).requests_per_host(0).build().unwrap_err();
    assert!(matches!(error, BuildError::NoRequestsPerHost));
}
