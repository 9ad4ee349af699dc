//! A service that polls, receives, registers and drains at once, and what can happen to it, round after round on one
//! database; then all that was promised is looked for.
//!
//! - `--rounds 500`: it is killed at random moments
//! - `--faults 150`: its disk fails for a while, below the store. Without root only files' sizes are limited
//! - `--power 50`: the power is cut. Needs root
//!
//! after `cargo test --release -p intake-runtime --test crash --`; `--seed N` repeats the order of what is done, not the
//! moments of it. Without any of them: a few rounds of what every machine can do.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod book;
mod check;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod faults;
mod kills;
#[cfg(target_os = "linux")]
mod power;
mod process;
mod rest;
mod site;
mod vendor;
mod victim;

use check::Found;
use std::process::ExitCode;
use std::time::Duration;

/// How often a service is killed, and how often its disk fails, if nothing is said.
const ROUNDS: u64 = 20;
#[cfg(target_os = "linux")]
const FAULTS: u64 = 10;
/// Nothing takes longer to come to rest.
const PATIENCE: Duration = Duration::from_secs(90);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    if let Some(("--victim", rest)) = arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        let ended = runtime.block_on(victim::run(rest));
        // Its input is still being read.
        runtime.shutdown_background();
        return ended;
    }
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        let value = arguments.get(at + 1).and_then(|value| value.parse().ok());
        Some(value.unwrap_or_else(|| panic!("{name}: a number is missing")))
    };
    let (rounds, faults, power) = (value("--rounds"), value("--faults"), value("--power"));
    let seed = value("--seed").unwrap_or(1);
    let mut all = Vec::new();
    if let Some(rounds) = rounds.or((faults, power).eq(&(None, None)).then_some(ROUNDS)) {
        all.push((format!("{rounds} kills"), runtime.block_on(kills::run(rounds, seed))));
    }
    all.extend(runtime.block_on(on_linux(faults, power, rounds.is_none(), seed)));
    for (what, found) in &all {
        println!("{what}: {found}");
    }
    let problems: Vec<_> = all.into_iter().flat_map(|(_, found)| found.problems).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    ExitCode::SUCCESS
}

/// What needs Linux: limits on another process, and disks that root can cut off.
#[cfg(target_os = "linux")]
async fn on_linux(faults: Option<u64>, power: Option<u64>, default: bool, seed: u64) -> Vec<(String, Found)> {
    let mut all = Vec::new();
    let default = default && power.is_none();
    if let Some(rounds) = faults.or(default.then_some(FAULTS)) {
        all.push((format!("{rounds} faults"), faults::run(rounds, seed, faults.is_some()).await));
    }
    if let Some(cuts) = power {
        let found = power::run(cuts, seed).await;
        all.push((
            format!("{cuts} power cuts"),
            found.unwrap_or_else(|problem| panic!("power cuts need root: {problem}")),
        ));
    }
    all
}

#[cfg(not(target_os = "linux"))]
async fn on_linux(faults: Option<u64>, power: Option<u64>, _: bool, _: u64) -> Vec<(String, Found)> {
    assert!((faults, power) == (None, None), "disks that fail or are cut off can only be made on Linux");
    println!("left out: a disk that fails, which can only be made on Linux");
    Vec::new()
}
