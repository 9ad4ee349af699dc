//! The manifests of `tests/manifests` do what they are known to do, over real HTTP.

mod common;

use common::{Collected, Vendor};
use intake::http::{Client, HttpRequest, Method, Transport};
use intake::store::Memory;
use intake::{Connection, Credentials, Receiver, Runtime, Workflow};
use serde_json::{Value, json};

mod github {
    intake::include_intake!("manifests/github-hooks.json");
}
mod stripe {
    intake::include_intake!("manifests/stripe-events.json");
}
mod paypal {
    intake::include_intake!("manifests/paypal.json");
}
mod zoom {
    intake::include_intake!("manifests/zoom-verification.json");
}

/// A runtime that takes `vendor` for `origin`, and a port of its own for hooks.
async fn serve(vendor: &Vendor, origin: &str) -> (Runtime, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let runtime = Runtime::builder()
        .store(Memory::new())
        .transport(vendor.instead_of(origin))
        .public_url(format!("http://{}/in", listener.local_addr().unwrap()))
        .build()
        .unwrap();
    (runtime, listener)
}

fn mount(receiver: &Receiver, listener: tokio::net::TcpListener) {
    let router = axum::Router::new().nest("/in", receiver.router());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}

/// Posts as a vendor does; status and body of the answer.
async fn post(url: &str, body: &Value) -> (u16, String) {
    let headers =
        [("content-type", "application/json")].map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let request = HttpRequest {
        method: Method::Post,
        url: url.parse().unwrap(),
        headers: headers.into_iter().collect(),
        body: Some(body.to_string().into()),
    };
    let response = Client::builder().build().unwrap().send(request).await.unwrap();
    (response.status.as_u16(), String::from_utf8(response.body.to_vec()).unwrap())
}

fn token() -> Connection {
    Connection::new("c").credentials(Credentials::token("ghp_secret"))
}

#[tokio::test]
async fn github_pages_until_one_is_not_full_and_leaves_pull_requests_out() {
    let vendor = Vendor::start(|number, _| {
        let count = if number < 3 { 100 } else { 7 };
        let issue = |index: usize| {
            let pull_request = if index.is_multiple_of(10) { json!({"url": "x"}) } else { Value::Null };
            json!({
                "id": u64::MAX, "number": number * 100 + index, "title": "T", "user": {"login": "l"},
                "labels": [{"name": "a"}, {"name": "b"}], "updated_at": "now", "pull_request": pull_request,
            })
        };
        (200, (0..count).map(issue).collect())
    })
    .await;
    let (runtime, _listener) = serve(&vendor, "https://api.github.com").await;
    let repo = github::issues::Repo { value: "octo cat/hello&world".into() };
    let intake = github::Issues { custom_data: github::issues::CustomData { repo } };
    let records = Collected::default();
    let workflow = Workflow::new("w").connection(token());
    let report = runtime.poll(&workflow, &intake, records.sink()).await.unwrap();

    assert_eq!((report.requests, report.records), (3, 90 + 90 + 6));
    assert_eq!(
        common::json(report.state),
        json!({"since": "1970-01-01T00:00:00Z", "page": 1}),
        "post_poll goes back to page 1"
    );
    let first = json!({
        "id": u64::MAX, "number": 101, "title": "T", "author": "l", "labels": ["a", "b"], "updated_at": "now",
    });
    assert_eq!(records.json()[0], first);
    let seen = vendor.seen();
    let pages: Vec<_> = seen.iter().map(|seen| seen.uri.rsplit_once('=').unwrap().1).collect();
    assert_eq!(pages, ["1", "2", "3"]);
    assert!(seen[0].uri.starts_with("/repos/octo%20cat/hello%26world/issues?state=all&"), "{}", seen[0].uri);
    assert!(seen[0].headers.contains(&("authorization".into(), "Bearer ghp_secret".into())));
}

