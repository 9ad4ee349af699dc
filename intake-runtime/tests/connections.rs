//! Where credentials come from, and how times are told.

use intake_runtime::clock::{Clock, SystemClock, Timestamp};
use intake_runtime::connections::{Connections, InMemory};
use intake_runtime::workflow::{Connection, Credentials};
use std::time::{Duration, SystemTime};

#[tokio::test]
async fn connections_are_found_by_app_and_id() {
    let connections = InMemory::new();
    let connection = || Connection::new("c").subdomain("s").credentials(Credentials::token("s3cr3t"));
    connections.put("app", connection());
    connections.put("app", connection().subdomain("newer"));
    let shown = format!("{connections:?} {:?}", connections.connection("app", "c").await.unwrap());
    assert!(shown.contains("newer") && !shown.contains("s3cr3t"), "{shown}");
    for (app, id) in [("app", "other"), ("other", "c")] {
        let error = connections.connection(app, id).await.unwrap_err().to_string();
        assert_eq!(error, format!("the program has no connection `{id}` of app `{app}`"));
    }
    assert!(connections.platform("app", "w").await.unwrap().is_none());
    assert!(connections.remove("app", "c") && !connections.remove("app", "c"));
    connections.connection("app", "c").await.unwrap_err();
}

#[test]
fn a_time_is_told_in_utc_and_counts_to_both_sides() {
    assert_eq!(Timestamp(1_795_530_927_120).to_string(), "2026-11-24T14:35:27.120Z");
    assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999Z");
    assert_eq!(Timestamp::MAX.to_string(), "9223372036854775807 ms after 1970");
    let second = Duration::from_secs(1);
    assert_eq!(Timestamp::from(SystemTime::UNIX_EPOCH - second), Timestamp(-1000));
    assert_eq!(Timestamp(5).after(second).before(second), Timestamp(5));
    assert_eq!(Timestamp::MAX.after(Duration::MAX), Timestamp::MAX);
    assert_eq!(
        (Timestamp(7).since(Timestamp(5)), Timestamp(5).since(Timestamp(7))),
        (Duration::from_millis(2), Duration::ZERO)
    );
    assert!(SystemClock.now() > Timestamp(1_700_000_000_000));
}
