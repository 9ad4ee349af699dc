//! SIGKILL at random moments, round after round on one database.

use crate::check::Found;
use crate::process::Mode;
use crate::rest;
use crate::site::Site;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

pub(crate) async fn run(rounds: u64, seed: u64) -> Found {
    let folder = tempfile::tempdir().expect("a folder");
    let mut site = Site::new(folder.path(), seed).await;
    let begin = Instant::now();
    let mut killed = 0;
    for round in 0..rounds {
        // Some die before they have begun.
        let status = if site.random.below(10) == 0 {
            let mut process = site.start(Mode::Durable);
            tokio::time::sleep(Duration::from_millis(site.random.below(60))).await;
            process.kill().await
        } else {
            let mut process = site.started(Mode::Durable).await;
            site.load(&mut process, 20, 400).await;
            process.kill().await
        };
        match status.signal() {
            Some(9) => killed += 1,
            _ => site.shared.problem(format!("round {round}: the service ended with {status}")),
        }
        if (round + 1) % 50 == 0 {
            println!("{} rounds, {} s", round + 1, begin.elapsed().as_secs());
        }
        if site.has_problems() {
            break;
        }
    }
    let mut found = rest::look(&site).await;
    if killed != rounds {
        found.problems.push(format!("only {killed} of {rounds} rounds were cut off"));
    }
    found
}
