//! `github-hooks.json`: issues, page after page, until one is not full; pull requests are left out.

mod mock;

use intake::{Batch, Connection, Credentials, Runtime, Workflow};
use mock::{Answer, Mock};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::error::Error;

mod github {
    intake::include_intake!("../tests/manifests/github-hooks.json");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::start(answer).await?;
    let runtime = Runtime::builder()
        .store(intake::store::Memory::new())
        .transport(mock.instead_of("https://api.github.com")?)
        .public_url("https://hooks.example.com")
        .build()?;
    let workflow = Workflow::new("w")
        .resource("octocat/hello-world")
        .connection(Connection::new("octocat").credentials(Credentials::token("a-token")));

    let push = github::RepositoryPush {
        custom_data: github::repository_push::CustomData {
            org: github::repository_push::Org { value: "octocat".into() },
        },
    };
    runtime.register(&workflow, &push).await?;
    runtime.update(&workflow, &push).await?;

    let issues = github::Issues {
        custom_data: github::issues::CustomData { repo: github::issues::Repo { value: "octocat/hello-world".into() } },
    };
    let report = runtime.poll(&workflow, &issues, print).await?;
    println!("{report}");

    runtime.unregister(&workflow, &push).await?;
    mock.print_requests();
    Ok(())
}

async fn print(batch: Batch<github::issues::Record>) -> Result<(), Infallible> {
    println!("{} issues, the first is {:?}", batch.records.len(), batch.records[0].value);
    Ok(())
}

/// 130 issues, of which every tenth is a pull request.
fn answer(method: &str, uri: &str) -> Answer {
    if uri.contains("/hooks") {
        return Answer::json(if method == "POST" { 201 } else { 200 }, json!({"id": 77}));
    }
    let page = if uri.contains("page=2") { 101..=130 } else { 1..=100 };
    let issue = |number: u32| {
        let pull_request = if number.is_multiple_of(10) { json!({"url": "…"}) } else { Value::Null };
        json!({
            "id": 9_000_000_000_000_000_000_u64 + u64::from(number),
            "number": number,
            "title": format!("Issue {number}"),
            "user": {"login": "octocat"},
            "labels": [{"name": "bug"}],
            "pull_request": pull_request,
            "updated_at": "2026-01-01T00:00:00Z",
        })
    };
    Answer::json(200, page.map(issue).collect())
}
