//! Power cuts: a file system that loses, from one moment on, all that was not synced, under a service at work. Round after
//! round on one disk, then all that was promised is looked for.
//!
//! The control does the same to a service whose commits are not waited for. If that loses nothing, the cuts prove nothing.

use crate::check::Found;
use crate::disk::{Disk, Kind, Problem};
use crate::process::Mode;
use crate::rest;
use crate::site::Site;
use intake::store::{Sqlite, Store};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub(crate) async fn run(rounds: u64, seed: u64) -> Result<Found, Problem> {
    let mut disk = Disk::new(Kind::Journaled).await?;
    let mut site = Site::new(&disk.path(), seed).await;
    let begin = Instant::now();
    for round in 0..rounds {
        cut(&mut site, &mut disk, Mode::Durable).await?;
        if (round + 1) % 10 == 0 {
            println!("{} cuts, {} s", round + 1, begin.elapsed().as_secs());
        }
        if site.has_problems() {
            break;
        }
    }
    let mut found = rest::look(&site).await;
    let controls = (rounds / 5).max(3);
    let mut lost = [0; 2];
    for (mode, lost) in [Mode::Durable, Mode::Lax].into_iter().zip(&mut lost) {
        let (mut promised, mut hit) = (0, 0);
        for round in 0..controls {
            let (all, gone) = control(seed + 1 + round, mode).await?;
            promised += all;
            *lost += gone;
            hit += u64::from(gone > 0);
        }
        let synchronous = if mode == Mode::Lax { "NORMAL" } else { "FULL" };
        println!(
            "control with synchronous={synchronous}: {controls} cuts, {promised} acknowledged deliveries, {lost} of them \
             lost, in {hit} cuts"
        );
    }
    if lost[0] > 0 {
        found.problems.push(format!("the control lost {} acknowledged deliveries with synchronous=FULL", lost[0]));
    }
    if lost[1] == 0 {
        found.problems.push("the control lost nothing with synchronous=NORMAL: these cuts prove nothing".to_owned());
    }
    Ok(found)
}

/// A service at work, the cut, and the power's return.
async fn cut(site: &mut Site, disk: &mut Disk, mode: Mode) -> Result<(), Problem> {
    // Some are cut off before they have begun.
    let mut process = if mode == Mode::Durable && site.random.below(10) == 0 {
        let process = site.start(mode);
        tokio::time::sleep(Duration::from_millis(site.random.below(60))).await;
        process
    } else {
        let mut process = site.started(mode).await;
        site.load(&mut process, 100, 600).await;
        process
    };
    // The process stops with the power. A sync under way when the disk goes can say that all is well, which a machine
    // without power never hears: an ext4 whose journal was aborted does.
    let knife = disk.knife().await?;
    let goes_on = site.random.below(3) == 0;
    process.freeze(goes_on).await;
    knife.cut().await?;
    if goes_on {
        // Nothing was under way. It finds its disk dead, and what it acknowledges counts.
        site.shared.book().faults = true;
        process.thaw();
        site.load(&mut process, 1, 50).await;
    }
    process.kill().await;
    site.shared.book().faults = false;
    disk.restore().await
}

/// One cut on a new disk: how many deliveries were acknowledged, and how many of them are gone.
async fn control(seed: u64, mode: Mode) -> Result<(usize, usize), Problem> {
    let mut disk = Disk::new(Kind::Journaled).await?;
    let mut site = Site::new(&disk.path(), seed).await;
    cut(&mut site, &mut disk, mode).await?;
    let acknowledged = std::mem::take(&mut site.shared.book().acknowledged);
    let records = std::fs::read_to_string(site.records()).unwrap_or_default();
    let store = Sqlite::open(&site.database).await.expect("a database that outlives the cut");
    let mut found: BTreeSet<u64> = records.lines().filter_map(|line| number(line.split_once('\t')?.1)).collect();
    for kept in [false, true] {
        let records = store.outbox_entries(kept, 0, usize::MAX >> 1).await.expect("records");
        let deliveries = store.kept_deliveries(kept, 0, usize::MAX >> 1).await.expect("deliveries");
        let texts = records.into_iter().map(|it| it.payload).chain(deliveries.into_iter().map(|it| it.payload));
        found.extend(texts.filter_map(|text| number(std::str::from_utf8(&text).ok()?)));
    }
    store.close().await;
    Ok((acknowledged.len(), acknowledged.difference(&found).count()))
}

fn number(record: &str) -> Option<u64> {
    serde_json::from_str::<Value>(record).ok()?["delivery"].as_u64()
}
