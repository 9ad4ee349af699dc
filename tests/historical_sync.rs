//! The vendor's official example: fourteen requests, fourteen records, stopped by `iterate`.

mod common;

use common::Collected;
use intake::store::Memory;
use intake::{ExitReason, Runtime, Workflow};
use serde_json::json;

#[expect(deprecated, reason = "the manifest has no `delete`, and the compiler warns of it")]
mod manifest {
    intake::include_intake!("manifests/historical-sync.json");
}

#[tokio::test]
async fn fourteen_requests_and_records() {
    let runtime = Runtime::builder().store(Memory::new()).build().unwrap();
    let records = Collected::default();
    let report = runtime.poll(&Workflow::new("w"), &manifest::HistoricalSync::default(), records.sink()).await.unwrap();
    assert_eq!((report.requests, report.records, report.exit), (14, 14, ExitReason::Iterate));
    assert_eq!(common::json(&report.state), json!({"iterations": 15}));
    assert_eq!(
        report.to_string(),
        r#"14 requests, 14 records, stopped because iterate is false, state {"iterations":15}"#
    );
    let expected: Vec<_> = (1..=14)
        .map(|number| {
            json!({
                "email": format!("historical_record{number}@mailserver.testing"),
                "first_name": format!("Record{number}"),
                "last_name": "Historical",
            })
        })
        .collect();
    assert_eq!(records.json(), expected);
}
