//! A service from start to stop, and over HTTP.

use super::*;
use intake_runtime::error::ServiceError;
use intake_runtime::http::{Client, HttpRequest, Method, Transport};
use tokio::net::TcpListener;

#[tokio::test(start_paused = true)]
async fn what_is_under_way_ends_before_it_stops() {
    let world = World::new();
    let (vendor, _) = timed(20);
    let running = world.start();
    running.service.add(spec("w", 0).sync(&History::of(&vendor))).await.unwrap();
    running.service.add(spec("later", 1).poll_every(&Items::of(&vendor), SECOND)).await.unwrap();
    sleep(SECOND * 3).await;
    let begun = vendor.count("request");
    assert!((17..=20).contains(&running.stop().await.as_secs()));
    assert_eq!(vendor.count("request"), begun, "no new job is started");
    assert_eq!(world.inbox.keys().len(), begun);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_in_time_is_done_by_the_next() {
    let world = World::new();
    let (vendor, _) = timed(100);
    let running = world.start();
    running.service.add(spec("w", 0).sync(&History::of(&vendor))).await.unwrap();
    sleep(SECOND * 3).await;
    assert_eq!(running.stop().await.as_secs(), 25);
    assert_eq!(world.inbox.keys().len(), 0);
    let running = world.start();
    sleep(SECOND * 110).await;
    assert_eq!(world.inbox.keys(), ["acme/history/w/1/1/0"]);
    assert!(task(&world.state(&running.service, "w").await, "history").task.progress.done);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_dropped_does_nothing_more() {
    let world = World::new();
    let (vendor, times) = timed(1);
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), SECOND * 2)).await.unwrap();
    sleep(SECOND * 10).await;
    running.task.abort();
    drop(running.task.await);
    let begun = times.lock().unwrap().len();
    sleep(SECOND * 20).await;
    assert_eq!(times.lock().unwrap().len(), begun);
}

#[tokio::test(start_paused = true)]
async fn a_service_runs_once() {
    let world = World::new();
    let running = world.start();
    tokio::task::yield_now().await;
    assert!(matches!(running.service.run(std::future::ready(())).await, Err(ServiceError::Ran)));
    let service = running.service.clone();
    running.stop().await;
    assert!(matches!(service.run(std::future::ready(())).await, Err(ServiceError::Ran)));
}

struct Site {
    base: String,
    client: Client,
}

