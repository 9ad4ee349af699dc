//! Webhook intakes: a registration, what the vendor posts, and the registration's end.

use crate::random::Random;
use crate::vendor::{complete, thing};
use serde_json::{Value, json};

/// A webhook intake, and what a vendor sees and sends.
pub struct Webhook {
    /// The intake, as JSON.
    pub manifest: String,
    /// What the vendor answers to `create`.
    pub answer: Value,
    /// What the vendor posts.
    pub payloads: Vec<Value>,
    /// Which of those the workflow gets.
    pub records: Vec<Value>,
    /// What the vendor is asked for after `create`, in order.
    pub asked: Vec<String>,
    /// A sample of what the vendor answers and sends: the event or `payload`, and the JSON.
    pub samples: Vec<(&'static str, Value)>,
}

/// The resource that the workflow's user selected.
pub const RESOURCE: &str = "user3";

/// One at random, called `name`, at a path of its own.
pub fn webhook(random: &mut Random, name: &str) -> Webhook {
    let scope = *random.pick(&["workflow", "connection"]);
    let nested = random.one_in(2);
    let (answer, save, read) = match random.below(3) {
        0 => (json!({"id": 77, "url": "…"}), "{hook_id: .id}", "hook_id"),
        1 => (json!({"hook": {"id": 77}, "ok": true}), "{hook: .hook}", "hook.id"),
        _ => (json!([{"id": 77}]), "{hook_id: .body[0].id}", "hook_id"),
    };
    let create = format!(
        "{{ \"!http\": {{ \"method\": \"POST\", \"path\": \"/{name}/hooks\", \"body\": {{ \"url\": \"${{webhook.url}}\" }} }} }}"
    );
    let saves = format!("{{ \"!jq\": \"{save}\" }}, {{ \"!save\": {{ \"scope\": \"{scope}\" }} }}");
    let create = if nested {
        format!("{{ \"!pipe\": [{{ \"!pipe\": [{create}] }}, {{ \"!pipe\": [{saves}] }}] }}")
    } else {
        format!("{{ \"!pipe\": [{create}, {saves}] }}")
    };
    let call = |method: &str| {
        format!("{{ \"!http\": {{ \"method\": \"{method}\", \"path\": \"/{name}/hooks/${{data.{scope}.{read}}}\" }} }}")
    };
    let update = random.one_in(2);
    let events = [
        format!("\"create\": {create}"),
        if update { format!("\"update\": {}", call("PUT")) } else { String::new() },
        format!("\"delete\": {}", call("DELETE")),
        if scope == "workflow" {
            String::new()
        } else {
            "\"resource_id\": { \"!jq\": \".thing.owner.login\" }".to_owned()
        },
    ];
    let events = events.iter().filter(|event| !event.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    let manifest = format!("{{ \"name\": \"{name}\", \"type\": \"webhook\", \"scope\": \"{scope}\", {events} }}");
    let payloads: Vec<Value> =
        (0..1 + random.below(4)).map(|id| json!({"event": "thing.made", "thing": thing(random, id * 3 + 3)})).collect();
    let for_us = |payload: &&Value| scope == "workflow" || payload["thing"]["owner"]["login"] == RESOURCE;
    let records = payloads.iter().filter(for_us).cloned().collect();
    let methods = [update.then_some("PUT"), Some("DELETE")].into_iter().flatten();
    let asked = methods.map(|method| format!("{method} /{name}/hooks/77")).collect();
    let payload = complete().map(|thing| ("payload", json!({"event": "thing.made", "thing": thing})));
    let samples = [("create", answer.clone())].into_iter().chain(payload).collect();
    Webhook { manifest, answer, payloads, records, asked, samples }
}