#[tokio::test]
async fn github_shares_one_hook_per_connection() {
    let vendor = Vendor::answering(|_| json!({"id": 77})).await;
    let (runtime, listener) = serve(&vendor, "https://api.github.com").await;
    let records = Collected::default();
    let receiver = runtime.receiver().webhook::<github::RepositoryPush, _>(records.sink()).start().unwrap();
    mount(&receiver, listener);
    let org = github::repository_push::Org { value: "octocat".into() };
    let intake = github::RepositoryPush { custom_data: github::repository_push::CustomData { org } };
    let workflow = |id: &str, repo: &str| Workflow::new(id).connection(token()).resource(repo);
    let (one, two) = (workflow("one", "octocat/one"), workflow("two", "octocat/two"));

    let url = runtime.register(&one, &intake).await.unwrap().url;
    assert_eq!(runtime.register(&two, &intake).await.unwrap().url, url);
    for repo in ["octocat/two", "octocat/three"] {
        assert_eq!(post(&url, &json!({"repository": {"full_name": repo}})).await.0, 200);
    }
    receiver.idle().await;
    assert_eq!(records.json(), [json!({"repository": {"full_name": "octocat/two"}})]);
    assert_eq!(runtime.count_undeliverable("github-hooks").await.unwrap(), 1, "nobody has octocat/three");

    assert!(runtime.update(&one, &intake).await.unwrap());
    assert!(!runtime.unregister(&one, &intake).await.unwrap(), "another workflow still uses it");
    assert!(runtime.unregister(&two, &intake).await.unwrap());
    let asked: Vec<_> = vendor.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.uri)).collect();
    assert_eq!(asked, ["POST /orgs/octocat/hooks", "PATCH /orgs/octocat/hooks/77", "DELETE /orgs/octocat/hooks/77"]);
    receiver.shutdown().await;
}

#[tokio::test]
async fn stripe_leaves_a_null_cursor_out_of_the_first_request() {
    let vendor = Vendor::start(|_, uri| {
        let event =
            |id: u32| json!({"id": format!("evt_{id}"), "type": "t", "created": id, "data": {"object": {"id": "o"}}});
        let (data, has_more) = match uri {
            _ if uri.contains("starting_after=evt_8") => (json!([event(7)]), false),
            _ => (json!([event(9), event(8)]), true),
        };
        (200, json!({"data": data, "has_more": has_more}))
    })
    .await;
    let (runtime, _listener) = serve(&vendor, "https://api.stripe.com").await;
    let workflow = Workflow::new("w").connection(Connection::new("c").credentials(Credentials::bearer("sk_1")));
    let records = Collected::default();
    let report = runtime.poll(&workflow, &stripe::StripeEvents::default(), records.sink()).await.unwrap();
    let uris: Vec<_> = vendor.seen().into_iter().map(|seen| seen.uri).collect();
    assert_eq!(
        uris,
        ["/v1/events?limit=100&created%5Bgte%5D=0", "/v1/events?limit=100&created%5Bgte%5D=0&starting_after=evt_8",]
    );
    assert_eq!(common::json(report.state), json!({"starting_after": null, "created_gte": 9, "newest": 9}));
    assert_eq!(records.json()[0]["currency"], "usd", "what is missing has its default");
}