impl Site {
    async fn get(&self, path: &str) -> (u16, String) {
        self.send(Method::Get, path, "").await
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> (u16, String) {
        let url = format!("{}{path}", self.base).parse().unwrap();
        let body = (!body.is_empty()).then(|| body.to_owned().into());
        let answer =
            self.client.send(HttpRequest { method, url, headers: http::HeaderMap::new(), body }).await.unwrap();
        (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
    }
}

async fn until(mut condition: impl AsyncFnMut() -> bool) {
    while !condition().await {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn it_serves_hooks_health_and_metrics() {
    let mut world = World::new();
    let offset = 1_800_000_000_000;
    world.wall.offset.store(offset, Ordering::SeqCst);
    world.limits.failures = 1;
    let store = Mortal::new(world.store.clone(), None);
    let service = world.build(store.clone());
    let (good, _) = timed(0);
    let bad = Vendor::new(|_| Err("the vendor says s3cr3t"));
    service.add(spec("good", 0).sync(&History::of(&good)).receive(&Own::of(&good))).await.unwrap();
    service.add(spec("bad", 1).sync(&History::of(&bad))).await.unwrap();
    service.add(spec("paused", 1).sync(&History::of(&bad))).await.unwrap();
    service.pause("acme", "paused").await.unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = Site { base: format!("http://{}", listener.local_addr().unwrap()), client: Client::new().unwrap() };
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let service = service.clone();
        async move { service.serve_on(listener, async { drop(stopped.await) }).await }
    });
    until(async || site.get("/readyz").await.0 == 200).await;
    assert_eq!(site.get("/healthz").await, (200, "ok\n".to_owned()));
    until(async || world.inbox.keys().len() == 1).await;
    until(async || !world.store.hooks(None, 1).await.unwrap().is_empty()).await;
    let token = world.store.hooks(None, 1).await.unwrap().remove(0).token;
    until(async || site.send(Method::Post, &format!("/in/{token}"), "[1]").await.0 == 200).await;
    until(async || world.inbox.keys().len() == 2).await;
    let attention = async || {
        let text = site.get("/metrics").await.1;
        text.contains("intake_workflows{status=\"needs_attention\"} 1")
    };
    until(attention).await;
    let (status, text) = site.get("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "intake_jobs_total{app=\"acme\",intake=\"history\",job=\"cycle\",outcome=\"ok\"} 1",
        "intake_jobs_total{app=\"acme\",intake=\"history\",job=\"cycle\",outcome=\"failed\"} 1",
        "intake_jobs_total{app=\"acme\",intake=\"own\",job=\"register\",outcome=\"ok\"} 1",
        "intake_records_total{app=\"acme\",intake=\"history\"} 1",
        "intake_workflows{status=\"active\"} 1",
        "intake_workflows{status=\"paused\"} 1",
        "intake_hooks 1",
        "intake_dead_letters 0",
        "intake_running_jobs 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("s3cr3t") && !text.contains(&token));
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert!(service.metrics().await.is_ok());
    assert!(
        site.client
            .send(HttpRequest {
                method: Method::Get,
                url: format!("{}/healthz", site.base).parse().unwrap(),
                headers: http::HeaderMap::new(),
                body: None,
            })
            .await
            .is_err(),
        "it accepts nothing more"
    );
}

#[tokio::test]
async fn it_is_not_ready_before_it_runs_nor_without_its_store() {
    let world = World::new();
    let store = Mortal::new(world.store.clone(), Some(Death::Before(0)));
    let service = world.build(store.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = Site { base: format!("http://{}", listener.local_addr().unwrap()), client: Client::new().unwrap() };
    let router = service.status_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (status, text) = site.get("/readyz").await;
    assert_eq!((status, &*text), (503, "the service is not running, or about to stop\n"));
    assert_eq!(site.get("/healthz").await.0, 200);
    let running = Running::new(service.clone());
    until(async || site.get("/readyz").await.0 == 200).await;
    service.add(spec("w", 0).poll(&Items::of(&timed(0).0))).await.unwrap_err();
    let (status, text) = site.get("/readyz").await;
    assert!(status == 503 && text.contains("the store failed"), "{text}");
    assert_eq!(site.get("/metrics").await.0, 503);
    running.stop().await;
    assert_eq!(site.get("/readyz").await.0, 503);
}

/// Serves until it is told to stop. Run by the test below in a process of its own.
#[tokio::test]
#[ignore = "serves until it is told to stop"]
async fn victim() {
    let world = World::new();
    let (vendor, _) = timed(0);
    let runtime = builder(world.store.clone()).build().unwrap();
    let service = world.builder(&runtime).listen("127.0.0.1:0").build().unwrap();
    service.add(spec("w", 0).poll_every(&Items::of(&vendor), SECOND)).await.unwrap();
    let inbox = world.inbox.clone();
    tokio::spawn(async move {
        while inbox.keys().len() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
        println!("two cycles");
    });
    service.serve().await.unwrap();
    println!("stopped");
}

#[cfg(unix)]
#[test]
fn a_signal_stops_it_in_order() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    for signal in ["-TERM", "-INT"] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "serving::victim", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.by_ref().any(|line| line.contains("two cycles")));
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(lines.any(|line| line == "stopped"), "{signal}");
        assert!(child.wait().unwrap().success());
    }
}

/// Cut off again and again, a service on a file comes to the end of all that was to be done.
#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_on_a_file_goes_on_where_it_was_cut_off() {
    use intake_runtime::store::Sqlite;
    let mut world = World::new();
    world.limits.first_pause = Duration::from_millis(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("intake.db");
    let vendor = Vendor::new(|call| match call.event {
        "request" => {
            let page = call.input["page"].as_u64().unwrap_or(0);
            Ok(json!({"results": [page], "iterate": page < 4, "polling_state": {"page": page + 1}}))
        }
        _ => Ok(Json::Null),
    });
    let mut rounds = 0;
    loop {
        let store = Arc::new(Sqlite::open(&path).await.unwrap());
        let service = world.build(Arc::clone(&store));
        if rounds == 0 {
            for number in 0..40 {
                let spec = spec(&number.to_string(), number % 10).sync(&History::of(&vendor));
                service.add(spec).await.unwrap();
            }
        }
        let running = Running::new(service);
        sleep(Duration::from_millis(20 + rounds * 5)).await;
        let left = store.due(Timestamp::MAX, None, 1).await.unwrap();
        running.task.abort();
        drop(running.task.await);
        store.close().await;
        rounds += 1;
        if left.is_empty() {
            break;
        }
    }
    assert!(rounds > 2, "{rounds}");
    let records = world.inbox.by_key();
    assert_eq!(records.len(), 40 * 5);
    for number in 0..40 {
        let own = records.iter().filter(|(key, _)| key.contains(&format!("/history/{number}/")));
        assert_eq!(own.map(|(_, page)| page.as_str()).collect::<Vec<_>>(), ["0", "1", "2", "3", "4"]);
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let runtime = builder(world.store.clone()).build().unwrap();
    let service = world.builder(&runtime).listen(&address).build().unwrap();
    let error = service.serve().await.unwrap_err();
    assert!(error.to_string().contains(&address), "{error}");
}
