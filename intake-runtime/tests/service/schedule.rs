//! When what is due runs.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_workflow_keeps_its_rhythm() {
    let world = World::new();
    let (vendor, times) = timed(1);
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(MINUTE * 30).await;
    running.stop().await;
    let gaps = gaps(&times);
    assert!((29..=30).contains(&gaps.len()) || gaps.len() == 28, "{gaps:?}");
    assert!(gaps.iter().all(|gap| (59..=61).contains(gap)), "{gaps:?}");
    assert_eq!(world.inbox.keys().len(), gaps.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn those_added_together_do_not_run_together() {
    let world = World::new();
    let (vendor, times) = timed(0);
    let running = world.start();
    for number in 0..60 {
        running
            .service
            .add(spec(&number.to_string(), number % 10).poll_every(&Items::of(&vendor), MINUTE))
            .await
            .unwrap();
    }
    let begun = Instant::now();
    sleep(MINUTE).await;
    running.stop().await;
    let mut quarters = [0; 4];
    for time in &*times.lock().unwrap() {
        quarters[((*time - begun).as_secs() / 15).min(3) as usize] += 1;
    }
    assert!(quarters.iter().all(|count| (5..30).contains(count)), "{quarters:?}");
}

#[tokio::test(start_paused = true)]
async fn missed_cycles_run_once_after_a_restart() {
    let world = World::new();
    let (vendor, times) = timed(0);
    let running = world.start();
    for number in 0..20 {
        running
            .service
            .add(spec(&number.to_string(), number % 10).poll_every(&Items::of(&vendor), MINUTE))
            .await
            .unwrap();
    }
    sleep(MINUTE * 2).await;
    running.stop().await;
    sleep(HOUR).await;
    times.lock().unwrap().clear();
    let restarted = Instant::now();
    let running = world.start();
    sleep(Duration::from_secs(25)).await;
    assert_eq!(times.lock().unwrap().len(), 20, "one each, not sixty");
    sleep(MINUTE * 2).await;
    running.stop().await;
    // And they part: what comes next is spread.
    let second: Vec<_> = times.lock().unwrap()[20..40].iter().map(|time| (*time - restarted).as_secs()).collect();
    assert!(second.iter().max().unwrap() - second.iter().min().unwrap() > 15, "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn few_start_at_once_after_a_restart() {
    let mut world = World::new();
    world.limits.slow_start = MINUTE;
    world.limits.at_once = 20;
    let (vendor, times) = timed(10);
    let idle = world.build(world.store.clone());
    for number in 0..100 {
        idle.add(spec(&number.to_string(), number % 10).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    }
    sleep(HOUR).await;
    let running = world.start();
    sleep(SECOND * 2).await;
    let first = times.lock().unwrap().len();
    assert!((1..=3).contains(&first), "{first}");
    sleep(MINUTE * 2).await;
    assert!(times.lock().unwrap().len() >= 100);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_cycle_delays_its_successor_and_never_overlaps_it() {
    let world = World::new();
    let at_once = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&at_once);
    let vendor = Vendor::new(move |call| {
        match call.event {
            "pre_poll" => assert_eq!(counted.fetch_add(1, Ordering::SeqCst), 0, "two cycles at once"),
            "post_poll" => drop(counted.fetch_sub(1, Ordering::SeqCst)),
            "request" => return Ok(json!({"results": [call.nth], "iterate": false, "!sleep": 150})),
            _ => {}
        }
        Ok(Json::Null)
    });
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(MINUTE * 20).await;
    running.stop().await;
    assert!((5..=8).contains(&vendor.count("request")), "{}", vendor.count("request"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_vendor_starves_no_other() {
    let mut world = World::new();
    world.limits.at_once = 16;
    world.limits.per_app = 8;
    world.limits.window = 64;
    let (slow, _) = timed(600);
    let (quick, times) = timed(0);
    let running = world.start();
    for number in 0..200 {
        let spec = spec(&format!("slow {number}"), number % 10).poll_every(&Items::of(&slow), SECOND * 10);
        running.service.add(spec).await.unwrap();
    }
    sleep(MINUTE).await;
    let elsewhere = Elsewhere { vendor: quick.id.clone() };
    running.service.add(spec("quick", 0).poll_every(&elsewhere, SECOND * 10)).await.unwrap();
    sleep(MINUTE * 10).await;
    running.stop().await;
    let gaps = gaps(&times);
    assert!(gaps.len() > 50 && gaps.iter().all(|gap| *gap <= 12), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_busy_connection_starves_no_other() {
    let mut world = World::new();
    world.limits.at_once = 4;
    world.limits.per_connection = 2;
    world.limits.window = 32;
    let (slow, _) = timed(30);
    let (quick, times) = timed(0);
    let running = world.start();
    for number in 0..100 {
        running
            .service
            .add(spec(&format!("busy {number}"), 1).poll_every(&Items::of(&slow), SECOND * 10))
            .await
            .unwrap();
    }
    sleep(MINUTE).await;
    running.service.add(spec("quick", 2).poll_every(&Items::of(&quick), SECOND * 10)).await.unwrap();
    sleep(MINUTE * 10).await;
    running.stop().await;
    let gaps = gaps(&times);
    assert!(gaps.len() > 50 && gaps.iter().all(|gap| *gap <= 12), "{gaps:?}");
    // Two at a time of the busy one, without a pause.
    assert!((36..=44).contains(&slow.count("request")), "{}", slow.count("request"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_again_and_then_needs_attention() {
    let mut world = World::new();
    world.limits.failures = 4;
    let times = Arc::new(Mutex::new(Vec::new()));
    let (noted, mended) = (Arc::clone(&times), Arc::new(AtomicUsize::new(0)));
    let works = Arc::clone(&mended);
    let vendor = Vendor::new(move |call| match call.event {
        "request" if works.load(Ordering::SeqCst) == 0 => {
            noted.lock().unwrap().push(Instant::now());
            Err("the vendor is down")
        }
        "request" => Ok(json!({"results": ["mended"], "iterate": false})),
        _ => Ok(Json::Null),
    });
    let running = world.start();
    let service = running.service.clone();
    service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(HOUR * 2).await;
    let state = world.state(&service, "w").await;
    let reason = "acme.json:7:9: !error of event request: the vendor is down".to_owned();
    assert_eq!(state.workflow.status, WorkflowStatus::NeedsAttention { reason: reason.clone() });
    let failed = &task(&state, "items").task;
    assert_eq!((failed.failures, failed.error.as_ref()), (4, Some(&reason)));
    let gaps = gaps(&times);
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    assert!(gaps.iter().zip([15, 30, 60]).all(|(gap, most)| *gap <= most + 1), "{gaps:?}");

    mended.store(1, Ordering::SeqCst);
    service.resume("acme", "w").await.unwrap();
    sleep(SECOND * 2).await;
    let state = world.state(&service, "w").await;
    assert_eq!(state.workflow.status, WorkflowStatus::Active);
    let task = &task(&state, "items").task;
    assert_eq!((task.failures, &task.error, task.progress.cycles), (0, &None, 1));
    assert_eq!(world.inbox.values(), ["\"mended\""]);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_fails_holds_up_and_blames_no_workflow() {
    let mut world = World::new();
    world.limits.failures = 3;
    world.inbox.broken.store(true, Ordering::SeqCst);
    let (vendor, times) = timed(0);
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(HOUR * 5).await;
    let state = world.state(&running.service, "w").await;
    assert_eq!(state.workflow.status, WorkflowStatus::Active);
    let failed = &task(&state, "items").task;
    assert!(failed.failures > 8, "{failed:?}");
    assert!(!failed.error.as_ref().unwrap().contains("database of the sink"), "what a sink says may quote a record");
    assert_eq!(times.lock().unwrap().len(), 1, "the vendor is not asked for more meanwhile");
    world.inbox.broken.store(false, Ordering::SeqCst);
    sleep(HOUR).await;
    running.stop().await;
    let keys = world.inbox.keys();
    assert!(keys.len() > 2 && world.inbox.by_key().len() == keys.len(), "{keys:?}");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_stops_nothing() {
    let world = World::new();
    let (vendor, times) = timed(0);
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(MINUTE * 3).await;
    let day = 24 * 3_600_000;
    // A day ahead: one cycle at once, not 1,440. Then back by ten days.
    for by in [day, -10 * day] {
        times.lock().unwrap().clear();
        world.wall.set(by);
        sleep(MINUTE * 10).await;
        let count = times.lock().unwrap().len();
        assert!((9..=12).contains(&count), "{by}: {count}");
    }
    running.stop().await;
    // Set back while the program is not running.
    world.wall.set(-10 * day);
    times.lock().unwrap().clear();
    let running = world.start();
    sleep(MINUTE * 10).await;
    running.stop().await;
    assert!((9..=12).contains(&times.lock().unwrap().len()));
}

#[tokio::test(start_paused = true)]
async fn a_cycle_that_a_cap_cut_short_goes_on_soon() {
    let world = World::new();
    let vendor = Vendor::new(|call| match call.event {
        // 250 pages: more than a cycle may ask for.
        "request" => Ok(json!({"results": [call.nth], "iterate": call.nth < 249})),
        _ => Ok(Json::Null),
    });
    let running = world.start();
    running.service.add(spec("w", 0).poll_every(&Items::of(&vendor), HOUR)).await.unwrap();
    sleep(HOUR + SECOND * 10).await;
    running.stop().await;
    assert!(world.inbox.keys().len() >= 250, "{}", world.inbox.keys().len());
}

/// What is due next is decided before the commit that shows it: meanwhile the list may have been read past that.
#[tokio::test(start_paused = true)]
async fn a_slow_store_hides_nothing_from_the_scheduler() {
    let world = World::new();
    let mut mortal = Mortal::new(world.store.clone(), None);
    mortal.slowness = Duration::from_millis(700);
    let running = Running::new(world.build(mortal));
    let mut all = Vec::new();
    for number in 0..10 {
        let (vendor, times) = timed(0);
        let spec = spec(&number.to_string(), number).poll_every(&Items::of(&vendor), SECOND);
        running.service.add(spec).await.unwrap();
        all.push((vendor, times));
    }
    sleep(MINUTE * 5).await;
    for (_, times) in &all {
        let gaps = gaps(times);
        assert!(gaps.len() > 40 && gaps.iter().all(|gap| *gap < 7), "{gaps:?}");
    }
    let (vendor, _) = timed(0);
    for number in 0..10 {
        let begun = vendor.count("request");
        let spec = spec(&format!("sync {number}"), number).sync(&History::of(&vendor));
        running.service.add(spec).await.unwrap();
        sleep(SECOND * 8).await;
        assert_eq!(vendor.count("request"), begun + 1);
    }
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_of_that_workflow_alone() {
    let mut world = World::new();
    world.limits.failures = 2;
    let vendor = Vendor::new(|call| if call.event == "request" { panic!("on purpose") } else { Ok(Json::Null) });
    let (good, times) = timed(0);
    let running = world.start();
    running.service.add(spec("bad", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    running.service.add(spec("good", 0).poll_every(&Items::of(&good), MINUTE)).await.unwrap();
    sleep(MINUTE * 10).await;
    let state = world.state(&running.service, "bad").await;
    let WorkflowStatus::NeedsAttention { reason } = state.workflow.status else { panic!("{state:?}") };
    assert_eq!(reason, "it panicked: the program's log says where");
    assert!(times.lock().unwrap().len() >= 9);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn more_is_due_than_the_window_holds() {
    let mut world = World::new();
    world.limits.window = 16;
    world.limits.at_once = 3;
    let (vendor, times) = timed(0);
    let idle = world.build(world.store.clone());
    for number in 0..300 {
        idle.add(spec(&number.to_string(), number % 10).poll_every(&Items::of(&vendor), HOUR)).await.unwrap();
    }
    sleep(HOUR * 2).await;
    let running = world.start();
    sleep(MINUTE * 2).await;
    assert_eq!(times.lock().unwrap().len(), 300);
    running.stop().await;
}

/// What a job puts that was begun before is by the clock of before.
#[tokio::test(start_paused = true)]
async fn a_job_at_work_while_the_clock_is_set_back_does_not_put_its_task_off() {
    let world = World::new();
    let (setups, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (begun, made) = (Arc::clone(&setups), Arc::clone(&requests));
    let vendor = Vendor::new(move |call| {
        Ok(match call.event {
            "initial_setup" => {
                begun.fetch_add(1, Ordering::SeqCst);
                json!({"!sleep": 90})
            }
            "request" => {
                made.fetch_add(1, Ordering::SeqCst);
                json!({"results": [call.nth], "iterate": false})
            }
            _ => Json::Null,
        })
    });
    let running = world.start();
    let service = running.service.clone();
    service.add(spec("w", 0).poll_every(&Items::of(&vendor), MINUTE)).await.unwrap();
    sleep(MINUTE * 4).await;
    service.reset("acme", "w").await.unwrap();
    sleep(SECOND * 5).await;
    assert_eq!(setups.load(Ordering::SeqCst), 2, "it is under way");
    world.wall.set(-6 * 3_600_000);
    let before = requests.load(Ordering::SeqCst);
    sleep(MINUTE * 5).await;
    assert!(requests.load(Ordering::SeqCst) >= before + 2, "it goes on");
    running.stop().await;
}