#[tokio::test]
async fn paypal_routes_one_hook_by_account_and_resource() {
    let vendor = Vendor::answering(|_| json!({"id": "WH-1"})).await;
    let (runtime, listener) = serve(&vendor, "https://api.paypal.com").await;
    let records = Collected::default();
    let receiver = runtime.receiver().webhook::<paypal::PaypalWebhook, _>(records.sink()).start().unwrap();
    mount(&receiver, listener);
    let workflow = |id: &str, account: &str, resource: &str| {
        let connection = Connection::new(account).account(account).credentials(Credentials::bearer("t"));
        Workflow::new(id).connection(connection).resource(resource)
    };
    let intake = paypal::PaypalWebhook::default();
    let workflows = [workflow("a", "a@x", "PAID"), workflow("b", "b@x", "PAID"), workflow("c", "a@x", "SENT")];
    let mut urls = Vec::new();
    for workflow in &workflows {
        urls.push(runtime.register(workflow, &intake).await.unwrap().url);
    }
    assert!(urls.iter().all(|url| *url == urls[0]));
    let payload = |account: &str, event: &str| json!({"event_type": event, "resource": {"purchase_units": [{"payee": {"email_address": account}}]}});
    for (account, event) in [("a@x", "PAID"), ("b@x", "SENT"), ("a@x", "SENT")] {
        assert_eq!(post(&urls[0], &payload(account, event)).await.0, 200);
    }
    receiver.idle().await;
    let keys = records.keys();
    let reached: Vec<_> = keys.iter().map(|key| key.split('/').nth(2).unwrap()).collect();
    assert_eq!(reached, ["a", "c"], "b has no SENT");
    assert_eq!(runtime.count_undeliverable("paypal").await.unwrap(), 1);
    for workflow in &workflows {
        runtime.unregister(workflow, &intake).await.unwrap();
    }
    let asked: Vec<_> = vendor.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.uri)).collect();
    assert_eq!(asked, ["POST /v1/notifications/webhooks", "DELETE /v1/notifications/webhooks/WH-1"]);
    assert_eq!(post(&urls[0], &payload("a@x", "PAID")).await.0, 404, "the hook is gone");
    receiver.shutdown().await;
}

#[tokio::test]
async fn zoom_validates_the_url_and_lets_events_through() {
    let vendor = Vendor::answering(|_| json!({"webhook_id": "wh_1"})).await;
    let (runtime, listener) = serve(&vendor, "https://api.zoom.us").await;
    let records = Collected::default();
    let receiver = runtime.receiver().webhook::<zoom::MeetingEnded, _>(records.sink()).start().unwrap();
    mount(&receiver, listener);
    let secret_token = zoom::meeting_ended::SecretToken { value: "secret".into() };
    let intake = zoom::MeetingEnded { custom_data: zoom::meeting_ended::CustomData { secret_token } };
    assert!(!format!("{intake:?}").contains("secret\""), "inputs may be secrets: Debug shows none");
    let workflow = Workflow::new("w").connection(Connection::new("c").account("acct")).resource("meeting.ended");
    let url = runtime.register(&workflow, &intake).await.unwrap().url;

    let challenge = json!({"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}});
    let (status, answer) = post(&url, &challenge).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    // openssl: printf qgg8vlvZRS6UYooatFL8Aw | openssl dgst -sha256 -hmac secret
    let expected = "72cef096bfd47c0b8664df30d07721641e4abd7e885ba432204260db477a9a3e";
    assert_eq!((status, answer), (200, json!({"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": expected})));

    let event = json!({"event": "meeting.ended", "payload": {"account_id": "acct", "object": {"id": 7}}});
    assert_eq!(post(&url, &event).await, (200, "{}".to_owned()));
    receiver.idle().await;
    assert_eq!(records.json(), [event], "the challenge is no record");
    receiver.shutdown().await;
}

#[tokio::test]
async fn inputs_can_come_from_a_configuration_file() {
    let intake: github::Issues = serde_json::from_str(r#"{"custom_data": {"repo": {"value": "a/b"}}}"#).unwrap();
    assert_eq!(intake.custom_data.repo.value, "a/b");
    let error = serde_json::from_str::<github::Issues>(r#"{"custom_data": {"repos": {}}}"#).unwrap_err().to_string();
    assert!(error.contains("repos") && error.contains("repo"), "{error}");
    let error = serde_json::from_str::<github::Issues>(r#"{"custom_data": {}}"#).unwrap_err().to_string();
    assert!(error.contains("missing field `repo`"), "{error}");
}
