//! What a cycle tells `tracing`. A program of its own: tests beside it would share the cache of what is enabled.

mod common;

use common::{Collected, Vendor};
use intake::Workflow;
use serde_json::json;

mod manifest {
    intake::include_intake!("manifests/scripted.json");
}

/// Names of the spans that were entered, in order.
#[derive(Clone, Default)]
struct Spans(std::sync::Arc<std::sync::Mutex<Vec<&'static str>>>);

impl tracing::Subscriber for Spans {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("intake")
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut names = self.0.lock().unwrap();
        names.push(span.metadata().name());
        tracing::span::Id::from_u64(names.len() as u64)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn a_cycle_its_events_and_their_commands_have_spans() {
    let vendor = Vendor::answering(|_| json!({"results": [1], "iterate": false})).await;
    let spans = Spans::default();
    let _default = tracing::subscriber::set_default(spans.clone());
    let sink = Collected::default();
    vendor.runtime().poll(&Workflow::new("w"), &manifest::Scripted::default(), sink.sink()).await.unwrap();
    let names = spans.0.lock().unwrap().clone();
    // initial_setup with its `!jq`, pre_poll, request with its `!http` and `!jq`, post_poll.
    let expected = ["poll", "event", "command", "event", "event", "command", "command", "event"];
    assert_eq!(names, expected);
}
